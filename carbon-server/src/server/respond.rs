//! Answers and problems as HTTP responses: the one place that writes statuses and headers, and logs faults.

use crate::{
    base::ids::RequestId,
    http::{
        answer::{Answer, Content, Outcome, Policy},
        caller::Allowance,
        grpc,
        media_type::{GRPC, PROTOBUF},
        problem::Problem,
        route::{Dialect, ProblemFormat},
    },
    ingest::sources::otlp::Refusal,
    pact,
    pages::{self, Viewer},
    server::frames::Frames,
};
use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::{
    HeaderMap, Response, StatusCode,
    header::{self, HeaderName, HeaderValue},
};
use prost::Message;
use std::borrow::Cow;

/// What is sent: most answers are in memory, downloads are read from a file as the client takes them.
pub(crate) type Body = Either<Full<Bytes>, Frames>;

/// What is said with every response, besides its answer.
#[derive(Debug)]
pub(crate) struct ResponseContext {
    pub(crate) request_id: RequestId,
    /// Who looks at it, where a person does: problems are pages then.
    pub(crate) viewer: Option<Viewer>,
    /// The format of a problem, where nobody looks at it.
    pub(crate) problems: ProblemFormat,
    /// Of the key that was shown.
    pub(crate) allowance: Option<Allowance>,
    /// The origin whose pages may read it.
    pub(crate) allowed_origin: Option<HeaderValue>,
    /// Whether clients are told to come back over TLS alone.
    pub(crate) is_encrypted: bool,
    /// What the client has: the value of `If-None-Match`.
    pub(crate) known: Option<HeaderValue>,
}

/// The response to a request, whatever became of it. The memory of `spent`, the request's headers, serves those of most responses.
pub(crate) fn write(
    outcome: Result<Answer, Problem>,
    context: &ResponseContext,
    spent: HeaderMap,
) -> Response<Body> {
    let (mut response, values) = match outcome {
        Ok(Answer {
            outcome: Outcome::Ok,
            content: Content::Json(json),
            cookie: None,
            link: None,
            etag: None,
        }) => {
            let (body, values) = ContextValues::behind(json, context);
            (with_body_in(spent, StatusCode::OK, "application/json", body), values)
        }
        Ok(answer) => (of_answer(answer, context), ContextValues::of(context)),
        Err(problem) => (of_problem(&problem, context), ContextValues::of(context)),
    };
    let headers = response.headers_mut();
    guard(headers, context, values.request_id);
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Some([limit, remaining, reset]) = values.allowance {
        headers.insert(RATELIMIT_LIMIT, limit);
        headers.insert(RATELIMIT_REMAINING, remaining);
        headers.insert(RATELIMIT_RESET, reset);
    }
    if let Some(origin) = &context.allowed_origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
        headers.append(header::VARY, HeaderValue::from_static("origin"));
    }
    response
}

/// The values of headers that differ from one response to the next.
struct ContextValues {
    request_id: HeaderValue,
    /// Limit, remaining, reset.
    allowance: Option<[HeaderValue; 3]>,
}

impl ContextValues {
    fn of(context: &ResponseContext) -> Self {
        Self::behind(Vec::new(), context).1
    }

    /// Written behind a body, whose memory they share; and the body.
    fn behind(mut memory: Vec<u8>, context: &ResponseContext) -> (Bytes, Self) {
        let body = memory.len();
        context.request_id.write(&mut memory);
        let id = memory.len();
        let mut number = |number: u64| {
            memory.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
            memory.len()
        };
        let ends = context.allowance.map(|Allowance { limit, remaining, reset_s }| {
            [number(limit.into()), number(remaining.into()), number(reset_s)]
        });
        let memory = Bytes::from(memory);
        let value = |from, until| {
            let value = HeaderValue::from_maybe_shared(memory.slice(from..until));
            value.expect("digits are the value of a header")
        };
        let values = ContextValues {
            request_id: value(body, id),
            allowance: ends.map(|[limit, remaining, reset]| {
                [value(id, limit), value(limit, remaining), value(remaining, reset)]
            }),
        };
        (memory.slice(..body), values)
    }
}

/// What every response says: nothing in it is another type than it says, runs, is framed, or is read by pages of others,
/// unless the response itself says so.
fn guard(headers: &mut HeaderMap, context: &ResponseContext, request_id: HeaderValue) {
    headers.insert(X_REQUEST_ID, request_id);
    for (name, value) in GUARDS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if context.is_encrypted {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
}

const GUARDS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// A year, for this host alone: what else there is below its name may not be ours.
const HSTS: &str = "max-age=31536000";

const RATELIMIT_LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const RATELIMIT_REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RATELIMIT_RESET: HeaderName = HeaderName::from_static("ratelimit-reset");
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What pages of other origins may read besides the body.
const EXPOSED: &str = "x-request-id, retry-after, ratelimit-limit, ratelimit-remaining, ratelimit-reset";

/// The answer to a browser that asks, for a page of `origin`, what it may send.
pub(crate) fn preflight(origin: HeaderValue, context: &ResponseContext) -> Response<Body> {
    let mut response = Response::new(Either::Left(Full::default()));
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    guard(headers, context, ContextValues::of(context).request_id);
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, DELETE"),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "authorization, content-type, content-encoding, idempotency-key",
        ),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
        (header::VARY, "origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn of_answer(answer: Answer, context: &ResponseContext) -> Response<Body> {
    let status = match answer.outcome {
        Outcome::Ok => StatusCode::OK,
        Outcome::Created => StatusCode::CREATED,
        Outcome::Accepted => StatusCode::ACCEPTED,
        Outcome::NoContent => StatusCode::NO_CONTENT,
        Outcome::SeeOther => StatusCode::SEE_OTHER,
        Outcome::Refused { status, .. } => status_of(status),
    };
    let mut response = of_content(status, answer.content);
    if let Outcome::Refused { retry_after_s: Some(seconds), .. } = answer.outcome {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(cookie) = answer.cookie {
        response.headers_mut().insert(header::SET_COOKIE, ascii(&cookie));
    }
    if let Some(etag) = answer.etag {
        to_revalidate(&mut response, &etag);
        if is_known(context.known.as_ref(), &etag) {
            // With the headers of the whole: a client puts them in place of those that it has.
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            *response.body_mut() = Either::Left(Full::default());
            response.headers_mut().remove(header::CONTENT_TYPE);
        }
    }
    if let Some(link) = answer.link {
        response.headers_mut().insert(header::LINK, ascii(&link));
    }
    response
}

/// Whether a client has what bears that tag (RFC 9110, 13.1.2).
fn is_known(known: Option<&HeaderValue>, etag: &str) -> bool {
    let known = known.and_then(|known| known.to_str().ok()).unwrap_or("");
    let mut tags = known.split(',').map(str::trim);
    tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

/// It may be kept, and is asked for again before it is used.
fn to_revalidate(response: &mut Response<Body>, etag: &str) {
    let headers = response.headers_mut();
    headers.insert(header::ETAG, ascii(etag));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("authorization, cookie"));
}

fn of_content(status: StatusCode, content: Content) -> Response<Body> {
    match content {
        Content::Nothing => {
            let mut response = Response::new(Either::Left(Full::default()));
            *response.status_mut() = status;
            response
        }
        Content::Page { html, policy } => page(status, html, policy),
        Content::Asset { media_type, bytes, encoding, is_lasting } => {
            let mut response = with_body(status, media_type, bytes);
            let headers = response.headers_mut();
            if let Some(encoding) = encoding {
                headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
            }
            if is_lasting {
                let a_year = HeaderValue::from_static("public, max-age=31536000, immutable");
                headers.insert(header::CACHE_CONTROL, a_year);
            }
            response
        }
        Content::Elsewhere(location) => {
            let mut response = Response::new(Either::Left(Full::default()));
            *response.status_mut() = status;
            response.headers_mut().insert(header::LOCATION, ascii(&location));
            response
        }
        Content::Protobuf(bytes) => with_body(status, PROTOBUF, bytes),
        Content::Grpc(message) => {
            let mut response = with_body(status, GRPC, Vec::new());
            *response.body_mut() = Either::Right(with_status(grpc::framed(&message)));
            response
        }
        Content::Json(bytes) => with_body(status, "application/json", bytes),
        Content::Document(bytes) => {
            let mut response = with_body(status, "application/json", Vec::new());
            *response.body_mut() = Either::Left(Full::new(bytes));
            response
        }
        Content::Pdf { file_name, bytes } => {
            named(with_body(status, "application/pdf", bytes), &format!("inline; filename=\"{file_name}\""))
        }
        Content::Form { media_type, file_name, bytes } => {
            named(with_body(status, media_type, bytes), &format!("attachment; filename=\"{file_name}\""))
        }
        Content::File { media_type, file_name, file, bytes } => {
            let mut response = with_body(status, media_type, Vec::new());
            *response.body_mut() = Either::Right(Frames::of_file(file));
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(bytes));
            named(response, &format!("attachment; filename=\"{file_name}\""))
        }
    }
}

/// A message of gRPC, and behind it that all went well.
fn with_status(message: Vec<u8>) -> Frames {
    Frames::with_trailers(message, HeaderMap::from_iter([(GRPC_STATUS, HeaderValue::from(grpc::OK))]))
}

fn page(status: StatusCode, html: Vec<u8>, policy: Policy) -> Response<Body> {
    let mut response = with_body(status, "text/html; charset=utf-8", html);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy.content));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static(policy.referrer));
    response
}

fn status_of(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn named(mut response: Response<Body>, disposition: &str) -> Response<Body> {
    response.headers_mut().insert(header::CONTENT_DISPOSITION, ascii(disposition));
    response
}

fn of_problem(problem: &Problem, context: &ResponseContext) -> Response<Body> {
    let request_id = context.request_id.to_string();
    if let Some(cause) = problem.cause() {
        tracing::error!(request_id, status = problem.status(), cause, "request failed");
    }
    let status = status_of(problem.status());
    let document = problem.document(&request_id);
    let mut response = match (&context.viewer, context.problems) {
        (Some(viewer), _) => {
            page(status, pages::of_problem(&document, viewer).into_bytes(), pages::html::POLICY)
        }
        (None, ProblemFormat::Otlp) => {
            let refusal = Refusal { message: document.detail };
            with_body(status, PROTOBUF, refusal.encode_to_vec())
        }
        (None, ProblemFormat::Grpc) => return of_grpc_problem(problem, &document.detail),
        (None, ProblemFormat::Pact(dialect)) => {
            let (status, document) = pact::refusal(problem, dialect);
            with_body(status_of(status), "application/json", document.to_string().into_bytes())
        }
        (None, ProblemFormat::Problem) => {
            let body = serde_json::to_vec(&document).expect("strings and numbers always serialise");
            with_body(status, "application/problem+json", body)
        }
    };
    let headers = response.headers_mut();
    if let Some(seconds) = problem.retry_after_s() {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(allow) = problem.allow() {
        headers.insert(header::ALLOW, ascii(allow));
    }
    if matches!(problem, Problem::Unauthorised | Problem::TokenExpired | Problem::NoToken) {
        let scheme = if context.problems == ProblemFormat::Pact(Dialect::OAuth) { "Basic" } else { "Bearer" };
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
    }
    response
}

/// The status of gRPC alone, in the headers: there is no message to put before it.
fn of_grpc_problem(problem: &Problem, detail: &str) -> Response<Body> {
    let mut response = with_body(StatusCode::OK, GRPC, Vec::new());
    let headers = response.headers_mut();
    headers.insert(GRPC_STATUS, HeaderValue::from(grpc::code(problem)));
    headers.insert(GRPC_MESSAGE, ascii(&grpc::status_message(detail)));
    if matches!(problem, Problem::UnsupportedEncoding) {
        headers.insert(GRPC_ACCEPT_ENCODING, HeaderValue::from_static("identity, gzip, zstd"));
    }
    response
}

const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const GRPC_ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");

fn with_body(
    status: StatusCode,
    media_type: &'static str,
    body: impl Into<Cow<'static, [u8]>>,
) -> Response<Body> {
    let body = match body.into() {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    with_body_in(HeaderMap::new(), status, media_type, body)
}

/// A response whose headers take the place of others.
fn with_body_in(
    mut headers: HeaderMap,
    status: StatusCode,
    media_type: &'static str,
    body: Bytes,
) -> Response<Body> {
    headers.clear();
    headers.reserve(HEADERS);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    let mut response = Response::new(Either::Left(Full::new(body)));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// Headers of most responses, those that hyper adds included.
const HEADERS: usize = 13;

fn ascii(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}
