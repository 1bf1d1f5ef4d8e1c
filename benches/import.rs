//! `carbon-server import` of a million rows into a ledger, beside raw inserts of as many, in one run: read the ratio.
//!
//! The raw inserts are those of `batch`, in transactions of as many rows as the import has.

#![expect(clippy::print_stdout, reason = "a bench reports its figures")]

mod raw;

use raw::{INSERT, raw_ledger};
use rusqlite::params;
use std::{
    fmt::Write,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

const ROWS: u64 = 1_000_000;
const ROWS_PER_COMMIT: u64 = 5_000;
const RUNS: usize = 3;

fn main() {
    // Tests of all targets run benches too; this one takes minutes there.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder for the ledgers");
    let file = folder.path().join("calls.ndjson");
    std::fs::write(&file, rows()).expect("a file to import");
    for run in 0..RUNS {
        let raw = inserted(&folder.path().join(format!("raw-{run}.db")));
        let database = format!("sqlite:{}", folder.path().join(format!("carbon-{run}.db")).display());
        run_command(
            &["account", "create", "--email", "bench@example.com", "--organisation", "Bench"],
            &database,
        );
        let first = imported(&file, &database, [ROWS, 0]);
        let again = imported(&file, &database, [0, ROWS]);
        let ratio = raw.as_millis() * 100 / first.as_millis().max(1);
        println!(
            "{ROWS} rows: raw inserts {raw:.2?}, import {first:.2?} ({ratio} % of their rate), again {again:.2?}"
        );
    }
}

/// Calls of 200 clients and six models, two seconds apart, with ids.
fn rows() -> String {
    const MODELS: [&str; 6] =
        ["gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5", "mistral-large-2", "gpt-5", "nobody-knows-it"];
    let from = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * 60);
    let mut text = String::new();
    for (row, model) in (0..ROWS).zip(MODELS.iter().cycle()) {
        let time = from + jiff::SignedDuration::from_secs(i64::try_from(row * 2).expect("a few months"));
        let tenant = row * 7 % 200;
        writeln!(
            text,
            r#"{{"event_id":"e-{row}","tenant_id":"client-{tenant}","model":"{model}","timestamp":"{time}","input_tokens":{},"output_tokens":{}}}"#,
            row % 4_000,
            row % 900
        )
        .expect("memory");
    }
    text
}

fn inserted(path: &Path) -> Duration {
    let mut connection = raw_ledger(path);
    let start = Instant::now();
    for commit in 0..ROWS / ROWS_PER_COMMIT {
        let transaction = connection.transaction().expect("a transaction");
        {
            let mut insert = transaction.prepare_cached(INSERT).expect("a statement");
            for row in 0..ROWS_PER_COMMIT {
                let row = commit * ROWS_PER_COMMIT + row;
                insert.execute(params![format!("e-{row}"), row % 200]).expect("a row");
            }
        }
        transaction.commit().expect("a commit");
    }
    start.elapsed()
}

/// The time that the command takes, from its start to its end.
fn imported(file: &Path, database: &str, expect: [u64; 2]) -> Duration {
    let file = file.to_str().expect("a path of ours");
    let start = Instant::now();
    let printed = run_command(&["import", file, "--format", "ndjson", "--json"], database);
    let elapsed = start.elapsed();
    let done: serde_json::Value = serde_json::from_str(&printed).expect("JSON");
    assert_eq!(["accepted", "duplicates"].map(|count| done[count].as_u64().expect("a count")), expect);
    elapsed
}

/// What `carbon-server` prints: `cargo build --release -p carbon-server` makes it.
fn run_command(arguments: &[&str], database: &str) -> String {
    let binary = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/release/carbon-server");
    let output = Command::new(&binary).args(arguments).args(["--database", database]).output();
    let output = output.unwrap_or_else(|error| panic!("{}: {error}", binary.display()));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}
