//! What was stated before, what is stated now, and why.

use super::{
    flow::{BODY, Flow, INK},
    table::{Table, TextColumns},
    view::View,
};
use crate::{figure, statement::Change, words::MarketWords};
use carbon_core::{Grams, Range};
use jiff::tz::TimeZone;

pub(super) fn draw(flow: &mut Flow, view: &View<'_>) {
    let prose = view.prose;
    view.heading(flow, 8, 60.0);
    let Some(restatement) = &view.statement.restatement else {
        flow.paragraph(prose.not_restated, BODY, INK);
        return;
    };
    let day = restatement.restated_at.to_zoned_datetime(TimeZone::UTC).date();
    flow.entry(prose.restated_on, &view.language.date(day));
    flow.entry(prose.reason, &restatement.reason);
    if let Some(superseded) = &view.statement.heading.supersedes {
        flow.entry(prose.supersedes, superseded);
    }
    flow.entry(prose.old_set, &restatement.old_factor_set);
    flow.gap(6.0);
    let row = |label: String, change: &Change| {
        let stated = |co2: Option<Range<Grams>>| {
            co2.map_or_else(|| view.terms.not_quantified.to_owned(), |co2| grams(view, co2.central()))
        };
        vec![
            label,
            stated(change.old.co2),
            stated(change.new.co2),
            grams(view, change.difference),
            grams(view, change.of_usage),
            grams(view, change.of_factors),
        ]
    };
    let rows = restatement.models.iter().map(|model| row(model.model.clone(), &model.change));
    let table = Table {
        head: prose.restated_head.map(str::to_owned).to_vec(),
        rows: rows.collect(),
        total: Some(row(view.terms.total.to_owned(), &restatement.total)),
        words: TextColumns::First,
    };
    table.draw(flow);
    if let Some(change) = &restatement.market {
        let stated = |co2: Option<Range<Grams>>| {
            co2.map_or_else(
                || view.terms.not_quantified.to_owned(),
                |co2| format!("{} g", grams(view, co2.central())),
            )
        };
        let words = MarketWords::of(view.language).restated;
        let words = words.replace("{old}", &stated(change.old)).replace("{new}", &stated(change.new));
        flow.gap(4.0);
        flow.paragraph(&words, BODY, INK);
    }
    flow.note(prose.restated_note);
}

/// Four digits are enough to see a change; statement.json has them all.
fn grams(view: &View<'_>, grams: Grams) -> String {
    let grams = grams.as_decimal();
    view.language.number(grams.round_dp(figure::decimals_for(grams, 4)).normalize())
}
