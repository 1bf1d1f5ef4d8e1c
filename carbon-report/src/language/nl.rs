//! Dutch.

use super::Writing;

const MONTHS: [&str; 12] = [
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
];

pub(super) const NL: Writing = Writing {
    own_name: "Nederlands",
    english_name: "Dutch",
    group: '.',
    grouped_from: 4,
    point: ',',
    percent_sign: "%",
    colon: ": ",
    semicolon: "; ",
    month: "{month} {year}",
    months: MONTHS,
    period: "{from} tot en met {to}",
    date: "{day} {month} {year}",
    first_of_month: "{day} {month} {year}",
    months_in_dates: MONTHS,
    weekdays: ["ma", "di", "wo", "do", "vr", "za", "zo"],
};
