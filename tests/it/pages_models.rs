//! Models on pages: unknown names and what becomes of them in the console.

use crate::{
    server::{Server, call, with},
    time::{first, month, on},
    visitor::{Visitor, send},
};
use carbon_core::Grams;
use carbon_report::{Language, words::Wording};
use serde_json::{Value, json};

/// A page as text with plain blanks.
fn text(visitor: &Visitor<'_>, path: &str) -> String {
    let reply = visitor.opens(path);
    assert_eq!(reply.status, 200, "{path}");
    reply.text().replace('\u{a0}', " ")
}

fn mass(grams: &Value) -> String {
    let grams = Grams::new(grams.to_string().parse().unwrap());
    Wording::of(Language::En).mass(grams).replace('\u{a0}', " ")
}

fn entries(server: &Server, key: &str, kind: &str) -> Vec<Value> {
    let list = server.get(&format!("/api/v1/models/{kind}"), Some(key)).json();
    list["entries"].as_array().unwrap().clone()
}

#[test]
fn an_unknown_name_is_resolved_in_open_months_alone() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let visitor = Visitor::logs_in(&server, "a@example.com");
    let closed = first().yesterday().unwrap().to_string()[..7].to_owned();
    for (event, time) in
        [("e-1", format!("{closed}-05T12:00:00Z")), ("e-2", format!("{}-05T12:00:00Z", month()))]
    {
        let changes = json!({"model": "Prod/Chat-2", "event_id": event, "timestamp": time});
        server.track(&keys.live, &with(call("gpt-4o"), changes));
    }
    assert_eq!(visitor.sends(&format!("/app/months/{closed}/close"), "").status, 303);
    let overview = format!("/app?month={}", month());
    let page = format!("/app/models/Prod%2FChat-2?month={}", month());
    let shown = text(&visitor, &overview);
    // 1,000 tokens at the highest upper bound of the published table.
    assert!(shown.contains("3.88 g") && shown.contains("3.876 g per 1,000 tokens"));
    assert!(shown.contains(&format!("href=\"{page}\"")));

    // What it would do, and nothing kept: the figures of the API.
    let preview = visitor.sends(&page, "how=map&model=GPT-4o&note=Azure&do=preview");
    let preview = preview.text().replace('\u{a0}', " ");
    let wish = json!({"model": "gpt-4o"});
    let dry = server.put("/api/v1/models/aliases/Prod%2FChat-2?dry_run=true", Some(&keys.live), &wish).json();
    let [would_be] = &dry["preview"].as_array().unwrap()[..] else { panic!("{dry}") };
    assert!(preview.contains("Nothing is saved yet.") && preview.contains("value=\"Azure\""));
    assert!(preview.contains(&mass(&would_be["new"]["co2_grams"]["central"])));
    assert!(preview.contains("0.0 % → 100.0 %"));
    // With its range, and the level of the calls that it changes.
    let co2 = &would_be["new"]["co2_grams"];
    let central = Grams::new(co2["central"].to_string().parse().unwrap());
    let [low, high] = ["low", "high"].map(|bound| Grams::new(co2[bound].to_string().parse().unwrap()));
    let [low, _, high] =
        Wording::of(Language::En).masses(carbon_core::Range::new(low, central, high).unwrap());
    assert!(preview.contains(&format!("{low} to {high}").replace('\u{a0}', " ")), "{low} to {high}");
    assert!(preview.contains("Its calls alone") && preview.contains("<span class=\"level estimated\">"));
    assert!(entries(&server, &keys.live, "aliases").is_empty());

    let saved = visitor.sends(&page, "how=map&model=GPT-4o&note=Azure&do=save");
    let location = saved.header("location").unwrap().to_owned();
    assert_eq!((saved.status, location.as_str()), (303, &*format!("{page}&done=0-1")));
    let shown = text(&visitor, &location);
    assert!(shown.contains("Open months are now valued with it.") && shown.contains("0.0 % → 100.0 %"));
    let shown = text(&visitor, &overview);
    assert!(!shown.contains("Models without an emission factor"));
    // The set that the API and reports name.
    let set = server.get("/api/v1/models/aliases", Some(&keys.live)).json()["factor_set"].clone();
    let set = set.as_str().unwrap();
    assert!(set.ends_with("+1") && shown.contains(&format!("factor set {set} (with <a")), "{set}");
    let shown = text(&visitor, &format!("/app?month={closed}"));
    assert!(shown.contains("Models without an emission factor"), "a closed month stays");
    let shown = text(&visitor, "/app/models");
    for part in ["prod/chat-2", "Azure", "a@example.com"] {
        assert!(shown.contains(part), "{part}");
    }

    // Said otherwise from the same day: the other entry goes.
    let described = "how=describe&total_b=70.6&region=FRA&pue=1.2&source=ours&do=save";
    assert_eq!(visitor.sends(&page, described).header("location"), Some(&*format!("{page}&done=1-3")));
    let shown = text(&visitor, &page);
    assert!(shown.contains("A model of your own <span class=\"quiet\">(you describe it)</span>"));
    assert!(shown.contains("70.6 billion parameters, FRA, PUE 1.2; source: ours"));
    assert!(entries(&server, &keys.live, "aliases").is_empty());
    assert_eq!(entries(&server, &keys.live, "own")[0]["total_b"], "70.6");
    let removed = visitor.sends("/app/models/prod%2Fchat-2", "do=remove&kind=model&valid_from=");
    assert_eq!(removed.status, 303);
    assert!(entries(&server, &keys.live, "own").is_empty());
    assert!(text(&visitor, &overview).contains("Models without an emission factor"));
    assert_eq!(visitor.sends("/app/models/prod%2Fchat-2", "do=remove&kind=model&valid_from=").status, 404);
}

#[test]
fn a_class_stands_in_where_an_account_chooses_it() {
    let (ledger, server) = Server::alone();
    drop(server);
    let server = ledger.serve_with(&["--factor-set", "2026.12"]);
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &on(5, "e-1", json!({"model": "secret"})));
    let visitor = Visitor::logs_in(&server, "a@example.com");
    let page = format!("/app/models/secret?month={}", month());
    let shown = text(&visitor, &page);
    let set = carbon_core::FactorSet::version("2026.12").unwrap();
    for class in set.classes() {
        assert!(shown.contains(class.reason()), "{}", class.name());
    }
    assert!(shown.contains("either way") && shown.contains("billion parameters"));
    let saved = visitor.sends(&page, "how=class&class=mid&do=save");
    let shown = text(&visitor, saved.header("location").unwrap());
    assert!(shown.contains("proxy") && shown.contains("the class “mid”"));
    let usage = format!("/api/v1/usage?from={}&to={}", first(), first().last_of_month());
    assert_eq!(server.get(&usage, Some(&keys.live)).json()["total"]["confidence"], "proxy");
}

#[test]
fn what_cannot_be_is_said_at_its_field_and_what_was_written_stays() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let visitor = Visitor::logs_in(&server, "a@example.com");
    for (form, field, fault) in [
        ("how=map", "map-model", "Enter the name of a model."),
        ("how=map&model=gpt-4x", "map-model", "Is no model of factor set"),
        ("how=map&model=gpt-4o&valid_from=tomorrow", "map-valid_from", "Must be a day such as 2026-10-05."),
        (
            "how=map&model=gpt-4o&valid_from=2026-02-02&valid_to=2026-02-01",
            "map-valid_to",
            "Must not be before valid_from.",
        ),
        ("how=describe&total_b=seventy&source=x", "describe-total_b", "Must be a number such as 70.6."),
        ("how=describe&total_b=70", "describe-source", "Is required."),
        ("how=describe&total_b=70&source=x&pue=0.9", "describe-pue", "Must be 1 to 5."),
        ("how=describe&total_b=70&source=x&region=atlantis", "describe-region", "No grid is known"),
    ] {
        for what in ["preview", "save"] {
            let reply = visitor.sends("/app/models/prod", &format!("{form}&note=mine&do={what}"));
            assert_eq!(reply.status, 422, "{form}");
            let shown = reply.text();
            let (_, at_field) = shown.split_once(&format!("id=\"{field}-fault\">")).unwrap();
            assert!(at_field.split('<').next().unwrap().contains(fault), "{form}");
            let id = format!("id=\"{}-note\"", field.split('-').next().unwrap());
            let (_, note) = shown.split_once(&id).unwrap();
            assert!(note.split('>').next().unwrap().contains("value=\"mine\""), "{form}");
        }
    }
    // Of the name itself, and of a form that no page has.
    let reply = visitor.sends("/app/models/a%2Ab", "how=map&model=gpt-4o&do=save");
    assert!(reply.status == 422 && reply.text().contains("The name may have one *, at its end."));
    assert_eq!(visitor.sends("/app/models/a", "how=guess&do=save").status, 422);
    let cookie = [("cookie", visitor.cookie.as_str())];
    assert_eq!(send(&server, "/app/models/a", &cookie, "how=map&model=gpt-4o&do=save").status, 403);
    assert!(
        entries(&server, &keys.live, "aliases").is_empty() && entries(&server, &keys.live, "own").is_empty()
    );
}

#[test]
fn names_and_entries_are_shown_to_their_account_alone() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    server.sign_up("b@example.com");
    server.track(&keys.live, &call("secret-name"));
    let alias = json!({"model": "gpt-4o", "note": "secret note"});
    assert_eq!(server.put("/api/v1/models/aliases/secret-alias", Some(&keys.live), &alias).status, 200);
    let owner = Visitor::logs_in(&server, "a@example.com");
    let shown = text(&owner, "/app/models");
    assert!(["secret-name", "secret-alias", "secret note"].iter().all(|part| shown.contains(part)));
    assert!(
        text(&owner, "/app/models/secret-alias")
            .contains("Stands for <strong><a href=\"/registry/gpt-4o\">gpt-4o</a></strong>")
    );
    // Behind a gateway's prefix too, and as one of many names with a beginning.
    assert!(text(&owner, "/app/models/azure%2Fsecret-alias").contains("secret note"));
    assert!(text(&owner, "/app/models/secret-%2A").contains("secret-name"));
    let asked = owner.opens("/app/models?name=+secret%2Fname+");
    let month = &jiff::Timestamp::now().to_string()[..7];
    assert_eq!(asked.header("location"), Some(&*format!("/app/models/secret%2Fname?month={month}")));

    let stranger = Visitor::logs_in(&server, "b@example.com");
    for path in [
        "/app/models",
        "/app/models/secret-alias?done=0-1",
        "/app/models/secret-%2A",
        "/app/models/secret-name",
    ] {
        let shown = text(&stranger, path);
        assert!(!shown.contains("secret note") && !shown.contains("a@example.com"), "{path}");
        assert!(!shown.contains("Stands for <strong>") && !shown.contains("3.88 g"), "{path}");
    }
    let removed = stranger.sends("/app/models/secret-alias", "do=remove&kind=alias&valid_from=");
    assert_eq!(removed.status, 404);
    assert_eq!(entries(&server, &keys.live, "aliases").len(), 1);
}
