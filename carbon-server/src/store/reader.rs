//! Read connections, each used by one blocking task at a time.

use crate::store::{
    error::StoreError,
    source::{LedgerLocation, is_broken},
    sql::{self, Connection},
    sqlite::watch::FileWatch,
};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// Reads at the same time; more wait their turn.
const READERS_MAX: usize = 4;

/// A small pool that opens connections as they are needed and keeps them. The books of a ledger share one: a connection to
/// where they all are reads now this one, now that.
#[derive(Clone)]
pub(crate) struct Readers {
    /// Where the book is.
    source: LedgerLocation,
    /// Where the ledger is a file: one that was lost is not read.
    watch: Option<Arc<FileWatch>>,
    turns: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<IdleConnection>>>,
}

/// A connection that was kept.
struct IdleConnection {
    /// The server that it is to, where that is not the ledger's own.
    node: Option<String>,
    connection: Connection,
}

impl Readers {
    pub(super) fn new(source: LedgerLocation, watch: Option<Arc<FileWatch>>) -> Self {
        Readers { source, watch, turns: Arc::new(Semaphore::new(READERS_MAX)), idle: Arc::default() }
    }

    /// Where the book is.
    pub(super) fn location(&self) -> &LedgerLocation {
        &self.source
    }

    /// The same pool, for another book.
    pub(super) fn of_book(&self, source: LedgerLocation) -> Self {
        Readers { source, ..self.clone() }
    }

    /// Runs `read` on a thread that may block. It sees one consistent state of the ledger.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> sql::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.watch.as_ref().map_or(Ok(()), |watch| watch.lost())?;
        let turn = self.turns.clone().acquire_owned().await.expect("the semaphore is never closed");
        let Readers { source, idle, watch, .. } = self.clone();
        let task = tokio::task::spawn_blocking(move || {
            // An asker who goes away stops waiting, not the read: its turn lasts as long as it does.
            let _held = turn;
            let node = source.node();
            let connection = match usable(&idle, node) {
                Some(connection) => connection,
                None => {
                    // Not one to whatever has the name by now.
                    watch.map_or(Ok(()), |watch| watch.glance())?;
                    source.open_reader()?
                }
            };
            source.enter(&connection)?;
            let answer = connection.snapshot(read)?;
            let kept = IdleConnection { node: node.map(str::to_owned), connection };
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(kept);
            Ok(answer?)
        });
        task.await.expect("reads do not panic and are not cancelled")
    }

    /// Closes the connections that are idle.
    pub(super) async fn close(self) {
        // One to a server ends on a thread that may block.
        let closing = tokio::task::spawn_blocking(move || drop(self));
        closing.await.expect("closing does not panic and is not cancelled");
    }
}

/// A connection that was kept, and is still one: a server may have ended it meanwhile.
fn usable(idle: &Mutex<Vec<IdleConnection>>, node: Option<&str>) -> Option<Connection> {
    loop {
        let mut idle = idle.lock().unwrap_or_else(PoisonError::into_inner);
        let place = idle.iter().rposition(|kept| kept.node.as_deref() == node)?;
        let IdleConnection { connection, .. } = idle.swap_remove(place);
        drop(idle);
        if !is_broken(&connection) {
            return Some(connection);
        }
    }
}
