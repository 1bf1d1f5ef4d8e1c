//! The one thread that writes, in groups.
//!
//! A commit costs a sync of the disk however much it holds. So the writer takes all that waits, puts it into
//! one transaction, syncs once, and answers everyone. Under load groups grow by themselves; alone, a write
//! waits for nobody.

use super::{
    StoreError,
    event::{Appended, Batch, BatchAppended, Event, Group},
    names::Names,
};
use rusqlite::{Connection, TransactionBehavior};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};

/// Writes that may wait; past that the server says 503 instead of remembering more than it can keep.
const QUEUE_MAX: usize = 16_384;

/// Writes in one transaction: bounds how long the first of them waits.
const GROUP_MAX: usize = 4_096;

/// Handle to the writer thread.
pub(crate) struct Writer {
    queue: mpsc::Sender<Command>,
    thread: JoinHandle<()>,
}

/// Something to write, and whom to answer once it is on disk.
enum Command {
    Append(Event, oneshot::Sender<Appended>),
    AppendBatch(Batch, oneshot::Sender<BatchAppended>),
    Write(Write),
}

/// A rare write: runs inside the group's transaction, returns what to do after the commit.
type Write = Box<dyn FnOnce(&Connection) -> rusqlite::Result<Acknowledge> + Send>;
type Acknowledge = Box<dyn FnOnce() + Send>;

impl Writer {
    pub(crate) fn start(connection: Connection) -> Result<Self, StoreError> {
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        let thread = std::thread::Builder::new()
            .name("ledger-writer".to_owned())
            .spawn(move || run(connection, waiting))
            .map_err(StoreError::NoThread)?;
        Ok(Writer { queue, thread })
    }

    /// Adds an event to the ledger. When this returns `Ok`, it is on disk.
    pub(crate) async fn append(&self, event: Event) -> Result<Appended, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.send(Command::Append(event, answer))?;
        answered.await.map_err(|_| StoreError::NotCommitted)
    }

    /// Adds a batch to the ledger. When this returns `Ok`, it is on disk.
    pub(crate) async fn append_batch(&self, batch: Batch) -> Result<BatchAppended, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.send(Command::AppendBatch(batch, answer))?;
        answered.await.map_err(|_| StoreError::NotCommitted)
    }

    /// Runs `write` in the next group. When this returns `Ok`, what it wrote is on disk.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.send(Command::Write(Box::new(move |connection| {
            let value = write(connection)?;
            Ok(Box::new(move || drop(answer.send(value))))
        })))?;
        answered.await.map_err(|_| StoreError::NotCommitted)
    }

    fn send(&self, command: Command) -> Result<(), StoreError> {
        self.queue.try_send(command).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy,
            mpsc::error::TrySendError::Closed(_) => StoreError::NotCommitted,
        })
    }

    /// Whether the thread is alive.
    pub(crate) fn is_writing(&self) -> bool {
        !self.thread.is_finished()
    }

    /// Commits all that was accepted, then ends the thread; `false` where it had failed before.
    pub(crate) async fn close(self) -> bool {
        drop(self.queue);
        let joined = tokio::task::spawn_blocking(move || self.thread.join()).await;
        matches!(joined, Ok(Ok(())))
    }
}

fn run(mut connection: Connection, mut waiting: mpsc::Receiver<Command>) {
    let mut names = Names::default();
    let mut group = Vec::new();
    while waiting.blocking_recv_many(&mut group, GROUP_MAX) > 0 {
        // An error drops the group, and with it the senders: everyone in it learns that nothing was kept.
        if let Err(error) = commit(&mut connection, &mut names, group.drain(..)) {
            names.forget_uncommitted();
            tracing::error!(%error, "a group of writes was not committed");
        }
    }
}

/// Writes the group in one transaction and answers everyone in it.
fn commit(
    connection: &mut Connection,
    names: &mut Names,
    commands: impl Iterator<Item = Command>,
) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut group = Group::new(&transaction, names)?;
    let mut answers: Vec<Acknowledge> = Vec::new();
    let mut appended: Vec<(oneshot::Sender<Appended>, Appended)> = Vec::new();
    for command in commands {
        match command {
            Command::Append(event, answer) => appended.push((answer, group.append(&event)?)),
            Command::AppendBatch(batch, answer) => {
                let outcome = group.append_batch(&batch)?;
                answers.push(Box::new(move || drop(answer.send(outcome))));
            }
            Command::Write(write) => answers.extend(write_apart(&transaction, write)?),
        }
    }
    group.finish()?;
    transaction.commit()?;
    names.keep_uncommitted();
    for (answer, outcome) in appended {
        // An asker who has gone away needs no answer.
        let _gone = answer.send(outcome);
    }
    answers.into_iter().for_each(|acknowledge| acknowledge());
    Ok(())
}

/// Runs a rare write so that its failure undoes it alone, and not the group it is in.
fn write_apart(transaction: &Connection, write: Write) -> rusqlite::Result<Option<Acknowledge>> {
    transaction.execute_batch("savepoint one_write")?;
    match write(transaction) {
        Ok(acknowledge) => {
            transaction.execute_batch("release one_write")?;
            Ok(Some(acknowledge))
        }
        Err(error) => {
            tracing::error!(%error, "a write was undone");
            transaction.execute_batch("rollback to one_write; release one_write")?;
            Ok(None)
        }
    }
}
