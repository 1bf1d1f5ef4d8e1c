//! The OpenAPI 3.1 description, built from the table of operations, the limits, and the schemas of requests and responses.

mod accounts;
mod books;
mod branding;
mod calls;
pub(crate) mod described;
pub(crate) mod events;
mod grids;
mod mail;
pub(crate) mod market;
pub(crate) mod measurements;
pub(crate) mod own;
mod pact;
mod paths;
mod planning;
mod registry;
mod report_batch;
mod schedule;
pub(crate) mod schema;

use crate::{
    config::Limits,
    http::route::{Access, BodyLimit, KeyForms, ProblemFormat},
    openapi::{
        described::Described,
        schema::{array, at_most, count, integer, object, said, text, words},
    },
};
use carbon_report::Language;
use serde_json::{Map, Value, json};

/// Component schemas by name.
type Named = Vec<(&'static str, Value)>;

const EDITIONS: [&str; 2] = ["esrs-2023", "esrs-2026"];
const METHODS: [&str; 5] = ["measured", "coefficient", "bottom_up", "ecologits", "disclosed"];
/// Similar names that are suggested for an unknown model.
const SUGGESTIONS_MAX: usize = 3;
pub(crate) const CONFIDENCES: [&str; 5] = ["measured", "benchmarked", "estimated", "proxy", "unknown"];

// What fields of several schemas mean.
const MONTH: &str = "From 2018-01 to the current month.";
const LEI: &str = "Legal entity identifier (ISO 17442), with a valid checksum.";

/// An operation that is part of the API.
pub(crate) struct Path {
    pub(crate) method: &'static str,
    pub(crate) pattern: &'static str,
    pub(crate) access: Access,
    pub(crate) key_forms: KeyForms,
    /// Whether it counts where no key is shown.
    pub(crate) is_counted: bool,
    pub(crate) body: BodyLimit,
    pub(crate) problems: ProblemFormat,
    pub(crate) described: Described,
}

/// The whole document.
pub(crate) fn document(limits: &Limits, operations: impl Iterator<Item = Path>) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations {
        let path = paths.entry(operation.pattern).or_insert_with(|| json!({}));
        let method = operation.method.to_ascii_lowercase();
        path[method] = operation.document(limits);
    }
    let schemas = [
        accounts::accounts(),
        accounts::keys(),
        accounts::tenants(),
        accounts::dashboard_links(),
        accounts::billing(),
        accounts::webhooks(),
        calls::events(limits),
        calls::batches(limits),
        calls::sources(),
        calls::reversals(),
        calls::estimates(),
        books::figures(),
        books::usage(),
        books::months(),
        books::restatements(),
        books::reports(),
        branding::branding(),
        market::market(),
        measurements::windows(limits),
        measurements::measured(),
        registry::registry(),
        registry::opinions(),
        grids::grids(),
        mail::mail(),
        own::own(),
        planning::whatif(),
        planning::targets(),
        events::events(),
        schedule::schedules(),
        schedule::messages(),
        pact::clients(),
        pact::tokens(),
        pact::footprints(),
        others(),
    ];
    let schemas: Map<String, Value> =
        schemas.into_iter().flatten().map(|(name, schema)| (name.to_owned(), schema)).collect();
    let alert = json!({"post": {
        "operationId": "alert",
        "tags": ["billing"],
        "security": [],
        "summary": "A threshold was passed",
        "description": SIGNED,
        "requestBody": {"required": true, "content": {"application/json": {"schema": schema::of("AlertMessage")}}},
        "responses": {
            "2XX": {"description": "Acknowledged."},
            "4XX": {"description": "Not acknowledged: it is sent again."},
        }
    }});
    let [report, schedule] = schedule::webhooks(SIGNED);
    let webhooks: Map<String, Value> = [("alert", alert), report, schedule]
        .map(|(name, webhook)| (name.to_owned(), webhook))
        .into_iter()
        .collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "LLM Carbon Tracker",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Token counts in, grams of CO2e and monthly client reports out.",
            "description": introduction(limits),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": paths::TAGS.map(|(name, description)| json!({"name": name, "description": description})),
        "paths": paths,
        "webhooks": webhooks,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "`isv_live_…`, `isv_test_…` or `isv_read_…`"},
                "exporter": {"type": "http", "scheme": "basic", "description": "The same key as the password; the user name is ignored."},
                "x-api-key": {"type": "apiKey", "in": "header", "name": "x-api-key", "description": "The same key."},
                "pact": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "/3/auth/token", "scopes": {}}}},
                "session": {"type": "apiKey", "in": "cookie", "name": "carbon_session", "description": "From `POST /api/v1/session`."},
            },
        },
    })
}

/// How messages come to a webhook.
const SIGNED: &str = "Sent to the account's webhook, signed by Standard Webhooks with the headers `webhook-id`, `webhook-timestamp` and \
    `webhook-signature`. A 2xx response acknowledges it; otherwise it is retried for a day and a half.";

/// The introduction, in Markdown.
pub(crate) fn introduction(limits: &Limits) -> String {
    format!("{DESCRIPTION}\n\n{}", sentence_on(limits))
}

const DESCRIPTION: &str = "\
After each LLM call, send its token counts (never the prompt) and get grams of CO2e with a range and a confidence level.

JSON in and out. Errors are `application/problem+json` (RFC 9457). Every response has `x-request-id`; responses to a key also have \
`ratelimit-limit`, `ratelimit-remaining` and `ratelimit-reset` (seconds). Malformed HTTP gets 400 or 431 without a body.

Integers have no decimal point and no exponent: `132`, not `132.0`. Lengths of texts are in bytes of UTF-8.

A live key writes and reads live events. A test key writes and reads test events, which are kept apart, never invoiced and never \
in a report. A read key only reads live events.";

fn sentence_on(limits: &Limits) -> String {
    format!(
        "Limits here: a body of {} bytes, a batch of {} bytes and {} events, spans and callbacks of {} bytes; {} requests per second with one key, {} without a valid key from one network address; headers within {} s, \
         a body within {} s; {} connections at a time.",
        limits.body_bytes_max,
        limits.batch_bytes_max,
        limits.batch_events_max,
        limits.telemetry_bytes_max,
        limits.key_requests_per_s_max,
        limits.address_requests_per_s_max,
        limits.header_timeout_s,
        limits.body_timeout_s,
        limits.connections_max,
    )
}

fn languages() -> Value {
    words(&Language::ALL.map(Language::as_str))
}

fn others() -> Named {
    let fault = object([
        ("pointer", text("/model"), "JSON Pointer into the body, or the name of a header or parameter."),
        ("detail", text("is required"), "What is wrong with it."),
    ]);
    vec![
        (
            "Confidence",
            said(words(&CONFIDENCES), "How a factor was obtained, best first; `unknown` without one."),
        ),
        ("Language", said(languages(), &format!("{}.", Language::names()))),
        (
            "Standard",
            said(
                words(&EDITIONS),
                "An edition of the ESRS: Delegated Regulation (EU) 2023/2772 or (EU) 2026/1563. The financial year 2026 may be reported under either.",
            ),
        ),
        ("Method", said(words(&METHODS), "How a call is valued.")),
        (
            "Health",
            object([
                ("status", words(&["ok", "ready"]), "Alive, or able to write and read the ledger."),
                ("version", text(env!("CARGO_PKG_VERSION")), "Version of the server."),
                ("books_down?", array(count()), "Numbers of the books that do not answer, where others do."),
            ]),
        ),
        (
            "Problem",
            object([
                (
                    "type",
                    text("urn:llm-carbon-tracker:problem:invalid-input"),
                    "What kind of problem it is, for programs.",
                ),
                ("title", text("Invalid input"), "The same for people."),
                ("status", integer(400, 599, 422), "The status of the response."),
                ("detail", text("/model is required."), "What is wrong with this request."),
                ("request_id", text("1e7955b2-0000019c"), "As in `x-request-id`."),
                ("errors?", array(fault), "Every field that is wrong."),
                (
                    "suggestions?",
                    at_most(SUGGESTIONS_MAX, text("gpt-4o")),
                    "Listed models whose names are similar to an unknown one.",
                ),
                (
                    "event_id?",
                    text("0199b0e1-7c5f-7cc1-9d6f-0a3f1c2b4d5e"),
                    "Of an event that may have been stored: repeated with this id, it counts once.",
                ),
                (
                    "event_ids?",
                    array(object([
                        ("index", count(), "Place of the row in the batch, from 0."),
                        (
                            "event_id",
                            text("0199b0e1-7c5f-7cc1-9d6f-0a3f1c2b4d5e"),
                            "The id that it was given.",
                        ),
                    ])),
                    "Of rows without an id that may have been stored: repeated with these ids, they count once.",
                ),
            ]),
        ),
    ]
}
