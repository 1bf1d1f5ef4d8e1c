//! The evidence pack: a clean one verifies, and any number that is flipped is named.

use crate::samples::{heading, ordinary_sample, row, statements};
use carbon_core::{FactorSet, Usage, registry::Tables};
use carbon_report::{
    Activity, Brand, Evidence, Form, Language, Statement, Status,
    evidence::{Audit, AuditedEvents, ClosingSeal, EarlierMonth},
    forms::TAXONOMY,
    merkle::MerkleTree,
    pack::{EventSums, PackWriter, PackedEvent, verify_pack, verify_report},
    render_pdf,
};
use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    io::{Cursor, Read, Write},
    sync::LazyLock,
};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

/// A day's calls, one event each, one of them reversed.
pub(crate) fn events() -> Vec<PackedEvent> {
    let calls = [
        ("gpt-4o", "", 600, 400, Some("output_audio_tokens=150,audio_ms=12500")),
        ("mistral-large-2", "", 1_000, 250, None),
        ("gpt-5", "FRA", 900, 77, Some("input_image_tokens=800")),
        ("nobody-knows", "", 10, 5, Some("images=2,image_pixels=2097152")),
        ("gpt-4o", "", 50, 50, Some("output_image_tokens=20,images=1")),
    ];
    let at =
        |hour: i64| "2026-10-05T00:00:00Z".parse::<Timestamp>().unwrap().as_millisecond() + hour * 3_600_000;
    let call =
        |(place, (model, region, input, output, media)): (usize, (&str, &str, i64, i64, Option<&str>))| {
            let key = i64::try_from(place).unwrap() + 7;
            PackedEvent {
                event_key: key,
                account_key: 1,
                event_id: format!("event-{key}"),
                tenant_key: 2,
                deployment_key: key,
                received_at_ms: at(key),
                occurred_at_ms: (place == 1).then(|| at(2)),
                requests: 1,
                calls: None,
                media: media.map(str::to_owned),
                by_hour: false,
                input_tokens: input,
                cache_read_input_tokens: 0,
                cache_creation_input_tokens: 0,
                output_tokens: output,
                reasoning_output_tokens: 0,
                tag_keys: "3".to_owned(),
                reverses: None,
                crc32: 0,
                model: model.to_owned(),
                provider: String::new(),
                region: region.to_owned(),
                tags: BTreeMap::from([("feature".to_owned(), "chat".to_owned())]),
            }
        };
    let mut events: Vec<PackedEvent> = calls.into_iter().enumerate().map(call).collect();
    let reversed = events.last().unwrap().clone();
    events.push(PackedEvent {
        event_key: 20,
        event_id: "event-20".to_owned(),
        requests: -1,
        input_tokens: -50,
        output_tokens: -50,
        media: Some("output_image_tokens=-20,images=-1".to_owned()),
        occurred_at_ms: Some(reversed.received_at_ms),
        reverses: Some(reversed.event_key),
        ..reversed
    });
    for event in &mut events {
        event.crc32 = i64::from(crc32fast::hash(event.line().as_bytes()).cast_signed());
    }
    events
}

pub(crate) fn statement(events: &[PackedEvent], language: Language) -> Statement {
    statement_under(&[FactorSet::latest()], events, language)
}

/// Under the first of these sets, and behind months that were stated under each of them, the nearest under the first.
pub(crate) fn statement_under(sets: &[&FactorSet], events: &[PackedEvent], language: Language) -> Statement {
    let (mut sums, mut tree) = (EventSums::default(), MerkleTree::default());
    for event in events {
        assert!(sums.add(event));
        tree.push(event.line().as_bytes());
    }
    let [first, last] = sums.span_ms.unwrap().map(|ms| Timestamp::from_millisecond(ms).ok());
    let root: String = tree.root().iter().map(|byte| format!("{byte:02x}")).collect();
    let evidence = Evidence {
        activity: sums.activity().unwrap(),
        tags: sums.tags().unwrap(),
        audit: Some(Audit {
            last_event: 20,
            events: Some(AuditedEvents {
                count: sums.count,
                reversals: sums.reversals,
                first_at: first,
                last_at: last,
                merkle_root: root,
            }),
            closing_seal: Some(ClosingSeal { number: 7, sha256: "0f".repeat(32) }),
        }),
        invoiced_tokens: Some(5_000),
        market: crate::samples::market(),
        sets: sets.iter().map(|set| (*set).clone()).collect(),
        ..Evidence::default()
    };
    let heading = heading(language);
    let months = std::iter::successors(Some(heading.month.previous()), |month| Some(month.previous()));
    let earlier = sets.iter().zip(months).map(|(set, month)| EarlierMonth {
        month,
        status: Status::Final,
        factor_set: set.as_str().to_owned(),
        stated: Statement::new(heading.clone(), &evidence, set).total.into(),
    });
    Statement::new(heading.clone(), &Evidence { earlier: earlier.collect(), ..evidence.clone() }, sets[0])
}

/// With the sets that ship alone.
fn pack(events: &[PackedEvent], pdf: &[u8]) -> Vec<u8> {
    pack_with(events, pdf, &[])
}

fn pack_with(events: &[PackedEvent], pdf: &[u8], sets: &[&FactorSet]) -> Vec<u8> {
    let find = |version: &str| sets.iter().find(|set| set.as_str() == version).map(|set| (*set).clone());
    let mut pack = PackWriter::new(Cursor::new(Vec::new()), pdf, &find, &|_| None).unwrap();
    events.iter().for_each(|event| pack.event(event).unwrap());
    pack.finish().unwrap().into_inner()
}

/// The pack of these events, made once for all tests.
pub(crate) fn clean() -> &'static [u8] {
    static CLEAN: LazyLock<Vec<u8>> = LazyLock::new(made);
    &CLEAN
}

fn made() -> Vec<u8> {
    let events = events();
    let pdf = render_pdf(&statement(&events, Language::De), &Brand::default()).unwrap();
    pack(&events, &pdf)
}

pub(crate) fn members(pack: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut zip = ZipArchive::new(Cursor::new(pack)).unwrap();
    let names: Vec<String> =
        (0..zip.len()).map(|place| zip.by_index(place).unwrap().name().unwrap().into_owned()).collect();
    let read = |name: String| {
        let mut bytes = Vec::new();
        zip.by_name(&name).unwrap().read_to_end(&mut bytes).unwrap();
        (name, bytes)
    };
    names.into_iter().map(read).collect()
}

pub(crate) fn zipped(members: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    // Compressing them well would take as long as reading them.
    let options = SimpleFileOptions::default().compression_level(Some(1));
    for (name, bytes) in members {
        zip.start_file(name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn a_clean_pack_verifies_and_is_the_same_every_time() {
    let pack = clean();
    assert!(pack == made(), "bytes differ");
    let verified = verify_pack(Cursor::new(pack)).unwrap();
    // Six rows; the reversed one and its reversal come to nothing.
    assert_eq!(verified.events.unwrap().0, 6);
    // Of the first one's 400 output tokens 150 stand for sound, to which no rate of text applies.
    let rows =
        [("gpt-4o", None, 600, 250), ("mistral-large-2", None, 1_000, 250), ("gpt-5", Some("FRA"), 900, 77)];
    let rows: Vec<Activity> =
        rows.into_iter().map(|(model, region, i, o)| row(5, model, region, Usage::of_call(i, o))).collect();
    let own = Statement::new(heading(Language::En), &Evidence::from(rows), FactorSet::latest());
    assert_eq!(verified.co2_grams, own.total.co2.map(|co2| co2.central().to_string()));
    // Putting it together anew changes nothing.
    assert!(verify_pack(Cursor::new(zipped(&members(pack)))).is_ok());
}

/// Places of digits in a text, spread over it.
fn digits(text: &[u8], count: usize) -> Vec<usize> {
    let all: Vec<usize> = (0..text.len()).filter(|&place| text[place].is_ascii_digit()).collect();
    let step = (all.len() / count).max(1);
    all.into_iter().step_by(step).collect()
}

#[test]
fn any_number_that_is_flipped_is_named() {
    let members = members(clean());
    assert_eq!(members.len(), Form::ALL.len() + TAXONOMY.len() + 7);
    for (name, bytes) in members.iter().filter(|(name, _)| !name.ends_with(".pdf")) {
        for place in digits(bytes, 40) {
            let mut forged = members.clone();
            let digit = &mut forged.get_mut(name).unwrap()[place];
            *digit = if *digit == b'9' { b'1' } else { *digit + 1 };
            let error = verify_pack(Cursor::new(zipped(&forged))).expect_err("a flipped number");
            // What the PDF holds differs from the member where the member is an input; else the member is named.
            let named = error.place.starts_with(name.as_str())
                || error.place.starts_with("report.pdf, attachment")
                || name == "manifest.json"
                || (name == "statement.json"
                    && Form::ALL.iter().any(|form| error.place.starts_with(form.name())))
                || (name == "events.ndjson" && error.place.starts_with("statement.json"));
            assert!(named, "{name} at {place}: {error}");
        }
    }
}

#[test]
fn the_first_row_that_differs_is_named() {
    let text =
        |members: &BTreeMap<String, Vec<u8>>, name: &str| String::from_utf8(members[name].clone()).unwrap();
    for (member, from, to, expect) in [
        (
            "events.ndjson",
            "\"input_tokens\":600",
            "\"input_tokens\":601",
            "events.ndjson, row 1: event 7 is not as it was written",
        ),
        ("events.ndjson", "\"model\":\"gpt-5\"", "\"model\":\"gpt-4\"", "statement.json, /activity_sha256"),
        ("factors.json", "gCO2e,0.03483,", "gCO2e,0.03484,", "factors.json, factors.csv, row 2"),
        ("lines.csv", "model,gpt-4o,", "model,gpt-4o-mini,", "lines.csv, row "),
        ("focus.csv", ",Tokens,gpt-4o,", ",Tokens,gpt-4,", "focus.csv, row "),
        (
            "footprint.pact.json",
            "\"piece\"",
            "\"hour\"",
            "footprint.pact.json, /pcf/declaredUnitOfMeasurement: says",
        ),
        ("statement.xbrl.json", "utr:tCO2e", "utr:kgCO2e", "statement.xbrl.json, /facts/ghg"),
        ("statement.vsme.json", "<p>", "<b>", "statement.vsme.json, /facts/line/value: says"),
        ("lct.xsd", "dtr:ghgEmissionsItemType", "xbrli:decimalItemType", "lct.xsd, row "),
        ("statement.json", "\"requests\": 4", "\"requests\": 5", "statement.json, /"),
        ("manifest.json", "\"events\": 6", "\"events\": 7", "manifest.json: says 7 events"),
    ] {
        let mut forged = members(clean());
        let changed = text(&forged, member).replacen(from, to, 1);
        assert_ne!(changed, text(&forged, member), "{from} is not in {member}");
        forged.insert(member.to_owned(), changed.into_bytes());
        let error = verify_pack(Cursor::new(zipped(&forged))).unwrap_err().to_string();
        assert!(error.starts_with(expect), "{error}");
    }
}

#[test]
fn another_report_in_the_pack_is_named() {
    let events = events();
    let statement = statement(&events, Language::En);
    let mut other = statement.clone();
    other.heading.issued_on = jiff::civil::date(2026, 12, 24);
    let [pdf, other] =
        [&statement, &other].map(|statement| render_pdf(statement, &Brand::default()).unwrap());
    let mut forged = members(&pack(&events, &pdf));
    forged.insert("report.pdf".to_owned(), other);
    let error = verify_pack(Cursor::new(zipped(&forged))).unwrap_err();
    assert_eq!(error.place, "report.pdf, attachment statement.json");
    // The forms of one statement around the pages of another.
    let mut missing = members(&pack(&events, &pdf));
    missing.remove("lines.csv");
    assert_eq!(verify_pack(Cursor::new(zipped(&missing))).unwrap_err().place, "lines.csv");
    assert_eq!(verify_pack(Cursor::new(b"no zip")).unwrap_err().place, "the file");
}

#[test]
fn a_report_alone_is_checked_line_by_line() {
    for month in statements(Language::En) {
        let kind = month.kind;
        let verified = verify_report(month.pdf()).unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!(
            verified.co2_grams,
            month.statement.total.co2.map(|co2| co2.central().to_string()),
            "{kind}"
        );
    }
    let mut wrong = ordinary_sample(Language::En).statement.clone();
    wrong.by_model[1].valued.usage.output_tokens += 1;
    let error = verify_report(&render_pdf(&wrong, &Brand::default()).unwrap()).unwrap_err();
    assert_eq!(error.place, "statement.json, /by_model/1/co2_grams/central");
    let mut wrong = ordinary_sample(Language::En).statement.clone();
    wrong.by_use[3].valued.co2 = None;
    let error = verify_report(&render_pdf(&wrong, &Brand::default()).unwrap()).unwrap_err();
    assert_eq!(error.place, "focus.csv");
    let mut older = ordinary_sample(Language::En).statement.clone();
    older.generator = "carbon-report 0.0.9";
    let error = verify_report(&render_pdf(&older, &Brand::default()).unwrap()).unwrap_err();
    let version = env!("CARGO_PKG_VERSION");
    let expect = format!("was made by carbon-report 0.0.9; this is carbon-report {version}");
    assert_eq!((error.place.as_str(), error.detail), ("statement.json, /generator", expect));
    assert!(verify_report(b"%PDF-1.7 nonsense").is_err());
}

/// A set that no program ships is read from the pack: held against its own digests, and against the statement's.
#[test]
fn a_set_that_does_not_ship_comes_with_the_pack() {
    let alias = "alias,model,valid_from,valid_to,evidence\nchat,gpt-4o,,,our own name\n";
    let set = FactorSet::latest().with_tables("2026.11.1", Tables::new().aliases(alias)).unwrap();
    let set = set.whole().unwrap();
    let older = FactorSet::from_tables("acme-0", Tables::of_files(set.files().unwrap()).unwrap()).unwrap();
    let events = events();
    let sets = [&set, &older];
    let statement = statement_under(&sets, &events, Language::En);
    assert!(statement.trend.change.is_some(), "the month before has its set");
    let pdf = render_pdf(&statement, &Brand::default()).unwrap();
    let pack = pack_with(&events, &pdf, &sets);
    assert!(PackWriter::new(Cursor::new(Vec::new()), &pdf, &|_| None, &|_| None).is_err(), "without its set");
    let verified = verify_pack(Cursor::new(&pack)).unwrap();
    assert_eq!(verified.factor_set, "2026.11.1");

    let factors: Value = serde_json::from_slice(&members(&pack)["factors.json"]).unwrap();
    let refused = |change: &dyn Fn(&mut Value)| {
        let (mut forged, mut factors) = (members(&pack), factors.clone());
        change(&mut factors);
        forged.insert("factors.json".to_owned(), serde_json::to_vec_pretty(&factors).unwrap());
        verify_pack(Cursor::new(zipped(&forged))).unwrap_err().to_string()
    };
    let files = factors["files"].as_array().unwrap();
    assert!(files.len() > 5, "the tables are whole");
    // Wherever a digit is flipped, its table is named.
    for (place, file) in files.iter().enumerate() {
        let (name, text) = (file["name"].as_str().unwrap(), file["text"].as_str().unwrap());
        for digit in digits(text.as_bytes(), 3) {
            let mut flipped = text.as_bytes().to_vec();
            flipped[digit] ^= 1;
            let flipped = String::from_utf8(flipped).unwrap();
            let error = refused(&|factors| factors["files"][place]["text"] = flipped.clone().into());
            let expect =
                format!("factors.json, {name}: is not the table of 2026.11.1: its digest is another");
            assert_eq!(error, expect);
        }
    }
    let digest =
        |text: &str| -> String { Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect() };
    // Whoever makes the digests fit each other cannot make them fit the statement.
    let forged = |factors: &mut Value| {
        let files = factors["files"].as_array_mut().unwrap();
        let text = files[0]["text"].as_str().unwrap().replace("chat,gpt-4o", "chat,gpt-4o-mini");
        files[0]["sha256"] = digest(&text).into();
        files[0]["text"] = text.into();
        let all: String = files.iter().map(|file| file["text"].as_str().unwrap()).collect();
        factors["sha256"] = digest(&all).into();
    };
    assert_eq!(refused(&forged), "statement.json, /factor_set_sha256: is not the digest of 2026.11.1");
    let lacks_one = |factors: &mut Value| drop(factors["files"].as_array_mut().unwrap().remove(0));
    assert_eq!(refused(&lacks_one), "factors.json: states another digest than its tables have");
    let renamed = |factors: &mut Value| factors["factor_set"] = "2026.11".into();
    assert_eq!(refused(&renamed), "factors.json: holds 2026.11, not 2026.11.1");
}
