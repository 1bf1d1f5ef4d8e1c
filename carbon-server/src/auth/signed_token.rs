//! Tokens of dashboard links, of links in mail and of PACT clients: signed numbers that nobody can forge or guess.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The purpose in the signature of a link's token.
const LINK: &[u8] = b"dashboard link";

/// The purpose in that of a link which ends mail to a contact.
const UNSUBSCRIBE: &[u8] = b"unsubscribe";
/// The purpose in that of a link to a report which was sent to a contact.
const MAILED_REPORT: &[u8] = b"mailed report";

/// The token after `/d/`.
pub(crate) fn link(secret: &[u8; 32], link_key: i64) -> String {
    seal(secret, LINK, [link_key])
}

/// The number of the link that has this token.
pub(crate) fn link_key(secret: &[u8; 32], token: &str) -> Option<i64> {
    open(secret, LINK, token).map(|[link_key]| link_key)
}

/// The token that ends mail to a contact.
pub(crate) fn unsubscribe(secret: &[u8; 32], contact_key: i64) -> String {
    seal(secret, UNSUBSCRIBE, [contact_key])
}

/// The number of the contact that has this token.
pub(crate) fn unsubscribe_key(secret: &[u8; 32], token: &str) -> Option<i64> {
    open(secret, UNSUBSCRIBE, token).map(|[contact_key]| contact_key)
}

/// The token that opens a report which was sent to a contact.
pub(crate) fn mailed_report(secret: &[u8; 32], contact_key: i64, report_key: i64) -> String {
    seal(secret, MAILED_REPORT, [contact_key, report_key])
}

/// The numbers of the contact and of the report that have this token.
pub(crate) fn mailed_report_keys(secret: &[u8; 32], token: &str) -> Option<[i64; 2]> {
    open(secret, MAILED_REPORT, token)
}

/// Numbers and a signature over them, valid for one purpose only.
pub(crate) fn seal<const N: usize>(secret: &[u8; 32], purpose: &[u8], numbers: [i64; N]) -> String {
    let numbers: Vec<u8> = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
    let signature = signed(secret, purpose, &numbers).finalize().into_bytes();
    BASE64_URL_SAFE_NO_PAD.encode([&numbers[..], &signature[..]].concat())
}

/// The numbers, if the signature is ours. Compared in constant time.
pub(crate) fn open<const N: usize>(secret: &[u8; 32], purpose: &[u8], token: &str) -> Option<[i64; N]> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    let (numbers, signature) = bytes.split_at_checked(N * size_of::<i64>())?;
    signed(secret, purpose, numbers).verify_slice(signature).ok()?;
    let (numbers, _) = numbers.as_chunks();
    numbers.iter().map(|number| i64::from_be_bytes(*number)).collect::<Vec<_>>().try_into().ok()
}

fn signed(secret: &[u8; 32], purpose: &[u8], numbers: &[u8]) -> Hmac<Sha256> {
    let mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length will do");
    mac.chain_update(purpose).chain_update(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_signed_is_read() {
        let token = link(&[7; 32], 42);
        assert_eq!(link_key(&[7; 32], &token), Some(42));
        assert_eq!(link_key(&[8; 32], &token), None);
        assert_eq!(open::<1>(&[7; 32], b"another purpose", &token), None);
        for place in 0..token.len() {
            let mut other = token.clone().into_bytes();
            other[place] = if other[place] == b'A' { b'B' } else { b'A' };
            assert_eq!(link_key(&[7; 32], str::from_utf8(&other).unwrap()), None, "place {place}");
        }
        for nonsense in ["", "AA", "é", &token[..token.len() - 1], &format!("{token}A")] {
            assert_eq!(link_key(&[7; 32], nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_token_of_two_numbers_is_no_token_of_one() {
        let token = seal(&[7; 32], LINK, [1, 2]);
        assert_eq!(open(&[7; 32], LINK, &token), Some([1, 2]));
        assert_eq!(link_key(&[7; 32], &token), None);
    }
}
