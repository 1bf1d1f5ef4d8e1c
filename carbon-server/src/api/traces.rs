//! Records OpenTelemetry spans: those of model calls become events.

use crate::{
    app::{App, metrics::PassedOver},
    base::{
        clock::now,
        work_queue::{Permit, blocking},
    },
    http::{
        answer::Answer, caller::Caller, encoding::decoded, media_type::PROTOBUF, problem::Problem,
        request::Input,
    },
    ingest::{
        arithmetic::Unsettled,
        batch::{BatchBuilder, BatchNote, BatchOutcome, Rejected},
        intake::Intake,
        sources::{
            SourceRecord,
            otlp::{self, ExportResponse, NotAnExport, Origin, PartialSuccess, Span},
            same_call::{Counted, Export},
            span,
        },
    },
    store::{AccountKey, SourceSetting},
};
use bytes::Bytes;
use prost::Message;
use std::{cmp::Reverse, collections::BTreeMap};

/// An export as it was sent, by whichever protocol.
pub(crate) struct SentExport {
    pub(crate) caller: Caller,
    pub(crate) body: Bytes,
    /// How the body is compressed.
    pub(crate) encoding: Option<String>,
    /// JSON otherwise.
    pub(crate) is_protobuf: bool,
    pub(crate) permits: Vec<Permit<AccountKey>>,
}

/// `POST /v1/traces`: OTLP over HTTP, in protobuf or JSON; the response has the same format.
pub(crate) async fn create(app: &App, input: Input) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    let Input { body, headers, permits, .. } = input;
    let is_protobuf = headers.content_type.as_deref().is_some_and(|kind| kind.starts_with(PROTOBUF));
    let sent = SentExport { caller, body, encoding: headers.content_encoding.clone(), is_protobuf, permits };
    let exported = record(app, sent).await?;
    if is_protobuf { Ok(Answer::protobuf(exported.encode_to_vec())) } else { Answer::ok(&exported) }
}

/// `POST /v1/metrics`, `POST /v1/logs`: taken, because exporters send all signals to one endpoint, and nothing of it is kept.
pub(crate) fn pass_over(input: &Input) -> Result<Answer, Problem> {
    let is_protobuf = input.headers.content_type.as_deref().is_some_and(|kind| kind.starts_with(PROTOBUF));
    // The empty message is the answer of either service.
    let nothing = ExportResponse { partial_success: None };
    if is_protobuf { Ok(Answer::protobuf(nothing.encode_to_vec())) } else { Answer::ok(&nothing) }
}

/// Records the calls of an export.
pub(crate) async fn record(app: &App, sent: SentExport) -> Result<ExportResponse, Problem> {
    let SentExport { caller, body, encoding, is_protobuf, permits } = sent;
    let setting = app.store.source_setting(caller.account).await?;
    let mut builder = BatchBuilder::new(app, Intake::new(app, caller, now()), None);
    let (bytes_max, calls_max) = (app.limits.telemetry_bytes_max, app.limits.batch_events_max);
    let read = blocking(move || {
        let body = decoded(body, encoding.as_deref(), bytes_max)?;
        let export = export(&body, is_protobuf, &setting, calls_max)?;
        let mut report = Report::default();
        for Counted { record, scope, is_shown_elsewhere } in export.each_call_once() {
            if is_shown_elsewhere {
                report.passed_over.push((PassedOver::SameCall, scope));
                continue;
            }
            if !matches!(record, SourceRecord::Nothing) {
                report.scopes.push(scope);
            }
            builder.take(record, setting.default_tenant_id.as_ref())?;
        }
        Ok::<_, Problem>((builder, permits, report))
    });
    let (builder, permits, Report { scopes, mut passed_over }) = read.await??;
    let BatchOutcome { rejected, notes, same_calls, .. } = builder.keep(app, None, permits).await?;
    passed_over.extend(same_calls.into_iter().map(|index| (PassedOver::SameCall, scopes[index].clone())));
    let reason =
        |detail: &str| if lacks_counts(detail) { PassedOver::NoCounts } else { PassedOver::Rejected };
    passed_over.extend(rejected.iter().map(|row| (reason(&row.detail), scopes[row.index].clone())));
    for (reason, scope) in &passed_over {
        app.metrics.span_passed_over(*reason, scope);
    }
    Ok(ExportResponse { partial_success: partial_success(&rejected, &notes, &scopes) })
}

/// What there is to report on an export's spans.
#[derive(Default)]
struct Report {
    /// Of each call, by its place among them.
    scopes: Vec<String>,
    /// Spans of calls that are not counted, by reason and scope.
    passed_over: Vec<(PassedOver, String)>,
}

/// The spans of an export, but those of scopes that the account ignores.
pub(crate) fn export(
    body: &[u8],
    is_protobuf: bool,
    setting: &SourceSetting,
    calls_max: usize,
) -> Result<Export, Problem> {
    let SourceSetting { span_attributes, ignored_scopes, .. } = setting;
    let wanted = |name: &str| span::is_read(name, span_attributes);
    let mut export = Export::default();
    let mut take = |span: Span, origin: &Origin| {
        let mut span = span::read(span, origin, span_attributes);
        if ignored_scopes.contains(&span.scope) {
            span.record = SourceRecord::Nothing;
        }
        export.add(span);
        if export.calls() > calls_max {
            Err(Problem::TooManyEvents { events_max: calls_max })
        } else {
            Ok(())
        }
    };
    otlp::each_span(body, is_protobuf, &wanted, &mut take)
        .map_err(|NotAnExport| Problem::invalid("", "is not an OTLP export of spans"))??;
    Ok(export)
}

/// Whether a call was rejected for lack of counts.
fn lacks_counts(detail: &str) -> bool {
    use Unsettled::{NoCounts, NoInput, NoOutput};
    [NoCounts, NoInput, NoOutput].iter().any(|why| detail.ends_with(why.reason()))
}

/// How many spans were rejected, and why; or what the sender should know of counts. `None` if there is nothing to say.
fn partial_success(rejected: &[Rejected], notes: &[BatchNote], scopes: &[String]) -> Option<PartialSuccess> {
    /// As many as a person reads in a log line.
    const REASONS_MAX: usize = 10;
    if rejected.is_empty() && notes.is_empty() {
        return None;
    }
    let rejections = rejected.iter().map(|Rejected { index, detail }| (*index, detail.as_str()));
    let notes = notes.iter().map(|BatchNote { index, detail }| (*index, detail.as_str()));
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (index, reason) in rejections.chain(notes) {
        *counts.entry((reason, scopes[index].as_str())).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| Reverse(*count));
    let sentence = |((reason, scope), count): &((&str, &str), usize)| match *scope {
        "" => format!("{count} × {reason}"),
        scope => format!("{count} × {reason} ({scope})"),
    };
    let mut reasons: Vec<String> = counts.iter().take(REASONS_MAX).map(sentence).collect();
    let others: usize = counts.iter().skip(REASONS_MAX).map(|(_, count)| count).sum();
    if others > 0 {
        reasons.push(format!("{others} × other reasons"));
    }
    let rejected_spans = i64::try_from(rejected.len()).unwrap_or(i64::MAX);
    Some(PartialSuccess { rejected_spans, error_message: reasons.join("; ") })
}
