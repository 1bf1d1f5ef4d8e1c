//! Windows of metered energy, and the calls of the ledger in their time.

use crate::{
    base::digest::Sha,
    store::{
        book::sums::{epoch_day, month_in},
        error::StoreError,
        key::AccountKey,
        ledger::Store,
        month::pruned::pruned_months,
        sql::{self, Connection, NONE, OptionalExtension, Row, params},
    },
};
use carbon_core::measure::{MeteredEnergy, Scope, Window};
use carbon_report::Month;
use std::collections::{BTreeMap, BTreeSet};

/// A window to be kept.
#[derive(Clone, Debug)]
pub(crate) struct NewWindow {
    pub(crate) served_name: String,
    pub(crate) window: Window,
    /// Of the name and the window's line.
    pub(crate) sha256: Sha,
}

/// What became of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WindowAdded {
    New,
    /// It was there already.
    Duplicate,
    /// Another window of the same name and meter has a part of its time.
    Overlaps {
        from_ms: i64,
        to_ms: i64,
    },
    /// The name has as many windows as it may have.
    TooMany,
}

/// A name that windows were sent for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MeasuredName {
    pub(crate) served_name: String,
    pub(crate) windows: u64,
    /// Start of the first and end of the last.
    pub(crate) span_ms: [i64; 2],
}

/// What the live book has of a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CallsInTime {
    /// Input and output tokens of the calls in the metered time, less reversals.
    pub(crate) tokens: [i64; 2],
    /// Hours since 1970 with a call, in all of the time.
    pub(crate) hours: BTreeSet<i64>,
    /// A month of the time whose events were pruned.
    pub(crate) pruned: Option<Month>,
}

const COLUMNS: &str = "from_ms, to_ms, meter, scope, accelerator_uj, host_uj, node_uj, input_tokens, \
                       cache_read_input_tokens, output_tokens, requests, context_sum";

const IS_KNOWN: &str = "select exists (select 1 from energy_window where account_key = ?1 and sha256 = ?2)";

// Windows of a meter do not overlap, so the last one that starts before the end of another decides.
const BEFORE: &str = "
    select from_ms, to_ms from energy_window
     where account_key = ?1 and served_name = ?2 and meter = ?3 and from_ms < ?4
     order by from_ms desc limit 1";

const COUNT: &str = "select count(*) from energy_window where account_key = ?1 and served_name = ?2";

const ADD: &str = "
    insert into energy_window (account_key, served_name, from_ms, to_ms, meter, scope, accelerator_uj, host_uj, node_uj,
                               input_tokens, cache_read_input_tokens, output_tokens, requests, context_sum, sha256,
                               received_at_ms)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";

const NAMES: &str = "
    select served_name, count(*), min(from_ms), max(to_ms) from energy_window
     where account_key = ?1 group by served_name order by served_name";

const ALL_NAMES: &str = "
    select account_key, served_name, count(*), min(from_ms), max(to_ms) from energy_window
     group by account_key, served_name order by account_key, served_name";

const SPANS: &str = "
    select month, min(first_event_key), max(last_event_key) from month_span
     where account_key = ?1 and is_test = false and month between ?2 and ?3
     group by month order by month";

const CALLS: &str = "
    select event.received_at_ms, event.occurred_at_ms, event.input_tokens, event.output_tokens, event.reverses
      from event join deployment using (account_key, deployment_key)
     where event.account_key = ?1 and event.event_key between ?2 and ?3 and event.is_test = false
       and deployment.model = ?4";

const HOUR_MS: i64 = 3_600_000;

impl Store {
    /// Adds windows, each once. When this returns, they are on disk.
    pub(crate) async fn add_windows(
        &self,
        account: AccountKey,
        windows: Vec<NewWindow>,
        windows_max: u64,
        now_ms: i64,
    ) -> Result<Vec<WindowAdded>, StoreError> {
        let write = move |connection: &Connection| {
            let mut counts = BTreeMap::new();
            let add = |new: &NewWindow| {
                let count = match counts.get_mut(&new.served_name) {
                    Some(count) => count,
                    None => counts.entry(new.served_name.clone()).or_insert(count(connection, account, new)?),
                };
                let added = add_window(connection, account, new, *count >= windows_max, now_ms)?;
                *count += u64::from(added == WindowAdded::New);
                Ok(added)
            };
            windows.iter().map(add).collect()
        };
        self.writer.write(write).await
    }

    /// The names that an account has sent windows for.
    pub(crate) async fn measured_names(&self, account: AccountKey) -> Result<Vec<MeasuredName>, StoreError> {
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(NAMES)?;
            let names = statement.query_map([account.0], |row| {
                Ok(MeasuredName {
                    served_name: row.get(0)?,
                    windows: row.get(1)?,
                    span_ms: [row.get(2)?, row.get(3)?],
                })
            })?;
            names.collect()
        };
        self.readers.read(read).await
    }

    /// The names of all accounts.
    pub(crate) async fn all_measured_names(&self) -> Result<Vec<(AccountKey, MeasuredName)>, StoreError> {
        let read = |connection: &Connection| {
            let mut statement = connection.prepare_cached(ALL_NAMES)?;
            let names = statement.query_map(NONE, |row| {
                let name = MeasuredName {
                    served_name: row.get(1)?,
                    windows: row.get(2)?,
                    span_ms: [row.get(3)?, row.get(4)?],
                };
                Ok((AccountKey(row.get(0)?), name))
            })?;
            names.collect()
        };
        self.readers.read(read).await
    }

    /// The windows of a name that start in `span_ms`, in order of time.
    pub(crate) async fn windows(
        &self,
        account: AccountKey,
        served_name: String,
        span_ms: [i64; 2],
    ) -> Result<Vec<Window>, StoreError> {
        let read = move |connection: &Connection| {
            let select = format!(
                "select {COLUMNS} from energy_window
                  where account_key = ?1 and served_name = ?2 and from_ms between ?3 and ?4
                  order by from_ms, to_ms, meter"
            );
            let mut statement = connection.prepare_cached(&select)?;
            let values = params![account.0, served_name, span_ms[0], span_ms[1]];
            let windows = statement.query_map(values, window_in)?;
            windows.collect()
        };
        self.readers.read(read).await
    }

    /// The first windows of a name that came in, in the order in which they did.
    pub(crate) async fn first_windows(
        &self,
        account: AccountKey,
        served_name: String,
        count: u64,
    ) -> Result<Vec<Window>, StoreError> {
        let read = move |connection: &Connection| {
            let select = format!(
                "select {COLUMNS} from energy_window where account_key = ?1 and served_name = ?2
                  order by energy_window_key limit ?3"
            );
            let mut statement = connection.prepare_cached(&select)?;
            let windows = statement.query_map(params![account.0, served_name, count], window_in)?;
            windows.collect()
        };
        self.readers.read(read).await
    }

    /// What the live book has of a name from a time on until another: its tokens in the metered time, and its hours. Reads
    /// every event of these months.
    pub(crate) async fn calls_in_time(
        &self,
        account: AccountKey,
        served_name: String,
        metered: BTreeMap<i64, i64>,
        [from_ms, to_ms]: [i64; 2],
        months: [Month; 2],
    ) -> Result<CallsInTime, StoreError> {
        self.writer.fold().await?;
        let read = move |connection: &Connection| {
            let mut found = CallsInTime::default();
            let pruned = pruned_months(connection)?;
            let days = epoch_day(months[0].first_day())..=epoch_day(months[1].last_day());
            found.pruned = pruned.into_iter().find(|month| days.contains(&epoch_day(month.first_day())));
            if found.pruned.is_some() {
                return Ok(found);
            }
            for [first, last] in spans(connection, account, months)? {
                let mut statement = connection.prepare_scan(CALLS)?;
                let mut rows = statement.query(params![account.0, first, last, served_name])?;
                while let Some(row) = rows.next()? {
                    found.add(&Call::read(&row)?, &metered, from_ms..to_ms);
                }
            }
            Ok(found)
        };
        self.readers.read(read).await
    }
}

/// An event, as far as it matters here.
struct Call {
    at_ms: i64,
    tokens: [i64; 2],
    is_reversal: bool,
}

impl Call {
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

fn count(connection: &Connection, account: AccountKey, new: &NewWindow) -> sql::Result<u64> {
    let values = params![account.0, new.served_name];
    connection.prepare_cached(COUNT)?.query_row(values, |row| row.get(0))
}

fn add_window(
    connection: &Connection,
    account: AccountKey,
    new: &NewWindow,
    is_full: bool,
    now_ms: i64,
) -> sql::Result<WindowAdded> {
    let NewWindow { served_name, window, sha256 } = new;
    let is_known: bool =
        connection.prepare_cached(IS_KNOWN)?.query_row(params![account.0, sha256], |row| row.get(0))?;
    if is_known {
        return Ok(WindowAdded::Duplicate);
    }
    let before = connection
        .prepare_cached(BEFORE)?
        .query_row(params![account.0, served_name, window.meter, window.to_ms], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    if let Some((from_ms, to_ms)) = before.filter(|(_, to_ms): &(i64, i64)| *to_ms > window.from_ms) {
        return Ok(WindowAdded::Overlaps { from_ms, to_ms });
    }
    if is_full {
        return Ok(WindowAdded::TooMany);
    }
    let MeteredEnergy { accelerator_uj, host_uj, node_uj } = window.energy;
    let values = params![
        account.0,
        served_name,
        window.from_ms,
        window.to_ms,
        window.meter,
        window.scope.as_str(),
        accelerator_uj,
        host_uj,
        node_uj,
        window.input_tokens,
        window.cache_read_input_tokens,
        window.output_tokens,
        window.requests,
        window.context_sum,
        sha256,
        now_ms
    ];
    connection.prepare_cached(ADD)?.execute(values)?;
    Ok(WindowAdded::New)
}

fn window_in(row: &Row<'_>) -> sql::Result<Window> {
    let scope = Scope::from_word(row.get_ref(3)?.as_str()?);
    Ok(Window {
        from_ms: row.get(0)?,
        to_ms: row.get(1)?,
        meter: row.get(2)?,
        scope: scope.ok_or(sql::Error::unreadable("it is not what was written"))?,
        energy: MeteredEnergy { accelerator_uj: row.get(4)?, host_uj: row.get(5)?, node_uj: row.get(6)? },
        input_tokens: row.get(7)?,
        cache_read_input_tokens: row.get(8)?,
        output_tokens: row.get(9)?,
        requests: row.get(10)?,
        context_sum: row.get(11)?,
    })
}
