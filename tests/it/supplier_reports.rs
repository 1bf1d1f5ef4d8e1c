//! What clouds report of a vendor's services: read from their exports, once, and compared with its calls.

use crate::{
    ledger::Ledger,
    report_evidence::{form, report},
    server::{Server, binary, with},
    time::{month, on},
};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};
use tempfile::TempDir;

/// The exports, of the month that the tests are in.
fn export(folder: &TempDir, name: &str) -> PathBuf {
    let text = std::fs::read_to_string(format!("tests/vectors/import/{name}")).unwrap();
    let text = text.replace("2026-10", &month()).replace("202610", &month().replace('-', ""));
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn import(ledger: &Ledger, file: &Path, arguments: &[&str]) -> Output {
    let file = file.to_str().unwrap();
    ledger.run(&[&["import", file, "--json"], arguments].concat())
}

#[track_caller]
fn imported(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn refusal(output: &Output) -> String {
    assert!(!output.status.success());
    String::from_utf8(output.stderr.clone()).unwrap()
}

const EXPORTS: [(&str, &str, &[&str]); 3] = [
    ("gcp_carbon.csv", "gcp-carbon", &[]),
    ("aws_carbon.csv", "aws-carbon", &[]),
    ("azure_carbon.json", "azure-carbon", &["--basis", "market"]),
];

#[test]
fn every_clouds_export_is_read_once_and_compared_with_the_calls() {
    let ledger = Ledger::new();
    let server = ledger.serve();
    let keys = server.sign_up("a@example.com");
    for (id, provider, region) in [
        ("a", "bedrock", "eu-west-3"),
        ("b", "vertex_ai", "europe-west9"),
        ("c", "azure", "francecentral"),
        ("d", "aws", "us-east-1"),
    ] {
        let call = json!({"model": "llama-3.1-70b", "provider": provider, "region": region,
                          "prompt_tokens": 1_000_000, "completion_tokens": 2_000_000});
        server.track(&keys.live, &on(3, id, call));
    }
    server.stop();
    let folder = tempfile::tempdir().unwrap();
    for (name, format, more) in EXPORTS {
        let file = export(&folder, name);
        let arguments = [&["--format", format], more].concat();
        let first = imported(&import(&ledger, &file, &arguments));
        assert_eq!(first["duplicate"], false, "{first}");
        let expect = match format {
            // Two projects are added up; a row without a figure is not zero.
            "gcp-carbon" => json!({"rows": 4, "accepted": 2, "left_out": {"has no figure": 1}}),
            // Another unit is not read as if it were a ton.
            "aws-carbon" => {
                json!({"rows": 3, "accepted": 2, "left_out": {"has a unit that is not MTCO2e": 1}})
            }
            // Scopes are added up.
            _ => json!({"rows": 2, "accepted": 1, "left_out": {}}),
        };
        for (name, expect) in expect.as_object().unwrap() {
            assert_eq!(&first[name], expect, "{format}: {first}");
        }
        let again = imported(&import(&ledger, &file, &arguments));
        assert_eq!((&again["accepted"], &again["duplicate"]), (&json!(0), &json!(true)), "{format}");
    }
    assert_eq!(ledger.count("select count(*) from supplier_report"), 5);

    let server = ledger.serve();
    let path = format!("/api/v1/reconciliations?month={}", month());
    let answer = server.get(&path, Some(&keys.live)).json();
    let found = answer["reconciliations"].as_array().unwrap();
    let of = |provider: &str| found.iter().find(|one| one["provider"] == provider).unwrap();
    for (provider, location, market, services) in [
        ("aws", json!(1250), json!(20), json!(["AmazonBedrock"])),
        ("azure", Value::Null, json!(1000), json!(["Azure OpenAI"])),
        ("google", json!(400), json!(61), json!(["Vertex AI"])),
    ] {
        let one = of(provider);
        assert_eq!(
            (&one["cloud"]["location_co2_grams"], &one["cloud"]["market_co2_grams"]),
            (&location, &market)
        );
        assert_eq!((&one["services"], &one["ours"]["requests"]), (&services, &json!(1)), "{one}");
        let ours = &one["ours"]["co2_grams"];
        let cloud = location.as_f64().or(market.as_f64()).unwrap();
        let ratio = cloud / ours["central"].as_f64().unwrap();
        assert!((one["ratio"].as_f64().unwrap() - ratio).abs() <= 0.000_051, "{one}");
        let verdict = if cloud > ours["high"].as_f64().unwrap() {
            "above"
        } else if cloud < ours["low"].as_f64().unwrap() {
            "below"
        } else {
            "inside"
        };
        assert_eq!(one["verdict"], verdict, "{one}");
        let reasons: Vec<&str> = one["reasons"]
            .as_array()
            .unwrap()
            .iter()
            .map(|reason| reason["reason"].as_str().unwrap())
            .collect();
        assert_eq!(reasons.contains(&"market_only"), provider == "azure", "{reasons:?}");
        for reason in ["scope", "allocation", "other_workloads", "months"] {
            assert!(reasons.contains(&reason), "{reasons:?}");
        }
    }
    assert_eq!(of("aws")["account_refs"], json!(["123456789012"]));
    assert_eq!(of("google")["cloud"]["method_versions"], json!(["18"]));
    let others: Vec<&str> = answer["other_services"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["service"].as_str().unwrap())
        .collect();
    assert_eq!(others, ["AmazonEC2", "Cloud Run"]);
    server.stop();
    ledger.check();
}

#[test]
fn a_later_file_of_a_month_counts_and_the_earlier_one_is_kept() {
    let (ledger, server) = Server::alone();
    let [keys, stranger] = ["a@example.com", "b@example.com"].map(|email| server.sign_up(email));
    let folder = tempfile::tempdir().unwrap();
    let file = export(&folder, "aws_carbon.csv");
    let send = |key: &str| {
        let output = Command::new(binary())
            .args([
                "import",
                file.to_str().unwrap(),
                "--json",
                "--format",
                "aws-carbon",
                "--url",
                &server.url,
            ])
            .args(["--licence", "Terms of the cloud"])
            .env("CARBON_API_KEY", key)
            .output()
            .unwrap();
        imported(&output)
    };
    assert_eq!(send(&keys.live)["accepted"], 2);
    assert_eq!(send(&keys.live)["duplicate"], true);
    assert_eq!(send(&stranger.live)["accepted"], 2, "a file is known to its account alone");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("0.00125", "0.002").replace("\"v3.0.0\"", "\"v3.1.0\"")).unwrap();
    assert_eq!(send(&keys.live)["accepted"], 2);
    let reconciled = |key: &str| {
        let answer = server.get(&format!("/api/v1/reconciliations?month={}", month()), Some(key)).json();
        answer["reconciliations"][0]["cloud"].clone()
    };
    let newest = reconciled(&keys.live);
    assert_eq!(
        (&newest["location_co2_grams"], &newest["method_versions"]),
        (&json!(2000), &json!(["v3.1.0"]))
    );
    assert_eq!(newest["licences"], json!(["Terms of the cloud"]));
    assert_eq!(reconciled(&stranger.live)["location_co2_grams"], json!(1250));
    assert_eq!(ledger.count("select count(*) from supplier_report"), 6, "both are kept");
    let nothing = &server.get(&format!("/api/v1/reconciliations?month={}", month()), Some(&keys.live)).json();
    let nothing = &nothing["reconciliations"][0];
    assert_eq!(
        (&nothing["ours"]["co2_grams"], &nothing["ratio"], &nothing["verdict"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!(nothing["reasons"][0]["reason"], "nothing_tracked");
}

#[test]
fn an_export_that_cannot_be_read_is_refused_with_its_reason() {
    let ledger = Ledger::new();
    let server = ledger.serve();
    let keys = server.sign_up("a@example.com");
    for (body, pointer) in [
        (json!({}), "/file_sha256"),
        (json!({"rows": [{"provider": "ibm"}]}), "/rows/0/provider"),
        (json!({"rows": [{"kg_location": -1}]}), "/rows/0/kg_location"),
        (json!({"rows": [{"kg_location": null}]}), "/rows/0/kg_location"),
        (json!({"rows": [{"month": "2026"}]}), "/rows/0/month"),
        (json!({"rows": [{"service": ""}]}), "/rows/0/service"),
        (json!({"rows": [{}, {}]}), "/rows/1"),
    ] {
        let row = json!({"provider": "aws", "service": "AmazonBedrock", "month": month(), "kg_location": 1});
        let rows: Option<Vec<Value>> = body["rows"]
            .as_array()
            .map(|rows| rows.iter().map(|changes| with(row.clone(), changes.clone())).collect());
        let body = match rows {
            Some(rows) => json!({"file_sha256": "0".repeat(64), "licence": "own data", "rows": rows}),
            None => json!({"licence": "own data", "rows": []}),
        };
        let problem = server.post("/api/v1/supplier-reports", Some(&keys.live), &body).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    server.get("/api/v1/reconciliations?month=2026", Some(&keys.live)).problem(422);
    let empty = server.get("/api/v1/reconciliations", Some(&keys.live)).json();
    assert_eq!(empty["reconciliations"], json!([]), "of the current month");
    server.stop();
    let folder = tempfile::tempdir().unwrap();
    for (name, format, without, said) in [
        ("gcp_carbon.csv", "gcp-carbon", "usage_month", "the column usage_month is missing"),
        ("gcp_carbon.csv", "gcp-carbon", "service.description", "the column service.description is missing"),
        ("aws_carbon.csv", "aws-carbon", "product_code", "the column product_code is missing"),
        ("azure_carbon.json", "azure-carbon", "totalEmissions", "the column totalEmissions is missing"),
    ] {
        let file = export(&folder, name);
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replace(without, "else")).unwrap();
        let more: &[&str] = if format == "azure-carbon" { &["--basis", "market"] } else { &[] };
        let refused = refusal(&import(&ledger, &file, &[&["--format", format], more].concat()));
        assert!(refused.contains(said), "{refused}");
    }
    // Scopes add up where there are no totals.
    let file = export(&folder, "gcp_carbon.csv");
    let text = std::fs::read_to_string(&file).unwrap().replace("carbon_footprint_total_kgCO2e", "else");
    std::fs::write(&file, text).unwrap();
    assert_eq!(imported(&import(&ledger, &file, &["--format", "gcp-carbon"]))["accepted"], 2);
    let kg: Vec<Vec<String>> =
        ledger.rows("select kg_location, kg_market from supplier_report where service = 'Vertex AI'");
    assert_eq!(kg, [["0.4", "0.06"]]);
    for (arguments, said) in [
        (&["--format", "azure-carbon"][..], "--basis"),
        (&["--format", "gcp-carbon", "--basis", "location"], "--basis"),
        (&["--format", "csv", "--basis", "location"], "azure-carbon"),
        (&["--format", "aws-carbon", "--tenant", "t"], "names no clients"),
        (&["--format", "aws-carbon", "--test"], "live calls only"),
    ] {
        let file = export(&folder, "aws_carbon.csv");
        let refused = refusal(&import(&ledger, &file, arguments));
        assert!(refused.contains(said), "{arguments:?}: {refused}");
    }
}

#[test]
fn what_a_cloud_reports_changes_no_figure_and_no_class_of_data() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let call = json!({"model": "llama-3.1-70b", "provider": "bedrock", "region": "eu-west-3",
                      "prompt_tokens": 1_000_000, "completion_tokens": 2_000_000});
    server.track(&keys.live, &on(1, "a", call));
    let stated = || {
        let report = report(&server, &keys.live, json!({}));
        let statement = form(&server, &keys.live, &report, "statement");
        let statement: Value = serde_json::from_slice(&statement).unwrap();
        ["total", "by_model", "data_quality"].map(|part| statement[part].clone())
    };
    let before = stated();
    let row = json!({"provider": "aws", "account_ref": "1", "service": "AmazonBedrock", "region": "eu-west-3",
                     "month": month(), "kg_location": 1.25, "kg_market": 0.02, "method_version": "v3.0.0"});
    let body = json!({"file_sha256": "ab".repeat(32), "licence": "Own account", "rows": [row]});
    let imported = server.post("/api/v1/supplier-reports", Some(&keys.live), &body);
    assert!(imported.status < 300, "{}", imported.text());
    // It is of all that the account buys there: it is compared with the calls, and no line rests on it.
    let path = format!("/api/v1/reconciliations?month={}", month());
    assert_eq!(server.get(&path, Some(&keys.live)).json()["reconciliations"][0]["ours"]["requests"], 1);
    assert_eq!(stated(), before);
    assert_eq!(before[2]["by_class"][0]["data_class"], "modelled");
}
