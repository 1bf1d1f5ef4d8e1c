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
        let following = flow.paragraph_height(prose.levers_none, BODY);
        view.heading(flow, 10, following);
        flow.paragraph(prose.levers_none, BODY, INK);
        return;
    }
    let rows = levers.iter().map(|lever| {
        let LeverWords { change, difference, range, remains } = view.lever(lever);
        [change, difference, range, remains]
    });
    let grid =
        Grid { head: prose.levers_head, shares: [0.44, 0.13, 0.2, 0.23], figures: &[], rows: rows.collect() };
    let following = grid.keep_height(flow) + 30.0;
    view.heading(flow, 10, following);
    grid.draw_with_note(flow, prose.levers_note);
}
