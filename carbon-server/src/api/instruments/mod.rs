//! Contractual instruments, and what of them is allocated to which client and month.

pub(crate) mod allocations;
pub(crate) mod request;

use crate::{
    app::App,
    base::{
        clock::{now, rfc_3339_of},
        digest::hex,
        exact::Exact,
    },
    config,
    http::{answer::Answer, caller::Caller, problem::Problem, request::Input},
    store::{Allocation, InstrumentEntered, ListedInstrument, StoredInstrument},
};
use request::InstrumentRequest;
use rust_decimal::Decimal;
use serde::Serialize;

#[derive(Serialize)]
struct InstrumentsAnswer {
    instruments: Vec<InstrumentAnswer>,
}

#[derive(Serialize)]
struct InstrumentAnswer {
    instrument_id: String,
    status: &'static str,
    kind: &'static str,
    provider: Option<String>,
    zone: String,
    period_from: String,
    period_to: String,
    mwh: Exact,
    allocated_mwh: Exact,
    g_per_kwh: Exact,
    vintage: i64,
    certificate_ids_sha256: String,
    document_sha256: String,
    source: String,
    licence: String,
    entered_by: String,
    entered_at: String,
    withdrawn_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allocations: Option<Vec<AllocationAnswer>>,
}

#[derive(Serialize)]
struct AllocationAnswer {
    /// `null` of an erased tenant, in a closed month.
    tenant_id: Option<String>,
    month: String,
    mwh: Exact,
}

pub(crate) fn mwh(wh: u64) -> Exact {
    Exact::from(Decimal::from(wh) / Decimal::from(1_000_000))
}

impl InstrumentAnswer {
    fn of(instrument: StoredInstrument, allocated_wh: u64, allocations: Option<Vec<Allocation>>) -> Self {
        let [period_from, period_to] = instrument.period.map(|day| day.to_string());
        let parts = |parts: Vec<Allocation>| {
            let part =
                |Allocation { tenant_id, month, wh }| AllocationAnswer { tenant_id, month, mwh: mwh(wh) };
            parts.into_iter().map(part).collect()
        };
        InstrumentAnswer {
            instrument_id: instrument.instrument_id,
            status: if instrument.withdrawn_at_ms.is_some() { "withdrawn" } else { "valid" },
            kind: instrument.kind.as_str(),
            provider: instrument.provider,
            zone: instrument.zone,
            period_from,
            period_to,
            mwh: mwh(instrument.wh),
            allocated_mwh: mwh(allocated_wh),
            g_per_kwh: Exact::from(instrument.g_per_kwh),
            vintage: instrument.vintage,
            certificate_ids_sha256: hex(&instrument.certificate_ids_sha256),
            document_sha256: hex(&instrument.document_sha256),
            source: instrument.source,
            licence: instrument.licence,
            entered_by: instrument.entered_by,
            entered_at: rfc_3339_of(instrument.entered_at_ms),
            withdrawn_at: instrument.withdrawn_at_ms.map(rfc_3339_of),
            allocations: allocations.map(parts),
        }
    }
}

fn no_instrument() -> Problem {
    Problem::not_found("instrument")
}

/// `PUT /api/v1/instruments/{instrument_id}`
pub(crate) async fn enter(app: &App, input: &Input, instrument_id: String) -> Result<Answer, Problem> {
    let id = keep(app, input.caller()?, instrument_id, input.json()?).await?;
    shown(app, input, id).await
}

/// Stores an instrument, and answers with its id.
pub(crate) async fn keep(
    app: &App,
    caller: Caller,
    instrument_id: String,
    request: InstrumentRequest,
) -> Result<String, Problem> {
    let checked = request.checked(app.registry.default_set(), instrument_id)?;
    let id = checked.instrument_id.clone();
    let new = StoredInstrument {
        entered_by: app.entered_by(caller).await?,
        entered_at_ms: now().as_millisecond(),
        ..checked
    };
    let entered = app.store.enter_instrument(caller.account, new, config::INSTRUMENTS_MAX).await?;
    let refused = match entered {
        InstrumentEntered::New | InstrumentEntered::Same => return Ok(id),
        InstrumentEntered::Different => {
            "The id is used by an instrument that says something else, or was withdrawn.".to_owned()
        }
        InstrumentEntered::CertificatesUsed { instrument_id } => {
            format!("Instrument {instrument_id} has the same certificates: electricity counts once.")
        }
        InstrumentEntered::TooMany => {
            format!("The account has {} instruments, and no more are kept.", config::INSTRUMENTS_MAX)
        }
    };
    Err(Problem::Conflict { detail: refused })
}

/// An instrument with its allocations.
async fn shown(app: &App, input: &Input, instrument_id: String) -> Result<Answer, Problem> {
    let found = app.store.instrument(input.caller()?.account, instrument_id.to_ascii_lowercase()).await?;
    let (instrument, allocations) = found.ok_or_else(no_instrument)?;
    let allocated_wh = allocations.iter().map(|part| part.wh).sum();
    Answer::ok(&InstrumentAnswer::of(instrument, allocated_wh, Some(allocations)))
}

/// `GET /api/v1/instruments`
pub(crate) async fn list(app: &App, input: &Input) -> Result<Answer, Problem> {
    let listed = app.store.instruments(input.caller()?.account).await?;
    let answer =
        |ListedInstrument { instrument, allocated_wh }| InstrumentAnswer::of(instrument, allocated_wh, None);
    Answer::ok(&InstrumentsAnswer { instruments: listed.into_iter().map(answer).collect() })
}

/// `GET /api/v1/instruments/{instrument_id}`
pub(crate) async fn show(app: &App, input: &Input, instrument_id: String) -> Result<Answer, Problem> {
    shown(app, input, instrument_id).await
}

/// `DELETE /api/v1/instruments/{instrument_id}`: it counts no more; closed months stay as they are.
pub(crate) async fn withdraw(app: &App, input: &Input, instrument_id: String) -> Result<Answer, Problem> {
    let account = input.caller()?.account;
    let id = instrument_id.to_ascii_lowercase();
    if app.store.withdraw_instrument(account, id, now().as_millisecond()).await? {
        Ok(Answer::no_content())
    } else {
        Err(no_instrument())
    }
}
