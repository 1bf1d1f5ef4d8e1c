//! The rows of the table of operations for what spreadsheets open.

use crate::{
    api::{csv_style, reports},
    app::operation::{Operation, handler},
    http::{answer::XLSX, route::Access::ReadLive},
    openapi::described::plain,
};
use carbon_report::Form;

pub(crate) const fn workbook_endpoint() -> Operation {
    Operation::get(
        "/api/v1/reports/{report_id}/statement.xlsx",
        ReadLive,
        handler!(|app, input, report_id| reports::show(app, &input, report_id, reports::WORKBOOK).await),
    )
    .described(|_| plain("reports", "Download the statement as a workbook")
        .describe("Key figures, models, days or months, every line of `lines.csv`, and factors, in the language of the report. Numbers are numbers; where a number has more than the 15 digits of a spreadsheet, another column has all of them.")
        .answers_file(XLSX, "A workbook (Office Open XML).")
        .can_miss())
}

pub(crate) const fn lines_endpoint() -> Operation {
    Operation::get(
        "/api/v1/reports/{report_id}/lines.csv",
        ReadLive,
        handler!(|app, input, report_id| reports::show(app, &input, report_id, Form::Lines.name()).await),
    )
    .described(|_| {
        csv_style::described(plain("reports", "Download every line"))
            .answers_file("text/csv", "Every line of the tables.")
            .can_miss()
    })
}
