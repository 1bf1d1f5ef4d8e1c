//! Counts as the ledger stores them, or why there are none.

use super::stated::{ModelNature, Part, PartKind, Place, StatedCounts};
use crate::ingest::count::TokenCount;
use carbon_core::usage::{Media, MediaUnit};

/// Counts as the ledger stores them: input includes cached tokens, output includes reasoning tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct UsageCounts {
    pub(crate) input: u64,
    pub(crate) output: u64,
    pub(crate) cache_read: u64,
    pub(crate) cache_creation: u64,
    pub(crate) reasoning: u64,
}

impl UsageCounts {
    pub(crate) fn add(&mut self, other: UsageCounts) {
        self.input += other.input;
        self.output += other.output;
        self.cache_read += other.cache_read;
        self.cache_creation += other.cache_creation;
        self.reasoning += other.reasoning;
    }

    /// The larger input with its parts, and the larger output with its.
    pub(crate) fn larger_sides(self, other: UsageCounts) -> UsageCounts {
        let input = if self.input > other.input { self } else { other };
        let output = if self.output > other.output { self } else { other };
        UsageCounts { output: output.output, reasoning: output.reasoning, ..input }
    }

    /// As the counts of a request.
    pub(crate) fn counts(self) -> [TokenCount; 5] {
        [self.input, self.output, self.cache_read, self.cache_creation, self.reasoning].map(TokenCount::of)
    }
}

/// Counts, and what a reader of them should know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SettledCounts {
    pub(crate) counts: UsageCounts,
    pub(crate) notes: Vec<String>,
    /// Of how many calls they are; `None` is one, 0 is an unknown number.
    pub(crate) calls: Option<u64>,
    /// What of them is not text, and what no token stands for. Parts are no more than their wholes.
    pub(crate) media: Media,
}

/// Why counts cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unsettled {
    NoCounts,
    NoInput,
    NoOutput,
    /// The total is more than everything that is stated.
    Unexplained {
        total: u64,
        sum: u64,
    },
    /// A part is certain to lie within a whole that is smaller.
    PartAboveWhole,
    TooMany,
}

impl SettledCounts {
    /// The same, as a tool would state them.
    pub(crate) fn stated(self, model: ModelNature) -> StatedCounts {
        let UsageCounts { input, output, cache_read, cache_creation, reasoning } = self.counts;
        let part = |kind, tokens| Part { kind, tokens, place: Place::Within, is_certain: true };
        StatedCounts {
            input: Some(input),
            output: Some(output),
            parts: vec![
                part(PartKind::CacheRead, cache_read),
                part(PartKind::CacheCreation, cache_creation),
                part(PartKind::Reasoning, reasoning),
            ],
            model,
            notes: self.notes,
            calls: self.calls,
            media: self.media,
            ..StatedCounts::default()
        }
    }
}

/// The parts of these wholes that are not text, with a note where more of them are stated than there are tokens.
pub(super) fn capped(mut media: Media, input: u64, output: u64, notes: &mut Vec<String>) -> Media {
    for (whole, name, units) in [
        (input, "input", [MediaUnit::InputImageTokens, MediaUnit::InputAudioTokens]),
        (output, "output", [MediaUnit::OutputImageTokens, MediaUnit::OutputAudioTokens]),
    ] {
        let mut left = whole;
        for unit in units {
            let stated = media.get(unit);
            if stated > left {
                notes.push(format!(
                    "{stated} {unit} are stated, which is more than the {name} has besides: {left} are counted"
                ));
                media = media.with(unit, left);
            }
            left -= media.get(unit);
        }
    }
    media
}

impl Unsettled {
    /// After "the event" or the name of a field.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Unsettled::NoCounts => "has no token counts",
            Unsettled::NoInput => "has no input tokens, and no total that would show them",
            Unsettled::NoOutput => "has no output tokens, and no total that would show them",
            Unsettled::Unexplained { .. } => {
                "has a total that is more than its input, its output and all stated parts"
            }
            Unsettled::PartAboveWhole => "has a part that is larger than its whole",
            Unsettled::TooMany => "has more than 1000000000 input or output tokens in total",
        }
    }

    /// The same, with the numbers.
    pub(crate) fn explained(self) -> String {
        match self {
            Unsettled::Unexplained { total, sum } => format!(
                "has a total of {total} tokens, but input, output and all stated parts are {sum}: state what the other {} are, or send the counts by name",
                total - sum
            ),
            Unsettled::NoCounts
            | Unsettled::NoInput
            | Unsettled::NoOutput
            | Unsettled::PartAboveWhole
            | Unsettled::TooMany => self.reason().to_owned(),
        }
    }
}
