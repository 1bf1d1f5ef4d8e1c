//! What stands behind a report: its forms, its evidence, its revisions, and all clients' at once.

use crate::{
    ledger::Ledger,
    server::{Server, binary, call, with},
    time::{month, on},
};
use serde_json::{Value, json};
use std::{
    io::{Cursor, Read, Write},
    path::Path,
    process::{Command, Output},
};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

/// A closed month with tags, a reversal, an unknown model and cached tokens.
fn month_with_everything(server: &Server, key: &str) {
    for (day, model, changes) in [
        (2, "gpt-4o", json!({"tags": {"feature": "chat"}})),
        (2, "mistral-large-2", json!({"tags": {"feature": "search", "team": "a"}})),
        (3, "gpt-5", json!({"region": "azure:swedencentral", "cache_read_input_tokens": 100})),
        (4, "nobody-knows", json!({})),
        (5, "claude-sonnet-4-5", json!({"region": "FRA"})),
        (9, "gpt-4o", json!({})),
        (9, "gpt-4o", json!({"tenant_id": "other"})),
    ] {
        let id = format!("{model}-{day}-{}", changes["tenant_id"].as_str().unwrap_or("own"));
        server.track(key, &with(on(day, &id, json!({"model": model})), changes));
    }
    server.post("/api/v1/events/gpt-4o-9-own/reversal", Some(key), &json!({}));
}

pub(crate) fn close(server: &Server, key: &str) {
    let reply = server.post_bytes(&format!("/api/v1/months/{}/close", month()), Some(key), &[], b"");
    assert_eq!(reply.status, 200, "{}", reply.text());
}

pub(crate) fn report(server: &Server, key: &str, changes: Value) -> Value {
    let wanted = with(json!({"tenant_id": "client-xyz", "month": month()}), changes);
    let reply = server.post("/api/v1/reports", Some(key), &wanted);
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()
}

pub(crate) fn form(server: &Server, key: &str, report: &Value, form: &str) -> Vec<u8> {
    let reply = server.get(report["links"][form].as_str().unwrap(), Some(key));
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.body
}

pub(crate) fn verify(file: &Path, arguments: &[&str]) -> Output {
    Command::new(binary()).arg("verify").arg(file).args(arguments).output().unwrap()
}

pub(crate) fn kept(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

pub(crate) fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// One member of a pack.
pub(crate) fn member(pack: &[u8], name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    ZipArchive::new(Cursor::new(pack)).unwrap().by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

/// A pack with one member changed.
pub(crate) fn forged(pack: &[u8], member: &str, from: &str, to: &str) -> Vec<u8> {
    let mut old = ZipArchive::new(Cursor::new(pack)).unwrap();
    let mut new = ZipWriter::new(Cursor::new(Vec::new()));
    for place in 0..old.len() {
        let mut file = old.by_index(place).unwrap();
        let (name, mut bytes) = (file.name().unwrap().into_owned(), Vec::new());
        file.read_to_end(&mut bytes).unwrap();
        if name == member {
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.contains(from), "{from} is not in {text}");
            bytes = text.replacen(from, to, 1).into_bytes();
        }
        new.start_file(name, SimpleFileOptions::default()).unwrap();
        new.write_all(&bytes).unwrap();
    }
    new.finish().unwrap().into_inner()
}

#[test]
fn a_pack_is_computed_again_by_our_program_and_by_another() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    month_with_everything(&server, &keys.live);
    let provisional = report(&server, &keys.live, json!({}));
    close(&server, &keys.live);
    server.track(&keys.live, &on(7, "late", json!({})));
    let final_report = report(&server, &keys.live, json!({"language": "fr"}));
    assert_eq!((&provisional["status"], &final_report["status"]), (&json!("provisional"), &json!("final")));
    for report in [&provisional, &final_report] {
        let pack = form(&server, &keys.live, report, "evidence");
        assert_eq!(form(&server, &keys.live, report, "evidence"), pack, "the same pack every time");
        let file = kept(&pack);
        let output = verify(file.path(), &["--json"]);
        assert!(output.status.success(), "{}", text(&output));
        let verified: Value = serde_json::from_slice(&output.stdout).unwrap();
        // Six events and a reversal; what came late is not in it.
        assert_eq!((&verified["events"], &verified["report_id"]), (&json!(7), &report["report_id"]));
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/carbon-report/scripts/verify_pack.py");
        let other = Command::new("python3").arg(script).arg(file.path()).output().unwrap();
        assert!(other.status.success(), "{}", text(&other));
        assert!(
            text(&other).contains(&format!("7 events, {} g CO2e", verified["co2_grams"].as_str().unwrap()))
        );
        for (member, from, to, named) in [
            ("events.ndjson", "\"output_tokens\":400", "\"output_tokens\":401", "events.ndjson, row 1"),
            ("statement.json", "\"requests\": 5", "\"requests\": 6", "statement.json, /"),
            ("lines.csv", "total,,,,,,,,5,", "total,,,,,,,,6,", "lines.csv, row 2"),
        ] {
            let file = kept(&forged(&pack, member, from, to));
            let output = verify(file.path(), &[]);
            assert_eq!(output.status.code(), Some(1));
            assert!(text(&output).contains(named), "{}", text(&output));
            let other = Command::new("python3").arg(script).arg(file.path()).output().unwrap();
            assert!(!other.status.success(), "the script does not see {member}");
        }
        let bytes = form(&server, &keys.live, report, "pdf");
        let pdf = kept(&bytes);
        let output = verify(pdf.path(), &[]);
        let words = ["its pages are what its statement draws", "figures agree with each other"];
        assert!(
            output.status.success() && words.iter().all(|words| text(&output).contains(words)),
            "{}",
            text(&output)
        );
        // What is behind the end is read by nobody who only looks for what should be there.
        for (more, named) in [
            (kept(&[bytes, vec![b'x']].concat()), "report.pdf: goes on for 1 bytes"),
            (kept(&[pack, vec![b'x']].concat()), "the file: goes on behind its end"),
        ] {
            let output = verify(more.path(), &[]);
            assert_eq!(output.status.code(), Some(1));
            assert!(text(&output).contains(named), "{}", text(&output));
        }
    }
    let output = verify(Path::new("/nonexistent.zip"), &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("No such file"), "{}", text(&output));
}

#[test]
fn a_report_is_of_the_edition_that_its_client_has_chosen() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    month_with_everything(&server, &keys.live);
    let said = |ask: Value| -> (Value, Value) {
        let report = report(&server, &keys.live, ask);
        let statement = form(&server, &keys.live, &report, "statement");
        let statement: Value = serde_json::from_slice(&statement).unwrap();
        (statement["standard"].clone(), statement["datapoints"][0]["disclosure"].clone())
    };
    let first = (json!("esrs-2023"), json!("E1-6"));
    let amended = (json!("esrs-2026"), json!("E1-8"));
    assert_eq!(said(json!({"financial_year": 2026})), first);
    assert_eq!(said(json!({"financial_year": 2026, "standard": "esrs-2026"})), amended);
    let profile = json!({"standard": "esrs-2026"});
    server.put("/api/v1/tenants/client-xyz", Some(&keys.live), &profile);
    assert_eq!(said(json!({"financial_year": 2026})), amended);
    assert_eq!(said(json!({"financial_year": 2026, "standard": "esrs-2023"})), first);
    // A choice for the one year that has one does not reach others.
    assert_eq!(said(json!({"financial_year": 2025})), first);
    for (year, standard) in [(2025, "esrs-2026"), (2027, "esrs-2023"), (2026, "esrs-2025")] {
        let asked = json!({"tenant_id": "client-xyz", "month": month(), "financial_year": year, "standard": standard});
        let problem = server.post("/api/v1/reports", Some(&keys.live), &asked).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], "/standard", "{year} {standard}: {problem}");
    }
}

#[test]
fn the_forms_are_the_pdfs_own() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    month_with_everything(&server, &keys.live);
    let report = report(&server, &keys.live, json!({"financial_year": 2027, "invoiced_tokens": 5_000}));
    let pdf = form(&server, &keys.live, &report, "pdf");
    for (link, name) in [("statement", "statement.json"), ("lines", "lines.csv")] {
        assert_eq!(carbon_report::attached(&pdf, name).unwrap(), form(&server, &keys.live, &report, link));
    }
    let statement: Value = serde_json::from_slice(&form(&server, &keys.live, &report, "statement")).unwrap();
    assert_eq!(statement["heading"]["report_id"], report["report_id"]);
    assert_eq!(statement["datapoints"][0]["disclosure"], "E1-8");
    assert_eq!(statement["data_quality"]["reconciliation"]["invoiced_tokens"], 5_000);
    let tags: Vec<&str> =
        statement["by_tag"].as_array().unwrap().iter().map(|tag| tag["value"].as_str().unwrap()).collect();
    assert_eq!(tags, ["chat", "search", "a"]);
    // What usage says of the month is what the statement says.
    let query = format!("/api/v1/usage?from={0}-01&to={0}-28&tenant_id=client-xyz&group_by=month", month());
    let usage = server.get(&query, Some(&keys.live)).text();
    // All digits of it, where a reader of JSON numbers keeps seventeen.
    for (figure, bound) in [("co2_grams", "central"), ("energy_wh", "high")] {
        let stated = statement["total"][figure][bound].as_str().unwrap();
        assert!(usage.contains(&format!("\"{bound}\":{stated}")), "{figure} {stated} is not in {usage}");
    }
}

#[test]
fn a_restatement_makes_the_next_revision_and_it_stays() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    month_with_everything(&server, &keys.live);
    let closing = format!("/api/v1/months/{}/close", month());
    server.post_bytes(&closing, Some(&keys.live), &[], br#"{"factor_set": "2025.1"}"#);
    let first = report(&server, &keys.live, json!({}));
    let bytes = form(&server, &keys.live, &first, "pdf");
    server.track(&keys.live, &on(7, "late", json!({})));
    assert_eq!(report(&server, &keys.live, json!({})), first, "late events change nothing");

    let wish = json!({"month": month(), "reason": "Newer factors, and a late event."});
    assert_eq!(server.post("/api/v1/restatements", Some(&keys.live), &wish).status, 201);
    // What comes after it is told by the next one.
    server.track(&keys.live, &on(8, "later", json!({})));
    let second = report(&server, &keys.live, json!({}));
    assert_eq!((&second["revision"], &second["status"]), (&json!(2), &json!("final")));
    assert_eq!(report(&server, &keys.live, json!({})), second, "once");
    assert_eq!(form(&server, &keys.live, &first, "pdf"), bytes, "the old one stays");

    let statement: Value = serde_json::from_slice(&form(&server, &keys.live, &second, "statement")).unwrap();
    assert_eq!(statement["heading"]["supersedes"], first["report_id"]);
    let restatement = &statement["restatement"];
    assert_eq!((&restatement["old_factor_set"], &restatement["reason"]), (&json!("2025.1"), &wish["reason"]));
    // gpt-5 was not known to 2025.1; the late call is 0.3 g of the usage.
    assert_eq!(restatement["total"]["usage_co2_grams"], "0.3");
    assert_ne!(restatement["total"]["factors_co2_grams"], "0");
    // Two calls of the six counted events came as eight rows: the late one is in, the later one not.
    assert_eq!(statement["audit"]["events"]["count"], 8);
    let pack = kept(&form(&server, &keys.live, &second, "evidence"));
    assert!(verify(pack.path(), &[]).status.success(), "{}", text(&verify(pack.path(), &[])));
    let pdf = kept(&form(&server, &keys.live, &second, "pdf"));
    assert!(verify(pdf.path(), &[]).status.success(), "{}", text(&verify(pdf.path(), &[])));
    let german = report(&server, &keys.live, json!({"language": "de"}));
    let german: Value = serde_json::from_slice(&form(&server, &keys.live, &german, "statement")).unwrap();
    assert_eq!((&german["total"], &german["restatement"]), (&statement["total"], restatement));
    server.stop();
    ledger.check();
}

#[test]
fn the_trend_tells_what_was_stated_for_earlier_months() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    month_with_everything(&server, &keys.live);
    close(&server, &keys.live);
    server.track(&keys.live, &call("gpt-4o"));
    let this_month = &jiff::Timestamp::now().to_string()[..7];
    let report = report(&server, &keys.live, json!({"month": this_month}));
    let statement: Value = serde_json::from_slice(&form(&server, &keys.live, &report, "statement")).unwrap();
    let earlier = statement["trend"]["earlier"].as_array().unwrap();
    // In January and February the month before lies in another year.
    if this_month[..4] == month()[..4] {
        assert_eq!((&earlier[0]["month"], &earlier[0]["status"]), (&json!(month()), &json!("final")));
        assert_eq!(earlier[0]["requests"], 5);
    } else {
        assert!(earlier.is_empty());
    }
}

#[test]
fn a_report_looks_as_the_supplier_wants() {
    let (_ledger, server) = Server::alone();
    let [keys, stranger] = ["a@example.com", "b@example.com"].map(|email| server.sign_up(email));
    let put = |key: &str, body: &Value| server.put("/api/v1/branding", Some(key), body);
    let logo = include_str!("logo.png.base64");
    let set =
        put(&keys.live, &json!({"accent": "#7a1f5c", "logo_png": logo, "up_to_1000_employees": true})).json();
    assert_eq!(server.get("/api/v1/branding", Some(&keys.live)).json(), set);
    assert_eq!(server.get("/api/v1/branding", Some(&stranger.live)).json()["accent"], json!(null));
    month_with_everything(&server, &keys.live);
    let report = report(&server, &keys.live, json!({}));
    let pack = form(&server, &keys.live, &report, "evidence");
    // Another look from now on; what was issued is checked with its own.
    put(&keys.live, &json!({}));
    let file = kept(&pack);
    assert!(verify(file.path(), &[]).status.success(), "{}", text(&verify(file.path(), &[])));
    assert_eq!(form(&server, &keys.live, &report, "evidence"), pack);
    let mut zip = ZipArchive::new(Cursor::new(&pack)).unwrap();
    assert!(zip.by_name("logo.png").is_ok());
    let alone = kept(&form(&server, &keys.live, &report, "pdf"));
    assert!(verify(alone.path(), &[]).status.success(), "{}", text(&verify(alone.path(), &[])));
    for (body, pointer) in [
        (json!({"accent": "green"}), "/accent"),
        (json!({"accent": "#ffff00"}), "/accent"),
        (json!({"logo_png": "!!"}), "/logo_png"),
        (json!({"logo_png": "aGVsbG8="}), "/logo_png"),
        (json!({"font": "Comic Sans"}), "/font"),
    ] {
        assert_eq!(put(&keys.live, &body).problem(422)["errors"][0]["pointer"], pointer, "{body}");
    }
    assert_eq!(put(&keys.test, &json!({})).status, 403);
}

fn done(server: &Server, key: &str, batch: &Value) -> Value {
    let link = batch["links"]["progress"].as_str().unwrap();
    for _ in 0..600 {
        let now = server.get(link, Some(key)).json();
        if now["status"] == "done" {
            return now;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("the batch is not done after a minute");
}

/// Names of the members of a zip, and its list of reports.
fn contents(zip: &[u8]) -> (Vec<String>, String) {
    let mut zip = ZipArchive::new(Cursor::new(zip)).unwrap();
    let mut list = String::new();
    zip.by_name("reports.csv").unwrap().read_to_string(&mut list).unwrap();
    let names = (0..zip.len()).map(|place| zip.by_index(place).unwrap().name().unwrap().into_owned());
    (names.collect(), list)
}

#[test]
fn every_client_at_once() {
    let (ledger, server) = Server::alone();
    let [keys, stranger] = ["a@example.com", "b@example.com"].map(|email| server.sign_up(email));
    for tenant in ["a", "b", "../c", "=d", "e e"] {
        server.track(&keys.live, &on(3, &format!("of-{tenant}"), json!({"tenant_id": tenant})));
    }
    server.track(&stranger.live, &on(3, "foreign", json!({"tenant_id": "foreign"})));
    let wanted = json!({"tenant_id": "*", "month": month(), "language": "de"});
    let started = server.post("/api/v1/reports", Some(&keys.live), &wanted);
    assert_eq!(started.status, 202, "{}", started.text());
    let batch = done(&server, &keys.live, &started.json());
    assert_eq!((&batch["total"], &batch["done"], &batch["failed"]), (&json!(5), &json!(5), &json!([])));
    let link = batch["links"]["zip"].as_str().unwrap();
    let zip = server.get(link, Some(&keys.live));
    assert_eq!(zip.header("content-type"), Some("application/zip"));
    let (names, list) = contents(&zip.body);
    assert_eq!(names.len(), 6);
    assert!(names.iter().all(|name| !name.contains(['/', ' ', '='])), "{names:?}");
    assert!(list.contains("\n'=d,_d-") && !list.contains("foreign"), "{list}");
    server.get(link, Some(&stranger.live)).problem(404);
    server.get(batch["links"]["progress"].as_str().unwrap(), Some(&stranger.live)).problem(404);
    // Asked for again, nothing is issued anew.
    done(&server, &keys.live, &server.post("/api/v1/reports", Some(&keys.live), &wanted).json());
    assert_eq!(ledger.count("select count(*) from report"), 5);
    server.stop();

    // The same from the command line, without a server.
    let folder = tempfile::tempdir().unwrap();
    let out = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let report = |arguments: &[&str]| command(&ledger, arguments);
    let (month, all, one) = (month(), out("all.zip"), out("one.pdf"));
    let several = report(&["--tenant", "*", "--month", &month, "--output", &all]);
    assert!(text(&several).contains("name one with --account"), "{}", text(&several));
    let account = ["--account", "a@example.com", "--month", &month, "--language", "de"];
    let output = report(&[&account[..], &["--tenant", "*", "--output", &all]].concat());
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(contents(&std::fs::read(&all).unwrap()).1, list);
    let output = report(&[&account[..], &["--tenant", "a", "--output", &one]].concat());
    assert!(output.status.success() && verify(Path::new(&one), &[]).status.success(), "{}", text(&output));
    let output = report(&[&account[..], &["--tenant", "nobody", "--output", &one]].concat());
    assert!(text(&output).contains("no client nobody"), "{}", text(&output));
}

fn command(ledger: &Ledger, arguments: &[&str]) -> Output {
    ledger.run(&[&["report"], arguments].concat())
}

#[test]
fn evidence_and_forms_are_the_accounts_own() {
    let (_ledger, server) = Server::alone();
    let [owner, stranger] = ["a@example.com", "b@example.com"].map(|email| server.sign_up(email));
    month_with_everything(&server, &owner.live);
    let report = report(&server, &owner.live, json!({}));
    for link in ["pdf", "statement", "lines", "evidence"] {
        let link = report["links"][link].as_str().unwrap();
        server.get(link, Some(&stranger.live)).problem(404);
        server.get(link, None).problem(401);
        server.get(link, Some(&owner.test)).problem(403);
    }
    // Nothing of another client is in the pack.
    let pack = form(&server, &owner.live, &report, "evidence");
    let mut zip = ZipArchive::new(Cursor::new(&pack)).unwrap();
    for place in 0..zip.len() {
        let mut bytes = Vec::new();
        zip.by_index(place).unwrap().read_to_end(&mut bytes).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("gpt-4o-9-other"));
    }
}

#[test]
fn an_operators_key_signs_every_report() {
    let ledger = Ledger::new();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/carbon-report/tests/report/signing");
    let (key, certificate) = (format!("{root}/key.pem"), format!("{root}/certificate.pem"));
    let server = ledger.serve_with(&["--signing-key", &key, "--signing-certificate", &certificate]);
    let keys = server.sign_up("a@example.com");
    month_with_everything(&server, &keys.live);
    let report = report(&server, &keys.live, json!({}));
    let file = kept(&form(&server, &keys.live, &report, "pdf"));
    let judgement = Command::new("pdfsig").arg("-nocert").arg(file.path()).output().unwrap();
    assert!(text(&judgement).contains("Signature is Valid"), "{}", text(&judgement));
    let pack = kept(&form(&server, &keys.live, &report, "evidence"));
    assert!(verify(pack.path(), &[]).status.success(), "{}", text(&verify(pack.path(), &[])));
    for file in [&file, &pack] {
        let output = verify(file.path(), &["--json"]);
        assert!(output.status.success(), "{}", text(&output));
        let verified: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(verified["signed_by"]["self_signed"], true, "{verified}");
        assert!(text(&verify(file.path(), &[])).contains("self-signed: unchanged since"));
    }
    let refused = ledger.run(&["--signing-key", &key]);
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused));
    let swapped = ["--listen", "127.0.0.1:0", "--signing-key", &certificate, "--signing-certificate", &key];
    let swapped = Ledger::new().run(&swapped);
    assert!(text(&swapped).contains("reports cannot be signed"), "{}", text(&swapped));
}
