//! HTML responses.

use crate::http::{
    answer::{Answer, Policy},
    problem::Problem,
};
use askama::Template;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

pub(crate) fn html(page: &impl Template) -> Result<Answer, Problem> {
    Ok(Answer::page(page.render().map_err(Problem::internal)?, POLICY))
}

/// Text as a path segment or as a value in a query.
pub(crate) fn escaped(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

/// Everything except what is safe anywhere in an address.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Redirects to the log-in, which then returns to the requested page.
pub(crate) fn to_log_in(path_and_query: &str) -> Answer {
    Answer::see_other(format!("/login?next={}", escaped(path_and_query)))
}

/// Our pages load nothing from elsewhere, run no inline scripts, and cannot be framed.
pub(crate) const POLICY: Policy = Policy {
    content: "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; \
              form-action 'self'; frame-ancestors 'none'",
    // With `no-referrer`, browsers would not send the origin of a form.
    referrer: "same-origin",
};
