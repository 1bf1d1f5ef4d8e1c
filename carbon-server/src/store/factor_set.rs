//! Sets of factors that the operator has added to those that ship with the program.

use crate::store::{
    book::names::SentDeployment,
    database::Database,
    error::StoreError,
    key::BookNumber,
    ledger::Store,
    source::{self, LedgerLocation},
    sql::{self, Connection, NONE, OptionalExtension, Row, params},
};
use std::collections::{BTreeMap, BTreeSet};

/// A set as it was added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AddedFactorSet {
    pub(crate) version: String,
    /// Of its tables, as results state it.
    pub(crate) sha256: String,
    /// A zip of its tables.
    pub(crate) archive: Vec<u8>,
    pub(crate) signed: Option<SetSignature>,
    pub(crate) added_at_ms: i64,
}

/// Who vouches for an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SetSignature {
    /// Over the archive: ECDSA with SHA-256, DER.
    pub(crate) signature: Vec<u8>,
    /// Of the key: X.509, PEM.
    pub(crate) certificate: String,
}

/// What became of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FactorSetAdded {
    /// It is there now.
    New,
    /// The same was there before: as it was added then.
    Already(Box<AddedFactorSet>),
    /// Another has its version, with this digest; nothing was added.
    Other { sha256: String },
}

/// What rests on a set, by its version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FactorSetUse {
    /// Months that were closed under it.
    pub(crate) closed_months: BTreeMap<String, u64>,
    /// Restatements that value a month by it.
    pub(crate) restatements: BTreeMap<String, u64>,
}

const BEHIND: &str = "
    select factor_set_key, version, sha256, archive, signature, certificate, added_at_ms
      from factor_set where factor_set_key > ?1 order by factor_set_key";

const OF_VERSION: &str = "
    select factor_set_key, version, sha256, archive, signature, certificate, added_at_ms
      from factor_set where version = ?1";

const ADD: &str = "
    insert into factor_set (factor_set_key, version, sha256, archive, signature, certificate, added_at_ms)
    select coalesce(max(factor_set_key), ?7) + 1, ?1, ?2, ?3, ?4, ?5, ?6 from factor_set";

const CLOSED_UNDER: &str = "select factor_set, count(*) from closed_month group by factor_set";
const RESTATED_UNDER: &str = "select factor_set, count(*) from restatement group by factor_set";

const SENT: &str = "select distinct model, provider, region from deployment";

impl Store {
    /// The sets that were added behind the one of that key, and the highest key.
    pub(crate) async fn factor_sets_behind(
        &self,
        factor_set_key: i64,
    ) -> Result<(i64, Vec<AddedFactorSet>), StoreError> {
        self.books.first().read(move |connection| factor_sets_behind(connection, factor_set_key)).await
    }
}

/// The sets that were added behind the one of that key, and the highest key.
pub(in crate::store) fn factor_sets_behind(
    connection: &Connection,
    factor_set_key: i64,
) -> sql::Result<(i64, Vec<AddedFactorSet>)> {
    let mut last = factor_set_key;
    let mut statement = connection.prepare_cached(BEHIND)?;
    let mut rows = statement.query([factor_set_key])?;
    let mut sets = Vec::new();
    while let Some(row) = rows.next()? {
        last = row.get(0)?;
        sets.push(added(&row)?);
    }
    Ok((last, sets))
}

fn added(row: &Row<'_>) -> sql::Result<AddedFactorSet> {
    let (signature, certificate): (Option<Vec<u8>>, Option<String>) = (row.get(4)?, row.get(5)?);
    Ok(AddedFactorSet {
        version: row.get(1)?,
        sha256: row.get(2)?,
        archive: row.get(3)?,
        signed: signature
            .zip(certificate)
            .map(|(signature, certificate)| SetSignature { signature, certificate }),
        added_at_ms: row.get(6)?,
    })
}

/// Adds a set to a ledger, while servers have it open or without one.
pub(crate) fn add_factor_set_to(
    database: &Database,
    new: &AddedFactorSet,
) -> Result<FactorSetAdded, StoreError> {
    source::write_beside(
        database,
        None,
        |_, _| Ok(BookNumber::FIRST),
        |connection| {
            // Servers follow the keys: the next one is given when the one before can be read.
            if let Connection::Postgres(server) = connection {
                server.execute_batch("lock table factor_set in share row exclusive mode")?;
            }
            let there = connection.prepare_cached(OF_VERSION)?.query_row([&new.version], added).optional()?;
            Ok(match there {
                Some(there) if there.sha256 == new.sha256 => FactorSetAdded::Already(Box::new(there)),
                Some(there) => FactorSetAdded::Other { sha256: there.sha256 },
                None => {
                    let AddedFactorSet { version, sha256, archive, signed, added_at_ms } = new;
                    let signature = signed.as_ref().map(|signed| &signed.signature);
                    let certificate = signed.as_ref().map(|signed| &signed.certificate);
                    let values = params![
                        version,
                        sha256,
                        archive,
                        signature,
                        certificate,
                        added_at_ms,
                        connection.book().base(),
                    ];
                    connection.change_one(ADD, values)?;
                    FactorSetAdded::New
                }
            })
        },
    )
}

/// The sets that were added to a ledger, while servers have it open or without one.
pub(crate) fn factor_sets_of(database: &Database) -> Result<Vec<AddedFactorSet>, StoreError> {
    let connection = LedgerLocation::of_command(database).open_current()?;
    Ok(factor_sets_behind(&connection, 0)?.1)
}

/// What rests on each set, own entries aside: `2026.12+3` rests on `2026.12`.
pub(crate) fn factor_set_use(database: &Database) -> Result<FactorSetUse, StoreError> {
    let location = LedgerLocation::of_command(database);
    drop(location.open_current()?);
    let mut found = FactorSetUse::default();
    for book in location.books()? {
        let book = book.open_reader()?;
        count(&book, CLOSED_UNDER, &mut found.closed_months)?;
        count(&book, RESTATED_UNDER, &mut found.restatements)?;
    }
    Ok(found)
}

fn count(book: &Connection, select: &str, found: &mut BTreeMap<String, u64>) -> sql::Result<()> {
    let mut statement = book.prepare_cached(select)?;
    let mut rows = statement.query(NONE)?;
    while let Some(row) = rows.next()? {
        let (version, count): (String, u64) = (row.get(0)?, row.get(1)?);
        let listed = version.split('+').next().unwrap_or_default();
        *found.entry(listed.to_owned()).or_default() += count;
    }
    Ok(())
}

/// Every name that calls were sent with, of all accounts, once.
pub(crate) fn sent_deployments(database: &Database) -> Result<Vec<SentDeployment>, StoreError> {
    let location = LedgerLocation::of_command(database);
    drop(location.open_current()?);
    let mut all = BTreeSet::<[String; 3]>::new();
    for book in location.books()? {
        let book = book.open_reader()?;
        let mut statement = book.prepare_cached(SENT)?;
        let sent = statement.query_map(NONE, |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))?;
        for row in sent {
            all.insert(row?);
        }
    }
    let sent = |[model, provider, region]: [String; 3]| SentDeployment { model, provider, region };
    Ok(all.into_iter().map(sent).collect())
}
