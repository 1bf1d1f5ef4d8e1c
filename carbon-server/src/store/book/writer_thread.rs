//! What the writer's thread does: groups of writes, one transaction each, and what became of one whose commit failed.

use crate::store::{
    book::{
        LedgerState, Seal, Transaction, fold,
        names::Interner,
        settle, tell_other_servers,
        write_queue::WriteTurns,
        writer_command::{Committed, Notification, SentCommand, WriterCommand},
    },
    error::{GivenIds, StoreError},
    limits::{QUEUE_MAX, Until},
    source::{LedgerLocation, is_broken},
    sql::{self, Connection, transaction::in_transaction},
    sqlite::watch::FileWatch,
};
use prometheus_client::metrics::histogram::Histogram;
use std::sync::Arc;
use tokio::sync::mpsc;

/// A book, and what is known of it.
pub(in crate::store) struct WriterOpening {
    pub(in crate::store) source: LedgerLocation,
    /// Different tags that a tenant may have.
    pub(in crate::store) tags_max: usize,
    /// None before the first write, and after a failure: what was known by heart may not have reached the ledger, and a
    /// connection may be none.
    pub(in crate::store) open: Option<(Connection, LedgerState)>,
}

/// What the thread has at hand.
pub(super) struct WriterThread {
    pub(super) opening: WriterOpening,
    pub(super) watch: Option<Arc<FileWatch>>,
}

impl WriterThread {
    /// Until nobody can ask any more, and all who asked are answered.
    pub(super) fn run(
        mut self,
        turns: WriteTurns<SentCommand>,
        answers: &mpsc::UnboundedSender<(Vec<Notification>, Committed)>,
        group_sizes: &Histogram,
    ) {
        let mut group = Vec::new();
        while turns.begin(&mut group) {
            let Some(until) = self.begin(&mut group) else { continue };
            let (mut done, mut seal) = (Vec::new(), None);
            let written = self.write_group(&turns, &mut group, until, group_sizes, &mut done, &mut seal);
            if written.is_err() {
                // Whoever is told that nothing was stored is told of a file that was lost, where that is why.
                drop(self.glance());
            }
            // Whoever is still in it learns that nothing was stored.
            group.clear();
            let committed = match written {
                Err(error) if error.is_in_doubt() => self.find_out(&error, seal, until),
                other => other.map(|()| Committed::Yes),
            };
            match committed {
                // The answerer lives as long as anyone waits for it.
                Ok(committed) => drop(answers.send((done, committed))),
                Err(error) => tracing::error!(%error, "a group of writes was not committed"),
            }
        }
        // A file in good order needs nothing made anew; a server's sums are as its events.
        if let Some((connection, mut state)) = self.opening.open
            && self.watch.is_some_and(|watch| watch.lost().is_ok())
            && let Err(error) = fold(&connection, &mut state)
        {
            tracing::warn!(%error, "the sums were not folded in; the next start does it");
        }
    }

    /// Until when a group is answered; `None` where nobody is left in it. On a server, what has waited for too long is not begun:
    /// what is begun has time enough.
    fn begin(&self, group: &mut Vec<SentCommand>) -> Option<Until> {
        if let LedgerLocation::Sqlite { .. } = self.opening.source {
            return Some(Until::NEVER);
        }
        let all = group.len();
        group.retain(|command| command.sent.elapsed() < QUEUE_MAX);
        if group.len() < all {
            tracing::error!(
                writes = all - group.len(),
                "writes have waited for too long: nothing was stored"
            );
        }
        group.iter().map(|command| command.sent).min().map(Until::answered)
    }

    /// Commits a group, and looks whether that is where the ledger still is.
    fn write_group(
        &mut self,
        turns: &WriteTurns<SentCommand>,
        group: &mut Vec<SentCommand>,
        until: Until,
        group_sizes: &Histogram,
        answers: &mut Vec<Notification>,
        seal: &mut Option<Seal>,
    ) -> Result<(), StoreError> {
        self.watch.as_ref().map_or(Ok(()), |watch| watch.lost())?;
        // One that has ended meanwhile takes no group with it.
        let (connection, mut state) =
            match self.opening.open.take().filter(|(connection, _)| !is_broken(connection)) {
                Some(open) => open,
                None => {
                    self.glance()?;
                    open(&self.opening.source, self.opening.tags_max, until)?
                }
            };
        connection.answer(until);
        if let Connection::Sqlite(file) = &connection {
            // Whoever came since goes along: of a group that has begun, it stays as it is whether references are checked.
            turns.join(group);
            check_references(file, &mut state, !group.iter().all(|sent| sent.command.is_of_events()))?;
        }
        in_transaction(&connection, || {
            *seal = write_all(&connection, &mut state, turns, group, group_sizes, answers)?;
            Ok(())
        })?;
        self.opening.open = Some((connection, state));
        // What is in no file that has a name is not there after a restart, unless somebody gives it back its name.
        self.glance().map_err(|_| StoreError::InDoubt(GivenIds::None))
    }

    /// Whether the ledger is still where it was.
    fn glance(&self) -> Result<(), StoreError> {
        self.watch.as_ref().map_or(Ok(()), |watch| watch.glance())
    }

    /// What became of a commit that failed. An error where it is not there, and never will be.
    fn find_out(
        &mut self,
        failure: &StoreError,
        seal: Option<Seal>,
        until: Until,
    ) -> Result<Committed, StoreError> {
        if failure.is_out_of_time() {
            // It still has the turn: whoever asks what became of it would wait for it again.
            tracing::error!(error = %failure, "what a commit was to keep may be in the ledger");
            return Ok(Committed::InDoubt);
        }
        let found = self.glance().and_then(|()| {
            let connection = self.opening.source.open_writer_until(until)?;
            let is_there = settle(&connection, seal)?;
            self.opening.open =
                load(&connection, self.opening.tags_max).ok().map(|state| (connection, state));
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

/// Has a file look up what rows refer to, or not: in no transaction. A group of events does without. The writer has found the
/// numbers of tenants and deployments by the account, or has just given them, and `check` holds each event against them; the
/// look-ups would be a fifth of what a row costs.
fn check_references(file: &rusqlite::Connection, state: &mut LedgerState, wanted: bool) -> sql::Result<()> {
    if state.checks_references != wanted {
        file.pragma_update(None, "foreign_keys", wanted)?;
        state.checks_references = wanted;
    }
    Ok(())
}

/// A connection, and what it says.
fn open(
    source: &LedgerLocation,
    tags_max: usize,
    until: Until,
) -> Result<(Connection, LedgerState), StoreError> {
    let connection = source.open_writer_until(until)?;
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
    turns: &WriteTurns<SentCommand>,
    commands: &mut Vec<SentCommand>,
    group_sizes: &Histogram,
    answers: &mut Vec<Notification>,
) -> Result<Option<Seal>, StoreError> {
    let mut transaction = Transaction::new(connection, state)?;
    if let Connection::Postgres(_) = connection {
        // Whoever came while others had their turn goes along.
        turns.join(commands);
    }
    group_sizes.observe(f64::from(u32::try_from(commands.len()).unwrap_or(u32::MAX)));
    transaction.seek(commands.iter().flat_map(|sent| sent.command.ids()))?;
    transaction.seek_sightings(commands.iter().flat_map(|sent| sent.command.sightings()))?;
    for SentCommand { command, .. } in commands.drain(..) {
        write(&mut transaction, command, answers)?;
    }
    Ok(transaction.finish()?)
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
            let acknowledge =
                move |committed: Committed| drop(asker.send(committed.outcome((), GivenIds::default)));
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
