//! Connections and requests: the only place that speaks hyper, besides the response writer.

use crate::{
    api::{self, App, Input},
    config,
    problem::Problem,
    response::{self, Answer},
    route::{Access, Route},
};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::{
    Request,
    body::{Body, Incoming},
    header,
    http::request::Parts,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use std::{convert::Infallible, future::Future, sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::Semaphore, task::JoinSet, time::timeout};
use tokio_io_timeout::TimeoutStream;

/// Serves connections until `stop` is ready, then lets running requests finish.
pub(crate) async fn serve(app: Arc<App>, listener: TcpListener, stop: impl Future<Output = ()>) {
    let limits = &app.limits;
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(limits.header_timeout_s))
        .pipeline_flush(true);
    let places = Arc::new(Semaphore::new(limits.connections_max));
    let connections = GracefulShutdown::new();
    let mut tasks = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = async {
            let place = places.clone().acquire_owned().await.expect("the semaphore is never closed");
            listener.accept().await.map(|(stream, _)| (stream, place))
        };
        let (stream, place) = tokio::select! {
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
        let app = app.clone();
        let service = service_fn(move |request| answer(app.clone(), request));
        let connection = connections.watch(http.serve_connection(TokioIo::new(stream), service));
        tasks.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection ended early");
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

async fn answer(
    app: Arc<App>,
    request: Request<Incoming>,
) -> Result<hyper::Response<response::Body>, Infallible> {
    let request_id = app.request_ids.next();
    let (head, mut body) = request.into_parts();
    let outcome = handle(&app, &head, &mut body).await;
    if outcome.is_err() {
        discard(body).await;
    }
    Ok(response::write(outcome, &request_id))
}

async fn handle(app: &Arc<App>, head: &Parts, body: &mut Incoming) -> Result<Answer, Problem> {
    let route = Route::decode(head.method.as_str(), head.uri.path())?;
    let caller = match route.access() {
        Access::Public => None,
        // Before the body: a stranger is not listened to.
        Access::Key => {
            let authorization = head.headers.get(header::AUTHORIZATION);
            Some(app.keys.admit(&app.store, authorization.map(header::HeaderValue::as_bytes)).await?)
        }
    };
    // Batches are large: how many bodies are in memory is bounded before they are read.
    let (bytes_max, turn) = match route {
        Route::TrackBatch => (app.limits.batch_bytes_max, Some(app.batches.turn().await?)),
        // A logo in base64.
        Route::SetBranding => (config::BRANDING_BYTES_MAX, None),
        _ => (app.limits.body_bytes_max, None),
    };
    let is_batch = matches!(route, Route::TrackBatch);
    let text = |name: header::HeaderName| {
        head.headers
            .get(name)
            .filter(|_| is_batch)
            .map(|value| value.to_str().unwrap_or("").trim().to_ascii_lowercase())
    };
    let input = Input {
        caller,
        content_type: text(header::CONTENT_TYPE),
        content_encoding: text(header::CONTENT_ENCODING),
        idempotency_keys: head
            .headers
            .get_all("idempotency-key")
            .iter()
            .map(|key| key.as_bytes().to_vec())
            .collect(),
        query: head.uri.query().map(str::to_owned),
        body: read(body, bytes_max, app).await?,
        turn,
    };
    api::answer(app, route, input).await
}

/// Reads on what is not wanted, within reason: many clients send their whole body before they look at the answer,
/// and would find the connection closed instead of the reason.
async fn discard(mut body: Incoming) {
    const BYTES_MAX: u64 = 16 * 1024 * 1024;
    const PATIENCE: Duration = Duration::from_secs(5);
    let read_on = async {
        let mut bytes = 0;
        while let Some(Ok(frame)) = body.frame().await {
            bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
            if bytes > BYTES_MAX {
                break;
            }
        }
    };
    // Past its patience the connection is closed all the same.
    drop(timeout(PATIENCE, read_on).await);
}

/// The whole body, within its limits of size and time.
async fn read(body: &mut Incoming, bytes_max: usize, app: &App) -> Result<Bytes, Problem> {
    // An honest Content-Length is refused before a byte is read.
    if body.size_hint().lower() > bytes_max as u64 {
        return Err(Problem::BodyTooLarge { bytes_max });
    }
    let patience = Duration::from_secs(app.limits.body_timeout_s);
    match timeout(patience, Limited::new(body, bytes_max).collect()).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::BodyTooLarge { bytes_max }),
        Ok(Err(_)) | Err(_) => Err(Problem::BodyNotReceived),
    }
}
