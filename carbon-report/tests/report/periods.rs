//! Reports on several months: drawn in every language, with their forms in them.

use carbon_report::{
    Activity, Brand, Client, Date, Evidence, Form, Heading, Language, Month, PeriodStatement, Statement,
    Status, attached,
    carbon_core::{FactorSet, Usage},
    pack::{verify_pack, verify_report, write_period_pack},
    render_period_pdf,
    statement::{IssuedStatement, MissingMonth, MissingReason},
};
use std::io::{Cursor, Seek};

fn heading(month: i8) -> Heading {
    let client = Client::new("client-xyz", "Client XYZ");
    Heading::new(client, "Example Software", Month::new(2026, month), Date::constant(2027, 1, 4))
}

/// Those of the first three months of a year.
pub(crate) fn months() -> Vec<String> {
    (1..=3).map(month).collect()
}

/// The pack of the period of these months.
pub(crate) fn period_pack(language: Language, texts: &[String], verify_at: Option<&str>) -> Vec<u8> {
    let months: Vec<IssuedStatement> =
        texts.iter().map(|text| IssuedStatement::read(text.as_bytes()).unwrap()).collect();
    let heading = Heading { language, through: Some(Month::new(2026, 3)), ..heading(1) };
    let period = PeriodStatement::new(heading, &months, vec![]).unwrap();
    let pdf = render_period_pdf(&period, &Brand::default()).unwrap();
    let statement_of = |report_id: &str| {
        let is_its = |month: &IssuedStatement| month.statement().heading.report_id == report_id;
        months.iter().position(is_its).map(|place| texts[place].clone().into_bytes())
    };
    write_period_pack(Cursor::new(Vec::new()), &pdf, statement_of, verify_at).unwrap().into_inner()
}

/// The `statement.json` of a final month.
fn month(month: i8) -> String {
    let first = Month::new(2026, month).first_day();
    let rows = [("mistral-large-2", 600), ("gpt-5", 9_000), ("nobody-knows-it", 5)];
    let rows = rows.map(|(model, input)| Activity::new(first, model, Usage::of_call(input, 400)));
    let heading = Heading { status: Status::Final, ..heading(month) };
    Statement::new(heading, &Evidence::from(rows.to_vec()), FactorSet::latest()).to_json()
}

#[test]
fn every_period_is_drawn_in_every_language_and_holds_its_forms() {
    let texts = months();
    let months: Vec<IssuedStatement> =
        texts.iter().map(|text| IssuedStatement::read(text.as_bytes()).unwrap()).collect();
    for language in Language::ALL {
        for missing in
            [vec![], vec![MissingMonth { month: Month::new(2026, 4), reason: MissingReason::Open }]]
        {
            let last = if missing.is_empty() { 3 } else { 4 };
            let heading = Heading { language, through: Some(Month::new(2026, last)), ..heading(1) };
            let period = PeriodStatement::new(heading, &months, missing).unwrap();
            let pdf = render_period_pdf(&period, &Brand::default()).unwrap();
            assert_eq!(render_period_pdf(&period, &Brand::default()).unwrap(), pdf);
            let file = format!("{}/period-{last}-{language}.pdf", env!("CARGO_TARGET_TMPDIR"));
            std::fs::write(file, &pdf).unwrap();
            for form in Form::ALL {
                assert_eq!(
                    attached(&pdf, form.name()),
                    period.form(form).map(String::into_bytes),
                    "{form:?}"
                );
            }
            assert!(!verify_report(&pdf).unwrap().period.unwrap().are_added_up);
            let statement_of = |report_id: &str| {
                let place =
                    months.iter().position(|month| month.statement().heading.report_id == report_id)?;
                Some(texts[place].clone().into_bytes())
            };
            let mut pack = write_period_pack(Cursor::new(Vec::new()), &pdf, statement_of, None).unwrap();
            pack.rewind().unwrap();
            let verified = verify_pack(pack).unwrap().period.unwrap();
            assert!(verified.are_added_up && verified.months.len() == 3);
            assert!(write_period_pack(Cursor::new(Vec::new()), &pdf, |_| None, None).is_err());
        }
    }
}
