//! The counts in the tree, with what they depend on besides the code.

use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fs, process::Command};

/// Set, it writes what was measured to the tree.
pub(crate) const REFRESH: &str = "UPDATE_COUNTS";

#[derive(Default, Deserialize, Serialize)]
pub(crate) struct Committed {
    /// Counts are compared where all of it is the same.
    pub build: BTreeMap<String, String>,
    pub instructions: BTreeMap<String, u64>,
}

/// Tests have a build of their own, with assertions and little optimisation; `cargo bench` builds what is shipped.
pub(crate) const COMMAND: &str = if cfg!(debug_assertions) {
    "cargo test --bench instructions"
} else {
    "cargo bench --bench instructions"
};

const FILE: &str = if cfg!(debug_assertions) {
    concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions/tests.json")
} else {
    concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions/shipped.json")
};

impl Committed {
    /// None where nobody has counted yet.
    pub(crate) fn read() -> Option<Self> {
        let text = fs::read_to_string(FILE).ok()?;
        Some(serde_json::from_str(&text).expect("the file is as it was written"))
    }

    pub(crate) fn write(&self) {
        let text = serde_json::to_string_pretty(self).expect("JSON") + "\n";
        fs::write(FILE, text).expect("the file is written");
    }
}

/// The compilers and libraries whose instructions are counted, and what counts them.
pub(crate) fn build() -> BTreeMap<String, String> {
    let first_line = |program: &str, argument: &str| {
        let output = Command::new(program).arg(argument).output();
        let output =
            output.unwrap_or_else(|error| panic!("{program}: {error}; .ci/install tests installs it"));
        let text = String::from_utf8(output.stdout).expect("text");
        text.lines().next().expect("a version").to_owned()
    };
    let lines = [
        ("rustc", first_line("rustc", "--version")),
        ("C compiler", first_line("cc", "--version")),
        ("C library", first_line("getconf", "GNU_LIBC_VERSION")),
        ("valgrind", first_line("valgrind", "--version")),
        ("processor", format!("{}{}", std::env::consts::ARCH, vectors())),
    ];
    lines.map(|(name, value)| (name.to_owned(), value)).into()
}

/// Libraries choose their code by what the processor has, of which valgrind shows them this.
#[cfg(target_arch = "x86_64")]
fn vectors() -> &'static str {
    if is_x86_feature_detected!("avx2") { " with AVX2" } else { "" }
}

#[cfg(not(target_arch = "x86_64"))]
fn vectors() -> &'static str {
    ""
}
