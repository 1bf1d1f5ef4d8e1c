//! Events: adding each once, and cancelling one.

use crate::{
    base::work_queue::Permit,
    store::{
        book::{
            EventLookup, Transaction,
            event_id::StoredId,
            journal::{EVENT_COLUMNS, EventRow, MS_PER_DAY, crc32},
            names::{SentDeployment, Tag},
            sighting::Sighting,
            sums::month_of,
        },
        error::{GivenId, GivenIds},
        key::{AccountKey, Side},
        sql::{self, Connection, OptionalExtension, params},
    },
};
use carbon_core::Usage;
use std::sync::LazyLock;

/// One LLM call, checked, as it goes into the ledger.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) side: Side,
    pub(crate) event_id: String,
    /// Whether the id was made just now, so that nobody can have used it.
    pub(crate) id_is_new: bool,
    pub(crate) tenant_id: String,
    pub(crate) deployment: SentDeployment,
    /// Whether the region is the tenant's, as the sender gave none.
    pub(crate) region_is_default: bool,
    /// The sender's time, or `None`: it happened when it was received.
    pub(crate) occurred_at_ms: Option<i64>,
    pub(crate) received_at_ms: i64,
    pub(crate) usage: Usage,
    /// Of how many calls it is: `None` is one, 0 is an unknown number.
    pub(crate) calls: Option<i64>,
    pub(crate) tags: Vec<Tag>,
    /// Of a span: what tells whether another span of the same call was counted.
    pub(crate) sighting: Option<Box<Sighting>>,
}

/// Events that are added together, in one transaction.
#[derive(Debug)]
pub(crate) struct Batch {
    /// Who has sent all of it.
    pub(crate) account: AccountKey,
    /// The sender's name for the whole.
    pub(crate) key: Option<BatchKey>,
    pub(crate) events: Vec<Event>,
    /// Given back once they are written, so that few batches are in memory at a time.
    #[expect(dead_code, reason = "held, and given back when the batch is dropped")]
    pub(crate) permits: Vec<Permit<AccountKey>>,
}

impl Batch {
    /// The ids that its sender did not give, by their places among its events.
    pub(in crate::store) fn given_ids(&self) -> GivenIds {
        let given = self.events.iter().enumerate().filter(|(_, event)| event.id_is_new);
        let given = given.map(|(index, event)| GivenId { index, event_id: event.event_id.clone() });
        GivenIds::OfRows(given.collect())
    }
}

/// A batch's own idempotency key, and what it stands for.
#[derive(Debug)]
pub(crate) struct BatchKey {
    pub(crate) side: Side,
    pub(crate) batch_id: String,
    pub(crate) sha256: [u8; 32],
    pub(crate) received_at_ms: i64,
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BatchAppended {
    /// What became of each of its events.
    Kept(Vec<Appended>),
    /// Its key belongs to a batch with other content; nothing was added.
    Conflict,
}

/// An event as the ledger has it: what its value follows from, whatever the settings are now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptEvent {
    pub(crate) deployment: SentDeployment,
    pub(crate) at_ms: i64,
    pub(crate) usage: Usage,
    /// Whether it is summed by its hour.
    pub(crate) by_hour: bool,
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Appended {
    /// It was added.
    New {
        /// Whether it is summed by its hour.
        by_hour: bool,
    },
    /// It had been added before, with the same content.
    Duplicate(Box<KeptEvent>),
    /// Its id belongs to an event with other content; nothing was added.
    Conflict,
    /// Another event is of the same call; nothing was added.
    SameCall,
    /// Its tenant would have more tags than a tenant may have; nothing was added.
    TooManyTags,
    /// The events of its month were pruned, and it takes no more; nothing was added.
    Pruned,
}

pub(in crate::store) static EVENT_OF_KEY: LazyLock<String> =
    LazyLock::new(|| format!("select {EVENT_COLUMNS} from event where account_key = ?1 and event_key = ?2"));

const ADD_BATCH: &str = "
    insert into batch (account_key, is_test, batch_id, content_sha256, received_at_ms)
    values (?1, ?2, ?3, ?4, ?5)
    on conflict (account_key, is_test, batch_id) do nothing";

const SAME_BATCH: &str =
    "select 1 from batch where account_key = ?1 and is_test = ?2 and batch_id = ?3 and content_sha256 = ?4";

impl Transaction<'_> {
    /// Looks up ids that are going to be asked for, where each look is a way there and back.
    pub(in crate::store) fn seek<'e>(
        &mut self,
        asked: impl Iterator<Item = (Side, &'e str)>,
    ) -> sql::Result<()> {
        match (&mut self.state.events, self.connection) {
            (EventLookup::Postgres(arriving), Connection::Postgres(server)) => arriving.seek(server, asked),
            _ => Ok(()),
        }
    }

    pub(in crate::store) fn append(&mut self, event: &Event) -> sql::Result<Appended> {
        let event_id = StoredId::from(event.event_id.as_str());
        self.append_hashed(event, event_id, self.hash(event.side, event_id), None)
    }

    /// What stands for an id where events are found by hashes.
    pub(in crate::store) fn hash(&self, side: Side, event_id: StoredId<'_>) -> u64 {
        match &self.state.events {
            EventLookup::Sqlite(ids) => ids.hash(side, event_id),
            EventLookup::Postgres(_) => 0,
        }
    }

    /// Adds an event whose id, as it is stored, hashes to `hash`; `in_runs` as `EventIdIndex::candidates` takes it.
    fn append_hashed(
        &mut self,
        event: &Event,
        event_id: StoredId<'_>,
        hash: u64,
        in_runs: Option<bool>,
    ) -> sql::Result<Appended> {
        let Event { side, tenant_id, deployment, tags, .. } = event;
        if !event.id_is_new
            && let Some(earlier) = self.find(*side, &event.event_id, hash, in_runs)?
        {
            let same = self.the_same(earlier, event)?;
            return Ok(same.map_or(Appended::Conflict, |kept| Appended::Duplicate(Box::new(kept))));
        }
        if let Some(sighting) = &event.sighting
            && self.was_seen(*side, sighting)
        {
            return Ok(Appended::SameCall);
        }
        let at_ms = event.occurred_at_ms.unwrap_or(event.received_at_ms);
        if self.state.pruned.contains(&month_of(at_ms.div_euclid(MS_PER_DAY))) {
            return Ok(Appended::Pruned);
        }
        let (connection, names, account) = (self.connection, &mut self.state.names, side.account);
        let tenant_key = names.tenant(connection, *side, tenant_id)?;
        // Of a new tenant no tag is known, and there is no tenant 0.
        let known = tenant_key.unwrap_or(0);
        let mut tag_keys = names.tag_keys(connection, account, known, tags)?;
        if tag_keys.is_none() && names.tags_with(connection, account, known, tags)? > self.state.tags_max {
            return Ok(Appended::TooManyTags);
        }
        let tenant_key = match tenant_key {
            Some(key) => key,
            None => {
                self.others = true;
                names.add_tenant(connection, *side, tenant_id, event.received_at_ms)?
            }
        };
        let deployment_key = match names.deployment(connection, account, deployment)? {
            Some(key) => key,
            None => {
                self.others = true;
                names.add_deployment(connection, account, deployment)?
            }
        };
        if tag_keys.is_none() {
            self.others = true;
            names.add_tags(connection, account, tenant_key, tags)?;
            tag_keys = names.tag_keys(connection, account, tenant_key, tags)?;
        }
        let tags = tag_keys.filter(|keys| !keys.is_empty()).map(|keys| comma_separated(&keys));
        let [_, tokens @ ..] = event.usage.counts();
        let admitted = "the wire admits far smaller counts";
        let row = EventRow {
            event_key: self.last_event_key + 1,
            account_key: account.0,
            is_test: side.is_test,
            event_id,
            tenant_key,
            deployment_key,
            received_at_ms: event.received_at_ms,
            occurred_at_ms: event.occurred_at_ms,
            tokens: tokens.map(|count| i64::try_from(count).expect(admitted)),
            tags: tags.as_deref(),
            reverses: None,
            calls: event.calls,
            media: event.usage.media.counts().map(|count| i64::try_from(count).expect(admitted)),
        };
        let by_hour = self.state.rules.is_by_hour(&row);
        self.add(&row, hash)?;
        if let Some(sighting) = &event.sighting {
            self.note_sighting(*side, sighting, event.received_at_ms)?;
        }
        Ok(Appended::New { by_hour })
    }

    /// Adds a row behind all others.
    pub(in crate::store) fn add(&mut self, row: &EventRow<'_>, hash: u64) -> sql::Result<()> {
        self.line.clear();
        row.write_line(&mut self.line);
        let crc32 = crc32(&self.line);
        match (&mut self.state.events, &mut self.insert) {
            (EventLookup::Sqlite(ids), Some(insert)) => {
                insert.add(row, crc32)?;
                ids.note(hash, row.event_key);
            }
            (EventLookup::Postgres(arriving), _) => arriving.add(row, crc32),
            (EventLookup::Sqlite(_), None) => unreachable!("a group on a file has its statement"),
        }
        self.link.add(row.account_key, &self.line);
        self.state.sums.add(row, &self.state.rules);
        self.last_event_key = row.event_key;
        Ok(())
    }

    /// Key of the event of that id.
    pub(in crate::store) fn find(
        &self,
        side: Side,
        event_id: &str,
        hash: u64,
        in_runs: Option<bool>,
    ) -> sql::Result<Option<i64>> {
        let (ids, file) = match (&self.state.events, self.connection) {
            (EventLookup::Sqlite(ids), Connection::Sqlite(file)) => (ids, file),
            (EventLookup::Postgres(arriving), _) => return Ok(arriving.find(side, event_id)),
            (EventLookup::Sqlite(_), Connection::Postgres(_)) => unreachable!("a book is of its ledger"),
        };
        let event_id = StoredId::from(event_id);
        for event_key in ids.candidates(file, hash, in_runs)? {
            let is_it =
                self.read(side.account, event_key, |row| Ok(row.side() == side && row.event_id == event_id));
            if is_it.optional()? == Some(true) {
                return Ok(Some(event_key));
            }
        }
        Ok(None)
    }

    /// What `read` makes of an event of the account.
    fn read<T>(
        &self,
        account: AccountKey,
        event_key: i64,
        read: impl FnOnce(&EventRow<'_>) -> sql::Result<T>,
    ) -> sql::Result<T> {
        if let EventLookup::Postgres(arriving) = &self.state.events
            && let Some(row) = arriving.row(event_key)
        {
            return read(&row);
        }
        let mut statement = self.connection.prepare_cached(&EVENT_OF_KEY)?;
        statement.query_row([account.0, event_key], |row| read(&EventRow::read(row)?.0))
    }

    /// An event of the ledger, if it says the same. A time that was not given matches a time that was not given.
    fn the_same(&mut self, event_key: i64, event: &Event) -> sql::Result<Option<KeptEvent>> {
        let (connection, account) = (self.connection, event.side.account);
        let names = &mut self.state.names;
        let tenant_key = names.tenant(connection, event.side, &event.tenant_id)?;
        let Some(tenant_key) = tenant_key else { return Ok(None) };
        let tag_keys = names.tag_keys(connection, account, tenant_key, &event.tags)?;
        let Some(tag_keys) = tag_keys else { return Ok(None) };
        let [_, tokens @ ..] = event.usage.counts();
        let (deployment_key, at_ms, by_hour, same) = self.read(account, event_key, |row| {
            let same = row.reverses.is_none()
                && row.tenant_key == tenant_key
                && row.occurred_at_ms == event.occurred_at_ms
                && row.tokens.map(i64::unsigned_abs) == tokens
                && row.calls == event.calls
                && row.media.map(i64::unsigned_abs) == event.usage.media.counts()
                && row.tag_keys().eq(tag_keys);
            Ok((row.deployment_key, row.at_ms(), self.state.rules.is_by_hour(row), same))
        })?;
        let deployment = self.state.names.deployment_of(connection, account, deployment_key)?;
        // A region that was not said is equal to one that was not said, whatever the tenant's was then.
        let asked = &event.deployment;
        let same = same
            && deployment.model == asked.model
            && deployment.provider == asked.provider
            && (event.region_is_default || deployment.region == asked.region);
        let kept = || KeptEvent { deployment: deployment.clone(), at_ms, usage: event.usage, by_hour };
        Ok(same.then(kept))
    }

    pub(in crate::store) fn append_batch(&mut self, batch: &Batch) -> sql::Result<BatchAppended> {
        if let Some(BatchKey { side, batch_id, sha256, received_at_ms }) = &batch.key {
            let values = params![side.account.0, side.is_test, batch_id, sha256, received_at_ms];
            let added = self.connection.prepare_cached(ADD_BATCH)?.execute(values)?;
            let values = params![side.account.0, side.is_test, batch_id, sha256];
            if added == 0 && !self.connection.prepare_cached(SAME_BATCH)?.exists(values)? {
                return Ok(BatchAppended::Conflict);
            }
        }
        let ids = batch.events.iter().map(|event| StoredId::from(event.event_id.as_str()));
        let ids: Vec<StoredId<'_>> = ids.collect();
        let hashes = batch.events.iter().zip(&ids).map(|(event, id)| self.hash(event.side, *id));
        let hashes: Vec<u64> = hashes.collect();
        let in_runs = match (&self.state.events, self.connection) {
            (EventLookup::Sqlite(ids), Connection::Sqlite(file))
                if !batch.events.iter().all(|event| event.id_is_new) =>
            {
                ids.in_runs(file, &hashes)?
            }
            _ => vec![false; hashes.len()],
        };
        let events = batch.events.iter().zip(ids).zip(hashes.into_iter().zip(in_runs));
        let outcomes =
            events.map(|((event, id), (hash, in_runs))| self.append_hashed(event, id, hash, Some(in_runs)));
        Ok(BatchAppended::Kept(outcomes.collect::<Result<_, _>>()?))
    }
}

fn comma_separated(keys: &[i64]) -> String {
    keys.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
}
