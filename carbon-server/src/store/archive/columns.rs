//! The columns of events in a Parquet file: those of the row, by the same names.

use crate::store::{
    archive::error::ArchiveFault,
    book::{event_id::StoredId, journal::EventRow},
};
use carbon_core::usage::media_counts;
use carbon_report::counts::MEDIA;
use parquet::{
    column::writer::ColumnWriterImpl,
    data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int64Type},
    errors::{ParquetError, Result},
    file::{reader::RowGroupReader, writer::SerializedRowGroupWriter},
};
use std::io::Write;

/// An id stands as it was sent, and what is null in the row is null here.
pub(super) const SCHEMA: &str = "
    message event {
        required int64 event_key;
        required int64 account_key;
        required boolean is_test;
        required binary event_id (string);
        required int64 tenant_key;
        required int64 deployment_key;
        required int64 received_at_ms (timestamp(millis, true));
        optional int64 occurred_at_ms (timestamp(millis, true));
        required int64 input_tokens;
        required int64 cache_read_input_tokens;
        required int64 cache_creation_input_tokens;
        required int64 output_tokens;
        required int64 reasoning_output_tokens;
        optional binary tags (string);
        optional int64 reverses;
        optional int64 calls;
        optional binary media (string);
        required int64 crc32;
    }";

/// Events of a row group, column by column, in the order of [`SCHEMA`].
#[derive(Default)]
pub(super) struct Columns {
    event_key: Vec<i64>,
    account_key: Vec<i64>,
    is_test: Vec<bool>,
    event_id: Vec<ByteArray>,
    tenant_key: Vec<i64>,
    deployment_key: Vec<i64>,
    received_at_ms: Vec<i64>,
    occurred_at_ms: Vec<Option<i64>>,
    tokens: [Vec<i64>; 5],
    tags: Vec<Option<ByteArray>>,
    reverses: Vec<Option<i64>>,
    calls: Vec<Option<i64>>,
    media: Vec<Option<ByteArray>>,
    crc32: Vec<i64>,
}

impl Columns {
    pub(super) fn rows(&self) -> usize {
        self.event_key.len()
    }

    /// The number of the event in a place.
    pub(super) fn event_key(&self, place: usize) -> Option<i64> {
        self.event_key.get(place).copied()
    }

    pub(super) fn push(&mut self, event: &EventRow<'_>, crc32: i64) {
        let mut event_id = Vec::new();
        event.event_id.write_text(&mut event_id);
        self.event_key.push(event.event_key);
        self.account_key.push(event.account_key);
        self.is_test.push(event.is_test);
        self.event_id.push(event_id.into());
        self.tenant_key.push(event.tenant_key);
        self.deployment_key.push(event.deployment_key);
        self.received_at_ms.push(event.received_at_ms);
        self.occurred_at_ms.push(event.occurred_at_ms);
        self.tokens.iter_mut().zip(event.tokens).for_each(|(column, count)| column.push(count));
        self.tags.push(event.tags.map(ByteArray::from));
        self.reverses.push(event.reverses);
        self.calls.push(event.calls);
        self.media.push(event.media_text().map(|text| text.into_bytes().into()));
        self.crc32.push(crc32);
    }

    /// The event in a place, and its CRC-32.
    pub(super) fn row(&self, place: usize) -> std::result::Result<(EventRow<'_>, i64), ArchiveFault> {
        let media = match self.media[place].as_ref().map(ByteArray::as_utf8).transpose()? {
            None => [0; MEDIA],
            Some(text) => media_counts(text)
                .ok_or_else(|| ArchiveFault::Contents(format!("{text:?} are no counts of media")))?,
        };
        let event = EventRow {
            event_key: self.event_key[place],
            account_key: self.account_key[place],
            is_test: self.is_test[place],
            event_id: StoredId::from(self.event_id[place].as_utf8()?),
            tenant_key: self.tenant_key[place],
            deployment_key: self.deployment_key[place],
            received_at_ms: self.received_at_ms[place],
            occurred_at_ms: self.occurred_at_ms[place],
            tokens: self.tokens.each_ref().map(|column| column[place]),
            tags: self.tags[place].as_ref().map(ByteArray::as_utf8).transpose()?,
            reverses: self.reverses[place],
            calls: self.calls[place],
            media,
        };
        Ok((event, self.crc32[place]))
    }

    /// Writes them as a row group.
    pub(super) fn write<W: Write + Send>(&self, group: SerializedRowGroupWriter<'_, W>) -> Result<()> {
        let mut group = Writing(group);
        group.required::<Int64Type>(&self.event_key)?;
        group.required::<Int64Type>(&self.account_key)?;
        group.required::<BoolType>(&self.is_test)?;
        group.required::<ByteArrayType>(&self.event_id)?;
        group.required::<Int64Type>(&self.tenant_key)?;
        group.required::<Int64Type>(&self.deployment_key)?;
        group.required::<Int64Type>(&self.received_at_ms)?;
        group.optional::<Int64Type>(&self.occurred_at_ms)?;
        self.tokens.iter().try_for_each(|column| group.required::<Int64Type>(column))?;
        group.optional::<ByteArrayType>(&self.tags)?;
        group.optional::<Int64Type>(&self.reverses)?;
        group.optional::<Int64Type>(&self.calls)?;
        group.optional::<ByteArrayType>(&self.media)?;
        group.required::<Int64Type>(&self.crc32)?;
        group.0.close().map(drop)
    }

    /// Those of a row group.
    pub(super) fn read(group: &dyn RowGroupReader) -> Result<Self> {
        let rows = usize::try_from(group.metadata().num_rows())
            .map_err(|_| ParquetError::General("a row group without a size".to_owned()))?;
        let mut group = Reading { group, rows, column: 0 };
        Ok(Columns {
            event_key: group.required::<Int64Type>()?,
            account_key: group.required::<Int64Type>()?,
            is_test: group.required::<BoolType>()?,
            event_id: group.required::<ByteArrayType>()?,
            tenant_key: group.required::<Int64Type>()?,
            deployment_key: group.required::<Int64Type>()?,
            received_at_ms: group.required::<Int64Type>()?,
            occurred_at_ms: group.optional::<Int64Type>()?,
            tokens: [
                group.required::<Int64Type>()?,
                group.required::<Int64Type>()?,
                group.required::<Int64Type>()?,
                group.required::<Int64Type>()?,
                group.required::<Int64Type>()?,
            ],
            tags: group.optional::<ByteArrayType>()?,
            reverses: group.optional::<Int64Type>()?,
            calls: group.optional::<Int64Type>()?,
            media: group.optional::<ByteArrayType>()?,
            crc32: group.required::<Int64Type>()?,
        })
    }
}

/// A row group that is written, column by column.
struct Writing<'a, W: Write + Send>(SerializedRowGroupWriter<'a, W>);

impl<W: Write + Send> Writing<'_, W> {
    fn required<T: DataType>(&mut self, values: &[T::T]) -> Result<()> {
        self.next::<T>(|column| column.write_batch(values, None, None))
    }

    fn optional<T: DataType>(&mut self, values: &[Option<T::T>]) -> Result<()> {
        let levels: Vec<i16> = values.iter().map(|value| value.is_some().into()).collect();
        let values: Vec<T::T> = values.iter().flatten().cloned().collect();
        self.next::<T>(|column| column.write_batch(&values, Some(&levels), None))
    }

    fn next<T: DataType>(
        &mut self,
        write: impl FnOnce(&mut ColumnWriterImpl<'_, T>) -> Result<usize>,
    ) -> Result<()> {
        let mut column = self.0.next_column()?.ok_or_else(other_columns)?;
        write(column.typed::<T>())?;
        column.close()
    }
}

/// A row group that is read, column by column.
struct Reading<'a> {
    group: &'a dyn RowGroupReader,
    rows: usize,
    column: usize,
}

impl Reading<'_> {
    fn required<T: DataType>(&mut self) -> Result<Vec<T::T>> {
        let (values, _) = self.next::<T>(false)?;
        if values.len() == self.rows { Ok(values) } else { Err(other_columns()) }
    }

    fn optional<T: DataType>(&mut self) -> Result<Vec<Option<T::T>>> {
        let (values, levels) = self.next::<T>(true)?;
        let mut values = values.into_iter();
        let values: Vec<_> =
            levels.into_iter().map(|level| if level > 0 { values.next() } else { None }).collect();
        if values.len() == self.rows { Ok(values) } else { Err(other_columns()) }
    }

    /// The values of the next column, and for each row whether it has one.
    fn next<T: DataType>(&mut self, is_optional: bool) -> Result<(Vec<T::T>, Vec<i16>)> {
        let described = self.group.metadata().schema_descr();
        let is_it = self.column < described.num_columns()
            && described.column(self.column).physical_type() == T::get_physical_type()
            && described.column(self.column).max_def_level() == i16::from(is_optional);
        let column = is_it
            .then(|| self.group.get_column_reader(self.column))
            .transpose()?
            .and_then(T::get_column_reader);
        let mut column = column.ok_or_else(other_columns)?;
        self.column += 1;
        let (mut values, mut levels, mut read) = (Vec::new(), Vec::new(), 0);
        while read < self.rows {
            let into = is_optional.then_some(&mut levels);
            let (records, _, _) = column.read_records(self.rows - read, into, None, &mut values)?;
            if records == 0 {
                return Err(other_columns());
            }
            read += records;
        }
        Ok((values, levels))
    }
}

fn other_columns() -> ParquetError {
    ParquetError::General("its columns are not those of events".to_owned())
}
