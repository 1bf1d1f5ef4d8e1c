//! Events of one transaction on a server: looked up together, added together.

use crate::store::{
    book::{
        event_id::StoredId,
        journal::{EVENT_COLUMNS, EventRow},
        sums::date,
    },
    key::Side,
    postgres::partition,
    sql::{self, PostgresConnection, Row, changes},
};
use carbon_report::{Month, counts::MEDIA};
use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

/// What one transaction knows of events, and what of them it has still to write.
#[derive(Default)]
pub(in crate::store) struct Arriving {
    /// Keys by id: of those that were asked for, and of those that were added.
    keys: HashMap<Side, HashMap<String, i64>>,
    rows: HashMap<i64, KeptRow>,
    unwritten: Vec<i64>,
    /// Months that have a partition.
    months: HashSet<Month>,
}

/// An event's row, by itself.
struct KeptRow {
    account_key: i64,
    is_test: bool,
    event_id: String,
    tenant_key: i64,
    deployment_key: i64,
    received_at_ms: i64,
    occurred_at_ms: Option<i64>,
    tokens: [i64; 5],
    tags: Option<String>,
    reverses: Option<i64>,
    calls: Option<i64>,
    media: [i64; MEDIA],
    crc32: i64,
}

// With `offset 0` each is looked up by its key, one behind the other, whatever the planner believes of the tables.
static SEEK: LazyLock<String> = LazyLock::new(|| {
    format!(
        "select found.*
           from unnest(?1::bigint[], ?2::boolean[], ?3::text[]) as asked (account_key, is_test, event_id)
           cross join lateral (select event_key, day from event_id as known
                                where known.account_key = asked.account_key and known.is_test = asked.is_test
                                  and known.event_id = asked.event_id offset 0) as known
           cross join lateral (select {EVENT_COLUMNS} from event
                                where event.account_key = asked.account_key and event.event_key = known.event_key
                                  and event.day = known.day offset 0) as found"
    )
});

// An id that is there already would be a fault of ours: each was looked up in this server's turn.
const ADD_IDS: &str = "
    insert into event_id (account_key, is_test, event_id, event_key, day)
    select * from unnest(?1::bigint[], ?2::boolean[], ?3::text[], ?4::bigint[], ?5::bigint[])";

static ADD_EVENTS_COUNTED: LazyLock<String> =
    LazyLock::new(|| changes(ADD_EVENTS, "cardinality(?1::bigint[])"));

static ADD_IDS_COUNTED: LazyLock<String> = LazyLock::new(|| changes(ADD_IDS, "cardinality(?1::bigint[])"));

const ADD_EVENTS: &str = "
    insert into event (account_key, event_key, is_test, event_id, tenant_key, deployment_key, received_at_ms, occurred_at_ms,
                       input_tokens, cache_read_input_tokens, cache_creation_input_tokens, output_tokens,
                       reasoning_output_tokens, tags, reverses, calls, media, crc32, day)
    select * from unnest(?1::bigint[], ?2::bigint[], ?3::boolean[], ?4::text[], ?5::bigint[], ?6::bigint[], ?7::bigint[],
                         ?8::bigint[], ?9::bigint[], ?10::bigint[], ?11::bigint[], ?12::bigint[], ?13::bigint[],
                         ?14::text[], ?15::bigint[], ?16::bigint[], ?17::text[], ?18::bigint[],
                         ?19::bigint[])";

impl Arriving {
    /// Looks up ids, all at once.
    pub(in crate::store) fn seek<'e>(
        &mut self,
        server: &PostgresConnection,
        asked: impl Iterator<Item = (Side, &'e str)>,
    ) -> sql::Result<()> {
        let (mut accounts, mut tests, mut ids) = (Vec::new(), Vec::new(), Vec::new());
        // No id holds a null character, and the server would refuse to look for one.
        for (side, event_id) in asked.filter(|(_, event_id)| !event_id.contains('\0')) {
            accounts.push(side.account.0);
            tests.push(side.is_test);
            ids.push(event_id);
        }
        if ids.is_empty() {
            return Ok(());
        }
        for row in server.query_native(&SEEK, &[&accounts, &tests, &ids])? {
            let (event, crc32) = EventRow::read(&Row::Postgres(&row))?;
            self.know(&event, crc32);
        }
        Ok(())
    }

    /// The key of an event, by its id: one that was looked up, or was added since.
    pub(in crate::store) fn find(&self, side: Side, event_id: &str) -> Option<i64> {
        self.keys.get(&side)?.get(event_id).copied()
    }

    /// A row that was looked up or added.
    pub(in crate::store) fn row(&self, event_key: i64) -> Option<EventRow<'_>> {
        self.rows.get(&event_key).map(|row| row.as_row(event_key))
    }

    /// Adds a row, to be written with the others.
    pub(in crate::store) fn add(&mut self, row: &EventRow<'_>, crc32: i64) {
        self.know(row, crc32);
        self.unwritten.push(row.event_key);
    }

    fn know(&mut self, row: &EventRow<'_>, crc32: i64) {
        let event_id = row.event_id.to_text();
        self.keys.entry(row.side()).or_default().insert(event_id.clone(), row.event_key);
        let kept = KeptRow {
            account_key: row.account_key,
            is_test: row.is_test,
            event_id,
            tenant_key: row.tenant_key,
            deployment_key: row.deployment_key,
            received_at_ms: row.received_at_ms,
            occurred_at_ms: row.occurred_at_ms,
            tokens: row.tokens,
            tags: row.tags.map(str::to_owned),
            reverses: row.reverses,
            calls: row.calls,
            media: row.media,
            crc32,
        };
        self.rows.insert(row.event_key, kept);
    }

    /// Writes the rows that wait.
    pub(in crate::store) fn write(&mut self, server: &PostgresConnection) -> sql::Result<()> {
        if self.unwritten.is_empty() {
            return Ok(());
        }
        let keys = std::mem::take(&mut self.unwritten);
        let rows: Vec<EventRow<'_>> = keys.iter().filter_map(|key| self.row(*key)).collect();
        let months: HashSet<Month> = rows.iter().map(|row| Month::of(date(row.day()))).collect();
        for month in &months {
            if !self.months.contains(month) {
                partition::make_for_group(server, *month)?;
            }
        }
        let account_keys = column(&rows, |row| row.account_key);
        let tests = column(&rows, |row| row.is_test);
        let kept = || keys.iter().filter_map(|key| self.rows.get(key));
        let ids: Vec<&str> = kept().map(|row| row.event_id.as_str()).collect();
        let crc32s: Vec<i64> = kept().map(|row| row.crc32).collect();
        let days = column(&rows, EventRow::day);
        let tokens: [Vec<i64>; 5] = std::array::from_fn(|class| column(&rows, |row| row.tokens[class]));
        let [input, cache_read, cache_creation, output, reasoning] = &tokens;
        server.queue(
            &ADD_EVENTS_COUNTED,
            &[
                &account_keys,
                &keys,
                &tests,
                &ids,
                &column(&rows, |row| row.tenant_key),
                &column(&rows, |row| row.deployment_key),
                &column(&rows, |row| row.received_at_ms),
                &column(&rows, |row| row.occurred_at_ms),
                input,
                cache_read,
                cache_creation,
                output,
                reasoning,
                &column(&rows, |row| row.tags),
                &column(&rows, |row| row.reverses),
                &column(&rows, |row| row.calls),
                &column(&rows, EventRow::media_text),
                &crc32s,
                &days,
            ],
        )?;
        server.queue(&ADD_IDS_COUNTED, &[&account_keys, &tests, &ids, &keys, &days])?;
        self.months.extend(months);
        Ok(())
    }

    /// Forgets what one transaction knew.
    pub(in crate::store) fn forget(&mut self) {
        *self = Arriving { months: std::mem::take(&mut self.months), ..Arriving::default() };
    }
}

/// One column of some rows.
fn column<'r, T>(rows: &'r [EventRow<'r>], value: impl Fn(&EventRow<'r>) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

impl KeptRow {
    fn as_row(&self, event_key: i64) -> EventRow<'_> {
        EventRow {
            event_key,
            account_key: self.account_key,
            is_test: self.is_test,
            event_id: StoredId::from(self.event_id.as_str()),
            tenant_key: self.tenant_key,
            deployment_key: self.deployment_key,
            received_at_ms: self.received_at_ms,
            occurred_at_ms: self.occurred_at_ms,
            tokens: self.tokens,
            tags: self.tags.as_deref(),
            reverses: self.reverses,
            calls: self.calls,
            media: self.media,
        }
    }
}
