//! A client's month of LLM emissions: a statement as data, and its PDF.
//!
//! ```
//! use carbon_core::{FactorSet, Usage};
//! use carbon_report::{Activity, Brand, Client, Evidence, Heading, Language, Statement, Status, render_pdf};
//!
//! let heading = Heading {
//!     report_id: "r-1".into(),
//!     revision: 1,
//!     supersedes: None,
//!     status: Status::Provisional,
//!     language: Language::Fr,
//!     month: "2026-10".parse().unwrap(),
//!     financial_year: 2026,
//!     issued_on: jiff::civil::date(2026, 11, 2),
//!     supplier: "Example Software".into(),
//!     client: Client::new("client-xyz", "Client XYZ"),
//! };
//! let evidence = Evidence::from(vec![Activity {
//!     day: jiff::civil::date(2026, 10, 5),
//!     model: "mistral-large-2".into(),
//!     provider: None,
//!     region: None,
//!     usage: Usage::of_call(600, 400),
//! }]);
//! let statement = Statement::new(heading, &evidence, FactorSet::latest());
//! assert_eq!(statement.total.co2.unwrap().central().to_string(), "2.85");
//! assert!(render_pdf(&statement, &Brand::default())?.starts_with(b"%PDF-1.7"));
//! # Ok::<(), carbon_report::PdfError>(())
//! ```
//!
//! # What it does not do
//!
//! - No I/O and no clock: dates and ids come in with the [`Heading`], so the same statement gives the same bytes.
//! - No emission arithmetic of its own: [`Statement::new`] asks `carbon-core`.
//! - No rounding but for the eye: [`figure`] feeds no calculation, and exact totals are printed too.
//!
//! # Where to read on
//!
//! 1. [`Heading`], [`Evidence`], [`Activity`]: what goes in.
//! 2. [`Statement`]: every figure of every form of the report.
//! 3. `forms/`: [`Form`], what programs read instead of pages. [`Datapoint`]: which paragraph of which standard a figure answers.
//! 4. [`Language`], [`Month`], [`figure`]: how figures and dates are written.
//! 5. `layout/`: what stands where on the page; `layout/terms/` has the words, [`Wording`] lends them to other pages.
//! 6. [`Equivalent`]: what a figure is about as much as, for pages that are no report.
//! 7. [`PackWriter`], [`verify_pack`]: the evidence behind a report, and its check.
//! 8. `pdf/`: drawing through genpdf, and making a clean file of what it draws.

mod activity;
mod brand;
mod datapoints;
mod equivalent;
mod evidence;
pub mod figure;
mod forms;
mod heading;
mod language;
mod layout;
mod lei;
mod merkle;
mod month;
mod pack;
mod pdf;
mod statement;
mod wire;

pub use activity::{Activity, activity_sha256};
pub use brand::{Accent, Brand, BrandError, LOGO_BYTES_MAX, LOGO_PIXELS_MAX, Logo};
pub use datapoints::{Datapoint, Line, datapoints_of};
pub use equivalent::{Equivalent, Likened};
pub use evidence::{
    Audit, AuditedEvents, EarlierMonth, Evidence, Restated, Stated, StatedModel, TaggedActivity,
};
pub use forms::{Form, SCHEMA_VERSION, TAXONOMY, no_formula};
pub use heading::{Client, Heading, Status, Supplier};
pub use language::Language;
pub use layout::{LeverWords, Wording, render_pdf, render_signed_pdf};
pub use lei::{Lei, NotALei};
pub use merkle::MerkleTree;
pub use month::{Month, NotAMonth};
pub use pack::{
    EventSums, NotVerified, PackError, PackWriter, PackedEvent, Verified, verify_pack, verify_report,
};
pub use pdf::{PdfError, Signer, SignerError, attached};
pub use statement::{
    ALTERNATIVES, BasisLine, BottomUpAlone, Change, ClassLine, ConfidenceLine, Coverage, DataClass,
    DataQuality, DayLine, Grade, GridLine, Lever, LeverChange, MethodLine, ModelChange, ModelLine,
    ModelledFactor, MonthChange, Opinion, Place, Quality, Reconciliation, RegionLine, Restatement, Statement,
    TagLine, Trend, UnknownLine, UseLine, UsedFactor, Valuation, Valued, share_of_class,
};

/// The readme's example compiles and is right.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
