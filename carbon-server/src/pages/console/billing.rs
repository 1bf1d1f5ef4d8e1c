//! The bill of a month, line by line.

use super::{Desk, LANGUAGE, MonthChoice, date};
use crate::{
    api::{App, Input, billing},
    bill::{FreeEvents, Item, Line},
    pages::{escaped, html, months, shell::Shell},
    problem::Problem,
    response::Answer,
};
use askama::Template;
use carbon_report::Wording;
use rust_decimal::Decimal;

#[derive(Template)]
#[template(path = "console/billing.html")]
struct BillPage {
    shell: Shell,
    desk: Desk,
    month: MonthChoice,
    months: Vec<MonthChoice>,
    is_running: bool,
    currency: String,
    total: String,
    free_used: String,
    free_total: String,
    lines: Vec<Row>,
}

struct Row {
    what: &'static str,
    detail: String,
    /// The client's page, where it is a client's line and it is still known.
    client: Option<(String, String)>,
    quantity: String,
    free: String,
    unit_price: String,
    amount: String,
    events: String,
}

/// `GET /app/billing`
pub(crate) async fn show(app: &App, input: &Input) -> Result<Answer, Problem> {
    let [month, this_month] = months(input);
    let (bill, currency) = billing::bill(app, input, month).await?;
    let wording = Wording::of(LANGUAGE);
    let FreeEvents { total, used } = bill.allowance;
    html(&BillPage {
        shell: Shell::private("/app/billing", false),
        desk: Desk::of(app, input).await?,
        month: MonthChoice::of(month),
        months: MonthChoice::all(this_month),
        is_running: month == this_month,
        currency,
        total: exact(bill.total),
        free_used: wording.count(used),
        free_total: wording.count(total),
        lines: bill.lines.iter().map(row).collect(),
    })
}

/// Every digit.
fn exact(amount: Decimal) -> String {
    LANGUAGE.number(amount.normalize())
}

fn row(line: &Line) -> Row {
    let client = |tenant_id: &Option<String>| {
        let tenant_id = tenant_id.as_ref()?;
        Some((tenant_id.clone(), format!("/app/tenants/{}", escaped(tenant_id))))
    };
    let (what, detail, client) = match &line.item {
        Item::Events => ("Events", String::new(), None),
        Item::ReversedEvents => ("Reversed events", "credited".to_owned(), None),
        Item::Report(report) => {
            let detail = format!("{}, issued on {}", LANGUAGE.month(report.month), date(report.issued_at_ms));
            ("Report", detail, client(&report.tenant_id))
        }
        Item::Dashboard(dashboard) => (
            "Dashboard",
            format!("first opened on {}", date(dashboard.opened_at_ms)),
            client(&dashboard.tenant_id),
        ),
    };
    let range = line.events.map(|range| format!("{} to {}", range.first, range.last));
    Row {
        what,
        detail,
        client,
        quantity: exact(Decimal::from(line.quantity)),
        free: exact(Decimal::from(line.free_quantity)),
        unit_price: exact(line.unit_price),
        amount: exact(line.amount),
        events: range.unwrap_or_default(),
    }
}

/// `GET /app/billing/{month}/lines.csv`
pub(crate) async fn lines(app: &App, input: &Input, month: &str) -> Result<Answer, Problem> {
    billing::lines(app, input, month).await
}
