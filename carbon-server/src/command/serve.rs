//! `carbon-server serve`, and what a demo serves.

use crate::{
    command::demo,
    config::{Config, SignUps},
    server::Server,
    store::database::Database,
};
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use std::io::Write;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::{filter::Targets, prelude::*};

#[derive(Args)]
pub(crate) struct Serve {
    /// What to log to standard error: error, warn, info, debug or trace; carbon_server::access=debug for each request
    #[arg(long, env = "CARBON_LOG", value_name = "LEVEL", default_value = "info")]
    log: Targets,

    /// How log lines are written
    #[arg(long, env = "CARBON_LOG_FORMAT", value_name = "FORMAT", default_value = "text")]
    log_format: LogFormat,

    #[command(flatten)]
    pub(crate) config: Config,
}

#[derive(Clone, Copy, ValueEnum)]
enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

/// Serves until told to stop; with a demo of the year before `demo_of`, where that is given.
pub(crate) fn run(
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
            Some(now) => Some(demo::write_demo(config, now).await?),
            None => None,
        };
        let server = Server::bind(config).await?;
        match &demo {
            Some(demo) => demo::greet(demo, &server)?,
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
