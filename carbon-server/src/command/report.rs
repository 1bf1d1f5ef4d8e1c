//! `carbon-server report`: issues reports from a ledger, without a server.

use crate::{
    base::{
        durable_file::{EVERYBODY, NewFile},
        work_queue::WorkQueue,
    },
    command::{
        ledger::Ledger,
        offline_ledger::{NoLedger, OfflineLedger},
        progress::ProgressBar,
    },
    config::{NotASigner, Signing},
    http::problem::Problem,
    report::{
        batches::ReportBatch,
        issue::{AT_A_TIME, Renderer, ReportRequest, issue},
    },
    store::{AccountKey, Store, error::LedgerError},
};
use carbon_report::{EsrsEdition, Language, Month, NotOfYear};
use clap::Args;
use jiff::Timestamp;
use std::{
    error::Error,
    fs::File,
    io::{self, Seek, Write},
    path::{Path, PathBuf},
    sync::Arc,
};
use thiserror::Error;

/// Issue a client's report of a month, or all clients' in one zip
///
/// Issues them as the API does: the same data gives the same report, and the ledger stores it. No server may be running on a
/// ledger in a file; request the report from the server instead.
#[derive(Args)]
pub(crate) struct ReportCommand {
    /// The client, or * for every client with activity in the month
    #[arg(long, value_name = "TENANT")]
    tenant: String,

    /// Calendar month, UTC
    #[arg(long, value_name = "YYYY-MM")]
    month: Month,

    /// The PDF, or the zip for all clients; an existing file is replaced
    #[arg(long, value_name = "FILE")]
    output: PathBuf,

    /// en, fr or de; by default the client's own language, otherwise English
    #[arg(long, value_name = "CODE")]
    language: Option<Language>,

    /// The client's financial year that contains the month; by default the calendar year
    #[arg(long, value_name = "YEAR")]
    financial_year: Option<i16>,

    /// esrs-2023 or esrs-2026, for the financial year 2026; by default the client's choice, otherwise esrs-2023
    #[arg(long, value_name = "EDITION")]
    standard: Option<EsrsEdition>,

    /// E-mail of the account, if the ledger has several
    #[arg(long, value_name = "EMAIL")]
    account: Option<String>,

    #[command(flatten)]
    ledger: Ledger,

    #[command(flatten)]
    signing: Signing,
}

/// Why no report was made.
#[derive(Debug, Error)]
enum NoReport {
    /// The ledger could not be opened, read or written, or the account is missing or ambiguous.
    #[error(transparent)]
    Ledger(#[from] NoLedger),
    /// The ledger has no such client.
    #[error("no client {0} in this ledger")]
    NoTenant(String),
    /// No client has activity in the month.
    #[error("no client has activity in {0}")]
    NothingInMonth(Month),
    /// The financial year has another edition.
    #[error("--standard {0}")]
    Standard(#[from] NotOfYear),
    /// The key or the certificate cannot be used.
    #[error(transparent)]
    Signing(#[from] NotASigner),
    /// A file could not be written.
    #[error("{0}")]
    File(#[from] std::io::Error),
    /// An error in this program.
    #[error("cannot make the report: {0}")]
    Internal(String),
}

impl From<LedgerError> for NoReport {
    fn from(error: LedgerError) -> Self {
        NoReport::Ledger(error.into())
    }
}

impl NoReport {
    fn of(tenant_id: &str, problem: Problem) -> Self {
        match problem {
            Problem::NotFound { .. } => NoReport::NoTenant(tenant_id.to_owned()),
            Problem::Unavailable(error) => LedgerError(error).into(),
            Problem::Internal(cause) => NoReport::Internal(cause),
            other => NoReport::Internal(format!("{other:?}")),
        }
    }
}

/// Writes what `from` holds to a file, or into what is none, such as /dev/stdout.
fn write(from: &mut File, to: &Path) -> io::Result<()> {
    if to.metadata().is_ok_and(|found| !found.is_file()) {
        return io::copy(from, &mut File::create(to)?).map(drop);
    }
    // What a link leads to is replaced, not the link.
    let to = to.canonicalize().unwrap_or_else(|_| to.to_owned());
    let mut new = NewFile::begin_over(&to, EVERYBODY)?;
    io::copy(from, new.file())?;
    new.replace()
}

impl ReportCommand {
    /// The text to print.
    pub(crate) fn run(&self) -> Result<String, Box<dyn Error>> {
        let ledger = OfflineLedger::open(&self.ledger.database)
            .map_err(|none| none.or("request the report from it: POST /api/v1/reports, or the console"))?;
        let made = ledger
            .account(self.account.as_deref())
            .map_err(NoReport::from)
            .and_then(|account| ledger.runtime.block_on(self.make(&ledger, account)));
        ledger.close();
        let (mut file, reports) = made?;
        let cannot = |error: std::io::Error| format!("{}: {error}", self.output.display());
        write(&mut file, &self.output).map_err(cannot)?;
        let what = if reports == 1 { "report".to_owned() } else { format!("{reports} reports") };
        Ok(format!("{} contains the {what} for {}\n", self.output.display(), self.month))
    }

    /// A PDF, or a zip of several, positioned at its beginning; and the number of reports in it.
    async fn make(&self, ledger: &OfflineLedger, account: AccountKey) -> Result<(File, usize), NoReport> {
        let (pages, now) = (WorkQueue::new(AT_A_TIME, AT_A_TIME), Timestamp::now());
        let signer = self.signing.signer()?.map(Arc::new);
        let OfflineLedger { store, registry, .. } = ledger;
        let renderer = Renderer { pages: &pages, signer: signer.as_ref(), registry, public_url: None };
        let request = ReportRequest {
            tenant_id: self.tenant.clone(),
            month: self.month,
            language: self.language,
            financial_year: self.financial_year,
            standard: self.standard,
            invoiced_tokens: None,
        };
        request.check_standard()?;
        if self.tenant == "*" {
            return self.make_all(store, account, renderer, &request, now).await;
        }
        let issued = issue(store, renderer, account, &request, now).await;
        let issued = issued.map_err(|problem| NoReport::of(&self.tenant, problem))?;
        let pdf = store.report_pdf(account, issued.report_id).await.map_err(LedgerError)?;
        let pdf =
            pdf.ok_or_else(|| NoReport::Internal("the issued report is missing from the ledger".to_owned()))?;
        let mut file = tempfile::tempfile()?;
        file.write_all(&pdf)?;
        file.rewind()?;
        Ok((file, 1))
    }

    /// Makes every client's report, up to the first failure.
    async fn make_all(
        &self,
        store: &Store,
        account: AccountKey,
        renderer: Renderer<'_>,
        request: &ReportRequest,
        now: Timestamp,
    ) -> Result<(File, usize), NoReport> {
        let tenants = store.tenants_of_month(account, self.month).await.map_err(LedgerError)?;
        if tenants.is_empty() {
            return Err(NoReport::NothingInMonth(self.month));
        }
        let (bar, total) = (ProgressBar::new(), tenants.len());
        let batch = ReportBatch::new(account, request, tenants);
        let go_on = || !batch.has_failed();
        batch
            .issue_all(store, renderer, request, now, go_on, |done| {
                let done = done as u64;
                bar.show([done, total as u64], done, done, "reports");
            })
            .await;
        bar.end();
        if let Some((tenant_id, problem)) = batch.take_failed().into_iter().next() {
            return Err(NoReport::of(&tenant_id, problem));
        }
        let zip = batch.zip(store).await.map_err(|problem| NoReport::of("*", problem))?;
        Ok((zip, total))
    }
}
