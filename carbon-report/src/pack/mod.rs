//! The evidence pack: a report with all that it takes to compute it again, in one zip file, and the check of it.
//!
//! | member | what |
//! |---|---|
//! | `report.pdf` | the report as it was issued |
//! | `statement.json`, `lines.csv` and the other forms | the same bytes that are attached to the PDF |
//! | `lct.xsd` and its linkbases | the taxonomy that `statement.xbrl.json` is in |
//! | `events.ndjson` | the events that the month counts, one a line, by their number |
//! | `factors.json` | the factor set, whole: the text of its tables; and sets of earlier figures that are not released |
//! | `windows.json` | the windows of metered energy that measured factors were fitted from, where there are any |
//! | `logo.png` | the supplier's logo, where the report shows one |
//! | `proof.json` | that the month is in the supplier's ledger, up to a signed checkpoint of it, where that makes them |
//! | `closing.tsr` | the time stamp of an authority over the closing seal, where one was got by then |
//! | `README.txt` | what the pack is and how to check it, in the language of the report |
//! | `verify_pack.py` | checks it with Python alone; that of a period is `verify_period_pack.py` |
//! | `manifest.json` | length and SHA-256 of each member, the Merkle root over the events |
//! | `sha256sums` | SHA-256 of each, the manifest with them, for `sha256sum -c` |
//!
//! A pack of a period of several months has neither events nor factors, but the `statement.json` of each month that it is the sum
//! of (`2026-10.statement.json`): their own packs go on from there.

mod anchors;
mod arithmetic;
mod companions;
mod contents;
mod difference;
mod drawn;
mod event;
mod manifest;
mod market;
mod members;
mod period;
mod proof;
mod readme;
mod sets;
mod stated;
mod strict_zip;
mod time_stamp;
mod verify;
mod windows;
mod withheld;
mod write;

pub use anchors::closing_seal;
pub use event::{EventSums, PackedEvent};
pub use period::write_period_pack;
pub use proof::{LedgerProof, ProvenCheckpoint, ProvenLedger, ProvenRow, ProvenSeal};
pub use verify::{
    Verified, VerifiedPeriod, verify_pack, verify_pack_with, verify_report, verify_report_with,
};
pub use windows::{measured_entries, windows_sha256};
pub use write::{PackError, PackWriter};

use crate::{brand::LOGO_FILE as LOGO, form::Form, forms::TAXONOMY, pdf::Fonts};
use carbon_core::grid::SeriesValues;
use thiserror::Error;

const REPORT: &str = "report.pdf";
const STATEMENT: &str = "statement.json";
const LINES: &str = "lines.csv";
const EVENTS: &str = "events.ndjson";
const FACTORS: &str = "factors.json";
const WINDOWS: &str = "windows.json";
const PROOF: &str = "proof.json";
const TIME_STAMP: &str = "closing.tsr";
const README: &str = "README.txt";
const MANIFEST: &str = "manifest.json";
const SUMS: &str = "sha256sums";

/// Members that a pack may have besides the forms of its report and their taxonomy. Who adds one says in `verify.rs` what it
/// must hold.
const MEMBERS: [&str; 11] = [
    REPORT,
    EVENTS,
    FACTORS,
    WINDOWS,
    LOGO,
    PROOF,
    TIME_STAMP,
    README,
    companions::MONTH_SCRIPT.0,
    MANIFEST,
    SUMS,
];

/// Whether a pack, of a month or of a period, may have a member of that name.
fn is_member(name: &str) -> bool {
    is_month_member(name) || period::is_own_member(name)
}

/// Whether the pack of a month may.
fn is_month_member(name: &str) -> bool {
    MEMBERS.contains(&name) || Form::named(name).is_some() || TAXONOMY.iter().any(|(file, _)| *file == name)
}

/// What a check can use that is not in the file.
#[derive(Clone, Debug, Default)]
pub struct AtHand<'a> {
    /// Values of grid series.
    pub grid_series: &'a [SeriesValues],
    /// Fonts that names on the pages are set in.
    pub fonts: Fonts,
}

/// The first thing that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{place}: {detail}")]
#[non_exhaustive]
pub struct NotVerified {
    /// Member of the pack, and the row or field in it: `events.ndjson, row 17`.
    pub place: String,
    /// What is wrong there.
    pub detail: String,
}

impl NotVerified {
    pub(super) fn at(place: impl Into<String>, detail: impl Into<String>) -> Self {
        NotVerified { place: place.into(), detail: detail.into() }
    }
}
