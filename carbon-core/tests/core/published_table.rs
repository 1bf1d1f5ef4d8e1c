//! Factor set 2025.1 is the published table, to the letter.

use carbon_core::{FactorSet, Usage, factor::RangeBasis};

const PUBLISHED: [(&str, &str, &str, &str); 8] = [
    ("gpt-4o", "0.3", "estimated", "Gravity Climate — méthodo. IA (Grove), ~classe GPT-4"),
    ("gpt-4o-mini", "0.1", "estimated", "Gravity Climate 2025"),
    ("gpt-4-turbo", "0.35", "estimated", "Gravity Climate 2025"),
    ("gpt-3.5-turbo", "0.08", "estimated", "Gravity Climate 2025"),
    ("claude-3-5-sonnet", "0.3", "estimated", "Gravity — alignement classe GPT-4 (estimé)"),
    ("claude-3-opus", "0.45", "estimated", "Gravity Climate 2025"),
    ("claude-3-haiku", "0.1", "estimated", "Gravity Climate 2025"),
    (
        "mistral-large-2",
        "2.85",
        "measured",
        "Mistral LCA 2025 (1,14 gCO2e / 400 tokens inférence ; Carbone 4 / ADEME)",
    ),
];

fn set() -> &'static FactorSet {
    FactorSet::version("2025.1").unwrap()
}

#[test]
fn every_row_is_there_verbatim_and_no_other() {
    let rows: Vec<(&str, String, &str, &str)> = set()
        .factors()
        .map(|f| (f.model(), f.central().value().to_string(), f.confidence().as_str(), f.source().title()))
        .collect();
    let published =
        PUBLISHED.map(|(model, grams, confidence, source)| (model, grams.to_owned(), confidence, source));
    assert_eq!(rows, published);
}

#[test]
fn a_thousand_tokens_in_all_give_the_published_value() {
    for (model, grams, ..) in PUBLISHED {
        for (input, output) in [(600, 400), (1_000, 0), (0, 1_000)] {
            let estimate = set().estimate(model, &Usage::of_call(input, output)).unwrap();
            assert_eq!(estimate.co2.central().to_string(), grams, "{model} {input}+{output}");
        }
    }
}

#[test]
fn mistrals_range_spans_its_two_readings() {
    // 1.14 g for 400 output tokens is what the publisher measured; the table applies it to all tokens.
    let co2 = set().estimate("mistral-large-2", &Usage::of_call(600, 400)).unwrap().co2;
    let digits = [co2.low(), co2.central(), co2.high()].map(|grams| grams.to_string());
    assert_eq!(digits, ["1.14", "2.85", "2.85"]);

    let co2 = set().estimate("mistral-large-2", &Usage::of_call(10_000, 300)).unwrap().co2;
    let digits = [co2.low(), co2.central(), co2.high()].map(|grams| grams.to_string());
    assert_eq!(digits, ["0.855", "29.355", "29.355"]);
}

#[test]
fn class_proxies_carry_the_stated_spread() {
    let spread = 3f64.powf(1.96);
    let mut seen = 0;
    for factor in set().factors().filter(|f| f.range_basis() == RangeBasis::ClassProxyGsd3) {
        let [low, central, high] = [factor.low(), factor.central(), factor.high()]
            .map(|rate| rate.value().to_string().parse::<f64>().unwrap());
        for (table, exact) in [(low, central / spread), (high, central * spread)] {
            assert!((table / exact - 1.0).abs() < 5e-4, "{}: {table} for {exact}", factor.id());
        }
        seen += 1;
    }
    assert_eq!(seen, 7);
}

#[test]
fn factor_ids_name_the_set_that_introduced_them() {
    for factor in set().factors() {
        assert_eq!(factor.id(), format!("coefficient/{}@2025.1", factor.model()));
    }
}

#[test]
fn every_version_can_be_called_by_name_and_the_newest_is_the_default() {
    for version in FactorSet::versions() {
        assert_eq!(FactorSet::version(version).unwrap().as_str(), version);
    }
    assert_eq!(Some(FactorSet::latest().as_str()), FactorSet::versions().last());
    assert!(FactorSet::version("2024.1").is_none());
}

#[test]
fn later_sets_keep_the_published_rows() {
    for version in FactorSet::versions() {
        let rows: Vec<_> = FactorSet::version(version).unwrap().factors().cloned().collect();
        for factor in set().factors() {
            assert!(rows.contains(factor), "{version} lacks or changes {}", factor.id());
        }
    }
}
