//! The month in parts: by model, method, confidence, region, tag and day.

use super::{
    days,
    flow::{BODY, Flow, INK, STRONG},
    grids, market,
    mass_column::MassColumn,
    models, own_names,
    run_in::RunIn,
    table::{Table, TextColumns},
    trend,
    view::View,
};
use crate::{figure::whole, statement::DataClass, valued::Valued};
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
    }
    flow.begin_annexes();
    own_names::draw(flow, view);
    draw_parts(flow, view);
    market::draw(flow, view);
    if statement.total.usage.requests > 0 {
        days::draw(flow, view);
    }
    grids::draw(flow, view);
    trend::draw(flow, view);
}

/// The same activity in parts of several kinds, in one table: by method, confidence, data class, context, region and tag.
pub(super) fn draw_parts(flow: &mut Flow, view: &View<'_>) {
    let kinds = [methods(view), levels(view), classes(view), contexts(view), regions(view), tags(view)];
    let kinds: Vec<Kind<'_>> = kinds.into_iter().filter(|kind| !kind.rows.is_empty()).collect();
    if kinds.is_empty() {
        return;
    }
    let table = table(view, &kinds);
    flow.subheading(view.prose.by_parts, table.keep_height(flow));
    table.draw(flow);
    flow.gap(4.0);
    let mut notes = RunIn::of_notes();
    for Kind { label, note, .. } in kinds {
        notes.entry(label, note);
    }
    notes.draw(flow);
}

/// Parts of one kind, and what is to be known of them.
struct Kind<'a> {
    label: &'a str,
    rows: Vec<(String, &'a Valued)>,
    note: String,
}

/// A row for each part, with its tokens and its range; the last one is of the whole.
fn table(view: &View<'_>, kinds: &[Kind<'_>]) -> Table {
    let (terms, total) = (view.terms, &view.statement.total);
    let masses = MassColumn::for_total(total.co2.unwrap_or_default().central());
    let tokens = total.usage.total_tokens();
    let row = |label: String, valued: &Valued, share: String| {
        vec![
            label,
            view.count(valued.usage.total_tokens()),
            share,
            masses.bound(view, valued.co2, Range::low),
            masses.bound(view, valued.co2, Range::central),
            masses.bound(view, valued.co2, Range::high),
        ]
    };
    let colon = view.language.colon();
    let parts =
        kinds.iter().flat_map(|kind| kind.rows.iter().map(|(part, valued)| (kind.label, part, valued)));
    let rows = parts.map(|(label, part, valued)| {
        let share = whole(valued.usage.total_tokens()).checked_div(whole(tokens));
        let share = share.map_or_else(String::new, |share| view.percent(share));
        row(format!("{label}{colon}{part}"), valued, share)
    });
    let [low, central, high] = masses.heads(view);
    Table {
        rows: rows.collect(),
        head: vec![
            view.prose.sections[2].to_owned(),
            terms.tokens.to_owned(),
            terms.share_of_tokens.to_owned(),
            low,
            central,
            high,
        ],
        total: Some(row(terms.total.to_owned(), total, String::new())),
        words: TextColumns::First,
    }
}

fn methods<'a>(view: &'a View<'_>) -> Kind<'a> {
    let (terms, statement) = (view.terms, view.statement);
    let rows = statement.by_method.iter().map(|line| {
        let what = match line.method {
            Method::BottomUp => terms.bottom_up_is,
            Method::Measured => terms.measured_is,
            _ => terms.coefficient_is,
        };
        (what.to_owned(), &line.valued)
    });
    let mut note = terms.methods_note.to_owned();
    if statement.bases.len() > 1 {
        let bases: Vec<&str> = statement.bases.iter().map(|&basis: &Basis| terms.basis_word(basis)).collect();
        note.push_str(&format!(" {}", terms.unlike_bases.replace("{bases}", &bases.join(", "))));
    }
    Kind { label: terms.method, rows: rows.collect(), note }
}

fn levels<'a>(view: &'a View<'_>) -> Kind<'a> {
    let (terms, lines) = (view.terms, &view.statement.by_confidence);
    let rows = lines.iter().map(|line| (terms.confidence(line.confidence).to_owned(), &line.valued));
    Kind { label: terms.confidence, rows: rows.collect(), note: terms.confidence_note.to_owned() }
}

fn classes<'a>(view: &'a View<'_>) -> Kind<'a> {
    let (prose, lines) = (view.prose, &view.statement.data_quality.by_class);
    let rows = lines.iter().map(|line| (prose.class(line.data_class).to_owned(), &line.valued));
    let has_proxy = lines.iter().any(|line| line.data_class == DataClass::Proxy);
    let notes = has_proxy.then_some(prose.class_note).into_iter().chain([prose.ghg_protocol_note]);
    Kind { label: prose.data_class, rows: rows.collect(), note: notes.collect::<Vec<_>>().join(" ") }
}

fn contexts<'a>(view: &'a View<'_>) -> Kind<'a> {
    let (prose, lines) = (view.prose, &view.statement.by_context);
    let rows = lines.iter().map(|line| (prose.context_basis(line.basis).to_owned(), &line.valued));
    let unknown: u64 = lines.iter().map(|line| line.valued.usage.context_unknown_tokens).sum();
    let unknown = (unknown > 0).then(|| prose.context_unknown.replace("{tokens}", &view.count(unknown)));
    let note = [Some(prose.context_note.to_owned()), unknown].into_iter().flatten().collect::<Vec<_>>();
    Kind { label: prose.context, rows: rows.collect(), note: note.join(" ") }
}

fn regions<'a>(view: &'a View<'_>) -> Kind<'a> {
    let (prose, lines) = (view.prose, &view.statement.by_region);
    let rows = lines.iter().map(|line| {
        let region = line.region.as_deref().unwrap_or(prose.no_region);
        (region.to_owned(), &line.valued)
    });
    Kind { label: prose.region, rows: rows.collect(), note: String::new() }
}

/// More rows are for the lines file.
const TAGS_MAX: usize = 24;

fn tags<'a>(view: &'a View<'_>) -> Kind<'a> {
    let (prose, lines) = (view.prose, &view.statement.by_tag);
    let mut largest: Vec<_> = lines.iter().collect();
    largest.sort_by_key(|line| std::cmp::Reverse(line.valued.co2.map(Range::central)));
    largest.truncate(TAGS_MAX);
    let rows = largest.iter().map(|line| (format!("{} = {}", line.name, line.value), &line.valued));
    let shown = prose
        .tags_shown
        .replace("{count}", &TAGS_MAX.to_string())
        .replace("{total}", &view.language.number(Decimal::from(lines.len())));
    let note = if lines.len() > TAGS_MAX {
        format!("{} {shown}", prose.tags_note)
    } else {
        prose.tags_note.to_owned()
    };
    Kind { label: prose.tag, rows: rows.collect(), note }
}
