//! Checkpoints as the C2SP specification `tlog-checkpoint` defines them: how many seals a ledger has, and the Merkle tree
//! hash (RFC 9162) over their digests.

use crate::base::{
    digest::Sha,
    signed_note::{NoteError, NoteSigner, NoteVerifier},
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

/// A checkpoint of a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    /// How many seals it covers.
    pub(crate) size: i64,
    /// Merkle tree hash over their digests.
    pub(crate) root: Sha,
}

impl Checkpoint {
    /// Signed; the origin of the tree is the name of its signer.
    pub(crate) fn sign(&self, signer: &NoteSigner) -> String {
        let Checkpoint { size, root } = self;
        signer.sign(&format!("{}\n{size}\n{}\n", signer.verifier().name(), BASE64.encode(root)))
    }

    /// The checkpoint that a note signs.
    pub(crate) fn signed(note: &str, verifier: &NoteVerifier) -> Result<Self, NoteError> {
        let text = verifier.check(note)?;
        let mut lines = text.lines();
        let origin = lines.next().ok_or(NoteError::Form)?;
        if origin != verifier.name() {
            return Err(NoteError::Unsigned(verifier.name().to_owned()));
        }
        let size = lines.next().and_then(|line| line.parse().ok()).filter(|size| *size >= 0);
        let root =
            lines.next().and_then(|line| BASE64.decode(line).ok()).and_then(|root| root.try_into().ok());
        let (Some(size), Some(root)) = (size, root) else { return Err(NoteError::Form) };
        Ok(Checkpoint { size, root })
    }
}

/// The notes of a file to which they are appended, with an empty line behind each.
pub(crate) fn notes(text: &str) -> Vec<String> {
    let parts: Vec<&str> = text.split("\n\n").map(|part| part.trim_matches('\n')).collect();
    let parts = parts.as_slice().chunks(2).filter(|part| part.iter().any(|part| !part.is_empty()));
    parts.map(|part| format!("{}\n", part.join("\n\n"))).collect()
}
