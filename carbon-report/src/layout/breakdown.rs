//! The month in parts: by model, method, confidence, region, tag and day.

use super::{
    days,
    flow::{BODY, Flow, INK, MUTED, SMALL, STRONG},
    grids, market,
    mass_column::MassColumn,
    models, own_names,
    table::{Table, TextColumns},
    trend,
    view::View,
};
use crate::{figure::whole, valued::Valued};
use carbon_core::{Method, Range, factor::Basis};
use rust_decimal::Decimal;

pub(super) fn draw(flow: &mut Flow, view: &View<'_>) {
    let (statement, terms) = (view.statement, view.terms);
    // A chart takes its place whole.
    view.heading(flow, 3, if statement.by_model.is_empty() { 60.0 } else { 260.0 });
    if statement.total.usage.requests == 0 {
        flow.paragraph(terms.no_activity, BODY, INK);
    } else if statement.by_model.is_empty() {
        flow.paragraph(terms.nothing_valued, STRONG, INK);
    } else {
        models::draw(flow, view);
        draw_methods(flow, view);
    }
    flow.paragraph(view.prose.rounding, SMALL, MUTED);
    own_names::draw(flow, view);
    draw_confidence(flow, view);
    draw_context(flow, view);
    draw_regions(flow, view);
    market::draw(flow, view);
    draw_tags(flow, view);
    if statement.total.usage.requests > 0 {
        days::draw(flow, view);
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
    fn table(&self, view: &View<'_>) -> Table {
        let (terms, total) = (view.terms, &view.statement.total);
        let masses = MassColumn::for_total(total.co2.unwrap_or_default().central());
        let tokens = total.usage.total_tokens();
        let rows = self.rows.iter().map(|(label, valued)| {
            let of_row = valued.usage.total_tokens();
            vec![
                label.clone(),
                view.count(of_row),
                whole(of_row)
                    .checked_div(whole(tokens))
                    .map_or_else(String::new, |share| view.percent(share)),
                masses.bound(view, valued.co2, Range::low),
                masses.bound(view, valued.co2, Range::central),
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
                    masses.bound(view, total.co2, Range::central),
                    masses.bound(view, total.co2, Range::high),
                ]
            }),
            words: TextColumns::First,
        }
    }

    /// A table, or a line where it would have one row.
    pub(super) fn draw(&self, flow: &mut Flow, view: &View<'_>, heading: &str, notes: &[&str]) {
        if let [(label, valued)] = &*self.rows {
            let line = Self::line(view, label, valued);
            flow.subheading(heading, Flow::paragraph_height(&line, BODY));
            flow.paragraph(&line, BODY, INK);
        } else {
            let table = self.table(view);
            flow.subheading(heading, table.keep_height());
            table.draw(flow);
        }
        for note in notes {
            flow.note(note);
        }
    }

    /// `estimated: 1,500 tokens (input and output), 4.28 g CO₂e, from 1.43 g to 4.28 g`
    fn line(view: &View<'_>, label: &str, valued: &Valued) -> String {
        let terms = view.terms;
        let tokens = format!("{} {}", view.count(valued.usage.total_tokens()), terms.per_total_tokens);
        let co2 = valued.co2.map_or_else(
            || terms.not_quantified.to_owned(),
            |co2| format!("{} CO₂e, {}", view.mass(co2.central()), view.range(co2)),
        );
        format!("{label}{}{tokens}, {co2}", view.language.colon())
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
        (what.to_owned(), &line.valued)
    });
    let parts = Parts { label: terms.method, rows: rows.collect(), whole: false };
    parts.draw(flow, view, terms.by_method, &[terms.methods_note]);
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
    parts.draw(flow, view, terms.by_confidence, &[terms.confidence_note]);
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
    parts.draw(flow, view, prose.by_context, &[&note.join(" ")]);
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
    parts.draw(flow, view, prose.by_region, &[]);
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
    parts.draw(flow, view, prose.by_tag, &[&note]);
}
