//! Files that are imported.

use super::sources::check_record;
use crate::{
    command::import::{
        ColumnMap, ImportFile, ImportFormat, NotImported,
        records::{self, ImportInput},
    },
    ingest::sources::SourceRecord,
    store::SourceSetting,
};
use std::io::{Cursor, Read};

/// Langfuse's observations: as JSON, one a line, as pages, or as a table.
pub(super) fn check_langfuse(file: &[u8]) {
    check(file, ImportFormat::Langfuse);
}

/// Tables with our own columns.
pub(super) fn check_table(file: &[u8]) {
    check(file, ImportFormat::Csv);
}

/// Rows do not depend on how much of the file is read at once, nor on its encoding, and each is a call or has a reason.
fn check(file: &[u8], format: ImportFormat) {
    let rows = rows(Cursor::new(file.to_vec()), format);
    assert_eq!(rows, self::rows(OneByOne(Cursor::new(file.to_vec())), format), "read byte by byte");
    if let Ok(text) = str::from_utf8(file)
        && text.starts_with(|first: char| first.is_ascii_graphic())
        && !text.contains('\0')
        && !text.starts_with(['P'])
    {
        let mark = [0xff, 0xfe];
        let units = text.encode_utf16().flat_map(u16::to_le_bytes);
        let in_utf_16: Vec<u8> = mark.into_iter().chain(units).collect();
        assert_eq!(rows, self::rows(Cursor::new(in_utf_16), format), "in UTF-16");
    }
}

/// Every row as it was read, and how the file ended.
fn rows(file: impl Read + Send + 'static, format: ImportFormat) -> (Vec<(u64, String)>, Result<(), String>) {
    let export =
        ImportFile { file: "file".into(), format, columns: ColumnMap::default(), tenant_fields: Vec::new() };
    let setting = SourceSetting::default();
    let mut rows: Vec<(u64, String)> = Vec::new();
    let mut take = |row: u64, _: u64, record: Result<SourceRecord, String>| {
        assert!(rows.last().is_none_or(|(before, _)| *before <= row), "rows come in their order");
        let said = match record {
            Ok(record) => check_record(record, &setting).unwrap_or_default(),
            Err(reason) => {
                assert!(!reason.is_empty());
                reason
            }
        };
        rows.push((row, said));
        Ok(())
    };
    let read = |mut input: ImportInput| records::each(&export, &mut input, &mut take);
    let ended =
        records::decoded(&export.file, file).and_then(read).map_err(|error: NotImported| error.to_string());
    assert!(ended.as_ref().err().is_none_or(|error| !error.is_empty()));
    (rows, ended)
}

/// As a slow disk or a decompressor may give it.
struct OneByOne(Cursor<Vec<u8>>);

impl Read for OneByOne {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let one = buffer.len().min(1);
        self.0.read(&mut buffer[..one])
    }
}
