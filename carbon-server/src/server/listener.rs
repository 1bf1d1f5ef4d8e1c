//! Connections: taken, encrypted where they are to be, and ended.

use crate::{app::App, server::dispatch::answer};
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use std::{future::Future, net::IpAddr, pin::Pin, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
    time::timeout,
};
use tokio_io_timeout::TimeoutStream;

/// Serves connections until `stop` is ready, then lets running requests finish.
pub(crate) async fn serve(app: Arc<App>, listener: TcpListener, stop: impl Future<Output = ()>) {
    let limits = &app.limits;
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(limits.header_timeout_s));
    let places = Arc::new(Semaphore::new(limits.connections_max));
    let connections = GracefulShutdown::new();
    let mut tasks = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = async {
            let place = places.clone().acquire_owned().await.expect("the semaphore is never closed");
            listener.accept().await.map(|(stream, peer)| (stream, peer.ip(), place))
        };
        let (stream, peer, place) = tokio::select! {
            accepted = accepted => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file descriptors, most likely: wait for some to come back.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            Some(_ended) = tasks.join_next() => continue,
            () = &mut stop => break,
        };
        // Answers are small and waited for.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "no TCP_NODELAY");
        }
        // A client that does not read its answer would keep its place for ever.
        let mut stream = Box::pin(TimeoutStream::new(stream));
        stream.as_mut().set_write_timeout_pinned(Some(Duration::from_secs(limits.write_timeout_s)));
        let (app, http, watcher) = (app.clone(), http.clone(), connections.watcher());
        tasks.spawn(async move {
            if let Err(error) = converse(app, http, watcher, stream, peer).await {
                tracing::debug!(error, "connection ended early");
            }
            drop(place);
        });
    }
    drop(listener);
    let patience = Duration::from_secs(limits.shutdown_timeout_s);
    if timeout(patience, connections.shutdown()).await.is_err() {
        tracing::warn!("some connections did not finish in {patience:?} and were cut");
    }
    tasks.shutdown().await;
}

/// A connection from its first byte to its last; its handshake where connections are encrypted.
async fn converse(
    app: Arc<App>,
    http: http1::Builder,
    watcher: Watcher,
    stream: Pin<Box<TimeoutStream<TcpStream>>>,
    peer: IpAddr,
) -> Result<(), String> {
    let acceptor = app.network.certificate.as_ref().map(|certificate| certificate.acceptor());
    let patience = Duration::from_secs(app.limits.header_timeout_s);
    let service = service_fn(move |request| answer(app.clone(), request, peer));
    let served = match acceptor {
        None => watcher.watch(http.serve_connection(TokioIo::new(stream), service)).await,
        Some(acceptor) => {
            let shaken = timeout(patience, acceptor.accept(stream)).await;
            let stream = shaken.map_err(|_| "no handshake in time")?.map_err(|error| error.to_string())?;
            watcher.watch(http.serve_connection(TokioIo::new(stream), service)).await
        }
    };
    served.map_err(|error| error.to_string())
}
