//! Signing up, logging in, logging out.

use crate::{
    api::{
        accounts::{self, AccountRequest, SignedUp},
        session::{self, LogInRequest},
    },
    app::App,
    http::{answer::Answer, problem::Problem, request::Input},
    pages::{
        form::{PageForm, is_mendable},
        html::html,
        shell::Shell,
    },
};
use askama::Template;

#[derive(Template)]
#[template(path = "signup.html")]
struct SignUpPage {
    shell: Shell,
    form: PageForm,
}

#[derive(Template)]
#[template(path = "welcome.html")]
struct WelcomePage {
    shell: Shell,
    live: String,
    test: String,
    url: String,
}

#[derive(Template)]
#[template(path = "login.html")]
struct LogInPage {
    shell: Shell,
    form: PageForm,
}

/// `GET /signup`
pub(super) async fn sign_up(app: &App, input: &Input) -> Result<Answer, Problem> {
    let shell = Shell::public(app, input, "/signup").await;
    html(&SignUpPage { shell, form: PageForm::default() })
}

/// `POST /signup`: an account, a session, and a page with the keys to copy.
pub(super) async fn send_sign_up(app: &App, input: &Input) -> Result<Answer, Problem> {
    let form = PageForm::sent(input);
    let request = || {
        Ok(AccountRequest {
            email: form.text("email"),
            password: form.exact("password"),
            organisation: form.text("organisation"),
        })
    };
    match accounts::sign_up(app, input.peer, request).await {
        Ok(SignedUp { live, test, .. }) => {
            let account = app.store.credentials(form.text("email").unwrap_or_default()).await?;
            let account =
                account.ok_or_else(|| Problem::Internal("a new account is not there".to_owned()))?;
            let cookie = session::open(app, input, account).await?;
            let page = WelcomePage {
                shell: Shell { is_logged_in: true, ..Shell::private(app.registry.default_set(), "") },
                live: live.reveal().to_owned(),
                test: test.reveal().to_owned(),
                url: app.network.url(input),
            };
            Ok(html(&page)?.with_cookie(cookie))
        }
        Err(problem) if is_mendable(&problem) => {
            let shell = Shell::public(app, input, "/signup").await;
            Ok(html(&SignUpPage { shell, form: form.refused(&problem) })?.refused(&problem))
        }
        Err(problem) => Err(problem),
    }
}

/// `GET /login`
pub(super) async fn log_in(app: &App, input: &Input) -> Result<Answer, Problem> {
    let form = PageForm::filled([("next", input.asked("next"))]);
    html(&LogInPage { shell: Shell::public(app, input, "/login").await, form })
}

/// `POST /login`
pub(super) async fn send_log_in(app: &App, input: &Input) -> Result<Answer, Problem> {
    let form = PageForm::sent(input);
    let request = LogInRequest { email: form.text("email"), password: form.exact("password") };
    match session::log_in(app, request, input.peer).await {
        Ok(shown) => {
            let cookie = session::open(app, input, shown).await?;
            Ok(Answer::see_other(form.console_page("next").unwrap_or("/app").to_owned()).with_cookie(cookie))
        }
        Err(problem) if is_mendable(&problem) => {
            let shell = Shell::public(app, input, "/login").await;
            Ok(html(&LogInPage { shell, form: form.refused(&problem) })?.refused(&problem))
        }
        Err(problem) => Err(problem),
    }
}

/// `POST /logout`
pub(super) async fn send_log_out(app: &App, input: &Input) -> Result<Answer, Problem> {
    PageForm::sent_by_owner(input)?;
    Ok(Answer::see_other("/".to_owned()).with_cookie(session::close(app, input).await?))
}
