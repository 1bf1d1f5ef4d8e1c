//! Records OpenTelemetry spans: those of model calls become events.

use crate::{
    app::App,
    base::{clock::now, work_queue::blocking},
    http::{answer::Answer, encoding::decoded, media_type::PROTOBUF, problem::Problem, request::Input},
    ingest::{
        batch::{BatchBuilder, BatchOutcome, Rejected},
        intake::Intake,
        sources::{
            otlp::{self, Attributes, ExportResponse, NotAnExport, PartialSuccess, Span},
            span,
        },
    },
    store::SourceSetting,
};
use prost::Message;
use std::{cmp::Reverse, collections::BTreeMap};

/// `POST /v1/traces`: OTLP over HTTP, in protobuf or JSON; the response has the same format.
pub(crate) async fn create(app: &App, input: Input) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    let setting = app.store.source_setting(caller.account).await?;
    let mut builder = BatchBuilder::new(app, Intake::new(app, caller, now()), None);
    let bytes_max = app.limits.telemetry_bytes_max;
    let Input { body, headers, permit, .. } = input;
    let is_protobuf = headers.content_type.as_deref().is_some_and(|kind| kind.starts_with(PROTOBUF));
    let read = blocking(move || {
        let body = decoded(body, headers.content_encoding.as_deref(), bytes_max)?;
        let SourceSetting { default_tenant_id, span_attributes, .. } = &setting;
        let wanted = |name: &str| span::is_read(name, span_attributes);
        let mut take = |span: &Span, resource: &Attributes| {
            builder.take(span::read(span, resource, span_attributes), default_tenant_id.as_ref())
        };
        otlp::each_span(&body, is_protobuf, &wanted, &mut take)
            .map_err(|NotAnExport| Problem::invalid("", "is not an OTLP export of spans"))??;
        Ok::<_, Problem>((builder, permit))
    });
    let (builder, permit) = read.await??;
    let BatchOutcome { rejected, .. } = builder.keep(app, None, permit).await?;
    let exported = ExportResponse { partial_success: partial_success(&rejected) };
    if is_protobuf { Ok(Answer::protobuf(exported.encode_to_vec())) } else { Answer::ok(&exported) }
}

/// How many spans were rejected, and why; `None` if all were accepted.
fn partial_success(rejected: &[Rejected]) -> Option<PartialSuccess> {
    /// As many as a person reads in a log line.
    const REASONS_MAX: usize = 10;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for Rejected { detail, .. } in rejected {
        *counts.entry(detail).or_default() += 1;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| Reverse(*count));
    let mut reasons: Vec<String> =
        counts.iter().take(REASONS_MAX).map(|(reason, count)| format!("{count} × {reason}")).collect();
    let others: usize = counts.iter().skip(REASONS_MAX).map(|(_, count)| count).sum();
    if others > 0 {
        reasons.push(format!("{others} × other reasons"));
    }
    let rejected_spans = i64::try_from(rejected.len()).unwrap_or(i64::MAX);
    (rejected_spans > 0).then(|| PartialSuccess { rejected_spans, error_message: reasons.join("; ") })
}
