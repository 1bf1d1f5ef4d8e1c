//! The files that an import writes next to its input: its progress, and the rows that it could not count.

use crate::{
    base::{
        digest::hex,
        durable_file::{OWNER_ALONE, is_at, sync_folder, with_suffix},
    },
    command::import::options::{ImportFile, ImportOptions, Imported, NotImported, RejectedRow},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File, TryLockError},
    io::{Read, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// The progress of an import, in a file next to the imported one until the import is complete.
pub(super) struct Checkpoint {
    path: PathBuf,
    /// Locked, so that a file is imported by one run at a time.
    file: File,
    /// Identifies the input and the target; progress of another import is ignored.
    import_id: String,
}

/// The recorded progress.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
pub(super) struct Done {
    pub(super) imported: Imported,
    /// Position of the last row that was stored, to notice a ledger that was restored from a backup since.
    pub(super) last_kept: u64,
    /// Bytes of the file of rejected rows.
    pub(super) rejected_bytes: u64,
}

#[derive(Serialize, Deserialize)]
struct CheckpointRecord {
    import_id: String,
    done: Done,
}

impl Checkpoint {
    /// Opens and locks the file for this import.
    pub(super) fn of(options: &ImportOptions, target: &str) -> Result<Self, NotImported> {
        /// Enough to distinguish exports.
        const HEAD_BYTES: u64 = 64 * 1024;
        let ImportOptions { export: ImportFile { file, format, columns, tenant_fields }, tenant_id, .. } =
            options;
        let (mut head, input) = (Vec::new(), File::open(file).map_err(NotImported::at(file))?);
        let bytes = input.metadata().map_err(NotImported::at(file))?.len();
        input.take(HEAD_BYTES).read_to_end(&mut head).map_err(NotImported::at(file))?;
        let identity = format!("{bytes} {format:?} {columns:?} {tenant_id:?} {tenant_fields:?} {target}");
        let sha256 = Sha256::new_with_prefix(identity).chain_update(head).finalize();
        let path = with_suffix(file, ".importing");
        let mut open = File::options();
        let open = open.read(true).write(true).create(true).truncate(false).mode(OWNER_ALONE);
        let noted = open.open(&path).map_err(NotImported::at(&path))?;
        match noted.try_lock() {
            // A file that was removed in the meantime protects nothing.
            Ok(()) if is_at(&noted, &path) => Ok(Checkpoint { path, file: noted, import_id: hex(&sha256) }),
            Ok(()) | Err(TryLockError::WouldBlock) => {
                Err(NotImported::Options(format!("{}: is being imported by another run", file.display())))
            }
            Err(TryLockError::Error(error)) => Err(NotImported::at(&path)(error)),
        }
    }

    /// The progress of an earlier, interrupted run of the same import.
    pub(super) fn read(&mut self) -> Result<Option<Done>, NotImported> {
        let mut json = Vec::new();
        self.file.read_to_end(&mut json).map_err(NotImported::at(&self.path))?;
        // If it cannot be read, the import starts over, which is safe.
        let noted = serde_json::from_slice::<CheckpointRecord>(&json).ok();
        Ok(noted.filter(|noted| noted.import_id == self.import_id).map(|noted| noted.done))
    }

    /// Records the progress.
    pub(super) fn write(&mut self, done: Done) -> Result<(), NotImported> {
        let noted = CheckpointRecord { import_id: self.import_id.clone(), done };
        let json = serde_json::to_vec(&noted).expect("numbers and strings always serialise");
        // Shorter than a sector: after a power cut it is this record or the one before, and both are true.
        let write = |file: &mut File| {
            file.seek(SeekFrom::Start(0))?;
            file.write_all(&json)?;
            file.set_len(json.len() as u64)
        };
        write(&mut self.file).map_err(NotImported::at(&self.path))
    }

    /// Removes the file of a complete import.
    pub(super) fn remove(self) -> Result<(), NotImported> {
        fs::remove_file(&self.path).map_err(NotImported::at(&self.path))
    }
}

/// Rows that could not be counted, one JSON object per line, in a file that is created for the first.
pub(super) struct Rejections {
    path: PathBuf,
    file: Option<File>,
    bytes: u64,
}

impl Rejections {
    /// Continues after the `bytes` that an earlier run recorded; starts over if there are none.
    pub(super) fn after(file: &Path, bytes: u64) -> Result<Self, NotImported> {
        let path = with_suffix(file, ".rejected");
        if bytes == 0 {
            // Left by a complete import, whose reasons may be out of date.
            drop(fs::remove_file(&path));
            return Ok(Rejections { path, file: None, bytes: 0 });
        }
        let mut rejected = open(&path)?;
        // Rows written after the last record are written again.
        let cut = rejected.set_len(bytes).and_then(|()| rejected.seek(SeekFrom::End(0)));
        cut.map_err(NotImported::at(&path))?;
        Ok(Rejections { path, file: Some(rejected), bytes })
    }

    /// Appends rows, in their order.
    pub(super) fn add(&mut self, mut rejected: Vec<RejectedRow>) -> Result<(), NotImported> {
        if rejected.is_empty() {
            return Ok(());
        }
        rejected.sort_by_key(|rejected| rejected.row);
        let mut lines = Vec::new();
        for row in rejected {
            serde_json::to_writer(&mut lines, &row).expect("numbers and strings always serialise");
            lines.push(b'\n');
        }
        if self.file.is_none() {
            self.file = Some(open(&self.path)?);
            sync_folder(&self.path).map_err(NotImported::at(&self.path))?;
        }
        let file = self.file.as_mut().expect("it was just opened");
        // Before it is noted that they are there.
        let written = file.write_all(&lines).and_then(|()| file.sync_data());
        written.map_err(NotImported::at(&self.path))?;
        self.bytes += lines.len() as u64;
        Ok(())
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }
}

fn open(path: &Path) -> Result<File, NotImported> {
    let mut options = File::options();
    options
        .create(true)
        .truncate(false)
        .write(true)
        .mode(OWNER_ALONE)
        .open(path)
        .map_err(NotImported::at(path))
}
