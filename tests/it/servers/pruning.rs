//! `carbon-server prune`: events of closed months are pruned, what was made of them stays.

use super::postgres::server_under_test;
use crate::{
    archive::{months, of_month, post, run},
    ledger::Ledger,
    server::{Server, call},
};
use serde_json::{Value, json};

#[track_caller]
fn prune(ledger: &Ledger, before: &str, arguments: &[&str]) -> (bool, String) {
    run(ledger, &[&["prune", "--before", before], arguments].concat())
}

/// While its events are being let go, a month takes no reversal either; who reads holds nobody up but this.
#[test]
fn a_month_that_is_being_let_go_takes_nothing() {
    let ledger = Ledger::on_server(server_under_test());
    let server = ledger.serve();
    let keys = server.sign_up("a@example.com");
    let months = months(1);
    let month = months[0].as_str();
    for k in 0..3 {
        server.track(&keys.live, &of_month(month, &format!("e-{k}")));
    }
    let this_month = jiff::Timestamp::now().to_string()[..7].to_owned();
    post(&server, &keys.live, &format!("/api/v1/months/{month}/close"), &json!({}));
    let reading = ledger.hold("begin isolation level repeatable read; select count(*) from event");
    let mut pruning = std::process::Command::new(crate::server::binary());
    pruning.args(["prune", "--yes", "--before", &this_month, "--database", &ledger.url()]);
    let mut pruning = pruning.stdout(std::process::Stdio::null()).spawn().unwrap();
    super::within(20, "the month is marked", || ledger.count("select count(*) from pruned_month") == 1);
    let start = std::time::Instant::now();
    server.post("/api/v1/events/e-1/reversal", Some(&keys.live), &json!({})).problem(404);
    server.track(&keys.live, &call("gpt-4o"));
    ledger.check();
    assert!(start.elapsed() < std::time::Duration::from_secs(10), "{:?}", start.elapsed());
    assert!(pruning.try_wait().unwrap().is_none(), "it waits for who reads");
    drop(reading);
    assert!(pruning.wait().unwrap().success());
    assert_eq!(ledger.count("select count(*) from event"), 1);
    ledger.check();
}

#[test]
fn events_of_closed_months_are_let_go_and_the_rest_holds() {
    let ledger = Ledger::on_server(server_under_test());
    let [server, other] = [ledger.serve(), ledger.serve()];
    let keys = server.sign_up("a@example.com");
    let months = months(3);
    let [oldest, restated, open] = [0, 1, 2].map(|place: usize| months[place].as_str());
    for (n, month) in months.iter().enumerate() {
        for k in 0..4 {
            server.track(&keys.live, &of_month(month, &format!("e-{n}-{k}")));
        }
        server.track(&keys.test, &of_month(month, &format!("test-{n}")));
    }
    post(&server, &keys.live, "/api/v1/events/e-0-3/reversal", &json!({}));
    // What is not closed is not let go.
    for arguments in [&[][..], &["--yes"]] {
        let (done, said) = prune(&ledger, open, arguments);
        assert!(done && said.contains("events kept: not closed by 1 account"), "{said}");
    }
    for month in [oldest, restated] {
        post(&server, &keys.live, &format!("/api/v1/months/{month}/close"), &json!({"factor_set": "2025.1"}));
    }
    // Nor what came late and was told by nobody.
    server.track(&keys.live, &of_month(restated, "late"));
    let usage = |server: &Server| {
        let path = format!("/api/v1/usage?group_by=tenant&from={oldest}-01");
        server.get(&path, Some(&keys.live)).json()
    };
    let total = usage(&server);
    let report =
        post(&server, &keys.live, "/api/v1/reports", &json!({"tenant_id": "client-xyz", "month": oldest}));
    let path = |report: &Value, form: &str| {
        format!("/api/v1/reports/{}/{form}", report["report_id"].as_str().unwrap())
    };
    let pdf = server.get(&path(&report, "report.pdf"), Some(&keys.live)).body;
    assert_eq!(server.get(&path(&report, "evidence.zip"), Some(&keys.live)).status, 200);
    let (done, said) = prune(&ledger, open, &[]);
    assert!(
        done && said.contains("events would be pruned") && said.contains("Nothing was changed"),
        "{said}"
    );
    let late = "events kept: with late events that are in no restatement, of 1 account";
    let (done, said) = prune(&ledger, open, &["--yes"]);
    assert!(
        done && said.contains(&format!("{oldest}             6 events pruned, which no archive has"))
            && said.contains(late),
        "{said}"
    );
    assert_eq!(ledger.count("select count(*) from event"), 11, "the oldest month is gone: 6 of 17");
    let (_, said) = prune(&ledger, open, &["--json"]);
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (&said["months"][0]["month"], &said["months"][0]["pruned"]),
        (&json!(restated), &json!(false))
    );
    assert!(said["months"][0]["kept"].as_str().is_some_and(|why| why.contains("late events")), "{said}");
    let told = json!({"month": restated, "reason": "a late event"});
    post(&server, &keys.live, "/api/v1/restatements", &told);
    let again =
        post(&server, &keys.live, "/api/v1/reports", &json!({"tenant_id": "client-xyz", "month": restated}));
    let (done, said) = prune(&ledger, open, &["--yes"]);
    assert!(done && said.contains(restated), "{said}");

    assert_eq!(ledger.count("select count(*) from event"), 5);
    assert_eq!(ledger.count("select count(*) from event_id"), 5);
    let checked = ledger.check();
    assert!(checked.contains("Pruned         12 events"), "{checked}");
    // Sums, closed months and issued reports are as they were.
    assert_eq!(usage(&server), total);
    assert_eq!(server.get(&path(&report, "report.pdf"), Some(&keys.live)).body, pdf);
    let state = server.get(&format!("/api/v1/months/{oldest}"), Some(&keys.live)).json();
    assert_eq!((&state["events"], &state["reversals"]), (&json!(5), &json!(1)));
    let same =
        post(&server, &keys.live, "/api/v1/reports", &json!({"tenant_id": "client-xyz", "month": oldest}));
    assert_eq!(same["report_id"], report["report_id"], "made of sums, it says the same");
    // What needs the events says so.
    for pack in [path(&report, "evidence.zip"), path(&again, "evidence.zip")] {
        let problem = server.get(&pack, Some(&keys.live)).problem(409);
        assert!(problem["detail"].as_str().unwrap().contains("were pruned"), "{problem}");
    }
    let wanted = json!({"tenant_id": "client-xyz", "month": restated, "language": "de"});
    server.post("/api/v1/reports", Some(&keys.live), &wanted).problem(409);
    // No server takes more of that month, the same events or others.
    for (server, id) in [(&server, "e-0-0"), (&other, "e-0-1"), (&other, "new")] {
        let problem = server.post("/api/v1/track", Some(&keys.live), &of_month(oldest, id)).problem(422);
        assert!(problem.to_string().contains("accepts no more"), "{problem}");
    }
    let batch = json!([of_month(oldest, "b-1"), of_month(open, "b-2")]);
    let answer = post(&other, &keys.live, "/api/v1/track/batch", &batch);
    assert_eq!((&answer["accepted"], &answer["rejected"][0]["index"]), (&json!(1), &json!(0)));
    // An event that is deleted by hand is not taken for one that was let go.
    server.stop();
    other.stop();
    let copy = ledger.copy();
    assert_eq!(copy.tamper("delete from event where event_id = 'e-2-1' and is_test = false"), 1);
    let said = copy.run(&["check"]);
    assert_eq!(said.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&said.stderr).contains("is missing, besides the 12 that were pruned"),
        "{said:?}"
    );
    // Nor does it help to say that it was.
    let copy = ledger.copy();
    copy.tamper(&format!("insert into pruned_month values ('{open}', 5, 0)"));
    copy.execute(&format!("drop table event_{}; delete from event_id", open.replace('-', "_")));
    let said = copy.run(&["check"]);
    let said = String::from_utf8_lossy(&said.stderr);
    assert!(said.contains(&format!("the events of {open} were pruned: not closed by 1 account")), "{said}");
}
