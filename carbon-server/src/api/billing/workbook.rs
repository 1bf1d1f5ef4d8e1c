//! An invoice as a workbook.

use crate::api::billing::{BillAnswer, LineAnswer};
use carbon_report::{
    Date, Language, Month, Timestamp,
    forms::{Sheet, SheetCell, Workbook},
};

/// The workbook of an invoice, as of `today` where its month is not over.
pub(super) fn of(bill: &BillAnswer<'_>, month: Month, today: Date) -> Vec<u8> {
    let title = format!("Invoice, {}", Language::En.month(month));
    Workbook::new(Language::En, title, today.min(month.last_day()))
        .note("A line without a client is about none, or about one that was erased. Days and times are UTC.")
        .sheet(whole(bill, month))
        .sheet(lines(bill, month))
        .to_bytes()
}

fn whole(bill: &BillAnswer<'_>, month: Month) -> Sheet {
    let mut sheet = Sheet::new("Invoice", ["Figure", "Value", "Unit"]).as_list();
    let free = &bill.free_events;
    for (figure, value, unit) in [
        ("Month", SheetCell::Month(month), ""),
        ("Status", SheetCell::text(bill.status), ""),
        ("Total", SheetCell::amount(bill.total.as_decimal()), bill.currency),
        ("Free events in total", SheetCell::number(free.total), ""),
        ("Free events used", SheetCell::number(free.used), ""),
        ("Free events left", SheetCell::number(free.left), ""),
    ] {
        sheet.row([SheetCell::text(figure), value, SheetCell::text(unit)]);
    }
    sheet
}

fn lines(bill: &BillAnswer<'_>, month: Month) -> Sheet {
    let in_currency = |what: &str| format!("{what} ({})", bill.currency);
    let head = [
        "Invoiced month".to_owned(),
        "Item".to_owned(),
        "Client".to_owned(),
        "Month of the report".to_owned(),
        "Report".to_owned(),
        "Link".to_owned(),
        "Time (UTC)".to_owned(),
        "Quantity".to_owned(),
        "Free quantity".to_owned(),
        in_currency("Unit price"),
        in_currency("Amount"),
        "First event".to_owned(),
        "Last event".to_owned(),
    ];
    let mut sheet = Sheet::new("Lines", head);
    for line in &bill.lines {
        let LineAnswer { item, tenant_id, month: of, report_id, link_id, at, .. } = line;
        let text = |text: Option<&str>| SheetCell::text(text.unwrap_or_default());
        let of: Option<Month> = of.as_deref().and_then(|text| text.parse().ok());
        let at: Option<Timestamp> = at.as_deref().and_then(|text| text.parse().ok());
        let range = line.events.as_ref();
        sheet.row([
            SheetCell::Month(month),
            SheetCell::text(*item),
            text(*tenant_id),
            of.map_or(SheetCell::Empty, SheetCell::Month),
            text(*report_id),
            text(*link_id),
            at.map_or(SheetCell::Empty, SheetCell::Time),
            SheetCell::number(line.quantity),
            SheetCell::number(line.free_quantity),
            SheetCell::amount(line.unit_price.as_decimal()),
            SheetCell::amount(line.amount.as_decimal()),
            SheetCell::maybe(range.map(|range| range.first)),
            SheetCell::maybe(range.map(|range| range.last)),
        ]);
    }
    sheet
}
