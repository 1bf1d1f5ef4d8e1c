//! Who is let in.

use super::{Host, event, refused};
use serde_json::json;
use std::process::Command;

#[test]
fn case_01_obtain_auth_token_with_valid_credentials() {
    let host = Host::shared();
    let reply = host.ask_for_token(&host.client_id, &host.client_secret, "grant_type=client_credentials");
    assert_eq!((reply.status, reply.header("cache-control")), (200, Some("no-store")));
    let token = reply.json();
    assert_eq!((&token["token_type"], &token["expires_in"]), (&json!("Bearer"), &json!(3_600)));
    // In the form instead of the header, at the other address, with what some ask for besides.
    let form = format!(
        "grant_type=client_credentials&scope=footprint%3Alist&client_id={}&client_secret={}",
        host.client_id, host.client_secret
    );
    let headers = [("content-type", "application/x-www-form-urlencoded".to_owned())];
    assert_eq!(host.server.send("/auth/token", &headers, &form).status, 200);
}

#[test]
fn case_02_obtain_auth_token_with_invalid_credentials() {
    let host = Host::shared();
    let another = host.client_secret.replace("isv_pact_", "isv_live_");
    for (id, secret) in [("nobody", "x"), (&host.client_id, "x"), (&host.client_id, &another), ("", "")] {
        let reply = host.ask_for_token(id, secret, "grant_type=client_credentials");
        assert_eq!((reply.status, reply.header("www-authenticate")), (401, Some("Basic")));
        assert_eq!(reply.json()["error"], "invalid_client");
    }
    for (body, error) in [("grant_type=password", "unsupported_grant_type"), ("", "invalid_request")] {
        let reply = host.ask_for_token(&host.client_id, &host.client_secret, body);
        assert_eq!((reply.status, &reply.json()["error"]), (400, &json!(error)));
    }
}

#[test]
fn case_06_attempt_list_footprints_with_invalid_token() {
    let host = Host::shared();
    for token in [None, Some("very-invalid-access-token"), Some(host.live.as_str())] {
        refused(&host.server.get("/3/footprints", token), 401, "BadRequest");
    }
    // A token that was tampered with.
    let mut token = host.token().into_bytes();
    token[3] = if token[3] == b'A' { b'B' } else { b'A' };
    refused(&host.server.get("/3/footprints", str::from_utf8(&token).ok()), 401, "BadRequest");
}

#[test]
fn case_07_attempt_get_footprint_with_invalid_token() {
    let host = Host::shared();
    let id = host.found("")[0]["id"].as_str().unwrap().to_owned();
    refused(&host.server.get(&format!("/3/footprints/{id}"), Some("invalid")), 401, "BadRequest");
}

#[test]
fn case_16_attempt_action_events_with_invalid_token() {
    let host = Host::shared();
    let event = event("PublishedEvent", "e-16", &json!({"pfIds": ["3a6c14a7-4deb-498a-b5ea-16ce2535b576"]}));
    refused(&host.send_event("invalid", &event), 401, "BadRequest");
}

/// What a client that speaks HTTP to the same port gets: nothing.
#[track_caller]
fn gets_nothing_over_http(host: &Host, arguments: &[&str], path: &str) {
    let output = Command::new("curl")
        .args(["--silent", "--max-time", "10", "--output", "-"])
        .args(arguments)
        .arg(format!("http://{}{path}", host.server.address()))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success() && !said.contains("data") && !said.contains("access_token"), "{said}");
}

#[test]
fn case_09_attempt_authentication_through_http() {
    let host = Host::shared();
    let user = format!("{}:{}", host.client_id, host.client_secret);
    gets_nothing_over_http(
        &host,
        &["--user", &user, "--data", "grant_type=client_credentials"],
        "/3/auth/token",
    );
}

#[test]
fn case_10_attempt_list_footprints_through_http() {
    let host = Host::shared();
    let bearer = format!("Authorization: Bearer {}", host.token());
    gets_nothing_over_http(&host, &["--header", &bearer], "/3/footprints");
}

#[test]
fn case_11_attempt_get_footprint_through_http() {
    let host = Host::shared();
    let bearer = format!("Authorization: Bearer {}", host.token());
    let id = host.found("")[0]["id"].as_str().unwrap().to_owned();
    gets_nothing_over_http(&host, &["--header", &bearer], &format!("/3/footprints/{id}"));
}

#[test]
fn case_17_attempt_action_events_through_http() {
    let host = Host::shared();
    let bearer = format!("Authorization: Bearer {}", host.token());
    let event = event("PublishedEvent", "e-17", &json!({"pfIds": []})).to_string();
    let media_type = "Content-Type: application/cloudevents+json";
    gets_nothing_over_http(
        &host,
        &["--header", &bearer, "--header", media_type, "--data", &event],
        "/3/events",
    );
}

#[test]
fn case_18_openid_connect_based_authentication_flow() {
    let host = Host::shared();
    let found = host.server.get("/.well-known/openid-configuration", None);
    assert_eq!(found.status, 200);
    let endpoint = found.json()["token_endpoint"].as_str().unwrap().to_owned();
    assert_eq!(endpoint, format!("{}/3/auth/token", host.server.url));
}

#[test]
fn case_19_openid_connect_based_authentication_flow_with_incorrect_credentials() {
    let host = Host::shared();
    let reply = host.ask_for_token("incorrect", "credentials", "grant_type=client_credentials");
    assert_eq!(reply.status, 401);
}

#[test]
fn a_recipient_that_is_revoked_gets_nothing_more() {
    let host = Host::shared();
    let clients = "/api/v1/tenants/client-xyz/pact-clients";
    let made = host.server.post(clients, Some(&host.live), &json!({"label": "old system"})).json();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let (id, secret) = (text("client_id"), text("client_secret"));
    let token = host.token_of(&id, &secret);
    assert_eq!(host.server.get("/3/footprints", Some(&token)).status, 200);
    let listed = host.server.get(clients, Some(&host.live));
    assert!(listed.text().contains("old system") && !listed.text().contains(&secret), "{}", listed.text());
    assert_eq!(host.server.delete(&format!("{clients}/{id}"), Some(&host.live)).status, 204);
    refused(&host.server.get("/3/footprints", Some(&token)), 401, "BadRequest");
    assert_eq!(host.ask_for_token(&id, &secret, "grant_type=client_credentials").status, 401);
    host.server.delete(&format!("{clients}/nobody"), Some(&host.live)).problem(404);
}
