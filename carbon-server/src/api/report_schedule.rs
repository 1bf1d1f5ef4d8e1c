//! Reports that are made each month without being asked for: the schedule of an account, and its runs.

use crate::{
    app::{
        App,
        operation::{Operation, handler},
    },
    base::{
        clock::{self, now},
        exact::Exact,
    },
    config,
    http::{
        answer::Answer,
        faults::{Faults, unnoticed},
        problem::Problem,
        request::Input,
        route::Access::{ReadLive, WriteLive},
    },
    ingest::text::is_short,
    openapi::described::plain,
    store::{
        AccountKey, FailedRunReport, ListedRun, ReportSchedule, RunAsked, RunCounts, RunProblem, RunState,
        ScheduleSet, StoredSchedule, due_on,
    },
};
use carbon_report::{Language, Month, NotAMonth};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// They are part of the API's table.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::get("/api/v1/report-schedule", ReadLive, handler!(|app, input| show(app, &input).await))
        .described(|_| plain("reports", "Show the schedule of reports").answers(200, "ReportSchedule").can_miss()),
    Operation::put("/api/v1/report-schedule", WriteLive, handler!(|app, input| set(app, &input).await))
        .described(|_| plain("reports", "Have each month's reports made")
            .describe("On a day of the month, every client's report of the month before is issued, and the webhook is called with each. \
                       A server that was down makes up what it missed. Replaces the schedule; omitted fields are cleared.")
            .takes("ReportScheduleRequest", json!({"day_of_month": 3, "close_month": true, "coverage_min": 0.95}))
            .answers(200, "ReportSchedule")),
    Operation::delete("/api/v1/report-schedule", WriteLive, handler!(|app, input| remove(app, &input).await))
        .described(|_| plain("reports", "Remove the schedule of reports")
            .describe("A run that is under way ends. Reports that were issued stay.")
            .answers_nothing().can_miss()),
    Operation::get("/api/v1/report-schedule/runs", ReadLive, handler!(|app, input| runs(app, &input).await))
        .described(|_| plain("reports", "List the runs of the schedule")
            .describe("One for each month, the newest first, at most 24.")
            .answers(200, "ScheduleRuns")),
    Operation::post("/api/v1/report-schedule/runs/{month}/retry", WriteLive, handler!(|app, input, month| retry(app, &input, &month).await))
        .described(|_| plain("reports", "Run a month again")
            .describe("For a run that waits, has failed or was skipped. Reports that it has made are not made twice.")
            .answers(200, "ScheduleRun").can_miss()
            .problem(409, "The run is under way or has made its reports, another is under way, or there is no schedule.")),
    Operation::post("/api/v1/report-schedule/runs/{month}/skip", WriteLive, handler!(|app, input, month| skip(app, &input, &month).await))
        .described(|_| plain("reports", "Skip a month")
            .describe("Ends a run that waits, is under way or has failed; the next month is then due. Reports that it has made stay.")
            .answers(200, "ScheduleRun").can_miss()
            .problem(409, "The run has made its reports, or was skipped before.")),
];

/// Runs in the list.
const RUNS: usize = 24;
/// Reports in the list that could not be made.
const FAILURES: usize = 1_000;

/// The body of `PUT`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScheduleBody {
    pub(crate) day_of_month: Option<i64>,
    pub(crate) close_month: Option<bool>,
    pub(crate) languages: Option<Vec<String>>,
    pub(crate) tenant_ids: Option<Vec<String>>,
    pub(crate) coverage_min: Option<Exact>,
    pub(crate) year_ends_in: Option<i64>,
}

#[derive(Serialize)]
struct ScheduleAnswer {
    day_of_month: u32,
    close_month: bool,
    languages: Option<Vec<&'static str>>,
    tenant_ids: Option<Vec<String>>,
    coverage_min: Option<Exact>,
    year_ends_in: Option<u32>,
    next_run: NextRun,
    created_at: String,
    changed_at: String,
}

/// The month whose reports are made next, and the day from which on.
#[derive(Serialize)]
struct NextRun {
    month: String,
    on: String,
}

/// A run.
#[derive(Serialize)]
pub(crate) struct RunAnswer {
    pub(crate) run_id: String,
    pub(crate) month: String,
    pub(crate) state: &'static str,
    pub(crate) clients: u64,
    pub(crate) reports: ReportCounts,
    pub(crate) messages: MessageCounts,
    pub(crate) coverage: Option<Exact>,
    pub(crate) problem: Option<String>,
    pub(crate) what_to_do: Option<String>,
    pub(crate) failures: Vec<FailureAnswer>,
    pub(crate) started_at: String,
    pub(crate) changed_at: String,
}

#[derive(Serialize)]
pub(crate) struct ReportCounts {
    pub(crate) total: u64,
    pub(crate) issued: u64,
    pub(crate) failed: u64,
}

/// Of `report.issued`, to the webhook.
#[derive(Serialize)]
pub(crate) struct MessageCounts {
    pub(crate) total: u64,
    pub(crate) delivered: u64,
    pending: u64,
    given_up: u64,
}

#[derive(Serialize)]
pub(crate) struct FailureAnswer {
    pub(crate) tenant_id: String,
    pub(crate) language: String,
    month: String,
    last_month: String,
    pub(crate) detail: String,
}

#[derive(Serialize)]
struct RunsAnswer {
    runs: Vec<RunAnswer>,
}

/// `GET /api/v1/report-schedule`
async fn show(app: &App, input: &Input) -> Result<Answer, Problem> {
    let found = app.store.report_schedule(input.caller()?.account).await?;
    Answer::ok(&answer(found.ok_or_else(no_schedule)?))
}

/// `PUT /api/v1/report-schedule`
async fn set(app: &App, input: &Input) -> Result<Answer, Problem> {
    Answer::ok(&answer(keep(app, input.caller()?.account, input.json()?).await?))
}

/// Checks and keeps a schedule.
pub(crate) async fn keep(
    app: &App,
    account: AccountKey,
    body: ScheduleBody,
) -> Result<StoredSchedule, Problem> {
    let now = now();
    let schedule = wanted(body)?;
    let first_month = first_month(clock::day(now), schedule.day_of_month);
    match app.store.set_report_schedule(account, schedule, first_month, now.as_millisecond()).await? {
        ScheduleSet::Done(stored) => Ok(*stored),
        ScheduleSet::NoSuchTenants(places) => {
            let mut faults = Faults::default();
            for place in places {
                faults.add(&format!("/tenant_ids/{place}"), "is no tenant of this account");
            }
            faults.none()?;
            Err(unnoticed())
        }
    }
}

/// `DELETE /api/v1/report-schedule`
async fn remove(app: &App, input: &Input) -> Result<Answer, Problem> {
    take_away(app, input.caller()?.account).await?;
    Ok(Answer::no_content())
}

pub(crate) async fn take_away(app: &App, account: AccountKey) -> Result<(), Problem> {
    let removed = app.store.remove_report_schedule(account, now().as_millisecond()).await?;
    if removed { Ok(()) } else { Err(no_schedule()) }
}

/// `GET /api/v1/report-schedule/runs`
async fn runs(app: &App, input: &Input) -> Result<Answer, Problem> {
    Answer::ok(&RunsAnswer { runs: runs_of(app, input.caller()?.account).await? })
}

/// The runs of an account, the newest month first.
pub(crate) async fn runs_of(app: &App, account: AccountKey) -> Result<Vec<RunAnswer>, Problem> {
    let runs = app.store.schedule_runs(account, RUNS).await?;
    let mut failed = app.store.failed_run_reports(account, FAILURES).await?;
    let answers = runs.into_iter().map(|run| {
        let (its, others) = failed.drain(..).partition(|failure| failure.month == run.month);
        failed = others;
        run_answer(run, its)
    });
    Ok(answers.collect())
}

/// `POST /api/v1/report-schedule/runs/{month}/retry`
async fn retry(app: &App, input: &Input, month: &str) -> Result<Answer, Problem> {
    let account = input.caller()?.account;
    let month = run_again(app, account, month).await?;
    Answer::ok(&of_month(app, account, month).await?)
}

pub(crate) async fn run_again(app: &App, account: AccountKey, month: &str) -> Result<Month, Problem> {
    let (month, now) = (month_of(month)?, now());
    let asked = app.store.retry_schedule_run(account, month, now.as_millisecond()).await?;
    done(asked, "run again").map(|()| month)
}

/// `POST /api/v1/report-schedule/runs/{month}/skip`
async fn skip(app: &App, input: &Input, month: &str) -> Result<Answer, Problem> {
    let account = input.caller()?.account;
    let month = leave_out(app, account, month).await?;
    Answer::ok(&of_month(app, account, month).await?)
}

pub(crate) async fn leave_out(app: &App, account: AccountKey, month: &str) -> Result<Month, Problem> {
    let (month, now) = (month_of(month)?, now());
    let asked = app.store.skip_schedule_run(account, month, now.as_millisecond()).await?;
    done(asked, "skipped").map(|()| month)
}

fn month_of(text: &str) -> Result<Month, Problem> {
    text.parse().map_err(|error: NotAMonth| Problem::invalid("month", error.to_string()))
}

fn done(asked: RunAsked, what: &str) -> Result<(), Problem> {
    let detail = match asked {
        RunAsked::Done => return Ok(()),
        RunAsked::NoSuchRun => return Err(Problem::not_found("run")),
        RunAsked::Not(state) => format!("The run is {}: it cannot be {what}.", state.as_str()),
        RunAsked::NotNow => {
            "There is no schedule, or the run of another month is under way: wait for it, or skip it."
                .to_owned()
        }
    };
    Err(Problem::Conflict { detail })
}

async fn of_month(app: &App, account: AccountKey, month: Month) -> Result<RunAnswer, Problem> {
    let month = month.to_string();
    let mut runs = runs_of(app, account).await?.into_iter();
    runs.find(|run| run.month == month).ok_or_else(|| Problem::not_found("run"))
}

fn no_schedule() -> Problem {
    Problem::not_found("report schedule")
}

/// The month that a new schedule begins with: the last one, if its day is still to come.
fn first_month(today: Date, day_of_month: u32) -> Month {
    let this_month = Month::of(today);
    let last = this_month.previous();
    if due_on(last, day_of_month) >= today { last } else { this_month }
}

/// The schedule, with every field checked.
fn wanted(body: ScheduleBody) -> Result<ReportSchedule, Problem> {
    let ScheduleBody { day_of_month, close_month, languages, tenant_ids, coverage_min, year_ends_in } = body;
    let mut faults = Faults::default();
    let day_of_month = faults.required("/day_of_month", day_of_month);
    let day_of_month = day_of_month.and_then(|day| within(&mut faults, "/day_of_month", day, 28));
    let year_ends_in = year_ends_in.and_then(|month| within(&mut faults, "/year_ends_in", month, 12));
    // Nobody closes months without having said so: that cannot be undone.
    let closes_month = faults.required("/close_month", close_month);
    let languages = languages.map(|codes| languages_of(&mut faults, &codes));
    if let Some(ids) = &tenant_ids {
        if ids.is_empty() || ids.len() > config::SCHEDULED_TENANTS_MAX {
            let most = config::SCHEDULED_TENANTS_MAX;
            faults.add("/tenant_ids", format!("must be 1 to {most} ids; leave it out for every tenant"));
        }
        for place in (0..ids.len()).filter(|place| !is_short(&ids[*place], config::ID_BYTES_MAX)) {
            faults.add(&format!("/tenant_ids/{place}"), "is no tenant of this account");
        }
    }
    let coverage_min = coverage_min.map(Exact::as_decimal);
    if coverage_min.is_some_and(|share| share <= Decimal::ZERO || share > Decimal::ONE) {
        faults.add("/coverage_min", "must be above 0 and at most 1");
    }
    faults.none()?;
    let (Some(day_of_month), Some(closes_month)) = (day_of_month, closes_month) else {
        return Err(unnoticed());
    };
    Ok(ReportSchedule {
        day_of_month,
        languages,
        tenants: tenant_ids,
        closes_month,
        coverage_min,
        year_ends_in,
    })
}

fn within(faults: &mut Faults, pointer: &str, number: i64, most: u32) -> Option<u32> {
    let found = u32::try_from(number).ok().filter(|number| (1..=most).contains(number));
    faults.usable(pointer, found.ok_or_else(|| format!("must be 1 to {most}")))
}

fn languages_of(faults: &mut Faults, codes: &[String]) -> Vec<Language> {
    let mut languages = Vec::new();
    if codes.is_empty() || codes.len() > Language::ALL.len() {
        let most = Language::ALL.len();
        faults
            .add("/languages", format!("must be 1 to {most} languages; leave it out for each client's own"));
    }
    for (place, code) in codes.iter().enumerate() {
        match Language::from_code(code) {
            Some(language) if !languages.contains(&language) => languages.push(language),
            Some(_) => {}
            None => {
                let all = Language::ALL.map(Language::as_str).join(", ");
                faults.add(&format!("/languages/{place}"), format!("must be one of {all}"));
            }
        }
    }
    languages
}

fn answer(stored: StoredSchedule) -> ScheduleAnswer {
    let StoredSchedule { schedule, next_month, created_at_ms, changed_at_ms } = stored;
    let ReportSchedule { day_of_month, languages, tenants, closes_month, coverage_min, year_ends_in } =
        schedule;
    ScheduleAnswer {
        day_of_month,
        close_month: closes_month,
        languages: languages.map(|all| all.into_iter().map(Language::as_str).collect()),
        tenant_ids: tenants,
        coverage_min: coverage_min.map(Exact::from),
        year_ends_in,
        next_run: NextRun { month: next_month.to_string(), on: due_on(next_month, day_of_month).to_string() },
        created_at: clock::rfc_3339_of(created_at_ms),
        changed_at: clock::rfc_3339_of(changed_at_ms),
    }
}

fn run_answer(run: ListedRun, failures: Vec<FailedRunReport>) -> RunAnswer {
    let ListedRun { run_id, month, state, coverage, problem, started_at_ms, changed_at_ms, counts } = run;
    let RunCounts { clients, reports, issued, failed, messages, pending, delivered } = counts;
    let given_up = messages - pending - delivered;
    let is_delivered = state == RunState::Issued && messages > 0 && delivered == messages;
    let not_delivered = (given_up > 0).then(|| RunProblem {
        problem: format!("{given_up} messages were not acknowledged by the webhook and are given up."),
        what_to_do: "Look at the webhook. The reports are there, and in the list of reports.".to_owned(),
    });
    let (problem, what_to_do) = problem
        .or(not_delivered)
        .map_or((None, None), |RunProblem { problem, what_to_do }| (Some(problem), Some(what_to_do)));
    RunAnswer {
        run_id,
        month: month.to_string(),
        state: if is_delivered { "delivered" } else { state.as_str() },
        clients,
        reports: ReportCounts { total: reports, issued, failed },
        messages: MessageCounts { total: messages, delivered, pending, given_up },
        coverage: coverage.map(Exact::from),
        problem,
        what_to_do,
        failures: failures.into_iter().map(failure).collect(),
        started_at: clock::rfc_3339_of(started_at_ms),
        changed_at: clock::rfc_3339_of(changed_at_ms),
    }
}

fn failure(failed: FailedRunReport) -> FailureAnswer {
    let FailedRunReport { month, tenant_id, language, first_month, problem } = failed;
    FailureAnswer {
        tenant_id,
        language,
        month: first_month.to_string(),
        last_month: month.to_string(),
        detail: problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{ToSpan, civil::date};

    #[test]
    fn a_schedule_begins_with_the_month_whose_day_is_next() {
        for (today, day, month) in [
            ("2026-11-02", 3, "2026-10"),
            ("2026-11-03", 3, "2026-10"),
            ("2026-11-04", 3, "2026-11"),
            ("2026-01-01", 1, "2025-12"),
            ("2026-12-31", 28, "2026-12"),
        ] {
            assert_eq!(first_month(today.parse().unwrap(), day).to_string(), month, "{today} {day}");
        }
        // Whatever day it is set on, its own is today or later, and within a month and a bit.
        for ahead in 0..800 {
            let today = date(2026, 1, 1) + i64::from(ahead).days();
            for day in 1..=28 {
                let wait = (due_on(first_month(today, day), day) - today).get_days();
                assert!((0..=31).contains(&wait), "{today} {day}: {wait}");
            }
        }
    }
}
