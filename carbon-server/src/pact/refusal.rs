//! Problems in the formats of PACT and OAuth2.

use crate::http::{problem::Problem, route::Dialect};
use serde_json::{Value, json};

/// Status and document of an error.
pub(crate) fn refusal(problem: &Problem, dialect: Dialect) -> (u16, Value) {
    let message = match (problem, dialect) {
        (Problem::Unauthorised, Dialect::Pact) => "The access token is missing or invalid.".to_owned(),
        (Problem::Unauthorised, Dialect::OAuth) => "The client could not be authenticated.".to_owned(),
        _ => problem.in_a_sentence(),
    };
    // For invalid fields our own API has 422; PACT has only 400.
    let status = if problem.status() == 422 { 400 } else { problem.status() };
    let document = match dialect {
        Dialect::Pact => json!({"code": code(problem), "message": message}),
        Dialect::OAuth => json!({"error": error(problem), "error_description": message}),
    };
    (status, document)
}

fn code(problem: &Problem) -> &'static str {
    match problem {
        Problem::TokenExpired => "TokenExpired",
        Problem::Forbidden { .. } => "AccessDenied",
        Problem::NotFound { .. } => "NotFound",
        Problem::MethodNotAllowed { .. } => "NotImplemented",
        Problem::Internal(_) | Problem::Unavailable(_) | Problem::InDoubt(_) | Problem::Busy => {
            "InternalError"
        }
        _ => "BadRequest",
    }
}

fn error(problem: &Problem) -> &'static str {
    match problem {
        Problem::Unauthorised => "invalid_client",
        Problem::Invalid { errors } if errors.iter().any(|error| error.detail.ends_with(GRANT)) => {
            "unsupported_grant_type"
        }
        Problem::Internal(_)
        | Problem::Unavailable(_)
        | Problem::InDoubt(_)
        | Problem::Busy
        | Problem::TooManyRequests { .. } => "temporarily_unavailable",
        _ => "invalid_request",
    }
}

/// The only grant type.
pub(crate) const GRANT: &str = "must be client_credentials";
