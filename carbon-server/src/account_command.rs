//! `carbon-server account`: accounts made by the operator.

use crate::ledger_command::Ledger;
use carbon_server::{NewKeys, create_account};
use clap::{Args, Subcommand};
use std::{error::Error, io::Read};

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
