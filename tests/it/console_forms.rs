//! Forms of the console for instruments, residual mixes, targets and grid series: they do what the API does, and faults stand
//! at their field.

use crate::{
    server::{Keys, Server, call, with},
    time::{first, month},
    visitor::{Visitor, send},
};
use serde_json::{Value, json};

fn begun() -> (crate::ledger::Ledger, Server, Keys) {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &with(call("llama-3.1-70b"), json!({"region": "FRA"})));
    (ledger, server, keys)
}

/// Sends a form that is refused: with its faults at these fields, and what was written still in them.
#[track_caller]
fn refused(visitor: &Visitor<'_>, path: &str, form: &[(&str, &str)], faults: &[(&str, &str)]) {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let reply = visitor.sends(path, &body);
    let page = reply.text();
    assert_eq!(reply.status, 422, "{page}");
    for (field, fault) in faults {
        let (_, stated) =
            page.split_once(&format!("id=\"{field}-fault\">")).unwrap_or_else(|| panic!("{field}: {page}"));
        assert!(stated.split("</p>").next().unwrap().contains(fault), "{field}: {stated}");
    }
    assert_eq!(page.matches("class=\"fault\"").count(), faults.len(), "{page}");
    for (_, value) in form.iter().filter(|(_, value)| !value.is_empty() && !value.contains('\n')) {
        assert!(page.contains(value), "{value} is gone: {page}");
    }
}

/// Sends a form that is taken, and answers with where it leads.
#[track_caller]
fn taken(visitor: &Visitor<'_>, path: &str, form: &[(&str, &str)]) -> String {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let reply = visitor.sends(path, &body);
    assert_eq!(reply.status, 303, "{}", reply.text());
    reply.header("location").unwrap().to_owned()
}

fn replaced<'f>(form: &[(&'f str, &'f str)], field: &str, value: &'f str) -> Vec<(&'f str, &'f str)> {
    form.iter().map(|(name, old)| (*name, if *name == field { value } else { old })).collect()
}

#[test]
fn an_instrument_is_entered_allocated_freed_and_withdrawn() {
    let (ledger, server, keys) = begun();
    let visitor = Visitor::logs_in(&server, "a@example.com");
    let api = |path: &str| server.get(path, Some(&keys.live)).json();
    let (month, year) = (month(), first().year());
    let [from, to] = ["01-01", "12-31"].map(|day| format!("{year}-{day}"));
    let (year, digest) = (year.to_string(), "a1".repeat(32));
    let path = "/app/market/instruments";
    let form = [
        ("kind", "go"),
        ("zone", "FRA"),
        ("provider", ""),
        ("period_from", from.as_str()),
        ("period_to", to.as_str()),
        ("vintage", year.as_str()),
        ("mwh", "10"),
        ("g_per_kwh", "0"),
        ("certificate_ids_sha256", digest.as_str()),
        ("document_sha256", digest.as_str()),
        ("source", "A registry"),
        ("licence", "Own contract"),
    ];
    refused(&visitor, path, &replaced(&form, "mwh", "ten"), &[("mwh", "Must be a number such as 70.6.")]);
    refused(
        &visitor,
        path,
        &replaced(&form, "vintage", "old"),
        &[("vintage", "Must be a year such as 2026.")],
    );
    let several =
        replaced(&replaced(&replaced(&form, "zone", "Atlantis"), "document_sha256", "beef"), "licence", "");
    let faults = [("zone", "No grid is known"), ("document_sha256", "64"), ("licence", "Is required")];
    refused(&visitor, path, &several, &faults);
    refused(
        &visitor,
        path,
        &replaced(&form, "period_to", "2001-01-01"),
        &[("period_from", "Must not be after")],
    );

    let page = taken(&visitor, path, &form);
    let id = page.strip_prefix("/app/market/instruments/").unwrap().to_owned();
    let shown = visitor.opens(&page).text();
    assert!(shown.contains("Guarantee of origin") && shown.contains(&digest), "{shown}");
    assert!(visitor.opens("/app/market").text().contains(&page));
    let instrument = || api(&format!("/api/v1/instruments/{id}"));
    assert_eq!((&instrument()["entered_by"], &instrument()["mwh"]), (&json!("a@example.com"), &json!(10)));
    // The same certificates again are a conflict, told above the form.
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&form).finish();
    let again = visitor.sends(path, &body);
    assert!(again.status == 409 && again.text().contains("electricity counts once"), "{}", again.text());

    let allocations = format!("{page}/allocations");
    let part = [("tenant_id", "client-xyz"), ("month", month.as_str()), ("mwh", "4.5")];
    let unknown = replaced(&part, "tenant_id", "nobody");
    refused(&visitor, &allocations, &unknown, &[("tenant_id", "one of your clients")]);
    refused(&visitor, &allocations, &replaced(&part, "month", "2001-01"), &[("month", "")]);
    refused(&visitor, &allocations, &replaced(&part, "mwh", "10.000001"), &[("mwh", "more than is left")]);
    refused(&visitor, &allocations, &replaced(&part, "mwh", ""), &[("mwh", "Is required")]);
    assert_eq!(instrument()["allocations"], json!([]));
    taken(&visitor, &allocations, &part);
    let held = json!([{"tenant_id": "client-xyz", "month": month, "mwh": 4.5}]);
    assert_eq!(instrument()["allocations"], held);
    assert!(visitor.opens(&page).text().contains("5.5 not allocated"));
    let free = format!("{page}/free");
    taken(&visitor, &free, &part[..2]);
    assert_eq!(instrument()["allocations"], json!([]));
    assert_eq!(visitor.sends(&free, &format!("tenant_id=client-xyz&month={month}")).status, 404);
    taken(&visitor, &allocations, &part);
    taken(&visitor, &format!("{page}/withdraw"), &[]);
    assert_eq!(instrument()["status"], "withdrawn");
    let shown = visitor.opens(&page).text();
    assert!(shown.contains("withdrawn on") && !shown.contains("/allocations\""), "{shown}");
    // Nobody else's.
    server.sign_up("b@example.com");
    let stranger = Visitor::logs_in(&server, "b@example.com");
    assert_eq!(stranger.opens(&page).status, 404);
    assert_eq!(stranger.sends(&format!("{page}/withdraw"), "").status, 404);
    server.stop();
    ledger.check();
}

#[test]
fn a_residual_mix_and_a_target_are_entered_and_removed() {
    let (ledger, server, keys) = begun();
    let visitor = Visitor::logs_in(&server, "a@example.com");
    let api = |path: &str| server.get(path, Some(&keys.live)).json();
    let digest = "0b".repeat(32);
    let path = "/app/market/residual-mixes";
    let form = [
        ("zone", "FR"),
        ("year", "2026"),
        ("g_per_kwh", "48.3"),
        ("document_sha256", digest.as_str()),
        ("source", "An issuing body"),
        ("licence", "By permission"),
    ];
    refused(&visitor, path, &replaced(&form, "g_per_kwh", "0"), &[("g_per_kwh", "no residual mix is")]);
    let several = replaced(&replaced(&form, "zone", "WOR"), "year", "soon");
    refused(&visitor, path, &several, &[("zone", "no market"), ("year", "Must be a year")]);
    assert_eq!(taken(&visitor, path, &form), path);
    let mixes = api("/api/v1/residual-mixes");
    assert_eq!(
        (&mixes["residual_mixes"][0]["zone"], &mixes["residual_mixes"][0]["g_per_kwh"]),
        (&json!("FRA"), &json!(48.3))
    );
    assert!(visitor.opens(path).text().contains("FRA 2026"));
    taken(&visitor, &format!("{path}/FRA/2026/remove"), &[]);
    assert_eq!(api("/api/v1/residual-mixes")["residual_mixes"], json!([]));
    assert_eq!(visitor.sends(&format!("{path}/FRA/2026/remove"), "").status, 404);

    let path = "/app/tenants/client-xyz/targets";
    let form = [
        ("target_name", "half as much"),
        ("grams", "0.000001"),
        ("per", "request"),
        ("tag", ""),
        ("from", ""),
    ];
    refused(&visitor, path, &replaced(&form, "tag", "chat"), &[("tag", "such as feature=chat")]);
    refused(&visitor, path, &replaced(&form, "grams", "-1"), &[("grams", "Must be above 0")]);
    let several = replaced(&replaced(&form, "target_name", ""), "from", "soon");
    refused(
        &visitor,
        path,
        &several,
        &[("target_name", "Must be 1 to 64 bytes"), ("from", "Must be a month")],
    );
    taken(&visitor, path, &form);
    let later =
        [("target_name", "later"), ("grams", "1"), ("per", "month"), ("tag", "a=b"), ("from", "2990-01")];
    taken(&visitor, path, &later);
    let targets: Value = api("/api/v1/tenants/client-xyz/targets");
    assert_eq!(
        (&targets["targets"][0]["name"], &targets["later"][0]["name"]),
        (&json!("half as much"), &json!("later"))
    );
    let page = visitor.opens(path).text();
    assert!(page.contains(">above<") && page.contains("2990-01") && page.contains("a=b"), "{page}");
    taken(&visitor, &format!("{path}/half%20as%20much/remove"), &[]);
    assert_eq!(api("/api/v1/tenants/client-xyz/targets")["targets"], json!([]));
    assert_eq!(visitor.opens("/app/tenants/nobody/targets").status, 404);
    server.stop();
    ledger.check();
}

#[test]
fn a_grid_series_is_imported_and_removed() {
    let (ledger, server, keys) = begun();
    let visitor = Visitor::logs_in(&server, "a@example.com");
    let path = "/app/account/grids";
    let head = "zone,month,g_kwh,source,licence\n";
    let file = format!("{head}FRA,2026-10,33.5,Operator,own\nXKX,2026-10,1,Operator,own\n");
    refused(&visitor, path, &[("csv", ""), ("vintage", "first")], &[("csv", "Is required")]);
    let wrong = format!("{head}FRA,2026-10,0,Operator,own\n");
    refused(
        &visitor,
        path,
        &[("csv", wrong.as_str()), ("vintage", "first")],
        &[("csv", "ine 2: g_kwh must be")],
    );
    let long = "v".repeat(400);
    refused(&visitor, path, &[("csv", file.as_str()), ("vintage", long.as_str())], &[("vintage", "")]);
    let to = taken(&visitor, path, &[("csv", file.as_str()), ("vintage", "first")]);
    let page = visitor.opens(&to).text();
    assert!(
        page.contains("1 series is in the file, 1 of them new") && page.contains("No grid is known for XKX"),
        "{page}"
    );
    assert!(
        page.contains("FRA by the month") && visitor.opens("/app/account").text().contains("There is one")
    );
    let listed = || server.get("/api/v1/grid-series", Some(&keys.live)).json()["series"].clone();
    assert_eq!(
        (&listed()[0]["vintage"], &listed()[0]["entered_by"]),
        (&json!("first"), &json!("a@example.com"))
    );
    let (_, rest) = page.split_once("name=\"valid_from\" value=\"").unwrap();
    let valid_from = rest.split('"').next().unwrap();
    taken(&visitor, &format!("{path}/FRA/month/remove"), &[("valid_from", valid_from)]);
    assert_eq!(listed(), json!([]));
    assert_eq!(visitor.sends(&format!("{path}/FRA/month/remove"), "valid_from=").status, 404);
    server.stop();
    ledger.check();
}

#[test]
fn a_form_of_another_session_does_nothing() {
    let (_ledger, server, keys) = begun();
    let visitor = Visitor::logs_in(&server, "a@example.com");
    for path in [
        "/app/market/instruments",
        "/app/market/instruments/x/allocations",
        "/app/market/instruments/x/free",
        "/app/market/instruments/x/withdraw",
        "/app/market/residual-mixes",
        "/app/market/residual-mixes/FRA/2026/remove",
        "/app/tenants/client-xyz/targets",
        "/app/tenants/client-xyz/targets/x/remove",
        "/app/account/grids",
        "/app/account/grids/FRA/month/remove",
    ] {
        for form in ["", "csrf=bm9uZQ&zone=FRA&year=2026&target_name=x&grams=1&per=month"] {
            let reply = send(&server, path, &[("cookie", visitor.cookie.as_str())], form);
            assert_eq!(reply.status, 403, "{path}: {}", reply.text());
        }
        assert_eq!(send(&server, path, &[], "").status, 303, "{path} without a session leads to the log-in");
    }
    let key = Some(keys.live.as_str());
    assert_eq!(server.get("/api/v1/tenants/client-xyz/targets", key).json()["targets"], json!([]));
}
