//! Connections and requests: the only place that speaks hyper, besides the response writer.

use crate::server::dispatch;
use crate::{
    api::session,
    app::App,
    config,
    http::{
        answer::Answer,
        caller::Allowance,
        problem::Problem,
        request::Input,
        route::{self, Access, Found, Route},
    },
    ingest::sources::otlp::PROTOBUF,
    pages::{self, Eyes},
    server::{
        peer,
        respond::{self, Manners, Told},
    },
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
    server::graceful::{GracefulShutdown, Watcher},
};
use std::{
    convert::Infallible,
    future::Future,
    net::IpAddr,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};
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
    let acceptor = app.certificate.as_ref().map(|certificate| certificate.acceptor());
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

async fn answer(
    app: Arc<App>,
    request: Request<Incoming>,
    peer: IpAddr,
) -> Result<hyper::Response<respond::Body>, Infallible> {
    let (head, body) = request.into_parts();
    let mut upload = Upload { body, is_begun: false };
    let allowed_origin = head.headers.get(header::ORIGIN).filter(|origin| app.allows(origin.as_bytes()));
    let mut manners = Manners {
        request_id: app.request_ids.next(),
        eyes: None,
        told: Told::Problem,
        allowance: None,
        allowed_origin: allowed_origin.cloned(),
    };
    if head.method == hyper::Method::OPTIONS
        && head.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
        && let Some(origin) = manners.allowed_origin.take()
    {
        let response = respond::preflight(origin, &manners.request_id);
        note(&app, &manners, "OPTIONS", None, response.status().as_u16(), Duration::ZERO);
        return Ok(response);
    }
    let forwarded_for = head.headers.get_all("x-forwarded-for").iter().map(header::HeaderValue::as_bytes);
    let peer = peer::behind(&app.trusted_proxies, peer, forwarded_for);
    let began = Instant::now();
    let found = Route::decode(head.method.as_str(), head.uri.path());
    let place = found.as_ref().ok().map(|found| found.place);
    let is_of_spans = found.as_ref().is_ok_and(|found| found.route == Route::Traces);
    if let Some(dialect) = found.as_ref().ok().and_then(|found| found.route.dialect()) {
        manners.told = Told::Pact(dialect);
    }
    let outcome = match found {
        Ok(found) => handle(&app, found, &head, &mut upload, peer, &mut manners.allowance).await,
        Err(no_route) => Err(no_route.into()),
    };
    let (method, elapsed) = (head.method.as_str(), began.elapsed());
    let is_left = outcome.is_err() && !upload.body.is_end_stream();
    if outcome.is_err() {
        let content_type = head.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if is_of_spans
            && content_type.is_some_and(|kind| kind.trim().to_ascii_lowercase().starts_with(PROTOBUF))
        {
            manners.told = Told::Otlp;
        }
    }
    if outcome.is_err() && is_for_eyes(&head) {
        manners.eyes = Some(eyes(&head));
    }
    let mut response = respond::write(outcome, &manners);
    if is_left && !upload.is_begun && head.headers.contains_key(header::EXPECT) {
        // Who asks before sending has sent nothing yet, and is not invited to.
        response.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("close"));
    } else if is_left {
        // The answer goes out meanwhile.
        tokio::spawn(discard(upload.body));
    }
    note(&app, &manners, method, place, response.status().as_u16(), elapsed);
    Ok(response)
}

/// Counts and logs a request that was answered.
fn note(app: &App, manners: &Manners, method: &str, place: Option<usize>, status: u16, elapsed: Duration) {
    app.metrics.answered(method, place, status, elapsed);
    // Neither the path nor the query: they name clients.
    let (route, ms) =
        (place.map_or("none", |place| route::operation(place).1), elapsed.as_secs_f64() * 1_000.0);
    tracing::debug!(target: "carbon_server::access", request_id = manners.request_id, method, route, status, ms);
}

async fn handle(
    app: &Arc<App>,
    Found { route, access, .. }: Found,
    head: &Parts,
    upload: &mut Upload,
    peer: IpAddr,
    allowance: &mut Option<Allowance>,
) -> Result<Answer, Problem> {
    let header = |name: header::HeaderName| head.headers.get(name).map(header::HeaderValue::as_bytes);
    let page = if let Route::Page(page) = &route { Some(page) } else { None };
    // Before the body: a stranger is not listened to.
    let caller = match access {
        // Another site's page must not log its visitors in as somebody else, nor send our forms.
        _ if is_form(&route, head) && !is_from_us(head, app) => return Err(session::another_site()),
        // What a recipient shows is no key: the handler reads it.
        Access::Public | Access::Recipient => None,
        access @ (Access::Owner | Access::Session)
            if access == Access::Session || header(header::AUTHORIZATION).is_none() =>
        {
            // A browser sends the cookie whoever asks it to; it also says who asked.
            let same_site = head.method.is_safe() || is_from_us(head, app);
            match session::admit(app, header(header::COOKIE), same_site).await {
                Err(Problem::Unauthorised) if page.is_some() && is_for_eyes(head) => {
                    // A form that was sent is no page to come back to.
                    let asked = head.uri.path_and_query().filter(|_| head.method.is_safe());
                    return Ok(pages::html::to_log_in(asked.map_or("/app", |asked| asked.as_str())));
                }
                // A key would not do here.
                Err(Problem::Unauthorised) if access == Access::Session => return Err(Problem::NotLoggedIn),
                caller => Some(caller?),
            }
        }
        access => {
            let caller = app.keys.admit(&app.store, header(header::AUTHORIZATION), allowance).await?;
            caller.may(access)?;
            Some(caller)
        }
    };
    // Batches are large: how many bodies are in memory is bounded before they are read.
    let large = match route {
        Route::TrackBatch => Some(app.limits.batch_bytes_max),
        Route::Traces | Route::LiteLlm => Some(app.limits.telemetry_bytes_max),
        _ => None,
    };
    let (bytes_max, turn) = match (large, &route) {
        (Some(bytes_max), _) => {
            let caller = caller.ok_or(Problem::Unauthorised)?;
            (bytes_max, Some(app.batches.turn(caller.account).await?))
        }
        // A logo in base64.
        (None, Route::SetBranding) => (config::BRANDING_BYTES_MAX, None),
        // Whole footprints.
        (None, Route::PactEvent) => (config::PACT_EVENT_BYTES_MAX, None),
        (None, _) => (app.limits.body_bytes_max, None),
    };
    let is_pact = route.dialect().is_some();
    let text = |name: header::HeaderName| {
        head.headers
            .get(name)
            .filter(|_| large.is_some() || is_pact)
            .map(|value| value.to_str().unwrap_or("").trim().to_ascii_lowercase())
    };
    // Copied only where somebody reads it: most requests are events.
    let on = |here: bool, name: header::HeaderName| {
        here.then(|| head.headers.get(name)?.to_str().ok().map(str::to_owned)).flatten()
    };
    let input = Input {
        caller,
        is_head: head.method == hyper::Method::HEAD,
        peer,
        host: on(page.is_some() || is_pact || route.tells_own_address(), header::HOST),
        cookies: on(page.is_some() || matches!(route, Route::LogOut), header::COOKIE),
        authorization: on(is_pact || matches!(route, Route::Metrics), header::AUTHORIZATION),
        content_type: text(header::CONTENT_TYPE),
        content_encoding: text(header::CONTENT_ENCODING),
        idempotency_keys: head
            .headers
            .get_all("idempotency-key")
            .iter()
            .map(|key| key.as_bytes().to_vec())
            .collect(),
        query: head.uri.query().map(str::to_owned),
        body: upload.read(bytes_max, app).await?,
        turn,
    };
    dispatch::answer(app, route, input).await
}

/// Whether a request does what only a page of ours should ask for.
fn is_form(route: &Route, head: &Parts) -> bool {
    matches!(route, Route::LogIn) || (matches!(route, Route::Page(_)) && !head.method.is_safe())
}

/// Whether a request comes from a page of ours, or from no page at all.
fn is_from_us(head: &Parts, app: &App) -> bool {
    let Some(origin) = head.headers.get(header::ORIGIN).map(header::HeaderValue::as_bytes) else {
        return true;
    };
    let host = head.headers.get(header::HOST).map(header::HeaderValue::as_bytes);
    let of_origin = origin.splitn(2, |byte| *byte == b'/').nth(1).and_then(|rest| rest.strip_prefix(b"/"));
    let of_host = of_origin == host && host.is_some();
    // A proxy may have put another name into Host.
    of_host || app.public_origin().is_some_and(|public| public.as_bytes().eq_ignore_ascii_case(origin))
}

/// Whether a person looks at the answer: browsers ask for HTML where a page is opened, and nowhere else.
fn is_for_eyes(head: &Parts) -> bool {
    let accept = head.headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// Where somebody looks, and in which languages.
fn eyes(head: &Parts) -> Eyes {
    let languages = head.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Eyes {
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or("").to_owned(),
        languages: languages.unwrap_or("").to_owned(),
    }
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

/// A body that the client sends, or is about to send.
struct Upload {
    body: Incoming,
    /// Whether it was asked for: a client that waits for a 100 is told to go on then.
    is_begun: bool,
}

impl Upload {
    /// The whole body, within its limits of size and time.
    async fn read(&mut self, bytes_max: usize, app: &App) -> Result<Bytes, Problem> {
        // An honest Content-Length is refused before a byte is read.
        if self.body.size_hint().lower() > bytes_max as u64 {
            return Err(Problem::BodyTooLarge { bytes_max });
        }
        self.is_begun = true;
        let patience = Duration::from_secs(app.limits.body_timeout_s);
        match timeout(patience, Limited::new(&mut self.body, bytes_max).collect()).await {
            Ok(Ok(whole)) => Ok(whole.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::BodyTooLarge { bytes_max }),
            Ok(Err(_)) | Err(_) => Err(Problem::BodyNotReceived),
        }
    }
}
