//! What a pack holds for people: a text in their language, the script, the checksums.

use crate::{
    pack::{clean, events, members, statement, zipped},
    periods::{months, period_pack},
    samples::WHOLLY,
};
use carbon_report::{
    Brand, Client, Language,
    pack::{PackError, PackWriter, verify_pack},
    render_pdf,
};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, io::Cursor, process::Command};

type Members = BTreeMap<String, Vec<u8>>;

const ADDRESS: &str = "https://carbon.example.com/verify";
/// Columns of a terminal.
const COLUMNS: usize = 80;

fn month_pack(language: Language, client: &str, address: Option<&str>) -> Result<Vec<u8>, PackError> {
    let events = events();
    let mut statement = statement(&events, language);
    statement.heading.client = Client::new("client-xyz", client);
    let pdf = render_pdf(&statement, &Brand::default()).unwrap();
    let mut pack = PackWriter::new(Cursor::new(Vec::new()), &pdf, &|_| None, &|_| None)?;
    events.iter().for_each(|event| pack.event(event).unwrap());
    address.map_or(Ok(()), |address| pack.verify_at(address))?;
    Ok(pack.finish()?.into_inner())
}

/// A pack of a month and one of a period.
fn packs(language: Language, address: Option<&str>) -> [Members; 2] {
    let month = month_pack(language, "Client XYZ", address).unwrap();
    let texts = months();
    [month, period_pack(language, &texts, address)].map(|pack| {
        verify_pack(Cursor::new(&pack)).unwrap();
        members(&pack)
    })
}

fn readme(members: &Members) -> String {
    String::from_utf8(members["README.txt"].clone()).unwrap()
}

#[test]
fn the_text_names_every_file_and_no_other_in_every_language() {
    for language in Language::ALL {
        let addresses = [Some(ADDRESS), None];
        let addresses = if WHOLLY.contains(&language) { &addresses[..] } else { &addresses[..1] };
        for &address in addresses {
            for members in packs(language, address) {
                let text = readme(&members);
                // A command or an address is not broken.
                let long: Vec<&str> = text.lines().filter(|line| line.chars().count() > COLUMNS).collect();
                assert!(long.is_empty(), "{language}: {long:?}");
                assert!(!text.contains(['{', '}']) && text.ends_with('\n'), "{language}: {text}");
                for name in members.keys() {
                    let is_month = name.starts_with("2026-");
                    let shown = if is_month { "YYYY-MM.statement.json" } else { name };
                    assert!(text.contains(shown), "{language}: {name} is not told of");
                }
                let is_month = members.contains_key("events.ndjson");
                assert_eq!(text.contains("events.ndjson"), is_month);
                assert!(!text.contains("\nwindows.json") && !text.contains("\nlogo.png"), "{text}");
                assert_eq!(text.contains(ADDRESS), address.is_some());
                assert!(text.contains("Client XYZ") && text.contains("Example Software"), "{text}");
                let month = language.month("2026-10".parse().unwrap());
                assert_eq!(text.contains(&month), is_month, "{text}");
            }
        }
    }
}

/// The files, each with the sum that the manifest has of it, and the sums of all: as somebody would who hides a change.
fn resealed(mut members: Members, name: &str, to: Vec<u8>) -> Members {
    let digest =
        |bytes: &[u8]| -> String { Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect() };
    let from = members.insert(name.to_owned(), to.clone()).unwrap();
    if name != "manifest.json" && name != "sha256sums" {
        let of =
            |bytes: &[u8]| format!("\"bytes\": {},\n      \"sha256\": \"{}\"", bytes.len(), digest(bytes));
        let manifest = String::from_utf8(members["manifest.json"].clone()).unwrap();
        assert!(manifest.contains(&of(&from)), "{manifest}");
        members.insert("manifest.json".to_owned(), manifest.replace(&of(&from), &of(&to)).into_bytes());
    }
    if name != "sha256sums" {
        let others = members.iter().filter(|(name, _)| *name != "sha256sums");
        let sums = others.map(|(name, bytes)| format!("{}  {name}\n", digest(bytes))).collect::<String>();
        members.insert("sha256sums".to_owned(), sums.into_bytes());
    }
    members
}

#[test]
fn a_change_of_the_text_the_script_or_the_sums_is_named_however_well_it_is_hidden() {
    for members in packs(Language::Fr, Some(ADDRESS)) {
        let script =
            if members.contains_key("events.ndjson") { "verify_pack.py" } else { "verify_period_pack.py" };
        for (name, from, to, expect) in [
            ("README.txt", "Client XYZ", "Client ABC", "README.txt, row "),
            ("README.txt", ADDRESS, "https://evil.example/verify", "README.txt, row "),
            (script, "need(", "(lambda *a: None)(", &format!("{script}, row ")),
            ("sha256sums", "0", "1", "sha256sums, row "),
            ("manifest.json", ADDRESS, "https://evil.example/verify", "README.txt, row "),
            ("manifest.json", ADDRESS, "javascript:alert(1)", "manifest.json, /verify_at: "),
            (
                "manifest.json",
                ADDRESS,
                "https://a.example/\\nThis pack is sound.",
                "manifest.json, /verify_at: ",
            ),
            ("manifest.json", ADDRESS, "https://a.example/\\u202e", "manifest.json, /verify_at: "),
        ] {
            let text = String::from_utf8(members[name].clone()).unwrap();
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from} is not in {name}");
            let forged = zipped(&resealed(members.clone(), name, changed.into_bytes()));
            let error = verify_pack(Cursor::new(forged)).unwrap_err().to_string();
            assert!(error.starts_with(expect), "{name}: {error}");
        }
        for name in ["README.txt", script, "sha256sums"] {
            let mut without = members.clone();
            without.remove(name);
            let error = verify_pack(Cursor::new(zipped(&without))).unwrap_err().to_string();
            assert_eq!(error, format!("{name}: is not in the pack"));
        }
        // The script of the other kind of pack.
        let mut more = members.clone();
        let other = if script == "verify_pack.py" { "verify_period_pack.py" } else { "verify_pack.py" };
        more.insert(other.to_owned(), members[script].clone());
        let error = verify_pack(Cursor::new(zipped(&more))).unwrap_err();
        assert_eq!(error.place, other);
    }
}

#[test]
fn the_sums_are_those_that_sha256sum_takes_and_the_script_checks_the_pack_that_it_lies_in() {
    for members in packs(Language::De, None) {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in &members {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        let run = |program: &str, arguments: &[&str]| {
            let output = Command::new(program).args(arguments).current_dir(folder.path()).output().unwrap();
            let said = [output.stdout, output.stderr].concat();
            (output.status.success(), String::from_utf8_lossy(&said).into_owned())
        };
        let (holds, said) = run("sha256sum", &["-c", "--strict", "sha256sums"]);
        assert!(holds && said.lines().count() == members.len() - 1, "{said}");
        std::fs::write(folder.path().join("evidence.zip"), zipped(&members)).unwrap();
        // As the text says.
        let text = readme(&members);
        let command = text.lines().find_map(|line| line.strip_prefix("    python3 ")).unwrap();
        let (holds, said) = run("python3", &command.split(' ').collect::<Vec<_>>());
        assert!(holds && said.contains("evidence.zip verifies"), "{said}");
        std::fs::write(folder.path().join("lines.csv"), b"changed").unwrap();
        let (holds, said) = run("sha256sum", &["-c", "sha256sums"]);
        assert!(!holds && said.contains("lines.csv: FAILED"), "{said}");
        for name in ["README.txt", "sha256sums"] {
            let mut changed = members.clone();
            changed.get_mut(name).unwrap().insert(0, b'x');
            std::fs::write(folder.path().join("evidence.zip"), zipped(&changed)).unwrap();
            let (holds, said) = run("python3", &command.split(' ').collect::<Vec<_>>());
            assert!(!holds && said.contains(name) && !said.contains("Traceback"), "{said}");
        }
    }
}

#[test]
fn an_address_is_one_line_of_the_web() {
    for address in [
        "",
        "verify",
        "ftp://a.example",
        "https://a.example/\nx",
        "https://a.example/ x",
        "https://a\u{202e}",
    ] {
        let refused = month_pack(Language::En, "Client", Some(address)).unwrap_err();
        assert!(matches!(&refused, PackError::NoAddress(named) if named == address), "{refused}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    /// Whatever a client is called, its name makes no line of its own.
    #[test]
    fn a_name_adds_no_line(client in any::<String>()) {
        let text = readme(&members(&month_pack(Language::En, &client, None).unwrap()));
        let plain = readme(&members(clean()));
        prop_assert_eq!(text.matches("\n\n\n").count(), plain.matches("\n\n\n").count());
        let is_control = |c: char| c != '\n' && c.is_control() || c == char::from_u32(0x202e).unwrap();
        prop_assert!(!text.contains(is_control));
        let headings = text.lines().filter(|line| line.len() > 2 && line.chars().all(|c| c == '-')).count();
        prop_assert_eq!(headings, 5);
    }
}
