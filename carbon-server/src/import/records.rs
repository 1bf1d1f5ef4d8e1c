//! The rows of a file, one after the other, in whichever form.

use super::{Export, ImportFormat, NotImported, columns::Places};
use crate::{
    api::{input::object, track_request::TrackRequest},
    sources::{
        Told,
        langfuse::{self, Observation},
        litellm::Logged,
        provider_usage::{ANTHROPIC_TENANTS, AnthropicBucket, OPENAI_TENANTS, OpenAiBucket},
    },
};
use flate2::read::MultiGzDecoder;
use serde::{
    Deserialize, Deserializer as _,
    de::{DeserializeOwned, Error, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{
    fmt,
    fs::File,
    io::{BufRead, BufReader, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// Told of a row: its place, the bytes read up to it, and what it tells.
pub(crate) type Take<'t> = &'t mut dyn FnMut(u64, u64, Result<Told, String>) -> Result<(), NotImported>;

/// A file that is read, and how much of it has been.
pub(crate) struct Input {
    reader: Box<dyn BufRead + Send>,
    bytes: Arc<AtomicU64>,
}

/// Counts what is read.
struct Counted {
    file: File,
    bytes: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

const BUFFER_BYTES: usize = 1024 * 1024;

/// Opens the file, and says how long it is.
pub(crate) fn open(export: &Export) -> Result<(Input, u64), NotImported> {
    let path = &export.file;
    let cannot = |cause| NotImported::File { path: path.display().to_string(), cause };
    let file = File::open(path).map_err(cannot)?;
    let bytes_total = file.metadata().map_err(cannot)?.len();
    let bytes = Arc::new(AtomicU64::new(0));
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, Counted { file, bytes: bytes.clone() });
    let is_gzip = reader.fill_buf().map_err(cannot)?.starts_with(&[0x1f, 0x8b]);
    let mut reader: Box<dyn BufRead + Send> = if is_gzip {
        Box::new(BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(reader)))
    } else {
        Box::new(reader)
    };
    // Spreadsheets put it before tables.
    if reader.fill_buf().map_err(cannot)?.starts_with(b"\xef\xbb\xbf") {
        reader.consume(3);
    }
    Ok((Input { reader, bytes }, bytes_total))
}

/// How the file begins.
pub(super) fn head(export: &Export) -> Result<String, NotImported> {
    /// The first records of any export.
    const HEAD_BYTES: u64 = 16 * 1024;
    let (input, _) = open(export)?;
    let mut head = Vec::new();
    let read = input.reader.take(HEAD_BYTES).read_to_end(&mut head);
    read.map_err(|cause| NotImported::File { path: export.file.display().to_string(), cause })?;
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Fields that name the tenant where nobody says which.
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
        // Anything may stand in its metadata.
        ImportFormat::Litellm => true,
        ImportFormat::OpenaiUsage => OPENAI_TENANTS.contains(&field),
        ImportFormat::AnthropicUsage => ANTHROPIC_TENANTS.contains(&field),
        ImportFormat::Langfuse => langfuse::TENANTS.contains(&field) || field.starts_with("metadata."),
    }
}

/// Takes every row.
pub(crate) fn each(export: &Export, input: &mut Input, take: Take<'_>) -> Result<(), NotImported> {
    let format = export.format;
    let fields: Vec<String> = if export.tenant_fields.is_empty() {
        tenant_fields(format).iter().map(|field| (*field).to_owned()).collect()
    } else {
        export.tenant_fields.clone()
    };
    if let Some(field) = export.tenant_fields.iter().find(|field| !has_field(format, field)) {
        return Err(NotImported::Wish(match format {
            ImportFormat::Ndjson => "--tenant-field: every row says tenant_id itself".to_owned(),
            ImportFormat::Csv => format!("--tenant-field: of a table say --column tenant_id={field}"),
            _ => format!("--tenant-field {field}: such an export has no such field"),
        }));
    }
    if format != ImportFormat::Csv && !export.columns.0.is_empty() {
        return Err(NotImported::Wish("--column goes with --format csv".to_owned()));
    }
    let path = &export.file;
    match format {
        ImportFormat::Ndjson => lines(path, input, take),
        ImportFormat::Csv => table(export, input, take),
        ImportFormat::Litellm => records(path, input, take, |row: Logged| vec![row.told(&fields)]),
        ImportFormat::Langfuse => records(path, input, take, |row: Observation| vec![row.told(&fields)]),
        ImportFormat::OpenaiUsage => records(path, input, take, |row: OpenAiBucket| row.told(&fields)),
        ImportFormat::AnthropicUsage => records(path, input, take, |row: AnthropicBucket| row.told(&fields)),
    }
}

fn lines(path: &Path, input: &mut Input, take: Take<'_>) -> Result<(), NotImported> {
    let (mut line, mut number) = (Vec::new(), 0);
    loop {
        line.clear();
        let read = input.reader.read_until(b'\n', &mut line);
        if read.map_err(|cause| NotImported::File { path: path.display().to_string(), cause })? == 0 {
            return Ok(());
        }
        number += 1;
        let json = line.trim_ascii();
        if json.is_empty() {
            continue;
        }
        let told = object::<TrackRequest>(json)
            .map(|call| Told::Call(Box::new(call)))
            .map_err(|problem| problem.in_a_sentence());
        take(number, input.bytes.load(Ordering::Relaxed), told)?;
    }
}

fn table(export: &Export, input: &mut Input, take: Take<'_>) -> Result<(), NotImported> {
    let mut table = csv::ReaderBuilder::new().flexible(true).from_reader(&mut input.reader);
    let broken = |error: csv::Error| NotImported::Format(format!("{}: {error}", export.file.display()));
    let places = Places::find(table.headers().map_err(broken)?, &export.columns)?;
    let mut row = csv::StringRecord::new();
    while table.read_record(&mut row).map_err(broken)? {
        let line = row.position().map_or(0, csv::Position::line);
        take(line, input.bytes.load(Ordering::Relaxed), places.read(&row))?;
    }
    Ok(())
}

/// Records of an export: in a JSON array, in pages, one a line, or in a table.
fn records<R: DeserializeOwned>(
    path: &Path,
    input: &mut Input,
    take: Take<'_>,
    told: impl Fn(R) -> Vec<Told>,
) -> Result<(), NotImported> {
    let broken = |error: &dyn fmt::Display| NotImported::Format(format!("{}: {error}", path.display()));
    let bytes = input.bytes.clone();
    let mut number = 0;
    let mut give = |record: Option<R>| {
        let bytes = bytes.load(Ordering::Relaxed);
        let rows = record.map(&told);
        // What a reader tells of its faults may repeat what it read.
        let Some(rows) = rows else {
            number += 1;
            return take(number, bytes, Err("is no record of this format".to_owned()));
        };
        rows.into_iter().try_for_each(|told| {
            number += 1;
            take(number, bytes, Ok(told))
        })
    };
    let first = first_byte(&mut input.reader)
        .map_err(|cause| NotImported::File { path: path.display().to_string(), cause })?;
    match first {
        None => Ok(()),
        Some(b'[') => {
            let mut stopped = None;
            let mut json = serde_json::Deserializer::from_reader(&mut input.reader);
            let elements =
                Elements { give: &mut |json| give(serde_json::from_str(json).ok()), stopped: &mut stopped };
            let read = json.deserialize_seq(elements).and_then(|()| json.end());
            read.map_err(|error| stopped.unwrap_or_else(|| broken(&error)))
        }
        Some(b'{') => {
            #[derive(Deserialize)]
            struct Page<'p> {
                #[serde(borrow, default)]
                data: Option<Vec<&'p RawValue>>,
            }

            let documents =
                serde_json::Deserializer::from_reader(&mut input.reader).into_iter::<Box<RawValue>>();
            for document in documents {
                let document = document.map_err(|error| broken(&error))?;
                match serde_json::from_str::<Page<'_>>(document.get()) {
                    Ok(Page { data: Some(records) }) => {
                        records
                            .into_iter()
                            .try_for_each(|record| give(serde_json::from_str(record.get()).ok()))?;
                    }
                    _ => give(serde_json::from_str(document.get()).ok())?,
                }
            }
            Ok(())
        }
        Some(_) => {
            let mut table = csv::ReaderBuilder::new().flexible(true).from_reader(&mut input.reader);
            let head = table.headers().map_err(|error| broken(&error))?.clone();
            let mut row = csv::StringRecord::new();
            while table.read_record(&mut row).map_err(|error| broken(&error))? {
                give(row.deserialize(Some(&head)).ok())?;
            }
            Ok(())
        }
    }
}

/// The first byte that is no white space, left where it is.
fn first_byte(reader: &mut impl BufRead) -> std::io::Result<Option<u8>> {
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(None);
        }
        let spaces = buffer.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if let Some(byte) = buffer.get(spaces) {
            return Ok(Some(*byte));
        }
        reader.consume(spaces);
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
