//! How the figures come about, and how far they may be off.

use super::{
    flow::{BODY, Flow, INK},
    run_in::RunIn,
    view::View,
};
use carbon_core::{Method, factor::RangeBasis};
use rust_decimal::Decimal;

pub(super) fn draw(flow: &mut Flow, view: &View<'_>) {
    let (terms, prose) = (view.terms, view.prose);
    let [general, model, measured, ranges] = terms.method_text;
    let following = flow.paragraph_height(general, BODY);
    view.heading(flow, 5, following);
    let is_measured = view.statement.by_method.iter().any(|line| line.method == Method::Measured);
    for text in [general, model] {
        flow.paragraph(text, BODY, INK);
    }
    if is_measured {
        flow.paragraph(measured, BODY, INK);
    }
    flow.paragraph(ranges, BODY, INK);
    let mut parts = RunIn::default();
    for (label, all) in
        [(prose.included, &prose.included_parts[..]), (prose.excluded, &prose.excluded_parts[..])]
    {
        let said = all.iter().map(|[part, why]| format!("{part} ({why})"));
        parts.entry(label, format!("{}.", said.collect::<Vec<_>>().join(view.language.semicolon())));
    }
    flow.subheading(prose.boundary, parts.height(flow));
    parts.draw(flow);
    draw_uncertainty(flow, view);
}

/// Parts of the uncertainty that are named.
const PARTS_MAX: usize = 3;
/// Share of the emissions that our model must have valued for its uncertainty to be told: a tenth.
const SHARE_MIN: Decimal = Decimal::from_parts(1, 0, 0, false, 1);

fn draw_uncertainty(flow: &mut Flow, view: &View<'_>) {
    let (prose, statement) = (view.prose, view.statement);
    let Some(co2) = statement.total.co2.filter(|co2| co2.high() > co2.low()) else { return };
    let [low, _, high] = view.masses(co2);
    // Two readings of a source are no interval.
    let two_readings = Some(RangeBasis::OutputToTotalReading);
    let has_readings = statement.factors.iter().any(|factor| factor.range_basis == two_readings);
    let interval = if has_readings { prose.interval_of_factors } else { prose.interval };
    let interval = interval.replace("{low}", &low).replace("{high}", &high);
    let has_modelled = statement.by_method.iter().any(|line| line.method == Method::BottomUp);
    let mean = has_modelled.then(|| prose.interval_mean.to_owned());
    let interval = std::iter::once(interval).chain(mean).collect::<Vec<_>>().join(" ");
    flow.subheading(prose.uncertainty, flow.paragraph_height(&interval, BODY));
    flow.paragraph(&interval, BODY, INK);
    let budget = &statement.bottom_up_alone.budget;
    // What our model has no great part in tells little of the month.
    let modelled = statement.by_method.iter().find(|line| line.method == Method::BottomUp);
    let modelled = modelled.and_then(|line| line.valued.co2).map(|co2| co2.central().as_decimal());
    let share = modelled.and_then(|modelled| modelled.checked_div(co2.central().as_decimal()));
    if let Some(share) = share.filter(|share| *share >= SHARE_MIN && !budget.is_empty()) {
        let parts = budget
            .iter()
            .take(PARTS_MAX)
            .map(|part| format!("{} {}", prose.component(&part.component), view.percent(part.share)));
        let parts = parts.collect::<Vec<_>>().join(", ");
        let largest = prose.largest_parts.replace("{share}", &view.percent(share)).replace("{parts}", &parts);
        flow.paragraph(&largest, BODY, INK);
    }
    flow.paragraph(prose.narrower, BODY, INK);
}
