//! What holds of the words of every language.

use super::*;
use crate::{datapoints::datapoints, month::Month, pdf::font::Face};
use carbon_core::{
    FactorSet,
    factor::EmissionFactor,
    model::{Class, Model, Parameters},
};

/// What is between quotation marks in a source file.
fn literals(source: &str) -> impl Iterator<Item = &str> {
    let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split('"').skip(1).step_by(2))
}

/// Every language but English.
fn others() -> impl Iterator<Item = Language> {
    Language::ALL.into_iter().filter(|language| *language != Language::En)
}

macro_rules! catalogues {
    ($code:literal) => {
        [
            include_str!(concat!("terms/", $code, ".rs")),
            include_str!(concat!("prose/", $code, ".rs")),
            include_str!(concat!("market/", $code, ".rs")),
            include_str!(concat!("grids/", $code, ".rs")),
            include_str!(concat!("targets/", $code, ".rs")),
            include_str!(concat!("pack/", $code, ".rs")),
            include_str!(concat!("period/", $code, ".rs")),
            include_str!(concat!("workbook/", $code, ".rs")),
        ]
    };
}

fn catalogues(language: Language) -> [&'static str; 8] {
    match language {
        Language::En => catalogues!("en"),
        Language::Fr => catalogues!("fr"),
        Language::De => catalogues!("de"),
        Language::It => catalogues!("it"),
        Language::Es => catalogues!("es"),
        Language::Nl => catalogues!("nl"),
        Language::Pl => catalogues!("pl"),
    }
}

/// All words of a language, without the English ones that it translates.
fn texts(language: Language) -> impl Iterator<Item = String> {
    let english: Vec<&str> = Prose::of(language).in_tables.iter().map(|(english, _)| *english).collect();
    let texts = catalogues(language).into_iter().flat_map(literals);
    texts
        .filter(move |text| !english.contains(text))
        .map(|text| text.replace("\\u{a0}", "\u{a0}").replace("\\u{202f}", "\u{202f}"))
}

#[test]
fn french_words_have_a_no_break_space_before_high_marks() {
    for text in texts(Language::Fr) {
        let marks = text.match_indices([':', ';', '?', '!', '»', '%']);
        for (at, mark) in marks {
            let before = text[..at].chars().next_back();
            // It is narrow but before a colon and within quotation marks.
            let space = if [":", "»"].contains(&mark) { '\u{a0}' } else { '\u{202f}' };
            assert_eq!(before, Some(space), "before {mark} in {text:?}");
        }
        assert!(
            text.match_indices('«').all(|(at, mark)| text[at + mark.len()..].starts_with('\u{a0}')),
            "{text:?}"
        );
    }
}

#[test]
fn each_language_has_its_own_marks() {
    for (language, quotes) in [
        (Language::Fr, ['«', '»']),
        (Language::De, ['„', '“']),
        (Language::It, ['«', '»']),
        (Language::Es, ['«', '»']),
        (Language::Nl, ['“', '”']),
        (Language::Pl, ['„', '”']),
    ] {
        for text in texts(language) {
            let quoted = |mark: &char| "«»„“”\"".contains(*mark);
            let marks: Vec<char> = text.chars().filter(quoted).collect();
            assert!(marks.chunks(2).all(|pair| pair == quotes), "{text:?} in {language}");
            assert!(!text.contains('\''), "a straight apostrophe in {text:?}");
            // German has compounds with hyphens.
            if language != Language::De {
                let signs = text.match_indices('%').map(|(at, sign)| &text[..at + sign.len()]);
                for before in signs {
                    let amount = before.strip_suffix(language.percent_sign()).unwrap_or_default();
                    assert!(amount.ends_with(|last: char| last.is_ascii_digit()), "{text:?} in {language}");
                }
            }
        }
    }
}

#[test]
fn the_fonts_have_every_letter_of_every_language() {
    let day = |month: u8| Date::constant(2026, month.cast_signed(), 1);
    for language in Language::ALL {
        let months =
            (1..=12).flat_map(|month| [language.date(day(month)), language.month(Month::of(day(month)))]);
        let own = language.weekdays().map(str::to_owned);
        for text in texts(language).chain(months).chain(own) {
            for face in [Face::Regular, Face::Bold] {
                let lacks: Vec<char> =
                    text.chars().filter(|letter| *letter != '\\' && face.glyph(*letter).is_none()).collect();
                assert!(lacks.is_empty(), "{lacks:?} of {text:?} in {language}");
            }
        }
    }
}

/// The tables of sources apart, which English does not need.
fn without_tables(source: &str) -> String {
    let Some((before, rest)) = source.split_once("in_tables: ") else { return source.to_owned() };
    let (_, after) = rest.split_once("opinions_head").unwrap_or_default();
    format!("{before}{after}")
}

#[test]
fn every_language_fills_in_what_english_does() {
    let filled = |text: &str| {
        let mut names: Vec<&str> =
            text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
        names.retain(|name| !["a0", "202f"].contains(name));
        names.sort_unstable();
        names.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    for language in others() {
        for (english, its) in catalogues(Language::En).into_iter().zip(catalogues(language)) {
            let [english, its] = [english, its].map(without_tables);
            let [english, its] = [&english, &its].map(|source| literals(source).collect::<Vec<_>>());
            assert_eq!(english.len(), its.len(), "{language}: {:?}", english.first());
            for (english, its) in english.into_iter().zip(its) {
                assert_eq!(filled(english), filled(its), "{its:?} in {language} is not {english:?}");
            }
        }
    }
}

/// Titles and names of others; all other words in the tables of sources are ours.
const PUBLISHED: [&str; 8] = [
    "Gravity Climate",
    "Gravity — ",
    "Mistral LCA",
    "Our contribution to a global environmental standard for AI",
    "Measuring the environmental impact",
    "ML.ENERGY leaderboard",
    "Model configurations",
    "@",
];

#[test]
fn our_words_about_sources_and_standards_are_in_every_language() {
    for set in FactorSet::versions().filter_map(FactorSet::version) {
        let models = set.models().iter().chain(set.classes().iter().map(Class::model));
        let parameters: Vec<&Parameters> = models.filter_map(Model::parameters).collect();
        let first = parameters.iter().map(|known| known.source());
        let second = parameters.iter().filter_map(|known| known.second_source());
        let sources = first.chain(second).chain(set.factors().map(EmissionFactor::source));
        for source in sources {
            for language in others() {
                let wording = Wording::of(language);
                let title = source.title();
                let is_published = PUBLISHED.iter().any(|published| title.starts_with(published));
                assert!(is_published || wording.translated(title) != title, "{title} in {language}");
                let licence = source.licence();
                assert_ne!(wording.translated(licence), licence, "{language}");
                assert!(!wording.translated(source.publisher()).contains("the model"), "{language}");
            }
        }
    }
    for row in datapoints() {
        for language in others() {
            for said in [row.standard, row.paragraph] {
                let ours = ["table", "by", "standard", "paragraph", "annex", "and"];
                let words = Wording::of(language).translated(said);
                let mut words = words.split(|letter: char| !letter.is_alphabetic());
                assert!(words.all(|word| !ours.contains(&word)), "{said} in {language}");
            }
        }
    }
}

#[test]
fn a_share_is_all_or_nothing_only_where_it_is() {
    for (share, shown) in [
        ("0", "0.0 %"),
        ("0.0001", "< 0.1 %"),
        ("0.0005", "0.1 %"),
        ("0.3205", "32.1 %"),
        ("0.32049", "32.0 %"),
        ("0.9994", "99.9 %"),
        ("0.99999", "99.9 %"),
        ("1", "100.0 %"),
        ("1.3337", "133.4 %"),
    ] {
        let shown = shown.replace(' ', "\u{a0}");
        assert_eq!(Wording::of(Language::En).percent(share.parse().unwrap()), shown, "{share}");
    }
}
