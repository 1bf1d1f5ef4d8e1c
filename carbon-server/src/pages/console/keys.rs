//! API keys: list, create, revoke.

use crate::{
    api::keys::{self, KeyRequest},
    app::App,
    http::{answer::Answer, problem::Problem, request::Input},
    pages::{
        console::{ConsoleContext, date_and_time},
        form::{PageForm, is_mendable},
        html::html,
        shell::Shell,
    },
};
use askama::Template;

#[derive(Template)]
#[template(path = "console/keys.html")]
struct KeysPage {
    shell: Shell,
    context: ConsoleContext,
    keys: Vec<ApiKeyRow>,
    /// A key that was just created, in the clear.
    made: Option<String>,
    form: PageForm,
}

struct ApiKeyRow {
    key_id: String,
    kind: &'static str,
    label: String,
    prefix: String,
    created_at: String,
    last_used_at: Option<String>,
    is_revoked: bool,
}

/// `GET /app/keys`
pub(crate) async fn list(app: &App, input: &Input) -> Result<Answer, Problem> {
    page(app, input, None, PageForm::default()).await
}

async fn page(app: &App, input: &Input, made: Option<String>, form: PageForm) -> Result<Answer, Problem> {
    let mut keys = app.store.keys(input.caller()?.account).await?;
    // Active ones first, each newest first.
    keys.sort_by_key(|key| (key.revoked_at_ms.is_some(), std::cmp::Reverse(key.created_at_ms)));
    let keys = keys.into_iter().map(|key| ApiKeyRow {
        key_id: key.key_id,
        kind: key.kind.as_str(),
        label: key.label,
        prefix: key.prefix,
        created_at: date_and_time(key.created_at_ms),
        last_used_at: key.last_used_at_ms.map(date_and_time),
        is_revoked: key.revoked_at_ms.is_some(),
    });
    html(&KeysPage {
        shell: Shell::console(app, input, "/app/keys")?,
        context: ConsoleContext::of(app, input).await?,
        keys: keys.collect(),
        made,
        form,
    })
}

/// `POST /app/keys`: the response is the only place that shows the key, so it is not a redirection.
pub(crate) async fn create(app: &App, input: &Input) -> Result<Answer, Problem> {
    let form = PageForm::sent_by_owner(input)?;
    let request = KeyRequest { kind: form.text("kind"), label: form.text("label") };
    match keys::make(app, input.caller()?.account, request).await {
        Ok((key, ..)) => page(app, input, Some(key.reveal().to_owned()), PageForm::default()).await,
        Err(problem) if is_mendable(&problem) => {
            let form = form.refused_in_words(&problem, &[("/kind", "Kind"), ("/label", "Label")]);
            Ok(page(app, input, None, form).await?.refused(&problem))
        }
        Err(problem) => Err(problem),
    }
}

/// `POST /app/keys/{key_id}/revoke`
pub(crate) async fn revoke(app: &App, input: &Input, key_id: String) -> Result<Answer, Problem> {
    PageForm::sent_by_owner(input)?;
    keys::revoke(app, input, key_id).await?;
    Ok(Answer::see_other("/app/keys".to_owned()))
}
