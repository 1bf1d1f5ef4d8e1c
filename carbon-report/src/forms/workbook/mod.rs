//! `statement.xlsx`: what a statement says as a workbook, and workbooks of other tables. Nothing else knows the library that
//! writes them.
//!
//! It is no [`Form`](crate::Form): it says nothing that is not attached to the report already, so it is made when it is asked for.

mod period;
mod sheet;
mod statement;

pub use sheet::{Sheet, SheetCell};

use crate::{
    figure::decimals_for,
    forms::{json::PERIOD_SCHEMA, table},
    language::Language,
    statement::{NotAnIssue, PeriodStatement, Statement},
    words::WorkbookWords,
};
use jiff::{
    civil::{Date, DateTime},
    tz::TimeZone,
};
use rust_decimal::Decimal;
use rust_xlsxwriter::{ColNum, DocProperties, ExcelDateTime, Format, FormatAlign, RowNum, Worksheet};
use serde::Deserialize;

/// The workbook of a `statement.json`, of a month or of a period.
///
/// # Errors
/// [`NotAnIssue`]: it is none that this version reads.
pub fn workbook_of(statement_json: &[u8]) -> Result<Vec<u8>, NotAnIssue> {
    #[derive(Deserialize)]
    struct Kind {
        schema: String,
    }
    let Kind { schema } = serde_json::from_slice(statement_json)?;
    Ok(if schema == PERIOD_SCHEMA {
        serde_json::from_slice::<PeriodStatement>(statement_json)?.to_xlsx()
    } else {
        serde_json::from_slice::<Statement>(statement_json)?.to_xlsx()
    })
}

/// A workbook (Office Open XML) of tables. The same tables give the same bytes.
///
/// Numbers are numbers, days are dates, texts are never formulas, and what a spreadsheet rounds stands in a column of its own as
/// well. The last sheet says how to read the others, and what was rounded or had no room.
///
/// ```
/// use carbon_report::{Date, Language, forms::{Sheet, SheetCell, Workbook}};
///
/// let mut sheet = Sheet::new("Masses", ["name", "grams"]);
/// sheet.row([SheetCell::text("=1+1"), SheetCell::number("2.85")]);
/// let workbook = Workbook::new(Language::En, "Masses", Date::constant(2026, 11, 2)).sheet(sheet);
/// assert!(workbook.to_bytes().starts_with(b"PK"));
/// ```
pub struct Workbook {
    words: &'static WorkbookWords,
    title: String,
    organisation: String,
    created: Date,
    sheets: Vec<Sheet>,
    notes: Vec<String>,
}

impl Workbook {
    /// One without sheets, made on this day.
    pub fn new(language: Language, title: impl Into<String>, created: Date) -> Self {
        Workbook {
            words: WorkbookWords::of(language),
            title: title.into(),
            organisation: String::new(),
            created,
            sheets: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// The same, from this organisation.
    pub fn of_organisation(self, name: impl Into<String>) -> Self {
        Workbook { organisation: name.into(), ..self }
    }

    /// The same with another sheet.
    pub fn sheet(mut self, sheet: Sheet) -> Self {
        self.sheets.push(sheet);
        self
    }

    /// The same with another note on its last sheet.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// The file.
    ///
    /// # Panics
    /// Two sheets have the same name, or one has a name that no sheet can have.
    pub fn to_bytes(self) -> Vec<u8> {
        let Workbook { words, title, organisation, created, sheets, mut notes } = self;
        let mut book = rust_xlsxwriter::Workbook::new();
        let properties =
            DocProperties::new().set_title(xml_text(title)).set_author(xml_text(organisation.clone()));
        let properties = properties.set_company(xml_text(organisation));
        book.set_properties(&match excel_day(created) {
            Some(day) => properties.set_creation_datetime(&day),
            None => properties,
        });
        let (mut rounded, mut left_out) = (0, LeftOut::default());
        for sheet in sheets {
            let (sheet, its) = sheet.with_all_digits(|head| words.all_digits.replace("{column}", head));
            rounded += its;
            book.push_worksheet(worksheet(&sheet, &mut left_out));
        }
        notes.push(words.no_formulas.to_owned());
        notes.push(match rounded {
            0 => words.none_rounded.to_owned(),
            count => words.rounded.replace("{count}", &count.to_string()),
        });
        for (count, note) in [(left_out.texts, words.cut), (left_out.rows, words.rows_left_out)] {
            if count > 0 {
                notes.push(note.replace("{count}", &count.to_string()));
            }
        }
        book.push_worksheet(notes_sheet(words, notes));
        book.save_to_buffer().expect("every sheet has a name of its own, and memory takes all")
    }
}

/// What a sheet has no room for.
#[derive(Default)]
struct LeftOut {
    texts: usize,
    rows: usize,
}

/// Rows of a sheet below its head.
const ROWS_MAX: RowNum = 1_048_575;
/// Length of a text in a cell, in units of UTF-16: a few less than there is room for.
const TEXT_MAX: usize = 32_000;
/// Widths of columns, in digits of the font.
const WIDTHS: [usize; 2] = [9, 60];
/// Up to which length a head widens its column; a longer one is broken into lines.
const HEAD_WIDTH: usize = 20;
/// Decimals that a number is shown with; smaller ones are shown as powers of ten.
const DECIMALS_MAX: u32 = 9;
/// Significant digits that a number is shown with, at least; all are in the cell.
const SHOWN_DIGITS: u32 = 3;

/// Decimals that an amount of money has at least.
const HUNDREDTHS: u32 = 2;

const MONTH_FORMAT: &str = "yyyy-mm";
const DAY_FORMAT: &str = "yyyy-mm-dd";
const TIME_FORMAT: &str = "yyyy-mm-dd hh:mm:ss";
const SHARE_FORMAT: &str = "0.0%";
const SMALL_FORMAT: &str = "0.00E+00";

const FITS: &str = "rows, columns and texts are within the limits of a sheet";

fn worksheet(sheet: &Sheet, left_out: &mut LeftOut) -> Worksheet {
    let mut page = Worksheet::new();
    page.set_name(&sheet.name).expect("names of sheets are short and plain");
    let head_format = Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Top);
    for (column, head) in (0..).zip(&sheet.head) {
        write_text(&mut page, 0, column, head, Some(&head_format), left_out);
        let shown = sheet.shown(usize::from(column));
        let width = sheet.width(usize::from(column), shown);
        page.set_column_width(column, f64::from(width)).expect(FITS);
        let column_format = number_format(shown);
        let own_format = |cell: &SheetCell| {
            let its = shown_decimals(cell);
            (sheet.is_list || its.is_none()).then(|| number_format(its))
        };
        let rows = (1..=ROWS_MAX).zip(&sheet.rows);
        for (row, cell) in rows.filter_map(|(row, cells)| Some((row, cells.get(usize::from(column))?))) {
            let own = own_format(cell);
            write(&mut page, (row, column), cell, own.as_ref().unwrap_or(&column_format), left_out);
        }
    }
    left_out.rows += sheet.rows.len().saturating_sub(usize::try_from(ROWS_MAX).unwrap_or(usize::MAX));
    page.set_freeze_panes(1, 0).expect(FITS);
    if !sheet.is_list && !sheet.rows.is_empty() {
        let last = RowNum::try_from(sheet.rows.len()).unwrap_or(ROWS_MAX).min(ROWS_MAX);
        let last_column = ColNum::try_from(sheet.head.len() - 1).expect(FITS);
        page.autofilter(0, 0, last, last_column).expect(FITS);
    }
    page.set_landscape().set_paper_size(A4).set_print_fit_to_pages(1, 0);
    page.set_repeat_rows(0, 0).expect(FITS);
    page
}

/// What rust_xlsxwriter calls A4.
const A4: u8 = 9;

fn write(
    page: &mut Worksheet,
    (row, column): (RowNum, ColNum),
    cell: &SheetCell,
    number_format: &Format,
    left_out: &mut LeftOut,
) {
    let format = |shown: &str| Format::new().set_num_format(shown);
    let written = match cell {
        SheetCell::Empty => return,
        SheetCell::Text(text) => {
            // Stays a text even after somebody has edited it.
            let quoted = table::is_formula(text).then(|| Format::new().set_quote_prefix());
            return write_text(page, row, column, text, quoted.as_ref(), left_out);
        }
        SheetCell::Number(text) | SheetCell::Amount(text) if !table::is_number(text) => {
            return write_text(page, row, column, text, None, left_out);
        }
        SheetCell::Number(number) | SheetCell::Amount(number) => {
            let value: f64 = number.parse().expect("digits, a sign and a point");
            page.write_number_with_format(row, column, value, number_format)
        }
        SheetCell::Share(share) => {
            let value: f64 = share.to_string().parse().expect("a decimal is a number");
            page.write_number_with_format(row, column, value, &format(SHARE_FORMAT))
        }
        SheetCell::Day(day) => match excel_day(*day) {
            Some(date) => page.write_datetime_with_format(row, column, &date, &format(DAY_FORMAT)),
            None => page.write_string(row, column, day.to_string()),
        },
        SheetCell::Month(month) => match excel_day(month.first_day()) {
            Some(date) => page.write_datetime_with_format(row, column, &date, &format(MONTH_FORMAT)),
            None => page.write_string(row, column, month.to_string()),
        },
        SheetCell::Time(time) => {
            let at = TimeZone::UTC.to_datetime(*time);
            match excel_time(at) {
                Some(moment) => page.write_datetime_with_format(row, column, &moment, &format(TIME_FORMAT)),
                None => page.write_string(row, column, time.to_string()),
            }
        }
    };
    written.expect(FITS);
}

fn write_text(
    page: &mut Worksheet,
    row: RowNum,
    column: ColNum,
    text: &str,
    format: Option<&Format>,
    left_out: &mut LeftOut,
) {
    let mut text = xml_text(text.to_owned());
    if text.encode_utf16().count() > TEXT_MAX {
        left_out.texts += 1;
        // A letter has one or two units.
        text = text.chars().take(TEXT_MAX / 2).chain(['…']).collect();
    }
    // rust_xlsxwriter takes such a text for XML of its own.
    let as_xml = text.strip_prefix('<').filter(|rest| rest.starts_with("r>") && rest.ends_with("</r>"));
    let plain = Format::new();
    let written = match (as_xml, format) {
        (Some(rest), _) => {
            let parts = [(&plain, "<"), (&plain, rest)];
            page.write_rich_string_with_format(row, column, &parts, format.unwrap_or(&plain))
        }
        (None, Some(format)) => page.write_string_with_format(row, column, text, format),
        (None, None) => page.write_string(row, column, text),
    };
    written.expect(FITS);
}

/// A text without the two characters that no XML has, which are written as code points.
fn xml_text(text: String) -> String {
    text.replace('\u{fffe}', "[U+FFFE]").replace('\u{ffff}', "[U+FFFF]")
}

fn notes_sheet(words: &WorkbookWords, notes: Vec<String>) -> Worksheet {
    let mut page = Worksheet::new();
    page.set_name(words.notes).expect("names of sheets are short and plain");
    let format = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    page.write_string_with_format(0, 0, words.notes, &format.clone().set_bold()).expect(FITS);
    for (row, note) in (1..).zip(notes) {
        write_text(&mut page, row, 0, &note, Some(&format), &mut LeftOut::default());
    }
    page.set_column_width(0, 100).expect(FITS);
    page.set_freeze_panes(1, 0).expect(FITS);
    page.set_paper_size(A4).set_print_fit_to_pages(1, 0);
    page
}

/// How many decimals are shown; `None` of what is shown as a power of ten.
type Shown = Option<u32>;

impl Sheet {
    /// The decimals that show every number of a column with its first digits.
    fn shown(&self, column: usize) -> Shown {
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        Some(cells.filter_map(shown_decimals).max().unwrap_or(0))
    }

    /// The width of a column.
    fn width(&self, column: usize, shown: Shown) -> u16 {
        let [least, most] = WIDTHS;
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        let cells = cells.map(|cell| match cell {
            SheetCell::Empty => 0,
            SheetCell::Text(text) => text.chars().count(),
            SheetCell::Number(number) | SheetCell::Amount(number) => {
                let whole = number.split('.').next().unwrap_or_default().len();
                let decimals = if self.is_list { shown_decimals(cell) } else { shown };
                whole + whole / 3 + 1 + decimals.map_or(SMALL_FORMAT.len(), |count| count as usize)
            }
            SheetCell::Share(_) => SHARE_FORMAT.len(),
            SheetCell::Day(_) => DAY_FORMAT.len(),
            SheetCell::Month(_) => MONTH_FORMAT.len(),
            SheetCell::Time(_) => TIME_FORMAT.len(),
        });
        let head = self.head[column].chars().count().min(HEAD_WIDTH);
        let width = cells.max().unwrap_or(0).max(head) + 2;
        u16::try_from(width.clamp(least, most)).unwrap_or(u16::MAX)
    }
}

/// The decimals that show a number with its first digits, as far as it has them.
fn shown_decimals(cell: &SheetCell) -> Shown {
    let (SheetCell::Number(number) | SheetCell::Amount(number)) = cell else { return Some(0) };
    let fraction = number.split_once('.').map_or("", |(_, fraction)| fraction.trim_end_matches('0'));
    let fraction = u32::try_from(fraction.len()).unwrap_or(u32::MAX);
    let value: Decimal = number.parse().unwrap_or_default();
    if let SheetCell::Amount(_) = cell {
        return Some(fraction.clamp(HUNDREDTHS, DECIMALS_MAX));
    }
    let needed = if value.is_zero() { fraction } else { decimals_for(value, SHOWN_DIGITS).min(fraction) };
    (needed <= DECIMALS_MAX).then_some(needed)
}

fn number_format(shown: Shown) -> Format {
    let format = match shown {
        None => SMALL_FORMAT.to_owned(),
        Some(0) => "#,##0".to_owned(),
        Some(decimals) => format!("#,##0.{}", "0".repeat(decimals as usize)),
    };
    Format::new().set_num_format(format)
}

fn excel_day(day: Date) -> Option<ExcelDateTime> {
    let [month, date] = [day.month(), day.day()].map(i8::unsigned_abs);
    ExcelDateTime::from_ymd(u16::try_from(day.year()).ok()?, month, date).ok()
}

/// Spreadsheets know thousandths of a second, as our ledgers do.
fn excel_time(at: DateTime) -> Option<ExcelDateTime> {
    let [hour, minute, second] = [at.hour(), at.minute(), at.second()].map(i8::unsigned_abs);
    let thousandths = at.millisecond().unsigned_abs();
    excel_day(at.date())?.and_hms_milli(hour.into(), minute, second, thousandths).ok()
}
