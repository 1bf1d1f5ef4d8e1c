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

mod account_file;
mod api;
mod api_key;
mod bill;
mod config;
mod database;
mod delivery;
mod demo;
mod document;
mod environment;
mod event_names;
mod exact;
mod heavy;
mod housekeeping;
mod import;
mod issue;
mod key_ring;
mod ledger_file;
mod listener;
mod metrics;
mod openapi;
mod own_ledger;
mod pace;
mod pact;
mod pages;
mod peer;
mod problem;
mod reconcile;
mod report_file;
mod reports_zip;
mod request_id;
mod response;
mod route;
mod server;
mod signed_token;
mod sources;
mod store;
mod tls;
mod webhook;

pub use account_file::{NewKeys, NotCreated, create_account};
pub use config::{Config, Limits, NotASigner, Prices, SignUps, Signing, Tls};
pub use database::{Database, NotADatabase, PostgresServer, ReadDatabase};
pub use demo::{DemoLedger, NoDemo, write_demo};
pub use document::{estimate_document, model_document, models_document};
pub use environment::without_empty_variables;
pub use import::{
    ColumnMap, ColumnOf, Export, ImportFormat, ImportProgress, ImportTarget, ImportWanted, Imported,
    NotImported, import,
};
pub use ledger_file::{
    LedgerCheck, NotMigrated, NotSound, PrunableMonth, back_up_ledger, check_ledger, migrate_ledger,
    months_with_events, prune_month,
};
pub use reconcile::{Gap, GapKind, ModelShare, ProviderShare, ReconcileWanted, Reconciled, Share, reconcile};
pub use report_file::{NoReport, ReportFile, ReportWanted, write_reports};
pub use server::{LedgerError, NotClosed, Server, StartError};
pub use tls::NotTls;
