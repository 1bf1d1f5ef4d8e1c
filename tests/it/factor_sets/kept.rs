//! Sets in a ledger: added once, signed, copied, and never another.

use super::{
    SOURCES, add, add_this_morning, close, folder, json_of, listed, next, path, run, shipped, text,
    this_morning,
};
use crate::{
    ledger::Ledger,
    server::ROOT,
    servers::within,
    time::{month, on},
};
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use tempfile::TempDir;

/// The set of this morning as a zip, with the folder that it is in.
fn zipped() -> (TempDir, PathBuf) {
    let parent = tempfile::tempdir().unwrap();
    let zip = parent.path().join("acme.zip");
    let tables = this_morning();
    let made = run(&["check", path(tables.path()), "--on", shipped(), "--output", path(&zip)]);
    assert!(made.status.success(), "{}", text(&made));
    (parent, zip)
}

#[test]
fn a_set_is_added_once_and_never_changes() {
    let ledger = Ledger::new();
    ledger.serve().stop();
    let (parent, zip) = zipped();
    let first = add(&ledger, &zip, &[]);
    assert_eq!(first["is_new"], true);
    // The same again, as a zip or as a folder, and while a server has the ledger open.
    let server = ledger.serve();
    for again in [add(&ledger, &zip, &[]), add_this_morning(&ledger)] {
        assert_eq!((&again["is_new"], &again["added_at"]), (&json!(false), &first["added_at"]));
    }
    let other = this_morning();
    fs::write(other.path().join("sources.csv"), SOURCES.replace("Model card", "The model card")).unwrap();
    let digest = first["sha256"].as_str().unwrap();
    for command in ["add", "check"] {
        let refused = ledger.run(&["factor-set", command, path(other.path()), "--on", shipped()]);
        let expect = format!("{} is in the ledger with another digest, {digest}, and never changes", next());
        assert!(refused.status.code() == Some(1) && text(&refused).contains(&expect), "{}", text(&refused));
    }
    server.stop();
    assert_eq!(ledger.count("select count(*) from factor_set"), 1);
    for change in ["update factor_set set version = 'x'", "delete from factor_set"] {
        let refused = match ledger.is_file() {
            true => ledger.open().execute_batch(change).map_err(|error| error.to_string()),
            false => ledger.try_execute(change),
        };
        assert!(refused.unwrap_err().contains("factor sets are immutable"), "{change}");
    }
    // It comes out as it went in, and another can be put on top of it, with the ledger or without.
    let out = parent.path().join("out.zip");
    let exported = ledger.run(&["factor-set", "export", &next(), "--output", path(&out)]);
    assert!(exported.status.success(), "{}", text(&exported));
    assert!(fs::read(&out).unwrap() == fs::read(&zip).unwrap(), "another zip came out");
    let alias = "alias,model,valid_from,valid_to,evidence\nacme-latest,acme-chat-2,,,release notes\n";
    let (alias, version) = (folder(&[("aliases.csv", alias)]), format!("{}.2", shipped()));
    let (check, base) = (["check", path(alias.path()), "--version", &version, "--json", "--on"], next());
    let with_ledger = ledger.run(&[&["factor-set"], &check[..], &[&base]].concat());
    let without = run(&[&check[..], &[path(&zip)]].concat());
    assert_eq!(json_of(&without)["on"], next());
    let tables = json!([{"table": "aliases.csv", "added_rows": 1, "removed_rows": 0}]);
    assert_eq!(json_of(&with_ledger)["tables"], tables);
    assert_eq!(json_of(&with_ledger)["sha256"], json_of(&without)["sha256"]);
    ledger.check();
}

/// Whether or not anything rests on it.
#[test]
fn a_set_that_is_changed_in_the_ledger_is_named() {
    let ledger = Ledger::new();
    ledger.serve().stop();
    add_this_morning(&ledger);
    ledger.check();
    for change in [
        "update factor_set set archive = x'00'".to_owned(),
        format!("update factor_set set version = '{}.9'", shipped()),
        "update factor_set set sha256 = replace(sha256, substr(sha256, 1, 1), 'g')".to_owned(),
    ] {
        let copy = ledger.copy();
        assert!(copy.tamper(&change) > 0);
        let output = copy.run(&["check"]);
        let said = text(&output);
        assert!(
            output.status.code() == Some(1) && said.contains("is not as it was added"),
            "{change}: {said}"
        );
    }
}

#[test]
fn a_signature_is_checked_kept_and_shown() {
    let ledger = Ledger::new();
    ledger.serve().stop();
    let (parent, zip) = zipped();
    let file = |name: &str| parent.path().join(name);
    let signing = Path::new(ROOT).join("carbon-report/tests/report/signing");
    let certificate = signing.join("certificate.pem");
    let sign = |key: &str, out: &Path| {
        let arguments = ["dgst", "-sha256", "-sign", path(&signing.join(key)), "-out", path(out), path(&zip)]
            .map(str::to_owned);
        assert!(Command::new("openssl").args(arguments).status().unwrap().success());
    };
    let (signature, other) = (file("acme.sig"), file("other.sig"));
    sign("key.pem", &signature);
    sign("other_key.pem", &other);
    let signed = |ledger: &Ledger, source: &Path, signature: &Path, further: &[&str]| -> Output {
        let flags = ["--signature", path(signature), "--certificate", path(&certificate)];
        ledger.run(&[&["factor-set", "add", path(source), "--json"], &flags[..], further].concat())
    };
    let tables = this_morning();
    for (source, signature, further, expect) in [
        (zip.as_path(), &other, &[][..], "was made with another key than the certificate's"),
        (&zip, &certificate, &[], "the signature must be ECDSA with SHA-256, in DER"),
        (tables.path(), &signature, &["--on", shipped()], "a signature is over a zip"),
    ] {
        let said = text(&signed(&ledger, source, signature, further));
        assert!(said.contains(expect), "{said}");
    }
    assert_eq!(ledger.count("select count(*) from factor_set"), 0);
    let added = json_of(&signed(&ledger, &zip, &signature, &[]));
    assert_eq!(added["signed_by"], "CN=Example Software reports,O=Example Software SAS,C=FR");
    assert_eq!(json_of(&signed(&ledger, &zip, &signature, &[]))["is_new"], false);
    assert_eq!(add(&ledger, &zip, &[])["is_new"], false);
    let sets = listed(&ledger, &[]);
    let set = sets.iter().find(|set| set["factor_set"] == next()).unwrap();
    assert_eq!(set["signed_by"], added["signed_by"]);
    assert_eq!(set["certificate_sha256"].as_str().unwrap().len(), 64);
    let exported = ledger.run(&["factor-set", "export", &next(), "--output", path(&file("out.zip"))]);
    assert!(exported.status.success(), "{}", text(&exported));
    assert_eq!(fs::read(file("out.zip.sig")).unwrap(), fs::read(&signature).unwrap());
    assert_eq!(fs::read(file("out.zip.pem")).unwrap(), fs::read(&certificate).unwrap());
    ledger.check();
    let copy = ledger.copy();
    assert!(copy.tamper("update factor_set set signature = x'00'") > 0);
    assert!(text(&copy.run(&["check"])).contains("is not as it was added"));

    // What was added without a signature has none for ever.
    let unsigned = Ledger::new();
    unsigned.serve().stop();
    add(&unsigned, &zip, &[]);
    let said = text(&signed(&unsigned, &zip, &signature, &[]));
    assert!(said.contains("is in the ledger already, without this signature"), "{said}");
}

#[test]
fn a_backup_carries_the_sets() {
    let ledger = Ledger::in_file();
    let server = ledger.serve();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &on(5, "a", json!({"model": "acme-chat-2"})));
    add_this_morning(&ledger);
    let knows = || server.get("/api/v1/models/acme-chat-2", None).status == 200;
    within(10, "the server knows the set", knows);
    close(&server, &keys.live, &month());
    let copy = Ledger::in_file();
    let output = ledger.run(&["backup", path(&copy.path())]);
    assert!(output.status.success(), "{}", text(&output));
    let said = copy.check();
    assert!(said.contains("Closed months  1\n") && said.contains("Factor sets    1 added"), "{said}");
}
