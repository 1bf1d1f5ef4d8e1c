//! Answers and problems as HTTP responses: the one place that writes statuses and headers, and logs faults.

use crate::problem::Problem;
use bytes::Bytes;
use http_body_util::{Either, Full, channel::Channel};
use hyper::{
    Response, StatusCode,
    header::{self, HeaderValue},
};
use serde::Serialize;
use std::{
    fs::File,
    io::{self, Read},
};

/// What is sent: most answers are in memory, downloads are read from a file as the client takes them.
pub(crate) type Body = Either<Full<Bytes>, Channel<Bytes, io::Error>>;

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
    Accepted,
}

#[derive(Debug)]
enum Content {
    Json(Vec<u8>),
    Pdf {
        file_name: String,
        bytes: Vec<u8>,
    },
    /// To be saved under that name.
    Form {
        media_type: &'static str,
        file_name: String,
        bytes: Vec<u8>,
    },
    File {
        media_type: &'static str,
        file_name: String,
        file: File,
        bytes: u64,
    },
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

    /// 202 with a JSON document: it is being done.
    pub(crate) fn accepted(document: &impl Serialize) -> Result<Answer, Problem> {
        Ok(Answer { outcome: Outcome::Accepted, content: json(document)? })
    }

    /// 200 with bytes to be saved as `file_name`.
    pub(crate) fn form(media_type: &'static str, file_name: String, bytes: Vec<u8>) -> Answer {
        Answer { outcome: Outcome::Ok, content: Content::Form { media_type, file_name, bytes } }
    }

    /// 200 with a file, from where it stands, to be saved as `file_name`.
    pub(crate) fn download(
        media_type: &'static str,
        file_name: String,
        file: File,
    ) -> Result<Answer, Problem> {
        let bytes = file.metadata().map_err(Problem::internal)?.len();
        Ok(Answer { outcome: Outcome::Ok, content: Content::File { media_type, file_name, file, bytes } })
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
    serde_json::to_writer(&mut json, document).map_err(Problem::internal)?;
    Ok(Content::Json(json))
}

/// The response to a request, whatever became of it.
pub(crate) fn write(outcome: Result<Answer, Problem>, request_id: &str) -> Response<Body> {
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

fn of_answer(answer: Answer) -> Response<Body> {
    let status = match answer.outcome {
        Outcome::Ok => StatusCode::OK,
        Outcome::Created => StatusCode::CREATED,
        Outcome::Accepted => StatusCode::ACCEPTED,
    };
    match answer.content {
        Content::Json(bytes) => with_body(status, "application/json", bytes),
        Content::Pdf { file_name, bytes } => {
            named(with_body(status, "application/pdf", bytes), &format!("inline; filename=\"{file_name}\""))
        }
        Content::Form { media_type, file_name, bytes } => {
            named(with_body(status, media_type, bytes), &format!("attachment; filename=\"{file_name}\""))
        }
        Content::File { media_type, file_name, file, bytes } => {
            let mut response = with_body(status, media_type, Vec::new());
            *response.body_mut() = Either::Right(stream(file));
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(bytes));
            named(response, &format!("attachment; filename=\"{file_name}\""))
        }
    }
}

fn named(mut response: Response<Body>, disposition: &str) -> Response<Body> {
    response.headers_mut().insert(header::CONTENT_DISPOSITION, ascii(disposition));
    response
}

/// A file piece by piece, read on a thread that may block, no faster than the client takes it.
fn stream(mut file: File) -> Channel<Bytes, io::Error> {
    const PIECE: usize = 64 * 1024;
    const PIECES_AHEAD: usize = 4;
    let (mut sender, body) = Channel::new(PIECES_AHEAD);
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || {
        loop {
            let mut piece = vec![0; PIECE];
            match file.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => {
                    piece.truncate(read);
                    // A client that went away needs no more.
                    if runtime.block_on(sender.send_data(Bytes::from(piece))).is_err() {
                        break;
                    }
                }
                Err(error) => {
                    sender.abort(error);
                    break;
                }
            }
        }
    });
    body
}

fn of_problem(problem: &Problem, request_id: &str) -> Response<Body> {
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
        headers.insert(header::ALLOW, ascii(allow));
    }
    if matches!(problem, Problem::Unauthorised) {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

fn with_body(status: StatusCode, media_type: &'static str, body: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Either::Left(Full::new(Bytes::from(body))));
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
