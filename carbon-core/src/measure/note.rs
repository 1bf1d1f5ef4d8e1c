//! What a reader of a fit should know, and what is missing in its windows.

use crate::measure::{
    bootstrap::{BLOCKS_MIN, Block},
    design::{CACHED_OVER_FRESH, CONDITION_MAX, Cached, Design, Marginal, Row, SPLIT_WINDOWS_MIN},
    window::{HOST_SHARE, HOST_SHARE_GSD, Scope, Window},
};
use std::fmt;

/// A sentence about a fit.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Note {
    /// Some windows do not count cached input.
    CachedNotCounted,
    /// No window has any.
    CachedNeverSeen,
    /// It rose and fell with fresh input.
    CachedNotToldApart,
    /// Its rate stands at a bound.
    CachedAtBound {
        /// Of the rate of fresh input.
        part: f64,
    },
    /// Some windows do not state their context.
    ContextNotStated,
    /// It rose and fell with the output.
    ContextNotToldApart,
    /// Too few windows for more than one ratio.
    FewWindows {
        /// With tokens.
        windows: usize,
    },
    /// Kinds of tokens rose and fell together.
    NotToldApart {
        /// The condition number.
        condition: f64,
    },
    /// No energy was found in a kind of token.
    NoEnergyIn {
        /// The kind.
        kind: &'static str,
    },
    /// Blocks are shorter than days.
    ShortBlocks {
        /// What they are.
        block: Block,
    },
    /// Only the accelerators are metered, in some windows or in all.
    HostNotMetered,
    /// Windows differ in what their meters see.
    MixedScopes,
    /// The energy is not of the size that such a model takes.
    Implausible {
        /// Fitted, for 1,000 output tokens.
        wh_per_1k: f64,
        /// What our own method computes for the size of the model; `None` if that is not known.
        modelled: Option<f64>,
    },
}

/// How many times above or below our own method's energy is implausible.
pub const PLAUSIBLE_FACTOR: f64 = 100.0;
/// Wh for 1,000 output tokens above which energy is implausible for a model of unknown size.
pub const PLAUSIBLE_WH_PER_1K_MAX: f64 = 1_000.0;

impl Note {
    /// What the windows themselves lack.
    pub(super) fn of_windows(
        windows: &[&Window],
        counts_cached: bool,
        counts_context: bool,
        block: Block,
    ) -> Vec<Note> {
        let has = |scope: Scope| windows.iter().any(|window| window.scope == scope);
        let mut notes = Vec::new();
        if has(Scope::Accelerator) {
            notes.push(Note::HostNotMetered);
        }
        if Scope::ALL.iter().filter(|scope| has(**scope)).count() > 1 {
            notes.push(Note::MixedScopes);
        }
        if !counts_cached {
            notes.push(Note::CachedNotCounted);
        }
        if !counts_context {
            notes.push(Note::ContextNotStated);
        }
        if block != Block::Day {
            notes.push(Note::ShortBlocks { block });
        }
        notes
    }

    /// Where 1,000 output tokens take so much more or less than our own method computes for the model, or so much at all,
    /// that a unit may be wrong.
    pub(super) fn of_energy(wh_per_1k: f64, modelled: Option<f64>) -> Option<Note> {
        let is_plausible = match modelled {
            Some(modelled) => {
                (modelled / PLAUSIBLE_FACTOR..=modelled * PLAUSIBLE_FACTOR).contains(&wh_per_1k)
            }
            None => wh_per_1k <= PLAUSIBLE_WH_PER_1K_MAX,
        };
        (!is_plausible).then_some(Note::Implausible { wh_per_1k, modelled })
    }

    /// How the rate of cached input was found, where it is counted.
    pub(super) fn of_cached(design: &Design, totals: &Row, notes: &mut Vec<Note>) {
        if totals.cached <= 0.0 {
            notes.push(Note::CachedNeverSeen);
        } else if matches!(design, Design::Split { cached: Cached::Tied(_), .. }) {
            notes.push(Note::CachedNotToldApart);
        }
    }

    /// Where least squares came to an end at a bound.
    pub(super) fn of_bounds(design: &Design, found: &Marginal, totals: &Row, notes: &mut Vec<Note>) {
        /// What rounding leaves of nothing.
        const NOTHING: f64 = 1e-9;
        let Design::Split { cached, .. } = design else { return };
        let kinds = [("output", found.output, totals.output), ("fresh input", found.fresh, totals.fresh)];
        let none = |&&(_, rate, tokens): &&(&str, f64, f64)| rate <= 0.0 && tokens > 0.0;
        notes.extend(kinds.iter().filter(none).map(|&(kind, ..)| Note::NoEnergyIn { kind }));
        if *cached == Cached::Free && found.fresh > 0.0 {
            let part = found.cached / found.fresh;
            let bound = CACHED_OVER_FRESH.into_iter().find(|bound| (part - bound).abs() < NOTHING);
            notes.extend(bound.map(|part| Note::CachedAtBound { part }));
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::CachedNotCounted => {
                write!(f, "Not every window counts cached input, so all input has one rate.")
            }
            Note::CachedNeverSeen => {
                write!(
                    f,
                    "No window has cached input: its rate is 0.1 of that of fresh input, as in our model."
                )
            }
            Note::CachedNotToldApart => write!(
                f,
                "Cached and fresh input rose and fell together: the rate of cached input is 0.1 of that of fresh input, as in our model."
            ),
            Note::CachedAtBound { part } => {
                write!(
                    f,
                    "The rate of cached input is {part} of that of fresh input, the end of what is plausible."
                )
            }
            Note::ContextNotStated => write!(
                f,
                "Not every window states its sum of contexts: the energy of long contexts is part of the rate of output."
            ),
            Note::ContextNotToldApart => write!(
                f,
                "Context and output rose and fell together: the energy of long contexts is part of the rate of output."
            ),
            Note::FewWindows { windows } => write!(
                f,
                "{windows} windows have tokens, and it takes {SPLIT_WINDOWS_MIN} to tell input from output: their ratio is that of our model."
            ),
            Note::NotToldApart { condition } if condition.is_infinite() => {
                write!(
                    f,
                    "Input, output and time rose and fell as one: the ratio of input to output is that of our model."
                )
            }
            Note::NotToldApart { condition } => write!(
                f,
                "Input, output and time rose and fell together (condition number {condition:.0}, at most {CONDITION_MAX:.0}): the ratio of input to output is that of our model."
            ),
            Note::NoEnergyIn { kind } => write!(f, "The windows show no energy of {kind}."),
            Note::ShortBlocks { block } => write!(
                f,
                "The windows lie on fewer than {BLOCKS_MIN} days, so the interval is drawn by {block}: days may differ more than it says."
            ),
            Note::HostNotMetered => write!(
                f,
                "Only the accelerators are metered: the machines around them are added as a quarter ({HOST_SHARE}, with a geometric standard deviation of {HOST_SHARE_GSD})."
            ),
            Note::MixedScopes => write!(f, "The windows differ in what their meters see."),
            Note::Implausible { wh_per_1k, modelled: Some(modelled) } => write!(
                f,
                "Implausible: check units. With idle time, 1,000 output tokens take {} Wh by these windows, and {} Wh by our own method for a model of this size.",
                three_digits(*wh_per_1k),
                three_digits(*modelled)
            ),
            Note::Implausible { wh_per_1k, modelled: None } => write!(
                f,
                "Implausible: check units. With idle time, 1,000 output tokens take {} Wh by these windows, which is more than {PLAUSIBLE_WH_PER_1K_MAX} Wh.",
                three_digits(*wh_per_1k)
            ),
        }
    }
}

/// A number to read.
fn three_digits(number: f64) -> f64 {
    format!("{number:.2e}").parse().unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn energy_of_another_order_than_our_own_is_named() {
        let says = |wh_per_1k, modelled| Note::of_energy(wh_per_1k, modelled).map(|note| note.to_string());
        for (wh_per_1k, modelled) in [(0.0035, Some(0.34)), (33.9, Some(0.34)), (0.0, None), (1_000.0, None)]
        {
            assert_eq!(says(wh_per_1k, modelled), None);
        }
        for (wh_per_1k, modelled, words) in [
            (34.126, Some(0.34), "take 34.1 Wh by these windows, and 0.34 Wh by our own method"),
            (0.003_399, Some(0.34), "take 0.0034 Wh"),
            (0.0, Some(0.34), "take 0 Wh"),
            (138_888_888.9, None, "take 139000000 Wh by these windows, which is more than 1000 Wh"),
        ] {
            let said = says(wh_per_1k, modelled).unwrap();
            assert!(said.starts_with("Implausible: check units.") && said.contains(words), "{said}");
        }
    }
}
