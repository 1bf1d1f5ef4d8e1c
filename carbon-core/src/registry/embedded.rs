//! The sets that ship with the crate.

use crate::{
    FactorSet,
    load::tables::{Layer, Tables},
};
use std::sync::LazyLock;

/// A set that ships with the crate.
pub(super) struct Embedded {
    pub(super) version: &'static str,
    /// Names and texts, in the order of the names.
    files: &'static [(&'static str, &'static str)],
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
        files: files!("2025.1": "aliases" "boundaries" "factors" "sources"),
        set: LazyLock::new(|| Embedded::load(0)),
    },
    Embedded {
        version: "2026.11",
        files: files!(
            "2026.11": "aliases" "boundaries" "clouds" "ecologits" "factors" "models" "providers" "regions" "sources" "zones"
        ),
        set: LazyLock::new(|| Embedded::load(1)),
    },
    Embedded {
        version: "2026.12",
        files: files!(
            "2026.12": "aliases" "attention" "boundaries" "classes" "clouds" "ecologits" "factors" "method" "models" "providers" "regions"
            "sources" "training" "video" "zones"
        ),
        set: LazyLock::new(|| Embedded::load(2)),
    },
];

impl Embedded {
    fn load(place: usize) -> FactorSet {
        let Embedded { version, files, .. } = &EMBEDDED[place];
        let layer = Layer {
            version: (*version).to_owned(),
            tables: Tables::of_files(files.iter().copied()).expect("the names of tables"),
        };
        FactorSet::load(vec![layer]).expect("a test loads every embedded set")
    }
}
