//! Calls that spans have shown: a second span of the same call, whenever and at whichever server it arrives, is not
//! counted again.

use crate::store::{
    book::Transaction,
    key::{AccountKey, Side},
    sql::{self, Connection, OptionalExtension, PostgresConnection, params},
};
use std::collections::HashMap;

/// What tells whether two spans show one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sighting {
    /// If one of these was shown, the call is counted.
    pub(crate) seen_as: Vec<u64>,
    pub(crate) twin: Twin,
    /// What an event of this call shows.
    pub(crate) shows: Vec<u64>,
}

/// A span of another scope with the same digest, one of the two lasting while the other lasts, is of the same call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Twin {
    pub(crate) digest: u64,
    pub(crate) scope: u64,
    /// Digest of the tenant that the span itself names; 0 if it names none.
    pub(crate) tenant: u64,
    pub(crate) started_us: i64,
    pub(crate) ended_us: i64,
}

impl Twin {
    fn is_of_the_same_call(&self, other: &Twin) -> bool {
        let holds = |outer: &Twin, inner: &Twin| {
            outer.started_us <= inner.started_us && outer.ended_us >= inner.ended_us
        };
        let are_two_tenants = self.tenant != other.tenant && self.tenant != 0 && other.tenant != 0;
        self.digest == other.digest
            && self.scope != other.scope
            && !are_two_tenants
            && (holds(self, other) || holds(other, self))
    }
}

/// How long sightings are kept, and how many: spans of one call arrive within minutes of each other.
const KEPT_MS: i64 = 24 * 60 * 60 * 1_000;
const KEPT_MAX: i64 = 1_000_000;

const SEEK: &str = "
    select scope, tenant, started_us, ended_us from sighting where account_key = ?1 and is_test = ?2 and digest = ?3";

const SEEK_ALL: &str = "
    select asked.account_key, asked.is_test, asked.digest, scope, tenant, started_us, ended_us
      from unnest(?1::bigint[], ?2::boolean[], ?3::bigint[]) as asked (account_key, is_test, digest)
      cross join lateral (select scope, tenant, started_us, ended_us from sighting
                           where sighting.account_key = asked.account_key and sighting.is_test = asked.is_test
                             and sighting.digest = asked.digest offset 0) as seen";

const ADD: &str = "
    insert into sighting (account_key, is_test, digest, scope, tenant, started_us, ended_us, seen_at_ms)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    on conflict do nothing";

const OVERDUE: &str = "select 1 from sighting where seen_at_ms < ?1 limit 1";
/// The newest that is one too many.
const BOUND: &str = "select seen_at_ms from sighting order by seen_at_ms desc limit 1 offset ?1";
const FORGET: &str = "delete from sighting where seen_at_ms <= ?1";

/// What a transaction knows of sightings, by digest: of those that were asked for, and of those that were made.
#[derive(Default)]
pub(in crate::store) struct SeenCalls(HashMap<(Side, u64), Vec<Twin>>);

impl SeenCalls {
    fn know(&mut self, side: Side, twin: Twin) {
        self.0.entry((side, twin.digest)).or_default().push(twin);
    }

    fn of(&self, side: Side, digest: u64) -> &[Twin] {
        self.0.get(&(side, digest)).map(Vec::as_slice).unwrap_or_default()
    }
}

impl Sighting {
    fn asked(&self) -> impl Iterator<Item = u64> {
        self.seen_as.iter().copied().chain([self.twin.digest])
    }
}

impl Transaction<'_> {
    /// Looks up what events are going to be compared with, all at once.
    pub(in crate::store) fn seek_sightings<'e>(
        &mut self,
        sightings: impl Iterator<Item = (Side, &'e Sighting)>,
    ) -> sql::Result<()> {
        let mut asked: Vec<(Side, u64)> = sightings
            .flat_map(|(side, sighting)| sighting.asked().map(move |digest| (side, digest)))
            .collect();
        asked.sort_unstable_by_key(|(side, digest)| (side.account.0, side.is_test, *digest));
        asked.dedup();
        match self.connection {
            Connection::Sqlite(_) => self.seek_each(&asked),
            Connection::Postgres(server) => self.seek_all(server, &asked),
        }
    }

    fn seek_each(&mut self, asked: &[(Side, u64)]) -> sql::Result<()> {
        if asked.is_empty() {
            return Ok(());
        }
        let mut statement = self.connection.prepare_cached(SEEK)?;
        for (side, digest) in asked.iter().copied() {
            let mut rows = statement.query(params![side.account.0, side.is_test, digest.cast_signed()])?;
            while let Some(row) = rows.next()? {
                let [scope, tenant]: [i64; 2] = [row.get(0)?, row.get(1)?];
                let [scope, tenant] = [scope, tenant].map(i64::cast_unsigned);
                let twin = Twin { digest, scope, tenant, started_us: row.get(2)?, ended_us: row.get(3)? };
                self.sightings.know(side, twin);
            }
        }
        Ok(())
    }

    fn seek_all(&mut self, server: &PostgresConnection, asked: &[(Side, u64)]) -> sql::Result<()> {
        if asked.is_empty() {
            return Ok(());
        }
        let accounts: Vec<i64> = asked.iter().map(|(side, _)| side.account.0).collect();
        let tests: Vec<bool> = asked.iter().map(|(side, _)| side.is_test).collect();
        let digests: Vec<i64> = asked.iter().map(|(_, digest)| digest.cast_signed()).collect();
        for row in server.query_native(SEEK_ALL, &[&accounts, &tests, &digests])? {
            let side = Side { account: AccountKey(row.get(0)), is_test: row.get(1) };
            let [digest, scope, tenant] = [2, 3, 4].map(|column| row.get::<_, i64>(column).cast_unsigned());
            let (started_us, ended_us) = (row.get(5), row.get(6));
            self.sightings.know(side, Twin { digest, scope, tenant, started_us, ended_us });
        }
        Ok(())
    }

    /// Whether another event is of the same call.
    pub(in crate::store) fn was_seen(&self, side: Side, sighting: &Sighting) -> bool {
        let is_shown = sighting.seen_as.iter().any(|digest| !self.sightings.of(side, *digest).is_empty());
        let twins = self.sightings.of(side, sighting.twin.digest);
        is_shown || twins.iter().any(|twin| twin.is_of_the_same_call(&sighting.twin))
    }

    /// Remembers what an event shows.
    pub(in crate::store) fn note_sighting(
        &mut self,
        side: Side,
        sighting: &Sighting,
        seen_at_ms: i64,
    ) -> sql::Result<()> {
        let shown = sighting.shows.iter().map(|digest| Twin { digest: *digest, ..Twin::default() });
        for twin in shown.chain([sighting.twin]) {
            let Twin { digest, scope, tenant, started_us, ended_us } = twin;
            let [digest, scope, tenant] = [digest, scope, tenant].map(u64::cast_signed);
            let (account, is_test) = (side.account.0, side.is_test);
            let values = params![account, is_test, digest, scope, tenant, started_us, ended_us, seen_at_ms];
            self.connection.execute_later(ADD, values)?;
            self.sightings.know(side, twin);
        }
        Ok(())
    }
}

/// Until when sightings are to be forgotten: those that are old, and the oldest of too many.
pub(in crate::store) fn forgettable(connection: &Connection, now_ms: i64) -> sql::Result<Option<i64>> {
    let too_many: Option<i64> = connection.query_row(BOUND, [KEPT_MAX], |row| row.get(0)).optional()?;
    if too_many.is_some() {
        return Ok(too_many);
    }
    let is_overdue = connection.prepare_cached(OVERDUE)?.exists([now_ms - KEPT_MS])?;
    Ok(is_overdue.then_some(now_ms - KEPT_MS))
}

/// Forgets sightings up to a time.
pub(in crate::store) fn forget(connection: &Connection, until_ms: i64) -> sql::Result<()> {
    connection.execute(FORGET, [until_ms]).map(drop)
}
