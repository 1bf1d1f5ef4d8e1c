//! Grids in time.

use crate::openapi::{
    Named,
    schema::{array, day, flag, object, of, or_null, request, sha256, text, time, whole, words},
};
use serde_json::{Value, json};

fn series() -> Value {
    object([
        ("zone", text("FRA"), "The zone or cloud region, as the registry lists it."),
        ("resolution", words(&["hour", "month"]), "By the hour or by the month."),
        ("valid_from", day(), "The day on which it begins, UTC."),
        ("from", text("2026-11-01T00Z"), "First hour or month."),
        ("to", text("2026-11-30T23Z"), "Last hour or month with a value."),
        ("values", whole(), "How many hours or months have a value."),
        ("gaps", whole(), "How many between them have none."),
        ("vintage", text("2026-12-02"), "What you call this state of the data."),
        ("source", text("Your provider"), "Who publishes it, as the file says."),
        ("licence", text("Your contract"), "The terms under which you have it, as the file says."),
        ("sha256", sha256(), "Over the values: see docs/grids.md."),
        ("file_sha256", sha256(), "Of the file that they were in."),
        ("entered_by", text("you@example.com"), "Who entered it: a person or a key."),
        ("entered_at", time(), "When."),
        ("revision", whole(), "The revision of your registry that it came with."),
    ])
}

pub(super) fn grids() -> Named {
    vec![
        ("GridSeries", series()),
        (
            "GridSeriesList",
            object([
                ("factor_set", text("2026.12+3"), "The factor set that values your calls now."),
                ("revision", whole(), "Number of changes to your registry so far."),
                ("series", array(of("GridSeries")), "By zone, resolution and first day."),
            ]),
        ),
        (
            "GridSeriesFile",
            json!({"type": "string", "format": "binary", "description": "CSV with a header row; columns in any order."}),
        ),
        (
            "GridSeriesImported",
            object([
                ("factor_set", text("2026.12+3"), "The factor set that values your calls now."),
                ("series", whole(), "Series in the file."),
                ("changed", whole(), "Of these, those that you did not have like this."),
                (
                    "unknown_zones",
                    array(text("XKX")),
                    "Zones of the file without a known grid; their rows are not kept.",
                ),
                (
                    "preview?",
                    array(of("MonthPreview")),
                    "With `dry_run`: what it would do to the months that are open.",
                ),
            ]),
        ),
        (
            "Hours",
            object([
                ("by_hour", flag(), "Whether calls that are recorded now are summed by the hour."),
                ("since", or_null(&time()), "Since when; null if it was never changed."),
            ]),
        ),
        ("HoursRequest", request([("by_hour", flag(), "By the hour; otherwise by the day.")])),
    ]
}
