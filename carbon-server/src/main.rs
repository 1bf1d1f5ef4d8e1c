//! `carbon-server`: the command line.

mod account_command;
mod bar;
mod demo_command;
mod import_command;
mod ledger_command;
mod migrate_command;
mod prune_command;
mod reconcile_command;
mod registry_command;
mod report_command;

use account_command::AccountCommand;
use carbon_server::{Config, Database, Server, SignUps, without_empty_variables, write_demo};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum, parser::ValueSource};
use demo_command::Demo;
use import_command::Import;
use jiff::Timestamp;
use ledger_command::{Backup, Check};
use migrate_command::Migrate;
use prune_command::Prune;
use reconcile_command::Reconcile;
use registry_command::{Estimate, Models};
use report_command::{Report, Verify};
use std::{io::Write, process::ExitCode};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;

/// Carbon ledger for LLM calls: token counts in, grams of CO2e and monthly client reports out.
///
/// Metadata only: prompts and answers never reach it.
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
    Estimate(Estimate),
    Models(Models),
    Import(Box<Import>),
    Reconcile(Reconcile),
    Report(Report),
    Verify(Verify),
    Check(Check),
    Backup(Backup),
    Migrate(Migrate),
    Prune(Prune),
}

#[derive(Args)]
struct Serve {
    /// What to log to standard error: error, warn, info, debug or trace; carbon_server::access=debug for each request
    #[arg(long, env = "CARBON_LOG", value_name = "LEVEL", default_value = "info")]
    log: Targets,

    /// How log lines are written
    #[arg(long, env = "CARBON_LOG_FORMAT", value_name = "FORMAT", default_value = "text")]
    log_format: LogFormat,

    #[command(flatten)]
    config: Config,
}

#[derive(Clone, Copy, ValueEnum)]
enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

fn main() -> ExitCode {
    let matches = without_empty_variables(Arguments::command()).get_matches();
    let Arguments { command, serve } =
        Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let names_database = matches
        .subcommand_matches("demo")
        .is_some_and(|demo| demo.value_source("database") != Some(ValueSource::DefaultValue));
    let done = match command.unwrap_or(Command::Serve(Box::new(serve))) {
        Command::Serve(serve) => run(&serve, None),
        Command::Demo(demo) => run_demo(demo.serve, names_database),
        Command::Account(account) => account.run().and_then(|text| print(&text)),
        Command::Estimate(estimate) => estimate.run().and_then(|text| print(&text)),
        Command::Models(models) => models.run().and_then(|text| print(&text)),
        Command::Import(import) => import.run().and_then(|text| print(&text)),
        Command::Reconcile(reconcile) => reconcile.run().and_then(|text| print(&text)),
        Command::Report(report) => report.run().and_then(|text| print(&text)),
        Command::Verify(verify) => verify.run().and_then(|text| print(&text)),
        Command::Check(check) => check.run().and_then(|text| print(&text)),
        Command::Backup(backup) => backup.run().and_then(|text| print(&text)),
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
        // Whoever reads has seen enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// A demo in the file that is named, else in one that goes with it.
fn run_demo(mut serve: Serve, names_database: bool) -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    if !names_database {
        serve.config.database = Database::Sqlite { path: folder.path().join("demo.db") };
    }
    run(&serve, Some(Timestamp::now()))
}

/// Serves until told to stop; with a demo of the year before `demo_of`, where that is given.
fn run(
    Serve { log, log_format, config }: &Serve,
    demo_of: Option<Timestamp>,
) -> Result<(), Box<dyn std::error::Error>> {
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    let lines = match log_format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry().with(lines).with(log.clone()).init();
    // One thread for HTTP; the ledger's writer and heavy work have theirs. On small machines that leaves a core to them.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        // Before the greeting: who reads it may stop us at once.
        let (mut terminate, mut interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let demo = match demo_of {
            Some(now) => Some(write_demo(config, now).await?),
            None => None,
        };
        let server = Server::bind(config).await?;
        match &demo {
            Some(demo) => demo_command::greet(demo, &server)?,
            None => greet(config, &server.url(), server.has_new_ledger())?,
        }
        server
            .run(async move {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                tracing::info!("stopping: finishing what was accepted");
            })
            .await?;
        Ok(())
    })
}

/// Tells where the server is and, on a new ledger, what to do first: commands to paste as they are.
fn greet(config: &Config, url: &str, new_ledger: bool) -> std::io::Result<()> {
    let ledger = &config.database;
    let mut out = std::io::stdout().lock();
    writeln!(out, "LLM Carbon Tracker is listening on {url}")?;
    writeln!(out, "Ledger: {ledger}{}", if new_ledger { " (new and empty)" } else { "" })?;
    if new_ledger {
        let account = match config.signup {
            SignUps::Open => include_str!("greeting_sign_up.txt"),
            SignUps::Closed => include_str!("greeting_account.txt"),
        };
        let text = [account, include_str!("greeting_first_call.txt")].concat();
        let scheme = if matches!(ledger, Database::Sqlite { .. }) { "sqlite:" } else { "" };
        write!(out, "{}", text.replace("{url}", url).replace("{database}", &format!("{scheme}{ledger}")))?;
    }
    out.flush()
}

fn complain(error: &dyn std::error::Error) {
    // Standard error may be closed; there is nobody left to tell.
    drop(writeln!(std::io::stderr(), "carbon-server: {error}"));
}
