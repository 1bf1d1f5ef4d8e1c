//! Reads and checks the rows of a file on a separate thread.

use crate::{
    command::import::{
        ImportOptions, NotImported,
        records::{self, ImportInput},
        target::Target,
    },
    config,
    http::problem::Problem,
    ingest::{
        call::TrackRequest,
        sources::{self, RowKey, SourceRecord},
    },
};
use std::{
    collections::HashMap,
    sync::mpsc::{SyncSender, sync_channel},
    thread,
};

/// Rows in a chunk.
const CHUNK: usize = 5_000;

/// Rows on their way from the reader to the target.
pub(super) struct Chunk<Item> {
    pub(super) rows: Vec<ImportRow<Item>>,
    pub(super) passed_over: u64,
    /// Rows whose counts are not certain.
    pub(super) uncertain: u64,
    /// Rows whose context is not counted.
    pub(super) without_context: u64,
    /// Rows read so far, including these.
    pub(super) rows_read: u64,
    pub(super) bytes_read: u64,
}

/// A row to store; or the reason why it cannot be, with what was read of it.
pub(super) struct ImportRow<Item> {
    /// Its position among all rows, from 1.
    pub(super) place: u64,
    /// Its line or position in the file, for people.
    pub(super) row: u64,
    pub(super) item: Result<Item, (String, Option<Box<TrackRequest>>)>,
}

/// Reads the rows after the first `skip` on a separate thread, and passes each chunk to `give`.
pub(super) fn each_chunk<T: Target>(
    options: &ImportOptions,
    target: &T,
    mut input: ImportInput,
    skip: u64,
    give: &mut dyn FnMut(Chunk<T::Item>) -> Result<(), NotImported>,
) -> Result<(), NotImported> {
    let prepare = target.preparer();
    thread::scope(|scope| {
        let (sender, chunks) = sync_channel(2);
        let reader = scope.spawn(move || {
            let mut reading = RowReader::new(options, skip, prepare, sender);
            let read = records::each(&options.export, &mut input, &mut |row, bytes, record| {
                reading.take(row, bytes, record)
            });
            // Rows read before an error are still sent.
            let sent = reading.send();
            read.and(sent)
        });
        // If this ends early, the channel closes and the reader stops.
        chunks.into_iter().try_for_each(give)?;
        reader.join().expect("reading does not panic")
    })
}

/// The state of the reader.
struct RowReader<'w, Prepare, Item> {
    options: &'w ImportOptions,
    /// Rows at the beginning that an earlier run imported.
    skip: u64,
    prepare: Prepare,
    sender: SyncSender<Chunk<Item>>,
    rows: Vec<ImportRow<Item>>,
    passed_over: u64,
    uncertain: u64,
    without_context: u64,
    rows_read: u64,
    /// How many rows had the same content so far.
    seen: HashMap<RowKey, u32>,
    bytes_read: u64,
}

/// The receiver is gone, and has reported why.
pub(super) const GONE: &str = "the import has ended";

impl<'w, Prepare, Item> RowReader<'w, Prepare, Item>
where
    Prepare: Fn(TrackRequest) -> Result<Item, Problem>,
{
    fn new(options: &'w ImportOptions, skip: u64, prepare: Prepare, sender: SyncSender<Chunk<Item>>) -> Self {
        let (rows, seen) = (Vec::new(), HashMap::new());
        RowReader {
            options,
            skip,
            prepare,
            sender,
            rows,
            passed_over: 0,
            uncertain: 0,
            without_context: 0,
            rows_read: 0,
            seen,
            bytes_read: 0,
        }
    }

    /// Takes a row; `bytes` of the file were read up to it.
    fn take(
        &mut self,
        row: u64,
        bytes: u64,
        record: Result<SourceRecord, String>,
    ) -> Result<(), NotImported> {
        self.rows_read += 1;
        self.bytes_read = bytes;
        let record = record.map(|record| self.identified(record));
        if self.rows_read <= self.skip {
            return Ok(());
        }
        let item = match record {
            Ok(SourceRecord::Nothing) => {
                self.passed_over += 1;
                return self.send_if_full();
            }
            Ok(SourceRecord::Uncountable(reason)) => Err((reason.to_owned(), None)),
            Err(reason) => Err((reason, None)),
            // It would count as of today.
            Ok(SourceRecord::Call(call) | SourceRecord::Row(call, _)) if call.timestamp.is_none() => {
                Err(("/timestamp is required in a file".to_owned(), Some(call)))
            }
            Ok(SourceRecord::Call(call) | SourceRecord::Row(call, _)) => {
                self.uncertain += u64::from(call.is_uncertain());
                self.without_context += u64::from(call.lacks_context());
                (self.prepare)((*call).clone()).map_err(|problem| (problem.in_a_sentence(), Some(call)))
            }
        };
        let item = item.map_err(|(reason, event)| (reason, event.map(without_texts)));
        self.rows.push(ImportRow { place: self.rows_read, row, item });
        self.send_if_full()
    }

    /// The record with its tenant and its id.
    fn identified(&mut self, record: SourceRecord) -> SourceRecord {
        let (mut call, key) = match record {
            SourceRecord::Call(call) => (call, None),
            SourceRecord::Row(call, key) => (call, Some(key)),
            other @ (SourceRecord::Nothing | SourceRecord::Uncountable(_)) => return other,
        };
        call.tenant_id = call.tenant_id.take().or_else(|| self.options.tenant_id.clone());
        call.event_id = sources::event_id(call.event_id.take());
        if call.event_id.is_none() {
            let key = key.map_or_else(
                // A call without an id is identified by its content.
                || {
                    let json = serde_json::to_string(&call).expect("numbers and strings always serialise");
                    RowKey::of([json.as_str()])
                },
                |key| key.of_tenant(call.tenant_id.as_deref()),
            );
            // Rows with the same content are distinguished by their order, in which skipped rows count.
            let nth = self.seen.entry(key).or_default();
            *nth += 1;
            call.event_id = Some(key.event_id(*nth));
        }
        SourceRecord::Call(call)
    }

    fn send_if_full(&mut self) -> Result<(), NotImported> {
        if self.rows.len() + usize::try_from(self.passed_over).unwrap_or(CHUNK) < CHUNK {
            Ok(())
        } else {
            self.send()
        }
    }

    fn send(&mut self) -> Result<(), NotImported> {
        if self.rows.is_empty() && self.passed_over == 0 {
            return Ok(());
        }
        let chunk = Chunk {
            rows: std::mem::take(&mut self.rows),
            passed_over: std::mem::take(&mut self.passed_over),
            uncertain: std::mem::take(&mut self.uncertain),
            without_context: std::mem::take(&mut self.without_context),
            rows_read: self.rows_read,
            bytes_read: self.bytes_read,
        };
        self.sender.send(chunk).map_err(|_| NotImported::Format(GONE.to_owned()))
    }
}

/// What was read of a call, without fields that may have more than names and counts.
fn without_texts(mut call: Box<TrackRequest>) -> Box<TrackRequest> {
    let is_name =
        |text: &String| text.len() <= config::MODEL_BYTES_MAX && !text.chars().any(char::is_control);
    let TrackRequest { tenant_id, model, provider, region, event_id, timestamp, usage, tags, .. } =
        &mut *call;
    for text in [tenant_id, model, provider, region, event_id, timestamp] {
        *text = text.take().filter(is_name);
    }
    (*usage, *tags) = (None, None);
    call
}
