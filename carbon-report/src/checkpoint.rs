//! Signed checkpoints of a ledger, as the C2SP specifications `tlog-checkpoint` and `signed-note` define them, with Ed25519: how
//! many seals it has, and the Merkle tree hash (RFC 9162) over them.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use ring::signature::{ED25519, UnparsedPublicKey};
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};
use thiserror::Error;

/// The type of a key in this format: Ed25519.
const ED25519_TYPE: u8 = 1;
/// Begins a line with a signature: an em dash and a blank.
const SIGNATURE: &str = "\u{2014} ";

/// Why a key is of no use, or a note is not signed by it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NoteError {
    /// It is no key.
    #[error("it must be NAME+HASH+KEY, as GET /checkpoint/key answers it")]
    Key,
    /// It is no note.
    #[error("it is no signed note")]
    Form,
    /// It is signed by others, or by nobody.
    #[error("it has no signature of {0}")]
    Unsigned(String),
    /// It has a signature of that name, which does not fit.
    #[error("the signature of {0} does not fit")]
    Forged(String),
}

/// What the notes of one signer are checked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteVerifier {
    name: String,
    public: [u8; 32],
}

impl NoteVerifier {
    /// That of a signer with this name and this public key.
    pub fn new(name: impl Into<String>, public: [u8; 32]) -> Self {
        NoteVerifier { name: name.into(), public }
    }

    /// The signer's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Tells keys apart: stands before each signature.
    fn hash(&self) -> [u8; 4] {
        let sha =
            Sha256::new_with_prefix(&self.name).chain_update([b'\n', ED25519_TYPE]).chain_update(self.public);
        let sha: [u8; 32] = sha.finalize().into();
        [sha[0], sha[1], sha[2], sha[3]]
    }

    /// The note of a text that ends with a line feed, with the signature over it.
    pub fn note(&self, text: &str, signature: &[u8]) -> String {
        let signed = [&self.hash()[..], signature].concat();
        format!("{text}\n{SIGNATURE}{} {}\n", self.name, BASE64.encode(signed))
    }

    /// The text of a note that this signer has signed.
    ///
    /// # Errors
    /// [`NoteError`]: it has not.
    pub fn check<'n>(&self, note: &'n str) -> Result<&'n str, NoteError> {
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
            return Err(NoteError::Key);
        };
        let key = BASE64.decode(key).map_err(|_| NoteError::Key)?;
        let public = key.strip_prefix(&[ED25519_TYPE]).and_then(|key| key.try_into().ok());
        let verifier = NoteVerifier::new(name, public.ok_or(NoteError::Key)?);
        let is_its_own =
            u32::from_str_radix(hash, 16).is_ok_and(|hash| hash.to_be_bytes() == verifier.hash());
        if is_its_own { Ok(verifier) } else { Err(NoteError::Key) }
    }
}

/// A checkpoint of a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checkpoint {
    /// How many seals it covers.
    pub size: u64,
    /// Merkle tree hash over them.
    pub root: [u8; 32],
}

impl Checkpoint {
    /// Over so many seals.
    pub fn new(size: u64, root: [u8; 32]) -> Self {
        Checkpoint { size, root }
    }

    /// What is signed of it: the tree is named by its origin.
    pub fn text(&self, origin: &str) -> String {
        format!("{origin}\n{}\n{}\n", self.size, BASE64.encode(self.root))
    }

    /// The checkpoint that a note signs; the name of its signer is the origin of the tree.
    ///
    /// # Errors
    /// [`NoteError`]: it is not signed, or no checkpoint of that tree.
    pub fn signed(note: &str, verifier: &NoteVerifier) -> Result<Self, NoteError> {
        let text = verifier.check(note)?;
        let mut lines = text.lines();
        let origin = lines.next().ok_or(NoteError::Form)?;
        if origin != verifier.name() {
            return Err(NoteError::Unsigned(verifier.name().to_owned()));
        }
        let size = lines.next().and_then(|line| line.parse().ok());
        let root =
            lines.next().and_then(|line| BASE64.decode(line).ok()).and_then(|root| root.try_into().ok());
        let (Some(size), Some(root)) = (size, root) else { return Err(NoteError::Form) };
        Ok(Checkpoint { size, root })
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
        assert_eq!(verifier.check("If you think"), Err(NoteError::Form));
        let other = NoteVerifier::new("PeterNeumann", [7; 32]);
        assert_eq!(other.check(NOTE), Err(NoteError::Unsigned("PeterNeumann".to_owned())));
        for wrong in ["", "a+b", "a+00000000+AAAA", &VERIFIER.replace("c74f", "c74e")] {
            assert_eq!(wrong.parse::<NoteVerifier>(), Err(NoteError::Key), "{wrong}");
        }
    }
}
