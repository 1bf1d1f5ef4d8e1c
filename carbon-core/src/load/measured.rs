//! Reading measured energy: what an account's own meters say of the models that it serves.

use super::{
    LoadError, LoadFault,
    models::nameless,
    table::{Table, TableRow},
};
use crate::{
    load::tables::Layer,
    measure::{Coverage, MeasuredEntry, MeasuredFactor, Reconciliation, Scope},
    model::Model,
    own::OwnMeasured,
    place::Places,
};
use rust_decimal::Decimal;
use std::collections::HashMap;

/// Each name with its factor.
pub(crate) fn measured(layer: &Layer, places: &Places) -> Result<HashMap<String, OwnMeasured>, LoadError> {
    let mut found = HashMap::new();
    for row in Table::open("own_measured.csv", std::slice::from_ref(layer))?.rows() {
        let row = row?;
        let name = row.name("name")?;
        let refused = |text: String| LoadFault::InvalidRow(text);
        let factor =
            MeasuredFactor::new(entry(&row)?).map_err(|error| row.fault(refused(error.to_string())))?;
        let model = Model { fleet: places.fleet(None), ..nameless(name) };
        if found.insert(name.to_owned(), OwnMeasured { factor, model }).is_some() {
            return Err(row.duplicate("name", name));
        }
    }
    Ok(found)
}

fn entry(row: &TableRow<'_>) -> Result<MeasuredEntry, LoadError> {
    let words = |column: &'static str| -> Result<Vec<String>, LoadError> {
        Ok(row.required(column)?.split(' ').map(str::to_owned).collect())
    };
    let scopes = words("scopes")?;
    let scope = |word: &String| {
        let unknown = || LoadFault::UnknownWord { column: "scopes", word: word.clone() };
        Scope::from_word(word).ok_or_else(|| row.fault(unknown()))
    };
    Ok(MeasuredEntry {
        name: row.name("name")?.to_owned(),
        wh_per_1k: numbers(row, "wh_per_1k")?,
        covariance: numbers(row, "covariance")?,
        host_sd: numbers(row, "host_sd")?,
        prior: row.optional("prior")?.map(|_| numbers(row, "prior")).transpose()?,
        windows: row.integer("windows")?,
        span_ms: [row.integer("from_ms")?, row.integer("to_ms")?],
        windows_sha256: row.required("windows_sha256")?.to_owned(),
        meters: row.required("meters")?.split('|').map(str::to_owned).collect(),
        scopes: scopes.iter().map(scope).collect::<Result<_, _>>()?,
        coverage: Coverage {
            hours_with_calls: row.integer("hours_with_calls")?,
            metered_ms: row.integer("metered_ms")?,
        },
        reconciliation: Reconciliation {
            windows_input_tokens: row.integer("windows_input_tokens")?,
            windows_output_tokens: row.integer("windows_output_tokens")?,
            ledger_input_tokens: row.integer("ledger_input_tokens")?,
            ledger_output_tokens: row.integer("ledger_output_tokens")?,
        },
    })
}

/// Decimals with blanks between.
fn numbers<const N: usize>(row: &TableRow<'_>, column: &'static str) -> Result<[Decimal; N], LoadError> {
    let text = row.required(column)?;
    let numbers: Option<Vec<Decimal>> = text.split(' ').map(|number| number.parse().ok()).collect();
    numbers.and_then(|numbers| numbers.try_into().ok()).ok_or_else(|| {
        row.fault(LoadFault::InvalidNumber {
            column,
            expected: "as many decimals as it should be",
            text: text.to_owned(),
        })
    })
}
