//! Targets, and where the figures lie.

use super::{flow::Flow, grid::Grid, view::View};
use crate::words::TargetWords;

pub(super) fn draw(flow: &mut Flow, view: &View<'_>) {
    let targets = &view.statement.targets;
    if targets.is_empty() {
        return;
    }
    let rows = targets.iter().map(|line| {
        let TargetWords { name, target, figure, reading } = view.target(line);
        [name, target, figure, reading]
    });
    let grid = Grid {
        head: view.targets_head(),
        shares: [0.18, 0.28, 0.3, 0.24],
        figures: &[],
        rows: rows.collect(),
    };
    flow.subheading(view.targets(), grid.keep_height(flow));
    grid.draw_with_note(flow, view.targets_note());
}
