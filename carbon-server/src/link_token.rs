//! Tokens of dashboard links: a link's number, signed, so that nobody can make one or guess another.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Bytes of the number in front of the signature.
const NUMBER_LEN: usize = 8;

/// What stands behind `/d/`.
pub(crate) fn token(secret: &[u8; 32], link_key: i64) -> String {
    let number = link_key.to_be_bytes();
    let signature = signed(secret, number).finalize().into_bytes();
    BASE64_URL_SAFE_NO_PAD.encode([&number[..], &signature[..]].concat())
}

/// The link's number, where the signature is ours. Compared in constant time.
pub(crate) fn link_key(secret: &[u8; 32], token: &str) -> Option<i64> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    let (number, signature) = bytes.split_first_chunk::<NUMBER_LEN>()?;
    signed(secret, *number).verify_slice(signature).ok()?;
    Some(i64::from_be_bytes(*number))
}

fn signed(secret: &[u8; 32], number: [u8; NUMBER_LEN]) -> Hmac<Sha256> {
    let mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length will do");
    mac.chain_update(b"dashboard link").chain_update(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_signed_is_read() {
        let token = token(&[7; 32], 42);
        assert_eq!(link_key(&[7; 32], &token), Some(42));
        assert_eq!(link_key(&[8; 32], &token), None);
        for place in 0..token.len() {
            let mut other = token.clone().into_bytes();
            other[place] = if other[place] == b'A' { b'B' } else { b'A' };
            assert_eq!(link_key(&[7; 32], str::from_utf8(&other).unwrap()), None, "place {place}");
        }
        for nonsense in ["", "AA", "é", &token[..token.len() - 1], &format!("{token}A")] {
            assert_eq!(link_key(&[7; 32], nonsense), None, "{nonsense}");
        }
    }
}
