//! Events as a Parquet file: written in the order of their numbers, and read one after the other.

use crate::{
    base::digest::Sha,
    store::{
        archive::{
            columns::{Columns, SCHEMA},
            error::ArchiveFault,
        },
        book::journal::EventRow,
    },
};
use parquet::{
    basic::{Compression, Encoding, ZstdLevel},
    file::{
        properties::WriterProperties,
        reader::{FileReader, SerializedFileReader},
        writer::SerializedFileWriter,
    },
    schema::{parser::parse_message_type, types::ColumnPath},
};
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    sync::Arc,
};

/// Events that are compressed together; whoever reads has as many in memory.
const GROUP_ROWS: usize = 65_536;

/// Columns of numbers that mostly grow: the steps between them are small.
const GROWING: [&str; 2] = ["event_key", "received_at_ms"];

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) struct Written {
    pub(in crate::store) events: i64,
    /// Numbers of the first and the last event.
    pub(in crate::store) keys: [i64; 2],
    pub(in crate::store) bytes: i64,
    pub(in crate::store) sha256: Sha,
}

/// A file that is written. The same events make the same bytes.
pub(in crate::store) struct EventWriter<'f> {
    file: SerializedFileWriter<Hashing<'f>>,
    group: Columns,
    events: i64,
    keys: Option<[i64; 2]>,
}

impl<'f> EventWriter<'f> {
    pub(in crate::store) fn new(file: &'f mut File) -> Result<Self, ArchiveFault> {
        let level = ZstdLevel::try_new(9)?;
        let mut properties = WriterProperties::builder()
            .set_created_by("LLM Carbon Tracker".to_owned())
            .set_compression(Compression::ZSTD(level))
            .set_max_row_group_row_count(Some(GROUP_ROWS));
        for column in GROWING {
            let column = ColumnPath::from(column);
            properties = properties
                .set_column_dictionary_enabled(column.clone(), false)
                .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
        }
        let schema = Arc::new(parse_message_type(SCHEMA)?);
        let hashing = Hashing { file, bytes: 0, sha256: Sha256::new() };
        let file = SerializedFileWriter::new(hashing, schema, Arc::new(properties.build()))?;
        Ok(EventWriter { file, group: Columns::default(), events: 0, keys: None })
    }

    /// Adds an event behind those that were added before.
    pub(in crate::store) fn add(&mut self, event: &EventRow<'_>, crc32: i64) -> Result<(), ArchiveFault> {
        self.group.push(event, crc32);
        self.events += 1;
        self.keys = Some([self.keys.map_or(event.event_key, |[first, _]| first), event.event_key]);
        if self.group.rows() < GROUP_ROWS { Ok(()) } else { self.write_group() }
    }

    /// What was written; `None` where there was no event.
    pub(in crate::store) fn finish(mut self) -> Result<Option<Written>, ArchiveFault> {
        if self.group.rows() > 0 {
            self.write_group()?;
        }
        let Some(keys) = self.keys else { return Ok(None) };
        let Hashing { bytes, sha256, .. } = self.file.into_inner()?;
        Ok(Some(Written { events: self.events, keys, bytes, sha256: sha256.finalize().into() }))
    }

    fn write_group(&mut self) -> Result<(), ArchiveFault> {
        std::mem::take(&mut self.group).write(self.file.next_row_group()?)?;
        Ok(())
    }
}

/// A file whose digest grows as it is written.
struct Hashing<'f> {
    file: &'f mut File,
    bytes: i64,
    sha256: Sha256,
}

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.sha256.update(&bytes[..written]);
        self.bytes = self.bytes.saturating_add_unsigned(written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The digest of a file, from its start.
pub(in crate::store) fn digest(file: &mut File) -> io::Result<Sha> {
    file.seek(SeekFrom::Start(0))?;
    let mut sha256 = Sha256::new();
    let mut bytes = vec![0; 1 << 16];
    loop {
        match file.read(&mut bytes)? {
            0 => break,
            read => sha256.update(&bytes[..read]),
        }
    }
    file.seek(SeekFrom::Start(0))?;
    Ok(sha256.finalize().into())
}

/// A file that is read, one event after the other.
pub(in crate::store) struct EventReader {
    file: SerializedFileReader<File>,
    /// How many row groups were read.
    groups: usize,
    group: Columns,
    place: usize,
    /// How many events were handed out, and the number of the last of them.
    read: i64,
    last_event_key: i64,
}

impl EventReader {
    pub(in crate::store) fn new(file: File) -> Result<Self, ArchiveFault> {
        let file = SerializedFileReader::new(file)?;
        Ok(EventReader { file, groups: 0, group: Columns::default(), place: 0, read: 0, last_event_key: 0 })
    }

    /// The number of the next event; `None` at the end, where there were `events`.
    pub(in crate::store) fn peek(&mut self, events: i64) -> Result<Option<i64>, ArchiveFault> {
        while self.place >= self.group.rows() {
            if self.groups == self.file.num_row_groups() {
                let all_read = self.read == events;
                let why = || ArchiveFault::Contents(format!("it has {} events, not {events}", self.read));
                return if all_read { Ok(None) } else { Err(why()) };
            }
            self.group = Columns::read(&*self.file.get_row_group(self.groups)?)?;
            self.groups += 1;
            self.place = 0;
        }
        Ok(self.group.event_key(self.place))
    }

    /// The event that was looked at, and its CRC-32.
    pub(in crate::store) fn take(&mut self) -> Result<(EventRow<'_>, i64), ArchiveFault> {
        let (event, crc32) = self.group.row(self.place)?;
        if event.event_key <= self.last_event_key {
            return Err(ArchiveFault::Contents(format!("event {} is out of order", event.event_key)));
        }
        self.place += 1;
        self.read += 1;
        self.last_event_key = event.event_key;
        Ok((event, crc32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::book::{event_id::StoredId, journal::crc32};
    use carbon_report::counts::MEDIA;
    use proptest::prelude::*;

    fn written(events: &[EventRow<'_>]) -> (File, Written) {
        let mut file = tempfile::tempfile().unwrap();
        let mut writer = EventWriter::new(&mut file).unwrap();
        for event in events {
            let mut line = Vec::new();
            event.write_line(&mut line);
            writer.add(event, crc32(&line)).unwrap();
        }
        let written = writer.finish().unwrap().unwrap();
        (file, written)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn events_are_read_as_they_were_written(
            rows in proptest::collection::vec(
                (1..1_000i64, any::<bool>(), "\\PC{1,20}", any::<[i32; 5]>(), proptest::option::of("[1-9],[1-9]"),
                 proptest::option::of(0..9i64), proptest::option::of(1..i64::MAX), 0..3i64, any::<u128>()),
                1..200,
            ),
        ) {
            let ids: Vec<String> = rows
                .iter()
                .map(|row| if row.1 { uuid::Uuid::from_u128(row.8).to_string() } else { row.2.clone() })
                .collect();
            let mut event_key = 0;
            let events: Vec<EventRow<'_>> = rows.iter().zip(&ids).map(|(row, id)| {
                let (step, is_test, _, tokens, tags, calls, time, images, _) = row;
                event_key += step;
                let mut media = [0; MEDIA];
                media[4] = *images;
                EventRow {
                    event_key,
                    account_key: *step,
                    is_test: *is_test,
                    event_id: StoredId::from(id.as_str()),
                    tenant_key: step * 2,
                    deployment_key: step * 3,
                    received_at_ms: 1_793_000_000_000 + step,
                    occurred_at_ms: *time,
                    tokens: tokens.map(i64::from),
                    tags: tags.as_deref(),
                    reverses: *calls,
                    calls: *calls,
                    media,
                }
            }).collect();
            let (mut file, made) = written(&events);
            prop_assert_eq!(made.sha256, digest(&mut file).unwrap());
            prop_assert_eq!(made.keys, [events[0].event_key, events[events.len() - 1].event_key]);
            prop_assert_eq!(u64::try_from(made.bytes).unwrap(), file.metadata().unwrap().len());
            prop_assert_eq!(made, written(&events).1, "the same events make the same bytes");
            let mut reader = EventReader::new(file).unwrap();
            for event in &events {
                prop_assert_eq!(reader.peek(made.events).unwrap(), Some(event.event_key));
                prop_assert_eq!(&reader.take().unwrap().0, event);
            }
            prop_assert_eq!(reader.peek(made.events).unwrap(), None);
            prop_assert!(reader.peek(made.events + 1).is_err());
        }
    }

    #[test]
    fn many_row_groups_are_one_file() {
        let count = i64::try_from(GROUP_ROWS).unwrap() * 2 + 7;
        let event = |event_key| EventRow {
            event_key,
            account_key: 1,
            is_test: false,
            event_id: StoredId::Uuid(uuid::Uuid::from_u128(event_key.unsigned_abs().into())),
            tenant_key: 1,
            deployment_key: 1,
            received_at_ms: event_key,
            occurred_at_ms: None,
            tokens: [9, 0, 0, 9, 0],
            tags: None,
            reverses: None,
            calls: None,
            media: [0; MEDIA],
        };
        let events: Vec<_> = (1..=count).map(event).collect();
        let (file, made) = written(&events);
        assert_eq!((made.events, made.keys), (count, [1, count]));
        let mut reader = EventReader::new(file).unwrap();
        for event_key in 1..=count {
            assert_eq!(reader.peek(count).unwrap(), Some(event_key));
            assert_eq!(reader.take().unwrap().0, event(event_key));
        }
        assert_eq!(reader.peek(count).unwrap(), None);
    }
}
