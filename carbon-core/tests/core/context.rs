//! The context part of the modelled method: what it costs, what it never does, and how its errors are shared.

use crate::next::{CLOSED, OTHER_CLOSED, accelerator_joules, ours, set, with_constants};
use carbon_core::{
    Call, Confidence, FactorSet, Grams, Usage,
    method::{BottomUp, BottomUpSum},
    model::{Attention, AttentionKind, ContextBasis},
    usage::{Calls, Denominator, Media, MediaUnit},
};
use proptest::prelude::*;

#[track_caller]
fn close(got: f64, expect: f64, relative: f64) {
    assert!((got / expect - 1.0).abs() <= relative, "{got}, not {expect}");
}

/// Fresh, cached and output tokens of a chat, a search, two turns of agents and a document.
const CALLS: [(u64, u64, u64); 5] =
    [(600, 0, 400), (10_000, 0, 300), (3_000, 57_000, 800), (4_500, 145_500, 1_000), (100_000, 0, 500)];

fn call((fresh, cached, output): (u64, u64, u64)) -> Usage {
    Usage::of_cached_call(fresh + cached, cached, output)
}

#[test]
fn output_that_is_no_text_has_no_value_and_no_context() {
    let call = Call { region: Some("FRA"), ..Call::to("llama-3.1-70b") };
    let tokens = Usage { requests: 1, input_tokens: 600, output_tokens: 400, ..Usage::default() };
    let media =
        Media::default().with(MediaUnit::OutputAudioTokens, 250).with(MediaUnit::OutputImageTokens, 100);
    let mixed = Usage { media, ..tokens }.with_context_of(Calls::One, None);
    let text = Usage::of_call(600, 50);
    assert_eq!((mixed.context_output, mixed.context_input), (text.context_output, text.context_input));
    let [of_mixed, of_text] = [mixed, text].map(|usage| set().opinions(&call, &usage).unwrap());
    assert_eq!(of_mixed.bottom_up.unwrap().co2(), of_text.bottom_up.unwrap().co2());
    let said = "350 output tokens stand for images or sound, to which no rate of text applies: they are not in this figure.";
    assert!(of_mixed.caveats().iter().any(|caveat| caveat == said), "{:?}", of_mixed.caveats());
    assert!(!of_text.caveats().iter().any(|caveat| caveat.contains("images")));
    // Nothing that a rate applies to is no zero.
    let images =
        Usage { requests: 1, media: Media::default().with(MediaUnit::Images, 1), ..Usage::default() };
    assert!(set().estimate(call, &images).is_err() && set().estimate(call, &mixed).is_ok());
    assert_eq!(set().opinions(&call, &images).unwrap().spread(), None);
}

#[test]
fn joules_are_those_that_were_computed_apart() {
    for (model, joules) in [
        ("llama-3.1-8b", [34.7, 270.1, 1_332.0, 4_057.8, 5_393.4]),
        ("llama-3.1-70b", [223.9, 1_798.1, 4_126.0, 11_941.5, 30_076.8]),
        ("qwen3-235b-a22b-instruct", [266.9, 876.8, 3_032.4, 8_716.7, 21_835.6]),
        ("deepseek-v3.1", [572.6, 1_435.7, 3_233.1, 8_310.7, 33_798.8]),
        ("gpt-oss-120b", [119.6, 232.4, 847.5, 2_208.7, 3_169.5]),
        (CLOSED, [392.5, 1_365.3, 2_195.9, 5_252.3, 18_652.9]),
    ] {
        for (tokens, expect) in CALLS.into_iter().zip(joules) {
            let [_, central, _] = accelerator_joules(model, &call(tokens));
            assert!((central / expect - 1.0).abs() < 0.005, "{model} {tokens:?}: {central}, not {expect}");
        }
    }
}

#[test]
fn the_step_from_the_older_set_goes_both_ways() {
    let older = |usage: &Usage| {
        let call = Call { region: Some("USA"), ..Call::to("llama-3.1-70b") };
        let deployment = FactorSet::version("2026.11").unwrap().deployment(&call).unwrap();
        deployment.bottom_up().unwrap().apply(usage).energy().central()
    };
    for (tokens, ratio) in CALLS.into_iter().zip([0.43, 0.78, 1.63, 2.49, 1.47]) {
        let usage = call(tokens);
        let step = ours("llama-3.1-70b", &usage, "USA").energy().central().to_f64() / older(&usage).to_f64();
        assert!((step / ratio - 1.0).abs() < 0.02, "{tokens:?}: x {step}, not {ratio}");
    }
}

/// Watt hours for 1,000 output tokens without their context.
fn output_rate(set: &FactorSet, model: &str) -> Option<f64> {
    let rates = set.deployment(&Call::to(model)).unwrap().bottom_up()?.in_place().energy().values();
    let (_, rate) = rates.into_iter().find(|(per, _)| *per == Denominator::OutputTokens).unwrap();
    rate.try_into().ok()
}

#[test]
fn no_model_loses_more_than_a_fifth_of_the_law_to_its_context() {
    let whole = with_constants("context_of_law,0.000000000001,,tokens,own-judgement,none");
    let mut least = f64::INFINITY;
    for model in set().models() {
        let (Some(left), Some(law)) = (output_rate(set(), model.id()), output_rate(&whole, model.id()))
        else {
            continue;
        };
        assert!(left / law > 0.8 - 1e-9 && left <= law, "{}", model.id());
        least = least.min(left / law);
    }
    close(least, 0.8, 1e-9);
    let left = |model| output_rate(set(), model).unwrap() / output_rate(&whole, model).unwrap();
    close(left("llama-2-7b"), 0.8, 1e-9);
    assert!(left("llama-3.1-70b") > 0.8 + 1e-3 && left("deepseek-v3.1") > 0.98);
}

#[test]
fn an_aggregate_of_equal_calls_is_their_sum_and_one_of_unknown_calls_says_so() {
    let one = call((4_000, 1_000, 300));
    let calls = [one; 1_000];
    let sum: Usage = calls.iter().sum();
    let bucket = Usage { context_output: 0, context_input: 0, ..sum };
    let figure = |usage: Usage| ours("llama-3.1-70b", &usage, "FRA");
    assert_eq!(bucket.with_context_of(Calls::Several(1_000), None), sum);
    assert_eq!(figure(bucket.with_context_of(Calls::Several(1_000), None)).co2(), figure(sum).co2());
    // As one call it would be longer than any model takes.
    for uncounted in [bucket.with_context_of(Calls::One, None), bucket.with_context_of(Calls::Unknown, None)]
    {
        assert!(figure(uncounted).lacks_context());
        assert_eq!(figure(uncounted).context_co2().central(), Grams::ZERO);
        assert!(figure(uncounted).co2().central() < figure(sum).co2().central());
        let call = Call { region: Some("FRA"), ..Call::to("llama-3.1-70b") };
        let caveats = set().opinions(&call, &uncounted).unwrap().caveats();
        assert!(caveats.iter().any(|caveat| caveat.starts_with("The context of these calls is not counted")));
    }
    assert!(!figure(sum).lacks_context());
    let window = set().resolve("llama-3.1-70b").unwrap().model.window_tokens();
    assert_eq!(call((131_072, 0, 1)).with_context_of(Calls::One, window).context_output, 0);
}

#[test]
fn sparse_attention_adds_little_at_ten_thousand_tokens() {
    let ours = ours("deepseek-v3.2", &call((10_000, 0, 300)), "FRA");
    let share = ours.context_co2().central().to_f64() / ours.co2().central().to_f64();
    assert!(0.0 < share && share < 0.05, "{share}");
}

#[test]
fn the_context_of_a_closed_model_is_a_prior_of_its_class_and_stands_apart() {
    let usage = call((3_000, 57_000, 800));
    let closed = ours(CLOSED, &usage, "FRA");
    assert_eq!(closed.factor().context_basis(), Some(ContextBasis::ClassPrior));
    let context = closed.context_co2();
    assert!(Grams::ZERO < context.low() && context.high() < closed.co2().high());
    let width = |range: carbon_core::Range<Grams>| (range.high().to_f64() / range.low().to_f64()).ln();
    assert!(width(context) > width(closed.co2()));
    // A factor of ten either way, before what every figure has.
    let ten = 2.0 * 10f64.ln();
    assert!(width(context) > ten && width(context) < 1.4 * ten, "{}", width(context).exp());
    let known = ours("llama-3.1-70b", &usage, "FRA");
    assert_eq!(known.factor().context_basis(), Some(ContextBasis::Model));
    assert!(width(known.context_co2()) < width(context));
    // The older method counts none.
    let call = Call { region: Some("FRA"), ..Call::to("llama-3.1-70b") };
    let older = FactorSet::version("2026.11").unwrap().opinions(&call, &usage).unwrap().bottom_up.unwrap();
    assert_eq!((older.factor().context_basis(), older.lacks_context()), (None, false));
    assert_eq!(older.context_co2().high(), Grams::ZERO);
    let said = |model: &str| {
        let call = Call { region: Some("FRA"), ..Call::to(model) };
        let caveats = set().opinions(&call, &usage).unwrap().caveats();
        caveats.iter().any(|caveat| caveat.contains("a prior for its class"))
    };
    assert!(said(CLOSED) && !said("llama-3.1-70b"));
}

#[test]
fn closed_models_share_the_error_of_their_class() {
    let usage = Usage { context_output: 10_000_000, context_input: 0, ..Usage::default() };
    let [a, b, open] = [CLOSED, OTHER_CLOSED, "llama-3.1-70b"].map(|model| {
        let deployment =
            set().deployment(&Call { region: Some("FRA"), provider: Some("openai"), ..Call::to(model) });
        deployment.unwrap().bottom_up().unwrap().apply(&usage)
    });
    let sum =
        |figures: &[BottomUp<'static>]| figures.iter().copied().collect::<BottomUpSum<'_>>().context_co2();
    let width = |range: carbon_core::Range<Grams>| (range.high().to_f64() / range.low().to_f64()).ln();
    let both = sum(&[a, b]);
    // Bounds of one figure take one step towards their place, those of a sum two.
    close(both.low().to_f64(), a.context_co2().low().to_f64() + b.context_co2().low().to_f64(), 5e-3);
    close(both.high().to_f64(), a.context_co2().high().to_f64() + b.context_co2().high().to_f64(), 5e-3);
    // Models whose attention is known share the machines with them, and no more.
    assert!(width(sum(&[a, open])) < width(both));
}

#[test]
fn numbers_that_nobody_has_read_again_are_wider() {
    // Both have 40 layers with 10 heads of keys and values.
    let width = |model| {
        let context = ours(model, &call((3_000, 9_000, 800)), "FRA").context_co2();
        (context.high().to_f64() / context.low().to_f64()).ln()
    };
    assert!(width("phi-3-medium") > width("phi-4") + 0.1);
    let call = Call { region: Some("FRA"), ..Call::to("phi-3-medium") };
    let caveats = set().opinions(&call, &Usage::of_call(6, 4)).unwrap().caveats();
    assert!(caveats.iter().any(|caveat| caveat.starts_with("The configuration of the model's attention")));
}

#[test]
fn a_prompt_is_no_longer_the_surest_part() {
    let width = |model, tokens| {
        let energy = ours(model, &call(tokens), "FRA").energy();
        energy.high().to_f64() / energy.low().to_f64()
    };
    let call = Call { region: Some("FRA"), ..Call::to("llama-3.1-70b") };
    let older = FactorSet::version("2026.11").unwrap().opinions(&call, &Usage::of_call(10_000, 300)).unwrap();
    let older = older.bottom_up.unwrap().energy();
    assert!(width("llama-3.1-70b", (10_000, 0, 300)) > 1.5 * older.high().to_f64() / older.low().to_f64());
    let budget = ours("llama-3.1-70b", &self::call((3_000, 57_000, 800)), "FRA").budget();
    for component in [
        "context",
        "machines and precision",
        "prompt processing",
        "cached input",
        "batch size",
        "grid",
        "hardware",
    ] {
        assert!(budget.iter().any(|(name, _)| *name == component), "{component} is not in {budget:?}");
    }
}

#[test]
fn a_zone_without_a_cloud_region_has_the_wider_grid() {
    let width = |zone| {
        let range = set().locate(zone, None).unwrap().zone.grid().per_kwh();
        range.high().to_f64() / range.central().to_f64()
    };
    close(width("FRA"), 1.2f64.powf(1.96), 1e-9);
    close(width("WOR"), 1.35f64.powf(1.96), 1e-9);
}

#[test]
fn water_has_errors_of_its_own() {
    let ours = ours("llama-3.1-70b", &call((600, 0, 400)), "FRA");
    let width = |low: f64, high: f64| (high / low).ln();
    let energy = width(ours.energy().low().to_f64(), ours.energy().high().to_f64());
    for water in [ours.water(), ours.onsite_water(), ours.offsite_water()] {
        assert!(width(water.low().to_f64(), water.high().to_f64()) > energy);
    }
}

#[test]
fn every_model_that_attends_has_a_price_of_context() {
    for model in set().models() {
        let Some(factor) = set().deployment(&Call::to(model.id())).unwrap().bottom_up() else { continue };
        let kind = model.attention().map(Attention::kind);
        let none = matches!(kind, Some(AttentionKind::None | AttentionKind::Encoder));
        for (per, rate) in factor.in_place().energy().context_values() {
            assert!(rate.is_zero() == none, "{} {per}", model.id());
        }
    }
}

#[test]
fn what_embeds_reads_each_token_once() {
    let ours = |usage: Usage| {
        let call = Call { region: Some("FRA"), ..Call::to("BAAI/bge-m3") };
        let factor = set().deployment(&call).unwrap().bottom_up().unwrap();
        assert_eq!(factor.context_basis(), None);
        (factor.apply(&usage), factor.record().confidence())
    };
    let (read, confidence) = ours(Usage::of_call(1_000, 0));
    assert_eq!(confidence, Confidence::Estimated);
    // 0.312 of 0.568 billion parameters do work on a token: 2 x 0.312e9 x 700 W / (989e12 x 0.5) x 0.7, 1,000 times.
    let joules = 2.0 * 0.311_997_952e9 * 700.0 / (989e12 * 0.5) * 0.7 * 1_000.0;
    let facility_wh = joules / 3_600.0 * 1.571 * ours(Usage::of_call(1, 0)).0.factor().in_place().pue();
    close(read.energy().central().to_f64(), facility_wh, 1e-3);
    // A token that a provider counts as output was read too; and a batch of inputs is not one long one.
    assert_eq!(ours(Usage::of_call(500, 500)).0.energy().central(), read.energy().central());
    assert_eq!(read.context_co2().central(), Grams::ZERO);
    assert!(!read.lacks_context());
    // Nobody publishes what they take: the range is wider than that of a prompt.
    let width = |figure: &BottomUp<'_>| {
        let co2 = figure.co2();
        (co2.high().to_f64() / co2.low().to_f64()).ln()
    };
    assert!(width(&read) > 1.2 * width(&self::ours("llama-3.1-70b", &Usage::of_call(1_000, 0), "FRA")));
}

fn tokens() -> impl Strategy<Value = (u64, u64, u64)> {
    (0..200_000u64, 0..200_000u64, 0..20_000u64)
}

proptest! {
    #[test]
    fn sums_with_context_are_sums_to_the_last_digit(calls in prop::collection::vec(tokens(), 1..20)) {
        let usages: Vec<Usage> = calls.into_iter().map(call).collect();
        let sum: Usage = usages.iter().sum();
        prop_assert_eq!(sum.check(), Ok(()));
        for model in [CLOSED, "llama-3.1-70b", "gpt-oss-120b"] {
            let parts: Vec<_> = usages.iter().map(|usage| ours(model, usage, "DEU")).collect();
            let whole = ours(model, &sum, "DEU");
            prop_assert_eq!(parts.iter().rev().map(|part| part.co2().central()).sum::<Grams>(), whole.co2().central());
            let context: Grams = parts.iter().map(|part| part.context_co2().central()).sum();
            prop_assert_eq!(context, whole.context_co2().central());
        }
    }

    #[test]
    fn more_context_never_costs_less_and_cached_tokens_never_more_than_fresh(
        (fresh, cached, output) in tokens(), more in 1..100_000u64, moved in 1..200_000u64,
    ) {
        let moved = moved.min(fresh);
        for model in [CLOSED, "llama-3.1-8b", "llama-2-7b", "deepseek-v3.1", "deepseek-v3.2", "gpt-oss-120b"] {
            let energy = |tokens| ours(model, &call(tokens), "FRA").energy();
            let (before, longer) = (energy((fresh, cached, output)), energy((fresh, cached + more, output)));
            prop_assert!(before.central() <= longer.central() && before.high() <= longer.high());
            prop_assert!(energy((fresh - moved, cached + moved, output)).central() <= before.central());
            prop_assert!(before.low() <= before.central() && before.central() <= before.high());
        }
    }

    #[test]
    fn an_aggregate_is_a_lower_bound_where_longer_prompts_have_longer_answers(
        mut calls in prop::collection::vec((0..50_000u64, 0..5_000u64), 1..30),
    ) {
        let mut outputs: Vec<u64> = calls.iter().map(|(_, output)| *output).collect();
        outputs.sort_unstable();
        calls.sort_unstable();
        let usages: Vec<Usage> =
            calls.iter().zip(outputs).map(|((input, _), output)| Usage::of_call(*input, output)).collect();
        let sum: Usage = usages.iter().sum();
        let bucket = sum.with_context_of(Calls::Several(sum.requests), None);
        prop_assert!(bucket.context_output <= sum.context_output && bucket.context_input <= sum.context_input);
    }
}
