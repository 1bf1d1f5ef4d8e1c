//! Pages, messages and documentation speak idiomatic English.

use super::{read, sources};
use crate::server::ROOT;
use proc_macro2::{TokenStream, TokenTree};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// `banned-phrases.txt` has phrases that are not idiomatic English, each with what to say instead.
#[test]
fn no_page_or_message_speaks_in_banned_phrases() {
    let list = read("tests/it/banned-phrases.txt");
    let phrases: Vec<(&str, &str)> = list.lines().map(|line| line.split_once('\t').unwrap()).collect();
    let mut found = Vec::new();
    for path in pages().into_iter().chain(code()) {
        let flow = Flow::of(&texts(&path));
        for (phrase, instead) in &phrases {
            for line in flow.lines_with(phrase) {
                found.push(format!("{}:{line}: {phrase:?}: say {instead:?}", path.display()));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_phrase_is_found_across_lines_and_in_any_letters() {
    let texts: Vec<(usize, String)> = [(1, "The month is"), (2, "Told  anew."), (4, "told"), (6, "anew")]
        .map(|(n, t)| (n, t.into()))
        .into();
    let flow = Flow::of(&texts);
    assert_eq!(flow.lines_with("told anew"), [2]);
    assert_eq!(flow.lines_with("is told anew"), [1]);
    assert_eq!(flow.lines_with("told by"), [0; 0]);
}

fn pages() -> Vec<PathBuf> {
    let is_markdown = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "md");
    let mut pages: Vec<PathBuf> = files("docs").into_iter().filter(is_markdown).collect();
    // Titles of sources are quoted as they are.
    pages.retain(|path| path != Path::new("docs/registry.md"));
    pages.extend(["README.md", "CHANGELOG.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].map(PathBuf::from));
    pages.extend(["deploy", "carbon-server/templates"].into_iter().flat_map(files));
    assert!(pages.len() > 50, "the walk went wrong: {pages:?}");
    pages
}

fn code() -> Vec<PathBuf> {
    let is_product = |path: &Path| path.components().nth(1).is_some_and(|part| part.as_os_str() == "src");
    let others = ["fr.rs", "de.rs", "it.rs", "es.rs", "nl.rs", "pl.rs"];
    let is_english = |path: &Path| !others.iter().any(|name| path.ends_with(name));
    let code: Vec<PathBuf> =
        sources().into_iter().filter(|path| is_product(path) && is_english(path)).collect();
    assert!(code.len() > 200, "the walk went wrong: {code:?}");
    code
}

/// Every file below a folder, as a path from the root of the project.
pub(super) fn files(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(Path::new(ROOT).join(folder)).unwrap();
    let below = entries.flat_map(|entry| {
        let entry = entry.unwrap();
        let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() { files(&path) } else { vec![path.into()] }
    });
    below.collect()
}

/// What people read in a file, with line numbers. In code: documentation, and string literals in quotes.
pub(super) fn texts(path: &Path) -> Vec<(usize, String)> {
    let text = read(path);
    if path.extension().is_none_or(|extension| extension != "rs") {
        return text.lines().enumerate().map(|(place, line)| (place + 1, line.to_owned())).collect();
    }
    let mut found = Vec::new();
    texts_of_code(text.parse().unwrap(), &mut found);
    found
}

fn texts_of_code(tokens: TokenStream, found: &mut Vec<(usize, String)>) {
    // `/// Text` is `#[doc = "Text"]`.
    let is_doc = tokens.clone().into_iter().next().is_some_and(|first| first.to_string() == "doc");
    let quote = if is_doc { "" } else { "\"" };
    for token in tokens {
        match token {
            TokenTree::Group(group) => texts_of_code(group.stream(), found),
            TokenTree::Literal(literal) => {
                if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                    found.push((literal.span().start().line, format!("{quote}{}{quote}", text.value())));
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

/// A text in small letters, in one piece up to the end of each paragraph.
struct Flow {
    text: String,
    /// Where each line begins, and its number.
    starts: Vec<(usize, usize)>,
}

impl Flow {
    fn of(texts: &[(usize, String)]) -> Self {
        let (mut flow, mut starts, mut previous) = (String::new(), Vec::new(), 0);
        for (line, text) in texts {
            let words: Vec<&str> = text.split_whitespace().collect();
            let goes_on = *line <= previous + 1 && !words.is_empty();
            starts.push((flow.len(), *line));
            flow.push(if goes_on { ' ' } else { '\n' });
            flow += &words.join(" ").to_ascii_lowercase();
            previous = *line;
        }
        flow.push(' ');
        Flow { text: flow, starts }
    }

    /// The lines in which a phrase begins. It may end in the next line, not in the next paragraph.
    fn lines_with(&self, phrase: &str) -> Vec<usize> {
        let line_at = |place| self.starts.partition_point(|(start, _)| *start <= place);
        let found = self.text.match_indices(phrase);
        found
            .map(|(place, phrase)| {
                let skipped = phrase.len() - phrase.trim_start().len();
                self.starts[line_at(place + skipped) - 1].1
            })
            .collect()
    }
}
