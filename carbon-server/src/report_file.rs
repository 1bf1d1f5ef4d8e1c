//! Reports straight from a ledger's file, without a server.

use crate::{
    Database, LedgerError, NotASigner, Signing,
    heavy::HeavyWork,
    issue::{AT_A_TIME, Press, Wanted, issue},
    own_ledger::{NoLedger, OwnLedger},
    problem::Problem,
    reports_zip::ReportsZip,
    store::{AccountKey, Issued, Store},
};
use carbon_report::{Language, Month};
use jiff::Timestamp;
use std::{
    fs::File,
    io::{Seek, Write},
    sync::Arc,
};
use thiserror::Error;

/// Which reports are wanted.
#[derive(Clone, Debug)]
pub struct ReportWanted {
    /// The client; `*` for every client that has something in the month.
    pub tenant_id: String,
    /// The month.
    pub month: Month,
    /// Language of the pages.
    pub language: Option<Language>,
    /// The client's financial year; the calendar year of the month where it is not given.
    pub financial_year: Option<i16>,
    /// How the reports are signed, where they are.
    pub signing: Signing,
    /// Whose ledger; not needed where there is one account.
    pub account_email: Option<String>,
}

/// A PDF, or a zip of many, to be read from its beginning.
#[derive(Debug)]
pub struct ReportFile {
    /// A file without a name.
    pub file: File,
    /// How many reports are in it.
    pub reports: usize,
}

/// Why there is no report.
#[derive(Debug, Error)]
pub enum NoReport {
    /// The ledger could not be opened, read or written.
    #[error("{0}")]
    Ledger(#[from] LedgerError),
    /// There is no such account, or there are several.
    #[error("{0}")]
    Account(String),
    /// The ledger has no such client.
    #[error("there is no client {0} in this ledger")]
    NoTenant(String),
    /// Nobody used anything in the month.
    #[error("no client has anything in {0}")]
    NothingInMonth(Month),
    /// The key or the certificate cannot be used.
    #[error(transparent)]
    Signing(#[from] NotASigner),
    /// A file could not be written.
    #[error("{0}")]
    File(#[from] std::io::Error),
    /// A fault of this program.
    #[error("the report could not be made: {0}")]
    Internal(String),
}

impl From<NoLedger> for NoReport {
    fn from(none: NoLedger) -> Self {
        match none {
            NoLedger::Unopened(error) => NoReport::Ledger(error),
            NoLedger::NoRuntime(error) => NoReport::File(error),
            NoLedger::Missing(_) | NoLedger::Account(_) => NoReport::Account(none.to_string()),
        }
    }
}

/// Issues reports as the API does, and hands back their bytes. `progress` is told how many of how many are done.
///
/// # Errors
/// [`NoReport`]: what stood in the way. Reports that were issued before stay issued.
pub fn write_reports(
    database: &Database,
    wanted: &ReportWanted,
    progress: impl FnMut(usize, usize),
) -> Result<ReportFile, NoReport> {
    let ledger = OwnLedger::open(database)?;
    let written = ledger
        .account(wanted.account_email.as_deref())
        .map_err(NoReport::from)
        .and_then(|account| ledger.runtime.block_on(write(&ledger.store, account, wanted, progress)));
    ledger.close();
    written
}

async fn write(
    store: &Store,
    account: AccountKey,
    wanted: &ReportWanted,
    mut progress: impl FnMut(usize, usize),
) -> Result<ReportFile, NoReport> {
    let (pages, now) = (HeavyWork::new(AT_A_TIME, 1), Timestamp::now());
    let signer = wanted.signing.signer()?.map(Arc::new);
    let press = Press { pages: &pages, signer: signer.as_ref() };
    let of = |tenant_id: String| Wanted {
        tenant_id,
        month: wanted.month,
        language: wanted.language,
        financial_year: wanted.financial_year,
        invoiced_tokens: None,
    };
    if wanted.tenant_id != "*" {
        let (_, pdf) = one(store, press, account, of(wanted.tenant_id.clone()), now).await?;
        let mut file = tempfile::tempfile()?;
        file.write_all(&pdf)?;
        file.rewind()?;
        return Ok(ReportFile { file, reports: 1 });
    }
    let tenants = store.tenants_of_month(account, wanted.month).await.map_err(LedgerError)?;
    if tenants.is_empty() {
        return Err(NoReport::NothingInMonth(wanted.month));
    }
    let total = tenants.len();
    let mut zip = ReportsZip::new()?;
    let make = |tenant_id: &String| one(store, press, account, of(tenant_id.clone()), now);
    // In their order, two at a time: as many as are drawn at a time.
    for (place, pair) in tenants.chunks(2).enumerate() {
        let made = match pair {
            [first, second] => <[_; 2]>::from(tokio::join!(make(first), make(second))).into(),
            _ => vec![make(&pair[0]).await],
        };
        for (tenant_id, made) in pair.iter().zip(made) {
            let (issued, pdf) = made?;
            zip.add(tenant_id, &issued, &pdf)?;
        }
        progress(place * 2 + pair.len(), total);
    }
    Ok(ReportFile { file: zip.finish()?, reports: total })
}

async fn one(
    store: &Store,
    press: Press<'_>,
    account: AccountKey,
    wanted: Wanted,
    now: Timestamp,
) -> Result<(Issued, Vec<u8>), NoReport> {
    let issued = issue(store, press, account, &wanted, now).await.map_err(|problem| match problem {
        Problem::NotFound { .. } => NoReport::NoTenant(wanted.tenant_id.clone()),
        Problem::Unavailable(error) => NoReport::Ledger(LedgerError(error)),
        Problem::Internal(cause) => NoReport::Internal(cause),
        other => NoReport::Internal(format!("{other:?}")),
    })?;
    let pdf = store.report_pdf(account, issued.report_id.clone()).await.map_err(LedgerError)?;
    Ok((issued, pdf.ok_or_else(|| NoReport::Internal("it was issued and is not there".to_owned()))?))
}
