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
    config::{NoFonts, NotASigner, ReportFonts, Signing},
    http::problem::Problem,
    report::{
        batch_request::BatchRequest,
        batches::ReportBatch,
        issue::{AT_A_TIME, Renderer, ReportRequest},
        period::PeriodRequest,
    },
    store::{AccountKey, Store, error::LedgerError},
};
use carbon_report::{EsrsEdition, Language, Month, NotOfYear, Period, forms::CsvStyle};
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

fn language_help() -> String {
    format!("{}; by default the client's own language, otherwise English", Language::codes())
}

/// Issue a client's report of a month or a period, or all clients' in one zip
///
/// Issues them as the API does: the same data gives the same report, and the ledger stores it. No server may be running on a
/// ledger in a file; request the report from the server instead.
#[derive(Args)]
pub(crate) struct ReportCommand {
    /// The client, or * for every client with activity in the month or the period
    #[arg(long, value_name = "TENANT")]
    tenant: String,

    /// Calendar month, UTC
    #[arg(long, value_name = "YYYY-MM", required_unless_present = "period")]
    month: Option<Month>,

    /// Instead of a month: a year, or the first and the last of at most 24 months, as 2026-04/2027-03; the final reports of its
    /// months are added up
    #[arg(long, value_name = "PERIOD", conflicts_with = "month")]
    period: Option<Period>,

    /// The PDF, or the zip for all clients; an existing file is replaced
    #[arg(long, value_name = "FILE")]
    output: PathBuf,

    #[arg(long, value_name = "CODE", help = language_help())]
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

    #[command(flatten)]
    fonts: ReportFonts,
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
    /// No client has activity in the month or the period.
    #[error("no client has activity in {0}")]
    Nothing(String),
    /// No month of the period has a final report.
    #[error("{0}")]
    NothingToAddUp(String),
    /// The financial year has another edition.
    #[error("--standard {0}")]
    Standard(#[from] NotOfYear),
    /// The key or the certificate cannot be used.
    #[error(transparent)]
    Signing(#[from] NotASigner),
    /// A font cannot be used.
    #[error(transparent)]
    Fonts(#[from] NoFonts),
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
            Problem::Conflict { detail } => NoReport::NothingToAddUp(detail),
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

/// What was made: a PDF, or a zip of several, positioned at its beginning.
struct Made {
    file: File,
    /// How many reports are in it.
    reports: usize,
    /// Clients who have none in it, and why.
    without: Vec<(String, String)>,
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
        let Made { mut file, reports, without } = made?;
        let cannot = |error: std::io::Error| format!("{}: {error}", self.output.display());
        write(&mut file, &self.output).map_err(cannot)?;
        let what = if reports == 1 { "report".to_owned() } else { format!("{reports} reports") };
        let span = self.request()?.span().in_words(Language::En);
        let mut said = format!("{} contains the {what} for {span}\n", self.output.display());
        for (tenant_id, why) in without {
            said.push_str(&format!("{tenant_id}: {why}\n"));
        }
        Ok(said)
    }

    /// What is asked for, of one client or of all.
    fn request(&self) -> Result<BatchRequest, NoReport> {
        let tenant_id = self.tenant.clone();
        let ReportCommand { language, financial_year, standard, .. } = *self;
        Ok(match (self.period, self.month) {
            (Some(period), _) => {
                let request = PeriodRequest { tenant_id, period, language, financial_year, standard };
                request.check_standard()?;
                BatchRequest::Period(request)
            }
            (None, Some(month)) => {
                let request = ReportRequest {
                    language,
                    financial_year,
                    standard,
                    ..ReportRequest::plain(tenant_id, month)
                };
                request.check_standard()?;
                BatchRequest::Month(request)
            }
            (None, None) => return Err(NoReport::Internal("neither a month nor a period".to_owned())),
        })
    }

    async fn make(&self, ledger: &OfflineLedger, account: AccountKey) -> Result<Made, NoReport> {
        let (pages, now) = (WorkQueue::new(AT_A_TIME, AT_A_TIME), Timestamp::now());
        let signer = self.signing.signer()?.map(Arc::new);
        let fonts = self.fonts.read()?;
        let OfflineLedger { store, registry, .. } = ledger;
        let signer = signer.as_ref();
        let renderer = Renderer { pages: &pages, signer, fonts: &fonts, registry, public_url: None };
        let request = self.request()?;
        if self.tenant == "*" {
            return self.make_all(store, account, renderer, &request, now).await;
        }
        let issued = request.issue(store, renderer, account, self.tenant.clone(), now).await;
        let issued = issued.map_err(|problem| NoReport::of(&self.tenant, problem))?;
        let pdf = store.report_pdf(account, issued.report_id).await.map_err(LedgerError)?;
        let pdf =
            pdf.ok_or_else(|| NoReport::Internal("the issued report is missing from the ledger".to_owned()))?;
        let mut file = tempfile::tempfile()?;
        file.write_all(&pdf)?;
        file.rewind()?;
        Ok(Made { file, reports: 1, without: Vec::new() })
    }

    /// Makes every client's report, up to the first failure; a client whose months have no final report is none.
    async fn make_all(
        &self,
        store: &Store,
        account: AccountKey,
        renderer: Renderer<'_>,
        request: &BatchRequest,
        now: Timestamp,
    ) -> Result<Made, NoReport> {
        let tenants = request.tenants(store, account).await.map_err(LedgerError)?;
        if tenants.is_empty() {
            return Err(NoReport::Nothing(request.span().in_words(Language::En)));
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
        let mut without = Vec::new();
        for (tenant_id, problem) in batch.take_failed() {
            match problem {
                Problem::Conflict { detail } => without.push((tenant_id, detail)),
                problem => return Err(NoReport::of(&tenant_id, problem)),
            }
        }
        if without.len() == total {
            let (_, why) = without.swap_remove(0);
            return Err(NoReport::NothingToAddUp(why));
        }
        let zip = batch.zip(store, CsvStyle::default()).await;
        let file = zip.map_err(|problem| NoReport::of("*", problem))?;
        Ok(Made { file, reports: total - without.len(), without })
    }
}
