//! Residual mixes that an account has entered. None is ever edited: a later row of the same zone and year stands for it.

use crate::{
    base::digest::{Sha, hex},
    store::{
        error::StoreError,
        key::AccountKey,
        ledger::Store,
        sql::{self, Connection, Row, params},
    },
};
use carbon_report::ResidualMix;
use rust_decimal::Decimal;

/// A residual mix, and who entered it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredResidualMix {
    pub(crate) mix: ResidualMix,
    pub(crate) entered_by: String,
    pub(crate) entered_at_ms: i64,
}

/// A residual mix to be entered; without grams, what was entered before is removed.
#[derive(Clone, Debug)]
pub(crate) struct NewResidualMix {
    pub(crate) zone: String,
    pub(crate) year: i16,
    /// Grams per kilowatt hour, and the digest of the document that says so.
    pub(crate) stated: Option<(Decimal, Sha)>,
    pub(crate) source: String,
    pub(crate) licence: String,
    pub(crate) entered_by: String,
    pub(crate) entered_at_ms: i64,
}

const ADD: &str = "
    insert into residual_mix (residual_mix_key, account_key, zone, year, g_per_kwh, source, licence, document_sha256,
                              entered_by, entered_at_ms)
    select coalesce(max(residual_mix_key), ?10) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 from residual_mix";

// The newest of each zone and year; ?2 is 0 for every year.
const NEWEST: &str = "
    select zone, year, g_per_kwh, source, licence, document_sha256, entered_by, entered_at_ms
      from residual_mix as mix
     where account_key = ?1 and (year = ?2 or ?2 = 0) and g_per_kwh is not null
       and residual_mix_key = (select max(residual_mix_key) from residual_mix as newest
                                where newest.account_key = mix.account_key and newest.zone = mix.zone and newest.year = mix.year)
     order by zone, year";

impl Store {
    /// The residual mixes of an account that count, by zone and year.
    pub(crate) async fn residual_mixes(
        &self,
        account: AccountKey,
    ) -> Result<Vec<StoredResidualMix>, StoreError> {
        self.books.of(account).read(move |connection| residual_mixes_of(connection, account, None)).await
    }

    /// Enters a residual mix; `false` where there is none to take away. What says the same as the one that counts adds nothing.
    pub(crate) async fn enter_residual_mix(
        &self,
        account: AccountKey,
        new: NewResidualMix,
    ) -> Result<bool, StoreError> {
        let write = move |connection: &Connection| {
            let known = residual_mixes_of(connection, account, Some(new.year))?;
            let known = known.into_iter().find(|known| known.mix.zone == new.zone);
            let (g_per_kwh, document) = match &new.stated {
                Some((g_per_kwh, document)) => (Some(g_per_kwh.to_string()), Some(*document)),
                None => (None, None),
            };
            let is_same = known.as_ref().is_some_and(|StoredResidualMix { mix, .. }| {
                Some(mix.g_per_kwh.to_string()) == g_per_kwh
                    && document.is_some_and(|document| hex(&document) == mix.document_sha256)
                    && (&mix.source, &mix.licence) == (&new.source, &new.licence)
            });
            if is_same || (known.is_none() && new.stated.is_none()) {
                return Ok(is_same);
            }
            let values = params![
                account.0,
                new.zone,
                i64::from(new.year),
                g_per_kwh,
                new.source,
                new.licence,
                document,
                new.entered_by,
                new.entered_at_ms,
                connection.book().base(),
            ];
            connection.change_one(ADD, values)?;
            Ok(true)
        };
        self.books.of(account).write(write).await
    }
}

/// Those that count, of a year or of all.
pub(in crate::store) fn residual_mixes_of(
    connection: &Connection,
    account: AccountKey,
    year: Option<i16>,
) -> sql::Result<Vec<StoredResidualMix>> {
    let mut statement = connection.prepare_cached(NEWEST)?;
    let rows = statement.query_map([account.0, year.map_or(0, i64::from)], residual_mix_in)?;
    rows.collect()
}

fn residual_mix_in(row: &Row<'_>) -> sql::Result<StoredResidualMix> {
    let document: Sha = row.get(5)?;
    let (year, g_per_kwh): (i64, String) = (row.get(1)?, row.get(2)?);
    Ok(StoredResidualMix {
        mix: ResidualMix {
            zone: row.get(0)?,
            year: i16::try_from(year).map_err(sql::Error::unreadable)?,
            g_per_kwh: g_per_kwh.parse().map_err(sql::Error::unreadable)?,
            source: row.get(3)?,
            licence: row.get(4)?,
            document_sha256: hex(&document),
        },
        entered_by: row.get(6)?,
        entered_at_ms: row.get(7)?,
    })
}
