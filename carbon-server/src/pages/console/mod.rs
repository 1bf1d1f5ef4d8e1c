//! The vendor's console: its keys, clients, events, models, reports, invoice and log-in.

pub(super) mod account;
pub(super) mod billing;
pub(super) mod client;
pub(super) mod clients;
pub(super) mod contacts;
pub(super) mod event;
pub(super) mod events;
pub(super) mod grids;
pub(super) mod instruments;
pub(super) mod keys;
pub(super) mod mail;
pub(super) mod market;
pub(super) mod models;
pub(super) mod overview;
pub(super) mod reports;
pub(super) mod residual_mixes;
pub(super) mod schedule;
pub(super) mod targets;
pub(super) mod whatif;

use crate::{
    app::App,
    http::{problem::Problem, request::Input},
    pages::{form, format::FormattedUsage},
    report::figures::{Difference, Figures},
};
use carbon_core::Grams;
use carbon_report::{Language, words::Wording};
use rust_decimal::Decimal;

/// What every page of the console knows about its viewer.
struct ConsoleContext {
    organisation: String,
    /// The token in its forms.
    csrf: String,
}

impl ConsoleContext {
    async fn of(app: &App, input: &Input) -> Result<Self, Problem> {
        let organisation = app.store.profile(input.caller()?.account).await?.organisation;
        Ok(ConsoleContext { organisation, csrf: form::csrf_token(input) })
    }

    fn tabs(&self) -> [(&'static str, &'static str); 9] {
        [
            ("/app", "Overview"),
            ("/app/tenants", "Clients"),
            ("/app/events", "Events"),
            ("/app/models", "Models"),
            ("/app/reports", "Reports"),
            ("/app/market", "Market-based"),
            ("/app/keys", "Keys"),
            ("/app/billing", "Billing"),
            ("/app/account", "Account"),
        ]
    }
}

/// The console is in English only.
const LANGUAGE: Language = Language::En;
const NOT_QUANTIFIED: &str = "not quantified";

/// Figures with their confidence and coverage.
struct Summary {
    figures: FormattedUsage,
    /// Whether there are no calls.
    is_empty: bool,
    level: String,
    /// `None` if there are no tokens.
    coverage: Option<String>,
}

impl Summary {
    fn of(figures: &Figures) -> Self {
        Summary {
            figures: FormattedUsage::of(&figures.valued(), LANGUAGE, NOT_QUANTIFIED),
            is_empty: figures.valued().usage.requests == 0,
            level: figures.confidence().to_owned(),
            coverage: figures.coverage().map(|ratio| Wording::of(LANGUAGE).percent(ratio)),
        }
    }

    fn range(&self) -> String {
        self.figures.range("{low} to {high}")
    }
}

/// A count, of either sign.
fn signed_count(count: impl Into<i128>) -> String {
    let count = count.into();
    let sign = if count < 0 { "–" } else { "" };
    format!("{sign}{}", Wording::of(LANGUAGE).count(count.unsigned_abs()))
}

/// The events that arrived after a month was closed, as a sentence.
fn late_events(late: &Difference) -> String {
    let wording = Wording::of(LANGUAGE);
    let requests = signed_count(late.requests);
    let grams = late.co2_grams.map(|grams| wording.signed_mass(Grams::new(grams.as_decimal())));
    let grams = grams.map_or_else(String::new, |grams| format!(", {grams}"));
    format!(
        "Late events since the month was closed: {requests}{grams}. They are counted here, but are not in any final report; only a restatement includes them."
    )
}

/// A name that is visible and can be clicked.
fn visible(name: String) -> String {
    if name.trim().is_empty() { format!("“{name}”") } else { name }
}

/// An amount of money: every digit, and at least two decimals.
fn money(amount: Decimal) -> String {
    let mut amount = amount.normalize();
    if amount.scale() < 2 {
        amount.rescale(2);
    }
    LANGUAGE.number(amount)
}

/// A time to display, in UTC.
fn date_and_time(at_ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default();
    let at = at.to_zoned_datetime(jiff::tz::TimeZone::UTC);
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A day to display.
fn date(at_ms: i64) -> String {
    date_and_time(at_ms)[..10].to_owned()
}
