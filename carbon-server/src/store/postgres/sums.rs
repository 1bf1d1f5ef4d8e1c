//! Adding to sums on a server: all of a transaction in one statement a table, unless it takes something away.

use crate::store::{
    book::{
        counts::{COUNT_COLUMNS, additions, values},
        sums::{EventSpan, SumKey, Sums, Whose},
    },
    sql::{self, PostgresConnection, changes},
};
use carbon_report::counts::Counts;
use std::sync::LazyLock;
use tokio_postgres::types::ToSql;

/// How a table of sums is added to. No statement leaves the planner a choice that could be wrong: a new book has no statistics, and a
/// plan that was made for an empty table is kept.
struct UsageSql {
    /// Of sums that only grow: a row each, found by the table's key.
    grow: String,
    /// Of those that something is taken from, which are few. Not as above: that would hold what is taken against the checks of a
    /// row of its own. Nor in one statement: Citus takes none that changes a table twice.
    change: [String; 2],
}

impl UsageSql {
    fn of(table: &str, whose: &str) -> Self {
        let columns = COUNT_COLUMNS.join(", ");
        let key = format!("account_key, is_test, day, {whose}, is_adjustment, deployment_key, hour");
        let arrays: Vec<String> =
            (8..8 + COUNT_COLUMNS.len()).map(|place| format!("?{place}::bigint[]")).collect();
        let added = format!(
            "unnest(?1::bigint[], ?2::boolean[], ?3::bigint[], ?4::bigint[], ?5::boolean[], ?6::bigint[], ?7::bigint[], {})
                  as added ({key}, {columns})",
            arrays.join(", ")
        );
        let same = key.split(", ").map(|column| format!("kept.{column} = added.{column}"));
        let same = same.collect::<Vec<_>>().join(" and ");
        let with = |row: &str| additions("kept.", |place| format!("{row}.{}", COUNT_COLUMNS[place]));
        let insert = format!("insert into {table} as kept ({key}, {columns}) select * from {added}");
        let (of_added, of_excluded) = (with("added"), with("excluded"));
        UsageSql {
            grow: format!("{insert} on conflict ({key}) do update set {of_excluded}"),
            change: [
                format!("update {table} as kept set {of_added} from {added} where {same}"),
                format!("{insert} where not exists (select from {table} as kept where {same})"),
            ],
        }
    }
}

static ADD_DAILY_USAGE: LazyLock<UsageSql> = LazyLock::new(|| UsageSql::of("daily_usage", "tenant_key"));
static ADD_DAILY_TAG_USAGE: LazyLock<UsageSql> = LazyLock::new(|| UsageSql::of("daily_tag_usage", "tag_key"));

/// How many rows a statement adds or changes.
const COUNT: &str = "cardinality(?1::bigint[])";
static ADD_MONTH_SPANS_COUNTED: LazyLock<String> = LazyLock::new(|| changes(ADD_MONTH_SPANS, COUNT));
static ADD_INTAKE_COUNTED: LazyLock<String> = LazyLock::new(|| changes(ADD_INTAKE, COUNT));

const ADD_MONTH_SPANS: &str = "
    insert into month_span as kept (account_key, is_test, month, is_adjustment,
                                    first_event_key, last_event_key, events, reversals)
    select * from unnest(?1::bigint[], ?2::boolean[], ?3::text[], ?4::boolean[], ?5::bigint[], ?6::bigint[], ?7::bigint[],
                         ?8::bigint[])
    on conflict (account_key, is_test, month, is_adjustment) do update set
        last_event_key = excluded.last_event_key,
        events         = kept.events    + excluded.events,
        reversals      = kept.reversals + excluded.reversals";

const ADD_INTAKE: &str = "
    insert into intake as kept (account_key, month, first_event_key, last_event_key, events, reversals)
    select * from unnest(?1::bigint[], ?2::text[], ?3::bigint[], ?4::bigint[], ?5::bigint[], ?6::bigint[])
    on conflict (account_key, month) do update set
        last_event_key = excluded.last_event_key,
        events         = kept.events    + excluded.events,
        reversals      = kept.reversals + excluded.reversals";

impl Sums {
    /// Writes them down, and starts over.
    pub(in crate::store) fn flush_to(&mut self, server: &PostgresConnection) -> sql::Result<()> {
        let mut usage: Vec<(SumKey, Counts)> = self.usage.drain().collect();
        // In one order everywhere, so that neighbours stand on one page.
        usage.sort_unstable();
        let (of_tenants, of_tags): (Vec<_>, Vec<_>) =
            usage.into_iter().partition(|(key, _)| matches!(key.whose, Whose::Tenant(_)));
        add_usage(server, &ADD_DAILY_USAGE, of_tenants)?;
        add_usage(server, &ADD_DAILY_TAG_USAGE, of_tags)?;
        let spans: Vec<_> = self.spans.drain().collect();
        if !spans.is_empty() {
            let [first, last, events, reversals] = columns(spans.iter().map(|(_, span)| span));
            server.queue(
                &ADD_MONTH_SPANS_COUNTED,
                &[
                    &column(&spans, |(key, _)| key.account_key),
                    &column(&spans, |(key, _)| key.is_test),
                    &column(&spans, |(key, _)| key.month.to_string()),
                    &column(&spans, |(key, _)| key.is_adjustment),
                    &first,
                    &last,
                    &events,
                    &reversals,
                ],
            )?;
        }
        let intake: Vec<_> = self.intake.drain().collect();
        if !intake.is_empty() {
            let [first, last, events, reversals] = columns(intake.iter().map(|(_, span)| span));
            server.queue(
                &ADD_INTAKE_COUNTED,
                &[
                    &column(&intake, |((account_key, _), _)| *account_key),
                    &column(&intake, |((_, month), _)| month.to_string()),
                    &first,
                    &last,
                    &events,
                    &reversals,
                ],
            )?;
        }
        Ok(())
    }
}

fn add_usage(server: &PostgresConnection, sql: &UsageSql, sums: Vec<(SumKey, Counts)>) -> sql::Result<()> {
    let sums = sums.into_iter().map(|(key, counts)| (key, values(&counts)));
    let (grow, change): (Vec<_>, Vec<_>) =
        sums.partition(|(_, values)| values.iter().all(|value| *value >= 0));
    queue(server, &sql.grow, &grow)?;
    sql.change.iter().try_for_each(|sql| queue(server, sql, &change))
}

/// What is added to a sum, by column.
type Added = (SumKey, [i64; COUNT_COLUMNS.len()]);

fn queue(server: &PostgresConnection, sql: &str, sums: &[Added]) -> sql::Result<()> {
    if sums.is_empty() {
        return Ok(());
    }
    let whose = |key: &SumKey| match key.whose {
        Whose::Tenant(key) | Whose::Tag(key) => key,
    };
    let counts: [Vec<i64>; COUNT_COLUMNS.len()] =
        std::array::from_fn(|place| column(sums, |(_, values)| values[place]));
    let keys: [&(dyn ToSql + Sync); 7] = [
        &column(sums, |(key, _)| key.account_key),
        &column(sums, |(key, _)| key.is_test),
        &column(sums, |(key, _)| key.day),
        &column(sums, |(key, _)| whose(key)),
        &column(sums, |(key, _)| key.is_adjustment),
        &column(sums, |(key, _)| key.deployment_key),
        &column(sums, |(key, _)| key.hour),
    ];
    let counts = counts.each_ref().map(|count| count as &(dyn ToSql + Sync));
    server.queue(sql, &[&keys[..], &counts[..]].concat())
}

fn column<R, T>(rows: &[R], value: impl Fn(&R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

/// First, last, events, reversals.
fn columns<'s>(spans: impl Iterator<Item = &'s EventSpan>) -> [Vec<i64>; 4] {
    let mut columns: [Vec<i64>; 4] = Default::default();
    for EventSpan { first_event_key, last_event_key, events, reversals } in spans {
        for (column, value) in columns.iter_mut().zip([first_event_key, last_event_key, events, reversals]) {
            column.push(*value);
        }
    }
    columns
}
