//! The vendor's console: its keys, clients, events, reports and bill.

pub(super) mod billing;
pub(super) mod client;
pub(super) mod clients;
pub(super) mod keys;
pub(super) mod overview;
pub(super) mod reports;

use super::{form, shown::Shown};
use crate::{
    api::{
        App, Input,
        figures::{Difference, Figures},
    },
    problem::Problem,
};
use carbon_core::{Grams, Quantity};
use carbon_report::{Language, words::Wording};
use rust_decimal::Decimal;

/// What every page of the console knows of who looks at it.
struct Desk {
    organisation: String,
    /// What its forms carry.
    csrf: String,
}

impl Desk {
    async fn of(app: &App, input: &Input) -> Result<Self, Problem> {
        let organisation = app.store.profile(input.caller()?.account).await?.organisation;
        Ok(Desk { organisation, csrf: form::csrf_token(input) })
    }

    fn tabs(&self) -> [(&'static str, &'static str); 5] {
        [
            ("/app", "Overview"),
            ("/app/tenants", "Clients"),
            ("/app/reports", "Reports"),
            ("/app/keys", "Keys"),
            ("/app/billing", "Billing"),
        ]
    }
}

/// The console speaks English.
const LANGUAGE: Language = Language::En;
const NOT_QUANTIFIED: &str = "not quantified";

/// Figures with their confidence and coverage.
struct Summary {
    figures: Shown,
    /// Whether there is anything to have figures of.
    is_empty: bool,
    level: String,
    /// `None` where there are no tokens.
    coverage: Option<String>,
}

impl Summary {
    fn of(figures: &Figures) -> Self {
        Summary {
            figures: Shown::of(&figures.valued(), LANGUAGE, NOT_QUANTIFIED),
            is_empty: figures.valued().usage.requests == 0,
            level: figures.confidence().to_owned(),
            coverage: figures.coverage().map(|ratio| Wording::of(LANGUAGE).percent(ratio)),
        }
    }

    fn range(&self) -> String {
        self.figures.range("{low} to {high}")
    }
}

/// What came after a month was closed, as a sentence.
fn late_events(late: &Difference) -> String {
    let wording = Wording::of(LANGUAGE);
    let requests = wording.count(late.requests.unsigned_abs());
    let sign = if late.requests < 0 { "–" } else { "" };
    let grams = late.co2_grams.map(|grams| wording.signed_mass(Grams::new(grams.as_decimal())));
    let grams = grams.map_or_else(String::new, |grams| format!(", {grams}"));
    format!(
        "Late events since the month was closed: {sign}{requests}{grams}. They are counted here, are in no final report, and enter a restatement alone."
    )
}

/// A name that can be seen and pressed.
fn visible(name: String) -> String {
    if name.trim().is_empty() { format!("“{name}”") } else { name }
}

/// An amount of money: every digit, and two decimals at least.
fn money(amount: Decimal) -> String {
    let mut amount = amount.normalize();
    if amount.scale() < 2 {
        amount.rescale(2);
    }
    LANGUAGE.number(amount)
}

/// A time for the eye, in UTC.
fn date_and_time(at_ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default();
    let at = at.to_zoned_datetime(jiff::tz::TimeZone::UTC);
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A day for the eye.
fn date(at_ms: i64) -> String {
    date_and_time(at_ms)[..10].to_owned()
}
