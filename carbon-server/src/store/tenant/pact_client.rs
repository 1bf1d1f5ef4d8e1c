//! Who may fetch a tenant's footprints by PACT, and where its own API is.

use crate::store::{
    error::StoreError,
    key::{AccountKey, BookNumber, TenantKey},
    ledger::Store,
    sql::{self, Connection, OptionalExtension, Row, params},
    tenant::live_tenant,
};
use uuid::Uuid;

/// A client to be; its secret itself is never stored.
#[derive(Clone, Debug)]
pub(crate) struct NewPactClient {
    pub(crate) tenant_id: String,
    pub(crate) label: String,
    pub(crate) secret_sha256: [u8; 32],
    pub(crate) answers: Option<AnswersTo>,
    pub(crate) now_ms: i64,
}

/// The client's own API, where what it asks for is answered.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct AnswersTo {
    /// What its paths begin with.
    pub(crate) url: String,
    /// Where it gives tokens; `None` at its usual place.
    pub(crate) token_url: Option<String>,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
}

impl std::fmt::Debug for AnswersTo {
    /// A secret never reaches a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AnswersTo({})", self.url)
    }
}

/// A client as its account sees it in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PactClient {
    pub(crate) client_id: String,
    pub(crate) label: String,
    pub(crate) created_at_ms: i64,
    pub(crate) revoked_at_ms: Option<i64>,
    pub(crate) answers_url: Option<String>,
}

/// A client that showed a good token: whose footprints it may see.
#[derive(Clone, Debug)]
pub(crate) struct Recipient {
    pub(crate) pact_client_key: i64,
    pub(crate) account: AccountKey,
    pub(crate) tenant_key: TenantKey,
    pub(crate) tenant_id: String,
    /// Whether it has an API of its own to be answered at.
    pub(crate) is_answered: bool,
}

const ADD: &str = "
    insert into pact_client (pact_client_key, client_id, account_key, tenant_key, label, secret_sha256, created_at_ms,
                             answers_url, answers_token_url, answers_client_id, answers_client_secret)
    select coalesce(max(pact_client_key), ?11) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 from pact_client";

const OF_TENANT: &str = "
    select client_id, label, created_at_ms, revoked_at_ms, answers_url from pact_client
     where account_key = ?1 and tenant_key = ?2
     order by pact_client_key";

// What it has asked for is answered no more.
const REVOKE: [&str; 2] = [
    "update outbox_message set payload = null, next_attempt_at_ms = null
      where account_key = ?1 and cast(?4 as bigint) is not null and kind = 'pact_answer'
        and receiver_key in (select pact_client_key from pact_client
                              where account_key = ?1 and tenant_key = ?2 and client_id = ?3)",
    "update pact_client
        set revoked_at_ms = coalesce(revoked_at_ms, ?4),
            answers_url = null, answers_token_url = null, answers_client_id = null, answers_client_secret = null
      where account_key = ?1 and tenant_key = ?2 and client_id = ?3",
];

const WITH_SECRET: &str = "
    select pact_client_key from pact_client
     where client_id = ?1 and secret_sha256 = ?2 and revoked_at_ms is null";

const RECIPIENT: &str = "
    select account_key, tenant_key, tenant_id, answers_url is not null
      from pact_client join tenant using (account_key, tenant_key)
     where pact_client_key = ?1 and revoked_at_ms is null and erased_at_ms is null";

impl Store {
    /// Adds a client of a live tenant; its id, or `None` where the account has no such tenant.
    pub(crate) async fn add_pact_client(
        &self,
        account: AccountKey,
        new: NewPactClient,
    ) -> Result<Option<String>, StoreError> {
        // Whoever shows it later has not said whose it is.
        let client_id = account.book().mark(Uuid::now_v7()).to_string();
        let write = move |connection: &Connection| {
            let Some(tenant_key) = live_tenant(connection, account, &new.tenant_id)? else {
                return Ok(None);
            };
            let answers = new.answers.as_ref();
            connection.prepare_cached(ADD)?.change_one(params![
                client_id,
                account.0,
                tenant_key.0,
                new.label,
                new.secret_sha256,
                new.now_ms,
                answers.map(|answers| &answers.url),
                answers.and_then(|answers| answers.token_url.as_ref()),
                answers.map(|answers| &answers.client_id),
                answers.map(|answers| &answers.client_secret),
                connection.book().base(),
            ])?;
            Ok(Some(client_id))
        };
        self.books.of(account).write(write).await
    }

    /// Every client that a tenant ever had, the oldest first; `None` where the account has no such tenant.
    pub(crate) async fn pact_clients(
        &self,
        account: AccountKey,
        tenant_id: String,
    ) -> Result<Option<Vec<PactClient>>, StoreError> {
        let read = move |connection: &Connection| {
            let Some(tenant_key) = live_tenant(connection, account, &tenant_id)? else { return Ok(None) };
            let mut statement = connection.prepare_cached(OF_TENANT)?;
            statement.query_map([account.0, tenant_key.0], listed)?.collect::<Result<_, _>>().map(Some)
        };
        self.books.of(account).read(read).await
    }

    /// Ends a client, once; `false` where the tenant has no such client.
    pub(crate) async fn revoke_pact_client(
        &self,
        account: AccountKey,
        tenant_id: String,
        client_id: String,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let write = move |connection: &Connection| {
            let Some(tenant_key) = live_tenant(connection, account, &tenant_id)? else { return Ok(false) };
            let mut changed = 0;
            for sql in REVOKE {
                let values = params![account.0, tenant_key.0, client_id, now_ms];
                changed = connection.prepare_cached(sql)?.execute(values)?;
            }
            Ok(changed > 0)
        };
        self.books.of(account).write(write).await
    }

    /// Number of the client that has this id and this secret: for whoever asks for a token, before its account is known.
    pub(crate) async fn pact_client_with(
        &self,
        client_id: Uuid,
        secret_sha256: [u8; 32],
    ) -> Result<Option<i64>, StoreError> {
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(WITH_SECRET)?;
            let values = params![client_id.to_string(), secret_sha256];
            statement.query_row(values, |row| row.get(0)).optional()
        };
        self.books.of_number(BookNumber::of_id(client_id)).read(read).await
    }

    /// Whose footprints a client may see, by its number from a token; `None` where it is revoked, or its tenant erased.
    pub(crate) async fn recipient(&self, pact_client_key: i64) -> Result<Option<Recipient>, StoreError> {
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(RECIPIENT)?;
            let found = statement.query_row([pact_client_key], |row| {
                Ok(Recipient {
                    pact_client_key,
                    account: AccountKey(row.get(0)?),
                    tenant_key: TenantKey(row.get(1)?),
                    tenant_id: row.get(2)?,
                    is_answered: row.get(3)?,
                })
            });
            found.optional()
        };
        self.books.of_key(pact_client_key).read(read).await
    }
}

fn listed(row: &Row<'_>) -> sql::Result<PactClient> {
    Ok(PactClient {
        client_id: row.get(0)?,
        label: row.get(1)?,
        created_at_ms: row.get(2)?,
        revoked_at_ms: row.get(3)?,
        answers_url: row.get(4)?,
    })
}
