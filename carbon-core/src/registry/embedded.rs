//! The sets that ship with the crate.

use super::{FactorSet, Tables};
use std::sync::LazyLock;

/// A set that ships with the crate.
pub(super) struct Embedded {
    pub(super) version: &'static str,
    /// SHA-256 of its tables, see [`FactorSet::sha256`].
    pub(super) sha256: &'static str,
    /// Names and texts, in the order of the names.
    pub(super) files: &'static [(&'static str, &'static str)],
    pub(super) set: LazyLock<FactorSet>,
}

/// The named tables of a released set.
macro_rules! files {
    ($version:literal: $($table:literal)+) => {
        &[$((concat!($table, ".csv"), include_str!(concat!("../../data/", $version, "/", $table, ".csv")))),+]
    };
}

/// The sets that ship with the crate, oldest first.
pub(super) static EMBEDDED: [Embedded; 2] = [
    Embedded {
        version: "2025.1",
        sha256: "a1d873da84fd040cf59a2096347c55e525e5ddc67d774266e41eb4d0f001aa66",
        files: files!("2025.1": "aliases" "boundaries" "factors" "sources"),
        set: LazyLock::new(|| EMBEDDED[0].load()),
    },
    Embedded {
        version: "2026.11",
        sha256: "8a2fbe6da3f189a1e88d7f8ece8bfa5ec588a17c3d54929fca8a2a29b9b47b1c",
        files: files!(
            "2026.11": "aliases" "boundaries" "clouds" "ecologits" "factors" "models" "providers" "regions" "sources" "zones"
        ),
        set: LazyLock::new(|| EMBEDDED[1].load()),
    },
];

impl Embedded {
    fn load(&self) -> FactorSet {
        let alone = Tables::TABLE_ALONE;
        let text = |name: &str, otherwise| {
            self.files.iter().find(|(file, _)| *file == name).map_or(otherwise, |(_, text)| *text)
        };
        let tables = Tables {
            models: text("models.csv", alone.models),
            zones: text("zones.csv", alone.zones),
            regions: text("regions.csv", alone.regions),
            clouds: text("clouds.csv", alone.clouds),
            providers: text("providers.csv", alone.providers),
            ecologits: text("ecologits.csv", alone.ecologits),
            factors: text("factors.csv", alone.factors),
            boundaries: text("boundaries.csv", alone.boundaries),
            aliases: text("aliases.csv", alone.aliases),
            sources: text("sources.csv", alone.sources),
        };
        FactorSet::parse(self.version, tables).expect("a test loads every embedded set")
    }
}
