//! Results as JSON, in the shape of the tracker's API: `docs/api.md` of the tracker describes every field.

pub use crate::exact::{DecimalDigits, serialize_decimal};

mod grid;

use crate::{
    Estimate, Grams, Method, Millilitres, Opinions, Range, Usage, WattHours,
    factor::{Factor, Source},
    method::{BottomUp, Consistency, ecologits::Impacts},
    model::{ContextBasis, Disclosed, ResolvedBy, TOKENS_OF_LIFE, Training},
    quantity::{KilogramsSb, Megajoules},
    usage::Denominator,
};
use grid::GridJson;
use serde::{Serialize, Serializer};

/// [`Opinions`] of which only some methods are written: see [`Opinions::select`].
///
/// Spread, consistency and caveats are still those of all methods.
#[derive(Clone, Debug, PartialEq)]
pub struct SelectedOpinions<'a> {
    opinions: Opinions<'a>,
    methods: Vec<Method>,
}

impl<'a> Opinions<'a> {
    /// The same, of which only these methods are written to JSON, in this order.
    pub fn select(self, methods: &[Method]) -> SelectedOpinions<'a> {
        SelectedOpinions { opinions: self, methods: methods.to_vec() }
    }
}

impl Serialize for SelectedOpinions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        OpinionsJson::of(&self.opinions, &self.methods).serialize(serializer)
    }
}

impl Serialize for Opinions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        OpinionsJson::of(self, Method::ALL).serialize(serializer)
    }
}

#[derive(Serialize)]
struct OpinionsJson<'a> {
    model: &'a str,
    resolved_by: ResolvedBy,
    region: Option<&'a str>,
    factor_set: &'a str,
    grid: Option<GridJson<'a>>,
    methods: Vec<OpinionJson<'a>>,
    method_spread: Option<LowHigh<Grams>>,
    consistency: Option<Consistency>,
    caveats: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memo: Option<MemoJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<&'static str>,
}

impl<'a> OpinionsJson<'a> {
    fn of(opinions: &'a Opinions<'_>, methods: &[Method]) -> Self {
        let (deployment, spread) = (&opinions.deployment, opinions.spread());
        OpinionsJson {
            model: deployment.model.id(),
            resolved_by: deployment.resolved_by,
            region: deployment.location.map(|location| location.region),
            factor_set: deployment.factor_set,
            grid: deployment.location.map(|location| GridJson::of(&location, deployment.placed_by)),
            methods: methods.iter().filter_map(|method| OpinionJson::of(opinions, *method)).collect(),
            method_spread: spread.map(|[low, high]| LowHigh { low, high }),
            consistency: opinions.consistency(),
            caveats: opinions.caveats(),
            memo: deployment.model.training().map(|training| MemoJson::of(training, &opinions.usage)),
            // Not where other methods have a value that was not asked for.
            confidence: spread.is_none().then_some("unknown"),
        }
    }
}

/// What stands beside the figures and is in none of them.
#[derive(Serialize)]
struct MemoJson<'a> {
    training_grams_low: Grams,
    training_grams_high: Grams,
    training_tonnes: f64,
    training_basis: &'static str,
    /// Tokens that the training is shared among, the least and the most.
    tokens_of_life: [f64; 2],
    source: &'a Source,
}

impl<'a> MemoJson<'a> {
    fn of(training: &'a Training, usage: &Usage) -> Self {
        let [training_grams_low, training_grams_high] = training.share(usage);
        MemoJson {
            training_grams_low,
            training_grams_high,
            training_tonnes: training.tonnes(),
            training_basis: training.basis().as_str(),
            tokens_of_life: TOKENS_OF_LIFE,
            source: training.source(),
        }
    }
}

impl Serialize for Estimate<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct EstimateJson<'a> {
            model: &'a str,
            resolved_by: ResolvedBy,
            region: Option<&'a str>,
            factor_set: &'a str,
            grid: Option<GridJson<'a>>,
            method: Method,
            confidence: &'static str,
            co2_grams: Range<Grams>,
            #[serde(skip_serializing_if = "Option::is_none")]
            energy_wh: Option<Range<WattHours>>,
            #[serde(skip_serializing_if = "Option::is_none")]
            water_ml: Option<Range<Millilitres>>,
            factor_id: &'a str,
            source: &'a Source,
            #[serde(skip_serializing_if = "Option::is_none")]
            second_source: Option<&'a Source>,
            /// Where the name may have moved since anybody checked.
            #[serde(skip_serializing_if = "Option::is_none")]
            caveat: Option<String>,
        }
        EstimateJson {
            model: self.model.id(),
            resolved_by: self.resolved_by,
            region: self.location.map(|location| location.region),
            factor_set: self.factor_set,
            grid: self.location.map(|location| GridJson::of(&location, self.placed_by)),
            method: self.method,
            confidence: self.confidence.as_str(),
            co2_grams: self.co2,
            energy_wh: self.energy,
            water_ml: self.water,
            factor_id: self.factor_id,
            source: self.source,
            second_source: self.second_source,
            caveat: self.caveat(),
        }
        .serialize(serializer)
    }
}

#[derive(Serialize)]
#[serde(tag = "method", rename_all = "snake_case")]
enum OpinionJson<'a> {
    Measured {
        confidence: &'static str,
        co2_grams: Range<Grams>,
        operational_co2_grams: Range<Grams>,
        embodied_co2_grams: Range<Grams>,
        energy_wh: Range<WattHours>,
        water_ml: Range<Millilitres>,
        factor_id: &'a str,
        site: SiteJson<'a>,
        source: &'a Source,
    },
    Coefficient {
        confidence: &'static str,
        co2_grams: Range<Grams>,
        factor_id: &'a str,
        source: &'a Source,
    },
    BottomUp {
        confidence: &'static str,
        co2_grams: Range<Grams>,
        operational_co2_grams: Range<Grams>,
        embodied_co2_grams: Range<Grams>,
        #[serde(skip_serializing_if = "Option::is_none")]
        context: Option<ContextJson>,
        energy_wh: Range<WattHours>,
        water_ml: Range<Millilitres>,
        onsite_water_ml: Range<Millilitres>,
        offsite_water_ml: Range<Millilitres>,
        budget: Vec<Share>,
        factor_id: &'a str,
        site: SiteJson<'a>,
        source: &'a Source,
        #[serde(skip_serializing_if = "Option::is_none")]
        second_source: Option<&'a Source>,
    },
    Ecologits {
        co2_grams: LowHigh<Grams>,
        embodied_co2_grams: LowHigh<Grams>,
        energy_wh: LowHigh<WattHours>,
        water_ml: LowHigh<Millilitres>,
        adpe_kg_sb: LowHigh<KilogramsSb>,
        primary_energy_mj: LowHigh<Megajoules>,
        source: Option<&'a Source>,
    },
    Disclosed {
        confidence: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        co2_grams: Option<Range<Grams>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        energy_wh: Option<Range<WattHours>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        water_ml: Option<Range<Millilitres>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        adpe_kg_sb: Option<Range<KilogramsSb>>,
        per: Denominator,
        /// One per figure, in the order above.
        factors: Vec<DisclosedFactor<'a>>,
    },
}

/// The part of the emissions that comes from context, for sets that count it.
#[derive(Serialize)]
struct ContextJson {
    basis: ContextBasis,
    counted: bool,
    co2_grams: Range<Grams>,
}

/// The PUE that was applied, and its source.
#[derive(Serialize)]
struct SiteJson<'a> {
    pue: f64,
    source: &'a Source,
}

#[derive(Serialize)]
struct DisclosedFactor<'a> {
    factor_id: &'a str,
    basis: &'static str,
    observed: Option<&'a str>,
    source: &'a Source,
}

#[derive(Serialize)]
struct LowHigh<Q> {
    low: Q,
    high: Q,
}

#[derive(Serialize)]
struct Share {
    component: &'static str,
    share: f64,
}

impl<'a> OpinionJson<'a> {
    fn of(opinions: &'a Opinions<'_>, method: Method) -> Option<Self> {
        match method {
            Method::Measured => {
                let (figure, factor) = (opinions.measured.as_ref()?, opinions.measured.as_ref()?.factor());
                Some(OpinionJson::Measured {
                    confidence: factor.record().confidence().as_str(),
                    co2_grams: figure.co2(),
                    operational_co2_grams: figure.operational_co2(),
                    embodied_co2_grams: figure.embodied_co2(),
                    energy_wh: figure.energy(),
                    water_ml: figure.water(),
                    factor_id: factor.record().id(),
                    site: SiteJson {
                        pue: factor.in_place().pue(),
                        source: factor.in_place().site().source(),
                    },
                    source: factor.record().source(),
                })
            }
            Method::Coefficient => {
                let (factor, co2) = opinions.coefficient?;
                Some(OpinionJson::Coefficient {
                    confidence: opinions.deployment.confidence(factor.record()).as_str(),
                    co2_grams: co2,
                    factor_id: factor.id(),
                    source: factor.source(),
                })
            }
            Method::BottomUp => Some(OpinionJson::bottom_up(opinions, opinions.bottom_up.as_ref()?)),
            Method::Ecologits => Some(OpinionJson::ecologits(opinions.ecologits?, opinions.ecologits_source)),
            Method::Disclosed => OpinionJson::disclosed(opinions, opinions.disclosed?),
        }
    }

    fn bottom_up(opinions: &Opinions<'_>, ours: &'a BottomUp<'_>) -> Self {
        let (factor, record) = (ours.factor(), ours.factor().record());
        OpinionJson::BottomUp {
            confidence: opinions.deployment.confidence(record).as_str(),
            co2_grams: ours.co2(),
            operational_co2_grams: ours.operational_co2(),
            embodied_co2_grams: ours.embodied_co2(),
            context: factor.context_basis().map(|basis| ContextJson {
                basis,
                counted: !ours.lacks_context(),
                co2_grams: ours.context_co2(),
            }),
            energy_wh: ours.energy(),
            water_ml: ours.water(),
            onsite_water_ml: ours.onsite_water(),
            offsite_water_ml: ours.offsite_water(),
            budget: ours.budget().into_iter().map(|(component, share)| Share { component, share }).collect(),
            factor_id: record.id(),
            site: SiteJson { pue: factor.in_place().pue(), source: factor.in_place().site().source() },
            source: record.source(),
            second_source: factor.parameters().second_source(),
        }
    }

    fn ecologits([low, high]: [Impacts; 2], source: Option<&'a Source>) -> Self {
        OpinionJson::Ecologits {
            co2_grams: LowHigh { low: low.co2, high: high.co2 },
            embodied_co2_grams: LowHigh { low: low.embodied_co2, high: high.embodied_co2 },
            energy_wh: LowHigh { low: low.energy, high: high.energy },
            water_ml: LowHigh { low: low.water, high: high.water },
            adpe_kg_sb: LowHigh { low: low.adpe, high: high.adpe },
            primary_energy_mj: LowHigh { low: low.primary_energy, high: high.primary_energy },
            source,
        }
    }

    fn disclosed(opinions: &Opinions<'_>, disclosed: &'a Disclosed) -> Option<Self> {
        let usage = &opinions.usage;
        // The figures of one publication have one unit and one confidence.
        let record = disclosed.records().next()?;
        let per_of_co2 = disclosed.co2.as_ref().map(|factor| factor.central().per());
        let per = per_of_co2.or_else(|| disclosed.energy.as_ref().map(|factor| factor.central().per()))?;
        Some(OpinionJson::Disclosed {
            confidence: opinions.deployment.confidence(record).as_str(),
            co2_grams: disclosed.co2.as_ref().map(|factor| factor.apply(usage)),
            energy_wh: disclosed.energy.as_ref().map(|factor| factor.apply(usage)),
            water_ml: disclosed.water.as_ref().map(|factor| factor.apply(usage)),
            adpe_kg_sb: disclosed.adpe.as_ref().map(|factor: &Factor<KilogramsSb>| factor.apply(usage)),
            per,
            factors: disclosed
                .records()
                .map(|record| DisclosedFactor {
                    factor_id: record.id(),
                    basis: record.basis().as_str(),
                    observed: record.validity().observed.as_deref(),
                    source: record.source(),
                })
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Call, FactorSet, Usage};

    #[test]
    fn every_digit_and_no_other() {
        for (text, json) in [("2.850", "2.85"), ("0", "0"), ("-0.0", "0"), ("0.1", "0.1"), ("100", "100")] {
            assert_eq!(serde_json::to_string(&Grams::new(text.parse().unwrap())).unwrap(), json);
        }
        for longest in ["-0.0000000000000000000000000001", "-79228162514264337593543950335"] {
            assert_eq!(serde_json::to_string(&Grams::new(longest.parse().unwrap())).unwrap(), longest);
        }
    }

    #[test]
    fn an_estimate_has_the_words_of_the_api() {
        let set = FactorSet::version("2026.11").unwrap();
        let estimate = set.estimate("mistral-large-2", &Usage::of_call(600, 400)).unwrap();
        let json = serde_json::to_string(&estimate).unwrap();
        let start = concat!(
            r#"{"model":"mistral-large-2","resolved_by":"exact","region":null,"factor_set":"2026.11","grid":null,"#,
            r#""method":"coefficient","confidence":"measured","#,
            r#""co2_grams":{"low":1.14,"central":2.85,"high":2.85},"factor_id":"coefficient/mistral-large-2@2025.1","#,
            r#""source":{"title":"#,
        );
        assert!(json.starts_with(start), "{json}");
    }

    #[test]
    fn a_selection_writes_the_methods_that_were_asked_for() {
        let set = FactorSet::version("2026.11").unwrap();
        let call = Call { region: Some("FRA"), ..Call::to("gpt-4o") };
        let opinions = set.opinions(&call, &Usage::of_call(600, 400)).unwrap();
        let methods = |json: serde_json::Value| -> Vec<String> {
            let methods = json["methods"].as_array().unwrap();
            methods.iter().map(|method| method["method"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(
            methods(serde_json::to_value(&opinions).unwrap()),
            ["coefficient", "bottom_up", "ecologits"]
        );
        let selected = opinions.select(&[Method::Ecologits]);
        assert_eq!(methods(serde_json::to_value(&selected).unwrap()), ["ecologits"]);
    }
}
