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
pub mod brand;
pub mod datapoints;
pub mod equivalent;
pub mod evidence;
pub mod figure;
mod form;
pub mod forms;
mod heading;
mod language;
mod layout;
mod lei;
pub mod merkle;
mod month;
pub mod pack;
mod pdf;
pub mod statement;
mod valued;
mod wire;
pub mod words;

pub use activity::{Activity, activity_sha256};
pub use brand::Brand;
pub use carbon_core;
pub use evidence::Evidence;
pub use form::Form;
pub use heading::{Client, Heading, Status, Supplier};
pub use jiff::civil::Date;
pub use language::Language;
pub use layout::{render_pdf, render_signed_pdf};
pub use lei::{Lei, NotALei};
pub use month::{Month, NotAMonth};
pub use pdf::{PdfError, Signer, SignerError, attached};
pub use statement::{Statement, Valuation};
pub use valued::{Coverage, Valued};
