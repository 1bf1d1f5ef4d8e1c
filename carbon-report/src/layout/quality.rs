//! How good the data are, and what is missing.

use super::{
    flow::{BODY, Flow, INK},
    run_in::RunIn,
    table::{Table, TextColumns},
    view::View,
};
use crate::{
    figure,
    statement::{Grade, Reconciliation},
};
use carbon_core::Grams;

pub(super) fn draw(flow: &mut Flow, view: &View<'_>) {
    let (prose, quality) = (view.prose, &view.statement.data_quality);
    let primary = match quality.primary_share {
        Some(_) => prose
            .primary
            .replace("{primary}", &view.share(quality.primary_share))
            .replace("{supplier}", &view.share(quality.supplier_share)),
        None => prose.primary_none.to_owned(),
    };
    view.heading(flow, 4, flow.paragraph_height(&primary, BODY));
    flow.paragraph(&primary, BODY, INK);
    if view.statement.coverage.total_tokens > 0 {
        let covered = prose.coverage.replace("{covered}", &view.covered());
        let missing = (!view.statement.unknown_models.is_empty()).then(|| prose.coverage_missing.to_owned());
        let said = [Some(covered), missing, Some(prose.metered.to_owned())];
        flow.paragraph(&said.into_iter().flatten().collect::<Vec<_>>().join(" "), BODY, INK);
    }
    draw_indicators(flow, view);
    draw_unknown(flow, view);
    // Invoices are of months.
    if view.statement.heading.through.is_none() {
        draw_reconciliation(flow, view);
    }
}

fn draw_indicators(flow: &mut Flow, view: &View<'_>) {
    let (prose, quality) = (view.prose, &view.statement.data_quality);
    let total: Grams = quality.indicators[0].into_iter().sum();
    if total.as_decimal().is_zero() {
        return;
    }
    let rows = prose.indicator_names.iter().zip(quality.indicators).map(|(name, grades)| {
        let shown = grades.map(|grams| view.share(grams.as_decimal().checked_div(total.as_decimal())));
        std::iter::once((*name).to_owned()).chain(shown).collect()
    });
    let grades = Grade::ALL.map(|grade| prose.grades[grade as usize].to_owned());
    let table = Table {
        head: std::iter::once(prose.indicator.to_owned()).chain(grades).collect(),
        rows: rows.collect(),
        total: None,
        words: TextColumns::First,
    };
    flow.subheading(prose.indicators, table.keep_height(flow));
    table.draw_with_note(flow, prose.indicators_note);
}

fn draw_unknown(flow: &mut Flow, view: &View<'_>) {
    let (terms, prose, lines) = (view.terms, view.prose, &view.statement.unknown_models);
    if lines.is_empty() {
        return;
    }
    let rows = lines.iter().map(|line| {
        let [requests, input, output] =
            [line.usage.requests, line.usage.input_tokens, line.usage.output_tokens]
                .map(|count| view.count(count));
        let mut name = line.name.clone();
        if let Some(region) = &line.unknown_region {
            name = format!("{name}, {}", terms.unknown_region.replace("{region}", region));
        }
        let bound = line.upper_bound.map_or_else(
            || terms.not_available.to_owned(),
            |grams| view.language.number(figure::three_significant(grams.as_decimal())),
        );
        vec![name, requests, input, output, bound]
    });
    let head =
        [terms.name_as_sent, terms.requests, terms.input_tokens, terms.output_tokens, prose.upper_bound];
    let table = Table {
        head: head.map(str::to_owned).to_vec(),
        rows: rows.collect(),
        total: None,
        words: TextColumns::First,
    };
    flow.subheading(terms.unknown_models, table.keep_height(flow) + 30.0);
    flow.paragraph(terms.unknown_note, BODY, INK);
    table.draw_with_note(flow, prose.upper_bound_note);
}

fn draw_reconciliation(flow: &mut Flow, view: &View<'_>) {
    let prose = view.prose;
    let text = match &view.statement.data_quality.reconciliation {
        None => prose.not_reconciled.to_owned(),
        Some(Reconciliation { invoiced_tokens, recorded_share, uplift }) => {
            let reconciled = prose
                .reconciled
                .replace("{recorded}", &view.count(view.statement.coverage.total_tokens))
                .replace("{invoiced}", &view.count(*invoiced_tokens))
                .replace("{share}", &view.share(*recorded_share));
            let uplift = uplift.map(|grams| prose.uplift.replace("{uplift}", &view.mass(grams)));
            [Some(reconciled), uplift].into_iter().flatten().collect::<Vec<_>>().join(" ")
        }
    };
    let mut said = RunIn::default();
    said.entry(prose.reconciliation, text);
    flow.gap(4.0);
    said.draw(flow);
}
