//! Signed checkpoints of the ledger's chain: made at the start, once a day, and after each closing or restatement of a month;
//! appended to a file, shown at a public path, and sent to webhooks. What somebody else holds cannot be rebuilt with the
//! chain.

use crate::{
    app::App,
    background::message,
    base::{
        clock::{day, now},
        digest::hex,
    },
    store::{Closings, StoreError},
};
use carbon_report::Date;
use serde::Serialize;
use std::{sync::Arc, time::Duration};

/// Runs until it is dropped.
pub(crate) async fn keep(app: Arc<App>) {
    if app.checkpoints.signer.is_none() {
        return;
    }
    let mut ticks = tokio::time::interval(Duration::from_secs(app.limits.housekeeping_s.max(1)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut made = Made::default();
    loop {
        ticks.tick().await;
        if let Err(error) = made.make(&app).await {
            tracing::warn!(%error, "no checkpoint was made; it is tried again");
        }
    }
}

/// What was made so far.
#[derive(Default)]
struct Made {
    /// When the last checkpoint was made, and how far months were closed then.
    last: Option<(Date, Closings)>,
}

impl Made {
    /// Makes a checkpoint where one is due.
    async fn make(&mut self, app: &App) -> Result<(), StoreError> {
        let (today, closings) = (day(now()), app.store.closings().await?);
        if self.last.as_ref() == Some(&(today, closings.clone())) {
            return Ok(());
        }
        // After the closings: whatever closed a month is among the seals.
        let Some((checkpoint, note)) = app.checkpoints.make(&app.store).await? else { return Ok(()) };
        // The first of a process is nothing new to anybody.
        if let Some((last_day, last_closings)) = &self.last {
            let is_daily = *last_day != today;
            let since = if is_daily { None } else { Some(last_closings.clone()) };
            for (account, account_id) in app.store.checkpoint_receivers(since).await? {
                let of = if is_daily { today.to_string() } else { checkpoint.size.to_string() };
                let message_id = format!("msg_checkpoint_{account_id}_{of}");
                let data = Data {
                    account_id: &account_id,
                    size: checkpoint.size,
                    root_sha256: hex(&checkpoint.root),
                    checkpoint: &note,
                };
                let payload = message("ledger.checkpoint", now(), data);
                app.store.send_checkpoint(account, message_id, payload, now().as_millisecond()).await?;
                app.outgoing.due.notify_one();
            }
        }
        self.last = Some((today, closings));
        Ok(())
    }
}

#[derive(Serialize)]
struct Data<'a> {
    account_id: &'a str,
    size: u64,
    root_sha256: String,
    checkpoint: &'a str,
}
