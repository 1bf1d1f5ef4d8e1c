//! Signing up.

use super::{App, Faults, Input, new_id, now, unnoticed};
use crate::{
    api_key::{ApiKey, KeyKind},
    config,
    problem::Problem,
    response::Answer,
    store::{AccountCreated, NewAccount, NewKey},
};
use argon2::{Argon2, PasswordHasher};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountRequest {
    email: Option<String>,
    password: Option<String>,
    organisation: Option<String>,
}

#[derive(Serialize)]
struct AccountAnswer<'a> {
    account_id: &'a str,
    organisation: &'a str,
    /// Shown here and never again.
    api_keys: Keys<'a>,
}

#[derive(Serialize)]
struct Keys<'a> {
    live: &'a str,
    test: &'a str,
}

/// `POST /api/v1/accounts`
pub(super) async fn create(app: &App, input: &Input) -> Result<Answer, Problem> {
    let SignUp { email, password, organisation } = sign_up(input.json()?)?;
    // Hashing is slow by design, and anyone may ask for it.
    app.sign_ups.check().map_err(Problem::too_many)?;
    let password_hash = app
        .passwords
        .run(move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string()))
        .await?
        .map_err(Problem::internal)?;
    let [live, test] = [key(KeyKind::Live)?, key(KeyKind::Test)?];
    let account_id = new_id();
    let created = app
        .store
        .create_account(NewAccount {
            account_id: account_id.clone(),
            email,
            organisation: organisation.clone(),
            password_hash,
            keys: [&live, &test].map(new_key).into(),
            created_at_ms: now().as_millisecond(),
        })
        .await?;
    match created {
        AccountCreated::New => Answer::created(&AccountAnswer {
            account_id: &account_id,
            organisation: &organisation,
            api_keys: Keys { live: live.reveal(), test: test.reveal() },
        }),
        AccountCreated::EmailTaken => {
            Err(Problem::Conflict { detail: "An account with this email exists already.".to_owned() })
        }
    }
}

struct SignUp {
    email: String,
    password: String,
    organisation: String,
}

fn sign_up(request: AccountRequest) -> Result<SignUp, Problem> {
    let mut faults = Faults::default();
    let email = faults.required("/email", request.email).and_then(|email| {
        let address = is_address(&email);
        if !address {
            faults.add("/email", "must be an e-mail address");
        }
        address.then_some(email)
    });
    let password = faults.required("/password", request.password).and_then(|password| {
        let (min, max) = (config::PASSWORD_CHARS_MIN, config::PASSWORD_BYTES_MAX);
        let good = password.chars().count() >= min && password.len() <= max;
        if !good {
            faults.add("/password", format!("must have at least {min} characters and at most {max} bytes"));
        }
        good.then_some(password)
    });
    let organisation =
        faults.required_text("/organisation", request.organisation, config::ORGANISATION_BYTES_MAX);
    faults.none()?;
    match (email, password, organisation) {
        (Some(email), Some(password), Some(organisation)) => Ok(SignUp { email, password, organisation }),
        _ => Err(unnoticed()),
    }
}

/// Whether mail could be sent there: one `@`, something on both sides, no blanks. Only a mail can tell more.
fn is_address(email: &str) -> bool {
    const BYTES_MAX: usize = 254; // RFC 5321, path without brackets
    let blank = |c: char| c.is_whitespace() || c.is_control();
    email.len() <= BYTES_MAX
        && !email.contains(blank)
        && email.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@') && !domain.starts_with('.')
        })
}

fn key(kind: KeyKind) -> Result<ApiKey, Problem> {
    ApiKey::generate(kind).map_err(Problem::internal)
}

fn new_key(key: &ApiKey) -> NewKey {
    NewKey { hash: key.hash(), kind: key.kind(), prefix: key.prefix() }
}
