//! What accounts have measured becomes a factor of their own: entered into their registry when there is one, and again with
//! each further day of windows. A closed month keeps the one that it was closed with.

use crate::{
    app::{App, own_changes},
    base::clock,
    registry::own::{MEASURED, normal},
    report::measured::measured,
    store::{AccountKey, MeasuredName, NewOwnChange, StoreError},
};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;

/// Names that windows gave no new factor for, with how many windows there were and when that was.
#[derive(Default)]
pub(super) struct Fits {
    tried: HashMap<(AccountKey, String), (u64, Timestamp)>,
}

/// A fit reads every event of its months, so one that gave nothing is not tried again at once.
const TRIED_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// Who enters what was fitted.
const ENTERED_BY: &str = "own meters";

impl Fits {
    /// Enters the factors that have come about.
    pub(super) async fn enter(&mut self, app: &App, now: Timestamp) -> Result<(), StoreError> {
        for (account, name) in app.store.all_measured_names().await? {
            let key = (account, name.served_name.clone());
            if !self.is_due(app, account, &name, now) {
                continue;
            }
            self.tried.insert(key.clone(), (name.windows, now));
            let all = [i64::MIN, i64::MAX];
            let queue = &app.queues.queries;
            let Ok(Some(found)) =
                measured(&app.store, &app.registry, queue, account, &name.served_name, all, now).await
            else {
                continue;
            };
            let Some(factor) = found.factor else { continue };
            let Ok(entry) = serde_json::to_string(factor.entry()) else { continue };
            let change = NewOwnChange {
                kind: MEASURED,
                name: normal(&name.served_name),
                valid_from: String::new(),
                entry: Some(entry),
                entered_by: ENTERED_BY.to_owned(),
                entered_at_ms: now.as_millisecond(),
            };
            match own_changes::keep(&app.store, &app.registry, account, change).await {
                // The next one is due with the next day of windows, however soon that is.
                Ok(_) => drop(self.tried.remove(&key)),
                Err(problem) => tracing::warn!(?problem, "a measured factor was not entered"),
            }
        }
        Ok(())
    }

    /// Whether its windows reach into a later day than the factor that is entered.
    fn is_due(&self, app: &App, account: AccountKey, name: &MeasuredName, now: Timestamp) -> bool {
        let day = |at_ms: i64| Timestamp::from_millisecond(at_ms).ok().map(clock::day);
        let entered = app.registry.own(account).entries().measured(&name.served_name);
        let is_new = entered.is_none_or(|entered| day(entered.span_ms[1]) < day(name.span_ms[1]));
        let tried = self.tried.get(&(account, name.served_name.clone()));
        let is_waiting = tried.is_some_and(|(windows, at)| {
            *windows == name.windows || now.duration_since(*at) < TRIED_AGAIN_AFTER
        });
        is_new && !is_waiting
    }
}
