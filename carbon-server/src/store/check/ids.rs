//! The index of event ids, compared with the events.

use crate::store::{
    book::journal::EventRow,
    check::{NotSound, fault},
    sql::{self, Connection, NONE, OptionalExtension},
    sqlite::{EventIdIndex, RunAudit},
};

/// The index of ids, compared with the events.
pub(super) enum IdCheck {
    /// Runs in a file.
    Runs(Box<RunAudit>),
    /// A table on a server: the database holds each id to one event; here they are counted.
    Table,
}

const EVENTS_WITHOUT_ID: &str = "
    select event.event_key from event left join event_id as known
        on known.account_key = event.account_key and known.is_test = event.is_test and known.event_id = event.event_id
       and known.event_key = event.event_key and known.day = event.day
     where known.event_key is null
       and to_char(date '1970-01-01' + event.day, 'YYYY-MM') not in (select month from pruned_month)
     limit 1";

// Those of months that are being let go may be there, or not.
const IDS: &str = "
    select count(*) from event_id
     where to_char(date '1970-01-01' + day, 'YYYY-MM') not in (select month from pruned_month)";

impl IdCheck {
    pub(super) fn of(book: &Connection) -> sql::Result<Self> {
        Ok(match book {
            Connection::Sqlite(file) => IdCheck::Runs(Box::new(EventIdIndex::load(file)?.audit())),
            Connection::Postgres(_) => IdCheck::Table,
        })
    }

    /// The next event, and whether it is in an archive alone.
    pub(super) fn see(
        &mut self,
        book: &Connection,
        event: &EventRow<'_>,
        is_archived: bool,
    ) -> Result<(), NotSound> {
        match (self, book) {
            (IdCheck::Runs(runs), Connection::Sqlite(file)) => {
                runs.see(file, event.event_key, event.side(), event.event_id, is_archived)?.map_err(fault)
            }
            _ => Ok(()),
        }
    }

    pub(super) fn all_seen(&self, book: &Connection, events: i64) -> Result<(), NotSound> {
        if let IdCheck::Runs(_) = self {
            return Ok(());
        }
        let stray = book.query_row(EVENTS_WITHOUT_ID, NONE, |row| row.get::<i64>(0)).optional()?;
        if let Some(event_key) = stray {
            return Err(fault(format_args!("the id of event {event_key} is not noted")));
        }
        let ids: i64 = book.query_row(IDS, NONE, |row| row.get(0))?;
        if ids == events {
            Ok(())
        } else {
            Err(fault(format_args!("{ids} ids are noted for {events} events")))
        }
    }
}
