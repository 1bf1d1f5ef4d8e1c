//! The structures of RFC 3161, and what of CMS (RFC 5652) a token is made of. Read more widely than ours are written: the
//! software of authorities differs in what it adds, and what is signed is kept as it came.

use der::{
    Decode, DecodeValue, EncodeValue, FixedTag, Header, Length, Reader, Sequence, SliceReader, Tag, Writer,
    asn1::{AnyRef, BitStringRef, IntRef, ObjectIdentifier, OctetStringRef},
};
use x509_cert::{ext::Extensions, spki::AlgorithmIdentifierRef};

pub(super) const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
pub(super) const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
pub(super) const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
pub(super) const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
pub(super) const SIGNING_CERTIFICATE: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.12");
pub(super) const SIGNING_CERTIFICATE_V2: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
pub(super) const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
pub(super) const SHA_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
pub(super) const SHA_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");

#[derive(Sequence)]
pub(super) struct Request<'a> {
    pub(super) version: u8,
    pub(super) imprint: Imprint<'a>,
    pub(super) nonce: u64,
    pub(super) wants_certificate: bool,
}

/// What is stamped.
#[derive(Sequence)]
pub(super) struct Imprint<'a> {
    pub(super) algorithm: AlgorithmIdentifierRef<'a>,
    pub(super) digest: &'a OctetStringRef,
}

#[derive(Sequence)]
pub(super) struct Response<'a> {
    pub(super) status: StatusInfo<'a>,
    pub(super) token: Option<AnyRef<'a>>,
}

#[derive(Sequence)]
pub(super) struct StatusInfo<'a> {
    pub(super) status: u8,
    #[asn1(optional = "true")]
    pub(super) text: Option<Raw<'a, SEQUENCE>>,
    #[asn1(optional = "true")]
    pub(super) failure: Option<BitStringRef<'a>>,
}

#[derive(Sequence)]
pub(super) struct ContentInfo<'a> {
    pub(super) content_type: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub(super) content: SignedData<'a>,
}

#[derive(Sequence)]
pub(super) struct SignedData<'a> {
    pub(super) version: u8,
    pub(super) digest_algorithms: Raw<'a, SET>,
    pub(super) content: Content<'a>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    pub(super) certificates: Option<Raw<'a, SET>>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    pub(super) revocations: Option<Raw<'a, SET>>,
    pub(super) signers: Raw<'a, SET>,
}

#[derive(Sequence)]
pub(super) struct Content<'a> {
    pub(super) content_type: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub(super) content: &'a OctetStringRef,
}

#[derive(Sequence)]
pub(super) struct SignerInfo<'a> {
    pub(super) version: u8,
    /// Whose key it is, by name or by key; the signed attributes name the certificate by its digest.
    pub(super) signer: AnyRef<'a>,
    pub(super) digest_algorithm: AlgorithmIdentifierRef<'a>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    pub(super) signed_attributes: Option<Raw<'a, SET>>,
    pub(super) signature_algorithm: AlgorithmIdentifierRef<'a>,
    pub(super) signature: &'a OctetStringRef,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    pub(super) other_attributes: Option<Raw<'a, SET>>,
}

#[derive(Sequence)]
pub(super) struct Attribute<'a> {
    pub(super) kind: ObjectIdentifier,
    pub(super) values: Raw<'a, SET>,
}

/// What an authority signs.
#[derive(Sequence)]
pub(super) struct TstInfo<'a> {
    pub(super) version: u8,
    pub(super) policy: ObjectIdentifier,
    pub(super) imprint: Imprint<'a>,
    pub(super) serial: IntRef<'a>,
    /// `GeneralizedTime`, with fractions of a second where the authority has them.
    pub(super) time: AnyRef<'a>,
    #[asn1(optional = "true")]
    pub(super) accuracy: Option<Raw<'a, SEQUENCE>>,
    #[asn1(optional = "true")]
    pub(super) ordering: Option<bool>,
    #[asn1(optional = "true")]
    pub(super) nonce: Option<IntRef<'a>>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) authority: Option<AnyRef<'a>>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    pub(super) extensions: Option<Extensions>,
}

/// RFC 5035; of the older attribute no digest is named: it is SHA-1.
#[derive(Sequence)]
pub(super) struct SigningCertificate<'a> {
    pub(super) certificates: Raw<'a, SEQUENCE>,
    #[asn1(optional = "true")]
    pub(super) policies: Option<Raw<'a, SEQUENCE>>,
}

#[derive(Sequence)]
pub(super) struct CertificateId<'a> {
    #[asn1(optional = "true")]
    pub(super) algorithm: Option<AlgorithmIdentifierRef<'a>>,
    pub(super) digest: &'a OctetStringRef,
    #[asn1(optional = "true")]
    pub(super) issuer: Option<Raw<'a, SEQUENCE>>,
}

pub(super) const SEQUENCE: bool = true;
pub(super) const SET: bool = false;

/// The elements of a sequence or a set, in the bytes and the order that they came in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raw<'a, const IS_SEQUENCE: bool>(pub(super) &'a [u8]);

impl<'a, const IS_SEQUENCE: bool> Raw<'a, IS_SEQUENCE> {
    pub(super) fn elements<T: Decode<'a, Error = der::Error>>(self) -> der::Result<Vec<T>> {
        let mut reader = SliceReader::new(self.0)?;
        let mut elements = Vec::new();
        while !reader.is_finished() {
            elements.push(T::decode(&mut reader)?);
        }
        Ok(elements)
    }
}

impl<const IS_SEQUENCE: bool> FixedTag for Raw<'_, IS_SEQUENCE> {
    const TAG: Tag = if IS_SEQUENCE { Tag::Sequence } else { Tag::Set };
}

impl<'a, const IS_SEQUENCE: bool> DecodeValue<'a> for Raw<'a, IS_SEQUENCE> {
    type Error = der::Error;

    fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
        Ok(Raw(reader.read_slice(header.length())?))
    }
}

impl<const IS_SEQUENCE: bool> EncodeValue for Raw<'_, IS_SEQUENCE> {
    fn value_len(&self) -> der::Result<Length> {
        Length::try_from(self.0.len())
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        writer.write(self.0)
    }
}
