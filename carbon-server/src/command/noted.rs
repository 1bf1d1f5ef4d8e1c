//! What was noted outside a ledger, as `check` is given it.

use crate::{
    base::{checkpoint::notes, digest::from_hex},
    store::NotedSeal,
};
use carbon_report::checkpoint::{Checkpoint, NoteVerifier};
use std::{fs, path::Path};

/// `N:DIGEST`, the number of a seal and its digest in hex.
pub(super) fn seal(text: &str) -> Result<NotedSeal, String> {
    let read = || {
        let (number, digest) = text.trim().split_once(':')?;
        let number = number.trim().parse().ok().filter(|number| *number > 0)?;
        Some(NotedSeal { number, sha256: from_hex(digest.trim())? })
    };
    read()
        .ok_or_else(|| format!("{text:?} must be N:DIGEST, a seal's number and its SHA-256 in 64 hex digits"))
}

/// A file of them, one on a line; behind `#` stands a comment.
pub(super) fn seals(path: &Path) -> Result<Vec<NotedSeal>, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut seals = Vec::new();
    for (place, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if !line.is_empty() {
            seals.push(seal(line).map_err(|why| format!("{}, line {}: {why}", path.display(), place + 1))?);
        }
    }
    Ok(seals)
}

/// The checkpoints of a file, each signed by that key.
pub(super) fn checkpoints(path: &Path, key: &NoteVerifier) -> Result<Vec<Checkpoint>, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let notes = notes(&text);
    let checkpoints = notes.iter().enumerate().map(|(place, note)| {
        let wrong = |error| format!("{}, checkpoint {}: {error}", path.display(), place + 1);
        Checkpoint::signed(note, key).map_err(wrong)
    });
    checkpoints.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_noted_seal_is_a_number_and_a_digest() {
        let digest = "0f".repeat(32);
        assert_eq!(seal(&format!("17:{digest}")).unwrap(), NotedSeal { number: 17, sha256: [0x0f; 32] });
        for wrong in [
            "",
            "17",
            ":",
            "0:",
            "17:0f",
            &format!("-1:{digest}"),
            &format!("0:{digest}"),
            &format!("1:{digest}0"),
        ] {
            let error = seal(wrong).unwrap_err();
            assert!(
                error.ends_with("must be N:DIGEST, a seal's number and its SHA-256 in 64 hex digits"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_file_of_seals_has_comments_and_names_its_wrong_line() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let digest = "0f".repeat(32);
        fs::write(file.path(), format!("# of 2026\n\n3:{digest} # October\n  4 : {digest}\n")).unwrap();
        assert_eq!(seals(file.path()).unwrap().iter().map(|seal| seal.number).collect::<Vec<_>>(), [3, 4]);
        fs::write(file.path(), format!("3:{digest}\nfour\n")).unwrap();
        assert!(seals(file.path()).unwrap_err().contains(", line 2: \"four\" must be N:DIGEST"));
    }
}
