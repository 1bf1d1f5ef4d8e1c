//! The command line: one file for each subcommand.

mod account;
mod api_client;
mod archive;
mod backup;
mod check;
mod demo;
mod factor_set;
pub(crate) mod import;
mod ledger;
mod measure;
mod migrate;
mod noted;
mod offline_ledger;
mod own;
mod progress;
mod prune;
mod reconcile;
mod registry;
mod report;
mod serve;
mod verify;

use crate::{
    base::environment::without_empty_variables,
    command::{
        account::AccountCommand,
        archive::Archive,
        backup::Backup,
        check::Check,
        demo::Demo,
        factor_set::FactorSetCommand,
        import::Import,
        measure::Measure,
        migrate::Migrate,
        own::OwnCommand,
        prune::Prune,
        reconcile::Reconcile,
        registry::{EstimateCommand, Models},
        report::ReportCommand,
        serve::Serve,
        verify::Verify,
    },
};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, parser::ValueSource};
use std::{io::Write, process::ExitCode};

/// Carbon ledger for LLM calls: token counts in, grams of CO2e and monthly client reports out.
///
/// Metadata only: prompts and responses never reach it.
#[derive(Parser)]
#[command(name = "carbon-server", version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    serve: Serve,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server; the same as no command
    Serve(Box<Serve>),
    Demo(Box<Demo>),
    #[command(subcommand)]
    Account(AccountCommand),
    #[command(subcommand)]
    FactorSet(FactorSetCommand),
    Estimate(EstimateCommand),
    Models(Models),
    #[command(subcommand)]
    Own(OwnCommand),
    Import(Box<Import>),
    Measure(Box<Measure>),
    Reconcile(Reconcile),
    Report(ReportCommand),
    Verify(Verify),
    Check(Check),
    Backup(Backup),
    Migrate(Migrate),
    Archive(Archive),
    Prune(Prune),
}

/// Reads the command line and runs its command.
pub fn main() -> ExitCode {
    let matches = without_empty_variables(Arguments::command()).get_matches();
    let Arguments { command, serve } =
        Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let names_database = matches
        .subcommand_matches("demo")
        .is_some_and(|demo| demo.value_source("database") != Some(ValueSource::DefaultValue));
    let done = match command.unwrap_or(Command::Serve(Box::new(serve))) {
        Command::Serve(serve) => serve.run(),
        Command::Demo(demo) => demo.run(names_database),
        Command::Account(account) => account.run().and_then(|text| print(&text)),
        Command::FactorSet(factor_set) => factor_set.run().and_then(|text| print(&text)),
        Command::Estimate(estimate) => estimate.run().and_then(|text| print(&text)),
        Command::Models(models) => models.run().and_then(|text| print(&text)),
        Command::Own(own) => own.run().and_then(|text| print(&text)),
        Command::Import(import) => import.run().and_then(|text| print(&text)),
        Command::Measure(measure) => measure.run().and_then(|text| print(&text)),
        Command::Reconcile(reconcile) => reconcile.run().and_then(|text| print(&text)),
        Command::Report(report) => report.run().and_then(|text| print(&text)),
        Command::Verify(verify) => verify.run().and_then(|text| print(&text)),
        Command::Check(check) => check.run().and_then(|text| print(&text)),
        Command::Backup(backup) => backup.run().and_then(|text| print(&text)),
        Command::Archive(archive) => archive.run().and_then(|text| print(&text)),
        Command::Prune(prune) => prune.run().and_then(|text| print(&text)),
        Command::Migrate(migrate) => migrate.run().and_then(|text| print(&text)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&*error);
            ExitCode::FAILURE
        }
    }
}

fn print(text: &str) -> Result<(), Box<dyn std::error::Error>> {
    match std::io::stdout().write_all(text.as_bytes()) {
        // The reader has closed the pipe: it has seen enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

fn complain(error: &dyn std::error::Error) {
    // If standard error is closed too, there is no place left to report it.
    drop(writeln!(std::io::stderr(), "carbon-server: {error}"));
}
