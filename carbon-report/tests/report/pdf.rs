//! The finished file: what a reader sees and what a program finds.

use crate::samples;
use carbon_core::{FactorSet, Usage};
use carbon_report::{Activity, Brand, Client, Evidence, Heading, Language, Statement, Status, render_pdf};
use jiff::civil::date;
use lopdf::{Document, Object};

fn statement(language: Language, client: &str, activity: &[Activity]) -> Statement {
    let client = Client::new("client-xyz", client);
    let heading = Heading { revision: 3, status: Status::Provisional, client, ..samples::heading(language) };
    Statement::new(heading, &Evidence::from(activity), FactorSet::version("2025.1").unwrap())
}

fn row(day: i8, model: &str, requests: u64) -> Activity {
    let usage =
        Usage { requests, input_tokens: 731 * requests, output_tokens: 317 * requests, ..Usage::default() };
    Activity::new(date(2026, 10, day), model, usage)
}

/// Six models on every day of the month, some 40,000 requests.
fn ordinary() -> Vec<Activity> {
    let models =
        ["gpt-4o", "gpt-4o-mini", "claude-3-5-sonnet", "claude-3-haiku", "mistral-large-2", "gpt-3.5-turbo"];
    let days =
        (1..=31).flat_map(|day| models.into_iter().zip(1..).map(move |(model, n)| row(day, model, 500 / n)));
    days.collect()
}

fn open(pdf: &[u8]) -> Document {
    Document::load_mem(pdf).unwrap()
}

/// The text of each page, pieces joined by line feeds.
fn pages(pdf: &[u8]) -> Vec<String> {
    let document = open(pdf);
    let text = |number| document.extract_text(&[number]).unwrap();
    // A piece ends with a space where another follows it in its part.
    document.get_pages().keys().map(|&number| text(number).replace(" \n", "\n")).collect()
}

/// Each line of text as it is drawn.
pub(crate) fn lines(pdf: &[u8]) -> Vec<String> {
    pages(pdf).iter().flat_map(|page| page.lines()).map(str::to_owned).collect()
}

fn text(pdf: &[u8]) -> String {
    pages(pdf).concat()
}

/// A string of the file's Info dictionary.
fn info(document: &Document, key: &[u8]) -> String {
    let info = document.trailer.get(b"Info").and_then(Object::as_reference).unwrap();
    let value = document.get_dictionary(info).unwrap().get(key).unwrap();
    lopdf::decode_text_string(value).unwrap()
}

#[track_caller]
fn check(pdf: &[u8], words: &[&str]) {
    // A text may go on in the next line.
    let text = text(pdf).replace('\n', " ");
    for words in words {
        assert!(text.contains(words), "{words:?} is not in\n{text}");
    }
}

#[test]
fn the_same_statement_gives_the_same_bytes() {
    let ordinary = statement(Language::En, "Client", &ordinary());
    let first = render_pdf(&ordinary, &Brand::default()).unwrap();
    // On another thread, after other work, with the rows in another order.
    let mut shuffled = self::ordinary();
    shuffled.reverse();
    render_pdf(&statement(Language::De, "Other", &[]), &Brand::default()).unwrap();
    let again = std::thread::spawn(move || {
        render_pdf(&statement(Language::En, "Client", &shuffled), &Brand::default()).unwrap()
    });
    assert!(again.join().unwrap() == first, "bytes differ");

    let mut later = ordinary;
    later.heading.issued_on = date(2026, 11, 3);
    assert!(render_pdf(&later, &Brand::default()).unwrap() != first);
}

#[test]
fn the_exact_total_and_every_model_are_there() {
    let statement = statement(Language::En, "Client", &ordinary());
    let pdf = render_pdf(&statement, &Brand::default()).unwrap();
    let exact = statement.total.co2.unwrap().central();
    check(&pdf, &[&format!("{}\u{a0}g CO₂e", Language::En.number(exact.as_decimal()))]);
    for line in &statement.by_model {
        check(&pdf, &[&line.model, &line.factor_id]);
    }
    check(
        &pdf,
        &[
            "Mistral LCA 2025 (1,14 gCO2e / 400 tokens inférence ; Carbone 4 / ADEME)",
            &statement.activity_sha256,
        ],
    );
    assert!(pdf.len() < 100_000, "{} bytes", pdf.len());
}

#[test]
fn a_long_table_repeats_its_head_and_every_page_has_its_number() {
    let activity: Vec<Activity> =
        (0..300).map(|n| row(3, &format!("provider/model-{n:03}"), n + 1)).collect();
    let pages = pages(&render_pdf(&statement(Language::En, "Client", &activity), &Brand::default()).unwrap());
    assert!(pages.len() > 6, "{} pages", pages.len());
    let mut with_rows = 0;
    for (index, page) in pages.iter().enumerate() {
        assert!(page.contains(&format!("Page {} of {}", index + 1, pages.len())), "{page}");
        if page.contains("provider/model-") {
            assert!(page.contains("Name as reported"), "no head on page {}", index + 1);
            with_rows += 1;
        }
    }
    assert!(with_rows > 4);
    let all = pages.concat();
    for n in 0..300 {
        assert!(all.contains(&format!("provider/model-{n:03}")), "model {n} is missing");
    }
}

#[test]
fn a_month_without_activity_says_so() {
    check(
        &render_pdf(&statement(Language::En, "Client", &[]), &Brand::default()).unwrap(),
        &["0\u{a0}g CO₂e", "No LLM call was recorded"],
    );
}

#[test]
fn unknown_models_are_named_and_not_zero() {
    let pdf = render_pdf(&statement(Language::En, "Client", &[row(3, "nobody-knows", 7)]), &Brand::default())
        .unwrap();
    check(
        &pdf,
        &[
            "not quantified",
            "nobody-knows",
            "Their emissions are not zero",
            "0.0\u{a0}% of tokens have a factor",
        ],
    );
    assert!(!text(&pdf).contains("0\u{a0}g CO₂e"));
}

#[test]
fn each_language_has_its_words_figures_and_dates() {
    // 2,818 calls of 731 + 317 tokens at 2.85 g per 1,000.
    let activity = [row(3, "mistral-large-2", 2_818)];
    for (language, words) in [
        (Language::En, ["October 2026", "2 November 2026", "Emissions by model", "8,416.8024"]),
        (Language::Fr, ["octobre 2026", "2 novembre 2026", "Émissions par modèle", "8\u{202f}416,8024"]),
        (Language::De, ["Oktober 2026", "2. November 2026", "Emissionen nach Modell", "8.416,8024"]),
    ] {
        let pdf = render_pdf(&statement(language, "Client", &activity), &Brand::default()).unwrap();
        check(&pdf, &words);
        let document = open(&pdf);
        let tag = document.catalog().unwrap().get(b"Lang").unwrap().as_str().unwrap();
        assert_eq!(tag, language.as_str().as_bytes());
    }
}

#[test]
fn no_name_breaks_the_page() {
    for client in [
        "Société d’Équipement de l’Île-de-France « L’Œuvre »",
        "北京 المثال 🙂",
        r#"<script>alert("x")</script> & (nested \) parens"#,
        &"Donaudampfschifffahrt".repeat(40),
        "x",
    ] {
        let statement = statement(Language::De, client, &[row(1, &"m".repeat(256), 1), row(2, "模型", 1)]);
        let pdf =
            render_pdf(&statement, &Brand::default()).unwrap_or_else(|error| panic!("{client}: {error}"));
        assert!(info(&open(&pdf), b"Title").contains(client), "the metadata keep the name exact");
    }
    let pdf = render_pdf(&statement(Language::En, "中 GmbH", &[]), &Brand::default()).unwrap();
    check(&pdf, &["[U+4E2D] GmbH", "printed as code points"]);
}

#[test]
fn fonts_are_subset_embedded_and_searchable() {
    let pdf = render_pdf(&statement(Language::En, "Client", &ordinary()), &Brand::default()).unwrap();
    let document = open(&pdf);
    let mut fonts = 0;
    for object in document.objects.values() {
        let Ok(font) = object.as_dict() else { continue };
        if font.get(b"Subtype").and_then(Object::as_name).ok() != Some(b"Type0") {
            continue;
        }
        fonts += 1;
        assert!(font.has(b"ToUnicode"));
        let name = String::from_utf8_lossy(font.get(b"BaseFont").unwrap().as_name().unwrap()).into_owned();
        assert!(name[6..].starts_with("+NotoSans-"), "{name}");
        let descendant = font.get(b"DescendantFonts").unwrap().as_array().unwrap()[0].as_reference().unwrap();
        let descriptor = document.get_dictionary(descendant).unwrap().get(b"FontDescriptor").unwrap();
        let descriptor = document.get_dictionary(descriptor.as_reference().unwrap()).unwrap();
        let file = descriptor.get(b"FontFile2").unwrap().as_reference().unwrap();
        let file = document.get_object(file).unwrap().as_stream().unwrap().decompressed_content().unwrap();
        assert!((1_000..40_000).contains(&file.len()), "{} bytes", file.len());
    }
    assert_eq!(fonts, 2);
    // Glyph 0 is the box that stands for "no such character".
    for &page in document.get_pages().values() {
        let content = lopdf::content::Content::decode(&document.get_page_content(page)).unwrap();
        for operation in content.operations.iter().filter(|operation| operation.operator == "Tj") {
            let glyphs = operation.operands[0].as_str().unwrap();
            assert!(glyphs.chunks(2).all(|glyph| glyph != [0, 0]));
        }
    }
}

#[test]
fn the_file_speaks_of_the_report_and_of_no_tool_or_clock() {
    let statement = statement(Language::En, "Client", &ordinary());
    let pdf = render_pdf(&statement, &Brand::default()).unwrap();
    let document = open(&pdf);
    assert_eq!(
        info(&document, b"Title"),
        "Supplier statement: GHG emissions of LLM services: Client, October 2026"
    );
    assert_eq!(info(&document, b"Author"), "Example Software SAS");
    assert_eq!(info(&document, b"CreationDate"), "D:20261102000000Z");
    let plain = String::from_utf8_lossy(&pdf);
    assert!(plain.contains("<xmp:CreateDate>2026-11-02T00:00:00Z</xmp:CreateDate>"));
    for word in ["Illustrator", "printpdf", "genpdf"] {
        assert!(!plain.contains(word), "{word}");
    }
}

#[test]
fn every_kind_of_month_can_be_looked_at() {
    for language in Language::ALL {
        for month in samples::statements(language) {
            let file = format!("{}/{}-{language}.pdf", env!("CARGO_TARGET_TMPDIR"), month.kind);
            std::fs::write(file, month.pdf()).unwrap();
        }
    }
}
