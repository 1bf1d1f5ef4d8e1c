//! Answers and problems as HTTP responses: the one place that writes statuses and headers, and logs faults.

use crate::problem::Problem;
use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Response, StatusCode,
    header::{self, HeaderValue},
};
use serde::Serialize;

/// What a handler answers when all went well.
#[derive(Debug)]
pub(crate) struct Answer {
    outcome: Outcome,
    content: Content,
}

#[derive(Clone, Copy, Debug)]
enum Outcome {
    Ok,
    Created,
}

#[derive(Debug)]
enum Content {
    Json(Vec<u8>),
    Pdf { file_name: String, bytes: Vec<u8> },
}

impl Answer {
    /// 200 with a JSON document.
    pub(crate) fn ok(document: &impl Serialize) -> Result<Answer, Problem> {
        Ok(Answer { outcome: Outcome::Ok, content: json(document)? })
    }

    /// 201 with a JSON document.
    pub(crate) fn created(document: &impl Serialize) -> Result<Answer, Problem> {
        Ok(Answer { outcome: Outcome::Created, content: json(document)? })
    }

    /// 200 with a PDF to look at or to save as `file_name` (ASCII letters, digits, dots and hyphens).
    pub(crate) fn pdf(file_name: String, bytes: Vec<u8>) -> Answer {
        Answer { outcome: Outcome::Ok, content: Content::Pdf { file_name, bytes } }
    }
}

fn json(document: &impl Serialize) -> Result<Content, Problem> {
    /// Most answers are no longer.
    const BYTES: usize = 512;
    let mut json = Vec::with_capacity(BYTES);
    serde_json::to_writer(&mut json, document).map_err(|error| Problem::Internal(error.to_string()))?;
    Ok(Content::Json(json))
}

/// The response to a request, whatever became of it.
pub(crate) fn write(outcome: Result<Answer, Problem>, request_id: &str) -> Response<Full<Bytes>> {
    let mut response = match outcome {
        Ok(answer) => of_answer(answer),
        Err(problem) => of_problem(&problem, request_id),
    };
    let headers = response.headers_mut();
    headers.insert("x-request-id", ascii(request_id));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn of_answer(answer: Answer) -> Response<Full<Bytes>> {
    let status = match answer.outcome {
        Outcome::Ok => StatusCode::OK,
        Outcome::Created => StatusCode::CREATED,
    };
    match answer.content {
        Content::Json(bytes) => with_body(status, "application/json", bytes),
        Content::Pdf { file_name, bytes } => {
            let mut response = with_body(status, "application/pdf", bytes);
            let disposition = ascii(&format!("inline; filename=\"{file_name}\""));
            response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
            response
        }
    }
}

fn of_problem(problem: &Problem, request_id: &str) -> Response<Full<Bytes>> {
    if let Some(cause) = problem.cause() {
        tracing::error!(request_id, status = problem.status(), cause, "request failed");
    }
    let status = StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body =
        serde_json::to_vec(&problem.document(request_id)).expect("strings and numbers always serialise");
    let mut response = with_body(status, "application/problem+json", body);
    let headers = response.headers_mut();
    if let Some(seconds) = problem.retry_after_s() {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(allow) = problem.allow() {
        headers.insert(header::ALLOW, HeaderValue::from_static(allow));
    }
    if matches!(problem, Problem::Unauthorised) {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

fn with_body(status: StatusCode, media_type: &'static str, body: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().reserve(HEADERS);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// Headers of most responses, those that hyper adds included.
const HEADERS: usize = 6;

fn ascii(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}
