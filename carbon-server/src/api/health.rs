//! Health checks and metrics.

use crate::{
    app::App,
    auth::shown_key::bearer,
    http::{answer::Answer, problem::Problem, request::Input},
};
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::Sha256;

#[derive(Serialize)]
struct Health {
    status: &'static str,
    version: &'static str,
    /// The numbers of books that do not answer. Their accounts wait; those of the others do not.
    #[serde(skip_serializing_if = "<[u64]>::is_empty")]
    books_down: Vec<u64>,
}

impl Health {
    fn of(status: &'static str, books_down: Vec<u64>) -> Self {
        Health { status, version: env!("CARGO_PKG_VERSION"), books_down }
    }
}

/// `GET /healthz`: the process responds and its ledger accepts writes.
pub(crate) fn show(app: &App) -> Result<Answer, Problem> {
    if !app.store.is_writing() {
        return Err(Problem::Unavailable(crate::store::StoreError::NotCommitted));
    }
    Answer::ok(&Health::of("ok", Vec::new()))
}

/// `GET /readyz`: the writer and a reader of the ledger, or of one of its books, have just answered, so requests may be sent here.
/// Where one book is down, a load balancer keeps sending the accounts of the others here.
pub(crate) async fn ready(app: &App) -> Result<Answer, Problem> {
    let mut books_down = Vec::new();
    if !app.readiness.is_known() {
        books_down = app.store.probe().await?;
        if books_down.is_empty() {
            app.readiness.note();
        }
    }
    Answer::ok(&Health::of("ready", books_down))
}

/// `GET /metrics`
pub(crate) fn metrics(app: &App, input: &Input) -> Result<Answer, Problem> {
    if let Some(token) = &app.network.metrics_token {
        let shown = input
            .headers
            .authorization
            .as_deref()
            .and_then(|value| bearer(value.as_bytes()))
            .ok_or(Problem::NoToken)?;
        if !is_same(shown, token) {
            return Err(Problem::NoToken);
        }
    }
    let text = app.metrics.text(app.store.writes_waiting()).map_err(Problem::internal)?;
    let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(Answer::asset(media_type, text.into_bytes(), None, false))
}

/// Compares in constant time.
fn is_same(shown: &str, token: &str) -> bool {
    let keyed = || Hmac::<Sha256>::new_from_slice(token.as_bytes()).expect("a key of any length will do");
    let expect = keyed().chain_update(token).finalize().into_bytes();
    keyed().chain_update(shown).verify_slice(&expect).is_ok()
}
