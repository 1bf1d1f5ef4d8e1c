//! Langfuse's observations, in the format of its API and its exports.

use crate::ingest::{
    call::TrackRequest,
    count::TokenCount,
    sources::{
        SourceRecord,
        lenient::{Number, Object, Text, count_of, strict, text_of, utc},
    },
};
use serde::Deserialize;

/// The fields that are read from an observation. Its input and output are not.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Observation {
    id: Text,
    #[serde(alias = "trace_id")]
    trace_id: Text,
    #[serde(rename = "type")]
    kind: Text,
    #[serde(alias = "start_time")]
    start_time: Text,
    model: Text,
    #[serde(alias = "provided_model_name")]
    provided_model_name: Text,
    #[serde(alias = "usage_details", deserialize_with = "strict")]
    usage_details: Object,
    /// Older exports have only this field, or the two after it.
    usage: Object,
    prompt_tokens: Number,
    completion_tokens: Number,
    unit: Text,
    #[serde(alias = "user_id")]
    user_id: Text,
    #[serde(alias = "session_id")]
    session_id: Text,
    #[serde(alias = "project_id")]
    project_id: Text,
    environment: Text,
    metadata: Object,
}

/// Tokens as we count them.
struct CountedTokens {
    input: u64,
    cache_read: u64,
    cache_creation: u64,
    output: u64,
    reasoning: u64,
}

/// Fields that may name the tenant, in addition to `metadata.` and a key.
pub(crate) const TENANTS: &[&str] = &["user_id", "session_id", "project_id", "environment"];

impl Observation {
    /// The call; its tenant is the first of `tenant_fields` that is there.
    pub(crate) fn into_record(self, tenant_fields: &[String]) -> SourceRecord {
        // Other observations sum up calls, or call no model.
        if self.kind.0.as_deref().is_some_and(|kind| !["GENERATION", "EMBEDDING"].contains(&kind)) {
            return SourceRecord::Nothing;
        }
        if self.id.0.is_none() && self.kind.0.is_none() {
            return SourceRecord::Uncountable("is not an observation");
        }
        let unit = self.unit.0.clone().or_else(|| text_of(self.usage.at("unit")?));
        if unit.is_some_and(|unit| !unit.eq_ignore_ascii_case("tokens")) {
            return SourceRecord::Uncountable("is not counted in tokens");
        }
        let is_embedding = self.kind.0.as_deref() == Some("EMBEDDING");
        let counted = match counted(&self.usage_details, is_embedding).or_else(|| self.older(is_embedding)) {
            None => return SourceRecord::Uncountable("has no token counts"),
            Some(Err(fault)) => return SourceRecord::Uncountable(fault),
            Some(Ok(counted)) => counted,
        };
        let tenant_id = tenant_fields.iter().find_map(|field| self.tenant(field));
        let CountedTokens { input, cache_read, cache_creation, output, reasoning } = counted;
        let [Some(input), Some(output)] = [input, output].map(TokenCount::checked) else {
            return SourceRecord::Uncountable("has more than 1000000000 tokens");
        };
        let provider = ["ls_provider", "attributes.gen_ai.provider.name", "attributes.gen_ai.system"];
        // Observations from OpenTelemetry are spans: they get the id of the same span sent to us.
        let event_id = match (self.trace_id.0, self.id.0) {
            (Some(trace), Some(id)) => Some(format!("{trace}-{id}")),
            (None, id) => id,
            (Some(_), None) => None,
        };
        SourceRecord::Call(Box::new(TrackRequest {
            tenant_id,
            model: self.provided_model_name.0.or(self.model.0),
            provider: provider.iter().find_map(|path| text_of(self.metadata.at(path)?)),
            event_id,
            timestamp: self.start_time.0.as_deref().map(utc),
            input_tokens: Some(input),
            output_tokens: Some(output),
            cache_read_input_tokens: TokenCount::checked(cache_read),
            cache_creation_input_tokens: TokenCount::checked(cache_creation),
            reasoning_output_tokens: TokenCount::checked(reasoning),
            ..TrackRequest::default()
        }))
    }

    /// Counts in exports without details.
    fn older(&self, is_embedding: bool) -> Option<Result<CountedTokens, &'static str>> {
        let of =
            |key| self.usage.at(key).filter(|value| !value.is_null()).map(|value| count_of(value).ok_or(()));
        let by_name = |number: Number| number.0.map(Ok);
        let input = of("input").or_else(|| of("promptTokens")).or_else(|| by_name(self.prompt_tokens));
        let output =
            of("output").or_else(|| of("completionTokens")).or_else(|| by_name(self.completion_tokens));
        match (input?, output.or(is_embedding.then_some(Ok(0)))?) {
            (Ok(0), Ok(0)) => None,
            (Ok(input), Ok(output)) => {
                Some(Ok(CountedTokens { input, output, cache_read: 0, cache_creation: 0, reasoning: 0 }))
            }
            _ => Some(Err("has a token count that is not an integer from 0 to 1000000000")),
        }
    }

    fn tenant(&self, field: &str) -> Option<String> {
        match field {
            "user_id" => self.user_id.0.clone(),
            "session_id" => self.session_id.0.clone(),
            "project_id" => self.project_id.0.clone(),
            "environment" => self.environment.0.clone(),
            other => text_of(self.metadata.at(other.strip_prefix("metadata.")?)?),
        }
    }
}

/// Counts by Langfuse's rule, in which the keys do not overlap; `None` if there are none.
fn counted(details: &Object, is_embedding: bool) -> Option<Result<CountedTokens, &'static str>> {
    let mut sums = CountedTokens { input: 0, cache_read: 0, cache_creation: 0, output: 0, reasoning: 0 };
    let (mut input_alone, mut output_alone, mut total, mut all) = (0, 0, None, 0_u64);
    let (mut has_input, mut has_output) = (false, is_embedding);
    for (key, value) in &details.0 {
        let Some(count) = count_of(value).filter(|count| *count <= crate::config::TOKENS_MAX) else {
            return Some(Err("has a token count that is not an integer from 0 to 1000000000"));
        };
        let key = key.to_ascii_lowercase();
        if key == "total" {
            total = Some(count);
            continue;
        }
        all += count;
        let is_creation = key.contains("cache_creation") || key.contains("cache_write");
        let is_read = !is_creation && key.contains("cache");
        if is_creation {
            sums.cache_creation += count;
        } else if is_read {
            sums.cache_read += count;
        }
        let is_reasoning = key.contains("reasoning") || key.contains("thoughts");
        if is_reasoning {
            sums.reasoning += count;
        }
        match key.as_str() {
            "input" => input_alone = count,
            "output" => output_alone = count,
            _ => {}
        }
        if is_creation || is_read || key.starts_with("input") {
            has_input = true;
            sums.input += count;
        } else if is_reasoning || key.starts_with("output") {
            has_output = true;
            sums.output += count;
        } else {
            return Some(Err("has an unknown kind of token count"));
        }
    }
    if all == 0 {
        return None;
    }
    // A missing count is not 0, unless the total shows that it is.
    if !(has_input && has_output) && total != Some(all) {
        return Some(Err("lacks input or output tokens"));
    }
    // Counts in a provider's own form may include each other; the total shows it.
    match total {
        Some(total) if total != all && total == input_alone + output_alone => {
            Some(Ok(CountedTokens { input: input_alone, output: output_alone, ..sums }))
        }
        Some(total) if total != all => Some(Err("has token counts that do not add up to their total")),
        _ => Some(Ok(sums)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn counts_are_apart_unless_the_total_says_that_they_hold_each_other() {
        for (details, expect) in [
            (
                json!({"input": 86, "input_cached_tokens": 1920, "output": 300, "total": 2306}),
                Some([2006, 1920, 0, 300, 0]),
            ),
            (
                json!({"input": 2006, "input_cached_tokens": 1920, "output": 300, "total": 2306}),
                Some([2006, 1920, 0, 300, 0]),
            ),
            (json!({"input": 10, "output": 192, "output_reasoning_tokens": 448}), Some([10, 0, 0, 640, 448])),
            (
                json!({"input": 4, "cache_creation_input_tokens": 5, "cache_read_input_tokens": 6, "output": 1}),
                Some([15, 6, 5, 1, 0]),
            ),
            (json!({"input": 10, "output": 5, "total": 17}), None),
            (json!({"input": 10, "audio": 5}), None),
            (json!({"input": -1}), None),
            (json!({"input": 5}), None),
            (json!({"input": 5, "total": 5}), Some([5, 0, 0, 0, 0])),
            (json!({"input": u64::MAX, "output": u64::MAX}), None),
        ] {
            let object: Object = serde_json::from_value(details.clone()).unwrap();
            let found = counted(&object, false).unwrap().ok().map(|counted| {
                let CountedTokens { input, cache_read, cache_creation, output, reasoning } = counted;
                [input, cache_read, cache_creation, output, reasoning]
            });
            assert_eq!(found, expect, "{details}");
        }
        assert!(counted(&Object::default(), false).is_none());
    }
}
