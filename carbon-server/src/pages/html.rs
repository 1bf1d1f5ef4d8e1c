//! HTML as an answer.

use crate::http::{
    answer::{Answer, Policy},
    problem::Problem,
};
use askama::Template;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

pub(crate) fn html(page: &impl Template) -> Result<Answer, Problem> {
    Ok(Answer::page(page.render().map_err(Problem::internal)?, POLICY))
}

/// Text as a segment of a path, or as a value in a query.
pub(crate) fn escaped(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

/// Everything but what needs no escape anywhere in an address.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// To the log-in, and from there back to what was asked for.
pub(crate) fn to_log_in(path_and_query: &str) -> Answer {
    Answer::see_other(format!("/login?next={}", escaped(path_and_query)))
}

/// A page of ours needs nothing from elsewhere, runs no script of its own text, and is framed by nobody.
pub(crate) const POLICY: Policy = Policy {
    content: "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; \
              form-action 'self'; frame-ancestors 'none'",
    // Where it is told to nobody, browsers do not say of a form where it comes from.
    referrer: "same-origin",
};
