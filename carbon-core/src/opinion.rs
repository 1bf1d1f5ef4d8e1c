//! One usage, valued by every method that can: opinions to be compared, never added.

use crate::{
    BottomUp, Confidence, Disclosed, DisclosedImpacts, EmissionFactor, FactorSet, Grams, Location, Model,
    Parameters, ParametersStatus, Range, Resolution, ResolvedBy, Site, UnknownModel, UnknownRegion, Usage,
    ecologits::{self, Grid, Impacts, Inputs},
    method::bottom_up::bottom_up,
    place::Provider,
};
use thiserror::Error;

/// What every applicable method says about one usage of one model in one place.
#[derive(Clone, Debug, PartialEq)]
pub struct Opinions<'a> {
    /// The model.
    pub model: &'a Model,
    /// How its name led there.
    pub resolved_by: ResolvedBy,
    /// What was valued.
    pub usage: Usage,
    /// Where it is taken to have been served, `None` where the set knows no places.
    pub location: Option<Location<'a>>,
    /// Whether that place was given, or is only where the model's provider mostly serves from.
    pub location_given: bool,
    /// The published table.
    pub coefficient: Option<(&'a EmissionFactor, Range<Grams>)>,
    /// Our own model, and how far it can be trusted.
    pub bottom_up: Option<(BottomUp, Confidence)>,
    /// EcoLogits, at the lowest and the highest corner of its inputs.
    pub ecologits: Option<[Impacts; 2]>,
    /// The provider's own figure.
    pub disclosed: Option<(&'a Disclosed, DisclosedImpacts)>,
}

/// Where the published value lies, seen from our model's 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consistency {
    /// Between its bounds.
    Inside,
    /// Below the lower one.
    Below,
    /// Above the upper one.
    Above,
}

impl Consistency {
    /// The word used in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Consistency::Inside => "inside",
            Consistency::Below => "below",
            Consistency::Above => "above",
        }
    }
}

/// Why there are no opinions.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoOpinion {
    /// The name leads to no model.
    #[error(transparent)]
    Model(#[from] UnknownModel),
    /// The region leads to no grid.
    #[error(transparent)]
    Region(#[from] UnknownRegion),
}

/// Tokens of one prompt above which the linear model of prompt processing is outside its calibration.
const PROMPT_TOKENS_CALIBRATED: u64 = 32_000;
/// All parameters, in billions, above which the regression extrapolates.
const TOTAL_B_CALIBRATED: f64 = 671.0;
/// Whose fleet stands in where a model's provider is not listed: anybody's, somewhere.
const ANYBODY: &str = "open-weights";

impl FactorSet {
    /// What every applicable method says about `usage` of the model that `name` stands for, served in `region`.
    /// Without a region the place is where the model's provider mostly serves from, and a caveat says so.
    ///
    /// ```
    /// use carbon_core::{FactorSet, Usage};
    /// let set = FactorSet::version("2026.11").unwrap();
    /// let opinions = set.opinions("gpt-4o", &Usage::of_call(0, 400), Some("FRA"))?;
    /// let (_, published) = opinions.coefficient.unwrap();
    /// assert_eq!(published.central().to_string(), "0.12");
    /// let (ours, _) = opinions.bottom_up.unwrap();
    /// assert!(ours.co2.low() < ours.co2.central());
    /// assert_eq!(opinions.consistency().unwrap().as_str(), "inside");
    /// # Ok::<(), carbon_core::NoOpinion>(())
    /// ```
    ///
    /// # Errors
    /// [`NoOpinion`]: the model or the region is not listed. A model that no method knows has no opinion, and no error.
    pub fn opinions<'a>(
        &'a self,
        name: &str,
        usage: &Usage,
        region: Option<&str>,
    ) -> Result<Opinions<'a>, NoOpinion> {
        let Resolution { model, resolved_by, .. } = self.resolve(name)?;
        let provider = model.provider.as_deref().and_then(|provider| self.places.providers.get(provider));
        let provider = provider.or_else(|| self.places.providers.get(ANYBODY));
        let location = match (region, provider) {
            (Some(region), _) => Some(self.locate(region)?),
            (None, Some(provider)) => Some(self.places.of_provider(provider)),
            (None, None) => None,
        };
        let modelled = model.parameters().zip(location).zip(provider);
        Ok(Opinions {
            model,
            resolved_by,
            usage: *usage,
            location,
            location_given: region.is_some(),
            coefficient: model.coefficient().map(|factor| (factor, factor.apply(usage))),
            bottom_up: modelled.map(|((parameters, location), provider)| {
                (bottom_up(parameters, usage, &location, &provider.site), confidence(parameters))
            }),
            ecologits: modelled.map(|((parameters, location), provider)| {
                ecologits::impacts(&ecologits_inputs(parameters, usage, &location, provider))
            }),
            disclosed: model.disclosed().map(|disclosed| (disclosed, disclosed.apply(usage))),
        })
    }
}

/// Open weights of a stated size are what the law was calibrated on; everything else rests on somebody's estimate.
fn confidence(parameters: &Parameters) -> Confidence {
    match parameters.status {
        ParametersStatus::Disclosed => Confidence::Benchmarked,
        ParametersStatus::FromName | ParametersStatus::Unverified | ParametersStatus::Estimated => {
            Confidence::Estimated
        }
    }
}

/// EcoLogits takes its provider's fleet wherever the zone is.
fn ecologits_inputs(
    parameters: &Parameters,
    usage: &Usage,
    location: &Location<'_>,
    provider: &Provider,
) -> Inputs {
    let Site { pue, onsite_water_l_per_kwh, .. } = provider.site;
    let zone = location.zone;
    #[expect(clippy::cast_precision_loss, reason = "sixteen digits are more than the method is good for")]
    let output_tokens = usage.output_tokens as f64;
    Inputs {
        output_tokens,
        active_b: parameters.active_b,
        total_b: parameters.total_b,
        speed: parameters.speed,
        request_latency_s: None,
        pue,
        onsite_water_l_per_kwh,
        grid: Grid {
            g_per_kwh: zone.grid_g_per_kwh(),
            adpe_kg_sb_per_kwh: zone.adpe_kg_sb_per_kwh(),
            primary_energy_mj_per_kwh: zone.primary_energy_mj_per_kwh(),
            offsite_water_l_per_kwh: zone.offsite_water_l_per_kwh(),
        },
    }
}

impl Opinions<'_> {
    /// Lowest and highest emissions in grams that any method reports: central values, and EcoLogits' two corners.
    pub fn spread(&self) -> Option<[f64; 2]> {
        let published = self.coefficient.map(|(_, co2)| grams(co2.central()));
        let ours = self.bottom_up.map(|(ours, _)| ours.co2.central().as_f64());
        let disclosed = self.disclosed.map(|(_, disclosed)| disclosed.co2.as_f64());
        let corners = self.ecologits.into_iter().flatten().map(|corner| corner.co2.as_f64());
        let all: Vec<f64> = [published, ours, disclosed].into_iter().flatten().chain(corners).collect();
        let lowest = all.iter().copied().reduce(f64::min)?;
        Some([lowest, all.iter().copied().reduce(f64::max)?])
    }

    /// Where the published value lies, seen from our model's interval; `None` where either is missing.
    pub fn consistency(&self) -> Option<Consistency> {
        let (published, ours) = (grams(self.coefficient?.1.central()), self.bottom_up?.0.co2);
        Some(if published < ours.low().as_f64() {
            Consistency::Below
        } else if published > ours.high().as_f64() {
            Consistency::Above
        } else {
            Consistency::Inside
        })
    }

    /// What a reader should know before using a number: whole sentences, for people.
    pub fn caveats(&self) -> Vec<String> {
        let mut caveats = Vec::new();
        match self.consistency() {
            Some(Consistency::Above) => caveats.push(
                "The published value lies above what our model finds plausible for this model: its source counts \
                 more than the electricity of an answer, or another kind of token."
                    .to_owned(),
            ),
            Some(Consistency::Below) => caveats.push(
                "The published value lies below what our model finds plausible for this model: it stands for a class \
                 of models, and this one is larger."
                    .to_owned(),
            ),
            Some(Consistency::Inside) | None => {}
        }
        let Some(parameters) = self.model.parameters() else {
            caveats.push(
                "Nobody has published or estimated the size of this model, so it cannot be modelled."
                    .to_owned(),
            );
            return caveats;
        };
        if parameters.status == ParametersStatus::Estimated {
            caveats.push(
                "Its maker does not disclose the model's size; a third party's estimate is used.".to_owned(),
            );
        }
        if parameters.total_b[1] > TOTAL_B_CALIBRATED {
            caveats.push("The model is larger than any that the energy law was measured on.".to_owned());
        }
        if let Some(location) = self.location.filter(|_| !self.location_given) {
            caveats.push(format!(
                "No region was given: the grid of {} is assumed, where its provider mostly serves from.",
                location.zone.name()
            ));
        }
        if self.usage.requests > 0 && self.usage.input_tokens / self.usage.requests > PROMPT_TOKENS_CALIBRATED
        {
            caveats.push(
                "Prompts of this length are outside the range the prompt model was checked for.".to_owned(),
            );
        }
        if self.usage.input_tokens > 0 {
            caveats.push("EcoLogits counts no prompt tokens.".to_owned());
        }
        caveats
    }
}

/// A published value as a float: to be compared with modelled ones, never to be reported.
fn grams(grams: Grams) -> f64 {
    grams.as_decimal().try_into().unwrap_or(f64::NAN)
}
