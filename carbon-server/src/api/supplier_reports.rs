//! What clouds report of an account's services, and how far that is from our sums.

use crate::{
    app::App,
    base::{
        clock::{day, now},
        digest::hex,
        exact::{Exact, ExactRange},
        work_queue::blocking,
    },
    http::{
        answer::Answer,
        encoding::decoded,
        faults::Faults,
        problem::Problem,
        request::{Input, object},
    },
    ingest::{supplier_report::SupplierReportRequest, time},
    registry::AccountSets,
    report::{
        figures::factor_set_of,
        reconciliation::{MonthReconciled, Reason, Reconciliation, Verdict, reconcile},
    },
    store::{AccountKey, NewSupplierReport, SupplierRow},
};
use carbon_report::Month;
use serde::Serialize;

#[derive(Serialize)]
struct ReportTaken {
    accepted: usize,
    /// The file was imported before.
    duplicate: bool,
}

/// `POST /api/v1/supplier-reports`
pub(crate) async fn create(app: &App, input: Input) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    let now = now();
    let bytes_max = app.limits.batch_bytes_max;
    let Input { body, headers, permits, .. } = input;
    let read = blocking(move || {
        let body = decoded(body, headers.content_encoding.as_deref(), bytes_max)?;
        object::<SupplierReportRequest>(&body)?.checked(now)
    });
    let report = read.await??;
    let new = NewSupplierReport {
        rows: report.rows,
        sha256: report.sha256,
        licence: report.licence,
        imported_by: app.entered_by(caller).await?,
        imported_at_ms: now.as_millisecond(),
    };
    let added = app.store.add_supplier_report(caller.account, new).await?;
    drop(permits);
    Answer::ok(&ReportTaken { accepted: added.unwrap_or(0), duplicate: added.is_none() })
}

#[derive(Serialize)]
struct ReconciliationsAnswer {
    month: String,
    /// The set that our sums rest on.
    factor_set: String,
    reconciliations: Vec<ReconciliationAnswer>,
    other_services: Vec<OtherService>,
}

#[derive(Serialize)]
struct ReconciliationAnswer {
    provider: String,
    region: Option<String>,
    services: Vec<String>,
    account_refs: Vec<String>,
    cloud: CloudAnswer,
    ours: OursAnswer,
    ratio: Option<Exact>,
    verdict: Option<&'static str>,
    reasons: Vec<ReasonAnswer>,
}

#[derive(Serialize)]
struct CloudAnswer {
    location_co2_grams: Option<Exact>,
    market_co2_grams: Option<Exact>,
    method_versions: Vec<String>,
    licences: Vec<String>,
    file_sha256: Vec<String>,
}

#[derive(Serialize)]
struct OursAnswer {
    requests: u64,
    co2_grams: Option<ExactRange>,
    coverage: Option<Exact>,
}

#[derive(Serialize)]
struct ReasonAnswer {
    reason: &'static str,
    sentence: &'static str,
}

#[derive(Serialize)]
struct OtherService {
    provider: String,
    account_ref: String,
    service: String,
    region: String,
    kg_location: Option<Exact>,
    kg_market: Option<Exact>,
}

impl From<Reconciliation> for ReconciliationAnswer {
    fn from(of: Reconciliation) -> Self {
        let reason = |reason: Reason| ReasonAnswer { reason: reason.as_str(), sentence: reason.sentence() };
        ReconciliationAnswer {
            provider: of.provider,
            region: Some(of.region).filter(|region| !region.is_empty()),
            services: of.services.into_iter().collect(),
            account_refs: of.account_refs.into_iter().collect(),
            cloud: CloudAnswer {
                location_co2_grams: of.location.map(Exact::of),
                market_co2_grams: of.market.map(Exact::of),
                method_versions: of.method_versions.into_iter().collect(),
                licences: of.licences.into_iter().collect(),
                file_sha256: of.files.iter().map(|sha| hex(sha)).collect(),
            },
            ours: OursAnswer {
                requests: of.requests,
                co2_grams: of.ours.map(ExactRange::of),
                coverage: of.coverage.map(Exact::from),
            },
            ratio: of.ratio.map(Exact::from),
            verdict: of.verdict.map(Verdict::as_str),
            reasons: of.reasons.into_iter().map(reason).collect(),
        }
    }
}

impl From<SupplierRow> for OtherService {
    fn from(row: SupplierRow) -> Self {
        OtherService {
            provider: row.provider,
            account_ref: row.account_ref,
            service: row.service,
            region: row.region,
            kg_location: row.kg_location.map(Exact::from),
            kg_market: row.kg_market.map(Exact::from),
        }
    }
}

/// `GET /api/v1/reconciliations?month=`
pub(crate) async fn reconciliations(app: &App, input: &Input) -> Result<Answer, Problem> {
    let account = input.caller()?.account;
    let [month] = input.query_values(["month"])?;
    let now = now();
    let mut faults = Faults::default();
    let month = month.map(|month| time::month(&mut faults, "month", &month, now));
    faults.none()?;
    let month = month.flatten().unwrap_or_else(|| Month::of(day(now)));
    let (factor_set, MonthReconciled { reconciled, other_services }) = of_month(app, account, month).await?;
    Answer::ok(&ReconciliationsAnswer {
        month: month.to_string(),
        factor_set,
        reconciliations: reconciled.into_iter().map(ReconciliationAnswer::from).collect(),
        other_services: other_services.into_iter().map(OtherService::from).collect(),
    })
}

/// A month's reconciliations, under the set that its figures rest on: that of its closing or restatement, or the account's
/// of now.
pub(crate) async fn of_month(
    app: &App,
    account: AccountKey,
    month: Month,
) -> Result<(String, MonthReconciled), Problem> {
    let stated = app.store.month_state(account, month).await?.stated_set;
    let (rows, activity) = app.store.supplier_report_of_month(account, month).await?;
    let sets = AccountSets::new(&app.registry, account);
    let work = move || {
        let set = factor_set_of(&sets, stated.as_deref())?;
        Ok::<_, Problem>((set.as_str().to_owned(), reconcile(rows, &activity, &set)))
    };
    app.queues.queries.run(account, work).await?
}
