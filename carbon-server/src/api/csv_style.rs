//! How a CSV is written: `?separator=` and `?decimal=`, of every call that answers with one.

use crate::{
    http::{faults::Faults, problem::Problem, request::Input},
    openapi::{described::Described, schema::words},
};
use carbon_report::forms::CsvStyle;

const SEPARATOR: &str = "separator";
const DECIMAL: &str = "decimal";

/// The style that a call of the API asks for; it takes no other parameter.
pub(crate) fn of_call(input: &Input) -> Result<CsvStyle, Problem> {
    let [separator, decimal] = input.query_values([SEPARATOR, DECIMAL])?;
    style(separator.as_deref(), decimal.as_deref())
}

/// The style that the address of a page asks for.
pub(crate) fn of_page(input: &Input) -> Result<CsvStyle, Problem> {
    let [separator, decimal] = [SEPARATOR, DECIMAL].map(|name| input.asked(name));
    style(separator.as_deref(), decimal.as_deref())
}

/// That nobody asks for another style of `focus.csv`, whose readers know one.
pub(crate) fn none(input: &Input) -> Result<(), Problem> {
    let mut faults = Faults::default();
    for name in [SEPARATOR, DECIMAL].into_iter().filter(|name| input.asked(name).is_some()) {
        faults.add(name, "cannot be chosen for focus.csv: it has commas and decimal points");
    }
    faults.none()
}

fn style(separator: Option<&str>, decimal: Option<&str>) -> Result<CsvStyle, Problem> {
    let mut faults = Faults::default();
    let separator = faults.usable(SEPARATOR, separator.map_or(Ok(Default::default()), str::parse));
    let decimal = faults.usable(DECIMAL, decimal.map_or(Ok(Default::default()), str::parse));
    let style = separator.zip(decimal).and_then(|(separator, decimal)| {
        let style = CsvStyle::new(separator, decimal);
        faults.usable(DECIMAL, style.ok_or("must be point where `separator` is comma"))
    });
    faults.none()?;
    style.ok_or_else(crate::http::faults::unnoticed)
}

/// Its parameters in the description of the API.
pub(crate) fn described(call: Described) -> Described {
    call.query(
        SEPARATOR,
        words(&["comma", "semicolon"]),
        "What stands between cells; by default a comma. A file with semicolons begins with a byte order mark, for Excel.",
    )
    .query(
        DECIMAL,
        words(&["point", "comma"]),
        "What stands before the fraction of a number; by default a point. `comma` needs `separator=semicolon`.",
    )
}
