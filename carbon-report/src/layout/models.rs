//! Emissions by model: a chart of the largest, and a table of all.

use super::{
    flow::{Flow, SMALL},
    mass_column::MassColumn,
    ranges::{RangeRow, Ranges},
    table::{Table, TextColumns},
    view::View,
};
use crate::statement::ModelLine;
use carbon_core::{Grams, Range, Usage, place::PlacedBy};
use rust_decimal::Decimal;

/// With a note under the table.
pub(super) fn draw(flow: &mut Flow, view: &View<'_>) {
    let total = view.statement.total.co2.unwrap_or_default();
    let masses = MassColumn::for_total(total.central());
    let (chart, table) = (chart(view, &masses), table(view, &masses));
    flow.subheading(view.terms.by_model, chart.height() + 60.0);
    chart.draw(flow);
    table.draw_with_note(flow, view.prose.rounding);
}

/// Confidence and method take no more of a row, in points.
const LABELS_WIDTH_MAX: f64 = 84.0;

/// More bars say no more.
const BARS_MAX: usize = 8;

fn chart(view: &View<'_>, masses: &MassColumn) -> Ranges {
    let (prose, lines) = (view.prose, &view.statement.by_model);
    let exact = |grams: Grams| masses.unit.of(grams);
    let figure = |central: Grams| format!("{}\u{a0}{}", masses.cell(view, central), masses.unit.symbol());
    let shown = if lines.len() > BARS_MAX { BARS_MAX - 1 } else { lines.len() };
    let mut rows: Vec<RangeRow> = lines[..shown]
        .iter()
        .map(|line| RangeRow {
            // That a place is assumed, the table says.
            label: model_in_region(view, line),
            central: exact(line.co2().central()),
            bounds: Some([exact(line.co2().low()), exact(line.co2().high())]),
            figure: figure(line.co2().central()),
        })
        .collect();
    let rest = &lines[shown..];
    if !rest.is_empty() {
        let sum: Grams = rest.iter().map(|line| line.co2().central()).sum();
        rows.push(RangeRow {
            label: prose.other_models.replace("{count}", &rest.len().to_string()),
            // Bounds of many models do not add up to a range: none is drawn.
            central: exact(sum),
            bounds: None,
            figure: figure(sum),
        });
    }
    let largest = lines.first();
    Ranges {
        caption: prose.by_model_caption.replace("{unit}", masses.unit.symbol()),
        alt: prose
            .by_model_alt
            .replace("{count}", &view.language.number(Decimal::from(lines.len())))
            .replace("{model}", &largest.map_or_else(String::new, |line| view.model_name(&line.model)))
            .replace("{mass}", &view.mass(largest.map(|line| line.co2().central()).unwrap_or_default())),
        logarithmic: prose.logarithmic,
        rows,
        language: view.language,
    }
}

fn table(view: &View<'_>, masses: &MassColumn) -> Table {
    let (terms, lines, total) = (view.terms, &view.statement.by_model, &view.statement.total);
    let masses_of =
        |co2: Range<Grams>| [co2.low(), co2.central(), co2.high()].map(|grams| masses.cell(view, grams));
    let counts = |usage: &Usage| {
        [usage.requests, usage.input_tokens, usage.output_tokens].map(|count| view.count(count))
    };
    let labels = |line: &ModelLine| [terms.confidence(Some(line.confidence)), terms.method_word(line.method)];
    // On one line, where the longest of them leaves room for the names.
    let is_short = |line: &ModelLine| SMALL.width(&labels(line).join(", ")) <= LABELS_WIDTH_MAX;
    let between = if lines.iter().all(is_short) { ", " } else { "\n" };
    let rows = lines.iter().map(|line| {
        let [requests, input, output] = counts(&line.valued.usage);
        let labels = labels(line).join(between);
        let [low, central, high] = masses_of(line.co2());
        vec![model_and_place(view, line), labels, requests, input, output, low, central, high]
    });
    let valued: Usage = lines.iter().map(|line| &line.valued.usage).sum();
    let [requests, input, output] = counts(&valued);
    let [low, central, high] = masses_of(total.co2.unwrap_or_default());
    let [low_head, central_head, high_head] = masses.heads(view);
    Table {
        head: vec![
            terms.model.to_owned(),
            terms.confidence_and_method.to_owned(),
            terms.requests.to_owned(),
            terms.input_tokens.to_owned(),
            terms.output_tokens.to_owned(),
            low_head,
            central_head,
            high_head,
        ],
        rows: rows.collect(),
        total: Some(vec![terms.total.to_owned(), String::new(), requests, input, output, low, central, high]),
        words: TextColumns::FirstAndSecond,
    }
}

/// `gpt-5, USA`: a method that asks where the model is served says where.
fn model_in_region(view: &View<'_>, line: &ModelLine) -> String {
    let model = view.model_name(&line.model);
    line.place.as_ref().map_or_else(|| model.clone(), |place| format!("{model}, {}", place.region))
}

/// `gpt-5, USA (assumed)`
fn model_and_place(view: &View<'_>, line: &ModelLine) -> String {
    let mut text = model_in_region(view, line);
    if line.place.as_ref().is_some_and(|place| place.placed_by != PlacedBy::Region) {
        text.push_str(&format!(" ({})", view.terms.assumed));
    }
    if let Some(checked) = line.checked {
        text.push_str(view.language.semicolon());
        text.push_str(&view.terms.name_checked.replace("{day}", &view.language.date(checked)));
    }
    text
}
