//! Prices, from which invoices are made.

use clap::Args;
use rust_decimal::Decimal;

/// The prices of an invoice. A change takes effect in the next month.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
#[command(next_help_heading = "Prices")]
pub struct Prices {
    /// Currency of the prices, ISO 4217
    #[arg(long, env = "CARBON_CURRENCY", value_name = "CODE", default_value = "EUR", value_parser = currency)]
    pub currency: String,

    /// Free live events of an account, once
    #[arg(long, env = "CARBON_FREE_EVENTS", value_name = "COUNT", default_value_t = 100_000)]
    pub free_events: u32,

    /// Price of each further live event
    #[arg(long, env = "CARBON_PRICE_PER_EVENT", value_name = "AMOUNT", default_value = "0.001", value_parser = price)]
    pub price_per_event: Decimal,

    /// Price of a report, including all languages and revisions: one client, one month
    #[arg(long, env = "CARBON_PRICE_PER_REPORT", value_name = "AMOUNT", default_value = "0.50", value_parser = price)]
    pub price_per_report: Decimal,

    /// Price of an active dashboard: a client whose dashboard was opened in the month
    #[arg(long, env = "CARBON_PRICE_PER_DASHBOARD", value_name = "AMOUNT", default_value = "9.00", value_parser = price)]
    pub price_per_dashboard: Decimal,
}

fn currency(text: &str) -> Result<String, &'static str> {
    let code = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    if code { Ok(text.to_owned()) } else { Err("must be three capital letters, such as EUR") }
}

fn price(text: &str) -> Result<Decimal, &'static str> {
    /// No price is higher, and up to it sums stay exact.
    const MAX: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);
    const PLACES_MAX: u32 = 6;
    let price = Decimal::from_str_exact(text).map_err(|_| "must be a decimal number")?;
    let usable = price >= Decimal::ZERO && price <= MAX && price.scale() <= PLACES_MAX;
    if usable { Ok(price) } else { Err("must be 0 to 1000000 with at most 6 decimal places") }
}
