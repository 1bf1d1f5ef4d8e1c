//! Software clients that may fetch a tenant's footprints by PACT.

use crate::{
    app::App,
    base::clock,
    base::{api_key::pact_secret, clock::now},
    config,
    http::{
        answer::Answer,
        faults::{Faults, unnoticed},
        problem::Problem,
        request::Input,
        webhook,
    },
    store::{AnswersTo, NewPactClient, PactClient},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientRequest {
    label: Option<String>,
    answers_to: Option<AnswersToRequest>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswersToRequest {
    url: Option<String>,
    token_url: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
}

#[derive(Serialize)]
struct ClientAnswer {
    client_id: String,
    /// Shown once.
    client_secret: String,
    token_url: String,
    footprints_url: String,
}

#[derive(Serialize)]
struct ClientsAnswer {
    clients: Vec<ClientRow>,
}

#[derive(Serialize)]
struct ClientRow {
    client_id: String,
    label: String,
    /// Where its requests are answered.
    answers_to: Option<String>,
    created_at: String,
    revoked_at: Option<String>,
}

/// `POST /api/v1/tenants/{tenant_id}/pact-clients`
pub(crate) async fn create(app: &App, input: &Input, tenant_id: String) -> Result<Answer, Problem> {
    let ClientRequest { label, answers_to } = input.optional_json()?;
    let mut faults = Faults::default();
    let label = faults.short_text("/label", label, config::LABEL_BYTES_MAX).unwrap_or_default();
    let answers = answers_to.map(|asked| answers_to_of(app, &mut faults, asked));
    faults.none()?;
    let answers = match answers {
        None => None,
        Some(answers) => Some(answers.ok_or_else(unnoticed)?),
    };
    let client_secret = pact_secret().map_err(Problem::internal)?;
    let new = NewPactClient {
        tenant_id,
        label,
        secret_sha256: Sha256::digest(&client_secret).into(),
        answers,
        now_ms: now().as_millisecond(),
    };
    let client_id = app.store.add_pact_client(input.caller()?.account, new).await?;
    let client_id = client_id.ok_or_else(|| Problem::not_found("tenant"))?;
    let url = app.network.url(input);
    Answer::created(&ClientAnswer {
        client_id,
        client_secret,
        token_url: format!("{url}/3/auth/token"),
        footprints_url: format!("{url}/3/footprints"),
    })
}

/// Where requests are answered, every field checked.
fn answers_to_of(app: &App, faults: &mut Faults, asked: AnswersToRequest) -> Option<AnswersTo> {
    let AnswersToRequest { url, token_url, client_id, client_secret } = asked;
    let url = faults.required_text("/answers_to/url", url, config::URL_BYTES_MAX);
    let token_url = faults.short_text("/answers_to/token_url", token_url, config::URL_BYTES_MAX);
    for (pointer, url) in [("/answers_to/url", &url), ("/answers_to/token_url", &token_url)] {
        if let Some(fault) = url.as_deref().and_then(|url| webhook::fault(url, app.outgoing.to_private)) {
            faults.add(pointer, fault);
        }
    }
    if url.as_deref().is_some_and(|url| url.contains(['?', '#'])) {
        faults.add("/answers_to/url", "must have neither a query nor a fragment: paths are added to it");
    }
    let client_id = faults.required_text("/answers_to/client_id", client_id, config::NAME_BYTES_MAX);
    let client_secret =
        faults.required_text("/answers_to/client_secret", client_secret, config::URL_BYTES_MAX);
    Some(AnswersTo { url: url?, token_url, client_id: client_id?, client_secret: client_secret? })
}

/// `GET /api/v1/tenants/{tenant_id}/pact-clients`
pub(crate) async fn list(app: &App, input: &Input, tenant_id: String) -> Result<Answer, Problem> {
    let clients = app.store.pact_clients(input.caller()?.account, tenant_id).await?;
    let clients = clients.ok_or_else(|| Problem::not_found("tenant"))?.into_iter().map(row).collect();
    Answer::ok(&ClientsAnswer { clients })
}

fn row(client: PactClient) -> ClientRow {
    let PactClient { client_id, label, created_at_ms, revoked_at_ms, answers_url } = client;
    ClientRow {
        client_id,
        label,
        answers_to: answers_url,
        created_at: clock::rfc_3339_of(created_at_ms),
        revoked_at: revoked_at_ms.map(clock::rfc_3339_of),
    }
}

/// `DELETE /api/v1/tenants/{tenant_id}/pact-clients/{client_id}`: its access stops at once.
pub(crate) async fn revoke(
    app: &App,
    input: &Input,
    tenant_id: String,
    client_id: String,
) -> Result<Answer, Problem> {
    let account = input.caller()?.account;
    let revoked = app.store.revoke_pact_client(account, tenant_id, client_id, now().as_millisecond()).await?;
    if revoked { Ok(Answer::no_content()) } else { Err(Problem::not_found("PACT client")) }
}
