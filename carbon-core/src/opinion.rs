//! One usage, valued by every applicable method: results to be compared, never added.

use crate::{
    Call, Deployment, EstimateError, FactorSet, Grams, Range, Usage,
    factor::{EmissionFactor, Source},
    method::{BottomUp, Consistency, MeasuredFigure, ecologits::Impacts},
    model::{AttentionEvidence, ContextBasis, Disclosed, ParametersStatus},
    place::{PlacedBy, WaterOf},
};

/// The result of every applicable method for one usage of one model in one place.
///
/// Methods draw different boundaries: compare their results, never add them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Opinions<'a> {
    /// The model and its place.
    pub deployment: Deployment<'a>,
    /// What was valued.
    pub usage: Usage,
    /// What the account has measured.
    pub measured: Option<MeasuredFigure<'a>>,
    /// The published table.
    pub coefficient: Option<(&'a EmissionFactor, Range<Grams>)>,
    /// Our own model.
    pub bottom_up: Option<BottomUp<'a>>,
    /// EcoLogits, with all inputs at their lowest and at their highest.
    pub ecologits: Option<[Impacts; 2]>,
    /// Where the equations of EcoLogits are described.
    pub ecologits_source: Option<&'a Source>,
    /// The provider's own figures.
    pub disclosed: Option<&'a Disclosed>,
}

/// Tokens of one prompt above which the linear model of prompt processing is outside its calibration.
const PROMPT_TOKENS_CALIBRATED: u64 = 32_000;
/// Tokens of one call, prompt and answer, up to which throughput with context was measured.
const CONTEXT_TOKENS_MEASURED: u128 = 33_000;
/// All parameters, in billions, of the smallest and the largest model that the law was measured on.
const TOTAL_B_CALIBRATED: [f64; 2] = [8.0, 671.0];
/// The set that EcoLogits 0.11.3 itself ships.
const ECOLOGITS_SIZES: &str = "ecologits-0.11.3";

impl FactorSet {
    /// The result of every applicable method for `usage` of a call.
    ///
    /// ```
    /// use carbon_core::{Call, FactorSet, Usage};
    /// let set = FactorSet::version("2026.11").unwrap();
    /// let call = Call { region: Some("FRA"), ..Call::to("gpt-4o") };
    /// let opinions = set.opinions(&call, &Usage::of_call(0, 400))?;
    /// let (_, published) = opinions.coefficient.unwrap();
    /// assert_eq!(published.central().to_string(), "0.12");
    /// let ours = opinions.bottom_up.unwrap().co2();
    /// assert!(ours.low() < ours.central());
    /// assert_eq!(opinions.consistency().unwrap().as_str(), "inside");
    /// # Ok::<(), carbon_core::EstimateError>(())
    /// ```
    ///
    /// # Errors
    /// The model or the region is not listed. A listed model that no method has a value for is not an error: it has no
    /// opinions.
    pub fn opinions<'a>(&'a self, call: &Call<'_>, usage: &Usage) -> Result<Opinions<'a>, EstimateError> {
        Ok(self.deployment(call)?.opinions(usage))
    }
}

impl<'a> Deployment<'a> {
    /// The result of every applicable method for `usage`. Images, video and sound alone have none.
    pub fn opinions(self, usage: &Usage) -> Opinions<'a> {
        let some = !usage.is_media_alone();
        Opinions {
            usage: *usage,
            measured: self.measured().filter(|_| some).map(|factor| factor.apply(usage)),
            coefficient: self.coefficient().filter(|_| some).map(|factor| (factor, factor.apply(usage))),
            bottom_up: self.bottom_up().filter(|_| some).map(|factor| factor.apply(usage)),
            ecologits: self.ecologits(usage).filter(|_| some || self.model.video().is_some()),
            ecologits_source: self.ecologits_source(),
            disclosed: self.disclosed().filter(|_| some),
            deployment: self,
        }
    }
}

impl Opinions<'_> {
    /// Lowest and highest emissions of all methods: central values, and both results of EcoLogits.
    pub fn spread(&self) -> Option<[Grams; 2]> {
        let measured = self.measured.map(|measured| measured.co2().central());
        let published = self.coefficient.map(|(_, co2)| co2.central());
        let ours = self.bottom_up.map(|ours| ours.co2().central());
        let disclosed = self.disclosed.and_then(|disclosed| disclosed.co2.as_ref());
        let disclosed = disclosed.map(|factor| factor.apply(&self.usage).central());
        let corners = self.ecologits.into_iter().flatten().map(|corner| corner.co2);
        let all = || [measured, published, ours, disclosed].into_iter().flatten().chain(corners.clone());
        Some([all().min()?, all().max()?])
    }

    /// Where the published value lies relative to our model's interval; `None` if either is missing.
    pub fn consistency(&self) -> Option<Consistency> {
        Some(Consistency::of(self.coefficient?.1.central(), self.bottom_up?.co2()))
    }

    /// What a reader should know before using a number, in whole sentences.
    pub fn caveats(&self) -> Vec<String> {
        let mut caveats = Vec::new();
        caveats.extend(self.deployment.caveat());
        caveats.extend(self.coefficient.and_then(|(factor, _)| factor.caveat()).map(str::to_owned));
        caveats.extend(self.caveat_of_consistency());
        self.add_caveats_of_size(&mut caveats);
        if self.bottom_up.is_some() {
            self.add_caveats_of_place(&mut caveats);
        }
        self.add_caveats_of_context(&mut caveats);
        self.add_caveats_of_media(&mut caveats);
        if self.ecologits.is_some() && self.deployment.model.video().is_some() {
            caveats.push(
                "EcoLogits estimates the time of one video with sound, at 24 frames a second, on a server of its own."
                    .to_owned(),
            );
        }
        if self.ecologits.is_some() && self.usage.input_tokens > 0 {
            caveats.push("EcoLogits counts no prompt tokens.".to_owned());
        }
        caveats
    }

    /// Where the published value lies outside our model's interval, for this place and mix of tokens.
    fn caveat_of_consistency(&self) -> Option<String> {
        let side = match self.consistency()? {
            Consistency::Above => "above",
            Consistency::Below => "below",
            Consistency::Inside => return None,
        };
        let times = self.coefficient?.1.central().to_f64() / self.bottom_up?.co2().central().to_f64();
        let times = if times >= 9.5 { format!("{times:.0}") } else { format!("{times:.2}") };
        Some(format!(
            "The published value is {times} times what our model computes for this call, and lies {side} all that it finds \
             plausible: the two draw different boundaries, and only the model sees place and kind of tokens."
        ))
    }

    fn add_caveats_of_context(&self, caveats: &mut Vec<String>) {
        let requests = self.usage.requests;
        let basis = self.bottom_up.and_then(|ours| ours.factor().context_basis());
        let attention = self.deployment.model.attention();
        if self.bottom_up.is_some() && self.deployment.model.is_encoder() {
            caveats.push(
                "The model embeds or ranks: each token is read once, and nobody has published what models of this kind take."
                    .to_owned(),
            );
            return;
        }
        let Some(basis) = basis else {
            if requests > 0 && self.usage.input_tokens / requests > PROMPT_TOKENS_CALIBRATED {
                caveats.push(
                    "Prompts of this length are outside the range the prompt model was checked for."
                        .to_owned(),
                );
            }
            return;
        };
        if self.bottom_up.is_some_and(|ours| ours.lacks_context()) {
            caveats.push(
                "The context of these calls is not counted, so what it costs to attend to it is left out."
                    .to_owned(),
            );
            return;
        }
        if basis == ContextBasis::ClassPrior {
            caveats.push(
                "Nothing is published of how this model attends to its context: that part is a prior for its class of models, \
                 within a factor of ten."
                    .to_owned(),
            );
        }
        if attention.is_some_and(|attention| attention.evidence() == AttentionEvidence::Unread) {
            caveats.push("The configuration of the model's attention has not been read again.".to_owned());
        }
        if requests > 0 && self.usage.total_tokens() > u128::from(requests) * CONTEXT_TOKENS_MEASURED {
            caveats.push(
                "Contexts of this length are longer than any that was measured: physics carries that part."
                    .to_owned(),
            );
        }
    }

    fn add_caveats_of_media(&self, caveats: &mut Vec<String>) {
        let media = &self.usage.media;
        let tokens = media.output_tokens();
        if tokens > 0 {
            caveats.push(format!(
                "{tokens} output tokens stand for images or sound, to which no rate of text applies: they are not in this figure."
            ));
        }
        if media.is_made() && self.ecologits.is_none() {
            caveats.push("Images, video and sound have no rate: they are not in this figure.".to_owned());
        }
    }

    fn add_caveats_of_size(&self, caveats: &mut Vec<String>) {
        let model = self.deployment.model;
        let Some(parameters) = model.parameters() else {
            if self.deployment.location.is_some() {
                caveats.push(
                    "Nobody has published or estimated the size of this model, so it cannot be modelled."
                        .to_owned(),
                );
            }
            if model.disclosed().records().next().is_some() && self.disclosed.is_none() {
                let is_bound =
                    model.disclosed().records().any(|record| !record.validity().providers.is_empty());
                caveats.push(
                    if is_bound {
                        "A provider's own figure of it is for calls to that provider alone."
                    } else {
                        "Its provider's own figure holds for another time than that of this call."
                    }
                    .to_owned(),
                );
            }
            return;
        };
        match parameters.status() {
            ParametersStatus::Estimated => caveats.push(match parameters.second_source() {
                None => {
                    "Its maker does not disclose the model's size; a third party's estimate is used.".to_owned()
                }
                Some(second) => format!(
                    "Its maker does not disclose the model's size; the interval between two estimates is used, by {} and by {}.",
                    parameters.source().publisher(),
                    second.publisher()
                ),
            }),
            ParametersStatus::Unverified => caveats
                .push("The model's size is that of a model card which has not been read again.".to_owned()),
            ParametersStatus::Proxy => caveats.push(
                "Nothing is known of the model: the value is that of a class of models, and not a figure for this one."
                    .to_owned(),
            ),
            ParametersStatus::Disclosed | ParametersStatus::FromName | ParametersStatus::Own => {}
        }
        let ([least, most], [smallest, largest]) = (parameters.size().total_b, TOTAL_B_CALIBRATED);
        if most > largest {
            caveats.push("The model is larger than any that the energy law was measured on.".to_owned());
        }
        if least < smallest {
            caveats.push("The model is smaller than any that the energy law was measured on.".to_owned());
        }
        if self.ecologits.is_some() && parameters.source().id() != ECOLOGITS_SIZES {
            caveats.push(
                "EcoLogits 0.11.3 has another size for this model or none; its equations are applied to ours.".to_owned(),
            );
        }
    }

    fn add_caveats_of_place(&self, caveats: &mut Vec<String>) {
        let Some(location) = self.deployment.location else { return };
        let zone = location.zone.name();
        match self.deployment.placed_by {
            PlacedBy::Region => {}
            PlacedBy::Name => caveats.push(format!("No region was given: the model's name says {zone}.")),
            PlacedBy::Provider => caveats.push(format!(
                "No region was given: the grid of {zone} is assumed, the usual one of {}.",
                self.deployment.fleet().map_or("its provider", |fleet| fleet.name())
            )),
            PlacedBy::Nobody => caveats.push(format!(
                "No region was given, and anybody may serve this model: the grid of {zone} is assumed."
            )),
        }
        if location.zone.water_of() == WaterOf::World {
            caveats.push(format!(
                "No figure of water at the power plants of {zone} is known: the world's is taken."
            ));
        }
        if location.region.contains(':') && location.site.is_none() {
            caveats.push("No PUE of this region is known: that of the model's provider is taken.".to_owned());
        }
    }
}
