//! One word for each concept: the glossary says which words reports and pages do not use.

use super::{
    phrases::{files, texts},
    read,
};
use std::path::PathBuf;

/// Languages of the glossary, with the names of their files.
const LANGUAGES: [(&str, &str); 7] = [
    ("English", "en.rs"),
    ("French", "fr.rs"),
    ("German", "de.rs"),
    ("Italian", "it.rs"),
    ("Spanish", "es.rs"),
    ("Dutch", "nl.rs"),
    ("Polish", "pl.rs"),
];

/// Cells of the rows of the glossary's tables with so many columns.
fn rows(glossary: &str, columns: usize) -> Vec<Vec<&str>> {
    let rows = glossary.lines().filter(|line| line.starts_with("| ") && !line.contains("---"));
    let rows = rows.map(|line| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>());
    rows.filter(|row| row.len() == columns).collect()
}

/// What readers of one language see: reports and dashboards, and the console, which is in English.
fn catalogues(file: &str) -> Vec<PathBuf> {
    let folders = ["carbon-report/src/words", "carbon-server/src/pages/dashboard/words"];
    let mut found: Vec<PathBuf> =
        folders.into_iter().flat_map(files).filter(|path| path.ends_with(file)).collect();
    assert!(found.len() > 5, "{found:?}");
    if file == "en.rs" {
        found.extend(files("carbon-server/templates/console"));
    }
    found
}

/// As the words are compared: in small letters, with one kind of apostrophe and of space.
fn plain(text: &str) -> String {
    text.to_lowercase().replace('\'', "’").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether words are in a text, and do not begin within one of its words.
fn has(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(at, _)| !text[..at].ends_with(char::is_alphabetic))
}

#[test]
fn every_concept_has_a_word_in_every_language_and_no_second_one_is_used() {
    let glossary = read("docs/glossary.md");
    let concepts = rows(&glossary, 4);
    assert!(concepts.len() > 20, "{concepts:?}");
    assert!(concepts.iter().flatten().all(|cell| !cell.is_empty()), "{concepts:?}");
    let others = rows(&glossary, 5);
    assert!(others.len() > 20 && others.iter().flatten().all(|cell| !cell.is_empty()), "{others:?}");
    for concept in others.iter().map(|row| row[0].trim_end_matches('*')) {
        assert!(concepts.iter().any(|row| has(row[0], concept)), "{concept} is no concept");
    }
    let banned = rows(&glossary, 3);
    let mut found = Vec::new();
    for (language, file) in LANGUAGES {
        let banned: Vec<&Vec<&str>> = banned.iter().filter(|row| row[0] == language).collect();
        assert!(banned.len() > 5, "{language}: {banned:?}");
        for path in catalogues(file) {
            for (line, text) in texts(&path) {
                let text = plain(&text);
                let used = banned.iter().filter(|row| has(&text, &plain(row[1])));
                found.extend(
                    used.map(|row| format!("{}:{line}: {:?}: say {:?}", path.display(), row[1], row[2])),
                );
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The report's catalogue has the same test in its library.
#[test]
fn the_dashboard_sets_french_as_french_is_set() {
    for (line, text) in texts(&PathBuf::from("carbon-server/src/pages/dashboard/words/fr.rs")) {
        assert!(!text.contains('\''), "line {line}: a straight apostrophe in {text}");
        for (at, mark) in text.match_indices([':', ';', '?', '!', '»', '%']) {
            let space = if [":", "»"].contains(&mark) { '\u{a0}' } else { '\u{202f}' };
            assert_eq!(text[..at].chars().next_back(), Some(space), "line {line}: before {mark} in {text}");
        }
    }
}

/// The report's catalogues have the same test in their library.
#[test]
fn the_servers_words_fill_in_the_same_in_every_language() {
    let filled = |text: &str| {
        let names = text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).map(str::to_owned);
        let mut names: Vec<String> = names.collect();
        names.sort_unstable();
        names
    };
    for folder in ["pages/dashboard/words", "pages/verify/words", "report/verification/words"] {
        let words = |file: &str| texts(&PathBuf::from(format!("carbon-server/src/{folder}/{file}")));
        let english = words("en.rs");
        assert!(english.len() > 20, "{folder}: {english:?}");
        for (language, file) in LANGUAGES {
            let its = words(file);
            assert_eq!(english.len(), its.len(), "{folder}, {language}");
            for ((_, english), (line, its)) in english.iter().zip(&its) {
                assert_eq!(filled(english), filled(its), "{folder}/{file}:{line}: {its}");
                assert!(language == "English" || !its.contains('\''), "{folder}/{file}:{line}: {its}");
            }
        }
    }
}
