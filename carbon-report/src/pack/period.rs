//! The pack of a period of several months: its report, and the statement of each month that it is the sum of.

use super::{
    AtHand, LOGO, MANIFEST, NotVerified, PackError, README, REPORT, STATEMENT, SUMS, Verified,
    VerifiedPeriod, arithmetic,
    companions::{self, PERIOD_SCRIPT},
    contents::Contents,
    difference::{as_written, json, same_form, same_rows},
    drawn,
    manifest::Member,
    market,
    members::Members,
    readme::{self, Stated},
};
use crate::{
    activity::hex,
    form::Form,
    forms::{NotAStatement, PERIOD_SCHEMA, TAXONOMY},
    month::Month,
    pdf::ReadPdf,
    statement::{IssuedStatement, PeriodStatement, generator},
    valued::Valued,
};
use carbon_core::{Grams, Range, Usage};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    io::{Seek, Write},
};

const SCHEMA: &str = "llm-carbon-period-evidence";
const SCHEMA_VERSION: &str = "1.0";

/// What figures of a period follow from.
const MONTHS_GIVE: &str = "the months";

/// What a pack of a period says of itself.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PeriodManifest {
    schema: String,
    schema_version: String,
    /// Name and version of the program that added up the months and drew the report.
    generator: String,
    report_id: String,
    /// A page that checks the pack, as the supplier names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    verify_at: Option<String>,
    members: BTreeMap<String, Member>,
}

/// What every manifest and every statement says first.
#[derive(Deserialize)]
struct Kind {
    schema: String,
}

fn is_kind(document: &[u8], schema: &str) -> bool {
    serde_json::from_slice::<Kind>(document).is_ok_and(|kind| kind.schema == schema)
}

/// Whether a manifest is that of a period.
pub(super) fn is_one(manifest: &[u8]) -> bool {
    is_kind(manifest, SCHEMA)
}

/// Whether a `statement.json` is that of a period.
pub(super) fn is_statement(statement: &[u8]) -> bool {
    is_kind(statement, PERIOD_SCHEMA)
}

const MONTH_STATEMENT: &str = ".statement.json";

/// `2026-10.statement.json`
fn month_statement(month: Month) -> String {
    format!("{month}{MONTH_STATEMENT}")
}

/// Whether a member is the statement of some month.
pub(super) fn is_month_statement(name: &str) -> bool {
    name.strip_suffix(MONTH_STATEMENT).is_some_and(|month| month.parse::<Month>().is_ok())
}

/// Whether packs of periods alone have a member of that name.
pub(super) fn is_own_member(name: &str) -> bool {
    is_month_statement(name) || name == PERIOD_SCRIPT.0
}

fn is_member(name: &str) -> bool {
    let has_form = Form::named(name).is_some_and(|form| form != Form::Focus);
    let is_taxonomy = TAXONOMY.iter().any(|(file, _)| *file == name);
    let others = [REPORT, LOGO, README, MANIFEST, SUMS];
    has_form || is_taxonomy || others.contains(&name) || is_own_member(name)
}

/// The pack of an issued report of a period, written into `to`; `months` answers the `statement.json` of a month by the id of its
/// report. `verify_at` is the address of a page that checks it, where there is one. The same report gives the same bytes.
///
/// # Errors
/// [`PackError`]: the PDF is no report of a period, a month is not the one it was made of, the address is none, or `to` takes no
/// bytes.
pub fn write_period_pack<W: Write + Seek>(
    to: W,
    report_pdf: &[u8],
    mut months: impl FnMut(&str) -> Option<Vec<u8>>,
    verify_at: Option<&str>,
) -> Result<W, PackError> {
    let report = ReadPdf::of(report_pdf).ok_or(PackError::NotAReport(STATEMENT))?;
    let statement = report.attached(STATEMENT).filter(|statement| is_statement(statement));
    let statement = statement.ok_or(PackError::NotAReport(STATEMENT))?;
    let stated: PeriodStatement =
        serde_json::from_slice(&statement).map_err(|_| PackError::NotAReport(STATEMENT))?;
    #[derive(Deserialize)]
    struct Made {
        generator: String,
    }
    let made: Made = serde_json::from_slice(&statement).map_err(|_| PackError::NotAReport(STATEMENT))?;
    let read: Stated = serde_json::from_slice(&statement).map_err(|_| PackError::NotAReport(STATEMENT))?;
    let verify_at = verify_at.map(readme::address).transpose()?;
    let mut pack = Members::new(to);
    pack.add_report(report_pdf, &report)?;
    pack.add_logo(&report)?;
    for month in &stated.months {
        let found = months(&month.report_id);
        let found = found.filter(|bytes| hex(&Sha256::digest(bytes)) == month.statement_sha256);
        pack.add(&month_statement(month.month), &found.ok_or(PackError::NoMonth(month.month))?)?;
    }
    pack.add_companions(&read, PERIOD_SCRIPT, verify_at.as_deref())?;
    pack.finish(|members| PeriodManifest {
        schema: SCHEMA.to_owned(),
        schema_version: SCHEMA_VERSION.to_owned(),
        generator: made.generator,
        report_id: stated.heading.report_id,
        verify_at,
        members,
    })
}

/// Adds up the months of a pack again, and compares every form; the PDF is drawn again.
pub(super) fn verify(pack: &Contents, with: &AtHand<'_>) -> Result<Verified, NotVerified> {
    let manifest: PeriodManifest = json(MANIFEST, pack.member(MANIFEST)?)?;
    if manifest.schema_version != SCHEMA_VERSION {
        return Err(NotVerified::at(MANIFEST, "has a version that this program does not read"));
    }
    let stated = read(pack.member(STATEMENT)?)?;
    let is_named = |name: &str| stated.months.iter().any(|month| month_statement(month.month) == name);
    pack.only(|name| is_member(name) && (!is_month_statement(name) || is_named(name)))?;
    let mut months = Vec::new();
    for month in &stated.months {
        let name = month_statement(month.month);
        let bytes = pack.member(&name)?;
        if hex(&Sha256::digest(bytes)) != month.statement_sha256 {
            return Err(NotVerified::at(name, "is not the statement that the period was made of"));
        }
        let issued =
            IssuedStatement::read(bytes).map_err(|error| NotVerified::at(&name, error.to_string()))?;
        let of_month = |error: NotVerified| NotVerified::at(format!("{name}: {}", error.place), error.detail);
        arithmetic::check(&json(&name, bytes)?).map_err(of_month)?;
        market::check(issued.statement()).map_err(of_month)?;
        months.push(issued);
    }
    let again = PeriodStatement::new(stated.heading.clone(), &months, stated.missing.clone())
        .map_err(|error| NotVerified::at(STATEMENT, error.to_string()))?;
    check_forms(&again, |form| pack.find(form.name()))?;
    for (name, text) in TAXONOMY {
        same_rows(name, text, pack.member(name)?)?;
    }
    let signed_by = drawn::check(&again, pack.find(LOGO), pack.member(REPORT)?, with)?;
    companions::check(pack, PERIOD_SCRIPT, manifest.verify_at.as_deref())?;
    pack.check_digests(&manifest.members)?;
    if manifest.report_id != stated.heading.report_id || manifest.generator != generator() {
        return Err(NotVerified::at(MANIFEST, "belongs to another report"));
    }
    as_written(MANIFEST, &manifest, pack.member(MANIFEST)?)?;
    companions::check_sums(pack, &manifest.members)?;
    Ok(Verified { signed_by, ..verified(&again, true) })
}

fn read(statement: &[u8]) -> Result<PeriodStatement, NotVerified> {
    #[derive(Deserialize)]
    struct Made {
        generator: String,
    }
    let Made { generator: by } = json(STATEMENT, statement)?;
    if by != generator() {
        return Err(NotAStatement::AnotherGenerator { by }.into());
    }
    json(STATEMENT, statement)
}

/// Each form is there where it should be, and as it should be.
fn check_forms<B: AsRef<[u8]>>(
    statement: &PeriodStatement,
    find: impl Fn(Form) -> Option<B>,
) -> Result<(), NotVerified> {
    for form in Form::ALL {
        match (statement.form(form), find(form)) {
            (Some(text), Some(found)) => same_form(form, MONTHS_GIVE, &text, found.as_ref())?,
            (Some(_), None) => return Err(NotVerified::at(form.name(), "is missing")),
            (None, Some(_)) => {
                return Err(NotVerified::at(form.name(), "is a form that this statement should not have"));
            }
            (None, None) => {}
        }
    }
    Ok(())
}

/// Checks the report of a period alone: that its breakdowns add up, and that the file is what the statement in it draws.
pub(super) fn verify_report(
    statement: &[u8],
    find: impl Fn(Form) -> Option<Vec<u8>>,
    logo: Option<&[u8]>,
    pdf: &[u8],
    with: &AtHand<'_>,
) -> Result<Verified, NotVerified> {
    let stated = read(statement)?;
    check_forms(&stated, find)?;
    check_sums(&stated)?;
    let signed_by = drawn::check(&stated, logo, pdf, with)?;
    Ok(Verified { signed_by, ..verified(&stated, false) })
}

/// Every breakdown adds up to the total, that by month with its bounds.
fn check_sums(stated: &PeriodStatement) -> Result<(), NotVerified> {
    let breakdowns: [(&str, Vec<&Valued>); 5] = [
        ("months", stated.months.iter().map(|month| &month.valued).collect()),
        ("by_method", stated.by_method.iter().map(|line| &line.valued).collect()),
        ("by_model", stated.by_model.iter().map(|line| &line.valued).collect()),
        ("by_confidence", stated.by_confidence.iter().map(|line| &line.valued).collect()),
        ("by_region", stated.by_region.iter().map(|line| &line.valued).collect()),
    ];
    let total = stated.total.co2.unwrap_or_default();
    for (name, parts) in breakdowns {
        let wrong = |what: &str| {
            let detail = format!("do not add up to the total: {what} differ");
            Err(NotVerified::at(format!("{STATEMENT}, /{name}"), detail))
        };
        let sum =
            parts.iter().filter_map(|part| part.co2).fold(Range::<Grams>::default(), Range::plus_correlated);
        if sum.central() != total.central() {
            return wrong("the grams");
        }
        if name == "months" && sum != total {
            return wrong("the bounds");
        }
        let usage: Usage = parts.iter().map(|part| &part.usage).sum();
        // What has no factor has neither a method nor a line of a model.
        let is_whole = !matches!(name, "by_method" | "by_model");
        if is_whole && usage != stated.total.usage {
            return wrong("the counts");
        }
    }
    Ok(())
}

fn verified(statement: &PeriodStatement, are_added_up: bool) -> Verified {
    let months = statement.months.iter().map(|month| (month.month, month.report_id.clone()));
    let sets: Vec<&str> = statement.factor_sets.iter().map(|set| &*set.factor_set).collect();
    Verified {
        report_id: statement.heading.report_id.clone(),
        heading: statement.heading.clone(),
        co2_grams: statement.total.co2.map(|co2| co2.central().to_string()),
        factor_set: sets.join(", "),
        events: None,
        signed_by: None,
        closing_seal: None,
        time_stamp: None,
        ledger: None,
        not_recomputed: Vec::new(),
        period: Some(VerifiedPeriod { months: months.collect(), are_added_up }),
    }
}
