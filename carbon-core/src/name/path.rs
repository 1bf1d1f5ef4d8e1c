//! Taking off gateways, clouds, regions, vendors and revisions.

use super::Name;

/// Where a call was served, as its model name says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A cloud region or a gateway's zone: `us-east-1`, `eu`.
    Region(String),
    /// A geography that the cloud routes within: `eu` in `eu.anthropic.…`.
    Geography(String),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::Region(region) => f.write_str(region),
            Place::Geography(geography) => write!(f, "geo:{geography}"),
        }
    }
}

/// First parts of a path that name a gateway or a cloud.
const GATEWAYS: &[&str] = &[
    "abacus",
    "aiand",
    "aihubmix",
    "anyscale",
    "azure",
    "azure_ai",
    "azure_text",
    "baseten",
    "bedrock",
    "bedrock_converse",
    "bedrock_mantle",
    "bytez",
    "cerebras",
    "chatgpt",
    "chutes",
    "claude_platform",
    "clf_ai_gateway",
    "cloudflare",
    "codestral",
    "cohere_chat",
    "compactifai",
    "crusoe",
    "dashscope",
    "databricks",
    "deepinfra",
    "featherless_ai",
    "fireworks_ai",
    "friendliai",
    "gemini",
    "github",
    "github_copilot",
    "gmi",
    "gradient_ai",
    "groq",
    "heroku",
    "hosted_vllm",
    "hostinger_router",
    "huggingface",
    "hyperbolic",
    "inferenceapis",
    "kyma",
    "lambda_ai",
    "libertai",
    "litellm_proxy",
    "llamafile",
    "llamagate",
    "lm_studio",
    "meta_llama",
    "moonshot",
    "morph",
    "nebius",
    "novita",
    "nscale",
    "nvidia_nim",
    "oci",
    "ollama",
    "ollama_chat",
    "opencode_go",
    "openrouter",
    "ovhcloud",
    "palm",
    "perplexity",
    "poe",
    "predibase",
    "publicai",
    "qwen_ai_platform",
    "qwencloud",
    "replicate",
    "sail",
    "sambanova",
    "sap",
    "scaleway",
    "siliconflow",
    "snowflake",
    "streamlake",
    "tensormesh",
    "text-completion-codestral",
    "text-completion-openai",
    "together_ai",
    "vercel_ai_gateway",
    "vertex_ai",
    "vertex_ai_beta",
    "vllm",
    "volcengine",
    "wandb",
    "watsonx",
    "zerogpu",
];

/// Parts of a path that name who made the model, or a folder.
const ORGANISATIONS: &[&str] = &[
    "01-ai",
    "@cf",
    "accounts",
    "ai21",
    "alibaba",
    "allenai",
    "amazon",
    "anthropic",
    "bigscience",
    "cohere",
    "cohereforai",
    "databricks",
    "deepseek",
    "deepseek-ai",
    "fireworks",
    "google",
    "ibm",
    "meta",
    "meta-llama",
    "microsoft",
    "minimax",
    "minimaxai",
    "mistral",
    "mistralai",
    "models",
    "moonshotai",
    "nvidia",
    "openai",
    "perplexity",
    "publishers",
    "qwen",
    "stepfun-ai",
    "tencent",
    "thudm",
    "tiiuae",
    "x-ai",
    "xai",
    "zai",
    "zai-org",
];

/// Parts of a path that name a way of calling.
const WAYS: &[&str] = &["batch", "converse", "invoke"];

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

/// Geographies in front of dotted names. `us-gov` is a partition of a cloud, and says no more.
const GEOGRAPHIES: &[&str] = &["apac", "au", "ca", "eu", "global", "jp", "sa", "us", "us-gov"];

/// Parts of a path in a region's place that name none.
const ANYWHERE: &[&str] = &["*", "data-zone-standard", "global-standard"];

/// What stands inside all known wrappings, or `None` where an unknown one is left.
pub(super) fn unwrap(name: &str) -> Option<Name> {
    let name = name.trim().to_lowercase();
    let mut place = None;
    let mut rest = name.as_str();
    if let Some(arn) = rest.strip_prefix("arn:") {
        let (region, model) = foundation_model(arn)?;
        place = Some(Place::Region(region.to_owned()));
        rest = model;
    }
    if let Some(path) = rest.strip_prefix("projects/") {
        // projects/P/locations/R/publishers/V/models/M
        let parts: Vec<&str> = path.split('/').collect();
        let [_, "locations", _, "publishers", _, "models", model] = *parts.as_slice() else { return None };
        rest = model;
    }
    if let Some(tuned) = rest.strip_prefix("ft:") {
        // ft:base:organisation::id has the architecture of its base.
        rest = tuned.split(':').next()?;
    }
    let parts: Vec<&str> = rest.split('/').collect();
    let (last, before) = parts.split_last()?;
    for part in before {
        if is_region(part) {
            place = Some(Place::Region((*part).to_owned()));
        } else if ANYWHERE.contains(part) {
            // Says that no region was chosen.
        } else if !(is_commitment(part)
            || [GATEWAYS, ORGANISATIONS, WAYS, VENDORS].iter().any(|list| list.contains(part)))
        {
            return None;
        }
    }
    let (core, geography) = undotted(last.strip_prefix("databricks-").unwrap_or(last));
    place = geography.or(place);
    let is_ollama = before.first().is_some_and(|gateway| gateway.starts_with("ollama"));
    // Ollama writes llama3:70b for size, everyone else :0 or :free for revision and tier.
    let core = if is_ollama { core.replace(':', "-") } else { without_revision(&core) };
    Some(Name { core: core.replace('@', "-"), place })
}

/// Region and model of `aws:bedrock:R:A:foundation-model/M`; an account's own profile says nothing of its model.
fn foundation_model(arn: &str) -> Option<(&str, &str)> {
    let parts: Vec<&str> = arn.splitn(5, ':').collect();
    let [partition, "bedrock", region, _, resource] = *parts.as_slice() else { return None };
    let (kind, model) = resource.split_once('/')?;
    (partition.starts_with("aws") && matches!(kind, "foundation-model" | "inference-profile"))
        .then_some((region, model))
}

fn is_region(part: &str) -> bool {
    if matches!(part, "us" | "eu" | "global") {
        return true;
    }
    // us-east-1, us-gov-west-1, europe-west9, ap-northeast-1
    let number = part.trim_start_matches(|c: char| !c.is_ascii_digit());
    let letters = part.strip_suffix(number).unwrap_or("");
    let directions = ["north", "south", "east", "west", "central"];
    is_number(number)
        && letters.split('-').any(|word| directions.iter().any(|direction| word.starts_with(direction)))
        && letters.contains('-')
}

/// `1-month-commitment`
fn is_commitment(part: &str) -> bool {
    part.strip_suffix("-month-commitment").is_some_and(is_number)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `eu.anthropic.claude-…` without geography and vendor.
fn undotted(name: &str) -> (String, Option<Place>) {
    let mut geography = None;
    let mut rest = name;
    let wrapped = rest.split_once('.').filter(|(first, after)| {
        let vendor = after.split('.').next();
        GEOGRAPHIES.contains(first) && vendor.is_some_and(|vendor| VENDORS.contains(&vendor))
    });
    if let Some((first, after)) = wrapped {
        geography = (first != "us-gov").then(|| Place::Geography(first.to_owned()));
        rest = after;
    }
    let Some((vendor, after)) = rest.split_once('.').filter(|(first, _)| VENDORS.contains(first)) else {
        return (rest.to_owned(), geography);
    };
    // deepseek.v3.2 leaves the family's name to the vendor; deepseek.v3 could be several.
    let bare_version = after.strip_prefix('v').is_some_and(|version| {
        version.split_once('.').is_some_and(|(major, minor)| is_number(major) && is_number(minor))
    });
    (if bare_version { format!("{vendor}-{after}") } else { after.to_owned() }, geography)
}

/// `…:0`, `…:0:48k`, `…:free` without what follows the colon, where that is known.
fn without_revision(name: &str) -> String {
    const TIERS: &[&str] = &["beta", "exacto", "extended", "floor", "free", "nitro", "online", "thinking"];
    let Some((core, revision)) = name.split_once(':') else { return name.to_owned() };
    let numbered = match revision.split_once(':') {
        None => is_number(revision),
        Some((number, context)) => is_number(number) && context.strip_suffix('k').is_some_and(is_number),
    };
    if numbered || TIERS.contains(&revision) { core.to_owned() } else { name.to_owned() }
}
