//! The table of the pages and of the forms that they submit.

use crate::{
    api,
    app::operation::{Operation, handler},
    http::{
        answer::Answer,
        route::{
            Access::{Public, Session},
            BodyLimit, RequestHeader,
        },
    },
    openapi::described::plain,
    pages::{
        assets, console, dashboard, documents, entry, landing, methodology, models, subscription, verify,
    },
};

/// What the page that checks files reads: it speaks the language of the browser.
const READ_TO_VERIFY: &[RequestHeader] =
    &[RequestHeader::Host, RequestHeader::Cookie, RequestHeader::FormType, RequestHeader::AcceptLanguage];

/// The tables of everything the server answers: those of the API, then that of the pages.
pub(crate) const TABLES: [&[Operation]; 7] = [
    api::operations::OPERATIONS,
    api::planning::PLANNING,
    api::market::OPERATIONS,
    api::report_schedule::OPERATIONS,
    api::events::OPERATIONS,
    api::mail::OPERATIONS,
    PAGES,
];

/// The pages.
const PAGES: &[Operation] = &[
    Operation::page("/", Public, handler!(|app, input| landing::show(app, &input).await.map(Answer::revalidated))),
    Operation::page("/methodology", Public, handler!(|app, input| methodology::show(app, &input).await.map(Answer::revalidated))),
    Operation::page("/registry", Public, handler!(|app, input| models::list::show(app, &input).await.map(Answer::revalidated))),
    Operation::page("/registry/regions", Public, handler!(|app, input| models::regions::show(app, &input).await.map(Answer::revalidated))),
    Operation::page("/registry/regions/{code}", Public, handler!(|app, input, code| models::regions::one(app, &input, &code))),
    Operation::page("/registry/{name}", Public, handler!(|app, input, name| models::model::show(app, &input, &name).await.map(Answer::revalidated))),
    Operation::page("/docs", Public, handler!(|app, input| documents::api(app, &input).await.map(Answer::revalidated)))
        .described(|_| plain("machinery", "Show this description").answers_file("text/html", "A page.")),
    Operation::page("/verify", Public, handler!(|app, input| verify::show(app, &input).await)).reads(READ_TO_VERIFY),
    Operation::form("/verify", Public, handler!(|app, input| verify::check(app, input).await)).reads(READ_TO_VERIFY).takes(BodyLimit::Evidence).at_once(),
    Operation::page("/assets/{file}", Public, handler!(|_app, input, file| assets::show(&file, input.query.is_some()))).at_once(),
    Operation::page("/signup", Public, handler!(|app, input| entry::sign_up(app, &input).await)),
    Operation::form("/signup", Public, handler!(|app, input| entry::send_sign_up(app, &input).await)).at_once(),
    Operation::page("/login", Public, handler!(|app, input| entry::log_in(app, &input).await)),
    Operation::form("/login", Public, handler!(|app, input| entry::send_log_in(app, &input).await)).at_once(),
    Operation::form("/logout", Public, handler!(|app, input| entry::send_log_out(app, &input).await)),
    Operation::page("/app", Session, handler!(|app, input| console::overview::show(app, &input).await)),
    Operation::page("/app/first-event", Session, handler!(|app, input| console::overview::first_event(app, &input).await)),
    Operation::page("/app/logo.png", Session, handler!(|app, input| dashboard::logo(app, input.caller()?.account).await)),
    Operation::page("/app/tenants", Session, handler!(|app, input| console::clients::list(app, &input).await)),
    Operation::page("/app/tenants/{tenant_id}", Session, handler!(|app, input, tenant_id| console::client::show(app, &input, tenant_id).await)),
    Operation::form("/app/tenants/{tenant_id}", Session, handler!(|app, input, tenant_id| console::client::set(app, &input, tenant_id).await)),
    Operation::form("/app/tenants/{tenant_id}/erase", Session, handler!(|app, input, tenant_id| console::client::erase(app, &input, tenant_id).await)),
    Operation::page("/app/tenants/{tenant_id}/export.zip", Session, handler!(|app, input, tenant_id| console::client::export(app, &input, tenant_id).await)).at_once(),
    Operation::form("/app/tenants/{tenant_id}/links", Session, handler!(|app, input, tenant_id| console::client::create_link(app, &input, tenant_id).await)),
    Operation::form("/app/tenants/{tenant_id}/links/{link_id}/revoke", Session, handler!(|app, input, tenant_id, link_id| console::client::revoke_link(app, &input, tenant_id, link_id).await)),
    Operation::page("/app/tenants/{tenant_id}/targets", Session, handler!(|app, input, tenant_id| console::targets::show(app, &input, tenant_id).await)),
    Operation::form("/app/tenants/{tenant_id}/targets", Session, handler!(|app, input, tenant_id| console::targets::set(app, &input, tenant_id).await)),
    Operation::form("/app/tenants/{tenant_id}/targets/{target_name}/remove", Session, handler!(|app, input, tenant_id, target_name| console::targets::remove(app, &input, tenant_id, target_name).await)),
    Operation::page("/app/tenants/{tenant_id}/whatif", Session, handler!(|app, input, tenant_id| console::whatif::show(app, &input, tenant_id).await)),
    Operation::page("/app/tenants/{tenant_id}/dashboard", Session, handler!(|app, input, tenant_id| dashboard::preview(app, &input, tenant_id).await)),
    Operation::page("/app/tenants/{tenant_id}/contacts", Session, handler!(|app, input, tenant_id| console::contacts::show(app, &input, tenant_id).await)),
    Operation::form("/app/tenants/{tenant_id}/contacts", Session, handler!(|app, input, tenant_id| console::contacts::add(app, &input, tenant_id).await)),
    Operation::form("/app/tenants/{tenant_id}/contacts/{contact_id}/remove", Session, handler!(|app, input, tenant_id, contact_id| console::contacts::remove(app, &input, tenant_id, &contact_id).await)),
    Operation::page("/app/mail", Session, handler!(|app, input| console::mail::show(app, &input).await)),
    Operation::form("/app/tenants/{tenant_id}/contacts/send", Session, handler!(|app, input, tenant_id| console::contacts::send(app, &input, tenant_id).await)),
    Operation::page("/app/events", Session, handler!(|app, input| console::events::list(app, &input).await)),
    Operation::page("/app/events/{event_id}", Session, handler!(|app, input, event_id| console::event::show(app, &input, event_id).await)),
    Operation::form("/app/events/{event_id}/reverse", Session, handler!(|app, input, event_id| console::event::reverse(app, &input, event_id).await)),
    Operation::page("/app/models", Session, handler!(|app, input| console::models::list(app, &input).await)),
    Operation::page("/app/models/{name}", Session, handler!(|app, input, name| console::models::name::show(app, &input, name).await)),
    Operation::form("/app/models/{name}", Session, handler!(|app, input, name| console::models::name::send(app, &input, name).await)),
    Operation::page("/app/reports", Session, handler!(|app, input| console::reports::list(app, &input).await)),
    Operation::form("/app/reports", Session, handler!(|app, input| console::reports::create(app, &input).await)),
    Operation::page("/app/reports/{report_id}/evidence.zip", Session, handler!(|app, input, report_id| console::reports::form_of(app, &input, report_id, "evidence.zip").await)).at_once(),
    Operation::page("/app/reports/{report_id}/{form}", Session, handler!(|app, input, report_id, form| console::reports::form_of(app, &input, report_id, &form).await)),
    Operation::page("/app/report-schedule", Session, handler!(|app, input| console::schedule::show(app, &input).await)),
    Operation::form("/app/report-schedule", Session, handler!(|app, input| console::schedule::set(app, &input).await)),
    Operation::form("/app/report-schedule/remove", Session, handler!(|app, input| console::schedule::remove(app, &input).await)),
    Operation::form("/app/report-schedule/runs/{month}/retry", Session, handler!(|app, input, month| console::schedule::retry(app, &input, &month).await)),
    Operation::form("/app/report-schedule/runs/{month}/skip", Session, handler!(|app, input, month| console::schedule::skip(app, &input, &month).await)),
    Operation::page("/app/market", Session, handler!(|app, input| console::market::show(app, &input).await)),
    Operation::page("/app/market/instruments", Session, handler!(|app, input| console::instruments::new(app, &input).await)),
    Operation::form("/app/market/instruments", Session, handler!(|app, input| console::instruments::enter(app, &input).await)),
    Operation::page("/app/market/instruments/{instrument_id}", Session, handler!(|app, input, instrument_id| console::instruments::show(app, &input, instrument_id).await)),
    Operation::form("/app/market/instruments/{instrument_id}/allocations", Session, handler!(|app, input, instrument_id| console::instruments::allocate(app, &input, instrument_id).await)),
    Operation::form("/app/market/instruments/{instrument_id}/free", Session, handler!(|app, input, instrument_id| console::instruments::free(app, &input, instrument_id).await)),
    Operation::form("/app/market/instruments/{instrument_id}/withdraw", Session, handler!(|app, input, instrument_id| console::instruments::withdraw(app, &input, instrument_id).await)),
    Operation::page("/app/market/residual-mixes", Session, handler!(|app, input| console::residual_mixes::show(app, &input).await)),
    Operation::form("/app/market/residual-mixes", Session, handler!(|app, input| console::residual_mixes::enter(app, &input).await)),
    Operation::form("/app/market/residual-mixes/{zone}/{year}/remove", Session, handler!(|app, input, zone, year| console::residual_mixes::remove(app, &input, &zone, &year).await)),
    Operation::page("/app/report-batches/{batch_id}", Session, handler!(|app, input, batch_id| console::reports::batch(app, &input, &batch_id).await)),
    Operation::page("/app/report-batches/{batch_id}/reports.zip", Session, handler!(|app, input, batch_id| console::reports::batch_zip(app, &input, batch_id).await)).at_once(),
    Operation::form("/app/months/{month}/close", Session, handler!(|app, input, month| console::reports::close_month(app, &input, &month).await)).at_once(),
    Operation::page("/app/keys", Session, handler!(|app, input| console::keys::list(app, &input).await)),
    Operation::form("/app/keys", Session, handler!(|app, input| console::keys::create(app, &input).await)),
    Operation::form("/app/keys/{key_id}/revoke", Session, handler!(|app, input, key_id| console::keys::revoke(app, &input, key_id).await)),
    Operation::page("/app/billing", Session, handler!(|app, input| console::billing::show(app, &input).await)),
    Operation::page("/app/billing/{month}/lines.csv", Session, handler!(|app, input, month| console::billing::lines(app, &input, &month).await)),
    Operation::page("/app/billing/{month}/lines.xlsx", Session, handler!(|app, input, month| console::billing::workbook(app, &input, &month).await)),
    Operation::page("/app/account", Session, handler!(|app, input| console::account::show(app, &input).await)),
    Operation::page("/app/account/grids", Session, handler!(|app, input| console::grids::show(app, &input).await)),
    Operation::form("/app/account/grids", Session, handler!(|app, input| console::grids::import(app, &input).await)).takes(BodyLimit::Batch),
    Operation::form("/app/account/grids/{zone}/{resolution}/remove", Session, handler!(|app, input, zone, resolution| console::grids::remove(app, &input, &zone, &resolution).await)),
    Operation::form("/app/account/hours", Session, handler!(|app, input| console::account::set_hours(app, &input).await)),
    Operation::form("/app/account/password", Session, handler!(|app, input| console::account::change_password(app, &input).await)),
    Operation::form("/app/account/sessions/end", Session, handler!(|app, input| console::account::end_others(app, &input).await)),
    Operation::form("/app/account/sessions/{session_id}/end", Session, handler!(|app, input, session_id| console::account::end(app, &input, session_id).await)),
    Operation::page("/d/{token}", Public, handler!(|app, input, token| dashboard::show(app, &input, &token).await))
        .at_once()
        .described(|_| plain("tenants", "Open a dashboard")
            .describe("A page for people. Counts this client as active in the month. `?month=` and `?language=` select what it shows; invalid values are ignored.")
            .answers_file("text/html", "The client's dashboard.")
            .can_miss().needs_ledger()),
    Operation::page("/mail/{token}/unsubscribe", Public, handler!(|app, _input, token| subscription::show(app, &token).await)),
    // Mail programs send it for their users, from wherever they are: RFC 8058.
    Operation { method: "POST", ..Operation::page("/mail/{token}/unsubscribe", Public, handler!(|app, _input, token| subscription::end(app, &token).await)) },
    Operation::page("/mail/{token}/report.pdf", Public, handler!(|app, _input, token| subscription::report(app, &token).await)),
    Operation::page("/d/{token}/logo.png", Public, handler!(|app, _input, token| dashboard::logo_of(app, &token).await)),
    Operation::page("/d/{token}/reports/{report_id}/evidence.zip", Public, handler!(|app, input, token, report_id| dashboard::report(app, &input, &token, report_id, "evidence.zip").await)).at_once(),
    Operation::page("/d/{token}/reports/{report_id}/{form}", Public, handler!(|app, input, token, report_id, form| dashboard::report(app, &input, &token, report_id, &form).await)),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        api::description::described,
        app::operation::find,
        config::Config,
        http::route::{Access, NoRoute, PathParameters, ProblemFormat},
        openapi,
    };
    use clap::{Args, Command, FromArgMatches};
    use std::sync::LazyLock;

    static ALL: LazyLock<Vec<Operation>> = LazyLock::new(|| TABLES.concat());

    /// The pattern that a request fits, and its parameters.
    fn decoded(method: &str, path: &str) -> Result<(&'static str, PathParameters), NoRoute> {
        find(&ALL, method, path).map(|(_, operation, parameters)| (operation.pattern, parameters))
    }

    #[test]
    fn every_request_has_one_place_to_go() {
        for (method, path, pattern, values) in [
            ("POST", "/api/v1/track", "/api/v1/track", &[][..]),
            ("POST", "/api/v1/track/batch", "/api/v1/track/batch", &[]),
            ("POST", "/v1/traces", "/v1/traces", &[]),
            ("PUT", "/api/v1/sources", "/api/v1/sources", &[]),
            ("POST", "/api/v1/estimate", "/api/v1/estimate", &[]),
            ("POST", "/api/v1/accounts", "/api/v1/accounts", &[]),
            ("POST", "/api/v1/reports", "/api/v1/reports", &[]),
            ("GET", "/api/v1/reports/r-1/report.pdf", "/api/v1/reports/{report_id}/report.pdf", &["r-1"]),
            ("POST", "/api/v1/events/e%2F1/reversal", "/api/v1/events/{event_id}/reversal", &["e/1"]),
            ("GET", "/api/v1/usage", "/api/v1/usage", &[]),
            ("GET", "/api/v1/months/2026-10", "/api/v1/months/{month}", &["2026-10"]),
            ("POST", "/api/v1/months/2026-10/close", "/api/v1/months/{month}/close", &["2026-10"]),
            ("POST", "/api/v1/restatements", "/api/v1/restatements", &[]),
            ("GET", "/api/v1/restatements/s-1", "/api/v1/restatements/{restatement_id}", &["s-1"]),
            ("HEAD", "/api/v1/reports/r-1/report.pdf", "/api/v1/reports/{report_id}/report.pdf", &["r-1"]),
            ("GET", "/api/v1/reports/r-1/evidence.zip", "/api/v1/reports/{report_id}/evidence.zip", &["r-1"]),
            (
                "GET",
                "/api/v1/reports/r-1/footprint.pact.json",
                "/api/v1/reports/{report_id}/footprint.pact.json",
                &["r-1"],
            ),
            ("GET", "/api/v1/report-batches/b-1", "/api/v1/report-batches/{batch_id}", &["b-1"]),
            ("GET", "/api/v1/branding", "/api/v1/branding", &[]),
            ("PUT", "/api/v1/branding", "/api/v1/branding", &[]),
            ("GET", "/api/v1/models", "/api/v1/models", &[]),
            ("GET", "/api/v1/models/gpt-4o", "/api/v1/models/{name}", &["gpt-4o"]),
            ("GET", "/api/v1/models/openai/gpt-4o", "/api/v1/models/{name}", &["openai/gpt-4o"]),
            ("GET", "/api/v1/models/Mistral%20Large", "/api/v1/models/{name}", &["Mistral Large"]),
            ("GET", "/healthz", "/healthz", &[]),
            ("GET", "/", "/", &[]),
            ("GET", "/app", "/app", &[]),
            ("POST", "/app/tenants/a%2Fb/links", "/app/tenants/{tenant_id}/links", &["a/b"]),
        ] {
            let expect = values.iter().map(|value| (*value).to_owned()).collect();
            assert_eq!(
                decoded(method, path),
                Ok((pattern, PathParameters::from_values(expect))),
                "{method} {path}"
            );
        }
        let not_allowed = |allow: &str| NoRoute::MethodNotAllowed { allow: allow.to_owned() };
        for (method, path, expect) in [
            ("POST", "/api/v1/branding", not_allowed("GET, PUT")),
            ("GET", "/app/nothing", NoRoute::NotFound),
            ("GET", "/api/v1", NoRoute::NotFound),
            ("GET", "/api/v1/models/", NoRoute::NotFound),
            ("GET", "/api/v1/models/%ff", NoRoute::NotFound),
            ("GET", "/api/v1/reports//report.pdf", NoRoute::NotFound),
            ("GET", "/api/v1/reports/r-1/secrets", NoRoute::NotFound),
            ("POST", "/api/v1/track/", NoRoute::NotFound),
            ("POST", "/api/v2/track", NoRoute::NotFound),
            ("GET", "/api/v1/track", not_allowed("POST")),
            ("DELETE", "/healthz", not_allowed("GET")),
        ] {
            assert_eq!(decoded(method, path), Err(expect), "{method} {path}");
        }
    }

    #[test]
    fn what_holds_data_needs_a_key() {
        for (method, path, access) in [
            ("POST", "/api/v1/track", Access::Write),
            ("GET", "/api/v1/usage", Access::Read),
            ("POST", "/api/v1/reports", Access::WriteLive),
            ("GET", "/api/v1/reports/r/report.pdf", Access::ReadLive),
            ("GET", "/3/footprints", Access::Recipient),
            ("GET", "/api/v1/keys", Access::Owner),
            ("GET", "/api/v1/session", Access::Session),
        ] {
            assert_eq!(find(&ALL, method, path).unwrap().1.access, access, "{method} {path}");
        }
        assert!(PAGES.iter().all(|page| (page.access == Session) == page.pattern.starts_with("/app")));
        // Mail programs send it, from wherever they are.
        let from_anywhere = |page: &Operation| page.pattern == "/mail/{token}/unsubscribe";
        let is_form = |page: &Operation| page.method == "POST" && !from_anywhere(page);
        assert!(PAGES.iter().all(|page| page.from_our_pages == is_form(page)));
        let with = |access: Access| -> Vec<&str> {
            let operations =
                api::operations::OPERATIONS.iter().filter(|operation| operation.access == access);
            operations.map(|operation| operation.pattern).collect()
        };
        // They answer without a key, and with one for the names of its account.
        assert_eq!(with(Access::Open), ["/api/v1/estimate", "/api/v1/models", "/api/v1/models/{name}"]);
        assert_eq!(
            with(Access::Public),
            [
                "/api/v1/accounts",
                "/api/v1/session",
                "/3/auth/token",
                "/auth/token",
                "/.well-known/openid-configuration",
                "/taxonomy/{file}",
                "/healthz",
                "/api/public/health",
                "/readyz",
                "/checkpoint",
                "/checkpoint/key",
                "/metrics",
                "/openapi.json",
            ]
        );
    }

    #[test]
    fn no_operation_hides_another() {
        for (place, Operation { method, pattern, .. }) in ALL.iter().enumerate() {
            let path: Vec<&str> = pattern
                .split('/')
                .map(|segment| if segment.starts_with('{') { "x" } else { segment })
                .collect();
            assert_eq!(find(&ALL, method, &path.join("/")).unwrap().0, place, "{method} {pattern}");
        }
    }

    #[test]
    fn every_operation_is_described_and_every_reference_leads_somewhere() {
        let arguments = Config::augment_args(Command::new("test")).get_matches_from(["test"]);
        let limits = Config::from_arg_matches(&arguments).unwrap().limits;
        let document = openapi::document(&limits, described(&ALL, &limits));
        let paths = document["paths"].as_object().unwrap();
        // OpenAPI cannot describe gRPC, nor what is always refused.
        let is_http = |operation: &&Operation| {
            operation.problems != ProblemFormat::Grpc && operation.pattern != "/api/public/media"
        };
        let api = TABLES[..TABLES.len() - 1].concat();
        for Operation { method, pattern, .. } in api.iter().filter(is_http) {
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
