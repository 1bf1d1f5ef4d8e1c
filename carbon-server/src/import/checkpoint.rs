//! What an import leaves beside its file: how far it has got, and which rows it could not count.

use super::{Export, ImportWanted, Imported, NotImported, Rejected};
use crate::store::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File},
    io::{BufWriter, ErrorKind, Read, Write},
    path::{Path, PathBuf},
};

/// How far an import has got: in a file beside the one that is imported, for as long as it is under way.
pub(super) struct Checkpoint {
    path: PathBuf,
    /// What is imported and to where: of anything else it tells nothing.
    import_id: String,
}

#[derive(Serialize, Deserialize)]
struct Noted {
    import_id: String,
    imported: Imported,
}

/// The path with `suffix` behind it.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn cannot(path: &Path) -> impl FnOnce(std::io::Error) -> NotImported {
    let path = path.display().to_string();
    move |cause| NotImported::File { path, cause }
}

impl Checkpoint {
    pub(super) fn of(wanted: &ImportWanted, target: &str) -> Result<Self, NotImported> {
        /// Enough to tell one export from another.
        const HEAD_BYTES: u64 = 64 * 1024;
        let ImportWanted { export: Export { file, format, columns, tenant_fields }, tenant_id, .. } = wanted;
        let (mut head, input) = (Vec::new(), File::open(file).map_err(cannot(file))?);
        let bytes = input.metadata().map_err(cannot(file))?.len();
        input.take(HEAD_BYTES).read_to_end(&mut head).map_err(cannot(file))?;
        let wishes = format!("{bytes} {format:?} {columns:?} {tenant_id:?} {tenant_fields:?} {target}");
        let sha256 = Sha256::new_with_prefix(wishes).chain_update(head).finalize();
        Ok(Checkpoint { path: beside(file, ".importing"), import_id: hex(&sha256) })
    }

    /// What an earlier run of the same import has done, where it was cut short.
    pub(super) fn read(&self) -> Result<Option<Imported>, NotImported> {
        match fs::read(&self.path) {
            // What cannot be read tells nothing, and starting over changes nothing twice.
            Ok(json) => Ok(serde_json::from_slice::<Noted>(&json)
                .ok()
                .filter(|noted| noted.import_id == self.import_id)
                .map(|noted| noted.imported)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(cannot(&self.path)(error)),
        }
    }

    /// Notes what is done: whole or not at all.
    pub(super) fn write(&mut self, imported: &Imported) -> Result<(), NotImported> {
        let noted = Noted { import_id: self.import_id.clone(), imported: *imported };
        let json = serde_json::to_vec(&noted).expect("numbers and texts always serialise");
        let new = beside(&self.path, ".new");
        fs::write(&new, json).and_then(|()| fs::rename(&new, &self.path)).map_err(cannot(&self.path))
    }

    /// The import is done.
    pub(super) fn remove(self) -> Result<(), NotImported> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(cannot(&self.path)(error)),
            _ => Ok(()),
        }
    }
}

/// Rows that could not be counted: a line of JSON each, in a file that is made with the first.
pub(super) struct Rejections {
    path: PathBuf,
    file: Option<BufWriter<File>>,
}

impl Rejections {
    /// `goes_on` where an earlier run's stand there already.
    pub(super) fn new(file: &Path, goes_on: bool) -> Self {
        let path = beside(file, ".rejected");
        if !goes_on {
            // Of an import that is done: its reasons may hold no more. Where it cannot be removed, writing will say so.
            drop(fs::remove_file(&path));
        }
        Rejections { path, file: None }
    }

    pub(super) fn add(&mut self, rejected: &Rejected) -> Result<(), NotImported> {
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                let opened = File::options().create(true).append(true).open(&self.path);
                none.insert(BufWriter::new(opened.map_err(cannot(&self.path))?))
            }
        };
        let mut line = serde_json::to_vec(rejected).expect("numbers and texts always serialise");
        line.push(b'\n');
        file.write_all(&line).map_err(cannot(&self.path))
    }

    /// Before it is noted that they are done.
    pub(super) fn flush(&mut self) -> Result<(), NotImported> {
        self.file.as_mut().map_or(Ok(()), |file| file.flush().map_err(cannot(&self.path)))
    }
}
