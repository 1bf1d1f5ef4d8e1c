//! What a tenant used in a month, as the ledger's sums have it.

use crate::store::{
    book::{
        counts::{COUNT_COLUMNS, counts_in, counts_of_table},
        sums::{date, epoch_day, hour_of},
    },
    key::{AccountKey, TenantKey},
    sql::{self, Connection, Row},
};
use carbon_report::{Activity, Month, evidence::TaggedActivity};
use std::sync::LazyLock;

// Day by day: the rows of one day stand together, and the tenant's are few of them.
static ACTIVITY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "with recursive days (day) as (select cast(?3 as bigint) union all select day + 1 from days where day < ?4)
         select usage.day, usage.hour, deployment.model, deployment.provider, deployment.region, {}
           from days cross join daily_usage as usage join deployment using (account_key, deployment_key)
          where usage.day = days.day and usage.account_key = ?1 and usage.is_test = false and usage.tenant_key = ?2
            and usage.is_adjustment = false and usage.requests > 0
          order by usage.day, usage.hour, deployment.model, deployment.provider, deployment.region",
        counts_of_table("usage")
    )
});

static TAGGED: LazyLock<String> = LazyLock::new(|| {
    format!(
        "with recursive days (day) as (select cast(?3 as bigint) union all select day + 1 from days where day < ?4)
         select usage.day, usage.hour, deployment.model, deployment.provider, deployment.region, {}, tag.name, tag.value
           from tag cross join days cross join daily_tag_usage as usage
           join deployment on deployment.account_key = usage.account_key and deployment.deployment_key = usage.deployment_key
          where usage.tag_key = tag.tag_key and usage.day = days.day and tag.account_key = ?1 and tag.tenant_key = ?2
            and usage.account_key = ?1 and usage.is_test = false and usage.is_adjustment = false and usage.requests > 0
          order by tag.name, tag.value, usage.day, usage.hour, deployment.model, deployment.provider, deployment.region",
        counts_of_table("usage")
    )
});

/// A live tenant's sums by day and deployment, without adjustments.
pub(in crate::store) fn activity_of_tenant(
    connection: &Connection,
    account: AccountKey,
    tenant_key: TenantKey,
    month: Month,
) -> sql::Result<Vec<Activity>> {
    let mut statement = connection.prepare_cached(&ACTIVITY)?;
    let [first, last] = [month.first_day(), month.last_day()].map(epoch_day);
    statement.query_map([account.0, tenant_key.0, first, last], activity)?.collect()
}

/// The same by tag.
pub(in crate::store) fn tags_of_tenant(
    connection: &Connection,
    account: AccountKey,
    tenant_key: TenantKey,
    month: Month,
) -> sql::Result<Vec<TaggedActivity>> {
    let mut statement = connection.prepare_cached(&TAGGED)?;
    let [first, last] = [month.first_day(), month.last_day()].map(epoch_day);
    let rows = statement.query_map([account.0, tenant_key.0, first, last], |row| {
        Ok(TaggedActivity {
            name: row.get(ACTIVITY_COLUMNS)?,
            value: row.get(ACTIVITY_COLUMNS + 1)?,
            activity: activity(row)?,
        })
    })?;
    rows.collect()
}

/// The columns of [`activity`]: day, hour, model, provider, region, and the counts.
pub(in crate::store) const ACTIVITY_COLUMNS: usize = 5 + COUNT_COLUMNS.len();

pub(in crate::store) fn activity(row: &Row<'_>) -> sql::Result<Activity> {
    let said = |column: usize| row.get(column).map(|text: String| Some(text).filter(|text| !text.is_empty()));
    let below_zero = || sql::Error::unreadable("a sum is below zero");
    Ok(Activity {
        day: date(row.get(0)?),
        hour: hour_of(row.get(1)?),
        model: row.get(2)?,
        provider: said(3)?,
        region: said(4)?,
        usage: counts_in(row, 5)?.usage().ok_or_else(below_zero)?,
    })
}
