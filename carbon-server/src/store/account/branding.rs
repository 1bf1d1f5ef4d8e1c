//! How the reports of an account look.

use crate::store::{
    book::row_digest::note_branding,
    error::StoreError,
    key::AccountKey,
    ledger::Store,
    sql::{self, Connection, OptionalExtension, params},
};
use carbon_report::{Contact, Supplier};

/// What an account says of itself on its reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Branding {
    /// `#rrggbb`
    pub(crate) accent: Option<String>,
    pub(crate) logo_sha256: Option<String>,
    pub(crate) up_to_1000_employees: bool,
    /// Legal entity identifier.
    pub(crate) lei: Option<String>,
    pub(crate) domain: Option<String>,
    pub(crate) contact: Option<Contact>,
}

const BRANDING: &str = "
    select accent, logo_sha256, up_to_1000_employees, lei, domain, contact_name, contact_address
      from branding where account_key = ?1";

const ORGANISATION: &str = "select organisation from account where account_key = ?1";

const LOGO: &str = "select png from logo where account_key = ?1 and sha256 = ?2";

const ADD_LOGO: &str = "
    insert into logo (logo_key, account_key, sha256, png)
    select coalesce(max(logo_key), ?4) + 1, ?1, ?2, ?3 from logo where true
    on conflict (account_key, sha256) do nothing";

const SET_BRANDING: &str = "
    insert into branding (account_key, accent, logo_sha256, up_to_1000_employees, lei, domain, contact_name, contact_address)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    on conflict (account_key)
    do update set accent = ?2, logo_sha256 = ?3, up_to_1000_employees = ?4, lei = ?5, domain = ?6,
                  contact_name = ?7, contact_address = ?8";

impl Store {
    /// The look of an account's reports.
    pub(crate) async fn branding(&self, account: AccountKey) -> Result<Branding, StoreError> {
        self.books.of(account).read(move |connection| branding(connection, account)).await
    }

    /// Sets it. A logo that was shown once is kept: reports that show it can be checked for ever.
    pub(crate) async fn set_branding(
        &self,
        account: AccountKey,
        branding: Branding,
        logo: Option<Vec<u8>>,
    ) -> Result<(), StoreError> {
        let write = move |connection: &Connection| {
            let Branding { accent, logo_sha256, up_to_1000_employees, lei, domain, contact } = &branding;
            let contact_name = contact.as_ref().and_then(|contact| contact.name.as_ref());
            let contact_address = contact.as_ref().map(|contact| &contact.address);
            if let Some(png) = &logo {
                let values = params![account.0, logo_sha256, png, connection.book().base()];
                connection.prepare_cached(ADD_LOGO)?.execute(values)?;
            }
            let values = params![
                account.0,
                accent,
                logo_sha256,
                up_to_1000_employees,
                lei,
                domain,
                contact_name,
                contact_address
            ];
            connection.change_one(SET_BRANDING, values)?;
            note_branding(connection, account)
        };
        self.books.of(account).write(write).await
    }

    /// A logo that reports of the account show or have shown.
    pub(crate) async fn logo(
        &self,
        account: AccountKey,
        sha256: String,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.books.of(account).read(move |connection| logo(connection, account, &sha256)).await
    }
}

fn branding(connection: &Connection, account: AccountKey) -> sql::Result<Branding> {
    let found = connection.prepare_cached(BRANDING)?.query_row([account.0], |row| {
        let contact_name = row.get(5)?;
        let contact_address: Option<String> = row.get(6)?;
        Ok(Branding {
            accent: row.get(0)?,
            logo_sha256: row.get(1)?,
            up_to_1000_employees: row.get(2)?,
            lei: row.get(3)?,
            domain: row.get(4)?,
            contact: contact_address.map(|address| Contact { name: contact_name, address }),
        })
    });
    Ok(found.optional()?.unwrap_or_default())
}

fn logo(connection: &Connection, account: AccountKey, sha256: &str) -> sql::Result<Option<Vec<u8>>> {
    connection.prepare_cached(LOGO)?.query_row(params![account.0, sha256], |row| row.get(0)).optional()
}

/// The account as a supplier, with the bytes of its logo.
pub(in crate::store) fn supplier(
    connection: &Connection,
    account: AccountKey,
) -> sql::Result<(Supplier, Option<Vec<u8>>)> {
    let name = connection.prepare_cached(ORGANISATION)?.query_row([account.0], |row| row.get(0))?;
    let Branding { accent, logo_sha256, up_to_1000_employees, lei, domain, contact } =
        branding(connection, account)?;
    // It was checked when it came in.
    let lei = lei.and_then(|lei| lei.parse().ok());
    let png = logo_sha256.as_deref().map(|sha256| logo(connection, account, sha256)).transpose()?.flatten();
    Ok((Supplier { name, up_to_1000_employees, accent, logo_sha256, lei, domain, contact }, png))
}
