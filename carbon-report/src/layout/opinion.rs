//! The same month by our model alone, and each published factor seen by it.

use super::{
    flow::{BODY, Flow, INK, MUTED, SMALL},
    grid::Grid,
    view::View,
};
use crate::figure;
use carbon_core::{Grams, Method, Range};

pub(super) fn draw(flow: &mut Flow, view: &View<'_>) {
    let (terms, prose) = (view.terms, view.prose);
    let alone = &view.statement.bottom_up_alone;
    let is_all = alone.valued.co2.is_some() && alone.valued.co2 == view.statement.total.co2;
    if is_all && alone.opinions.is_empty() && view.statement.total.usage.requests > 0 {
        let following = flow.paragraph_height(terms.alone_same, BODY);
        view.heading(flow, 7, following);
        return flow.paragraph(terms.alone_same, BODY, INK);
    }
    let text = alone_text(view);
    let following = flow.paragraph_height(&text, BODY) + flow.paragraph_height(terms.alone_note, SMALL);
    view.heading(flow, 7, following);
    flow.paragraph(terms.alone, super::flow::STRONG, INK);
    flow.paragraph(&text, BODY, INK);
    flow.paragraph(terms.alone_note, SMALL, MUTED);
    let opinions = &view.statement.bottom_up_alone.opinions;
    if opinions.is_empty() {
        return;
    }
    let central = |co2: Option<Range<Grams>>| co2.map(|co2| view.mass(co2.central())).unwrap_or_default();
    let rows = opinions.iter().map(|opinion| {
        let model = view.model_name(&opinion.model);
        let model = match opinion.method {
            Method::Measured => format!("{model}, {}", terms.measured_is),
            _ => model,
        };
        let ours = opinion.modelled.map(|co2| format!("{} ({})", view.mass(co2.central()), view.range(co2)));
        [
            model,
            view.count(opinion.usage.total_tokens()),
            central(opinion.stated),
            ours.unwrap_or_default(),
            prose.consistency(opinion.consistency).to_owned(),
        ]
    });
    let grid = Grid {
        head: prose.opinions_head,
        shares: [0.22, 0.15, 0.13, 0.29, 0.21],
        figures: &[1, 2],
        rows: rows.collect(),
    };
    flow.room(grid.keep_height(flow));
    grid.draw_with_note(flow, prose.opinions_note);
}

fn alone_text(view: &View<'_>) -> String {
    let (terms, language) = (view.terms, view.language);
    let alone = &view.statement.bottom_up_alone;
    let (Some(co2), Some(energy), Some(water)) = (alone.valued.co2, alone.valued.energy, alone.valued.water)
    else {
        let idle = view.statement.total.usage.requests == 0;
        return if idle { terms.no_activity } else { terms.alone_none }.to_owned();
    };
    terms
        .alone_text
        .replace("{co2}", &view.mass(co2.central()))
        .replace("{range}", &view.range(co2))
        .replace("{energy}", &figure::energy(energy.central(), language))
        .replace("{water}", &figure::water(water.central(), language))
        .replace("{share}", &view.share(alone.coverage.ratio()))
}
