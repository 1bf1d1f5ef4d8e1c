//! Signed reports: valid to other programs, and no longer after a single byte is changed.

use crate::{
    rules::RULES,
    samples::{ordinary_sample, statements},
};
use carbon_report::{
    Brand, Certificate, Language, Signer, SignerError, attached, pack::verify_report, render_signed_pdf,
};
use lopdf::Document;
use std::{process::Command, sync::LazyLock};

const KEY: &str = include_str!("signing/key.pem");
const CERTIFICATE: &str = include_str!("signing/certificate.pem");

/// The ordinary month, signed once for all tests.
static SIGNED: LazyLock<Vec<u8>> = LazyLock::new(signed);

fn signed() -> Vec<u8> {
    let signer = Signer::from_pem(KEY, CERTIFICATE).unwrap();
    render_signed_pdf(&ordinary_sample(Language::En).statement, &Brand::default(), &signer).unwrap()
}

/// What `pdfsig` says of a file.
fn judged(pdf: &[u8]) -> String {
    let file = tempfile::Builder::new().suffix(".pdf").tempfile().unwrap();
    std::fs::write(file.path(), pdf).unwrap();
    let output = Command::new("pdfsig").arg("-nocert").arg(file.path()).output();
    let output = output.expect("pdfsig is there: .ci/test installs poppler-utils");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_signature_is_valid_and_covers_the_file() {
    let pdf = &*SIGNED;
    assert!(*pdf == signed(), "bytes differ");
    let judgement = judged(pdf);
    for words in
        ["Signature is Valid", "Total document signed", "ETSI.CAdES.detached", "Example Software reports"]
    {
        assert!(judgement.contains(words), "{words:?} is not in\n{judgement}");
    }
    std::fs::write(format!("{}/signed-en.pdf", env!("CARGO_TARGET_TMPDIR")), pdf).unwrap();
}

/// What pyHanko says of a file, the certificate being trusted.
fn second_judgement(pdf: &[u8]) -> (bool, String) {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let certificate = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/report/signing/certificate.pem");
    let file = tempfile::Builder::new().suffix(".pdf").tempfile().unwrap();
    std::fs::write(file.path(), pdf).unwrap();
    let output = Command::new(format!("{root}/target/python/bin/pyhanko"))
        .args(["sign", "validate", "--pretty-print", "--trust", certificate])
        .arg(file.path())
        .output()
        .expect("pyhanko is there: .ci/test installs it");
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn another_judge_agrees() {
    let pdf = SIGNED.clone();
    let (is_valid, judgement) = second_judgement(&pdf);
    assert!(is_valid && judgement.contains("The signature is judged VALID"), "{judgement}");
    assert!(judgement.contains("covers the entire file"), "{judgement}");
    let mut broken = pdf;
    let place = broken.len() / 3;
    broken[place] ^= 1;
    assert!(!second_judgement(&broken).0);
}

#[test]
fn one_flipped_byte_breaks_it() {
    let pdf = SIGNED.clone();
    let title = b"<dc:title>";
    let places = [
        pdf.len() / 3,
        pdf.windows(title.len()).position(|window| window == title).unwrap() + 12,
        pdf.len() - 4_000,
    ];
    for place in places {
        let mut broken = pdf.clone();
        broken[place] ^= 1;
        let judgement = judged(&broken);
        assert!(!judgement.contains("Signature is Valid"), "{place}: {judgement}");
    }
}

#[test]
fn a_signed_file_keeps_every_rule_and_its_forms() {
    let pdf = SIGNED.clone();
    let document = Document::load_mem(&pdf).unwrap();
    for (rule, holds) in RULES {
        holds(&document).unwrap_or_else(|error| panic!("{rule}: {error}"));
    }
    let plain = ordinary_sample(Language::En).pdf();
    assert_eq!(attached(&pdf, "statement.json"), attached(plain, "statement.json"));
    assert!(pdf.ends_with(b"%%EOF\n"));
}

#[test]
fn a_key_that_cannot_sign_says_why() {
    let other = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg";
    for (key, certificate, expect) in [
        ("nonsense", CERTIFICATE, "the signing key must be an unencrypted P-256 key in PKCS#8 PEM"),
        (other, CERTIFICATE, "the signing key must be an unencrypted P-256 key in PKCS#8 PEM"),
        (KEY, "nonsense", "the certificate must be X.509 in PEM"),
        (KEY, KEY, "the certificate must be X.509 in PEM: it holds a PRIVATE KEY"),
        (include_str!("signing/other_key.pem"), CERTIFICATE, "the certificate does not belong to the key"),
    ] {
        let error: SignerError = Signer::from_pem(key, certificate).unwrap_err();
        assert!(error.to_string().starts_with(expect), "{error}");
    }
}

/// As OpenSSL signs a file, apart from it.
#[test]
fn a_detached_signature_is_over_one_file_by_one_key() {
    let folder = tempfile::tempdir().unwrap();
    let key = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/report/signing/key.pem");
    let file = folder.path().join("file.zip");
    std::fs::write(&file, "a file").unwrap();
    let signed = Command::new("openssl").args(["dgst", "-sha256", "-sign", key]).arg(&file).output().unwrap();
    assert!(signed.status.success(), "{}", String::from_utf8_lossy(&signed.stderr));
    let certificate = Certificate::from_pem(CERTIFICATE).unwrap();
    assert_eq!(certificate.check(b"a file", &signed.stdout), Ok(()));
    assert!(certificate.subject().contains("CN=Example Software reports"), "{}", certificate.subject());
    let digest = Command::new("openssl")
        .args(["x509", "-noout", "-fingerprint", "-sha256", "-in"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/report/signing/certificate.pem"))
        .output()
        .unwrap();
    let digest = String::from_utf8(digest.stdout).unwrap().replace(':', "").to_lowercase();
    assert!(digest.trim().ends_with(&certificate.sha256()), "{digest}");
    let mut altered = signed.stdout.clone();
    *altered.last_mut().unwrap() ^= 1;
    for (file, signature, why) in [
        (&b"another file"[..], &signed.stdout[..], "over another file"),
        (b"a file", &altered, "over another file"),
        (b"a file", b"nonsense", "as `openssl dgst -sha256 -sign` writes it"),
        (b"a file", b"", "as `openssl dgst -sha256 -sign` writes it"),
    ] {
        let error = certificate.check(file, signature).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
    let rsa = folder.path().join("rsa.pem");
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            "/CN=x",
            "-keyout",
            "/dev/null",
            "-out",
        ])
        .arg(&rsa)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let error = Certificate::from_pem(&std::fs::read_to_string(rsa).unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "the key of the certificate must be a P-256 key");
}

/// Where the digits of the signature are.
fn digits(pdf: &[u8]) -> std::ops::Range<usize> {
    let key = b"/Contents<";
    let start = pdf.windows(key.len()).rposition(|window| window == key).unwrap() + key.len();
    start..start + pdf[start..].iter().position(|byte| *byte == b'>').unwrap()
}

#[test]
fn who_signed_is_said_and_anything_else_in_its_place_is_refused() {
    let pdf = SIGNED.clone();
    let signer = verify_report(&pdf).unwrap().signed_by.unwrap();
    let certificate = Certificate::from_pem(CERTIFICATE).unwrap();
    assert_eq!(
        (signer.subject.clone(), signer.certificate_sha256.clone()),
        (certificate.subject(), certificate.sha256())
    );
    assert!(signer.is_self_signed());
    let plain = ordinary_sample(Language::En).pdf();
    assert_eq!(verify_report(plain).unwrap().signed_by, None);

    let digits = digits(&pdf);
    let refused = |change: &dyn Fn(&mut [u8])| {
        let mut forged = pdf.clone();
        change(&mut forged[digits.clone()]);
        let error = verify_report(&forged).unwrap_err();
        assert_eq!(error.place, "report.pdf, its signature", "{error}");
        error.detail
    };
    assert!(refused(&|room| room.fill(b'0')).starts_with("is none that a report bears"));
    assert_eq!(refused(&|room| room[room.len() - 1] = b'1'), "holds more than a signature");
    assert_eq!(refused(&|room| room.make_ascii_lowercase()), "has other signs than hexadecimal digits");
    // That of another report, which is valid there.
    let other = &statements(Language::En)[2].statement;
    let other =
        render_signed_pdf(other, &Brand::default(), &Signer::from_pem(KEY, CERTIFICATE).unwrap()).unwrap();
    assert!(verify_report(&other).is_ok());
    let moved = refused(&|room| room.copy_from_slice(&other[self::digits(&other)]));
    assert!(moved.contains("the signature is over another file"), "{moved}");
}
