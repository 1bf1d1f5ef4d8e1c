//! The host that a request names. It ends up in links, so nothing but a name or an address with a port may pass.

use crate::http::problem::Problem;
use hyper::{
    Version,
    header::{self, HeaderValue},
    http::request::Parts,
};

/// Bytes of a host with its port: those of a domain name.
const BYTES_MAX: usize = 255;

/// Whether a request names its host as it must (RFC 9112, 3.2; RFC 9113, 8.3.1): once, and the same everywhere. Only
/// HTTP/1.0 may leave it out.
pub(super) fn check(head: &Parts) -> Result<(), Problem> {
    let mut lines = head.headers.get_all(header::HOST).iter().map(HeaderValue::as_bytes);
    let (line, another) = (lines.next(), lines.next());
    // In the target of an HTTP/1.1 request to a proxy, or in an HTTP/2 request's own field.
    let authority = head.uri.authority().map(|authority| authority.as_str().as_bytes());
    let may_lack_line = match head.version {
        Version::HTTP_11 => false,
        Version::HTTP_2 => authority.is_some(),
        _ => true,
    };
    let is_one = another.is_none() && (line.is_some() || may_lack_line);
    let is_same = line.zip(authority).is_none_or(|(line, authority)| line.eq_ignore_ascii_case(authority));
    let is_plain = line.into_iter().chain(authority).all(is_host);
    if is_one && is_same && is_plain { Ok(()) } else { Err(Problem::InvalidHost) }
}

/// A domain name or an IP address, and a port if there is one: nothing that would mean something else in a link.
fn is_host(text: &[u8]) -> bool {
    let Some(text) = str::from_utf8(text).ok().filter(|text| text.len() <= BYTES_MAX) else { return false };
    let end_of_address = text.starts_with('[').then(|| text.find(']')).flatten();
    let (host, port) = match end_of_address {
        Some(end) => (&text[..=end], &text[end + 1..]),
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let is_port = |port: &str| {
        let is_short = (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit());
        is_short && port.parse().is_ok_and(|port: u16| port != 0)
    };
    (is_address(host) || is_name(host)) && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
}

/// An IPv6 address in brackets; one of IPv4 looks like a name.
fn is_address(host: &str) -> bool {
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    inner.is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok())
}

/// Labels with dots between. Underscores are in no domain name, but in names of containers.
fn is_name(host: &str) -> bool {
    let is_label = |label: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (1..=63).contains(&label.len()) && label.bytes().all(is_plain)
    };
    host.strip_suffix('.').unwrap_or(host).split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*, sample::select};

    #[test]
    fn a_name_or_an_address_and_maybe_a_port() {
        for good in [
            "localhost",
            "carbon.example.com",
            "CARBON.example.com.",
            "carbon.example.com:8080",
            "carbon_server:8080",
            "xn--bcher-kva.example",
            "127.0.0.1:1",
            "[::1]",
            "[2001:db8::7]:65535",
        ] {
            assert!(is_host(good.as_bytes()), "{good}");
        }
        let long = format!("{}.example", "a.".repeat(124));
        for bad in [
            "",
            ".",
            " ",
            "a b",
            "a\tb",
            "a..b",
            ".a",
            "a/b",
            "a?b",
            "a#b",
            "a\\b",
            "user@a",
            "a:b@c",
            "a,b",
            "a;b",
            "a:",
            "a:0",
            "a:65536",
            "a:+80",
            "a:8 0",
            "a:080000",
            "a:b",
            "a:1:2",
            "::1",
            "[::1",
            "[::1]x",
            "[]",
            "[a]",
            "[fe80::1%25eth0]",
            "é.example",
            "\"",
            "<a>",
            "a%2fb",
            &long,
            &"a".repeat(64),
        ] {
            assert!(!is_host(bad.as_bytes()), "{bad:?}");
        }
        assert!(!is_host(b"a\xff"));
    }

    proptest! {
        /// What passes is the whole authority of a link, read by another parser.
        #[test]
        fn what_passes_is_the_host_of_a_link(parts in vec(select(PARTS), 1..6)) {
            let text = parts.concat();
            if is_host(text.as_bytes()) {
                let uri: hyper::Uri = format!("http://{text}/d/token").parse().unwrap();
                prop_assert_eq!(uri.path(), "/d/token");
                prop_assert_eq!(uri.authority().unwrap().as_str(), &text);
                prop_assert!(uri.query().is_none());
            }
        }
    }

    const PARTS: &[&str] =
        &["a", "x-1", "_", ".", ":", "80", "0", "[::1]", "[", "]", "@", "/", "?", "#", "%41", "\\", " ", "é"];
}
