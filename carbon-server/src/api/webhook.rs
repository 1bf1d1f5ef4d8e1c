//! The webhook that receives the account's alerts.

use crate::{
    app::App,
    base::clock,
    base::clock::now,
    config,
    http::{
        answer::Answer,
        faults::{Faults, unnoticed},
        problem::Problem,
        request::Input,
        webhook,
    },
    store::Webhook,
};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WebhookRequest {
    url: Option<String>,
}

#[derive(Serialize)]
struct WebhookAnswer<'a> {
    url: &'a str,
    created_at: String,
    /// Signs the alerts; shown once, when it is created.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// `GET /api/v1/webhook`
pub(crate) async fn show(app: &App, input: &Input) -> Result<Answer, Problem> {
    let found = app.store.webhook(input.caller()?.account).await?;
    let Webhook { url, created_at_ms } = found.ok_or_else(|| Problem::not_found("webhook"))?;
    Answer::ok(&WebhookAnswer { url: &url, created_at: clock::rfc_3339_of(created_at_ms), secret: None })
}

/// `PUT /api/v1/webhook`: replaces the URL and creates a new secret.
pub(crate) async fn set(app: &App, input: &Input) -> Result<Answer, Problem> {
    let WebhookRequest { url } = input.json()?;
    let mut faults = Faults::default();
    let url = faults.required_text("/url", url, config::URL_BYTES_MAX);
    if let Some(fault) = url.as_deref().and_then(|url| webhook::fault(url, app.outgoing.to_private)) {
        faults.add("/url", fault);
    }
    faults.none()?;
    let url = url.ok_or_else(unnoticed)?;
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(Problem::internal)?;
    let now_ms = now().as_millisecond();
    app.store.set_webhook(input.caller()?.account, url.clone(), secret, now_ms).await?;
    Answer::ok(&WebhookAnswer {
        url: &url,
        created_at: clock::rfc_3339_of(now_ms),
        secret: Some(webhook::shown(&secret)),
    })
}

/// `DELETE /api/v1/webhook`
pub(crate) async fn remove(app: &App, input: &Input) -> Result<Answer, Problem> {
    let removed = app.store.remove_webhook(input.caller()?.account).await?;
    if removed { Ok(Answer::no_content()) } else { Err(Problem::not_found("webhook")) }
}
