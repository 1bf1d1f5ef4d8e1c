//! What the links in a mail lead to: the report, and the page that ends such mail.

use crate::{
    api::reports,
    app::App,
    auth::signed_token,
    background::mail::words::MailWords,
    base::clock::now,
    http::{
        answer::{Answer, Policy},
        problem::Problem,
    },
    pages::{html::POLICY, shell::Shell},
    store::Subscription,
};
use askama::Template;
use carbon_report::{Language, forms::CsvStyle, words::filled};

/// An address with a token in it must not be sent to anyone.
const TOKEN_POLICY: Policy = Policy { referrer: "no-referrer", ..POLICY };

#[derive(Template)]
#[template(path = "subscription.html")]
struct SubscriptionPage {
    shell: Shell,
    words: &'static MailWords,
    has_ended: bool,
    text: String,
}

/// `GET /mail/{token}/unsubscribe`: asks first, as programs that look at links of mail open them.
pub(super) async fn show(app: &App, token: &str) -> Result<Answer, Problem> {
    let found = app.store.subscription(contact(app, token)?).await?;
    page(app, found.ok_or_else(over)?)
}

/// `POST /mail/{token}/unsubscribe`
pub(super) async fn end(app: &App, token: &str) -> Result<Answer, Problem> {
    let found = app.store.unsubscribe(contact(app, token)?, now().as_millisecond()).await?;
    page(app, found.ok_or_else(over)?)
}

/// `GET /mail/{token}/report.pdf`
pub(super) async fn report(app: &App, token: &str) -> Result<Answer, Problem> {
    let keys = signed_token::mailed_report_keys(app.store.link_secret(), token);
    let [contact_key, report_key] = keys.ok_or_else(over)?;
    let found = app.store.mailed_report(contact_key, report_key).await?;
    let (account, report_id) = found.ok_or_else(over)?;
    reports::file_of(app, account, report_id, "report.pdf", CsvStyle::default()).await
}

fn contact(app: &App, token: &str) -> Result<i64, Problem> {
    signed_token::unsubscribe_key(app.store.link_secret(), token).ok_or_else(over)
}

fn over() -> Problem {
    Problem::not_found("link")
}

fn page(app: &App, found: Subscription) -> Result<Answer, Problem> {
    let Subscription { supplier, client, language, has_ended } = found;
    let language = language.as_deref().and_then(Language::from_code).unwrap_or_default();
    let words = MailWords::of(language);
    let text = if has_ended { words.unsubscribed_text } else { words.unsubscribe_text };
    let page = SubscriptionPage {
        shell: Shell { language: language.as_str(), ..Shell::private(app.registry.default_set(), "") },
        words,
        has_ended,
        text: filled(text, &[("supplier", &supplier), ("client", &client)]),
    };
    Ok(Answer::page(page.render().map_err(Problem::internal)?, TOKEN_POLICY))
}
