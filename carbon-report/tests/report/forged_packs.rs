//! Packs that two readers would read in two ways: our program refuses each and names what is wrong, and so does the script.

use crate::pack::{clean, members};
use carbon_report::pack::verify_pack;
use sha2::{Digest, Sha256};
use std::{io::Write, process::Command, sync::LazyLock};

/// A header of a member, as it stands before the data and again in the directory.
#[derive(Clone, Default)]
struct Header {
    name: Vec<u8>,
    flags: u16,
    method: u16,
    crc32: u32,
    compressed: u32,
    size: u32,
    extra: Vec<u8>,
}

impl Header {
    fn bytes(&self) -> Vec<u8> {
        let shorts = [20, self.flags, self.method, 0, 33].map(u16::to_le_bytes);
        let longs = [self.crc32, self.compressed, self.size].map(u32::to_le_bytes);
        let lengths = [&self.name, &self.extra].map(|part| u16::try_from(part.len()).unwrap().to_le_bytes());
        [shorts.concat(), longs.concat(), lengths.concat()].concat()
    }
}

/// A member, and where it is told of.
#[derive(Clone, Default)]
struct Entry {
    before: Vec<u8>,
    /// Before the data, where there are any.
    local: Option<Header>,
    data: Vec<u8>,
    /// In the directory, with attributes and comment.
    listed: Option<(Header, u32, Vec<u8>)>,
}

/// A zip file by its parts.
#[derive(Clone, Default)]
struct Zip {
    entries: Vec<Entry>,
    before_directory: Vec<u8>,
    comment: Vec<u8>,
    after: Vec<u8>,
    /// Added to the number of members that the end tells.
    more: u16,
}

const PLAIN_FILE: u32 = 0o100_644 << 16;

fn entry(name: &str, content: &[u8]) -> Entry {
    let size = u32::try_from(content.len()).unwrap();
    let crc32 = crc32fast::hash(content);
    let header = Header { name: name.into(), crc32, compressed: size, size, ..Header::default() };
    Entry {
        local: Some(header.clone()),
        data: content.to_vec(),
        listed: Some((header, PLAIN_FILE, Vec::new())),
        ..Entry::default()
    }
}

impl Zip {
    fn clean() -> Self {
        static ENTRIES: LazyLock<Vec<Entry>> =
            LazyLock::new(|| members(clean()).iter().map(|(name, content)| entry(name, content)).collect());
        Zip { entries: ENTRIES.clone(), ..Zip::default() }
    }

    fn find(&mut self, name: &str) -> &mut Entry {
        let named =
            |entry: &&mut Entry| entry.local.as_ref().is_some_and(|local| local.name == name.as_bytes());
        self.entries.iter_mut().find(named).unwrap()
    }

    /// Changes both headers of a member alike.
    fn both(&mut self, name: &str, change: impl Fn(&mut Header)) {
        let entry = self.find(name);
        change(entry.local.as_mut().unwrap());
        change(&mut entry.listed.as_mut().unwrap().0);
    }

    fn bytes(&self) -> Vec<u8> {
        let (mut file, mut directory, mut count) = (Vec::new(), Vec::new(), self.more);
        for Entry { before, local, data, listed } in &self.entries {
            file.extend(before);
            let start = u32::try_from(file.len()).unwrap();
            if let Some(local) = local {
                file.extend(
                    [b"PK\x03\x04".as_slice(), &local.bytes(), &local.name, &local.extra, data].concat(),
                );
            }
            if let Some((header, attributes, comment)) = listed {
                count += 1;
                let comment_length = u16::try_from(comment.len()).unwrap().to_le_bytes();
                directory.extend(
                    [b"PK\x01\x02\x14\x03".as_slice(), &header.bytes(), &comment_length, &[0; 4]].concat(),
                );
                directory.extend([attributes.to_le_bytes(), start.to_le_bytes()].concat());
                directory.extend([header.name.as_slice(), &header.extra, comment].concat());
            }
        }
        file.extend(&self.before_directory);
        let [start, size] =
            [file.len(), directory.len()].map(|length| u32::try_from(length).unwrap().to_le_bytes());
        file.extend(directory);
        let counts = [0, 0, count, count].map(u16::to_le_bytes).concat();
        let comment = u16::try_from(self.comment.len()).unwrap().to_le_bytes();
        file.extend([b"PK\x05\x06".as_slice(), &counts, &size, &start, &comment].concat());
        file.extend([self.comment.as_slice(), &self.after].concat());
        file
    }
}

/// What our program and the script say of a file; `None` where it verifies.
fn judged(file: &[u8]) -> [Option<String>; 2] {
    let ours = verify_pack(file).err().map(|error| error.to_string());
    let mut pack = tempfile::NamedTempFile::new().unwrap();
    pack.write_all(file).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/verify_pack.py");
    let output = Command::new("python3").arg(script).arg(pack.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    assert!(!said.contains("Traceback"), "{said}");
    [ours, (!output.status.success()).then_some(said)]
}

type Forgery = (&'static str, fn(&mut Zip));

/// What is named first by both, and what was done.
const FORGERIES: &[Forgery] = &[
    ("the file: is not an evidence pack", |zip| zip.entries[0].before = b"MZ a program".to_vec()),
    ("the file: is not an evidence pack", |zip| zip.entries.clear()),
    ("report.pdf: is there twice", |zip| zip.entries.insert(0, entry("report.pdf", b"%PDF-1.7 forged"))),
    ("events.ndjson: is there twice", |zip| {
        let again = zip.find("events.ndjson").clone();
        zip.entries.push(again);
    }),
    // Listed once, and there twice: who reads the directory sees one, who reads the file another.
    ("lines.csv: is there twice", |zip| {
        let hidden = Entry { listed: None, ..entry("lines.csv", b"hidden") };
        zip.entries.push(hidden);
    }),
    ("the file: has a member \"notes.txt\" at byte 0", |zip| zip.entries.insert(0, entry("notes.txt", b"x"))),
    ("the file: has a member \"Report.pdf\"", |zip| zip.entries.push(entry("Report.pdf", b"%PDF"))),
    ("the file: has a member \"../report.pdf\"", |zip| zip.entries.push(entry("../report.pdf", b"%PDF"))),
    ("the file: has a member \"/report.pdf\"", |zip| zip.entries.push(entry("/report.pdf", b"%PDF"))),
    ("the file: has a member \"report.pdf/\"", |zip| zip.entries.push(entry("report.pdf/", b""))),
    ("the file: has a member \"\"", |zip| zip.entries.push(entry("", b""))),
    ("the file: has bytes at ", |zip| zip.entries[3].before = b"a gap".to_vec()),
    ("the file: has bytes at ", |zip| zip.before_directory = b"a gap".to_vec()),
    ("verify_pack.py: is not in the directory", |zip| zip.entries.last_mut().unwrap().listed = None),
    ("manifest.json: has another header in the directory", |zip| zip.find("manifest.json").listed = None),
    ("the file: ", |zip| zip.entries.push(Entry { local: None, ..entry("logo.png", b"") })),
    ("the file: ", |zip| zip.more = 1),
    ("the file: ", |zip| zip.comment = b"PK\x05\x06 an end in the comment".to_vec()),
    ("the file: goes on behind its end", |zip| zip.after = b"\n".to_vec()),
    ("the file: goes on behind its end", |zip| zip.after = Zip::clean().bytes()),
    // One name before the data, another in the directory.
    ("focus.csv: has another header in the directory", |zip| {
        zip.find("focus.csv").listed.as_mut().unwrap().0.name = b"lines.csv".to_vec();
    }),
    ("focus.csv: has another header in the directory", |zip| {
        zip.find("focus.csv").listed.as_mut().unwrap().0.crc32 ^= 1;
    }),
    ("focus.csv: has another header in the directory", |zip| {
        zip.find("focus.csv").listed.as_mut().unwrap().0.size -= 1;
    }),
    ("focus.csv: has another header in the directory", |zip| {
        zip.find("focus.csv").listed.as_mut().unwrap().0.method = 8;
    }),
    ("focus.csv: has another header in the directory", |zip| {
        zip.find("focus.csv").listed.as_mut().unwrap().0.extra = vec![0x55, 0x54, 1, 0, 0];
    }),
    ("focus.csv: has another header in the directory", |zip| {
        zip.find("focus.csv").listed.as_mut().unwrap().2 = b"a comment".to_vec();
    }),
    // A link, a folder, a file of no plain kind.
    ("focus.csv: is no plain file", |zip| zip.find("focus.csv").listed.as_mut().unwrap().1 = 0o120_777 << 16),
    ("focus.csv: is no plain file", |zip| zip.find("focus.csv").listed.as_mut().unwrap().1 |= 0x10),
    ("focus.csv: has ", |zip| zip.both("focus.csv", |header| header.flags = 1)),
    ("focus.csv: has ", |zip| zip.both("focus.csv", |header| header.flags = 8)),
    ("focus.csv: ", |zip| zip.both("focus.csv", |header| header.method = 12)),
    // The name in another form, for readers that prefer it.
    ("focus.csv: has ", |zip| {
        zip.both("focus.csv", |header| {
            header.extra = [&b"\x75\x70\x0e\0\x01\0\0\0\0"[..], b"lines.csv"].concat();
        });
    }),
    ("focus.csv: ", |zip| zip.both("focus.csv", |header| header.crc32 ^= 1)),
    ("focus.csv: ", |zip| zip.both("focus.csv", |header| header.size += 1)),
    ("focus.csv: is not in the pack", |zip| {
        zip.entries.retain(|entry| entry.local.as_ref().unwrap().name != b"focus.csv");
    }),
    // Compressed data with something behind its end, which is unpacked by nobody.
    ("focus.csv: has ", |zip| {
        let data = [b"\x03\0".as_slice(), b"hidden"].concat();
        let length = u32::try_from(data.len()).unwrap();
        zip.find("focus.csv").data = data;
        zip.both("focus.csv", |header| {
            (header.method, header.compressed, header.size, header.crc32) = (8, length, 0, 0);
        });
    }),
    ("focus.csv: is longer than the 10 bytes it says", |zip| {
        let data = deflated(&vec![b'0'; 50 << 20]);
        let length = u32::try_from(data.len()).unwrap();
        zip.find("focus.csv").data = data;
        zip.both("focus.csv", |header| (header.method, header.compressed, header.size) = (8, length, 10));
    }),
    ("statement.json: is too large", |zip| {
        let data = deflated(&vec![b' '; 257 << 20]);
        let length = u32::try_from(data.len()).unwrap();
        zip.find("statement.json").data = data;
        zip.both("statement.json", |header| {
            (header.method, header.compressed, header.size) = (8, length, 257 << 20);
        });
    }),
    ("events.ndjson", |zip| {
        *zip.find("events.ndjson") = entry("events.ndjson", &vec![b'x'; 1 << 20]);
    }),
];

fn deflated(content: &[u8]) -> Vec<u8> {
    let mut to = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    to.write_all(content).unwrap();
    to.finish().unwrap()
}

#[test]
fn a_pack_has_one_reading() {
    assert_eq!(judged(clean()), [None, None]);
    assert_eq!(judged(&Zip::clean().bytes()), [None, None], "stored instead of compressed");
    // Rust and Python quote in different ways.
    let unquoted = |text: &str| text.replace(['"', '\''], "");
    for (place, change) in FORGERIES {
        let mut zip = Zip::clean();
        change(&mut zip);
        for said in judged(&zip.bytes()) {
            let said = said.unwrap_or_else(|| panic!("{place}: verifies"));
            assert!(unquoted(&said).starts_with(&unquoted(place)), "{place}: {said}");
        }
    }
}

#[test]
fn a_file_that_ends_early_is_refused_wherever_it_ends() {
    let pack = clean();
    for length in (0..pack.len()).step_by(pack.len() / 40) {
        assert!(verify_pack(&pack[..length]).is_err(), "{length} bytes");
    }
    let empty = verify_pack(b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".as_slice()).unwrap_err();
    assert_eq!(empty.place, "the file");
}

/// Events are read one by one: whoever says one thing twice in a row is refused, as readers differ in which they take.
#[test]
fn an_event_has_one_reading() {
    for (from, to) in [
        ("\"input_tokens\":600,", "\"input_tokens\":1,\"input_tokens\":600,"),
        ("\"input_tokens\":600,", "\"input_tokens\": 600,"),
        ("{\"event_key\":7,", "{\"event_key\":7,\"note\":\"x\","),
    ] {
        let mut zip = Zip::clean();
        let text = String::from_utf8(zip.find("events.ndjson").data.clone()).unwrap();
        assert!(text.contains(from));
        *zip.find("events.ndjson") = entry("events.ndjson", text.replacen(from, to, 1).as_bytes());
        let error = verify_pack(zip.bytes().as_slice()).unwrap_err();
        assert_eq!(error.place, "events.ndjson, row 1", "{to}");
    }
}

/// JSON has two readings as well: a key twice, or one that a reader passes over.
#[test]
fn a_member_has_nothing_in_it_that_is_not_read() {
    let clean = members(clean());
    let [factors, manifest] =
        ["factors.json", "manifest.json"].map(|name| String::from_utf8(clean[name].clone()).unwrap());
    let digest =
        |text: &str| -> String { Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect() };
    let noted = factors.replacen('{', "{\n  \"note\": \"another factor\",", 1);
    let for_noted = manifest
        .replace(&digest(&factors), &digest(&noted))
        .replace(&format!("\"bytes\": {},", factors.len()), &format!("\"bytes\": {},", noted.len()));
    let twice = manifest.replacen(
        "\"members\": {",
        "\"members\": {\n    \"report.pdf\": {\"bytes\": 1, \"sha256\": \"\"},",
        1,
    );
    for (factors, manifest, place) in
        [(&noted, for_noted, "factors.json"), (&factors, twice, "manifest.json")]
    {
        let mut zip = Zip::clean();
        *zip.find("factors.json") = entry("factors.json", factors.as_bytes());
        *zip.find("manifest.json") = entry("manifest.json", manifest.as_bytes());
        let error = verify_pack(zip.bytes().as_slice()).unwrap_err();
        assert_eq!(error.to_string(), format!("{place}: is not written as a pack writes it"));
    }
}
