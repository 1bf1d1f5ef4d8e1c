//! A copy of the book while it is written to.

use crate::store::error::StoreError;
use rusqlite::{
    Connection,
    backup::{Backup, StepResult},
};
use std::{fs::File, os::unix::fs::OpenOptionsExt, path::Path};

/// Copies the ledger at `from` to the new file `to`, as it stands at one moment. Nobody waits for it.
pub(crate) fn backup(from: &Path, to: &Path) -> Result<(), StoreError> {
    let source = crate::store::sqlite::open_reader(from)?;
    crate::store::sqlite::migration::is_current(&source)?;
    // Never over a file that is there: it may be the last good copy.
    let new = File::options().write(true).create_new(true).mode(crate::store::sqlite::OWNER_ALONE).open(to);
    drop(new.map_err(StoreError::CannotOpen)?);
    let copied = copy(&source, to);
    if copied.is_err() {
        // Half a copy is none.
        drop(std::fs::remove_file(to));
    }
    copied
}

fn copy(source: &Connection, to: &Path) -> Result<(), StoreError> {
    let mut target = Connection::open(to)?;
    // All pages in one step, out of one snapshot: a copy in steps would start anew with every commit in between.
    match Backup::new(source, &mut target)?.step(-1)? {
        StepResult::Done => {}
        _ => return Err(StoreError::Busy),
    }
    target.close().map_err(|(_, error)| error)?;
    File::open(to).and_then(|file| file.sync_all()).map_err(StoreError::CannotOpen)
}
