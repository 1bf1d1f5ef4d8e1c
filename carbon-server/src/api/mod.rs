//! The resources, one file each. A handler checks permission, reads its typed input, calls the store or the
//! core, and returns a typed answer.

pub(crate) mod accounts;
mod batch;
pub(crate) mod billing;
mod branding;
mod carbon_txt;
mod company;
pub(crate) mod dashboard_links;
mod encoding;
pub(crate) mod estimate;
pub(crate) mod figures;
pub(crate) mod gathering;
mod grid;
mod health;
pub(crate) mod input;
pub(crate) mod intake;
pub(crate) mod keys;
mod litellm;
pub(crate) mod models;
pub(crate) mod months;
mod pact;
mod pact_clients;
mod place;
pub(crate) mod report_batches;
pub(crate) mod reports;
mod restatements;
mod reversals;
mod rows;
pub(crate) mod session;
mod sources;
pub(crate) mod tags;
mod taxonomy;
pub(crate) mod tenant_export;
pub(crate) mod tenants;
pub(crate) mod text;
pub(crate) mod time;
pub(crate) mod tokens;
mod traces;
pub(crate) mod track;
pub(crate) mod track_request;
pub(crate) mod usage;
mod usage_object;
mod webhook;

pub(crate) use input::{Input, factor_set_of};

use crate::{
    config::{Limits, Prices, SignUps},
    event_names::EventNames,
    heavy::{HeavyWork, SharedWork},
    issue::Press,
    key_ring::KeyRing,
    metrics::Metrics,
    openapi,
    pace::Pace,
    pages,
    problem::Problem,
    request_id::RequestIds,
    response::Answer,
    route::Route,
    store::{AccountKey, Store},
    tls::Certificate,
};
use carbon_report::Signer;
use governor::DefaultDirectRateLimiter;
use input::{Faults, object, pointer, unnoticed, wanted_factor_set};
use jiff::Timestamp;
use report_batches::ReportBatches;
use session::LogIns;
use std::{net::IpAddr, sync::Arc};
use tokio::sync::Notify;

/// What every handler can reach.
pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) keys: KeyRing,
    pub(crate) limits: Limits,
    pub(crate) request_ids: RequestIds,
    pub(crate) event_names: Arc<EventNames>,
    /// Sign-ups of all comers together.
    pub(crate) sign_ups: DefaultDirectRateLimiter,
    pub(crate) signup: SignUps,
    /// What is asked for from the next month on: for who looks at prices.
    pub(crate) prices: Prices,
    /// Tries to log in, by e-mail address and by network address.
    pub(crate) log_ins: LogIns,
    /// What PACT clients ask for, by client.
    pub(crate) recipients: Pace<String>,
    /// Notified when a message is added to the outbox.
    pub(crate) outbox: Notify,
    /// How the server is reached from outside.
    pub(crate) public_url: Option<String>,
    /// Proxies that are believed when they say who is calling.
    pub(crate) trusted_proxies: Vec<IpAddr>,
    /// Origins whose pages may call the API.
    pub(crate) cors_origins: Vec<String>,
    /// Whether webhooks may go to private addresses.
    pub(crate) webhook_private: bool,
    pub(crate) webhooks: crate::webhook::Sender,
    pub(crate) metrics: Metrics,
    /// What `/metrics` asks for, where it asks for anything.
    pub(crate) metrics_token: Option<String>,
    /// Shown to who connects, where connections are encrypted.
    pub(crate) certificate: Option<Arc<Certificate>>,
    /// Turns for hashing passwords.
    pub(crate) passwords: HeavyWork,
    /// Turns for drawing reports.
    pub(crate) pages: HeavyWork,
    /// Who signs reports, where anybody does.
    pub(crate) signer: Option<Arc<Signer>>,
    /// Reports of all clients that are being made.
    pub(crate) report_batches: ReportBatches,
    /// Turns for valuing what is asked for.
    pub(crate) queries: HeavyWork,
    /// Turns for batches, from before their body is read until they are answered.
    pub(crate) batches: SharedWork<AccountKey>,
}

impl App {
    /// Whether pages of `origin` may call the API.
    pub(crate) fn allows(&self, origin: &[u8]) -> bool {
        self.cors_origins.iter().any(|listed| listed.as_bytes().eq_ignore_ascii_case(origin))
    }

    /// Scheme, host and port of how the server is reached from outside, where that is known.
    pub(crate) fn public_origin(&self) -> Option<&str> {
        let url = self.public_url.as_deref()?;
        let path =
            url.find("://").and_then(|scheme| url[scheme + 3..].find('/').map(|path| scheme + 3 + path));
        Some(&url[..path.unwrap_or(url.len())])
    }

    /// How the server is reached from outside, without a slash behind it.
    pub(crate) fn url(&self, input: &Input) -> String {
        let scheme = if self.certificate.is_some() { "https" } else { "http" };
        let here = || format!("{scheme}://{}", input.host.as_deref().unwrap_or("localhost"));
        self.public_url.clone().unwrap_or_else(here)
    }

    /// The same by the name that the request used, whatever the operator calls it.
    pub(crate) fn url_as_asked(&self, input: &Input) -> String {
        let known = self.url(input);
        let scheme = known.split("://").next().unwrap_or("https");
        format!("{scheme}://{}", input.host.as_deref().unwrap_or("localhost"))
    }

    /// What issuing a report takes.
    pub(crate) fn press(&self) -> Press<'_> {
        Press { pages: &self.pages, signer: self.signer.as_ref() }
    }
}

/// Answers a request.
pub(crate) async fn answer(app: &Arc<App>, route: Route, input: Input) -> Result<Answer, Problem> {
    match route {
        Route::Estimate => estimate::create(&input),
        Route::Track => track::create(app, &input).await,
        Route::TrackBatch => batch::create(app, input).await,
        Route::Traces => traces::create(app, input).await,
        Route::LiteLlm => litellm::create(app, input).await,
        Route::Sources => sources::show(app, &input).await,
        Route::SetSources => sources::set(app, &input).await,
        Route::CreateAccount => accounts::create(app, &input).await,
        Route::LogIn => session::begin(app, &input).await,
        Route::Session => session::show(app, &input).await,
        Route::LogOut => session::end(app, &input).await,
        Route::Keys => keys::list(app, &input).await,
        Route::CreateKey => keys::create(app, &input).await,
        Route::RevokeKey { key_id } => keys::revoke(app, &input, key_id).await,
        Route::Tenants => tenants::list(app, &input).await,
        Route::Tenant { tenant_id } => tenants::show(app, &input, tenant_id).await,
        Route::SetTenant { tenant_id } => tenants::set(app, &input, tenant_id).await,
        Route::EraseTenant { tenant_id } => tenants::erase(app, &input, tenant_id).await,
        Route::TenantExport { tenant_id } => tenant_export::create(app, &input, tenant_id).await,
        Route::CreateDashboardLink { tenant_id } => dashboard_links::create(app, &input, tenant_id).await,
        Route::DashboardLinks { tenant_id } => dashboard_links::list(app, &input, tenant_id).await,
        Route::RevokeDashboardLink { tenant_id, link_id } => {
            dashboard_links::revoke(app, &input, tenant_id, link_id).await
        }
        Route::CreatePactClient { tenant_id } => pact_clients::create(app, &input, tenant_id).await,
        Route::PactClients { tenant_id } => pact_clients::list(app, &input, tenant_id).await,
        Route::RevokePactClient { tenant_id, client_id } => {
            pact_clients::revoke(app, &input, tenant_id, client_id).await
        }
        Route::CarbonTxt => carbon_txt::show(app, &input).await,
        Route::PactToken => pact::token(app, &input).await,
        Route::PactDiscovery => pact::discovery(app, &input),
        Route::Footprints => pact::list(app, &input).await,
        Route::Footprint { id } => pact::show(app, &input, id).await,
        Route::PactEvent => pact::take_event(app, &input).await,
        Route::Taxonomy { file } => taxonomy::show(&file),
        Route::Ready => health::ready(app).await,
        Route::Metrics => health::metrics(app, &input),
        Route::OpenApi => Answer::ok(&openapi::document(&app.limits)),
        Route::Page(page) => pages::answer(app, page, input).await,
        Route::Bill { month } => billing::show(app, &input, &month).await,
        Route::BillLines { month } => billing::lines(app, &input, &month).await,
        Route::Webhook => webhook::show(app, &input).await,
        Route::SetWebhook => webhook::set(app, &input).await,
        Route::RemoveWebhook => webhook::remove(app, &input).await,
        Route::Reversal { event_id } => reversals::create(app, &input, event_id).await,
        Route::Usage => usage::show(app, &input).await,
        Route::Month { month } => months::show(app, &input, &month).await,
        Route::CloseMonth { month } => months::close(app, &input, &month).await,
        Route::CreateRestatement => restatements::create(app, &input).await,
        Route::Restatement { restatement_id } => restatements::show(app, &input, restatement_id).await,
        Route::CreateReport => reports::create(app, &input).await,
        Route::ReportPdf { report_id } => reports::show(app, &input, report_id, "report.pdf").await,
        Route::ReportForm { report_id, form } => reports::show(app, &input, report_id, form.name()).await,
        Route::ReportEvidence { report_id } => reports::show(app, &input, report_id, "evidence.zip").await,
        Route::ReportBatch { batch_id } => report_batches::show(app, &input, &batch_id),
        Route::ReportBatchZip { batch_id } => report_batches::zip(app, &input, batch_id).await,
        Route::Branding => branding::show(app, &input).await,
        Route::SetBranding => branding::set(app, &input).await,
        Route::Models => models::list(&input),
        Route::Model { name } => models::show(&input, &name),
        Route::Health => health::show(app),
    }
}

pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

pub(crate) fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}
