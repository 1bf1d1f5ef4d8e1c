//! What clouds report of an account's services, from their exports. A file is imported once; a later file of the same month is
//! another version, of which the newest counts.

use crate::{
    base::digest::Sha,
    store::{
        error::StoreError,
        key::AccountKey,
        ledger::Store,
        month::activity_of_account,
        sql::{self, Connection, Row, params},
    },
};
use carbon_report::{Activity, Month};
use rust_decimal::Decimal;

/// A row of a cloud's export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SupplierRow {
    /// `aws`, `azure` or `google`.
    pub(crate) provider: String,
    /// The cloud's name of the account; empty where it does not say.
    pub(crate) account_ref: String,
    pub(crate) service: String,
    pub(crate) region: String,
    pub(crate) month: String,
    pub(crate) kg_location: Option<Decimal>,
    pub(crate) kg_market: Option<Decimal>,
    pub(crate) method_version: String,
}

/// A file of them.
#[derive(Clone, Debug)]
pub(crate) struct NewSupplierReport {
    pub(crate) rows: Vec<SupplierRow>,
    /// Of the file.
    pub(crate) sha256: Sha,
    /// Terms under which the data are used.
    pub(crate) licence: String,
    pub(crate) imported_by: String,
    pub(crate) imported_at_ms: i64,
}

/// A row that counts, and the file that it is from.
#[derive(Clone, Debug)]
pub(crate) struct StoredSupplierRow {
    pub(crate) row: SupplierRow,
    pub(crate) licence: String,
    pub(crate) file_sha256: Sha,
}

const IS_KNOWN: &str =
    "select exists (select 1 from supplier_report where account_key = ?1 and file_sha256 = ?2)";

const ADD: &str = "
    insert into supplier_report (supplier_report_key, account_key, provider, account_ref, service, region, month,
                                 kg_location, kg_market, method_version, licence, file_sha256, imported_by,
                                 imported_at_ms)
    select coalesce(max(supplier_report_key), ?14) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13 from
           supplier_report";

// Those of the newest file of each provider's account.
const OF_MONTH: &str = "
    select provider, account_ref, service, region, month, kg_location, kg_market, method_version, licence, file_sha256
      from supplier_report as part
     where account_key = ?1 and month = ?2
       and file_sha256 = (select newest.file_sha256 from supplier_report as newest
                           where newest.account_key = part.account_key and newest.month = part.month
                             and newest.provider = part.provider and newest.account_ref = part.account_ref
                           order by newest.supplier_report_key desc limit 1)
     order by provider, account_ref, service, region, supplier_report_key";

impl Store {
    /// Adds the rows of a file: how many; `None` where the file was imported before.
    pub(crate) async fn add_supplier_report(
        &self,
        account: AccountKey,
        new: NewSupplierReport,
    ) -> Result<Option<usize>, StoreError> {
        let write = move |connection: &Connection| {
            let values = params![account.0, new.sha256];
            let is_known: bool = connection.prepare_cached(IS_KNOWN)?.query_row(values, |row| row.get(0))?;
            if is_known {
                return Ok(None);
            }
            for row in &new.rows {
                let text = |kg: Option<Decimal>| kg.map(|kg| kg.normalize().to_string());
                let values = params![
                    account.0,
                    row.provider,
                    row.account_ref,
                    row.service,
                    row.region,
                    row.month,
                    text(row.kg_location),
                    text(row.kg_market),
                    row.method_version,
                    new.licence,
                    new.sha256,
                    new.imported_by,
                    new.imported_at_ms,
                    connection.book().base(),
                ];
                connection.change_one_later(ADD, values)?;
            }
            connection.run_queued()?;
            Ok(Some(new.rows.len()))
        };
        self.books.of(account).write(write).await
    }

    /// What clouds report for a month, and the live activity of all tenants in it, late events included.
    pub(crate) async fn supplier_report_of_month(
        &self,
        account: AccountKey,
        month: Month,
    ) -> Result<(Vec<StoredSupplierRow>, Vec<Activity>), StoreError> {
        self.books.of(account).fold().await?;
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(OF_MONTH)?;
            let rows = statement.query_map(params![account.0, month.to_string()], stored_row_in)?;
            Ok((rows.collect::<sql::Result<_>>()?, activity_of_account(connection, account, month)?))
        };
        self.books.of(account).read(read).await
    }
}

fn stored_row_in(row: &Row<'_>) -> sql::Result<StoredSupplierRow> {
    let kg = |column: usize| {
        let text: Option<String> = row.get(column)?;
        text.map(|text| text.parse::<Decimal>().map_err(sql::Error::unreadable)).transpose()
    };
    Ok(StoredSupplierRow {
        row: SupplierRow {
            provider: row.get(0)?,
            account_ref: row.get(1)?,
            service: row.get(2)?,
            region: row.get(3)?,
            month: row.get(4)?,
            kg_location: kg(5)?,
            kg_market: kg(6)?,
            method_version: row.get(7)?,
        },
        licence: row.get(8)?,
        file_sha256: row.get(9)?,
    })
}
