//! The month's report: issued once for the same data, right to the last digit.

use crate::server::{Server, call, with};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::process::Command;

fn this_month() -> String {
    jiff::Timestamp::now().to_string()[..7].to_owned()
}

fn report(server: &Server, key: &str, changes: Value) -> Value {
    let wanted = with(json!({"tenant_id": "client-xyz", "month": this_month()}), changes);
    let reply = server.post("/api/v1/reports", Some(key), &wanted);
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()
}

/// The text of a PDF, laid out as on the page.
fn text_of(pdf: &[u8]) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), pdf).unwrap();
    let output = Command::new("pdftotext").args(["-layout", file.path().to_str().unwrap(), "-"]).output();
    let output = output.expect("pdftotext is there: .ci/test installs poppler-utils");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn pdf(server: &Server, key: &str, report: &Value) -> Vec<u8> {
    let reply = server.get(report["links"]["pdf"].as_str().unwrap(), Some(key));
    assert_eq!(reply.status, 200);
    reply.body
}

#[test]
fn the_page_says_what_the_ledger_holds() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    for _ in 0..3 {
        server.track(&keys.live, &call("mistral-large-2"));
    }
    server.track(&keys.live, &with(call("gpt-4o"), json!({"prompt_tokens": 1, "completion_tokens": 0})));
    server.track(&keys.live, &call("nobody-knows"));
    server.track(&keys.test, &call("gpt-4-turbo"));
    let report = report(&server, &keys.live, json!({}));
    assert_eq!((report["revision"].as_u64(), report["status"].as_str()), (Some(1), Some("provisional")));
    let bytes = pdf(&server, &keys.live, &report);
    let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(report["sha256"], digest.as_str());

    let text = text_of(&bytes);
    // 3 x 2.85 + 1 / 1000 x 0.3, all digits of it.
    for words in [
        "8.5503",
        "mistral-large-2",
        "gpt-4o",
        "nobody-knows",
        "measured",
        "estimated",
        "client-xyz",
        "a@example.com Ltd",
        "Mistral LCA 2025 (1,14 gCO2e / 400 tokens",
        "2026.12",
    ] {
        // A title may go on in the next line.
        let flow = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flow.contains(words), "{words:?} is not in\n{text}");
    }
    assert!(!text.contains("gpt-4-turbo"), "a test event is in the report:\n{text}");
    assert!(!text.contains("compliant"), "{text}");
}

#[test]
fn the_same_data_gives_the_same_report_and_new_data_a_revision() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &call("gpt-4o"));
    let first = report(&server, &keys.live, json!({}));
    assert_eq!(report(&server, &keys.live, json!({})), first);
    // Test events are no new data.
    server.track(&keys.test, &call("gpt-4o"));
    assert_eq!(report(&server, &keys.live, json!({})), first);
    let bytes = pdf(&server, &keys.live, &first);

    let german = report(&server, &keys.live, json!({"language": "de"}));
    assert_eq!(german["revision"], 1);
    assert_ne!(german["report_id"], first["report_id"]);

    server.track(&keys.live, &call("gpt-4o"));
    let second = report(&server, &keys.live, json!({}));
    assert_eq!(second["revision"], 2);
    assert_ne!(second["report_id"], first["report_id"]);
    assert_eq!(pdf(&server, &keys.live, &first), bytes, "what was issued stays as it was");
}

#[test]
fn asked_for_by_many_at_once_it_is_issued_once() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &call("gpt-4o"));
    let ids: std::collections::BTreeSet<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..6)
            .map(|_| scope.spawn(|| report(&server, &keys.live, json!({}))["report_id"].to_string()))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(ledger.count("select count(*) from report"), 1);
}

#[test]
fn the_last_millisecond_of_a_month_is_still_in_it() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let first_day = jiff::Timestamp::now().to_string()[..8].to_owned() + "01T00:00:00Z";
    let first: jiff::Timestamp = first_day.parse().unwrap();
    let last = first - jiff::SignedDuration::from_millis(1);
    for (time, tokens) in [(last, 1_000), (first, 2_000)] {
        let event = json!({"timestamp": time.to_string(), "prompt_tokens": tokens, "completion_tokens": 0});
        server.track(&keys.live, &with(call("mistral-large-2"), event));
    }
    for (time, exact) in [(last, "2.85"), (first, "5.7")] {
        let month = time.to_string()[..7].to_owned();
        let report = report(&server, &keys.live, json!({"month": month}));
        let text = text_of(&pdf(&server, &keys.live, &report));
        assert!(text.contains(&format!("{exact} g CO₂e (")), "{month}: {exact} is not in\n{text}");
    }
}

#[test]
fn revisions_only_ever_grow() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &call("gpt-4o"));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..4 {
                    server.track(&keys.live, &call("gpt-4o"));
                    report(&server, &keys.live, json!({}));
                }
            });
        }
    });
    // Whoever asks last, on data that rest, gets the newest revision and makes no other.
    let last = report(&server, &keys.live, json!({}));
    assert_eq!(report(&server, &keys.live, json!({})), last);
    let text = text_of(&pdf(&server, &keys.live, &last));
    // 17 calls of 1,000 tokens at 0.3 g.
    assert!(text.contains("5.1 g CO₂e ("), "{text}");
    assert_eq!(
        ledger.count("select count(distinct basis_sha256) from report"),
        ledger.count("select count(*) from report")
    );
    assert_eq!(ledger.count("select max(revision) from report"), ledger.count("select count(*) from report"));
}

#[test]
fn a_month_without_activity_has_a_report_that_says_so() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &call("gpt-4o"));
    let before = report(&server, &keys.live, json!({"month": "2025-02"}));
    assert!(text_of(&pdf(&server, &keys.live, &before)).contains("February 2025"));
}

#[test]
fn what_cannot_be_reported_is_refused_by_name() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &call("gpt-4o"));
    let wanted = json!({"tenant_id": "client-xyz", "month": this_month()});
    for (changes, pointer) in [
        (json!({"month": "2026-13"}), "/month"),
        (json!({"month": "October"}), "/month"),
        (json!({"month": "9999-01"}), "/month"),
        (json!({"month": "0000-01"}), "/month"),
        (json!({"month": null}), "/month"),
        (json!({"language": "xx"}), "/language"),
        (json!({"tenant_id": ""}), "/tenant_id"),
        (json!({"format": "docx"}), "/format"),
    ] {
        let problem = server
            .post("/api/v1/reports", Some(&keys.live), &with(wanted.clone(), changes.clone()))
            .problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{changes}");
    }
    server
        .post("/api/v1/reports", Some(&keys.live), &with(wanted, json!({"tenant_id": "nobody"})))
        .problem(404);
}
