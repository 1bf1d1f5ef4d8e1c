//! What a month's bill rests on: the same rows that carbon is counted from.

use crate::store::{
    book::{
        journal::MS_PER_DAY,
        sums::{epoch_day, month_in},
    },
    error::StoreError,
    key::AccountKey,
    ledger::Store,
    prices::Prices,
    sql::{self, Connection, NONE, OptionalExtension, Row, params},
};
use carbon_report::Month;
use rust_decimal::Decimal;

/// All that is billed to an account for a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Billed {
    pub(crate) prices: Prices,
    /// Live events less twice the reversals among them, of all months before.
    pub(crate) events_before: i64,
    /// Live events that came in during the month.
    pub(crate) intake: Option<MonthIntake>,
    pub(crate) reports: Vec<BilledReport>,
    pub(crate) dashboards: Vec<BilledDashboard>,
}

/// Events of a month of arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MonthIntake {
    pub(crate) range: EventRange,
    /// Rows, reversals included.
    pub(crate) events: i64,
    pub(crate) reversals: i64,
}

/// Where the events that a line speaks of stand in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EventRange {
    pub(crate) first: i64,
    pub(crate) last: i64,
}

/// The first report on a client's month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BilledReport {
    /// `None` once it is erased.
    pub(crate) tenant_id: Option<String>,
    pub(crate) month: Month,
    pub(crate) report_id: String,
    pub(crate) issued_at_ms: i64,
    /// Of the account's events of that month.
    pub(crate) range: Option<EventRange>,
}

/// A client whose dashboard was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BilledDashboard {
    /// `None` once it is erased.
    pub(crate) tenant_id: Option<String>,
    pub(crate) link_id: String,
    pub(crate) opened_at_ms: i64,
    /// Of the account's events of the month that is billed.
    pub(crate) range: Option<EventRange>,
}

const EVENTS_BEFORE: &str = "
    select cast(coalesce(sum(events - 2 * reversals), 0) as bigint) from intake where account_key = ?1 and month < ?2";

const INTAKE: &str = "
    select first_event_key, last_event_key, events, reversals from intake where account_key = ?1 and month = ?2";

macro_rules! span_of {
    ($which:literal, $month:literal) => {
        concat!(
            "(select ",
            $which,
            " from month_span as span where span.account_key = ?1 and span.is_test = false and span.month = ",
            $month,
            ")"
        )
    };
}

// The first report of each client and month: none was issued before it.
const REPORTS: &str = concat!(
    "select tenant_id, first.month, report_id, first.created_at_ms, ",
    span_of!("min(first_event_key)", "first.month"),
    ", ",
    span_of!("max(last_event_key)", "first.month"),
    " from report as first
      join tenant using (account_key, tenant_key)
     where first.account_key = ?1 and first.last_month = first.month
       and first.created_at_ms >= ?2 and first.created_at_ms < ?3
       and not exists (select 1 from report as earlier
                        where earlier.account_key = first.account_key and earlier.tenant_key = first.tenant_key
                          and earlier.month = first.month and earlier.last_month = first.month
                          and (earlier.created_at_ms, earlier.report_key) < (first.created_at_ms, first.report_key))
     order by tenant_id, first.month"
);

const DASHBOARDS: &str = concat!(
    "select tenant_id, link_id, opened_at_ms, ",
    span_of!("min(first_event_key)", "opened.month"),
    ", ",
    span_of!("max(last_event_key)", "opened.month"),
    " from dashboard_month as opened
      join tenant using (account_key, tenant_key)
      join dashboard_link using (account_key, link_key)
     where opened.account_key = ?1 and opened.month = ?2
     order by tenant_id"
);

/// The list that stood when the month began; the first one of all where there was none yet.
const PRICES: &str = "
    select currency, free_events, per_event, per_report, per_dashboard from price_list
     order by noted_at_ms < ?1 desc, case when noted_at_ms < ?1 then -price_list_key else price_list_key end
     limit 1";

const NEWEST_PRICES: &str = "
    select currency, free_events, per_event, per_report, per_dashboard from price_list
     order by price_list_key desc limit 1";

const ADD_PRICES: &str = "
    insert into price_list (price_list_key, noted_at_ms, currency, free_events, per_event, per_report, per_dashboard)
    select coalesce(max(price_list_key), ?7) + 1, ?1, ?2, ?3, ?4, ?5, ?6 from price_list";

impl Store {
    /// What an account's bill of a month rests on.
    pub(crate) async fn billed(&self, account: AccountKey, month: Month) -> Result<Billed, StoreError> {
        self.books.of(account).read_folded(move |connection| billed(connection, account, month)).await
    }

    /// Remembers the prices of the configuration, where they are others than before.
    pub(crate) async fn note_prices(&self, prices: Prices, now_ms: i64) -> Result<(), StoreError> {
        self.books.first().write(move |connection| note_prices(connection, &prices, now_ms)).await
    }
}

fn billed(connection: &Connection, account: AccountKey, month: Month) -> sql::Result<Billed> {
    let of_month = params![account.0, month.to_string()];
    let intake = connection.prepare_cached(INTAKE)?.query_row(of_month, |row| {
        let range = EventRange { first: row.get(0)?, last: row.get(1)? };
        Ok(MonthIntake { range, events: row.get(2)?, reversals: row.get(3)? })
    });
    let [begins, ends] = [begins_ms(month), begins_ms(month.next())];
    let mut statement = connection.prepare_cached(REPORTS)?;
    let reports = statement.query_map(params![account.0, begins, ends], |row| {
        Ok(BilledReport {
            tenant_id: row.get(0)?,
            month: month_in(row, 1)?,
            report_id: row.get(2)?,
            issued_at_ms: row.get(3)?,
            range: range_in(row, 4)?,
        })
    })?;
    let reports = reports.collect::<Result<_, _>>()?;
    let mut statement = connection.prepare_cached(DASHBOARDS)?;
    let dashboards = statement.query_map(of_month, |row| {
        Ok(BilledDashboard {
            tenant_id: row.get(0)?,
            link_id: row.get(1)?,
            opened_at_ms: row.get(2)?,
            range: range_in(row, 3)?,
        })
    })?;
    Ok(Billed {
        prices: prices_of(connection, month)?,
        events_before: connection.prepare_cached(EVENTS_BEFORE)?.query_row(of_month, |row| row.get(0))?,
        intake: intake.optional()?,
        reports,
        dashboards: dashboards.collect::<Result<_, _>>()?,
    })
}

/// The prices that a month is billed by.
pub(in crate::store) fn prices_of(connection: &Connection, month: Month) -> sql::Result<Prices> {
    connection.prepare_cached(PRICES)?.query_row([begins_ms(month)], prices)
}

fn note_prices(connection: &Connection, wanted: &Prices, now_ms: i64) -> sql::Result<()> {
    let newest = connection.query_row(NEWEST_PRICES, NONE, prices).optional()?;
    if newest.as_ref() != Some(wanted) {
        let Prices { currency, free_events, price_per_event, price_per_report, price_per_dashboard } = wanted;
        let [event, report, dashboard] =
            [price_per_event, price_per_report, price_per_dashboard].map(Decimal::to_string);
        let base = connection.book().base();
        let values = params![now_ms, currency, free_events, event, report, dashboard, base];
        connection.change_one(ADD_PRICES, values)?;
    }
    Ok(())
}

fn prices(row: &Row<'_>) -> sql::Result<Prices> {
    let price = |column: usize| {
        let text: String = row.get(column)?;
        let price = Decimal::from_str_exact(&text);
        price.map_err(sql::Error::unreadable)
    };
    Ok(Prices {
        currency: row.get(0)?,
        free_events: row.get(1)?,
        price_per_event: price(2)?,
        price_per_report: price(3)?,
        price_per_dashboard: price(4)?,
    })
}

fn range_in(row: &Row<'_>, column: usize) -> sql::Result<Option<EventRange>> {
    let ends: [Option<i64>; 2] = [row.get(column)?, row.get(column + 1)?];
    Ok(match ends {
        [Some(first), Some(last)] => Some(EventRange { first, last }),
        _ => None,
    })
}

/// The first moment of a month, UTC.
fn begins_ms(month: Month) -> i64 {
    epoch_day(month.first_day()) * MS_PER_DAY
}
