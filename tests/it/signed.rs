//! Signed reports on a period, as those on its months.

use crate::{
    ledger::Ledger,
    periods::{ago, close, post},
    report_evidence::{form, kept, text, verify},
    server::{call, with},
};
use serde_json::{Value, json};
use std::process::Command;

#[test]
fn a_report_on_a_period_is_signed_and_a_changed_byte_is_found() {
    let ledger = Ledger::new();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/carbon-report/tests/report/signing");
    let (key, certificate) = (format!("{root}/key.pem"), format!("{root}/certificate.pem"));
    let server = ledger.serve_with(&["--signing-key", &key, "--signing-certificate", &certificate]);
    let keys = server.sign_up("a@example.com");
    let months = [2, 1].map(ago);
    for month in &months {
        let its =
            json!({"event_id": format!("signed-{month}"), "timestamp": format!("{month}-15T12:00:00Z")});
        server.track(&keys.live, &with(call("gpt-4o"), its));
        close(&server, &keys, month);
        post(&server, &keys, json!({"month": month}));
    }
    let wanted = json!({"tenant_id": "client-xyz", "period": {"from": months[0], "to": months[1]}});
    let reply = server.post("/api/v1/reports", Some(&keys.live), &wanted);
    assert_eq!(reply.status, 201, "{}", reply.text());
    let signed = reply.json();
    let pdf = form(&server, &keys.live, &signed, "pdf");
    let file = kept(&pdf);
    let judgement = Command::new("pdfsig").arg("-nocert").arg(file.path()).output().unwrap();
    for words in ["Signature is Valid", "Total document signed"] {
        assert!(text(&judgement).contains(words), "{}", text(&judgement));
    }
    for file in [&file, &kept(&form(&server, &keys.live, &signed, "evidence"))] {
        let output = verify(file.path(), &["--json"]);
        assert!(output.status.success(), "{}", text(&output));
        let verified: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(verified["signed_by"]["self_signed"], true, "{verified}");
    }
    let mut changed = pdf.clone();
    let place = pdf.len() / 2;
    changed[place] ^= 1;
    assert!(!verify(kept(&changed).path(), &[]).status.success(), "a changed byte is found");
    assert_eq!(
        server.post("/api/v1/reports", Some(&keys.live), &wanted).json(),
        signed,
        "the same months, the same report"
    );
}
