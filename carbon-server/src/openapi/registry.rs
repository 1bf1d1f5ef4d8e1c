//! The registry, and what each method says of a call.

use crate::openapi::{
    METHODS, Named,
    schema::{array, day, decimal, flag, object, of, or_null, said, text, whole, words},
};
use serde_json::{Map, Value, json};

const FACTOR_ID: &str = "Id of the factor.";
const SOURCE: &str = "Who published it, and where.";
const SECOND_SOURCE: &str = "Who gives the other end of the bounds, if they are those of two estimates.";
const CONFIDENCE: &str = "How the factor was obtained.";
const CO2: &str = "Grams of CO2e.";
const EMBODIED: &str = "Grams of CO2e of the hardware's manufacture, a part of `co2_grams`.";
const OPERATIONAL: &str = "Grams of CO2e of the electricity, a part of `co2_grams`.";
const SITE: &str = "The data centre that was assumed.";
const ENERGY: &str = "Electricity, in Wh.";
const WATER: &str = "Water, in ml.";
const ADPE: &str = "Abiotic resources, in kg of antimony equivalent.";

fn nullable_text() -> Value {
    or_null(&text("…"))
}

fn confidence() -> Value {
    of("Confidence")
}

pub(super) fn registry() -> Named {
    let size = or_null(&object([
        ("status", text("estimated"), "Whether the size was disclosed or estimated."),
        ("total_b", array(decimal()), "Lowest and highest number of parameters, in billions."),
        ("active_b", array(decimal()), "The same of those that one token of the output uses, in billions."),
        ("active_in_b", array(decimal()), "The same of those that one token of the input uses, in billions."),
        ("second_source?", of("Source"), SECOND_SOURCE),
        ("evidence_url", nullable_text(), "Where the size is stated."),
    ]));
    let model = [
        ("model", text("gpt-4o"), "Its canonical id."),
        ("provider", or_null(&text("openai")), "Who makes or runs it."),
        ("parameters", size, "Its size; null if that is not public."),
        ("factors", array(of("Factor")), "Its factors, by every method."),
        ("sources", array(of("Source")), "What the factors rest on."),
        ("aliases", array(text("gpt-4o-2024-11-20")), "Other names of it."),
    ];
    let resolved_by = words(&["exact", "alias", "rule", "own"]);
    let mut shown = object(model.clone());
    for (name, schema, meaning) in [
        ("factor_set", text("2026.12"), "The factor set that was asked."),
        ("resolved_by", resolved_by, "How the name was read."),
        ("region_hint", or_null(&text("EU")), "The region that the name implies."),
        (
            "caveats",
            array(text("…")),
            "Sentences to read before using a number: what is not certain of the name.",
        ),
    ] {
        shown["properties"][name] = said(schema, meaning);
    }
    vec![
        ("Source", source()),
        ("Rate", rate()),
        ("Factor", factor()),
        ("Model", object(model)),
        (
            "Models",
            object([
                ("factor_set", text("2026.12"), "The factor set that was asked."),
                ("models", array(of("Model")), "Every model of the set."),
            ]),
        ),
        ("ShownModel", shown),
        ("Grid", grid()),
    ]
}

fn source() -> Value {
    object([
        ("title", text("…"), "Title of the publication."),
        ("publisher", text("…"), "Who published it."),
        ("published", nullable_text(), "When, as precisely as it is known."),
        ("url", nullable_text(), "Where it can be read."),
        ("licence", text("…"), "Its licence."),
    ])
}

fn rate() -> Value {
    object([
        ("value", decimal(), "The rate, in the `unit` of the factor."),
        ("per", text("total_tokens"), "What it is for: 1,000 tokens of this kind, or a request."),
    ])
}

fn factor() -> Value {
    let boundary =
        json!({"type": "object", "additionalProperties": words(&["included", "excluded", "unknown"])});
    object([
        ("method", of("Method"), "The method that applies it."),
        ("unit", text("gCO2e"), "Unit of the three rates."),
        ("low", of("Rate"), "Lowest rate of the range."),
        ("central", of("Rate"), "The rate that is added up and reported."),
        ("high", of("Rate"), "Highest rate of the range."),
        ("range_basis", text("class_proxy_gsd_3"), "What the range rests on."),
        ("region?", text("USA"), "Of a modelled or a measured factor: the place it is shown for."),
        ("factor_id", text("coefficient/gpt-4o@2025.1"), FACTOR_ID),
        ("confidence", confidence(), CONFIDENCE),
        ("boundary", boundary, "Whether each part of the system is included."),
        ("basis", text("location"), "Location-based or market-based electricity, or not stated."),
        ("valid_from", day(), "First day it applies to."),
        ("valid_to", or_null(&day()), "Last day it applies to; null if there is none."),
        ("observed", nullable_text(), "The period it was observed in."),
    ])
}

fn grid() -> Value {
    let placed_by = words(&["region", "name", "provider", "nobody"]);
    object([
        ("zone", text("FRA"), "The country or zone."),
        ("factor_id", text("grid/FRA@2026.11"), FACTOR_ID),
        ("g_per_kwh", decimal(), "Grams of CO2e per kWh."),
        (
            "resolution?",
            words(&["hour", "month"]),
            "Of a grid series of your own: by the hour or by the month.",
        ),
        ("year", or_null(&whole()), "The year of the data; null if its source states none."),
        ("basis", text("location"), "Location-based or market-based."),
        ("boundary", text("lifecycle_generation"), "What the intensity includes."),
        ("source", of("Source"), SOURCE),
        ("placed_by", placed_by, "What determined the location."),
    ])
}

/// What each method says of a call: an object of its own, told apart by `method`.
pub(super) fn opinions() -> Named {
    let mut named = vec![
        ("MeasuredOpinion", measured()),
        ("CoefficientOpinion", coefficient()),
        ("BottomUpOpinion", bottom_up()),
        ("EcologitsOpinion", ecologits()),
        ("DisclosedOpinion", disclosed()),
    ];
    let methods = METHODS.iter().zip(&named);
    let mapping: Map<String, Value> =
        methods.map(|(method, (name, _))| ((*method).to_owned(), of(name)["$ref"].clone())).collect();
    let each: Vec<Value> = named.iter().map(|(name, _)| of(name)).collect();
    named.push((
        "Opinion",
        json!({
            "oneOf": each,
            "discriminator": {"propertyName": "method", "mapping": mapping},
            "description": "The figures of one method.",
        }),
    ));
    named
}

fn site() -> Value {
    object([
        ("pue", decimal(), "Power usage effectiveness of the site that was assumed."),
        ("source", of("Source"), SOURCE),
    ])
}

fn measured() -> Value {
    object([
        ("method", words(&["measured"]), "Energy that the account has measured for calls of that name."),
        ("confidence", confidence(), CONFIDENCE),
        ("co2_grams", of("Range"), CO2),
        ("operational_co2_grams", of("Range"), OPERATIONAL),
        ("embodied_co2_grams", of("Range"), EMBODIED),
        ("energy_wh", of("Range"), ENERGY),
        ("water_ml", of("Range"), WATER),
        ("factor_id", text("…"), FACTOR_ID),
        ("site", site(), SITE),
        ("source", of("Source"), "The account's own meters."),
    ])
}

fn coefficient() -> Value {
    object([
        ("method", words(&["coefficient"]), "A published factor."),
        ("confidence", confidence(), CONFIDENCE),
        ("co2_grams", of("Range"), CO2),
        ("factor_id", text("…"), FACTOR_ID),
        ("source", of("Source"), SOURCE),
    ])
}

fn bottom_up() -> Value {
    let context = object([
        (
            "basis",
            words(&["model", "class_prior"]),
            "Whether the attention of the model is known, or that of its class was taken.",
        ),
        ("counted", flag(), "Whether it is known of how many calls the tokens are."),
        ("co2_grams", of("Range"), CO2),
    ]);
    let share = object([
        ("component", text("grid"), "What varies."),
        ("share", decimal(), "Its share of the variance, from 0 to 1."),
    ]);
    object([
        ("method", words(&["bottom_up"]), "Our model of the size of the model and the electricity."),
        ("confidence", confidence(), CONFIDENCE),
        ("co2_grams", of("Range"), CO2),
        ("operational_co2_grams", of("Range"), OPERATIONAL),
        ("embodied_co2_grams", of("Range"), EMBODIED),
        ("context?", context, "The part of `co2_grams` that comes from context, where the set counts it."),
        ("energy_wh", of("Range"), ENERGY),
        ("water_ml", of("Range"), WATER),
        ("onsite_water_ml", of("Range"), "Water of the site's cooling, in ml, a part of `water_ml`."),
        ("offsite_water_ml", of("Range"), "Water of the electricity, in ml, a part of `water_ml`."),
        ("budget", array(share), "What the range comes from, largest share first."),
        ("factor_id", text("…"), FACTOR_ID),
        ("site", site(), SITE),
        ("source", of("Source"), "Who states the size of the model, and where."),
        ("second_source?", of("Source"), SECOND_SOURCE),
    ])
}

fn ecologits() -> Value {
    object([
        ("method", words(&["ecologits"]), "The equations of EcoLogits."),
        ("co2_grams", of("LowHigh"), CO2),
        ("embodied_co2_grams", of("LowHigh"), EMBODIED),
        ("energy_wh", of("LowHigh"), ENERGY),
        ("water_ml", of("LowHigh"), WATER),
        ("adpe_kg_sb", of("LowHigh"), ADPE),
        ("primary_energy_mj", of("LowHigh"), "Primary energy, in MJ."),
        ("source", or_null(&of("Source")), "Where the equations are published."),
    ])
}

fn disclosed() -> Value {
    let factor = object([
        ("factor_id", text("…"), FACTOR_ID),
        ("basis", text("…"), "Location-based or market-based electricity, or not stated."),
        ("observed", nullable_text(), "The period it was observed in."),
        ("source", of("Source"), SOURCE),
    ]);
    object([
        ("method", words(&["disclosed"]), "Figures that the provider published for a call."),
        ("confidence", confidence(), CONFIDENCE),
        ("co2_grams?", of("Range"), CO2),
        ("energy_wh?", of("Range"), ENERGY),
        ("water_ml?", of("Range"), WATER),
        ("adpe_kg_sb?", of("Range"), ADPE),
        ("per", text("…"), "What the published figures are for."),
        ("factors", array(factor), "One for each published figure, in the order above."),
    ])
}
