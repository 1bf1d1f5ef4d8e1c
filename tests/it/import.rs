//! Imports from files.

use crate::ledger::Ledger;
use crate::ports::free_address;
use crate::server::{ROOT, binary};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::{Duration, Instant},
};

/// A ledger with an account.
pub(crate) fn ledger() -> Ledger {
    of(Ledger::new())
}

/// With an account.
pub(crate) fn of(ledger: Ledger) -> Ledger {
    let made = ledger.run(&["account", "create", "--email", "a@example.com", "--organisation", "A"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    ledger
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A file next to the ledger.
pub(crate) fn file(ledger: &Ledger, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = ledger.path().with_file_name(name);
    fs::write(&path, content).unwrap();
    path
}

/// A copy of an export next to the ledger.
pub(crate) fn export(ledger: &Ledger, name: &str) -> PathBuf {
    file(ledger, name, fs::read(Path::new(ROOT).join("tests/vectors/import").join(name)).unwrap())
}

/// `carbon-server import` into the ledger; its JSON output.
#[track_caller]
pub(crate) fn import(ledger: &Ledger, file: &Path, arguments: &[&str]) -> Value {
    let mut all = vec!["import", file.to_str().unwrap(), "--json"];
    all.extend(arguments);
    let output = ledger.run(&all);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(output.stderr.is_empty(), "no progress bar without a terminal: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

pub(crate) fn imported(rows: u64, accepted: u64, duplicates: u64, passed_over: u64, rejected: u64) -> Value {
    json!({"rows": rows, "accepted": accepted, "duplicates": duplicates, "passed_over": passed_over,
           "uncertain": 0, "without_context": 0, "rejected": rejected, "resumed_after": 0})
}

/// A row whose counts leave a doubt is counted, and the summary says how many there are.
#[test]
fn doubtful_counts_are_counted_and_said() {
    let ledger = ledger();
    let row = |total: u64| {
        json!({"tenant_id": "one", "model": "gpt-4o", "timestamp": "2026-10-05T08:00:00Z", "event_id": format!("e-{total}"),
               "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": total}})
    };
    let lines = [110, 90, 500].map(|total| row(total).to_string()).join("\n");
    let path = file(&ledger, "rows.ndjson", lines);
    let expect = crate::server::with(imported(3, 2, 0, 0, 1), json!({"uncertain": 1}));
    assert_eq!(import(&ledger, &path, &["--format", "ndjson"]), expect);
    assert!(rejected(&path)[0]["reason"].as_str().unwrap().contains("total of 500 tokens"));
}

/// Sum of a ledger's counts: events, input, cache read, cache creation, output, reasoning.
pub(crate) fn sums(ledger: &Ledger) -> Vec<u64> {
    [
        "count(*)",
        "sum(input_tokens)",
        "sum(cache_read_input_tokens)",
        "sum(cache_creation_input_tokens)",
        "sum(output_tokens)",
        "sum(reasoning_output_tokens)",
    ]
    .map(|sum| ledger.count(&format!("select coalesce({sum}, 0) from event")))
    .to_vec()
}

/// Lines of the file of rejected rows.
pub(crate) fn rejected(file: &Path) -> Vec<Value> {
    let path = format!("{}.rejected", file.display());
    let lines = fs::read_to_string(path).unwrap_or_default();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Every export, the outcome of its rows, and their sums.
#[test]
fn every_export_becomes_events_once_and_without_its_prompts() {
    let cases = [
        ("openai_usage.json", "openai-usage", (7, 6, 0, 1), [6, 1_062_108, 247_424, 12_288, 469_590, 0]),
        ("openai_usage.csv", "openai-usage", (8, 6, 1, 1), [6, 1_062_108, 247_424, 12_288, 469_590, 0]),
        (
            "anthropic_usage.json",
            "anthropic-usage",
            (6, 5, 0, 1),
            [5, 1_964_078, 788_480, 67_584, 199_467, 0],
        ),
        ("langfuse_observations.json", "langfuse", (8, 5, 2, 1), [5, 47_527, 42_651, 2_048, 1_861, 448]),
        ("langfuse_observations.jsonl", "langfuse", (8, 5, 2, 1), [5, 47_527, 42_651, 2_048, 1_861, 448]),
        ("langfuse_observations.csv", "langfuse", (8, 5, 2, 1), [5, 47_527, 42_651, 2_048, 1_861, 448]),
        ("litellm_spend_logs.json", "litellm", (5, 3, 2, 0), [3, 4_290, 3_024, 400, 590, 128]),
    ];
    for (name, format, (rows, accepted, passed_over, refused), expect) in cases {
        let ledger = ledger();
        let path = export(&ledger, name);
        let arguments = ["--format", format, "--tenant", "nobody"];
        // Anthropic's report does not say of how many calls it is.
        let without_context = if format == "anthropic-usage" { accepted } else { 0 };
        let outcome = |new, old| {
            let outcome = imported(rows, new, old, passed_over, refused);
            crate::server::with(outcome, json!({"without_context": without_context}))
        };
        assert_eq!(import(&ledger, &path, &arguments), outcome(accepted, 0), "{name}");
        assert_eq!(sums(&ledger), expect, "{name}");
        let reasons = rejected(&path);
        assert_eq!(reasons.len(), usize::try_from(refused).unwrap(), "{name}");
        // Running it again changes nothing.
        assert_eq!(import(&ledger, &path, &arguments), outcome(0, accepted), "{name}");
        assert_eq!((sums(&ledger), rejected(&path)), (expect.to_vec(), reasons), "{name}");
        fs::remove_file(&path).unwrap();
        assert!(!text(&ledger.bytes()).contains("PROMPT-MARKER"), "{name}");
        ledger.check();
    }
}

#[test]
fn a_row_may_say_its_counts_as_its_provider_does() {
    let ledger = ledger();
    let usage = json!({"input_tokens": 7, "cache_read_input_tokens": 16_399, "cache_creation_input_tokens": 2_089, "output_tokens": 503});
    let row = json!({"tenant_id": "t", "model": "claude-sonnet-4-5", "event_id": "e", "usage": usage, "timestamp": "2026-10-05T00:00:00Z"});
    let path = file(&ledger, "calls.ndjson", format!("{row}\r\n\r\n"));
    assert_eq!(import(&ledger, &path, &["--format", "ndjson"]), imported(1, 1, 0, 0, 0));
    assert_eq!(sums(&ledger), [1, 18_495, 16_399, 2_089, 503, 0]);
}

#[test]
fn a_table_is_read_by_its_columns() {
    let ledger = ledger();
    let table = "when,customer,llm,prompt_tokens,out,cached,text,tag.feature\n\
                 2026-10-05 10:00:00,acme,gpt-4o,600,400.0,100,\"a prompt, with a comma\",chat\n\
                 1791158400,,gpt-4o,1,1,,,\n\
                 2026-10-05T10:00:00+02:00,acme,gpt-4o,x,1,,,\n";
    let path = file(&ledger, "calls.csv", format!("\u{feff}{table}"));
    let columns = [
        "timestamp=when",
        "tenant_id=customer",
        "model=llm",
        "output_tokens=out",
        "cache_read_input_tokens=cached",
        "tag.colour=text",
    ];
    let mut arguments = vec!["--format", "csv", "--tenant", "others"];
    for column in &columns[..5] {
        arguments.extend(["--column", column]);
    }
    assert_eq!(import(&ledger, &path, &arguments), imported(3, 2, 0, 0, 1));
    assert_eq!(
        rejected(&path)[0]["reason"],
        "/input_tokens must be an integer from 0 to 1000000000".replace("input", "prompt")
    );
    assert_eq!(sums(&ledger), [2, 601, 100, 0, 401, 0]);
    assert_eq!(ledger.count("select count(*) from tag where name = 'feature' and value = 'chat'"), 1);
    assert_eq!(ledger.count("select min(occurred_at_ms) from event"), 1_791_158_400_000);
    let refused = |arguments: &[&str], expect: &str| {
        let mut all = vec!["import", path.to_str().unwrap()];
        all.extend(arguments);
        let output = ledger.run(&all);
        let said = text(&output.stderr);
        assert!(!output.status.success() && said.contains(expect), "{arguments:?}: {said}");
    };
    refused(&["--format", "csv", "--column", "model=llm", "--column", "model=out"], "model is given twice");
    refused(&["--format", "csv"], "no column model: name it with --column model=COLUMN");
    refused(
        &["--format", "csv", "--column", "model=name"],
        "--column model=name: the table has no such column; it has when, customer",
    );
    refused(&["--format", "csv", "--column", "prompt=text"], "\"prompt\" is not a field");
    refused(&["--format", "ndjson", "--column", "model=llm"], "--column needs --format csv");
    refused(&["--format", "openai-usage", "--tenant-field", "colour"], "this format has no such field");
    refused(&["--format", "csv", "--account", "b@example.com"], "no account b@example.com in this ledger");
    refused(
        &["--format", "yaml"],
        "possible values: ndjson, csv, litellm, openai-usage, anthropic-usage, langfuse",
    );
    refused(&["--format", "csv", "--url", "http://127.0.0.1:1"], "--api-key");
    ledger.check();
}

/// Enough rows to be interrupted; a million are for the benchmark.
pub(crate) fn many(ledger: &Ledger, rows: u64) -> PathBuf {
    let line = |row: u64| {
        json!({"tenant_id": format!("client-{}", row % 7), "model": "gpt-4o", "input_tokens": row, "output_tokens": 1,
               "timestamp": "2026-10-05T00:00:00Z"})
        .to_string()
    };
    file(ledger, "many.ndjson", (0..rows).map(line).collect::<Vec<_>>().join("\n"))
}

#[test]
fn an_import_that_was_killed_goes_on_where_it_ended() {
    const ROWS: u64 = 60_000;
    let ledger = ledger();
    let path = many(&ledger, ROWS);
    let noted = ledger.path().with_file_name("many.ndjson.importing");
    let (mut cut, mut reached) = (0, 0);
    for _ in 0..3 {
        let mut command = Command::new(binary());
        command.args(["import", path.to_str().unwrap(), "--format", "ndjson", "--json"]);
        command.args(["--database", &ledger.url()]);
        let mut process = command.stdout(std::process::Stdio::null()).spawn().unwrap();
        let rows = || {
            let noted =
                serde_json::from_slice::<Value>(&fs::read(&noted).unwrap_or_default()).unwrap_or_default();
            noted["done"]["imported"]["rows"].as_u64().unwrap_or_default()
        };
        let deadline = Instant::now() + Duration::from_secs(60);
        while rows() <= reached && process.try_wait().unwrap().is_none() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
        reached = rows();
        process.kill().unwrap();
        cut += u64::from(!process.wait().unwrap().success());
    }
    let there = ledger.count("select count(*) from event");
    assert!(cut == 3 && there > 0 && there < ROWS, "it was interrupted {cut} times, after {there} rows");
    let last = import(&ledger, &path, &["--format", "ndjson"]);
    let resumed = last["resumed_after"].as_u64().unwrap();
    assert!(resumed > 0 && resumed <= there, "{last}");
    assert_eq!((&last["rows"], &last["rejected"]), (&json!(ROWS), &json!(0)));
    assert!(!noted.exists(), "there is nothing left to resume");
    assert_eq!(sums(&ledger), [ROWS, (0..ROWS).sum(), 0, 0, ROWS, 0]);
    // From the start: every row is a duplicate.
    assert_eq!(
        import(&ledger, &path, &["--format", "ndjson", "--from-start"]),
        imported(ROWS, 0, ROWS, 0, 0)
    );
    ledger.check();
}

#[test]
fn a_running_server_is_sent_the_rows_over_http() {
    let ledger = Ledger::new();
    let server = ledger.serve_at(&free_address(), &[]);
    let keys = server.sign_up("a@example.com");
    let path = many(&ledger, 12_000);
    let run = |url: &str, key: &str| -> Output {
        Command::new(binary())
            .args(["import", path.to_str().unwrap(), "--format", "ndjson", "--json", "--url", url])
            .env("CARBON_API_KEY", key)
            .output()
            .unwrap()
    };
    if ledger.is_file() {
        // The server has it open.
        let output = ledger.run(&["import", path.to_str().unwrap(), "--format", "ndjson"]);
        assert!(text(&output.stderr).contains("another server has it open"), "{}", text(&output.stderr));
    }
    let nobody = run(&server.url, "isv_live_nobody");
    assert!(
        !nobody.status.success() && text(&nobody.stderr).contains("answers 401"),
        "{}",
        text(&nobody.stderr)
    );
    // Killed and restarted at the same address: the client retries with the same ids.
    let (url, address) = (server.url.clone(), server.address().to_owned());
    let client = std::thread::spawn({
        let (path, key, url) = (path.clone(), keys.live.clone(), url.clone());
        move || {
            Command::new(binary())
                .args(["import", path.to_str().unwrap(), "--format", "ndjson", "--json", "--url", &url])
                .env("CARBON_API_KEY", key)
                .output()
                .unwrap()
        }
    });
    while ledger.count("select count(*) from event") == 0 {
        std::thread::sleep(Duration::from_millis(2));
    }
    server.kill();
    std::thread::sleep(Duration::from_millis(300));
    let server = ledger.serve_at(&address, &[]);
    let output = client.join().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(ledger.count("select count(*) from event"), 12_000);
    let again: Value = serde_json::from_slice(&run(&url, &keys.live).stdout).unwrap();
    assert_eq!(again, imported(12_000, 0, 12_000, 0, 0));
    drop(server);
    ledger.serve().stop();
    ledger.check();
}

/// On a terminal there is a progress bar with the speed and the time left.
#[test]
fn a_terminal_shows_the_progress() {
    let ledger = ledger();
    let path = many(&ledger, 60_000);
    let command = format!(
        "{} import {} --format ndjson --database '{}'",
        binary().display(),
        path.display(),
        ledger.url()
    );
    let output =
        Command::new("script").args(["-qec", &command, "/dev/null"]).env("TERM", "xterm").output().unwrap();
    let seen = text(&output.stdout);
    assert!(seen.contains("rows, ") && seen.contains(" per second") && seen.contains(" left"), "{seen}");
    assert!(seen.contains("60000 new events"), "{seen}");
}

/// The same rows as JSON and as a table are the same events; an array may have pages.
#[test]
fn an_export_is_the_same_in_every_form() {
    let ledger = ledger();
    let result = |model: &str, batch: bool, input: u64| json!({"model": model, "batch": batch, "project_id": "p", "input_tokens": input, "output_tokens": 4, "num_model_requests": 2});
    let page = json!({"object": "page", "data": [{"start_time": 1_791_158_400, "end_time": 1_791_244_800,
                      "results": [result("gpt-4o", false, 6), result("gpt-5", true, 7)]}]});
    let table = "start_time,end_time,project_id,num_model_requests,user_id,api_key_id,model,batch,service_tier,input_tokens,output_tokens\n\
                 1791158400,1791244800,p,2.0,,,gpt-4o,False,,6.0,4.0\n1791158400,1791244800,p,2.0,,,gpt-5,TRUE,,7.0,4.0\n";
    let json = file(&ledger, "usage.json", json!([page]).to_string());
    assert_eq!(import(&ledger, &json, &["--format", "openai-usage"]), imported(2, 2, 0, 0, 0));
    let table = file(&ledger, "usage.csv", table);
    assert_eq!(import(&ledger, &table, &["--format", "openai-usage"]), imported(2, 0, 2, 0, 0));
    // A bucket that was exported before it had ended has different content later: that is rejected, not counted twice.
    let page = json!({"object": "page", "data": [{"start_time": 1_791_158_400, "end_time": 1_791_200_000, "results": [result("gpt-4o", false, 5)]}]});
    let early = file(&ledger, "early.json", page.to_string());
    let output = ledger.run(&["import", early.to_str().unwrap(), "--format", "openai-usage"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        rejected(&early)[0]["reason"],
        "event_id was already used for an event with different content"
    );
    assert_eq!(ledger.count("select count(*) from event"), 2);
}
