//! Rows that may change, and that reports, forms or invoices rest on: each time one is written, its digest is noted, and
//! sealed. The newest digest must be that of the row as it is.

use crate::{
    base::digest::Sha,
    store::{
        book::journal::write_value,
        key::{AccountKey, TenantKey},
        sql::{self, Connection, OptionalExtension, Row, ValueRef, params},
    },
};
use sha2::{Digest, Sha256};

/// A table of such rows.
pub(in crate::store) struct ChangingTable {
    /// Its name.
    pub(in crate::store) name: &'static str,
    /// What is hashed of its rows, behind the account and the row's number.
    columns: &'static str,
    /// The column that numbers its rows.
    key: &'static str,
    /// What is hashed too, so that nothing can be guessed from the digest; `null` where there is nothing to hide.
    salt: &'static str,
    /// Whether a row whose columns are all null was never changed, and has no digest.
    pub(in crate::store) starts_empty: bool,
}

/// A client's settings, and whether it was erased. Its salt is hashed too: what was said of a client that is erased cannot be
/// guessed from the digest.
pub(in crate::store) const TENANT: ChangingTable = ChangingTable {
    name: "tenant",
    columns: "name, legal_name, language, lei, standard, region, carbon_budget_grams, targets, erased_at_ms",
    key: "tenant_key",
    salt: "salt",
    starts_empty: true,
};

/// How an account's reports look, and its identifiers.
pub(in crate::store) const BRANDING: ChangingTable = ChangingTable {
    name: "branding",
    columns: "accent, logo_sha256, up_to_1000_employees, lei, domain, contact_name, contact_address",
    key: "account_key",
    salt: "null",
    starts_empty: false,
};

/// All of them.
pub(in crate::store) const CHANGING: [ChangingTable; 2] = [TENANT, BRANDING];

const NEWEST: &str = "
    select sha256 from row_digest where account_key = ?1 and subject = ?2 and subject_key = ?3
     order by row_digest_key desc limit 1";

const ADD: &str = "
    insert into row_digest (row_digest_key, account_key, subject, subject_key, sha256)
    select coalesce(max(row_digest_key), ?5) + 1, ?1, ?2, ?3, ?4 from row_digest";

impl ChangingTable {
    /// Its rows as [`Self::digest`] hashes them.
    pub(in crate::store) fn select(&self) -> String {
        let ChangingTable { name, columns, key, salt, .. } = self;
        format!("select account_key, {key}, {salt}, {columns} from {name}")
    }

    /// The digest of a row.
    pub(in crate::store) fn digest(&self, row: &Row<'_>) -> sql::Result<Sha> {
        let mut line = self.name.as_bytes().to_vec();
        for column in 0..row.columns() {
            let value = row.get_ref(column)?;
            // A null is told from an empty text.
            line.push(if value == ValueRef::Null { b'\0' } else { b'\t' });
            write_value(&mut line, value);
        }
        Ok(Sha256::digest(&line).into())
    }

    /// Whether nothing was ever said in a row.
    pub(in crate::store) fn is_empty(&self, row: &Row<'_>) -> sql::Result<bool> {
        for column in 3..row.columns() {
            if row.get_ref(column)? != ValueRef::Null {
                return Ok(false);
            }
        }
        Ok(self.starts_empty)
    }

    fn note(&self, connection: &Connection, account: AccountKey, key: i64) -> sql::Result<()> {
        let select = format!("{} where account_key = ?1 and {} = ?2", self.select(), self.key);
        let digest = connection.query_row(&select, [account.0, key], |row| self.digest(row))?;
        let of_row = params![account.0, self.name, key];
        let newest = connection.prepare_cached(NEWEST)?.query_row(of_row, |row| row.get::<Sha>(0));
        if newest.optional()? == Some(digest) {
            return Ok(());
        }
        connection.change_one(ADD, params![account.0, self.name, key, digest, connection.book().base()])
    }
}

/// Notes a tenant's settings as they are now.
pub(in crate::store) fn note_tenant(
    connection: &Connection,
    account: AccountKey,
    tenant: TenantKey,
) -> sql::Result<()> {
    TENANT.note(connection, account, tenant.0)
}

/// Notes an account's branding as it is now.
pub(in crate::store) fn note_branding(connection: &Connection, account: AccountKey) -> sql::Result<()> {
    BRANDING.note(connection, account, account.0)
}
