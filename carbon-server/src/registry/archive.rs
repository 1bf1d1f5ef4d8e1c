//! A zip of the tables of one set: how sets are handed on, and how a ledger keeps them.

use carbon_core::{FactorSet, registry::Tables};
use std::{
    collections::BTreeMap,
    io::{Cursor, Read, Write},
};
use thiserror::Error;
use zip::{CompressionMethod, ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions};

/// The member with the name of the set; every other is a table.
pub(crate) const VERSION_FILE: &str = "version.txt";
/// Bytes of an archive: a hundred times what the sets that ship take.
pub(crate) const ARCHIVE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Bytes of one file of it, unpacked.
const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Bytes of all its files, unpacked.
const FILES_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// Tables that hold an account's own entries, which are not the operator's.
const OWN: &str = "own_";

/// The tables of a set, as text, and its version where it is stated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SetArchive {
    pub(crate) version: Option<String>,
    /// By name.
    tables: BTreeMap<String, String>,
}

/// Why files are not the tables of a set.
#[derive(Debug, Error)]
pub(crate) enum ArchiveFault {
    #[error("it is not a zip file: {0}")]
    NotAZip(ZipError),
    #[error("it has more than {ARCHIVE_BYTES_MAX} bytes")]
    TooLarge,
    #[error("it holds two files of the same name")]
    Duplicate,
    #[error("{0:?} cannot be read: {1}")]
    Unreadable(String, String),
    #[error("{0:?} is in a folder: the tables must be at the top of the zip (with `zip`, use -j)")]
    InAFolder(String),
    #[error("{0:?} is not a file")]
    NotAFile(String),
    #[error("{0:?} is no table of a factor set, and is not {VERSION_FILE}")]
    UnknownFile(String),
    #[error("{0:?} has more than {FILE_BYTES_MAX} bytes")]
    FileTooLarge(String),
    #[error("its files have more than {FILES_BYTES_MAX} bytes")]
    FilesTooLarge,
    #[error("{0:?} is not text in UTF-8")]
    NotText(String),
    #[error("it holds no table")]
    Empty,
}

impl SetArchive {
    /// What a zip file holds. Nothing of it is skipped: what has no place in a set is refused.
    pub(crate) fn unzip(zip: &[u8]) -> Result<Self, ArchiveFault> {
        if zip.len() > ARCHIVE_BYTES_MAX {
            return Err(ArchiveFault::TooLarge);
        }
        let mut zip = ZipArchive::new(Cursor::new(zip)).map_err(ArchiveFault::NotAZip)?;
        if zip.has_duplicate_names() {
            return Err(ArchiveFault::Duplicate);
        }
        let mut archive = SetArchive::default();
        for place in 0..zip.len() {
            let file = zip.by_index(place);
            let file = file.map_err(|error| {
                ArchiveFault::Unreadable(format!("file {}", place + 1), error.to_string())
            })?;
            let name = file.name().map(|name| name.into_owned()).map_err(ArchiveFault::NotAZip)?;
            if name.contains(['/', '\\']) {
                return Err(ArchiveFault::InAFolder(name));
            }
            if !file.is_file() {
                return Err(ArchiveFault::NotAFile(name));
            }
            archive.take(&name, file)?;
        }
        archive.or_empty()
    }

    /// Adds a file to the others.
    pub(crate) fn take(&mut self, name: &str, file: impl Read) -> Result<(), ArchiveFault> {
        if name != VERSION_FILE && (name.starts_with(OWN) || Tables::of_files([(name, "")]).is_none()) {
            return Err(ArchiveFault::UnknownFile(name.to_owned()));
        }
        // What a header says of its length is not believed.
        let mut bytes = Vec::new();
        let read = file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes);
        read.map_err(|error| ArchiveFault::Unreadable(name.to_owned(), error.to_string()))?;
        if bytes.len() as u64 > FILE_BYTES_MAX {
            return Err(ArchiveFault::FileTooLarge(name.to_owned()));
        }
        let text = String::from_utf8(bytes).map_err(|_| ArchiveFault::NotText(name.to_owned()))?;
        if name == VERSION_FILE {
            self.version = Some(text.trim().to_owned());
            return Ok(());
        }
        let others: usize = self.tables.values().map(String::len).sum();
        if (others + text.len()) as u64 > FILES_BYTES_MAX {
            return Err(ArchiveFault::FilesTooLarge);
        }
        self.tables.insert(name.to_owned(), text);
        Ok(())
    }

    pub(crate) fn or_empty(self) -> Result<Self, ArchiveFault> {
        if self.tables.is_empty() { Err(ArchiveFault::Empty) } else { Ok(self) }
    }

    /// Names and texts of the tables, in the order of the names.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.tables.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    pub(crate) fn tables(&self) -> Tables<'_> {
        Tables::of_files(self.files()).unwrap_or_default()
    }
}

/// A set as a zip file: its version and its tables. The same set gives the same bytes.
pub(crate) fn zipped(set: &FactorSet) -> Result<Vec<u8>, ZipError> {
    let version = format!("{}\n", set.as_str());
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    // Without the day: it says nothing.
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, text) in set.files().unwrap_or_default().into_iter().chain([(VERSION_FILE, version.as_str())])
    {
        zip.start_file(name, options)?;
        zip.write_all(text.as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn a_set_comes_out_of_its_zip_as_it_went_in() {
        for version in FactorSet::versions() {
            let set = FactorSet::version(version).unwrap();
            let zip = zipped(set).unwrap();
            assert!(zip == zipped(set).unwrap(), "bytes differ");
            let archive = SetArchive::unzip(&zip).unwrap();
            assert_eq!(archive.version.as_deref(), Some(version));
            let read = FactorSet::from_tables("acme-1", archive.tables()).unwrap();
            assert_eq!(read.sha256(), set.sha256());
        }
    }

    #[test]
    fn what_has_no_place_in_a_set_is_refused() {
        let aliases = &b"alias,model,valid_from,valid_to,evidence\n"[..];
        let bomb = vec![b'\n'; 8 * 1024 * 1024 + 1];
        let large = &bomb[1..];
        // The second name becomes the first, where the file begins and where the zip lists it.
        let mut twice = zip_of(&[("aliases.csv", aliases), ("xliases.csv", b"another")]);
        while let Some(place) = twice.windows(11).position(|window| window == b"xliases.csv") {
            twice[place] = b'a';
        }
        let mut folder = ZipWriter::new(Cursor::new(Vec::new()));
        folder.add_directory("aliases.csv", SimpleFileOptions::default()).unwrap();
        let folder = folder.finish().unwrap().into_inner();
        let mut link = ZipWriter::new(Cursor::new(Vec::new()));
        link.add_symlink("aliases.csv", "/etc/passwd", SimpleFileOptions::default()).unwrap();
        let link = link.finish().unwrap().into_inner();
        let tables =
            ["boundaries", "clouds", "ecologits", "factors", "models"].map(|name| format!("{name}.csv"));
        let many: Vec<(&str, &[u8])> = tables.iter().map(|name| (name.as_str(), large)).collect();
        for (zip, expect) in [
            (b"no zip".to_vec(), "it is not a zip file"),
            (vec![0; ARCHIVE_BYTES_MAX + 1], "it has more than 8388608 bytes"),
            (twice, "it holds two files of the same name"),
            (zip_of(&[("../aliases.csv", aliases)]), r#""../aliases.csv" is in a folder"#),
            (zip_of(&[("2026.12.1/aliases.csv", aliases)]), "(with `zip`, use -j)"),
            (zip_of(&[(r"C:\aliases.csv", aliases)]), "is in a folder"),
            (folder, r#""aliases.csv/" is in a folder"#),
            (link, r#""aliases.csv" is not a file"#),
            (
                zip_of(&[("notes.txt", b"x")]),
                r#""notes.txt" is no table of a factor set, and is not version.txt"#,
            ),
            (zip_of(&[("Aliases.csv", aliases)]), r#""Aliases.csv" is no table"#),
            (zip_of(&[("own_names.csv", b"x")]), r#""own_names.csv" is no table"#),
            (zip_of(&[("aliases.csv", &bomb)]), r#""aliases.csv" has more than 8388608 bytes"#),
            (zip_of(&many), "its files have more than 33554432 bytes"),
            (zip_of(&[("aliases.csv", b"\xff\xfe")]), r#""aliases.csv" is not text in UTF-8"#),
            (zip_of(&[("version.txt", b"acme-1")]), "it holds no table"),
            (zip_of(&[]), "it holds no table"),
        ] {
            let error = SetArchive::unzip(&zip).unwrap_err().to_string();
            assert!(error.contains(expect), "{expect}: {error}");
        }
        // A bomb is small; nothing of it is unpacked beyond the limit.
        assert!(zip_of(&many).len() < ARCHIVE_BYTES_MAX / 10);
        let mut broken = zip_of(&[("aliases.csv", aliases)]);
        let place = broken.windows(5).position(|window| window == b"alias").unwrap() + 30;
        broken[place] ^= 1;
        let error = SetArchive::unzip(&broken).unwrap_err().to_string();
        assert!(error.contains(r#""aliases.csv" cannot be read"#), "{error}");
    }
}
