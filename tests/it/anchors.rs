//! What stands outside the ledger: whoever has the file and makes its chain anew is found by it.

use crate::{
    alerts::receiver,
    ledger::Ledger,
    server::{Keys, Server, call, with},
    servers::within,
    time,
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use carbon_report::merkle::MerkleTree;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn beside(ledger: &Ledger, extension: &str) -> PathBuf {
    ledger.path().with_extension(extension)
}

/// On PostgreSQL there is no file to stand next to, so the flags name them.
pub(crate) fn serve(ledger: &Ledger) -> Server {
    let [file, key] =
        ["db.checkpoints", "db.checkpoint-key"].map(|name| beside(ledger, name).display().to_string());
    let mut flags = vec!["--housekeeping-s", "1", "--webhook-private"];
    if !ledger.is_file() {
        flags.extend(["--checkpoints", &file, "--checkpoint-key", &key]);
    }
    ledger.serve_with(&flags)
}

/// A closed month and a report on it.
pub(crate) fn closed(server: &Server, keys: &Keys) -> (Value, Value) {
    for n in 0..3 {
        server.track(&keys.live, &time::on(5, &format!("e-{n}"), json!({})));
    }
    let live = Some(keys.live.as_str());
    let closed = server.post(&format!("/api/v1/months/{}/close", time::month()), live, &json!({})).json();
    let report = server
        .post("/api/v1/reports", live, &json!({"tenant_id": "client-xyz", "month": time::month()}))
        .json();
    (closed["seal"].clone(), report)
}

fn noted(seal: &Value) -> String {
    format!("{}:{}", seal["number"], seal["sha256"].as_str().unwrap())
}

#[track_caller]
fn refused(output: &Output, why: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && said.contains(why), "{said}");
}

/// Changes when a month was closed, as somebody would who makes the chain anew from there on.
fn close_earlier(ledger: &Ledger, closing: &Value) {
    let hex = |blob: &str| {
        if ledger.is_file() { format!("lower(hex({blob}))") } else { format!("encode({blob}, 'hex')") }
    };
    let bytes =
        |hex: &str| if ledger.is_file() { format!("x'{hex}'") } else { format!("decode('{hex}', 'hex')") };
    let joined = |columns: &str, table: &str, between: &str| {
        let columns: Vec<String> = columns
            .split(", ")
            .map(|column| {
                if column.ends_with("merkle_root") {
                    hex(column)
                } else {
                    format!("coalesce(cast({column} as text), '')")
                }
            })
            .collect();
        let sql = format!("select {} from {table}", columns.join(&format!(" || '{between}' || ")));
        ledger.rows(&sql)[0][0].clone()
    };
    assert_eq!(ledger.tamper("update closed_month set closed_at_ms = closed_at_ms - 1"), 1);
    let month = "closed_month_key, account_key, month, factor_set, closed_at_ms, last_event_key, events, reversals, merkle_root";
    let of_tenant = "closed_month_key, account_key, month, factor_set, closed_at_ms, last_event_key, tenant_key, part.events, part.merkle_root, figures, part.reversals, first_at_ms, last_at_ms";
    let report = "report_key, report_id, account_key, tenant_key, month, last_month, language, revision, status, basis_sha256, pdf_sha256, created_at_ms, restatement_id";
    let tenants = "closed_month join closed_tenant as part using (account_key, closed_month_key)";
    let rows = [
        vec![
            ("closed_month", &[0][..], joined(month, "closed_month", "\t")),
            ("closed_tenant", &[0, 6], joined(of_tenant, tenants, "\t")),
        ],
        vec![("report", &[0], joined(report, "report", "\t"))],
    ];
    let number = closing["number"].as_u64().unwrap();
    let columns = ledger.tables()["seal"].join(", ");
    let marks = columns.replace("seal_key, ", "").split_once(", sha256").unwrap().0.to_owned();
    for (seal, rows) in (number..).zip(rows) {
        let marks = joined(&marks, &format!("seal where seal_key = {seal}"), "\t");
        let of_seal = |column: &str, seal: u64| {
            let found = ledger.rows(&format!("select {} from seal where seal_key = {seal}", hex(column)))[0]
                [0]
            .clone();
            let digits =
                (0..found.len()).step_by(2).map(|at| u8::from_str_radix(&found[at..at + 2], 16).unwrap());
            digits.collect::<Vec<u8>>()
        };
        let mut tree = MerkleTree::default();
        for (table, keys, line) in rows.into_iter().chain([("seal", &[][..], format!("2\t{marks}"))]) {
            let salt = Sha256::new_with_prefix(of_seal("salt", seal)).chain_update(table);
            // The places of its numbers in its line.
            let key = |place: &usize| line.split('\t').nth(*place).unwrap().parse::<i64>().unwrap();
            let salt =
                keys.iter().fold(salt, |salt, place| salt.chain_update(key(place).to_be_bytes())).finalize();
            tree.push(&[&salt[..], format!("{table}\t{line}\n").as_bytes()].concat());
        }
        let sha256 =
            Sha256::new_with_prefix(of_seal("sha256", seal - 1)).chain_update(tree.root()).finalize();
        let sha256: String = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            ledger.tamper(&format!("update seal set sha256 = {} where seal_key = {seal}", bytes(&sha256))),
            1
        );
    }
}

#[test]
fn a_chain_that_was_made_anew_is_found_by_what_was_noted_outside() {
    let ledger = Ledger::new();
    let server = serve(&ledger);
    let keys = server.sign_up("a@example.com");
    let (seal, report) = closed(&server, &keys);
    let statement = server.get(report["links"]["statement"].as_str().unwrap(), Some(&keys.live)).json();
    assert_eq!(statement["audit"]["closing_seal"], seal);
    let pdf = server.get(report["links"]["pdf"].as_str().unwrap(), Some(&keys.live));
    fs::write(beside(&ledger, "pdf"), &pdf.body).unwrap();
    let verified =
        Command::new(crate::server::binary()).arg("verify").arg(beside(&ledger, "pdf")).output().unwrap();
    let said = String::from_utf8_lossy(&verified.stdout);
    assert!(said.contains(&format!("Closing seal   {}\n", noted(&seal))), "{said}");
    let text = |path: &str| server.get(path, None).text();
    // Made after the closing, it covers its seal.
    within(20, "a checkpoint after the closing", || {
        let size = text("/checkpoint").lines().nth(1).and_then(|size| size.parse::<u64>().ok());
        size >= seal["number"].as_u64()
    });
    let key = text("/checkpoint/key").trim().to_owned();
    server.stop();

    let (checkpoints, seals) = (beside(&ledger, "db.checkpoints"), beside(&ledger, "seals"));
    fs::write(&seals, format!("# noted when the month was closed\n{}\n", noted(&seal))).unwrap();
    let path = |path: &Path| path.display().to_string();
    let (checkpoints, seals) = (path(&checkpoints), path(&seals));
    let by_checkpoints = ["check", "--checkpoints", &checkpoints, "--key", &key];
    for anchors in [&["check", "--seal", &noted(&seal)][..], &["check", "--seals", &seals], &by_checkpoints] {
        let output = ledger.run(anchors);
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("Noted outside  "), "{said}{output:?}");
    }
    let beyond = format!("{}:{}", 10_000, "00".repeat(32));
    refused(&ledger.run(&["check", "--seal", &beyond]), "the ledger is cut off: it ends with seal ");
    let other = format!("{}:{}", seal["number"], "00".repeat(32));
    refused(&ledger.run(&["check", "--seal", &other]), "the seal that was noted is 0000");
    assert_eq!(ledger.run(&["check", "--seal", "7"]).status.code(), Some(2));
    refused(
        &ledger.run(&["check", "--checkpoints", &seals, "--key", &key]),
        "checkpoint 1: it is no signed note",
    );
}

#[test]
fn a_client_that_holds_a_report_holds_evidence() {
    let ledger = Ledger::new();
    let server = ledger.serve();
    let keys = server.sign_up("a@example.com");
    let (seal, report) = closed(&server, &keys);
    server.stop();
    close_earlier(&ledger, &seal);
    // The chain fits, and only what stands outside of it tells.
    let named = format!(
        "seal {} is not the one that report {} names",
        seal["number"],
        report["report_id"].as_str().unwrap()
    );
    refused(&ledger.run(&["check"]), &named);
    refused(
        &ledger.run(&["check", "--seal", &noted(&seal)]),
        &format!("the seal that was noted is {}", seal["sha256"].as_str().unwrap()),
    );
}

#[test]
fn checkpoints_are_signed_kept_shown_and_sent() {
    let ledger = Ledger::new();
    let server = serve(&ledger);
    let keys = server.sign_up("a@example.com");
    let (url, received) = receiver(&[]);
    server.put("/api/v1/webhook", Some(&keys.live), &json!({"url": url}));
    within(20, "a first checkpoint", || server.get("/checkpoint", None).status == 200);
    let first = server.get("/checkpoint", None);
    assert_eq!(first.header("content-type"), Some("text/plain; charset=utf-8"));
    let (seal, _) = closed(&server, &keys);
    let message = received.recv_timeout(std::time::Duration::from_secs(30)).unwrap();
    let message: Value = serde_json::from_str(&message.body).unwrap();
    assert_eq!(message["type"], "ledger.checkpoint");
    assert!(message["data"]["size"].as_u64() >= seal["number"].as_u64(), "{message}");
    let note = message["data"]["checkpoint"].as_str().unwrap();
    assert_eq!(server.get("/checkpoint", None).text(), note);
    let kept = fs::read_to_string(beside(&ledger, "db.checkpoints")).unwrap();
    assert!(kept.ends_with(&format!("{note}\n")) && kept.starts_with(&first.text()), "{kept}");
    // OpenSSL finds the signature right, over the lines above it.
    let key = server.get("/checkpoint/key", None).text();
    let [name, hash, public]: [&str; 3] = key.trim().splitn(3, '+').collect::<Vec<_>>().try_into().unwrap();
    let (text, signed) = note.split_once("\n\n").unwrap();
    let signed = signed.trim_end().strip_prefix(&format!("\u{2014} {name} ")).unwrap();
    let signed = BASE64.decode(signed).unwrap();
    assert_eq!(signed[..4].iter().map(|byte| format!("{byte:02x}")).collect::<String>(), hash);
    assert_eq!(text.lines().next(), Some(name));
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    // RFC 8410: the head of a SubjectPublicKeyInfo of Ed25519.
    let head = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    fs::write(file("key"), [&head[..], &BASE64.decode(public).unwrap()[1..]].concat()).unwrap();
    fs::write(file("text"), format!("{text}\n")).unwrap();
    fs::write(file("signature"), &signed[4..]).unwrap();
    let openssl = Command::new("openssl")
        .args(["pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-rawin", "-inkey"])
        .arg(file("key"))
        .arg("-in")
        .arg(file("text"))
        .arg("-sigfile")
        .arg(file("signature"))
        .output()
        .unwrap();
    assert!(
        openssl.status.success(),
        "{}",
        String::from_utf8_lossy(&[openssl.stdout, openssl.stderr].concat())
    );
    server.stop();
    // Another server on the ledger signs with the same key.
    let again = serve(&ledger);
    assert_eq!(again.get("/checkpoint/key", None).text(), key);
    again.stop();
    let none = ledger.serve_with(&["--checkpoints", "off"]);
    none.get("/checkpoint", None).problem(404);
    none.get("/checkpoint/key", None).problem(404);
}

/// A trigger that lets some events vanish.
fn swallow(ledger: &Ledger) {
    ledger.execute(if ledger.is_file() {
        "create trigger swallow before insert on event when new.output_tokens = 401 begin select raise(ignore); end"
    } else {
        "create function swallow() returns trigger language plpgsql as $$ begin
             if new.output_tokens = 401 then return null; end if;
             return new;
         end $$;
         create trigger swallow before insert on event for each row execute function swallow()"
    });
}

#[test]
fn an_event_that_is_swallowed_is_not_acknowledged() {
    let ledger = Ledger::new();
    let server = ledger.serve();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &with(call("gpt-4o"), json!({"event_id": "first"})));
    swallow(&ledger);
    let event = with(call("gpt-4o"), json!({"event_id": "swallowed", "completion_tokens": 401}));
    server.post("/api/v1/track", Some(&keys.live), &event).problem(503);
    server.track(&keys.live, &with(call("gpt-4o"), json!({"event_id": "kept", "completion_tokens": 400})));
    server.stop();
    assert_eq!(ledger.count("select count(*) from event"), 2);
    let named = "its schema was changed: ";
    refused(&ledger.run(&["check"]), named);
    let start = Command::new(crate::server::binary())
        .args(["--listen", "127.0.0.1:0", "--database", &ledger.url()])
        .output();
    refused(&start.unwrap(), named);
}

#[test]
fn every_change_of_the_schema_is_named() {
    let pristine = Ledger::new();
    pristine.serve().stop();
    let of_file = pristine.is_file();
    let drop_trigger = if of_file {
        "drop trigger event_is_never_changed"
    } else {
        "drop trigger event_is_never_changed on event"
    };
    let mut changes = vec![
        ("create table mine (x text)", "mine"),
        ("create view mine as select 1 as x", "mine"),
        ("create index mine on tenant (name)", "mine"),
        ("drop index event_is_reversed_once", "event_is_reversed_once"),
        (drop_trigger, "trigger event_is_never_changed"),
        ("alter table price_list add column mine text", "price_list"),
    ];
    if !of_file {
        changes.extend([
            ("alter table event disable trigger event_is_never_changed", "trigger event_is_never_changed on event is not as"),
            ("alter table tenant disable trigger all", "on tenant"),
            ("create rule mine as on insert to alert do instead nothing", "rule mine on alert is none of this program's"),
            ("create or replace function public.refuse_change() returns trigger language plpgsql as $$ begin return new; end $$", "function refuse_change() is not as"),
            ("alter table tenant drop constraint tenant_account_key_fkey", "constraint on tenant: FOREIGN KEY (account_key)"),
            ("alter table seal alter column sha256 drop not null", "column seal.sha256 is not as"),
        ]);
    }
    for (change, named) in changes {
        let copy = pristine.copy();
        copy.execute(change);
        let output = copy.run(&["check"]);
        refused(&output, "its schema was changed: ");
        refused(&output, named);
    }
    pristine.check();
    pristine.serve().stop();
}
