//! LiteLLM's record of a call: in its generic API callback and in its spend logs.

use crate::{
    config::TOKENS_MAX,
    ingest::{
        call::TrackRequest,
        count::TokenCount,
        sources::{
            SourceRecord, input_with_cached,
            lenient::{Number, Object, Text, count_of, text_of, utc},
        },
    },
};
use serde::Deserialize;

/// The fields that are read from a `StandardLoggingPayload` or a row of `LiteLLM_SpendLogs`. Messages and responses are
/// not.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Logged {
    id: Text,
    /// Its name in the spend logs.
    request_id: Text,
    status: Text,
    model: Text,
    custom_llm_provider: Text,
    prompt_tokens: Number,
    completion_tokens: Number,
    #[serde(rename = "startTime")]
    start_time: Text,
    cache_hit: Text,
    end_user: Text,
    team_id: Text,
    metadata: Object,
    model_parameters: Object,
}

impl Logged {
    /// The call; its tenant is the first of `tenant_fields` that is there.
    pub(crate) fn into_record(self, tenant_fields: &[String]) -> SourceRecord {
        let tenant_id = tenant_fields.iter().find_map(|field| self.tenant(field));
        let Logged { id, request_id, status, model, custom_llm_provider, .. } = self;
        // Served from LiteLLM's own cache: no model was called.
        if self.cache_hit.0.is_some_and(|hit| hit.eq_ignore_ascii_case("true")) {
            return SourceRecord::Nothing;
        }
        // A failed call has at most an input that LiteLLM guessed; an interrupted one has an output too.
        if self.completion_tokens.or_zero() == 0 && status.0.is_some_and(|status| status == "failure") {
            return SourceRecord::Nothing;
        }
        let (Some(input), Some(output)) = (self.prompt_tokens.0, self.completion_tokens.0) else {
            return SourceRecord::Uncountable("has no token counts");
        };
        if input == 0 && output == 0 {
            return SourceRecord::Uncountable("has no token counts");
        }
        // 0 may mean that the field was not filled in.
        let count = |paths: &[&str]| {
            let counts = paths.iter().filter_map(|path| count_of(self.metadata.at(path)?));
            counts.into_iter().find(|count| *count > 0)
        };
        let parts = [CACHE_READ, CACHE_CREATION, REASONING].map(count);
        let beyond = |count: &u64| *count > TOKENS_MAX;
        if beyond(&input) || beyond(&output) || parts.iter().flatten().any(beyond) {
            return SourceRecord::Uncountable("has more than 1000000000 tokens");
        }
        let [cache_read, cache_creation, reasoning] = parts;
        let input = input_with_cached(input, cache_read, cache_creation);
        let [Some(input), Some(output)] = [input, output].map(TokenCount::checked) else {
            return SourceRecord::Uncountable("has more than 1000000000 tokens");
        };
        let of = |count: Option<u64>| count.and_then(TokenCount::checked);
        SourceRecord::Call(Box::new(TrackRequest {
            tenant_id,
            model: model.0,
            provider: custom_llm_provider.0,
            event_id: id.0.or(request_id.0),
            timestamp: self.start_time.0.as_deref().map(utc),
            input_tokens: Some(input),
            output_tokens: Some(output),
            cache_read_input_tokens: of(cache_read),
            cache_creation_input_tokens: of(cache_creation),
            reasoning_output_tokens: of(reasoning),
            ..TrackRequest::default()
        }))
    }

    /// The value of a field of the record or of its metadata, whoever set it.
    fn tenant(&self, field: &str) -> Option<String> {
        let own = match field {
            "end_user" => self.end_user.0.clone(),
            "team_id" => self.team_id.0.clone(),
            _ => None,
        };
        let name = field.strip_prefix("metadata.").unwrap_or(field);
        own.or_else(|| {
            let places = [
                name.to_owned(),
                format!("user_api_key_{name}"),
                format!("user_api_key_{name}_id"),
                format!("requester_metadata.{name}"),
                format!("spend_logs_metadata.{name}"),
            ];
            places.iter().find_map(|place| text_of(self.metadata.at(place)?))
        })
        // Without the proxy, a call's `user` is nowhere else.
        .or_else(|| text_of(self.model_parameters.at("user")?).filter(|_| field == "end_user"))
    }
}

// Within the metadata: first the provider's own counts, then what LiteLLM derived from them.
const CACHE_READ: &[&str] = &[
    "usage_object.cache_read_input_tokens",
    "usage_object.prompt_tokens_details.cached_tokens",
    "additional_usage_values.cache_read_input_tokens",
    "additional_usage_values.prompt_tokens_details.cached_tokens",
];
const CACHE_CREATION: &[&str] = &[
    "usage_object.cache_creation_input_tokens",
    "usage_object.prompt_tokens_details.cache_write_tokens",
    "additional_usage_values.cache_creation_input_tokens",
    "additional_usage_values.prompt_tokens_details.cache_write_tokens",
];
const REASONING: &[&str] = &[
    "usage_object.completion_tokens_details.reasoning_tokens",
    "additional_usage_values.completion_tokens_details.reasoning_tokens",
];
