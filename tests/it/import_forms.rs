//! The same calls in the forms that tools, databases and spreadsheets write: none is lost, and none counts twice.

use crate::{
    import::{file, import, imported, ledger, rejected, sums, text},
    ledger::Ledger,
    server::{Server, binary, with},
};
use serde_json::{Value, json};
use std::process::Command;

/// What a table leads to: its counts as imported, and the sums of the ledger.
#[track_caller]
fn check(content: impl AsRef<[u8]>, arguments: &[&str], expect: [u64; 6]) {
    let ledger = ledger();
    let path = file(&ledger, "calls.txt", content.as_ref());
    import(&ledger, &path, arguments);
    let shown = text(content.as_ref());
    assert_eq!(sums(&ledger), expect, "{shown}: {:?}", rejected(&path));
    // Once more is the same.
    import(&ledger, &path, arguments);
    assert_eq!(sums(&ledger), expect, "{shown}");
}

#[track_caller]
fn fails(content: impl AsRef<[u8]>, format: &str, expect: &str) {
    let ledger = ledger();
    let path = file(&ledger, "calls.txt", content.as_ref());
    let output = ledger.run(&["import", path.to_str().unwrap(), "--format", format, "--tenant", "t"]);
    let reasons = format!("{} {:?}", text(&output.stderr), rejected(&path));
    assert!(output.status.code() == Some(1) && reasons.contains(expect), "{expect}: {reasons}");
    assert_eq!(ledger.count("select count(*) from event"), 0);
}

const CSV: &[&str] = &["--format", "csv", "--tenant", "t"];

#[test]
fn a_table_in_any_dialect_is_the_same_calls() {
    let table = |delimiter: &str, end: &str| {
        ["timestamp;model;input_tokens;output_tokens", "2026-10-05T10:00:00Z;gpt-4o;600;20", ""]
            .join(end)
            .replace(';', delimiter)
    };
    for delimiter in [",", ";", "\t", "|"] {
        for end in ["\n", "\r\n"] {
            let plain = table(delimiter, end);
            check(&plain, CSV, [1, 600, 0, 0, 20, 0]);
            let marked = format!("\u{feff}{plain}");
            check(&marked, CSV, [1, 600, 0, 0, 20, 0]);
            check(format!("sep={delimiter}{end}{plain}"), CSV, [1, 600, 0, 0, 20, 0]);
            for text in [&plain, &marked] {
                let utf_16 =
                    |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> { text.encode_utf16().flat_map(bytes).collect() };
                check(utf_16(u16::to_le_bytes), CSV, [1, 600, 0, 0, 20, 0]);
                check(utf_16(u16::to_be_bytes), CSV, [1, 600, 0, 0, 20, 0]);
            }
        }
    }
    // A header in Windows-1252, in a column that is not read.
    check(
        b"timestamp;model;input_tokens;output_tokens;r\xe9gion\n2026-10-05T10:00:00Z;gpt-4o;6;2;\n",
        CSV,
        [1, 6, 0, 0, 2, 0],
    );
    fails(
        "timestamp:model:input_tokens\n1:2:3\n",
        "csv",
        "separate columns by commas, semicolons, tabs or bars",
    );
    fails("timestamp;mod,el;input\n1;2;3\n", "csv", "the header row has 3 columns, separated by semicolons");
    fails("timestamp,model;input\n1,2;3\n", "csv", "could be separated by commas or by semicolons: save");
    fails("PK\u{3}\u{4}...", "csv", "is an Excel workbook or a zip: save the sheet as CSV");
}

#[test]
fn numbers_are_read_as_spreadsheets_write_them() {
    for (delimiter, cell, input) in [
        (";", "1.234,0", 1234),
        (";", "1 234", 1234),
        (";", "1\u{a0}234", 1234),
        (";", "12,0", 12),
        (";", "12.00", 12),
        (";", "1.2E3", 1200),
        (";", "1'234.0", 1234),
        (",", "\"1,234\"", 1234),
        (",", "\"1,000\"", 1000),
        (",", "1.000", 1),
    ] {
        let table = "timestamp;model;input_tokens;output_tokens\n2026-10-05T10:00:00Z;gpt-4o;IN;7\n";
        let table = table.replace(';', delimiter).replace("IN", cell);
        check(table, CSV, [1, input, 0, 0, 7, 0]);
    }
    let two_ways = "timestamp;model;input_tokens;output_tokens\n2026-10-05T10:00:00Z;gpt-4o;1.000;7\n";
    fails(two_ways, "csv", "/input_tokens can be read in two ways: write it without a separator");
    let usage = "start_time;model;project_id;input_tokens;output_tokens\n1791158400;gpt-4o;p;1.000;7\n";
    fails(usage, "openai-usage", "/input_tokens can be read in two ways");
    fails(two_ways.replace("1.000", "1,5"), "csv", "/input_tokens must be an integer");
}

/// Every format of tables has the one reader.
#[test]
fn exports_of_every_tool_are_read_in_any_dialect() {
    for (format, table, expect) in [
        (
            "openai-usage",
            "start_time;end_time;project_id;num_model_requests;model;batch;service_tier;input_tokens;output_tokens;input_cached_tokens\n\
             1791158400;1791244800;p;3;gpt-5-mini-2025-08-07;False;default;12.345;44;NULL\n",
            [1, 12_345, 0, 0, 44, 0],
        ),
        (
            "anthropic-usage",
            "usage_date_utc;model_version;api_key;workspace;usage_type;usage_input_tokens_no_cache;usage_input_tokens_cache_write_5m;\
             usage_input_tokens_cache_write_1h;usage_input_tokens_cache_read;usage_output_tokens\n\
             2026/10/05;claude-sonnet-4-5-20250929;k;w;standard;1 000;0;0;N/A;9\n",
            [1, 1000, 0, 0, 9, 0],
        ),
        (
            "litellm",
            "request_id;model;custom_llm_provider;prompt_tokens;completion_tokens;startTime;end_user;metadata\n\
             r-1;gpt-4o;openai;600;40,0;2026-10-05 10:00:00.000 +0000;None;{}\n",
            [1, 600, 0, 0, 40, 0],
        ),
        (
            "langfuse",
            "id;traceId;type;startTime;providedModelName;usageDetails;userId\n\
             o-1;\\N;GENERATION;2026-10-05 10:00:00 UTC;gpt-4o;\"{\"\"input\"\":6,\"\"output\"\":4}\";<null>\n",
            [1, 6, 0, 0, 4, 0],
        ),
    ] {
        check(table, &["--format", format, "--tenant", "t"], expect);
        let tabs = table.replace(';', "\t");
        let utf_16: Vec<u8> = tabs.encode_utf16().flat_map(u16::to_le_bytes).collect();
        check([&b"\xff\xfe"[..], &utf_16].concat(), &["--format", format, "--tenant", "t"], expect);
    }
}

#[test]
fn words_for_nothing_are_no_values_and_no_client() {
    let head =
        "timestamp,model,input_tokens,output_tokens,cache_read_input_tokens,tenant_id,region,tag.feature\n";
    for word in ["NULL", "null", "\\N", "None", "nan", "NaN", "N/A", "#N/A", "-", "<null>", "NA"] {
        let ledger = ledger();
        let table = format!("{head}2026-10-05T10:00:00Z,gpt-4o,600,20,{word},{word},{word},{word}\n");
        let path = file(&ledger, "calls.csv", table);
        assert_eq!(import(&ledger, &path, CSV), imported(1, 1, 0, 0, 0), "{word}");
        assert_eq!(sums(&ledger), [1, 600, 0, 0, 20, 0], "{word}");
        assert_eq!(ledger.count("select count(*) from tenant where tenant_id = 't'"), 1, "{word}");
        assert_eq!(ledger.count("select count(*) from tenant"), 1, "{word}");
        assert_eq!(ledger.count("select count(*) from tag"), 0, "{word}");
        // A count that every call has is missing, not 0; so is a client.
        let missing = format!("{head}2026-10-05T10:00:00Z,gpt-4o,{word},20,,,,\n");
        fails(missing, "csv", "/prompt_tokens is required");
        let path = file(&ledger, "nobody.csv", format!("{head}2026-10-05T10:00:00Z,gpt-4o,1,2,,{word},,\n"));
        let output = ledger.run(&["import", path.to_str().unwrap(), "--format", "csv"]);
        assert!(
            !output.status.success() && format!("{:?}", rejected(&path)).contains("/tenant_id is required")
        );
    }
}

#[test]
fn times_are_read_as_warehouses_write_them() {
    let table =
        |time: &str| format!("timestamp,model,input_tokens,output_tokens\n\"{time}\",gpt-4o,600,20\n");
    for time in [
        "2026-10-05 08:12:41 UTC",
        "2026-10-05 08:12:41.000000 UTC",
        "2026-10-05 08:12:41.000 +0000",
        "2026-10-05 08:12:41+00",
        "2026-10-05 08:12:41+00:00",
        "2026-10-05 08:12:41 UTC+0",
        "2026-10-05 08:12:41.000000000 Z",
        "2026/10/05 08:12:41",
        "Mon, 05 Oct 2026 08:12:41 +0000",
        "1791187961",
        "1791187961000",
        "1791187961000000",
        "1791187961000000000",
    ] {
        let ledger = ledger();
        let path = file(&ledger, "calls.csv", table(time));
        assert_eq!(import(&ledger, &path, CSV), imported(1, 1, 0, 0, 0), "{time}");
        assert_eq!(ledger.count("select occurred_at_ms from event"), 1_791_187_961_000, "{time}");
    }
    fails(table("05/10/2026 08:12"), "csv", "write the year first, as in 2026-10-05T14:30:00Z");
    fails(table("10-05-26 08:12"), "csv", "the day and the month in an unknown order");
    fails(table("2026-10-05 08:12:41 CET"), "csv", "must be an RFC 3339 time with its offset");
    fails(table("2026-10-05 08:12:41+25:00"), "csv", "must be an RFC 3339 time");
}

#[test]
fn an_offset_of_a_day_is_refused_everywhere() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    for time in
        ["+25:00", "+24:00", "-24:00", "+10:60", "+2500"].map(|offset| format!("2026-11-01T10:00:00{offset}"))
    {
        let event = json!({"tenant_id": "t", "model": "gpt-4o", "prompt_tokens": 1, "completion_tokens": 1, "timestamp": time});
        let problem = server.post("/api/v1/track", Some(&keys.live), &event).problem(422);
        assert!(problem.to_string().contains("/timestamp"), "{time}: {problem}");
    }
}

/// Two clients may have one file each with an equal row: both count. The same file again counts once.
#[test]
fn equal_rows_of_two_clients_both_count() {
    let ledger = ledger();
    let table = "timestamp,model,input_tokens,output_tokens\n2026-10-05,gpt-4o,600,20\n";
    let path = file(&ledger, "calls.csv", table);
    for (tenant, accepted, duplicates) in [("a", 1, 0), ("b", 1, 0), ("a", 0, 1), ("b", 0, 1)] {
        let arguments = ["--format", "csv", "--tenant", tenant];
        assert_eq!(import(&ledger, &path, &arguments), imported(1, accepted, duplicates, 0, 0), "{tenant}");
    }
    // A row's own client counts as well as the flag's.
    let own = "timestamp,model,input_tokens,output_tokens,tenant_id\n2026-10-05,gpt-4o,600,20,a\n2026-10-05,gpt-4o,600,20,c\n";
    let path = file(&ledger, "own.csv", own);
    assert_eq!(import(&ledger, &path, CSV), imported(2, 1, 1, 0, 0));
    assert_eq!(sums(&ledger), [3, 1800, 0, 0, 60, 0]);
    ledger.check();
}

/// The default workspace has no name, so two organisations differ by the client that they are given to alone.
#[test]
fn the_default_workspaces_of_two_organisations_both_count() {
    let ledger = ledger();
    let report = |input: u64, ending: &str| {
        json!({"data": [{"starting_at": "2026-10-05T00:00:00Z", "ending_at": ending, "results": [
            {"uncached_input_tokens": input, "cache_read_input_tokens": 5, "output_tokens": 6, "workspace_id": null,
             "api_key_id": null, "model": "claude-sonnet-4-5-20250929"}]}], "has_more": false})
        .to_string()
    };
    let path = file(&ledger, "usage.json", report(100, "2026-10-06T00:00:00Z"));
    for (tenant, accepted, duplicates) in [("a", 1, 0), ("b", 1, 0), ("a", 0, 1)] {
        let arguments = ["--format", "anthropic-usage", "--tenant", tenant];
        let expect = with(imported(1, accepted, duplicates, 0, 0), json!({"without_context": 1}));
        assert_eq!(import(&ledger, &path, &arguments), expect, "{tenant}");
    }
    // The same bucket before it had ended is the same row with other counts: rejected, not counted twice.
    let early = file(&ledger, "early.json", report(40, "2026-10-05T12:00:00Z"));
    let output =
        ledger.run(&["import", early.to_str().unwrap(), "--format", "anthropic-usage", "--tenant", "a"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(sums(&ledger), [2, 210, 10, 0, 12, 0]);
}

/// An id that is longer than an event's is kept as its digest, by whichever way the record comes.
#[test]
fn a_long_id_is_the_same_call_by_every_way() {
    let ledger = Ledger::new();
    let server = ledger.serve();
    let keys = server.sign_up("a@example.com");
    let ids = ["a".repeat(425), "a".repeat(424) + "b", "resp_".to_owned() + &"c".repeat(196)];
    let logged = |id: &String, id_field: &str| {
        let mut call = json!({"status": "success", "model": "gpt-5-mini", "custom_llm_provider": "openai", "prompt_tokens": 1000,
                              "completion_tokens": 200, "startTime": 1_795_000_000.25, "end_user": "acme"});
        call[id_field] = json!(id);
        call
    };
    let calls: Vec<Value> = ids.iter().map(|id| logged(id, "id")).collect();
    for (accepted, duplicates) in [(3, 0), (0, 3)] {
        let answer = server.post("/api/v1/litellm", Some(&keys.live), &json!(calls)).json();
        assert_eq!(
            (&answer["accepted"], &answer["duplicates"]),
            (&json!(accepted), &json!(duplicates)),
            "{answer}"
        );
    }
    let rows: Vec<Value> = ids.iter().map(|id| logged(id, "request_id")).collect();
    let spend = file(&ledger, "spend.json", json!(rows).to_string());
    let lines: Vec<String> = ids
        .iter()
        .map(|id| {
            json!({"tenant_id": "acme", "model": "gpt-5-mini", "provider": "openai", "prompt_tokens": 1000, "completion_tokens": 200,
                   "timestamp": "2026-11-18T11:06:40.25Z", "event_id": id})
            .to_string()
        })
        .collect();
    let lines = file(&ledger, "calls.ndjson", lines.join("\n"));
    let sent = |path: &std::path::Path, format: &str| -> Value {
        let mut command = Command::new(binary());
        command.args(["import", path.to_str().unwrap(), "--format", format, "--json", "--url", &server.url]);
        let output = command.env("CARBON_API_KEY", &keys.live).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    assert_eq!(sent(&spend, "litellm"), imported(3, 0, 3, 0, 0));
    assert_eq!(sent(&lines, "ndjson"), imported(3, 0, 3, 0, 0));
    // Whoever sends an event chooses its id, and hears that it is too long.
    let mut event =
        json!({"tenant_id": "acme", "model": "gpt-5-mini", "prompt_tokens": 1, "completion_tokens": 2});
    event["event_id"] = json!("a".repeat(129));
    let problem = server.post("/api/v1/track", Some(&keys.live), &event).problem(422);
    assert!(problem.to_string().contains("/event_id must be 1 to 128 bytes"), "{problem}");
    server.stop();
    // Into the ledger itself.
    assert_eq!(import(&ledger, &spend, &["--format", "litellm"]), imported(3, 0, 3, 0, 0));
    assert_eq!(sums(&ledger), [3, 3000, 0, 0, 600, 0]);
    assert_eq!(ledger.count("select count(*) from event where event_id like 'sha256-%'"), 3);
    ledger.check();
}
