//! Months of an account: what they hold, closing one, and restating a closed one.

use crate::{
    base::digest::Sha,
    store::{
        account::instrument::MarketOfMonth,
        book::{
            FOLD,
            counts::sums_of_table,
            journal::{EVENT_COLUMNS, EventRow},
            sums::epoch_day,
        },
        error::StoreError,
        key::{AccountKey, TenantKey},
        ledger::Store,
        month::{
            activity::{ACTIVITY_COLUMNS, activity},
            closed::is_closed,
            restatement::newest_restatements,
        },
        sql::{self, Connection, NONE, OptionalExtension, Row, params},
    },
};

pub(in crate::store) mod activity;
pub(in crate::store) mod closed;
pub(in crate::store) mod events;
pub(in crate::store) mod period;
pub(in crate::store) mod pruned;
pub(in crate::store) mod report;
pub(in crate::store) mod restatement;
pub(in crate::store) mod tenant;

use carbon_report::{Activity, MarketInputs, Month, merkle::MerkleTree};
use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

/// How many rows of a month there are, and how many of them cancel another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct EventCounts {
    pub(crate) events: u64,
    pub(crate) reversals: u64,
}

/// A month of an account's live side.
#[derive(Clone, Debug)]
pub(crate) struct MonthState {
    /// Where it is closed.
    pub(crate) closed: Option<ClosedMonth>,
    /// The set that its figures rest on since then: that of the closing, or of the newest restatement.
    pub(crate) stated_set: Option<String>,
    /// What is counted in it; of a closed month what was counted when it was closed.
    pub(crate) counted: EventCounts,
    /// What came after it was closed.
    pub(crate) adjustments: EventCounts,
    /// Ids of its restatements, oldest first.
    pub(crate) restatements: Vec<String>,
}

/// A month whose numbers are pinned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClosedMonth {
    pub(crate) factor_set: String,
    pub(crate) closed_at_ms: i64,
    pub(crate) merkle_root: Sha,
    /// The first seal that covers it: its number and digest.
    pub(crate) seal: (i64, Sha),
}

/// A tenant's part of a closed month.
#[derive(Clone, Debug)]
pub(crate) struct ClosedTenant {
    pub(crate) events: u64,
    pub(crate) merkle_root: Sha,
    pub(crate) figures: String,
}

/// An open month, read to be closed.
#[derive(Debug)]
pub(crate) struct OpenMonth {
    pub(crate) month: Month,
    counted: EventCounts,
    /// What the market-based figures of all its tenants rest on.
    market: MarketOfMonth,
    pub(crate) tenants: Vec<OpenTenant>,
}

/// A tenant's part of it.
#[derive(Debug)]
pub(crate) struct OpenTenant {
    pub(crate) tenant_key: TenantKey,
    events: u64,
    merkle_root: Sha,
    reversals: u64,
    /// When the first and the last of its events happened.
    span_ms: [i64; 2],
    pub(crate) activity: Vec<Activity>,
    /// What its market-based figure rests on.
    pub(crate) market: MarketInputs,
}

/// An open month, valued: what closing it pins.
#[derive(Debug)]
pub(crate) struct ToClose {
    pub(crate) account: AccountKey,
    pub(crate) month: OpenMonth,
    pub(crate) factor_set: String,
    /// JSON, one for each of the month's tenants.
    pub(crate) figures: Vec<String>,
    pub(crate) closed_at_ms: i64,
}

const CLOSED: &str = "
    select closed_month_key, factor_set, closed_at_ms, merkle_root from closed_month
     where account_key = ?1 and month = ?2";

const LAST_SEAL: &str = "select max(seal_key) from seal";

const SEAL: &str = "
    select sha256, last_closed_month_key, last_restatement_key, last_event_key from seal where seal_key = ?1";

const COUNTS: &str = "
    select events, reversals from month_span
     where account_key = ?1 and is_test = false and month = ?2 and is_adjustment = ?3";

const RESTATEMENTS: &str = "
    select restatement_id from restatement where account_key = ?1 and month = ?2 order by restatement_key";

const SPAN: &str = "
    select first_event_key, last_event_key from month_span
     where account_key = ?1 and is_test = false and month = ?2 and is_adjustment = false";

const ADD_CLOSED_MONTH: &str = "
    insert into closed_month (closed_month_key, account_key, month, factor_set, closed_at_ms, last_event_key, events,
                              reversals, merkle_root)
    select coalesce(max(closed_month_key), ?9) + 1, ?1, ?2, ?3, ?4, ?8, ?5, ?6, ?7 from closed_month
    returning closed_month_key";

const ADD_CLOSED_TENANT: &str = "
    insert into closed_tenant (closed_month_key, account_key, tenant_key, events, merkle_root, figures,
                               reversals, first_at_ms, last_at_ms)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

const CLOSED_TENANT: &str = "
    select part.events, part.merkle_root, part.figures
      from closed_tenant as part
      join closed_month using (account_key, closed_month_key)
      join tenant using (account_key, tenant_key)
     where account_key = ?1 and month = ?2 and is_test = false and tenant_id = ?3";

// What a month's tenants used, by day and deployment: with the adjustments where ?4 is 1.
static ACTIVITY_OF_TENANTS: LazyLock<String> = LazyLock::new(|| {
    format!(
        "select usage.day, usage.hour, deployment.model, deployment.provider, deployment.region, {}, usage.tenant_key
           from daily_usage as usage join deployment using (account_key, deployment_key)
          where usage.account_key = ?1 and usage.is_test = false and usage.day between ?2 and ?3
            and usage.is_adjustment <= ?4
          group by usage.tenant_key, usage.day, usage.hour, deployment.account_key, deployment.deployment_key
         having sum(usage.requests) > 0
          order by usage.tenant_key, usage.day, usage.hour, deployment.model, deployment.provider, deployment.region",
        sums_of_table("usage")
    )
});

impl Store {
    /// How a month of the live side stands.
    pub(crate) async fn month_state(
        &self,
        account: AccountKey,
        month: Month,
    ) -> Result<MonthState, StoreError> {
        self.books.of(account).read_folded(move |connection| month_state(connection, account, month)).await
    }

    /// A tenant's part of a closed month; `None` where it has none.
    pub(crate) async fn closed_tenant(
        &self,
        account: AccountKey,
        month: Month,
        tenant_id: String,
    ) -> Result<Option<ClosedTenant>, StoreError> {
        let read = move |connection: &Connection| {
            let values = params![account.0, month.to_string(), tenant_id];
            let tenant = connection.prepare_cached(CLOSED_TENANT)?.query_row(values, |row| {
                Ok(ClosedTenant { events: row.get(0)?, merkle_root: row.get(1)?, figures: row.get(2)? })
            });
            tenant.optional()
        };
        self.books.of(account).read(read).await
    }

    /// All that closing an open month pins but the figures. Reads every event of it.
    pub(crate) async fn open_month(
        &self,
        account: AccountKey,
        month: Month,
    ) -> Result<OpenMonth, StoreError> {
        self.books.of(account).read_folded(move |connection| open_month(connection, account, month)).await
    }

    /// Closes a month as it was read, or not at all where something came in between. When this returns, that is on disk.
    pub(crate) async fn close_month(&self, close: ToClose) -> Result<(), StoreError> {
        self.books.of(close.account).write(move |connection| close_month(connection, &close)).await
    }
}

fn month_state(connection: &Connection, account: AccountKey, month: Month) -> sql::Result<MonthState> {
    let of_month = params![account.0, month.to_string()];
    let closed = connection
        .prepare_cached(CLOSED)?
        .query_row(of_month, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)));
    let closed = match closed.optional()? {
        Some((key, factor_set, closed_at_ms, merkle_root)) => {
            let seal = covering_seal(connection, Sealed::ClosedMonth(key))?;
            Some(ClosedMonth { factor_set, closed_at_ms, merkle_root, seal })
        }
        None => None,
    };
    let restated = newest_restatements(connection, account, month, month)?.remove(&month);
    let closed_set = || closed.as_ref().map(|closed: &ClosedMonth| closed.factor_set.clone());
    let stated_set = restated.map(|newest| newest.factor_set).or_else(closed_set);
    let mut restatements = connection.prepare_cached(RESTATEMENTS)?;
    let restatements = restatements.query_map(of_month, |row| row.get(0))?;
    Ok(MonthState {
        closed,
        stated_set,
        counted: counts(connection, account, month, false)?,
        adjustments: counts(connection, account, month, true)?,
        restatements: restatements.collect::<Result<_, _>>()?,
    })
}

/// What a seal holds.
#[derive(Clone, Copy)]
pub(in crate::store) enum Sealed {
    /// Key of a closed month.
    ClosedMonth(i64),
    /// Key of a restatement.
    Restatement(i64),
    /// Key of an event.
    Event(i64),
}

/// The first seal that holds it. Seals are numbered without gaps, and none covers less than the one before.
pub(in crate::store) fn covering_seal(connection: &Connection, sealed: Sealed) -> sql::Result<(i64, Sha)> {
    let (column, key) = match sealed {
        Sealed::ClosedMonth(key) => (1, key),
        Sealed::Restatement(key) => (2, key),
        Sealed::Event(key) => (3, key),
    };
    let mut seal = connection.prepare_cached(SEAL)?;
    let last: i64 = connection.prepare_cached(LAST_SEAL)?.query_row(NONE, |row| row.get(0))?;
    let (mut low, mut high) = (1, last);
    while low < high {
        let middle = low + (high - low) / 2;
        let covered: i64 = seal.query_row([middle], |row| row.get(column))?;
        if covered < key { low = middle + 1 } else { high = middle }
    }
    Ok((low, seal.query_row([low], |row| row.get(0))?))
}

fn counts(
    connection: &Connection,
    account: AccountKey,
    month: Month,
    is_adjustment: bool,
) -> sql::Result<EventCounts> {
    let values = params![account.0, month.to_string(), is_adjustment];
    let counts = connection
        .prepare_cached(COUNTS)?
        .query_row(values, |row| Ok(EventCounts { events: row.get(0)?, reversals: row.get(1)? }));
    Ok(counts.optional()?.unwrap_or_default())
}

fn open_month(connection: &Connection, account: AccountKey, month: Month) -> sql::Result<OpenMonth> {
    let counted = counted_events(connection, account, month)?;
    let mut activity = activity_of_tenants(connection, account, month, false)?;
    let market = MarketOfMonth::load(connection, account, month)?;
    let tenants = counted.iter().map(|(tenant_key, CountedEvents { tree, reversals, span_ms })| {
        Ok(OpenTenant {
            tenant_key: *tenant_key,
            events: tree.leaves(),
            merkle_root: tree.root(),
            reversals: *reversals,
            span_ms: *span_ms,
            // Empty where every event was cancelled.
            activity: activity.remove(tenant_key).unwrap_or_default(),
            market: market.of(*tenant_key),
        })
    });
    let tenants = tenants.collect::<sql::Result<_>>()?;
    Ok(OpenMonth { month, tenants, market, counted: counts(connection, account, month, false)? })
}

/// A tenant's events of a month.
struct CountedEvents {
    /// Over their lines.
    tree: MerkleTree,
    reversals: u64,
    span_ms: [i64; 2],
}

/// The events that a month counts, by tenant.
fn counted_events(
    connection: &Connection,
    account: AccountKey,
    month: Month,
) -> sql::Result<BTreeMap<TenantKey, CountedEvents>> {
    let mut tenants = BTreeMap::new();
    let span = connection
        .prepare_cached(SPAN)?
        .query_row(params![account.0, month.to_string()], |row| Ok([row.get(0)?, row.get(1)?]));
    let Some(span): Option<[i64; 2]> = span.optional()? else { return Ok(tenants) };
    let days = epoch_day(month.first_day())..=epoch_day(month.last_day());
    let select = format!(
        "select {EVENT_COLUMNS} from event where account_key = ?1 and event_key between ?2 and ?3 order by event_key"
    );
    let mut statement = connection.prepare_scan(&select)?;
    let mut rows = statement.query([account.0, span[0], span[1]])?;
    let mut line = Vec::new();
    while let Some(row) = rows.next()? {
        let (event, _) = EventRow::read(&row)?;
        if event.account_key == account.0 && !event.is_test && days.contains(&event.day()) {
            line.clear();
            event.write_line(&mut line);
            let at = event.at_ms();
            let counted = tenants.entry(TenantKey(event.tenant_key)).or_insert_with(|| CountedEvents {
                tree: MerkleTree::default(),
                reversals: 0,
                span_ms: [at; 2],
            });
            counted.tree.push(&line);
            counted.reversals += u64::from(event.reverses.is_some());
            counted.span_ms = [counted.span_ms[0].min(at), counted.span_ms[1].max(at)];
        }
    }
    Ok(tenants)
}

/// The tree over the tenants' roots.
pub(in crate::store) fn root_of_roots<'a>(roots: impl Iterator<Item = &'a Sha>) -> Sha {
    let mut tree = MerkleTree::default();
    roots.for_each(|root| tree.push(root));
    tree.root()
}

/// What each tenant used in a month, by day and deployment.
pub(in crate::store) fn activity_of_tenants(
    connection: &Connection,
    account: AccountKey,
    month: Month,
    with_adjustments: bool,
) -> sql::Result<HashMap<TenantKey, Vec<Activity>>> {
    let mut tenants: HashMap<TenantKey, Vec<Activity>> = HashMap::new();
    let values =
        params![account.0, epoch_day(month.first_day()), epoch_day(month.last_day()), with_adjustments];
    let mut statement = connection.prepare_cached(&ACTIVITY_OF_TENANTS)?;
    let mut rows = statement.query(values)?;
    while let Some(row) = rows.next()? {
        tenants.entry(TenantKey(row.get(ACTIVITY_COLUMNS)?)).or_default().push(activity(&row)?);
    }
    Ok(tenants)
}

/// What all tenants of an account used in a month, late events included.
pub(in crate::store) fn activity_of_account(
    connection: &Connection,
    account: AccountKey,
    month: Month,
) -> sql::Result<Vec<Activity>> {
    Ok(activity_of_tenants(connection, account, month, true)?.into_values().flatten().collect())
}

fn close_month(connection: &Connection, close: &ToClose) -> sql::Result<()> {
    let ToClose { account, month, factor_set, figures, closed_at_ms } = close;
    let counted = counts(connection, *account, month.month, false)?;
    if is_closed(connection, *account, month.month)? || counted != month.counted {
        return Ok(());
    }
    // What is allocated to a closed month stays allocated, so the month is closed with what is allocated now.
    if MarketOfMonth::load(connection, *account, month.month)? != month.market {
        return Ok(());
    }
    let last_event_key: i64 = connection.prepare_cached(FOLD)?.query_row(NONE, |row| row.get(0))?;
    let closed_month_key: i64 = connection.prepare_cached(ADD_CLOSED_MONTH)?.query_row(
        params![
            account.0,
            month.month.to_string(),
            factor_set,
            closed_at_ms,
            i64::try_from(counted.events).unwrap_or(i64::MAX),
            i64::try_from(counted.reversals).unwrap_or(i64::MAX),
            root_of_roots(month.tenants.iter().map(|tenant| &tenant.merkle_root)),
            last_event_key,
            connection.book().base(),
        ],
        |row: &Row<'_>| row.get(0),
    )?;
    for (tenant, figures) in month.tenants.iter().zip(figures) {
        let values = params![
            closed_month_key,
            account.0,
            tenant.tenant_key.0,
            i64::try_from(tenant.events).unwrap_or(i64::MAX),
            tenant.merkle_root,
            figures,
            i64::try_from(tenant.reversals).unwrap_or(i64::MAX),
            tenant.span_ms[0],
            tenant.span_ms[1],
        ];
        connection.change_one_later(ADD_CLOSED_TENANT, values)?;
    }
    connection.run_queued()
}
