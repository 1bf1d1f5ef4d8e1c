//! How the figures come about, and how far they may be off.

use super::{
    flow::{BODY, Flow, INK},
    grid::Grid,
    view::View,
};
use rust_decimal::Decimal;

pub(super) fn draw(flow: &mut Flow, view: &View<'_>) {
    let (terms, prose) = (view.terms, view.prose);
    view.heading(flow, 5, Flow::paragraph_height(terms.method_text[0], BODY));
    for text in terms.method_text {
        flow.paragraph(text, BODY, INK);
    }
    let rows = prose.boundary_rows.map(|row| row.map(str::to_owned)).to_vec();
    let grid = Grid { head: prose.boundary_head, shares: [0.3, 0.3, 0.4], rows };
    flow.subheading(prose.boundary, grid.keep_height());
    grid.draw(flow);
    draw_uncertainty(flow, view);
}

/// Parts of the uncertainty that are named.
const PARTS_MAX: usize = 3;

fn draw_uncertainty(flow: &mut Flow, view: &View<'_>) {
    let (prose, statement) = (view.prose, view.statement);
    let Some(co2) = statement.total.co2.filter(|co2| co2.high() > co2.low()) else { return };
    let [low, _, high] = view.masses(co2);
    let interval = prose.interval.replace("{low}", &low).replace("{high}", &high);
    flow.subheading(prose.uncertainty, Flow::paragraph_height(&interval, BODY));
    flow.paragraph(&interval, BODY, INK);
    let budget = &statement.bottom_up_alone.budget;
    if !budget.is_empty() {
        let parts = budget.iter().take(PARTS_MAX).map(|(component, share)| {
            let share = Decimal::try_from(*share).unwrap_or_default();
            format!("{} {}", prose.component(component), view.percent(share))
        });
        let parts = parts.collect::<Vec<_>>().join(", ");
        flow.paragraph(&prose.largest_parts.replace("{parts}", &parts), BODY, INK);
    }
    flow.paragraph(prose.narrower, BODY, INK);
}
