//! Logging in to the pages: a cookie instead of a key.

use crate::{
    api::accounts::EMAIL_BYTES_MAX,
    app::App,
    base::{
        api_key::{KeyKind, random_text},
        clock::now,
        digest::Sha,
        ids::new_id,
    },
    config,
    http::{answer::Answer, caller::Caller, faults::Faults, problem::Problem, request::Input},
    store::{AccountKey, Credentials, NewSession, PasswordState, Profile},
};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::net::IpAddr;

/// Base62 characters of a session: 190 bits.
const TOKEN_CHARS: usize = 32;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogInRequest {
    pub(crate) email: Option<String>,
    pub(crate) password: Option<String>,
}

#[derive(Serialize)]
struct SessionAnswer {
    account_id: String,
    email: String,
    organisation: String,
}

/// `POST /api/v1/session`
pub(crate) async fn begin(app: &App, input: &Input) -> Result<Answer, Problem> {
    let shown = log_in(app, input.json()?, input.peer).await?;
    let account = shown.account;
    let cookie = open(app, input, shown).await?;
    Ok(Answer::ok(&answer(app.store.profile(account).await?))?.with_cookie(cookie))
}

/// The account with this email address and password, as they were shown.
pub(crate) async fn log_in(app: &App, request: LogInRequest, peer: IpAddr) -> Result<Credentials, Problem> {
    let LogInRequest { email, password } = request;
    let mut faults = Faults::default();
    let email = faults.required_text("/email", email, EMAIL_BYTES_MAX);
    let password = any_password(&mut faults, "/password", password);
    faults.none()?;
    prove(app, email.unwrap_or_default(), password.unwrap_or_default(), peer).await
}

/// A password to compare: any characters are allowed, only its length could cost us time.
pub(crate) fn any_password(faults: &mut Faults, pointer: &str, password: Option<String>) -> Option<String> {
    let password = faults.required(pointer, password);
    if password.as_ref().is_some_and(|password| password.len() > config::PASSWORD_BYTES_MAX) {
        faults.add(pointer, format!("must have at most {} bytes", config::PASSWORD_BYTES_MAX));
    }
    password
}

/// Compares a password with that of the account. Attempts are limited by address and by `peer`, whatever they are for.
pub(crate) async fn prove(
    app: &App,
    email: String,
    password: String,
    peer: IpAddr,
) -> Result<Credentials, Problem> {
    app.rates.log_ins.check(&email, peer)?;
    let found = app.store.credentials(email).await?;
    let hash = found.as_ref().map(|found| found.password_hash.clone());
    let fits = app.passwords.run(peer, move |hasher| hasher.fits(&password, hash.as_deref())).await?;
    found.filter(|_| fits).ok_or(Problem::WrongPassword)
}

/// A new session, and its token.
pub(crate) struct Begun {
    token: String,
    pub(crate) session: NewSession,
}

impl Begun {
    pub(crate) fn new(peer: IpAddr) -> Result<Self, Problem> {
        let token = random_text(TOKEN_CHARS).map_err(Problem::internal)?;
        let now = now();
        let session = NewSession {
            sha256: sha256(&token),
            session_id: new_id(),
            begun_from: peer.to_string(),
            now_ms: now.as_millisecond(),
            expires_at_ms: (now + LASTS).as_millisecond(),
        };
        Ok(Begun { token, session })
    }

    /// The cookie with the token.
    pub(crate) fn cookie(&self, app: &App) -> String {
        app.network.session_cookie(&self.token, LASTS.as_secs())
    }
}

const LASTS: SignedDuration = SignedDuration::from_hours(24 * config::SESSION_DAYS);

/// Starts a session and returns its cookie. The session that the browser had before ends: nobody can choose the next one.
pub(crate) async fn open(app: &App, input: &Input, shown: Credentials) -> Result<String, Problem> {
    let begun = Begun::new(input.peer)?;
    let replaced = input.headers.session.as_deref().map(sha256);
    let sessions_max = config::SESSIONS_PER_ACCOUNT_MAX;
    match app.store.begin_session(shown, begun.session.clone(), replaced, sessions_max).await? {
        PasswordState::AsShown => Ok(begun.cookie(app)),
        PasswordState::Changed => Err(Problem::WrongPassword),
    }
}

/// `GET /api/v1/session`
pub(crate) async fn show(app: &App, input: &Input) -> Result<Answer, Problem> {
    Answer::ok(&answer(app.store.profile(input.caller()?.account).await?))
}

/// `DELETE /api/v1/session`
pub(crate) async fn end(app: &App, input: &Input) -> Result<Answer, Problem> {
    Ok(Answer::no_content().with_cookie(close(app, input).await?))
}

/// Ends the session of a request and returns a cookie that deletes its own.
pub(crate) async fn close(app: &App, input: &Input) -> Result<String, Problem> {
    if let Some(token) = input.headers.session.as_deref() {
        app.store.end_session(sha256(token)).await?;
    }
    Ok(app.network.session_cookie("", 0))
}

/// The account that is logged in. `same_site` is false if another site's page may have sent the request.
pub(crate) async fn admit(app: &App, token: Option<&str>, same_site: bool) -> Result<Caller, Problem> {
    let (sha256, now_ms) = (sha256(token.ok_or(Problem::Unauthorised)?), now().as_millisecond());
    let account = app.store.session_owner(sha256, now_ms).await?;
    let account: AccountKey = account.ok_or(Problem::Unauthorised)?;
    if !same_site {
        return Err(another_site());
    }
    app.sessions.note(sha256, now_ms);
    Ok(Caller { account, kind: KeyKind::Live, key: None })
}

/// The response to a page of another site.
pub(crate) fn another_site() -> Problem {
    Problem::Forbidden { detail: "This request came from another site." }
}

/// What is stored of a session's token.
pub(crate) fn sha256(token: &str) -> Sha {
    Sha256::digest(token).into()
}

fn answer(Profile { account_id, email, organisation }: Profile) -> SessionAnswer {
    SessionAnswer { account_id, email, organisation }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::accounts::testing::ledger_with_account;

    /// A log-in that was under way while the password was replaced leaves no session behind.
    #[tokio::test]
    async fn no_session_begins_with_a_password_that_was_replaced() {
        let (_folder, _, store, _) = ledger_with_account().await;
        let shown = store.credentials("a@example.com".to_owned()).await.unwrap().unwrap();
        let account = shown.account;
        let new = || Begun::new([127, 0, 0, 1].into()).unwrap().session;
        let begin =
            async |shown: &Credentials| store.begin_session(shown.clone(), new(), None, 10).await.unwrap();
        let change =
            async |hash: &str| store.change_password(shown.clone(), hash.to_owned(), new()).await.unwrap();
        let count = async || store.sessions(account, now().as_millisecond()).await.unwrap().len();

        assert_eq!(begin(&shown).await, PasswordState::AsShown);
        assert_eq!(begin(&shown).await, PasswordState::AsShown);
        assert_eq!(count().await, 2);
        assert_eq!(change("another").await, PasswordState::AsShown);
        assert_eq!(count().await, 1);
        assert_eq!(begin(&shown).await, PasswordState::Changed);
        assert_eq!(change("a third").await, PasswordState::Changed);
        assert_eq!(count().await, 1);
        assert!(store.close().await);
    }
}
