//! Short texts in requests: names and ids.

use crate::http::faults::Faults;

/// Whether `text` has 1 to `bytes_max` bytes and no control characters.
pub(crate) fn is_short(text: &str, bytes_max: usize) -> bool {
    !text.is_empty() && text.len() <= bytes_max && !text.chars().any(char::is_control)
}

impl Faults {
    /// `text` with 1 to `bytes_max` bytes and no control characters, otherwise a fault.
    pub(crate) fn short_text(
        &mut self,
        pointer: &str,
        text: Option<String>,
        bytes_max: usize,
    ) -> Option<String> {
        let text = text?;
        if !is_short(&text, bytes_max) {
            self.add(pointer, format!("must be 1 to {bytes_max} bytes without control characters"));
            return None;
        }
        Some(text)
    }

    /// Like [`Faults::short_text`], but required.
    pub(crate) fn required_text(
        &mut self,
        pointer: &str,
        text: Option<String>,
        bytes_max: usize,
    ) -> Option<String> {
        let text = self.required(pointer, text);
        self.short_text(pointer, text, bytes_max)
    }
}
