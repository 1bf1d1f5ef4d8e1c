//! The names of counts in usage objects, as data. docs/usage-objects.md is generated from it, and a test compares the two.

use super::media::MediaPart;
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
    /// What is billed, which stands for the input or the output only where neither is stated.
    BilledInput,
    BilledOutput,
    Total,
    /// Input that was neither read from a cache nor written to one.
    Fresh,
    /// A part, and where it lies by default. Cached tokens lie beside an [`Meaning::InputWithoutCache`] alone.
    Part(PartKind, Place),
    /// Of how many calls the object is a sum.
    Calls,
    /// What a provider did between runs of the model in one request: the object adds up an unknown number of them.
    InnerRuns,
    /// What is not text.
    Media(MediaPart),
    /// A list of tokens by modality: those of images, of video, and of sound.
    ByModality([MediaPart; 3]),
    /// A part of another count, a time, a price, or no tokens at all.
    Ignored,
}

use Meaning::{
    BilledInput, BilledOutput, ByModality, Calls, Fresh, Ignored, InnerRuns, Input, InputWithoutCache, Media,
    Output, Part, Total,
};

use MediaPart::{AudioSeconds, InputAudio, InputImage, InputVideo, OutputAudio, OutputImage, OutputVideo};

const OF_INPUT: Meaning = ByModality([InputImage, InputVideo, InputAudio]);
const OF_OUTPUT: Meaning = ByModality([OutputImage, OutputVideo, OutputAudio]);

/// A field of usage objects.
pub(crate) struct FieldName {
    /// Nested fields are written with a dot; `*` adds up all fields that begin so, `[]` all elements of a list.
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
const CONVERSE: &str = "Bedrock Converse";
const INVOKE: &str = "Bedrock InvokeModel";
const AI_SDK: &str = "Vercel AI SDK";
const LANGCHAIN: &str = "LangChain";

/// All of them. Of two names for one thing the first is preferred.
pub(crate) const FIELDS: &[FieldName] = &[
    field("prompt_tokens", Input, "OpenAI chat completions and compatible APIs, Vercel AI SDK 4"),
    field(
        "input_tokens",
        InputWithoutCache,
        "Anthropic messages, Bedrock Converse; OpenAI responses and Vercel AI SDK, whose details say that the cache lies within",
    ),
    field("inputTokens.total", Input, "Vercel AI SDK 7"),
    field("promptTokenCount", Input, GEMINI),
    field("inputTextTokenCount", Input, "Amazon Titan"),
    field("prompt_eval_count", Input, "Ollama"),
    field("tokens.input_tokens", Input, "Cohere"),
    field("total_input_tokens", Input, "Gemini Interactions, Amazon Nova Sonic"),
    field("request_tokens", Input, "pydantic-ai"),
    field("total_output_tokens", Output, "Gemini Interactions, Amazon Nova Sonic, LM Studio"),
    field("response_tokens", Output, "pydantic-ai"),
    field("total_cached_tokens", Part(CacheRead, Within), "Gemini Interactions"),
    field("total_thought_tokens", Part(Reasoning, Beside), "Gemini Interactions"),
    field("total_tool_use_tokens", Part(OtherInput, Beside), "Gemini Interactions"),
    field("input_token_count", InputWithoutCache, "Bedrock InvokeModel, watsonx.ai, Microsoft.Extensions.AI"),
    field("prompt_n", InputWithoutCache, "llama.cpp"),
    field("tokens_evaluated", Input, "llama.cpp"),
    field("generated_token_count", Output, "watsonx.ai"),
    field("generated_tokens", Output, "Text Generation Inference"),
    field("tokens_predicted", Output, "llama.cpp"),
    field("predicted_n", Output, "llama.cpp"),
    field("billed_units.input_tokens", BilledInput, "Cohere"),
    field("billed_units.output_tokens", BilledOutput, "Cohere"),
    field("completion_tokens", Output, "OpenAI chat completions and compatible APIs, Vercel AI SDK 4"),
    field("output_tokens", Output, "Anthropic messages, OpenAI responses, Bedrock Converse, Vercel AI SDK"),
    field("outputTokens.total", Output, "Vercel AI SDK 7"),
    field("candidatesTokenCount", Output, GEMINI),
    field("responseTokenCount", Output, "Gemini Live"),
    field("outputTokenCount", Output, "Bedrock InvokeModel, Microsoft.Extensions.AI"),
    field("generation_token_count", Output, "Llama through Bedrock InvokeModel"),
    field("eval_count", Output, "Ollama"),
    field("tokens.output_tokens", Output, "Cohere"),
    field("total_tokens", Total, "OpenAI, Bedrock Converse, Vercel AI SDK"),
    field("totalTokenCount", Total, "Gemini, Microsoft.Extensions.AI"),
    field("prompt_cache_miss_tokens", Fresh, "DeepSeek"),
    field("inputTokenDetails.noCacheTokens", Fresh, "Vercel AI SDK 6"),
    field("inputTokens.noCache", Fresh, "Vercel AI SDK 7"),
    field("cache_read_input_tokens", Part(CacheRead, Beside), "Anthropic messages, Bedrock Converse"),
    field("prompt_tokens_details.cached_tokens", Part(CacheRead, Within), OPENAI),
    field("input_tokens_details.cached_tokens", Part(CacheRead, Within), RESPONSES),
    field("input_token_details.cached_tokens", Part(CacheRead, Within), "OpenAI realtime and transcription"),
    field("input_token_details.cache_read", Part(CacheRead, Within), LANGCHAIN),
    field("prompt_cache_hit_tokens", Part(CacheRead, Within), "DeepSeek"),
    field("cached_tokens", Part(CacheRead, Within), "Kimi, Cohere, SGLang"),
    field("num_cached_tokens", Part(CacheRead, Within), "Mistral"),
    field("cached_prompt_tokens", Part(CacheRead, Within), "CrewAI"),
    field("prompt_tokens_details.cache_read_input_tokens", Part(CacheRead, Within), "gateways"),
    field("input_tokens_details.cache_read_input_tokens", Part(CacheRead, Within), "gateways"),
    field("prompt_tokens_details.cached_read_tokens", Part(CacheRead, Within), "gateways"),
    field("prompt_token_details.cached_tokens", Part(CacheRead, Within), "Mistral"),
    field("inputTokenDetails.cachedTokenCount", Part(CacheRead, Within), "OpenAI for .NET"),
    field("cache_n", Part(CacheRead, Beside), "llama.cpp"),
    field("cachedInputTokenCount", Part(CacheRead, Within), "Microsoft.Extensions.AI"),
    field("cachedContentTokens", Part(CacheRead, Within), "Genkit"),
    field("cacheReadInputTokenCount", Part(CacheRead, Beside), INVOKE),
    field("cachedContentTokenCount", Part(CacheRead, Within), GEMINI),
    field("inputTokenDetails.cacheReadTokens", Part(CacheRead, Within), "Vercel AI SDK 6"),
    field("inputTokens.cacheRead", Part(CacheRead, Within), "Vercel AI SDK 7"),
    field(
        "cachedInputTokens",
        Part(CacheRead, Within),
        "OpenAI Codex; Vercel AI SDK 5, which passes on Claude's counts as they are",
    ),
    field("cache_read_tokens", Part(CacheRead, Within), "pydantic-ai"),
    field("cache_creation_input_tokens", Part(CacheCreation, Beside), ANTHROPIC),
    field("cache_creation.*", Part(CacheCreation, Beside), ANTHROPIC),
    field("prompt_tokens_details.cache_write_tokens", Part(CacheCreation, Within), "OpenRouter"),
    field("prompt_tokens_details.cache_creation_tokens", Part(CacheCreation, Within), "LiteLLM"),
    field("prompt_tokens_details.caching_tokens", Part(CacheCreation, Within), "Requesty"),
    field("prompt_tokens_details.cache_creation_input_tokens", Part(CacheCreation, Within), "Qwen"),
    field("prompt_tokens_details.cache_creation.*", Part(CacheCreation, Within), "Qwen"),
    field("prompt_tokens_details.cache_creation_token_details.*", Part(CacheCreation, Within), "LiteLLM"),
    field("input_tokens_details.cache_write_tokens", Part(CacheCreation, Within), RESPONSES),
    field("input_tokens_details.cache_creation_tokens", Part(CacheCreation, Within), "LiteLLM"),
    field("input_token_details.cache_creation", Part(CacheCreation, Within), LANGCHAIN),
    field("input_token_details.ephemeral*", Part(CacheCreation, Within), LANGCHAIN),
    field("prompt_tokens_details.cached_write_tokens", Part(CacheCreation, Within), "gateways"),
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
    field("completion_tokens_details.thinking_tokens", Part(Reasoning, Within), "gateways"),
    field("details.reasoning_tokens", Part(Reasoning, Within), "pydantic-ai"),
    field("details.cached_tokens", Part(CacheRead, Within), "pydantic-ai"),
    field("details.cache_read_tokens", Part(CacheRead, Within), "pydantic-ai"),
    field("details.cache_write_tokens", Part(CacheCreation, Within), "pydantic-ai"),
    field(
        "output_token_details.reasoning_tokens",
        Part(Reasoning, Within),
        "OpenAI realtime, Vercel AI SDK 6",
    ),
    field("outputTokens.reasoning", Part(Reasoning, Within), "Vercel AI SDK 7"),
    field("reasoning_tokens", Part(Reasoning, Within), "Vercel AI SDK 5, Perplexity, SGLang"),
    field("outputTokenDetails.reasoningTokenCount", Part(Reasoning, Within), "OpenAI for .NET"),
    field("reasoningTokenCount", Part(Reasoning, Within), "Microsoft.Extensions.AI"),
    field("completion_token_details.reasoning_tokens", Part(Reasoning, Within), "Mistral"),
    field("thoughtsTokens", Part(Reasoning, Beside), "Genkit"),
    field("reasoning_output_tokens", Part(Reasoning, Within), "OpenAI Codex"),
    field("thoughtsTokenCount", Part(Reasoning, Beside), GEMINI),
    field("toolUsePromptTokenCount", Part(OtherInput, Beside), GEMINI),
    field("citation_tokens", Part(OtherInput, Within), "Perplexity"),
    field("requests", Calls, "OpenAI Agents SDK, pydantic-ai"),
    field("successful_requests", Calls, "CrewAI, LangChain"),
    field("server_tool_use.*", InnerRuns, ANTHROPIC),
    field("prompt_tokens_details.web_search_requests", InnerRuns, "LiteLLM"),
    field("num_search_queries", InnerRuns, "Perplexity"),
    field("num_sources_used", InnerRuns, "xAI"),
    field("num_server_side_tools_used", InnerRuns, "xAI"),
    field("prompt_tokens_details.audio_tokens", Media(InputAudio), OPENAI),
    field("prompt_tokens_details.image_tokens", Media(InputImage), OPENAI),
    field("prompt_tokens_details.text_tokens", Ignored, OPENAI),
    field("prompt_tokens_details.video_tokens", Media(InputVideo), "OpenRouter, Qwen"),
    field("prompt_tokens_details.cache_type", Ignored, "Qwen"),
    field("completion_tokens_details.audio_tokens", Media(OutputAudio), OPENAI),
    field("completion_tokens_details.image_tokens", Media(OutputImage), "OpenRouter"),
    field("completion_tokens_details.text_tokens", Ignored, "xAI"),
    field("completion_tokens_details.accepted_prediction_tokens", Ignored, OPENAI),
    field("completion_tokens_details.rejected_prediction_tokens", Ignored, OPENAI),
    field("input_tokens_details.image_tokens", Media(InputImage), RESPONSES),
    field("input_tokens_details.text_tokens", Ignored, RESPONSES),
    field("input_token_details.audio", Media(InputAudio), LANGCHAIN),
    field("input_token_details.audio_tokens", Media(InputAudio), "OpenAI realtime and transcription"),
    field("input_token_details.image_tokens", Media(InputImage), "OpenAI realtime"),
    field("input_token_details.text_tokens", Ignored, "OpenAI realtime and transcription"),
    field("input_token_details.cached_tokens_details", Ignored, "OpenAI realtime"),
    field("inputTokenDetails.audioTokenCount", Media(InputAudio), "OpenAI for .NET"),
    field("output_token_details.audio", Media(OutputAudio), LANGCHAIN),
    field("outputTokenDetails.audioTokenCount", Media(OutputAudio), "OpenAI for .NET"),
    field("output_token_details.audio_tokens", Media(OutputAudio), "OpenAI realtime"),
    field("output_token_details.text_tokens", Ignored, "OpenAI realtime"),
    field("output_tokens_details.text_tokens", Ignored, RESPONSES),
    field("output_tokens_details.image_tokens", Media(OutputImage), RESPONSES),
    field("outputTokens.text", Ignored, AI_SDK),
    field("promptTokensDetails[]", OF_INPUT, GEMINI),
    field("candidatesTokensDetails[]", OF_OUTPUT, GEMINI),
    field("responseTokensDetails[]", OF_OUTPUT, "Gemini Live"),
    field("cacheTokensDetails", Ignored, GEMINI),
    field("toolUsePromptTokensDetails", Ignored, GEMINI),
    field("trafficType", Ignored, GEMINI),
    field("service_tier", Ignored, "OpenAI, Anthropic"),
    field("inference_geo", Ignored, ANTHROPIC),
    field("speed", Ignored, ANTHROPIC),
    field("type", Ignored, "OpenAI transcription"),
    field("billed_units.search_units", Ignored, "Cohere"),
    field("billed_units.classifications", Ignored, "Cohere"),
    field("billed_units.images", Ignored, "Cohere"),
    field("additionalCounts", Ignored, "Microsoft.Extensions.AI"),
    field("invocationLatency", Ignored, INVOKE),
    field("firstByteLatency", Ignored, INVOKE),
    field("prompt_audio_seconds", Media(AudioSeconds), "Mistral"),
    field("total_duration", Ignored, "Ollama"),
    field("load_duration", Ignored, "Ollama"),
    field("prompt_eval_duration", Ignored, "Ollama"),
    field("eval_duration", Ignored, "Ollama"),
    field("cost", Ignored, "OpenRouter, Perplexity"),
    field("cost_details", Ignored, "OpenRouter"),
    field("is_byok", Ignored, "OpenRouter"),
    field("cost_in_usd_ticks", Ignored, "xAI"),
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
    use crate::ingest::usage_object::words::plain;
    use std::{collections::BTreeSet, fmt::Write};

    const HEAD: &str = "\
# Usage objects

`/api/v1/track`, `/api/v1/track/batch` and `/api/v1/estimate` accept the usage object of your provider's response, or of your library, unchanged, as `usage` instead of the counts:

```json
{\"tenant_id\": \"client-xyz\", \"model\": \"claude-sonnet-4-5\", \"usage\": {\"input_tokens\": 7, \"cache_read_input_tokens\": 16399, \"cache_creation_input_tokens\": 2089, \"output_tokens\": 503}}
```

Do not send the provider's whole response: send the object under `usage`, `usageMetadata` or `amazon-bedrock-invocationMetrics`, or, for Ollama, the fields listed here.

## How it is read

All known fields of the object are read, whoever sent it; which API it comes from is not asked.
Names are compared without regard to case and underscores: `promptTokenCount` is `prompt_token_count`.

1. In the ledger, cached tokens are part of the input, and reasoning tokens are part of the output. APIs differ: some state them within, some beside.
2. If the object has a total, the total decides: `total = input + output`, with the cached and reasoning tokens that lie beside them. `{\"prompt_tokens\": 41, \"completion_tokens\": 212, \"total_tokens\": 1173, \"completion_tokens_details\": {\"reasoning_tokens\": 920}}` has 1,132 output tokens.
3. Without a total, the tables below say where a part lies. A part that is larger than its whole lies beside it. The Claude call at the top of this page has 18,495 input tokens.
4. What is not stated is not 0. An object without its input or its output is rejected, unless the total shows the missing count, or the model embeds or ranks and has no output.
5. A total that is more than everything stated is rejected. Exception: for Gemini, the rest is thinking, and counts as output.
6. Two fields that state different inputs or outputs are rejected.
7. `iterations` of Anthropic are added up, since the top-level counts leave some of them out, such as a compaction.
8. An object may be the sum of several calls. If it says of how many ([below](#number-of-calls)), or has `iterations`, that is their number; 0 is no number. If it shows that the provider ran the model several times ([below](#several-runs-in-one-request)), their number is unknown. `calls`, next to `usage`, states it, whatever the object says.
9. Tokens of images and sound are parts of the input or the output ([below](#images-video-and-sound)) and change no total. If more of them are stated than their whole has, the rest is left out, and `notes` says so.

Where a count is not certain, the answer says so in `notes`.

## How many calls

What a call costs grows with the tokens that each token has before it: its [context](methodology.md).
That can be counted for single calls only.
A record that stands for several counts as so many equal calls, which is a lower bound; of an unknown number of calls, and of more than 2,000,000 tokens in one, no context is counted, and `notes` says so.
So send single calls if you can.

The same arithmetic reads [OpenTelemetry spans](opentelemetry.md), [LiteLLM's records](litellm.md) and [imported files](import.md).

## What else it may hold

Unknown fields are ignored and counted (`carbon_usage_fields_passed_over_total` at `/metrics`), and never stored.
Unknown fields that seem to count cached or reasoning tokens are named in `notes`; if there is no total, also those that seem to count other tokens.

Text is rejected, except for numbers and for single words of up to 64 bytes in fields whose name ends in one of these words, such as `service_tier`, `serviceTier` or `cache_type`: WORDS.
They are ignored, and never stored.

This page is generated from the table that the server uses, and a test compares the two.
";

    /// Title, a sentence, and which meanings belong to it.
    type Section = (&'static str, &'static str, fn(Meaning) -> bool);

    fn page() -> String {
        let words: Vec<String> = crate::ingest::usage_object::words::NAMES_OF_WORDS
            .iter()
            .map(|word| format!("`{word}`"))
            .collect();
        let mut page = HEAD.replace("WORDS", &words.join(", "));
        let sections: [Section; 12] = [
            ("Input", "", |meaning| matches!(meaning, Input | InputWithoutCache | BilledInput)),
            ("Output", "", |meaning| matches!(meaning, Output | BilledOutput)),
            ("Total", "", |meaning| meaning == Total),
            ("Read from a cache", "", |meaning| matches!(meaning, Part(CacheRead, _))),
            ("Written to a cache", "", |meaning| matches!(meaning, Part(CacheCreation, _))),
            ("Input without cached tokens", "It shows where cached tokens lie.", |meaning| meaning == Fresh),
            ("Other input", "", |meaning| matches!(meaning, Part(OtherInput, _))),
            ("Reasoning", "", |meaning| matches!(meaning, Part(Reasoning, _))),
            ("Number of calls", "", |meaning| meaning == Calls),
            (
                "Several runs in one request",
                "What the provider did between runs of the model, which the object adds up: if there is any of it, or of other \
                 input that lies beside, the number of calls is unknown.",
                |meaning| meaning == InnerRuns,
            ),
            (
                "Images, video and sound",
                "Parts of the input or the output, and seconds. Tokens of a list by modality count by the word in `modality`.",
                |meaning| matches!(meaning, Media(_) | ByModality(_)),
            ),
            ("Ignored", "Parts of other counts, times, prices, and what is no token.", |meaning| {
                meaning == Ignored
            }),
        ];
        for (title, says, belongs) in sections {
            writeln!(page, "\n## {title}\n").unwrap();
            if !says.is_empty() {
                writeln!(page, "{says}\n").unwrap();
            }
            let has_place =
                FIELDS.iter().any(|field| belongs(field.meaning) && matches!(field.meaning, Part(..)));
            let has_kind =
                FIELDS.iter().any(|field| belongs(field.meaning) && matches!(field.meaning, Media(_)));
            page.push_str(if has_place {
                "| field | lies | sent by |\n|---|---|---|\n"
            } else if has_kind {
                "| field | counts as | sent by |\n|---|---|---|\n"
            } else {
                "| field | sent by |\n|---|---|\n"
            });
            for FieldName { path, meaning, sent_by } in FIELDS.iter().filter(|field| belongs(field.meaning)) {
                match meaning {
                    Part(CacheRead | CacheCreation, Beside) => {
                        writeln!(page, "| `{path}` | beside an input named `input_tokens`, `input_token_count` or `prompt_n`, within any other | {sent_by} |").unwrap();
                    }
                    Part(_, Beside) => writeln!(page, "| `{path}` | beside | {sent_by} |").unwrap(),
                    Part(_, Within) => writeln!(page, "| `{path}` | within | {sent_by} |").unwrap(),
                    BilledInput | BilledOutput => {
                        writeln!(
                            page,
                            "| `{path}`, only where no other input or output is stated | {sent_by} |"
                        )
                        .unwrap();
                    }
                    Media(part) => writeln!(page, "| `{path}` | `{}` | {sent_by} |", part.unit()).unwrap(),
                    ByModality(parts) => {
                        let units: BTreeSet<&str> = parts.iter().map(|part| part.unit().as_str()).collect();
                        let units: Vec<String> = units.iter().map(|unit| format!("`{unit}`")).collect();
                        writeln!(page, "| `{path}` | {} | {sent_by} |", units.join(" or ")).unwrap();
                    }
                    Input | InputWithoutCache | Output | Total | Fresh | Calls | InnerRuns | Ignored => {
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
            assert!(
                FIELDS[..place].iter().all(|other| plain(other.path) != plain(field.path)),
                "{}",
                field.path
            );
        }
    }
}
