//! What a usage object states besides text. A part that cannot be read is left out and noted: the totals hold without it.

use super::words::plain;
use crate::{
    config::TOKENS_MAX,
    ingest::{count::Seconds, sources::lenient::count_of},
};
use carbon_core::usage::{Media, MediaUnit};
use serde_json::Value;

/// What is not text. Of several names for one of them the one with the most counts; frames of video count as images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MediaPart {
    InputImage,
    InputVideo,
    InputAudio,
    OutputImage,
    OutputVideo,
    OutputAudio,
    /// Seconds of sound, which no token stands for.
    AudioSeconds,
}

impl MediaPart {
    /// What it is a count of.
    pub(crate) fn unit(self) -> MediaUnit {
        match self {
            MediaPart::InputImage | MediaPart::InputVideo => MediaUnit::InputImageTokens,
            MediaPart::InputAudio => MediaUnit::InputAudioTokens,
            MediaPart::OutputImage | MediaPart::OutputVideo => MediaUnit::OutputImageTokens,
            MediaPart::OutputAudio => MediaUnit::OutputAudioTokens,
            MediaPart::AudioSeconds => MediaUnit::AudioMs,
        }
    }

    /// All of them.
    pub(crate) const ALL: [MediaPart; 7] = [
        MediaPart::InputImage,
        MediaPart::InputVideo,
        MediaPart::InputAudio,
        MediaPart::OutputImage,
        MediaPart::OutputVideo,
        MediaPart::OutputAudio,
        MediaPart::AudioSeconds,
    ];
}

/// Counts by kind: of each the most that a field states.
#[derive(Clone, Copy, Default)]
pub(super) struct FoundMedia([u64; MediaPart::ALL.len()]);

impl FoundMedia {
    fn note(&mut self, part: MediaPart, count: u64) {
        let most = &mut self.0[part as usize];
        *most = count.max(*most);
    }

    /// Notes what a field counts.
    pub(super) fn add(&mut self, part: MediaPart, value: &Value, path: &str, notes: &mut Vec<String>) {
        let count = if part.unit() == MediaUnit::AudioMs {
            seconds(value).map(Seconds::ms)
        } else {
            count_of(value).filter(|count| *count <= TOKENS_MAX)
        };
        match count {
            Some(count) => self.note(part, count),
            None => notes.push(format!("{path} is no count, and was left out")),
        }
    }

    /// Notes what a list counts by modality.
    pub(super) fn add_list(
        &mut self,
        parts: [MediaPart; 3],
        items: &[Value],
        path: &str,
        notes: &mut Vec<String>,
    ) {
        let mut sums = [0_u64; 3];
        for item in items.iter().filter_map(Value::as_object) {
            let field =
                |wanted: &str| item.iter().find(|(name, _)| plain(name) == wanted).map(|(_, value)| value);
            let modality = field("modality").and_then(Value::as_str).unwrap_or_default();
            let Some(place) =
                ["image", "video", "audio"].iter().position(|of| modality.eq_ignore_ascii_case(of))
            else {
                continue;
            };
            let Some(tokens) = field("tokencount").filter(|tokens| !tokens.is_null()) else { continue };
            match count_of(tokens).filter(|count| *count <= TOKENS_MAX) {
                Some(tokens) => sums[place] += tokens,
                None => notes.push(format!("{path} holds what is no count, and it was left out")),
            }
        }
        for (part, sum) in parts.into_iter().zip(sums) {
            self.note(part, sum);
        }
    }

    /// As the ledger counts them: frames of video are images.
    pub(super) fn counts(&self) -> Media {
        MediaPart::ALL.iter().zip(self.0).fold(Media::default(), |media, (part, count)| {
            media.with(part.unit(), media.get(part.unit()) + count)
        })
    }
}

/// Seconds of sound; parts of a millisecond are dropped.
fn seconds(value: &Value) -> Option<Seconds> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    let number: rust_decimal::Decimal = text.parse().ok()?;
    let seconds = number.trunc_with_scale(3);
    Seconds::checked(seconds)
}
