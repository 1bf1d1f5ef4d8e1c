//! Building blocks of JSON Schema (2020-12) for the description.

use serde_json::{Map, Value, json};

/// A reference to a component by its name.
pub(crate) fn of(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// The same, or null.
pub(crate) fn or_null(schema: &Value) -> Value {
    // Generators of clients make one class of a schema of its own, and several of one with two types.
    let has_class = schema.get("enum").is_some() || schema.get("properties").is_some();
    match schema.get("type") {
        Some(Value::String(kind)) if !has_class => {
            let mut schema = schema.clone();
            schema["type"] = json!([kind, "null"]);
            schema
        }
        _ => json!({"anyOf": [schema, {"type": "null"}]}),
    }
}

/// A field of an object: its name, its schema, and what it means, with its unit. A name that ends with `?` is optional.
pub(crate) type Field<'a> = (&'a str, Value, &'a str);

/// An object of exactly these fields.
pub(crate) fn object<'a>(fields: impl IntoIterator<Item = Field<'a>>) -> Value {
    let mut schema = open_object(fields);
    schema["additionalProperties"] = json!(false);
    schema
}

/// An object of these fields, and of others that are of no concern here.
pub(crate) fn open_object<'a>(fields: impl IntoIterator<Item = Field<'a>>) -> Value {
    let fields: Vec<Field> = fields.into_iter().collect();
    let required: Vec<&str> =
        fields.iter().map(|(name, ..)| *name).filter(|name| !name.ends_with('?')).collect();
    let properties: Map<String, Value> = fields
        .iter()
        .map(|(name, schema, meaning)| (name.trim_end_matches('?').to_owned(), said(schema.clone(), meaning)))
        .collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": true})
}

/// A request body: optional fields may also be null.
pub(crate) fn request<'a>(fields: impl IntoIterator<Item = Field<'a>>) -> Value {
    object(fields.into_iter().map(|(name, schema, meaning)| {
        (name, if name.ends_with('?') { or_null(&schema) } else { schema }, meaning)
    }))
}

pub(crate) fn array(items: Value) -> Value {
    json!({"type": "array", "items": items})
}

/// A list that never has more entries.
pub(crate) fn at_most(count_max: usize, items: Value) -> Value {
    json!({"type": "array", "items": items, "maxItems": count_max})
}

/// A list that has entries, and never more than these.
pub(crate) fn some_of(count_max: usize, items: Value) -> Value {
    json!({"type": "array", "items": items, "minItems": 1, "maxItems": count_max})
}

pub(crate) fn words(words: &[&str]) -> Value {
    json!({"type": "string", "enum": words})
}

/// A string of 1 to so many bytes without control characters.
pub(crate) fn short_text(bytes_max: usize, example: &str) -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": bytes_max, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$",
           "examples": [example]})
}

/// The same of a text that reports print: something in it is visible, and nothing turns the direction of writing.
pub(crate) fn printed_text(bytes_max: usize, example: &str) -> Value {
    const REFUSED: &str = "\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069";
    const INVISIBLE: &str =
        "\\s\\u00a0\\u00ad\\u1680\\u180e\\u2000-\\u200d\\u202f\\u205f\\u2060\\u3000\\ufeff";
    let pattern = format!("^[^{REFUSED}]*[^{REFUSED}{INVISIBLE}][^{REFUSED}]*$");
    json!({"type": "string", "minLength": 1, "maxLength": bytes_max, "pattern": pattern, "examples": [example]})
}

pub(crate) fn text(example: &str) -> Value {
    json!({"type": "string", "examples": [example]})
}

pub(crate) fn integer(min: i64, max: u64, example: i64) -> Value {
    json!({"type": "integer", "minimum": min, "maximum": max, "examples": [example]})
}

/// A count in a response.
pub(crate) fn count() -> Value {
    json!({"type": "integer", "minimum": 0})
}

/// A whole number in a response, of either sign.
pub(crate) fn whole() -> Value {
    json!({"type": "integer"})
}

/// A decimal with every digit.
pub(crate) fn decimal() -> Value {
    json!({"type": "number"})
}

pub(crate) fn flag() -> Value {
    json!({"type": "boolean"})
}

pub(crate) fn time() -> Value {
    json!({"type": "string", "format": "date-time", "examples": ["2026-10-05T14:30:00Z"]})
}

pub(crate) fn day() -> Value {
    json!({"type": "string", "format": "date", "examples": ["2026-10-05"]})
}

pub(crate) fn day_or_time() -> Value {
    json!({"anyOf": [day(), time()]})
}

pub(crate) fn month() -> Value {
    json!({"type": "string", "pattern": "^(201[89]|20[2-9][0-9]|2[1-9][0-9]{2})-(0[1-9]|1[0-2])$", "examples": ["2026-10"]})
}

/// A legal entity identifier.
pub(crate) fn lei() -> Value {
    json!({"type": "string", "pattern": "^[A-Z0-9]{18}[0-9]{2}$", "examples": ["529900T8BM49AURSDO55"]})
}

/// The version of a factor set, which may have been added to the ledger; behind a `+`, the account's own entries.
pub(crate) fn factor_set() -> Value {
    json!({"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,39}(\\+[0-9]{1,18})?$", "examples": ["2026.11"]})
}

pub(crate) fn uuid() -> Value {
    json!({"type": "string", "format": "uuid"})
}

pub(crate) fn sha256() -> Value {
    json!({"type": "string", "pattern": "^[0-9a-f]{64}$"})
}

/// The schema with a description.
pub(crate) fn said(mut schema: Value, sentence: &str) -> Value {
    if schema.get("$ref").is_some() {
        return json!({"allOf": [schema], "description": sentence});
    }
    schema["description"] = json!(sentence);
    schema
}
