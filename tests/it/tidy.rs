//! The house in order: what a reviewer would otherwise have to remember.

mod glossary;
mod phrases;

use crate::server::ROOT;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

fn read(path: impl AsRef<Path>) -> String {
    let path = Path::new(ROOT).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every source file of the project, as a path from its root.
fn sources() -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path.strip_prefix(ROOT).unwrap().to_owned());
            }
        }
    }

    let mut found = Vec::new();
    for folder in ["carbon-core", "carbon-report", "carbon-server", "examples", "benches", "tests"] {
        walk(&Path::new(ROOT).join(folder), &mut found);
    }
    assert!(found.len() > 30, "the walk went wrong: {found:?}");
    found
}

#[test]
fn dependencies_point_one_way() {
    for (krate, absent) in [
        (
            "carbon-core",
            &["llm-carbon-report", "carbon-report", "carbon-server", "tokio", "hyper", "rusqlite", "genpdf"]
                [..],
        ),
        ("carbon-report", &["carbon-server", "tokio", "hyper", "rusqlite"]),
        ("carbon-server", &["genpdf", "lopdf"]),
    ] {
        let manifest = read(format!("{krate}/Cargo.toml"));
        for name in absent {
            let depends = manifest
                .lines()
                .any(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '.', '='])));
            assert!(!depends, "{krate} must not depend on {name}");
        }
    }
}

#[test]
fn each_library_keeps_to_its_place() {
    for (library, places) in [
        ("hyper::", &["carbon-server/src/server/"][..]),
        ("rusqlite", &["carbon-server/src/store/"]),
        ("genpdf", &["carbon-report/src/pdf/canvas.rs"]),
        ("rust_xlsxwriter", &["carbon-report/src/forms/workbook/mod.rs"]),
        // Whoever opens a table in a spreadsheet runs nothing; the other writes rows of factor sets as they were.
        ("csv::Writer", &["carbon-report/src/forms/table.rs", "carbon-core/src/load/whole.rs"]),
    ] {
        let products =
            sources().into_iter().filter(|path| path.components().any(|part| part.as_os_str() == "src"));
        for path in products {
            let code: String =
                read(&path).lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            let here = path.to_str().unwrap();
            let allowed = places.iter().any(|place| here.starts_with(place));
            assert!(allowed || !code.contains(library), "{library} is used in {here}");
        }
    }
}

#[test]
fn carbon_core_reads_no_clock_and_no_file() {
    for path in sources().iter().filter(|path| path.starts_with("carbon-core/src")) {
        let code = read(path);
        let std = ["std::fs", "std::net", "std::env", "std::time", "std::process", "SystemTime", "Instant"];
        // Days of validity are dates; the crate that has dates has a clock too.
        for word in std.into_iter().chain(["Timestamp", "Zoned", "::now"]) {
            assert!(!code.contains(word), "{word} in {}", path.display());
        }
    }
}

/// The standard library leaves these to the platform, and platforms differ in the last digit.
#[test]
fn carbon_core_computes_the_same_bits_everywhere() {
    for path in sources().iter().filter(|path| path.starts_with("carbon-core/src")) {
        let code = read(path);
        let products = code.split("#[cfg(test)]").next().unwrap_or("");
        for call in [".exp()", ".ln()", ".log10()", ".powf(", ".exp2()", ".log2()"] {
            // Powers of two and their logarithms, rounded up to whole numbers, are exact enough anywhere.
            let whole = path.ends_with("ecologits/mod.rs") && call.ends_with("2()");
            assert!(whole || !products.contains(call), "{call} in {}", path.display());
        }
    }
}

#[test]
fn no_file_is_a_heap_and_none_is_a_junk_drawer() {
    /// Past this a file holds more than one noun.
    const LINES_MAX: usize = 420;
    for path in sources() {
        let lines = read(&path).lines().count();
        assert!(lines <= LINES_MAX, "{} has {lines} lines: split it by noun", path.display());
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(
            !["util", "utils", "common", "helper", "helpers", "types", "misc"].contains(&name),
            "{}",
            path.display()
        );
    }
}

#[test]
fn the_changelog_knows_this_version_and_its_factors() {
    let changelog = read("CHANGELOG.md");
    assert!(changelog.contains(&format!("## {}", env!("CARGO_PKG_VERSION"))));
    assert!(changelog.contains("### Factors"));
    for version in carbon_core::FactorSet::versions() {
        assert!(changelog.contains(&format!("`{version}`")), "factor set {version} is not in CHANGELOG.md");
        let sha256 =
            carbon_core::FactorSet::version(version).and_then(carbon_core::FactorSet::sha256).unwrap();
        assert!(
            changelog.contains(sha256),
            "CHANGELOG.md has another digest for {version}: a change is a new set"
        );
    }
}

#[test]
fn every_test_that_a_page_names_exists() {
    let tests: String = sources().iter().map(read).collect();
    for (page, heading) in [("ARCHITECTURE.md", "## Invariants"), ("SECURITY.md", "## The OWASP")] {
        let text = read(page);
        let (_, claims) = text.split_once(heading).unwrap();
        let named: Vec<&str> = claims
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|name| name.len() > 25 && !name.contains(['/', ' ', '.']))
            .collect();
        assert!(named.len() >= 10, "{page}: {named:?}");
        for name in named {
            assert!(tests.contains(&format!("fn {name}(")), "{page}: no test {name}");
        }
    }
}

#[test]
fn links_between_pages_lead_somewhere() {
    for page in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"] {
        each_link_of(page);
    }
    for folder in ["docs", "docs/tools"] {
        for entry in fs::read_dir(Path::new(ROOT).join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.ends_with(".md") {
                each_link_of(&format!("{folder}/{name}"));
            }
        }
    }
}

fn each_link_of(page: &str) {
    let folder = Path::new(ROOT).join(page).parent().unwrap().to_owned();
    for link in read(page).split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        let path = link.split('#').next().unwrap();
        let outside = path.is_empty() || path.starts_with("http");
        assert!(outside || folder.join(path).exists(), "{page} links to {link}");
    }
}

#[test]
fn the_page_of_each_tool_is_in_the_list_and_short() {
    let list = read("docs/tools/README.md");
    for entry in fs::read_dir(Path::new(ROOT).join("docs/tools")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let page = read(format!("docs/tools/{name}"));
        assert!(page.lines().count() <= 45, "docs/tools/{name} is long");
        if name != "README.md" {
            assert!(list.contains(&format!("]({name})")), "docs/tools/README.md lacks {name}");
            let parts = ["**Counted**", "**Good to know**", "ested"];
            assert!(parts.iter().all(|part| page.contains(part)), "docs/tools/{name} lacks one of {parts:?}");
        }
    }
}

#[test]
fn the_coefficient_table_in_the_readme_is_the_registrys() {
    let readme = read("README.md");
    for factor in carbon_core::FactorSet::version("2025.1").unwrap().factors() {
        let row = format!(
            "| {} | {} | {} | {} |",
            factor.model(),
            factor.central().value(),
            factor.confidence(),
            factor.source().title()
        );
        assert!(readme.contains(&row), "README.md lacks\n{row}");
    }
}

#[test]
fn the_readme_counts_what_the_registry_has() {
    let readme = read("README.md");
    let set = carbon_core::FactorSet::latest();
    let models = set.models().iter();
    let (sized, others): (Vec<_>, Vec<_>) = models.partition(|model| model.parameters().is_some());
    let (countries, aggregates): (Vec<_>, Vec<_>) =
        set.zones().iter().partition(|zone| zone.alpha_2().is_some());
    let sentence = format!(
        "It covers {} models, the grids of {} countries and {} aggregates of countries, and {} cloud regions; {} models are listed without a public size.",
        sized.len(),
        countries.len(),
        aggregates.len(),
        set.regions().count(),
        others.len()
    );
    assert!(readme.contains(&sentence), "README.md lacks {sentence:?}");
}

/// The floors of a crate, from top to bottom: modules on one line stand side by side.
const FLOORS: &[(&str, &[&[&str]])] = &[
    (
        "carbon-server",
        &[
            &["fuzzing"],
            &["command"],
            &["server"],
            &["pages"],
            &["api", "background"],
            &["pact", "ingest"],
            &["app"],
            &["report", "auth", "openapi"],
            &["http"],
            &["config", "registry"],
            &["store"],
            &["base"],
        ],
    ),
    (
        "carbon-report",
        &[
            &["pack", "whatif"],
            &["layout", "forms"],
            &["words"],
            &["statement", "equivalent"],
            &["brand", "evidence"],
            &["figure", "heading", "target"],
            &["language", "valued", "instrument"],
            &["period"],
            &["pdf", "lei", "month", "form", "datapoints", "wire", "merkle"],
            &["certificate", "edition", "time_stamp", "checkpoint"],
            &["activity"],
            &["counts"],
        ],
    ),
    (
        "carbon-core",
        &[
            &["registry"],
            &["json", "load", "opinion", "deployment"],
            &["method", "call", "provider"],
            &["resolution"],
            &["own"],
            &["measure"],
            &["place", "model"],
            &["training", "video", "grid"],
            &["factor", "energy"],
            &["quantity", "usage", "interval", "size", "attention"],
            &["exact", "name", "float", "words", "draws", "memo"],
        ],
    ),
];

/// A module imports what lies beneath it, and nothing else.
#[test]
fn arrows_run_down() {
    for (krate, floors) in FLOORS {
        let code = code_of(krate);
        let mut upward = Vec::new();
        for (module, text) in &code {
            let Some(here) = module.first() else { continue };
            assert!(
                floors.iter().any(|floor| floor.contains(&here.as_str())),
                "{krate}: {here} is on no floor"
            );
            for path in paths_in(text) {
                if is_upward(floors, here, &path[0]) {
                    upward.push(format!("{krate}: {} imports {}", module.join("::"), path.join("::")));
                }
            }
        }
        assert!(upward.is_empty(), "{}", upward.join("\n"));
    }
}

/// But for a `mod.rs` and its own children, no files of a crate import each other, not even by way of others.
#[test]
fn no_files_import_each_other() {
    for (krate, _) in FLOORS {
        let code = code_of(krate);
        let mut imports: BTreeMap<&[String], Vec<&[String]>> = BTreeMap::new();
        for (module, text) in &code {
            let imported = paths_in(text).into_iter().filter_map(|path| {
                let lengths = (1..=path.len()).rev();
                let known = lengths.filter_map(|length| code.get_key_value(&path[..length])).next()?;
                Some(known.0.as_slice())
            });
            let others = imported.filter(|path| !path.starts_with(module) && !module.starts_with(path));
            imports.insert(module, others.collect());
        }
        // Taking away what imports nothing that is left leaves the circles.
        while let Some(free) =
            imports.iter().find(|(_, others)| others.iter().all(|other| !imports.contains_key(other)))
        {
            let free = *free.0;
            imports.remove(free);
        }
        assert!(imports.is_empty(), "{krate}: {:?} are tied in circles", imports.keys());
    }
}

#[test]
fn an_upward_import_would_be_seen() {
    let see = |code: &str| -> Vec<String> { paths_in(code).iter().map(|path| path.join("::")).collect() };
    for (code, expect) in [
        ("use crate::high::Thing;", vec!["high::Thing"]),
        (
            "use crate::{\n    beside::{self, Thing},\n    low::{a::B, c},\n};",
            vec!["beside", "beside::Thing", "low::a::B", "low::c"],
        ),
        ("fn f() -> crate::high::Thing {}", vec!["high::Thing"]),
        ("pub(in crate::high) fn f() {}", vec![]),
        ("//! [`crate::high::Thing`]\nuse std::fmt;", vec![]),
    ] {
        assert_eq!(see(code), expect, "{code}");
    }
    let floors: &[&[&str]] = &[&["high"], &["low", "beside"]];
    assert!(is_upward(floors, "low", "high") && is_upward(floors, "low", "beside"));
    assert!(!is_upward(floors, "high", "low") && !is_upward(floors, "low", "low"));
}

/// Whether `imported` is no lower than `module`, and another.
fn is_upward(floors: &[&[&str]], module: &str, imported: &str) -> bool {
    let floor = |name: &str| floors.iter().position(|floor| floor.contains(&name));
    let (Some(here), Some(there)) = (floor(module), floor(imported)) else { return false };
    module != imported && there <= here
}

/// The code of each module of a crate, without its tests and its comments; the root has no name.
fn code_of(krate: &str) -> BTreeMap<Vec<String>, String> {
    let root = format!("{krate}/src");
    let files = sources().into_iter().filter(|path| path.starts_with(&root));
    let module = |path: &Path| {
        let path = path.strip_prefix(&root).unwrap().with_extension("");
        let names = path.components().map(|part| part.as_os_str().to_str().unwrap().to_owned());
        names.filter(|name| !["mod", "lib", "main"].contains(&name.as_str())).collect::<Vec<_>>()
    };
    let code = |path: &Path| read(path).split("#[cfg(test)]").next().unwrap_or("").to_owned();
    files.filter(|path| !path.ends_with("main.rs")).map(|path| (module(&path), code(&path))).collect()
}

/// Every path that begins with `crate`, in use declarations and elsewhere, without that word.
fn paths_in(code: &str) -> Vec<Vec<String>> {
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code: String = lines.flat_map(|line| [line, "\n"]).collect();
    let places = code.match_indices("crate::").filter(|(place, _)| !code[..*place].ends_with("pub(in "));
    places.flat_map(|(place, word)| paths_behind(&code[place + word.len()..])).collect()
}

/// The paths that a text begins with: one, or those of a group.
fn paths_behind(text: &str) -> Vec<Vec<String>> {
    let Some(group) = text.strip_prefix('{') else {
        let name: String = text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let rest = &text[name.len()..];
        let below = rest.strip_prefix("::").map(paths_behind).unwrap_or_default();
        return match (name.as_str(), below.is_empty()) {
            ("" | "self", _) => vec![Vec::new()],
            (_, true) => vec![vec![name]],
            (_, false) => below.into_iter().map(|path| [vec![name.clone()], path].concat()).collect(),
        };
    };
    let (mut depth, mut start, mut paths) = (0, 0, Vec::new());
    for (place, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                let item = group[start..place].trim();
                if !item.is_empty() {
                    paths.extend(paths_behind(item));
                }
                start = place + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    paths
}
