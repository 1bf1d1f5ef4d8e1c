//! How a factor stands in JSON: all that is needed to find it, to judge it and to apply it again.

use super::factor::{ModelledFactor, UsedFactor};
use crate::wire;
use carbon_core::{
    Confidence, Method,
    factor::{EmissionFactor, Inclusion, Record, Source, Stage},
    usage::Denominator,
};
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

#[derive(Serialize)]
struct FactorForm<'a> {
    factor_id: &'a str,
    method: &'static str,
    /// Where a modelled factor holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
    #[serde(with = "wire::text")]
    confidence: Confidence,
    basis: &'static str,
    /// What the figure covers, by stage.
    boundary: BTreeMap<&'static str, &'static str>,
    valid_from: String,
    valid_to: Option<String>,
    observed: Option<&'a str>,
    /// None of the publishers says which set of warming potentials it used.
    gwp: &'static str,
    biogenic_co2: &'static str,
    /// Why this factor and no other.
    chosen_because: &'static str,
    rates: Vec<RateForm>,
    source: SourceForm<'a>,
    #[serde(flatten)]
    modelled: Option<ModelForm<'a>>,
}

#[derive(Serialize)]
struct RateForm {
    quantity: &'static str,
    unit: &'static str,
    /// What it is multiplied with, and how many of it.
    per: &'static str,
    per_count: u32,
    #[serde(with = "wire::maybe_text", skip_serializing_if = "Option::is_none")]
    low: Option<Decimal>,
    #[serde(with = "wire::text")]
    central: Decimal,
    #[serde(with = "wire::maybe_text", skip_serializing_if = "Option::is_none")]
    high: Option<Decimal>,
}

#[derive(Serialize)]
struct SourceForm<'a> {
    title: &'a str,
    publisher: &'a str,
    published: Option<&'a str>,
    url: Option<&'a str>,
    licence: &'a str,
}

/// What only our model needs.
#[derive(Serialize)]
struct ModelForm<'a> {
    active_parameters_b: Option<[f64; 2]>,
    active_input_parameters_b: Option<[f64; 2]>,
    total_parameters_b: Option<[f64; 2]>,
    parameters: Option<&'static str>,
    /// Who gives the other end of the interval of the size.
    #[serde(skip_serializing_if = "Option::is_none")]
    second_source: Option<SourceForm<'a>>,
    pue: f64,
    grid: GridForm<'a>,
    site_source: SourceForm<'a>,
    /// Of the water on site, where somebody else gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    onsite_water_source: Option<SourceForm<'a>>,
    water_source: SourceForm<'a>,
}

#[derive(Serialize)]
struct GridForm<'a> {
    factor_id: &'a str,
    zone: &'a str,
    g_per_kwh: f64,
    year: Option<u16>,
    source: SourceForm<'a>,
}

impl Serialize for UsedFactor {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            UsedFactor::Published(factor) => published(factor).serialize(to),
            UsedFactor::Modelled(factor) => modelled(factor).serialize(to),
        }
    }
}

fn published(factor: &EmissionFactor) -> FactorForm<'_> {
    let (low, central, high) = (factor.low(), factor.central(), factor.high());
    let rate = |low, central, high, per: Denominator| RateForm {
        quantity: "co2",
        unit: "gCO2e",
        per: per.as_str(),
        per_count: per.unit(),
        low,
        central,
        high,
    };
    let rates = if low.per() == central.per() {
        vec![rate(Some(low.value()), central.value(), Some(high.value()), central.per())]
    } else {
        // The lower bound counts other tokens: it is a rate of its own.
        vec![
            rate(None, central.value(), Some(high.value()), central.per()),
            rate(Some(low.value()), low.value(), None, low.per()),
        ]
    };
    let chosen = "the published table has the model, and comes first in the supplier's policy";
    form(factor.record(), factor.method().as_str(), chosen, rates)
}

fn modelled(factor: &ModelledFactor) -> FactorForm<'_> {
    let rates = [
        ("co2", "gCO2e", &factor.co2_g_per_1k),
        ("energy", "Wh", &factor.energy_wh_per_1k),
        ("water", "mL", &factor.water_ml_per_1k),
    ];
    let rates = rates.into_iter().flat_map(|(quantity, unit, rates)| {
        rates.iter().map(move |&(per, central)| RateForm {
            quantity,
            unit,
            per: per.as_str(),
            per_count: per.unit(),
            low: None,
            central,
            high: None,
        })
    });
    let (method, chosen) = match factor.size {
        Some(_) => {
            (Method::BottomUp, "the published table does not have the model; its size and place are known")
        }
        None => {
            (Method::Measured, "the supplier has measured the energy of the model, and its place is known")
        }
    };
    let grid = &factor.grid;
    let size = factor.size.as_ref();
    FactorForm {
        region: Some(&factor.region),
        modelled: Some(ModelForm {
            active_parameters_b: size.map(|(size, _)| size.active_b),
            active_input_parameters_b: size.map(|(size, _)| size.active_in_b),
            total_parameters_b: size.map(|(size, _)| size.total_b),
            parameters: size.map(|(_, status)| status.as_str()),
            second_source: factor.second_source.as_ref().map(source),
            pue: factor.pue,
            grid: GridForm {
                factor_id: grid.factor.id(),
                zone: &grid.zone,
                g_per_kwh: grid.factor.g_per_kwh(),
                year: grid.factor.year(),
                source: source(grid.factor.source()),
            },
            site_source: source(&factor.site_source),
            onsite_water_source: (factor.onsite_water_source != factor.site_source)
                .then(|| source(&factor.onsite_water_source)),
            water_source: source(&factor.water_source),
        }),
        ..form(&factor.record, method.as_str(), chosen, rates.collect())
    }
}

fn form<'a>(
    record: &'a Record,
    method: &'static str,
    chosen_because: &'static str,
    rates: Vec<RateForm>,
) -> FactorForm<'a> {
    let covers = |how: Inclusion| {
        record.boundary().stages(how).map(move |stage: Stage| (stage.as_str(), how.as_str()))
    };
    FactorForm {
        factor_id: record.id(),
        method,
        region: None,
        confidence: record.confidence(),
        basis: record.basis().as_str(),
        boundary: Inclusion::ALL.iter().flat_map(|how| covers(*how)).collect(),
        valid_from: record.validity().from.to_string(),
        valid_to: record.validity().to.map(|day| day.to_string()),
        observed: record.validity().observed.as_deref(),
        gwp: "not stated by the publisher",
        biogenic_co2: "not available in the factor",
        chosen_because,
        rates,
        source: source(record.source()),
        modelled: None,
    }
}

fn source(source: &Source) -> SourceForm<'_> {
    SourceForm {
        title: source.title(),
        publisher: source.publisher(),
        published: source.published(),
        url: source.url(),
        licence: source.licence(),
    }
}
