//! Reports that arrive by mail, at a real server: each once, in the language of whom it is for, until that person wants no more.

pub(crate) mod server;

use crate::{
    clock::Clock,
    ledger::Ledger,
    mail::server::{MailServer, USER, header},
    server::{Keys, Server, call},
    servers::within,
    visitor::Visitor,
};
use carbon_core::Grams;
use carbon_report::{Language, words::Wording};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::io::{Cursor, Read};

const CONTACTS: &str = "/api/v1/tenants/client-xyz/contacts";
const MAIL: &str = "/api/v1/mail";
/// Where links in mail lead: the tests ask the server itself.
const PUBLIC: &str = "https://carbon.example.com";

/// A vendor with a client that has used something.
struct Vendor {
    ledger: Ledger,
    server: Server,
    keys: Keys,
}

impl Vendor {
    fn new(mail: &MailServer) -> Self {
        let ledger = Ledger::new();
        let options = mail.options();
        let options: Vec<&str> =
            options.iter().map(String::as_str).chain(["--housekeeping-s", "1"]).collect();
        let server = ledger.serve_with(&options);
        let keys = server.sign_up("a@example.com");
        server.track(&keys.live, &call("gpt-4o"));
        let profile = json!({"legal_name": "Čerpadla & Söhne <Großkunde>", "language": "fr"});
        assert_eq!(server.put("/api/v1/tenants/client-xyz", Some(&keys.live), &profile).status, 200);
        Vendor { ledger, server, keys }
    }

    fn live(&self) -> Option<&str> {
        Some(&self.keys.live)
    }

    fn contacts(&self, contacts: Value) -> Value {
        let reply = self.server.put(CONTACTS, self.live(), &json!({"contacts": contacts}));
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()["contacts"].clone()
    }

    /// The id of a new report of this month.
    fn report(&self) -> String {
        self.server.track(&self.keys.live, &call("gpt-4o"));
        let month = jiff::Timestamp::now().to_string()[..7].to_owned();
        let wanted = json!({"tenant_id": "client-xyz", "month": month});
        let reply = self.server.post("/api/v1/reports", self.live(), &wanted);
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json()["report_id"].as_str().unwrap().to_owned()
    }

    /// How many of a report's mails are added, how many were before, and how many contacts want none.
    fn send(&self, report_id: &str) -> [u64; 3] {
        let reply = self.server.post(&format!("/api/v1/reports/{report_id}/mail"), self.live(), &json!({}));
        assert_eq!(reply.status, 200, "{}", reply.text());
        ["added", "already", "unsubscribed"].map(|field| reply.json()[field].as_u64().unwrap())
    }

    /// The newest mail to an address, as the log has it.
    fn logged(&self, address: &str) -> Option<Value> {
        let mails = self.server.get(MAIL, self.live()).json();
        mails["mails"].as_array().unwrap().iter().find(|mail| mail["address"] == address).cloned()
    }

    /// The same, once it is in a state.
    #[track_caller]
    fn logged_as(&self, address: &str, state: &str) -> Value {
        let mut last = None;
        within(120, &format!("mail to {address} is {state}"), || {
            last = self.logged(address);
            last.as_ref().is_some_and(|mail| mail["state"] == state)
        });
        last.unwrap()
    }
}

/// The links in the text of a mail, as paths of the server.
fn links(mail: &Value) -> Vec<&str> {
    let words = mail["text"].as_str().unwrap().split_whitespace();
    words.filter_map(|word| word.strip_prefix(PUBLIC)).collect()
}

/// `tenant.json` in an export.
fn tenant_in(zip: Vec<u8>) -> Value {
    let mut text = String::new();
    let mut zip = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
    zip.by_name("tenant.json").unwrap().read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn each_contact_is_sent_a_report_in_its_language_once_and_can_end_it() {
    let mail = MailServer::encrypted("starttls");
    let vendor = Vendor::new(&mail);
    let contacts = vendor.contacts(json!([
        {"address": "attached@example.com", "language": "de", "delivery": "attachment"},
        {"address": "linked@BÜCHER.example", "language": "en", "delivery": "link"},
        {"address": "own@example.com"},
    ]));
    assert_eq!(contacts[1]["address"], "linked@xn--bcher-kva.example");
    assert_eq!((&contacts[2]["language"], &contacts[2]["delivery"]), (&json!(null), &json!("link")));
    let report_id = vendor.report();
    assert_eq!(vendor.send(&report_id), [3, 0, 0]);
    assert_eq!(vendor.send(&report_id), [0, 3, 0], "each once, also while it waits");
    let mails = mail.all(3);
    let statement =
        vendor.server.get(&format!("/api/v1/reports/{report_id}/statement.json"), vendor.live()).json();
    let pdf = vendor.server.get(&format!("/api/v1/reports/{report_id}/report.pdf"), vendor.live()).body;
    let hex: String = pdf.iter().map(|byte| format!("{byte:02x}")).collect();
    let central: Decimal = statement["total"]["co2_grams"]["central"].as_str().unwrap().parse().unwrap();
    for (mail, language, word, report) in [
        (&mails[0], Language::De, "vorläufig", "angehängt"),
        (&mails[1], Language::En, "provisional", "Open the report"),
        (&mails[2], Language::Fr, "provisoire", "Ouvrir le rapport"),
    ] {
        let figure = Wording::of(language).mass(Grams::new(central));
        let (text, html) = (mail["text"].as_str().unwrap(), mail["html"].as_str().unwrap());
        for said in [figure.as_str(), word, report, "a@example.com Ltd", "CO₂e"] {
            assert!(text.contains(said) && html.contains(said), "{said}: {text}\n{html}");
        }
        assert!(text.contains("Söhne <Großkunde>") && html.contains("Söhne &#60;Großkunde&#62;"), "{html}");
        assert_eq!(mail["from"], USER);
        assert_eq!((&mail["user"], &mail["encrypted"]), (&json!(USER), &json!(true)));
        assert_eq!(
            header(mail, "from"),
            Some("\"a@example.com Ltd (Example Reports)\" <reports@example.com>")
        );
        assert!(header(mail, "subject").unwrap().contains("Čerpadla & Söhne <Großkunde>"), "{mail}");
        assert_eq!(header(mail, "list-unsubscribe-post"), Some("List-Unsubscribe=One-Click"));
        assert!(mail["lines_max"].as_u64().unwrap() <= 998, "{mail}");
        let logged = vendor.logged_as(mail["to"][0].as_str().unwrap(), "sent");
        let id = logged["id"].as_str().unwrap();
        assert_eq!(header(mail, "message-id"), Some(&*format!("<{id}@example.com>")));
        assert_eq!((&logged["report_id"], &logged["attempts"]), (&json!(report_id), &json!(1)));
    }
    assert_eq!(mails[0]["attachments"][0]["type"], "application/pdf");
    assert_eq!(mails[0]["attachments"][0]["hex"], hex);
    assert!(!mails[0]["text"].as_str().unwrap().contains("report.pdf"), "{}", mails[0]);
    for mail in &mails[1..] {
        assert_eq!(mail["attachments"], json!([]));
        let report = links(mail)[0];
        let reply = vendor.server.get(report, None);
        assert!(reply.status == 200 && reply.body == pdf, "{report}");
    }

    // To look at the link changes nothing; mail programs send one request, without a session or an origin of ours.
    let unsubscribe = |mail: &Value| {
        let header = header(mail, "list-unsubscribe").unwrap();
        header.trim_matches(['<', '>']).strip_prefix(PUBLIC).unwrap().to_owned()
    };
    let link = unsubscribe(&mails[0]);
    assert!(vendor.server.get(&link, None).text().contains("Abbestellen"));
    assert_eq!(vendor.server.get(CONTACTS, vendor.live()).json()["contacts"], contacts);
    let form = [
        ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ("origin", "https://mail.example".to_owned()),
    ];
    for _ in 0..2 {
        let reply = vendor.server.send(&link, &form, "List-Unsubscribe=One-Click");
        assert!(reply.status == 200 && reply.text().contains("Abbestellt"), "{}", reply.text());
    }
    assert!(vendor.server.get(CONTACTS, vendor.live()).json()["contacts"][0]["unsubscribed_at"].is_string());
    let other = link.replace("/mail/", "/mail/x");
    assert_eq!(vendor.server.get(&other, None).status, 404);
    // Who is kept stays unsubscribed; who is removed is forgotten, with the links that it was sent.
    vendor.contacts(
        json!([{"address": "ATTACHED@example.com", "delivery": "link"}, {"address": "own@example.com"}]),
    );
    let next = vendor.report();
    assert_eq!(vendor.send(&next), [1, 0, 1]);
    let mails_of_next = mail.all(1);
    assert_eq!(mails_of_next[0]["to"], json!(["own@example.com"]));
    for link in [unsubscribe(&mails[1]).as_str(), links(&mails[1])[0]] {
        assert_eq!(vendor.server.get(link, None).status, 404, "{link}");
    }

    // All of it goes with the client, and none of it was logged.
    let export = vendor.server.get("/api/v1/tenants/client-xyz/export.zip", vendor.live());
    let document = tenant_in(export.body);
    let exported = |list: &str| {
        document[list].as_array().unwrap().iter().map(|row| row["address"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(exported("contacts"), ["ATTACHED@example.com", "own@example.com"]);
    assert_eq!(exported("mails").len(), 4, "{document}");
    assert_eq!(vendor.server.delete("/api/v1/tenants/client-xyz", vendor.live()).status, 204);
    let log = vendor.server.get(MAIL, vendor.live()).json();
    assert_eq!(log["mails"].as_array().unwrap().len(), 4);
    assert!(
        log["mails"]
            .as_array()
            .unwrap()
            .iter()
            .all(|mail| mail["address"].is_null() && mail["tenant_id"].is_null())
    );
    assert_eq!(vendor.server.get(&link, None).status, 404);
    let (_, _, said) = vendor.server.stop();
    let kept = String::from_utf8_lossy(&vendor.ledger.bytes()).into_owned();
    for address in ["attached@", "linked@", "own@", "xn--bcher"] {
        assert!(!said.contains(address), "{address} in {said}");
        assert!(!vendor.ledger.is_file() || !kept.contains(address), "{address} is still in the file");
    }
    vendor.ledger.check();
}

#[test]
fn what_a_mail_server_refuses_is_retried_or_has_bounced_and_says_why() {
    let mail = MailServer::encrypted("tls");
    let vendor = Vendor::new(&mail);
    vendor.contacts(json!([
        {"address": "nobody@example.com"},
        {"address": "later@example.com"},
        {"address": "gone@example.com"},
    ]));
    let report_id = vendor.report();
    assert_eq!(vendor.send(&report_id), [3, 0, 0]);
    let bounced = vendor.logged_as("nobody@example.com", "bounced");
    assert!(bounced["last_error"].as_str().unwrap().contains("no such user"), "{bounced}");
    assert_eq!((&bounced["attempts"], &bounced["next_attempt_at"]), (&json!(1), &json!(null)));
    let sent = vendor.logged_as("later@example.com", "sent");
    assert_eq!((&sent["attempts"], &sent["last_error"]), (&json!(2), &json!(null)), "{sent}");
    assert_eq!(mail.all(2).len(), 2);
    // What has bounced may be sent again, what was sent is not.
    assert_eq!(vendor.send(&report_id), [1, 2, 0]);
    vendor.logged_as("nobody@example.com", "bounced");
    let (_, _, said) = vendor.server.stop();
    assert!(said.contains("a message was not delivered"), "{said}");
    assert!(!said.contains("nobody") && !said.contains("@example.com"), "{said}");
}

/// Of one server that hangs, and is killed while it does; then the mail is sent again, under the name that it had.
#[test]
fn a_mail_outlives_the_server_that_sends_it() {
    let mail = MailServer::plain();
    let clock = Clock::new();
    let start = |ledger: &Ledger| {
        let mut command = clock.server();
        command.args(mail.options()).args(["--housekeeping-s", "1"]);
        ledger.start(command)
    };
    let ledger = Ledger::new();
    let server = start(&ledger);
    let keys = server.sign_up("a@example.com");
    let vendor = Vendor { ledger, server, keys };
    vendor.server.track(&vendor.keys.live, &call("gpt-4o"));
    vendor.contacts(json!([{"address": "slow@example.com"}, {"address": "swift@example.com"}]));
    let report_id = vendor.report();
    assert_eq!(vendor.send(&report_id), [2, 0, 0]);
    let mut first = Vec::new();
    let is_there = |lines: &[Value], field: &str, said: &Value| lines.iter().any(|line| line[field] == *said);
    let (hangs, swift) = (json!("slow@example.com"), json!(["swift@example.com"]));
    while !is_there(&first, "hangs", &hangs) || !is_there(&first, "to", &swift) {
        first.push(mail.next());
    }
    vendor.logged_as("swift@example.com", "sent");
    let waiting = vendor.logged("slow@example.com").unwrap();
    assert_eq!(waiting["state"], "waiting");
    let Vendor { ledger, server, keys } = vendor;
    server.kill();
    // What it had taken is free again.
    clock.set_days(1);
    mail.goes_on();
    let server = start(&ledger);
    let vendor = Vendor { ledger, server, keys };
    let again = mail.all(1).remove(0);
    assert_eq!(again["to"], json!(["slow@example.com"]));
    let id = waiting["id"].as_str().unwrap();
    assert_eq!(header(&again, "message-id"), Some(&*format!("<{id}@example.com>")));
    vendor.logged_as("slow@example.com", "sent");
}

#[test]
fn contacts_are_checked_field_by_field_and_belong_to_their_account() {
    let (_ledger, server) = Server::alone();
    let [owner, stranger] = ["owner@example.com", "stranger@example.com"].map(|email| server.sign_up(email));
    server.track(&owner.live, &call("gpt-4o"));
    let live = Some(owner.live.as_str());
    let put = |contacts: Value| server.put(CONTACTS, live, &json!({"contacts": contacts}));
    for (contacts, pointer) in [
        (json!(null), "/contacts"),
        (json!([{"language": "en"}]), "/contacts/0/address"),
        (json!([{"address": "nobody"}]), "/contacts/0/address"),
        (json!([{"address": "a@example.com\r\nBcc: b@example.com"}]), "/contacts/0/address"),
        (json!([{"address": "a@example.com"}, {"address": "A@EXAMPLE.com"}]), "/contacts/1/address"),
        (json!([{"address": "a@example.com", "language": "tlh"}]), "/contacts/0/language"),
        (json!([{"address": "a@example.com", "delivery": "fax"}]), "/contacts/0/delivery"),
        (json!([{"address": "a@example.com", "name": "A"}]), "/contacts/0/name"),
        (
            json!((0..21).map(|n| json!({"address": format!("a{n}@example.com")})).collect::<Vec<_>>()),
            "/contacts",
        ),
    ] {
        let problem = put(contacts.clone()).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{contacts}: {problem}");
    }
    assert_eq!(server.get(CONTACTS, live).json(), json!({"contacts": []}));
    let kept = put(json!([{"address": "a@example.com"}]));
    assert_eq!(kept.status, 200, "{}", kept.text());
    server.get(CONTACTS, Some(&stranger.live)).problem(404);
    server.put(CONTACTS, Some(&stranger.live), &json!({"contacts": []})).problem(404);
    server.get(CONTACTS, Some(&owner.test)).problem(403);
    assert_eq!(server.get(CONTACTS, live).json(), kept.json());
    assert_eq!(server.get(MAIL, Some(&stranger.live)).json(), json!({"mails": []}));
    // A server without mail says so, and everything else works.
    let month = jiff::Timestamp::now().to_string()[..7].to_owned();
    let report =
        server.post("/api/v1/reports", live, &json!({"tenant_id": "client-xyz", "month": month})).json();
    let send = format!("/api/v1/reports/{}/mail", report["report_id"].as_str().unwrap());
    let problem = server.post(&send, live, &json!({})).problem(409);
    assert!(problem["detail"].as_str().unwrap().contains("--smtp-url"), "{problem}");
    server.post(&send, Some(&stranger.live), &json!({})).problem(404);
}

#[test]
fn the_console_sets_contacts_sends_a_report_and_shows_what_became_of_it() {
    let mail = MailServer::plain();
    let vendor = Vendor::new(&mail);
    let visitor = Visitor::logs_in(&vendor.server, "a@example.com");
    let page = "/app/tenants/client-xyz/contacts";
    assert!(visitor.opens("/app/tenants/client-xyz").text().contains(page));
    for (form, fault) in [
        ("address=nobody", "Must be an e-mail address"),
        ("address=a@example.com&language=tlh", "language"),
        ("", "Is required"),
    ] {
        let reply = visitor.sends(page, form);
        assert!(reply.status == 422 && reply.text().contains(fault), "{form}: {}", reply.text());
    }
    for form in [
        "address=nobody@example.com&language=fr&delivery=attachment",
        "address=own@example.com&delivery=link",
    ] {
        assert_eq!(visitor.sends(page, form).status, 303, "{form}");
    }
    let twice = visitor.sends(page, "address=OWN@example.com");
    assert!(twice.status == 422 && twice.text().contains("Is there twice"), "{}", twice.text());
    let report_id = vendor.report();
    assert!(visitor.opens(page).text().contains(&report_id));
    let sent = visitor.sends(&format!("{page}/send"), &format!("report_id={report_id}"));
    assert_eq!((sent.status, sent.header("location")), (303, Some("/app/mail")));
    assert_eq!(mail.all(1)[0]["to"], json!(["own@example.com"]));
    vendor.logged_as("nobody@example.com", "bounced");
    let log = visitor.opens("/app/mail").text();
    for said in ["own@example.com", "nobody@example.com", "bounced", "no such user", "client-xyz", &report_id]
    {
        assert!(log.contains(said), "{said}: {log}");
    }
    let contacts = vendor.server.get(CONTACTS, vendor.live()).json();
    let removed = contacts["contacts"][0]["id"].as_str().unwrap();
    assert_eq!(visitor.sends(&format!("{page}/{removed}/remove"), "").status, 303);
    let left = vendor.server.get(CONTACTS, vendor.live()).json();
    assert_eq!(left["contacts"].as_array().unwrap()[..], contacts["contacts"].as_array().unwrap()[1..]);
    let log = visitor.opens("/app/mail").text();
    assert!(
        !log.contains("nobody@example.com") && !log.contains("no such user") && log.contains("removed"),
        "{log}"
    );
}

#[test]
fn a_server_starts_only_with_settings_under_which_mail_can_be_sent() {
    let ledger = Ledger::new();
    let start = |arguments: &[&str]| {
        let output = ledger.run(&[&["serve", "--listen", "127.0.0.1:0"], arguments].concat());
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let from = ["--mail-from", "reports@example.com"];
    let url = ["--public-url", "https://carbon.example.com"];
    let smtp = ["--smtp-url", "smtp://127.0.0.1:1"];
    for (arguments, said) in [
        ([smtp, from].concat(), "--public-url"),
        ([smtp, url].concat(), "--mail-from"),
        ([from, url].concat(), "--smtp-url"),
        ([["--smtp-url", "smtp://user:secret@127.0.0.1?tls=none"], from, url].concat(), "in the clear"),
        ([smtp, ["--mail-from", "nobody"], url].concat(), "must be an address"),
    ] {
        let (code, text) = start(&arguments);
        assert!(code == Some(2) && text.contains(said), "{arguments:?}: {text}");
    }
    let (code, text) = start(&[&smtp[..], &from, &url, &["--smtp-ca", "/dev/null"]].concat());
    assert!(code == Some(1) && text.contains("has no certificate"), "{text}");
}
