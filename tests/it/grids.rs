//! Grids in time: an account's own series, sums by the hour, and what they do to figures, reports and evidence.

use crate::{
    ledger::Ledger,
    report_evidence::{close, forged, form, kept, report, text, verify},
    server::{Reply, Server, call, with},
    time::{first, month},
};
use jiff::ToSpan;
use serde_json::{Value, json};
use std::fmt::Write;

const HEAD: &str = "zone,hour_utc,g_kwh,source,licence\n";

/// Every hour of the month, by a rule.
pub(crate) fn hours(zone: &str, value: impl Fn(i32) -> Option<f64>) -> String {
    let days = first().days_in_month();
    let mut csv = HEAD.to_owned();
    for hour in 0..i32::from(days) * 24 {
        let day = first() + i64::from(hour / 24).days();
        let value = value(hour).map_or_else(String::new, |value| value.to_string());
        writeln!(csv, "{zone},{day}T{:02}:00Z,{value},Grid operator,own contract", hour % 24).unwrap();
    }
    csv
}

fn monthly(zone: &str, value: &str) -> String {
    format!("zone,month,g_kwh,source,licence\n{zone},{},{value},Ember,CC BY 4.0\n", month())
}

pub(crate) fn send(server: &Server, key: &str, query: &str, csv: &str) -> Reply {
    let key = format!("Bearer {key}");
    let headers = [("authorization", key.as_str()), ("content-type", "text/csv")];
    server.request("PUT", &format!("/api/v1/grid-series{query}"), &headers, csv)
}

pub(crate) fn import(server: &Server, key: &str, query: &str, csv: &str) -> Value {
    let reply = send(server, key, query, csv);
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

pub(crate) fn by_hour(server: &Server, key: &str, by_hour: bool) {
    let reply = server.put("/api/v1/hours", Some(key), &json!({"by_hour": by_hour}));
    assert_eq!(reply.json()["by_hour"], by_hour, "{}", reply.text());
}

/// A call to a model that only our own method values, in France, at an hour of a day.
pub(crate) fn at(id: &str, day: i8, hour: i8) -> Value {
    let time = format!("{}T{hour:02}:30:00Z", first() + i64::from(day - 1).days());
    let changes = json!({"event_id": id, "timestamp": time, "region": "FRA", "model": "llama-3.1-70b"});
    with(call("gpt-4o"), changes)
}

pub(crate) fn usage(server: &Server, key: &str, group_by: &str) -> Value {
    let days = format!("from={}&to={}", first(), first().last_of_month());
    server.get(&format!("/api/v1/usage?{days}&group_by={group_by}"), Some(key)).json()
}

fn grams(server: &Server, key: &str) -> f64 {
    usage(server, key, "day")["total"]["co2_grams"]["central"].as_f64().unwrap()
}

fn statement(server: &Server, key: &str) -> Value {
    serde_json::from_slice(&form(server, key, &report(server, key, json!({})), "statement")).unwrap()
}

fn shares(statement: &Value) -> Vec<(String, u64)> {
    let lines = statement["grids"]["by_resolution"].as_array().unwrap();
    let line =
        |line: &Value| (line["resolution"].as_str().unwrap().to_owned(), line["tokens"].as_u64().unwrap());
    lines.iter().map(line).collect()
}

#[test]
fn hours_are_kept_only_from_when_they_are_switched_on() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let key = keys.live.as_str();
    let rows =
        |ledger: &Ledger, is: &str| ledger.count(&format!("select count(*) from daily_usage where {is}"));
    for hour in 0..4 {
        server.track(key, &at(&format!("day-{hour}"), 1, hour));
    }
    by_hour(&server, key, true);
    by_hour(&server, key, true);
    for hour in 0..4 {
        let tags = json!({"tags": {"feature": "chat"}});
        server.track(key, &with(at(&format!("hour-{hour}"), 1, hour), tags));
    }
    // What cancels a call of before is summed as that was, and one of an hour in its hour.
    for id in ["day-0", "hour-3"] {
        let reply = server.post(&format!("/api/v1/events/{id}/reversal"), Some(key), &json!({}));
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    by_hour(&server, key, false);
    server.track(key, &at("after", 1, 23));
    let by_hours = usage(&server, key, "hour");
    let found: Vec<(Option<&str>, i64)> = by_hours["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["hour"].as_str(), row["requests"].as_i64().unwrap()))
        .collect();
    assert_eq!(found, [(Some("00"), 1), (Some("01"), 1), (Some("02"), 1), (None, 4)]);
    assert_eq!([rows(&ledger, "hour = -1"), rows(&ledger, "hour >= 0")], [1, 4]);
    assert_eq!(ledger.count("select count(*) from daily_tag_usage where hour >= 0"), 4);
    // Sums that are made again are the same: after a kill, and by `check`.
    server.kill();
    ledger.check();
    let server = ledger.serve();
    assert_eq!(usage(&server, key, "hour")["rows"], by_hours["rows"]);
    assert_eq!(server.get("/api/v1/hours", Some(key)).json()["by_hour"], false);
    server.stop();
    ledger.check();
}

#[test]
fn an_hour_its_month_and_its_year_with_the_share_of_each() {
    let (ledger, server) = Server::alone();
    let [keys, stranger] = ["a@example.com", "b@example.com"].map(|email| server.sign_up(email));
    let key = keys.live.as_str();
    by_hour(&server, key, true);
    // The second day has no values.
    let series = hours("FRA", |hour| (!(24..48).contains(&hour)).then(|| 20.0 + f64::from(hour % 24)));
    let dry = import(&server, key, "?dry_run=true&vintage=first", &series);
    assert_eq!((&dry["series"], &dry["changed"]), (&json!(1), &json!(1)));
    assert!(dry["preview"].is_array());
    assert_eq!(server.get("/api/v1/grid-series", Some(key)).json()["series"], json!([]));
    let told = server.track(key, &at("before", 3, 5));
    let kept = import(&server, key, "?vintage=first", &series);
    assert!(kept["factor_set"].as_str().unwrap().ends_with("+1"), "{kept}");
    // The same again changes nothing.
    assert_eq!(import(&server, key, "?vintage=first", &series)["changed"], 0);
    // It counts for calls that were sent before, and answers say which value was applied.
    let again = server.track(key, &at("before", 3, 5));
    assert_eq!((&again["duplicate"], &again["grid"]["g_per_kwh"]), (&json!(true), &json!(25.0)));
    assert!(again["co2_grams"].as_f64().unwrap() < told["co2_grams"].as_f64().unwrap());
    assert!(again["grid"]["factor_id"].as_str().unwrap().starts_with("grid/FRA/hour@"), "{again}");
    server.track(key, &at("gap", 2, 5));
    server.track(key, &with(at("elsewhere", 3, 5), json!({"region": "DEU"})));
    let tokens = 1_000;
    let one = statement(&server, key);
    assert_eq!(shares(&one), [("hour".to_owned(), tokens), ("year".to_owned(), 2 * tokens)]);
    import(&server, key, "", &monthly("FR", "33.3"));
    let two = statement(&server, key);
    let by = |resolution: &str| (resolution.to_owned(), tokens);
    assert_eq!(shares(&two), [by("hour"), by("month"), by("year")]);
    let series = two["grids"]["series"].as_array().unwrap();
    assert_eq!(series[1]["licence"], "CC BY 4.0");
    assert_eq!((&series[0]["gaps"], &series[0]["mean_g_per_kwh"]), (&json!(24), &json!("25")));
    assert_eq!(two["schema_version"], "1.7");

    // Nobody else's.
    let listed = server.get("/api/v1/grid-series", Some(&stranger.live)).json();
    assert_eq!((&listed["series"], &listed["revision"]), (&json!([]), &json!(0)));
    server.delete("/api/v1/grid-series/FRA?resolution=hour", Some(&stranger.live)).problem(404);
    let theirs = server.track(&stranger.live, &at("theirs", 3, 5));
    assert_eq!((&theirs["co2_grams"], &theirs["grid"]["resolution"]), (&told["co2_grams"], &Value::Null));
    assert_eq!(
        server.get("/api/v1/hours", Some(&stranger.live)).json(),
        json!({"by_hour": false, "since": null})
    );

    // Away again, and everything is by the year.
    for resolution in ["hour", "month"] {
        let path = format!("/api/v1/grid-series/fra?resolution={resolution}");
        assert_eq!(server.delete(&path, Some(key)).status, 204);
        server.delete(&path, Some(key)).problem(404);
    }
    assert_eq!(shares(&statement(&server, key)), [("year".to_owned(), 3 * tokens)]);
    server.stop();
    ledger.check();
}

#[test]
fn another_vintage_changes_open_months_and_a_restatement_shows_the_step() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let key = keys.live.as_str();
    by_hour(&server, key, true);
    import(&server, key, "?vintage=first", &hours("FRA", |hour| Some(40.0 + f64::from(hour) / 8.0)));
    for (place, hour) in [2, 9, 9, 21].into_iter().enumerate() {
        server.track(key, &at(&format!("e-{place}"), 4 + i8::try_from(place).unwrap(), hour));
    }
    close(&server, key);
    let closed = grams(&server, key);
    let first_report = report(&server, key, json!({}));
    let pdf = form(&server, key, &first_report, "pdf");
    let revised = hours("FRA", |hour| Some(80.0 + f64::from(hour) / 8.0));
    import(&server, key, "?vintage=second", &revised);
    assert!((grams(&server, key) - closed).abs() < 1e-12, "a closed month stays");
    assert!(form(&server, key, &report(&server, key, json!({})), "pdf") == pdf, "and so does its report");
    let body = json!({"month": month(), "reason": "revised grid data"});
    let restated = server.post("/api/v1/restatements", Some(key), &body);
    assert_eq!(restated.status, 201, "{}", restated.text());
    let restated = restated.json();
    let step = &restated["tenants"][0]["models"][0]["difference"]["co2_grams"];
    assert!(step.as_f64().unwrap() > 0.0, "{restated}");

    // Of either report the owner of the values recomputes all, and an auditor without them all but the grams.
    let second_report = report(&server, key, json!({}));
    for report in [&first_report, &second_report] {
        let pack = form(&server, key, report, "evidence");
        let file = kept(&pack);
        let without = verify(file.path(), &["--json"]);
        assert!(without.status.success(), "{}", text(&without));
        let without: Value = serde_json::from_slice(&without.stdout).unwrap();
        assert!(!without["not_recomputed"].as_array().unwrap().is_empty());
        let vintages = [hours("FRA", |hour| Some(40.0 + f64::from(hour) / 8.0)), revised.clone()];
        let files = vintages.map(|csv| kept(csv.as_bytes()));
        let paths: Vec<&str> = files.iter().map(|file| file.path().to_str().unwrap()).collect();
        let given = ["--json", "--grid-series", paths[0], "--grid-series", paths[1]];
        let with = verify(file.path(), &given);
        assert!(with.status.success(), "{}", text(&with));
        let with: Value = serde_json::from_slice(&with.stdout).unwrap();
        assert_eq!((&with["not_recomputed"], &with["co2_grams"]), (&json!([]), &without["co2_grams"]));
    }
    server.stop();
    ledger.check();
}

/// A pack in which one text of the statement is another, with the manifest's digest of it.
fn forged_statement(pack: &[u8], from: &str, to: &str) -> Vec<u8> {
    let member = |pack: &[u8], name: &str| {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(pack)).unwrap();
        std::io::read_to_string(archive.by_name(name).unwrap()).unwrap()
    };
    let digest = |pack: &[u8]| {
        <sha2::Sha256 as sha2::Digest>::digest(member(pack, "statement.json")).iter().fold(
            String::new(),
            |mut hex, byte| {
                write!(hex, "{byte:02x}").unwrap();
                hex
            },
        )
    };
    let changed = forged(pack, "statement.json", from, to);
    forged(&changed, "manifest.json", &digest(pack), &digest(&changed))
}

#[test]
fn grams_that_the_stated_values_of_a_series_cannot_make_are_seen_without_the_values() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let key = keys.live.as_str();
    by_hour(&server, key, true);
    let series = hours("FRA", |hour| (!(24..48).contains(&hour)).then(|| 21.0 + f64::from(hour % 24)));
    import(&server, key, "", &series);
    // Several hours, one of them by the year; a line of another zone; one that no grid is in.
    for (id, day, hour) in [("a", 1, 3), ("b", 1, 11), ("c", 2, 5), ("d", 4, 20)] {
        server.track(key, &at(id, day, hour));
    }
    server.track(key, &with(at("e", 3, 5), json!({"region": "DEU"})));
    server.track(key, &with(at("f", 3, 5), json!({"model": "gpt-4o"})));
    let report = report(&server, key, json!({}));
    let pack = form(&server, key, &report, "evidence");
    let statement: Value = serde_json::from_slice(&form(&server, key, &report, "statement")).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/carbon-report/scripts/verify_pack.py");
    let both = |pack: &[u8]| {
        let file = kept(pack);
        let other = std::process::Command::new("python3").arg(script).arg(file.path()).output().unwrap();
        [verify(file.path(), &[]), other].map(|output| (output.status.success(), text(&output)))
    };
    for (holds, said) in both(&pack) {
        assert!(holds, "{said}");
    }
    let stated = &statement["grids"]["series"][0];
    let value = |field: &str| stated[field].as_str().unwrap().to_owned();
    let [low, mean, high] = ["lowest_g_per_kwh", "mean_g_per_kwh", "highest_g_per_kwh"].map(value);
    assert_eq!([low.as_str(), high.as_str()], ["24", "41"]);
    let line =
        statement["by_model"].as_array().unwrap().iter().find(|line| line["grids"].is_array()).unwrap();
    let year = line["grids"].as_array().unwrap().iter().find(|part| part["resolution"] == "year").unwrap();
    assert!(year["g_per_kwh"].is_string() && line["grids"][0]["g_per_kwh"].is_null(), "{line}");
    let of = |field: &str, value: &str| format!("\"{field}\": \"{value}\"");
    for (field, from, to) in [
        ("lowest_g_per_kwh", &low, "40"),
        ("mean_g_per_kwh", &mean, "30"),
        ("mean_g_per_kwh", &mean, "41.5"),
        ("highest_g_per_kwh", &high, "25"),
        // What a part of the year would weigh with another grid, or with other energy.
        ("g_per_kwh", &year["g_per_kwh"].as_str().unwrap().to_owned(), "400"),
        ("energy_wh", &year["energy_wh"].as_str().unwrap().to_owned(), "0.001"),
    ] {
        for (holds, said) in both(&forged_statement(&pack, &of(field, from), &of(field, to))) {
            assert!(!holds && said.contains("statement.json"), "{field} {to}: {said}");
        }
    }
}

#[test]
fn what_cannot_be_a_series_is_refused_and_nothing_is_kept() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let key = keys.live.as_str();
    for (csv, says) in [
        (String::new(), "needs one of the columns"),
        (format!("{HEAD}FRA,2026-10-25T02:00Z,0,S,L\n"), "line 2: g_kwh must be 0.01 to 5,000"),
        (format!("{HEAD}FRA,2026-10-25 02:00,1,S,L\nFRA,2026-10-25 02:00,2,S,L\n"), "twice"),
        (format!("{HEAD}FRA,2026-10-25T02:00Z,1,S,\n"), "licence is empty"),
        (format!("{HEAD}XKX,2026-10-25T02:00Z,1,S,L\n"), "has no zone with a known grid, but XKX"),
        (
            format!("{HEAD}FRA,2026-10-25T02:00Z,1,S,L\nFR,2026-10-25T02:00Z,2,S,L\n"),
            "two series of fra/hour",
        ),
        (
            format!("{HEAD}FRA,2026-10-25T02:00Z,1,S,L\nFR,2026-10-24T02:00Z,2,S,L\n"),
            "two series of fra/hour",
        ),
        (format!("{HEAD}FRA,2026-10-25T😀,40,S,L\n"), "line 2: hour_utc must be the beginning of an hour"),
        (format!("{HEAD}FRA,2026-10-25T02:00Z,4_0,S,L\n"), "line 2: g_kwh must be 0.01 to 5,000"),
        (format!("{HEAD}FRA,2026-10-25T02:00Z,,S,L\n"), "has no values"),
    ] {
        let problem = send(&server, key, "", &csv).problem(422);
        let detail = problem["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.contains(says), "{detail}");
    }
    send(&server, key, "?vintage=", &monthly("FRA", "1")).problem(422);
    send(&server, key, "?dry_run=yes", &monthly("FRA", "1")).problem(422);
    server.delete("/api/v1/grid-series/FRA", Some(key)).problem(422);
    server.put("/api/v1/hours", Some(key), &json!({})).problem(422);
    assert_eq!(send(&server, &keys.test, "", &monthly("FRA", "1")).status, 403);
    // Zones that are not known are named; the others are kept.
    let some = format!("{}XKX,{},1,Ember,CC BY 4.0\n", monthly("FRA", "41"), month());
    let kept = import(&server, key, "", &some);
    assert_eq!((&kept["series"], &kept["unknown_zones"]), (&json!(1), &json!(["XKX"])));
}

#[test]
fn a_year_of_hours_for_several_zones_is_one_request_and_a_command_does_the_same() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let mut csv = HEAD.to_owned();
    for zone in ["FRA", "DEU", "POL", "aws:eu-west-3"] {
        let start: jiff::Timestamp = "2027-12-31T23:00:00Z".parse().unwrap();
        for hour in 0..8_760 {
            let value = 30 + hour % 97;
            writeln!(csv, "{zone},{},{value},S,L", start + hour.hours()).unwrap();
        }
    }
    let kept = import(&server, &keys.live, "?vintage=v", &csv);
    // An hour of the old year, and the others.
    assert_eq!((&kept["series"], &kept["changed"]), (&json!(8), &json!(8)));
    let list = server.get("/api/v1/grid-series", Some(&keys.live)).json();
    assert!(!list.to_string().contains("g_per_kwh"), "values are answered to nobody");
    server.stop();
    let file = kept_csv(&csv);
    let path = file.path().to_str().unwrap();
    let run = |arguments: &[&str]| {
        let output = ledger.run(arguments);
        assert!(output.status.success(), "{}", text(&output));
        text(&output)
    };
    assert_eq!(run(&["own", "grid", path, "--vintage", "v"]), "8 grid series, 0 of them new or changed\n");
    let text = run(&["own", "grid", path, "--vintage", "w", "--dry-run"]);
    assert!(text.starts_with("8 grid series, 8 of them new or changed\nNothing was stored"), "{text}");
    assert!(run(&["own", "hours", "on"]).contains("summed by the hour"));
    let listed = run(&["own", "list"]);
    assert!(listed.contains("aws:eu-west-3 by the hour"), "{listed}");
    run(&["own", "remove-grid", "POL", "--resolution", "hour"]);
    assert!(!run(&["own", "list"]).contains("POL"));
    let server = ledger.serve();
    assert_eq!(server.get("/api/v1/hours", Some(&keys.live)).json()["by_hour"], true);
    server.stop();
    ledger.check();
}

fn kept_csv(csv: &str) -> tempfile::NamedTempFile {
    kept(csv.as_bytes())
}
