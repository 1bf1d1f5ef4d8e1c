//! Rows that are not in the chain themselves, compared with what is: names and settings, the bytes of reports and logos.

use crate::{
    base::digest::{Sha, hex},
    store::{
        book::{
            names::commitment,
            row_digest::{CHANGING, ChangingTable},
        },
        check::{NotSound, fault},
        sql::{Connection, NONE, OptionalExtension, params},
    },
};
use carbon_report::{evidence::ClosingSeal, pack::closing_seal};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// All of them.
pub(super) fn rows_fit(book: &Connection) -> Result<(), NotSound> {
    names_fit(book)?;
    CHANGING.iter().try_for_each(|table| changing_rows_fit(book, table))?;
    erased_rows_fit(book)?;
    bytes_fit(book)
}

// Of an erased tenant nothing is left to be held against its commitment.
const TENANTS: &str = "
    select tenant_key, salt, tenant_id, '', commitment from tenant where erased_at_ms is null order by tenant_key";
const TAGS: &str = "
    select tag_key, salt, tag.name, value, tag.commitment
      from tag join tenant using (account_key, tenant_key)
     where erased_at_ms is null
     order by tag_key";

/// Names of tenants and tags, compared with their commitments.
fn names_fit(book: &Connection) -> Result<(), NotSound> {
    for (table, between, sql) in [("tenant", "", TENANTS), ("tag", "\t", TAGS)] {
        let mut statement = book.prepare_scan(sql)?;
        let mut rows = statement.query(NONE)?;
        while let Some(row) = rows.next()? {
            let (key, salt): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
            let [first, second]: [Option<String>; 2] = [row.get(2)?, row.get(3)?];
            let named =
                first.zip(second).map(|(first, second)| commitment(&salt, &[&first, between, &second]));
            if named != Some(row.get::<Sha>(4)?) {
                return Err(fault(format_args!("{table} {key} is not named as it was")));
            }
        }
    }
    Ok(())
}

const NEWEST: &str = "
    select account_key, subject_key, sha256 from row_digest where subject = ?1 order by row_digest_key";

/// Rows that may change, compared with their newest digests.
fn changing_rows_fit(book: &Connection, table: &ChangingTable) -> Result<(), NotSound> {
    let mut newest: BTreeMap<(i64, i64), Sha> = BTreeMap::new();
    let mut statement = book.prepare_scan(NEWEST)?;
    let mut rows = statement.query([table.name])?;
    while let Some(row) = rows.next()? {
        newest.insert((row.get(0)?, row.get(1)?), row.get(2)?);
    }
    drop(rows);
    let name = table.name;
    let select = table.select();
    let mut statement = book.prepare_scan(&select)?;
    let mut rows = statement.query(NONE)?;
    while let Some(row) = rows.next()? {
        let key: (i64, i64) = (row.get(0)?, row.get(1)?);
        let is_as_written = match newest.remove(&key) {
            Some(noted) => noted == table.digest(&row)?,
            None => table.is_empty(&row)?,
        };
        if !is_as_written {
            return Err(fault(format_args!("{name} {} is not as it was last written", key.1)));
        }
    }
    match newest.keys().next() {
        Some((_, key)) => Err(fault(format_args!("{name} {key} is missing"))),
        None => Ok(()),
    }
}

/// What must not be, each with the number or id of the first row that is so all the same.
const MUST_NOT_BE: [(&str, &str); 3] = [
    (
        "a name of an erased client is there: tag",
        "select cast(tag_key as text) from tag join tenant using (account_key, tenant_key)
          where erased_at_ms is not null and tag.name is not null order by tag_key limit 1",
    ),
    (
        "bytes of an erased client are there: report",
        "select report_id from report join tenant using (account_key, tenant_key)
          where erased_at_ms is not null and pdf is not null order by report_key limit 1",
    ),
    (
        "the bytes are gone, and the client was not erased: report",
        "select report_id from report join tenant using (account_key, tenant_key)
          where erased_at_ms is null and pdf is null order by report_key limit 1",
    ),
];

fn erased_rows_fit(book: &Connection) -> Result<(), NotSound> {
    for (what, sql) in MUST_NOT_BE {
        let found = book.query_row(sql, NONE, |row| row.get::<String>(0)).optional()?;
        if let Some(row) = found {
            return Err(fault(format_args!("{what} {row}")));
        }
    }
    Ok(())
}

/// Each with its digest, and whether it is a final report.
const BYTES: [(&str, &str, &str); 2] = [
    (
        "report",
        "is not as it was issued",
        "select report_id, pdf_sha256, pdf, status = 'final'
           from report where pdf is not null order by report_key",
    ),
    (
        "logo",
        "is not as it was sent",
        "select cast(logo_key as text), sha256, png, false from logo order by logo_key",
    ),
];

/// The bytes of issued reports and of logos, compared with the digests in the seals; and the seals that final reports name, with
/// the chain.
fn bytes_fit(book: &Connection) -> Result<(), NotSound> {
    for (table, how, sql) in BYTES {
        let mut statement = book.prepare_scan(sql)?;
        let mut rows = statement.query(NONE)?;
        while let Some(row) = rows.next()? {
            let (id, stated): (String, String) = (row.get(0)?, row.get(1)?);
            let value = row.get_ref(2)?;
            let bytes = value.as_blob()?;
            if hex(&Sha256::digest(bytes)) != stated {
                return Err(fault(format_args!("{table} {id} {how}")));
            }
            if row.get(3)? {
                closing_seal_fits(book, &id, bytes)?;
            }
        }
    }
    Ok(())
}

const SEAL: &str = "select sha256 from seal where seal_key = ?1";

/// The seal that a final report names is in the chain: its client holds it, so it cannot be rebuilt with the chain.
fn closing_seal_fits(book: &Connection, report_id: &str, pdf: &[u8]) -> Result<(), NotSound> {
    let Some(ClosingSeal { number, sha256 }) = closing_seal(pdf) else { return Ok(()) };
    let found = book.prepare_cached(SEAL)?.query_row(params![number], |row| row.get::<Sha>(0)).optional()?;
    if found.is_none_or(|found| hex(&found) != sha256) {
        return Err(fault(format_args!("seal {number} is not the one that report {report_id} names")));
    }
    Ok(())
}
