//! Problems as pages, with a link to continue.

use crate::{
    http::problem::ProblemDocument,
    pages::{dashboard::DashboardWords, languages, models, shell::Shell, verify},
};
use askama::Template;
use carbon_core::FactorSet;
use carbon_report::Language;

/// Who views a response.
#[derive(Clone, Debug)]
pub(crate) struct Viewer {
    /// Path of the requested page.
    pub(crate) path: String,
    /// The query, without the `?`.
    pub(crate) query: String,
    /// Value of `Accept-Language`.
    pub(crate) languages: String,
    /// The set that values calls here.
    pub(crate) set: &'static FactorSet,
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    shell: Shell,
    problem: &'a ProblemDocument<'a>,
    /// Names that may have been meant, with their pages.
    suggestions: Vec<(String, &'a str)>,
    /// A link to continue: address and text.
    way: (&'static str, &'static str),
}

/// What a client with an invalid link sees: in its language, and without links to the vendor's console.
#[derive(Template)]
#[template(path = "link_over.html")]
struct LinkOver<'a> {
    shell: Shell,
    words: &'static DashboardWords,
    problem: &'a ProblemDocument<'a>,
}

/// The page of a problem.
pub(crate) fn of_problem(problem: &ProblemDocument<'_>, viewer: &Viewer) -> String {
    const NOT_FOUND: u16 = 404;
    let page = if viewer.path == verify::PATH {
        verify::of_problem(problem, viewer)
    } else if viewer.path.starts_with("/d/") && problem.status == NOT_FOUND {
        let language = viewer.language();
        let shell = Shell { language: language.as_str(), ..Shell::private(viewer.set, "") };
        LinkOver { shell, words: DashboardWords::of(language), problem }.render()
    } else {
        // The console is shown only to users who are logged in.
        let in_console = viewer.path == "/app" || viewer.path.starts_with("/app/");
        let in_registry = viewer.path.starts_with("/registry/");
        let way = match (in_console, in_registry) {
            (true, _) => ("/app", "Go to the console"),
            (_, true) => ("/registry", "Search the registry"),
            _ => ("/", "Go to the home page"),
        };
        let names = problem.suggestions.iter().filter(|_| in_registry);
        let suggestions = names.map(|name| (models::address(name), name.as_str())).collect();
        let shell = Shell { is_logged_in: in_console, ..Shell::private(viewer.set, "") };
        ProblemPage { shell, problem, suggestions, way }.render()
    };
    page.unwrap_or_else(|_| problem.title.to_owned())
}

impl Viewer {
    /// The requested language, otherwise the browser's first preference that we have.
    pub(super) fn language(&self) -> Language {
        let asked = form_urlencoded::parse(self.query.as_bytes()).find(|(name, _)| name == "language");
        languages::chosen(asked.map(|(_, code)| code).as_deref(), &self.languages)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clients_language_is_the_one_it_asks_for_or_its_browsers() {
        for (query, languages, expect) in [
            ("", "", Language::En),
            ("", "pt-BR, de-AT;q=0.8, fr;q=0.5", Language::De),
            ("month=2026-10&language=fr", "de", Language::Fr),
            ("language=xx", "de", Language::De),
        ] {
            let (path, query, languages) = (String::new(), query.to_owned(), languages.to_owned());
            let set = FactorSet::latest();
            assert_eq!(Viewer { path, query, languages, set }.language(), expect);
        }
    }
}
