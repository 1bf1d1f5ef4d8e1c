//! What a pack holds for whoever checks it without our program: a text that says how, the script, and the checksums of all files.

use super::{
    MANIFEST, NotVerified, SUMS,
    contents::Contents,
    difference::same_rows,
    manifest::{Member, digest_of},
    readme,
};
use std::collections::BTreeMap;

/// A script: what it is called, and its text.
pub(super) type Script = (&'static str, &'static str);

/// That of the pack of a month.
pub(super) const MONTH_SCRIPT: Script = ("verify_pack.py", include_str!("../../scripts/verify_pack.py"));
/// That of the pack of a period.
pub(super) const PERIOD_SCRIPT: Script =
    ("verify_period_pack.py", include_str!("../../scripts/verify_period_pack.py"));

/// `sha256sums`: a line for each other file, its manifest with them, as `sha256sum -c` reads them.
pub(super) fn sums(members: &BTreeMap<String, Member>, manifest: &[u8]) -> String {
    let manifest = digest_of(manifest);
    let mut all: BTreeMap<&str, &str> = BTreeMap::from([(MANIFEST, manifest.as_str())]);
    let others = members.iter().filter(|(name, _)| ![MANIFEST, SUMS].contains(&name.as_str()));
    all.extend(others.map(|(name, member)| (name.as_str(), member.sha256.as_str())));
    all.into_iter().map(|(name, sha256)| format!("{sha256}  {name}\n")).collect()
}

/// Whether the text and the script are those that the pack should have.
pub(super) fn check(
    pack: &Contents,
    (name, script): Script,
    verify_at: Option<&str>,
) -> Result<(), NotVerified> {
    same_rows(name, script, pack.member(name)?)?;
    readme::check(pack, name, verify_at)
}

/// Whether the checksums are those of the files; asked for last, as they say less than any other check.
pub(super) fn check_sums(pack: &Contents, members: &BTreeMap<String, Member>) -> Result<(), NotVerified> {
    same_rows(SUMS, &sums(members, pack.member(MANIFEST)?), pack.member(SUMS)?)
}
