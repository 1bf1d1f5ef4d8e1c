//! A month's events are a table of their own.

use crate::store::{
    book::{TAKE_TURN, sums::epoch_day},
    error::StoreError,
    limits::TURN_MAX,
    postgres::citus::has_citus,
    sql::{self, PostgresConnection},
};
use carbon_report::Month;

/// Makes the table of a month where there is none. In a server's turn, so that no two make it.
pub(super) fn make(server: &PostgresConnection, month: Month) -> sql::Result<()> {
    let name = name(month);
    if exists(server, &name)? {
        return Ok(());
    }
    let (from, to) = (epoch_day(month.first_day()), epoch_day(month.next().first_day()));
    // Made apart and then attached: readers of the other months are not held up.
    server.execute_batch(&format!(
        "create table {name} (like event including defaults including constraints)"
    ))?;
    server.execute_batch(&format!(
        "alter table event attach partition {name} for values from ({from}) to ({to})"
    ))
}

/// The same for a group that needs it now: on a connection of its own, whose transaction the group waits for. It takes no lock that
/// the group's may have, and nothing is to be undone where the group is.
pub(super) fn make_for_group(group: &PostgresConnection, month: Month) -> sql::Result<()> {
    if exists(group, &name(month))? {
        return Ok(());
    }
    group.maintain(|server| {
        server.in_transaction(|| {
            server.execute_batch(&format!("set local lock_timeout = {}", TURN_MAX.as_millis()))?;
            make(server, month)
        })
    })
}

/// Makes the tables of months before the first event comes, in a turn of its own: no group has to.
pub(in crate::store) fn make_months_ahead(
    server: &PostgresConnection,
    months: &[Month],
) -> Result<(), StoreError> {
    for month in months {
        if exists(server, &name(*month))? {
            continue;
        }
        server.in_transaction(|| {
            server.query_native(TAKE_TURN, &[])?;
            Ok::<_, StoreError>(make(server, *month)?)
        })?;
    }
    Ok(())
}

/// The months that have one, the oldest first.
pub(super) fn months(server: &PostgresConnection) -> sql::Result<Vec<Month>> {
    let names = "select relname::text from pg_class
                  where relname ~ '^event_[0-9]{4}_[0-9]{2}$' and relkind = 'r' and relnamespace = current_schema()::regnamespace
                  order by relname";
    let months = server.query_native(names, &[])?.into_iter().filter_map(|row| {
        let name: String = row.get(0);
        name.strip_prefix("event_")?.replace('_', "-").parse().ok()
    });
    Ok(months.collect())
}

/// Drops the table of a month, and with it its events. Waits for whoever reads, and holds nobody up meanwhile. Not in a
/// transaction.
pub(super) fn remove(server: &PostgresConnection, month: Month) -> sql::Result<()> {
    let name = name(month);
    if !exists(server, &name)? {
        return Ok(());
    }
    // There a reader of the month is waited for under a lock that holds up others, too.
    let concurrently = if has_citus(server)? { "" } else { " concurrently" };
    let pending = "select inhdetachpending from pg_inherits where inhrelid = ?1::text::regclass";
    match server.query_native(pending, &[&name])?.first() {
        Some(row) if row.get(0) => {
            server.execute_batch(&format!("alter table event detach partition {name} finalize"))?;
        }
        Some(_) => {
            server.execute_batch(&format!("alter table event detach partition {name}{concurrently}"))?;
        }
        // Detached by a run that was cut off.
        None => {}
    }
    server.execute_batch(&format!("drop table {name}"))
}

/// Whether there is a table of that name.
pub(super) fn exists(server: &PostgresConnection, table: &str) -> sql::Result<bool> {
    let found = "select exists (select 1 from pg_class
                                 where relname = ?1 and relnamespace = current_schema()::regnamespace)";
    Ok(server.query_native(found, &[&table])?.first().is_some_and(|row| row.get(0)))
}

/// Its name.
pub(super) fn name(month: Month) -> String {
    format!("event_{}", month.to_string().replace('-', "_"))
}
