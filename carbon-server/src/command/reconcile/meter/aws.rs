//! Meters of AWS: usage types.

use super::{UnknownMeter, Words, listed};
use crate::base::name::squeezed;
use jiff::civil::Date;

/// The model of an AWS usage type; `products` are the names of what was sold, which the marketplace's types need.
pub(in crate::command::reconcile) fn aws(
    usage_type: &str,
    products: &[&str],
    day: Date,
) -> Result<String, UnknownMeter> {
    const AFTER_MODEL: [&str; 5] = ["cache", "input", "output", "mantle", "text"];
    const WORDS: [&str; 28] = [
        "cache",
        "read",
        "write",
        "input",
        "output",
        "token",
        "tokens",
        "count",
        "text",
        "mantle",
        "standard",
        "flex",
        "priority",
        "batch",
        "global",
        "geo",
        "regional",
        "cross",
        "region",
        "latency",
        "optimized",
        "long",
        "context",
        "ctx",
        "lctx",
        "5m",
        "30m",
        "1h",
    ];
    if usage_type.starts_with('$') {
        return priced(usage_type, day);
    }
    if let Some((_, dimension)) = usage_type.split_once("MP:") {
        return marketplace(dimension, products, day);
    }
    let parts: Vec<&str> = usage_type.split('-').collect();
    let parts =
        if parts.first().is_some_and(|first| is_billing_region(first)) { &parts[1..] } else { &parts[..] };
    let is_after = |part: &&str| AFTER_MODEL.iter().any(|word| part.eq_ignore_ascii_case(word));
    let model_parts = parts.iter().take_while(|part| !is_after(part)).count();
    let (model, rest) = parts.split_at(model_parts);
    let rest: Vec<String> = rest.iter().map(|part| part.to_ascii_lowercase()).collect();
    let has = |words: &[&str]| rest.iter().any(|part| words.contains(&part.as_str()));
    let is_known = rest.iter().all(|part| WORDS.contains(&part.as_str()));
    if !is_known || !has(&["token", "tokens"]) || !has(&["input", "output", "cache"]) {
        return Err(UnknownMeter::Meter);
    }
    let model = model.join("-");
    if model.is_empty() {
        return Err(UnknownMeter::Unnamed);
    }
    let model = model.strip_suffix("-LatencyOptimized").unwrap_or(&model);
    listed(&[model.to_owned(), apart(model)], day)
}

/// A description with a price: `$0.003 per 1K input tokens for Claude 4.5 Sonnet in US East (N. Virginia)`.
fn priced(description: &str, day: Date) -> Result<String, UnknownMeter> {
    const WORDS: Words = Words {
        kinds: &["input", "output", "response"],
        others: &[
            "per", "1k", "1m", "thousand", "million", "1", "1000", "token", "tokens", "text", "cache",
            "cached", "read", "write", "prompt", "batch", "flex", "priority", "standard", "on", "demand",
        ],
        foreign: &["image", "audio", "video", "speech"],
    };
    let (_, text) = description.split_once(' ').ok_or(UnknownMeter::Meter)?;
    let (kind, rest) = text.split_once(" for ").ok_or(UnknownMeter::Meter)?;
    let (model, _) = rest.rsplit_once(" in ").ok_or(UnknownMeter::Meter)?;
    if WORDS.model(kind) != Err(UnknownMeter::Unnamed) {
        return Err(UnknownMeter::Meter);
    }
    listed(&[model.to_owned()], day)
}

/// `USE1`, `APN1` or `EU`: where it was served, as bills abbreviate it.
fn is_billing_region(part: &str) -> bool {
    let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = part.len() - letters.len();
    part == "EU"
        || ((2..=4).contains(&letters.len())
            && digits == 1
            && letters.bytes().all(|b| b.is_ascii_uppercase()))
}

/// A dimension of AWS's marketplace, such as `USE1_InputTokenCount_Global-Units`: the product names the model.
fn marketplace(dimension: &str, products: &[&str], day: Date) -> Result<String, UnknownMeter> {
    const KINDS: [&str; 3] = ["input", "output", "response"];
    const FOREIGN: [&str; 8] = ["image", "audio", "video", "speech", "search", "hour", "custom", "train"];
    let dimension = squeezed(dimension);
    let has = |words: &[&str]| words.iter().any(|word| dimension.contains(word));
    if !has(&["token"]) || !has(&KINDS) || has(&FOREIGN) {
        return Err(UnknownMeter::Meter);
    }
    let sold = products.iter().filter_map(|product| product.trim().strip_suffix("(Amazon Bedrock Edition)"));
    let names: Vec<String> = sold.map(|name| name.trim().to_owned()).collect();
    listed(&names, day)
}

/// `Claude4.5Sonnet` as `Claude-4.5-Sonnet`; `70B` and `gpt-4o` stay.
fn apart(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut text = String::new();
    for (place, &letter) in letters.iter().enumerate() {
        let before = place.checked_sub(1).map(|before| letters[before]);
        let is_word = |place: usize| {
            letters.get(place + 1).is_some_and(char::is_ascii_lowercase) && letter.is_ascii_uppercase()
        };
        let letters_before = letters[..place].iter().rev().take_while(|c| c.is_ascii_alphabetic()).count();
        let starts = match before {
            Some(before) if before.is_ascii_lowercase() => {
                letter.is_ascii_uppercase() || (letter.is_ascii_digit() && letters_before >= 3)
            }
            Some(before) if before.is_ascii_digit() => is_word(place),
            _ => false,
        };
        if starts {
            text.push('-');
        }
        text.push(letter);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::reconcile::meter::tests::check;

    #[test]
    fn usage_types_of_aws_name_their_model() {
        for (meter, model) in [
            ("USE1-Claude4.5Sonnet-input-tokens", "claude-sonnet-4-5"),
            ("USE1-Claude4.5Sonnet-output-tokens", "claude-sonnet-4-5"),
            ("EUC1-Claude4.5Sonnet-cache-read-input-token-count", "claude-sonnet-4-5"),
            ("USW2-Claude4.5Sonnet-cache-write-input-token-count", "claude-sonnet-4-5"),
            ("USE1-Claude4.5Sonnet-cache-write-input-token-count-1h", "claude-sonnet-4-5"),
            ("USE1-Claude4Sonnet-cache-read-input-token-count-cross-region-global", "claude-sonnet-4"),
            ("EU-Claude4.6Opus-input-tokens-cross-region-global", "claude-opus-4-6"),
            ("USE1-Claude3Haiku-input-tokens", "claude-3-haiku"),
            ("USE1-Claude3-5Haiku-input-tokens-latency-optimized", "claude-3-5-haiku"),
            ("USE1-Claude3.5SonnetV2-output-tokens", "claude-3-5-sonnet"),
            ("USW2-anthropic.claude-opus-4-8-mantle-input-tokens-global-standard", "claude-opus-4-8"),
            ("USE1-NovaPro-input-tokens", "nova-pro"),
            ("USE1-NovaLite-output-tokens-batch", "nova-lite"),
            ("USE1-Nova2.0Lite-input-tokens-flex", "nova-2-lite"),
            ("USE1-Llama3-1-70B-LatencyOptimized-input-tokens", "llama-3.1-70b"),
            ("USE1-Llama3-3-70B-input-tokens", "llama-3.3-70b"),
            ("USE1-Llama4-Maverick-17B-input-tokens-batch", "llama-4-maverick"),
            ("APN1-gpt-oss-120b-output-tokens-priority", "gpt-oss-120b"),
            ("gpt-oss-20b-input-tokens-flex", "gpt-oss-20b"),
            ("USE1-GPT-OSS-Safeguard-20B-input-tokens", "gpt-oss-safeguard-20b"),
            ("USE1-openai.gpt-oss-120b-mantle-input-tokens-standard", "gpt-oss-120b"),
            ("USE1-deepseek.v3.2-mantle-output-tokens-standard", "deepseek-v3.2"),
            ("USE1-Qwen3-32B-input-tokens", "qwen3-32b"),
            (
                "$0.003 per 1K input tokens for Claude 4.5 Sonnet in US East (N. Virginia)",
                "claude-sonnet-4-5",
            ),
            (
                "$0.0003 per 1K cache read input tokens for Claude Sonnet 4.5 in EU (Ireland)",
                "claude-sonnet-4-5",
            ),
        ] {
            check(|day| aws(meter, &[], day), Ok(model), meter);
        }
        let product = ["Claude Sonnet 4.5 (Amazon Bedrock Edition)"];
        for meter in [
            "USE1-MP:USE1_InputTokenCount-Units",
            "USE1-MP:USE1_OutputTokenCount_Global-Units",
            "APS3-MP:APS3_output_tokens_global_standard-Units",
            "USE1-MP:USE1_CacheWrite1hInputTokenCount_Global-Units",
            "USE1-MP:USE1_MillionBatchInputTokens-Units",
        ] {
            check(|day| aws(meter, &product, day), Ok("claude-sonnet-4-5"), meter);
            check(|day| aws(meter, &["Amazon Bedrock"], day), Err(UnknownMeter::Model), meter);
        }
        for (meter, fault) in [
            ("USE1-NovaPro-input-tokens-custom-model", UnknownMeter::Meter),
            ("USE1-NovaSonic-speech-input-tokens", UnknownMeter::Model),
            ("USE1-NovaPro-input-image-token-count", UnknownMeter::Meter),
            ("USE1-cohere.rerank-english-v3-search-units", UnknownMeter::Meter),
            ("USE1-BedrockKnowledgeBase-searchunits-token", UnknownMeter::Meter),
            ("USE1-Claude4.5Sonnet-ProvisionedThroughput-ModelUnits", UnknownMeter::Meter),
            ("USE1-MistralLarge-input-tokens", UnknownMeter::Model),
            ("USE1-MistralSmall-output-tokens", UnknownMeter::Model),
            ("USE1-TitanTextG1-Lite-input-tokens", UnknownMeter::Model),
            ("USE1-TitanEmbeddingV2-Text-input-tokens", UnknownMeter::Model),
            ("USE1-GPT-OSS-Safeguard-7B-input-tokens", UnknownMeter::Model),
            ("USE1-Claude9.9Sonnet-input-tokens", UnknownMeter::Model),
            ("BoxUsage:m5.large", UnknownMeter::Meter),
            ("", UnknownMeter::Meter),
            ("input-tokens", UnknownMeter::Unnamed),
            ("$0.01 per 1K image tokens for Nova Pro in US East (N. Virginia)", UnknownMeter::Meter),
            ("$0.01 per hour for Nova Pro in US East (N. Virginia)", UnknownMeter::Meter),
        ] {
            check(|day| aws(meter, &[], day), Err(fault), meter);
        }
    }
}
