//! Schedules of reports: each month's are begun on their day, or as soon as a server is there again, and worked on by one server at
//! a time.

mod message;
mod run;

use crate::{
    app::App,
    base::{
        clock::{day, now},
        ids::new_id,
    },
    store::{ScheduledMonth, StoreError, due_on},
};
use jiff::Timestamp;
use std::{sync::Arc, time::Duration};
use tokio::sync::{Notify, Semaphore};

/// Runs that a server works on at a time. Their reports are drawn in turn with those that are asked for.
const RUNS_AT_A_TIME: usize = 4;

/// Begins and takes runs, until it is dropped. Those that it has taken are worked on until they are done or the server stops.
pub(crate) async fn keep(app: Arc<App>) {
    let mut ticks = tokio::time::interval(Duration::from_secs(app.limits.housekeeping_s.max(1)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (places, ended) = (Arc::new(Semaphore::new(RUNS_AT_A_TIME)), Arc::new(Notify::new()));
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            // There may be another month of the same account, or another account without a place.
            () = ended.notified() => {}
        }
        if let Err(error) = look(&app, &places, &ended).await {
            tracing::warn!(%error, "scheduled reports were not looked at, and are next time");
        }
    }
}

async fn look(app: &Arc<App>, places: &Arc<Semaphore>, ended: &Arc<Notify>) -> Result<(), StoreError> {
    begin(app, now()).await?;
    for (account, run_key) in app.store.due_schedule_runs(now().as_millisecond()).await? {
        let Ok(place) = places.clone().try_acquire_owned() else { break };
        let (taken_at_ms, until_ms) = run::held_from(now());
        let taken = app.store.take_schedule_run(account, run_key, taken_at_ms, until_ms).await?;
        let Some(taken) = taken else { continue };
        let (work, ended) = (app.clone(), ended.clone());
        app.report_batches.spawn(async move {
            run::work_on(&work, &taken).await;
            drop(place);
            ended.notify_one();
        });
    }
    Ok(())
}

/// Begins the runs whose day has come: of each account the oldest month that has none.
async fn begin(app: &App, now: Timestamp) -> Result<(), StoreError> {
    for scheduled in app.store.schedules_without_a_run().await? {
        let ScheduledMonth { account, day_of_month, next_month } = scheduled;
        if due_on(next_month, day_of_month) <= day(now) {
            app.store.begin_schedule_run(account, next_month, new_id(), now.as_millisecond()).await?;
        }
    }
    Ok(())
}
