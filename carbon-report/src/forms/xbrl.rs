//! `statement.xbrl.json`: key figures as xBRL-JSON (Open Information Model 1.0), in a taxonomy of our own.

use super::{
    encoded, indented, starts,
    taxonomy::{ENTRY_POINT, NAMESPACE},
};
use crate::{figure::over_power_of_ten, heading::Heading, language::Language, statement::Statement};
use carbon_core::{Grams, Range, Usage, factor::Basis, quantity::Quantity};
use rust_decimal::Decimal;
use serde::Serialize;
use std::collections::BTreeMap;

/// A report in xBRL-JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct XbrlReport {
    document_info: DocumentInfo,
    facts: BTreeMap<String, Fact>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DocumentInfo {
    document_type: &'static str,
    namespaces: BTreeMap<&'static str, &'static str>,
    taxonomy: [&'static str; 1],
}

/// A fact.
#[derive(Serialize)]
pub(super) struct Fact {
    value: String,
    /// So many decimals are stated: all of them, and in tonnes at least seven.
    #[serde(skip_serializing_if = "Option::is_none")]
    decimals: Option<usize>,
    dimensions: BTreeMap<&'static str, String>,
}

/// Decimals of tonnes that no reader may round away: a gram has six.
const TONNE_DECIMALS_MIN: usize = 7;

impl XbrlReport {
    /// An empty report in one taxonomy.
    pub(super) fn in_taxonomy(
        prefix: &'static str,
        namespace: &'static str,
        entry_point: &'static str,
    ) -> Self {
        let namespaces = BTreeMap::from([
            (prefix, namespace),
            ("lei", "http://standards.iso.org/iso/17442"),
            ("tenant", "urn:llm-carbon-tracker:tenant"),
            ("utr", "http://www.xbrl.org/2009/utr"),
            ("xbrl", "https://xbrl.org/2021"),
        ]);
        let document_type = "https://xbrl.org/2021/xbrl-json";
        XbrlReport {
            document_info: DocumentInfo { document_type, namespaces, taxonomy: [entry_point] },
            facts: BTreeMap::new(),
        }
    }

    /// Adds a fact of the statement's client and period.
    pub(super) fn add(&mut self, statement: &Statement, id: &str, concept: &str, mut fact: Fact) {
        let heading = &statement.heading;
        fact.dimensions.insert("concept", concept.to_owned());
        fact.dimensions.insert("entity", entity(heading));
        let (start, end) = (heading.month.first_day(), heading.end());
        // Without a zone, as the model asks.
        let midnight = |text: String| text.trim_end_matches('Z').to_owned();
        fact.dimensions.insert("period", format!("{}/{}", midnight(starts(start)), midnight(starts(end))));
        self.facts.insert(id.to_owned(), fact);
    }
}

impl Fact {
    /// A text in a language.
    pub(super) fn text(value: String, language: Language) -> Self {
        let dimensions = BTreeMap::from([("language", language.as_str().to_owned())]);
        Fact { value, decimals: None, dimensions }
    }

    /// A text in none, such as a name.
    fn name(value: &str) -> Self {
        Fact { value: in_xml(value), decimals: None, dimensions: BTreeMap::new() }
    }

    fn number(value: String, decimals_min: usize) -> Self {
        let decimals = value.split_once('.').map_or(0, |(_, fraction)| fraction.len()).max(decimals_min);
        Fact { value, decimals: Some(decimals), dimensions: BTreeMap::new() }
    }

    /// `value` in a unit that is ten to the power of so many of its own.
    fn measured(value: Decimal, power: u32, unit: &str, decimals_min: usize) -> Self {
        let mut fact = Fact::number(over_power_of_ten(value, power), decimals_min);
        fact.dimensions.insert("unit", unit.to_owned());
        fact
    }

    fn tonnes(grams: Grams) -> Self {
        Fact::measured(grams.as_decimal(), 6, "utr:tCO2e", TONNE_DECIMALS_MIN)
    }

    fn share(share: Decimal) -> Self {
        Fact::number(over_power_of_ten(share, 0), 0)
    }

    fn count(count: u64) -> Self {
        Fact::number(count.to_string(), 0)
    }

    /// The same of one model alone.
    fn of_model(mut self, model: &str) -> Self {
        self.dimensions.insert("lct:ModelAxis", in_xml(model));
        self
    }
}

/// The client: by its legal entity identifier where that is known, else as its supplier calls it.
fn entity(heading: &Heading) -> String {
    match &heading.client.lei {
        Some(lei) => format!("lei:{lei}"),
        None => format!("tenant:{}", encoded(&heading.client.tenant_id)),
    }
}

/// A name without what XML cannot hold.
fn in_xml(name: &str) -> String {
    let holds = |character: char| !character.is_control() && !matches!(character, '\u{fffe}' | '\u{ffff}');
    name.chars().map(|character| if holds(character) { character } else { '\u{fffd}' }).collect()
}

/// The statement's key figures; those that are not known are left out.
pub(super) fn of(statement: &Statement) -> String {
    let mut report = XbrlReport::in_taxonomy("lct", NAMESPACE, ENTRY_POINT);
    let mut add = |id: &str, concept: &str, fact: Option<Fact>| {
        if let Some(fact) = fact {
            report.add(statement, id, &format!("lct:{concept}"), fact);
        }
    };
    let total = &statement.total;
    let range = total.co2;
    add("ghg", "PurchasedLlmInferenceGhg", range.map(|co2| Fact::tonnes(co2.central())));
    add("ghg_lower", "PurchasedLlmInferenceGhgLowerBound", range.map(|co2| Fact::tonnes(co2.low())));
    add("ghg_upper", "PurchasedLlmInferenceGhgUpperBound", range.map(|co2| Fact::tonnes(co2.high())));
    for line in &statement.by_basis {
        let Some(co2) = line.valued.co2 else { continue };
        let central = Some(Fact::tonnes(co2.central()));
        match line.basis {
            Basis::Location => {
                let concept = "PurchasedLlmInferenceGhgLocationBased";
                add("ghg_location", concept, central);
                add("ghg_location_lower", &format!("{concept}LowerBound"), Some(Fact::tonnes(co2.low())));
                add("ghg_location_upper", &format!("{concept}UpperBound"), Some(Fact::tonnes(co2.high())));
            }
            Basis::Market => add("ghg_market", "PurchasedLlmInferenceGhgMarketBased", central),
            Basis::NotStated => add("ghg_not_stated", "PurchasedLlmInferenceGhgBasisNotStated", central),
            // Emissions always have one.
            Basis::NotApplicable => {}
        }
    }
    let energy = total.energy.map(|energy| kilowatt_hours(energy.central().as_decimal()));
    add("energy", "EnergyConsumption", energy);
    add("water", "WaterConsumption", total.water.map(|water| litres(water.central().as_decimal())));
    for (name, concept, count) in counts(&total.usage) {
        add(name, concept, Some(Fact::count(count)));
    }
    add("primary_share", "ShareFromPrimaryData", statement.data_quality.primary_share.map(Fact::share));
    add("quantified_share", "ShareOfTokensQuantified", statement.coverage.ratio().map(Fact::share));
    add("factor_set", "FactorSet", Some(Fact::name(&statement.factor_set)));
    add("statement", "StatementIdentifier", Some(Fact::name(&statement.heading.report_id)));
    add("status", "StatementStatus", Some(Fact::name(statement.heading.status.as_str())));
    add("supplier", "SupplierName", Some(Fact::name(&statement.heading.supplier.name)));
    for (place, (model, sum)) in models(statement).into_iter().enumerate() {
        let id = |name: &str| format!("model_{}_{name}", place + 1);
        let mut add = |name: &str, concept: &str, fact: Option<Fact>| {
            add(&id(name), concept, fact.map(|fact| fact.of_model(&model)));
        };
        add("ghg", "PurchasedLlmInferenceGhg", sum.co2.map(|co2| Fact::tonnes(Grams::new(co2))));
        add("energy", "EnergyConsumption", sum.energy.map(kilowatt_hours));
        add("water", "WaterConsumption", sum.water.map(litres));
        for (name, concept, count) in counts(&sum.usage) {
            add(name, concept, Some(Fact::count(count)));
        }
    }
    indented(&report)
}

fn kilowatt_hours(watt_hours: Decimal) -> Fact {
    Fact::measured(watt_hours, 3, "utr:kWh", 0)
}

fn litres(millilitres: Decimal) -> Fact {
    Fact::measured(millilitres, 3, "utr:l", 0)
}

fn counts(usage: &Usage) -> [(&'static str, &'static str, u64); 4] {
    [
        ("requests", "Requests", usage.requests),
        ("input_tokens", "InputTokens", usage.input_tokens),
        ("cache_read_input_tokens", "CacheReadInputTokens", usage.cache_read_input_tokens),
        ("output_tokens", "OutputTokens", usage.output_tokens),
    ]
}

/// The sum of the lines of one model, central values.
#[derive(Default)]
struct ModelSum {
    usage: Usage,
    co2: Option<Decimal>,
    energy: Option<Decimal>,
    water: Option<Decimal>,
}

/// One sum for each model, and a name that leads to none: without method and place, their lines are added.
fn models(statement: &Statement) -> BTreeMap<String, ModelSum> {
    fn add<Q: Quantity>(sum: &mut Option<Decimal>, range: Option<Range<Q>>) {
        if let Some(range) = range {
            *sum = Some(sum.unwrap_or_default() + range.central().as_decimal());
        }
    }
    let mut models: BTreeMap<String, ModelSum> = BTreeMap::new();
    for line in &statement.by_model {
        let sum = models.entry(line.model.clone()).or_default();
        sum.usage += &line.valued.usage;
        add(&mut sum.co2, line.valued.co2);
        add(&mut sum.energy, line.valued.energy);
        add(&mut sum.water, line.valued.water);
    }
    for line in &statement.unknown_models {
        models.entry(line.name.clone()).or_default().usage += &line.usage;
    }
    models
}
