//! Legal entity identifiers (ISO 17442).

use std::{fmt, str::FromStr};
use thiserror::Error;

/// A legal entity identifier: twenty capital letters and digits, the last two of them a checksum (ISO 7064, modulo 97).
///
/// ```
/// use carbon_report::Lei;
/// assert!("529900T8BM49AURSDO55".parse::<Lei>().is_ok());
/// assert!("529900T8BM49AURSDO56".parse::<Lei>().is_err()); // another checksum
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lei(String);

/// A text that is no legal entity identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("must be a legal entity identifier: 20 capital letters and digits with their checksum (ISO 17442)")]
pub struct NotALei;

impl Lei {
    /// Its twenty characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Lei {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Lei {
    type Err = NotALei;

    fn from_str(text: &str) -> Result<Self, NotALei> {
        let (body, checksum) = text.split_at_checked(18).ok_or(NotALei)?;
        let body_fits = body.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        let checksum_fits = checksum.len() == 2 && checksum.bytes().all(|byte| byte.is_ascii_digit());
        // Letters count as two digits: A is 10, Z is 35.
        let remainder = text.chars().filter_map(|character| character.to_digit(36)).fold(0, |rest, value| {
            let shift = if value < 10 { 10 } else { 100 };
            (rest * shift + value) % 97
        });
        (body_fits && checksum_fits && remainder == 1).then(|| Lei(text.to_owned())).ok_or(NotALei)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_identifier_is_refused() {
        let lei = "529900T8BM49AURSDO55";
        assert_eq!(lei.parse::<Lei>().unwrap().to_string(), lei);
        for place in 0..lei.len() {
            let mut wrong = lei.as_bytes().to_vec();
            wrong[place] = if wrong[place] == b'7' { b'8' } else { b'7' };
            assert_eq!(str::from_utf8(&wrong).unwrap().parse::<Lei>(), Err(NotALei), "place {place}");
        }
        for text in [
            "",
            "529900t8bm49aursdo55",
            "529900T8BM49AURSDO5",
            "529900T8BM49AURSDO555",
            "529900T8BM49AURSDÖ5",
        ] {
            assert_eq!(text.parse::<Lei>(), Err(NotALei), "{text}");
        }
    }
}
