//! A quantity has the same digits on the dashboard, in the report and, rounded, in its data.

use crate::server::{Server, call, with};
use carbon_report::Month;
use serde_json::{Value, json};
use std::{collections::BTreeSet, process::Command};

/// The text of a PDF.
fn text_of(pdf: &[u8]) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), pdf).unwrap();
    let output = Command::new("pdftotext").args(["-layout", file.path().to_str().unwrap(), "-"]).output();
    String::from_utf8(output.expect("pdftotext is there: .ci/test installs poppler-utils").stdout).unwrap()
}

/// Digits of every number in a text, without what depends on its unit: separators, and zeros before and behind.
fn digits(text: &str) -> BTreeSet<String> {
    let is_of_number = |c: char| c.is_ascii_digit() || ".,\u{202f}".contains(c);
    let numbers = text.split(|c| !is_of_number(c));
    let numbers = numbers.map(|number| number.chars().filter(char::is_ascii_digit).collect::<String>());
    numbers.map(|number| number.trim_matches('0').to_owned()).filter(|number| number.len() > 1).collect()
}

/// The first three digits, rounded: a bound of a thousand grams or more has all its whole digits beside a central value in
/// grams, and three in a column of kilograms.
fn to_three(digits: &str) -> String {
    let number: u128 = digits.parse().unwrap();
    let power = 10u128.pow(u32::try_from(digits.len().saturating_sub(3)).unwrap());
    ((number + power / 2) / power).to_string().trim_matches('0').to_owned()
}

/// What a reader sees of a section of a page.
fn section(page: &str, id: &str) -> String {
    let from = page.find(&format!("aria-labelledby=\"{id}\"")).unwrap_or_else(|| panic!("no {id}"));
    let section = page[from..].split("</section>").next().unwrap();
    let pieces = section.split('<').skip(1).map(|piece| piece.split_once('>').map_or("", |(_, text)| text));
    pieces.collect::<Vec<_>>().join("\n").replace("&#160;", "\u{a0}")
}

#[test]
fn the_dashboard_the_report_and_its_data_have_the_same_digits() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let today = jiff::Timestamp::now().to_string()[..10].parse().unwrap();
    let month = Month::of(today).previous();
    for (model, calls, tokens) in
        [("mistral-large-2", 3, 70_123), ("gpt-4o", 4, 91_377), ("gpt-5", 5, 81_919), ("nobody-knows", 1, 17)]
    {
        for day in 1..=calls {
            let event = json!({"timestamp": format!("{month}-{:02}T12:00:00Z", day * 3), "model": model,
                "prompt_tokens": tokens + day, "completion_tokens": tokens / 3});
            server.track(&keys.live, &with(call("x"), event));
        }
    }
    let close = format!("/api/v1/months/{month}/close");
    assert_eq!(server.post(&close, Some(&keys.live), &json!({})).status, 200);
    let link = json!({"expires_in_days": 30});
    let link = server.post("/api/v1/tenants/client-xyz/dashboard-links", Some(&keys.live), &link).json();
    let link = link["url"].as_str().unwrap().strip_prefix(&server.url).unwrap().to_owned();
    for language in ["en", "fr", "de"] {
        let wanted = json!({"tenant_id": "client-xyz", "month": month.to_string(), "language": language});
        let report = server.post("/api/v1/reports", Some(&keys.live), &wanted).json();
        let file = |form: &str| {
            let reply = server.get(report["links"][form].as_str().unwrap(), Some(&keys.live));
            assert_eq!(reply.status, 200, "{form}");
            reply.body
        };
        let text = text_of(&file("pdf"));
        let pdf = digits(&text);
        // The narrow space within a French number comes out as any space.
        let joined: String = text.chars().filter(|c| !c.is_whitespace() && !".,".contains(*c)).collect();
        let path = format!("{link}?month={month}&language={language}");
        let page = server.request("GET", &path, &[("accept", "text/html")], "").text();
        for id in ["emissions", "by-model"] {
            let shown = digits(&section(&page, id));
            assert!(shown.len() > 5, "{language}: {shown:?}");
            let is_there = |figure: &String| {
                pdf.contains(&to_three(figure)) || (figure.len() > 3 && joined.contains(figure))
            };
            let others: Vec<&String> = shown.difference(&pdf).filter(|figure| !is_there(figure)).collect();
            assert!(others.is_empty(), "{language}, {id}: {others:?} are not in the report");
        }
        // Each mass of the data, rounded as the page says that it is.
        let statement: Value = serde_json::from_slice(&file("statement")).unwrap();
        let lines = statement["by_model"].as_array().unwrap().iter().chain([&statement["total"]]);
        for line in lines {
            for bound in ["low", "central", "high"] {
                let exact: f64 = line["co2_grams"][bound].as_str().unwrap().parse().unwrap();
                let rounded = digits(&format!("{exact:.2e}").split('e').next().unwrap().replace('.', ""));
                assert!(
                    rounded.iter().all(|figure| pdf.contains(figure)),
                    "{language}: {exact} is not in the report"
                );
            }
        }
    }
}
