//! `carbon-server own`: the same entries as over HTTP, in a ledger without a server and through a server.

use crate::{
    ledger::Ledger,
    report_evidence::text,
    server::{Server, binary},
    time::{month, on},
};
use serde_json::{Value, json};
use std::process::{Command, Output};

/// The command, with a key or without one.
fn own(arguments: &[&str], key: Option<&str>) -> Output {
    let mut command = Command::new(binary());
    command.arg("own").args(arguments).env_remove("CARBON_API_KEY");
    if let Some(key) = key {
        command.env("CARBON_API_KEY", key);
    }
    command.output().unwrap()
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn refused(output: &Output) -> String {
    assert!(!output.status.success(), "{}", text(output));
    text(output)
}

#[test]
fn a_list_has_everything_that_an_entry_says() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let window = json!({
        "model": "prod-llama", "from": format!("{}-01T00:00:00Z", month()), "to": format!("{}-01T01:00:00Z", month()),
        "meter": "rack-1", "scope": "node", "node_joules": 1_000, "input_tokens": 1, "output_tokens": 1,
    });
    assert_eq!(server.post("/api/v1/measurements", Some(&keys.live), &window).json()["accepted"], 1);
    let through = |arguments: &[&str]| own(&[arguments, &["--url", &server.url]].concat(), Some(&keys.live));
    let described = [
        "model",
        "acme-70b",
        "--total-b",
        "70.6",
        "--active-b",
        "8",
        "--precision",
        "fp8",
        "--accelerator",
        "H100 SXM",
        "--region",
        "FRA",
        "--pue",
        "1.2",
        "--onsite-water-l-per-kwh",
        "0.4",
        "--source",
        "our model card",
        "--note",
        "on rack 3",
        "--valid-from",
        "2026-12-01",
    ];
    printed(&through(&described));
    printed(&through(&["alias", "prod-chat", "--class", "mid", "--valid-to", "2026-11-30"]));
    let listed = printed(&through(&["list"]));
    for part in [
        "70.6 B parameters, 8 B active, fp8, H100 SXM, FRA, PUE 1.2, 0.4 L/kWh on site, source: our model card, from \
         2026-12-01, note: on rack 3, by key",
        "class mid, until 2026-11-30, by key",
        "1 window of measured energy",
    ] {
        assert!(listed.contains(part), "{part:?} is not in\n{listed}");
    }
    server.stop();
    // Without a server: the same lines.
    let offline = ledger.run(&["own", "list"]);
    assert_eq!(printed(&offline), listed);
}

#[test]
fn a_dry_run_keeps_nothing_and_says_what_it_would_do() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &on(5, "e-1", json!({"model": "prod-chat"})));
    let wish = ["alias", "prod-chat", "--model", "gpt-4o", "--dry-run"];
    let through = printed(&own(&[&wish[..], &["--url", &server.url]].concat(), Some(&keys.live)));
    for part in [
        "Nothing was stored.",
        &month(),
        "not quantified, coverage 0.0 %",
        "0.3 g CO2e (",
        "coverage 100.0 %",
    ] {
        assert!(through.contains(part), "{part:?} is not in\n{through}");
    }
    let list = server.get("/api/v1/models/aliases", Some(&keys.live)).json();
    assert_eq!(list["entries"], json!([]));
    server.stop();
    let offline = printed(&ledger.run(&[&["own"], &wish[..]].concat()));
    let effect = |printed: &str| printed.split_once('\n').unwrap().1.to_owned();
    assert_eq!(effect(&offline), effect(&through));
    let listed: Value = serde_json::from_str(&printed(&ledger.run(&["own", "list", "--json"]))).unwrap();
    assert_eq!(listed, json!({"aliases": [], "models": [], "measurements": [], "grid_series": []}));
    let idle = printed(&ledger.run(&["own", "alias", "never-called", "--class", "mid", "--dry-run"]));
    assert!(idle.contains("No open month has calls that it would change."), "{idle}");
}

#[test]
fn what_is_missing_is_named_with_what_to_do() {
    let said = refused(&own(&["alias", "prod-chat"], None));
    assert!(said.contains("--model <MODEL>|--class <CLASS>"), "{said}");
    let both = refused(&own(&["alias", "prod-chat", "--model", "gpt-4o", "--class", "mid"], None));
    assert!(both.contains("cannot be used with"), "{both}");
    for arguments in [
        &["own", "list", "--url", "http://127.0.0.1:9"][..],
        &["import", "x.csv", "--format", "csv", "--url", "http://127.0.0.1:9"],
        &[
            "measure",
            "--energy",
            "http://127.0.0.1:9",
            "--tokens",
            "http://127.0.0.1:9",
            "--model",
            "x",
            "--url",
            "http://127.0.0.1:9",
        ],
    ] {
        let output = Command::new(binary()).args(arguments).env_remove("CARBON_API_KEY").output().unwrap();
        assert!(refused(&output).contains("set CARBON_API_KEY (or --api-key"), "{}", text(&output));
    }
    let ledger = Ledger::in_file();
    let server = ledger.serve();
    server.sign_up("a@example.com");
    let report = ["report", "--tenant", "x", "--month", "2026-10", "--output", "x.pdf"];
    let import = ["import", "x.csv", "--format", "csv"];
    for (arguments, instead) in [
        (&["own", "list"][..], "--url and CARBON_API_KEY"),
        (&report, "POST /api/v1/reports"),
        (&import, "--url and CARBON_API_KEY"),
    ] {
        let said = refused(&ledger.run(arguments));
        let whole = format!("{}: another server has it open; ", ledger.url().trim_start_matches("sqlite:"));
        assert!(said.contains(&whole) && said.contains(instead), "{said}");
    }
}
