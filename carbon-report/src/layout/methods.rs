//! What each method says: the parts of the total, and the whole month by our own model beside it.

use super::{
    View,
    flow::{BODY, Flow, INK, MUTED, SMALL},
    sections::Masses,
    table::{Table, Words},
};
use crate::figure;
use carbon_core::{Basis, Grams, Method, Range};

pub(super) fn draw(flow: &mut Flow, view: &View<'_>) {
    draw_parts(flow, view);
    draw_alone(flow, view);
}

fn draw_parts(flow: &mut Flow, view: &View<'_>) {
    let (terms, statement) = (view.terms, view.statement);
    let (lines, total) = (&statement.by_method, &statement.total);
    let masses = Masses::for_total(total.co2.unwrap_or_default().central());
    let bound =
        |co2: Option<Range<Grams>>, bound: fn(Range<Grams>) -> Grams| co2.map(bound).unwrap_or_default();
    let parts: Vec<Grams> = lines.iter().map(|line| bound(line.valued.co2, Range::central)).collect();
    let (central, sum) = masses.column(view, &parts);
    let alone = |grams: Grams| masses.alone(view, grams);
    let rows = lines.iter().zip(&central).map(|(line, central)| {
        let what = match line.method {
            Method::BottomUp => terms.bottom_up_is,
            Method::Coefficient | Method::Ecologits | Method::Disclosed => terms.coefficient_is,
        };
        vec![
            format!("{} ({what})", line.method),
            view.count(line.valued.usage.total_tokens()),
            alone(bound(line.valued.co2, Range::low)),
            central.clone(),
            alone(bound(line.valued.co2, Range::high)),
        ]
    });
    let unit = masses.unit.symbol();
    let heads = [terms.low, terms.central, terms.high].map(|head| format!("{head}\u{a0}({unit})"));
    let valued_tokens = view.count(statement.coverage.valued_tokens);
    let table = Table {
        rows: rows.collect(),
        head: vec![terms.method, terms.tokens, &heads[0], &heads[1], &heads[2]],
        total: (lines.len() > 1).then(|| {
            let [low, high] = [Range::low, Range::high].map(|side| alone(bound(total.co2, side)));
            vec![terms.total.to_owned(), valued_tokens, low, sum, high]
        }),
        words: Words::First,
    };
    let note_height = Flow::paragraph_height(terms.methods_note, SMALL);
    flow.heading(terms.by_method, table.keep_height() + note_height);
    table.draw(flow);
    flow.gap(6.0);
    flow.paragraph(terms.methods_note, SMALL, MUTED);
    if statement.bases.len() > 1 {
        let bases: Vec<&str> = statement.bases.iter().map(|&basis: &Basis| terms.basis_word(basis)).collect();
        flow.paragraph(&terms.unlike_bases.replace("{bases}", &bases.join(", ")), SMALL, MUTED);
    }
}

fn draw_alone(flow: &mut Flow, view: &View<'_>) {
    let (terms, language) = (view.terms, view.language);
    let alone = &view.statement.bottom_up_alone;
    let text = match (alone.valued.co2, alone.valued.energy, alone.valued.water) {
        (Some(co2), Some(energy), Some(water)) => {
            let mass = |grams| figure::mass(grams, language);
            let range = terms.range.replace("{low}", &mass(co2.low())).replace("{high}", &mass(co2.high()));
            terms
                .alone_text
                .replace("{co2}", &mass(co2.central()))
                .replace("{range}", &range)
                .replace("{energy}", &figure::energy(energy.central(), language))
                .replace("{water}", &figure::water(water.central(), language))
                .replace(
                    "{share}",
                    &alone.coverage.ratio().map_or_else(String::new, |ratio| view.percent(ratio)),
                )
        }
        _ => terms.alone_none.to_owned(),
    };
    flow.heading(
        terms.alone,
        Flow::paragraph_height(&text, BODY) + Flow::paragraph_height(terms.alone_note, SMALL),
    );
    flow.paragraph(&text, BODY, INK);
    flow.paragraph(terms.alone_note, SMALL, MUTED);
}
