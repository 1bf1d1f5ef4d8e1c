//! Usage reports of OpenAI and Anthropic, by time bucket.
//! A row stands for many calls and becomes one event with all their tokens.

use crate::{
    base::clock::rfc_3339,
    config::TOKENS_MAX,
    ingest::{
        call::TrackRequest,
        count::TokenCount,
        sources::{
            RowKey, SourceRecord,
            lenient::{Number, Text, utc},
        },
    },
};
use serde::Deserialize;

/// A bucket of `GET /v1/organization/usage/completions`; in a table, a row of it.
#[derive(Deserialize)]
pub(crate) struct OpenAiBucket {
    #[serde(default)]
    start_time: Text,
    results: Option<Vec<OpenAiRow>>,
    #[serde(flatten)]
    row: OpenAiRow,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OpenAiRow {
    /// `organization.usage.completions.result`
    object: Text,
    input_tokens: Number,
    input_cached_tokens: Number,
    input_cache_write_tokens: Number,
    output_tokens: Number,
    num_model_requests: Number,
    organization_id: Text,
    project_id: Text,
    user_id: Text,
    api_key_id: Text,
    model: Text,
    batch: Text,
    service_tier: Text,
}

/// A bucket of `GET /v1/organizations/usage_report/messages`; in the console's table, a row of it.
#[derive(Deserialize)]
pub(crate) struct AnthropicBucket {
    #[serde(default, alias = "usage_date_utc")]
    starting_at: Text,
    results: Option<Vec<AnthropicRow>>,
    #[serde(flatten)]
    row: AnthropicRow,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AnthropicRow {
    #[serde(alias = "usage_input_tokens_no_cache")]
    uncached_input_tokens: Number,
    cache_creation: AnthropicCache,
    cache_creation_input_tokens: Number,
    /// The console's names of the same; older tables have only the first.
    usage_input_tokens_cache_write: Number,
    usage_input_tokens_cache_write_5m: Number,
    usage_input_tokens_cache_write_1h: Number,
    #[serde(alias = "usage_input_tokens_cache_read")]
    cache_read_input_tokens: Number,
    #[serde(alias = "usage_output_tokens")]
    output_tokens: Number,
    #[serde(alias = "organization")]
    organization_id: Text,
    #[serde(alias = "workspace")]
    workspace_id: Text,
    #[serde(alias = "api_key")]
    api_key_id: Text,
    account_id: Text,
    #[serde(alias = "model_version")]
    model: Text,
    #[serde(alias = "usage_type")]
    service_tier: Text,
    context_window: Text,
    inference_geo: Text,
    speed: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AnthropicCache {
    ephemeral_1h_input_tokens: Number,
    ephemeral_5m_input_tokens: Number,
}

/// A row of either, in one form.
struct ProviderRow {
    provider: &'static str,
    /// When its bucket starts.
    start: Option<String>,
    model: Text,
    input: u64,
    cache_read: u64,
    cache_creation: u64,
    output: u64,
    /// How many calls it is of; 0 where nobody says.
    calls: u64,
    /// Whether both input and output are given; `None` for a table row with neither.
    is_whole: Option<bool>,
    /// Values that may name the tenant, by field name.
    tenants: [(&'static str, Text); 3],
    /// All that identifies the row, except its counts and the length of its bucket: an unfinished bucket is the same row
    /// later. A default workspace and the Workbench's key have no name, so the tenant that the row is given to is added to
    /// the key: two organisations have equal rows.
    told_by: Vec<Text>,
}

/// Limit of the tokens of one class in a row, which at most a thousand events hold.
const TOKENS_OF_ROW_MAX: u64 = 1_000 * TOKENS_MAX;

/// Fields that may name the tenant.
pub(crate) const OPENAI_TENANTS: &[&str] = &["project_id", "api_key_id", "user_id"];
pub(crate) const ANTHROPIC_TENANTS: &[&str] = &["workspace_id", "api_key_id", "account_id"];

impl OpenAiBucket {
    /// The calls in it; the tenant is the first of `tenant_fields` that is present.
    pub(crate) fn into_records(self, tenant_fields: &[String]) -> Vec<SourceRecord> {
        let OpenAiBucket { start_time, results, row } = self;
        let start = start_time.0.as_deref().map(start_of_bucket);
        if start.is_none() && results.is_none() {
            return vec![SourceRecord::Uncountable("is not a row of OpenAI's usage")];
        }
        let is_table = results.is_none();
        let rows = results.unwrap_or_else(|| vec![row]);
        let record = |row: OpenAiRow| {
            // Embeddings have no output tokens.
            let is_embedding = row.object.0.as_ref().is_some_and(|object| object.contains("embeddings"));
            let is_given = [row.input_tokens.0.is_some(), row.output_tokens.0.is_some() || is_embedding];
            let OpenAiRow { project_id, user_id, api_key_id, model, batch, service_tier, .. } = row;
            let told_by = vec![
                Text(start.clone()),
                row.organization_id,
                project_id.clone(),
                user_id.clone(),
                api_key_id.clone(),
                model.clone(),
                batch,
                service_tier,
            ];
            ProviderRow {
                provider: "openai",
                start: start.clone(),
                model,
                input: row.input_tokens.or_zero(),
                cache_read: row.input_cached_tokens.or_zero(),
                cache_creation: row.input_cache_write_tokens.or_zero(),
                output: row.output_tokens.or_zero(),
                calls: row.num_model_requests.or_zero(),
                is_whole: is_whole(is_given, is_table),
                tenants: [("project_id", project_id), ("api_key_id", api_key_id), ("user_id", user_id)],
                told_by,
            }
            .into_records(tenant_fields)
        };
        rows.into_iter().flat_map(record).collect()
    }
}

impl AnthropicBucket {
    /// The calls in it; the tenant is the first of `tenant_fields` that is present.
    pub(crate) fn into_records(self, tenant_fields: &[String]) -> Vec<SourceRecord> {
        let AnthropicBucket { starting_at, results, row } = self;
        let start = starting_at.0.as_deref().map(start_of_bucket);
        if start.is_none() && results.is_none() {
            return vec![SourceRecord::Uncountable("is not a row of Anthropic's report")];
        }
        let is_table = results.is_none();
        let rows = results.unwrap_or_else(|| vec![row]);
        let record = |row: AnthropicRow| {
            let is_given = [row.uncached_input_tokens.0.is_some(), row.output_tokens.0.is_some()];
            let AnthropicRow { workspace_id, api_key_id, account_id, model, .. } = row;
            let AnthropicCache { ephemeral_1h_input_tokens, ephemeral_5m_input_tokens } = row.cache_creation;
            let cache_creation = [
                ephemeral_1h_input_tokens,
                ephemeral_5m_input_tokens,
                row.cache_creation_input_tokens,
                row.usage_input_tokens_cache_write,
                row.usage_input_tokens_cache_write_5m,
                row.usage_input_tokens_cache_write_1h,
            ];
            let cache_creation = cache_creation.into_iter().map(Number::or_zero).fold(0, u64::saturating_add);
            let cache_read = row.cache_read_input_tokens.or_zero();
            let told_by = vec![
                Text(start.clone()),
                row.organization_id,
                workspace_id.clone(),
                api_key_id.clone(),
                account_id.clone(),
                model.clone(),
                row.service_tier,
                row.context_window,
                row.inference_geo,
                row.speed,
            ];
            ProviderRow {
                provider: "anthropic",
                start: start.clone(),
                model,
                input: row
                    .uncached_input_tokens
                    .or_zero()
                    .saturating_add(cache_read)
                    .saturating_add(cache_creation),
                cache_read,
                cache_creation,
                output: row.output_tokens.or_zero(),
                calls: 0,
                is_whole: is_whole(is_given, is_table),
                tenants: [
                    ("workspace_id", workspace_id),
                    ("api_key_id", api_key_id),
                    ("account_id", account_id),
                ],
                told_by,
            }
            .into_records(tenant_fields)
        };
        rows.into_iter().flat_map(record).collect()
    }
}

impl ProviderRow {
    fn into_records(self, tenant_fields: &[String]) -> Vec<SourceRecord> {
        let ProviderRow {
            provider,
            start,
            model,
            input,
            cache_read,
            cache_creation,
            output,
            calls,
            is_whole,
            tenants,
            told_by,
        } = self;
        match is_whole {
            None => return vec![SourceRecord::Nothing],
            Some(false) => return vec![SourceRecord::Uncountable("lacks input or output tokens")],
            Some(true) if input == 0 && output == 0 => return vec![SourceRecord::Nothing],
            Some(true) => {}
        }
        if input.max(output) > TOKENS_OF_ROW_MAX {
            return vec![SourceRecord::Uncountable("has more than 1000000000000 tokens")];
        }
        let Some(model) = model.0 else {
            return vec![SourceRecord::Uncountable("names no model: group the export by model")];
        };
        if start.is_none() {
            return vec![SourceRecord::Uncountable("has no start time")];
        }
        let tenant = tenant_fields.iter().find_map(|field| {
            tenants.iter().find(|(name, _)| name == field).and_then(|(_, text)| text.0.clone())
        });
        // A bucket may exceed the limits of an event: then it becomes several, each within the limits even after
        // rounding.
        let parts = input.max(output).div_ceil(TOKENS_MAX - 3);
        let share = |tokens: u64, part: u64| {
            let upto = |part: u64| {
                u64::try_from(u128::from(tokens) * u128::from(part) / u128::from(parts)).unwrap_or(u64::MAX)
            };
            upto(part + 1) - upto(part)
        };
        let event = |part| {
            let [uncached, cache_read, cache_creation, output] = [
                input.saturating_sub(cache_read.saturating_add(cache_creation)),
                cache_read,
                cache_creation,
                output,
            ]
            .map(|tokens| share(tokens, part));
            let of = TokenCount::checked;
            // More calls than can be stated are an unknown number of calls.
            let calls = of(share(calls, part)).unwrap_or(TokenCount::of(0));
            let call = TrackRequest {
                tenant_id: tenant.clone(),
                model: Some(model.clone()),
                provider: Some(provider.to_owned()),
                timestamp: start.clone(),
                input_tokens: of(uncached.saturating_add(cache_read).saturating_add(cache_creation)),
                cache_read_input_tokens: of(cache_read),
                cache_creation_input_tokens: of(cache_creation),
                output_tokens: of(output),
                calls: Some(calls),
                ..TrackRequest::default()
            };
            SourceRecord::Row(Box::new(call), row_key(provider, &told_by, part))
        };
        (0..parts).map(event).collect()
    }
}

/// When a bucket starts, in one spelling: JSON has a time or a number, a console's table may have a day.
fn start_of_bucket(written: &str) -> String {
    let read = utc(written);
    rfc_3339(&read).map_or(read, |time| time.to_string())
}

/// Whether input and output are given. A table has rows for days on which nothing was used.
fn is_whole(is_given: [bool; 2], is_table: bool) -> Option<bool> {
    match is_given {
        [false, false] if is_table => None,
        [input, output] => Some(input && output),
    }
}

/// A key that is the same for the same row, whenever it is exported.
fn row_key(provider: &str, told_by: &[Text], part: u64) -> RowKey {
    // JSON and tables differ in letter case.
    let texts = told_by.iter().map(|text| text.0.as_deref().unwrap_or("").to_ascii_lowercase());
    let texts: Vec<String> = texts.chain([part.to_string()]).collect();
    RowKey::of([provider].into_iter().chain(texts.iter().map(String::as_str)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn record(row: serde_json::Value) -> Vec<SourceRecord> {
        let bucket = json!({"start_time": 1_791_158_400, "end_time": 1_791_244_800, "results": [row]});
        serde_json::from_value::<OpenAiBucket>(bucket).unwrap().into_records(&["project_id".to_owned()])
    }

    #[test]
    fn a_row_of_more_than_an_event_holds_is_several_that_add_up() {
        let row = json!({"model": "gpt-4o", "project_id": "p", "input_tokens": 2_500_000_007_u64,
                         "input_cached_tokens": 1_999_999_999_u64, "input_cache_write_tokens": 500_000_000,
                         "output_tokens": 11, "num_model_requests": 5_000});
        let (mut sums, mut keys) = ([0; 5], std::collections::HashSet::new());
        for record in record(row) {
            let SourceRecord::Row(call, key) = record else { panic!("a row") };
            let counts = [
                call.input_tokens,
                call.cache_read_input_tokens,
                call.cache_creation_input_tokens,
                call.output_tokens,
                call.calls,
            ]
            .map(|count| count.unwrap().as_u64());
            assert!(counts[1] + counts[2] <= counts[0] && counts[0] <= TOKENS_MAX, "{counts:?}");
            for (sum, count) in sums.iter_mut().zip(counts) {
                *sum += count;
            }
            keys.insert(key);
        }
        assert_eq!((sums, keys.len()), ([2_500_000_007, 1_999_999_999, 500_000_000, 11, 5_000], 3));
    }

    #[test]
    fn what_no_provider_says_is_not_counted() {
        let most = u64::MAX;
        for row in [
            json!({"model": "gpt-4o", "input_tokens": most, "output_tokens": most}),
            json!({"model": "gpt-4o", "input_tokens": 5, "input_cached_tokens": most, "input_cache_write_tokens": most,
                   "output_tokens": most}),
            json!({"input_tokens": 5, "output_tokens": 5}),
            json!({"model": "gpt-4o", "input_tokens": 5}),
            json!({"amount": {"value": 1}}),
        ] {
            assert!(matches!(record(row.clone())[..], [SourceRecord::Uncountable(_)]), "{row}");
        }
        assert!(matches!(
            record(json!({"model": "gpt-4o", "input_tokens": 0, "output_tokens": 0}))[..],
            [SourceRecord::Nothing]
        ));
        let bucket = json!({"starting_at": "2026-10-05T00:00:00Z", "results": [{"model": "claude-opus-5-5",
            "uncached_input_tokens": most, "cache_read_input_tokens": most, "cache_creation": {"ephemeral_1h_input_tokens": most}}]});
        let record = serde_json::from_value::<AnthropicBucket>(bucket).unwrap().into_records(&[]);
        assert!(matches!(record[..], [SourceRecord::Uncountable(_)]));
    }
}
