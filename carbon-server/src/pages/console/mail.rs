//! The log of mail: to whom, about what, and how it fared.

use crate::{
    api::mail::{self, MailAnswer},
    app::App,
    http::{answer::Answer, problem::Problem, request::Input},
    pages::{
        console::ConsoleContext,
        html::{escaped, html},
        shell::Shell,
    },
};
use askama::Template;

#[derive(Template)]
#[template(path = "console/mail.html")]
struct MailPage {
    shell: Shell,
    context: ConsoleContext,
    mails: Vec<MailRow>,
    has_mail: bool,
}

struct MailRow {
    address: Option<String>,
    client: Option<String>,
    /// Address of the client's page.
    base: String,
    report_id: String,
    state: &'static str,
    /// Why it was not sent, and when it is tried again.
    details: String,
    created_at: String,
    attempts: u64,
}

impl MailRow {
    fn is_good(&self) -> bool {
        self.state == "sent"
    }
}

/// `GET /app/mail`
pub(crate) async fn show(app: &App, input: &Input) -> Result<Answer, Problem> {
    let mails = mail::mails_of(app, input.caller()?.account).await?;
    html(&MailPage {
        shell: Shell::console(app, input, "/app/reports")?,
        context: ConsoleContext::of(app, input).await?,
        mails: mails.into_iter().map(row).collect(),
        has_mail: app.outgoing.mail.is_some(),
    })
}

fn row(mail: MailAnswer) -> MailRow {
    let minute = |at: &str| format!("{} UTC", at.get(..16).unwrap_or(at).replace('T', " "));
    let again = mail.next_attempt_at.filter(|_| mail.attempts > 0);
    let again = again.map(|at| format!("Tried again at {}.", minute(&at)));
    let details: Vec<String> = mail.last_error.into_iter().chain(again).collect();
    MailRow {
        address: mail.address,
        base: format!("/app/tenants/{}", escaped(mail.tenant_id.as_deref().unwrap_or_default())),
        client: mail.tenant_id,
        report_id: mail.report_id,
        state: mail.state,
        details: details.join(" "),
        created_at: minute(&mail.created_at),
        attempts: mail.attempts,
    }
}
