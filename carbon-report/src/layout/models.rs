//! Emissions by model: a chart of the largest, and a table of all.

use super::{
    chart::{Bar, Bars},
    flow::Flow,
    mass_column::MassColumn,
    table::{Table, TextColumns},
    view::View,
};
use crate::statement::ModelLine;
use carbon_core::{Grams, Method, Range, Usage, place::PlacedBy};
use rust_decimal::Decimal;

pub(super) fn draw(flow: &mut Flow, view: &View<'_>) {
    let total = view.statement.total.co2.unwrap_or_default();
    let masses = MassColumn::for_total(total.central());
    let central: Vec<Grams> = view.statement.by_model.iter().map(|line| line.co2().central()).collect();
    // The chart shows the very figures of the table.
    let column = masses.column(view, &central);
    let (chart, table) = (chart(view, &masses, &column.0), table(view, &masses, column));
    flow.subheading(view.terms.by_model, chart.height() + 60.0);
    chart.draw(flow);
    table.draw(flow);
}

/// More bars say no more.
const BARS_MAX: usize = 8;

fn chart(view: &View<'_>, masses: &MassColumn, central: &[String]) -> Bars {
    let (prose, lines) = (view.prose, &view.statement.by_model);
    let exact = |grams: Grams| masses.unit.of(grams);
    let figure = |central: &str| format!("{central}\u{a0}{}", masses.unit.symbol());
    let shown = if lines.len() > BARS_MAX { BARS_MAX - 1 } else { lines.len() };
    let mut bars: Vec<Bar> = lines[..shown]
        .iter()
        .zip(central)
        .map(|(line, central)| Bar {
            // That a place is assumed, the table says.
            label: model_in_region(view, line),
            low: exact(line.co2().low()),
            central: exact(line.co2().central()),
            high: exact(line.co2().high()),
            figure: figure(central),
        })
        .collect();
    let rest = &lines[shown..];
    if !rest.is_empty() {
        let sum = |bound: fn(Range<Grams>) -> Grams| rest.iter().map(|line| bound(line.co2())).sum::<Grams>();
        bars.push(Bar {
            label: prose.other_models.replace("{count}", &rest.len().to_string()),
            // Bounds of many models do not add up to a range: none is drawn.
            low: exact(sum(Range::central)),
            central: exact(sum(Range::central)),
            high: exact(sum(Range::central)),
            figure: figure(&masses.alone(view, sum(Range::central))),
        });
    }
    let largest = lines.first();
    Bars {
        caption: prose.by_model_caption.replace("{unit}", masses.unit.symbol()),
        alt: prose
            .by_model_alt
            .replace("{count}", &view.language.number(Decimal::from(lines.len())))
            .replace("{model}", &largest.map_or_else(String::new, |line| view.model_name(&line.model)))
            .replace("{mass}", &view.mass(largest.map(|line| line.co2().central()).unwrap_or_default())),
        bars,
    }
}

fn table(view: &View<'_>, masses: &MassColumn, (central, central_total): (Vec<String>, String)) -> Table {
    let (terms, lines, total) = (view.terms, &view.statement.by_model, &view.statement.total);
    let total_co2 = total.co2.unwrap_or_default();
    let bounds = |bound: fn(Range<Grams>) -> Grams| -> Vec<Grams> {
        lines.iter().map(|line| bound(line.co2())).collect()
    };
    // Bounds of published factors add up; those of modelled lines do not: what they share and what not decides.
    let modelled = lines.iter().any(|line| line.method != Method::Coefficient);
    let [low, high] = [bounds(Range::low), bounds(Range::high)].map(|parts| {
        if modelled {
            parts.into_iter().map(|grams| masses.alone(view, grams)).collect()
        } else {
            masses.column(view, &parts).0
        }
    });
    let counts = |usage: &Usage| {
        [usage.requests, usage.input_tokens, usage.output_tokens].map(|count| view.count(count))
    };
    let rows = lines.iter().enumerate().map(|(row, line)| {
        let [requests, input, output] = counts(&line.valued.usage);
        let labels = format!("{}\n{}", terms.confidence(Some(line.confidence)), line.method);
        let [low, central, high] = [&low, &central, &high].map(|cells| cells[row].clone());
        vec![model_and_place(view, line), labels, requests, input, output, low, central, high]
    });
    let valued: Usage = lines.iter().map(|line| &line.valued.usage).sum();
    let [requests, input, output] = counts(&valued);
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
        total: Some(vec![
            terms.total.to_owned(),
            String::new(),
            requests,
            input,
            output,
            masses.alone(view, total_co2.low()),
            central_total,
            masses.alone(view, total_co2.high()),
        ]),
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
