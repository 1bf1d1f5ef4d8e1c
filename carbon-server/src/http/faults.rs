//! Faults of an input, field by field.

use crate::{
    base::digest::{Sha, from_hex},
    http::problem::{FieldError, Problem},
};

/// Collects the faults of an input, field by field.
#[derive(Default)]
pub(crate) struct Faults(Vec<FieldError>);

impl Faults {
    pub(crate) fn add(&mut self, pointer: &str, detail: impl Into<String>) {
        self.0.push(FieldError::new(pointer, detail));
    }

    /// `value`, or a fault if it is missing.
    pub(crate) fn required<T>(&mut self, pointer: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.add(pointer, "is required");
        }
        value
    }

    /// The value in `found`, or its error as a fault.
    pub(crate) fn usable<T>(&mut self, pointer: &str, found: Result<T, impl Into<String>>) -> Option<T> {
        found.map_err(|fault| self.add(pointer, fault)).ok()
    }

    /// A SHA-256 digest that has to be there.
    pub(crate) fn sha256(&mut self, pointer: &str, text: Option<String>) -> Option<Sha> {
        let text = self.required(pointer, text)?;
        self.usable(pointer, from_hex(&text).ok_or("must be a SHA-256 digest: 64 hexadecimal digits"))
    }

    pub(crate) fn none(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem::Invalid { errors: self.0 }) }
    }
}

/// For a missing field that [`Faults::none`] let through: our own error, not the caller's.
pub(crate) fn unnoticed() -> Problem {
    Problem::Internal("a missing field went unnoticed".to_owned())
}

/// JSON Pointer (RFC 6901) to a place in nested objects.
pub(crate) fn pointer<'a>(keys: impl IntoIterator<Item = &'a str>) -> String {
    keys.into_iter().map(|key| format!("/{}", key.replace('~', "~0").replace('/', "~1"))).collect()
}
