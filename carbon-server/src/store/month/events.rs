//! A tenant's events of a month, one by one, with the names that their numbers stand for.

use crate::store::{
    archive::EventsOf,
    book::{
        journal::{EVENT_COLUMNS, EventRow},
        sum_rules::SumRules,
        sums::epoch_day,
    },
    error::StoreError,
    key::{AccountKey, Side, TenantKey},
    ledger::Store,
    month::report::series_of,
    sql::{self, Connection, OptionalExtension, params},
    sqlite,
};
use carbon_report::{Month, merkle::MerkleTree, pack::PackedEvent};
use std::collections::{BTreeMap, HashMap, hash_map::Entry};

// Adjustments included: how far the events go is told by the number of the last one.
const SPAN: &str = "
    select min(first_event_key), max(last_event_key) from month_span
     where account_key = ?1 and month = ?2 and is_test = ?3";

const KEYS: &str = "select min(first_event_key), max(last_event_key) from month_span where month = ?1";

const DEPLOYMENT: &str =
    "select model, provider, region from deployment where account_key = ?1 and deployment_key = ?2";

const TAG: &str = "select name, value from tag where account_key = ?1 and tag_key = ?2";

impl Store {
    /// Hands the events that an issued report tells to `each`, on a thread that may block; `None` where the account has
    /// no such report. Stops where `each` says `false`.
    pub(crate) async fn events_of_report<T: Send + 'static>(
        &self,
        account: AccountKey,
        report_id: String,
        last_event_key: i64,
        mut into: T,
        mut each: impl FnMut(&mut T, &PackedEvent) -> bool + Send + 'static,
    ) -> Result<Option<T>, StoreError> {
        let archives = self.archives.clone();
        self.books
            .of(account)
            .read(move |connection| {
                let Some((tenant_key, month)) = series_of(connection, account, &report_id)? else {
                    return Ok(None);
                };
                let events = archives.events_of(connection, month)?;
                tenant_events(
                    connection,
                    events,
                    Side { account, is_test: false },
                    tenant_key,
                    month,
                    last_event_key,
                    |event| each(&mut into, event),
                )?;
                Ok(Some(into))
            })
            .await
    }
}

/// Hands the events up to `last_event_key` to `each`, in the order of their numbers, until it says `false`. `events` are those of
/// the month; an error where they are nowhere.
pub(in crate::store) fn tenant_events(
    connection: &Connection,
    events: EventsOf,
    side: Side,
    tenant_key: TenantKey,
    month: Month,
    last_event_key: i64,
    mut each: impl FnMut(&PackedEvent) -> bool,
) -> sql::Result<()> {
    let Some([first, last]) = span(connection, side, month)? else { return Ok(()) };
    let days = epoch_day(month.first_day())..=epoch_day(month.last_day());
    let mut names = NameCache::of(connection, side.account)?;
    let keys = [first, last.min(last_event_key)];
    account_events(connection, events, month, side.account, Some(tenant_key), keys, |event, crc32| {
        if event.side() != side || !days.contains(&event.day()) {
            return Ok(true);
        }
        Ok(each(&names.packed(connection, side.account, event, crc32)?))
    })
}

/// Trees over the events of a month that each live tenant has up to `last_event_key`; `None` where they are nowhere.
pub(in crate::store) fn trees_of_tenants(
    connection: &Connection,
    events: EventsOf,
    account: AccountKey,
    month: Month,
    last_event_key: i64,
) -> sql::Result<Option<BTreeMap<TenantKey, MerkleTree>>> {
    let mut trees: BTreeMap<TenantKey, MerkleTree> = BTreeMap::new();
    let side = Side { account, is_test: false };
    let Some([first, last]) = span(connection, side, month)? else { return Ok(Some(trees)) };
    if let EventsOf::Nowhere = events {
        return Ok(None);
    }
    let days = epoch_day(month.first_day())..=epoch_day(month.last_day());
    let mut line = Vec::new();
    let keys = [first, last.min(last_event_key)];
    account_events(connection, events, month, account, None, keys, |event, _| {
        if event.side() == side && days.contains(&event.day()) {
            line.clear();
            event.write_line(&mut line);
            trees.entry(TenantKey(event.tenant_key)).or_default().push(&line);
        }
        Ok(true)
    })?;
    Ok(Some(trees))
}

/// The numbers of the first and the last event of a month, adjustments included.
fn span(connection: &Connection, side: Side, month: Month) -> sql::Result<Option<[i64; 2]>> {
    let of_side = params![side.account.0, month.to_string(), side.is_test];
    let mut span = connection.prepare_cached(SPAN)?;
    span.query_row(
        of_side,
        |row| Ok(Option::zip(row.get(0)?, row.get(1)?).map(|(first, last)| [first, last])),
    )
}

/// Hands an account's events among a range of numbers to `each`, those of a tenant where it is named, in the order of their
/// numbers, until it says `false`. `events` are those of the month: what is in that is among them, and perhaps more.
pub(in crate::store) fn account_events(
    connection: &Connection,
    events: EventsOf,
    month: Month,
    account: AccountKey,
    tenant: Option<TenantKey>,
    [first, last]: [i64; 2],
    mut each: impl FnMut(&EventRow<'_>, i64) -> sql::Result<bool>,
) -> sql::Result<()> {
    let mut archive = match events {
        EventsOf::Archive(archive) => archive,
        EventsOf::Nowhere => return Err(sql::Error::Pruned(month)),
        EventsOf::Rows => {
            let of_tenant = if tenant.is_some() { " and tenant_key = ?4" } else { "" };
            let select = format!(
                "select {EVENT_COLUMNS} from event
                  where account_key = ?3 and event_key between ?1 and ?2{of_tenant} order by event_key"
            );
            let mut statement = connection.prepare_scan(&select)?;
            let mut rows = match tenant {
                Some(TenantKey(key)) => statement.query([first, last, account.0, key])?,
                None => statement.query([first, last, account.0])?,
            };
            while let Some(row) = rows.next()? {
                let (event, crc32) = EventRow::read(&row)?;
                if !each(&event, crc32)? {
                    break;
                }
            }
            return Ok(());
        }
    };
    while archive.peek()?.is_some_and(|event_key| event_key <= last) {
        let (event, crc32) = archive.take()?;
        let is_asked = event.event_key >= first
            && event.account_key == account.0
            && tenant.is_none_or(|tenant| tenant.0 == event.tenant_key);
        if is_asked && !each(&event, crc32)? {
            break;
        }
    }
    Ok(())
}

/// Hands all events of a month that are in the table to `each`, in the order of their numbers.
pub(in crate::store) fn month_events(
    connection: &Connection,
    month: Month,
    mut each: impl FnMut(&EventRow<'_>, i64) -> sql::Result<()>,
) -> sql::Result<()> {
    let (span, values) = match connection {
        Connection::Sqlite(_) => {
            let keys =
                connection.query_row(KEYS, [month.to_string()], |row| Ok([row.get(0)?, row.get(1)?]))?;
            let [Some(first), Some(last)]: [Option<i64>; 2] = keys else { return Ok(()) };
            (sqlite::IN_SPAN, [vec![first, last], sqlite::span_ms(month).to_vec()].concat())
        }
        Connection::Postgres(_) => {
            let days = [month, month.next()].map(|month| epoch_day(month.first_day()));
            ("day >= ?1 and day < ?2", days.to_vec())
        }
    };
    let select = format!("select {EVENT_COLUMNS} from event where {span} order by event_key");
    let mut statement = connection.prepare_scan(&select)?;
    let values: Vec<&dyn sql::ToValue> = values.iter().map(|value| value as _).collect();
    let mut rows = statement.query(values.as_slice())?;
    while let Some(row) = rows.next()? {
        let (event, crc32) = EventRow::read(&row)?;
        each(&event, crc32)?;
    }
    Ok(())
}

/// Names that were looked up: a tenant uses few of them.
pub(in crate::store) struct NameCache {
    pub(in crate::store) rules: SumRules,
    deployments: HashMap<i64, [String; 3]>,
    tags: HashMap<i64, Option<(String, String)>>,
}

impl NameCache {
    pub(in crate::store) fn of(connection: &Connection, account: AccountKey) -> sql::Result<Self> {
        let rules = SumRules::of_account(connection, account)?;
        Ok(NameCache { rules, deployments: HashMap::new(), tags: HashMap::new() })
    }

    pub(in crate::store) fn packed(
        &mut self,
        connection: &Connection,
        account: AccountKey,
        event: &EventRow<'_>,
        crc32: i64,
    ) -> sql::Result<PackedEvent> {
        let [model, provider, region] = match self.deployments.entry(event.deployment_key) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(place) => {
                let values = params![account.0, event.deployment_key];
                let names = connection
                    .prepare_cached(DEPLOYMENT)?
                    .query_row(values, |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))?;
                place.insert(names).clone()
            }
        };
        let mut tags = BTreeMap::new();
        for tag_key in event.tag_keys() {
            let tag = match self.tags.entry(tag_key) {
                Entry::Occupied(known) => known.get().clone(),
                Entry::Vacant(place) => {
                    let values = params![account.0, tag_key];
                    let tag = connection
                        .prepare_cached(TAG)?
                        .query_row(values, |row| Ok((row.get(0)?, row.get(1)?)));
                    place.insert(tag.optional()?).clone()
                }
            };
            tags.extend(tag);
        }
        let [input_tokens, cache_read, cache_creation, output_tokens, reasoning] = event.tokens;
        Ok(PackedEvent {
            event_key: event.event_key,
            account_key: event.account_key,
            event_id: event.event_id.to_text(),
            tenant_key: event.tenant_key,
            deployment_key: event.deployment_key,
            received_at_ms: event.received_at_ms,
            occurred_at_ms: event.occurred_at_ms,
            requests: event.requests(),
            input_tokens,
            cache_read_input_tokens: cache_read,
            cache_creation_input_tokens: cache_creation,
            output_tokens,
            reasoning_output_tokens: reasoning,
            tag_keys: event.tags.unwrap_or("").to_owned(),
            reverses: event.reverses,
            calls: event.calls,
            media: event.media_text(),
            by_hour: self.rules.is_by_hour(event),
            crc32,
            model,
            provider,
            region,
            tags,
        })
    }
}
