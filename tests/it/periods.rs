//! Reports on a period of several months: the sum of its months' final reports, and nothing else.

use crate::{
    report_evidence::{forged, form, kept, text, verify},
    server::{Keys, Server, call, with},
    visitor::Visitor,
};
use jiff::{ToSpan, civil::Date};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::process::{Command, Output};

/// The month so many months ago, this one being 0.
pub(crate) fn ago(months: i32) -> String {
    let today: Date = jiff::Timestamp::now().to_string()[..10].parse().unwrap();
    (today.first_of_month() - months.months()).to_string()[..7].to_owned()
}

/// Some calls in the middle of a month.
pub(crate) fn used(server: &Server, keys: &Keys, month: &str) {
    for (name, changes) in [
        ("mistral-large-2", json!({"tags": {"feature": "search"}})),
        ("gpt-5", json!({"region": "FRA"})),
        ("nobody-knows", json!({})),
    ] {
        let id = format!("{name}-{month}");
        let time = format!("{month}-15T12:00:00Z");
        let changes = with(json!({"event_id": id, "timestamp": time}), changes);
        server.track(&keys.live, &with(call(name), changes));
    }
}

pub(crate) fn close(server: &Server, keys: &Keys, month: &str) {
    let reply = server.post_bytes(&format!("/api/v1/months/{month}/close"), Some(&keys.live), &[], b"");
    assert_eq!(reply.status, 200, "{}", reply.text());
}

pub(crate) fn post(server: &Server, keys: &Keys, body: Value) -> Value {
    let wanted = with(json!({"tenant_id": "client-xyz"}), body);
    let reply = server.post("/api/v1/reports", Some(&keys.live), &wanted);
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()
}

fn statement(server: &Server, keys: &Keys, report: &Value) -> Value {
    serde_json::from_slice(&form(server, &keys.live, report, "statement")).unwrap()
}

fn grams(statement: &Value) -> Decimal {
    statement["total"]["co2_grams"]["central"].as_str().unwrap().parse().unwrap()
}

fn script(pack: &[u8]) -> Output {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/carbon-report/scripts/verify_period_pack.py");
    Command::new("python3").arg(script).arg(kept(pack).path()).output().unwrap()
}

#[test]
fn a_period_is_the_sum_of_its_months_and_each_change_of_them_is_a_revision() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let months = [4, 3, 2, 1].map(ago);
    months.iter().for_each(|month| used(&server, &keys, month));
    let period = json!({"period": {"from": months[0], "to": months[3]}});
    let wanted = with(json!({"tenant_id": "client-xyz"}), period.clone());
    let problem = server.post("/api/v1/reports", Some(&keys.live), &wanted).problem(409);
    assert!(problem["detail"].as_str().unwrap().contains("has a final report of this client"), "{problem}");

    // Two months have their reports, one in another language; one is closed without a report, one is open.
    for month in &months[..3] {
        close(&server, &keys, month);
    }
    let first = post(&server, &keys, json!({"month": months[0]}));
    let second = post(&server, &keys, json!({"month": months[1], "language": "fr"}));
    let part = post(&server, &keys, period.clone());
    assert_eq!((&part["status"], &part["revision"]), (&json!("provisional"), &json!(1)));
    let missing =
        json!([{"month": months[2], "reason": "no_report"}, {"month": months[3], "reason": "open"}]);
    assert_eq!(part["period"], json!({"from": months[0], "to": months[3], "missing": missing}));
    assert_eq!(post(&server, &keys, period.clone()), part, "the same months give the same report");
    let said = statement(&server, &keys, &part);
    assert_eq!(said["missing"], missing);
    let of_months = [&first, &second].map(|report| grams(&statement(&server, &keys, report)));
    assert_eq!(grams(&said), of_months.into_iter().sum());
    // What is not whole is not handed over as final.
    let path = part["links"]["pdf"].as_str().unwrap().replace("report.pdf", "footprint.pact.json");
    server.get(&path, Some(&keys.live)).problem(404);
    for link in ["footprint", "vsme", "focus"] {
        assert_eq!(part["links"][link], Value::Null, "{link}");
    }

    // The whole period.
    close(&server, &keys, &months[3]);
    let others = [2, 3].map(|place| post(&server, &keys, json!({"month": months[place]})));
    let whole = post(&server, &keys, period.clone());
    assert_eq!((&whole["status"], &whole["revision"]), (&json!("final"), &json!(2)));
    let said = statement(&server, &keys, &whole);
    assert_eq!(said["heading"]["supersedes"], part["report_id"]);
    let reports = [&first, &second, &others[0], &others[1]];
    assert_eq!(
        grams(&said),
        reports.map(|report| grams(&statement(&server, &keys, report))).into_iter().sum()
    );
    for (stated, report) in said["months"].as_array().unwrap().iter().zip(reports) {
        assert_eq!((&stated["report_id"], &stated["revision"]), (&report["report_id"], &report["revision"]));
        let of_month = statement(&server, &keys, report);
        assert_eq!(stated["audit"], of_month["audit"], "its root and its seal");
    }
    let footprint: Value = serde_json::from_slice(&form(&server, &keys.live, &whole, "footprint")).unwrap();
    let [start, end] = ["Start", "End"].map(|end| footprint["pcf"][format!("referencePeriod{end}")].clone());
    assert_eq!(start, json!(format!("{}-01T00:00:00Z", months[0])));
    assert_eq!(end, json!(format!("{}-01T00:00:00Z", ago(0))));

    verifies(&server, &keys, &whole, &months);
    verifies(&server, &keys, &part, &months);

    // A restatement takes its month out until a report tells it.
    let late = json!({"event_id": "late", "timestamp": format!("{}-20T12:00:00Z", months[1])});
    server.track(&keys.live, &with(call("mistral-large-2"), late));
    let restated = json!({"month": months[1], "reason": "A late call"});
    assert_eq!(server.post("/api/v1/restatements", Some(&keys.live), &restated).status, 201);
    let without = post(&server, &keys, period.clone());
    assert_eq!((&without["status"], &without["revision"]), (&json!("provisional"), &json!(3)));
    assert_eq!(without["period"]["missing"], json!([{"month": months[1], "reason": "restated"}]));
    post(&server, &keys, json!({"month": months[1]}));
    let again = post(&server, &keys, period);
    assert_eq!((&again["status"], &again["revision"]), (&json!("final"), &json!(4)));
    let newer = statement(&server, &keys, &again);
    assert!(grams(&newer) > grams(&said));
    assert_eq!(newer["months"][1]["restated"]["reason"], "A late call");
    assert_eq!(statement(&server, &keys, &whole), said, "what was issued stays");
    verifies(&server, &keys, &again, &months);

    // No invoice counts it, and PACT's list has each month once.
    let lines = server.get(&format!("/api/v1/invoices/{}", ago(0)), Some(&keys.live));
    if lines.status == 200 {
        let of_reports =
            lines.json()["lines"].as_array().unwrap().iter().filter(|line| line["item"] == "report").count();
        assert!(of_reports <= 4, "{}", lines.text());
    }
    drop(server);
    ledger.check();
}

/// Pack and report are found right by our program and by the script, and any change of them is found.
fn verifies(server: &Server, keys: &Keys, report: &Value, months: &[String]) {
    let pack = form(server, &keys.live, report, "evidence");
    assert_eq!(form(server, &keys.live, report, "evidence"), pack, "the same pack every time");
    let said = statement(server, keys, report);
    let output = verify(kept(&pack).path(), &["--json"]);
    assert!(output.status.success(), "{}", text(&output));
    let verified: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(verified["report_id"], report["report_id"]);
    assert_eq!(verified["period"]["added_up"], json!(true));
    let [found, stated] = [&verified["period"]["months"], &said["months"]].map(|months| {
        months.as_array().unwrap().iter().map(|month| month["report_id"].clone()).collect::<Vec<_>>()
    });
    assert_eq!(found, stated);
    let output = script(&pack);
    assert!(output.status.success(), "{}", text(&output));
    assert!(text(&output).contains(&format!("{} g CO2e", grams(&said))), "{}", text(&output));
    let month = format!("{}.statement.json", months[0]);
    for (member, from, to, named) in [
        (month.as_str(), "\"requests\": 3", "\"requests\": 4", month.as_str()),
        ("statement.json", "\"statement_sha256\": \"", "\"statement_sha256\": \"x", month.as_str()),
        ("statement.json", "\"input_tokens\": ", "\"input_tokens\": 1", "statement.json, /"),
        ("lines.csv", "total,,,,,,,,", "total,,,,,,,,1", "lines.csv, row 2"),
        ("manifest.json", "\"bytes\": ", "\"bytes\": 1", "manifest.json"),
    ] {
        let forged = forged(&pack, member, from, to);
        let output = verify(kept(&forged).path(), &[]);
        assert_eq!(output.status.code(), Some(1), "{member}: {}", text(&output));
        assert!(text(&output).contains(named), "{member}: {}", text(&output));
        assert!(!script(&forged).status.success(), "the script does not see {member}");
    }
    let pdf = form(server, &keys.live, report, "pdf");
    let output = verify(kept(&pdf).path(), &["--json"]);
    assert!(output.status.success(), "{}", text(&output));
    let verified: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(verified["period"]["added_up"], json!(false));
    let behind = [pdf.as_slice(), b"%"].concat();
    assert_eq!(verify(kept(&behind).path(), &[]).status.code(), Some(1));
}

#[test]
fn the_console_makes_a_period_and_the_dashboard_shows_it() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let months = [2, 1].map(ago);
    months.iter().for_each(|month| used(&server, &keys, month));
    let visitor = Visitor::logs_in(&server, "a@example.com");
    let form = |from: &str, to: &str| format!("tenant_id=client-xyz&from={from}&to={to}&language=en");
    let refused = visitor.sends("/app/reports", &form(&months[0], &months[1]));
    assert_eq!(refused.status, 409, "{}", refused.text());
    assert!(refused.text().contains("has a final report of this client"), "{}", refused.text());
    let refused = visitor.sends("/app/reports", &form(&months[1], &months[0]));
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert!(refused.text().contains("Last month must not be before the first month."), "{}", refused.text());
    close(&server, &keys, &months[0]);
    post(&server, &keys, json!({"month": months[0]}));
    let taken = visitor.sends("/app/reports", &form(&months[0], &months[1]));
    assert_eq!((taken.status, taken.header("location")), (303, Some("/app/reports")), "{}", taken.text());
    let report = post(&server, &keys, json!({"period": {"from": months[0], "to": months[1]}}));
    let id = report["report_id"].as_str().unwrap();
    let listed = visitor.opens("/app/reports").text();
    assert!(listed.contains(&format!("/app/reports/{id}/report.pdf")), "{listed}");
    assert!(!listed.contains(&format!("/app/reports/{id}/focus.csv")), "a period has no days");

    let link = server.post(
        "/api/v1/tenants/client-xyz/dashboard-links",
        Some(&keys.live),
        &json!({"expires_in_days": 30}),
    );
    let url = link.json()["url"].as_str().unwrap().strip_prefix(&server.url).unwrap().to_owned();
    for (language, periods) in [
        ("en", "Financial years and other periods"),
        ("fr", "Exercices et autres périodes"),
        ("de", "Geschäftsjahre und andere Zeiträume"),
    ] {
        let page = server.get(&format!("{url}?month={}&language={language}", months[1]), None).text();
        assert!(page.contains(periods) && page.contains(&format!("{url}/reports/{id}/report.pdf")), "{page}");
    }
    let file = |form: &str| server.get(&format!("{url}/reports/{id}/{form}"), None).status;
    assert_eq!(["report.pdf", "lines.csv", "statement.json", "evidence.zip"].map(file), [200; 4]);
    // Both months are of one year, but in February.
    if months[0][..4] == months[1][..4] {
        let page = server.get(&format!("{url}?month={}&language=en", months[1]), None).text();
        assert!(page.contains("Year to date"), "{page}");
    }
}

/// Calls of a client, and nothing else of it.
fn another(server: &Server, keys: &Keys, tenant_id: &str, month: &str) {
    let its = json!({"tenant_id": tenant_id, "event_id": format!("{tenant_id}-{month}"),
                     "timestamp": format!("{month}-15T12:00:00Z")});
    server.track(&keys.live, &with(call("gpt-4o"), its));
}

#[test]
fn every_client_gets_its_period_and_who_has_nothing_to_add_up_is_named() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let months = [2, 1].map(ago);
    for month in &months {
        used(&server, &keys, month);
        another(&server, &keys, "client-two", month);
        close(&server, &keys, month);
    }
    another(&server, &keys, "only-before", &ago(4));
    another(&server, &keys, "without-a-report", &months[1]);
    for (tenant_id, month) in [("client-xyz", 0), ("client-xyz", 1), ("client-two", 1)] {
        post(&server, &keys, json!({"tenant_id": tenant_id, "month": months[month]}));
    }
    let period = json!({"from": months[0], "to": months[1]});
    let wanted = json!({"tenant_id": "*", "period": period, "language": "de"});
    let done = |progress: &str| {
        let mut answer = server.get(progress, Some(&keys.live)).json();
        while answer["status"] != "done" {
            std::thread::sleep(std::time::Duration::from_millis(50));
            answer = server.get(progress, Some(&keys.live)).json();
        }
        answer
    };
    let reply = server.post("/api/v1/reports", Some(&keys.live), &wanted);
    assert_eq!(reply.status, 202, "{}", reply.text());
    let answer = done(reply.json()["links"]["progress"].as_str().unwrap());
    assert_eq!((&answer["period"], &answer["language"]), (&period, &json!("de")));
    assert_eq!(answer.get("month"), None);
    assert_eq!((&answer["total"], &answer["done"]), (&json!(3), &json!(2)), "{answer}");
    let failed = &answer["failed"][0];
    assert_eq!(failed["tenant_id"], "without-a-report", "{answer}");
    assert!(failed["detail"].as_str().unwrap().contains("has a final report of this client"), "{answer}");

    // The zip has what each client's own request gives.
    let zip = server.get(answer["links"]["zip"].as_str().unwrap(), Some(&keys.live));
    let name = format!("carbon-reports-{}-to-{}-de.zip", months[0], months[1]);
    assert!(zip.header("content-disposition").unwrap().contains(&name) || months[0].ends_with("-01"));
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(zip.body)).unwrap();
    for tenant_id in ["client-xyz", "client-two"] {
        let report = post(&server, &keys, with(wanted.clone(), json!({"tenant_id": tenant_id})));
        let file = format!("{tenant_id}-{}.pdf", report["report_id"].as_str().unwrap());
        assert!(zip.by_name(&file).is_ok(), "{file}");
    }
    let semicolons = format!("{}?separator=semicolon", answer["links"]["zip"].as_str().unwrap());
    let zip = server.get(&semicolons, Some(&keys.live));
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(zip.body)).unwrap();
    let mut index = String::new();
    std::io::Read::read_to_string(&mut zip.by_name("reports.csv").unwrap(), &mut index).unwrap();
    assert!(index.starts_with("\u{feff}tenant_id;file;report_id;revision;"), "{index}");

    // The console does the same.
    let visitor = Visitor::logs_in(&server, "a@example.com");
    let form = format!("tenant_id=*&from={}&to={}&language=de", months[0], months[1]);
    let sent = visitor.sends("/app/reports", &form);
    assert_eq!(sent.status, 303, "{}", sent.text());
    let batch = sent.header("location").unwrap().to_owned();
    let mut page = visitor.opens(&batch).text();
    while !page.contains("Download all") {
        std::thread::sleep(std::time::Duration::from_millis(50));
        page = visitor.opens(&batch).text();
    }
    assert!(page.contains("2 of 3 created") && page.contains("without-a-report: No month"), "{page}");

    // And so does the command, once the server has stopped.
    let reports = ledger.count("select count(*) from report");
    drop(server);
    let folder = tempfile::tempdir().unwrap();
    let output = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let of = format!("{}/{}", months[0], months[1]);
    let run = |tenant: &str, of: &[&str], to: &str| {
        let begin = ["report", "--tenant", tenant, "--output", to, "--language", "de"];
        ledger.run(&[&begin, of].concat())
    };
    let all = run("*", &["--period", &of], &output("all.zip"));
    assert!(all.status.success(), "{}", text(&all));
    assert!(text(&all).contains("contains the 2 reports for "), "{}", text(&all));
    assert!(text(&all).contains("without-a-report: No month of"), "{}", text(&all));
    let one = run("client-xyz", &["--period", &of], &output("one.pdf"));
    assert!(one.status.success(), "{}", text(&one));
    assert!(verify(std::path::Path::new(&output("one.pdf")), &[]).status.success());
    let none = run("without-a-report", &["--period", &of], &output("none.pdf"));
    assert_eq!(none.status.code(), Some(1), "{}", text(&none));
    assert!(text(&none).contains("has a final report of this client"), "{}", text(&none));
    let both = run("client-xyz", &["--period", &of, "--month", &months[0]], &output("both.pdf"));
    assert_eq!(both.status.code(), Some(2), "{}", text(&both));
    assert_eq!(run("client-xyz", &[], &output("neither.pdf")).status.code(), Some(2));
    assert_eq!(ledger.count("select count(*) from report"), reports, "each was issued once");
}

#[test]
fn a_wrong_period_is_refused_by_its_field() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let (now, next) = (ago(0), ago(-1));
    let next_year = (now[..4].parse::<u16>().unwrap() + 1).to_string();
    for (changes, pointer, detail) in [
        (json!({"period": "26"}), "/period", "must be a year"),
        (json!({"period": "2025-01/2025-12"}), "/period", "must be a year"),
        (json!({"period": 2026}), "/period", "must be a year"),
        (json!({"period": {"from": "2025-01", "until": "2025-02"}}), "/period", "must be a year"),
        (json!({"period": "2017"}), "/period", "is before 2018-01"),
        (json!({"period": next_year}), "/period", "ends in the future"),
        (json!({"period": {"to": now}}), "/period/from", "is required"),
        (json!({"period": {"from": ago(2)}}), "/period/to", "is required"),
        (json!({"period": {"from": "2025-13", "to": now}}), "/period/from", "must be a month"),
        (json!({"period": {"from": ago(2), "to": next}}), "/period/to", "is in the future"),
        (
            json!({"period": {"from": ago(1), "to": ago(2)}}),
            "/period/to",
            "must not be before the first month",
        ),
        (json!({"period": {"from": ago(2), "to": ago(2)}}), "/period/to", "must be a later month"),
        (json!({"period": {"from": ago(25), "to": ago(1)}}), "/period/to", "must be at most 24 months"),
        (
            json!({"period": {"from": ago(2), "to": ago(1)}, "month": ago(1)}),
            "/month",
            "cannot be used with `period`",
        ),
        (json!({"period": "2025", "invoiced_tokens": 5}), "/invoiced_tokens", "applies to one month"),
        (json!({"period": "2025", "standard": "esrs-2026"}), "/standard", "must be esrs-2023"),
        (json!({"period": "2025", "language": "xx"}), "/language", "must be en, fr, de, it, es, nl or pl"),
        (json!({}), "/month", "is required"),
    ] {
        let wanted = with(json!({"tenant_id": "client-xyz"}), changes);
        let problem = server.post("/api/v1/reports", Some(&keys.live), &wanted).problem(422);
        let error = &problem["errors"][0];
        assert_eq!(error["pointer"], pointer, "{wanted}: {problem}");
        assert!(error["detail"].as_str().unwrap().starts_with(detail), "{wanted}: {problem}");
    }
    let unknown = json!({"tenant_id": "nobody", "period": {"from": ago(2), "to": ago(1)}});
    server.post("/api/v1/reports", Some(&keys.live), &unknown).problem(404);
}

#[test]
fn a_period_is_its_clients_alone_and_goes_with_it() {
    let (ledger, server) = Server::alone();
    let [keys, stranger] = ["a@example.com", "b@example.com"].map(|email| server.sign_up(email));
    let months = [2, 1].map(ago);
    for month in &months {
        for keys in [&keys, &stranger] {
            used(&server, keys, month);
            close(&server, keys, month);
        }
        post(&server, &keys, json!({"month": month}));
    }
    let period = json!({"period": {"from": months[0], "to": months[1]}});
    let report = post(&server, &keys, period.clone());
    for file in ["pdf", "statement", "lines", "evidence"] {
        let path = report["links"][file].as_str().unwrap();
        server.get(path, Some(&stranger.live)).problem(404);
        assert_eq!(server.get(path, Some(&keys.live)).status, 200);
    }
    // The same client of another account has no reports of its own yet.
    let wanted = with(json!({"tenant_id": "client-xyz"}), period);
    server.post("/api/v1/reports", Some(&stranger.live), &wanted).problem(409);
    let test = Some(keys.test.as_str());
    server.post("/api/v1/reports", test, &wanted).problem(403);

    assert_eq!(server.delete("/api/v1/tenants/client-xyz", Some(&keys.live)).status, 204);
    server.get(report["links"]["pdf"].as_str().unwrap(), Some(&keys.live)).problem(404);
    server.get(report["links"]["evidence"].as_str().unwrap(), Some(&keys.live)).problem(404);
    server.post("/api/v1/reports", Some(&keys.live), &wanted).problem(404);
    drop(server);
    ledger.check();
}
