//! Tables: a header row, then rows, in any of the dialects that spreadsheets, databases and programs write.

use crate::command::import::{
    NotImported,
    numerals::{NotANumber, Numerals, TWO_WAYS},
};
use csv::{ByteRecord, StringRecord};
use serde_json::Value;
use std::{
    io::{BufRead, Read},
    path::Path,
};

/// Receives a row of a table, with the table's head and the row's line.
pub(super) type TakeRow<'t> = &'t mut dyn FnMut(&Head, u64, Option<&ByteRecord>) -> Result<(), NotImported>;

/// The header row of a table, and what it says of the rest.
pub(crate) struct Head {
    pub(super) names: StringRecord,
    delimiter: Delimiter,
}

impl Head {
    /// How the table writes numbers. A comma between columns leaves none for decimals.
    pub(super) fn numerals(&self) -> Numerals {
        match self.delimiter {
            Delimiter::Comma => Numerals::Point,
            Delimiter::Semicolon | Delimiter::Tab | Delimiter::Bar => Numerals::Either,
        }
    }

    /// What was seen, for errors.
    pub(super) fn shape(&self) -> String {
        match self.names.len() {
            1 => "the header row is one column: separate columns by commas, semicolons, tabs or bars"
                .to_owned(),
            columns => {
                format!("the header row has {columns} columns, separated by {}", self.delimiter.name())
            }
        }
    }
}

/// What stands between columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Delimiter {
    Comma,
    Semicolon,
    Tab,
    Bar,
}

impl Delimiter {
    const ALL: [Delimiter; 4] = [Delimiter::Comma, Delimiter::Semicolon, Delimiter::Tab, Delimiter::Bar];

    fn byte(self) -> u8 {
        match self {
            Delimiter::Comma => b',',
            Delimiter::Semicolon => b';',
            Delimiter::Tab => b'\t',
            Delimiter::Bar => b'|',
        }
    }

    fn name(self) -> &'static str {
        match self {
            Delimiter::Comma => "commas",
            Delimiter::Semicolon => "semicolons",
            Delimiter::Tab => "tabs",
            Delimiter::Bar => "bars",
        }
    }

    /// The one that divides the header row into most names; none of them has another delimiter in it.
    fn of(header: &[u8]) -> Result<Self, String> {
        let names = |delimiter: Delimiter| {
            let mut table =
                csv::ReaderBuilder::new().delimiter(delimiter.byte()).has_headers(false).from_reader(header);
            let mut row = ByteRecord::new();
            let is_read = table.read_byte_record(&mut row).unwrap_or(false) && row.len() > 1;
            let others = Delimiter::ALL.map(Delimiter::byte);
            let is_name = |cell: &&[u8]| !cell.is_empty() && !cell.iter().any(|byte| others.contains(byte));
            if is_read { row.iter().filter(is_name).count() } else { 0 }
        };
        let counts = Delimiter::ALL.map(|delimiter| (names(delimiter), delimiter));
        let most = counts.iter().map(|(count, _)| *count).max().unwrap_or(0);
        let found: Vec<Delimiter> =
            counts.iter().filter(|(count, _)| *count == most).map(|(_, delimiter)| *delimiter).collect();
        match found[..] {
            [delimiter] => Ok(delimiter),
            // One column alone.
            _ if most == 0 => Ok(Delimiter::Comma),
            _ => Err(format!(
                "the header row could be separated by {}: save the table with commas, or put sep=, or sep=; alone on \
                 its first line",
                found.iter().map(|delimiter| delimiter.name()).collect::<Vec<_>>().join(" or by ")
            )),
        }
    }

    /// The delimiter that Excel states in a line before the header row, such as `sep=;`.
    fn stated(line: &[u8]) -> Option<u8> {
        let line = line.trim_ascii_end();
        let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
        // A tab is trimmed too.
        let stated = line.get(..4).filter(|start| start.eq_ignore_ascii_case(b"sep=")).map(|_| &line[4..])?;
        match stated {
            [] => Some(b'\t'),
            [byte] => Some(*byte),
            _ => None,
        }
    }
}

/// Passes on the rows of a table with their lines; first its header row alone.
pub(super) fn each_row(path: &Path, reader: &mut dyn BufRead, take: TakeRow<'_>) -> Result<(), NotImported> {
    /// More than any header row has.
    const HEADER_BYTES: u64 = 256 * 1024;
    let refused = |text: String| NotImported::Format(format!("{}: {text}", path.display()));
    let broken = |error: csv::Error| refused(error.to_string());
    let mut start = Vec::new();
    (&mut *reader).take(HEADER_BYTES).read_to_end(&mut start).map_err(NotImported::at(path))?;
    let mut lines_before = 0;
    let first = first_line(&start);
    let delimiter = match Delimiter::stated(first) {
        Some(byte) => {
            lines_before = 1;
            let rest = &start[first.len()..];
            let end = rest.strip_prefix(b"\r\n").map_or(1.min(rest.len()), |_| 2);
            start.drain(..first.len() + end);
            let known = Delimiter::ALL.into_iter().find(|delimiter| delimiter.byte() == byte);
            known.ok_or_else(|| refused("sep= must be a comma, a semicolon, a tab or a bar".to_owned()))?
        }
        None => Delimiter::of(first).map_err(refused)?,
    };
    let mut table =
        csv::ReaderBuilder::new().flexible(true).delimiter(delimiter.byte()).from_reader(start.chain(reader));
    let names: StringRecord = table.byte_headers().map_err(broken)?.iter().map(name).collect();
    let head = Head { names, delimiter };
    take(&head, 1 + lines_before, None)?;
    let mut row = ByteRecord::new();
    while table.read_byte_record(&mut row).map_err(broken)? {
        take(&head, row.position().map_or(0, csv::Position::line) + lines_before, Some(&row))?;
    }
    Ok(())
}

/// The first line that is not empty, with line breaks in quoted cells.
fn first_line(start: &[u8]) -> &[u8] {
    let mut is_quoted = false;
    let from = start.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let length = start[from..].iter().position(|byte| {
        is_quoted ^= *byte == b'"';
        !is_quoted && matches!(byte, b'\r' | b'\n')
    });
    &start[..from + length.unwrap_or(start.len() - from)]
}

/// The name of a column. What is not UTF-8 is read as Latin-1, which is harmless: columns are found by plain names.
fn name(cell: &[u8]) -> String {
    let latin_1 = || cell.iter().map(|byte| char::from(*byte)).collect();
    str::from_utf8(cell).map_or_else(|_| latin_1(), str::to_owned)
}

/// Whether a cell says that there is no value, in the word of a database, a spreadsheet or a language.
pub(super) fn is_nothing(cell: &str) -> bool {
    /// In any letter case.
    const WORDS: [&str; 14] = [
        "null", "(null)", "<null>", "[null]", "\\n", "none", "nil", "nan", "nat", "n/a", "#n/a", "<na>", "-",
        "--",
    ];
    // R's word. In other letter case it is a name.
    cell.is_empty() || cell == "NA" || WORDS.iter().any(|word| cell.eq_ignore_ascii_case(word))
}

/// Whether a text looks like the name of a column.
pub(super) fn is_name(text: &str) -> bool {
    const BYTES_MAX: usize = 64;
    text.len() <= BYTES_MAX
        && !text.trim().is_empty()
        && text.chars().all(|c| c.is_alphanumeric() || "_-.:/ ".contains(c))
        && text.split_whitespace().count() <= 3
}

/// Whether a column has counts of tokens: `input_tokens`, `promptTokens`, `usage_input_tokens_no_cache`.
fn has_counts(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    (name.ends_with("tokens") || name.contains("_tokens_")) && !name.contains("per_")
}

/// A row as an object: of numbers in columns of counts, otherwise of strings, as what looks like a number may be an id.
pub(super) fn cells(head: &Head, row: &ByteRecord) -> Result<Value, String> {
    /// Longer cells are not names: prompts may be in another encoding.
    const NAME_BYTES_MAX: usize = 256;
    let mut cells = serde_json::Map::new();
    for (name, cell) in head.names.iter().zip(row) {
        let name = name.trim();
        let Ok(text) = str::from_utf8(cell) else {
            if cell.len() > NAME_BYTES_MAX {
                continue;
            }
            return Err("is not UTF-8".to_owned());
        };
        // Some exports quote twice.
        let quoted = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        let text = quoted.unwrap_or(text);
        let value = if is_nothing(text.trim()) {
            Value::Null
        } else if has_counts(name) {
            count(head, name, text)?
        } else {
            text.into()
        };
        cells.insert(name.to_owned(), value);
    }
    Ok(Value::Object(cells))
}

/// A count as a number; a text that is none stays, for whoever reads the column.
fn count(head: &Head, name: &str, text: &str) -> Result<Value, String> {
    match head.numerals().count(text) {
        Ok(count) => Ok(count.into()),
        Err(NotANumber::Text) => Ok(text.into()),
        Err(NotANumber::TwoWays) if is_name(name) => Err(format!("/{name} {TWO_WAYS}")),
        Err(NotANumber::TwoWays) => Err(format!("a count {TWO_WAYS}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names of columns, and rows with their lines.
    type Read = (Vec<String>, Vec<(u64, Vec<String>)>);

    #[track_caller]
    fn rows(table: &[u8]) -> Result<Read, String> {
        let (mut names, mut rows) = (Vec::new(), Vec::new());
        let mut input = table;
        each_row(Path::new("t.csv"), &mut input, &mut |head, line, row| {
            names = head.names.iter().map(str::to_owned).collect();
            rows.extend(row.map(|row| (line, row.iter().map(name).collect())));
            Ok(())
        })
        .map_err(|error| error.to_string())?;
        Ok((names, rows))
    }

    #[test]
    fn a_table_is_read_in_any_dialect() {
        for delimiter in [",", ";", "\t", "|"] {
            for end in ["\n", "\r\n", "\r"] {
                let plain =
                    format!("a_b{delimiter}\"c\"{delimiter}d{end}1{delimiter}\"2,;|\t3\"{delimiter}{end}");
                let stated = format!("sep={delimiter}{end}{plain}");
                for (table, line) in [(plain.clone(), 2), (stated, 3), (format!("\n{plain}"), 3)] {
                    let (names, rows) = rows(table.as_bytes()).unwrap();
                    assert_eq!(names, ["a_b", "c", "d"], "{table:?}");
                    assert_eq!(rows[0].1, ["1", "2,;|\t3", ""], "{table:?}");
                    assert!(rows[0].0 == line || end != "\n", "{table:?}: {}", rows[0].0);
                }
            }
        }
    }

    #[test]
    fn the_delimiter_is_that_of_the_header_row_or_none() {
        for (header, expect) in [
            ("when,who", Ok(Delimiter::Comma)),
            ("when;who, or what;model", Ok(Delimiter::Semicolon)),
            ("\twhen\twho", Ok(Delimiter::Tab)),
            ("when|\"a;b\"|c,d|e", Ok(Delimiter::Bar)),
            ("\"one, two\"", Ok(Delimiter::Comma)),
            ("when", Ok(Delimiter::Comma)),
        ] {
            assert_eq!(Delimiter::of(header.as_bytes()), expect, "{header}");
        }
        for header in ["a,b;c", "a;b|c"] {
            let fault = Delimiter::of(header.as_bytes()).unwrap_err();
            assert!(fault.contains(" or by ") && fault.contains("save the table with commas"), "{fault}");
        }
        assert!(rows(b"sep=:\na:b\n").unwrap_err().contains("sep= must be a comma"));
    }

    #[test]
    fn words_for_nothing_are_nothing_and_names_are_not() {
        for word in
            ["", "NULL", "null", "\\N", "None", "nan", "NaN", "N/A", "#N/A", "-", "<null>", "NA", "(null)"]
        {
            assert!(is_nothing(word), "{word}");
        }
        for name in ["0", "na", "Na", "Nancy", "none-such", "nullable", "N", "a-b", "---"] {
            assert!(!is_nothing(name), "{name}");
        }
    }
}
