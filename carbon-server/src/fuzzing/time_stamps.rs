//! Answers of time-stamp authorities: what is changed says what it said, or is refused.

use crate::fuzzing::evidence::edited;
use carbon_report::time_stamp::{TimeStamp, TimeStampAuthorities, TimeStampRequest};
use std::sync::LazyLock;

/// What the answers of the corpus were given to.
const REQUEST: TimeStampRequest = TimeStampRequest { sha256: [0x0f; 32], nonce: 0xf123_4567_89ab_cdef };

/// One that OpenSSL gave, behind the byte that says so.
const SOUND: &[u8] = include_bytes!("../../../fuzz/corpus/time_stamps/granted");

/// Who vouches for it.
static AUTHORITIES: LazyLock<TimeStampAuthorities> = LazyLock::new(|| {
    TimeStampAuthorities::from_pem(include_bytes!("time_stamp_ca.pem")).expect("it is a certificate")
});

static SAID: LazyLock<TimeStamp> =
    LazyLock::new(|| REQUEST.token(&SOUND[1..]).expect("OpenSSL gave what was asked for").1);

/// The first byte says what the others are: an answer, or edits of the sound one.
pub(super) fn check(input: &[u8]) {
    let Some((kind, input)) = input.split_first() else { return };
    let answer = if kind % 2 == 0 { input.to_vec() } else { edited(&SOUND[1..], input) };
    match REQUEST.token(&answer) {
        Ok((token, stamp)) => {
            assert_eq!(TimeStamp::read(&token, &REQUEST.sha256).as_ref(), Ok(&stamp));
            if stamp.check_authority(&AUTHORITIES).is_ok() {
                let said = |stamp: &TimeStamp| {
                    (stamp.at, stamp.authority.clone(), stamp.serial.clone(), stamp.policy.clone())
                };
                assert_eq!(said(&stamp), said(&SAID), "another time stamp is believed");
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
