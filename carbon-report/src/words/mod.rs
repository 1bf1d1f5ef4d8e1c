//! The words of a language, and how figures are written in it: for the report's pages, and for others that say the same.

mod filled;
mod grids;
mod market;
mod pack;
mod period;
mod prose;
mod targets;
mod terms;
mod workbook;

pub use filled::filled;
pub(crate) use grids::GridWords;
pub(crate) use market::MarketWords;
pub use market::{BasesWords, BasisWords};
pub(crate) use pack::PackWords;
pub(crate) use period::PeriodWords;
pub(crate) use prose::Prose;
pub use targets::TargetWords;
pub(crate) use terms::Terms;
pub(crate) use workbook::WorkbookWords;

use crate::{
    figure::{self, MassUnit},
    heading::Status,
    language::Language,
    statement::{Lever, LeverChange, MonthChange, Statement},
};
use carbon_core::{Confidence, Grams, Range};
use jiff::civil::Date;
use rust_decimal::{Decimal, RoundingStrategy};

/// What the ids of classes of models begin with.
const CLASS: &str = "class-";

/// What the French titles in the tables of sources begin with; the others are English.
const FRENCH_TITLES: [&str; 3] = ["Gravity — ", "Gravity Climate — ", "Mistral LCA"];

/// How ledgers call who made an entry, where it was no person.
const COMMAND_LINE: &str = "command line";
const KEY: &str = "key ";

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
    /// What remains of the emissions of the calls that it changes.
    pub remains: String,
}

impl Wording {
    /// The words of `language`.
    pub fn of(language: Language) -> Self {
        Wording { terms: Terms::of(language), prose: Prose::of(language), language }
    }

    /// The hours of a day as a picture: heading, what bars in `unit` are, what marks are, and the heads of its table: hour, energy,
    /// grid intensity.
    pub fn hours(&self, unit: &str) -> [String; 6] {
        let words = GridWords::of(self.language);
        let [hour, energy] = words.hours;
        let [.., g_per_kwh, _] = words.series;
        [words.by_hour, &words.energy_axis.replace("{unit}", unit), words.grid_axis, hour, energy, g_per_kwh]
            .map(str::to_owned)
    }

    /// A whole number.
    pub fn count(&self, count: impl Into<u128>) -> String {
        self.language.number(figure::whole(count.into()))
    }

    /// `ratio` as a percentage with one decimal. 100 % means all: what is nearly so is shown as less. So does 0 % mean nothing.
    pub fn percent(&self, ratio: Decimal) -> String {
        let nearly_all = Decimal::from(999);
        let tenths =
            (ratio * Decimal::ONE_THOUSAND).round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
        let (less, tenths) = match tenths {
            tenths if tenths.is_zero() && ratio > Decimal::ZERO => ("<\u{a0}", Decimal::ONE),
            tenths if tenths > nearly_all && ratio < Decimal::ONE => ("", nearly_all),
            tenths => ("", tenths),
        };
        let mut percent = tenths / Decimal::TEN;
        percent.rescale(1);
        format!("{less}{}{}", self.language.number(percent), self.language.percent_sign())
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

    /// A model as readers know it: a class of models has no name of its own, and its id says nothing to them.
    pub fn model_name(&self, model: &str) -> String {
        match model.strip_prefix(CLASS) {
            Some(class) => self.terms.class.replace("{class}", class),
            None => model.to_owned(),
        }
    }

    /// Our own words in a table of sources or standards, in this language; what others have published stays as it is.
    pub(crate) fn translated(&self, text: &str) -> String {
        let catalogue = self.prose.in_tables;
        catalogue.iter().fold(text.to_owned(), |text, (english, words)| text.replace(english, words))
    }

    /// The language of a title that others have published, where that is not the language of the page.
    pub(crate) fn language_of_title(&self, title: &str) -> Option<Language> {
        let is_french = FRENCH_TITLES.iter().any(|start| title.starts_with(start));
        let published = if is_french { Language::Fr } else { Language::En };
        (published != self.language && self.translated(title) == title).then_some(published)
    }

    /// Who made an own entry: a person, a key by its label or its day, or the command line.
    pub(crate) fn entered_by(&self, who: &str) -> String {
        let terms = self.terms;
        if who == COMMAND_LINE {
            return terms.command_line.to_owned();
        }
        let Some(key) = who.strip_prefix(KEY) else { return who.to_owned() };
        match key.strip_prefix("of ").and_then(|day| day.parse::<Date>().ok()) {
            Some(day) => terms.key_of_day.replace("{day}", &self.language.date(day)),
            None => terms.key_named.replace("{label}", key),
        }
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
    /// no figure, or nothing was used: of nothing there is nothing to report. Nor of a period with a month missing.
    pub(crate) fn sentence_to_paste(&self, statement: &Statement, supplier: &str) -> Option<String> {
        let co2 = statement.total.co2.filter(|_| statement.total.usage.requests > 0)?;
        let [low, central, high] = self.masses(co2);
        let is_period = statement.heading.through.is_some();
        if is_period && statement.heading.status != Status::Final {
            return None;
        }
        let to_paste = if is_period { PeriodWords::of(self.language).to_paste } else { self.prose.to_paste };
        let sentence = to_paste
            .replace("{month}", &self.language.month(statement.heading.month))
            .replace("{from}", &self.language.month(statement.heading.month))
            .replace("{to}", &self.language.month(statement.heading.last_month()))
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
            LeverChange::AnswersAsTagged { name, from, to, output_tokens } => {
                let tokens = self.count(*output_tokens);
                let values = [("tokens", tokens.as_str()), ("name", name), ("from", from), ("to", to)];
                filled(prose.as_tagged, &values)
            }
            LeverChange::SmallerModel { from, to } => {
                prose.smaller.replace("{from}", &self.model_name(from)).replace("{to}", &self.model_name(to))
            }
        };
        let [low, difference, high] = self.differences(lever.difference);
        LeverWords {
            change,
            difference,
            range: self.terms.range.replace("{low}", &low).replace("{high}", &high),
            remains: lever.ratio.map_or_else(String::new, |ratio| self.ratio(ratio)),
        }
    }

    /// `58 % (from 41 % to 80 %)`; one that is certain has no range.
    pub fn ratio(&self, ratio: Range<Decimal>) -> String {
        let [low, central, high] =
            [ratio.low(), ratio.central(), ratio.high()].map(|share| self.percent(share));
        if low == high {
            return central;
        }
        let range = self.terms.range.replace("{low}", &low).replace("{high}", &high);
        format!("{central} ({range})")
    }

    /// What stands over what remains of emissions after a lever.
    pub fn remains(&self) -> &'static str {
        self.prose.levers_head[3]
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
mod tests;
