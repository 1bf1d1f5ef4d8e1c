//! One program for all targets, so it is built once: `CARBON_FUZZ_TARGET` says which of them it is.

#![no_main]

use carbon_server::fuzzing::{TARGETS, Target};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("CARBON_FUZZ_TARGET").unwrap_or_default();
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    let target = TARGETS.iter().find(|target| target.name == name);
    target.unwrap_or_else(|| panic!("CARBON_FUZZ_TARGET is none of {}", names.join(", ")))
});

fuzz_target!(|input: &[u8]| (TARGET.check)(input));
