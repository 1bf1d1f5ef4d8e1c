//! A year of one vendor on a clock that the test sets: calls every day, late ones, reversals, closed months, reports,
//! restatements, an erasure, backups, restarts and kills. `YEAR_EVENTS` sets how many calls (3,650).

mod calls;

use crate::{
    clock::Clock,
    ledger::Ledger,
    server::{Keys, Server, binary},
};
use calls::{CLIENTS, Call, LEAVES, Sum, month_of, name};
use jiff::{ToSpan, civil::Date};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

const DAYS: i32 = 365;
/// Rows of one batch.
const BATCH: u64 = 2_000;

/// What stands at the end of each month.
#[derive(Clone, Copy, Debug)]
struct Mark {
    rows: u64,
    bytes: u64,
    resident_kb: u64,
}

struct Report {
    client: u64,
    pdf_path: String,
    pdf: Vec<u8>,
}

struct Vendor {
    clock: Clock,
    ledger: Ledger,
    server: Option<Server>,
    keys: Keys,
    calls_a_day: u64,
    next: u64,
    /// What each client used, by month.
    used: BTreeMap<String, BTreeMap<u64, Sum>>,
    /// Rows of each month, reversals among them.
    rows: BTreeMap<String, u64>,
    /// Calls that came in each month, and reversals, as they are billed.
    arrived: BTreeMap<String, [i64; 2]>,
    reports: Vec<Report>,
    marks: Vec<Mark>,
}

impl Vendor {
    fn new(events: u64) -> Self {
        let (clock, ledger) = (Clock::new(), Ledger::new());
        clock.set_days(1 - DAYS);
        let server = ledger.start(clock.server());
        let keys = server.sign_up("a@example.com");
        Vendor {
            clock,
            ledger,
            server: Some(server),
            keys,
            calls_a_day: events.div_ceil(DAYS.unsigned_abs().into()).max(4),
            next: 0,
            used: BTreeMap::new(),
            rows: BTreeMap::new(),
            arrived: BTreeMap::new(),
            reports: Vec::new(),
            marks: Vec::new(),
        }
    }

    fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    fn post(&self, path: &str, body: &Value, status: u16) -> Value {
        let reply = self.server().post(path, Some(&self.keys.live), body);
        assert_eq!(reply.status, status, "{path}: {}", reply.text());
        reply.json()
    }

    fn get(&self, path: &str) -> Value {
        let reply = self.server().get(path, Some(&self.keys.live));
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        reply.json()
    }

    /// The next calls, on a day.
    fn calls(&mut self, day: Date, count: u64) -> Vec<Call> {
        let numbers = self.next..self.next + count;
        self.next = numbers.end;
        let all = numbers.map(|number| Call { number, day });
        // Nobody calls for a client that has left.
        let has_left = self.has_left();
        all.filter(|call| !(has_left && call.client() == LEAVES)).collect()
    }

    fn has_left(&self) -> bool {
        self.marks.len() >= 6
    }

    /// Notes what was acknowledged.
    fn note(&mut self, today: Date, call: Call, sum: Sum) {
        let month = month_of(call.day);
        *self.used.entry(month.clone()).or_default().entry(call.client()).or_default() += sum;
        *self.rows.entry(month).or_default() += 1;
        self.arrived.entry(month_of(today)).or_default()[usize::from(sum.requests < 0)] += sum.requests;
    }

    fn send(&mut self, today: Date, calls: &[Call], is_new: bool) {
        for rows in calls.chunks(usize::try_from(BATCH).unwrap()) {
            let body: Vec<Value> = rows.iter().map(|call| call.event()).collect();
            let answer = self.post("/api/v1/track/batch", &Value::from(body), 200);
            let counted = if is_new { "accepted" } else { "duplicates" };
            assert_eq!(answer[counted], rows.len(), "{answer}");
        }
        if is_new {
            for call in calls {
                self.note(today, *call, call.sum());
            }
        }
    }

    /// An ordinary day: calls one by one and in batches, some sent twice, some late, one taken back.
    fn work(&mut self, today: Date) {
        let day = i64::from(today.day());
        let calls = self.calls(today, self.calls_a_day);
        let (single, batch) = calls.split_at(2.min(calls.len()));
        for call in single {
            self.post("/api/v1/track", &call.event(), 200);
            self.note(today, *call, call.sum());
        }
        self.send(today, batch, true);
        if day % 7 == 0 {
            self.send(today, &calls, false);
        }
        if day % 9 == 0 {
            self.post(&format!("/api/v1/events/{}/reversal", calls[0].id()), &json!({}), 200);
            self.note(today, calls[0], calls[0].taken_back());
        }
        // Of a month that is closed by then.
        if day % 10 == 0 && !self.marks.is_empty() {
            let late = self.calls(today - 1.month(), 3);
            self.send(today, &late, true);
        }
    }

    fn restart(&mut self) {
        let (status, _, log) = self.server.take().unwrap().stop();
        assert!(status.success(), "{log}");
        self.server = Some(self.ledger.start(self.clock.server()));
    }

    /// A kill among calls whose senders repeat what was not answered, under the same ids.
    fn kill(&mut self, today: Date) {
        let calls = self.calls(today, 60);
        let answered: Vec<AtomicBool> = calls.iter().map(|_| AtomicBool::new(false)).collect();
        let address = self.server().url.clone();
        std::thread::scope(|threads| {
            for sender in 0..3 {
                let (calls, answered, address, key) = (&calls, &answered, &address, &self.keys.live);
                threads.spawn(move || {
                    for (call, answered) in calls.iter().zip(answered).skip(sender).step_by(3) {
                        let sent = ureq::post(format!("{address}/api/v1/track"))
                            .header("authorization", format!("Bearer {key}"))
                            .send(call.event().to_string());
                        answered.store(sent.is_ok(), Ordering::Relaxed);
                        if sent.is_err() {
                            return;
                        }
                    }
                });
            }
            while answered.iter().filter(|answered| answered.load(Ordering::Relaxed)).count() < 15 {
                std::thread::sleep(Duration::from_millis(1));
            }
            self.server.take().unwrap().kill();
        });
        self.server = Some(self.ledger.start(self.clock.server()));
        for (call, answered) in calls.iter().zip(&answered) {
            let again = self.post("/api/v1/track", &call.event(), 200);
            if answered.load(Ordering::Relaxed) {
                assert_eq!(again["duplicate"], true, "what was answered is there");
            }
            self.note(today, *call, call.sum());
        }
    }

    /// Closes the month before this day's, and reports on it to each client.
    fn close(&mut self, today: Date) {
        let month = month_of(today - 1.month());
        let closed = self.post(&format!("/api/v1/months/{month}/close"), &json!({}), 200);
        assert_eq!(closed["events"], self.rows[&month], "{closed}");
        let clients: Vec<u64> =
            (0..CLIENTS).filter(|client| !(self.has_left() && *client == LEAVES)).collect();
        for client in clients {
            let wanted = json!({"tenant_id": name(client), "month": month});
            let report = self.post("/api/v1/reports", &wanted, 201);
            assert_eq!(report["status"], "final");
            let link = |form: &str| report["links"][form].as_str().unwrap().to_owned();
            let statement = self.get(&link("statement"));
            assert_eq!(Sum::stated(&statement["total"]), self.used[&month][&client], "{month}, {client}");
            let pdf = self.server().get(&link("pdf"), Some(&self.keys.live)).body;
            self.reports.push(Report { client, pdf_path: link("pdf"), pdf });
            if client == 0 {
                self.verify(&link("evidence"));
            }
        }
    }

    /// What is now known of the month before, late calls with it.
    fn restate(&self, today: Date) {
        let month = month_of(today - 1.month());
        let wish = json!({"month": month, "reason": "Calls that came late"});
        let told = self.post("/api/v1/restatements", &wish, 201);
        let mut new = Sum::default();
        for tenant in told["tenants"].as_array().unwrap() {
            new += Sum::stated(&tenant["new"]);
        }
        assert_eq!(new, Sum::of(&self.used[&month]), "{month}");
    }

    /// An outsider's look at a report: everything is computed again from its events.
    fn verify(&self, path: &str) {
        let pack = self.ledger.path().with_file_name("evidence.zip");
        std::fs::write(&pack, self.server().get(path, Some(&self.keys.live)).body).unwrap();
        run(&["verify", pack.to_str().unwrap()]);
    }

    /// A copy while the server runs, which is sound and holds what was taken until then.
    fn back_up(&self) {
        if !self.ledger.is_file() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy.db");
        run(&["backup", copy.to_str().unwrap(), "--database", &self.ledger.url()]);
        let said = run(&["check", "--database", &format!("sqlite:{}", copy.display())]);
        assert!(said.contains(&format!("Events         {},", self.rows())), "{said}");
    }

    /// Of all months.
    fn rows(&self) -> u64 {
        self.rows.values().sum()
    }

    /// The size of the ledger and the memory of the server, which is started anew.
    fn mark(&mut self) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.server().pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let resident_kb = line.trim().trim_end_matches(" kB").parse().unwrap();
        let rows = self.rows();
        self.restart();
        let bytes = match self.ledger.is_file() {
            true => std::fs::metadata(self.ledger.path()).unwrap().len(),
            // Without the catalogue: each start lays the schema out once more to compare it and takes that back, and what
            // remains of it in the catalogue depends on when that is vacuumed.
            false => self.ledger.count(
                "select sum(pg_total_relation_size(oid)) from pg_class
                  where relnamespace = 'public'::regnamespace and relkind = 'r'",
            ),
        };
        self.marks.push(Mark { rows, bytes, resident_kb });
    }

    /// Everything that is said of the year, against what was sent.
    fn compare(&self) {
        for (month, used) in &self.used {
            let from: Date = format!("{month}-01").parse().unwrap();
            let usage = |more: &str| {
                self.get(&format!("/api/v1/usage?from={from}&to={}{more}", from.last_of_month()))
            };
            assert_eq!(Sum::stated(&usage("")["total"]), Sum::of(used), "{month}");
            for (&client, sum) in used.iter().filter(|(client, _)| **client != LEAVES) {
                let of_client = usage(&format!("&tenant_id={}", name(client)));
                assert_eq!(Sum::stated(&of_client["total"]), *sum, "{month}, {client}");
            }
        }
        for (month, arrived) in &self.arrived {
            let bill = self.get(&format!("/api/v1/billing/{month}"));
            let billed = |item: &str| {
                let line = bill["lines"].as_array().unwrap().iter().find(|line| line["item"] == item);
                let count = |name: &str| line.and_then(|line| line[name].as_i64()).unwrap_or(0);
                count("quantity") + count("free_quantity")
            };
            assert_eq!(["events", "reversed_events"].map(billed), *arrived, "{month}: {bill}");
        }
        for Report { client, pdf_path, pdf } in &self.reports {
            let now = self.server().get(pdf_path, Some(&self.keys.live));
            match *client {
                LEAVES => assert_ne!(now.status, 200, "{pdf_path} names who is erased"),
                _ => assert!(now.body == *pdf, "{pdf_path} has changed"),
            }
        }
        let checked = self.ledger.check();
        assert!(checked.contains(&format!("Events         {},", self.rows())), "{checked}");
    }

    /// Nothing grows but the ledger, and that by no more in a month at the end than at the beginning.
    fn assert_flat(&self) {
        // The first month lays out the file, and nobody has yet asked for a report.
        let [_, second, third, .., last] = self.marks[..] else { panic!("a year has months") };
        let middle = self.marks.len() / 2;
        let half = self.marks[middle];
        let grown = |from: Mark, to: Mark, months: usize| (to.bytes - from.bytes) / months as u64;
        let (early, late) =
            (grown(second, half, middle - 1), grown(half, last, self.marks.len() - 1 - middle));
        let per_row = |from: Mark, to: Mark| (to.bytes - from.bytes) / (to.rows - from.rows);
        eprintln!(
            "{} rows, {} bytes; a month {early}, then {late}; a row {}, then {}",
            last.rows,
            last.bytes,
            per_row(second, half),
            per_row(half, last)
        );
        let memory: Vec<u64> = self.marks.iter().map(|mark| mark.resident_kb).collect();
        eprintln!("memory by month, kB: {memory:?}");
        // Reports show the months so far, so a month may take somewhat more than one before it; what grows with the ledger
        // would take more than twice as much.
        assert!(late <= early * 5 / 4, "{:?}", self.marks);
        assert!(last.resident_kb <= third.resident_kb * 5 / 4, "{:?}", self.marks);
    }
}

/// Runs `carbon-server` to its end, which must be a good one.
fn run(arguments: &[&str]) -> String {
    let output = Command::new(binary()).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_year_adds_up() {
    let events = std::env::var("YEAR_EVENTS").map_or(3_650, |text| text.parse().unwrap());
    let last: Date = jiff::Timestamp::now().to_string()[..10].parse().unwrap();
    let first = last - (DAYS - 1).days();
    let mut vendor = Vendor::new(events);
    for ahead in 1 - DAYS..=0 {
        let today = last + ahead.days();
        vendor.clock.set_days(ahead);
        vendor.work(today);
        let is_after_first_month = month_of(today) != month_of(first);
        match today.day() {
            3 if is_after_first_month => vendor.close(today),
            5 => vendor.back_up(),
            12 => vendor.kill(today),
            15 if vendor.marks.len() == 6 => {
                let erased = vendor
                    .server()
                    .delete(&format!("/api/v1/tenants/{}", name(LEAVES)), Some(&vendor.keys.live));
                assert_eq!(erased.status, 204);
            }
            20 if is_after_first_month && today.month() % 3 == 0 => vendor.restate(today),
            28 => vendor.mark(),
            _ => {}
        }
    }
    vendor.compare();
    vendor.assert_flat();
    vendor.server.take().unwrap().stop();
}
