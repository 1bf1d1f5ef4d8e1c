//! What the client could change, computed from its own month.

use super::{
    flow::{BODY, Flow, INK},
    grid::Grid,
    view::View,
};
use crate::words::LeverWords;

pub(super) fn draw(flow: &mut Flow, view: &View<'_>) {
    let (prose, levers) = (view.prose, &view.statement.levers);
    if levers.is_empty() {
        view.heading(flow, 10, Flow::paragraph_height(prose.levers_none, BODY));
        flow.paragraph(prose.levers_none, BODY, INK);
        return;
    }
    let rows = levers.iter().map(|lever| {
        let LeverWords { change, difference, range } = view.lever(lever);
        [change, difference, range]
    });
    let grid =
        Grid { head: prose.levers_head, shares: [0.56, 0.16, 0.28], figures: &[], rows: rows.collect() };
    view.heading(flow, 10, grid.keep_height() + 30.0);
    grid.draw(flow);
    flow.note(prose.levers_note);
}
