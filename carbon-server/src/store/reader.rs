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

/// A small pool that opens connections as they are needed and keeps them.
#[derive(Clone)]
pub(crate) struct Readers {
    source: LedgerLocation,
    /// Where the ledger is a file: one that was lost is not read.
    watch: Option<Arc<FileWatch>>,
    turns: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    pub(super) fn new(source: LedgerLocation, watch: Option<Arc<FileWatch>>) -> Self {
        Readers { source, watch, turns: Arc::new(Semaphore::new(READERS_MAX)), idle: Arc::default() }
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
            let connection = match usable(&idle) {
                Some(connection) => connection,
                None => {
                    // Not one to whatever has the name by now.
                    watch.map_or(Ok(()), |watch| watch.glance())?;
                    source.open_reader()?
                }
            };
            let answer = connection.snapshot(read)?;
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
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
fn usable(idle: &Mutex<Vec<Connection>>) -> Option<Connection> {
    loop {
        let kept = idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        if !is_broken(&kept) {
            return Some(kept);
        }
    }
}
