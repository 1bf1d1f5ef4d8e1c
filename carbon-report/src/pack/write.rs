//! Writing a pack, event by event: it may be larger than memory.

use super::{
    EVENTS, FACTORS, PROOF, STATEMENT, TIME_STAMP, WINDOWS,
    companions::MONTH_SCRIPT,
    event::PackedEvent,
    manifest::{Manifest, SCHEMA, SCHEMA_VERSION},
    members::{Members, options},
    proof::LedgerProof,
    readme::{self, Stated},
    sets, windows,
};
use crate::{activity::hex, merkle::MerkleTree, month::Month, pdf, time_stamp};
use carbon_core::{
    FactorSet,
    measure::{MeasuredEntry, Window},
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    io::{self, Seek, Write},
};
use thiserror::Error;

/// Why there is no pack.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PackError {
    /// It could not be written.
    #[error("the pack could not be written: {0}")]
    Write(#[from] io::Error),
    /// It could not be put together.
    #[error("the pack could not be put together: {0}")]
    Zip(#[from] zip::result::ZipError),
    /// The PDF is not one of our reports.
    #[error("the report has no {0} attached")]
    NotAReport(&'static str),
    /// The statement rests on a factor set that this version does not have.
    #[error("factor set {0} is not known")]
    UnknownFactorSet(String),
    /// The windows of a measured factor are not there.
    #[error("the windows of {0} are not those of its factor")]
    NoWindows(String),
    /// The statement of a month is not the one that a period names.
    #[error("the statement of {0} is not the one that the period was made of")]
    NoMonth(Month),
    /// What should be the address of a page is none.
    #[error("{0:?} is no address of a page")]
    NoAddress(String),
    /// The time stamp is no token.
    #[error("the time stamp is not one: {0}")]
    NoTimeStamp(String),
}

/// A pack being written: made with a report, filled with its events, [finished](Self::finish).
pub struct PackWriter<W: Write + Seek> {
    members: Members<W>,
    manifest: Manifest,
    stated: Stated,
    tree: MerkleTree,
    line: Vec<u8>,
    /// `closing.tsr`, which comes behind the events.
    time_stamp: Option<Vec<u8>>,
    /// `proof.json`, likewise.
    proof: Option<LedgerProof>,
}

impl<W: Write + Seek> PackWriter<W> {
    /// A pack of an issued report, into `to`; `find` answers the set of a version that is not released, and `windows` those
    /// that a measured factor was fitted from ([`measured_entries`](super::measured_entries)).
    ///
    /// # Errors
    /// [`PackError`]: the PDF is no report, a set of it is not found, or `to` takes no bytes.
    pub fn new(
        to: W,
        report_pdf: &[u8],
        find: &dyn Fn(&str) -> Option<FactorSet>,
        windows: &dyn Fn(&MeasuredEntry) -> Option<Vec<Window>>,
    ) -> Result<Self, PackError> {
        let report = pdf::ReadPdf::of(report_pdf).ok_or(PackError::NotAReport(STATEMENT))?;
        let statement = report.attached(STATEMENT).ok_or(PackError::NotAReport(STATEMENT))?;
        let said: Value = serde_json::from_slice(&statement).map_err(|_| PackError::NotAReport(STATEMENT))?;
        let stated = serde_json::from_slice(&statement).map_err(|_| PackError::NotAReport(STATEMENT))?;
        let text =
            |pointer: &str| said.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (factors, set) = sets::written(&said, find)?;
        let windows = windows::written(&said, &set, windows)?;
        let manifest = Manifest {
            schema: SCHEMA.to_owned(),
            schema_version: SCHEMA_VERSION.to_owned(),
            generator: text("/generator"),
            report_id: text("/heading/report_id"),
            events: 0,
            merkle_root: String::new(),
            verify_at: None,
            members: BTreeMap::new(),
        };
        let mut pack = PackWriter {
            members: Members::new(to),
            manifest,
            stated,
            tree: MerkleTree::default(),
            line: Vec::new(),
            time_stamp: None,
            proof: None,
        };
        pack.members.add_report(report_pdf, &report)?;
        pack.members.add(FACTORS, factors.as_bytes())?;
        if let Some(windows) = windows {
            pack.members.add(WINDOWS, windows.as_bytes())?;
        }
        pack.members.add_logo(&report)?;
        // How long it gets is not known yet.
        pack.members.start(EVENTS, options().large_file(true))?;
        Ok(pack)
    }

    /// Adds an event, the next one by its number.
    ///
    /// # Errors
    /// [`PackError`]: it could not be written.
    pub fn event(&mut self, event: &PackedEvent) -> Result<(), PackError> {
        self.tree.push(event.line().as_bytes());
        self.line.clear();
        serde_json::to_writer(&mut self.line, event).map_err(io::Error::from)?;
        self.line.push(b'\n');
        self.manifest.events += 1;
        self.members.write(&self.line)
    }

    /// Gives it the time stamp over the closing seal: a token, DER.
    ///
    /// # Errors
    /// [`PackError::NoTimeStamp`]: it is none.
    pub fn time_stamp(&mut self, token: &[u8]) -> Result<(), PackError> {
        let file = time_stamp::response(token).map_err(|error| PackError::NoTimeStamp(error.to_string()))?;
        self.time_stamp = Some(file);
        Ok(())
    }

    /// Names a page that checks it, such as `https://example.com/verify`: in the manifest and in `README.txt`.
    ///
    /// # Errors
    /// [`PackError::NoAddress`]: it is no address of a page.
    pub fn verify_at(&mut self, address: &str) -> Result<(), PackError> {
        self.manifest.verify_at = Some(readme::address(address)?);
        Ok(())
    }

    /// Gives it the proof that its month is in the ledger.
    pub fn proof(&mut self, proof: LedgerProof) {
        self.proof = Some(proof);
    }

    /// Closes the pack.
    ///
    /// # Errors
    /// [`PackError`]: it could not be written.
    pub fn finish(self) -> Result<W, PackError> {
        let mut members = self.members;
        members.end(EVENTS);
        if let Some(proof) = self.proof {
            members.add_json(PROOF, &proof)?;
        }
        if let Some(time_stamp) = self.time_stamp {
            members.add(TIME_STAMP, &time_stamp)?;
        }
        members.add_companions(&self.stated, MONTH_SCRIPT, self.manifest.verify_at.as_deref())?;
        let merkle_root = hex(&self.tree.root());
        members.finish(|members| Manifest { merkle_root, members, ..self.manifest })
    }
}
