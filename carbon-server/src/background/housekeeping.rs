//! Periodic work while the server runs: recording when keys and sessions were last used, forgetting old sightings, entering what was
//! measured, watching thresholds.

use crate::{
    app::App,
    background::{measurements::Fits, message},
    base::{
        clock::{self, now},
        exact::Exact,
        ids::new_id,
        work_queue::blocking,
    },
    report::bill::percent_used,
    store::{Budget, NewAlert, StoreError, Threshold, Watched},
};
use carbon_core::FactorSet;
use carbon_report::{Month, Valuation};
use jiff::Timestamp;
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::Serialize;
use std::{sync::Arc, time::Duration};

/// Percentages of a limit at which an account is alerted, the highest first.
const PERCENTS: [i64; 2] = [100, 80];

/// Runs until it is dropped.
pub(crate) async fn keep(app: Arc<App>) {
    let mut ticks = tokio::time::interval(Duration::from_secs(app.limits.housekeeping_s.max(1)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut fits = Fits::default();
    let mut months_made = None;
    loop {
        ticks.tick().await;
        let done = async {
            note_use(&app).await?;
            app.store.forget_sightings(now().as_millisecond()).await?;
            let month = Month::of(clock::day(now()));
            if months_made != Some(month) {
                app.store.make_months_ahead([month, month.next()]).await?;
                months_made = Some(month);
            }
            fits.enter(&app, now()).await?;
            watch(&app).await
        };
        if let Err(error) = done.await {
            tracing::warn!(%error, "housekeeping was not finished and continues next time");
        }
    }
}

/// Records when keys and sessions were last used.
pub(crate) async fn note_use(app: &App) -> Result<(), StoreError> {
    let (keys, sessions) = (app.keys.take_used(), app.sessions.take());
    if !keys.is_empty() {
        app.store.note_key_use(keys).await?;
    }
    if !sessions.is_empty() {
        app.store.note_session_use(sessions).await?;
    }
    Ok(())
}

/// Alerts accounts of thresholds that were passed.
async fn watch(app: &App) -> Result<(), StoreError> {
    let now = now();
    let month = Month::of(clock::day(now));
    for watched in app.store.watched(month).await? {
        // Valuing is heavy work: not on a thread that also accepts events.
        let set = app.registry.current(watched.account);
        let passed = blocking(move || passed(&watched, &set, month, now)).await;
        for alert in passed.unwrap_or_default() {
            if app.store.add_alert(alert).await? {
                app.outgoing.due.notify_one();
            }
        }
    }
    Ok(())
}

#[derive(Serialize)]
struct Data<'a> {
    account_id: &'a str,
    month: String,
    /// The share that was passed.
    percent: i64,
    #[serde(flatten)]
    of: AlertDetails<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum AlertDetails<'a> {
    FreeEvents { events: i64, free_events: u32 },
    CarbonBudget { tenant_id: &'a str, co2_grams: Exact, carbon_budget_grams: u64 },
}

/// What an account has passed; `set` values its calls.
fn passed(watched: &Watched, set: &FactorSet, month: Month, now: Timestamp) -> Vec<NewAlert> {
    let Watched { account, account_id, events, prices, budgets } = watched;
    let highest = |share: i64| PERCENTS.into_iter().find(|percent| share >= *percent);
    let alert = |threshold, kind, percent, of| {
        let data = Data { account_id, month: month.to_string(), percent, of };
        NewAlert {
            alert_id: format!("msg_{}", new_id()),
            account: *account,
            threshold,
            month,
            percent,
            body: message(kind, now, data),
            now_ms: now.as_millisecond(),
        }
    };
    let free_events = percent_used(*events, prices).and_then(highest).map(|percent| {
        let of = AlertDetails::FreeEvents { events: *events, free_events: prices.free_events };
        alert(Threshold::FreeEvents, "usage.free_events", percent, of)
    });
    let budgets = budgets.iter().filter_map(|budget| {
        let Budget { tenant_key, tenant_id, grams: carbon_budget_grams, activity } = budget;
        let co2 = Valuation::of(activity.iter().map(|row| (row, set))).valued.co2?.central().as_decimal();
        let share = co2 * Decimal::ONE_HUNDRED / Decimal::from(*carbon_budget_grams);
        let percent = highest(share.floor().to_i64().unwrap_or(i64::MAX))?;
        let of = AlertDetails::CarbonBudget {
            tenant_id,
            co2_grams: Exact::from(co2),
            carbon_budget_grams: *carbon_budget_grams,
        };
        Some(alert(
            Threshold::CarbonBudget(*tenant_key, *carbon_budget_grams),
            "usage.carbon_budget",
            percent,
            of,
        ))
    });
    free_events.into_iter().chain(budgets).collect()
}
