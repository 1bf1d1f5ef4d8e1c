//! A copy of the book while it is written to.

use crate::{
    base::durable_file::{NewFile, OWNER_ALONE},
    store::{
        error::StoreError,
        sqlite::{
            file::{is_missing, open_without_journal},
            migration::is_current,
            open_reader,
        },
    },
};
use rusqlite::{
    Connection,
    backup::{Backup, StepResult},
};
use std::path::Path;

/// Copies the ledger at `from` to the new file `to`, as it stands at one moment. Nobody waits for it. When this returns, the
/// copy outlasts a power cut; until then there is no file of that name.
pub(crate) fn backup(from: &Path, to: &Path) -> Result<(), StoreError> {
    let source = open_reader(from)?;
    is_current(&source)?;
    // The log of another ledger of that name would be taken for its own.
    is_missing(to)?;
    // Never over a file that is there: it may be the last good copy.
    let new = NewFile::begin(to, OWNER_ALONE).map_err(StoreError::CannotOpen)?;
    copy(&source, new.part())?;
    new.keep().map_err(StoreError::CannotOpen)?;
    Ok(())
}

fn copy(source: &Connection, to: &Path) -> Result<(), StoreError> {
    // A journal that outlasted a power cut would undo the copy.
    let mut target = open_without_journal(to)?;
    // All pages in one step, out of one snapshot: a copy in steps would start anew with every commit in between.
    match Backup::new(source, &mut target)?.step(-1)? {
        StepResult::Done => {}
        _ => return Err(StoreError::Busy),
    }
    target.close().map_err(|(_, error)| error)?;
    Ok(())
}
