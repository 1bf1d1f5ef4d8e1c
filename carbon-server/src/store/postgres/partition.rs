//! A month's events are a table of their own.

use super::super::{
    sql::{self, PostgresConnection},
    sums::epoch_day,
};
use carbon_report::Month;

/// Makes the table of a month where there is none. In a server's turn, so that no two make it.
pub(super) fn make(server: &PostgresConnection, month: Month) -> sql::Result<()> {
    let name = name(month);
    let found = server.query_native("select to_regclass(?1) is not null", &[&name])?;
    if found.first().is_some_and(|row| row.get(0)) {
        return Ok(());
    }
    let (from, to) = (epoch_day(month.first_day()), epoch_day(month.next().first_day()));
    // Made apart and then attached: readers of the other months are not held up.
    server.execute_batch(&format!(
        "create table {name} (like event including defaults including constraints);
         alter table event attach partition {name} for values from ({from}) to ({to});"
    ))
}

/// The months that have one, the oldest first.
pub(super) fn months(server: &PostgresConnection) -> sql::Result<Vec<Month>> {
    let names = "select relname::text from pg_inherits join pg_class on pg_class.oid = inhrelid
                  where inhparent = 'event'::regclass order by relname";
    let months = server.query_native(names, &[])?.into_iter().filter_map(|row| {
        let name: String = row.get(0);
        name.strip_prefix("event_")?.replace('_', "-").parse().ok()
    });
    Ok(months.collect())
}

/// Drops the table of a month, and with it its events.
pub(super) fn remove(server: &PostgresConnection, month: Month) -> sql::Result<()> {
    let name = name(month);
    server.execute_batch(&format!("alter table event detach partition {name}; drop table {name};"))
}

/// Its name.
pub(super) fn name(month: Month) -> String {
    format!("event_{}", month.to_string().replace('-', "_"))
}
