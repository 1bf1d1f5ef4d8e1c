//! Windows of metered energy. One that was taken back stays, for the entries that were made from it.

use crate::{
    base::digest::Sha,
    store::{
        error::StoreError,
        key::AccountKey,
        ledger::Store,
        sql::{self, Connection, NONE, OptionalExtension, Row, params},
    },
};
use carbon_core::measure::{MeteredEnergy, Scope, Window};
use carbon_report::pack::windows_sha256;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Of a name and a window's line.
pub(crate) fn window_sha256(served_name: &str, window: &Window) -> Sha {
    Sha256::digest(format!("{served_name}\t{}", window.line())).into()
}

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

/// A name that windows count for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MeasuredName {
    pub(crate) served_name: String,
    pub(crate) windows: u64,
    /// Start of the first and end of the last.
    pub(crate) span_ms: [i64; 2],
}

/// A name that windows were ever sent for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MeteredName {
    pub(crate) account: AccountKey,
    pub(crate) served_name: String,
    /// Taken back or not.
    pub(crate) sent: u64,
    pub(crate) withdrawn: u64,
    /// Start of the first and end of the last of all.
    pub(crate) span_ms: [i64; 2],
}

/// The columns of [`window_in`], in its order.
pub(in crate::store) const WINDOW_COLUMNS: &str = "from_ms, to_ms, meter, scope, accelerator_uj, host_uj, node_uj, input_tokens, \
                       cache_read_input_tokens, output_tokens, requests, context_sum";

const IS_KNOWN: &str = "select exists (select 1 from energy_window where account_key = ?1 and sha256 = ?2
                                        and withdrawn_at_ms is null)";

// Windows of a meter do not overlap, so the last one that starts before the end of another decides.
const BEFORE: &str = "
    select from_ms, to_ms from energy_window
     where account_key = ?1 and served_name = ?2 and meter = ?3 and from_ms < ?4 and withdrawn_at_ms is null
     order by from_ms desc limit 1";

const COUNT: &str = "
    select count(*) from energy_window where account_key = ?1 and served_name = ?2 and withdrawn_at_ms is null";

const ADD: &str = "
    insert into energy_window (energy_window_key, account_key, served_name, from_ms, to_ms, meter, scope,
                               accelerator_uj, host_uj, node_uj, input_tokens, cache_read_input_tokens, output_tokens,
                               requests, context_sum, sha256, received_at_ms)
    select coalesce(max(energy_window_key), ?17) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,
           ?15, ?16 from energy_window";

const NAMES: &str = "
    select served_name, count(*), min(from_ms), max(to_ms) from energy_window
     where account_key = ?1 and withdrawn_at_ms is null group by served_name order by served_name";

const ALL_NAMES: &str = "
    select account_key, served_name, count(*), count(withdrawn_at_ms), min(from_ms), max(to_ms) from energy_window
     group by account_key, served_name order by account_key, served_name";

const LAST_WITHDRAWAL: &str = "
    select coalesce(max(withdrawn_at_ms), 0) from energy_window where account_key = ?1 and served_name = ?2";

const WITHDRAW: &str = "
    update energy_window set withdrawn_at_ms = ?1
     where account_key = ?2 and served_name = ?3 and withdrawn_at_ms is null and from_ms >= ?4 and to_ms <= ?5";

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
        self.books.of(account).write(write).await
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
        self.books.of(account).read(read).await
    }

    /// The names of all accounts.
    pub(crate) async fn all_metered_names(&self) -> Result<Vec<MeteredName>, StoreError> {
        let read = |connection: &Connection| {
            let mut statement = connection.prepare_cached(ALL_NAMES)?;
            let names = statement.query_map(NONE, |row| {
                Ok(MeteredName {
                    account: AccountKey(row.get(0)?),
                    served_name: row.get(1)?,
                    sent: row.get(2)?,
                    withdrawn: row.get(3)?,
                    span_ms: [row.get(4)?, row.get(5)?],
                })
            })?;
            names.collect()
        };
        self.books.read_all(read).await
    }

    /// Takes back the windows of a name that lie in `span_ms`: how many; `None` where it has none.
    pub(crate) async fn withdraw_windows(
        &self,
        account: AccountKey,
        served_name: String,
        span_ms: [i64; 2],
        now_ms: i64,
    ) -> Result<Option<usize>, StoreError> {
        let write = move |connection: &Connection| {
            let of_name = params![account.0, served_name];
            let counting: u64 = connection.prepare_cached(COUNT)?.query_row(of_name, |row| row.get(0))?;
            if counting == 0 {
                return Ok(None);
            }
            let last: i64 =
                connection.prepare_cached(LAST_WITHDRAWAL)?.query_row(of_name, |row| row.get(0))?;
            // Each later than the one before, whatever clocks say: what counted between two of them can be told.
            let at_ms = now_ms.max(last + 1);
            let values = params![at_ms, account.0, served_name, span_ms[0], span_ms[1]];
            connection.prepare_cached(WITHDRAW)?.execute(values).map(Some)
        };
        self.books.of(account).write(write).await
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
                "select {WINDOW_COLUMNS} from energy_window
                  where account_key = ?1 and served_name = ?2 and from_ms between ?3 and ?4
                    and withdrawn_at_ms is null
                  order by from_ms, to_ms, meter"
            );
            let mut statement = connection.prepare_cached(&select)?;
            let values = params![account.0, served_name, span_ms[0], span_ms[1]];
            let windows = statement.query_map(values, window_in)?;
            windows.collect()
        };
        self.books.of(account).read(read).await
    }

    /// The windows that an entry rests on, by how many they are and by their digest; `None` where they are not there.
    pub(crate) async fn windows_behind(
        &self,
        account: AccountKey,
        served_name: String,
        count: u64,
        sha256: String,
    ) -> Result<Option<Vec<Window>>, StoreError> {
        let read = move |connection: &Connection| {
            Ok(SentWindows::read(connection, account, &served_name)?.behind(count, &sha256))
        };
        self.books.of(account).read(read).await
    }
}

/// Every window of a name in the order in which they came in, with when it was taken back.
pub(in crate::store) struct SentWindows(Vec<(Window, Option<i64>)>);

impl SentWindows {
    pub(in crate::store) fn read(
        connection: &Connection,
        account: AccountKey,
        served_name: &str,
    ) -> sql::Result<Self> {
        let select = format!(
            "select {WINDOW_COLUMNS}, withdrawn_at_ms from energy_window where account_key = ?1 and served_name = ?2
              order by energy_window_key"
        );
        let mut statement = connection.prepare_cached(&select)?;
        let rows = statement
            .query_map(params![account.0, served_name], |row| Ok((window_in(row)?, row.get(12)?)))?;
        Ok(SentWindows(rows.collect::<sql::Result<_>>()?))
    }

    /// The windows that an entry rests on. A fit takes all that count: at any time, those are the first that came in of
    /// those that had not been taken back by then.
    pub(in crate::store) fn behind(&self, count: u64, sha256: &str) -> Option<Vec<Window>> {
        let count = usize::try_from(count).ok()?;
        let withdrawals: BTreeSet<i64> = self.0.iter().filter_map(|(_, at_ms)| *at_ms).collect();
        withdrawals.into_iter().rev().chain([i64::MIN]).find_map(|last| {
            let counted = self.0.iter().filter(|(_, at_ms)| at_ms.is_none_or(|at_ms| at_ms > last));
            let windows: Vec<Window> = counted.take(count).map(|(window, _)| window.clone()).collect();
            (windows.len() == count && windows_sha256(&windows) == sha256).then_some(windows)
        })
    }
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
        now_ms,
        connection.book().base(),
    ];
    connection.change_one(ADD, values)?;
    Ok(WindowAdded::New)
}

pub(in crate::store) fn window_in(row: &Row<'_>) -> sql::Result<Window> {
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
