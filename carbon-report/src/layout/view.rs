//! What every section needs: the statement, the words of its language, and how figures are written in it.

use super::{flow::Flow, prose::Prose, terms::Terms};
use crate::{
    Language, Statement,
    figure::{self, MassUnit},
    pdf::font::showable,
};
use carbon_core::{Grams, Quantity, Range};
use rust_decimal::Decimal;

/// A statement with the words and the names that the page shows for it.
pub(super) struct View<'a> {
    pub(super) statement: &'a Statement,
    pub(super) terms: &'static Terms,
    pub(super) prose: &'static Prose,
    pub(super) language: Language,
    pub(super) client: String,
    pub(super) supplier: String,
}

impl<'a> View<'a> {
    pub(super) fn of(statement: &'a Statement) -> Self {
        let heading = &statement.heading;
        View {
            statement,
            terms: Terms::of(heading.language),
            prose: Prose::of(heading.language),
            language: heading.language,
            client: showable(&heading.client.name).into_owned(),
            supplier: showable(&heading.supplier.name).into_owned(),
        }
    }

    /// Whether any name is not printed as it was given.
    pub(super) fn escapes_names(&self) -> bool {
        let (statement, heading) = (self.statement, &self.statement.heading);
        let unknown = statement.unknown_models.iter().map(|line| &line.name);
        let tags = statement.by_tag.iter().flat_map(|line| [&line.name, &line.value]);
        let regions = statement.by_region.iter().filter_map(|line| line.region.as_ref());
        let restated = statement.restatement.iter().flat_map(|restatement| {
            restatement.models.iter().map(|model| &model.model).chain([&restatement.reason])
        });
        let parties = [&heading.client.name, &heading.client.tenant_id, &heading.supplier.name];
        let mut names = unknown.chain(tags).chain(regions).chain(restated).chain(parties);
        names.any(|name: &String| showable(name) != name.as_str())
    }

    /// The heading of a section, by its number.
    pub(super) fn heading(&self, flow: &mut Flow, number: usize, following: f64) {
        flow.heading(&format!("{number}\u{2002}{}", self.prose.sections[number - 1]), following);
    }

    pub(super) fn count(&self, count: impl Into<u128>) -> String {
        self.language.number(figure::whole(count.into()))
    }

    /// `ratio` as a percentage with one decimal, rounded down so that 100 % means all.
    pub(super) fn percent(&self, ratio: Decimal) -> String {
        let tenths = (ratio * Decimal::ONE_THOUSAND).floor() / Decimal::TEN;
        let mut percent = tenths;
        percent.rescale(1);
        format!("{}\u{a0}%", self.language.number(percent))
    }

    /// Shares of `whole` as percentages that add up as they are shown; empty where the whole is nothing.
    pub(super) fn percents(&self, parts: &[Decimal], whole: Decimal) -> Vec<String> {
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
    pub(super) fn share(&self, ratio: Option<Decimal>) -> String {
        ratio.map_or_else(|| self.terms.not_available.to_owned(), |ratio| self.percent(ratio))
    }

    /// Share of the tokens that have a factor.
    pub(super) fn covered(&self) -> String {
        self.share(self.statement.coverage.ratio())
    }

    /// `42.1 kg`
    pub(super) fn mass(&self, grams: Grams) -> String {
        figure::mass(grams, self.language)
    }

    /// Lower bound, central value and upper bound in the unit of the central value, or a reader compares grams with kilograms.
    pub(super) fn masses(&self, range: Range<Grams>) -> [String; 3] {
        self.in_one_unit(range, MassUnit::for_grams(range.central()))
    }

    /// The same of differences: in the unit of the widest bound.
    pub(super) fn differences(&self, range: Range<Grams>) -> [String; 3] {
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
    pub(super) fn range(&self, range: Range<Grams>) -> String {
        let [low, _, high] = self.masses(range);
        self.terms.range.replace("{low}", &low).replace("{high}", &high)
    }

    /// `+42.1 kg` or `–42.1 kg`
    pub(super) fn signed_mass(&self, grams: Grams) -> String {
        let number = grams.as_decimal();
        let mass = self.mass(Grams::new(number.abs()));
        match number {
            number if number.is_zero() => mass,
            number if number.is_sign_negative() => format!("–{mass}"),
            _ => format!("+{mass}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Client, Evidence, Heading, Status};
    use carbon_core::FactorSet;

    #[test]
    fn shown_shares_add_up_to_a_hundred() {
        let heading = Heading {
            report_id: "r-1".to_owned(),
            revision: 1,
            supersedes: None,
            status: Status::Final,
            language: Language::En,
            month: "2026-10".parse().unwrap(),
            financial_year: 2026,
            issued_on: jiff::civil::date(2026, 11, 2),
            supplier: "S".into(),
            client: Client { tenant_id: "t".to_owned(), name: "t".to_owned() },
        };
        let statement = Statement::new(heading, &Evidence::default(), FactorSet::latest());
        let view = View::of(&statement);
        let parts = [359, 641, 0].map(Decimal::from);
        assert_eq!(
            view.percents(&parts, Decimal::ONE_THOUSAND),
            ["35.9\u{a0}%", "64.1\u{a0}%", "0.0\u{a0}%"]
        );
        let thirds = [Decimal::ONE; 3];
        assert_eq!(view.percents(&thirds, Decimal::from(3)), ["33.4\u{a0}%", "33.3\u{a0}%", "33.3\u{a0}%"]);
        assert_eq!(view.percents(&parts, Decimal::ZERO), ["", "", ""], "nothing is not 100 %");
    }
}
