//! `carbon-server demo`: a ledger to look at, served.

mod clients;
mod write;
mod year;

pub(crate) use write::write_demo;

use crate::{command::demo::write::DemoLedger, command::serve::Serve, server::Server};
use clap::Args;
use std::io::Write;

/// Serve a year of made-up events of six clients: something to look at in one command
///
/// Without --database the ledger is a temporary file that is removed when the server stops.
#[derive(Args)]
pub(crate) struct Demo {
    #[command(flatten)]
    pub(crate) serve: Serve,
}

/// Tells where to look.
pub(crate) fn greet(demo: &DemoLedger, server: &Server) -> std::io::Result<()> {
    let url = server.url();
    let mut out = std::io::stdout().lock();
    writeln!(out, "LLM Carbon Tracker is listening on {url}")?;
    writeln!(out, "Demo: {} made-up events of {} made-up clients\n", demo.events, demo.dashboards.len())?;
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
