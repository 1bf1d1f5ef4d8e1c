//! Thresholds that were passed, where an account wants to be told of them, and how far telling has got.

use crate::store::{
    account::billing,
    error::StoreError,
    key::{AccountKey, TenantKey},
    ledger::Store,
    month::tenant::activity_of_tenant,
    prices::Prices,
    sql::{self, Connection, NONE, OptionalExtension, params},
};
use carbon_report::{Activity, Month};

/// Where an account wants to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Webhook {
    pub(crate) url: String,
    pub(crate) created_at_ms: i64,
}

/// An account that has a webhook, and what its thresholds are held against.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) account: AccountKey,
    pub(crate) account_id: String,
    /// Live events that ever came in, less those that were reversed.
    pub(crate) events: i64,
    pub(crate) prices: Prices,
    /// Tenants with a carbon budget.
    pub(crate) budgets: Vec<Budget>,
}

/// A tenant's budget, and what the month has so far.
#[derive(Debug)]
pub(crate) struct Budget {
    pub(crate) tenant_key: TenantKey,
    pub(crate) tenant_id: String,
    pub(crate) grams: u64,
    pub(crate) activity: Vec<Activity>,
}

/// What a threshold is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Threshold {
    FreeEvents,
    /// Of so many grams.
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

/// An alert that is to be sent now.
#[derive(Clone, Debug)]
pub(crate) struct DueAlert {
    pub(crate) account: AccountKey,
    pub(crate) alert_key: i64,
    pub(crate) alert_id: String,
    pub(crate) body: String,
    /// Made so far.
    pub(crate) attempts: usize,
    pub(crate) url: String,
    pub(crate) secret: [u8; 32],
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attempted {
    DeliveredAt(i64),
    /// Try again then.
    Again(i64),
    GivenUp,
}

impl Attempted {
    /// When it was delivered, and when it is tried again, in milliseconds.
    pub(in crate::store) fn times(self) -> (Option<i64>, Option<i64>) {
        match self {
            Attempted::DeliveredAt(at_ms) => (Some(at_ms), None),
            Attempted::Again(at_ms) => (None, Some(at_ms)),
            Attempted::GivenUp => (None, None),
        }
    }
}

const WEBHOOK: &str = "select url, created_at_ms from webhook where account_key = ?1";
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

// The free events are free once: their thresholds are passed once, whatever the month. One that is passed together with a
// higher one is told by that. A budget that was changed or taken away since it was looked at is not told of.
const ADD_ALERT: &str = "
    insert into alert (alert_id, account_key, kind, tenant_key, month, percent, body, created_at_ms, attempts, next_attempt_at_ms)
    select cast(?1 as text), cast(?2 as bigint), cast(?3 as text), cast(?4 as bigint), cast(?5 as text), cast(?6 as bigint),
           cast(?7 as text), cast(?8 as bigint), 0, cast(?8 as bigint)
     where not exists (select 1 from alert
                        where account_key = ?2 and kind = ?3 and tenant_key is not distinct from ?4 and percent >= ?6
                          and (month = ?5 or kind = 'free_events'))
       and (cast(?4 as bigint) is null or exists (select 1 from tenant
                                   where account_key = ?2 and tenant_key = ?4 and carbon_budget_grams = ?9))";

const GIVEN: &str = "
    select 1 from alert
     where account_key = ?1 and kind = ?2 and tenant_key is not distinct from ?3 and percent >= ?5
       and (month = ?4 or kind = 'free_events')";

const WAITING: &str = "
    select account_key, alert_key
      from (select account_key, alert_key, next_attempt_at_ms,
                   row_number() over (partition by account_key order by next_attempt_at_ms, alert_key) as place
              from alert join webhook using (account_key)
             where next_attempt_at_ms <= ?1 and body is not null) as waiting
     where place <= ?2
     order by account_key, place";

const DUE: &str = "
    select alert_key, alert_id, body, attempts, url, secret
      from alert join webhook using (account_key)
     where account_key = ?1 and alert_key = ?2 and next_attempt_at_ms <= ?3 and body is not null";

const TAKE: &str = "update alert set next_attempt_at_ms = ?3 where account_key = ?1 and alert_key = ?2";

/// Longer than an attempt may take.
pub(in crate::store) const TAKEN_FOR_MS: i64 = 60_000;

const ATTEMPTED: &str = "
    update alert set attempts = attempts + 1, delivered_at_ms = ?3, next_attempt_at_ms = ?4,
                     body = case when cast(?4 as bigint) is null then null else body end
     where account_key = ?1 and alert_key = ?2";

impl Store {
    /// Where an account wants to be told.
    pub(crate) async fn webhook(&self, account: AccountKey) -> Result<Option<Webhook>, StoreError> {
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(WEBHOOK)?;
            let found = statement
                .query_row([account.0], |row| Ok(Webhook { url: row.get(0)?, created_at_ms: row.get(1)? }));
            found.optional()
        };
        self.readers.read(read).await
    }

    /// Says where, with a new secret.
    pub(crate) async fn set_webhook(
        &self,
        account: AccountKey,
        url: String,
        secret: [u8; 32],
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let write = move |connection: &Connection| {
            connection.prepare_cached(SET_WEBHOOK)?.execute(params![account.0, url, secret, now_ms])?;
            Ok(())
        };
        self.writer.write(write).await
    }

    /// Says that it wants to be told no more; `false` where it did not.
    pub(crate) async fn remove_webhook(&self, account: AccountKey) -> Result<bool, StoreError> {
        let write = move |connection: &Connection| {
            Ok(connection.prepare_cached(REMOVE_WEBHOOK)?.execute([account.0])? > 0)
        };
        self.writer.write(write).await
    }

    /// Every account with a webhook, and what the month has so far: for whoever watches over all of them.
    pub(crate) async fn watched(&self, month: Month) -> Result<Vec<Watched>, StoreError> {
        self.writer.fold().await?;
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
        self.readers.read(read).await
    }

    /// Notes a threshold that was passed, once; `false` where it was noted before, or is no threshold any more.
    pub(crate) async fn add_alert(&self, new: NewAlert) -> Result<bool, StoreError> {
        let (kind, tenant_key, grams) = match new.threshold {
            Threshold::FreeEvents => ("free_events", None, None),
            Threshold::CarbonBudget(tenant_key, grams) => ("carbon_budget", Some(tenant_key.0), Some(grams)),
        };
        // Most were: looking costs no commit.
        let (account, month, percent) = (new.account, new.month.to_string(), new.percent);
        let given = move |connection: &Connection| {
            let values = params![account.0, kind, tenant_key, month, percent];
            connection.prepare_cached(GIVEN)?.exists(values)
        };
        if self.readers.read(given).await? {
            return Ok(false);
        }
        let write = move |connection: &Connection| {
            let added = connection.prepare_cached(ADD_ALERT)?.execute(params![
                new.alert_id,
                new.account.0,
                kind,
                tenant_key,
                new.month.to_string(),
                new.percent,
                new.body,
                new.now_ms,
                grams
            ])?;
            Ok(added > 0)
        };
        self.writer.write(write).await
    }

    /// Numbers of the alerts that are to be sent now, by account, at most so many of each and the longest waiting first: for
    /// whoever sends those of all accounts.
    pub(crate) async fn waiting_alerts(
        &self,
        now_ms: i64,
        of_each_max: usize,
    ) -> Result<Vec<(AccountKey, i64)>, StoreError> {
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(WAITING)?;
            let rows = statement
                .query_map(params![now_ms, of_each_max], |row| Ok((AccountKey(row.get(0)?), row.get(1)?)))?;
            rows.collect()
        };
        self.readers.read(read).await
    }

    /// Takes an alert that waits to be sent, so that no other server sends it too; `None` where it waits no more. Whoever took
    /// it and is not heard of again has lost it after a while.
    pub(crate) async fn take_alert(
        &self,
        account: AccountKey,
        alert_key: i64,
        now_ms: i64,
    ) -> Result<Option<DueAlert>, StoreError> {
        let write = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(DUE)?;
            let due = statement.query_row([account.0, alert_key, now_ms], |row| {
                Ok(DueAlert {
                    account,
                    alert_key: row.get(0)?,
                    alert_id: row.get(1)?,
                    body: row.get(2)?,
                    attempts: row.get(3)?,
                    url: row.get(4)?,
                    secret: row.get(5)?,
                })
            });
            let due = due.optional()?;
            if due.is_some() {
                let values = [account.0, alert_key, now_ms + TAKEN_FOR_MS];
                connection.prepare_cached(TAKE)?.execute(values)?;
            }
            Ok(due)
        };
        self.writer.write(write).await
    }

    /// Notes what became of an attempt.
    pub(crate) async fn note_attempt(
        &self,
        account: AccountKey,
        alert_key: i64,
        attempted: Attempted,
    ) -> Result<(), StoreError> {
        let write = move |connection: &Connection| {
            let (delivered, next) = attempted.times();
            connection.prepare_cached(ATTEMPTED)?.execute(params![account.0, alert_key, delivered, next])?;
            Ok(())
        };
        self.writer.write(write).await
    }
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
