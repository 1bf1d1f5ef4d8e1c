//! Checkpoints in a file.

/// The notes of a file to which they are appended, with an empty line behind each.
pub(crate) fn notes(text: &str) -> Vec<String> {
    let parts: Vec<&str> = text.split("\n\n").map(|part| part.trim_matches('\n')).collect();
    let parts = parts.as_slice().chunks(2).filter(|part| part.iter().any(|part| !part.is_empty()));
    parts.map(|part| format!("{}\n", part.join("\n\n"))).collect()
}
