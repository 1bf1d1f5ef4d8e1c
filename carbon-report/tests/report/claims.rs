//! What a report must not claim, in any language, and that it is in one.

use crate::{
    forms::text_of,
    samples::{ordinary_sample, statements},
};
use carbon_report::Language;

#[test]
fn no_language_makes_a_claim_that_the_report_must_not_make() {
    let forbidden = [
        "csrd compliant",
        "csrd-compliant",
        "csrd-ready",
        "conforme à la csrd",
        "csrd-konform",
        "conforms to esrs",
        "ghg protocol compliant",
        "conforme au ghg protocol",
        "carbon neutral",
        "neutre en carbone",
        "klimaneutral",
        "co2-neutral",
        "net zero",
        "net-zero",
        "zéro émission nette",
        "netto-null",
        "certified",
        "certifié",
        "zertifiziert",
        "audited",
        "audité",
        "verified by",
        "green ai",
        "eco-friendly",
        "écologique",
        "umweltfreundlich",
        "you saved",
        "vous avez économisé",
        "sie haben gespart",
        "avoided",
        "évitées",
        "vermieden",
        "avete risparmiato",
        "evitate",
        "han ahorrado",
        "evitadas",
        "hebt bespaard",
        "vermeden",
        "zaoszczędzili",
        "uniknięte",
        "smartphone",
        " by car ",
        "en voiture",
        "autokilometer",
        "your scope 3 emissions",
        "vos émissions de scope 3",
        "ihre scope-3-emissionen",
        "le vostre emissioni di ambito 3",
        "sus emisiones de alcance 3",
        "uw scope 3-emissies",
        "państwa emisje zakresu 3",
        "ghg intensity",
        "intensité ges",
        "offset included",
    ];
    let needed = [
        (Language::En, "It is an input to your Scope 3 Category 1. It is not a sustainability report"),
        (Language::Fr, "C’est une donnée d’entrée pour la catégorie 1 de votre scope 3"),
        (Language::De, "Sie ist ein Eingangswert für Ihre Scope-3-Kategorie 1"),
        (Language::It, "È un dato di ingresso per la categoria 1 del vostro ambito 3"),
        (Language::Es, "Es un dato de entrada para la categoría 1 de su alcance 3"),
        (Language::Nl, "Zij is een invoergegeven voor uw scope 3"),
        (Language::Pl, "Stanowi daną wejściową do kategorii 1 Państwa zakresu 3"),
    ];
    for (language, w1) in needed {
        for month in statements(language) {
            let (kind, text) = (month.kind, text_of(month.pdf()));
            assert!(text.contains(w1), "{kind}-{language} lacks W1");
            let lower = text.to_lowercase();
            for claim in forbidden {
                assert!(!lower.contains(claim), "{kind}-{language} says {claim}");
            }
        }
    }
}

#[test]
fn no_english_is_left_over() {
    let english = text_of(ordinary_sample(Language::En).pdf());
    let sentences: Vec<&str> = english
        .split(['.', ':'])
        .map(str::trim)
        .filter(|s| s.split(' ').count() > 4 && !s.contains(|letter: char| letter.is_ascii_digit()))
        .collect();
    for language in Language::ALL.into_iter().filter(|language| *language != Language::En) {
        let other = text_of(ordinary_sample(language).pdf());
        for sentence in &sentences {
            assert!(!other.contains(sentence), "{language}: {sentence}");
        }
    }
}
