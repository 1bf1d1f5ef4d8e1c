//! The members of a pack as they are written, each with the length and the digest that the manifest says.

use super::{
    LOGO, MANIFEST, PackError, README, REPORT, SUMS,
    companions::{self, Script},
    manifest::{Digesting, Member},
    readme::{self, Stated},
};
use crate::{form::Form, forms::TAXONOMY, pdf::ReadPdf};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    io::{self, Seek, Write},
};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// A pack whose members are being written.
pub(super) struct Members<W: Write + Seek> {
    zip: Digesting<ZipWriter<W>>,
    written: BTreeMap<String, Member>,
}

/// The dates of members say nothing: the same report gives the same bytes.
pub(super) fn options() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

impl<W: Write + Seek> Members<W> {
    pub(super) fn new(to: W) -> Self {
        Members { zip: Digesting::new(ZipWriter::new(to)), written: BTreeMap::new() }
    }

    /// Begins one that is written in parts.
    pub(super) fn start(&mut self, name: &str, options: SimpleFileOptions) -> Result<(), PackError> {
        Ok(self.zip.inner().start_file(name, options)?)
    }

    /// A part of the one that was begun.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), PackError> {
        Ok(self.zip.write_all(bytes)?)
    }

    /// Ends it.
    pub(super) fn end(&mut self, name: &str) {
        self.written.insert(name.to_owned(), self.zip.member());
    }

    pub(super) fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), PackError> {
        self.start(name, options())?;
        self.write(bytes)?;
        self.end(name);
        Ok(())
    }

    /// Adds JSON that people read, too.
    pub(super) fn add_json(&mut self, name: &str, member: &impl Serialize) -> Result<(), PackError> {
        self.add(name, &lines(member)?)
    }

    /// Adds a report and the forms of it, with their taxonomy.
    pub(super) fn add_report(&mut self, pdf: &[u8], report: &ReadPdf) -> Result<(), PackError> {
        self.add(REPORT, pdf)?;
        for form in Form::ALL {
            // A report of an earlier build has fewer of them, one without a figure too.
            if let Some(attached) = report.attached(form.name()) {
                self.add(form.name(), &attached)?;
            }
        }
        TAXONOMY.iter().try_for_each(|(name, text)| self.add(name, text.as_bytes()))
    }

    /// Adds the supplier's logo, where the report shows one.
    pub(super) fn add_logo(&mut self, report: &ReadPdf) -> Result<(), PackError> {
        report.attached(LOGO).map_or(Ok(()), |logo| self.add(LOGO, &logo))
    }

    /// Adds what is for people who check the pack: the script, and the text that says how. All other members are there.
    pub(super) fn add_companions(
        &mut self,
        report: &Stated,
        (name, script): Script,
        verify_at: Option<&str>,
    ) -> Result<(), PackError> {
        self.add(name, script.as_bytes())?;
        let text = readme::text(report, |name| self.written.contains_key(name), name, verify_at);
        self.add(README, text.as_bytes())
    }

    /// Closes the pack with its manifest, which is made of the members, and with the checksums of all of them.
    pub(super) fn finish<M: Serialize>(
        mut self,
        manifest: impl FnOnce(BTreeMap<String, Member>) -> M,
    ) -> Result<W, PackError> {
        let listed = self.written.clone();
        let manifest = lines(&manifest(std::mem::take(&mut self.written)))?;
        self.add(MANIFEST, &manifest)?;
        self.add(SUMS, companions::sums(&listed, &manifest).as_bytes())?;
        Ok(self.zip.into_inner().finish()?)
    }
}

fn lines(member: &impl Serialize) -> Result<Vec<u8>, PackError> {
    let mut json = serde_json::to_vec_pretty(member).map_err(io::Error::from)?;
    json.push(b'\n');
    Ok(json)
}
