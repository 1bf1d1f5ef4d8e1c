//! `carbon-server demo`: a year of example events to look at, served.

mod clients;
mod ledger;
mod year;

use crate::{
    command::{
        demo::ledger::DemoLedger,
        progress::ProgressBar,
        serve::{Serve, with_flag},
    },
    server::{Server, listen},
    store::database::Database,
};
use clap::Args;
use jiff::Timestamp;
use std::{error::Error, io::Write};

/// Serve a year of invented events of six clients, to look around
///
/// Without --database the ledger is a temporary file that is removed when the server stops.
#[derive(Args)]
pub(crate) struct Demo {
    #[command(flatten)]
    serve: Serve,
}

impl Demo {
    /// Serves until the process is told to stop; on a temporary ledger unless the command line names one.
    pub(crate) fn run(mut self, names_database: bool) -> Result<(), Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        if !names_database {
            self.serve.config.database = Database::Sqlite { path: folder.path().join("demo.db") };
        }
        let config = &self.serve.config;
        self.serve.run_server(async || {
            // A taken port is reported at once, not after a year was built. Connections wait until the server runs.
            let listener = listen(config.listen).await.map_err(with_flag)?;
            eprint_line("Building a year of example events…");
            let bar = ProgressBar::new();
            let built = DemoLedger::build(config, Timestamp::now(), |[done, all], events| {
                bar.show([done, all], events, events, "events");
            });
            let built = built.await;
            bar.end();
            let demo = built?;
            let server = Server::bind_to(listener, config).await?;
            greet(&demo, &server)?;
            Ok(server)
        })
    }
}

fn eprint_line(line: &str) {
    // Standard error may be closed; the demo is the same without this line.
    drop(writeln!(std::io::stderr(), "{line}"));
}

/// Prints where to look.
fn greet(demo: &DemoLedger, server: &Server) -> std::io::Result<()> {
    let url = server.url();
    let mut out = std::io::stdout().lock();
    writeln!(out, "LLM Carbon Tracker is listening on {url}")?;
    writeln!(out, "Demo: {} invented events of {} invented clients\n", demo.events, demo.dashboards.len())?;
    writeln!(out, "Console   {url}/app")?;
    writeln!(out, "          log in as {} with the password {}\n", demo.email, demo.password)?;
    writeln!(out, "What each client sees")?;
    let width = demo.dashboards.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    for (name, path) in &demo.dashboards {
        writeln!(out, "  {name:width$}  {url}{path}")?;
    }
    writeln!(
        out,
        "\nThe API, with a live key\n  curl \"{url}/api/v1/usage?group_by=model\" -H \"Authorization: Bearer {}\"",
        demo.live
    )?;
    out.flush()
}
