//! The ledger of a demo: a year of invented events of six invented clients, closed months, reports and dashboard links.

use crate::{
    app::closing,
    auth::signed_token,
    base::{clock, ids::new_id, work_queue::WorkQueue},
    command::{
        account::create_account,
        demo::{
            clients::{CLIENTS, DemoClient},
            year,
        },
    },
    config::Config,
    http::problem::Problem,
    registry::Registry,
    report::issue::{AT_A_TIME, Renderer, ReportRequest, issue},
    store::{Batch, ItsBook, Side, Store, StoreError, TenantProfile, database::Database, error::LedgerError},
};
use carbon_core::FactorSet;
use carbon_report::{Fonts, Month};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use thiserror::Error;

/// What the greeting of a demo shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DemoLedger {
    /// E-mail address of the account.
    pub email: String,
    /// Its generated password.
    pub password: String,
    /// Its live API key.
    pub live: String,
    /// Events in it.
    pub events: u64,
    /// Each client's name, and the path of its dashboard.
    pub dashboards: Vec<(String, String)>,
}

/// Why a demo was not built.
#[derive(Debug, Error)]
pub(crate) enum NoDemo {
    /// The database already holds a ledger.
    #[error("{0} already holds a ledger: the demo needs a new one")]
    NotEmpty(Database),
    /// The ledger cannot be written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// An internal error.
    #[error("cannot build the demo: {0}")]
    Failed(String),
}

impl From<StoreError> for NoDemo {
    fn from(error: StoreError) -> Self {
        NoDemo::Ledger(LedgerError(error))
    }
}

impl From<Problem> for NoDemo {
    fn from(problem: Problem) -> Self {
        NoDemo::Failed(problem.cause().unwrap_or_else(|| problem.in_a_sentence()))
    }
}

const EMAIL: &str = "demo@example.com";
const SUPPLIER: &str = "Example Software";
/// Days for which the dashboard links are valid.
const LINK_DAYS: i64 = 90;
/// Months that stay open: the current one and the one before, which a vendor would still be reviewing.
const OPEN_MONTHS: usize = 2;
/// Months that the year touches.
const MONTHS: usize = 13;
/// How long closing a month and issuing a report take, compared with the events of a day.
const STEPS_PER_MONTH: u64 = 12;
const STEPS_PER_REPORT: u64 = 15;
/// Events in one transaction.
const EVENTS_AT_A_TIME: usize = 5_000;

impl DemoLedger {
    /// Creates the ledger of a demo in the database of `config`: a year of events up to `now`, names of clients, closed
    /// months, reports, dashboard links. `progress` is given the share that is done and the number of events so far. Needs a
    /// tokio runtime.
    ///
    /// # Errors
    /// [`NoDemo`]: there is a ledger already, or it cannot be written.
    pub(crate) async fn build(
        config: &Config,
        now: Timestamp,
        progress: impl FnMut([u64; 2], u64),
    ) -> Result<DemoLedger, NoDemo> {
        let not_empty = || NoDemo::NotEmpty(config.database.clone());
        if let Database::Sqlite { path } = &config.database
            && path.metadata().is_ok_and(|file| file.len() > 0)
        {
            return Err(not_empty());
        }
        let (store, is_new) = Store::open(&config.database, &config.store_options()).await?;
        store.close().await;
        if !is_new {
            return Err(not_empty());
        }
        let database = config.database.clone();
        let creating = tokio::task::spawn_blocking(move || {
            create_account(&database, None, ItsBook::Shared, EMAIL.to_owned(), SUPPLIER.to_owned(), None)
        });
        let keys = creating.await.map_err(|error| NoDemo::Failed(error.to_string()))?;
        let keys = keys.map_err(|error| NoDemo::Failed(error.to_string()))?;
        let (store, _) = Store::open(&config.database, &config.store_options()).await?;
        let begun = year::begins(now);
        store.note_prices(config.prices.clone(), begun.as_millisecond()).await?;
        let filled = fill(&store, now, progress).await;
        store.close().await;
        let (events, dashboards) = filled?;
        let password = keys.password.unwrap_or_default();
        Ok(DemoLedger { email: EMAIL.to_owned(), password, live: keys.live, events, dashboards })
    }
}

async fn fill(
    store: &Store,
    now: Timestamp,
    mut progress: impl FnMut([u64; 2], u64),
) -> Result<(u64, Vec<(String, String)>), NoDemo> {
    let credentials = store.credentials(EMAIL.to_owned()).await?;
    let account = credentials.ok_or_else(|| NoDemo::Failed("the account is not there".to_owned()))?.account;
    let side = Side { account, is_test: false };
    for client in CLIENTS {
        store.set_tenant(side, client.tenant_id.to_owned(), profile(client), now.as_millisecond()).await?;
    }
    let this_month = Month::of(clock::day(now));
    let mut closed: Vec<Month> = this_month.back(MONTHS).skip(OPEN_MONTHS).collect();
    closed.reverse();
    let steps = u64::from(year::DAYS)
        + STEPS_PER_MONTH * closed.len() as u64
        + STEPS_PER_REPORT * CLIENTS.len() as u64;
    let (mut done, mut count) = (0, 0);
    let mut events = Vec::with_capacity(EVENTS_AT_A_TIME);
    for event in year::events(side, now).map_err(|error| NoDemo::Failed(error.to_string()))? {
        done = year::day_of(event.received_at_ms, now);
        events.push(event);
        count += 1;
        if events.len() == EVENTS_AT_A_TIME {
            store
                .append_batch(Batch {
                    account,
                    key: None,
                    events: std::mem::take(&mut events),
                    permits: Vec::new(),
                })
                .await?;
            progress([done, steps], count);
        }
    }
    store.append_batch(Batch { account, key: None, events, permits: Vec::new() }).await?;
    for month in &closed {
        let open = store.open_month(account, *month).await?;
        store.close_month(closing::valued(account, open, FactorSet::latest(), now)).await?;
        done += STEPS_PER_MONTH;
        progress([done, steps], count);
    }
    if let Some(month) = closed.last() {
        let pages = WorkQueue::new(AT_A_TIME, CLIENTS.len());
        let registry =
            Registry::open(store, None).await.map_err(|error| NoDemo::Failed(error.to_string()))?;
        let registry = Arc::new(registry);
        let fonts = Fonts::default();
        let renderer =
            Renderer { pages: &pages, signer: None, fonts: &fonts, registry: &registry, public_url: None };
        for client in CLIENTS {
            let request = ReportRequest::plain(client.tenant_id.to_owned(), *month);
            issue(store, renderer, account, &request, now).await?;
            done += STEPS_PER_REPORT;
            progress([done, steps], count);
        }
    }
    let mut dashboards = Vec::new();
    for client in CLIENTS {
        let until = now + SignedDuration::from_hours(24 * LINK_DAYS);
        let [now_ms, until_ms] = [now, until].map(Timestamp::as_millisecond);
        let tenant_id = client.tenant_id.to_owned();
        let link = store.add_dashboard_link(account, tenant_id, new_id(), now_ms, until_ms).await?;
        let link = link.ok_or_else(|| NoDemo::Failed(format!("{} is not there", client.tenant_id)))?;
        dashboards
            .push((client.name.to_owned(), format!("/d/{}", signed_token::link(store.link_secret(), link))));
    }
    Ok((count, dashboards))
}

fn profile(client: &DemoClient) -> TenantProfile {
    TenantProfile {
        name: None,
        legal_name: Some(client.name.to_owned()),
        language: Some(client.language.to_owned()),
        region: Some(client.region.to_owned()),
        carbon_budget_grams: None,
        lei: None,
        standard: None,
    }
}
