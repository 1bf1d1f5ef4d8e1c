//! The same activity in two ways, compared where their errors are the same.
//!
//! The error of a model's size, of a provider's batches or of a zone's grid is one error, whether it is felt before a change
//! or after it. Both sums are therefore drawn together, from the same errors: what both feel alike cancels, and what is left
//! is the doubt about the change.

mod columns;
mod draw;
mod error;

use crate::{
    Decimal, Grams, Range, Usage, WattHours,
    factor::EmissionFactor,
    method::{AppliedFactor, BottomUpFactor, MeasuredInPlace},
    words::words,
};
use draw::{Drawn, Paired};

words! {
    /// What can be said of a change.
    Verdict {
        /// It emits less: the whole range of the ratio lies below 1.
        Lower = "lower",
        /// It emits more: the whole range lies above 1.
        Higher = "higher",
        /// The range of the ratio holds 1: what is known does not say whether it emits less or more.
        NotDistinguishable = "not_distinguishable",
    }
}

/// What a change does to emissions.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Comparison {
    /// Central value before the change.
    pub before: Grams,
    /// Central value after it.
    pub after: Grams,
    /// After less before: below zero where the change emits less. The bounds hold 95 % of the draws.
    pub difference: Range<Grams>,
    /// After over before; `None` where there is nothing before. The central value is that of the central values.
    pub ratio: Option<Range<Decimal>>,
}

impl Comparison {
    /// Whether the change emits less or more, as far as that is known.
    pub fn verdict(&self) -> Verdict {
        match self.ratio {
            Some(ratio) if ratio.high() < Decimal::ONE => Verdict::Lower,
            Some(ratio) if ratio.low() > Decimal::ONE => Verdict::Higher,
            Some(_) => Verdict::NotDistinguishable,
            None if self.difference.low() > Grams::ZERO => Verdict::Higher,
            None => Verdict::NotDistinguishable,
        }
    }
}

/// Activity before a change and after it, each part with the factor that values it.
///
/// Errors are shared by what they are errors of, as in [`BottomUpSum`](crate::method::BottomUpSum); a published factor has an
/// error of its own, which is the same before and after.
///
/// ```
/// use carbon_core::{Call, FactorSet, Usage, method::{PairedSum, Verdict}};
/// let set = FactorSet::version("2026.11").unwrap();
/// let at = |model| set.deployment(&Call::to(model)).unwrap().factor(carbon_core::method::DEFAULT_POLICY).unwrap();
/// let (used, usage) = (at("gpt-5"), Usage::of_call(600, 400));
/// let mut pairs = PairedSum::default();
/// pairs.before(&used, &usage);
/// pairs.after(&used, &Usage::of_call(600, 320));
/// // Nobody knows how large the model is, but fewer tokens of it are less.
/// assert_eq!(pairs.co2().verdict(), Verdict::Lower);
/// ```
#[derive(Clone, Debug, Default)]
pub struct PairedSum<'a> {
    parts: Vec<PairedPart<'a>>,
}

/// A factor in its place, with what it values before and after under each value of the grid there.
#[derive(Clone, Debug)]
struct PairedPart<'a> {
    by_grid: Vec<(AppliedFactor<'a>, [Usage; 2])>,
}

const BEFORE: usize = 0;
const AFTER: usize = 1;

impl<'a> PairedSum<'a> {
    /// Adds activity as it is.
    pub fn before(&mut self, factor: &AppliedFactor<'a>, usage: &Usage) {
        self.add(factor, usage, BEFORE);
    }

    /// Adds activity as it would be.
    pub fn after(&mut self, factor: &AppliedFactor<'a>, usage: &Usage) {
        self.add(factor, usage, AFTER);
    }

    fn add(&mut self, factor: &AppliedFactor<'a>, usage: &Usage, side: usize) {
        let known = self.parts.iter().position(|known| is_same(known.factor(), factor));
        let place = known.unwrap_or_else(|| {
            self.parts.push(PairedPart { by_grid: Vec::new() });
            self.parts.len() - 1
        });
        self.parts[place].add(factor, usage, side);
    }

    /// The comparison of emissions.
    pub fn co2(&self) -> Comparison {
        let paired = [self.paired()];
        self.compared(&draw::drawn(&paired)[0])
    }

    /// The same of each of several, which share what is drawn: in less time than one after the other.
    pub fn co2_of_each(sums: &[Self]) -> Vec<Comparison> {
        let paired: Vec<Paired<'_>> = sums.iter().map(Self::paired).collect();
        sums.iter().zip(draw::drawn(&paired)).map(|(sum, drawn)| sum.compared(&drawn)).collect()
    }

    fn paired(&self) -> Paired<'a> {
        let mut paired = Paired::default();
        for part in &self.parts {
            let usage = part.usage();
            match part.factor() {
                AppliedFactor::Published(factor) => paired.add_published(factor, &usage),
                AppliedFactor::Modelled(factor) => paired.add_modelled(factor, &usage, part.mean_grid()),
                AppliedFactor::Measured(factor) => paired.add_measured(factor, &usage, part.mean_grid()),
            }
        }
        paired
    }

    fn compared(&self, drawn: &Drawn<'_>) -> Comparison {
        let central = |side: usize| -> Grams {
            let by_grid = self.parts.iter().flat_map(|part| &part.by_grid);
            by_grid.map(|(factor, usage)| factor.co2_central(&usage[side])).sum()
        };
        let (before, after) = (central(BEFORE), central(AFTER));
        let less = Grams::new(after.as_decimal() - before.as_decimal());
        let quotient = after.as_decimal().checked_div(before.as_decimal());
        let [difference, ratio] =
            drawn.difference_and_ratio(quotient.is_some_and(|quotient| !quotient.is_zero()));
        Comparison {
            before,
            after,
            difference: Range::enclosing(less, difference.unwrap_or_default().map(signed)),
            ratio: quotient
                .map(|quotient| Range::enclosing(rounded(quotient), ratio.unwrap_or_default().map(decimal))),
        }
    }
}

impl<'a> PairedPart<'a> {
    fn add(&mut self, factor: &AppliedFactor<'a>, usage: &Usage, side: usize) {
        let grid = |factor: &AppliedFactor<'_>| factor.grid().map(|grid| grid.value_key());
        let known = self.by_grid.iter().position(|(known, _)| grid(known) == grid(factor));
        let place = known.unwrap_or_else(|| {
            self.by_grid.push((*factor, [Usage::default(); 2]));
            self.by_grid.len() - 1
        });
        self.by_grid[place].1[side] += usage;
    }

    /// Its factor; those of other values of the grid differ by that alone.
    fn factor(&self) -> &AppliedFactor<'a> {
        &self.by_grid[0].0
    }

    fn usage(&self) -> [Usage; 2] {
        [BEFORE, AFTER].map(|side| self.by_grid.iter().map(|(_, usage)| &usage[side]).sum())
    }

    /// Grams per kilowatt hour before and after, weighted by the energy: the values of one grid share one error, so their mean
    /// stands for all of them.
    fn mean_grid(&self) -> [f64; 2] {
        let value = |factor: &AppliedFactor<'_>| factor.grid().map_or(0.0, |grid| grid.g_per_kwh());
        [BEFORE, AFTER].map(|side| {
            let (mut energy, mut grams) = (0.0, 0.0);
            for (factor, usage) in &self.by_grid {
                let wh = factor.energy_central(&usage[side]).map_or(0.0, WattHours::to_f64);
                energy += wh;
                grams += wh * value(factor);
            }
            match self.by_grid.as_slice() {
                [(one, _)] => value(one),
                _ if energy > 0.0 => grams / energy,
                _ => value(self.factor()),
            }
        })
    }
}

/// Digits of a ratio behind its first one: beyond what any draw is good for.
const RATIO_DIGITS: u32 = 9;

fn rounded(ratio: Decimal) -> Decimal {
    ratio.round_sf(RATIO_DIGITS).unwrap_or(ratio).normalize()
}

fn decimal(ratio: f64) -> Decimal {
    rounded(Grams::from_f64(ratio).as_decimal())
}

fn signed(grams: f64) -> Grams {
    if grams < 0.0 { Grams::new(-Grams::from_f64(-grams).as_decimal()) } else { Grams::from_f64(grams) }
}

/// Whether two factors are one, whatever the grid: two sets may name different ones alike.
fn is_same(a: &AppliedFactor<'_>, b: &AppliedFactor<'_>) -> bool {
    use std::ptr::eq;
    match (a, b) {
        (AppliedFactor::Published(a), AppliedFactor::Published(b)) => eq::<EmissionFactor>(*a, *b) || a == b,
        (AppliedFactor::Modelled(a), AppliedFactor::Modelled(b)) => {
            let parts = |factor: &BottomUpFactor<'_>| {
                let place = factor.in_place();
                (
                    place.location().region.as_ptr(),
                    std::ptr::from_ref(place.fleet()).addr(),
                    std::ptr::from_ref(place.site()).addr(),
                )
            };
            eq(a.parameters(), b.parameters()) && parts(a) == parts(b)
        }
        (AppliedFactor::Measured(a), AppliedFactor::Measured(b)) => {
            let parts = |factor: &MeasuredInPlace<'_>| {
                let place = factor.in_place();
                (place.location().region.as_ptr(), std::ptr::from_ref(place.fleet()).addr())
            };
            eq(a.factor(), b.factor()) && parts(a) == parts(b)
        }
        _ => false,
    }
}
