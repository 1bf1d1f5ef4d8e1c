//! The table of the API: every method on every path, its access, limits and description in `/openapi.json`, and its
//! handler. A new endpoint is a row here.

use crate::{
    api::{
        accounts, batch, billing, branding, carbon_txt, checkpoint, dashboard_links, description, estimate,
        grid_series, grpc, health, keys, langfuse, litellm, measurements, models, months, own_models, pact,
        pact_clients, password, report_batches, reports, restatements, reversals, session, sessions, sources,
        taxonomy,
        telemetry::{grpc_endpoint, pass_over_endpoint, passed_over, spans_endpoint},
        tenant_export, tenants, track, usage, webhook,
    },
    app::operation::{Operation, handler},
    config,
    http::{
        media_type::CLOUD_EVENT,
        route::{
            Access::{Open, Owner, Public, Read, ReadLive, Recipient, Session, Write, WriteLive},
            BodyLimit, Dialect, ProblemFormat,
            RequestHeader::{Authorization, ContentEncoding, ContentType, Cookie, Host},
        },
    },
    openapi::{
        self,
        described::{Described, plain},
        schema::{at_most, day, day_or_time, factor_set, flag, integer, short_text, text},
    },
};
use carbon_report::Form;
use serde_json::{Value, json};

/// The operations of the API.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::post("/api/v1/track", Write, handler!(|app, input| track::create(app, &input).await)).at_once()
        .described(|_| plain("track", "Record an LLM call")
            .describe("When the response is 200, the event is on disk. Unlisted fields are rejected by name, so prompts cannot get in.")
            .idempotent(config::ID_BYTES_MAX)
            .takes("TrackRequest", example_event())
            .answers(200, "Tracked").problem(409, "The `event_id` was already used for an event with different content.")),
    Operation::post("/api/v1/track/batch", Write, handler!(|app, input| batch::create(app, input).await)).at_once()
        .reads(&[ContentType, ContentEncoding])
        .takes(BodyLimit::Batch)
        // The other format of the body is in its description only: clients that generators make for two formats of a list
        // cannot send it.
        .described(|_| plain("track", "Record many calls")
            .describe("A JSON array; or NDJSON, one event per line, as `application/x-ndjson`. `Content-Encoding: gzip` or `zstd`. Valid events are stored, invalid ones are listed.")
            .idempotent(config::ID_BYTES_MAX - 21)
            .takes("Events", json!([example_event()]))
            .answers(200, "Batch").problem(409, "The `Idempotency-Key` was already used for a batch with different content.")),
    spans_endpoint("/v1/traces"),
    spans_endpoint("/api/public/otel/v1/traces"),
    spans_endpoint("/otel/v1/traces"),
    grpc_endpoint("/opentelemetry.proto.collector.trace.v1.TraceService/Export", BodyLimit::Telemetry, handler!(|app, input| grpc::traces(app, input).await)),
    pass_over_endpoint("/v1/metrics", |_| passed_over("Accept OpenTelemetry metrics, and keep nothing")),
    pass_over_endpoint("/v1/logs", |_| passed_over("Accept OpenTelemetry logs, and keep nothing")),
    grpc_endpoint("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", BodyLimit::Dropped, handler!(|_app, _input| Ok(grpc::pass_over()))),
    grpc_endpoint("/opentelemetry.proto.collector.logs.v1.LogsService/Export", BodyLimit::Dropped, handler!(|_app, _input| Ok(grpc::pass_over()))),
    Operation::get("/api/public/projects", Write, handler!(|app, input| langfuse::projects(app, &input).await))
        .sent_by_exporters()
        .described(|_| plain("track", "Show the account to a Langfuse SDK")
            .describe("What the SDK's `auth_check` asks for. The project is the account.")
            .answers(200, "LangfuseProjects")),
    // No part of the description: there is nothing that it does.
    Operation::post("/api/public/media", Write, handler!(|_app, _input| Err(langfuse::no_media()))).at_once()
        .sent_by_exporters(),
    Operation::post("/api/v1/litellm", Write, handler!(|app, input| litellm::create(app, input).await)).at_once()
        .reads(&[ContentType, ContentEncoding])
        .takes(BodyLimit::Telemetry)
        .described(|_| plain("track", "Record the calls that LiteLLM logs")
            .describe("What LiteLLM's generic API callback sends: an array, one call, or one call per line. Counts and names are read; prompts and responses are dropped.")
            .takes("LiteLlmLog", json!([]))
            .answers(200, "Batch")),
    Operation::get("/api/v1/sources", ReadLive, handler!(|app, input| sources::show(app, &input).await))
        .described(|_| plain("track", "Show how imported calls are assigned to a tenant").answers(200, "Sources")),
    Operation::put("/api/v1/sources", WriteLive, handler!(|app, input| sources::set(app, &input).await))
        .described(|_| plain("track", "Set how imported calls are assigned to a tenant")
            .describe("Omitted fields return to their values in a new account.")
            .takes("SourcesRequest", json!({"span_attributes": ["customer.id", "tenant.id"]}))
            .answers(200, "Sources")),
    Operation::post("/api/v1/estimate", Open, handler!(|app, input| estimate::create(app, &input)))
        .described(|_| with_factor_set(plain("estimate", "Estimate a call by every method"))
            .describe("Nothing is stored or invoiced.")
            .takes("EstimateRequest", json!({"model": "gpt-4o", "input_tokens": 0, "output_tokens": 400, "region": "FRA", "methods": "all"}))
            .answers(200, "Estimate")),
    Operation::post("/api/v1/accounts", Public, handler!(|app, input| accounts::create(app, &input).await)).at_once()
        .described(|_| plain("account", "Sign up")
            .takes("AccountRequest", json!({"email": "you@example.com", "password": "correct horse battery", "organisation": "Example Software"}))
            .answers(201, "Account").problem(409, "An account with this email already exists.").problem(403, "Sign-up is closed on this server.")),
    Operation::post("/api/v1/session", Public, handler!(|app, input| session::begin(app, &input).await)).at_once()
        .sent_by_our_pages()
        .reads(&[Cookie])
        .described(|_| plain("account", "Log in")
            .describe("Sets the cookie `carbon_session`, under TLS `__Host-carbon_session`.")
            .takes("LogInRequest", json!({"email": "you@example.com", "password": "correct horse battery"}))
            .answers(200, "Session").problem(401, "Email or password is incorrect.").problem(403, "This request came from another site.")),
    Operation::get("/api/v1/session", Session, handler!(|app, input| session::show(app, &input).await))
        .described(|_| plain("account", "Show who is logged in").answers(200, "Session")),
    Operation::delete("/api/v1/session", Session, handler!(|app, input| session::end(app, &input).await))
        .reads(&[Cookie])
        .described(|_| plain("account", "Log out").answers_nothing()),
    Operation::put("/api/v1/password", Session, handler!(|app, input| password::change(app, &input).await))
        .described(|_| plain("account", "Change the password")
            .describe("Ends every session of the account; the response has the cookie of a new one. Keys keep working.")
            .takes("PasswordRequest", json!({"current_password": "correct horse battery", "new_password": "another horse battery"}))
            .answers_nothing()),
    Operation::get("/api/v1/sessions", Session, handler!(|app, input| sessions::list(app, &input).await))
        .reads(&[Cookie])
        .described(|_| plain("account", "List where the account is logged in").answers(200, "Sessions")),
    Operation::delete("/api/v1/sessions", Session, handler!(|app, input| sessions::end_others(app, &input).await))
        .reads(&[Cookie])
        .described(|_| plain("account", "Log out everywhere else")
            .describe("Ends every session but the one that asks.")
            .answers_nothing()),
    Operation::delete("/api/v1/sessions/{session_id}", Session, handler!(|app, input, session_id| sessions::end(app, &input, session_id).await))
        .described(|_| plain("account", "End a session").answers_nothing().can_miss()),
    Operation::get("/api/v1/keys", Owner, handler!(|app, input| keys::list(app, &input).await))
        .described(|_| plain("account", "List keys").answers(200, "Keys")),
    Operation::post("/api/v1/keys", Owner, handler!(|app, input| keys::create(app, &input).await))
        .described(|_| plain("account", "Create a key").takes("KeyRequest", json!({"kind": "read", "label": "sustainability team"})).answers(201, "Key").problem(409, "The account has the maximum number of active keys.")),
    Operation::delete("/api/v1/keys/{key_id}", Owner, handler!(|app, input, key_id| keys::revoke(app, &input, key_id).await))
        .described(|_| plain("account", "Revoke a key").describe("It stops working at once.").answers_nothing().can_miss()),
    Operation::get("/api/v1/tenants", Read, handler!(|app, input| tenants::list(app, &input).await))
        .described(|_| plain("tenants", "List tenants")
            .query("limit", integer(1, config::TENANTS_MAX as u64, 100), "Tenants of a page.")
            .query("cursor", text("client-xyz"), "The `next` of the previous page.")
            .answers(200, "Tenants")),
    Operation::get("/api/v1/tenants/{tenant_id}", Read, handler!(|app, input, tenant_id| tenants::show(app, &input, tenant_id).await))
        .described(|_| plain("tenants", "Show a tenant").answers(200, "Tenant").can_miss()),
    Operation::put("/api/v1/tenants/{tenant_id}", Write, handler!(|app, input, tenant_id| tenants::set(app, &input, tenant_id).await))
        .described(|_| plain("tenants", "Set a tenant's settings")
            .describe("The tenant need not have sent an event yet. Replaces all settings; omitted fields are cleared.")
            .takes("TenantRequest", json!({"legal_name": "Client XYZ S.A.S.", "language": "fr", "region": "FRA"}))
            .answers(200, "Tenant")),
    Operation::delete("/api/v1/tenants/{tenant_id}", Write, handler!(|app, input, tenant_id| tenants::erase(app, &input, tenant_id).await))
        .described(|_| plain("tenants", "Erase a tenant")
            .describe("Its id, names, tags and reports are deleted permanently; sums, invoices and closed months stay, without a name.")
            .answers_nothing()
            .can_miss()),
    Operation::get("/api/v1/tenants/{tenant_id}/export.zip", Read, handler!(|app, input, tenant_id| tenant_export::create(app, &input, tenant_id).await)).at_once()
        .described(|_| plain("tenants", "Export everything about a tenant")
            .answers_file("application/zip", "Events, reports, figures of closed months and of restatements, links, opened dashboards, alerts, PACT clients and their events.")
            .can_miss()),
    Operation::post("/api/v1/tenants/{tenant_id}/dashboard-links", WriteLive, handler!(|app, input, tenant_id| dashboard_links::create(app, &input, tenant_id).await))
        .reads(&[Host])
        .described(|_| plain("tenants", "Create a dashboard link")
            .takes("DashboardLinkRequest", json!({"expires_in_days": 30}))
            .answers(201, "DashboardLink")
            .can_miss()),
    Operation::get("/api/v1/tenants/{tenant_id}/dashboard-links", ReadLive, handler!(|app, input, tenant_id| dashboard_links::list(app, &input, tenant_id).await))
        .described(|_| plain("tenants", "List dashboard links").answers(200, "DashboardLinks").can_miss()),
    Operation::delete("/api/v1/tenants/{tenant_id}/dashboard-links/{link_id}", WriteLive, handler!(|app, input, tenant_id, link_id| dashboard_links::revoke(app, &input, tenant_id, link_id).await))
        .described(|_| plain("tenants", "Revoke a dashboard link").answers_nothing().can_miss()),
    Operation::post("/api/v1/tenants/{tenant_id}/pact-clients", WriteLive, handler!(|app, input, tenant_id| pact_clients::create(app, &input, tenant_id).await))
        .reads(&[Host])
        .described(|_| plain("pact", "Give a client's system access to its footprints")
                .describe("Credentials for that tenant only. With `answers_to`, its requests are answered at its own PACT API.")
                .may_take("PactClientRequest", json!({"label": "Their carbon ledger"}))
                .answers(201, "PactClient")
                .can_miss()),
    Operation::get("/api/v1/tenants/{tenant_id}/pact-clients", ReadLive, handler!(|app, input, tenant_id| pact_clients::list(app, &input, tenant_id).await))
        .described(|_| plain("pact", "List a client's systems").answers(200, "PactClients").can_miss()),
    Operation::delete("/api/v1/tenants/{tenant_id}/pact-clients/{client_id}", WriteLive, handler!(|app, input, tenant_id, client_id| pact_clients::revoke(app, &input, tenant_id, client_id).await))
        .described(|_| plain("pact", "Revoke a client's system").answers_nothing().can_miss()),
    token_endpoint("/3/auth/token"),
    token_endpoint("/auth/token"),
    Operation::get("/.well-known/openid-configuration", Public, handler!(|app, input| pact::discovery(app, &input)))
        .reads(&[Host])
        .described(|_| plain("pact", "Find the token endpoint").answers(200, "TokenEndpoint")),
    Operation::get("/3/footprints", Recipient, handler!(|app, input| pact::list(app, &input).await)).at_once()
        .reads(&[Host, Authorization])
        .refuses_as(ProblemFormat::Pact(Dialect::Pact))
        .described(|_| plain("pact", "List footprints")
            .describe("One for each closed month that has a report, and one for each superseded report. Several values of a filter are alternatives. A `Link` header leads to the next page.")
            .query("limit", json!({"type": "integer", "minimum": 0}), "At most 100.")
            .query("after", text("01a20abd-28b2-761c-af30-e523aaa1ccfe"), "Where the next page begins, from the `Link` header.")
            .query("productId", at_most(config::PACT_VALUES_MAX, urn()), "Ids of products, as URNs.")
            .query("companyId", at_most(config::PACT_VALUES_MAX, text("urn:lei:529900T8BM49AURSDO55")), "Ids of the supplier, as URNs.")
            .query("geography", at_most(config::PACT_VALUES_MAX, text("FR")), "Country codes (ISO 3166-1, two letters) of the footprint.")
            .query("classification", at_most(config::PACT_VALUES_MAX, urn()), "Classifications of the product, as URNs.")
            .query("validOn", moment(), "Valid at this time.")
            .query("validAfter", moment(), "Valid from a time after this.")
            .query("validBefore", moment(), "Valid until a time before this.")
            .query("status", text("Active"), "Or `Deprecated`.")
            .answers(200, "Footprints")),
    Operation::get("/3/footprints/{id}", Recipient, handler!(|app, input, id| pact::show(app, &input, id).await)).at_once()
        .reads(&[Authorization])
        .refuses_as(ProblemFormat::Pact(Dialect::Pact))
        .described(|_| plain("pact", "Show a footprint").answers(200, "Footprint").can_miss()),
    Operation::post("/3/events", Recipient, handler!(|app, input| pact::take_event(app, &input).await))
        .reads(&[Authorization, ContentType])
        .takes(BodyLimit::Bytes(config::PACT_EVENT_BYTES_MAX))
        .refuses_as(ProblemFormat::Pact(Dialect::Pact))
        .described(|_| plain("pact", "Receive an event")
            .describe("A CloudEvent that requests footprints or announces published ones. Answered with an empty 200 once it is stored.")
            .takes("PactEvent", json!({
                "type": "org.wbcsd.pact.ProductFootprint.RequestCreatedEvent.3",
                "specversion": "1.0",
                "id": "request-1",
                "source": "//client.example/3/events",
                "time": "2026-11-03T10:00:00Z",
                "data": {"productId": ["urn:pact:example.com:supplier-id:llm-inference-client-xyz-2026-10"]},
            }))
            .sent_as(CLOUD_EVENT)
            .answers_at_all()),
    Operation::get("/taxonomy/{file}", Public, handler!(|_app, _input, file| taxonomy::show(&file))).at_once()
        .described(|_| plain("reports", "Download a file of the XBRL taxonomy")
            .describe("`lct.xsd` is its entry point, which names the linkbases.")
            .answers_file("application/xml", "The file.")
            .can_miss()),
    Operation::get("/api/v1/billing/{month}", ReadLive, handler!(|app, input, month| billing::show(app, &input, &month).await))
        .described(|_| plain("billing", "Show the invoice of a month").answers(200, "Bill")),
    billing::tables::workbook_endpoint(), billing::tables::lines_endpoint(),
    Operation::get("/api/v1/webhook", ReadLive, handler!(|app, input| webhook::show(app, &input).await))
        .described(|_| plain("billing", "Show the webhook").answers(200, "Webhook").can_miss()),
    Operation::put("/api/v1/webhook", WriteLive, handler!(|app, input| webhook::set(app, &input).await))
        .described(|_| plain("billing", "Set the webhook")
            .describe("Called at 80 % and 100 % of the free events and of each client's carbon budget.")
            .takes("WebhookRequest", json!({"url": "https://example.com/hook"}))
            .answers(200, "Webhook")),
    Operation::delete("/api/v1/webhook", WriteLive, handler!(|app, input| webhook::remove(app, &input).await))
        .described(|_| plain("billing", "Remove the webhook").answers_nothing().can_miss()),
    Operation::post("/api/v1/events/{event_id}/reversal", Write, handler!(|app, input, event_id| reversals::create(app, &input, event_id).await))
        .described(|_| plain("track", "Cancel an event")
            .describe("Adds a second event with negative counts; both stay in the ledger. Safe to repeat.")
            .may_take("ReversalRequest", json!({}))
            .answers(200, "Reversal")
            .can_miss().problem(409, "A reversal cannot be reversed.")),
    Operation::get("/api/v1/usage", Read, handler!(|app, input| usage::show(app, &input).await))
        .described(|_| plain("usage", "Add up usage by day, month, model, tenant, region or tag")
            .query("from", day(), "First day, UTC; by default the first of the month of `to`.")
            .query("to", day(), "Last day, UTC; by default today.")
            .query("tenant_id", short_text(config::ID_BYTES_MAX, "client-xyz"), "Only this tenant.")
            .query("group_by", json!({"type": "string", "pattern": "^(hour|day|month|model|tenant|region|tag:.+)$", "examples": ["day"]}), "By default `day`.")
            .query("limit", integer(1, config::USAGE_ROWS_MAX as u64, 100), "Rows of a page.")
            .query("cursor", text("2026-10-05"), "The `next` of the previous page.")
            .answers(200, "Usage")
            .can_miss()),
    Operation::get("/api/v1/months/{month}", ReadLive, handler!(|app, input, month| months::show(app, &input, &month).await))
        .described(|_| plain("months", "Show a month")
            .query("tenant_id", short_text(config::ID_BYTES_MAX, "client-xyz"), "Adds this tenant's part of a closed month.")
            .answers(200, "Month")
            .can_miss()),
    Operation::post("/api/v1/months/{month}/close", WriteLive, handler!(|app, input, month| months::close(app, &input, &month).await)).at_once()
        .described(|_| plain("months", "Close a month")
            .describe("Fixes its events, factor set and figures. Its reports are final afterwards.")
            .may_take("CloseRequest", json!({"factor_set": "2026.12"}))
            .answers(200, "Month").problem(409, "The month has not ended, or was closed under another factor set.")),
    Operation::post("/api/v1/restatements", WriteLive, handler!(|app, input| restatements::create(app, &input).await)).at_once()
        .described(|_| plain("months", "Restate a closed month")
            .takes("RestatementRequest", json!({"month": "2026-10", "reason": "New factors"}))
            .answers(201, "Restatement").problem(409, "The month is open.")),
    Operation::get("/api/v1/restatements/{restatement_id}", ReadLive, handler!(|app, input, restatement_id| restatements::show(app, &input, restatement_id).await))
        .described(|_| plain("months", "Show a restatement").answers(200, "Restatement").can_miss()),
    Operation::post("/api/v1/reports", WriteLive, handler!(|app, input| reports::create(app, &input).await))
        .described(|_| plain("reports", "Issue a client's report of a month or a period")
            .describe("The same request on the same data returns the same report and is invoiced once. With `*`, every client's report is created in the background: 202. With `period` instead of `month`, the final reports of its months are added up.")
            .takes("ReportRequest", json!({"tenant_id": "client-xyz", "month": "2026-10", "language": "en"}))
            .answers(201, "Report")
            .answers(202, "ReportBatch").problem(409, "No month of the period has a final report.")
            .can_miss()),
    Operation::get("/api/v1/reports/{report_id}/report.pdf", ReadLive, handler!(|app, input, report_id| reports::show(app, &input, report_id, "report.pdf").await))
        .described(|_| plain("reports", "Download the PDF").answers_file("application/pdf", "The report.").can_miss()),
    Operation::get("/api/v1/reports/{report_id}/statement.json", ReadLive, handler!(|app, input, report_id| reports::show(app, &input, report_id, Form::Statement.name()).await))
        .described(|_| plain("reports", "Download the statement").answers(200, "Statement").can_miss()),
    reports::tables::workbook_endpoint(), reports::tables::lines_endpoint(),
    Operation::get("/api/v1/reports/{report_id}/statement.xbrl.json", ReadLive, handler!(|app, input, report_id| reports::show(app, &input, report_id, Form::Xbrl.name()).await))
        .described(|_| plain("reports", "Download the key figures as xBRL-JSON")
            .describe("In a small taxonomy of our own, `GET /taxonomy/lct.xsd`: one supplier's line, never the client's gross Scope 3.")
            .answers(200, "Xbrl")
            .can_miss()),
    Operation::get("/api/v1/reports/{report_id}/statement.vsme.json", ReadLive, handler!(|app, input, report_id| reports::show(app, &input, report_id, Form::Vsme.name()).await))
        .described(|_| plain("reports", "Download the line as a VSME text block")
            .describe("xBRL-JSON in EFRAG's VSME taxonomy, which the reader needs. 404 if no model of the month has a factor.")
            .answers(200, "Xbrl")
            .can_miss()),
    Operation::get("/api/v1/reports/{report_id}/footprint.pact.json", ReadLive, handler!(|app, input, report_id| reports::show(app, &input, report_id, Form::Footprint.name()).await))
        .described(|_| plain("reports", "Download the report as a PACT footprint")
            .describe("404 if no model of the month has a factor.")
            .answers(200, "ProductFootprint")
            .can_miss()),
    Operation::get("/api/v1/reports/{report_id}/focus.csv", ReadLive, handler!(|app, input, report_id| reports::show(app, &input, report_id, Form::Focus.name()).await))
        .described(|_| plain("reports", "Download every day, model and region")
            .describe("In FOCUS columns, for a join with a cost export.")
            .answers_file("text/csv", "One row per day, model and region.")
            .can_miss()),
    Operation::get("/api/v1/reports/{report_id}/evidence.zip", ReadLive, handler!(|app, input, report_id| reports::show(app, &input, report_id, "evidence.zip").await)).at_once()
        .described(|_| plain("reports", "Download the evidence pack")
            .answers_file("application/zip", "Everything that an auditor needs to recompute the report.")
            .can_miss()),
    Operation::get("/api/v1/report-batches/{batch_id}", ReadLive, handler!(|app, input, batch_id| report_batches::show(app, &input, &batch_id)))
        .described(|_| plain("reports", "Show the progress of a batch of reports").answers(200, "ReportBatch").can_miss()),
    report_batches::zip_endpoint(),
    Operation::get("/api/v1/branding", ReadLive, handler!(|app, input| branding::show(app, &input).await))
        .described(|_| plain("reports", "Show how reports look").answers(200, "Branding")),
    Operation::put("/api/v1/branding", WriteLive, handler!(|app, input| branding::set(app, &input).await))
        .takes(BodyLimit::Bytes(config::BRANDING_BYTES_MAX))
        .described(|_| { plain("reports", "Set how reports look")
            .describe("Omitted fields are cleared.")
            .takes("BrandingRequest", json!({"accent": "#1f6f54"}))
            .answers(200, "Branding") }),
    Operation::get("/api/v1/carbon.txt", ReadLive, handler!(|app, input| carbon_txt::show(app, &input).await))
        .reads(&[Host])
        .described(|_| plain("reports", "Download a carbon.txt for your site")
            .describe("Names the methodology page and the factors, which are public, and nothing about clients.")
            .answers_file("text/plain", "carbon.txt, syntax 0.6.")),
    Operation::get("/api/v1/models/aliases", Read, handler!(|app, input| own_models::aliases(app, &input)))
        .described(|_| plain("own models", "List your own names of models").answers(200, "OwnAliases")),
    Operation::get("/api/v1/models/aliases/{name}", Read, handler!(|app, input, name| own_models::alias(app, &input, &name)))
        .described(|_| plain("own models", "Show what a name of your own stands for").answers(200, "OwnAliases").can_miss()),
    Operation::put("/api/v1/models/aliases/{name}", Owner, handler!(|app, input, name| own_models::set_alias(app, &input, name).await))
        .described(|_| plain("own models", "Say what a name of your own stands for")
            .describe("A model of the registry, one that you have described, or a class of models. `my-prod-*` stands for every name with that beginning; the longest wins, and a whole name before all. It counts for open months at once, for calls that were sent before too; a closed month stays as it is. With `dry_run=true` nothing is kept, and the answer says what it would do to the open months.")
            .query("dry_run", flag(), "Keep nothing.")
            .takes("OwnAliasRequest", json!({"model": "gpt-4o", "valid_from": "2026-10-01", "note": "Azure deployment"}))
            .answers(200, "OwnAliasChanged").problem(409, "The account has as many entries as it may have.")),
    Operation::delete("/api/v1/models/aliases/{name}", Owner, handler!(|app, input, name| own_models::remove_alias(app, &input, &name).await))
        .described(|_| plain("own models", "Remove a name of your own")
            .query("valid_from", openapi::own::first_day(), "Only the entry with this first day; empty for the one without.")
            .answers_nothing().can_miss()),
    Operation::get("/api/v1/models/own", Read, handler!(|app, input| own_models::models(app, &input)))
        .described(|_| plain("own models", "List the models that you describe").answers(200, "OwnModels")),
    Operation::get("/api/v1/models/own/{name}", Read, handler!(|app, input, name| own_models::model(app, &input, &name)))
        .described(|_| plain("own models", "Show a model that you describe").answers(200, "OwnModels").can_miss()),
    Operation::put("/api/v1/models/own/{name}", Owner, handler!(|app, input, name| own_models::set_model(app, &input, name).await))
        .described(|_| plain("own models", "Describe a model of your own")
            .describe("Its size, the machines that it runs on, and where the numbers come from. Another first day is another version. It counts as a name does.")
            .query("dry_run", flag(), "Keep nothing.")
            .takes("OwnModelRequest", json!({"total_b": 70.6, "pue": 1.2, "region": "FRA", "source": "Fine-tune of Llama 3.1 70B, model card of 2026-09"}))
            .answers(200, "OwnModelChanged").problem(409, "The account has as many entries as it may have.")),
    Operation::delete("/api/v1/models/own/{name}", Owner, handler!(|app, input, name| own_models::remove_model(app, &input, &name).await))
        .described(|_| plain("own models", "Remove a model that you describe")
            .query("valid_from", openapi::own::first_day(), "Only the version with this first day; empty for the one without.")
            .answers_nothing().can_miss()),
    grid_series::list_endpoint(), grid_series::import_endpoint(), grid_series::remove_endpoint(),
    grid_series::hours_endpoint(), grid_series::set_hours_endpoint(),
    Operation::get("/api/v1/models", Open, handler!(|app, input| models::list(app, &input)))
        .described(|_| with_factor_set(plain("estimate", "List the registry")).answers(200, "Models")),
    Operation::get("/api/v1/models/{name}", Open, handler!(|app, input, name| models::show(app, &input, &name)))
        .described(|_| with_factor_set(plain("estimate", "Show the model that a name stands for"))
            .describe("Any spelling, including slashes; with a key, also names that the account has explained or measured. 404 with `suggestions` if the model is unknown.")
            .answers(200, "ShownModel")
            .can_miss()),
    Operation::post("/api/v1/measurements", WriteLive, handler!(|app, input| measurements::create(app, input).await)).at_once()
        .reads(&[ContentType, ContentEncoding])
        .takes(BodyLimit::Batch)
        .described(|_| plain("measurements", "Record windows of metered energy")
            .describe("A window, an array of them, or one per line. Safe to repeat: a window is added once.")
            .takes("EnergyWindows", openapi::measurements::example())
            .answers(200, "WindowsTaken")),
    Operation::get("/api/v1/measurements", ReadLive, handler!(|app, input| measurements::list(app, &input).await))
        .described(|_| plain("measurements", "List the models with windows").answers(200, "Measurements")),
    Operation::get("/api/v1/measurements/{served_name}", ReadLive, handler!(|app, input, served_name| measurements::show(app, &input, &served_name).await)).at_once()
        .described(|_| plain("measurements", "Show what the windows of a model say")
            .query("from", day(), "First day of windows, UTC; by default that of the first.")
            .query("to", day(), "Last day of windows, UTC; by default that of the last.")
            .answers(200, "Measurement")
            .can_miss()),
    Operation::delete("/api/v1/measurements/{served_name}", WriteLive, handler!(|app, input, served_name| measurements::withdraw(app, &input, &served_name).await))
        .described(|_| plain("measurements", "Take windows of a model back")
            .describe("They no longer count, and can be sent again, with other numbers as well. Closed months and evidence packs that rest on them keep them. The factor is fitted again from the others, or withdrawn.")
            .query("from", day_or_time(), "Only windows that start then or later: a day (UTC) or a time.")
            .query("to", day_or_time(), "Only windows that end by then: a time, or the end of a day (UTC).")
            .answers(200, "WindowsWithdrawn")
            .can_miss()),
    Operation::get("/healthz", Public, handler!(|app, _input| health::show(app))).for_health_checks()
        .described(|_| plain("machinery", "Check that the process is alive").answers(200, "Health").needs_ledger()),
    Operation::get("/api/public/health", Public, handler!(|app, _input| health::show(app))).for_health_checks()
        .described(|_| plain("machinery", "Check that the process is alive, as Langfuse's SDKs do").answers(200, "Health")),
    Operation::get("/readyz", Public, handler!(|app, _input| health::ready(app).await)).for_health_checks()
        .described(|_| plain("machinery", "Check that the ledger can be written and read").answers(200, "Health").needs_ledger()),
    Operation::get("/checkpoint", Public, handler!(|app, _input| checkpoint::show(app)))
        .described(|_| plain("machinery", "Show the newest checkpoint of the ledger")
            .describe("How many seals the ledger has, and the Merkle tree hash over them, signed: C2SP `tlog-checkpoint`. Says nothing about accounts. Keep it, and nothing before it can be changed unnoticed.")
            .answers_file("text/plain", "A signed note.").can_miss()),
    Operation::get("/checkpoint/key", Public, handler!(|app, _input| checkpoint::key(app)))
        .described(|_| plain("machinery", "Show the key that checkpoints are checked with")
            .answers_file("text/plain", "A verifier key of C2SP `signed-note`: name, hash and Ed25519 key.").can_miss()),
    Operation::get("/metrics", Public, handler!(|app, input| health::metrics(app, &input)))
        .reads(&[Authorization])
        .described(|_| plain("machinery", "Show counters")
            .describe("OpenMetrics. Requires a token if the operator has set one.")
            .answers_file("application/openmetrics-text", "Counters, gauges, histograms.").problem(401, "The token set by the operator is missing or wrong.")),
    Operation::get("/openapi.json", Public, handler!(|app, _input| description::show(app)))
        .described(|_| plain("machinery", "Describe the API").answers_itself()),
];

/// Tokens for PACT clients, at each of the paths where their systems look for them.
const fn token_endpoint(pattern: &'static str) -> Operation {
    Operation::post(pattern, Public, handler!(|app, input| pact::token(app, &input).await))
        .reads(&[Authorization])
        .refuses_as(ProblemFormat::Pact(Dialect::OAuth))
        .described(|_| plain("pact", "Get an access token")
            .describe("OAuth2 client credentials, by HTTP Basic or in the form. A token is valid for an hour. HTTPS only, except from the machine itself.")
            .takes("TokenRequest", json!({"grant_type": "client_credentials"}))
            .sent_as("application/x-www-form-urlencoded")
            .answers(200, "Token").problem(401, "Unknown client, or wrong secret.").problem(403, "The request did not use HTTPS."))
}

fn example_event() -> Value {
    json!({"tenant_id": "client-xyz", "model": "mistral-large-2", "prompt_tokens": 600, "completion_tokens": 400})
}

fn with_factor_set(described: Described) -> Described {
    described.query(
        "factor_set",
        factor_set(),
        "One that ships, or that the operator has added; by default that of the server.",
    )
}

fn urn() -> Value {
    text("urn:pact:example.com:supplier-id:llm-inference-client-xyz-2026-10")
}

fn moment() -> Value {
    json!({"type": "string", "format": "date-time"})
}
