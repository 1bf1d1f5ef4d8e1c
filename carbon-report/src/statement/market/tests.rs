//! Instruments, residual mixes, and what they make of electricity.

use super::*;
use crate::instrument::InstrumentKind;
use carbon_core::usage::{Media, MediaUnit};
use jiff::civil::date;
use proptest::prelude::*;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn set() -> &'static FactorSet {
    FactorSet::version("2026.11").unwrap()
}

fn instrument(id: &str, zone: &str, wh: u64, g_per_kwh: &str) -> Instrument {
    Instrument {
        instrument_id: id.to_owned(),
        kind: InstrumentKind::Go,
        provider: None,
        zone: zone.to_owned(),
        period_from: date(2026, 10, 1),
        period_to: date(2026, 10, 31),
        vintage: 2026,
        g_per_kwh: decimal(g_per_kwh),
        allocated_wh: wh,
        certificate_ids_sha256: "1".repeat(64),
        document_sha256: "2".repeat(64),
        source: "Registry".to_owned(),
        licence: "own data".to_owned(),
        entered_by: "owner".to_owned(),
        entered_at: "2026-11-01T00:00:00Z".to_owned(),
    }
}

fn mix(zone: &str, g_per_kwh: &str) -> ResidualMix {
    ResidualMix {
        zone: zone.to_owned(),
        year: 2026,
        g_per_kwh: decimal(g_per_kwh),
        source: "Publisher".to_owned(),
        licence: "by permission".to_owned(),
        document_sha256: "3".repeat(64),
    }
}

fn row(model: &str, provider: Option<&str>, region: &str, tokens: u64) -> Activity {
    Activity {
        provider: provider.map(str::to_owned),
        region: Some(region.to_owned()),
        ..Activity::new(date(2026, 10, 5), model, Usage::of_call(tokens, tokens))
    }
}

/// Some models by our method, in three grids, with published factors among them.
fn activity() -> Vec<Activity> {
    vec![
        row("llama-3.1-70b", Some("aws"), "FRA", 600_000_000),
        row("gpt-5", Some("azure"), "FRA", 900_000_000),
        row("llama-3.1-70b", None, "DEU", 70_000_000),
        row("deepseek-v3.1", Some("aws"), "USA", 50_000_000),
        row("gpt-4o", Some("azure"), "FRA", 1_000_000),
        row("mistral-large-2", None, "FRA", 2_000_000),
    ]
}

fn market(inputs: MarketInputs) -> Market {
    Market::of(&activity(), &inputs, set()).unwrap()
}

fn location() -> Range<Grams> {
    let rows = activity();
    crate::Valuation::of(rows.iter().map(|row| (row, set()))).valued.co2.unwrap()
}

fn zone<'m>(market: &'m Market, name: &str) -> &'m MarketZone {
    market.zones.iter().find(|zone| zone.zone == name).unwrap()
}

/// 100 MWh, of which 60 from an instrument at 0, and a residual mix of 400 g: 16.0 t. The location-based figure stays.
#[test]
fn an_instrument_covers_its_part_and_the_residual_mix_values_the_rest() {
    let inputs = MarketInputs {
        instruments: vec![instrument("a", "FRA", 60_000_000, "0")],
        residual_mixes: vec![mix("FRA", "400")],
    };
    let wh = |wh: &str| WattHours::new(decimal(wh));
    let energy = Range::new(wh("40000000"), wh("100000000"), wh("250000000")).unwrap();
    let grams = |g: &str| Grams::new(decimal(g));
    let location = Range::new(grams("1600000"), grams("4100000"), grams("11000000")).unwrap();
    let electricity = Electricity { energy, location, embodied: Range::default() };
    let mut used = [Decimal::ZERO];
    let (zone, _) = Supply::of("FRA", &inputs).value(&electricity, &[(None, energy)], &mut used);
    assert_eq!(used, [decimal("60000000")]);
    assert_eq!(zone.location, location);
    let stated = [zone.co2.low(), zone.co2.central(), zone.co2.high()].map(|grams| grams.to_string());
    assert_eq!(stated, ["0", "16000000", "76000000"], "16.0 t, from none to 190 MWh at 400 g");
    assert_eq!((zone.instrument_wh, zone.residual_wh), (decimal("60000000"), decimal("40000000")));
    // Without a residual mix the average of the grid stands in: 40 of 100 MWh of the location-based figure.
    let inputs = MarketInputs { residual_mixes: Vec::new(), ..inputs };
    let (zone, _) = Supply::of("FRA", &inputs).value(&electricity, &[(None, energy)], &mut [Decimal::ZERO]);
    assert_eq!((zone.co2.central(), zone.location_wh), (grams("1640000"), decimal("40000000")));
}

#[test]
fn without_instruments_and_residual_mixes_there_is_no_market_based_figure() {
    assert_eq!(Market::of(&activity(), &MarketInputs::default(), set()), None);
    let unknown = [row("nobody-knows-it", None, "FRA", 5)];
    let inputs = MarketInputs { residual_mixes: vec![mix("FRA", "40")], ..MarketInputs::default() };
    assert_eq!(Market::of(&unknown, &inputs, set()), None, "what has no figure has none by another method");
    let pictures = Usage { media: Media::default().with(MediaUnit::Images, 2), ..Usage::default() };
    let pictures = [Activity::new(date(2026, 10, 5), "gpt-4o", pictures)];
    assert_eq!(Market::of(&pictures, &inputs, set()), None);
}

#[test]
fn what_nothing_touches_is_the_location_based_figure_to_the_last_digit() {
    let inputs = MarketInputs { residual_mixes: vec![mix("POL", "700")], ..MarketInputs::default() };
    let market = market(inputs);
    assert_eq!(market.co2, location());
    assert_eq!(market.recomputed_share, Some(Decimal::ZERO));
    assert_eq!(market.stand_ins().count(), 3);
    assert!(market.carried_over.iter().any(|line| line.basis == Basis::NotStated));
}

#[test]
fn an_instrument_of_a_provider_covers_no_other_electricity() {
    let of = |provider: &str| Instrument {
        provider: Some(provider.to_owned()),
        ..instrument(provider, "FRA", 1_000_000_000_000, "0")
    };
    let residual = vec![mix("FRA", "40")];
    let aws = market(MarketInputs { instruments: vec![of("aws")], residual_mixes: residual.clone() });
    let azure = market(MarketInputs { instruments: vec![of("azure")], residual_mixes: residual.clone() });
    let [aws, azure] = [&aws, &azure].map(|market| zone(market, "FRA"));
    assert_eq!(aws.instrument_wh + azure.instrument_wh, aws.energy.central().as_decimal());
    assert!(aws.instrument_wh > Decimal::ZERO && azure.instrument_wh > Decimal::ZERO);
    let nobody = market(MarketInputs { instruments: vec![of("google")], residual_mixes: residual });
    assert_eq!(zone(&nobody, "FRA").instrument_wh, Decimal::ZERO);
    assert_eq!(nobody.instruments[0].used_wh, Decimal::ZERO);
}

#[test]
fn instruments_are_used_up_in_the_stated_order() {
    let early = Instrument { period_from: date(2026, 9, 1), ..instrument("z", "FRA", 10, "100") };
    let bound = Instrument { provider: Some("aws".to_owned()), ..instrument("y", "FRA", 10, "30") };
    let [first, second] = ["a", "b"].map(|id| instrument(id, "FRA", 10, "20"));
    let all = [second.clone(), first.clone(), early.clone(), bound.clone()];
    let inputs = MarketInputs { instruments: all.to_vec(), ..MarketInputs::default() }.in_order();
    let ids: Vec<&str> = inputs.instruments.iter().map(|of| of.instrument_id.as_str()).collect();
    assert_eq!(ids, ["y", "z", "a", "b"]);
    let split = Supply::of("FRA", &inputs).split(&[(Some("aws"), Decimal::from(25))]);
    let used: Vec<(usize, Decimal)> =
        [(0, 10), (1, 10), (2, 5), (3, 0)].map(|(place, wh)| (place, Decimal::from(wh))).to_vec();
    assert_eq!(split.by_instrument, used, "that of the provider first");
}

proptest! {
    /// Whatever is entered: no instrument gives more than it has, parts add up, the bounds hold the figure, the statement
    /// reads back as it was written, and the location-based figure stays as it is.
    #[test]
    fn any_instruments_add_up(
        entered in prop::collection::vec(
            (0..4_usize, 0..3_usize, 0..400_000_u64, 0..1_000_000_u32), 0..8),
        mixes in prop::collection::vec((0..4_usize, 1..1_000_000_u32), 0..4),
    ) {
        const ZONES: [&str; 4] = ["FRA", "DEU", "USA", "POL"];
        let instruments = entered.iter().enumerate().map(|(id, &(at, by, wh, g))| Instrument {
            provider: [None, Some("aws"), Some("azure")][by].map(str::to_owned),
            ..instrument(&id.to_string(), ZONES[at], wh, &Decimal::new(g.into(), 3).to_string())
        });
        let mut residual_mixes: Vec<ResidualMix> =
            mixes.iter().map(|&(at, g)| mix(ZONES[at], &Decimal::new(g.into(), 3).to_string())).collect();
        residual_mixes.sort_by(|a, b| a.zone.cmp(&b.zone));
        residual_mixes.dedup_by(|a, b| a.zone == b.zone);
        let inputs = MarketInputs { instruments: instruments.collect(), residual_mixes };
        let Some(market) = Market::of(&activity(), &inputs, set()) else {
            prop_assert!(inputs.is_empty());
            return Ok(());
        };
        prop_assert_eq!(market.inputs(), inputs.in_order());
        let sum: Grams = market.zones.iter().map(|zone| zone.co2.central() + zone.embodied.central()).sum();
        let carried: Grams = market.carried_over.iter().map(|line| line.co2.central()).sum();
        // A decimal has 28 digits: sums in another order may differ in the last.
        let near = |a: Grams, b: Grams| (a.as_decimal() - b.as_decimal()).abs() < Decimal::new(1, 12);
        prop_assert!(near(market.co2.central(), sum + carried));
        let locations: Grams =
            market.zones.iter().map(|zone| zone.location.central() + zone.embodied.central()).sum();
        prop_assert!(near(location().central(), locations + carried));
        for zone in &market.zones {
            let parts = zone.instrument_wh + zone.residual_wh + zone.location_wh;
            prop_assert_eq!(parts, zone.energy.central().as_decimal());
        }
        for used in &market.instruments {
            prop_assert!(used.used_wh <= Decimal::from(used.instrument.allocated_wh));
        }
        let share = market.recomputed_share.unwrap();
        prop_assert!((Decimal::ZERO..=Decimal::ONE).contains(&share));
        let json = serde_json::to_string(&market).unwrap();
        prop_assert_eq!(serde_json::from_str::<Market>(&json).unwrap(), market);
    }
}
