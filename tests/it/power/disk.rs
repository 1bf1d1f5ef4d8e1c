//! A disk, rebuilt from what was noted: as it may be after the power failed.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

/// What hardware writes whole or not at all.
const SECTOR: usize = 512;

/// Numbers that are the same for the same seed.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mixed = (self.0 ^ (self.0 >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed ^ (mixed >> 32)
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).unwrap()
    }
}

/// One call.
pub(super) struct Record {
    /// Where its end is in the log.
    pub(super) end: u64,
    what: u8,
    inode: u64,
    offset: usize,
    bytes: Vec<u8>,
}

/// Everything that was noted.
pub(super) fn records(log: &Path) -> Vec<Record> {
    const HEAD: usize = 25;
    let log = std::fs::read(log).unwrap();
    let (mut records, mut at) = (Vec::new(), 0);
    while at < log.len() {
        let number = |from: usize| u64::from_le_bytes(log[at + from..at + from + 8].try_into().unwrap());
        let (what, inode, offset, length) = (log[at], number(1), number(9), number(17));
        let (from, length) = (at + HEAD, usize::try_from(length).unwrap());
        at = from + length;
        let offset = usize::try_from(offset).unwrap();
        records.push(Record { end: at as u64, what, inode, offset, bytes: log[from..at].to_vec() });
    }
    records
}

#[derive(Default)]
struct File {
    /// As it was synced.
    synced: Vec<u8>,
    /// What came after it, in order.
    unsynced: Vec<Change>,
}

enum Change {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

type Names = BTreeMap<String, u64>;

/// A disk while it is written to.
#[derive(Default)]
pub(super) struct Disk {
    files: HashMap<u64, File>,
    synced: Names,
    /// What names were later, in order.
    unsynced: Vec<Names>,
}

/// What becomes of that which was not synced.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cut {
    /// It is lost.
    Lost,
    /// It is there.
    Kept,
    /// The first of it is there; the last of that is torn.
    Prefix,
    /// Some sectors of it are there, in no order.
    Scattered,
}

impl Cut {
    pub(super) const ALL: [Cut; 4] = [Cut::Lost, Cut::Kept, Cut::Prefix, Cut::Scattered];
}

impl Disk {
    /// Does what was done.
    pub(super) fn replay(&mut self, record: &Record) {
        let Record { what, inode, offset, bytes, .. } = record;
        match what {
            b'N' => self.name(std::str::from_utf8(bytes).unwrap()),
            b'W' => {
                self.files.entry(*inode).or_default().unsynced.push(Change::Write(*offset, bytes.clone()))
            }
            b'T' => self.files.entry(*inode).or_default().unsynced.push(Change::Truncate(*offset)),
            b'S' => {
                let file = self.files.entry(*inode).or_default();
                for change in std::mem::take(&mut file.unsynced) {
                    apply(&mut file.synced, &change);
                }
            }
            // Linux marks as clean what it could not write.
            b'F' => self.files.entry(*inode).or_default().unsynced.clear(),
            b'D' => {
                if let Some(last) = self.unsynced.pop() {
                    (self.synced, self.unsynced) = (last, Vec::new());
                }
            }
            other => panic!("what is {other}?"),
        }
    }

    fn name(&mut self, listing: &str) {
        let names: Names = listing
            .lines()
            .map(|line| line.split_once(' ').unwrap())
            .map(|(inode, name)| (name.to_owned(), inode.parse().unwrap()))
            .collect();
        let before = self.unsynced.last().unwrap_or(&self.synced);
        for inode in names.values() {
            if !before.values().any(|known| known == inode) {
                // A new file, perhaps under the number of one that is gone: where that may come back, it is as empty.
                self.files.insert(*inode, File::default());
            }
        }
        self.unsynced.push(names);
    }

    /// The files after a power cut.
    pub(super) fn cut(&self, cut: Cut, random: &mut Random) -> BTreeMap<String, Vec<u8>> {
        let names = match cut {
            Cut::Lost => &self.synced,
            Cut::Kept => self.unsynced.last().unwrap_or(&self.synced),
            Cut::Prefix | Cut::Scattered => {
                let place = random.below(self.unsynced.len() + 1);
                place.checked_sub(1).map_or(&self.synced, |place| &self.unsynced[place])
            }
        };
        let empty = File::default();
        let files = names
            .iter()
            .map(|(name, inode)| (name.clone(), self.files.get(inode).unwrap_or(&empty).after(cut, random)));
        files.collect()
    }
}

impl File {
    fn after(&self, cut: Cut, random: &mut Random) -> Vec<u8> {
        let mut bytes = self.synced.clone();
        match cut {
            Cut::Lost => {}
            Cut::Kept => self.unsynced.iter().for_each(|change| apply(&mut bytes, change)),
            Cut::Prefix => {
                let whole = random.below(self.unsynced.len() + 1);
                self.unsynced[..whole].iter().for_each(|change| apply(&mut bytes, change));
                if let Some(Change::Write(offset, written)) = self.unsynced.get(whole) {
                    let torn = random.below(written.len());
                    apply(&mut bytes, &Change::Write(*offset, written[..torn].to_vec()));
                }
            }
            Cut::Scattered => {
                // One in so many is lost.
                let rarity = [2, 4, 16][random.below(3)];
                for change in &self.unsynced {
                    let Change::Write(offset, written) = change else {
                        if random.below(rarity) != 0 {
                            apply(&mut bytes, change);
                        }
                        continue;
                    };
                    let mut from = 0;
                    while from < written.len() {
                        let to = (from + SECTOR - (offset + from) % SECTOR).min(written.len());
                        if random.below(rarity) != 0 {
                            apply(&mut bytes, &Change::Write(offset + from, written[from..to].to_vec()));
                        }
                        from = to;
                    }
                }
            }
        }
        bytes
    }
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Write(offset, written) => {
            bytes.resize(bytes.len().max(offset + written.len()), 0);
            bytes[*offset..offset + written.len()].copy_from_slice(written);
        }
        Change::Truncate(length) => bytes.resize(*length, 0),
    }
}
