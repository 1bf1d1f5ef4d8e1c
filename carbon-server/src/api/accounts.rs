//! Signing up.

use crate::{
    api::keys,
    app::App,
    auth::passwords::Hasher,
    base::{
        api_key::{ApiKey, KeyKind},
        clock::now,
        ids::new_id,
    },
    config::{self, SignUps},
    http::{
        answer::Answer,
        faults::{Faults, unnoticed},
        problem::Problem,
        request::Input,
    },
    store::{AccountCreated, NewAccount},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountRequest {
    pub(crate) email: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) organisation: Option<String>,
}

#[derive(Serialize)]
struct AccountAnswer<'a> {
    account_id: &'a str,
    organisation: &'a str,
    /// Shown once.
    api_keys: SignUpKeys<'a>,
}

#[derive(Serialize)]
struct SignUpKeys<'a> {
    live: &'a str,
    test: &'a str,
}

/// `POST /api/v1/accounts`
pub(crate) async fn create(app: &App, input: &Input) -> Result<Answer, Problem> {
    let SignedUp { account_id, organisation, live, test } = sign_up(app, input.peer, || input.json()).await?;
    Answer::created(&AccountAnswer {
        account_id: &account_id,
        organisation: &organisation,
        api_keys: SignUpKeys { live: live.reveal(), test: test.reveal() },
    })
}

/// A new account, with its keys in the clear.
pub(crate) struct SignedUp {
    pub(crate) account_id: String,
    pub(crate) organisation: String,
    pub(crate) live: ApiKey,
    pub(crate) test: ApiKey,
}

/// Creates the account that `request` describes, if sign-up is open. Limited by `peer` and in total.
pub(crate) async fn sign_up(
    app: &App,
    peer: IpAddr,
    request: impl FnOnce() -> Result<AccountRequest, Problem>,
) -> Result<SignedUp, Problem> {
    if app.terms.signup == SignUps::Closed {
        let detail = "Sign-up is closed on this server: ask the operator for an account.";
        return Err(Problem::Forbidden { detail });
    }
    let wanted = SignUp::of(request()?)?;
    // Hashing is slow by design, and anyone may request it.
    app.rates.sign_ups.check(peer)?;
    let hashed = app.passwords.run(peer, move |hasher| wanted.account(hasher, now()));
    let FirstKeys { live, test, account } = hashed.await??;
    let (account_id, organisation) = (account.account_id.clone(), account.organisation.clone());
    match app.store.create_account(account).await? {
        AccountCreated::New => Ok(SignedUp { account_id, organisation, live, test }),
        AccountCreated::EmailTaken => {
            Err(Problem::Conflict { detail: "An account with this email already exists.".to_owned() })
        }
    }
}

/// A sign-up, every field checked.
pub(crate) struct SignUp {
    email: String,
    password: String,
    organisation: String,
}

/// A new account, not stored yet, and its first keys in the clear.
pub(crate) struct FirstKeys {
    pub(crate) live: ApiKey,
    pub(crate) test: ApiKey,
    pub(crate) account: NewAccount,
}

impl SignUp {
    pub(crate) fn of(request: AccountRequest) -> Result<SignUp, Problem> {
        let mut faults = Faults::default();
        let email = faults.required("/email", request.email).and_then(|email| {
            let address = is_address(&email);
            if !address {
                faults.add("/email", "must be an email address");
            }
            address.then_some(email)
        });
        let password = new_password(&mut faults, "/password", request.password);
        let organisation =
            faults.required_text("/organisation", request.organisation, config::ORGANISATION_BYTES_MAX);
        faults.none()?;
        match (email, password, organisation) {
            (Some(email), Some(password), Some(organisation)) => Ok(SignUp { email, password, organisation }),
            _ => Err(unnoticed()),
        }
    }

    /// The account described by the request. Slow by design: the password is hashed.
    pub(crate) fn account(self, hasher: &Hasher, now: Timestamp) -> Result<FirstKeys, Problem> {
        let password_hash = hasher.hash(&self.password)?;
        let ((live, live_kept), (test, test_kept)) =
            (keys::generate(KeyKind::Live, String::new())?, keys::generate(KeyKind::Test, String::new())?);
        let account = NewAccount {
            account_id: new_id(),
            email: self.email,
            organisation: self.organisation,
            password_hash,
            keys: vec![live_kept, test_kept],
            created_at_ms: now.as_millisecond(),
        };
        Ok(FirstKeys { live, test, account })
    }
}

/// A password that an account may have.
pub(crate) fn new_password(faults: &mut Faults, pointer: &str, password: Option<String>) -> Option<String> {
    let (min, max) = (config::PASSWORD_CHARS_MIN, config::PASSWORD_BYTES_MAX);
    let password = faults.required(pointer, password)?;
    if password.chars().count() < min || password.len() > max {
        faults.add(pointer, format!("must have at least {min} characters and at most {max} bytes"));
        return None;
    }
    Some(password)
}

/// Bytes of an email address: RFC 5321, path without brackets.
pub(crate) const EMAIL_BYTES_MAX: usize = 254;

/// Whether it looks like an email address: one `@`, something on both sides, no blanks. Only sending a mail proves
/// more.
fn is_address(email: &str) -> bool {
    let blank = |c: char| c.is_whitespace() || c.is_control();
    email.len() <= EMAIL_BYTES_MAX
        && !email.contains(blank)
        && email.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@') && !domain.starts_with('.')
        })
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;
    use crate::{
        Config,
        store::{ItsBook, Store, add_account_to},
    };
    use clap::{Args, Command, FromArgMatches};
    use tempfile::TempDir;

    /// A ledger with the account `a@example.com`, whose keys are answered too; it lasts as long as its folder.
    pub(crate) async fn ledger_with_account() -> (TempDir, Config, Store, FirstKeys) {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}", folder.path().join("carbon.db").display());
        let arguments = Config::augment_args(Command::new("test"));
        let arguments = arguments.get_matches_from(["test", "--database", &database]);
        let config = Config::from_arg_matches(&arguments).unwrap();
        let said = |text: &str| Some(text.to_owned());
        let request = AccountRequest {
            email: said("a@example.com"),
            password: said("correct horse"),
            organisation: said("A"),
        };
        let first = SignUp::of(request).unwrap().account(&Hasher::default(), Timestamp::now()).unwrap();
        add_account_to(&config.database, None, ItsBook::Shared, &first.account).unwrap();
        let (store, _) = Store::open(&config.database, &config.store_options()).await.unwrap();
        (folder, config, store, first)
    }
}
