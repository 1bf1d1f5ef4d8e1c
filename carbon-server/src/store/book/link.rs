//! What one seal adds to the chain: the digest of the rows of a commit.
//!
//! In version 2 it is a Merkle tree (RFC 9162). The events of each account are a leaf, and so is each other row, and last how far
//! the seal goes. So a proof that a row is in the chain shows hashes of all others, and none of their lines; each leaf begins with
//! a salt of its own, so that nobody finds what was hashed by trying.

use crate::{
    base::digest::Sha,
    store::{
        book::{
            journal::write_value,
            sealed::{Marks, Salt, SealVersion, SealedTable, TABLES, Whose},
        },
        sql::{self, Connection, Row},
    },
};
use carbon_report::merkle::{LeafHash, MerkleTree};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The digest of the rows that one seal adds to the chain, as it grows.
pub(in crate::store) struct Link {
    previous: Sha,
    version: SealVersion,
    events: LinkedEvents,
}

/// What was hashed of events.
enum LinkedEvents {
    /// Behind the digest of the seal before.
    Lines(Sha256),
    /// Those of each account.
    Leaves { salt: Salt, accounts: BTreeMap<i64, LeafHash> },
}

/// A link, as it is finished.
pub(in crate::store) struct Linked {
    pub(in crate::store) sha256: Sha,
    pub(in crate::store) version: SealVersion,
    /// The hashes of the accounts' events, by account; in version 1 there are none.
    pub(in crate::store) events: Vec<Sha>,
}

impl Linked {
    /// The hashes that are kept with the seal: where it closed or restated a month, so that this can be proved once the events
    /// are there no more.
    pub(in crate::store) fn kept_events(&self, from: &Marks, to: &Marks) -> Option<&[Sha]> {
        let is_closing = ["closed_month", "restatement"].iter().any(|name| from.of(name) != to.of(name));
        (is_closing && self.version != SealVersion::One).then_some(self.events.as_slice())
    }
}

impl Link {
    /// A new one behind `previous`; 32 zero bytes before the first.
    pub(in crate::store) fn after(previous: &Sha) -> sql::Result<Self> {
        let mut salt = Salt::default();
        getrandom::fill(&mut salt).map_err(sql::Error::unreadable)?;
        Ok(Self::of(previous, SealVersion::Two { salt }))
    }

    /// One as it was made.
    pub(in crate::store) fn of(previous: &Sha, version: SealVersion) -> Self {
        let events = match version {
            SealVersion::One => LinkedEvents::Lines(Sha256::new_with_prefix(previous)),
            SealVersion::Two { salt } => LinkedEvents::Leaves { salt, accounts: BTreeMap::new() },
        };
        Link { previous: *previous, version, events }
    }

    /// Adds the line of an event.
    pub(in crate::store) fn add(&mut self, account_key: i64, line: &[u8]) {
        match &mut self.events {
            LinkedEvents::Lines(lines) => lines.update(line),
            LinkedEvents::Leaves { salt, accounts } => {
                let new = || LeafHash::new(&leaf_salt(salt, "event", &[account_key]));
                accounts.entry(account_key).or_insert_with(new).add(line);
            }
        }
    }

    /// Adds the rows of the other tables past `from`, up to `to`, and how far that is; its digest.
    pub(in crate::store) fn finish(
        self,
        connection: &Connection,
        from: &Marks,
        to: &Marks,
    ) -> sql::Result<Linked> {
        let Link { previous, version, events } = self;
        match events {
            LinkedEvents::Lines(mut lines) => {
                each_row(connection, from, to, |table, line, row| {
                    if let Some(parts) = table.parts() {
                        line.push(b'\t');
                        write_parts(line, connection, &parts, row.get(0)?)?;
                    }
                    line.push(b'\n');
                    lines.update(line);
                    Ok(())
                })?;
                let mut line = b"seal".to_vec();
                to.write(&mut line);
                Ok(Linked {
                    sha256: lines.chain_update(&line).finalize().into(),
                    version,
                    events: Vec::new(),
                })
            }
            LinkedEvents::Leaves { salt, accounts } => {
                let events: Vec<Sha> = accounts.into_values().map(LeafHash::finish).collect();
                let mut tree = MerkleTree::default();
                events.iter().for_each(|leaf| tree.push_hash(*leaf));
                each_leaf(connection, &salt, from, to, |leaf| tree.push_hash(leaf.hash()))?;
                let sha256 = Sha256::new_with_prefix(previous).chain_update(tree.root()).finalize().into();
                Ok(Linked { sha256, version, events })
            }
        }
    }
}

/// A leaf of a seal besides those of events: a row, or a part of one.
pub(in crate::store) struct Leaf<'l> {
    /// The table of it.
    pub(in crate::store) table: &'l str,
    /// The number of the row, and the tenant's where it is a part of one.
    pub(in crate::store) keys: &'l [i64],
    pub(in crate::store) salt: Sha,
    pub(in crate::store) line: &'l [u8],
}

impl Leaf<'_> {
    /// Its hash.
    pub(in crate::store) fn hash(&self) -> Sha {
        let mut hash = LeafHash::new(&self.salt);
        hash.add(self.line);
        hash.finish()
    }
}

/// Hands the leaves behind those of the events to `each`, in their order.
pub(in crate::store) fn each_leaf(
    connection: &Connection,
    salt: &Salt,
    from: &Marks,
    to: &Marks,
    mut each: impl FnMut(&Leaf<'_>),
) -> sql::Result<()> {
    let mut of = |table: &str, keys: &[i64], line: &[u8]| {
        each(&Leaf { table, keys, salt: leaf_salt(salt, table, keys), line });
    };
    each_row(connection, from, to, |table, line, row| {
        let key = row.get(0)?;
        line.push(b'\n');
        of(table.name, &[key], line);
        let (Some(parts), Some(select)) = (&table.parts, table.part_lines()) else { return Ok(()) };
        let mut statement = connection.prepare_cached(&select)?;
        let mut rows = statement.query([key])?;
        while let Some(row) = rows.next()? {
            line.clear();
            line.extend_from_slice(parts.table.as_bytes());
            write_columns(line, &row, 1)?;
            line.push(b'\n');
            of(parts.table, &[key, row.get(0)?], line);
        }
        Ok(())
    })?;
    let mut line = b"seal\t2".to_vec();
    to.write(&mut line);
    of("seal", &[], &line);
    Ok(())
}

/// What a leaf begins with: follows from the salt of its seal, and tells nothing of it or of another leaf.
fn leaf_salt(salt: &Salt, table: &str, keys: &[i64]) -> Sha {
    let sha256 = Sha256::new_with_prefix(salt).chain_update(table);
    let sha256 = keys.iter().fold(sha256, |sha256, key| sha256.chain_update(key.to_be_bytes()));
    sha256.finalize().into()
}

/// Hands the rows of the tables past `from`, up to `to`, to `each`: the line without its end, and the row.
fn each_row(
    connection: &Connection,
    from: &Marks,
    to: &Marks,
    mut each: impl FnMut(&SealedTable, &mut Vec<u8>, &Row<'_>) -> sql::Result<()>,
) -> sql::Result<()> {
    let mut line = Vec::new();
    for (place, table) in TABLES.iter().enumerate() {
        if from.others[place] == to.others[place] {
            continue;
        }
        let lines = table.lines();
        let mut statement = connection.prepare_cached(&lines)?;
        let first = match table.whose {
            Whose::Numbered => connection.book().base(),
            Whose::Book | Whose::FirstBook => 0,
        };
        let mut rows = statement.query([from.others[place].max(first), to.others[place]])?;
        while let Some(row) = rows.next()? {
            line.clear();
            line.extend_from_slice(table.name.as_bytes());
            write_columns(&mut line, &row, 0)?;
            each(table, &mut line, &row)?;
        }
    }
    Ok(())
}

fn write_columns(line: &mut Vec<u8>, row: &Row<'_>, from: usize) -> sql::Result<()> {
    for column in from..row.columns() {
        line.push(b'\t');
        write_value(line, row.get_ref(column)?);
    }
    Ok(())
}

fn write_parts(line: &mut Vec<u8>, connection: &Connection, parts: &str, key: i64) -> sql::Result<()> {
    let mut statement = connection.prepare_cached(parts)?;
    let mut rows = statement.query([key])?;
    let mut is_first = true;
    while let Some(row) = rows.next()? {
        for column in 0..row.columns() {
            if !std::mem::take(&mut is_first) {
                line.push(b' ');
            }
            write_value(line, row.get_ref(column)?);
        }
    }
    Ok(())
}
