//! Files that are broken, too large, or not in the given format.

use crate::{
    import::{file, import, imported, ledger, many, of, rejected, sums, text},
    ledger::Ledger,
    server::binary,
};
use serde_json::{Value, json};
use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

/// What is not a file, or not a file of that format, is reported before anything is done.
#[test]
fn what_cannot_be_imported_is_said_and_changes_nothing() {
    let ledger = ledger();
    let good = json!({"tenant_id": "t", "model": "gpt-4o", "input_tokens": 6, "output_tokens": 4, "event_id": "e",
                      "timestamp": "2026-10-05T00:00:00Z"});
    let path = file(&ledger, "calls.ndjson", good.to_string());
    let folder = ledger.path().parent().unwrap().to_owned();
    let fails = |file: &Path, format: &str, expect: &str| {
        let output = ledger.run(&["import", file.to_str().unwrap(), "--format", format]);
        let said = text(&output.stderr);
        assert!(output.status.code() == Some(1) && said.contains(expect), "{expect}: {said}");
    };
    fails(&folder, "ndjson", "is not a file");
    fails(Path::new("/dev/stdin"), "ndjson", "is not a file");
    fails(&folder.join("nothing.ndjson"), "ndjson", "No such file");
    fails(&path, "openai-usage", "no row could be counted");
    fails(
        &file(&ledger, "no-time.csv", "tenant_id,model,input_tokens,output_tokens\n"),
        "csv",
        "no column timestamp",
    );
    fails(&file(&ledger, "half.json", "[{\"id\": 1},"), "langfuse", "is not JSON, at line 1");
    let headless = file(&ledger, "headless.csv", "acme,gpt-4o,\"a secret prompt, in full\",6,4\n");
    let output =
        ledger.run(&["import", headless.to_str().unwrap(), "--format", "csv", "--column", "model=m"]);
    assert!(!text(&output.stderr).contains("secret"), "{}", text(&output.stderr));
    // Another run is importing it.
    let held = fs::File::create(folder.join("calls.ndjson.importing")).unwrap();
    held.lock().unwrap();
    fails(&path, "ndjson", "is being imported by another run");
    drop(held);
    assert_eq!(ledger.count("select count(*) from event"), 0);
    assert_eq!(import(&ledger, &path, &["--format", "ndjson"]), imported(1, 1, 0, 0, 0));
    let left: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(!left.iter().any(|name| name == "calls.ndjson.importing"), "{left:?}");
}

/// A broken row affects no other, and its reason has no prompt.
#[test]
fn a_broken_row_takes_no_other_with_it() {
    let ledger = ledger();
    let observation = |id: &str, changes: Value| {
        let whole = json!({"id": id, "traceId": "t", "type": "GENERATION", "startTime": "2026-10-05T00:00:00Z", "model": "gpt-4o",
                           "usageDetails": {"input": 6, "output": 4}, "userId": "007"});
        crate::server::with(whole, changes).to_string()
    };
    let lines = [
        observation("1", json!({})),
        "{\"id\": \"2\", \"input\": \"a secret".to_owned(),
        observation("3", json!({"usageDetails": {"input": "a secret", "output": 4}})),
        observation("4", json!({"unit": "CHARACTERS"})),
        observation("5", json!({"usageDetails": {}, "promptTokens": 6, "completionTokens": 4})),
        observation("6", json!({"startTime": null})),
    ];
    let path = file(&ledger, "o.jsonl", lines.join("\n"));
    assert_eq!(import(&ledger, &path, &["--format", "langfuse"]), imported(6, 2, 0, 0, 4));
    let found: Vec<_> = rejected(&path)
        .iter()
        .map(|line| (line["row"].as_u64().unwrap(), line["reason"].as_str().unwrap().to_owned()))
        .collect();
    let reasons = [
        (2, "is not a record of this format"),
        (3, "has a token count that is not an integer from 0 to 1000000000"),
        (4, "is not counted in tokens"),
        (6, "/timestamp is required in a file"),
    ];
    assert_eq!(found, reasons.map(|(row, reason)| (row, reason.to_owned())));
    // In a table an id stays as it is, even if it looks like a number; a byte that is not UTF-8 affects one row.
    let head = "id,traceId,type,startTime,model,usageDetails,userId,input\n";
    let row = |id: &str, user: &str, input: &[u8]| {
        let mut row = format!("{id},0012,GENERATION,2026-10-05T00:00:00Z,gpt-4o,\"{{\"\"input\"\":6,\"\"output\"\":4}}\",{user},").into_bytes();
        row.extend_from_slice(input);
        row.push(b'\n');
        row
    };
    let long = [&b"caf\xe9 "[..], &b"x".repeat(300)].concat();
    let table = [
        head.as_bytes().to_vec(),
        row("0012345678901234", "007", b"x"),
        row("12345e6789012345", "1e5", &long),
        row("3", "caf\u{e9}", b"caf\xe9"),
    ]
    .concat();
    let path = file(&ledger, "o.csv", table);
    assert_eq!(import(&ledger, &path, &["--format", "langfuse"]), imported(3, 2, 0, 0, 1));
    for (id, tenant) in [("0012-0012345678901234", "007"), ("0012-12345e6789012345", "1e5")] {
        let sql = format!(
            "select count(*) from event join tenant using (tenant_key) where event_id = '{id}' and tenant_id = '{tenant}'"
        );
        assert_eq!(ledger.count(&sql), 1, "{id}");
    }
    // Text in place of a count, or in an unlisted field, is not repeated anywhere.
    let call = |changes: Value| {
        let call = json!({"tenant_id": "t", "model": "gpt-4o", "input_tokens": 6, "output_tokens": 4, "timestamp": "2026-10-05T00:00:00Z"});
        crate::server::with(call, changes).to_string()
    };
    let lines = [
        call(json!({"input_tokens": "a secret prompt"})),
        call(json!({"model": "a secret ".repeat(40)})),
        call(json!({"tags": {"feature": "a secret ".repeat(40)}})),
        json!({"tenant_id": "t", "model": "gpt-4o", "timestamp": "2026-10-05T00:00:00Z", "usage": {"text": "a secret"}}).to_string(),
        call(json!({})),
    ];
    let path = file(&ledger, "calls.ndjson", lines.join("\n"));
    assert_eq!(import(&ledger, &path, &["--format", "ndjson"]), imported(5, 1, 0, 0, 4));
    assert!(!format!("{:?}", rejected(&path)).contains("secret"), "{:?}", rejected(&path));
    let mode = fs::metadata(format!("{}.rejected", path.display())).unwrap().permissions();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600);
}

/// If the ledger was restored from a backup in the meantime, the import starts over.
#[test]
fn an_import_goes_on_only_where_its_rows_are() {
    const ROWS: u64 = 30_000;
    let ledger = of(Ledger::in_file());
    let path = many(&ledger, ROWS);
    let backup = fs::read(ledger.path()).unwrap();
    let noted = ledger.path().with_file_name("many.ndjson.importing");
    let mut command = Command::new(binary());
    command.args(["import", path.to_str().unwrap(), "--format", "ndjson", "--json"]);
    command.args(["--database", &ledger.url()]);
    let mut process = command.stdout(std::process::Stdio::null()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while !fs::read_to_string(&noted).unwrap_or_default().contains("\"rows\":5000")
        && Instant::now() < deadline
    {
        std::thread::sleep(Duration::from_millis(1));
    }
    process.kill().unwrap();
    process.wait().unwrap();
    assert!(ledger.count("select count(*) from event") >= 5_000);
    for beside in ["-wal", "-shm"] {
        drop(fs::remove_file(format!("{}{beside}", ledger.path().display())));
    }
    fs::write(ledger.path(), backup).unwrap();
    let done = import(&ledger, &path, &["--format", "ndjson"]);
    assert_eq!((&done["rows"], &done["resumed_after"]), (&json!(ROWS), &json!(0)));
    assert_eq!(sums(&ledger), [ROWS, (0..ROWS).sum(), 0, 0, ROWS, 0]);
    ledger.check();
}

/// Rows that exceed the size of a request are sent in parts; one that is too large by itself is rejected.
#[test]
fn large_rows_go_to_a_server_in_parts() {
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--batch-events-max", "2000", "--batch-bytes-max", "2000000"]);
    let keys = server.sign_up("a@example.com");
    let call = |n: u64, changes: Value| {
        let tags: serde_json::Map<String, Value> =
            (0..8).map(|tag| (format!("tag-{tag}"), json!("x".repeat(120)))).collect();
        let call = json!({"tenant_id": "t", "model": "gpt-4o", "input_tokens": n, "output_tokens": 4, "tags": tags,
                          "timestamp": "2026-10-05T00:00:00Z"});
        crate::server::with(call, changes).to_string()
    };
    let mut lines: Vec<String> = (0..5_500).map(|n| call(n, json!({}))).collect();
    lines[70] = call(70, json!({"model": "m".repeat(2_100_000)}));
    let path = file(&ledger, "large.ndjson", lines.join("\n"));
    let run = |url: &str, key: &str| {
        let mut command = Command::new(binary());
        command.args(["import", path.to_str().unwrap(), "--format", "ndjson", "--json", "--url", url]);
        command.env("CARBON_API_KEY", key).output().unwrap()
    };
    let output = run(&server.url, &keys.live);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let done: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(done, imported(5_500, 5_499, 0, 0, 1));
    assert_eq!(
        (&rejected(&path)[0]["row"], &rejected(&path)[0]["reason"]),
        (&json!(71), &json!("is larger than the server accepts"))
    );
    assert_eq!(ledger.count("select count(*) from event"), 5_499);
    // What can never work is not retried.
    for (url, key, expect) in [
        ("127.0.0.1:1", "k", "must start with http:// or https://"),
        (server.url.as_str(), "two words", "is not an API key"),
    ] {
        let output = run(url, key);
        assert!(text(&output.stderr).contains(expect), "{}", text(&output.stderr));
    }
}

#[test]
fn rows_that_cannot_be_counted_are_kept_apart_with_their_reasons() {
    let ledger = ledger();
    let good = json!({"tenant_id": "t", "model": "gpt-4o", "input_tokens": 6, "output_tokens": 4, "timestamp": "2026-10-05T00:00:00Z"});
    let with = |changes: Value| crate::server::with(good.clone(), changes).to_string();
    let lines = [
        good.to_string(),
        String::new(),
        "no JSON".to_owned(),
        with(json!({"prompt": "a prompt"})),
        with(json!({"input_tokens": -1})),
        with(json!({"region": "atlantis"})),
        // The same as the first: two calls may have the same content.
        good.to_string(),
        with(json!({"event_id": "e", "usage": {"prompt_tokens": 1, "completion_tokens": 1}})),
        with(json!({"timestamp": "2017-12-31T00:00:00Z"})),
        // A month that `/track` would not accept.
        with(json!({"timestamp": "2025-01-02T00:00:00Z"})),
    ];
    let path = file(&ledger, "calls.ndjson", lines.join("\n"));
    assert_eq!(import(&ledger, &path, &["--format", "ndjson"]), imported(9, 3, 0, 0, 6));
    let rejected = rejected(&path);
    let found: Vec<_> = rejected
        .iter()
        .map(|line| (line["row"].as_u64().unwrap(), line["reason"].as_str().unwrap()))
        .collect();
    for ((row, reason), expect) in found.iter().zip([
        (3, "the event is not JSON"),
        (4, "/prompt is invalid"),
        (5, "/input_tokens is invalid"),
        (6, "/region is invalid: no grid"),
        (8, "/usage already has the counts"),
        (9, "/timestamp is more than"),
    ]) {
        assert!(*row == expect.0 && reason.starts_with(expect.1), "{row} {reason}");
    }
    assert_eq!(rejected[3]["event"]["region"], "atlantis", "what was read of it can be corrected");
    assert!(!format!("{rejected:?}").contains("a prompt"));
    assert_eq!(import(&ledger, &path, &["--format", "ndjson"]), imported(9, 0, 3, 0, 6));
    ledger.check();
}

/// Only new rows show whether a ledger was restored since; rows that were already there do not.
#[test]
fn rows_that_were_there_before_are_no_place_to_go_on_from() {
    const ROWS: u64 = 40_000;
    let ledger = of(Ledger::in_file());
    let path = many(&ledger, ROWS);
    let lines = fs::read_to_string(&path).unwrap();
    // The last row of each chunk is in the ledger already.
    let some: Vec<&str> = lines.lines().skip(4_999).step_by(5_000).collect();
    let before = file(&ledger, "before.ndjson", some.join("\n"));
    assert_eq!(import(&ledger, &before, &["--format", "ndjson"]), imported(8, 8, 0, 0, 0));
    let backup = fs::read(ledger.path()).unwrap();
    let mut command = Command::new(binary());
    command.args(["import", path.to_str().unwrap(), "--format", "ndjson"]);
    command.args(["--database", &ledger.url()]);
    let mut process = command.stdout(std::process::Stdio::null()).spawn().unwrap();
    while ledger.count("select count(*) from event") < 10_000 {
        std::thread::sleep(Duration::from_millis(1));
    }
    process.kill().unwrap();
    process.wait().unwrap();
    for beside in ["-wal", "-shm"] {
        drop(fs::remove_file(format!("{}{beside}", ledger.path().display())));
    }
    fs::write(ledger.path(), backup).unwrap();
    let done = import(&ledger, &path, &["--format", "ndjson"]);
    assert_eq!((&done["rows"], &done["duplicates"]), (&json!(ROWS), &json!(8)));
    assert_eq!(ledger.count("select count(*) from event"), ROWS);
    // A typing error does not destroy the progress of an earlier run.
    let noted = ledger.path().with_file_name("many.ndjson.importing");
    fs::write(&noted, "left by an earlier run").unwrap();
    let slip = ledger.run(&["import", path.to_str().unwrap(), "--format", "ndjson", "--tenant-field", "x"]);
    assert!(!slip.status.success());
    assert_eq!(fs::read_to_string(&noted).unwrap(), "left by an earlier run");
}
