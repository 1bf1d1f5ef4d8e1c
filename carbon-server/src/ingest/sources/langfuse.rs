//! Langfuse's observations, in the format of its API and its exports.

use crate::{
    config::TOKENS_MAX,
    ingest::{
        arithmetic::{ModelNature, Part, PartKind, Place, SettledCounts, StatedCounts, Unsettled, settle},
        call::TrackRequest,
        sources::{
            SourceRecord,
            lenient::{Number, Object, Text, count_of, strict, text_of, utc},
            tenant_named,
        },
        usage_object::{self, NOT_A_COUNT},
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
    total_tokens: Number,
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
        let mut nature = self.model().map(ModelNature::of).unwrap_or_default();
        nature.has_no_output |= self.kind.0.as_deref() == Some("EMBEDDING");
        let settled = match stated(&self.usage_details, nature).map(|stated| settle(&stated)) {
            Ok(Err(Unsettled::NoCounts)) => self.older(nature),
            Ok(settled) => settled.map_err(Unsettled::reason),
            Err(reason) => Err(reason),
        };
        let settled = match settled {
            Ok(settled) => settled,
            Err(reason) => return SourceRecord::Uncountable(reason),
        };
        let tenant_id = tenant_fields.iter().find_map(|field| tenant_named(self.tenant(field)?));
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
            ..TrackRequest::counting(settled)
        }))
    }

    fn model(&self) -> Option<&str> {
        self.provided_model_name.0.as_deref().or(self.model.0.as_deref())
    }

    /// Counts in exports without details.
    fn older(&self, model: ModelNature) -> Result<SettledCounts, &'static str> {
        let first = |names: &[&str], column: Number| -> Result<Option<u64>, &'static str> {
            let value = names.iter().find_map(|name| self.usage.at(name)).filter(|value| !value.is_null());
            match value {
                Some(value) => {
                    count_of(value).filter(|count| *count <= TOKENS_MAX).map(Some).ok_or(NOT_A_COUNT)
                }
                None => Ok(column.0),
            }
        };
        let stated = StatedCounts {
            input: first(&["input", "promptTokens"], self.prompt_tokens)?,
            output: first(&["output", "completionTokens"], self.completion_tokens)?,
            total: first(&["total", "totalTokens"], self.total_tokens)?,
            model,
            ..StatedCounts::default()
        };
        settle(&stated).map_err(Unsettled::reason)
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

/// What usage details state: a provider's own object, or Langfuse's keys.
pub(crate) fn stated(details: &Object, model: ModelNature) -> Result<StatedCounts, &'static str> {
    let by_provider = usage_object::stated(&details.0, model).map_err(|fault| fault.summary)?;
    if by_provider.input.is_some() || by_provider.output.is_some() {
        return Ok(by_provider);
    }
    Keys::of(details)?.stated(model)
}

/// Counts under Langfuse's keys, which do not overlap, unless their total says that they do.
#[derive(Default)]
struct Keys {
    input: Option<u64>,
    output: Option<u64>,
    total: Option<u64>,
    parts: Vec<(PartKind, u64)>,
    /// Parts of what was written to a cache, by how long it stays there.
    ephemeral: u64,
    /// Tokens of a kind that is not known.
    unknown: u64,
    /// Whether the provider ran the model again with what it had found.
    has_searched: bool,
}

impl Keys {
    fn of(details: &Object) -> Result<Self, &'static str> {
        let mut keys = Keys::default();
        for (key, value) in details.0.iter().filter(|(_, value)| !value.is_null()) {
            let key = key.to_ascii_lowercase();
            let has = |words: &[&str]| words.iter().any(|word| key.contains(word));
            if has(NO_TOKENS) {
                keys.has_searched |= has(INNER_RUNS) && count_of(value) > Some(0);
                continue;
            }
            // A text or a decimal under a name of its own is no count of tokens.
            let is_own = key != "total" && !key.starts_with("input") && !key.starts_with("output");
            if is_own && count_of(value).is_none() {
                continue;
            }
            let tokens = count_of(value).filter(|count| *count <= TOKENS_MAX).ok_or(NOT_A_COUNT)?;
            if key == "total" {
                keys.total = Some(tokens);
            } else if key == "input" {
                keys.input = Some(tokens);
            } else if key == "output" {
                keys.output = Some(tokens);
            } else if has(&["ephemeral"]) {
                keys.ephemeral += tokens;
            } else if has(&["cache_creation", "cache_write"]) {
                keys.parts.push((PartKind::CacheCreation, tokens));
            } else if has(&["cache"]) {
                keys.parts.push((PartKind::CacheRead, tokens));
            } else if has(&["reasoning", "thoughts", "thinking"]) {
                keys.parts.push((PartKind::Reasoning, tokens));
            } else if key.starts_with("input") {
                keys.parts.push((PartKind::OtherInput, tokens));
            } else if key.starts_with("output") {
                keys.parts.push((PartKind::OtherOutput, tokens));
            } else {
                keys.unknown += tokens;
            }
        }
        Ok(keys)
    }

    fn stated(mut self, model: ModelNature) -> Result<StatedCounts, &'static str> {
        let of = |kind| self.parts.iter().filter(|part| part.0 == kind).map(|part| part.1).sum::<u64>();
        match of(PartKind::CacheCreation) {
            0 => self.parts.push((PartKind::CacheCreation, self.ephemeral)),
            all if all == self.ephemeral || self.ephemeral == 0 => {}
            _ => return Err("has tokens written to a cache that do not add up"),
        }
        let has =
            |input: bool| self.parts.iter().any(|(kind, tokens)| kind.is_input() == input && *tokens > 0);
        // Where all of it has keys of its own, there is no other.
        let stated = StatedCounts {
            input: self.input.or(has(true).then_some(0)),
            output: self.output.or(has(false).then_some(0)),
            total: self.total,
            parts: merged(&self.parts),
            model,
            calls: self.has_searched.then_some(0),
            ..StatedCounts::default()
        };
        let sum = settle(&stated).map(|settled| settled.counts.input + settled.counts.output);
        // The total shows whether the unknown ones are tokens beside all others.
        if self.unknown > 0 && self.total.is_none_or(|total| sum != Ok(total)) {
            return Err("has an unknown kind of token count");
        }
        Ok(stated)
    }
}

/// One part of each kind, beside the rest by default. What is stated twice under two names of a cache is one.
fn merged(parts: &[(PartKind, u64)]) -> Vec<Part> {
    let mut merged: Vec<Part> = Vec::new();
    for (kind, tokens) in parts.iter().copied().filter(|(_, tokens)| *tokens > 0) {
        match merged.iter_mut().find(|part| part.kind == kind) {
            Some(part) if kind.is_cached() && part.tokens == tokens => {}
            Some(part) => part.tokens += tokens,
            None => merged.push(Part { kind, tokens, place: Place::Beside, is_certain: false }),
        }
    }
    merged
}

/// In keys of what a provider does between two runs of the model, which it then adds up without saying how many they were.
const INNER_RUNS: &[&str] = &["web_search", "web_fetch", "server_tool", "search_quer"];

/// In keys of what is no token.
const NO_TOKENS: &[&str] = &[
    "request",
    "search",
    "quer",
    "unit",
    "cost",
    "price",
    "second",
    "duration",
    "call",
    "character",
    "byte",
    "latency",
    "time",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::arithmetic::UsageCounts;
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
            // One count under two names.
            (
                json!({"input": 4, "cache_read_input_tokens": 600, "input_cached_tokens": 600, "output": 1}),
                Some([604, 600, 0, 1, 0]),
            ),
            // A part of a part.
            (
                json!({"input": 4, "input_cache_read": 1000, "input_cache_creation": 500,
                       "input_ephemeral_5m_input_tokens": 500, "output": 30}),
                Some([1504, 1000, 500, 30, 0]),
            ),
            (
                json!({"input": 4, "input_ephemeral_1h_input_tokens": 500, "output": 30}),
                Some([504, 0, 500, 30, 0]),
            ),
            // A provider's own object.
            (
                json!({"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200,
                       "prompt_tokens_details": {"cached_tokens": 600}}),
                Some([1000, 600, 0, 200, 0]),
            ),
            // What is no token.
            (json!({"input": 17, "output": 30, "web_search_requests": 2}), Some([17, 0, 0, 30, 0])),
            (json!({"input": 17, "output": 30, "holograms": 2, "total": 47}), Some([17, 0, 0, 30, 0])),
            (json!({"input": 17, "output": 30, "holograms": 2}), None),
            (json!({"input": 10, "output": 5, "total": 17}), None),
            (json!({"input": 10, "audio": 5}), None),
            (json!({"input": -1}), None),
            (json!({"input": 5}), None),
            (json!({"input": 5, "total": 5}), Some([5, 0, 0, 0, 0])),
            (json!({"input": u64::MAX, "output": u64::MAX}), None),
            (json!({}), None),
        ] {
            let object: Object = serde_json::from_value(details.clone()).unwrap();
            let settled = stated(&object, ModelNature::default()).map(|stated| settle(&stated));
            let found = settled.ok().and_then(Result::ok).map(|settled| {
                let UsageCounts { input, output, cache_read, cache_creation, reasoning } = settled.counts;
                [input, cache_read, cache_creation, output, reasoning]
            });
            assert_eq!(found, expect, "{details}");
        }
    }
}
