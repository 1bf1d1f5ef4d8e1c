//! Read connections, each used by one blocking task at a time.

use super::{BUSY_TIMEOUT, STATEMENTS_KEPT, StoreError};
use rusqlite::{Connection, OpenFlags};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::Semaphore;

/// Reads at the same time; more wait their turn.
const READERS_MAX: usize = 4;

/// A small pool that opens connections as they are needed and keeps them.
pub(crate) struct Readers {
    path: PathBuf,
    turns: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    pub(crate) fn new(path: &Path) -> Self {
        Readers { path: path.to_owned(), turns: Arc::new(Semaphore::new(READERS_MAX)), idle: Arc::default() }
    }

    /// Runs `read` on a thread that may block. It sees one consistent state of the ledger.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let turn = self.turns.clone().acquire_owned().await.expect("the semaphore is never closed");
        let (path, idle) = (self.path.clone(), self.idle.clone());
        let task = tokio::task::spawn_blocking(move || {
            // An asker who goes away stops waiting, not the read: its turn lasts as long as it does.
            let _held = turn;
            let kept = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut connection = kept.map_or_else(|| open(&path), Ok)?;
            let snapshot = connection.transaction()?;
            let answer = read(&snapshot);
            snapshot.commit()?;
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            Ok(answer?)
        });
        task.await.expect("reads do not panic and are not cancelled")
    }
}

/// A connection that only reads.
pub(super) fn open(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(connection)
}
