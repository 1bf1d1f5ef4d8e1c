//! Text in lines: where a line may end.

use crate::pdf::page::Font;
use unicode_segmentation::UnicodeSegmentation;

/// `text` in lines no wider than `width`: broken at spaces, after the joints of ids and links, and inside a word
/// only where it is wider than a line. A line keeps the space that it ends with, which takes no width: together they are the text.
pub(super) fn wrap(text: &str, font: Font, width: f64) -> Vec<String> {
    wrap_behind(text, font, [width; 2])
}

/// The same with a first line of another width, behind what stands there already: it may stay empty.
pub(super) fn wrap_behind(text: &str, font: Font, [first, width]: [f64; 2]) -> Vec<String> {
    let mut lines = vec![String::new()];
    for piece in pieces(text) {
        let is_shorter = lines.len() == 1 && first < width;
        let line = lines.last_mut().expect("there is always a line");
        let room = if is_shorter { first } else { width };
        if font.width(&format!("{line}{}", piece.trim_end())) <= room {
            line.push_str(piece);
            continue;
        }
        if !line.is_empty() || is_shorter {
            lines.push(String::new());
        }
        // A letter keeps its marks.
        for letter in piece.graphemes(true) {
            let line = lines.last_mut().expect("there is always a line");
            if !line.is_empty() && font.width(format!("{line}{letter}").trim_end()) > width {
                lines.push(letter.to_owned());
            } else {
                line.push_str(letter);
            }
        }
    }
    lines
}

/// What stays together at the beginning of a text.
pub(super) fn first_word(text: &str) -> &str {
    pieces(text).next().unwrap_or_default().trim_end()
}

/// Whether no line ends inside a word.
pub(super) fn keeps_words_whole(text: &str, font: Font, width: f64) -> bool {
    pieces(text).all(|piece| font.width(piece.trim_end()) <= width)
}

/// Parts that a line may end after; the joining character stays with the part before it. A number stays whole.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut joints = rest.match_indices([' ', '-', '/', '_', ':', '@', '.']).map(|(place, _)| place + 1);
        let inside_number = |&end: &usize| {
            rest[..end].ends_with('.') && rest[end..].starts_with(|next: char| next.is_ascii_digit())
        };
        // French sets a space before these marks and behind an opening quotation mark.
        let before_mark = |&end: &usize| {
            let (line, next) = rest.split_at(end);
            line.ends_with(' ') && (line.ends_with("« ") || next.starts_with([':', ';', '?', '!', '»', '%']))
        };
        // `30.` stays with the month behind a no-break space.
        let bound = |&end: &usize| rest[end..].starts_with('\u{a0}');
        let end = joints.find(|end| !inside_number(end) && !before_mark(end) && !bound(end));
        let end = end.unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

/// `text` on one line no wider than `width`, its end cut off where it must be.
pub(super) fn shorten(text: &str, font: Font, width: f64) -> String {
    if font.width(text) <= width {
        return text.to_owned();
    }
    let mut kept: Vec<&str> = text.graphemes(true).collect();
    loop {
        kept.pop();
        let shortened = format!("{}…", kept.concat().trim_end());
        if kept.is_empty() || font.width(&shortened) <= width {
            return shortened;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::flow::BODY;

    #[test]
    fn lines_fit_and_lose_nothing() {
        for text in [
            "A short one",
            "a-model-name-with-many-joints/and-a-version@2026-11-23 and words behind it",
            &"x".repeat(300),
            "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft m.b.H.",
            "",
        ] {
            let lines = wrap(text, BODY, 120.0);
            for line in &lines {
                assert!(BODY.width(line.trim_end()) <= 120.0, "{line}");
            }
            assert_eq!(lines.concat(), text);
        }
    }

    #[test]
    fn a_number_stays_on_one_line() {
        let lines = wrap("von 136,1699893355113 bis 1.080,296453963496 g", BODY, 140.0);
        assert!(lines.iter().any(|line| line.contains("1.080,296453963496")), "{lines:?}");
    }

    #[test]
    fn a_no_break_space_breaks_no_line_even_behind_a_joint() {
        let lines = wrap("Schlüssel deploys, 30.\u{a0}November\u{a0}2026", BODY, 140.0);
        assert_eq!(lines, ["Schlüssel deploys, ", "30.\u{a0}November\u{a0}2026"]);
    }

    #[test]
    fn a_shortened_text_fits() {
        assert_eq!(shorten("short", BODY, 120.0), "short");
        let shortened = shorten(&"long ".repeat(50), BODY, 120.0);
        assert!(shortened.ends_with('…') && BODY.width(&shortened) <= 120.0);
    }
}
