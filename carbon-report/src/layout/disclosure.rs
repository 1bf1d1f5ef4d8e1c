//! Where the figures go in the client's own report.

use super::{
    flow::{BODY, Flow, INK, STRONG},
    grid::Grid,
    view::View,
};
use crate::{datapoints::datapoints_of, edition::EsrsEdition};

pub(super) fn draw(flow: &mut Flow, view: &View<'_>) {
    let (terms, prose) = (view.terms, view.prose);
    view.heading(flow, 2, 90.0);
    let heading = &view.statement.heading;
    let esrs = datapoints_of(heading.financial_year, heading.edition()).find(|row| row.is_of_esrs());
    let requirement = esrs.map_or("E1", |row| row.disclosure);
    flow.paragraph(&terms.disclosure.replace("{disclosure}", requirement), STRONG, INK);
    if let Some(co2) = view.statement.total.co2 {
        let [mass, tonnes] = [format!("{} CO₂e", view.mass(co2.central())), view.tonnes(co2.central())];
        let amount = if mass == tonnes { mass } else { format!("{mass} = {tonnes}") };
        flow.entry(prose.amount, &amount);
        let bases = view.statement.by_basis.iter().filter_map(|line| {
            let share = line.valued.co2?.central().as_decimal().checked_div(co2.central().as_decimal())?;
            Some(format!("{} {}", terms.basis_word(line.basis), view.percent(share)))
        });
        let bases = bases.collect::<Vec<_>>().join(view.language.semicolon());
        flow.entry(prose.accounted, if bases.is_empty() { terms.not_available } else { &bases });
        flow.gap(4.0);
    }
    flow.paragraph(prose.materiality, BODY, INK);
    flow.paragraph(prose.gwp, BODY, INK);
    if view.statement.heading.supplier.up_to_1000_employees {
        flow.paragraph(prose.value_chain_cap, BODY, INK);
    }
    flow.begin_annexes();
    draw_standards(flow, view);
    draw_category(flow, view);
    flow.end_annexes();
}

fn draw_standards(flow: &mut Flow, view: &View<'_>) {
    let (prose, heading) = (view.prose, &view.statement.heading);
    let edition = heading.edition();
    let rows = datapoints_of(heading.financial_year, edition).map(|row| {
        let disclosure =
            if row.disclosure.is_empty() { String::new() } else { format!(" {}", row.disclosure) };
        [
            format!("{} {}{disclosure}", view.translated(row.standard), row.version),
            prose.line(row.line).to_owned(),
            view.translated(row.paragraph),
            row.field.to_owned(),
        ]
    });
    let grid = Grid {
        head: prose.standards_head,
        shares: [0.22, 0.39, 0.19, 0.2],
        figures: &[],
        rows: rows.collect(),
    };
    flow.subheading(prose.standards, grid.keep_height(flow));
    grid.draw_with_note(flow, prose.standards_note);
    if EsrsEdition::is_a_choice(heading.financial_year) {
        let chosen =
            if heading.elected.is_some() { prose.edition_elected } else { prose.edition_not_elected };
        flow.note(&chosen.replace("{act}", edition.act()));
    }
    if edition == EsrsEdition::Esrs2026 {
        flow.note(prose.no_longer_asked);
    }
}

fn draw_category(flow: &mut Flow, view: &View<'_>) {
    let prose = view.prose;
    let rows = prose.category_rows.map(|row| row.map(str::to_owned)).to_vec();
    let grid = Grid { head: prose.category_head, shares: [0.12, 0.36, 0.52], figures: &[], rows };
    flow.subheading(prose.category, grid.keep_height(flow));
    grid.draw_with_note(flow, prose.category_note);
}
