//! One statement, many forms: they say the same, to the last digit.

use crate::samples::{Sample, evidence, heading, ordered, ordinary, row, statements, unknown};
use carbon_core::{FactorSet, Grams, Range, Usage};
use carbon_report::{
    Activity, Brand,
    EsrsEdition::{Esrs2023, Esrs2026},
    Evidence, Heading, Language, Statement,
    datapoints::{Datapoint, TextRead, datapoints},
    evidence::EarlierMonth,
    render_pdf,
    statement::{DataClass, Grade},
};
use lopdf::Document;
use rust_decimal::Decimal;
use serde_json::Value;

/// The text of a report without its line breaks.
pub(crate) fn text(statement: &Statement) -> String {
    text_of(&render_pdf(statement, &Brand::default()).unwrap())
}

pub(crate) fn text_of(pdf: &[u8]) -> String {
    let document = Document::load_mem(pdf).unwrap();
    let pages = document.get_pages();
    let text: String = pages.keys().map(|&page| document.extract_text(&[page]).unwrap()).collect();
    text.replace(" \n", "\n").replace('\n', " ")
}

fn rows(csv: &str) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn decimal(value: &Value) -> Option<Decimal> {
    value.as_str()?.parse().ok()
}

#[test]
fn json_fits_its_schema() {
    let schema = include_str!("../../../docs/statement.schema.json");
    let schema = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
    for Sample { kind, statement, .. } in statements(Language::En) {
        let document: Value = serde_json::from_str(&statement.to_json()).unwrap();
        let errors: Vec<String> = schema
            .iter_errors(&document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{kind}: {errors:#?}");
        // A schema that takes everything proves nothing.
        for pointer in ["/total/co2_grams", "/heading/month", "/by_day", "/factor_set"] {
            let mut broken = document.clone();
            *broken.pointer_mut(pointer).unwrap() = Value::from(7);
            assert!(!schema.is_valid(&broken), "{pointer} may be 7");
        }
        let mut broken = document.clone();
        broken["total"].as_object_mut().unwrap().insert("offset_grams".to_owned(), "1".into());
        assert!(!schema.is_valid(&broken), "credits have no place");
    }
}

#[test]
fn every_total_of_the_page_and_the_csv_is_the_jsons() {
    for language in Language::ALL {
        for month in statements(language) {
            let Sample { kind, statement, .. } = month;
            let json: Value = serde_json::from_str(&statement.to_json()).unwrap();
            let csv = rows(&statement.to_csv());
            let total = decimal(&json["total"]["co2_grams"]["central"]);
            assert_eq!(csv[0][15].parse().ok(), total, "{kind}");
            for (table, name) in [
                ("model", "by_model"),
                ("method", "by_method"),
                ("confidence", "by_confidence"),
                ("context", "by_context"),
                ("region", "by_region"),
                ("tag", "by_tag"),
                ("day", "by_day"),
                ("data_class", "by_class"),
            ] {
                let of = if name == "by_class" { &json["data_quality"][name] } else { &json[name] };
                let lines = of.as_array().unwrap();
                let found: Vec<&Vec<String>> = csv.iter().filter(|row| row[0] == table).collect();
                assert_eq!(found.len(), lines.len(), "{kind}: {table}");
                for (row, line) in found.iter().zip(lines) {
                    let central =
                        decimal(&line["co2_grams"]["central"]).or_else(|| decimal(&line["co2_grams"]));
                    assert_eq!(row[15].parse().ok(), central, "{kind}: {row:?}");
                    assert_eq!(row[8], line["requests"].to_string(), "{kind}: {row:?}");
                    assert_eq!(row[12], line["output_tokens"].to_string(), "{kind}: {row:?}");
                }
            }
            let text = text_of(month.pdf());
            let said = |number: Decimal| language.number(number);
            for figure in [total, decimal(&json["total"]["co2_grams"]["low"])].into_iter().flatten() {
                // A long number may break between its groups.
                let squeezed = |text: &str| text.replace([' ', '\u{a0}', '\u{202f}'], "");
                assert!(squeezed(&text).contains(&squeezed(&said(figure))), "{kind}-{language}: {figure}");
            }
            for count in ["requests", "input_tokens", "output_tokens"] {
                let count = said(json["total"][count].as_u64().unwrap().into());
                assert!(text.contains(&count), "{kind}-{language}: {count}");
            }
        }
    }
}

#[test]
fn every_line_has_a_range_in_order_and_a_factor_with_a_source() {
    for Sample { kind, statement, .. } in statements(Language::En) {
        assert!(ordered(statement.total.co2), "{kind}");
        let json: Value = serde_json::from_str(&statement.to_json()).unwrap();
        for line in &statement.by_model {
            assert!(ordered(line.valued.co2) && ordered(line.valued.energy), "{kind}: {}", line.model);
            let region = line.place.as_ref().map(|place| place.region.as_str());
            let factors = json["factors"].as_array().unwrap().iter();
            let factor = factors
                .filter(|factor| {
                    factor["factor_id"] == line.factor_id.as_str() && factor["region"].as_str() == region
                })
                .collect::<Vec<_>>();
            let [factor] = factor.as_slice() else {
                panic!("{kind}: {} has {} factors", line.model, factor.len())
            };
            for field in ["title", "publisher", "licence"] {
                assert!(factor["source"][field].as_str().is_some_and(|text| !text.is_empty()), "{factor}");
            }
            for field in ["gwp", "biogenic_co2", "chosen_because", "basis"] {
                assert!(factor[field].as_str().is_some_and(|text| !text.is_empty()), "{factor}");
            }
            assert!(
                factor["rates"].as_array().unwrap().iter().all(|rate| rate["per"].is_string()),
                "{factor}"
            );
        }
    }
}

#[test]
fn a_prompt_and_an_answer_do_not_cost_the_same() {
    let set = FactorSet::latest();
    let of = |input, output| {
        let rows = vec![row(1, "gpt-5", Some("FRA"), Usage::of_call(input, output))];
        let statement = Statement::new(heading(Language::En), &Evidence::from(rows), set);
        statement.total.co2.unwrap().central()
    };
    // 10,000 in and 300 out is not 10,300 of either.
    assert!(of(10_000, 300) < of(0, 10_300) && of(10_000, 300) > of(10_300, 0));
}

#[test]
fn shares_are_of_emissions_and_add_up() {
    let statement = Statement::new(heading(Language::En), &evidence(ordinary()), FactorSet::latest());
    let quality = &statement.data_quality;
    let total = statement.total.co2.unwrap().central();
    let central = |co2: Option<Range<Grams>>| co2.map(Range::central).unwrap_or_default();
    let supplier = quality.by_class.iter().find(|line| line.data_class == DataClass::Supplier).unwrap();
    let share = central(supplier.valued.co2).as_decimal() / total.as_decimal();
    assert_eq!(quality.supplier_share.unwrap(), share.round_dp(6));
    // Metered tokens times a published factor are not primary data.
    assert_eq!(quality.primary_share, Some(Decimal::ZERO));
    for indicator in quality.indicators {
        assert_eq!(indicator.into_iter().sum::<Grams>(), total);
    }
    let none = Statement::new(heading(Language::En), &Evidence::default(), FactorSet::latest());
    assert_eq!((none.data_quality.primary_share, none.data_quality.metered_share), (None, None));
    assert_eq!(Grade::of_age(Some(7)), Grade::Fair);
}

#[test]
fn what_is_missing_is_bounded_and_in_no_total() {
    let with = Statement::new(heading(Language::En), &evidence(unknown()), FactorSet::latest());
    let without = Statement::new(heading(Language::En), &evidence(ordinary()), FactorSet::latest());
    assert_eq!(with.total.co2, without.total.co2);
    let line = with.unknown_models.iter().find(|line| line.name == "nobody-knows").unwrap();
    // 4,000 calls of 1,000 tokens at 3.876 g per 1,000.
    assert_eq!(line.upper_bound.unwrap().to_string(), "15504");
}

#[test]
fn two_percent_of_the_invoice_missing_are_said() {
    let mut evidence = evidence(ordinary());
    let recorded: u128 = evidence.activity.iter().map(|row| row.usage.total_tokens()).sum();
    evidence.invoiced_tokens = Some(u64::try_from(recorded * 100 / 98).unwrap());
    let statement = Statement::new(heading(Language::En), &evidence, FactorSet::latest());
    let reconciliation = statement.data_quality.reconciliation.unwrap();
    assert_eq!(reconciliation.recorded_share.unwrap().round_dp(4).to_string(), "0.98");
    let uplift =
        reconciliation.uplift.unwrap().as_decimal() / statement.total.co2.unwrap().central().as_decimal();
    assert_eq!(uplift.round_dp(4).to_string(), "0.0204");
    assert!(text(&statement).contains("this statement covers 98.0\u{a0}% of them"));
}

/// The trend of a month of `rows` under 2026.11, where the month before had `before` under `set`.
fn change(before: &[Activity], set: &str, rows: &[Activity]) -> carbon_report::statement::MonthChange {
    let old = FactorSet::version(set).unwrap();
    let valued = carbon_report::Valuation::of(before.iter().map(|row| (row, old))).valued;
    let earlier = EarlierMonth {
        month: "2026-09".parse().unwrap(),
        status: carbon_report::Status::Final,
        factor_set: set.to_owned(),
        stated: carbon_report::evidence::Stated { usage: valued.usage, co2: valued.co2 },
    };
    let evidence = Evidence { activity: rows.to_vec(), earlier: vec![earlier], ..Evidence::default() };
    Statement::new(heading(Language::En), &evidence, FactorSet::latest()).trend.change.unwrap()
}

#[test]
fn a_change_splits_into_volume_mix_and_factors() {
    let [a, b] = [("gpt-4o", 100), ("mistral-large-2", 100)]
        .map(|(model, tokens)| row(1, model, None, Usage::of_call(tokens, 0)));
    let more = row(1, "gpt-4o", None, Usage::of_call(300, 0));
    // gpt-5 has no value in 2025.1: the same use, other factors.
    let new = row(1, "gpt-5", None, Usage::of_call(100, 0));
    for (before, set, now, zero) in [
        (vec![a.clone()], "2026.11", vec![more], [false, true, true]),
        (vec![a.clone()], "2026.11", vec![b], [true, false, true]),
        (vec![a.clone(), new.clone()], "2025.1", vec![a, new], [true, true, false]),
    ] {
        let change = change(&before, set, &now);
        assert_eq!(change.volume + change.mix + change.factors, change.total);
        let parts = [change.volume, change.mix, change.factors].map(|grams| grams == Grams::ZERO);
        assert_eq!(parts, zero, "{change:?}");
    }
}

#[test]
fn a_restatement_says_old_new_difference_and_why() {
    let month = statements(Language::En).iter().find(|month| month.kind == "restated").unwrap();
    let statement = &month.statement;
    let restatement = statement.restatement.as_ref().unwrap();
    let total = &restatement.total;
    assert_eq!(total.new.co2, statement.total.co2);
    assert_eq!(total.of_usage + total.of_factors, total.difference);
    let models = || restatement.models.iter().map(|model| &model.change);
    assert_eq!(models().map(|change| change.difference).sum::<Grams>(), total.difference);
    assert!(models().any(|change| change.old.co2.is_none() && change.new.co2.is_some()));
    let text = text_of(month.pdf());
    for words in ["Two days of events arrived late", "2025.1", "01a20abd-2927-71fd-8583-000000000000"] {
        assert!(text.contains(words), "{words}");
    }
}

#[test]
fn paragraphs_are_those_of_the_edition_that_the_client_reports_under() {
    let first = ["ESRS 2023/2772 E1-6", "51, AR 48, AR 51", "AR 46 (g)"];
    let amended =
        ["ESRS 2026/1563 E1-8", "30 (a) (iii), AR 24 (g)", "no longer ask for the share of primary data"];
    for (financial_year, elected, edition, said) in [
        (2025, None, Esrs2023, None),
        (2025, Some(Esrs2026), Esrs2023, None),
        (2026, None, Esrs2023, Some("No choice is on record, so the paragraphs are those of 2023/2772.")),
        (2026, Some(Esrs2023), Esrs2023, Some("You have elected 2023/2772.")),
        (2026, Some(Esrs2026), Esrs2026, Some("You have elected 2026/1563.")),
        (2027, None, Esrs2026, None),
        (2027, Some(Esrs2023), Esrs2026, None),
    ] {
        let heading = Heading { financial_year, elected, ..heading(Language::En) };
        let statement = Statement::new(heading, &evidence(ordinary()), FactorSet::latest());
        let (there, absent) = if edition == Esrs2023 { (first, amended) } else { (amended, first) };
        let text = text(&statement);
        for words in there {
            assert!(text.contains(words), "{financial_year} {elected:?} lacks {words}: {text}");
        }
        for words in absent {
            assert!(!text.contains(words), "{financial_year} {elected:?} has {words}: {text}");
        }
        assert_eq!(text.contains("you may choose between two editions"), said.is_some(), "{financial_year}");
        assert!(said.is_none_or(|said| text.contains(said)), "{financial_year} {elected:?}: {text}");
        let json: Value = serde_json::from_str(&statement.to_json()).unwrap();
        assert_eq!(json["standard"], edition.as_str());
        let esrs = json["datapoints"].as_array().unwrap().iter().filter(|row| row["standard"] == "ESRS");
        assert!(esrs.clone().all(|row| row["version"] == edition.act()) && esrs.count() > 4);
        // How we read a standard is no matter of the client's.
        assert!(!text.contains("secondary copy") && json["datapoints"][0].get("read").is_none());
    }
}

/// `UPDATE_PAGES=1 cargo test -p llm-carbon-report standards` writes the table.
#[test]
fn the_page_on_standards_has_the_table() {
    const HEAD: &str = "|---|---|---|---|---|---|\n";
    let written = include_str!("../../../docs/standards.md");
    let mut page = written[..written.find(HEAD).unwrap() + HEAD.len()].to_owned();
    for row in datapoints() {
        let read = match row.read {
            TextRead::Primary => "in the standard",
            TextRead::Secondary => "**secondary copy: check**",
        };
        let Datapoint { standard, version, disclosure, paragraph, field, .. } = row;
        let line = row.line.as_str();
        page +=
            &format!("| {standard} {version} | {disclosure} | {line} | {paragraph} | {field} | {read} |\n");
    }
    if std::env::var_os("UPDATE_PAGES").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/standards.md"), &page).unwrap();
    }
    assert!(page == written, "docs/standards.md is not the table: UPDATE_PAGES=1 writes it");
}

#[test]
fn what_an_assurer_looks_for_is_there() {
    let month = statements(Language::En).iter().find(|month| month.kind == "restated").unwrap();
    let restated = &month.statement;
    let cover = Document::load_mem(month.pdf()).unwrap().extract_text(&[1]).unwrap();
    let Heading { report_id, supersedes, .. } = &restated.heading;
    for words in [
        "Musterwerk Énergie GmbH (client-xyz)",
        "Example Software SAS",
        "1 October 2026 to 31 October 2026, both included, UTC",
        "2 November 2026",
        "final: the month is closed",
    ] {
        assert!(cover.contains(words), "{words} is not on the first page:\n{cover}");
    }
    let json: Value = serde_json::from_str(&restated.to_json()).unwrap();
    assert_eq!(json["period"]["end"], "2026-11-01T00:00:00Z", "the end is excluded in data");
    // No provider gives evidence of an instrument, so no market-based figure is given.
    assert_eq!(
        (&json["market_based_co2_grams"], &json["assurance"]),
        (&json["market"]["co2_grams"]["central"], &Value::from("none"))
    );
    assert_ne!(json["market_based_co2_grams"], json["total"]["co2_grams"]["central"], "another basis");
    let text = text(restated);
    for words in [
        &format!("{report_id}, revision 2"),
        supersedes.as_ref().unwrap(),
        "its Scope 3 Category 1, cloud sub-category",
        "Category 11; hosted inference never belongs there",
        "What is included and what is not",
        "Biogenic CO₂: not available in the factors used",
        "It has not been subject to limited or reasonable assurance",
    ] {
        assert!(text.contains(words), "{words}");
    }
}
