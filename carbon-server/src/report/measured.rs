//! What the windows of a served name say, compared with the ledger's own calls.

use crate::{
    base::{
        clock::day,
        work_queue::{NotRun, WorkQueue},
    },
    registry::{Registry, own::normal},
    store::{AccountKey, CallsInTime, Store, StoreError},
};
use carbon_core::{
    Call, FactorSet, Usage, WattHours,
    measure::{
        Coverage, Fit, MeasuredEntry, MeasuredFactor, MeasuredStatus, NotFitted, Prior, Reconciliation,
        VALID_DAYS, Window, fit, metered_time,
    },
};
use carbon_report::{Month, pack::windows_sha256};
use jiff::Timestamp;

/// What the windows of a name say.
pub(crate) struct Measured {
    pub(crate) windows: Vec<Window>,
    /// Of their lines in order.
    pub(crate) sha256: String,
    pub(crate) fit: Result<Fit, NotFitted>,
    pub(crate) coverage: Coverage,
    /// `None` where the events of their time were pruned.
    pub(crate) reconciliation: Option<Reconciliation>,
    pub(crate) pruned: Option<Month>,
    /// What calls can be valued with.
    pub(crate) factor: Option<MeasuredFactor>,
    pub(crate) status: MeasuredStatus,
}

/// Why there is no answer.
pub(crate) enum NotMeasured {
    Store(StoreError),
    Queue(NotRun),
}

/// What is compared with the windows of a name.
struct Beside {
    calls: CallsInTime,
    prior: Option<Prior>,
    /// What our own method computes for 1,000 output tokens at the power supply.
    modelled: Option<WattHours>,
    /// The factor that calls are valued with.
    entered: Option<MeasuredEntry>,
}

/// What the windows of a name that start in `span_ms` say; `None` without windows. Reads every event of their months.
pub(crate) async fn measured(
    store: &Store,
    registry: &Registry,
    queue: &WorkQueue<AccountKey>,
    account: AccountKey,
    served_name: &str,
    span_ms: [i64; 2],
    now: Timestamp,
) -> Result<Option<Measured>, NotMeasured> {
    let served_name = normal(served_name);
    let windows = store.windows(account, served_name.clone(), span_ms).await.map_err(NotMeasured::Store)?;
    let Some(time_ms) = time_of(&windows, now) else { return Ok(None) };
    let calls = calls_of(store, account, &served_name, &windows, time_ms).await;
    let Some(calls) = calls.map_err(NotMeasured::Store)? else { return Ok(None) };
    let set = registry.current(account);
    let beside = Beside {
        calls,
        prior: prior_of(&set, &served_name, now),
        modelled: modelled(&set, &served_name, now),
        entered: registry.own(account).entries().measured(&served_name).map(|(entry, _)| entry),
    };
    let found = queue.run(account, move || value(&served_name, windows, beside, now)).await;
    found.map(Some).map_err(NotMeasured::Queue)
}

/// The calls of a name beside its windows, from a time on until another; `None` where these are no times.
async fn calls_of(
    store: &Store,
    account: AccountKey,
    served_name: &str,
    windows: &[Window],
    time_ms: [i64; 2],
) -> Result<Option<CallsInTime>, StoreError> {
    let Some(months) = months_of(time_ms) else { return Ok(None) };
    let metered = metered_time(windows);
    store.calls_in_time(account, served_name.to_owned(), metered, time_ms, months).await.map(Some)
}

/// The months that a time begins and ends in.
pub(crate) fn months_of(time_ms: [i64; 2]) -> Option<[Month; 2]> {
    let month = |at_ms| Timestamp::from_millisecond(at_ms).ok().map(|time| Month::of(day(time)));
    Some([month(time_ms[0])?, month(time_ms[1])?])
}

/// Whether the windows that an entry rests on still count what the ledger counts; `None` where events were pruned.
pub(crate) async fn still_agrees(
    store: &Store,
    account: AccountKey,
    entry: &MeasuredEntry,
    windows: &[Window],
) -> Result<Option<bool>, StoreError> {
    let calls = calls_of(store, account, &normal(&entry.name), windows, entry.span_ms).await?;
    let calls = calls.filter(|calls| calls.pruned.is_none());
    Ok(calls.map(|calls| counted(windows, &calls).agrees()))
}

/// What prompts and answers share their energy by, where windows do not tell: as our law has it for the model.
pub(crate) fn prior_of(set: &FactorSet, served_name: &str, now: Timestamp) -> Option<Prior> {
    let model = set.resolve_on(served_name, Some(day(now))).ok();
    model.and_then(|found| found.model.parameters()).map(Prior::of)
}

fn modelled(set: &FactorSet, served_name: &str, now: Timestamp) -> Option<WattHours> {
    let call = Call { day: Some(day(now)), ..Call::to(served_name) };
    let deployment = set.deployment(&call).ok()?;
    let factor = deployment.bottom_up()?;
    let at_site = factor.apply(&Usage::of_call(0, 1_000)).energy().central().to_f64();
    Some(WattHours::from_f64(at_site / factor.in_place().pue()))
}

fn counted(windows: &[Window], calls: &CallsInTime) -> Reconciliation {
    Reconciliation::of(windows, calls.tokens.map(|tokens| u64::try_from(tokens).unwrap_or(0)))
}

/// From the start of the first window until the factor expires, or until now.
fn time_of(windows: &[Window], now: Timestamp) -> Option<[i64; 2]> {
    const DAY_MS: i64 = 86_400_000;
    let from_ms = windows.iter().map(|window| window.from_ms).min()?;
    let to_ms = windows.iter().map(|window| window.to_ms).max()?;
    Some([from_ms, now.as_millisecond().min(to_ms + (VALID_DAYS + 1) * DAY_MS).max(to_ms)])
}

fn value(served_name: &str, windows: Vec<Window>, beside: Beside, now: Timestamp) -> Measured {
    let Beside { calls, prior, modelled, entered } = beside;
    let mut fit = fit(&windows, prior);
    if let Ok(fit) = &mut fit {
        fit.note_plausibility(modelled);
    }
    let sha256 = windows_sha256(&windows);
    let mut coverage = Coverage::of(&windows, calls.hours.iter().copied());
    let mut reconciliation = calls.pruned.is_none().then(|| counted(&windows, &calls));
    // What was compared before its events were pruned stays compared.
    if let (Some(_), Some(entered)) = (calls.pruned, entered.filter(|entry| entry.windows_sha256 == sha256)) {
        (coverage, reconciliation) = (entered.coverage, Some(entered.reconciliation));
    }
    let factor = fit.as_ref().ok().zip(reconciliation).and_then(|(fit, reconciliation)| {
        let entry = MeasuredEntry::of(served_name, fit, &windows, sha256.clone(), coverage, reconciliation);
        MeasuredFactor::new(entry).ok()
    });
    let status = match (&fit, &factor) {
        (Err(_), _) => MeasuredStatus::NotFitted,
        (Ok(_), None) => MeasuredStatus::NotReconciled,
        (Ok(_), Some(factor)) if factor.record().validity().holds(Some(day(now))) => MeasuredStatus::Valid,
        (Ok(_), Some(_)) => MeasuredStatus::Stale,
    };
    Measured { windows, sha256, fit, coverage, reconciliation, pruned: calls.pruned, factor, status }
}

/// The windows that an entry was fitted from, taken back or not. `None` where they are not those of its digest.
pub(crate) async fn windows_of(
    store: &Store,
    account: AccountKey,
    entry: &MeasuredEntry,
) -> Result<Option<Vec<Window>>, StoreError> {
    let sha256 = entry.windows_sha256.clone();
    store.windows_behind(account, normal(&entry.name), entry.windows, sha256).await
}
