//! Checking a report or an evidence pack: what the command `verify` and the page `/verify` do, and how they say it.

pub(crate) mod apart;
pub(crate) mod verdict;
pub(crate) mod words;

use carbon_core::grid::SeriesValues;
use carbon_report::{
    Fonts,
    checkpoint::NoteVerifier,
    pack::{AtHand, NotVerified, Verified, verify_pack_with, verify_report_with},
    time_stamp::TimeStampAuthorities,
};
use std::io::{self, Read};

/// Far above any report.
const REPORT_BYTES_MAX: u64 = 256 << 20;

/// What a file is compared with, besides itself.
#[derive(Default)]
pub(crate) struct Known {
    /// To one of which a time stamp must lead.
    pub(crate) authorities: Option<TimeStampAuthorities>,
    /// That must have signed the checkpoint.
    pub(crate) key: Option<NoteVerifier>,
    /// Values of grid series.
    pub(crate) grids: Vec<SeriesValues>,
    /// Those of the operator.
    pub(crate) fonts: Fonts,
}

/// Checks a file: a report if it begins like a PDF, and else a pack.
///
/// # Errors
/// It could not be read.
pub(crate) fn judge(mut file: impl Read, known: &Known) -> io::Result<Result<Verified, NotVerified>> {
    const PDF: &[u8] = b"%PDF";
    let mut start = Vec::new();
    file.by_ref().take(PDF.len() as u64).read_to_end(&mut start)?;
    let is_pdf = start == PDF;
    let mut file = io::Cursor::new(start).chain(file);
    let with = AtHand { grid_series: &known.grids, fonts: known.fonts.clone() };
    let verified = if is_pdf {
        let mut pdf = Vec::new();
        file.take(REPORT_BYTES_MAX).read_to_end(&mut pdf)?;
        verify_report_with(&pdf, &with)
    } else {
        verify_pack_with(&mut file, &with)
    };
    Ok(verified.and_then(|verified| {
        known.authorities.as_ref().map_or(Ok(()), |authorities| verified.check_authority(authorities))?;
        known.key.as_ref().map_or(Ok(()), |key| verified.check_ledger_key(key))?;
        Ok(verified)
    }))
}
