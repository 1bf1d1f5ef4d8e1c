//! Grids in time: what a month emits where its electricity is known by the hour or by the month.

use crate::{
    pack::{events, members, statement_under, zipped},
    samples::{heading, ordinary, row},
};
use carbon_core::{
    Decimal, FactorSet, Usage, WattHours,
    grid::{GridResolution, SeriesValues, read_csv},
    registry::Tables,
};
use carbon_report::{
    Activity, Brand, Evidence, Language, Statement, activity_sha256,
    pack::{AtHand, PackWriter, PackedEvent, verify_pack, verify_pack_with, verify_report},
    render_pdf,
    statement::{Grids, SeriesLine},
};
use jiff::civil::date;
use std::io::Cursor;

/// The newest set with these series on top.
fn set(series: &[SeriesValues]) -> FactorSet {
    let mut grids =
        "zone,resolution,from,runs,vintage,source,licence,sha256,file_sha256,entered_by,entered_at\n"
            .to_owned();
    let mut values = "sha256,g_per_kwh\n".to_owned();
    for series in series {
        let (zone, sha256) = (&series.zone, series.sha256());
        grids += &format!(
            "{zone},{},{},{},2026-11-02,Grid operator,own contract,{sha256},,ops@example.com,2026-11-02T09:00:00Z\n",
            series.resolution,
            series.from(),
            series.runs()
        );
        values += &format!("{sha256},{}\n", series.text());
    }
    FactorSet::latest().with_own(1, Tables::new().own_grids(grids).own_grid_values(values)).unwrap()
}

fn with_series(grid_series: &[SeriesValues]) -> AtHand<'_> {
    AtHand { grid_series, ..AtHand::default() }
}

fn by_hour(zone: &str, value: impl Fn(usize) -> Option<String>) -> SeriesValues {
    let values: Vec<Option<String>> = (0..31 * 24).map(value).collect();
    let values = values.iter().map(Option::as_deref);
    SeriesValues::new(zone, GridResolution::Hour, "2026-10-01T00:00Z", values).unwrap()
}

fn by_month(zone: &str, value: &str) -> SeriesValues {
    SeriesValues::new(zone, GridResolution::Month, "2026-10", [Some(value)]).unwrap()
}

fn of_year(zone: &str) -> String {
    FactorSet::latest().locate(zone, None).unwrap().zone.grid().g_per_kwh().to_string()
}

fn statement(rows: Vec<Activity>, set: &FactorSet) -> Statement {
    Statement::new(heading(Language::En), &Evidence::from(rows), set)
}

/// Unequal parts of a whole, for the hours of a day.
fn parts(count: u64) -> impl Iterator<Item = u64> {
    let up_to = move |hour: u64| count * hour * (hour + 1) / (24 * 25);
    (0..24).map(move |hour| up_to(hour + 1) - up_to(hour))
}

/// The same use, told by the hour.
fn in_hours(rows: &[Activity]) -> Vec<Activity> {
    let split = |row: &Activity| {
        let counts = [
            row.usage.requests,
            row.usage.input_tokens,
            row.usage.cache_read_input_tokens,
            row.usage.output_tokens,
        ];
        let [requests, input, cached, output] = counts.map(|count| parts(count).collect::<Vec<u64>>());
        let hour = |hour: usize| Activity {
            hour: i8::try_from(hour).ok(),
            usage: Usage {
                requests: requests[hour],
                input_tokens: input[hour],
                cache_read_input_tokens: cached[hour],
                output_tokens: output[hour],
                ..Usage::default()
            },
            ..row.clone()
        };
        (0..24).map(hour).collect::<Vec<_>>()
    };
    rows.iter().flat_map(split).collect()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn grids(statement: &Statement) -> &Grids {
    statement.grids.as_ref().unwrap()
}

/// Shares of tokens and of energy by resolution, as text.
fn shares(statement: &Statement) -> Vec<(GridResolution, String, String)> {
    let text = |share: Option<Decimal>| share.unwrap().to_string();
    let lines = grids(statement).by_resolution.iter();
    lines
        .map(|line| (line.resolution, text(line.share.tokens_share), text(line.share.energy_share)))
        .collect()
}

#[test]
fn a_flat_series_gives_the_yearly_figure_to_the_last_digit() {
    let rows = ordinary();
    let yearly = statement(rows.clone(), FactorSet::latest());
    let zones = ["SWE", "DEU", "FRA"];
    let flat: Vec<SeriesValues> = zones.iter().map(|zone| by_hour(zone, |_| Some(of_year(zone)))).collect();
    let hourly = statement(in_hours(&rows), &set(&flat));
    assert_eq!(hourly.total, yearly.total);
    let valued =
        |statement: &Statement| statement.by_model.iter().map(|line| line.valued).collect::<Vec<_>>();
    assert_eq!(valued(&hourly), valued(&yearly));
    assert_eq!(hourly.by_region, yearly.by_region);
    assert_eq!(hourly.by_day, yearly.by_day);
    assert_eq!(hourly.by_confidence, yearly.by_confidence);
    assert_eq!(hourly.bottom_up_alone.valued, yearly.bottom_up_alone.valued);
    assert_eq!(shares(&hourly), [(GridResolution::Hour, "1".to_owned(), "1".to_owned())]);
    assert!(yearly.grids.is_none());
    // And by the month.
    let flat: Vec<SeriesValues> = zones.iter().map(|zone| by_month(zone, &of_year(zone))).collect();
    let monthly = statement(rows, &set(&flat));
    assert_eq!((monthly.total, valued(&monthly)), (yearly.total, valued(&yearly)));
    assert_eq!(monthly.activity_sha256, yearly.activity_sha256);
    let factor = |statement: &Statement| {
        let factor = statement.factors.iter().find(|factor| factor.region.as_deref() == Some("FRA"));
        factor.unwrap().modelled.clone().unwrap().grid.factor_id
    };
    let ids = [&yearly, &monthly, &hourly].map(factor);
    assert_eq!(ids[0], "grid/FRA@2026.11");
    assert!(ids[1].starts_with("grid/FRA/month@") && ids[2].starts_with("grid/FRA/hour@"), "{ids:?}");
}

/// Grams of a model in a place, from its energy alone: an own sum, in another order and another arithmetic.
fn own_sum(rows: &[Activity], g_per_kwh: impl Fn(&Activity) -> f64) -> f64 {
    let of_row = |row: &Activity| {
        let yearly = statement(vec![Activity { hour: None, ..row.clone() }], FactorSet::latest());
        let [kwh, grams] = [
            yearly.total.energy.unwrap().central().to_f64() / 1e3,
            yearly.total.co2.unwrap().central().to_f64(),
        ];
        let hardware = grams / kwh - of_year(row.region.as_deref().unwrap()).parse::<f64>().unwrap();
        kwh * (g_per_kwh(row) + hardware)
    };
    rows.iter().map(of_row).sum()
}

/// A month in three countries, whose calls are at `hour` of their day, or six hours later for every third.
fn month(hour: i8) -> Vec<Activity> {
    let day = |day: i8| {
        ["FRA", "DEU", "POL"].into_iter().zip(1..).map(move |(zone, place)| {
            let n = u64::from(day.unsigned_abs()) * 131 + place * 57;
            let hour = if day % 3 == 0 { hour + 6 } else { hour };
            let call = row(day, "llama-3.1-70b", Some(zone), Usage::of_call(900 + n, 300 + n * 7 % 211));
            Activity { hour: Some(hour), ..call }
        })
    };
    (1..=31).flat_map(day).collect()
}

/// Dark at night, sunny by day, and never the same twice.
fn sunny(zone: &str) -> SeriesValues {
    let base = of_year(zone).parse::<f64>().unwrap();
    by_hour(zone, |hour| {
        let sun = if (7..17).contains(&(hour % 24)) { 0.7 } else { 1.25 };
        Some(format!("{:.3}", base * sun + f64::from(u16::try_from(hour).unwrap()) * 0.011))
    })
}

#[test]
fn a_shift_from_day_to_night_is_what_an_own_sum_says() {
    let series: Vec<SeriesValues> = ["FRA", "DEU", "POL"].map(sunny).into();
    let set = set(&series);
    let value = |row: &Activity| {
        let series =
            series.iter().find(|series| Some(series.zone.as_str()) == row.region.as_deref()).unwrap();
        let text = series.text();
        let hour = usize::try_from(i64::from(row.day.day() - 1) * 24 + i64::from(row.hour.unwrap())).unwrap();
        text.split(' ').nth(hour).unwrap().parse::<f64>().unwrap()
    };
    let [day, night] = [10, 17].map(|hour| {
        let rows = month(hour);
        let (ours, own) = (statement(rows.clone(), &set), own_sum(&rows, value));
        let grams = ours.total.co2.unwrap().central().to_f64();
        assert!((grams / own - 1.0).abs() < 1e-9, "{grams} {own}");
        // One line a country, whose parts add up.
        assert_eq!(ours.by_model.len(), 3);
        let lines: Decimal = ours.by_model.iter().map(|line| line.co2().central().as_decimal()).sum();
        assert_eq!(lines, ours.total.co2.unwrap().central().as_decimal());
        ours
    });
    let grams = |statement: &Statement| statement.total.co2.unwrap().central();
    assert!(grams(&day) < grams(&night));
    assert_eq!(day.total.energy, night.total.energy);
    // Errors of one grid are shared over its hours: the range is no narrower than that of one value.
    let yearly = statement(month(10), FactorSet::latest());
    let width = |statement: &Statement| {
        let co2 = statement.total.co2.unwrap();
        co2.high().to_f64() / co2.low().to_f64()
    };
    assert!(
        (width(&day).ln() / width(&yearly).ln() - 1.0).abs() < 0.05,
        "{} {}",
        width(&day),
        width(&yearly)
    );
}

#[test]
fn the_hours_of_a_day_weighed_by_demand_are_the_day() {
    let series = sunny("DEU");
    let day = in_hours(&[row(5, "llama-3.1-70b", Some("DEU"), Usage::of_call(24_000_000, 9_000_000))]);
    let ours = statement(day.clone(), &set(std::slice::from_ref(&series)));
    let [SeriesLine { mean_g_per_kwh, lowest_g_per_kwh, highest_g_per_kwh, .. }] =
        grids(&ours).series.as_slice()
    else {
        panic!("one series")
    };
    assert!(lowest_g_per_kwh < mean_g_per_kwh && mean_g_per_kwh < highest_g_per_kwh);
    // The mean of the day's values, each weighed by its energy, for the day as a whole.
    let whole = row(5, "llama-3.1-70b", Some("DEU"), day.iter().map(|row| &row.usage).sum());
    let by_mean = statement(vec![whole], &set(&[by_month("DEU", &mean_g_per_kwh.round_dp(6).to_string())]));
    let grams = |statement: &Statement| statement.total.co2.unwrap().central().to_f64();
    assert!((grams(&ours) / grams(&by_mean) - 1.0).abs() < 1e-8);
    assert_eq!(ours.total.energy, by_mean.total.energy);
    // And by the hour of the day, the same energy and the same grams.
    let hours = &grids(&ours).by_hour;
    assert_eq!(hours.len(), 24);
    let energy = hours.iter().fold(WattHours::default(), |sum, hour| sum + hour.energy);
    assert_eq!(energy, ours.total.energy.unwrap().central());
    let co2: Decimal = hours.iter().map(|hour| hour.co2.as_decimal()).sum();
    assert_eq!(co2, ours.total.co2.unwrap().central().as_decimal());
}

#[test]
fn a_missing_hour_falls_to_the_month_and_that_to_the_year() {
    let call = |day, hour: Option<i8>, region: Option<&str>| Activity {
        hour,
        ..row(day, "llama-3.1-70b", region, Usage::of_call(1_000, 1_000))
    };
    // The hours of the second day are not known.
    let gaps = by_hour("FRA", |hour| (!(24..48).contains(&hour)).then(|| "20".to_owned()));
    let rows = vec![
        call(1, Some(3), Some("FRA")),
        call(2, Some(3), Some("FRA")),
        call(3, None, Some("FRA")),
        call(3, Some(3), Some("DEU")),
    ];
    let ours = statement(rows.clone(), &set(&[gaps.clone(), by_month("FRA", "30")]));
    let quarter = |resolution, tokens: &str| (resolution, tokens.to_owned());
    let tokens = |statement: &Statement| {
        shares(statement).into_iter().map(|(resolution, tokens, _)| (resolution, tokens)).collect::<Vec<_>>()
    };
    assert_eq!(
        tokens(&ours),
        [
            quarter(GridResolution::Hour, "0.25"),
            quarter(GridResolution::Month, "0.5"),
            quarter(GridResolution::Year, "0.25")
        ]
    );
    let france = ours.by_model.iter().find(|line| !line.grids.is_empty()).unwrap();
    let parts: Vec<_> = france.grids.iter().map(|part| (part.resolution, part.share.tokens)).collect();
    assert_eq!(parts, [(GridResolution::Hour, 2_000), (GridResolution::Month, 4_000)]);
    // Without the month it is the year's.
    let ours = statement(rows, &set(&[gaps]));
    assert_eq!(tokens(&ours), [quarter(GridResolution::Hour, "0.25"), quarter(GridResolution::Year, "0.75")]);
}

#[test]
fn an_hour_counts_only_where_the_region_was_sent() {
    let call = |region: Option<&str>| Activity {
        hour: Some(3),
        ..row(1, "gpt-5", region, Usage::of_call(1_000, 1_000))
    };
    let series = [by_hour("USA", |_| Some("100".to_owned())), by_month("USA", "200")];
    let at = |region| shares(&statement(vec![call(region)], &set(&series)))[0].0;
    assert_eq!((at(Some("USA")), at(None)), (GridResolution::Hour, GridResolution::Month));
    // A series of a cloud region comes before that of its zone.
    let region = [by_hour("aws:us-east-1", |_| Some("50".to_owned())), series[0].clone()];
    let ours = statement(vec![call(Some("aws:us-east-1"))], &set(&region));
    assert_eq!(grids(&ours).series[0].zone, "aws:us-east-1");
    // Published figures draw their own boundary: no grid touches them.
    let rows = vec![Activity { hour: Some(3), ..row(1, "gpt-4o", Some("USA"), Usage::of_call(600, 400)) }];
    let [with, without] = [&set(&series), FactorSet::latest()].map(|set| statement(rows.clone(), set).total);
    assert_eq!(with, without);
}

#[test]
fn clocks_that_are_set_leave_no_hour_out_and_none_twice() {
    // Central Europe in October: the hour from two to three is there twice.
    let mut csv = "zone,hour_utc,g_kwh,source,licence\n".to_owned();
    let local = ["00:00+02:00", "01:00+02:00", "02:00+02:00", "02:00+01:00", "03:00+01:00"];
    for (place, at) in local.iter().enumerate() {
        csv += &format!("DEU,2026-10-25T{at},{},S,L\n", 300 + place);
    }
    let [series] = read_csv(&csv).unwrap().try_into().unwrap();
    let set = set(&[series.values]);
    let mean = |day, hour: i8| {
        let call =
            Activity { hour: Some(hour), ..row(day, "llama-3.1-70b", Some("DEU"), Usage::of_call(9, 9)) };
        let ours = statement(vec![call], &set);
        ours.grids.unwrap().series.first().map(|series| series.mean_g_per_kwh)
    };
    let found = [(24, 22), (24, 23), (25, 0), (25, 1), (25, 2)].map(|(day, hour)| mean(day, hour));
    assert_eq!(found, ["300", "301", "302", "303", "304"].map(|value| Some(decimal(value))));
    assert_eq!(mean(25, 3), None);
    // A day that only leap years have.
    let leap =
        "zone,hour_utc,g_kwh,source,licence\nDEU,2028-02-29T23:00Z,77,S,L\nDEU,2028-03-01T00:00Z,78,S,L\n";
    let [series] = read_csv(leap).unwrap().try_into().unwrap();
    let set = self::set(&[series.values]);
    for (day, hour, expect) in [(date(2028, 2, 29), 23, "77"), (date(2028, 3, 1), 0, "78")] {
        let call =
            Activity { day, hour: Some(hour), ..row(1, "llama-3.1-70b", Some("DEU"), Usage::of_call(9, 9)) };
        assert_eq!(grids(&statement(vec![call], &set)).series[0].mean_g_per_kwh, decimal(expect));
    }
}

/// Events by the hour, each in the hour of its time.
fn by_the_hour() -> Vec<PackedEvent> {
    let mut events = events();
    for event in &mut events {
        event.by_hour = true;
    }
    events
}

fn pack(events: &[PackedEvent], set: &FactorSet) -> (Vec<u8>, Vec<u8>) {
    let statement = statement_under(&[set], events, Language::De);
    let pdf = render_pdf(&statement, &Brand::default()).unwrap();
    let find = |version: &str| (version == set.as_str()).then(|| set.clone());
    let mut pack = PackWriter::new(Cursor::new(Vec::new()), &pdf, &find, &|_| None).unwrap();
    events.iter().for_each(|event| pack.event(event).unwrap());
    (pack.finish().unwrap().into_inner(), pdf)
}

#[test]
fn a_pack_names_series_by_digest_and_their_owner_recomputes_it() {
    let events = by_the_hour();
    let sunny = [sunny("FRA")];
    let set = set(&sunny);
    let (pack, pdf) = pack(&events, &set);
    let id = set.grid_series()[0].id().to_owned();
    // No member has the values: neither one after the other, nor one that is no end of the range.
    let values = sunny[0].text();
    let some: Vec<&str> = values.split(' ').skip(100).step_by(97).collect();
    for (name, bytes) in members(&pack).iter().filter(|(name, _)| !name.ends_with(".pdf")) {
        let text = String::from_utf8_lossy(bytes);
        assert!(some.iter().all(|value| !text.contains(value)), "{name}");
    }
    let without = verify_pack(Cursor::new(&pack)).unwrap();
    assert_eq!(without.not_recomputed, [id.as_str()]);
    let with = verify_pack_with(Cursor::new(&pack), &with_series(&sunny)).unwrap();
    assert!(with.not_recomputed.is_empty());
    assert_eq!(
        (with.co2_grams, verify_report(&pdf).unwrap().not_recomputed),
        (without.co2_grams, vec![id.clone()])
    );
    // Other values are not those of the pack, whatever they are called.
    let others = by_hour("FRA", |_| Some("40".to_owned()));
    assert_eq!(verify_pack_with(Cursor::new(&pack), &with_series(&[others])).unwrap().not_recomputed, [id]);
    // A file that reaches further has them too.
    let longer = values.clone() + " 12 13";
    let longer = SeriesValues::of_text("FR", GridResolution::Hour, "2026-10-01T00Z", &longer).unwrap();
    assert!(verify_pack_with(Cursor::new(&pack), &with_series(&[longer])).unwrap().not_recomputed.is_empty());
    // Events whose hour is told otherwise give other activity.
    let mut forged = members(&pack);
    let rows = String::from_utf8(forged["events.ndjson"].clone()).unwrap();
    forged.insert("events.ndjson".to_owned(), rows.replacen("\"by_hour\":true,", "", 3).into_bytes());
    assert!(verify_pack_with(Cursor::new(zipped(&forged)), &with_series(&sunny)).is_err());
    assert!(verify_pack(Cursor::new(zipped(&forged))).is_err());
}

#[test]
fn what_needs_no_values_is_recomputed_without_them() {
    let (pack, _) = pack(&by_the_hour(), &set(&[sunny("FRA")]));
    let members = members(&pack);
    let statement = String::from_utf8(members["statement.json"].clone()).unwrap();
    for (stated, forged) in [
        ("\"energy_share\": \"1\"", "\"energy_share\": \"0.9\""),
        ("\"gaps\": 0", "\"gaps\": 1"),
        ("\"licence\": \"own contract\"", "\"licence\": \"CC BY 4.0\""),
    ] {
        assert!(statement.contains(stated), "{stated}");
        let mut forgery = members.clone();
        forgery.insert("statement.json".to_owned(), statement.replacen(stated, forged, 1).into_bytes());
        assert!(verify_pack(Cursor::new(zipped(&forgery))).is_err(), "{stated}");
    }
}

#[test]
fn hours_are_in_the_digest_of_the_activity_and_days_are_as_they_were() {
    let day = row(5, "gpt-5", Some("FRA"), Usage::of_call(600, 400));
    let hour = |hour| Activity { hour: Some(hour), ..day.clone() };
    let digest = |row: Activity| activity_sha256(&[row]);
    assert_ne!(digest(hour(3)), digest(hour(4)));
    assert_ne!(digest(hour(3)), digest(day));
}
