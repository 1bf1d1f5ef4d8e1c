//! Usage as it is asked for: sums by day and deployment, and by what else tells groups apart. Never a look at an event.
//! Tenants and values of tags are many: `usage_groups` reads those of a page.

use crate::store::{
    account,
    book::{
        counts::{counts_in, sums_of_table},
        names::{self, SentDeployment, TENANT_KEY},
        sum_rules::SumRules,
        sums::{SumKey, Whose, date, epoch_day, hour_of, month_in},
        unfolded,
    },
    database::Database,
    error::StoreError,
    key::{AccountKey, Side},
    ledger::Store,
    source::LedgerLocation,
    sql::{self, Connection, OptionalExtension, Row, params},
};
use carbon_report::{Month, counts::Counts};
use jiff::civil::Date;
use std::{collections::BTreeMap, ops::RangeInclusive, sync::LazyLock};

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) struct UsageQuery {
    pub(crate) side: Side,
    pub(crate) from: Date,
    pub(crate) to: Date,
    pub(crate) tenant_id: Option<String>,
    pub(crate) apart: Apart,
}

/// What rows of the answer are told apart by, besides the day and the deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Apart {
    Nothing,
    /// The value of the tag of that key.
    Tag(String),
}

/// What became of a query.
#[derive(Debug)]
pub(crate) enum UsageAnswered {
    Found(UsageFound),
    /// The account has no such tenant.
    NoSuchTenant,
    /// It would take more sums than are kept in memory for one query.
    TooMuch,
}

/// What is answered.
#[derive(Debug)]
pub(crate) struct UsageFound {
    pub(crate) rows: Vec<UsageRow>,
    /// Where `rows` are those of some groups: what all groups together have.
    pub(crate) all: Option<AllGroups>,
    /// Factor sets of the closed months among the days.
    pub(crate) closed: BTreeMap<Month, String>,
}

/// Sums of all groups together.
#[derive(Debug)]
pub(crate) struct AllGroups {
    /// By day and deployment.
    pub(crate) rows: Vec<UsageRow>,
    /// The same, where sums with images, video or sound are among them: with what is counted another way apart, named as groups.
    pub(crate) parts: Option<Vec<UsageRow>>,
}

/// A sum. With tags apart, rows without a value hold the rest: what carries no tag of that key.
#[derive(Clone, Debug)]
pub(crate) struct UsageRow {
    pub(crate) day: Date,
    /// Of the day, where it is known.
    pub(crate) hour: Option<i8>,
    pub(crate) deployment: SentDeployment,
    /// Whether it came after its month was closed.
    pub(crate) is_adjustment: bool,
    /// Tenant or tag value, where these are told apart.
    pub(crate) group: Option<String>,
    pub(crate) counts: Counts,
}

/// The days that are asked for, one by one: so that each is found where it stands.
pub(in crate::store) const DAYS: &str = "with recursive days (day) as (select cast(?3 as bigint) union all select day + 1 from days where day < ?4)";

/// Sums by day and deployment, and by `group`.
pub(in crate::store) fn usage_sql(group: &str, from: &str, and: &str) -> String {
    let sums = sums_of_table("usage");
    format!(
        "{DAYS}
         select usage.day, deployment.model, deployment.provider, deployment.region, usage.is_adjustment, {group}, usage.hour, {sums}
           from days cross join {from}
           join deployment on deployment.account_key = usage.account_key and deployment.deployment_key = usage.deployment_key
          where usage.day = days.day and usage.account_key = ?1 and usage.is_test = ?2 {and}
          group by usage.day, deployment.account_key, deployment.deployment_key, usage.is_adjustment, usage.hour, {group}"
    )
}

pub(in crate::store) const OF_NOBODY: &str = "cast(null as text)";
const USAGE: &str = "daily_usage as usage";
pub(in crate::store) const TAGS: &str = "tag cross join daily_tag_usage as usage";

static OF_ALL: LazyLock<String> = LazyLock::new(|| usage_sql(OF_NOBODY, USAGE, ""));
static OF_TENANT: LazyLock<String> =
    LazyLock::new(|| usage_sql(OF_NOBODY, USAGE, "and usage.tenant_key = ?5"));
static BY_TAG: LazyLock<String> = LazyLock::new(|| usage_sql("tag.value", TAGS, &of_tag(None)));
static BY_TAG_OF_TENANT: LazyLock<String> = LazyLock::new(|| usage_sql("tag.value", TAGS, &of_tag(Some(6))));

/// Which sums are of a tag, whose key is parameter 5; of one tenant, where a parameter names one.
pub(in crate::store) fn of_tag(tenant: Option<usize>) -> String {
    let tag = "and usage.tag_key = tag.tag_key and tag.account_key = ?1 and tag.name = ?5";
    let tenant = tenant.map_or_else(String::new, |place| format!(" and tag.tenant_key = ?{place}"));
    format!("{tag}{tenant}")
}

const HAS_EVENTS: &str = "
    select exists (select 1 from daily_usage where account_key = ?1 and is_test = false),
           exists (select 1 from daily_usage where account_key = ?1 and is_test = true)";

const CLOSED: &str =
    "select month, factor_set from closed_month where account_key = ?1 and month between ?2 and ?3";

impl Store {
    /// Whether an account has ever sent anything: with a live key, with a test key.
    pub(crate) async fn has_events(&self, account: AccountKey) -> Result<[bool; 2], StoreError> {
        self.books.of(account).fold().await?;
        let read = move |connection: &Connection| {
            connection
                .prepare_cached(HAS_EVENTS)?
                .query_row([account.0], |row| Ok([row.get(0)?, row.get(1)?]))
        };
        self.books.of(account).read(read).await
    }

    /// Sums of the days from `from` to `to`, both included: at most `sums_max` of them.
    pub(crate) async fn usage(
        &self,
        query: UsageQuery,
        sums_max: usize,
    ) -> Result<UsageAnswered, StoreError> {
        self.books
            .of(query.side.account)
            .read_folded(move |connection| usage(connection, &query, sums_max))
            .await
    }
}

pub(in crate::store) fn usage(
    connection: &Connection,
    query: &UsageQuery,
    sums_max: usize,
) -> sql::Result<UsageAnswered> {
    let UsageQuery { side, from, to, tenant_id, apart } = query;
    let Some(tenant_key) = asked_tenant(connection, *side, tenant_id.as_deref())? else {
        return Ok(UsageAnswered::NoSuchTenant);
    };
    let (account, is_test) = (side.account.0, side.is_test);
    let (from_day, to_day) = (epoch_day(*from), epoch_day(*to));
    let all = all_rows(connection, *side, [from_day, to_day], tenant_key, sums_max)?;
    let tagged = match (apart, tenant_key) {
        (Apart::Nothing, _) => None,
        (Apart::Tag(name), None) => {
            let values = params![account, is_test, from_day, to_day, name];
            Some(rows(connection, sums_max, &BY_TAG, values)?)
        }
        (Apart::Tag(name), Some(key)) => {
            let values = params![account, is_test, from_day, to_day, name, key];
            Some(rows(connection, sums_max, &BY_TAG_OF_TENANT, values)?)
        }
    };
    if all.len() > sums_max || tagged.as_ref().is_some_and(|tagged| tagged.len() > sums_max) {
        return Ok(UsageAnswered::TooMuch);
    }
    let rows = match tagged {
        Some(mut tagged) => {
            let rest = rest(all, &tagged);
            tagged.extend(rest);
            tagged
        }
        None => all,
    };
    let closed = closed(connection, side.account, Month::of(*from), Month::of(*to))?;
    Ok(UsageAnswered::Found(UsageFound { rows, all: None, closed }))
}

/// The tenant that is asked for, where one is; `None` where the account has no such tenant.
pub(in crate::store) fn asked_tenant(
    connection: &Connection,
    side: Side,
    tenant_id: Option<&str>,
) -> sql::Result<Option<Option<i64>>> {
    let Some(tenant_id) = tenant_id else { return Ok(Some(None)) };
    let values = params![side.account.0, side.is_test, tenant_id];
    let found = connection.prepare_cached(TENANT_KEY)?.query_row(values, |row| row.get(0)).optional()?;
    Ok(found.map(Some))
}

/// By day and deployment: of all tenants, or of one.
pub(in crate::store) fn all_rows(
    connection: &Connection,
    side: Side,
    [from_day, to_day]: [i64; 2],
    tenant_key: Option<i64>,
    sums_max: usize,
) -> sql::Result<Vec<UsageRow>> {
    let (account, is_test) = (side.account.0, side.is_test);
    match tenant_key {
        None => rows(connection, sums_max, &OF_ALL, params![account, is_test, from_day, to_day]),
        Some(key) => rows(connection, sums_max, &OF_TENANT, params![account, is_test, from_day, to_day, key]),
    }
}

/// Sums of a ledger, while a server has it open or without one. `which` picks the account.
pub(crate) fn usage_of_ledger(
    database: &Database,
    which: impl FnOnce(&[(AccountKey, String)]) -> Result<AccountKey, String>,
    is_test: bool,
    days: RangeInclusive<Date>,
) -> Result<Result<Vec<UsageRow>, String>, StoreError> {
    let location = LedgerLocation::of_command(database);
    let ledger = location.open_current()?;
    let account = match which(&ledger.snapshot(account::accounts)??) {
        Ok(account) => account,
        Err(fault) => return Ok(Err(fault)),
    };
    let books = location.books()?;
    let book = books.get(account.book().place()).ok_or(StoreError::Damaged)?;
    book.enter(&ledger)?;
    let rows = ledger.snapshot(|snapshot| usage_of_account(snapshot, account, is_test, &days))??;
    Ok(Ok(rows))
}

fn usage_of_account(
    snapshot: &Connection,
    account: AccountKey,
    is_test: bool,
    days: &RangeInclusive<Date>,
) -> sql::Result<Vec<UsageRow>> {
    let (from, to) = (epoch_day(*days.start()), epoch_day(*days.end()));
    let mut found = rows(snapshot, usize::MAX - 1, &OF_ALL, params![account.0, is_test, from, to])?;
    // A server keeps the sums of the last events in memory for a while.
    for (key, counts) in unfolded(snapshot, &SumRules::of(snapshot)?)?.usage {
        let SumKey { account_key, day, hour, whose, is_adjustment, deployment_key, .. } = key;
        let is_asked = account_key == account.0 && key.is_test == is_test && (from..=to).contains(&day);
        if is_asked && matches!(whose, Whose::Tenant(_)) {
            let deployment = names::deployment(snapshot, account, deployment_key)?;
            found.push(UsageRow {
                day: date(day),
                hour: hour_of(hour),
                deployment,
                is_adjustment,
                group: None,
                counts,
            });
        }
    }
    Ok(found)
}

/// What is left of all rows without those that are tagged: an event has at most one value for a key.
pub(in crate::store) fn rest(all: Vec<UsageRow>, tagged: &[UsageRow]) -> Vec<UsageRow> {
    let key = |row: &UsageRow| (row.day, row.hour, row.deployment.clone(), row.is_adjustment);
    let mut rest: BTreeMap<_, UsageRow> = all.into_iter().map(|row| (key(&row), row)).collect();
    for row in tagged {
        if let Some(rest) = rest.get_mut(&key(row)) {
            rest.counts -= row.counts;
        }
    }
    rest.into_values().filter(|row| row.counts != Counts::default()).collect()
}

/// The sums of a query, and no more than one above `sums_max`.
pub(in crate::store) fn rows(
    connection: &Connection,
    sums_max: usize,
    sql: &str,
    values: &[&dyn sql::ToValue],
) -> sql::Result<Vec<UsageRow>> {
    connection.prepare_cached(sql)?.query_map(values, usage_row)?.take(sums_max + 1).collect()
}

fn usage_row(row: &Row<'_>) -> sql::Result<UsageRow> {
    Ok(UsageRow {
        day: date(row.get(0)?),
        deployment: SentDeployment { model: row.get(1)?, provider: row.get(2)?, region: row.get(3)? },
        is_adjustment: row.get(4)?,
        group: row.get(5)?,
        hour: hour_of(row.get(6)?),
        counts: counts_in(row, 7)?,
    })
}

/// The factor sets of the closed months among these.
pub(in crate::store) fn closed(
    connection: &Connection,
    account: AccountKey,
    from: Month,
    to: Month,
) -> sql::Result<BTreeMap<Month, String>> {
    let values = params![account.0, from.to_string(), to.to_string()];
    let mut statement = connection.prepare_cached(CLOSED)?;
    let months = statement.query_map(values, |row| Ok((month_in(row, 0)?, row.get(1)?)))?;
    months.collect()
}
