//! The sections behind the cover block.

use super::{
    View,
    chart::{self, Chart},
    factors,
    flow::{BODY, Flow, INK, MUTED, SMALL, STRONG},
    methods,
    table::{Table, Words},
};
use crate::{
    figure::{self, MassUnit},
    pdf::font::showable,
    statement::{ModelLine, Valued},
};
use carbon_core::{Grams, Method, PlacedBy, Quantity, Range, Usage};
use rust_decimal::{Decimal, RoundingStrategy};

pub(super) fn draw(flow: &mut Flow, view: &View<'_>) {
    let statement = view.statement;
    if statement.total.usage.requests == 0 {
        flow.heading(view.terms.by_model, 20.0);
        flow.paragraph(view.terms.no_activity, BODY, INK);
    } else if statement.by_model.is_empty() {
        flow.heading(view.terms.by_model, 20.0);
        flow.paragraph(view.terms.nothing_valued, STRONG, INK);
    } else {
        draw_models(flow, view);
    }
    if !statement.by_model.is_empty() {
        methods::draw(flow, view);
    }
    if !statement.by_confidence.is_empty() {
        draw_confidence(flow, view);
    }
    if statement.total.usage.requests > 0 {
        draw_days(flow, view);
    }
    if !statement.unknown_models.is_empty() {
        draw_unknown(flow, view);
    }
    if !statement.factors.is_empty() {
        factors::draw(flow, view);
    }
    draw_texts(flow, view.terms.method, view.terms.method_text);
    draw_texts(flow, view.terms.limits, view.terms.limits_text);
    if view.escapes_names() {
        flow.paragraph(view.terms.escaped_names, SMALL, MUTED);
    }
}

/// Masses of a column in one unit and to one precision, so that what is shown adds up to the total shown.
pub(super) struct Masses {
    pub(super) unit: MassUnit,
    decimals: u32,
}

impl Masses {
    /// Significant digits of the total: one more than the cover shows.
    const DIGITS: u32 = 4;

    pub(super) fn for_total(total: Grams) -> Self {
        let unit = MassUnit::for_grams(total);
        Masses { unit, decimals: figure::decimals_for(unit.of(total), Self::DIGITS) }
    }

    /// The cells of a column, and its total.
    pub(super) fn column(&self, view: &View<'_>, parts: &[Grams]) -> (Vec<String>, String) {
        let parts: Vec<Decimal> = parts.iter().map(|&grams| self.unit.of(grams)).collect();
        let shown = figure::apportion(&parts, self.decimals);
        let total = self.cell(view, parts.iter().sum(), shown.iter().sum());
        let cells = parts.iter().zip(&shown).map(|(&exact, &shown)| self.cell(view, exact, shown)).collect();
        (cells, total)
    }

    /// A figure that stands for itself, at the precision of the column.
    pub(super) fn alone(&self, view: &View<'_>, grams: Grams) -> String {
        let exact = self.unit.of(grams);
        let shown = exact.round_dp_with_strategy(self.decimals, RoundingStrategy::MidpointAwayFromZero);
        self.cell(view, exact, shown)
    }

    /// A figure that rounds to nothing and is something is not shown as zero.
    fn cell(&self, view: &View<'_>, exact: Decimal, mut shown: Decimal) -> String {
        shown.rescale(self.decimals);
        if shown.is_zero() && !exact.is_zero() {
            return format!("<\u{a0}{}", view.language.number(Decimal::new(1, self.decimals)));
        }
        view.language.number(shown)
    }
}

fn draw_models(flow: &mut Flow, view: &View<'_>) {
    let (terms, lines, total) = (view.terms, &view.statement.by_model, &view.statement.total);
    let total_co2 = total.co2.unwrap_or_default();
    let masses = Masses::for_total(total_co2.central());
    let unit = masses.unit.symbol();
    let bounds = |bound: fn(Range<Grams>) -> Grams| -> Vec<Grams> {
        lines.iter().map(|line| bound(line.co2())).collect()
    };
    let (central, central_total) = masses.column(view, &bounds(Range::central));
    // Bounds of published factors add up; those of modelled lines do not: what they share and what not decides.
    let modelled = lines.iter().any(|line| line.method == Method::BottomUp);
    let [low, high] = [bounds(Range::low), bounds(Range::high)].map(|parts| {
        if modelled {
            parts.into_iter().map(|grams| masses.alone(view, grams)).collect()
        } else {
            masses.column(view, &parts).0
        }
    });
    let heads = [terms.low, terms.central, terms.high].map(|head| format!("{head}\u{a0}({unit})"));
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
    let table = Table {
        head: vec![
            terms.model,
            terms.confidence_and_method,
            terms.requests,
            terms.input_tokens,
            terms.output_tokens,
            &heads[0],
            &heads[1],
            &heads[2],
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
        words: Words::FirstAndSecond,
    };
    flow.heading(terms.by_model, table.keep_height());
    table.draw(flow);
}

/// `gpt-5, USA (assumed)`: a method that asks where the model is served says where.
fn model_and_place(view: &View<'_>, line: &ModelLine) -> String {
    let Some(place) = &line.place else { return line.model.clone() };
    match place.placed_by {
        PlacedBy::Region => format!("{}, {}", line.model, place.region),
        PlacedBy::Name | PlacedBy::Provider | PlacedBy::Nobody => {
            format!("{}, {} ({})", line.model, place.region, view.terms.assumed)
        }
    }
}

/// Between a table and the note under it.
const NOTE_GAP: f64 = 6.0;

fn draw_confidence(flow: &mut Flow, view: &View<'_>) {
    let (terms, lines, total) = (view.terms, &view.statement.by_confidence, &view.statement.total);
    let central = |valued: &Valued| valued.co2.map(Range::central);
    let all = central(total).unwrap_or_default();
    let masses = Masses::for_total(all);
    let known: Vec<Grams> = lines.iter().filter_map(|line| central(&line.valued)).collect();
    let (cells, sum) = masses.column(view, &known);
    let mut cells = cells.into_iter();
    let tokens = total.usage.total_tokens();
    let rows = lines.iter().map(|line| {
        let emissions = central(&line.valued);
        let share = emissions.and_then(|grams| grams.as_decimal().checked_div(all.as_decimal()));
        let of_line = line.valued.usage.total_tokens();
        let token_share = crate::Coverage { valued_tokens: of_line, total_tokens: tokens }.ratio();
        vec![
            terms.confidence(line.confidence).to_owned(),
            view.count(of_line),
            token_share.map_or_else(String::new, |ratio| view.percent(ratio)),
            emissions.and_then(|_| cells.next()).unwrap_or_else(|| terms.not_quantified.to_owned()),
            share.map_or_else(String::new, |ratio| view.percent(ratio)),
        ]
    });
    let emissions_head = format!("{} ({}\u{a0}CO₂e)", terms.emissions, masses.unit.symbol());
    let table = Table {
        rows: rows.collect(),
        head: vec![
            terms.confidence,
            terms.tokens,
            terms.share_of_tokens,
            &emissions_head,
            terms.share_of_emissions,
        ],
        total: Some(vec![
            terms.total.to_owned(),
            view.count(tokens),
            String::new(),
            total.co2.map_or_else(|| terms.not_quantified.to_owned(), |_| sum),
            String::new(),
        ]),
        words: Words::First,
    };
    let note_height = Flow::paragraph_height(terms.confidence_note, SMALL);
    flow.heading(terms.by_confidence, table.keep_height() + NOTE_GAP + note_height);
    table.draw(flow);
    flow.gap(NOTE_GAP);
    flow.paragraph(terms.confidence_note, SMALL, MUTED);
}

fn draw_days(flow: &mut Flow, view: &View<'_>) {
    let days = &view.statement.by_day;
    let (caption, values) = match view.statement.total.co2 {
        Some(_) => {
            let grams = || days.iter().map(|line| line.co2.unwrap_or_default());
            let unit = MassUnit::for_grams(grams().max().unwrap_or_default());
            let values = grams().map(|grams| unit.of(grams)).collect();
            (chart::caption(view.terms.by_day_emissions, unit), values)
        }
        None => {
            let tokens = |usage: &Usage| i128::try_from(usage.total_tokens()).unwrap_or(i128::MAX);
            let values =
                days.iter().map(|line| Decimal::from_i128_with_scale(tokens(&line.usage), 0)).collect();
            (view.terms.by_day_tokens.to_owned(), values)
        }
    };
    flow.heading(view.terms.by_day, chart::HEIGHT);
    Chart { caption, values, language: view.language }.draw(flow);
}

fn draw_unknown(flow: &mut Flow, view: &View<'_>) {
    let terms = view.terms;
    let rows = view.statement.unknown_models.iter().map(|line| {
        let [requests, input, output] =
            [line.usage.requests, line.usage.input_tokens, line.usage.output_tokens]
                .map(|count| view.count(count));
        let mut name = showable(&line.name).into_owned();
        if let Some(region) = &line.unknown_region {
            name = format!("{name}, {}", terms.unknown_region.replace("{region}", &showable(region)));
        }
        vec![name, requests, input, output]
    });
    let table = Table {
        head: vec![terms.name_as_sent, terms.requests, terms.input_tokens, terms.output_tokens],
        rows: rows.collect(),
        total: None,
        words: Words::First,
    };
    flow.heading(terms.unknown_models, table.keep_height() + 30.0);
    flow.paragraph(terms.unknown_note, BODY, INK);
    table.draw(flow);
}

fn draw_texts(flow: &mut Flow, heading: &str, texts: &[&str]) {
    // Few lines that are one thought: they stay on one page.
    flow.heading(heading, texts.iter().map(|text| Flow::paragraph_height(text, BODY)).sum());
    for text in texts {
        flow.paragraph(text, BODY, INK);
    }
}
