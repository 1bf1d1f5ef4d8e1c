//! The sessions of an account: where it is logged in, and ending that.

use crate::{
    api::session::sha256,
    app::App,
    base::clock::{self, now},
    http::{answer::Answer, problem::Problem, request::Input},
    store::ListedSession,
};
use serde::Serialize;

#[derive(Serialize)]
struct SessionsAnswer {
    sessions: Vec<SessionRow>,
}

#[derive(Serialize)]
struct SessionRow {
    session_id: String,
    /// Whether it is the one that asks.
    is_current: bool,
    begun_from: String,
    created_at: String,
    last_used_at: Option<String>,
    expires_at: String,
}

/// `GET /api/v1/sessions`
pub(crate) async fn list(app: &App, input: &Input) -> Result<Answer, Problem> {
    let row = |(session, is_current): (ListedSession, bool)| SessionRow {
        session_id: session.session_id,
        is_current,
        begun_from: session.begun_from,
        created_at: clock::rfc_3339_of(session.created_at_ms),
        last_used_at: session.last_used_at_ms.map(clock::rfc_3339_of),
        expires_at: clock::rfc_3339_of(session.expires_at_ms),
    };
    Answer::ok(&SessionsAnswer { sessions: listed(app, input).await?.into_iter().map(row).collect() })
}

/// The sessions of the account, the newest first, and whether each is the one that asks.
pub(crate) async fn listed(app: &App, input: &Input) -> Result<Vec<(ListedSession, bool)>, Problem> {
    let current = input.headers.session.as_deref().map(sha256);
    let sessions = app.store.sessions(input.caller()?.account, now().as_millisecond()).await?;
    Ok(sessions.into_iter().map(|session| (session.clone(), Some(session.sha256) == current)).collect())
}

/// `DELETE /api/v1/sessions`: all but the one that asks.
pub(crate) async fn end_others(app: &App, input: &Input) -> Result<Answer, Problem> {
    let kept = input.headers.session.as_deref().ok_or(Problem::NotLoggedIn)?;
    app.store.end_other_sessions(input.caller()?.account, sha256(kept)).await?;
    Ok(Answer::no_content())
}

/// `DELETE /api/v1/sessions/{session_id}`
pub(crate) async fn end(app: &App, input: &Input, session_id: String) -> Result<Answer, Problem> {
    let is_ended = app.store.end_session_of(input.caller()?.account, session_id).await?;
    if is_ended { Ok(Answer::no_content()) } else { Err(Problem::not_found("session")) }
}
