//! What PDF/A-3a and PDF/UA-1 ask of a file, rule by rule.

use carbon_report::Form;
use lopdf::{Dictionary, Document, Object, ObjectId, content::Content};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) type Rule = fn(&Document) -> Result<(), String>;

fn need(holds: bool, what: impl Into<String>) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what.into()) }
}

fn dictionary<'a>(document: &'a Document, object: &'a Object) -> &'a Dictionary {
    match object {
        Object::Reference(id) => match document.get_object(*id).unwrap() {
            Object::Stream(stream) => &stream.dict,
            object => object.as_dict().unwrap(),
        },
        Object::Stream(stream) => &stream.dict,
        object => object.as_dict().unwrap(),
    }
}

fn entry<'a>(document: &'a Document, of: &'a Dictionary, key: &str) -> Result<&'a Dictionary, String> {
    of.get(key.as_bytes()).map(|object| dictionary(document, object)).map_err(|_| format!("no {key}"))
}

pub(crate) fn name(of: &Dictionary, key: &str) -> String {
    of.get(key.as_bytes())
        .and_then(Object::as_name)
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .unwrap_or_default()
}

/// Structure elements, parents first.
pub(crate) fn elements(document: &Document) -> Vec<(ObjectId, &Dictionary)> {
    let of = |object: &'static str| {
        document.objects.iter().filter_map(move |(id, found)| {
            let dictionary = found.as_dict().ok()?;
            (name(dictionary, "Type") == object).then_some((*id, dictionary))
        })
    };
    of("StructElem").collect()
}

fn xmp(document: &Document) -> String {
    let metadata = document.catalog().unwrap().get(b"Metadata").and_then(Object::as_reference).unwrap();
    String::from_utf8_lossy(&document.get_object(metadata).unwrap().as_stream().unwrap().content).into_owned()
}

fn info(document: &Document, key: &str) -> Option<String> {
    let info = document.trailer.get(b"Info").and_then(Object::as_reference).ok()?;
    lopdf::decode_text_string(document.get_dictionary(info).ok()?.get(key.as_bytes()).ok()?).ok()
}

fn metadata_is_there_and_plain(document: &Document) -> Result<(), String> {
    let metadata = document.catalog().unwrap().get(b"Metadata").and_then(Object::as_reference);
    let stream = document.get_object(metadata.map_err(|_| "no Metadata")?).unwrap().as_stream().unwrap();
    need(!stream.dict.has(b"Filter"), "the packet is compressed")?;
    for claim in ["<pdfaid:part>3<", "<pdfaid:conformance>A<", "<pdfuaid:part>1<", "pdfaSchema:namespaceURI"]
    {
        need(xmp(document).contains(claim), format!("the packet lacks {claim}"))?;
    }
    Ok(())
}

fn info_and_packet_agree(document: &Document) -> Result<(), String> {
    let packet = xmp(document);
    for key in ["Title", "Author", "Creator", "Producer"] {
        let said = info(document, key).ok_or(format!("no {key}"))?;
        let escaped = said.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        need(packet.contains(&format!(">{escaped}<")), format!("{key} differs: {said}"))?;
    }
    let date = info(document, "ModDate").unwrap_or_default();
    let day =
        packet.split("<xmp:ModifyDate>").nth(1).map(|rest| rest[..10].replace('-', "")).unwrap_or_default();
    need(date.contains(&day) && !day.is_empty(), format!("{date} is not {day}"))
}

fn there_is_an_output_intent(document: &Document) -> Result<(), String> {
    let intents = document.catalog().unwrap().get(b"OutputIntents").and_then(Object::as_array);
    let intent = dictionary(document, intents.map_err(|_| "no OutputIntents")?.first().ok_or("none")?);
    need(name(intent, "S") == "GTS_PDFA1", "not for PDF/A")?;
    let profile =
        intent.get(b"DestOutputProfile").and_then(Object::as_reference).map_err(|_| "no profile")?;
    let profile = document.get_object(profile).unwrap().as_stream().unwrap().get_plain_content().unwrap();
    need(profile.get(36..40) == Some(b"acsp"), "the profile is no ICC profile")
}

fn fonts_are_whole_descriptions(document: &Document) -> Result<(), String> {
    let mut fonts = 0;
    for object in document.objects.values() {
        let Ok(font) = object.as_dict() else { continue };
        if name(font, "Subtype") == "Type0" {
            fonts += 1;
            need(font.has(b"ToUnicode"), "no ToUnicode")?;
        }
        if name(font, "Subtype") != "CIDFontType2" {
            continue;
        }
        need(name(font, "CIDToGIDMap") == "Identity", "no CIDToGIDMap")?;
        let file = entry(document, font, "FontDescriptor")?.get(b"FontFile2").and_then(Object::as_reference);
        let file = document.get_object(file.map_err(|_| "not embedded")?).unwrap().as_stream().unwrap();
        let file = file.get_plain_content().unwrap();
        let widths = font.get(b"W").and_then(Object::as_array).map_err(|_| "no W")?;
        let widths = widths.get(1).and_then(|widths| widths.as_array().ok()).ok_or("no widths")?;
        let widths: Vec<i64> = widths.iter().map(rounded).collect();
        need(widths == advances(&file, widths.len()), "W is not what the font says")?;
    }
    need(fonts > 0, "no fonts")
}

#[expect(clippy::cast_possible_truncation, reason = "widths are a few thousands")]
fn rounded(number: &Object) -> i64 {
    number.as_float().unwrap().round() as i64
}

/// Advances of a TrueType file in thousandths of an em, by its tables `head`, `hhea` and `hmtx`.
fn advances(file: &[u8], glyphs: usize) -> Vec<i64> {
    let short = |at: usize| i64::from(u16::from_be_bytes([file[at], file[at + 1]]));
    let long = |at: usize| usize::try_from(u32::from_be_bytes(file[at..at + 4].try_into().unwrap())).unwrap();
    let table = |tag: &[u8]| {
        (0..usize::try_from(short(4)).unwrap()).map(|n| 12 + 16 * n).find(|at| &file[*at..at + 4] == tag)
    };
    let offset = |tag: &[u8]| long(table(tag).unwrap() + 8);
    let per_em = short(offset(b"head") + 18);
    let count = usize::try_from(short(offset(b"hhea") + 34)).unwrap();
    // Glyphs behind the last entry have its advance.
    let advance = |glyph: usize| {
        let units = short(offset(b"hmtx") + 4 * glyph.min(count - 1));
        (units * 1_000 * 2 + per_em) / (2 * per_em)
    };
    (0..glyphs).map(advance).collect()
}

fn catalog_says_language_and_title(document: &Document) -> Result<(), String> {
    let catalog = document.catalog().unwrap();
    need(catalog.get(b"Lang").and_then(Object::as_str).is_ok_and(|lang| lang.len() == 2), "no Lang")?;
    let marked = entry(document, catalog, "MarkInfo")?.get(b"Marked").and_then(Object::as_bool);
    need(marked.is_ok_and(|marked| marked), "not marked")?;
    let shown =
        entry(document, catalog, "ViewerPreferences")?.get(b"DisplayDocTitle").and_then(Object::as_bool);
    need(shown.is_ok_and(|shown| shown), "the title is not shown")?;
    need(!catalog.has(b"OCProperties"), "has layers")?;
    need(catalog.has(b"Outlines"), "no outline")
}

/// Which ids of marked content each page has, if every operator that paints is inside some.
fn marked_content(document: &Document) -> Result<BTreeMap<ObjectId, BTreeSet<i64>>, String> {
    let mut pages = BTreeMap::new();
    for (number, &page) in &document.get_pages() {
        let content = Content::decode(&document.get_page_content(page)).unwrap();
        let (mut depth, mut ids) = (0, BTreeSet::new());
        for operation in &content.operations {
            match operation.operator.as_str() {
                "BDC" | "BMC" => {
                    depth += 1;
                    if let Some(Ok(properties)) = operation.operands.get(1).map(Object::as_dict)
                        && let Ok(id) = properties.get(b"MCID").and_then(Object::as_i64)
                    {
                        need(ids.insert(id), format!("page {number}: MCID {id} twice"))?;
                    }
                }
                "EMC" => depth -= 1,
                "Tj" | "TJ" | "f" | "S" | "B" | "Do" | "sh" => {
                    need(
                        // Within a piece, characters may be told that the fonts lack.
                        depth == 1 || (depth == 2 && operation.operator == "Tj"),
                        format!("page {number}: {} outside of marked content", operation.operator),
                    )?;
                }
                _ => {}
            }
        }
        need(depth == 0, format!("page {number}: marked content is left open"))?;
        pages.insert(page, ids);
    }
    Ok(pages)
}

fn everything_is_marked_and_has_a_parent(document: &Document) -> Result<(), String> {
    let pages = marked_content(document)?;
    let root = entry(document, document.catalog().unwrap(), "StructTreeRoot")?;
    let numbers = entry(document, root, "ParentTree")?.get(b"Nums").and_then(Object::as_array).unwrap();
    let parents: BTreeMap<i64, &Object> =
        numbers.chunks_exact(2).map(|pair| (pair[0].as_i64().unwrap(), &pair[1])).collect();
    for (page, ids) in pages {
        let page = document.get_dictionary(page).unwrap();
        let key = page.get(b"StructParents").and_then(Object::as_i64).map_err(|_| "no StructParents")?;
        let owners = parents.get(&key).and_then(|owners| owners.as_array().ok()).ok_or("no parents")?;
        let count = i64::try_from(owners.len()).unwrap();
        need(ids == (0..count).collect(), format!("page {key}: {} pieces, {count} parents", ids.len()))?;
        need(name(page, "Tabs") == "S", "no tab order")?;
        for annotation in page.get(b"Annots").and_then(Object::as_array).into_iter().flatten() {
            let annotation = dictionary(document, annotation);
            let key = annotation
                .get(b"StructParent")
                .and_then(Object::as_i64)
                .map_err(|_| "a link without parent")?;
            need(parents.contains_key(&key), "a link that no element has")?;
            need(annotation.has(b"Contents") || annotation.has(b"TU"), "an annotation without words")?;
        }
    }
    Ok(())
}

fn figures_and_heads_have_their_words(document: &Document) -> Result<(), String> {
    for (_, element) in elements(document) {
        let kind = name(element, "S");
        let attribute = |key: &str| element.get(b"A").ok().map(|a| name(dictionary(document, a), key));
        match kind.as_str() {
            "Figure" => {
                need(element.has(b"Alt"), "a figure without words")?;
                need(attribute("Placement").as_deref() == Some("Block"), "a figure without a place")?;
            }
            "TH" => need(attribute("Scope").is_some_and(|scope| !scope.is_empty()), "a head without scope")?,
            _ => {}
        }
    }
    Ok(())
}

/// Kinds of the elements in reading order.
pub(crate) fn reading_order(document: &Document) -> Vec<String> {
    fn walk(document: &Document, element: &Dictionary, order: &mut Vec<String>) {
        order.push(name(element, "S"));
        for kid in element.get(b"K").and_then(Object::as_array).into_iter().flatten() {
            if let Object::Reference(id) = kid {
                walk(document, document.get_dictionary(*id).unwrap(), order);
            }
        }
    }
    let mut order = Vec::new();
    let Ok(root) = entry(document, document.catalog().unwrap(), "StructTreeRoot") else { return order };
    for kid in root.get(b"K").and_then(Object::as_array).into_iter().flatten() {
        walk(document, dictionary(document, kid), &mut order);
    }
    order
}

fn headings_skip_no_level(document: &Document) -> Result<(), String> {
    let mut last = 0;
    for (_, element) in elements(document).into_iter().filter(|(_, of)| name(of, "S").starts_with('H')) {
        let kids = element.get(b"K").and_then(Object::as_array).map_err(|_| "no K")?;
        need(!kids.is_empty(), "an empty heading")?;
    }
    for kind in reading_order(document) {
        let level = match kind.as_str() {
            "H1" => 1,
            "H2" => 2,
            "H3" => 3,
            _ => continue,
        };
        need(level <= last + 1, format!("{kind} behind H{last}"))?;
        last = level;
    }
    need(last > 0, "no headings")
}

fn rows_of_a_table_are_of_one_length(document: &Document) -> Result<(), String> {
    for (_, row) in elements(document).into_iter().filter(|(_, element)| name(element, "S") == "Table") {
        let cells = |element: &Dictionary| -> Vec<usize> {
            let kids = |element: &Dictionary| -> Vec<Dictionary> {
                let kids = element.get(b"K").and_then(Object::as_array).into_iter().flatten();
                kids.filter_map(|kid| kid.as_reference().ok())
                    .map(|id| document.get_dictionary(id).unwrap().clone())
                    .collect()
            };
            kids(element).iter().flat_map(&kids).map(|row| kids(&row).len()).collect()
        };
        let cells = cells(row);
        need(cells.len() > 1 && cells.iter().all(|count| *count == cells[0]), format!("{cells:?} cells"))?;
    }
    Ok(())
}

fn attachments_are_data_of_the_document(document: &Document) -> Result<(), String> {
    let associated =
        document.catalog().unwrap().get(b"AF").and_then(Object::as_array).map_err(|_| "no AF")?;
    let is_form = |file: &&Object| {
        let name = dictionary(document, file).get(b"UF").and_then(lopdf::decode_text_string);
        name.is_ok_and(|name| Form::named(&name).is_some())
    };
    let (expected, forms) = (Form::ALL.len(), associated.iter().filter(is_form).count());
    // Two forms tell of a figure, and are not there where there is none.
    need((expected - 2..=expected).contains(&forms), "not all forms")?;
    need(associated.len() - forms <= 1, "more than a logo besides the forms")?;
    for file in associated {
        let file = dictionary(document, file);
        need(name(file, "AFRelationship") == "Data", "no relationship")?;
        need(file.has(b"F") && file.has(b"UF") && file.has(b"Desc"), "no name or description")?;
        let embedded = entry(document, entry(document, file, "EF")?, "F")?;
        need(name(embedded, "Subtype").contains('/'), "no media type")?;
        let parameters = entry(document, embedded, "Params")?;
        need(parameters.has(b"CheckSum") && parameters.has(b"ModDate"), "no checksum or date")?;
    }
    Ok(())
}

fn no_box_stands_for_a_character(document: &Document) -> Result<(), String> {
    for &page in document.get_pages().values() {
        let content = Content::decode(&document.get_page_content(page)).unwrap();
        for operation in content.operations.iter().filter(|operation| operation.operator == "Tj") {
            let glyphs = operation.operands[0].as_str().unwrap();
            need(glyphs.chunks(2).all(|glyph| glyph != [0, 0]), "glyph 0")?;
        }
    }
    Ok(())
}

pub(crate) const RULES: [(&str, Rule); 12] = [
    ("metadata", metadata_is_there_and_plain),
    ("info", info_and_packet_agree),
    ("output intent", there_is_an_output_intent),
    ("fonts", fonts_are_whole_descriptions),
    ("catalog", catalog_says_language_and_title),
    ("marks", everything_is_marked_and_has_a_parent),
    ("words", figures_and_heads_have_their_words),
    ("headings", headings_skip_no_level),
    ("tables", rows_of_a_table_are_of_one_length),
    ("attachments", attachments_are_data_of_the_document),
    ("glyphs", no_box_stands_for_a_character),
    ("parts", |document| {
        need(reading_order(document).first().is_some_and(|kind| kind == "Document"), "no document")
    }),
];
