//! Every column of the ledger, changed once past the program: `check` names it, unless docs/ledger.md says that it does not.

use crate::{
    authority::{Authority, Made},
    ledger::Ledger,
    server::{call, with},
    servers::within,
    time_stamps::{self, Answer},
};
use jiff::{ToSpan, civil::Date};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A ledger with a row in every table that a report or an invoice rests on.
fn filled() -> Ledger {
    let ledger = Ledger::new();
    let authority = Authority::new(Made::default());
    let url = time_stamps::serving(authority.clone(), Answer::granted);
    let server = time_stamps::serve(&ledger, &url, &authority.ca());
    let keys = server.sign_up("a@example.com");
    let live = Some(keys.live.as_str());
    let done = |reply: crate::server::Reply| {
        assert!(reply.status < 300, "{}", reply.text());
        reply
    };
    let today: Date = jiff::Timestamp::now().to_string()[..10].parse().unwrap();
    let month = today.first_of_month() - 1.months();
    let settings = json!({"name": "Client", "legal_name": "Client SA", "language": "fr", "region": "FRA",
        "lei": "529900T8BM49AURSDO55", "carbon_budget_grams": 1, "standard": "esrs-2026"});
    done(server.put("/api/v1/tenants/client-0", live, &settings));
    let target = json!({"grams": 1, "per": "month"});
    done(server.put("/api/v1/tenants/client-0/targets/few", live, &target));
    let logo = include_str!("logo.png.base64");
    let branding = json!({"accent": "#0f6c5c", "up_to_1000_employees": true, "domain": "example.com", "logo_png": logo,
        "lei": "529900T8BM49AURSDO55", "contact": {"name": "Climate desk", "address": "climate@example.com"}});
    done(server.put("/api/v1/branding", live, &branding));
    for n in 0..6 {
        let details = json!({"event_id": format!("event-{n}"), "tenant_id": format!("client-{}", n % 2), "tags": {"feature": "f"},
            "timestamp": format!("{}T12:00:00Z", month + i64::from(n).days())});
        server.track(&keys.live, &with(call("gpt-4o"), details));
    }
    done(server.post("/api/v1/events/event-3/reversal", live, &json!({})));
    let month = &month.to_string()[..7];
    done(server.post(&format!("/api/v1/months/{month}/close"), live, &json!({"factor_set": "2025.1"})));
    done(server.post("/api/v1/reports", live, &json!({"tenant_id": "client-0", "month": month})));
    done(server.post(
        "/api/v1/restatements",
        live,
        &json!({"month": month, "factor_set": "2026.11", "reason": "a newer set"}),
    ));
    let link =
        done(server.post("/api/v1/tenants/client-0/dashboard-links", live, &json!({"expires_in_days": 30})));
    let link = link.json()["url"].as_str().unwrap().strip_prefix(&server.url).unwrap().to_owned();
    done(server.get(&link, None));
    let window = json!({"model": "prod/llama", "from": "2026-06-01T00:00:00Z", "to": "2026-06-01T01:00:00Z", "meter": "rack-1",
        "scope": "node", "node_joules": 1000, "input_tokens": 9, "cache_read_input_tokens": 1, "output_tokens": 1});
    done(server.post("/api/v1/measurements", live, &window));
    let id = "01a20abd-28b2-761c-af30-000000000001";
    let instrument = crate::market::instrument(1, json!({"provider": "aws"}));
    done(server.put(&format!("/api/v1/instruments/{id}"), live, &instrument));
    let of = crate::time::month();
    let allocation = format!("/api/v1/instruments/{id}/allocations/client-0/{of}");
    done(server.put(&allocation, live, &json!({"mwh": 1})));
    let mix = crate::market::residual_mix(json!(41.5));
    done(server.put(&format!("/api/v1/residual-mixes/FRA/{}", &of[..4]), live, &mix));
    let row = json!({"provider": "aws", "account_ref": "1", "service": "AmazonBedrock", "region": "eu-west-3", "month": of,
                     "kg_location": 1, "kg_market": 0.5, "method_version": "v3"});
    let cloud = json!({"file_sha256": "1".repeat(64), "licence": "own data", "rows": [row]});
    done(server.post("/api/v1/supplier-reports", live, &cloud));
    done(server.put("/api/v1/hours", live, &json!({"by_hour": true})));
    done(server.put("/api/v1/models/aliases/ours", live, &json!({"model": "gpt-4o"})));
    within(30, "a time stamp", || ledger.count("select count(*) from time_stamp") > 0);
    server.stop();
    crate::factor_sets::add_this_morning(&ledger);
    let folder = ledger.path().with_file_name("archives");
    let this_month = &today.to_string()[..7];
    let archive = ["archive", "--yes", "--before", this_month, "--to", folder.to_str().unwrap()];
    assert!(ledger.run(&archive).status.success());
    ledger.check();
    ledger
}

/// What docs/ledger.md says of columns that the chain does not cover: by table, `*` for all of its columns.
fn not_covered() -> BTreeMap<String, Vec<String>> {
    let page = include_str!("../../docs/ledger.md");
    let (_, rest) = page.split_once("## What `check` does not see").unwrap();
    let section = rest.split("\n## ").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |"));
    let rows = rows.map(|row| row.split(" | ").collect::<Vec<_>>());
    let mut tables = BTreeMap::new();
    for row in rows {
        let [names, columns, why] = row[..] else { panic!("{row:?}") };
        assert!(why.len() > 10, "{names}: a column is left out for a reason");
        for table in names.split(',') {
            let columns = columns.split(',').map(|column| column.trim().trim_matches('`').to_owned());
            tables.insert(table.trim().trim_matches('`').to_owned(), columns.collect());
        }
    }
    tables
}

/// Values that a column may take instead, as expressions: whichever the schema takes first.
fn others(column: &str) -> Vec<String> {
    let digit = format!("case substr({column}, 1, 1) when '1' then '2' else '1' end || substr({column}, 2)");
    let texts = [
        "fr",
        "de",
        "provisional",
        "final",
        "alias",
        "model",
        "node",
        "accelerator",
        "branding",
        "tenant",
        "2026-02",
        "2999-01-01",
        "rec",
        "azure",
        "[]",
        "x",
        "2999-01",
    ];
    let numbers = ["{} + 1", "{} - 1", "1 - {}", "not {}", "coalesce({}, 0) + 1", "7"];
    let numbers = numbers.into_iter().map(|number| number.replace("{}", column));
    let bytes = ["zeroblob(32)", "zeroblob(16)", "x'00'"].map(str::to_owned);
    let texts = texts.into_iter().map(|text| format!("'{text}'"));
    numbers.chain([digit]).chain(texts).chain(bytes).chain(["null".to_owned()]).collect()
}

#[test]
fn every_column_that_is_changed_is_named() {
    let pristine = filled();
    let not_covered = not_covered();
    let copy = pristine.copy();
    let mut unnamed = Vec::new();
    let mut unchanged = Vec::new();
    let tables = pristine.tables();
    for (table, columns) in &tables {
        let left_out: &[String] = not_covered.get(table).map_or(&[], Vec::as_slice);
        if left_out == ["*"] {
            continue;
        }
        assert!(pristine.count(&format!("select count(*) from {table}")) > 0, "{table} has no row to change");
        for column in columns.iter().filter(|column| !left_out.contains(column)) {
            let row = pristine.first_row(table);
            let change = |value: &String| {
                let sql = format!(
                    "update {table} set {column} = {value} where {row} and {column} is distinct from {value}"
                );
                copy.try_tamper(&sql) == Ok(1)
            };
            if !others(column).iter().any(change) {
                unchanged.push(format!("{table}.{column}"));
                continue;
            }
            let output = copy.run(&["check", "--json"]);
            let said: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
            if output.status.code() != Some(1) || said["fault"].as_str().is_none_or(str::is_empty) {
                unnamed.push(format!("{table}.{column}: {said}"));
            }
            copy.take_back(&pristine, table);
        }
    }
    assert_eq!(unnamed, Vec::<String>::new());
    // What the schema's own checks hold fast in such a row.
    let mut held = vec!["event.reverses"];
    held.extend((!pristine.is_file()).then_some("event.day"));
    held.extend([
        "factor_set.signature",
        "factor_set.certificate",
        "fold.fold_key",
        "ledger.ledger_key",
        "seal.version",
        "tenant.erased_at_ms",
    ]);
    assert_eq!(unchanged, held);
    copy.check();
    // The page speaks of columns that there are.
    let schemas = [
        include_str!("../../carbon-server/src/store/sqlite/schema.sql"),
        include_str!("../../carbon-server/src/store/postgres/schema.sql"),
        include_str!("../../carbon-server/src/store/postgres/directory.sql"),
    ];
    for (table, columns) in &not_covered {
        let made = schemas
            .iter()
            .filter_map(|schema| schema.split_once(&format!("create table {table} ("))?.1.split_once("\n)"));
        let made: Vec<&str> = made.map(|(made, _)| made).collect();
        assert!(!made.is_empty(), "{table} is no table");
        let is_there = |column: &String| {
            column == "*" || made.iter().any(|made| made.contains(&format!("\n    {column} ")))
        };
        assert!(columns.iter().all(is_there), "{table}: {columns:?}");
    }
}

#[test]
fn every_row_that_is_taken_away_is_named() {
    let pristine = filled();
    let not_covered = not_covered();
    let copy = pristine.copy();
    let tables = pristine.tables();
    let covered =
        tables.keys().filter(|table| not_covered.get(*table).is_none_or(|columns| *columns != ["*"]));
    let unnamed: Vec<&String> = covered
        .filter(|table| {
            let deleted =
                copy.try_tamper(&format!("delete from {table} where {}", pristine.first_row(table)));
            assert_eq!(deleted, Ok(1), "{table}");
            let output = copy.run(&["check"]);
            copy.take_back(&pristine, table);
            output.status.code() != Some(1)
        })
        .collect();
    assert_eq!(unnamed, Vec::<&String>::new());
}
