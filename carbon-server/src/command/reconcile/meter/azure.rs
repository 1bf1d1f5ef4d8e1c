//! Meters of Azure.

use super::{UnknownMeter, Words, listed};
use crate::base::name::squeezed;
use jiff::civil::Date;

/// The model of an Azure meter; `family` is what its subcategory says, where the meter itself has only the version.
pub(in crate::command::reconcile) fn azure(
    meter: &str,
    family: &str,
    day: Date,
) -> Result<String, UnknownMeter> {
    const WORDS: Words = Words {
        kinds: &[
            "inp",
            "inpt",
            "input",
            "in",
            "prompt",
            "outp",
            "outpt",
            "output",
            "opt",
            "out",
            "completion",
            "cached",
            "cchd",
            "cch",
            "cd",
            "cach",
            "cache",
        ],
        others: &[
            "wr", "write", "glbl", "glb", "gl", "global", "regnl", "rgnl", "reg", "regional", "dz", "dzn",
            "dzone", "datazone", "data", "zone", "std", "standard", "batch", "pp", "flex", "priority",
            "shortco", "longco", "1k", "1m", "token", "tokens",
        ],
        foreign: &[
            "aud", "audio", "img", "image", "video", "rt", "realtime", "ft", "hosting", "training", "pages",
        ],
    };
    const FAMILIES: [(&str, &str); 4] =
        [("openaigpt", "gpt-"), ("grok", "grok-"), ("deepseek", "deepseek-"), ("kimi", "kimi-")];
    let model = WORDS.model(meter)?;
    let family = squeezed(family);
    let prefix = FAMILIES.iter().find(|(word, _)| family.contains(word)).map(|(_, prefix)| *prefix);
    match (listed(std::slice::from_ref(&model), day), prefix) {
        // `5.4 inp Gl` of the family GPT5.
        (Err(_), Some(prefix)) if !model.starts_with(prefix) => listed(&[format!("{prefix}{model}")], day),
        (found, _) => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::reconcile::meter::tests::check;

    #[test]
    fn meters_of_azure_name_their_model() {
        for (meter, family, model) in [
            ("gpt 4o 0806 Inp glbl Tokens", "Azure OpenAI", "gpt-4o"),
            ("gpt 4o 0806 Outp glbl Tokens", "Azure OpenAI", "gpt-4o"),
            ("gpt 4o 1120 cached Inp glbl Tokens", "", "gpt-4o"),
            ("gpt-4o-mini-0718-Inp-glbl Tokens", "", "gpt-4o-mini"),
            ("gpt 4o mini 0718 cached Inp regnl Tokens", "", "gpt-4o-mini"),
            ("gpt 4.1 nano cached Inp DZone Tokens", "", "gpt-4.1-nano"),
            ("gpt 4.1 mini Batch Outp Data Zone Tokens", "", "gpt-4.1-mini"),
            ("o3 0416 Inp glbl Tokens", "Azure OpenAI Reasoning", "o3"),
            ("o4-mini 0416 Outp glbl Tokens", "", "o4-mini"),
            ("o1 mini input glbl", "", "o1-mini"),
            ("GPT 5 Mini cchd Inpt Glbl 1M Tokens", "Azure OpenAI GPT5", "gpt-5-mini"),
            ("GPT 5 outpt Glbl 1M Tokens", "Azure OpenAI GPT5", "gpt-5"),
            ("5.4 cd inp Gl 1M Tokens", "Azure OpenAI GPT5", "gpt-5.4"),
            ("5.5 ShortCo opt Dz 1M Tokens", "Azure OpenAI GPT5", "gpt-5.5"),
            ("5 mini pp Inp Gl 1M Tokens", "Azure OpenAI GPT5", "gpt-5-mini"),
            ("gpt-oss-120B Inp glbl Tokens", "", "gpt-oss-120b"),
            ("4.3 Outp Glbl Tokens", "Azure Grok Models", "grok-4.3"),
            ("V4 Pro cached glbl Tokens", "Azure Deepseek Models", "deepseek-v4-pro"),
        ] {
            check(|day| azure(meter, family, day), Ok(model), meter);
        }
        for (meter, family, fault) in [
            ("gpt-4o-aud-1217 Inp glbl Tokens", "", UnknownMeter::Meter),
            ("gpt-4o-rt-txt-1217 Outp glbl Tokens", "", UnknownMeter::Meter),
            ("gpt-4.1-nano-ft input global", "", UnknownMeter::Meter),
            ("Provisioned Managed Global Unit", "", UnknownMeter::Meter),
            ("text-embedding-3-small-glbl Tokens", "", UnknownMeter::Meter),
            ("gpt4omini-aud1217 Inp glbl Tokens", "", UnknownMeter::Model),
            ("54 mini Inp Flex Gl 1M Tokens", "Azure OpenAI GPT5", UnknownMeter::Model),
            ("5.4 inp Gl 1M Tokens", "", UnknownMeter::Model),
            ("chat-latest 08062026 inp Gl 1M Tokens", "Azure OpenAI GPT5", UnknownMeter::Model),
            ("Inp glbl Tokens", "", UnknownMeter::Unnamed),
        ] {
            check(|day| azure(meter, family, day), Err(fault), meter);
        }
    }
}
