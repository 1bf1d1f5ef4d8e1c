//! Sending rows to a running server.

use crate::config::public_url;
use flate2::{Compression, write::GzEncoder};
use std::{io::Write, time::Duration};

/// Why an address alone is not enough.
pub(super) const NO_KEY: &str = "--url needs a key: set CARBON_API_KEY (or --api-key, which others can see)";

/// A running server, and a key of an account.
pub(super) struct ApiClient {
    agent: ureq::Agent,
    url: String,
    api_key: String,
}

/// What a server answers to rows.
pub(super) enum Answered {
    /// The body of a 200.
    Done(String),
    /// The body is larger than the server accepts.
    TooLarge,
    /// The request should be retried, for this reason and perhaps after this time.
    Later(String, Option<Duration>),
}

impl ApiClient {
    /// For rows that are sent to `path`; an error names the flag or the variable.
    pub(super) fn new(url: &str, path: &str, api_key: &str) -> Result<Self, String> {
        /// A batch is on disk in less than a second, but a busy server may queue it.
        const PATIENCE: Duration = Duration::from_secs(60);
        let url = public_url(url).map_err(|fault| format!("--url {fault}"))?;
        if !has_usable_port(&url) {
            return Err("--url must be an http or https address with a valid port".to_owned());
        }
        if api_key.is_empty() || !api_key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("CARBON_API_KEY is not an API key".to_owned());
        }
        Ok(ApiClient { agent: agent(PATIENCE), url: format!("{url}{path}"), api_key: api_key.to_owned() })
    }

    /// Where rows are sent.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// The key, which identifies the account.
    pub(super) fn api_key(&self) -> &str {
        &self.api_key
    }

    /// Sends packed rows, once. An error is one that a retry would not help.
    pub(super) fn send(&self, packed: &[u8]) -> Result<Answered, String> {
        let sent = self
            .agent
            .post(&self.url)
            .header("authorization", format!("Bearer {}", self.api_key))
            .header("content-type", "application/x-ndjson")
            .header("content-encoding", "gzip")
            .send(packed);
        match sent {
            Ok(answer) => self.read(answer),
            Err(error @ (ureq::Error::HostNotFound | ureq::Error::BadUri(_) | ureq::Error::Http(_))) => {
                Err(format!("{}: {error}", self.url))
            }
            Err(error) => Ok(Answered::Later(error.to_string(), None)),
        }
    }

    fn read(&self, mut answer: ureq::http::Response<ureq::Body>) -> Result<Answered, String> {
        let said = answer.body_mut().read_to_string().unwrap_or_default();
        match answer.status().as_u16() {
            200 => Ok(Answered::Done(said)),
            413 => Ok(Answered::TooLarge),
            status @ (429 | 500..=599) => {
                let wanted =
                    answer.headers().get("retry-after").and_then(|wanted| wanted.to_str().ok()?.parse().ok());
                let wanted = wanted.map(|s: u64| Duration::from_secs(s.min(60)));
                Ok(Answered::Later(format!("answers {status}"), wanted))
            }
            status => {
                let problem: serde_json::Value = serde_json::from_str(&said).unwrap_or_default();
                let detail = problem["detail"].as_str().unwrap_or("without a reason");
                Err(format!("{} answers {status}: {detail}", self.url))
            }
        }
    }
}

/// A client with that patience, which answers every status.
pub(super) fn agent(patience: Duration) -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(patience))
        .user_agent(concat!("carbon-server/", env!("CARGO_PKG_VERSION")))
        .build()
        .into()
}

/// Whether the port of an address, where it has one, is a port.
pub(super) fn has_usable_port(url: &str) -> bool {
    let has_port = |uri: &ureq::http::Uri| {
        uri.port_u16().is_some()
            || !uri
                .authority()
                .is_some_and(|all| all.as_str().contains("]:") || all.as_str().matches(':').count() == 1)
    };
    url.parse::<ureq::http::Uri>().is_ok_and(|uri| has_port(&uri))
}

/// Rows as a body: one a line, compressed.
pub(super) fn packed(lines: &[Vec<u8>]) -> Vec<u8> {
    let mut body = GzEncoder::new(Vec::new(), Compression::fast());
    let written = lines.iter().try_for_each(|line| {
        body.write_all(line)?;
        body.write_all(b"\n")
    });
    written.and_then(|()| body.finish()).expect("writing to memory does not fail")
}
