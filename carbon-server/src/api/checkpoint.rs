//! The newest checkpoint of the ledger, and the key that its signature is checked with: for anybody to keep.

use crate::{
    app::App,
    http::{answer::Answer, problem::Problem},
};
use std::sync::PoisonError;

/// `GET /checkpoint`
pub(crate) fn show(app: &App) -> Result<Answer, Problem> {
    let newest = app.checkpoints.newest.read().unwrap_or_else(PoisonError::into_inner).clone();
    newest.map(text).ok_or_else(|| Problem::not_found("checkpoint"))
}

/// `GET /checkpoint/key`
pub(crate) fn key(app: &App) -> Result<Answer, Problem> {
    let signer = app.checkpoints.signer.as_ref().ok_or_else(|| Problem::not_found("checkpoint"))?;
    Ok(text(format!("{}\n", signer.verifier())))
}

fn text(text: String) -> Answer {
    Answer::asset("text/plain; charset=utf-8", text.into_bytes(), None, false)
}
