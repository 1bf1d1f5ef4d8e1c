//! Activity data as the ledger sums them, and their digest.

use carbon_core::Usage;
use jiff::civil::Date;
use sha2::{Digest, Sha256};

/// One sum from the ledger: a day, a model as the vendor named it, its provider, a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Day in UTC.
    pub day: Date,
    /// Hour of that day in UTC, 0 to 23; `None` where the sum is over the day.
    pub hour: Option<i8>,
    /// Model name as it was sent.
    pub model: String,
    /// Provider as it was sent, where one was.
    pub provider: Option<String>,
    /// Region as it was sent, where one was.
    pub region: Option<String>,
    /// What was consumed.
    pub usage: Usage,
}

impl Activity {
    /// Use of a model on a day, without a provider or a region.
    pub fn new(day: Date, model: impl Into<String>, usage: Usage) -> Self {
        Activity { day, hour: None, model: model.into(), provider: None, region: None, usage }
    }
}

/// Digest of a month's sums, in hex: SHA-256 over one line a row, rows sorted, each
/// `day TAB model TAB provider TAB region TAB requests TAB input TAB cache read TAB cache creation TAB output TAB reasoning LF`,
/// with an empty provider or region where none was sent. Where one of them is not 0, three more columns stand before the line
/// feed: `TAB context output TAB context input TAB context unknown tokens`. Where anything but text is counted, these three always
/// stand there, and behind them `TAB media`, as in `images=2,audio_ms=1500`: the counts that are not 0, in the order of
/// [`MediaUnit`](carbon_core::usage::MediaUnit). Where the hour is known, it stands behind the day, as in `2026-10-05T13`.
///
/// Anyone with the lines can compute it again; two statements with equal digests rest on equal activity.
pub fn activity_sha256(activity: &[Activity]) -> String {
    let mut lines: Vec<String> = activity
        .iter()
        .map(|Activity { day, hour, model, provider, region, usage }| {
            let counts = usage.counts().map(|count| count.to_string()).join("\t");
            let context = [usage.context_output, usage.context_input, usage.context_unknown_tokens.into()];
            let media = &usage.media;
            let media = if media.is_empty() { String::new() } else { format!("\t{media}") };
            let context = match context {
                [0, 0, 0] if media.is_empty() => String::new(),
                counted => counted.map(|count| format!("\t{count}")).concat(),
            };
            let said = |text: &Option<String>| text.clone().unwrap_or_default();
            let hour = hour.map_or_else(String::new, |hour| format!("T{hour:02}"));
            format!("{day}{hour}\t{model}\t{}\t{}\t{counts}{context}{media}", said(provider), said(region))
        })
        .collect();
    lines.sort_unstable();
    sha256_of_lines(lines.iter().map(String::as_str))
}

/// SHA-256, in hex, over the texts, each followed by a line feed.
pub(crate) fn sha256_of_lines<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    let mut sha256 = Sha256::new();
    for line in lines {
        sha256.update(line);
        sha256.update("\n");
    }
    hex(&sha256.finalize())
}

/// A digest as text.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The digest that 64 hexadecimal digits in lower case stand for.
pub(crate) fn from_hex(text: &str) -> Option<[u8; 32]> {
    let digits = text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    let bytes = (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok());
    if digits { bytes.collect::<Option<Vec<u8>>>()?.try_into().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use carbon_core::usage::{Media, MediaUnit};

    #[test]
    fn a_digest_has_64_digits() {
        assert_eq!(from_hex(&"0f".repeat(32)), Some([15; 32]));
        for wrong in ["", "0f", &"0F".repeat(32), &"0f".repeat(33), &"f".repeat(63), &"ä".repeat(32)] {
            assert_eq!(from_hex(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_activity_digest_is_the_documented_one() {
        let call = Usage::of_call(600, 400);
        let digest = |usage: Usage| {
            activity_sha256(&[Activity {
                region: Some("FRA".to_owned()),
                ..Activity::new(jiff::civil::date(2026, 10, 1), "gpt-4o", usage)
            }])
        };
        // printf '2026-10-01\tgpt-4o\t\tFRA\t1\t600\t0\t0\t400\t0\t640000\t360000\t0\n' | sha256sum
        assert_eq!(digest(call), "9c67a16520d5235b354c6ec2c2009e418230f808577c16e9c64aaf565b6b954f");
        // printf '2026-10-01T07\tgpt-4o\t\tFRA\t1\t600\t0\t0\t400\t0\t640000\t360000\t0\n' | sha256sum
        let in_hour = Activity {
            hour: Some(7),
            region: Some("FRA".to_owned()),
            ..Activity::new(jiff::civil::date(2026, 10, 1), "gpt-4o", call)
        };
        assert_eq!(
            activity_sha256(&[in_hour]),
            "77421195979586ba4f341ff568173e1f054d29307b9782c029a1f9140a70ef91"
        );
        // printf '2026-10-01\tgpt-4o\t\tFRA\t1\t600\t0\t0\t400\t0\n' | sha256sum
        let without = Usage { context_output: 0, context_input: 0, ..call };
        assert_eq!(digest(without), "3c28cbf7ee223dd3640659266548ce881d4695757c57d86896a4742e176e40d5");
        // printf '2026-10-01\tgpt-4o\t\tFRA\t1\t600\t0\t0\t400\t0\t0\t0\t0\timages=2,audio_ms=1500\n' | sha256sum
        let media = Media::default().with(MediaUnit::Images, 2).with(MediaUnit::AudioMs, 1_500);
        assert_eq!(
            digest(Usage { media, ..without }),
            "1a791faa04bd9bb60a1b934b03fd272dbb89294276be827c434d4f6356762bec"
        );
    }
}
