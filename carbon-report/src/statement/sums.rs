//! Adding up what shares errors and what does not.

use crate::valued::Valued;
use carbon_core::{
    Grams, Millilitres, Range, Usage, WattHours,
    method::{AppliedFactor, BottomUp, BottomUpSum, MeasuredInPlace},
};

/// Activity, with the figures of the part that has a factor.
#[derive(Default)]
pub(super) struct Sum<'a> {
    usage: Usage,
    /// Whether any of it has a factor.
    any_valued: bool,
    /// Published factors: their errors are taken as one, so bounds add up.
    published: Range<Grams>,
    /// Modelled figures: what they share is known.
    modelled: Vec<BottomUp<'a>>,
    /// What was measured, by the factor, its place and the grid.
    measured: Vec<(MeasuredInPlace<'a>, Usage)>,
}

/// Adds to what a factor has already, or begins with it.
fn add_measured<'a>(
    all: &mut Vec<(MeasuredInPlace<'a>, Usage)>,
    factor: MeasuredInPlace<'a>,
    usage: &Usage,
    is_same: impl Fn(&MeasuredInPlace<'a>, &MeasuredInPlace<'a>) -> bool,
) {
    match all.iter_mut().find(|(known, _)| is_same(known, &factor)) {
        Some((_, sum)) => *sum += usage,
        None => all.push((factor, *usage)),
    }
}

/// Whether it is the same factor in the same place, whatever the grid.
fn is_same_place(a: &MeasuredInPlace<'_>, b: &MeasuredInPlace<'_>) -> bool {
    let (place, other) = (a.in_place(), b.in_place());
    std::ptr::eq(a.factor(), b.factor())
        && place.location().region == other.location().region
        && std::ptr::eq(place.fleet(), other.fleet())
}

fn is_same_grid(a: &MeasuredInPlace<'_>, b: &MeasuredInPlace<'_>) -> bool {
    let value = |factor: &MeasuredInPlace<'_>| factor.in_place().location().grid.g_per_kwh().to_bits();
    is_same_place(a, b) && value(a) == value(b)
}

impl<'a> Sum<'a> {
    pub(super) fn add(&mut self, factor: Option<&AppliedFactor<'a>>, usage: &Usage) {
        self.usage += usage;
        match factor {
            Some(AppliedFactor::Published(factor)) => {
                self.published = self.published.plus_correlated(factor.apply(usage));
            }
            Some(AppliedFactor::Modelled(factor)) => self.modelled.push(factor.apply(usage)),
            Some(AppliedFactor::Measured(factor)) => {
                add_measured(&mut self.measured, *factor, usage, is_same_grid);
            }
            None => return,
        }
        self.any_valued = true;
    }

    /// The sum. Between the two kinds of figure bounds add up, as if their errors were one: the wider reading.
    pub(super) fn valued(self) -> Valued {
        let nothing_known = !self.any_valued && self.usage != Usage::default();
        if self.modelled.is_empty() && self.measured.is_empty() {
            let co2 = (!nothing_known).then_some(self.published);
            return Valued { usage: self.usage, co2, energy: None, water: None };
        }
        let modelled: BottomUpSum<'_> = self.modelled.into_iter().collect();
        let (co2, energy, water) = measured(&self.measured);
        let all = || self.published.plus_correlated(modelled.co2()).plus_correlated(co2);
        Valued {
            usage: self.usage,
            co2: (!nothing_known).then(all),
            energy: Some(modelled.energy().plus_correlated(energy)),
            water: Some(modelled.water().plus_correlated(water)),
        }
    }
}

/// What was measured, with its energy and water: taken as sharing its errors, the wider reading. Energy and water do not feel
/// the grid.
fn measured(parts: &[(MeasuredInPlace<'_>, Usage)]) -> (Range<Grams>, Range<WattHours>, Range<Millilitres>) {
    let mut whole = Vec::new();
    for (factor, usage) in parts {
        add_measured(&mut whole, *factor, usage, is_same_place);
    }
    let co2 = parts.iter().map(|(factor, usage)| factor.apply(usage).co2());
    let rest = whole.iter().map(|(factor, usage)| factor.apply(usage));
    rest.fold(
        (co2.fold(Range::default(), Range::plus_correlated), Range::default(), Range::default()),
        |(co2, energy, water), figure| {
            (co2, energy.plus_correlated(figure.energy()), water.plus_correlated(figure.water()))
        },
    )
}
