//! Contacts of a tenant: people who are sent its reports by mail, until they or their account no longer want it.

use crate::store::{
    error::StoreError,
    key::{AccountKey, TenantKey},
    ledger::Store,
    sql::{self, Connection, OptionalExtension, Row, params},
    tenant::live_tenant,
};
use uuid::Uuid;

/// How somebody is sent a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// As an address to open.
    Link,
    /// As a file.
    Attachment,
}

impl Delivery {
    pub(crate) const ALL: [Delivery; 2] = [Delivery::Link, Delivery::Attachment];

    /// The word of the schema and of the API.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Delivery::Link => "link",
            Delivery::Attachment => "attachment",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|delivery| delivery.as_str() == word)
    }
}

/// What an account says of a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewContact {
    /// ASCII.
    pub(crate) address: String,
    /// Code of the language of its mail; `None`: that of the tenant.
    pub(crate) language: Option<String>,
    pub(crate) delivery: Delivery,
}

/// A contact as its account sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Contact {
    pub(crate) contact_id: String,
    pub(crate) said: NewContact,
    pub(crate) created_at_ms: i64,
    pub(crate) unsubscribed_at_ms: Option<i64>,
}

/// A contact in the export of its tenant.
#[derive(Debug)]
pub(crate) struct ExportedContact(pub(crate) Contact);

/// What somebody who follows the link in a mail may end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subscription {
    pub(crate) supplier: String,
    /// The tenant's legal name, else its name, else its id.
    pub(crate) client: String,
    /// Of the contact, else of the tenant.
    pub(crate) language: Option<String>,
    pub(crate) has_ended: bool,
}

/// For the lists of an account and the export of a tenant.
pub(in crate::store) const OF_TENANT: &str = "
    select contact_id, address, language, delivery, created_at_ms, unsubscribed_at_ms from contact
     where account_key = ?1 and tenant_key = ?2 and address is not null
     order by contact_key";

const KEYS: &str = "
    select contact_key, address from contact where account_key = ?1 and tenant_key = ?2 and address is not null";

const ADD: &str = "
    insert into contact (contact_key, contact_id, account_key, tenant_key, address, language, delivery, created_at_ms)
    select coalesce(max(contact_key), ?8) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7 from contact";

const CHANGE: &str = "
    update contact set address = ?3, language = ?4, delivery = ?5 where account_key = ?1 and contact_key = ?2";

// What is still to be sent to it is withdrawn; what a mail server said of it goes with its address.
const WITHDRAW: &str = "
    update outbox_message set payload = null, next_attempt_at_ms = null, last_error = null
     where account_key = ?1 and kind = 'mail' and receiver_key = ?2";

const FORGET: &str = "
    update contact set address = null, language = null, delivery = 'link', unsubscribed_at_ms = null
     where account_key = ?1 and contact_key = ?2";

const SUBSCRIPTION: &str = "
    select account_key, organisation, coalesce(legal_name, name, tenant_id), coalesce(contact.language, tenant.language),
           unsubscribed_at_ms is not null
      from contact
      join tenant using (account_key, tenant_key)
      join account using (account_key)
     where contact_key = ?1 and address is not null and erased_at_ms is null";

const UNSUBSCRIBE: &str = "
    update contact set unsubscribed_at_ms = coalesce(unsubscribed_at_ms, ?3)
     where account_key = ?1 and contact_key = ?2 and address is not null";

const WITHDRAW_WAITING: &str = "
    update outbox_message set payload = null, next_attempt_at_ms = null, last_error = null
     where account_key = ?1 and kind = 'mail' and receiver_key = ?2 and payload is not null";

impl Store {
    /// The contacts of a live tenant, the oldest first; `None` where the account has no such tenant.
    pub(crate) async fn contacts(
        &self,
        account: AccountKey,
        tenant_id: String,
    ) -> Result<Option<Vec<Contact>>, StoreError> {
        let read = move |connection: &Connection| {
            let Some(tenant) = live_tenant(connection, account, &tenant_id)? else { return Ok(None) };
            contacts(connection, account, tenant).map(Some)
        };
        self.books.of(account).read(read).await
    }

    /// Replaces the contacts of a live tenant. Who was one before, by its address, stays the one it was; who is none any more is
    /// forgotten. `None` where the account has no such tenant.
    pub(crate) async fn set_contacts(
        &self,
        account: AccountKey,
        tenant_id: String,
        wanted: Vec<NewContact>,
        now_ms: i64,
    ) -> Result<Option<Vec<Contact>>, StoreError> {
        let write = move |connection: &Connection| {
            let Some(tenant) = live_tenant(connection, account, &tenant_id)? else { return Ok(None) };
            connection.overwriting_what_is_freed(|| set(connection, account, tenant, &wanted, now_ms))?;
            contacts(connection, account, tenant).map(Some)
        };
        self.books.of(account).write(write).await
    }

    /// What a token in a mail may end; `None` where there is no such contact any more.
    pub(crate) async fn subscription(&self, contact_key: i64) -> Result<Option<Subscription>, StoreError> {
        let read = move |connection: &Connection| subscription(connection, contact_key);
        Ok(self.books.of_key(contact_key).read(read).await?.map(|(_, found)| found))
    }

    /// Ends it, once: what was still to be sent is withdrawn. `None` where there is no such contact any more.
    pub(crate) async fn unsubscribe(
        &self,
        contact_key: i64,
        now_ms: i64,
    ) -> Result<Option<Subscription>, StoreError> {
        let read = move |connection: &Connection| subscription(connection, contact_key);
        let Some((account, _)) = self.books.of_key(contact_key).read(read).await? else { return Ok(None) };
        let write = move |connection: &Connection| {
            connection.execute(UNSUBSCRIBE, [account.0, contact_key, now_ms])?;
            connection.execute(WITHDRAW_WAITING, [account.0, contact_key])?;
            subscription(connection, contact_key)
        };
        Ok(self.books.of(account).write(write).await?.map(|(_, found)| found))
    }
}

fn contacts(connection: &Connection, account: AccountKey, tenant: TenantKey) -> sql::Result<Vec<Contact>> {
    let mut statement = connection.prepare_cached(OF_TENANT)?;
    statement.query_map([account.0, tenant.0], contact)?.collect()
}

fn set(
    connection: &Connection,
    account: AccountKey,
    tenant: TenantKey,
    wanted: &[NewContact],
    now_ms: i64,
) -> sql::Result<()> {
    let before: Vec<(i64, String)> = {
        let mut statement = connection.prepare_cached(KEYS)?;
        let keys = statement.query_map([account.0, tenant.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
        keys.collect::<sql::Result<_>>()?
    };
    let is_same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
    for (key, _) in before.iter().filter(|(_, old)| !wanted.iter().any(|new| is_same(old, &new.address))) {
        connection.execute(WITHDRAW, [account.0, *key])?;
        connection.change_one(FORGET, [account.0, *key])?;
    }
    for NewContact { address, language, delivery } in wanted {
        let delivery = delivery.as_str();
        match before.iter().find(|(_, old)| is_same(old, address)) {
            Some((key, _)) => {
                connection.change_one(CHANGE, params![account.0, key, address, language, delivery])?;
            }
            None => {
                let (id, base) = (Uuid::now_v7().to_string(), connection.book().base());
                let values = params![id, account.0, tenant.0, address, language, delivery, now_ms, base];
                connection.change_one(ADD, values)?;
            }
        }
    }
    Ok(())
}

fn subscription(
    connection: &Connection,
    contact_key: i64,
) -> sql::Result<Option<(AccountKey, Subscription)>> {
    let found = connection.prepare_cached(SUBSCRIPTION)?.query_row([contact_key], |row| {
        let subscription = Subscription {
            supplier: row.get(1)?,
            client: row.get(2)?,
            language: row.get(3)?,
            has_ended: row.get(4)?,
        };
        Ok((AccountKey(row.get(0)?), subscription))
    });
    found.optional()
}

fn contact(row: &Row<'_>) -> sql::Result<Contact> {
    let delivery: String = row.get(3)?;
    Ok(Contact {
        contact_id: row.get(0)?,
        said: NewContact { address: row.get(1)?, language: row.get(2)?, delivery: delivery_of(&delivery)? },
        created_at_ms: row.get(4)?,
        unsubscribed_at_ms: row.get(5)?,
    })
}

/// A word of the schema.
pub(in crate::store) fn delivery_of(word: &str) -> sql::Result<Delivery> {
    Delivery::from_word(word)
        .ok_or_else(|| sql::Error::unreadable(format!("{word:?} is no kind of delivery")))
}

/// A row of [`OF_TENANT`].
pub(in crate::store) fn exported(row: &Row<'_>) -> sql::Result<ExportedContact> {
    contact(row).map(ExportedContact)
}
