//! What Langfuse's SDKs ask for besides sending spans.

use crate::{
    app::App,
    http::{answer::Answer, problem::Problem, request::Input},
    store::Profile,
};
use serde_json::json;

/// `GET /api/public/projects`: what an SDK's check of its keys asks for. The project is the account.
pub(crate) async fn projects(app: &App, input: &Input) -> Result<Answer, Problem> {
    let Profile { account_id, organisation, .. } = app.store.profile(input.caller()?.account).await?;
    let organization = json!({"id": account_id, "name": organisation});
    let project =
        json!({"id": account_id, "name": organisation, "organization": organization, "metadata": {}});
    Answer::ok(&json!({"data": [project]}))
}

/// `POST /api/public/media`: where the images and sounds of a prompt would be announced. An SDK that is refused sends none.
pub(crate) fn no_media() -> Problem {
    Problem::Forbidden { detail: "Media are parts of prompts, which this server does not take." }
}
