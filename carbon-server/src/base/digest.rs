//! SHA-256 digests, and bytes as hexadecimal text.

/// A SHA-256 digest.
pub(crate) type Sha = [u8; 32];

/// A digest as text.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
