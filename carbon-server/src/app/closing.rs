//! Closing a month of an account: asked for, or by its schedule.

use crate::{
    app::App,
    base::clock,
    http::problem::Problem,
    report::figures::StatedFigures,
    store::{AccountKey, MonthState, OpenMonth, ToClose},
};
use carbon_core::FactorSet;
use carbon_report::Month;
use jiff::Timestamp;

/// Attempts to close a month while its events arrive.
const TRIES_MAX: usize = 5;

/// Closes a month under `set` if it is open, and returns its state. If it is closed, it has to be under the set of that `version`,
/// where one is named.
pub(crate) async fn close_month(
    app: &App,
    account: AccountKey,
    month: Month,
    set: FactorSet,
    version: Option<&str>,
    now: Timestamp,
) -> Result<MonthState, Problem> {
    if month == Month::of(clock::day(now)) {
        return Err(Problem::Conflict { detail: format!("{month} has not ended: it cannot be closed yet.") });
    }
    // Reading a month keeps a core busy.
    let _turn = app.queues.long.acquire(account).await?;
    for _ in 0..TRIES_MAX {
        let state = app.store.month_state(account, month).await?;
        if let Some(closed) = &state.closed {
            if version.is_some_and(|wanted| wanted != closed.factor_set) {
                let closed_under = &closed.factor_set;
                return Err(Problem::Conflict {
                    detail: format!("{month} is closed under {closed_under}; use a restatement."),
                });
            }
            return Ok(state);
        }
        let open = app.store.open_month(account, month).await?;
        let set = set.clone();
        let to_close = app.queues.pages.run(account, move || valued(account, open, &set, now)).await?;
        app.store.close_month(to_close).await?;
        // Read again, for its seal or for the events that arrived meanwhile.
    }
    Err(Problem::Conflict {
        detail: format!("Events of {month} are still arriving. Close it once they have stopped."),
    })
}

/// What closing fixes.
pub(crate) fn valued(account: AccountKey, month: OpenMonth, set: &FactorSet, now: Timestamp) -> ToClose {
    let figures = month
        .tenants
        .iter()
        .map(|tenant| StatedFigures::of(&tenant.activity, &tenant.market, set).to_json())
        .collect();
    ToClose {
        account,
        factor_set: set.as_str().to_owned(),
        figures,
        closed_at_ms: now.as_millisecond(),
        month,
    }
}
