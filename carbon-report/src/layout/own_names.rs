//! Names that the supplier has explained: what each stands for, who says so, and how much rests on it.

use super::{
    flow::{BODY, Flow, INK},
    grid::Grid,
    view::View,
};
use crate::{pdf::font::showable, statement::OwnLine};

/// More rows are for `statement.json`.
const ROWS_MAX: usize = 24;

pub(super) fn draw(flow: &mut Flow, view: &View<'_>) {
    let (terms, lines) = (view.terms, &view.statement.own_names);
    if lines.is_empty() {
        return;
    }
    let grid = Grid {
        head: [terms.name_as_sent, terms.stands_for, terms.entered_by, terms.tokens, "CO₂e"],
        shares: [0.24, 0.28, 0.24, 0.12, 0.12],
        rows: lines.iter().take(ROWS_MAX).map(|line| row(view, line)).collect(),
    };
    flow.subheading(terms.own_names, grid.keep_height() + Flow::paragraph_height(terms.own_note, BODY));
    flow.paragraph(terms.own_note, BODY, INK);
    grid.draw(flow);
}

fn row(view: &View<'_>, line: &OwnLine) -> [String; 5] {
    let name = if line.entry == line.name {
        showable(&line.name).into_owned()
    } else {
        format!("{} ({})", showable(&line.name), showable(&line.entry))
    };
    let note = line.note.as_deref().map(|note| format!(": {}", showable(note))).unwrap_or_default();
    let day = line.entered_at.get(..10).unwrap_or(&line.entered_at);
    [
        name,
        format!("{}, {}{note}", showable(&line.model), view.terms.own_kind(line.kind)),
        format!("{}, {day}", showable(&line.entered_by)),
        view.count(line.valued.usage.total_tokens()),
        line.valued.co2.map_or_else(|| view.terms.not_quantified.to_owned(), |co2| view.mass(co2.central())),
    ]
}
