//! What a change does, where its errors are those of what it changes.

use crate::{
    monte_carlo::{DRAWS, Drawn, OF_2026_11, OF_2026_12, Parts, Spreads, percentiles},
    next::{self, CLOSED},
};
use carbon_core::{
    Call, Decimal, FactorSet, Range, Usage,
    method::{AppliedFactor, BottomUp, Comparison, DEFAULT_POLICY, PairedSum, Verdict},
};
use proptest::prelude::*;

fn deployed(set: &'static FactorSet, model: &str, region: &str) -> AppliedFactor<'static> {
    let deployment = set.deployment(&Call { region: Some(region), ..Call::to(model) }).unwrap();
    AppliedFactor::Modelled(deployment.bottom_up().unwrap())
}

fn november() -> &'static FactorSet {
    FactorSet::version("2026.11").unwrap()
}

/// Calls to models in regions.
type Way<'a> = &'a [(&'a str, &'a str, Usage)];

fn compared(set: &'static FactorSet, before: Way<'_>, after: Way<'_>) -> Comparison {
    paired(set, before, after).co2()
}

fn paired(set: &'static FactorSet, before: Way<'_>, after: Way<'_>) -> PairedSum<'static> {
    let mut pairs = PairedSum::default();
    for (model, region, usage) in before {
        pairs.before(&deployed(set, model, region), usage);
    }
    for (model, region, usage) in after {
        pairs.after(&deployed(set, model, region), usage);
    }
    pairs
}

fn parts(set: &'static FactorSet, way: Way<'_>, spreads: &Spreads) -> Vec<Parts> {
    let part = |(model, region, usage): &(&str, &str, Usage)| {
        let AppliedFactor::Modelled(factor) = deployed(set, model, region) else { unreachable!() };
        let figure: BottomUp<'_> = factor.apply(usage);
        Parts::of(&figure, usage, spreads)
    };
    way.iter().map(part).collect()
}

/// The intervals of difference and ratio, by drawing every error once a draw for both.
fn drawn([before, after]: &[Vec<Parts>; 2], spreads: &Spreads) -> [[f64; 2]; 2] {
    let mut drawn = Drawn::new();
    let pairs: Vec<[f64; 2]> = (0..DRAWS)
        .map(|_| {
            drawn.start_next();
            [before, after]
                .map(|parts| parts.iter().fold(0.0, |sum, part| sum + part.grams(&mut drawn, spreads)))
        })
        .collect();
    [
        percentiles(pairs.iter().map(|[before, after]| after - before).collect()),
        percentiles(pairs.iter().map(|[before, after]| after / before).collect()),
    ]
}

fn bounds(ratio: Range<Decimal>) -> [f64; 3] {
    [ratio.low(), ratio.central(), ratio.high()].map(|bound| bound.try_into().unwrap())
}

fn ratio(comparison: &Comparison) -> [f64; 3] {
    bounds(comparison.ratio.expect("there is something before"))
}

/// An answer alone.
fn output(tokens: u64) -> Usage {
    Usage::of_call(0, tokens)
}

#[test]
fn the_same_model_is_exactly_1() {
    let usage = Usage::of_call(600, 400);
    for model in ["gpt-4o", "llama-3.1-70b"] {
        let same = compared(november(), &[(model, "USA", usage)], &[(model, "USA", usage)]);
        assert_eq!(same.ratio, Range::new(Decimal::ONE, Decimal::ONE, Decimal::ONE), "{model}");
        assert!(same.difference == Range::default() && same.verdict() == Verdict::NotDistinguishable);
    }
}

#[test]
fn another_region_is_the_ratio_of_the_grids_with_their_errors_alone() {
    // Without the hardware, which both regions share, nothing else is left.
    let set = Box::leak(Box::new(next::with_constants("embodied,0.000000001,2,g/kWh,ecologits-0.11.3,none")));
    let usage = Usage::of_call(6_000, 400);
    for model in [CLOSED, "llama-3.1-70b"] {
        let moved = compared(set, &[(model, "USA", usage)], &[(model, "FRA", usage)]);
        let grid = |region: &str| set.locate(region, None).unwrap().zone.grid().g_per_kwh();
        let grids = grid("FRA") / grid("USA");
        // Two grids of a geometric standard deviation of 1.2 each.
        let out = (1.96 * 2f64.sqrt() * 1.2f64.ln()).exp();
        for (found, expect) in ratio(&moved).into_iter().zip([grids / out, grids, grids * out]) {
            assert!((found / expect - 1.0).abs() < 0.01, "{model}: {found}, {expect}");
        }
        assert_eq!(moved.verdict(), Verdict::Lower);
    }
}

#[test]
fn within_a_family_the_ratio_is_narrower_than_the_quotient_of_the_ranges() {
    let (small, large) = ("llama-3.1-8b", "llama-3.1-70b");
    let swapped =
        compared(november(), &[(large, "USA", output(400_000))], &[(small, "USA", output(400_000))]);
    let [low, central, high] = ratio(&swapped);
    // Batch, host, cooling, grid and hardware cancel: what is left are two residuals of the law of 1.4 each.
    let out = (1.96 * 2f64.sqrt() * 1.4f64.ln()).exp();
    for (found, expect) in [(low, central / out), (high, central * out)] {
        assert!((found / expect - 1.0).abs() < 0.01, "{found}, {expect}");
    }
    let [before, after] = [large, small].map(|model| {
        let AppliedFactor::Modelled(factor) = deployed(november(), model, "USA") else { unreachable!() };
        factor.apply(&output(400_000)).co2()
    });
    let quotient =
        [after.low().to_f64() / before.high().to_f64(), after.high().to_f64() / before.low().to_f64()];
    assert!(quotient[0] < low * 0.5 && high * 1.5 < quotient[1], "{quotient:?} around [{low}, {high}]");
}

#[test]
fn a_hundredth_by_fewer_tokens_is_certain_and_by_another_model_or_grid_is_not() {
    let fewer = output(396_000);
    let certain =
        compared(november(), &[(CLOSED_2026_11, "USA", output(400_000))], &[(CLOSED_2026_11, "USA", fewer)]);
    assert_eq!(certain.ratio.map(bounds), Some([0.99; 3]));
    assert_eq!(certain.verdict(), Verdict::Lower);
    // As many tokens of another model as make one hundredth less.
    let model = "llama-3.1-70b";
    let one =
        compared(november(), &[(CLOSED_2026_11, "USA", output(400_000))], &[(model, "USA", output(400_000))]);
    let tokens = 0.99 * 400_000.0 / ratio(&one)[1];
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of tokens")]
    let as_much = output(tokens as u64);
    let other = compared(november(), &[(CLOSED_2026_11, "USA", output(400_000))], &[(model, "USA", as_much)]);
    assert!((ratio(&other)[1] - 0.99).abs() < 1e-4 && other.verdict() == Verdict::NotDistinguishable);
    // Ireland and Italy are near each other.
    let moved = compared(november(), &[(model, "IRL", output(400_000))], &[(model, "ITA", output(400_000))]);
    assert_eq!(moved.verdict(), Verdict::NotDistinguishable, "{:?}", ratio(&moved));
}

const CLOSED_2026_11: &str = "gpt-5";

#[test]
fn ratios_and_differences_agree_with_a_seeded_monte_carlo_within_3_percent() {
    let chat = Usage::of_call(6_000, 4_000);
    let agent = Usage::of_cached_call(60_000, 57_000, 800);
    let rest = ("gpt-4o-mini", "USA", Usage::of_call(60_000, 40_000));
    let cases: [(&'static FactorSet, &Spreads, Way<'_>, Way<'_>); 6] = [
        (november(), &OF_2026_11, &[("gpt-4o", "USA", chat)], &[("gpt-4o-mini", "USA", chat)]),
        (november(), &OF_2026_11, &[("gpt-4o", "USA", chat), rest], &[("llama-3.1-70b", "FRA", chat), rest]),
        (november(), &OF_2026_11, &[("mistral-large-2", "POL", chat)], &[("mistral-large-2", "SWE", chat)]),
        (next::set(), &OF_2026_12, &[("llama-3.1-70b", "USA", agent)], &[("gpt-oss-120b", "USA", agent)]),
        (
            next::set(),
            &OF_2026_12,
            &[("llama-3.1-70b", "USA", agent)],
            &[("llama-3.1-70b", "USA", Usage::of_cached_call(60_000, 0, 800))],
        ),
        (
            next::set(),
            &OF_2026_12,
            &[(CLOSED, "USA", Usage::of_call(600, 400))],
            &[("qwen3-14b", "FRA", Usage::of_call(660, 440))],
        ),
    ];
    for (set, spreads, before, after) in cases {
        let found = compared(set, before, after);
        let [difference, of_ratio] = drawn(&[before, after].map(|way| parts(set, way, spreads)), spreads);
        let [low, _, high] = ratio(&found);
        for (found, drawn) in [low, high].into_iter().zip(of_ratio) {
            assert!((found / drawn - 1.0).abs() < 0.03, "{before:?}, {after:?}: {found}, drawn {drawn}");
        }
        // A bound of a difference may be next to nothing: so much of the larger one.
        let less = [found.difference.low().to_f64(), found.difference.high().to_f64()];
        let larger = difference[0].abs().max(difference[1].abs());
        for (found, drawn) in less.into_iter().zip(difference) {
            assert!((found - drawn).abs() < 0.03 * larger, "{before:?}, {after:?}: {found}, drawn {drawn}");
        }
    }
}

#[test]
fn a_published_factor_is_one_error() {
    let set = FactorSet::latest();
    let at = |model| set.deployment(&Call::to(model)).unwrap().factor(DEFAULT_POLICY).unwrap();
    let compared = |before, after, usage: [Usage; 2]| {
        let mut pairs = PairedSum::default();
        pairs.before(&at(before), &usage[0]);
        pairs.after(&at(after), &usage[1]);
        pairs.co2()
    };
    let usage = Usage::of_call(600, 400);
    let same = compared("gpt-4o", "gpt-4o", [usage; 2]);
    assert_eq!(same.ratio.map(bounds), Some([1.0; 3]));
    let half = compared("gpt-4o", "gpt-4o", [usage, Usage::of_call(300, 200)]);
    assert_eq!(half.ratio.map(bounds), Some([0.5; 3]));
    // Nothing is known of what two publications share.
    let [low, central, high] = ratio(&compared("gpt-4o", "mistral-large-2", [usage; 2]));
    let [a, b] = ["gpt-4o", "mistral-large-2"].map(|model| set.estimate(model, &usage).unwrap().co2);
    let least = (b.central().to_f64() / b.low().to_f64()).max(a.high().to_f64() / a.central().to_f64());
    assert!(low <= central / least * 1.02 && high > central, "{low} {central} {high}");
}

#[test]
fn nothing_before_has_no_ratio() {
    let factor = deployed(november(), "llama-3.1-70b", "USA");
    let mut pairs = PairedSum::default();
    assert_eq!((pairs.co2().ratio, pairs.co2().verdict()), (None, Verdict::NotDistinguishable));
    pairs.after(&factor, &output(400_000));
    assert_eq!((pairs.co2().ratio, pairs.co2().verdict()), (None, Verdict::Higher));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// To the last digit, whatever else is drawn with it.
    #[test]
    fn comparisons_that_are_drawn_together_say_what_each_says(
        calls in proptest::collection::vec((0..4_usize, 0..3_usize, 0..3_usize, 1..9_000_u64), 0..5),
    ) {
        let models = ["gpt-4o", "llama-3.1-70b", "deepseek-v3", "claude-3-opus"];
        let regions = ["USA", "FRA", "POL"];
        let published = FactorSet::latest().deployment(&Call::to("mistral-large-2")).unwrap();
        let published = published.factor(DEFAULT_POLICY).unwrap();
        let pairs: Vec<PairedSum<'_>> = calls.iter().map(|(model, from, to, output)| {
            let way = |region: usize, output| [(models[*model], regions[region], Usage::of_call(600, output))];
            let mut pairs = paired(november(), &way(*from, *output), &way(*to, 500));
            pairs.before(&published, &Usage::of_call(0, *output));
            pairs.after(&published, &Usage::of_call(0, 400));
            pairs
        }).collect();
        let each: Vec<Comparison> = pairs.iter().map(PairedSum::co2).collect();
        prop_assert_eq!(PairedSum::co2_of_each(&pairs), each);
    }

    /// In whatever order parts are added, and however activity is cut into them.
    #[test]
    fn a_comparison_is_of_sums(
        calls in proptest::collection::vec((0..4_usize, 0..3_usize, 1..90_000_u64, 1..9_000_u64), 1..6),
    ) {
        let models = ["gpt-4o", "llama-3.1-70b", "mistral-large-2", "claude-3-opus"];
        let regions = ["USA", "FRA", "POL"];
        let way = |region: Option<&'static str>| -> Vec<(&str, &str, Usage)> {
            calls.iter().map(|(model, place, input, output)| {
                (models[*model], region.unwrap_or(regions[*place]), Usage::of_call(*input, *output))
            }).collect()
        };
        let (before, after) = (way(None), way(Some("FRA")));
        let found = compared(november(), &before, &after);
        let ratio = found.ratio.unwrap();
        prop_assert_eq!(found.difference.central().as_decimal(), found.after.as_decimal() - found.before.as_decimal());
        prop_assert!(ratio.low() <= ratio.central() && ratio.central() <= ratio.high());
        // Both say the same of the sign.
        let zero = carbon_core::Grams::ZERO;
        let sign = (found.difference.high() < zero, found.difference.low() > zero);
        prop_assert_eq!(sign, (found.verdict() == Verdict::Lower, found.verdict() == Verdict::Higher));
        let doubled: Vec<_> = before.iter().chain(&before).copied().collect();
        let twice: Vec<_> = after.iter().chain(&after).copied().collect();
        let double = compared(november(), &doubled, &twice).ratio.unwrap();
        prop_assert_eq!(double.central(), ratio.central());
        let near = |a: Decimal, b: Decimal| ((a - b) / b).abs() < Decimal::new(1, 6);
        prop_assert!(near(double.low(), ratio.low()) && near(double.high(), ratio.high()));
    }
}
