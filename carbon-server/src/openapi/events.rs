//! Single events, and why they have their figures.

use crate::openapi::{
    Named,
    books::media,
    schema::{
        Field, array, at_most, count, day, decimal, factor_set, flag, integer, month, object, of, or_null,
        sha256, text, time, whole, words,
    },
};
use serde_json::json;

/// Rows of a page.
pub(crate) const EVENTS_MAX: usize = 100;

fn event() -> Vec<Field<'static>> {
    let range = || or_null(&of("Range"));
    let position = object([
        ("book", count(), "The book of the ledger."),
        ("number", count(), "Its number there, in the order of arrival."),
    ]);
    vec![
        ("event_id", text("e-1"), "Its id."),
        ("timestamp", time(), "When the call was made: the sender's time, otherwise that of arrival."),
        ("received_at", time(), "When it arrived."),
        ("tenant_id", or_null(&text("client-xyz")), "The tenant; null if it was erased."),
        ("model", text("gpt-4o-2024-11-20"), "The model as it was sent."),
        ("resolved_model", or_null(&text("gpt-4o")), "Its id in the registry; null for an unknown model."),
        ("provider", or_null(&text("openai")), "The provider, where it was sent."),
        ("region", or_null(&text("FRA")), "The region: as it was sent, or the tenant's at that time."),
        (
            "requests",
            json!({"type": "integer", "enum": [1, -1]}),
            "1; -1 for a reversal, whose counts and values are negative.",
        ),
        (
            "calls",
            or_null(&count()),
            "Of how many calls it is, where that is not one; 0 is an unknown number.",
        ),
        ("input_tokens", whole(), "Input tokens, cached ones included."),
        ("cache_read_input_tokens", whole(), "Input tokens read from a cache."),
        ("cache_creation_input_tokens", whole(), "Input tokens written to a cache."),
        ("output_tokens", whole(), "Output tokens, reasoning included."),
        ("reasoning_output_tokens", whole(), "Reasoning tokens."),
        ("media?", media(whole), "What is not text; absent if there is none."),
        (
            "tags",
            json!({"type": "object", "additionalProperties": {"type": "string"}, "examples": [{"feature": "chat"}]}),
            "Its tags.",
        ),
        ("co2_grams", range(), "Grams of CO2e; null for an unknown model."),
        ("energy_wh", range(), "Electricity, in Wh; null where the method states none."),
        ("water_ml", range(), "Water, in ml; null where the method states none."),
        ("confidence", of("Confidence"), "How the factor was obtained; `unknown` without one."),
        ("method", or_null(&of("Method")), "The method that values it."),
        ("factor_set", factor_set(), "The set that values it: that of now, or of when its month was closed."),
        ("factor_id", or_null(&text("coefficient/gpt-4o@2025.1")), "The factor."),
        ("reverses", or_null(&text("e-1")), "The event that it cancels."),
        ("reversed_by", or_null(&text("01a20abd-28b2-761c-af30-000000000001")), "The event that cancels it."),
        ("is_late", flag(), "Whether it arrived after its month was closed."),
        ("is_test", flag(), "Whether it came with a test key."),
        ("position", position, "Where it stands in the ledger."),
    ]
}

pub(super) fn events() -> Named {
    let part = object([
        (
            "stage",
            words(&["factor", "electricity", "hardware"]),
            "`factor`: a published factor, which does not tell these apart.",
        ),
        ("of", text("output_tokens"), "What is counted."),
        ("count", whole(), "How much of it there is; negative for a reversal."),
        ("per", integer(1, 1_000, 1_000), "The rates are for so many."),
        ("co2_grams_rate", decimal(), "Grams of CO2e for so many."),
        ("co2_grams", decimal(), "Count / per x rate."),
        (
            "energy_wh_rate?",
            decimal(),
            "Electricity in Wh for so many, of the whole facility: times the grid's grams per kWh, it is the rate in grams.",
        ),
        ("energy_wh?", decimal(), "Count / per x that rate."),
    ]);
    let explanation = [
        (
            "parts",
            array(part),
            "The products whose sum the central value is, to the last digit; empty for an unknown model. Rates of modelled values are rounded once, to fifteen digits.",
        ),
        (
            "estimate",
            or_null(&of("Estimate")),
            "What every method says of the call, as `/api/v1/estimate` answers it; of a reversal, for the event that it cancels. Null if the factor set does not list the region.",
        ),
        (
            "seal",
            object([("number", count(), "Its number in the book."), ("sha256", sha256(), "Its digest.")]),
            "The first seal that covers the event.",
        ),
    ];
    vec![
        ("Event", object(event())),
        (
            "EventPage",
            object([
                ("from", or_null(&day()), "First day that was looked at; null if there are no events."),
                ("to", or_null(&day()), "Last day."),
                ("events", at_most(EVENTS_MAX, of("Event")), "The page."),
                ("looked_at", count(), "Events that were looked at for it, at most."),
                (
                    "pruned_months",
                    array(month()),
                    "Months among these days whose events are no longer in the ledger: their sums and reports are.",
                ),
                ("next", or_null(&text("AAAB")), "The `cursor` of the next page; null behind the last."),
            ]),
        ),
        ("ExplainedEvent", object(event().into_iter().chain(explanation))),
    ]
}
