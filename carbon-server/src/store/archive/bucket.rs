//! Objects of a store that speaks the protocol of S3: one is put, one is fetched.
//!
//! How to reach it is said as AWS's own tools take it: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`,
//! `AWS_REGION`, and `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL` for a store that is not Amazon's.

use crate::store::archive::error::ArchiveFault;
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};
use std::{
    fs::File,
    io::{self, Seek, SeekFrom},
    time::Duration,
};
use ureq::{Agent, Body, SendBody, http::Response};

/// An object that is put at once may have as many bytes.
const OBJECT_BYTES_MAX: u64 = 5 << 30;
/// How long a request that was signed may be sent.
const SIGNED_FOR: Duration = Duration::from_secs(900);
/// Without a byte for so long, the store is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// A bucket, and who asks.
struct Access {
    bucket: Bucket,
    credentials: Credentials,
    agent: Agent,
}

impl Access {
    fn of(name: &str) -> Result<Self, ArchiveFault> {
        let said = |variable: &str| std::env::var(variable).ok().filter(|value| !value.is_empty());
        let needed = |variable: &str| {
            said(variable).ok_or_else(|| ArchiveFault::Settings(format!("{variable} is not set")))
        };
        let (key, secret) = (needed("AWS_ACCESS_KEY_ID")?, needed("AWS_SECRET_ACCESS_KEY")?);
        let credentials = match said("AWS_SESSION_TOKEN") {
            Some(token) => Credentials::new_with_token(key, secret, token),
            None => Credentials::new(key, secret),
        };
        let region = said("AWS_REGION").or_else(|| said("AWS_DEFAULT_REGION"));
        let region = region.unwrap_or_else(|| "us-east-1".to_owned());
        let endpoint = said("AWS_ENDPOINT_URL_S3").or_else(|| said("AWS_ENDPOINT_URL"));
        // A store of one's own has one name; a bucket with dots in its own has none in Amazon's certificate.
        let style =
            if endpoint.is_some() || name.contains('.') { UrlStyle::Path } else { UrlStyle::VirtualHost };
        let endpoint = endpoint.unwrap_or_else(|| format!("https://s3.{region}.amazonaws.com"));
        let no_bucket = |why: String| ArchiveFault::Settings(format!("{endpoint}: {why}"));
        let url = endpoint.parse().map_err(|_| no_bucket("it is no URL".to_owned()))?;
        let bucket =
            Bucket::new(url, style, name.to_owned(), region).map_err(|error| no_bucket(error.to_string()))?;
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(PATIENCE))
            .timeout_recv_response(Some(PATIENCE))
            .user_agent(concat!("carbon-server/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Access { bucket, credentials, agent: agent.into() })
    }
}

/// Puts a file there; the store has it when this returns.
pub(super) fn put(bucket: &str, key: &str, file: &mut File) -> Result<(), ArchiveFault> {
    let Access { bucket, credentials, agent } = Access::of(bucket)?;
    let bytes = file.metadata()?.len();
    if bytes > OBJECT_BYTES_MAX {
        let why = format!("{bytes} bytes are more than an object may have at once, {OBJECT_BYTES_MAX}");
        return Err(ArchiveFault::Settings(why));
    }
    file.seek(SeekFrom::Start(0))?;
    let url = bucket.put_object(Some(&credentials), key).sign(SIGNED_FOR);
    let request = agent.put(url.as_str()).header("content-length", bytes.to_string());
    let answer = request.send(SendBody::from_reader(&mut io::Read::take(file, bytes)))?;
    accepted(answer).map(drop)
}

/// Fetches an object into a file that has no name.
pub(super) fn get(bucket: &str, key: &str) -> Result<File, ArchiveFault> {
    let Access { bucket, credentials, agent } = Access::of(bucket)?;
    let url = bucket.get_object(Some(&credentials), key).sign(SIGNED_FOR);
    let mut answer = accepted(agent.get(url.as_str()).call()?)?;
    let mut file = tempfile::tempfile()?;
    io::copy(&mut answer.body_mut().as_reader(), &mut file)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}

fn accepted(mut answer: Response<Body>) -> Result<Response<Body>, ArchiveFault> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    // Its reason is an element of its answer.
    let body = answer.body_mut().read_to_string().unwrap_or_default();
    let code = body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    let said = code.map_or_else(String::new, |(code, _)| format!(", {code}"));
    Err(ArchiveFault::Refused { status: status.as_u16(), said })
}
