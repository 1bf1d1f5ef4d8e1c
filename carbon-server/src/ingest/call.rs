//! An LLM call: the body of `/track`, and what every other source is converted to.

use crate::{
    http::faults::Faults,
    ingest::{
        arithmetic::SettledCounts,
        count::{Seconds, TokenCount},
        media::MediaFields,
        tags::Tags,
        tokens::{self, TokenCounts},
        usage_object::UsageObject,
    },
    store::Sighting,
};
use serde::{Deserialize, Serialize};

/// The body. Metadata only: a field that is not listed here is rejected by name, so no prompt can get in.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrackRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tenant_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) provider: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) event_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timestamp: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) input_tokens: Option<TokenCount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) output_tokens: Option<TokenCount>,
    /// Another name for `input_tokens`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prompt_tokens: Option<TokenCount>,
    /// Another name for `output_tokens`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) completion_tokens: Option<TokenCount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cache_read_input_tokens: Option<TokenCount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cache_creation_input_tokens: Option<TokenCount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reasoning_output_tokens: Option<TokenCount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) input_image_tokens: Option<TokenCount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) input_audio_tokens: Option<TokenCount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) output_image_tokens: Option<TokenCount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) output_audio_tokens: Option<TokenCount>,
    /// Images made, and the size of each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) images: Option<TokenCount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) image_size: Option<String>,
    /// Video made, and the size of a frame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) video_seconds: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) video_size: Option<String>,
    /// Sound heard or spoken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) audio_seconds: Option<Seconds>,
    /// The provider's own usage object, unchanged, instead of the counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) usage: Option<UsageObject>,
    /// Of how many calls these are the counts; 0 is an unknown number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) calls: Option<TokenCount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tags: Option<Tags>,
    /// What a reader of another tool's record has to say of it.
    #[serde(skip)]
    pub(crate) notes: Vec<String>,
    /// For a span: what tells that another span shows the same call.
    #[serde(skip)]
    pub(crate) sighting: Option<Box<Sighting>>,
}

impl TrackRequest {
    /// A call with these counts, and nothing else yet.
    pub(crate) fn counting(settled: SettledCounts) -> Self {
        let [input, output, cache_read, cache_creation, reasoning] = settled.counts.counts().map(Some);
        let media = MediaFields::of(&settled.media);
        let [input_image, input_audio, output_image, output_audio] = media.tokens;
        TrackRequest {
            input_tokens: input,
            output_tokens: output,
            cache_read_input_tokens: cache_read,
            cache_creation_input_tokens: cache_creation,
            reasoning_output_tokens: reasoning,
            input_image_tokens: input_image,
            input_audio_tokens: input_audio,
            output_image_tokens: output_image,
            output_audio_tokens: output_audio,
            audio_seconds: media.audio,
            calls: settled.calls.map(TokenCount::of),
            notes: settled.notes,
            ..TrackRequest::default()
        }
    }

    /// Input and output tokens, including cached ones; `None` if one is missing.
    pub(crate) fn tokens(&self) -> Option<u64> {
        let mut faults = Faults::default();
        let read = tokens::usage(&mut faults, self.model.as_deref(), &self.counts());
        faults.none().ok()?;
        u64::try_from(read.usage.total_tokens()).ok()
    }

    /// Whether there is something to note on how its counts were read.
    pub(crate) fn is_uncertain(&self) -> bool {
        let of_object = || tokens::usage(&mut Faults::default(), self.model.as_deref(), &self.counts()).notes;
        !self.notes.is_empty() || self.usage.is_some() && !of_object().is_empty()
    }

    /// Whether its context is not counted, as nobody knows of how many calls it is.
    pub(crate) fn lacks_context(&self) -> bool {
        let read = tokens::usage(&mut Faults::default(), self.model.as_deref(), &self.counts());
        read.usage.context_unknown_tokens > 0
    }

    /// Its token counts.
    pub(crate) fn counts(&self) -> TokenCounts<'_> {
        TokenCounts {
            input: self.input_tokens,
            output: self.output_tokens,
            prompt: self.prompt_tokens,
            completion: self.completion_tokens,
            cache_read: self.cache_read_input_tokens,
            cache_creation: self.cache_creation_input_tokens,
            reasoning: self.reasoning_output_tokens,
            object: self.usage.as_ref(),
            calls: self.calls,
            media: MediaFields {
                tokens: [
                    self.input_image_tokens,
                    self.input_audio_tokens,
                    self.output_image_tokens,
                    self.output_audio_tokens,
                ],
                images: self.images,
                image_size: self.image_size.as_deref(),
                video: self.video_seconds,
                video_size: self.video_size.as_deref(),
                audio: self.audio_seconds,
            },
        }
    }
}
