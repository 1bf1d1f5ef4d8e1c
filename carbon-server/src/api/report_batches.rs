//! The reports of all clients on a month or a period, in one zip, created in the background.

use crate::{
    api::csv_style,
    app::{
        App,
        operation::{Operation, handler},
    },
    http::{answer::Answer, problem::Problem, request::Input, route::Access::ReadLive},
    openapi::described::plain,
    report::{batch_request::BatchRequest, batches::ReportBatch},
    store::AccountKey,
};
use carbon_report::forms::CsvStyle;
use jiff::Timestamp;
use std::sync::Arc;

/// Starts creating the reports of every client with activity in the month or the period.
pub(crate) async fn start(
    app: &Arc<App>,
    account: AccountKey,
    request: BatchRequest,
    now: Timestamp,
) -> Result<Arc<ReportBatch>, Problem> {
    let tenants = request.tenants(&app.store, account).await?;
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
    zip_in(csv_style::of_call(input)?, app, input, batch_id).await
}

/// The same with its list in a style.
pub(crate) async fn zip_in(
    style: CsvStyle,
    app: &App,
    input: &Input,
    batch_id: String,
) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    let batch = app.report_batches.find(caller.account, &batch_id)?;
    if !batch.is_done() {
        return Err(Problem::Conflict { detail: "The reports are still being created.".to_owned() });
    }
    let _turn = app.queues.long.acquire(caller.account).await?;
    Answer::download("application/zip", batch.zip_name(), batch.zip(&app.store, style).await?)
}

pub(super) const fn zip_endpoint() -> Operation {
    Operation::get(
        "/api/v1/report-batches/{batch_id}/reports.zip",
        ReadLive,
        handler!(|app, input, batch_id| zip(app, &input, batch_id).await),
    )
    .at_once()
    .described(|_| {
        csv_style::described(plain("reports", "Download a batch of reports"))
            .describe("The parameters are of `reports.csv`, the list of the reports.")
            .answers_file("application/zip", "Every PDF, and a list of them.")
            .can_miss()
            .problem(409, "The reports are still being created.")
    })
}
