//! Signed checkpoints of the ledger's chain: made at the start, once a day, and after each closing or restatement of a month;
//! appended to a file, shown at a public path, and sent to webhooks. What somebody else holds cannot be rebuilt with the
//! chain.

use crate::{
    app::App,
    background::message,
    base::{
        checkpoint::{Checkpoint, notes},
        clock::{day, now},
        digest::hex,
        durable_file::{OWNER_ALONE, sync_folder},
        work_queue::blocking,
    },
    store::{Closings, LoggedTo, StoreError},
};
use carbon_report::{Date, merkle::MerkleTree};
use serde::Serialize;
use std::{
    fs,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    sync::{Arc, PoisonError},
    time::Duration,
};

/// Seals that are read at a time.
const READ_AT_A_TIME: usize = 10_000;

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
    /// Over the seals that were read.
    tree: MerkleTree,
    read_to: LoggedTo,
    /// When the last checkpoint was made, and how far months were closed then.
    last: Option<(Date, Closings)>,
}

impl Made {
    /// Makes a checkpoint where one is due.
    async fn make(&mut self, app: &App) -> Result<(), StoreError> {
        let Some(signer) = &app.checkpoints.signer else { return Ok(()) };
        let (today, closings) = (day(now()), app.store.closings().await?);
        if self.last.as_ref() == Some(&(today, closings.clone())) {
            return Ok(());
        }
        // After the closings: whatever closed a month is among the seals.
        app.store.log_seals().await?;
        loop {
            let (read_to, seals) = app.store.logged_seals(self.read_to.clone(), READ_AT_A_TIME).await?;
            if seals.is_empty() {
                break;
            }
            // A start has all of them to hash: not on the thread that takes events.
            let mut tree = self.tree.clone();
            let grown = blocking(move || {
                seals.iter().for_each(|seal| tree.push(&seal.leaf()));
                tree
            });
            match grown.await {
                Ok(tree) => (self.tree, self.read_to) = (tree, read_to),
                Err(error) => {
                    tracing::warn!(?error, "seals were not hashed");
                    return Ok(());
                }
            }
        }
        let size = i64::try_from(self.tree.leaves()).unwrap_or(i64::MAX);
        let checkpoint = Checkpoint { size, root: self.tree.root() };
        let note = checkpoint.sign(signer);
        if let Some(path) = app.checkpoints.file.clone() {
            let line = note.clone();
            let written = blocking(move || append(&path, &line)).await;
            if let Ok(Err(error)) = written {
                tracing::warn!(%error, "a checkpoint was not appended to its file");
            }
        }
        *app.checkpoints.newest.write().unwrap_or_else(PoisonError::into_inner) = Some(note.clone());
        // The first of a process is nothing new to anybody.
        if let Some((last_day, last_closings)) = &self.last {
            let is_daily = *last_day != today;
            let since = if is_daily { None } else { Some(last_closings.clone()) };
            for (account, account_id) in app.store.checkpoint_receivers(since).await? {
                let of = if is_daily { today.to_string() } else { size.to_string() };
                let message_id = format!("msg_checkpoint_{account_id}_{of}");
                let data = Data {
                    account_id: &account_id,
                    size,
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

/// Appends a note, unless it is the file's last; on disk when this returns.
fn append(path: &Path, note: &str) -> io::Result<()> {
    let is_new = !path.exists();
    if !is_new && notes(&fs::read_to_string(path)?).last().is_some_and(|last| last == note) {
        return Ok(());
    }
    let mut file = fs::OpenOptions::new().create(true).append(true).mode(OWNER_ALONE).open(path)?;
    file.write_all(format!("{note}\n").as_bytes())?;
    file.sync_all()?;
    if is_new { sync_folder(path) } else { Ok(()) }
}

#[derive(Serialize)]
struct Data<'a> {
    account_id: &'a str,
    size: i64,
    root_sha256: String,
    checkpoint: &'a str,
}
