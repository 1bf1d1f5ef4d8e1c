//! Factors from fits, and what they value in a place.

use super::{TRUTH, prior, windows};
use carbon_core::{
    Call, Confidence, Decimal, FactorSet, Usage, WattHours,
    factor::OwnSource,
    measure::{
        Coverage, EntryFault, MeasuredEntry, MeasuredFactor, MeteredEnergy, Reconciliation, Scope, Window,
        fit,
    },
    method::MeasuredInPlace,
};
use jiff::ToSpan;
use proptest::prelude::*;
use std::sync::LazyLock;

/// The entry of a fit whose windows the ledger confirms.
fn entry(windows: &[Window]) -> MeasuredEntry {
    let fitted = fit(windows, Some(prior())).unwrap();
    let sum = |of: fn(&Window) -> u64| windows.iter().map(of).sum();
    let counted =
        Reconciliation::of(windows, [sum(|window| window.input_tokens), sum(|window| window.output_tokens)]);
    MeasuredEntry::of("prod-llama", &fitted, windows, "ab".repeat(32), Coverage::of(windows, []), counted)
}

#[test]
fn a_factor_is_valid_from_its_first_window_until_ninety_days_after_its_last() {
    let factor = MeasuredFactor::new(entry(&windows(&TRUTH, 10, 0.1, 8))).unwrap();
    let record = factor.record();
    assert_eq!(
        (record.id(), record.confidence()),
        ("measured/prod-llama@abababababab", Confidence::Measured)
    );
    let first = jiff::civil::date(1970, 1, 1) + 20_700.days();
    for (days, holds) in [(-1, false), (0, true), (9, true), (10 + 90, true), (10 + 91, false)] {
        assert_eq!(record.validity().holds(Some(first + days.days())), holds, "{days}");
    }
    assert!(!record.validity().holds(None));
    let (source, facts) = (record.source(), record.source().title());
    assert!(facts.contains("240 windows") && facts.contains(&"ab".repeat(32)), "{facts}");
    // A meter's name may be an address inside the account's network.
    assert!(!facts.contains("rack"), "{facts}");
    assert_eq!((source.own(), source.publisher()), (Some(OwnSource::Metered), "the account"));
    assert_eq!(record.clone().told_by("Acme SAS").source().publisher(), "Acme SAS");
    let mut apart = factor.entry().clone();
    apart.reconciliation.ledger_output_tokens *= 2;
    assert_eq!(MeasuredFactor::new(apart), Err(EntryFault::NotReconciled));
}

#[test]
fn windows_give_their_entry_again_and_any_other_number_is_named() {
    let windows = windows(&TRUTH, 10, 0.1, 12);
    // All of them, and few enough for one ratio.
    for windows in [&windows[..], &windows[..20]] {
        let stated = entry(windows);
        assert_eq!(stated.prior.is_some(), windows.len() == 20);
        let read: Vec<Window> =
            windows.iter().rev().map(|window| Window::of_line(&window.line()).unwrap()).collect();
        assert_eq!(stated.check(&read, stated.windows_sha256.clone()), Ok(()));
        let named = |changed: MeasuredEntry| changed.check(&read, "ab".repeat(32)).unwrap_err().to_string();
        let mut rates = stated.wh_per_1k;
        rates[0] += Decimal::new(1, 15);
        assert!(named(MeasuredEntry { wh_per_1k: rates, ..stated.clone() }).ends_with("wh_per_1k"));
        assert!(named(MeasuredEntry { windows: 19, ..stated.clone() }).ends_with("windows"));
        let wider = [stated.host_sd[0] + Decimal::ONE];
        assert!(named(MeasuredEntry { host_sd: wider, ..stated.clone() }).ends_with("covariance"));
        assert!(
            named(MeasuredEntry { windows_sha256: "cd".repeat(32), ..stated.clone() }).ends_with("sha256")
        );
        let mut fewer = read.clone();
        fewer[3].output_tokens += 1;
        assert!(stated.check(&fewer, stated.windows_sha256.clone()).is_err());
    }
    for line in ["", "1\t2", "1\t2\tm\tnode\t\t\t3\t1\t\t1\t\t\t", "1\t2\tm\tnowhere\t\t\t3\t1\t\t1\t\t"] {
        assert_eq!(Window::of_line(line), None, "{line:?}");
    }
}

/// A factor in France, on the fleet of a model of no provider.
fn in_france(factor: &MeasuredFactor) -> MeasuredInPlace<'_> {
    let set = FactorSet::version("2026.11").unwrap();
    let deployment = set.deployment(&Call { region: Some("FRA"), ..Call::to("llama-3.1-70b") }).unwrap();
    deployment.measured_by(factor).unwrap()
}

proptest! {
    #[test]
    fn measured_sums_are_sums_of_measured_values_to_the_last_digit(
        calls in prop::collection::vec((0..1_000_000_000_u64, 0..=1_000_u64, 0..1_000_000_000_u64), 0..30),
    ) {
        static FACTOR: LazyLock<MeasuredFactor> =
            LazyLock::new(|| MeasuredFactor::new(entry(&windows(&TRUTH, 6, 0.1, 9))).unwrap());
        let place = in_france(&FACTOR);
        let usages: Vec<Usage> = calls
            .into_iter()
            .map(|(input, cached, output)| Usage { cache_read_input_tokens: input / 1_000 * cached, ..Usage::of_call(input, output) })
            .collect();
        let sum = place.apply(&usages.iter().sum());
        let each: Vec<_> = usages.iter().map(|usage| place.apply(usage)).collect();
        prop_assert_eq!(each.iter().map(|one| one.co2_central()).sum::<carbon_core::Grams>(), sum.co2_central());
        prop_assert_eq!(each.iter().map(|one| one.energy().central()).sum::<WattHours>(), sum.energy().central());
        for co2 in [sum.co2(), sum.operational_co2(), sum.embodied_co2()] {
            prop_assert!(co2.low() <= co2.central() && co2.central() <= co2.high());
        }
    }
}

/// The errors of a place are those of our own model; entered here a second time, on purpose.
#[test]
fn the_range_of_a_measured_figure_is_that_of_the_fit_and_its_place() {
    let windows = windows(&TRUTH, 20, 0.1, 10);
    let fitted = fit(&windows, None).unwrap();
    let factor = MeasuredFactor::new(entry(&windows)).unwrap();
    // The windows' own mix, whose interval the fit states.
    let sum = |of: fn(&Window) -> u64| windows.iter().map(of).sum::<u64>();
    let usage = Usage {
        cache_read_input_tokens: sum(|window| window.cache_read_input_tokens.unwrap()),
        ..Usage::of_call(sum(|window| window.input_tokens), sum(|window| window.output_tokens))
    };
    let place = in_france(&factor);
    let energy = place.apply(&usage).energy();
    let joules = energy.central().to_f64() * 3_600.0 / place.in_place().pue();
    assert!((joules / fitted.energy.wall_j - 1.0).abs() < 1e-9, "{joules}");
    let sd = |ratio: f64| ratio.ln() / 1.96;
    let of_fit = sd(fitted.mix.high() / fitted.mix.central());
    let expected = of_fit.hypot(1.05_f64.ln());
    let found = sd(energy.high().to_f64() / energy.central().to_f64());
    assert!((found / expected - 1.0).abs() < 0.15, "{found} for {expected}");
    let electricity = place.apply(&usage).operational_co2();
    let found = sd(electricity.high().to_f64() / electricity.central().to_f64());
    assert!((found / expected.hypot(1.10_f64.ln()) - 1.0).abs() < 0.15, "{found}");
    // 41.44 g/kWh in France, and 42 for the hardware.
    let grams = energy.central().to_f64() * (41.44 + 42.0) / 1_000.0;
    assert!((place.apply(&usage).co2().central().to_f64() / grams - 1.0).abs() < 1e-3);
}

#[test]
fn an_unmetered_host_widens_every_figure() {
    let metered = windows(&TRUTH, 20, 0.0, 11);
    let mut accelerators = metered.clone();
    for window in &mut accelerators {
        window.scope = Scope::Accelerator;
        window.energy = MeteredEnergy { accelerator_uj: window.energy.node_uj, ..MeteredEnergy::default() };
    }
    let factor = MeasuredFactor::new(entry(&accelerators)).unwrap();
    let energy = in_france(&factor).apply(&Usage::of_call(500, 500)).energy();
    let [of_fit, of_host] = factor.energy_sd([500.0, 500.0, 0.0]);
    assert!((of_host / 1.15_f64.ln() - 1.0).abs() < 1e-12, "{of_host}");
    let expected = of_fit.hypot(of_host).hypot(1.05_f64.ln());
    let sd = (energy.high().to_f64() / energy.central().to_f64()).ln() / 1.96;
    assert!((sd / expected - 1.0).abs() < 1e-6, "{sd} for {expected}");
    let [range, ..] = fit(&accelerators, None).unwrap().wh_per_1k();
    let width = range.high().to_f64() / range.central().to_f64() / 1.15_f64.powf(1.96);
    assert!((1.0..1.1).contains(&width), "{width}");
}
