//! The sections that a period of several months has in a way of its own.

use super::{
    audit, breakdown,
    chart::Columns,
    cover,
    flow::{BODY, Flow, INK, MUTED, SMALL, STRONG},
    grid::Grid,
    mass_column::MassColumn,
    models, own_names,
    table::{Table, TextColumns},
    view::View,
};
use crate::{
    brand::Logo,
    heading::Status,
    month::Month,
    statement::{PeriodMarket, PeriodStatement, RestatedMonth, StatedMonth, UsedFactor},
    words::{MarketWords, PeriodWords},
};
use carbon_core::{Grams, Range};
use jiff::tz::TimeZone;

/// The answer at a glance, and first of all what is not in it.
pub(super) fn draw_cover(flow: &mut Flow, view: &View<'_>, period: &PeriodStatement, logo: Option<&Logo>) {
    let words = PeriodWords::of(view.language);
    cover::draw_title(flow, view, logo);
    view.heading(flow, 1, 200.0);
    cover::draw_cards(flow, view);
    if !period.missing.is_empty() {
        flow.paragraph(words.missing, STRONG, INK);
        let missing = period.missing.iter();
        let missing: Vec<String> = missing
            .map(|missing| {
                let month = view.language.month(missing.month);
                format!("{month}{}{}", view.language.colon(), words.reason(missing.reason))
            })
            .collect();
        flow.list(missing.iter().map(String::as_str));
        flow.paragraph(words.missing_note, BODY, INK);
    }
    let restated: Vec<Month> = period.restated().map(|month| month.month).collect();
    if !restated.is_empty() {
        flow.paragraph(&words.restated.replace("{months}", &listed(view, &restated)), BODY, INK);
    }
    flow.gap(6.0);
    let status = match period.heading.status {
        Status::Final => words.is_final.to_owned(),
        Status::Provisional => {
            let all = period.missing.len() + period.months.len();
            let missing = words.provisional.replace("{missing}", &period.missing.len().to_string());
            missing.replace("{all}", &all.to_string())
        }
    };
    cover::draw_parties(flow, view, &status);
    flow.gap(10.0);
    flow.paragraph(view.terms.what_this_is, BODY, MUTED);
}

fn listed(view: &View<'_>, months: &[Month]) -> String {
    months.iter().map(|month| view.language.month(*month)).collect::<Vec<_>>().join(", ")
}

pub(super) fn draw_breakdown(flow: &mut Flow, view: &View<'_>, period: &PeriodStatement) {
    let words = PeriodWords::of(view.language);
    view.heading(flow, 3, 220.0);
    draw_months_table(flow, view, period);
    if let Some(market) = &period.market {
        draw_market(flow, view, market);
    }
    if period.total.usage.requests == 0 {
        flow.paragraph(words.no_activity, BODY, INK);
    } else if period.by_model.is_empty() {
        flow.paragraph(view.terms.nothing_valued, STRONG, INK);
    } else {
        models::draw(flow, view);
    }
    flow.begin_annexes();
    own_names::draw(flow, view);
    breakdown::draw_parts(flow, view);
}

/// Labels of at most so many bars stand next to each other.
const LABELS_MAX: usize = 13;

fn draw_months_table(flow: &mut Flow, view: &View<'_>, period: &PeriodStatement) {
    let (terms, words, prose) = (view.terms, PeriodWords::of(view.language), view.prose);
    let total = period.total.co2.unwrap_or_default();
    let masses = MassColumn::for_total(total.central());
    let rows = period.months.iter().map(|month| {
        let co2 = month.valued.co2;
        let restated = if month.restated.is_some() { "*" } else { "" };
        vec![
            format!("{}{restated}", view.language.month(month.month)),
            month.factor_set.clone(),
            view.count(month.valued.usage.total_tokens()),
            masses.bound(view, co2, Range::low),
            masses.bound(view, co2, Range::central),
            masses.bound(view, co2, Range::high),
        ]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let [low, central, high] = masses.heads(view);
    let table = Table {
        head: vec![
            prose.month.to_owned(),
            terms.factor_set.to_owned(),
            terms.tokens.to_owned(),
            low,
            central,
            high,
        ],
        rows,
        total: Some(vec![
            terms.total.to_owned(),
            String::new(),
            view.count(period.total.usage.total_tokens()),
            masses.bound(view, period.total.co2, Range::low),
            masses.bound(view, period.total.co2, Range::central),
            masses.bound(view, period.total.co2, Range::high),
        ]),
        words: TextColumns::FirstAndSecond,
    };
    let chart = chart(view, period, &masses);
    flow.subheading(words.by_month, Columns::HEIGHT + table.keep_height(flow));
    chart.draw(flow);
    table.draw(flow);
    let restated: Vec<Month> = period.restated().map(|month| month.month).collect();
    if !restated.is_empty() {
        flow.note(&format!("* {}", words.restated.replace("{months}", &listed(view, &restated))));
    }
    if !period.missing.is_empty() {
        let missing: Vec<Month> = period.missing.iter().map(|missing| missing.month).collect();
        let colon = view.language.colon();
        flow.note(&format!("{}{colon}{}. {}", words.missing, listed(view, &missing), words.missing_note));
    }
}

/// A bar for each month of the period: a missing one has its place and no bar.
fn chart(view: &View<'_>, period: &PeriodStatement, masses: &MassColumn) -> Columns {
    let (prose, months) = (view.prose, period.period().months().collect::<Vec<Month>>());
    let of_month = |month: &Month| {
        let stated = period.months.iter().find(|stated| stated.month == *month);
        stated.and_then(|stated| stated.valued.co2).map(Range::central).unwrap_or_default()
    };
    let every = if months.len() > LABELS_MAX { 2 } else { 1 };
    let label = |(place, month): (usize, &Month)| {
        if place % every == 0 { month.first_day().strftime("%m/%y").to_string() } else { String::new() }
    };
    let name = |month: Option<&Month>| month.map_or_else(String::new, |month| view.language.month(*month));
    Columns {
        caption: prose.trend_caption.replace("{unit}", masses.unit.symbol()),
        alt: prose.trend_alt.replace("{from}", &name(months.first())).replace("{to}", &name(months.last())),
        labels: months.iter().enumerate().map(label).collect(),
        values: months.iter().map(|month| masses.unit.of(of_month(month))).collect(),
        marks: Vec::new(),
        marks_unit: "",
        language: view.language,
    }
}

/// Both bases of the months that have both.
fn draw_market(flow: &mut Flow, view: &View<'_>, market: &PeriodMarket) {
    let words = MarketWords::of(view.language);
    let location = market.location.unwrap_or_default().central();
    let masses = MassColumn::for_total(location.max(market.co2.central()));
    let bases = [(words.location, market.location), (words.market, Some(market.co2))];
    let rows = bases.map(|(basis, co2)| {
        let figures = [Range::low, Range::central, Range::high].map(|bound| masses.bound(view, co2, bound));
        std::iter::once(basis.to_owned()).chain(figures).collect()
    });
    let [low, central, high] = masses.heads(view);
    let table = Table {
        head: vec![words.basis.to_owned(), low, central, high],
        rows: rows.to_vec(),
        total: None,
        words: TextColumns::First,
    };
    flow.subheading(words.heading, flow.paragraph_height(words.intro, BODY) + table.keep_height(flow));
    flow.paragraph(words.intro, BODY, INK);
    table.draw(flow);
    if !market.without.is_empty() {
        let without = PeriodWords::of(view.language).without_market;
        flow.note(&without.replace("{months}", &listed(view, &market.without)));
    }
}

pub(super) fn draw_method(flow: &mut Flow, view: &View<'_>) {
    let paragraphs = PeriodWords::of(view.language).method;
    let following = paragraphs.iter().map(|text| flow.paragraph_height(text, BODY)).sum();
    view.heading(flow, 5, following);
    for paragraph in paragraphs {
        flow.paragraph(paragraph, BODY, INK);
    }
}

/// The factors by name; what they are, the months say.
pub(super) fn draw_factors(flow: &mut Flow, view: &View<'_>, period: &PeriodStatement) {
    let words = PeriodWords::of(view.language);
    let mut rows: Vec<[String; 3]> = Vec::new();
    for factor in &period.factors {
        let row = factor_row(view, factor);
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    let grid = Grid {
        head: [words.factor, view.terms.confidence, view.terms.source],
        shares: [0.38, 0.18, 0.44],
        figures: &[],
        rows,
    };
    let following = flow.paragraph_height(words.factors_note, BODY) + grid.keep_height(flow);
    view.heading(flow, 6, following);
    flow.paragraph(words.factors_note, BODY, INK);
    if !period.factors.is_empty() {
        grid.draw(flow);
    }
    flow.gap(4.0);
    for set in &period.factor_sets {
        if let Some(sha256) = &set.factor_set_sha256 {
            let digest = format!("{}{}{sha256}", set.factor_set, view.language.colon());
            flow.identifier(view.prose.factor_set_digest, &digest);
        }
    }
}

fn factor_row(view: &View<'_>, factor: &UsedFactor) -> [String; 3] {
    let region = factor.region.clone();
    let name: Vec<String> = std::iter::once(factor.factor_id.clone()).chain(region).collect();
    let sources = factor.sources().map(|source| format!("{}: {}", source.publisher, source.title));
    let mut sources: Vec<String> = sources.collect();
    sources.dedup();
    [
        name.join(", "),
        view.terms.confidence(Some(factor.confidence)).to_owned(),
        sources.join(view.language.semicolon()),
    ]
}

/// What an auditor needs to go from the period to its months.
pub(super) fn draw_months(flow: &mut Flow, view: &View<'_>, period: &PeriodStatement) {
    let words = PeriodWords::of(view.language);
    let following = flow.paragraph_height(words.months_note, BODY) + 120.0;
    view.heading(flow, 7, following);
    flow.paragraph(words.months_note, BODY, INK);
    audit::draw_identifiers(flow, view, words.factor_sets);
    flow.identifier(view.prose.generator, period.generator);
    for month in &period.months {
        draw_month(flow, view, words, month);
    }
    flow.gap(8.0);
    flow.identifier(view.prose.attachments, words.attachments);
    flow.gap(4.0);
    flow.paragraph(words.verify, BODY, INK);
}

fn draw_month(flow: &mut Flow, view: &View<'_>, words: &PeriodWords, month: &StatedMonth) {
    let (terms, prose) = (view.terms, view.prose);
    flow.subheading(&view.language.month(month.month), 110.0);
    let report = format!("{}, {} {}", month.report_id, terms.revision, month.revision);
    flow.identifier(terms.report, &report);
    flow.identifier(terms.issued, &view.language.date(month.issued_on));
    flow.identifier(words.statement_digest, &month.statement_sha256);
    flow.identifier(prose.activity_digest, &month.activity_sha256);
    if let Some(audit) = &month.audit {
        if let Some(events) = &audit.events {
            let count = prose.events_count.replace("{count}", &view.count(events.count));
            flow.identifier(prose.events, &count.replace("{reversals}", &view.count(events.reversals)));
            flow.identifier(prose.merkle_root, &events.merkle_root);
        }
        // As `check --seal` takes it.
        if let Some(seal) = &audit.closing_seal {
            flow.identifier(prose.closing_seal, &format!("{}:{}", seal.number, seal.sha256));
        }
    }
    if let Some(restated) = &month.restated {
        draw_restated(flow, view, words, restated);
    }
}

fn draw_restated(flow: &mut Flow, view: &View<'_>, words: &PeriodWords, restated: &RestatedMonth) {
    let (terms, prose) = (view.terms, view.prose);
    let day = restated.restated_at.to_zoned_datetime(TimeZone::UTC).date();
    flow.identifier(prose.restated_on, &view.language.date(day));
    flow.identifier(prose.reason, &restated.reason);
    flow.identifier(prose.old_set, &restated.old_factor_set);
    let stated = |co2: Option<Range<Grams>>| {
        co2.map_or_else(
            || terms.not_quantified.to_owned(),
            |co2| format!("{} CO₂e", view.mass(co2.central())),
        )
    };
    let change = &restated.change;
    let text = words
        .change
        .replace("{old}", &stated(change.old.co2))
        .replace("{new}", &stated(change.new.co2))
        .replace("{difference}", &view.signed_mass(change.difference))
        .replace("{usage}", &view.signed_mass(change.of_usage))
        .replace("{factors}", &view.signed_mass(change.of_factors));
    flow.paragraph(&text, SMALL, MUTED);
}
