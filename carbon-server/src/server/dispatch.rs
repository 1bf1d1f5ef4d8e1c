//! One request, from its head to its response. What is special about it stands in its row of the table.

use crate::{
    api::{self, session},
    app::{
        App,
        operation::{self, Operation},
    },
    auth::{key_ring::Stranger, rate_limit::network_of, shown_key},
    http::{
        answer::Answer,
        caller::{Allowance, Caller},
        grpc,
        media_type::PROTOBUF,
        problem::Problem,
        request::{Headers, Input, ReadHeaders},
        route::{Access, BodyLimit, KeyForms, PathParameters, ProblemFormat, RequestHeader},
    },
    pages::{self, Viewer},
    server::{
        host, peer,
        respond::{self, ResponseContext},
        task_timer::TaskTimer,
        upload::{Upload, discard},
    },
};
use hyper::{
    Request, Version,
    body::{Body, Incoming},
    header::{self, HeaderName, HeaderValue},
    http::request::Parts,
};
use std::{
    borrow::Cow,
    convert::Infallible,
    mem,
    net::IpAddr,
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};
use tokio::runtime::Handle;

/// Everything the server answers: the table of the API, then that of the pages.
pub(super) static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    [
        api::operations::OPERATIONS,
        api::planning::PLANNING,
        api::market::OPERATIONS,
        api::report_schedule::OPERATIONS,
        pages::operations::PAGES,
    ]
    .concat()
});

/// Answers a request.
pub(super) async fn answer(
    app: Arc<App>,
    request: Request<Incoming>,
    peer: IpAddr,
    timer: TaskTimer,
) -> Result<hyper::Response<respond::Body>, Infallible> {
    let (mut head, body) = request.into_parts();
    let is_http_2 = head.version == Version::HTTP_2;
    let host = host::check(&head);
    if is_http_2 {
        as_in_http_1(&mut head);
    }
    let mut upload = Upload { body, is_begun: false, timer };
    let allowed_origin =
        head.headers.get(header::ORIGIN).filter(|origin| app.network.allows(origin.as_bytes()));
    let mut context = ResponseContext {
        request_id: app.ids.requests.next(),
        viewer: None,
        problems: ProblemFormat::Problem,
        allowance: None,
        allowed_origin: allowed_origin.cloned(),
        is_encrypted: app.network.is_encrypted(),
        known: head.headers.get(header::IF_NONE_MATCH).cloned(),
    };
    if host.is_ok()
        && head.method == hyper::Method::OPTIONS
        && head.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
        && let Some(origin) = context.allowed_origin.take()
    {
        let response = respond::preflight(origin, &context);
        note(&app, &context, "OPTIONS", None, response.status().as_u16(), Duration::ZERO);
        return Ok(response);
    }
    let forwarded_for = head.headers.get_all(X_FORWARDED_FOR).iter().map(HeaderValue::as_bytes);
    let peer = peer::behind(&app.network.trusted_proxies, peer, forwarded_for);
    let began = Instant::now();
    let found = operation::find(app.operations, head.method.as_str(), head.uri.path());
    let place = found.as_ref().ok().map(|(place, ..)| *place);
    // What is asked for by gRPC and not found may have been looked for by a client of gRPC alone.
    let format = found.as_ref().map_or(ProblemFormat::Grpc, |(_, operation, _)| operation.problems);
    context.problems = problem_format(format, &head);
    let outcome = match found {
        _ if host.is_err() => Err(Problem::InvalidHost),
        Ok((_, operation, parameters)) => {
            handle(&app, operation, parameters, &head, &mut upload, peer, &mut context.allowance).await
        }
        Err(no_route) => {
            Err(match (Stranger { rate: &app.rates.strangers, peer }.check(), context.problems) {
                (Err(too_many), _) => too_many,
                (Ok(()), ProblemFormat::Grpc) => grpc::NO_SUCH_METHOD,
                (Ok(()), _) => no_route.into(),
            })
        }
    };
    let (method, elapsed) = (head.method.as_str(), began.elapsed());
    let is_left = outcome.is_err() && !upload.body.is_end_stream();
    if outcome.is_err() && wants_html(&head) {
        context.viewer = Some(viewer(&app, &head));
    }
    // A refusal by gRPC is a 200.
    let refused = outcome.as_ref().err().map(Problem::status);
    let waits_to_send = is_left && !upload.is_begun && head.headers.contains_key(header::EXPECT);
    let mut response = respond::write(outcome, &context, mem::take(&mut head.headers));
    if !is_left || is_http_2 {
        // An HTTP/2 stream is ended behind its answer, and its client told that the rest is not needed.
    } else if waits_to_send {
        // Who asks before sending has sent nothing yet, and is not invited to.
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    } else {
        // The answer goes out meanwhile.
        tokio::spawn(discard(upload.body));
    }
    let status = refused.filter(|_| context.problems == ProblemFormat::Grpc);
    note(&app, &context, method, place, status.unwrap_or(response.status().as_u16()), elapsed);
    Ok(response)
}

/// Counts and logs a request that was answered.
fn note(
    app: &App,
    context: &ResponseContext,
    method: &str,
    place: Option<usize>,
    status: u16,
    elapsed: Duration,
) {
    app.metrics.answered(method, place, status, elapsed);
    // Neither the path nor the query: they name clients.
    let route = place.map_or("none", |place| app.operations[place].pattern);
    let (request_id, ms) = (context.request_id, elapsed.as_secs_f64() * 1_000.0);
    tracing::debug!(target: "carbon_server::access", %request_id, method, route, status, ms);
}

async fn handle(
    app: &Arc<App>,
    operation: &Operation,
    parameters: PathParameters,
    head: &Parts,
    upload: &mut Upload,
    peer: IpAddr,
    allowance: &mut Option<Allowance>,
) -> Result<Answer, Problem> {
    // Another site's page must not log its visitors in as somebody else, nor send our forms.
    if operation.from_our_pages && !is_from_us(head, app) {
        return Err(session::another_site());
    }
    // An answer in trailers would not arrive.
    if operation.problems == ProblemFormat::Grpc && (head.version != Version::HTTP_2 || !is_grpc(head)) {
        return Err(grpc::NEEDS_HTTP_2);
    }
    // HTTP/1.0 may name no host: then there is nothing to make a link of.
    if operation.headers.contains(&RequestHeader::Host) && !head.headers.contains_key(header::HOST) {
        return Err(Problem::InvalidHost);
    }
    // Before the body: a stranger is not listened to.
    let caller = match admit(app, operation, head, peer, allowance).await {
        Err(Problem::NotLoggedIn) if operation.is_page && wants_html(head) => {
            // A form that was sent is no page to come back to.
            let asked = head.uri.path_and_query().filter(|_| head.method.is_safe());
            return Ok(pages::html::to_log_in(asked.map_or("/app", |asked| asked.as_str())));
        }
        caller => caller?,
    };
    let (body, permits, place) = if operation.body.is_of_many() {
        let account = caller.ok_or(Problem::Unauthorised)?.account;
        let (body, permits) = Box::pin(upload.read_many(operation.body, app, account)).await?;
        (body, permits, None)
    } else if operation.body == BodyLimit::Evidence {
        app.rates.verifications.check(&network_of(peer))?;
        let reading = upload.read_in_place(operation.body, app, &app.queues.uploads, network_of(peer));
        let (body, place) = Box::pin(reading).await?;
        (body, Vec::new(), place)
    } else {
        (upload.read(operation.body, app).await?, Vec::new(), None)
    };
    let input = Input {
        caller,
        is_head: head.method == hyper::Method::HEAD,
        peer,
        headers: headers(app, operation.headers, head),
        query: head.uri.query().map(str::to_owned),
        body,
        permits,
        place,
    };
    if !operation.in_turn {
        return (operation.handler)(app, input, parameters).await;
    }
    let (its_app, handler, runtime) = (app.clone(), operation.handler, Handle::current());
    let work = move || runtime.block_on(handler(&its_app, input, parameters));
    match caller {
        Some(caller) => Box::pin(app.queues.accounts.run(caller.account, work)).await?,
        None => Box::pin(app.queues.strangers.run(network_of(peer), work)).await?,
    }
}

/// Who is calling; `None` where anyone may.
async fn admit(
    app: &App,
    operation: &Operation,
    head: &Parts,
    peer: IpAddr,
    allowance: &mut Option<Allowance>,
) -> Result<Option<Caller>, Problem> {
    let stranger = Stranger { rate: &app.rates.strangers, peer };
    let header = |name: HeaderName| head.headers.get(name).map(HeaderValue::as_bytes);
    let access = operation.access;
    let shows_key = match access {
        // What a recipient shows is no key: the handler reads it.
        Access::Public | Access::Recipient | Access::Session => false,
        Access::Open | Access::Owner => header(header::AUTHORIZATION).is_some(),
        Access::Write | Access::Read | Access::WriteLive | Access::ReadLive => true,
    };
    if shows_key {
        let authorization = header(header::AUTHORIZATION);
        let shown = match operation.key_forms {
            KeyForms::Bearer => authorization.and_then(shown_key::bearer).map(Cow::Borrowed),
            KeyForms::Exporter => shown_key::of_exporter(authorization, header(X_API_KEY)),
        };
        let caller = app.keys.admit(&app.store, shown.as_deref(), stranger, allowance).await?;
        caller.may(access)?;
        return Ok(Some(caller));
    }
    if operation.is_counted {
        stranger.check()?;
    }
    if !matches!(access, Access::Session | Access::Owner) {
        return Ok(None);
    }
    // A browser sends the cookie whoever asks it to; it also says who asked.
    let same_site = head.method.is_safe() || is_from_us(head, app);
    match Box::pin(session::admit(app, session_token(app, head), same_site)).await {
        // A key would not do here.
        Err(Problem::Unauthorised) if access == Access::Session => Err(Problem::NotLoggedIn),
        caller => caller.map(Some),
    }
}

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The headers that a handler reads, and no other: most requests are events, and theirs are not copied.
fn headers(app: &App, needed: &[RequestHeader], head: &Parts) -> ReadHeaders {
    let mut keys = head.headers.get_all(IDEMPOTENCY_KEY).iter().peekable();
    if needed.is_empty() && keys.peek().is_none() {
        return ReadHeaders::default();
    }
    let text = |header: RequestHeader, name: HeaderName| {
        let value = head.headers.get(name).filter(|_| needed.contains(&header))?;
        value.to_str().ok().map(str::to_owned)
    };
    // Empty where it is no text: then it is none that we know.
    let token = |header: RequestHeader, name: HeaderName| {
        let value = head.headers.get(name).filter(|_| needed.contains(&header))?;
        Some(value.to_str().unwrap_or("").trim().to_ascii_lowercase())
    };
    ReadHeaders::of(Headers {
        host: text(RequestHeader::Host, header::HOST),
        session: session_token(app, head)
            .filter(|_| needed.contains(&RequestHeader::Cookie))
            .map(str::to_owned),
        authorization: text(RequestHeader::Authorization, header::AUTHORIZATION),
        form_type: text(RequestHeader::FormType, header::CONTENT_TYPE),
        languages: text(RequestHeader::AcceptLanguage, header::ACCEPT_LANGUAGE),
        content_type: token(RequestHeader::ContentType, header::CONTENT_TYPE),
        content_encoding: token(RequestHeader::ContentEncoding, header::CONTENT_ENCODING),
        grpc_encoding: token(RequestHeader::GrpcEncoding, GRPC_ENCODING),
        idempotency_keys: keys.map(|key| key.as_bytes().to_vec()).collect(),
    })
}

fn session_token<'h>(app: &App, head: &'h Parts) -> Option<&'h str> {
    let cookies = head.headers.get(header::COOKIE)?;
    app.network.session_token(cookies.to_str().ok()?)
}

const GRPC_ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");

/// The format of what may be refused: an exporter that sends protobuf reads protobuf, a client of gRPC its statuses.
fn problem_format(format: ProblemFormat, head: &Parts) -> ProblemFormat {
    match format {
        ProblemFormat::Otlp if !content_type(head).is_some_and(|kind| kind.starts_with(PROTOBUF)) => {
            ProblemFormat::Problem
        }
        ProblemFormat::Grpc if !is_grpc(head) => ProblemFormat::Problem,
        format => format,
    }
}

/// What a request is, in lower case.
fn content_type(head: &Parts) -> Option<String> {
    let content_type = head.headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(content_type.trim().to_ascii_lowercase())
}

fn is_grpc(head: &Parts) -> bool {
    content_type(head).is_some_and(|kind| grpc::is_grpc(&kind))
}

/// The head of an HTTP/2 request with what HTTP/1.1 says in other words: the host, and cookies in one line (RFC 9113,
/// 8.3.1 and 8.2.3).
fn as_in_http_1(head: &mut Parts) {
    let authority = head.uri.authority().and_then(|authority| HeaderValue::from_str(authority.as_str()).ok());
    if let Some(authority) = authority {
        head.headers.insert(header::HOST, authority);
    }
    let cookies: Vec<&[u8]> =
        head.headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if cookies.len() > 1
        && let Ok(cookies) = HeaderValue::from_bytes(&cookies.join(&b"; "[..]))
    {
        head.headers.insert(header::COOKIE, cookies);
    }
}

/// Whether a request comes from a page of ours, or from no page at all.
fn is_from_us(head: &Parts, app: &App) -> bool {
    let Some(origin) = head.headers.get(header::ORIGIN).map(HeaderValue::as_bytes) else {
        return true;
    };
    let host = head.headers.get(header::HOST).map(HeaderValue::as_bytes);
    let of_origin = origin.splitn(2, |byte| *byte == b'/').nth(1).and_then(|rest| rest.strip_prefix(b"/"));
    let of_host = of_origin == host && host.is_some();
    // A proxy may have put another name into Host.
    of_host
        || app.network.public_origin().is_some_and(|public| public.as_bytes().eq_ignore_ascii_case(origin))
}

/// Whether a person looks at the answer: browsers ask for HTML where a page is opened, and nowhere else.
fn wants_html(head: &Parts) -> bool {
    let accept = head.headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// Where somebody looks, and in which languages.
fn viewer(app: &App, head: &Parts) -> Viewer {
    let languages = head.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Viewer {
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or("").to_owned(),
        languages: languages.unwrap_or("").to_owned(),
        set: app.registry.default_set(),
    }
}
