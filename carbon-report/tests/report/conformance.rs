//! The file keeps the rules of PDF/A-3a and PDF/UA-1, and each rule is shown to fail on a file that breaks it.

use crate::{
    rules::{RULES, elements, name, reading_order},
    samples::{ordinary_sample, statements},
};
use carbon_report::{Form, Language, Supplier, brand::Logo, render_pdf};
use lopdf::{Dictionary, Document, Object, ObjectId, content::Content};
use std::process::Command;

fn pdf() -> &'static [u8] {
    ordinary_sample(Language::En).pdf()
}

fn need(holds: bool, what: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what.to_owned()) }
}

#[test]
fn every_kind_of_part_is_told_apart() {
    let kinds = reading_order(&Document::load_mem(pdf()).unwrap());
    for kind in [
        "Document", "H1", "H2", "H3", "P", "Table", "THead", "TBody", "TR", "TH", "TD", "Figure", "L", "LI",
        "Lbl", "LBody", "Link",
    ] {
        assert!(kinds.iter().any(|found| found == kind), "no {kind}");
    }
}

#[test]
fn every_kind_of_month_keeps_every_rule() {
    for language in Language::ALL {
        for month in statements(language) {
            check_bytes(month.pdf()).unwrap();
            let document = Document::load_mem(month.pdf()).unwrap();
            for (rule, holds) in RULES {
                let kind = month.kind;
                holds(&document).unwrap_or_else(|error| panic!("{kind}-{language}, {rule}: {error}"));
            }
        }
    }
}

/// What the standard asks of the bytes themselves.
fn check_bytes(pdf: &[u8]) -> Result<(), String> {
    need(pdf.starts_with(b"%PDF-1.7\n%"), "no header")?;
    need(pdf[10..14].iter().all(|byte| *byte > 127), "no binary comment")?;
    need(pdf.ends_with(b"%%EOF\n"), "no end of line at the end")
}

pub(crate) fn catalog(document: &mut Document) -> &mut Dictionary {
    document.catalog_mut().unwrap()
}

pub(crate) fn first_of<'a>(document: &'a mut Document, kind: &str) -> &'a mut Dictionary {
    let id = elements(document).into_iter().find(|(_, element)| name(element, "S") == kind).unwrap().0;
    document.get_dictionary_mut(id).unwrap()
}

pub(crate) fn first_font(document: &mut Document, subtype: &str) -> ObjectId {
    let fonts = document
        .objects
        .iter()
        .filter(|(_, object)| object.as_dict().is_ok_and(|font| name(font, "Subtype") == subtype));
    *fonts.map(|(id, _)| id).next().unwrap()
}

fn first_page(document: &Document) -> ObjectId {
    *document.get_pages().values().next().unwrap()
}

/// Changes the operators of the first page.
fn edit_page(document: &mut Document, edit: impl Fn(&mut Content<Vec<lopdf::content::Operation>>)) {
    let page = first_page(document);
    let mut content = Content::decode(&document.get_page_content(page)).unwrap();
    edit(&mut content);
    document.change_page_content(page, content.encode().unwrap()).unwrap();
}

#[test]
fn every_rule_fails_on_a_file_that_breaks_it() {
    type Breaking = fn(&mut Document);
    let breakings: [(&str, Breaking); 20] = [
        ("metadata", |document| drop(catalog(document).remove(b"Metadata"))),
        ("metadata", |document| {
            let id = catalog(document).get(b"Metadata").and_then(Object::as_reference).unwrap();
            let stream = document.get_object_mut(id).unwrap().as_stream_mut().unwrap();
            stream.content = String::from_utf8_lossy(&stream.content)
                .replace("<pdfaid:part>3<", "<pdfaid:part>2<")
                .into_bytes();
        }),
        ("info", |document| {
            let id = document.trailer.get(b"Info").and_then(Object::as_reference).unwrap();
            document.get_dictionary_mut(id).unwrap().set("Title", Object::string_literal("Another"));
        }),
        ("output intent", |document| drop(catalog(document).remove(b"OutputIntents"))),
        ("fonts", |document| {
            let font = first_font(document, "CIDFontType2");
            drop(document.get_dictionary_mut(font).unwrap().remove(b"CIDToGIDMap"));
        }),
        ("fonts", |document| {
            let font = first_font(document, "Type0");
            drop(document.get_dictionary_mut(font).unwrap().remove(b"ToUnicode"));
        }),
        ("fonts", |document| {
            let font = first_font(document, "CIDFontType2");
            let widths =
                document.get_dictionary_mut(font).unwrap().get_mut(b"W").unwrap().as_array_mut().unwrap();
            widths[1].as_array_mut().unwrap()[3] = Object::Integer(1_234);
        }),
        ("catalog", |document| drop(catalog(document).remove(b"Lang"))),
        ("catalog", |document| drop(catalog(document).remove(b"MarkInfo"))),
        ("catalog", |document| drop(catalog(document).remove(b"ViewerPreferences"))),
        ("marks", |document| {
            edit_page(document, |content| {
                content
                    .operations
                    .retain(|operation| !matches!(operation.operator.as_str(), "BMC" | "BDC" | "EMC"));
            });
        }),
        ("marks", |document| {
            let page = first_page(document);
            drop(document.get_dictionary_mut(page).unwrap().remove(b"StructParents"));
        }),
        ("words", |document| drop(first_of(document, "Figure").remove(b"Alt"))),
        ("words", |document| drop(first_of(document, "TH").remove(b"A"))),
        ("headings", |document| first_of(document, "H2").set("S", "H3")),
        ("tables", |document| {
            let kids = first_of(document, "TR").get_mut(b"K").unwrap().as_array_mut().unwrap();
            drop(kids.pop());
        }),
        ("attachments", |document| drop(catalog(document).remove(b"AF"))),
        ("attachments", |document| {
            let id =
                catalog(document).get(b"AF").and_then(Object::as_array).unwrap()[0].as_reference().unwrap();
            drop(document.get_dictionary_mut(id).unwrap().remove(b"AFRelationship"));
        }),
        ("glyphs", |document| {
            edit_page(document, |content| {
                let shown =
                    content.operations.iter_mut().find(|operation| operation.operator == "Tj").unwrap();
                shown.operands = vec![Object::String(vec![0, 0], lopdf::StringFormat::Hexadecimal)];
            });
        }),
        ("parts", |document| drop(catalog(document).remove(b"StructTreeRoot"))),
    ];
    let whole = Document::load_mem(pdf()).unwrap();
    for (rule, breaking) in breakings {
        let mut broken = whole.clone();
        breaking(&mut broken);
        let (_, holds) = RULES.into_iter().find(|(name, _)| *name == rule).unwrap();
        assert!(holds(&broken).is_err(), "{rule} does not see it");
    }
    let pdf = pdf();
    assert!(check_bytes(&pdf[..pdf.len() - 1]).is_err() && check_bytes(&pdf[1..]).is_err());
}

fn output(command: &str, arguments: &[&str]) -> String {
    let output = Command::new(command).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{command}: {error}; .ci/test installs it"));
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command} {arguments:?}: {text}");
    text
}

#[test]
fn other_programs_find_nothing_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let (file, extracted) = (folder.path().join("report.pdf"), folder.path().join("extracted"));
    let month = ordinary_sample(Language::Fr);
    std::fs::write(&file, month.pdf()).unwrap();
    let file = file.to_str().unwrap();
    assert!(output("qpdf", &["--check", file]).contains("No syntax or stream encoding errors"));
    let about = output("pdfinfo", &[file]);
    assert!(about.contains("Tagged:          yes") && about.contains("Metadata Stream: yes"), "{about}");
    let fonts = output("pdffonts", &[file]);
    assert!(fonts.lines().skip(2).all(|font| font.contains("yes yes yes")), "{fonts}");
    let structure = output("pdfinfo", &["-struct-text", file]);
    assert!(structure.contains("1 Chiffres clés") || structure.contains("Chiffres clés"), "{structure}");
    // They are numbered in the order of their names.
    let mut forms = Form::ALL;
    forms.sort_by_key(|form| form.name());
    for (number, form) in (1..).zip(forms) {
        output("pdfdetach", &["-save", &number.to_string(), "-o", extracted.to_str().unwrap(), file]);
        assert_eq!(std::fs::read_to_string(&extracted).ok(), month.statement.form(form), "{}", form.name());
    }
}

#[test]
fn the_suppliers_logo_and_colour_are_on_the_page() {
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, 60, 20);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&[200, 30, 90].repeat(60 * 20)).unwrap();
    let logo = Logo::from_png(&png).unwrap();
    let mut statement = ordinary_sample(Language::En).statement.clone();
    statement.heading.supplier = Supplier {
        accent: Some("#7a1f5c".to_owned()),
        logo_sha256: Some(logo.sha256().to_owned()),
        ..Supplier::from("Example Software SAS")
    };
    let brand = statement.heading.supplier.brand(Some(&png)).unwrap();
    let pdf = render_pdf(&statement, &brand).unwrap();
    let file = format!("{}/branded-en.pdf", env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(file, &pdf).unwrap();
    let document = Document::load_mem(&pdf).unwrap();
    for (rule, holds) in RULES {
        holds(&document).unwrap_or_else(|error| panic!("{rule}: {error}"));
    }
    let page = Content::decode(&document.get_page_content(first_page(&document))).unwrap();
    assert!(page.operations.iter().any(|operation| operation.operator == "Do"));
    assert!(pdf.len() < 110_000);
}
