//! Sending mail: what a message of the outbox says is made when it is sent, so that no address and no text waits there.

mod report;
pub(crate) mod words;

use crate::{
    app::{App, mail::Mailer},
    auth::signed_token,
    background::{
        mail::report::{Links, ReportMail},
        stated::{dashboard_url, stated_in},
    },
    base::work_queue::blocking,
    http::problem::Problem,
    store::{AttemptFailure, Delivery, MailToSend, OutboxMessage, StoreError},
};

/// Sends a mail: taken by the server, or why not. `None` where there is no server, or nobody wants it any more.
pub(super) async fn send(
    app: &App,
    message: &OutboxMessage,
) -> Result<Option<Result<(), AttemptFailure>>, StoreError> {
    let Some(mailer) = &app.outgoing.mail else { return Ok(None) };
    let Some(mail) = app.store.mail_to_send(message.account, message.message_key).await? else {
        return Ok(None);
    };
    let Some(pdf) = app.store.report_pdf(message.account, mail.report_id.clone()).await? else {
        return Ok(None);
    };
    let links = links(app, mailer, message, &mail).await?;
    let (id, from) = (message.message_id.clone(), mailer.from.clone());
    let made = blocking(move || {
        let stated = stated_in(&pdf).map_err(unsendable)?;
        ReportMail { id, from, mail, links, stated, pdf }.message()
    });
    // One that was cut off is due again after a while.
    let Ok(made) = made.await else { return Ok(None) };
    Ok(Some(match made {
        Ok(message) => mailer.send(message).await,
        Err(failure) => Err(failure),
    }))
}

/// What another attempt would not mend.
fn unsendable(problem: Problem) -> AttemptFailure {
    let error = problem.cause().unwrap_or_else(|| problem.in_a_sentence());
    AttemptFailure { error, is_final: true, reply_code: None }
}

async fn links(
    app: &App,
    mailer: &Mailer,
    message: &OutboxMessage,
    mail: &MailToSend,
) -> Result<Links, StoreError> {
    let (secret, url) = (app.store.link_secret(), &mailer.public_url);
    let MailToSend { contact_key, report_key, tenant_id, delivery, .. } = mail;
    let unsubscribe = signed_token::unsubscribe(secret, *contact_key);
    let report = signed_token::mailed_report(secret, *contact_key, *report_key);
    Ok(Links {
        report: (*delivery == Delivery::Link).then(|| format!("{url}/mail/{report}/report.pdf")),
        dashboard: dashboard_url(app, message.account, tenant_id).await?,
        verify: format!("{url}/verify"),
        unsubscribe: format!("{url}/mail/{unsubscribe}/unsubscribe"),
    })
}
