//! Links that open one client's dashboard.

use crate::ledger::Ledger;
use crate::server::{Server, call, with};
use serde_json::{Value, json};

fn link(server: &Server, key: &str, tenant_id: &str) -> (String, String) {
    let path = format!("/api/v1/tenants/{tenant_id}/dashboard-links");
    let reply = server.post(&path, Some(key), &json!({"expires_in_days": 30}));
    assert_eq!(reply.status, 201, "{}", reply.text());
    let made = reply.json();
    let text = |field: &str| made[field].as_str().unwrap().to_owned();
    assert!(text("url").starts_with(&format!("{}/d/", server.url)));
    (text("url").strip_prefix(&server.url).unwrap().to_owned(), format!("{path}/{}", text("id")))
}

#[test]
fn a_link_opens_its_client_and_nobody_else() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &with(call("gpt-4o"), json!({"tenant_id": "one"})));
    server.track(
        &keys.live,
        &with(call("secret-model <b>"), json!({"tenant_id": "<script>alert(1)</script>"})),
    );
    let (url, _) = link(&server, &keys.live, "one");
    let page = server.get(&url, None);
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert!(page.text().contains("gpt-4o") && page.text().contains("a@example.com Ltd"));
    assert!(!page.text().contains("secret-model") && !page.text().contains("alert(1)"));
    // Whatever a name holds, it stays text.
    let (url, _) = link(&server, &keys.live, "%3Cscript%3Ealert%281%29%3C%2Fscript%3E");
    let page = server.get(&url, None).text();
    assert!(page.contains("alert(1)") && !page.contains("<script>") && !page.contains("<b>"), "{page}");
    assert_eq!(page.matches("<script").count(), page.matches("<script src=\"/assets/").count());
    // It is no key for anything else.
    let token = url.strip_prefix("/d/").unwrap();
    server.get("/api/v1/usage", Some(token)).problem(401);
    assert_eq!(ledger.count("select count(*) from dashboard_month"), 2);
}

#[test]
fn a_link_ends_when_it_is_revoked_or_over_and_none_can_be_made_up() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &call("gpt-4o"));
    let (url, path) = link(&server, &keys.live, "client-xyz");
    let (other, _) = link(&server, &keys.live, "client-xyz");
    assert_eq!(server.get(&url, None).status, 200);
    assert_eq!(server.delete(&path, Some(&keys.live)).status, 204);
    server.get(&url, None).problem(404);
    assert_eq!(server.get(&other, None).status, 200);
    ledger.execute("update dashboard_link set expires_at_ms = 1");
    server.get(&other, None).problem(404);
    for token in ["", "x", &other["/d/".len()..other.len() - 2], &"A".repeat(54)] {
        server.get(&format!("/d/{token}"), None).problem(404);
    }
    let links = server.get("/api/v1/tenants/client-xyz/dashboard-links", Some(&keys.live)).json();
    let revoked: Vec<bool> =
        links["links"].as_array().unwrap().iter().map(|link| !link["revoked_at"].is_null()).collect();
    assert_eq!(revoked, [true, false]);
    assert!(!links.to_string().contains(&url["/d/".len()..]), "the list shows no token");
    for (body, pointer) in [
        (json!({}), "/expires_in_days"),
        (json!({"expires_in_days": 0}), "/expires_in_days"),
        (json!({"expires_in_days": 401}), "/expires_in_days"),
    ] {
        let problem =
            server.post("/api/v1/tenants/client-xyz/dashboard-links", Some(&keys.live), &body).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer);
    }
    server
        .post("/api/v1/tenants/nobody/dashboard-links", Some(&keys.live), &json!({"expires_in_days": 1}))
        .problem(404);
}

#[test]
fn links_lead_to_where_the_server_is_reached() {
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--public-url", "https://carbon.example.com/"]);
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &call("gpt-4o"));
    let path = "/api/v1/tenants/client-xyz/dashboard-links";
    let made: Value = server.post(path, Some(&keys.live), &json!({"expires_in_days": 1})).json();
    assert!(made["url"].as_str().unwrap().starts_with("https://carbon.example.com/d/"));
}

/// A page, as a browser asks for it.
fn page(server: &Server, path: &str, headers: &[(&str, &str)]) -> String {
    let mut all = vec![("accept", "text/html")];
    all.extend(headers);
    server.request("GET", path, &all, "").text()
}

#[test]
fn a_restated_month_says_old_new_and_why() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let now = jiff::Timestamp::now();
    let last_month = carbon_report::Month::of(now.to_string()[..10].parse().unwrap()).previous();
    let event = json!({"timestamp": format!("{last_month}-05T12:00:00Z"), "model": "mistral-large-2"});
    server.track(&keys.live, &with(call("x"), event.clone()));
    let close = format!("/api/v1/months/{last_month}/close");
    assert_eq!(server.post(&close, Some(&keys.live), &json!({})).status, 200);
    let report = json!({"tenant_id": "client-xyz", "month": last_month.to_string(), "language": "en"});
    assert_eq!(server.post("/api/v1/reports", Some(&keys.live), &report).status, 201);
    let (url, _) = link(&server, &keys.live, "client-xyz");
    let url = format!("{url}?month={last_month}");
    let closed = page(&server, &url, &[]);
    assert!(closed.contains("these figures no longer change"));
    assert!(closed.contains(", final, in English."), "{closed}");

    // A late event changes nothing of it; a restatement tells it anew, and says so.
    server.track(&keys.live, &with(call("x"), event));
    assert_eq!(page(&server, &url, &[]), closed);
    let restate = json!({"month": last_month.to_string(), "reason": "a late call & <b>more</b>"});
    assert_eq!(server.post("/api/v1/restatements", Some(&keys.live), &restate).status, 201);
    let restated = page(&server, &url, &[]).replace('\u{a0}', " ");
    for words in [
        "5.7 g CO₂e instead of 2.85 g, a difference of +2.85 g.",
        "Reason: a late call &#38; &#60;b&#62;more",
        "earlier reports are unchanged",
        "It was issued before the restatement above",
    ] {
        assert!(restated.contains(words), "{words:?} is not in\n{restated}");
    }
    assert!(!restated.contains("no longer change"));
    assert_eq!(server.post("/api/v1/reports", Some(&keys.live), &report).json()["revision"], 2);
    assert!(!page(&server, &url, &[]).contains("before the restatement above"));
    let german = page(&server, &format!("{url}&language=de"), &[]);
    assert!(german.contains("Berichtigt") && german.contains("auf Englisch"), "{german}");
}

#[test]
fn a_running_month_is_not_held_against_a_whole_one() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let now = jiff::Timestamp::now();
    let this_month = carbon_report::Month::of(now.to_string()[..10].parse().unwrap());
    let last_month = this_month.previous();
    server.track(&keys.live, &call("gpt-4o"));
    let earlier = json!({"timestamp": format!("{last_month}-05T12:00:00Z")});
    server.track(&keys.live, &with(call("gpt-4o"), earlier));
    let (url, _) = link(&server, &keys.live, "client-xyz");
    let running = page(&server, &url, &[]);
    assert!(running.contains(", so far") && !running.contains("Since "), "{running}");
    // Days that lie ahead are not days without calls.
    let today = &now.to_string()[..10];
    let days = running.matches("<tr data-x=\"").count();
    assert_eq!(days, today[8..].parse::<usize>().unwrap() + 2, "days so far, and two months");
}

#[test]
fn who_follows_a_link_that_is_over_is_told_in_their_language() {
    let (_ledger, server) = Server::alone();
    for (path, languages, words) in [
        ("/d/nothing", "fr-FR,fr;q=0.9", "Ce lien n’est plus valide"),
        ("/d/nothing?language=de", "fr", "Dieser Link ist nicht mehr gültig"),
        ("/d/nothing", "ja", "This link has expired"),
    ] {
        let told = page(&server, path, &[("accept-language", languages)]);
        assert!(told.contains(words), "{told}");
        assert!(!told.contains("/signup") && !told.contains("/app"), "nothing of the vendor's: {told}");
    }
}
