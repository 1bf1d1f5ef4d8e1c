//! Measured factors in a pack: their windows are there, and give them again.

use crate::pack::{events, members, statement_under, zipped};
use carbon_core::{
    FactorSet,
    measure::{Coverage, MeasuredEntry, MeteredEnergy, Reconciliation, Scope, Window, fit},
    registry::Tables,
};
use carbon_report::{
    Brand, Language,
    pack::{PackWriter, PackedEvent, verify_pack, verify_report, windows_sha256},
    render_pdf,
};
use std::io::Cursor;

/// Hours of the month of the events, with tokens that rise and fall apart.
fn windows() -> Vec<Window> {
    let start = "2026-10-01T00:00:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond();
    let window = |place: i64| {
        let tokens = |by: u64, most: u64| place.unsigned_abs() * by % most + 1_000;
        let (input, output) = (tokens(7_919, 50_000), tokens(6_151, 20_000));
        Window {
            from_ms: start + place * 3_600_000,
            to_ms: start + (place + 1) * 3_600_000,
            meter: "rack".to_owned(),
            scope: Scope::Node,
            energy: MeteredEnergy {
                // 0.25 J and 1.2 J a token, and 300 W, with what a meter misses.
                node_uj: Some(
                    input * 250_000 + output * 1_200_000 + 1_080_000_000_000 + tokens(104_729, 1_000_000_000),
                ),
                ..MeteredEnergy::default()
            },
            input_tokens: input,
            cache_read_input_tokens: Some(0),
            output_tokens: output,
            requests: None,
            context_sum: None,
        }
    };
    (0..7 * 24).map(window).collect()
}

fn entry(windows: &[Window]) -> MeasuredEntry {
    let sum = |of: fn(&Window) -> u64| windows.iter().map(of).sum();
    let counted =
        Reconciliation::of(windows, [sum(|window| window.input_tokens), sum(|window| window.output_tokens)]);
    let fitted = fit(windows, None).unwrap();
    let coverage = Coverage { hours_with_calls: 168, metered_ms: 168 * 3_600_000 };
    MeasuredEntry::of("prod-llama", &fitted, windows, windows_sha256(windows), coverage, counted)
}

/// The newest set with that entry on top.
fn set(entry: &MeasuredEntry) -> FactorSet {
    let words = |numbers: &[carbon_core::Decimal]| {
        numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    let MeasuredEntry { reconciliation: counted, coverage, span_ms: [from_ms, to_ms], .. } = entry;
    let table = format!(
        "name,wh_per_1k,covariance,host_sd,prior,windows,from_ms,to_ms,windows_sha256,meters,scopes,hours_with_calls,metered_ms,windows_input_tokens,windows_output_tokens,ledger_input_tokens,ledger_output_tokens,entered_at\n{},{},{},{},,{},{from_ms},{to_ms},{},rack,node,{},{},{},{},{},{},2026-10-09T00:00:00Z\n",
        entry.name,
        words(&entry.wh_per_1k),
        words(&entry.covariance),
        words(&entry.host_sd),
        entry.windows,
        entry.windows_sha256,
        coverage.hours_with_calls,
        coverage.metered_ms,
        counted.windows_input_tokens,
        counted.windows_output_tokens,
        counted.ledger_input_tokens,
        counted.ledger_output_tokens,
    );
    FactorSet::latest().with_own(1, Tables::new().own_measured(table)).unwrap()
}

/// A pack of calls to the metered model, among others.
fn packed(set: &FactorSet, windows: Option<Vec<Window>>) -> Option<Vec<u8>> {
    let mut events: Vec<PackedEvent> = events();
    for event in events.iter_mut().filter(|event| event.model == "gpt-5") {
        event.model = "prod-llama".to_owned();
    }
    let pdf = render_pdf(&statement_under(&[set], &events, Language::En), &Brand::default()).unwrap();
    let find = |_: &str| Some(set.clone());
    let mut pack = PackWriter::new(Cursor::new(Vec::new()), &pdf, &find, &|_| windows.clone()).ok()?;
    events.iter().for_each(|event| pack.event(event).unwrap());
    Some(pack.finish().unwrap().into_inner())
}

#[test]
fn a_measured_factor_is_fitted_again_from_the_windows_of_the_pack() {
    let windows = windows();
    let entry = entry(&windows);
    let set = set(&entry);
    assert!(packed(&set, None).is_none(), "no pack without the windows");
    let pack = packed(&set, Some(windows.clone())).unwrap();
    assert_eq!(verify_pack(Cursor::new(&pack)).unwrap().factor_set, set.as_str());
    assert_eq!(verify_report(&members(&pack)["report.pdf"]).unwrap().factor_set, set.as_str());

    let refused = |change: &dyn Fn(String) -> Option<String>| {
        let mut forged = members(&pack);
        let text = String::from_utf8(forged.remove("windows.json").unwrap()).unwrap();
        forged.extend(change(text).map(|text| ("windows.json".to_owned(), text.into_bytes())));
        verify_pack(Cursor::new(zipped(&forged))).unwrap_err().to_string()
    };
    let joules = windows[5].energy.node_uj.unwrap();
    let says = [
        refused(&|_| None),
        refused(&|text| Some(text.replace(&joules.to_string(), &(joules + 1).to_string()))),
        refused(&|text| Some(text.replace("\\track\\t", "\\t\\t\\t"))),
        refused(&|text| Some(text.replace("prod-llama", "other"))),
    ];
    assert_eq!(says[0], "windows.json: does not hold the windows of the statement's measured factors");
    assert_eq!(
        says[1],
        "windows.json, prod-llama: does not give the factor: its windows give another windows_sha256"
    );
    assert_eq!(says[2], "windows.json, prod-llama: has a line that is no window");
    assert_eq!(says[3], says[0]);
}

#[test]
fn a_factor_that_its_windows_do_not_give_is_named() {
    let windows = windows();
    let mut forged = entry(&windows);
    // A tenth less than was measured.
    forged.wh_per_1k = forged.wh_per_1k.map(|rate| rate * carbon_core::Decimal::new(9, 1));
    let pack = packed(&set(&forged), Some(windows)).unwrap();
    let error = verify_pack(Cursor::new(&pack)).unwrap_err().to_string();
    assert_eq!(
        error,
        "windows.json, prod-llama: does not give the factor: its windows give another wh_per_1k"
    );
}
