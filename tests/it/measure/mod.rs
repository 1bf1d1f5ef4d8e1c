//! Windows of metered energy, from the wire to a factor.

mod entered;
mod files;
mod recorded;
mod scrape;

use crate::{
    ledger::Ledger,
    report_evidence::{form, kept as kept_file, text, verify},
    server::{Keys, Server, call, with},
    time,
};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::{Value, json};

const MODEL: &str = "prod/llama";
const PATH: &str = "/api/v1/measurements/prod/llama";
/// What the server truly takes: joules of an output, a fresh and a cached token, and watts when it is idle.
const TRUTH: [f64; 4] = [1.2, 0.25, 0.05, 600.0];

/// Of four days.
const HOURS_OF_DAYS: i64 = 4 * 24;

/// A whole hour that many days ago.
fn hour(days_ago: i64, hour: i64) -> Timestamp {
    let today = Timestamp::now().as_second().div_euclid(86_400);
    Timestamp::from_second((today - days_ago) * 86_400 + hour * 3_600).unwrap()
}

/// The tokens of an hour, which vary like those of a busy server: fresh, cached, output.
fn tokens(place: i64) -> [i64; 3] {
    let scattered = |by: i64, from: i64, until: i64| from + (place * by + by / 3) % (until - from);
    [scattered(7_919, 20_000, 90_000), scattered(10_007, 5_000, 60_000), scattered(6_151, 4_000, 30_000)]
}

fn window(days_ago: i64, place: i64) -> Value {
    let [fresh, cached, output] = tokens(place);
    let [output_j, fresh_j, cached_j, idle_w] = TRUTH;
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    let joules =
        output as f64 * output_j + fresh as f64 * fresh_j + cached as f64 * cached_j + 3_600.0 * idle_w;
    json!({
        "model": MODEL, "from": hour(days_ago, place), "to": hour(days_ago, place + 1),
        "meter": "rack-1", "scope": "node", "node_joules": joules,
        "input_tokens": fresh + cached, "cache_read_input_tokens": cached, "output_tokens": output,
    })
}

/// The call that a window counts.
fn event(days_ago: i64, place: i64) -> Value {
    let [fresh, cached, output] = tokens(place);
    let at = hour(days_ago, place).checked_add(SignedDuration::from_mins(30)).unwrap();
    json!({
        "tenant_id": "client-xyz", "model": MODEL, "timestamp": at, "event_id": format!("call-{place}"),
        "input_tokens": fresh + cached, "cache_read_input_tokens": cached, "output_tokens": output,
    })
}

fn windows(days_ago: i64, count: i64) -> Vec<Value> {
    (0..count).map(|place| window(days_ago, place)).collect()
}

fn post(server: &Server, keys: &Keys, body: &Value) -> Value {
    server.post("/api/v1/measurements", Some(&keys.live), body).json()
}

fn track(server: &Server, keys: &Keys, events: &[Value]) {
    let batch = server.post("/api/v1/track/batch", Some(&keys.live), &json!(events)).json();
    assert_eq!(batch["rejected"], json!([]), "{batch}");
}

fn measured(server: &Server, keys: &Keys) -> Value {
    server.get(PATH, Some(&keys.live)).json()
}

fn kept(ledger: &Ledger) -> i64 {
    ledger.count("select count(*) from energy_window").try_into().unwrap()
}

fn holds(range: &Value, truth: f64) -> bool {
    let of = |bound: &str| range[bound].as_f64().unwrap();
    of("low") <= truth * (1.0 + 1e-9) && truth * (1.0 - 1e-9) <= of("high") && of("low") <= of("central")
}

#[test]
fn windows_give_a_factor_where_the_ledger_counts_the_same() {
    const HOURS: i64 = 7 * 24;
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let windows = windows(10, HOURS);
    let lines: Vec<String> = windows.iter().map(Value::to_string).collect();
    let headers = [
        ("authorization", format!("Bearer {}", keys.live)),
        ("content-type", "application/x-ndjson".to_owned()),
    ];
    let taken = server.send("/api/v1/measurements", &headers, &lines.join("\n")).json();
    assert_eq!(taken, json!({"accepted": HOURS, "duplicates": 0, "rejected": []}));

    // No calls: nothing to compare with.
    let found = measured(&server, &keys);
    assert_eq!((&found["status"], &found["factor"]), (&json!("not_reconciled"), &json!(null)));
    assert!(found["reason"].as_str().unwrap().contains("no calls of this name"), "{found}");

    let events: Vec<Value> = (0..HOURS).map(|place| event(10, place)).collect();
    track(&server, &keys, &events);
    let found = measured(&server, &keys);
    assert_eq!((&found["status"], &found["reason"]), (&json!("valid"), &json!(null)), "{found}");
    let [output_j, fresh_j, cached_j, idle_w] = TRUTH;
    let parts = &found["fit"]["joules_per_token"];
    for (range, truth) in [
        (&parts["output"], output_j),
        (&parts["fresh_input"], fresh_j),
        (&parts["cache_read_input"], cached_j),
        (&found["fit"]["idle_w"], idle_w),
    ] {
        assert!(holds(range, truth), "{range} for {truth}");
    }
    assert_eq!((&found["fit"]["design"], &found["fit"]["drawn_by"]), (&json!("split"), &json!("day")));
    assert_eq!(found["reconciliation"]["agrees"], true);
    assert_eq!(found["coverage"], json!({"hours_with_calls": HOURS, "metered_hours": HOURS, "share": 1}));
    assert_eq!(found["windows"]["hours"], HOURS);
    let factor = &found["factor"];
    assert_eq!(factor["confidence"], "measured");
    let last: jiff::civil::Date = hour(10, HOURS).to_string()[..10].parse().unwrap();
    assert_eq!(factor["valid_to"], (last + 90.days()).to_string());
    assert_eq!(factor["valid_from"], hour(10, 0).to_string()[..10]);
    // The rates hold the idle time: together they are what was metered.
    let rate = |name: &str| factor["wh_per_1000_tokens"][name]["central"].as_f64().unwrap();
    let sums = (0..HOURS).map(tokens).fold([0; 3], |sum, of| std::array::from_fn(|i| sum[i] + of[i]));
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    let [fresh, cached, output] = sums.map(|tokens| tokens as f64 / 1_000.0);
    let valued = fresh * rate("fresh_input") + cached * rate("cache_read_input") + output * rate("output");
    let wall = found["fit"]["wall_wh"].as_f64().unwrap();
    assert!((valued / wall - 1.0).abs() < 1e-9, "{valued} of {wall}");

    // The same again, in an array and in another order, changes nothing.
    let reversed: Vec<&Value> = windows.iter().rev().collect();
    assert_eq!(
        post(&server, &keys, &json!(reversed)),
        json!({"accepted": 0, "duplicates": HOURS, "rejected": []})
    );
    assert_eq!(measured(&server, &keys), found);
    assert_eq!(kept(&ledger), HOURS);
    let list = server.get("/api/v1/measurements", Some(&keys.live)).json();
    assert_eq!(list["measurements"][0]["model"], MODEL);
    assert_eq!(list["measurements"][0]["windows"], HOURS);

    // Calls that no server counted: more than 2 %, and there is no factor; their reversal brings it back.
    let extra = with(event(10, 0), json!({"event_id": "extra", "input_tokens": 600_000}));
    track(&server, &keys, &[extra]);
    let apart = measured(&server, &keys);
    assert_eq!((&apart["status"], &apart["factor"]), (&json!("not_reconciled"), &json!(null)));
    assert!(apart["reason"].as_str().unwrap().contains("2 %"), "{apart}");
    assert_eq!(server.post("/api/v1/events/extra/reversal", Some(&keys.live), &json!({})).status, 200);
    assert_eq!(measured(&server, &keys)["status"], "valid");

    // Calls in hours that nobody metered are seen in the coverage.
    let unmetered = with(event(2, 0), json!({"event_id": "later"}));
    track(&server, &keys, &[unmetered]);
    let coverage = &measured(&server, &keys)["coverage"];
    assert_eq!(
        (&coverage["hours_with_calls"], &coverage["metered_hours"]),
        (&json!(HOURS + 1), &json!(HOURS))
    );

    // A part of the days.
    let day = |hours: i64| hour(10, hours).to_string()[..10].to_owned();
    let part = server.get(&format!("{PATH}?from={}&to={}", day(24), day(30)), Some(&keys.live)).json();
    assert_eq!(part["windows"]["count"], 24);
    let problem = server.get(&format!("{PATH}?from=yesterday"), Some(&keys.live)).problem(422);
    assert!(problem["detail"].as_str().unwrap().contains("from must be a day"), "{problem}");
}

#[test]
fn a_factor_expires_ninety_days_after_its_last_window() {
    let (_ledger, server) = Server::alone();
    for (days_ago, status) in [(97, "stale"), (96, "valid")] {
        let keys = server.sign_up(&format!("{days_ago}@example.com"));
        // Seven days: the last window ends with the seventh.
        let hours = 7 * 24 - 1;
        assert_eq!(post(&server, &keys, &json!(windows(days_ago, hours)))["accepted"], hours);
        track(&server, &keys, &(0..hours).map(|place| event(days_ago, place)).collect::<Vec<_>>());
        let found = measured(&server, &keys);
        assert_eq!(found["status"], status, "{found}");
        assert_eq!(found["factor"]["confidence"], "measured");
    }
}

#[test]
fn a_window_that_cannot_be_used_is_refused_with_its_place_and_its_reason() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    // A single window, over several lines.
    let pretty = serde_json::to_string_pretty(&window(3, 5)).unwrap();
    let headers = [("authorization", format!("Bearer {}", keys.live))];
    assert_eq!(server.send("/api/v1/measurements", &headers, &pretty).json()["accepted"], 1);
    let middle = hour(3, 5).checked_add(SignedDuration::from_mins(30)).unwrap();
    let rows = json!([
        window(3, 6),
        with(window(3, 7), json!({"node_joules": null})),
        with(window(3, 5), json!({"from": middle, "to": hour(3, 6)})),
        with(window(3, 5), json!({"from": hour(3, 3), "to": hour(3, 8)})),
        with(window(3, 5), json!({"meter": "rack-2"})),
        with(window(3, 8), json!({"prompt": "words-of-a-client"})),
        "no window",
        with(window(3, 4), json!({"output_tokens": 1})),
    ]);
    let taken = post(&server, &keys, &rows);
    assert_eq!((&taken["accepted"], &taken["duplicates"]), (&json!(3), &json!(0)), "{taken}");
    let rejected = taken["rejected"].as_array().unwrap();
    let says = [
        (
            1,
            "/node_joules is missing: the scope node includes this sensor, and what was not read is not zero",
        ),
        (2, "overlaps the window of the same meter"),
        (3, "overlaps the window of the same meter"),
        (5, "/prompt"),
        (6, "must be a JSON object"),
    ];
    assert_eq!(rejected.len(), says.len(), "{taken}");
    for (row, (index, detail)) in rejected.iter().zip(says) {
        assert_eq!(row["index"], index);
        assert!(row["detail"].as_str().unwrap().contains(detail), "{row}");
        assert!(!row["detail"].as_str().unwrap().contains("words-of-a-client"), "{row}");
    }
    assert_eq!(kept(&ledger), 4);
    assert!(!ledger.bytes().windows(17).any(|bytes| bytes == b"words-of-a-client"));
    let broken = server.send("/api/v1/measurements", &headers, "[{").problem(422);
    assert!(broken["detail"].as_str().unwrap().contains("not a JSON array"), "{broken}");
}

#[test]
fn windows_without_tokens_are_idle_and_a_few_are_too_few() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let idle: Vec<Value> = (0..24)
        .map(|place| with(window(5, place), json!({"input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 0, "node_joules": 2_160_000})))
        .collect();
    assert_eq!(post(&server, &keys, &json!(idle))["accepted"], 24);
    let found = measured(&server, &keys);
    assert_eq!((&found["status"], &found["fit"]), (&json!("not_fitted"), &json!(null)));
    assert!(found["reason"].as_str().unwrap().contains("idle, which is 600 W"), "{found}");
    assert_eq!(post(&server, &keys, &json!(windows(4, 5)))["accepted"], 5);
    let found = measured(&server, &keys);
    assert!(
        found["reason"]
            .as_str()
            .unwrap()
            .contains("at least 6 windows with tokens are needed, and there are 5"),
        "{found}"
    );
    assert_eq!(post(&server, &keys, &json!([window(4, 5)]))["accepted"], 1);
    // Six are enough for one ratio, for a model whose size is known: and this one's is not.
    let found = measured(&server, &keys);
    assert!(found["reason"].as_str().unwrap().contains("the size of the model is not known"), "{found}");
}

#[test]
fn windows_belong_to_their_account_and_to_its_live_side() {
    let ledger = Ledger::in_one_book();
    let server = ledger.serve();
    let [owner, stranger] = ["owner@example.com", "stranger@example.com"].map(|email| server.sign_up(email));
    let hours = 7 * 24;
    assert_eq!(post(&server, &owner, &json!(windows(10, hours)))["accepted"], hours);
    track(&server, &owner, &(0..hours).map(|place| event(10, place)).collect::<Vec<_>>());
    let before = measured(&server, &owner);

    let ask = |path: &str| {
        let mut problem = server.get(path, Some(&stranger.live)).problem(404);
        problem["request_id"] = json!(null);
        problem
    };
    assert_eq!(ask(PATH), ask("/api/v1/measurements/nobodys"));
    assert_eq!(server.get("/api/v1/measurements", Some(&stranger.live)).json(), json!({"measurements": []}));
    // The same windows of somebody else are not the same windows, and their calls count for nobody else.
    let tripled = |window: Value| {
        let joules = 3.0 * window["node_joules"].as_f64().unwrap();
        with(window, json!({"node_joules": joules}))
    };
    let tripled: Vec<Value> = windows(10, hours).into_iter().map(tripled).collect();
    assert_eq!(post(&server, &stranger, &json!(tripled))["accepted"], hours);
    assert_eq!(measured(&server, &stranger)["status"], "not_reconciled");
    assert_eq!(measured(&server, &owner), before);

    let read = server.post("/api/v1/keys", Some(&owner.live), &json!({"kind": "read"})).json();
    let read = read["api_key"].as_str().unwrap();
    assert_eq!(server.get(PATH, Some(read)).json(), before);
    for key in [read, &owner.test] {
        server.post("/api/v1/measurements", Some(key), &window(1, 0)).problem(403);
    }
    server.get(PATH, Some(&owner.test)).problem(403);
    server.get(PATH, None).problem(401);
    assert_eq!(kept(&ledger), 2 * hours);
}

#[test]
fn calls_of_a_metered_model_are_measured_and_a_closed_month_keeps_its_factor() {
    const HOURS: i64 = 3 * 24;
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--housekeeping-s", "1"]);
    let [keys, stranger] = ["a@example.com", "b@example.com"].map(|email| server.sign_up(email));
    let month = time::month();
    let days_ago = Timestamp::now().as_second().div_euclid(86_400) - days(time::first()) - 2;
    let events: Vec<Value> = (0..HOURS).map(|place| event(days_ago, place)).collect();
    track(&server, &keys, &events);
    let method = || server.track(&keys.live, &call(MODEL))["method"].clone();
    assert_eq!(method(), Value::Null, "nobody knows it");
    post(&server, &keys, &Value::from(windows(days_ago, HOURS)));
    within("it is fitted", || method() == "measured");
    let answer = server.track(&keys.live, &call(MODEL));
    assert_eq!((&answer["confidence"], &answer["model"]), (&json!("measured"), &json!(MODEL)));
    let [output_j, fresh_j, ..] = TRUTH;
    let least = (600.0 * fresh_j + 400.0 * output_j) / 3_600.0;
    assert!(
        answer["energy_wh"].as_f64().unwrap() > least,
        "idle time and the building come on top: {answer}"
    );
    assert_eq!(server.track(&stranger.live, &call(MODEL))["method"], Value::Null, "nobody else's");

    let close = || server.post(&format!("/api/v1/months/{month}/close"), Some(&keys.live), &json!({})).json();
    let closed = close();
    let wanted = json!({"tenant_id": "client-xyz", "month": month});
    let report = server.post("/api/v1/reports", Some(&keys.live), &wanted).json();
    let statement: Value = serde_json::from_slice(&form(&server, &keys.live, &report, "statement")).unwrap();
    let line = &statement["by_model"][0];
    assert_eq!((&line["method"], &line["data_class"]), (&json!("measured"), &json!("measured")));
    // Clients read it: the supplier speaks, and no meter in its network is named.
    let (source, supplier) = (&statement["factors"][0]["source"], &statement["heading"]["supplier"]["name"]);
    assert!(
        source["title"].as_str().unwrap().starts_with(&format!("Own meters: {HOURS} windows")),
        "{source}"
    );
    assert_eq!(&source["publisher"], supplier);
    assert!(!statement.to_string().contains("rack-1"), "{statement}");
    let pack = form(&server, &keys.live, &report, "evidence");
    let verified = verify(kept_file(&pack).path(), &[]);
    assert!(verified.status.success(), "{}", text(&verified));

    // Another day of windows is another factor, for what is open.
    let more: Vec<Value> = (HOURS..HOURS + 24).map(|place| event(days_ago, place)).collect();
    track(&server, &keys, &more);
    let set = || server.track(&keys.live, &call(MODEL))["factor_set"].clone();
    let before = set();
    post(
        &server,
        &keys,
        &Value::from((HOURS..HOURS + 24).map(|place| window(days_ago, place)).collect::<Vec<_>>()),
    );
    within("it is fitted again", || set() != before);
    assert_eq!(close()["factor_set"], closed["factor_set"]);
    // The pack of the closed month still has the windows of its own factor.
    assert_eq!(form(&server, &keys.live, &report, "evidence"), pack);
    server.stop();
    ledger.check();
}

/// Days since 1970.
fn days(day: jiff::civil::Date) -> i64 {
    day.duration_since(jiff::civil::date(1970, 1, 1)).as_hours() / 24
}

/// Waits until `is_so`, for half a minute.
#[track_caller]
fn within(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !is_so() {
        assert!(std::time::Instant::now() < deadline, "{what}: not within 30 s");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}
