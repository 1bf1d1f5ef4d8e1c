//! A request as handlers see it, and how its fields are read.

use crate::{
    base::work_queue::Permit,
    http::{caller::Caller, faults::pointer, problem::Problem},
    registry::Registry,
    store::AccountKey,
};
use bytes::Bytes;
use carbon_core::FactorSet;
use serde::de::{DeserializeOwned, IgnoredAny};
use std::{borrow::Cow, net::IpAddr, ops::Deref};

/// A request as handlers see it.
pub(crate) struct Input {
    /// Who is calling, on routes that need a key.
    pub(crate) caller: Option<Caller>,
    /// Whose connection it is; a proxy's, where there is one.
    pub(crate) peer: IpAddr,
    /// Whether only the head of the answer is asked for: nobody looks at the page.
    pub(crate) is_head: bool,
    pub(crate) headers: ReadHeaders,
    /// What stands behind the `?`.
    pub(crate) query: Option<String>,
    pub(crate) body: Bytes,
    /// Held for a body of many, for as long as anything of it is in memory: an asker who goes away does not end the work.
    pub(crate) permits: Vec<Permit<AccountKey>>,
    /// Held for a large body of a stranger.
    pub(crate) place: Option<Permit<IpAddr>>,
}

/// The headers that a handler reads: those of its row in the table, and `Idempotency-Key`.
pub(crate) struct Headers {
    pub(crate) host: Option<String>,
    /// The token of the session, from its cookie.
    pub(crate) session: Option<String>,
    /// For a route that asks for something else than a key.
    pub(crate) authorization: Option<String>,
    /// In lower case; empty where it is no text.
    pub(crate) content_type: Option<String>,
    /// As it was sent.
    pub(crate) form_type: Option<String>,
    /// Languages that a browser prefers.
    pub(crate) languages: Option<String>,
    /// In lower case; empty where it is no text.
    pub(crate) content_encoding: Option<String>,
    /// In lower case; empty where it is no text.
    pub(crate) grpc_encoding: Option<String>,
    /// Each as it was sent.
    pub(crate) idempotency_keys: Vec<Vec<u8>>,
}

/// The same, which take no place where there are none: most requests are events.
#[derive(Default)]
pub(crate) struct ReadHeaders(Option<Box<Headers>>);

impl ReadHeaders {
    pub(crate) fn of(headers: Headers) -> Self {
        ReadHeaders(Some(Box::new(headers)))
    }
}

impl Deref for ReadHeaders {
    type Target = Headers;

    fn deref(&self) -> &Headers {
        static NONE: Headers = Headers {
            host: None,
            session: None,
            authorization: None,
            content_type: None,
            form_type: None,
            languages: None,
            content_encoding: None,
            grpc_encoding: None,
            idempotency_keys: Vec::new(),
        };
        self.0.as_deref().unwrap_or(&NONE)
    }
}

impl Input {
    pub(crate) fn caller(&self) -> Result<Caller, Problem> {
        self.caller.ok_or(Problem::Unauthorised)
    }

    /// The body as `T`; a fault names the field.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        object(&self.body)
    }

    /// The body as `T`, or the default of `T` if it is empty.
    pub(crate) fn optional_json<T: DeserializeOwned + Default>(&self) -> Result<T, Problem> {
        if self.body.trim_ascii().is_empty() { Ok(T::default()) } else { self.json() }
    }

    /// A query parameter of a page. People open pages from links to which others may have added parameters, so unknown
    /// ones are ignored.
    pub(crate) fn asked(&self, name: &str) -> Option<String> {
        let query = self.query.as_deref().unwrap_or("");
        let found = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| *key == name);
        found.map(|(_, value)| value.into_owned())
    }

    /// The values of these query parameters, in their order; any other parameter is rejected.
    pub(crate) fn query_values<const N: usize>(
        &self,
        names: [&str; N],
    ) -> Result<[Option<Cow<'_, str>>; N], Problem> {
        let mut values = [const { None }; N];
        for (key, found) in form_urlencoded::parse(self.query.as_deref().unwrap_or("").as_bytes()) {
            match names.iter().position(|name| *name == key) {
                Some(place) if values[place].is_none() => values[place] = Some(found),
                _ => {
                    let names = names.map(|name| format!("`{name}`")).join(", ");
                    return Err(Problem::invalid(
                        key,
                        format!("is not a query parameter here; use {names}, each at most once"),
                    ));
                }
            }
        }
        Ok(values)
    }

    /// The factor set in `?factor_set=`, by default that of the server; with the own entries of who shows a key.
    pub(crate) fn factor_set(&self, registry: &Registry) -> Result<FactorSet, Problem> {
        let [version] = self.query_values(["factor_set"])?;
        match self.caller {
            Some(caller) => wanted_factor_set(registry, caller.account, "factor_set", version.as_deref()),
            None => {
                let set = version
                    .as_deref()
                    .map_or(Some(registry.default_set()), |wanted| registry.released(wanted));
                Ok(set.ok_or_else(|| no_factor_set(registry, "factor_set"))?.clone())
            }
        }
    }
}

/// The factor set that a request names, or that of the server, with the account's own entries.
pub(crate) fn wanted_factor_set(
    registry: &Registry,
    account: AccountKey,
    pointer: &str,
    version: Option<&str>,
) -> Result<FactorSet, Problem> {
    registry.wanted(account, version).ok_or_else(|| no_factor_set(registry, pointer))
}

fn no_factor_set(registry: &Registry, pointer: &str) -> Problem {
    Problem::invalid(
        pointer,
        format!("must be a factor set of this server: {}", registry.versions().join(", ")),
    )
}

/// A JSON object as `T`; a fault names the field.
pub(crate) fn object<T: DeserializeOwned>(json: &[u8]) -> Result<T, Problem> {
    // serde would also accept an array of the fields, and its messages mention structs.
    if json.trim_ascii_start().first() != Some(&b'{') {
        serde_json::from_slice::<IgnoredAny>(json).map_err(|error| not_json(&error))?;
        return Err(Problem::invalid("", "must be a JSON object"));
    }
    // Most bodies are valid; only a fault costs a second pass to find its place.
    serde_json::from_slice(json).map_err(|_| fault::<T>(json))
}

/// Why `body` is not a `T`, with the place in it.
fn fault<T: DeserializeOwned>(body: &[u8]) -> Problem {
    let mut json = serde_json::Deserializer::from_slice(body);
    let (path, error) = match serde_path_to_error::deserialize::<_, T>(&mut json) {
        Err(error) => (error.path().clone(), error.into_inner()),
        Ok(_) => match json.end() {
            Err(error) => return Problem::invalid("", format!("is not one JSON document: {error}")),
            Ok(()) => return Problem::Internal("the body was rejected, then accepted".to_owned()),
        },
    };
    if !error.is_data() {
        return not_json(&error);
    }
    let message = error.to_string();
    // serde_json gives the position in the text; the pointer is more useful.
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    let message = &without_text(message);
    let keys = path.iter().filter_map(|segment| match segment {
        serde_path_to_error::Segment::Map { key } => Some(Cow::from(key)),
        serde_path_to_error::Segment::Seq { index } => Some(Cow::from(index.to_string())),
        _ => None,
    });
    // serde reports a field that is there twice, or not at all, at the object.
    let field = |begin| message.strip_prefix(begin).and_then(|rest: &str| rest.split('`').next());
    let missing = field("missing field `");
    let keys = keys.chain(field("duplicate field `").or(missing).map(Cow::from));
    let keys: Vec<Cow<'_, str>> = keys.collect();
    let detail = match missing {
        Some(_) => "is required".to_owned(),
        None => format!("is invalid: {}", in_words_of_json(message)),
    };
    Problem::invalid(pointer(keys.iter().map(Cow::as_ref)), detail)
}

/// What serde expects, not in the words of the program but in those of JSON.
fn in_words_of_json(message: &str) -> Cow<'_, str> {
    let Some((found, expected)) = message.rsplit_once(", expected ") else { return message.into() };
    let expected = match expected.split(' ').next().unwrap_or_default() {
        "struct" | "map" => "an object",
        "tuple" => "an array",
        "unit" => "null",
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => "an integer, and not one so large",
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" => "an integer from 0 on, and not one so large",
        "f32" | "f64" => "a number",
        _ => match expected {
            "a map" => "an object",
            "a sequence" => "an array",
            _ => return message.into(),
        },
    };
    format!("{found}, expected {expected}").into()
}

/// The message without the text that was found, which may be a prompt.
fn without_text(message: &str) -> Cow<'_, str> {
    let found = message.split_once(": string \"").zip(message.rsplit_once("\", expected "));
    found.map_or(Cow::Borrowed(message), |((what, _), (_, expected))| {
        format!("{what}: a string, expected {expected}").into()
    })
}

fn not_json(error: &serde_json::Error) -> Problem {
    Problem::invalid("", format!("is not JSON: {error}"))
}
