//! Which request goes where: a value, and a pure function that reads it from method and path.

use percent_encoding::percent_decode_str;

/// Everything the server answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// `POST /api/v1/track`
    Track,
    /// `POST /api/v1/track/batch`
    TrackBatch,
    /// `POST /api/v1/estimate`
    Estimate,
    /// `POST /api/v1/accounts`
    CreateAccount,
    /// `POST /api/v1/session`
    LogIn,
    /// `GET /api/v1/session`
    Session,
    /// `DELETE /api/v1/session`
    LogOut,
    /// `GET /api/v1/keys`
    Keys,
    /// `POST /api/v1/keys`
    CreateKey,
    /// `DELETE /api/v1/keys/{key_id}`
    RevokeKey { key_id: String },
    /// `GET /api/v1/tenants`
    Tenants,
    /// `GET /api/v1/tenants/{tenant_id}`
    Tenant { tenant_id: String },
    /// `PUT /api/v1/tenants/{tenant_id}`
    SetTenant { tenant_id: String },
    /// `DELETE /api/v1/tenants/{tenant_id}`
    EraseTenant { tenant_id: String },
    /// `GET /api/v1/tenants/{tenant_id}/export.zip`
    TenantExport { tenant_id: String },
    /// `POST /api/v1/tenants/{tenant_id}/dashboard-links`
    CreateDashboardLink { tenant_id: String },
    /// `GET /api/v1/tenants/{tenant_id}/dashboard-links`
    DashboardLinks { tenant_id: String },
    /// `DELETE /api/v1/tenants/{tenant_id}/dashboard-links/{link_id}`
    RevokeDashboardLink { tenant_id: String, link_id: String },
    /// `GET /d/{token}`
    Dashboard { token: String },
    /// `GET /assets/dashboard.css`
    DashboardStyle,
    /// `GET /api/v1/billing/{yyyy-mm}`
    Bill { month: String },
    /// `GET /api/v1/billing/{yyyy-mm}/lines.csv`
    BillLines { month: String },
    /// `GET /api/v1/webhook`
    Webhook,
    /// `PUT /api/v1/webhook`
    SetWebhook,
    /// `DELETE /api/v1/webhook`
    RemoveWebhook,
    /// `POST /api/v1/events/{event_id}/reversal`
    Reversal { event_id: String },
    /// `GET /api/v1/usage`
    Usage,
    /// `GET /api/v1/months/{yyyy-mm}`
    Month { month: String },
    /// `POST /api/v1/months/{yyyy-mm}/close`
    CloseMonth { month: String },
    /// `POST /api/v1/restatements`
    CreateRestatement,
    /// `GET /api/v1/restatements/{restatement_id}`
    Restatement { restatement_id: String },
    /// `POST /api/v1/reports`
    CreateReport,
    /// `GET /api/v1/reports/{report_id}/report.pdf`
    ReportPdf { report_id: String },
    /// `GET /api/v1/reports/{report_id}/statement.json`
    ReportStatement { report_id: String },
    /// `GET /api/v1/reports/{report_id}/lines.csv`
    ReportLines { report_id: String },
    /// `GET /api/v1/reports/{report_id}/evidence.zip`
    ReportEvidence { report_id: String },
    /// `GET /api/v1/report-batches/{batch_id}`
    ReportBatch { batch_id: String },
    /// `GET /api/v1/report-batches/{batch_id}/reports.zip`
    ReportBatchZip { batch_id: String },
    /// `GET /api/v1/branding`
    Branding,
    /// `PUT /api/v1/branding`
    SetBranding,
    /// `GET /api/v1/models`
    Models,
    /// `GET /api/v1/models/{id}`; the id may hold slashes
    Model { name: String },
    /// `GET /healthz`
    Health,
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
    /// A key that writes to its book: live or test.
    Write,
    /// A key that reads its book: any.
    Read,
    /// A key that writes to the live book.
    WriteLive,
    /// A key that reads the live book: live or read.
    ReadLive,
}

/// Why there is no route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoRoute {
    /// No such path.
    NotFound,
    /// The path exists, for another method.
    MethodNotAllowed { allow: String },
}

/// Methods that any path answers, as `Allow` lists them.
const METHODS: [&str; 4] = ["GET", "POST", "PUT", "DELETE"];

impl Route {
    /// The route of a request. `HEAD` is read as `GET`: the body is left out on the wire.
    pub(crate) fn decode(method: &str, path: &str) -> Result<Route, NoRoute> {
        let method = if method == "HEAD" { "GET" } else { method };
        Self::find(method, path).ok_or_else(|| {
            let allowed = METHODS.into_iter().filter(|method| Self::find(method, path).is_some());
            let allow = allowed.collect::<Vec<_>>().join(", ");
            if allow.is_empty() { NoRoute::NotFound } else { NoRoute::MethodNotAllowed { allow } }
        })
    }

    fn find(method: &str, path: &str) -> Option<Route> {
        let Some(path) = path.strip_prefix("/api/v1/") else {
            return Self::page(method, path);
        };
        if let Some(name) = path.strip_prefix("models/") {
            return if method == "GET" { Some(Route::Model { name: decoded(name)? }) } else { None };
        }
        let segments: Vec<&str> = path.split('/').collect();
        Some(match (method, segments.as_slice()) {
            ("POST", ["track"]) => Route::Track,
            ("POST", ["track", "batch"]) => Route::TrackBatch,
            ("POST", ["estimate"]) => Route::Estimate,
            ("POST", ["accounts"]) => Route::CreateAccount,
            ("POST", ["session"]) => Route::LogIn,
            ("GET", ["session"]) => Route::Session,
            ("DELETE", ["session"]) => Route::LogOut,
            ("GET", ["keys"]) => Route::Keys,
            ("POST", ["keys"]) => Route::CreateKey,
            ("DELETE", ["keys", id]) => Route::RevokeKey { key_id: decoded(id)? },
            ("GET", ["tenants"]) => Route::Tenants,
            ("GET", ["tenants", id]) => Route::Tenant { tenant_id: decoded(id)? },
            ("PUT", ["tenants", id]) => Route::SetTenant { tenant_id: decoded(id)? },
            ("DELETE", ["tenants", id]) => Route::EraseTenant { tenant_id: decoded(id)? },
            ("GET", ["tenants", id, "export.zip"]) => Route::TenantExport { tenant_id: decoded(id)? },
            ("POST", ["tenants", id, "dashboard-links"]) => {
                Route::CreateDashboardLink { tenant_id: decoded(id)? }
            }
            ("GET", ["tenants", id, "dashboard-links"]) => Route::DashboardLinks { tenant_id: decoded(id)? },
            ("DELETE", ["tenants", id, "dashboard-links", link]) => {
                Route::RevokeDashboardLink { tenant_id: decoded(id)?, link_id: decoded(link)? }
            }
            ("GET", ["billing", month]) => Route::Bill { month: decoded(month)? },
            ("GET", ["billing", month, "lines.csv"]) => Route::BillLines { month: decoded(month)? },
            ("GET", ["webhook"]) => Route::Webhook,
            ("PUT", ["webhook"]) => Route::SetWebhook,
            ("DELETE", ["webhook"]) => Route::RemoveWebhook,
            ("POST", ["events", id, "reversal"]) => Route::Reversal { event_id: decoded(id)? },
            ("GET", ["usage"]) => Route::Usage,
            ("GET", ["months", month]) => Route::Month { month: decoded(month)? },
            ("POST", ["months", month, "close"]) => Route::CloseMonth { month: decoded(month)? },
            ("POST", ["restatements"]) => Route::CreateRestatement,
            ("GET", ["restatements", id]) => Route::Restatement { restatement_id: decoded(id)? },
            ("POST", ["reports"]) => Route::CreateReport,
            ("GET", ["reports", id, "report.pdf"]) => Route::ReportPdf { report_id: decoded(id)? },
            ("GET", ["reports", id, "statement.json"]) => Route::ReportStatement { report_id: decoded(id)? },
            ("GET", ["reports", id, "lines.csv"]) => Route::ReportLines { report_id: decoded(id)? },
            ("GET", ["reports", id, "evidence.zip"]) => Route::ReportEvidence { report_id: decoded(id)? },
            ("GET", ["report-batches", id]) => Route::ReportBatch { batch_id: decoded(id)? },
            ("GET", ["report-batches", id, "reports.zip"]) => {
                Route::ReportBatchZip { batch_id: decoded(id)? }
            }
            ("GET", ["branding"]) => Route::Branding,
            ("PUT", ["branding"]) => Route::SetBranding,
            ("GET", ["models"]) => Route::Models,
            _ => return None,
        })
    }

    /// A route outside of the API.
    fn page(method: &str, path: &str) -> Option<Route> {
        Some(match (method, path.split_once('/')?.1.split_once('/')) {
            ("GET", None) => match path {
                "/healthz" => Route::Health,
                _ => return None,
            },
            ("GET", Some(("d", token))) => Route::Dashboard { token: decoded(token)? },
            ("GET", Some(("assets", "dashboard.css"))) => Route::DashboardStyle,
            _ => return None,
        })
    }

    /// Who may call it.
    pub(crate) fn access(&self) -> Access {
        match self {
            Route::Estimate
            | Route::CreateAccount
            | Route::LogIn
            | Route::Models
            | Route::Model { .. }
            | Route::Dashboard { .. }
            | Route::DashboardStyle
            | Route::Health => Access::Public,
            Route::Keys | Route::CreateKey | Route::RevokeKey { .. } => Access::Owner,
            Route::Session | Route::LogOut => Access::Session,
            Route::Track
            | Route::TrackBatch
            | Route::Reversal { .. }
            | Route::SetTenant { .. }
            | Route::EraseTenant { .. } => Access::Write,
            Route::Usage | Route::Tenants | Route::Tenant { .. } | Route::TenantExport { .. } => Access::Read,
            Route::CloseMonth { .. }
            | Route::CreateRestatement
            | Route::CreateReport
            | Route::CreateDashboardLink { .. }
            | Route::RevokeDashboardLink { .. }
            | Route::SetWebhook
            | Route::RemoveWebhook
            | Route::SetBranding => Access::WriteLive,
            Route::Month { .. }
            | Route::Restatement { .. }
            | Route::ReportPdf { .. }
            | Route::ReportStatement { .. }
            | Route::ReportLines { .. }
            | Route::ReportEvidence { .. }
            | Route::ReportBatch { .. }
            | Route::ReportBatchZip { .. }
            | Route::DashboardLinks { .. }
            | Route::Bill { .. }
            | Route::BillLines { .. }
            | Route::Webhook
            | Route::Branding => Access::ReadLive,
        }
    }
}

/// A non-empty path segment without its percent escapes.
fn decoded(segment: &str) -> Option<String> {
    let text = percent_decode_str(segment).decode_utf8().ok()?;
    (!text.is_empty()).then(|| text.into_owned())
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
            ("GET", "/api/v1/report-batches/b-1", Ok(Route::ReportBatch { batch_id: "b-1".to_owned() })),
            ("GET", "/api/v1/branding", Ok(Route::Branding)),
            ("PUT", "/api/v1/branding", Ok(Route::SetBranding)),
            ("POST", "/api/v1/branding", Err(NoRoute::MethodNotAllowed { allow: "GET, PUT".to_owned() })),
            ("GET", "/api/v1/models", Ok(Route::Models)),
            ("GET", "/api/v1/models/gpt-4o", Ok(model("gpt-4o"))),
            ("GET", "/api/v1/models/openai/gpt-4o", Ok(model("openai/gpt-4o"))),
            ("GET", "/api/v1/models/Mistral%20Large", Ok(model("Mistral Large"))),
            ("GET", "/healthz", Ok(Route::Health)),
            ("GET", "/", Err(NoRoute::NotFound)),
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
            assert_eq!(Route::decode(method, path), expect, "{method} {path}");
        }
    }

    #[test]
    fn what_holds_data_needs_a_key() {
        for (route, access) in [
            (Route::Track, Access::Write),
            (Route::TrackBatch, Access::Write),
            (Route::Usage, Access::Read),
            (Route::CreateReport, Access::WriteLive),
            (Route::ReportPdf { report_id: "r".to_owned() }, Access::ReadLive),
            (Route::Keys, Access::Owner),
            (Route::Estimate, Access::Public),
            (Route::CreateAccount, Access::Public),
            (Route::Models, Access::Public),
            (Route::Health, Access::Public),
        ] {
            assert_eq!(route.access(), access, "{route:?}");
        }
    }
}
