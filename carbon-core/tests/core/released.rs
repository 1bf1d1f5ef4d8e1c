//! A released set is never edited: its tables have the digest that the set states.

use carbon_core::FactorSet;
use sha2::{Digest, Sha256};
use std::path::PathBuf;

fn data() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data")
}

/// As `cat data/<version>/*.csv | sha256sum` has it.
fn sha256_of_tables(version: &str) -> String {
    let folder = std::fs::read_dir(data().join(version)).unwrap();
    let mut tables: Vec<PathBuf> = folder.map(|table| table.unwrap().path()).collect();
    tables.sort();
    let mut sha256 = Sha256::new();
    for table in tables {
        assert_eq!(table.extension().unwrap(), "csv", "{}", table.display());
        sha256.update(std::fs::read(table).unwrap());
    }
    sha256.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Sets that are released, with their digests.
const RELEASED: [(&str, &str); 3] = [
    ("2025.1", "a1d873da84fd040cf59a2096347c55e525e5ddc67d774266e41eb4d0f001aa66"),
    ("2026.11", "5d4f06bea874dce86019fe984f8c971067e7bca9a671354995e8e4c96082cb49"),
    ("2026.12", "803911a8347fde2bc5e4d1a09aaf5366c54ab8e5deba43574b82071c4b9e531e"),
];

#[test]
fn released_tables_have_their_digests() {
    for (version, sha256) in RELEASED {
        assert_eq!(sha256_of_tables(version), sha256, "data/{version} was edited: a change is a new set");
    }
    for version in FactorSet::versions() {
        let stated = FactorSet::version(version).unwrap().sha256().unwrap();
        assert_eq!(sha256_of_tables(version), stated, "data/{version} was edited: a change is a new set");
        let files = FactorSet::version(version).unwrap().files().unwrap();
        let text: String = files.iter().map(|(_, text)| *text).collect();
        let digest: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, stated, "not every table of data/{version} is shipped");
    }
}

#[test]
fn every_folder_of_tables_is_a_set_and_no_set_lacks_one() {
    let folders =
        std::fs::read_dir(data()).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir());
    let mut folders: Vec<String> = folders.map(|entry| entry.file_name().into_string().unwrap()).collect();
    folders.sort();
    assert_eq!(folders, FactorSet::versions().collect::<Vec<_>>());
}
