//! The formats of usage objects, as data. docs/usage-objects.md is generated from it, and a test compares the two.

/// What the fields of one format of usage object become. Nested fields are written with a dot; of names separated by a
/// bar, the first that is present counts.
pub(crate) struct UsageForm {
    /// The API that sends it.
    pub(crate) name: &'static str,
    /// Identifying fields: at least one is present, and none in an earlier format.
    pub(crate) told_by: &'static [&'static str],
    /// Added up.
    pub(crate) input: &'static [&'static str],
    pub(crate) output: &'static [&'static str],
    pub(crate) cache_read: &'static [&'static str],
    pub(crate) cache_creation: &'static [&'static str],
    pub(crate) reasoning: &'static [&'static str],
    /// Whether the provider counts cached tokens separately from the input.
    pub(crate) input_excludes_cache: bool,
    /// Known but ignored: sums and parts of other counts, times, billed units.
    pub(crate) passed_over: &'static [&'static str],
}

/// Fields that hold a single word of the provider.
pub(crate) const WORDS: [&str; 6] =
    ["service_tier", "inference_geo", "speed", "modality", "trafficType", "traffic_type"];

const NONE: UsageForm = UsageForm {
    name: "",
    told_by: &[],
    input: &[],
    output: &[],
    cache_read: &[],
    cache_creation: &[],
    reasoning: &[],
    input_excludes_cache: false,
    passed_over: &[],
};

/// All formats; the first that fits applies.
pub(crate) const FORMS: &[UsageForm] = &[
    UsageForm {
        name: "OpenAI chat completions, Azure OpenAI, Mistral, vLLM and other compatible APIs",
        told_by: &["prompt_tokens", "completion_tokens"],
        input: &["prompt_tokens"],
        output: &["completion_tokens"],
        cache_read: &["prompt_tokens_details.cached_tokens"],
        reasoning: &["completion_tokens_details.reasoning_tokens"],
        passed_over: &[
            "total_tokens",
            "prompt_tokens_details.audio_tokens",
            "prompt_tokens_details.text_tokens",
            "prompt_tokens_details.image_tokens",
            "completion_tokens_details.audio_tokens",
            "completion_tokens_details.text_tokens",
            "completion_tokens_details.accepted_prediction_tokens",
            "completion_tokens_details.rejected_prediction_tokens",
            "prompt_audio_seconds",
        ],
        ..NONE
    },
    UsageForm {
        name: "OpenAI responses",
        told_by: &["input_tokens_details", "output_tokens_details"],
        input: &["input_tokens"],
        output: &["output_tokens"],
        cache_read: &["input_tokens_details.cached_tokens"],
        reasoning: &["output_tokens_details.reasoning_tokens"],
        passed_over: &["total_tokens"],
        ..NONE
    },
    UsageForm {
        name: "Anthropic messages",
        told_by: &["input_tokens", "output_tokens"],
        input: &["input_tokens"],
        output: &["output_tokens"],
        cache_read: &["cache_read_input_tokens"],
        cache_creation: &["cache_creation_input_tokens"],
        input_excludes_cache: true,
        passed_over: &[
            "cache_creation.ephemeral_5m_input_tokens",
            "cache_creation.ephemeral_1h_input_tokens",
            "server_tool_use.web_search_requests",
            "server_tool_use.web_fetch_requests",
            "service_tier",
            "inference_geo",
            "speed",
            "total_tokens",
        ],
        ..NONE
    },
    UsageForm {
        name: "Gemini usageMetadata",
        told_by: &["promptTokenCount", "candidatesTokenCount"],
        input: &["promptTokenCount", "toolUsePromptTokenCount"],
        output: &["candidatesTokenCount", "thoughtsTokenCount"],
        cache_read: &["cachedContentTokenCount"],
        reasoning: &["thoughtsTokenCount"],
        passed_over: &[
            "totalTokenCount",
            "promptTokensDetails",
            "candidatesTokensDetails",
            "cacheTokensDetails",
            "toolUsePromptTokensDetails",
            "trafficType",
        ],
        ..NONE
    },
    UsageForm {
        name: "Gemini usage_metadata",
        told_by: &["candidates_token_count", "total_token_count"],
        input: &["prompt_token_count", "tool_use_prompt_token_count"],
        output: &["candidates_token_count", "thoughts_token_count"],
        cache_read: &["cached_content_token_count"],
        reasoning: &["thoughts_token_count"],
        passed_over: &[
            "total_token_count",
            "prompt_tokens_details",
            "candidates_tokens_details",
            "cache_tokens_details",
            "tool_use_prompt_tokens_details",
            "traffic_type",
        ],
        ..NONE
    },
    UsageForm {
        name: "Bedrock Converse",
        told_by: &["inputTokens", "outputTokens"],
        input: &["inputTokens"],
        output: &["outputTokens"],
        // Some responses have the same count under both names.
        cache_read: &["cacheReadInputTokens|cacheReadInputTokenCount"],
        cache_creation: &["cacheWriteInputTokens|cacheWriteInputTokenCount"],
        input_excludes_cache: true,
        passed_over: &["totalTokens", "cacheDetails"],
        ..NONE
    },
    UsageForm {
        name: "Bedrock InvokeModel metrics",
        told_by: &["inputTokenCount", "outputTokenCount"],
        input: &["inputTokenCount"],
        output: &["outputTokenCount"],
        cache_read: &["cacheReadInputTokenCount"],
        cache_creation: &["cacheWriteInputTokenCount"],
        input_excludes_cache: true,
        passed_over: &["invocationLatency", "firstByteLatency"],
        ..NONE
    },
    UsageForm {
        name: "Llama through Bedrock InvokeModel",
        told_by: &["generation_token_count"],
        input: &["prompt_token_count"],
        output: &["generation_token_count"],
        ..NONE
    },
    UsageForm {
        name: "Cohere",
        told_by: &["tokens.input_tokens", "tokens.output_tokens"],
        input: &["tokens.input_tokens"],
        output: &["tokens.output_tokens"],
        cache_read: &["cached_tokens"],
        passed_over: &[
            "billed_units.input_tokens",
            "billed_units.output_tokens",
            "billed_units.search_units",
            "billed_units.classifications",
        ],
        ..NONE
    },
    UsageForm {
        name: "Ollama",
        told_by: &["eval_count", "prompt_eval_count"],
        input: &["prompt_eval_count"],
        output: &["eval_count"],
        passed_over: &["total_duration", "load_duration", "prompt_eval_duration", "eval_duration"],
        ..NONE
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    const HEAD: &str = "\
# Usage objects

`/api/v1/track`, `/api/v1/track/batch` and `/api/v1/estimate` accept the usage object of your provider's response, unchanged, as `usage` instead of the counts:

```json
{\"tenant_id\": \"client-xyz\", \"model\": \"claude-sonnet-4-5\", \"usage\": {\"input_tokens\": 7, \"cache_read_input_tokens\": 16399, \"cache_creation_input_tokens\": 2089, \"output_tokens\": 503}}
```

The object is recognised by its fields, not by the provider's name: the first format below that has one of its identifying fields applies.
Cached tokens are part of the input.
If a provider counts them separately, they are added: the call above has 18,495 input tokens.

Unknown fields are ignored and counted (`carbon_usage_fields_passed_over_total` at `/metrics`), and never stored.
Text is rejected, except for a single word in `service_tier`, `inference_geo`, `speed`, `modality`, `trafficType` or `traffic_type`, which is ignored.
Do not send the provider's whole response: send the object under `usage`, `usageMetadata` or `amazon-bedrock-invocationMetrics`, or, for Ollama, the fields listed here.

This page is generated from the table that the server uses, and a test compares the two.
";

    fn page() -> String {
        let mut page = HEAD.to_owned();
        for form in FORMS {
            let told_by =
                form.told_by.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(" or ");
            writeln!(page, "\n## {}\n\nRecognised by {told_by}.\n", form.name).unwrap();
            if form.input_excludes_cache {
                writeln!(page, "Its input does not include cached tokens; they are added.\n").unwrap();
            }
            page.push_str("| field | becomes |\n|---|---|\n");
            for (fields, to) in [
                (form.input, "`input_tokens`"),
                (form.output, "`output_tokens`"),
                (form.cache_read, "`cache_read_input_tokens`"),
                (form.cache_creation, "`cache_creation_input_tokens`"),
                (form.reasoning, "`reasoning_output_tokens`"),
                (form.passed_over, "ignored: a sum, a part of another count, or not tokens"),
            ] {
                for field in fields {
                    writeln!(page, "| `{}` | {to} |", field.replace('|', "`, else `")).unwrap();
                }
            }
        }
        page
    }

    #[test]
    fn the_page_on_usage_objects_is_this_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/usage-objects.md");
        if std::env::var_os("UPDATE_PAGES").is_some() {
            std::fs::write(path, page()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), page(), "UPDATE_PAGES=1 rewrites it");
    }
}
