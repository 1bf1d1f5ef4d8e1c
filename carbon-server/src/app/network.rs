//! How the server is reached, and what follows from that for cookies and links.

use crate::http::{request::Input, tls::Certificate};
use std::{net::IpAddr, sync::Arc};

/// How the server is reached, and by whom.
pub(crate) struct Network {
    /// How the server is reached from outside.
    pub(crate) public_url: Option<String>,
    /// Proxies that are believed when they say who is calling.
    pub(crate) trusted_proxies: Vec<IpAddr>,
    /// Origins whose pages may call the API.
    pub(crate) cors_origins: Vec<String>,
    /// Shown to who connects, where connections are encrypted.
    pub(crate) certificate: Option<Arc<Certificate>>,
    /// What `/metrics` asks for, where it asks for anything.
    pub(crate) metrics_token: Option<String>,
}

impl Network {
    /// Whether clients reach the server over TLS: its own, or that of a proxy in front of its public address.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.certificate.is_some() || self.public_url.as_deref().is_some_and(|url| url.starts_with("https:"))
    }

    /// The value of `Set-Cookie` that keeps a session's token for so long.
    pub(crate) fn session_cookie(&self, token: &str, seconds: i64) -> String {
        let secure = if self.is_encrypted() { "; Secure" } else { "" };
        let name = self.session_cookie_name();
        format!("{name}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
    }

    /// The session's token in the cookies of a request.
    pub(crate) fn session_token<'c>(&self, cookies: &'c str) -> Option<&'c str> {
        let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| *name == self.session_cookie_name()).map(|(_, token)| token)
    }

    /// Browsers take a cookie with the prefix from this host alone, and over TLS alone (RFC 6265bis): no neighbour can plant
    /// one.
    fn session_cookie_name(&self) -> &'static str {
        if self.is_encrypted() { "__Host-carbon_session" } else { "carbon_session" }
    }

    /// Whether pages of `origin` may call the API.
    pub(crate) fn allows(&self, origin: &[u8]) -> bool {
        self.cors_origins.iter().any(|listed| listed.as_bytes().eq_ignore_ascii_case(origin))
    }

    /// Scheme, host and port of how the server is reached from outside, where that is known.
    pub(crate) fn public_origin(&self) -> Option<&str> {
        let url = self.public_url.as_deref()?;
        let path =
            url.find("://").and_then(|scheme| url[scheme + 3..].find('/').map(|path| scheme + 3 + path));
        Some(&url[..path.unwrap_or(url.len())])
    }

    /// How the server is reached from outside, without a slash behind it.
    pub(crate) fn url(&self, input: &Input) -> String {
        let scheme = if self.certificate.is_some() { "https" } else { "http" };
        let here = || format!("{scheme}://{}", input.headers.host.as_deref().unwrap_or("localhost"));
        self.public_url.clone().unwrap_or_else(here)
    }

    /// The page that checks reports and packs, where it is known how it is reached by others.
    pub(crate) fn verify_page(&self) -> Option<String> {
        self.public_url.as_deref().map(|url| format!("{url}/verify"))
    }

    /// The same by the name that the request used, whatever the operator calls it.
    pub(crate) fn url_as_asked(&self, input: &Input) -> String {
        let known = self.url(input);
        let scheme = known.split("://").next().unwrap_or("https");
        format!("{scheme}://{}", input.headers.host.as_deref().unwrap_or("localhost"))
    }
}
