//! The factors that were applied, each with all that is needed to find it and to apply it again.

use super::{
    flow::{BODY, Flow, HAIRLINE, INK, STRONG},
    run_in::RunIn,
    table::{Table, TextColumns},
    view::View,
};
use crate::{
    figure,
    statement::{MeteredWindows, ModelLine, ModelledFactor, RateQuantity, UsedFactor, UsedRate, UsedSource},
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
    view.heading(flow, 6, 110.0);
    flow.paragraph(view.terms.factors_note, BODY, INK);
    // Each line has its factor, in the same order.
    let factors = view.statement.factors.iter().zip(&view.statement.by_model);
    let mut records: Vec<Record> = factors.map(|(factor, line)| record(view, factor, line)).collect();
    for (is_modelled, heading) in [(false, view.prose.common_published), (true, view.prose.common_modelled)] {
        let group = records.iter_mut().filter(|record| record.rates.is_some() == is_modelled);
        let mut group: Vec<&mut RunIn> = group.map(|record| &mut record.said).collect();
        draw_record(
            flow,
            &Record { name: heading.to_owned(), rates: None, said: RunIn::take_common(&mut group) },
        );
    }
    for record in &records {
        draw_record(flow, record);
    }
}

/// All of one factor.
struct Record {
    name: String,
    /// Those of a modelled or measured one.
    rates: Option<Table>,
    said: RunIn,
}

fn draw_record(flow: &mut Flow, Record { name, rates, said }: &Record) {
    const ABOVE: f64 = 4.0;
    if rates.is_none() && said.is_empty() {
        return;
    }
    let table = rates.as_ref().map_or(0.0, |rates| rates.keep_height(flow));
    flow.room(2.0 * ABOVE + flow.paragraph_height(name, STRONG) + table + said.height(flow).min(SAID_KEPT));
    flow.gap(ABOVE);
    flow.rule(flow.y, 0.5, HAIRLINE);
    flow.gap(ABOVE);
    flow.name(name);
    if let Some(rates) = rates {
        rates.draw(flow);
        flow.gap(2.0);
    }
    said.draw(flow);
}

/// More than that of what a factor says may go to the next page.
const SAID_KEPT: f64 = 90.0;

fn record(view: &View<'_>, factor: &UsedFactor, line: &ModelLine) -> Record {
    match &factor.modelled {
        None => published(view, factor),
        Some(modelled) => self::modelled(view, factor, modelled, &line.valued.usage, !line.grids.is_empty()),
    }
}

fn published(view: &View<'_>, factor: &UsedFactor) -> Record {
    let terms = view.terms;
    // The bound that counts other tokens is a rate of its own.
    let bound = |of: fn(&UsedRate) -> Option<Decimal>| {
        let stated = factor.rates.iter().find_map(|stated| Some(rate(view, stated.per, of(stated)?, "g")));
        stated.unwrap_or_default()
    };
    let (low, high) = (bound(|rate| rate.low), bound(|rate| rate.high));
    let central = factor.rates.first().map(|stated| rate(view, stated.per, stated.central, "g"));
    let mut said = RunIn::default();
    said.entry(terms.value, central.unwrap_or_default());
    said.entry(terms.bounds, terms.range.replace("{low}", &low).replace("{high}", &high));
    said.entry(terms.confidence, terms.confidence(Some(factor.confidence)));
    said.entry(terms.bounds_from, factor.range_basis.map_or("", |basis| terms.range_basis(basis)));
    add_record(&mut said, view, factor);
    add_source(&mut said, view, terms.source, &factor.source);
    Record { name: factor.factor_id.clone(), rates: None, said }
}

fn modelled(
    view: &View<'_>,
    factor: &UsedFactor,
    modelled: &ModelledFactor,
    usage: &Usage,
    by_series: bool,
) -> Record {
    let words = GridWords::of(view.language);
    let (terms, language) = (view.terms, view.language);
    let region = factor.region.as_deref().unwrap_or_default();
    let mut said = RunIn::default();
    said.entry(terms.confidence, terms.confidence(Some(factor.confidence)));
    if by_series {
        said.entry(terms.emissions_per, words.grams_follow);
    }
    let is_measured = modelled.windows.is_some();
    said.entry(terms.bounds_from, if is_measured { terms.measured_range } else { terms.modelled_range });
    if let Some((size, status)) = modelled.size() {
        said.entry(terms.model_size, format!("{}, {}", parameters(view, &size), terms.size(status)));
    }
    let grid = &modelled.grid;
    let year = grid.year.map_or_else(String::new, |year| format!(", {year}"));
    let per_kwh = language.number(Decimal::try_from(grid.g_per_kwh).unwrap_or_default().normalize());
    let mean = if by_series { format!(" {}", words.mean) } else { String::new() };
    let pue = language.number(figure::three_significant(Decimal::try_from(modelled.pue).unwrap_or_default()));
    let electricity = format!(
        "{per_kwh}\u{a0}g/kWh{mean}, {}{year} ({}){}PUE\u{a0}{pue} ({})",
        grid.zone,
        publisher(view, &grid.source),
        language.semicolon(),
        publisher(view, &modelled.site_source)
    );
    said.entry(terms.electricity, electricity);
    let onsite_water = modelled.onsite_water_source.as_ref().unwrap_or(&modelled.site_source);
    let sources = [onsite_water, &modelled.water_source].map(|source| publisher(view, source));
    said.entry(terms.water_from, sources.join(language.semicolon()));
    add_record(&mut said, view, factor);
    match &modelled.windows {
        Some(windows) => add_windows(&mut said, view, &factor.source, windows),
        None => add_source(&mut said, view, terms.source, &factor.source),
    }
    if let Some(second) = &modelled.second_source {
        add_source(&mut said, view, terms.second_source, second);
    }
    let name = format!("{}, {region}", factor.factor_id);
    Record { name, rates: Some(rates(view, factor, usage)), said }
}

/// What a modelled factor gives for each kind of token, and how many of them there are.
fn rates(view: &View<'_>, factor: &UsedFactor, usage: &Usage) -> Table {
    let terms = view.terms;
    // Of a kind of which there are none nothing was valued; statement.json has its rate too.
    let is_used = |rate: &&UsedRate| rate.per.count(usage) > 0;
    let any = factor.rates_of(RateQuantity::Energy).any(|rate| is_used(&rate));
    let used = factor.rates_of(RateQuantity::Energy).filter(|rate| !any || is_used(rate));
    let rows = used.map(|energy| {
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
            "g\u{a0}CO₂e".to_owned(),
            "Wh".to_owned(),
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
fn add_record(said: &mut RunIn, view: &View<'_>, factor: &UsedFactor) {
    let terms = view.terms;
    let stages = Stage::ALL.iter().filter(|stage| factor.covers(**stage)).map(|stage| terms.stage(*stage));
    let stages = stages.collect::<Vec<_>>().join(", ");
    said.entry(terms.covers, if stages.is_empty() { terms.covers_not_stated } else { &stages });
    said.entry(terms.basis, terms.basis_word(factor.basis));
}

fn add_source(said: &mut RunIn, view: &View<'_>, label: &str, source: &UsedSource) {
    // What somebody else has published keeps its title; our own words about it are those of the language.
    let title = if source.own.is_some() { source.title.clone() } else { view.translated(&source.title) };
    // Nobody says which language the supplier's own sources are in.
    match view.language_of_title(&source.title).filter(|_| source.own.is_none()) {
        Some(language) => said.quoted(label, &*title, language.as_str()),
        None => said.entry(label, &*title),
    }
    add_publisher(said, view, source);
    if let Some(url) = &source.url {
        said.link(view.terms.link, url, &title);
    }
}

/// The windows that a measured factor is fitted to. Meters are not named: a name may be an address inside a network.
fn add_windows(said: &mut RunIn, view: &View<'_>, source: &UsedSource, windows: &MeteredWindows) {
    let day = |day: Option<Date>| day.map_or_else(String::new, |day| view.language.date(day));
    let title = view
        .terms
        .own_meters
        .replace("{count}", &view.count(windows.count))
        .replace("{from}", &day(windows.from))
        .replace("{to}", &day(windows.to))
        .replace("{sha256}", &windows.sha256);
    said.entry(view.terms.source, title);
    add_publisher(said, view, source);
}

fn add_publisher(said: &mut RunIn, view: &View<'_>, source: &UsedSource) {
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
    said.entry(terms.publisher, format!("{}{published} · {terms_of_use}", publisher(view, source)));
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
