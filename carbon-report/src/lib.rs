//! A client's month of LLM emissions: a statement as data, and its PDF.
//!
//! ```
//! use carbon_core::{FactorSet, Usage};
//! use carbon_report::{Activity, Client, Heading, Language, Statement, Status, render_pdf};
//!
//! let heading = Heading {
//!     report_id: "r-1".into(),
//!     revision: 1,
//!     status: Status::Provisional,
//!     language: Language::Fr,
//!     month: "2026-10".parse().unwrap(),
//!     issued_on: jiff::civil::date(2026, 11, 2),
//!     supplier: "Example Software".into(),
//!     client: Client { tenant_id: "client-xyz".into(), name: "Client XYZ".into() },
//! };
//! let activity = [Activity {
//!     day: jiff::civil::date(2026, 10, 5),
//!     model: "mistral-large-2".into(),
//!     provider: None,
//!     region: None,
//!     usage: Usage::of_call(600, 400),
//! }];
//! let statement = Statement::new(heading, &activity, FactorSet::latest());
//! assert_eq!(statement.total.co2.unwrap().central().to_string(), "2.85");
//! assert!(render_pdf(&statement)?.starts_with(b"%PDF-1.7"));
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
//! 1. [`Activity`], [`Heading`]: what goes in.
//! 2. [`Statement`]: every figure of every form of the report.
//! 3. [`Language`], [`Month`], [`figure`]: how figures and dates are written.
//! 4. `layout/`: what stands where on the page; `layout/terms/` has the words.
//! 5. `pdf/`: drawing through genpdf, and making a clean file of what it draws.

mod activity;
pub mod figure;
mod heading;
mod language;
mod layout;
mod month;
mod pdf;
mod statement;

pub use activity::{Activity, activity_sha256};
pub use heading::{Client, Heading, Status};
pub use language::Language;
pub use layout::render_pdf;
pub use month::{Month, NotAMonth};
pub use pdf::PdfError;
pub use statement::{
    BottomUpAlone, ConfidenceLine, Coverage, DayLine, GridLine, MethodLine, ModelLine, ModelledFactor, Place,
    Statement, UnknownLine, UsedFactor, Valuation, Valued,
};
