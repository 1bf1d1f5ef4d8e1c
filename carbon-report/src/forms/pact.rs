//! `footprint.pact.json`: the month as a product footprint of PACT (Technical Specifications 3.0, data model `ProductFootprint`).
//!
//! The product is the inference that the supplier bought to serve the client in the month: one piece. PACT has no unit for
//! tokens, and asks that a service weigh nothing.

use super::{encoded, indented, starts};
use crate::{
    figure::over_power_of_ten,
    heading::Supplier,
    month::Month,
    statement::{Statement, UsedFactor},
};
use carbon_core::{Grams, Range, factor::Stage, quantity::Quantity};
use rust_decimal::Decimal;
use serde::Serialize;
use std::collections::BTreeSet;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProductFootprint {
    id: String,
    spec_version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    preceding_pf_ids: Option<[String; 1]>,
    created: String,
    /// As it is when the report is issued; a server says `Deprecated` once another has taken its place.
    status: &'static str,
    validity_period_start: String,
    validity_period_end: String,
    company_name: String,
    company_ids: Vec<String>,
    product_description: String,
    product_ids: [String; 1],
    product_name_company: String,
    comment: String,
    pcf: CarbonFootprint,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CarbonFootprint {
    declared_unit_of_measurement: &'static str,
    declared_unit_amount: &'static str,
    product_mass_per_declared_unit: &'static str,
    reference_period_start: String,
    reference_period_end: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    geography_country: Option<String>,
    boundary_processes_description: String,
    pcf_excluding_biogenic_uptake: String,
    pcf_including_biogenic_uptake: String,
    fossil_ghg_emissions: String,
    fossil_carbon_content: &'static str,
    packaging_emissions_included: bool,
    #[serde(rename = "ccsTechnologicalCO2CaptureIncluded")]
    ccs_technological_co2_capture_included: bool,
    ipcc_characterization_factors: [&'static str; 1],
    cross_sectoral_standards: [&'static str; 1],
    exempted_emissions_percent: String,
    exempted_emissions_description: String,
    allocation_rules_description: &'static str,
    secondary_emission_factor_sources: Vec<FactorSource>,
    primary_data_share: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    dqi: Option<PactDataQuality>,
}

#[derive(Serialize, PartialEq)]
struct FactorSource {
    name: String,
    version: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PactDataQuality {
    #[serde(rename = "technologicalDQR")]
    technological: String,
    #[serde(rename = "geographicalDQR")]
    geographical: String,
    #[serde(rename = "temporalDQR")]
    temporal: String,
}

/// Years that the figure may stand in for a later period: PACT allows three.
const VALID_YEARS: i16 = 1;

const ALLOCATION: &str = "Calls are metered one by one and belong to the client that they were made for: nothing is \
    allocated between clients. Each factor spreads what its source measured or modelled evenly over tokens of its class.";

/// The footprint; `None` of a month that is open, that has no call, or where nothing has a factor.
pub(super) fn of(statement: &Statement) -> Option<String> {
    let co2 = statement.handed_over()?;
    let heading = &statement.heading;
    let (start, end) = (heading.month.first_day(), heading.end());
    let valid_until = end.checked_add(jiff::Span::new().years(VALID_YEARS)).unwrap_or(end);
    Some(indented(&ProductFootprint {
        id: heading.report_id.clone(),
        spec_version: "3.0.0",
        preceding_pf_ids: heading
            .supersedes
            .clone()
            .filter(|_| statement.restatement.is_some() || heading.through.is_some())
            .map(|earlier| [earlier]),
        created: starts(heading.issued_on),
        status: "Active",
        validity_period_start: starts(end),
        validity_period_end: starts(valid_until),
        company_name: heading.supplier.name.clone(),
        company_ids: company_ids(&heading.supplier),
        product_description: description(statement),
        product_ids: [heading.supplier.product(&heading.client.tenant_id, &heading.months())],
        product_name_company: format!("LLM inference to serve {}, {}", heading.client.name, heading.months()),
        comment: comment(statement, co2),
        pcf: carbon_footprint(statement, co2, [starts(start), starts(end)]),
    }))
}

fn carbon_footprint(statement: &Statement, co2: Range<Grams>, period: [String; 2]) -> CarbonFootprint {
    let total = kilograms(co2.central());
    let [reference_period_start, reference_period_end] = period;
    let (percent, exempted_emissions_description) = exempted(statement, co2);
    let primary = statement.data_quality.primary_share.unwrap_or_default() * Decimal::ONE_HUNDRED;
    CarbonFootprint {
        declared_unit_of_measurement: "piece",
        declared_unit_amount: "1",
        product_mass_per_declared_unit: "0",
        reference_period_start,
        reference_period_end,
        geography_country: country(statement),
        boundary_processes_description: boundary(statement),
        pcf_excluding_biogenic_uptake: total.clone(),
        pcf_including_biogenic_uptake: total.clone(),
        fossil_ghg_emissions: total,
        fossil_carbon_content: "0",
        packaging_emissions_included: false,
        ccs_technological_co2_capture_included: false,
        ipcc_characterization_factors: ["AR6"],
        cross_sectoral_standards: ["GHGP-Product"],
        exempted_emissions_percent: percent.normalize().to_string(),
        exempted_emissions_description,
        allocation_rules_description: ALLOCATION,
        secondary_emission_factor_sources: factor_sources(statement),
        primary_data_share: primary.normalize().to_string(),
        dqi: data_quality(statement),
    }
}

fn kilograms(grams: Grams) -> String {
    over_power_of_ten(grams.as_decimal(), 3)
}

/// Names of the supplier as a company, its legal entity identifier first.
fn company_ids(supplier: &Supplier) -> Vec<String> {
    let lei = supplier.lei.iter().map(|lei| format!("urn:lei:{lei}"));
    let domain = supplier.domain.iter().map(|domain| format!("urn:pact:{domain}:company-id:{domain}"));
    let ids: Vec<String> = lei.chain(domain).collect();
    if !ids.is_empty() {
        return ids;
    }
    vec![format!("urn:llm-carbon-tracker:supplier:{}", encoded(&supplier.name))]
}

impl Supplier {
    /// Name of the inference that a client is served with in a month, as a product (PACT): each month is one of its own, so
    /// who asks for one does not get another.
    ///
    /// ```
    /// use carbon_report::Supplier;
    /// let supplier = Supplier { domain: Some("isv.example".to_owned()), ..Supplier::from("Example") };
    /// let product_id = supplier.product_id("client-xyz", "2026-10".parse()?);
    /// assert_eq!(product_id, "urn:pact:isv.example:supplier-id:llm-inference-client-xyz-2026-10");
    /// # Ok::<(), carbon_report::NotAMonth>(())
    /// ```
    pub fn product_id(&self, tenant_id: &str, month: Month) -> String {
        self.product(tenant_id, &month.to_string())
    }

    /// The same of a month or a period.
    fn product(&self, tenant_id: &str, months: &str) -> String {
        let product = format!("llm-inference-{}-{months}", encoded(tenant_id));
        match &self.domain {
            Some(domain) => format!("urn:pact:{domain}:supplier-id:{product}"),
            None => format!("urn:llm-carbon-tracker:product:{}:{product}", encoded(&self.name)),
        }
    }
}

fn description(statement: &Statement) -> String {
    let (heading, usage) = (&statement.heading, &statement.total.usage);
    format!(
        "1 piece = all LLM inference that {} purchased to serve {} in the reference period: {} calls, {} input and {} output \
         tokens.",
        heading.supplier.name, heading.client.name, usage.requests, usage.input_tokens, usage.output_tokens
    )
}

/// The country that all of it was sent with, where it is one.
fn country(statement: &Statement) -> Option<String> {
    let countries: BTreeSet<Option<&str>> =
        statement.by_region.iter().map(|line| line.country.as_deref()).collect();
    match countries.into_iter().collect::<Vec<_>>().as_slice() {
        [country] => country.map(str::to_owned),
        _ => None,
    }
}

fn boundary(statement: &Statement) -> String {
    let stages = |included: fn(usize, usize) -> bool| {
        let factors = &statement.factors;
        let covering = |stage: Stage| factors.iter().filter(|factor| factor.covers(stage)).count();
        let stages = Stage::ALL.iter().filter(|stage| included(covering(**stage), factors.len()));
        let words = stages.map(|stage| stage.as_str()).collect::<Vec<_>>().join(", ");
        if words.is_empty() { "none".to_owned() } else { words }
    };
    format!(
        "Inference, as each factor states. In every factor used: {}. In some of them: {}. In none of them, or not stated by the \
         publisher: {}. The supplier's own operations are not added.",
        stages(|covering, all| covering == all),
        stages(|covering, all| covering > 0 && covering < all),
        stages(|covering, _| covering == 0),
    )
}

/// What part of the emissions is left out at most, in percent, and what it is.
fn exempted(statement: &Statement, co2: Range<Grams>) -> (Decimal, String) {
    let lines = &statement.unknown_models;
    if lines.is_empty() {
        return (Decimal::ZERO, String::new());
    }
    let requests: u64 = lines.iter().map(|line| line.usage.requests).sum();
    let what = format!("Calls without an emission factor: {requests} (model names: {})", lines.len());
    let upper: Option<Decimal> =
        lines.iter().map(|line| line.upper_bound.map(Quantity::as_decimal)).sum::<Option<Decimal>>();
    let bounded =
        upper.and_then(|upper| Some((upper, upper.checked_div(upper + co2.central().as_decimal())?)));
    let (share, how) = match bounded {
        Some((upper, share)) => {
            let upper = kilograms(Grams::new(upper));
            (share, format!("at most {upper} kgCO2e, by the highest upper bound of the published table"))
        }
        // Without a bound, tokens are all that is known.
        None => (
            Decimal::ONE - statement.coverage.ratio().unwrap_or_default(),
            "the percentage is their share of tokens".to_owned(),
        ),
    };
    // Rounded up: it is a bound.
    let percent = (share * Decimal::ONE_THOUSAND).ceil() / Decimal::TEN;
    (percent, format!("{what}; {how}. They are not part of any total and do not count as zero."))
}

/// The registry, then what the factors used come from.
fn factor_sources(statement: &Statement) -> Vec<FactorSource> {
    let digest =
        statement.factor_set_sha256.as_ref().map(|sha256| format!("+sha256:{sha256}")).unwrap_or_default();
    let mut sources = vec![FactorSource {
        name: "LLM Carbon Tracker factor set".to_owned(),
        version: format!("{}{digest}", statement.factor_set),
    }];
    for source in statement.factors.iter().flat_map(UsedFactor::sources) {
        let source = FactorSource {
            name: format!("{}: {}", source.publisher, source.title),
            version: source.published.clone().unwrap_or_else(|| "undated".to_owned()),
        };
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    sources
}

/// Ratings from 1, best, to 5: each grade of a line, weighted with its emissions.
fn data_quality(statement: &Statement) -> Option<PactDataQuality> {
    /// Of very good, good, fair and poor. What is poor may as well be unknown, which is the end of the scale.
    const RATINGS: [i64; 4] = [1, 2, 3, 5];
    let [technological, temporal, geographical, ..] = statement.data_quality.indicators.map(|grades| {
        let weights = grades.map(Quantity::as_decimal);
        let rated = weights.iter().zip(RATINGS).map(|(weight, rating)| weight * Decimal::from(rating));
        let rating = rated.sum::<Decimal>().checked_div(weights.iter().sum())?;
        Some(format!("{:.1}", rating.round_dp(1)))
    });
    Some(PactDataQuality { technological: technological?, geographical: geographical?, temporal: temporal? })
}

/// What a reader needs to judge the figure and to find every digit behind it.
fn comment(statement: &Statement, co2: Range<Grams>) -> String {
    let heading = &statement.heading;
    let [low, central, high] = [co2.low(), co2.central(), co2.high()].map(kilograms);
    let words = |words: Vec<&str>| if words.is_empty() { "none".to_owned() } else { words.join(", ") };
    let methods = words(statement.by_method.iter().map(|line| line.method.as_str()).collect());
    let bases = words(statement.bases.iter().map(|basis| basis.as_str()).collect());
    let covered = statement.coverage.ratio().unwrap_or(Decimal::ONE) * Decimal::ONE_HUNDRED;
    let interval = match heading.through {
        None => "approximate 95 % interval",
        Some(_) => "the sum of the final statements of its months, as are the bounds, from",
    };
    let mut comment = format!(
        "Estimated from metered tokens: {central} kgCO2e, {interval} {low} to {high} kgCO2e. It covers factor \
         and grid uncertainty, but not training and networks. Methods: {methods}. Factor set: {}. Electricity is accounted for: \
         {bases}. {} % of the tokens have a factor. The publishers of the factors do not state which global warming \
         potentials they used: AR6 fills a mandatory field. Biogenic carbon is not known separately, so the three totals \
         are equal. Not assured. Statement {}, revision {}: its statement.json has every digit.",
        statement.factor_set,
        covered.normalize(),
        heading.report_id,
        heading.revision,
    );
    if let Some(restatement) = &statement.restatement {
        comment.push_str(&format!(
            " The month was restated from factor set {} to {}: {}",
            restatement.old_factor_set, statement.factor_set, restatement.reason
        ));
    }
    comment
}
