//! Whose time stamps are believed: the certificates that whoever checks has named.

use super::TimeStampError;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime, pem::PemObject};
use std::time::Duration;
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};

/// `id-kp-timeStamping` (RFC 3161, section 2.3), without its head.
const TIME_STAMPING: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x08];

/// Certificates of authorities, or of those that vouch for them.
#[derive(Clone, Debug)]
pub struct TimeStampAuthorities(Vec<TrustAnchor<'static>>);

impl TimeStampAuthorities {
    /// Reads certificates, one behind the other.
    ///
    /// # Errors
    /// [`TimeStampError::Authorities`]: there is none, or one cannot be read.
    pub fn from_pem(pem: &[u8]) -> Result<Self, TimeStampError> {
        let wrong = |error: String| TimeStampError::Authorities(error);
        let mut anchors = Vec::new();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
            let anchor = anchor_from_trusted_cert(&certificate).map_err(|error| wrong(error.to_string()))?;
            anchors.push(anchor.to_owned());
        }
        if anchors.is_empty() { Err(wrong("it holds no certificate".to_owned())) } else { Ok(Self(anchors)) }
    }

    /// Whether a certificate leads to one of them, as of a time.
    pub(super) fn vouch_for(
        &self,
        certificate: &[u8],
        others: &[Vec<u8>],
        at: Duration,
    ) -> Result<(), TimeStampError> {
        let unknown = |error: webpki::Error| TimeStampError::Unknown(error.to_string());
        let certificate = CertificateDer::from(certificate);
        let certificate = EndEntityCert::try_from(&certificate).map_err(unknown)?;
        let others: Vec<CertificateDer<'_>> =
            others.iter().map(|other| CertificateDer::from(other.as_slice())).collect();
        certificate
            .verify_for_usage(
                ALL_VERIFICATION_ALGS,
                &self.0,
                &others,
                UnixTime::since_unix_epoch(at),
                // The certificate of the authority itself must have it, which is asked elsewhere; those above need not.
                KeyUsage::required_if_present(TIME_STAMPING),
                None,
                None,
            )
            .map(drop)
            .map_err(unknown)
    }
}
