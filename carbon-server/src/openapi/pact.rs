//! PACT: the bodies of its requests and responses.

use crate::{
    config,
    openapi::{
        Named,
        schema::{
            array, at_most, integer, object, of, open_object, or_null, request, short_text, text, time, uuid,
        },
    },
};
use serde_json::{Value, json};

pub(super) fn clients() -> Named {
    const LABEL: &str = "What you call the client's system.";
    const ID: &str = "Its OAuth2 client id.";
    let url = || short_text(config::URL_BYTES_MAX, "https://client.example/pact");
    let label = short_text(config::LABEL_BYTES_MAX, "Their carbon ledger");
    let answers_to = request([
        ("url", url(), "Base URL of its API; `/3/events` is appended."),
        ("token_url?", url(), "Its token endpoint; by default `/auth/token` under the base URL."),
        ("client_id", short_text(config::NAME_BYTES_MAX, "tracker"), "Our client id there."),
        ("client_secret", short_text(config::URL_BYTES_MAX, "…"), "Our secret there."),
    ]);
    vec![
        (
            "PactClientRequest",
            request([
                ("label?", label, LABEL),
                ("answers_to?", answers_to, "Its own PACT API, where its requests are answered."),
            ]),
        ),
        (
            "PactClient",
            object([
                ("client_id", uuid(), ID),
                ("client_secret", text("isv_pact_…"), "Its secret, shown once."),
                ("token_url", text("https://tracker.example/3/auth/token"), "Where it gets access tokens."),
                (
                    "footprints_url",
                    text("https://tracker.example/3/footprints"),
                    "Where it reads footprints.",
                ),
            ]),
        ),
        (
            "PactClientEntry",
            object([
                ("client_id", uuid(), ID),
                ("label", text("Their carbon ledger"), LABEL),
                (
                    "answers_to",
                    or_null(&text("https://client.example/pact")),
                    "Base URL of its own PACT API; null if it has none.",
                ),
                ("created_at", time(), "When it was created."),
                ("revoked_at", or_null(&time()), "When it was revoked; null while it works."),
            ]),
        ),
        (
            "PactClients",
            object([(
                "clients",
                array(of("PactClientEntry")),
                "Every system of the client, revoked ones included.",
            )]),
        ),
    ]
}

pub(super) fn tokens() -> Named {
    let grant = json!({"const": "client_credentials"});
    vec![
        (
            "TokenRequest",
            open_object([
                ("grant_type", grant, "The only grant there is."),
                ("client_id?", json!({"type": "string"}), "By default in HTTP Basic."),
                ("client_secret?", json!({"type": "string"}), "By default in HTTP Basic."),
            ]),
        ),
        (
            "Token",
            object([
                ("access_token", text("…"), "To be sent as `Authorization: Bearer`."),
                ("token_type", text("Bearer"), "How to send it."),
                ("expires_in", integer(1, 3_600, 3_600), "Seconds until it expires."),
            ]),
        ),
        (
            "TokenEndpoint",
            open_object([("token_endpoint", json!({"type": "string"}), "Where to get access tokens.")]),
        ),
        (
            "OAuthError",
            object([
                ("error", text("invalid_client"), "A word of RFC 6749."),
                ("error_description", text("…"), "The same in a sentence."),
            ]),
        ),
    ]
}

pub(super) fn footprints() -> Named {
    vec![
        (
            "Footprints",
            object([(
                "data",
                at_most(config::PACT_FOOTPRINTS_MAX, of("ProductFootprint")),
                "This page of footprints.",
            )]),
        ),
        ("Footprint", object([("data", of("ProductFootprint"), "The footprint.")])),
        ("PactEvent", event()),
        (
            "PactError",
            object([
                ("code", text("NotFound"), "A word of the PACT specification."),
                ("message", text("No such footprint."), "The same in a sentence."),
            ]),
        ),
    ]
}

/// A CloudEvent of any of the four kinds; other fields are ignored.
fn event() -> Value {
    let words = ["PublishedEvent", "RequestCreatedEvent", "RequestFulfilledEvent", "RequestRejectedEvent"];
    let types = words.map(|word| format!("org.wbcsd.pact.ProductFootprint.{word}.3"));
    let name = || json!({"type": "string", "minLength": 1});
    let data = open_object([(
        "pfIds?",
        array(json!({"type": "string", "format": "uuid"})),
        "Ids of the footprints that were published.",
    )]);
    open_object([
        ("type", json!({"type": "string", "enum": types}), "What happened."),
        ("specversion", json!({"const": "1.0"}), "Version of CloudEvents."),
        ("id", name(), "Id of the event, unique in its source."),
        ("source", name(), "Who sends it."),
        ("time", time(), "When it happened."),
        ("data", data, "What the event is about, by its type."),
    ])
}
