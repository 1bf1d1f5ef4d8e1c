//! The rows of a file, one by one, in every format.

use crate::{
    command::import::{
        ImportFile, ImportFormat, NotImported,
        columns::ColumnPositions,
        encoding::{Encoding, Utf16Reader},
        numerals::Numerals,
        table,
    },
    http::request::object,
    ingest::{
        call::TrackRequest,
        sources::{
            SourceRecord,
            langfuse::{self, Observation},
            litellm::Logged,
            provider_usage::{ANTHROPIC_TENANTS, AnthropicBucket, OPENAI_TENANTS, OpenAiBucket},
        },
    },
};
use flate2::read::MultiGzDecoder;
use serde::{
    Deserialize, Deserializer as _,
    de::{DeserializeOwned, Error, IgnoredAny, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{
    fmt,
    fs::File,
    io::{BufRead, BufReader, Chain, Cursor, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// Receives a row: its position, the bytes read up to it, and its content.
pub(crate) type TakeRecord<'t> =
    &'t mut dyn FnMut(u64, u64, Result<SourceRecord, String>) -> Result<(), NotImported>;

/// Receives the JSON of a row, with its position.
type TakeJson<'t> = &'t mut dyn FnMut(u64, &[u8]) -> Result<(), NotImported>;

/// An open file, with the number of bytes read so far.
pub(crate) struct ImportInput {
    reader: Box<dyn BufRead + Send>,
    bytes: Arc<AtomicU64>,
}

/// Counts the bytes read.
struct CountingReader<R> {
    file: R,
    bytes: Arc<AtomicU64>,
}

impl<R: Read> Read for CountingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

const BUFFER_BYTES: usize = 1024 * 1024;

/// Opens the file; also returns its length.
pub(crate) fn open(path: &Path) -> Result<(ImportInput, u64), NotImported> {
    // Before opening it: opening a pipe would wait for a writer.
    let metadata = std::fs::metadata(path).map_err(NotImported::at(path))?;
    if !metadata.is_file() {
        // The input is read more than once, and progress is kept next to it.
        return Err(NotImported::Options(format!(
            "{}: is not a file; save its content to one",
            path.display()
        )));
    }
    let file = File::open(path).map_err(NotImported::at(path))?;
    Ok((decoded(path, file)?, metadata.len()))
}

/// The content of the file at `path`, decompressed and as UTF-8.
pub(crate) fn decoded(path: &Path, file: impl Read + Send + 'static) -> Result<ImportInput, NotImported> {
    let bytes = Arc::new(AtomicU64::new(0));
    let reader = BufReader::with_capacity(BUFFER_BYTES, CountingReader { file, bytes: bytes.clone() });
    let (head, reader) = with_head(reader).map_err(NotImported::at(path))?;
    let reader: Box<dyn BufRead + Send> = if head.starts_with(&[0x1f, 0x8b]) {
        Box::new(BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(reader)))
    } else {
        Box::new(reader)
    };
    let (head, mut reader) = with_head(reader).map_err(NotImported::at(path))?;
    let reader: Box<dyn BufRead + Send> = match Encoding::of(&head) {
        Encoding::Utf8 { mark } => {
            reader.consume(mark);
            Box::new(reader)
        }
        Encoding::Utf16 { is_big_endian, mark } => {
            reader.consume(mark);
            Box::new(BufReader::with_capacity(BUFFER_BYTES, Utf16Reader::new(reader, is_big_endian)))
        }
        Encoding::Binary(fault) => {
            return Err(NotImported::Format(format!("{}: {fault}", path.display())));
        }
    };
    Ok(ImportInput { reader, bytes })
}

/// A file whose first bytes were read, from the beginning.
type Rewound<R> = Chain<Cursor<Vec<u8>>, R>;

/// The first bytes of a file, as far as its format shows in them, and a reader of all of it. One read may give fewer.
fn with_head<R: BufRead>(mut reader: R) -> std::io::Result<(Vec<u8>, Rewound<R>)> {
    const HEAD_BYTES: u64 = 4;
    let mut head = Vec::new();
    (&mut reader).take(HEAD_BYTES).read_to_end(&mut head)?;
    Ok((head.clone(), Cursor::new(head).chain(reader)))
}

/// The beginning of the file.
pub(crate) fn head(path: &Path) -> Result<String, NotImported> {
    /// The first records of any export.
    const HEAD_BYTES: u64 = 16 * 1024;
    let (input, _) = open(path)?;
    let mut head = Vec::new();
    let read = input.reader.take(HEAD_BYTES).read_to_end(&mut head);
    read.map_err(NotImported::at(path))?;
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Fields that name the tenant by default.
fn tenant_fields(format: ImportFormat) -> &'static [&'static str] {
    match format {
        ImportFormat::Ndjson | ImportFormat::Csv => &["tenant_id"],
        ImportFormat::Litellm => &["end_user", "team_id"],
        ImportFormat::OpenaiUsage => &["project_id"],
        ImportFormat::AnthropicUsage => &["workspace_id"],
        ImportFormat::Langfuse => &["metadata.tenant.id", "metadata.tenant_id", "user_id"],
    }
}

/// Whether a format has such a field.
fn has_field(format: ImportFormat, field: &str) -> bool {
    match format {
        ImportFormat::Ndjson | ImportFormat::Csv => false,
        // Its metadata may have any key.
        ImportFormat::Litellm => true,
        ImportFormat::OpenaiUsage => OPENAI_TENANTS.contains(&field),
        ImportFormat::AnthropicUsage => ANTHROPIC_TENANTS.contains(&field),
        ImportFormat::Langfuse => langfuse::TENANTS.contains(&field) || field.starts_with("metadata."),
    }
}

/// Checks that the flags match the file, up to its first row.
pub(super) fn check(export: &ImportFile) -> Result<(), NotImported> {
    let (mut input, _) = open(&export.file)?;
    let mut is_seen = false;
    let read = each(export, &mut input, &mut |_, _, _| {
        is_seen = true;
        Err(NotImported::Format(String::new()))
    });
    if is_seen { Ok(()) } else { read }
}

/// Passes every row to `take`.
pub(crate) fn each(
    export: &ImportFile,
    input: &mut ImportInput,
    take: TakeRecord<'_>,
) -> Result<(), NotImported> {
    let format = export.format;
    let fields: Vec<String> = if export.tenant_fields.is_empty() {
        tenant_fields(format).iter().map(|field| (*field).to_owned()).collect()
    } else {
        export.tenant_fields.clone()
    };
    if let Some(field) = export.tenant_fields.iter().find(|field| !has_field(format, field)) {
        return Err(NotImported::Options(match format {
            ImportFormat::Ndjson => "--tenant-field: every row has its own tenant_id".to_owned(),
            ImportFormat::Csv => format!("--tenant-field: for a table, use --column tenant_id={field}"),
            _ => format!("--tenant-field {field}: this format has no such field"),
        }));
    }
    if format != ImportFormat::Csv && !export.columns.0.is_empty() {
        return Err(NotImported::Options("--column needs --format csv".to_owned()));
    }
    let path = &export.file;
    match format {
        ImportFormat::Ndjson => lines(path, input, take),
        ImportFormat::Csv => table(export, input, take),
        ImportFormat::Litellm => records(path, input, take, |row: Logged| vec![row.into_record(&fields)]),
        ImportFormat::Langfuse => {
            records(path, input, take, |row: Observation| vec![row.into_record(&fields)])
        }
        ImportFormat::OpenaiUsage => {
            records(path, input, take, |row: OpenAiBucket| row.into_records(&fields))
        }
        ImportFormat::AnthropicUsage => {
            records(path, input, take, |row: AnthropicBucket| row.into_records(&fields))
        }
    }
}

fn lines(path: &Path, input: &mut ImportInput, take: TakeRecord<'_>) -> Result<(), NotImported> {
    let bytes = input.bytes.clone();
    each_line(path, &mut input.reader, &mut |number, line| {
        let call = object::<TrackRequest>(line)
            .map(|call| SourceRecord::Call(Box::new(call)))
            .map_err(|problem| problem.in_a_sentence());
        take(number, bytes.load(Ordering::Relaxed), call)
    })
}

/// Passes on lines with their numbers; empty ones are ignored.
fn each_line(path: &Path, reader: &mut dyn BufRead, take: TakeJson<'_>) -> Result<(), NotImported> {
    let (mut line, mut number) = (Vec::new(), 0);
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).map_err(NotImported::at(path))? == 0 {
            return Ok(());
        }
        number += 1;
        let text = line.trim_ascii();
        if !text.is_empty() {
            take(number, text)?;
        }
    }
}

fn table(export: &ImportFile, input: &mut ImportInput, take: TakeRecord<'_>) -> Result<(), NotImported> {
    let bytes = input.bytes.clone();
    let mut places = None;
    table::each_row(&export.file, &mut input.reader, &mut |head, line, row| {
        let places = match &mut places {
            Some(places) => places,
            none => none.insert(ColumnPositions::find(head, &export.columns)?),
        };
        row.map_or(Ok(()), |row| take(line, bytes.load(Ordering::Relaxed), places.read(row)))
    })
}

/// Records of an export: a JSON array, pages, one per line, or a table.
fn records<R: DeserializeOwned>(
    path: &Path,
    input: &mut ImportInput,
    take: TakeRecord<'_>,
    read: impl Fn(R) -> Vec<SourceRecord>,
) -> Result<(), NotImported> {
    each_as(path, input, &mut |row, bytes, _, record| match record {
        Ok(record) => read(record).into_iter().try_for_each(|record| take(row, bytes, Ok(record))),
        Err(reason) => take(row, bytes, Err(reason)),
    })
}

/// Passes on records of any form, each with its position, the bytes read up to it, and how its numbers are written.
pub(crate) fn each_as<R: DeserializeOwned>(
    path: &Path,
    input: &mut ImportInput,
    take: &mut dyn FnMut(u64, u64, Numerals, Result<R, String>) -> Result<(), NotImported>,
) -> Result<(), NotImported> {
    // A parser's own message may repeat its input.
    let other = || "is not a record of this format".to_owned();
    let read = input.bytes.clone();
    let bytes = || read.load(Ordering::Relaxed);
    let reader = &mut input.reader;
    let (space, first) = leading_space(reader).map_err(NotImported::at(path))?;
    match first {
        None => Ok(()),
        Some(b'[' | b'{') => documents(path, reader, &mut |row, json| {
            take(row, bytes(), Numerals::Point, serde_json::from_slice(json).map_err(|_| other()))
        }),
        // A header row may start with a tab.
        Some(_) => table::each_row(path, &mut space.chain(reader), &mut |head, line, row| {
            row.map_or(Ok(()), |row| {
                let cells = table::cells(head, row);
                let record = cells.and_then(|cells| serde_json::from_value(cells).map_err(|_| other()));
                take(line, bytes(), head.numerals(), record)
            })
        }),
    }
}

/// JSON documents, each with its line or position: in an array, in the pages of an API, or one per line.
fn documents(path: &Path, reader: &mut dyn BufRead, take: TakeJson<'_>) -> Result<(), NotImported> {
    /// Lines that are looked at to see whether each is a record.
    const LINES: usize = 16;
    let is_array = reader.fill_buf().map_err(NotImported::at(path))?.starts_with(b"[");
    let mut first = Vec::new();
    let mut is_lines = false;
    for _ in 0..LINES {
        if is_array || is_lines {
            break;
        }
        let start = first.len();
        reader.read_until(b'\n', &mut first).map_err(NotImported::at(path))?;
        // If one of the first lines is a whole object, each line is one: a broken line is one row.
        let line = &first[start..];
        is_lines = line.starts_with(b"{") && serde_json::from_slice::<IgnoredAny>(line).is_ok();
    }
    let mut whole = first.chain(reader);
    if is_lines {
        return each_line(path, &mut whole, &mut |number, line| {
            each_record(line, &mut |json| take(number, json))
        });
    }
    let mut number = 0;
    let mut give = |json: &str| {
        each_record(json.as_bytes(), &mut |json| {
            number += 1;
            take(number, json)
        })
    };
    let broken = |error: &serde_json::Error| {
        let (line, column) = (error.line(), error.column());
        NotImported::Format(format!("{}: is not JSON, at line {line}, column {column}", path.display()))
    };
    if is_array {
        let mut stopped = None;
        let mut json = serde_json::Deserializer::from_reader(&mut whole);
        let elements = Elements { give: &mut give, stopped: &mut stopped };
        let read = json.deserialize_seq(elements).and_then(|()| json.end());
        return read.map_err(|error| stopped.unwrap_or_else(|| broken(&error)));
    }
    for document in serde_json::Deserializer::from_reader(&mut whole).into_iter::<Box<RawValue>>() {
        give(document.map_err(|error| broken(&error))?.get())?;
    }
    Ok(())
}

/// The records of a page, or the document itself.
fn each_record(
    json: &[u8],
    take: &mut dyn FnMut(&[u8]) -> Result<(), NotImported>,
) -> Result<(), NotImported> {
    #[derive(Deserialize)]
    struct Page<'p> {
        #[serde(borrow)]
        data: Option<Vec<&'p RawValue>>,
    }

    match serde_json::from_slice(json) {
        Ok(Page { data: Some(records) }) => {
            records.into_iter().try_for_each(|record| take(record.get().as_bytes()))
        }
        _ => take(json),
    }
}

/// The white space that a file begins with, and the first byte after it, which stays unread.
fn leading_space(reader: &mut dyn BufRead) -> std::io::Result<(Vec<u8>, Option<u8>)> {
    let mut space = Vec::new();
    loop {
        let buffer = reader.fill_buf()?;
        let spaces = buffer.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let (is_at_end, found) = (buffer.is_empty(), buffer.get(spaces).copied());
        space.extend_from_slice(&buffer[..spaces]);
        reader.consume(spaces);
        if is_at_end || found.is_some() {
            return Ok((space, found));
        }
        if space.len() > BUFFER_BYTES {
            let told = format!("begins with more than {BUFFER_BYTES} bytes of white space");
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, told));
        }
    }
}

/// The elements of an array, one at a time.
struct Elements<'e> {
    give: &'e mut dyn FnMut(&str) -> Result<(), NotImported>,
    stopped: &'e mut Option<NotImported>,
}

impl<'de> Visitor<'de> for Elements<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while let Some(element) = elements.next_element::<Box<RawValue>>()? {
            if let Err(error) = (self.give)(element.get()) {
                *self.stopped = Some(error);
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}
