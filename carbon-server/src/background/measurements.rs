//! What accounts have measured becomes a factor of their own: entered into their registry when there is one, again when
//! what it rests on has changed, and withdrawn when there is none any more. A closed month keeps the one that it was
//! closed with.

use crate::{
    app::{App, own_changes},
    base::clock::day,
    http::problem::Problem,
    registry::own::{MEASURED, OwnRegistry},
    report::measured::{Measured, NotMeasured, measured, months_of, prior_of, still_agrees},
    store::{AccountKey, MeteredName, NewOwnChange, StoreError},
};
use carbon_core::measure::{MeasuredEntry, Note, Window};
use carbon_report::pack::windows_sha256;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// Names whose windows were looked at, with what was there then.
#[derive(Default)]
pub(super) struct Fits {
    tried: HashMap<(AccountKey, String), Tried>,
}

/// What a factor rests on, as far as a look can tell.
#[derive(Clone, PartialEq)]
struct Basis {
    sent: u64,
    withdrawn: u64,
    /// Rows of the ledger in the months of the windows.
    events: u64,
    prior: Option<[Decimal; 2]>,
}

struct Tried {
    basis: Basis,
    not_before: Instant,
    /// When it is due again though nothing has changed.
    again_at: Option<Timestamp>,
}

/// What to do about the factor of a name.
enum Step {
    Keep,
    KeepUntil(Timestamp),
    Enter(Box<MeasuredEntry>),
    Withdraw,
}

/// A fit reads every event of its months: it gets at most one part in so many of the time.
const SHARE_OF_TIME: u32 = 50;
const TRIED_AGAIN_AFTER_MAX: Duration = Duration::from_mins(10);

/// How long a factor stays while its windows go on: calls may come in later than the windows that count them, and not
/// every window makes a new factor.
const STAYS: SignedDuration = SignedDuration::from_hours(24);

/// Who enters what was fitted.
const ENTERED_BY: &str = "own meters";

impl Fits {
    /// Enters and withdraws factors.
    pub(super) async fn enter(&mut self, app: &App, now: Timestamp) -> Result<(), StoreError> {
        for name in app.store.all_metered_names().await? {
            let basis = basis(app, &name, now).await?;
            let key = (name.account, name.served_name.clone());
            if self.tried.get(&key).is_some_and(|tried| !tried.is_due(&basis, now)) {
                continue;
            }
            let started = Instant::now();
            // Where nothing could be said, for want of a place in the queue, the next look is as soon.
            let again_at = look(app, &name, now).await?.unwrap_or(Some(now));
            let wait = (started.elapsed() * SHARE_OF_TIME).min(TRIED_AGAIN_AFTER_MAX);
            self.tried.insert(key, Tried { basis, not_before: Instant::now() + wait, again_at });
        }
        Ok(())
    }
}

impl Tried {
    fn is_due(&self, basis: &Basis, now: Timestamp) -> bool {
        // Who takes windows back wants to see it.
        let is_free = Instant::now() >= self.not_before || self.basis.withdrawn != basis.withdrawn;
        let has_changed = self.basis != *basis || self.again_at.is_some_and(|at| at <= now);
        is_free && has_changed
    }
}

async fn basis(app: &App, name: &MeteredName, now: Timestamp) -> Result<Basis, StoreError> {
    let events = match months_of(name.span_ms) {
        Some(months) => app.store.events_of_months(name.account, months).await?,
        None => 0,
    };
    let prior = prior_of(&app.registry.current(name.account), &name.served_name, now);
    Ok(Basis {
        sent: name.sent,
        withdrawn: name.withdrawn,
        events,
        prior: prior.map(|prior| prior.numbers()),
    })
}

/// Looks at the windows of a name: when it is to be looked at again in any case. `None` where nothing could be said.
async fn look(
    app: &App,
    name: &MeteredName,
    now: Timestamp,
) -> Result<Option<Option<Timestamp>>, StoreError> {
    let MeteredName { account, served_name, .. } = name;
    let entered = app.registry.own(*account).entries().measured(served_name);
    let all = [i64::MIN, i64::MAX];
    let queue = &app.queues.queries;
    let found = match measured(&app.store, &app.registry, queue, *account, served_name, all, now).await {
        Ok(found) => found,
        Err(NotMeasured::Store(error)) => return Err(error),
        Err(NotMeasured::Queue(_)) => return Ok(None),
    };
    let step = step(app, *account, entered.as_ref(), found.as_ref(), now).await?;
    let entry = match step {
        Step::Keep => return Ok(Some(None)),
        Step::KeepUntil(at) => return Ok(Some(Some(at))),
        Step::Enter(entry) => Some(*entry),
        Step::Withdraw => None,
    };
    if entry.is_some() {
        warn_of_units(served_name, found.as_ref());
    }
    if let Err(problem) = change(app, *account, served_name, entered, entry, now).await {
        tracing::warn!(?problem, "a measured factor was not entered or withdrawn");
    }
    Ok(Some(None))
}

fn warn_of_units(served_name: &str, found: Option<&Measured>) {
    let notes = found.and_then(|found| found.fit.as_ref().ok()).map(|fit| &fit.notes).into_iter().flatten();
    for note in notes.filter(|note| matches!(note, Note::Implausible { .. })) {
        tracing::warn!(served_name, %note, "a measured factor is entered");
    }
}

async fn step(
    app: &App,
    account: AccountKey,
    entered: Option<&(MeasuredEntry, i64)>,
    found: Option<&Measured>,
    now: Timestamp,
) -> Result<Step, StoreError> {
    let factor = found.and_then(|found| found.factor.as_ref()).map(|factor| factor.entry().clone());
    let Some((entered, entered_at_ms)) = entered else {
        return Ok(factor.map_or(Step::Keep, |entry| Step::Enter(Box::new(entry))));
    };
    let Some(found) = found else { return Ok(Step::Withdraw) };
    let its: Vec<Window> =
        found.windows.iter().filter(|window| window.to_ms <= entered.span_ms[1]).cloned().collect();
    // Nothing was added before its last window, or taken back.
    let goes_on = windows_sha256(&its) == entered.windows_sha256;
    let stays_until =
        Timestamp::from_millisecond(*entered_at_ms).ok().and_then(|at| at.checked_add(STAYS).ok());
    let stays_until = stays_until.filter(|until| goes_on && now < *until);
    let Some(entry) = factor else {
        // What was compared before its events were pruned stays compared.
        if goes_on && found.pruned.is_some() {
            return Ok(Step::Keep);
        }
        let Some(until) = stays_until.filter(|_| found.sha256 != entered.windows_sha256) else {
            return Ok(Step::Withdraw);
        };
        let agrees = still_agrees(&app.store, account, entered, &its).await?;
        return Ok(if agrees == Some(false) { Step::Withdraw } else { Step::KeepUntil(until) });
    };
    if (&entry.windows_sha256, &entry.prior) == (&entered.windows_sha256, &entered.prior) {
        return Ok(Step::Keep);
    }
    let last_day = |entry: &MeasuredEntry| Timestamp::from_millisecond(entry.span_ms[1]).ok().map(day);
    let is_same_day = last_day(&entry) == last_day(entered);
    Ok(match stays_until.filter(|_| is_same_day && entry.windows_sha256 != entered.windows_sha256) {
        Some(until) => Step::KeepUntil(until),
        None => Step::Enter(Box::new(entry)),
    })
}

/// Enters a factor, or withdraws that of a name, unless another server has changed it meanwhile.
async fn change(
    app: &App,
    account: AccountKey,
    served_name: &str,
    before: Option<(MeasuredEntry, i64)>,
    entry: Option<MeasuredEntry>,
    now: Timestamp,
) -> Result<(), Problem> {
    let entry = entry.as_ref().map(serde_json::to_string).transpose().map_err(Problem::internal)?;
    let change = NewOwnChange {
        kind: MEASURED,
        name: served_name.to_owned(),
        valid_from: String::new(),
        entry,
        entered_by: ENTERED_BY.to_owned(),
        entered_at_ms: now.as_millisecond(),
    };
    let changes = |own: &OwnRegistry| {
        if own.entries().measured(served_name) != before {
            return Ok((Vec::new(), ()));
        }
        own_changes::checked(&app.registry, own, &change)?;
        Ok((vec![change.clone()], ()))
    };
    own_changes::make(&app.store, &app.registry, account, changes).await.map(drop)
}
