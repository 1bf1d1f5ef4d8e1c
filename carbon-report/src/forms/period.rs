//! The forms of a period of several months. Those that other systems define are the same as of a month, with other dates.

use super::{
    lines::{self, HEAD, Labels},
    pact,
    table::{Cell, CsvTable},
    vsme, xbrl,
};
use crate::{
    form::Form,
    month::Month,
    statement::{PeriodStatement, StatedMonth},
    valued::Valued,
};
use carbon_core::{Grams, Range};

/// Columns besides those of a month's lines.
const MORE: [&str; 5] = ["months", "report_id", "revision", "statement_sha256", "note"];

/// Those of them that have numbers.
pub(super) const NUMBERS: [&str; 1] = ["revision"];

/// What stands in them.
#[derive(Default)]
struct More {
    months: String,
    report_id: String,
    revision: String,
    statement_sha256: String,
    note: &'static str,
}

impl PeriodStatement {
    /// The statement in a form, decimals with all their digits. The same statement gives the same bytes.
    ///
    /// `None` where it has nothing to say in that form: there is no `focus.csv`, whose lines are of days, and as long as a month
    /// is missing there is no figure that other systems take as final.
    pub fn form(&self, form: Form) -> Option<String> {
        Some(match form {
            Form::Statement => self.to_json(),
            Form::Lines => self.to_csv(),
            Form::Xbrl => xbrl::of(&self.as_statement()),
            Form::Vsme => return vsme::of(&self.as_statement()),
            Form::Footprint => return pact::of(&self.as_statement()),
            Form::Focus => return None,
        })
    }

    /// The lines as CSV, in the columns of a [month's](crate::Statement::to_csv) and a few more: of a line of a model, the months
    /// whose statements have it, and of a `month` its report. Each breakdown adds up to the row `total`, that by `month` too.
    pub fn to_csv(&self) -> String {
        let mut rows = Rows(CsvTable::new(HEAD.into_iter().chain(MORE)));
        rows.row(Labels { table: "total", ..Labels::default() }, &self.total, More::default());
        for month in &self.months {
            rows.month("month", month, &month.valued);
        }
        for missing in &self.missing {
            let key = missing.month.to_string();
            let labels = Labels { table: "missing_month", key: &key, ..Labels::default() };
            rows.empty(labels, More { note: missing.reason.as_str(), ..More::default() });
        }
        // Its lines of models are the same, in the same order, without their months.
        let whole = self.as_statement();
        for (line, model) in self.by_model.iter().zip(&whole.by_model) {
            let more = More { months: listed(&line.months), ..More::default() };
            rows.row(Labels::model(model), &line.valued, more);
        }
        for line in &self.unknown_models {
            let valued = Valued { usage: line.usage, ..Valued::default() };
            rows.row(Labels::unknown(line), &valued, More::default());
        }
        for (table, key, valued) in whole.keyed_lines() {
            rows.row(Labels { table, key: &key, ..Labels::default() }, valued, More::default());
        }
        if let Some(market) = &self.market {
            for month in &self.months {
                if month.market.is_some() {
                    rows.month("market_based_month", month, &co2_alone(month.market));
                }
            }
            let with = self.months.iter().filter(|month| month.market.is_some()).map(|month| month.month);
            let with = listed(&with.collect::<Vec<_>>());
            let labels = Labels { table: "market_based", ..Labels::default() };
            rows.row(labels, &co2_alone(Some(market.co2)), More { months: with, ..More::default() });
        }
        rows.0.finish()
    }
}

fn co2_alone(co2: Option<Range<Grams>>) -> Valued {
    Valued { co2, ..Valued::default() }
}

fn listed(months: &[Month]) -> String {
    months.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

struct Rows(CsvTable);

impl Rows {
    fn row(&mut self, labels: Labels<'_>, valued: &Valued, more: More) {
        self.0.row(lines::cells(labels, valued).chain(more.cells()));
    }

    /// A row without figures: they are not known, so they are not 0.
    fn empty(&mut self, labels: Labels<'_>, more: More) {
        let texts = [labels.table, labels.key].map(Cell::text);
        let none = std::iter::repeat_n(Cell::text(""), HEAD.len() - texts.len());
        self.0.row(texts.into_iter().chain(none).chain(more.cells()));
    }

    fn month(&mut self, table: &'static str, month: &StatedMonth, valued: &Valued) {
        let key = month.month.to_string();
        let more = More {
            months: key.clone(),
            report_id: month.report_id.clone(),
            revision: month.revision.to_string(),
            statement_sha256: month.statement_sha256.clone(),
            note: if month.restated.is_some() { "restated" } else { "" },
        };
        self.row(Labels { table, key: &key, ..Labels::default() }, valued, more);
    }
}

impl More {
    fn cells<'a>(self) -> impl Iterator<Item = Cell<'a>> {
        let More { months, report_id, revision, statement_sha256, note } = self;
        let [months, report_id, statement_sha256] = [months, report_id, statement_sha256].map(Cell::text);
        [months, report_id, Cell::Number(revision), statement_sha256, Cell::text(note)].into_iter()
    }
}
