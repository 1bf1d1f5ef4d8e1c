//! What a fit of windows must hold, whatever their numbers.

use super::{HOUR_MS, Random, START_MS, TRUTH, Truth, count, float, holds, prior, windows};
use carbon_core::{
    Range,
    measure::{
        BLOCKS_MIN, Block, CACHED_OVER_FRESH, Fit, MeteredEnergy, NotFitted, Note, Scope, Window, fit,
    },
};
use proptest::prelude::*;

#[test]
fn a_synthetic_truth_is_inside_the_interval_for_93_of_100_seeds() {
    const SEEDS: u64 = 100;
    let mut inside = [("output", 0), ("fresh input", 0), ("idle", 0), ("a token of the mix", 0)];
    for seed in 0..SEEDS {
        let windows = windows(&TRUTH, 30, 0.1, seed);
        let fitted = fit(&windows, None).unwrap();
        let parts = fitted.parts.unwrap();
        let found = [
            holds(parts.output, TRUTH.output_j),
            holds(parts.fresh_input, TRUTH.fresh_j),
            holds(parts.idle_w, TRUTH.idle_w),
            holds(fitted.mix, TRUTH.mix(&windows)),
        ];
        inside.iter_mut().zip(found).for_each(|((_, count), found)| *count += u32::from(found));
    }
    for (what, count) in inside {
        assert!(count >= 93, "{what}: {count} of {SEEDS}: {inside:?}");
    }
}

/// Any windows: of any scope, some idle, some with counts that are not known.
fn any_windows() -> impl Strategy<Value = Vec<Window>> {
    let window = (
        (0..60_i64, 1..120_i64, 0..3_usize),
        (1..u64::pow(10, 13), 1..u64::pow(10, 12)),
        (0..50_000_000_u64, 0..=100_u64, 0..5_000_000_u64),
        (any::<bool>(), any::<bool>()),
    );
    let window =
        window.prop_map(|((hour, minutes, scope), (big_uj, host_uj), (input, cached, output), known)| {
            let scope = Scope::ALL[scope];
            Window {
                from_ms: START_MS + hour * HOUR_MS,
                to_ms: START_MS + hour * HOUR_MS + minutes * 60_000,
                meter: format!("meter {}", hour % 3),
                scope,
                energy: MeteredEnergy {
                    accelerator_uj: (scope != Scope::Node).then_some(big_uj),
                    host_uj: (scope == Scope::AcceleratorAndHost).then_some(host_uj),
                    node_uj: (scope == Scope::Node).then_some(big_uj),
                },
                input_tokens: input,
                cache_read_input_tokens: known.0.then_some(input * cached / 100),
                output_tokens: output,
                requests: None,
                context_sum: known.1.then_some(output * 1_000),
            }
        });
    prop::collection::vec(window, 8..60)
}

/// Numbers that differ by no more than rounding.
fn alike(a: Range<f64>, b: Range<f64>, scale: f64) -> bool {
    [(a.low(), b.low()), (a.central(), b.central()), (a.high(), b.high())]
        .into_iter()
        .all(|(a, b)| (a * scale - b).abs() <= 1e-6 * b.abs())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn order_and_repetition_change_no_digit(mut windows in any_windows(), at in 0..8_usize) {
        let fitted = fit(&windows, Some(prior()));
        let twice: Vec<Window> = windows.iter().rev().chain(&windows).cloned().collect();
        prop_assert_eq!(&fit(&twice, Some(prior())), &fitted);
        windows.rotate_left(at);
        prop_assert_eq!(&fit(&windows, Some(prior())), &fitted);
    }

    #[test]
    fn the_windows_own_tokens_take_the_windows_own_energy(windows in any_windows()) {
        let Ok(fitted) = fit(&windows, Some(prior())) else { return Ok(()) };
        let counted = windows.iter().all(|window| window.cache_read_input_tokens.is_some());
        let cached = |window: &Window| window.cache_read_input_tokens.filter(|_| counted).unwrap_or(0);
        let mut unique = windows.clone();
        unique.sort();
        unique.dedup();
        let of = |window: &Window| {
            let [output, fresh, read] = fitted.rates.map(Range::central);
            output * float(window.output_tokens)
                + fresh * float(window.input_tokens - cached(window))
                + read * float(cached(window))
        };
        let valued: f64 = unique.iter().map(of).sum();
        prop_assert!((valued / fitted.energy.wall_j - 1.0).abs() < 1e-9, "{} of {}", valued, fitted.energy.wall_j);
        for range in fitted.rates.into_iter().chain([fitted.mix]) {
            prop_assert!(0.0 <= range.low() && range.low() <= range.central() && range.central() <= range.high());
            prop_assert!(range.high().is_finite());
        }
    }

    #[test]
    fn twice_the_joules_are_twice_the_rates_and_twice_the_tokens_half(windows in any_windows()) {
        let Ok(fitted) = fit(&windows, Some(prior())) else { return Ok(()) };
        let mut joules = windows.clone();
        for window in &mut joules {
            let MeteredEnergy { accelerator_uj, host_uj, node_uj } = &mut window.energy;
            [accelerator_uj, host_uj, node_uj].into_iter().flatten().for_each(|uj| *uj *= 2);
        }
        let of_joules = fit(&joules, Some(prior())).unwrap();
        let mut tokens = windows.clone();
        for window in &mut tokens {
            window.input_tokens *= 2;
            window.output_tokens *= 2;
            window.cache_read_input_tokens = window.cache_read_input_tokens.map(|cached| cached * 2);
            window.context_sum = window.context_sum.map(|sum| sum * 4);
        }
        let of_tokens = fit(&tokens, Some(prior())).unwrap();
        for i in 0..3 {
            prop_assert!(alike(fitted.rates[i], of_joules.rates[i], 2.0));
            prop_assert!(alike(fitted.rates[i], of_tokens.rates[i], 0.5));
        }
        prop_assert!(alike(fitted.mix, of_joules.mix, 2.0) && alike(fitted.mix, of_tokens.mix, 0.5));
    }

    #[test]
    fn cached_input_stays_within_its_bounds(seed in any::<u64>(), part in 0.0..1.0_f64, noise in 0.0..0.3_f64) {
        let truth = Truth { cached_j: TRUTH.fresh_j * part, ..TRUTH };
        let parts = fit(&windows(&truth, 6, noise, seed), None).unwrap().parts.unwrap();
        let [low, high] = CACHED_OVER_FRESH.map(|bound| bound * parts.fresh_input.central());
        let cached = parts.cache_read.central();
        prop_assert!(low <= cached * (1.0 + 1e-12) && cached <= high * (1.0 + 1e-12), "{low} {cached} {high}");
    }
}

#[test]
fn windows_without_noise_give_the_truth_itself() {
    let windows = windows(&TRUTH, 10, 0.0, 1);
    let fitted = fit(&windows, None).unwrap();
    let parts = fitted.parts.unwrap();
    for (found, truth) in [
        (parts.output, TRUTH.output_j),
        (parts.fresh_input, TRUTH.fresh_j),
        (parts.cache_read, TRUTH.cached_j),
        (parts.idle_w, TRUTH.idle_w),
    ] {
        assert!(
            (found.low() / truth - 1.0).abs() < 1e-6 && (found.high() / truth - 1.0).abs() < 1e-6,
            "{found:?}"
        );
    }
    let idle_j = fitted.energy.idle_j.unwrap();
    assert!((idle_j / (TRUTH.idle_w * 240.0 * 3_600.0) - 1.0).abs() < 1e-6);
    assert_eq!((fitted.blocks, fitted.windows), ((Block::Day, 10), 240));
    assert!(fitted.residual < 1e-6 && fitted.notes == [Note::ContextNotStated], "{:?}", fitted.notes);
}

#[test]
fn the_energy_of_context_is_found_and_goes_to_the_output() {
    const CONTEXT_J: f64 = 1e-4;
    let mut windows = windows(&TRUTH, 10, 0.0, 1);
    let mut random = Random(7);
    let mut context = 0.0;
    for window in &mut windows {
        let before_each = random.between(200.0, 40_000.0);
        let sum = count(2.0 * before_each * float(window.output_tokens));
        window.context_sum = Some(sum);
        let joules = CONTEXT_J * before_each * float(window.output_tokens);
        window.energy.node_uj = window.energy.node_uj.map(|uj| uj + count(joules * 1e6));
        context += joules;
    }
    let fitted = fit(&windows, None).unwrap();
    assert!((fitted.parts.unwrap().context.unwrap().central() / CONTEXT_J - 1.0).abs() < 1e-3);
    let output: f64 = windows.iter().map(|window| float(window.output_tokens)).sum();
    let marginal = TRUTH.output_j + context / output;
    let without_idle = 1.0 - fitted.energy.idle_j.unwrap() / fitted.energy.wall_j;
    assert!((fitted.rates[0].central() * without_idle / marginal - 1.0).abs() < 1e-3);
    windows[0].context_sum = None;
    let without = fit(&windows, None).unwrap();
    assert!(without.parts.unwrap().context.is_none() && without.notes.contains(&Note::ContextNotStated));
}

/// Energy for each output token, as benchmarks publish it: batch, prompt and output tokens of a run, and its joules a token.
const RUNS: [(u64, u64, u64, f64); 8] = [
    (8, 210, 640, 2.61),
    (16, 210, 655, 1.58),
    (32, 205, 648, 1.03),
    (64, 214, 633, 0.71),
    (96, 209, 641, 0.62),
    (128, 211, 650, 0.55),
    (192, 208, 645, 0.52),
    (256, 212, 639, 0.50),
];

#[test]
fn published_runs_posted_as_windows_give_their_joules_a_token() {
    let windows: Vec<Window> = RUNS
        .iter()
        .zip(0..)
        .map(|(&(batch, input, output, joules), hour)| Window {
            from_ms: START_MS + hour * HOUR_MS,
            to_ms: START_MS + hour * HOUR_MS + 600_000,
            meter: "bench".to_owned(),
            scope: Scope::Node,
            energy: MeteredEnergy {
                node_uj: Some(count(joules * float(batch * output) * 1e6)),
                ..MeteredEnergy::default()
            },
            input_tokens: batch * input,
            cache_read_input_tokens: Some(0),
            output_tokens: batch * output,
            requests: Some(batch),
            context_sum: None,
        })
        .collect();
    let fitted = fit(&windows, Some(prior())).unwrap();
    let joules: f64 = RUNS.iter().map(|(batch, _, output, joules)| joules * float(batch * output)).sum();
    let output: f64 = RUNS.iter().map(|(batch, _, output, _)| float(batch * output)).sum();
    let input: f64 = RUNS.iter().map(|(batch, input, ..)| float(batch * input)).sum();
    let [of_output, of_fresh, _] = fitted.rates.map(Range::central);
    let published = joules / output;
    assert!(((of_output + of_fresh * input / output) / published - 1.0).abs() < 0.03);
    assert!(holds(fitted.mix, joules / (output + input)));
    assert_eq!(fitted.parts, None);
    assert!(fitted.notes.contains(&Note::FewWindows { windows: 8 }));
    assert_eq!(fit(&windows, None), Err(NotFitted::NoPrior));
    assert_eq!(fit(&windows[..BLOCKS_MIN - 1], Some(prior())), Err(NotFitted::TooFew { windows: 5 }));
}

#[test]
fn tokens_that_rise_and_fall_together_give_one_ratio() {
    let mut windows = windows(&TRUTH, 10, 0.1, 3);
    for window in &mut windows {
        window.input_tokens = window.output_tokens * 5;
        window.cache_read_input_tokens = Some(window.output_tokens * 2);
    }
    let fitted = fit(&windows, Some(prior())).unwrap();
    // Input and output as one; only time is apart.
    assert!(fitted.parts.is_none() && fitted.condition.is_infinite());
    let [output, fresh, cached] = fitted.rates.map(Range::central);
    assert!((fresh / output / prior().fresh_over_output() - 1.0).abs() < 1e-12);
    assert!((cached / fresh - 0.1).abs() < 1e-12);
    // The ratio is our law's and so is its doubt; their sum is metered.
    assert!(fitted.rates[1].high() / fresh > 2.0 && fitted.mix.high() / fitted.mix.central() < 1.5);
}

#[test]
fn windows_without_tokens_are_idle_and_divide_nothing() {
    let mut windows = windows(&TRUTH, 10, 0.0, 4);
    let idle: Vec<Window> = windows
        .iter()
        .map(|window| Window {
            input_tokens: 0,
            cache_read_input_tokens: Some(0),
            output_tokens: 0,
            ..window.clone()
        })
        .map(|mut window| {
            window.energy.node_uj = Some(count(TRUTH.idle_w * window.seconds() * 1e6));
            window
        })
        .collect();
    let refused = fit(&idle, Some(prior())).unwrap_err();
    assert_eq!(refused, NotFitted::Idle { joules: 600.0 * 240.0 * 3_600.0, seconds: 240.0 * 3_600.0 });
    assert!(refused.to_string().contains("which is 600 W"), "{refused}");
    windows.splice(..72, idle[..72].iter().cloned());
    let fitted = fit(&windows, None).unwrap();
    assert_eq!((fitted.windows, fitted.windows_with_tokens), (240, 168));
    assert!((fitted.parts.unwrap().idle_w.central() / TRUTH.idle_w - 1.0).abs() < 1e-6);
    assert!((fitted.energy.idle_j.unwrap() / (600.0 * 240.0 * 3_600.0) - 1.0).abs() < 1e-6);
}

#[test]
fn accelerators_alone_take_the_machine_around_them_along() {
    let node = windows(&TRUTH, 10, 0.1, 5);
    let mut accelerators = node.clone();
    for window in &mut accelerators {
        window.scope = Scope::Accelerator;
        window.energy = MeteredEnergy { accelerator_uj: window.energy.node_uj, ..MeteredEnergy::default() };
    }
    let [of_node, of_accelerators]: [Fit; 2] =
        [node, accelerators].map(|windows| fit(&windows, None).unwrap());
    assert!(alike(of_node.mix, of_accelerators.mix, 1.25));
    assert!(of_accelerators.notes.contains(&Note::HostNotMetered));
    assert!((of_accelerators.energy.metered_j / of_node.energy.metered_j - 1.0).abs() < 1e-12);
}

#[test]
fn a_sensor_that_read_nothing_is_named() {
    let good = windows(&TRUTH, 1, 0.0, 6).remove(0);
    assert_eq!(good.check(), Ok(()));
    let energy =
        |accelerator, host, node| MeteredEnergy { accelerator_uj: accelerator, host_uj: host, node_uj: node };
    for (scope, energy, field) in [
        (Scope::Node, energy(Some(1), Some(1), None), "node_joules"),
        (Scope::Accelerator, energy(None, Some(1), Some(1)), "accelerator_joules"),
        (Scope::AcceleratorAndHost, energy(Some(1), None, None), "host_joules"),
        (Scope::AcceleratorAndHost, energy(Some(1), Some(0), None), "host_joules"),
        (Scope::Node, energy(None, None, Some(u64::pow(10, 18) + 1)), "node_joules"),
    ] {
        let window = Window { scope, energy, ..good.clone() };
        assert_eq!(window.check().map_err(|(field, _)| field), Err(field), "{scope} {energy:?}");
    }
    let cached = Window { cache_read_input_tokens: Some(good.input_tokens + 1), ..good.clone() };
    assert_eq!(cached.check().map_err(|(field, _)| field), Err("cache_read_input_tokens"));
    for to_ms in
        [good.from_ms, good.from_ms - 1, good.from_ms + 999, good.from_ms + 32 * 24 * HOUR_MS, i64::MIN]
    {
        assert_eq!(Window { to_ms, ..good.clone() }.check().map_err(|(field, _)| field), Err("to"));
    }
}
