//! The calls of the ledger in the time of windows.

use crate::{
    base::name::normal,
    store::{
        archive::EventsOf,
        book::{
            journal::{EventRow, MS_PER_DAY},
            sums::{date, epoch_day, month_in},
        },
        error::StoreError,
        key::AccountKey,
        ledger::Store,
        month::pruned::pruned_months,
        sql::{self, Connection, Row, params},
    },
};
use carbon_report::Month;
use std::collections::{BTreeMap, BTreeSet};

/// What the live side has of a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CallsInTime {
    /// Input and output tokens of the calls in the metered time, less reversals.
    pub(crate) tokens: [i64; 2],
    /// Hours since 1970 with a call, in all of the time.
    pub(crate) hours: BTreeSet<i64>,
    /// A month of the time whose events were pruned, and are in no archive.
    pub(crate) pruned: Option<Month>,
}

const SPANS: &str = "
    select month, min(first_event_key), max(last_event_key) from month_span
     where account_key = ?1 and is_test = false and month between ?2 and ?3
     group by month order by month";

// Letter case tells no names apart, and not every letter is ASCII: SQL cannot say so.
const DEPLOYMENTS: &str = "select deployment_key, model from deployment where account_key = ?1";

const EVENTS: &str = "
    select cast(coalesce(sum(events), 0) as bigint) from month_span
     where account_key = ?1 and is_test = false and month between ?2 and ?3";

const HOUR_MS: i64 = 3_600_000;

impl Store {
    /// What the live side has of a name from a time on until another: its tokens in the metered time, and its hours. Reads
    /// every event of these months.
    pub(crate) async fn calls_in_time(
        &self,
        account: AccountKey,
        served_name: String,
        metered: BTreeMap<i64, i64>,
        [from_ms, to_ms]: [i64; 2],
        months: [Month; 2],
    ) -> Result<CallsInTime, StoreError> {
        self.books.of(account).fold().await?;
        let archives = self.archives.clone();
        let read = move |connection: &Connection| {
            let mut found = CallsInTime::default();
            let pruned = pruned_months(connection)?;
            let days = epoch_day(months[0].first_day())..=epoch_day(months[1].last_day());
            let pruned = pruned.into_iter().filter(|month| days.contains(&epoch_day(month.first_day())));
            let mut archived = Vec::new();
            for month in pruned {
                match archives.events_of(connection, month)? {
                    EventsOf::Archive(archive) => archived.push(archive),
                    EventsOf::Rows => {}
                    EventsOf::Nowhere => {
                        found.pruned = Some(month);
                        return Ok(found);
                    }
                }
            }
            let deployments = deployments(connection, account, &served_name)?;
            if deployments.is_empty() {
                return Ok(found);
            }
            let select = format!(
                "select received_at_ms, occurred_at_ms, input_tokens, output_tokens, reverses from event
                  where account_key = ?1 and event_key between ?2 and ?3 and is_test = false
                    and deployment_key in ({})",
                deployments.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
            );
            let is_archived: BTreeSet<Month> = archived.iter().map(|archive| archive.month()).collect();
            for [first, last] in spans(connection, account, months)? {
                let mut statement = connection.prepare_scan(&select)?;
                let mut rows = statement.query(params![account.0, first, last])?;
                while let Some(row) = rows.next()? {
                    let call = Call::read(&row)?;
                    // Those that are being pruned are counted where they stay.
                    if !is_archived.contains(&Month::of(date(call.at_ms.div_euclid(MS_PER_DAY)))) {
                        found.add(&call, &metered, from_ms..to_ms);
                    }
                }
            }
            for mut archive in archived {
                while archive.peek()?.is_some() {
                    let (event, _) = archive.take()?;
                    let is_of_name = event.account_key == account.0
                        && !event.is_test
                        && deployments.contains(&event.deployment_key);
                    if is_of_name {
                        found.add(&Call::of(&event), &metered, from_ms..to_ms);
                    }
                }
            }
            Ok(found)
        };
        self.books.of(account).read(read).await
    }

    /// How many rows the live side has of these months: a number that changes with every call.
    pub(crate) async fn events_of_months(
        &self,
        account: AccountKey,
        [first, last]: [Month; 2],
    ) -> Result<u64, StoreError> {
        self.books.of(account).fold().await?;
        let read = move |connection: &Connection| {
            let values = params![account.0, first.to_string(), last.to_string()];
            connection.prepare_cached(EVENTS)?.query_row(values, |row| row.get(0))
        };
        self.books.of(account).read(read).await
    }
}

/// An event, as far as it matters here.
struct Call {
    at_ms: i64,
    tokens: [i64; 2],
    is_reversal: bool,
}

impl Call {
    fn of(event: &EventRow<'_>) -> Self {
        let [input, _, _, output, _] = event.tokens;
        Call { at_ms: event.at_ms(), tokens: [input, output], is_reversal: event.reverses.is_some() }
    }

    fn read(row: &Row<'_>) -> sql::Result<Self> {
        let (received_at_ms, occurred_at_ms): (i64, Option<i64>) = (row.get(0)?, row.get(1)?);
        let reverses: Option<i64> = row.get(4)?;
        Ok(Call {
            at_ms: occurred_at_ms.unwrap_or(received_at_ms),
            tokens: [row.get(2)?, row.get(3)?],
            is_reversal: reverses.is_some(),
        })
    }
}

impl CallsInTime {
    fn add(&mut self, call: &Call, metered: &BTreeMap<i64, i64>, time: std::ops::Range<i64>) {
        if !time.contains(&call.at_ms) {
            return;
        }
        if !call.is_reversal {
            self.hours.insert(call.at_ms.div_euclid(HOUR_MS));
        }
        if metered.range(..=call.at_ms).next_back().is_some_and(|(_, end)| call.at_ms < *end) {
            self.tokens[0] += call.tokens[0];
            self.tokens[1] += call.tokens[1];
        }
    }
}

/// Where the events of these months stand: ranges that do not overlap.
fn spans(
    connection: &Connection,
    account: AccountKey,
    [first, last]: [Month; 2],
) -> sql::Result<Vec<[i64; 2]>> {
    let mut statement = connection.prepare_cached(SPANS)?;
    let values = params![account.0, first.to_string(), last.to_string()];
    let rows = statement.query_map(values, |row| {
        month_in(row, 0)?;
        Ok([row.get(1)?, row.get(2)?])
    })?;
    let mut spans: Vec<[i64; 2]> = rows.collect::<sql::Result<_>>()?;
    spans.sort_unstable();
    let mut merged: Vec<[i64; 2]> = Vec::new();
    for [from, to] in spans {
        match merged.last_mut() {
            Some(last) if from <= last[1] + 1 => last[1] = last[1].max(to),
            _ => merged.push([from, to]),
        }
    }
    Ok(merged)
}

/// Keys of the deployments whose model is of that name.
fn deployments(
    connection: &Connection,
    account: AccountKey,
    served_name: &str,
) -> sql::Result<BTreeSet<i64>> {
    let mut statement = connection.prepare_cached(DEPLOYMENTS)?;
    let rows = statement.query_map([account.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let all: Vec<(i64, String)> = rows.collect::<sql::Result<_>>()?;
    let of_name = all.into_iter().filter(|(_, model)| normal(model) == served_name);
    Ok(of_name.map(|(key, _)| key).collect())
}
