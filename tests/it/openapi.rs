//! The description of the API is complete and true.

use crate::server::{ROOT, Server};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

#[test]
fn the_description_is_the_golden_one() {
    let (_ledger, server) = Server::alone();
    let found = serde_json::to_string_pretty(&server.get("/openapi.json", None).json()).unwrap() + "\n";
    let golden = Path::new(ROOT).join("docs/openapi.json");
    // `UPDATE_PAGES=1 cargo test --test it openapi` writes it anew.
    if std::env::var_os("UPDATE_PAGES").is_some() {
        fs::write(&golden, &found).unwrap();
    }
    let same = fs::read_to_string(&golden).is_ok_and(|golden| golden == found);
    assert!(same, "docs/openapi.json is not what the server says: UPDATE_PAGES=1 writes it anew");
}

/// A path without the names of its parameters.
fn unnamed(text: &str) -> String {
    let mut parts = text.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "{" + part.split_once('}').map_or(part, |(_, rest)| rest))
}

#[test]
fn the_page_of_the_api_names_every_path_and_format() {
    let read = |page: &str| fs::read_to_string(Path::new(ROOT).join(page)).unwrap();
    let document: Value = serde_json::from_str(&read("docs/openapi.json")).unwrap();
    let page = read("docs/api.md");
    let unnamed_page = unnamed(&page);
    for path in document["paths"].as_object().unwrap().keys() {
        // Several files of one thing share a heading: `…/lines.csv`.
        let (folder, file) = path.rsplit_once('/').unwrap();
        let is_there = unnamed_page.contains(&unnamed(path))
            || (unnamed_page.contains(&unnamed(folder)) && unnamed_page.contains(&unnamed(file)));
        assert!(is_there, "docs/api.md lacks {path}");
    }
    let precision = &document["components"]["schemas"]["OwnModelRequest"]["properties"]["precision"];
    for word in precision["anyOf"][0]["enum"].as_array().unwrap() {
        let word = word.as_str().unwrap();
        assert!(page.contains(&format!("`{word}`")), "docs/api.md lacks {word}");
    }
}

/// The cookie of the account of the examples.
fn log_in(server: &Server, document: &Value) -> String {
    let example = &document["paths"]["/api/v1/session"]["post"]["requestBody"]["content"]["application/json"]
        ["example"];
    let reply = server.post("/api/v1/session", None, example);
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
}

#[test]
fn every_example_of_the_description_is_taken() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &crate::server::with(crate::server::call("gpt-4o"), json!({"event_id": "e-1"})));
    let document = server.get("/openapi.json", None).json();
    let mut taken = 0;
    // Events before reports, a closed month before its restatement: in the order of the paths that is not so.
    // What an instrument has is allocated to a month before it is closed.
    let instrument = "/api/v1/instruments/{instrument_id}";
    let allocation = "/api/v1/instruments/{instrument_id}/allocations/{tenant_id}/{month}";
    let first = ["/api/v1/accounts", "/api/v1/track", instrument, allocation, "/api/v1/months/{month}/close"];
    let paths = document["paths"].as_object().unwrap();
    // Another password only when nobody logs in with the old one any more.
    let last = "/api/v1/password";
    let others = paths.keys().map(String::as_str).filter(|path| *path != last);
    for path in first.into_iter().chain(others).chain([last]) {
        for (method, operation) in paths[path].as_object().unwrap() {
            let example = &operation["requestBody"]["content"]["application/json"]["example"];
            if example.is_null() || (path == first[0] && taken > 0) {
                continue;
            }
            let path = path.replace("{month}", "2026-10").replace("{tenant_id}", "client-xyz");
            let path = path.replace("{event_id}", "e-1").replace("{zone}", "FRA").replace("{year}", "2026");
            let path = path.replace("{instrument_id}", "01a20abd-28b2-761c-af30-e523aaa1ccfe");
            // The account of the first example is logged in where a key is not enough.
            let header = match operation["security"][0]["session"].is_array() {
                true => ("cookie", log_in(&server, &document)),
                false => ("authorization", format!("Bearer {}", keys.live)),
            };
            let header = (header.0, header.1.as_str());
            let reply = server.request(&method.to_uppercase(), &path, &[header], &example.to_string());
            assert!(
                operation["responses"][reply.status.to_string()].is_object(),
                "{method} {path}: {}",
                reply.text()
            );
            assert!((200..300).contains(&reply.status), "{method} {path}: {} {}", reply.status, reply.text());
            taken += 1;
        }
    }
    assert!(taken >= 13, "{taken}");
}

#[test]
fn what_any_call_may_answer_is_described_for_each_and_what_none_answers_for_none() {
    let (_ledger, server) = Server::alone();
    let document = server.get("/openapi.json", None).json();
    let listed = |method: &str, path: &str, status: &str| {
        document["paths"][path][method]["responses"][status].is_object()
    };
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            assert!(listed(method, path, "408") && listed(method, path, "413"), "{method} {path}");
        }
    }
    let large = "x".repeat(64 * 1024 + 1);
    server.request("GET", "/api/v1/models", &[], &large).problem(413);
    for (method, path, status, expect) in [
        ("post", "/api/v1/keys", "409", true),
        ("get", "/api/v1/keys", "409", false),
        ("put", "/api/v1/tenants/{tenant_id}", "422", true),
        ("get", "/api/v1/tenants/{tenant_id}", "422", false),
        ("delete", "/api/v1/tenants/{tenant_id}", "422", false),
        ("post", "/api/v1/session", "403", true),
        ("post", "/api/v1/events/{event_id}/reversal", "422", true),
    ] {
        assert_eq!(listed(method, path, status), expect, "{method} {path} {status}");
    }
    // Bounds of months.
    let keys = server.sign_up("a@example.com");
    server.get("/api/v1/months/2018-01", Some(&keys.live)).json();
    server.get("/api/v1/months/2017-12", Some(&keys.live)).problem(422);
    let pattern = &document["components"]["schemas"]["ReportRequest"]["properties"]["month"];
    assert!(pattern["description"].as_str().unwrap().contains("2018-01"), "{pattern}");
}

/// Every schema of the document, with the place it stands at.
fn schemas<'a>(value: &'a Value, place: String, found: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Object(fields) => {
            if fields.contains_key("properties") {
                found.push((place.clone(), value));
            }
            // What is in an example only looks like one.
            for (name, field) in fields.iter().filter(|(name, _)| !name.starts_with("example")) {
                schemas(field, format!("{place}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                schemas(item, format!("{place}/{index}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_property_and_every_operation_is_described() {
    let (_ledger, server) = Server::alone();
    let document = server.get("/openapi.json", None).json();
    let described = |value: &Value, place: &str| {
        let text = value["description"].as_str().unwrap_or_default();
        assert!(text.len() > 3, "{place} has no description");
    };
    let mut found = Vec::new();
    schemas(&document, String::new(), &mut found);
    for (place, schema) in &found {
        for (name, property) in schema["properties"].as_object().unwrap() {
            described(property, &format!("{place}/{name}"));
        }
        // Generators make a class of an object, and several of an object beside alternatives.
        for word in ["oneOf", "anyOf", "allOf", "not", "if"] {
            assert!(schema.get(word).is_none(), "{place} has {word} beside its properties");
        }
    }
    assert!(found.len() > 80, "{}", found.len());
    let mut ids = BTreeSet::new();
    let webhooks = document["webhooks"].as_object().unwrap();
    let paths = document["paths"].as_object().unwrap().iter().chain(webhooks);
    for ((path, method), operation) in paths.flat_map(|(path, operations)| {
        operations.as_object().unwrap().iter().map(move |(method, operation)| ((path, method), operation))
    }) {
        let place = format!("{method} {path}");
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{place}");
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{place}");
        assert!(operation["tags"].as_array().is_some_and(|tags| tags.len() == 1), "{place}");
        assert!(
            operation["responses"].as_object().unwrap().keys().any(|status| status.starts_with('4')),
            "{place}"
        );
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            described(parameter, &format!("{place} {}", parameter["name"]));
        }
    }
}

/// Runs a program of the tests' environments, which must succeed, and returns what it prints.
#[track_caller]
fn run(program: &str, arguments: &[&str], folder: &Path, environment: &[(&str, &str)]) -> String {
    let places = ["target/python-openapi/bin", "target/node-openapi/node_modules/.bin"];
    let mut path: Vec<PathBuf> = places.iter().map(|place| Path::new(ROOT).join(place)).collect();
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    let path = std::env::join_paths(path).unwrap();
    // The program itself is looked for in our own path.
    let output = Command::new("env")
        .arg(program)
        .args(arguments)
        .current_dir(folder)
        .env("PATH", path)
        .env("REDOCLY_TELEMETRY", "off")
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn a_client_in_python_is_generated_without_a_warning_and_counts_a_call() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let path = ledger.path();
    let folder = path.parent().unwrap();
    let document = format!("{}/openapi.json", server.url);
    let config = format!("{ROOT}/docs/openapi-python-client.yaml");
    let said = run(
        "openapi-python-client",
        &[
            "generate",
            "--url",
            &document,
            "--config",
            &config,
            "--meta",
            "none",
            "--output-path",
            "carbon_client",
            "--fail-on-warning",
        ],
        folder,
        &[],
    );
    assert!(!said.contains("WARNING") && !said.contains("Unable"), "{said}");
    let program = format!("{ROOT}/tests/programs/openapi_client.py");
    let environment = [("CARBON_URL", server.url.as_str()), ("CARBON_API_KEY", &keys.live)];
    let answer = run("python", &[&program, folder.to_str().unwrap()], folder, &environment);
    assert_eq!(
        serde_json::from_str::<Value>(&answer).unwrap(),
        json!({"co2_grams": 2.85, "confidence": "measured", "refused": ["/prompt_tokens", "/completion_tokens"],
               "duplicates": 1, "methods": ["CoefficientOpinion", "BottomUpOpinion", "EcologitsOpinion"]})
    );
    assert_eq!(ledger.count("select count(*) from event"), 1);
}

#[test]
fn types_for_typescript_are_generated_and_count_a_call() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let path = ledger.path();
    let folder = path.parent().unwrap();
    fs::write(folder.join("openapi.json"), server.get("/openapi.json", None).text()).unwrap();
    let said = run("openapi-typescript", &["openapi.json", "-o", "api.d.ts"], folder, &[]);
    assert!(!said.to_lowercase().contains("warn"), "{said}");
    fs::copy(format!("{ROOT}/tests/programs/openapi_track.mts"), folder.join("track.mts")).unwrap();
    run("tsc", &["--strict", "--target", "es2022", "--module", "nodenext", "track.mts"], folder, &[]);
    let environment = [("CARBON_URL", server.url.as_str()), ("CARBON_API_KEY", &keys.live)];
    let answer = run("node", &["track.mjs"], folder, &environment);
    assert_eq!(
        serde_json::from_str::<Value>(&answer).unwrap(),
        json!({"co2_grams": 2.85, "confidence": "measured", "refused": "/tokens"})
    );
}

#[test]
fn a_linter_finds_nothing_to_say() {
    let (ledger, server) = Server::alone();
    let path = ledger.path();
    let folder = path.parent().unwrap();
    fs::write(folder.join("openapi.json"), server.get("/openapi.json", None).text()).unwrap();
    // All of its recommended rules.
    let said = run("redocly", &["lint", "--extends", "recommended", "openapi.json"], folder, &[]);
    assert!(said.contains("is valid") && !said.contains("warning."), "{said}");
}

/// An independent tool with generated input: what the description allows is accepted, what it forbids is rejected, and
/// every response is as described.
#[test]
fn schemathesis_finds_nothing() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    server.track(
        &keys.live,
        &crate::server::with(crate::server::call("gpt-4o"), json!({"event_id": "client-xyz"})),
    );
    let folder = ledger.path().parent().unwrap().join("schemathesis");
    fs::create_dir(&folder).unwrap();
    let output = Command::new(Path::new(ROOT).join("target/python/bin/schemathesis"))
        .args(["--config-file", &format!("{ROOT}/tests/it/schemathesis.toml"), "run"])
        .arg(format!("{}/openapi.json", server.url))
        .args(["--header", &format!("Authorization: Bearer {}", keys.live)])
        // The same cases each time: what it finds is ours, not chance's.
        .args(["--seed", "20261124", "--max-examples", "8", "--workers", "1", "--max-time", "120"])
        // It would end its own key, and be refused from then on.
        .args(["--exclude-operation-id", "delete_keys_key_id"])
        .args(["--no-color", "--continue-on-failure", "--generation-database", "none"])
        .current_dir(&folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    let operations = |line: &str| {
        said.lines().find_map(|found| found.trim().strip_prefix(line)).unwrap_or("").trim().to_owned()
    };
    let selected = operations("Selected: ");
    let selected = selected.split('/').next().filter(|count| !count.is_empty());
    assert_eq!(selected, Some(operations("Tested: ").as_str()), "{said}");
    server.track(&keys.live, &crate::server::call("gpt-4o"));
    let (status, _, log) = server.stop();
    assert!(status.success() && !log.contains("ERROR"), "{log}");
    ledger.check();
}

#[test]
fn the_page_that_shows_it_needs_nothing_from_elsewhere() {
    let (_ledger, server) = Server::alone();
    let page = server.get("/docs", None);
    assert!(page.header("content-security-policy").unwrap().contains("script-src 'self';"));
    let html = page.text();
    assert!(!html.contains("https://") && html.contains("/openapi.json"), "{html}");
    let script = server.request("GET", "/assets/rapidoc.js", &[("accept-encoding", "gzip")], "");
    assert_eq!((script.status, script.header("content-type")), (200, Some("text/javascript; charset=utf-8")));
    server.get("/assets/../Cargo.toml", None).problem(404);
    let stranger: Value = server.get("/assets/x.js", None).problem(404);
    assert_eq!(stranger["detail"], "No such file.");
}
