//! The answer at a glance: who, when, how much.

use super::{
    flow::{BODY, Flow, INK, MARGIN, MEASURE, MUTED, PANEL, SMALL, SMALL_STRONG, STRONG, leading},
    lines::{shorten, wrap},
    mix, trend,
    view::View,
};
use crate::{
    brand::Logo,
    figure::{self, MassUnit},
    heading::Heading,
    pdf::{font::Face, page::Font, structure::Tag},
    valued,
};

const TITLE: Font = Font { face: Face::Bold, size: 22 };
const SUBTITLE: Font = Font { face: Face::Regular, size: 14 };
/// Of key figures, the largest that fits; the first is for the emissions alone.
const FIGURES: [Font; 4] =
    [Font { face: Face::Bold, size: 19 }, Font { face: Face::Bold, size: 15 }, STRONG, SMALL_STRONG];

pub(super) fn draw(flow: &mut Flow, view: &View<'_>, logo: Option<&Logo>) {
    draw_title(flow, view, logo);
    view.heading(flow, 1, 200.0);
    draw_cards(flow, view);
    match (&view.statement.trend.change, view.statement.trend.earlier.is_empty()) {
        (Some(change), _) => flow.paragraph(&view.month_change(change), BODY, INK),
        (None, true) => flow.paragraph(view.prose.trend_none, BODY, INK),
        (None, false) => {}
    }
    mix::draw(flow, view);
    trend::draw_chart(flow, view);
    draw_parties(flow, view, view.terms.status(view.statement.heading.status));
    flow.gap(5.0);
    flow.paragraph(view.terms.what_this_is, BODY, MUTED);
}

/// Whose report it is, and of when.
pub(super) fn draw_title(flow: &mut Flow, view: &View<'_>, logo: Option<&Logo>) {
    let accent = flow.accent;
    flow.fill(MARGIN, flow.y, 36.0, 3.0, accent);
    draw_logo(flow, view, logo);
    flow.gap(16.0);
    // What the document is, of whom and when: its title.
    flow.tagged(Tag::H1, |flow| {
        flow.text(MARGIN, flow.y + 8.0, SMALL_STRONG, accent, view.terms.kind);
        // The logo keeps the title off its corner.
        flow.gap(if logo.is_some() { 34.0 } else { 20.0 });
        for line in title(&view.client) {
            flow.text(MARGIN, flow.y + f64::from(TITLE.size), TITLE, INK, &line);
            flow.gap(f64::from(TITLE.size) * 1.2);
        }
        flow.gap(4.0);
        let period = view.period();
        flow.text(MARGIN, flow.y + f64::from(SUBTITLE.size), SUBTITLE, MUTED, &period);
    });
    flow.gap(26.0);
}

/// The supplier's logo in the upper right corner.
fn draw_logo(flow: &mut Flow, view: &View<'_>, logo: Option<&Logo>) {
    const WIDTH_MAX: f64 = 120.0;
    const HEIGHT_MAX: f64 = 40.0;
    let Some(logo) = logo else { return };
    let (width, height) = (f64::from(logo.image.width.max(1)), f64::from(logo.image.height.max(1)));
    let scale = (WIDTH_MAX / width).min(HEIGHT_MAX / height);
    let place = [MARGIN + MEASURE - width * scale, flow.y, width * scale, height * scale];
    let alt = view.prose.logo_alt.replace("{supplier}", &view.statement.heading.supplier.name);
    flow.tagged(Tag::Figure { alt }, |flow| flow.image(place, logo.image.clone()));
}

/// The client's name on at most three lines.
fn title(name: &str) -> Vec<String> {
    const LINES_MAX: usize = 3;
    let mut lines = wrap(name, TITLE, MEASURE);
    if lines.len() > LINES_MAX {
        let rest = lines.split_off(LINES_MAX - 1).concat();
        lines.push(shorten(&rest, TITLE, MEASURE));
    }
    lines
}

/// One key figure.
struct Card<'a> {
    label: &'a str,
    figure: String,
    notes: Vec<String>,
}

/// The figures that matter most.
pub(super) fn draw_cards(flow: &mut Flow, view: &View<'_>) {
    const GAP: f64 = 8.0;
    const PAD: f64 = 10.0;
    const NOTES_TOP: f64 = 46.0;
    let cards = cards(view);
    // Emissions are what the page is about.
    let shares = [0.31, 0.235, 0.165, 0.29];
    let width = MEASURE - 3.0 * GAP;
    let notes = |card: &Card<'_>, share: f64| -> Vec<Vec<String>> {
        card.notes.iter().map(|note| wrap(note, SMALL, width * share - 2.0 * PAD)).collect()
    };
    let lines = cards.iter().zip(shares).map(|(card, share)| notes(card, share).concat().len());
    let lines = lines.max().unwrap_or(0);
    let height = NOTES_TOP + leading(SMALL) * f64::from(u32::try_from(lines).unwrap_or(u32::MAX)) + PAD;
    let mut x = MARGIN;
    for (place, share) in shares.into_iter().enumerate() {
        flow.fill(x, flow.y, width * share, height, PANEL);
        if place == 0 {
            flow.fill(x, flow.y, 3.0, height, flow.accent);
        }
        x += width * share + GAP;
    }
    x = MARGIN;
    // Who listens hears a row for each: its name, then its figure and what is to be known of it.
    let mut draw_card = |flow: &mut Flow, place: usize, card: &Card<'_>, share: f64| {
        let room = width * share - 2.0 * PAD;
        flow.tagged(Tag::RowHeader, |flow| flow.text(x + PAD, flow.y + 18.0, SMALL, MUTED, card.label));
        flow.tagged(Tag::Cell, |flow| {
            let fonts = if place == 0 { &FIGURES[..] } else { &FIGURES[1..] };
            let figure = fonts.iter().find(|font| font.width(&card.figure) <= room);
            let figure_font = *figure.unwrap_or(&SMALL_STRONG);
            flow.text(x + PAD, flow.y + 39.0, figure_font, INK, &shorten(&card.figure, figure_font, room));
            let mut baseline = flow.y + NOTES_TOP + f64::from(SMALL.size);
            for note in notes(card, share) {
                flow.lines(x + PAD, baseline, SMALL, MUTED, &note);
                baseline += leading(SMALL) * f64::from(u32::try_from(note.len()).unwrap_or(u32::MAX));
            }
        });
        x += width * share + GAP;
    };
    flow.tagged(Tag::Entries, |flow| {
        flow.tagged(Tag::TableBody, |flow| {
            for (place, (card, share)) in cards.iter().zip(shares).enumerate() {
                flow.tagged(Tag::Row, |flow| draw_card(flow, place, card, share));
            }
        });
    });
    flow.gap(height + 10.0);
}

fn cards<'a>(view: &'a View<'_>) -> [Card<'a>; 4] {
    let (terms, language) = (view.terms, view.language);
    let total = &view.statement.total;
    let emissions = match total.co2 {
        Some(co2) => {
            // One unit for the bounds, or a reader compares grams with kilograms.
            let unit = MassUnit::for_grams(co2.central());
            let shown = |grams| language.number(figure::three_significant(unit.of(grams)));
            let high = format!("{}\u{a0}{}", shown(co2.high()), unit.symbol());
            let range = terms.range.replace("{low}", &shown(co2.low())).replace("{high}", &high);
            // Inventories are in tonnes, which are small numbers here.
            let mass = format!("{} CO₂e", view.mass(co2.central()));
            let mass = (unit != MassUnit::Tonne).then_some(mass);
            Card {
                label: terms.emissions,
                figure: view.tonnes(co2.central()),
                notes: mass.into_iter().chain([range]).collect(),
            }
        }
        None => Card { label: terms.emissions, figure: terms.not_quantified.to_owned(), notes: vec![] },
    };
    let covered = view.statement.coverage.ratio();
    let covered = covered.map(|ratio| terms.covered.replace("{share}", &view.percent(ratio)));
    let tokens = terms
        .input_output
        .replace("{input}", &view.count(total.usage.input_tokens))
        .replace("{output}", &view.count(total.usage.output_tokens));
    [
        emissions,
        energy_card(view),
        Card { label: terms.requests, figure: view.count(total.usage.requests), notes: vec![] },
        Card {
            label: terms.tokens,
            figure: view.count(total.usage.total_tokens()),
            notes: std::iter::once(tokens).chain(covered).collect(),
        },
    ]
}

/// Energy of the lines whose method gives it; published factors give none.
fn energy_card<'a>(view: &'a View<'_>) -> Card<'a> {
    let (terms, statement) = (view.terms, view.statement);
    let Some(energy) = statement.total.energy else {
        return Card {
            label: terms.energy,
            figure: terms.not_available.to_owned(),
            notes: vec![terms.energy_why.to_owned()],
        };
    };
    let [low, high] = figure::energy_bounds(energy, view.language);
    let modelled = statement.by_method.iter().filter(|line| line.valued.energy.is_some());
    let modelled = modelled.map(|line| line.valued.usage.total_tokens()).sum();
    let known = valued::share(modelled, statement.coverage.total_tokens);
    let known = known.map(|ratio| terms.known_for.replace("{share}", &view.percent(ratio)));
    let range = terms.range.replace("{low}", &low).replace("{high}", &high);
    let water = statement.total.water.map(|water| {
        let [low, central, high] =
            [water.low(), water.central(), water.high()].map(|volume| figure::water(volume, view.language));
        let range = terms.range.replace("{low}", &low).replace("{high}", &high);
        format!("{} {central}, {range}", terms.water)
    });
    Card {
        label: terms.energy,
        figure: figure::energy(energy.central(), view.language),
        notes: [Some(range), known, water].into_iter().flatten().collect(),
    }
}

/// Client, supplier and period, and what to say of it.
pub(super) fn draw_parties(flow: &mut Flow, view: &View<'_>, status: &str) {
    let (terms, heading) = (view.terms, &view.statement.heading);
    let client = if heading.client.name == heading.client.tenant_id {
        view.client.clone()
    } else {
        format!("{} ({})", view.client, heading.client.tenant_id)
    };
    flow.entry(terms.client, &client);
    let supplier = [Some(view.supplier.clone()), heading.supplier.domain.clone()];
    flow.entry(terms.supplier, &supplier.into_iter().flatten().collect::<Vec<_>>().join(", "));
    if let Some(contact) = &heading.supplier.contact {
        let words = format!("{}{}{}", terms.contact, view.language.colon(), view.supplier);
        flow.link(terms.contact, &contact.url(), &contact.in_words(), &words);
    }
    flow.entry(terms.period, &period(view, heading));
    flow.entry(terms.issued, &view.language.date(heading.issued_on));
    flow.entry(terms.status, status);
    if let Some(url) = &heading.verify_at {
        flow.link(terms.verification, url, url, view.prose.verify_page);
    }
    if let Some(sentence) = view.sentence_to_paste(view.statement, &view.supplier) {
        flow.entry(view.prose.to_paste_label, &sentence);
    }
}

fn period(view: &View<'_>, heading: &Heading) -> String {
    let (from, to) = (heading.month.first_day(), heading.last_month().last_day());
    let date = |day| view.language.date(day);
    view.terms.from_to.replace("{from}", &date(from)).replace("{to}", &date(to))
}
