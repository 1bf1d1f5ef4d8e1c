//! Mail: who is sent reports, and what became of it. Its rows of the table of the API.

use crate::{
    api::contacts,
    app::{
        App,
        operation::{Operation, handler},
    },
    base::clock::{self, now},
    config::MAILS_MAX,
    http::{
        answer::Answer,
        problem::Problem,
        request::Input,
        route::Access::{ReadLive, WriteLive},
    },
    openapi::described::plain,
    store::{AccountKey, ListedMail, ReportMailed},
};
use serde::Serialize;
use serde_json::json;

/// They are part of the API's table.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::get("/api/v1/tenants/{tenant_id}/contacts", ReadLive, handler!(|app, input, tenant_id| contacts::show(app, &input, tenant_id).await))
        .described(|_| plain("mail", "List the contacts of a tenant")
            .describe("Who is sent its reports by mail, and who has unsubscribed.")
            .answers(200, "Contacts").can_miss()),
    Operation::put("/api/v1/tenants/{tenant_id}/contacts", WriteLive, handler!(|app, input, tenant_id| contacts::set(app, &input, tenant_id).await))
        .described(|_| plain("mail", "Set the contacts of a tenant")
            .describe("They are sent each report that the schedule makes. Replaces the list: an omitted address is forgotten, one that stays keeps \
                       its id, and stays unsubscribed if it is.")
            .takes("ContactsRequest", json!({"contacts": [{"address": "climate@example.com", "language": "de", "delivery": "attachment"}]}))
            .answers(200, "Contacts").can_miss()),
    Operation::post("/api/v1/reports/{report_id}/mail", WriteLive, handler!(|app, input, report_id| send(app, &input, report_id).await))
        .described(|_| plain("mail", "Send a report to the contacts of its tenant")
            .describe("Each contact is sent a report once: whoever was sent it, or will be, is not sent it again. Whoever has unsubscribed is sent none.")
            .answers(200, "ReportMailed").can_miss()
            .problem(409, "The operator of this server has named no server that takes mail.")),
    Operation::get("/api/v1/mail", ReadLive, handler!(|app, input| list(app, &input).await))
        .described(|_| plain("mail", "List mail")
            .describe("To whom, about what, and how it fared; the newest first, at most 200.")
            .answers(200, "Mails")),
];

#[derive(Serialize)]
struct ReportMailedAnswer {
    added: usize,
    already: usize,
    unsubscribed: usize,
}

#[derive(Serialize)]
struct MailsAnswer {
    mails: Vec<MailAnswer>,
}

/// A mail in a list.
#[derive(Serialize)]
pub(crate) struct MailAnswer {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) address: Option<String>,
    pub(crate) tenant_id: Option<String>,
    pub(crate) report_id: String,
    pub(crate) state: &'static str,
    pub(crate) created_at: String,
    pub(crate) attempts: u64,
    pub(crate) next_attempt_at: Option<String>,
    pub(crate) sent_at: Option<String>,
    pub(crate) last_error: Option<String>,
}

/// `POST /api/v1/reports/{report_id}/mail`
async fn send(app: &App, input: &Input, report_id: String) -> Result<Answer, Problem> {
    let ReportMailed { added, already, unsubscribed } =
        send_report(app, input.caller()?.account, report_id).await?;
    Answer::ok(&ReportMailedAnswer { added, already, unsubscribed })
}

/// Has a report sent to the contacts of its tenant.
pub(crate) async fn send_report(
    app: &App,
    account: AccountKey,
    report_id: String,
) -> Result<ReportMailed, Problem> {
    if app.outgoing.mail.is_none() {
        app.store.report_pdf(account, report_id).await?.ok_or_else(|| Problem::not_found("report"))?;
        let detail =
            "This server sends no mail: its operator has named no server that takes it (--smtp-url).";
        return Err(Problem::Conflict { detail: detail.to_owned() });
    }
    let mailed = app.store.mail_report(account, report_id, now().as_millisecond()).await?;
    app.outgoing.due.notify_one();
    mailed.ok_or_else(|| Problem::not_found("report"))
}

/// `GET /api/v1/mail`
async fn list(app: &App, input: &Input) -> Result<Answer, Problem> {
    Answer::ok(&MailsAnswer { mails: mails_of(app, input.caller()?.account).await? })
}

/// The mails of an account, the newest first.
pub(crate) async fn mails_of(app: &App, account: AccountKey) -> Result<Vec<MailAnswer>, Problem> {
    Ok(app.store.mails(account, MAILS_MAX).await?.into_iter().map(mail_answer).collect())
}

pub(crate) fn mail_answer(mail: ListedMail) -> MailAnswer {
    MailAnswer {
        id: mail.mail_id,
        kind: mail.kind,
        address: mail.address,
        tenant_id: mail.tenant_id,
        report_id: mail.report_id,
        state: mail.state.as_str(),
        created_at: clock::rfc_3339_of(mail.created_at_ms),
        attempts: mail.attempts,
        next_attempt_at: mail.next_attempt_at_ms.map(clock::rfc_3339_of),
        sent_at: mail.sent_at_ms.map(clock::rfc_3339_of),
        last_error: mail.last_error,
    }
}
