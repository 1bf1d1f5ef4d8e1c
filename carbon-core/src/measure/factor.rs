//! A factor from a fit: what calls of the served model are valued with, until it expires.

use crate::{
    WattHours,
    factor::{
        Basis, Boundary, Confidence, Inclusion, OwnSource, Record, Source, Stage, TokenRates, Validity,
    },
    measure::{
        cover::{Coverage, Reconciliation},
        fit::{Fit, NotFitted, fit, wh_per_1k},
        prior::Prior,
        window::{DAY_MS, Scope, Window, decimal_of, float_of},
    },
    words::words,
};
use jiff::{ToSpan, civil::Date};
use rust_decimal::Decimal;
use std::{collections::BTreeSet, sync::Arc};
use thiserror::Error;

/// Days after its last window for which a factor is valid.
pub const VALID_DAYS: i64 = 90;

words! {
    /// Whether windows give a factor.
    MeasuredStatus {
        /// It holds today.
        Valid = "valid",
        /// Its last day has passed.
        Stale = "stale",
        /// The windows do not count what the ledger counts.
        NotReconciled = "not_reconciled",
        /// The windows are too few, or say nothing.
        NotFitted = "not_fitted",
    }
}

/// The result of a fit as plain numbers: what is stored, pinned with a closed month, and computed again from the windows.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct MeasuredEntry {
    /// Name under which the model is served.
    pub name: String,
    /// Wh for 1,000 output, fresh input and cached input tokens, at the power supply of the machines, with idle time.
    #[cfg_attr(feature = "serde", serde(with = "crate::exact::decimals"))]
    pub wh_per_1k: [Decimal; 3],
    /// Their covariance, in the same units squared: (1,1), (1,2), (1,3), (2,2), (2,3), (3,3).
    #[cfg_attr(feature = "serde", serde(with = "crate::exact::decimals"))]
    pub covariance: [Decimal; 6],
    /// Standard deviation of the logarithm of the host share that was added; 0 where the whole machine is metered.
    #[cfg_attr(feature = "serde", serde(with = "crate::exact::decimals"))]
    pub host_sd: [Decimal; 1],
    /// The ratio of fresh input to output that was taken from our law, and the standard deviation of its logarithm; `None`
    /// where the windows told them apart.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none", with = "crate::exact::maybe_decimals")
    )]
    pub prior: Option<[Decimal; 2]>,
    /// Different windows.
    pub windows: u64,
    /// Start of the first and end of the last, in milliseconds since 1970.
    pub span_ms: [i64; 2],
    /// SHA-256 of their lines in order, as text.
    pub windows_sha256: String,
    /// Meters that read them.
    pub meters: Vec<String>,
    /// What these see.
    pub scopes: Vec<Scope>,
    /// How much of the hours with calls they cover.
    pub coverage: Coverage,
    /// Their tokens, and the ledger's.
    pub reconciliation: Reconciliation,
}

/// Why an entry is no factor.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EntryFault {
    /// The windows do not count what the ledger counts.
    #[error("the windows and the calls in their time differ by more than 2 %")]
    NotReconciled,
    /// Its rates are negative, or longer than exact arithmetic allows.
    #[error("the rates are out of range")]
    Rates,
    /// Its times are.
    #[error("the times are out of range")]
    Times,
}

/// What of an entry its windows do not give again.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum EntryDiffers {
    /// They give nothing.
    #[error(transparent)]
    NotFitted(#[from] NotFitted),
    /// They give another value.
    #[error("its windows give another {0}")]
    Field(&'static str),
}

impl MeasuredEntry {
    /// Of a fit of `windows`.
    pub fn of(
        name: &str,
        fit: &Fit,
        windows: &[Window],
        windows_sha256: String,
        coverage: Coverage,
        reconciliation: Reconciliation,
    ) -> Self {
        let [output, fresh_input, cache_read] = [0, 1, 2].map(|class| wh_per_1k(fit.rates[class].central()));
        // Context is in the rates of the tokens, as the windows had it.
        let rates = TokenRates::<WattHours>::of([output, fresh_input, cache_read, 0.0, 0.0]);
        let covariance = |i: usize, j: usize| decimal_of(wh_per_1k(wh_per_1k(fit.covariance[i][j])));
        let meters: BTreeSet<&str> = windows.iter().map(|window| window.meter.as_str()).collect();
        let scopes: BTreeSet<Scope> = windows.iter().map(|window| window.scope).collect();
        MeasuredEntry {
            name: name.to_owned(),
            wh_per_1k: rates.values().map(|(_, rate)| rate),
            covariance: [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)].map(|(i, j)| covariance(i, j)),
            host_sd: [decimal_of(fit.host_sd)],
            prior: fit.prior.map(|prior| prior.numbers()),
            windows: fit.windows as u64,
            span_ms: fit.span_ms,
            windows_sha256,
            meters: meters.into_iter().map(str::to_owned).collect(),
            scopes: scopes.into_iter().collect(),
            coverage,
            reconciliation,
        }
    }

    /// Whether these windows, of this digest, give this entry again. How much of the time they cover, and what the ledger
    /// counts in it, is taken as it stands.
    ///
    /// # Errors
    /// What differs.
    pub fn check(&self, windows: &[Window], windows_sha256: String) -> Result<(), EntryDiffers> {
        let counted = Reconciliation::of(
            windows,
            [self.reconciliation.ledger_input_tokens, self.reconciliation.ledger_output_tokens],
        );
        let fitted = fit(windows, self.prior.map(Prior::of_numbers))?;
        let again = MeasuredEntry::of(&self.name, &fitted, windows, windows_sha256, self.coverage, counted);
        let differs = [
            ("windows_sha256", again.windows_sha256 != self.windows_sha256),
            ("windows", again.windows != self.windows || again.span_ms != self.span_ms),
            ("meters", again.meters != self.meters || again.scopes != self.scopes),
            ("reconciliation", again.reconciliation != self.reconciliation),
            ("wh_per_1k", again.wh_per_1k != self.wh_per_1k),
            ("covariance", again.covariance != self.covariance || again.host_sd != self.host_sd),
        ];
        match differs.into_iter().find(|(_, differs)| *differs) {
            Some((field, _)) => Err(EntryDiffers::Field(field)),
            None => Ok(()),
        }
    }

    /// First and last day of validity; `None` if its times are out of range.
    pub fn validity(&self) -> Option<[Date; 2]> {
        let [from_ms, to_ms] = self.span_ms;
        let last = day(to_ms)?.checked_add(VALID_DAYS.days()).ok()?;
        (from_ms < to_ms).then_some([day(from_ms)?, last])
    }
}

/// The day of a time, UTC.
fn day(at_ms: i64) -> Option<Date> {
    let days = at_ms.div_euclid(DAY_MS);
    jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

/// Measured energy of a served model.
///
/// The energy is that at the power supply of the machines: the place of a call adds its cooling, its grid and its hardware.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredFactor {
    entry: MeasuredEntry,
    record: Record,
    energy: TokenRates<WattHours>,
    covariance: [[f64; 3]; 3],
    host_sd: f64,
}

impl MeasuredFactor {
    /// The factor of an entry.
    ///
    /// # Errors
    /// The windows and the ledger do not agree, or a number is out of range.
    pub fn new(entry: MeasuredEntry) -> Result<Self, EntryFault> {
        if !entry.reconciliation.agrees() {
            return Err(EntryFault::NotReconciled);
        }
        let energy = TokenRates::from_decimals(entry.wh_per_1k).ok_or(EntryFault::Rates)?;
        let [from, to] = entry.validity().ok_or(EntryFault::Times)?;
        let [aa, ab, ac, bb, bc, cc] = entry.covariance.map(float_of);
        let host_sd = float_of(entry.host_sd[0]);
        if [aa, bb, cc, host_sd].iter().any(|number| !(0.0..f64::INFINITY).contains(number)) {
            return Err(EntryFault::Rates);
        }
        let last_metered = day(entry.span_ms[1]).ok_or(EntryFault::Times)?;
        // Reports have this title. A meter's name may be an address inside the account's network: the windows have it.
        let title = format!(
            "Own meters: {} windows from {from} to {last_metered}, SHA-256 {}",
            entry.windows, entry.windows_sha256
        );
        let source = Source::of_account(OwnSource::Metered, title, None);
        let tag: String = entry.windows_sha256.chars().take(12).collect();
        let record = Record {
            id: format!("measured/{}@{tag}", entry.name),
            boundary: Arc::new(boundary()),
            basis: Basis::Location,
            confidence: Confidence::Measured,
            validity: Validity {
                to: Some(to),
                observed: Some(format!("{from} to {last_metered}")),
                ..Validity::since(from)
            },
            source: Arc::new(source),
        };
        let covariance = [[aa, ab, ac], [ab, bb, bc], [ac, bc, cc]];
        Ok(MeasuredFactor { record, energy, covariance, host_sd, entry })
    }

    /// The numbers that it is made of.
    pub fn entry(&self) -> &MeasuredEntry {
        &self.entry
    }

    /// Id, boundary, confidence, validity; its source are the account's own meters.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Energy at the power supply of the machines, by class of token.
    pub fn energy(&self) -> TokenRates<WattHours> {
        self.energy
    }

    /// The same, as floats: for output, fresh input and cached input.
    pub(crate) fn wh_per_1k(&self) -> [f64; 3] {
        self.entry.wh_per_1k.map(float_of)
    }

    /// Standard deviation of the logarithm of the energy of so many output, fresh input and cached input tokens: that of
    /// the fit and that of the host share.
    pub fn energy_sd(&self, tokens: [f64; 3]) -> [f64; 2] {
        let rates = self.wh_per_1k();
        let energy: f64 = rates.iter().zip(tokens).map(|(rate, tokens)| rate * tokens).sum();
        if energy <= 0.0 {
            return [0.0, self.host_sd];
        }
        let along =
            |row: &[f64; 3]| row.iter().zip(tokens).map(|(shared, tokens)| shared * tokens).sum::<f64>();
        let variance: f64 = self.covariance.iter().zip(tokens).map(|(row, tokens)| tokens * along(row)).sum();
        [variance.max(0.0).sqrt() / energy, self.host_sd]
    }

    /// How the logarithm of the energy of so many tokens moves with one standard deviation of each of three errors that share
    /// nothing, and of the host share. Together they are [`energy_sd`](Self::energy_sd); amounts of other tokens share them.
    pub(crate) fn energy_slopes(&self, tokens: [f64; 3]) -> [f64; 4] {
        let energy: f64 = self.wh_per_1k().iter().zip(tokens).map(|(rate, tokens)| rate * tokens).sum();
        if energy <= 0.0 {
            return [0.0, 0.0, 0.0, self.host_sd];
        }
        let lower = cholesky(&self.covariance);
        let along = |error: usize| (0..3).map(|row| tokens[row] * lower[row][error]).sum::<f64>() / energy;
        [along(0), along(1), along(2), self.host_sd]
    }
}

/// The lower triangle whose product with itself is a covariance; a rate without an error has a row of zeros.
fn cholesky(covariance: &[[f64; 3]; 3]) -> [[f64; 3]; 3] {
    let mut lower = [[0.0; 3]; 3];
    for row in 0..3 {
        for column in 0..=row {
            let known: f64 = (0..column).map(|before| lower[row][before] * lower[column][before]).sum();
            let left = covariance[row][column] - known;
            lower[row][column] = if row == column {
                left.max(0.0).sqrt()
            } else if lower[column][column] > 0.0 {
                left / lower[column][column]
            } else {
                0.0
            };
        }
    }
    lower
}

/// What a measured factor covers, once its place has been applied.
fn boundary() -> Boundary {
    let mut covers = [Inclusion::Excluded; Stage::ALL.len()];
    for stage in [Stage::Accelerator, Stage::Host, Stage::Idle, Stage::Facility, Stage::Embodied] {
        covers[stage as usize] = Inclusion::Included;
    }
    Boundary { id: "measured".to_owned(), covers }
}

#[cfg(test)]
#[cfg(feature = "serde")]
mod tests {
    use super::*;

    fn entry() -> MeasuredEntry {
        MeasuredEntry {
            name: "chat".to_owned(),
            wh_per_1k: ["0.333333333333333", "0.07", "0.007"].map(|rate| rate.parse().unwrap()),
            covariance: ["0.0001", "-0.00001", "0", "0.00002", "0", "0"]
                .map(|number| number.parse().unwrap()),
            host_sd: ["0.139761942375159"].map(|number| number.parse().unwrap()),
            prior: None,
            windows: 720,
            span_ms: [1_788_480_000_000, 1_791_072_000_000],
            windows_sha256: "00".repeat(32),
            meters: vec!["dcgm".to_owned()],
            scopes: vec![Scope::Accelerator],
            coverage: Coverage { hours_with_calls: 720, metered_ms: 720 * 3_600_000 },
            reconciliation: Reconciliation {
                windows_input_tokens: 1_000,
                windows_output_tokens: 500,
                ledger_input_tokens: 1_000,
                ledger_output_tokens: 500,
            },
        }
    }

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        let json = serde_json::to_string(&entry()).unwrap();
        assert!(json.contains(r#""wh_per_1k":[0.333333333333333,0.07,0.007]"#), "{json}");
        assert_eq!(serde_json::from_str::<MeasuredEntry>(&json).unwrap(), entry());
        assert!(serde_json::from_str::<MeasuredEntry>(&json.replace("0.07,", "")).is_err());
        let with_prior =
            MeasuredEntry { prior: Some(["0.2", "0.64"].map(|number| number.parse().unwrap())), ..entry() };
        let json = serde_json::to_string(&with_prior).unwrap();
        assert!(json.contains(r#""prior":[0.2,0.64]"#), "{json}");
        assert_eq!(serde_json::from_str::<MeasuredEntry>(&json).unwrap(), with_prior);
    }

    #[test]
    fn an_entry_that_says_too_much_is_no_factor() {
        assert!(MeasuredFactor::new(entry()).is_ok());
        let mut apart = entry();
        apart.reconciliation.ledger_output_tokens = 600;
        assert_eq!(MeasuredFactor::new(apart), Err(EntryFault::NotReconciled));
        let negative =
            MeasuredEntry { wh_per_1k: ["-1", "0", "0"].map(|rate| rate.parse().unwrap()), ..entry() };
        assert_eq!(MeasuredFactor::new(negative), Err(EntryFault::Rates));
        let backwards = MeasuredEntry { span_ms: [2, 1], ..entry() };
        assert_eq!(MeasuredFactor::new(backwards), Err(EntryFault::Times));
    }
}
