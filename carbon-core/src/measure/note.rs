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
}

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
        }
    }
}
