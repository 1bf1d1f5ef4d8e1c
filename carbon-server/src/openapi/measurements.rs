//! Windows of metered energy.

use crate::{
    config::{self, Limits},
    openapi::{
        Named,
        schema::{
            array, count, day, decimal, flag, integer, object, of, or_null, request, sha256, short_text,
            text, time, words,
        },
    },
};
use carbon_core::measure::{Block, MeasuredStatus, Scope, WINDOW_TOKENS_MAX};
use serde_json::{Value, json};

/// A window.
pub(crate) fn example() -> Value {
    json!({"model": "prod-llama", "from": "2026-10-05T14:30:00Z", "to": "2026-10-05T14:31:00Z", "meter": "gpu-node-1",
           "scope": "accelerator", "accelerator_joules": 36_000.5, "input_tokens": 120_000, "output_tokens": 30_000})
}

fn joules(example: f64) -> Value {
    json!({"type": "number", "exclusiveMinimum": 0, "maximum": 1e12, "examples": [example]})
}

pub(super) fn windows(limits: &Limits) -> Named {
    let tokens = |example| integer(0, WINDOW_TOKENS_MAX, example);
    let scopes: Vec<&str> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
    vec![
        (
            "EnergyWindow",
            request([
                (
                    "model",
                    short_text(config::MODEL_BYTES_MAX, "prod-llama"),
                    "Name under which the model is served: that of its calls, letter case aside.",
                ),
                ("from", time(), "Start of the window."),
                ("to", time(), "Its end: 1 second to 31 days later."),
                (
                    "meter",
                    short_text(config::METER_BYTES_MAX, "gpu-node-1"),
                    "Your name of the meter. Windows of one model and meter do not overlap.",
                ),
                ("scope", words(&scopes), "What the meter sees. Every sensor of it must have been read."),
                ("accelerator_joules?", joules(36_000.5), "Energy of the accelerators, in joules."),
                ("host_joules?", joules(9_000.0), "Energy of processors and memory, in joules."),
                (
                    "node_joules?",
                    joules(52_000.0),
                    "Energy of whole machines at their power supply, in joules; the other two are part of it.",
                ),
                ("input_tokens", tokens(120_000), "Prompt tokens, cached ones included."),
                (
                    "cache_read_input_tokens?",
                    tokens(40_000),
                    "Prompt tokens read from the server's cache. Null if it does not count them.",
                ),
                ("output_tokens", tokens(30_000), "Tokens generated."),
                ("requests?", integer(0, 1_000_000_000_000_000_000, 75), "Calls that ended."),
                (
                    "context_sum?",
                    integer(0, 1_000_000_000_000_000_000, 210_000_000),
                    "Sum over the calls of output x (2 x input + output): twice the tokens that lay before each generated one.",
                ),
            ]),
        ),
        (
            "EnergyWindows",
            json!({"anyOf": [of("EnergyWindow"), {"type": "array", "maxItems": limits.batch_events_max, "items": of("EnergyWindow")}],
                   "description": "A window, or an array of them. What is not a window is listed in `rejected`; the others are stored."}),
        ),
        (
            "WindowsTaken",
            object([
                ("accepted", count(), "Windows that were added."),
                ("duplicates", count(), "Windows that had already been added."),
                ("rejected", array(of("Rejection")), "What was not stored."),
            ]),
        ),
        ("WindowsWithdrawn", object([("withdrawn", count(), "Windows that were taken back.")])),
    ]
}

pub(super) fn measured() -> Named {
    let range = || of("Range");
    let statuses: Vec<&str> = MeasuredStatus::ALL.iter().map(|status| status.as_str()).collect();
    let blocks: Vec<&str> = Block::ALL.iter().map(|block| block.as_str()).collect();
    let listed = object([
        ("model", text("prod-llama"), "Name under which the model is served, in lower case."),
        ("windows", count(), "Windows that count."),
        ("from", time(), "Start of the first."),
        ("to", time(), "End of the last."),
    ]);
    let rates = object([
        ("output", range(), "Output tokens."),
        ("fresh_input", range(), "Input tokens that were not cached."),
        ("cache_read_input", range(), "Input tokens read from the cache."),
        ("mix", range(), "Tokens in the windows' own mix of input and output."),
    ]);
    let factor = object([
        ("factor_id", text("measured/prod-llama@0123456789ab"), "Name of the factor."),
        ("confidence", of("Confidence"), "`measured`."),
        ("valid_from", day(), "First day: that of the first window."),
        ("valid_to", or_null(&day()), "Last day: 90 days after the last window."),
        (
            "wh_per_1000_tokens",
            rates,
            "Wh for 1,000 tokens at the power supply of the machines, idle time included; cooling and grid are the place's.",
        ),
        ("source", text("Own meters: 720 windows"), "What it rests on."),
    ]);
    let parts = object([
        ("output", range(), "An output token."),
        ("fresh_input", range(), "An input token that was not cached."),
        ("cache_read_input", range(), "An input token read from the cache."),
        (
            "context",
            or_null(&range()),
            "A token of context for each generated one; null if it was not fitted.",
        ),
    ]);
    let fit = object([
        ("design", words(&["split", "ratio"]), "Kinds of tokens told apart, or one ratio."),
        ("joules_per_token", or_null(&parts), "Joules without idle time; null for a ratio."),
        ("idle_w", or_null(&range()), "Watts of the idle machines; null for a ratio."),
        ("metered_wh", decimal(), "Wh as the meters read them."),
        ("wall_wh", decimal(), "Wh at the power supply."),
        (
            "idle_wh",
            or_null(&decimal()),
            "Of these, idle time, which the factor allots to the tokens; null if it is not told apart.",
        ),
        (
            "residual",
            decimal(),
            "Root mean square of what is unexplained in a window, over what was metered.",
        ),
        (
            "condition",
            or_null(&decimal()),
            "Condition number; above 30 there is one ratio. Null if it is infinite.",
        ),
        ("drawn_by", words(&blocks), "What is drawn again for the interval."),
        ("blocks", count(), "How many of these there are."),
    ]);
    let windows = object([
        ("count", count(), "Windows."),
        ("with_tokens", count(), "Those in which tokens were counted."),
        ("from", time(), "Start of the first."),
        ("to", time(), "End of the last."),
        ("hours", decimal(), "Hours in any of them."),
        ("meters", array(text("gpu-node-1")), "Names of the meters."),
        ("scopes", array(text("accelerator")), "What they see."),
        ("sha256", sha256(), "Digest of the windows in order."),
    ]);
    let coverage = object([
        (
            "hours_with_calls",
            count(),
            "Hours with a call, from the first window until now or until the factor expires.",
        ),
        ("metered_hours", decimal(), "Of these, hours in a window."),
        ("share", or_null(&decimal()), "Metered over all of them, from 0 to 1; null without calls."),
    ]);
    let counted = || {
        object([
            ("input_tokens", count(), "Input tokens, cached ones included."),
            ("output_tokens", count(), "Output tokens."),
        ])
    };
    let reconciliation = object([
        ("agrees", flag(), "Whether both counts agree within 2 %."),
        ("windows", counted(), "As the server counted."),
        ("ledger", counted(), "As the calls in the time of the windows say."),
    ]);
    vec![
        ("Measurements", object([("measurements", array(listed), "Every name with windows.")])),
        (
            "Measurement",
            object([
                ("model", text("prod-llama"), "Name under which the model is served, in lower case."),
                ("status", words(&statuses), "Whether the windows give a factor today."),
                ("reason", or_null(&text("Nothing was fitted.")), "Why there is no factor."),
                ("factor", or_null(&factor), "What calls are valued with; null if there is none."),
                ("fit", or_null(&fit), "What was fitted; null if nothing was."),
                ("windows", windows, "What it rests on."),
                ("coverage", coverage, "How much of the time with calls was metered."),
                (
                    "reconciliation",
                    or_null(&reconciliation),
                    "Tokens of both sides; null if events were pruned.",
                ),
                (
                    "missing",
                    array(text("Only the accelerators are metered.")),
                    "What is missing or implausible, in sentences.",
                ),
            ]),
        ),
    ]
}
