//! Usage by tenant or by the value of a tag, page by page: there may be a hundred thousand of either. What all of them have
//! together is added up by SQL, and rows are read of the groups of the page alone.

use crate::store::{
    book::{
        counts::{named_sums_of_table, sums_of_table, way_of_counting},
        sums::epoch_day,
    },
    error::StoreError,
    key::Side,
    ledger::Store,
    sql::{self, Connection, ToValue, params},
    usage::{
        AllGroups, DAYS, OF_NOBODY, TAGS, UsageAnswered, UsageFound, all_rows, asked_tenant, closed, of_tag,
        rest, rows, usage_sql,
    },
};
use carbon_report::{Month, counts::MEDIA};
use jiff::civil::Date;
use std::sync::LazyLock;

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) struct GroupsQuery {
    pub(crate) side: Side,
    pub(crate) from: Date,
    pub(crate) to: Date,
    pub(crate) tenant_id: Option<String>,
    pub(crate) groups: GroupsOf,
    pub(crate) page: GroupPage,
}

/// What tells groups apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GroupsOf {
    Tenants,
    /// Values of the tag of that key.
    Tag(String),
}

/// Which groups are told apart. The group without a name (erased tenants, or no such tag) is always among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GroupPage {
    /// The first ones behind a name, and one more: so that whoever asks knows whether there are more.
    Behind { name: String, limit: usize },
    /// Those with the most tokens; of tenants alone.
    MostTokens(usize),
}

const TENANTS: &str = "daily_usage as usage
    join tenant on tenant.account_key = usage.account_key and tenant.tenant_key = usage.tenant_key";

/// Tenants with calls that were not cancelled.
const USED: &str = "
    select usage.tenant_key as tenant_key from daily_usage as usage
     where usage.account_key = ?1 and usage.is_test = ?2 and usage.day between ?3 and ?4
     group by usage.tenant_key
    having sum(usage.requests) <> 0";

const ERASED: &str =
    "select tenant_key from tenant where account_key = ?1 and is_test = ?2 and tenant_id is null";

/// How many groups there are; all erased tenants are one.
static TENANT_GROUPS: LazyLock<String> = LazyLock::new(|| {
    format!(
        "select count(*) from (
             select tenant.tenant_id
               from ({USED}) as used join tenant on tenant.account_key = ?1 and tenant.tenant_key = used.tenant_key
              group by tenant.tenant_id) as found"
    )
});

/// Rows of the tenants on a page, which is a query for their numbers.
fn of_tenants(page: &str) -> String {
    // With a sign, so that no index is used: one look at each sum costs less than one for each day and tenant.
    let and =
        format!("and +usage.tenant_key in (select page.tenant_key from ({page}) as page union all {ERASED})");
    usage_sql("tenant_id", TENANTS, &and)
}

static TENANTS_BEHIND: LazyLock<String> = LazyLock::new(|| {
    of_tenants(&format!(
        "select tenant.tenant_key as tenant_key
           from ({USED}) as used join tenant on tenant.account_key = ?1 and tenant.tenant_key = used.tenant_key
          where tenant.tenant_id > ?5 order by tenant.tenant_id limit ?6"
    ))
});
static TENANTS_WITH_MOST: LazyLock<String> = LazyLock::new(|| {
    of_tenants(&format!(
        "{USED} order by sum(usage.input_tokens) + sum(usage.output_tokens) desc, usage.tenant_key limit ?5"
    ))
});
static OF_ONE_TENANT: LazyLock<String> =
    LazyLock::new(|| usage_sql("tenant_id", TENANTS, "and usage.tenant_key = ?5"));
static TENANT_PARTS: LazyLock<String> = LazyLock::new(|| parts_sql("tenant_id", TENANTS, ""));

static ALL_TAGGED: LazyLock<String> = LazyLock::new(|| usage_sql(OF_NOBODY, TAGS, &of_tag(None)));
static ALL_TAGGED_OF_TENANT: LazyLock<String> =
    LazyLock::new(|| usage_sql(OF_NOBODY, TAGS, &of_tag(Some(6))));
static TAG_PARTS: LazyLock<String> = LazyLock::new(|| parts_sql("tag.value", TAGS, &of_tag(None)));
static TAG_PARTS_OF_TENANT: LazyLock<String> =
    LazyLock::new(|| parts_sql("tag.value", TAGS, &of_tag(Some(6))));
static VALUES_BEHIND: LazyLock<String> = LazyLock::new(|| of_values(None));
static VALUES_BEHIND_OF_TENANT: LazyLock<String> = LazyLock::new(|| of_values(Some(8)));

/// Rows of the values on a page: behind parameter 6, as many as parameter 7 says.
fn of_values(tenant: Option<usize>) -> String {
    let tag = of_tag(tenant);
    let and = format!(
        "{tag}
         and tag.value in (
             select page.value from (
                 select tag.value as value from days cross join {TAGS}
                  where usage.day = days.day and usage.account_key = ?1 and usage.is_test = ?2 {tag} and tag.value > ?6
                  group by tag.value
                 having sum(usage.requests) <> 0
                  order by tag.value limit ?7) as page)"
    );
    usage_sql("tag.value", TAGS, &and)
}

/// Sums of all groups by day and deployment, apart by how the sums of single groups are counted.
fn parts_sql(group: &str, from: &str, and: &str) -> String {
    let (sums_of_groups, sums, way) =
        (named_sums_of_table("usage"), sums_of_table("part"), way_of_counting("part"));
    format!(
        "{DAYS},
         part as (
             select usage.account_key, usage.day, usage.hour, usage.deployment_key, {sums_of_groups}
               from days cross join {from}
              where usage.day = days.day and usage.account_key = ?1 and usage.is_test = ?2 {and}
              group by usage.account_key, usage.day, usage.hour, usage.deployment_key, {group})
         select part.day, deployment.model, deployment.provider, deployment.region, false, {way}, part.hour, {sums}
           from part
           join deployment on deployment.account_key = part.account_key and deployment.deployment_key = part.deployment_key
          group by part.day, deployment.account_key, deployment.deployment_key, part.hour, {way}"
    )
}

impl Store {
    /// Sums of the groups on a page, and of all groups together: at most `sums_max` of either.
    pub(crate) async fn usage_of_groups(
        &self,
        query: GroupsQuery,
        sums_max: usize,
    ) -> Result<UsageAnswered, StoreError> {
        self.books
            .of(query.side.account)
            .read_folded(move |connection| usage_of_groups(connection, &query, sums_max))
            .await
    }

    /// How many groups usage by tenant has.
    pub(crate) async fn tenant_groups(&self, side: Side, from: Date, to: Date) -> Result<u64, StoreError> {
        let read = move |connection: &Connection| {
            let values = params![side.account.0, side.is_test, epoch_day(from), epoch_day(to)];
            connection.prepare_cached(&TENANT_GROUPS)?.query_row(values, |row| row.get(0))
        };
        self.books.of(side.account).read_folded(read).await
    }
}

fn usage_of_groups(
    connection: &Connection,
    query: &GroupsQuery,
    sums_max: usize,
) -> sql::Result<UsageAnswered> {
    let GroupsQuery { side, from, to, tenant_id, groups, page } = query;
    let Some(tenant_key) = asked_tenant(connection, *side, tenant_id.as_deref())? else {
        return Ok(UsageAnswered::NoSuchTenant);
    };
    let (account, is_test, days) = (side.account.0, side.is_test, [*from, *to].map(epoch_day));
    let (behind, limit) = match page {
        GroupPage::Behind { name, limit } => (name.as_str(), limit.saturating_add(1)),
        GroupPage::MostTokens(limit) => ("", *limit),
    };
    // No query takes a larger one.
    let limit = limit.min(1 << 40);
    let read = |sql: &str, more: &[&dyn ToValue]| {
        rows(connection, sums_max, sql, &[params![account, is_test, days[0], days[1]], more].concat())
    };
    let all = all_rows(connection, *side, days, tenant_key, sums_max)?;
    let has_media = all.iter().any(|row| row.counts.media != [0; MEDIA]);
    let (mut page_rows, parts, untagged) = match (groups, tenant_key) {
        (GroupsOf::Tenants, Some(key)) => (read(&OF_ONE_TENANT, params![key])?, None, Vec::new()),
        (GroupsOf::Tenants, None) => {
            let page_rows = match page {
                GroupPage::Behind { .. } => read(&TENANTS_BEHIND, params![behind, limit])?,
                GroupPage::MostTokens(_) => read(&TENANTS_WITH_MOST, params![limit])?,
            };
            let parts = has_media.then(|| read(&TENANT_PARTS, &[])).transpose()?;
            (page_rows, parts, Vec::new())
        }
        (GroupsOf::Tag(name), None) => {
            let page_rows = read(&VALUES_BEHIND, params![name, behind, limit])?;
            let parts = has_media.then(|| read(&TAG_PARTS, params![name])).transpose()?;
            (page_rows, parts, rest(all.clone(), &read(&ALL_TAGGED, params![name])?))
        }
        (GroupsOf::Tag(name), Some(key)) => {
            let page_rows = read(&VALUES_BEHIND_OF_TENANT, params![name, behind, limit, key])?;
            let parts = has_media.then(|| read(&TAG_PARTS_OF_TENANT, params![name, key])).transpose()?;
            (page_rows, parts, rest(all.clone(), &read(&ALL_TAGGED_OF_TENANT, params![name, key])?))
        }
    };
    let parts = parts.map(|mut parts| {
        parts.extend(untagged.iter().cloned());
        parts
    });
    page_rows.extend(untagged);
    let sums = [all.len(), page_rows.len(), parts.as_ref().map_or(0, Vec::len)];
    if sums.into_iter().any(|sums| sums > sums_max) {
        return Ok(UsageAnswered::TooMuch);
    }
    let closed = closed(connection, side.account, Month::of(*from), Month::of(*to))?;
    let all = AllGroups { rows: all, parts };
    Ok(UsageAnswered::Found(UsageFound { rows: page_rows, all: Some(all), closed }))
}
