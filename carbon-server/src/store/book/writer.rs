//! The one thread that writes, in groups.
//!
//! A commit costs a sync of the disk however much it holds. So the writer takes all that waits, puts it into
//! one transaction, syncs once, and has everyone answered. Under load groups grow by themselves; alone, a write
//! waits for nobody.

use crate::store::{
    book::{
        LedgerState, Seal, Transaction,
        event::{Appended, Batch, BatchAppended, Event},
        fold,
        names::Interner,
        reversal::{Reversal, Reversed},
        settle,
        sighting::Sighting,
        tell_other_servers,
    },
    error::{GivenIds, StoreError},
    key::Side,
    source::{LedgerLocation, is_broken},
    sql::{self, Connection, transaction::in_transaction},
    sqlite::watch::FileWatch,
};
use prometheus_client::metrics::histogram::Histogram;
use std::{sync::Arc, thread::JoinHandle};
use tokio::sync::{mpsc, oneshot};

/// Writes in one transaction: bounds how long the first of them waits.
const GROUP_MAX: usize = 4_096;

/// Handle to the writer thread.
pub(crate) struct Writer {
    queue: mpsc::Sender<WriterCommand>,
    thread: JoinHandle<()>,
    answerer: tokio::task::JoinHandle<()>,
    group_sizes: Histogram,
    /// Whether sums are kept in memory for a while: where this writer is the only one.
    folds: bool,
    watch: Option<Arc<FileWatch>>,
}

/// What becomes of a write: what it came to, or, where nobody knows whether it is there, the ids to repeat it with. Who is not
/// answered at all is told that nothing was stored.
type Outcome<T> = Result<T, GivenIds>;

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Committed {
    /// It is on disk.
    Yes,
    /// The commit failed, and it could not be found out whether a restart will find it.
    InDoubt,
}

impl Committed {
    fn outcome<T>(self, value: T, ids: impl FnOnce() -> GivenIds) -> Outcome<T> {
        match self {
            Committed::Yes => Ok(value),
            Committed::InDoubt => Err(ids()),
        }
    }
}

/// Something to write, and whom to answer once it is on disk.
enum WriterCommand {
    Append(Box<Event>, oneshot::Sender<Outcome<(Box<Event>, Appended)>>),
    /// Writes the sums of all before it into the file, for whoever wants to read them.
    Fold(oneshot::Sender<Outcome<()>>),
    AppendBatch(Batch, oneshot::Sender<Outcome<BatchAppended>>),
    Reverse(Reversal, oneshot::Sender<Outcome<Reversed>>),
    Write(Write),
    /// The same, of what changes names that were known.
    WriteNames(Write),
}

/// A rare write: runs inside the group's transaction, returns what to do after the commit.
type Write = Box<dyn FnOnce(&Connection) -> sql::Result<Acknowledge> + Send>;
type Acknowledge = Box<dyn FnOnce(Committed) + Send>;

/// What is on disk, and whom to tell.
enum Notification {
    Appended(oneshot::Sender<Outcome<(Box<Event>, Appended)>>, Box<Event>, Appended),
    Other(Acknowledge),
}

impl Writer {
    /// Starts the thread. At most `queue_max` writes wait; past that the server says 503 instead of remembering more than
    /// it can keep. Needs a tokio runtime.
    pub(in crate::store) fn start(
        source: LedgerLocation,
        connection: Connection,
        state: LedgerState,
        queue_max: usize,
        watch: Option<Arc<FileWatch>>,
    ) -> Result<Self, StoreError> {
        let folds = matches!(source, LedgerLocation::Sqlite { .. });
        let (queue, waiting) = mpsc::channel(queue_max);
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
        let group_sizes = group_sizes();
        let sizes = group_sizes.clone();
        let tags_max = state.tags_max;
        let thread = WriterThread { source, tags_max, open: Some((connection, state)), watch: watch.clone() };
        let thread = std::thread::Builder::new()
            .name("ledger-writer".to_owned())
            .spawn(move || thread.run(waiting, &answers, &sizes))
            .map_err(StoreError::NoThread)?;
        Ok(Writer { queue, thread, answerer, group_sizes, folds, watch })
    }

    /// Adds an event to the ledger. When this returns `Ok`, it is on disk.
    pub(crate) async fn append(&self, event: Event) -> Result<(Box<Event>, Appended), StoreError> {
        let event = Box::new(event);
        self.ask(|asker| WriterCommand::Append(event, asker)).await
    }

    /// Adds a batch to the ledger. When this returns `Ok`, it is on disk.
    pub(crate) async fn append_batch(&self, batch: Batch) -> Result<BatchAppended, StoreError> {
        self.ask(|asker| WriterCommand::AppendBatch(batch, asker)).await
    }

    /// Cancels an event. When this returns `Ok`, that is on disk.
    pub(crate) async fn reverse(&self, reversal: Reversal) -> Result<Reversed, StoreError> {
        self.ask(|asker| WriterCommand::Reverse(reversal, asker)).await
    }

    /// Has the ledger's sums hold every event that was answered before this call.
    pub(crate) async fn fold(&self) -> Result<(), StoreError> {
        if self.folds { self.probe().await } else { Ok(()) }
    }

    /// Goes through the writer.
    pub(crate) async fn probe(&self) -> Result<(), StoreError> {
        // Sums follow from the events: nothing of the caller's is in doubt.
        self.ask(WriterCommand::Fold).await.map_err(|error| match error {
            StoreError::InDoubt(_) => StoreError::NotCommitted,
            other => other,
        })
    }

    /// Runs `write` in the next group. When this returns `Ok`, what it wrote is on disk.
    pub(in crate::store) async fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&Connection) -> sql::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.ask(|asker| WriterCommand::Write(answering(write, asker))).await
    }

    /// As [`Self::write`], for what changes names of tenants or tags: they are looked up again.
    pub(in crate::store) async fn write_names<T: Send + 'static>(
        &self,
        write: impl FnOnce(&Connection) -> sql::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.ask(|asker| WriterCommand::WriteNames(answering(write, asker))).await
    }

    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<Outcome<T>>) -> WriterCommand,
    ) -> Result<T, StoreError> {
        self.watch.as_ref().map_or(Ok(()), |watch| watch.lost())?;
        let (asker, answer) = oneshot::channel();
        self.queue.try_send(command(asker)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy,
            mpsc::error::TrySendError::Closed(_) => StoreError::NotCommitted,
        })?;
        answer.await.map_err(|_| StoreError::NotCommitted)?.map_err(StoreError::InDoubt)
    }

    /// Writes that wait for their turn.
    pub(crate) fn waiting(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    /// Counts the writes in each commit.
    pub(crate) fn group_sizes(&self) -> Histogram {
        self.group_sizes.clone()
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

/// What the thread has at hand.
struct WriterThread {
    source: LedgerLocation,
    tags_max: usize,
    /// None after a failure: what was known by heart may not have reached the ledger, and a connection may be none.
    open: Option<(Connection, LedgerState)>,
    watch: Option<Arc<FileWatch>>,
}

impl WriterThread {
    fn run(
        mut self,
        mut waiting: mpsc::Receiver<WriterCommand>,
        answers: &mpsc::UnboundedSender<(Vec<Notification>, Committed)>,
        group_sizes: &Histogram,
    ) {
        let mut group = Vec::new();
        while waiting.blocking_recv_many(&mut group, GROUP_MAX) > 0 {
            let (mut done, mut seal) = (Vec::new(), None);
            let written = self.write_group(&mut waiting, &mut group, group_sizes, &mut done, &mut seal);
            // Whoever is still in it learns that nothing was stored.
            group.clear();
            let committed = match written {
                Err(error) if error.is_in_doubt() => self.find_out(&error, seal),
                other => other.map(|()| Committed::Yes),
            };
            match committed {
                // The answerer lives as long as anyone waits for it.
                Ok(committed) => drop(answers.send((done, committed))),
                Err(error) => tracing::error!(%error, "a group of writes was not committed"),
            }
        }
        // A file in good order needs nothing made anew; a server's sums are as its events.
        if let Some((connection, mut state)) = self.open
            && self.watch.is_some_and(|watch| watch.lost().is_ok())
            && let Err(error) = fold(&connection, &mut state)
        {
            tracing::warn!(%error, "the sums were not folded in; the next start does it");
        }
    }

    /// Commits a group, and looks whether that is where the ledger still is.
    fn write_group(
        &mut self,
        waiting: &mut mpsc::Receiver<WriterCommand>,
        group: &mut Vec<WriterCommand>,
        group_sizes: &Histogram,
        answers: &mut Vec<Notification>,
        seal: &mut Option<Seal>,
    ) -> Result<(), StoreError> {
        self.watch.as_ref().map_or(Ok(()), |watch| watch.lost())?;
        // One that has ended meanwhile takes no group with it.
        let (connection, mut state) = match self.open.take().filter(|(connection, _)| !is_broken(connection)) {
            Some(open) => open,
            None => open(&self.source, self.tags_max)?,
        };
        in_transaction(&connection, || {
            *seal = write_all(&connection, &mut state, waiting, group, group_sizes, answers)?;
            Ok(())
        })?;
        self.open = Some((connection, state));
        // What is in no file that has a name is not there after a restart, unless somebody gives it back its name.
        self.watch.as_ref().map_or(Ok(()), |watch| watch.glance()).map_err(|_| StoreError::InDoubt(GivenIds::None))
    }

    /// What became of a commit that failed. An error where it is not there, and never will be.
    fn find_out(&mut self, failure: &StoreError, seal: Option<Seal>) -> Result<Committed, StoreError> {
        let found = self.watch.as_ref().map_or(Ok(()), |watch| watch.lost()).and_then(|()| {
            let connection = self.source.open_writer()?;
            let is_there = settle(&connection, seal)?;
            self.open = load(&connection, self.tags_max).ok().map(|state| (connection, state));
            Ok(is_there)
        });
        tracing::error!(error = %failure, "a commit failed");
        match found {
            Ok(Some(true)) => {
                tracing::warn!("what it was to keep is in the ledger");
                Ok(Committed::Yes)
            }
            Ok(Some(false)) => Err(StoreError::NotCommitted),
            Ok(None) => {
                tracing::error!("what it was to keep may be in the ledger");
                Ok(Committed::InDoubt)
            }
            Err(error) => {
                tracing::error!(%error, "what it was to keep may be in the ledger");
                Ok(Committed::InDoubt)
            }
        }
    }
}

/// A connection, and what it says.
fn open(source: &LedgerLocation, tags_max: usize) -> Result<(Connection, LedgerState), StoreError> {
    let connection = source.open_writer()?;
    let state = load(&connection, tags_max)?;
    Ok((connection, state))
}

fn load(connection: &Connection, tags_max: usize) -> Result<LedgerState, StoreError> {
    connection.snapshot(|connection| LedgerState::load(connection, tags_max))?
}

/// Writes the group within a transaction: whom to answer what once it is committed, and its seal.
fn write_all(
    connection: &Connection,
    state: &mut LedgerState,
    waiting: &mut mpsc::Receiver<WriterCommand>,
    commands: &mut Vec<WriterCommand>,
    group_sizes: &Histogram,
    answers: &mut Vec<Notification>,
) -> Result<Option<Seal>, StoreError> {
    let mut transaction = Transaction::new(connection, state)?;
    // Whoever came while others had their turn goes along.
    while commands.len() < GROUP_MAX
        && let Ok(command) = waiting.try_recv()
    {
        commands.push(command);
    }
    group_sizes.observe(f64::from(u32::try_from(commands.len()).unwrap_or(u32::MAX)));
    transaction.seek(commands.iter().flat_map(WriterCommand::ids))?;
    transaction.seek_sightings(commands.iter().flat_map(WriterCommand::sightings))?;
    for command in commands.drain(..) {
        write(&mut transaction, command, answers)?;
    }
    Ok(transaction.finish()?)
}

impl WriterCommand {
    fn events(&self) -> &[Event] {
        match self {
            WriterCommand::Append(event, _) => std::slice::from_ref(&**event),
            WriterCommand::AppendBatch(batch, _) => batch.events.as_slice(),
            WriterCommand::Reverse(..)
            | WriterCommand::Fold(_)
            | WriterCommand::Write(_)
            | WriterCommand::WriteNames(_) => &[],
        }
    }

    /// What tells whether its events are of calls that are counted already.
    fn sightings(&self) -> impl Iterator<Item = (Side, &Sighting)> {
        self.events().iter().filter_map(|event| Some((event.side, event.sighting.as_deref()?)))
    }

    /// Ids of events that may be there already.
    fn ids(&self) -> impl Iterator<Item = (Side, &str)> {
        let reversed = match self {
            WriterCommand::Reverse(reversal, _) => Some((reversal.side, reversal.event_id.as_str())),
            WriterCommand::Append(..)
            | WriterCommand::AppendBatch(..)
            | WriterCommand::Fold(_)
            | WriterCommand::Write(_)
            | WriterCommand::WriteNames(_) => None,
        };
        let own = self.events().iter().filter(|event| !event.id_is_new);
        let own = own.map(|event| (event.side, event.event_id.as_str()));
        own.chain(reversed)
    }
}

fn write(
    transaction: &mut Transaction<'_>,
    command: WriterCommand,
    answers: &mut Vec<Notification>,
) -> sql::Result<()> {
    match command {
        WriterCommand::Append(event, asker) => {
            let outcome = transaction.append(&event)?;
            answers.push(Notification::Appended(asker, event, outcome));
        }
        WriterCommand::Fold(asker) => {
            transaction.fold()?;
            let acknowledge = move |committed: Committed| drop(asker.send(committed.outcome((), GivenIds::default)));
            answers.push(Notification::Other(Box::new(acknowledge)));
        }
        WriterCommand::AppendBatch(batch, asker) => {
            let outcome = transaction.append_batch(&batch)?;
            answers.push(Notification::Other(Box::new(move |committed| {
                // Not on the thread that writes: a batch is many texts to give back.
                drop(asker.send(committed.outcome(outcome, || batch.given_ids())));
            })));
        }
        WriterCommand::Reverse(reversal, asker) => {
            let outcome = transaction.reverse(&reversal)?;
            answers.push(Notification::Other(Box::new(move |committed| {
                drop(asker.send(committed.outcome(outcome, GivenIds::default)));
            })));
        }
        WriterCommand::Write(write) => {
            answers.extend(transaction.write_apart(write)?.map(Notification::Other));
        }
        WriterCommand::WriteNames(write) => {
            answers.extend(transaction.write_apart(write)?.map(Notification::Other));
            transaction.state.names = Interner::default();
            tell_other_servers(transaction.connection)?;
        }
    }
    Ok(())
}

/// Counts the writes in each commit of a ledger.
pub(crate) fn group_sizes() -> Histogram {
    Histogram::new(WRITES)
}

/// Bounds of the number of writes in one commit.
const WRITES: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 256.0, 1_024.0, 4_096.0];
