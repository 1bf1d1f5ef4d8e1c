//! Whether the process does its work.

use super::App;
use crate::{problem::Problem, response::Answer, store::StoreError};
use serde::Serialize;

#[derive(Serialize)]
struct Health {
    status: &'static str,
    version: &'static str,
}

/// `GET /healthz`
pub(super) fn show(app: &App) -> Result<Answer, Problem> {
    if !app.store.is_writing() {
        return Err(Problem::Unavailable(StoreError::NotCommitted));
    }
    Answer::ok(&Health { status: "ok", version: env!("CARGO_PKG_VERSION") })
}
