//! Targets, and where the figures lie.

use super::Valuation;
use crate::{
    activity::Activity,
    evidence::Evidence,
    month::Month,
    target::{Target, TargetPer},
    valued::Coverage,
    wire,
};
use carbon_core::{FactorSet, Grams, Range, Usage};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A target and the figure that it is compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TargetLine {
    /// The target.
    #[serde(flatten)]
    pub target: Target,
    /// The figure, of the same calls and in the same unit; `None` where nothing of it has a value.
    #[serde(rename = "co2_grams", with = "wire::maybe_range")]
    pub figure: Option<Range<Grams>>,
    /// How much of this month's calls has a figure.
    pub coverage: Coverage,
    /// Months that the figure is of.
    pub months: u32,
    /// Where the figure lies.
    pub reading: TargetReading,
}

/// Where a figure lies to its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TargetReading {
    /// Its whole range lies at the target or below, and all of the calls have a figure where that matters.
    Below,
    /// Its whole range lies above the target.
    Above,
    /// The target lies within its range.
    CannotTellRange,
    /// Below as far as it is known, but a part of the calls has no figure: a mass is then a lower bound.
    CannotTellCoverage,
    /// Nothing has a figure.
    NoFigure,
}

impl TargetReading {
    /// Where a figure lies; `is_whole`: all of the calls have one.
    pub(crate) fn of(target: &Target, figure: Option<Range<Grams>>, is_whole: bool) -> Self {
        match figure {
            None => TargetReading::NoFigure,
            Some(figure) if figure.low() > target.grams => TargetReading::Above,
            Some(figure) if figure.high() > target.grams => TargetReading::CannotTellRange,
            Some(_) if target.per.is_absolute() && !is_whole => TargetReading::CannotTellCoverage,
            Some(_) => TargetReading::Below,
        }
    }

    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            TargetReading::Below => "below",
            TargetReading::Above => "above",
            TargetReading::CannotTellRange => "cannot_tell_range",
            TargetReading::CannotTellCoverage => "cannot_tell_coverage",
            TargetReading::NoFigure => "no_figure",
        }
    }
}

/// The targets that hold for a month, with the figures that they are compared with.
pub fn target_lines(evidence: &Evidence, set: &FactorSet, month: Month) -> Vec<TargetLine> {
    let holds = |target: &&Target| target.from.is_none_or(|from| from <= month);
    evidence.targets.iter().filter(holds).map(|target| line(target, evidence, set, month)).collect()
}

fn line(target: &Target, evidence: &Evidence, set: &FactorSet, month: Month) -> TargetLine {
    let rows: Vec<&Activity> = match &target.tag {
        None => evidence.activity.iter().collect(),
        Some(tag) => {
            let tagged = evidence.tags.iter().filter(|row| row.name == tag.name && row.value == tag.value);
            tagged.map(|row| &row.activity).collect()
        }
    };
    let Valuation { valued, coverage, .. } = Valuation::of(rows.iter().map(|row| (*row, set)));
    let mut months = 1;
    let mut is_whole = coverage.ratio().is_none_or(|ratio| ratio == Decimal::ONE);
    let figure = match target.per {
        TargetPer::Month => valued.co2,
        TargetPer::Year => {
            let year = month.first_day().year();
            let earlier = evidence.earlier.iter();
            let earlier =
                earlier.filter(|before| before.month < month && before.month.first_day().year() == year);
            earlier.fold(valued.co2, |sum, before| {
                months += 1;
                // What is stated of an earlier month does not say how much of it has a figure; nothing at all is a part.
                is_whole &= before.stated.co2.is_some() || before.stated.usage == Usage::default();
                match (sum, before.stated.co2) {
                    (Some(sum), Some(more)) => Some(sum.plus_correlated(more)),
                    (sum, more) => sum.or(more),
                }
            })
        }
        // Grams of what has a figure, for the tokens and requests that have one.
        TargetPer::ThousandTokens => per(
            valued.co2,
            Decimal::from(coverage.valued_tokens.min(u64::MAX.into())) / Decimal::ONE_THOUSAND,
        ),
        TargetPer::Request => {
            let known = rows.iter().filter(|row| Valuation::is_known(row, set));
            let usage: Usage = known.map(|row| &row.usage).sum();
            per(valued.co2, Decimal::from(usage.requests))
        }
    };
    let reading = TargetReading::of(target, figure, is_whole);
    TargetLine { target: target.clone(), figure, coverage, months, reading }
}

/// Digits of an intensity.
const DIGITS: u32 = 15;

fn per(co2: Option<Range<Grams>>, units: Decimal) -> Option<Range<Grams>> {
    let co2 = co2?;
    let bounds = [co2.low(), co2.central(), co2.high()].map(|grams| grams.as_decimal().checked_div(units));
    let [low, central, high] = bounds.map(|bound| Some(Grams::new(bound?.round_sf(DIGITS)?.normalize())));
    Range::new(low?, central?, high?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        evidence::{EarlierMonth, Stated, TaggedActivity},
        heading::Status,
        target::TargetTag,
    };
    use jiff::civil::date;

    const SET: &str = "2025.1";

    fn activity(model: &str, usage: Usage) -> Activity {
        Activity::new(date(2026, 10, 5), model, usage)
    }

    /// 2.85 g for 1,000 tokens, of one call.
    fn month() -> Evidence {
        Evidence::from(vec![activity("mistral-large-2", Usage::of_call(600, 400))])
    }

    fn target(grams: &str, per: TargetPer) -> Target {
        Target { name: "t".to_owned(), grams: Grams::new(grams.parse().unwrap()), per, tag: None, from: None }
    }

    fn read(evidence: Evidence, target: Target) -> (Option<String>, u32, TargetReading) {
        let evidence = Evidence { targets: vec![target], ..evidence };
        let lines = target_lines(&evidence, FactorSet::version(SET).unwrap(), "2026-10".parse().unwrap());
        let line = lines.first().expect("it holds");
        (line.figure.map(|figure| figure.central().to_string()), line.months, line.reading)
    }

    fn said(central: &str, months: u32, reading: TargetReading) -> (Option<String>, u32, TargetReading) {
        (Some(central.to_owned()), months, reading)
    }

    #[test]
    fn a_figure_is_below_above_or_cannot_be_told() {
        let of = |grams, per| read(month(), target(grams, per));
        for per in [TargetPer::Month, TargetPer::ThousandTokens, TargetPer::Request] {
            assert_eq!(of("100", per), said("2.85", 1, TargetReading::Below));
            assert_eq!(of("0.1", per), said("2.85", 1, TargetReading::Above));
            assert_eq!(of("2", per), said("2.85", 1, TargetReading::CannotTellRange));
        }
        let nothing = read(
            Evidence::from(vec![activity("unknown", Usage::of_call(1, 1))]),
            target("1", TargetPer::Month),
        );
        assert_eq!(nothing, (None, 1, TargetReading::NoFigure));
    }

    #[test]
    fn what_has_no_figure_makes_a_mass_a_lower_bound_and_no_intensity_smaller() {
        let half = || Evidence {
            activity: vec![
                activity("mistral-large-2", Usage::of_call(600, 400)),
                activity("unknown", Usage::of_call(600, 400)),
            ],
            ..Evidence::default()
        };
        assert_eq!(
            read(half(), target("100", TargetPer::Month)),
            said("2.85", 1, TargetReading::CannotTellCoverage)
        );
        assert_eq!(read(half(), target("0.1", TargetPer::Month)).2, TargetReading::Above);
        for per in [TargetPer::ThousandTokens, TargetPer::Request] {
            assert_eq!(read(half(), target("100", per)), said("2.85", 1, TargetReading::Below));
        }
    }

    #[test]
    fn a_year_adds_its_months_up_and_a_tag_is_of_its_calls() {
        let stated = |month: &str| EarlierMonth {
            month: month.parse().unwrap(),
            status: Status::Final,
            factor_set: SET.to_owned(),
            stated: Stated {
                co2: Range::new(1, 1, 1).map(|_| {
                    let grams = Grams::new(Decimal::TEN);
                    Range::new(grams, grams, grams).unwrap()
                }),
                ..Stated::default()
            },
        };
        let year = Evidence { earlier: ["2025-10", "2026-08", "2026-09"].map(stated).into(), ..month() };
        assert_eq!(read(year, target("100", TargetPer::Year)), said("22.85", 3, TargetReading::Below));
        let tag = TargetTag { name: "feature".to_owned(), value: "chat".to_owned() };
        let tagged = Target { tag: Some(tag.clone()), ..target("1", TargetPer::Request) };
        assert_eq!(read(month(), tagged.clone()).2, TargetReading::NoFigure);
        let chat = TaggedActivity {
            name: tag.name,
            value: tag.value,
            activity: activity("mistral-large-2", Usage::of_call(60, 40)),
        };
        assert_eq!(read(Evidence { tags: vec![chat], ..month() }, tagged).0.unwrap(), "0.285");
    }

    #[test]
    fn a_target_holds_from_its_first_month_on() {
        let since =
            |month: &str| Target { from: Some(month.parse().unwrap()), ..target("1", TargetPer::Month) };
        let evidence = Evidence { targets: vec![since("2026-11"), since("2026-10")], ..month() };
        let lines = target_lines(&evidence, FactorSet::version(SET).unwrap(), "2026-10".parse().unwrap());
        assert_eq!(
            lines.iter().map(|line| line.target.from.unwrap().to_string()).collect::<Vec<_>>(),
            ["2026-10"]
        );
    }
}
