//! The registry and estimates.

use crate::openapi::{
    METHODS, Named,
    schema::{array, day, decimal, object, of, or_null, said, text, whole, words},
};
use serde_json::json;

pub(super) fn registry() -> Named {
    let nullable_text = || or_null(&text("…"));
    let per = object([("value", decimal()), ("per", text("total_tokens"))]);
    let model = [
        ("model", text("gpt-4o")),
        ("provider", or_null(&text("openai"))),
        (
            "parameters",
            or_null(&object([
                ("status", text("estimated")),
                ("total_b", array(decimal())),
                ("active_b", array(decimal())),
                ("evidence_url", nullable_text()),
            ])),
        ),
        ("factors", array(of("Factor"))),
        ("sources", array(of("Source"))),
        ("aliases", array(text("gpt-4o-2024-11-20"))),
    ];
    let mut shown = object(model.clone());
    for (name, schema) in [
        ("factor_set", text("2026.11")),
        ("resolved_by", words(&["exact", "alias", "rule"])),
        ("region_hint", or_null(&text("EU"))),
    ] {
        shown["properties"][name] = schema;
    }
    let range = || of("Range");
    let low_high = || of("LowHigh");
    let confidence = || text("estimated");
    vec![
        (
            "Source",
            object([
                ("title", text("…")),
                ("publisher", text("…")),
                ("published", nullable_text()),
                ("url", nullable_text()),
                ("licence", text("…")),
            ]),
        ),
        (
            "Factor",
            object([
                ("method", words(&METHODS)),
                ("unit", text("gCO2e")),
                ("low", per.clone()),
                ("central", per.clone()),
                ("high", per),
                ("range_basis", text("class_proxy_gsd_3")),
                ("region?", text("USA")),
                ("factor_id", text("coefficient/gpt-4o@2025.1")),
                ("confidence", confidence()),
                (
                    "boundary",
                    json!({"type": "object", "additionalProperties": words(&["included", "excluded", "unknown"])}),
                ),
                ("basis", text("location")),
                ("valid_from", day()),
                ("valid_to", or_null(&day())),
                ("observed", nullable_text()),
            ]),
        ),
        ("Model", object(model)),
        ("Models", object([("factor_set", text("2026.11")), ("models", array(of("Model")))])),
        ("ShownModel", shown),
        (
            "Grid",
            object([
                ("zone", text("FRA")),
                ("factor_id", text("grid/FRA@2026.11")),
                ("g_per_kwh", decimal()),
                ("year", whole()),
                ("basis", text("location")),
                ("boundary", text("lifecycle_generation")),
                ("source", of("Source")),
                (
                    "placed_by",
                    said(words(&["region", "name", "provider", "nobody"]), "What determined the location."),
                ),
            ]),
        ),
        (
            "Opinion",
            json!({"oneOf": [
                object([("method", words(&["coefficient"])), ("confidence", confidence()), ("co2_grams", range()), ("factor_id", text("…")), ("source", of("Source"))]),
                object([
                    ("method", words(&["bottom_up"])), ("confidence", confidence()), ("co2_grams", range()),
                    ("operational_co2_grams", range()), ("embodied_co2_grams", range()), ("energy_wh", range()),
                    ("water_ml", range()), ("onsite_water_ml", range()), ("offsite_water_ml", range()),
                    ("budget", array(object([("component", text("grid")), ("share", decimal())]))),
                    ("factor_id", text("…")), ("site", object([("pue", decimal()), ("source", of("Source"))])), ("source", of("Source")),
                ]),
                object([
                    ("method", words(&["ecologits"])), ("co2_grams", low_high()), ("embodied_co2_grams", low_high()),
                    ("energy_wh", low_high()), ("water_ml", low_high()), ("adpe_kg_sb", low_high()),
                    ("primary_energy_mj", low_high()), ("source", or_null(&of("Source"))),
                ]),
                object([
                    ("method", words(&["disclosed"])), ("confidence", confidence()), ("co2_grams?", range()), ("energy_wh?", range()),
                    ("water_ml?", range()), ("adpe_kg_sb?", range()), ("per", text("…")),
                    ("factors", array(object([("factor_id", text("…")), ("basis", text("…")), ("observed", nullable_text()), ("source", of("Source"))]))),
                ]),
            ]}),
        ),
        (
            "Estimate",
            object([
                ("model", text("gpt-4o")),
                ("resolved_by", or_null(&words(&["exact", "alias", "rule"]))),
                ("region", or_null(&text("FRA"))),
                ("factor_set", text("2026.11")),
                ("grid", or_null(&of("Grid"))),
                ("methods", array(of("Opinion"))),
                ("method_spread", or_null(&of("LowHigh"))),
                ("consistency", or_null(&words(&["inside", "below", "above"]))),
                ("caveats", array(text("…"))),
                ("confidence?", text("unknown")),
                ("suggestions?", array(text("gpt-4o"))),
            ]),
        ),
    ]
}
