//! Pages of the documentation, from the files in the repository, which tests compare with the code.

use crate::{
    app::App,
    http::{
        answer::{Answer, Policy},
        problem::Problem,
        request::Input,
    },
    openapi,
    pages::shell::Shell,
};
use askama::Template;
use pulldown_cmark::{
    CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html::push_html,
};
use std::sync::LazyLock;

#[derive(Template)]
#[template(path = "docs.html")]
struct ApiPage {
    shell: Shell,
    /// HTML of our own text.
    text: String,
}

/// Like that of every page, except that the viewer needs inline styles and images.
const VIEWER_POLICY: Policy = Policy {
    content: "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
              base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    referrer: "no-referrer",
};

/// `GET /docs`: the API's description, in a viewer.
pub(super) async fn api(app: &App, input: &Input) -> Result<Answer, Problem> {
    let text = written(&openapi::introduction(&app.limits));
    let page = ApiPage { shell: Shell::public(app, input, "/docs").await, text };
    Ok(Answer::page(page.render().map_err(Problem::internal)?, VIEWER_POLICY))
}

/// docs/methodology.md as HTML, without its title.
pub(super) fn methodology() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| written(include_str!("../../../docs/methodology.md")));
    &TEXT
}

/// Our own Markdown as a part of a page: without its title, with tables and code in frames that scroll. Links to pages
/// that we do not serve become plain text.
fn written(markdown: &str) -> String {
    let mut headings = headings(markdown).into_iter();
    let mut frames = 0;
    let (mut in_title, mut in_dead_link) = (false, false);
    let events = Parser::new_ext(markdown, Options::ENABLE_TABLES).filter_map(|event| {
        let raw = |html: String| Some(Event::Html(CowStr::from(html)));
        match event {
            Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }) => {
                in_title = true;
                headings.next();
                None
            }
            Event::End(TagEnd::Heading(HeadingLevel::H1)) => {
                in_title = false;
                None
            }
            _ if in_title => None,
            Event::Start(Tag::Heading { level, .. }) => {
                let id = slug(&headings.next().unwrap_or_default());
                raw(format!("<{level} id=\"{id}\">"))
            }
            Event::End(TagEnd::Heading(level)) => raw(format!("</{level}>\n")),
            Event::Start(Tag::Table(_)) => {
                frames += 1;
                raw(format!(
                    "<div class=\"table\" role=\"group\" aria-label=\"Table {frames}\" tabindex=\"0\"><table>"
                ))
            }
            Event::End(TagEnd::Table) => raw("</tbody></table></div>\n".to_owned()),
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => {
                raw("<pre tabindex=\"0\"><code>".to_owned())
            }
            Event::End(TagEnd::CodeBlock) => raw("</code></pre>\n".to_owned()),
            Event::Start(Tag::Link { dest_url, .. }) => match address(&dest_url) {
                Some(to) => raw(format!("<a href=\"{to}\" rel=\"noreferrer\">")),
                None => {
                    in_dead_link = true;
                    None
                }
            },
            // Links to other pages of the documentation are named after their files.
            Event::Text(text) if text.ends_with(".md") => {
                Some(Event::Text(text.trim_end_matches(".md").to_owned().into()))
            }
            Event::End(TagEnd::Link) if std::mem::take(&mut in_dead_link) => None,
            other => Some(other),
        }
    });
    let mut text = String::new();
    push_html(&mut text, events);
    text
}

/// The address on our pages for a link in the documentation; `None` for other files of the repository.
fn address(link: &str) -> Option<String> {
    match link {
        "registry.md" => Some("/registry".to_owned()),
        "methodology.md" => Some("/methodology".to_owned()),
        url if url.starts_with("https://") => Some(url.replace('"', "%22")),
        _ => None,
    }
}

/// The texts of all headings, in their order.
fn headings(markdown: &str) -> Vec<String> {
    let mut headings: Vec<String> = Vec::new();
    let mut open = false;
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { .. }) => {
                headings.push(String::new());
                open = true;
            }
            Event::End(TagEnd::Heading(_)) => open = false,
            Event::Text(text) | Event::Code(text) if open => {
                if let Some(heading) = headings.last_mut() {
                    heading.push_str(&text);
                }
            }
            _ => {}
        }
    }
    headings
}

/// `Its range` as `its-range`.
fn slug(heading: &str) -> String {
    let words = heading.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_becomes_a_part_of_a_page() {
        let text = written(
            "# Title\n\nSee [all](registry.md), [code](../src/x.rs) and [it](https://e.org/).\n\n## The `range`\n\n\
             | a | b |\n|---|---|\n| 1 | <b> |\n\n```rust\nlet x = 1 < 2;\n```\n",
        );
        for part in [
            "<a href=\"/registry\" rel=\"noreferrer\">all</a>",
            ", code and ",
            "<h2 id=\"the-range\">The <code>range</code></h2>",
            "<div class=\"table\" role=\"group\" aria-label=\"Table 1\" tabindex=\"0\"><table>",
            "</tbody></table></div>",
            "<pre tabindex=\"0\"><code>let x = 1 &lt; 2;\n</code></pre>",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        assert!(!text.contains("Title"));
    }
}
