//! A month by the market-based method next to the location-based one: instruments, residual mixes, and what they may not do.

use crate::{
    report_evidence::{close, form, kept, report, verify},
    server::{Keys, Reply, Server, with},
    time::{first, month, on},
};
use proptest::{prelude::*, test_runner::TestRunner};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(crate) fn sha256(of: &str) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(of).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn id(number: u32) -> String {
    format!("01a20ab0-28b2-761c-af30-{number:012}")
}

/// A guarantee of origin of the year of the month.
pub(crate) fn instrument(number: u32, changes: Value) -> Value {
    let year = first().year();
    let instrument = json!({
        "kind": "go", "zone": "FRA", "period_from": format!("{year}-01-01"), "period_to": format!("{year}-12-31"),
        "mwh": 60, "g_per_kwh": 0, "vintage": year, "certificate_ids_sha256": sha256(&format!("certificates {number}")),
        "document_sha256": sha256(&format!("document {number}")), "source": "Cancellation statement", "licence": "own data",
    });
    with(instrument, changes)
}

pub(crate) fn residual_mix(g_per_kwh: Value) -> Value {
    json!({"g_per_kwh": g_per_kwh, "source": "Issuing body", "licence": "by permission", "document_sha256": sha256("mix")})
}

pub(crate) fn done(reply: Reply) -> Reply {
    assert!(reply.status < 300, "{}", reply.text());
    reply
}

pub(crate) fn enter(server: &Server, keys: &Keys, number: u32, changes: Value) -> Value {
    let path = format!("/api/v1/instruments/{}", id(number));
    done(server.put(&path, Some(&keys.live), &instrument(number, changes))).json()
}

pub(crate) fn allocation(number: u32, tenant: &str, month: &str) -> String {
    format!("/api/v1/instruments/{}/allocations/{tenant}/{month}", id(number))
}

pub(crate) fn allocate(server: &Server, keys: &Keys, number: u32, mwh: Value) -> Reply {
    server.put(&allocation(number, "client-xyz", &month()), Some(&keys.live), &json!({"mwh": mwh}))
}

fn enter_mix(server: &Server, keys: &Keys, zone: &str, g_per_kwh: Value) -> Reply {
    let path = format!("/api/v1/residual-mixes/{zone}/{}", first().year());
    server.put(&path, Some(&keys.live), &residual_mix(g_per_kwh))
}

fn statement(server: &Server, keys: &Keys) -> Value {
    let issued = report(server, &keys.live, json!({}));
    serde_json::from_slice(&form(server, &keys.live, &issued, "statement")).unwrap()
}

fn decimal(value: &Value) -> Decimal {
    value.as_str().unwrap_or_else(|| panic!("{value}")).parse().unwrap()
}

/// Much use of an open model in France, some in Germany, and a published figure.
pub(crate) fn used(server: &Server, keys: &Keys) {
    for (day, model, region, tokens) in [
        (2, "llama-3.1-70b", "FRA", 900_000_000),
        (3, "llama-3.1-70b", "aws:eu-central-1", 9_000_000),
        (4, "mistral-large-2", "FRA", 1_000_000),
    ] {
        let call =
            json!({"model": model, "region": region, "prompt_tokens": tokens, "completion_tokens": tokens});
        server.track(&keys.live, &on(day, &format!("{model}-{day}"), call));
    }
}

#[test]
fn both_bases_stand_side_by_side_and_location_is_the_total() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    used(&server, &keys);
    let before = statement(&server, &keys);
    assert_eq!((&before["market"], &before["market_based_co2_grams"]), (&Value::Null, &Value::Null));
    let text = before.to_string();
    assert!(!text.contains("residual"), "nothing is said where nothing was entered");

    done(enter_mix(&server, &keys, "fr", json!(400)));
    let zone = |statement: &Value, name: &str| {
        let zones = statement["market"]["zones"].as_array().unwrap();
        zones.iter().find(|zone| zone["zone"] == name).unwrap().clone()
    };
    let with_mix = statement(&server, &keys);
    let energy = decimal(&zone(&with_mix, "FRA")["energy_wh"]["central"]);
    // Six tenths of it, to the watt hour, from an instrument at 0 g.
    let covered = (energy * Decimal::new(6, 1)).trunc();
    enter(&server, &keys, 1, json!({}));
    let mwh: f64 = (covered / Decimal::from(1_000_000)).to_string().parse().unwrap();
    done(allocate(&server, &keys, 1, json!(mwh)));

    let after = statement(&server, &keys);
    assert_eq!(after["total"], before["total"], "the location-based figure stays as it is");
    let france = zone(&after, "FRA");
    assert_eq!(decimal(&france["instrument_wh"]), covered);
    assert_eq!(decimal(&france["residual_wh"]), energy - covered);
    let grams = (energy - covered) * Decimal::new(4, 1);
    assert_eq!(decimal(&france["co2_grams"]["central"]), grams.normalize());
    let germany = zone(&after, "DEU");
    assert_eq!(germany["co2_grams"], germany["location_co2_grams"], "nothing is known of it");
    assert_eq!(germany["location_wh"], germany["energy_wh"]["central"]);
    let market = &after["market"];
    let parts: Decimal = market["zones"].as_array().unwrap().iter().fold(Decimal::ZERO, |sum, zone| {
        sum + decimal(&zone["co2_grams"]["central"]) + decimal(&zone["embodied_co2_grams"]["central"])
    });
    let carried = market["carried_over"].as_array().unwrap();
    let carried: Decimal = carried.iter().map(|line| decimal(&line["co2_grams"]["central"])).sum();
    assert_eq!(decimal(&market["co2_grams"]["central"]), parts + carried);
    assert_eq!(after["market_based_co2_grams"], market["co2_grams"]["central"]);
    let share = decimal(&market["recomputed_share"]);
    assert!(share > Decimal::ZERO && share < Decimal::ONE, "{share}");
    assert_eq!(market["instruments"][0]["certificate_ids_sha256"], sha256("certificates 1"));
    assert_eq!(market["residual_mixes"][0]["licence"], "by permission");
    server.stop();
    ledger.check();
}

#[test]
fn what_does_not_fit_is_refused_with_its_reason() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    used(&server, &keys);
    let year = first().year();
    let path = format!("/api/v1/instruments/{}", id(1));
    for (changes, pointer, reason) in [
        (json!({"vintage": year - 1}), "/vintage", "is covered by what was produced in"),
        (json!({"period_from": format!("{}-12-01", year - 1)}), "/period_to", "one year"),
        (
            json!({"period_from": format!("{year}-12-31"), "period_to": format!("{year}-12-01")}),
            "/period_from",
            "after",
        ),
        (json!({"zone": "WOR"}), "/zone", "no market"),
        (json!({"zone": "EEE"}), "/zone", "no market"),
        (json!({"zone": "Atlantis"}), "/zone", "no grid"),
        (json!({"mwh": 0.000_000_5}), "/mwh", "a watt hour is the smallest part"),
        (json!({"mwh": 0}), "/mwh", "above 0"),
        (json!({"mwh": -1}), "/mwh", "above 0"),
        (json!({"g_per_kwh": -1}), "/g_per_kwh", "from 0"),
        (json!({"g_per_kwh": 5_001}), "/g_per_kwh", "5000"),
        (json!({"g_per_kwh": 0.000_000_1}), "/g_per_kwh", "6 decimals"),
        (json!({"kind": "offset"}), "/kind", "go, rec, ppa, supplier_mix"),
        (json!({"provider": "langchain"}), "/provider", "listed provider"),
        (json!({"certificate_ids_sha256": "abc"}), "/certificate_ids_sha256", "64 hexadecimal digits"),
        (json!({"document_sha256": null}), "/document_sha256", "is required"),
        (json!({"licence": null}), "/licence", "is required"),
        (json!({"certificates": ["1"]}), "/certificates", "unknown field"),
    ] {
        let problem = server.put(&path, Some(&keys.live), &instrument(1, changes.clone())).problem(422);
        let error = &problem["errors"][0];
        assert_eq!(error["pointer"], pointer, "{changes}: {problem}");
        assert!(error["detail"].as_str().unwrap().contains(reason), "{changes}: {problem}");
    }
    let nobody =
        server.put("/api/v1/instruments/mine", Some(&keys.live), &instrument(1, json!({}))).problem(422);
    assert_eq!(nobody["errors"][0]["pointer"], "instrument_id");
    let zero = enter_mix(&server, &keys, "AUT", json!(0)).problem(422);
    assert!(zero["errors"][0]["detail"].as_str().unwrap().contains("no residual mix is"), "{zero}");
    for (zone, of_year, pointer) in [("WOR", "2026", "zone"), ("FRA", "26", "year"), ("FRA", "next", "year")]
    {
        let path = format!("/api/v1/residual-mixes/{zone}/{of_year}");
        let problem = server.put(&path, Some(&keys.live), &residual_mix(json!(40))).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }

    let entered = enter(&server, &keys, 1, json!({"period_to": first().last_of_month().to_string()}));
    assert_eq!(entered["status"], "valid");
    assert_eq!(
        enter(&server, &keys, 1, json!({"period_to": first().last_of_month().to_string()})),
        entered,
        "once"
    );
    server.put(&path, Some(&keys.live), &instrument(1, json!({"mwh": 61}))).problem(409);
    let same = format!("/api/v1/instruments/{}", id(2));
    let problem = server.put(&same, Some(&keys.live), &instrument(1, json!({}))).problem(409);
    assert!(problem["detail"].as_str().unwrap().contains(&id(1)), "{problem}");
    // Another year, a month behind its period, more than it has, nobody's client.
    let put = |tenant: &str, month: &str, mwh: Value| {
        server.put(&allocation(1, tenant, month), Some(&keys.live), &json!({"mwh": mwh}))
    };
    let problem = put("client-xyz", &format!("{}-12", year - 1), json!(1)).problem(422);
    assert!(problem["errors"][0]["detail"].as_str().unwrap().contains("its own year"), "{problem}");
    let problem = put("client-xyz", &month(), json!(60.000_001)).problem(422);
    assert!(problem["errors"][0]["detail"].as_str().unwrap().contains("60 MWh"), "{problem}");
    put("nobody", &month(), json!(1)).problem(404);
    server.delete(&allocation(1, "client-xyz", &month()), Some(&keys.live)).problem(404);
    server.delete(&format!("/api/v1/residual-mixes/FRA/{year}"), Some(&keys.live)).problem(404);
}

#[test]
fn an_instrument_counts_for_its_grid_and_its_provider_alone() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    used(&server, &keys);
    for (number, changes) in [(1, json!({"zone": "SWE"})), (2, json!({"provider": "amazon-bedrock"}))] {
        enter(&server, &keys, number, changes);
        done(allocate(&server, &keys, number, json!(1)));
    }
    let stated = statement(&server, &keys);
    for used in stated["market"]["instruments"].as_array().unwrap() {
        assert_eq!(used["used_wh"], "0", "{used}");
    }
    assert_eq!(stated["market"]["co2_grams"], stated["total"]["co2_grams"]);
    let providers = [0, 1].map(|place| stated["market"]["instruments"][place]["provider"].clone());
    assert_eq!(providers, [json!("aws"), Value::Null], "that of one provider is used first");
    let listed = server.get("/api/v1/instruments", Some(&keys.live)).json();
    let listed = [0, 1].map(|place| listed["instruments"][place]["provider"].clone());
    assert_eq!(listed, providers, "and listed first");
}

#[test]
fn a_watt_hour_serves_one_client_and_one_month() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    for tenant in ["a", "b"] {
        server.track(&keys.live, &on(3, tenant, json!({"tenant_id": tenant})));
    }
    // Another month of the same year.
    let step = if first().month() == 12 { -1 } else { 1 };
    let months = [month(), (first() + jiff::ToSpan::months(step)).to_string()[..7].to_owned()];
    let number = std::cell::Cell::new(0);
    let step = (0..2usize, 0..2usize, prop_oneof![1 => Just(None), 4 => (1..70u64).prop_map(Some)]);
    let config = ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() };
    let result = TestRunner::new(config).run(&prop::collection::vec(step, 1..16), |steps| {
        number.set(number.get() + 1);
        let number = number.get();
        // A hundred watt hours.
        enter(&server, &keys, number, json!({"mwh": 0.0001}));
        let mut model: BTreeMap<(usize, usize), u64> = BTreeMap::new();
        for (tenant, at, wh) in steps {
            let path = allocation(number, ["a", "b"][tenant], &months[at]);
            let others: u64 = model.iter().filter(|(key, _)| **key != (tenant, at)).map(|(_, wh)| wh).sum();
            match wh {
                Some(wh) => {
                    let mwh = json!(format!("{}", Decimal::new(wh.try_into().unwrap(), 6)));
                    let reply = server.put(&path, Some(&keys.live), &json!({"mwh": mwh}));
                    if others + wh > 100 {
                        let problem = reply.problem(422);
                        prop_assert_eq!(&problem["errors"][0]["pointer"], "/mwh");
                    } else {
                        prop_assert_eq!(reply.status, 200, "{}", reply.text());
                        model.insert((tenant, at), wh);
                    }
                }
                None => {
                    let expect = if model.remove(&(tenant, at)).is_some() { 204 } else { 404 };
                    prop_assert_eq!(server.delete(&path, Some(&keys.live)).status, expect);
                }
            }
            let shown = server.get(&format!("/api/v1/instruments/{}", id(number)), Some(&keys.live)).json();
            let sum: u64 = model.values().sum();
            prop_assert_eq!(shown["allocations"].as_array().unwrap().len(), model.len());
            let allocated: Decimal = shown["allocated_mwh"].to_string().parse().unwrap();
            prop_assert_eq!(allocated, Decimal::new(sum.try_into().unwrap(), 6).normalize());
            prop_assert!(sum <= 100);
        }
        Ok(())
    });
    result.unwrap();
    server.stop();
    ledger.check();
}

#[test]
fn a_closed_month_keeps_its_market_based_figure_and_a_restatement_shows_the_step() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    used(&server, &keys);
    enter(&server, &keys, 1, json!({}));
    done(allocate(&server, &keys, 1, json!(0.01)));
    done(enter_mix(&server, &keys, "FRA", json!(50.5)));
    let open = statement(&server, &keys);
    close(&server, &keys.live);
    let state = |server: &Server| {
        server.get(&format!("/api/v1/months/{}?tenant_id=client-xyz", month()), Some(&keys.live)).json()
    };
    let pinned = state(&server)["tenant"]["figures"].clone();
    let stated_central = open["market"]["co2_grams"]["central"].as_str().unwrap();
    let near = |number: &Value| {
        let digits: f64 = stated_central.parse().unwrap();
        (number.as_f64().unwrap() / digits - 1.0).abs() < 1e-12
    };
    assert!(near(&pinned["market"]["co2_grams"]["central"]), "{pinned}");

    // What was allocated to a closed month stays; the rest changes nothing of it.
    server.delete(&allocation(1, "client-xyz", &month()), Some(&keys.live)).problem(409);
    allocate(&server, &keys, 1, json!(0.02)).problem(409);
    enter(&server, &keys, 2, json!({"g_per_kwh": 12.5}));
    allocate(&server, &keys, 2, json!(0.03)).problem(409);
    done(enter_mix(&server, &keys, "FRA", json!(60)));
    assert_eq!(server.delete(&format!("/api/v1/instruments/{}", id(1)), Some(&keys.live)).status, 204);
    let again = format!("/api/v1/instruments/{}", id(3));
    let problem = server.put(&again, Some(&keys.live), &instrument(1, json!({}))).problem(409);
    assert!(problem["detail"].as_str().unwrap().contains("same certificates"), "{problem}");
    assert_eq!(state(&server)["tenant"]["figures"], pinned);
    let issued = report(&server, &keys.live, json!({}));
    assert_eq!(issued["status"], "final");
    let stated: Value = serde_json::from_slice(&form(&server, &keys.live, &issued, "statement")).unwrap();
    assert_eq!(stated["market"], open["market"], "as it was closed");

    let restatement = json!({"month": month(), "reason": "An instrument was withdrawn"});
    let restated = done(server.post("/api/v1/restatements", Some(&keys.live), &restatement)).json();
    let change = &restated["tenants"][0]["market_co2_grams"];
    assert!(near(&change["old"]["central"]), "{change}");
    assert_ne!(change["new"], change["old"]);
    assert_eq!(
        restated["tenants"][0]["difference"]["co2_grams"],
        json!(0),
        "location-based, nothing has changed"
    );
    let new = statement(&server, &keys);
    assert_eq!(new["total"], open["total"]);
    assert_eq!(new["restatement"]["market"]["old_co2_grams"], open["market"]["co2_grams"]);
    assert_eq!(new["restatement"]["market"]["new_co2_grams"], new["market"]["co2_grams"]);
    assert_eq!(new["market"]["instruments"], json!([]), "it was withdrawn");
    server.stop();
    ledger.check();
}

#[test]
fn a_pack_holds_digests_and_its_market_based_figure_is_computed_again() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    used(&server, &keys);
    enter(&server, &keys, 1, json!({"source": "Registry of the issuing body"}));
    done(allocate(&server, &keys, 1, json!(0.01)));
    done(enter_mix(&server, &keys, "FRA", json!(50.5)));
    close(&server, &keys.live);
    for language in ["en", "de", "fr"] {
        let issued = report(&server, &keys.live, json!({"language": language}));
        for kind in ["pdf", "evidence"] {
            let file = kept(&form(&server, &keys.live, &issued, kind));
            let output = verify(file.path(), &[]);
            assert!(output.status.success(), "{kind}: {}", String::from_utf8_lossy(&output.stderr));
        }
        let lines = String::from_utf8(form(&server, &keys.live, &issued, "lines")).unwrap();
        assert!(lines.contains("\nmarket_based,") && lines.contains("\nmarket_zone,FRA,"), "{lines}");
    }
    server.stop();
    assert!(ledger.count("select count(*) from instrument") == 1);
}

#[test]
fn instruments_belong_to_their_account_and_to_its_live_side() {
    let (_ledger, server) = Server::alone();
    let [owner, stranger] = ["owner@example.com", "stranger@example.com"].map(|email| server.sign_up(email));
    used(&server, &owner);
    used(&server, &stranger);
    enter(&server, &owner, 1, json!({"source": "Secret registry"}));
    done(allocate(&server, &owner, 1, json!(1)));
    done(enter_mix(&server, &owner, "FRA", json!(50.5)));
    let path = format!("/api/v1/instruments/{}", id(1));
    for list in [
        "/api/v1/instruments",
        "/api/v1/residual-mixes",
        &format!("/api/v1/reconciliations?month={}", month()),
    ] {
        let listed = server.get(list, Some(&stranger.live));
        assert_eq!(listed.status, 200, "{}", listed.text());
        assert!(!listed.text().contains("Secret") && !listed.text().contains("50.5"), "{}", listed.text());
        server.get(list, Some(&owner.test)).problem(403);
        server.get(list, None).problem(401);
    }
    for reply in [
        server.get(&path, Some(&stranger.live)),
        server.delete(&path, Some(&stranger.live)),
        allocate(&server, &stranger, 1, json!(1)),
        server.delete(&allocation(1, "client-xyz", &month()), Some(&stranger.live)),
    ] {
        reply.problem(404);
    }
    // The same id and the same certificates are another account's own matter.
    enter(&server, &stranger, 1, json!({}));
    assert_eq!(statement(&server, &stranger)["market"], Value::Null);
    let read = server.post("/api/v1/keys", Some(&owner.live), &json!({"kind": "read", "label": "r"})).json();
    let read = read["api_key"].as_str().unwrap_or_else(|| panic!("{read}"));
    assert_eq!(server.get(&path, Some(read)).status, 200);
    server.delete(&path, Some(read)).problem(403);
    server.put(&path, Some(read), &instrument(1, json!({}))).problem(403);
}
