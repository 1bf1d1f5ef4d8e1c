//! Every example runs, and prints what its page says.

use crate::ledger::Ledger;
use crate::ports::free_address;
use crate::server::{ROOT, Server, example};
use serde_json::json;
use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

#[track_caller]
fn check(name: &str, expect: &str) {
    let output = Command::new(example(name)).current_dir(ROOT).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expect);
}

#[test]
fn estimate() {
    check(
        "estimate",
        concat!(
            "mistral-large-2: 2.850 g CO2e (from 1.140 to 2.850) by coefficient, measured, after ",
            "\"Mistral LCA 2025 (1,14 gCO2e / 400 tokens inférence ; Carbone 4 / ADEME)\"\n",
            "GPT-4o-2024-08-06: 0.300 g CO2e (from 0.034 to 2.584) by coefficient, estimated, after ",
            "\"Gravity Climate — méthodo. IA (Grove), ~classe GPT-4\"\n",
            "claude-sonnet-4-5: 0.023 g CO2e (from 0.002 to 0.314) by bottom_up, estimated, after ",
            "\"EcoLogits 0.11.3, parameter estimates\"\n",
            "gpt-5-of-my-dreams: no emission factor is known for model \"gpt-5-of-my-dreams\"; ",
            "did you mean one of [\"gpt-5-codex\", \"gpt-5\", \"gpt-5-pro\"]?\n",
        ),
    );
}

#[test]
fn own_factors() {
    check(
        "own_factors",
        concat!(
            "acme-chat-eu: 0.1 g CO2e, coefficient/acme-chat@1 (acme-2026.11)\n",
            "mistral-large-2: 2.85 g CO2e, coefficient/mistral-large-2@2025.1 (acme-2026.11)\n",
            "factors.csv, line 2: source_id \"hearsay\" is not in sources.csv\n",
        ),
    );
}

#[test]
fn a_service_values_its_calls_in_its_own_process() {
    let mut service = Command::new(example("in_process"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    service.stdin.take().unwrap().write_all(b"gpt-4o 600 400\ngpt-5-of-my-dreams 1 1\ngpt-4o\n").unwrap();
    let output = service.wait_with_output().unwrap();
    assert!(output.status.success());
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&answer["co2_grams"]["central"], &answer["model"]), (&json!(0.3), &json!("gpt-4o")));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        concat!(
            "no emission factor is known for model \"gpt-5-of-my-dreams\"\n",
            "expected: model prompt_tokens completion_tokens\n",
        )
    );
}

#[test]
fn a_list_of_names_shows_which_have_a_number() {
    let mut names =
        Command::new(example("names")).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    names.stdin.take().unwrap().write_all(b"azure/gpt-4o\no3\ngpt-5-of-my-dreams\n").unwrap();
    let output = names.wait_with_output().unwrap();
    assert!(output.status.success());
    let expect = "azure/gpt-4o\tgpt-4o\tyes\no3\to3\tno\ngpt-5-of-my-dreams\t\tno\n";
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expect);
}

#[test]
fn report() {
    let expect = concat!(
        "mistral-large-2: 570 g CO2e by coefficient, measured\n",
        "gpt-4o: 270 g CO2e by coefficient, estimated\n",
        "claude-sonnet-4-5: 28.45238386758735 g CO2e by bottom_up, estimated\n",
        "gpt-5: 14.09331469418896 g CO2e by bottom_up, estimated\n",
    );
    check("report", expect);
}

/// The same call from each language, against a server that runs.
#[test]
fn a_call_is_counted_from_every_language() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let python = Path::new(ROOT).join("target/python/bin/python");
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program)
            .args(arguments)
            .current_dir(ROOT)
            .env("CARBON_URL", &server.url)
            .env("CARBON_KEY", &keys.live)
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(run("sh", &["examples/track.sh"]).starts_with(r#"{"co2_grams":2.85,"confidence":"measured""#));
    for (program, arguments) in [
        (python.to_str().unwrap(), &["examples/track.py"][..]),
        ("node", &["examples/track.mjs"]),
        (example("track").to_str().unwrap(), &[]),
    ] {
        assert_eq!(run(program, arguments), "2.85 g CO2e, measured\n", "{arguments:?}");
    }
    assert_eq!(ledger.count("select count(*) from event"), 4);
}

/// A product goes on at once, whether the tracker takes its event or is not there at all.
#[test]
fn fire_and_forget_waits_for_nobody() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let python = Path::new(ROOT).join("target/python/bin/python");
    for (events, url) in [(2, server.url.as_str()), (2, "http://127.0.0.1:1")] {
        for (program, file) in
            [(python.to_str().unwrap(), "examples/forget.py"), ("node", "examples/forget.mjs")]
        {
            let mut command = Command::new(program);
            command.arg(file).current_dir(ROOT).env("CARBON_URL", url).env("CARBON_KEY", &keys.live);
            let output = command.output().unwrap();
            assert!(output.status.success(), "{file}: {}", String::from_utf8_lossy(&output.stderr));
            assert_eq!(output.stdout, b"not waited for\n", "{file}");
        }
        assert_eq!(ledger.count("select count(*) from event"), events, "{url}");
    }
}

#[test]
fn a_buffered_client_loses_nothing_when_the_server_is_killed() {
    let (ledger, address) = (Ledger::new(), free_address());
    let server = ledger.serve_at(&address, &[]);
    let keys = server.sign_up("a@example.com");
    let url = server.url.clone();
    let client = Command::new(example("buffered"))
        .current_dir(ROOT)
        .env("CARBON_URL", &url)
        .env("CARBON_KEY", &keys.live)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    while ledger.count("select count(*) from event") == 0 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    server.kill();
    std::thread::sleep(std::time::Duration::from_millis(400));
    let server = ledger.serve_at(&address, &[]);
    let output = client.wait_with_output().unwrap();
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{log}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "300 events taken\n");
    assert!(log.contains("sent again in"), "it has met a server that was not there: {log}");
    assert_eq!(ledger.count("select count(*) from event"), 300);
    drop(server);
}

/// What the page shows is what runs.
#[test]
fn the_page_on_integration_shows_the_examples() {
    let read = |path: &str| std::fs::read_to_string(Path::new(ROOT).join(path)).unwrap();
    let page = read("docs/integration.md");
    let examples = ["forget.py", "forget.mjs", "buffered.rs"].map(|file| read(&format!("examples/{file}")));
    let shown: Vec<&str> = page.split("```").skip(1).step_by(2).collect();
    assert_eq!(shown.len(), examples.len());
    for (block, example) in shown.iter().zip(&examples) {
        let (_, code) = block.split_once('\n').unwrap();
        assert!(example.contains(code), "{code} is not in its example");
    }
}

#[test]
fn every_example_is_short_and_tested() {
    // The check of evidence packs runs where packs are made.
    let tests = ["tests/it/examples.rs", "tests/it/report_evidence.rs", "tests/it/periods.rs"]
        .map(|file| std::fs::read_to_string(Path::new(ROOT).join(file)).unwrap())
        .concat();
    let files = |folder: &str| std::fs::read_dir(Path::new(ROOT).join(folder)).unwrap();
    for entry in files("examples").chain(files("carbon-report/scripts")) {
        let path = entry.unwrap().path();
        let (name, file) =
            (path.file_stem().unwrap().to_str().unwrap(), path.file_name().unwrap().to_str().unwrap());
        let calls = [
            format!("\"{name}\", "),
            format!("\"{name}\",\n"),
            format!("example(\"{name}\")"),
            format!("examples/{file}\""),
            format!("scripts/{file}\""),
        ];
        assert!(calls.iter().any(|call| tests.contains(call)), "{file} is not run");
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        // An auditor's program reads and recomputes a whole pack, strictly, with the standard library alone.
        let most = match name {
            "verify_pack" => 260,
            "verify_period_pack" => 100,
            _ => 60,
        };
        assert!(lines < most, "{file} has {lines} lines: one idea, under {most}");
    }
}
