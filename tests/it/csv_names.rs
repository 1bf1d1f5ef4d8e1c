//! Names in tables: whoever opens one in a spreadsheet runs nothing, and has the names back.

use crate::{
    server::{Server, binary, call, with},
    time,
};
use serde_json::json;
use std::{
    io::{Cursor, Read},
    process::Command,
};
use zip::ZipArchive;

/// What spreadsheets take for the beginning of a formula, plain and in disguise, and names that are none.
const NAMES: [&str; 16] = [
    "=cmd|' /c calc'!a0",
    "+1+1",
    "-2+3",
    "@sum(1)",
    "＝1+1",
    "－1",
    " =1",
    "\u{a0}+1",
    "'=1",
    "a,\"=1\"",
    "plain",
    "-5.2",
    // What writers of workbooks take for their own.
    "<r>x</r>",
    "<r><t>&amp;</t></r>",
    "_x0041_b",
    "\u{ffff}x",
];

/// Every cell of a table; none is a formula unless it is a number in a column of `numbers`.
#[track_caller]
fn cells(what: &str, table: &[u8], numbers: &[&str]) -> Vec<String> {
    let mut rows = csv::Reader::from_reader(table);
    let head = rows.headers().unwrap().clone();
    let mut found = Vec::new();
    for row in rows.records() {
        for (column, cell) in head.iter().zip(&row.unwrap()) {
            let bare = cell.trim_start();
            let runs = bare.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
            let is_number = numbers.contains(&column) && cell.parse::<f64>().is_ok();
            assert!(!runs || is_number, "{what}, {column}: {cell:?}");
            assert!(!cell.starts_with(['\t', '\r', '\n']), "{what}, {column}: {cell:?}");
            found.push(cell.strip_prefix('\'').unwrap_or(cell).to_owned());
        }
    }
    assert!(!found.is_empty(), "{what} has no row");
    found
}

fn member(zip: &[u8], name: &str) -> Vec<u8> {
    let mut zip = ZipArchive::new(Cursor::new(zip)).unwrap();
    let mut bytes = Vec::new();
    zip.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn no_name_is_a_formula_in_any_table() {
    let (_ledger, server) = Server::alone();
    let body = json!({"email": "a@example.com", "password": "correct horse", "organisation": "=1+1 Ltd"});
    let keys = server.post("/api/v1/accounts", None, &body).json();
    let live = keys["api_keys"]["live"].as_str().unwrap();
    let key = Some(live);
    // One client calls by every name; every name is a client.
    for (n, name) in NAMES.iter().enumerate() {
        let calls = json!({"tenant_id": "=all", "tags": {"=t": *name}, "event_id": format!("of-{n}")});
        server.track(live, &with(time::on(3, "e", json!({"model": *name})), calls));
        server.track(live, &with(time::on(3, &format!("c-{n}"), json!({})), json!({"tenant_id": *name})));
        let escaped: String = name.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let path = format!("/api/v1/models/aliases/{escaped}");
        let alias = json!({"model": "gpt-4o", "note": *name});
        let set = server.put(&path, key, &alias);
        assert!(matches!(set.status, 200 | 422), "{name}: {}", set.text());
    }
    let of_all = json!({"tenant_id": "=all", "month": time::month()});
    let report = server.post("/api/v1/reports", key, &of_all).json();
    let file = |name: &str| server.get(report["links"][name].as_str().unwrap(), key).body;
    let statement: serde_json::Value = serde_json::from_slice(&file("statement")).unwrap();

    // The numbers of a statement are not below zero: no cell of these may begin with a sign.
    let lines = cells("lines.csv", &file("lines"), &[]);
    let focus = cells("focus.csv", &file("focus"), &[]);
    assert!(focus.contains(&"=all".to_owned()) && focus.contains(&"=1+1 Ltd".to_owned()), "{focus:?}");
    for name in NAMES {
        assert!(lines.contains(&format!("=t={name}")), "{name:?} in lines.csv");
    }
    for line in statement["unknown_models"].as_array().unwrap() {
        let name = line["model"].as_str().or_else(|| line["name"].as_str()).unwrap().to_owned();
        assert!(lines.contains(&name) && focus.contains(&name), "{name:?}");
    }
    // A workbook has them as they are, but for what no XML can hold.
    let book = crate::spreadsheets::read_workbook(&file("workbook"));
    let sheets = book["sheets"].as_array().unwrap().iter();
    let in_book =
        sheets.flat_map(|sheet| sheet["rows"].as_array().unwrap()).flat_map(|row| row.as_array().unwrap());
    let in_book: Vec<&serde_json::Value> = in_book.filter(|cell| !cell.is_null()).collect();
    assert!(in_book.iter().all(|cell| cell["kind"] != "formula"));
    for name in NAMES {
        let tag = format!("=t={name}").replace('\u{ffff}', "[U+FFFF]");
        assert!(in_book.iter().any(|cell| cell["value"] == tag.as_str()), "{name:?} in the workbook");
    }
    let pack = file("evidence");
    let sets: serde_json::Value = serde_json::from_slice(&member(&pack, "factors.json")).unwrap();
    let own =
        sets["files"].as_array().unwrap().iter().find(|table| table["name"] == "own_names.csv").unwrap();
    let own = cells("own_names.csv", own["text"].as_str().unwrap().as_bytes(), &[]);
    assert!(own.contains(&"=cmd|' /c calc'!a0".to_owned()), "{own:?}");
    // What stands behind an apostrophe is verified as it was.
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &pack).unwrap();
    let verified = Command::new(binary()).arg("verify").arg(file.path()).output().unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));

    // Of every client, and what they cost: an event that was reversed is a negative number, and stays one.
    let all = server.post("/api/v1/reports", key, &json!({"tenant_id": "*", "month": time::month()})).json();
    let progress = all["links"]["progress"].as_str().unwrap();
    let done = || server.get(progress, key).json();
    while done()["status"] != "done" {
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let zip = server.get(done()["links"]["zip"].as_str().unwrap(), key).body;
    let index = cells("reports.csv", &member(&zip, "reports.csv"), &[]);
    server.track(live, &with(call("gpt-4o"), json!({"event_id": "back"})));
    assert_eq!(server.post("/api/v1/events/back/reversal", key, &json!({})).status, 200);
    let month = &jiff::Timestamp::now().to_string()[..7];
    let bill = server.get(&format!("/api/v1/billing/{month}/lines.csv"), key).body;
    let bill = cells("the lines of an invoice", &bill, &["quantity", "free_quantity", "amount"]);
    for name in NAMES {
        assert!(index.contains(&name.to_owned()) && bill.contains(&name.to_owned()), "{name:?}");
    }
    assert!(bill.contains(&"-1".to_owned()), "{bill:?}");
}
