//! Fields in the notations of exports: counts as numbers, decimals or text; objects as JSON in a cell; missing values
//! in any form.

pub(crate) use crate::ingest::sources::written_time::utc;

use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value};
use std::fmt;

/// A number of tokens, if given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Number(pub(crate) Option<u64>);

/// A non-empty text, if given; a number becomes its digits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text(pub(crate) Option<String>);

/// An object, if given.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Object(pub(crate) Map<String, Value>);

impl Number {
    pub(crate) fn or_zero(self) -> u64 {
        self.0.unwrap_or(0)
    }
}

impl Object {
    /// The value at `a.b`, or under that literal name.
    pub(crate) fn at(&self, path: &str) -> Option<&Value> {
        at(&self.0, path)
    }
}

fn at<'o>(object: &'o Map<String, Value>, path: &str) -> Option<&'o Value> {
    object.get(path).or_else(|| {
        let (first, rest) = path.split_once('.')?;
        at(object.get(first)?.as_object()?, rest)
    })
}

/// A non-empty text or a number.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A count; exports of tables write `4.0` for 4.
pub(crate) fn count_of(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => text.parse().ok().or_else(|| whole(text.parse().ok()?)),
        _ => None,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "within the exact range of a double"
)]
pub(crate) fn whole(number: f64) -> Option<u64> {
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    ((0.0..=EXACT_MAX).contains(&number) && number.fract() == 0.0).then_some(number as u64)
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        match input.deserialize_any(ScalarVisitor)? {
            Value::Null => Ok(Number(None)),
            Value::String(text) if text.is_empty() => Ok(Number(None)),
            // The found value is not repeated.
            value => count_of(&value)
                .map(|count| Number(Some(count)))
                .ok_or_else(|| de::Error::custom("is not a count")),
        }
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Ok(Text(match input.deserialize_any(ScalarVisitor)? {
            Value::Bool(word) => Some(word.to_string()),
            value => text_of(&value),
        }))
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Ok(Object(match Value::deserialize(input)? {
            Value::Object(object) => object,
            // A plain text is not an object.
            Value::String(text) => serde_json::from_str(&text).unwrap_or_default(),
            _ => Map::new(),
        }))
    }
}

/// An object that must be valid if given, so that no counts are lost.
pub(crate) fn strict<'de, D: Deserializer<'de>>(input: D) -> Result<Object, D::Error> {
    match Value::deserialize(input)? {
        Value::Object(object) => Ok(Object(object)),
        Value::Null => Ok(Object::default()),
        Value::String(text) if text.trim().is_empty() => Ok(Object::default()),
        Value::String(text) => {
            serde_json::from_str(&text).map(Object).map_err(|_| de::Error::custom("is not an object"))
        }
        _ => Err(de::Error::custom("is not an object")),
    }
}

/// Any scalar; lists and objects become `null`.
struct ScalarVisitor;

impl<'de> de::Visitor<'de> for ScalarVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number or a text")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, input: D) -> Result<Value, D::Error> {
        input.deserialize_any(self)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        while seq.next_element::<de::IgnoredAny>()?.is_some() {}
        Ok(Value::Null)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        while map.next_entry::<de::IgnoredAny, de::IgnoredAny>()?.is_some() {}
        Ok(Value::Null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_as_exports_write_them() {
        #[derive(Debug, Deserialize)]
        struct Row {
            count: Number,
            name: Text,
        }
        for (json, count, name) in [
            (r#"{"count": 4, "name": "a"}"#, Some(4), Some("a")),
            (r#"{"count": "4.0", "name": ""}"#, Some(4), None),
            (r#"{"count": 4.0, "name": 7}"#, Some(4), Some("7")),
            (r#"{"count": "", "name": null}"#, None, None),
            (r#"{"count": null, "name": "\"quoted\""}"#, None, Some("\"quoted\"")),
            (r#"{"count": "007", "name": "007"}"#, Some(7), Some("007")),
            (r#"{"count": [1], "name": {"a": 1}}"#, None, None),
        ] {
            let row: Row = serde_json::from_str(json).unwrap();
            assert_eq!((row.count.0, row.name.0.as_deref()), (count, name), "{json}");
        }
        for json in [
            r#"{"count": -1, "name": ""}"#,
            r#"{"count": 1.5, "name": ""}"#,
            r#"{"count": "a prompt", "name": ""}"#,
        ] {
            let error = serde_json::from_str::<Row>(json).unwrap_err().to_string();
            assert!(error.starts_with("is not a count") && !error.contains("prompt"), "{error}");
        }
    }
}
