//! A set as an operator brings it: a zip or a folder, alone or on top of another.

use crate::{
    registry::{
        Registry,
        added::{self, NotAVersion},
        archive::{ARCHIVE_BYTES_MAX, ArchiveFault, SetArchive, VERSION_FILE, zipped},
        factor_ids::{self, ReusedFactorId},
    },
    store::SetSignature,
};
use carbon_core::{
    FactorSet,
    registry::{LoadError, LoadFault},
};
use carbon_report::{Certificate, CertificateError};
use clap::Args;
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};
use thiserror::Error;
use zip::result::ZipError;

/// Where a set comes from.
#[derive(Args)]
pub(super) struct SetSource {
    /// A zip of the tables, or a folder with them
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,

    /// Version of the set, if no version.txt states it
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,

    /// Add the rows to those of this set: the version of one that ships or is in the ledger, or a zip
    #[arg(long, value_name = "SET")]
    on: Option<String>,

    /// Signature over the zip: ECDSA with SHA-256 by a P-256 key, as `openssl dgst -sha256 -sign` writes it
    #[arg(long, value_name = "FILE", requires = "certificate")]
    signature: Option<PathBuf>,

    /// X.509 certificate of the key that signed, PEM
    #[arg(long, value_name = "FILE", requires = "signature")]
    certificate: Option<PathBuf>,
}

/// A set that was read and found sound.
pub(super) struct NewSet {
    pub(super) set: FactorSet,
    /// The zip as it was given, or the one that was made.
    pub(super) archive: Vec<u8>,
    /// Version of the set that it was put on top of.
    pub(super) on: Option<String>,
    pub(super) signed: Option<SetSignature>,
}

/// Why there is no set.
#[derive(Debug, Error)]
pub(super) enum NotASet {
    #[error("{}: {cause}", .path.display())]
    Unread { path: PathBuf, cause: io::Error },
    #[error("{}: {cause}", .path.display())]
    Archive { path: PathBuf, cause: ArchiveFault },
    #[error("the set has no version: state it with --version, or in {VERSION_FILE}")]
    NoVersion,
    #[error("--version is {flag}, but {VERSION_FILE} says {file}")]
    TwoVersions { flag: String, file: String },
    #[error(transparent)]
    Version(#[from] NotAVersion),
    #[error(
        "{version} is in the ledger with another digest, {sha256}, and never changes: choose another version"
    )]
    Taken { version: String, sha256: String },
    #[error("{cause}{hint}")]
    Refused { cause: Box<LoadError>, hint: String },
    #[error(transparent)]
    FactorId(#[from] ReusedFactorId),
    #[error("--on: no factor set {wanted:?}; use one of {known}, or a zip")]
    NoBase { wanted: String, known: String },
    #[error("the tables do not fit into a zip: {0}")]
    Unzipped(#[from] ZipError),
    #[error("a signature is over a zip: `factor-set check --output FILE.zip` makes one")]
    NothingSigned,
    #[error("{}: {cause}", .path.display())]
    Signature { path: PathBuf, cause: CertificateError },
}

impl NotASet {
    /// The table and the line that is refused, if it is one.
    pub(super) fn place(&self) -> Option<(&str, u64)> {
        match self {
            NotASet::Refused { cause, .. } => Some((cause.table, cause.line)),
            NotASet::FactorId(reused) => Some((&reused.table, reused.line)),
            _ => None,
        }
    }
}

impl SetSource {
    /// The set, if nothing of it is refused.
    pub(super) fn read(&self, registry: &Registry) -> Result<NewSet, NotASet> {
        let fault = |cause| NotASet::Archive { path: self.file.clone(), cause };
        let zip =
            if self.file.is_dir() { None } else { Some(bytes(&self.file, ARCHIVE_BYTES_MAX as u64 + 1)?) };
        let archive = match &zip {
            Some(zip) => SetArchive::unzip(zip).map_err(fault)?,
            None => folder(&self.file)?.or_empty().map_err(fault)?,
        };
        let version = self.version_of(&archive)?;
        let base = self.on.as_ref().map(|on| base(on, registry)).transpose()?;
        let set = load(&version, &archive, base.as_ref())?;
        if let Some(taken) = registry.released(&version)
            && taken.sha256() != set.sha256()
        {
            let sha256 = taken.sha256().unwrap_or_default().to_owned();
            return Err(NotASet::Taken { version, sha256 });
        }
        for known in registry.versions().iter().filter_map(|version| registry.released(version)).chain(&base)
        {
            // The whole set, for constants on top of one change what the rows below them come to.
            let whole = set.files().unwrap_or_default();
            factor_ids::check(&whole, known).map_err(|reused| reused.placed_in(archive.files()))?;
        }
        let given = zip.filter(|_| self.on.is_none());
        let signed = self.signed(given.as_deref())?;
        let archive = given.map_or_else(|| zipped(&set), Ok)?;
        Ok(NewSet { set, archive, on: base.map(|base| base.as_str().to_owned()), signed })
    }

    fn version_of(&self, archive: &SetArchive) -> Result<String, NotASet> {
        let version = match (&self.version, &archive.version) {
            (Some(flag), Some(file)) if flag != file => {
                return Err(NotASet::TwoVersions { flag: flag.clone(), file: file.clone() });
            }
            (Some(version), _) | (None, Some(version)) => version.clone(),
            (None, None) => return Err(NotASet::NoVersion),
        };
        added::check_version(&version)?;
        Ok(version)
    }

    fn signed(&self, zip: Option<&[u8]>) -> Result<Option<SetSignature>, NotASet> {
        let (Some(signature), Some(path)) = (&self.signature, &self.certificate) else { return Ok(None) };
        let zip = zip.ok_or(NotASet::NothingSigned)?;
        let [signed, pem] = [signature, path].map(|path| bytes(path, SIGNATURE_BYTES_MAX));
        let (signed, pem) = (signed?, String::from_utf8_lossy(&pem?).into_owned());
        let cannot = |path: &PathBuf, cause| NotASet::Signature { path: path.clone(), cause };
        let certificate = Certificate::from_pem(&pem).map_err(|cause| cannot(path, cause))?;
        certificate.check(zip, &signed).map_err(|cause| cannot(signature, cause))?;
        Ok(Some(SetSignature { signature: signed, certificate: pem }))
    }
}

/// Bytes of a signature or a certificate.
const SIGNATURE_BYTES_MAX: u64 = 64 * 1024;

/// A file, up to so many bytes.
fn bytes(path: &Path, bytes_max: u64) -> Result<Vec<u8>, NotASet> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(bytes_max).read_to_end(&mut bytes));
    read.map(|_| bytes).map_err(|cause| NotASet::Unread { path: path.to_owned(), cause })
}

/// The tables in a folder. Hidden files are the system's and editors'; any other is part of the set.
fn folder(path: &Path) -> Result<SetArchive, NotASet> {
    let unread = |path: &Path, cause| NotASet::Unread { path: path.to_owned(), cause };
    let mut archive = SetArchive::default();
    for entry in std::fs::read_dir(path).map_err(|cause| unread(path, cause))? {
        let entry = entry.map_err(|cause| unread(path, cause))?;
        let (name, file) = (entry.file_name().to_string_lossy().into_owned(), entry.path());
        if name.starts_with('.') {
            continue;
        }
        let fault = |cause| NotASet::Archive { path: path.to_owned(), cause };
        if file.is_dir() {
            return Err(fault(ArchiveFault::NotAFile(name)));
        }
        let opened = File::open(&file).map_err(|cause| unread(&file, cause))?;
        archive.take(&name, opened).map_err(fault)?;
    }
    Ok(archive)
}

fn base(on: &str, registry: &Registry) -> Result<FactorSet, NotASet> {
    if let Some(known) = registry.released(on) {
        return Ok(known.clone());
    }
    let path = Path::new(on);
    if !path.is_file() {
        let (wanted, known) = (on.to_owned(), registry.versions().join(", "));
        return Err(NotASet::NoBase { wanted, known });
    }
    let zip = bytes(path, ARCHIVE_BYTES_MAX as u64 + 1)?;
    let archive = SetArchive::unzip(&zip);
    let archive = archive.map_err(|cause| NotASet::Archive { path: path.to_owned(), cause })?;
    let version = archive.version.as_deref().unwrap_or(on);
    FactorSet::from_tables(version, archive.tables())
        .map_err(|cause| NotASet::Refused { cause: cause.into(), hint: format!(" (in {on})") })
}

fn load(version: &str, archive: &SetArchive, base: Option<&FactorSet>) -> Result<FactorSet, NotASet> {
    let loaded = match base {
        Some(base) => base.with_tables(version, archive.tables()).and_then(|set| set.whole()),
        None => FactorSet::from_tables(version, archive.tables()),
    };
    loaded.map_err(|cause| {
        let hint = match (base, &cause.fault) {
            (Some(base), LoadFault::Duplicate { .. }) => format!(
                "; to change a row of {base}, take all of its tables (`factor-set export {base}`), edit it there, and \
                 leave out --on",
                base = base.as_str()
            ),
            (None, LoadFault::NotListed { .. }) => {
                "; if these rows go on top of another set, name it with --on".to_owned()
            }
            _ => String::new(),
        };
        NotASet::Refused { cause: cause.into(), hint }
    })
}
