//! Reports of many clients in one file, with a list of them.

use crate::store::Issued;
use carbon_report::forms::{Cell, CsvStyle, CsvTable};
use std::{
    fs::File,
    io::{self, Seek, Write},
};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// A zip of reports, being written to a temporary file.
pub(crate) struct ReportsZip {
    zip: ZipWriter<File>,
    index: CsvTable,
}

impl ReportsZip {
    /// With a list in a style.
    pub(crate) fn new(style: CsvStyle) -> io::Result<Self> {
        let head = ["tenant_id", "file", "report_id", "revision", "status", "sha256"];
        let index = CsvTable::styled(style, head);
        Ok(ReportsZip { zip: ZipWriter::new(tempfile::tempfile()?), index })
    }

    pub(crate) fn add(&mut self, tenant_id: &str, issued: &Issued, pdf: &[u8]) -> io::Result<()> {
        // Ids come from the supplier and may contain anything; the list has them unchanged.
        let plain = |letter: char| {
            if letter.is_ascii_alphanumeric() || "-_.".contains(letter) { letter } else { '_' }
        };
        let name: String = tenant_id.chars().map(plain).take(60).collect();
        let Issued { report_id, revision, status, pdf_sha256, .. } = issued;
        let file = format!("{}-{report_id}.pdf", name.trim_start_matches('.'));
        self.index.row([
            Cell::text(tenant_id),
            Cell::text(&file),
            Cell::text(report_id),
            Cell::number(revision),
            Cell::text(status),
            Cell::text(pdf_sha256),
        ]);
        // PDFs are already compressed.
        self.zip
            .start_file(file, SimpleFileOptions::default().compression_method(CompressionMethod::Stored))?;
        self.zip.write_all(pdf)
    }

    pub(crate) fn finish(mut self) -> io::Result<File> {
        self.zip.start_file("reports.csv", SimpleFileOptions::default())?;
        self.zip.write_all(self.index.finish().as_bytes())?;
        let mut file = self.zip.finish()?;
        file.rewind()?;
        Ok(file)
    }
}
