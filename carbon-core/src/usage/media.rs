//! What calls take and give besides text: typed counts, so that nothing is valued at the rate of another kind.

use crate::words::words;
use std::{fmt, ops::AddAssign};

words! {
    /// What is counted.
    MediaUnit {
        /// Input tokens that stand for images or frames; part of the input tokens.
        InputImageTokens = "input_image_tokens",
        /// Input tokens that stand for sound; part of the input tokens.
        InputAudioTokens = "input_audio_tokens",
        /// Output tokens that stand for images; part of the output tokens. No rate of text applies to them.
        OutputImageTokens = "output_image_tokens",
        /// Output tokens that stand for sound; part of the output tokens. No rate of text applies to them.
        OutputAudioTokens = "output_audio_tokens",
        /// Images made.
        Images = "images",
        /// Pixels of the images made, of those whose size was stated.
        ImagePixels = "image_pixels",
        /// Video made, in milliseconds.
        VideoMs = "video_ms",
        /// Pixels of a frame times seconds, of the video made whose size was stated, rounded.
        VideoPixelS = "video_pixel_s",
        /// Sound heard or spoken, in milliseconds.
        AudioMs = "audio_ms",
    }
}

/// How many kinds there are.
const KINDS: usize = MediaUnit::ALL.len();

/// A count of each kind. Counts may be added.
///
/// ```
/// use carbon_core::usage::{Media, MediaUnit};
/// let images = Media::default().with(MediaUnit::Images, 2).with(MediaUnit::ImagePixels, 2 * 1024 * 1024);
/// assert_eq!(images.get(MediaUnit::Images), 2);
/// assert!(images.is_made() && Media::default().is_empty());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Media {
    counts: [u64; KINDS],
}

impl Media {
    /// With these counts, in the order of [`MediaUnit::ALL`].
    pub fn of(counts: [u64; KINDS]) -> Self {
        Media { counts }
    }

    /// All counts, in the order of [`MediaUnit::ALL`].
    pub fn counts(&self) -> [u64; KINDS] {
        self.counts
    }

    /// The count of a kind.
    pub fn get(&self, unit: MediaUnit) -> u64 {
        self.counts[unit as usize]
    }

    /// The same with another count of a kind.
    #[must_use]
    pub fn with(mut self, unit: MediaUnit, count: u64) -> Self {
        self.counts[unit as usize] = count;
        self
    }

    /// Whether nothing is counted.
    pub fn is_empty(&self) -> bool {
        self.counts == [0; KINDS]
    }

    /// Whether images, video or sound are counted that no token stands for.
    pub fn is_made(&self) -> bool {
        [MediaUnit::Images, MediaUnit::VideoMs, MediaUnit::AudioMs].into_iter().any(|unit| self.get(unit) > 0)
    }

    /// Output tokens that stand for something else than text.
    pub fn output_tokens(&self) -> u64 {
        self.get(MediaUnit::OutputImageTokens).saturating_add(self.get(MediaUnit::OutputAudioTokens))
    }

    /// Input tokens that stand for something else than text.
    pub fn input_tokens(&self) -> u64 {
        self.get(MediaUnit::InputImageTokens).saturating_add(self.get(MediaUnit::InputAudioTokens))
    }

    /// The sum, or `None` if a count does not fit its bits.
    pub fn checked_add(mut self, other: &Media) -> Option<Media> {
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count = count.checked_add(more)?;
        }
        Some(self)
    }
}

/// The counts that are not 0, as `images=2,image_pixels=2097152`, in the order of [`MediaUnit::ALL`]; empty where there are
/// none. Signed, since a reversal takes away what its event has added.
pub fn media_text(counts: [i64; KINDS]) -> String {
    let counted = MediaUnit::ALL.iter().zip(counts).filter(|(_, count)| *count != 0);
    counted.map(|(unit, count)| format!("{unit}={count}")).collect::<Vec<_>>().join(",")
}

/// The inverse of [`media_text`]; `None` for any other text.
pub fn media_counts(text: &str) -> Option<[i64; KINDS]> {
    let mut counts = [0; KINDS];
    for part in text.split(',').filter(|_| !text.is_empty()) {
        let (unit, count) = part.split_once('=')?;
        counts[MediaUnit::from_word(unit)? as usize] = count.parse().ok()?;
    }
    // One set of counts has one text.
    (media_text(counts) == text).then_some(counts)
}

/// As [`media_text`] has it.
impl fmt::Display for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted = MediaUnit::ALL.iter().zip(self.counts).filter(|(_, count)| *count > 0);
        for (place, (unit, count)) in counted.enumerate() {
            if place > 0 {
                f.write_str(",")?;
            }
            write!(f, "{unit}={count}")?;
        }
        Ok(())
    }
}

impl AddAssign<&Media> for Media {
    /// # Panics
    /// If a sum does not fit 64 bits.
    fn add_assign(&mut self, other: &Media) {
        *self = self.checked_add(other).expect("sums of media fit 64 bits");
    }
}

/// An object with the counts that are not 0, by their names.
#[cfg(feature = "serde")]
mod json {
    use super::{Media, MediaUnit};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeMap};
    use std::collections::BTreeMap;

    impl Serialize for Media {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            for (unit, count) in MediaUnit::ALL.iter().zip(self.counts).filter(|(_, count)| *count > 0) {
                map.serialize_entry(unit.as_str(), &count)?;
            }
            map.end()
        }
    }

    impl<'de> Deserialize<'de> for Media {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let counts = BTreeMap::<MediaUnit, u64>::deserialize(deserializer)?;
            Ok(counts.into_iter().fold(Media::default(), |media, (unit, count)| media.with(unit, count)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_set_of_counts_has_one_text() {
        let mut counts = [0; KINDS];
        assert_eq!((media_text(counts).as_str(), media_counts("")), ("", Some(counts)));
        counts[MediaUnit::Images as usize] = -2;
        counts[MediaUnit::AudioMs as usize] = 1_500;
        assert_eq!(media_text(counts), "images=-2,audio_ms=1500");
        assert_eq!(media_counts("images=-2,audio_ms=1500"), Some(counts));
        let media = Media::of(counts.map(i64::unsigned_abs));
        assert_eq!(media.to_string(), media_text(counts.map(i64::abs)));
        for text in
            ["audio_ms=1500,images=-2", "images=02", "images=0", "images", "pictures=1", ",", "images=1,"]
        {
            assert_eq!(media_counts(text), None, "{text}");
        }
    }
}
