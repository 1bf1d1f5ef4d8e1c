//! Packs of periods: what is changed verifies as what it was, or not at all.

use crate::fuzzing::evidence::{SoundPack, check_changed};
use carbon_report::{
    Activity, Brand, Client, Date, Evidence, Heading, Month, PeriodStatement, Statement, Status,
    carbon_core::{FactorSet, Usage},
    pack::write_period_pack,
    render_period_pdf,
    statement::IssuedStatement,
};
use std::{io::Cursor, sync::LazyLock};

static SOUND: LazyLock<SoundPack> = LazyLock::new(|| {
    let texts = [9, 10].map(month);
    let months = texts.clone().map(|text| IssuedStatement::read(text.as_bytes()).expect("it was written so"));
    let heading = Heading { through: Some(Month::new(2026, 10)), ..heading(9) };
    let period = PeriodStatement::new(heading, &months, Vec::new()).expect("the months are all of it");
    let pdf = render_period_pdf(&period, &Brand::default()).expect("a report is drawn");
    let statement_of = |report_id: &str| {
        let its = months.iter().position(|month| month.statement().heading.report_id == report_id)?;
        Some(texts[its].clone().into_bytes())
    };
    let page = Some("https://carbon.example.com/verify");
    let pack = write_period_pack(Cursor::new(Vec::new()), &pdf, statement_of, page);
    SoundPack::of(pack.expect("memory takes it").into_inner())
});

/// As of packs of months: a pack, edits of the sound one's bytes, or edits of its members.
pub(super) fn check(input: &[u8]) {
    check_changed(&SOUND, input);
}

/// The `statement.json` of a final month.
fn month(month: i8) -> String {
    let day = Month::new(2026, month).first_day();
    let calls = [("gpt-4o", 600), ("mistral-large-2", 1_000)];
    let calls = calls.map(|(model, input)| Activity::new(day, model, Usage::of_call(input, 400)));
    let heading = Heading { status: Status::Final, ..heading(month) };
    Statement::new(heading, &Evidence::from(calls.to_vec()), FactorSet::latest()).to_json()
}

fn heading(month: i8) -> Heading {
    let client = Client::new("client", "Client");
    Heading::new(client, "Supplier", Month::new(2026, month), Date::constant(2026, 11, 2))
}
