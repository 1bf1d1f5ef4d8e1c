//! The server of the LLM Carbon Tracker: an HTTP API and a ledger, in a SQLite file or on a PostgreSQL server.
//!
//! ```no_run
//! use carbon_server::{Config, Server};
//! use clap::{Args, Command, FromArgMatches};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let arguments = Config::augment_args(Command::new("tracker")).get_matches_from(["tracker"]);
//! let config = Config::from_arg_matches(&arguments)?;
//! let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! runtime.block_on(async {
//!     let server = Server::bind(&config).await?;
//!     println!("http://{}", server.address());
//!     server.run(std::future::pending()).await?;
//!     Ok::<(), Box<dyn std::error::Error>>(())
//! })?;
//! # Ok(())
//! # }
//! ```
//!
//! # What it does not do
//!
//! - No proxying: it receives counts, never a prompt or a response.
//! - No emission arithmetic, which is in `carbon-core`, and no report layout, which is in `carbon-report`.
//! - No blocking work on the async runtime: the ledger and queued work have their own threads.
//!
//! # Where to read on
//!
//! 1. [`Config`] and [`Limits`]: the settings.
//! 2. `api/operations.rs`: every endpoint; `api/`: their handlers, one file per resource.
//! 3. `ingest/`: how calls become events; `ingest/sources/`: the formats of other tools.
//! 4. `store/`: the ledger and all SQL; start with `store/sqlite/schema.sql`.
//! 5. `server/`: connections and dispatch; `http/problem.rs`: errors and their statuses.
//! 6. [`command`]: the command line.

mod api;
mod app;
mod auth;
mod background;
mod base;
pub mod command;
mod config;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod http;
mod ingest;
mod openapi;
mod pact;
mod pages;
mod registry;
mod report;
mod server;
mod store;

pub use config::{
    Config, Limits, Mail, NoAuthorities, NoFonts, NoMail, NotASigner, ReportFonts, SignUps, Signing,
    TimeStamps, Tls,
};
pub use http::tls::NotTls;
pub use server::{NotClosed, Server, StartError};
pub use store::{
    ArchivePlace, NotAPlace,
    database::{Database, NotADatabase, PostgresServer, ReadDatabase},
    error::LedgerError,
    prices::Prices,
};
