//! Changes of use, and targets.

use crate::{
    config,
    openapi::{
        MONTH, Named,
        schema::{
            array, at_most, count, decimal, factor_set, flag, month, object, of, or_null, request,
            short_text, some_of, text, words,
        },
    },
};
use serde_json::{Value, json};

const PERS: [&str; 4] = ["month", "year", "thousand_tokens", "request"];

pub(super) fn whatif() -> Named {
    let name = || short_text(config::MODEL_BYTES_MAX, "gpt-4o");
    let tag = || text("feature=chat");
    let percent = || json!({"type": "string", "pattern": "^ *[+−–-]?[0-9.]+ *% *$", "examples": ["-20 %"]});
    let matching = request([
        ("model?", name(), "A model, by any name of it, or a name as it was sent."),
        ("provider?", short_text(config::MODEL_BYTES_MAX, "openai"), "A provider."),
        ("region?", short_text(config::MODEL_BYTES_MAX, "USA"), "A region."),
        ("tag?", tag(), "A tag's name and value; all changes of a request use one tag at most."),
    ]);
    let change = request([
        ("match?", matching, "Which calls: those with all of these; by default all calls."),
        ("model?", name(), "Another model."),
        ("region?", short_text(config::MODEL_BYTES_MAX, "FRA"), "Another region."),
        (
            "cache_share?",
            json!({"type": "number", "minimum": 0, "maximum": 1, "examples": [0.5]}),
            "Share of the input tokens that is read from the provider's cache.",
        ),
        ("output_tokens?", percent(), "By how much output tokens change, from -100 % to +1000 %."),
        ("input_tokens?", percent(), "By how much input tokens change."),
    ]);
    let tokens_factor = json!({"type": "number", "minimum": 0.1, "maximum": 10, "examples": [1.1]});
    vec![
        (
            "WhatIfRequest",
            request([
                ("month?", month(), MONTH),
                (
                    "period?",
                    object([
                        ("from", month(), "First month."),
                        ("to", month(), "Last month, at most eleven later."),
                    ]),
                    "Months, instead of one.",
                ),
                ("tenant_id?", short_text(config::ID_BYTES_MAX, "client-xyz"), "One client; by default all."),
                (
                    "changes",
                    some_of(config::WHATIF_CHANGES_MAX, change),
                    "Each of one thing, applied to the calls as they were counted.",
                ),
                (
                    "tokens_factor?",
                    tokens_factor,
                    "Tokens of another model for one of the old model's; by default as many.",
                ),
            ]),
        ),
        (
            "WhatIf",
            object([
                ("from", month(), "First month."),
                ("to", month(), "Last month."),
                ("tenant_id", or_null(&text("client-xyz")), "The client; null for all."),
                (
                    "months",
                    array(object([
                        ("month", month(), "The month."),
                        ("is_closed", flag(), "Whether it is closed."),
                        (
                            "factor_set",
                            factor_set(),
                            "What values it: of a closed month, that which it pins.",
                        ),
                    ])),
                    "The months, in order.",
                ),
                (
                    "baseline",
                    of("Figures"),
                    "All of the activity as it was counted, without what came after a month was closed.",
                ),
                ("changes", array(of("WhatIfEffect")), "Each change alone, in the order of the request."),
                ("together", of("WhatIfEffect"), "All changes."),
                (
                    "assumptions",
                    array(text("The same calls are made.")),
                    "What the figures take for granted.",
                ),
            ]),
        ),
        ("WhatIfEffect", effect()),
    ]
}

fn effect() -> Value {
    let unvalued = || {
        array(object([
            ("model", text("gpt-4o"), "The model."),
            ("requests", count(), "Matched calls."),
            ("tokens", count(), "Their tokens."),
        ]))
    };
    object([
        (
            "matched",
            object([
                ("requests", count(), "Calls that are changed."),
                ("tokens", count(), "Their tokens."),
                ("share_of_requests", or_null(&decimal()), "Of all calls; null if there are none."),
                ("share_of_tokens", or_null(&decimal()), "Of all tokens."),
                ("unmoved_tokens", count(), "Matched tokens whose figure stays the same."),
            ]),
            "What the change matches.",
        ),
        ("before", of("Figures"), "The activity as it is, as far as it has a value before and after."),
        ("after", of("Figures"), "The same after the change."),
        ("difference_co2_grams", of("Range"), "After less before: below zero where the change emits less."),
        ("ratio", or_null(&of("Range")), "After over before; null if there is nothing before."),
        ("ratio_of_matched", or_null(&of("Range")), "The same of the matched calls alone."),
        (
            "verdict",
            words(&["lower", "higher", "not_distinguishable"]),
            "`not_distinguishable`: the range of the ratio holds 1.",
        ),
        ("unvalued_before", unvalued(), "Matched calls that have no value as they are."),
        ("unvalued_after", unvalued(), "Matched calls that have none after the change."),
        (
            "notes",
            array(text("No call of this time matches: nothing is changed.")),
            "What a reader should know.",
        ),
    ])
}

pub(super) fn targets() -> Named {
    const TAG: &str = "Calls with this tag alone, as its name and value.";
    const PER: &str = "What it is of: a calendar month, a calendar year so far, 1,000 tokens, a request.";
    const FROM: &str = "The first month that it holds for.";
    let target = || {
        [
            ("name", text("intensity"), "Its name."),
            ("kind", words(&["absolute", "intensity"]), "Of a time, or of tokens or requests."),
            ("grams", decimal(), "Grams of CO2e that are not to be exceeded; always gross."),
            ("per", words(&PERS), PER),
            ("tag", or_null(&text("feature=chat")), TAG),
            ("from", or_null(&month()), FROM),
        ]
    };
    let held = [
        (
            "co2_grams",
            or_null(&of("Range")),
            "The figure, in the unit of the target; null if nothing has one.",
        ),
        (
            "coverage",
            or_null(&decimal()),
            "Share of the month's calls that has a figure: below 1, a mass is a lower bound.",
        ),
        ("months", count(), "Months that the figure is of."),
        (
            "reading",
            words(&["below", "above", "cannot_tell_range", "cannot_tell_coverage", "no_figure"]),
            "Where the figure lies. It cannot be told where its range holds the target, or where a part of a mass is not known.",
        ),
    ];
    let grams = json!({"type": "number", "exclusiveMinimum": 0, "maximum": config::TARGET_GRAMS_MAX, "examples": [1.5]});
    vec![
        (
            "TargetRequest",
            request([
                ("grams", grams, "Grams of CO2e that are not to be exceeded."),
                ("per", words(&PERS), PER),
                ("tag?", text("feature=chat"), TAG),
                ("from?", month(), FROM),
            ]),
        ),
        ("Target", object(target())),
        (
            "Targets",
            object([
                ("month", month(), "The month of the figures."),
                (
                    "targets",
                    at_most(config::TARGETS_MAX, object(target().into_iter().chain(held))),
                    "Those that hold for it, by name.",
                ),
                (
                    "later",
                    at_most(config::TARGETS_MAX, of("Target")),
                    "Those that hold from a later month on.",
                ),
            ]),
        ),
    ]
}
