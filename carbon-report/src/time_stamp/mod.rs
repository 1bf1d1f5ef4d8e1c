//! Time stamps of an authority (RFC 3161): that a digest was there at a time, signed by somebody who has no part in the ledger.
//!
//! ```no_run
//! use carbon_report::time_stamp::{TimeStamp, TimeStampAuthorities, TimeStampRequest};
//!
//! # fn post(_: &[u8]) -> Vec<u8> { Vec::new() }
//! let digest = [0x0f; 32];
//! let request = TimeStampRequest { sha256: digest, nonce: 7_654_321 };
//! let (token, _) = request.token(&post(&request.to_der()))?;
//!
//! // Later, by whoever has the token:
//! let stamp = TimeStamp::read(&token, &digest)?;
//! stamp.check_authority(&TimeStampAuthorities::from_pem(&std::fs::read("ca.pem").unwrap())?)?;
//! println!("{} says that it was there at {}", stamp.authority, stamp.at);
//! # Ok::<(), carbon_report::time_stamp::TimeStampError>(())
//! ```

mod asn1;
mod authorities;
mod request;
mod signature;
mod time;

pub use authorities::TimeStampAuthorities;
pub use request::{REQUEST_TYPE, RESPONSE_TYPE, TimeStampRequest};
pub(crate) use request::{response, token_in};

use crate::time_stamp::asn1::{ContentInfo, Imprint, SHA_256, SIGNED_DATA, TST_INFO, TstInfo};
use der::{Decode, Encode, asn1::AnyRef};
use jiff::Timestamp;
use thiserror::Error;
use x509_cert::ext::pkix::ExtendedKeyUsage;

/// Longest token, and longest answer of an authority, in bytes: a signature and the certificates to check it with take 2,000
/// to 10,000.
pub const TOKEN_BYTES_MAX: usize = 64 * 1024;

/// A time stamp whose signature is valid. Whether to believe its authority is for the reader to say:
/// [`check_authority`](Self::check_authority).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TimeStamp {
    /// The time that the authority attests.
    pub at: Timestamp,
    /// Whom the certificate that signed it names.
    pub authority: String,
    /// The number that the authority gave to it, in hex.
    pub serial: String,
    /// The policy that the authority names: an object identifier.
    pub policy: String,
    /// The certificate that signed it, and the others that came with it.
    certificate: Vec<u8>,
    others: Vec<Vec<u8>>,
    nonce: Option<Vec<u8>>,
}

/// Why a time stamp is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TimeStampError {
    /// Not an answer of an authority.
    #[error("is no answer of a time-stamp authority: {0}")]
    Response(String),
    /// The authority gave none, or another than was asked for.
    #[error("the authority answered {0}")]
    Refused(String),
    /// Not a time stamp.
    #[error("is no time stamp: {0}")]
    Form(String),
    /// Over another digest.
    #[error("is over another digest: {0}")]
    Imprint(String),
    /// An answer to another request.
    #[error("does not repeat the nonce of the request")]
    Nonce,
    /// Its certificate is not there, or says nothing of time stamps.
    #[error("its certificate {0}")]
    Certificate(String),
    /// Changed, or signed with another key.
    #[error("its signature is not valid: {0}")]
    Signature(String),
    /// Its certificate leads to none of the named ones.
    #[error("its certificate leads to none of the named authorities: {0}")]
    Unknown(String),
    /// The named certificates cannot be read.
    #[error("the certificates of time-stamp authorities must be X.509 in PEM: {0}")]
    Authorities(String),
}

impl TimeStamp {
    /// Reads a token (DER) and checks that it is over that digest, signed with the key of a certificate in it, and that this
    /// certificate was valid at the time and is for time stamps alone.
    ///
    /// # Errors
    /// [`TimeStampError`]: the first of these that does not hold.
    pub fn read(token: &[u8], sha256: &[u8; 32]) -> Result<Self, TimeStampError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(TimeStampError::Form(format!("it has more than {TOKEN_BYTES_MAX} bytes")));
        }
        let ContentInfo { content_type, content: signed } = ContentInfo::from_der(token).map_err(form)?;
        if content_type != SIGNED_DATA || signed.content.content_type != TST_INFO {
            return Err(TimeStampError::Form("it signs something else".to_owned()));
        }
        let content = signed.content.content.as_bytes();
        let info = TstInfo::from_der(content).map_err(form)?;
        if info.version != 1 {
            return Err(TimeStampError::Form(format!("its version is {}", info.version)));
        }
        same_imprint(&info.imprint, sha256)?;
        if info.extensions.iter().flatten().any(|extension| extension.critical) {
            return Err(TimeStampError::Form("it has a critical extension that is not known".to_owned()));
        }
        let at = time::read(info.time)?;
        let all = match signed.certificates {
            Some(set) => set.elements::<AnyRef<'_>>().map_err(form)?,
            None => Vec::new(),
        };
        let all = all.iter().map(Encode::to_der).collect::<Result<Vec<_>, _>>().map_err(form)?;
        let signer = signature::check(&signed, &all)?;
        let (others, of_signer): (Vec<_>, Vec<_>) =
            all.into_iter().enumerate().partition(|(place, _)| *place != signer);
        let certificate =
            of_signer.into_iter().map(|(_, certificate)| certificate).next().unwrap_or_default();
        let subject = subject_of(&certificate, at)?;
        Ok(TimeStamp {
            at,
            authority: subject,
            serial: crate::activity::hex(info.serial.as_bytes()),
            policy: info.policy.to_string(),
            certificate,
            others: others.into_iter().map(|(_, other)| other).collect(),
            nonce: info.nonce.map(|nonce| nonce.as_bytes().to_vec()),
        })
    }

    /// Whether its certificate led to one of these at the time that it attests.
    ///
    /// # Errors
    /// [`TimeStampError::Unknown`]: it did not.
    pub fn check_authority(&self, authorities: &TimeStampAuthorities) -> Result<(), TimeStampError> {
        let since_1970 = std::time::Duration::try_from(self.at.duration_since(Timestamp::UNIX_EPOCH));
        let since_1970 = since_1970.map_err(|_| TimeStampError::Form("it is of before 1970".to_owned()))?;
        authorities.vouch_for(&self.certificate, &self.others, since_1970)
    }

    /// The certificate that signed it, as DER.
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }
}

fn form(error: der::Error) -> TimeStampError {
    TimeStampError::Form(error.to_string())
}

fn same_imprint(imprint: &Imprint<'_>, sha256: &[u8; 32]) -> Result<(), TimeStampError> {
    let Imprint { algorithm, digest } = imprint;
    if algorithm.oid != SHA_256 {
        return Err(TimeStampError::Imprint(format!("one of the algorithm {}", algorithm.oid)));
    }
    if digest.as_bytes() != sha256 {
        return Err(TimeStampError::Imprint(crate::activity::hex(digest.as_bytes())));
    }
    Ok(())
}

/// Whom a certificate names that may sign time stamps (RFC 3161, section 2.3), and did so while it was valid.
fn subject_of(certificate: &[u8], at: Timestamp) -> Result<String, TimeStampError> {
    let cannot = |detail: String| TimeStampError::Certificate(detail);
    let unread = |error: der::Error| cannot(format!("cannot be read: {error}"));
    let certificate = x509_cert::Certificate::from_der(certificate).map_err(unread)?;
    let certificate = certificate.tbs_certificate();
    let use_of = certificate.get_extension::<ExtendedKeyUsage>().map_err(unread)?;
    match use_of {
        Some((true, ExtendedKeyUsage(purposes))) if purposes == [TIME_STAMPING] => {}
        Some((false, _)) => {
            return Err(cannot("does not say as a critical extension what it is for".to_owned()));
        }
        _ => return Err(cannot("is not one for time stamps alone".to_owned())),
    }
    let validity = certificate.validity();
    let second = |time: x509_cert::time::Time| {
        let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
        Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
    };
    let (first, last) = (second(validity.not_before), second(validity.not_after));
    if at.as_second() < first.as_second() || at.as_second() > last.as_second() {
        return Err(cannot(format!("is valid from {first} to {last}, and the time stamp is of {at}")));
    }
    Ok(certificate.subject().to_string())
}

const TIME_STAMPING: der::asn1::ObjectIdentifier =
    der::asn1::ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");
