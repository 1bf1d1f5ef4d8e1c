//! An account's invoice of a month.

pub(crate) mod tables;
mod workbook;

use crate::{
    api::csv_style,
    app::App,
    base::{
        clock::{self, now},
        exact::Exact,
        work_queue::blocking,
    },
    http::{answer::Answer, faults::Faults, problem::Problem, request::Input},
    ingest::time,
    report::bill::{Bill, Item, Line},
    store::{BilledDashboard, BilledReport, EventRange},
};
use carbon_report::{
    Month,
    forms::{Cell, CsvStyle, CsvTable},
};
use serde::Serialize;

#[derive(Serialize)]
struct BillAnswer<'a> {
    month: String,
    /// `running` until the month has ended, then `complete`.
    status: &'a str,
    currency: &'a str,
    lines: Vec<LineAnswer<'a>>,
    /// Sum of all lines, with every digit.
    total: Exact,
    free_events: FreeEventsAnswer,
}

#[derive(Serialize)]
struct FreeEventsAnswer {
    total: u64,
    used: u64,
    left: u64,
}

#[derive(Serialize)]
struct LineAnswer<'a> {
    item: &'a str,
    /// `null` if it was erased, and on lines that are not about one client.
    tenant_id: Option<&'a str>,
    /// The month of the report.
    month: Option<String>,
    report_id: Option<&'a str>,
    link_id: Option<&'a str>,
    /// When the report was first issued, or the dashboard first opened.
    at: Option<String>,
    /// Units charged; negative if credited.
    quantity: i64,
    /// Units that are free.
    free_quantity: i64,
    unit_price: Exact,
    amount: Exact,
    /// Numbers of the first and the last event behind it.
    events: Option<RangeAnswer>,
}

#[derive(Serialize)]
struct RangeAnswer {
    first: i64,
    last: i64,
}

/// `GET /api/v1/billing/{yyyy-mm}`
pub(crate) async fn show(app: &App, input: &Input, month: &str) -> Result<Answer, Problem> {
    let month = wanted(month)?;
    let (bill, currency) = bill(app, input, month).await?;
    Answer::ok(&answer(&bill, &currency, month))
}

/// `GET /api/v1/billing/{yyyy-mm}/lines.csv`
pub(crate) async fn lines(app: &App, input: &Input, month: &str) -> Result<Answer, Problem> {
    lines_in(csv_style::of_call(input)?, app, input, month).await
}

/// The same in a style.
pub(crate) async fn lines_in(
    style: CsvStyle,
    app: &App,
    input: &Input,
    month: &str,
) -> Result<Answer, Problem> {
    let month = wanted(month)?;
    let (bill, currency) = bill(app, input, month).await?;
    let csv = csv(&answer(&bill, &currency, month), style);
    Ok(Answer::form("text/csv; charset=utf-8", format!("carbon-bill-{month}.csv"), csv.into_bytes()))
}

/// `GET /api/v1/billing/{yyyy-mm}/lines.xlsx`
pub(crate) async fn lines_workbook(app: &App, input: &Input, month: &str) -> Result<Answer, Problem> {
    let month = wanted(month)?;
    let (bill, currency) = bill(app, input, month).await?;
    let today = clock::day(now());
    let workbook = blocking(move || workbook::of(&answer(&bill, &currency, month), month, today)).await?;
    Ok(Answer::workbook(format!("carbon-bill-{month}.xlsx"), workbook))
}

fn wanted(month: &str) -> Result<Month, Problem> {
    let mut faults = Faults::default();
    let month = time::month(&mut faults, "month", month, now());
    faults.none()?;
    month.ok_or_else(crate::http::faults::unnoticed)
}

/// The invoice, and its currency.
pub(crate) async fn bill(app: &App, input: &Input, month: Month) -> Result<(Bill, String), Problem> {
    let billed = app.store.billed(input.caller()?.account, month).await?;
    let currency = billed.prices.currency.clone();
    Ok((Bill::of(billed), currency))
}

fn answer<'a>(bill: &'a Bill, currency: &'a str, month: Month) -> BillAnswer<'a> {
    let over = month < Month::of(clock::day(now()));
    let free = bill.allowance;
    BillAnswer {
        month: month.to_string(),
        status: if over { "complete" } else { "running" },
        currency,
        lines: bill.lines.iter().map(line).collect(),
        total: Exact::from(bill.total),
        free_events: FreeEventsAnswer { total: free.total, used: free.used, left: free.total - free.used },
    }
}

fn line(line: &Line) -> LineAnswer<'_> {
    let Line { item, quantity, free_quantity, unit_price, amount, events } = line;
    let range = events.map(|EventRange { first, last }| RangeAnswer { first, last });
    let of_nobody = LineAnswer {
        item: item.as_str(),
        tenant_id: None,
        month: None,
        report_id: None,
        link_id: None,
        at: None,
        quantity: *quantity,
        free_quantity: *free_quantity,
        unit_price: Exact::from(*unit_price),
        amount: Exact::from(*amount),
        events: range,
    };
    match item {
        Item::Events | Item::ReversedEvents => of_nobody,
        Item::Report(BilledReport { tenant_id, month, report_id, issued_at_ms, .. }) => LineAnswer {
            tenant_id: tenant_id.as_deref(),
            month: Some(month.to_string()),
            report_id: Some(report_id),
            at: Some(clock::rfc_3339_of(*issued_at_ms)),
            ..of_nobody
        },
        Item::Dashboard(BilledDashboard { tenant_id, link_id, opened_at_ms, .. }) => LineAnswer {
            tenant_id: tenant_id.as_deref(),
            link_id: Some(link_id),
            at: Some(clock::rfc_3339_of(*opened_at_ms)),
            ..of_nobody
        },
    }
}

fn csv(bill: &BillAnswer<'_>, style: CsvStyle) -> String {
    let mut csv = CsvTable::styled(
        style,
        [
            "bill_month",
            "item",
            "tenant_id",
            "month",
            "report_id",
            "link_id",
            "at",
            "quantity",
            "free_quantity",
            "unit_price",
            "amount",
            "currency",
            "first_event",
            "last_event",
        ],
    );
    let text = |text: Option<&str>| Cell::text(text.unwrap_or("").to_owned());
    let number = |number: Option<i64>| Cell::number(number.map_or_else(String::new, |n| n.to_string()));
    for line in &bill.lines {
        let range = line.events.as_ref();
        csv.row([
            text(Some(&bill.month)),
            text(Some(line.item)),
            text(line.tenant_id),
            text(line.month.as_deref()),
            text(line.report_id),
            text(line.link_id),
            text(line.at.as_deref()),
            Cell::number(line.quantity),
            Cell::number(line.free_quantity),
            Cell::number(line.unit_price.as_decimal()),
            Cell::number(line.amount.as_decimal()),
            text(Some(bill.currency)),
            number(range.map(|range| range.first)),
            number(range.map(|range| range.last)),
        ]);
    }
    csv.finish()
}
