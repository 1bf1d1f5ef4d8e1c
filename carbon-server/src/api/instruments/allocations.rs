//! Which client and month an instrument serves.

use crate::{
    api::instruments::{mwh, no_instrument, request::watt_hours, shown},
    app::App,
    base::{clock::now, exact::Exact},
    http::{
        answer::Answer,
        faults::{Faults, unnoticed},
        problem::Problem,
        request::Input,
    },
    ingest::time,
    store::{AllocationSet, StoredInstrument},
};
use carbon_report::Month;
use serde::Deserialize;

/// The body of `PUT …/allocations/{tenant_id}/{month}`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AllocationRequest {
    pub(crate) mwh: Option<Exact>,
}

/// `PUT /api/v1/instruments/{instrument_id}/allocations/{tenant_id}/{month}`
pub(crate) async fn allocate(app: &App, input: &Input, place: [String; 3]) -> Result<Answer, Problem> {
    let id = keep(app, input, place, input.json()?).await?;
    shown(app, input, id).await
}

/// Allocates a part of an instrument, and answers with its id.
pub(crate) async fn keep(
    app: &App,
    input: &Input,
    [instrument_id, tenant_id, month]: [String; 3],
    AllocationRequest { mwh }: AllocationRequest,
) -> Result<String, Problem> {
    let mut faults = Faults::default();
    let wh = faults.required("/mwh", mwh).and_then(|mwh| faults.usable("/mwh", watt_hours(mwh)));
    let month = time::month(&mut faults, "month", &month, now());
    faults.none()?;
    let (wh, month) = wh.zip(month).ok_or_else(unnoticed)?;
    let id = instrument_id.to_ascii_lowercase();
    let found = app.store.instrument(input.caller()?.account, id.clone()).await?;
    let (instrument, _) = found.ok_or_else(no_instrument)?;
    check_month(&instrument, month)?;
    set(app, input, id.clone(), (tenant_id, month), Some(wh)).await?;
    Ok(id)
}

/// A month is covered by what covers all of it.
fn check_month(instrument: &StoredInstrument, month: Month) -> Result<(), Problem> {
    let [from, to] = instrument.period;
    if month.first_day().year() != from.year() {
        let vintage = instrument.vintage;
        let detail = format!("{month} is not in {vintage}: an instrument covers electricity of its own year");
        return Err(Problem::invalid("month", detail));
    }
    if month.first_day() < from || month.last_day() > to {
        let detail = format!("{month} is not within the period of the instrument, {from} to {to}");
        return Err(Problem::invalid("month", detail));
    }
    Ok(())
}

/// `DELETE /api/v1/instruments/{instrument_id}/allocations/{tenant_id}/{month}`
pub(crate) async fn withdraw(
    app: &App,
    input: &Input,
    [instrument_id, tenant_id, month]: [String; 3],
) -> Result<Answer, Problem> {
    let mut faults = Faults::default();
    let month = time::month(&mut faults, "month", &month, now());
    faults.none()?;
    let month = month.ok_or_else(unnoticed)?;
    set(app, input, instrument_id.to_ascii_lowercase(), (tenant_id, month), None).await?;
    Ok(Answer::no_content())
}

async fn set(
    app: &App,
    input: &Input,
    instrument_id: String,
    (tenant_id, month): (String, Month),
    wh: Option<u64>,
) -> Result<(), Problem> {
    let (account, now_ms) = (input.caller()?.account, now().as_millisecond());
    let set = app.store.set_allocation(account, instrument_id, (tenant_id, month), wh, now_ms).await?;
    match set {
        AllocationSet::Done => Ok(()),
        AllocationSet::NoInstrument => Err(no_instrument()),
        AllocationSet::NoTenant => Err(Problem::not_found("tenant")),
        AllocationSet::NoAllocation => Err(Problem::not_found("allocation")),
        AllocationSet::Withdrawn => {
            Err(Problem::Conflict { detail: "The instrument was withdrawn.".to_owned() })
        }
        AllocationSet::Closed => {
            let detail = format!(
                "`month` {month} is closed, and its statement does not change: what was allocated to it stays, and nothing is added."
            );
            Err(Problem::Conflict { detail })
        }
        AllocationSet::TooMuch { left_wh } => {
            let left = mwh(left_wh).as_decimal();
            let detail = format!(
                "is more than is left of the instrument: {left} MWh. A megawatt hour serves one client and month"
            );
            Err(Problem::invalid("/mwh", detail))
        }
    }
}
