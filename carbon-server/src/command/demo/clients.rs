//! The invented clients: who they are, and what they use.

/// A client that does not exist.
pub(crate) struct DemoClient {
    pub(crate) tenant_id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) language: &'static str,
    /// Default region of its events.
    pub(crate) region: &'static str,
    /// Calls on a working day at the end of the year.
    pub(crate) calls: f64,
    /// Calls at the beginning of the year, as a share of those at its end.
    pub(crate) began_at: f64,
    /// Calls on a day of a weekend, as a share of those on a working day.
    pub(crate) weekend: f64,
    pub(crate) uses: &'static [Use],
}

/// One use of models: a feature with its model and sizes.
pub(crate) struct Use {
    pub(crate) feature: &'static str,
    pub(crate) model: &'static str,
    pub(crate) provider: &'static str,
    /// Empty for the client's default.
    pub(crate) region: &'static str,
    pub(crate) weight: f64,
    /// Tokens of a typical prompt, and the share of them that is read from a cache.
    pub(crate) prompt: f64,
    pub(crate) cached: f64,
    /// Tokens of a typical response.
    pub(crate) answer: f64,
    /// The share of the year after which prompts ask for brief responses.
    pub(crate) brief_from: Option<f64>,
}

const USE: Use = Use {
    feature: "chat",
    model: "gpt-4o",
    provider: "openai",
    region: "",
    weight: 1.0,
    prompt: 900.0,
    cached: 0.0,
    answer: 350.0,
    brief_from: None,
};

pub(crate) const CLIENTS: &[DemoClient] = &[
    DemoClient {
        tenant_id: "nordwind",
        name: "Nordwind Logistik GmbH",
        language: "de",
        region: "DEU",
        calls: 190.0,
        began_at: 0.55,
        weekend: 0.25,
        uses: &[
            Use { feature: "support", weight: 4.0, brief_from: Some(0.75), answer: 800.0, ..USE },
            Use {
                feature: "routing",
                model: "gpt-4o-mini",
                weight: 5.0,
                prompt: 1_600.0,
                answer: 120.0,
                ..USE
            },
            Use {
                feature: "forecast",
                model: "gpt-5",
                weight: 1.0,
                prompt: 5_200.0,
                cached: 0.3,
                answer: 1_400.0,
                ..USE
            },
        ],
    },
    DemoClient {
        tenant_id: "atelier-lumen",
        name: "Atelier Lumen S.A.S.",
        language: "fr",
        region: "FRA",
        calls: 120.0,
        began_at: 0.7,
        weekend: 0.05,
        uses: &[
            Use {
                feature: "draft",
                model: "mistral-large-2",
                provider: "mistralai",
                weight: 3.0,
                answer: 420.0,
                ..USE
            },
            Use {
                feature: "translate",
                model: "mistral-small-2503",
                provider: "mistralai",
                weight: 4.0,
                prompt: 700.0,
                answer: 650.0,
                ..USE
            },
        ],
    },
    DemoClient {
        tenant_id: "harbour-legal",
        name: "Harbour Legal LLP",
        language: "en",
        region: "GBR",
        calls: 70.0,
        began_at: 0.4,
        weekend: 0.1,
        uses: &[
            Use {
                feature: "review",
                model: "claude-3-5-sonnet",
                provider: "anthropic",
                weight: 3.0,
                prompt: 9_000.0,
                cached: 0.55,
                answer: 900.0,
                ..USE
            },
            Use {
                feature: "search",
                model: "claude-haiku-4-5",
                provider: "anthropic",
                weight: 4.0,
                prompt: 3_000.0,
                answer: 220.0,
                ..USE
            },
            Use {
                feature: "review",
                model: "claude-sonnet-4-5",
                provider: "anthropic",
                region: "aws:eu-west-1",
                weight: 1.5,
                prompt: 11_000.0,
                cached: 0.6,
                answer: 1_000.0,
                ..USE
            },
        ],
    },
    DemoClient {
        tenant_id: "fresh-basket",
        name: "Fresh Basket, Inc.",
        language: "en",
        region: "USA",
        calls: 55.0,
        began_at: 1.2,
        weekend: 0.9,
        uses: &[
            Use {
                feature: "recipes",
                model: "gpt-3.5-turbo",
                weight: 2.0,
                prompt: 300.0,
                answer: 500.0,
                ..USE
            },
            Use {
                feature: "recipes",
                model: "gpt-4o-mini",
                weight: 3.0,
                prompt: 320.0,
                answer: 480.0,
                ..USE
            },
            // Its size is not public: counted, but without a value.
            Use {
                feature: "pricing",
                model: "grok-4.3",
                provider: "xai",
                weight: 0.8,
                prompt: 2_100.0,
                answer: 260.0,
                ..USE
            },
        ],
    },
    DemoClient {
        tenant_id: "klinik-am-see",
        name: "Klinik am See gGmbH",
        language: "de",
        region: "CHE",
        calls: 35.0,
        began_at: 0.3,
        weekend: 0.6,
        uses: &[
            Use {
                feature: "letters",
                model: "llama-3.3-70b",
                provider: "",
                region: "gcp:europe-west6",
                weight: 3.0,
                prompt: 2_400.0,
                answer: 700.0,
                ..USE
            },
            Use {
                feature: "coding",
                model: "llama-3.1-8b",
                provider: "",
                region: "gcp:europe-west6",
                weight: 2.0,
                prompt: 1_200.0,
                answer: 60.0,
                ..USE
            },
        ],
    },
    DemoClient {
        tenant_id: "civic-desk",
        name: "Civic Desk",
        language: "en",
        region: "IRL",
        calls: 18.0,
        began_at: 0.2,
        weekend: 0.0,
        uses: &[
            Use {
                feature: "answers",
                model: "gemini-2.5-flash",
                provider: "google_genai",
                weight: 4.0,
                prompt: 1_400.0,
                answer: 300.0,
                brief_from: Some(0.6),
                ..USE
            },
            Use {
                feature: "answers",
                model: "claude-3-haiku",
                provider: "anthropic",
                weight: 1.0,
                prompt: 1_300.0,
                answer: 320.0,
                ..USE
            },
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use carbon_core::{Call, EstimateError, FactorSet};

    #[test]
    fn what_the_clients_use_is_listed_but_for_one_model_that_shows_what_unknown_is() {
        let set = FactorSet::latest();
        let mut unknown = Vec::new();
        for client in CLIENTS {
            assert!(set.locate(client.region, None).is_ok(), "{}", client.region);
            for used in client.uses {
                let region = if used.region.is_empty() { client.region } else { used.region };
                let call = Call { region: Some(region), ..Call::to(used.model) };
                match set.deployment(&call) {
                    Ok(deployment) if deployment.factor(carbon_core::method::DEFAULT_POLICY).is_some() => {}
                    Ok(_) | Err(EstimateError::Model(_)) => unknown.push(used.model),
                    Err(EstimateError::Region(region)) => panic!("{region}"),
                }
            }
        }
        assert_eq!(unknown, ["grok-4.3"]);
    }
}
