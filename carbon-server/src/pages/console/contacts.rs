//! The contacts of a client: who is sent its reports by mail.

use crate::{
    api::{
        contacts::{self, ContactAnswer, ContactRequest, ContactsRequest},
        mail,
    },
    app::App,
    http::{answer::Answer, problem::Problem, request::Input},
    pages::{
        console::{ConsoleContext, LANGUAGE},
        form::{PageForm, is_mendable},
        html::{escaped, html},
        languages::LanguageChoice,
        shell::Shell,
    },
};
use askama::Template;

#[derive(Template)]
#[template(path = "console/contacts.html")]
struct ContactsPage {
    shell: Shell,
    context: ConsoleContext,
    tenant_id: String,
    /// Address of the client's page.
    base: String,
    contacts: Vec<ContactAnswer>,
    languages: Vec<LanguageChoice>,
    /// Those that can be sent: their ids, and what they are.
    reports: Vec<(String, String)>,
    has_mail: bool,
    form: PageForm,
}

/// Reports to choose from.
const REPORTS: usize = 24;

/// `GET /app/tenants/{tenant_id}/contacts`
pub(crate) async fn show(app: &App, input: &Input, tenant_id: String) -> Result<Answer, Problem> {
    page(app, input, tenant_id, PageForm::default()).await
}

async fn page(app: &App, input: &Input, tenant_id: String, form: PageForm) -> Result<Answer, Problem> {
    let account = input.caller()?.account;
    let reports = app.store.reports_of_tenant(account, tenant_id.clone(), None, REPORTS).await?;
    let reports = reports.into_iter().map(|report| {
        let words = format!("{}, {}, revision {}", report.of(LANGUAGE), report.language, report.revision);
        (report.report_id, words)
    });
    html(&ContactsPage {
        shell: Shell::console(app, input, "/app/tenants")?,
        context: ConsoleContext::of(app, input).await?,
        base: format!("/app/tenants/{}", escaped(&tenant_id)),
        contacts: contacts::contacts_of(app, account, tenant_id.clone()).await?,
        tenant_id,
        languages: LanguageChoice::all(LANGUAGE),
        reports: reports.collect(),
        has_mail: app.outgoing.mail.is_some(),
        form,
    })
}

/// What is there already.
async fn there(app: &App, input: &Input, tenant_id: &str) -> Result<Vec<(String, ContactRequest)>, Problem> {
    let found = contacts::contacts_of(app, input.caller()?.account, tenant_id.to_owned()).await?;
    let as_sent = |contact: ContactAnswer| {
        let ContactAnswer { id, address, language, delivery, .. } = contact;
        let request =
            ContactRequest { address: Some(address), language, delivery: Some(delivery.to_owned()) };
        (id, request)
    };
    Ok(found.into_iter().map(as_sent).collect())
}

/// `POST /app/tenants/{tenant_id}/contacts`: adds one.
pub(crate) async fn add(app: &App, input: &Input, tenant_id: String) -> Result<Answer, Problem> {
    let form = PageForm::sent_by_owner(input)?;
    let mut all: Vec<ContactRequest> =
        there(app, input, &tenant_id).await?.into_iter().map(|(_, contact)| contact).collect();
    all.push(ContactRequest {
        address: form.text("address"),
        language: form.text("language"),
        delivery: form.text("delivery"),
    });
    match keep(app, input, &tenant_id, all).await {
        Ok(()) => Ok(back(&tenant_id)),
        Err(problem) if is_mendable(&problem) => {
            let problem = of_the_new(problem);
            Ok(page(app, input, tenant_id, form.refused(&problem)).await?.refused(&problem))
        }
        Err(problem) => Err(problem),
    }
}

/// `POST /app/tenants/{tenant_id}/contacts/{contact_id}/remove`
pub(crate) async fn remove(
    app: &App,
    input: &Input,
    tenant_id: String,
    contact_id: &str,
) -> Result<Answer, Problem> {
    PageForm::sent_by_owner(input)?;
    let others = there(app, input, &tenant_id).await?.into_iter().filter(|(id, _)| id != contact_id);
    let others = others.map(|(_, contact)| contact).collect();
    keep(app, input, &tenant_id, others).await?;
    Ok(back(&tenant_id))
}

async fn keep(app: &App, input: &Input, tenant_id: &str, all: Vec<ContactRequest>) -> Result<(), Problem> {
    let request = ContactsRequest { contacts: Some(all) };
    contacts::keep(app, input.caller()?.account, tenant_id.to_owned(), request).await.map(drop)
}

fn back(tenant_id: &str) -> Answer {
    Answer::see_other(format!("/app/tenants/{}/contacts", escaped(tenant_id)))
}

/// What is wrong with the last of the list is wrong with the form.
fn of_the_new(problem: Problem) -> Problem {
    let Problem::Invalid { mut errors } = problem else { return problem };
    for error in &mut errors {
        let field = error.pointer.rsplit('/').next().filter(|field| *field != "contacts");
        error.pointer = format!("/{}", field.unwrap_or("address"));
    }
    Problem::Invalid { errors }
}

/// `POST /app/tenants/{tenant_id}/contacts/send`: a report to all of them.
pub(crate) async fn send(app: &App, input: &Input, tenant_id: String) -> Result<Answer, Problem> {
    let form = PageForm::sent_by_owner(input)?;
    match mail::send_report(app, input.caller()?.account, form.value("report_id").to_owned()).await {
        Ok(_) => Ok(Answer::see_other("/app/mail".to_owned())),
        Err(problem) if is_mendable(&problem) => {
            Ok(page(app, input, tenant_id, form.refused(&problem)).await?.refused(&problem))
        }
        Err(problem) => Err(problem),
    }
}
