//! The JSON form, as OTLP writes it: ids in hex, 64 bits as text or as numbers.

use crate::ingest::sources::{
    lenient::count_of,
    otlp::{
        AttributeFilter, AttributeValue, Attributes, ERROR, NotAnExport, Origin, Span, TakeSpan,
        digest_of_resource, scope_name,
    },
};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Value, value::RawValue};
use std::borrow::Cow;

/// What was found but not parsed yet.
type Raw<'b> = Vec<&'b RawValue>;

#[derive(Deserialize)]
struct JsonExport<'b> {
    #[serde(borrow, rename = "resourceSpans")]
    resource_spans: Option<Raw<'b>>,
}

#[derive(Deserialize)]
struct ResourceSpans<'b> {
    #[serde(borrow)]
    resource: Option<&'b RawValue>,
    #[serde(borrow, rename = "scopeSpans")]
    scope_spans: Option<Raw<'b>>,
}

#[derive(Deserialize)]
struct Resource<'b> {
    #[serde(borrow)]
    attributes: Option<Raw<'b>>,
}

#[derive(Deserialize)]
struct ScopeSpans<'b> {
    #[serde(borrow)]
    scope: Option<&'b RawValue>,
    #[serde(borrow)]
    spans: Option<Raw<'b>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JsonSpan<'b> {
    #[serde(borrow)]
    trace_id: Option<&'b RawValue>,
    #[serde(borrow)]
    span_id: Option<&'b RawValue>,
    #[serde(borrow)]
    parent_span_id: Option<&'b RawValue>,
    #[serde(borrow)]
    start_time_unix_nano: Option<&'b RawValue>,
    #[serde(borrow)]
    end_time_unix_nano: Option<&'b RawValue>,
    #[serde(borrow)]
    status: Option<&'b RawValue>,
    #[serde(borrow)]
    attributes: Option<Raw<'b>>,
}

#[derive(Deserialize)]
struct KeyValue<'b> {
    #[serde(borrow)]
    key: Option<Cow<'b, str>>,
    #[serde(borrow)]
    value: Option<&'b RawValue>,
}

pub(crate) fn each_span<E>(
    body: &[u8],
    wanted: AttributeFilter<'_>,
    take: TakeSpan<'_, E>,
) -> Result<Result<(), E>, NotAnExport> {
    let text = String::from_utf8_lossy(body);
    for resource_spans in object::<JsonExport<'_>>(&text)?.resource_spans.unwrap_or_default() {
        let ResourceSpans { resource, scope_spans } = object(resource_spans.get())?;
        let resource = resource.map_or("{}", RawValue::get);
        let attributes = if resource == "null" { None } else { object::<Resource<'_>>(resource)?.attributes };
        let mut origin = Origin {
            resource: read_attributes(attributes, wanted),
            resource_digest: digest_of_resource(resource.as_bytes()),
            scope: String::new(),
        };
        for scope_spans in scope_spans.unwrap_or_default() {
            let ScopeSpans { scope, spans } = object(scope_spans.get())?;
            let name = value(scope).as_ref().and_then(|scope| scope.get("name")?.as_str().map(scope_name));
            origin.scope = name.unwrap_or_default();
            for span in spans.unwrap_or_default() {
                let broken = |NotAnExport| Span { is_broken: true, ..Span::default() };
                let span = object(span.get()).map_or_else(broken, |span| read_span(span, wanted));
                if let Err(error) = take(span, &origin) {
                    return Ok(Err(error));
                }
            }
        }
    }
    Ok(Ok(()))
}

/// An object; serde would also accept an array of the fields.
fn object<'b, T: Deserialize<'b>>(json: &'b str) -> Result<T, NotAnExport> {
    if !json.trim_start().starts_with('{') {
        return Err(NotAnExport);
    }
    serde_json::from_str(json).map_err(|_| NotAnExport)
}

fn value(raw: Option<&RawValue>) -> Option<Value> {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok())
}

/// An unreadable field counts as missing; if it was needed, the span is rejected for that.
fn read_span(span: JsonSpan<'_>, wanted: AttributeFilter<'_>) -> Span {
    let nanoseconds = |raw| value(raw).as_ref().and_then(count_of).unwrap_or_default();
    let id = |raw: Option<&RawValue>| {
        value(raw).as_ref().and_then(Value::as_str).and_then(hex).unwrap_or_default()
    };
    // A number in OTLP; some exporters write the name.
    let code = value(span.status).and_then(|status| status.get("code").cloned());
    Span {
        trace_id: id(span.trace_id),
        span_id: id(span.span_id),
        parent_span_id: id(span.parent_span_id),
        start_time_unix_nano: nanoseconds(span.start_time_unix_nano),
        end_time_unix_nano: nanoseconds(span.end_time_unix_nano),
        has_failed: code.is_some_and(|code| code == ERROR || code == "STATUS_CODE_ERROR"),
        attributes: read_attributes(span.attributes, wanted),
        is_broken: false,
    }
}

fn read_attributes(raw: Option<Raw<'_>>, wanted: AttributeFilter<'_>) -> Attributes {
    let mut attributes = Attributes::default();
    for attribute in raw.unwrap_or_default() {
        let Ok(KeyValue { key: Some(key), value }) = serde_json::from_str(attribute.get()) else { continue };
        if wanted(&key) {
            attributes.add(&key, value.map_or(AttributeValue::Other, |value| read_value(value.get())));
        }
    }
    attributes
}

/// `AnyValue`
fn read_value(json: &str) -> AttributeValue {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    enum AnyValue {
        StringValue(String),
        BoolValue(bool),
        IntValue(Value),
        DoubleValue(Value),
        #[serde(untagged)]
        Other(IgnoredAny),
    }

    match serde_json::from_str(json) {
        Ok(AnyValue::StringValue(text)) => AttributeValue::Text(text),
        Ok(AnyValue::BoolValue(word)) => AttributeValue::Text(word.to_string()),
        Ok(AnyValue::IntValue(Value::String(digits))) => {
            digits.parse().map_or(AttributeValue::Other, AttributeValue::Integer)
        }
        Ok(AnyValue::IntValue(number) | AnyValue::DoubleValue(number)) => match number.as_i64() {
            Some(number) => AttributeValue::Integer(number),
            None => number.as_f64().map_or(AttributeValue::Other, AttributeValue::Double),
        },
        Ok(AnyValue::Other(_)) | Err(_) => AttributeValue::Other,
    }
}

/// Bytes of an id, with digits in either case.
fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = text.chars().map(|digit| digit.to_digit(16)).collect::<Option<_>>()?;
    let byte = |pair: &[u32]| u8::try_from(pair.first()? * 16 + pair.get(1)?).ok();
    digits.chunks(2).map(byte).collect()
}
