//! Footprints: one, many, in parts, and those that fit.

use super::{Host, issue, refused};
use crate::time::month;
use serde_json::{Value, json};

/// What a footprint must be, by the schema of the specification.
fn is_a_footprint(footprint: &Value) -> bool {
    let schemas: Value = serde_json::from_str(include_str!("../../standards/pact-3.0.4.json")).unwrap();
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": "#/components/schemas/ProductFootprint",
        "components": schemas["components"],
    });
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap().is_valid(footprint)
}

#[test]
fn case_03_get_pcf_using_get_footprint() {
    let host = Host::shared();
    for footprint in host.found("") {
        let id = footprint["id"].as_str().unwrap();
        let reply = host.get(&format!("/3/footprints/{}", id.to_uppercase()));
        assert_eq!((reply.status, &reply.json()["data"]), (200, &footprint));
        assert!(is_a_footprint(&footprint), "{footprint}");
    }
}

#[test]
fn case_04_get_all_pcfs_using_list_footprints() {
    let host = Host::shared();
    let reply = host.get("/3/footprints");
    assert_eq!((reply.status, reply.header("link")), (200, None));
    let all = reply.json()["data"].as_array().unwrap().clone();
    assert_eq!(all.len(), 2);
    // The report's own form and the exchanged one state the same figure.
    for footprint in &all {
        let id = footprint["id"].as_str().unwrap();
        let path = |form: &str| format!("/api/v1/reports/{id}/{form}");
        let statement = host.server.get(&path("statement.json"), Some(&host.live)).json();
        let grams = statement["total"]["co2_grams"]["central"].as_str().unwrap().to_owned();
        assert_eq!(
            (grams.as_str(), &footprint["pcf"]["pcfExcludingBiogenicUptake"]),
            ("0.3", &json!("0.0003"))
        );
        assert_eq!(&host.server.get(&path("footprint.pact.json"), Some(&host.live)).json(), footprint);
    }
}

#[test]
fn case_05_pagination_link_implementation_of_action_list_footprints() {
    let host = Host::shared();
    let mut found = Vec::new();
    let mut path = "/3/footprints?limit=1&geography=FR".to_owned();
    for _ in 0..2 {
        let reply = host.get(&path);
        let data = reply.json()["data"].as_array().unwrap().clone();
        assert_eq!(data.len(), 1, "no more than the limit");
        found.extend(data);
        let Some(link) = reply.header("link") else { break };
        let (target, rel) = link.strip_prefix('<').unwrap().split_once('>').unwrap();
        assert_eq!(rel, "; rel=\"next\"");
        path =
            target.strip_prefix(&host.server.url).expect("absolute, on the host that was asked").to_owned();
    }
    assert_eq!(found, host.found(""));
    assert!(host.get(&path).header("link").is_none(), "the last part leads nowhere");
    assert_eq!(host.get(&path).json()["data"].as_array().unwrap().len(), 1, "a link may be called again");
}

#[test]
fn case_08_attempt_get_footprint_with_non_existent_pf_id() {
    let host = Host::shared();
    for id in ["00000000-0000-0000-0000-000000000000", "non-existent-id"] {
        refused(&host.get(&format!("/3/footprints/{id}")), 404, "NotFound");
    }
}

/// A query with a value of the first footprint, and what finds nothing.
struct Sample {
    first: Value,
    host: std::sync::Arc<Host>,
}

impl Sample {
    fn take() -> Sample {
        let host = Host::shared();
        Sample { first: host.found("")[0].clone(), host }
    }

    fn text(&self, pointer: &str) -> String {
        let text = self.first.pointer(pointer).and_then(Value::as_str).unwrap();
        url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
    }

    #[track_caller]
    fn finds(&self, query: &str, count: usize) {
        let found = self.host.found(query);
        assert_eq!(found.len(), count, "{query}");
        assert!(count == 0 || found.contains(&self.first), "{query}");
    }
}

#[test]
fn case_20_filter_by_product_id() {
    let sample = Sample::take();
    sample.finds(&format!("productId={}", sample.text("/productIds/0")), 1);
}

#[test]
fn case_21_filter_by_company_id() {
    let sample = Sample::take();
    sample.finds(&format!("companyId={}", sample.text("/companyIds/0").to_lowercase()), 2);
}

#[test]
fn case_22_filter_by_geography() {
    let sample = Sample::take();
    sample.finds(&format!("geography={}", sample.text("/pcf/geographyCountry")), 2);
}

#[test]
fn case_23_filter_by_classification() {
    // No footprint of ours is in a class: nothing asked for, everything found.
    let sample = Sample::take();
    sample.finds("classification=", 2);
}

#[test]
fn case_24_filter_by_valid_on() {
    let sample = Sample::take();
    sample.finds(&format!("validOn={}", sample.text("/validityPeriodStart")), 1);
}

#[test]
fn case_25_filter_by_valid_after() {
    let sample = Sample::take();
    sample.finds(&format!("validAfter={}", sample.text("/pcf/referencePeriodStart")), 2);
}

#[test]
fn case_26_filter_by_valid_before() {
    let sample = Sample::take();
    let end: jiff::Timestamp = sample.first["validityPeriodEnd"].as_str().unwrap().parse().unwrap();
    let a_day_after = end + jiff::SignedDuration::from_hours(24);
    sample.finds(&format!("validBefore={a_day_after}"), 1);
}

#[test]
fn case_27_filter_by_status() {
    Sample::take().finds("status=Active", 2);
}

#[test]
fn case_28_filter_by_status_and_product_id() {
    let sample = Sample::take();
    sample.finds(&format!("status=Active&productId={}", sample.text("/productIds/0")), 1);
}

#[test]
fn case_29_filter_by_multiple_filter_parameters_using_or_logic() {
    let sample = Sample::take();
    sample.finds(&format!("companyId={}&companyId=aaaa&companyId=bbbb", sample.text("/companyIds/0")), 2);
}

#[test]
fn case_30_filter_by_product_id_negative() {
    Sample::take().finds("productId=urn:bogus:product:x", 0);
}

#[test]
fn case_31_filter_by_company_id_negative() {
    Sample::take().finds("companyId=urn:bogus:company:x", 0);
}

#[test]
fn case_32_filter_by_geography_negative() {
    Sample::take().finds("geography=XX", 0);
}

#[test]
fn case_33_filter_by_classification_negative() {
    Sample::take().finds("classification=urn:bogus:classification:x", 0);
}

#[test]
fn case_34_filter_by_valid_on_negative() {
    Sample::take().finds("validOn=1900-01-01T00:00:00Z", 0);
}

#[test]
fn case_35_filter_by_valid_after_negative() {
    Sample::take().finds("validAfter=2099-12-31T23:59:59Z", 0);
}

#[test]
fn case_36_filter_by_valid_before_negative() {
    Sample::take().finds("validBefore=1900-01-01T00:00:00Z", 0);
}

#[test]
fn case_37_filter_by_status_negative() {
    Sample::take().finds("status=BogusStatus", 0);
}

#[test]
fn case_38_filter_by_multiple_filter_parameters_using_and_logic_negative() {
    Sample::take().finds("companyId=urn:bogus:company:x&productId=urn:bogus:product:x", 0);
}

#[test]
fn case_39_filter_by_multiple_filter_parameters_using_or_logic_negative() {
    Sample::take().finds("companyId=urn:bogus:a&companyId=urn:bogus:b&companyId=urn:bogus:c", 0);
}

#[test]
fn what_cannot_be_asked_is_refused_by_name() {
    let host = Host::shared();
    for (query, name) in [
        ("limit=-1", "limit"),
        ("limit=many", "limit"),
        ("validOn=yesterday", "validOn"),
        ("$filter=x", "$filter"),
        ("after=nobody", "after"),
    ] {
        let reply = host.get(&format!("/3/footprints?{query}"));
        refused(&reply, 400, "BadRequest");
        assert!(reply.json()["message"].as_str().unwrap().starts_with(name), "{}", reply.text());
    }
    assert_eq!(host.found("limit=0"), Vec::<Value>::new());
}

#[test]
fn a_month_counts_once_in_whatever_languages_it_was_told_and_a_restatement_takes_its_place() {
    let host = Host::start(&[]);
    let before = host.found("");
    issue(&host.server, &host.live, &month(), "fr");
    assert_eq!(host.found(""), before, "the same month in another language is no other footprint");
    let told = json!({"month": month(), "reason": "New factors", "factor_set": "2025.1"});
    assert_eq!(host.server.post("/api/v1/restatements", Some(&host.live), &told).status, 201);
    let (old, new) = (&before[1], issue(&host.server, &host.live, &month(), "de"));
    let found = host.found("");
    assert_eq!(found.len(), 3);
    assert_eq!((&found[1]["id"], &found[1]["status"]), (&old["id"], &json!("Deprecated")));
    assert_eq!((&found[2]["id"], &found[2]["status"]), (&new["report_id"], &json!("Active")));
    assert_eq!(found[2]["precedingPfIds"], json!([old["id"]]));
    assert!(found.iter().all(is_a_footprint));
    assert_eq!(host.found("status=Active").len(), 2);
}

#[test]
fn a_recipient_sees_its_own_clients_footprints_alone() {
    let host = Host::start(&[]);
    let another = json!({"name": "Another"});
    assert_eq!(host.server.put("/api/v1/tenants/another", Some(&host.live), &another).status, 200);
    let made = host.server.post("/api/v1/tenants/another/pact-clients", Some(&host.live), &json!({})).json();
    let text = |name: &str| made[name].as_str().unwrap();
    let token = host.token_of(text("client_id"), text("client_secret"));
    let list = host.server.get("/3/footprints", Some(&token));
    assert_eq!((list.status, list.json()), (200, json!({"data": []})));
    let id = host.found("")[0]["id"].as_str().unwrap().to_owned();
    refused(&host.server.get(&format!("/3/footprints/{id}"), Some(&token)), 404, "NotFound");
    host.server.post("/api/v1/tenants/nobody/pact-clients", Some(&host.live), &json!({})).problem(404);
    // Whom nobody knows any more sees nothing more.
    let token = host.token();
    assert_eq!(host.server.delete("/api/v1/tenants/client-xyz", Some(&host.live)).status, 204);
    refused(&host.server.get("/3/footprints", Some(&token)), 401, "BadRequest");
    // Its number is nobody else's, ever: whoever comes next has another.
    let stranger = host.server.sign_up("b@example.com").live;
    host.server.track(&stranger, &crate::server::call("gpt-4o"));
    let made = host.server.post("/api/v1/tenants/client-xyz/pact-clients", Some(&stranger), &json!({}));
    assert_eq!(made.status, 201);
    refused(&host.server.get("/3/footprints", Some(&token)), 401, "BadRequest");
}
