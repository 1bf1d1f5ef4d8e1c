//! `factors.json`: the sets of factors that a report rests on, as the text of their tables.

use super::{
    FACTORS, NotVerified, STATEMENT,
    difference::{as_written, json, same_rows},
    write::PackError,
};
use crate::activity::hex;
use carbon_core::{FactorSet, registry::Tables};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::io;

/// The set that values the month, and those of earlier figures that a reader's program may not have.
#[derive(Serialize, Deserialize)]
struct PackedSets {
    #[serde(flatten)]
    set: PackedSet,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    others: Vec<PackedSet>,
}

#[derive(Serialize, Deserialize)]
struct PackedSet {
    factor_set: String,
    /// Over the texts of the files, one after the other.
    sha256: Option<String>,
    files: Vec<PackedTable>,
}

#[derive(Serialize, Deserialize)]
struct PackedTable {
    name: String,
    /// Of the text: says which table is not what it was.
    sha256: String,
    text: String,
}

/// The version of the set that a statement is valued under, and of those that its earlier figures rest on, unless they
/// are released.
fn versions(statement: &Value) -> (String, Vec<String>) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let earlier = statement.pointer("/trend/earlier").and_then(Value::as_array).into_iter().flatten();
    let earlier = earlier.map(|month| text(&month["factor_set"]));
    let restated = statement.pointer("/restatement/old_factor_set").map(text);
    let own = text(&statement["factor_set"]);
    let mut others: Vec<String> = earlier.chain(restated).collect();
    others.retain(|version| *version != own && FactorSet::version(version).is_none());
    others.sort_unstable();
    others.dedup();
    (own, others)
}

/// The member, for a statement, with the set that values it; `find` answers the set of a version.
pub(super) fn written(
    statement: &Value,
    find: &dyn Fn(&str) -> Option<FactorSet>,
) -> Result<(String, FactorSet), PackError> {
    let (version, others) = versions(statement);
    let find = |version: &String| {
        let set = FactorSet::version(version).cloned().or_else(|| find(version));
        set.ok_or_else(|| PackError::UnknownFactorSet(version.clone()))
    };
    let set = find(&version)?;
    let others = others.iter().map(find).collect::<Result<Vec<_>, _>>()?;
    let sets =
        PackedSets { set: packed(&set)?, others: others.iter().map(packed).collect::<Result<_, _>>()? };
    let mut json = serde_json::to_string_pretty(&sets).map_err(io::Error::from)?;
    json.push('\n');
    Ok((json, set))
}

fn packed(set: &FactorSet) -> Result<PackedSet, PackError> {
    let files = set.files().ok_or_else(|| PackError::UnknownFactorSet(set.as_str().to_owned()))?;
    let file = |(name, text): (&str, &str)| PackedTable {
        name: name.to_owned(),
        sha256: hex(&Sha256::digest(text)),
        text: text.to_owned(),
    };
    Ok(PackedSet {
        factor_set: set.as_str().to_owned(),
        sha256: set.sha256().map(str::to_owned),
        files: files.into_iter().map(file).collect(),
    })
}

/// The set that the statement names, and the others of the pack. What this program ships must be what the pack holds;
/// what it does not know is read from the pack.
pub(super) fn read(
    statement: &Value,
    stated_sha256: Option<&str>,
    factors: &[u8],
) -> Result<(FactorSet, Vec<FactorSet>), NotVerified> {
    let sets: PackedSets = json(FACTORS, factors)?;
    let (version, others) = versions(statement);
    let set = of_packed(&sets.set, &version)?;
    if stated_sha256 != set.sha256() {
        let detail = format!("is not the digest of {version}");
        return Err(NotVerified::at(format!("{STATEMENT}, /factor_set_sha256"), detail));
    }
    if !sets.others.iter().map(|set| set.factor_set.as_str()).eq(others.iter().map(String::as_str)) {
        return Err(NotVerified::at(FACTORS, "does not hold the sets that earlier figures rest on"));
    }
    let others = sets.others.iter().map(|set| of_packed(set, &set.factor_set));
    Ok((set, others.collect::<Result<_, _>>()?))
}

/// Nothing else is in the member.
pub(super) fn check_written(factors: &[u8]) -> Result<(), NotVerified> {
    let sets: PackedSets = json(FACTORS, factors)?;
    as_written(FACTORS, &sets, factors)
}

/// Tables with this beginning hold the supplier's own entries.
const OWN: &str = "own_";

fn of_packed(packed: &PackedSet, version: &str) -> Result<FactorSet, NotVerified> {
    let wrong = |detail: String| NotVerified::at(FACTORS, detail);
    if packed.factor_set != version {
        return Err(wrong(format!("holds {}, not {version}", packed.factor_set)));
    }
    let (base, revision) = match version.split_once('+') {
        Some((base, revision)) => (base, Some(revision)),
        None => (version, None),
    };
    let files = packed.files.iter().map(|file| (file.name.as_str(), file.text.as_str()));
    let (own, listed): (Vec<_>, Vec<_>) = files.partition(|(name, _)| name.starts_with(OWN));
    let listed = match FactorSet::version(base) {
        Some(shipped) => {
            same_tables(shipped, &listed)?;
            as_stated(packed)?;
            shipped.clone()
        }
        None => {
            as_stated(packed)?;
            let tables =
                Tables::of_files(listed).ok_or_else(|| wrong(format!("{base} has an unknown table")))?;
            FactorSet::from_tables(base, tables).map_err(|error| wrong(error.to_string()))?
        }
    };
    let set = match revision {
        Some(revision) => {
            let revision = revision.parse().map_err(|_| wrong(format!("{version} has no number")))?;
            let tables =
                Tables::of_files(own).ok_or_else(|| wrong("own entries in an unknown table".to_owned()))?;
            listed.with_own(revision, tables).map_err(|error| wrong(error.to_string()))?
        }
        None if own.is_empty() => listed,
        None => return Err(wrong(format!("holds own entries, which {version} has not"))),
    };
    if packed.sha256.as_deref() != set.sha256() {
        return Err(wrong("states another digest than its tables have".to_owned()));
    }
    Ok(set)
}

/// Every table has the digest that stands beside it.
fn as_stated(packed: &PackedSet) -> Result<(), NotVerified> {
    let altered = packed.files.iter().find(|file| hex(&Sha256::digest(&file.text)) != file.sha256);
    altered.map_or(Ok(()), |PackedTable { name, .. }| {
        let detail = format!("is not the table of {}: its digest is another", packed.factor_set);
        Err(NotVerified::at(format!("{FACTORS}, {name}"), detail))
    })
}

fn same_tables(shipped: &FactorSet, packed: &[(&str, &str)]) -> Result<(), NotVerified> {
    let files = shipped.files().unwrap_or_default();
    if !packed.iter().map(|(name, _)| *name).eq(files.iter().map(|(name, _)| *name)) {
        let detail = format!("does not hold the tables of {}", shipped.as_str());
        return Err(NotVerified::at(FACTORS, detail));
    }
    for ((name, text), (_, packed)) in files.into_iter().zip(packed) {
        same_rows(&format!("{FACTORS}, {name}"), text, packed.as_bytes())?;
    }
    Ok(())
}
