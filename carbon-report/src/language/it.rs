//! Italian.

use super::Writing;

const MONTHS: [&str; 12] = [
    "gennaio",
    "febbraio",
    "marzo",
    "aprile",
    "maggio",
    "giugno",
    "luglio",
    "agosto",
    "settembre",
    "ottobre",
    "novembre",
    "dicembre",
];

pub(super) const IT: Writing = Writing {
    own_name: "Italiano",
    english_name: "Italian",
    group: '.',
    grouped_from: 4,
    point: ',',
    percent_sign: "%",
    colon: ": ",
    semicolon: "; ",
    month: "{month} {year}",
    months: MONTHS,
    period: "{from} – {to}",
    date: "{day} {month} {year}",
    first_of_month: "{day}° {month} {year}",
    months_in_dates: MONTHS,
    weekdays: ["lun", "mar", "mer", "gio", "ven", "sab", "dom"],
};
