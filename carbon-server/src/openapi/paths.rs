//! Operations in OpenAPI: ids, parameters and possible errors.

use crate::{
    config::{self, Limits},
    http::{
        media_type::PROTOBUF,
        route::{Access, Dialect, KeyForms, ProblemFormat},
    },
    openapi::{
        MONTH, Path,
        described::Described,
        schema::{month, of, printed_text, short_text, text},
    },
};
use serde_json::{Map, Value, json};

pub(super) const TAGS: [(&str, &str); 15] = [
    ("track", "Record calls, directly or from tools you already use, and cancel them."),
    ("estimate", "The emissions of a call, and the registry behind them."),
    ("grids", "Your own grid series by the hour or month, and sums by the hour."),
    ("own models", "Your own names and models: deployments, fine-tunes, models on your own machines."),
    ("usage", "Activity and emissions."),
    ("months", "Closing and restating months."),
    ("reports", "The month's document for a client."),
    ("tenants", "Your clients: names, dashboards, export, erasure."),
    ("mail", "Who is sent reports by mail, and what became of it."),
    ("measurements", "Metered energy of models that you serve yourself."),
    ("market", "Market-based accounting: instruments, residual mixes, what clouds report of your services."),
    ("pact", "Footprints for clients' own systems, as PACT has them (version 3)."),
    ("billing", "Invoices and alerts."),
    ("account", "Signing up, logging in, keys."),
    ("machinery", "Health, metrics, this description."),
];

/// A parameter in the path.
pub(super) fn path_parameter(name: &str) -> Value {
    let (schema, meaning) = match name {
        "month" => (month(), MONTH),
        "tenant_id" => (short_text(config::ID_BYTES_MAX, "client-xyz"), "Your id of the client."),
        "event_id" => (short_text(config::ID_BYTES_MAX, "e-1"), "Id of the event."),
        "name" => (text("gpt-4o"), "A name of the model, in any spelling."),
        "target_name" => (printed_text(config::TARGET_NAME_BYTES_MAX, "intensity"), "Name of the target."),
        "served_name" => (text("prod-llama"), "Name under which the model is served."),
        "zone" => (text("FRA"), "The grid: a country or a cloud region."),
        "year" => (text("2026"), "The year."),
        "file" => (text("lct.xsd"), "Name of the file."),
        _ => (text("01a20abd-28b2-761c-af30-e523aaa1ccfe"), "Its id."),
    };
    json!({"name": name, "in": "path", "required": true, "schema": schema, "description": meaning})
}

/// A name for generated clients: `post_track_batch`.
pub(super) fn id(method: &str, pattern: &str) -> String {
    let path = pattern.trim_start_matches("/api/v1");
    let words = path.split(['/', '-', '.', '{', '}']).filter(|word| !word.is_empty());
    words.fold(method.to_ascii_lowercase(), |name, word| format!("{name}_{word}"))
}

impl Path {
    /// Its request, its responses and its errors.
    pub(super) fn document(self, limits: &Limits) -> Value {
        let id = id(self.method, self.pattern);
        let security = security(self.access, self.key_forms);
        let description = self.description();
        let parameters = self.parameters();
        let responses = self.responses(limits);
        let Described { tag, summary, body, .. } = self.described;
        let mut operation = json!({
            "tags": [tag],
            "summary": summary,
            "operationId": id,
            "parameters": parameters,
            "responses": responses,
            "security": security,
        });
        if !description.is_empty() {
            operation["description"] = json!(description);
        }
        if let Some(body) = body {
            operation["requestBody"] = body.document();
        }
        operation
    }

    /// The parameters: those in the path, then those of the query.
    fn parameters(&self) -> Vec<Value> {
        let in_path =
            self.pattern.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
        in_path.map(path_parameter).chain(self.described.query.iter().cloned()).collect()
    }

    /// The description, with the keys that the operation accepts.
    fn description(&self) -> String {
        let keys = accepted_keys(self.access).unwrap_or("");
        let sentences: Vec<&str> =
            [self.described.description, keys].into_iter().filter(|text| !text.is_empty()).collect();
        sentences.join("\n\n")
    }

    /// The responses by status: its answers, then its problems.
    fn responses(&self, limits: &Limits) -> Map<String, Value> {
        let Path { pattern, access, is_counted, body: limit, problems: format, ref described, .. } = *self;
        let mut responses: Map<String, Value> =
            described.answers.iter().map(|(status, answer)| (status.to_string(), answer.clone())).collect();
        let mut problem = |status: u16, when: &str| {
            responses.insert(status.to_string(), problem_response(format, status, when));
        };
        let keyed = !matches!(access, Access::Public | Access::Open);
        match access {
            Access::Session => problem(401, "Not logged in."),
            Access::Public => {}
            Access::Recipient => problem(401, "The access token is missing, invalid or expired."),
            _ => problem(401, "The key is missing, malformed, unknown or revoked."),
        }
        if keyed {
            problem(403, "A valid key that may not do this.");
        }
        if described.can_miss {
            problem(404, "It does not exist, or belongs to another account.");
        }
        // Any request may have a body, and the limits apply to it.
        let bytes_max = limit.bytes_max(limits);
        problem(408, "The body was incomplete or late.");
        problem(413, &format!("The body has more than {bytes_max} bytes."));
        if limit.is_of_many() {
            problem(415, "A Content-Encoding other than gzip and zstd.");
        }
        if described.body.is_some()
            || described.query.iter().any(|parameter| parameter["in"] != "path")
            || pattern.contains("{month}")
        {
            match format {
                ProblemFormat::Pact(_) => {
                    problem(400, "A field is missing or invalid; the message names it.");
                }
                ProblemFormat::Problem | ProblemFormat::Otlp | ProblemFormat::Grpc => {
                    problem(422, "A field is missing, invalid or unknown; `errors` names it.");
                }
            }
        }
        if keyed || is_counted {
            problem(429, "More requests than allowed.");
        }
        if pattern.starts_with("/api/") || matches!(format, ProblemFormat::Pact(_)) || described.needs_ledger
        {
            problem(503, "The ledger is unavailable; `detail` says whether anything was stored.");
        }
        for (status, when) in &described.problems {
            problem(*status, when);
        }
        responses
    }
}

/// A response with a problem, in the format of the operation.
fn problem_response(format: ProblemFormat, status: u16, when: &str) -> Value {
    let problem = || json!({"application/problem+json": {"schema": of("Problem")}});
    let content = match format {
        ProblemFormat::Problem | ProblemFormat::Grpc => problem(),
        ProblemFormat::Otlp => {
            let mut content = problem();
            // Requests in protobuf get google.rpc.Status, as OTLP requires.
            content[PROTOBUF] = json!({"schema": {"type": "string", "format": "binary"}});
            content
        }
        ProblemFormat::Pact(Dialect::Pact) => {
            json!({"application/json": {"schema": of("PactError")}})
        }
        ProblemFormat::Pact(Dialect::OAuth) => {
            json!({"application/json": {"schema": of("OAuthError")}})
        }
    };
    let mut response = json!({"description": when, "content": content});
    if matches!(status, 429 | 503) {
        response["headers"] =
            json!({"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}});
    }
    response
}

/// How a caller authenticates.
fn security(access: Access, key_forms: KeyForms) -> Value {
    if key_forms == KeyForms::Exporter {
        return json!([{"key": []}, {"exporter": []}, {"x-api-key": []}]);
    }
    match access {
        Access::Public => json!([]),
        Access::Open => json!([{}, {"key": []}]),
        Access::Session => json!([{"session": []}]),
        Access::Recipient => json!([{"pact": []}]),
        Access::Owner => json!([{"key": []}, {"session": []}]),
        Access::Write | Access::Read | Access::WriteLive | Access::ReadLive => json!([{"key": []}]),
    }
}

/// The keys that the operation accepts.
fn accepted_keys(access: Access) -> Option<&'static str> {
    match access {
        Access::Public | Access::Recipient | Access::Session => None,
        Access::Open => Some("None, or any key: then the account's own names and models are known."),
        Access::Owner => Some("A live key or a session."),
        Access::Write => Some("A live or a test key."),
        Access::Read => Some("Any key."),
        Access::WriteLive => Some("A live key."),
        Access::ReadLive => Some("A live or a read key."),
    }
}
