//! PACT: the bodies of its requests and responses.

use crate::{
    config,
    openapi::{
        Named,
        schema::{array, integer, object, of, or_null, request, said, short_text, text, time, uuid},
    },
};
use serde_json::{Value, json};

pub(super) fn schemas() -> Named {
    let url = || short_text(config::URL_BYTES_MAX, "https://client.example/pact");
    let label = || short_text(config::LABEL_BYTES_MAX, "Their carbon ledger");
    let pf_id = || json!({"type": "string", "format": "uuid"});
    let answers_to = request([
        ("url", said(url(), "Base URL of its API; `/3/events` is appended.")),
        ("token_url?", said(url(), "Its token endpoint; by default `/auth/token` under the base URL.")),
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
        ("PactError", object([("code", text("NotFound")), ("message", text("No such footprint."))])),
        ("OAuthError", object([("error", text("invalid_client")), ("error_description", text("…"))])),
    ]
}

/// A CloudEvent of any of the four kinds; other fields are ignored.
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
