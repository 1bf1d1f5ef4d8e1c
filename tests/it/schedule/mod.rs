//! Reports that are made each month without being asked for, on a clock that the test sets.

mod mail;
mod page;
mod year;

use crate::{
    alerts::{Received, receiver},
    clock::Clock,
    ledger::Ledger,
    server::{Keys, Reply, Server, call, with},
    servers::within,
};
use jiff::{ToSpan, civil::Date};
use serde_json::{Value, json};
use std::{
    io::{Cursor, Read},
    sync::mpsc::Receiver,
    time::Duration,
};

const SCHEDULE: &str = "/api/v1/report-schedule";

/// A vendor on a clock, with a webhook.
struct Vendor {
    clock: Clock,
    ledger: Ledger,
    servers: Vec<Server>,
    keys: Keys,
    received: Receiver<Received>,
    /// What the clock of this machine says.
    today: Date,
    /// Further options of its servers.
    options: Vec<String>,
}

impl Vendor {
    /// So many servers, on a day.
    fn new(servers: usize, on: Date) -> Self {
        Self::with_options(servers, on, Vec::new())
    }

    /// The same with further options.
    fn with_options(servers: usize, on: Date, options: Vec<String>) -> Self {
        let (clock, ledger) = (Clock::new(), Ledger::new());
        let today = today();
        clock.set_days(days(today, on));
        let (url, received) = receiver(&[]);
        let mut vendor = Vendor {
            clock,
            ledger,
            servers: Vec::new(),
            keys: Keys { live: String::new(), test: String::new() },
            received,
            today,
            options,
        };
        vendor.start(servers);
        vendor.keys = vendor.server().sign_up("a@example.com");
        assert_eq!(vendor.put("/api/v1/webhook", &json!({"url": url})).status, 200);
        vendor
    }

    fn start(&mut self, servers: usize) {
        for _ in 0..servers {
            let mut command = self.clock.server();
            command.args(["--housekeeping-s", "1", "--webhook-private"]).args(&self.options);
            self.servers.push(self.ledger.start(command));
        }
    }

    fn server(&self) -> &Server {
        &self.servers[0]
    }

    fn go_to(&self, day: Date) {
        self.clock.set_days(days(self.today, day));
    }

    fn put(&self, path: &str, body: &Value) -> Reply {
        self.server().put(path, Some(&self.keys.live), body)
    }

    fn post(&self, path: &str) -> Reply {
        self.server().post(path, Some(&self.keys.live), &json!({}))
    }

    fn get(&self, path: &str) -> Reply {
        self.server().get(path, Some(&self.keys.live))
    }

    fn schedule(&self, schedule: &Value) -> Value {
        let reply = self.put(SCHEDULE, schedule);
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    }

    fn track(&self, tenant_id: &str, model: &str) {
        self.server().track(&self.keys.live, &with(call(model), json!({"tenant_id": tenant_id})));
    }

    /// The run of a month, where there is one.
    fn run(&self, month: Date) -> Option<Value> {
        let runs = self.get(&format!("{SCHEDULE}/runs")).json();
        runs["runs"].as_array().unwrap().iter().find(|run| run["month"] == name(month)).cloned()
    }

    /// The run of a month, once it is in a state.
    #[track_caller]
    fn run_in(&self, month: Date, state: &str) -> Value {
        let mut last = None;
        within(120, &format!("the run of {month} is {state}"), || {
            last = self.run(month);
            last.as_ref().is_some_and(|run| run["state"] == state)
        });
        last.unwrap()
    }

    /// The next message to the webhook, checkpoints aside.
    fn told(&self) -> Option<Value> {
        loop {
            let received = self.received.recv_timeout(Duration::from_secs(15)).ok()?;
            let told = received.json();
            if told["type"] != "ledger.checkpoint" {
                return Some(told);
            }
        }
    }
}

fn today() -> Date {
    jiff::Timestamp::now().to_string()[..10].parse().unwrap()
}

/// The first of a month, so many before this one.
fn month(back: i32) -> Date {
    today().first_of_month() - back.months()
}

fn days(from: Date, to: Date) -> i32 {
    (to - from).get_days()
}

fn name(month: Date) -> String {
    month.to_string()[..7].to_owned()
}

/// The day of a month.
fn day(month: Date, day: i32) -> Date {
    month + (day - 1).days()
}

#[test]
fn a_run_waits_for_coverage_tells_so_once_and_goes_on_by_itself() {
    let last = month(1);
    let vendor = Vendor::new(1, day(last, 10));
    vendor.track("known", "gpt-4o");
    vendor.track("own-name", "prod-chat");
    let answer = vendor.schedule(&json!({"day_of_month": 1, "close_month": true, "coverage_min": 0.9}));
    assert_eq!(answer["next_run"], json!({"month": name(last), "on": month(0).to_string()}));
    std::thread::sleep(Duration::from_secs(3));
    assert!(vendor.run(last).is_none(), "its day has not come");

    vendor.go_to(day(month(0), 1));
    let told = vendor.told().unwrap();
    assert_eq!(told["type"], "report_schedule.waiting");
    let data = &told["data"];
    assert_eq!((&data["month"], &data["clients_below"]), (&json!(name(last)), &json!(1)));
    assert_eq!((&data["coverage"], &data["coverage_min"]), (&json!(0), &json!(0.9)));
    let run = vendor.run_in(last, "waiting");
    assert_eq!((&run["run_id"], &run["problem"]), (&data["run_id"], &data["problem"]));
    assert!(
        run["problem"].as_str().unwrap().starts_with("The coverage is below 0.9 for 1 of 2 clients"),
        "{run}"
    );
    // It is looked at again and again, and told once; asked for as well.
    assert_eq!(vendor.post(&format!("{SCHEDULE}/runs/{}/retry", name(last))).status, 200);
    assert_eq!(vendor.told(), None);
    assert_eq!(vendor.get(&format!("/api/v1/months/{}", name(last))).json()["status"], "open");

    let named = json!({"model": "gpt-4o"});
    assert_eq!(vendor.put("/api/v1/models/aliases/prod-chat", &named).status, 200);
    let mut tenants = Vec::new();
    for _ in 0..2 {
        let told = vendor.told().unwrap();
        assert_eq!(told["type"], "report.issued");
        let data = &told["data"];
        assert_eq!((&data["status"], &data["coverage"]), (&json!("final"), &json!(1)));
        assert_eq!((&data["month"], &data["last_month"]), (&json!(name(last)), &json!(name(last))));
        let statement = vendor.get(data["links"]["statement"].as_str().unwrap()).json();
        assert_eq!(statement["heading"]["report_id"], data["report_id"]);
        assert_eq!(statement["total"]["co2_grams"]["central"], data["co2_grams"]["central"].to_string());
        tenants.push(data["tenant_id"].as_str().unwrap().to_owned());
    }
    tenants.sort();
    assert_eq!(tenants, ["known", "own-name"]);
    let run = vendor.run_in(last, "delivered");
    assert_eq!((&run["problem"], &run["reports"]["issued"]), (&Value::Null, &json!(2)));
    assert_eq!(vendor.get(&format!("/api/v1/months/{}", name(last))).json()["status"], "closed");
    for asked in ["retry", "skip"] {
        vendor.post(&format!("{SCHEDULE}/runs/{}/{asked}", name(last))).problem(409);
        vendor.post(&format!("{SCHEDULE}/runs/{}/{asked}", name(month(3)))).problem(404);
    }
    vendor.ledger.check();
}

/// The figures of the client `broken` in the month that was closed first.
const PINNED: &str = "
    where tenant_key = (select tenant_key from tenant where tenant_id = 'broken')
      and closed_month_key = (select min(closed_month_key) from closed_month)";

fn set_pinned(ledger: &Ledger, figures: &str) {
    assert_eq!(ledger.tamper(&format!("update closed_tenant set figures = '{figures}' {PINNED}")), 1);
}

/// What fails is told with what to do, does not stop what does not, and is not made twice when it is run again.
#[test]
fn a_report_that_cannot_be_made_is_named_and_the_others_are_made_once() {
    let [before, last] = [month(2), month(1)];
    let mut vendor = Vendor::new(1, day(before, 10));
    for tenant_id in ["broken", "sound"] {
        vendor.track(tenant_id, "gpt-4o");
    }
    vendor.schedule(&json!({"day_of_month": 2, "close_month": true, "languages": ["de"], "tenant_ids": ["sound", "broken"]}));
    vendor.go_to(day(last, 10));
    for tenant_id in ["broken", "sound", "not-in-it"] {
        vendor.track(tenant_id, "gpt-4o");
    }
    assert_eq!(vendor.run_in(before, "delivered")["clients"], 2);
    // What is pinned of the month before, which the next report shows, cannot be read any more.
    vendor.servers.pop().unwrap().stop();
    let pinned = vendor.ledger.rows(&format!("select figures from closed_tenant {PINNED}"))[0][0].clone();
    set_pinned(&vendor.ledger, "{}");
    vendor.go_to(day(month(0), 2));
    vendor.start(1);
    let run = vendor.run_in(last, "failed");
    assert_eq!(run["reports"], json!({"total": 2, "issued": 1, "failed": 1}), "{run}");
    assert_eq!(
        (&run["failures"][0]["tenant_id"], &run["failures"][0]["language"]),
        (&json!("broken"), &json!("de"))
    );
    let mut told: Vec<Value> = (0..4).map(|_| vendor.told().unwrap()).collect();
    assert_eq!(told.pop().unwrap()["type"], "report_schedule.failed");
    assert!(told.iter().all(|told| told["type"] == "report.issued" && told["data"]["language"] == "de"));

    let of_run = |asked: &str| format!("{SCHEDULE}/runs/{}/{asked}", name(last));
    assert_eq!(vendor.post(&of_run("skip")).json()["state"], "skipped");
    vendor.post(&of_run("skip")).problem(409);
    vendor.servers.pop().unwrap().stop();
    set_pinned(&vendor.ledger, &pinned);
    vendor.start(1);
    assert_eq!(vendor.post(&of_run("retry")).json()["state"], "waiting");
    let run = vendor.run_in(last, "delivered");
    assert_eq!(run["reports"], json!({"total": 2, "issued": 2, "failed": 0}), "{run}");
    assert_eq!(vendor.told().unwrap()["data"]["tenant_id"], "broken");
    assert_eq!(vendor.told(), None);
    assert_eq!(vendor.ledger.count("select count(*) from report"), 4);
    assert_eq!(vendor.ledger.count("select max(revision) from report"), 1);

    // An export has what was made of a client; erased, it is in no schedule.
    let export = vendor.get("/api/v1/tenants/broken/export.zip");
    let mut document = String::new();
    let mut zip = zip::ZipArchive::new(Cursor::new(export.body)).unwrap();
    zip.by_name("tenant.json").unwrap().read_to_string(&mut document).unwrap();
    let document: Value = serde_json::from_str(&document).unwrap();
    let scheduled = document["scheduled_reports"].as_array().unwrap();
    assert_eq!(scheduled.len(), 2, "{document}");
    assert_eq!(scheduled[1]["report_id"], document["reports"][1]["report_id"]);
    assert_eq!(vendor.server().delete("/api/v1/tenants/broken", Some(&vendor.keys.live)).status, 204);
    assert_eq!(vendor.get(SCHEDULE).json()["tenant_ids"], json!(["sound"]));
    assert_eq!(vendor.server().delete(SCHEDULE, Some(&vendor.keys.live)).status, 204);
    vendor.get(SCHEDULE).problem(404);
    assert_eq!(vendor.get(&format!("{SCHEDULE}/runs")).json()["runs"].as_array().unwrap().len(), 2);
    vendor.ledger.check();
}

#[test]
fn a_schedule_is_its_accounts_and_of_its_live_side() {
    let (_ledger, server) = Server::alone();
    let [owner, stranger] = ["owner@example.com", "stranger@example.com"].map(|email| server.sign_up(email));
    server.track(&owner.live, &call("gpt-4o"));
    let schedule = json!({"day_of_month": 3, "close_month": false, "languages": ["fr", "en", "fr"], "tenant_ids": ["client-xyz"],
                          "coverage_min": 0.95, "year_ends_in": 3});
    let read = server.post("/api/v1/keys", Some(&owner.live), &json!({"kind": "read"})).json();
    let read = read["api_key"].as_str().unwrap();
    for key in [owner.test.as_str(), read] {
        server.put(SCHEDULE, Some(key), &schedule).problem(403);
        server.delete(SCHEDULE, Some(key)).problem(403);
    }
    server.get(SCHEDULE, Some(&owner.test)).problem(403);
    // A tenant of somebody else is one that there is not.
    let problem = server.put(SCHEDULE, Some(&stranger.live), &schedule).problem(422);
    assert_eq!(problem["errors"][0]["pointer"], "/tenant_ids/0", "{problem}");
    let answer = server.put(SCHEDULE, Some(&owner.live), &schedule).json();
    assert_eq!((&answer["languages"], &answer["coverage_min"]), (&json!(["fr", "en"]), &json!(0.95)));
    assert_eq!(server.get(SCHEDULE, Some(read)).json(), answer);
    server.get(SCHEDULE, Some(&stranger.live)).problem(404);
    server.delete(SCHEDULE, Some(&stranger.live)).problem(404);
    assert_eq!(server.get(SCHEDULE, Some(&owner.live)).json(), answer);
    for (change, pointer) in [
        (json!({"day_of_month": 29}), "/day_of_month"),
        (json!({"day_of_month": 0}), "/day_of_month"),
        (json!({"day_of_month": null}), "/day_of_month"),
        (json!({"day_of_month": "3"}), "/day_of_month"),
        (json!({"close_month": null}), "/close_month"),
        (json!({"languages": []}), "/languages"),
        (json!({"languages": ["en", "fr", "de", "en", "en", "en", "en", "en", "en"]}), "/languages"),
        (json!({"languages": ["en", "tlh"]}), "/languages/1"),
        (json!({"tenant_ids": []}), "/tenant_ids"),
        (json!({"tenant_ids": ["client-xyz", "nobody"]}), "/tenant_ids/1"),
        (json!({"tenant_ids": [""]}), "/tenant_ids/0"),
        (json!({"coverage_min": 0}), "/coverage_min"),
        (json!({"coverage_min": 1.01}), "/coverage_min"),
        (json!({"year_ends_in": 13}), "/year_ends_in"),
        (json!({"weekday": 1}), "/weekday"),
    ] {
        let problem =
            server.put(SCHEDULE, Some(&owner.live), &with(schedule.clone(), change.clone())).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{change}: {problem}");
    }
    assert_eq!(server.get(SCHEDULE, Some(&owner.live)).json(), answer, "what is refused changes nothing");
}
