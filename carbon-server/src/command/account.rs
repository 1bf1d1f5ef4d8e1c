//! `carbon-server account`: accounts created by the operator.

use crate::{
    api::accounts::{AccountRequest, FirstKeys, SignUp, new_password},
    auth::passwords::Hasher,
    base::{api_key::random_text, clock::now},
    command::ledger::Ledger,
    config::NewLedger,
    http::{
        faults::Faults,
        problem::{FieldError, Problem},
    },
    store::{
        AccountCreated, ItsBook, StoreError, add_account_to, database::Database, error::LedgerError,
        reset_password_in,
    },
};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::{error::Error, io::Read};
use thiserror::Error;

/// Create accounts when sign-up is closed, and set passwords that were forgotten
#[derive(Subcommand)]
pub(crate) enum AccountCommand {
    Create(CreateAccount),
    SetPassword(SetPassword),
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

    /// Give it its own book, on PostgreSQL: an account that sends so much that it should not share turns with others
    #[arg(long)]
    own_book: bool,

    #[command(flatten)]
    with: Flags,

    #[command(flatten)]
    new_ledger: NewLedger,
}

/// Set the password of an account and end its sessions
///
/// For who has forgotten it, or whose password somebody else knows. A server may be running on the ledger. API keys keep
/// working. No e-mail is sent.
#[derive(Args)]
pub(crate) struct SetPassword {
    /// E-mail address of the account
    #[arg(long, value_name = "ADDRESS")]
    email: String,

    #[command(flatten)]
    with: Flags,
}

/// What is asked of every password, and of what is printed.
#[derive(Args)]
struct Flags {
    /// Read the password from standard input; by default one is generated and printed
    #[arg(long)]
    password_stdin: bool,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    ledger: Ledger,
}

impl Flags {
    /// The password on standard input, where it is to be read there.
    fn given(&self) -> Result<Option<String>, Box<dyn Error>> {
        if !self.password_stdin {
            return Ok(None);
        }
        let mut password = String::new();
        std::io::stdin().read_to_string(&mut password)?;
        Ok(Some(password.trim_end_matches(['\r', '\n']).to_owned()))
    }
}

/// A password where none is given.
fn generated(given: Option<&String>) -> Result<Option<String>, getrandom::Error> {
    given.is_none().then(|| random_text(PASSWORD_CHARS)).transpose()
}

impl AccountCommand {
    /// The text to print.
    pub(crate) fn run(self) -> Result<String, Box<dyn Error>> {
        match self {
            AccountCommand::Create(request) => request.run(),
            AccountCommand::SetPassword(request) => request.run(),
        }
    }
}

impl CreateAccount {
    fn run(self) -> Result<String, Box<dyn Error>> {
        let Flags { json, ledger, .. } = &self.with;
        let password = self.with.given()?;
        let keys = create_account(
            &ledger.database,
            self.new_ledger.books,
            if self.own_book { ItsBook::Own } else { ItsBook::Shared },
            self.email.clone(),
            self.organisation,
            password,
        )?;
        if *json {
            return Ok(serde_json::to_string_pretty(&keys)? + "\n");
        }
        let NewKeys { account_id, password, live, test } = keys;
        let password = password.map(|password| format!("password  {password}\n")).unwrap_or_default();
        Ok(format!(
            "Account {account_id} for {}. Save these now; they are not shown again.\n\n\
             {password}live key  {live}\ntest key  {test}\n",
            self.email
        ))
    }
}

/// What became of a password, for programs.
#[derive(Serialize)]
struct PasswordSet<'a> {
    email: &'a str,
    /// The password, if it was generated.
    password: Option<&'a str>,
}

impl SetPassword {
    fn run(self) -> Result<String, Box<dyn Error>> {
        let given = self.with.given()?;
        let generated = generated(given.as_ref())?;
        let mut faults = Faults::default();
        let password = new_password(&mut faults, "/password", given.or_else(|| generated.clone()));
        let in_words = |problem: Problem| in_terms_of_flags(&problem);
        faults.none().map_err(in_words)?;
        let hash = Hasher::default().hash(&password.unwrap_or_default()).map_err(in_words)?;
        if !reset_password_in(&self.with.ledger.database, &self.email, &hash).map_err(LedgerError)? {
            return Err(format!("no account has the e-mail address {:?}", self.email).into());
        }
        if self.with.json {
            let set = PasswordSet { email: &self.email, password: generated.as_deref() };
            return Ok(serde_json::to_string_pretty(&set)? + "\n");
        }
        let shown =
            generated.map(|password| format!(" Save it now; it is not shown again.\n\npassword  {password}"));
        Ok(format!(
            "The password of {} is set, and its sessions have ended.{}\n",
            self.email,
            shown.unwrap_or_default()
        ))
    }
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
    books: Option<u32>,
    its_book: ItsBook,
    email: String,
    organisation: String,
    password: Option<String>,
) -> Result<NewKeys, NotCreated> {
    let invalid = |problem: Problem| NotCreated::Invalid(in_terms_of_flags(&problem));
    let generated = generated(password.as_ref()).map_err(|error| NotCreated::Invalid(error.to_string()))?;
    let request = AccountRequest {
        email: Some(email),
        password: password.or_else(|| generated.clone()),
        organisation: Some(organisation),
    };
    let sign_up = SignUp::of(request).map_err(invalid)?;
    let FirstKeys { live, test, account } = sign_up.account(&Hasher::default(), now()).map_err(invalid)?;
    match add_account_to(database, books, its_book, &account)? {
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
