//! The signature itself: CMS SignedData (RFC 5652) in the profile of PAdES B-B (ETSI EN 319 142-1), over the digest of a file.

use crate::certificate::{Certificate, CertificateError};
use der::{
    Decode, Encode, Sequence, Tag,
    asn1::{Any, ObjectIdentifier, OctetString, SetOfVec},
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
        // What is signed is the set by its own tag, not as it stands in the structure.
        let signature: DerSignature = self.key.sign(&attributes(&self.certificate, &digest)?.to_der()?);
        signed_data(&self.certificate, &digest, signature.to_bytes().as_ref())
    }
}

/// Whose signature a file bears, as its certificate says. Whether to believe the certificate is for the reader to say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignedBy {
    /// Whom the certificate names.
    pub subject: String,
    /// Who issued it: the same where it is self-signed.
    pub issuer: String,
    /// Its fingerprint: SHA-256, in hex.
    pub certificate_sha256: String,
}

impl SignedBy {
    /// Whether the certificate vouches for itself.
    pub fn is_self_signed(&self) -> bool {
        self.subject == self.issuer
    }
}

/// Who made this signature over a file of that digest. `room` holds it and zeros.
///
/// All of it but the certificate and the two numbers of the signature is as we write it: nothing can be hidden in it.
pub(super) fn check(room: &[u8], digest: &[u8; 32]) -> Result<SignedBy, String> {
    let no_signature = |error: der::Error| format!("is none that a report bears: {error}");
    let (given, rest) = ContentInfo::from_der_partial(room).map_err(no_signature)?;
    let der = &room[..room.len() - rest.len()];
    let SignedData { certificates, signers, .. } = given.content;
    let ([certificate], [signer]) = (certificates.as_slice(), signers.as_slice()) else {
        return Err("has not one certificate and one signer".to_owned());
    };
    let certificate = certificate.to_der().map_err(no_signature)?;
    let certificate = Certificate::from_der(certificate).map_err(|error| error.to_string())?;
    let signature = signer.signature.as_bytes();
    let attributes = attributes(&certificate, digest).and_then(|set| set.to_der()).map_err(no_signature)?;
    certificate.check(&attributes, signature).map_err(|error| error.to_string())?;
    let again = signed_data(&certificate, digest, signature).map_err(no_signature)?;
    if again != der || rest.iter().any(|byte| *byte != 0) {
        return Err("holds more than a signature".to_owned());
    }
    let issuer = certificate.x509.tbs_certificate().issuer().to_string();
    Ok(SignedBy { subject: certificate.subject(), issuer, certificate_sha256: certificate.sha256() })
}

fn signed_data(certificate: &Certificate, digest: &[u8; 32], signature: &[u8]) -> der::Result<Vec<u8>> {
    let to_be_signed = certificate.x509.tbs_certificate();
    let signer = SignerInfo {
        version: 1,
        signer: IssuerAndSerial {
            issuer: to_be_signed.issuer().clone(),
            serial: to_be_signed.serial_number().clone(),
        },
        digest_algorithm: Algorithm { oid: SHA_256 },
        signed_attributes: attributes(certificate, digest)?,
        signature_algorithm: Algorithm { oid: ECDSA_WITH_SHA_256 },
        signature: OctetString::new(signature)?,
    };
    let content = SignedData {
        version: 1,
        digest_algorithms: set_of([Algorithm { oid: SHA_256 }])?,
        content: Content { content_type: DATA },
        certificates: set_of([Any::from_der(&certificate.der)?])?,
        signers: set_of([signer])?,
    };
    ContentInfo { content_type: SIGNED_DATA, content }.to_der()
}

/// What is signed: the digest of the file, and that of the certificate.
fn attributes(certificate: &Certificate, digest: &[u8; 32]) -> der::Result<SetOfVec<Attribute>> {
    let named = SigningCertificateV2 {
        certificates: vec![CertificateId {
            digest: OctetString::new(Sha256::digest(&certificate.der).as_slice())?,
        }],
    };
    set_of([
        Attribute { kind: CONTENT_TYPE, values: set_of([Any::encode_from(&DATA)?])? },
        Attribute { kind: MESSAGE_DIGEST, values: set_of([Any::new(Tag::OctetString, digest.as_slice())?])? },
        Attribute { kind: SIGNING_CERTIFICATE_V2, values: set_of([Any::encode_from(&named)?])? },
    ])
}

fn set_of<T: der::DerOrd, const N: usize>(values: [T; N]) -> der::Result<SetOfVec<T>> {
    SetOfVec::try_from(values)
}

#[derive(Sequence)]
struct ContentInfo {
    content_type: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    content: SignedData,
}

#[derive(Sequence)]
struct SignedData {
    version: u8,
    digest_algorithms: SetOfVec<Algorithm>,
    content: Content,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true")]
    certificates: SetOfVec<Any>,
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
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true")]
    signed_attributes: SetOfVec<Attribute>,
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
