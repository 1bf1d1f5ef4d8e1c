//! HTTP/2: without encryption by prior knowledge, with it where the handshake says so. Every path is served, as in HTTP/1.1;
//! gRPC needs it.

use crate::{
    app::App,
    server::{dispatch::answer, ending::until, exchanges::Exchanges, places::Place, task_timer::TaskTimer},
};
use hyper::{
    Method, Request,
    body::Incoming,
    rt::{Executor, Read, Write},
    server::conn::http2,
    service::service_fn,
};
use hyper_util::rt::TokioTimer;
use std::{
    convert::Infallible,
    future::Future,
    io, mem,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{net::TcpStream, sync::watch, task::JoinSet, time::sleep};

/// Requests at a time on one connection.
const STREAMS_MAX: u32 = 32;
/// Bytes of a request that are taken before they are read.
const STREAM_WINDOW: u32 = 256 * 1024;
/// The same for all requests of a connection together: bodies that wait for their turn leave room for those that have it.
/// This much memory is used only while that many large bodies wait, whose number is bounded for the whole server.
const CONNECTION_WINDOW: u32 = STREAMS_MAX * STREAM_WINDOW;
/// Bytes of a request's headers, as HTTP/2 counts them.
const HEADERS_BYTES_MAX: u32 = 16 * 1024;
/// Bytes of an answer that wait for the client to read.
const SEND_BUFFER_BYTES_MAX: usize = 64 * 1024;
/// Requests that a client may give up before they have been looked at (CVE-2023-44487).
const RESETS_PENDING_MAX: usize = 20;
/// Streams that we end because of a client's faults, before the connection is.
const FAULTS_MAX: usize = 64;

/// How HTTP/2 is spoken.
pub(super) type Builder = http2::Builder<Streams>;

pub(super) fn builder(streams: Streams) -> Builder {
    let mut builder = http2::Builder::new(streams);
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_header_list_size(HEADERS_BYTES_MAX)
        .max_send_buf_size(SEND_BUFFER_BYTES_MAX)
        .max_pending_accept_reset_streams(RESETS_PENDING_MAX)
        .max_local_error_reset_streams(FAULTS_MAX);
    builder
}

/// Whether a client that connects speaks HTTP/2: its first line starts as no HTTP/1.1 request does. Only looks at the bytes,
/// once where they have arrived, so that a connection of HTTP/1.1 costs one system call more and its requests nothing.
pub(super) async fn is_begun(stream: &TcpStream) -> io::Result<bool> {
    const BEGINNING: &[u8] = b"PRI";
    /// Who sends one byte at a time is looked at again after this time, and then ever less often.
    const AGAIN: Duration = Duration::from_millis(10);
    const AGAIN_AT_LEAST: Duration = Duration::from_secs(1);
    let mut again = AGAIN;
    let mut first = [0; BEGINNING.len()];
    loop {
        let bytes = stream.peek(&mut first).await?;
        if bytes == 0 || !BEGINNING.starts_with(&first[..bytes]) {
            return Ok(false);
        }
        if bytes == BEGINNING.len() {
            return Ok(true);
        }
        sleep(again).await;
        again = (again * 2).min(AGAIN_AT_LEAST);
    }
}

/// A connection from its preface to its end.
pub(super) async fn serve(
    app: Arc<App>,
    builder: &Builder,
    mut stopping: watch::Receiver<()>,
    stream: impl Read + Write + Unpin + Send + 'static,
    peer: IpAddr,
    place: Arc<Place>,
) -> Result<(), String> {
    let header_patience = Duration::from_secs(app.limits.header_timeout_s);
    let write_patience = Duration::from_secs(app.limits.write_timeout_s);
    let exchanges = Exchanges::new();
    let begun = exchanges.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        place.asked();
        let (app, exchange) = (app.clone(), begun.begin());
        let is_head = request.method() == Method::HEAD;
        async move {
            // A stream is a task of its own.
            let response = answer(app, request, peer, TaskTimer::default()).await?;
            Ok::<_, Infallible>(response.map(|body| exchange.answered(body, is_head)))
        }
    });
    let connection = builder.serve_connection(stream, service);
    // As with HTTP/1.1, a connection is kept for as long as the next request may take.
    let stop = async {
        tokio::select! {
            _ = stopping.changed() => {}
            () = exchanges.idle_for(header_patience) => {}
        }
    };
    tokio::select! {
        served = until(connection, stop) => served.map_err(|error| error.to_string()),
        reason = exchanges.abused(write_patience) => Err(reason.to_owned()),
        // It was told to end, and stays.
        () = exchanges.idle_for(header_patience + write_patience) => Err("nothing is asked for".to_owned()),
    }
}

/// The requests of all connections: each is a task of its own.
#[derive(Clone, Default)]
pub(super) struct Streams(Arc<Mutex<JoinSet<()>>>);

impl Streams {
    /// Ends those that still run.
    pub(super) async fn shut_down(&self) {
        let mut tasks = mem::take(&mut *self.lock());
        tasks.shutdown().await;
    }

    fn lock(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Streams {
    fn execute(&self, stream: F) {
        let mut tasks = self.lock();
        // Those that have ended leave their place.
        while tasks.try_join_next().is_some() {}
        tasks.spawn(stream);
    }
}
