//! The pages over HTTP: forms, who may send them, and figures that agree with the API.

use crate::ledger::Ledger;
use crate::server::{Server, call, with};
use crate::visitor::{Visitor, send};
use serde_json::json;

/// What a form leaves out is cleared: so the profile's has a field for every setting of a client.
#[test]
fn a_saved_profile_keeps_every_setting() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let settings = json!({
        "name": "Xyz", "legal_name": "Xyz S.A.S.", "language": "fr", "region": "FRA",
        "carbon_budget_grams": 5_000, "lei": "529900T8BM49AURSDO55",
    });
    server.put("/api/v1/tenants/client-xyz", Some(&keys.live), &settings);
    let shown = || server.get("/api/v1/tenants/client-xyz", Some(&keys.live)).json();
    let before = shown();
    let visitor = Visitor::logs_in(&server, "a@example.com");
    let page = visitor.opens("/app/tenants/client-xyz").text();
    let (_, profile) = page.split_once("action=\"/app/tenants/client-xyz\"").unwrap();
    let (profile, _) = profile.split_once("</form>").unwrap();
    for (name, value) in settings.as_object().unwrap() {
        assert_eq!(before[name], *value, "{name}");
        assert!(profile.contains(&format!("name=\"{name}\"")), "{name} is in no field of the profile");
    }
    let form = "name=Xyz&legal_name=Xyz+S.A.S.&language=fr&region=FRA&carbon_budget_grams=5000&lei=529900T8BM49AURSDO55";
    assert_eq!(visitor.sends("/app/tenants/client-xyz", form).status, 303);
    assert_eq!(shown(), before);
}

#[test]
fn forms_are_taken_from_our_own_pages_alone() {
    let (ledger, server) = Server::alone();
    server.sign_up("a@example.com");
    server.sign_up("b@example.com");
    let visitor = Visitor::logs_in(&server, "a@example.com");
    let csrf = visitor.csrf();
    let keys = || ledger.count("select count(*) from api_key");
    let before = keys();
    let make = |headers: &[(&str, &str)], token: &str| {
        send(&server, "/app/keys", headers, &format!("csrf={token}&kind=live&label=x"))
    };
    let other = Visitor::logs_in(&server, "b@example.com").csrf();
    assert_ne!(csrf, other);
    for token in ["", "AAAA", &other] {
        assert_eq!(make(&[("cookie", &visitor.cookie)], token).status, 403, "{token:?}");
    }
    // A page of another site that knows the token, should there be one.
    let foreign = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("origin", "https://evil.example"),
        ("cookie", visitor.cookie.as_str()),
    ];
    let form = format!("csrf={csrf}&kind=live&label=x");
    server.request("POST", "/app/keys", &foreign, &form).problem(403);
    server.request("POST", "/login", &foreign, "email=a@example.com&password=correct+horse").problem(403);
    // Nobody who is logged in: to the log-in.
    let reply = make(&[], &csrf);
    assert_eq!((reply.status, reply.header("location")), (303, Some("/login?next=%2Fapp")));
    assert_eq!(keys(), before);
    assert_eq!(make(&[("cookie", &visitor.cookie)], &csrf).status, 200);
    assert_eq!(keys(), before + 1);
}

#[test]
fn the_console_does_what_its_buttons_say() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let visitor = Visitor::logs_in(&server, "a@example.com");
    server.track(&keys.live, &with(call("gpt-4o"), json!({"tenant_id": "one/1"})));
    let client = "/app/tenants/one%2F1";

    // Keys.
    let made = visitor.sends("/app/keys", "kind=read&label=reporting").text();
    let (_, rest) = made.split_once("id=\"new-key\">").unwrap();
    let key = rest.split('<').next().unwrap().to_owned();
    assert_eq!(server.get("/api/v1/usage", Some(&key)).status, 200);
    let refused = visitor.sends("/app/keys", "kind=other&label=x");
    assert!(refused.status == 422 && refused.text().contains("Kind must be live, test or read."));
    let listed = server.get("/api/v1/keys", Some(&keys.live)).json();
    let key_id = listed["keys"].as_array().unwrap().iter().find(|key| key["kind"] == "read").unwrap();
    let revoke = format!("/app/keys/{}/revoke", key_id["key_id"].as_str().unwrap());
    assert_eq!(visitor.sends(&revoke, "").status, 303);
    server.get("/api/v1/usage", Some(&key)).problem(401);

    // What is said of a client; what is wrong is shown beside its field, with what was written.
    let profile = "name=One&legal_name=One+S.A.&language=fr&region=FRA&carbon_budget_grams=5000";
    assert_eq!(visitor.sends(client, profile).status, 303);
    let tenant = server.get("/api/v1/tenants/one%2F1", Some(&keys.live)).json();
    assert_eq!(tenant["legal_name"], "One S.A.");
    assert_eq!(tenant["carbon_budget_grams"], 5_000);
    let refused = visitor.sends(client, "name=Two&region=Atlantis&carbon_budget_grams=many");
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("value=\"Two\"") && refused.text().contains("Must be a whole number."));
    assert_eq!(visitor.sends("/app/tenants/nobody", profile).status, 404);
    assert_eq!(ledger.count("select count(*) from tenant"), 1, "a page of nobody makes nobody");

    // A link that opens and is revoked; looking whether it leads somewhere is not opening it.
    let refused = visitor.sends(&format!("{client}/links"), "expires_in_days=soon");
    assert!(refused.status == 422 && refused.text().contains("Valid for (days) must be a whole number."));
    let made = visitor.sends(&format!("{client}/links"), "expires_in_days=30&seen_month=2026-01");
    assert_eq!(
        (made.status, made.header("location")),
        (303, Some("/app/tenants/one%2F1?month=2026-01#links"))
    );
    let page = visitor.opens(client).text();
    let (_, rest) = page.split_once("class=\"link\">").unwrap();
    let link = rest.split('<').next().unwrap().strip_prefix(&server.url).unwrap().to_owned();
    assert_eq!(server.request("HEAD", &link, &[], "").status, 200);
    assert_eq!(ledger.count("select count(*) from dashboard_month"), 0);
    assert_eq!(visitor.opens(&format!("{client}/dashboard")).status, 200);
    assert_eq!(ledger.count("select count(*) from dashboard_month"), 0, "a look of the vendor's own");
    assert_eq!(server.get(&link, None).status, 200);
    assert_eq!(ledger.count("select count(*) from dashboard_month"), 1);
    let (_, rest) = page.split_once(&format!("{client}/links/")).unwrap();
    let revoke = format!("{client}/links/{}", rest.split('"').next().unwrap());
    assert_eq!(visitor.sends(&revoke, "").status, 303);
    server.get(&link, None).problem(404);

    // Reports: of one client, of every client; files of them.
    let month = &jiff::Timestamp::now().to_string()[..7];
    let form =
        format!("tenant_id=one%2F1&month={month}&language=&back=%2Fapp%2Ftenants%2Fone%252F1%23reports");
    let reply = visitor.sends("/app/reports", &form);
    assert_eq!((reply.status, reply.header("location")), (303, Some("/app/tenants/one%2F1#reports")));
    let form = format!("tenant_id=one%2F1&month={month}&back=https%3A%2F%2Fevil.example");
    assert_eq!(visitor.sends("/app/reports", &form).header("location"), Some("/app/reports"));
    let page = visitor.opens("/app/reports").text();
    let (_, rest) = page.split_once("href=\"/app/reports/").unwrap();
    let report = rest.split('/').next().unwrap().to_owned();
    for (file, media_type) in [
        ("report.pdf", "application/pdf"),
        ("lines.csv", "text/csv; charset=utf-8"),
        ("statement.xbrl.json", "application/json"),
        ("focus.csv", "text/csv; charset=utf-8"),
        ("statement.json", "application/json"),
        ("evidence.zip", "application/zip"),
    ] {
        let reply = visitor.opens(&format!("/app/reports/{report}/{file}"));
        assert_eq!((reply.status, reply.header("content-type")), (200, Some(media_type)), "{file}");
    }
    assert_eq!(visitor.opens(&format!("/app/reports/{report}/secrets")).status, 404);
    let nobody = visitor.sends("/app/reports", &format!("tenant_id=nobody&month={month}"));
    assert!(nobody.status == 404 && nobody.text().contains("No such client."));
    let all = visitor.sends("/app/reports", &format!("tenant_id=*&month={month}"));
    let batch = all.header("location").unwrap().to_owned();
    while !visitor.opens(&batch).text().contains("Download all") {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert_eq!(
        visitor.opens(&format!("{batch}/reports.zip")).header("content-type"),
        Some("application/zip")
    );

    // The current month cannot be closed, and the page says why.
    let refused = visitor.sends(&format!("/app/months/{month}/close"), "");
    assert!(refused.status == 409 && refused.text().contains("has not ended"), "{}", refused.text());

    // Erased only where it is meant.
    let refused = visitor.sends(&format!("{client}/erase"), "confirm=one");
    assert!(refused.status == 422 && refused.text().contains("id must be entered as it is shown"));
    assert_eq!(visitor.sends(&format!("{client}/erase"), "confirm=one%2F1").status, 303);
    // What is gone is told within the console, and its sums have no name.
    let gone = visitor.opens(client);
    assert!(
        gone.status == 404 && gone.text().contains("Go to the console") && !gone.text().contains("/signup")
    );
    assert!(visitor.opens("/app").text().contains("erased clients"));

    let reply = visitor.sends("/logout", "");
    assert_eq!((reply.status, reply.header("location")), (303, Some("/")));
    assert_eq!(visitor.opens("/app").header("location"), Some("/login?next=%2Fapp"));
}

#[test]
fn the_console_waits_for_live_events_and_tells_late_ones_apart() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let visitor = Visitor::logs_in(&server, "a@example.com");
    assert!(!visitor.opens("/app").text().contains("A test event has arrived"));
    server.track(&keys.test, &call("gpt-4o"));
    let page = visitor.opens("/app").text();
    assert!(page.contains("Send your first event") && page.contains("A test event has arrived"));
    let month =
        carbon_report::Month::of(jiff::Timestamp::now().to_string()[..10].parse().unwrap()).previous();
    let event = with(call("gpt-4o"), json!({"timestamp": format!("{month}-05T12:00:00Z")}));
    server.track(&keys.live, &event);
    assert!(visitor.opens(&format!("/app?month={month}")).text().contains("Top models"));
    assert_eq!(visitor.sends(&format!("/app/months/{month}/close"), "").status, 303);
    server.track(&keys.live, &event);
    for path in [format!("/app?month={month}"), format!("/app/tenants/client-xyz?month={month}")] {
        let page = visitor.opens(&path).text().replace('\u{a0}', " ");
        assert!(page.contains("Late events since the month was closed: 1, +0.3 g."), "{path}: {page}");
    }
}

/// Everything on the pages of an account is its own.
#[test]
fn a_strangers_pages_answer_404() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    server.sign_up("b@example.com");
    server.track(&keys.live, &with(call("gpt-4o"), json!({"tenant_id": "one"})));
    let month = &jiff::Timestamp::now().to_string()[..7];
    let report = json!({"tenant_id": "one", "month": month});
    let report = server.post("/api/v1/reports", Some(&keys.live), &report).json();
    let report = report["report_id"].as_str().unwrap();
    let link = json!({"expires_in_days": 1});
    let link = server.post("/api/v1/tenants/one/dashboard-links", Some(&keys.live), &link).json();
    let link_id = link["id"].as_str().unwrap();
    let key = server.get("/api/v1/keys", Some(&keys.live)).json();
    let key_id = key["keys"][0]["key_id"].as_str().unwrap();
    let stranger = Visitor::logs_in(&server, "b@example.com");
    for path in [
        "/app/tenants/one".to_owned(),
        "/app/tenants/one/dashboard".to_owned(),
        "/app/tenants/one/contacts".to_owned(),
        "/app/tenants/one/export.zip".to_owned(),
        format!("/app/reports/{report}/report.pdf"),
        format!("/app/reports/{report}/evidence.zip"),
        "/app/report-batches/x".to_owned(),
        "/app/report-batches/x/reports.zip".to_owned(),
        "/app/logo.png".to_owned(),
    ] {
        let reply = stranger.opens(&path);
        assert_eq!(reply.status, 404, "{path}");
        assert!(!reply.text().contains("gpt-4o"));
    }
    for (path, form) in [
        ("/app/tenants/one".to_owned(), "name=x"),
        ("/app/tenants/one/erase".to_owned(), "confirm=one"),
        ("/app/tenants/one/links".to_owned(), "expires_in_days=1"),
        (format!("/app/tenants/one/links/{link_id}/revoke"), ""),
        (format!("/app/keys/{key_id}/revoke"), ""),
        ("/app/tenants/one/contacts".to_owned(), "address=b@example.com"),
        ("/app/tenants/one/contacts/x/remove".to_owned(), ""),
        ("/app/tenants/one/contacts/send".to_owned(), &format!("report_id={report}")),
        ("/app/reports".to_owned(), &format!("tenant_id=one&month={month}")),
    ] {
        assert_eq!(stranger.sends(&path, form).status, 404, "{path}");
    }
    // A link's holder gets the reports of that client, and of no other.
    server.track(&keys.live, &with(call("gpt-4o"), json!({"tenant_id": "two"})));
    let other = json!({"tenant_id": "two", "month": month});
    let other = server.post("/api/v1/reports", Some(&keys.live), &other).json();
    let token = link["url"].as_str().unwrap().strip_prefix(&server.url).unwrap();
    let pdf = |report: &str| server.get(&format!("{token}/reports/{report}/report.pdf"), None);
    assert_eq!(pdf(report).status, 200);
    pdf(other["report_id"].as_str().unwrap()).problem(404);
    assert_eq!(server.get("/api/v1/usage", Some(&keys.live)).json()["total"]["requests"], 2);
}

/// The dashboard, the statement and the API tell the same month.
#[test]
fn a_dashboard_shows_what_the_report_states() {
    let ledger = Ledger::new();
    let server = ledger.serve();
    let keys = server.sign_up("a@example.com");
    let client = |changes| with(call("gpt-4o"), with(json!({"tenant_id": "one"}), changes));
    for (model, suffix, tokens) in [
        ("mistral-large-2", "none", 800),
        ("mistral-large-2", "brief", 520),
        ("gpt-5", "none", 1_000),
        ("claude-3-opus", "none", 7),
        ("nobody-knows", "none", 5),
    ] {
        let tags = json!({"suffix": suffix});
        server.track(
            &keys.live,
            &client(json!({"model": model, "completion_tokens": tokens, "tags": tags, "region": "FRA"})),
        );
    }
    let month = jiff::Timestamp::now().to_string()[..7].to_owned();
    for (language, unknown) in [
        ("en", "Models without an emission factor"),
        ("fr", "Modèles sans facteur d’émission"),
        ("de", "Modelle ohne Emissionsfaktor"),
    ] {
        let report = json!({"tenant_id": "one", "month": month, "language": language});
        let report = server.post("/api/v1/reports", Some(&keys.live), &report).json();
        let statement = report["links"]["statement"].as_str().unwrap();
        let statement = server.get(statement, Some(&keys.live)).json();
        let link = json!({"expires_in_days": 1});
        let link = server.post("/api/v1/tenants/one/dashboard-links", Some(&keys.live), &link).json();
        let path = link["url"].as_str().unwrap().strip_prefix(&server.url).unwrap();
        let page = server.get(&format!("{path}?month={month}&language={language}"), None).text();
        assert!(page.contains(unknown) && page.contains("nobody-knows"));
        assert!(page.contains(&format!("<html lang=\"{language}\">")));
        let wording =
            carbon_report::words::Wording::of(carbon_report::Language::from_code(language).unwrap());
        let grams = |value: &serde_json::Value| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            <carbon_core::Grams as carbon_core::quantity::Quantity>::new(text.parse().unwrap())
        };
        let range = |value: &serde_json::Value| {
            carbon_core::Range::new(grams(&value["low"]), grams(&value["central"]), grams(&value["high"]))
                .unwrap()
        };
        // The total, every model, every lever and every tag, in the report's own rounding.
        let mut shown = vec![range(&statement["total"]["co2_grams"])];
        for list in ["by_model", "by_tag"] {
            let lines = statement[list].as_array().unwrap();
            assert!(lines.len() >= 2, "{list}");
            shown.extend(lines.iter().map(|line| range(&line["co2_grams"])));
        }
        for range in shown {
            for mass in wording.masses(range) {
                assert!(page.contains(&mass), "{mass} is not on the page in {language}");
            }
        }
        let levers = statement["levers"].as_array().unwrap();
        assert!(levers.iter().any(|lever| lever["lever"] == "answers_as_tagged"), "{levers:?}");
        for lever in levers {
            let [_, difference, _] = wording.differences(range(&lever["difference_co2_grams"]));
            assert!(page.contains(&difference), "{difference} is not on the page in {language}");
        }
        assert!(page.contains("report.pdf") && page.contains("evidence.zip"));
    }
}

#[test]
fn who_looks_gets_a_page_and_a_program_gets_a_problem() {
    let (_ledger, server) = Server::alone();
    for (path, status) in
        [("/nothing", 404), ("/api/v1/nothing", 404), ("/d/nothing", 404), ("/api/v1/usage", 401)]
    {
        let page = server.request("GET", path, &[("accept", "text/html,*/*;q=0.8")], "");
        assert_eq!(page.status, status);
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(page.text().contains(page.header("x-request-id").unwrap()), "{path}");
        server.get(path, None).problem(status);
    }
    // A script of the console is a program.
    server.request("GET", "/app/first-event", &[("accept", "application/json")], "").problem(401);
    // Files of the pages are kept where their address names a version.
    let page = server.request("GET", "/", &[("accept", "text/html")], "").text();
    let (_, rest) = page.split_once("href=\"/assets/site.css?v=").unwrap();
    let version = rest.split('"').next().unwrap();
    let kept = server.get(&format!("/assets/site.css?v={version}"), None);
    assert_eq!(kept.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(server.get("/assets/site.css", None).header("cache-control"), Some("no-store"));
    // What somebody added to a link does not break the page.
    assert_eq!(server.get("/?utm_source=mail", None).status, 200);
}

#[test]
fn a_closed_sign_up_says_so_on_the_page() {
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--signup", "closed"]);
    let page = server.get("/signup", None).text();
    assert!(page.contains("Sign-up is closed on this server.") && !page.contains("<form"), "{page}");
    assert!(!server.get("/", None).text().contains("href=\"/signup\""));
    let form = "email=a@example.com&password=correct+horse&organisation=A";
    assert_eq!(send(&server, "/signup", &[], form).status, 403);
    assert_eq!(ledger.count("select count(*) from account"), 0);
}

#[test]
fn prices_on_the_front_page_are_the_operators() {
    let ledger = Ledger::new();
    let server =
        ledger.serve_with(&["--price-per-event", "0.0025", "--currency", "CHF", "--free-events", "1234"]);
    let page = server.get("/", None).text();
    assert!(page.contains("0.0025 CHF") && page.contains("the first 1,234"), "{page}");
    for factor in carbon_core::FactorSet::latest().factors() {
        assert!(
            page.contains(factor.model()) && page.contains(&factor.central().value().normalize().to_string())
        );
    }
}
