//! `carbon-server check` and `backup`: whoever changes the book is found out.

use crate::ledger::Ledger;
use crate::server::{call, with};
use jiff::{ToSpan, civil::Date};
use serde_json::json;
use std::path::Path;

/// A ledger with something of everything in it.
fn ledger() -> Ledger {
    filled(Ledger::in_one_book())
}

fn filled(ledger: Ledger) -> Ledger {
    let server = ledger.serve();
    let keys = server.sign_up("a@example.com");
    let today: Date = jiff::Timestamp::now().to_string()[..10].parse().unwrap();
    let last_month = today.first_of_month() - 1.months();
    for n in 0..20 {
        let time = format!("{}T12:00:00Z", last_month + i64::from(n % 4).days());
        let details = json!({"event_id": format!("event-{n}"), "timestamp": time, "tags": {"feature": format!("f-{}", n % 3)},
            "tenant_id": format!("client-{}", n % 2), "prompt_tokens": 600 + n});
        server.track(&keys.live, &with(call("gpt-4o"), details));
    }
    server.track(&keys.test, &call("gpt-4o"));
    let post = |path: &str, body| {
        let reply = server.post(path, Some(&keys.live), &body);
        assert!(reply.status < 300, "{}", reply.text());
    };
    post("/api/v1/events/event-3/reversal", json!({}));
    let month = &last_month.to_string()[..7];
    post(&format!("/api/v1/months/{month}/close"), json!({"factor_set": "2025.1"}));
    post("/api/v1/reports", json!({"tenant_id": "client-1", "month": month}));
    let time = format!("{last_month}T23:00:00Z");
    server.track(&keys.live, &with(call("gpt-4o"), json!({"event_id": "late", "timestamp": time})));
    post("/api/v1/restatements", json!({"month": month, "reason": "a late event"}));
    server.stop();
    ledger
}

/// What `check` says of a file: its exit code, and what it printed.
fn check(file: &Path) -> (Option<i32>, String) {
    let database = format!("sqlite:{}", file.display());
    let output = std::process::Command::new(crate::server::binary())
        .args(["check", "--database", &database])
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn whatever_is_changed_in_the_book_is_named() {
    let ledger = ledger();
    let sound = ledger.check();
    assert!(sound.contains("Events         23, including reversals: 1\nClosed months  1\n"), "{sound}");
    let json = ledger.run(&["check", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(
        (&json["events"], &json["closed_months"], &json["sound"]),
        (&json!(23), &json!(1), &json!(true))
    );
    let day = if ledger.is_file() { "" } else { ", day" };
    let added = format!(
        "insert into event (event_key, account_key, is_test, event_id, tenant_key, deployment_key, received_at_ms,
                            occurred_at_ms, input_tokens, cache_read_input_tokens, cache_creation_input_tokens,
                            output_tokens, reasoning_output_tokens, crc32{day})
         select 24, account_key, is_test, 'new', tenant_key, deployment_key, received_at_ms, occurred_at_ms,
                1, 0, 0, 1, 0, 0{day} from event where event_key = 1"
    );
    for (change, named) in [
        ("update event set output_tokens = 401 where event_key = 7", "event 7 is not as it was written"),
        // Whoever knows of the checksum cannot make the seal.
        (
            "update event set output_tokens = 401, crc32 = 0 where event_key = 7",
            "event 7 is not as it was written",
        ),
        ("update event set event_id = 'other' where event_key = 5", "event 5 is not as it was written"),
        ("update event set calls = 2 where event_key = 5", "event 5 is not as it was written"),
        ("update event set media = 'images=1' where event_key = 5", "event 5 is not as it was written"),
        ("update event set media = 'pictures=1' where event_key = 5", "event 5 cannot be read"),
        ("update event set occurred_at_ms = occurred_at_ms + 1 where event_key = 5", "event 5 is not"),
        ("delete from event where event_key = 9", "event 9 is missing"),
        ("delete from event where event_key = 23", "event 23 is missing"),
        (added.as_str(), "event 24 is after the last seal"),
        ("update deployment set model = 'gpt-4o-mini'", "does not fit events 1 to 1"),
        ("update tenant set commitment = zeroblob(32) where tenant_id = 'client-1'", "does not fit"),
        (
            "update tenant set tenant_id = 'another' where tenant_id = 'client-1'",
            "tenant 2 is not named as it was",
        ),
        ("update tag set value = 'f-9' where tag_key = 2", "tag 2 is not named as it was"),
        ("update closed_month set factor_set = '2026.11'", "does not fit"),
        ("update closed_tenant set figures = replace(figures, '0.', '1.')", "does not fit"),
        ("update restatement set reason = 'another'", "does not fit"),
        (
            "update report set pdf_sha256 = \
             case substr(pdf_sha256, 1, 1) when 'a' then 'b' else 'a' end || substr(pdf_sha256, 2)",
            "does not fit",
        ),
        ("update report set pdf = x'00'", "is not as it was issued"),
        ("delete from seal where seal_key = 4", "seal 4 is missing"),
        ("update seal set sha256 = zeroblob(32) where seal_key = 4", "seal 4 does not fit"),
        ("delete from seal where seal_key = (select max(seal_key) from seal)", "after the last seal"),
        (
            "update daily_usage set input_tokens = input_tokens + 1 where tenant_key = 2",
            "daily_usage of account 1, ",
        ),
        (
            "update daily_usage set context_input_low = context_input_low + 1 where tenant_key = 2",
            "daily_usage of account 1, ",
        ),
        ("update daily_usage set images = images + 1 where tenant_key = 2", "daily_usage of account 1, "),
        ("update daily_tag_usage set audio_ms = 1 where tag_key = 1", "daily_tag_usage of account 1, "),
        (
            "update daily_tag_usage set context_output_high = context_output_high + 1 where tag_key = 1",
            "daily_tag_usage of account 1, ",
        ),
        ("delete from daily_usage where is_adjustment = true", "the sum of account 1, "),
        (
            "update daily_tag_usage set requests = requests + 1 where tag_key = 1",
            "daily_tag_usage of account 1, ",
        ),
        ("update month_span set events = events + 1", "month_span of account 1 and "),
    ] {
        let copy = ledger.copy();
        assert!(copy.tamper(change) > 0, "{change}");
        let output = copy.run(&["check"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{change}: {said}");
        assert!(said.contains(named), "{change}: {said}");
        let json = copy.run(&["check", "--json"]);
        let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
        assert_eq!(json["sound"], false);
        assert!(json["fault"].as_str().unwrap().contains(named), "{json}");
    }
}

#[test]
fn one_flipped_byte_of_a_count_is_found() {
    let ledger = filled(Ledger::in_file());
    let mut bytes = std::fs::read(ledger.path()).unwrap();
    // The row of this event: its id, then the counts; 600 + 6 tokens are 0x025e.
    let id = bytes.windows(7).position(|window| window == b"event-6").unwrap();
    let count = id + bytes[id..].windows(2).position(|window| window == [0x02, 0x5e]).unwrap();
    bytes[count + 1] ^= 1;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &bytes).unwrap();
    let (code, said) = check(file.path());
    assert_eq!(code, Some(1));
    assert!(said.contains("event 7 is not as it was written"), "{said}");
    // Wherever a byte is flipped, the check comes to an end.
    bytes[count + 1] ^= 1;
    for n in 0..48 {
        let place = (n * 7_919 + 4_096) % bytes.len();
        bytes[place] ^= 0x10;
        std::fs::write(file.path(), &bytes).unwrap();
        let (code, said) = check(file.path());
        assert!(matches!(code, Some(0 | 1)), "byte {place}: {code:?} {said}");
        bytes[place] ^= 0x10;
    }
}

#[test]
fn a_backup_while_serving_is_a_sound_ledger() {
    let ledger = Ledger::in_file();
    let server = ledger.serve();
    let keys = server.sign_up("a@example.com");
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    let stop = std::sync::atomic::AtomicBool::new(false);
    let sent = std::thread::scope(|threads| {
        let sender = threads.spawn(|| {
            let mut sent = 0;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                server.track(&keys.live, &with(call("gpt-4o"), json!({"event_id": format!("e-{sent}")})));
                sent += 1;
            }
            sent
        });
        while ledger.count("select count(*) from event") < 50 {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let output = ledger.run(&["backup", copy.to_str().unwrap()]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        // The book can be walked while it is written, too.
        ledger.check();
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        sender.join().unwrap()
    });
    let (code, said) = check(&copy);
    assert_eq!(code, Some(0), "{said}");
    let again = ledger.run(&["backup", copy.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(1), "a copy is never written over");
    server.kill();
    // Restored by copying back: what came after the backup is sent again, and nothing is counted twice.
    for extension in ["db-wal", "db-shm"] {
        std::fs::remove_file(ledger.path().with_extension(extension)).ok();
    }
    std::fs::copy(&copy, ledger.path()).unwrap();
    let server = ledger.serve();
    assert!(ledger.count("select count(*) from event") >= 50);
    for n in 0..sent {
        server.track(&keys.live, &with(call("gpt-4o"), json!({"event_id": format!("e-{n}")})));
    }
    server.stop();
    assert_eq!(ledger.count("select sum(requests) from daily_usage"), sent);
    ledger.check();
}

#[test]
fn another_process_may_fold_the_wal_in() {
    let ledger = Ledger::in_file();
    let server = ledger.serve_with(&["--checkpoint-pages", "0"]);
    let keys = server.sign_up("a@example.com");
    let wal = ledger.path().with_extension("db-wal");
    let other = ledger.open();
    other.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    for round in 0..20 {
        for n in 0..20 {
            server.track(&keys.live, &with(call("gpt-4o"), json!({"event_id": format!("e-{round}-{n}")})));
        }
        // As a replication tool does once it has shipped the WAL.
        let busy: i64 = other.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get(0)).unwrap();
        assert_eq!((busy, std::fs::metadata(&wal).unwrap().len()), (0, 0));
    }
    drop(other);
    server.kill();
    ledger.serve().stop();
    assert_eq!(ledger.count("select count(*) from event"), 400);
    ledger.check();
}

#[test]
fn what_cannot_be_checked_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("none.db");
    let (code, said) = check(&file);
    assert_eq!(code, Some(1), "{said}");
    assert!(!file.exists(), "a check makes no ledger");
    rusqlite::Connection::open(&file).unwrap().execute_batch("create table recipes (name text)").unwrap();
    let (code, said) = check(&file);
    assert_eq!(code, Some(1));
    assert!(said.contains("not a ledger of this program"), "{said}");
}
