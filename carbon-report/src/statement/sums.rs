//! Adding up what shares errors and what does not.

use crate::valued::Valued;
use carbon_core::{
    Grams, Millilitres, Range, Usage, WattHours,
    method::{AppliedFactor, BottomUp, BottomUpSum},
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
    /// What was measured, with its energy and water: taken as sharing its errors, the wider reading.
    measured: Option<(Range<Grams>, Range<WattHours>, Range<Millilitres>)>,
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
                let figure = factor.apply(usage);
                let (co2, energy, water) = self.measured.unwrap_or_default();
                self.measured = Some((
                    co2.plus_correlated(figure.co2()),
                    energy.plus_correlated(figure.energy()),
                    water.plus_correlated(figure.water()),
                ));
            }
            None => return,
        }
        self.any_valued = true;
    }

    /// The sum. Between the two kinds of figure bounds add up, as if their errors were one: the wider reading.
    pub(super) fn valued(self) -> Valued {
        let nothing_known = !self.any_valued && self.usage != Usage::default();
        if self.modelled.is_empty() && self.measured.is_none() {
            let co2 = (!nothing_known).then_some(self.published);
            return Valued { usage: self.usage, co2, energy: None, water: None };
        }
        let modelled: BottomUpSum<'_> = self.modelled.into_iter().collect();
        let (co2, energy, water) = self.measured.unwrap_or_default();
        let all = || self.published.plus_correlated(modelled.co2()).plus_correlated(co2);
        Valued {
            usage: self.usage,
            co2: (!nothing_known).then(all),
            energy: Some(modelled.energy().plus_correlated(energy)),
            water: Some(modelled.water().plus_correlated(water)),
        }
    }
}
