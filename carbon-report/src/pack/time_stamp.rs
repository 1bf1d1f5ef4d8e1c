//! `closing.tsr`: the time stamp of an authority over the closing seal, as OpenSSL reads it.

use super::{NotVerified, TIME_STAMP};
use crate::{
    evidence::ClosingSeal,
    time_stamp::{TimeStamp, token_in},
};

/// It is over the seal that the statement names, and its signature is valid; `None` where there is none.
pub(super) fn check(
    seal: Option<&ClosingSeal>,
    member: Option<&[u8]>,
) -> Result<Option<TimeStamp>, NotVerified> {
    let Some(member) = member else { return Ok(None) };
    let at = |detail: String| NotVerified::at(TIME_STAMP, detail);
    let seal = seal.ok_or_else(|| at("is there, and the statement names no closing seal".to_owned()))?;
    let sha256 = digest(&seal.sha256)
        .ok_or_else(|| at("cannot be compared: the closing seal is no SHA-256".to_owned()))?;
    let stamp = token_in(member).and_then(|token| TimeStamp::read(&token, &sha256));
    stamp.map(Some).map_err(|error| at(error.to_string()))
}

fn digest(hex: &str) -> Option<[u8; 32]> {
    let digits = hex.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    let bytes = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok());
    if digits { bytes.collect::<Option<Vec<u8>>>()?.try_into().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_has_64_digits() {
        assert_eq!(digest(&"0f".repeat(32)), Some([15; 32]));
        for wrong in ["", "0f", &"0F".repeat(32), &"0f".repeat(33), &"f".repeat(63), &"ä".repeat(32)] {
            assert_eq!(digest(wrong), None, "{wrong}");
        }
    }
}
