//! LiteLLM's record of a call: in its generic API callback and in its spend logs.

use crate::{
    config::TOKENS_MAX,
    ingest::{
        arithmetic::{ModelNature, Part, Place, StatedCounts, Unsettled, settle},
        call::TrackRequest,
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
        // It would count as of now, in another month perhaps.
        if self.start_time.0.is_none() {
            return SourceRecord::Uncountable("has no start time");
        }
        SourceRecord::Call(Box::new(TrackRequest {
            tenant_id,
            model: self.model.0,
            provider: self.custom_llm_provider.0,
            event_id: self.id.0.or(self.request_id.0),
            timestamp: self.start_time.0.as_deref().map(utc),
            ..TrackRequest::counting(settled)
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
            let of_object = usage_object::stated(object, nature).map_err(|fault| fault.summary)?;
            // LiteLLM takes the top-level counts, which leave iterations out.
            if usage_object::iterations_of(object).is_some() {
                return Ok(of_object);
            }
            let is_beside = of_object.parts.iter().any(|part| part.place == Place::Beside && part.tokens > 0);
            // What an object without its cached tokens states shows where they lie in the record.
            stated.fresh = stated.fresh.or(of_object.fresh).or(of_object.input.filter(|_| is_beside));
            // LiteLLM's own input and output include the parts, but for what its own total says.
            let parts = of_object.parts.iter().map(|part| Part { place: Place::Within, ..*part }).collect();
            stated.complete(StatedCounts { parts, total: None, ..of_object });
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn call(log: &Value) -> Result<TrackRequest, &'static str> {
        let mut log = log.clone();
        log["startTime"] = json!(1_791_158_400);
        let fields = ["end_user", "team_id", "metadata.customer"].map(str::to_owned);
        match serde_json::from_value::<Logged>(log).unwrap().into_record(&fields) {
            SourceRecord::Call(call) => Ok(*call),
            SourceRecord::Uncountable(reason) => Err(reason),
            SourceRecord::Nothing | SourceRecord::Row(..) => Err("nothing"),
        }
    }

    /// Input, of it read from and written to a cache, output, of it reasoning.
    fn counts(log: &Value) -> Result<[u64; 5], &'static str> {
        let call = call(log)?;
        Ok([
            call.input_tokens,
            call.cache_read_input_tokens,
            call.cache_creation_input_tokens,
            call.output_tokens,
            call.reasoning_output_tokens,
        ]
        .map(|count| count.unwrap().as_u64()))
    }

    #[test]
    fn the_records_total_and_the_providers_object_say_where_parts_lie() {
        let cached =
            json!({"usage_object": {"cache_read_input_tokens": 600, "cache_creation_input_tokens": 100}});
        for (log, expect) in [
            (
                json!({"prompt_tokens": 18, "completion_tokens": 4, "total_tokens": 431,
                       "metadata": {"usage_object": {"prompt_tokens": 18, "completion_tokens": 4, "total_tokens": 431,
                                    "completion_tokens_details": {"reasoning_tokens": 409}}}}),
                Ok([18, 0, 0, 413, 409]),
            ),
            (
                json!({"prompt_tokens": 1100, "completion_tokens": 20, "total_tokens": 1120, "metadata": cached}),
                Ok([1100, 600, 100, 20, 0]),
            ),
            (
                json!({"prompt_tokens": 400, "completion_tokens": 20, "total_tokens": 1120, "metadata": cached}),
                Ok([1100, 600, 100, 20, 0]),
            ),
            // The provider's object, without its cached tokens, beside LiteLLM's count with them.
            (
                json!({"prompt_tokens": 1100, "completion_tokens": 20,
                       "metadata": {"usage_object": {"input_tokens": 400, "output_tokens": 20,
                                    "cache_read_input_tokens": 600, "cache_creation_input_tokens": 100}}}),
                Ok([1100, 600, 100, 20, 0]),
            ),
            (
                json!({"prompt_tokens": 8.0, "call_type": "aembedding", "model": "own-vectors"}),
                Ok([8, 0, 0, 0, 0]),
            ),
            (
                json!({"prompt_tokens": 8, "model": "gpt-4o"}),
                Err("has no output tokens, and no total that would show them"),
            ),
            (json!({"prompt_tokens": 0, "completion_tokens": 0}), Err("has no token counts")),
            (
                json!({"prompt_tokens": 5, "completion_tokens": 5, "total_tokens": 90}),
                Err("has a total that is more than its input, its output and all stated parts"),
            ),
        ] {
            assert_eq!(counts(&log), expect, "{log}");
        }
    }

    #[test]
    fn what_is_no_tenant_is_passed_by() {
        let device = r#"{"device_id": "4e4e", "account_uuid": "", "session_id": "0b9c"}"#;
        for (end_user, expect) in [
            (json!("client"), Some("client")),
            (json!(device), Some("team")),
            (json!(r#" ["a"]"#), Some("team")),
            (json!("x".repeat(129)), Some("team")),
            (json!(format!("user_{}_account__session_0b9c", "4e".repeat(32))), Some("team")),
            (json!(""), Some("team")),
            (json!(null), Some("team")),
        ] {
            let log =
                json!({"prompt_tokens": 1, "completion_tokens": 1, "end_user": end_user, "team_id": "team"});
            assert_eq!(call(&log).ok().unwrap().tenant_id.as_deref(), expect, "{log}");
        }
        let log = json!({"prompt_tokens": 1, "completion_tokens": 1, "end_user": device, "team_id": device,
                         "metadata": {"customer": "c"}});
        assert_eq!(call(&log).ok().unwrap().tenant_id.as_deref(), Some("c"));
    }
}
