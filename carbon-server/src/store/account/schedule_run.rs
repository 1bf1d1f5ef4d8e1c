//! Runs of schedules: what is done about a month, by one server at a time.
//!
//! A server takes a run for a while and says again and again that it has it. If it is not heard of any more, another goes on where
//! it ended. Whoever was late to learn that changes nothing: each change is of who took the run last.

use crate::store::{
    account::{
        outbox::{MessageKind, NewMessage, add_message},
        schedule::{self, ReportSchedule},
    },
    book::sums::month_in,
    error::StoreError,
    key::{AccountKey, TenantKey},
    ledger::Store,
    sql::{self, Connection, OptionalExtension, Row, params},
};
use carbon_report::Month;
use rust_decimal::Decimal;

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunState {
    /// Until somebody takes it, or until its clients have enough coverage.
    Waiting,
    Closing,
    Issuing,
    /// Every report was made.
    Issued,
    Failed,
    /// By its account.
    Skipped,
}

impl RunState {
    const ALL: [RunState; 6] = [
        RunState::Waiting,
        RunState::Closing,
        RunState::Issuing,
        RunState::Issued,
        RunState::Failed,
        RunState::Skipped,
    ];

    /// The word of the schema.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            RunState::Waiting => "waiting",
            RunState::Closing => "closing",
            RunState::Issuing => "issuing",
            RunState::Issued => "issued",
            RunState::Failed => "failed",
            RunState::Skipped => "skipped",
        }
    }

    fn from_word(word: &str) -> sql::Result<Self> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == word);
        found.ok_or_else(|| sql::Error::unreadable(format!("{word:?} is no state of a run")))
    }

    /// Whether nothing is left to do.
    pub(crate) fn has_ended(self) -> bool {
        matches!(self, RunState::Issued | RunState::Failed | RunState::Skipped)
    }
}

/// Why a run does not go on, and what somebody can do about it. Names no client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RunProblem {
    pub(crate) problem: String,
    pub(crate) what_to_do: String,
}

/// A run that this server has taken, until another takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RunHold {
    pub(crate) account: AccountKey,
    pub(in crate::store) run_key: i64,
    takes: i64,
}

/// The same, with what it is about.
#[derive(Clone, Debug)]
pub(crate) struct TakenRun {
    pub(crate) hold: RunHold,
    pub(crate) run_id: String,
    pub(crate) month: Month,
    pub(crate) state: RunState,
    pub(crate) schedule: ReportSchedule,
}

/// What a run is from now on.
#[derive(Clone, Debug)]
pub(crate) struct RunChange {
    pub(crate) state: RunState,
    /// `None`: as it was.
    pub(crate) coverage: Option<Decimal>,
    pub(crate) problem: Option<RunProblem>,
    /// When it is looked at again, unless it has ended.
    pub(crate) next_attempt_at_ms: i64,
    pub(crate) now_ms: i64,
    /// What the account's webhook is sent: its id and its payload. Once for as long as the state and its problem stay.
    pub(crate) message: Option<(String, String)>,
}

const IS_SCHEDULED: &str = "select 1 from report_schedule where account_key = ?1";

const IS_BUSY: &str = "
    select 1 from schedule_run where account_key = ?1 and next_attempt_at_ms is not null and month <> ?2";

const BEGIN: &str = "
    insert into schedule_run (schedule_run_key, account_key, run_id, month, state, started_at_ms, changed_at_ms, takes,
                              next_attempt_at_ms)
    select coalesce(max(schedule_run_key), ?5) + 1, ?1, ?2, ?3, 'waiting', ?4, ?4, 0, ?4 from schedule_run where true
    on conflict do nothing";

const DUE: &str = "
    select account_key, schedule_run_key from schedule_run where next_attempt_at_ms <= ?1
     order by next_attempt_at_ms, schedule_run_key";

const TAKE: &str = "
    update schedule_run set takes = takes + 1, next_attempt_at_ms = ?4
     where account_key = ?1 and schedule_run_key = ?2 and next_attempt_at_ms <= ?3
    returning run_id, month, state, takes";

const HOLD: &str = "
    update schedule_run set next_attempt_at_ms = ?4
     where account_key = ?1 and schedule_run_key = ?2 and takes = ?3 and next_attempt_at_ms is not null";

const STATE: &str = "
    select state, problem is not null from schedule_run
     where account_key = ?1 and schedule_run_key = ?2 and takes = ?3 and next_attempt_at_ms is not null";

const CHANGE: &str = "
    update schedule_run
       set state = ?3, coverage = coalesce(?4, coverage), problem = ?5, what_to_do = ?6, next_attempt_at_ms = ?7, changed_at_ms = ?8,
           issuing_since_ms = case when cast(?9 as boolean) then coalesce(issuing_since_ms, ?8) else issuing_since_ms end
     where account_key = ?1 and schedule_run_key = ?2";

const COUNTS: &str = "
    select count(*), count(problem) from schedule_run_report where account_key = ?1 and schedule_run_key = ?2";

const HAS_WEBHOOK: &str = "select 1 from webhook where account_key = ?1";

impl Store {
    /// Begins the run of a month; `false` where there is one, another is under way, or there is no schedule any more.
    pub(crate) async fn begin_schedule_run(
        &self,
        account: AccountKey,
        month: Month,
        run_id: String,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let write = move |connection: &Connection| begin_run(connection, account, month, &run_id, now_ms);
        self.books.of(account).write(write).await
    }

    /// Numbers of the runs that somebody has to work on, of all accounts, the longest waiting first.
    pub(crate) async fn due_schedule_runs(&self, now_ms: i64) -> Result<Vec<(AccountKey, i64)>, StoreError> {
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(DUE)?;
            statement.query_map([now_ms], |row| Ok((AccountKey(row.get(0)?), row.get(1)?)))?.collect()
        };
        self.books.read_all(read).await
    }

    /// Takes a run until a time; `None` where another server has.
    pub(crate) async fn take_schedule_run(
        &self,
        account: AccountKey,
        run_key: i64,
        now_ms: i64,
        until_ms: i64,
    ) -> Result<Option<TakenRun>, StoreError> {
        let write = move |connection: &Connection| take(connection, account, run_key, now_ms, until_ms);
        self.books.of(account).write(write).await
    }

    /// Keeps a run until a later time, or gives it back before; `false` where it was lost.
    pub(crate) async fn hold_schedule_run(&self, hold: RunHold, until_ms: i64) -> Result<bool, StoreError> {
        let RunHold { account, run_key, takes } = hold;
        let write = move |connection: &Connection| {
            Ok(connection.execute(HOLD, [account.0, run_key, takes, until_ms])? > 0)
        };
        self.books.of(account).write(write).await
    }

    /// Changes a run; `false` where it was lost.
    pub(crate) async fn change_schedule_run(
        &self,
        hold: RunHold,
        change: RunChange,
    ) -> Result<bool, StoreError> {
        self.books.of(hold.account).write(move |connection| change_run(connection, hold, &change)).await
    }

    /// How many reports a run has, and how many of them could not be made.
    pub(crate) async fn run_report_counts(&self, hold: RunHold) -> Result<[u64; 2], StoreError> {
        let RunHold { account, run_key, .. } = hold;
        let read = move |connection: &Connection| {
            connection.query_row(COUNTS, [account.0, run_key], |row| Ok([row.get(0)?, row.get(1)?]))
        };
        self.books.of(account).read(read).await
    }
}

fn begin_run(
    connection: &Connection,
    account: AccountKey,
    month: Month,
    run_id: &str,
    now_ms: i64,
) -> sql::Result<bool> {
    if !is_free(connection, account, month)? {
        return Ok(false);
    }
    let values = params![account.0, run_id, month.to_string(), now_ms, connection.book().base()];
    Ok(connection.execute(BEGIN, values)? > 0)
}

/// Whether there is a schedule, and no run of another month is under way.
pub(in crate::store) fn is_free(
    connection: &Connection,
    account: AccountKey,
    month: Month,
) -> sql::Result<bool> {
    Ok(connection.prepare_cached(IS_SCHEDULED)?.exists([account.0])?
        && !connection.prepare_cached(IS_BUSY)?.exists(params![account.0, month.to_string()])?)
}

fn take(
    connection: &Connection,
    account: AccountKey,
    run_key: i64,
    now_ms: i64,
    until_ms: i64,
) -> sql::Result<Option<TakenRun>> {
    // Removing a schedule ends its run.
    let Some(found) = schedule::find(connection, account)? else { return Ok(None) };
    let mut statement = connection.prepare_cached(TAKE)?;
    let taken = statement.query_row([account.0, run_key, now_ms, until_ms], |row| {
        Ok(TakenRun {
            hold: RunHold { account, run_key, takes: row.get(3)? },
            run_id: row.get(0)?,
            month: month_in(row, 1)?,
            state: state_in(row, 2)?,
            schedule: found.schedule,
        })
    });
    taken.optional()
}

/// The state of a run that is held, and whether it has a problem; `None` where it was lost.
pub(in crate::store) fn held(
    connection: &Connection,
    hold: RunHold,
) -> sql::Result<Option<(RunState, bool)>> {
    let RunHold { account, run_key, takes } = hold;
    let mut statement = connection.prepare_cached(STATE)?;
    statement.query_row([account.0, run_key, takes], |row| Ok((state_in(row, 0)?, row.get(1)?))).optional()
}

pub(in crate::store) fn change_run(
    connection: &Connection,
    hold: RunHold,
    change: &RunChange,
) -> sql::Result<bool> {
    let Some((before, had_problem)) = held(connection, hold)? else { return Ok(false) };
    let RunChange { state, coverage, problem, next_attempt_at_ms, now_ms, message } = change;
    let RunHold { account, run_key, .. } = hold;
    let (what, what_to_do) = match problem {
        Some(RunProblem { problem, what_to_do }) => (Some(problem), Some(what_to_do)),
        None => (None, None),
    };
    let values = params![
        account.0,
        run_key,
        state.as_str(),
        coverage.map(|share| share.normalize().to_string()),
        what,
        what_to_do,
        Some(*next_attempt_at_ms).filter(|_| !state.has_ended()),
        now_ms,
        *state == RunState::Issuing,
    ];
    connection.change_one(CHANGE, values)?;
    if let Some((message_id, payload)) = message
        && !(before == *state && had_problem)
    {
        tell(connection, account, None, message_id, payload, *now_ms)?;
    }
    Ok(true)
}

/// Adds a message to the account's webhook, where it has one now: what was said while there was none is not said later. Its
/// number.
pub(in crate::store) fn tell(
    connection: &Connection,
    account: AccountKey,
    tenant: Option<TenantKey>,
    message_id: &str,
    payload: &str,
    now_ms: i64,
) -> sql::Result<Option<i64>> {
    if !connection.prepare_cached(HAS_WEBHOOK)?.exists([account.0])? {
        return Ok(None);
    }
    let message = NewMessage {
        account,
        kind: MessageKind::Report,
        message_id,
        receiver_key: None,
        tenant,
        payload,
        now_ms,
    };
    add_message(connection, &message).map(Some)
}

pub(in crate::store) fn state_in(row: &Row<'_>, column: usize) -> sql::Result<RunState> {
    RunState::from_word(row.get_ref(column)?.as_str()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sql::NONE;

    const ACCOUNT: AccountKey = AccountKey(1);

    /// A ledger of an account with a schedule, a webhook, and a run that was begun at 0.
    fn ledger() -> Connection {
        let ledger = Connection::in_memory();
        crate::store::sqlite::migration::create(&ledger).unwrap();
        ledger
            .execute_batch(
                "insert into account values (1, 'a', 'a@example.com', 'A', 'x', 0);
                 insert into webhook values (1, 'https://example.com', zeroblob(32), 0);
                 insert into report_schedule values (1, 3, null, 1, 1, null, null, '2026-09', 0, 0);",
            )
            .unwrap();
        assert!(begin(&ledger, "2026-09"));
        ledger
    }

    fn begin(ledger: &Connection, month: &str) -> bool {
        begin_run(ledger, ACCOUNT, month.parse().unwrap(), month, 0).unwrap()
    }

    fn taken(ledger: &Connection, now_ms: i64) -> Option<RunHold> {
        take(ledger, ACCOUNT, 1, now_ms, now_ms + 60_000).unwrap().map(|run| run.hold)
    }

    fn to(state: RunState, problem: Option<&str>) -> RunChange {
        let problem = problem
            .map(|problem| RunProblem { problem: problem.to_owned(), what_to_do: "Nothing.".to_owned() });
        let message = problem.as_ref().map(|problem| (problem.problem.clone(), "{}".to_owned()));
        RunChange { state, coverage: None, problem, next_attempt_at_ms: 0, now_ms: 0, message }
    }

    #[test]
    fn whoever_took_a_run_last_has_it() {
        let ledger = ledger();
        let first = taken(&ledger, 0).unwrap();
        assert_eq!(taken(&ledger, 59_999), None, "it is taken");
        let second = taken(&ledger, 60_000).unwrap();
        // The first was late: it changes nothing any more, whatever it has done.
        for state in RunState::ALL {
            assert!(!change_run(&ledger, first, &to(state, None)).unwrap(), "{state:?}");
        }
        assert_eq!(held(&ledger, first).unwrap(), None);
        assert_eq!(held(&ledger, second).unwrap(), Some((RunState::Waiting, false)));
        assert!(change_run(&ledger, second, &to(RunState::Issued, None)).unwrap());
        assert_eq!((held(&ledger, second).unwrap(), taken(&ledger, i64::MAX - 60_000)), (None, None));
    }

    #[test]
    fn an_account_has_one_run_at_a_time_and_of_each_month_one() {
        let ledger = ledger();
        assert!(!begin(&ledger, "2026-10") && !begin(&ledger, "2026-09"));
        for (month, key) in [("2026-10", 1), ("2026-11", 2)] {
            let run = take(&ledger, ACCOUNT, key, 0, 1).unwrap().unwrap();
            assert!(change_run(&ledger, run.hold, &to(RunState::Failed, Some(month))).unwrap());
            assert!(begin(&ledger, month) && !begin(&ledger, month));
        }
    }

    #[test]
    fn a_problem_is_told_once_for_as_long_as_it_stays() {
        let ledger = ledger();
        let hold = taken(&ledger, 0).unwrap();
        for (state, problem, told) in [
            (RunState::Waiting, Some("a"), 1),
            (RunState::Waiting, Some("b"), 1),
            (RunState::Closing, None, 1),
            (RunState::Waiting, Some("c"), 2),
            (RunState::Failed, Some("d"), 3),
        ] {
            assert!(change_run(&ledger, hold, &to(state, problem)).unwrap());
            let count = "select count(*) from outbox_message where kind = 'report'";
            let count: i64 = ledger.query_row(count, NONE, |row| row.get(0)).unwrap();
            assert_eq!(count, told, "{state:?} {problem:?}");
        }
    }

    #[test]
    fn words_of_the_schema_are_states() {
        for state in RunState::ALL {
            assert_eq!(RunState::from_word(state.as_str()).unwrap(), state);
        }
        assert!(RunState::from_word("running").is_err());
    }
}
