//! Data from the ledger: usage, months, reports.

use crate::{
    config,
    openapi::{
        LANGUAGES, Named,
        schema::{
            array, count, day, decimal, factor_set, flag, integer, lei, month, object, of, or_null, request,
            said, sha256, short_text, text, time, uuid, whole, words,
        },
    },
};
use serde_json::{Value, json};

/// Requests and tokens; then grams, energy and water.
fn usage_fields() -> [(&'static str, Value); 6] {
    [
        "requests",
        "input_tokens",
        "cache_read_input_tokens",
        "cache_creation_input_tokens",
        "output_tokens",
        "reasoning_output_tokens",
    ]
    .map(|name| (name, count()))
}

pub(super) fn figures() -> Named {
    let [requests, input, cache_read, cache_creation, output, reasoning] = usage_fields();
    let range = || or_null(&of("Range"));
    let fields = [
        requests,
        input,
        cache_read,
        cache_creation,
        output,
        reasoning,
        ("co2_grams", said(range(), "Null if nothing in it has a factor.")),
        ("confidence", said(text("estimated"), "The lowest level in it, or `unknown`.")),
        ("energy_wh", range()),
        ("water_ml", range()),
        (
            "coverage",
            said(or_null(&decimal()), "Share of the tokens that have a factor; null if there are no tokens."),
        ),
    ];
    let mut row = object(fields.clone());
    // The group is under the requested name.
    row["additionalProperties"] = json!({"type": ["string", "null"]});
    let difference = usage_fields().map(|(name, _)| (name, whole()));
    let [requests, input, cache_read, cache_creation, output, reasoning] = difference;
    vec![
        ("Range", object([("low", decimal()), ("central", decimal()), ("high", decimal())])),
        ("LowHigh", object([("low", decimal()), ("high", decimal())])),
        ("Figures", object(fields)),
        (
            "UsageRow",
            said(
                row,
                "The group under the requested name (`day`, `model`, `tag:feature`), then the figures.",
            ),
        ),
        (
            "Difference",
            object([
                requests,
                input,
                cache_read,
                cache_creation,
                output,
                reasoning,
                ("co2_grams", or_null(&decimal())),
                ("energy_wh", or_null(&decimal())),
                ("water_ml", or_null(&decimal())),
            ]),
        ),
        (
            "Usage",
            object([
                ("from", day()),
                ("to", day()),
                ("group_by", text("day")),
                ("rows", array(of("UsageRow"))),
                ("total", said(of("Figures"), "Of all rows, including those on other pages.")),
                (
                    "adjustments",
                    said(or_null(&of("Difference")), "The part that arrived after its month was closed."),
                ),
                ("factor_sets", array(text("2026.11"))),
                ("next", said(or_null(&text("2026-10-05")), "`cursor` of the next page.")),
            ]),
        ),
    ]
}

pub(super) fn months() -> Named {
    let counted = object([("events", count()), ("reversals", count())]);
    let change = |first: (&'static str, Value)| {
        object([first, ("old", of("Figures")), ("new", of("Figures")), ("difference", of("Difference"))])
    };
    let mut tenant = change(("tenant_id", or_null(&text("client-xyz"))));
    tenant["properties"]["models"] = array(change(("model", text("mistral-large-2"))));
    vec![
        ("CloseRequest", request([("factor_set?", factor_set())])),
        (
            "Month",
            object([
                ("month", month()),
                ("status", words(&["open", "closed"])),
                ("events", said(count(), "Number of events, including reversals.")),
                ("reversals", count()),
                ("adjustments", counted),
                ("restatements", array(uuid())),
                ("factor_set?", factor_set()),
                ("closed_at?", time()),
                ("merkle_root?", sha256()),
                ("seal?", object([("number", count()), ("sha256", sha256())])),
                (
                    "tenant?",
                    object([
                        ("tenant_id", text("client-xyz")),
                        ("events", count()),
                        ("merkle_root", sha256()),
                        (
                            "figures",
                            object([
                                ("total", of("Figures")),
                                ("models", json!({"type": "object", "additionalProperties": of("Figures")})),
                            ]),
                        ),
                    ]),
                ),
            ]),
        ),
        (
            "RestatementRequest",
            request([
                ("month", month()),
                ("factor_set?", factor_set()),
                ("reason", short_text(config::REASON_BYTES_MAX, "New factors")),
            ]),
        ),
        (
            "Restatement",
            object([
                ("restatement_id", uuid()),
                ("month", month()),
                ("reason", text("New factors")),
                ("created_at", time()),
                ("old_factor_set", text("2025.1")),
                ("new_factor_set", text("2026.11")),
                ("tenants", array(tenant)),
            ]),
        ),
    ]
}

pub(super) fn reports() -> Named {
    vec![
        (
            "ReportRequest",
            request([
                (
                    "tenant_id",
                    said(
                        short_text(config::ID_BYTES_MAX, "client-xyz"),
                        "Or `*` for every client with activity in the month.",
                    ),
                ),
                ("month", month()),
                (
                    "language?",
                    said(words(&LANGUAGES), "By default the client's own language, otherwise English."),
                ),
                (
                    "financial_year?",
                    said(integer(2018, 2100, 2026), "By default the calendar year of the month."),
                ),
                (
                    "invoiced_tokens?",
                    said(
                        integer(0, u64::MAX, 1_000_000),
                        "Tokens that the providers invoiced for this client and month, for the reconciliation.",
                    ),
                ),
            ]),
        ),
        (
            "Report",
            object([
                ("report_id", uuid()),
                ("revision", json!({"type": "integer", "minimum": 1})),
                ("status", words(&["provisional", "final"])),
                ("sha256", said(sha256(), "SHA-256 of the PDF.")),
                (
                    "links",
                    object([
                        ("pdf", text("/api/v1/reports/…/report.pdf")),
                        ("statement", text("…")),
                        ("lines", text("…")),
                        ("xbrl", text("…")),
                        ("vsme", text("…")),
                        ("footprint", text("…")),
                        ("focus", text("…")),
                        ("evidence", text("…")),
                    ]),
                ),
            ]),
        ),
        (
            "ReportBatch",
            object([
                ("batch_id", uuid()),
                ("month", month()),
                ("language", said(or_null(&words(&LANGUAGES)), "Null: each in its client's own language.")),
                ("status", words(&["running", "done"])),
                ("total", count()),
                ("done", count()),
                ("failed", array(object([("tenant_id", text("client-xyz")), ("detail", text("…"))]))),
                ("links", object([("progress", text("…")), ("zip", or_null(&text("…")))])),
            ]),
        ),
        (
            "Statement",
            json!({"type": "object", "description": "All figures of the report; the schema is docs/statement.schema.json."}),
        ),
        (
            "Xbrl",
            json!({"type": "object", "description": "A report in xBRL-JSON (Open Information Model 1.0)."}),
        ),
        (
            "ProductFootprint",
            json!({"type": "object", "description": "`ProductFootprint` of the PACT specification 3.0."}),
        ),
        (
            "BrandingRequest",
            request([
                (
                    "accent?",
                    json!({"type": "string", "pattern": "^#[0-9a-fA-F]{6}$", "examples": ["#1f6f54"], "description": "Needs a contrast of at least 4.5:1 on white."}),
                ),
                (
                    "logo_png?",
                    json!({"type": "string", "contentEncoding": "base64", "contentMediaType": "image/png",
                    "description": format!("At most {} bytes and {} pixels.", carbon_report::brand::LOGO_BYTES_MAX, carbon_report::brand::LOGO_PIXELS_MAX)}),
                ),
                ("up_to_1000_employees?", flag()),
                ("lei?", lei()),
                (
                    "domain?",
                    said(
                        text("example.com"),
                        "A domain name of the supplier, the prefix of its product ids.",
                    ),
                ),
            ]),
        ),
        (
            "Branding",
            object([
                ("accent", or_null(&text("#1f6f54"))),
                ("logo_sha256", or_null(&sha256())),
                ("up_to_1000_employees", flag()),
                ("lei", or_null(&lei())),
                ("domain", or_null(&text("example.com"))),
            ]),
        ),
    ]
}
