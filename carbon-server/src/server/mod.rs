//! A server from its configuration to its end.

mod dispatch;
mod ending;
mod exchanges;
mod frames;
mod host;
mod http2;
mod listener;
mod peer;
mod places;
mod respond;
mod seldom;
mod spare;
mod task_timer;
mod upload;

use crate::{
    app::{App, NotBuilt},
    background::{checkpoints, delivery::deliver, housekeeping, schedule, time_stamps},
    config::{Config, NoAuthorities, NoFonts, NotASigner},
    http::tls::{self, NotTls},
    registry::{self, NoRegistry, Registry},
    store::{Store, error::LedgerError},
};
use jiff::Timestamp;
use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};
use thiserror::Error;
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    sync::oneshot,
    time::timeout,
};

/// Takes a port.
pub(crate) async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|cause| StartError::Listen { address, cause })
}

/// An open ledger with its sets of factors, and whether it is new.
struct OpenLedger {
    store: Store,
    registry: Registry,
    is_new: bool,
}

/// Opens the ledger with the prices of today.
async fn open(config: &Config) -> Result<OpenLedger, StartError> {
    let cannot_open =
        |error| StartError::Ledger { database: config.database.to_string(), cause: LedgerError(error) };
    let (store, is_new) =
        Store::open(&config.database, &config.store_options()).await.map_err(cannot_open)?;
    let now_ms = Timestamp::now().as_millisecond();
    store.note_prices(config.prices.clone(), now_ms).await.map_err(cannot_open)?;
    let registry = Registry::open(&store, config.factor_set.clone()).await.map_err(|error| match error {
        NoRegistry::Store(error) => cannot_open(error),
        error @ (NoRegistry::NoSuchSet { .. } | NoRegistry::Altered { .. }) => {
            StartError::FactorSet(error.to_string())
        }
    })?;
    Ok(OpenLedger { store, registry, is_new })
}

/// A server that holds its port and its ledger, ready to run.
pub struct Server {
    app: Arc<App>,
    listener: TcpListener,
    address: SocketAddr,
    new_ledger: bool,
    hang_up: Signal,
}

impl Server {
    /// Opens the ledger and takes the port. Needs a tokio runtime with I/O and time.
    ///
    /// # Errors
    /// The ledger cannot be opened, or the address cannot be had.
    pub async fn bind(config: &Config) -> Result<Server, StartError> {
        let ledger = open(config).await?;
        let listener = listen(config.listen).await?;
        Server::new(config, ledger, listener)
    }

    /// Opens the ledger of a server whose port was taken before. Connections wait until it runs.
    pub(crate) async fn bind_to(listener: TcpListener, config: &Config) -> Result<Server, StartError> {
        Server::new(config, open(config).await?, listener)
    }

    fn new(
        config: &Config,
        OpenLedger { store, registry, is_new: new_ledger }: OpenLedger,
        listener: TcpListener,
    ) -> Result<Server, StartError> {
        let cannot_listen = |cause| StartError::Listen { address: config.listen, cause };
        let address = listener.local_addr().map_err(cannot_listen)?;
        // Before anyone learns of it: it would end the process.
        let hang_up = signal(SignalKind::hangup()).map_err(StartError::Signal)?;
        let app =
            App::new(config, store, registry, &dispatch::OPERATIONS).map_err(
                |not_built| match not_built {
                    NotBuilt::Tls(error) => StartError::Tls(error),
                    NotBuilt::Signing(error) => StartError::Signing(error),
                    NotBuilt::Fonts(error) => StartError::Fonts(error),
                    NotBuilt::Random(error) => StartError::Random(error),
                    NotBuilt::Checkpoints(path, error) => {
                        StartError::CheckpointKey(format!("{}: {error}", path.display()))
                    }
                    NotBuilt::TimeStamps(error) => StartError::TimeStamps(error),
                },
            )?;
        Ok(Server { app: Arc::new(app), listener, address, new_ledger, hang_up })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same as an address to paste.
    pub fn url(&self) -> String {
        let scheme = if self.app.network.certificate.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Whether the ledger was made just now.
    pub fn has_new_ledger(&self) -> bool {
        self.new_ledger
    }

    /// Serves until `stop` is ready, finishes the requests that run, and closes the ledger.
    /// Everything that was answered with success is on disk then; it was before.
    ///
    /// # Errors
    /// [`NotClosed`] where the ledger's writer had failed.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<(), NotClosed> {
        let housekeeping = tokio::spawn(housekeeping::keep(self.app.clone()));
        let checkpoints = tokio::spawn(checkpoints::keep(self.app.clone()));
        let time_stamps = tokio::spawn(time_stamps::keep(self.app.clone()));
        let schedules = tokio::spawn(schedule::keep(self.app.clone()));
        let followed = self.app.clone();
        let following =
            tokio::spawn(async move { registry::follow(&followed.registry, &followed.store).await });
        let (go_on, stop_delivery) = oneshot::channel();
        let delivery = tokio::spawn(deliver(self.app.clone(), stop_delivery));
        let renewal = tokio::spawn(tls::renew(self.app.network.certificate.clone(), self.hang_up));
        listener::serve(self.app.clone(), self.listener, stop).await;
        // What was taken up goes on although nobody waits for it any more.
        let patience = Duration::from_secs(self.app.limits.shutdown_timeout_s);
        drop(timeout(patience, self.app.queues.idle()).await);
        renewal.abort();
        housekeeping.abort();
        checkpoints.abort();
        time_stamps.abort();
        schedules.abort();
        following.abort();
        drop(go_on);
        // They hold the app until they have ended.
        drop(housekeeping.await);
        drop(checkpoints.await);
        drop(time_stamps.await);
        drop(schedules.await);
        drop(following.await);
        drop(delivery.await);
        if let Err(error) = housekeeping::note_use(&self.app).await {
            tracing::warn!(%error, "when keys and sessions were used last was not noted");
        }
        self.app.report_batches.stop().await;
        let app = Arc::into_inner(self.app).ok_or(NotClosed)?;
        if app.store.close().await { Ok(()) } else { Err(NotClosed) }
    }
}

/// The ledger was not closed in good order; opening it again recovers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the ledger was not closed in good order; the next start recovers it")]
pub struct NotClosed;

/// Why a server cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// It is not a ledger, not ours to write, of a newer version, or its server cannot be reached.
    #[error("cannot open the ledger {database}: {cause}")]
    Ledger {
        /// Where it is.
        database: String,
        /// What stood in the way.
        cause: LedgerError,
    },
    /// The port is taken, or not ours to take.
    #[error("cannot listen on {address}: {cause}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// The operating system's words.
        cause: std::io::Error,
    },
    /// The set of factors that should be the default is not there.
    #[error("{0}")]
    FactorSet(String),
    /// The certificate of the server or its key cannot be used.
    #[error(transparent)]
    Tls(#[from] NotTls),
    /// The key or the certificate for reports cannot be used.
    #[error(transparent)]
    Signing(#[from] NotASigner),
    /// A font for reports cannot be used.
    #[error(transparent)]
    Fonts(#[from] NoFonts),
    /// The operating system does not pass SIGHUP on.
    #[error("no SIGHUP: {0}")]
    Signal(std::io::Error),
    /// The key that signs checkpoints cannot be used.
    #[error("no checkpoints can be signed: {0}")]
    CheckpointKey(String),
    /// The certificates of the time-stamp authority cannot be used.
    #[error(transparent)]
    TimeStamps(#[from] NoAuthorities),
    /// The operating system gave no randomness.
    #[error("no random numbers: {0}")]
    Random(getrandom::Error),
}
