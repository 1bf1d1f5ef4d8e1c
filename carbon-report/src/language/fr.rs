//! French. A narrow no-break space keeps a number on one line.

use super::Writing;

const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

pub(super) const FR: Writing = Writing {
    own_name: "Français",
    english_name: "French",
    group: '\u{202f}',
    grouped_from: 4,
    point: ',',
    percent_sign: "\u{202f}%",
    colon: "\u{a0}: ",
    semicolon: "\u{202f}; ",
    month: "{month} {year}",
    months: MONTHS,
    period: "{from} à {to}",
    date: "{day} {month} {year}",
    first_of_month: "{day}ᵉʳ {month} {year}",
    months_in_dates: MONTHS,
    weekdays: ["lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."],
};
