//! Moving a ledger out of a file onto a server: every row as it is, so that every line and seal stays what it was.
//!
//! Until all of it is there the database says so, and no server opens it. A run that was cut off goes on where it was.

use crate::store::{
    book::{
        journal::{EVENT_COLUMNS, EventRow, write_value},
        sums::date,
    },
    error::StoreError,
    postgres::{books::books, partition},
    sql::{self, Connection, NONE, PostgresConnection, Value, ValueRef},
};
use carbon_report::Month;
use sha2::{Digest, Sha256};
use std::collections::HashSet;

/// Tables besides events and what only one of the two stores has, each behind those that it refers to.
const TABLES: [&str; 47] = [
    "account",
    "api_key",
    "session",
    "tenant",
    "deployment",
    "tag",
    "batch",
    "sighting",
    "daily_usage",
    "daily_tag_usage",
    "month_span",
    "intake",
    "closed_month",
    "closed_tenant",
    "restatement",
    "restated_tenant",
    "report",
    "logo",
    "branding",
    "dashboard_link",
    "dashboard_month",
    "row_digest",
    "price_list",
    "webhook",
    "outbox_message",
    "alert",
    "report_schedule",
    "scheduled_tenant",
    "schedule_run",
    "schedule_run_report",
    "contact",
    "mail",
    "pact_client",
    "pact_event",
    "source_setting",
    "factor_set",
    "own_entry",
    "hour_switch",
    "energy_window",
    "time_stamp",
    "seal_log",
    "instrument",
    "instrument_allocation",
    "residual_mix",
    "supplier_report",
    "archive",
    "pruned_month",
];

/// Events that are committed together.
const EVENTS_AT_A_TIME: i64 = 100_000;

const EVENT_TABLE: &str = "event (event_key, account_key, is_test, event_id, tenant_key, deployment_key, received_at_ms,
    occurred_at_ms, input_tokens, cache_read_input_tokens, cache_creation_input_tokens, output_tokens, reasoning_output_tokens,
    tags, reverses, calls, media, crc32, day)";
const ID_TABLE: &str = "event_id (account_key, is_test, event_id, event_key, day)";

/// Moves everything into the first book, unless it was moved before. `progress` is told how many of how many events are there.
pub(in crate::store) fn move_ledger(
    file: &Connection,
    server: &PostgresConnection,
    wanted: Option<u32>,
    mut progress: impl FnMut(i64, i64),
) -> Result<(), StoreError> {
    crate::store::postgres::migration::prepare(server, wanted)?;
    let place = books(server)?.into_iter().next().ok_or(StoreError::Damaged)?;
    if !begin(file, server)? {
        return Ok(());
    }
    server.enter(place.number, &place.schemas())?;
    // Anew each time: what was erased or revoked meanwhile is erased and revoked here. Only events never change.
    server.in_transaction(|| {
        // The other books, which refer to accounts, are empty.
        server.execute_batch(&format!("truncate {} cascade", TABLES.join(", ")))?;
        TABLES.iter().try_for_each(|table| copy_table(file, server, table))
    })?;
    let all: i64 = file.query_row("select coalesce(max(event_key), 0) from event", NONE, |row| row.get(0))?;
    let mut there: i64 = server
        .query_native("select coalesce(max(event_key), 0) from event_id", &[])
        .map(|rows| rows[0].get(0))?;
    let mut months = HashSet::new();
    progress(there, all);
    while there < all {
        let until = all.min(there + EVENTS_AT_A_TIME);
        server.in_transaction(|| copy_events(file, server, there, until, &mut months))?;
        there = until;
        progress(there, all);
    }
    server.in_transaction(|| {
        copy_table(file, server, "seal")?;
        server.execute_batch(
            "update fold set last_event_key = seal.last_event_key, seal_key = seal.seal_key
               from seal where seal.seal_key = (select max(seal_key) from seal);
             drop table moving;",
        )
    })?;
    // So that the first questions are not answered by guesses.
    Ok(server.execute_batch("analyze")?)
}

/// The first table whose rows are not the same in both, besides events and seals.
pub(in crate::store) fn first_difference(
    file: &Connection,
    server: &Connection,
) -> Result<Option<&'static str>, StoreError> {
    for table in TABLES {
        let select = format!("select {} from {table}", columns(file, table)?);
        if digest(file, &select)? != digest(server, &select)? {
            return Ok(Some(table));
        }
    }
    Ok(None)
}

/// Of some rows, in whatever order they come.
fn digest(ledger: &Connection, select: &str) -> sql::Result<(u64, u128)> {
    let mut statement = ledger.prepare_scan(select)?;
    let mut rows = statement.query(NONE)?;
    let (mut count, mut sum, mut line) = (0, 0u128, Vec::new());
    while let Some(row) = rows.next()? {
        line.clear();
        for column in 0..row.columns() {
            let value = row.get_ref(column)?;
            line.push(if value == ValueRef::Null { b'\0' } else { b'\t' });
            write_value(&mut line, value);
        }
        let sha: [u8; 32] = Sha256::digest(&line).into();
        let (halves, _) = sha.as_chunks();
        sum = sum.wrapping_add(u128::from_be_bytes(halves[0]));
        count += 1;
    }
    Ok((count, sum))
}

/// Notes in the database what comes into it; `false` where all of it is there.
fn begin(file: &Connection, server: &PostgresConnection) -> Result<bool, StoreError> {
    let secret: Vec<u8> = file.query_row("select link_secret from ledger", NONE, |row| row.get(0))?;
    let found: Vec<u8> = server.query_native("select link_secret from ledger", &[])?[0].get(0);
    if crate::store::postgres::migration::is_moving(server)? {
        return if found == secret { Ok(true) } else { Err(StoreError::NotEmpty) };
    }
    if found == secret {
        return Ok(false);
    }
    let accounts: i64 = server.query_native("select count(*) from account", &[])?[0].get(0);
    if accounts > 0 {
        return Err(StoreError::NotEmpty);
    }
    server.in_transaction(|| {
        server.execute_batch("create table moving ()")?;
        server.execute_native("update ledger set link_secret = ?1", &[&secret])
    })?;
    Ok(true)
}

/// Copies a table whole.
fn copy_table(file: &Connection, server: &PostgresConnection, table: &str) -> sql::Result<()> {
    let columns = columns(file, table)?;
    let select = format!("select {columns} from {table}");
    let mut statement = file.prepare_scan(&select)?;
    let mut rows = statement.query(NONE)?;
    server.copy_in(&format!("{table} ({columns})"), |copy| {
        while let Some(row) = rows.next()? {
            let values = (0..row.columns()).map(|column| Ok(as_value(row.get_ref(column)?)));
            copy(&values.collect::<sql::Result<Vec<_>>>()?)?;
        }
        Ok(())
    })
}

/// The columns of a table in the file: the server's has the same.
fn columns(file: &Connection, table: &str) -> sql::Result<String> {
    let mut statement = file.prepare_cached("select name from pragma_table_info(?1) order by cid")?;
    let names = statement.query_map([table], |row| row.get(0))?;
    let names: Vec<String> = names.collect::<sql::Result<_>>()?;
    Ok(names.join(", "))
}

fn as_value(value: ValueRef<'_>) -> Value<'_> {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Text(text) => Value::Text(text),
        ValueRef::Blob(bytes) => Value::Blob(bytes),
    }
}

/// Copies the events behind `after`, up to `until`, and their ids.
fn copy_events(
    file: &Connection,
    server: &PostgresConnection,
    after: i64,
    until: i64,
    months: &mut HashSet<Month>,
) -> sql::Result<()> {
    let select = format!(
        "select {EVENT_COLUMNS} from event where event_key > ?1 and event_key <= ?2 order by event_key"
    );
    let mut statement = file.prepare_scan(&select)?;
    let mut rows = statement.query([after, until])?;
    while let Some(row) = rows.next()? {
        let month = Month::of(date(EventRow::read(&row)?.0.day()));
        if months.insert(month) {
            partition::make(server, month)?;
        }
    }
    drop(rows);
    let mut rows = statement.query([after, until])?;
    server.copy_in(EVENT_TABLE, |copy| {
        while let Some(row) = rows.next()? {
            let (event, crc32) = EventRow::read(&row)?;
            let id = event.event_id.to_text();
            let media = event.media_text();
            let number = Value::Integer;
            let optional = |value: Option<i64>| value.map_or(Value::Null, Value::Integer);
            let [input, cache_read, cache_creation, output, reasoning] = event.tokens.map(number);
            copy(&[
                number(event.event_key),
                number(event.account_key),
                Value::Bool(event.is_test),
                Value::Text(&id),
                number(event.tenant_key),
                number(event.deployment_key),
                number(event.received_at_ms),
                optional(event.occurred_at_ms),
                input,
                cache_read,
                cache_creation,
                output,
                reasoning,
                event.tags.map_or(Value::Null, Value::Text),
                optional(event.reverses),
                optional(event.calls),
                media.as_deref().map_or(Value::Null, Value::Text),
                number(crc32),
                number(event.day()),
            ])?;
        }
        Ok(())
    })?;
    drop(rows);
    let mut rows = statement.query([after, until])?;
    server.copy_in(ID_TABLE, |copy| {
        while let Some(row) = rows.next()? {
            let (event, _) = EventRow::read(&row)?;
            let (id, number) = (event.event_id.to_text(), Value::Integer);
            copy(&[
                number(event.account_key),
                Value::Bool(event.is_test),
                Value::Text(&id),
                number(event.event_key),
                number(event.day()),
            ])?;
        }
        Ok(())
    })
}
