//! Spanish. Four digits stay together, as the Ortografía of the RAE has it.

use super::Writing;

const MONTHS: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];

pub(super) const ES: Writing = Writing {
    own_name: "Español",
    english_name: "Spanish",
    group: '\u{202f}',
    grouped_from: 5,
    point: ',',
    percent_sign: "\u{a0}%",
    colon: ": ",
    semicolon: "; ",
    month: "{month} de {year}",
    months: MONTHS,
    period: "{from} a {to}",
    date: "{day} de {month} de {year}",
    first_of_month: "{day} de {month} de {year}",
    months_in_dates: MONTHS,
    weekdays: ["lun", "mar", "mié", "jue", "vie", "sáb", "dom"],
};
