//! The runs of an account, as it sees them, and what it wants of one.

use crate::store::{
    account::{
        schedule::decimal_in,
        schedule_run::{RunProblem, RunState, is_free, state_in},
    },
    book::sums::month_in,
    error::StoreError,
    key::AccountKey,
    ledger::Store,
    sql::{self, Connection, OptionalExtension, Row, params},
};
use carbon_report::Month;
use rust_decimal::Decimal;

/// How many reports of a run were made, and what became of the messages about them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RunCounts {
    pub(crate) clients: u64,
    pub(crate) reports: u64,
    pub(crate) issued: u64,
    pub(crate) failed: u64,
    pub(crate) messages: u64,
    pub(crate) pending: u64,
    pub(crate) delivered: u64,
}

/// A run in a list.
#[derive(Clone, Debug)]
pub(crate) struct ListedRun {
    pub(crate) run_id: String,
    pub(crate) month: Month,
    pub(crate) state: RunState,
    pub(crate) coverage: Option<Decimal>,
    pub(crate) problem: Option<RunProblem>,
    pub(crate) started_at_ms: i64,
    pub(crate) changed_at_ms: i64,
    pub(crate) counts: RunCounts,
}

/// What became of what an account wants of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunAsked {
    Done,
    NoSuchRun,
    /// In this state it cannot be.
    Not(RunState),
    /// There is no schedule, or a run of another month is under way.
    NotNow,
}

const RUNS: &str = "
    select run_id, run.month, run.state, run.coverage, run.problem, run.what_to_do, run.started_at_ms, run.changed_at_ms,
           count(distinct part.tenant_key), count(part.tenant_key), count(part.report_id), count(part.problem),
           count(message.outbox_message_key), count(message.payload), count(message.delivered_at_ms)
      from schedule_run as run
      left join schedule_run_report as part
        on part.account_key = run.account_key and part.schedule_run_key = run.schedule_run_key
      left join outbox_message as message
        on message.account_key = part.account_key and message.outbox_message_key = part.outbox_message_key
     where run.account_key = ?1
     group by run.account_key, run.schedule_run_key
     order by run.month desc
     limit ?2";

const RUN_OF_MONTH: &str = "
    select schedule_run_key, state, problem is not null from schedule_run where account_key = ?1 and month = ?2";

// Whoever works on it has lost it.
const ASK: &str = "
    update schedule_run
       set state = ?3, problem = null, what_to_do = null, takes = takes + 1, next_attempt_at_ms = ?4, changed_at_ms = ?5
     where account_key = ?1 and schedule_run_key = ?2";

// What it waits for stays told.
const LOOK_AGAIN: &str = "
    update schedule_run set next_attempt_at_ms = ?3 where account_key = ?1 and schedule_run_key = ?2";

const TRY_AGAIN: &str = "
    update schedule_run_report set problem = null
     where account_key = ?1 and schedule_run_key = ?2 and problem is not null";

impl Store {
    /// The runs of an account, the newest month first.
    pub(crate) async fn schedule_runs(
        &self,
        account: AccountKey,
        limit: usize,
    ) -> Result<Vec<ListedRun>, StoreError> {
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(RUNS)?;
            statement.query_map(params![account.0, limit], listed)?.collect()
        };
        self.books.of(account).read(read).await
    }

    /// Has a run that waits looked at now, or one that has failed or was skipped tried again.
    pub(crate) async fn retry_schedule_run(
        &self,
        account: AccountKey,
        month: Month,
        now_ms: i64,
    ) -> Result<RunAsked, StoreError> {
        let write = move |connection: &Connection| {
            let Some((run_key, state, is_told)) = run_of_month(connection, account, month)? else {
                return Ok(RunAsked::NoSuchRun);
            };
            if !is_free(connection, account, month)? {
                return Ok(RunAsked::NotNow);
            }
            match state {
                RunState::Waiting if is_told => {
                    connection.change_one(LOOK_AGAIN, [account.0, run_key, now_ms])?;
                }
                RunState::Failed | RunState::Skipped => {
                    let waiting = RunState::Waiting.as_str();
                    let values = params![account.0, run_key, waiting, now_ms, now_ms];
                    connection.change_one(ASK, values)?;
                    connection.execute(TRY_AGAIN, [account.0, run_key])?;
                }
                _ => return Ok(RunAsked::Not(state)),
            }
            Ok(RunAsked::Done)
        };
        self.books.of(account).write(write).await
    }

    /// Ends a run without its reports, or leaves a failed one as it is. Reports that it made stay.
    pub(crate) async fn skip_schedule_run(
        &self,
        account: AccountKey,
        month: Month,
        now_ms: i64,
    ) -> Result<RunAsked, StoreError> {
        let write = move |connection: &Connection| {
            let Some((run_key, state, _)) = run_of_month(connection, account, month)? else {
                return Ok(RunAsked::NoSuchRun);
            };
            if matches!(state, RunState::Issued | RunState::Skipped) {
                return Ok(RunAsked::Not(state));
            }
            let (skipped, never) = (RunState::Skipped.as_str(), None::<i64>);
            connection.change_one(ASK, params![account.0, run_key, skipped, never, now_ms])?;
            Ok(RunAsked::Done)
        };
        self.books.of(account).write(write).await
    }
}

fn run_of_month(
    connection: &Connection,
    account: AccountKey,
    month: Month,
) -> sql::Result<Option<(i64, RunState, bool)>> {
    let found =
        connection.prepare_cached(RUN_OF_MONTH)?.query_row(params![account.0, month.to_string()], |row| {
            Ok((row.get(0)?, state_in(row, 1)?, row.get(2)?))
        });
    found.optional()
}

fn listed(row: &Row<'_>) -> sql::Result<ListedRun> {
    let problem: Option<String> = row.get(4)?;
    let problem = match problem {
        Some(problem) => Some(RunProblem { problem, what_to_do: row.get(5)? }),
        None => None,
    };
    Ok(ListedRun {
        run_id: row.get(0)?,
        month: month_in(row, 1)?,
        state: state_in(row, 2)?,
        coverage: decimal_in(row, 3)?,
        problem,
        started_at_ms: row.get(6)?,
        changed_at_ms: row.get(7)?,
        counts: RunCounts {
            clients: row.get(8)?,
            reports: row.get(9)?,
            issued: row.get(10)?,
            failed: row.get(11)?,
            messages: row.get(12)?,
            pending: row.get(13)?,
            delivered: row.get(14)?,
        },
    })
}
