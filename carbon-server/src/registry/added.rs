//! Sets of factors that the operator has added, read from the zip that the ledger keeps; and what they may be called.

use crate::{registry::archive::SetArchive, store::AddedFactorSet};
use carbon_core::FactorSet;
use carbon_report::Certificate;
use thiserror::Error;

/// Bytes of a version.
const VERSION_BYTES_MAX: usize = 40;

/// Why a set cannot have a name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum NotAVersion {
    #[error(
        "the version {0:?} must be 1 to {VERSION_BYTES_MAX} letters, digits, dots, dashes and underscores, with a letter or a digit first"
    )]
    Characters(String),
    #[error("{0} ships with this program and never changes: choose another version, such as {0}.1")]
    Shipped(String),
    #[error("{0} could be a later release: take three numbers, such as {0}.1, or a name")]
    Release(String),
    #[error("the numbers of version {0} must not begin with a zero")]
    LeadingZero(String),
}

/// Whether an added set may be called so. Releases have two numbers, so that none ever has the name of an added set.
pub(crate) fn check_version(version: &str) -> Result<(), NotAVersion> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    let begins = version.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric());
    if !begins || version.len() > VERSION_BYTES_MAX || !version.bytes().all(is_plain) {
        return Err(NotAVersion::Characters(version.to_owned()));
    }
    if FactorSet::version(version).is_some() {
        return Err(NotAVersion::Shipped(version.to_owned()));
    }
    let parts: Vec<&str> = version.split('.').collect();
    if parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())) {
        if parts.len() == 2 {
            return Err(NotAVersion::Release(version.to_owned()));
        }
        if parts.iter().any(|part| part.len() > 1 && part.starts_with('0')) {
            return Err(NotAVersion::LeadingZero(version.to_owned()));
        }
    }
    Ok(())
}

/// The set in an archive, if all of it is as it was added.
pub(crate) fn read(added: &AddedFactorSet) -> Result<FactorSet, String> {
    let archive = SetArchive::unzip(&added.archive).map_err(|error| error.to_string())?;
    if archive.version.as_ref().is_some_and(|version| *version != added.version) {
        return Err("its archive is of another version".to_owned());
    }
    let set = FactorSet::from_tables(&added.version, archive.tables()).map_err(|error| error.to_string())?;
    if set.sha256() != Some(&added.sha256) {
        return Err("its tables have another digest".to_owned());
    }
    if let Some(signed) = &added.signed {
        let certificate = Certificate::from_pem(&signed.certificate).map_err(|error| error.to_string())?;
        certificate.check(&added.archive, &signed.signature).map_err(|error| error.to_string())?;
    }
    Ok(set)
}

/// The newest of these sets, by the numbers of their versions. A version that is no number is only used by its name.
pub(crate) fn newest(
    shipped: &'static FactorSet,
    added: impl Iterator<Item = &'static FactorSet>,
) -> &'static FactorSet {
    added.fold(shipped, |newest, set| if is_newer(set.as_str(), newest.as_str()) { set } else { newest })
}

/// Whether a version has a higher number than another.
pub(crate) fn is_newer(version: &str, than: &str) -> bool {
    numbers(version) > numbers(than)
}

/// `2026.12.1` as its numbers.
fn numbers(version: &str) -> Option<Vec<u64>> {
    version.split('.').map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_has_the_highest_number_and_names_have_none() {
        for (version, than, expect) in [
            ("2026.12.1", "2026.12", true),
            ("2026.12.10", "2026.12.9", true),
            ("2027.1", "2026.12.1", true),
            ("2026.12", "2026.12.1", false),
            ("2026.12.1", "2026.12.1", false),
            ("2026.9.1", "2026.11", false),
            ("acme-1", "2026.11", false),
            ("2026.12.x", "2026.11", false),
            ("2026.12.", "2026.11", false),
            ("3", "2026.11", false),
        ] {
            assert_eq!(is_newer(version, than), expect, "{version} than {than}");
        }
    }

    #[test]
    fn a_version_is_plain_and_no_release() {
        for version in ["2026.12.1", "acme-1", "A_1", "7", "2026.12.0", "2026.012.x", &"x".repeat(40)] {
            assert_eq!(check_version(version), Ok(()), "{version}");
        }
        for version in ["", "2026.12.1+3", "a b", ".1", "-1", "é", "a/b", "a\n", &"x".repeat(41)] {
            assert_eq!(check_version(version), Err(NotAVersion::Characters(version.to_owned())));
        }
        for (version, expect) in [
            (
                "2026.11",
                "2026.11 ships with this program and never changes: choose another version, such as 2026.11.1",
            ),
            ("2999.1", "2999.1 could be a later release: take three numbers, such as 2999.1.1, or a name"),
            ("2026.012.1", "the numbers of version 2026.012.1 must not begin with a zero"),
        ] {
            assert_eq!(check_version(version).unwrap_err().to_string(), expect);
        }
    }

    /// What `check_version` leaves to releases is what they are called.
    #[test]
    fn releases_have_two_numbers() {
        for version in FactorSet::versions() {
            let parts: Vec<&str> = version.split('.').collect();
            assert!(parts.len() == 2 && parts.iter().all(|part| part.parse::<u64>().is_ok()), "{version}");
        }
    }
}
