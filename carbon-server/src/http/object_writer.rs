//! A JSON object that is written field by field, with the same bytes as `serde_json` would write.

use crate::{base::exact::Exact, http::problem::Problem};
use carbon_core::json::DecimalDigits;
use serde::Serialize;

/// An object as far as it is written.
pub(crate) struct ObjectWriter(Vec<u8>);

impl ObjectWriter {
    /// An empty one, with room for so many bytes.
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        ObjectWriter(Vec::with_capacity(bytes))
    }

    /// A number with every digit; null where there is none.
    pub(crate) fn number(&mut self, name: &'static str, number: Option<Exact>) {
        self.name(name);
        match number {
            Some(number) => {
                self.0.extend_from_slice(DecimalDigits::of(&number.as_decimal()).as_str().as_bytes());
            }
            None => self.0.extend_from_slice(b"null"),
        }
    }

    /// A text; null where there is none.
    pub(crate) fn text(&mut self, name: &'static str, text: Option<&str>) -> Result<(), Problem> {
        match text {
            // As most are: nothing in it has to be escaped.
            Some(text) if text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') => {
                self.name(name);
                self.0.push(b'"');
                self.0.extend_from_slice(text.as_bytes());
                self.0.push(b'"');
                Ok(())
            }
            text => self.value(name, &text),
        }
    }

    pub(crate) fn truth(&mut self, name: &'static str, holds: bool) {
        self.name(name);
        self.0.extend_from_slice(if holds { b"true" } else { b"false" });
    }

    /// Whatever can be written as JSON.
    pub(crate) fn value(&mut self, name: &'static str, value: &impl Serialize) -> Result<(), Problem> {
        self.name(name);
        serde_json::to_writer(&mut self.0, value).map_err(Problem::internal)
    }

    /// The whole object.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        if self.0.is_empty() {
            self.0.push(b'{');
        }
        self.0.push(b'}');
        self.0
    }

    /// Of a field; plain words of ours.
    fn name(&mut self, name: &'static str) {
        self.0.push(if self.0.is_empty() { b'{' } else { b',' });
        self.0.push(b'"');
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b"\":");
    }
}
