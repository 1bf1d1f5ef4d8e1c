//! The factors that were applied, each with all that is needed to find it and to apply it again.

use super::{
    flow::{BODY, Flow, HAIRLINE, INK},
    table::{Table, TextColumns},
    view::View,
};
use crate::{
    figure,
    statement::{MeteredWindows, ModelledFactor, RateQuantity, UsedFactor, UsedRate, UsedSource},
    words::GridWords,
};
use carbon_core::{
    Usage,
    factor::{OwnSource, Stage},
    model::Size,
    usage::Denominator,
};
use jiff::civil::Date;
use rust_decimal::Decimal;

pub(super) fn draw(flow: &mut Flow, view: &View<'_>) {
    view.heading(flow, 6, 170.0);
    flow.paragraph(view.terms.factors_note, BODY, INK);
    // Each line has its factor, in the same order.
    for (factor, line) in view.statement.factors.iter().zip(&view.statement.by_model) {
        match &factor.modelled {
            None => draw_published(flow, view, factor),
            Some(modelled) => {
                let by_series = !line.grids.is_empty();
                draw_modelled(flow, view, factor, modelled, &line.valued.usage, by_series);
            }
        }
    }
}

/// A factor's name over its entries, which take about so much height and stay on its page.
fn draw_name(flow: &mut Flow, name: &str, height: f64) {
    flow.room(height);
    flow.gap(4.0);
    flow.rule(flow.y, 0.5, HAIRLINE);
    flow.gap(6.0);
    flow.name(name);
}

fn draw_published(flow: &mut Flow, view: &View<'_>, factor: &UsedFactor) {
    let terms = view.terms;
    draw_name(flow, &factor.factor_id, 90.0);
    // The bound that counts other tokens is a rate of its own.
    let bound = |of: fn(&UsedRate) -> Option<Decimal>| {
        let stated = factor.rates.iter().find_map(|stated| Some(rate(view, stated.per, of(stated)?, "g")));
        stated.unwrap_or_default()
    };
    let (low, high) = (bound(|rate| rate.low), bound(|rate| rate.high));
    let central = factor.rates.first().map(|stated| rate(view, stated.per, stated.central, "g"));
    let confidence = terms.confidence(Some(factor.confidence));
    flow.entry(terms.value, &format!("{} · {confidence}", central.unwrap_or_default()));
    flow.entry(terms.bounds, &terms.range.replace("{low}", &low).replace("{high}", &high));
    flow.entry(terms.bounds_from, factor.range_basis.map_or("", |basis| terms.range_basis(basis)));
    draw_record(flow, view, factor);
    draw_source(flow, view, terms.source, &factor.source);
}

fn draw_modelled(
    flow: &mut Flow,
    view: &View<'_>,
    factor: &UsedFactor,
    modelled: &ModelledFactor,
    usage: &Usage,
    by_series: bool,
) {
    let words = GridWords::of(view.language);
    let (terms, language) = (view.terms, view.language);
    let region = factor.region.as_deref().unwrap_or_default();
    draw_name(flow, &format!("{}, {region}", factor.factor_id), 150.0);
    let confidence = terms.confidence(Some(factor.confidence));
    let table = rates(view, factor, usage);
    table.draw(flow);
    flow.gap(4.0);
    flow.entry(terms.confidence, confidence);
    if by_series {
        flow.entry(terms.emissions_per, words.grams_follow);
    }
    let is_measured = modelled.windows.is_some();
    flow.entry(terms.bounds_from, if is_measured { terms.measured_range } else { terms.modelled_range });
    if let Some((size, status)) = modelled.size() {
        flow.entry(terms.model_size, &format!("{}, {}", parameters(view, &size), terms.size(status)));
    }
    let grid = &modelled.grid;
    let year = grid.year.map_or_else(String::new, |year| format!(", {year}"));
    let per_kwh = language.number(Decimal::try_from(grid.g_per_kwh).unwrap_or_default().normalize());
    let mean = if by_series { format!(" {}", words.mean) } else { String::new() };
    let pue = language.number(figure::three_significant(Decimal::try_from(modelled.pue).unwrap_or_default()));
    flow.entry(
        terms.electricity,
        &format!(
            "{per_kwh}\u{a0}g/kWh{mean}, {}{year} ({}){}PUE\u{a0}{pue} ({})",
            grid.zone,
            publisher(view, &grid.source),
            language.semicolon(),
            publisher(view, &modelled.site_source)
        ),
    );
    let onsite_water = modelled.onsite_water_source.as_ref().unwrap_or(&modelled.site_source);
    let sources = [onsite_water, &modelled.water_source].map(|source| publisher(view, source));
    flow.entry(terms.water_from, &sources.join(language.semicolon()));
    draw_record(flow, view, factor);
    match &modelled.windows {
        Some(windows) => draw_windows(flow, view, &factor.source, windows),
        None => draw_source(flow, view, terms.source, &factor.source),
    }
    if let Some(second) = &modelled.second_source {
        draw_source(flow, view, terms.second_source, second);
    }
}

/// What a modelled factor gives for each kind of token, and how many of them there are.
fn rates(view: &View<'_>, factor: &UsedFactor, usage: &Usage) -> Table {
    let terms = view.terms;
    let rows = factor.rates_of(RateQuantity::Energy).map(|energy| {
        // A modelled rate has fifteen digits; statement.json has them all.
        let cell = |quantity| {
            let stated = factor.rates_of(quantity).find(|rate| rate.per == energy.per);
            stated.map_or_else(
                || "–".to_owned(),
                |rate| view.language.number(figure::three_significant(rate.central).normalize()),
            )
        };
        vec![
            denominator(view, energy.per),
            cell(RateQuantity::Co2),
            cell(RateQuantity::Energy),
            cell(RateQuantity::Water),
            view.count(energy.per.count(usage)),
        ]
    });
    let unit = |words: &str, unit: &str| format!("{words} ({unit})");
    Table {
        head: vec![
            terms.per.to_owned(),
            unit(terms.emissions_per, "g CO₂e"),
            unit(terms.energy_per, "Wh"),
            unit(terms.water, "mL"),
            terms.tokens.to_owned(),
        ],
        rows: rows.collect(),
        total: None,
        words: TextColumns::First,
    }
}

/// `1,000 output tokens`
fn denominator(view: &View<'_>, per: Denominator) -> String {
    let count = if per.unit() == 1 { String::new() } else { format!("{} ", view.count(per.unit())) };
    format!("{count}{}", view.terms.per(per))
}

/// `0.3 g per 1,000 output tokens`
fn rate(view: &View<'_>, per: Denominator, value: Decimal, unit: &str) -> String {
    let amount = view.language.number(value.normalize());
    format!("{amount}\u{a0}{unit} {} {}", view.terms.per, denominator(view, per))
}

/// What a factor covers, and how it takes electricity.
fn draw_record(flow: &mut Flow, view: &View<'_>, factor: &UsedFactor) {
    let terms = view.terms;
    let stages = Stage::ALL.iter().filter(|stage| factor.covers(**stage)).map(|stage| terms.stage(*stage));
    let stages = stages.collect::<Vec<_>>().join(", ");
    flow.entry(terms.covers, if stages.is_empty() { terms.covers_not_stated } else { &stages });
    flow.entry(terms.basis, terms.basis_word(factor.basis));
}

fn draw_source(flow: &mut Flow, view: &View<'_>, label: &str, source: &UsedSource) {
    // What somebody else has published keeps its title; our own words about it are those of the language.
    let title = if source.own.is_some() { source.title.clone() } else { view.translated(&source.title) };
    // Nobody says which language the supplier's own sources are in.
    match view.language_of_title(&source.title).filter(|_| source.own.is_none()) {
        Some(language) => flow.quoted(label, &title, language.as_str()),
        None => flow.entry(label, &title),
    }
    draw_publisher(flow, view, source);
    if let Some(url) = &source.url {
        flow.link(view.terms.link, url, &title);
    }
}

/// The windows that a measured factor is fitted to. Meters are not named: a name may be an address inside a network.
fn draw_windows(flow: &mut Flow, view: &View<'_>, source: &UsedSource, windows: &MeteredWindows) {
    let day = |day: Option<Date>| day.map_or_else(String::new, |day| view.language.date(day));
    let title = view
        .terms
        .own_meters
        .replace("{count}", &view.count(windows.count))
        .replace("{from}", &day(windows.from))
        .replace("{to}", &day(windows.to))
        .replace("{sha256}", &windows.sha256);
    flow.entry(view.terms.source, &title);
    draw_publisher(flow, view, source);
}

fn draw_publisher(flow: &mut Flow, view: &View<'_>, source: &UsedSource) {
    let terms = view.terms;
    let published = source.published.as_deref().map_or_else(String::new, |published| {
        let day = published.parse::<Date>().map(|day| view.language.date(day));
        format!(", {}", day.unwrap_or_else(|_| published.to_owned()))
    });
    let terms_of_use = match source.own {
        Some(OwnSource::Stated) => terms.stated_by_supplier.to_owned(),
        Some(_) => terms.measured_is.to_owned(),
        None => view.translated(&source.licence),
    };
    flow.entry(terms.publisher, &format!("{}{published} · {terms_of_use}", publisher(view, source)));
}

/// Several are set apart by semicolons.
fn publisher(view: &View<'_>, source: &UsedSource) -> String {
    let name = source.publisher.as_str();
    if source.own.is_some() {
        return name.to_owned();
    }
    view.translated(name).replace("; ", view.language.semicolon())
}

/// `7 of 70 billion parameters active`
pub(super) fn parameters(view: &View<'_>, size: &Size) -> String {
    let terms = view.terms;
    let number = |bound: f64| view.language.number(Decimal::try_from(bound).unwrap_or_default().normalize());
    let between = |[low, high]: [f64; 2]| {
        if low < high { format!("{}–{}", number(low), number(high)) } else { number(high) }
    };
    if size.differs_by_way() { terms.parameters_by_way } else { terms.parameters }
        .replace("{active}", &between(size.active_b))
        .replace("{input}", &between(size.active_in_b))
        .replace("{total}", &between(size.total_b))
}
