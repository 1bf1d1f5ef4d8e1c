//! How sure the figures are, as a picture: the share of each level of confidence in the emissions.

use super::{
    flow::{Flow, MARGIN, MEASURE, MUTED, SMALL},
    view::View,
};
use crate::pdf::{page::Colour, structure::Tag};
use carbon_core::Confidence;
use rust_decimal::{Decimal, prelude::ToPrimitive};

const CAPTION: f64 = 14.0;
const BAR: f64 = 9.0;
const HEIGHT: f64 = CAPTION + BAR + 20.0;

pub(super) fn draw(flow: &mut Flow, view: &View<'_>) {
    let lines = view.statement.by_confidence.iter();
    let known = lines.filter_map(|line| Some((line.confidence?, line.valued.co2?.central().as_decimal())));
    let known: Vec<(Confidence, Decimal)> = known.collect();
    let total: Decimal = known.iter().map(|(_, grams)| *grams).sum();
    let share = |grams: Decimal| grams.checked_div(total);
    let levels = known.iter().filter_map(|&(level, grams)| Some((level, share(grams)?)));
    let levels: Vec<(Confidence, Decimal)> = levels.collect();
    if levels.is_empty() {
        return;
    }
    let words = |&(level, share): &(Confidence, Decimal)| {
        format!("{} {}", view.terms.confidence(Some(level)), view.percent(share))
    };
    let said: Vec<String> = levels.iter().map(words).collect();
    let alt = format!("{}{}{}", view.terms.by_confidence, view.language.colon(), said.join(", "));
    flow.room(HEIGHT);
    flow.tagged(Tag::Figure { alt }, |flow| {
        flow.text(MARGIN, flow.y + f64::from(SMALL.size), SMALL, MUTED, view.terms.by_confidence);
        let (mut left, mut at) = (MARGIN, MARGIN);
        let (top, baseline) = (flow.y + CAPTION, flow.y + CAPTION + BAR + 11.0);
        for ((level, share), words) in levels.iter().zip(&said) {
            let width = MEASURE * share.to_f64().unwrap_or(0.0);
            let colour = shade(flow.accent, *level);
            // Parts are set apart by a thin gap; what is very small still shows.
            flow.fill(left, top, (width - 1.0).max(0.5), BAR, colour);
            left += width;
            flow.fill(at, baseline - 5.5, 5.5, 5.5, colour);
            flow.text(at + 9.0, baseline, SMALL, MUTED, words);
            at += 9.0 + SMALL.width(words) + 16.0;
        }
    });
    flow.gap(HEIGHT);
}

/// The paler, the less sure.
fn shade(Colour(red, green, blue): Colour, level: Confidence) -> Colour {
    let white = match level {
        Confidence::Measured => 0,
        Confidence::Benchmarked => 30,
        Confidence::Estimated => 55,
        Confidence::Proxy => 75,
    };
    let mixed = |part: u8| {
        let mixed = (u32::from(part) * (100 - white) + 255 * white) / 100;
        u8::try_from(mixed).unwrap_or(u8::MAX)
    };
    Colour(mixed(red), mixed(green), mixed(blue))
}
