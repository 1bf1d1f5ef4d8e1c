//! The way from the row that pins a report's month to the seal over it.

use crate::{
    base::digest::{Sha, hex},
    store::{
        book::{
            link::{Leaf, each_leaf},
            sealed::{SEAL_COLUMNS, Seal, SealVersion, kept_events_in, seal_in},
        },
        checkpoint::LoggedSeal,
        error::StoreError,
        key::AccountKey,
        ledger::Store,
        month::{Sealed, covering_seal},
        sql::{self, Connection, OptionalExtension, params},
    },
};
use carbon_report::{merkle::inclusion, pack::ProvenRow};
use std::sync::LazyLock;

/// A row, as it is proved, and the seal over it.
#[derive(Debug)]
pub(crate) struct SealedRow {
    pub(crate) row: ProvenRow,
    pub(crate) seal: LoggedSeal,
    /// The digest of the seal before.
    pub(crate) previous: Sha,
}

// The row that the figures of a final report are pinned by: the restatement's, or the closing's.
const PINNED: &str = "
    select report.tenant_key, closed_month_key, restatement_key
      from report
      join closed_month using (account_key, month)
      left join restatement using (account_key, restatement_id)
     where account_key = ?1 and report.report_id = ?2 and report.status = 'final'";

static SEALS: LazyLock<String> = LazyLock::new(|| {
    format!("select {} from seal where seal_key in (?1 - 1, ?1) order by seal_key", *SEAL_COLUMNS)
});

impl Store {
    /// The row that pins the month of a report, with the way to its seal. `None` where there is none: the report is not final, its
    /// client had nothing in the month, or the seal is of version 1.
    pub(crate) async fn sealed_row(
        &self,
        account: AccountKey,
        report_id: String,
    ) -> Result<Option<SealedRow>, StoreError> {
        self.books.of(account).read(move |connection| sealed_row(connection, account, &report_id)).await
    }
}

fn sealed_row(
    connection: &Connection,
    account: AccountKey,
    report_id: &str,
) -> sql::Result<Option<SealedRow>> {
    let pinned = connection.prepare_cached(PINNED)?.query_row(params![account.0, report_id], |row| {
        Ok((row.get::<i64>(0)?, row.get::<i64>(1)?, row.get::<Option<i64>>(2)?))
    });
    let Some((tenant, closed, restated)) = pinned.optional()? else { return Ok(None) };
    let (table, key, sealed) = match restated {
        Some(key) => ("restated_tenant", key, Sealed::Restatement(key)),
        None => ("closed_tenant", closed, Sealed::ClosedMonth(closed)),
    };
    let (number, _) = covering_seal(connection, sealed)?;
    let mut statement = connection.prepare_cached(&SEALS)?;
    let seals = statement.query_map([number], |row| Ok((seal_in(row)?, kept_events_in(row)?)))?;
    let mut seals: Vec<(Seal, Option<Vec<Sha>>)> = seals.collect::<sql::Result<_>>()?;
    let Some((seal, Some(mut leaves))) = seals.pop() else { return Ok(None) };
    let SealVersion::Two { salt } = seal.version else { return Ok(None) };
    let before = seals.pop().map(|(before, _)| before).unwrap_or_default();
    let mut found = None;
    each_leaf(connection, &salt, &before.marks, &seal.marks, |leaf| {
        if leaf.table == table && leaf.keys == [key, tenant] {
            found = Some((leaves.len(), hex(&leaf.salt), String::from_utf8_lossy(leaf.line).into_owned()));
        }
        leaves.push(Leaf::hash(leaf));
    })?;
    let Some((place, salt, line)) = found else { return Ok(None) };
    let [count, leaf] = [leaves.len(), place].map(|count| count as u64);
    let path = inclusion(count, leaf, &mut |range| match range.end - range.start {
        1 => leaves.get(usize::try_from(range.start).ok()?).copied(),
        _ => None,
    });
    let path = path.ok_or_else(|| sql::Error::unreadable("a leaf of a seal is missing"))?;
    let book = connection.book().number();
    Ok(Some(SealedRow {
        row: ProvenRow { line, salt, path },
        seal: LoggedSeal { book, number, sha256: seal.sha256 },
        previous: before.sha256,
    }))
}
