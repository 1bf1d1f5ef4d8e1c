//! Asking an authority, and what it answers.

use super::{
    TOKEN_BYTES_MAX, TimeStamp, TimeStampError,
    asn1::{Imprint, Request, Response, SHA_256, StatusInfo},
};
use der::{
    Decode, Encode,
    asn1::{AnyRef, OctetStringRef},
};
use x509_cert::spki::AlgorithmIdentifierRef;

/// A request for a time stamp over a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeStampRequest {
    /// What is to be stamped: SHA-256.
    pub sha256: [u8; 32],
    /// A random number that the answer must repeat, so that nobody can answer with an old one.
    pub nonce: u64,
}

/// Media type of a request.
pub const REQUEST_TYPE: &str = "application/timestamp-query";
/// Media type of an answer.
pub const RESPONSE_TYPE: &str = "application/timestamp-reply";

impl TimeStampRequest {
    /// As it is sent; it asks for the certificate of whoever signs.
    pub fn to_der(&self) -> Vec<u8> {
        let request = || -> der::Result<Vec<u8>> {
            let algorithm = AlgorithmIdentifierRef { oid: SHA_256, parameters: Some(AnyRef::NULL) };
            let imprint = Imprint { algorithm, digest: OctetStringRef::new(&self.sha256)? };
            Request { version: 1, imprint, nonce: self.nonce, wants_certificate: true }.to_der()
        };
        request().expect("a digest and a number are always written")
    }

    /// The token in an answer, with what it attests. Who signed it is not looked at.
    ///
    /// # Errors
    /// [`TimeStampError`]: the authority refused, or answered something else than was asked for.
    pub fn token(&self, answer: &[u8]) -> Result<(Vec<u8>, TimeStamp), TimeStampError> {
        let token = token_of(answer)?;
        let stamp = TimeStamp::read(&token, &self.sha256)?;
        let nonce = self.nonce.to_der().map_err(super::form)?;
        // Behind its tag and its length: no number of 64 bits is longer than 127 bytes.
        if stamp.nonce.as_deref() != nonce.get(2..) {
            return Err(TimeStampError::Nonce);
        }
        Ok((token, stamp))
    }
}

/// The token of an answer that grants what was asked for.
fn token_of(answer: &[u8]) -> Result<Vec<u8>, TimeStampError> {
    let no_answer = |error: der::Error| TimeStampError::Response(error.to_string());
    if answer.len() > TOKEN_BYTES_MAX {
        return Err(TimeStampError::Response(format!("it has more than {TOKEN_BYTES_MAX} bytes")));
    }
    let Response { status, token } = Response::from_der(answer).map_err(no_answer)?;
    if status.status != GRANTED {
        return Err(TimeStampError::Refused(refusal(&status)));
    }
    let token = token.ok_or_else(|| TimeStampError::Response("it has no token".to_owned()))?;
    token.to_der().map_err(no_answer)
}

const GRANTED: u8 = 0;
const STATUSES: [&str; 6] = [
    "granted",
    "granted with modifications",
    "rejection",
    "waiting",
    "a warning that a revocation is imminent",
    "a notice of a revocation",
];
/// By the number of their bit (RFC 3161, section 2.4.2).
const FAILURES: [(usize, &str); 8] = [
    (0, "the algorithm is not supported"),
    (2, "the request is not permitted"),
    (5, "the request has a wrong format"),
    (14, "its time source is not available"),
    (15, "the policy is not supported"),
    (16, "the extension is not supported"),
    (17, "additional information is not available"),
    (25, "a failure of its system"),
];

/// Characters of the authority's own words that are repeated.
const WORDS_MAX: usize = 200;

fn refusal(info: &StatusInfo<'_>) -> String {
    let status = STATUSES.get(usize::from(info.status));
    let mut said = status.map_or_else(|| format!("status {}", info.status), |status| (*status).to_owned());
    let bit = |number: usize| {
        let byte = info.failure.and_then(|bits| bits.raw_bytes().get(number / 8).copied());
        byte.is_some_and(|byte| byte & (0x80 >> (number % 8)) != 0)
    };
    for (_, failure) in FAILURES.iter().filter(|(number, _)| bit(*number)) {
        said.push_str(&format!(", {failure}"));
    }
    let words = info.text.and_then(|text| text.elements::<String>().ok()).unwrap_or_default().join(" ");
    let words: String = words.chars().filter(|c| !c.is_control()).take(WORDS_MAX).collect();
    if !words.is_empty() {
        said.push_str(&format!(": {words:?}"));
    }
    said
}

/// A token as the answer that granted it, without an authority's words: a file that OpenSSL reads.
pub(crate) fn response(token: &[u8]) -> der::Result<Vec<u8>> {
    let status = StatusInfo { status: GRANTED, text: None, failure: None };
    Response { status, token: Some(AnyRef::from_der(token)?) }.to_der()
}

/// The token of a file that [`response`] has written.
pub(crate) fn token_in(file: &[u8]) -> Result<Vec<u8>, TimeStampError> {
    let token = token_of(file)?;
    match response(&token) {
        Ok(again) if again == file => Ok(token),
        _ => Err(TimeStampError::Response("it holds more than a token".to_owned())),
    }
}
