//! What can go wrong, as a closed set, in the words of RFC 9457.

use crate::{http::route::NoRoute, store::StoreError};
use governor::{
    NotUntil,
    clock::{Clock, DefaultClock, QuantaInstant},
};
use serde::Serialize;

/// Why a request was not done. Each kind has one status, one type and one title.
#[derive(Debug)]
pub(crate) enum Problem {
    /// No key, a malformed, an unknown or a revoked one: the same words for each.
    Unauthorised,
    /// An access token that has ended.
    TokenExpired,
    /// Not logged in, where a key would not do.
    NotLoggedIn,
    /// Without the token that the operator has set, or with another one.
    NoToken,
    /// No such account, or another password: the same words for both.
    WrongPassword,
    /// Who is calling is known or does not matter, and may not do this.
    Forbidden { detail: &'static str },
    /// The request does not say what it must; each error names its field.
    Invalid { errors: Vec<FieldError> },
    /// Nothing here, or nothing of yours.
    NotFound { detail: String, suggestions: Vec<String> },
    /// Another method would do.
    MethodNotAllowed { allow: String },
    /// It contradicts what is already there.
    Conflict { detail: String },
    /// The body is larger than the limit.
    BodyTooLarge { bytes_max: usize },
    /// A batch holds more events than the limit.
    TooManyEvents { events_max: usize },
    /// The body is encoded in a way that is not read here.
    UnsupportedEncoding,
    /// The body did not come in time, or broke off.
    BodyNotReceived,
    /// The key is used too often.
    TooManyRequests { retry_after_s: u64 },
    /// The ledger cannot take it now. Nothing was kept.
    Unavailable(StoreError),
    /// Too much of that work waits already. Nothing was kept.
    Busy,
    /// A fault of ours. The client learns that, and the request id to ask about.
    Internal(String),
}

/// One thing that is wrong with the input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FieldError {
    /// JSON Pointer (RFC 6901) into the body, or the name of a header or query parameter.
    pub(crate) pointer: String,
    /// What is expected there.
    pub(crate) detail: String,
}

impl FieldError {
    pub(crate) fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        FieldError { pointer: pointer.into(), detail: detail.into() }
    }
}

/// The document of a problem: `application/problem+json`.
#[derive(Serialize)]
pub(crate) struct Document<'a> {
    r#type: String,
    pub(crate) title: &'static str,
    pub(crate) status: u16,
    pub(crate) detail: String,
    pub(crate) request_id: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    suggestions: &'a [String],
}

impl Problem {
    /// A fault of ours, in the words of what failed.
    pub(crate) fn internal(error: impl std::fmt::Display) -> Self {
        Problem::Internal(error.to_string())
    }

    /// One wrong field.
    pub(crate) fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Problem::Invalid { errors: vec![FieldError::new(pointer, detail)] }
    }

    /// Over a quota, which has room again later.
    pub(crate) fn too_many(not_until: &NotUntil<QuantaInstant>) -> Self {
        let wait = not_until.wait_time_from(DefaultClock::default().now());
        Problem::TooManyRequests { retry_after_s: wait.as_secs() + 1 }
    }

    /// No such thing, or not the caller's: the same words for both.
    pub(crate) fn not_found(what: &str) -> Self {
        Problem::NotFound { detail: format!("No such {what}."), suggestions: Vec::new() }
    }

    /// HTTP status, last part of the type, title.
    fn kind(&self) -> (u16, &'static str, &'static str) {
        match self {
            Problem::Unauthorised => (401, "unauthorised", "No valid API key"),
            Problem::TokenExpired => (401, "token-expired", "The access token has expired"),
            Problem::NotLoggedIn => (401, "not-logged-in", "Not logged in"),
            Problem::NoToken => (401, "no-token", "No valid token"),
            Problem::WrongPassword => (401, "wrong-password", "Email or password is incorrect"),
            Problem::Forbidden { .. } => (403, "forbidden", "Not allowed"),
            Problem::Invalid { .. } => (422, "invalid-input", "Invalid input"),
            Problem::NotFound { .. } => (404, "not-found", "Not found"),
            Problem::MethodNotAllowed { .. } => (405, "method-not-allowed", "Method not allowed"),
            Problem::Conflict { .. } => (409, "conflict", "Conflict"),
            Problem::BodyTooLarge { .. } => (413, "body-too-large", "Body too large"),
            Problem::TooManyEvents { .. } => (413, "too-many-events", "Too many events"),
            Problem::UnsupportedEncoding => (415, "unsupported-encoding", "Unsupported encoding"),
            Problem::BodyNotReceived => (408, "body-not-received", "Body not received"),
            Problem::TooManyRequests { .. } => (429, "too-many-requests", "Too many requests"),
            Problem::Unavailable(_) | Problem::Busy => (503, "unavailable", "Unavailable"),
            Problem::Internal(_) => (500, "internal", "Internal error"),
        }
    }

    /// Its kind in one word: all that may be told of it where nobody is to be named.
    pub(crate) fn name(&self) -> &'static str {
        self.kind().1
    }

    pub(crate) fn status(&self) -> u16 {
        self.kind().0
    }

    /// Seconds after which trying again makes sense.
    pub(crate) fn retry_after_s(&self) -> Option<u64> {
        match self {
            Problem::TooManyRequests { retry_after_s } => Some(*retry_after_s),
            Problem::Unavailable(_) | Problem::Busy => Some(1),
            _ => None,
        }
    }

    /// The methods that would have done.
    pub(crate) fn allow(&self) -> Option<&str> {
        match self {
            Problem::MethodNotAllowed { allow } => Some(allow),
            _ => None,
        }
    }

    /// What the client is told. A 5xx says nothing of the inside.
    pub(crate) fn detail(&self) -> String {
        match self {
            Problem::Unauthorised => {
                "Send `Authorization: Bearer` with a valid API key, such as isv_live_… or isv_test_…."
                    .to_owned()
            }
            Problem::TokenExpired => "Ask for a new token.".to_owned(),
            Problem::NotLoggedIn => {
                "Log in with `POST /api/v1/session` and send the cookie from its response.".to_owned()
            }
            Problem::NoToken => {
                "Send `Authorization: Bearer` with the token that the operator has set.".to_owned()
            }
            Problem::WrongPassword => "Email or password is incorrect.".to_owned(),
            Problem::Forbidden { detail } => (*detail).to_owned(),
            Problem::Invalid { errors } => match errors.as_slice() {
                [error] if error.pointer.is_empty() => format!("The body {}.", error.detail),
                [error] => format!("{} {}.", error.pointer, error.detail),
                several => format!("{} fields are invalid; see errors.", several.len()),
            },
            Problem::NotFound { detail, .. } | Problem::Conflict { detail } => detail.clone(),
            Problem::MethodNotAllowed { allow } => format!("Use {allow} here."),
            Problem::BodyTooLarge { bytes_max } => format!("The body may have at most {bytes_max} bytes."),
            Problem::TooManyEvents { events_max } => format!("A batch may hold at most {events_max} events."),
            Problem::UnsupportedEncoding => {
                "Send the body uncompressed, or with Content-Encoding gzip or zstd.".to_owned()
            }
            Problem::BodyNotReceived => "The body was incomplete or late.".to_owned(),
            Problem::TooManyRequests { retry_after_s } => {
                format!("More requests than allowed. Try again in {retry_after_s} s.")
            }
            Problem::Unavailable(_) => {
                "The ledger is temporarily unavailable. Nothing was stored; please retry.".to_owned()
            }
            Problem::Busy => {
                "Too many such requests are queued. Nothing was stored; please retry.".to_owned()
            }
            Problem::Internal(_) => "Something went wrong on our side. Nothing was stored.".to_owned(),
        }
    }

    /// What is wrong with one row of many.
    pub(crate) fn in_a_sentence(&self) -> String {
        let Problem::Invalid { errors } = self else { return self.detail() };
        let say = |error: &FieldError| match error.pointer.as_str() {
            "" => format!("the event {}", error.detail),
            pointer => format!("{pointer} {}", error.detail),
        };
        errors.iter().map(say).collect::<Vec<_>>().join("; ")
    }

    /// What the operator is told, for faults that are not the client's.
    pub(crate) fn cause(&self) -> Option<String> {
        match self {
            Problem::Unavailable(error) => Some(error.to_string()),
            Problem::Internal(cause) => Some(cause.clone()),
            _ => None,
        }
    }

    pub(crate) fn document<'a>(&'a self, request_id: &'a str) -> Document<'a> {
        let (status, kind, title) = self.kind();
        Document {
            r#type: format!("urn:llm-carbon-tracker:problem:{kind}"),
            title,
            status,
            detail: self.detail(),
            request_id,
            errors: if let Problem::Invalid { errors } = self { errors } else { &[] },
            suggestions: if let Problem::NotFound { suggestions, .. } = self { suggestions } else { &[] },
        }
    }
}

impl From<NoRoute> for Problem {
    fn from(no_route: NoRoute) -> Self {
        match no_route {
            NoRoute::NotFound => Problem::not_found("path"),
            NoRoute::MethodNotAllowed { allow } => Problem::MethodNotAllowed { allow },
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if let Some(month) = error.pruned() {
            return Problem::Conflict {
                detail: format!(
                    "The events of {month} were pruned. Issued documents stay; new ones cannot be made from them."
                ),
            };
        }
        Problem::Unavailable(error)
    }
}
