//! `carbon-server account`: accounts created by the operator.

use crate::{
    api::accounts::{AccountRequest, FirstKeys, SignUp},
    auth::passwords::Hasher,
    base::{api_key::random_text, clock::now},
    command::ledger::Ledger,
    http::problem::{FieldError, Problem},
    store::{AccountCreated, StoreError, add_account_to, database::Database, error::LedgerError},
};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::{error::Error, io::Read};
use thiserror::Error;

/// Create accounts when sign-up is closed
#[derive(Subcommand)]
pub(crate) enum AccountCommand {
    Create(CreateAccount),
}

/// Create an account and print its keys
///
/// A server may be running on the ledger. No e-mail is sent.
#[derive(Args)]
pub(crate) struct CreateAccount {
    /// E-mail address to log in with
    #[arg(long, value_name = "ADDRESS")]
    email: String,

    /// The supplier's name on reports
    #[arg(long, value_name = "NAME")]
    organisation: String,

    /// Read the password from standard input; by default one is generated and printed
    #[arg(long)]
    password_stdin: bool,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    ledger: Ledger,
}

impl AccountCommand {
    /// The text to print.
    pub(crate) fn run(self) -> Result<String, Box<dyn Error>> {
        let AccountCommand::Create(request) = self;
        let password = if request.password_stdin { Some(password_from_stdin()?) } else { None };
        let keys =
            create_account(&request.ledger.database, request.email.clone(), request.organisation, password)?;
        if request.json {
            return Ok(serde_json::to_string_pretty(&keys)? + "\n");
        }
        let NewKeys { account_id, password, live, test } = keys;
        let password = password.map(|password| format!("password  {password}\n")).unwrap_or_default();
        Ok(format!(
            "Account {account_id} for {}. Save these now; they are not shown again.\n\n\
             {password}live key  {live}\ntest key  {test}\n",
            request.email
        ))
    }
}

fn password_from_stdin() -> Result<String, Box<dyn Error>> {
    let mut password = String::new();
    std::io::stdin().read_to_string(&mut password)?;
    Ok(password.trim_end_matches(['\r', '\n']).to_owned())
}

/// Characters of a generated password: 119 bits.
const PASSWORD_CHARS: usize = 20;

/// A new account with its credentials, which are shown once.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub(super) struct NewKeys {
    /// UUID.
    pub account_id: String,
    /// The password, if it was generated.
    pub password: Option<String>,
    /// API key for live events.
    pub live: String,
    /// API key for test events.
    pub test: String,
}

/// Why no account was created.
#[derive(Debug, Error)]
pub(super) enum NotCreated {
    /// A field is missing or invalid.
    #[error("{0}")]
    Invalid(String),
    /// An account with this address already exists.
    #[error("an account with this e-mail address already exists")]
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

/// Creates an account in a ledger, with a live and a test key; a server may be running on it. Creates the ledger if there is
/// none, and a password if none is given. Blocks, so it must not run on a thread of an asynchronous runtime.
///
/// # Errors
/// [`NotCreated`]: a field is invalid, the address is taken, or the ledger cannot be written.
pub(super) fn create_account(
    database: &Database,
    email: String,
    organisation: String,
    password: Option<String>,
) -> Result<NewKeys, NotCreated> {
    let invalid = |problem: Problem| NotCreated::Invalid(in_terms_of_flags(&problem));
    let generated = match password {
        Some(_) => None,
        None => Some(random_text(PASSWORD_CHARS).map_err(|error| NotCreated::Invalid(error.to_string()))?),
    };
    let request = AccountRequest {
        email: Some(email),
        password: password.or_else(|| generated.clone()),
        organisation: Some(organisation),
    };
    let sign_up = SignUp::of(request).map_err(invalid)?;
    let FirstKeys { live, test, account } = sign_up.account(&Hasher::default(), now()).map_err(invalid)?;
    match add_account_to(database, &account)? {
        AccountCreated::New => Ok(NewKeys {
            account_id: account.account_id,
            password: generated,
            live: live.reveal().to_owned(),
            test: test.reveal().to_owned(),
        }),
        AccountCreated::EmailTaken => Err(NotCreated::EmailTaken),
    }
}

/// What is wrong, in terms of the flags.
fn in_terms_of_flags(problem: &Problem) -> String {
    let Problem::Invalid { errors } = problem else { return problem.in_a_sentence() };
    let say = |error: &FieldError| match error.pointer.as_str() {
        "/password" => format!("the password of --password-stdin {}", error.detail),
        pointer => format!("{} {}", pointer.replacen('/', "--", 1), error.detail),
    };
    errors.iter().map(say).collect::<Vec<_>>().join("; ")
}
