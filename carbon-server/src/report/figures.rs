//! Activity and its value, as JSON: in usage queries, closed months and restatements.

use crate::{
    base::exact::{Exact, ExactRange, Long},
    http::problem::Problem,
    registry::AccountSets,
    report::market::MarketFigures,
};
use carbon_core::{
    Confidence, FactorSet, Grams, Range, Usage,
    quantity::Quantity,
    usage::{Media, MediaUnit},
};
use carbon_report::{Activity, MarketInputs, Valuation};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Activity and its value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Figures {
    requests: u64,
    input_tokens: u64,
    cache_read_input_tokens: u64,
    cache_creation_input_tokens: u64,
    output_tokens: u64,
    reasoning_output_tokens: u64,
    /// How many tokens the tokens have before them, doubled; absent where none is counted.
    #[serde(default, skip_serializing_if = "Long::is_zero")]
    context_output: Long,
    #[serde(default, skip_serializing_if = "Long::is_zero")]
    context_input: Long,
    /// Tokens of which that is not known.
    #[serde(default, skip_serializing_if = "is_none")]
    context_unknown_tokens: u64,
    /// What is not text; absent where there is none.
    #[serde(default, skip_serializing_if = "Media::is_empty")]
    media: Media,
    /// `null` if nothing in it has a factor.
    co2_grams: Option<ExactRange>,
    /// The lowest level in it, or `unknown`.
    confidence: String,
    energy_wh: Option<ExactRange>,
    water_ml: Option<ExactRange>,
    /// Share of the tokens that have a factor, or of the calls with images, video or sound, whichever is lower; `null` if there
    /// are neither.
    coverage: Option<Exact>,
}

fn is_none<N: Default + PartialEq>(count: &N) -> bool {
    *count == N::default()
}

impl Figures {
    pub(crate) fn of(valuation: &Valuation) -> Self {
        let Valuation { valued, coverage, confidence } = valuation;
        let Usage {
            requests,
            input_tokens,
            cache_read_input_tokens,
            cache_creation_input_tokens,
            output_tokens,
            reasoning_output_tokens,
            context_output,
            context_input,
            context_unknown_tokens,
            media,
        } = valued.usage;
        Figures {
            requests,
            input_tokens,
            cache_read_input_tokens,
            cache_creation_input_tokens,
            output_tokens,
            reasoning_output_tokens,
            context_output: Long::of(context_output),
            context_input: Long::of(context_input),
            context_unknown_tokens,
            media,
            co2_grams: valued.co2.map(ExactRange::of),
            confidence: confidence.map_or("unknown", Confidence::as_str).to_owned(),
            energy_wh: valued.energy.map(ExactRange::of),
            water_ml: valued.water.map(ExactRange::of),
            coverage: coverage.ratio().map(Exact::from),
        }
    }

    /// The lowest level in it, or `unknown`.
    pub(crate) fn confidence(&self) -> &str {
        &self.confidence
    }

    /// The lower of the shares of tokens and of calls with images, video or sound that have a factor, from 0 to 1; `None` if
    /// there are neither.
    pub(crate) fn coverage(&self) -> Option<Decimal> {
        self.coverage.map(Exact::as_decimal)
    }

    /// As a statement has them.
    pub(crate) fn valued(&self) -> carbon_report::Valued {
        fn range<Q: Quantity>(ExactRange { low, central, high }: ExactRange) -> Option<Range<Q>> {
            let quantity = |exact: Exact| Q::new(exact.as_decimal());
            Range::new(quantity(low), quantity(central), quantity(high))
        }
        let carbon_report::evidence::Stated { usage, co2 } = self.as_stated();
        let (energy, water) = (self.energy_wh.and_then(range), self.water_ml.and_then(range));
        carbon_report::Valued { usage, co2, energy, water }
    }

    /// As a report has them.
    pub(crate) fn as_stated(&self) -> carbon_report::evidence::Stated {
        let grams = |exact: Exact| Grams::new(exact.as_decimal());
        let range = |ExactRange { low, central, high }| Range::new(grams(low), grams(central), grams(high));
        carbon_report::evidence::Stated {
            usage: Usage {
                requests: self.requests,
                input_tokens: self.input_tokens,
                cache_read_input_tokens: self.cache_read_input_tokens,
                cache_creation_input_tokens: self.cache_creation_input_tokens,
                output_tokens: self.output_tokens,
                reasoning_output_tokens: self.reasoning_output_tokens,
                context_output: self.context_output.count(),
                context_input: self.context_input.count(),
                context_unknown_tokens: self.context_unknown_tokens,
                media: self.media,
            },
            co2: self.co2_grams.and_then(range),
        }
    }

    /// Figures of no activity.
    fn none() -> Self {
        Figures::of(&Valuation::of([]))
    }
}

/// New minus old: central values, if both are known.
#[derive(Debug, Serialize)]
pub(crate) struct Difference {
    pub(crate) requests: i128,
    input_tokens: i128,
    cache_read_input_tokens: i128,
    cache_creation_input_tokens: i128,
    output_tokens: i128,
    reasoning_output_tokens: i128,
    #[serde(skip_serializing_if = "Long::is_zero")]
    context_output: Long,
    #[serde(skip_serializing_if = "Long::is_zero")]
    context_input: Long,
    #[serde(skip_serializing_if = "is_none")]
    context_unknown_tokens: i128,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    media: BTreeMap<&'static str, i128>,
    pub(crate) co2_grams: Option<Exact>,
    energy_wh: Option<Exact>,
    water_ml: Option<Exact>,
}

impl Difference {
    pub(crate) fn between(old: &Figures, new: &Figures) -> Self {
        let counts = |old: u64, new: u64| i128::from(new) - i128::from(old);
        let central = |old: Option<ExactRange>, new: Option<ExactRange>| Some(new?.central - old?.central);
        Difference {
            requests: counts(old.requests, new.requests),
            input_tokens: counts(old.input_tokens, new.input_tokens),
            cache_read_input_tokens: counts(old.cache_read_input_tokens, new.cache_read_input_tokens),
            cache_creation_input_tokens: counts(
                old.cache_creation_input_tokens,
                new.cache_creation_input_tokens,
            ),
            output_tokens: counts(old.output_tokens, new.output_tokens),
            reasoning_output_tokens: counts(old.reasoning_output_tokens, new.reasoning_output_tokens),
            context_output: new.context_output - old.context_output,
            context_input: new.context_input - old.context_input,
            context_unknown_tokens: counts(old.context_unknown_tokens, new.context_unknown_tokens),
            media: MediaUnit::ALL
                .iter()
                .map(|unit| (unit.as_str(), counts(old.media.get(*unit), new.media.get(*unit))))
                .filter(|(_, difference)| *difference != 0)
                .collect(),
            co2_grams: central(old.co2_grams, new.co2_grams),
            energy_wh: central(old.energy_wh, new.energy_wh),
            water_ml: central(old.water_ml, new.water_ml),
        }
    }
}

/// A tenant's figures of a month: the document that closing it fixes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct StatedFigures {
    pub(crate) total: Figures,
    /// By the model's name as sent, which no factor set changes.
    pub(crate) models: BTreeMap<String, Figures>,
    /// The total by the market-based method, where the account has entered what it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) market: Option<MarketFigures>,
}

impl StatedFigures {
    pub(crate) fn of(activity: &[Activity], market: &MarketInputs, set: &FactorSet) -> Self {
        let valued = |rows: &[&Activity]| Figures::of(&Valuation::of(rows.iter().map(|row| (*row, set))));
        let mut models: BTreeMap<&str, Vec<&Activity>> = BTreeMap::new();
        for row in activity {
            models.entry(&row.model).or_default().push(row);
        }
        StatedFigures {
            models: models.iter().map(|(model, rows)| ((*model).to_owned(), valued(rows))).collect(),
            total: valued(&activity.iter().collect::<Vec<_>>()),
            market: MarketFigures::of(activity, market, set),
        }
    }

    /// Figures of a tenant that had none.
    pub(crate) fn none() -> Self {
        StatedFigures { total: Figures::none(), models: BTreeMap::new(), market: None }
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings and numbers always serialise")
    }

    pub(crate) fn from_json(json: &str) -> Result<Self, Problem> {
        serde_json::from_str(json)
            .map_err(|error| Problem::Internal(format!("figures of a closed month: {error}")))
    }
}

/// Old, new and their difference.
#[derive(Debug, Serialize)]
pub(crate) struct FiguresChange {
    pub(crate) old: Figures,
    pub(crate) new: Figures,
    pub(crate) difference: Difference,
}

impl FiguresChange {
    pub(crate) fn between(old: Option<&Figures>, new: Option<&Figures>) -> Self {
        let some = |figures: Option<&Figures>| figures.cloned().unwrap_or_else(Figures::none);
        let (old, new) = (some(old), some(new));
        FiguresChange { difference: Difference::between(&old, &new), old, new }
    }
}

/// The factor set that a month was closed under; the account's of now if it is open. No set is ever removed.
pub(crate) fn factor_set_of(sets: &AccountSets, closed_under: Option<&str>) -> Result<FactorSet, Problem> {
    let Some(version) = closed_under else { return Ok(sets.current()) };
    sets.version(version).ok_or_else(|| Problem::Internal(format!("factor set {version} no longer exists")))
}
