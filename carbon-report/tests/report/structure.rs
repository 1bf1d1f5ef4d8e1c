//! What a program that reads aloud finds in the file: pieces of marked content, and the structure that they are part of.

use crate::samples;
use carbon_report::Language;
use lopdf::{Dictionary, Document, Object, ObjectId, content::Content};
use std::collections::{BTreeMap, BTreeSet};

fn documents() -> impl Iterator<Item = (&'static str, Document)> {
    let months = samples::statements(Language::En).iter().filter(|month| month.kind != "huge");
    months.map(|month| (month.kind, Document::load_mem(month.pdf()).unwrap()))
}

fn name<'d>(dictionary: &'d Dictionary, key: &[u8]) -> &'d str {
    str::from_utf8(dictionary.get(key).unwrap().as_name().unwrap()).unwrap()
}

/// Elements of the structure, by their number.
fn elements(document: &Document) -> BTreeMap<ObjectId, &Dictionary> {
    let is_element = |dictionary: &&Dictionary| dictionary.has_type(b"StructElem");
    let objects = document.objects.iter();
    objects.filter_map(|(id, object)| Some((*id, object.as_dict().ok().filter(is_element)?))).collect()
}

#[test]
fn every_piece_of_a_page_is_marked_once_and_belongs_to_the_element_of_its_name() {
    for (kind, document) in documents() {
        let elements = elements(&document);
        let mut of_elements = BTreeMap::new();
        for element in elements.values() {
            for kid in element.get(b"K").unwrap().as_array().unwrap() {
                let Ok(kid) = kid.as_dict() else { continue };
                if kid.has_type(b"MCR") {
                    let page = kid.get(b"Pg").unwrap().as_reference().unwrap();
                    let piece = (page, kid.get(b"MCID").unwrap().as_i64().unwrap());
                    assert!(
                        of_elements.insert(piece, name(element, b"S")).is_none(),
                        "{kind}: {piece:?} twice"
                    );
                }
            }
        }
        let mut of_pages = BTreeMap::new();
        for &page in document.get_pages().values() {
            let content = Content::decode(&document.get_page_content(page)).unwrap();
            let (mut is_open, mut is_span) = (false, false);
            for operation in content.operations {
                let tag = || operation.operands.first().and_then(|tag| tag.as_name().ok());
                match operation.operator.as_str() {
                    // Characters that the fonts lack, within their piece.
                    "BDC" if is_open && tag() == Some(b"Span") => {
                        let actual = operation.operands[1].as_dict().unwrap().get(b"ActualText");
                        assert!(!is_span && actual.is_ok(), "{kind}");
                        is_span = true;
                    }
                    "EMC" if is_span => is_span = false,
                    "BMC" | "BDC" => {
                        assert!(!is_open, "{kind}: a piece within a piece");
                        is_open = true;
                        let tag =
                            str::from_utf8(operation.operands[0].as_name().unwrap()).unwrap().to_owned();
                        let id =
                            operation.operands.get(1).and_then(|of| of.as_dict().ok()?.get(b"MCID").ok());
                        match id.map(|id| id.as_i64().unwrap()) {
                            Some(id) => {
                                assert!(of_pages.insert((page, id), tag).is_none(), "{kind}: {id} twice");
                            }
                            None => assert_eq!(tag, "Artifact"),
                        }
                    }
                    "EMC" => {
                        assert!(is_open, "{kind}: nothing is open");
                        is_open = false;
                    }
                    "Tj" | "f" | "Do" => {
                        assert!(is_open, "{kind}: {} is part of nothing", operation.operator);
                    }
                    _ => {}
                }
            }
            assert!(!is_open, "{kind}: the last piece has no end");
        }
        assert!(
            of_pages.len() > 30 && of_pages.iter().map(|(piece, tag)| (*piece, tag.as_str())).eq(of_elements)
        );
    }
}

#[test]
fn every_link_is_an_element_and_leads_where_it_says() {
    let mut links = 0;
    for (kind, document) in documents() {
        let elements = elements(&document);
        let root = document.catalog().unwrap().get(b"StructTreeRoot").unwrap().as_reference().unwrap();
        let root = document.get_dictionary(root).unwrap();
        let parents = root.get(b"ParentTree").unwrap().as_reference().unwrap();
        let parents = document.get_dictionary(parents).unwrap().get(b"Nums").unwrap().as_array().unwrap();
        let numbers: Vec<i64> = parents.iter().step_by(2).map(|number| number.as_i64().unwrap()).collect();
        let next = root.get(b"ParentTreeNextKey").unwrap().as_i64().unwrap();
        assert!(numbers.iter().copied().eq(0..next), "{kind}: {numbers:?} up to {next}");
        let mut annotated = BTreeSet::new();
        for (id, object) in &document.objects {
            let Ok(annotation) = object.as_dict() else { continue };
            if !annotation.has_type(b"Annot") {
                continue;
            }
            let number = annotation.get(b"StructParent").unwrap().as_i64().unwrap();
            let place = numbers.iter().position(|known| *known == number).unwrap();
            let element = parents[2 * place + 1].as_reference().unwrap();
            let url = annotation.get(b"A").unwrap().as_dict().unwrap().get(b"URI").unwrap().as_str().unwrap();
            let alt = lopdf::decode_text_string(elements[&element].get(b"Alt").unwrap()).unwrap();
            let contents = lopdf::decode_text_string(annotation.get(b"Contents").unwrap()).unwrap();
            assert_eq!((name(elements[&element], b"S"), &alt), ("Link", &contents), "{kind}");
            assert!(
                [&b"https:"[..], b"mailto:"].iter().any(|scheme| url.starts_with(scheme))
                    && !alt.starts_with("http"),
                "{kind}: {alt} says no more than its address"
            );
            let kids = elements[&element].get(b"K").unwrap().as_array().unwrap();
            let refers = |kid: &Object| {
                kid.as_dict()
                    .is_ok_and(|kid| kid.get(b"Obj").is_ok_and(|of| of.as_reference().ok() == Some(*id)))
            };
            assert!(kids.iter().any(refers), "{kind}: the element knows its annotation");
            annotated.insert(element);
            links += 1;
        }
        let all = elements.iter().filter(|(_, element)| name(element, b"S") == "Link");
        assert!(all.map(|(id, _)| *id).eq(annotated), "{kind}: a link without its annotation");
    }
    assert!(links > 10, "{links} links");
}

/// What each piece of the pages says, as whoever listens or copies gets it: with what characters that the fonts lack are.
fn pieces(document: &Document) -> BTreeMap<(ObjectId, i64), String> {
    let characters = characters(document);
    let mut pieces = BTreeMap::new();
    for &page in document.get_pages().values() {
        let content = Content::decode(&document.get_page_content(page)).unwrap();
        let (mut piece, mut actual, mut font) = (None, None, 0);
        for operation in content.operations {
            let properties = operation.operands.get(1).and_then(|of| of.as_dict().ok());
            match operation.operator.as_str() {
                "BDC" if properties.is_some_and(|of| of.has(b"ActualText")) => {
                    let text = properties.unwrap().get(b"ActualText").unwrap();
                    actual = Some(lopdf::decode_text_string(text).unwrap());
                }
                "BDC" | "BMC" => piece = properties.and_then(|of| of.get(b"MCID").ok()?.as_i64().ok()),
                "EMC" if actual.is_some() => actual = None,
                "EMC" => piece = None,
                "Tf" => font = usize::from(operation.operands[0].as_name().unwrap()[1] - b'1'),
                "Tj" => {
                    let Some(piece) = piece else { continue };
                    let text: &mut String = pieces.entry((page, piece)).or_default();
                    match &actual {
                        Some(actual) => text.push_str(actual),
                        None => {
                            let glyphs = operation.operands[0].as_str().unwrap();
                            text.extend(glyphs.chunks(2).map(|glyph| characters[font][glyph]));
                        }
                    }
                }
                _ => {}
            }
        }
    }
    pieces
}

fn say(
    document: &Document,
    element: ObjectId,
    pieces: &BTreeMap<(ObjectId, i64), String>,
    words: &mut String,
) {
    for kid in document.get_dictionary(element).unwrap().get(b"K").unwrap().as_array().unwrap() {
        match kid {
            Object::Reference(kid) => {
                say(document, *kid, pieces, words);
                if !words.ends_with(' ') {
                    words.push(' ');
                }
            }
            kid => {
                let kid = kid.as_dict().unwrap();
                let Ok(piece) = kid.get(b"MCID").and_then(Object::as_i64) else { continue };
                words.push_str(&pieces[&(kid.get(b"Pg").unwrap().as_reference().unwrap(), piece)]);
            }
        }
    }
}

/// What the glyphs of each font stand for.
fn characters(document: &Document) -> [BTreeMap<Vec<u8>, char>; 2] {
    let page = *document.get_pages().values().next().unwrap();
    let fonts = document.get_page_fonts(page).unwrap();
    [b"F1", b"F2"].map(|font| {
        let map = fonts[&font.to_vec()].get(b"ToUnicode").unwrap().as_reference().unwrap();
        let map = document.get_object(map).unwrap().as_stream().unwrap().get_plain_content().unwrap();
        let map = String::from_utf8(map).unwrap();
        let pair = |line: &str| {
            let (glyph, character) = line.strip_prefix('<')?.strip_suffix('>')?.split_once("> <")?;
            let [glyph, character] = [glyph, character].map(|hex| u16::from_str_radix(hex, 16).unwrap());
            Some((glyph.to_be_bytes().to_vec(), char::from_u32(character.into()).unwrap()))
        };
        map.lines().filter(|line| line.len() == 13).filter_map(pair).collect()
    })
}

/// What the elements of that name say.
fn said_by(document: &Document, kind: &str) -> Vec<String> {
    let (elements, pieces) = (elements(document), pieces(document));
    let of_kind = elements.iter().filter(|(_, element)| name(element, b"S") == kind);
    let said = of_kind.map(|(id, _)| {
        let mut words = String::new();
        say(document, *id, &pieces, &mut words);
        words.trim_end().to_owned()
    });
    said.collect()
}

fn drawn(client: &str) -> Document {
    let client = carbon_report::Client::new("client-xyz", client);
    let heading = carbon_report::Heading { client, ..samples::heading(Language::En) };
    let usage = carbon_core::Usage::of_call(1_000, 500);
    let rows = [samples::row(3, "mistral-large-2", None, usage)];
    let statement =
        carbon_report::Statement::new(heading, &(&rows[..]).into(), carbon_core::FactorSet::latest());
    Document::load_mem(&carbon_report::render_pdf(&statement, &carbon_report::Brand::default()).unwrap())
        .unwrap()
}

#[test]
fn the_title_is_the_whole_title_and_names_are_read_as_they_are() {
    for (client, named) in
        [("北京 GmbH", "北京 GmbH"), ("عميل", "عميل"), (" \u{2003} ", "client-xyz"), ("Client", "Client")]
    {
        let document = drawn(client);
        let title = format!("Supplier statement: GHG emissions of LLM services {named} October 2026");
        assert_eq!(said_by(&document, "H1"), [title]);
    }
}

#[test]
fn words_do_not_run_together_in_what_is_read_aloud() {
    let document = drawn("Client");
    let rows = said_by(&document, "TR");
    for row in [
        "Emissions 0.00000428\u{a0}t CO₂e 4.28\u{a0}g CO₂e from 1.43 to 4.28\u{a0}g",
        "Calls 1",
        "Tokens 1,500 1,000 input, 500 output 100.0\u{a0}% of tokens have a factor",
        "Supplier Example Software SAS",
        "Period 1 October 2026 to 31 October 2026, both included, UTC",
    ] {
        assert!(rows.iter().any(|said| said == row), "{row:?} is not in {rows:#?}");
    }
    let names = said_by(&document, "H3");
    assert!(names.iter().any(|name| name.starts_with("coefficient/mistral-large-2")), "{names:?}");
    let quoted = said_by(&document, "Span");
    assert!(
        quoted.iter().any(|title| title.starts_with("Mistral LCA 2025 (1,14 gCO2e / 400 tokens inférence")),
        "{quoted:?}"
    );
}
