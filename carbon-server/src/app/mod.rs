//! What every handler can reach.

pub(crate) mod checkpoints;
pub(crate) mod closing;
pub(crate) mod documents;
pub(crate) mod grams_counter;
pub(crate) mod metrics;
pub(crate) mod network;
pub(crate) mod operation;
pub(crate) mod own_changes;
pub(crate) mod readiness;
pub(crate) mod seal_log;
pub(crate) mod time_stamps;

use crate::{
    app::{
        checkpoints::Checkpoints, documents::Documents, metrics::Metrics, network::Network,
        operation::Operation, readiness::Readiness, time_stamps::TimeStampAuthority,
    },
    auth::{
        key_ring::KeyRing,
        log_ins::{LogIns, SignUpRates},
        passwords::Passwords,
        rate_limit::RateLimiter,
        session_use::SessionUse,
    },
    base::{
        ids::{EventIds, RequestIds},
        signed_note::NoteKeyError,
        work_queue::WorkQueue,
    },
    config::{Config, Limits, NoAuthorities, NoFonts, NotASigner, SignUps},
    http::{
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
use carbon_report::{Fonts, Signer};
use std::{net::IpAddr, num::NonZeroU32, path::PathBuf, sync::Arc};
use tokio::sync::Notify;

/// Requests a second of one PACT client.
const RECIPIENT_REQUESTS_PER_S_MAX: NonZeroU32 = NonZeroU32::new(100).unwrap();
/// Requests of accounts, and those of strangers, that are answered at a time, events aside.
const REQUESTS_AT_A_TIME: usize = 8;
/// Requests at a time that read every event of a month or of a tenant.
const LONG_AT_A_TIME: usize = 2;
/// Reports and packs of strangers that are in memory at a time, besides small ones, and that are checked at a time.
const UPLOADS_AT_A_TIME: usize = 4;
const VERIFICATIONS_AT_A_TIME: usize = 2;
/// Files that one address may have checked in a minute.
const VERIFICATIONS_PER_MINUTE_MAX: NonZeroU32 = NonZeroU32::new(20).unwrap();
/// Further ones that may wait, of one address.
const VERIFICATIONS_WAITING_MAX: usize = 8;
/// Further ones of each kind of work that may wait, of one account or one address.
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
    pub(crate) sessions: SessionUse,
    pub(crate) ids: IdSources,
    pub(crate) rates: Rates,
    pub(crate) queues: Queues,
    pub(crate) passwords: Passwords,
    pub(crate) documents: Documents,
    pub(crate) readiness: Readiness,
    pub(crate) network: Network,
    pub(crate) terms: SignUpTerms,
    pub(crate) outgoing: Outgoing,
    pub(crate) report_batches: ReportBatches,
    pub(crate) checkpoints: Checkpoints,
    /// Who stamps the seals over closed months, where the operator names anybody.
    pub(crate) time_stamps: Option<TimeStampAuthority>,
    /// Who signs reports, where anybody does.
    pub(crate) signer: Option<Arc<Signer>>,
    /// Fonts of reports besides their own.
    pub(crate) fonts: Fonts,
    /// Where they were read: a check in a process of its own reads them again.
    pub(crate) fonts_folder: Option<PathBuf>,
    pub(crate) metrics: Metrics,
}

/// Makers of ids.
pub(crate) struct IdSources {
    pub(crate) requests: RequestIds,
    pub(crate) events: Arc<EventIds>,
}

/// How often what may be done, where no key counts it.
pub(crate) struct Rates {
    /// Sign-ups, by network address and together.
    pub(crate) sign_ups: SignUpRates,
    /// Log-in attempts, by network address and by e-mail address.
    pub(crate) log_ins: LogIns,
    /// What is asked for without a valid key, by network address.
    pub(crate) strangers: RateLimiter<IpAddr>,
    /// Files that strangers have checked, by network address.
    pub(crate) verifications: RateLimiter<IpAddr>,
    /// What PACT clients ask for, by client.
    pub(crate) recipients: RateLimiter<String>,
}

/// Work that keeps a core busy, by kind, each in turn between those who ask: exports do not hold up reports, and one account
/// holds up no other.
pub(crate) struct Queues {
    /// Requests of accounts, from when their body is there until they are answered. Events have none of these turns.
    pub(crate) accounts: WorkQueue<AccountKey>,
    /// The same of strangers, by network address.
    pub(crate) strangers: WorkQueue<IpAddr>,
    /// Large files that strangers have checked, from before they are read.
    pub(crate) uploads: WorkQueue<IpAddr>,
    /// Checking them.
    pub(crate) verifications: WorkQueue<IpAddr>,
    /// What reads every event of a month or of a tenant.
    pub(crate) long: WorkQueue<AccountKey>,
    /// Drawing reports.
    pub(crate) pages: WorkQueue<AccountKey>,
    /// Valuing what is asked for.
    pub(crate) queries: WorkQueue<AccountKey>,
    /// Batches, from when their body is there until they are kept.
    pub(crate) batches: WorkQueue<AccountKey>,
    /// Large bodies of batches, from before they are read.
    pub(crate) bodies: WorkQueue<AccountKey>,
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
    Fonts(NoFonts),
    Random(getrandom::Error),
    /// The key of checkpoints, and what is wrong with it.
    Checkpoints(PathBuf, NoteKeyError),
    TimeStamps(NoAuthorities),
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
            sessions: SessionUse::default(),
            limits: limits.clone(),
            operations,
            ids: IdSources {
                requests: RequestIds::new().map_err(NotBuilt::Random)?,
                events: Arc::new(EventIds::new().map_err(NotBuilt::Random)?),
            },
            rates: Rates {
                sign_ups: SignUpRates::new(limits.sign_ups_per_minute_max),
                log_ins: LogIns::new(limits.log_ins_per_minute_max),
                strangers: RateLimiter::per_second(limits.address_requests_per_s_max),
                verifications: RateLimiter::per_minute(VERIFICATIONS_PER_MINUTE_MAX),
                recipients: RateLimiter::per_second(RECIPIENT_REQUESTS_PER_S_MAX),
            },
            queues: Queues {
                accounts: WorkQueue::new(REQUESTS_AT_A_TIME, WAITING_MAX),
                strangers: WorkQueue::new(REQUESTS_AT_A_TIME, WAITING_MAX),
                uploads: WorkQueue::new(UPLOADS_AT_A_TIME, VERIFICATIONS_WAITING_MAX),
                verifications: WorkQueue::new(VERIFICATIONS_AT_A_TIME, VERIFICATIONS_WAITING_MAX),
                long: WorkQueue::new(LONG_AT_A_TIME, WAITING_MAX),
                pages: WorkQueue::new(AT_A_TIME, WAITING_MAX),
                queries: WorkQueue::new(queries_at_a_time(), WAITING_MAX),
                batches: WorkQueue::new(limits.batches_max, WAITING_MAX),
                bodies: WorkQueue::new(limits.batches_max, WAITING_MAX),
            },
            passwords: Passwords::new(),
            documents: Documents::default(),
            readiness: Readiness::new(),
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
            time_stamps: TimeStampAuthority::of(&config.time_stamps).map_err(NotBuilt::TimeStamps)?,
            signer: config.signing.signer().map_err(NotBuilt::Signing)?.map(Arc::new),
            fonts: config.fonts.read().map_err(NotBuilt::Fonts)?,
            fonts_folder: config.fonts.folder.clone(),
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
        Renderer {
            pages: &self.queues.pages,
            signer: self.signer.as_ref(),
            fonts: &self.fonts,
            registry: &self.registry,
            public_url: self.network.public_url.as_deref(),
        }
    }
}

impl Queues {
    /// Ready once no request is being answered on a thread of its own.
    pub(crate) async fn idle(&self) {
        self.accounts.idle().await;
        self.strangers.idle().await;
        self.verifications.idle().await;
    }
}
