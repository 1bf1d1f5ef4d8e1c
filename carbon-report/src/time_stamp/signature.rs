//! The signature of a token: over attributes that hold the digest of what is stamped, and of the certificate that signs.

use super::{
    TimeStampError,
    asn1::{
        Attribute, CONTENT_TYPE, CertificateId, MESSAGE_DIGEST, Raw, SEQUENCE, SET, SHA_256, SHA_384,
        SHA_512, SIGNING_CERTIFICATE, SIGNING_CERTIFICATE_V2, SignedData, SignerInfo, SigningCertificate,
        TST_INFO,
    },
    form,
};
use der::{
    Decode, Encode, Tag, Tagged,
    asn1::{ObjectIdentifier, OctetStringRef},
};
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm};
use sha2::{Digest, Sha256, Sha384, Sha512};
use webpki::{EndEntityCert, ring as algorithms};

fn invalid(detail: impl Into<String>) -> TimeStampError {
    TimeStampError::Signature(detail.into())
}

/// Which of the certificates has signed.
pub(super) fn check(signed: &SignedData<'_>, certificates: &[Vec<u8>]) -> Result<usize, TimeStampError> {
    let signers: Vec<SignerInfo<'_>> = signed.signers.elements().map_err(form)?;
    let [signer] = signers.as_slice() else {
        return Err(invalid(format!("it has {} signers", signers.len())));
    };
    let raw = signer.signed_attributes.ok_or_else(|| invalid("it has no signed attributes"))?;
    let attributes: Vec<Attribute<'_>> = raw.elements().map_err(form)?;
    let kind: ObjectIdentifier =
        only(&attributes, CONTENT_TYPE)?.ok_or_else(|| invalid("it does not say what it signs"))?;
    if kind != TST_INFO {
        return Err(invalid("it signs something else"));
    }
    let stated: &OctetStringRef =
        only(&attributes, MESSAGE_DIGEST)?.ok_or_else(|| invalid("it has no digest"))?;
    let digest_algorithm = signer.digest_algorithm.oid;
    let found = digest(digest_algorithm, signed.content.content.as_bytes())
        .ok_or_else(|| invalid(format!("the digest {digest_algorithm} is not known")))?;
    if stated.as_bytes() != found {
        return Err(invalid("it is over another content"));
    }
    let place = named(&attributes, certificates)?;
    check_signer(signer, &certificates[place])?;
    let candidates = candidates(signer.signature_algorithm.oid, digest_algorithm)
        .ok_or_else(|| invalid(format!("the algorithm {} is not known", signer.signature_algorithm.oid)))?;
    let certificate = CertificateDer::from(certificates[place].as_slice());
    let certificate = EndEntityCert::try_from(&certificate)
        .map_err(|error| TimeStampError::Certificate(format!("cannot be used: {error}")))?;
    // What is signed is the set by its own tag, not as it stands in the structure.
    let message = raw.to_der().map_err(form)?;
    let signature = signer.signature.as_bytes();
    let fits = |algorithm: &Algorithm| certificate.verify_signature(*algorithm, &message, signature).is_ok();
    if candidates.iter().any(fits) {
        Ok(place)
    } else {
        Err(invalid("it was changed, or made with another key"))
    }
}

/// That the signer is named as the certificate names itself, where it is by issuer and serial number.
fn check_signer(signer: &SignerInfo<'_>, certificate: &[u8]) -> Result<(), TimeStampError> {
    if signer.signer.tag() != Tag::Sequence {
        return Ok(());
    }
    let unusable = |error: der::Error| TimeStampError::Certificate(format!("cannot be used: {error}"));
    let certificate = x509_cert::Certificate::from_der(certificate).map_err(unusable)?;
    let certificate = certificate.tbs_certificate();
    let mut name = certificate.issuer().to_der().map_err(unusable)?;
    name.extend(certificate.serial_number().to_der().map_err(unusable)?);
    if signer.signer.value() == name { Ok(()) } else { Err(invalid("it names another signer")) }
}

/// The one value of an attribute; `None` where it is not there.
fn only<'a, T: Decode<'a, Error = der::Error>>(
    attributes: &[Attribute<'a>],
    kind: ObjectIdentifier,
) -> Result<Option<T>, TimeStampError> {
    let mut found = attributes.iter().filter(|attribute| attribute.kind == kind);
    let (first, second) = (found.next(), found.next());
    if second.is_some() {
        return Err(invalid(format!("the attribute {kind} is there twice")));
    }
    let Some(Attribute { values, .. }) = first else { return Ok(None) };
    let mut values: Vec<T> = Raw::<'a, SET>::elements(*values).map_err(form)?;
    match (values.pop(), values.is_empty()) {
        (Some(value), true) => Ok(Some(value)),
        _ => Err(invalid(format!("the attribute {kind} has not one value"))),
    }
}

/// Place of the certificate that the signed attributes name by its digest. It is named first; others are of its chain.
fn named(attributes: &[Attribute<'_>], certificates: &[Vec<u8>]) -> Result<usize, TimeStampError> {
    let v2: Option<SigningCertificate<'_>> = only(attributes, SIGNING_CERTIFICATE_V2)?;
    let v1: Option<SigningCertificate<'_>> = only(attributes, SIGNING_CERTIFICATE)?;
    let is_sha_1 = v2.is_none();
    let named = v2.or(v1).ok_or_else(|| invalid("it names no certificate"))?;
    let ids: Vec<CertificateId<'_>> = Raw::<'_, SEQUENCE>::elements(named.certificates).map_err(form)?;
    let CertificateId { algorithm, digest: stated, .. } =
        ids.first().ok_or_else(|| invalid("it names no certificate"))?;
    let of = |certificate: &[u8]| -> Option<Vec<u8>> {
        if is_sha_1 {
            let algorithm = &ring::digest::SHA1_FOR_LEGACY_USE_ONLY;
            return Some(ring::digest::digest(algorithm, certificate).as_ref().to_vec());
        }
        digest(algorithm.map_or(SHA_256, |algorithm| algorithm.oid), certificate)
    };
    let place = certificates
        .iter()
        .position(|certificate| of(certificate).is_some_and(|digest| digest == stated.as_bytes()));
    place.ok_or_else(|| TimeStampError::Certificate("is not among those that came with it".to_owned()))
}

fn digest(algorithm: ObjectIdentifier, bytes: &[u8]) -> Option<Vec<u8>> {
    match algorithm {
        SHA_256 => Some(Sha256::digest(bytes).to_vec()),
        SHA_384 => Some(Sha384::digest(bytes).to_vec()),
        SHA_512 => Some(Sha512::digest(bytes).to_vec()),
        _ => None,
    }
}

type Algorithm = &'static dyn SignatureVerificationAlgorithm;

/// What may have made a signature; which of several it is, its key says. `None` where it is none that is known.
fn candidates(signature: ObjectIdentifier, digest: ObjectIdentifier) -> Option<Vec<Algorithm>> {
    let of_rsa = |digest| -> Option<Vec<Algorithm>> {
        Some(match digest {
            SHA_256 => vec![algorithms::RSA_PKCS1_2048_8192_SHA256],
            SHA_384 => vec![algorithms::RSA_PKCS1_2048_8192_SHA384],
            SHA_512 => vec![algorithms::RSA_PKCS1_2048_8192_SHA512],
            _ => return None,
        })
    };
    match signature {
        RSA => of_rsa(digest),
        RSA_WITH_SHA_256 => of_rsa(SHA_256),
        RSA_WITH_SHA_384 => of_rsa(SHA_384),
        RSA_WITH_SHA_512 => of_rsa(SHA_512),
        RSA_PSS => Some(match digest {
            SHA_256 => vec![algorithms::RSA_PSS_2048_8192_SHA256_LEGACY_KEY],
            SHA_384 => vec![algorithms::RSA_PSS_2048_8192_SHA384_LEGACY_KEY],
            SHA_512 => vec![algorithms::RSA_PSS_2048_8192_SHA512_LEGACY_KEY],
            _ => return None,
        }),
        ECDSA_WITH_SHA_256 => Some(vec![algorithms::ECDSA_P256_SHA256, algorithms::ECDSA_P384_SHA256]),
        ECDSA_WITH_SHA_384 => Some(vec![algorithms::ECDSA_P256_SHA384, algorithms::ECDSA_P384_SHA384]),
        ED25519 => Some(vec![algorithms::ED25519]),
        _ => None,
    }
}

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const RSA_WITH_SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const RSA_WITH_SHA_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const RSA_WITH_SHA_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
const ECDSA_WITH_SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ECDSA_WITH_SHA_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
