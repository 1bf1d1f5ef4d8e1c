//! How calls imported from other tools (spans, LiteLLM) are assigned to a tenant.

use crate::{
    app::App,
    config,
    http::{answer::Answer, faults::Faults, problem::Problem, request::Input},
    ingest::text::is_short,
    store::SourceSetting,
};
use serde::{Deserialize, Deserializer, Serialize};

/// Omitted fields return to their values in a new account.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourcesRequest {
    /// With `null`, a call that names no tenant is rejected.
    #[serde(default, deserialize_with = "given")]
    default_tenant_id: Option<Option<String>>,
    span_attributes: Option<Vec<String>>,
    litellm_fields: Option<Vec<String>>,
    ignored_scopes: Option<Vec<String>>,
}

#[derive(Serialize)]
struct SourcesAnswer {
    default_tenant_id: Option<String>,
    span_attributes: Vec<String>,
    litellm_fields: Vec<String>,
    ignored_scopes: Vec<String>,
}

/// `GET /api/v1/sources`
pub(crate) async fn show(app: &App, input: &Input) -> Result<Answer, Problem> {
    Answer::ok(&answer(app.store.source_setting(input.caller()?.account).await?))
}

/// `PUT /api/v1/sources`: applies to calls that arrive from now on.
pub(crate) async fn set(app: &App, input: &Input) -> Result<Answer, Problem> {
    let SourcesRequest { default_tenant_id, span_attributes, litellm_fields, ignored_scopes } =
        input.json()?;
    let (mut faults, new) = (Faults::default(), SourceSetting::default());
    let default_tenant_id = match default_tenant_id {
        None => new.default_tenant_id,
        Some(given) => faults.short_text("/default_tenant_id", given, config::ID_BYTES_MAX),
    };
    let mut names = |pointer: &str, given: Option<Vec<String>>, otherwise| {
        let names = given.unwrap_or(otherwise);
        let (most, bytes_max) = (config::TENANT_NAMES_MAX, config::TENANT_NAME_BYTES_MAX);
        if names.len() > most || !names.iter().all(|name| is_short(name, bytes_max)) {
            let each = format!("each of 1 to {bytes_max} bytes without control characters");
            faults.add(pointer, format!("must be at most {most} names, {each}"));
        }
        names
    };
    let span_attributes = names("/span_attributes", span_attributes, new.span_attributes);
    let litellm_fields = names("/litellm_fields", litellm_fields, new.litellm_fields);
    let ignored_scopes = names("/ignored_scopes", ignored_scopes, new.ignored_scopes);
    faults.none()?;
    let setting = SourceSetting { default_tenant_id, span_attributes, litellm_fields, ignored_scopes };
    app.store.set_source_setting(input.caller()?.account, setting.clone()).await?;
    Answer::ok(&answer(setting))
}

fn answer(setting: SourceSetting) -> SourcesAnswer {
    let SourceSetting { default_tenant_id, span_attributes, litellm_fields, ignored_scopes } = setting;
    SourcesAnswer { default_tenant_id, span_attributes, litellm_fields, ignored_scopes }
}

/// Distinguishes `null` from a missing field.
fn given<'de, D: Deserializer<'de>>(json: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(json).map(Some)
}
