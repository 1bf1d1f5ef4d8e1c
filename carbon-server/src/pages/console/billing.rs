//! The invoice of a month, line by line.

use crate::{
    api::{billing, csv_style},
    app::App,
    http::{answer::Answer, problem::Problem, request::Input},
    pages::{
        console::{ConsoleContext, LANGUAGE, date, money, visible},
        html::{escaped, html},
        month::{self, MonthChoice},
        shell::Shell,
    },
    report::bill::{FreeEvents, Item, Line},
};
use askama::Template;
use carbon_report::words::Wording;
use rust_decimal::Decimal;

#[derive(Template)]
#[template(path = "console/billing.html")]
struct BillPage {
    shell: Shell,
    context: ConsoleContext,
    month: MonthChoice,
    months: Vec<MonthChoice>,
    is_running: bool,
    currency: String,
    total: String,
    free_used: String,
    free_total: String,
    lines: Vec<BillRow>,
}

struct BillRow {
    what: &'static str,
    detail: String,
    client: BilledClient,
    quantity: String,
    free: String,
    unit_price: String,
    amount: String,
    events: String,
}

/// The client that a line is about.
enum BilledClient {
    Nobody,
    Erased,
    Known { name: String, page: String },
}

/// `GET /app/billing`
pub(crate) async fn show(app: &App, input: &Input) -> Result<Answer, Problem> {
    let [month, this_month] = month::asked(input);
    let (bill, currency) = billing::bill(app, input, month).await?;
    let wording = Wording::of(LANGUAGE);
    let FreeEvents { total, used } = bill.allowance;
    html(&BillPage {
        shell: Shell::console(app, input, "/app/billing")?,
        context: ConsoleContext::of(app, input).await?,
        month: MonthChoice::of(month, LANGUAGE),
        months: MonthChoice::all(month, this_month, LANGUAGE),
        is_running: month == this_month,
        currency,
        total: money(bill.total),
        free_used: wording.count(used),
        free_total: wording.count(total),
        lines: bill.lines.iter().map(row).collect(),
    })
}

fn row(line: &Line) -> BillRow {
    let client = |tenant_id: &Option<String>| match tenant_id {
        Some(tenant_id) => {
            let page = format!("/app/tenants/{}", escaped(tenant_id));
            BilledClient::Known { name: visible(tenant_id.clone()), page }
        }
        None => BilledClient::Erased,
    };
    let (what, detail, client) = match &line.item {
        Item::Events => ("Events", String::new(), BilledClient::Nobody),
        Item::ReversedEvents => ("Reversed events", "credited".to_owned(), BilledClient::Nobody),
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
    BillRow {
        what,
        detail,
        client,
        quantity: LANGUAGE.number(Decimal::from(line.quantity)),
        free: LANGUAGE.number(Decimal::from(line.free_quantity)),
        unit_price: money(line.unit_price),
        amount: money(line.amount),
        events: range.unwrap_or_default(),
    }
}

/// `GET /app/billing/{month}/lines.csv`
pub(crate) async fn lines(app: &App, input: &Input, month: &str) -> Result<Answer, Problem> {
    billing::lines_in(csv_style::of_page(input)?, app, input, month).await
}

/// `GET /app/billing/{month}/lines.xlsx`
pub(crate) async fn workbook(app: &App, input: &Input, month: &str) -> Result<Answer, Problem> {
    billing::lines_workbook(app, input, month).await
}
