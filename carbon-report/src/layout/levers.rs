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
        let LeverWords { change, difference, range, remains } = view.lever(lever);
        [change, difference, range, remains]
    });
    let grid =
        Grid { head: prose.levers_head, shares: [0.44, 0.13, 0.2, 0.23], figures: &[], rows: rows.collect() };
    view.heading(flow, 10, grid.keep_height() + 30.0);
    grid.draw(flow);
    flow.note(prose.levers_note);
}
