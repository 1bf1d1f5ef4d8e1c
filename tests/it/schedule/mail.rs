//! Scheduled reports that arrive by mail, each once, whichever server sends it.

use super::{Vendor, day, month, name};
use crate::mail::server::{MailServer, header};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const CLIENTS: usize = 3;

#[test]
fn scheduled_reports_are_mailed_once_however_many_servers_there_are() {
    // In the clear: on the clock of this test, a certificate of today is not valid yet.
    let mail = MailServer::plain();
    let last = month(1);
    let servers = if std::env::var("CARBON_TEST_STORE").as_deref() == Ok("postgres") { 2 } else { 1 };
    let mut vendor = Vendor::with_options(servers, day(last, 10), mail.options());
    for client in 0..CLIENTS {
        vendor.track(&format!("client-{client}"), "gpt-4o");
        let contacts: Vec<Value> = ["de", "fr", "en"]
            .map(|language| json!({"address": format!("{language}@client-{client}.example"), "language": language}))
            .into();
        let path = format!("/api/v1/tenants/client-{client}/contacts");
        assert_eq!(vendor.put(&path, &json!({"contacts": contacts})).status, 200);
    }
    // There is no report in French: who reads French is sent the one in English.
    vendor.schedule(&json!({"day_of_month": 1, "close_month": true, "languages": ["de", "en"]}));
    vendor.go_to(day(month(0), 1));
    vendor.run_in(last, "delivered");
    let mails = mail.all(3 * CLIENTS);
    let ids: BTreeSet<&str> = mails.iter().map(|mail| header(mail, "message-id").unwrap()).collect();
    assert_eq!(ids.len(), mails.len());
    for (place, mail) in mails.iter().enumerate() {
        let (language, words) = [("de", "endgültig"), ("en", "final"), ("fr", "définitif")][place / CLIENTS];
        let client = place % CLIENTS;
        assert_eq!(mail["to"], json!([format!("{language}@client-{client}.example")]));
        let text = mail["text"].as_str().unwrap();
        assert!(text.contains(&format!("client-{client}")) && text.contains(words), "{text}");
    }
    let log = vendor.get("/api/v1/mail").json();
    let log = log["mails"].as_array().unwrap();
    assert_eq!(log.len(), mails.len());
    assert!(log.iter().all(|mail| mail["state"] == "sent" && mail["attempts"] == 1), "{log:?}");
    // Asked for again, and after a restart: nothing is sent twice.
    let report_id = log[0]["report_id"].as_str().unwrap();
    let again = vendor.post(&format!("/api/v1/reports/{report_id}/mail")).json();
    assert_eq!(again["already"].as_u64().unwrap() + again["added"].as_u64().unwrap(), 3, "{again}");
    let added = usize::try_from(again["added"].as_u64().unwrap()).unwrap();
    assert_eq!(mail.all(added).len(), added);
    vendor.servers.drain(..).for_each(|server| assert!(server.stop().0.success()));
    vendor.start(servers);
    assert_eq!(mail.rest(), Vec::<Value>::new());
    assert_eq!(vendor.run(last).unwrap()["month"], name(last));
    vendor.ledger.check();
}
