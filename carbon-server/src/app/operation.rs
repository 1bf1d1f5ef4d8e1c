//! One method on one path: a row of the table of the API or of the pages. Everything between the wire and a handler is read
//! from it, so that no resource is named anywhere else.

use crate::{
    app::App,
    config::Limits,
    http::{
        answer::Answer,
        problem::Problem,
        request::Input,
        route::{Access, BodyLimit, KeyForms, NoRoute, PathParameters, ProblemFormat, RequestHeader},
    },
    openapi::described::Described,
};
use std::{pin::Pin, sync::Arc};

/// What answers a request; [`handler!`] makes one.
pub(crate) type Handler = for<'a> fn(&'a Arc<App>, Input, PathParameters) -> Answering<'a>;
/// A handler at work.
pub(crate) type Answering<'a> = Pin<Box<dyn Future<Output = Result<Answer, Problem>> + Send + 'a>>;

/// A row of a table.
#[derive(Clone, Copy)]
pub(crate) struct Operation {
    pub(crate) method: &'static str,
    /// Its path; a segment in braces is a parameter of the handler.
    pub(crate) pattern: &'static str,
    pub(crate) access: Access,
    pub(crate) key_forms: KeyForms,
    pub(crate) body: BodyLimit,
    /// The headers that its handler reads, besides `Idempotency-Key`.
    pub(crate) headers: &'static [RequestHeader],
    pub(crate) problems: ProblemFormat,
    /// Whether a browser may send it from a page of ours alone.
    pub(crate) from_our_pages: bool,
    /// Whether it is for people.
    pub(crate) is_page: bool,
    /// Whether it waits for a turn and is answered on a thread of its own: what is not, is little work on the thread that takes
    /// events, or its handler waits for the turn of a longer work.
    pub(crate) in_turn: bool,
    /// Whether it counts where no key is shown; health checks do not, as whoever floods must not make them fail.
    pub(crate) is_counted: bool,
    /// What `/openapi.json` says of it; `None` for what is no part of the API.
    pub(crate) description: Option<fn(&Limits) -> Described>,
    pub(crate) handler: Handler,
}

/// The handler of a row: takes the app, the input and the parameters of the path, from left to right.
macro_rules! handler {
    (|$app:ident, $input:ident $(, $parameter:ident)*| $answer:expr) => {
        |$app, $input, parameters| {
            Box::pin(async move {
                let Some([$($parameter),*]) = parameters.values() else {
                    return Err($crate::http::problem::Problem::not_found("path"));
                };
                $answer
            })
        }
    };
}
pub(crate) use handler;

impl Operation {
    const fn new(method: &'static str, pattern: &'static str, access: Access, handler: Handler) -> Self {
        Operation {
            method,
            pattern,
            access,
            key_forms: KeyForms::Bearer,
            body: BodyLimit::Standard,
            headers: &[],
            problems: ProblemFormat::Problem,
            from_our_pages: false,
            is_page: false,
            in_turn: true,
            is_counted: true,
            description: None,
            handler,
        }
    }

    pub(crate) const fn get(pattern: &'static str, access: Access, handler: Handler) -> Self {
        Self::new("GET", pattern, access, handler)
    }

    pub(crate) const fn post(pattern: &'static str, access: Access, handler: Handler) -> Self {
        Self::new("POST", pattern, access, handler)
    }

    pub(crate) const fn put(pattern: &'static str, access: Access, handler: Handler) -> Self {
        Self::new("PUT", pattern, access, handler)
    }

    pub(crate) const fn delete(pattern: &'static str, access: Access, handler: Handler) -> Self {
        Self::new("DELETE", pattern, access, handler)
    }

    /// A page, or a file of one.
    pub(crate) const fn page(pattern: &'static str, access: Access, handler: Handler) -> Self {
        const READ: &[RequestHeader] = &[RequestHeader::Host, RequestHeader::Cookie];
        Operation { is_page: true, headers: READ, ..Self::get(pattern, access, handler) }
    }

    /// A form of a page; sent by `POST`, whatever it does.
    pub(crate) const fn form(pattern: &'static str, access: Access, handler: Handler) -> Self {
        Operation { method: "POST", from_our_pages: true, ..Self::page(pattern, access, handler) }
    }

    /// Answered without waiting for a turn.
    pub(crate) const fn at_once(self) -> Self {
        Operation { in_turn: false, ..self }
    }

    /// A health check: cheap, so that anyone may ask at any rate.
    pub(crate) const fn for_health_checks(self) -> Self {
        Operation { is_counted: false, ..self }.at_once()
    }

    /// With these headers for its handler.
    pub(crate) const fn reads(self, headers: &'static [RequestHeader]) -> Self {
        Operation { headers, ..self }
    }

    /// With a limit of its own.
    pub(crate) const fn takes(self, body: BodyLimit) -> Self {
        Operation { body, ..self }
    }

    /// Sent by exporters of telemetry, which have their own places for a key.
    pub(crate) const fn sent_by_exporters(self) -> Self {
        Operation { key_forms: KeyForms::Exporter, ..self }
    }

    /// Refused in that format.
    pub(crate) const fn refuses_as(self, problems: ProblemFormat) -> Self {
        Operation { problems, ..self }
    }

    /// What only a page of ours should ask for.
    pub(crate) const fn sent_by_our_pages(self) -> Self {
        Operation { from_our_pages: true, ..self }
    }

    /// With what `/openapi.json` says of it.
    pub(crate) const fn described(self, description: fn(&Limits) -> Described) -> Self {
        Operation { description: Some(description), ..self }
    }
}

/// The operation of a request, its place among all, and its parameters. `HEAD` is read as `GET`: the body is left out on the
/// wire.
pub(crate) fn find(
    operations: &'static [Operation],
    method: &str,
    path: &str,
) -> Result<(usize, &'static Operation, PathParameters), NoRoute> {
    let method = if method == "HEAD" { "GET" } else { method };
    let mut allow = Vec::new();
    for (place, operation) in operations.iter().enumerate() {
        let Some(parameters) = PathParameters::of(operation.pattern, path) else { continue };
        if operation.method == method {
            return Ok((place, operation, parameters));
        }
        allow.push(operation.method);
    }
    if allow.is_empty() {
        return Err(NoRoute::NotFound);
    }
    allow.sort_unstable();
    allow.dedup();
    Err(NoRoute::MethodNotAllowed { allow: allow.join(", ") })
}
