//! One run: its clients' coverage is looked at, the month closed, and the reports issued. Each step can be taken again.

use crate::{
    app::{App, closing},
    background::schedule::message::{self, RunDetails},
    base::{clock::now, ids::new_id},
    http::problem::Problem,
    report::{
        batch_request::BatchRequest,
        batches::with_a_place,
        figures::factor_set_of,
        issue::{AT_A_TIME, ReportRequest},
        period::PeriodRequest,
    },
    store::{
        MonthState, NewRunReport, RunChange, RunProblem, RunReport, RunReportOutcome, RunState, RunTenant,
        StoreError, TakenRun,
    },
};
use carbon_report::{Month, Period, Valuation};
use futures_util::stream::{self, StreamExt};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use std::{future::ready, time::Duration};

/// A server that is not heard of for so long has lost its run.
const HELD_FOR: SignedDuration = SignedDuration::from_secs(60);
const HELD_EVERY: Duration = Duration::from_secs(15);
/// How long a run waits that could not go on for a while.
const TRIED_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(60);
/// Within which a run notices that its server stops.
const STOPS_WITHIN: Duration = Duration::from_millis(250);
/// Looks at the coverage of a run that waits for it come this many times less often than other housekeeping.
const LOOKS_EVERY: i64 = 5;

/// Why a run does not go on here.
enum Interrupted {
    /// Another server has it, or its account has ended it.
    Lost,
    /// The server stops.
    Stopping,
    Problem(Problem),
}

impl From<Problem> for Interrupted {
    fn from(problem: Problem) -> Self {
        Interrupted::Problem(problem)
    }
}

impl From<StoreError> for Interrupted {
    fn from(error: StoreError) -> Self {
        Interrupted::Problem(error.into())
    }
}

/// A time, and until when a run is held that was taken or kept then.
pub(super) fn held_from(now: Timestamp) -> (i64, i64) {
    (now.as_millisecond(), after(now, HELD_FOR))
}

fn after(now: Timestamp, wait: SignedDuration) -> i64 {
    now.as_millisecond().saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
}

/// Works on a run as long as it is ours.
pub(super) async fn work_on(app: &App, run: &TakenRun) {
    let mut work = std::pin::pin!(steps(app, run));
    let mut ticks = tokio::time::interval(HELD_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let done = loop {
        tokio::select! {
            done = &mut work => break done,
            _ = ticks.tick() => {
                let (_, until_ms) = held_from(now());
                match app.store.hold_schedule_run(run.hold, until_ms).await {
                    Ok(true) => {}
                    Ok(false) => break Err(Interrupted::Lost),
                    Err(error) => tracing::warn!(run_id = run.run_id, %error, "a run of a schedule was not kept"),
                }
            }
        }
    };
    if let Err(interrupted) = done
        && let Err(error) = interrupt(app, run, interrupted).await
    {
        tracing::warn!(run_id = run.run_id, %error, "a run of a schedule was left; it is taken up again");
    }
}

/// Notes why a run does not go on, and when it does.
async fn interrupt(app: &App, run: &TakenRun, interrupted: Interrupted) -> Result<(), StoreError> {
    let problem = match interrupted {
        Interrupted::Lost => return Ok(()),
        Interrupted::Stopping => {
            app.store.hold_schedule_run(run.hold, now().as_millisecond()).await?;
            return Ok(());
        }
        Interrupted::Problem(problem) => problem,
    };
    match problem {
        Problem::Busy | Problem::Unavailable(_) | Problem::InDoubt(_) => {
            app.store.hold_schedule_run(run.hold, after(now(), TRIED_AGAIN_AFTER)).await?;
        }
        // Events of the month arrive faster than it can be read.
        Problem::Conflict { detail } => {
            let what_to_do = "Nothing: it is tried again every minute.".to_owned();
            let problem = RunProblem { problem: detail, what_to_do };
            let change = RunChange {
                problem: Some(problem),
                next_attempt_at_ms: after(now(), TRIED_AGAIN_AFTER),
                ..RunChange::to(RunState::Closing, now())
            };
            app.store.change_schedule_run(run.hold, change).await?;
        }
        other => {
            let cause = other.cause().unwrap_or_else(|| other.in_a_sentence());
            tracing::error!(run_id = run.run_id, cause, "a run of a schedule has failed");
            let problem = RunProblem {
                problem: "An internal error; the server's log has its cause.".to_owned(),
                what_to_do: "Run it again. Reports that were made are not made twice.".to_owned(),
            };
            fail(app, run, problem).await?;
        }
    }
    Ok(())
}

async fn fail(app: &App, run: &TakenRun, problem: RunProblem) -> Result<bool, StoreError> {
    let [reports, reports_failed] = app.store.run_report_counts(run.hold).await?;
    let details = RunDetails::Reports { reports, reports_failed };
    let payload = message::halted(app, run, "report_schedule.failed", &problem, details).await?;
    let change = RunChange {
        problem: Some(problem),
        message: Some((format!("msg_{}", new_id()), payload)),
        ..RunChange::to(RunState::Failed, now())
    };
    let is_ours = app.store.change_schedule_run(run.hold, change).await?;
    app.outgoing.due.notify_one();
    Ok(is_ours)
}

impl RunChange {
    /// To a state in which it is held for a while.
    fn to(state: RunState, now: Timestamp) -> Self {
        let (now_ms, next_attempt_at_ms) = held_from(now);
        RunChange { state, coverage: None, problem: None, next_attempt_at_ms, now_ms, message: None }
    }
}

async fn change(app: &App, run: &TakenRun, change: RunChange) -> Result<(), Interrupted> {
    let is_ours = app.store.change_schedule_run(run.hold, change).await?;
    if is_ours { Ok(()) } else { Err(Interrupted::Lost) }
}

async fn steps(app: &App, run: &TakenRun) -> Result<(), Interrupted> {
    let TakenRun { hold, month, state, schedule, .. } = run;
    let mut of_month = app.store.month_state(hold.account, *month).await?;
    if *state != RunState::Issuing {
        if let Some(least) = schedule.coverage_min
            && waits(app, run, &of_month, least).await?
        {
            return Ok(());
        }
        // Of an empty month there is nothing to pin, and what may still be imported is no adjustment.
        let is_empty = of_month.counted.events == 0;
        if schedule.closes_month && of_month.closed.is_none() && !is_empty {
            change(app, run, RunChange::to(RunState::Closing, now())).await?;
            let set = app.registry.current(hold.account);
            let closing = closing::close_month(app, hold.account, *month, set, None, now());
            // It may read for minutes. Until its one write it has changed nothing.
            of_month = tokio::select! {
                closed = closing => closed?,
                () = stopping(app) => return Err(Interrupted::Stopping),
            };
        }
        change(app, run, RunChange::to(RunState::Issuing, now())).await?;
    }
    let planned = planned(app, run, of_month.closed.is_some()).await?;
    if !app.store.add_run_reports(*hold, planned).await? {
        return Err(Interrupted::Lost);
    }
    let waiting = app.store.waiting_run_reports(*hold).await?;
    // Statements of years are made of the others.
    let (months, years) = waiting.into_iter().partition(|report| report.first_month == *month);
    make(app, run, months).await?;
    make(app, run, years).await?;
    let [reports, failed] = app.store.run_report_counts(*hold).await?;
    if failed == 0 {
        return change(app, run, RunChange::to(RunState::Issued, now())).await;
    }
    let problem = RunProblem {
        problem: format!("{failed} of {reports} reports could not be made."),
        what_to_do: "The list of runs says of each why. Mend that and run it again: reports that were made are not made twice."
            .to_owned(),
    };
    if fail(app, run, problem).await? { Ok(()) } else { Err(Interrupted::Lost) }
}

/// Ready once the server stops.
async fn stopping(app: &App) {
    while !app.report_batches.is_stopping() {
        tokio::time::sleep(STOPS_WITHIN).await;
    }
}

/// Whether the coverage of a client is below the least, so that the run waits and says so.
async fn waits(
    app: &App,
    run: &TakenRun,
    of_month: &MonthState,
    least: Decimal,
) -> Result<bool, Interrupted> {
    let account = run.hold.account;
    let set = factor_set_of(&app.sets(account), of_month.stated_set.as_deref())?;
    let clients = app.store.scheduled_activity(account, run.month).await?;
    let count = clients.len();
    // What is neither tokens nor calls with media has no coverage, and none is missing.
    let shares = move || -> Vec<Decimal> {
        let shares = clients.iter().map(|rows| Valuation::of(rows.iter().map(|row| (row, &set))).coverage);
        shares.filter_map(carbon_report::Coverage::ratio).collect()
    };
    let shares = app.queues.queries.run(account, shares).await.map_err(Problem::from)?;
    let below = shares.iter().filter(|share| **share < least).count();
    let Some(lowest) = shares.into_iter().min().filter(|lowest| *lowest < least) else { return Ok(false) };
    let problem = RunProblem {
        problem: format!(
            "The coverage is below {} for {below} of {count} clients; the lowest is {}.",
            least.normalize(),
            lowest.normalize()
        ),
        what_to_do: match of_month.closed {
            None => "Say what the unknown models are, under Models in the console or with PUT /api/v1/models/aliases/{name}: the run goes on by itself. Or lower coverage_min, or skip the run.",
            Some(_) => "The month is closed, so its figures stay: restate it under a factor set that knows its models, lower coverage_min, or skip the run.",
        }
        .to_owned(),
    };
    let details = RunDetails::coverage(lowest, least, below);
    let payload = message::halted(app, run, "report_schedule.waiting", &problem, details).await?;
    let seconds = i64::try_from(app.limits.housekeeping_s).unwrap_or(i64::MAX).saturating_mul(LOOKS_EVERY);
    let waiting = RunChange {
        coverage: Some(lowest),
        problem: Some(problem),
        next_attempt_at_ms: after(now(), SignedDuration::from_secs(seconds)),
        message: Some((format!("msg_{}", new_id()), payload)),
        ..RunChange::to(RunState::Waiting, now())
    };
    change(app, run, waiting).await?;
    app.outgoing.due.notify_one();
    Ok(true)
}

/// Every report of a run: of the month, and of the financial year that ends with it.
async fn planned(app: &App, run: &TakenRun, is_closed: bool) -> Result<Vec<NewRunReport>, StoreError> {
    let TakenRun { hold, month, schedule, .. } = run;
    let of_month = app.store.scheduled_tenants(hold.account, *month).await?;
    let mut planned = Vec::new();
    let mut add = |tenant: &RunTenant, first_month: Month| {
        let its_own = [tenant.language];
        for language in schedule.languages.as_deref().unwrap_or(&its_own) {
            planned.push(NewRunReport { tenant: tenant.clone(), first_month, language: *language });
        }
    };
    of_month.iter().for_each(|tenant| add(tenant, *month));
    if schedule.year_ends_in.is_some_and(|last| i64::from(last) == i64::from(month.first_day().month())) {
        let first = month.a_year_earlier().next();
        let reported = app.store.scheduled_tenants_with_reports(hold.account, [first, *month]).await?;
        // Those of this month are only now to be made; they are final where it is closed.
        of_month.iter().filter(|_| is_closed).chain(&reported).for_each(|tenant| add(tenant, first));
    }
    Ok(planned)
}

/// Makes reports, as many at a time as are drawn at a time.
async fn make(app: &App, run: &TakenRun, reports: Vec<RunReport>) -> Result<(), Interrupted> {
    let stops = || app.report_batches.is_stopping();
    let mut made = stream::iter(reports)
        .take_while(|_| ready(!stops()))
        .map(|report| make_one(app, run, report))
        .buffer_unordered(AT_A_TIME);
    while let Some(made) = made.next().await {
        made?;
    }
    if stops() { Err(Interrupted::Stopping) } else { Ok(()) }
}

async fn make_one(app: &App, run: &TakenRun, report: RunReport) -> Result<(), Interrupted> {
    let issued = match &report.report_id {
        Some(report_id) => Ok(report_id.clone()),
        None => issue_one(app, run, &report).await,
    };
    let outcome = match issued {
        Ok(report_id) => match message::issued(app, run, &report, &report_id).await? {
            Some(payload) => {
                RunReportOutcome::Issued { report_id, payload, is_mailed: app.outgoing.mail.is_some() }
            }
            None => RunReportOutcome::Gone,
        },
        Err(Problem::NotFound { .. }) => RunReportOutcome::Gone,
        Err(problem @ (Problem::Unavailable(_) | Problem::InDoubt(_))) => return Err(problem.into()),
        Err(problem) => {
            // Without the client: logs never name one.
            let cause = problem.cause();
            tracing::error!(
                run_id = run.run_id,
                problem = problem.name(),
                cause,
                "no report in a scheduled run"
            );
            RunReportOutcome::Failed(match problem {
                Problem::Internal(_) => "An internal error; the server's log has its cause.".to_owned(),
                other => other.in_a_sentence(),
            })
        }
    };
    let is_ours = app.store.note_run_report(run.hold, report, outcome, now().as_millisecond()).await?;
    app.outgoing.due.notify_one();
    if is_ours { Ok(()) } else { Err(Interrupted::Lost) }
}

/// Issues a report, or finds the one that stands.
async fn issue_one(app: &App, run: &TakenRun, report: &RunReport) -> Result<String, Problem> {
    let (store, account) = (&app.store, run.hold.account);
    let RunReport { tenant_id, first_month, language, .. } = report.clone();
    let language = Some(language);
    let request = if first_month == run.month {
        let plain = ReportRequest::plain(tenant_id.clone(), first_month);
        BatchRequest::Month(ReportRequest { language, ..plain })
    } else {
        let period = Period::new(first_month, run.month).map_err(Problem::internal)?;
        let tenant_id = tenant_id.clone();
        let request = PeriodRequest { tenant_id, period, language, financial_year: None, standard: None };
        BatchRequest::Period(request)
    };
    let issue = || request.issue(store, app.renderer(), account, tenant_id.clone(), now());
    Ok(with_a_place(issue).await?.report_id)
}
