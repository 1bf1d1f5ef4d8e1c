//! The stored sums, compared with the events.

use crate::store::{
    book::{
        counts::{counts_in, counts_of_table},
        sums::{EventSpan, SpanKey, SumKey, Sums, Whose, date, hour_of, month_in},
    },
    check::{NotSound, fault, pruned::PrunedEvents},
    sql::{self, Connection, NONE, Row},
};
use carbon_report::Month;

const INTAKE: &str =
    "select account_key, month, first_event_key, last_event_key, events, reversals from intake";

const MONTH_SPANS: &str = "
    select account_key, is_test, month, is_adjustment, first_event_key, last_event_key, events, reversals
      from month_span";

/// The stored sums, compared with those of the events.
pub(super) fn sums_fit(book: &Connection, mut expect: Sums, pruned: &PrunedEvents) -> Result<(), NotSound> {
    for (table, key, of) in [
        ("daily_usage", "tenant_key", Whose::Tenant as fn(i64) -> Whose),
        ("daily_tag_usage", "tag_key", Whose::Tag),
    ] {
        let select = format!(
            "select account_key, is_test, day, {key}, is_adjustment, deployment_key, hour, {} from {table}",
            counts_of_table(table)
        );
        let mut statement = book.prepare_scan(&select)?;
        let mut rows = statement.query(NONE)?;
        while let Some(row) = rows.next()? {
            let key = SumKey {
                account_key: row.get(0)?,
                is_test: row.get(1)?,
                day: row.get(2)?,
                whose: of(row.get(3)?),
                is_adjustment: row.get(4)?,
                deployment_key: row.get(5)?,
                hour: row.get(6)?,
            };
            let kept = counts_in(&row, 7)?;
            if pruned.is_pruned(Month::of(date(key.day))) {
                continue;
            }
            let summed = expect.usage.remove(&key).unwrap_or_default();
            if kept != summed {
                return Err(fault(format_args!(
                    "{table} {}: it says {kept:?}, the events make {summed:?}",
                    named(&key)
                )));
            }
        }
    }
    if let Some(key) = expect.usage.keys().min() {
        return Err(fault(format_args!("the sum {} is missing", named(key))));
    }
    let mut statement = book.prepare_scan(MONTH_SPANS)?;
    let mut rows = statement.query(NONE)?;
    while let Some(row) = rows.next()? {
        let month: String = row.get(2)?;
        let key = SpanKey {
            account_key: row.get(0)?,
            is_test: row.get(1)?,
            month: month.parse().map_err(|_| fault(format_args!("month_span {month:?}")))?,
            is_adjustment: row.get(3)?,
        };
        if !pruned.is_pruned(key.month) && expect.spans.remove(&key) != Some(span_in(&row, 4)?) {
            return Err(fault(format_args!("month_span of account {} and {month}", key.account_key)));
        }
    }
    let mut statement = book.prepare_scan(INTAKE)?;
    let mut rows = statement.query(NONE)?;
    while let Some(row) = rows.next()? {
        let key: (i64, Month) = (row.get(0)?, month_in(&row, 1)?);
        let (kept, counted) = (span_in(&row, 2)?, expect.intake.remove(&key));
        // What came in a month may tell of one that was let go.
        let fits = counted == Some(kept)
            || pruned.any() && counted.is_none_or(|counted| counted.events <= kept.events);
        if !fits {
            return Err(fault(format_args!("intake of account {} in {}", key.0, key.1)));
        }
    }
    if let Some((account_key, month)) = expect.intake.keys().min() {
        return Err(fault(format_args!("intake of account {account_key} in {month} is missing")));
    }
    match expect.spans.keys().min() {
        Some(key) => {
            Err(fault(format_args!("month_span of account {} and {} is missing", key.account_key, key.month)))
        }
        None => Ok(()),
    }
}

fn span_in(row: &Row<'_>, column: usize) -> sql::Result<EventSpan> {
    Ok(EventSpan {
        first_event_key: row.get(column)?,
        last_event_key: row.get(column + 1)?,
        events: row.get(column + 2)?,
        reversals: row.get(column + 3)?,
    })
}

fn named(key: &SumKey) -> String {
    let SumKey { account_key, is_test, day, hour, whose, is_adjustment, deployment_key } = key;
    let book = if *is_test { ", test" } else { "" };
    let whose = match whose {
        Whose::Tenant(key) => format!("tenant {key}"),
        Whose::Tag(key) => format!("tag {key}"),
    };
    let adjustment = if *is_adjustment { ", adjustments" } else { "" };
    let hour = hour_of(*hour).map_or_else(String::new, |hour| format!(" hour {hour}"));
    format!(
        "of account {account_key}{book}, {}{hour}, {whose}, deployment {deployment_key}{adjustment}",
        date(*day)
    )
}
