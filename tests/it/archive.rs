//! Archives of closed months: what is pruned is read in them, and whatever is changed in them is named.

use crate::{
    ledger::Ledger,
    server::{Reply, Server, call, with},
};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

mod bucket;
mod changed;

/// The months before this one, the oldest first.
pub(crate) fn months(count: i64) -> Vec<String> {
    let today: jiff::civil::Date = jiff::Timestamp::now().to_string()[..10].parse().unwrap();
    let month =
        |back: i64| (today.first_of_month() - jiff::Span::new().months(back)).to_string()[..7].to_owned();
    (1..=count).rev().map(month).collect()
}

pub(crate) fn of_month(month: &str, id: &str) -> Value {
    with(
        call("gpt-4o"),
        json!({"event_id": id, "timestamp": format!("{month}-05T12:00:00Z"), "tags": {"a": "b"}}),
    )
}

pub(crate) fn post(server: &Server, key: &str, path: &str, body: &Value) -> Value {
    let reply = server.post(path, Some(key), body);
    assert!(reply.status < 300, "{path}: {}", reply.text());
    reply.json()
}

/// Runs a command, to its end: whether it succeeded, and what it said.
#[track_caller]
pub(crate) fn run(ledger: &Ledger, arguments: &[&str]) -> (bool, String) {
    let output = ledger.run(arguments);
    (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

/// The same, of a command that succeeds.
#[track_caller]
fn done(ledger: &Ledger, arguments: &[&str]) -> String {
    let (done, said) = run(ledger, arguments);
    assert!(done, "{arguments:?}: {said}");
    said
}

/// A ledger with events of three months: the first is closed, the second closed and restated, the third open.
struct Filled {
    ledger: Ledger,
    server: Option<Server>,
    live: String,
    months: Vec<String>,
    /// Paths of evidence packs of the first two months.
    packs: Vec<String>,
}

impl Filled {
    fn new() -> Self {
        Self::on(Ledger::new())
    }

    fn on(ledger: Ledger) -> Self {
        let server = ledger.serve();
        let keys = server.sign_up("a@example.com");
        let months = months(3);
        let uuid = |n: usize| format!("01a20abc-28b2-761c-af30-{n:012}");
        // As they come in, months are mixed.
        for k in 0..5 {
            for (n, month) in months.iter().enumerate() {
                server.track(&keys.live, &of_month(month, &format!("e-{n}-{k}")));
            }
        }
        for (n, month) in months.iter().enumerate() {
            server.track(&keys.test, &of_month(month, &format!("test-{n}")));
            server.track(
                &keys.live,
                &with(of_month(month, &uuid(n)), json!({"tags": {}, "tenant_id": "other"})),
            );
            let details = json!({"tenant_id": "other", "event_id": format!("images-{n}"), "images": 2,
                "image_size": "1024x1024", "timestamp": format!("{month}-07T00:00:00Z")});
            server.track(&keys.live, &with(json!({"model": "dall-e-3"}), details));
        }
        post(&server, &keys.live, "/api/v1/events/e-0-3/reversal", &json!({}));
        for month in &months[..2] {
            let set = json!({"factor_set": "2025.1"});
            post(&server, &keys.live, &format!("/api/v1/months/{month}/close"), &set);
        }
        server.track(&keys.live, &of_month(&months[1], "late"));
        let told = json!({"month": months[1], "reason": "a late event"});
        post(&server, &keys.live, "/api/v1/restatements", &told);
        let packs = months[..2].iter().map(|month| {
            let wanted = json!({"tenant_id": "client-xyz", "month": month});
            let report = post(&server, &keys.live, "/api/v1/reports", &wanted);
            format!("/api/v1/reports/{}/evidence.zip", report["report_id"].as_str().unwrap())
        });
        let packs = packs.collect();
        Filled { ledger, server: Some(server), live: keys.live, months, packs }
    }

    fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    fn stop(&mut self) {
        let (status, _, log) = self.server.take().unwrap().stop();
        assert!(status.success(), "{log}");
    }

    /// Starts a server again.
    fn serve_with(&mut self, arguments: &[&str]) {
        self.server = Some(self.ledger.serve_with(arguments));
    }

    /// The open month, before which all is archived.
    fn open(&self) -> &str {
        &self.months[2]
    }

    fn folder(&self) -> PathBuf {
        self.ledger.path().with_file_name("archives")
    }

    #[track_caller]
    fn get(&self, path: &str) -> Reply {
        self.server().get(path, Some(&self.live))
    }

    /// What rests on events, one by one.
    fn told(&self) -> Vec<Vec<u8>> {
        let export = "/api/v1/tenants/client-xyz/export.zip".to_owned();
        let usage = format!("/api/v1/usage?group_by=day&from={}-01", self.months[0]);
        let paths = self.packs.iter().chain([&export, &usage]);
        let bodies = paths.map(|path| {
            let reply = self.get(path);
            assert_eq!(reply.status, 200, "{path}: {}", reply.text());
            reply.body
        });
        bodies.collect()
    }

    #[track_caller]
    fn archive(&self) -> String {
        let folder = self.folder();
        done(&self.ledger, &["archive", "--before", self.open(), "--to", folder.to_str().unwrap(), "--yes"])
    }

    #[track_caller]
    fn prune(&self) -> String {
        done(&self.ledger, &["prune", "--before", self.open(), "--yes"])
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn what_was_archived_is_pruned_and_nothing_changes() {
    let filled = Filled::new();
    let Filled { ledger, live, months, .. } = &filled;
    let server = filled.server();
    let (open, folder) = (filled.open(), filled.folder());
    let to = folder.to_str().unwrap();
    // A file keeps what is nowhere else.
    if ledger.is_file() {
        let said = done(ledger, &["prune", "--before", open, "--yes"]);
        assert_eq!(said.matches("events kept: not archived").count(), 2, "{said}");
    }
    let said = done(ledger, &["archive", "--before", open, "--to", to]);
    assert!(said.contains("would be archived") && said.contains("Nothing was written"), "{said}");
    assert!(!folder.exists());
    let told = filled.told();
    let said = filled.archive();
    assert_eq!(said.matches("events archived, ").count(), 2, "{said}");
    let files = names(&folder);
    assert_eq!(files.len(), 2, "{files:?}");
    let said = filled.archive();
    assert_eq!(said.matches("events are archived").count(), 2, "{said}");
    ledger.check();
    let events = ledger.count("select count(*) from event");
    let of_months = ledger.count("select cast(sum(events) as bigint) from archive");

    let said = done(ledger, &["prune", "--before", open]);
    assert_eq!(said.matches("events would be pruned, which an archive has").count(), 2, "{said}");
    let said = filled.prune();
    assert_eq!(said.matches("events pruned, which an archive has").count(), 2, "{said}");
    assert_eq!(ledger.count("select count(*) from event"), events - of_months);
    assert!(done(ledger, &["prune", "--before", open]).contains("has no events from before"));
    let checked = ledger.check();
    assert!(checked.contains(&format!("Archived       {of_months} events")), "{checked}");
    assert!(!checked.contains("Pruned"), "{checked}");
    assert!(filled.told() == told, "what is told of pruned events is the same, to the last byte");
    // A report that did not exist before is made of them, too.
    let wanted = json!({"tenant_id": "client-xyz", "month": months[1], "language": "de"});
    let report = post(server, live, "/api/v1/reports", &wanted);
    let pack = filled.get(&format!("/api/v1/reports/{}/evidence.zip", report["report_id"].as_str().unwrap()));
    assert_eq!(pack.status, 200, "{}", pack.text());
    let path = ledger.path().with_file_name("pack.zip");
    std::fs::write(&path, pack.body).unwrap();
    let verified =
        std::process::Command::new(crate::server::binary()).arg("verify").arg(&path).output().unwrap();
    assert!(verified.status.success(), "{verified:?}");
    // Its single events are not listed, and the list says why.
    let month = &months[0];
    let listed = filled.get(&format!("/api/v1/events?from={month}-01&to={month}-28")).json();
    assert_eq!((&listed["events"], &listed["pruned_months"]), (&json!([]), &json!([month])), "{listed}");
    server.get("/api/v1/events/e-0-1", Some(live)).problem(404);
    // The month takes no more, and the others do.
    server.post("/api/v1/track", Some(live), &of_month(&months[0], "e-0-0")).problem(422);
    server.post("/api/v1/events/e-0-1/reversal", Some(live), &json!({})).problem(404);
    server.track(live, &of_month(open, "after"));
    ledger.check();
}

#[test]
fn a_server_starts_on_a_pruned_ledger_and_reads_archives_where_they_are() {
    let mut filled = Filled::new();
    let told = filled.told();
    filled.archive();
    filled.prune();
    filled.stop();
    // The archives have moved.
    let (folder, moved) = (filled.folder(), filled.ledger.path().with_file_name("moved"));
    std::fs::rename(&folder, &moved).unwrap();
    filled.serve_with(&[]);
    let (sound, said) = run(&filled.ledger, &["check"]);
    assert!(
        !sound && said.contains("the archive of the events of") && said.contains("No such file"),
        "{said}"
    );
    for path in &filled.packs {
        let problem = filled.get(path).problem(503);
        assert!(
            problem["detail"].as_str().unwrap().contains("in an archive that cannot be read"),
            "{problem}"
        );
    }
    filled.get("/api/v1/tenants/client-xyz/export.zip").problem(503);
    filled.stop();
    let moved = moved.to_str().unwrap();
    filled.serve_with(&["--archive", moved]);
    assert!(filled.told() == told);
    done(&filled.ledger, &["check", "--archive", moved]);
    // Ids of the newest events are known again, and those of pruned ones are free.
    let id = &of_month(filled.open(), "e-2-1");
    assert_eq!(filled.server().track(&filled.live, id)["duplicate"], json!(true));
    let id = &of_month(filled.open(), "e-0-1");
    assert_eq!(filled.server().track(&filled.live, id)["duplicate"], json!(false));
    done(&filled.ledger, &["check", "--archive", moved]);
}

/// Nothing is left but what was pruned: the ledger still knows its end.
#[test]
fn a_ledger_without_any_row_of_events_goes_on() {
    let ledger = Ledger::new();
    let server = ledger.serve();
    let keys = server.sign_up("a@example.com");
    let month = &months(1)[0];
    for k in 0..3 {
        server.track(&keys.live, &of_month(month, &format!("e-{k}")));
    }
    post(&server, &keys.live, &format!("/api/v1/months/{month}/close"), &json!({}));
    let folder = ledger.path().with_file_name("archives");
    let this_month = jiff::Timestamp::now().to_string()[..7].to_owned();
    done(&ledger, &["archive", "--before", &this_month, "--to", folder.to_str().unwrap(), "--yes"]);
    done(&ledger, &["prune", "--before", &this_month, "--yes"]);
    assert_eq!(ledger.count("select count(*) from event"), 0);
    ledger.check();
    server.stop();
    let server = ledger.serve();
    let hours = server.put("/api/v1/hours", Some(&keys.live), &json!({"by_hour": true}));
    assert!(hours.status < 300, "{}", hours.text());
    server.track(&keys.live, &call("gpt-4o"));
    ledger.check();
    server.stop();
    ledger.check();
}

#[test]
fn late_events_have_to_be_archived_too() {
    let filled = Filled::new();
    filled.archive();
    let month = &filled.months[0];
    filled.server().track(&filled.live, &of_month(month, "late-after-all"));
    if filled.ledger.is_file() {
        let said = filled.prune();
        assert!(said.contains("events that the server has not added to its sums yet"), "{said}");
    }
    // Whoever reads has them added.
    filled.get(&format!("/api/v1/usage?group_by=day&from={month}-01"));
    let said = filled.prune();
    assert!(said.contains("late events that are in no restatement"), "{said}");
    let told = json!({"month": month, "reason": "a late event"});
    post(filled.server(), &filled.live, "/api/v1/restatements", &told);
    // The other month went; this one waits.
    let said = filled.prune();
    assert!(said.contains("1 of them are in no archive"), "{said}");
    filled.ledger.check();
    assert_eq!(filled.archive().matches("events archived, ").count(), 1);
    assert!(filled.prune().contains("events pruned, which an archive has"));
    filled.ledger.check();
    assert_eq!(names(&filled.folder()).len(), 3, "no archive takes the place of another");
}

/// A run of `prune` that was cut off: what is left of the rows goes with the next.
#[test]
fn a_run_that_was_cut_off_is_finished() {
    let filled = Filled::new();
    let told = filled.told();
    filled.archive();
    let ledger = &filled.ledger;
    for month in &filled.months[..2] {
        ledger.execute(&format!(
            "insert into pruned_month select month, events, 0 from archive where month = '{month}'"
        ));
    }
    if ledger.is_file() {
        ledger.execute("delete from event where event_key = 1");
    }
    ledger.check();
    assert!(filled.told() == told);
    filled.prune();
    assert_eq!(ledger.count("select count(*) from pruned_month"), 2);
    ledger.check();
    assert!(filled.told() == told);
}

/// A file whose months were pruned moves to a server, and reads its archives from there.
#[test]
fn a_pruned_file_moves_to_a_server() {
    let mut filled = Filled::on(Ledger::in_file());
    let told = filled.told();
    filled.archive();
    filled.prune();
    filled.stop();
    let moved = Ledger::with_books(crate::servers::server_under_test(), "1");
    let arguments = ["migrate", "--books", "1", "--from", &filled.ledger.url(), "--to", &moved.url()];
    let output = std::process::Command::new(crate::server::binary()).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // The folder of the archives stays that of the file.
    let file = std::mem::replace(&mut filled.ledger, moved);
    filled.serve_with(&["--checkpoint-key", &file.checkpoint_key()]);
    assert!(filled.told() == told);
    assert!(filled.ledger.check().contains("Archived "));
    drop(file);
}
