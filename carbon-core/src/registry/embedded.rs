//! The sets that ship with the crate.

use crate::{
    FactorSet,
    load::tables::{Layer, Tables},
};
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
pub(super) static EMBEDDED: [Embedded; 3] = [
    Embedded {
        version: "2025.1",
        sha256: "a1d873da84fd040cf59a2096347c55e525e5ddc67d774266e41eb4d0f001aa66",
        files: files!("2025.1": "aliases" "boundaries" "factors" "sources"),
        set: LazyLock::new(|| Embedded::load(0)),
    },
    Embedded {
        version: "2026.11",
        sha256: "5d4f06bea874dce86019fe984f8c971067e7bca9a671354995e8e4c96082cb49",
        files: files!(
            "2026.11": "aliases" "boundaries" "clouds" "ecologits" "factors" "models" "providers" "regions" "sources" "zones"
        ),
        set: LazyLock::new(|| Embedded::load(1)),
    },
    Embedded {
        version: "2026.12",
        sha256: "85e0a908488ea6a27a5c931af1b030770030857b3aa464f530f5ca0049668411",
        files: files!(
            "2026.12": "aliases" "boundaries" "classes" "clouds" "ecologits" "factors" "models" "providers" "regions"
            "sources" "zones"
        ),
        set: LazyLock::new(|| Embedded::load(2)),
    },
];

impl Embedded {
    fn load(place: usize) -> FactorSet {
        let Embedded { version, files, .. } = &EMBEDDED[place];
        let layer = Layer { version: (*version).to_owned(), tables: Tables::of_files(files) };
        let set = FactorSet::load(vec![layer]).expect("a test loads every embedded set");
        FactorSet { released: Some(place), ..set }
    }
}
