//! The runs of an account, as it sees them.

use crate::store::{
    account::{
        schedule::decimal_in,
        schedule_run::{RunProblem, RunState, state_in},
    },
    book::sums::month_in,
    error::StoreError,
    key::AccountKey,
    ledger::Store,
    sql::{self, Connection, Row, params},
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
