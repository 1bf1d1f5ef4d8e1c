//! `carbon-server migrate`: a ledger out of its file onto PostgreSQL, row for row.

use super::postgres::server_under_test;
use crate::{
    ledger::Ledger,
    server::{Server, binary, call, with},
};
use serde_json::{Value, json};
use std::{
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

fn migrate(from: &Ledger, to: &Ledger) -> Command {
    let mut command = Command::new(binary());
    command.args(["migrate", "--json", "--from", &from.url(), "--to", &to.url()]);
    to.told(command)
}

#[track_caller]
fn refused(output: &Output, why: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && said.contains(why), "{why}: {said}");
}

/// Everything that a client's month says, in every form, and the months themselves.
fn stated(server: &Server, key: &str, months: &[String]) -> Vec<(String, Vec<u8>)> {
    let mut stated = Vec::new();
    let mut take = |path: String, body: Vec<u8>| stated.push((path, body));
    let tenants = server.get("/api/v1/tenants", Some(key)).json();
    for tenant in tenants["tenants"].as_array().unwrap() {
        for month in months {
            let wanted = json!({"tenant_id": tenant["tenant_id"], "month": month});
            let report = server.post("/api/v1/reports", Some(key), &wanted);
            assert!(report.status < 300, "{}", report.text());
            let report = report.json();
            for form in ["/report.pdf", "/statement.json", "/lines.csv", "/evidence.zip"] {
                let path = format!("/api/v1/reports/{}{form}", report["report_id"].as_str().unwrap());
                let reply = server.get(&path, Some(key));
                assert_eq!(reply.status, 200, "{path}: {}", reply.text());
                take(path, reply.body);
            }
        }
    }
    for path in ["/api/v1/report-schedule", "/api/v1/report-schedule/runs"] {
        let reply = server.get(path, Some(key));
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        take(path.to_owned(), reply.body);
    }
    // Last: what was issued is billed.
    for month in months {
        for path in [format!("/api/v1/months/{month}"), format!("/api/v1/billing/{month}")] {
            let reply = server.get(&path, Some(key));
            assert_eq!(reply.status, 200, "{path}: {}", reply.text());
            take(path, reply.body);
        }
    }
    stated
}

/// A schedule that is not due, a run of it that has failed, and a mail that has bounced.
fn schedule(file: &Ledger, server: &Server, key: &str) {
    let day = jiff::Timestamp::now().to_string()[8..10].parse::<u32>().unwrap() % 28 + 1;
    let tenants = server.get("/api/v1/tenants", Some(key)).json();
    let tenant_id = &tenants["tenants"][0]["tenant_id"];
    let schedule =
        json!({"day_of_month": day, "close_month": false, "tenant_ids": [tenant_id], "coverage_min": 0.9});
    assert_eq!(server.put("/api/v1/report-schedule", Some(key), &schedule).status, 200);
    let contacts = json!({"contacts": [{"address": "climate@example.com", "language": "fr"}]});
    let path = format!("/api/v1/tenants/{}/contacts", tenant_id.as_str().unwrap());
    assert_eq!(server.put(&path, Some(key), &contacts).status, 200);
    file.execute(
        "insert into schedule_run
                (schedule_run_key, account_key, run_id, month, state, problem, what_to_do, started_at_ms, changed_at_ms, takes)
         select 1, account_key, 'r-1', '2020-01', 'failed', 'One could not be made.', 'Run it again.', 0, 0, 1 from account;
         insert into schedule_run_report (account_key, schedule_run_key, tenant_key, first_month, language, problem)
         select account_key, 1, min(tenant_key), '2020-01', 'en', 'Why.' from tenant group by account_key;
         insert into outbox_message (outbox_message_key, account_key, kind, message_id, receiver_key, created_at_ms, attempts, last_error)
         select 1000000, account_key, 'mail', 'm-1', contact_key, 0, 1, 'Why.' from contact;
         insert into mail (mail_key, account_key, kind, contact_key, report_id, outbox_message_key, reply_code)
         select 1, account_key, 'report', contact_key, 'r-1', 1000000, 550 from contact;",
    );
}

#[test]
fn a_moved_ledger_says_the_same_to_the_last_byte() {
    let file = Ledger::in_file();
    let mut demo = Command::new(binary());
    demo.arg("demo");
    let mut server = file.start(demo);
    let printed = server.read_greeting_until("Authorization: Bearer");
    let key = printed.rsplit_once("Bearer ").unwrap().1.split('"').next().unwrap().to_owned();
    // Two closed months and the open one.
    let today: jiff::civil::Date = jiff::Timestamp::now().to_string()[..10].parse().unwrap();
    let months: Vec<String> = [3, 2, 0]
        .map(|back| (today.first_of_month() - jiff::Span::new().months(back)).to_string()[..7].to_owned())
        .into();
    schedule(&file, &server, &key);
    let first = stated(&server, &key, &months);
    let moved = Ledger::on_server(server_under_test());
    refused(&migrate(&file, &moved).output().unwrap(), "another server has it open");
    server.stop();
    // Killed in between, and started again: it goes on.
    let mut process = migrate(&file, &moved).stdout(Stdio::null()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while moved.rows("select to_regclass('moving') is not null and to_regclass('event_id') is not null")[0][0]
        != "t"
    {
        assert!(Instant::now() < deadline && process.try_wait().unwrap().is_none(), "it was over too soon");
    }
    process.kill().unwrap();
    process.wait().unwrap();
    let early = moved.run(&["--listen", "127.0.0.1:0"]);
    refused(&early, "is incomplete");
    // The file goes on in between: what is revoked and erased there is so here.
    let server = file.serve();
    let listed = server.get("/api/v1/keys", Some(&key)).json();
    let test = listed["keys"].as_array().unwrap().iter().find(|key| key["kind"] == "test").unwrap();
    let path = format!("/api/v1/keys/{}", test["key_id"].as_str().unwrap());
    assert_eq!(server.delete(&path, Some(&key)).status, 204);
    let event =
        json!({"tenant_id": "erased-later", "event_id": "in-between", "images": 2, "audio_seconds": 1.5});
    server.track(&key, &with(call("gpt-4o"), event));
    assert_eq!(server.delete("/api/v1/tenants/erased-later", Some(&key)).status, 204);
    let before = stated(&server, &key, &months);
    assert_eq!(before.len(), first.len());
    server.stop();
    let done = migrate(&file, &moved).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let done: Value = serde_json::from_slice(&done.stdout).unwrap();
    let check = |ledger: &Ledger| -> Value {
        serde_json::from_slice(&ledger.run(&["check", "--json"]).stdout).unwrap()
    };
    let (here, there) = (check(&file), check(&moved));
    assert_eq!(here, there);
    assert_eq!((&done["events"], &done["chain_sha256"]), (&here["events"], &here["chain_sha256"]));
    assert!(here["events"].as_u64().unwrap() > 100_000 && here["closed_months"] == 11, "{here}");

    assert_eq!(moved.count("select count(*) from api_key where revoked_at_ms is not null"), 1);
    assert_eq!(moved.count("select count(*) from tenant where tenant_id = 'erased-later'"), 0);
    // Again, it is there; and with a server on it nothing is moved onto it.
    let again = migrate(&file, &moved).output().unwrap();
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    // With the key of the file's checkpoints, packs are the same, too.
    let server = moved.serve_with(&["--checkpoint-key", &file.checkpoint_key()]);
    refused(&migrate(&file, &moved).output().unwrap(), "another server has it open");
    for ((path, before), (same, after)) in before.iter().zip(stated(&server, &key, &months)) {
        assert_eq!(*path, same, "the report is the one that was issued before");
        assert!(*before == after, "{path} is another one");
    }
    // It goes on where it was: new names get new numbers, old ids are known.
    let old = file.rows("select event_id from event where is_test = false order by event_key desc limit 1")
        [0][0]
        .clone();
    server.post("/api/v1/track", Some(&key), &with(call("gpt-4o"), json!({"event_id": old}))).problem(409);
    let new = with(call("never-seen"), json!({"tenant_id": "new", "tags": {"new": "tag"}}));
    assert_eq!(server.track(&key, &new)["duplicate"], false);
    server.stop();
    moved.check();
    refused(&migrate(&file, &moved).output().unwrap(), "the ledgers in the file and in the database differ");
    let other = Ledger::on_server(server_under_test());
    let server = other.serve();
    server.sign_up("a@example.com");
    server.stop();
    refused(&migrate(&file, &other).output().unwrap(), "it already holds a different ledger");
    refused(&migrate(&moved, &file).output().unwrap(), "from sqlite: to postgres://");
}
