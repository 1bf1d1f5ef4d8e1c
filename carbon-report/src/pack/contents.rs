//! What is in a pack, from one reading of it: members as bytes, the events as their sums.

use super::{
    EVENTS, MANIFEST, NotVerified, SUMS,
    event::{EventSums, PackedEvent},
    is_member,
    manifest::{Digesting, Manifest, Member},
    strict_zip::StrictZip,
};
use crate::{activity::hex, merkle::MerkleTree};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read},
};

/// Members other than the events are kept whole, and are no longer than this together; none of ours is near.
const KEPT_BYTES_MAX: u64 = 256 << 20;
/// One event as text.
const EVENT_BYTES_MAX: u64 = 64 << 10;
/// The sums of the events, by what makes them.
const SUMS_BYTES_MAX: usize = 256 << 20;

/// A pack that was read to its end.
pub(super) struct Contents {
    /// Every member but the events.
    kept: BTreeMap<String, Vec<u8>>,
    /// Length and digest of each.
    digests: BTreeMap<String, Member>,
    events: Option<CheckedEvents>,
}

/// Events that are as they were written, added up.
pub(super) struct CheckedEvents {
    pub(super) sums: EventSums,
    pub(super) merkle_root: String,
    /// The numbers of their account and their tenant; `None` where there are no events.
    pub(super) owner: Option<[i64; 2]>,
}

impl Contents {
    pub(super) fn of(pack: impl Read) -> Result<Self, NotVerified> {
        let mut zip = StrictZip::new(pack, is_member);
        let mut contents = Contents { kept: BTreeMap::new(), digests: BTreeMap::new(), events: None };
        let mut room = KEPT_BYTES_MAX;
        while let Some(member) = zip.next()? {
            let name = member.name().to_owned();
            let size = member.size();
            let mut member = Digesting::new(member);
            if name == EVENTS {
                contents.events = Some(CheckedEvents::of(&mut member)?);
            } else {
                room = room.checked_sub(size).ok_or_else(|| {
                    let detail = format!(
                        "is too large: {KEPT_BYTES_MAX} bytes hold any pack's members but its events"
                    );
                    NotVerified::at(&name, detail)
                })?;
                let mut bytes = Vec::new();
                member.read_to_end(&mut bytes).map_err(|error| NotVerified::at(&name, error.to_string()))?;
                contents.kept.insert(name.clone(), bytes);
            }
            contents.digests.insert(name, member.member());
            member.into_inner().end()?;
        }
        Ok(contents)
    }

    /// Every member is one that this kind of pack has.
    pub(super) fn only(&self, is_member: impl Fn(&str) -> bool) -> Result<(), NotVerified> {
        match self.digests.keys().find(|name| !is_member(name)) {
            Some(name) => Err(NotVerified::at(name, "is a member that this pack should not have")),
            None => Ok(()),
        }
    }

    pub(super) fn find(&self, member: &str) -> Option<&[u8]> {
        self.kept.get(member).map(Vec::as_slice)
    }

    pub(super) fn has(&self, member: &str) -> bool {
        self.digests.contains_key(member)
    }

    /// A member that every pack has.
    pub(super) fn member(&self, member: &str) -> Result<&[u8], NotVerified> {
        self.find(member).ok_or_else(|| NotVerified::at(member, "is not in the pack"))
    }

    /// The events, as many as the manifest says under its root.
    pub(super) fn events(&self, manifest: &Manifest) -> Result<&CheckedEvents, NotVerified> {
        let events = self.events.as_ref().ok_or_else(|| NotVerified::at(EVENTS, "is not in the pack"))?;
        let CheckedEvents { sums, merkle_root, .. } = events;
        if (sums.count, merkle_root) != (manifest.events, &manifest.merkle_root) {
            let stated = format!("{} events under {}", manifest.events, manifest.merkle_root);
            let found = format!("{} under {merkle_root}", sums.count);
            return Err(NotVerified::at(MANIFEST, format!("says {stated}; there are {found}")));
        }
        Ok(events)
    }

    /// The manifest has every member, with its length and its digest; itself and the checksums, which hold its own, aside.
    pub(super) fn check_digests(&self, stated: &BTreeMap<String, Member>) -> Result<(), NotVerified> {
        let mut members = self.digests.iter().filter(|(name, _)| ![MANIFEST, SUMS].contains(&name.as_str()));
        let differs = members.find(|(name, member)| stated.get(*name) != Some(*member));
        let missing = stated.keys().find(|name| !self.digests.contains_key(*name));
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

impl CheckedEvents {
    /// Adds up the events, each against its checksum and the number before it.
    fn of(member: impl Read) -> Result<Self, NotVerified> {
        let (mut sums, mut tree) = (EventSums::default(), MerkleTree::default());
        let mut rows = BufReader::new(member);
        let (mut row, mut last, mut owner) = (Vec::new(), None, None);
        for number in 1u64.. {
            let wrong = |detail: String| NotVerified::at(format!("{EVENTS}, row {number}"), detail);
            row.clear();
            let read = rows.by_ref().take(EVENT_BYTES_MAX).read_until(b'\n', &mut row);
            if read.map_err(|error| wrong(error.to_string()))? == 0 {
                break;
            }
            let event: PackedEvent = json_row(&row).map_err(wrong)?;
            let line = event.line();
            if i64::from(crc32fast::hash(line.as_bytes()).cast_signed()) != event.crc32 {
                return Err(wrong(format!("event {} is not as it was written", event.event_key)));
            }
            if last.is_some_and(|last| last >= event.event_key) {
                return Err(wrong(format!("event {} is out of order", event.event_key)));
            }
            last = Some(event.event_key);
            let of = [event.account_key, event.tenant_key];
            if *owner.get_or_insert(of) != of {
                return Err(wrong(format!("event {} is of another client", event.event_key)));
            }
            tree.push(line.as_bytes());
            if !sums.add(&event) {
                return Err(wrong("has a time outside the calendar, or media that are no counts".to_owned()));
            }
            if sums.names_bytes() > SUMS_BYTES_MAX {
                return Err(wrong(
                    "has more names of models, regions and tags before it than are kept".to_owned(),
                ));
            }
        }
        Ok(CheckedEvents { sums, merkle_root: hex(&tree.root()), owner })
    }
}

/// A row as an event, written as a pack writes it: no row has two readings.
fn json_row(row: &[u8]) -> Result<PackedEvent, String> {
    let event: PackedEvent = serde_json::from_slice(row).map_err(|error| error.to_string())?;
    let mut again = serde_json::to_vec(&event).map_err(|error| error.to_string())?;
    again.push(b'\n');
    if again == row { Ok(event) } else { Err("is not written as a pack writes its events".to_owned()) }
}
