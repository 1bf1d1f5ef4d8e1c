//! Who signs notes as the C2SP specification `signed-note` defines them, with Ed25519.

use crate::base::durable_file::{OWNER_ALONE, write_new};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use carbon_report::checkpoint::NoteVerifier;
use ring::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair},
};
use std::{fs, path::Path};
use thiserror::Error;
use tokio_rustls::rustls::pki_types::{PrivatePkcs8KeyDer, pem::PemObject};

/// Why a key is of no use.
#[derive(Debug, Error)]
pub(crate) enum NoteKeyError {
    #[error("{0}")]
    File(#[from] std::io::Error),
    #[error("it must be an Ed25519 key in PKCS#8 PEM, as `openssl genpkey -algorithm ed25519` writes it")]
    Key,
}

/// Who signs notes.
pub(crate) struct NoteSigner {
    key: Ed25519KeyPair,
    verifier: NoteVerifier,
}

impl NoteSigner {
    /// The signer of that name whose key is in a file; a file that is missing is made, with a new key.
    pub(crate) fn of_file(name: String, path: &Path) -> Result<Self, NoteKeyError> {
        let pem = match fs::read(path) {
            Ok(pem) => pem,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => new_key(path)?,
            Err(error) => return Err(error.into()),
        };
        let der = PrivatePkcs8KeyDer::from_pem_slice(&pem).map_err(|_| NoteKeyError::Key)?;
        let key = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der())
            .map_err(|_| NoteKeyError::Key)?;
        let public = key.public_key().as_ref().try_into().map_err(|_| NoteKeyError::Key)?;
        Ok(NoteSigner { key, verifier: NoteVerifier::new(name, public) })
    }

    /// A text that ends with a line feed, signed.
    pub(crate) fn sign(&self, text: &str) -> String {
        self.verifier.note(text, self.key.sign(text.as_bytes()).as_ref())
    }

    /// What its notes are checked with.
    pub(crate) fn verifier(&self) -> &NoteVerifier {
        &self.verifier
    }
}

/// Makes a key, for its owner alone to read.
fn new_key(path: &Path) -> Result<Vec<u8>, NoteKeyError> {
    let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| NoteKeyError::Key)?;
    let body = BASE64.encode(pkcs8.as_ref());
    let lines: Vec<&str> = body.as_bytes().chunks(64).filter_map(|line| str::from_utf8(line).ok()).collect();
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"));
    write_new(path, pem.as_bytes(), OWNER_ALONE)?;
    Ok(pem.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use carbon_report::checkpoint::NoteError;

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
        assert!(matches!(NoteSigner::of_file("n".to_owned(), &path), Err(NoteKeyError::Key)));
    }
}
