//! Forms for other programs: each says what the statement says, and is what its standard asks for.

use crate::samples::{Sample, evidence, heading, ordinary, row, statements};
use carbon_core::{FactorSet, Usage};
use carbon_report::{
    Client, Evidence, Form, Heading, Language, Statement, Status, Supplier, datapoints::datapoints,
    forms::TAXONOMY,
};
use rust_decimal::Decimal;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

fn document(statement: &Statement, form: Form) -> Option<Value> {
    Some(serde_json::from_str(&statement.form(form)?).unwrap())
}

/// A number with every digit, `power` places to the right of where it stands.
fn exact(text: &str, power: u32) -> Decimal {
    // `from_str_exact` refuses what it would have to round.
    Decimal::from_str_exact(text).unwrap().checked_mul(Decimal::from(10u64.pow(power))).unwrap()
}

fn focus(statement: &Statement) -> Vec<BTreeMap<String, String>> {
    let text = statement.form(Form::Focus).unwrap();
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
}

#[test]
fn every_form_states_the_same_total() {
    for language in Language::ALL {
        for Sample { kind, statement, .. } in statements(language) {
            let total = statement.total.co2.map(|co2| co2.central().as_decimal());
            let lines = statement.to_csv();
            let first: Vec<&str> = lines.lines().nth(1).unwrap().split(',').collect();
            assert_eq!(first[15].parse().ok(), total, "{kind}: lines.csv");
            let xbrl = document(statement, Form::Xbrl).unwrap();
            let stated = xbrl.pointer("/facts/ghg/value").map(|value| exact(value.as_str().unwrap(), 6));
            assert_eq!(stated, total, "{kind}: xBRL");
            let footprint = document(statement, Form::Footprint);
            let stated = footprint
                .as_ref()
                .map(|footprint| exact(footprint["pcf"]["pcfExcludingBiogenicUptake"].as_str().unwrap(), 3));
            // Only of what will not change, and of something used.
            let is_told = statement.heading.status == Status::Final && statement.total.usage.requests > 0;
            assert_eq!(stated, total.filter(|_| is_told), "{kind}: PACT");
            let rows = focus(statement);
            let grams = rows.iter().filter(|row| !row["x_CarbonGrams"].is_empty());
            let sum: Decimal = grams.map(|row| exact(&row["x_CarbonGrams"], 0)).sum();
            assert_eq!(sum, total.unwrap_or_default(), "{kind}: FOCUS");
            let tokens: u128 = rows.iter().map(|row| row["ConsumedQuantity"].parse::<u128>().unwrap()).sum();
            assert_eq!(tokens, statement.total.usage.total_tokens(), "{kind}: FOCUS");
            // The text block rounds for the eye, as the page does.
            let vsme = document(statement, Form::Vsme);
            assert_eq!(vsme.is_some(), total.is_some() && is_told, "{kind}");
        }
    }
}

#[test]
fn a_footprint_is_what_pact_asks_for() {
    let schemas: Value =
        serde_json::from_str(include_str!("../../../tests/standards/pact-3.0.4.json")).unwrap();
    let schema = serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": "#/components/schemas/ProductFootprint",
        "components": schemas["components"],
    });
    let schema = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    for language in Language::ALL {
        for Sample { kind, statement, .. } in statements(language) {
            let Some(footprint) = document(statement, Form::Footprint) else { continue };
            let errors: Vec<String> = schema.iter_errors(&footprint).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{kind}: {errors:#?}");
            let pcf = &footprint["pcf"];
            assert_eq!(pcf["declaredUnitOfMeasurement"], "piece");
            assert_eq!(pcf["productMassPerDeclaredUnit"], "0");
            assert!(pcf.get("verification").is_none(), "nobody has verified it");
            for (pointer, wrong) in [
                ("/pcf/declaredUnitOfMeasurement", Value::from("token")),
                ("/pcf/primaryDataShare", Value::from(0)),
                ("/pcf/pcfExcludingBiogenicUptake", Value::from(1.5)),
                ("/companyIds", Value::from(Vec::<String>::new())),
            ] {
                let mut broken = footprint.clone();
                *broken.pointer_mut(pointer).unwrap() = wrong;
                assert!(!schema.is_valid(&broken), "{pointer}");
            }
            for rating in ["technologicalDQR", "geographicalDQR", "temporalDQR"] {
                if let Some(rating) = pcf["dqi"][rating].as_str() {
                    assert!((1..=5).map(Decimal::from).any(|bound| exact(rating, 0) <= bound), "{rating}");
                    assert!(exact(rating, 0) >= Decimal::ONE);
                }
            }
        }
    }
}

#[test]
fn a_footprint_says_what_it_rests_on_and_what_it_leaves_out() {
    let all = statements(Language::En);
    let of = |kind: &str| {
        let month = all.iter().find(|month| month.kind == kind).unwrap();
        document(&month.statement, Form::Footprint).unwrap()
    };
    let ordinary = of("ordinary");
    let comment = ordinary["comment"].as_str().unwrap();
    for said in ["95 % interval", "coefficient, bottom_up", "Factor set: 2026.12", "Not assured"] {
        assert!(comment.contains(said), "{said}: {comment}");
    }
    let source = &ordinary["pcf"]["secondaryEmissionFactorSources"][0];
    assert!(source["version"].as_str().unwrap().starts_with("2026.12+sha256:"), "{source}");
    assert_eq!(ordinary["pcf"]["exemptedEmissionsPercent"], "0");
    assert_eq!(ordinary["pcf"]["primaryDataShare"], "0");
    assert_eq!(ordinary["validityPeriodStart"], ordinary["pcf"]["referencePeriodEnd"]);
    assert!(ordinary.get("precedingPfIds").is_none());

    let unknown = all.iter().find(|month| month.kind == "unknown").unwrap();
    assert!(document(&unknown.statement, Form::Footprint).is_none_or(|footprint| {
        let percent = footprint["pcf"]["exemptedEmissionsPercent"].as_str().unwrap().to_owned();
        exact(&percent, 0) > Decimal::ZERO
    }));
    let mut some = ordinary_month(None);
    some.activity.push(row(3, "nobody-knows", None, Usage::of_call(5_000, 700)));
    let some = Statement::new(heading(Language::En), &some, FactorSet::latest());
    let some = document(&some, Form::Footprint).unwrap();
    assert!(exact(some["pcf"]["exemptedEmissionsPercent"].as_str().unwrap(), 0) > Decimal::ZERO);
    let why = some["pcf"]["exemptedEmissionsDescription"].as_str().unwrap();
    assert!(
        why.starts_with("Calls without an emission factor: 1 (model names: 1)") && why.contains("at most"),
        "{why}"
    );

    let restated = of("restated");
    assert_eq!(restated["precedingPfIds"][0], "01a20abd-2927-71fd-8583-000000000000");
    assert!(restated["comment"].as_str().unwrap().contains("restated from factor set"));
}

fn ordinary_month(region: Option<&str>) -> Evidence {
    let activity = ordinary().into_iter().map(|mut row| {
        row.region = region.map(str::to_owned).or(row.region);
        row
    });
    evidence(activity.collect())
}

#[test]
fn companies_products_and_places_have_names_that_others_know() {
    let lei = "529900T8BM49AURSDO55";
    let named = Heading {
        supplier: Supplier {
            lei: lei.parse().ok(),
            domain: Some("isv.example".to_owned()),
            ..Supplier::from("Example Software SAS")
        },
        client: Client { lei: lei.parse().ok(), ..Client::new("client x/yz", "Client") },
        ..heading(Language::En)
    };
    let statement = Statement::new(named, &ordinary_month(Some("aws:eu-west-3")), FactorSet::latest());
    let footprint = document(&statement, Form::Footprint).unwrap();
    assert_eq!(footprint["companyIds"][0], format!("urn:lei:{lei}"));
    assert_eq!(
        footprint["productIds"][0],
        "urn:pact:isv.example:supplier-id:llm-inference-client%20x%2Fyz-2026-10"
    );
    assert_eq!(footprint["pcf"]["geographyCountry"], "FR");
    let xbrl = document(&statement, Form::Xbrl).unwrap();
    assert_eq!(xbrl["facts"]["ghg"]["dimensions"]["entity"], format!("lei:{lei}"));
    assert!(
        focus(&statement)
            .iter()
            .all(|row| row["RegionId"] == "eu-west-3" && row["x_Region"] == "aws:eu-west-3")
    );

    let statement = Statement::new(heading(Language::En), &ordinary_month(None), FactorSet::latest());
    let footprint = document(&statement, Form::Footprint).unwrap();
    assert_eq!(footprint["companyIds"][0], "urn:llm-carbon-tracker:supplier:Example%20Software%20SAS");
    assert!(
        footprint["pcf"].get("geographyCountry").is_none(),
        "it is of several countries, and of none that was said"
    );
    let xbrl = document(&statement, Form::Xbrl).unwrap();
    assert_eq!(xbrl["facts"]["ghg"]["dimensions"]["entity"], "tenant:client-xyz");
}

#[test]
fn xbrl_facts_add_up_are_of_listed_concepts_and_hold_all_digits() {
    let (_, entry_point) = TAXONOMY[0];
    for Sample { kind, statement, .. } in statements(Language::En) {
        let report = document(statement, Form::Xbrl).unwrap();
        let facts = report["facts"].as_object().unwrap();
        let value = |id: &str| facts.get(id).map(|fact| exact(fact["value"].as_str().unwrap(), 0));
        let mut seen = BTreeSet::new();
        for (id, fact) in facts {
            let concept = fact["dimensions"]["concept"].as_str().unwrap().strip_prefix("lct:").unwrap();
            assert!(entry_point.contains(&format!("name=\"{concept}\"")), "{kind}: {concept}");
            assert!(seen.insert(fact["dimensions"].to_string()), "{kind}: {id} is stated twice");
            assert!(fact["value"].is_string(), "{id}");
            if fact["dimensions"]["unit"] == "utr:tCO2e" {
                assert!(fact["decimals"].as_u64().unwrap() >= 7, "{id}");
            }
            if concept.starts_with("Share") {
                assert!((Decimal::ZERO..=Decimal::ONE).contains(&value(id).unwrap()), "{id}");
            }
        }
        // The client's own gross Scope 3 it is not.
        assert!(!report.to_string().contains("GrossScope3"), "{kind}");
        let of_models = |name: &str| -> Decimal {
            let ids = facts.keys().filter(|id| id.starts_with("model_"));
            let ids = ids.filter(|id| id.splitn(3, '_').nth(2) == Some(name));
            ids.map(|id| value(id).unwrap()).sum()
        };
        let ghg = value("ghg").unwrap_or_default();
        let bases = ["ghg_location", "ghg_market", "ghg_not_stated"].into_iter().filter_map(value);
        let bases: Vec<Decimal> = bases.collect();
        assert!(bases.is_empty() || bases.iter().sum::<Decimal>() == ghg, "{kind}");
        assert_eq!(of_models("ghg"), ghg, "{kind}");
        for name in
            ["energy", "water", "requests", "input_tokens", "cache_read_input_tokens", "output_tokens"]
        {
            assert_eq!(of_models(name), value(name).unwrap_or_default(), "{kind}: {name}");
        }
    }
}

#[test]
fn the_vsme_block_is_of_a_concept_that_efrag_lists() {
    let listed: Value =
        serde_json::from_str(include_str!("../../../tests/standards/vsme-2026-05-01.json")).unwrap();
    for language in Language::ALL {
        for Sample { kind, statement, .. } in statements(language) {
            let Some(report) = document(statement, Form::Vsme) else { continue };
            assert_eq!(report["documentInfo"]["taxonomy"][0], listed["entryPoint"], "{kind}");
            let entry_point = listed["entryPoint"].as_str().unwrap();
            let namespace = report["documentInfo"]["namespaces"]["vsme"].as_str().unwrap();
            assert!(entry_point.starts_with(namespace), "{namespace}");
            let facts = report["facts"].as_object().unwrap();
            assert_eq!(facts.len(), 1);
            let fact = &facts["line"];
            let concept = &listed["concepts"][fact["dimensions"]["concept"].as_str().unwrap()];
            assert_eq!(concept["dataType"], "dtr-types:textBlockItemType", "{kind}");
            assert_eq!(concept["periodType"], "duration");
            assert_eq!(fact["dimensions"]["language"], language.as_str());
            let text = fact["value"].as_str().unwrap();
            assert!(text.starts_with("<p>") && !text.contains("<script"), "{text}");
        }
    }
    // So are the names in the table of standards.
    let named = datapoints().map(|row| row.element).filter(|name| name.starts_with("vsme:"));
    let named: BTreeSet<&str> = named.collect();
    assert!(!named.is_empty());
    for name in named {
        assert!(listed["concepts"].get(name).is_some(), "{name} is not EFRAG's");
    }
    assert!(
        listed["concepts"].get("vsme:EmissionsOfPurchasedLlmInference").is_none(),
        "a made-up name is not listed"
    );
}

#[test]
fn a_focus_row_is_a_day_a_model_and_a_region() {
    for Sample { kind, statement, .. } in statements(Language::En) {
        let mut seen = BTreeSet::new();
        for row in focus(statement) {
            let key = ["ChargePeriodStart", "x_Model", "x_Region"].map(|column| row[column].clone());
            assert!(seen.insert(key), "{kind}: {row:?}");
            let bounds =
                ["x_CarbonGramsLow", "x_CarbonGrams", "x_CarbonGramsHigh"].map(|column| row[column].as_str());
            if bounds[1].is_empty() {
                assert_eq!((row["x_Confidence"].as_str(), bounds), ("unknown", ["", "", ""]), "{kind}");
            } else {
                let [low, central, high] = bounds.map(|bound| exact(bound, 0));
                assert!(low <= central && central <= high, "{kind}: {row:?}");
            }
            assert!(!row["SubAccountId"].starts_with('='));
            assert_eq!(row["x_FactorSet"], "2026.12");
        }
        let energy: Decimal =
            focus(statement).iter().filter_map(|row| row["x_EnergyKwh"].parse::<Decimal>().ok()).sum();
        let total = statement.total.energy.map(|energy| energy.central().as_decimal()).unwrap_or_default();
        assert_eq!(energy * Decimal::ONE_THOUSAND, total, "{kind}");
    }
}
