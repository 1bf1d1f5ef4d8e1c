//! Everything that can go wrong, as a closed set, in the format of RFC 9457.

use crate::{
    base::work_queue::NotRun,
    http::route::NoRoute,
    store::{GivenId, GivenIds, StoreError},
};
use governor::{
    NotUntil,
    clock::{Clock, DefaultClock, QuantaInstant},
};
use serde::Serialize;

/// Why a request failed. Each kind has one status, one type and one title.
#[derive(Debug)]
pub(crate) enum Problem {
    /// No key, or a malformed, unknown or revoked one: the same text for all.
    Unauthorised,
    /// The access token has expired.
    TokenExpired,
    /// Not logged in, on a route that does not accept a key.
    NotLoggedIn,
    /// The token set by the operator is missing or wrong.
    NoToken,
    /// No such account, or a wrong password: the same text for both.
    WrongPassword,
    /// The caller may not do this, or nobody may.
    Forbidden { detail: &'static str },
    /// The request has invalid fields; each error names one.
    Invalid { errors: Vec<FieldError> },
    /// It does not exist, or belongs to somebody else.
    NotFound { detail: String, suggestions: Vec<String> },
    /// The host that the request names is missing, named twice, or no host.
    InvalidHost,
    /// The path does not accept this method.
    MethodNotAllowed { allow: String },
    /// It contradicts what is already stored.
    Conflict { detail: String },
    /// The body is larger than the limit.
    BodyTooLarge { bytes_max: usize },
    /// A batch holds more events than the limit.
    TooManyEvents { events_max: usize },
    /// The content encoding of the body is not supported.
    UnsupportedEncoding,
    /// This server does not do that, for nobody.
    Unimplemented { detail: &'static str },
    /// The body was late or incomplete.
    BodyNotReceived,
    /// The rate limit was exceeded.
    TooManyRequests { retry_after_s: u64 },
    /// The ledger is temporarily unavailable. Nothing was stored.
    Unavailable(StoreError),
    /// The ledger failed during the commit, and a restart may find it complete. Repeated with the same ids, it counts once.
    InDoubt(GivenIds),
    /// The queue for such requests is full. Nothing was stored.
    Busy,
    /// Our own error. The caller gets a request id to ask about, and no details.
    Internal(String),
}

/// One fault of the input.
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
pub(crate) struct ProblemDocument<'a> {
    r#type: String,
    pub(crate) title: &'static str,
    pub(crate) status: u16,
    pub(crate) detail: String,
    pub(crate) request_id: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) suggestions: &'a [String],
    /// Of an event that may have been stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<&'a str>,
    /// Of events of a batch that may have been stored, and that had no id.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    event_ids: &'a [GivenId],
}

impl Problem {
    /// Our own error, with the message of what failed.
    pub(crate) fn internal(error: impl std::fmt::Display) -> Self {
        Problem::Internal(error.to_string())
    }

    /// One invalid field.
    pub(crate) fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Problem::Invalid { errors: vec![FieldError::new(pointer, detail)] }
    }

    /// Over a rate limit, until a later time.
    pub(crate) fn too_many(not_until: &NotUntil<QuantaInstant>) -> Self {
        let wait = not_until.wait_time_from(DefaultClock::default().now());
        Problem::TooManyRequests { retry_after_s: wait.as_secs() + 1 }
    }

    /// It does not exist, or is not the caller's: the same text for both.
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
            Problem::InvalidHost => (400, "invalid-host", "Invalid Host"),
            Problem::NotFound { .. } => (404, "not-found", "Not found"),
            Problem::MethodNotAllowed { .. } => (405, "method-not-allowed", "Method not allowed"),
            Problem::Conflict { .. } => (409, "conflict", "Conflict"),
            Problem::BodyTooLarge { .. } => (413, "body-too-large", "Body too large"),
            Problem::TooManyEvents { .. } => (413, "too-many-events", "Too many events"),
            Problem::UnsupportedEncoding => (415, "unsupported-encoding", "Unsupported encoding"),
            Problem::Unimplemented { .. } => (501, "not-implemented", "Not implemented"),
            Problem::BodyNotReceived => (408, "body-not-received", "Body not received"),
            Problem::TooManyRequests { .. } => (429, "too-many-requests", "Too many requests"),
            Problem::Unavailable(_) | Problem::InDoubt(_) | Problem::Busy => {
                (503, "unavailable", "Unavailable")
            }
            Problem::Internal(_) => (500, "internal", "Internal error"),
        }
    }

    /// Its kind in one word, for logs that must not name a client.
    pub(crate) fn name(&self) -> &'static str {
        self.kind().1
    }

    pub(crate) fn status(&self) -> u16 {
        self.kind().0
    }

    /// Seconds after which a retry makes sense.
    pub(crate) fn retry_after_s(&self) -> Option<u64> {
        match self {
            Problem::TooManyRequests { retry_after_s } => Some(*retry_after_s),
            Problem::Unavailable(_) | Problem::InDoubt(_) | Problem::Busy => Some(1),
            _ => None,
        }
    }

    /// The methods that the path accepts.
    pub(crate) fn allow(&self) -> Option<&str> {
        match self {
            Problem::MethodNotAllowed { allow } => Some(allow),
            _ => None,
        }
    }

    /// The text for the caller. A 5xx reveals nothing about the inside.
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
            Problem::Forbidden { detail } | Problem::Unimplemented { detail } => (*detail).to_owned(),
            Problem::Invalid { errors } => match errors.as_slice() {
                [error] if error.pointer.is_empty() => format!("The body {}.", error.detail),
                [error] => format!("{} {}.", error.pointer, error.detail),
                several => format!("{} fields are invalid; see errors.", several.len()),
            },
            Problem::NotFound { detail, .. } | Problem::Conflict { detail } => detail.clone(),
            Problem::InvalidHost => {
                "Send one `Host`: a name or an address, and a port if it is not the scheme's own.".to_owned()
            }
            Problem::MethodNotAllowed { allow } => format!("Use {allow} here."),
            Problem::BodyTooLarge { bytes_max } => format!("The body may have at most {bytes_max} bytes."),
            Problem::TooManyEvents { events_max } => format!("A batch may have at most {events_max} events."),
            Problem::UnsupportedEncoding => {
                "Send the body uncompressed, or with Content-Encoding gzip or zstd.".to_owned()
            }
            Problem::BodyNotReceived => "The body was incomplete or late.".to_owned(),
            Problem::TooManyRequests { retry_after_s } => {
                format!("More requests than allowed. Try again in {retry_after_s} s.")
            }
            Problem::Unavailable(StoreError::FileLost(lost)) => {
                format!("Nothing was stored, and nothing will be until the operator restarts the server: {lost}.")
            }
            Problem::Unavailable(error) if let Some(month) = error.archive() => format!(
                "The events of {month} are in an archive that cannot be read. Nothing was changed; the operator's log says why."
            ),
            Problem::Unavailable(_) => {
                "The ledger is temporarily unavailable. Nothing was stored; please retry.".to_owned()
            }
            Problem::InDoubt(GivenIds::None) => {
                "The ledger failed while this was written. It may have been stored: look before you repeat it."
                    .to_owned()
            }
            Problem::InDoubt(GivenIds::One(_)) => {
                "The ledger failed while this was written. It may have been stored: repeat it with the event_id of this \
                 response, and it counts once."
                    .to_owned()
            }
            Problem::InDoubt(GivenIds::OfRows(_)) => {
                "The ledger failed while this was written. It may have been stored: repeat it with the same ids, and with \
                 those in event_ids where a row had none, and each row counts once."
                    .to_owned()
            }
            Problem::Busy => {
                "Too many such requests are queued. Nothing was stored; please retry.".to_owned()
            }
            Problem::Internal(_) => "Something went wrong on our side. What was sent may have been stored.".to_owned(),
        }
    }

    /// What is wrong with one row of a batch.
    pub(crate) fn in_a_sentence(&self) -> String {
        let Problem::Invalid { errors } = self else { return self.detail() };
        let say = |error: &FieldError| match error.pointer.as_str() {
            "" => format!("the event {}", error.detail),
            pointer => format!("{pointer} {}", error.detail),
        };
        errors.iter().map(say).collect::<Vec<_>>().join("; ")
    }

    /// The cause, for the operator's log, of errors that are not the caller's.
    pub(crate) fn cause(&self) -> Option<String> {
        match self {
            Problem::Unavailable(error) => Some(error.to_string()),
            Problem::InDoubt(_) => {
                Some("a commit failed, and what it was to keep may be in the ledger".to_owned())
            }
            Problem::Internal(cause) => Some(cause.clone()),
            _ => None,
        }
    }

    pub(crate) fn document<'a>(&'a self, request_id: &'a str) -> ProblemDocument<'a> {
        let (status, kind, title) = self.kind();
        ProblemDocument {
            r#type: format!("urn:llm-carbon-tracker:problem:{kind}"),
            title,
            status,
            detail: self.detail(),
            request_id,
            errors: if let Problem::Invalid { errors } = self { errors } else { &[] },
            suggestions: if let Problem::NotFound { suggestions, .. } = self { suggestions } else { &[] },
            event_id: if let Problem::InDoubt(GivenIds::One(id)) = self { Some(id) } else { None },
            event_ids: if let Problem::InDoubt(GivenIds::OfRows(ids)) = self { ids } else { &[] },
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

impl From<NotRun> for Problem {
    fn from(not_run: NotRun) -> Self {
        match not_run {
            NotRun::Busy => Problem::Busy,
            NotRun::Panicked(cause) => Problem::Internal(cause),
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
        match error {
            StoreError::InDoubt(ids) => Problem::InDoubt(ids),
            error if error.is_in_doubt() => Problem::InDoubt(GivenIds::None),
            error => Problem::Unavailable(error),
        }
    }
}
