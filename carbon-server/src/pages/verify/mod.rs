//! The page that checks a report or an evidence pack, of anybody, for anybody. Nothing of it is stored.

mod form;
mod words;

use crate::{
    app::App,
    auth::rate_limit::network_of,
    config::EVIDENCE_BYTES_MAX,
    http::{
        answer::Answer,
        problem::{Problem, ProblemDocument},
        request::Input,
    },
    pages::{
        Viewer,
        html::html,
        languages::{self, LanguageChoice},
        shell::Shell,
        verify::{form::SentFile, words::VerifyWords},
    },
    report::verification::{
        apart::{self, NotChecked},
        verdict::Verdict,
        words::{Asker, Said, VerificationWords, shown},
    },
};
use askama::Template;
use carbon_report::Language;
use tokio::runtime::Handle;

pub(super) const PATH: &str = "/verify";

#[derive(Template)]
#[template(path = "verify.html")]
struct VerifyPage {
    shell: Shell,
    words: &'static VerifyWords,
    languages: Vec<LanguageChoice>,
    bytes_max: usize,
    answer: Option<Checked>,
    /// Why there is no answer.
    refusal: Option<String>,
}

/// A file that was checked.
struct Checked {
    /// What it is called, where its sender says so.
    name: Option<String>,
    /// What was found right, or else the first place that differs, and how.
    found: Result<Said, (String, String)>,
}

impl VerifyPage {
    fn of(shell: Shell, language: Language) -> Self {
        VerifyPage {
            shell: Shell { language: language.as_str(), ..shell },
            words: VerifyWords::of(language),
            languages: LanguageChoice::all(language),
            bytes_max: EVIDENCE_BYTES_MAX,
            answer: None,
            refusal: None,
        }
    }

    /// In a word, for the title of the page.
    fn outcome(&self) -> Option<&'static str> {
        let answer = self.answer.as_ref().map(|answer| match answer.found {
            Ok(_) => self.words.verified,
            Err(_) => self.words.not_verified,
        });
        answer.or(self.refusal.as_ref().map(|_| self.words.not_checked))
    }

    /// A size that people read.
    fn mebibytes(&self) -> usize {
        self.bytes_max >> 20
    }
}

/// `GET /verify`
pub(super) async fn show(app: &App, input: &Input) -> Result<Answer, Problem> {
    html(&VerifyPage::of(Shell::public(app, input, PATH).await, language(input)))
}

/// `POST /verify`: a form with one file.
pub(super) async fn check(app: &App, input: Input) -> Result<Answer, Problem> {
    let language = language(&input);
    let page = VerifyPage::of(Shell::public(app, &input, PATH).await, language);
    let own_key = app.checkpoints.signer.as_ref().map(|signer| signer.verifier().to_string());
    let fonts = app.fonts_folder.clone();
    let Input { body, place, headers, peer, .. } = input;
    let runtime = Handle::current();
    let work = move || {
        // As long as anything of the file is in memory.
        let _held = place;
        let SentFile { name, parts } =
            runtime.block_on(form::file(headers.form_type.as_deref().unwrap_or_default(), body))?;
        let too_much = Problem::invalid("/file", "takes more time or memory to check than this page has");
        let verdict = match apart::check(&parts, fonts.as_deref()) {
            Ok(verdict) => verdict,
            Err(NotChecked::NotStarted(error)) => return Err(Problem::internal(error)),
            Err(NotChecked::TooMuch) => {
                let refusal = Some(page.words.too_much.to_owned());
                return Ok(html(&VerifyPage { refusal, ..page })?.refused(&too_much));
            }
        };
        let found = match verdict {
            Verdict::Verified(found) => {
                let asker = Asker::Page { own_key: own_key.as_deref() };
                Ok(VerificationWords::of(language).say(&found, language, &asker))
            }
            Verdict::Refused(refused) => Err((shown(&refused.place), shown(&refused.detail))),
        };
        let answer = Some(Checked { name: name.as_deref().map(shown), found });
        html(&VerifyPage { answer, ..page })
    };
    app.queues.verifications.run(network_of(peer), work).await?
}

/// A file that was not taken.
pub(super) fn of_problem(problem: &ProblemDocument<'_>, viewer: &Viewer) -> askama::Result<String> {
    let page = VerifyPage::of(Shell::private(viewer.set, PATH), viewer.language());
    let refusal = Some(page.words.refusal(problem.status).to_owned());
    VerifyPage { refusal, ..page }.render()
}

fn language(input: &Input) -> Language {
    let accepted = input.headers.languages.as_deref().unwrap_or_default();
    languages::chosen(input.asked("language").as_deref(), accepted)
}

impl Checked {
    /// What was done, as a sentence of its own.
    fn how(said: &Said) -> String {
        let mut letters = said.how.chars();
        letters
            .next()
            .map_or_else(String::new, |first| format!("{}{}", first.to_uppercase(), letters.as_str()))
    }
}
