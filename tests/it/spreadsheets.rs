//! What spreadsheets open: workbooks, read by another program, and tables in the style of a country.

use crate::{
    periods::{ago, close, post, used},
    server::{Keys, ROOT, Server, call, with},
    visitor::Visitor,
};
use serde_json::{Value, json};
use std::{fs, path::Path, process::Command};

/// A workbook as openpyxl reads it.
#[track_caller]
pub(crate) fn read_workbook(bytes: &[u8]) -> Value {
    let file = tempfile::Builder::new().suffix(".xlsx").tempfile().unwrap();
    fs::write(file.path(), bytes).unwrap();
    let output = Command::new(Path::new(ROOT).join("target/python-tables/bin/python"))
        .arg(Path::new(ROOT).join("tests/programs/read_workbook.py"))
        .arg(file.path())
        .output()
        .expect("openpyxl is there: .ci/install tests");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A sheet as a table: its head, and its rows.
struct Table {
    head: Vec<String>,
    rows: Vec<Vec<Value>>,
}

impl Table {
    #[track_caller]
    fn of(book: &Value, name: &str) -> Self {
        let sheets = book["sheets"].as_array().unwrap();
        let sheet = sheets.iter().find(|sheet| sheet["name"] == name).unwrap_or_else(|| panic!("no {name}"));
        let mut rows = sheet["rows"].as_array().unwrap().iter().map(|row| row.as_array().unwrap().clone());
        let head = rows.next().unwrap().iter().map(|cell| text(cell).to_owned()).collect();
        Table { head, rows: rows.collect() }
    }

    /// The cell in the column with this head.
    fn cell<'a>(&self, row: &'a [Value], head: &str) -> &'a Value {
        let place = self.head.iter().position(|found| found == head);
        &row[place.unwrap_or_else(|| panic!("no {head} in {:?}", self.head))]
    }

    /// The row that begins so.
    #[track_caller]
    fn row(&self, first: &str) -> &[Value] {
        let found = self.rows.iter().find(|row| text(&row[0]) == first);
        found.unwrap_or_else(|| panic!("no {first}"))
    }
}

fn text(cell: &Value) -> &str {
    cell["value"].as_str().unwrap_or_default()
}

/// That a cell is the number of `exact`, and that what it lacks of it stands in the column for all digits.
#[track_caller]
fn same_number(table: &Table, row: &[Value], head: &str, all_digits: &str, exact: &str) {
    let cell = table.cell(row, head);
    if exact.is_empty() {
        assert_eq!(*cell, Value::Null, "{head}: not known is not zero");
        return;
    }
    assert_eq!(cell["kind"], "number", "{head}: {cell}");
    let stored = cell["value"].as_f64().unwrap();
    assert_eq!(stored.to_bits(), exact.parse::<f64>().unwrap().to_bits(), "{head}: {stored} for {exact}");
    let digits = exact.replace('.', "");
    let is_rounded = digits.trim_matches('0').len() > 15;
    let column = all_digits.replace("{column}", head);
    let beside = table.head.iter().position(|found| *found == column).map(|place| &row[place]);
    assert_eq!(is_rounded, beside.is_some_and(|cell| !cell.is_null()), "{head}: {exact} beside {beside:?}");
    if let Some(beside) = beside.filter(|_| is_rounded) {
        assert_eq!((beside["kind"].as_str(), text(beside)), (Some("text"), exact), "{head}");
    }
}

fn file(server: &Server, keys: &Keys, path: &str) -> Vec<u8> {
    let reply = server.get(path, Some(&keys.live));
    assert_eq!(reply.status, 200, "{path}: {}", reply.text());
    reply.body
}

/// Columns of `lines.csv` that have texts.
const TEXTS: [&str; 12] = [
    "table",
    "key",
    "region",
    "method",
    "confidence",
    "data_class",
    "factor_id",
    "sent_as",
    "months",
    "report_id",
    "statement_sha256",
    "note",
];

/// That a workbook says what `statement.json` and `lines.csv` of its report say; and the workbook.
#[track_caller]
fn same_as_the_report(
    server: &Server,
    keys: &Keys,
    report: &Value,
    sheets: [&str; 6],
    all_digits: &str,
) -> Value {
    let link = |name: &str| report["links"][name].as_str().unwrap().to_owned();
    let reply = server.get(&link("workbook"), Some(&keys.live));
    let media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    assert_eq!((reply.status, reply.header("content-type")), (200, Some(media_type)), "{}", reply.text());
    assert!(reply.body == file(server, keys, &link("workbook")), "the same report, the same bytes");
    let book = read_workbook(&reply.body);
    let statement: Value = serde_json::from_slice(&file(server, keys, &link("statement"))).unwrap();
    let names: Vec<&str> =
        book["sheets"].as_array().unwrap().iter().map(|sheet| sheet["name"].as_str().unwrap()).collect();
    assert_eq!(names, sheets);
    for sheet in book["sheets"].as_array().unwrap() {
        assert_eq!(sheet["frozen"], "A2", "{}", sheet["name"]);
        assert!(sheet["widths"].as_array().unwrap().iter().all(|width| width.as_f64().unwrap() >= 9.0));
        let rows = sheet["rows"].as_array().unwrap();
        assert!(rows.len() > 1 && rows[0].as_array().unwrap().iter().all(|head| head["bold"] == true));
        let cells = rows.iter().flat_map(|row| row.as_array().unwrap());
        assert!(cells.clone().all(|cell| cell["kind"] != "formula" && cell["kind"] != "error"));
    }
    let heading = &statement["heading"];
    assert_eq!(
        (&book["creator"], &book["changed_by"]),
        (&heading["supplier"]["name"], &heading["supplier"]["name"])
    );
    assert!(book["title"].as_str().unwrap().contains(heading["client"]["name"].as_str().unwrap()), "{book}");
    let issued = format!("{}T00:00:00", heading["issued_on"].as_str().unwrap());
    assert_eq!((&book["created"], &book["changed"]), (&json!(issued), &json!(issued)));

    // Every line, and nothing else.
    let lines = file(server, keys, &link("lines"));
    let mut csv = csv::Reader::from_reader(lines.as_slice());
    let head = csv.headers().unwrap().clone();
    let table = Table::of(&book, sheets[3]);
    assert_eq!(table.head[..head.len()], head.iter().collect::<Vec<_>>());
    let records: Vec<csv::StringRecord> = csv.records().map(Result::unwrap).collect();
    assert_eq!(table.rows.len(), records.len());
    for (row, record) in table.rows.iter().zip(&records) {
        for (column, cell) in head.iter().zip(record) {
            if TEXTS.contains(&column) {
                assert_eq!(
                    text(table.cell(row, column)),
                    cell.strip_prefix('\'').unwrap_or(cell),
                    "{column}"
                );
            } else {
                same_number(&table, row, column, all_digits, cell);
            }
        }
    }
    book
}

const EN: [&str; 6] = ["Key figures", "Models", "Days", "Lines", "Factors", "Notes"];

#[test]
fn a_workbook_says_what_its_report_says() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let month = ago(1);
    used(&server, &keys, &month);
    close(&server, &keys, &month);
    let report = post(&server, &keys, json!({"month": month}));
    let book = same_as_the_report(&server, &keys, &report, EN, "{column}: all digits");
    let statement: Value =
        serde_json::from_slice(&file(&server, &keys, report["links"]["statement"].as_str().unwrap()))
            .unwrap();

    let key_figures = Table::of(&book, "Key figures");
    let total = &statement["total"];
    let range = |quantity: &str, bound: &str| total[quantity][bound].as_str().unwrap().to_owned();
    for (head, bound) in [("Low", "low"), ("Value", "central"), ("High", "high")] {
        let exact = range("co2_grams", bound);
        same_number(&key_figures, key_figures.row("Emissions"), head, "{column}: all digits", &exact);
        let exact = range("energy_wh", bound);
        same_number(&key_figures, key_figures.row("Energy"), head, "{column}: all digits", &exact);
    }
    assert_eq!(text(key_figures.cell(key_figures.row("Emissions"), "Unit")), "g CO₂e");
    assert_eq!(text(&key_figures.row("Report")[1]), report["report_id"]);
    let first = &key_figures.row("First day")[1];
    assert_eq!((first["kind"].as_str(), text(first)), (Some("date"), &*format!("{month}-01T00:00:00")));
    let share = &key_figures.row("Share of tokens with a factor")[1];
    assert_eq!(share["format"], "0.0%");

    // Days are dates, and their emissions add up to the total.
    let days = Table::of(&book, "Days");
    let stated = statement["by_day"].as_array().unwrap();
    assert_eq!(days.rows.len(), stated.len());
    for (row, day) in days.rows.iter().zip(stated) {
        let date = days.cell(row, "Day");
        assert_eq!((date["kind"].as_str(), date["format"].as_str()), (Some("date"), Some("yyyy-mm-dd")));
        assert_eq!(text(date), format!("{}T00:00:00", day["day"].as_str().unwrap()));
        let exact = day["co2_grams"].as_str().unwrap_or_default();
        same_number(&days, row, "Emissions (g CO₂e)", "{column}: all digits", exact);
    }
    let models = Table::of(&book, "Models");
    assert_eq!(models.rows.len(), 3, "two with a factor and one without");
    assert_eq!(models.row("nobody-knows")[7], Value::Null, "not known is not zero");
    let factors = Table::of(&book, "Factors");
    assert!(factors.rows.iter().any(|row| text(factors.cell(row, "Unit")).starts_with("g CO₂e / 1000 ")));
    let notes = Table::of(&book, "Notes").rows;
    assert!(notes.iter().any(|row| text(&row[0]).contains("It is not zero")), "{notes:?}");
    let rounded = notes.iter().find(|row| text(&row[0]).contains("15 significant digits"));
    assert!(text(&rounded.unwrap()[0]).contains(" numbers of this workbook have more"), "{notes:?}");

    for (language, sheets, all_digits) in [
        (
            "fr",
            ["Chiffres clés", "Modèles", "Jours", "Lignes", "Facteurs", "Notes"],
            "{column}\u{a0}: tous les chiffres",
        ),
        ("de", ["Kennzahlen", "Modelle", "Tage", "Zeilen", "Faktoren", "Hinweise"], "{column}: alle Stellen"),
    ] {
        let report = post(&server, &keys, json!({"month": month, "language": language}));
        same_as_the_report(&server, &keys, &report, sheets, all_digits);
    }
}

#[test]
fn a_period_and_its_workbook_say_the_same_and_name_what_is_missing() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let months = [3, 2, 1].map(ago);
    for month in [&months[0], &months[2]] {
        used(&server, &keys, month);
        close(&server, &keys, month);
        post(&server, &keys, json!({"month": month}));
    }
    let report = post(&server, &keys, json!({"period": {"from": months[0], "to": months[2]}}));
    let sheets = ["Key figures", "Months", "Models", "Lines", "Factors", "Notes"];
    let book = same_as_the_report(&server, &keys, &report, sheets, "{column}: all digits");
    let table = Table::of(&book, "Months");
    assert_eq!(table.rows.len(), 3);
    for (row, month) in table.rows.iter().zip(&months) {
        let cell = table.cell(row, "Month");
        assert_eq!(
            (cell["format"].as_str(), text(cell)),
            (Some("yyyy-mm"), &*format!("{month}-01T00:00:00"))
        );
    }
    let [first, between, last] = table.rows.as_slice() else { panic!("no months") };
    assert_eq!(table.cell(first, "Issued")["kind"], "date");
    assert_eq!(table.cell(last, "Issued")["kind"], "date");
    assert_eq!(text(table.cell(between, "Remark")), "still open");
    assert_eq!(*table.cell(between, "Emissions, central (g CO₂e)"), Value::Null);
    let key_figures = Table::of(&book, "Key figures");
    assert_eq!(key_figures.row("Months without a report")[1]["value"], 1);
    assert_eq!(text(&key_figures.row("Status")[1]), "provisional");
}

#[test]
fn an_invoice_is_a_workbook_too() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &with(call("gpt-4o"), json!({"event_id": "back"})));
    assert_eq!(server.post("/api/v1/events/back/reversal", Some(&keys.live), &json!({})).status, 200);
    post(&server, &keys, json!({"month": ago(0)}));
    let month = ago(0);
    let bill = server.get(&format!("/api/v1/billing/{month}"), Some(&keys.live)).json();
    let path = format!("/api/v1/billing/{month}/lines.xlsx");
    let bytes = file(&server, &keys, &path);
    let book = read_workbook(&bytes);
    let table = Table::of(&book, "Lines");
    let lines = bill["lines"].as_array().unwrap();
    assert_eq!(table.rows.len(), lines.len());
    let head = |what: &str| format!("{what} ({})", bill["currency"].as_str().unwrap());
    for (row, line) in table.rows.iter().zip(lines) {
        assert_eq!(text(table.cell(row, "Item")), line["item"]);
        assert_eq!(text(table.cell(row, "Client")), line["tenant_id"].as_str().unwrap_or_default());
        for (column, field) in [("Unit price", "unit_price"), ("Amount", "amount")] {
            let cell = table.cell(row, &head(column));
            assert_eq!(cell["value"].as_f64(), line[field].as_f64(), "{line}");
            // Hundredths at least, and no digit of an amount is hidden.
            assert!(cell["format"].as_str().unwrap().starts_with("#,##0.00"), "{cell}");
        }
        assert_eq!(table.cell(row, "Quantity")["value"], line["quantity"]);
        if let Some(at) = line["at"].as_str() {
            let cell = table.cell(row, "Time (UTC)");
            assert_eq!((cell["kind"].as_str(), &text(cell)[..19]), (Some("date"), &at[..19]));
        }
    }
    let whole = Table::of(&book, "Invoice");
    assert_eq!(whole.row("Total")[1]["value"].as_f64(), bill["total"].as_f64());
    assert_eq!(text(&whole.row("Total")[2]), bill["currency"]);

    let visitor = Visitor::logs_in(&server, "a@example.com");
    let page = visitor.opens("/app/billing").text();
    assert!(page.contains(&format!("href=\"/app/billing/{month}/lines.xlsx\"")), "{page}");
    assert!(visitor.opens(&format!("/app/billing/{month}/lines.xlsx")).body.starts_with(b"PK"));
    server.get("/api/v1/billing/2026-13/lines.xlsx", Some(&keys.live)).problem(422);
    server.get(&path, Some(&keys.test)).problem(403);
}

/// A table in the style of a country, read as a program there does: each row with its numbers as everybody writes them.
fn rows(table: &[u8], separator: u8, comma: bool, is_number: impl Fn(&str) -> bool) -> Vec<Vec<String>> {
    let mark = "\u{feff}".as_bytes();
    let plain = table.strip_prefix(mark);
    assert_eq!(plain.is_some(), separator == b';', "Excel needs the mark");
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.delimiter(separator).from_reader(plain.unwrap_or(table));
    let head = reader.headers().unwrap().clone();
    let cell = |(head, cell): (&str, &str)| match is_number(head) && comma {
        true => {
            assert!(!cell.contains('.'), "{head}: {cell}");
            cell.replace(',', ".")
        }
        false => cell.to_owned(),
    };
    let rows = reader.records().map(|row| head.iter().zip(&row.unwrap()).map(cell).collect());
    [head.iter().map(str::to_owned).collect()].into_iter().chain(rows).collect()
}

#[test]
fn every_table_says_the_same_in_every_style() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let months = [2, 1].map(ago);
    for month in &months {
        used(&server, &keys, month);
        let odd = json!({"event_id": format!("odd-{month}"), "timestamp": format!("{month}-16T00:00:00Z"),
                         "tags": {"a;b": "1,5;\"x\" 2.5"}});
        server.track(&keys.live, &with(call("gpt-4o"), odd));
        close(&server, &keys, month);
    }
    let report = post(&server, &keys, json!({"month": months[0]}));
    post(&server, &keys, json!({"month": months[1]}));
    let period = post(&server, &keys, json!({"period": {"from": months[0], "to": months[1]}}));
    let bill = format!("/api/v1/billing/{}/lines.csv", ago(0));
    let text_of_lines = |head: &str| TEXTS.contains(&head);
    let text_of_bill = |head: &str| {
        ["bill_month", "item", "tenant_id", "month", "report_id", "link_id", "at", "currency"].contains(&head)
    };
    for (path, is_text) in [
        (report["links"]["lines"].as_str().unwrap(), &text_of_lines as &dyn Fn(&str) -> bool),
        (period["links"]["lines"].as_str().unwrap(), &text_of_lines),
        (&bill, &text_of_bill),
    ] {
        let plain = rows(&file(&server, &keys, path), b',', false, |_| false);
        for (query, separator, comma) in [
            ("?separator=comma", b',', false),
            ("?decimal=point", b',', false),
            ("?separator=semicolon", b';', false),
            ("?separator=semicolon&decimal=comma", b';', true),
        ] {
            let table = file(&server, &keys, &format!("{path}{query}"));
            assert_eq!(rows(&table, separator, comma, |head| !is_text(head)), plain, "{path}{query}");
        }
        for (query, field, detail) in [
            ("?decimal=comma", "decimal", "must be point where"),
            ("?separator=comma&decimal=comma", "decimal", "must be point where"),
            ("?separator=tab", "separator", "must be comma or semicolon"),
            ("?decimal=", "decimal", "must be point or comma"),
            ("?separators=semicolon", "separators", "is not a query parameter here"),
        ] {
            let problem = server.get(&format!("{path}{query}"), Some(&keys.live)).problem(422);
            let error = &problem["errors"][0];
            assert_eq!(error["pointer"], field, "{problem}");
            assert!(error["detail"].as_str().unwrap().starts_with(detail), "{problem}");
        }
    }
    let focus = format!("{}?separator=semicolon", report["links"]["focus"].as_str().unwrap());
    let problem = server.get(&focus, Some(&keys.live)).problem(422);
    assert_eq!(problem["errors"][0]["pointer"], "separator", "{problem}");

    // The pages have the same files.
    let visitor = Visitor::logs_in(&server, "a@example.com");
    let id = report["report_id"].as_str().unwrap();
    let link = json!({"expires_in_days": 30});
    let link = server.post("/api/v1/tenants/client-xyz/dashboard-links", Some(&keys.live), &link).json();
    let dashboard = link["url"].as_str().unwrap().strip_prefix(&server.url).unwrap().to_owned();
    let query = "?separator=semicolon&decimal=comma";
    let expected = file(&server, &keys, &format!("/api/v1/reports/{id}/lines.csv{query}"));
    assert!(visitor.opens(&format!("/app/reports/{id}/lines.csv{query}")).body == expected);
    assert!(server.get(&format!("{dashboard}/reports/{id}/lines.csv{query}"), None).body == expected);
    assert_eq!(visitor.opens(&format!("/app/reports/{id}/lines.csv?decimal=comma")).status, 422);
    let workbook = file(&server, &keys, &format!("/api/v1/reports/{id}/statement.xlsx"));
    assert!(visitor.opens(&format!("/app/reports/{id}/statement.xlsx")).body == workbook);
    assert!(server.get(&format!("{dashboard}/reports/{id}/statement.xlsx"), None).body == workbook);
    let page = server.get(&format!("{dashboard}?month={}", months[0]), None).text();
    assert!(page.contains(&format!("{dashboard}/reports/{id}/statement.xlsx")), "{page}");
    assert!(visitor.opens("/app/reports").text().contains(&format!("/app/reports/{id}/statement.xlsx")));
}
