//! The days of the month, as a picture and as a table.

use super::{
    chart::Columns,
    flow::Flow,
    mass_column::MassColumn,
    table::{Table, TextColumns},
    view::View,
};
use crate::{figure::whole, statement::DayLine};
use rust_decimal::Decimal;

const WEEK: usize = 7;

pub(super) fn draw(flow: &mut Flow, view: &View<'_>) {
    let days = &view.statement.by_day;
    let masses = MassColumn::for_total(days.iter().filter_map(|line| line.co2).max().unwrap_or_default());
    let (caption, values): (String, Vec<Decimal>) = match view.statement.total.co2 {
        Some(_) => {
            let caption = view.terms.by_day_emissions.replace("{unit}", masses.unit.symbol());
            (caption, days.iter().map(|line| masses.unit.of(line.co2.unwrap_or_default())).collect())
        }
        None => {
            let values = days.iter().map(|line| whole(line.usage.total_tokens())).collect();
            (view.terms.by_day_tokens.to_owned(), values)
        }
    };
    let quantified = view.statement.total.co2.is_some();
    let highest = days.iter().max_by_key(|line| (line.co2.filter(|_| quantified), line.usage.total_tokens()));
    let summary = highest.map_or_else(String::new, |line| {
        let figure = line.co2.filter(|_| quantified).map_or_else(
            || format!("{} {}", view.count(line.usage.total_tokens()), view.terms.tokens),
            |grams| format!("{} CO₂e", view.mass(grams)),
        );
        let idle = days.iter().filter(|line| line.usage.requests == 0).count();
        view.prose
            .by_day_summary
            .replace("{day}", &view.language.date(line.day))
            .replace("{highest}", &figure)
            .replace("{idle}", &idle.to_string())
    });
    let label = |day: usize| if day == 1 || day.is_multiple_of(5) { day.to_string() } else { String::new() };
    let chart = Columns {
        alt: format!("{caption}. {summary}"),
        caption,
        labels: (1..=values.len()).map(label).collect(),
        values,
        marks: Vec::new(),
        marks_unit: "",
        language: view.language,
    };
    let table = table(view, &masses);
    flow.subheading(view.terms.by_day, Columns::HEIGHT + table.keep_height(flow));
    chart.draw(flow);
    table.draw_with_note(flow, &summary);
}

/// The figures of the chart: a row for each week, a column for each day of it.
fn table(view: &View<'_>, masses: &MassColumn) -> Table {
    let quantified = view.statement.total.co2.is_some();
    let cell = |line: &DayLine| match line.co2.filter(|_| quantified) {
        Some(grams) => masses.cell(view, grams),
        None if quantified => view.language.number(Decimal::ZERO),
        None => view.count(line.usage.total_tokens()),
    };
    let column = |line: &DayLine| usize::from(line.day.weekday().to_monday_zero_offset().unsigned_abs());
    let mut rows: Vec<Vec<String>> = Vec::new();
    for week in view.statement.by_day.chunk_by(|before, after| column(before) < column(after)) {
        let days = week.iter().map(|line| line.day.day());
        let [first, last] = [days.clone().min(), days.max()].map(Option::unwrap_or_default);
        let mut row = vec![if first == last { first.to_string() } else { format!("{first}–{last}") }];
        row.resize(1 + WEEK, String::new());
        for line in week {
            row[1 + column(line)] = cell(line);
        }
        rows.push(row);
    }
    let unit = match quantified {
        true => format!("{} CO₂e", masses.unit.symbol()),
        false => view.terms.tokens.to_owned(),
    };
    let weekdays = view.language.weekdays().map(str::to_owned);
    Table {
        head: std::iter::once(unit).chain(weekdays).collect(),
        rows,
        total: None,
        words: TextColumns::First,
    }
}
