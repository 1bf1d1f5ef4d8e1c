//! The names of counts in usage objects, as data. docs/usage-objects.md is generated from it, and a test compares the two.

use crate::ingest::arithmetic::{
    PartKind::{self, CacheCreation, CacheRead, OtherInput, Reasoning},
    Place::{self, Beside, Within},
};

/// What a field states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The input.
    Input,
    /// The input, of an API that states cached tokens beside it.
    InputWithoutCache,
    Output,
    Total,
    /// Input that was neither read from a cache nor written to one.
    Fresh,
    /// A part, and where it lies by default. Cached tokens lie beside an [`Meaning::InputWithoutCache`] alone.
    Part(PartKind, Place),
    /// A part of another count, a time, a price, or no tokens at all.
    Ignored,
}

use Meaning::{Fresh, Ignored, Input, InputWithoutCache, Output, Part, Total};

/// A field of usage objects.
pub(crate) struct FieldName {
    /// Nested fields are written with a dot; `*` adds up all fields, `[]` all elements of a list.
    pub(crate) path: &'static str,
    pub(crate) meaning: Meaning,
    /// Some of the APIs and libraries that send it.
    #[cfg_attr(not(test), expect(dead_code, reason = "for the page"))]
    pub(crate) sent_by: &'static str,
}

const fn field(path: &'static str, meaning: Meaning, sent_by: &'static str) -> FieldName {
    FieldName { path, meaning, sent_by }
}

const OPENAI: &str = "OpenAI chat completions and compatible APIs";
const RESPONSES: &str = "OpenAI responses";
const ANTHROPIC: &str = "Anthropic messages";
const GEMINI: &str = "Gemini";
const GEMINI_PYTHON: &str = "Gemini's Python library";
const CONVERSE: &str = "Bedrock Converse";
const INVOKE: &str = "Bedrock InvokeModel";
const AI_SDK: &str = "Vercel AI SDK";
const LANGCHAIN: &str = "LangChain";

/// All of them. Of two names for one thing the first is preferred.
pub(crate) const FIELDS: &[FieldName] = &[
    field("prompt_tokens", Input, OPENAI),
    field(
        "input_tokens",
        InputWithoutCache,
        "Anthropic messages; OpenAI responses, whose details say that the cache lies within",
    ),
    field(
        "inputTokens",
        InputWithoutCache,
        "Bedrock Converse; Vercel AI SDK, whose details say that the cache lies within",
    ),
    field("inputTokens.total", Input, "Vercel AI SDK 7"),
    field("promptTokens", Input, "Vercel AI SDK 4"),
    field("promptTokenCount", Input, GEMINI),
    field("prompt_token_count", Input, GEMINI_PYTHON),
    field("inputTokenCount", InputWithoutCache, INVOKE),
    field("inputTextTokenCount", Input, "Amazon Titan"),
    field("prompt_eval_count", Input, "Ollama"),
    field("tokens.input_tokens", Input, "Cohere"),
    field("completion_tokens", Output, OPENAI),
    field("output_tokens", Output, "Anthropic messages, OpenAI responses"),
    field("outputTokens", Output, "Bedrock Converse, Vercel AI SDK"),
    field("outputTokens.total", Output, "Vercel AI SDK 7"),
    field("completionTokens", Output, "Vercel AI SDK 4"),
    field("candidatesTokenCount", Output, GEMINI),
    field("candidates_token_count", Output, GEMINI_PYTHON),
    field("responseTokenCount", Output, "Gemini Live"),
    field("response_token_count", Output, "Gemini Live"),
    field("outputTokenCount", Output, INVOKE),
    field("generation_token_count", Output, "Llama through Bedrock InvokeModel"),
    field("eval_count", Output, "Ollama"),
    field("tokens.output_tokens", Output, "Cohere"),
    field("total_tokens", Total, OPENAI),
    field("totalTokens", Total, "Bedrock Converse, Vercel AI SDK"),
    field("totalTokenCount", Total, GEMINI),
    field("total_token_count", Total, GEMINI_PYTHON),
    field("prompt_cache_miss_tokens", Fresh, "DeepSeek"),
    field("inputTokenDetails.noCacheTokens", Fresh, "Vercel AI SDK 6"),
    field("inputTokens.noCache", Fresh, "Vercel AI SDK 7"),
    field("cache_read_input_tokens", Part(CacheRead, Beside), ANTHROPIC),
    field("prompt_tokens_details.cached_tokens", Part(CacheRead, Within), OPENAI),
    field("input_tokens_details.cached_tokens", Part(CacheRead, Within), RESPONSES),
    field("input_token_details.cached_tokens", Part(CacheRead, Within), "OpenAI realtime and transcription"),
    field("input_token_details.cache_read", Part(CacheRead, Within), LANGCHAIN),
    field("prompt_cache_hit_tokens", Part(CacheRead, Within), "DeepSeek"),
    field("cached_tokens", Part(CacheRead, Within), "Kimi, Cohere"),
    field("cacheReadInputTokens", Part(CacheRead, Beside), CONVERSE),
    field("cacheReadInputTokenCount", Part(CacheRead, Beside), INVOKE),
    field("cachedContentTokenCount", Part(CacheRead, Within), GEMINI),
    field("cached_content_token_count", Part(CacheRead, Within), GEMINI_PYTHON),
    field("inputTokenDetails.cacheReadTokens", Part(CacheRead, Within), "Vercel AI SDK 6"),
    field("inputTokens.cacheRead", Part(CacheRead, Within), "Vercel AI SDK 7"),
    field(
        "cachedInputTokens",
        Part(CacheRead, Within),
        "Vercel AI SDK 5, which passes on Claude's counts as they are",
    ),
    field("cached_input_tokens", Part(CacheRead, Within), "OpenAI Codex"),
    field("cache_read_tokens", Part(CacheRead, Within), "pydantic-ai"),
    field("cache_creation_input_tokens", Part(CacheCreation, Beside), ANTHROPIC),
    field("cache_creation.*", Part(CacheCreation, Beside), ANTHROPIC),
    field("prompt_tokens_details.cache_write_tokens", Part(CacheCreation, Within), "OpenRouter"),
    field("prompt_tokens_details.cache_creation_tokens", Part(CacheCreation, Within), "LiteLLM"),
    field("prompt_tokens_details.cache_creation_input_tokens", Part(CacheCreation, Within), "Qwen"),
    field("prompt_tokens_details.cache_creation.*", Part(CacheCreation, Within), "Qwen"),
    field("input_tokens_details.cache_write_tokens", Part(CacheCreation, Within), RESPONSES),
    field("input_tokens_details.cache_creation_tokens", Part(CacheCreation, Within), "LiteLLM"),
    field("input_token_details.cache_creation", Part(CacheCreation, Within), LANGCHAIN),
    field("cacheWriteInputTokens", Part(CacheCreation, Beside), CONVERSE),
    field("cacheWriteInputTokenCount", Part(CacheCreation, Beside), INVOKE),
    field("cacheDetails[].inputTokens", Part(CacheCreation, Beside), CONVERSE),
    field("inputTokenDetails.cacheWriteTokens", Part(CacheCreation, Within), "Vercel AI SDK 6"),
    field("inputTokens.cacheWrite", Part(CacheCreation, Within), "Vercel AI SDK 7"),
    field("cache_write_tokens", Part(CacheCreation, Within), "pydantic-ai"),
    field("completion_tokens_details.reasoning_tokens", Part(Reasoning, Within), OPENAI),
    field("output_tokens_details.reasoning_tokens", Part(Reasoning, Within), RESPONSES),
    field("output_tokens_details.thinking_tokens", Part(Reasoning, Within), ANTHROPIC),
    field("output_token_details.reasoning", Part(Reasoning, Within), LANGCHAIN),
    field("output_token_details.reasoning_tokens", Part(Reasoning, Within), "OpenAI realtime"),
    field("outputTokenDetails.reasoningTokens", Part(Reasoning, Within), "Vercel AI SDK 6"),
    field("outputTokens.reasoning", Part(Reasoning, Within), "Vercel AI SDK 7"),
    field("reasoningTokens", Part(Reasoning, Within), "Vercel AI SDK 5"),
    field("reasoning_tokens", Part(Reasoning, Within), "Perplexity"),
    field("reasoning_output_tokens", Part(Reasoning, Within), "OpenAI Codex"),
    field("thoughtsTokenCount", Part(Reasoning, Beside), GEMINI),
    field("thoughts_token_count", Part(Reasoning, Beside), GEMINI_PYTHON),
    field("toolUsePromptTokenCount", Part(OtherInput, Beside), GEMINI),
    field("tool_use_prompt_token_count", Part(OtherInput, Beside), GEMINI_PYTHON),
    field("citation_tokens", Part(OtherInput, Within), "Perplexity"),
    field("prompt_tokens_details.audio_tokens", Ignored, OPENAI),
    field("prompt_tokens_details.image_tokens", Ignored, OPENAI),
    field("prompt_tokens_details.text_tokens", Ignored, OPENAI),
    field("prompt_tokens_details.video_tokens", Ignored, "OpenRouter, Qwen"),
    field("prompt_tokens_details.cache_type", Ignored, "Qwen"),
    field("completion_tokens_details.audio_tokens", Ignored, OPENAI),
    field("completion_tokens_details.image_tokens", Ignored, "OpenRouter"),
    field("completion_tokens_details.text_tokens", Ignored, "xAI"),
    field("completion_tokens_details.accepted_prediction_tokens", Ignored, OPENAI),
    field("completion_tokens_details.rejected_prediction_tokens", Ignored, OPENAI),
    field("input_tokens_details.image_tokens", Ignored, RESPONSES),
    field("input_tokens_details.text_tokens", Ignored, RESPONSES),
    field("input_token_details.audio", Ignored, LANGCHAIN),
    field("input_token_details.ephemeral_5m_input_tokens", Ignored, LANGCHAIN),
    field("input_token_details.ephemeral_1h_input_tokens", Ignored, LANGCHAIN),
    field("input_token_details.audio_tokens", Ignored, "OpenAI realtime and transcription"),
    field("input_token_details.image_tokens", Ignored, "OpenAI realtime"),
    field("input_token_details.text_tokens", Ignored, "OpenAI realtime and transcription"),
    field("input_token_details.cached_tokens_details", Ignored, "OpenAI realtime"),
    field("output_token_details.audio", Ignored, LANGCHAIN),
    field("output_token_details.audio_tokens", Ignored, "OpenAI realtime"),
    field("output_token_details.text_tokens", Ignored, "OpenAI realtime"),
    field("output_tokens_details.text_tokens", Ignored, RESPONSES),
    field("output_tokens_details.image_tokens", Ignored, RESPONSES),
    field("outputTokenDetails.textTokens", Ignored, AI_SDK),
    field("outputTokens.text", Ignored, AI_SDK),
    field("promptTokensDetails", Ignored, GEMINI),
    field("candidatesTokensDetails", Ignored, GEMINI),
    field("responseTokensDetails", Ignored, "Gemini Live"),
    field("cacheTokensDetails", Ignored, GEMINI),
    field("toolUsePromptTokensDetails", Ignored, GEMINI),
    field("candidates_tokens_details", Ignored, GEMINI_PYTHON),
    field("response_tokens_details", Ignored, "Gemini Live"),
    field("cache_tokens_details", Ignored, GEMINI_PYTHON),
    field("tool_use_prompt_tokens_details", Ignored, GEMINI_PYTHON),
    field("trafficType", Ignored, GEMINI),
    field("traffic_type", Ignored, GEMINI_PYTHON),
    field("serviceTier", Ignored, GEMINI),
    field("cacheDetails", Ignored, CONVERSE),
    field("service_tier", Ignored, "OpenAI, Anthropic"),
    field("inference_geo", Ignored, ANTHROPIC),
    field("speed", Ignored, ANTHROPIC),
    field("server_tool_use", Ignored, ANTHROPIC),
    field("iterations", Ignored, "Anthropic messages: its elements are added up, see above"),
    field("type", Ignored, "OpenAI transcription"),
    field("billed_units", Ignored, "Cohere: read where it is all there is"),
    field("invocationLatency", Ignored, INVOKE),
    field("firstByteLatency", Ignored, INVOKE),
    field("prompt_audio_seconds", Ignored, "Mistral"),
    field("total_duration", Ignored, "Ollama"),
    field("load_duration", Ignored, "Ollama"),
    field("prompt_eval_duration", Ignored, "Ollama"),
    field("eval_duration", Ignored, "Ollama"),
    field("cost", Ignored, "OpenRouter, Perplexity"),
    field("cost_details", Ignored, "OpenRouter"),
    field("is_byok", Ignored, "OpenRouter"),
    field("num_sources_used", Ignored, "xAI"),
    field("cost_in_usd_ticks", Ignored, "xAI"),
    field("num_search_queries", Ignored, "Perplexity"),
    field("search_context_size", Ignored, "Perplexity"),
    field("queue_time", Ignored, "Groq"),
    field("prompt_time", Ignored, "Groq"),
    field("completion_time", Ignored, "Groq"),
    field("total_time", Ignored, "Groq"),
    field("x_details", Ignored, "Qwen"),
    field("raw", Ignored, "Vercel AI SDK 6: the provider's own object"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    const HEAD: &str = "\
# Usage objects

`/api/v1/track`, `/api/v1/track/batch` and `/api/v1/estimate` accept the usage object of your provider's response, or of your library, unchanged, as `usage` instead of the counts:

```json
{\"tenant_id\": \"client-xyz\", \"model\": \"claude-sonnet-4-5\", \"usage\": {\"input_tokens\": 7, \"cache_read_input_tokens\": 16399, \"cache_creation_input_tokens\": 2089, \"output_tokens\": 503}}
```

Do not send the provider's whole response: send the object under `usage`, `usageMetadata` or `amazon-bedrock-invocationMetrics`, or, for Ollama, the fields listed here.

## How it is read

All known fields of the object are read, whoever sent it; which API it comes from is not asked.

1. In the ledger, cached tokens are part of the input, and reasoning tokens are part of the output. APIs differ: some state them within, some beside.
2. If the object has a total, the total decides: `total = input + output`, with the cached and reasoning tokens that lie beside them. `{\"prompt_tokens\": 41, \"completion_tokens\": 212, \"total_tokens\": 1173, \"completion_tokens_details\": {\"reasoning_tokens\": 920}}` has 1,132 output tokens.
3. Without a total, the tables below say where a part lies. A part that is larger than its whole lies beside it. The call above has 18,495 input tokens.
4. What is not stated is not 0. An object without its input or its output is rejected, unless the total shows the missing count, or the model embeds or ranks and has no output.
5. A total that is more than everything stated is rejected. Exception: for Gemini, the rest is thinking, and counts as output.
6. Two fields that state different inputs or outputs are rejected.
7. `iterations` of Anthropic are added up, since the top-level counts leave some of them out, such as a compaction.

Where a count is not certain, the answer says so in `notes`.

The same arithmetic reads [OpenTelemetry spans](opentelemetry.md), [LiteLLM's records](litellm.md) and [imported files](import.md).

## What else it may hold

Unknown fields are ignored and counted (`carbon_usage_fields_passed_over_total` at `/metrics`), and never stored.
If there is no total, unknown fields that seem to count tokens are named in `notes`.

Text is rejected, except for numbers and for single words of up to 32 bytes in fields whose name ends in one of these words, such as `service_tier`, `serviceTier` or `cache_type`: WORDS.
They are ignored, and never stored.

This page is generated from the table that the server uses, and a test compares the two.
";

    fn page() -> String {
        let words: Vec<String> = crate::ingest::usage_object::words::NAMES_OF_WORDS
            .iter()
            .map(|word| format!("`{word}`"))
            .collect();
        let mut page = HEAD.replace("WORDS", &words.join(", "));
        let is_part = |kind: PartKind| move |meaning: Meaning| matches!(meaning, Part(of, _) if of == kind);
        let sections: [(&str, &str, Box<dyn Fn(Meaning) -> bool>); 9] = [
            ("Input", "", Box::new(|meaning| matches!(meaning, Input | InputWithoutCache))),
            ("Output", "", Box::new(|meaning| meaning == Output)),
            ("Total", "", Box::new(|meaning| meaning == Total)),
            ("Read from a cache", "", Box::new(is_part(CacheRead))),
            ("Written to a cache", "", Box::new(is_part(CacheCreation))),
            (
                "Input without cached tokens",
                "It shows where cached tokens lie.",
                Box::new(|meaning| meaning == Fresh),
            ),
            ("Other input", "", Box::new(is_part(OtherInput))),
            ("Reasoning", "", Box::new(is_part(Reasoning))),
            (
                "Ignored",
                "Parts of other counts, times, prices, and what is no token.",
                Box::new(|meaning| meaning == Ignored),
            ),
        ];
        for (title, says, belongs) in sections {
            writeln!(page, "\n## {title}\n").unwrap();
            if !says.is_empty() {
                writeln!(page, "{says}\n").unwrap();
            }
            let has_place =
                FIELDS.iter().any(|field| belongs(field.meaning) && matches!(field.meaning, Part(..)));
            page.push_str(if has_place {
                "| field | lies | sent by |\n|---|---|---|\n"
            } else {
                "| field | sent by |\n|---|---|\n"
            });
            for FieldName { path, meaning, sent_by } in FIELDS.iter().filter(|field| belongs(field.meaning)) {
                match meaning {
                    Part(CacheRead | CacheCreation, Beside) => {
                        writeln!(page, "| `{path}` | beside an input named `input_tokens`, `inputTokens` or `inputTokenCount`, within any other | {sent_by} |").unwrap();
                    }
                    Part(_, Beside) => writeln!(page, "| `{path}` | beside | {sent_by} |").unwrap(),
                    Part(_, Within) => writeln!(page, "| `{path}` | within | {sent_by} |").unwrap(),
                    Input | InputWithoutCache | Output | Total | Fresh | Ignored => {
                        writeln!(page, "| `{path}` | {sent_by} |").unwrap();
                    }
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

    #[test]
    fn no_field_is_listed_twice() {
        for (place, field) in FIELDS.iter().enumerate() {
            assert!(FIELDS[..place].iter().all(|other| other.path != field.path), "{}", field.path);
        }
    }
}
