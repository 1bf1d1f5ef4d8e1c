//! Whether the process answers at all.

use crate::{problem::Problem, response::Answer};
use serde::Serialize;

#[derive(Serialize)]
struct Health {
    status: &'static str,
    version: &'static str,
}

/// `GET /healthz`
pub(super) fn show() -> Result<Answer, Problem> {
    Answer::ok(&Health { status: "ok", version: env!("CARGO_PKG_VERSION") })
}
