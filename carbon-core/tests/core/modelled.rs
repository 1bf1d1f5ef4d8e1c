//! The modelled methods: anchors, laws and places.

use carbon_core::{Confidence, FactorSet, Opinions, Usage};
use proptest::prelude::*;

fn set() -> &'static FactorSet {
    FactorSet::version("2026.11").unwrap()
}

fn opinions(model: &str, usage: &Usage, region: &str) -> Opinions<'static> {
    set().opinions(model, usage, Some(region)).unwrap()
}

fn co2(model: &str, usage: &Usage, region: &str) -> f64 {
    opinions(model, usage, region).bottom_up.unwrap().0.co2.central().as_f64()
}

#[track_caller]
fn close(got: f64, expect: f64, relative: f64) {
    assert!((got / expect - 1.0).abs() <= relative, "{got}, not {expect}");
}

#[test]
fn a_thousand_output_tokens_cost_what_the_notes_of_the_method_say() {
    // Medians and 95 % intervals of an independent Monte Carlo run, in grams; they are rounded to two digits.
    for (model, region, median, low, high) in [
        ("gpt-4o", "USA", 0.72, 0.14, 3.9),
        ("gpt-4o-mini", "USA", 0.057, 0.010, 0.33),
        ("gpt-4-turbo", "USA", 1.3, 0.25, 6.9),
        ("claude-3-opus", "USA", 2.6, 0.49, 13.7),
        ("mistral-large-2", "SWE", 0.064, 0.018, 0.24),
    ] {
        let (ours, _) = opinions(model, &Usage::of_call(0, 1_000), region).bottom_up.unwrap();
        close(ours.co2.central().as_f64(), median, 0.12);
        close(ours.co2.low().as_f64(), low, 0.25);
        close(ours.co2.high().as_f64(), high, 0.25);
    }
}

#[test]
fn googles_median_prompt_lies_inside_the_band() {
    // 0.24 Wh for the median text prompt of Gemini Apps (2025); 634 tokens is what an answer of a chat has on average.
    for model in ["gemini-2.0-flash", "gemini-2.5-flash"] {
        let (ours, _) = opinions(model, &Usage::of_call(0, 634), "USA").bottom_up.unwrap();
        let (low, high) = (ours.energy.low().as_f64(), ours.energy.high().as_f64());
        assert!(low < 0.24 && 0.24 < high, "{model}: {low} to {high}");
    }
}

#[test]
fn grams_are_energy_times_grid_and_hardware() {
    let opinions = opinions("llama-3.1-70b", &Usage::of_call(500, 400), "FRA");
    let (ours, confidence) = opinions.bottom_up.unwrap();
    assert_eq!(confidence, Confidence::Benchmarked);
    let kwh = ours.energy.central().as_f64() / 1_000.0;
    close(ours.operational_co2.central().as_f64(), kwh * 41.44, 1e-12);
    close(ours.embodied_co2.central().as_f64(), kwh * 42.0, 1e-12);
    close(ours.co2.central().as_f64(), kwh * (41.44 + 42.0), 1e-12);
    close(ours.water.central().as_f64(), ours.onsite_water.as_f64() + ours.offsite_water.as_f64(), 1e-12);
    let budget = ours.budget();
    close(budget.iter().map(|(_, share)| share).sum(), 1.0, 1e-12);
    assert!(budget.windows(2).all(|pair| pair[0].1 >= pair[1].1), "{budget:?}");
}

#[test]
fn the_size_that_nobody_discloses_weighs_most() {
    let (ours, confidence) = opinions("gpt-4o", &Usage::of_call(0, 400), "USA").bottom_up.unwrap();
    assert_eq!(confidence, Confidence::Estimated);
    let budget = ours.budget();
    assert_eq!(budget[0].0, "model size");
    close(budget[0].1, 0.48, 0.05);
    assert_eq!(budget[1].0, "batch size");
    close(budget[1].1, 0.28, 0.05);
}

#[test]
fn the_second_opinion_is_ecologits_own_answer() {
    let [low, high] = opinions("gpt-4o", &Usage::of_call(0, 400), "USA").ecologits.unwrap();
    close(low.co2.as_f64(), 0.238_184_203, 1e-8);
    close(high.co2.as_f64(), 0.386_113_886, 1e-8);
    close(low.energy.as_f64(), 0.578_873_79, 1e-8);
}

#[test]
fn a_disclosed_figure_counts_its_publishers_unit_alone() {
    // 1.14 g, 45 mL and 0.16 mg for an answer of 400 tokens, whatever the prompt.
    for input in [0, 10_000] {
        let opinions = opinions("mistral-large-2", &Usage::of_call(input, 400), "FRA");
        let (disclosed, impacts) = opinions.disclosed.unwrap();
        assert_eq!(disclosed.source().publisher(), "Mistral AI");
        close(impacts.co2.as_f64(), 1.14, 1e-12);
        close(impacts.water.as_f64(), 45.0, 1e-12);
        close(impacts.adpe.as_f64(), 0.16e-6, 1e-12);
    }
    assert!(opinions("mistral-large-3", &Usage::of_call(0, 400), "FRA").disclosed.is_none());
}

#[test]
fn values_that_contradict_each_other_are_called_out() {
    for (model, region, consistency) in
        [("gpt-4o", "USA", "inside"), ("claude-3-opus", "USA", "below"), ("mistral-large-2", "SWE", "above")]
    {
        let opinions = opinions(model, &Usage::of_call(0, 1_000), region);
        assert_eq!(opinions.consistency().unwrap().as_str(), consistency, "{model}");
        let said = opinions.caveats().iter().any(|caveat| caveat.starts_with("The published value lies"));
        assert_eq!(said, consistency != "inside", "{model}");
        let [lowest, highest] = opinions.spread().unwrap();
        assert!(lowest < highest);
    }
}

#[test]
fn a_model_without_a_size_is_not_modelled() {
    let opinions = set().opinions("grok-4", &Usage::of_call(100, 400), Some("USA")).unwrap();
    assert!(opinions.bottom_up.is_none() && opinions.ecologits.is_none() && opinions.coefficient.is_none());
    assert_eq!(opinions.spread(), None);
    assert_eq!(opinions.caveats().len(), 1);
}

#[test]
fn places_are_found_by_code_and_by_cloud_region_and_never_guessed() {
    for (region, zone, grid) in [
        ("FRA", "FRA", 41.44),
        ("fr", "FRA", 41.44),
        ("WOR", "WOR", 458.29),
        ("aws:eu-west-3", "FRA", 41.44),
        ("eu-west-3", "FRA", 41.44),
        ("AWS:EU-West-3", "FRA", 41.44),
        ("azure:swedencentral", "SWE", 35.26),
        ("scaleway:pl-waw", "POL", 588.6),
    ] {
        let location = set().locate(region).unwrap();
        assert_eq!((location.zone.id(), location.zone.grid_g_per_kwh()), (zone, grid), "{region}");
    }
    close(set().locate("aws:us-east-1").unwrap().site.unwrap().pue[0], 1.15, 1e-12);
    assert_eq!(set().locate("FRA").unwrap().zone.year(), Some(2025));
    // CAF is a hole in the source: zero grams a kilowatt hour.
    for unknown in ["", "XX", "CAF", "CF", "eu-west-99", "mars", "gcp:eu-west-3"] {
        let error = set().locate(unknown).unwrap_err().to_string();
        assert!(error.starts_with(&format!("no grid is known for region {unknown:?}")), "{error}");
    }
}

#[test]
fn where_no_region_is_given_the_provider_decides_and_a_caveat_says_so() {
    for (model, zone) in [("gpt-4o", "USA"), ("mistral-large-2512", "SWE"), ("llama-3.1-70b", "USA")] {
        let Ok(opinions) = set().opinions(model, &Usage::of_call(0, 400), None) else { continue };
        assert_eq!(opinions.location.unwrap().zone.id(), zone, "{model}");
        assert!(opinions.caveats().iter().any(|caveat| caveat.starts_with("No region was given")), "{model}");
    }
    let given = opinions("gpt-4o", &Usage::of_call(0, 400), "USA");
    assert!(!given.caveats().iter().any(|caveat| caveat.starts_with("No region was given")));
}

fn usage() -> impl Strategy<Value = Usage> {
    (0..1_000_000u64, 0..=100u64, 0..1_000_000u64).prop_map(|(input, cached, output)| Usage {
        cache_read_input_tokens: input * cached / 100,
        ..Usage::of_call(input, output)
    })
}

proptest! {
    #[test]
    fn modelled_sums_are_sums_of_modelled_values(usages in prop::collection::vec(usage(), 1..20)) {
        let sum: Usage = usages.iter().sum();
        for model in ["gpt-4o", "llama-3.1-70b"] {
            let parts: f64 = usages.iter().map(|usage| co2(model, usage, "DEU")).sum();
            let whole = co2(model, &sum, "DEU");
            prop_assert!((parts - whole).abs() <= 1e-12 * whole, "{parts} {whole}");
        }
    }

    #[test]
    fn more_tokens_a_larger_model_or_a_dirtier_grid_never_lower_the_value(usage in usage(), more in usage()) {
        let sum: Usage = [usage, more].iter().sum();
        prop_assert!(co2("gpt-4o", &usage, "FRA") <= co2("gpt-4o", &sum, "FRA"));
        prop_assert!(co2("llama-3.1-8b", &usage, "FRA") <= co2("llama-3.1-70b", &usage, "FRA"));
        prop_assert!(co2("llama-3.1-70b", &usage, "FRA") <= co2("llama-3.1-405b", &usage, "FRA"));
        prop_assert!(co2("gpt-4o", &usage, "FRA") <= co2("gpt-4o", &usage, "POL"));
    }
}

#[test]
fn a_million_equal_calls_keep_the_relative_width_of_one_modelled_call() {
    let call = Usage::of_call(600, 400);
    let million = Usage {
        requests: 1_000_000,
        input_tokens: 600_000_000,
        output_tokens: 400_000_000,
        ..Usage::default()
    };
    let [one, all] = [call, million].map(|usage| opinions("gpt-4o", &usage, "FRA").bottom_up.unwrap().0.co2);
    close(all.high().as_f64() / all.low().as_f64(), one.high().as_f64() / one.low().as_f64(), 1e-12);
    close(all.central().as_f64(), 1e6 * one.central().as_f64(), 1e-12);
}
