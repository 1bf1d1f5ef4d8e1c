//! The factors that were applied, each with all that is needed to find it and to apply it again.

use super::{
    flow::{BODY, Flow, HAIRLINE, INK, STRONG},
    view::View,
};
use crate::{
    figure,
    pdf::font::showable,
    statement::{ModelledFactor, UsedFactor},
};
use carbon_core::{
    factor::{EmissionFactor, Inclusion, Record, Source},
    usage::Denominator,
};
use rust_decimal::Decimal;

pub(super) fn draw(flow: &mut Flow, view: &View<'_>) {
    view.heading(flow, 6, 170.0);
    flow.paragraph(view.terms.factors_note, BODY, INK);
    for factor in &view.statement.factors {
        match factor {
            UsedFactor::Published(factor) => draw_published(flow, view, factor),
            UsedFactor::Modelled(factor) => draw_modelled(flow, view, factor),
        }
    }
}

/// A factor's name over its entries, which take about so much height and stay on its page.
fn draw_name(flow: &mut Flow, name: &str, height: f64) {
    flow.room(height);
    flow.gap(4.0);
    flow.rule(flow.y, 0.5, HAIRLINE);
    flow.gap(6.0);
    flow.paragraph(name, STRONG, INK);
}

fn draw_published(flow: &mut Flow, view: &View<'_>, factor: &EmissionFactor) {
    let terms = view.terms;
    draw_name(flow, factor.id(), 132.0);
    let rate = |(per, value): (Denominator, Decimal)| rate(view, per, value, "g");
    let [low, central, high] =
        [factor.low(), factor.central(), factor.high()].map(|stated| rate((stated.per(), stated.value())));
    let confidence = terms.confidence(Some(factor.confidence()));
    flow.entry(terms.value, &format!("{central} · {confidence}"));
    flow.entry(terms.bounds, &terms.range.replace("{low}", &low).replace("{high}", &high));
    flow.entry(terms.bounds_from, terms.range_basis(factor.range_basis()));
    draw_record(flow, view, factor.record());
    draw_source(flow, view, terms.source, factor.source());
}

fn draw_modelled(flow: &mut Flow, view: &View<'_>, factor: &ModelledFactor) {
    let (terms, language) = (view.terms, view.language);
    draw_name(flow, &format!("{}, {}", factor.record.id(), factor.region), 250.0);
    let confidence = terms.confidence(Some(factor.record.confidence()));
    let rates = |rates: &[(Denominator, Decimal)], unit: &str| {
        // A modelled rate has fifteen digits; statement.json has them all.
        let rates = rates.iter().map(|&(per, value)| rate(view, per, figure::three_significant(value), unit));
        rates.collect::<Vec<_>>().join("; ")
    };
    flow.entry(terms.emissions_per, &format!("{} · {confidence}", rates(&factor.co2_g_per_1k, "g")));
    flow.entry(terms.energy_per, &rates(&factor.energy_wh_per_1k, "Wh"));
    flow.entry(terms.water, &rates(&factor.water_ml_per_1k, "mL"));
    let counts =
        factor.counts.iter().map(|&(per, count)| format!("{} {}", view.count(count), terms.per(per)));
    flow.entry(terms.tokens, &counts.collect::<Vec<_>>().join("; "));
    flow.entry(terms.bounds_from, terms.modelled_range);
    let between = |[low, high]: [f64; 2]| {
        let number = |bound: f64| language.number(Decimal::try_from(bound).unwrap_or_default().normalize());
        if low < high { format!("{}–{}", number(low), number(high)) } else { number(high) }
    };
    if let Some((size, status)) = &factor.size {
        let text = if size.differs_by_way() { terms.parameters_by_way } else { terms.parameters }
            .replace("{active}", &between(size.active_b))
            .replace("{input}", &between(size.active_in_b))
            .replace("{total}", &between(size.total_b));
        flow.entry(terms.model_size, &format!("{text}, {}", terms.size(*status)));
    }
    let grid = &factor.grid;
    let year = grid.factor.year().map_or_else(String::new, |year| format!(", {year}"));
    let per_kwh = language.number(Decimal::try_from(grid.factor.g_per_kwh()).unwrap_or_default().normalize());
    let pue = language.number(figure::three_significant(Decimal::try_from(factor.pue).unwrap_or_default()));
    flow.entry(
        terms.electricity,
        &format!(
            "{per_kwh}\u{a0}g/kWh, {}{year} ({}); PUE\u{a0}{pue} ({})",
            grid.zone,
            grid.factor.source().publisher(),
            factor.site_source.publisher()
        ),
    );
    let sources = [&factor.site_source, &factor.water_source].map(|source| source.publisher().to_owned());
    flow.entry(terms.water_from, &showable(&sources.join("; ")));
    draw_record(flow, view, &factor.record);
    draw_source(flow, view, terms.source, factor.record.source());
    if let Some(second) = &factor.second_source {
        draw_source(flow, view, terms.second_source, second);
    }
}

/// `0.3 g / 1,000 output tokens`
fn rate(view: &View<'_>, per: Denominator, value: Decimal, unit: &str) -> String {
    let count = if per.unit() == 1 { String::new() } else { format!("{} ", view.count(per.unit())) };
    format!("{}\u{a0}{unit} / {count}{}", view.language.number(value.normalize()), view.terms.per(per))
}

/// What a factor covers, and how it takes electricity.
fn draw_record(flow: &mut Flow, view: &View<'_>, record: &Record) {
    let terms = view.terms;
    let stages = record.boundary().stages(Inclusion::Included).map(|stage| terms.stage(stage));
    let stages = stages.collect::<Vec<_>>().join(", ");
    flow.entry(terms.covers, if stages.is_empty() { terms.covers_not_stated } else { &stages });
    flow.entry(terms.basis, terms.basis_word(record.basis()));
}

fn draw_source(flow: &mut Flow, view: &View<'_>, label: &str, source: &Source) {
    let terms = view.terms;
    flow.entry(label, &showable(source.title()));
    let published = source.published().map_or_else(String::new, |date| format!(", {date}"));
    let licence = if source.licence() == "facts cited" { terms.facts_cited } else { source.licence() };
    flow.entry(terms.publisher, &format!("{}{published} · {licence}", showable(source.publisher())));
    if let Some(url) = source.url() {
        flow.link(terms.link, url);
    }
}
