//! Every operation in a sentence: what it takes, what it answers.

use crate::openapi::described::plain;
use crate::openapi::described::{Body, Described, Other};
use crate::{
    config::{self, Limits},
    ingest::sources::otlp::PROTOBUF,
    openapi::schema::{day, factor_set as released, integer, short_text, text},
};
use serde_json::{Value, json};

pub(super) const TAGS: [(&str, &str); 10] = [
    ("track", "Counting calls, told by you or by what you use already; cancelling one."),
    ("estimate", "What a call comes to, and the registry behind it."),
    ("usage", "How much was used, and what it comes to."),
    ("months", "Closing months, and telling them anew."),
    ("reports", "The month's document for a client."),
    ("tenants", "Your clients: names, dashboards, export, erasure."),
    ("pact", "Footprints for clients' own systems, as PACT has them (version 3)."),
    ("billing", "What the tracker costs, and being told in time."),
    ("account", "Signing up, logging in, keys."),
    ("machinery", "Health, metrics, this description."),
];

/// A parameter in the path.
pub(super) fn path_parameter(name: &str) -> Value {
    let schema = match name {
        "month" => crate::openapi::schema::month(),
        "tenant_id" | "event_id" => short_text(config::ID_BYTES_MAX, "client-xyz"),
        "name" => text("gpt-4o"),
        "file" => text("lct.xsd"),
        _ => text("01a20abd-28b2-761c-af30-e523aaa1ccfe"),
    };
    json!({"name": name, "in": "path", "required": true, "schema": schema})
}

/// When an operation contradicts what is there already.
pub(super) fn conflict(method: &str, pattern: &str) -> Option<&'static str> {
    Some(match (method, pattern) {
        ("POST", "/api/v1/track") => "The `event_id` was used before, for an event with other content.",
        ("POST", "/api/v1/track/batch") => {
            "The `Idempotency-Key` was used before, for a batch with other content."
        }
        ("POST", "/api/v1/events/{event_id}/reversal") => "A reversal cannot be reversed.",
        ("POST", "/api/v1/accounts") => "The address has an account.",
        ("POST", "/api/v1/keys") => "The account has as many keys as it may have.",
        ("POST", "/api/v1/months/{month}/close") => {
            "The month has not ended, or was closed under another factor set."
        }
        ("POST", "/api/v1/restatements") => "The month is open.",
        ("GET", "/api/v1/report-batches/{batch_id}/reports.zip") => "The reports are still being made.",
        _ => return None,
    })
}

/// A name for generated clients: `post_track_batch`.
pub(super) fn id(method: &str, pattern: &str) -> String {
    let path = pattern.trim_start_matches("/api/v1");
    let words = path.split(['/', '-', '.', '{', '}']).filter(|word| !word.is_empty());
    words.fold(method.to_ascii_lowercase(), |name, word| format!("{name}_{word}"))
}

/// What is said of an operation; `None` for files of the pages.
pub(super) fn describe(method: &str, pattern: &str, limits: &Limits) -> Option<Described> {
    let event = json!({"tenant_id": "client-xyz", "model": "mistral-large-2", "prompt_tokens": 600, "completion_tokens": 400});
    let factor_set =
        |described: Described| described.query("factor_set", released(), "The newest by default.");
    if let Some(described) = crate::openapi::pact::describe(method, pattern) {
        return Some(described);
    }
    Some(match (method, pattern) {
        ("POST", "/api/v1/track") => plain("track", "Count an LLM call")
            .describe("When the answer is 200, the event is on disk. Any field that is not listed is refused by name: prompts cannot get in.")
            .idempotent(config::ID_BYTES_MAX)
            .takes("TrackRequest", event)
            .answers(200, "Tracked"),
        ("POST", "/api/v1/track/batch") => {
            let lines = json!({"type": "string", "description": "One event a line."});
            plain("track", "Count many calls at once")
                .describe("A JSON array, or NDJSON; `Content-Encoding: gzip` or `zstd`. Good events are kept, bad ones are named.")
                .idempotent(config::ID_BYTES_MAX - 21)
                .takes("Events", json!([event]))
                .large(limits.batch_bytes_max, Some(Other { media_type: "application/x-ndjson", schema: lines }))
                .answers(200, "Batch")
        }
        ("POST", "/v1/traces") => {
            let message = json!({"type": "string", "format": "binary", "description": "The same as protocol buffers."});
            plain("track", "Count the LLM calls of OpenTelemetry spans")
                .describe("OTLP over HTTP, `Content-Encoding: gzip`. Spans by the GenAI conventions become events, with trace id and span id as their id; other spans are passed over. Of attributes those that are listed are read; prompts and answers are dropped.")
                .takes("Export", json!({"resourceSpans": []}))
                .large(limits.telemetry_bytes_max, Some(Other { media_type: PROTOBUF, schema: message }))
                .answers(200, "Exported")
        }
        ("POST", "/api/v1/litellm") => plain("track", "Count the calls that LiteLLM logs")
            .describe("What LiteLLM's generic API callback sends: an array, one call, or one a line. Of it the counts and names are read; prompts and answers are dropped.")
            .takes("LiteLlmLog", json!([]))
            .large(limits.telemetry_bytes_max, None)
            .answers(200, "Batch"),
        ("GET", "/api/v1/sources") => plain("track", "Show how spans and LiteLLM's calls find their tenant").answers(200, "Sources"),
        ("PUT", "/api/v1/sources") => plain("track", "Say how spans and LiteLLM's calls find their tenant")
            .describe("What is left out is as in a new account.")
            .takes("SourcesRequest", json!({"span_attributes": ["customer.id", "tenant.id"]}))
            .answers(200, "Sources"),
        ("POST", "/api/v1/events/{event_id}/reversal") => plain("track", "Cancel an event")
            .describe("By a second, negative row; both stay in the ledger. The same call again changes nothing.")
            .may_take("ReversalRequest", json!({}))
            .answers(200, "Reversal")
            .can_miss(),
        ("POST", "/api/v1/estimate") => factor_set(plain("estimate", "Estimate a call by every method"))
            .describe("Nothing is stored and nothing billed.")
            .takes("EstimateRequest", json!({"model": "gpt-4o", "input_tokens": 0, "output_tokens": 400, "region": "FRA", "methods": "all"}))
            .answers(200, "Estimate"),
        ("GET", "/api/v1/models") => factor_set(plain("estimate", "List the registry")).answers(200, "Models"),
        ("GET", "/api/v1/models/{name}") => factor_set(plain("estimate", "Show the model that a name leads to"))
            .describe("Any spelling, slashes included. Else 404 with `suggestions`.")
            .answers(200, "ShownModel")
            .can_miss(),
        ("GET", "/api/v1/usage") => plain("usage", "Add up usage by day, month, model, tenant, region or tag")
            .query("from", day(), "First day, UTC; that of the month of `to` by default.")
            .query("to", day(), "Last day, UTC; today by default.")
            .query("tenant_id", short_text(config::ID_BYTES_MAX, "client-xyz"), "This tenant alone.")
            .query("group_by", json!({"type": "string", "pattern": "^(day|month|model|tenant|region|tag:.+)$", "examples": ["day"]}), "`day` by default.")
            .query("limit", integer(1, config::USAGE_ROWS_MAX as u64, 100), "Rows of a page.")
            .query("cursor", text("2026-10-05"), "The `next` of the page before.")
            .answers(200, "Usage")
            .can_miss(),
        ("GET", "/api/v1/months/{month}") => plain("months", "Show a month")
            .query("tenant_id", short_text(config::ID_BYTES_MAX, "client-xyz"), "Adds this tenant's part of a closed month.")
            .answers(200, "Month")
            .can_miss(),
        ("POST", "/api/v1/months/{month}/close") => plain("months", "Close a month")
            .describe("Pins its events, its factor set and its figures. Reports on it are final from then on.")
            .may_take("CloseRequest", json!({"factor_set": "2026.11"}))
            .answers(200, "Month"),
        ("POST", "/api/v1/restatements") => plain("months", "Restate a closed month")
            .takes("RestatementRequest", json!({"month": "2026-10", "reason": "New factors"}))
            .answers(201, "Restatement"),
        ("GET", "/api/v1/restatements/{restatement_id}") => plain("months", "Show a restatement").answers(200, "Restatement").can_miss(),
        ("POST", "/api/v1/reports") => plain("reports", "Issue a client's report of a month")
            .describe("The same request on the same data answers the same report and is billed once. `*` makes every client's: 202.")
            .takes("ReportRequest", json!({"tenant_id": "client-xyz", "month": "2026-10", "language": "en"}))
            .answers(201, "Report")
            .answers(202, "ReportBatch")
            .can_miss(),
        ("GET", "/api/v1/reports/{report_id}/report.pdf") => {
            plain("reports", "Download the PDF").answers_file("application/pdf", "The report.").can_miss()
        }
        ("GET", "/api/v1/reports/{report_id}/statement.json") => {
            plain("reports", "Download the statement").answers(200, "Statement").can_miss()
        }
        ("GET", "/api/v1/reports/{report_id}/lines.csv") => {
            plain("reports", "Download every line").answers_file("text/csv", "Every line of the tables.").can_miss()
        }
        ("GET", "/api/v1/reports/{report_id}/statement.xbrl.json") => plain("reports", "Download the key figures as xBRL-JSON")
            .describe("In a small taxonomy of our own, `GET /taxonomy/lct.xsd`: one supplier's line, never the client's gross Scope 3.")
            .answers(200, "Xbrl")
            .can_miss(),
        ("GET", "/api/v1/reports/{report_id}/statement.vsme.json") => plain("reports", "Download the line as a VSME text block")
            .describe("xBRL-JSON in EFRAG's VSME taxonomy, which its reader has. None where nothing in the month has a factor.")
            .answers(200, "Xbrl")
            .can_miss(),
        ("GET", "/api/v1/reports/{report_id}/footprint.pact.json") => plain("reports", "Download the month as a PACT footprint")
            .describe("None where nothing in the month has a factor: it would be a zero.")
            .answers(200, "ProductFootprint")
            .can_miss(),
        ("GET", "/api/v1/reports/{report_id}/focus.csv") => plain("reports", "Download every day, model and region")
            .describe("In columns of FOCUS, to be joined with a cost export.")
            .answers_file("text/csv", "A row a day, model and region.")
            .can_miss(),
        ("GET", "/taxonomy/{file}") => plain("reports", "Download a file of the XBRL taxonomy")
            .describe("`lct.xsd` is its entry point. Beside it belong the linkbases that it names.")
            .answers_file("application/xml", "The file.")
            .can_miss(),
        ("GET", "/api/v1/reports/{report_id}/evidence.zip") => plain("reports", "Download the evidence pack")
            .answers_file("application/zip", "Everything that an auditor needs to compute the report again.")
            .can_miss(),
        ("GET", "/api/v1/report-batches/{batch_id}") => plain("reports", "Show how far a batch of reports is").answers(200, "ReportBatch").can_miss(),
        ("GET", "/api/v1/report-batches/{batch_id}/reports.zip") => {
            plain("reports", "Download a batch of reports").answers_file("application/zip", "Every PDF, and a list of them.").can_miss()
        }
        ("GET", "/api/v1/carbon.txt") => plain("reports", "Download a carbon.txt for your site")
            .describe("Names the method page and the factors, which are public; nothing of a client.")
            .answers_file("text/plain", "carbon.txt, syntax 0.6."),
        ("GET", "/api/v1/branding") => plain("reports", "Show how reports look").answers(200, "Branding"),
        ("PUT", "/api/v1/branding") => {
            let branding = plain("reports", "Set how reports look")
                .describe("What is left out is taken away.")
                .takes("BrandingRequest", json!({"accent": "#1f6f54"}))
                .answers(200, "Branding");
            let body = Body { bytes_max: Some(config::BRANDING_BYTES_MAX), ..branding.body? };
            Described { body: Some(body), ..branding }
        }
        ("GET", "/api/v1/tenants") => plain("tenants", "List tenants")
            .query("limit", integer(1, config::TENANTS_MAX as u64, 100), "Tenants of a page.")
            .query("cursor", text("client-xyz"), "The `next` of the page before.")
            .answers(200, "Tenants"),
        ("GET", "/api/v1/tenants/{tenant_id}") => plain("tenants", "Show a tenant").answers(200, "Tenant").can_miss(),
        ("PUT", "/api/v1/tenants/{tenant_id}") => plain("tenants", "Set what is said of a tenant")
            .describe("It need not have sent anything yet. What is left out is taken away.")
            .takes("TenantRequest", json!({"legal_name": "Client XYZ S.A.S.", "language": "fr", "region": "FRA"}))
            .answers(200, "Tenant"),
        ("DELETE", "/api/v1/tenants/{tenant_id}") => plain("tenants", "Erase a tenant")
            .describe("Its id, names, tags and reports are gone for good; sums, bills and closed months stay, without a name.")
            .answers_nothing()
            .can_miss(),
        ("GET", "/api/v1/tenants/{tenant_id}/export.zip") => plain("tenants", "Export everything about a tenant")
            .answers_file("application/zip", "Events, reports, figures of closed months and of restatements, links, opened dashboards, alerts, PACT clients and their events.")
            .can_miss(),
        ("POST", "/api/v1/tenants/{tenant_id}/dashboard-links") => plain("tenants", "Make a dashboard link")
            .takes("DashboardLinkRequest", json!({"expires_in_days": 30}))
            .answers(201, "DashboardLink")
            .can_miss(),
        ("GET", "/api/v1/tenants/{tenant_id}/dashboard-links") => plain("tenants", "List dashboard links").answers(200, "DashboardLinks").can_miss(),
        ("DELETE", "/api/v1/tenants/{tenant_id}/dashboard-links/{link_id}") => {
            plain("tenants", "Revoke a dashboard link").answers_nothing().can_miss()
        }
        ("GET", "/d/{token}") => plain("tenants", "Open a dashboard")
            .describe("A page for people. Counts this client as active in the month. `?month=` and `?language=` pick what it shows; what of them cannot be read is passed over.")
            .answers_file("text/html", "The client's dashboard.")
            .can_miss(),
        ("GET", "/api/v1/billing/{month}") => plain("billing", "Show the bill of a month").answers(200, "Bill"),
        ("GET", "/api/v1/billing/{month}/lines.csv") => {
            plain("billing", "Download the bill's lines").answers_file("text/csv", "The same lines.")
        }
        ("GET", "/api/v1/webhook") => plain("billing", "Show the webhook").answers(200, "Webhook").can_miss(),
        ("PUT", "/api/v1/webhook") => plain("billing", "Set the webhook")
            .describe("Told of 80 and 100 % of the free events and of each client's carbon budget.")
            .takes("WebhookRequest", json!({"url": "https://example.com/hook"}))
            .answers(200, "Webhook"),
        ("DELETE", "/api/v1/webhook") => plain("billing", "Remove the webhook").answers_nothing().can_miss(),
        ("POST", "/api/v1/accounts") => plain("account", "Sign up")
            .takes("AccountRequest", json!({"email": "you@example.com", "password": "correct horse battery", "organisation": "Example Software"}))
            .answers(201, "Account"),
        ("POST", "/api/v1/session") => plain("account", "Log in")
            .describe("Sets the cookie `carbon_session`.")
            .takes("LogInRequest", json!({"email": "you@example.com", "password": "correct horse battery"}))
            .answers(200, "Session"),
        ("GET", "/api/v1/session") => plain("account", "Show who is logged in").answers(200, "Session"),
        ("DELETE", "/api/v1/session") => plain("account", "Log out").answers_nothing(),
        ("GET", "/api/v1/keys") => plain("account", "List keys").answers(200, "Keys"),
        ("POST", "/api/v1/keys") => {
            plain("account", "Create a key").takes("KeyRequest", json!({"kind": "read", "label": "sustainability team"})).answers(201, "Key")
        }
        ("DELETE", "/api/v1/keys/{key_id}") => plain("account", "Revoke a key").describe("It stops at once.").answers_nothing().can_miss(),
        ("GET", "/healthz") => plain("machinery", "Say whether the process is well").answers(200, "Health"),
        ("GET", "/readyz") => plain("machinery", "Say whether the ledger takes and gives").answers(200, "Health"),
        ("GET", "/metrics") => plain("machinery", "Count")
            .describe("OpenMetrics. Asks for a token where the operator has set one.")
            .answers_file("application/openmetrics-text", "Counters, gauges, histograms."),
        ("GET", "/openapi.json") => {
            let document = json!({"description": "This.", "content": {"application/json": {"schema": {"type": "object"}}}});
            let mut described = plain("machinery", "Describe the API");
            described.answers.push((200, document));
            described
        }
        ("GET", "/docs") => plain("machinery", "Show this description").answers_file("text/html", "A page."),
        _ => return None,
    })
}
