//! LiteLLM's own logger, pointed at the server and nothing else.

use crate::{
    ledger::Ledger,
    ports::free_address,
    server::{ROOT, Server, example},
    traces::{MARKER, events, run},
};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

#[test]
fn litellms_own_logger_is_counted_and_no_prompt_is_kept() {
    let ledger = Ledger::new();
    let server = ledger.serve_at(&free_address(), &["--log", "trace"]);
    let keys = server.sign_up("a@example.com");
    let calls = run("python-litellm", &["litellm_callback.py"], &server, &keys.live, "");
    let names: Vec<&str> = calls.iter().map(|call| call["call"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["completion", "stream", "team", "failure", "anthropic", "embedding", "cache miss", "cache hit"]
    );
    let events = events(&ledger);
    let mut counted = 0;
    for call in &calls {
        let found = events.get(call["id"].as_str().unwrap());
        // A call that failed has used nothing, and one that LiteLLM's own cache answers called no model.
        if call["status"] == "failure" || call["cache_hit"] == json!(true) {
            assert_eq!(found, None, "{call}");
            continue;
        }
        counted += 1;
        let (tenant, model, counts) = found.unwrap_or_else(|| panic!("{call} is not counted"));
        assert_eq!((json!(tenant), json!(model)), (call["tenant"].clone(), call["model"].clone()), "{call}");
        let names =
            ["prompt_tokens", "cached_tokens", "cache_write_tokens", "completion_tokens", "reasoning_tokens"];
        assert_eq!(*counts, names.map(|name| call[name].as_u64().unwrap()), "{call}");
    }
    assert_eq!((counted, ledger.count("select count(*) from event")), (6, 6));
    let kept = String::from_utf8_lossy(&ledger.bytes()).into_owned();
    let (status, _, log) = server.stop();
    assert!(status.success() && log.contains("/api/v1/litellm"), "{log}");
    assert!(!kept.contains(MARKER) && !log.contains(MARKER));
    assert!(!String::from_utf8_lossy(&ledger.bytes()).contains(MARKER));
    ledger.check();
}

/// Name, canonical id and region hint, of the newest factor set.
const NAMES: [&str; 2] = [
    include_str!("../../carbon-core/tests/vectors/model-ids.tsv"),
    include_str!("../../carbon-core/tests/vectors/model-ids-2026.12.tsv"),
];

/// Of the ids of text models in the list of prices that LiteLLM ships.
#[test]
fn three_of_four_models_of_litellms_list_have_a_number_and_each_has_its_own() {
    let output = Command::new(Path::new(ROOT).join("target/python-litellm/bin/python"))
        .args(["tests/programs/litellm_coverage.py", example("names").to_str().unwrap(), "pairs"])
        .current_dir(ROOT)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let pairs = String::from_utf8(output.stdout).unwrap();
    let pairs: Vec<[&str; 3]> =
        pairs.lines().map(|line| line.split('\t').collect::<Vec<_>>().try_into().unwrap()).collect();
    let numbers = pairs.iter().filter(|[.., number]| *number == "yes").count();
    assert!(numbers * 4 >= pairs.len() * 3 && pairs.len() > 3_000, "{numbers} of {}", pairs.len());

    let mut known = HashMap::new();
    for row in NAMES.iter().flat_map(|table| table.lines().skip(1)) {
        let (name, rest) = row.split_once('\t').unwrap();
        known.insert(name, rest.split('\t').next().unwrap());
    }
    let judged = pairs.iter().filter_map(|[name, model, _]| Some((name, *model, *known.get(name)?)));
    let agree = |model: &str, expect: &str| model == expect || model.is_empty() && expect == "unknown";
    let (right, wrong): (Vec<_>, Vec<_>) = judged.partition(|(_, model, expect)| agree(model, expect));
    assert!(wrong.is_empty() && right.len() > 1_000, "{} are right, not: {wrong:?}", right.len());
}

/// LiteLLM's proxy with our callback, in front of a made-up provider; it ends when its input does.
struct Proxy {
    process: Child,
    cases: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Proxy {
    fn start(server: &Server, key: &str, folder: &Path) -> Proxy {
        let mut process = Command::new(Path::new(ROOT).join("target/python-litellm/bin/python"))
            .args([&format!("{ROOT}/tests/programs/litellm_proxy.py"), folder.to_str().unwrap()])
            .envs([("CARBON_URL", server.url.as_str()), ("CARBON_API_KEY", key), ("MARKER", MARKER)])
            // A busy machine is no reason to do without figures here; each call asks again.
            .envs([("CARBON_TIMEOUT_S", "3"), ("CARBON_PAUSE_S", "0")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (cases, answers) = (process.stdin.take(), BufReader::new(process.stdout.take().unwrap()));
        Proxy { process, cases, answers }
    }

    /// Makes a call, which the provider answers with 600 and 400 tokens; the figures in the headers and in the stream.
    #[track_caller]
    fn call(&mut self, case: &Value) -> (Value, Value) {
        writeln!(self.cases.as_ref().unwrap(), "{case}").unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        let mut answer: Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&answer["status"], &answer["whole"]), (&json!(200), &json!(true)), "{case}: {line}");
        (answer["headers"].take(), answer["stream"].take())
    }

    fn stop(mut self) {
        self.cases = None;
        assert!(self.process.wait().unwrap().success());
    }
}

#[test]
fn litellms_proxy_answers_with_figures_who_asks_for_them_and_without_a_tracker_all_the_same() {
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--log", "trace"]);
    let keys = server.sign_up("a@example.com");
    let path = ledger.path();
    let mut proxy = Proxy::start(&server, &keys.live, path.parent().unwrap());
    let headers = json!({"x-carbon-co2-grams": "0.3", "x-carbon-co2-grams-low": "0.03483", "x-carbon-co2-grams-high": "2.584",
                         "x-carbon-confidence": "estimated", "x-carbon-method": "coefficient",
                         "x-carbon-factor-id": "coefficient/gpt-4o@2025.1", "x-carbon-factor-set": "2026.12"});
    let unknown = json!({"x-carbon-confidence": "unknown", "x-carbon-factor-set": "2026.12"});
    let streamed = json!([{"co2_grams": 0.3, "co2_grams_low": 0.03483, "co2_grams_high": 2.584, "confidence": "estimated",
                           "method": "coefficient", "factor_id": "coefficient/gpt-4o@2025.1", "factor_set": "2026.12"}]);
    let (none, nothing) = (json!({}), json!([]));
    let cases = [
        (json!({}), &none, &nothing),
        (json!({"asks": "true"}), &headers, &nothing),
        (json!({"key": "sk-asks"}), &headers, &nothing),
        (json!({"key": "sk-asks", "asks": "false"}), &none, &nothing),
        (json!({"asks": "true", "model": "mystery"}), &unknown, &nothing),
        (json!({"stream": true}), &none, &nothing),
        (json!({"stream": true, "asks": "true"}), &none, &streamed),
    ];
    for (case, headers, stream) in &cases {
        assert_eq!(proxy.call(case), ((*headers).clone(), (*stream).clone()), "{case}");
    }
    // The proxy logs each call itself; an estimate stores nothing.
    let deadline = Instant::now() + Duration::from_secs(30);
    while ledger.count("select count(*) from event") < 7 {
        assert!(Instant::now() < deadline, "{} events", ledger.count("select count(*) from event"));
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(ledger.count("select count(*) from event"), 7);
    let address = server.address().to_owned();
    let (status, _, log) = server.stop();
    assert!(status.success() && !log.contains(MARKER), "{log}");
    assert!(!String::from_utf8_lossy(&ledger.bytes()).contains(MARKER));
    // A tracker that is down costs the figures and nothing else, and so does one that hangs.
    assert_eq!(proxy.call(&json!({"asks": "true"})), (none.clone(), nothing.clone()));
    let deaf = TcpListener::bind(address).unwrap();
    assert_eq!(proxy.call(&json!({"asks": "true"})), (none, nothing));
    let (mut asked, mut request) = (deaf.accept().unwrap().0, [0; 4_096]);
    asked.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let length = asked.read(&mut request).unwrap();
    let request = String::from_utf8_lossy(&request[..length]).into_owned();
    assert!(request.starts_with("POST /api/v1/") && !request.contains(MARKER), "{request}");
    proxy.stop();
    ledger.check();
}

#[test]
fn one_call_or_many_in_lines_or_an_array() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let log = |id: &str, changes: Value| {
        let call = json!({"id": id, "status": "success", "model": "gpt-4o", "custom_llm_provider": "openai",
                          "prompt_tokens": 600, "completion_tokens": 400, "startTime": 1_791_158_400.25,
                          "messages": [{"role": "user", "content": "a prompt"}], "metadata": {}});
        crate::server::with(call, changes)
    };
    let post = |body: &str| {
        server.send("/api/v1/litellm", &[("authorization", format!("Bearer {}", keys.live))], body)
    };
    let one = post(&log("one", json!({"end_user": "acme"})).to_string()).json();
    assert_eq!(one, json!({"accepted": 1, "duplicates": 0, "co2_grams": 0.3, "rejected": []}));
    let lines = [
        log("two", json!({"metadata": {"user_api_key_team_id": "team"}})).to_string(),
        log("one", json!({"end_user": "acme"})).to_string(),
        "a prompt that is no JSON".to_owned(),
        log("three", json!({"prompt_tokens": 0, "completion_tokens": 0})).to_string(),
        log("four", json!({"prompt_tokens": "a prompt"})).to_string(),
        // A stream that broke off has used something; a call that failed at once has a guess.
        log("five", json!({"status": "failure", "prompt_tokens": 13, "completion_tokens": 0})).to_string(),
        log("six", json!({"status": "failure", "end_user": "", "team_id": "team"})).to_string(),
    ];
    let reply = post(&lines.join("\n"));
    let many = reply.json();
    assert_eq!((&many["accepted"], &many["duplicates"]), (&json!(2), &json!(1)), "{many}");
    assert!(!reply.text().contains("a prompt"), "{many}");
    let rejected: Vec<_> = many["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (&row["index"], row["detail"].as_str().unwrap()))
        .collect();
    assert_eq!(
        rejected,
        [
            (&json!(2), "the event is not a LiteLLM log"),
            (&json!(3), "the event has no token counts"),
            (&json!(4), "the event is not a LiteLLM log"),
        ]
    );
    assert_eq!(post(&format!("[{}, {}]", lines[0], lines[6])).json()["duplicates"], 2);
    // Python's own idea of a number: the calls beside it are not lost.
    let nan = lines[0].replacen('{', "{\"response_cost\": NaN, ", 1);
    assert_eq!(post(&format!("[{nan}]")).json()["duplicates"], 1);
    assert_eq!(ledger.count("select min(occurred_at_ms) from event"), 1_791_158_400_250);
    let by_tenant = server.get("/api/v1/usage?group_by=tenant&from=2026-10-01", Some(&keys.live)).json();
    let tenants: Vec<_> =
        by_tenant["rows"].as_array().unwrap().iter().map(|row| (&row["tenant"], &row["requests"])).collect();
    assert_eq!(tenants, [(&json!("acme"), &json!(1)), (&json!("team"), &json!(2))]);
    // A broken line is one row, wherever it stands.
    let broken = post(&format!("{{\"id\": broken\n{}\n{}", lines[0], lines[6])).json();
    assert_eq!((&broken["duplicates"], &broken["rejected"][0]["index"]), (&json!(2), &json!(0)), "{broken}");
    // Text in the place of an object says nothing.
    let plain = log("one", json!({"end_user": "acme", "metadata": "plain"}));
    assert_eq!(post(&plain.to_string()).json()["duplicates"], 1);
    let failed = log("ten", json!({"status": "failure", "completion_tokens": null}));
    assert_eq!(post(&failed.to_string()).json()["rejected"], json!([]));
    // Over several lines it is one all the same, and odd fields beside what is read spoil nothing.
    let odd = log(
        "seven",
        json!({"model_parameters": null, "request_id": "seven", "end_user": "\"acme\"",
        "metadata": {"usage_object": {"cache_read_input_tokens": 0, "prompt_tokens_details": {"cached_tokens": 512}}}}),
    );
    let one = post(&serde_json::to_string_pretty(&odd).unwrap()).json();
    assert_eq!((&one["accepted"], &one["rejected"]), (&json!(1), &json!([])), "{one}");
    assert_eq!(ledger.count("select max(cache_read_input_tokens) from event"), 512);
    assert_eq!(ledger.count("select count(*) from tenant where tenant_id = '\"acme\"'"), 1);
    // What is not said is not 0.
    let missing = [
        log("eight", json!({"completion_tokens": null})),
        log("nine", json!({"metadata": {"usage_object": {"cache_read_input_tokens": 5_000_000_000_u64}}})),
    ];
    let answer = post(&json!(missing).to_string()).json();
    assert_eq!(
        (&answer["accepted"], answer["rejected"].as_array().unwrap().len()),
        (&json!(0), 2),
        "{answer}"
    );
    for body in ["[", "", "\"a prompt\""] {
        assert_eq!(post(body).problem(422)["errors"][0]["pointer"], "", "{body}");
    }
}
