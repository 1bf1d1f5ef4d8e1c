//! The log-in of the account: its password, and where it is logged in.

use crate::{
    api::{
        grid_series,
        password::{self, PasswordRequest},
        sessions,
    },
    app::App,
    http::{answer::Answer, problem::Problem, request::Input},
    pages::{
        console::{ConsoleContext, date_and_time, grids},
        form::{PageForm, is_mendable},
        html::html,
        shell::Shell,
    },
    store::HourSetting,
};
use askama::Template;

#[derive(Template)]
#[template(path = "console/account.html")]
struct AccountPage {
    shell: Shell,
    context: ConsoleContext,
    email: String,
    sessions: Vec<SessionRow>,
    /// How many grid series the account has.
    series: usize,
    hours: HourSetting,
    /// What was just done, as a sentence.
    done: Option<&'static str>,
    form: PageForm,
}

struct SessionRow {
    session_id: String,
    is_current: bool,
    begun_from: String,
    created_at: String,
    last_used_at: Option<String>,
}

const PATH: &str = "/app/account";

/// `GET /app/account`
pub(crate) async fn show(app: &App, input: &Input) -> Result<Answer, Problem> {
    page(app, input, PageForm::default()).await
}

async fn page(app: &App, input: &Input, form: PageForm) -> Result<Answer, Problem> {
    let sessions = sessions::listed(app, input).await?.into_iter().map(|(session, is_current)| SessionRow {
        session_id: session.session_id,
        is_current,
        begun_from: session.begun_from,
        created_at: date_and_time(session.created_at_ms),
        last_used_at: session.last_used_at_ms.map(date_and_time),
    });
    let done = match input.asked("done").as_deref() {
        Some("password") => Some("The password is changed. Every other session has ended."),
        Some("hours") => Some("Calls that are recorded from now on are summed by the hour."),
        Some("days") => Some("Calls that are recorded from now on are summed by the day."),
        Some("sessions") => Some("Every other session has ended."),
        _ => None,
    };
    let account = input.caller()?.account;
    html(&AccountPage {
        shell: Shell::console(app, input, PATH)?,
        context: ConsoleContext::of(app, input).await?,
        email: app.store.profile(input.caller()?.account).await?.email,
        sessions: sessions.collect(),
        series: grids::count(app, account),
        hours: app.store.hour_setting(account).await?,
        done,
        form,
    })
}

/// `POST /app/account/hours`
pub(crate) async fn set_hours(app: &App, input: &Input) -> Result<Answer, Problem> {
    let form = PageForm::sent_by_owner(input)?;
    let caller = input.caller()?;
    let by_hour = form.exact("by_hour").as_deref() == Some("on");
    grid_series::switch_hours(app, caller.account, by_hour, app.entered_by(caller).await?).await?;
    Ok(Answer::see_other(format!("{PATH}?done={}", if by_hour { "hours" } else { "days" })))
}

/// `POST /app/account/password`
pub(crate) async fn change_password(app: &App, input: &Input) -> Result<Answer, Problem> {
    let form = PageForm::sent_by_owner(input)?;
    let request = PasswordRequest {
        current_password: form.exact("current_password"),
        new_password: form.exact("new_password"),
    };
    match password::replace(app, input, request).await {
        Ok(cookie) => Ok(Answer::see_other(format!("{PATH}?done=password")).with_cookie(cookie)),
        Err(problem) if is_mendable(&problem) => {
            Ok(page(app, input, form.refused(&problem)).await?.refused(&problem))
        }
        Err(problem) => Err(problem),
    }
}

/// `POST /app/account/sessions/end`
pub(crate) async fn end_others(app: &App, input: &Input) -> Result<Answer, Problem> {
    PageForm::sent_by_owner(input)?;
    sessions::end_others(app, input).await?;
    Ok(Answer::see_other(format!("{PATH}?done=sessions")))
}

/// `POST /app/account/sessions/{session_id}/end`
pub(crate) async fn end(app: &App, input: &Input, session_id: String) -> Result<Answer, Problem> {
    PageForm::sent_by_owner(input)?;
    sessions::end(app, input, session_id).await?;
    Ok(Answer::see_other(PATH.to_owned()))
}
