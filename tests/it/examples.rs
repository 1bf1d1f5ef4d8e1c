//! Every example runs, and prints what its page says.

use crate::server::ROOT;
use std::{path::Path, process::Command};

#[track_caller]
fn check(example: &str, expect: &str) {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--example", example])
        .current_dir(ROOT)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expect);
}

#[test]
fn estimate() {
    check(
        "estimate",
        concat!(
            "mistral-large-2: 2.85 g CO2e (from 1.14 to 2.85), measured, after ",
            "\"Mistral LCA 2025 (1,14 gCO2e / 400 tokens inférence ; Carbone 4 / ADEME)\"\n",
            "GPT-4o-2024-08-06: 0.3 g CO2e (from 0.03483 to 2.584), estimated, after ",
            "\"Gravity Climate — méthodo. IA (Grove), ~classe GPT-4\"\n",
            "gpt-5-of-my-dreams: no emission factor is known for model \"gpt-5-of-my-dreams\"; ",
            "did you mean one of [\"gpt-5-codex\", \"gpt-5\", \"gpt-5-pro\"]?\n",
        ),
    );
}

#[test]
fn report() {
    let expect = "mistral-large-2: 570 g CO2e, measured\ngpt-4o: 270 g CO2e, estimated\n";
    check("report", expect);
}

#[test]
fn every_example_is_short_and_tested() {
    let this_file = std::fs::read_to_string(Path::new(ROOT).join("tests/it/examples.rs")).unwrap();
    for entry in std::fs::read_dir(Path::new(ROOT).join("examples")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(
            this_file.contains(&format!("\"{name}\", ")) || this_file.contains(&format!("\"{name}\",\n")),
            "{name} is not run"
        );
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines < 60, "{name} has {lines} lines: one idea, under 60");
    }
}
