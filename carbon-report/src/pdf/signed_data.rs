//! The signature itself: CMS SignedData (RFC 5652) in the profile of PAdES B-B (ETSI EN 319 142-1), over the digest of a file.

use crate::certificate::{Certificate, CertificateError};
use der::{
    Decode, Encode, Sequence, Tag, TagMode, TagNumber,
    asn1::{Any, ContextSpecific, ObjectIdentifier, OctetString, SetOfVec},
};
use p256::{
    ecdsa::{DerSignature, SigningKey, signature::Signer as _},
    pkcs8::DecodePrivateKey,
};
use sha2::{Digest, Sha256};
use thiserror::Error;
use x509_cert::{name::Name, serial_number::SerialNumber};

const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const ECDSA_WITH_SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

/// A key and its certificate. Proves that a file is unchanged since; whose key it is, only the certificate's issuer can say.
///
/// ```no_run
/// use carbon_report::Signer;
/// let [key, certificate] = ["key.pem", "certificate.pem"].map(|file| std::fs::read_to_string(file).unwrap());
/// let signer = Signer::from_pem(&key, &certificate)?;
/// # Ok::<(), carbon_report::SignerError>(())
/// ```
pub struct Signer {
    key: SigningKey,
    certificate: Certificate,
}

/// Why a key or a certificate cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SignerError {
    /// Not a private key of the one kind that is read.
    #[error("the signing key must be an unencrypted P-256 key in PKCS#8 PEM: {0}")]
    Key(String),
    /// Not a certificate.
    #[error("the certificate must be X.509 in PEM: {0}")]
    Certificate(String),
    /// The certificate is another key's.
    #[error("the certificate does not belong to the key")]
    Mismatch,
}

impl std::fmt::Debug for Signer {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("subject", &self.certificate.subject()).finish()
    }
}

impl Signer {
    /// Reads a P-256 key (PKCS#8) and the certificate of its public half.
    ///
    /// # Errors
    /// [`SignerError`]: one of them cannot be read, or they do not belong together.
    pub fn from_pem(key: &str, certificate: &str) -> Result<Self, SignerError> {
        let key = SigningKey::from_pkcs8_pem(key).map_err(|error| SignerError::Key(error.to_string()))?;
        let certificate = Certificate::from_pem(certificate).map_err(|error| match error {
            CertificateError::Certificate(why) => SignerError::Certificate(why),
            _ => SignerError::Mismatch,
        })?;
        if certificate.is_of(key.verifying_key()) {
            Ok(Signer { key, certificate })
        } else {
            Err(SignerError::Mismatch)
        }
    }

    /// The signature over a file with this SHA-256, as DER. Deterministic (RFC 6979).
    pub(super) fn sign(&self, digest: [u8; 32]) -> der::Result<Vec<u8>> {
        let attributes = self.attributes(&digest)?;
        // What is signed is the set by its own tag, not as it stands in the structure.
        let signature: DerSignature = self.key.sign(&attributes.to_der()?);
        let to_be_signed = self.certificate.x509.tbs_certificate();
        let signer = SignerInfo {
            version: 1,
            signer: IssuerAndSerial {
                issuer: to_be_signed.issuer().clone(),
                serial: to_be_signed.serial_number().clone(),
            },
            digest_algorithm: Algorithm { oid: SHA_256 },
            signed_attributes: ContextSpecific {
                tag_number: TagNumber(0),
                tag_mode: TagMode::Implicit,
                value: attributes,
            },
            signature_algorithm: Algorithm { oid: ECDSA_WITH_SHA_256 },
            signature: OctetString::new(signature.to_bytes().as_ref())?,
        };
        let signed_data = SignedData {
            version: 1,
            digest_algorithms: set_of([Algorithm { oid: SHA_256 }])?,
            content: Content { content_type: DATA },
            certificates: ContextSpecific {
                tag_number: TagNumber(0),
                tag_mode: TagMode::Implicit,
                value: set_of([Any::from_der(&self.certificate.der)?])?,
            },
            signers: set_of([signer])?,
        };
        let content =
            ContextSpecific { tag_number: TagNumber(0), tag_mode: TagMode::Explicit, value: signed_data };
        ContentInfo { content_type: SIGNED_DATA, content }.to_der()
    }

    fn attributes(&self, digest: &[u8; 32]) -> der::Result<SetOfVec<Attribute>> {
        let certificate = SigningCertificateV2 {
            certificates: vec![CertificateId {
                digest: OctetString::new(Sha256::digest(&self.certificate.der).as_slice())?,
            }],
        };
        set_of([
            Attribute { kind: CONTENT_TYPE, values: set_of([Any::encode_from(&DATA)?])? },
            Attribute {
                kind: MESSAGE_DIGEST,
                values: set_of([Any::new(Tag::OctetString, digest.as_slice())?])?,
            },
            Attribute { kind: SIGNING_CERTIFICATE_V2, values: set_of([Any::encode_from(&certificate)?])? },
        ])
    }
}

fn set_of<T: der::DerOrd, const N: usize>(values: [T; N]) -> der::Result<SetOfVec<T>> {
    SetOfVec::try_from(values)
}

#[derive(Sequence)]
struct ContentInfo {
    content_type: ObjectIdentifier,
    content: ContextSpecific<SignedData>,
}

#[derive(Sequence)]
struct SignedData {
    version: u8,
    digest_algorithms: SetOfVec<Algorithm>,
    content: Content,
    certificates: ContextSpecific<SetOfVec<Any>>,
    signers: SetOfVec<SignerInfo>,
}

/// What is signed lies outside: the file.
#[derive(Sequence)]
struct Content {
    content_type: ObjectIdentifier,
}

#[derive(Sequence, der::ValueOrd)]
struct SignerInfo {
    version: u8,
    signer: IssuerAndSerial,
    digest_algorithm: Algorithm,
    signed_attributes: ContextSpecific<SetOfVec<Attribute>>,
    signature_algorithm: Algorithm,
    signature: OctetString,
}

#[derive(Sequence, der::ValueOrd)]
struct IssuerAndSerial {
    issuer: Name,
    serial: SerialNumber,
}

/// An algorithm that has no parameters.
#[derive(Sequence, der::ValueOrd)]
struct Algorithm {
    oid: ObjectIdentifier,
}

#[derive(Sequence, der::ValueOrd)]
struct Attribute {
    kind: ObjectIdentifier,
    values: SetOfVec<Any>,
}

/// Names the certificate by its SHA-256, which is the default and is left out.
#[derive(Sequence)]
struct SigningCertificateV2 {
    certificates: Vec<CertificateId>,
}

#[derive(Sequence)]
struct CertificateId {
    digest: OctetString,
}
