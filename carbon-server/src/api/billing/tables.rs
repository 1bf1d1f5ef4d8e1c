//! The rows of the table of operations for what spreadsheets open.

use crate::{
    api::{billing, csv_style},
    app::operation::{Operation, handler},
    http::{answer::XLSX, route::Access::ReadLive},
    openapi::described::plain,
};

pub(crate) const fn workbook_endpoint() -> Operation {
    Operation::get(
        "/api/v1/billing/{month}/lines.xlsx",
        ReadLive,
        handler!(|app, input, month| billing::lines_workbook(app, &input, &month).await),
    )
    .described(|_| {
        plain("billing", "Download an invoice as a workbook")
            .answers_file(XLSX, "A workbook (Office Open XML): the total, and the same lines.")
    })
}

pub(crate) const fn lines_endpoint() -> Operation {
    Operation::get(
        "/api/v1/billing/{month}/lines.csv",
        ReadLive,
        handler!(|app, input, month| billing::lines(app, &input, &month).await),
    )
    .described(|_| {
        csv_style::described(plain("billing", "Download the lines of an invoice"))
            .answers_file("text/csv", "The same lines.")
    })
}
