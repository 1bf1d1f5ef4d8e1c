//! German.

use super::Writing;

const MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

pub(super) const DE: Writing = Writing {
    own_name: "Deutsch",
    english_name: "German",
    group: '.',
    grouped_from: 4,
    point: ',',
    percent_sign: "\u{a0}%",
    colon: ": ",
    semicolon: "; ",
    month: "{month} {year}",
    months: MONTHS,
    period: "{from} bis {to}",
    date: "{day}. {month} {year}",
    first_of_month: "{day}. {month} {year}",
    months_in_dates: MONTHS,
    weekdays: ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"],
};
