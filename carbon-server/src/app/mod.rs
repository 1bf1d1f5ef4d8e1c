//! What every handler can reach.

use crate::app::metrics::Metrics;
use crate::auth::key_ring::KeyRing;
use crate::auth::log_ins::LogIns;
use crate::auth::rate_limit::RateLimiter;
use crate::base::ids::EventNames;
use crate::base::ids::RequestIds;
use crate::base::work_queue::FairWorkQueue;
use crate::base::work_queue::WorkQueue;
use crate::config::Limits;
use crate::config::SignUps;
use crate::http::request::Input;
use crate::http::tls::Certificate;
use crate::report::batches::ReportBatches;
use crate::report::issue::Renderer;
use crate::store::AccountKey;
use crate::store::Store;
use crate::store::prices::Prices;
use carbon_report::Signer;
use governor::DefaultDirectRateLimiter;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::Notify;
pub(crate) mod metrics;

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
    pub(crate) recipients: RateLimiter<String>,
    /// Told where something is to be sent: an alert, an answer.
    pub(crate) letters: Notify,
    /// How the server is reached from outside.
    pub(crate) public_url: Option<String>,
    /// Proxies that are believed when they say who is calling.
    pub(crate) trusted_proxies: Vec<IpAddr>,
    /// Origins whose pages may call the API.
    pub(crate) cors_origins: Vec<String>,
    /// Whether webhooks may go to private addresses.
    pub(crate) webhook_private: bool,
    pub(crate) webhooks: crate::http::webhook::Sender,
    pub(crate) metrics: Metrics,
    /// What `/metrics` asks for, where it asks for anything.
    pub(crate) metrics_token: Option<String>,
    /// Shown to who connects, where connections are encrypted.
    pub(crate) certificate: Option<Arc<Certificate>>,
    /// Turns for hashing passwords.
    pub(crate) passwords: WorkQueue,
    /// Turns for drawing reports.
    pub(crate) pages: WorkQueue,
    /// Who signs reports, where anybody does.
    pub(crate) signer: Option<Arc<Signer>>,
    /// Reports of all clients that are being made.
    pub(crate) report_batches: ReportBatches,
    /// Turns for valuing what is asked for.
    pub(crate) queries: WorkQueue,
    /// Turns for batches, from before their body is read until they are answered.
    pub(crate) batches: FairWorkQueue<AccountKey>,
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
    pub(crate) fn renderer(&self) -> Renderer<'_> {
        Renderer { pages: &self.pages, signer: self.signer.as_ref() }
    }
}
