//! What an import leaves beside its file: how far it has got, and which rows it could not count.

use crate::{
    base::digest::hex,
    command::import::run::{Export, ImportOptions, Imported, NotImported, Rejected},
    store::OWNER_ALONE,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File, TryLockError},
    io::{Read, Seek, SeekFrom, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// How far an import has got: in a file beside the one that is imported, for as long as it is under way.
pub(super) struct Checkpoint {
    path: PathBuf,
    /// Locked: one import of a file at a time.
    file: File,
    /// What is imported and to where: of anything else it tells nothing.
    import_id: String,
}

/// What is noted.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
pub(super) struct Done {
    pub(super) imported: Imported,
    /// Place among the rows of the last one that was kept: what it was kept in may have gone back since.
    pub(super) last_kept: u64,
    /// Bytes of the file of rejected rows.
    pub(super) rejected_bytes: u64,
}

#[derive(Serialize, Deserialize)]
struct Noted {
    import_id: String,
    done: Done,
}

/// The path with `suffix` behind it.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

impl Checkpoint {
    /// Takes the file for this import.
    pub(super) fn of(wanted: &ImportOptions, target: &str) -> Result<Self, NotImported> {
        /// Enough to tell one export from another.
        const HEAD_BYTES: u64 = 64 * 1024;
        let ImportOptions { export: Export { file, format, columns, tenant_fields }, tenant_id, .. } = wanted;
        let (mut head, input) = (Vec::new(), File::open(file).map_err(NotImported::at(file))?);
        let bytes = input.metadata().map_err(NotImported::at(file))?.len();
        input.take(HEAD_BYTES).read_to_end(&mut head).map_err(NotImported::at(file))?;
        let wishes = format!("{bytes} {format:?} {columns:?} {tenant_id:?} {tenant_fields:?} {target}");
        let sha256 = Sha256::new_with_prefix(wishes).chain_update(head).finalize();
        let path = beside(file, ".importing");
        let mut options = File::options();
        let options = options.read(true).write(true).create(true).truncate(false).mode(OWNER_ALONE);
        let noted = options.open(&path).map_err(NotImported::at(&path))?;
        match noted.try_lock() {
            // One that was removed meanwhile is nobody's.
            Ok(()) if is_at(&noted, &path) => Ok(Checkpoint { path, file: noted, import_id: hex(&sha256) }),
            Ok(()) | Err(TryLockError::WouldBlock) => {
                Err(NotImported::Wish(format!("{}: is being imported by another run", file.display())))
            }
            Err(TryLockError::Error(error)) => Err(NotImported::at(&path)(error)),
        }
    }

    /// What an earlier run of the same import has done, where it was cut short.
    pub(super) fn read(&mut self) -> Result<Option<Done>, NotImported> {
        let mut json = Vec::new();
        self.file.read_to_end(&mut json).map_err(NotImported::at(&self.path))?;
        // What cannot be read tells nothing, and starting over changes nothing twice.
        let noted = serde_json::from_slice::<Noted>(&json).ok();
        Ok(noted.filter(|noted| noted.import_id == self.import_id).map(|noted| noted.done))
    }

    /// Notes what is done.
    pub(super) fn write(&mut self, done: Done) -> Result<(), NotImported> {
        let noted = Noted { import_id: self.import_id.clone(), done };
        let json = serde_json::to_vec(&noted).expect("numbers and texts always serialise");
        let write = |file: &mut File| {
            file.seek(SeekFrom::Start(0))?;
            file.write_all(&json)?;
            file.set_len(json.len() as u64)
        };
        write(&mut self.file).map_err(NotImported::at(&self.path))
    }

    /// The import is done.
    pub(super) fn remove(self) -> Result<(), NotImported> {
        fs::remove_file(&self.path).map_err(NotImported::at(&self.path))
    }
}

/// Rows that could not be counted: a line of JSON each, in a file that is made with the first.
pub(super) struct Rejections {
    path: PathBuf,
    file: Option<File>,
    bytes: u64,
}

impl Rejections {
    /// Behind the `bytes` that an earlier run has noted; without them, from the start.
    pub(super) fn after(file: &Path, bytes: u64) -> Result<Self, NotImported> {
        let path = beside(file, ".rejected");
        if bytes == 0 {
            // Of an import that is done: its reasons may hold no more.
            drop(fs::remove_file(&path));
            return Ok(Rejections { path, file: None, bytes: 0 });
        }
        let mut rejected = open(&path)?;
        // What was written and not noted comes again.
        let cut = rejected.set_len(bytes).and_then(|()| rejected.seek(SeekFrom::End(0)));
        cut.map_err(NotImported::at(&path))?;
        Ok(Rejections { path, file: Some(rejected), bytes })
    }

    /// Writes rows down, in their order.
    pub(super) fn add(&mut self, mut rejected: Vec<Rejected>) -> Result<(), NotImported> {
        if rejected.is_empty() {
            return Ok(());
        }
        rejected.sort_by_key(|rejected| rejected.row);
        let mut lines = Vec::new();
        for row in rejected {
            serde_json::to_writer(&mut lines, &row).expect("numbers and texts always serialise");
            lines.push(b'\n');
        }
        if self.file.is_none() {
            self.file = Some(open(&self.path)?);
        }
        let file = self.file.as_mut().expect("it was opened just now");
        file.write_all(&lines).map_err(NotImported::at(&self.path))?;
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

/// Whether the file is the one that stands there.
fn is_at(file: &File, path: &Path) -> bool {
    let number = |metadata: std::io::Result<fs::Metadata>| metadata.ok().map(|metadata| metadata.ino());
    number(file.metadata()) == number(fs::metadata(path))
}
