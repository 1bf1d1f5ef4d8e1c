//! Forms: what was sent, what is wrong with it, and proof that it came from one of our pages.

use crate::{
    base::exact::Exact,
    http::{problem::Problem, request::Input},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use rust_decimal::Decimal;
use sha2::Sha256;
use std::{collections::BTreeMap, str::FromStr};

/// A form as it was sent, or an empty one.
#[derive(Default)]
pub(super) struct PageForm {
    values: BTreeMap<String, String>,
    faults: BTreeMap<String, String>,
    /// A fault that belongs to no field.
    pub(super) message: Option<String>,
}

impl PageForm {
    /// The form in the body.
    pub(super) fn sent(input: &Input) -> Self {
        let values = form_urlencoded::parse(&input.body).into_owned().collect();
        PageForm { values, ..PageForm::default() }
    }

    /// The same, from a user who is logged in, sent from one of our pages.
    pub(super) fn sent_by_owner(input: &Input) -> Result<Self, Problem> {
        let form = PageForm::sent(input);
        let sent = form.values.get("csrf").and_then(|token| BASE64_URL_SAFE_NO_PAD.decode(token).ok());
        let fits = csrf(input).zip(sent).is_some_and(|(mac, sent)| mac.verify_slice(&sent).is_ok());
        if fits {
            Ok(form)
        } else {
            Err(Problem::Forbidden { detail: "This form is from another session. Reload the page." })
        }
    }

    /// A form that starts with these values.
    pub(super) fn filled<'a>(values: impl IntoIterator<Item = (&'a str, Option<String>)>) -> Self {
        let values = values.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        PageForm { values: values.collect(), ..PageForm::default() }
    }

    /// A field; `None` if it is empty.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.values.get(name).map(|text| text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// A field as it was sent, including blanks.
    pub(super) fn exact(&self, name: &str) -> Option<String> {
        self.values.get(name).filter(|text| !text.is_empty()).cloned()
    }

    /// A numeric field.
    pub(super) fn number<T: FromStr>(&self, name: &str) -> Result<Option<T>, Problem> {
        let number = self.text(name).map(|text| text.parse());
        number.transpose().map_err(|_| Problem::invalid(format!("/{name}"), "must be a whole number"))
    }

    /// A field with a decimal number.
    pub(super) fn decimal(&self, name: &str) -> Result<Option<Exact>, &'static str> {
        let number = self.text(name).map(|text| text.parse::<Decimal>().map(Exact::from));
        number.transpose().map_err(|_| "must be a number such as 70.6")
    }

    /// The same form, to be shown again with its faults. A password is not shown again.
    pub(super) fn refused(mut self, problem: &Problem) -> Self {
        self.values.retain(|name, _| !name.ends_with("password"));
        match problem {
            Problem::Invalid { errors } => {
                for error in errors {
                    let name = error.pointer.trim_start_matches('/').to_owned();
                    self.faults.entry(name).or_insert_with(|| sentence(&error.detail));
                }
            }
            other => self.message = Some(other.detail()),
        }
        self
    }

    /// The same, with all faults in one message above the form, under the page's labels of the fields.
    pub(super) fn refused_in_words(self, problem: &Problem, labels: &[(&str, &str)]) -> Self {
        PageForm { message: Some(in_words(problem, labels)), ..self.refused(problem) }
    }

    /// The same, with the faults of these places in a message above the form: no field of it is theirs.
    pub(super) fn refused_beside_fields(self, problem: &Problem, labels: &[(&str, &str)]) -> Self {
        let Problem::Invalid { errors } = problem else { return self.refused(problem) };
        let beside = errors.iter().filter(|error| labels.iter().any(|(place, _)| *place == error.pointer));
        let beside = Problem::Invalid { errors: beside.cloned().collect() };
        let message = Some(in_words(&beside, labels)).filter(|message| !message.is_empty());
        PageForm { message, ..self.refused(problem) }
    }

    /// A field that holds the next page: only pages of the console are accepted.
    pub(super) fn console_page(&self, name: &str) -> Option<&str> {
        let wanted = self.value(name);
        let is_ours = wanted == "/app" || wanted.starts_with("/app/") || wanted.starts_with("/app?");
        let is_plain = wanted.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        (is_ours && is_plain).then_some(wanted)
    }

    /// For the page: the value of a field.
    pub(super) fn value(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// For the page: what is wrong with a field.
    pub(super) fn fault(&self, name: &str) -> Option<&str> {
        self.faults.get(name).map(String::as_str)
    }
}

/// What is wrong, in one or more sentences, under the page's labels of the fields.
pub(super) fn in_words(problem: &Problem, labels: &[(&str, &str)]) -> String {
    let Problem::Invalid { errors } = problem else { return problem.detail() };
    let label = |pointer: &str| {
        let known = labels.iter().find(|(known, _)| *known == pointer);
        known.map_or_else(|| pointer.trim_start_matches('/').to_owned(), |(_, label)| (*label).to_owned())
    };
    let sentences = errors.iter().map(|error| format!("{} {}.", label(&error.pointer), error.detail));
    sentences.collect::<Vec<_>>().join(" ")
}

/// Whether the sender can correct the problem in the form.
pub(super) fn is_mendable(problem: &Problem) -> bool {
    matches!(
        problem,
        Problem::Invalid { .. }
            | Problem::Conflict { .. }
            | Problem::WrongPassword
            | Problem::TooManyRequests { .. }
            | Problem::Busy
    )
}

/// `must be …` as `Must be ….`
pub(super) fn sentence(detail: &str) -> String {
    // What follows says what is wrong.
    let detail = detail.strip_prefix("is invalid: ").unwrap_or(detail);
    let mut letters = detail.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

/// The token in the forms of a session: nobody else can create it, and it does not reveal the session.
pub(super) fn csrf_token(input: &Input) -> String {
    csrf(input).map_or_else(String::new, |mac| BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

fn csrf(input: &Input) -> Option<Hmac<Sha256>> {
    let session = input.headers.session.as_deref()?;
    let mac = Hmac::<Sha256>::new_from_slice(session.as_bytes()).expect("a key of any length will do");
    Some(mac.chain_update(b"form"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_to_the_console_alone() {
        for (wanted, to) in [
            ("/app", "/app"),
            ("/app?month=2026-10", "/app?month=2026-10"),
            ("/app/tenants/a%2Fb", "/app/tenants/a%2Fb"),
            ("", "/app"),
            ("/application", "/app"),
            ("//evil.example/app/", "/app"),
            ("https://evil.example/app/", "/app"),
            ("/app/\r\nset-cookie: x", "/app"),
            ("/app\\evil", "/app"),
        ] {
            let form = PageForm::filled([("next", Some(wanted.to_owned()))]);
            assert_eq!(form.console_page("next").unwrap_or("/app"), to, "{wanted:?}");
        }
    }
}
