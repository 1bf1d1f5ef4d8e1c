//! PACT: its operations, and what they take and give.

use crate::{
    config,
    openapi::{
        Named,
        described::{Described, plain},
        schema::{array, integer, object, of, or_null, request, said, short_text, text, time, uuid},
    },
    pact::MEDIA_TYPE,
};
use serde_json::{Value, json};

/// Schema of the refusals of an operation, where they are not our own.
pub(super) fn problem(pattern: &str) -> Option<&'static str> {
    match pattern {
        "/3/auth/token" | "/auth/token" => Some("OAuthError"),
        "/3/footprints" | "/3/footprints/{id}" | "/3/events" => Some("PactError"),
        _ => None,
    }
}

/// What is said of an operation; `None` where it is none of these.
pub(super) fn describe(method: &str, pattern: &str) -> Option<Described> {
    let urn = || text("urn:pact:example.com:supplier-id:llm-inference-client-xyz-2026-10");
    let moment = || json!({"type": "string", "format": "date-time"});
    Some(match (method, pattern) {
        ("POST", "/api/v1/tenants/{tenant_id}/pact-clients") => {
            plain("pact", "Let a client's system fetch its footprints")
                .describe("Credentials for that tenant alone. With `answers_to` its requests are answered at its own PACT API.")
                .may_take("PactClientRequest", json!({"label": "Their carbon ledger"}))
                .answers(201, "PactClient")
                .can_miss()
        }
        ("GET", "/api/v1/tenants/{tenant_id}/pact-clients") => {
            plain("pact", "List a client's systems").answers(200, "PactClients").can_miss()
        }
        ("DELETE", "/api/v1/tenants/{tenant_id}/pact-clients/{client_id}") => {
            plain("pact", "Revoke a client's system").answers_nothing().can_miss()
        }
        ("POST", "/3/auth/token" | "/auth/token") => plain("pact", "Get an access token")
            .describe("OAuth2 client credentials, by HTTP Basic or in the form. A token lasts an hour. HTTPS only, but on the machine itself.")
            .takes("TokenRequest", json!({"grant_type": "client_credentials"}))
            .sent_as("application/x-www-form-urlencoded")
            .answers(200, "Token"),
        ("GET", "/.well-known/openid-configuration") => {
            plain("pact", "Find where tokens are given").answers(200, "TokenEndpoint")
        }
        ("GET", "/3/footprints") => plain("pact", "List footprints")
            .describe("One for each closed month that has a report, and for each that it has taken the place of. Several values of a criterion: one must fit. A `Link` header leads to more.")
            .query("limit", json!({"type": "integer", "minimum": 0}), "At most 100.")
            .query("after", text("01a20abd-28b2-761c-af30-e523aaa1ccfe"), "Where a part goes on; a `Link` header has it.")
            .query("productId", array(urn()), "")
            .query("companyId", array(text("urn:lei:529900T8BM49AURSDO55")), "")
            .query("geography", array(text("FR")), "")
            .query("classification", array(urn()), "")
            .query("validOn", moment(), "")
            .query("validAfter", moment(), "Valid only after that.")
            .query("validBefore", moment(), "No more valid then.")
            .query("status", text("Active"), "Or `Deprecated`.")
            .answers(200, "Footprints"),
        ("GET", "/3/footprints/{id}") => plain("pact", "Show a footprint").answers(200, "Footprint").can_miss(),
        ("POST", "/3/events") => plain("pact", "Take an event")
            .describe("A CloudEvent: footprints are asked for, or were published, by others. Answered with 200 and nothing, once it is kept.")
            .takes("PactEvent", json!({
                "type": "org.wbcsd.pact.ProductFootprint.RequestCreatedEvent.3",
                "specversion": "1.0",
                "id": "request-1",
                "source": "//client.example/3/events",
                "time": "2026-11-03T10:00:00Z",
                "data": {"productId": ["urn:pact:example.com:supplier-id:llm-inference-client-xyz-2026-10"]},
            }))
            .sent_as(MEDIA_TYPE)
            .up_to(config::PACT_EVENT_BYTES_MAX)
            .answers_at_all(),
        _ => return None,
    })
}

pub(super) fn schemas() -> Named {
    let url = || short_text(config::URL_BYTES_MAX, "https://client.example/pact");
    let label = || short_text(config::LABEL_BYTES_MAX, "Their carbon ledger");
    let pf_id = || json!({"type": "string", "format": "uuid"});
    let answers_to = request([
        ("url", said(url(), "What the paths of its API begin with: `/3/events` is added.")),
        ("token_url?", said(url(), "Where it gives tokens; `/auth/token` under its address by default.")),
        ("client_id", short_text(config::NAME_BYTES_MAX, "tracker")),
        ("client_secret", short_text(config::URL_BYTES_MAX, "…")),
    ]);
    vec![
        ("PactClientRequest", request([("label?", label()), ("answers_to?", answers_to)])),
        (
            "PactClient",
            object([
                ("client_id", uuid()),
                ("client_secret", said(text("isv_pact_…"), "Shown once.")),
                ("token_url", text("https://tracker.example/3/auth/token")),
                ("footprints_url", text("https://tracker.example/3/footprints")),
            ]),
        ),
        (
            "PactClients",
            object([(
                "clients",
                array(object([
                    ("client_id", uuid()),
                    ("label", text("Their carbon ledger")),
                    ("answers_to", or_null(&text("https://client.example/pact"))),
                    ("created_at", time()),
                    ("revoked_at", or_null(&time())),
                ])),
            )]),
        ),
        (
            "TokenRequest",
            json!({"type": "object", "required": ["grant_type"], "properties": {
                "grant_type": {"const": "client_credentials"},
                "client_id": {"type": "string"},
                "client_secret": {"type": "string"},
            }}),
        ),
        (
            "Token",
            object([
                ("access_token", text("…")),
                ("token_type", text("Bearer")),
                ("expires_in", integer(1, 3_600, 3_600)),
            ]),
        ),
        (
            "TokenEndpoint",
            json!({"type": "object", "required": ["token_endpoint"], "properties": {"token_endpoint": {"type": "string"}}}),
        ),
        ("Footprints", object([("data", array(of("ProductFootprint")))])),
        ("Footprint", object([("data", of("ProductFootprint"))])),
        ("PactEvent", event(&pf_id())),
        ("PactError", object([("code", text("NotFound")), ("message", text("There is no such footprint."))])),
        ("OAuthError", object([("error", text("invalid_client")), ("error_description", text("…"))])),
    ]
}

/// A CloudEvent of any of the four kinds; what else is in it is passed over.
fn event(pf_id: &Value) -> Value {
    let words = ["PublishedEvent", "RequestCreatedEvent", "RequestFulfilledEvent", "RequestRejectedEvent"];
    let types = words.map(|word| format!("org.wbcsd.pact.ProductFootprint.{word}.3"));
    json!({
        "type": "object",
        "required": ["type", "specversion", "id", "source", "time", "data"],
        "properties": {
            "type": {"enum": types},
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "minLength": 1},
            "source": {"type": "string", "minLength": 1},
            "time": {"type": "string", "format": "date-time"},
            "data": {"type": "object", "properties": {"pfIds": {"type": "array", "items": pf_id}}},
        },
    })
}
