//! The month's reports of all clients, in one zip, created in the background.

use crate::{
    app::App,
    http::{answer::Answer, problem::Problem, request::Input},
    report::{batches::ReportBatch, issue::ReportRequest},
    store::AccountKey,
};
use jiff::Timestamp;
use std::sync::Arc;

/// Starts creating the reports of every client with activity in the month.
pub(crate) async fn start(
    app: &Arc<App>,
    account: AccountKey,
    request: ReportRequest,
    now: Timestamp,
) -> Result<Arc<ReportBatch>, Problem> {
    let tenants = app.store.tenants_of_month(account, request.month).await?;
    let batch = app.report_batches.add(account, &request, tenants)?;
    let (work, its) = (app.clone(), batch.clone());
    app.report_batches.spawn(async move {
        let go_on = || !work.report_batches.is_stopping();
        its.issue_all(&work.store, work.renderer(), &request, now, go_on, |_| ()).await;
    });
    Ok(batch)
}

/// `GET /api/v1/report-batches/{batch_id}`
pub(crate) fn show(app: &App, input: &Input, batch_id: &str) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    Answer::ok(&app.report_batches.find(caller.account, batch_id)?.answer())
}

/// `GET /api/v1/report-batches/{batch_id}/reports.zip`
pub(crate) async fn zip(app: &App, input: &Input, batch_id: String) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    let batch = app.report_batches.find(caller.account, &batch_id)?;
    if !batch.is_done() {
        return Err(Problem::Conflict { detail: "The reports are still being created.".to_owned() });
    }
    let _turn = app.queues.long.acquire(caller.account).await?;
    Answer::download("application/zip", batch.zip_name(), batch.zip(&app.store).await?)
}
