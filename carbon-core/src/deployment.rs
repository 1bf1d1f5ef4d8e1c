//! A model where it is served: what every method needs to know before it sees a token.

use crate::{
    Call, Confidence, EstimateError, FactorSet, Grams, Method, Millilitres, Range, Usage, WattHours,
    energy::constants::Constants,
    factor::{EmissionFactor, Record, Source},
    float::count,
    grid::When,
    measure::MeasuredFactor,
    method::{
        AppliedFactor, BottomUpFactor, DEFAULT_POLICY, MeasuredInPlace,
        bottom_up::{FigureKey, Figures, remembered},
        ecologits::{self, Grid, Impacts, Inputs, Video},
    },
    model::{Disclosed, Model, Parameters, ResolvedBy, Size, UnknownModel},
    own::OwnEntry,
    place::{AppliedGrid, Fleet, Location, PlacedBy, UnknownRegion},
    resolution::{self, Resolution},
    usage::MediaUnit,
};
use jiff::civil::Date;

/// A call's model, place and day, looked up once: [`estimate`](Self::estimate) it for any usage.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Deployment<'a> {
    /// Version of the factor set.
    pub factor_set: &'a str,
    /// The model.
    pub model: &'a Model,
    /// How its name was resolved.
    pub resolved_by: ResolvedBy,
    /// The own entry that led to the model, where one did.
    pub own: Option<&'a OwnEntry>,
    /// Energy that the account has measured for this name and day.
    measured: Option<&'a MeasuredFactor>,
    /// The place that the name implies, if any.
    pub region_hint: Option<String>,
    /// Of a name that moves: the last day on which anybody checked where it leads, where the call is later or its day is
    /// not known.
    pub checked: Option<Date>,
    /// Where it is assumed to be served; `None` if the set has no places.
    pub location: Option<Location<'a>>,
    /// How that was determined.
    pub placed_by: PlacedBy,
    fleet: Option<&'a Fleet>,
    constants: &'a Constants,
    ecologits_size: Option<&'a Size>,
    ecologits_source: Option<&'a Source>,
    disclosed: Option<&'a Disclosed>,
    day: Option<Date>,
}

/// The value of a call, by the first method of a policy that has one.
///
/// ```
/// use carbon_core::{Confidence, FactorSet, Method, Usage};
/// let estimate = FactorSet::latest().estimate("gpt-4o", &Usage::of_call(100, 300))?;
/// assert_eq!((estimate.method, estimate.co2.central().to_string()), (Method::Coefficient, "0.12".to_owned()));
/// let estimate = FactorSet::latest().estimate("gpt-5", &Usage::of_call(100, 300))?;
/// assert_eq!((estimate.method, estimate.confidence), (Method::BottomUp, Confidence::Estimated));
/// assert!(estimate.energy.is_some());
/// # Ok::<(), carbon_core::EstimateError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Estimate<'a> {
    /// Version of the factor set.
    pub factor_set: &'a str,
    /// The model.
    pub model: &'a Model,
    /// How its name was resolved.
    pub resolved_by: ResolvedBy,
    /// The method that was used.
    pub method: Method,
    /// Emissions.
    pub co2: Range<Grams>,
    /// Facility energy; `None` for published factors.
    pub energy: Option<Range<WattHours>>,
    /// Water on site and at power plants; `None` for published factors.
    pub water: Option<Range<Millilitres>>,
    /// How far it can be trusted.
    pub confidence: Confidence,
    /// Name of the factor.
    pub factor_id: &'a str,
    /// Of a name that moves: the last day on which anybody checked where it leads, where the call is later or its day is
    /// not known.
    pub checked: Option<Date>,
    /// The publication that the factor, or the model's size, is taken from.
    pub source: &'a Source,
    /// Who gives another size, where the model's is the interval between two estimates.
    pub second_source: Option<&'a Source>,
    /// Where it is assumed to be served, with the grid that was applied; `None` for published factors.
    pub location: Option<Location<'a>>,
    /// How that was determined.
    pub placed_by: PlacedBy,
}

impl FactorSet {
    /// Looks up the model, the place and the machines of a call.
    ///
    /// ```
    /// use carbon_core::{Call, FactorSet, place::PlacedBy};
    /// let set = FactorSet::version("2026.11").unwrap();
    /// let deployment = set.deployment(&Call { provider: Some("aws"), region: Some("eu-west-3"), ..Call::to("gpt-4o") })?;
    /// assert_eq!(deployment.location.unwrap().region, "aws:eu-west-3");
    /// let deployment = set.deployment(&Call::to("eu.anthropic.claude-3-5-sonnet-20240620-v1:0"))?;
    /// assert_eq!(deployment.placed_by, PlacedBy::Name);
    /// # Ok::<(), carbon_core::EstimateError>(())
    /// ```
    ///
    /// # Errors
    /// The model or the region is not listed. The region is checked first.
    pub fn deployment<'a>(&'a self, call: &Call<'_>) -> Result<Deployment<'a>, EstimateError> {
        let given = self.given_place(call)?;
        let measured = self.measured(call.model, call.day);
        let found = match (self.resolve_at(call.model, call.day, call.provider), measured) {
            (Ok(found), _) => found,
            // Of a name that is metered no more need be known.
            (Err(_), Some(measured)) => Resolution::of(&measured.model, ResolvedBy::Own),
            (Err(unknown), None) => return Err(unknown.into()),
        };
        let measured = measured.map(|measured| &measured.factor);
        Ok(Deployment { measured, ..self.served(call, given, found) })
    }

    /// As [`deployment`](Self::deployment), of a model of this set that is not looked up by the name in the call: a
    /// [class](Self::class), or what somebody knows their own name to mean.
    ///
    /// # Errors
    /// The region is not listed.
    pub fn deployment_of<'a>(
        &'a self,
        model: &'a Model,
        call: &Call<'_>,
    ) -> Result<Deployment<'a>, UnknownRegion> {
        let given = self.given_place(call)?;
        let found = Resolution::of(model, ResolvedBy::Exact);
        Ok(self.served(call, given, found))
    }

    /// The place that the call names.
    fn given_place(&self, call: &Call<'_>) -> Result<Option<Location<'_>>, UnknownRegion> {
        match call.region {
            Some(region) if self.knows_places() => self.locate(region, call.provider).map(Some),
            _ => Ok(None),
        }
    }

    fn served<'a>(
        &'a self,
        call: &Call<'_>,
        given: Option<Location<'a>>,
        found: Resolution<'a>,
    ) -> Deployment<'a> {
        let Resolution { model, resolved_by, region_hint, checked, own, described } = found;
        let fleet = call.provider.and_then(|provider| self.listed.places.own_fleet(provider)).or(model.fleet);
        let listed = fleet.map(|place| &self.listed.places.fleets[place]);
        let fleet = described.map_or(listed, |described| described.fleet.as_ref());
        let named = || region_hint.as_deref().and_then(|hint| self.listed.places.of_hint(hint));
        let assumed = || {
            let fleet = fleet?;
            let by = if fleet.is_anybody() { PlacedBy::Nobody } else { PlacedBy::Provider };
            Some((self.listed.places.of_fleet(fleet), by))
        };
        let stated = || self.listed.places.locate(described?.region.as_deref()?, None).ok();
        let is_sent = given.is_some();
        let place = given
            .or_else(stated)
            .map(|location| (location, PlacedBy::Region))
            .or_else(|| Some((named()?, PlacedBy::Name)))
            .or_else(assumed);
        // An implied place is one where most calls are served: too little to tell the hours of this one.
        let when = When { day: call.day, hour: call.hour.filter(|_| is_sent) };
        let site = described.and_then(|described| described.site.as_ref());
        Deployment {
            factor_set: self.as_str(),
            constants: &self.listed.constants,
            ecologits_source: self.listed.ecologits_source.as_deref(),
            location: place.map(|(location, _)| Location {
                site: site.or(location.site),
                grid: self.applied_grid(&location, when),
                ..location
            }),
            placed_by: place.map_or(PlacedBy::Nobody, |(_, by)| by),
            model,
            resolved_by,
            own,
            measured: None,
            fleet,
            ecologits_size: match resolved_by {
                ResolvedBy::Exact | ResolvedBy::Own => model.ecologits_size.as_ref(),
                ResolvedBy::Alias | ResolvedBy::Rule => {
                    self.ecologits_size(call.model).or(model.ecologits_size.as_ref())
                }
            },
            region_hint,
            checked,
            disclosed: Some(&model.disclosed).filter(|disclosed| {
                let applies = |record: &Record| {
                    record.validity().holds(call.day) && record.validity().is_for(call.provider)
                };
                disclosed.records().next().is_some() && disclosed.records().all(applies)
            }),
            day: call.day,
        }
    }

    /// The value of a call, by the [`DEFAULT_POLICY`].
    ///
    /// # Errors
    /// The model or the region is not listed, or no method has a value: none is made up.
    pub fn estimate<'a, 'c>(
        &'a self,
        call: impl Into<Call<'c>>,
        usage: &Usage,
    ) -> Result<Estimate<'a>, EstimateError> {
        let call = call.into();
        let estimate = self.deployment(&call)?.estimate(usage, DEFAULT_POLICY);
        estimate.ok_or_else(|| UnknownModel::new(call.model).into())
    }
}

impl Estimate<'_> {
    /// What a reader should know of the model's name, as a sentence: where it may have moved since anybody checked.
    pub fn caveat(&self) -> Option<String> {
        resolution::caveat(self.model, self.checked)
    }
}

impl<'a> Deployment<'a> {
    /// The confidence of a figure here: that of its factor, or a lower one where the model's name may have moved.
    pub fn confidence(&self, record: &Record) -> Confidence {
        resolution::confidence(record, self.checked)
    }

    /// What a reader should know of the model's name, as a sentence: where it may have moved since anybody checked.
    pub fn caveat(&self) -> Option<String> {
        resolution::caveat(self.model, self.checked)
    }

    /// The value of `usage`, by the first of the methods that has a factor here. Images, video and sound alone have none.
    pub fn estimate(&self, usage: &Usage, policy: &[Method]) -> Option<Estimate<'a>> {
        if usage.is_media_alone() {
            return None;
        }
        policy.iter().find_map(|method| match method {
            Method::Measured => {
                let factor = self.measured()?;
                let figure = factor.apply(usage);
                let (energy, water) = (Some(figure.energy()), Some(figure.water()));
                Some(self.estimated(*method, factor.record(), figure.co2(), energy, water))
            }
            Method::Coefficient => {
                let factor = self.coefficient()?;
                Some(self.estimated(*method, factor.record(), factor.apply(usage), None, None))
            }
            Method::BottomUp => {
                let (parameters, location, fleet) = self.modelled()?;
                let key = FigureKey::new(parameters, &location, fleet, self.constants, usage);
                let figure = || Some(self.bottom_up()?.apply(usage).figures());
                let Figures { co2, energy, water } = remembered(&key, figure)?;
                let estimate = self.estimated(*method, &parameters.record, co2, Some(energy), Some(water));
                Some(Estimate { second_source: parameters.second_source(), ..estimate })
            }
            Method::Ecologits | Method::Disclosed => None,
        })
    }

    fn estimated(
        &self,
        method: Method,
        record: &'a Record,
        co2: Range<Grams>,
        energy: Option<Range<WattHours>>,
        water: Option<Range<Millilitres>>,
    ) -> Estimate<'a> {
        Estimate {
            factor_set: self.factor_set,
            model: self.model,
            resolved_by: self.resolved_by,
            method,
            co2,
            energy,
            water,
            confidence: self.confidence(record),
            factor_id: record.id(),
            checked: self.checked,
            source: record.source(),
            second_source: None,
            // A published factor asks for no place.
            location: self.location.filter(|_| method != Method::Coefficient),
            placed_by: self.placed_by,
        }
    }

    /// The factor of the first of the methods that has one here.
    ///
    /// `ecologits` and `disclosed` are second opinions and never value a call: see [`opinions`](Self::opinions).
    pub fn factor(&self, policy: &[Method]) -> Option<AppliedFactor<'a>> {
        policy.iter().find_map(|method| match method {
            Method::Measured => self.measured().map(AppliedFactor::Measured),
            Method::Coefficient => self.coefficient().map(AppliedFactor::Published),
            Method::BottomUp => self.bottom_up().map(AppliedFactor::Modelled),
            Method::Ecologits | Method::Disclosed => None,
        })
    }

    /// The same by the set's grid of the year, whatever series the account has.
    #[must_use]
    pub fn by_year(&self) -> Deployment<'a> {
        let by_year = |location: Location<'a>| Location {
            grid: AppliedGrid::of_year(location.zone.grid()),
            ..location
        };
        Deployment { location: self.location.map(by_year), ..self.clone() }
    }

    /// The fleet whose figures are used when the region has none of its own.
    pub fn fleet(&self) -> Option<&'a Fleet> {
        self.fleet
    }

    /// What the account has measured, in this place; `None` where it has measured nothing or the place is not known.
    pub fn measured(&self) -> Option<MeasuredInPlace<'a>> {
        self.measured_by(self.measured?)
    }

    /// What somebody has measured, in this place; `None` where that is not known.
    pub fn measured_by(&self, factor: &'a MeasuredFactor) -> Option<MeasuredInPlace<'a>> {
        Some(MeasuredInPlace::new(factor, self.location?, self.fleet?, self.constants))
    }

    /// The model's row in the published table, if it is valid on the day of the call.
    pub fn coefficient(&self) -> Option<&'a EmissionFactor> {
        self.model.coefficient().filter(|factor| factor.record().validity().holds(self.day))
    }

    /// The factor of our own model, where it holds on the day of the call; `None` where the model's size or its place is
    /// not known.
    pub fn bottom_up(&self) -> Option<BottomUpFactor<'a>> {
        let (parameters, location, fleet) = self.modelled()?;
        Some(BottomUpFactor::new(self.model, parameters, location, fleet, self.constants))
    }

    /// What our own model rests on, where it holds.
    fn modelled(&self) -> Option<(&'a Parameters, Location<'a>, &'a Fleet)> {
        let parameters = self.model.parameters().filter(|known| known.record.validity.holds(self.day))?;
        Some((parameters, self.location?, self.fleet?))
    }

    /// What the provider has published, if it is valid on the day of the call and for who served it.
    pub fn disclosed(&self) -> Option<&'a Disclosed> {
        self.disclosed
    }

    /// Where the equations of EcoLogits are described.
    pub(crate) fn ecologits_source(&self) -> Option<&'a Source> {
        self.ecologits_source
    }

    /// The result of EcoLogits, with every input at its lowest and at its highest.
    ///
    /// It uses the provider's fleet whatever the zone, and has its own size or speed for some names. Of a model that makes
    /// videos it is that of one call, with sound: the time grows faster than their length and size, so several are not one
    /// that is longer.
    pub fn ecologits(&self, usage: &Usage) -> Option<[Impacts; 2]> {
        let zone = self.location?.zone;
        let grid = Grid {
            g_per_kwh: zone.grid().g_per_kwh(),
            adpe_kg_sb_per_kwh: zone.adpe_kg_sb_per_kwh(),
            primary_energy_mj_per_kwh: zone.primary_energy_mj_per_kwh(),
            offsite_water_l_per_kwh: zone.offsite_water_l_per_kwh(),
        };
        if let Some(law) = self.model.video() {
            return Some(ecologits::impacts_of_video(law, &video(usage)?, &grid));
        }
        // EcoLogits has no equations for what embeds or ranks: it values what a model writes.
        if self.model.is_encoder() {
            return None;
        }
        let (size, site) = (self.ecologits_size?, &self.fleet?.site);
        ecologits::impacts(&Inputs {
            requests: count(usage.requests.into()),
            output_tokens: count(usage.text_output_tokens().into()),
            size: *size,
            request_latency_s: None,
            pue: site.pue,
            onsite_water_l_per_kwh: site.onsite_water_l_per_kwh,
            grid,
        })
    }
}

/// The video of one call; `None` where there is none, or its size is not stated.
fn video(usage: &Usage) -> Option<Video> {
    let [ms, pixel_s] =
        [MediaUnit::VideoMs, MediaUnit::VideoPixelS].map(|unit| count(usage.media.get(unit).into()));
    let is_one = usage.requests == 1 && ms > 0.0 && pixel_s > 0.0;
    is_one.then(|| Video { seconds: ms / 1_000.0, pixels: pixel_s * 1_000.0 / ms, with_sound: true })
}
