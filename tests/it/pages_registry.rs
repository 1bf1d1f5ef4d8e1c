//! The registry on pages: for anyone, searched and short, and what the API and the library say.

use crate::{
    server::{ROOT, Server, with},
    visitor::Visitor,
};
use carbon_core::{Call, FactorSet, Usage, factor::Factor, model::Model};
use carbon_report::{Language, words::Wording};
use serde_json::{Value, json};

fn page(server: &Server, path: &str) -> String {
    let reply = server.request("GET", path, &[("accept", "text/html")], "");
    assert_eq!(reply.status, 200, "{path}");
    reply.text().replace('\u{a0}', " ")
}

/// The set that the server uses by default.
fn default_set(server: &Server) -> &'static FactorSet {
    let list = server.get("/api/v1/models", None).json();
    FactorSet::version(list["factor_set"].as_str().unwrap()).unwrap()
}

/// The models in the list, and the address of the next page.
fn rows(page: &str) -> (Vec<String>, Option<String>) {
    let (_, table) = page.split_once("<tbody>").unwrap_or_default();
    let (table, rest) = table.split_once("</tbody>").unwrap_or_default();
    let names = table.split("<th scope=\"row\"><a href=\"").skip(1).map(|row| {
        let (_, name) = row.split_once("\">").unwrap();
        name.split('<').next().unwrap().to_owned()
    });
    let next = rest.split("<a class=\"button\" href=\"").find(|link| link.contains("rel=\"next\""));
    let next = next.map(|link| link.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&"));
    (names.collect(), next)
}

/// The models of all pages that begin there.
fn all(server: &Server, first: &str) -> Vec<String> {
    let (mut found, mut next) = (Vec::new(), Some(first.to_owned()));
    while let Some(address) = next.take() {
        let (names, further) = rows(&page(server, &address));
        assert!(names.len() <= 25, "{address} is long");
        found.extend(names);
        next = further;
    }
    found
}

fn ids<'a>(models: impl Iterator<Item = &'a Model>) -> Vec<String> {
    let mut ids: Vec<String> = models.map(|model| model.id().to_owned()).collect();
    ids.sort_unstable();
    ids
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names
}

#[test]
fn every_model_is_on_one_page_of_the_list_and_in_one_group_of_each_filter() {
    let (_ledger, server) = Server::alone();
    let set = default_set(&server);
    let every = ids(set.models().iter().chain(set.products()));
    assert_eq!(sorted(all(&server, "/registry")), every);
    for (filter, values) in [
        ("weights", &["yes", "no", "unknown"][..]),
        ("size", &["disclosed", "estimated", "from_name", "unverified", "none"]),
        ("confidence", &["measured", "benchmarked", "estimated", "unknown"]),
    ] {
        let found = values.iter().flat_map(|value| all(&server, &format!("/registry?{filter}={value}")));
        assert_eq!(sorted(found.collect()), every, "{filter}");
    }
    let openai = set.models().iter().filter(|model| model.provider() == Some("openai"));
    assert_eq!(sorted(all(&server, "/registry?provider=openai")), ids(openai));
    let disclosed = all(&server, "/registry?size=disclosed&weights=yes&q=llama");
    assert!(!disclosed.is_empty() && disclosed.iter().all(|model| model.contains("llama")), "{disclosed:?}");
    // A page beyond the last is the last, and a set of before is named in every link.
    assert!(!rows(&page(&server, "/registry?page=1000000")).0.is_empty());
    assert_eq!(all(&server, "/registry?factor_set=2025.1").len(), 8);
    assert!(page(&server, "/registry?factor_set=2025.1").contains("/registry/gpt-4o?factor_set=2025.1"));
    server.get("/registry?factor_set=2024.1", None).problem(422);
}

#[test]
fn a_name_is_found_in_any_spelling() {
    let (_ledger, server) = Server::alone();
    for (asked, model) in [
        ("gpt-4o", "gpt-4o"),
        ("GPT-4o", "gpt-4o"),
        ("azure%2Fgpt-4o", "gpt-4o"),
        ("eu.anthropic.claude-3-5-sonnet-20240620-v1%3A0", "claude-3-5-sonnet"),
        ("llama3.3%3A70b", "llama-3.3-70b"),
    ] {
        let (found, _) = rows(&page(&server, &format!("/registry?q={asked}")));
        assert_eq!(found[0], model, "{asked}");
        assert!(
            page(&server, &format!("/registry/{asked}")).contains(&format!("<h1>{model}</h1>")),
            "{asked}"
        );
    }
    let nothing = page(&server, "/registry?q=mistrall-large");
    assert!(nothing.contains("No model fits") && nothing.contains("href=\"/registry/mistral-large-"));
    assert!(
        nothing.contains("href=\"/app/models?name=mistrall-large\""),
        "where a name of one's own is explained"
    );
    // People get a page with links, programs a problem.
    let reply = server.request("GET", "/registry/gpt-4x", &[("accept", "text/html")], "");
    assert_eq!(reply.status, 404);
    assert!(reply.text().contains("<a href=\"/registry/gpt-4\">gpt-4</a>"));
    let problem = server.get("/registry/gpt-4x", None).problem(404);
    assert!(problem["suggestions"].as_array().unwrap().contains(&json!("gpt-4")), "{problem}");
    let long = "x".repeat(3_000);
    server.get(&format!("/registry/{long}"), None).problem(404);
}

#[test]
fn a_models_page_states_what_the_registry_holds() {
    let (_ledger, server) = Server::alone();
    let set = FactorSet::version("2026.12").unwrap();
    let usage = Usage::of_call(600, 400);
    let wording = Wording::of(Language::En);
    let masses = |set: &FactorSet, model: &str, region: Option<&str>| {
        let estimate = set.estimate(Call { region, ..Call::to(model) }, &usage).ok()?;
        Some(wording.masses(estimate.co2).map(|mass| mass.replace('\u{a0}', " ")))
    };
    for id in
        ["gpt-4o", "mistral-large-2", "gpt-5", "llama-3.1-70b", "claude-1", "meta-llama/codellama-7b-hf"]
    {
        let model = set.resolve(id).unwrap().model;
        let address = format!("/registry/{}?factor_set=2026.12", id.replace('/', "%2F"));
        for region in [None, Some("FRA"), Some("aws:eu-west-1")] {
            let shown =
                page(&server, &region.map_or(address.clone(), |region| format!("{address}&region={region}")));
            let has = |text: &str| assert!(shown.contains(text), "{text:?} is not on {address} {region:?}");
            // The same call under each set.
            for version in FactorSet::versions() {
                has(version);
                let set = FactorSet::version(version).unwrap();
                masses(set, id, region).into_iter().flatten().for_each(|mass| has(&mass));
            }
            model.aliases().iter().for_each(|alias| has(alias));
            if let Some(parameters) = model.parameters() {
                has(&parameters.size().total_b[1].to_string());
                let sources = [Some(parameters.source()), parameters.second_source()];
                sources.into_iter().flatten().for_each(|source| has(source.title()));
                let call = Call { region, ..Call::to(id) };
                let factor = set.deployment(&call).unwrap().bottom_up().unwrap();
                let thousand = [
                    Usage::of_call(0, 1_000),
                    Usage::of_call(1_000, 0),
                    Usage::of_cached_call(1_000, 1_000, 0),
                ];
                for usage in thousand {
                    let co2 = wording.masses(factor.apply(&usage).co2());
                    co2.into_iter().for_each(|mass| has(&mass.replace('\u{a0}', " ")));
                }
                has(factor.in_place().location().zone.name());
            }
            model.coefficient().map(Factor::central).iter().for_each(|rate| has(&rate.value().to_string()));
        }
    }
    let unknown = page(&server, "/registry/claude-1");
    assert!(unknown.contains("It has no value") && unknown.contains("not public"));
    let moving = page(&server, "/registry/mistral-large-latest?factor_set=2026.12");
    for part in ["moves from model to model", "mistral-large-1", "2024-07-23", "mistral-large-3"] {
        assert!(moving.contains(part), "{part}");
    }
    let refused = server.request("GET", "/registry/gpt-4o?region=atlantis", &[("accept", "text/html")], "");
    let refused = (refused.status, refused.text());
    assert!(
        refused.0 == 422
            && refused.1.contains(">No grid is known for region")
            && refused.1.contains("value=\"atlantis\"")
    );
    let guide = std::fs::read_to_string(std::path::Path::new(ROOT).join("docs/own-models.md")).unwrap();
    for class in set.classes() {
        let shown = page(&server, &format!("/registry/class-{}?factor_set=2026.12", class.name()));
        assert!(shown.contains(class.reason()) && shown.contains("proxy"));
        // What the guide says is what the pages compute.
        let (_, off_by) = shown.split_once("A call is known within ").unwrap();
        let row = format!("| `{}` | {} |", class.name(), off_by.split('.').next().unwrap());
        assert!(guide.contains(&row), "docs/own-models.md lacks {row}");
        assert!(
            class.derived_from().iter().all(|id| shown.contains(&format!(">{id}</a>"))),
            "{}",
            class.name()
        );
    }
}

#[test]
fn every_place_is_on_one_page_of_the_regions() {
    let (_ledger, server) = Server::alone();
    let set = default_set(&server);
    let (mut codes, mut page_number) = (Vec::new(), 0);
    loop {
        let shown = page(&server, &format!("/registry/regions?page={page_number}"));
        let found = shown.split("<th scope=\"row\">").skip(1).map(|row| row.split_once("<code>").unwrap().1);
        codes.extend(found.map(|row| row.split('<').next().unwrap().to_owned()));
        if !shown.contains("rel=\"next\"") {
            break;
        }
        page_number += 1;
    }
    let zones = set.zones().iter().map(|zone| zone.id().to_owned());
    let expect: Vec<String> = zones.chain(set.regions().map(|place| place.region.to_owned())).collect();
    assert_eq!(codes, expect);
    let shown = page(&server, "/registry/regions?q=sWeden");
    assert!(shown.contains("SWE") && !shown.contains("<code>FIN</code>"));
    assert!(page(&server, "/registry/regions?q=nowhere").contains("No place fits"));
    // Each code leads to its place, and so does its address.
    assert!(shown.contains("href=\"/registry/regions?q=SWE\""));
    for (code, list) in
        [("SWE", "/registry/regions?q=SWE"), ("aws:eu-west-3", "/registry/regions?q=aws%3Aeu-west-3")]
    {
        let reply = server.get(&format!("/registry/regions/{code}"), None);
        assert_eq!((reply.status, reply.header("location")), (303, Some(list)));
        assert!(page(&server, list).contains(&format!("<code>{code}</code>")));
    }
}

/// The registry is everybody's: what an account says of names in its calls changes no page of it.
#[test]
fn the_public_registry_knows_no_accounts_names() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    for (name, model) in [("prod-chat", "gpt-4o"), ("gpt-4-turbo", "gpt-3.5-turbo")] {
        let path = format!("/api/v1/models/aliases/{name}");
        assert_eq!(server.put(&path, Some(&keys.live), &json!({"model": model})).status, 200);
    }
    let owner = Visitor::logs_in(&server, "a@example.com");
    assert_eq!(owner.opens("/registry/prod-chat").status, 404);
    let shown = owner.opens("/registry/gpt-4-turbo").text();
    assert!(shown.contains("<h1>gpt-4-turbo</h1>") && shown.contains("href=\"/app\""));
    assert!(!owner.opens("/registry?q=prod").text().contains("prod-chat"));
    let console = owner.opens("/app/models/gpt-4-turbo").text();
    assert!(console.contains("<a href=\"/registry/gpt-3.5-turbo\">gpt-3.5-turbo</a>"));
    let described: Value = with(json!({"total_b": 7}), json!({"source": "x"}));
    assert_eq!(server.put("/api/v1/models/own/acme", Some(&keys.live), &described).status, 200);
    assert!(!owner.opens("/app/models/acme").text().contains("href=\"/registry/acme"));
}
