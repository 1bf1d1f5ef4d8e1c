//! Usage as the figures that are stated count it: late events are in them only where a restatement has them.

use crate::store::{
    archive::Archives,
    book::{
        journal::EventRow,
        names::{self, TENANT_KEY},
        sum_rules::SumRules,
        sums::{WHOLE_DAY, date, epoch_day, hour_of},
    },
    error::StoreError,
    key::{AccountKey, Side, TenantKey},
    ledger::Store,
    month::{
        events::account_events,
        restatement::{NewestRestatement, newest_restatements},
    },
    sql::{self, Connection, OptionalExtension, params},
    usage::{Apart, UsageAnswered, UsageQuery, UsageRow, usage},
};
use carbon_report::Month;

const LAST_LATE: &str = "
    select last_event_key from month_span
     where account_key = ?1 and month = ?2 and is_test = false and is_adjustment = true";

const TAG: &str = "select value from tag where account_key = ?1 and tag_key = ?2 and name = ?3";

impl Store {
    /// Sums as the current figures have them, with the set that these rest on: of a closed month what was counted when it was
    /// closed, of a restated one all that its newest restatement counts. What came later is marked as an adjustment.
    pub(crate) async fn stated_usage(
        &self,
        query: UsageQuery,
        sums_max: usize,
    ) -> Result<UsageAnswered, StoreError> {
        let book = self.books.of(query.side.account);
        let archives = self.archives.clone();
        book.read_folded(move |connection| stated_usage(connection, &archives, &query, sums_max)).await
    }
}

fn stated_usage(
    connection: &Connection,
    archives: &Archives,
    query: &UsageQuery,
    sums_max: usize,
) -> sql::Result<UsageAnswered> {
    let mut found = match usage(connection, query, sums_max)? {
        UsageAnswered::Found(found) if !query.side.is_test => found,
        answered => return Ok(answered),
    };
    let (from, to) = (Month::of(query.from), Month::of(query.to));
    let restated = newest_restatements(connection, query.side.account, from, to)?;
    for row in &mut found.rows {
        row.is_adjustment &= !restated.contains_key(&Month::of(row.day));
    }
    for (month, NewestRestatement { factor_set, last_event_key }) in restated {
        let later = later_rows(connection, archives, query, month, last_event_key)?;
        for row in later {
            // Out of the sums that the restatement has, into what came after it.
            let mut counts = carbon_report::counts::Counts::default();
            counts -= row.counts;
            found.rows.push(UsageRow { counts, ..row.clone() });
            found.rows.push(UsageRow { is_adjustment: true, ..row });
        }
        found.closed.insert(month, factor_set);
    }
    Ok(UsageAnswered::Found(found))
}

/// A month's events that came after one of them, each as a row that a sum has it in.
fn later_rows(
    connection: &Connection,
    archives: &Archives,
    query: &UsageQuery,
    month: Month,
    after: i64,
) -> sql::Result<Vec<UsageRow>> {
    let UsageQuery { side, from, to, tenant_id, apart } = query;
    let Side { account, is_test } = *side;
    let last: Option<i64> = connection
        .prepare_cached(LAST_LATE)?
        .query_row(params![account.0, month.to_string()], |row| row.get(0))
        .optional()?;
    let Some(last) = last.filter(|last| *last > after) else { return Ok(Vec::new()) };
    let events = archives.events_of(connection, month)?;
    let tenant = match tenant_id {
        None => None,
        Some(tenant_id) => {
            let values = params![account.0, is_test, tenant_id];
            Some(TenantKey(connection.prepare_cached(TENANT_KEY)?.query_row(values, |row| row.get(0))?))
        }
    };
    let days =
        epoch_day(*from).max(epoch_day(month.first_day()))..=epoch_day(*to).min(epoch_day(month.last_day()));
    let rules = SumRules::of_account(connection, account)?;
    let mut rows = Vec::new();
    account_events(connection, events, month, account, tenant, [after + 1, last], |event, _| {
        if event.side() == *side && days.contains(&event.day()) {
            let group = match apart {
                Apart::Nothing => None,
                Apart::Tag(name) => tag_value(connection, account, event, name)?,
            };
            rows.push(UsageRow {
                day: date(event.day()),
                hour: hour_of(if rules.is_by_hour(event) { event.hour() } else { WHOLE_DAY }),
                deployment: names::deployment(connection, account, event.deployment_key)?,
                is_adjustment: false,
                group,
                counts: event.counts(),
            });
        }
        Ok(true)
    })?;
    Ok(rows)
}

/// The event's value of a tag, where it has one.
fn tag_value(
    connection: &Connection,
    account: AccountKey,
    event: &EventRow<'_>,
    name: &str,
) -> sql::Result<Option<String>> {
    for tag_key in event.tag_keys() {
        let value = connection
            .prepare_cached(TAG)?
            .query_row(params![account.0, tag_key, name], |row| row.get(0))
            .optional()?;
        if value.is_some() {
            return Ok(value);
        }
    }
    Ok(None)
}
