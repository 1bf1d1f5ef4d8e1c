//! LiteLLM's generic API callback: what it logs of calls becomes events.

use super::{
    App, Input,
    encoding::decoded,
    gathering::Gathering,
    intake::Intake,
    now,
    rows::{self, Rows},
};
use crate::{
    heavy::blocking,
    problem::Problem,
    response::Answer,
    sources::{Told, litellm::Logged},
};

/// `POST /api/v1/litellm`: an array of what LiteLLM logs, one of them, or one a line.
pub(super) async fn create(app: &App, input: Input) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    let setting = app.store.source_setting(caller.account).await?;
    let mut gathering = Gathering::new(app, Intake::new(app, caller, now()), None);
    let bytes_max = app.limits.telemetry_bytes_max;
    let Input { body, content_encoding, turn, .. } = input;
    let read = blocking(move || {
        let body = decoded(body, content_encoding.as_deref(), bytes_max)?;
        let form = match body.trim_ascii_start().first() {
            Some(b'[') => Rows::Array,
            Some(b'{') => Rows::Lines,
            _ => return Err(Problem::invalid("", "must be what LiteLLM logs: an array, or one call a line")),
        };
        rows::each(form, &body, &mut |row| {
            // What a reader tells of its faults may repeat what it read.
            let logged: Result<Logged, _> = serde_json::from_slice(row);
            let told = logged.map_or(Told::Uncountable("is nothing that LiteLLM logs"), |logged| {
                logged.told(&setting.litellm_fields)
            });
            gathering.take(told, setting.default_tenant_id.as_ref())
        })?;
        Ok::<_, Problem>((gathering, turn))
    });
    let (gathering, turn) = read.await??;
    Answer::ok(&gathering.keep(app, None, turn).await?)
}
