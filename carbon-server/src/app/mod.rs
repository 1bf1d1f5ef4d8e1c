//! What every handler can reach.

pub(crate) mod checkpoints;
pub(crate) mod metrics;
pub(crate) mod operation;
pub(crate) mod own_changes;

use crate::{
    app::{checkpoints::Checkpoints, metrics::Metrics, operation::Operation},
    auth::{key_ring::KeyRing, log_ins::LogIns, rate_limit::RateLimiter},
    base::{
        ids::{EventIds, RequestIds},
        signed_note::NoteError,
        work_queue::{FairWorkQueue, WorkQueue},
    },
    config::{Config, Limits, NotASigner, SignUps},
    http::{
        request::Input,
        tls::{Certificate, NotTls},
        webhook,
    },
    registry::{AccountSets, Registry},
    report::{
        batches::ReportBatches,
        issue::{AT_A_TIME, Renderer},
    },
    store::{AccountKey, Store, prices::Prices},
};
use carbon_report::Signer;
use governor::{DefaultDirectRateLimiter, Quota};
use std::{net::IpAddr, num::NonZeroU32, path::PathBuf, sync::Arc};
use tokio::sync::Notify;

/// Requests a second of one PACT client.
const RECIPIENT_REQUESTS_PER_S_MAX: NonZeroU32 = NonZeroU32::new(100).unwrap();
/// Passwords hashed at a time: each takes 19 MiB while it lasts.
const PASSWORDS_MAX: usize = 2;
/// Further ones of each kind of work that may wait.
const WAITING_MAX: usize = 64;

/// What every handler can reach.
pub(crate) struct App {
    pub(crate) store: Store,
    /// The sets of factors, with the own entries of accounts.
    pub(crate) registry: Arc<Registry>,
    pub(crate) limits: Limits,
    /// Everything that is answered, in the order that places are counted in.
    pub(crate) operations: &'static [Operation],
    pub(crate) keys: KeyRing,
    pub(crate) ids: IdSources,
    pub(crate) rates: Rates,
    pub(crate) queues: Queues,
    pub(crate) network: Network,
    pub(crate) terms: SignUpTerms,
    pub(crate) outgoing: Outgoing,
    pub(crate) report_batches: ReportBatches,
    pub(crate) checkpoints: Checkpoints,
    /// Who signs reports, where anybody does.
    pub(crate) signer: Option<Arc<Signer>>,
    pub(crate) metrics: Metrics,
}

/// Makers of ids.
pub(crate) struct IdSources {
    pub(crate) requests: RequestIds,
    pub(crate) events: Arc<EventIds>,
}

/// How often what may be done, where no key counts it.
pub(crate) struct Rates {
    /// All sign-ups together.
    pub(crate) sign_ups: DefaultDirectRateLimiter,
    /// Log-in attempts, by e-mail address and by network address.
    pub(crate) log_ins: LogIns,
    /// What PACT clients ask for, by client.
    pub(crate) recipients: RateLimiter<String>,
}

/// Work that keeps a core busy, by kind: sign-ups do not hold up reports.
pub(crate) struct Queues {
    /// Hashing passwords.
    pub(crate) passwords: WorkQueue,
    /// Drawing reports.
    pub(crate) pages: WorkQueue,
    /// Valuing what is asked for.
    pub(crate) queries: WorkQueue,
    /// Batches, from before their body is read until they are answered.
    pub(crate) batches: FairWorkQueue<AccountKey>,
}

/// How the server is reached, and by whom.
pub(crate) struct Network {
    /// How the server is reached from outside.
    pub(crate) public_url: Option<String>,
    /// Proxies that are believed when they say who is calling.
    pub(crate) trusted_proxies: Vec<IpAddr>,
    /// Origins whose pages may call the API.
    pub(crate) cors_origins: Vec<String>,
    /// Shown to who connects, where connections are encrypted.
    pub(crate) certificate: Option<Arc<Certificate>>,
    /// What `/metrics` asks for, where it asks for anything.
    pub(crate) metrics_token: Option<String>,
}

/// Who may sign up, and what it costs.
pub(crate) struct SignUpTerms {
    pub(crate) signup: SignUps,
    /// Prices from the next month on: for who looks at them.
    pub(crate) prices: Prices,
}

/// What is sent to others without being asked.
pub(crate) struct Outgoing {
    /// Notified where something is to be sent: an alert, an answer.
    pub(crate) due: Notify,
    /// Whether it may go to private addresses.
    pub(crate) to_private: bool,
    pub(crate) webhooks: webhook::Sender,
}

/// Why there is no app.
pub(crate) enum NotBuilt {
    Tls(NotTls),
    Signing(NotASigner),
    Random(getrandom::Error),
    /// The key of checkpoints, and what is wrong with it.
    Checkpoints(PathBuf, NoteError),
}

/// Queries and dashboards valued at a time: a core is left to what comes in.
fn queries_at_a_time() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1))
}

impl App {
    /// An app on an open ledger that answers `operations`.
    pub(crate) fn new(
        config: &Config,
        store: Store,
        registry: Registry,
        operations: &'static [Operation],
    ) -> Result<Self, NotBuilt> {
        let limits = &config.limits;
        Ok(App {
            keys: KeyRing::new(limits.key_requests_per_s_max),
            limits: limits.clone(),
            operations,
            ids: IdSources {
                requests: RequestIds::new().map_err(NotBuilt::Random)?,
                events: Arc::new(EventIds::new().map_err(NotBuilt::Random)?),
            },
            rates: Rates {
                sign_ups: governor::RateLimiter::direct(Quota::per_minute(limits.sign_ups_per_minute_max)),
                log_ins: LogIns::new(limits.log_ins_per_minute_max),
                recipients: RateLimiter::new(Quota::per_second(RECIPIENT_REQUESTS_PER_S_MAX)),
            },
            queues: Queues {
                passwords: WorkQueue::new(PASSWORDS_MAX, WAITING_MAX),
                pages: WorkQueue::new(AT_A_TIME, WAITING_MAX),
                queries: WorkQueue::new(queries_at_a_time(), WAITING_MAX),
                batches: FairWorkQueue::new(limits.batches_max.max(1), WAITING_MAX),
            },
            network: Network {
                public_url: config.public_url.clone(),
                trusted_proxies: config.trusted_proxies.clone(),
                cors_origins: config.cors_origins.clone(),
                certificate: Certificate::read(&config.tls).map_err(NotBuilt::Tls)?,
                metrics_token: config.metrics_token.clone(),
            },
            terms: SignUpTerms { signup: config.signup, prices: config.prices.clone() },
            outgoing: Outgoing {
                due: Notify::new(),
                to_private: config.webhook_private,
                webhooks: webhook::Sender::new(config.webhook_private),
            },
            report_batches: ReportBatches::default(),
            checkpoints: Checkpoints::of(&config.checkpoints, &config.database, &store)
                .map_err(|(path, error)| NotBuilt::Checkpoints(path, error))?,
            signer: config.signing.signer().map_err(NotBuilt::Signing)?.map(Arc::new),
            metrics: Metrics::new(store.group_sizes(), operations),
            registry: Arc::new(registry),
            store,
        })
    }

    /// The sets of an account.
    pub(crate) fn sets(&self, account: AccountKey) -> AccountSets {
        AccountSets::new(&self.registry, account)
    }

    /// What issuing a report takes.
    pub(crate) fn renderer(&self) -> Renderer<'_> {
        Renderer { pages: &self.queues.pages, signer: self.signer.as_ref(), registry: &self.registry }
    }
}

impl Network {
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
        let here = || format!("{scheme}://{}", input.headers.host.as_deref().unwrap_or("localhost"));
        self.public_url.clone().unwrap_or_else(here)
    }

    /// The same by the name that the request used, whatever the operator calls it.
    pub(crate) fn url_as_asked(&self, input: &Input) -> String {
        let known = self.url(input);
        let scheme = known.split("://").next().unwrap_or("https");
        format!("{scheme}://{}", input.headers.host.as_deref().unwrap_or("localhost"))
    }
}
