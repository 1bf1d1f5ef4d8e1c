//! The account's own entries, as rows.

use crate::{
    app::App,
    pages::{
        console::{LANGUAGE, date_and_time, visible},
        html::escaped,
    },
    registry::own::{ALIAS, AliasEntry, MEASURED, MODEL, ModelEntry},
    store::{AccountKey, OwnChange},
};
use carbon_core::measure::MeasuredEntry;
use carbon_report::{Date, figure};
use rust_decimal::Decimal;

/// What the account says of a name, or of a beginning of names.
pub(super) struct EntryRow {
    pub(super) name: String,
    /// Page of the name, without a month.
    pub(super) link: String,
    /// As the form to remove it needs it; `None` where it is not entered but measured.
    pub(super) kind: Option<String>,
    /// First day; empty: there is none.
    pub(super) valid_from: String,
    pub(super) valid_to: String,
    pub(super) stands_for: String,
    pub(super) note: String,
    pub(super) entered_by: String,
    pub(super) entered_at: String,
}

/// The entries that speak of a name, by name and first day.
pub(super) fn entries(
    app: &App,
    account: AccountKey,
    is_about: impl Fn(&OwnChange) -> bool,
) -> Vec<EntryRow> {
    let own = app.registry.own(account);
    let entries = own.entries();
    let about = entries.iter().filter(|(change, _)| is_about(change));
    let mut rows: Vec<EntryRow> = about.map(|(change, entry)| row(change, entry)).collect();
    rows.sort_by(|a, b| (&a.name, &a.valid_from).cmp(&(&b.name, &b.valid_from)));
    rows
}

fn row(change: &OwnChange, entry: &str) -> EntryRow {
    let (stands_for, valid_to, note) = match change.kind.as_str() {
        ALIAS => alias(entry),
        MODEL => model(entry),
        MEASURED => measured(entry),
        _ => None,
    }
    .unwrap_or_default();
    EntryRow {
        link: format!("/app/models/{}", escaped(&change.name)),
        name: visible(change.name.clone()),
        kind: Some(change.kind.clone()).filter(|kind| kind != MEASURED),
        valid_from: change.valid_from.clone(),
        valid_to: valid_to.map_or_else(String::new, |day| day.to_string()),
        stands_for,
        note: note.unwrap_or_default(),
        entered_by: change.entered_by.clone(),
        entered_at: date_and_time(change.entered_at_ms),
    }
}

/// What an entry says, its last day, and its note.
type Said = (String, Option<Date>, Option<String>);

fn alias(entry: &str) -> Option<Said> {
    let AliasEntry { model, class, valid_to, note } = serde_json::from_str(entry).ok()?;
    let stands_for = model.or_else(|| Some(format!("the class “{}”", class?)))?;
    Some((stands_for, valid_to, note))
}

fn model(entry: &str) -> Option<Said> {
    let entry: ModelEntry = serde_json::from_str(entry).ok()?;
    let mut words = format!("a model of {} billion parameters", number(&entry.total_b));
    if let Some(active) = &entry.active_b {
        words += &format!(", {} of them active", number(active));
    }
    if let Some(active_in) = &entry.active_in_b {
        words += &format!(", {} for input", number(active_in));
    }
    for detail in [entry.precision, entry.accelerator, entry.region].into_iter().flatten() {
        words += &format!(", {detail}");
    }
    if let Some(pue) = &entry.pue {
        words += &format!(", PUE {}", number(pue));
    }
    if let Some(water) = &entry.onsite_water_l_per_kwh {
        words += &format!(", {} L of water per kWh on site", number(water));
    }
    words += &format!("; source: {}", entry.source);
    Some((words, entry.valid_to, entry.note))
}

fn measured(entry: &str) -> Option<Said> {
    let entry: MeasuredEntry = serde_json::from_str(entry).ok()?;
    let [output, fresh, cached] =
        entry.wh_per_1k.map(|wh| LANGUAGE.number(figure::three_significant(wh).normalize()));
    let words = format!(
        "your own measurements, {} windows: {output} Wh per 1,000 output tokens, {fresh} fresh and {cached} cached input tokens",
        LANGUAGE.number(Decimal::from(entry.windows))
    );
    Some((words, None, None))
}

/// Digits of an entry as a number to read.
fn number(digits: &str) -> String {
    digits.parse::<Decimal>().map_or_else(|_| digits.to_owned(), |number| LANGUAGE.number(number.normalize()))
}
