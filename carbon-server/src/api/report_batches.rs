//! The month's report of every client, in one zip, while events come in as usual.

use super::{App, Input, new_id};
use crate::{
    heavy::blocking,
    issue::{AT_A_TIME, Wanted, issue},
    problem::Problem,
    reports_zip::ReportsZip,
    response::Answer,
    store::{AccountKey, Issued},
};
use carbon_report::Language;
use jiff::Timestamp;
use serde::Serialize;
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::task::{JoinHandle, JoinSet};

/// Batches whose progress is remembered; the reports themselves are kept for ever.
const BATCHES_KEPT: usize = 64;

/// The batches that were asked for.
#[derive(Default)]
pub(crate) struct ReportBatches {
    known: Mutex<VecDeque<Arc<ReportBatch>>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    stopping: AtomicBool,
}

/// One of them.
pub(crate) struct ReportBatch {
    pub(crate) batch_id: String,
    account: AccountKey,
    month: String,
    language: Option<Language>,
    progress: Mutex<Progress>,
}

/// Where each client's report is. One that was erased is nowhere.
#[derive(Default)]
struct Progress {
    waiting: VecDeque<String>,
    making: Vec<String>,
    issued: Vec<(String, Issued)>,
    failed: Vec<Failed>,
}

#[derive(Clone, Serialize)]
struct Failed {
    tenant_id: String,
    detail: String,
}

#[derive(Serialize)]
pub(crate) struct BatchAnswer {
    batch_id: String,
    pub(crate) month: String,
    /// `null`: each in its client's own.
    language: Option<&'static str>,
    status: &'static str,
    pub(crate) total: usize,
    pub(crate) done: usize,
    failed: Vec<Failed>,
    links: Links,
}

#[derive(Serialize)]
struct Links {
    progress: String,
    /// Once it is done.
    zip: Option<String>,
}

impl ReportBatches {
    pub(crate) fn find(&self, account: AccountKey, batch_id: &str) -> Result<Arc<ReportBatch>, Problem> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.iter().find(|batch| batch.account == account && batch.batch_id == batch_id);
        found.cloned().ok_or_else(|| Problem::not_found("report batch"))
    }

    /// Forgets a client that was erased.
    pub(super) fn forget(&self, account: AccountKey, tenant_id: &str) {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().filter(|batch| batch.account == account).for_each(|batch| {
            let mut progress = batch.progress();
            progress.waiting.retain(|waiting| waiting != tenant_id);
            progress.making.retain(|making| making != tenant_id);
            progress.issued.retain(|(issued, _)| issued != tenant_id);
            progress.failed.retain(|failed| failed.tenant_id != tenant_id);
        });
    }

    /// Finishes the reports that are being made, and no further ones.
    pub(crate) async fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            drop(task.await);
        }
    }
}

/// Starts making the reports of every client that has something in the month.
pub(crate) async fn start(
    app: &Arc<App>,
    account: AccountKey,
    wanted: Wanted,
    now: Timestamp,
) -> Result<Arc<ReportBatch>, Problem> {
    let tenants = app.store.tenants_of_month(account, wanted.month).await?;
    let batch = Arc::new(ReportBatch {
        batch_id: new_id(),
        account,
        month: wanted.month.to_string(),
        language: wanted.language,
        progress: Mutex::new(Progress { waiting: tenants.into(), ..Progress::default() }),
    });
    {
        let mut known = app.report_batches.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= BATCHES_KEPT {
            let finished = known.iter().position(|batch| batch.is_done()).ok_or(Problem::Busy)?;
            drop(known.remove(finished));
        }
        known.push_back(batch.clone());
    }
    let work = make(app.clone(), batch.clone(), wanted, now);
    let mut tasks = app.report_batches.tasks.lock().unwrap_or_else(PoisonError::into_inner);
    tasks.retain(|task| !task.is_finished());
    tasks.push(tokio::spawn(work));
    Ok(batch)
}

async fn make(app: Arc<App>, batch: Arc<ReportBatch>, wanted: Wanted, now: Timestamp) {
    let mut running = JoinSet::new();
    loop {
        if running.len() >= AT_A_TIME {
            drop(running.join_next().await);
        }
        if app.report_batches.stopping.load(Ordering::Relaxed) {
            break;
        }
        let Some(tenant_id) = batch.next() else { break };
        let (app, batch) = (app.clone(), batch.clone());
        let wanted = Wanted { tenant_id, ..wanted.clone() };
        running.spawn(async move {
            let made = loop {
                match issue(&app.store, app.press(), batch.account, &wanted, now).await {
                    // Others wait for the same turns: so do we, without a place in their queue.
                    Err(Problem::Busy) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
                    made => break made,
                }
            };
            batch.note(wanted.tenant_id, made);
        });
    }
    while running.join_next().await.is_some() {}
}

impl ReportBatch {
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whose report is made now.
    fn next(&self) -> Option<String> {
        let mut progress = self.progress();
        let next = progress.waiting.pop_front()?;
        progress.making.push(next.clone());
        Some(next)
    }

    fn note(&self, tenant_id: String, made: Result<Issued, Problem>) {
        let mut progress = self.progress();
        // Erased while its report was made: there is nobody to note it of.
        let Some(place) = progress.making.iter().position(|making| *making == tenant_id) else { return };
        progress.making.swap_remove(place);
        match made {
            Ok(issued) => progress.issued.push((tenant_id, issued)),
            Err(Problem::NotFound { .. }) => {}
            Err(problem) => {
                // Not whose: no line of the log names a client.
                tracing::error!(batch_id = self.batch_id, problem = problem.name(), "no report in the batch");
                let detail = "The report could not be made; ask for it alone to see why.".to_owned();
                progress.failed.push(Failed { tenant_id, detail });
            }
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        let progress = self.progress();
        progress.waiting.is_empty() && progress.making.is_empty()
    }

    pub(crate) fn answer(&self) -> BatchAnswer {
        let is_done = self.is_done();
        let progress = self.progress();
        let Progress { waiting, making, issued, failed } = &*progress;
        let link = format!("/api/v1/report-batches/{}", self.batch_id);
        BatchAnswer {
            batch_id: self.batch_id.clone(),
            month: self.month.clone(),
            language: self.language.map(Language::as_str),
            status: if is_done { "done" } else { "running" },
            total: waiting.len() + making.len() + issued.len() + failed.len(),
            done: issued.len(),
            failed: failed.clone(),
            links: Links { zip: is_done.then(|| format!("{link}/reports.zip")), progress: link },
        }
    }
}

/// `GET /api/v1/report-batches/{batch_id}`
pub(super) fn show(app: &App, input: &Input, batch_id: &str) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    Answer::ok(&app.report_batches.find(caller.account, batch_id)?.answer())
}

/// `GET /api/v1/report-batches/{batch_id}/reports.zip`
pub(crate) async fn zip(app: &App, input: &Input, batch_id: String) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    let batch = app.report_batches.find(caller.account, &batch_id)?;
    if !batch.is_done() {
        return Err(Problem::Conflict { detail: "The reports are still being made.".to_owned() });
    }
    let mut issued = batch.progress().issued.clone();
    issued.sort_by(|a, b| a.0.cmp(&b.0));
    let mut zip = ReportsZip::new().map_err(Problem::internal)?;
    for (tenant_id, issued) in issued {
        // Its client may have been erased since.
        let Some(pdf) = app.store.report_pdf(caller.account, issued.report_id.clone()).await? else {
            continue;
        };
        zip = blocking(move || zip.add(&tenant_id, &issued, &pdf).map(|()| zip))
            .await?
            .map_err(Problem::internal)?;
    }
    let file = blocking(move || zip.finish()).await?.map_err(Problem::internal)?;
    Answer::download(
        "application/zip",
        format!("carbon-reports-{}-{}.zip", batch.month, batch.language.map_or("all", Language::as_str)),
        file,
    )
}
