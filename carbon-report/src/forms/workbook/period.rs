//! The workbook of a period.

use super::{
    Sheet, SheetCell,
    statement::{KeyFigures, Words, activity_cells, activity_heads, factors, lines, models, new_workbook},
};
use crate::{statement::PeriodStatement, words::PeriodWords};

impl PeriodStatement {
    /// The statement as a workbook (XLSX), in the same way as that of a [month](crate::Statement::to_xlsx); instead of days it has
    /// months, each with its report.
    pub fn to_xlsx(&self) -> Vec<u8> {
        let words = Words::of(&self.heading);
        let whole = self.as_statement();
        let key_figures =
            KeyFigures { of: &whole, market: self.market_based(), missing: Some(self.missing.len()) };
        new_workbook(&self.heading)
            .sheet(key_figures.sheet(&words))
            .sheet(self.months_sheet(&words))
            .sheet(models(&words, &whole))
            .sheet(lines(&words, &self.to_csv()))
            .sheet(factors(&words, &self.factors))
            .to_bytes()
    }

    fn months_sheet(&self, words: &Words) -> Sheet {
        let Words { book, wording, .. } = words;
        let terms = wording.terms;
        let period = PeriodWords::of(self.heading.language);
        let last = [terms.factor_set, terms.report, terms.revision, terms.issued, book.remark];
        let heads = [book.month.to_owned()].into_iter().chain(activity_heads(wording));
        let mut sheet = Sheet::new(book.months, heads.chain(last.map(str::to_owned)));
        let unknown = sheet.columns() - 2;
        let mut rows = Vec::new();
        for month in &self.months {
            let last = [
                SheetCell::text(&month.factor_set),
                SheetCell::text(&month.report_id),
                SheetCell::number(month.revision),
                SheetCell::Day(month.issued_on),
                SheetCell::text(if month.restated.is_some() { book.restated } else { "" }),
            ];
            let cells: Vec<SheetCell> = activity_cells(&month.valued).chain(last).collect();
            rows.push((month.month, cells));
        }
        for missing in &self.missing {
            let reason = SheetCell::text(period.reason(missing.reason));
            let cells = std::iter::repeat_n(SheetCell::Empty, unknown).chain([reason]).collect();
            rows.push((missing.month, cells));
        }
        rows.sort_by_key(|(month, _)| *month);
        for (month, cells) in rows {
            sheet.row([SheetCell::Month(month)].into_iter().chain(cells));
        }
        sheet
    }
}
