//! Grids in time: how finely the electricity follows time, by which series, and the hours of the day as a picture.

use super::{
    chart::Columns,
    flow::{BODY, Flow, INK, MUTED, SMALL},
    grid::Grid,
    table::{Table, TextColumns},
    view::View,
};
use crate::{
    figure,
    statement::{Grids, HourLine, SeriesLine},
    words::GridWords,
};
use carbon_core::WattHours;
use rust_decimal::Decimal;

pub(super) fn draw(flow: &mut Flow, view: &View<'_>) {
    let Some(grids) = &view.statement.grids else { return };
    let words = GridWords::of(view.language);
    let table = by_resolution(view, words, grids);
    flow.subheading(words.heading, table.keep_height(flow) + flow.paragraph_height(words.note, BODY));
    flow.paragraph(words.note, BODY, INK);
    table.draw(flow);
    if !grids.series.is_empty() {
        flow.gap(8.0);
        series(view, words, &grids.series).draw(flow);
    }
    draw_hours(flow, view, words, &grids.by_hour);
}

fn by_resolution(view: &View<'_>, words: &GridWords, grids: &Grids) -> Table {
    let rows = grids.by_resolution.iter().map(|line| {
        vec![
            words.resolution(line.resolution).to_owned(),
            view.count(line.share.tokens),
            view.share(line.share.tokens_share),
            energy(view, line.share.energy),
            view.share(line.share.energy_share),
        ]
    });
    Table {
        head: words.by_resolution.map(str::to_owned).to_vec(),
        rows: rows.collect(),
        total: None,
        words: TextColumns::First,
    }
}

fn energy(view: &View<'_>, energy: WattHours) -> String {
    figure::energy(energy, view.language)
}

/// A value as the page shows it.
fn value(view: &View<'_>, value: Decimal) -> String {
    view.language.number(figure::three_significant(value).normalize())
}

fn series<'a>(view: &View<'_>, words: &'a GridWords, series: &[SeriesLine]) -> Grid<'a, 4> {
    let row = |line: &SeriesLine| {
        let semicolon = view.language.semicolon();
        let span = words
            .span
            .replace("{from}", &line.from)
            .replace("{to}", &line.to)
            .replace("{values}", &view.count(u64::try_from(line.values).unwrap_or(u64::MAX)))
            .replace("{gaps}", &view.count(u64::try_from(line.gaps).unwrap_or(u64::MAX)));
        let vintage = words.vintage.replace("{vintage}", &line.vintage);
        let range = words
            .range
            .replace("{low}", &value(view, line.lowest_g_per_kwh))
            .replace("{mean}", &value(view, line.mean_g_per_kwh))
            .replace("{high}", &value(view, line.highest_g_per_kwh));
        [
            format!("{} {}{semicolon}{span}", line.zone, words.resolution(line.resolution)),
            format!(
                "{}, {vintage}{semicolon}{}{semicolon}{} {}",
                line.source, line.licence, words.digest, line.sha256
            ),
            range,
            view.share(line.share.energy_share),
        ]
    };
    let [name, source, g_per_kwh, share] = words.series;
    Grid {
        head: [name, source, g_per_kwh, share],
        shares: [0.26, 0.42, 0.2, 0.12],
        figures: &[3],
        rows: series.iter().map(row).collect(),
    }
}

fn draw_hours(flow: &mut Flow, view: &View<'_>, words: &GridWords, hours: &[HourLine]) {
    let known = || hours.iter().filter_map(|line| Some((line, line.mean_g_per_kwh?)));
    let Some(load) = hours.iter().max_by_key(|line| line.energy) else { return };
    let (Some((cleanest, lowest)), Some((_, highest))) =
        (known().min_by_key(|(_, mean)| *mean), known().max_by_key(|(_, mean)| *mean))
    else {
        return;
    };
    let hour = |line: &HourLine| format!("{:02}:00", line.hour);
    let summary = words
        .by_hour_summary
        .replace("{load_hour}", &hour(load))
        .replace("{grid_hour}", &hour(cleanest))
        .replace("{lowest}", &value(view, lowest))
        .replace("{highest}", &value(view, highest));
    let (unit, watt_hours) = figure::energy_unit(load.energy);
    let caption = words.energy_axis.replace("{unit}", unit);
    let summary = format!("{}. {summary}", words.grid_axis);
    let label = |line: &HourLine| if line.hour % 3 == 0 { hour(line) } else { String::new() };
    let chart = Columns {
        alt: format!("{caption}. {summary}"),
        caption,
        labels: hours.iter().map(label).collect(),
        values: hours.iter().map(|line| line.energy.as_decimal() / watt_hours).collect(),
        marks: hours.iter().map(|line| line.mean_g_per_kwh).collect(),
        marks_unit: "g/kWh",
        language: view.language,
    };
    flow.subheading(words.by_hour, Columns::HEIGHT + flow.paragraph_height(&summary, SMALL));
    chart.draw(flow);
    flow.paragraph(&summary, SMALL, MUTED);
}
