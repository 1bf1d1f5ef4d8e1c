//! OTLP on the wire: reads exports of spans and writes the responses.
//! Spans are read one by one, and only the requested attributes of each: names, events, links and other attributes are
//! skipped in place, so an export costs only a small multiple of its own size in memory.

mod json;
mod protobuf;

use prost::Message;
use serde::Serialize;

/// What is read of a span.
#[derive(Default)]
pub(crate) struct Span {
    /// 16 bytes, if valid.
    pub(crate) trace_id: Vec<u8>,
    /// 8 bytes, if valid.
    pub(crate) span_id: Vec<u8>,
    /// 8 bytes, of a span that has a parent.
    pub(crate) parent_span_id: Vec<u8>,
    /// 0 if it is missing.
    pub(crate) start_time_unix_nano: u64,
    pub(crate) end_time_unix_nano: u64,
    /// `STATUS_CODE_ERROR`
    pub(crate) has_failed: bool,
    pub(crate) attributes: Attributes,
    /// It is not a span, and nothing else about it is known.
    pub(crate) is_broken: bool,
}

/// The requested attributes, in their order.
#[derive(Default)]
pub(crate) struct Attributes(Vec<(String, AttributeValue)>);

/// The value of an attribute.
pub(crate) enum AttributeValue {
    Text(String),
    Integer(i64),
    Double(f64),
    /// A list, bytes or nothing, which no attribute that we read may have.
    Other,
}

/// A digest of a resource as it was sent.
fn digest_of_resource(bytes: &[u8]) -> u64 {
    crate::base::digest::short_digest([bytes])
}

/// The longest name of a scope that is kept.
const SCOPE_BYTES_MAX: usize = 128;

/// The name of a scope, if it is a name.
fn scope_name(text: &str) -> String {
    let is_name = text.len() <= SCOPE_BYTES_MAX && text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_name { text.to_owned() } else { String::new() }
}

/// Selects the requested attributes.
pub(crate) type AttributeFilter<'w> = &'w dyn Fn(&str) -> bool;

/// What a span is of.
#[derive(Default)]
pub(crate) struct Origin {
    /// Attributes of the resource.
    pub(crate) resource: Attributes,
    /// Tells resources apart, by all that they say.
    pub(crate) resource_digest: u64,
    /// Name of the instrumentation scope.
    pub(crate) scope: String,
}

/// Accepts a span, with its origin.
pub(crate) type TakeSpan<'t, E> = &'t mut dyn FnMut(Span, &Origin) -> Result<(), E>;

/// The body is not an export. No details, because they may contain a prompt.
pub(crate) struct NotAnExport;

/// Reads every span of an export; the first error of `take` ends it.
pub(crate) fn each_span<E>(
    body: &[u8],
    is_protobuf: bool,
    wanted: AttributeFilter<'_>,
    take: TakeSpan<'_, E>,
) -> Result<Result<(), E>, NotAnExport> {
    if is_protobuf { protobuf::each_span(body, wanted, take) } else { json::each_span(body, wanted, take) }
}

/// `STATUS_CODE_ERROR`
const ERROR: u64 = 2;

impl Attributes {
    /// Limit of requested attributes on one span; further ones are not read.
    const MAX: usize = 64;

    fn add(&mut self, name: &str, value: AttributeValue) {
        if self.0.len() < Self::MAX {
            self.0.push((name.to_owned(), value));
        }
    }

    pub(crate) fn value(&self, name: &str) -> Option<&AttributeValue> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| value)
    }
}

/// `ExportTraceServiceResponse`
#[derive(Message, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExportResponse {
    #[prost(message, optional, tag = "1")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) partial_success: Option<PartialSuccess>,
}

/// `ExportTracePartialSuccess`
#[derive(Message, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PartialSuccess {
    /// A string in JSON, as protobuf requires for 64 bits.
    #[prost(int64, tag = "1")]
    #[serde(serialize_with = "as_text")]
    pub(crate) rejected_spans: i64,
    #[prost(string, tag = "2")]
    pub(crate) error_message: String,
}

/// `google.rpc.Status`: the body that OTLP requires in an error response.
#[derive(Message)]
pub(crate) struct Refusal {
    #[prost(string, tag = "2")]
    pub(crate) message: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde requires it")]
fn as_text<S: serde::Serializer>(number: &i64, json: S) -> Result<S::Ok, S::Error> {
    json.collect_str(number)
}
