//! The month in parts: by model, method, confidence, region, tag and day.

use super::{
    chart::Columns,
    flow::{BODY, Flow, INK, MUTED, SMALL, STRONG},
    grids, market,
    mass_column::MassColumn,
    models, own_names,
    table::{Table, TextColumns},
    trend,
    view::View,
};
use crate::{
    figure::{MassUnit, whole},
    valued::Valued,
};
use carbon_core::{Grams, Method, Range, factor::Basis};
use rust_decimal::Decimal;

pub(super) fn draw(flow: &mut Flow, view: &View<'_>) {
    let (statement, terms) = (view.statement, view.terms);
    view.heading(flow, 3, 220.0);
    if statement.total.usage.requests == 0 {
        flow.paragraph(terms.no_activity, BODY, INK);
    } else if statement.by_model.is_empty() {
        flow.paragraph(terms.nothing_valued, STRONG, INK);
    } else {
        models::draw(flow, view);
        draw_methods(flow, view);
    }
    own_names::draw(flow, view);
    draw_confidence(flow, view);
    draw_context(flow, view);
    draw_regions(flow, view);
    market::draw(flow, view);
    draw_tags(flow, view);
    if statement.total.usage.requests > 0 {
        draw_days(flow, view);
    }
    grids::draw(flow, view);
    trend::draw(flow, view);
}

/// Parts of the month with their tokens and their range.
pub(super) struct Parts<'a> {
    pub(super) label: &'a str,
    pub(super) rows: Vec<(String, &'a Valued)>,
    /// Whether the parts make up the whole.
    pub(super) whole: bool,
}

impl Parts<'_> {
    pub(super) fn table(&self, view: &View<'_>) -> Table {
        let (terms, total) = (view.terms, &view.statement.total);
        let masses = MassColumn::for_total(total.co2.unwrap_or_default().central());
        let known: Vec<Grams> =
            self.rows.iter().filter_map(|(_, valued)| valued.co2.map(Range::central)).collect();
        let (cells, sum) = masses.column(view, &known);
        let mut cells = cells.into_iter();
        let tokens = total.usage.total_tokens();
        let of_rows: Vec<u128> = self.rows.iter().map(|(_, valued)| valued.usage.total_tokens()).collect();
        let shares = of_rows.iter().map(|&count| whole(count)).collect::<Vec<_>>();
        let shares = view.percents(&shares, whole(tokens));
        let rows = self.rows.iter().zip(of_rows).zip(shares).map(|(((label, valued), of_row), share)| {
            let central = valued.co2.and_then(|_| cells.next());
            vec![
                label.clone(),
                view.count(of_row),
                share,
                masses.bound(view, valued.co2, Range::low),
                central.unwrap_or_else(|| terms.not_quantified.to_owned()),
                masses.bound(view, valued.co2, Range::high),
            ]
        });
        let rows = rows.collect();
        let [low, central, high] = masses.heads(view);
        Table {
            rows,
            head: vec![
                self.label.to_owned(),
                terms.tokens.to_owned(),
                terms.share_of_tokens.to_owned(),
                low,
                central,
                high,
            ],
            total: self.whole.then(|| {
                vec![
                    terms.total.to_owned(),
                    view.count(tokens),
                    String::new(),
                    masses.bound(view, total.co2, Range::low),
                    total.co2.map_or_else(|| terms.not_quantified.to_owned(), |_| sum),
                    masses.bound(view, total.co2, Range::high),
                ]
            }),
            words: TextColumns::First,
        }
    }

    fn draw(&self, flow: &mut Flow, view: &View<'_>, heading: &str, note: Option<&str>) {
        let table = self.table(view);
        let note_height = note.map_or(0.0, Flow::note_height);
        flow.subheading(heading, table.keep_height() + note_height);
        table.draw(flow);
        if let Some(note) = note {
            flow.note(note);
        }
    }
}

pub(super) fn draw_methods(flow: &mut Flow, view: &View<'_>) {
    let (terms, statement) = (view.terms, view.statement);
    let rows = statement.by_method.iter().map(|line| {
        let what = match line.method {
            Method::BottomUp => terms.bottom_up_is,
            Method::Measured => terms.measured_is,
            _ => terms.coefficient_is,
        };
        (format!("{} ({what})", line.method), &line.valued)
    });
    let parts = Parts { label: terms.method, rows: rows.collect(), whole: false };
    parts.draw(flow, view, terms.by_method, Some(terms.methods_note));
    if statement.bases.len() > 1 {
        let bases: Vec<&str> = statement.bases.iter().map(|&basis: &Basis| terms.basis_word(basis)).collect();
        flow.paragraph(&terms.unlike_bases.replace("{bases}", &bases.join(", ")), SMALL, MUTED);
    }
}

pub(super) fn draw_confidence(flow: &mut Flow, view: &View<'_>) {
    let (terms, lines) = (view.terms, &view.statement.by_confidence);
    if lines.is_empty() {
        return;
    }
    let rows = lines.iter().map(|line| (terms.confidence(line.confidence).to_owned(), &line.valued));
    let parts = Parts { label: terms.confidence, rows: rows.collect(), whole: true };
    parts.draw(flow, view, terms.by_confidence, Some(terms.confidence_note));
}

pub(super) fn draw_context(flow: &mut Flow, view: &View<'_>) {
    let (prose, lines) = (view.prose, &view.statement.by_context);
    if lines.is_empty() {
        return;
    }
    let rows = lines.iter().map(|line| (prose.context_basis(line.basis).to_owned(), &line.valued));
    let parts = Parts { label: prose.context, rows: rows.collect(), whole: false };
    let unknown: u64 = lines.iter().map(|line| line.valued.usage.context_unknown_tokens).sum();
    let unknown = (unknown > 0).then(|| prose.context_unknown.replace("{tokens}", &view.count(unknown)));
    let note = [Some(prose.context_note.to_owned()), unknown].into_iter().flatten().collect::<Vec<_>>();
    parts.draw(flow, view, prose.by_context, Some(&note.join(" ")));
}

pub(super) fn draw_regions(flow: &mut Flow, view: &View<'_>) {
    let (prose, lines) = (view.prose, &view.statement.by_region);
    if lines.is_empty() {
        return;
    }
    let rows = lines.iter().map(|line| {
        let region = line.region.as_deref().unwrap_or(prose.no_region);
        (region.to_owned(), &line.valued)
    });
    let parts = Parts { label: prose.region, rows: rows.collect(), whole: true };
    parts.draw(flow, view, prose.by_region, None);
}

/// More rows are for the lines file.
const TAGS_MAX: usize = 24;

pub(super) fn draw_tags(flow: &mut Flow, view: &View<'_>) {
    let (prose, lines) = (view.prose, &view.statement.by_tag);
    if lines.is_empty() {
        return;
    }
    let mut largest: Vec<_> = lines.iter().collect();
    largest.sort_by_key(|line| std::cmp::Reverse(line.valued.co2.map(Range::central)));
    largest.truncate(TAGS_MAX);
    let rows = largest.iter().map(|line| (format!("{} = {}", line.name, line.value), &line.valued));
    let parts = Parts { label: prose.tag, rows: rows.collect(), whole: false };
    let shown = prose
        .tags_shown
        .replace("{count}", &TAGS_MAX.to_string())
        .replace("{total}", &view.language.number(Decimal::from(lines.len())));
    let note = if lines.len() > TAGS_MAX {
        format!("{} {shown}", prose.tags_note)
    } else {
        prose.tags_note.to_owned()
    };
    parts.draw(flow, view, prose.by_tag, Some(&note));
}

fn draw_days(flow: &mut Flow, view: &View<'_>) {
    let days = &view.statement.by_day;
    let (caption, values): (String, Vec<Decimal>) = match view.statement.total.co2 {
        Some(_) => {
            let grams = || days.iter().map(|line| line.co2.unwrap_or_default());
            let unit = MassUnit::for_grams(grams().max().unwrap_or_default());
            let caption = view.terms.by_day_emissions.replace("{unit}", unit.symbol());
            (caption, grams().map(|grams| unit.of(grams)).collect())
        }
        None => {
            let values = days.iter().map(|line| whole(line.usage.total_tokens())).collect();
            (view.terms.by_day_tokens.to_owned(), values)
        }
    };
    let quantified = view.statement.total.co2.is_some();
    let highest = days.iter().max_by_key(|line| (line.co2.filter(|_| quantified), line.usage.total_tokens()));
    let summary = highest.map_or_else(String::new, |line| {
        let figure = line.co2.filter(|_| quantified).map_or_else(
            || format!("{} {}", view.count(line.usage.total_tokens()), view.terms.tokens),
            |grams| format!("{} CO₂e", view.mass(grams)),
        );
        let idle = days.iter().filter(|line| line.usage.requests == 0).count();
        view.prose
            .by_day_summary
            .replace("{day}", &view.language.date(line.day))
            .replace("{highest}", &figure)
            .replace("{idle}", &idle.to_string())
    });
    let label = |day: usize| if day == 1 || day.is_multiple_of(5) { day.to_string() } else { String::new() };
    let chart = Columns {
        alt: format!("{caption}. {summary}"),
        caption,
        labels: (1..=values.len()).map(label).collect(),
        values,
        marks: Vec::new(),
        language: view.language,
    };
    flow.subheading(view.terms.by_day, Columns::HEIGHT + Flow::paragraph_height(&summary, SMALL));
    chart.draw(flow);
    flow.paragraph(&summary, SMALL, MUTED);
}
