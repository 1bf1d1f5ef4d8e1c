//! The way from a pack's events to a signed checkpoint of the ledger: what it proves, and what it does not show.

use crate::{
    anchors,
    ledger::Ledger,
    report_evidence::{forged, kept, report, text, verify},
    server::{Server, with},
    time,
};
use carbon_report::pack::verify_pack;
use serde_json::{Value, json};
use std::{
    io::{Cursor, Read},
    path::Path,
    process::{Command, Output},
};
use zip::ZipArchive;

fn members(pack: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut zip = ZipArchive::new(Cursor::new(pack)).unwrap();
    let read = |place| {
        let mut file = zip.by_index(place).unwrap();
        let (name, mut bytes) = (file.name().unwrap().into_owned(), Vec::new());
        file.read_to_end(&mut bytes).unwrap();
        (name, bytes)
    };
    (0..ZipArchive::new(Cursor::new(pack)).unwrap().len()).map(read).collect()
}

fn member(pack: &[u8], name: &str) -> String {
    let found = members(pack).into_iter().find(|(member, _)| member == name);
    String::from_utf8(found.unwrap_or_else(|| panic!("no {name}")).1).unwrap()
}

fn by_script(pack: &Path, arguments: &[&str]) -> Output {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/carbon-report/scripts/verify_pack.py");
    Command::new("python3").arg(script).arg(pack).args(arguments).output().unwrap()
}

/// The same pack with another `proof.json`, under a manifest that fits.
fn with_proof(pack: &[u8], from: &str, to: &str) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    let digest =
        |text: &str| Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let changed = forged(pack, "proof.json", from, to);
    forged(&changed, "manifest.json", &digest(from), &digest(to))
}

fn evidence(server: &Server, key: &str, report: &Value) -> Vec<u8> {
    let reply = server.get(report["links"]["evidence"].as_str().unwrap(), Some(key));
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.body
}

#[test]
fn every_changed_byte_of_a_proof_is_refused() {
    let ledger = Ledger::new();
    let server = anchors::serve(&ledger);
    let keys = server.sign_up("a@example.com");
    let (seal, report) = anchors::closed(&server, &keys);
    let pack = evidence(&server, &keys.live, &report);
    let vkey = server.get("/checkpoint/key", None).text().trim().to_owned();
    let file = kept(&pack);
    let said: Value =
        serde_json::from_slice(&verify(file.path(), &["--json", "--key", &vkey]).stdout).unwrap();
    assert_eq!((&said["verified"], &said["ledger"]["key_checked"]), (&json!(true), &json!(true)), "{said}");
    assert!(said["ledger"]["checkpoint_seals"].as_u64() >= seal["number"].as_u64(), "{said}");
    let said = text(&verify(file.path(), &[]));
    assert!(said.contains("Ledger         the closing is in the chain of carbon-ledger/"), "{said}");
    assert!(said.contains(&vkey), "{said}");
    let said = text(&by_script(file.path(), &[&vkey]));
    assert!(said.contains("The closing is in the chain of carbon-ledger/"), "{said}");
    // Another key than the supplier's.
    let other = vkey.replace("carbon-ledger/", "carbon-ledger/0");
    for said in [verify(file.path(), &["--key", "no key"]), verify(file.path(), &["--key", &other])] {
        assert_eq!(said.status.code(), Some(2), "{}", text(&said));
    }
    let another = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    for said in [verify(file.path(), &["--key", another]), by_script(file.path(), &[another])] {
        assert!(
            !said.status.success() && text(&said).contains("proof.json, /checkpoint/key"),
            "{}",
            text(&said)
        );
    }

    let proof = member(&pack, "proof.json");
    // One change of each part, with what is named.
    let value: Value = serde_json::from_str(&proof).unwrap();
    let first = |text: &str| {
        text.strip_prefix('0').map_or_else(|| format!("0{}", &text[1..]), |rest| format!("1{rest}"))
    };
    let [salt, previous] =
        [&value["row"]["salt"], &value["seal"]["previous_sha256"]].map(|text| text.as_str().unwrap());
    let number = format!("\"number\": {}", value["seal"]["number"]);
    let root = value["row"]["line"].as_str().unwrap().split('\t').nth(9).unwrap();
    let signature = proof.rfind("\\n\",").unwrap() - 20;
    let (start, end) = (&proof[..signature], &proof[signature + 1..]);
    let signature = format!("{start}{}{end}", if proof[signature..].starts_with('A') { 'B' } else { 'A' });
    for (changed, named) in [
        (proof.replacen(salt, &first(salt), 1), "proof.json, /row"),
        (proof.replacen(root, &first(root), 1), "proof.json, /row"),
        (proof.replacen(previous, &first(previous), 1), "proof.json, /row"),
        (proof.replacen(&number, "\"number\": 9999", 1), "proof.json, /"),
        (proof.replacen("\"book\": ", "\"book\": 1", 1), "proof.json, /seal"),
        (signature, "proof.json, /checkpoint/note"),
    ] {
        assert_ne!(changed, proof, "{named}");
        let file = kept(&with_proof(&pack, &proof, &changed));
        for said in [verify(file.path(), &[]), by_script(file.path(), &[])] {
            assert!(said.status.code() == Some(1) && text(&said).contains(named), "{named}: {}", text(&said));
        }
    }
    // Any byte of it, by both.
    let (mut place, mut tried) = (3, 0);
    while place < proof.len() {
        if proof.is_char_boundary(place) && proof.is_char_boundary(place + 1) {
            let byte = proof.as_bytes()[place];
            let other = if byte == b'1' { '2' } else { '1' };
            let changed = format!("{}{other}{}", &proof[..place], &proof[place + 1..]);
            let pack = with_proof(&pack, &proof, &changed);
            let error = verify_pack(pack.as_slice()).expect_err(&changed);
            assert!(error.place.starts_with("proof.json"), "{error}: {changed}");
            if tried % 8 == 0 {
                let said = by_script(kept(&pack).path(), &[]);
                assert!(!said.status.success(), "the script does not see byte {place}: {changed}");
            }
            tried += 1;
        }
        place += 61;
    }
    assert!(tried > 20, "{tried}");
}

/// A number of eight digits that nothing else has.
fn rare(account: usize, n: usize) -> usize {
    73_000_000 + account * 1_000_003 + n * 7_919
}

/// Accounts whose calls, closings and restatements share commits.
#[test]
fn no_pack_shows_anything_of_another() {
    let ledger = Ledger::new();
    let server = anchors::serve(&ledger);
    let accounts: Vec<_> = (0..4).map(|n| server.sign_up(&format!("vendor-{n}@example.com"))).collect();
    let month = time::month();
    // What is of one account and of one of its clients alone.
    let secrets = |account: usize, client: usize| {
        let n = account * 2 + client;
        [
            format!("secret-tenant-{n}"),
            format!("secret-model-{n}"),
            format!("secret-event-{n}-"),
            rare(account, client).to_string(),
        ]
    };
    std::thread::scope(|scope| {
        for (account, keys) in accounts.iter().enumerate() {
            let (server, month) = (&server, &month);
            scope.spawn(move || {
                for n in 0..6 {
                    let [tenant, model, event, tokens] = secrets(account, n % 2);
                    let tokens: usize = tokens.parse().unwrap();
                    let changes = json!({"tenant_id": tenant, "model": model, "prompt_tokens": tokens, "tags": {"kind": tenant}});
                    server.track(&keys.live, &time::on(5, &format!("{event}{n}"), changes));
                }
                server.post(&format!("/api/v1/months/{month}/close"), Some(&keys.live), &json!({}));
                for n in 6..9 {
                    let [tenant, model, event, tokens] = secrets(account, n % 2);
                    let changes = json!({"tenant_id": tenant, "model": model, "prompt_tokens": tokens.parse::<usize>().unwrap()});
                    server.track(&keys.live, &time::on(6, &format!("{event}{n}"), changes));
                }
                if account % 2 == 1 {
                    let restated = json!({"month": month, "reason": "late calls"});
                    let reply = server.post("/api/v1/restatements", Some(&keys.live), &restated);
                    assert_eq!(reply.status, 201, "{}", reply.text());
                }
            });
        }
    });
    for (account, keys) in accounts.iter().enumerate() {
        for client in 0..2 {
            let own = secrets(account, client);
            let issued = report(&server, &keys.live, with(json!({}), json!({"tenant_id": own[0]})));
            let pack = evidence(&server, &keys.live, &issued);
            let file = kept(&pack);
            let said: Value = serde_json::from_slice(&verify(file.path(), &["--json"]).stdout).unwrap();
            assert_eq!(said["verified"], true, "{said}");
            assert!(said["ledger"]["checkpoint_seals"].is_u64(), "{said}");
            let script = by_script(file.path(), &[]);
            assert!(
                script.status.success() && text(&script).contains("is in the chain of"),
                "{}",
                text(&script)
            );
            let pinned = if account % 2 == 1 {
                "\"line\": \"restated_tenant\\t"
            } else {
                "\"line\": \"closed_tenant\\t"
            };
            assert!(member(&pack, "proof.json").contains(pinned));
            let members = members(&pack);
            for (other, of) in (0..accounts.len()).flat_map(|other| [0, 1].map(|of| (other, of))) {
                if (other, of) == (account, client) {
                    continue;
                }
                for secret in secrets(other, of) {
                    for (name, bytes) in &members {
                        let is_there = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
                        assert!(!is_there, "{name} of account {account}, client {client} has {secret}");
                    }
                }
            }
            assert_eq!(evidence(&server, &keys.live, &issued), pack, "the same pack every time");
        }
    }
    server.stop();
    ledger.check();
    // The key and the tree are there after a restart, and the pack is still the same.
    let again = anchors::serve(&ledger);
    let issued = report(&again, &accounts[0].live, json!({"tenant_id": secrets(0, 0)[0]}));
    let pack = evidence(&again, &accounts[0].live, &issued);
    verify_pack(pack.as_slice()).unwrap();
}
