//! Short texts in requests: names, ids, and what reports print.

use crate::http::faults::Faults;

/// Whether `text` has 1 to `bytes_max` bytes and no control characters.
pub(crate) fn is_short(text: &str, bytes_max: usize) -> bool {
    !text.is_empty() && text.len() <= bytes_max && !text.chars().any(char::is_control)
}

/// Why a text that reports print was refused: see [`is_printed`].
pub(crate) fn not_printed(bytes_max: usize) -> String {
    format!(
        "must be 1 to {bytes_max} bytes of visible text, without control characters or marks of the direction of writing"
    )
}

/// Whether a person who reads `text` sees it as it is: short, not blank, in one line, and in the order in which it was written.
pub(crate) fn is_printed(text: &str, bytes_max: usize) -> bool {
    is_short(text, bytes_max) && !text.chars().any(breaks_or_turns) && text.chars().any(is_visible)
}

/// Separators of lines, and marks of the direction of writing.
pub(crate) fn breaks_or_turns(letter: char) -> bool {
    matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_visible(letter: char) -> bool {
    let has_no_width =
        matches!(letter, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}');
    !has_no_width && !letter.is_whitespace()
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

    /// A text that reports print.
    pub(crate) fn printed_text(
        &mut self,
        pointer: &str,
        text: Option<String>,
        bytes_max: usize,
    ) -> Option<String> {
        let text = text?;
        let found = if is_printed(&text, bytes_max) { Ok(text) } else { Err(not_printed(bytes_max)) };
        self.usable(pointer, found)
    }

    /// Like [`Faults::printed_text`], but required.
    pub(crate) fn required_printed(
        &mut self,
        pointer: &str,
        text: Option<String>,
        bytes_max: usize,
    ) -> Option<String> {
        let text = self.required(pointer, text);
        self.printed_text(pointer, text, bytes_max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_seen_as_it_is() {
        for text in ["own data", "données propres", "Ürün 電力", "نمونه\u{200c}ها", "👩\u{200d}🔬"]
        {
            assert!(is_printed(text, 500), "{text:?}");
        }
        for text in [
            "",
            " ",
            "\u{a0}\u{200b}",
            "\u{feff}",
            "a\nb",
            "a\u{0}b",
            "a\u{202e}b",
            "\u{2067}a",
            "a\u{2028}b",
            "a\u{85}",
        ] {
            assert!(!is_printed(text, 500), "{text:?}");
        }
        assert!(is_printed("ab", 2) && !is_printed("abc", 2));
    }
}
