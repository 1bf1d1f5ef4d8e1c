//! Hand-over to other systems: every form of three months, the same figure in each, and what judges of their standards say.

use crate::{
    demo::Demo,
    server::{ROOT, Server},
};
use carbon_report::forms::TAXONOMY;
use serde_json::{Value, json};
use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

/// A decimal's digits, and how many of them are behind the point: as written, past what any number type could hold.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Exact {
    digits: String,
    decimals: usize,
}

impl Exact {
    /// `text`, `power` places to the right.
    fn of(text: &str, power: usize) -> Exact {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let mut fraction = format!("{fraction:0<power$}");
        let behind = fraction.split_off(power);
        let behind = behind.trim_end_matches('0');
        let digits = format!("{whole}{fraction}{behind}");
        Exact { digits: digits.trim_start_matches('0').to_owned(), decimals: behind.len() }
    }

    fn sum(texts: impl Iterator<Item = String>) -> Exact {
        let texts: Vec<String> = texts.filter(|text| !text.is_empty()).collect();
        let decimals =
            texts.iter().map(|text| text.split_once('.').map_or(0, |(_, fraction)| fraction.len())).max();
        let decimals = decimals.unwrap_or(0);
        let scaled = |text: &String| -> u128 {
            let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
            format!("{whole}{fraction:0<decimals$}").parse().unwrap()
        };
        let sum: u128 = texts.iter().map(scaled).sum();
        let digits = format!("{sum:0>width$}", width = decimals + 1);
        let (whole, fraction) = digits.split_at(digits.len() - decimals);
        Exact::of(&format!("{whole}.{fraction}"), 0)
    }
}

#[test]
fn an_exact_sum_is_one() {
    let texts = ["0.3", "0.70", "", "12.0000000000000000001"].map(str::to_owned);
    assert_eq!(Exact::sum(texts.into_iter()), Exact::of("13.0000000000000000001", 0));
    assert_eq!(Exact::of("0.0000421", 6), Exact::of("42.1", 0));
    assert_ne!(Exact::of("0.0000421", 6), Exact::of("42.10001", 0));
}

/// Reports of the newest three closed months of a client.
fn reports(demo: &Demo) -> Vec<Value> {
    let closed = demo.ledger.rows("select month from closed_month order by month desc limit 3");
    let issue = |row: &Vec<String>| {
        let wanted = json!({"tenant_id": "nordwind", "month": row[0]});
        let reply = demo.server.post("/api/v1/reports", Some(&demo.live), &wanted);
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json()
    };
    closed.iter().map(issue).collect()
}

fn form(demo: &Demo, report: &Value, link: &str) -> String {
    let reply = demo.server.get(report["links"][link].as_str().unwrap(), Some(&demo.live));
    assert_eq!(reply.status, 200, "{link}: {}", reply.text());
    reply.text()
}

fn column(csv: &str, name: &str) -> Vec<String> {
    let head: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
    let place =
        head.iter().position(|column| *column == name).unwrap_or_else(|| panic!("no {name} in {head:?}"));
    csv.lines().skip(1).map(|line| line.split(',').nth(place).unwrap().to_owned()).collect()
}

fn program(name: &str) -> Command {
    Command::new(Path::new(ROOT).join("target/python-handover/bin").join(name))
}

/// What Arelle says of a report, without a network.
fn arelle(report: &Path) -> Output {
    let mut arelle = Command::new("unshare");
    arelle
        .args(["--user", "--map-root-user", "--net"])
        .arg(Path::new(ROOT).join("target/python-handover/bin/arelleCmdLine"))
        .args(["--internetConnectivity", "offline", "--plugins", "loadFromOIM", "--validate", "--utr"])
        .args(["--calc", "c11r", "--validationExitCode", "--file"])
        .arg(report);
    arelle.output().unwrap()
}

#[test]
fn every_form_of_three_months_states_the_same_total() {
    let demo = Demo::start();
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in TAXONOMY {
        assert_eq!(demo.server.get(&format!("/taxonomy/{name}"), None).text(), text);
        fs::write(folder.path().join(name), text).unwrap();
    }
    for report in reports(&demo) {
        let form = |link: &str| form(&demo, &report, link);
        let parsed = |link: &str| -> Value { serde_json::from_str(&form(link)).unwrap() };
        let statement = parsed("statement");
        let total = Exact::of(statement["total"]["co2_grams"]["central"].as_str().unwrap(), 0);
        let bounds =
            ["low", "high"].map(|bound| statement["total"]["co2_grams"][bound].as_str().unwrap().to_owned());
        assert_eq!(Exact::of(&column(&form("lines"), "co2_grams")[0], 0), total, "lines.csv");
        let xbrl = parsed("xbrl");
        let fact = |id: &str| Exact::of(xbrl["facts"][id]["value"].as_str().unwrap(), 6);
        assert_eq!(fact("ghg"), total, "statement.xbrl.json");
        assert_eq!([fact("ghg_lower"), fact("ghg_upper")], bounds.map(|bound| Exact::of(&bound, 0)));
        let footprint = parsed("footprint");
        assert_eq!(
            Exact::of(footprint["pcf"]["pcfExcludingBiogenicUptake"].as_str().unwrap(), 3),
            total,
            "PACT"
        );
        let focus = form("focus");
        assert_eq!(Exact::sum(column(&focus, "x_CarbonGrams").into_iter()), total, "focus.csv");
        assert!(column(&focus, "SubAccountId").iter().all(|tenant| tenant == "nordwind"));
        let tokens: u64 =
            column(&focus, "ConsumedQuantity").iter().map(|cell| cell.parse::<u64>().unwrap()).sum();
        let counted =
            ["input_tokens", "output_tokens"].map(|name| statement["total"][name].as_u64().unwrap());
        assert_eq!(tokens, counted.iter().sum::<u64>());
        assert!(parsed("vsme")["facts"]["line"]["value"].as_str().unwrap().starts_with("<p>"));
        // The page says the total with all its digits, and the pack says the same as all of them.
        let pdf = folder.path().join("report.pdf");
        fs::write(&pdf, demo.server.get(report["links"]["pdf"].as_str().unwrap(), Some(&demo.live)).body)
            .unwrap();
        let text = Command::new("pdftotext").arg(&pdf).arg("-").output().unwrap().stdout;
        let text = String::from_utf8(text).unwrap().replace([' ', '\n', '\u{a0}', '.'], "").replace(',', ".");
        let said = statement["total"]["co2_grams"]["central"].as_str().unwrap();
        assert!(text.contains(said), "the German page has {said}");
        let pack = folder.path().join("evidence.zip");
        fs::write(
            &pack,
            demo.server.get(report["links"]["evidence"].as_str().unwrap(), Some(&demo.live)).body,
        )
        .unwrap();
        for file in [&pdf, &pack] {
            let verified = Command::new(crate::server::binary()).arg("verify").arg(file).output().unwrap();
            assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
        }
        let file = folder.path().join("statement.xbrl.json");
        fs::write(&file, form("xbrl")).unwrap();
        let judged = arelle(&file);
        assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stdout));
        // What stands in the pack validates where it is unpacked.
        let mut packed = zip::ZipArchive::new(fs::File::open(&pack).unwrap()).unwrap();
        let unpacked = tempfile::tempdir().unwrap();
        packed.extract(unpacked.path()).unwrap();
        let judged = arelle(&unpacked.path().join("statement.xbrl.json"));
        assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stdout));
    }
}

/// Each of these is one slip: the judge must see it, or its silence on the good ones says nothing.
#[test]
fn a_broken_xbrl_report_is_refused() {
    let demo = Demo::start();
    let report = reports(&demo).remove(0);
    let good: Value = serde_json::from_str(&form(&demo, &report, "xbrl")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in TAXONOMY {
        fs::write(folder.path().join(name), text).unwrap();
    }
    for (slip, pointer, wrong, error) in [
        ("unit", "/facts/ghg/dimensions/unit", json!("utr:kgCO2e"), "utre:"),
        ("concept", "/facts/ghg/dimensions/concept", json!("lct:GrossScope3"), "oime:unknownConcept"),
        ("number", "/facts/energy/value", json!("much"), "xbrlje:invalidFactValue"),
        (
            "period",
            "/facts/ghg/dimensions/period",
            json!("2026-10-01T00:00:00"),
            "oime:invalidPeriodDimension",
        ),
        ("sum", "/facts/ghg/value", json!("1"), "calc11e:"),
        ("axis", "/facts/primary_share/dimensions/lct:ModelAxis", json!("gpt-4o"), "xbrldie:"),
    ] {
        let mut broken = good.clone();
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        broken.pointer_mut(parent).unwrap()[field] = wrong;
        let file = folder.path().join(format!("{slip}.json"));
        fs::write(&file, broken.to_string()).unwrap();
        let judged = arelle(&file);
        let said = String::from_utf8_lossy(&judged.stdout);
        assert_eq!(judged.status.code(), Some(3), "{slip}: {said}");
        assert!(said.contains(error), "{slip}: {said}");
    }
}

#[test]
fn carbon_txt_is_valid_and_names_no_client() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &crate::server::call("gpt-4o"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("carbon.txt");
    let validate = |text: &str| {
        fs::write(&file, text).unwrap();
        let output =
            program("carbon-txt").args(["validate", "file"]).arg(&file).current_dir(folder.path()).output();
        let output = output.unwrap();
        (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    };
    for company in [json!({}), json!({"domain": "isv.example"})] {
        server.put("/api/v1/branding", Some(&keys.live), &company);
        let reply = server.get("/api/v1/carbon.txt", Some(&keys.live));
        assert_eq!((reply.status, reply.header("content-type")), (200, Some("text/plain; charset=utf-8")));
        let text = reply.text();
        assert!(
            !text.contains("client-xyz") && text.contains(&format!("{}/methodology", server.url)),
            "{text}"
        );
        assert_eq!(text.contains("isv.example"), company["domain"].is_string());
        let (code, said) = validate(&text);
        assert_eq!(code, Some(0), "{said}");
        let (code, said) = validate(&text.replace("measurement-data", "green-claim"));
        assert_eq!(code, Some(1), "{said}");
        // What it leads to is there for anyone.
        for line in text.lines().filter_map(|line| line.trim().strip_prefix("url = \"")) {
            let path = line.trim_end_matches('"').strip_prefix(&server.url).unwrap();
            assert_eq!(server.get(path, None).status, 200, "{path}");
        }
    }
    server.get("/api/v1/carbon.txt", None).problem(401);
}

#[test]
fn a_month_without_a_figure_is_handed_over_as_no_figure() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &crate::server::call("nobody-knows-this-model"));
    let month = jiff::Timestamp::now().to_string()[..7].to_owned();
    let report = crate::pact::issue(&server, &keys.live, &month, "en");
    let get = |link: &str| server.get(report["links"][link].as_str().unwrap(), Some(&keys.live));
    for (link, form) in [("footprint", "footprint.pact.json"), ("vsme", "statement.vsme.json")] {
        assert_eq!(report["links"][link], Value::Null, "a link leads somewhere");
        let path = report["links"]["pdf"].as_str().unwrap().replace("report.pdf", form);
        let refusal = server.get(&path, Some(&keys.live)).problem(404);
        assert!(refusal["detail"].as_str().unwrap().contains("no model in it has a factor"), "{refusal}");
    }
    let facts = get("xbrl").json()["facts"].as_object().unwrap().clone();
    assert!(facts.keys().all(|id| !id.contains("ghg")), "an unknown figure is left out, not zero");
    assert_eq!(facts["input_tokens"]["value"], "600");
    assert_eq!(column(&get("focus").text(), "x_CarbonGrams"), [""]);
    for link in report["links"].as_object().unwrap().keys() {
        assert_eq!(get(link).status, 200, "{link}");
    }
}
