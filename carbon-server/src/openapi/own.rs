//! An account's own registry.

use crate::{
    config,
    openapi::{
        Named,
        schema::{
            Field, array, day, decimal, object, of, or_null, printed_text, request, text, time, whole, words,
        },
    },
    registry::own::PRECISIONS,
};
use serde_json::{Value, json};

fn note() -> Value {
    printed_text(config::NOTE_BYTES_MAX, "Azure deployment")
}

/// What every entry says.
fn entry_fields() -> [Field<'static>; 7] {
    [
        (
            "name",
            text("prod-chat-2"),
            "The name, in lower case; with a `*` at its end, the beginning of names.",
        ),
        ("valid_from", or_null(&day()), "First day, UTC; null if there is none."),
        (
            "valid_to?",
            day(),
            "Last day. An entry ends in any case the day before the next of its name begins.",
        ),
        ("note?", note(), "Why."),
        ("entered_by", text("you@example.com"), "Who entered it: a person or a key."),
        ("entered_at", time(), "When."),
        ("revision", whole(), "The revision of your registry that it came with."),
    ]
}

fn alias() -> Value {
    let [name, others @ ..] = entry_fields();
    let leads_to = [
        ("model?", text("gpt-4o"), "The model that it stands for."),
        ("class?", text("mid"), "The class of models that stands in."),
    ];
    object([name].into_iter().chain(leads_to).chain(others))
}

/// With a `number` as it is sent, or as it is kept.
fn model_fields(number: fn() -> Value) -> [Field<'static>; 9] {
    [
        ("total_b", number(), "Billions of parameters in all."),
        ("active_b?", number(), "Those used for one output token; by default all."),
        ("active_in_b?", number(), "Those used for one input token; by default as for output."),
        ("precision?", words(&PRECISIONS), "Number format of its weights."),
        ("accelerator?", text("H100 SXM"), "The machines that it runs on."),
        ("pue?", number(), "Facility energy over IT energy."),
        (
            "onsite_water_l_per_kwh?",
            number(),
            "Litres of water per kWh, on site; needs `pue`, since both describe the same building.",
        ),
        ("region?", text("FRA"), "Where it runs, for calls that state no region."),
        ("source", note(), "Where the numbers come from."),
    ]
}

/// A number with the digits that were entered.
fn as_entered() -> Value {
    json!({"type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?$", "examples": ["70.6"]})
}

fn model() -> Value {
    let [name, others @ ..] = entry_fields();
    object([name].into_iter().chain(model_fields(as_entered)).chain(others))
}

/// The answer to a change of an entry.
fn changed(mut entry: Value) -> Value {
    let more = object([
        ("factor_set", text("2026.12+3"), "The factor set that values your calls now."),
        (
            "preview?",
            array(of("MonthPreview")),
            "With `dry_run`: what it would do to the months that are open.",
        ),
    ]);
    for (name, schema) in more["properties"].as_object().into_iter().flatten() {
        entry["properties"][name] = schema.clone();
    }
    if let Some(required) = entry["required"].as_array_mut() {
        required.push("factor_set".into());
    }
    entry
}

fn list(entries: &str) -> Value {
    object([
        ("factor_set", text("2026.12+3"), "The factor set that values your calls now."),
        ("revision", whole(), "Number of changes to your registry so far."),
        ("entries", array(of(entries)), "By name and first day."),
    ])
}

pub(super) fn own() -> Named {
    let days: [Field<'static>; 3] =
        [("valid_from?", day(), "First day."), ("valid_to?", day(), "Last day."), ("note?", note(), "Why.")];
    let leads_to = [
        ("model?", text("gpt-4o"), "A model of the registry by any of its names, or one that you describe."),
        ("class?", text("mid"), "Or a class of models."),
    ];
    vec![
        ("OwnAlias", alias()),
        ("OwnAliases", list("OwnAlias")),
        ("OwnAliasChanged", changed(alias())),
        ("OwnAliasRequest", request(leads_to.into_iter().chain(days.clone()))),
        ("OwnModel", model()),
        ("OwnModels", list("OwnModel")),
        ("OwnModelChanged", changed(model())),
        ("OwnModelRequest", request(model_fields(decimal).into_iter().chain(days))),
        (
            "MonthPreview",
            object([
                ("month", text("2026-10"), "The month."),
                ("old", of("Figures"), "As it stands."),
                ("new", of("Figures"), "As it would."),
                ("difference", of("Difference"), "New minus old, central values."),
            ]),
        ),
    ]
}

/// The first day of an entry; empty for one without.
pub(crate) fn first_day() -> Value {
    json!({"anyOf": [day(), {"type": "string", "enum": [""]}]})
}
