//! `carbon-server account`: accounts made by the operator.

use crate::{
    api::accounts::{AccountRequest, FirstKeys, SignUp},
    base::{api_key::random_text, clock::now},
    command::ledger::Ledger,
    http::problem::{FieldError, Problem},
    store::{AccountCreated, StoreError, add_account_to, database::Database, error::LedgerError},
};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::{error::Error, io::Read};
use thiserror::Error;

/// Make accounts where sign-up is closed
#[derive(Subcommand)]
pub(crate) enum AccountCommand {
    Create(CreateAccount),
}

/// Make an account and print its keys; a server may run meanwhile, and no mail is sent
#[derive(Args)]
pub(crate) struct CreateAccount {
    /// E-mail address to log in with
    #[arg(long, value_name = "ADDRESS")]
    email: String,

    /// The supplier's name on reports
    #[arg(long, value_name = "NAME")]
    organisation: String,

    /// Read the password from standard input; one is made up and printed otherwise
    #[arg(long)]
    password_stdin: bool,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    ledger: Ledger,
}

impl AccountCommand {
    /// What is to be printed.
    pub(crate) fn run(self) -> Result<String, Box<dyn Error>> {
        let AccountCommand::Create(wanted) = self;
        let password = if wanted.password_stdin { Some(password_from_stdin()?) } else { None };
        let keys =
            create_account(&wanted.ledger.database, wanted.email.clone(), wanted.organisation, password)?;
        if wanted.json {
            return Ok(serde_json::to_string_pretty(&keys)? + "\n");
        }
        let NewKeys { account_id, password, live, test } = keys;
        let password = password.map(|password| format!("password  {password}\n")).unwrap_or_default();
        Ok(format!(
            "Account {account_id} for {}. Note these down, they are not shown again.\n\n\
             {password}live key  {live}\ntest key  {test}\n",
            wanted.email
        ))
    }
}

fn password_from_stdin() -> Result<String, Box<dyn Error>> {
    let mut password = String::new();
    std::io::stdin().read_to_string(&mut password)?;
    Ok(password.trim_end_matches(['\r', '\n']).to_owned())
}

/// Characters of a password that is made up: 119 bits.
const PASSWORD_CHARS: usize = 20;

/// An account, and what opens it. None of it is shown again.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub(super) struct NewKeys {
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
pub(super) enum NotCreated {
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
pub(super) fn create_account(
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
    let FirstKeys { live, test, account } = wanted.account(now()).map_err(invalid)?;
    match add_account_to(database, &account)? {
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
