//! Emission factors and carbon arithmetic for calls to large language models.
//!
//! Give it a model name and token counts; it answers grams of CO2e with a range, a confidence,
//! the factor that was applied and the publication that the factor comes from.
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
//! # Ok::<(), carbon_core::Unlisted>(())
//! ```
//!
//! # What it does not do
//!
//! - No I/O, no clock, no global state that changes: the same arguments give the same answer.
//! - No guessing. A model that is not listed is an [`UnknownModel`], never 0 g and never a similar model's value.
//! - No floating point in what is added up: published factors are decimals, modelled ones are rounded once to a
//!   decimal rate for each class of token, and sums of calls are exact from there on.
//! - No storage, no tenants, no reports: those are the other crates.
//!
//! # Where to read on
//!
//! 1. [`Usage`]: what was consumed.
//! 2. [`Call`]: which model, where, when. [`FactorSet::resolve`] says how names are read.
//! 3. [`FactorSet`]: the registry, one version of it. [`EmissionFactor`], [`Record`], [`Source`]: one row of it.
//! 4. [`Deployment`] and [`Estimate`]: what comes out, by the first method that has a value.
//! 5. [`Opinions`]: every method side by side, with [`BottomUp`], [`ecologits`] and [`Disclosed`].
//! 6. [`Modelled`]: how modelled figures add up. [`Range`], [`Quantity`], [`denominator`]: what cannot be mixed up.
//! 7. [`LoadError`]: what a table must not contain.
//!
//! The tables themselves are in `data/`, with a page that explains every column.

mod call;
pub mod denominator;
mod deployment;
mod factor;
mod factor_set;
mod float;
mod interval;
mod load;
mod method;
mod model;
mod name;
mod opinion;
mod place;
mod quantity;
mod record;
mod usage;
mod words;

pub use call::{Call, Resolution, ResolvedBy, UnknownModel, Unlisted};
pub use denominator::Denominator;
pub use deployment::{AppliedFactor, DEFAULT_POLICY, Deployment, Estimate, PlacedBy};
pub use factor::{EmissionFactor, Factor, Method, RangeBasis, Rate, StatedRate, TokenRates};
pub use factor_set::{FactorSet, Tables};
pub use load::{LoadError, LoadFault};
pub use method::{
    bottom_up::{BottomUp, BottomUpFactor, Modelled},
    ecologits,
};
pub use model::{Disclosed, Model, OpenWeights, Parameters, ParametersStatus, Size, Speed};
pub use opinion::{Consistency, Opinions};
pub use place::{Fleet, GridBoundary, GridFactor, Location, Site, UnknownRegion, WaterOf, Zone};
pub use quantity::{Grams, KilogramsSb, Megajoules, Millilitres, Quantity, Range, WattHours};
pub use record::{Basis, Boundary, Confidence, Inclusion, Record, Source, Stage, Validity};
pub use usage::{Usage, UsageError};

/// The worked examples of the methodology page compile and are right.
#[cfg(doctest)]
#[doc = include_str!("../../docs/methodology.md")]
struct Methodology;

/// The README's example compiles and is right.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
