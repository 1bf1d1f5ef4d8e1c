//! The first five minutes: the commands that the program prints and the README shows, run as written.

use crate::ledger::Ledger;
use crate::server::{ROOT, Server};
use serde_json::{Value, json};
use std::{path::Path, process::Command};

/// The commands in a text: each block of indented lines is one.
fn commands(text: &str) -> Vec<String> {
    let mut commands = vec![String::new()];
    for line in text.lines() {
        match line.strip_prefix("    ") {
            Some(line) => commands.last_mut().unwrap().extend([line, "\n"]),
            None => commands.push(String::new()),
        }
    }
    commands.into_iter().filter(|command| !command.is_empty()).collect()
}

fn bash(script: &str) -> Value {
    let output = Command::new("bash").args(["-euo", "pipefail", "-c", script]).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str(&printed)
        .unwrap_or_else(|_| panic!("{script}\n{printed}{}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn the_greetings_commands_work_as_pasted() {
    let (_ledger, server) = Server::alone();
    let url = server.url.clone();
    let (_ledger_again, greeting) = {
        // A second server prints its greeting whole once it is stopped; its commands are sent to the first.
        let (ledger, other) = Server::alone();
        let other_url = other.url.clone();
        let (_, greeting, _) = other.stop();
        (ledger, greeting.replace(&other_url, &url))
    };
    assert!(greeting.starts_with(&format!("LLM Carbon Tracker is listening on {url}\n")), "{greeting}");
    let [sign_up, track] = <[String; 2]>::try_from(commands(&greeting)).unwrap();

    let account = bash(&sign_up);
    let key = account["api_keys"]["live"].as_str().unwrap();
    assert!(key.starts_with("isv_live_"));
    let answer = bash(&track.replace("isv_live_...", key));
    assert_eq!(answer["co2_grams"], json!(2.85));
    assert_eq!(answer["confidence"], "measured");
}

/// The first fenced block of that language in the README.
fn readme_block(language: &str) -> String {
    let readme = std::fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let (_, rest) = readme.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("\n```").unwrap().0.to_owned()
}

#[test]
fn the_two_lines_of_python_work() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let snippet = readme_block("python");
    assert!(snippet.contains("requests.post("), "{snippet}");
    let script = snippet.replace("http://127.0.0.1:8080", &server.url).replace("isv_live_...", &keys.live);
    let script = format!("{script}\nprint(reply.text)");
    let python = Path::new(ROOT).join("target/python/bin/python");
    assert!(python.exists(), "{} is missing: .ci/test makes it", python.display());
    let output = Command::new(python).args(["-c", &script]).output().unwrap();
    assert!(output.status.success(), "{script}\n{}", String::from_utf8_lossy(&output.stderr));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["co2_grams"].to_string(), "2.85");
    assert_eq!(answer["confidence"], "measured");
}

#[test]
fn from_sign_up_to_the_months_pdf() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let answer = server.track(&keys.live, &crate::server::call("mistral-large-2"));
    assert_eq!(answer["co2_grams"].to_string(), "2.85");
    let month = jiff::Timestamp::now().to_string()[..7].to_owned();
    let reply =
        server.post("/api/v1/reports", Some(&keys.live), &json!({"tenant_id": "client-xyz", "month": month}));
    assert_eq!(reply.status, 201, "{}", reply.text());
    let pdf = server.get(reply.json()["links"]["pdf"].as_str().unwrap(), Some(&keys.live));
    assert_eq!(pdf.header("content-type"), Some("application/pdf"));
    assert!(pdf.body.starts_with(b"%PDF-1."));
}

#[test]
fn help_says_what_can_be_set_and_mistakes_are_named() {
    let run = |arguments: &[&str]| Command::new(crate::server::binary()).args(arguments).output().unwrap();
    let help = run(&["--help"]);
    let printed = String::from_utf8(help.stdout).unwrap();
    assert!(help.status.success());
    for words in ["--listen", "CARBON_LISTEN", "--database", "CARBON_DATABASE_URL", "CARBON_LOG", "serve"] {
        assert!(printed.contains(words), "{words} is not in\n{printed}");
    }

    for database in ["carbon.db", "sqlite::memory:"] {
        let usage = run(&["--database", database]);
        assert_eq!(usage.status.code(), Some(2), "{database}");
        assert!(String::from_utf8_lossy(&usage.stderr).contains("must be sqlite: and a file path"));
    }
    // A password is never shown.
    let wrong = run(&["--database", "postgres://carbon:s3cret@h/d?sslmod=x"]);
    let said = String::from_utf8_lossy(&wrong.stderr);
    assert!(wrong.status.code() == Some(2) && said.contains("unknown option `sslmod`"), "{said}");
    let away = run(&["check", "--database", "postgres://carbon:s3cret@127.0.0.1:1/d?connect_timeout=1"]);
    let away = String::from_utf8_lossy(&away.stderr);
    assert!(away.contains("postgres://carbon@127.0.0.1:1/d: ") && away.contains("refused"), "{away}");
    let mut help = std::process::Command::new(crate::server::binary());
    help.arg("--help").env("CARBON_DATABASE_URL", "postgres://carbon:s3cret@h/d");
    let help = String::from_utf8(help.output().unwrap().stdout).unwrap();
    assert!(!format!("{said}{away}{help}").contains("s3cret"), "{said}{away}");

    let failed = run(&["serve", "--listen", "127.0.0.1:0", "--database", "sqlite:/no/such/folder/carbon.db"]);
    assert_eq!(failed.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&failed.stderr).contains("cannot open the ledger /no/such/folder/carbon.db")
    );
}

#[test]
fn a_taken_port_is_reported_with_the_flag_that_helps() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for command in ["serve", "demo"] {
        let output = Ledger::new().run(&[command, "--listen", &address]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{command}: {said}");
        assert!(said.contains(&format!("cannot listen on {address}: Address already in use")), "{said}");
        assert!(said.contains("; choose another with --listen ADDRESS:PORT (or CARBON_LISTEN)\n"), "{said}");
    }
}

#[test]
fn a_mistyped_name_gets_a_suggestion() {
    for (arguments, tip) in [
        (&["serv"][..], "a similar subcommand exists: 'serve'"),
        (&["models", "--jsn"], "a similar argument exists: '--json'"),
        (&["import", "f", "--format", "nsjson"], "a similar value exists: 'ndjson'"),
    ] {
        let output = Command::new(crate::server::binary()).args(arguments).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(tip), "{arguments:?}: {said}");
    }
}

#[test]
fn the_registry_answers_on_the_command_line_as_the_api_does() {
    let run = |arguments: &[&str]| {
        let output = Command::new(crate::server::binary()).args(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    };
    let (_ledger, server) = Server::alone();

    let asked = ["estimate", "--model", "gpt-4o", "--input", "600", "--output", "400", "--region", "FRA"];
    let (code, table, _) = run(&asked);
    assert_eq!(code, 0);
    for words in [
        "France: 41.44 g CO2e/kWh, 2025",
        "coefficient  estimated",
        "bottom_up",
        "ecologits",
        "Wh (",
        "undisclosed size",
    ] {
        assert!(table.contains(words), "{words} is not in\n{table}");
    }
    let (_, printed, _) = run(&[&asked[..], &["--json"]].concat());
    let body = json!({"model": "gpt-4o", "prompt_tokens": 600, "completion_tokens": 400, "region": "FRA", "methods": "all"});
    let answered = server.post("/api/v1/estimate", None, &body).json();
    assert_eq!(serde_json::from_str::<Value>(&printed).unwrap(), answered);

    let (_, printed, _) = run(&["models", "openrouter/openai/gpt-4o", "--json"]);
    let answered = server.get("/api/v1/models/openrouter/openai/gpt-4o", None).json();
    assert_eq!(serde_json::from_str::<Value>(&printed).unwrap(), answered);
    assert!(run(&["models"]).1.starts_with("factor set 2026.12: 640 models"));
    assert!(run(&["models", "--factor-set", "2025.1"]).1.starts_with("factor set 2025.1: 8 models"));

    for (arguments, code, words) in [
        (
            &["estimate", "--model", "gpt-4omni"][..],
            1,
            "no emission factor is known for model \"gpt-4omni\"; similar names",
        ),
        (
            &["models", "prod-chat-2"],
            1,
            "model \"prod-chat-2\"; if the name is your own: carbon-server own --help, docs/own-models.md",
        ),
        (&["estimate", "--model", "gpt-4o", "--region", "mars"], 1, "no grid is known for region \"mars\""),
        (
            &["models", "gpt-4o", "--factor-set", "1999.1"],
            1,
            "no factor set \"1999.1\"; use one of 2025.1, 2026.11, 2026.12",
        ),
        (&["estimate"], 2, "--model"),
        (&["estimate", "--model", "gpt-4o", "--output", "-1"], 2, "unexpected argument"),
    ] {
        let (found, _, complaint) = run(arguments);
        assert_eq!(found, code, "{arguments:?}: {complaint}");
        assert!(complaint.contains(words), "{arguments:?}: {complaint}");
    }
}
