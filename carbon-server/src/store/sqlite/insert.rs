//! The statement that adds an event to a file.

use crate::store::{
    book::journal::{EVENT_COLUMNS, EventRow},
    sql::{self, one_row},
};
use rusqlite::{CachedStatement, Connection};
use std::sync::LazyLock;

static INSERT_EVENT: LazyLock<String> = LazyLock::new(|| {
    format!(
        "insert into event ({EVENT_COLUMNS})
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)"
    )
});

/// Adds events one by one. What a row has in common with the one before stays bound.
pub(in crate::store) struct EventInsert<'c> {
    statement: CachedStatement<'c>,
    /// What is bound: a statement from the cache has nulls.
    numbers: [Option<i64>; NUMBERS.len()],
    has_text: [bool; TEXTS.len()],
}

/// Places of the numbers of a row, in the order of [`numbers_of`].
const NUMBERS: [usize; 15] = [1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 18];
/// Places of its texts, besides the id.
const TEXTS: [usize; 2] = [14, 17];
const ID: usize = 4;

fn numbers_of(row: &EventRow<'_>, crc32: i64) -> [Option<i64>; NUMBERS.len()] {
    let [input, cache_read, cache_creation, output, reasoning] = row.tokens;
    [
        Some(row.event_key),
        Some(row.account_key),
        Some(row.is_test.into()),
        Some(row.tenant_key),
        Some(row.deployment_key),
        Some(row.received_at_ms),
        row.occurred_at_ms,
        Some(input),
        Some(cache_read),
        Some(cache_creation),
        Some(output),
        Some(reasoning),
        row.reverses,
        row.calls,
        Some(crc32),
    ]
}

impl<'c> EventInsert<'c> {
    pub(in crate::store) fn of(file: &'c Connection) -> sql::Result<Self> {
        Ok(EventInsert {
            statement: file.prepare_cached(&INSERT_EVENT)?,
            numbers: [None; NUMBERS.len()],
            has_text: [false; TEXTS.len()],
        })
    }

    /// Adds a row.
    pub(in crate::store) fn add(&mut self, row: &EventRow<'_>, crc32: i64) -> sql::Result<()> {
        for ((place, bound), number) in NUMBERS.into_iter().zip(&mut self.numbers).zip(numbers_of(row, crc32))
        {
            if *bound != number {
                self.statement.raw_bind_parameter(place, number)?;
                *bound = number;
            }
        }
        self.statement.raw_bind_parameter(ID, row.event_id)?;
        let media = row.media_text();
        for ((place, bound), text) in
            TEXTS.into_iter().zip(&mut self.has_text).zip([row.tags, media.as_deref()])
        {
            if *bound || text.is_some() {
                self.statement.raw_bind_parameter(place, text)?;
                *bound = text.is_some();
            }
        }
        one_row(self.statement.raw_execute()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{book::event_id::StoredId, sql::Row, sqlite::migration};
    use carbon_report::counts::MEDIA;
    use proptest::{collection::vec, prelude::*};

    prop_compose! {
        /// Few values of each column, so that rows have some in common and others not.
        fn any_row()(
            keys in prop::array::uniform4(1_i64..3),
            is_test: bool,
            id in "[a-b]{1,2}|01a20acd-28b2-761c-af30-e523aaa1ccf[a-c]",
            times in (0_i64..2, prop::option::of(0_i64..2)),
            tokens in prop::array::uniform2(5_i64..7),
            tags in prop::option::of("[1-2]"),
            calls in prop::option::of(2_i64..4),
            images in 0_i64..2,
        ) -> (EventRow<'static>, String, Option<String>) {
            let [account_key, tenant_key, deployment_key, _] = keys;
            let [input, output] = tokens;
            let mut media = [0; MEDIA];
            media[4] = images;
            let row = EventRow {
                event_key: 0,
                account_key,
                is_test,
                event_id: StoredId::Text(""),
                tenant_key,
                deployment_key,
                received_at_ms: times.0,
                occurred_at_ms: times.1,
                tokens: [input, input - 5, 0, output, output - 5],
                tags: None,
                reverses: None,
                calls,
                media,
            };
            (row, id, tags)
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Whatever the row before had bound, each is stored as it is.
        #[test]
        fn every_row_is_stored_as_it_is(rows in vec(any_row(), 1..12), cut in 0_usize..12) {
            let ledger = sql::Connection::in_memory();
            migration::create(&ledger).unwrap();
            let file = ledger.file();
            file.pragma_update(None, "foreign_keys", false).unwrap();
            let mut stored = Vec::new();
            // Two of them: what was bound goes with the first.
            for part in rows.chunks(cut + 1) {
                let mut insert = EventInsert::of(file).unwrap();
                for (row, id, tags) in part {
                    let event_key = i64::try_from(stored.len()).unwrap() + 1;
                    let event_id = StoredId::from(id.as_str());
                    let row = EventRow { event_key, event_id, tags: tags.as_deref(), ..row.clone() };
                    insert.add(&row, event_key * 7).unwrap();
                    stored.push(row);
                }
            }
            let select = format!("select {EVENT_COLUMNS} from event order by event_key");
            let mut statement = file.prepare(&select).unwrap();
            let mut found = statement.query([]).unwrap();
            for row in stored {
                let (read, crc32) = EventRow::read(&Row::Sqlite(found.next().unwrap().unwrap())).unwrap();
                prop_assert_eq!(crc32, row.event_key * 7);
                prop_assert_eq!(read, row);
            }
        }
    }
}
