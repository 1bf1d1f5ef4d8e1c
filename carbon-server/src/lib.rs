//! The LLM Carbon Tracker as a server: HTTP in front, a ledger in one SQLite file behind.
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
//! - No proxying: it never sees a prompt or an answer, only counts.
//! - No emission arithmetic: that is `carbon-core`. No layout: that is `carbon-report`.
//! - No blocking work on the async runtime: the ledger has a thread of its own, heavy work another.
//!
//! # Where to read on
//!
//! 1. [`Config`], [`Limits`]: what can be set.
//! 2. `route`: what the server answers; `api/`: how, one file a resource.
//! 3. `store/`: the ledger, all SQL; `store/sqlite/schema.sql` first.
//! 4. `sources/`: what others tell of calls, read as if it had been sent to `/track`.
//! 5. `listener`, `response`, `problem`: HTTP, statuses, errors.

mod api;
mod app;
mod auth;
mod background;
mod base;
pub mod command;
mod config;
mod http;
mod ingest;
mod openapi;
mod pact;
mod pages;
mod report;
mod server;
mod store;

pub use config::{Config, Limits, NotASigner, SignUps, Signing, Tls};
pub use http::tls::NotTls;
pub use server::{NotClosed, Server, StartError};
pub use store::{
    database::{Database, NotADatabase, PostgresServer, ReadDatabase},
    error::LedgerError,
    prices::Prices,
};
