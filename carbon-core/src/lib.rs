//! Emission factors and carbon arithmetic for calls to large language models.
//!
//! Give it a model name and token counts. You get grams of CO2e with a range, a confidence, the factor that was
//! applied, and the publication the factor comes from.
//!
//! ```
//! use carbon_core::{FactorSet, Usage};
//!
//! let usage = Usage::of_call(600, 400); // prompt tokens, completion tokens
//! let estimate = FactorSet::latest().estimate("mistral-large-2", &usage)?;
//!
//! assert_eq!(estimate.co2.central().to_string(), "2.85");
//! assert_eq!(estimate.confidence.as_str(), "measured");
//! assert_eq!(estimate.source.publisher(), "Mistral AI");
//! # Ok::<(), carbon_core::EstimateError>(())
//! ```
//!
//! The package is called `llm-carbon-core`; the library is `carbon_core`.
//!
//! # What it does not do
//!
//! - No I/O, no clock, no mutable global state but what a thread remembers to compute faster: the same arguments give the same result.
//! - No guessing. A model that is not listed is an [`UnknownModel`](model::UnknownModel), never 0 g and never the
//!   value of a similar model.
//! - No floating point in sums. Published factors are decimals; modelled ones are rounded once to a decimal rate for
//!   each class of token. Sums of calls are exact from there on.
//! - No storage, no tenants, no reports: those are the other crates.
//!
//! # Where to read on
//!
//! The names at the root are enough to value calls; the modules hold the rest.
//!
//! 1. [`Usage`] is what was consumed, [`Call`] is which model, where and when. [`usage`]: counts that do not mix.
//! 2. [`FactorSet`] is one version of the registry. [`registry`]: loading factor tables of your own.
//! 3. [`Deployment`] is a call looked up once, [`Estimate`] is its value by the first method that has one.
//! 4. [`Opinions`] are all methods side by side. [`method`]: what each method computes, and sums of its results.
//! 5. [`own`]: names and models that one account adds for its own calls.
//! 6. [`grid`]: emissions of electricity by the hour or month, as one account imports them.
//! 7. [`factor`]: what a factor covers, how far to trust it, who published it.
//! 8. [`model`] and [`place`]: how names are resolved; model sizes, grids, regions and data centres.
//! 9. [`quantity`]: [`Grams`] and the other units, and the [`Range`] each value comes with.
//!
//! # Features
//!
//! `serde` (off by default) serialises [`Estimate`], [`Opinions`] and what they hold to the JSON of the tracker's API,
//! with every digit of every decimal.

mod attention;
mod call;
mod deployment;
mod draws;
mod energy;
#[cfg(feature = "serde")]
mod exact;
pub mod factor;
mod float;
pub mod grid;
mod interval;
#[cfg(feature = "serde")]
pub mod json;
mod load;
pub mod measure;
mod memo;
pub mod method;
pub mod model;
mod name;
mod opinion;
pub mod own;
pub mod place;
mod provider;
pub mod quantity;
pub mod registry;
mod resolution;
mod size;
mod training;
pub mod usage;
mod video;
mod words;

pub use call::{Call, EstimateError};
pub use deployment::{Deployment, Estimate};
pub use factor::Confidence;
pub use jiff::civil::Date;
pub use method::Method;
pub use opinion::Opinions;
pub use quantity::{Grams, Millilitres, Range, WattHours};
pub use registry::FactorSet;
pub use rust_decimal::Decimal;
pub use usage::Usage;

/// The readme's example compiles and is right.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
