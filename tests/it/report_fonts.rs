//! Reports with names in fonts of the operator: who issues them, and who checks them.

use crate::{
    ledger::Ledger,
    report_evidence::{form, kept, report, text, verify},
    time::{month, on},
};
use serde_json::json;
use std::{fs, os::unix::fs::symlink, path::Path, process::Command};

const DEBIAN: &str = "/usr/share/fonts/truetype/noto/NotoSansHebrew-Regular.ttf";

#[test]
fn names_are_set_in_the_operators_fonts_and_verified_with_them() {
    let folder = tempfile::tempdir().unwrap();
    let fonts = folder.path().to_str().unwrap();
    symlink(DEBIAN, folder.path().join("hebrew.ttf")).unwrap();
    fs::write(folder.path().join("OFL.txt"), "a licence").unwrap();
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--fonts", fonts]);
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &on(2, "one", json!({"model": "מודל"})));
    let name = "חברת הדוגמה";
    server.put("/api/v1/tenants/client-xyz", Some(&keys.live), &json!({"name": name}));
    let report = report(&server, &keys.live, json!({}));
    let pdf = kept(&form(&server, &keys.live, &report, "pdf"));
    let pack = kept(&form(&server, &keys.live, &report, "evidence"));
    let shown = Command::new("pdftotext").arg(pdf.path()).arg("-").output().unwrap();
    assert!(text(&shown).contains(name) && !text(&shown).contains("[U+"), "{}", text(&shown));
    for file in [&pdf, &pack] {
        let verified = verify(file.path(), &["--fonts", fonts]);
        assert!(verified.status.success(), "{}", text(&verified));
        let alone = verify(file.path(), &[]);
        assert_eq!(alone.status.code(), Some(1), "{}", text(&alone));
        let said = text(&alone);
        let is_named = said.contains("except for its pages") && said.contains("hebrew.ttf (SHA-256 ");
        assert!(is_named && said.contains("--fonts"), "{said}");
    }
    // The command issues it as the server does.
    drop(server);
    if ledger.is_file() {
        let output = folder.path().join("report.pdf");
        let arguments =
            ["report", "--tenant", "client-xyz", "--month", &month(), "--fonts", fonts, "--output"];
        let issued = ledger.run(&[&arguments[..], &[output.to_str().unwrap()]].concat());
        assert!(issued.status.success(), "{}", text(&issued));
        assert!(verify(&output, &["--fonts", fonts]).status.success());
    }
}

#[test]
fn a_font_that_cannot_be_used_stops_the_start_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let start =
        |fonts: &Path| Ledger::new().run(&["--listen", "127.0.0.1:0", "--fonts", fonts.to_str().unwrap()]);
    let missing = folder.path().join("missing");
    let empty = folder.path().join("empty");
    let broken = folder.path().join("broken");
    fs::create_dir(&empty).unwrap();
    fs::create_dir(&broken).unwrap();
    fs::write(broken.join("b.OTF"), "nonsense").unwrap();
    fs::write(broken.join("a.txt"), "nonsense").unwrap();
    for (fonts, said) in [
        (&missing, "missing: No such file or directory"),
        (&empty, "empty: has no file that ends with .ttf, .otf or .ttc"),
        (&broken, "broken/b.OTF: is not a font that can be read"),
    ] {
        let refused = start(fonts);
        assert!(!refused.status.success(), "{}", text(&refused));
        assert!(text(&refused).contains("fonts cannot be used: "), "{}", text(&refused));
        assert!(text(&refused).contains(said), "{}", text(&refused));
    }
}
