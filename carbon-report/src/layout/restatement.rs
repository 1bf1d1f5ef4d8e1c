//! What was stated before, what is stated now, and why.

use super::{
    flow::{BODY, Flow, INK},
    mass_column::MassColumn,
    table::{Table, TextColumns},
    view::View,
};
use crate::{heading::Status, statement::Change, words::MarketWords};
use carbon_core::{Grams, Range};
use jiff::tz::TimeZone;

pub(super) fn draw(flow: &mut Flow, view: &View<'_>) {
    let prose = view.prose;
    view.heading(flow, 8, 60.0);
    let Some(restatement) = &view.statement.restatement else {
        let heading = &view.statement.heading;
        let is_first = heading.revision == 1 && heading.supersedes.is_none();
        let said = if is_first { prose.first_issue } else { prose.not_restated };
        let late = (heading.status == Status::Final).then_some(prose.late_events);
        let said: Vec<&str> = std::iter::once(said).chain(late).collect();
        flow.paragraph(&said.join(" "), BODY, INK);
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
    let central = |co2: Option<Range<Grams>>| co2.map(Range::central).unwrap_or_default();
    let total = &restatement.total;
    let masses = MassColumn::for_total(central(total.old.co2).max(central(total.new.co2)));
    let row = |label: String, change: &Change| {
        let stated = |co2: Option<Range<Grams>>| {
            co2.map_or_else(|| view.terms.not_quantified.to_owned(), |co2| masses.cell(view, co2.central()))
        };
        vec![
            label,
            stated(change.old.co2),
            stated(change.new.co2),
            masses.cell(view, change.difference),
            masses.cell(view, change.of_usage),
            masses.cell(view, change.of_factors),
        ]
    };
    let rows = restatement.models.iter().map(|model| row(model.model.clone(), &model.change));
    let table = Table {
        head: prose.restated_head.map(str::to_owned).to_vec(),
        rows: rows.collect(),
        total: Some(row(view.terms.total.to_owned(), total)),
        words: TextColumns::First,
    };
    table.draw(flow);
    if let Some(change) = &restatement.market {
        let stated = |co2: Option<Range<Grams>>| {
            co2.map_or_else(|| view.terms.not_quantified.to_owned(), |co2| view.mass(co2.central()))
        };
        let words = MarketWords::of(view.language).restated;
        let words = words.replace("{old}", &stated(change.old)).replace("{new}", &stated(change.new));
        flow.gap(4.0);
        flow.paragraph(&words, BODY, INK);
    }
    flow.note(&prose.restated_note.replace("{unit}", masses.unit.symbol()));
}
