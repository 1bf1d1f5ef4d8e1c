//! Sending to where others want it, and only to where a stranger may send us: webhooks, signed as Standard Webhooks asks
//! (standardwebhooks.com), and events of PACT.

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;
use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU16,
    time::Duration,
};
use thiserror::Error;
use ureq::{
    Agent,
    config::Config,
    http::{StatusCode, Uri},
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};

/// How long a receiver may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends what others wait for.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    agent: Agent,
}

/// Why what was sent was not taken.
#[derive(Debug, Error)]
pub(crate) enum NotTaken {
    /// The receiver said so.
    #[error("status {0}")]
    Status(u16),
    /// It gave no token where one was asked for.
    #[error("no token")]
    NoToken,
    /// It was not reached.
    #[error(transparent)]
    Unreached(#[from] ureq::Error),
}

/// What goes to a webhook, and what it is signed with.
#[derive(Clone, Copy)]
pub(crate) struct SignedMessage<'a> {
    pub(crate) url: &'a str,
    pub(crate) secret: &'a [u8; 32],
    pub(crate) id: &'a str,
    /// JSON.
    pub(crate) body: &'a str,
}

impl Sender {
    /// To public addresses only, unless `private`: an account must not make us call what only we can reach.
    pub(crate) fn new(private: bool) -> Self {
        let config = Config::builder()
            .timeout_global(Some(PATIENCE))
            // Neither another address than the one that was checked, nor one of the environment's.
            .max_redirects(0)
            .proxy(None)
            .http_status_as_error(false)
            .user_agent(concat!("llm-carbon-tracker/", env!("CARGO_PKG_VERSION")))
            .build();
        let connector = DefaultConnector::new();
        let agent = if private {
            Agent::with_parts(config, connector, DefaultResolver::default())
        } else {
            Agent::with_parts(config, connector, PublicResolver::default())
        };
        Sender { agent }
    }

    /// A token for client credentials (RFC 6749, section 4.4). Blocks.
    pub(crate) fn token(&self, url: &str, client_id: &str, secret: &str) -> Result<String, NotTaken> {
        #[derive(Deserialize)]
        struct Token {
            access_token: String,
        }
        let escaped = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let basic = BASE64_STANDARD.encode(format!("{}:{}", escaped(client_id), escaped(secret)));
        let mut reply = self
            .agent
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "application/json")
            .header("authorization", format!("Basic {basic}"))
            .send("grant_type=client_credentials")?;
        taken(reply.status())?;
        let text = reply.body_mut().with_config().limit(TOKEN_BYTES_MAX).read_to_string()?;
        let token: Token = serde_json::from_str(&text).map_err(|_| NotTaken::NoToken)?;
        Ok(token.access_token)
    }

    /// Sends a document with a token. Blocks.
    pub(crate) fn post(&self, url: &str, token: &str, media_type: &str, body: &str) -> Result<(), NotTaken> {
        let reply = self
            .agent
            .post(url)
            .header("content-type", media_type)
            .header("authorization", format!("Bearer {token}"))
            .send(body)?;
        taken(reply.status())
    }

    /// Sends a question and takes the answer, of these media types, where it has no more bytes than `bytes_max`. Blocks.
    pub(crate) fn ask(
        &self,
        url: &str,
        [content_type, accept]: [&str; 2],
        question: &[u8],
        bytes_max: usize,
    ) -> Result<Vec<u8>, NotTaken> {
        let mut reply = self
            .agent
            .post(url)
            .header("content-type", content_type)
            .header("accept", accept)
            .send(question)?;
        taken(reply.status())?;
        let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX);
        Ok(reply.body_mut().with_config().limit(limit).read_to_vec()?)
    }

    /// Sends a message with its signature. Blocks.
    pub(crate) fn send(&self, message: &SignedMessage<'_>, now_s: i64) -> Result<(), NotTaken> {
        let SignedMessage { url, secret, id, body } = *message;
        let reply = self
            .agent
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", now_s.to_string())
            .header("webhook-signature", signature(secret, id, now_s, body))
            .send(body)?;
        taken(reply.status())
    }
}

/// Longest answer to who asks for a token.
const TOKEN_BYTES_MAX: u64 = 64 * 1024;

fn taken(status: StatusCode) -> Result<(), NotTaken> {
    if status.is_success() { Ok(()) } else { Err(NotTaken::Status(status.as_u16())) }
}

/// A secret as its owner notes it down.
pub(crate) fn shown(secret: &[u8; 32]) -> String {
    format!("whsec_{}", BASE64_STANDARD.encode(secret))
}

fn signature(secret: &[u8; 32], id: &str, timestamp_s: i64, body: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length will do");
    let mac = mac.chain_update(format!("{id}.{timestamp_s}.{body}")).finalize();
    format!("v1,{}", BASE64_STANDARD.encode(mac.into_bytes()))
}

/// What is wrong with an address to send to; the resolver has the last word when it is used.
pub(crate) fn fault(url: &str, private: bool) -> Option<&'static str> {
    let Ok(uri) = url.parse::<Uri>() else {
        return Some("must be an address such as https://example.com/hook");
    };
    match uri.scheme_str() {
        Some("https") => {}
        Some("http") if private => {}
        _ => return Some("must be an https address"),
    }
    let Some(authority) = uri.authority() else { return Some("must name a host") };
    if authority.as_str().contains('@') {
        return Some("must not hold a name or a password");
    }
    let port = authority.as_str().strip_prefix(authority.host()).unwrap_or_default();
    if !port.is_empty() && port.strip_prefix(':').is_none_or(|port| port.parse::<NonZeroU16>().is_err()) {
        return Some("must name a port from 1 to 65535");
    }
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    // No name of the internet ends in a number: it would be an address in another way of writing.
    let ends_in_number = |name: &str| {
        let last = name.rsplit('.').next().unwrap_or(name);
        last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x")
    };
    let private_host = match name.parse::<IpAddr>() {
        Ok(address) => !is_public(address),
        Err(_) => name == "localhost" || name.ends_with(".localhost") || ends_in_number(&name),
    };
    (private_host && !private).then_some("must be a public address")
}

/// Finds addresses, and leaves out those that are not everybody's.
#[derive(Debug, Default)]
struct PublicResolver {
    all: DefaultResolver,
}

impl Resolver for PublicResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut public = self.empty();
        for address in
            self.all.resolve(uri, config, timeout)?.iter().filter(|address| is_public(address.ip()))
        {
            public.push(*address);
        }
        if public.is_empty() { Err(ureq::Error::HostNotFound) } else { Ok(public) }
    }
}

/// Whether an address is one of the public internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            let special = address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_multicast()
                || address.is_documentation()
                || address.is_broadcast()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b)) // shared by carriers, RFC 6598
                || (a == 192 && b == 0 && c == 0) // protocol assignments, RFC 6890
                || (a == 198 && (b == 18 || b == 19)); // benchmarks, RFC 2544
            !special
        }
        IpAddr::V6(address) => match embedded(address) {
            Some(inner) => is_public(inner),
            None => {
                let [a, b, ..] = address.segments();
                // 2000::/3 is what is given out; documentation and the relays in it are not.
                (0x2000..0x4000).contains(&a) && !(a == 0x2001 && (b == 0x0db8 || b < 0x0200))
            }
        },
    }
}

/// The IPv4 address inside an IPv6 one: mapped, or behind NAT64 or 6to4.
fn embedded(address: Ipv6Addr) -> Option<IpAddr> {
    let parts = address.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Some(IpAddr::from([a, b, c, d]))
    };
    match parts {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x0064, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        [0x2002, high, low, ..] => v4(high, low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_standards() {
        // The example of the specification's reference libraries.
        let secret = BASE64_STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let mut padded = [0; 32];
        padded[..secret.len()].copy_from_slice(&secret);
        // HMAC pads short keys with zeros, so these are the same key.
        let body = r#"{"test": 2432232314}"#;
        assert_eq!(
            signature(&padded, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn only_public_addresses_are_called() {
        for (address, public) in [
            ("93.184.216.34", true),
            ("127.0.0.1", false),
            ("10.1.2.3", false),
            ("172.16.0.1", false),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("0.0.0.0", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("2606:2800:220:1::1", true),
            ("::1", false),
            ("::", false),
            ("fe80::1", false),
            ("fd00::1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:93.184.216.34", true),
            ("64:ff9b::a9fe:a9fe", false),
            ("2002:7f00:1::", false),
            ("2001:db8::1", false),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }

    #[test]
    fn addresses_that_are_no_webhooks_are_named() {
        for (url, private, fine) in [
            ("https://example.com/hook", false, true),
            ("https://example.com:8443/hook?a=b", false, true),
            ("http://example.com/hook", false, false),
            ("http://127.0.0.1:9000/", true, true),
            ("https://127.0.0.1/", false, false),
            ("https://[::1]/", false, false),
            ("https://localhost/", false, false),
            ("https://user:secret@example.com/", false, false),
            ("https://example.com:99999/", false, false),
            ("https://example.com:0/", false, false),
            ("https://[2606:2800:220:1::1]:8443/", false, true),
            ("ftp://example.com/", true, false),
            ("/hook", true, false),
            ("not an address", true, false),
        ] {
            assert_eq!(fault(url, private).is_none(), fine, "{url}");
        }
    }
}
