//! LiteLLM's record of a call: in its generic API callback and in its spend logs.

use crate::{
    config::TOKENS_MAX,
    ingest::{
        arithmetic::{ModelNature, Part, Place, StatedCounts, Unsettled, UsageCounts, settle},
        call::TrackRequest,
        count::TokenCount,
        sources::{
            SourceRecord,
            lenient::{Number, Object, Text, text_of, utc},
            tenant_named,
        },
        usage_object,
    },
};
use serde::Deserialize;
use serde_json::Value;

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
    total_tokens: Number,
    call_type: Text,
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
        // Served from LiteLLM's own cache: no model was called.
        if self.cache_hit.0.as_ref().is_some_and(|hit| hit.eq_ignore_ascii_case("true")) {
            return SourceRecord::Nothing;
        }
        // A failed call has at most an input that LiteLLM guessed; an interrupted one has an output too.
        if self.completion_tokens.or_zero() == 0 && self.status.0.as_deref() == Some("failure") {
            return SourceRecord::Nothing;
        }
        let nature = self.nature();
        let settled = match self.stated(nature).map(|stated| settle(&stated).map_err(Unsettled::reason)) {
            Ok(Ok(settled)) => settled,
            Ok(Err(reason)) | Err(reason) => return SourceRecord::Uncountable(reason),
        };
        let UsageCounts { input, output, cache_read, cache_creation, reasoning } = settled.counts;
        // LiteLLM writes 0 where it knows nothing.
        if input == 0 && output == 0 {
            return SourceRecord::Uncountable(Unsettled::NoCounts.reason());
        }
        SourceRecord::Call(Box::new(TrackRequest {
            tenant_id,
            model: self.model.0,
            provider: self.custom_llm_provider.0,
            event_id: self.id.0.or(self.request_id.0),
            timestamp: self.start_time.0.as_deref().map(utc),
            input_tokens: TokenCount::checked(input),
            output_tokens: TokenCount::checked(output),
            cache_read_input_tokens: TokenCount::checked(cache_read),
            cache_creation_input_tokens: TokenCount::checked(cache_creation),
            reasoning_output_tokens: TokenCount::checked(reasoning),
            notes: settled.notes,
            ..TrackRequest::default()
        }))
    }

    fn nature(&self) -> ModelNature {
        let mut nature = self.model.0.as_deref().map(ModelNature::of).unwrap_or_default();
        let call_type = self.call_type.0.as_deref().unwrap_or_default();
        nature.has_no_output |= call_type.contains("embedding") || call_type.contains("rerank");
        nature
    }

    /// Its counts: input, output and total of the record, and the parts that the provider's own object states.
    fn stated(&self, nature: ModelNature) -> Result<StatedCounts, &'static str> {
        let mut stated = StatedCounts {
            input: self.prompt_tokens.0,
            output: self.completion_tokens.0,
            total: self.total_tokens.0,
            model: nature,
            ..StatedCounts::default()
        };
        for place in ["usage_object", "additional_usage_values"] {
            let Some(Value::Object(object)) = self.metadata.at(place) else { continue };
            let of_object = usage_object::stated(object, nature)
                .map_err(|_| "has a token count that is not an integer from 0 to 1000000000")?;
            let is_beside = of_object.parts.iter().any(|part| part.place == Place::Beside && part.tokens > 0);
            for part in of_object.parts.into_iter().filter(|part| part.tokens > 0) {
                if !stated.parts.iter().any(|known| known.kind == part.kind) {
                    // LiteLLM's own input and output include them, but for what its total says.
                    stated.parts.push(Part { place: Place::Within, ..part });
                }
            }
            // What an object without its cached tokens states shows where they lie in the record.
            stated.fresh = stated.fresh.or(of_object.fresh).or(of_object.input.filter(|_| is_beside));
            stated.input = stated.input.or(of_object.input);
            stated.output = stated.output.or(of_object.output);
        }
        let is_too_many = |count: &u64| *count > TOKENS_MAX;
        if stated.input.iter().chain(&stated.output).any(is_too_many) {
            return Err(Unsettled::TooMany.reason());
        }
        Ok(stated)
    }

    /// The value of a field of the record or of its metadata, whoever set it.
    fn tenant(&self, field: &str) -> Option<String> {
        let own = match field {
            "end_user" => self.end_user.0.clone(),
            "team_id" => self.team_id.0.clone(),
            _ => None,
        };
        let name = field.strip_prefix("metadata.").unwrap_or(field);
        own.and_then(tenant_named)
            .or_else(|| {
                let places = [
                    name.to_owned(),
                    format!("user_api_key_{name}"),
                    format!("user_api_key_{name}_id"),
                    format!("requester_metadata.{name}"),
                    format!("spend_logs_metadata.{name}"),
                ];
                places.iter().find_map(|place| tenant_named(text_of(self.metadata.at(place)?)?))
            })
            // Without the proxy, a call's `user` is nowhere else.
            .or_else(|| {
                tenant_named(text_of(self.model_parameters.at("user").filter(|_| field == "end_user")?)?)
            })
    }
}
