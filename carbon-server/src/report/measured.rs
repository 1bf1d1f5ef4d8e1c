//! What the windows of a served name say, compared with the ledger's own calls.

use crate::{
    base::{
        clock::day,
        work_queue::{NotRun, WorkQueue},
    },
    registry::{Registry, own::normal},
    store::{AccountKey, CallsInTime, MeasuredName, Store, StoreError},
};
use carbon_core::measure::{
    Coverage, Fit, MeasuredEntry, MeasuredFactor, MeasuredStatus, NotFitted, Prior, Reconciliation,
    VALID_DAYS, Window, fit, metered_time,
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

/// What the windows of a name that start in `span_ms` say; `None` without windows. Reads every event of their months.
pub(crate) async fn measured(
    store: &Store,
    registry: &Registry,
    queue: &WorkQueue,
    account: AccountKey,
    served_name: &str,
    span_ms: [i64; 2],
    now: Timestamp,
) -> Result<Option<Measured>, NotMeasured> {
    let windows =
        store.windows(account, served_name.to_owned(), span_ms).await.map_err(NotMeasured::Store)?;
    let Some(time_ms) = time_of(&windows, now) else { return Ok(None) };
    let months = time_ms.map(|at_ms| Timestamp::from_millisecond(at_ms).map(|time| Month::of(day(time))));
    let [Ok(first), Ok(last)] = months else { return Ok(None) };
    let calls = store
        .calls_in_time(account, served_name.to_owned(), metered_time(&windows), time_ms, [first, last])
        .await
        .map_err(NotMeasured::Store)?;
    // What prompts and answers share their energy by, where the windows do not tell: as our law has it for the model.
    let set = registry.current(account);
    let model = set.resolve_on(served_name, Some(day(now))).ok();
    let prior = model.and_then(|found| found.model.parameters()).map(Prior::of);
    let served_name = served_name.to_owned();
    let found = queue.run(move || value(&served_name, windows, calls, prior, now)).await;
    found.map(Some).map_err(NotMeasured::Queue)
}

/// From the start of the first window until the factor expires, or until now.
fn time_of(windows: &[Window], now: Timestamp) -> Option<[i64; 2]> {
    const DAY_MS: i64 = 86_400_000;
    let from_ms = windows.iter().map(|window| window.from_ms).min()?;
    let to_ms = windows.iter().map(|window| window.to_ms).max()?;
    Some([from_ms, now.as_millisecond().min(to_ms + (VALID_DAYS + 1) * DAY_MS).max(to_ms)])
}

fn value(
    served_name: &str,
    windows: Vec<Window>,
    calls: CallsInTime,
    prior: Option<Prior>,
    now: Timestamp,
) -> Measured {
    let fit = fit(&windows, prior);
    let coverage = Coverage::of(&windows, calls.hours);
    let tokens = calls.tokens.map(|tokens| u64::try_from(tokens).unwrap_or(0));
    let reconciliation = calls.pruned.is_none().then(|| Reconciliation::of(&windows, tokens));
    let sha256 = windows_sha256(&windows);
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

/// The windows that an entry was fitted from: the first that came in, since a fit takes all that there are. `None` where
/// they are not those of its digest.
pub(crate) async fn windows_of(
    store: &Store,
    account: AccountKey,
    entry: &MeasuredEntry,
) -> Result<Option<Vec<Window>>, StoreError> {
    // Entries are kept by the name in lower case, windows by the name as it was sent.
    let is_its = |name: &MeasuredName| normal(&name.served_name) == normal(&entry.name);
    for name in store.measured_names(account).await?.into_iter().filter(is_its) {
        let windows = store.first_windows(account, name.served_name, entry.windows).await?;
        if windows_sha256(&windows) == entry.windows_sha256 {
            return Ok(Some(windows));
        }
    }
    Ok(None)
}
