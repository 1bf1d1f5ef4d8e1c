//! Logging in to the pages: a cookie instead of a key.

use crate::{
    api::accounts::EMAIL_BYTES_MAX,
    app::App,
    base::{
        api_key::{KeyKind, random_text},
        clock::now,
    },
    config,
    http::{answer::Answer, caller::Caller, faults::Faults, problem::Problem, request::Input},
    store::{AccountKey, Profile},
};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::net::IpAddr;

/// The cookie's name.
const COOKIE: &str = "carbon_session";
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
    let account = log_in(app, input.json()?, input.peer).await?;
    let cookie = open(app, account).await?;
    Ok(Answer::ok(&answer(app.store.profile(account).await?))?.with_cookie(cookie))
}

/// The account with this email address and password. Attempts are limited by `peer` and by address.
pub(crate) async fn log_in(app: &App, request: LogInRequest, peer: IpAddr) -> Result<AccountKey, Problem> {
    let LogInRequest { email, password } = request;
    let mut faults = Faults::default();
    let email = faults.required_text("/email", email, EMAIL_BYTES_MAX);
    // Any characters are allowed; only its length could cost us time.
    let password = faults.required("/password", password);
    if password.as_ref().is_some_and(|password| password.len() > config::PASSWORD_BYTES_MAX) {
        faults.add("/password", format!("must have at most {} bytes", config::PASSWORD_BYTES_MAX));
    }
    faults.none()?;
    let (email, password) = (email.unwrap_or_default(), password.unwrap_or_default());
    app.rates.log_ins.check(&email, peer)?;
    let found = app.store.credentials(email).await?;
    let account = found.as_ref().map(|found| found.account);
    let hash = found.map(|found| found.password_hash);
    let fits = app.passwords.run(peer, move |hasher| hasher.fits(&password, hash.as_deref())).await?;
    account.filter(|_| fits).ok_or(Problem::WrongPassword)
}

/// Starts a session and returns its cookie.
pub(crate) async fn open(app: &App, account: AccountKey) -> Result<String, Problem> {
    let token = random_text(TOKEN_CHARS).map_err(Problem::internal)?;
    let now = now();
    let lasts = SignedDuration::from_hours(24 * config::SESSION_DAYS);
    let ends = now + lasts;
    app.store.begin_session(account, sha256(&token), now.as_millisecond(), ends.as_millisecond()).await?;
    Ok(cookie(app, &token, lasts.as_secs()))
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
    if let Some(token) = input.headers.cookies.as_deref().and_then(token_in) {
        app.store.end_session(sha256(token)).await?;
    }
    Ok(cookie(app, "", 0))
}

/// The account that is logged in. `same_site` is false if another site's page may have sent the request.
pub(crate) async fn admit(app: &App, cookies: Option<&[u8]>, same_site: bool) -> Result<Caller, Problem> {
    let cookies = cookies.and_then(|cookies| str::from_utf8(cookies).ok());
    let token = cookies.and_then(token_in).ok_or(Problem::Unauthorised)?;
    let account = app.store.session_owner(sha256(token), now().as_millisecond()).await?;
    let account: AccountKey = account.ok_or(Problem::Unauthorised)?;
    if !same_site {
        return Err(another_site());
    }
    Ok(Caller { account, kind: KeyKind::Live, key: None })
}

/// The response to a page of another site.
pub(crate) fn another_site() -> Problem {
    Problem::Forbidden { detail: "This request came from another site." }
}

/// The session's token, to derive other tokens from.
pub(crate) fn token_in(cookies: &str) -> Option<&str> {
    let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, token)| token)
}

fn cookie(app: &App, token: &str, seconds: i64) -> String {
    let encrypted = app.network.certificate.is_some()
        || app.network.public_url.as_deref().is_some_and(|url| url.starts_with("https:"));
    let secure = if encrypted { "; Secure" } else { "" };
    format!("{COOKIE}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

fn sha256(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

fn answer(Profile { account_id, email, organisation }: Profile) -> SessionAnswer {
    SessionAnswer { account_id, email, organisation }
}
