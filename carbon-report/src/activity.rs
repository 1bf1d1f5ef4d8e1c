//! Activity data as the ledger sums them, and their digest.

use carbon_core::Usage;
use jiff::civil::Date;
use sha2::{Digest, Sha256};

/// One sum from the ledger: a day, a model as the vendor named it, a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Day in UTC.
    pub day: Date,
    /// Model name as it was sent.
    pub model: String,
    /// Region as it was sent, where one was.
    pub region: Option<String>,
    /// What was consumed.
    pub usage: Usage,
}

/// Digest of a month's sums, in hex: SHA-256 over one line a row, rows sorted, each
/// `day TAB model TAB region TAB requests TAB input TAB cache read TAB cache creation TAB output TAB reasoning LF`,
/// with an empty region where none was sent.
///
/// Anyone with the lines can compute it again; two statements with equal digests rest on equal activity.
pub fn activity_sha256(activity: &[Activity]) -> String {
    let mut lines: Vec<String> = activity
        .iter()
        .map(|Activity { day, model, region, usage }| {
            let counts = usage.counts().map(|count| count.to_string()).join("\t");
            format!("{day}\t{model}\t{}\t{counts}", region.as_deref().unwrap_or(""))
        })
        .collect();
    lines.sort_unstable();
    sha256_of_lines(lines.iter().map(String::as_str))
}

/// SHA-256, in hex, over the texts, each with a line feed behind it.
pub(crate) fn sha256_of_lines<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    let mut sha256 = Sha256::new();
    for line in lines {
        sha256.update(line);
        sha256.update("\n");
    }
    sha256.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_activity_digest_is_the_documented_one() {
        // printf '2026-10-01\tgpt-4o\t\t1\t600\t0\t0\t400\t0\n' | sha256sum
        let digest = "b086560afe7f6c546cf13b09d6aa7dc560184ab2dfb4d472724ecd8cc1561df0";
        let row = Activity {
            day: jiff::civil::date(2026, 10, 1),
            model: "gpt-4o".to_owned(),
            region: None,
            usage: Usage::of_call(600, 400),
        };
        assert_eq!(activity_sha256(&[row]), digest);
    }
}
