//! Text and boxes from top to bottom, page after page, each part of the document's structure or decoration.

use super::lines::wrap;
use crate::pdf::{
    font::Face,
    page::{Colour, Draft, Font, HEIGHT, Image, Mark, Page, Placed, Role, WIDTH},
    structure::{NodeId, Structure, Tag},
};
use std::sync::Arc;

/// Left and right margin, in points.
pub(super) const MARGIN: f64 = 48.0;
/// Width between the margins.
pub(super) const MEASURE: f64 = WIDTH - 2.0 * MARGIN;
const TOP: f64 = 42.0;
const BOTTOM: f64 = HEIGHT - 50.0;
/// Upper edge of the foot.
pub(super) const FOOT: f64 = HEIGHT - 40.0;

pub(super) const INK: Colour = Colour(28, 32, 38);
pub(super) const MUTED: Colour = Colour(98, 106, 116);
/// The accent of reports whose supplier has none of its own.
pub(super) const ACCENT: Colour = Colour(15, 108, 92);
pub(super) const HAIRLINE: Colour = Colour(214, 219, 224);
pub(super) const PANEL: Colour = Colour(243, 246, 247);

/// Body text.
pub(super) const BODY: Font = Font { face: Face::Regular, size: 9 };
/// Body text that stands out.
pub(super) const STRONG: Font = Font { face: Face::Bold, size: 9 };
/// Tables and captions.
pub(super) const SMALL: Font = Font { face: Face::Regular, size: 8 };
/// Heads and sums of tables.
pub(super) const SMALL_STRONG: Font = Font { face: Face::Bold, size: 8 };
const PARAGRAPH_GAP: f64 = 4.0;
/// A heading takes no more than this of what it heads with it to a new page.
const KEEP_MAX: f64 = 270.0;
pub(super) const HEADING: Font = Font { face: Face::Bold, size: 13 };
pub(super) const SUBHEADING: Font = Font { face: Face::Bold, size: 10 };

/// Room for the label of an entry.
pub(super) const LABEL_WIDTH: f64 = 128.0;
/// Between a label and its value.
const LABEL_GAP: f64 = 4.0;

/// Between a table and the note under it.
const NOTE_GAP: f64 = 4.0;

/// A kind of heading: its gap above and its own height, in points, before the annexes and in them.
struct Head {
    tag: Tag,
    font: Font,
    above: [f64; 2],
    height: [f64; 2],
}

/// Pages being filled. `y` grows downwards.
pub(super) struct Flow {
    draft: Draft,
    /// The node that is open; none within decoration.
    node: Option<NodeId>,
    /// What marks are now.
    role: Role,
    /// Whether what comes is for those who check the figures: set smaller and closer.
    is_annex: bool,
    /// The one colour besides ink.
    pub(super) accent: Colour,
    /// Upper edge of what comes next.
    pub(super) y: f64,
}

impl Flow {
    pub(super) fn new(accent: Colour) -> Self {
        let draft = Draft { pages: vec![Page::default()], ..Draft::default() };
        Flow { draft, node: Some(Structure::ROOT), role: Role::Decoration, is_annex: false, accent, y: TOP }
    }

    /// From here on the page is for those who check the figures.
    pub(super) fn begin_annexes(&mut self) {
        self.is_annex = true;
    }

    /// From here on the page is for everybody again.
    pub(super) fn end_annexes(&mut self) {
        self.is_annex = false;
    }

    /// A font of running text or tables as it is set here: a point smaller in the annexes.
    pub(super) fn sized(&self, font: Font) -> Font {
        Font { size: font.size - u8::from(self.is_annex), ..font }
    }

    /// The filled pages.
    pub(super) fn finish(self) -> Draft {
        self.draft
    }

    /// Draws a part of the document: all marks of `draw` that are not of a part within it are its own.
    pub(super) fn tagged<T>(&mut self, tag: Tag, draw: impl FnOnce(&mut Flow) -> T) -> T {
        let Some(parent) = self.node else { return draw(self) };
        let node = self.draft.structure.open(tag, parent);
        self.within(Some(node), Role::Of(node), draw)
    }

    /// Draws what says nothing new: nothing in it is a part of the document.
    pub(super) fn decoration(&mut self, draw: impl FnOnce(&mut Flow)) {
        self.within(None, Role::Decoration, draw);
    }

    fn within<T>(&mut self, node: Option<NodeId>, role: Role, draw: impl FnOnce(&mut Flow) -> T) -> T {
        let outer = (self.node, self.role);
        (self.node, self.role) = (node, role);
        let drawn = draw(self);
        (self.node, self.role) = outer;
        drawn
    }

    /// Makes sure that `height` fits below; `true` where that took a new page.
    pub(super) fn room(&mut self, height: f64) -> bool {
        let full = self.y + height > BOTTOM;
        if full {
            self.draft.pages.push(Page::default());
            self.y = TOP;
        }
        full
    }

    pub(super) fn gap(&mut self, height: f64) {
        self.y += height;
    }

    /// The heading of a section, which stays with at least `following` points of what it heads.
    pub(super) fn heading(&mut self, text: &str, following: f64) {
        const HEAD: Head = Head { tag: Tag::H2, font: HEADING, above: [18.0, 13.0], height: [22.0, 18.0] };
        self.head(HEAD, self.accent, text, following);
    }

    /// The heading of a part of a section.
    pub(super) fn subheading(&mut self, text: &str, following: f64) {
        const HEAD: Head = Head { tag: Tag::H3, font: SUBHEADING, above: [10.0, 7.0], height: [17.0, 14.0] };
        self.head(HEAD, INK, text, following);
    }

    /// The heading of a part, in the size of what it heads.
    pub(super) fn name(&mut self, text: &str) {
        let font = self.sized(STRONG);
        self.tagged(Tag::H3, |flow| flow.wrapped(MARGIN, font, INK, text));
        self.gap(1.0);
    }

    fn head(&mut self, Head { tag, font, above, height }: Head, colour: Colour, text: &str, following: f64) {
        let place = usize::from(self.is_annex);
        let (above, height) = (above[place], height[place]);
        // Both kinds of heading keep their order of sizes.
        let font = self.sized(font);
        if !self.room(above + height + following.min(KEEP_MAX)) && self.y > TOP {
            self.gap(above);
        }
        self.tagged(tag, |flow| flow.text(MARGIN, flow.y + f64::from(font.size), font, colour, text));
        self.gap(height);
    }

    /// What is to be known of the table above.
    pub(super) fn note(&mut self, text: &str) {
        self.gap(NOTE_GAP);
        self.paragraph(text, SMALL, MUTED);
    }

    /// What the last row of a table keeps with it of a note below.
    pub(super) fn note_kept(&self, text: &str) -> f64 {
        let font = self.sized(SMALL);
        NOTE_GAP + leading(font) * first_together(wrap(text, font, MEASURE).len())
    }

    /// Height that [`Flow::paragraph`] takes.
    pub(super) fn paragraph_height(&self, text: &str, font: Font) -> f64 {
        let font = self.sized(font);
        let lines = u32::try_from(wrap(text, font, MEASURE).len()).unwrap_or(u32::MAX);
        leading(font) * f64::from(lines) + PARAGRAPH_GAP
    }

    /// Lines of text over the whole measure.
    pub(super) fn paragraph(&mut self, text: &str, font: Font, colour: Colour) {
        let font = self.sized(font);
        self.tagged(Tag::Paragraph, |flow| flow.wrapped(MARGIN, font, colour, text));
        self.gap(PARAGRAPH_GAP);
    }

    /// Points, one under the other.
    pub(super) fn list<'t>(&mut self, points: impl IntoIterator<Item = &'t str>) {
        const INDENT: f64 = 12.0;
        let font = self.sized(BODY);
        self.tagged(Tag::List, |flow| {
            for point in points {
                flow.room_for(MARGIN + INDENT, font, point);
                flow.tagged(Tag::Item, |flow| {
                    let y = flow.y + f64::from(font.size);
                    flow.tagged(Tag::Label, |flow| flow.text(MARGIN, y, font, MUTED, "•"));
                    flow.tagged(Tag::ItemBody, |flow| flow.wrapped(MARGIN + INDENT, font, INK, point));
                });
                flow.gap(2.0);
            }
        });
        self.gap(PARAGRAPH_GAP);
    }

    /// Height that [`Flow::list`] takes.
    pub(super) fn list_height<'t>(&self, points: impl IntoIterator<Item = &'t str>) -> f64 {
        points.into_iter().map(|point| self.paragraph_height(point, BODY)).sum()
    }

    /// A label in lines of at most [`LABEL_WIDTH`], next to it a value that may take several lines, too. Entries that follow each other
    /// are a table, in which the labels are the heads of the rows.
    pub(super) fn entry(&mut self, label: &str, value: &str) {
        self.labelled(BODY, label, value, None);
    }

    /// The same for what only machines read: digests and ids.
    pub(super) fn identifier(&mut self, label: &str, value: &str) {
        self.labelled(SMALL, label, value, None);
    }

    /// The same for a link to `url`, `words` being what is there.
    pub(super) fn link(&mut self, label: &str, url: &str, value: &str, words: &str) {
        let tag = Tag::Link { url: url.to_owned(), words: words.to_owned() };
        self.labelled(BODY, label, value, Some(tag));
    }

    fn labelled(&mut self, font: Font, label: &str, value: &str, tag: Option<Tag>) {
        let font = self.sized(font);
        let left = MARGIN + LABEL_WIDTH;
        let labels = wrap(label, font, LABEL_WIDTH - LABEL_GAP);
        let height = leading(font) * labels.iter().map(|_| 1.0).sum::<f64>();
        self.room_for(left, font, value);
        self.room(height);
        let (page, bottom) = (self.draft.pages.len(), self.y + height);
        let outer = (self.node, self.role);
        for tag in [Tag::Entries, Tag::TableBody] {
            let Some(parent) = self.node else { break };
            let node = self.draft.structure.last(parent, &tag);
            let node = node.unwrap_or_else(|| self.draft.structure.open(tag, parent));
            (self.node, self.role) = (Some(node), Role::Of(node));
        }
        self.tagged(Tag::Row, |flow| {
            let baseline = flow.y + f64::from(font.size);
            flow.tagged(Tag::RowHeader, |flow| {
                let mut baseline = baseline;
                for (place, line) in labels.iter().enumerate() {
                    if place == 0 {
                        flow.text(MARGIN, baseline, font, MUTED, line);
                    } else {
                        flow.text_on(MARGIN, baseline, font, MUTED, line);
                    }
                    baseline += leading(font);
                }
            });
            flow.tagged(Tag::Cell, |flow| match tag {
                Some(tag) => flow.tagged(tag, |flow| flow.wrapped(left, font, INK, value)),
                None => flow.wrapped(left, font, INK, value),
            });
        });
        (self.node, self.role) = outer;
        if page == self.draft.pages.len() {
            self.y = self.y.max(bottom);
        }
    }

    /// Room for so many lines of a text as stay with its first one.
    fn room_for(&mut self, left: f64, font: Font, text: &str) {
        let lines = wrap(text, font, MARGIN + MEASURE - left).len();
        self.room(leading(font) * first_together(lines));
    }

    /// A text in lines from `left` to the right margin, over pages where it must: no line of it stands alone on one.
    fn wrapped(&mut self, left: f64, font: Font, colour: Colour, text: &str) {
        let lines = wrap(text, font, MARGIN + MEASURE - left);
        let mut rest = lines.len();
        for (place, line) in lines.iter().enumerate() {
            // The first two stay together, and so do the last two.
            let together = match (place, rest) {
                (0, _) => first_together(rest),
                (_, 2) => 2.0,
                _ => 1.0,
            };
            self.room(leading(font) * together);
            let baseline = self.y + f64::from(font.size);
            if place == 0 {
                self.text(left, baseline, font, colour, line);
            } else {
                self.text_on(left, baseline, font, colour, line);
            }
            self.gap(leading(font));
            rest -= 1;
        }
    }

    /// Lines of one text at a place of this page, the first one's baseline being `baseline`.
    pub(super) fn lines(&mut self, left: f64, baseline: f64, font: Font, colour: Colour, lines: &[String]) {
        for (place, line) in (0u32..).zip(lines) {
            let y = baseline + leading(font) * f64::from(place);
            if place == 0 {
                self.text(left, y, font, colour, line);
            } else {
                self.text_on(left, y, font, colour, line);
            }
        }
    }

    /// The same, each ending at `right`.
    pub(super) fn lines_right(
        &mut self,
        right: f64,
        baseline: f64,
        font: Font,
        colour: Colour,
        lines: &[String],
    ) {
        for (place, line) in (0u32..).zip(lines) {
            let y = baseline + leading(font) * f64::from(place);
            let left = right - font.width(line.trim_end_matches(' '));
            if place == 0 {
                self.text(left, y, font, colour, line);
            } else {
                self.text_on(left, y, font, colour, line);
            }
        }
    }

    /// One line at a place of this page, `y` being its baseline. A space sets it apart from what its part says before it.
    pub(super) fn text(&mut self, x: f64, y: f64, font: Font, colour: Colour, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Role::Of(node) = self.role {
            let Draft { pages, structure } = &mut self.draft;
            let is_text =
                |&(page, mark): &(usize, usize)| matches!(pages[page].marks[mark].mark, Mark::Text { .. });
            if let Some((page, mark)) = structure.last_marks(node).find(is_text)
                && let Mark::Text { text: before, .. } = &mut pages[page].marks[mark].mark
                && !before.ends_with(' ')
            {
                before.push(' ');
            }
        }
        self.text_on(x, y, font, colour, text);
    }

    /// The same for a further line of one text.
    pub(super) fn text_on(&mut self, x: f64, y: f64, font: Font, colour: Colour, text: &str) {
        if !text.is_empty() {
            self.mark(Mark::Text { x, y, font, colour, text: text.to_owned() });
        }
    }

    /// One line that ends at `right`.
    pub(super) fn text_right(&mut self, right: f64, y: f64, font: Font, colour: Colour, text: &str) {
        self.text(right - font.width(text.trim_end_matches(' ')), y, font, colour, text);
    }

    pub(super) fn fill(&mut self, x: f64, y: f64, width: f64, height: f64, colour: Colour) {
        self.mark(Mark::Fill { x, y, width, height, colour });
    }

    /// A thin line over the whole measure.
    pub(super) fn rule(&mut self, y: f64, weight: f64, colour: Colour) {
        self.fill(MARGIN, y, MEASURE, weight, colour);
    }

    pub(super) fn image(&mut self, [x, y, width, height]: [f64; 4], image: Arc<Image>) {
        self.mark(Mark::Image { x, y, width, height, image });
    }

    fn mark(&mut self, mark: Mark) {
        let number = self.draft.pages.len() - 1;
        let page = self.draft.pages.last_mut().expect("there is always a page");
        let role = match (&mark, self.role) {
            // Areas say something in a figure alone.
            (Mark::Fill { .. }, Role::Of(node)) if !self.draft.structure.is_figure(node) => Role::Decoration,
            (_, role) => role,
        };
        if let Role::Of(node) = role {
            self.draft.structure.add(node, number, page.marks.len());
        }
        page.marks.push(Placed { mark, role });
    }
}

/// The foot of a page: `left`, and `right` at its end.
pub(super) fn draw_foot(page: &mut Page, left: &str, right: &str) {
    let y = FOOT + 14.0;
    let text = |x: f64, text: &str| Mark::Text { x, y, font: SMALL, colour: MUTED, text: text.to_owned() };
    let rule = Mark::Fill { x: MARGIN, y: FOOT, width: MEASURE, height: 0.5, colour: HAIRLINE };
    let marks = [rule, text(MARGIN, left), text(MARGIN + MEASURE - SMALL.width(right), right)];
    page.marks.extend(marks.map(|mark| Placed { mark, role: Role::Foot }));
}

/// Distance between baselines, in points: small type is set closer.
pub(super) fn leading(font: Font) -> f64 {
    let size = f64::from(font.size);
    if font.size < BODY.size { size * 1.3 } else { size * 1.36 }
}

/// How many of so many lines of a text stay together at its beginning.
fn first_together(lines: usize) -> f64 {
    match lines {
        3 => 3.0,
        2.. => 2.0,
        _ => 1.0,
    }
}

/// Whether a browser would follow it.
pub(super) fn is_link(url: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| url.starts_with(scheme))
}
