//! X.509 certificates of P-256 keys, and detached signatures that are checked with them.

use crate::activity::hex;
use der::{Decode, pem::PemLabel};
use p256::ecdsa::{DerSignature, VerifyingKey, signature::Verifier};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// A certificate of a P-256 key. Whether its issuer is to be trusted, and since when, is for its reader to say: neither
/// is checked here.
#[derive(Clone, Debug)]
pub struct Certificate {
    pub(crate) x509: x509_cert::Certificate,
    /// As it was given.
    pub(crate) der: Vec<u8>,
    key: VerifyingKey,
}

/// Why a certificate is of no use, or a signature does not fit.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// Not a certificate.
    #[error("the certificate must be X.509 in PEM: {0}")]
    Certificate(String),
    /// Its key is of another kind.
    #[error("the key of the certificate must be a P-256 key")]
    Key,
    /// Not a signature of the one kind that is read.
    #[error("the signature must be ECDSA with SHA-256, in DER, as `openssl dgst -sha256 -sign` writes it")]
    Signature,
    /// It was made over another file, or with another key.
    #[error("the signature is over another file, or was made with another key than the certificate's")]
    Mismatch,
}

impl Certificate {
    /// Reads a certificate.
    ///
    /// # Errors
    /// [`CertificateError`]: it cannot be read, or is not of a P-256 key.
    pub fn from_pem(pem: &str) -> Result<Self, CertificateError> {
        let broken = |error: String| CertificateError::Certificate(error);
        let (label, der) = der::pem::decode_vec(pem.as_bytes()).map_err(|error| broken(error.to_string()))?;
        if label != x509_cert::Certificate::PEM_LABEL {
            return Err(broken(format!("it holds a {label}")));
        }
        Self::from_der(der)
    }

    pub(crate) fn from_der(der: Vec<u8>) -> Result<Self, CertificateError> {
        let x509 = x509_cert::Certificate::from_der(&der)
            .map_err(|error| CertificateError::Certificate(error.to_string()))?;
        let key = x509.tbs_certificate().subject_public_key_info().subject_public_key.raw_bytes();
        let key = VerifyingKey::from_sec1_bytes(key).map_err(|_| CertificateError::Key)?;
        Ok(Certificate { x509, der, key })
    }

    /// Whom it names.
    pub fn subject(&self) -> String {
        self.x509.tbs_certificate().subject().to_string()
    }

    /// SHA-256 of the certificate in hex: its fingerprint.
    pub fn sha256(&self) -> String {
        hex(&Sha256::digest(&self.der))
    }

    /// Whether `signature` was made over `file` with the key of this certificate.
    ///
    /// # Errors
    /// [`CertificateError`]: it is no signature, or does not fit.
    pub fn check(&self, file: &[u8], signature: &[u8]) -> Result<(), CertificateError> {
        let signature = DerSignature::try_from(signature).map_err(|_| CertificateError::Signature)?;
        self.key.verify(file, &signature).map_err(|_| CertificateError::Mismatch)
    }

    pub(crate) fn is_of(&self, key: &VerifyingKey) -> bool {
        self.key == *key
    }
}
