//! The months around this one.

use super::{
    chart::Columns,
    flow::Flow,
    mass_column::MassColumn,
    table::{Table, TextColumns},
    view::View,
};
use crate::evidence::EarlierMonth;
use carbon_core::Range;

/// The months as a picture; nothing where there is only this one.
pub(super) fn draw_chart(flow: &mut Flow, view: &View<'_>) {
    if !view.statement.trend.earlier.is_empty() {
        let months = months(view);
        chart(view, &months, &masses(&months)).draw(flow);
        flow.gap(6.0);
    }
}

/// The same as a table.
pub(super) fn draw(flow: &mut Flow, view: &View<'_>) {
    if !view.statement.trend.earlier.is_empty() {
        let months = months(view);
        let table = table(view, &months, &masses(&months));
        flow.subheading(view.prose.trend, table.keep_height(flow));
        table.draw(flow);
        flow.gap(6.0);
    }
}

fn masses(months: &[EarlierMonth]) -> MassColumn {
    let highest = months.iter().filter_map(|month| month.stated.co2.map(Range::central)).max();
    MassColumn::for_total(highest.unwrap_or_default())
}

/// Earlier months and this one.
fn months(view: &View<'_>) -> Vec<EarlierMonth> {
    let (statement, heading) = (view.statement, &view.statement.heading);
    let this = EarlierMonth {
        month: heading.month,
        status: heading.status,
        factor_set: statement.factor_set.clone(),
        stated: statement.total.into(),
    };
    statement.trend.earlier.iter().cloned().chain([this]).collect()
}

fn chart(view: &View<'_>, months: &[EarlierMonth], masses: &MassColumn) -> Columns {
    let name = |month: Option<&EarlierMonth>| {
        month.map_or_else(String::new, |month| view.language.month(month.month))
    };
    Columns {
        caption: view.prose.trend_caption.replace("{unit}", masses.unit.symbol()),
        alt: view
            .prose
            .trend_alt
            .replace("{from}", &name(months.first()))
            .replace("{to}", &name(months.last())),
        // Short enough for thirteen of them, the same in every language.
        labels: months.iter().map(|month| month.month.first_day().strftime("%m/%y").to_string()).collect(),
        values: months
            .iter()
            .map(|month| masses.unit.of(month.stated.co2.map(Range::central).unwrap_or_default()))
            .collect(),
        marks: Vec::new(),
        marks_unit: "",
        language: view.language,
    }
}

fn table(view: &View<'_>, months: &[EarlierMonth], masses: &MassColumn) -> Table {
    let terms = view.terms;
    let rows = months.iter().map(|EarlierMonth { month, status, factor_set, stated }| {
        vec![
            view.language.month(*month),
            terms.status_word(*status).to_owned(),
            factor_set.clone(),
            view.count(stated.usage.total_tokens()),
            masses.bound(view, stated.co2, Range::low),
            masses.bound(view, stated.co2, Range::central),
            masses.bound(view, stated.co2, Range::high),
        ]
    });
    let [low, central, high] = masses.heads(view);
    Table {
        head: vec![
            view.prose.month.to_owned(),
            terms.status.to_owned(),
            terms.factor_set.to_owned(),
            terms.tokens.to_owned(),
            low,
            central,
            high,
        ],
        rows: rows.collect(),
        total: None,
        words: TextColumns::FirstAndSecond,
    }
}
