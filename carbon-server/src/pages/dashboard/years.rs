//! The year so far, and reports on more than a month.

use crate::{base::clock, pages::dashboard::words::DashboardWords, store::ListedReport};
use carbon_core::{Grams, Range, Usage};
use carbon_report::{Language, Month, Statement, Status, words::Wording};

/// The calendar year up to the month that is shown.
pub(super) struct YearToDate {
    /// Its months, in words.
    pub(super) months: String,
    pub(super) grams: String,
    /// From its lowest to its highest.
    pub(super) range: String,
    pub(super) tokens: String,
    /// That some of it has no figure.
    pub(super) is_partial: bool,
}

/// A report on a period.
pub(super) struct PeriodRow {
    pub(super) report_id: String,
    pub(super) period: String,
    /// What it is.
    pub(super) words: String,
    pub(super) is_final: bool,
}

/// The sum of the months from January to the one shown, as far as they have figures; `None` in January, and where no call was
/// made. Bounds add up, as they do in a report on a period.
pub(super) fn year_to_date(statement: &Statement) -> Option<YearToDate> {
    let (language, month) = (statement.heading.language, statement.heading.month);
    let first = Month::new(month.first_day().year(), 1);
    let earlier = statement.trend.earlier.iter().filter(|earlier| (first..month).contains(&earlier.month));
    let this = (statement.total.usage, statement.total.co2);
    let months: Vec<(Usage, Option<Range<Grams>>)> =
        earlier.map(|earlier| (earlier.stated.usage, earlier.stated.co2)).chain([this]).collect();
    let usage: Usage = months.iter().map(|(usage, _)| usage).sum();
    let co2 = months.iter().filter(|(usage, _)| usage.requests > 0).filter_map(|(_, co2)| *co2);
    let co2 = co2.reduce(Range::plus_correlated);
    if months.len() < 2 || usage.requests == 0 {
        return None;
    }
    let wording = Wording::of(language);
    Some(YearToDate {
        months: language.period(first, Some(month)),
        grams: co2.map_or_else(
            || DashboardWords::of(language).not_quantified.to_owned(),
            |co2| wording.mass(co2.central()),
        ),
        range: co2.map_or_else(String::new, |co2| wording.range(co2)),
        tokens: wording.count(usage.total_tokens()),
        is_partial: co2.is_some() && months.iter().any(|(usage, co2)| usage.requests > 0 && co2.is_none()),
    })
}

/// Of each period the newest report in the language of the page, otherwise in any: of reports that are ordered, the newest first.
pub(super) fn periods(reports: &[ListedReport], language: Language) -> Vec<PeriodRow> {
    let (words, wording) = (DashboardWords::of(language), Wording::of(language));
    let of_periods = || reports.iter().filter(|report| report.month != report.last_month);
    let mut periods: Vec<(Month, Month)> =
        of_periods().map(|report| (report.last_month, report.month)).collect();
    periods.sort_by(|a, b| b.cmp(a));
    periods.dedup();
    let rows = periods.into_iter().filter_map(|(last_month, month)| {
        let mut its = of_periods().filter(|report| (report.last_month, report.month) == (last_month, month));
        let report = its.clone().find(|report| report.language == language).or_else(|| its.next())?;
        let date = jiff::Timestamp::from_millisecond(report.created_at_ms).ok().map(clock::day)?;
        let status: Status = report.status.parse().ok()?;
        Some(PeriodRow {
            report_id: report.report_id.clone(),
            period: report.of(language),
            words: words
                .report
                .replace("{date}", &language.date(date))
                .replace("{revision}", &report.revision.to_string())
                .replace("{status}", wording.status(status))
                .replace("{language}", words.name_of(report.language)),
            is_final: status == Status::Final,
        })
    });
    rows.collect()
}
