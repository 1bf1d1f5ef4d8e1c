//! Contractual instruments, residual mixes, and clouds' own reports.

use crate::{
    config,
    openapi::{
        Named,
        schema::{
            Field, array, count, day, decimal, flag, month, object, of, or_null, printed_text, request,
            sha256, some_of, text, time, uuid, whole, words,
        },
    },
};
use carbon_report::InstrumentKind;
use serde_json::{Value, json};

const SHA256_EXAMPLE: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// An instrument as it is entered.
pub(crate) fn instrument() -> Value {
    json!({"kind": "go", "zone": "FRA", "period_from": "2026-01-01", "period_to": "2026-12-31", "mwh": 60, "g_per_kwh": 0,
           "vintage": 2026, "certificate_ids_sha256": SHA256_EXAMPLE, "document_sha256": SHA256_EXAMPLE,
           "source": "Cancellation statement of the registry", "licence": "own data"})
}

/// A residual mix as it is entered.
pub(crate) fn residual_mix() -> Value {
    json!({"g_per_kwh": 41.5, "source": "Residual mix of the issuing body", "licence": "by permission of the publisher",
           "document_sha256": SHA256_EXAMPLE})
}

/// A cloud's report as it is sent.
pub(crate) fn supplier_report() -> Value {
    json!({"file_sha256": SHA256_EXAMPLE, "licence": "own data",
           "rows": [{"provider": "aws", "account_ref": "123456789012", "service": "AmazonBedrock", "region": "eu-west-3",
                     "month": "2026-10", "kg_location": 1.25, "kg_market": 0.02, "method_version": "v3.0.0"}]})
}

fn megawatt_hours() -> Value {
    json!({"type": "number", "exclusiveMinimum": 0, "maximum": 1_000_000_000, "multipleOf": 0.000_001, "examples": [60]})
}

fn grams() -> Value {
    json!({"type": "number", "minimum": 0, "maximum": 5_000, "examples": [0]})
}

fn kilograms() -> Value {
    json!({"type": "number", "minimum": 0, "maximum": 1_000_000_000, "examples": [1.25]})
}

fn year() -> Value {
    json!({"type": "integer", "minimum": 2000, "maximum": 2200, "examples": [2026]})
}

fn said() -> Value {
    printed_text(config::NOTE_BYTES_MAX, "own data")
}

fn what_it_is() -> [Field<'static>; 12] {
    let kinds = InstrumentKind::ALL.map(InstrumentKind::as_str);
    [
        (
            "kind",
            words(&kinds),
            "Guarantee of origin, certificate, purchase agreement, or a supplier's disclosed mix.",
        ),
        (
            "provider?",
            text("aws"),
            "Covers the electricity of calls to this provider only; by default of any.",
        ),
        ("zone", text("FRA"), "The grid that the electricity is delivered in: a country or a cloud region."),
        ("period_from", day(), "First day of its period."),
        ("period_to", day(), "Last day, in the same year."),
        ("mwh", megawatt_hours(), "Megawatt hours, to the watt hour."),
        ("g_per_kwh", grams(), "Grams of CO2e per kilowatt hour."),
        ("vintage", year(), "The year of production: that of the period."),
        (
            "certificate_ids_sha256",
            sha256(),
            "SHA-256 over the identifiers of its certificates, sorted, one a line.",
        ),
        ("document_sha256", sha256(), "SHA-256 of the document that proves it."),
        ("source", said(), "Where its figures are from."),
        ("licence", said(), "Terms under which they are used."),
    ]
}

fn shown_instrument() -> Vec<Field<'static>> {
    let [kind, _, others @ ..] = what_it_is();
    let allocation = object([
        (
            "tenant_id",
            or_null(&text("client-xyz")),
            "The client; null of an erased one, in a closed month: what it had in open months is free again.",
        ),
        ("month", month(), "The month."),
        ("mwh", decimal(), "Megawatt hours of it."),
    ]);
    let first = [
        ("instrument_id", uuid(), "Its id."),
        ("status", words(&["valid", "withdrawn"]), "Whether it counts for open months."),
        kind,
        (
            "provider",
            or_null(&text("aws")),
            "Covers the electricity of calls to this provider only; null: of any.",
        ),
    ];
    let last = [
        ("allocated_mwh", decimal(), "Megawatt hours that are allocated."),
        ("entered_by", text("you@example.com"), "Who entered it: a person or a key."),
        ("entered_at", time(), "When."),
        ("withdrawn_at", or_null(&time()), "When it was withdrawn."),
        ("allocations?", array(allocation), "What of it serves which client and month."),
    ];
    let numbers = |(name, schema, meaning): Field<'static>| match name {
        "mwh" | "g_per_kwh" => (name, decimal(), meaning),
        "vintage" => (name, whole(), meaning),
        _ => (name, schema, meaning),
    };
    first.into_iter().chain(others.into_iter().map(numbers)).chain(last).collect()
}

pub(super) fn market() -> Named {
    let name = |example| printed_text(config::NAME_BYTES_MAX, example);
    let row = request([
        ("provider", words(&["aws", "azure", "google"]), "The cloud."),
        ("account_ref?", name("123456789012"), "Its name of your account there."),
        ("service", name("AmazonBedrock"), "The service, in its words."),
        ("region?", name("eu-west-3"), "The region, in its words; without one, the row is of all regions."),
        ("month", month(), "The month."),
        ("kg_location?", kilograms(), "Kilograms of CO2e, location-based. One of the two is required."),
        ("kg_market?", kilograms(), "Kilograms of CO2e, market-based."),
        ("method_version?", name("v3.0.0"), "Version of its method."),
    ]);
    vec![
        ("InstrumentRequest", request(what_it_is())),
        ("Instrument", object(shown_instrument())),
        ("Instruments", object([("instruments", array(of("Instrument")), "All, withdrawn ones included.")])),
        ("AllocationRequest", request([("mwh", megawatt_hours(), "Megawatt hours of the instrument.")])),
        (
            "ResidualMixRequest",
            request([
                (
                    "g_per_kwh",
                    json!({"type": "number", "exclusiveMinimum": 0, "maximum": 5_000, "examples": [41.5]}),
                    "Grams of CO2e per kilowatt hour. A 0 is refused: it is a gap in a table, not a mix.",
                ),
                ("source", said(), "Who published it."),
                ("licence", said(), "Terms under which you use it."),
                ("document_sha256", sha256(), "SHA-256 of the document that it is from."),
            ]),
        ),
        (
            "ResidualMix",
            object([
                ("zone", text("FRA"), "The grid."),
                ("year", whole(), "The year."),
                ("g_per_kwh", decimal(), "Grams of CO2e per kilowatt hour."),
                ("source", text("Residual mix of the issuing body"), "Who published it."),
                ("licence", text("by permission of the publisher"), "Terms under which it is used."),
                ("document_sha256", sha256(), "SHA-256 of the document that it is from."),
                ("entered_by", text("you@example.com"), "Who entered it: a person or a key."),
                ("entered_at", time(), "When."),
            ]),
        ),
        ("ResidualMixes", object([("residual_mixes", array(of("ResidualMix")), "Those that count.")])),
        ("SupplierRow", row),
        (
            "SupplierReportRequest",
            request([
                ("file_sha256", sha256(), "SHA-256 of the exported file."),
                ("licence", said(), "Terms under which you use it."),
                (
                    "rows",
                    some_of(config::SUPPLIER_ROWS_MAX, of("SupplierRow")),
                    "Its rows, each service, region and month once.",
                ),
            ]),
        ),
        (
            "SupplierReportTaken",
            object([
                ("accepted", count(), "Rows that were added."),
                ("duplicate", flag(), "Whether the file was recorded before."),
            ]),
        ),
        ("Reconciliations", reconciliations()),
    ]
}

fn reconciliations() -> Value {
    let reason = object([
        ("reason", text("scope"), "For programs."),
        ("sentence", text("The boundaries differ."), "For people."),
    ]);
    let cloud = object([
        ("location_co2_grams", or_null(&decimal()), "Location-based; null where it does not say."),
        ("market_co2_grams", or_null(&decimal()), "Market-based; null where it does not say."),
        ("method_versions", array(text("v3.0.0")), "Versions of its method."),
        ("licences", array(text("own data")), "Terms under which the exports are used."),
        ("file_sha256", array(sha256()), "The exports."),
    ]);
    let ours = object([
        ("requests", count(), "Calls to the provider in the region."),
        (
            "co2_grams",
            or_null(&of("Range")),
            "Their emissions, location-based; null where none has a factor.",
        ),
        ("coverage", or_null(&decimal()), "Share of their tokens that have a factor."),
    ]);
    let one = object([
        ("provider", text("aws"), "The cloud."),
        ("region", or_null(&text("eu-west-3")), "The region in its words; null where the export names none."),
        ("services", array(text("AmazonBedrock")), "Its services that serve language models."),
        ("account_refs", array(text("123456789012")), "Your accounts there."),
        ("cloud", cloud, "What it reports."),
        ("ours", ours, "What your calls amount to."),
        (
            "ratio",
            or_null(&decimal()),
            "The cloud's figure over our central value, to four decimals: location-based where it says.",
        ),
        (
            "verdict",
            or_null(&words(&["inside", "above", "below"])),
            "Where the cloud's figure lies, seen from our range.",
        ),
        ("reasons", array(reason), "Why the two may differ."),
    ]);
    let other = object([
        ("provider", text("aws"), "The cloud."),
        ("account_ref", text("123456789012"), "Your account there."),
        ("service", text("AmazonEC2"), "The service."),
        ("region", text("eu-west-3"), "The region."),
        ("kg_location", or_null(&decimal()), "Kilograms of CO2e, location-based."),
        ("kg_market", or_null(&decimal()), "Kilograms of CO2e, market-based."),
    ]);
    object([
        ("month", month(), "The month."),
        ("factor_set", text("2026.12"), "The set that our sums rest on."),
        ("reconciliations", array(one), "By provider and region."),
        ("other_services", array(other), "Services without language models: nothing is compared."),
    ])
}
