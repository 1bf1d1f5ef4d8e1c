//! `carbon-server serve`: the server, from its settings to its end.

use crate::{
    config::{Config, SignUps},
    server::{Server, StartError},
    store::database::Database,
};
use clap::{Args, ValueEnum};
use std::{error::Error, io::Write};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::{filter::Targets, prelude::*};

#[derive(Args)]
pub(crate) struct Serve {
    /// What to log to standard error: error, warn, info, debug or trace; carbon_server::access=debug logs each request
    #[arg(long, env = "CARBON_LOG", value_name = "LEVEL", default_value = "info")]
    log: Targets,

    /// Format of log lines
    #[arg(long, env = "CARBON_LOG_FORMAT", value_name = "FORMAT", default_value = "text")]
    log_format: LogFormat,

    #[command(flatten)]
    pub(crate) config: Config,
}

#[derive(Clone, Copy, ValueEnum)]
enum LogFormat {
    /// For people
    Text,
    /// One JSON object per line
    Json,
}

impl Serve {
    /// Serves until the process is told to stop.
    pub(crate) fn run(&self) -> Result<(), Box<dyn Error>> {
        let config = &self.config;
        self.run_server(async || {
            let server = Server::bind(config).await.map_err(with_flag)?;
            greet(config, &server.url(), server.has_new_ledger())?;
            Ok(server)
        })
    }

    /// Sets up logging, then runs the server that `start` returns until the process is told to stop.
    pub(crate) fn run_server(
        &self,
        start: impl AsyncFnOnce() -> Result<Server, Box<dyn Error>>,
    ) -> Result<(), Box<dyn Error>> {
        let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false);
        let lines = match self.log_format {
            LogFormat::Text => lines.boxed(),
            LogFormat::Json => lines.json().flatten_event(true).boxed(),
        };
        tracing_subscriber::registry().with(lines).with(self.log.clone()).init();
        // One thread for HTTP; the ledger's writer and queued work have their own. On small machines that leaves them a core.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            // Before the greeting: whoever reads it may stop us at once.
            let (mut terminate, mut interrupt) =
                (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
            let server = start().await?;
            server
                .run(async move {
                    tokio::select! {
                        _ = terminate.recv() => {}
                        _ = interrupt.recv() => {}
                    }
                    tracing::info!("stopping: finishing accepted requests");
                })
                .await?;
            Ok(())
        })
    }
}

/// A port that cannot be used is another flag away: names it.
pub(crate) fn with_flag(error: StartError) -> Box<dyn Error> {
    match error {
        StartError::Listen { .. } => {
            format!("{error}; choose another with --listen ADDRESS:PORT (or CARBON_LISTEN)").into()
        }
        other => other.into(),
    }
}

/// Prints where the server is and, on a new ledger, what to do first: commands to paste as they are.
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
