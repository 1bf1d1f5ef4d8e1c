//! OTLP as it is on the wire, as far as it is read: protobuf and JSON of `opentelemetry.proto.collector.trace.v1`.
//!
//! What is not declared here is not decoded: names of spans, their events and their links. None of it can be logged either:
//! these types have no `Debug` form of what they hold.

use prost::Message;
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::Value;

/// Media type of its binary form.
pub(crate) const PROTOBUF: &str = "application/x-protobuf";

/// `ExportTraceServiceRequest`
#[derive(Deserialize, Message)]
#[prost(skip_debug)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Export {
    #[prost(message, repeated, tag = "1")]
    pub(crate) resource_spans: Vec<ResourceSpans>,
}

#[derive(Deserialize, Message)]
#[prost(skip_debug)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ResourceSpans {
    #[prost(message, optional, tag = "1")]
    pub(crate) resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) scope_spans: Vec<ScopeSpans>,
}

#[derive(Deserialize, Message)]
#[prost(skip_debug)]
#[serde(default)]
pub(crate) struct Resource {
    #[prost(message, repeated, tag = "1")]
    pub(crate) attributes: Vec<KeyValue>,
}

#[derive(Deserialize, Message)]
#[prost(skip_debug)]
#[serde(default)]
pub(crate) struct ScopeSpans {
    #[prost(message, repeated, tag = "2")]
    pub(crate) spans: Vec<Span>,
}

#[derive(Deserialize, Message)]
#[prost(skip_debug)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Span {
    /// 16 bytes.
    #[prost(bytes = "vec", tag = "1")]
    #[serde(deserialize_with = "hex")]
    pub(crate) trace_id: Vec<u8>,
    /// 8 bytes.
    #[prost(bytes = "vec", tag = "2")]
    #[serde(deserialize_with = "hex")]
    pub(crate) span_id: Vec<u8>,
    #[prost(fixed64, tag = "7")]
    #[serde(deserialize_with = "unsigned")]
    pub(crate) start_time_unix_nano: u64,
    #[prost(message, repeated, tag = "9")]
    pub(crate) attributes: Vec<KeyValue>,
    #[prost(message, optional, tag = "15")]
    pub(crate) status: Option<Status>,
}

#[derive(Deserialize, Message)]
#[prost(skip_debug)]
#[serde(default)]
pub(crate) struct Status {
    #[prost(int32, tag = "3")]
    #[serde(deserialize_with = "code")]
    pub(crate) code: i32,
}

impl Status {
    /// `STATUS_CODE_ERROR`
    pub(crate) const ERROR: i32 = 2;
}

#[derive(Deserialize, Message)]
#[prost(skip_debug)]
#[serde(default)]
pub(crate) struct KeyValue {
    #[prost(string, tag = "1")]
    pub(crate) key: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) value: Option<AnyValue>,
}

/// One of these; lists and the like are nothing that is read.
#[derive(Deserialize, Message)]
#[prost(skip_debug)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct AnyValue {
    #[prost(string, optional, tag = "1")]
    pub(crate) string_value: Option<String>,
    #[prost(int64, optional, tag = "3")]
    #[serde(deserialize_with = "signed")]
    pub(crate) int_value: Option<i64>,
    #[prost(double, optional, tag = "4")]
    pub(crate) double_value: Option<f64>,
}

/// `ExportTraceServiceResponse`
#[derive(Message, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Exported {
    #[prost(message, optional, tag = "1")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) partial_success: Option<PartialSuccess>,
}

/// `ExportTracePartialSuccess`
#[derive(Message, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PartialSuccess {
    /// A string in JSON, as protobuf asks of 64 bits.
    #[prost(int64, tag = "1")]
    #[serde(serialize_with = "as_text")]
    pub(crate) rejected_spans: i64,
    #[prost(string, tag = "2")]
    pub(crate) error_message: String,
}

/// `google.rpc.Status`: what OTLP asks of an answer that is no success.
#[derive(Message)]
pub(crate) struct Refusal {
    #[prost(string, tag = "2")]
    pub(crate) message: String,
}

/// Ids are hex in JSON, in either case.
fn hex<'de, D: Deserializer<'de>>(json: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(json)?;
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0);
    let digits = digits.ok_or_else(|| D::Error::custom("an id must be hex"))?;
    let byte = |pair: &[u32]| u8::try_from(pair[0] * 16 + pair[1]).map_err(D::Error::custom);
    digits.chunks(2).map(byte).collect()
}

/// 64 bits are text in JSON; numbers are taken too.
fn signed<'de, D: Deserializer<'de>>(json: D) -> Result<Option<i64>, D::Error> {
    let number = match Value::deserialize(json)? {
        Value::String(text) => text.parse().ok(),
        other => other.as_i64(),
    };
    number.map(Some).ok_or_else(|| D::Error::custom("must be an integer of 64 bits"))
}

fn unsigned<'de, D: Deserializer<'de>>(json: D) -> Result<u64, D::Error> {
    let number = match Value::deserialize(json)? {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    };
    number.ok_or_else(|| D::Error::custom("must be nanoseconds, an integer of 64 bits"))
}

/// A number, as OTLP has it; some exporters write the name.
fn code<'de, D: Deserializer<'de>>(json: D) -> Result<i32, D::Error> {
    Ok(match Value::deserialize(json)? {
        Value::String(name) if name == "STATUS_CODE_ERROR" => Status::ERROR,
        other => other.as_i64().and_then(|code| code.try_into().ok()).unwrap_or_default(),
    })
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn as_text<S: serde::Serializer>(number: &i64, json: S) -> Result<S::Ok, S::Error> {
    json.collect_str(number)
}
