//! What must hold of whatever bytes others send: for a fuzzer, and for the test that runs what a fuzzer has found.
//!
//! `.ci/fuzz` builds it with `--cfg fuzzing`; nothing that is shipped has it.

mod call;
mod evidence;
mod files;
mod names;
mod periods;
mod proofs;
mod sources;
mod time_stamps;
mod usage_objects;

/// Something that reads what others send.
pub struct Target {
    /// The folder of its inputs in `fuzz/corpus/`.
    pub name: &'static str,
    /// Panics if a property does not hold.
    pub check: fn(&[u8]),
}

/// Everything that is fuzzed.
pub const TARGETS: &[Target] = &[
    Target { name: "names", check: names::check },
    Target { name: "usage_objects", check: usage_objects::check },
    Target { name: "otlp_json", check: sources::check_otlp_json },
    Target { name: "otlp_protobuf", check: sources::check_otlp_protobuf },
    Target { name: "litellm", check: sources::check_litellm },
    Target { name: "langfuse", check: files::check_langfuse },
    Target { name: "tables", check: files::check_table },
    Target { name: "packs", check: evidence::check_pack },
    Target { name: "period_packs", check: periods::check },
    Target { name: "proofs", check: proofs::check },
    Target { name: "reports", check: evidence::check_report },
    Target { name: "time_stamps", check: time_stamps::check },
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, panic, path::Path};

    /// Inputs of each, and whatever broke it once.
    #[test]
    fn every_input_of_the_corpus_keeps_its_property() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
        let folders = fs::read_dir(&corpus).unwrap().count();
        assert_eq!(folders, TARGETS.len(), "a folder of fuzz/corpus has no target");
        for Target { name, check } in TARGETS {
            let inputs: Vec<_> = fs::read_dir(corpus.join(name)).unwrap().map(Result::unwrap).collect();
            assert!(inputs.len() > 2, "{name} has no inputs");
            for input in inputs {
                let bytes = fs::read(input.path()).unwrap();
                let held = panic::catch_unwind(|| check(&bytes));
                assert!(held.is_ok(), "{name}: {}", input.path().display());
            }
        }
    }
}
