//! Labels and their values one behind the other, as in a footnote: what many factors say of themselves takes few lines.

use super::{
    flow::{BODY, Flow, INK, MARGIN, MEASURE, SMALL, SMALL_STRONG, STRONG, is_link, leading},
    lines::{first_word, wrap_behind},
};
use crate::pdf::{page::Font, structure::Tag};

/// To whoever listens they are a table whose rows have heads.
#[derive(Default)]
pub(super) struct RunIn {
    entries: Vec<Entry>,
    /// Whether they are notes, which are as small as tables.
    are_notes: bool,
}

/// A label and its value.
#[derive(Clone, PartialEq)]
struct Entry {
    label: String,
    value: String,
    /// What the value is besides text.
    tag: Option<Tag>,
}

/// Where an entry stands: its line, the places of its label and value, and the lines of the value, the first one behind the label.
struct Place<'e> {
    entry: &'e Entry,
    line: usize,
    label: f64,
    value: f64,
    lines: Vec<String>,
}

const LABEL_GAP: f64 = 4.0;
const ENTRY_GAP: f64 = 9.0;

impl RunIn {
    /// Notes on what stands above.
    pub(super) fn of_notes() -> Self {
        RunIn { are_notes: true, ..RunIn::default() }
    }

    fn fonts(&self, flow: &Flow) -> [Font; 2] {
        let fonts = if self.are_notes { [SMALL_STRONG, SMALL] } else { [STRONG, BODY] };
        fonts.map(|font| flow.sized(font))
    }

    pub(super) fn entry(&mut self, label: &str, value: impl Into<String>) {
        self.push(label, value.into(), None);
    }

    /// The same with a value in the words of somebody else.
    pub(super) fn quoted(&mut self, label: &str, value: impl Into<String>, language: &'static str) {
        self.push(label, value.into(), Some(Tag::Quoted { language }));
    }

    /// The same for a link to the web, `words` being what it leads to.
    pub(super) fn link(&mut self, label: &str, url: &str, words: &str) {
        let tag = is_link(url).then(|| Tag::Link { url: url.to_owned(), words: words.to_owned() });
        self.push(label, url.to_owned(), tag);
    }

    /// What is not said is left out.
    fn push(&mut self, label: &str, value: String, tag: Option<Tag>) {
        if !value.is_empty() {
            self.entries.push(Entry { label: label.to_owned(), value, tag });
        }
    }

    /// Takes out of all what each of them says, to be said once.
    pub(super) fn take_common(all: &mut [&mut RunIn]) -> RunIn {
        // One alone has nothing in common with others.
        let [first, _, ..] = &*all else { return RunIn::default() };
        // What stands under a label twice needs its place.
        let says = |run: &RunIn, entry: &Entry| {
            let mut under = run.entries.iter().filter(|other| other.label == entry.label);
            under.next() == Some(entry) && under.next().is_none()
        };
        let common = first.entries.iter().filter(|entry| all.iter().all(|run| says(run, entry)));
        let common: Vec<Entry> = common.cloned().collect();
        for run in all {
            run.entries.retain(|entry| !common.contains(entry));
        }
        RunIn { entries: common, ..RunIn::default() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn places(&self, strong: Font, body: Font) -> Vec<Place<'_>> {
        let (mut line, mut at) = (0, 0.0);
        let mut places = Vec::new();
        for entry in &self.entries {
            let label = strong.width(&entry.label) + LABEL_GAP;
            // A label stays with the first word of its value.
            let beginning = label + body.width(first_word(&entry.value));
            if at > 0.0 && at + beginning > MEASURE {
                (line, at) = (line + 1, 0.0);
            }
            let value = at + label;
            let lines = wrap_behind(&entry.value, body, [MEASURE - value, MEASURE]);
            let place = Place { entry, line, label: MARGIN + at, value: MARGIN + value, lines };
            let start = if place.lines.len() == 1 { value } else { 0.0 };
            line += place.lines.len() - 1;
            at = start + place.lines.last().map_or(0.0, |last| body.width(last.trim_end())) + ENTRY_GAP;
            places.push(place);
        }
        places
    }

    /// Height that it takes.
    pub(super) fn height(&self, flow: &Flow) -> f64 {
        let [strong, body] = self.fonts(flow);
        let last = self.places(strong, body).pop().map_or(0, |place| place.line + place.lines.len());
        leading(body) * f64::from(u32::try_from(last).unwrap_or(u32::MAX))
    }

    pub(super) fn draw(&self, flow: &mut Flow) {
        let [strong, body] = self.fonts(flow);
        let mut at = 0;
        let mut down_to = |flow: &mut Flow, line: usize| {
            for _ in at..line {
                flow.gap(leading(body));
                flow.room(leading(body));
            }
            at = line;
        };
        if self.is_empty() {
            return;
        }
        flow.room(leading(body));
        let places = self.places(strong, body);
        // One alone is no table.
        let is_table = places.len() > 1;
        let mut draw_all = |flow: &mut Flow| {
            for place in &places {
                down_to(flow, place.line);
                let draw_label = |flow: &mut Flow| {
                    let baseline = flow.y + f64::from(body.size);
                    flow.text(place.label, baseline, strong, INK, &place.entry.label);
                };
                let mut draw_lines = |flow: &mut Flow| {
                    for (number, text) in place.lines.iter().enumerate() {
                        down_to(flow, place.line + number);
                        let left = if number == 0 { place.value } else { MARGIN };
                        let baseline = flow.y + f64::from(body.size);
                        if number == 0 {
                            flow.text(left, baseline, body, INK, text);
                        } else {
                            flow.text_on(left, baseline, body, INK, text);
                        }
                    }
                };
                let mut draw_value = |flow: &mut Flow| match place.entry.tag.clone() {
                    Some(tag) => flow.tagged(tag, &mut draw_lines),
                    None => draw_lines(flow),
                };
                if is_table {
                    flow.tagged(Tag::Row, |flow| {
                        flow.tagged(Tag::RowHeader, draw_label);
                        flow.tagged(Tag::Cell, &mut draw_value);
                    });
                } else {
                    draw_label(flow);
                    draw_value(flow);
                }
            }
        };
        if is_table {
            flow.tagged(Tag::Entries, |flow| flow.tagged(Tag::TableBody, draw_all));
        } else {
            flow.tagged(Tag::Paragraph, &mut draw_all);
        }
        flow.gap(leading(body));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::flow::ACCENT;
    use proptest::prelude::*;

    fn run(entries: &[(String, String)]) -> RunIn {
        let mut run = RunIn::default();
        for (label, value) in entries {
            run.entry(label, value);
        }
        run
    }

    fn entries() -> impl Strategy<Value = Vec<(String, String)>> {
        proptest::collection::vec(("[abc]", "[a-z ]{0,200}[xy]"), 0..6)
    }

    proptest! {
        #[test]
        fn what_all_say_is_said_once_and_nothing_is_lost(all in proptest::collection::vec(entries(), 0..4)) {
            let mut runs: Vec<RunIn> = all.iter().map(|entries| run(entries)).collect();
            let common = RunIn::take_common(&mut runs.iter_mut().collect::<Vec<_>>());
            prop_assert!(common.is_empty() || all.len() > 1);
            for (before, after) in all.iter().map(|entries| run(entries)).zip(&runs) {
                for entry in &before.entries {
                    prop_assert_eq!(common.entries.contains(entry), !after.entries.contains(entry));
                }
                prop_assert!(common.entries.iter().all(|entry| before.entries.contains(entry)));
            }
        }

        #[test]
        fn it_takes_the_height_that_it_says(entries in entries()) {
            let (run, mut flow) = (run(&entries), Flow::new(ACCENT));
            let before = flow.y;
            run.draw(&mut flow);
            prop_assert!((flow.y - before - run.height(&flow)).abs() < 1e-9);
        }
    }
}
