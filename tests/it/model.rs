//! Random histories of a ledger, against a model of it that fits on a page: the totals are always equal.

mod accounting;
mod history;

use crate::ledger::Ledger;
use crate::server::{Keys, Server};
use accounting::INSTRUMENT;
use history::{Call, MODELS, Model, NOTHING, Outcome, Step, Sum, meant, step, sum};
use jiff::{ToSpan, civil::Date};
use proptest::{collection::vec, prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A server, its ledger, and the model beside them.
struct World {
    ledger: Ledger,
    server: Option<Server>,
    keys: Keys,
    model: Model,
}

impl World {
    fn new() -> Self {
        let (ledger, server) = Server::alone();
        let keys = server.sign_up("a@example.com");
        // Of the year of the first month of all.
        let year = first_of(2).year();
        let instrument = json!({
            "kind": "go", "zone": "FRA", "period_from": format!("{year}-01-01"), "period_to": format!("{year}-12-31"),
            "mwh": 0.0001, "g_per_kwh": 0, "vintage": year, "certificate_ids_sha256": "1".repeat(64),
            "document_sha256": "2".repeat(64), "source": "s", "licence": "own data",
        });
        let entered = server.put(INSTRUMENT, Some(&keys.live), &instrument);
        assert_eq!(entered.status, 200, "{}", entered.text());
        World { ledger, server: Some(server), keys, model: Model::default() }
    }

    fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    fn post(&self, path: &str, body: &Value) -> crate::server::Reply {
        self.server().post(path, Some(&self.keys.live), body)
    }

    fn get(&self, path: &str) -> Value {
        let reply = self.server().get(path, Some(&self.keys.live));
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        reply.json()
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Track(id, call) => {
                let expect = self.model.add(format!("e-{id}"), call);
                let reply = self.post("/api/v1/track", &event(Some(*id), call));
                let found = match (reply.status, reply.json()["duplicate"].as_bool()) {
                    (200, Some(false)) => Outcome::New,
                    (200, Some(true)) => Outcome::Duplicate,
                    (409, _) => Outcome::Conflict,
                    _ => panic!("{}", reply.text()),
                };
                assert_eq!(found, expect, "{step:?}");
            }
            Step::Batch(key, rows) => self.batch(*key, rows),
            Step::Reverse(id) => {
                let id = format!("e-{id}");
                let found =
                    self.model.book.iter().find(|(found, _, sign)| *found == id && *sign == 1).cloned();
                let earlier = self.model.book.iter().any(|(found, _, sign)| *found == id && *sign == -1);
                let reply = self.post(&format!("/api/v1/events/{id}/reversal"), &json!({}));
                let Some((_, call, _)) = found else { return drop(reply.problem(404)) };
                assert_eq!(reply.json()["duplicate"], earlier, "{}", reply.text());
                assert_eq!(reply.json()["input_tokens"], -i64::from(call.input));
                if !earlier {
                    self.model.book.push((id, call, -1));
                }
            }
            Step::Close(month) => {
                let reply = self.server().post_bytes(
                    &format!("/api/v1/months/{}/close", name(*month)),
                    Some(&self.keys.live),
                    &[],
                    b"",
                );
                if *month == 0 {
                    return drop(reply.problem(409));
                }
                assert_eq!(reply.json()["status"], "closed", "{}", reply.text());
                if !self.model.closed.contains_key(month) {
                    let length = self.model.book.len();
                    self.model.closed.insert(*month, length);
                    self.model.stated.insert(*month, self.model.by_tenant(*month, length));
                    self.model.pinned.insert(*month, self.model.by_tenant(*month, length));
                    self.model.mapped_then.insert(*month, self.model.mapped);
                    self.model.allocated_then.insert(*month, self.model.allocated.clone());
                }
            }
            Step::Restate(month) => self.restate(*month),
            Step::Map(to) => self.map(*to),
            Step::Hours(by_hour) => self.sum_by_hour(*by_hour),
            Step::Grid(value) => self.enter_grid(*value),
            Step::Target(tenant, grams) => self.set_target(*tenant, *grams),
            Step::Allocate(tenant, month, wh) => self.allocate(*tenant, *month, *wh),
            Step::Restart => {
                let (status, _, log) = self.server.take().unwrap().stop();
                assert!(status.success(), "{log}");
                self.server = Some(self.ledger.serve());
            }
            Step::Kill => {
                self.server.take().unwrap().kill();
                self.server = Some(self.ledger.serve());
            }
        }
    }

    fn batch(&mut self, key: u8, rows: &[(Option<u8>, Call)]) {
        let events: Vec<Value> = rows.iter().map(|(id, call)| event(*id, call)).collect();
        let reply = self.server().send(
            "/api/v1/track/batch",
            &[
                ("authorization", format!("Bearer {}", self.keys.live)),
                ("idempotency-key", format!("b-{key}")),
            ],
            &Value::from(events).to_string(),
        );
        let earlier = self.model.batches.entry(key).or_insert_with(|| rows.to_vec());
        if earlier != rows {
            return drop(reply.problem(409));
        }
        let (mut accepted, mut duplicates, mut rejected) = (0, 0, Vec::new());
        for (index, (id, call)) in rows.iter().enumerate() {
            let id = id.map_or_else(|| format!("b-{key}:{index}"), |id| format!("e-{id}"));
            match self.model.add(id, call) {
                Outcome::New => accepted += 1,
                Outcome::Duplicate => duplicates += 1,
                Outcome::Conflict => rejected.push(index),
            }
        }
        let answer = reply.json();
        assert_eq!((&answer["accepted"], &answer["duplicates"]), (&json!(accepted), &json!(duplicates)));
        let found: Vec<&Value> =
            answer["rejected"].as_array().unwrap().iter().map(|row| &row["index"]).collect();
        assert_eq!(
            found,
            rejected.iter().map(|index| json!(index)).collect::<Vec<_>>().iter().collect::<Vec<_>>()
        );
    }

    fn restate(&mut self, month: u8) {
        let reply =
            self.post("/api/v1/restatements", &json!({"month": name(month), "reason": "late events"}));
        if !self.model.closed.contains_key(&month) {
            return drop(reply.problem(409));
        }
        assert_eq!(reply.status, 201, "{}", reply.text());
        let document = reply.json();
        let old = &self.model.stated[&month];
        let mut new = self.model.by_tenant(month, self.model.book.len());
        // Who was not stated before, and is left with nothing, is not stated now.
        new.retain(|tenant, sum| old.contains_key(tenant) || *sum != NOTHING);
        let tenants = document["tenants"].as_array().unwrap();
        assert_eq!(tenants.len(), old.keys().chain(new.keys()).collect::<BTreeSet<_>>().len());
        let is_new = old != &new;
        for tenant in tenants {
            let id: u8 = tenant["tenant_id"].as_str().unwrap().strip_prefix("t-").unwrap().parse().unwrap();
            let of = |sums: &BTreeMap<u8, Sum>| sums.get(&id).copied().unwrap_or_default();
            same(&tenant["new"], of(&new), "restated");
            // The same wish again is answered with the newest restatement, whose old figures are older.
            if is_new {
                same(&tenant["old"], of(old), "stated before");
            }
            let models = tenant["models"].as_array().unwrap();
            let requests: i64 = models.iter().map(|model| model["new"]["requests"].as_i64().unwrap()).sum();
            assert_eq!(requests, of(&new)[0]);
        }
        let again =
            self.get(&format!("/api/v1/restatements/{}", document["restatement_id"].as_str().unwrap()));
        assert_eq!(again, document);
        self.model.stated.insert(month, new);
    }

    /// Every total there is.
    fn compare(&self) {
        let (from, to) = (first_of(2), first_of(0).last_of_month());
        let usage = |more: &str| self.get(&format!("/api/v1/usage?from={from}&to={to}{more}"));
        let book = &self.model.book;
        let mapped = |call: &Call| self.model.mapped(call);
        type Key = fn(&Call, u8, bool) -> Option<String>;
        for (group_by, key) in [
            ("hour", (|call, _, in_hours| in_hours.then(|| format!("{:02}", call.hour()))) as Key),
            ("day", |call, _, _| Some(day(call).to_string())),
            ("month", |call, _, _| Some(name(call.month))),
            ("model", |_, meant, _| Some(MODELS[usize::from(meant)].to_owned())),
            ("tenant", |call, _, _| Some(format!("t-{}", call.tenant))),
            ("region", |_, _, _| None),
            ("tag:feature", |call, _, _| call.tag.map(|tag| format!("f-{tag}"))),
        ] {
            let key = |(id, call, _): &(String, Call, i64)| {
                key(call, meant(call, mapped(call)), self.model.in_hours.contains(id))
            };
            let answer = usage(&format!("&group_by={group_by}"));
            same(&answer["total"], sum(book.iter(), mapped), group_by);
            let groups: BTreeSet<Option<String>> = book.iter().map(key).collect();
            let mut expect: BTreeMap<Option<String>, Sum> = BTreeMap::new();
            for group in groups {
                let of_group = sum(book.iter().filter(|row| key(row) == group), mapped);
                if of_group != NOTHING {
                    expect.insert(group, of_group);
                }
            }
            let rows = answer["rows"].as_array().unwrap();
            assert_eq!(rows.len(), expect.len(), "{group_by}: {answer}");
            for row in rows {
                let group = row[group_by].as_str().map(str::to_owned);
                same(row, expect[&group], group_by);
            }
        }
        let adjustments: Vec<_> = (0..book.len())
            .filter(|place| self.model.is_adjustment(*place))
            .map(|place| &book[place])
            .collect();
        let found = usage("")["adjustments"].take();
        if adjustments.is_empty() {
            assert_eq!(found, Value::Null);
        } else {
            let [requests, _, _, _, of_output, _, _, .., images, _, _] =
                sum(adjustments.iter().copied(), mapped);
            assert_eq!(found["requests"], requests);
            let stated = found["context_output"].as_str().map_or(0, |text| text.parse::<i64>().unwrap());
            assert_eq!(stated, of_output, "{found}");
            assert_eq!(found["media"]["images"].as_i64().unwrap_or(0), images, "{found}");
        }
        for (month, length) in &self.model.closed {
            let state = self.get(&format!("/api/v1/months/{}", name(*month)));
            let counted = book[..*length].iter().filter(|(_, call, _)| call.month == *month);
            assert_eq!(state["events"], counted.count());
            let late = adjustments.iter().filter(|(_, call, _)| call.month == *month);
            assert_eq!(state["adjustments"]["events"], late.count());
            for (&tenant, &pinned) in &self.model.pinned[month] {
                let state = self.get(&format!("/api/v1/months/{}?tenant_id=t-{tenant}", name(*month)));
                let figures = &state["tenant"]["figures"];
                same(&figures["total"], pinned, "pinned");
                self.compare_bases(figures, tenant, *month);
            }
        }
        self.compare_plans();
        self.compare_allocations();
        self.compare_period();
        let checked = self.ledger.check();
        assert!(checked.contains(&format!("Events         {},", book.len())), "{checked}");
    }
}

/// Whether figures are a sum, to the last digit.
#[track_caller]
fn same(figures: &Value, sum: Sum, what: &str) {
    let [requests, input, output, ug, of_output, of_input, unknown, media @ ..] = sum;
    let found = (&figures["requests"], &figures["input_tokens"], &figures["output_tokens"]);
    assert_eq!(found, (&json!(requests), &json!(input), &json!(output)), "{what}: {figures}");
    let text = |count: i64| json!(count.to_string());
    for (name, count, expect) in [
        ("context_output", of_output, text(of_output)),
        ("context_input", of_input, text(of_input)),
        ("context_unknown_tokens", unknown, json!(unknown)),
    ] {
        // What is 0 is left out.
        let expect = if count == 0 { Value::Null } else { expect };
        assert_eq!(figures[name], expect, "{what}, {name}: {figures}");
    }
    let names = ["output_image_tokens", "images", "image_pixels", "audio_ms"];
    let media: serde_json::Map<String, Value> = names
        .iter()
        .zip(media)
        .filter(|(_, count)| *count != 0)
        .map(|(name, count)| ((*name).to_owned(), json!(count)))
        .collect();
    let expect = if media.is_empty() { Value::Null } else { Value::from(media) };
    assert_eq!(figures["media"], expect, "{what}: {figures}");
    match figures["co2_grams"]["central"].as_f64() {
        // Both are the number nearest to the same decimal.
        Some(grams) => {
            let expect: f64 = format!("{ug}e-6").parse().unwrap();
            assert_eq!(grams.to_bits(), expect.to_bits(), "{what}: {figures}");
        }
        None => assert_eq!(ug, 0, "{what}: {figures}"),
    }
}

fn event(id: Option<u8>, call: &Call) -> Value {
    let mut event = json!({
        "tenant_id": format!("t-{}", call.tenant), "model": MODELS[usize::from(call.model)],
        "timestamp": format!("{}T{:02}:00:00Z", day(call), call.hour()), "prompt_tokens": call.input, "completion_tokens": call.output,
    });
    if let Some(id) = id {
        event["event_id"] = json!(format!("e-{id}"));
    }
    if let Some(calls) = call.calls {
        event["calls"] = json!(calls);
    }
    if call.media.image_tenths.is_some() {
        event["output_image_tokens"] = json!(call.image_tokens());
    }
    if let Some(images) = call.media.images {
        event["images"] = json!(images);
        event["image_size"] = json!("8x4");
    }
    if let Some(ms) = call.media.audio_ms {
        event["audio_seconds"] = json!(f64::from(ms) / 1_000.0);
    }
    if let Some(tag) = call.tag {
        event["tags"] = json!({"feature": format!("f-{tag}"), "same": "everywhere"});
    }
    event
}

fn first_of(months_back: u8) -> Date {
    let today: Date = jiff::Timestamp::now().to_string()[..10].parse().unwrap();
    today.first_of_month() - i32::from(months_back).months()
}

fn day(call: &Call) -> Date {
    first_of(call.month) + (call.day - 1).days()
}

fn name(month: u8) -> String {
    first_of(month).to_string()[..7].to_owned()
}

#[test]
fn any_history_adds_up_as_its_model_does() {
    // More with PROPTEST_CASES.
    let cases =
        if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { 24 };
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let result = TestRunner::new(config).run(&vec(step(), 1..40), |steps| {
        let mut world = World::new();
        for step in &steps {
            world.take(step);
        }
        world.compare();
        Ok(())
    });
    result.unwrap();
}
