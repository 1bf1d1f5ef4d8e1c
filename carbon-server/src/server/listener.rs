//! Connections: taken, encrypted where they are to be, and ended.

use crate::{
    app::App,
    config::Limits,
    http::tls,
    server::{
        dispatch::answer,
        ending::until,
        http2,
        places::{Place, Places},
        seldom::Seldom,
        spare::Spare,
        task_timer::TaskTimer,
    },
};
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{
    future::Future,
    net::IpAddr,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::timeout,
};
use tokio_io_timeout::TimeoutStream;

/// Bytes of a request's head, and of a body that are taken at a time: what a client that never finishes can make us hold.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// How the two versions of HTTP are spoken.
#[derive(Clone)]
struct Protocols {
    http_1: http1::Builder,
    http_2: http2::Builder,
}

impl Protocols {
    fn new(limits: &Limits, streams: &http2::Streams) -> Self {
        let mut http_1 = http1::Builder::new();
        http_1.header_read_timeout(Duration::from_secs(limits.header_timeout_s)).max_buf_size(HEAD_BYTES_MAX);
        Protocols { http_1, http_2: http2::builder(streams.clone()) }
    }
}

/// Serves connections until `stop` is ready, then lets running requests finish.
pub(crate) async fn serve(app: Arc<App>, listener: TcpListener, stop: impl Future<Output = ()>) {
    let limits = &app.limits;
    let streams = http2::Streams::default();
    let protocols = Protocols::new(limits, &streams);
    let places = Places::new(limits.connections_max, &app.network.trusted_proxies);
    let mut spare = Spare::new();
    // Each connection holds a receiver until it ends.
    let (stopping, _) = watch::channel(());
    let mut tasks = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = async {
            let place = places.wait().await;
            listener.accept().await.map(|(stream, peer)| (stream, peer.ip(), places.give(place, peer.ip())))
        };
        let (stream, peer, place) = tokio::select! {
            accepted = accepted => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    spare.deal_with(error, &listener).await;
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
        let (app, protocols, stopping) = (app.clone(), protocols.clone(), stopping.subscribe());
        tasks.spawn(async move {
            let place = Arc::new(place);
            let ended = tokio::select! {
                biased;
                ended = converse(app, protocols, stopping, stream, peer, place.clone()) => ended,
                () = Seldom::new(place.cut()) => Err("others of its address came after it".to_owned()),
            };
            if let Err(error) = ended {
                tracing::debug!(error, "connection ended early");
            }
        });
    }
    drop(listener);
    let patience = Duration::from_secs(limits.shutdown_timeout_s);
    stopping.send_replace(());
    if timeout(patience, stopping.closed()).await.is_err() {
        tracing::warn!("some connections did not finish in {patience:?} and were cut");
    }
    tasks.shutdown().await;
    streams.shut_down().await;
}

/// A connection from its first byte to its last; its handshake where connections are encrypted.
async fn converse(
    app: Arc<App>,
    protocols: Protocols,
    mut stopping: watch::Receiver<()>,
    stream: Pin<Box<TimeoutStream<TcpStream>>>,
    peer: IpAddr,
    place: Arc<Place>,
) -> Result<(), String> {
    let acceptor = app.network.certificate.as_ref().map(|certificate| certificate.acceptor());
    let patience = Duration::from_secs(app.limits.header_timeout_s);
    let Some(acceptor) = acceptor else {
        let begun = tokio::select! {
            // What was sent before the server was told to stop is answered.
            biased;
            begun = timeout(patience, http2::is_begun(stream.get_ref())) => begun,
            _ = stopping.changed() => return Ok(()),
        };
        let is_http_2 = begun.map_err(|_| "no request in time")?.map_err(|error| error.to_string())?;
        return speak(app, protocols, is_http_2, stopping, stream, peer, place).await;
    };
    let shaken = timeout(patience, acceptor.accept(stream)).await;
    let stream = shaken.map_err(|_| "no handshake in time")?.map_err(|error| error.to_string())?;
    let is_http_2 = stream.get_ref().1.alpn_protocol() == Some(tls::HTTP_2);
    speak(app, protocols, is_http_2, stopping, stream, peer, place).await
}

/// A connection of which it is known what is spoken on it.
async fn speak(
    app: Arc<App>,
    protocols: Protocols,
    is_http_2: bool,
    mut stopping: watch::Receiver<()>,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: IpAddr,
    place: Arc<Place>,
) -> Result<(), String> {
    let stream = TokioIo::new(stream);
    if is_http_2 {
        return http2::serve(app, &protocols.http_2, stopping, stream, peer, place).await;
    }
    let timer = TaskTimer::default();
    let mut http_1 = protocols.http_1;
    http_1.timer(timer.clone());
    let service = service_fn(move |request| {
        place.asked();
        answer(app.clone(), request, peer, timer.clone())
    });
    let connection = http_1.serve_connection(stream, service);
    let stop = async { drop(stopping.changed().await) };
    until(connection, stop).await.map_err(|error| error.to_string())
}
