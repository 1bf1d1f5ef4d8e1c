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
//! assert_eq!(estimate.factor.confidence().as_str(), "measured");
//! assert_eq!(estimate.factor.source().publisher(), "Mistral AI");
//! # Ok::<(), carbon_core::UnknownModel>(())
//! ```
//!
//! # What it does not do
//!
//! - No I/O, no clock, no global state that changes: the same arguments give the same answer.
//! - No guessing. A model that is not listed is an [`UnknownModel`], never 0 g and never a similar model's value.
//! - No floating point near a published figure: factors are decimals, and so are their results, to the last digit.
//!   The modelled methods are floats, in types of their own that do not mix with exact [`Grams`].
//! - No storage, no tenants, no reports: those are the other crates.
//!
//! # Where to read on
//!
//! 1. [`Usage`]: what was consumed.
//! 2. [`FactorSet`]: the registry, one version of it; [`FactorSet::resolve`] says how names are read.
//! 3. [`EmissionFactor`], [`Rate`], [`Source`]: one row of it.
//! 4. [`Estimate`], [`Grams`], [`Range`]: what comes out.
//! 5. [`FactorSet::opinions`]: every method side by side, with [`BottomUp`], [`ecologits`] and [`Disclosed`].
//! 6. [`LoadError`]: what a table must not contain.
//!
//! The tables themselves are in `data/`, with a page that explains every column.

mod estimate;
mod factor;
mod factor_set;
mod interval;
mod load;
mod method;
mod model;
mod name;
mod opinion;
mod place;
mod quantity;
mod usage;
mod words;

pub use estimate::{Estimate, Resolution, ResolvedBy, UnknownModel};
pub use factor::{Confidence, Denominator, EmissionFactor, Method, RangeBasis, Rate, Source};
pub use factor_set::{FactorSet, Tables};
pub use load::{LoadError, LoadFault};
pub use method::{
    bottom_up::BottomUp,
    disclosed::{Basis, Disclosed, DisclosedImpacts},
    ecologits,
};
pub use model::{Model, Parameters, ParametersStatus, Speed};
pub use opinion::{Consistency, NoOpinion, Opinions};
pub use place::{Location, Site, UnknownRegion, Zone};
pub use quantity::{Grams, KilogramsSb, Megajoules, Millilitres, ModelledGrams, Range, WattHours};
pub use usage::{Usage, UsageError};

/// The README's example compiles and is right.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
