//! Where a key stands in the headers of a request.

use base64::{Engine, prelude::BASE64_STANDARD};
use std::borrow::Cow;

/// The token after `Bearer`; the scheme is not case-sensitive (RFC 9110).
pub(crate) fn bearer(authorization: &[u8]) -> Option<&str> {
    after("bearer", authorization)
}

/// The key of an exporter of telemetry: after `Bearer`, as the password of `Basic` (whose user name is ignored), or in
/// `x-api-key` where there is no `Authorization`. Many exporters can be given a key in only one of these ways.
pub(crate) fn of_exporter<'h>(
    authorization: Option<&'h [u8]>,
    x_api_key: Option<&'h [u8]>,
) -> Option<Cow<'h, str>> {
    let Some(authorization) = authorization else {
        return str::from_utf8(x_api_key?).ok().map(|key| Cow::Borrowed(key.trim()));
    };
    let password = || basic(authorization).map(|(_user, password)| Cow::Owned(password));
    bearer(authorization).map(Cow::Borrowed).or_else(password)
}

/// User name and password of `Basic` (RFC 7617).
pub(crate) fn basic(authorization: &[u8]) -> Option<(String, String)> {
    let credentials = BASE64_STANDARD.decode(after("basic", authorization)?).ok()?;
    let (user, password) = str::from_utf8(&credentials).ok()?.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

fn after<'h>(scheme: &str, authorization: &'h [u8]) -> Option<&'h str> {
    let (found, rest) = str::from_utf8(authorization).ok()?.split_once(' ')?;
    found.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_where_exporters_put_it() {
        let basic = |credentials: &str| format!("Basic {}", BASE64_STANDARD.encode(credentials));
        for (authorization, x_api_key, expect) in [
            (Some("Bearer key".to_owned()), None, Some("key")),
            (Some("bearer  key ".to_owned()), Some("other"), Some("key")),
            (Some(basic("pk-lf-1:key")), None, Some("key")),
            (Some(basic(":key")), None, Some("key")),
            // Only the first colon ends the user name.
            (Some(basic("user:key:more")), None, Some("key:more")),
            (Some(basic("key")), None, None),
            (Some("Basic ???".to_owned()), None, None),
            (Some("Digest key".to_owned()), Some("other"), None),
            (Some("key".to_owned()), None, None),
            (None, Some(" key "), Some("key")),
            (None, None, None),
        ] {
            let found =
                of_exporter(authorization.as_deref().map(str::as_bytes), x_api_key.map(str::as_bytes));
            assert_eq!(found.as_deref(), expect, "{authorization:?}, {x_api_key:?}");
        }
    }
}
