//! What is no factor set, by table, line, column and reason.

use super::{SOURCES, folder, json_of, models, next, path, run, shipped, text};
use crate::{ledger::Ledger, server::binary};
use serde_json::{Value, json};
use std::{fs, process::Command};
use tempfile::TempDir;

/// The rows of this morning with one text replaced.
fn changed(from: &str, to: &str) -> TempDir {
    let models = models();
    assert!(models.contains(from), "{from}");
    folder(&[("models.csv", &models.replacen(from, to, 1)), ("sources.csv", SOURCES)])
}

/// What is refused at load is refused here, and nothing is added.
#[test]
fn a_row_that_is_refused_is_named() {
    let ledger = Ledger::new();
    ledger.serve().stop();
    let version = next();
    let (on, flags) = (shipped(), ["--on", shipped(), "--version", &version]);
    for (tables, flags, line, expect) in [
        (
            changed("acme-card,", "hearsay,"),
            &flags[..],
            2,
            r#"models.csv, line 2: source_id "hearsay" is not in sources.csv"#,
        ),
        (
            changed(",70,70,70,70,", ",70,70,70,80,"),
            &flags,
            2,
            "models.csv, line 2: active_b_max must not be above total_b_max",
        ),
        (changed(",70,70,70,70,", ",70,80,70,80,"), &flags, 2, "line 2: a disclosed size is one number"),
        (changed(",yes,", ",perhaps,"), &flags, 2, r#"models.csv, line 2: open_weights cannot be "perhaps""#),
        (changed("2023-01-01", "29.11.2026"), &flags, 2, "models.csv, line 2: valid_from is not a date"),
        (changed("boundary,", ""), &flags, 2, "models.csv, line 2: not a row of this table"),
        (changed(",evidence_url", ",remark"), &flags, 2, r#"line 2: column "evidence_url" is missing"#),
        (changed("acme-chat-2,bottom", "gpt-5,bottom"), &flags, 2, "edit it there, and leave out --on"),
        (
            changed("x", "x"),
            &["--version", &version],
            2,
            "these rows go on top of another set, name it with --on",
        ),
        (changed("x", "x"), &["--on", on], 0, "the set has no version: state it with --version"),
        (changed("x", "x"), &["--on", on, "--version", "2999.1"], 0, "2999.1 could be a later release"),
        (changed("x", "x"), &["--on", on, "--version", on], 0, "ships with this program and never changes"),
        (changed("x", "x"), &["--on", on, "--version", "a+1"], 0, "must be 1 to 40 letters, digits"),
        (
            changed("x", "x"),
            &["--on", "2026.10", "--version", "a"],
            0,
            r#"--on: no factor set "2026.10"; use one of 2025.1"#,
        ),
        (
            folder(&[("notes.txt", "x"), ("version.txt", "a")]),
            &[],
            0,
            r#""notes.txt" is no table of a factor set"#,
        ),
        (folder(&[("version.txt", "a")]), &flags[..2], 0, "it holds no table"),
        (folder(&[("aliases.csv", "alias\n"), ("version.txt", "a")]), &flags, 0, "but version.txt says a"),
    ] {
        for command in ["check", "add"] {
            let output =
                ledger.run(&[&["factor-set", command, path(tables.path()), "--json"], flags].concat());
            let said = text(&output);
            assert!(output.status.code() == Some(1) && said.contains(expect), "{expect}: {said}");
            let document: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(
                (&document["accepted"], document["line"].as_u64().unwrap_or(0)),
                (&json!(false), line)
            );
            assert!(document["fault"].as_str().unwrap().contains(expect), "{document}");
        }
    }
    assert_eq!(ledger.count("select count(*) from factor_set"), 0);
    let tables = changed("x", "x");
    let nowhere = ["factor-set", "add", path(tables.path()), "--database", "sqlite:/nonexistent/carbon.db"];
    let nowhere = Command::new(binary()).args(nowhere).output().unwrap();
    assert!(text(&nowhere).contains("no ledger at /nonexistent/carbon.db"), "{}", text(&nowhere));
}

/// Whoever changes a row of a set gives it a name of its own; the change is shown before and after.
#[test]
fn a_changed_factor_has_another_name() {
    let parent = tempfile::tempdir().unwrap();
    let tables = parent.path().join("tables");
    let exported = run(&["export", "2026.12", "--output", path(&tables)]);
    assert!(exported.status.success(), "{}", text(&exported));
    let again = run(&["export", "2026.12", "--output", path(&tables)]);
    assert!(text(&again).contains("File exists"), "never overwritten: {}", text(&again));
    fs::write(tables.join("version.txt"), "2026.12.1").unwrap();
    let factors = fs::read_to_string(tables.join("factors.csv")).unwrap();
    let lower = factors.replacen(",0.3,", ",0.2,", 1);
    fs::write(tables.join("factors.csv"), &lower).unwrap();
    let output = run(&["check", path(&tables)]);
    let expect = r#"factors.csv, line 2: factor_id "coefficient/gpt-4o@2025.1" is that of another row in"#;
    assert!(text(&output).contains(expect), "{}", text(&output));
    fs::write(tables.join("factors.csv"), lower.replacen("gpt-4o@2025.1", "gpt-4o@2026.12.1", 1)).unwrap();
    let zip = parent.path().join("2026.12.zip");
    assert!(run(&["export", "2026.12", "--output", path(&zip)]).status.success());
    let changed = json_of(&run(&["check", path(&tables), "--json"]))["changed_models"].clone();
    let change = changed.as_array().unwrap().iter().find(|change| change["model"] == "gpt-4o").unwrap();
    assert_eq!((&change["before"]["central"], &change["after"]["central"]), (&json!(0.3), &json!(0.2)));
    let said = text(&run(&["check", path(&tables)]));
    assert!(said.contains("changed  gpt-4o"), "{said}");
}
