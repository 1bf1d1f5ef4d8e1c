//! Factor sets as data: checked, added to a ledger, used by its servers, kept for ever.

mod kept;
mod recipe;
mod refused;

use crate::{
    ledger::Ledger,
    report_evidence::text,
    server::{Server, binary, call},
    servers::within,
};
use carbon_core::FactorSet;
use serde_json::{Value, json};
use std::{
    fs,
    path::Path,
    process::{Command, Output},
};
use tempfile::TempDir;

/// The set that the tests go on from: the newest that ships.
pub(crate) fn shipped() -> &'static str {
    FactorSet::latest().as_str()
}

/// The next set, which is newer.
pub(crate) fn next() -> String {
    format!("{}.1", shipped())
}

/// The row of a model that came out this morning.
fn models() -> String {
    format!(
        "model,factor_id,provider,open_weights,parameters,total_b_min,total_b_max,active_b_min,active_b_max,\
         tokens_per_s,first_token_s,boundary,valid_from,source_id,evidence_url\n\
         acme-chat-2,bottom_up/acme-chat-2@{},mistralai,yes,disclosed,70,70,70,70,,,bottom_up,2023-01-01,acme-card,\
         https://example.com/acme-chat-2\n",
        next()
    )
}

const SOURCES: &str = "\
source_id,title,publisher,published,url,licence
acme-card,Model card of acme-chat-2,Acme,2026-11-29,https://example.com/acme-chat-2,facts cited
";
const ALIASES: &str = "\
alias,model,valid_from,valid_to,evidence
acme/acme-chat-2,acme-chat-2,,,the name that our gateway sends
";

/// A folder with these files: what an operator has written.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// A model that came out this morning, as rows on top of the set that ships.
pub(crate) fn this_morning() -> TempDir {
    folder(&[
        ("models.csv", &models()),
        ("sources.csv", SOURCES),
        ("aliases.csv", ALIASES),
        ("version.txt", &next()),
    ])
}

fn run(arguments: &[&str]) -> Output {
    Command::new(binary()).arg("factor-set").args(arguments).output().unwrap()
}

/// What a command that ends well prints as JSON.
#[track_caller]
fn json_of(output: &Output) -> Value {
    assert!(output.status.success(), "{}", text(output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Adds a set to a ledger: a zip, or with `on` a folder on top of another set.
#[track_caller]
pub(crate) fn add(ledger: &Ledger, source: &Path, further: &[&str]) -> Value {
    json_of(&ledger.run(&[&["factor-set", "add", path(source), "--json"], further].concat()))
}

/// As [`this_morning`], in a ledger.
#[track_caller]
pub(crate) fn add_this_morning(ledger: &Ledger) -> Value {
    add(ledger, this_morning().path(), &["--on", shipped()])
}

/// Closes a month under the default set.
fn close(server: &Server, key: &str, month: &str) -> Value {
    let reply = server.post_bytes(&format!("/api/v1/months/{month}/close"), Some(key), &[], b"");
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

/// What `list` says of each set, by version.
fn listed(ledger: &Ledger, further: &[&str]) -> Vec<Value> {
    let listed = json_of(&ledger.run(&[&["factor-set", "list", "--json"], further].concat()));
    listed["factor_sets"].as_array().unwrap().clone()
}

#[test]
fn the_default_is_the_newest_or_the_one_that_is_named() {
    let ledger = Ledger::new();
    let server = ledger.serve();
    let key = server.sign_up("a@example.com").live;
    let named = folder(&[("models.csv", &models().replace(&next(), "acme")), ("sources.csv", SOURCES)]);
    let of = |server: &Server| server.track(&key, &call("acme-chat-2"))["factor_set"].clone();
    // One whose version is no number is used by its name alone.
    let added = add(&ledger, named.path(), &["--on", shipped(), "--version", "acme"]);
    assert_eq!(added["is_newest"], false);
    assert_eq!(add_this_morning(&ledger)["is_newest"], true);
    within(10, "the newest is in use", || of(&server) == next().as_str());
    assert_eq!(server.get("/api/v1/models?factor_set=acme", None).json()["factor_set"], "acme");
    server.stop();
    for version in ["acme", "2025.1", shipped()] {
        let server = ledger.serve_with(&["--factor-set", version]);
        assert_eq!(server.get("/api/v1/models", None).json()["factor_set"], version);
        server.stop();
        let sets = listed(&ledger, &["--factor-set", version]);
        let defaults: Vec<&Value> = sets.iter().filter(|set| set["is_default"] == true).collect();
        assert_eq!((defaults.len(), &defaults[0]["factor_set"]), (1, &json!(version)));
        assert_eq!(sets.len(), FactorSet::versions().count() + 2);
    }
    let refused = ledger.run(&["--listen", "127.0.0.1:0", "--factor-set", "2026.99"]);
    let known: Vec<&str> = FactorSet::versions().collect();
    let expect =
        format!(r#"there is no factor set "2026.99"; use one of {}, {}, acme"#, known.join(", "), next());
    assert!(text(&refused).contains(&expect), "{}", text(&refused));
    // Commands without a server know them too.
    assert_eq!(json_of(&ledger.run(&["models", "acme-chat-2", "--json"]))["factor_set"], next());
    let arguments =
        ["estimate", "--model", "acme-chat-2", "--output", "400", "--factor-set", "acme", "--json"];
    assert_eq!(json_of(&ledger.run(&arguments))["factor_set"], "acme");
    let without = Command::new(binary()).args(["models", "acme-chat-2"]).output().unwrap();
    assert_eq!(without.status.code(), Some(1), "{}", text(&without));
}
