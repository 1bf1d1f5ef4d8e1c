//! A client's month of LLM emissions: a statement as data, and its report as a PDF.
//!
//! ```
//! use carbon_report::carbon_core::{FactorSet, Usage};
//! use carbon_report::{Activity, Brand, Client, Date, Evidence, Heading, Language, Statement, render_pdf};
//!
//! let client = Client::new("client-xyz", "Client XYZ");
//! let heading = Heading {
//!     language: Language::Fr,
//!     ..Heading::new(client, "Example Software", "2026-10".parse()?, Date::constant(2026, 11, 2))
//! };
//! let call = Activity::new(Date::constant(2026, 10, 5), "mistral-large-2", Usage::of_call(600, 400));
//! let statement = Statement::new(heading, &Evidence::from(vec![call]), FactorSet::latest());
//!
//! let co2 = statement.total.co2.unwrap();
//! assert_eq!(co2.central().to_string(), "2.85"); // grams
//! assert!(render_pdf(&statement, &Brand::default())?.starts_with(b"%PDF-1.7"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What it does not do
//!
//! - No I/O and no clock: dates and ids come in with the [`Heading`], so the same statement gives the same bytes.
//! - No emission arithmetic of its own: [`Statement::new`] asks [`carbon_core`].
//! - No rounding except for display: nothing is calculated from a rounded figure, and exact totals are printed too.
//!
//! # Where to read on
//!
//! 1. [`Heading`], [`Evidence`], [`Activity`]: what goes in.
//! 2. [`Statement`]: every figure of the report; its lines and shares are in [`statement`].
//! 3. [`render_pdf`], [`Form`]: the report for people, and the forms that programs read.
//! 4. [`datapoints`]: which paragraph of which standard a figure answers.
//! 5. [`whatif`]: what a change of use would do to a month.
//! 6. [`words`], [`figure`], [`Language`]: texts, numbers and dates, for other pages that say the same.
//! 7. [`pack`], [`counts`], [`merkle`]: the evidence behind a report, and its check.
//! 8. [`time_stamp`]: an authority's word for when a month was closed; [`checkpoint`]: a ledger's own, signed.
//! 9. [`brand`], [`Fonts`], [`equivalent`]: the supplier's colour and logo; fonts for names in other scripts; comparisons for pages that are not a report.

mod activity;
pub mod brand;
mod certificate;
pub mod checkpoint;
pub mod counts;
pub mod datapoints;
mod edition;
pub mod equivalent;
pub mod evidence;
pub mod figure;
mod form;
pub mod forms;
mod heading;
mod instrument;
mod language;
mod layout;
mod lei;
pub mod merkle;
mod month;
pub mod pack;
mod pdf;
mod period;
pub mod statement;
pub mod target;
pub mod time_stamp;
mod valued;
pub mod whatif;
mod wire;
pub mod words;

pub use activity::{Activity, activity_sha256};
pub use brand::Brand;
pub use carbon_core;
pub use certificate::{Certificate, CertificateError};
pub use edition::{EsrsEdition, NotOfYear};
pub use evidence::Evidence;
pub use form::Form;
pub use heading::{Client, Contact, Heading, Status, Supplier};
pub use instrument::{
    Instrument, InstrumentKind, MarketInputs, ResidualMix, certificate_ids_sha256, order_of_use,
};
pub use jiff::{Timestamp, civil::Date};
pub use language::Language;
pub use layout::{render_pdf, render_period_pdf, render_signed_pdf, render_signed_period_pdf};
pub use lei::{Lei, NotALei};
pub use month::{Month, NotAMonth};
pub use pdf::{
    FONT_BYTES_MAX, FONT_FACES_MAX, FontError, FontFault, Fonts, PdfError, SignedBy, Signer, SignerError,
    attached,
};
pub use period::{NotAPeriod, Period};
pub use statement::{PeriodStatement, Statement, Valuation};
pub use valued::{Coverage, Valued};
