//! Meters of Google Cloud: descriptions of its price list.

use super::{UnknownMeter, Words, listed};
use crate::base::name::squeezed;
use jiff::civil::Date;

/// The model of a description in Google's price list.
pub(in crate::command::reconcile) fn google(description: &str, day: Date) -> Result<String, UnknownMeter> {
    const WORDS: Words = Words {
        kinds: &["input", "output", "caching", "cached"],
        others: &[
            "text",
            "predictions",
            "prediction",
            "generate",
            "content",
            "generatecontent",
            "token",
            "tokens",
            "count",
            "for",
            "ga",
            "global",
            "regional",
            "long",
            "short",
            "context",
            "batch",
            "flex",
            "priority",
            "offpeak",
            "online",
            "cloud",
            "vertex",
            "ai",
            "model",
            "garden",
            "anthropic",
        ],
        foreign: &[
            "image",
            "audio",
            "video",
            "live",
            "storage",
            "hours",
            "hour",
            "search",
            "grounding",
            "tuning",
            "tuned",
            "provisioned",
            "embedding",
            "character",
            "characters",
        ],
    };
    // One by one, the words may be of a model: `command-a`.
    let model = WORDS.model(&description.to_lowercase().replace(" as a service", ""))?;
    // Vertex AI counted these in characters.
    if model.starts_with("gemini-1.") && !squeezed(description).contains("token") {
        return Err(UnknownMeter::Meter);
    }
    // Gemini's thinking is billed as output apart; other models have the word in their names.
    let model = model.strip_suffix("-thinking").filter(|name| name.starts_with("gemini-")).unwrap_or(&model);
    listed(&[model.to_owned()], day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::reconcile::meter::tests::check;

    #[test]
    fn descriptions_of_google_name_their_model() {
        for (meter, model) in [
            ("Gemini 2.5 Pro Text Input - Predictions", "gemini-2.5-pro"),
            ("Gemini 2.5 Pro Thinking Text Output - Predictions", "gemini-2.5-pro"),
            ("Gemini 2.5 Pro Text Input Caching (Long)", "gemini-2.5-pro"),
            ("Gemini 2.5 Flash GA Text Output - Predictions", "gemini-2.5-flash"),
            ("Gemini 2.0 Flash Lite Text Input - Batch Predictions", "gemini-2.0-flash-lite"),
            ("Gemini 3.8 Flash Global Text Input - Predictions", "gemini-3.8-flash"),
            ("Generate content input token count gemini 2.5 flash short input text", "gemini-2.5-flash"),
            (
                "Generate content output token count gemini 3.1 flash lite preview text",
                "gemini-3.1-flash-lite",
            ),
            ("Generate_content cached text input token count for gemini 3 flash", "gemini-3-flash"),
            ("GenerateContent text output token count for Gemini 2.0 Flash", "gemini-2.0-flash"),
            ("Cloud Vertex AI Model Garden Model as a Service GLM-5.2 Input", "glm-5.2"),
        ] {
            check(|day| google(meter, day), Ok(model), meter);
        }
        for (meter, fault) in [
            ("Gemini 3 Flash Text Input Caching Storage", UnknownMeter::Meter),
            ("Gemini 3.8 Flash Global Image Input - Predictions", UnknownMeter::Meter),
            ("Gemini 1.5 Pro Text Input - Predictions", UnknownMeter::Meter),
            ("Grounding with Google Search on Gemini 3", UnknownMeter::Meter),
            ("N1 Predefined Instance Core running in Americas", UnknownMeter::Meter),
            ("Gemini 3.8 Flash Cyber Global Text Input - Predictions", UnknownMeter::Model),
            ("Text Input - Predictions", UnknownMeter::Unnamed),
        ] {
            check(|day| google(meter, day), Err(fault), meter);
        }
    }
}
