//! A month that has ended, and calls in it.

use crate::server::{call, with};
use jiff::{ToSpan, civil::Date};
use serde_json::{Value, json};

/// The first of a month that has ended: the second last one.
pub(crate) fn first() -> Date {
    let today: Date = jiff::Timestamp::now().to_string()[..10].parse().unwrap();
    today.first_of_month() - 2.months()
}

pub(crate) fn month() -> String {
    first().to_string()[..7].to_owned()
}

/// A call on a day of that month.
pub(crate) fn on(day: i8, event_id: &str, changes: Value) -> Value {
    let time = format!("{}T12:00:00Z", first() + (day - 1).days());
    with(with(call("gpt-4o"), json!({"event_id": event_id, "timestamp": time})), changes)
}
