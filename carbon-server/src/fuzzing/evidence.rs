//! Reports and evidence packs: what is changed verifies as what it was, or not at all.

use crate::base::digest::hex;
use carbon_core::FactorSet;
use carbon_report::{
    Brand, Client, Date, Evidence, Heading, Month, Statement, Status, attached,
    evidence::{Audit, AuditedEvents, ClosingSeal},
    merkle::MerkleTree,
    pack::{EventSums, PackWriter, PackedEvent, Verified, verify_pack, verify_report},
    render_pdf,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    io::{Cursor, Read, Write},
    sync::LazyLock,
};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

/// A pack as it is issued.
pub(super) struct SoundPack {
    pack: Vec<u8>,
    /// Those of the pack, in their order.
    pub(super) members: Vec<(String, Vec<u8>)>,
    verified: Verified,
}

impl SoundPack {
    pub(super) fn of(pack: Vec<u8>) -> Self {
        let verified = verify_pack(Cursor::new(&pack)).expect("the pack is sound");
        SoundPack { members: members(&pack), verified, pack }
    }
}

/// A report and its pack.
struct Sound {
    report: Vec<u8>,
    of_report: Verified,
    pack: SoundPack,
}

static SOUND: LazyLock<Sound> = LazyLock::new(|| {
    let events = [event(7, "gpt-4o", "FRA", 600, 400), event(8, "mistral-large-2", "", 1_000, 250)];
    let report = render_pdf(&statement(&events), &Brand::default()).expect("a report is drawn");
    let mut pack = PackWriter::new(Cursor::new(Vec::new()), &report, &|_| None, &|_| None)
        .expect("the report has its statement");
    events.iter().for_each(|event| pack.event(event).expect("memory takes it"));
    let pack = pack.finish().expect("memory takes it").into_inner();
    let of_report = verify_report(&report).expect("the report is sound");
    Sound { report, of_report, pack: SoundPack::of(pack) }
});

/// The first byte says what the others are: a pack, edits of the sound one's bytes, or edits of its members; the members
/// with digests in the manifest that fit them, or with those that were there.
pub(super) fn check_pack(input: &[u8]) {
    check_changed(&SOUND.pack, input);
}

/// The same of any pack.
pub(super) fn check_changed(SoundPack { pack, members, verified: sound }: &SoundPack, input: &[u8]) {
    let Some((kind, input)) = input.split_first() else { return };
    let verified = match kind % 4 {
        0 => verify_pack(Cursor::new(input)),
        1 => verify_pack(Cursor::new(edited(pack, input))),
        kind => {
            let mut members = members.clone();
            let (member, edits) = input.split_first().unwrap_or((&0, &[]));
            let place = usize::from(*member) % members.len();
            members[place].1 = edited(&members[place].1, edits);
            if kind == 3 {
                seal(&mut members);
            }
            verify_pack(Cursor::new(zipped(&members)))
        }
    };
    match verified {
        Ok(verified) => assert_eq!(verified, *sound, "another pack verifies"),
        Err(fault) => assert!(!fault.place.is_empty() && !fault.detail.is_empty(), "{fault:?}"),
    }
}

/// The first byte says what the others are: a report, or edits of the sound one's bytes.
pub(super) fn check_report(input: &[u8]) {
    let Some((kind, input)) = input.split_first() else { return };
    let report = if kind % 2 == 0 { input.to_vec() } else { edited(&SOUND.report, input) };
    match verify_report(&report) {
        Ok(verified) => {
            // Whatever else it says, it is what the statement in it says.
            let statement = attached(&report, "statement.json").expect("it was read");
            let statement: Value = serde_json::from_slice(&statement).expect("it was read");
            let stated =
                |pointer: &str| statement.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
            assert_eq!(verified.co2_grams, stated("/total/co2_grams/central"));
            assert_eq!(Some(verified.report_id), stated("/heading/report_id").or(Some(String::new())));
            assert_eq!(verified.co2_grams, SOUND.of_report.co2_grams, "another figure verifies");
        }
        Err(fault) => assert!(!fault.place.is_empty() && !fault.detail.is_empty(), "{fault:?}"),
    }
}

/// Edits, one after the other: three bytes say where, one how many bytes go and how many of the following come instead.
pub(super) fn edited(bytes: &[u8], mut edits: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    while let [a, b, c, counts, rest @ ..] = edits {
        let at = ((usize::from(*a) << 16) | (usize::from(*b) << 8) | usize::from(*c)) % (bytes.len() + 1);
        let end = (at + usize::from(counts >> 4)).min(bytes.len());
        let (new, rest) = rest.split_at(usize::from(counts & 15).min(rest.len()));
        bytes.splice(at..end, new.iter().copied());
        edits = rest;
    }
    bytes
}

/// Makes the manifest and the checksums state what the members are, as a forger would.
pub(super) fn seal(members: &mut [(String, Vec<u8>)]) {
    let sums: BTreeMap<String, Value> = members
        .iter()
        .filter(|(name, _)| name != MANIFEST && name != SUMS)
        .map(|(name, bytes)| {
            (name.clone(), json!({"bytes": bytes.len(), "sha256": hex(&Sha256::digest(bytes))}))
        })
        .collect();
    let Some((_, manifest)) = members.iter_mut().find(|(name, _)| name == MANIFEST) else { return };
    // As a pack writes it, or it is refused for that: the members are the last of its fields.
    let written = format!("{:#}\n", json!({"members": sums}));
    let (text, field) = (String::from_utf8_lossy(manifest).into_owned(), "  \"members\": ");
    if let (Some(at), Some(members)) = (text.find(field), written.strip_prefix("{\n")) {
        *manifest = format!("{}{members}", &text[..at]).into_bytes();
    }
    let all: BTreeMap<&str, String> = members
        .iter()
        .filter(|(name, _)| name != SUMS)
        .map(|(name, bytes)| (name.as_str(), hex(&Sha256::digest(bytes))))
        .collect();
    let sums: String = all.iter().map(|(name, sha256)| format!("{sha256}  {name}\n")).collect();
    if let Some((_, listed)) = members.iter_mut().find(|(name, _)| name == SUMS) {
        *listed = sums.into_bytes();
    }
}

const MANIFEST: &str = "manifest.json";
const SUMS: &str = "sha256sums";

fn members(pack: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut zip = ZipArchive::new(Cursor::new(pack)).expect("a pack is a zip");
    let count = zip.len();
    let read = |place| {
        let mut member = zip.by_index(place).expect("a member is there");
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).expect("a member is whole");
        (member.name().expect("names are text").into_owned(), bytes)
    };
    (0..count).map(read).collect()
}

pub(super) fn zipped(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    // Nothing is gained by compressing what is read at once.
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in members {
        zip.start_file(name, options).expect("memory takes it");
        zip.write_all(bytes).expect("memory takes it");
    }
    zip.finish().expect("memory takes it").into_inner()
}

pub(super) fn event(
    event_key: i64,
    model: &str,
    region: &str,
    input_tokens: i64,
    output_tokens: i64,
) -> PackedEvent {
    let mut event = PackedEvent {
        event_key,
        account_key: 1,
        event_id: format!("event-{event_key}"),
        tenant_key: 2,
        deployment_key: event_key,
        received_at_ms: RECEIVED_AT_MS + event_key,
        occurred_at_ms: None,
        requests: 1,
        calls: None,
        by_hour: false,
        media: None,
        input_tokens,
        cache_read_input_tokens: 0,
        cache_creation_input_tokens: 0,
        output_tokens,
        reasoning_output_tokens: 0,
        tag_keys: "3".to_owned(),
        reverses: None,
        crc32: 0,
        model: model.to_owned(),
        provider: String::new(),
        region: region.to_owned(),
        tags: BTreeMap::from([("feature".to_owned(), "chat".to_owned())]),
    };
    event.crc32 = i64::from(crc32fast::hash(event.line().as_bytes()).cast_signed());
    event
}

/// 5 October 2026.
const RECEIVED_AT_MS: i64 = 1_791_158_400_000;

fn statement(events: &[PackedEvent]) -> Statement {
    statement_under(events, None)
}

/// The same of a month whose closing has a seal.
pub(super) fn statement_under(events: &[PackedEvent], closing_seal: Option<ClosingSeal>) -> Statement {
    let (mut sums, mut tree) = (EventSums::default(), MerkleTree::default());
    for event in events {
        assert!(sums.add(event));
        tree.push(event.line().as_bytes());
    }
    let at = |end: usize| sums.span_ms.and_then(|span| Timestamp::from_millisecond(span[end]).ok());
    let audited = AuditedEvents {
        count: sums.count,
        reversals: sums.reversals,
        first_at: at(0),
        last_at: at(1),
        merkle_root: hex(&tree.root()),
    };
    let evidence = Evidence {
        activity: sums.activity().expect("counts are counts"),
        tags: sums.tags().expect("counts are counts"),
        audit: Some(Audit { last_event: 8, closing_seal, events: Some(audited) }),
        sets: vec![FactorSet::latest().clone()],
        ..Evidence::default()
    };
    let heading = Heading {
        report_id: "01a20abd-2927-71fd-8583-93d8ba92b665".to_owned(),
        status: Status::Final,
        ..Heading::new(
            Client::new("client", "Client"),
            "Supplier",
            Month::new(2026, 10),
            Date::constant(2026, 11, 2),
        )
    };
    Statement::new(heading, &evidence, FactorSet::latest())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_reach_every_check_and_none_leaves_the_pack_sound() {
        let Sound { pack: SoundPack { pack, members, verified: of_pack }, report, .. } = &*SOUND;
        assert_eq!(verify_pack(Cursor::new(zipped(members))).as_ref(), Ok(of_pack));
        assert!(edited(pack, &[]) == *pack && edited(b"abc", &[0, 0, 1, 0x12, b'x', b'y']) == b"axyc");
        let mut sealed = members.clone();
        seal(&mut sealed);
        assert_eq!(verify_pack(Cursor::new(zipped(&sealed))).as_ref(), Ok(of_pack));
        let events = members.iter().position(|(name, _)| name == "events.ndjson").expect("it is there");
        sealed[events].1 = edited(&sealed[events].1, &[0, 0, 1, 0x10]);
        seal(&mut sealed);
        assert!(verify_pack(Cursor::new(zipped(&sealed))).is_err());
        assert!(verify_report(&edited(report, &[0, 0, 0, 0xf0])).is_err());
    }
}
