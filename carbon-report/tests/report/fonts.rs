//! Names in scripts that the report's own fonts lack, in fonts of the operator: those of Debian's packages.

use crate::samples::{heading, row};
use carbon_core::{FactorSet, Usage};
use carbon_report::{
    Brand, Client, Evidence, FontFault, Fonts, Heading, Language, Signer, Statement, Supplier, attached,
    evidence::TaggedActivity,
    pack::{AtHand, verify_report, verify_report_with},
    render_pdf, render_signed_pdf,
};
use lopdf::{Document, Object};
use proptest::prelude::*;
use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
    sync::LazyLock,
};

/// Files of fonts-noto-core, and of fonts-wqy-microhei, which is a collection.
const FILES: [&str; 9] = [
    "truetype/noto/NotoSansArabic-Bold.ttf",
    "truetype/noto/NotoSansArabic-Regular.ttf",
    "truetype/noto/NotoSansDevanagari-Bold.ttf",
    "truetype/noto/NotoSansDevanagari-Regular.ttf",
    "truetype/noto/NotoSansHebrew-Bold.ttf",
    "truetype/noto/NotoSansHebrew-Regular.ttf",
    "truetype/noto/NotoSansThai-Bold.ttf",
    "truetype/noto/NotoSansThai-Regular.ttf",
    "truetype/wqy/wqy-microhei.ttc",
];
/// Of fonts-tlwg-garuda-otf: Thai, in outlines of the other kind.
const CFF: &str = "opentype/tlwg/Garuda.otf";

/// Script, name of a client, and another name.
const NAMES: [(&str, &str, &str); 7] = [
    ("chinese", "北京智能科技有限公司", "客服助手"),
    ("japanese", "株式会社サンプル・ソフト", "社内アシスタント"),
    ("korean", "한국 소프트웨어 주식회사", "고객 상담"),
    ("arabic", "شركة المثال للبرمجيات", "مساعد العملاء"),
    ("hebrew", "חברת הדוגמה בע״מ", "עוזר לקוחות"),
    ("thai", "บริษัท ตัวอย่างซอฟต์แวร์ จำกัด", "ผู้ช่วยลูกค้า"),
    ("hindi", "उदाहरण सॉफ्टवेयर प्राइवेट लिमिटेड", "ग्राहक सहायक"),
];

fn file(name: &str) -> (String, Vec<u8>) {
    let path = Path::new("/usr/share/fonts").join(name);
    let data = std::fs::read(&path).unwrap_or_else(|_| panic!("no {}: .ci/install tests", path.display()));
    (path.file_name().unwrap().to_str().unwrap().to_owned(), data)
}

static FONTS: LazyLock<Fonts> = LazyLock::new(|| Fonts::read(FILES.map(file)).unwrap());

fn brand(fonts: &Fonts) -> Brand {
    Brand { fonts: fonts.clone(), ..Brand::default() }
}

fn at_hand(fonts: &Fonts) -> AtHand<'static> {
    AtHand { fonts: fonts.clone(), ..AtHand::default() }
}

/// A month whose client, supplier, models and tags have such names.
fn statement(client: &str, other: &str) -> Statement {
    let heading = Heading {
        supplier: Supplier::from(other),
        client: Client::new("client-xyz", client),
        ..heading(Language::En)
    };
    let known = row(3, "mistral-large-2", None, Usage::of_call(90_000, 50_000));
    let tag = |name: &str, value: &str| TaggedActivity {
        name: name.to_owned(),
        value: value.to_owned(),
        activity: known.clone(),
    };
    let evidence = Evidence {
        activity: vec![known.clone(), row(4, other, None, Usage::of_call(1_000, 1_000))],
        tags: vec![tag("team", client), tag(other, "support")],
        ..Evidence::default()
    };
    Statement::new(heading, &evidence, FactorSet::latest())
}

fn drawn(client: &str, other: &str) -> Vec<u8> {
    render_pdf(&statement(client, other), &brand(&FONTS)).unwrap()
}

/// A report for each script; one with all of them; and one with outlines of the other kind.
pub(crate) fn reports() -> Vec<(&'static str, Vec<u8>)> {
    let mut reports: Vec<_> =
        NAMES.iter().map(|(script, client, other)| (*script, drawn(client, other))).collect();
    let mixed = drawn("Zürich 北京 & شركة المثال (חברה) GmbH", "a-مساعد-b 한국 24 हिन्दी");
    let (_, client, other) = NAMES[5];
    let cff = Fonts::read([file(CFF)]).unwrap();
    let cff = render_pdf(&statement(client, other), &brand(&cff)).unwrap();
    reports.extend([("mixed", mixed), ("cff", cff)]);
    reports
}

/// The text that poppler reads, without the marks that it sets around what runs to the left.
fn text(pdf: &[u8]) -> String {
    let mut reader = Command::new("pdftotext")
        .args(["-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("pdftotext is there: .ci/install tests");
    reader.stdin.take().unwrap().write_all(pdf).unwrap();
    let text = String::from_utf8(reader.wait_with_output().unwrap().stdout).unwrap();
    text.replace(|mark: char| ('\u{202a}'..='\u{202e}').contains(&mark), "")
}

/// What structure elements and pieces of the pages are to be read as.
fn read_as(pdf: &[u8]) -> Vec<String> {
    let document = Document::load_mem(pdf).unwrap();
    let actual =
        |object: &Object| lopdf::decode_text_string(object.as_dict().ok()?.get(b"ActualText").ok()?).ok();
    document.objects.values().filter_map(actual).collect()
}

#[test]
fn names_of_every_script_are_drawn_and_read_as_they_are() {
    for (script, pdf) in reports() {
        std::fs::write(format!("{}/script-{script}.pdf", env!("CARGO_TARGET_TMPDIR")), &pdf).unwrap();
        let text = text(&pdf);
        assert!(!text.contains("[U+") && !text.contains("code points"), "{script}: {text}");
        let of_script = NAMES.iter().filter(|(of, ..)| *of == script);
        for name in of_script.flat_map(|(_, client, other)| [client, other]) {
            assert!(text.contains(name), "{name} is not in {text}");
            // Who listens hears a name that runs to the left in the order of its letters.
            if ["arabic", "hebrew"].contains(&script) {
                let read = read_as(&pdf);
                assert!(read.iter().filter(|read| read.contains(name)).count() > 1, "{name}: {read:?}");
            }
        }
    }
}

#[test]
fn a_report_names_its_fonts_and_is_drawn_again_with_them() {
    let key = (include_str!("signing/key.pem"), include_str!("signing/certificate.pem"));
    let signer = Signer::from_pem(key.0, key.1).unwrap();
    for (script, client, other) in [NAMES[0], NAMES[3], NAMES[6]] {
        let statement = statement(client, other);
        let pdf = render_pdf(&statement, &brand(&FONTS)).unwrap();
        let again = std::thread::spawn(move || drawn(client, other)).join().unwrap();
        assert!(pdf == again, "{script} is drawn in another way");
        let signed = render_signed_pdf(&statement, &brand(&FONTS), &signer).unwrap();
        // More fonts in another order, of which the report names its own.
        let mut more: Vec<_> = FILES.map(file).into();
        more.reverse();
        more.insert(0, file(CFF));
        let more = Fonts::read(more.into_iter().map(|(name, data)| (format!("x-{name}"), data))).unwrap();
        for pdf in [&pdf, &signed] {
            verify_report_with(pdf, &at_hand(&FONTS)).unwrap_or_else(|error| panic!("{script}: {error}"));
            verify_report_with(pdf, &at_hand(&more)).unwrap_or_else(|error| panic!("{script}: {error}"));
            // Without them nothing is said of the pages, and that is no pass.
            for fonts in [Fonts::default(), Fonts::read([file(CFF)]).unwrap()] {
                let error = verify_report_with(pdf, &at_hand(&fonts)).unwrap_err().to_string();
                assert!(error.starts_with("report.pdf: was checked except for its pages"), "{error}");
                assert!(error.contains("SHA-256 ") && !error.contains("x-"), "{error}");
            }
        }
    }
    let latin = render_pdf(&statement("Client", "Œuvre"), &brand(&FONTS)).unwrap();
    assert!(latin == render_pdf(&statement("Client", "Œuvre"), &Brand::default()).unwrap());
    assert!(verify_report(&latin).is_ok() && attached(&latin, "fonts.json").is_none());
}

#[test]
fn a_report_that_names_fonts_is_not_believed() {
    // A list of fonts in a report that needs none, and one that is no list.
    let (_, client, other) = NAMES[3];
    let pdf = drawn(client, other);
    for list in [&b"[]"[..], b"{}", b"[{\"file\":\"a\",\"face\":0,\"sha256\":\"00\"}]"] {
        let mut document = Document::load_mem(&pdf).unwrap();
        let is_list = |object: &Object| {
            object.as_stream().is_ok_and(|stream| {
                stream.get_plain_content().is_ok_and(|content| content.starts_with(b"[\n  {\n    \"file\""))
            })
        };
        let (_, object) = document.objects.iter_mut().find(|(_, object)| is_list(object)).unwrap();
        object.as_stream_mut().unwrap().set_plain_content(list.to_vec());
        let mut forged = Vec::new();
        document.save_to(&mut forged).unwrap();
        let error = verify_report_with(&forged, &at_hand(&FONTS)).unwrap_err();
        assert!(error.place.starts_with("report.pdf"), "{error}");
    }
}

#[test]
fn a_file_that_is_no_font_for_a_report_is_named_with_its_reason() {
    let (name, font) = file(FILES[4]);
    // Bits of the table OS/2 that say what may be done with the font.
    let place = |tag: &[u8]| {
        let record = font.windows(4).position(|window| window == tag).unwrap();
        usize::try_from(u32::from_be_bytes(font[record + 8..record + 12].try_into().unwrap())).unwrap()
    };
    let mut restricted = font.clone();
    restricted[place(b"OS/2") + 8..][..2].copy_from_slice(&[0, 2]);
    let mut pictures = font.clone();
    let outlines = pictures.windows(4).position(|window| window == b"glyf").unwrap();
    pictures[outlines..outlines + 4].copy_from_slice(b"CBDT");
    for (content, is_it) in [
        (b"%PDF-1.7".to_vec(), FontFault::Unreadable(String::new())),
        (font[..200].to_vec(), FontFault::Unreadable(String::new())),
        (restricted, FontFault::MayNotBeEmbedded),
        (pictures, FontFault::NoOutlines),
        (vec![0; carbon_report::FONT_BYTES_MAX + 1], FontFault::TooLarge),
    ] {
        let error = Fonts::read([file(FILES[0]), (name.clone(), content)]).unwrap_err();
        assert_eq!(error.file, name);
        assert_eq!(std::mem::discriminant(&error.reason), std::mem::discriminant(&is_it), "{error}");
        assert!(error.to_string().starts_with("NotoSansHebrew-Bold.ttf: "), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 16, ..ProptestConfig::default() })]

    #[test]
    fn any_name_is_drawn_and_drawn_again(
        client in "[a-zא-ת٠-٩ا-يก-๙अ-९中-丯가-갯()\u{300}\u{64b}\u{200c}-\u{200f}\u{202e} .…]{1,40}", other in ".{1,20}"
    ) {
        let pdf = drawn(&client, &other);
        let verified = verify_report_with(&pdf, &at_hand(&FONTS));
        prop_assert!(verified.is_ok(), "{client:?} {other:?}: {verified:?}");
    }
}
