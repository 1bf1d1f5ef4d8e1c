//! Which names lead to which model, and which lead nowhere.

use carbon_core::{FactorSet, Usage};
use jiff::civil::date;

/// The published table alone: few names, so many that are unknown.
fn table() -> &'static FactorSet {
    FactorSet::version("2025.1").unwrap()
}

/// `None`: unknown.
#[track_caller]
fn check(name: &str, expect: Option<(&str, &str)>) {
    let resolved = table().resolve(name);
    let got = resolved.as_ref().ok().map(|r| (r.model.id(), r.resolved_by.as_str()));
    assert_eq!(got, expect, "{name:?}");
}

#[test]
fn ids_aliases_and_the_stated_normalisation() {
    check("gpt-4o", Some(("gpt-4o", "exact")));
    check("gpt-4o-2024-08-06", Some(("gpt-4o", "alias")));
    check("gpt-35-turbo", Some(("gpt-3.5-turbo", "alias")));
    check("mistral-large-2411", Some(("mistral-large-2", "alias")));
    check(" GPT-4o\n", Some(("gpt-4o", "rule")));
    check("Claude-3-Haiku-20240307", Some(("claude-3-haiku", "rule")));
}

#[test]
fn a_similar_name_is_unknown() {
    for name in [
        "",
        "gpt",
        "gpt-4",
        "gpt-4omni",
        "gpt-4o-audio-preview",
        "claude-3",
        "mistral-large",
        "mistral-large-latest",
        "mistral-large-pixtral-2411",
        "gemini-3-pro",
        "xai/grok-4",
        "gpt 4o",
        "gpt-4o\u{200b}",
    ] {
        check(name, None);
    }
}

#[test]
fn an_unknown_model_has_no_number_and_says_so() {
    let error = table().estimate("gpt-4omni", &Usage::of_call(1, 1)).unwrap_err();
    assert_eq!(error.to_string(), r#"no emission factor is known for model "gpt-4omni""#);
}

#[test]
fn suggestions_are_for_people() {
    let set = table();
    assert_eq!(set.suggestions("gpt-4omni")[0], "gpt-4o-mini");
    assert_eq!(set.suggestions("Mistral-Large-Latest"), ["mistral-large-2"]);
    assert_eq!(set.suggestions("unrelated"), [""; 0]);
}

#[test]
fn aliases_are_listed_by_model() {
    let aliases = |name| table().resolve(name).unwrap().model.aliases();
    assert_eq!(aliases("mistral-large-2"), ["mistral-large-2407", "mistral-large-2411"]);
    assert_eq!(aliases("gpt-4o-2024-08-06"), aliases("gpt-4o"));
    assert_eq!(aliases("claude-3-opus").len(), 1);
}

/// Name, canonical id, region hint: collected from the catalogues of gateways and clouds.
const NAMES: &str = include_str!("../vectors/model-ids.tsv");

/// The same for names that lead elsewhere since 2026.12.
const NAMES_2026_12: &str = include_str!("../vectors/model-ids-2026.12.tsv");

/// Name, canonical id or `unknown`, region hint.
fn vectors(table: &'static str) -> impl Iterator<Item = [&'static str; 3]> {
    let rows = table.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
    rows.map(|row| <[&str; 3]>::try_from(row).unwrap())
}

#[track_caller]
fn all_lead_where_they_should(version: &str, vectors: impl Iterator<Item = [&'static str; 3]>) {
    let set = FactorSet::version(version).unwrap();
    let mut wrong = Vec::new();
    let mut count = 0;
    for [name, expect, hint] in vectors {
        let resolved = set.resolve(name).ok();
        let got = resolved.as_ref().map_or("unknown", |resolution| resolution.model.id());
        // Of a name that leads nowhere, no hint is given.
        let got_hint =
            resolved.as_ref().and_then(|resolution| resolution.region_hint.as_deref()).unwrap_or("");
        let hint = if expect == "unknown" { "" } else { hint };
        if (got, got_hint) != (expect, hint) {
            wrong.push(format!("{name}: {got} {got_hint}, not {expect} {hint}"));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{} of {count} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 1_000);
}

#[test]
fn every_name_of_the_vectors_leads_where_it_should() {
    all_lead_where_they_should("2026.11", vectors(NAMES));
}

#[test]
fn every_name_of_the_vectors_leads_where_it_should_in_2026_12() {
    let newer: Vec<_> = vectors(NAMES_2026_12).collect();
    let stays = |[name, ..]: &[&str; 3]| newer.iter().all(|[newer, ..]| newer != name);
    all_lead_where_they_should("2026.12", vectors(NAMES).filter(stays).chain(newer.iter().copied()));
}

#[test]
fn taking_off_a_part_never_leads_to_another_model() {
    for (name, expect) in [
        ("gpt-4-1106", Some("gpt-4-turbo")),
        ("gpt-4-0125", Some("gpt-4-turbo")),
        ("gpt-4-0613", Some("gpt-4")),
        ("gpt-4-32k-0314", Some("gpt-4")),
        ("gpt-3.5-turbo-instruct", Some("gpt-3.5-turbo-instruct")),
        ("gpt-4o-2024-13-45", None),
        ("gpt-4o-9999", None),
        ("deepseek-r1-24b", None),
        ("gpt-4o-instruct", None),
        ("gpt-4o-turbo", None),
        ("gpt-4o-fast", None),
        ("claude-3-5-sonnet-thinking", None),
        ("llama-3.1-70b-my-fine-tune", None),
        ("my-llama-3.1-70b", None),
        ("acme/gpt-4o", None),
        ("deepseek.v3-v1:0", None),
        ("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123", None),
        (
            "arn:aws:bedrock:eu-west-3::foundation-model/mistral.mistral-large-2407-v1:0",
            Some("mistral-large-2"),
        ),
    ] {
        for version in ["2026.11", "2026.12"] {
            let resolved = FactorSet::version(version).unwrap().resolve(name).ok();
            assert_eq!(resolved.map(|resolution| resolution.model.id()), expect, "{name} in {version}");
        }
    }
}

#[test]
fn every_canonical_id_is_found_under_itself() {
    for (version, count) in [("2026.11", 348), ("2026.12", 640)] {
        let set = FactorSet::version(version).unwrap();
        assert_eq!(set.models().len(), count);
        let products: Vec<_> = set.products().iter().map(|product| product.id()).collect();
        assert_eq!(products, ["gemini-apps"]);
        for model in set.models() {
            let resolution = set.resolve(model.id()).unwrap();
            assert_eq!(
                (resolution.model.id(), resolution.resolved_by),
                (model.id(), carbon_core::model::ResolvedBy::Exact)
            );
        }
    }
}

#[test]
fn hostile_names_end_quickly_and_lead_nowhere() {
    let set = FactorSet::version("2026.11").unwrap();
    for name in [
        "-".repeat(256),
        "a-1".repeat(85),
        "v1p1-".repeat(51),
        "/".repeat(256),
        "claude-4.".repeat(28),
        "é".repeat(128),
        "openai:".repeat(100_000),
        "azure/".repeat(100_000),
        "[1m]".repeat(1_000),
    ] {
        assert!(set.resolve(&name).is_err(), "{name}");
    }
}

#[test]
fn a_name_that_moves_leads_where_it_led_that_day() {
    let set = FactorSet::version("2026.11").unwrap();
    for (name, day, expect) in [
        ("mistral-large-latest", None, None),
        ("mistral-large-latest", Some(date(2024, 2, 25)), None),
        ("mistral-large-latest", Some(date(2024, 2, 26)), Some(("mistral-large-1", "alias"))),
        ("mistral-large-latest", Some(date(2024, 7, 23)), Some(("mistral-large-1", "alias"))),
        ("mistral-large-latest", Some(date(2024, 7, 24)), Some(("mistral-large-2", "alias"))),
        ("Mistral-Large-Latest", Some(date(2026, 10, 14)), Some(("mistral-large-3", "alias"))),
        ("mistral/mistral-large-latest", Some(date(2026, 7, 1)), Some(("mistral-large-3", "rule"))),
        // Nobody has written down where it leads since.
        ("mistral-large-latest", Some(date(2026, 10, 15)), None),
        ("gpt-4o", Some(date(2026, 10, 15)), Some(("gpt-4o", "exact"))),
    ] {
        let resolved = set.resolve_on(name, day).ok();
        let got = resolved.as_ref().map(|found| (found.model.id(), found.resolved_by.as_str()));
        assert_eq!(got, expect, "{name} on {day:?}");
    }
}
