//! A released set is never edited: its tables have the digest they were released with.

use sha2::{Digest, Sha256};

/// Every table of every set, with the SHA-256 it was released with. A change is a new set, never a new digest here.
const RELEASED: &[(&str, &str, &str)] = &[
    (
        "2025.1/aliases.csv",
        include_str!("../../data/2025.1/aliases.csv"),
        "f57740d0a702d2b25c27706dca906215e8679847635010afb068c9ef42d13218",
    ),
    (
        "2025.1/factors.csv",
        include_str!("../../data/2025.1/factors.csv"),
        "9317e7d7574b79d7126e4b757b69a810a4577c5a773da110184a171f018c5105",
    ),
    (
        "2025.1/sources.csv",
        include_str!("../../data/2025.1/sources.csv"),
        "9b47809fe7c1378638ca66993f39240535de4b6f373217471385e5e8a6ab91dd",
    ),
    (
        "2026.11/aliases.csv",
        include_str!("../../data/2026.11/aliases.csv"),
        "9a49eb2dc0f13901c82fa29faa040b496ea50ec19a409660acb6beac1e352118",
    ),
    (
        "2026.11/disclosed.csv",
        include_str!("../../data/2026.11/disclosed.csv"),
        "c48df3f3d986b85c57eef3a46116a2cf2b729b2cae8e1dd7e14c454fa223fd9c",
    ),
    (
        "2026.11/factors.csv",
        include_str!("../../data/2026.11/factors.csv"),
        "9317e7d7574b79d7126e4b757b69a810a4577c5a773da110184a171f018c5105",
    ),
    (
        "2026.11/models.csv",
        include_str!("../../data/2026.11/models.csv"),
        "5da7aee707bd18588f9b9d72423044ae9b458c18aef8f583c132adfc19dfa969",
    ),
    (
        "2026.11/providers.csv",
        include_str!("../../data/2026.11/providers.csv"),
        "2d9ea1fe73f14cf646eee75c85a8fc746a88d7e79cc0eb29038f321dbef1a89b",
    ),
    (
        "2026.11/regions.csv",
        include_str!("../../data/2026.11/regions.csv"),
        "71d6737e2637ef12e840daf4b8de8555b8bdd713726f496f3472ae044d9f25f5",
    ),
    (
        "2026.11/sources.csv",
        include_str!("../../data/2026.11/sources.csv"),
        "9ea185e72a748b2e77e5142785aa16fd22c6eace8f7c53b6c1e4839cb48b457a",
    ),
    (
        "2026.11/zones.csv",
        include_str!("../../data/2026.11/zones.csv"),
        "d26424a085e8a0ed515fa9e2e06536aafcf46da1d9d7cedc2b2755e217bebf17",
    ),
];

#[test]
fn released_tables_have_their_digests() {
    for (table, text, digest) in RELEASED {
        let found: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(found, *digest, "data/{table} was edited");
    }
}

#[test]
fn every_table_is_held() {
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let mut tables = 0;
    for set in std::fs::read_dir(data).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir()) {
        for table in std::fs::read_dir(set.path()).unwrap() {
            let name = format!("{}/{}", set.file_name().display(), table.unwrap().file_name().display());
            assert!(RELEASED.iter().any(|(held, ..)| *held == name), "{name} has no digest");
            tables += 1;
        }
    }
    assert_eq!(tables, RELEASED.len());
}
