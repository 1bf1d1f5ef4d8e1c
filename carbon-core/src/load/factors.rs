//! Reading published factors.

use super::{
    Boundaries, Ids, LoadError, LoadFault, Sources,
    table::{ABOVE_ZERO, Table, TableRow},
};
use crate::{
    Confidence, Method,
    factor::{Basis, EmissionFactor, Factor, RangeBasis, Record, StatedRate, Validity},
    load::tables::Layer,
    model::Disclosed,
    quantity::Quantity,
    usage::Denominator,
};
use std::collections::HashSet;

/// What a model has in the table.
#[derive(Default)]
pub(super) struct Published {
    pub(super) coefficient: Option<EmissionFactor>,
    pub(super) disclosed: Disclosed,
}

/// Every factor, by model and in the order in which the models come up.
pub(super) fn factors(
    layers: &[Layer],
    boundaries: &Boundaries,
    sources: &Sources,
    ids: &mut Ids,
) -> Result<Vec<(String, Published)>, LoadError> {
    let mut found: Vec<(String, Published)> = Vec::new();
    let mut seen = HashSet::new();
    for row in Table::open("factors.csv", layers)?.rows() {
        let row = row?;
        let model = row.name("model")?;
        row.factor_id(ids)?;
        let place = found.iter().position(|(known, _)| known == model).unwrap_or_else(|| {
            found.push((model.to_owned(), Published::default()));
            found.len() - 1
        });
        let Published { coefficient, disclosed } = &mut found[place].1;
        let read = Reading { row: &row, boundaries, sources };
        // A model has one factor of a kind; one of a layer further up replaces it.
        if !seen.insert(
            [row.layer().to_string().as_str(), model, row.required("method")?, row.required("quantity")?]
                .map(str::to_owned),
        ) {
            return Err(row.duplicate("model", model));
        }
        match (row.word("method", Method::from_word)?, row.required("quantity")?) {
            (Method::Coefficient, "gwp") => *coefficient = Some(read.factor()?),
            (Method::Disclosed, "gwp") => disclosed.co2 = Some(read.factor()?),
            (Method::Disclosed, "energy") => disclosed.energy = Some(read.factor()?),
            (Method::Disclosed, "water") => disclosed.water = Some(read.factor()?),
            (Method::Disclosed, "adpe") => disclosed.adpe = Some(read.factor()?),
            (method, quantity) => {
                let word = format!("{quantity} of method {method}");
                return Err(row.fault(LoadFault::UnknownWord { column: "quantity", word }));
            }
        }
    }
    Ok(found)
}

struct Reading<'a> {
    row: &'a TableRow<'a>,
    boundaries: &'a Boundaries,
    sources: &'a Sources,
}

impl Reading<'_> {
    fn factor<Q: Quantity>(&self) -> Result<Factor<Q>, LoadError> {
        let row = self.row;
        let unit = row.required("unit")?;
        if unit != Q::UNIT {
            return Err(row.fault(LoadFault::WrongUnit {
                quantity: row.required("quantity")?.to_owned(),
                unit: unit.to_owned(),
                expected: Q::UNIT,
            }));
        }
        let factor = Factor {
            model: row.name("model")?.to_owned(),
            method: row.word("method", Method::from_word)?,
            low: row.rate("low", "low_per")?,
            central: row.rate("central", "central_per")?,
            high: row.rate("high", "high_per")?,
            range_basis: row.word("range_basis", RangeBasis::from_word)?,
            caveat: row.optional("caveat")?.map(str::to_owned),
            record: Record {
                id: row.required("factor_id")?.to_owned(),
                boundary: row.boundary(self.boundaries)?,
                basis: row.word("basis", Basis::from_word)?,
                confidence: row.word("confidence", Confidence::from_word)?,
                validity: Validity {
                    from: row.day("valid_from")?,
                    to: row.optional_day("valid_to")?,
                    observed: row.optional("observed")?.map(str::to_owned),
                    providers: row.cell("providers").map_or_else(Box::default, |names| {
                        names.split_whitespace().map(str::to_owned).collect()
                    }),
                },
                source: row.source(self.sources)?,
            },
        };
        let Validity { from, to, .. } = factor.record.validity;
        if to.is_some_and(|to| to < from) {
            return Err(row.fault(LoadFault::InvalidPeriod));
        }
        if factor.central.value().is_zero() {
            let text = row.required("central")?.to_owned();
            return Err(row.fault(LoadFault::InvalidNumber {
                column: "central",
                expected: ABOVE_ZERO,
                text,
            }));
        }
        if !in_order(factor.low, factor.central) {
            return Err(row.fault(LoadFault::RangeOutOfOrder { low: "low", high: "central" }));
        }
        if !in_order(factor.central, factor.high) {
            return Err(row.fault(LoadFault::RangeOutOfOrder { low: "central", high: "high" }));
        }
        Ok(factor)
    }
}

/// Whether `a` is at most `b` whatever the usage: output tokens are a part of all tokens, never the other way.
fn in_order<Q: Quantity>(a: StatedRate<Q>, b: StatedRate<Q>) -> bool {
    let narrower =
        a.per() == b.per() || (a.per(), b.per()) == (Denominator::OutputTokens, Denominator::TotalTokens);
    narrower && a.value() <= b.value()
}
