//! Checking a pack, or a report alone, without a network and without a database.

use super::{
    EVENTS, FACTORS, LINES, LOGO, MANIFEST, NotVerified, REPORT, STATEMENT, WINDOWS,
    anchors::stated_seal,
    arithmetic,
    difference::{json, same_json, same_rows},
    event::{EventSums, PackedEvent},
    manifest::{Digesting, Manifest, SCHEMA, SCHEMA_VERSION},
    sets,
    stated::StatedInputs,
    windows,
};
use crate::{
    activity::hex, evidence::ClosingSeal, form::Form, forms::TAXONOMY, layout::render_pdf,
    merkle::MerkleTree, pdf::ReadPdf, statement::Statement,
};
use jiff::Timestamp;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Seek},
};
use zip::ZipArchive;

/// What was found right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Id of the report.
    pub report_id: String,
    /// Emissions of the month in grams, all digits; `None` where nothing has a factor.
    pub co2_grams: Option<String>,
    /// The factor set that valued it.
    pub factor_set: String,
    /// CheckedEvents that were added up, with the Merkle root over them; `None` for a report alone.
    pub events: Option<(u64, String)>,
    /// The seal over the closing of the month, in the ledger that the report was made from; `None` while it was open.
    pub closing_seal: Option<ClosingSeal>,
}

/// Members other than the events are read whole; none of ours is near this.
const MEMBER_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// One event as text.
const EVENT_BYTES_MAX: u64 = 64 * 1024;

/// Computes a pack's report again from its events and its factor set, and compares every form of it.
///
/// # Errors
/// [`NotVerified`]: the first row or field that differs.
pub fn verify_pack<R: Read + Seek>(pack: R) -> Result<Verified, NotVerified> {
    let mut pack = PackReader::open(pack)?;
    let manifest: Manifest = json(MANIFEST, &pack.bytes(MANIFEST)?)?;
    if (manifest.schema.as_str(), manifest.schema_version.as_str()) != (SCHEMA, SCHEMA_VERSION) {
        return Err(NotVerified::at(MANIFEST, "has a kind or version that this program does not read"));
    }
    let [statement, report, factors] = [STATEMENT, REPORT, FACTORS].map(|member| pack.bytes(member));
    let (statement, report, factors) = (statement?, report?, factors?);
    let logo = if pack.has(LOGO) { Some(pack.bytes(LOGO)?) } else { None };
    let windows = if pack.has(WINDOWS) { Some(pack.bytes(WINDOWS)?) } else { None };

    let stated: StatedInputs = json(STATEMENT, &statement)?;
    let (set, others) =
        sets::read(&json(STATEMENT, &statement)?, stated.factor_set_sha256.as_deref(), &factors)?;
    windows::check(&json(STATEMENT, &statement)?, &set, windows.as_deref())?;
    let CheckedEvents { sums, merkle_root } = pack.events(&manifest)?;
    let evidence = stated.evidence(&sums, others)?;
    check_audit(&stated, &sums, &merkle_root)?;
    let again = Statement::new(stated.heading.clone(), &evidence, &set);
    if stated.generator != again.generator {
        let detail = format!("was made by {}; this is {}", stated.generator, again.generator);
        return Err(NotVerified::at(format!("{STATEMENT}, /generator"), detail));
    }
    let mut forms = Vec::new();
    for form in Form::ALL {
        let Some(text) = again.form(form) else {
            if pack.has(form.name()) {
                return Err(NotVerified::at(form.name(), "is a form that this statement should not have"));
            }
            continue;
        };
        let member = pack.bytes(form.name())?;
        match form.media_type() {
            "application/json" => same_json(form.name(), &text, &member)?,
            _ => same_rows(form.name(), &text, &member)?,
        }
        forms.push((form.name(), member));
    }
    for (name, text) in TAXONOMY {
        same_rows(name, text, &pack.bytes(name)?)?;
    }
    same_report(&again, &report, &forms, logo.as_deref())?;
    pack.check_digests(&manifest)?;
    if manifest.report_id != stated.heading.report_id || manifest.generator != stated.generator {
        return Err(NotVerified::at(MANIFEST, "belongs to another report"));
    }
    Ok(verified(&again, Some((sums.count, merkle_root))))
}

fn verified(statement: &Statement, events: Option<(u64, String)>) -> Verified {
    Verified {
        report_id: statement.heading.report_id.clone(),
        co2_grams: statement.total.co2.map(|co2| co2.central().to_string()),
        factor_set: statement.factor_set.clone(),
        events,
        closing_seal: statement.audit.as_ref().and_then(|audit| audit.closing_seal.clone()),
    }
}

/// Checks a report alone: that its attachments are there and agree, that every line is its tokens times its rates, and
/// that lines add up. Whether the tokens are what was used, only the events can tell.
///
/// # Errors
/// [`NotVerified`]: the first row or field that differs.
pub fn verify_report(pdf: &[u8]) -> Result<Verified, NotVerified> {
    let report = ReadPdf::of(pdf);
    let attached = |name: &str| {
        report
            .as_ref()
            .and_then(|report| report.attached(name))
            .ok_or_else(|| NotVerified::at(REPORT, format!("has no {name} attached")))
    };
    let (statement, lines) = (attached(STATEMENT)?, attached(LINES)?);
    let stated: Value = json(STATEMENT, &statement)?;
    arithmetic::check(&stated)?;
    arithmetic::check_lines(&stated, &lines)?;
    arithmetic::check_forms(&stated, |form| report.as_ref()?.attached(form.name()))?;
    let text = |pointer: &str| stated.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    Ok(Verified {
        report_id: text("/heading/report_id").unwrap_or_default(),
        co2_grams: text("/total/co2_grams/central"),
        factor_set: text("/factor_set").unwrap_or_default(),
        events: None,
        closing_seal: stated_seal(&statement),
    })
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

/// The PDF shows the statement, and has its forms attached.
fn same_report(
    statement: &Statement,
    report: &[u8],
    forms: &[(&str, Vec<u8>)],
    logo: Option<&[u8]>,
) -> Result<(), NotVerified> {
    let report = ReadPdf::of(report);
    for (name, member) in forms {
        if report.as_ref().and_then(|report| report.attached(name)).as_ref() != Some(member) {
            let place = format!("{REPORT}, attachment {name}");
            return Err(NotVerified::at(place, "is not the member of the pack"));
        }
    }
    let wrong = |detail: String| NotVerified::at(REPORT, detail);
    let brand = statement.heading.supplier.brand(logo);
    let brand = brand.map_err(|error| NotVerified::at(LOGO, error.to_string()))?;
    let again = render_pdf(statement, &brand).map_err(|error| wrong(error.to_string()))?;
    let pages = |pdf: Option<ReadPdf>| {
        pdf.and_then(|pdf| pdf.page_contents())
            .ok_or_else(|| wrong("has pages that cannot be read".to_owned()))
    };
    let (drawn, expected) = (pages(report)?, pages(ReadPdf::of(&again))?);
    if drawn.len() != expected.len() {
        return Err(wrong(format!("has {} pages; the statement fills {}", drawn.len(), expected.len())));
    }
    match drawn.iter().zip(&expected).position(|(drawn, expected)| drawn != expected) {
        Some(page) => Err(NotVerified::at(
            format!("{REPORT}, page {}", page + 1),
            "does not show what the statement says",
        )),
        None => Ok(()),
    }
}

struct CheckedEvents {
    sums: EventSums,
    merkle_root: String,
}

struct PackReader<R> {
    zip: ZipArchive<R>,
}

impl<R: Read + Seek> PackReader<R> {
    fn open(pack: R) -> Result<Self, NotVerified> {
        let zip = ZipArchive::new(pack)
            .map_err(|error| NotVerified::at("the file", format!("is not an evidence pack: {error}")))?;
        Ok(PackReader { zip })
    }

    fn has(&self, member: &str) -> bool {
        self.zip.index_for_name(member).is_some()
    }

    fn names(&self) -> Result<Vec<String>, NotVerified> {
        let names = self.zip.file_names().map(|name| name.map(|name| name.into_owned()));
        names.collect::<Result<_, _>>().map_err(|error| NotVerified::at("the file", error.to_string()))
    }

    fn member(&mut self, member: &str) -> Result<impl Read, NotVerified> {
        self.zip.by_name(member).map_err(|error| NotVerified::at(member, error.to_string()))
    }

    fn bytes(&mut self, member: &str) -> Result<Vec<u8>, NotVerified> {
        let mut bytes = Vec::new();
        let read = self.member(member)?.take(MEMBER_BYTES_MAX).read_to_end(&mut bytes);
        read.map_err(|error| NotVerified::at(member, error.to_string()))?;
        Ok(bytes)
    }

    /// Adds up the events, each against its checksum and the number before it.
    fn events(&mut self, manifest: &Manifest) -> Result<CheckedEvents, NotVerified> {
        let (mut sums, mut tree) = (EventSums::default(), MerkleTree::default());
        let mut rows = BufReader::new(self.member(EVENTS)?);
        let (mut row, mut last) = (Vec::new(), None);
        for number in 1u64.. {
            let wrong = |detail: String| NotVerified::at(format!("{EVENTS}, row {number}"), detail);
            row.clear();
            let read = rows.by_ref().take(EVENT_BYTES_MAX).read_until(b'\n', &mut row);
            if read.map_err(|error| wrong(error.to_string()))? == 0 {
                break;
            }
            let event: PackedEvent =
                serde_json::from_slice(&row).map_err(|error| wrong(error.to_string()))?;
            let line = event.line();
            if i64::from(crc32fast::hash(line.as_bytes()).cast_signed()) != event.crc32 {
                return Err(wrong(format!("event {} is not as it was written", event.event_key)));
            }
            if last.is_some_and(|last| last >= event.event_key) {
                return Err(wrong(format!("event {} is out of order", event.event_key)));
            }
            last = Some(event.event_key);
            tree.push(line.as_bytes());
            if !sums.add(&event) {
                return Err(wrong("has a time outside the calendar, or media that are no counts".to_owned()));
            }
        }
        let merkle_root = hex(&tree.root());
        if (sums.count, &merkle_root) != (manifest.events, &manifest.merkle_root) {
            let stated = format!("{} events under {}", manifest.events, manifest.merkle_root);
            let found = format!("{} under {merkle_root}", sums.count);
            return Err(NotVerified::at(MANIFEST, format!("says {stated}; there are {found}")));
        }
        Ok(CheckedEvents { sums, merkle_root })
    }

    fn check_digests(&mut self, manifest: &Manifest) -> Result<(), NotVerified> {
        let mut found = BTreeMap::new();
        let names: Vec<String> = self.names()?;
        for name in names.into_iter().filter(|name| name != MANIFEST) {
            let mut member = Digesting::new(self.member(&name)?);
            std::io::copy(&mut member, &mut std::io::sink())
                .map_err(|error| NotVerified::at(&name, error.to_string()))?;
            let digest = member.member();
            drop(member);
            found.insert(name, digest);
        }
        let differs = found.iter().find(|(name, member)| manifest.members.get(*name) != Some(*member));
        let missing = manifest.members.keys().find(|name| !found.contains_key(*name));
        match (differs, missing) {
            (Some((name, member)), _) => Err(NotVerified::at(
                format!("{MANIFEST}, {name}"),
                format!("is not what it says: the member has {} bytes under {}", member.bytes, member.sha256),
            )),
            (None, Some(name)) => Err(NotVerified::at(MANIFEST, format!("names {name}, which is not there"))),
            (None, None) => Ok(()),
        }
    }
}
