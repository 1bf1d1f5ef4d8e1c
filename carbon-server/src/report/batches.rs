//! Reports of every client of an account, issued a few at a time and put into one zip.

use crate::{
    base::{ids::new_id, work_queue::blocking},
    http::problem::Problem,
    report::{
        batch_request::{BatchRequest, Span},
        issue::{AT_A_TIME, Renderer},
        zip::ReportsZip,
    },
    store::{AccountKey, Issued, Store},
};
use carbon_report::{Language, forms::CsvStyle};
use futures_util::stream::{FuturesUnordered, StreamExt};
use jiff::Timestamp;
use serde::Serialize;
use std::{
    collections::VecDeque,
    fs::File,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::task::JoinHandle;

/// Batches of one account whose progress is remembered; the reports themselves are kept permanently.
const BATCHES_OF_ACCOUNT_KEPT: usize = 8;
/// The same of all accounts.
const BATCHES_KEPT: usize = 1_024;
/// Time between two attempts to get a place in the rendering queue.
const RETRY_AFTER: Duration = Duration::from_millis(50);

/// The batches requested through the API.
#[derive(Default)]
pub(crate) struct ReportBatches {
    known: Mutex<VecDeque<Arc<ReportBatch>>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    stopping: AtomicBool,
}

impl ReportBatches {
    /// Remembers a new batch; it replaces the oldest one of the account that is done.
    ///
    /// # Errors
    /// [`Problem::Busy`]: all remembered batches of the account are still running.
    pub(crate) fn add(
        &self,
        account: AccountKey,
        request: &BatchRequest,
        tenants: Vec<String>,
    ) -> Result<Arc<ReportBatch>, Problem> {
        let batch = Arc::new(ReportBatch::new(account, request, tenants));
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let of_account = known.iter().filter(|batch| batch.account == account).count();
        if of_account >= BATCHES_OF_ACCOUNT_KEPT || known.len() >= BATCHES_KEPT {
            let of_any = of_account < BATCHES_OF_ACCOUNT_KEPT;
            let mut all = known.iter();
            let finished = all.position(|batch| (of_any || batch.account == account) && batch.is_done());
            drop(known.remove(finished.ok_or(Problem::Busy)?));
        }
        known.push_back(batch.clone());
        Ok(batch)
    }

    /// Runs `work` until it has ended or [`Self::stop`] is called.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.retain(|task| !task.is_finished());
        tasks.push(tokio::spawn(work));
    }

    pub(crate) fn find(&self, account: AccountKey, batch_id: &str) -> Result<Arc<ReportBatch>, Problem> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.iter().find(|batch| batch.account == account && batch.batch_id == batch_id);
        found.cloned().ok_or_else(|| Problem::not_found("report batch"))
    }

    /// Removes an erased client.
    pub(crate) fn forget(&self, account: AccountKey, tenant_id: &str) {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().filter(|batch| batch.account == account).for_each(|batch| {
            let mut progress = batch.progress();
            progress.waiting.retain(|waiting| waiting != tenant_id);
            progress.making.retain(|making| making != tenant_id);
            progress.issued.retain(|(issued, _)| issued != tenant_id);
            progress.failed.retain(|(failed, _)| failed != tenant_id);
        });
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Finishes the reports in progress and starts no others.
    pub(crate) async fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            drop(task.await);
        }
    }
}

/// The reports of many clients on one month or one period.
pub(crate) struct ReportBatch {
    pub(crate) batch_id: String,
    account: AccountKey,
    span: Span,
    language: Option<Language>,
    progress: Mutex<Progress>,
}

/// Makes a report; as long as the rendering queue is full, it waits without a place in it and tries again.
pub(crate) async fn with_a_place<Made, Making: Future<Output = Result<Made, Problem>>>(
    make: impl Fn() -> Making,
) -> Result<Made, Problem> {
    loop {
        match make().await {
            Err(Problem::Busy) => tokio::time::sleep(RETRY_AFTER).await,
            made => return made,
        }
    }
}

/// The state of each client's report. Erased clients are in no list.
#[derive(Default)]
struct Progress {
    waiting: VecDeque<String>,
    making: Vec<String>,
    issued: Vec<(String, Issued)>,
    failed: Vec<(String, Problem)>,
}

impl Progress {
    fn is_done(&self) -> bool {
        self.waiting.is_empty() && self.making.is_empty()
    }
}

impl ReportBatch {
    /// A report by `request` for each of `tenants`.
    pub(crate) fn new(account: AccountKey, request: &BatchRequest, tenants: Vec<String>) -> Self {
        ReportBatch {
            batch_id: new_id(),
            account,
            span: request.span(),
            language: request.language(),
            progress: Mutex::new(Progress { waiting: tenants.into(), ..Progress::default() }),
        }
    }

    /// Issues the waiting reports, as many at a time as can be rendered at a time, as long as `go_on` returns true.
    /// `progress` is called with the number that is done.
    pub(crate) async fn issue_all(
        &self,
        store: &Store,
        renderer: Renderer<'_>,
        request: &BatchRequest,
        now: Timestamp,
        go_on: impl Fn() -> bool,
        progress: impl Fn(usize),
    ) {
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < AT_A_TIME
                && go_on()
                && let Some(tenant_id) = self.next()
            {
                running.push(async move {
                    let issue = || request.issue(store, renderer, self.account, tenant_id.clone(), now);
                    let made = with_a_place(issue).await;
                    (tenant_id, made)
                });
            }
            let Some((tenant_id, made)) = running.next().await else { break };
            self.note(tenant_id, made);
            progress(self.progress().issued.len());
        }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The client whose report is next.
    fn next(&self) -> Option<String> {
        let mut progress = self.progress();
        let next = progress.waiting.pop_front()?;
        progress.making.push(next.clone());
        Some(next)
    }

    fn note(&self, tenant_id: String, made: Result<Issued, Problem>) {
        let mut progress = self.progress();
        // Erased while its report was created: nothing to record.
        let Some(place) = progress.making.iter().position(|making| *making == tenant_id) else { return };
        progress.making.swap_remove(place);
        match made {
            Ok(issued) => progress.issued.push((tenant_id, issued)),
            Err(Problem::NotFound { .. }) => {}
            // Nothing is wrong: its months have no final reports.
            Err(problem @ Problem::Conflict { .. }) => progress.failed.push((tenant_id, problem)),
            Err(problem) => {
                // Without the client: logs never name one.
                tracing::error!(batch_id = self.batch_id, problem = problem.name(), "no report in the batch");
                progress.failed.push((tenant_id, problem));
            }
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.progress().is_done()
    }

    /// Whether a report could not be created, and not because its client has nothing to add up.
    pub(crate) fn has_failed(&self) -> bool {
        self.progress().failed.iter().any(|(_, problem)| !matches!(problem, Problem::Conflict { .. }))
    }

    /// The clients whose reports could not be created, and why.
    pub(crate) fn take_failed(&self) -> Vec<(String, Problem)> {
        std::mem::take(&mut self.progress().failed)
    }

    /// The issued reports in one temporary file, by client, with a list of them in a style.
    pub(crate) async fn zip(&self, store: &Store, style: CsvStyle) -> Result<File, Problem> {
        let mut issued = self.progress().issued.clone();
        issued.sort_by(|a, b| a.0.cmp(&b.0));
        let mut zip = ReportsZip::new(style).map_err(Problem::internal)?;
        for (tenant_id, issued) in issued {
            // Its client may have been erased meanwhile.
            let Some(pdf) = store.report_pdf(self.account, issued.report_id.clone()).await? else {
                continue;
            };
            zip = blocking(move || zip.add(&tenant_id, &issued, &pdf).map(|()| zip))
                .await?
                .map_err(Problem::internal)?;
        }
        blocking(move || zip.finish()).await?.map_err(Problem::internal)
    }

    /// File name of the zip: `carbon-reports-2026-10-en.zip`.
    pub(crate) fn zip_name(&self) -> String {
        let span = self.span.in_file_name();
        format!("carbon-reports-{span}-{}.zip", self.language.map_or("all", Language::as_str))
    }

    /// What its reports are about.
    pub(crate) fn span(&self) -> Span {
        self.span
    }

    /// Its progress.
    pub(crate) fn answer(&self) -> BatchAnswer {
        // All of it in one look: it goes on meanwhile.
        let progress = self.progress();
        let is_done = progress.is_done();
        let Progress { waiting, making, issued, failed } = &*progress;
        let (month, period) = match self.span {
            Span::Month(month) => (Some(month.to_string()), None),
            Span::Period(period) => {
                let [from, to] = [period.from(), period.to()].map(|month| month.to_string());
                (None, Some(BatchPeriod { from, to }))
            }
        };
        let link = format!("/api/v1/report-batches/{}", self.batch_id);
        BatchAnswer {
            batch_id: self.batch_id.clone(),
            month,
            period,
            language: self.language.map(Language::as_str),
            status: if is_done { "done" } else { "running" },
            total: waiting.len() + making.len() + issued.len() + failed.len(),
            done: issued.len(),
            failed: failed
                .iter()
                .map(|(tenant_id, problem)| Failed { tenant_id: tenant_id.clone(), detail: why(problem) })
                .collect(),
            links: BatchLinks { zip: is_done.then(|| format!("{link}/reports.zip")), progress: link },
        }
    }
}

/// Why a report was not created.
fn why(problem: &Problem) -> String {
    match problem {
        Problem::Conflict { detail } => detail.clone(),
        _ => "The report could not be created; request it by itself to see why.".to_owned(),
    }
}

/// The progress of a batch, as the API returns it.
#[derive(Serialize)]
pub(crate) struct BatchAnswer {
    batch_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    month: Option<String>,
    /// Instead of a month.
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<BatchPeriod>,
    /// `null`: each in its client's own language.
    language: Option<&'static str>,
    status: &'static str,
    pub(crate) total: usize,
    pub(crate) done: usize,
    pub(crate) failed: Vec<Failed>,
    links: BatchLinks,
}

impl BatchAnswer {
    /// Whether every client had its turn.
    pub(crate) fn is_done(&self) -> bool {
        self.links.zip.is_some()
    }
}

#[derive(Serialize)]
struct BatchPeriod {
    from: String,
    to: String,
}

#[derive(Serialize)]
pub(crate) struct Failed {
    pub(crate) tenant_id: String,
    pub(crate) detail: String,
}

#[derive(Serialize)]
struct BatchLinks {
    progress: String,
    /// Once it is done.
    zip: Option<String>,
}
