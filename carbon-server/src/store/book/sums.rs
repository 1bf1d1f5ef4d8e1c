//! What the events of one transaction add up to: gathered in memory, written once.

pub(in crate::store) use crate::store::book::journal::month_in;
use crate::{
    base::digest::QuickMap,
    store::{
        book::{
            counts::{COUNT_COLUMNS, additions, values},
            journal::{EventRow, MS_PER_DAY},
            sum_rules::SumRules,
        },
        key::AccountKey,
        sql::{self, Connection, ToValue, params},
    },
};
use carbon_report::{Month, counts::Counts};
use jiff::{ToSpan, civil::Date};
use std::{cell::Cell, sync::LazyLock};

/// Whose usage a sum is: a tenant's, or that of one of its tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::store) enum Whose {
    Tenant(i64),
    Tag(i64),
}

/// What makes a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::store) struct SumKey {
    pub(in crate::store) account_key: i64,
    pub(in crate::store) is_test: bool,
    pub(in crate::store) day: i64,
    /// 0 to 23; [`WHOLE_DAY`] where the account's calls are summed by the day.
    pub(in crate::store) hour: i64,
    pub(in crate::store) whose: Whose,
    pub(in crate::store) is_adjustment: bool,
    pub(in crate::store) deployment_key: i64,
}

/// What makes a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::store) struct SpanKey {
    pub(in crate::store) account_key: i64,
    pub(in crate::store) is_test: bool,
    pub(in crate::store) month: Month,
    pub(in crate::store) is_adjustment: bool,
}

/// Where the events of a month stand, and how many they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) struct EventSpan {
    pub(in crate::store) first_event_key: i64,
    pub(in crate::store) last_event_key: i64,
    pub(in crate::store) events: i64,
    pub(in crate::store) reversals: i64,
}

/// The `hour` of a sum over a day.
pub(in crate::store) const WHOLE_DAY: i64 = -1;

/// Sums of some events, by numbers that the ledger has given.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::store) struct Sums {
    pub(in crate::store) usage: QuickMap<SumKey, Counts>,
    pub(in crate::store) spans: QuickMap<SpanKey, EventSpan>,
    /// Live events of an account, by the month in which they came in.
    pub(in crate::store) intake: QuickMap<(i64, Month), EventSpan>,
}

/// The statement that adds to a sum that is there, and the one that makes a new one. Not one upsert: that would hold what a
/// reversal takes away against the checks of a row of its own.
struct AddUsage {
    update: String,
    insert: String,
}

impl AddUsage {
    fn to(table: &str, whose: &str) -> Self {
        /// Parameters of the key.
        const KEYS: usize = 7;
        let (columns, first, last) = (COUNT_COLUMNS.join(", "), KEYS + 1, KEYS + COUNT_COLUMNS.len());
        let parameters: Vec<String> = (1..=last).map(|place| format!("?{place}")).collect();
        AddUsage {
            update: format!(
                "update {table} set {}
                  where account_key = ?1 and is_test = ?2 and day = ?3 and {whose} = ?4
                    and is_adjustment = ?5 and deployment_key = ?6 and hour = ?7",
                additions("", |place| format!("?{}", first + place))
            ),
            insert: format!(
                "insert into {table} (account_key, is_test, day, {whose}, is_adjustment, deployment_key, hour, {columns})
                 values ({})",
                parameters.join(", ")
            ),
        }
    }
}

static ADD_DAILY_USAGE: LazyLock<AddUsage> = LazyLock::new(|| AddUsage::to("daily_usage", "tenant_key"));
static ADD_DAILY_TAG_USAGE: LazyLock<AddUsage> = LazyLock::new(|| AddUsage::to("daily_tag_usage", "tag_key"));

const ADD_MONTH_SPAN: &str = "
    insert into month_span (account_key, is_test, month, is_adjustment,
                            first_event_key, last_event_key, events, reversals)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    on conflict do update set
        last_event_key = excluded.last_event_key,
        events         = events    + excluded.events,
        reversals      = reversals + excluded.reversals";

const ADD_INTAKE: &str = "
    insert into intake (account_key, month, first_event_key, last_event_key, events, reversals)
    values (?1, ?2, ?3, ?4, ?5, ?6)
    on conflict do update set
        last_event_key = excluded.last_event_key,
        events         = events    + excluded.events,
        reversals      = reversals + excluded.reversals";

impl EventSpan {
    fn of(event: &EventRow<'_>) -> Self {
        EventSpan {
            first_event_key: event.event_key,
            last_event_key: event.event_key,
            events: 1,
            reversals: event.reverses.is_some().into(),
        }
    }

    fn add(&mut self, event: &EventRow<'_>) {
        self.last_event_key = event.event_key;
        self.events += 1;
        self.reversals += i64::from(event.reverses.is_some());
    }
}

impl Sums {
    /// Adds an event; events come in the order of their keys.
    pub(in crate::store) fn add(&mut self, event: &EventRow<'_>, rules: &SumRules) {
        let day = event.day();
        let month = month_of(day);
        let (account_key, is_test) = (event.account_key, event.is_test);
        // Only live events are ever closed; what comes with a test key is on no bill and in no report.
        let pinned = (!is_test).then(|| rules.closed.get(&(AccountKey(account_key), month))).flatten();
        let is_adjustment = pinned.is_some_and(|last_event_key| event.event_key > *last_event_key);
        let hour = if rules.is_by_hour(event) { event.hour() } else { WHOLE_DAY };
        let counts = event.counts();
        let whose = std::iter::once(Whose::Tenant(event.tenant_key)).chain(event.tag_keys().map(Whose::Tag));
        for whose in whose {
            let deployment_key = event.deployment_key;
            let key = SumKey { account_key, is_test, day, hour, whose, is_adjustment, deployment_key };
            *self.usage.entry(key).or_default() += counts;
        }
        let span = self.spans.entry(SpanKey { account_key, is_test, month, is_adjustment });
        span.and_modify(|span| span.add(event)).or_insert_with(|| EventSpan::of(event));
        if !is_test {
            let received = month_of(event.received_at_ms.div_euclid(MS_PER_DAY));
            let span = self.intake.entry((account_key, received));
            span.and_modify(|span| span.add(event)).or_insert_with(|| EventSpan::of(event));
        }
    }

    /// Writes them down, and starts over.
    pub(in crate::store) fn flush(&mut self, connection: &Connection) -> sql::Result<()> {
        for (key, counts) in self.usage.drain() {
            let (add, whose) = match key.whose {
                Whose::Tenant(tenant_key) => (&*ADD_DAILY_USAGE, tenant_key),
                Whose::Tag(tag_key) => (&*ADD_DAILY_TAG_USAGE, tag_key),
            };
            let counts = values(&counts);
            let counts = counts.each_ref().map(|count| count as &dyn ToValue);
            let key = params![
                key.account_key,
                key.is_test,
                key.day,
                whose,
                key.is_adjustment,
                key.deployment_key,
                key.hour
            ];
            let all = [key, &counts].concat();
            if connection.prepare_cached(&add.update)?.execute(all.as_slice())? == 0 {
                connection.change_one(&add.insert, all.as_slice())?;
            }
        }
        for (key, span) in self.spans.drain() {
            connection.prepare_cached(ADD_MONTH_SPAN)?.change_one(params![
                key.account_key,
                key.is_test,
                key.month.to_string(),
                key.is_adjustment,
                span.first_event_key,
                span.last_event_key,
                span.events,
                span.reversals,
            ])?;
        }
        for ((account_key, month), span) in self.intake.drain() {
            connection.prepare_cached(ADD_INTAKE)?.change_one(params![
                account_key,
                month.to_string(),
                span.first_event_key,
                span.last_event_key,
                span.events,
                span.reversals,
            ])?;
        }
        Ok(())
    }
}

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// The date of a `day` column.
pub(in crate::store) fn date(day: i64) -> Date {
    EPOCH.saturating_add(day.days())
}

/// The month of a `day` column. Events come day by day: that of the last one is known.
pub(in crate::store) fn month_of(day: i64) -> Month {
    thread_local! {
        static LAST: Cell<Option<(i64, Month)>> = const { Cell::new(None) };
    }
    if let Some((_, month)) = LAST.get().filter(|(last, _)| *last == day) {
        return month;
    }
    let month = Month::of(date(day));
    LAST.set(Some((day, month)));
    month
}

/// The hour in an `hour` column, where it is one.
pub(in crate::store) fn hour_of(hour: i64) -> Option<i8> {
    i8::try_from(hour).ok().filter(|hour| *hour >= 0)
}

/// The `day` column of a date.
pub(in crate::store) fn epoch_day(date: Date) -> i64 {
    date.duration_since(EPOCH).as_hours() / 24
}
