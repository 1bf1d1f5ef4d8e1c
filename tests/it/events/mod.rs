//! Single events: pages of them, and why each has its figure.

mod explained;

use crate::{
    ledger::Ledger,
    server::{Keys, Server, call, with},
    time,
};
use jiff::{ToSpan, civil::Date};
use proptest::{prelude::*, sample::select, strategy::ValueTree, test_runner::TestRunner};
use serde_json::{Value, json};

const MODELS: [&str; 4] = ["mistral-large-2", "gpt-4o", "gpt-4o-2024-11-20", "nobody-knows"];
const TENANTS: [&str; 3] = ["a", "b & co", "c"];
const TAGS: [&str; 2] = ["chat", "search"];
const DAYS: i32 = 28;

/// A call that was sent, and what is known of it.
#[derive(Clone, Debug)]
struct Sent {
    event_id: String,
    tenant: &'static str,
    model: &'static str,
    resolved: Option<String>,
    confidence: String,
    tag: Option<&'static str>,
    day: i32,
    is_late: bool,
    is_reversal: bool,
    reversed_by: Option<String>,
}

#[derive(Clone, Debug)]
struct NewCall {
    tenant: &'static str,
    model: &'static str,
    tag: Option<&'static str>,
    day: i32,
    tokens: u64,
    is_reversed: bool,
}

fn new_call() -> impl Strategy<Value = NewCall> {
    let tag = prop::option::of(select(&TAGS[..]));
    (select(&TENANTS[..]), select(&MODELS[..]), tag, 0..DAYS, 1_u64..2_000, prop::bool::weighted(0.15))
        .prop_map(|(tenant, model, tag, day, tokens, is_reversed)| NewCall {
            tenant,
            model,
            tag,
            day,
            tokens,
            is_reversed,
        })
}

#[derive(Clone, Debug)]
struct Filters {
    tenant: Option<&'static str>,
    /// As it was sent, or the id in the registry.
    model: Option<&'static str>,
    tag: Option<&'static str>,
    days: [i32; 2],
    confidence: Option<&'static str>,
    late: Option<bool>,
    reversed: Option<bool>,
    limit: usize,
}

fn filters() -> impl Strategy<Value = Filters> {
    let rarely = |words: &'static [&'static str]| prop::option::weighted(0.3, select(words));
    let flag = || prop::option::weighted(0.2, any::<bool>());
    let days = (0..DAYS, 0..DAYS).prop_map(|(a, b)| [a.min(b), a.max(b)]);
    let limit = select(vec![1, 2, 7, 100]);
    let levels = &["measured", "estimated", "unknown"][..];
    (rarely(&TENANTS), rarely(&MODELS), rarely(&TAGS), days, rarely(levels), flag(), flag(), limit).prop_map(
        |(tenant, model, tag, days, confidence, late, reversed, limit)| Filters {
            tenant,
            model,
            tag,
            days,
            confidence,
            late,
            reversed,
            limit,
        },
    )
}

impl Filters {
    fn keep(&self, sent: &Sent) -> bool {
        self.tenant.is_none_or(|tenant| sent.tenant == tenant)
            && self.model.is_none_or(|model| sent.model == model || sent.resolved.as_deref() == Some(model))
            && self.tag.is_none_or(|tag| sent.tag == Some(tag))
            && (self.days[0]..=self.days[1]).contains(&sent.day)
            && self.confidence.is_none_or(|level| sent.confidence == level)
            && self.late.is_none_or(|late| sent.is_late == late)
            && self.reversed.is_none_or(|reversed| sent.reversed_by.is_some() == reversed)
    }

    fn query(&self, first: Date) -> String {
        let [from, to] = self.days.map(|day| first + day.days());
        let mut query = format!("from={from}&to={to}&limit={}", self.limit);
        let escaped = |text: &str| text.replace('&', "%26").replace(' ', "%20");
        for (name, value) in [
            ("tenant_id", self.tenant.map(escaped)),
            ("model", self.model.map(escaped)),
            ("tag", self.tag.map(|tag| format!("feature%3D{tag}"))),
            ("confidence", self.confidence.map(str::to_owned)),
            ("late", self.late.map(|late| late.to_string())),
            ("reversed", self.reversed.map(|reversed| reversed.to_string())),
        ] {
            if let Some(value) = value {
                query += &format!("&{name}={value}");
            }
        }
        query
    }
}

/// An account that sends, and what it has sent, in the order of arrival.
struct Sender<'s> {
    server: &'s Server,
    keys: Keys,
    /// The first of the month that the calls are of.
    first: Date,
    is_closed: bool,
    sent: Vec<Sent>,
}

impl Sender<'_> {
    fn send(&mut self, new: &NewCall) {
        let NewCall { tenant, model, tag, day, tokens, is_reversed } = *new;
        let event_id = format!("e-{}", self.sent.len());
        let timestamp = format!("{}T12:00:00Z", self.first + day.days());
        let mut event = with(
            call(model),
            json!({"event_id": event_id, "tenant_id": tenant, "timestamp": timestamp, "prompt_tokens": tokens}),
        );
        if let Some(tag) = tag {
            event = with(event, json!({"tags": {"feature": tag}}));
        }
        let answer = self.server.track(&self.keys.live, &event);
        let confidence = answer["confidence"].as_str().unwrap().to_owned();
        let resolved = (confidence != "unknown").then(|| answer["model"].as_str().unwrap().to_owned());
        let event = Sent {
            event_id: event_id.clone(),
            tenant,
            model,
            resolved,
            confidence,
            tag,
            day,
            is_late: self.is_closed,
            is_reversal: false,
            reversed_by: None,
        };
        let place = self.sent.len();
        self.sent.push(event.clone());
        if is_reversed {
            let path = format!("/api/v1/events/{event_id}/reversal");
            let answer = self.server.post(&path, Some(&self.keys.live), &json!({})).json();
            let reversal_id = answer["reversal_id"].as_str().unwrap().to_owned();
            self.sent[place].reversed_by = Some(reversal_id.clone());
            self.sent.push(Sent { event_id: reversal_id, is_reversal: true, ..event });
        }
    }

    fn get(&self, path: &str) -> Value {
        let reply = self.server.get(path, Some(&self.keys.live));
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        reply.json()
    }

    /// All rows of a query, page by page; `between` runs after each page.
    fn pages(&mut self, query: &str, limit: usize, mut between: impl FnMut(&mut Self)) -> Vec<Value> {
        let (mut rows, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("/api/v1/events?{query}{cursor}"));
            let found = page["events"].as_array().unwrap();
            assert!(found.len() <= limit, "{page}");
            assert!(page["looked_at"].as_u64().unwrap() <= 200 * limit as u64, "{page}");
            rows.extend(found.iter().cloned());
            let Some(next) = page["next"].as_str() else { return rows };
            cursor = format!("&cursor={next}");
            between(self);
        }
    }
}

/// Whatever is asked for, and whatever arrives meanwhile: pages have exactly what a plain filter over all events finds, each once,
/// the newest first, and no request looks at more events than it may.
#[test]
fn pages_of_events_are_what_a_plain_filter_finds() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    // Another account's events stand among them.
    let stranger = server.sign_up("b@example.com");
    let first = time::first();
    let mut sender = Sender { server: &server, keys, first, is_closed: false, sent: Vec::new() };
    let mut random = TestRunner::default();
    let calls = prop::collection::vec(new_call(), 260).new_tree(&mut random).unwrap().current();
    let month = first.to_string()[..7].to_owned();
    for (place, new) in calls.iter().enumerate() {
        sender.send(new);
        if place % 5 == 0 {
            server.track(&stranger.live, &call("gpt-4o"));
        }
        if place == 200 {
            let path = format!("/api/v1/months/{month}/close");
            assert_eq!(server.post(&path, Some(&sender.keys.live), &json!({})).status, 200);
            sender.is_closed = true;
        }
    }
    for _ in 0..12 {
        let filters = filters().new_tree(&mut random).unwrap().current();
        let mut expected: Vec<String> =
            sender.sent.iter().filter(|sent| filters.keep(sent)).map(|sent| sent.event_id.clone()).collect();
        expected.reverse();
        let mut arriving = 3;
        let query = filters.query(first);
        let new = new_call().new_tree(&mut random).unwrap().current();
        let rows = sender.pages(&query, filters.limit, |sender| {
            if arriving > 0 {
                arriving -= 1;
                sender.send(&NewCall { is_reversed: false, ..new.clone() });
            }
        });
        let found: Vec<&str> = rows.iter().map(|row| row["event_id"].as_str().unwrap()).collect();
        assert_eq!(found, expected, "{filters:?}");
        for row in &rows {
            let sent =
                sender.sent.iter().find(|sent| sent.event_id == row["event_id"].as_str().unwrap()).unwrap();
            assert_eq!(row["tenant_id"], sent.tenant);
            assert_eq!(row["model"], sent.model);
            assert_eq!(row["resolved_model"], json!(sent.resolved));
            assert_eq!(row["confidence"], sent.confidence);
            assert_eq!(row["tags"], sent.tag.map_or(json!({}), |tag| json!({"feature": tag})));
            assert_eq!(row["is_late"], sent.is_late);
            assert_eq!(row["reversed_by"], json!(sent.reversed_by));
            assert_eq!(row["requests"], if sent.is_reversal { -1 } else { 1 });
        }
    }
    // What a day's events add up to is the usage of that day.
    let all = format!("from={first}&to={}&limit=100", first + (DAYS - 1).days());
    let rows = sender.pages(&all, 100, |_| {});
    for day in 0..DAYS {
        let day = (first + day.days()).to_string();
        let of_day = || rows.iter().filter(|row| row["timestamp"].as_str().unwrap().starts_with(&day));
        let total = &sender.get(&format!("/api/v1/usage?from={day}&to={day}"))["total"];
        for count in ["requests", "input_tokens", "output_tokens"] {
            let sum: i64 = of_day().map(|row| row[count].as_i64().unwrap()).sum();
            assert_eq!(total[count], sum, "{day} {count}");
        }
        let grams: f64 = of_day().filter_map(|row| row["co2_grams"]["central"].as_f64()).sum();
        let usage = total["co2_grams"]["central"].as_f64().unwrap_or(0.0);
        assert!((grams - usage).abs() <= 1e-9, "{day}: {grams} and {usage}");
    }
}

/// Of a day in a long month, what arrived by the day after it comes first, without a walk through all that came later.
#[test]
fn events_of_an_old_day_are_found_where_they_arrived() {
    let ledger = Ledger::in_one_book();
    let server = ledger.serve();
    let keys = server.sign_up("a@example.com");
    let first = time::first();
    let event = |event_id: String, day: i32| {
        let timestamp = format!("{}T12:00:00Z", first + day.days());
        with(call("gpt-4o"), json!({"event_id": event_id, "timestamp": timestamp}))
    };
    let on_time: Vec<Value> = (0..20 * 15).map(|n| event(format!("e-{n}"), n / 15)).collect();
    let late: Vec<Value> = (0..10).map(|n| event(format!("late-{n}"), 3)).collect();
    for batch in [on_time, late] {
        assert_eq!(
            server.post("/api/v1/track/batch", Some(&keys.live), &json!(batch)).json()["rejected"],
            json!([])
        );
    }
    assert!(server.stop().0.success());
    // As if each had arrived when it happened.
    let count = ledger.tamper("update event set received_at_ms = occurred_at_ms where event_id like 'e-%'");
    assert_eq!(count, 300);
    let server = ledger.serve();
    let day = first + 3.days();
    let expected: Vec<String> =
        (45..60).rev().map(|n| format!("e-{n}")).chain((0..10).rev().map(|n| format!("late-{n}"))).collect();
    let mut sender = Sender { server: &server, keys, first, is_closed: false, sent: Vec::new() };
    let page = sender.get(&format!("/api/v1/events?from={day}&to={day}&limit=1"));
    // Four days of 15 events each: that before, the day, and that after it.
    assert!(page["looked_at"].as_u64().unwrap() <= 60, "{page}");
    assert_eq!(page["events"][0]["event_id"], "e-59");
    let rows = sender.pages(&format!("from={day}&to={day}&limit=1"), 1, |_| {});
    let found: Vec<&str> = rows.iter().map(|row| row["event_id"].as_str().unwrap()).collect();
    assert_eq!(found, expected);
    // One page that may look at all of them has them in the order of arrival.
    let rows = sender.pages(&format!("from={day}&to={day}&limit=100"), 100, |_| {});
    assert_eq!(rows[0]["event_id"], "late-9");
    assert_eq!(rows.len(), expected.len());
}
