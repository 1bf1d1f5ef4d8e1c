//! A report is what its statement draws, to the last byte: whatever else a file shows or holds, it is refused and named.

use crate::{
    pack::{clean, members, zipped},
    samples::{Sample, heading, statements},
};
use carbon_core::{FactorSet, Usage};
use carbon_report::{
    Activity, Brand, Evidence, Form, Language, Signer, Statement, Supplier, brand::Logo, pack::verify_pack,
    pack::verify_report, render_pdf, render_signed_pdf,
};
use jiff::civil::date;
use lopdf::{Dictionary, Document, IncrementalDocument, Object, ObjectId, Stream, dictionary};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, io::Cursor, process::Command, sync::LazyLock};

const KEY: &str = include_str!("signing/key.pem");
const CERTIFICATE: &str = include_str!("signing/certificate.pem");

/// A report, and the same signed.
static REPORTS: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| {
    let month = &statements(Language::En)[5];
    let signer = Signer::from_pem(KEY, CERTIFICATE).unwrap();
    [month.pdf().to_vec(), render_signed_pdf(&month.statement, &Brand::default(), &signer).unwrap()]
});

#[test]
fn every_report_is_drawn_again_from_what_is_attached_to_it() {
    for language in Language::ALL {
        for month in statements(language) {
            let Sample { kind, statement, .. } = month;
            let forms = Form::ALL.map(|form| statement.form(form));
            let [json, .., focus] = &forms;
            let [json, focus] = [json, focus].map(|form| form.as_ref().unwrap().as_bytes());
            let again = Statement::from_forms(json, focus).unwrap_or_else(|error| panic!("{kind}: {error}"));
            assert_eq!(Form::ALL.map(|form| again.form(form)), forms, "{kind}");
            // Three hundred models take their time: once will do.
            if *kind == "huge" && language != Language::En {
                continue;
            }
            let again = render_pdf(&again, &Brand::default()).unwrap();
            assert!(again == month.pdf(), "{kind} in {language:?} is drawn in another way");
        }
    }
}

fn png() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 2, 2);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&[200, 10, 90, 1, 2, 3, 4, 5, 6, 7, 8, 9]).unwrap();
    bytes
}

#[test]
fn a_report_brings_its_logo() {
    let logo = Logo::from_png(&png()).unwrap();
    let supplier = Supplier {
        accent: Some("#7a1f5c".to_owned()),
        logo_sha256: Some(logo.sha256().to_owned()),
        ..Supplier::from("Example")
    };
    let heading = carbon_report::Heading { supplier: supplier.clone(), ..heading(Language::En) };
    let statement = Statement::new(heading, &Evidence::default(), FactorSet::latest());
    let pdf = render_pdf(&statement, &supplier.brand(Some(&png())).unwrap()).unwrap();
    assert!(verify_report(&pdf).is_ok());
    // Another picture on the page, and the same where it is attached.
    let forged = changed(&pdf, &|document| {
        let image = |object: &Object| object.as_stream().is_ok_and(|stream| stream.dict.has_type(b"XObject"));
        let (_, image) = document.objects.iter_mut().find(|(_, object)| image(object)).unwrap();
        image.as_stream_mut().unwrap().set_plain_content(vec![0; 12]);
    });
    let error = verify_report(&forged).unwrap_err();
    assert!(error.place.starts_with("report.pdf, page 1, /Resources/XObject"), "{error}");
    let forged = changed(&pdf, &|document| attach(document, b"logo.png", b"other"));
    assert_eq!(verify_report(&forged).unwrap_err().place, "logo.png");
}

fn page(document: &mut Document) -> &mut Dictionary {
    let id = *document.get_pages().values().next().unwrap();
    document.get_dictionary_mut(id).unwrap()
}

fn catalogue(document: &mut Document) -> &mut Dictionary {
    document.catalog_mut().unwrap()
}

/// Something to draw: a white box, and another figure on it.
fn drawing() -> Stream {
    Stream::new(dictionary! {}, b"1 g 0 0 400 200 re f 0 g BT /F1 40 Tf 20 90 Td <0001> Tj ET".to_vec())
}

/// Another content of the file that is attached by this name.
fn attach(document: &mut Document, name: &[u8], content: &[u8]) {
    let file_of = |object: &Object| -> Option<ObjectId> {
        let specification = object.as_dict().ok()?;
        let is_named = specification.get(b"F").and_then(Object::as_str).is_ok_and(|found| found == name);
        let files = specification.get(b"EF").and_then(Object::as_dict).ok().filter(|_| is_named)?;
        files.get(b"F").ok()?.as_reference().ok()
    };
    let file = document.objects.values().find_map(file_of).unwrap();
    document.objects.get_mut(&file).unwrap().as_stream_mut().unwrap().set_plain_content(content.to_vec());
}

type Forgery = (&'static str, fn(&mut Document));

/// Ways to show or to hide something, and what is named where the whole file is written anew.
const FORGERIES: [Forgery; 14] = [
    ("page 1, /Annots", |document| {
        let look = dictionary! { "Type" => "XObject", "Subtype" => "Form", "BBox" => vec![0.into(), 0.into(), 400.into(), 200.into()] };
        let look = document.add_object(Stream::new(look, drawing().content));
        let stamp = document.add_object(dictionary! {
            "Type" => "Annot", "Subtype" => "Stamp", "F" => 4,
            "Rect" => vec![80.into(), 450.into(), 480.into(), 650.into()],
            "AP" => dictionary! { "N" => look },
        });
        let page = page(document);
        let mut annotations = page.get(b"Annots").and_then(Object::as_array).cloned().unwrap_or_default();
        annotations.push(stamp.into());
        page.set("Annots", annotations);
    }),
    ("page 1, /Contents", |document| {
        let content = document.add_object(drawing());
        page(document).set("Contents", content);
    }),
    ("page 1, /Contents", |document| {
        let over = document.add_object(drawing());
        let page = page(document);
        let under = page.get(b"Contents").unwrap().clone();
        page.set("Contents", vec![under, over.into()]);
    }),
    ("page 1, /Resources/Font", |document| {
        let resources = page(document).get(b"Resources").and_then(Object::as_reference).unwrap();
        let fonts = document.get_dictionary_mut(resources).unwrap().get_mut(b"Font").unwrap();
        let fonts = fonts.as_dict_mut().unwrap();
        let [regular, bold] = [b"F1", b"F2"].map(|name| fonts.get(name).unwrap().clone());
        fonts.set("F1", bold);
        fonts.set("F2", regular);
    }),
    ("page 1, /Rotate", |document| page(document).set("Rotate", 180)),
    ("page 1, /MediaBox", |document| {
        page(document).set("MediaBox", vec![0.into(), 0.into(), 9.into(), 9.into()]);
    }),
    ("/Pages/Count", |document| {
        let pages = document.get_pages();
        document.delete_pages(&[u32::try_from(pages.len()).unwrap()]);
    }),
    ("/AcroForm", |document| {
        let field =
            document.add_object(dictionary! { "FT" => "Tx", "V" => Object::string_literal("0.001 g") });
        catalogue(document)
            .set("AcroForm", dictionary! { "Fields" => vec![field.into()], "NeedAppearances" => true });
    }),
    ("/OCProperties", |document| {
        let layer =
            document.add_object(dictionary! { "Type" => "OCG", "Name" => Object::string_literal("a") });
        let off = dictionary! { "OFF" => vec![layer.into()] };
        catalogue(document).set("OCProperties", dictionary! { "OCGs" => vec![layer.into()], "D" => off });
    }),
    ("/OpenAction", |document| {
        let script = dictionary! { "S" => "JavaScript", "JS" => Object::string_literal("app.alert(1)") };
        catalogue(document).set("OpenAction", script);
    }),
    ("/Names/JavaScript", |document| {
        let names = catalogue(document).get_mut(b"Names").and_then(Object::as_dict_mut).unwrap();
        names.set("JavaScript", dictionary! { "Names" => vec![] });
    }),
    ("attachment lines.csv", |document| attach(document, b"lines.csv", b"table,key\n")),
    ("/Metadata", |document| {
        let packet = catalogue(document).get(b"Metadata").and_then(Object::as_reference).unwrap();
        let packet = document.objects.get_mut(&packet).unwrap().as_stream_mut().unwrap();
        packet.set_plain_content(b"<x/>".to_vec());
    }),
    ("/Info/Title", |document| {
        let info = document.trailer.get(b"Info").and_then(Object::as_reference).unwrap();
        document.get_dictionary_mut(info).unwrap().set("Title", Object::string_literal("Another"));
    }),
];

/// The file written anew, with a change.
fn changed(pdf: &[u8], change: &dyn Fn(&mut Document)) -> Vec<u8> {
    let mut document = Document::load_mem(pdf).unwrap();
    change(&mut document);
    let mut file = Vec::new();
    document.save_to(&mut file).unwrap();
    file
}

/// The file as it is, with a change behind its end, as editors of PDF make it.
fn updated(pdf: &[u8], change: &dyn Fn(&mut Document)) -> Vec<u8> {
    let before = Document::load_mem(pdf).unwrap();
    let mut after = before.clone();
    change(&mut after);
    let mut update = IncrementalDocument::create_from(pdf.to_vec(), before.clone());
    let new = after.objects.iter().filter(|(id, object)| before.objects.get(id) != Some(*object));
    update.new_document.objects.extend(new.map(|(id, object)| (*id, object.clone())));
    update.new_document.max_id = after.max_id;
    let mut file = Vec::new();
    update.save_to(&mut file).unwrap();
    assert!(file.starts_with(pdf) && file.len() > pdf.len());
    file
}

static MEMBERS: LazyLock<BTreeMap<String, Vec<u8>>> = LazyLock::new(|| members(clean()));

/// A pack with this report in it, its manifest made anew.
fn packed(pdf: &[u8]) -> Vec<u8> {
    let mut members = MEMBERS.clone();
    let mut manifest: serde_json::Value = serde_json::from_slice(&members["manifest.json"]).unwrap();
    let digest: String = Sha256::digest(pdf).iter().map(|byte| format!("{byte:02x}")).collect();
    manifest["members"]["report.pdf"] = serde_json::json!({"bytes": pdf.len(), "sha256": digest});
    members.insert("manifest.json".to_owned(), serde_json::to_vec_pretty(&manifest).unwrap());
    members.insert("report.pdf".to_owned(), pdf.to_vec());
    zipped(&members)
}

#[test]
fn whatever_else_a_page_shows_or_a_file_holds_is_refused_and_named() {
    let in_pack = &MEMBERS["report.pdf"];
    for (place, change) in FORGERIES {
        let expect = format!("report.pdf, {place}");
        let error = verify_pack(Cursor::new(packed(&changed(in_pack, &change)))).unwrap_err();
        assert!(error.place.starts_with(&expect), "{place}: {error}");
        for pdf in REPORTS.iter() {
            let error = verify_report(&updated(pdf, &change)).unwrap_err();
            let is_named =
                error.place == "report.pdf" && error.detail.contains("behind the end of the report");
            assert!(is_named || error.place == "lines.csv", "{place}: {error}");
        }
        // What is attached is held against the figures first.
        let error = verify_report(&changed(&REPORTS[0], &change)).unwrap_err();
        assert!(error.place.starts_with(&expect) || error.place == "lines.csv", "{place}: {error}");
    }
}

/// The same objects in another file, as `qpdf` writes it.
fn by_qpdf(pdf: &[u8], option: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let [from, to] = ["from.pdf", "to.pdf"].map(|name| folder.path().join(name));
    std::fs::write(&from, pdf).unwrap();
    let done = Command::new("qpdf").arg(option).args([&from, &to]).status();
    assert!(done.expect("qpdf is there: .ci/install installs it").success());
    std::fs::read(to).unwrap()
}

#[test]
fn the_same_pages_in_another_file_are_refused() {
    let [pdf, _] = &*REPORTS;
    let twice = [pdf.as_slice(), pdf].concat();
    for (forged, detail) in [
        (by_qpdf(pdf, "--linearize"), "differs from byte"),
        (by_qpdf(pdf, "--object-streams=disable"), "differs from byte"),
        (changed(pdf, &|_| ()), "differs from byte"),
        (twice, "behind the end of the report"),
        ([pdf.as_slice(), b"\n"].concat(), "goes on for 1 bytes behind the end of the report"),
        (pdf[..pdf.len() - 1].to_vec(), "ends at byte"),
    ] {
        let error = verify_report(&forged).unwrap_err();
        assert!(error.place.starts_with("report.pdf") && error.detail.contains(detail), "{error}");
    }
    // What stands before it.
    assert!(verify_report(&[b"%PDF-1.7\n".as_slice(), pdf].concat()).is_err());
}

/// One byte flipped, put in or taken out.
fn with_a_byte_changed(file: &[u8], place: usize, how: u8, byte: u8) -> Vec<u8> {
    let mut file = file.to_vec();
    let place = place % file.len();
    match how % 3 {
        0 => file[place] ^= byte.max(1),
        1 => file.insert(place, byte),
        _ => drop(file.remove(place)),
    }
    file
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_byte_of_a_report_can_be_changed(place in any::<usize>(), how in any::<u8>(), byte in any::<u8>()) {
        for pdf in REPORTS.iter() {
            let changed = with_a_byte_changed(pdf, place, how, byte);
            prop_assert!(changed == *pdf || verify_report(&changed).is_err(), "{how} at {}", place % pdf.len());
        }
    }

    #[test]
    fn no_byte_of_a_signature_can_be_changed(place in 0..16_384usize, how in any::<u8>(), byte in any::<u8>()) {
        let [_, pdf] = &*REPORTS;
        let start = pdf.windows(11).position(|window| window == b"/Contents<3").unwrap() + 10;
        let changed = with_a_byte_changed(pdf, start + place, how, byte);
        prop_assert!(changed == *pdf || verify_report(&changed).is_err(), "{how} at {place}");
    }

    #[test]
    fn no_byte_of_a_pack_can_be_changed(place in any::<usize>(), how in any::<u8>(), byte in any::<u8>()) {
        let pack = clean();
        let changed = with_a_byte_changed(pack, place, how, byte);
        // Compressed data can be written in several ways, of which a reader sees the same.
        prop_assert!(
            verify_pack(Cursor::new(&changed)).is_err() || members(&changed) == members(pack),
            "{how} at {}", place % pack.len()
        );
    }

    #[test]
    fn any_month_is_read_back_from_its_forms(
        rows in prop::collection::vec((0..400usize, 1..=31i8, any::<[u32; 4]>(), ".{0,12}", 0..6usize), 0..12)
    ) {
        let models = FactorSet::latest().models();
        let regions = ["FRA", "azure:swedencentral", "aws:eu-central-1", "nowhere", "=1+1"];
        let rows = rows.into_iter().map(|(model, day, [requests, input, cached, output], name, region)| {
            let model = models.get(model).map_or(name, |model| model.id().to_owned());
            let (input, cached) = (u64::from(input), u64::from(cached.min(input)));
            let usage = Usage { requests: requests.max(1).into(), ..Usage::of_cached_call(input - cached, cached, output.into()) };
            let region = regions.get(region).map(|region| (*region).to_owned());
            Activity { region, ..Activity::new(date(2026, 10, day), model, usage) }
        });
        let evidence = Evidence::from(rows.collect::<Vec<_>>());
        let statement = Statement::new(heading(Language::Fr), &evidence, FactorSet::latest());
        let forms = Form::ALL.map(|form| statement.form(form));
        let [json, focus] = [&forms[0], &forms[5]].map(|form| form.as_ref().unwrap().as_bytes());
        let again = Statement::from_forms(json, focus).unwrap();
        prop_assert_eq!(Form::ALL.map(|form| again.form(form)), forms);
    }
}
