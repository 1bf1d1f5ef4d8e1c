//! Checking a pack, or a report alone, without a network and without a database.

use super::{
    AtHand, FACTORS, LINES, LOGO, MANIFEST, NotVerified, PROOF, REPORT, STATEMENT, TIME_STAMP, WINDOWS,
    arithmetic,
    companions::{self, MONTH_SCRIPT},
    contents::{CheckedEvents, Contents},
    difference::{as_written, json, same_form, same_rows},
    drawn,
    event::EventSums,
    is_month_member,
    manifest::{Manifest, SCHEMA, SCHEMA_VERSION},
    market, period,
    proof::{self, ProvenLedger},
    sets,
    stated::StatedInputs,
    time_stamp, windows, withheld,
};
use crate::{
    checkpoint::NoteVerifier,
    evidence::ClosingSeal,
    form::Form,
    forms::{NotAStatement, TAXONOMY},
    heading::Heading,
    month::Month,
    pdf::{ReadPdf, SignedBy},
    statement::Statement,
    time_stamp::{TimeStamp, TimeStampAuthorities},
};
use carbon_core::FactorSet;
use jiff::Timestamp;
use serde_json::Value;
use std::io::Read;

/// What was found right.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// Id of the report.
    pub report_id: String,
    /// Who reports what, for which month or period, as the statement says it.
    pub heading: Heading,
    /// Emissions of the month in grams, all digits; `None` where nothing has a factor.
    pub co2_grams: Option<String>,
    /// The factor set that valued it.
    pub factor_set: String,
    /// Events that were added up, with the Merkle root over them; `None` for a report alone.
    pub events: Option<(u64, String)>,
    /// Who signed the report; the signature is valid. `None` where it is not signed.
    pub signed_by: Option<SignedBy>,
    /// The seal over the closing of the month, in the ledger that the report was made from; `None` while it was open.
    pub closing_seal: Option<ClosingSeal>,
    /// The time stamp over that seal; its signature is valid. Whether its authority is one to believe is for the reader to
    /// ask of it. `None` for a report alone, and for a pack that was made before there was one.
    pub time_stamp: Option<TimeStamp>,
    /// The signed checkpoint of the supplier's ledger that covers the closing, to which the pack leads; its signature is that of
    /// the key in the pack. `None` for a report alone, and for a pack without a proof.
    pub ledger: Option<ProvenLedger>,
    /// Grid series whose values were not at hand: the grams that follow from them agree with each other, and were not computed
    /// again. Of a report alone, all that it names.
    pub not_recomputed: Vec<String>,
    /// The months of a period of several; `None` for a month's own report.
    pub period: Option<VerifiedPeriod>,
}

/// The months that a period is the sum of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerifiedPeriod {
    /// Each with the id of its report, in order.
    pub months: Vec<(Month, String)>,
    /// Whether their statements were at hand and were added up again; of a report alone, only the totals that it says they have.
    pub are_added_up: bool,
}

impl Verified {
    /// Whether its time stamp leads to one of these authorities; a pack without one has nothing to check.
    ///
    /// # Errors
    /// [`NotVerified`]: it leads to none of them.
    pub fn check_authority(&self, authorities: &TimeStampAuthorities) -> Result<(), NotVerified> {
        let Some(stamp) = &self.time_stamp else { return Ok(()) };
        stamp.check_authority(authorities).map_err(|error| NotVerified::at(TIME_STAMP, error.to_string()))
    }

    /// Whether its checkpoint is signed by this key; a pack without a proof has nothing to check.
    ///
    /// # Errors
    /// [`NotVerified`]: it is signed by another.
    pub fn check_ledger_key(&self, key: &NoteVerifier) -> Result<(), NotVerified> {
        match &self.ledger {
            Some(ledger) if ledger.key != *key => {
                let detail = format!("is {}; the key that was given is {key}", ledger.key);
                Err(NotVerified::at(format!("{PROOF}, /checkpoint/key"), detail))
            }
            _ => Ok(()),
        }
    }
}

/// Computes a pack's report again from its events and its factor set, and compares every form of it; the PDF is drawn again
/// and must be the same to the last byte.
///
/// The pack is read once, from its first byte to its last. Figures that follow from a grid series are not computed again: see
/// [`verify_pack_with`].
///
/// # Errors
/// [`NotVerified`]: the first row or field that differs.
pub fn verify_pack(pack: impl Read) -> Result<Verified, NotVerified> {
    verify_pack_with(pack, &AtHand::default())
}

/// The same with what is not in the pack, by who has it: values of grid series and fonts are taken where their digest is the
/// one that the pack names. Of series that are missing, [`Verified::not_recomputed`] has the names.
///
/// # Errors
/// [`NotVerified`]: the first row or field that differs; or a font that is missing, as its pages cannot be compared.
pub fn verify_pack_with(pack: impl Read, with: &AtHand<'_>) -> Result<Verified, NotVerified> {
    let grids = with.grid_series;
    let pack = Contents::of(pack)?;
    if period::is_one(pack.member(MANIFEST)?) {
        return period::verify(&pack, with);
    }
    pack.only(is_month_member)?;
    let manifest: Manifest = json(MANIFEST, pack.member(MANIFEST)?)?;
    if (manifest.schema.as_str(), manifest.schema_version.as_str()) != (SCHEMA, SCHEMA_VERSION) {
        return Err(NotVerified::at(MANIFEST, "has a kind or version that this program does not read"));
    }
    let [statement, report, factors] = [STATEMENT, REPORT, FACTORS].map(|member| pack.member(member));
    let (statement, report, factors) = (statement?, report?, factors?);

    let stated: StatedInputs = json(STATEMENT, statement)?;
    let (set, others) =
        sets::read(&json(STATEMENT, statement)?, stated.factor_set_sha256.as_deref(), factors)?;
    windows::check(&json(STATEMENT, statement)?, &set, pack.find(WINDOWS))?;
    let events = pack.events(&manifest)?;
    let CheckedEvents { sums, merkle_root, .. } = events;
    let set = set.with_grid_values(grids);
    let others: Vec<FactorSet> = others.iter().map(|set| set.with_grid_values(grids)).collect();
    let not_recomputed = withheld::series(&json(STATEMENT, statement)?, &set, &others);
    let evidence = stated.evidence(sums, others)?;
    check_audit(&stated, sums, merkle_root)?;
    let again = Statement::new(stated.heading.clone(), &evidence, &set);
    if stated.generator != again.generator {
        return Err(NotAStatement::AnotherGenerator { by: stated.generator }.into());
    }
    let again = if not_recomputed.is_empty() { again } else { withheld::check(&pack, &again, &set)? };
    for form in Form::ALL {
        match again.form(form) {
            Some(text) => same_form(form, EVENTS_GIVE, &text, pack.member(form.name())?)?,
            None if pack.find(form.name()).is_some() => {
                return Err(NotVerified::at(form.name(), "is a form that this statement should not have"));
            }
            None => {}
        }
    }
    for (name, text) in TAXONOMY {
        same_rows(name, text, pack.member(name)?)?;
    }
    let signed_by = drawn::check(&again, pack.find(LOGO), report, with)?;
    let verified = verified(&again);
    let time_stamp = time_stamp::check(verified.closing_seal.as_ref(), pack.find(TIME_STAMP))?;
    let ledger = proof::check(&again, events, pack.find(PROOF))?;
    companions::check(&pack, MONTH_SCRIPT, manifest.verify_at.as_deref())?;
    pack.check_digests(&manifest.members)?;
    if manifest.report_id != stated.heading.report_id || manifest.generator != stated.generator {
        return Err(NotVerified::at(MANIFEST, "belongs to another report"));
    }
    as_written(MANIFEST, &manifest, pack.member(MANIFEST)?)?;
    sets::check_written(factors)?;
    companions::check_sums(&pack, &manifest.members)?;
    let events = Some((sums.count, merkle_root.clone()));
    Ok(Verified { signed_by, events, time_stamp, ledger, not_recomputed, ..verified })
}

/// What figures of a month follow from.
const EVENTS_GIVE: &str = "the events";

fn verified(statement: &Statement) -> Verified {
    Verified {
        report_id: statement.heading.report_id.clone(),
        heading: statement.heading.clone(),
        co2_grams: statement.total.co2.map(|co2| co2.central().to_string()),
        factor_set: statement.factor_set.clone(),
        events: None,
        signed_by: None,
        not_recomputed: Vec::new(),
        closing_seal: statement.audit.as_ref().and_then(|audit| audit.closing_seal.clone()),
        time_stamp: None,
        period: None,
        ledger: None,
    }
}

/// Checks a report alone: that every line is its tokens times its rates, that lines add up, and that the file is what the
/// statement in it draws, to the last byte. Whether the tokens are what was used, only the events can tell.
///
/// # Errors
/// [`NotVerified`]: the first row or field that differs.
pub fn verify_report(pdf: &[u8]) -> Result<Verified, NotVerified> {
    verify_report_with(pdf, &AtHand::default())
}

/// The same with fonts that names in it are set in, by who has them.
///
/// # Errors
/// [`NotVerified`]: the first row or field that differs; or a font that is missing, as the pages cannot be compared.
pub fn verify_report_with(pdf: &[u8], with: &AtHand<'_>) -> Result<Verified, NotVerified> {
    let report = ReadPdf::of(pdf);
    let find = |name: &str| report.as_ref()?.attached(name);
    let attached =
        |name: &str| find(name).ok_or_else(|| NotVerified::at(REPORT, format!("has no {name} attached")));
    let json_text = attached(STATEMENT)?;
    if period::is_statement(&json_text) {
        return period::verify_report(&json_text, |form| find(form.name()), find(LOGO).as_deref(), pdf, with);
    }
    let (lines, focus) = (attached(LINES)?, attached(Form::Focus.name())?);
    let statement = Statement::from_forms(&json_text, &focus)?;
    same_form(Form::Statement, EVENTS_GIVE, &statement.to_json(), &json_text)?;
    let stated: Value = json(STATEMENT, &json_text)?;
    arithmetic::check(&stated)?;
    arithmetic::check_lines(&stated, &lines)?;
    arithmetic::check_forms(&stated, |form| find(form.name()))?;
    arithmetic::check_days(&statement)?;
    market::check(&statement)?;
    let signed_by = drawn::check(&statement, find(LOGO).as_deref(), pdf, with)?;
    let series = statement.grids.iter().flat_map(|grids| &grids.series);
    let not_recomputed = series.map(|series| series.factor_id.clone()).collect();
    Ok(Verified { signed_by, not_recomputed, ..verified(&statement) })
}

impl From<NotAStatement> for NotVerified {
    fn from(error: NotAStatement) -> Self {
        let detail = error.to_string();
        let (place, detail) = detail.split_once(": ").unwrap_or((STATEMENT, &detail));
        NotVerified::at(place, detail)
    }
}

/// What the statement says of its events, against the events.
fn check_audit(stated: &StatedInputs, sums: &EventSums, merkle_root: &str) -> Result<(), NotVerified> {
    let Some(audited) = stated.audit.as_ref().and_then(|audit| audit.events.as_ref()) else { return Ok(()) };
    let at = |field: &str, stated: String, found: String| {
        let place = format!("{STATEMENT}, /audit/events/{field}");
        if stated == found {
            Ok(())
        } else {
            Err(NotVerified::at(place, format!("says {stated}; the events give {found}")))
        }
    };
    let time = |ms: Option<i64>| {
        ms.and_then(|ms| Timestamp::from_millisecond(ms).ok())
            .map_or_else(String::new, |time| time.to_string())
    };
    let text = |time: Option<Timestamp>| time.map_or_else(String::new, |time| time.to_string());
    at("count", audited.count.to_string(), sums.count.to_string())?;
    at("reversals", audited.reversals.to_string(), sums.reversals.to_string())?;
    at("first_at", text(audited.first_at), time(sums.span_ms.map(|[first, _]| first)))?;
    at("last_at", text(audited.last_at), time(sums.span_ms.map(|[_, last]| last)))?;
    at("merkle_root", audited.merkle_root.clone(), merkle_root.to_owned())
}
