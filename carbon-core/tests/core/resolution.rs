//! Which names lead to which model, and which lead nowhere.

use carbon_core::{FactorSet, Usage};

/// `None`: unknown.
#[track_caller]
fn check(name: &str, expect: Option<(&str, &str)>) {
    let resolved = FactorSet::latest().resolve(name);
    let got = resolved.as_ref().ok().map(|r| (r.factor.model(), r.resolved_by.as_str()));
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
    let error = FactorSet::latest().estimate("gpt-4omni", &Usage::of_call(1, 1)).unwrap_err();
    assert_eq!(error.name(), "gpt-4omni");
    assert_eq!(error.to_string(), r#"no emission factor is known for model "gpt-4omni""#);
}

#[test]
fn suggestions_are_for_people() {
    let set = FactorSet::latest();
    assert_eq!(set.suggestions("gpt-4omni")[0], "gpt-4o-mini");
    assert_eq!(set.suggestions("Mistral-Large-Latest"), ["mistral-large-2"]);
    assert_eq!(set.suggestions("unrelated"), [""; 0]);
}

#[test]
fn aliases_are_listed_by_model() {
    assert_eq!(FactorSet::latest().aliases("mistral-large-2"), ["mistral-large-2407", "mistral-large-2411"]);
    assert_eq!(FactorSet::latest().aliases("no-such-model"), [""; 0]);
}
