//! `README.txt`: what a pack is and how to check it, for who has nothing but the pack. It follows from the statement, from which
//! files are there, and from the address in the manifest, so that no word of it can be changed unseen.

use super::{
    EVENTS, FACTORS, LOGO, MANIFEST, NotVerified, PROOF, PackError, README, REPORT, STATEMENT, SUMS,
    TIME_STAMP, WINDOWS,
    contents::Contents,
    difference::{json, same_rows},
};
use crate::{
    form::Form,
    forms::TAXONOMY,
    heading::Heading,
    pdf::font,
    wire,
    words::{PackWords, Wording},
};
use carbon_core::{Grams, Range};
use serde::Deserialize;

/// What a pack is packed as, in the commands; who has it may have given it another name.
const PACKED: &str = "evidence.zip";
/// The statements of months, whatever months they are.
const MONTHS: &str = "YYYY-MM.statement.json";
const COLUMNS: usize = 78;
/// Longest address of a page.
const ADDRESS_BYTES_MAX: usize = 2_048;

/// What a statement says that stands in the text.
#[derive(Deserialize)]
pub(super) struct Stated {
    heading: Heading,
    generator: String,
    total: StatedTotal,
}

#[derive(Deserialize)]
struct StatedTotal {
    #[serde(rename = "co2_grams", with = "wire::maybe_range")]
    co2: Option<Range<Grams>>,
}

/// Whether a text is the address of a page, and nothing else.
fn is_address(text: &str) -> bool {
    let is_web = text.starts_with("https://") || text.starts_with("http://");
    is_web
        && text.len() <= ADDRESS_BYTES_MAX
        && !text.contains(char::is_whitespace)
        && font::without_controls(text) == text
}

/// An address of a page, or why it is none.
pub(super) fn address(text: &str) -> Result<String, PackError> {
    if is_address(text) { Ok(text.to_owned()) } else { Err(PackError::NoAddress(text.to_owned())) }
}

/// The text of a pack that has these files besides it, its checksums and its manifest.
pub(super) fn text(
    stated: &Stated,
    has: impl Fn(&str) -> bool,
    script: &str,
    verify_at: Option<&str>,
) -> String {
    let Heading { client, supplier, month, through, revision, report_id, .. } = &stated.heading;
    let language = stated.heading.language;
    let (words, wording) = (PackWords::of(language), Wording::of(language));
    let is_period = through.is_some();
    let mut page = Page(String::new());
    page.heading(words.title, '=');
    let subject = words.subject.replace("{period}", &language.period(*month, *through));
    page.paragraph("", &subject.replace("{client}", &font::without_controls(&client.name)));
    let emissions = stated.total.co2.map_or_else(
        || words.not_quantified.to_owned(),
        |co2| {
            let [_, mass, _] = wording.masses(co2);
            words
                .emissions
                .replace("{mass}", &mass)
                .replace("{range}", &wording.range(co2))
                .replace("{grams}", &language.number(co2.central().as_decimal()))
        },
    );
    let report = words
        .report
        .replace("{revision}", &revision.to_string())
        .replace("{status}", wording.status(stated.heading.status))
        .replace("{id}", &font::without_controls(report_id));
    let values =
        [font::without_controls(&supplier.name), emissions, report, language.date(stated.heading.issued_on)];
    for (label, value) in words.labels.iter().zip(values) {
        page.line("", &format!("{label}{}{value}", language.colon()));
    }
    let [what, files, how, shows, shows_not] = words.headings;
    page.heading(what, '-');
    words.what.iter().for_each(|text| page.paragraph("", text));
    page.paragraph("", if is_period { words.of_period } else { words.of_month });

    page.heading(files, '-');
    for (name, is) in described(words, script, is_period) {
        let first = name.split(", ").next().unwrap_or_default();
        if [README, SUMS, MANIFEST, MONTHS].contains(&first) || has(first) {
            page.line("", &name);
            page.line("    ", is);
        }
    }
    page.heading(how, '-');
    page.paragraph("", words.before);
    let [python, command, site] = words.ways;
    page.paragraph("1. ", &python.replace("{script}", script));
    page.command(&format!("python3 {script} {PACKED}"));
    page.paragraph("2. ", &command.replace("{generator}", &font::without_controls(&stated.generator)));
    page.command(&format!("carbon-server verify {PACKED}"));
    let place = if verify_at.is_some() { words.at_address } else { words.at_supplier };
    page.paragraph("3. ", &format!("{site} {place}"));
    verify_at.into_iter().for_each(|address| page.command(address));
    page.paragraph("", words.sums);
    page.command(&format!("sha256sum -c {SUMS}"));
    page.paragraph("", words.trust);

    page.heading(shows, '-');
    let own = if is_period { words.shows_period } else { words.shows_month };
    own.iter().chain(words.shows).for_each(|text| page.paragraph("- ", text));
    page.heading(shows_not, '-');
    let own = if is_period { words.shows_not_period } else { words.shows_not_month };
    own.iter().chain(words.shows_not).for_each(|text| page.paragraph("- ", text));
    page.0
}

/// Files and what they are, in the order in which people ask for them.
fn described(words: &PackWords, script: &str, is_period: bool) -> Vec<(String, &'static str)> {
    let is = &words.files;
    let mut all = vec![(README.to_owned(), is.readme), (REPORT.to_owned(), is.report)];
    all.extend(Form::ALL.map(|form| (form.name().to_owned(), is.form(form))));
    let taxonomy: Vec<&str> = TAXONOMY.iter().map(|(name, _)| *name).collect();
    all.push((taxonomy.join(", "), is.taxonomy));
    if is_period {
        all.push((MONTHS.to_owned(), is.months));
    }
    let others = [
        (EVENTS, is.events),
        (FACTORS, is.factors),
        (WINDOWS, is.windows),
        (LOGO, is.logo),
        (PROOF, is.proof),
        (TIME_STAMP, is.time_stamp),
        (script, is.script),
        (MANIFEST, is.manifest),
        (SUMS, is.sums),
    ];
    all.extend(others.map(|(name, is)| (name.to_owned(), is)));
    all
}

/// Whether the text in a pack is the one that it should be.
pub(super) fn check(pack: &Contents, script: &str, verify_at: Option<&str>) -> Result<(), NotVerified> {
    if !verify_at.is_none_or(is_address) {
        return Err(NotVerified::at(format!("{MANIFEST}, /verify_at"), "is no address of a page"));
    }
    let stated: Stated = json(STATEMENT, pack.member(STATEMENT)?)?;
    same_rows(README, &text(&stated, |name| pack.has(name), script, verify_at), pack.member(README)?)
}

/// A text in lines that a terminal shows whole.
struct Page(String);

impl Page {
    fn heading(&mut self, text: &str, under: char) {
        if !self.0.is_empty() && !self.0.ends_with("\n\n") {
            self.0.push('\n');
        }
        let rule: String = text.chars().map(|_| under).collect();
        self.0.extend([text, "\n", &rule, "\n\n"]);
    }

    /// Lines that end a paragraph.
    fn paragraph(&mut self, begin: &str, text: &str) {
        self.line(begin, text);
        self.0.push('\n');
    }

    /// What is to be typed, or opened, as it stands.
    fn command(&mut self, text: &str) {
        self.0.extend(["    ", text, "\n\n"]);
    }

    /// Lines; those behind the first are as far in as what it begins with.
    fn line(&mut self, begin: &str, text: &str) {
        let indent = " ".repeat(begin.len());
        let (mut line, mut columns) = (begin.to_owned(), begin.len());
        for word in text.split(' ') {
            let length = word.chars().count();
            if columns > indent.len() && columns + 1 + length > COLUMNS {
                self.0.extend([line.as_str(), "\n"]);
                (line, columns) = (indent.clone(), indent.len());
            }
            if columns > indent.len() {
                line.push(' ');
                columns += 1;
            }
            line.push_str(word);
            columns += length;
        }
        self.0.extend([line.as_str(), "\n"]);
    }
}
