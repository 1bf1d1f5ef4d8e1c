//! The factors that a statement rests on, as they stand in JSON: all that is needed to find each, to judge it and to apply it
//! again.

use super::{
    grids::{self, AppliedGrids},
    rate::{RateQuantity, UsedRate, embodied_rates_in, rates_in},
};
use crate::wire;
use carbon_core::{
    Confidence, Method,
    factor::{Basis, EmissionFactor, Inclusion, OwnSource, RangeBasis, Record, Source, Stage, StatedRate},
    grid::GridSeries,
    measure::MeasuredEntry,
    method::{AppliedFactor, BottomUpFactor, InPlace},
    model::{ParametersStatus, Size},
    place::GridFactor,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A factor as it was applied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UsedFactor {
    /// Its permanent name.
    pub factor_id: String,
    /// The method that it belongs to.
    pub method: Method,
    /// Region it holds for, where it is our own model's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// How far it can be trusted.
    pub confidence: Confidence,
    /// How its electricity is accounted for.
    pub basis: Basis,
    /// What it covers, by stage.
    pub boundary: BTreeMap<Stage, Inclusion>,
    /// First day it may be applied to.
    #[serde(with = "wire::text")]
    pub valid_from: Date,
    /// Last day, where it has one.
    #[serde(with = "wire::maybe_text")]
    pub valid_to: Option<Date>,
    /// Date of the observation, as the publisher puts it.
    pub observed: Option<String>,
    /// None of the publishers says which set of warming potentials it used.
    #[serde(skip_deserializing, default = "gwp")]
    gwp: &'static str,
    #[serde(skip_deserializing, default = "biogenic_co2")]
    biogenic_co2: &'static str,
    /// Why this factor and no other.
    pub chosen_because: Choice,
    /// What its bounds rest on, where they are published with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range_basis: Option<RangeBasis>,
    /// What it is multiplied with.
    pub rates: Vec<UsedRate>,
    /// The publication that it, or the model's size, is taken from.
    pub source: UsedSource,
    /// What only our own model needs; `None` for a row of the published table.
    #[serde(flatten)]
    pub modelled: Option<ModelledFactor>,
}

fn gwp() -> &'static str {
    "not stated by the publisher"
}

fn biogenic_co2() -> &'static str {
    "not available in the factor"
}

/// Why a factor was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Choice {
    /// The published table comes first.
    #[serde(rename = "the published table has the model, and comes first in the supplier's policy")]
    Published,
    /// Our own model knows size and place.
    #[serde(rename = "the published table does not have the model; its size and place are known")]
    Modelled,
    /// The supplier has metered the model.
    #[serde(rename = "the supplier has measured the energy of the model, and its place is known")]
    Measured,
}

/// A publication, or what the supplier says itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UsedSource {
    /// Title or citation, in its original language.
    pub title: String,
    /// The publisher.
    pub publisher: String,
    /// Date or year of publication, if stated.
    pub published: Option<String>,
    /// Where to read it, if it is public.
    pub url: Option<String>,
    /// Terms under which the fact is used.
    pub licence: String,
    /// Whether the supplier stated or metered it itself; `None` for a publication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<OwnSource>,
}

impl From<&Source> for UsedSource {
    fn from(source: &Source) -> Self {
        UsedSource {
            title: source.title().to_owned(),
            publisher: source.publisher().to_owned(),
            published: source.published().map(str::to_owned),
            url: source.url().map(str::to_owned),
            licence: source.licence().to_owned(),
            own: source.own(),
        }
    }
}

/// What our own model multiplied with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ModelledFactor {
    /// Billions of parameters for a token of the output; `None`, as those below, where the energy was measured.
    pub active_parameters_b: Option<[f64; 2]>,
    /// For a token of the input.
    pub active_input_parameters_b: Option<[f64; 2]>,
    /// In all.
    pub total_parameters_b: Option<[f64; 2]>,
    /// How they are known.
    pub parameters: Option<ParametersStatus>,
    /// Who gives the other end of their interval, where it is one between two estimates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_source: Option<UsedSource>,
    /// What its energy was fitted to, where it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<MeteredWindows>,
    /// Facility energy over IT energy.
    pub pue: f64,
    /// The electricity.
    pub grid: GridLine,
    /// Who gives the facility.
    pub site_source: UsedSource,
    /// Who gives the on-site water, where it is somebody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub onsite_water_source: Option<UsedSource>,
    /// Who gives the water at the power plants.
    pub water_source: UsedSource,
}

/// Windows of metered energy and counted tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MeteredWindows {
    /// How many.
    pub count: u64,
    /// First day, UTC.
    #[serde(with = "wire::maybe_text")]
    pub from: Option<Date>,
    /// Last day, UTC.
    #[serde(with = "wire::maybe_text")]
    pub to: Option<Date>,
    /// Digest over them.
    pub sha256: String,
}

impl MeteredWindows {
    fn of(entry: &MeasuredEntry) -> Self {
        let day = |at_ms| {
            let at = Timestamp::from_millisecond(at_ms).ok()?;
            Some(at.to_zoned_datetime(TimeZone::UTC).date())
        };
        let [from, to] = entry.span_ms.map(day);
        MeteredWindows { count: entry.windows, from, to, sha256: entry.windows_sha256.clone() }
    }
}

/// A zone's electricity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GridLine {
    /// Permanent name of its factor.
    pub factor_id: String,
    /// The zone's code: the same in every language.
    pub zone: String,
    /// Grams of CO2e for a kilowatt hour.
    pub g_per_kwh: f64,
    /// The year of the observation, where the publisher states it.
    pub year: Option<u16>,
    /// Who gives it.
    pub source: UsedSource,
}

impl GridLine {
    /// Of a line whose parts have several values: their mean, each weighed by its energy, and the names of all.
    fn of_series(factor: &AppliedFactor<'_>, grids: &AppliedGrids<'_>) -> Self {
        let ids: Vec<String> = grids.of_line().into_iter().map(|part| part.factor_id).collect();
        let (zone, g_per_kwh) = factor
            .grid()
            .zip(factor.in_place())
            .map_or(("", 0.0), |(grid, place)| (place.location().zone.id(), grids::shown(&grid, grids)));
        let sources = |text: fn(&GridSeries) -> &str| {
            let mut texts: Vec<&str> = grids.series().map(text).collect();
            texts.dedup();
            texts.join("; ")
        };
        GridLine {
            factor_id: ids.join(" + "),
            zone: zone.to_owned(),
            g_per_kwh,
            year: None,
            source: UsedSource {
                title: sources(|series| series.source.title()),
                publisher: sources(|series| series.source.publisher()),
                published: Some(sources(|series| series.source.published().unwrap_or_default())),
                url: None,
                licence: sources(|series| series.source.licence()),
                own: None,
            },
        }
    }

    fn of(zone: &str, factor: &GridFactor) -> Self {
        GridLine {
            factor_id: factor.id().to_owned(),
            zone: zone.to_owned(),
            g_per_kwh: factor.g_per_kwh(),
            year: factor.year(),
            source: factor.source().into(),
        }
    }
}

impl UsedFactor {
    /// What the supplier says itself has its name.
    pub(super) fn of(factor: &AppliedFactor<'_>, grids: &AppliedGrids<'_>, supplier: &str) -> Self {
        let mut used = UsedFactor::by_year(factor, supplier);
        if let Some(modelled) = used.modelled.as_mut().filter(|_| grids.any_series()) {
            modelled.grid = GridLine::of_series(factor, grids);
            // Grams follow the grid, whose values are the supplier's.
            used.rates.retain(|rate| rate.quantity != RateQuantity::Co2);
            used.rates.extend(factor.in_place().into_iter().flat_map(embodied_rates_in));
        }
        used
    }

    fn by_year(factor: &AppliedFactor<'_>, supplier: &str) -> Self {
        match factor {
            AppliedFactor::Published(factor) => UsedFactor::published(factor),
            AppliedFactor::Modelled(factor) => {
                let modelled = ModelledFactor::of(factor, supplier);
                UsedFactor::in_place(factor.record(), factor.in_place(), modelled, supplier)
            }
            AppliedFactor::Measured(factor) => {
                let windows = Some(MeteredWindows::of(factor.factor().entry()));
                let modelled =
                    ModelledFactor { windows, ..ModelledFactor::in_place(factor.in_place(), supplier) };
                UsedFactor::in_place(factor.record(), factor.in_place(), modelled, supplier)
            }
        }
    }

    fn published(factor: &EmissionFactor) -> Self {
        let (low, central, high) = (factor.low(), factor.central(), factor.high());
        let rate = |stated: StatedRate<_>| UsedRate::of(RateQuantity::Co2, stated.per(), stated.value());
        let rates = if low.per() == central.per() {
            vec![UsedRate { low: Some(low.value()), high: Some(high.value()), ..rate(central) }]
        } else {
            // The lower bound counts other tokens: it is a rate of its own.
            vec![
                UsedRate { high: Some(high.value()), ..rate(central) },
                UsedRate { low: Some(low.value()), ..rate(low) },
            ]
        };
        UsedFactor {
            method: factor.method(),
            range_basis: Some(factor.range_basis()),
            rates,
            ..UsedFactor::recorded(factor.record())
        }
    }

    fn in_place(record: &Record, place: &InPlace<'_>, modelled: ModelledFactor, supplier: &str) -> Self {
        let is_measured = modelled.windows.is_some();
        UsedFactor {
            method: if is_measured { Method::Measured } else { Method::BottomUp },
            chosen_because: if is_measured { Choice::Measured } else { Choice::Modelled },
            region: Some(place.location().region.to_owned()),
            rates: rates_in(place),
            modelled: Some(modelled),
            ..UsedFactor::recorded(&record.clone().told_by(supplier))
        }
    }

    /// What is the same of every factor; the rest is that of a published one without rates.
    fn recorded(record: &Record) -> Self {
        let boundary = Stage::ALL.iter().map(|&stage| (stage, record.boundary().covers(stage)));
        let validity = record.validity();
        UsedFactor {
            factor_id: record.id().to_owned(),
            method: Method::Coefficient,
            region: None,
            confidence: record.confidence(),
            basis: record.basis(),
            boundary: boundary.collect(),
            valid_from: validity.from,
            valid_to: validity.to,
            observed: validity.observed.clone(),
            gwp: gwp(),
            biogenic_co2: biogenic_co2(),
            chosen_because: Choice::Published,
            range_basis: None,
            rates: Vec::new(),
            source: record.source().into(),
            modelled: None,
        }
    }

    /// Whether it covers a stage.
    pub fn covers(&self, stage: Stage) -> bool {
        self.boundary.get(&stage) == Some(&Inclusion::Included)
    }

    /// Its rates of one quantity.
    pub fn rates_of(&self, quantity: RateQuantity) -> impl Iterator<Item = &UsedRate> {
        self.rates.iter().filter(move |rate| rate.quantity == quantity)
    }

    /// The publications that it, or the model's size, is taken from.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &UsedSource> {
        let second = self.modelled.as_ref().and_then(|modelled| modelled.second_source.as_ref());
        std::iter::once(&self.source).chain(second)
    }
}

impl ModelledFactor {
    fn of(factor: &BottomUpFactor<'_>, supplier: &str) -> Self {
        let parameters = factor.parameters();
        let Size { active_b, active_in_b, total_b, .. } = *parameters.size();
        ModelledFactor {
            active_parameters_b: Some(active_b),
            active_input_parameters_b: Some(active_in_b),
            total_parameters_b: Some(total_b),
            parameters: Some(parameters.status()),
            second_source: parameters.second_source().map(UsedSource::from),
            ..Self::in_place(factor.in_place(), supplier)
        }
    }

    /// Of energy that was measured, or whose model's size is yet to be said.
    fn in_place(place: &InPlace<'_>, supplier: &str) -> Self {
        let (zone, site) = (place.location().zone, place.site());
        let told = |source: &Source| UsedSource::from(&source.clone().told_by(supplier));
        let (site_source, onsite_water_source) = (told(site.source()), told(site.water_source()));
        ModelledFactor {
            active_parameters_b: None,
            active_input_parameters_b: None,
            total_parameters_b: None,
            parameters: None,
            second_source: None,
            windows: None,
            pue: place.pue(),
            grid: GridLine::of(zone.id(), zone.grid()),
            onsite_water_source: (onsite_water_source != site_source).then_some(onsite_water_source),
            site_source,
            water_source: zone.other_source().into(),
        }
    }

    /// The model's size, and how it is known.
    pub(crate) fn size(&self) -> Option<(Size, ParametersStatus)> {
        let size = Size {
            total_b: self.total_parameters_b?,
            active_b: self.active_parameters_b?,
            active_in_b: self.active_input_parameters_b?,
            speed: None,
        };
        Some((size, self.parameters?))
    }
}
