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
            let mut is_open = false;
            for operation in content.operations {
                match operation.operator.as_str() {
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
            assert_eq!((name(elements[&element], b"S"), alt.as_bytes()), ("Link", url), "{kind}");
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
