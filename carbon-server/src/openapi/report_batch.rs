//! The progress of the reports of every client.

use crate::openapi::schema::{array, count, month, object, of, or_null, text, uuid, words};
use serde_json::Value;

pub(super) fn schema() -> Value {
    let failure = object([
        ("tenant_id", text("client-xyz"), "Your id of the client."),
        ("detail", text("…"), "Why it has no report: no month of the period has a final one, or an error."),
    ]);
    let period = object([("from", month(), "The first month."), ("to", month(), "The last month.")]);
    let links = object([
        ("progress", text("…"), "Path of this document."),
        ("zip", or_null(&text("…")), "Path of the reports; null until they are done."),
    ]);
    object([
        ("batch_id", uuid(), "Id of the batch."),
        ("month?", month(), "The month of the reports."),
        ("period?", period, "The months of reports on a period, instead of a month."),
        ("language", or_null(&of("Language")), "Null: each in its client's own language."),
        ("status", words(&["running", "done"]), "`done` once every client had its turn."),
        ("total", count(), "Reports to make."),
        ("done", count(), "Reports made so far."),
        ("failed", array(failure), "Clients whose report could not be made."),
        ("links", links, "Where to look next."),
    ])
}
