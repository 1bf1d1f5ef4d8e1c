//! The operator's time-stamp authority.

use crate::config::public_url;
use carbon_report::time_stamp::TimeStampAuthorities;
use clap::Args;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Time stamps of an independent authority (RFC 3161) over closed and restated months. Without one, when a month was closed
/// is the server's own word.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Time stamps")]
pub struct TimeStamps {
    /// Authority that stamps the seal over each closed or restated month: RFC 3161 over http or https
    #[arg(long, env = "CARBON_TIME_STAMP_URL", value_name = "URL", value_parser = public_url, requires = "time_stamp_ca")]
    pub time_stamp_url: Option<String>,

    /// Certificates that vouch for that authority, PEM; other time stamps are not kept
    #[arg(long, env = "CARBON_TIME_STAMP_CA", value_name = "FILE", requires = "time_stamp_url")]
    pub time_stamp_ca: Option<PathBuf>,
}

/// Why no time stamps can be checked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("time stamps cannot be checked: {0}")]
pub struct NoAuthorities(String);

/// The certificates in a file.
pub(crate) fn authorities_of(file: &Path) -> Result<TimeStampAuthorities, NoAuthorities> {
    let cannot = |error: &dyn std::fmt::Display| NoAuthorities(format!("{}: {error}", file.display()));
    let pem = std::fs::read(file).map_err(|error| cannot(&error))?;
    TimeStampAuthorities::from_pem(&pem).map_err(|error| cannot(&error))
}
