//! Making an account from the command line: for servers whose sign-up is closed, and before there is a server.

use crate::{
    api::accounts::{AccountRequest, FirstKeys, SignUp},
    api_key::random_text,
    database::Database,
    problem::{FieldError, Problem},
    server::LedgerError,
    store::{self, AccountCreated, StoreError},
};
use jiff::Timestamp;
use serde::Serialize;
use thiserror::Error;

/// Characters of a password that is made up: 119 bits.
const PASSWORD_CHARS: usize = 20;

/// An account, and what opens it. None of it is shown again.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct NewKeys {
    /// UUID.
    pub account_id: String,
    /// The password, where it was made up.
    pub password: Option<String>,
    /// API key for events that count.
    pub live: String,
    /// API key for trying things out.
    pub test: String,
}

/// Why no account was made.
#[derive(Debug, Error)]
pub enum NotCreated {
    /// A field is missing or wrong.
    #[error("{0}")]
    Invalid(String),
    /// The address has an account.
    #[error("an account with this e-mail address exists already")]
    EmailTaken,
    /// The ledger cannot be written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl From<StoreError> for NotCreated {
    fn from(error: StoreError) -> Self {
        NotCreated::Ledger(LedgerError(error))
    }
}

/// Makes an account in a ledger, with a live and a test key; a server may have it open. The ledger is made where there is
/// none. Without a password one is made up. Waits: not on a thread of an asynchronous runtime.
///
/// # Errors
/// [`NotCreated`]: a field is wrong, the address is taken, or the ledger cannot be written.
pub fn create_account(
    database: &Database,
    email: String,
    organisation: String,
    password: Option<String>,
) -> Result<NewKeys, NotCreated> {
    let invalid = |problem: Problem| NotCreated::Invalid(in_words_of_flags(&problem));
    let made_up = match password {
        Some(_) => None,
        None => Some(random_text(PASSWORD_CHARS).map_err(|error| NotCreated::Invalid(error.to_string()))?),
    };
    let request = AccountRequest {
        email: Some(email),
        password: password.or_else(|| made_up.clone()),
        organisation: Some(organisation),
    };
    let wanted = SignUp::of(request).map_err(invalid)?;
    let FirstKeys { live, test, account } = wanted.account(Timestamp::now()).map_err(invalid)?;
    match store::add_account_to(database, &account)? {
        AccountCreated::New => Ok(NewKeys {
            account_id: account.account_id,
            password: made_up,
            live: live.reveal().to_owned(),
            test: test.reveal().to_owned(),
        }),
        AccountCreated::EmailTaken => Err(NotCreated::EmailTaken),
    }
}

/// What is wrong, by the flag that said it.
fn in_words_of_flags(problem: &Problem) -> String {
    let Problem::Invalid { errors } = problem else { return problem.in_a_sentence() };
    let say = |error: &FieldError| match error.pointer.as_str() {
        "/password" => format!("the password of --password-stdin {}", error.detail),
        pointer => format!("{} {}", pointer.replacen('/', "--", 1), error.detail),
    };
    errors.iter().map(say).collect::<Vec<_>>().join("; ")
}
