//! Operations for what exporters send: OpenTelemetry's signals over HTTP and gRPC.

use crate::{
    api::traces,
    app::operation::{Handler, Operation, handler},
    config::Limits,
    http::{
        media_type::PROTOBUF,
        route::{
            Access::Write,
            BodyLimit, ProblemFormat,
            RequestHeader::{ContentEncoding, ContentType, GrpcEncoding},
        },
    },
    openapi::described::{Described, plain},
};
use serde_json::json;

/// Spans by HTTP, at each of the paths where exporters send them: OpenTelemetry's, Langfuse's and LangSmith's.
pub(super) const fn spans_endpoint(pattern: &'static str) -> Operation {
    Operation::post(pattern, Write, handler!(|app, input| traces::create(app, input).await))
        .reads(&[ContentType, ContentEncoding])
        .takes(BodyLimit::Telemetry)
        .refuses_as(ProblemFormat::Otlp)
        .sent_by_exporters()
        .at_once()
        .described(|_| plain("track", "Record the LLM calls of OpenTelemetry spans")
            .describe("OTLP over HTTP, `Content-Encoding: gzip`; OTLP over gRPC goes to the same address. Spans by the GenAI conventions become events, with trace id and span id as their id; other spans are ignored. Only listed attributes are read; prompts and responses are dropped.")
            .takes("Export", json!({"resourceSpans": []}))
            .or_as(PROTOBUF, json!({"type": "string", "format": "binary", "description": "The same as protobuf."}))
            .answers(200, "Exported").needs_ledger())
}

/// A method of gRPC; no part of the description, which cannot describe one.
pub(super) const fn grpc_endpoint(pattern: &'static str, body: BodyLimit, handler: Handler) -> Operation {
    Operation::post(pattern, Write, handler)
        .reads(&[ContentType, GrpcEncoding])
        .takes(body)
        .refuses_as(ProblemFormat::Grpc)
        .sent_by_exporters()
        .at_once()
}

/// A signal that is taken and dropped.
pub(super) const fn pass_over_endpoint(
    pattern: &'static str,
    description: fn(&Limits) -> Described,
) -> Operation {
    Operation::post(pattern, Write, handler!(|_app, input| traces::pass_over(&input)))
        .reads(&[ContentType])
        .takes(BodyLimit::Dropped)
        .refuses_as(ProblemFormat::Otlp)
        .sent_by_exporters()
        .at_once()
        .described(description)
}

/// The description of such a signal.
pub(super) fn passed_over(summary: &'static str) -> Described {
    plain("track", summary)
        .describe("Answered as OTLP requires, so that exporters that send all signals to one endpoint report no errors. The body is dropped unread; nothing is stored.")
        .may_take("AnyTelemetry", json!({}))
        .or_as(PROTOBUF, json!({"type": "string", "format": "binary", "description": "The same as protobuf."}))
        .answers(200, "Nothing").needs_ledger()
}
