//! Thresholds: the figures they are compared with, which of them were passed, and the webhook that alerts are sent to.

use crate::store::{
    account::{
        billing,
        outbox::{MessageKind, NewMessage, add_message},
    },
    error::StoreError,
    key::{AccountKey, TenantKey},
    ledger::Store,
    month::activity::activity_of_tenant,
    prices::Prices,
    sql::{self, Connection, NONE, OptionalExtension, params},
};
use carbon_report::{Activity, Month};

/// Where the alerts of an account are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Webhook {
    pub(crate) url: String,
    pub(crate) created_at_ms: i64,
}

/// An account that has a webhook, and the figures that its thresholds are compared with.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) account: AccountKey,
    pub(crate) account_id: String,
    /// Live events that ever arrived, less those that were reversed.
    pub(crate) events: i64,
    pub(crate) prices: Prices,
    /// Tenants with a carbon budget.
    pub(crate) budgets: Vec<Budget>,
}

/// A tenant's budget, and its activity of the month so far.
#[derive(Debug)]
pub(crate) struct Budget {
    pub(crate) tenant_key: TenantKey,
    pub(crate) tenant_id: String,
    pub(crate) grams: u64,
    pub(crate) activity: Vec<Activity>,
}

/// What a threshold limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Threshold {
    FreeEvents,
    /// Of a tenant, in grams.
    CarbonBudget(TenantKey, u64),
}

/// A threshold that was passed.
#[derive(Clone, Debug)]
pub(crate) struct NewAlert {
    pub(crate) alert_id: String,
    pub(crate) account: AccountKey,
    pub(crate) threshold: Threshold,
    pub(crate) month: Month,
    pub(crate) percent: i64,
    /// What is sent, as JSON.
    pub(crate) body: String,
    pub(crate) now_ms: i64,
}

/// Where alerts are sent, and what they are signed with.
#[derive(Clone)]
pub(crate) struct WebhookReceiver {
    pub(crate) url: String,
    pub(crate) secret: [u8; 32],
}

const WEBHOOK: &str = "select url, created_at_ms from webhook where account_key = ?1";
const RECEIVER: &str = "select url, secret from webhook where account_key = ?1";
const SET_WEBHOOK: &str = "
    insert into webhook (account_key, url, secret, created_at_ms) values (?1, ?2, ?3, ?4)
    on conflict (account_key) do update set url = ?2, secret = ?3, created_at_ms = ?4";
const REMOVE_WEBHOOK: &str = "delete from webhook where account_key = ?1";

const WATCHED: &str = "
    select account_key, account_id,
           (select cast(coalesce(sum(events - 2 * reversals), 0) as bigint) from intake where intake.account_key = webhook.account_key)
      from webhook join account using (account_key)
     order by account_key";

const BUDGETS: &str = "
    select tenant_key, tenant_id, carbon_budget_grams from tenant
     where account_key = ?1 and is_test = false and carbon_budget_grams is not null
     order by tenant_key";

// The free events are free once: their thresholds are passed once, whatever the month. A threshold that is passed together with
// a higher one is covered by the alert of that one.
const IS_ADDED: &str = "
    select 1 from alert
     where account_key = ?1 and kind = ?2 and tenant_key is not distinct from ?3 and percent >= ?5
       and (month = ?4 or kind = 'free_events')";

const HAS_BUDGET: &str =
    "select 1 from tenant where account_key = ?1 and tenant_key = ?2 and carbon_budget_grams = ?3";

const ADD_ALERT: &str = "
    insert into alert (alert_key, account_key, kind, tenant_key, month, percent, outbox_message_key)
    select coalesce(max(alert_key), ?7) + 1, ?1, ?2, ?3, ?4, ?5, ?6 from alert";

impl Store {
    /// Where the alerts of an account are sent.
    pub(crate) async fn webhook(&self, account: AccountKey) -> Result<Option<Webhook>, StoreError> {
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(WEBHOOK)?;
            let found = statement
                .query_row([account.0], |row| Ok(Webhook { url: row.get(0)?, created_at_ms: row.get(1)? }));
            found.optional()
        };
        self.books.of(account).read(read).await
    }

    /// The same with its secret, for sending to it.
    pub(crate) async fn webhook_receiver(
        &self,
        account: AccountKey,
    ) -> Result<Option<WebhookReceiver>, StoreError> {
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(RECEIVER)?;
            let found = statement
                .query_row([account.0], |row| Ok(WebhookReceiver { url: row.get(0)?, secret: row.get(1)? }));
            found.optional()
        };
        self.books.of(account).read(read).await
    }

    /// Sets it, with a new secret.
    pub(crate) async fn set_webhook(
        &self,
        account: AccountKey,
        url: String,
        secret: [u8; 32],
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let write = move |connection: &Connection| {
            connection.change_one(SET_WEBHOOK, params![account.0, url, secret, now_ms])
        };
        self.books.of(account).write(write).await
    }

    /// Removes it; `false` where there was none.
    pub(crate) async fn remove_webhook(&self, account: AccountKey) -> Result<bool, StoreError> {
        let write = move |connection: &Connection| {
            Ok(connection.prepare_cached(REMOVE_WEBHOOK)?.execute([account.0])? > 0)
        };
        self.books.of(account).write(write).await
    }

    /// Every account with a webhook, and its figures of the month so far.
    pub(crate) async fn watched(&self, month: Month) -> Result<Vec<Watched>, StoreError> {
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(WATCHED)?;
            let mut rows = statement.query(NONE)?;
            let mut watched = Vec::new();
            while let Some(row) = rows.next()? {
                let account = AccountKey(row.get(0)?);
                watched.push(Watched {
                    account,
                    account_id: row.get(1)?,
                    events: row.get(2)?,
                    prices: billing::prices_of(connection, month)?,
                    budgets: budgets(connection, account, month)?,
                });
            }
            Ok(watched)
        };
        self.books.read_all_folded(read).await
    }

    /// Records a threshold that was passed, once, and adds its alert to the outbox; `false` where it was recorded before, or is
    /// no threshold any more.
    pub(crate) async fn add_alert(&self, new: NewAlert) -> Result<bool, StoreError> {
        let (book, asked) = (self.books.of(new.account), new.clone());
        // Most were recorded before, and looking costs no commit.
        if book.read(move |connection| is_added(connection, &asked)).await? {
            return Ok(false);
        }
        book.write(move |connection| add_alert(connection, &new)).await
    }
}

impl Threshold {
    /// The word of the schema.
    fn kind(self) -> &'static str {
        match self {
            Threshold::FreeEvents => "free_events",
            Threshold::CarbonBudget(..) => "carbon_budget",
        }
    }

    /// The tenant that it is of.
    fn tenant(self) -> Option<TenantKey> {
        match self {
            Threshold::FreeEvents => None,
            Threshold::CarbonBudget(tenant_key, _) => Some(tenant_key),
        }
    }
}

fn is_added(connection: &Connection, new: &NewAlert) -> sql::Result<bool> {
    let NewAlert { account, threshold, month, percent, .. } = new;
    let tenant_key = threshold.tenant().map(|TenantKey(key)| key);
    let values = params![account.0, threshold.kind(), tenant_key, month.to_string(), percent];
    connection.prepare_cached(IS_ADDED)?.exists(values)
}

fn add_alert(connection: &Connection, new: &NewAlert) -> sql::Result<bool> {
    let NewAlert { alert_id, account, threshold, month, percent, body, now_ms } = new;
    // A budget may have been changed or taken away since it was looked at.
    let stands = match threshold {
        Threshold::FreeEvents => true,
        Threshold::CarbonBudget(tenant_key, grams) => {
            connection.prepare_cached(HAS_BUDGET)?.exists(params![account.0, tenant_key.0, grams])?
        }
    };
    if !stands || is_added(connection, new)? {
        return Ok(false);
    }
    let message_key = add_message(
        connection,
        &NewMessage {
            account: *account,
            kind: MessageKind::Alert,
            message_id: alert_id,
            receiver_key: None,
            tenant: threshold.tenant(),
            payload: body,
            now_ms: *now_ms,
        },
    )?;
    let tenant_key = threshold.tenant().map(|TenantKey(key)| key);
    let (base, month) = (connection.book().base(), month.to_string());
    let values = params![account.0, threshold.kind(), tenant_key, month, percent, message_key, base];
    connection.change_one(ADD_ALERT, values)?;
    Ok(true)
}

fn budgets(connection: &Connection, account: AccountKey, month: Month) -> sql::Result<Vec<Budget>> {
    let mut statement = connection.prepare_cached(BUDGETS)?;
    let mut rows = statement.query([account.0])?;
    let mut budgets = Vec::new();
    while let Some(row) = rows.next()? {
        let tenant_key = TenantKey(row.get(0)?);
        budgets.push(Budget {
            tenant_key,
            tenant_id: row.get(1)?,
            grams: row.get(2)?,
            activity: activity_of_tenant(connection, account, tenant_key, month)?,
        });
    }
    Ok(budgets)
}
