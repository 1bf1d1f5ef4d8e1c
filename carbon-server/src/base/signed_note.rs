//! Signed notes as the C2SP specification `signed-note` defines them, with Ed25519: a text, and lines of signatures below.

use crate::base::durable_file::{OWNER_ALONE, write_new};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use ring::{
    rand::SystemRandom,
    signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey},
};
use sha2::{Digest, Sha256};
use std::{fmt, fs, path::Path, str::FromStr};
use thiserror::Error;
use tokio_rustls::rustls::pki_types::{PrivatePkcs8KeyDer, pem::PemObject};

/// The type of a key in this format: Ed25519.
const ED25519_TYPE: u8 = 1;
/// Begins a line with a signature: an em dash and a blank.
const SIGNATURE: &str = "\u{2014} ";

/// Why a key is of no use, or a note is not signed by it.
#[derive(Debug, Error)]
pub(crate) enum NoteError {
    #[error("{0}")]
    File(#[from] std::io::Error),
    #[error("it must be an Ed25519 key in PKCS#8 PEM, as `openssl genpkey -algorithm ed25519` writes it")]
    Key,
    #[error("it must be NAME+HASH+KEY, as GET /checkpoint/key answers it")]
    VerifierKey,
    #[error("it is no signed note")]
    Form,
    #[error("it has no signature of {0}")]
    Unsigned(String),
    #[error("the signature of {0} does not fit")]
    Forged(String),
}

/// Who signs notes.
pub(crate) struct NoteSigner {
    key: Ed25519KeyPair,
    verifier: NoteVerifier,
}

impl NoteSigner {
    /// The signer of that name whose key is in a file; a file that is missing is made, with a new key.
    pub(crate) fn of_file(name: String, path: &Path) -> Result<Self, NoteError> {
        let pem = match fs::read(path) {
            Ok(pem) => pem,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => new_key(path)?,
            Err(error) => return Err(error.into()),
        };
        let der = PrivatePkcs8KeyDer::from_pem_slice(&pem).map_err(|_| NoteError::Key)?;
        let key =
            Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der()).map_err(|_| NoteError::Key)?;
        let public = key.public_key().as_ref().try_into().map_err(|_| NoteError::Key)?;
        Ok(NoteSigner { key, verifier: NoteVerifier { name, public } })
    }

    /// A text that ends with a line feed, signed.
    pub(crate) fn sign(&self, text: &str) -> String {
        let signature = self.key.sign(text.as_bytes());
        let signed = [&self.verifier.hash()[..], signature.as_ref()].concat();
        format!("{text}\n{SIGNATURE}{} {}\n", self.verifier.name, BASE64.encode(signed))
    }

    /// What its notes are checked with.
    pub(crate) fn verifier(&self) -> &NoteVerifier {
        &self.verifier
    }
}

/// Makes a key, for its owner alone to read.
fn new_key(path: &Path) -> Result<Vec<u8>, NoteError> {
    let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| NoteError::Key)?;
    let body = BASE64.encode(pkcs8.as_ref());
    let lines: Vec<&str> = body.as_bytes().chunks(64).filter_map(|line| str::from_utf8(line).ok()).collect();
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"));
    write_new(path, pem.as_bytes(), OWNER_ALONE)?;
    Ok(pem.into_bytes())
}

/// What notes of one signer are checked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoteVerifier {
    name: String,
    public: [u8; 32],
}

impl NoteVerifier {
    /// The signer's name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Tells keys apart: stands before each signature.
    fn hash(&self) -> [u8; 4] {
        let sha =
            Sha256::new_with_prefix(&self.name).chain_update([b'\n', ED25519_TYPE]).chain_update(self.public);
        let sha: [u8; 32] = sha.finalize().into();
        [sha[0], sha[1], sha[2], sha[3]]
    }

    /// The text of a note that this signer has signed.
    pub(crate) fn check<'n>(&self, note: &'n str) -> Result<&'n str, NoteError> {
        let end = note.rfind("\n\n").ok_or(NoteError::Form)?;
        let (text, signatures) = (&note[..=end], &note[end + 2..]);
        for line in signatures.lines() {
            let (name, signature) =
                line.strip_prefix(SIGNATURE).and_then(|line| line.split_once(' ')).ok_or(NoteError::Form)?;
            let signature = BASE64.decode(signature).map_err(|_| NoteError::Form)?;
            // Other signers' lines say nothing to this one.
            let Some(signature) = signature.strip_prefix(&self.hash()).filter(|_| name == self.name) else {
                continue;
            };
            let key = UnparsedPublicKey::new(&ED25519, self.public);
            let fits = key.verify(text.as_bytes(), signature);
            return fits.map(|()| text).map_err(|_| NoteError::Forged(self.name.clone()));
        }
        Err(NoteError::Unsigned(self.name.clone()))
    }
}

impl fmt::Display for NoteVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hash = u32::from_be_bytes(self.hash());
        let key = [&[ED25519_TYPE][..], &self.public].concat();
        write!(f, "{}+{hash:08x}+{}", self.name, BASE64.encode(key))
    }
}

impl FromStr for NoteVerifier {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.trim().splitn(3, '+');
        let [Some(name), Some(hash), Some(key)] = std::array::from_fn(|_| parts.next()) else {
            return Err(NoteError::VerifierKey);
        };
        let key = BASE64.decode(key).map_err(|_| NoteError::VerifierKey)?;
        let public = key.strip_prefix(&[ED25519_TYPE]).and_then(|key| key.try_into().ok());
        let verifier = NoteVerifier { name: name.to_owned(), public: public.ok_or(NoteError::VerifierKey)? };
        let is_its_own =
            u32::from_str_radix(hash, 16).is_ok_and(|hash| hash.to_be_bytes() == verifier.hash());
        if is_its_own { Ok(verifier) } else { Err(NoteError::VerifierKey) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of golang.org/x/mod/sumdb/note, whose format the specification took over.
    const VERIFIER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\n\
        \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn a_note_of_another_program_is_checked() {
        let verifier: NoteVerifier = VERIFIER.parse().unwrap();
        assert_eq!(verifier.to_string(), VERIFIER);
        assert!(verifier.check(NOTE).unwrap().ends_with("what your problem is.\n"));
        let forged = verifier.check(&NOTE.replace("answer", "anvwer")).unwrap_err().to_string();
        assert_eq!(forged, "the signature of PeterNeumann does not fit");
        assert!(matches!(verifier.check("If you think"), Err(NoteError::Form)));
    }

    #[test]
    fn a_key_is_made_once_and_signs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let signer = NoteSigner::of_file("carbon-ledger/1".to_owned(), &path).unwrap();
        let again = NoteSigner::of_file("carbon-ledger/1".to_owned(), &path).unwrap();
        let note = signer.sign("carbon-ledger/1\n3\nAAAA\n");
        assert_eq!(again.verifier(), signer.verifier());
        let read: NoteVerifier = signer.verifier().to_string().parse().unwrap();
        assert_eq!(read.check(&note).unwrap(), "carbon-ledger/1\n3\nAAAA\n");
        let other = NoteSigner::of_file("carbon-ledger/1".to_owned(), &folder.path().join("other")).unwrap();
        assert!(matches!(other.verifier().check(&note), Err(NoteError::Unsigned(_))));
        fs::write(&path, "no key").unwrap();
        assert!(matches!(NoteSigner::of_file("n".to_owned(), &path), Err(NoteError::Key)));
        for wrong in ["", "a+b", "a+00000000+AAAA", &VERIFIER.replace("c74f", "c74e")] {
            assert!(matches!(wrong.parse::<NoteVerifier>(), Err(NoteError::VerifierKey)), "{wrong}");
        }
    }
}
