//! Whether what rows name is their account's. The writer adds events without a look at the tables that they refer to: it has
//! found their numbers by the account itself.

use crate::store::{
    book::journal::EventRow,
    check::{NotSound, fault},
    sql::{Connection, NONE, OptionalExtension},
};
use std::collections::HashMap;

/// The accounts of tenants and deployments, by number.
pub(super) struct Owners {
    tenants: HashMap<i64, i64>,
    deployments: HashMap<i64, i64>,
}

const TENANTS: &str = "select tenant_key, account_key from tenant";
const DEPLOYMENTS: &str = "select deployment_key, account_key from deployment";

/// Rows of a file that refer to something that is not there, but for those of events: they are many, and are walked.
const LOST_REFERENCES: &str = "
    select name, coalesce(cast(lost.rowid as text), ''), lost.parent
      from sqlite_schema, pragma_foreign_key_check(name) lost
     where type = 'table' and name <> 'event' limit 1";

impl Owners {
    pub(super) fn of(book: &Connection) -> Result<Self, NotSound> {
        let read = |sql: &str| -> Result<HashMap<i64, i64>, NotSound> {
            let mut statement = book.prepare_scan(sql)?;
            let rows = statement.query_map(NONE, |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        };
        Ok(Owners { tenants: read(TENANTS)?, deployments: read(DEPLOYMENTS)? })
    }

    /// Whether an event names a tenant and a deployment of its account, and reverses none but an earlier event.
    pub(super) fn fit(&self, event: &EventRow<'_>) -> Result<(), NotSound> {
        let named = [
            ("tenant", &self.tenants, event.tenant_key),
            ("deployment", &self.deployments, event.deployment_key),
        ];
        for (what, owners, key) in named {
            if owners.get(&key) != Some(&event.account_key) {
                return Err(fault(format_args!(
                    "event {} names {what} {key}, which its account does not have",
                    event.event_key
                )));
            }
        }
        // Every number before it is that of an event.
        match event.reverses {
            Some(reversed) if !(1..event.event_key).contains(&reversed) => Err(fault(format_args!(
                "event {} reverses event {reversed}, which is not before it",
                event.event_key
            ))),
            _ => Ok(()),
        }
    }
}

/// The same of all other rows; a server looks whenever one is written.
pub(super) fn references_fit(book: &Connection) -> Result<(), NotSound> {
    let Connection::Sqlite(_) = book else { return Ok(()) };
    let lost = book.query_row(LOST_REFERENCES, NONE, |row| {
        Ok((row.get::<String>(0)?, row.get::<String>(1)?, row.get::<String>(2)?))
    });
    match lost.optional()? {
        Some((table, row, parent)) => {
            Err(fault(format_args!("{table} {row} refers to a row of {parent} that is not there")))
        }
        None => Ok(()),
    }
}
