//! What a row of a table of operations says of a request: who may send it, how large it may be, which headers its handler
//! reads, and in whose format it is refused.

use crate::config::{EVIDENCE_BYTES_MAX, Limits};
use percent_encoding::percent_decode_str;

/// Who may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anyone.
    Public,
    /// Anyone; who shows a key is answered in terms of its account.
    Open,
    /// Who manages the account: a live key, or somebody who is logged in.
    Owner,
    /// Somebody who is logged in.
    Session,
    /// A client of an account's own, with a token that it was given for its credentials (PACT).
    Recipient,
    /// A key that writes to its book: live or test.
    Write,
    /// A key that reads its book: any.
    Read,
    /// A key that writes to the live side.
    WriteLive,
    /// A key that reads the live side: live or read.
    ReadLive,
}

/// Where a key may stand in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyForms {
    /// After `Bearer` in `Authorization`.
    Bearer,
    /// There, or where exporters of telemetry put theirs: the password of `Basic`, or `x-api-key`.
    Exporter,
}

/// How many bytes a body may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyLimit {
    /// The server's limit for most requests.
    Standard,
    /// The server's limit for a batch of events; how many are in memory is bounded too.
    Batch,
    /// The server's limit for spans and call-backs; how many are in memory is bounded too.
    Telemetry,
    /// As large as spans, and dropped as it comes: nothing of it is in memory.
    Dropped,
    /// A report or an evidence pack that a stranger sends; how many are in memory is bounded too.
    Evidence,
    /// So many, whatever the server's limits are.
    Bytes(usize),
}

impl BodyLimit {
    pub(crate) fn bytes_max(self, limits: &Limits) -> usize {
        match self {
            BodyLimit::Standard => limits.body_bytes_max,
            BodyLimit::Batch => limits.batch_bytes_max,
            BodyLimit::Telemetry | BodyLimit::Dropped => limits.telemetry_bytes_max,
            BodyLimit::Evidence => EVIDENCE_BYTES_MAX,
            BodyLimit::Bytes(bytes) => bytes,
        }
    }

    /// Whether many events may be in it: such bodies may be compressed, and how many are in memory is bounded.
    pub(crate) fn is_of_many(self) -> bool {
        matches!(self, BodyLimit::Batch | BodyLimit::Telemetry)
    }
}

/// A header that is kept for the handlers that read it: most requests are events, and theirs are not copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestHeader {
    Host,
    /// The cookie with the token of a session.
    Cookie,
    Authorization,
    ContentType,
    /// The same as it was sent: what separates the parts of a form is told there.
    FormType,
    AcceptLanguage,
    ContentEncoding,
    GrpcEncoding,
}

/// The format in which a problem is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProblemFormat {
    /// RFC 9457.
    Problem,
    /// `google.rpc.Status` in protobuf for a request that was protobuf, as OTLP asks; RFC 9457 for others.
    Otlp,
    /// A status of gRPC for a request that was gRPC; RFC 9457 for others.
    Grpc,
    /// As PACT or OAuth2 have it.
    Pact(Dialect),
}

/// Whose words a refusal to a PACT client is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `{"code", "message"}`
    Pact,
    /// `{"error", "error_description"}`, RFC 6749.
    OAuth,
}

/// Why there is no operation for a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoRoute {
    /// No such path.
    NotFound,
    /// The path exists, for another method.
    MethodNotAllowed { allow: String },
}

/// What a path has where its pattern has braces, from left to right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PathParameters(Vec<String>);

impl PathParameters {
    /// The parameters of a path; `None` where it does not fit the pattern.
    ///
    /// A segment in braces is a parameter, a name of a model all that is left: it may hold slashes.
    pub(crate) fn of(pattern: &str, path: &str) -> Option<Self> {
        const LAST: [&str; 2] = ["{name}", "{served_name}"];
        let mut parameters = Vec::new();
        let mut rest = Some(path);
        for expect in pattern.split('/') {
            let (segment, behind) = match rest?.split_once('/') {
                Some(_) if LAST.contains(&expect) => (rest?, None),
                Some((segment, behind)) => (segment, Some(behind)),
                None => (rest?, None),
            };
            if expect.starts_with('{') {
                parameters.push(decoded(segment)?);
            } else if segment != expect {
                return None;
            }
            rest = behind;
        }
        rest.is_none().then_some(PathParameters(parameters))
    }

    #[cfg(test)]
    pub(crate) fn from_values(values: Vec<String>) -> Self {
        PathParameters(values)
    }

    /// As many as the handler takes; `None` where the pattern has another number.
    pub(crate) fn values<const N: usize>(self) -> Option<[String; N]> {
        self.0.try_into().ok()
    }
}

/// A non-empty path segment without its percent escapes.
fn decoded(segment: &str) -> Option<String> {
    let text = percent_decode_str(segment).decode_utf8().ok()?;
    (!text.is_empty()).then(|| text.into_owned())
}
