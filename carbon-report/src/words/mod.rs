//! The words of a language, and how figures are written in it: for the report's pages, and for others that say the same.

mod prose;
mod terms;

pub(crate) use prose::Prose;
pub(crate) use terms::Terms;

use crate::{
    figure::{self, MassUnit},
    heading::Status,
    language::Language,
    pdf::font::showable,
    statement::{Lever, LeverChange, MonthChange, Statement},
};
use carbon_core::{Confidence, Grams, Range};
use rust_decimal::Decimal;

/// How the report says things in one language.
///
/// ```
/// use carbon_core::{Confidence, Grams};
/// use carbon_report::{Language, words::Wording};
///
/// let wording = Wording::of(Language::De);
/// assert_eq!(wording.confidence(Some(Confidence::Measured)), "gemessen");
/// assert_eq!(wording.mass(Grams::new("1234.5".parse().unwrap())), "1,23\u{a0}kg");
/// ```
#[derive(Clone, Copy)]
pub struct Wording {
    pub(crate) terms: &'static Terms,
    pub(crate) prose: &'static Prose,
    pub(crate) language: Language,
}

/// A lever in words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeverWords {
    /// What is changed, as what would follow an "if".
    pub change: String,
    /// The difference, with its sign and unit.
    pub difference: String,
    /// From its lowest to its highest.
    pub range: String,
}

impl Wording {
    /// The words of `language`.
    pub fn of(language: Language) -> Self {
        Wording { terms: Terms::of(language), prose: Prose::of(language), language }
    }

    /// A whole number.
    pub fn count(&self, count: impl Into<u128>) -> String {
        self.language.number(figure::whole(count.into()))
    }

    /// `ratio` as a percentage with one decimal, rounded down so that 100 % means all.
    pub fn percent(&self, ratio: Decimal) -> String {
        let tenths = (ratio * Decimal::ONE_THOUSAND).floor() / Decimal::TEN;
        let mut percent = tenths;
        percent.rescale(1);
        format!("{}\u{a0}%", self.language.number(percent))
    }

    /// Shares of `whole` as percentages that add up as they are shown; empty where the whole is nothing.
    pub fn percents(&self, parts: &[Decimal], whole: Decimal) -> Vec<String> {
        let shares: Option<Vec<Decimal>> =
            parts.iter().map(|part| (*part * Decimal::ONE_HUNDRED).checked_div(whole)).collect();
        let Some(shares) = shares else { return vec![String::new(); parts.len()] };
        let shown = figure::apportion(&shares, 1).into_iter().map(|mut share| {
            share.rescale(1);
            format!("{}\u{a0}%", self.language.number(share))
        });
        shown.collect()
    }

    /// A share as a percentage; words where there is none.
    pub fn share(&self, ratio: Option<Decimal>) -> String {
        ratio.map_or_else(|| self.terms.not_available.to_owned(), |ratio| self.percent(ratio))
    }

    /// `42.1 kg`
    pub fn mass(&self, grams: Grams) -> String {
        figure::mass(grams, self.language)
    }

    /// Lower bound, central value and upper bound in the unit of the central value, or a reader compares grams with kilograms.
    pub fn masses(&self, range: Range<Grams>) -> [String; 3] {
        self.in_one_unit(range, MassUnit::for_grams(range.central()))
    }

    /// The same of differences: in the unit of the widest bound.
    pub fn differences(&self, range: Range<Grams>) -> [String; 3] {
        let [low, high] = [range.low(), range.high()].map(|grams| Grams::new(grams.as_decimal().abs()));
        self.in_one_unit(range, MassUnit::for_grams(if low > high { low } else { high }))
    }

    fn in_one_unit(&self, range: Range<Grams>, unit: MassUnit) -> [String; 3] {
        [range.low(), range.central(), range.high()].map(|grams| {
            let number = self.language.number(figure::three_significant(unit.of(grams)));
            format!("{number}\u{a0}{}", unit.symbol())
        })
    }

    /// `from 4.5 kg to 70.4 kg`
    pub fn range(&self, range: Range<Grams>) -> String {
        let [low, _, high] = self.masses(range);
        self.terms.range.replace("{low}", &low).replace("{high}", &high)
    }

    /// `+42.1 kg` or `–42.1 kg`
    pub fn signed_mass(&self, grams: Grams) -> String {
        let number = grams.as_decimal();
        let mass = self.mass(Grams::new(number.abs()));
        match number {
            number if number.is_zero() => mass,
            number if number.is_sign_negative() => format!("–{mass}"),
            _ => format!("+{mass}"),
        }
    }

    /// A level of confidence; `None` is unknown.
    pub fn confidence(&self, confidence: Option<Confidence>) -> &'static str {
        self.terms.confidence(confidence)
    }

    /// What the levels of confidence mean.
    pub fn confidence_note(&self) -> &'static str {
        self.terms.confidence_note
    }

    /// One word for whether a month can still change.
    pub fn status(&self, status: Status) -> &'static str {
        self.terms.status_word(status)
    }

    /// What a statement is, and what it does not do.
    pub fn what_this_is(&self) -> &'static str {
        self.terms.what_this_is
    }

    /// What a client may paste into its own report, with the supplier as the sentence is to call it; `None` where there is
    /// no figure, or nothing was used: of nothing there is nothing to report.
    pub(crate) fn sentence_to_paste(&self, statement: &Statement, supplier: &str) -> Option<String> {
        let co2 = statement.total.co2.filter(|_| statement.total.usage.requests > 0)?;
        let [low, central, high] = self.masses(co2);
        let sentence = self
            .prose
            .to_paste
            .replace("{month}", &self.language.month(statement.heading.month))
            .replace("{mass}", &central)
            .replace("{low}", &low)
            .replace("{high}", &high)
            .replace("{covered}", &self.share(statement.coverage.ratio()))
            .replace("{primary}", &self.share(statement.data_quality.primary_share))
            .replace("{supplier}", supplier);
        Some(sentence)
    }

    /// A lever and its effect.
    pub fn lever(&self, lever: &Lever) -> LeverWords {
        let prose = self.prose;
        let change = match &lever.change {
            LeverChange::HalfOfInputCached { input_tokens } => {
                prose.half_cached.replace("{tokens}", &self.count(*input_tokens))
            }
            LeverChange::ShorterAnswers { output_tokens } => {
                prose.shorter.replace("{tokens}", &self.count(*output_tokens))
            }
            LeverChange::AnswersAsTagged { name, from, to, output_tokens } => prose
                .as_tagged
                .replace("{tokens}", &self.count(*output_tokens))
                .replace("{name}", &showable(name))
                .replace("{from}", &showable(from))
                .replace("{to}", &showable(to)),
            LeverChange::SmallerModel { from, to } => {
                prose.smaller.replace("{from}", from).replace("{to}", to)
            }
        };
        let [low, difference, high] = self.differences(lever.difference);
        LeverWords {
            change,
            difference,
            range: self.terms.range.replace("{low}", &low).replace("{high}", &high),
        }
    }

    /// What a lever is not.
    pub fn levers_note(&self) -> &'static str {
        self.prose.levers_note
    }

    /// Why a month differs from the one before.
    pub fn month_change(&self, change: &MonthChange) -> String {
        let signed = |grams: Grams| self.signed_mass(grams);
        self.prose
            .change
            .replace("{month}", &self.language.month(change.since))
            .replace("{total}", &signed(change.total))
            .replace("{volume}", &signed(change.volume))
            .replace("{mix}", &signed(change.mix))
            .replace("{factors}", &signed(change.factors))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_shares_add_up_to_a_hundred() {
        let wording = Wording::of(Language::En);
        let parts = [359, 641, 0].map(Decimal::from);
        assert_eq!(
            wording.percents(&parts, Decimal::ONE_THOUSAND),
            ["35.9\u{a0}%", "64.1\u{a0}%", "0.0\u{a0}%"]
        );
        let thirds = [Decimal::ONE; 3];
        assert_eq!(
            wording.percents(&thirds, Decimal::from(3)),
            ["33.4\u{a0}%", "33.3\u{a0}%", "33.3\u{a0}%"]
        );
        assert_eq!(wording.percents(&parts, Decimal::ZERO), ["", "", ""], "nothing is not 100 %");
    }
}
