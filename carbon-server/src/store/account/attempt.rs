//! Attempts to deliver a message: with what, how often, and why one failed.

/// Seconds between the attempts to deliver a message. After the last one it is given up.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct RetrySchedule(&'static [i64]);

/// As Standard Webhooks advises: given up after a day and a half.
pub(in crate::store) const STANDARD_WEBHOOKS: RetrySchedule =
    RetrySchedule(&[5, 300, 1_800, 7_200, 18_000, 36_000, 50_400]);

impl RetrySchedule {
    /// When the next attempt is due if one fails now after `attempts` others; `None` where there is none.
    pub(in crate::store) fn next_attempt_at_ms(self, attempts: usize, now_ms: i64) -> Option<i64> {
        self.0.get(attempts).map(|seconds| now_ms + seconds * 1_000)
    }
}

/// Why an attempt failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AttemptFailure {
    /// In words. What a mail server says may name the recipient: it is in no log.
    pub(crate) error: String,
    /// Whether another attempt would fail as well: it is given up.
    pub(crate) is_final: bool,
    /// What a mail server answered.
    pub(crate) reply_code: Option<u16>,
}

impl From<String> for AttemptFailure {
    /// That may not last.
    fn from(error: String) -> Self {
        AttemptFailure { error, is_final: false, reply_code: None }
    }
}

/// What there is to send with.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Senders {
    /// Whether there is an authority to ask for time stamps.
    pub(crate) has_authority: bool,
    /// Whether there is a server that takes mail.
    pub(crate) has_mail: bool,
}
