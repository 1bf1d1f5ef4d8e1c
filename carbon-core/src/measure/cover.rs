//! How much of the time was metered, and whether the windows count the tokens that the ledger does.

use crate::measure::window::Window;
use std::collections::BTreeMap;

const HOUR_MS: i64 = 3_600_000;

/// How much of the hours with calls lies in windows. Windows picked to look well are seen here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Coverage {
    /// Hours, UTC, in which the ledger has a call.
    pub hours_with_calls: u64,
    /// Milliseconds of these hours that lie in a window.
    pub metered_ms: u64,
}

impl Coverage {
    /// Of windows, for hours with calls as numbers since 1970.
    ///
    /// ```
    /// use carbon_core::measure::Coverage;
    /// let nothing_metered = Coverage::of(&[], [497_000, 497_001]);
    /// assert_eq!((nothing_metered.hours_with_calls, nothing_metered.share()), (2, Some(0.0)));
    /// ```
    pub fn of(windows: &[Window], hours: impl IntoIterator<Item = i64>) -> Self {
        let metered = metered_time(windows);
        let mut coverage = Coverage::default();
        for hour in hours {
            let (from, to) = (hour * HOUR_MS, (hour + 1) * HOUR_MS);
            let before = metered.range(..from).next_back();
            let within = before.into_iter().chain(metered.range(from..to));
            let ms: i64 = within.map(|(start, end)| (to.min(*end) - from.max(*start)).max(0)).sum();
            coverage.hours_with_calls += 1;
            coverage.metered_ms += u64::try_from(ms).unwrap_or(0);
        }
        coverage
    }

    /// From 0 to 1; `None` without calls.
    pub fn share(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53 for centuries")]
        let share = |ms: u64, hours: u64| ms as f64 / (hours as f64 * 3_600_000.0);
        (self.hours_with_calls > 0).then(|| share(self.metered_ms, self.hours_with_calls))
    }
}

/// The time in any of the windows, as starts and ends that neither touch nor overlap.
pub fn metered_time(windows: &[Window]) -> BTreeMap<i64, i64> {
    let mut spans: Vec<(i64, i64)> = windows.iter().map(|window| (window.from_ms, window.to_ms)).collect();
    spans.sort_unstable();
    let mut merged = BTreeMap::new();
    let mut last: Option<(i64, i64)> = None;
    for (from, to) in spans {
        last = Some(match last {
            Some((start, end)) if from <= end => (start, end.max(to)),
            _ => (from, to),
        });
        if let Some((start, end)) = last {
            merged.insert(start, end);
        }
    }
    merged
}

/// Tokens of the windows, and those of the ledger's calls in the same time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Reconciliation {
    /// Input tokens of the windows, cached ones included.
    pub windows_input_tokens: u64,
    /// Output tokens of the windows.
    pub windows_output_tokens: u64,
    /// Input tokens of the calls, cached ones included.
    pub ledger_input_tokens: u64,
    /// Output tokens of the calls.
    pub ledger_output_tokens: u64,
}

impl Reconciliation {
    /// Parts that the difference may be of the ledger's tokens: one in so many, which is 2 %.
    pub const TOLERANCE: u64 = 50;

    /// Of windows, and the tokens of the ledger's calls in their time: input and output.
    pub fn of(windows: &[Window], [ledger_input_tokens, ledger_output_tokens]: [u64; 2]) -> Self {
        let sum = |of: fn(&Window) -> u64| windows.iter().map(of).fold(0, u64::saturating_add);
        Reconciliation {
            windows_input_tokens: sum(|window| window.input_tokens),
            windows_output_tokens: sum(|window| window.output_tokens),
            ledger_input_tokens,
            ledger_output_tokens,
        }
    }

    /// Whether input and output both agree within 2 % of the ledger's.
    ///
    /// ```
    /// use carbon_core::measure::Reconciliation;
    /// let found = Reconciliation {
    ///     windows_input_tokens: 1_020,
    ///     windows_output_tokens: 980,
    ///     ledger_input_tokens: 1_000,
    ///     ledger_output_tokens: 1_000,
    /// };
    /// assert!(found.agrees());
    /// assert!(!Reconciliation { windows_input_tokens: 1_021, ..found }.agrees());
    /// ```
    pub fn agrees(&self) -> bool {
        let agree = |windows: u64, ledger: u64| {
            u128::from(windows.abs_diff(ledger)) * u128::from(Self::TOLERANCE) <= u128::from(ledger)
        };
        agree(self.windows_input_tokens, self.ledger_input_tokens)
            && agree(self.windows_output_tokens, self.ledger_output_tokens)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::window::{MeteredEnergy, Scope};
    use proptest::prelude::*;

    fn window(from_ms: i64, to_ms: i64) -> Window {
        Window {
            from_ms,
            to_ms,
            meter: "rack".to_owned(),
            scope: Scope::Node,
            energy: MeteredEnergy { node_uj: Some(1), ..MeteredEnergy::default() },
            input_tokens: 1,
            cache_read_input_tokens: None,
            output_tokens: 1,
            requests: None,
            context_sum: None,
        }
    }

    proptest! {
        #[test]
        fn coverage_is_the_minutes_that_lie_in_a_window(spans in prop::collection::vec((0..400_i64, 1..90_i64), 0..12)) {
            const MINUTE_MS: i64 = 60_000;
            let windows: Vec<Window> = spans
                .iter()
                .map(|(from, length)| window(from * MINUTE_MS, (from + length) * MINUTE_MS))
                .collect();
            let hours = [0, 1, 3, 4, 7];
            let minutes = hours.iter().flat_map(|hour| hour * 60..(hour + 1) * 60);
            let metered =
                minutes.filter(|minute| spans.iter().any(|(from, length)| (*from..from + length).contains(minute)));
            let expected = metered.count() as u64 * 60_000;
            prop_assert_eq!(Coverage::of(&windows, hours), Coverage { hours_with_calls: 5, metered_ms: expected });
        }
    }

    #[test]
    fn nothing_agrees_with_nothing_alone() {
        assert!(Reconciliation::of(&[], [0, 0]).agrees());
        assert!(!Reconciliation::of(&[window(0, 1_000)], [0, 1]).agrees());
        assert!(!Reconciliation::of(&[], [1, 0]).agrees());
        assert!(Reconciliation::of(&[window(0, 1_000)], [1, 1]).agrees());
    }
}
