//! Names that the supplier has explained: what each stands for, who says so, and how much rests on it.

use super::{
    factors,
    flow::{BODY, Flow, INK},
    grid::Grid,
    mass_column::MassColumn,
    view::View,
};
use crate::statement::OwnLine;
use carbon_core::{Range, own::OwnKind};
use jiff::civil::Date;

/// More rows are for `statement.json`.
const ROWS_MAX: usize = 24;

pub(super) fn draw(flow: &mut Flow, view: &View<'_>) {
    let (terms, lines) = (view.terms, &view.statement.own_names);
    if lines.is_empty() {
        return;
    }
    let masses = MassColumn::for_total(view.statement.total.co2.unwrap_or_default().central());
    let emissions = format!("CO₂e ({})", masses.unit.symbol());
    let grid = Grid {
        head: [terms.name_as_sent, terms.stands_for, terms.entered_by, terms.tokens, &emissions],
        shares: [0.2, 0.32, 0.22, 0.13, 0.13],
        figures: &[3, 4],
        rows: lines.iter().take(ROWS_MAX).map(|line| row(view, &masses, line)).collect(),
    };
    flow.subheading(terms.own_names, grid.keep_height(flow) + flow.paragraph_height(terms.own_note, BODY));
    flow.paragraph(terms.own_note, BODY, INK);
    grid.draw(flow);
}

fn row(view: &View<'_>, masses: &MassColumn, line: &OwnLine) -> [String; 5] {
    let name =
        if line.entry == line.name { line.name.clone() } else { format!("{} ({})", line.name, line.entry) };
    [
        name,
        stands_for(view, line),
        entered(view, line),
        view.count(line.valued.usage.total_tokens()),
        masses.bound(view, line.valued.co2, Range::central),
    ]
}

/// The model, where it is described, and what the supplier says of it.
fn stands_for(view: &View<'_>, line: &OwnLine) -> String {
    let terms = view.terms;
    // An alias may stand for a model that the supplier describes.
    let kind = if line.described.is_some() { OwnKind::Model } else { line.kind };
    let model = match kind {
        OwnKind::Class => terms.class.replace("{class}", &line.model),
        OwnKind::Alias | OwnKind::Model => line.model.clone(),
    };
    let described = line
        .described
        .iter()
        .flat_map(|described| [factors::parameters(view, &described.size()), described.source.clone()]);
    let said: Vec<String> = described.chain(line.note.clone()).collect();
    let said = said.join(view.language.semicolon());
    let colon = if said.is_empty() { "" } else { view.language.colon() };
    format!("{model}, {}{colon}{said}", terms.own_kind(kind))
}

/// Who, and on which day.
fn entered(view: &View<'_>, line: &OwnLine) -> String {
    let day = line.entered_at.get(..10).and_then(|day| day.parse::<Date>().ok());
    // A day stays on one line.
    let day = day.map(|day| format!(", {}", view.language.date(day).replace(' ', "\u{a0}")));
    format!("{}{}", view.entered_by(&line.entered_by), day.unwrap_or_default())
}
