//! Which request goes where: two tables, of the API and of the pages, and a pure function that reads them.

mod page;

pub(crate) use crate::http::route::page::Page;

use Access::{Owner, Public, Read, ReadLive, Recipient, Session, Write, WriteLive};
use carbon_report::Form;
use percent_encoding::percent_decode_str;

/// Everything the server answers; [`OPERATIONS`] and [`page::PAGES`] say where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Track,
    TrackBatch,
    Traces,
    LiteLlm,
    Sources,
    SetSources,
    Estimate,
    CreateAccount,
    LogIn,
    Session,
    LogOut,
    Keys,
    CreateKey,
    RevokeKey { key_id: String },
    Tenants,
    Tenant { tenant_id: String },
    SetTenant { tenant_id: String },
    EraseTenant { tenant_id: String },
    TenantExport { tenant_id: String },
    CreateDashboardLink { tenant_id: String },
    DashboardLinks { tenant_id: String },
    RevokeDashboardLink { tenant_id: String, link_id: String },
    CreatePactClient { tenant_id: String },
    PactClients { tenant_id: String },
    RevokePactClient { tenant_id: String, client_id: String },
    PactToken,
    PactDiscovery,
    Footprints,
    Footprint { id: String },
    PactEvent,
    Taxonomy { file: String },
    CarbonTxt,
    Bill { month: String },
    BillLines { month: String },
    Webhook,
    SetWebhook,
    RemoveWebhook,
    Reversal { event_id: String },
    Usage,
    Month { month: String },
    CloseMonth { month: String },
    CreateRestatement,
    Restatement { restatement_id: String },
    CreateReport,
    ReportPdf { report_id: String },
    ReportForm { report_id: String, form: Form },
    ReportEvidence { report_id: String },
    ReportBatch { batch_id: String },
    ReportBatchZip { batch_id: String },
    Branding,
    SetBranding,
    Models,
    Model { name: String },
    Health,
    Ready,
    Metrics,
    OpenApi,
    Page(Page),
}

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anyone.
    Public,
    /// Who manages the account: a live key, or somebody who is logged in.
    Owner,
    /// Somebody who is logged in.
    Session,
    /// A client of an account's own, with a token that it was given for its credentials (PACT).
    Recipient,
    /// A key that writes to its book: live or test.
    Write,
    /// A key that reads its book: any.
    Read,
    /// A key that writes to the live book.
    WriteLive,
    /// A key that reads the live book: live or read.
    ReadLive,
}

/// One method on one path.
pub(crate) type Operation = (&'static str, &'static str, Access, fn(&mut Parameters) -> Option<Route>);

/// Those of the API. A segment in braces is a parameter, `{name}` all that is left: model names may hold slashes.
#[rustfmt::skip]
pub(crate) const OPERATIONS: &[Operation] = &[
    ("POST",   "/api/v1/track",                                         Write,     |_| Some(Route::Track)),
    ("POST",   "/api/v1/track/batch",                                   Write,     |_| Some(Route::TrackBatch)),
    ("POST",   "/v1/traces",                                            Write,     |_| Some(Route::Traces)),
    ("POST",   "/api/v1/litellm",                                       Write,     |_| Some(Route::LiteLlm)),
    ("GET",    "/api/v1/sources",                                       ReadLive,  |_| Some(Route::Sources)),
    ("PUT",    "/api/v1/sources",                                       WriteLive, |_| Some(Route::SetSources)),
    ("POST",   "/api/v1/estimate",                                      Public,    |_| Some(Route::Estimate)),
    ("POST",   "/api/v1/accounts",                                      Public,    |_| Some(Route::CreateAccount)),
    ("POST",   "/api/v1/session",                                       Public,    |_| Some(Route::LogIn)),
    ("GET",    "/api/v1/session",                                       Session,   |_| Some(Route::Session)),
    ("DELETE", "/api/v1/session",                                       Session,   |_| Some(Route::LogOut)),
    ("GET",    "/api/v1/keys",                                          Owner,     |_| Some(Route::Keys)),
    ("POST",   "/api/v1/keys",                                          Owner,     |_| Some(Route::CreateKey)),
    ("DELETE", "/api/v1/keys/{key_id}",                                 Owner,     |p| Some(Route::RevokeKey { key_id: p.next()? })),
    ("GET",    "/api/v1/tenants",                                       Read,      |_| Some(Route::Tenants)),
    ("GET",    "/api/v1/tenants/{tenant_id}",                           Read,      |p| Some(Route::Tenant { tenant_id: p.next()? })),
    ("PUT",    "/api/v1/tenants/{tenant_id}",                           Write,     |p| Some(Route::SetTenant { tenant_id: p.next()? })),
    ("DELETE", "/api/v1/tenants/{tenant_id}",                           Write,     |p| Some(Route::EraseTenant { tenant_id: p.next()? })),
    ("GET",    "/api/v1/tenants/{tenant_id}/export.zip",                Read,      |p| Some(Route::TenantExport { tenant_id: p.next()? })),
    ("POST",   "/api/v1/tenants/{tenant_id}/dashboard-links",           WriteLive, |p| Some(Route::CreateDashboardLink { tenant_id: p.next()? })),
    ("GET",    "/api/v1/tenants/{tenant_id}/dashboard-links",           ReadLive,  |p| Some(Route::DashboardLinks { tenant_id: p.next()? })),
    ("DELETE", "/api/v1/tenants/{tenant_id}/dashboard-links/{link_id}", WriteLive, |p| Some(Route::RevokeDashboardLink { tenant_id: p.next()?, link_id: p.next()? })),
    ("POST",   "/api/v1/tenants/{tenant_id}/pact-clients",              WriteLive, |p| Some(Route::CreatePactClient { tenant_id: p.next()? })),
    ("GET",    "/api/v1/tenants/{tenant_id}/pact-clients",              ReadLive,  |p| Some(Route::PactClients { tenant_id: p.next()? })),
    ("DELETE", "/api/v1/tenants/{tenant_id}/pact-clients/{client_id}",  WriteLive, |p| Some(Route::RevokePactClient { tenant_id: p.next()?, client_id: p.next()? })),
    ("POST",   "/3/auth/token",                                         Public,    |_| Some(Route::PactToken)),
    ("POST",   "/auth/token",                                           Public,    |_| Some(Route::PactToken)),
    ("GET",    "/.well-known/openid-configuration",                     Public,    |_| Some(Route::PactDiscovery)),
    ("GET",    "/3/footprints",                                         Recipient, |_| Some(Route::Footprints)),
    ("GET",    "/3/footprints/{id}",                                    Recipient, |p| Some(Route::Footprint { id: p.next()? })),
    ("POST",   "/3/events",                                             Recipient, |_| Some(Route::PactEvent)),
    ("GET",    "/taxonomy/{file}",                                      Public,    |p| Some(Route::Taxonomy { file: p.next()? })),
    ("GET",    "/api/v1/billing/{month}",                               ReadLive,  |p| Some(Route::Bill { month: p.next()? })),
    ("GET",    "/api/v1/billing/{month}/lines.csv",                     ReadLive,  |p| Some(Route::BillLines { month: p.next()? })),
    ("GET",    "/api/v1/webhook",                                       ReadLive,  |_| Some(Route::Webhook)),
    ("PUT",    "/api/v1/webhook",                                       WriteLive, |_| Some(Route::SetWebhook)),
    ("DELETE", "/api/v1/webhook",                                       WriteLive, |_| Some(Route::RemoveWebhook)),
    ("POST",   "/api/v1/events/{event_id}/reversal",                    Write,     |p| Some(Route::Reversal { event_id: p.next()? })),
    ("GET",    "/api/v1/usage",                                         Read,      |_| Some(Route::Usage)),
    ("GET",    "/api/v1/months/{month}",                                ReadLive,  |p| Some(Route::Month { month: p.next()? })),
    ("POST",   "/api/v1/months/{month}/close",                          WriteLive, |p| Some(Route::CloseMonth { month: p.next()? })),
    ("POST",   "/api/v1/restatements",                                  WriteLive, |_| Some(Route::CreateRestatement)),
    ("GET",    "/api/v1/restatements/{restatement_id}",                 ReadLive,  |p| Some(Route::Restatement { restatement_id: p.next()? })),
    ("POST",   "/api/v1/reports",                                       WriteLive, |_| Some(Route::CreateReport)),
    ("GET",    "/api/v1/reports/{report_id}/report.pdf",                ReadLive,  |p| Some(Route::ReportPdf { report_id: p.next()? })),
    ("GET",    "/api/v1/reports/{report_id}/statement.json",                ReadLive,  |p| form(p, Form::Statement)),
    ("GET",    "/api/v1/reports/{report_id}/lines.csv",                     ReadLive,  |p| form(p, Form::Lines)),
    ("GET",    "/api/v1/reports/{report_id}/statement.xbrl.json",           ReadLive,  |p| form(p, Form::Xbrl)),
    ("GET",    "/api/v1/reports/{report_id}/statement.vsme.json",           ReadLive,  |p| form(p, Form::Vsme)),
    ("GET",    "/api/v1/reports/{report_id}/footprint.pact.json",           ReadLive,  |p| form(p, Form::Footprint)),
    ("GET",    "/api/v1/reports/{report_id}/focus.csv",                     ReadLive,  |p| form(p, Form::Focus)),
    ("GET",    "/api/v1/reports/{report_id}/evidence.zip",              ReadLive,  |p| Some(Route::ReportEvidence { report_id: p.next()? })),
    ("GET",    "/api/v1/report-batches/{batch_id}",                     ReadLive,  |p| Some(Route::ReportBatch { batch_id: p.next()? })),
    ("GET",    "/api/v1/report-batches/{batch_id}/reports.zip",         ReadLive,  |p| Some(Route::ReportBatchZip { batch_id: p.next()? })),
    ("GET",    "/api/v1/branding",                                      ReadLive,  |_| Some(Route::Branding)),
    ("PUT",    "/api/v1/branding",                                      WriteLive, |_| Some(Route::SetBranding)),
    ("GET",    "/api/v1/carbon.txt",                                    ReadLive,  |_| Some(Route::CarbonTxt)),
    ("GET",    "/api/v1/models",                                        Public,    |_| Some(Route::Models)),
    ("GET",    "/api/v1/models/{name}",                                 Public,    |p| Some(Route::Model { name: p.next()? })),
    ("GET",    "/healthz",                                              Public,    |_| Some(Route::Health)),
    ("GET",    "/readyz",                                               Public,    |_| Some(Route::Ready)),
    ("GET",    "/metrics",                                              Public,    |_| Some(Route::Metrics)),
    ("GET",    "/openapi.json",                                         Public,    |_| Some(Route::OpenApi)),
];

/// A form of a report.
fn form(parameters: &mut Parameters, form: Form) -> Option<Route> {
    Some(Route::ReportForm { report_id: parameters.next()?, form })
}

/// All operations: what a place counts.
pub(crate) fn operations() -> impl Iterator<Item = &'static Operation> {
    OPERATIONS.iter().chain(page::PAGES)
}

/// Method and pattern of an operation, by its place.
pub(crate) fn operation(place: usize) -> (&'static str, &'static str) {
    let (method, pattern, ..) =
        OPERATIONS.get(place).unwrap_or_else(|| &page::PAGES[place - OPERATIONS.len()]);
    (method, pattern)
}

/// What stands in the place of the braces, from left to right.
pub(crate) type Parameters = std::vec::IntoIter<String>;

/// A request that somebody answers.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) route: Route,
    pub(crate) access: Access,
    /// Its place among all operations.
    pub(crate) place: usize,
}

/// Why there is no route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoRoute {
    /// No such path.
    NotFound,
    /// The path exists, for another method.
    MethodNotAllowed { allow: String },
}

impl Route {
    /// Whose words its refusals are in, where not our own.
    pub(crate) fn dialect(&self) -> Option<Dialect> {
        match self {
            Route::PactToken => Some(Dialect::OAuth),
            Route::Footprints | Route::Footprint { .. } | Route::PactEvent => Some(Dialect::Pact),
            _ => None,
        }
    }

    /// Whether its answer says how the server is reached from outside.
    pub(crate) fn tells_own_address(&self) -> bool {
        matches!(
            self,
            Route::CreateDashboardLink { .. }
                | Route::CreatePactClient { .. }
                | Route::PactDiscovery
                | Route::CarbonTxt
        )
    }

    /// The route of a request. `HEAD` is read as `GET`: the body is left out on the wire.
    pub(crate) fn decode(method: &str, path: &str) -> Result<Found, NoRoute> {
        let method = if method == "HEAD" { "GET" } else { method };
        let mut allow = Vec::new();
        for (place, (its_method, pattern, access, route)) in operations().enumerate() {
            let Some(parameters) = parameters(pattern, path) else { continue };
            if *its_method != method {
                allow.push(*its_method);
            } else if let Some(route) = route(&mut parameters.into_iter()) {
                return Ok(Found { route, access: *access, place });
            }
        }
        if allow.is_empty() {
            return Err(NoRoute::NotFound);
        }
        Err(NoRoute::MethodNotAllowed { allow: allow.join(", ") })
    }
}

/// What a path has where the pattern has braces; `None` where it does not fit.
fn parameters(pattern: &str, path: &str) -> Option<Vec<String>> {
    let mut parameters = Vec::new();
    let mut rest = Some(path);
    for expect in pattern.split('/') {
        let (segment, behind) = match rest?.split_once('/') {
            Some(_) if expect == "{name}" => (rest?, None),
            Some((segment, behind)) => (segment, Some(behind)),
            None => (rest?, None),
        };
        if expect.starts_with('{') {
            parameters.push(decoded(segment)?);
        } else if segment != expect {
            return None;
        }
        rest = behind;
    }
    rest.is_none().then_some(parameters)
}

/// A non-empty path segment without its percent escapes.
fn decoded(segment: &str) -> Option<String> {
    let text = percent_decode_str(segment).decode_utf8().ok()?;
    (!text.is_empty()).then(|| text.into_owned())
}

/// In whose words a refusal is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `{"code", "message"}`
    Pact,
    /// `{"error", "error_description"}`, RFC 6749.
    OAuth,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_has_one_place_to_go() {
        let pdf = |id: &str| Route::ReportPdf { report_id: id.to_owned() };
        let model = |name: &str| Route::Model { name: name.to_owned() };
        for (method, path, expect) in [
            ("POST", "/api/v1/track", Ok(Route::Track)),
            ("POST", "/api/v1/track/batch", Ok(Route::TrackBatch)),
            ("POST", "/v1/traces", Ok(Route::Traces)),
            ("PUT", "/api/v1/sources", Ok(Route::SetSources)),
            ("POST", "/api/v1/estimate", Ok(Route::Estimate)),
            ("POST", "/api/v1/accounts", Ok(Route::CreateAccount)),
            ("POST", "/api/v1/reports", Ok(Route::CreateReport)),
            ("GET", "/api/v1/reports/r-1/report.pdf", Ok(pdf("r-1"))),
            ("POST", "/api/v1/events/e%2F1/reversal", Ok(Route::Reversal { event_id: "e/1".to_owned() })),
            ("GET", "/api/v1/usage", Ok(Route::Usage)),
            ("GET", "/api/v1/months/2026-10", Ok(Route::Month { month: "2026-10".to_owned() })),
            ("POST", "/api/v1/months/2026-10/close", Ok(Route::CloseMonth { month: "2026-10".to_owned() })),
            ("POST", "/api/v1/restatements", Ok(Route::CreateRestatement)),
            ("GET", "/api/v1/restatements/s-1", Ok(Route::Restatement { restatement_id: "s-1".to_owned() })),
            ("HEAD", "/api/v1/reports/r-1/report.pdf", Ok(pdf("r-1"))),
            (
                "GET",
                "/api/v1/reports/r-1/evidence.zip",
                Ok(Route::ReportEvidence { report_id: "r-1".to_owned() }),
            ),
            (
                "GET",
                "/api/v1/reports/r-1/footprint.pact.json",
                Ok(Route::ReportForm { report_id: "r-1".to_owned(), form: Form::Footprint }),
            ),
            ("GET", "/api/v1/report-batches/b-1", Ok(Route::ReportBatch { batch_id: "b-1".to_owned() })),
            ("GET", "/api/v1/branding", Ok(Route::Branding)),
            ("PUT", "/api/v1/branding", Ok(Route::SetBranding)),
            ("POST", "/api/v1/branding", Err(NoRoute::MethodNotAllowed { allow: "GET, PUT".to_owned() })),
            ("GET", "/api/v1/models", Ok(Route::Models)),
            ("GET", "/api/v1/models/gpt-4o", Ok(model("gpt-4o"))),
            ("GET", "/api/v1/models/openai/gpt-4o", Ok(model("openai/gpt-4o"))),
            ("GET", "/api/v1/models/Mistral%20Large", Ok(model("Mistral Large"))),
            ("GET", "/healthz", Ok(Route::Health)),
            ("GET", "/", Ok(Route::Page(Page::Landing))),
            ("GET", "/app", Ok(Route::Page(Page::Overview))),
            (
                "POST",
                "/app/tenants/a%2Fb/links",
                Ok(Route::Page(Page::CreateLink { tenant_id: "a/b".to_owned() })),
            ),
            ("GET", "/app/nothing", Err(NoRoute::NotFound)),
            ("GET", "/api/v1", Err(NoRoute::NotFound)),
            ("GET", "/api/v1/models/", Err(NoRoute::NotFound)),
            ("GET", "/api/v1/models/%ff", Err(NoRoute::NotFound)),
            ("GET", "/api/v1/reports//report.pdf", Err(NoRoute::NotFound)),
            ("GET", "/api/v1/reports/r-1/secrets", Err(NoRoute::NotFound)),
            ("POST", "/api/v1/track/", Err(NoRoute::NotFound)),
            ("POST", "/api/v2/track", Err(NoRoute::NotFound)),
            ("GET", "/api/v1/track", Err(NoRoute::MethodNotAllowed { allow: "POST".to_owned() })),
            ("DELETE", "/healthz", Err(NoRoute::MethodNotAllowed { allow: "GET".to_owned() })),
        ] {
            assert_eq!(Route::decode(method, path).map(|found| found.route), expect, "{method} {path}");
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
            assert_eq!(Route::decode(method, path).unwrap().access, access, "{method} {path}");
        }
        let public: Vec<&str> = OPERATIONS
            .iter()
            .filter(|operation| operation.2 == Access::Public)
            .map(|operation| operation.1)
            .collect();
        assert!(
            page::PAGES
                .iter()
                .all(|(_, pattern, access, _)| (*access == Access::Session) == pattern.starts_with("/app"))
        );
        assert_eq!(
            public,
            [
                "/api/v1/estimate",
                "/api/v1/accounts",
                "/api/v1/session",
                "/3/auth/token",
                "/auth/token",
                "/.well-known/openid-configuration",
                "/taxonomy/{file}",
                "/api/v1/models",
                "/api/v1/models/{name}",
                "/healthz",
                "/readyz",
                "/metrics",
                "/openapi.json",
            ]
        );
    }

    #[test]
    fn no_operation_hides_another() {
        for (method, pattern, ..) in operations() {
            let path: Vec<&str> = pattern
                .split('/')
                .map(|segment| if segment.starts_with('{') { "x" } else { segment })
                .collect();
            let found = Route::decode(method, &path.join("/")).unwrap();
            assert_eq!(operation(found.place).1, *pattern, "{method}");
        }
    }
}
