//! Polish. Four digits stay together, as is usual in Polish text. A month in a date is in the genitive, by itself in the nominative.

use super::Writing;

const MONTHS: [&str; 12] = [
    "styczeń",
    "luty",
    "marzec",
    "kwiecień",
    "maj",
    "czerwiec",
    "lipiec",
    "sierpień",
    "wrzesień",
    "październik",
    "listopad",
    "grudzień",
];

const IN_DATES: [&str; 12] = [
    "stycznia",
    "lutego",
    "marca",
    "kwietnia",
    "maja",
    "czerwca",
    "lipca",
    "sierpnia",
    "września",
    "października",
    "listopada",
    "grudnia",
];

pub(super) const PL: Writing = Writing {
    own_name: "Polski",
    english_name: "Polish",
    group: '\u{202f}',
    grouped_from: 5,
    point: ',',
    percent_sign: "\u{a0}%",
    colon: ": ",
    semicolon: "; ",
    month: "{month} {year}",
    months: MONTHS,
    period: "{from} – {to}",
    date: "{day} {month} {year}",
    first_of_month: "{day} {month} {year}",
    months_in_dates: IN_DATES,
    weekdays: ["pon.", "wt.", "śr.", "czw.", "pt.", "sob.", "niedz."],
};
