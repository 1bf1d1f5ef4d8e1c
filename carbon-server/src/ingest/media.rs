//! What a call takes and gives besides text, as requests state it.

use crate::{
    config,
    http::faults::Faults,
    ingest::count::{Seconds, TokenCount},
};
use carbon_core::usage::{Media, MediaUnit};

/// The fields of a request.
#[derive(Clone, Copy, Default)]
pub(crate) struct MediaFields<'r> {
    /// Parts of the input and output tokens, in the order of [`TOKENS`].
    pub(crate) tokens: [Option<TokenCount>; TOKENS.len()],
    pub(crate) images: Option<TokenCount>,
    /// Of each image, as `1024x1024`.
    pub(crate) image_size: Option<&'r str>,
    pub(crate) video: Option<Seconds>,
    pub(crate) video_size: Option<&'r str>,
    pub(crate) audio: Option<Seconds>,
}

/// What some of the tokens stand for.
const TOKENS: [MediaUnit; 4] = [
    MediaUnit::InputImageTokens,
    MediaUnit::InputAudioTokens,
    MediaUnit::OutputImageTokens,
    MediaUnit::OutputAudioTokens,
];

const MS_PER_S: u64 = 1_000;

/// What no token stands for.
const MADE: [MediaUnit; 5] = [
    MediaUnit::Images,
    MediaUnit::ImagePixels,
    MediaUnit::VideoMs,
    MediaUnit::VideoPixelS,
    MediaUnit::AudioMs,
];

impl MediaFields<'_> {
    /// Those that a reader has found.
    pub(crate) fn of(media: &Media) -> Self {
        let some = |unit| Some(media.get(unit)).filter(|count| *count > 0);
        MediaFields {
            tokens: TOKENS.map(|unit| some(unit).map(TokenCount::of)),
            audio: some(MediaUnit::AudioMs).map(Seconds::of_ms),
            ..MediaFields::default()
        }
    }

    /// Whether it says which tokens are not text.
    pub(crate) fn has_tokens(&self) -> bool {
        self.tokens.iter().any(Option::is_some)
    }

    /// What is counted, with every fault noted.
    pub(crate) fn read(&self, faults: &mut Faults) -> Media {
        let mut media = Media::default();
        for (unit, tokens) in TOKENS.into_iter().zip(self.tokens) {
            media = media.with(unit, tokens.map_or(0, |TokenCount(tokens)| tokens));
        }
        let images = self.images.map_or(0, |TokenCount(images)| images);
        if images > config::IMAGES_MAX {
            faults.add("/images", format!("must be an integer from 0 to {}", config::IMAGES_MAX));
            return media;
        }
        let [video, audio] = [self.video, self.audio].map(|time| time.map_or(0, Seconds::ms));
        media = media
            .with(MediaUnit::Images, images)
            .with(MediaUnit::VideoMs, video)
            .with(MediaUnit::AudioMs, audio);
        for (field, of, size, whole, per, unit) in [
            (
                "/image_size",
                "images",
                self.image_size,
                self.images.map(|_| images),
                1,
                MediaUnit::ImagePixels,
            ),
            (
                "/video_size",
                "video_seconds",
                self.video_size,
                self.video.map(Seconds::ms),
                MS_PER_S,
                MediaUnit::VideoPixelS,
            ),
        ] {
            let Some(size) = size else { continue };
            let (Some(whole), Some(pixels)) = (whole, pixels(size)) else {
                faults.add(
                    field,
                    if whole.is_none() {
                        format!("is the size of what {of} counts, which is missing")
                    } else {
                        format!(
                            "must be width x height in pixels, such as 1024x1024, each from 1 to {}",
                            config::SIDE_PIXELS_MAX
                        )
                    },
                );
                continue;
            };
            // Milliseconds are rounded to seconds after they were multiplied.
            let product = whole.checked_mul(pixels).map(|product| (product + per / 2) / per);
            match product.filter(|product| *product <= config::PIXELS_MAX) {
                Some(product) => media = media.with(unit, product),
                None => faults.add(
                    field,
                    format!("makes more than {} with {of}: state it in several calls", config::PIXELS_MAX),
                ),
            }
        }
        media
    }
}

/// What an object of a provider says, and what its sender says beside it of what no token stands for.
pub(crate) fn beside(object: Media, stated: Media) -> Media {
    MADE.into_iter()
        .filter(|unit| stated.get(*unit) > 0)
        .fold(object, |media, unit| media.with(unit, stated.get(unit)))
}

/// Pixels of a size such as `1024x1024`.
fn pixels(size: &str) -> Option<u64> {
    let (width, height) = size.split_once('x')?;
    let side = |text: &str| {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
        let side = text.parse().ok().filter(|side| is_plain && *side <= config::SIDE_PIXELS_MAX);
        side.map(|side: u64| side)
    };
    Some(side(width)? * side(height)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: MediaFields<'_>) -> Result<String, String> {
        let mut faults = Faults::default();
        let media = fields.read(&mut faults);
        faults.none().map(|()| media.to_string()).map_err(|problem| format!("{problem:?}"))
    }

    #[test]
    fn sizes_are_width_and_height_in_pixels() {
        for (size, expect) in [
            ("1024x1024", Some(1_048_576)),
            ("1x65536", Some(65_536)),
            ("65537x1", None),
            ("0x5", None),
            ("x5", None),
            ("5x", None),
            ("+5x5", None),
            ("1024X1024", None),
            ("1024x1024x3", None),
            ("large", None),
            ("99999999999999999999x1", None),
        ] {
            assert_eq!(pixels(size), expect, "{size}");
        }
    }

    #[test]
    fn products_follow_from_what_is_stated() {
        let images = MediaFields {
            images: Some(TokenCount::of(2)),
            image_size: Some("1024x1792"),
            video: Some(Seconds::of_ms(8_500)),
            video_size: Some("1280x720"),
            ..MediaFields::default()
        };
        let expect = "images=2,image_pixels=3670016,video_ms=8500,video_pixel_s=7833600";
        assert_eq!(read(images).unwrap(), expect);
        assert_eq!(read(MediaFields::default()).unwrap(), "");
        for (fields, fault) in [
            (MediaFields { images: Some(TokenCount::of(1_000_001)), ..images }, "/images"),
            (
                MediaFields {
                    images: Some(TokenCount::of(1_000_000)),
                    image_size: Some("65536x65536"),
                    ..images
                },
                "/image_size",
            ),
            (MediaFields { images: None, ..images }, "/image_size"),
            (MediaFields { video: None, ..images }, "/video_size"),
            (MediaFields { video_size: Some("720p"), ..images }, "/video_size"),
        ] {
            let said = read(fields).unwrap_err();
            assert!(said.contains(fault), "{said}");
        }
    }
}
