//! English.

use super::Writing;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) const EN: Writing = Writing {
    own_name: "English",
    english_name: "English",
    group: ',',
    grouped_from: 4,
    point: '.',
    percent_sign: "\u{a0}%",
    colon: ": ",
    semicolon: "; ",
    month: "{month} {year}",
    months: MONTHS,
    period: "{from} to {to}",
    date: "{day} {month} {year}",
    first_of_month: "{day} {month} {year}",
    months_in_dates: MONTHS,
    weekdays: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
};
