//! Months of an account: their state, and closing them.

use crate::{
    app::{App, closing},
    base::{
        clock::{self, now},
        digest::hex,
    },
    http::{
        answer::Answer,
        faults::Faults,
        problem::Problem,
        request::{Input, wanted_factor_set},
    },
    ingest::time,
    store::{AccountKey, ClosedTenant, EventCounts, MonthState},
};
use carbon_report::Month;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The body, which is optional.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CloseRequest {
    /// By default the newest.
    factor_set: Option<String>,
}

#[derive(Serialize)]
struct MonthAnswer {
    month: String,
    status: &'static str,
    /// Rows in the month, including reversals.
    events: u64,
    reversals: u64,
    /// What arrived after it was closed; see restatements.
    adjustments: MonthCounts,
    restatements: Vec<String>,
    #[serde(flatten)]
    closed: Option<ClosedAnswer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<MonthOfTenantAnswer>,
}

#[derive(Serialize)]
struct MonthCounts {
    events: u64,
    reversals: u64,
}

#[derive(Serialize)]
struct ClosedAnswer {
    factor_set: String,
    closed_at: String,
    /// RFC 9162, over the tenants' roots.
    merkle_root: String,
    /// The seal of the chain over the closing. Keep a copy elsewhere: any change before it is then detectable.
    seal: Seal,
}

#[derive(Serialize)]
struct Seal {
    number: i64,
    sha256: String,
}

#[derive(Serialize)]
struct MonthOfTenantAnswer {
    tenant_id: String,
    events: u64,
    merkle_root: String,
    figures: Box<RawValue>,
}

/// `GET /api/v1/months/{yyyy-mm}`
pub(crate) async fn show(app: &App, input: &Input, month: &str) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    let [tenant_id] = input.query_values(["tenant_id"])?;
    let month = wanted(month, now())?;
    let state = app.store.month_state(caller.account, month).await?;
    let tenant = match tenant_id {
        Some(tenant_id) => Some(tenant(app, caller.account, month, tenant_id.into_owned()).await?),
        None => None,
    };
    Answer::ok(&answer(month, state, tenant))
}

async fn tenant(
    app: &App,
    account: AccountKey,
    month: Month,
    tenant_id: String,
) -> Result<MonthOfTenantAnswer, Problem> {
    let found = app.store.closed_tenant(account, month, tenant_id.clone()).await?;
    let ClosedTenant { events, merkle_root, figures } =
        found.ok_or_else(|| Problem::not_found("tenant in this month, or the month is open"))?;
    let figures = RawValue::from_string(figures)
        .map_err(|error| Problem::Internal(format!("figures of a closed month: {error}")))?;
    Ok(MonthOfTenantAnswer { tenant_id, events, merkle_root: hex(&merkle_root), figures })
}

/// `POST /api/v1/months/{yyyy-mm}/close`
pub(crate) async fn close(app: &App, input: &Input, month: &str) -> Result<Answer, Problem> {
    let (month, state) = close_month(app, input.caller()?.account, month, input.optional_json()?).await?;
    Answer::ok(&answer(month, state, None))
}

/// Closes a month if it is open, and returns its state.
pub(crate) async fn close_month(
    app: &App,
    account: AccountKey,
    month: &str,
    CloseRequest { factor_set }: CloseRequest,
) -> Result<(Month, MonthState), Problem> {
    let now = now();
    let set = wanted_factor_set(&app.registry, account, "/factor_set", factor_set.as_deref())?;
    let month = wanted(month, now)?;
    let state = closing::close_month(app, account, month, set, factor_set.as_deref(), now).await?;
    Ok((month, state))
}

fn wanted(month: &str, now: Timestamp) -> Result<Month, Problem> {
    let mut faults = Faults::default();
    let wanted = time::month(&mut faults, "month", month, now);
    faults.none()?;
    wanted.ok_or_else(crate::http::faults::unnoticed)
}

fn answer(month: Month, state: MonthState, tenant: Option<MonthOfTenantAnswer>) -> MonthAnswer {
    let MonthState { closed, counted, adjustments: EventCounts { events, reversals }, restatements, .. } =
        state;
    MonthAnswer {
        month: month.to_string(),
        status: if closed.is_some() { "closed" } else { "open" },
        events: counted.events,
        reversals: counted.reversals,
        adjustments: MonthCounts { events, reversals },
        restatements,
        closed: closed.map(|closed| ClosedAnswer {
            factor_set: closed.factor_set,
            closed_at: clock::rfc_3339_of(closed.closed_at_ms),
            merkle_root: hex(&closed.merkle_root),
            seal: Seal { number: closed.seal.0, sha256: hex(&closed.seal.1) },
        }),
        tenant,
    }
}
