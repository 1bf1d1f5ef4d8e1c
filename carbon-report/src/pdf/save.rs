//! A document as a file, as small as it gets: what is no stream is packed together, and so is the table of where everything is.

use super::{error::PdfError, object::integer};
use flate2::{Compression, write::ZlibEncoder};
use lopdf::{Dictionary, Document, Object, ObjectId, ObjectStream, Stream, StringFormat, Writer, dictionary};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    io::{self, Write},
};

/// The file of a document, the same for the same document.
pub(crate) fn save(document: Document) -> Result<Vec<u8>, PdfError> {
    Ok(packed(document, None)?)
}

/// The same with one object that stands by itself.
pub(super) fn packed(document: Document, apart: Option<ObjectId>) -> lopdf::Result<Vec<u8>> {
    // Objects of the structure are much alike: the more of them are packed together, the smaller they are.
    const OBJECTS_TOGETHER: usize = 1_000;
    let Document { version, binary_mark, objects, mut trailer, max_id, .. } = document;
    let mut file = File::default();
    file.bytes.extend(format!("%PDF-{version}\n%").into_bytes());
    file.bytes.extend([binary_mark, b"\n".to_vec()].concat());

    let is_alone = |id: ObjectId, object: &Object| matches!(object, Object::Stream(_)) || apart == Some(id);
    let (alone, together): (Vec<_>, Vec<_>) =
        objects.into_iter().partition(|(id, object)| is_alone(*id, object));
    for ((number, _), object) in alone {
        file.add(number, &object)?;
    }
    let mut number = max_id;
    let mut together = together.into_iter().peekable();
    while together.peek().is_some() {
        number += 1;
        let mut pack = ObjectStream::builder().max_objects(OBJECTS_TOGETHER).compression_level(9).build();
        for (place, (id, object)) in together.by_ref().take(OBJECTS_TOGETHER).enumerate() {
            pack.add_object(id, object)?;
            file.places.insert(id.0, row(PACKED, number, place));
        }
        file.add(number, &pack.to_stream_object()?.into())?;
    }

    let digest: [u8; 32] = Sha256::digest(&file.bytes).into();
    let id = Object::String(digest[..16].to_vec(), StringFormat::Hexadecimal);
    trailer.set("ID", vec![id.clone(), id]);
    Ok(file.finish(number + 1, trailer)?)
}

/// A row of the table: what kind of place, where, and which object there or what generation.
type Row = [u8; 7];

const FREE: u8 = 0;
const AT: u8 = 1;
const PACKED: u8 = 2;

fn row(kind: u8, of: u32, place: usize) -> Row {
    let ([a, b, c, d], [e, f]) = (of.to_be_bytes(), u16::try_from(place).unwrap_or(u16::MAX).to_be_bytes());
    [kind, a, b, c, d, e, f]
}

/// A file that is being written.
#[derive(Default)]
struct File {
    bytes: Vec<u8>,
    places: BTreeMap<u32, Row>,
}

impl File {
    fn here(&self) -> io::Result<u32> {
        u32::try_from(self.bytes.len()).map_err(|_| io::ErrorKind::FileTooLarge.into())
    }

    fn add(&mut self, number: u32, object: &Object) -> io::Result<()> {
        self.places.insert(number, row(AT, self.here()?, 0));
        self.bytes.extend(format!("{number} 0 obj\n").into_bytes());
        Writer::write_object(&mut self.bytes, object)?;
        self.bytes.extend(b"\nendobj\n");
        Ok(())
    }

    /// Writes the table, which is an object too.
    fn finish(mut self, number: u32, trailer: Dictionary) -> io::Result<Vec<u8>> {
        let start = self.here()?;
        self.places.insert(number, row(AT, start, 0));
        let free = row(FREE, 0, usize::from(u16::MAX));
        let rows = (0..=number).map(|number| self.places.get(&number).copied().unwrap_or(free));
        let mut table = trailer;
        table.set("Type", "XRef");
        table.set("Size", i64::from(number) + 1);
        table.set("W", vec![1.into(), 4.into(), 2.into()]);
        table.set("Filter", "FlateDecode");
        table.set("DecodeParms", dictionary! { "Predictor" => UP_OF_PNG, "Columns" => integer(free.len()) });
        let rows = compressed(&less_the_one_before(rows))?;
        self.add(number, &Stream::new(table, rows).into())?;
        self.bytes.extend(format!("startxref\n{start}\n%%EOF\n").into_bytes());
        Ok(self.bytes)
    }
}

fn compressed(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// The predictor of PDF that has PNG's *up* in it.
const UP_OF_PNG: i64 = 12;

/// Each row less the one before it, with the number of that filter in front: neighbours differ in their last byte.
fn less_the_one_before(rows: impl Iterator<Item = Row>) -> Vec<u8> {
    const UP: u8 = 2;
    let mut before = Row::default();
    let mut bytes = Vec::new();
    for row in rows {
        bytes.push(UP);
        bytes.extend(row.iter().zip(before).map(|(byte, before)| byte.wrapping_sub(before)));
        before = row;
    }
    bytes
}
