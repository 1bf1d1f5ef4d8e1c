//! The description of the API, OpenAPI 3.1: built from the table of routes, the limits and what handlers take and give.

mod accounts;
mod books;
mod calls;
mod described;
mod operations;
mod pact;
mod registry;
mod schema;

use crate::{
    config::Limits,
    http::route::{self, Access},
    ingest::sources::otlp::PROTOBUF,
    openapi::{
        described::Described,
        operations::describe,
        schema::{array, integer, object, said, text, words},
    },
};
use serde_json::{Map, Value, json};

/// Component schemas by name.
type Named = Vec<(&'static str, Value)>;

const LANGUAGES: [&str; 3] = ["en", "fr", "de"];
const METHODS: [&str; 4] = ["coefficient", "bottom_up", "ecologits", "disclosed"];

/// The whole document.
pub(crate) fn document(limits: &Limits) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for (method, pattern, access, _) in route::operations() {
        // What only pages send and show is no part of the API.
        let Some(described) = describe(method, pattern, limits) else { continue };
        let path = paths.entry(*pattern).or_insert_with(|| json!({}));
        path[method.to_ascii_lowercase()] = operation(described, method, pattern, *access, limits);
    }
    let schemas = [
        accounts::accounts(),
        accounts::tenants(),
        accounts::billing(),
        calls::events(limits),
        books::figures(),
        books::months(),
        books::reports(),
        registry::registry(),
        pact::schemas(),
        others(),
    ];
    let schemas: Map<String, Value> =
        schemas.into_iter().flatten().map(|(name, schema)| (name.to_owned(), schema)).collect();
    let alert = json!({"post": {
        "summary": "A threshold was passed",
        "description": "Sent to the account's webhook, signed as Standard Webhooks asks: headers `webhook-id`, `webhook-timestamp` and \
                        `webhook-signature`. Any 2xx answer takes it; else it is sent again, for a day and a half.",
        "requestBody": {"required": true, "content": {"application/json": {"schema": schema::of("AlertMessage")}}},
        "responses": {"2XX": {"description": "Taken."}}
    }});
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
        "tags": operations::TAGS.map(|(name, description)| json!({"name": name, "description": description})),
        "paths": paths,
        "webhooks": {"alert": alert},
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "`isv_live_…`, `isv_test_…` or `isv_read_…`"},
                "pact": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "/3/auth/token", "scopes": {}}}},
                "session": {"type": "apiKey", "in": "cookie", "name": "carbon_session", "description": "From `POST /api/v1/session`."},
            },
        },
    })
}

/// What to know before anything else, in Markdown.
pub(crate) fn introduction(limits: &Limits) -> String {
    format!("{DESCRIPTION}\n\n{}", sentence_on(limits))
}

const DESCRIPTION: &str = "\
After each LLM call send its token counts, never the prompt, and get grams of CO2e with a range and a confidence level.

JSON in and out. Errors are `application/problem+json` (RFC 9457). Every response carries `x-request-id`; those to a key also \
`ratelimit-limit`, `ratelimit-remaining` and `ratelimit-reset` (seconds). What cannot be read as HTTP gets 400, 414 or 431 \
without a body.

Integers are counts: they are written without a point and without an exponent, `132` and not `132.0`. Lengths of texts are in \
bytes of UTF-8.

A live key writes and reads what counts. A test key has a book of its own that is never billed and never in a report. A read key \
reads the live book.";

fn sentence_on(limits: &Limits) -> String {
    format!(
        "Limits here: a body of {} bytes, a batch of {} bytes and {} events, spans and callbacks of {} bytes; {} requests a second with one key; headers within {} s, \
         a body within {} s; {} connections at a time.",
        limits.body_bytes_max,
        limits.batch_bytes_max,
        limits.batch_events_max,
        limits.telemetry_bytes_max,
        limits.key_requests_per_s_max,
        limits.header_timeout_s,
        limits.body_timeout_s,
        limits.connections_max,
    )
}

fn operation(described: Described, method: &str, pattern: &str, access: Access, limits: &Limits) -> Value {
    let Described { tag, summary, description, query, body, answers, can_miss } = described;
    let in_path = pattern.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<Value> = in_path.map(operations::path_parameter).collect();
    parameters.extend(query);
    let has_query = parameters.iter().any(|parameter| parameter["in"] != "path");
    let mut responses: Map<String, Value> =
        answers.into_iter().map(|(status, answer)| (status.to_string(), answer)).collect();
    let mut problem = |status: u16, when: &str| {
        let mut content = match pact::problem(pattern) {
            Some(schema) => json!({"application/json": {"schema": schema::of(schema)}}),
            None => json!({"application/problem+json": {"schema": schema::of("Problem")}}),
        };
        if pattern == "/v1/traces" {
            // To who sends protobuf, as OTLP asks: google.rpc.Status.
            content[PROTOBUF] = json!({"schema": {"type": "string", "format": "binary"}});
        }
        let mut response = json!({"description": when, "content": content});
        if matches!(status, 429 | 503) {
            response["headers"] =
                json!({"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}});
        }
        responses.insert(status.to_string(), response);
    };
    let keyed = access != Access::Public;
    match access {
        Access::Session => problem(401, "Nobody is logged in."),
        Access::Public if pattern == "/metrics" => problem(401, "Not the token that the operator has set."),
        Access::Public => {}
        Access::Recipient => problem(401, "No access token, or one that is not valid or has expired."),
        _ => problem(401, "No key, or a malformed, unknown or revoked one: the same words for each."),
    }
    if keyed {
        problem(403, "A good key, but not for this.");
    }
    if (method, pattern) == ("POST", "/api/v1/session") {
        problem(401, "The e-mail address and the password do not go together.");
        problem(403, "This came from another site's page.");
    }
    if (method, pattern) == ("POST", "/api/v1/accounts") {
        problem(403, "Sign-up is closed on this server.");
    }
    if can_miss {
        problem(404, "Nothing here, or nothing of yours: the same words for both.");
    }
    if let Some(conflict) = operations::conflict(method, pattern) {
        problem(409, conflict);
    }
    // Any request may carry a body, and is held to its limits.
    let bytes_max = body.as_ref().and_then(|body| body.bytes_max).unwrap_or(limits.body_bytes_max);
    problem(408, "The body did not arrive whole and in time.");
    problem(413, &format!("The body has more than {bytes_max} bytes."));
    if matches!(pattern, "/api/v1/track/batch" | "/v1/traces" | "/api/v1/litellm") {
        problem(415, "A Content-Encoding other than gzip and zstd.");
    }
    if body.is_some() || has_query || pattern.contains("{month}") {
        match pact::problem(pattern) {
            Some(_) => problem(400, "A field is missing or wrong; the message names it."),
            None => problem(422, "A field is missing, wrong or unknown; `errors` names it."),
        }
    }
    if pattern.ends_with("/auth/token") {
        problem(401, "No such client, or another secret.");
        problem(403, "This did not come over HTTPS.");
    }
    if keyed || matches!(pattern, "/api/v1/accounts" | "/api/v1/session" | "/auth/token" | "/3/auth/token") {
        problem(429, "More requests than allowed.");
    }
    if pattern.starts_with("/api/")
        || pact::problem(pattern).is_some()
        || matches!(pattern, "/v1/traces" | "/d/{token}" | "/healthz" | "/readyz")
    {
        problem(503, "The ledger cannot take this now. Nothing was kept.");
    }
    let mut operation = json!({
        "tags": [tag],
        "summary": summary,
        "operationId": operations::id(method, pattern),
        "parameters": parameters,
        "responses": responses,
        "security": match access {
            Access::Public => json!([]),
            Access::Session => json!([{"session": []}]),
            Access::Recipient => json!([{"pact": []}]),
            Access::Owner => json!([{"key": []}, {"session": []}]),
            Access::Write | Access::Read | Access::WriteLive | Access::ReadLive => json!([{"key": []}]),
        },
    });
    let keys = match access {
        Access::Public | Access::Recipient | Access::Session => None,
        Access::Owner => Some("A live key, or logged in."),
        Access::Write => Some("A live or a test key."),
        Access::Read => Some("Any key."),
        Access::WriteLive => Some("A live key."),
        Access::ReadLive => Some("A live or a read key."),
    };
    let sentences: Vec<&str> =
        [description, keys.unwrap_or("")].into_iter().filter(|text| !text.is_empty()).collect();
    if !sentences.is_empty() {
        operation["description"] = json!(sentences.join("\n\n"));
    }
    if let Some(body) = body {
        operation["requestBody"] = body.document();
    }
    operation
}

fn others() -> Named {
    vec![
        (
            "Health",
            object([("status", words(&["ok", "ready"])), ("version", text(env!("CARGO_PKG_VERSION")))]),
        ),
        (
            "Problem",
            object([
                ("type", text("urn:llm-carbon-tracker:problem:invalid-input")),
                ("title", text("Invalid input")),
                ("status", integer(400, 599, 422)),
                ("detail", text("/model is required.")),
                ("request_id", said(text("1e7955b2-0000019c"), "As in `x-request-id`.")),
                (
                    "errors?",
                    array(object([
                        (
                            "pointer",
                            said(
                                text("/model"),
                                "JSON Pointer into the body, or the name of a header or parameter.",
                            ),
                        ),
                        ("detail", text("is required")),
                    ])),
                ),
                ("suggestions?", array(text("gpt-4o"))),
            ]),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, http::route::OPERATIONS};
    use clap::{Args, Command, FromArgMatches};

    #[test]
    fn every_operation_is_described_and_every_reference_leads_somewhere() {
        let arguments = Config::augment_args(Command::new("test")).get_matches_from(["test"]);
        let document = document(&Config::from_arg_matches(&arguments).unwrap().limits);
        let paths = document["paths"].as_object().unwrap();
        for (method, pattern, ..) in OPERATIONS {
            let operation = &paths[*pattern][method.to_ascii_lowercase()];
            assert!(operation["summary"].is_string(), "{method} {pattern}");
        }
        let mut ids: Vec<&str> = paths
            .values()
            .flat_map(|path| path.as_object().unwrap().values())
            .map(|operation| operation["operationId"].as_str().unwrap())
            .collect();
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{ids:?}");
        let text = document.to_string();
        for reference in text.split("#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap();
            assert!(document["components"]["schemas"][name].is_object(), "{name}");
        }
        for name in document["components"]["schemas"].as_object().unwrap().keys() {
            assert!(text.contains(&format!("schemas/{name}\"")), "nothing uses {name}");
        }
    }
}
