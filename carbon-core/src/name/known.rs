//! Words that stand around model names and name no model. `_` is written as `-` here.

/// Gateways, clouds and servers, as the first parts of a path or after a colon.
pub(crate) const GATEWAYS: &[&str] = &[
    "abacus",
    "ai",
    "aiand",
    "aihubmix",
    "amazon-bedrock",
    "amazon-nova",
    "anthropic-vertex",
    "anyscale",
    "aws-bedrock",
    "azure",
    "azure-ai",
    "azure-openai",
    "azure-text",
    "baseten",
    "bedrock",
    "bedrock-converse",
    "bedrock-mantle",
    "bigmodel",
    "bytez",
    "cerebras",
    "cerebras-ai",
    "chatgpt",
    "chutes",
    "claude-platform",
    "clf-ai-gateway",
    "cloudflare",
    "codestral",
    "cohere-chat",
    "compactifai",
    "copilot",
    "coralbricks",
    "crusoe",
    "darkbloom",
    "dashscope",
    "databricks",
    "deepinfra",
    "docker.io",
    "empiriolabs",
    "featherless-ai",
    "fireworks",
    "fireworks-ai",
    "friendliai",
    "gemini",
    "github",
    "github-copilot",
    "gmi",
    "google-ai-studio",
    "google-genai",
    "google-gla",
    "google-vertex",
    "google-vertexai",
    "gradient-ai",
    "groq",
    "helicone",
    "heroku",
    "hf-inference",
    "hf.co",
    "hosted-vllm",
    "hostinger-router",
    "huggingface",
    "huggingface.co",
    "hyperbolic",
    "inferenceapis",
    "kilocode",
    "kluster",
    "kyma",
    "lambda",
    "lambda-ai",
    "lemonade",
    "libertai",
    "litellm",
    "litellm-proxy",
    "llama-cpp",
    "llamafile",
    "llamagate",
    "lm-studio",
    "lmstudio",
    "meta-llama",
    "moonshot",
    "morph",
    "nano-gpt",
    "nebius",
    "novita",
    "nscale",
    "nvidia-nim",
    "oci",
    "ollama",
    "ollama-chat",
    "ollama-cloud",
    "openai-compatible",
    "openai-like",
    "opencode",
    "opencode-go",
    "openrouter",
    "ovhcloud",
    "palm",
    "parasail",
    "perplexity",
    "poe",
    "portkey",
    "predibase",
    "prism",
    "publicai",
    "qwen-ai-platform",
    "qwencloud",
    "registry.ollama.ai",
    "replicate",
    "requesty",
    "sail",
    "sambanova",
    "sap",
    "scaleway",
    "scx-ai",
    "siliconflow",
    "snowflake",
    "streamlake",
    "targon",
    "tensormesh",
    "text-completion-codestral",
    "text-completion-openai",
    "tgi",
    "together",
    "together-ai",
    "unbound",
    "venice",
    "vercel",
    "vercel-ai-gateway",
    "vertex",
    "vertex-ai",
    "vertex-ai-beta",
    "vllm",
    "volcengine",
    "wally",
    "wandb",
    "watsonx",
    "workers-ai",
    "xiaomi-mimo",
    "zed.dev",
    "zerogpu",
];

/// Who made or packaged the model, or a folder.
const ORGANISATIONS: &[&str] = &[
    "01-ai",
    "@cf",
    "accounts",
    "ai21",
    "alibaba",
    "allenai",
    "amazon",
    "anthropic",
    "bartowski",
    "bigscience",
    "codellama",
    "cohere",
    "cohereforai",
    "deepseek",
    "deepseek-ai",
    "ggml-org",
    "google",
    "hugging-quants",
    "ibm",
    "library",
    "lmstudio-community",
    "meta",
    "meta-models",
    "microsoft",
    "minimax",
    "minimaxai",
    "mistral",
    "mistral-community",
    "mistralai",
    "mlx-community",
    "models",
    "moonshotai",
    "neuralmagic",
    "nvidia",
    "openai",
    "publishers",
    "qwen",
    "redhatai",
    "stepfun-ai",
    "tencent",
    "thebloke",
    "thudm",
    "tiiuae",
    "unsloth",
    "x-ai",
    "xai",
    "xiaomi",
    "z-ai",
    "zai",
    "zai-org",
    "zhipuai",
];

/// Ways of calling.
const WAYS: &[&str] = &["batch", "converse", "converse-like", "invoke"];

/// Vendors in dotted names: `anthropic.claude-…`.
const VENDORS: &[&str] = &[
    "ai21",
    "amazon",
    "anthropic",
    "cohere",
    "deepseek",
    "google",
    "meta",
    "minimax",
    "mistral",
    "moonshot",
    "moonshotai",
    "nvidia",
    "openai",
    "qwen",
    "writer",
    "xai",
    "zai",
];

/// Geographies in front of dotted names and in paths.
const GEOGRAPHIES: &[&str] = &["apac", "au", "ca", "eu", "global", "in", "jp", "sa", "us", "us-gov"];

/// Parts in a region's place that name none.
const ANYWHERE: &[&str] = &["*", "data-zone-standard", "global-standard"];

fn has(lists: &[&[&str]], word: &str) -> bool {
    let word = word.replace('_', "-");
    lists.iter().any(|list| list.contains(&&*word))
}

/// Whether the word names who serves or made the model, or how it is called.
pub(super) fn is_wrapping(word: &str) -> bool {
    has(&[GATEWAYS, ORGANISATIONS, WAYS, VENDORS], word)
}

/// Whether the word names who serves the model.
pub(super) fn is_gateway(word: &str) -> bool {
    has(&[GATEWAYS], word)
}

/// Whether names are written `vendor.model` with that vendor.
pub(super) fn is_vendor(word: &str) -> bool {
    VENDORS.contains(&word)
}

/// Whether clouds route calls within an area of that name.
pub(super) fn is_geography(word: &str) -> bool {
    GEOGRAPHIES.contains(&word)
}

/// Whether the word says that no region was chosen.
pub(super) fn is_anywhere(word: &str) -> bool {
    has(&[ANYWHERE], word)
}
