//! API keys: their format, their checksum, and what is stored of them.

use sha2::{Digest, Sha256};
use std::{
    fmt,
    hash::{Hash, Hasher},
};

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum KeyKind {
    /// Live events: reported and invoiced.
    Live,
    /// Test events: kept apart, never reported or invoiced.
    Test,
    /// Reads live events, and writes nothing.
    Read,
}

impl KeyKind {
    const ALL: [KeyKind; 3] = [KeyKind::Live, KeyKind::Test, KeyKind::Read];

    /// The word used in keys, JSON and SQL.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            KeyKind::Live => "live",
            KeyKind::Test => "test",
            KeyKind::Read => "read",
        }
    }

    /// The inverse of [`Self::as_str`].
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SECRET_LEN: usize = 32;
/// Base62 digits that hold any CRC-32.
const CHECKSUM_LEN: usize = 6;

/// A key in the clear: `isv_live_`, `isv_test_` or `isv_read_`, 32 random base62 characters (190 bits), 6 of checksum.
///
/// The fixed prefix and the checksum let a secret scanner recognise a key, and let the server reject a mistyped one without a
/// query.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ApiKey {
    text: String,
}

impl ApiKey {
    /// A new random key.
    pub(crate) fn generate(kind: KeyKind) -> Result<Self, getrandom::Error> {
        let body = format!("isv_{}_{}", kind.as_str(), random_text(SECRET_LEN)?);
        let text = body.chars().chain(checksum(&body).map(char::from)).collect();
        Ok(ApiKey { text })
    }

    /// What is stored and looked up. The key has 190 random bits, so a plain hash cannot be brute-forced.
    pub(crate) fn hash(&self) -> KeyHash {
        KeyHash(Sha256::digest(&self.text).into())
    }

    /// Enough to distinguish keys in a list, far too little to use one.
    pub(crate) fn prefix(&self) -> String {
        const SHOWN: usize = "isv_live_".len() + 4;
        self.text[..SHOWN].to_owned()
    }

    /// The whole key, to be shown once to its owner.
    pub(crate) fn reveal(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for ApiKey {
    /// A key never reaches a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({}…)", self.prefix())
    }
}

/// A secret for a PACT client: as long as an API key and with the same checksum, but not an API key.
pub(crate) fn pact_secret() -> Result<String, getrandom::Error> {
    let body = format!("isv_pact_{}", random_text(SECRET_LEN)?);
    Ok(body.chars().chain(checksum(&body).map(char::from)).collect())
}

/// Random base62 characters: 5.95 bits each.
pub(crate) fn random_text(chars: usize) -> Result<String, getrandom::Error> {
    let mut text = String::with_capacity(chars);
    while text.len() < chars {
        let mut bytes = [0; SECRET_LEN];
        getrandom::fill(&mut bytes)?;
        // 248 is the largest multiple of 62 in a byte: above it, the remainder would favour the first characters.
        let unbiased =
            bytes.iter().filter(|&&byte| byte < 248).map(|byte| char::from(ALPHABET[usize::from(byte % 62)]));
        text.extend(unbiased.take(chars - text.len()));
    }
    Ok(text)
}

fn checksum(body: &str) -> [u8; CHECKSUM_LEN] {
    let mut rest = crc32fast::hash(body.as_bytes());
    let mut digits = [b'0'; CHECKSUM_LEN];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(rest % 62) as usize];
        rest /= 62;
    }
    digits
}

/// SHA-256 of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyHash([u8; 32]);

/// A part of a digest is a hash.
impl Hash for KeyHash {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [first, ..] = self.0.as_chunks().0 else { return };
        state.write_u64(u64::from_le_bytes(*first));
    }
}

impl KeyHash {
    /// That of the key in `text`, if it is well formed and its checksum matches.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let (kind, rest) = text.strip_prefix("isv_")?.split_once('_')?;
        KeyKind::from_word(kind)?;
        if rest.len() != SECRET_LEN + CHECKSUM_LEN || !rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        let (body, found) = text.split_at(text.len() - CHECKSUM_LEN);
        (checksum(body) == found.as_bytes()).then(|| KeyHash(Sha256::digest(text).into()))
    }

    /// A stored hash.
    pub(crate) fn from_bytes(sha256: [u8; 32]) -> Self {
        KeyHash(sha256)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_and_a_mistyped_one_is_not() {
        for kind in KeyKind::ALL {
            let key = ApiKey::generate(kind).unwrap();
            let text = key.reveal();
            assert_eq!(text.len(), 9 + 32 + 6);
            assert_eq!(KeyHash::of(text), Some(key.hash()));
            for place in 0..text.len() {
                let mut wrong = text.to_owned().into_bytes();
                wrong[place] = if wrong[place] == b'x' { b'y' } else { b'x' };
                assert_eq!(KeyHash::of(&String::from_utf8(wrong).unwrap()), None, "place {place}");
            }
        }
        for text in ["", "isv_live_", "isv_root_0", "sk-0123", "isv_live_é"] {
            assert_eq!(KeyHash::of(text), None, "{text}");
        }
    }

    #[test]
    fn the_checksum_is_the_documented_one() {
        // CRC-32 (ISO-HDLC) of the text is 0xCBF43926 = 3421780262, in base62.
        assert_eq!(&checksum("123456789"), b"3jZRME");
    }

    #[test]
    fn debug_output_hides_the_secret() {
        let key = ApiKey::generate(KeyKind::Live).unwrap();
        assert!(!format!("{key:?}").contains(&key.reveal()[13..]));
    }
}
