//! OpenTelemetry spans in: those that tell of calls to models become events.

use super::{
    App, Input,
    encoding::decoded,
    gathering::{Gathered, Gathering, Rejected},
    intake::Intake,
    now,
};
use crate::{
    heavy::blocking,
    problem::Problem,
    response::Answer,
    sources::{
        otlp::{Export, Exported, PROTOBUF, PartialSuccess},
        span,
    },
    store::SourceSetting,
};
use prost::Message;
use std::collections::BTreeMap;

/// `POST /v1/traces`: OTLP over HTTP, in protobuf or JSON; answered in the same.
pub(super) async fn create(app: &App, input: Input) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    let setting = app.store.source_setting(caller.account).await?;
    let mut gathering = Gathering::new(app, Intake::new(app, caller, now()), None);
    let bytes_max = app.limits.telemetry_bytes_max;
    let Input { body, content_type, content_encoding, turn, .. } = input;
    let is_protobuf = content_type.as_deref().is_some_and(|kind| kind.starts_with(PROTOBUF));
    let read = blocking(move || {
        let body = decoded(body, content_encoding.as_deref(), bytes_max)?;
        let export = export(&body, is_protobuf)?;
        gather(&export, &setting, &mut gathering)?;
        Ok::<_, Problem>((gathering, turn))
    });
    let (gathering, turn) = read.await??;
    let Gathered { rejected, .. } = gathering.keep(app, None, turn).await?;
    let exported = Exported { partial_success: partial_success(&rejected) };
    if is_protobuf { Ok(Answer::protobuf(exported.encode_to_vec())) } else { Answer::ok(&exported) }
}

/// The export. What a reader tells of its faults may repeat what it read: only where it is is passed on.
fn export(body: &[u8], is_protobuf: bool) -> Result<Export, Problem> {
    if is_protobuf {
        return Export::decode(body).map_err(|_| Problem::invalid("", "is not OTLP in protobuf"));
    }
    let json = serde_json::from_slice(body);
    let is_object = body.trim_ascii_start().first() == Some(&b'{');
    json.map_err(|error| (error.line(), error.column()))
        .and_then(|export| if is_object { Ok(export) } else { Err((1, 1)) })
        .map_err(|(line, column)| {
            Problem::invalid("", format!("is not OTLP in JSON, at line {line}, column {column}"))
        })
}

/// The calls that spans tell of.
fn gather(export: &Export, setting: &SourceSetting, gathering: &mut Gathering) -> Result<(), Problem> {
    for of_resource in &export.resource_spans {
        for span in of_resource.scope_spans.iter().flat_map(|scope| &scope.spans) {
            let told = span::read(span, of_resource.resource.as_ref(), &setting.span_attributes);
            gathering.take(told, setting.default_tenant_id.as_ref())?;
        }
    }
    Ok(())
}

/// How many spans were not taken, and why; nothing where all were.
fn partial_success(rejected: &[Rejected]) -> Option<PartialSuccess> {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for Rejected { detail, .. } in rejected {
        *reasons.entry(detail).or_default() += 1;
    }
    let reasons: Vec<String> = reasons.iter().map(|(reason, count)| format!("{count} × {reason}")).collect();
    let rejected_spans = i64::try_from(rejected.len()).unwrap_or(i64::MAX);
    (rejected_spans > 0).then(|| PartialSuccess { rejected_spans, error_message: reasons.join("; ") })
}
