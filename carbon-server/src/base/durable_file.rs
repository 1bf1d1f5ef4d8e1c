//! Files that last: whole under their name or not there at all, whenever a process is killed or the power fails.
//!
//! A file is written as `NAME.part` in the same folder, synced, renamed, and its folder is synced. Until then nobody finds it
//! under its name; what a killed process leaves is a `.part`, which the next one removes.

use std::{
    fs::{self, File, TryLockError},
    io::{self, ErrorKind, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};
use tempfile::TempPath;

/// Permissions of a file that holds e-mail addresses, names of clients, or secrets that sign.
pub(crate) const OWNER_ALONE: u32 = 0o600;
/// Permissions of a file for everybody, less what the process's mask takes away.
pub(crate) const EVERYBODY: u32 = 0o666;

/// A file on its way to its name; without [`Self::keep`] or [`Self::replace`] it is removed.
pub(crate) struct NewFile {
    path: PathBuf,
    part: TempPath,
    /// Locked, so that a file is written by one process at a time.
    file: File,
}

impl NewFile {
    /// Begins a file at `path`, where none may be.
    pub(crate) fn begin(path: &Path, mode: u32) -> io::Result<Self> {
        match fs::symlink_metadata(path) {
            Ok(_) => Err(io::Error::new(ErrorKind::AlreadyExists, "File exists")),
            Err(error) if error.kind() == ErrorKind::NotFound => Self::begin_over(path, mode),
            Err(error) => Err(error),
        }
    }

    /// Begins a file that is to take the place of the one at `path`, if there is one.
    pub(crate) fn begin_over(path: &Path, mode: u32) -> io::Result<Self> {
        let part = with_suffix(path, ".part");
        if let Ok(stale) = File::open(&part) {
            lock(&stale)?;
            // By its name alone: were it another name of a finished file, that one would stay as it is.
            fs::remove_file(&part)?;
        }
        let mut options = File::options();
        let file = options.read(true).write(true).create_new(true).mode(mode).open(&part)?;
        lock(&file)?;
        if !is_at(&file, &part) {
            return Err(in_use());
        }
        Ok(NewFile { path: path.to_owned(), part: TempPath::try_from_path(part)?, file })
    }

    /// Where it is until it has its name.
    pub(crate) fn part(&self) -> &Path {
        &self.part
    }

    /// What to write to.
    pub(crate) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Is to have another name in the same folder, as one that follows from what was written.
    pub(crate) fn named(self, path: &Path) -> Self {
        NewFile { path: path.to_owned(), ..self }
    }

    /// Gives it its name, unless a file has it by now; the file, still locked.
    pub(crate) fn keep(self) -> io::Result<File> {
        self.file.sync_all()?;
        self.part.persist_noclobber(&self.path)?;
        sync_folder(&self.path)?;
        Ok(self.file)
    }

    /// Gives it its name, whatever file has it.
    pub(crate) fn replace(self) -> io::Result<()> {
        self.file.sync_all()?;
        self.part.persist(&self.path)?;
        sync_folder(&self.path)
    }
}

/// Writes a new file; one that is there already is left alone.
pub(crate) fn write_new(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let mut new = NewFile::begin(path, mode)?;
    new.file().write_all(bytes)?;
    new.keep().map(drop)
}

/// Makes the entries of the folder that `path` is in last.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// `path` with `suffix` behind its name.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Whether `path` is a name of an open file.
pub(crate) fn is_at(file: &File, path: &Path) -> bool {
    let number = |found: io::Result<fs::Metadata>| found.ok().map(|found| (found.dev(), found.ino()));
    number(file.metadata()).is_some_and(|number_of_file| Some(number_of_file) == number(fs::metadata(path)))
}

fn lock(file: &File) -> io::Result<()> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => in_use(),
        TryLockError::Error(error) => error,
    })
}

fn in_use() -> io::Error {
    io::Error::new(ErrorKind::ResourceBusy, "another process is writing it")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_there_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zip");
        let mut new = NewFile::begin(&path, OWNER_ALONE).unwrap();
        new.file().write_all(b"half").unwrap();
        assert_eq!(names(folder.path()), ["a.zip.part"]);
        let second = NewFile::begin(&path, OWNER_ALONE).err().unwrap();
        assert_eq!(second.to_string(), "another process is writing it");
        drop(new);
        assert_eq!(names(folder.path()), [""; 0], "what was given up is gone");

        // Of a process that was killed.
        fs::write(folder.path().join("a.zip.part"), "half").unwrap();
        write_new(&path, b"whole", OWNER_ALONE).unwrap();
        assert_eq!(
            (names(folder.path()), fs::read(&path).unwrap()),
            (vec!["a.zip".to_owned()], b"whole".to_vec())
        );
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, OWNER_ALONE);
    }

    #[test]
    fn a_file_that_is_there_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zip");
        let new = NewFile::begin(&path, OWNER_ALONE).unwrap();
        // Somebody else makes it meanwhile.
        fs::write(&path, "theirs").unwrap();
        assert_eq!(new.keep().unwrap_err().kind(), ErrorKind::AlreadyExists);
        let again = write_new(&path, b"ours", OWNER_ALONE).unwrap_err();
        assert_eq!(again.to_string(), "File exists");
        assert_eq!(
            (names(folder.path()), fs::read(&path).unwrap()),
            (vec!["a.zip".to_owned()], b"theirs".to_vec())
        );
        let mut new = NewFile::begin_over(&path, OWNER_ALONE).unwrap();
        new.file().write_all(b"ours").unwrap();
        new.replace().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"ours");
    }

    #[test]
    fn a_left_over_name_of_a_finished_file_is_only_a_name() {
        let folder = tempfile::tempdir().unwrap();
        let [path, finished] = ["a.zip", "b.zip"].map(|name| folder.path().join(name));
        fs::write(&finished, "whole").unwrap();
        fs::hard_link(&finished, folder.path().join("a.zip.part")).unwrap();
        write_new(&path, b"new", OWNER_ALONE).unwrap();
        assert_eq!(fs::read(&finished).unwrap(), b"whole");
    }
}
