//! `POST /api/v1/track/batch`: good rows are kept, bad ones are named.

use crate::server::{Server, call, with};
use flate2::{Compression, write::GzEncoder};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use serde_json::{Value, json};
use std::io::Write;

const PATH: &str = "/api/v1/track/batch";

fn lines(events: &[Value]) -> Vec<u8> {
    events.iter().map(|event| format!("{event}\n")).collect::<String>().into_bytes()
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");

#[test]
fn an_array_and_lines_plain_and_compressed_are_the_same() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let events = |form: &str| -> Vec<Value> {
        ["mistral-large-2", "gpt-4o", "gpt-5", "nobody-knows"]
            .iter()
            .enumerate()
            .map(|(n, model)| with(call(model), json!({"event_id": format!("{form}-{n}")})))
            .collect()
    };
    let array = |form| json!(events(form)).to_string().into_bytes();
    let zstd = |body: &[u8]| compress_to_vec(body, CompressionLevel::Fastest);
    let mut answers = Vec::new();
    for (body, headers) in [
        (array("a"), vec![]),
        (lines(&events("b")), vec![NDJSON]),
        ([lines(&events("c")), b"\n  \n".to_vec()].concat(), vec![NDJSON]),
        (gzip(&array("d")), vec![("content-encoding", "gzip")]),
        (zstd(&lines(&events("e"))), vec![("content-encoding", "zstd"), NDJSON]),
        // Compressed pieces, one behind the other, are one body.
        (
            [gzip(&lines(&events("f")[..1])), gzip(&lines(&events("f")[1..]))].concat(),
            vec![("content-encoding", "gzip"), NDJSON],
        ),
        (
            [zstd(&lines(&events("g")[..3])), zstd(&lines(&events("g")[3..]))].concat(),
            vec![("content-encoding", "zstd"), NDJSON],
        ),
    ] {
        let answer = server.post_bytes(PATH, Some(&keys.live), &headers, &body).json();
        assert_eq!(
            (&answer["accepted"], &answer["duplicates"], &answer["rejected"]),
            (&json!(4), &json!(0), &json!([])),
            "{answer}"
        );
        answers.push(answer["co2_grams"].to_string());
    }
    // 2.85 + 0.3 + what gpt-5 comes to, each time to the last digit.
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert!(answers[0].parse::<f64>().unwrap() > 3.15);
    assert_eq!(ledger.count("select count(*) from event"), 28);
    // Closed in good order, the file holds every sum.
    server.stop();
    assert_eq!(ledger.count("select sum(requests) from daily_usage"), 28);
}

#[test]
fn good_rows_are_kept_and_each_bad_one_is_named_by_its_place() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &with(call("gpt-4o"), json!({"event_id": "old"})));
    server.track(&keys.live, &with(call("gpt-4o"), json!({"event_id": "other"})));
    let body = [
        call("gpt-4o").to_string(),
        "{not json".to_owned(),
        with(call("gpt-4o"), json!({"messages": ["secret"]})).to_string(),
        with(call("gpt-4o"), json!({"prompt_tokens": -1, "event_id": "never"})).to_string(),
        "[]".to_owned(),
        with(call("gpt-4o"), json!({"region": "atlantis"})).to_string(),
        with(call("gpt-4o"), json!({"event_id": "old"})).to_string(),
        with(call("gpt-4o"), json!({"event_id": "other", "completion_tokens": 9})).to_string(),
        with(call("gpt-4o"), json!({"event_id": "twice"})).to_string(),
        with(call("gpt-4o"), json!({"event_id": "twice"})).to_string(),
    ]
    .join("\n");
    let answer = server.post_bytes(PATH, Some(&keys.live), &[NDJSON], body.as_bytes()).json();
    assert_eq!((&answer["accepted"], &answer["duplicates"]), (&json!(2), &json!(2)), "{answer}");
    assert_eq!(answer["co2_grams"].to_string(), "1.2", "four events of a thousand tokens are in the ledger");
    let rejected: Vec<(u64, &str)> = answer["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["index"].as_u64().unwrap(), row["detail"].as_str().unwrap()))
        .collect();
    for ((index, detail), (expect, words)) in rejected.iter().zip([
        (1, "is not JSON"),
        (2, "/messages is invalid: unknown field `messages`"),
        (3, "/prompt_tokens is invalid"),
        (4, "the event must be a JSON object"),
        (5, "/region is invalid: no grid is known"),
        (7, "event_id was already used for an event with different content"),
    ]) {
        assert!(*index == expect && detail.contains(words), "{index}: {detail}");
    }
    assert_eq!(rejected.len(), 6);
    assert!(!answer.to_string().contains("secret"));
    assert_eq!(ledger.count("select count(*) from event"), 4);
}

#[test]
fn a_batch_with_a_key_is_one_unit() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let key = ("idempotency-key", "night-1");
    let body = lines(&[call("gpt-4o"), call("gpt-4o"), json!({"model": "no tenant"})]);
    let send =
        |body: &[u8], headers: &[(&str, &str)]| server.post_bytes(PATH, Some(&keys.live), headers, body);
    let first = send(&body, &[NDJSON, key]).json();
    assert_eq!((&first["accepted"], &first["rejected"][0]["index"]), (&json!(2), &json!(2)));
    // Equal events of one batch are two events; the batch again, compressed or not, is none.
    let again = send(&body, &[NDJSON, key]).json();
    assert_eq!((&again["accepted"], &again["duplicates"]), (&json!(0), &json!(2)));
    assert_eq!(again["co2_grams"], first["co2_grams"]);
    let again = send(&gzip(&body), &[NDJSON, key, ("content-encoding", "gzip")]).json();
    assert_eq!(again["duplicates"], json!(2));
    // Another batch of that name is refused whole.
    let other = lines(&[call("gpt-4o"), call("gpt-4o"), call("gpt-4o")]);
    assert_eq!(send(&other, &[NDJSON, key]).problem(409)["title"], "Conflict");
    assert_eq!(ledger.count("select count(*) from event"), 2);
    // A test key's batches are other batches, and so are another account's.
    let tested = server.post_bytes(PATH, Some(&keys.test), &[NDJSON, key], &other).json();
    assert_eq!(tested["accepted"], json!(3));
    let stranger = server.sign_up("b@example.com");
    let strange = server.post_bytes(PATH, Some(&stranger.live), &[NDJSON, key], &other).json();
    assert_eq!(strange["accepted"], json!(3));
    let long = "k".repeat(120);
    let problem = send(&body, &[NDJSON, ("idempotency-key", &long)]).problem(422);
    assert_eq!(problem["errors"][0]["pointer"], "Idempotency-Key");
}

#[test]
fn what_is_too_much_or_not_a_batch_is_refused_whole() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let send =
        |body: &[u8], headers: &[(&str, &str)]| server.post_bytes(PATH, Some(&keys.live), headers, body);
    let many = vec![call("gpt-4o"); 10_001];
    assert_eq!(send(&lines(&many), &[NDJSON]).problem(413)["title"], "Too many events");
    assert_eq!(send(json!(many).to_string().as_bytes(), &[]).problem(413)["title"], "Too many events");
    // A few kilobytes on the wire, and far more than the limit behind them.
    let bomb = gzip(&vec![b' '; 64 * 1024 * 1024]);
    assert!(bomb.len() < 1024 * 1024);
    assert_eq!(send(&bomb, &[("content-encoding", "gzip")]).problem(413)["title"], "Body too large");
    let bomb = compress_to_vec(&vec![b' '; 16 * 1024 * 1024][..], CompressionLevel::Fastest);
    assert_eq!(send(&bomb, &[("content-encoding", "zstd")]).problem(413)["title"], "Body too large");
    assert_eq!(send(&vec![b' '; 8 * 1024 * 1024 + 1], &[]).problem(413)["title"], "Body too large");
    for (body, headers, status) in [
        (&b"{}"[..], &[][..], 422),
        (b"[{}", &[], 422),
        (b"[{}] and more", &[], 422),
        (b"", &[], 422),
        (b"not gzip", &[("content-encoding", "gzip")], 422),
        (b"not zstd", &[("content-encoding", "zstd")], 422),
        (b"[]", &[("content-encoding", "br")], 415),
    ] {
        send(body, headers).problem(status);
    }
    // `[]`, as the reference implementation writes it, with a checksum: right, then wrong.
    let mut frame =
        vec![0x28, 0xb5, 0x2f, 0xfd, 0x24, 0x02, 0x11, 0x00, 0x00, 0x5b, 0x5d, 0x56, 0x1f, 0x7f, 0x61];
    assert_eq!(send(&frame, &[("content-encoding", "zstd")]).json()["accepted"], json!(0));
    *frame.last_mut().unwrap() ^= 1;
    let problem = send(&frame, &[("content-encoding", "zstd")]).problem(422);
    assert_eq!(problem["detail"], "The body cannot be decompressed: its checksum does not match.");
    // An empty batch is a batch; without a key nobody is listened to.
    assert_eq!(send(b"[]", &[]).json()["accepted"], json!(0));
    assert_eq!(send(b"[]", &[]).json()["co2_grams"], Value::Null);
    server.post_bytes(PATH, None, &[], b"[]").problem(401);
    assert_eq!(ledger.count("select count(*) from event"), 0);
    let full = vec![call("gpt-4o"); 10_000];
    assert_eq!(send(&lines(&full), &[NDJSON]).json()["accepted"], json!(10_000));
}
