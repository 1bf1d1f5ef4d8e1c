//! The modelled methods: anchors, laws and places.

use carbon_core::{
    Call, Confidence, FactorSet, Grams, Millilitres, Opinions, Usage, WattHours,
    method::{BottomUp, BottomUpSum},
    place::PlacedBy,
};
use proptest::prelude::*;

fn set() -> &'static FactorSet {
    FactorSet::version("2026.11").unwrap()
}

fn opinions(model: &str, usage: &Usage, region: &str) -> Opinions<'static> {
    set().opinions(&Call { region: Some(region), ..Call::to(model) }, usage).unwrap()
}

fn ours(model: &str, usage: &Usage, region: &str) -> BottomUp<'static> {
    opinions(model, usage, region).bottom_up.unwrap()
}

fn co2(model: &str, usage: &Usage, region: &str) -> Grams {
    ours(model, usage, region).co2().central()
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
        let co2 = ours(model, &Usage::of_call(0, 1_000), region).co2();
        close(co2.central().to_f64(), median, 0.12);
        close(co2.low().to_f64(), low, 0.25);
        close(co2.high().to_f64(), high, 0.25);
    }
}

#[test]
fn googles_median_prompt_lies_inside_the_band() {
    // 0.24 Wh for the median text prompt of Gemini Apps (2025); 634 tokens is what an answer of a chat has on average.
    for model in ["gemini-2.0-flash", "gemini-2.5-flash"] {
        let energy = ours(model, &Usage::of_call(0, 634), "USA").energy();
        let (low, high) = (energy.low().to_f64(), energy.high().to_f64());
        assert!(low < 0.24 && 0.24 < high, "{model}: {low} to {high}");
    }
}

#[test]
fn grams_are_energy_times_grid_and_hardware() {
    let ours = ours("llama-3.1-70b", &Usage::of_call(500, 400), "FRA");
    assert_eq!(ours.factor().record().confidence(), Confidence::Benchmarked);
    let kwh = ours.energy().central().to_f64() / 1_000.0;
    close(ours.operational_co2().central().to_f64(), kwh * 41.44, 1e-12);
    close(ours.embodied_co2().central().to_f64(), kwh * 42.0, 1e-12);
    assert_eq!(ours.co2().central(), ours.operational_co2().central() + ours.embodied_co2().central());
    assert_eq!(ours.water().central(), ours.onsite_water().central() + ours.offsite_water().central());
    close(
        ours.water().high().to_f64(),
        ours.onsite_water().plus_correlated(ours.offsite_water()).high().to_f64(),
        1e-12,
    );
    let budget = ours.budget();
    close(budget.iter().map(|(_, share)| share).sum(), 1.0, 1e-12);
    assert!(budget.windows(2).all(|pair| pair[0].1 >= pair[1].1), "{budget:?}");
}

#[test]
fn the_size_that_nobody_discloses_weighs_most() {
    let ours = ours("gpt-4o", &Usage::of_call(0, 400), "USA");
    assert_eq!(ours.factor().record().confidence(), Confidence::Estimated);
    let budget = ours.budget();
    assert_eq!(budget[0].0, "undisclosed size");
    close(budget[0].1, 0.48, 0.05);
    assert_eq!(budget[1].0, "batch size");
    close(budget[1].1, 0.28, 0.05);
}

#[test]
fn the_second_opinion_is_ecologits_own_answer() {
    let [low, high] = opinions("gpt-4o", &Usage::of_call(0, 400), "USA").ecologits.unwrap();
    close(low.co2.to_f64(), 0.238_184_203, 1e-8);
    close(high.co2.to_f64(), 0.386_113_886, 1e-8);
    close(low.energy.to_f64(), 0.578_873_79, 1e-8);
}

#[test]
fn a_disclosed_figure_counts_its_publishers_unit_alone() {
    // 1.14 g, 45 mL and 0.16 mg for an answer of 400 tokens, whatever the prompt.
    for input in [0, 10_000] {
        let usage = Usage::of_call(input, 400);
        let opinions = opinions("mistral-large-2", &usage, "FRA");
        let disclosed = opinions.disclosed.unwrap();
        let co2 = disclosed.co2.as_ref().unwrap();
        assert_eq!(co2.source().publisher(), "Mistral AI");
        assert_eq!(co2.apply(&usage).central().to_string(), "1.14");
        assert_eq!(disclosed.water.as_ref().unwrap().apply(&usage).central().to_string(), "45");
        assert_eq!(disclosed.adpe.as_ref().unwrap().apply(&usage).central().to_string(), "0.00000016");
        assert!(disclosed.energy.is_none(), "not published, so not said");
        // 1.5^1.96 around the figure.
        close(co2.apply(&usage).high().to_f64(), 1.14 * 1.5f64.powf(1.96), 1e-3);
    }
    assert!(opinions("mistral-large-3", &Usage::of_call(0, 400), "FRA").disclosed.is_none());
}

#[test]
fn a_figure_of_one_month_and_one_product_is_for_nothing_else() {
    let usage = Usage { requests: 3, ..Usage::of_call(50_000, 9_000) };
    let on = |model, day| {
        set().opinions(&Call { day, ..Call::to(model) }, &usage).unwrap().disclosed.map(|disclosed| {
            let energy = disclosed.energy.as_ref().unwrap().apply(&usage).central().to_string();
            (energy, disclosed.co2.as_ref().unwrap().apply(&usage).central().to_string())
        })
    };
    let may = Some(jiff::civil::date(2025, 5, 15));
    // 0.24 Wh and 0.033 g a prompt, whatever its tokens.
    assert_eq!(on("gemini-apps", may), Some(("0.72".to_owned(), "0.099".to_owned())));
    assert_eq!(on("gemini-apps", Some(jiff::civil::date(2025, 6, 1))), None);
    assert_eq!(on("gemini-apps", None), None);
    assert_eq!(on("gemini-2.5-flash", may), None);
}

#[test]
fn values_that_contradict_each_other_are_called_out() {
    for (model, region, consistency) in
        [("gpt-4o", "USA", "inside"), ("claude-3-opus", "USA", "below"), ("mistral-large-2", "SWE", "above")]
    {
        let opinions = opinions(model, &Usage::of_call(0, 1_000), region);
        assert_eq!(opinions.consistency().unwrap().as_str(), consistency, "{model}");
        let said = opinions.caveats().iter().any(|caveat| caveat.starts_with("The published value is"));
        assert_eq!(said, consistency != "inside", "{model}");
        let [lowest, highest] = opinions.spread().unwrap();
        assert!(lowest < highest);
    }
}

#[test]
fn a_model_without_a_size_is_not_modelled() {
    let opinions = opinions("grok-4", &Usage::of_call(100, 400), "USA");
    assert!(opinions.bottom_up.is_none() && opinions.ecologits.is_none() && opinions.coefficient.is_none());
    assert_eq!(opinions.spread(), None);
    assert_eq!(opinions.caveats().len(), 1);
    let error = set().estimate("grok-4", &Usage::of_call(100, 400)).unwrap_err();
    assert_eq!(error.to_string(), r#"no emission factor is known for model "grok-4""#);
}

#[test]
fn places_are_found_by_code_and_by_cloud_region_and_never_guessed() {
    for (region, provider, zone, grid) in [
        ("FRA", None, "FRA", 41.44),
        ("fr", Some("aws"), "FRA", 41.44),
        ("WOR", None, "WOR", 458.29),
        ("aws:eu-west-3", None, "FRA", 41.44),
        ("eu-west-3", None, "FRA", 41.44),
        ("eu-west-3", Some("aws.bedrock"), "FRA", 41.44),
        ("AWS:EU-West-3", Some("AWS"), "FRA", 41.44),
        ("azure:swedencentral", None, "SWE", 35.26),
        ("swedencentral", Some("azure.ai.openai"), "SWE", 35.26),
        ("scaleway:pl-waw", None, "POL", 588.6),
        // Who runs the model is no cloud, and says nothing of the region.
        ("swedencentral", Some("openai"), "SWE", 35.26),
    ] {
        let location = set().locate(region, provider).unwrap();
        let found = (location.zone.id(), location.zone.grid().g_per_kwh());
        assert_eq!(found, (zone, grid), "{region} {provider:?}");
    }
    let close_to =
        |region: &str, pue| close(set().locate(region, None).unwrap().site.unwrap().pue[0], pue, 1e-12);
    close_to("aws:us-east-1", 1.15);
    let france = set().locate("FRA", None).unwrap().zone.grid();
    assert_eq!((france.id(), france.year()), ("grid/FRA@2026.11", Some(2025)));
    close(france.per_kwh().high().to_f64(), 41.44 * 1.1f64.powf(1.96), 1e-12);
    // CAF is a hole in the source: zero grams a kilowatt hour.
    for (unknown, provider) in [
        ("", None),
        ("XX", None),
        ("CAF", None),
        ("CF", None),
        ("eu-west-99", None),
        ("mars", None),
        ("gcp:eu-west-3", None),
        ("eu-west-3", Some("azure")),
        ("aws:eu-west-3", Some("gcp")),
    ] {
        let error = set().locate(unknown, provider).unwrap_err().to_string();
        assert!(error.starts_with(&format!("no grid is known for region {unknown:?}")), "{error}");
    }
}

#[test]
fn where_no_region_is_given_the_name_or_the_provider_decides_and_a_caveat_says_so() {
    for (model, provider, zone, placed_by) in [
        ("gpt-4o", None, "USA", PlacedBy::Provider),
        ("mistral-large-2512", None, "SWE", PlacedBy::Provider),
        ("deepseek-v3", None, "WOR", PlacedBy::Nobody),
        ("deepseek-v3", Some("huggingface_hub"), "USA", PlacedBy::Provider),
        ("deepseek-v3", Some("never-heard-of"), "WOR", PlacedBy::Nobody),
        ("eu.anthropic.claude-3-5-sonnet-20240620-v1:0", None, "EEE", PlacedBy::Name),
        ("jp.anthropic.claude-sonnet-4-5-20250929-v1:0", None, "JPN", PlacedBy::Name),
        ("bedrock/eu-central-1/anthropic.claude-v2:1", None, "DEU", PlacedBy::Name),
        ("global.anthropic.claude-sonnet-4-5-20250929-v1:0", None, "USA", PlacedBy::Provider),
    ] {
        let call = Call { provider, ..Call::to(model) };
        let opinions = set().opinions(&call, &Usage::of_call(0, 400)).unwrap();
        let found = (opinions.deployment.location.unwrap().zone.id(), opinions.deployment.placed_by);
        assert_eq!(found, (zone, placed_by), "{model}");
        assert_eq!(
            opinions.caveats().iter().any(|caveat| caveat.starts_with("No region was given")),
            opinions.bottom_up.is_some(),
            "{model}"
        );
    }
    let given = opinions("gpt-4o", &Usage::of_call(0, 400), "USA");
    assert!(!given.caveats().iter().any(|caveat| caveat.starts_with("No region was given")));
}

#[test]
fn a_sum_shares_what_its_parts_share() {
    let usage = Usage::of_call(600, 400);
    let width = |figures: &[BottomUp<'static>]| {
        let co2 = figures.iter().copied().collect::<BottomUpSum<'_>>().co2();
        (co2.high().to_f64() / co2.low().to_f64()).ln()
    };
    let gpt = ours("gpt-4o", &usage, "FRA");
    close(width(&[gpt]), width(&[gpt; 50]), 1e-12);
    // Another model of the same provider: another size, the same batch, grid and host.
    let sibling = ours("gpt-5", &usage, "FRA");
    let stranger = ours("claude-3-opus", &usage, "POL");
    let alone = [gpt, sibling, stranger].map(|figure| width(&[figure]));
    assert!(width(&[gpt, sibling]) < alone[0].max(alone[1]));
    let together = [gpt, sibling, stranger].into_iter().collect::<BottomUpSum<'_>>();
    let [low, high] = [gpt, sibling, stranger].iter().fold([0.0, 0.0], |[low, high], figure| {
        [low + figure.co2().low().to_f64(), high + figure.co2().high().to_f64()]
    });
    assert!(together.co2().low().to_f64() > low && together.co2().high().to_f64() < high);
    close(together.budget().iter().map(|(_, share)| share).sum(), 1.0, 1e-12);
    // One figure's sum is that figure.
    let one: BottomUpSum<'_> = [gpt].into_iter().collect();
    assert_eq!((one.co2(), one.energy(), one.water()), (gpt.co2(), gpt.energy(), gpt.water()));
    let shares = |budget: Vec<(_, f64)>| budget.into_iter().map(|(_, share)| share).collect::<Vec<_>>();
    assert_eq!(shares(one.budget()), shares(gpt.budget()));
    assert_eq!(BottomUpSum::default().co2().high(), Grams::ZERO);
}

fn usage() -> impl Strategy<Value = Usage> {
    (0..1_000_000u64, 0..=100u64, 0..1_000_000u64).prop_map(|(input, cached, output)| Usage {
        cache_read_input_tokens: input * cached / 100,
        ..Usage::of_call(input, output)
    })
}

proptest! {
    #[test]
    fn modelled_sums_are_sums_of_modelled_values_to_the_last_digit(usages in prop::collection::vec(usage(), 1..20)) {
        let sum: Usage = usages.iter().sum();
        for model in ["gpt-4o", "llama-3.1-70b"] {
            let parts: Vec<_> = usages.iter().map(|usage| ours(model, usage, "DEU")).collect();
            let whole = ours(model, &sum, "DEU");
            let co2: Grams = parts.iter().map(|part| part.co2().central()).sum();
            prop_assert_eq!(co2, whole.co2().central());
            let embodied: Grams = parts.iter().rev().map(|part| part.embodied_co2().central()).sum();
            prop_assert_eq!(embodied, whole.embodied_co2().central());
            let energy: WattHours = parts.iter().map(|part| part.energy().central()).sum();
            prop_assert_eq!(energy, whole.energy().central());
            let water: Millilitres = parts.iter().map(|part| part.water().central()).sum();
            prop_assert_eq!(water, whole.water().central());
        }
    }

    #[test]
    fn ecologits_on_a_sum_is_the_sum_of_ecologits(tokens in prop::collection::vec(0..1_000_000u64, 1..20)) {
        // One model with a measured speed and a wait for the first token, one without.
        for model in ["gpt-4o", "gpt-4-0613"] {
            let grams = |usage: &Usage| opinions(model, usage, "DEU").ecologits.unwrap()[1].co2.to_f64();
            let calls: Vec<Usage> = tokens.iter().map(|&output| Usage::of_call(0, output)).collect();
            let (parts, whole) = (calls.iter().map(grams).sum::<f64>(), grams(&calls.iter().sum()));
            prop_assert!((parts - whole).abs() <= 1e-12 * whole, "{parts} {whole}");
        }
    }

    #[test]
    fn more_tokens_a_larger_model_or_a_dirtier_grid_never_lower_a_bound(usage in usage(), more in usage()) {
        let sum: Usage = [usage, more].iter().sum();
        for (less, more) in [
            (ours("gpt-4o", &usage, "FRA"), ours("gpt-4o", &sum, "FRA")),
            (ours("llama-3.1-8b", &usage, "FRA"), ours("llama-3.1-70b", &usage, "FRA")),
            (ours("llama-3.1-70b", &usage, "FRA"), ours("llama-3.1-405b", &usage, "FRA")),
            (ours("gpt-4o", &usage, "FRA"), ours("gpt-4o", &usage, "POL")),
        ] {
            prop_assert!(less.co2().central() <= more.co2().central());
            prop_assert!(less.co2().low() <= more.co2().low());
            prop_assert!(less.co2().high() <= more.co2().high());
            prop_assert!(less.energy().central() <= more.energy().central());
        }
    }

    #[test]
    fn bounds_enclose_the_central_value(usage in usage()) {
        let ours = ours("gpt-4o", &usage, "FRA");
        for range in [ours.co2(), ours.operational_co2(), ours.embodied_co2()] {
            prop_assert!(range.low() <= range.central() && range.central() <= range.high());
            prop_assert!(range.central() == Grams::ZERO || range.low() < range.high());
        }
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
    let [one, all] = [call, million].map(|usage| ours("gpt-4o", &usage, "FRA").co2());
    close(all.high().to_f64() / all.low().to_f64(), one.high().to_f64() / one.low().to_f64(), 1e-12);
    let times = Grams::new(one.central().as_decimal() * rust_decimal::Decimal::from(1_000_000));
    assert_eq!(all.central(), times);
}

#[test]
fn a_prompt_read_from_the_cache_costs_a_tenth_of_a_fresh_one() {
    let cached = Usage { cache_read_input_tokens: 100_000, ..Usage::of_call(100_000, 0) };
    let fresh = Usage::of_call(10_000, 0);
    close(co2("gpt-4o", &cached, "FRA").to_f64(), co2("gpt-4o", &fresh, "FRA").to_f64(), 1e-12);
}

#[test]
fn known_contradictions_are_said_whatever_the_call() {
    // Inside or outside of the interval for this call: the published value is known to be another kind of figure.
    for (model, usage) in [
        ("claude-3-opus", Usage::of_call(600, 400)),
        ("claude-3-opus", Usage::of_call(0, 1_000)),
        ("mistral-large-2", Usage::of_call(100_000, 1)),
    ] {
        let opinions = opinions(model, &usage, "FRA");
        let own = opinions.coefficient.unwrap().0.caveat().unwrap();
        assert!(opinions.caveats().iter().any(|caveat| caveat == own), "{model}");
    }
    assert_eq!(opinions("gpt-4o", &Usage::of_call(600, 400), "FRA").coefficient.unwrap().0.caveat(), None);
}

#[test]
fn what_stands_in_for_a_figure_is_said() {
    for (model, region, starts) in [
        ("gpt-5", "ZAF", "No figure of water at the power plants of South Africa is known"),
        ("gpt-5", "scaleway:fr-par", "No PUE of this region is known"),
        ("llama-3.2-1b", "FRA", "The model is smaller than any"),
        ("mistral-large-3", "FRA", "The model is larger than any"),
        ("claude-3-opus", "FRA", "EcoLogits 0.11.3 has another size"),
    ] {
        let said = |model| opinions(model, &Usage::of_call(6, 4), region).caveats();
        assert!(said(model).iter().any(|caveat| caveat.starts_with(starts)), "{model}: {:?}", said(model));
    }
    // Where nothing stands in, nothing is said of it.
    let caveats = opinions("llama-3.1-70b", &Usage::of_call(0, 4), "aws:eu-west-3").caveats();
    assert_eq!(caveats, [""; 0]);
}

#[test]
fn dense_models_of_unknown_size_are_as_wide_as_the_notes_say() {
    // 0.057 g [0.010 - 0.33] for 1,000 output tokens in the United States: 33 between the bounds.
    let co2 = ours("gpt-4o-mini", &Usage::of_call(0, 1_000), "USA").co2();
    close(co2.high().to_f64() / co2.low().to_f64(), 33.0, 0.03);
}

#[test]
fn our_model_holds_from_its_first_day() {
    let on = |year| {
        let call = Call { day: Some(jiff::civil::date(year, 6, 1)), ..Call::to("gpt-5") };
        set().estimate(call, &Usage::of_call(1, 1)).is_ok()
    };
    assert!(on(2026) && !on(2015));
}

#[test]
fn confidence_is_benchmarked_for_open_weights_alone() {
    for model in set().models().iter().filter_map(carbon_core::model::Model::parameters) {
        let open = model.open_weights() == carbon_core::model::OpenWeights::Yes;
        let disclosed = model.status() == carbon_core::model::ParametersStatus::Disclosed;
        assert_eq!(model.record().confidence() == Confidence::Benchmarked, open && disclosed);
    }
}
