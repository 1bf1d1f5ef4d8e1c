//! The schedule of reports: its settings, and its runs.

use crate::{
    api::report_schedule::{self, FailureAnswer, RunAnswer, ScheduleBody},
    app::App,
    base::clock::{day, now},
    http::{
        answer::Answer,
        problem::{FieldError, Problem},
        request::Input,
    },
    pages::{
        console::{ConsoleContext, LANGUAGE},
        form::{PageForm, is_mendable},
        html::html,
        shell::Shell,
    },
    store::{AccountKey, StoredSchedule, due_on},
};
use askama::Template;

const PATH: &str = "/app/report-schedule";

/// The months that a financial year may end in.
const MONTHS: &[(&str, &str)] = &[
    ("", "is not made"),
    ("1", "is made when it ends in January"),
    ("2", "is made when it ends in February"),
    ("3", "is made when it ends in March"),
    ("4", "is made when it ends in April"),
    ("5", "is made when it ends in May"),
    ("6", "is made when it ends in June"),
    ("7", "is made when it ends in July"),
    ("8", "is made when it ends in August"),
    ("9", "is made when it ends in September"),
    ("10", "is made when it ends in October"),
    ("11", "is made when it ends in November"),
    ("12", "is made when it ends in December"),
];

#[derive(Template)]
#[template(path = "console/schedule.html")]
struct SchedulePage {
    shell: Shell,
    context: ConsoleContext,
    /// Of a schedule that is set.
    next: Option<NextRun>,
    has_webhook: bool,
    runs: Vec<RunRow>,
    form: PageForm,
}

struct NextRun {
    month: String,
    on: String,
    is_overdue: bool,
}

struct RunRow {
    /// The month, as the address has it.
    value: String,
    month: String,
    state: &'static str,
    problem: Option<String>,
    what_to_do: String,
    failures: Vec<FailureRow>,
    clients: u64,
    made: String,
    delivered: String,
    changed_at: String,
}

struct FailureRow {
    client: String,
    language: String,
    detail: String,
}

impl RunRow {
    fn is_good(&self) -> bool {
        matches!(self.state, "issued" | "delivered")
    }

    fn can_retry(&self) -> bool {
        matches!(self.state, "failed" | "skipped") || self.state == "waiting" && self.problem.is_some()
    }

    fn retry(&self) -> &'static str {
        if self.state == "waiting" { "Look again" } else { "Run again" }
    }

    fn can_skip(&self) -> bool {
        matches!(self.state, "waiting" | "closing" | "issuing" | "failed")
    }
}

/// `GET /app/report-schedule`
pub(crate) async fn show(app: &App, input: &Input) -> Result<Answer, Problem> {
    let stored = app.store.report_schedule(input.caller()?.account).await?;
    let form = stored.as_ref().map_or_else(PageForm::default, filled);
    page(app, input, stored, form).await
}

async fn page(
    app: &App,
    input: &Input,
    stored: Option<StoredSchedule>,
    form: PageForm,
) -> Result<Answer, Problem> {
    let account = input.caller()?.account;
    let next = stored.map(|stored| {
        let on = due_on(stored.next_month, stored.schedule.day_of_month);
        NextRun { month: LANGUAGE.month(stored.next_month), on: on.to_string(), is_overdue: on < day(now()) }
    });
    html(&SchedulePage {
        shell: Shell::console(app, input, "/app/reports")?,
        context: ConsoleContext::of(app, input).await?,
        next,
        has_webhook: app.store.webhook(account).await?.is_some(),
        runs: report_schedule::runs_of(app, account).await?.into_iter().map(run_row).collect(),
        form,
    })
}

fn filled(stored: &StoredSchedule) -> PageForm {
    let schedule = &stored.schedule;
    let languages = schedule.languages.as_ref();
    let languages = languages.map(|all| all.iter().map(|each| each.as_str()).collect::<Vec<_>>().join(", "));
    PageForm::filled([
        ("day_of_month", Some(schedule.day_of_month.to_string())),
        ("close_month", Some(if schedule.closes_month { "yes" } else { "no" }.to_owned())),
        ("languages", languages),
        ("tenant_ids", schedule.tenants.as_ref().map(|ids| ids.join("\n"))),
        ("coverage_min", schedule.coverage_min.map(|share| share.to_string())),
        ("year_ends_in", schedule.year_ends_in.map(|month| month.to_string())),
    ])
}

fn run_row(run: RunAnswer) -> RunRow {
    let RunAnswer {
        month, state, clients, reports, messages, problem, what_to_do, failures, changed_at, ..
    } = run;
    RunRow {
        month: month.parse().map_or_else(|_| month.clone(), |month| LANGUAGE.month(month)),
        value: month,
        state,
        problem,
        what_to_do: what_to_do.unwrap_or_default(),
        failures: failures.into_iter().map(failure_row).collect(),
        clients,
        made: format!("{} of {}", reports.issued, reports.total),
        delivered: if messages.total == 0 {
            "none sent".to_owned()
        } else {
            format!("{} of {}", messages.delivered, messages.total)
        },
        changed_at: format!("{} UTC", changed_at.get(..16).unwrap_or(&changed_at).replace('T', " ")),
    }
}

fn failure_row(failure: FailureAnswer) -> FailureRow {
    let FailureAnswer { tenant_id: client, language, detail, .. } = failure;
    FailureRow { client, language, detail }
}

/// `POST /app/report-schedule`
pub(crate) async fn set(app: &App, input: &Input) -> Result<Answer, Problem> {
    let form = PageForm::sent_by_owner(input)?;
    let account = input.caller()?.account;
    match kept(app, account, &form).await {
        Ok(()) => Ok(Answer::see_other(PATH.to_owned())),
        Err(problem) if is_mendable(&problem) => {
            let problem = by_field(problem);
            let stored = app.store.report_schedule(account).await?;
            Ok(page(app, input, stored, form.refused(&problem)).await?.refused(&problem))
        }
        Err(problem) => Err(problem),
    }
}

async fn kept(app: &App, account: AccountKey, form: &PageForm) -> Result<(), Problem> {
    let list = |name: &str, ends: &[char]| {
        let text = form.text(name)?;
        let entries = text.split(ends).map(str::trim).filter(|entry| !entry.is_empty());
        Some(entries.map(str::to_owned).collect::<Vec<_>>())
    };
    let coverage_min = form
        .decimal("coverage_min")
        .map_err(|_| Problem::invalid("/coverage_min", "must be a number such as 0.95"))?;
    let body = ScheduleBody {
        day_of_month: form.number("day_of_month")?,
        close_month: form.text("close_month").map(|choice| choice == "yes"),
        languages: list("languages", &[',', ' ']),
        tenant_ids: list("tenant_ids", &['\n', '\r']),
        coverage_min,
        year_ends_in: form.number("year_ends_in")?,
    };
    report_schedule::keep(app, account, body).await.map(drop)
}

/// What is wrong with an entry of a list is wrong with the field that has them all.
fn by_field(problem: Problem) -> Problem {
    let Problem::Invalid { errors } = problem else { return problem };
    let of_field = errors.into_iter().map(|error| {
        let entry = error.pointer.strip_prefix('/').and_then(|pointer| pointer.split_once('/'));
        let place =
            entry.and_then(|(field, place)| Some((field.to_owned(), place.parse::<usize>().ok()? + 1)));
        match place {
            Some((field, place)) => {
                FieldError::new(format!("/{field}"), format!("no. {place} {}", error.detail))
            }
            None => error,
        }
    });
    Problem::Invalid { errors: of_field.collect() }
}

/// `POST /app/report-schedule/remove`
pub(crate) async fn remove(app: &App, input: &Input) -> Result<Answer, Problem> {
    PageForm::sent_by_owner(input)?;
    report_schedule::take_away(app, input.caller()?.account).await?;
    Ok(Answer::see_other(PATH.to_owned()))
}

/// `POST /app/report-schedule/runs/{month}/retry`
pub(crate) async fn retry(app: &App, input: &Input, month: &str) -> Result<Answer, Problem> {
    PageForm::sent_by_owner(input)?;
    let asked = report_schedule::run_again(app, input.caller()?.account, month).await;
    asked_of(app, input, asked.map(drop)).await
}

/// `POST /app/report-schedule/runs/{month}/skip`
pub(crate) async fn skip(app: &App, input: &Input, month: &str) -> Result<Answer, Problem> {
    PageForm::sent_by_owner(input)?;
    let asked = report_schedule::leave_out(app, input.caller()?.account, month).await;
    asked_of(app, input, asked.map(drop)).await
}

async fn asked_of(app: &App, input: &Input, asked: Result<(), Problem>) -> Result<Answer, Problem> {
    match asked {
        Ok(()) => Ok(Answer::see_other(PATH.to_owned())),
        Err(problem) if is_mendable(&problem) => {
            let stored = app.store.report_schedule(input.caller()?.account).await?;
            let form = stored.as_ref().map_or_else(PageForm::default, filled).refused(&problem);
            Ok(page(app, input, stored, form).await?.refused(&problem))
        }
        Err(problem) => Err(problem),
    }
}
