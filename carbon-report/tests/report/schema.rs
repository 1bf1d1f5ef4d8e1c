//! The schema of the statement has the words of the program, each of them.

use carbon_core::{
    factor::{Basis, Confidence},
    grid::GridResolution,
    method::{Consistency, DEFAULT_POLICY},
    place::PlacedBy,
};
use carbon_report::{EsrsEdition, InstrumentKind, Language, statement::DataClass, target::TargetPer};
use serde_json::Value;

/// Enumerations of the schema, by the field that they are of, with where each stands.
fn enumerations(schema: &Value, at: &str, found: &mut Vec<(String, Vec<String>)>) {
    if let Some(words) = schema["enum"].as_array() {
        found.push((at.to_owned(), words.iter().filter_map(Value::as_str).map(str::to_owned).collect()));
    }
    match schema {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, of)| enumerations(of, &format!("{at}/{name}"), found));
        }
        Value::Array(parts) => parts.iter().for_each(|of| enumerations(of, at, found)),
        _ => {}
    }
}

#[test]
fn the_schema_has_every_word_that_a_statement_may_have() {
    let schema: Value = serde_json::from_str(include_str!("../../../docs/statement.schema.json")).unwrap();
    let mut found = Vec::new();
    enumerations(&schema, "", &mut found);
    let words = |of: &[&str]| of.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let methods: Vec<&str> = DEFAULT_POLICY.iter().map(|method| method.as_str()).collect();
    // A second reading of what a method other than our own valued.
    let second: Vec<&str> = methods.iter().copied().filter(|method| *method != "bottom_up").collect();
    let confidences: Vec<&str> = Confidence::ALL.iter().map(|of| of.as_str()).collect();
    let bases: Vec<&str> = Basis::ALL.iter().map(|of| of.as_str()).collect();
    let resolutions: Vec<&str> = GridResolution::ALL.iter().map(|of| of.as_str()).collect();
    let placed: Vec<&str> = PlacedBy::ALL.iter().map(|of| of.as_str()).collect();
    let consistencies: Vec<&str> = Consistency::ALL.iter().map(|of| of.as_str()).collect();
    for (field, expect) in [
        ("/by_model/items/properties/method", words(&methods)),
        ("/by_method/items/properties/method", words(&methods)),
        ("/factors/items/properties/method", words(&methods)),
        ("/opinions/items/properties/method", words(&second)),
        ("/opinions/items/properties/consistency", words(&consistencies)),
        ("/confidence", words(&confidences)),
        ("/confidence/anyOf", words(&confidences)),
        ("/by_basis/items/properties/basis", words(&bases)),
        ("/carried_over/items/properties/basis", words(&bases)),
        ("/bases/items", words(&bases)),
        ("/grids/items/properties/resolution", words(&resolutions)),
        ("/by_resolution/items/properties/resolution", words(&resolutions)),
        ("/placed_by", words(&placed)),
        ("/data_class", words(&DataClass::ALL.map(DataClass::as_str))),
        ("/instruments/items/properties/kind", words(&InstrumentKind::ALL.map(InstrumentKind::as_str))),
        ("/per", words(&TargetPer::ALL.map(TargetPer::as_str))),
        ("/language", words(&Language::ALL.map(Language::as_str))),
        ("/standard", words(&EsrsEdition::ALL.map(EsrsEdition::as_str))),
    ] {
        // Rates are per a denominator, not per what a target is of.
        let is_it = |at: &str| at.ends_with(field) && !at.starts_with("/$defs");
        let here: Vec<_> = found.iter().filter(|(at, _)| is_it(at)).collect();
        assert!(!here.is_empty(), "{field}");
        for (at, words) in here {
            let sorted = |mut words: Vec<String>| {
                words.sort();
                words
            };
            assert_eq!(sorted(words.clone()), sorted(expect.clone()), "{at}");
        }
    }
}
