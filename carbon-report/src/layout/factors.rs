//! The factors that were applied, each with all that is needed to find it and to apply it again.

use super::{
    flow::{BODY, Flow, HAIRLINE, INK},
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
    draw_name(flow, &factor.factor_id, 132.0);
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
    draw_name(flow, &format!("{}, {region}", factor.factor_id), 280.0);
    let confidence = terms.confidence(Some(factor.confidence));
    let rates = |quantity, unit: &str| {
        // A modelled rate has fifteen digits; statement.json has them all.
        let rates = factor
            .rates_of(quantity)
            .map(|stated| rate(view, stated.per, figure::three_significant(stated.central), unit));
        rates.collect::<Vec<_>>().join(language.semicolon())
    };
    let grams = if by_series { words.grams_follow.to_owned() } else { rates(RateQuantity::Co2, "g") };
    flow.entry(terms.emissions_per, &format!("{grams} · {confidence}"));
    flow.entry(terms.energy_per, &rates(RateQuantity::Energy, "Wh"));
    flow.entry(terms.water, &rates(RateQuantity::Water, "mL"));
    let counts = factor
        .rates_of(RateQuantity::Energy)
        .map(|stated| format!("{} {}", view.count(stated.per.count(usage)), terms.per(stated.per)));
    flow.entry(terms.tokens, &counts.collect::<Vec<_>>().join(language.semicolon()));
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

/// `0.3 g / 1,000 output tokens`
fn rate(view: &View<'_>, per: Denominator, value: Decimal, unit: &str) -> String {
    let count = if per.unit() == 1 { String::new() } else { format!("{} ", view.count(per.unit())) };
    format!("{}\u{a0}{unit} / {count}{}", view.language.number(value.normalize()), view.terms.per(per))
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
