//! Reading a zip file that leaves nothing open. Zip says most things twice, and readers differ in which they believe: what one
//! checks, another need not show. So a file is read once, from its first byte to its last, and each byte has one meaning:
//! members one behind the other, then the directory that their headers make, then its end.

use super::NotVerified;
use flate2::bufread::DeflateDecoder;
use std::io::{self, BufRead, BufReader, Read, Take};

/// Where what belongs to no member is.
const FILE: &str = "the file";

const MEMBER: [u8; 4] = *b"PK\x03\x04";
const ENTRY: [u8; 4] = *b"PK\x01\x02";
const END: [u8; 4] = *b"PK\x05\x06";
const END_64: [u8; 4] = *b"PK\x06\x06";
const LOCATOR_64: [u8; 4] = *b"PK\x06\x07";

/// Version of the format that long sizes need.
const VERSION_64: u16 = 45;
/// Longest name that is read; none of ours is near this.
const NAME_BYTES_MAX: usize = 255;
/// Head of the extra field of two long sizes: its kind, and 16 bytes.
const LONG_SIZES: [u8; 4] = [1, 0, 16, 0];
/// Stands for a number that an extra field has.
const ELSEWHERE: u32 = u32::MAX;

/// What a member's header says.
struct Header {
    name: String,
    /// Its place in the file.
    start: u64,
    version: u16,
    is_deflated: bool,
    /// Time and date. They say nothing: the same report gives the same pack.
    time: [u8; 4],
    crc32: u32,
    compressed: u64,
    size: u64,
    /// Whether its sizes are in an extra field.
    is_long: bool,
}

impl Header {
    /// Fields that it and its entry in the directory share: version to sizes, and the length of the name.
    fn shared(&self) -> Vec<u8> {
        let short =
            |size: u64| if self.is_long { ELSEWHERE } else { u32::try_from(size).unwrap_or(ELSEWHERE) };
        let mut bytes = Vec::new();
        bytes.extend(self.version.to_le_bytes());
        bytes.extend([0; 2]);
        bytes.extend(if self.is_deflated { [8, 0] } else { [0; 2] });
        bytes.extend(self.time);
        bytes.extend(self.crc32.to_le_bytes());
        bytes.extend(short(self.compressed).to_le_bytes());
        bytes.extend(short(self.size).to_le_bytes());
        bytes.extend(u16::try_from(self.name.len()).unwrap_or(u16::MAX).to_le_bytes());
        bytes
    }

    /// The entry of the directory; only its system and its attributes do not follow from the header.
    fn entry(&self, system: u8, attributes: [u8; 4]) -> Vec<u8> {
        let mut long = Vec::new();
        if self.is_long {
            long.extend([self.size, self.compressed].map(u64::to_le_bytes).concat());
        }
        let start = u32::try_from(self.start).unwrap_or(ELSEWHERE);
        if start == ELSEWHERE {
            long.extend(self.start.to_le_bytes());
        }
        let extra = extra_field(&long);
        let mut bytes = ENTRY.to_vec();
        bytes.extend([self.version.to_le_bytes()[0], system]);
        bytes.extend(self.shared());
        bytes.extend(u16::try_from(extra.len()).unwrap_or(u16::MAX).to_le_bytes());
        // No comment, the first disk, no attributes of a text.
        bytes.extend([0; 6]);
        bytes.extend(attributes);
        bytes.extend(start.to_le_bytes());
        bytes.extend(self.name.as_bytes());
        bytes.extend(extra);
        bytes
    }
}

/// The one extra field that there is: numbers too long for their places.
fn extra_field(numbers: &[u8]) -> Vec<u8> {
    if numbers.is_empty() {
        return Vec::new();
    }
    let length = u16::try_from(numbers.len()).unwrap_or(u16::MAX);
    [&[1, 0], &length.to_le_bytes()[..], numbers].concat()
}

/// Whether an entry is that of a plain file, as our writer and Python's make it.
fn is_plain_file(system: u8, attributes: [u8; 4]) -> bool {
    const DOS: u8 = 0;
    const UNIX: u8 = 3;
    let mode = u32::from_le_bytes(attributes);
    matches!(system, DOS | UNIX) && [0o100_644, 0o100_600, 0o600].iter().any(|plain| mode == plain << 16)
}

/// The end of a file: of so many members, with a directory there, so long.
fn end(members: usize, start: u64, size: u64) -> Vec<u8> {
    let count = u64::try_from(members).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    if start > ELSEWHERE.into() {
        bytes.extend(END_64);
        // Its length without these two fields, the versions, and two numbers of disks.
        bytes.extend(44u64.to_le_bytes());
        bytes.extend([VERSION_64.to_le_bytes(); 2].concat());
        bytes.extend([0; 8]);
        bytes.extend([count, count, size, start].map(u64::to_le_bytes).concat());
        bytes.extend(LOCATOR_64);
        bytes.extend([0; 4]);
        bytes.extend((start + size).to_le_bytes());
        bytes.extend(1u32.to_le_bytes());
    }
    let short = |number: u64| u32::try_from(number).unwrap_or(ELSEWHERE).to_le_bytes();
    let count = u16::try_from(members).unwrap_or(u16::MAX).to_le_bytes();
    bytes.extend(END);
    bytes.extend([0; 4]);
    bytes.extend([count, count].concat());
    bytes.extend([short(size), short(start)].concat());
    // No comment.
    bytes.extend([0; 2]);
    bytes
}

/// A zip file, read from its front.
pub(super) struct StrictZip<R> {
    from: BufReader<R>,
    /// Bytes read.
    at: u64,
    members: Vec<Header>,
    /// Names that members may have.
    is_name: fn(&str) -> bool,
}

impl<R: Read> StrictZip<R> {
    pub(super) fn new(from: R, is_name: fn(&str) -> bool) -> Self {
        StrictZip { from: BufReader::new(from), at: 0, members: Vec::new(), is_name }
    }

    /// The next member. Once there is none, the rest of the file has been read and is right.
    pub(super) fn next(&mut self) -> Result<Option<MemberReader<'_, R>>, NotVerified> {
        let start = self.at;
        let signature: [u8; 4] = self.bytes("a header")?;
        match signature {
            MEMBER => {}
            _ if start == 0 => {
                return Err(wrong("is not an evidence pack: no member begins at its first byte"));
            }
            ENTRY | END | END_64 => return self.directory(signature).map(|()| None),
            _ => return Err(wrong(format!("has bytes at {start} that belong to no member"))),
        }
        let header = self.header(start)?;
        let content = (&mut self.from).take(header.compressed);
        let content = if header.is_deflated {
            Content::Deflated(DeflateDecoder::new(content))
        } else {
            Content::Stored(content)
        };
        let crc32 = crc32fast::Hasher::new();
        Ok(Some(MemberReader {
            content,
            header,
            read: 0,
            crc32,
            at: &mut self.at,
            members: &mut self.members,
        }))
    }

    fn header(&mut self, start: u64) -> Result<Header, NotVerified> {
        let fixed: [u8; 26] = self.bytes("a header")?;
        let two = |place: usize| u16::from_le_bytes([fixed[place], fixed[place + 1]]);
        let four = |place: usize| {
            u32::from_le_bytes([fixed[place], fixed[place + 1], fixed[place + 2], fixed[place + 3]])
        };
        let mut name = vec![0; usize::from(two(22)).min(NAME_BYTES_MAX)];
        self.fill(&mut name, "a name")?;
        let name = String::from_utf8_lossy(&name).into_owned();
        if usize::from(two(22)) != name.len() || !(self.is_name)(&name) {
            return Err(wrong(format!("has a member {name:?} at byte {start}, which no pack has")));
        }
        let at = |detail: String| NotVerified::at(&name, detail);
        if let Some(first) = self.members.iter().find(|member| member.name == name) {
            return Err(at(format!("is there twice, at byte {} and at byte {start}", first.start)));
        }
        let (version, flags, method) = (two(0), two(2), two(4));
        if flags != 0 {
            return Err(at(format!("has flags {flags:#06x}: it is encrypted, or its sizes come behind it")));
        }
        if !matches!(method, 0 | 8) {
            return Err(at(format!("is compressed by method {method}, which no pack uses")));
        }
        let long = match two(24) {
            0 => None,
            20 if (four(14), four(18)) == (ELSEWHERE, ELSEWHERE) => Some(self.long_sizes()?),
            _ => Some(None),
        };
        let (is_long, [size, compressed]) = match long {
            None => (false, [four(18), four(14)].map(u64::from)),
            Some(Some(sizes)) => (true, sizes),
            Some(None) => return Err(at("has an extra field that no pack has".to_owned())),
        };
        if !(if is_long { version == VERSION_64 } else { matches!(version, 10 | 20) }) {
            return Err(at(format!("asks for version {version} of the format")));
        }
        let is_deflated = method == 8;
        if !is_deflated && compressed != size {
            return Err(at("is stored in another length than it has".to_owned()));
        }
        let time = [fixed[6], fixed[7], fixed[8], fixed[9]];
        Ok(Header { name, start, version, is_deflated, time, crc32: four(10), compressed, size, is_long })
    }

    /// The size and the compressed size of an extra field, if it holds them.
    fn long_sizes(&mut self) -> Result<Option<[u64; 2]>, NotVerified> {
        let what = "an extra field";
        let head: [u8; 4] = self.bytes(what)?;
        let sizes: [[u8; 8]; 2] = [self.bytes(what)?, self.bytes(what)?];
        Ok((head == LONG_SIZES).then(|| sizes.map(u64::from_le_bytes)))
    }

    /// Reads the directory and the end of the file: each follows from the members.
    fn directory(&mut self, mut signature: [u8; 4]) -> Result<(), NotVerified> {
        let start = self.at - 4;
        let members = std::mem::take(&mut self.members);
        for member in &members {
            let at = |detail: &str| NotVerified::at(&member.name, detail);
            if signature != ENTRY {
                return Err(at("is not in the directory of the file"));
            }
            // All that every entry has, and then what is as long as its name and its sizes need.
            let fixed: [u8; 42] = self.bytes("its directory")?;
            let (system, attributes) = (fixed[1], [fixed[34], fixed[35], fixed[36], fixed[37]]);
            if !is_plain_file(system, attributes) {
                return Err(at("is no plain file to the directory of the file"));
            }
            let entry = member.entry(system, attributes);
            let (expected, rest) = entry[4..].split_at(fixed.len());
            let mut found = vec![0; if expected == fixed { rest.len() } else { 0 }];
            self.fill(&mut found, "its directory")?;
            if expected != fixed || rest != found {
                return Err(at("has another header in the directory of the file than before its data"));
            }
            signature = self.bytes("its directory")?;
        }
        if signature == ENTRY {
            return Err(wrong(format!(
                "has an entry without a member in its directory, at byte {}",
                self.at - 4
            )));
        }
        let end = end(members.len(), start, self.at - 4 - start);
        let mut found = vec![0; end.len() - 4];
        let at = self.at - 4;
        self.fill(&mut found, "its end")?;
        if signature != end[..4] || end[4..] != found {
            let has_comment = end[4..end.len() - 2] == found[..found.len() - 2];
            let what = if has_comment { "has a comment" } else { "does not end as its members make it" };
            return Err(wrong(format!("{what}, at byte {at}")));
        }
        match self.from.fill_buf() {
            Ok([]) => Ok(()),
            Ok(_) => Err(wrong(format!("goes on behind its end, from byte {}", self.at))),
            Err(error) => Err(wrong(error.to_string())),
        }
    }

    fn bytes<const N: usize>(&mut self, what: &str) -> Result<[u8; N], NotVerified> {
        let mut bytes = [0; N];
        self.fill(&mut bytes, what)?;
        Ok(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8], what: &str) -> Result<(), NotVerified> {
        let at = self.at;
        self.from
            .read_exact(bytes)
            .map_err(|error| wrong(format!("ends within {what} at byte {at}: {error}")))?;
        self.at += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok(())
    }
}

/// A member, read to its end and then [ended](Self::end).
pub(super) struct MemberReader<'a, R: Read> {
    content: Content<Take<&'a mut BufReader<R>>>,
    header: Header,
    read: u64,
    crc32: crc32fast::Hasher,
    at: &'a mut u64,
    members: &'a mut Vec<Header>,
}

enum Content<T: BufRead> {
    Stored(T),
    Deflated(DeflateDecoder<T>),
}

impl<R: Read> Read for MemberReader<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.content {
            Content::Stored(content) => content.read(buffer)?,
            Content::Deflated(content) => content.read(buffer)?,
        };
        self.crc32.update(&buffer[..read]);
        self.read += u64::try_from(read).unwrap_or(u64::MAX);
        // As soon as it shows: what unpacks to a thousand times its length is not unpacked.
        if self.read > self.header.size {
            return Err(io::Error::other(format!("is longer than the {} bytes it says", self.header.size)));
        }
        Ok(read)
    }
}

impl<R: Read> MemberReader<'_, R> {
    pub(super) fn name(&self) -> &str {
        &self.header.name
    }

    /// How long it says it is.
    pub(super) fn size(&self) -> u64 {
        self.header.size
    }

    /// Whether it was what its header says, to the last byte.
    pub(super) fn end(self) -> Result<(), NotVerified> {
        let MemberReader { content, header, read, crc32, at, members } = self;
        let left = match content {
            Content::Stored(content) => content.limit(),
            Content::Deflated(content) => content.into_inner().limit(),
        };
        let wrong = |detail: String| Err(NotVerified::at(&header.name, detail));
        if left > 0 {
            return wrong(format!("has {left} bytes behind the end of its data"));
        }
        if read != header.size {
            return wrong(format!("has {read} bytes, not the {} it says", header.size));
        }
        if crc32.finalize() != header.crc32 {
            return wrong("is not what was packed: its checksum is another".to_owned());
        }
        *at += header.compressed;
        members.push(header);
        Ok(())
    }
}

fn wrong(detail: impl Into<String>) -> NotVerified {
    NotVerified::at(FILE, detail)
}
