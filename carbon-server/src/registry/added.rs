//! Sets of factors that the operator has added, read from the zip that the ledger keeps.

use crate::store::AddedFactorSet;
use carbon_core::{FactorSet, registry::Tables};
use std::io::{Cursor, Read};

/// Larger than any table that a person could check.
const TABLE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// The set in an archive.
pub(crate) fn read(added: &AddedFactorSet) -> Result<FactorSet, String> {
    let files = tables(&added.archive)?;
    let tables = Tables::of_files(files.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    let tables = tables.ok_or("it holds a table of another name")?;
    let set = FactorSet::from_tables(&added.version, tables).map_err(|error| error.to_string())?;
    if set.sha256() == Some(&added.sha256) { Ok(set) } else { Err("its digest is another".to_owned()) }
}

/// Names and texts of the files in an archive.
pub(crate) fn tables(archive: &[u8]) -> Result<Vec<(String, String)>, String> {
    let mut zip = zip::ZipArchive::new(Cursor::new(archive)).map_err(|error| error.to_string())?;
    let mut files = Vec::new();
    for place in 0..zip.len() {
        let file = zip.by_index(place).map_err(|error| error.to_string())?;
        let name = file.name().map_err(|error| error.to_string())?.into_owned();
        let mut text = String::new();
        file.take(TABLE_BYTES_MAX + 1)
            .read_to_string(&mut text)
            .map_err(|error| format!("{name}: {error}"))?;
        if text.len() as u64 > TABLE_BYTES_MAX {
            return Err(format!("{name}: is larger than {TABLE_BYTES_MAX} bytes"));
        }
        files.push((name, text));
    }
    Ok(files)
}

/// The newest of these sets, by the numbers of their versions. A version that is no number is only used by its name.
pub(crate) fn newest(
    shipped: &'static FactorSet,
    added: impl Iterator<Item = &'static FactorSet>,
) -> &'static FactorSet {
    added.fold(shipped, |newest, set| if numbers(set) > numbers(newest) { set } else { newest })
}

/// `2026.12.1` as its numbers.
fn numbers(set: &FactorSet) -> Option<Vec<u64>> {
    set.as_str().split('.').map(|part| part.parse().ok()).collect()
}
