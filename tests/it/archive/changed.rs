//! Archives that were changed: every column, a row less, another file.

use super::{Filled, run};
use parquet::{
    basic::{Compression, Type},
    column::{reader::ColumnReader, writer::ColumnWriter},
    data_type::ByteArray,
    file::{
        properties::WriterProperties,
        reader::{FileReader, SerializedFileReader},
        writer::SerializedFileWriter,
    },
};
use sha2::{Digest, Sha256};
use std::{fs::File, path::Path, sync::Arc};

/// What is done to an archive.
#[derive(Clone, Copy)]
enum Change {
    /// The first value of this column is another one.
    Column(usize),
    /// The last row is not there.
    LastRow,
}

/// Writes an archive anew, changed.
fn rewrite(from: &Path, to: &Path, change: Change) {
    let file = SerializedFileReader::new(File::open(from).unwrap()).unwrap();
    let schema = file.metadata().file_metadata().schema_descr().root_schema_ptr();
    let properties = WriterProperties::builder().set_compression(Compression::UNCOMPRESSED).build();
    let mut writer =
        SerializedFileWriter::new(File::create(to).unwrap(), schema, Arc::new(properties)).unwrap();
    let group = file.get_row_group(0).unwrap();
    let rows = usize::try_from(group.metadata().num_rows()).unwrap();
    let kept = if matches!(change, Change::LastRow) { rows - 1 } else { rows };
    let mut out = writer.next_row_group().unwrap();
    for column in 0..group.num_columns() {
        let is_changed = matches!(change, Change::Column(changed) if changed == column);
        let mut into = out.next_column().unwrap().unwrap();
        let is_optional = group.metadata().column(column).column_descr().max_def_level() > 0;
        let mut levels = Vec::new();
        macro_rules! copy {
            ($reader:expr, $writer:expr, $none:expr, $other:expr) => {{
                let mut values = Vec::new();
                let levels_of = is_optional.then_some(&mut levels);
                $reader.read_records(kept, levels_of, None, &mut values).unwrap();
                if is_changed {
                    // A value that is null gets one.
                    if is_optional && levels[0] == 0 {
                        levels[0] = 1;
                        values.insert(0, $none);
                    }
                    values[0] = $other(&values[0]);
                }
                $writer.write_batch(&values, is_optional.then_some(levels.as_slice()), None).unwrap();
            }};
        }
        match (group.get_column_reader(column).unwrap(), into.untyped()) {
            (ColumnReader::BoolColumnReader(mut reader), ColumnWriter::BoolColumnWriter(writer)) => {
                copy!(reader, writer, false, |value: &bool| !value);
            }
            (ColumnReader::Int64ColumnReader(mut reader), ColumnWriter::Int64ColumnWriter(writer)) => {
                copy!(reader, writer, 0, |value: &i64| value + 1);
            }
            (
                ColumnReader::ByteArrayColumnReader(mut reader),
                ColumnWriter::ByteArrayColumnWriter(writer),
            ) => {
                copy!(reader, writer, ByteArray::from("images=1"), |value: &ByteArray| {
                    ByteArray::from(format!("{}9", value.as_utf8().unwrap()).as_str())
                });
            }
            _ => panic!("a column of another type"),
        }
        into.close().unwrap();
    }
    out.close().unwrap();
    writer.close().unwrap();
}

#[test]
fn whatever_is_changed_in_an_archive_is_named() {
    let mut filled = Filled::new();
    filled.archive();
    filled.stop();
    let named = |ledger: &crate::ledger::Ledger, folder: &Path, what: &str, expect: &str| {
        let (sound, said) = run(ledger, &["check", "--archive", folder.to_str().unwrap()]);
        assert!(!sound && said.contains(expect), "{what}: {said}");
        said
    };
    let Filled { ledger, months, .. } = &filled;
    let name = ledger.rows(&format!("select name from archive where month = '{}'", months[0]))[0][0].clone();
    let original = filled.folder().join(&name);
    let file = SerializedFileReader::new(File::open(&original).unwrap()).unwrap();
    let columns = file.metadata().file_metadata().schema_descr().columns().to_vec();
    assert_eq!(columns.len(), 18);
    assert!(columns.iter().any(|column| column.physical_type() == Type::BOOLEAN));
    let folder = ledger.path().with_file_name("changed");
    std::fs::create_dir(&folder).unwrap();
    for entry in std::fs::read_dir(filled.folder()).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
    }
    for is_pruned in [false, true] {
        if is_pruned {
            filled.prune();
        }
        let copy = ledger.copy();
        let changes =
            (0..columns.len()).map(|column| (columns[column].name().to_owned(), Change::Column(column)));
        for (what, change) in changes.chain([("a row".to_owned(), Change::LastRow)]) {
            rewrite(&original, &folder.join(&name), change);
            named(ledger, &folder, &what, "it is not the file that was written");
            // Who has the ledger as well, and says that it is that file, changes no event.
            let sha256 = Sha256::digest(std::fs::read(folder.join(&name)).unwrap());
            let sha256: String = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
            let sha256 =
                if ledger.is_file() { format!("x'{sha256}'") } else { format!("'\\x{sha256}'::bytea") };
            copy.tamper(&format!("update archive set sha256 = {sha256} where name = '{name}'"));
            let said = named(&copy, &folder, &what, "");
            let names_it = ["event ", "events ", "of the events of", "its first event"];
            assert!(names_it.iter().any(|it| said.contains(it)), "{what}: {said}");
        }
        std::fs::write(folder.join(&name), "another").unwrap();
        named(ledger, &folder, "another file", "it is not the file that was written");
        std::fs::remove_file(folder.join(&name)).unwrap();
        named(ledger, &folder, "no file", "No such file");
    }
    ledger.check();
    if ledger.is_file() {
        // Nor does it help to say that a month was pruned, or that nothing was archived.
        let copy = ledger.copy();
        copy.execute(&format!("insert into pruned_month values ('{}', 9, 0)", filled.open()));
        named(&copy, &filled.folder(), "an open month", "not closed by 1 account");
        let copy = ledger.copy();
        copy.tamper("delete from archive");
        named(&copy, &filled.folder(), "no row", "were pruned, and no archive has them");
    }
}
