//! The one thread that writes, in groups.
//!
//! A commit costs a sync of the disk however much it holds. So the writer takes what waits, in turn between accounts
//! ([`super::write_queue`]), puts it into one transaction, syncs once, and has everyone answered. Under load groups grow by
//! themselves; alone, a write waits for nobody.

use crate::store::{
    book::{
        event::{Appended, Batch, BatchAppended, Event},
        reversal::{Reversal, Reversed},
        write_queue::{NotQueued, Who, WriteQueue, write_queue},
        writer_command::{Committed, Notification, Outcome, SentCommand, Write, WriterCommand},
        writer_thread::{WriterOpening, WriterThread},
    },
    error::{GivenIds, StoreError},
    source::LedgerLocation,
    sql::{self, Connection},
    sqlite::watch::FileWatch,
};
use prometheus_client::metrics::histogram::Histogram;
use std::{sync::Arc, thread::JoinHandle, time::Instant};
use tokio::sync::{mpsc, oneshot};

/// Handle to the writer thread.
pub(crate) struct Writer {
    queue: WriteQueue<SentCommand>,
    thread: JoinHandle<()>,
    answerer: tokio::task::JoinHandle<()>,
    /// Whether sums are kept in memory for a while: where this writer is the only one.
    folds: bool,
    watch: Option<Arc<FileWatch>>,
}

impl Writer {
    /// Starts the thread. At most `queue_max` writes wait, of one account half of them; past that the server says 503 instead of
    /// remembering more than it can keep. Needs a tokio runtime.
    pub(in crate::store) fn start(
        opening: WriterOpening,
        queue_max: usize,
        watch: Option<Arc<FileWatch>>,
        group_sizes: Histogram,
    ) -> Result<Self, StoreError> {
        let folds = matches!(opening.source, LedgerLocation::Sqlite { .. });
        let (queue, turns) = write_queue(queue_max);
        let (answers, mut committed) = mpsc::unbounded_channel::<(Vec<Notification>, Committed)>();
        // Waking a task from another thread costs a call into the kernel. So the thread wakes one, which wakes the others.
        let answerer = tokio::spawn(async move {
            while let Some((answers, committed)) = committed.recv().await {
                for answer in answers {
                    match answer {
                        // An asker who has gone away needs no answer.
                        Notification::Appended(asker, event, appended) => drop(asker.send(match committed {
                            Committed::Yes => Ok((event, appended)),
                            Committed::InDoubt => Err(GivenIds::One(event.event_id)),
                        })),
                        Notification::Other(acknowledge) => acknowledge(committed),
                    }
                }
            }
        });
        let thread = WriterThread { opening, watch: watch.clone() };
        let thread = std::thread::Builder::new()
            .name("ledger-writer".to_owned())
            .spawn(move || thread.run(turns, &answers, &group_sizes))
            .map_err(StoreError::NoThread)?;
        Ok(Writer { queue, thread, answerer, folds, watch })
    }

    /// Adds an event to the ledger. When this returns `Ok`, it is on disk.
    pub(crate) async fn append(&self, event: Box<Event>) -> Result<(Box<Event>, Appended), StoreError> {
        self.ask(Some(event.side.account), |asker| WriterCommand::Append(event, asker)).await
    }

    /// Adds a batch to the ledger. When this returns `Ok`, it is on disk.
    pub(crate) async fn append_batch(&self, batch: Batch) -> Result<BatchAppended, StoreError> {
        self.ask(Some(batch.account), |asker| WriterCommand::AppendBatch(batch, asker)).await
    }

    /// Cancels an event. When this returns `Ok`, that is on disk.
    pub(crate) async fn reverse(&self, reversal: Reversal) -> Result<Reversed, StoreError> {
        self.ask(Some(reversal.side.account), |asker| WriterCommand::Reverse(reversal, asker)).await
    }

    /// Has the ledger's sums hold every event that was answered before this call.
    pub(crate) async fn fold(&self) -> Result<(), StoreError> {
        if self.folds { self.probe().await } else { Ok(()) }
    }

    /// Goes through the writer.
    pub(crate) async fn probe(&self) -> Result<(), StoreError> {
        // Sums follow from the events: nothing of the caller's is in doubt.
        self.ask(None, WriterCommand::Fold).await.map_err(|error| match error {
            StoreError::InDoubt(_) => StoreError::NotCommitted,
            other => other,
        })
    }

    /// Runs `write` in a group, when it is the turn of whoever asks. When this returns `Ok`, what it wrote is on disk.
    pub(in crate::store) async fn write_of<T: Send + 'static>(
        &self,
        who: Who,
        write: impl FnOnce(&Connection) -> sql::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.ask(who, |asker| WriterCommand::Write(answering(write, asker))).await
    }

    /// As [`Self::write_of`], for what changes names of tenants or tags: they are looked up again.
    pub(in crate::store) async fn write_names_of<T: Send + 'static>(
        &self,
        who: Who,
        write: impl FnOnce(&Connection) -> sql::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.ask(who, |asker| WriterCommand::WriteNames(answering(write, asker))).await
    }

    async fn ask<T>(
        &self,
        who: Who,
        command: impl FnOnce(oneshot::Sender<Outcome<T>>) -> WriterCommand,
    ) -> Result<T, StoreError> {
        self.lost()?;
        let (asker, answer) = oneshot::channel();
        let command = command(asker);
        let events = command.events().len().max(1);
        let sent = SentCommand { sent: Instant::now(), command };
        self.queue.push(who, events, sent).map_err(|error| match error {
            NotQueued::Full => StoreError::Busy,
            NotQueued::Closed => StoreError::NotCommitted,
        })?;
        match answer.await {
            Ok(outcome) => outcome.map_err(StoreError::InDoubt),
            // If the file was lost meanwhile, that is why.
            Err(_) => self.lost().and(Err(StoreError::NotCommitted)),
        }
    }

    /// Whether the file under the server was lost.
    fn lost(&self) -> Result<(), StoreError> {
        self.watch.as_ref().map_or(Ok(()), |watch| watch.lost())
    }

    /// Writes that wait for their turn.
    pub(crate) fn waiting(&self) -> usize {
        self.queue.waiting()
    }

    /// Whether the thread is alive.
    pub(crate) fn is_writing(&self) -> bool {
        !self.thread.is_finished()
    }

    /// Commits all that was accepted, then ends the thread; `false` where it had failed before.
    pub(crate) async fn close(self) -> bool {
        drop(self.queue);
        let joined = tokio::task::spawn_blocking(move || self.thread.join()).await;
        let answered = self.answerer.await;
        matches!(joined, Ok(Ok(()))) && answered.is_ok()
    }
}

/// `write`, and telling `asker` what it came to.
fn answering<T: Send + 'static>(
    write: impl FnOnce(&Connection) -> sql::Result<T> + Send + 'static,
    asker: oneshot::Sender<Outcome<T>>,
) -> Write {
    Box::new(move |connection| {
        let value = write(connection)?;
        Ok(Box::new(move |committed| drop(asker.send(committed.outcome(value, GivenIds::default)))))
    })
}

/// Counts the writes in each commit of a ledger.
pub(crate) fn group_sizes() -> Histogram {
    Histogram::new(WRITES)
}

/// Bounds of the number of writes in one commit.
const WRITES: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 256.0, 1_024.0, 4_096.0];
