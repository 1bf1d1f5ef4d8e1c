//! From the morning on which a model came out to the number of its calls: nothing is sent again, nothing is restarted.

use super::{add_this_morning, close, json_of, listed, next, path, shipped, text, this_morning};
use crate::{
    ledger::Ledger,
    report_evidence::{forged, kept, verify},
    server::{ROOT, Server, binary, call, with},
    servers::within,
    time::{first, month, on},
};
use serde_json::{Value, json};
use std::{path::Path, process::Command};

fn report(server: &Server, key: &str) -> Value {
    let wanted = json!({"tenant_id": "client-xyz", "month": month()});
    let report = server.post("/api/v1/reports", Some(key), &wanted);
    assert!(report.status < 300, "{}", report.text());
    report.json()
}

/// The document behind a link of a report.
fn linked(server: &Server, key: &str, report: &Value, link: &str) -> Vec<u8> {
    server.get(report["links"][link].as_str().unwrap(), Some(key)).body
}

fn statement(server: &Server, key: &str, report: &Value) -> Value {
    serde_json::from_slice(&linked(server, key, report, "statement")).unwrap()
}

#[test]
fn a_model_that_came_out_this_morning_has_a_number_and_nothing_is_sent_again() {
    let ledger = Ledger::new();
    let server = ledger.serve();
    let key = server.sign_up("a@example.com").live;
    let month_before = (first() - jiff::Span::new().months(1)).to_string()[..7].to_owned();
    let earlier = json!({"event_id": "before", "timestamp": format!("{month_before}-05T12:00:00Z")});
    let events = [
        with(call("acme/acme-chat-2"), earlier),
        on(5, "a", json!({"model": "acme-chat-2-20260901", "region": "FRA"})),
        on(6, "b", json!({"model": "acme-chat-2"})),
        on(6, "c", json!({"model": "gpt-4o"})),
        on(6, "d", json!({"model": "nobodys"})),
    ];
    for event in &events {
        let answer = server.track(&key, event);
        assert_eq!(answer["co2_grams"].is_null(), event["model"] != "gpt-4o", "{answer}");
    }
    assert_eq!(close(&server, &key, &month_before)["factor_set"], shipped());
    let provisional = report(&server, &key);
    assert_eq!(statement(&server, &key, &provisional)["total"]["co2_grams"]["central"], "0.3");

    // A check says which names get a value; it changes nothing.
    let tables = this_morning();
    let check = ["factor-set", "check", path(tables.path()), "--on", shipped(), "--json"];
    let checked = json_of(&ledger.run(&check));
    let gained = ["acme-chat-2", "acme-chat-2-20260901", "acme/acme-chat-2"];
    assert_eq!(checked["names"], json!({"gained": gained, "lost": [], "without": ["nobodys"]}));
    assert_eq!(checked["added_models"][0]["model"], "acme-chat-2");
    assert_eq!((&checked["changed_models"], &checked["removed_models"]), (&json!([]), &json!([])));
    assert_eq!(ledger.count("select count(*) from factor_set"), 0);
    let added = add_this_morning(&ledger);
    assert_eq!((&added["version"], &added["sha256"]), (&json!(next()), &checked["sha256"]));

    within(10, "the server values calls by the added set", || {
        server.get("/api/v1/models", None).json()["factor_set"] == next().as_str()
    });
    let answer = server.track(&key, &on(7, "e", json!({"model": "acme-chat-2"})));
    assert_eq!((&answer["factor_set"], &answer["method"]), (&json!(next()), &json!("bottom_up")));
    assert!(answer["co2_grams"].as_f64().unwrap() > 0.0);
    assert_eq!(server.track(&key, &events[2])["duplicate"], true);
    let revised = report(&server, &key);
    assert_eq!(revised["revision"], 2);
    let stated = statement(&server, &key, &revised);
    assert_eq!(
        (&stated["factor_set"], &stated["factor_set_sha256"], &stated["coverage"]["ratio"]),
        (&json!(next()), &added["sha256"], &json!("0.8"))
    );
    assert!(stated.to_string().contains("Model card of acme-chat-2"), "{stated}");

    the_closed_month_stays(&server, &key, &month_before);
    assert_eq!(close(&server, &key, &month())["factor_set"], next());
    let last = report(&server, &key);
    assert_eq!(ledger.count("select count(*) from event"), 6, "nothing was sent again");
    let sets = listed(&ledger, &[]);
    let of = |version: &str| sets.iter().find(|set| set["factor_set"] == version).unwrap();
    assert_eq!((&of(shipped())["closed_months"], &of(shipped())["is_default"]), (&json!(1), &json!(false)));
    assert_eq!((&of(&next())["closed_months"], &of(&next())["is_default"]), (&json!(1), &json!(true)));
    assert_eq!((&of(&next())["restatements"], &of(&next())["sha256"]), (&json!(1), &added["sha256"]));
    let said = ledger.check();
    assert!(said.contains("Factor sets    1 added"), "{said}");
    the_pack_is_computed_again(&linked(&server, &key, &last, "evidence"));

    server.stop();
    let server = ledger.serve();
    assert_eq!(report(&server, &key), last);
    it_can_be_called_by_its_name(&server);
}

/// Until it is restated, by the name of the set.
fn the_closed_month_stays(server: &Server, key: &str, month: &str) {
    let state = server.get(&format!("/api/v1/months/{month}"), Some(key)).json();
    assert_eq!(state["factor_set"], shipped());
    let wish = json!({"month": month, "factor_set": next(), "reason": "a set that knows acme-chat-2"});
    let restated = server.post("/api/v1/restatements", Some(key), &wish).json();
    assert_eq!(
        (&restated["old_factor_set"], &restated["new_factor_set"]),
        (&json!(shipped()), &json!(next()))
    );
    let change = &restated["tenants"][0];
    assert_eq!((&change["old"]["coverage"], &change["new"]["coverage"]), (&json!(0), &json!(1)));
}

/// By the program without the ledger, and by another program; a digit that is not what it was is found.
fn the_pack_is_computed_again(pack: &[u8]) {
    let file = kept(pack);
    assert_eq!(json_of(&verify(file.path(), &["--json"]))["factor_set"], next());
    let script = Path::new(ROOT).join("carbon-report/scripts/verify_pack.py");
    let other = Command::new("python3").arg(script).arg(file.path()).output().unwrap();
    assert!(other.status.success(), "{}", text(&other));
    let (from, to) = ("mistralai,yes,disclosed,70,", "mistralai,yes,disclosed,71,");
    let output = verify(kept(&forged(pack, "factors.json", from, to)).path(), &["--json"]);
    let expect = format!("factors.json, models.csv: is not the table of {}", next());
    assert!(output.status.code() == Some(1) && text(&output).contains(&expect), "{}", text(&output));
}

fn it_can_be_called_by_its_name(server: &Server) {
    let shown = |set: &str| server.get(&format!("/api/v1/models/acme-chat-2?factor_set={set}"), None).status;
    assert_eq!((shown(&next()), shown(shipped()), shown("2025.1")), (200, 404, 404));
    let call = json!({"model": "acme-chat-2", "input_tokens": 600, "output_tokens": 400});
    let estimate = |set: &str| server.post(&format!("/api/v1/estimate?factor_set={set}"), None, &call);
    assert_eq!(estimate(&next()).json()["factor_set"], next());
    let problem = estimate("2999.1.1").problem(422);
    assert_eq!(problem["errors"][0]["pointer"], "factor_set");
    assert!(problem.to_string().contains(&format!("{}, {}", shipped(), next())), "{problem}");
    for page in ["/", "/methodology"] {
        assert!(server.get(page, None).text().contains(&next()), "{page}");
    }
}

/// The commands of the page, in its order, as they are written there.
#[test]
fn the_recipe_works_as_it_is_written() {
    let page = std::fs::read_to_string(Path::new(ROOT).join("docs/factor-sets.md")).unwrap();
    let (_, recipe) = page.split_once("\n## From a new model to a number\n").unwrap();
    let recipe = recipe.split("\n## ").next().unwrap();
    assert!(
        recipe.contains(&format!("--on {} --version {}", shipped(), next())),
        "another set is the newest"
    );
    let ledger = Ledger::new();
    let server = ledger.serve();
    let key = server.sign_up("a@example.com").live;
    let event = with(call("acme-chat-2-20261129"), json!({"event_id": "morning"}));
    assert!(server.track(&key, &event)["co2_grams"].is_null());

    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(binary(), folder.path().join("carbon-server")).unwrap();
    let blocks = |language: &str| -> Vec<String> {
        let fence = format!("```{language}\n");
        let blocks = recipe.split(&fence).skip(1).map(|block| block.split("```").next().unwrap());
        let here = |block: &str| {
            block
                .replace("sqlite:carbon.db", &format!("'{}'", ledger.url()))
                .replace("http://127.0.0.1:8080", &server.url)
        };
        blocks.map(here).collect()
    };
    let mut printed = blocks("text").into_iter();
    for command in blocks("sh") {
        let found = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
        let run = || {
            let mut bash = Command::new("bash");
            bash.args(["-euo", "pipefail", "-c", &command]).current_dir(folder.path());
            bash.env("PATH", &found).env("CARBON_KEY", &key).output().unwrap()
        };
        let output = run();
        assert!(output.status.success(), "{command}\n{}", text(&output));
        if command.contains("factor-set check") {
            assert_eq!(String::from_utf8_lossy(&output.stdout), printed.next().unwrap());
        }
        if command.contains("factor-set add") {
            within(10, "the server uses it", || server.get("/api/v1/models/acme-chat-2", None).status == 200);
        }
        if command.contains("/api/v1/usage") {
            let usage: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert!(usage["total"]["co2_grams"]["central"].as_f64().unwrap() > 0.0, "{usage}");
            assert_eq!(usage["total"]["requests"], 1);
        }
    }
    assert!(printed.next().is_none(), "an output without its command");
}
