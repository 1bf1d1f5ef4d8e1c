//! The time in a token: `GeneralizedTime` in UTC, which may have fractions of a second (RFC 3161, section 2.4.2).

use super::{TimeStampError, form};
use der::{Tag, Tagged, asn1::AnyRef};
use jiff::Timestamp;

pub(super) fn read(time: AnyRef<'_>) -> Result<Timestamp, TimeStampError> {
    time.tag().assert_eq(Tag::GeneralizedTime).map_err(form)?;
    let text = std::str::from_utf8(time.value()).unwrap_or_default();
    of_text(text).ok_or_else(|| TimeStampError::Form(format!("{text:?} is no time")))
}

/// `YYYYMMDDhhmmss`, a point and digits of which the last is none of nothing, and a Z.
fn of_text(text: &str) -> Option<Timestamp> {
    let text = text.strip_suffix('Z')?;
    let (seconds, fraction) = text.split_once('.').map_or((text, None), |(text, part)| (text, Some(part)));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if seconds.len() != 14 || !are_digits(seconds) {
        return None;
    }
    if fraction.is_some_and(|digits| !are_digits(digits) || digits.len() > 9 || digits.ends_with('0')) {
        return None;
    }
    let (day, time) = seconds.split_at(8);
    let fraction = fraction.map_or_else(String::new, |digits| format!(".{digits}"));
    // ISO 8601's basic form.
    format!("{day}T{time}{fraction}Z").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_one_form() {
        for (text, expect) in [
            ("20261130085549Z", Some("2026-11-30T08:55:49Z")),
            ("20261130085549.5Z", Some("2026-11-30T08:55:49.5Z")),
            ("20261130085549.000000001Z", Some("2026-11-30T08:55:49.000000001Z")),
            ("20261130085549.50Z", None),
            ("20261130085549.Z", None),
            ("20261130085549.0000000001Z", None),
            ("20261130085549", None),
            ("202611300855Z", None),
            ("20261130085549+0100", None),
            ("20261330085549Z", None),
            ("2026113008554aZ", None),
            ("-0261130085549Z", None),
            ("Z", None),
            ("", None),
        ] {
            assert_eq!(of_text(text).map(|time| time.to_string()).as_deref(), expect, "{text}");
        }
    }
}
