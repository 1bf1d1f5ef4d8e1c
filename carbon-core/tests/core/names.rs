//! Whatever stands around a name: a known name stays the same model, an unknown one stays unknown.

use carbon_core::{FactorSet, model::ResolvedBy};
use proptest::{prelude::*, sample::select};

fn set() -> &'static FactorSet {
    FactorSet::version("2026.12").unwrap()
}

/// The model that a name leads to.
fn model(name: &str) -> Option<&'static str> {
    set().resolve(name).ok().map(|resolution| resolution.model.id())
}

/// Every id and every lasting alias.
fn known() -> Vec<&'static str> {
    let models = set().models().iter();
    models
        .flat_map(|model| std::iter::once(model.id()).chain(model.aliases().iter().map(String::as_str)))
        .collect()
}

/// Of names with digits before their date, the places of those.
fn digits() -> Vec<(&'static str, Vec<usize>)> {
    let digits = |name: &'static str| {
        let places = undated(name).bytes().enumerate().filter(|(_, byte)| byte.is_ascii_digit());
        (name, places.map(|(place, _)| place).collect::<Vec<_>>())
    };
    known().into_iter().map(digits).filter(|(_, places)| !places.is_empty()).collect()
}

/// Parts of a path that gateways and clouds put in front, in any number and order.
const IN_FRONT: &[&str] = &[
    "azure/",
    "azure/eu/",
    "azure/global-standard/",
    "azure/swedencentral/",
    "azure/us-gov/",
    "azure_ai/",
    "bedrock/",
    "bedrock/converse/",
    "bedrock/us-east-1/",
    "bedrock/us-west-2/6-month-commitment/",
    "fireworks_ai/accounts/fireworks/models/",
    "litellm_proxy/",
    "openai:",
    "openai/",
    "openrouter/",
    "openrouter/anthropic/",
    "vertex_ai/",
    "vertex_ai/projects/p/locations/us-central1/publishers/google/models/",
    "VERTEX_AI/",
    "workers-ai/@cf/meta/",
];

/// What Bedrock puts in front of a name without a slash.
const DOTTED: &[&str] = &[
    "",
    "anthropic.",
    "us.anthropic.",
    "us-gov.openai.",
    "eu.meta.",
    "apac.amazon.",
    "global.mistral.",
    "arn:aws:bedrock:eu-west-1::foundation-model/qwen.",
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.cohere.",
];

/// What stands behind names of any family.
const BEHIND: &[&str] = &[
    "",
    ":free",
    ":nitro",
    ":floor",
    ":exacto",
    ":online",
    ":beta",
    ":0",
    ":0:48k",
    ":200k",
    "[1m]",
    " [1M] ",
    ":groq",
    "-v1:0",
    "-20260102",
    "@20260102",
    "-2026-01-02",
    ".ft-0123456789abcdef0123456789abcdef",
    "-ft-0123456789abcdef0123456789abcdef",
];

/// Families with weights that anyone serves.
fn is_open(name: &str) -> bool {
    ["llama-3", "gemma-", "qwen2.5-", "gpt-oss-", "deepseek-r1", "mixtral-"]
        .iter()
        .any(|family| name.starts_with(family))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn a_known_name_is_the_same_model_in_every_wrapping(
        name in select(known()),
        paths in prop::collection::vec(select(IN_FRONT), 0..4),
        dotted in select(DOTTED),
        behind in select(BEHIND),
    ) {
        let dotted = if name.contains('/') { "" } else { dotted };
        // Of some names what stands behind makes another name that is listed.
        prop_assume!(!(name == "nomic-embed-text" && behind.starts_with("-v1")));
        let wrapped = format!("{}{dotted}{name}{behind}", paths.concat());
        prop_assert_eq!(model(&wrapped), model(name), "{}", wrapped);
    }

    #[test]
    fn an_unknown_name_stays_unknown_in_every_wrapping(
        name in select(&["acme-1", "my-gpt-4o", "gpt-4o-acme", "llama", "llama-3.1", "llama-3.1-9b", "prod", "o9", "abc123"][..]),
        paths in prop::collection::vec(select(IN_FRONT), 0..4),
        dotted in select(DOTTED),
        behind in select(BEHIND),
    ) {
        let wrapped = format!("{}{dotted}{name}{behind}", paths.concat());
        prop_assert_eq!(model(&wrapped), None, "{}", wrapped);
    }

    #[test]
    fn another_digit_is_another_model(
        (name, places) in select(digits()),
        place in any::<prop::sample::Index>(),
        by in 1u8..9,
        path in select(IN_FRONT),
        behind in select(BEHIND),
    ) {
        let place = *place.get(&places);
        let digit = name.as_bytes()[place] - b'0';
        let other = format!("{}{}{}", &name[..place], (digit + by) % 10, &name[place + 1..]);
        // The registry lists some as the same: claude-2.0 and claude-2.1.
        let listed = set().resolve(&other).is_ok_and(|found| found.resolved_by != ResolvedBy::Rule);
        if !listed {
            let wrapped = format!("{path}{other}{behind}");
            prop_assert_ne!(model(&wrapped), model(name), "{} of {}", wrapped, name);
        }
    }

    #[test]
    fn another_word_is_another_model(
        name in select(known()),
        word in select(OTHER_MODELS),
        path in select(IN_FRONT),
        behind in select(BEHIND),
    ) {
        // Their makers count the versions of one model so, and Bedrock those of one day's.
        let counted = ["mistral-7b", "claude-3-5-sonnet"].contains(&name) || undated(name) != name;
        let other = format!("{name}-{word}");
        let listed = set().resolve(&other).is_ok_and(|found| found.resolved_by != ResolvedBy::Rule);
        // Its own size says nothing new.
        let total_b = set().resolve(name).ok().and_then(|found| Some(found.model.parameters()?.size().total_b[1]));
        let is_its_size = total_b.is_some_and(|size| word == format!("{size:.0}b"));
        if !(listed || is_its_size || counted && word.starts_with('v')) {
            let wrapped = format!("{path}{other}{behind}");
            prop_assert_ne!(model(&wrapped), model(name), "{}", wrapped);
        }
    }
}

/// Words that make another model of a name.
const OTHER_MODELS: &[&str] = &[
    "abliterated",
    "air",
    "audio",
    "audio-preview",
    "chat-v2",
    "codex",
    "coder",
    "distill-llama",
    "embedding",
    "flash",
    "guard",
    "image",
    "lite",
    "lora",
    "math",
    "mini",
    "nano",
    "nemotron",
    "omni",
    "pro",
    "realtime-preview",
    "safeguard",
    "search-preview",
    "speciale",
    "transcribe",
    "tts",
    "v2",
    "v3.5",
    "vision",
    "vl",
    "9b",
    "99b",
];

/// The name up to its date, where it has one: another day is the same model.
fn undated(name: &str) -> &str {
    let from = name.char_indices().map(|(at, _)| at).find(|&at| {
        let digits = name[at..].strip_prefix('-').unwrap_or("");
        digits.len() >= 4 && digits.bytes().all(|b| b.is_ascii_digit() || b == b'-') && at > 0
    });
    &name[..from.unwrap_or(name.len())]
}

#[test]
fn ways_to_serve_open_weights_are_no_other_model() {
    for name in known().into_iter().filter(|name| is_open(name)) {
        for form in [
            "-instruct",
            "-gguf",
            ":q4_K_M",
            "-q8_0",
            "-iq4_xs",
            "-ud-q4_k_xl",
            "-fp8",
            "-fp8-dynamic",
            "-bnb-4bit",
            "-awq",
            "-instruct-q5_k_s",
            "-instruct-q4_0",
            ".gguf",
        ] {
            let served = format!("{name}{form}");
            assert_eq!(model(&served), model(name), "{served}");
        }
    }
}

#[test]
fn an_effort_is_no_other_model_where_the_family_takes_one() {
    for name in [
        "o3",
        "o3-mini",
        "o4-mini",
        "gpt-5",
        "gpt-5.1-codex",
        "gpt-oss-20b",
        "gemini-3-pro",
        "claude-opus-4-5",
    ] {
        for effort in ["-minimal", "-low", "-medium", "-high", "-xhigh", ":high", " (high)", "(Low)"] {
            assert_eq!(model(&format!("{name}{effort}")), Some(name), "{name}{effort}");
        }
    }
    for name in ["claude-sonnet-4-5", "claude-3-7-sonnet", "gemini-2.5-flash", "deepseek-v3.1", "glm-4.5"] {
        for effort in ["-thinking", ":thinking", "(thinking)", "-nothinking", "-thinking-8192", "(8192)"] {
            assert_eq!(model(&format!("{name}{effort}")), Some(name), "{name}{effort}");
        }
    }
    for name in ["gpt-4o-high", "gpt-4o (high)", "llama-3.1-8b-low"] {
        assert_eq!(model(name), None, "{name}");
    }
    for name in ["gpt-4o", "grok-4", "deepseek-r1", "gemini-2.0-flash"] {
        assert_eq!(model(&format!("{name}:thinking")), Some(name), "{name}");
    }
    // Thinking weights that are listed as their own.
    for name in ["kimi-k2-thinking", "kimi-k2:thinking"] {
        assert_eq!(model(name), Some("kimi-k2-thinking"), "{name}");
    }
    assert_eq!(model("qwen3.5-122b-a10b:thinking"), Some("qwen3.5-122b-a10b-thinking"));
    assert_eq!(model("qwen3-8b:thinking"), None);
}

#[test]
fn what_does_not_say_its_model_stays_unknown() {
    for name in [
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123",
        "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc123",
        "arn:aws:bedrock:us-east-1:123456789012:imported-model/abc123",
        "arn:aws:bedrock:us-east-1:123456789012:custom-model/abc123",
        "arn:aws:bedrock:us-east-1:123456789012:custom-model/anthropic.claude-3-haiku-20240307-v1:0/abc123",
        "arn:aws:sagemaker:us-east-1:123456789012:endpoint/gpt-4o",
        "projects/p/locations/us-central1/endpoints/123",
        "llama3.1",
        "llama3.1:latest",
        "gpt-oss:latest",
        "deepseek-r1:latest",
        "deepseek-r1:8b",
        "deepseek-r1:24b",
        "mistral:latest",
        "mistral-large:latest",
        "dolphin-llama3:8b",
        "llama3.1:9b",
        "gpt-4o.ft-",
        "gpt-4o-ft-acme",
        "acme/gpt-4o",
    ] {
        for front in ["", "bedrock/", "bedrock/converse/", "vertex_ai/", "ollama/", "openrouter/"] {
            assert_eq!(model(&format!("{front}{name}")), None, "{front}{name}");
        }
    }
    assert_eq!(set().resolve(" Acme-1 ").unwrap_err().name(), " Acme-1 ", "as it was given");
    assert_eq!(model("ollama/deepseek-r1"), None, "a small one by default there");
    assert_eq!(model("openrouter/deepseek/deepseek-r1"), Some("deepseek-r1"));
}

#[test]
fn a_size_is_read_where_it_is_the_models_own() {
    for (name, expect) in [
        ("deepseek-v3:671b", Some("deepseek-v3")),
        ("deepseek-v3:672b", None),
        ("mistral-nemo:12b", Some("mistral-nemo")),
        ("mistral-large-3-675b-instruct", Some("mistral-large-3")),
        ("phi4:14b", Some("phi-4")),
        ("deepseek-r1:70b", Some("deepseek-r1-distill-llama-70b")),
        ("deepseek-r1:14b-qwen-distill-q4_K_M", Some("deepseek-r1-distill-qwen-14b")),
        ("deepseek-r1:14b-llama-distill", None),
        // An estimated size proves nothing.
        ("gpt-4o-440b", None),
    ] {
        assert_eq!(model(name), expect, "{name}");
    }
}

#[test]
fn a_short_name_is_read_where_it_can_mean_one_model_only() {
    for (name, expect) in [
        ("qwen3-coder:30b", Some("qwen/qwen3-coder-30b-a3b-instruct")),
        ("codellama:7b", Some("meta-llama/codellama-7b-hf")),
        ("codellama:7b-instruct-q4_0", Some("meta-llama/codellama-7b-instruct-hf")),
        ("gemma-7b-it", Some("google/gemma-7b-it")),
        ("gemma3n:e4b", Some("gemma-3n-e4b-it")),
        // Listed for two organisations, and as base and instruct.
        ("codestral-22b-v0.1", None),
        ("openrouter/mistralai/codestral-22b-v0.1", Some("mistralai/codestral-22b-v0.1")),
        ("dbrx", None),
        ("gpt-3.5-turbo-instruct", Some("gpt-3.5-turbo-instruct")),
    ] {
        assert_eq!(model(name), expect, "{name}");
    }
}
