//! Data from the ledger: usage, months, reports.

use crate::{
    config,
    openapi::{
        MONTH, Named, report_batch,
        schema::{
            Field, array, at_most, count, day, decimal, factor_set, integer, month, object, of, or_null,
            printed_text, request, said, sha256, short_text, text, time, uuid, whole, words,
        },
    },
};
use serde_json::{Value, json};

const FACTOR_SET: &str =
    "The factor set: one that ships, or that the operator has added; by default that of the server.";

/// Counts of calls and tokens.
fn usage_fields(number: fn() -> Value) -> [Field<'static>; 10] {
    let long = || json!({"type": "string", "pattern": "^-?[0-9]+$"});
    [
        ("requests", number(), "Calls, less reversals."),
        ("input_tokens", number(), "Input tokens, cached ones included."),
        ("cache_read_input_tokens", number(), "Input tokens read from a cache."),
        ("cache_creation_input_tokens", number(), "Input tokens written to a cache."),
        ("output_tokens", number(), "Output tokens, reasoning included."),
        ("reasoning_output_tokens", number(), "Reasoning tokens."),
        (
            "context_output?",
            long(),
            "Tokens before each output token, doubled: the sum over calls of output x (2 x input + output). A text, as it may be \
             longer than numbers; absent if it is 0.",
        ),
        (
            "context_input?",
            long(),
            "Tokens before each fresh input token, doubled: the sum over calls of fresh x (2 x cache read + fresh). A text; \
             absent if it is 0.",
        ),
        (
            "context_unknown_tokens?",
            number(),
            "Tokens whose context is not counted, as nobody knows of how many calls they are; absent if there are none.",
        ),
        (
            "media?",
            media(number),
            "What is not text: parts of the input and output tokens, and images, video and sound that no token stands for. \
             Counts that are 0 are absent.",
        ),
    ]
}

/// What is not text, by its names.
pub(super) fn media(number: fn() -> Value) -> Value {
    object([
        ("input_image_tokens?", number(), "Input tokens that stand for images or frames of video."),
        ("input_audio_tokens?", number(), "Input tokens that stand for sound."),
        (
            "output_image_tokens?",
            number(),
            "Output tokens that stand for images; no rate of text applies to them.",
        ),
        (
            "output_audio_tokens?",
            number(),
            "Output tokens that stand for sound; no rate of text applies to them.",
        ),
        ("images?", number(), "Images made."),
        ("image_pixels?", number(), "Pixels of those whose size was stated."),
        ("video_ms?", number(), "Video made, in milliseconds."),
        ("video_pixel_s?", number(), "Pixels of a frame times seconds, of the video whose size was stated."),
        ("audio_ms?", number(), "Sound heard or spoken, in milliseconds."),
    ])
}

pub(super) fn figures() -> Named {
    let range = || or_null(&of("Range"));
    let values = [
        ("co2_grams", range(), "Grams of CO2e; null if nothing in it has a factor."),
        ("confidence", of("Confidence"), "The lowest level in it, or `unknown`."),
        ("energy_wh", range(), "Electricity, in Wh; null if unknown."),
        ("water_ml", range(), "Water, in ml; null if unknown."),
        (
            "coverage",
            or_null(&decimal()),
            "Share of the tokens that have a factor, or of the calls with images, video or sound if that is lower: from 0 to 1; \
             null if there are neither.",
        ),
    ];
    let figures = || object(usage_fields(count).into_iter().chain(values.clone()));
    let differences = [
        ("co2_grams", or_null(&decimal()), "Grams of CO2e, central value; null if unknown."),
        ("energy_wh", or_null(&decimal()), "Electricity in Wh, central value; null if unknown."),
        ("water_ml", or_null(&decimal()), "Water in ml, central value; null if unknown."),
    ];
    vec![
        (
            "Range",
            object([
                ("low", decimal(), "The lowest value."),
                ("central", decimal(), "The value that is added up and reported."),
                ("high", decimal(), "The highest value."),
            ]),
        ),
        (
            "LowHigh",
            object([("low", decimal(), "The lowest value."), ("high", decimal(), "The highest value.")]),
        ),
        (
            "Memo",
            object([
                (
                    "training_grams_low",
                    decimal(),
                    "For these tokens, shared among the most tokens of a life.",
                ),
                ("training_grams_high", decimal(), "The same, shared among the fewest."),
                ("training_tonnes", decimal(), "Tonnes of CO2e for the whole training."),
                ("training_basis", text("location"), "How its electricity is accounted for."),
                (
                    "tokens_of_life",
                    array(decimal()),
                    "The fewest and the most tokens that it is shared among.",
                ),
                ("source", of("Source"), "Where the maker says so."),
            ]),
        ),
        ("UsageRow", usage_row(figures())),
        ("Figures", figures()),
        ("Difference", object(usage_fields(whole).into_iter().chain(differences))),
    ]
}

/// The figures of a group, which is under the name that was asked for.
fn usage_row(mut figures: Value) -> Value {
    let group = or_null(&text("…"));
    for (name, meaning) in [
        ("day", "The day, UTC, if grouped by day."),
        ("month", "The month, UTC, if grouped by month."),
        ("model", "The model's canonical id, or its name as sent, if grouped by model."),
        ("tenant", "Your id of the client, if grouped by tenant."),
        ("region", "The region, if grouped by region; null for events without one."),
    ] {
        figures["properties"][name] = said(group.clone(), meaning);
    }
    // The value of a tag, under `tag:KEY`.
    figures["additionalProperties"] = json!({"type": ["string", "null"]});
    said(figures, "The group under the requested name (`day`, `model`, `tag:feature`), then the figures.")
}

pub(super) fn usage() -> Named {
    vec![(
        "Usage",
        object([
            ("from", day(), "First day, UTC."),
            ("to", day(), "Last day, UTC."),
            ("group_by", text("day"), "What the rows are grouped by."),
            ("rows", at_most(config::USAGE_ROWS_MAX, of("UsageRow")), "This page, ordered by group."),
            ("total", of("Figures"), "Of all rows, including those on other pages."),
            (
                "adjustments",
                or_null(&of("Difference")),
                "The part that arrived after its month was closed; null if there is none.",
            ),
            ("factor_sets", array(text("2026.12")), "The factor sets behind the figures."),
            ("next", or_null(&text("2026-10-05")), "The `cursor` of the next page; null on the last page."),
        ]),
    )]
}

pub(super) fn months() -> Named {
    let adjustments = object([
        ("events", count(), "Events, including reversals."),
        ("reversals", count(), "Reversals among them."),
    ]);
    let seal =
        object([("number", count(), "Its place in the hash chain."), ("sha256", sha256(), "The digest.")]);
    vec![
        ("CloseRequest", request([("factor_set?", factor_set(), FACTOR_SET)])),
        (
            "Month",
            object([
                ("month", month(), MONTH),
                ("status", words(&["open", "closed"]), "Whether its events and figures are fixed."),
                ("events", count(), "Live events, including reversals."),
                ("reversals", count(), "Reversals among them."),
                ("adjustments", adjustments, "What arrived after the month was closed."),
                ("restatements", array(uuid()), "Ids of its restatements, in order."),
                ("factor_set?", factor_set(), "The factor set it was closed under."),
                ("closed_at?", time(), "When it was closed."),
                ("merkle_root?", sha256(), "Merkle root of its events."),
                ("seal?", seal, "The seal of the closing."),
                ("tenant?", of("TenantMonth"), "The part of the tenant that was asked for."),
            ]),
        ),
        ("TenantMonth", tenant_month()),
    ]
}

fn tenant_month() -> Value {
    let models = json!({"type": "object", "additionalProperties": of("Figures")});
    let figures = object([
        ("total", of("Figures"), "Of all models."),
        ("models", models, "Of each model, by the name as sent."),
    ]);
    object([
        ("tenant_id", text("client-xyz"), "Your id of the client."),
        ("events", count(), "Its events, including reversals."),
        ("merkle_root", sha256(), "Merkle root of its events."),
        ("figures", figures, "Its figures as they were fixed."),
    ])
}

pub(super) fn restatements() -> Named {
    let change = |first: Field<'static>| {
        object([
            first,
            ("old", of("Figures"), "What was stated before."),
            ("new", of("Figures"), "What is stated now."),
            ("difference", of("Difference"), "New minus old."),
        ])
    };
    let mut tenant =
        change(("tenant_id", or_null(&text("client-xyz")), "Your id of the client; null if it was erased."));
    tenant["properties"]["models"] = said(array(of("RestatedModel")), "The same for each of its models.");
    let reason = printed_text(config::REASON_BYTES_MAX, "New factors");
    vec![
        (
            "RestatementRequest",
            request([
                ("month", month(), MONTH),
                ("factor_set?", factor_set(), FACTOR_SET),
                ("reason", reason, "Why; it is stated in the next revision of each report."),
            ]),
        ),
        (
            "Restatement",
            object([
                ("restatement_id", uuid(), "Id of the restatement."),
                ("month", month(), "The month that was restated."),
                ("reason", text("New factors"), "Why."),
                ("created_at", time(), "When."),
                ("old_factor_set", text("2025.1"), "The factor set of the figures before."),
                ("new_factor_set", text("2026.12"), "The factor set of the figures now."),
                ("tenants", array(of("RestatedTenant")), "What changed, for each client."),
            ]),
        ),
        ("RestatedTenant", tenant),
        ("RestatedModel", change(("model", text("mistral-large-2"), "The model, by the name as sent."))),
    ]
}

pub(super) fn reports() -> Named {
    let tenant_id = short_text(config::ID_BYTES_MAX, "client-xyz");
    vec![
        (
            "ReportRequest",
            request([
                (
                    "tenant_id",
                    tenant_id,
                    "Your id of the client, or `*` for every client with activity in the month.",
                ),
                (
                    "month?",
                    month(),
                    "The month, UTC, from 2018-01 to the current one; either this or `period`.",
                ),
                ("period?", of("ReportPeriod"), "Months whose final reports are added up."),
                ("language?", of("Language"), "By default the client's own language, otherwise English."),
                (
                    "financial_year?",
                    integer(2018, 2100, 2026),
                    "The client's financial year that contains the month or the period; by default the calendar year of its first month.",
                ),
                (
                    "standard?",
                    of("Standard"),
                    "The edition of the ESRS; 422 where the financial year has the other one. By default the client's choice, where its financial year has one.",
                ),
                (
                    "invoiced_tokens?",
                    integer(0, u64::MAX, 1_000_000),
                    "Tokens that the providers invoiced for this client and month, for the reconciliation. Not with `*`.",
                ),
            ]),
        ),
        (
            "Report",
            object([
                ("report_id", uuid(), "Id of this revision."),
                ("revision", json!({"type": "integer", "minimum": 1}), "1 for the first."),
                (
                    "status",
                    words(&["provisional", "final"]),
                    "`provisional` while the month can still change, or a month of the period is missing.",
                ),
                ("sha256", sha256(), "SHA-256 of the PDF."),
                ("period?", issued_period(), "Of a report on a period."),
                ("links", report_links(), "Paths of its files."),
            ]),
        ),
        ("ReportPeriod", report_period()),
        ("ReportBatch", report_batch::schema()),
        (
            "Statement",
            json!({"type": "object", "description": "All figures of the report; the schema is docs/statement.schema.json, of a period docs/period-statement.schema.json."}),
        ),
        (
            "Xbrl",
            json!({"type": "object", "description": "A report in xBRL-JSON (Open Information Model 1.0)."}),
        ),
        (
            "ProductFootprint",
            json!({"type": "object", "description": "`ProductFootprint` of the PACT specification 3.0."}),
        ),
    ]
}

/// A year, or its first and its last month.
fn report_period() -> Value {
    let months =
        request([("from", month(), "The first month."), ("to", month(), "The last month, included.")]);
    json!({
        "description": "A calendar year, or at least two and at most 24 months that follow each other. The last one is not in the future.",
        "oneOf": [{"type": "string", "pattern": "^[0-9]{4}$", "example": "2026"}, months],
    })
}

fn issued_period() -> Value {
    let reason = words(&["open", "no_report", "restated"]);
    let missing = object([
        ("month", month(), "The month: it is in no figure."),
        (
            "reason",
            reason,
            "It is open, has no report of the client, or was restated and no report tells so.",
        ),
    ]);
    object([
        ("from", month(), "The first month."),
        ("to", month(), "The last month."),
        ("missing", array(missing), "Months without a final report."),
    ])
}

fn report_links() -> Value {
    object([
        ("pdf", text("/api/v1/reports/…/report.pdf"), "The report."),
        ("statement", text("…"), "Every figure, as JSON."),
        ("workbook", text("…"), "The statement as a workbook (XLSX)."),
        ("lines", text("…"), "Every line of the tables, as CSV."),
        ("xbrl", text("…"), "The key figures as xBRL-JSON."),
        ("vsme?", text("…"), "The line as a VSME text block; only of a final figure."),
        ("footprint?", text("…"), "The month or period as a PACT footprint; only of a final figure."),
        ("focus?", text("…"), "Every day, model and region in FOCUS columns; not of a period."),
        ("evidence", text("…"), "The evidence pack."),
    ])
}
