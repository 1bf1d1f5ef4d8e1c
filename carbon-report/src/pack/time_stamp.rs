//! `closing.tsr`: the time stamp of an authority over the closing seal, as OpenSSL reads it.

use super::{NotVerified, TIME_STAMP};
use crate::{
    activity::from_hex,
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
    let sha256 = from_hex(&seal.sha256)
        .ok_or_else(|| at("cannot be compared: the closing seal is no SHA-256".to_owned()))?;
    let stamp = token_in(member).and_then(|token| TimeStamp::read(&token, &sha256));
    stamp.map(Some).map_err(|error| at(error.to_string()))
}
