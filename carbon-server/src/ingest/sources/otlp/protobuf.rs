//! The binary form, field by field: `opentelemetry.proto.collector.trace.v1`.

use crate::ingest::sources::otlp::{
    AttributeFilter, AttributeValue, Attributes, ERROR, NotAnExport, Origin, Span, TakeSpan,
    digest_of_resource, scope_name,
};
use prost::encoding::{WireType, decode_key, decode_varint};

/// A field of a message.
#[derive(Clone, Copy)]
enum Field<'b> {
    Number(u64),
    Bytes(&'b [u8]),
}

pub(crate) fn each_span<E>(
    body: &[u8],
    wanted: AttributeFilter<'_>,
    take: TakeSpan<'_, E>,
) -> Result<Result<(), E>, NotAnExport> {
    const RESOURCE_SPANS: u32 = 1;
    const RESOURCE: u32 = 1;
    const SCOPE_SPANS: u32 = 2;
    const SPANS: u32 = 2;
    const RESOURCE_ATTRIBUTES: u32 = 1;
    for resource_spans in messages(body, RESOURCE_SPANS) {
        let resource_spans = resource_spans?;
        let mut origin = Origin::default();
        for resource in messages(resource_spans, RESOURCE) {
            let resource = resource?;
            read_attributes(resource, RESOURCE_ATTRIBUTES, wanted, &mut origin.resource)?;
            origin.resource_digest = digest_of_resource(resource);
        }
        for scope_spans in messages(resource_spans, SCOPE_SPANS) {
            let scope_spans = scope_spans?;
            origin.scope = read_scope(scope_spans)?;
            for span in messages(scope_spans, SPANS) {
                if let Err(error) = take(read_span(span?, wanted)?, &origin) {
                    return Ok(Err(error));
                }
            }
        }
    }
    Ok(Ok(()))
}

/// The name of the scope of these spans.
fn read_scope(scope_spans: &[u8]) -> Result<String, NotAnExport> {
    const SCOPE: u32 = 1;
    const NAME: u32 = 1;
    let mut name = String::new();
    for scope in messages(scope_spans, SCOPE) {
        for bytes in messages(scope?, NAME) {
            name = str::from_utf8(bytes?).map_or_else(|_| String::new(), scope_name);
        }
    }
    Ok(name)
}

fn read_span(message: &[u8], wanted: AttributeFilter<'_>) -> Result<Span, NotAnExport> {
    const ATTRIBUTES: u32 = 9;
    let mut span = Span::default();
    for field in fields(message) {
        match field? {
            (1, Field::Bytes(id)) => span.trace_id = id.to_vec(),
            (2, Field::Bytes(id)) => span.span_id = id.to_vec(),
            (4, Field::Bytes(id)) => span.parent_span_id = id.to_vec(),
            (8, Field::Number(time)) => span.end_time_unix_nano = time,
            (7, Field::Number(time)) => span.start_time_unix_nano = time,
            (15, Field::Bytes(status)) => {
                for field in fields(status) {
                    if let (3, Field::Number(code)) = field? {
                        span.has_failed = code == ERROR;
                    }
                }
            }
            _ => {}
        }
    }
    read_attributes(message, ATTRIBUTES, wanted, &mut span.attributes)?;
    Ok(span)
}

/// Adds the attributes in the field `tag` of a message.
fn read_attributes(
    message: &[u8],
    tag: u32,
    wanted: AttributeFilter<'_>,
    attributes: &mut Attributes,
) -> Result<(), NotAnExport> {
    const KEY: u32 = 1;
    const VALUE: u32 = 2;
    for attribute in messages(message, tag) {
        let (mut name, mut value) = (None, None);
        for field in fields(attribute?) {
            match field? {
                (KEY, Field::Bytes(bytes)) => name = str::from_utf8(bytes).ok(),
                (VALUE, Field::Bytes(message)) => value = Some(message),
                _ => {}
            }
        }
        if let Some(name) = name.filter(|name| wanted(name)) {
            attributes.add(name, read_value(value.unwrap_or_default())?);
        }
    }
    Ok(())
}

fn read_value(message: &[u8]) -> Result<AttributeValue, NotAnExport> {
    let mut value = AttributeValue::Other;
    for field in fields(message) {
        value = match field? {
            (1, Field::Bytes(bytes)) => str::from_utf8(bytes)
                .map_or(AttributeValue::Other, |text| AttributeValue::Text(text.to_owned())),
            (2, Field::Number(word)) => AttributeValue::Text((word != 0).to_string()),
            // A negative number is written as its 64 bits.
            (3, Field::Number(number)) => AttributeValue::Integer(number.cast_signed()),
            (4, Field::Number(bits)) => AttributeValue::Double(f64::from_bits(bits)),
            _ => AttributeValue::Other,
        };
    }
    Ok(value)
}

/// The messages in the field `tag` of a message.
fn messages(message: &[u8], tag: u32) -> impl Iterator<Item = Result<&[u8], NotAnExport>> {
    fields(message).filter_map(move |field| match field {
        Ok((found, Field::Bytes(bytes))) if found == tag => Some(Ok(bytes)),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    })
}

/// Fields of a message in their order, up to the first error.
fn fields(mut rest: &[u8]) -> impl Iterator<Item = Result<(u32, Field<'_>), NotAnExport>> {
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let field = next(&mut rest);
        if field.is_none() {
            rest = &[];
        }
        Some(field.ok_or(NotAnExport))
    })
}

fn next<'b>(rest: &mut &'b [u8]) -> Option<(u32, Field<'b>)> {
    let (tag, wire_type) = decode_key(rest).ok()?;
    let field = match wire_type {
        WireType::Varint => Field::Number(decode_varint(rest).ok()?),
        WireType::SixtyFourBit => Field::Number(u64::from_le_bytes(split(rest, 8)?.try_into().ok()?)),
        WireType::ThirtyTwoBit => Field::Number(u32::from_le_bytes(split(rest, 4)?.try_into().ok()?).into()),
        WireType::LengthDelimited => {
            let bytes = usize::try_from(decode_varint(rest).ok()?).ok()?;
            Field::Bytes(split(rest, bytes)?)
        }
        // None of these messages has groups.
        WireType::StartGroup | WireType::EndGroup => return None,
    };
    Some((tag, field))
}

fn split<'b>(rest: &mut &'b [u8], bytes: usize) -> Option<&'b [u8]> {
    let (taken, behind) = rest.split_at_checked(bytes)?;
    *rest = behind;
    Some(taken)
}
