//! One name for a provider, however clients, conventions and gateways spell it.
//!
//! The names are those of `clouds.csv` and `providers.csv`, of the gateways that model names are wrapped in, and the few below.
//! Letter case and what stands between words do not matter. A part behind a point says which of its interfaces was called
//! (`openai.responses`, `anthropic.messages`), so it is taken off where the whole is not listed.
//! A name that is still not listed says nothing: most are names of frameworks.

use crate::{name, place::Places};

/// Other spellings, without what stands between words.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("az", "azure"),
    ("azuretext", "azure"),
    ("microsoftfoundry", "azure"),
    ("bedrockconverse", "aws"),
    ("bedrockmantle", "aws"),
    ("sagemaker", "aws"),
    ("amazonwebservices", "aws"),
    ("generativelanguage", "google"),
    ("googleai", "google"),
    ("googlevertex", "google"),
    ("palm", "google"),
    ("vertex", "google"),
    ("vertexaibeta", "google"),
    ("codestral", "mistralai"),
    ("textcompletioncodestral", "mistralai"),
    ("coherechat", "cohere"),
    ("textcompletionopenai", "openai"),
    ("amazonnova", "aws"),
    ("anthropicvertex", "google"),
    ("cerebrasai", "cerebras"),
    ("claudeplatform", "anthropic"),
    ("fireworksai", "fireworks"),
    ("googlegla", "google"),
    ("googlevertexai", "google"),
    ("lambdaai", "lambda"),
    ("togetherai", "together"),
    ("moonshotai", "moonshot"),
    ("zhipu", "zai"),
    ("watsonx", "ibm"),
    ("zhipuai", "zai"),
    ("zaiorg", "zai"),
    ("deepseekai", "deepseek"),
    ("metallama", "meta"),
    ("ollamachat", "ollama"),
    ("workersai", "cloudflare"),
    ("hfinference", "huggingface"),
];

/// Makers of models whose machines no table describes.
const MAKERS: &[&str] = &[
    "ai21", "alibaba", "deepseek", "ibm", "meta", "minimax", "nvidia", "qwen", "tencent", "writer", "xai",
    "zai",
];

/// One company under two names in the tables: its cloud, and its own interface.
const SAME: &[(&str, &str)] = &[("gcp", "google"), ("google_genai", "google")];

/// Proxies and clients, which say nothing of who is behind them.
const NOBODY: &[&str] = &[
    "ai",
    "helicone",
    "litellm",
    "litellm-proxy",
    "openai-compatible",
    "openai-like",
    "portkey",
    "vercel-ai-gateway",
    "clf-ai-gateway",
];

impl Places {
    /// The one name of a provider, or `None` if the name is not listed.
    pub(crate) fn provider(&self, name: &str) -> Option<&str> {
        let mut rest = name.trim();
        loop {
            if let Some(found) = self.listed_provider(&squeezed(rest)) {
                return Some(SAME.iter().find(|(other, _)| *other == found).map_or(found, |(_, one)| one));
            }
            (rest, _) = rest.rsplit_once(['.', '/'])?;
        }
    }

    fn listed_provider(&self, wanted: &str) -> Option<&str> {
        let is_wanted = |name: &str| squeezed(name) == wanted;
        let cloud =
            || self.cloud_names.iter().find(|(name, _)| is_wanted(name)).map(|(_, cloud)| cloud.as_str());
        let fleet = || {
            let (_, &place) = self.fleet_names.iter().find(|(name, _)| is_wanted(name))?;
            let fleet = self.fleets.get(place).filter(|fleet| !fleet.is_anybody())?;
            Some(fleet.name())
        };
        let other = || OTHER_NAMES.iter().find(|(name, _)| *name == wanted).map(|(_, provider)| *provider);
        let itself = || {
            let known =
                MAKERS.iter().chain(name::GATEWAYS.iter().filter(|gateway| !NOBODY.contains(gateway)));
            known.copied().find(|name| is_wanted(name))
        };
        cloud().or_else(fleet).or_else(other).or_else(itself)
    }
}

/// A name without letter case and what stands between words.
fn squeezed(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use crate::FactorSet;

    #[test]
    fn every_spelling_leads_to_one_provider_and_an_unlisted_name_nowhere() {
        let set = FactorSet::version("2026.11").unwrap();
        for (provider, spellings) in [
            (
                "openai",
                &["openai", "OpenAI", "openai.responses", "openai.chat", "open-ai", "text-completion-openai"]
                    [..],
            ),
            (
                "azure",
                &[
                    "azure",
                    "Azure",
                    "azure_openai",
                    "azure-openai.chat",
                    "azure.ai.openai",
                    "azure.ai.inference",
                    "az.ai.openai",
                    "az.ai.inference",
                    "azure_ai",
                    "Microsoft",
                ],
            ),
            (
                "aws",
                &[
                    "aws",
                    "aws.bedrock",
                    "bedrock",
                    "amazon-bedrock",
                    "AWS Bedrock",
                    "bedrock_converse",
                    "amazon",
                ],
            ),
            (
                "google",
                &[
                    "google",
                    "gcp",
                    "gcp.vertex_ai",
                    "vertex_ai",
                    "gcp.gemini",
                    "gcp.gen_ai",
                    "gemini",
                    "google.generative-ai",
                    "google.vertex.chat",
                    "vertex.anthropic.messages",
                    "Google Cloud",
                    "google_genai",
                ],
            ),
            ("anthropic", &["anthropic", "Anthropic", "anthropic.messages"]),
            ("mistralai", &["mistral", "mistralai", "mistral_ai", "mistral.chat", "Mistral AI"]),
            ("xai", &["xai", "x_ai", "x-ai", "xai.chat", "xAI"]),
            ("cohere", &["cohere", "cohere_chat", "cohere.chat"]),
            ("groq", &["groq", "groq.chat"]),
            ("together", &["together_ai", "togetherai.chat", "together"]),
            ("deepseek", &["deepseek", "DeepSeek", "deepseek.chat"]),
        ] {
            for spelling in spellings {
                assert_eq!(set.provider(spelling), Some(provider), "{spelling}");
            }
        }
        for name in [
            "",
            ".",
            "langchain",
            "strands-agents",
            "autogen",
            "litellm_proxy",
            "helicone",
            "openai-compatible.chat",
            "open-weights",
            "_OTHER",
            "unknown",
        ] {
            assert_eq!(set.provider(name), None, "{name}");
        }
    }
}
