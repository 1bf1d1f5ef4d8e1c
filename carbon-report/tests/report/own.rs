//! What a report tells of names, models and meters of the supplier's own: in its name and in the client's language.

use crate::{
    pdf::lines,
    samples::{heading, ordinary, row, statements},
};
use carbon_core::{FactorSet, Method, Usage, registry::Tables};
use carbon_report::{Brand, Evidence, Language, Statement, pack::verify_report, render_pdf};

const NAMES: &str = "name,model,class,valid_from,valid_to,note,entered_by,entered_at
prod-llama,acme-70b,,,,,key deploys,2026-11-30T09:00:00Z
prod-small,acme-8b,,,,rack 7,key of 2026-10-03,2026-11-30T09:00:00Z
prod-chat,gpt-4o,,,,,command line,2026-11-30T09:00:00Z
new-model,,frontier,,,,me@example.com,2026-11-30T09:00:00Z
";
const MODELS: &str = "name,valid_from,valid_to,total_b,active_b,active_in_b,precision,accelerator,pue,onsite_water_l_per_kwh,region,source,note,entered_by,entered_at
acme-70b,,,70.6,,,fp8,H100 SXM,1.25,,FRA,Our model card,,key isv_live_tUMd…,2026-11-30T09:00:00Z
acme-8b,,,8,,,,,,,FRA,Our other card,,key isv_live_tUMd…,2026-11-30T09:00:00Z
";
/// Of a meter whose name is an address in the supplier's network.
const MEASURED: &str = "name,wh_per_1k,covariance,host_sd,prior,windows,from_ms,to_ms,windows_sha256,meters,scopes,hours_with_calls,metered_ms,windows_input_tokens,windows_output_tokens,ledger_input_tokens,ledger_output_tokens,entered_at
prod-llama,9 2 0.2,0.01 0 0 0.001 0 0.0001,0,,33,1790812800000,1791072000000,abababababababababababababababababababababababababababababababab,http://127.0.0.1:18140,node,33,118800000,1000,1000,1000,1000,2026-10-09T00:00:00Z
";

fn set() -> FactorSet {
    let tables = Tables::new().own_names(NAMES).own_models(MODELS).own_measured(MEASURED);
    FactorSet::latest().with_own(3, tables).unwrap()
}

/// Nearly all of it metered, with a little of everything else.
fn month(language: Language, set: &FactorSet) -> Statement {
    let names = ["prod-llama", "prod-small", "prod-chat", "new-model", "gpt-4o", "llama-3.1-70b"];
    let rows = names
        .into_iter()
        .zip([2_000_000, 20, 20, 2, 3, 2])
        .map(|(name, thousands)| row(5, name, None, Usage::of_call(600 * thousands, 400 * thousands)));
    Statement::new(heading(language), &Evidence::from(rows.collect::<Vec<_>>()), set)
}

fn drawn(statement: &Statement) -> Vec<String> {
    lines(&render_pdf(statement, &Brand::default()).unwrap())
}

/// In one piece: where a line ends is no matter.
fn text(statement: &Statement) -> String {
    drawn(statement).join(" ").replace(['\u{a0}', '\u{202f}'], " ")
}

#[track_caller]
fn has(text: &str, words: &[&str]) {
    for words in words {
        assert!(text.contains(words), "{words:?} is not in {text}");
    }
}

#[test]
fn what_the_supplier_says_is_told_in_its_name_and_in_the_language() {
    let set = set();
    for (language, words) in [
        (
            Language::En,
            [
                "Example Software SAS · measured by the supplier",
                "Example Software SAS, 30 November 2026 · stated by the supplier",
                "PUE 1.25 (Example Software SAS)",
                "Own meters of the supplier: 33 windows from 1 October 2026 to 4 October 2026,",
                "95 % interval of the fit to the windows",
                "acme-70b, model described by the supplier: 70.6 of 70.6 billion parameters active; Our model card, fp8, H100 SXM",
                "class frontier, for lack of a known model",
                "gpt-4o, model of the registry",
                "key deploys, 30 November 2026",
                "key of 3 October 2026, 30 November 2026",
                "command line, 30 November 2026",
                "acme-70b, measured by the supplier",
            ],
        ),
        (
            Language::De,
            [
                "Example Software SAS · vom Lieferanten gemessen",
                "Example Software SAS, 30. November 2026 · vom Lieferanten angegeben",
                "PUE 1,25 (Example Software SAS)",
                "Eigene Zähler des Lieferanten: 33 Messfenster vom 1. Oktober 2026 bis 4. Oktober 2026,",
                "95-%-Intervall der Anpassung an die Messfenster",
                "acme-70b, vom Lieferanten beschriebenes Modell: 70,6 von 70,6 Milliarden Parametern aktiv; Our model card, fp8, H100 SXM",
                "Klasse frontier, da kein Modell bekannt ist",
                "gpt-4o, Modell des Registers",
                "Schlüssel deploys, 30. November 2026",
                "Schlüssel vom 3. Oktober 2026, 30. November 2026",
                "Kommandozeile, 30. November 2026",
                "acme-70b, vom Lieferanten gemessen",
            ],
        ),
        (
            Language::Fr,
            [
                "Example Software SAS · mesuré par le fournisseur",
                "Example Software SAS, 30 novembre 2026 · indiqué par le fournisseur",
                "PUE 1,25 (Example Software SAS)",
                "Compteurs du fournisseur : 33 fenêtres de mesure du 1ᵉʳ octobre 2026 au 4 octobre 2026,",
                "intervalle à 95 % de l’ajustement aux fenêtres de mesure",
                "acme-70b, modèle décrit par le fournisseur : 70,6 milliards de paramètres actifs sur 70,6 ; Our model card, fp8, H100 SXM",
                "classe frontier, faute de modèle connu",
                "gpt-4o, modèle du registre",
                "clé deploys, 30 novembre 2026",
                "clé du 3 octobre 2026, 30 novembre 2026",
                "ligne de commande, 30 novembre 2026",
                "acme-70b, mesuré par le fournisseur",
            ],
        ),
    ] {
        let statement = month(language, &set);
        let text = text(&statement);
        has(&text, &words);
        for word in ["isv_live", "127.0.0.1", "the account", "own data", " class-frontier"] {
            assert!(!text.contains(word), "{word} in {text}");
        }
        if language != Language::En {
            let english = [
                "table 5.4",
                "by ESRS",
                "Own meters",
                "Size stated in",
                "publisher",
                "our own choice",
                "cited as",
            ];
            for word in english {
                assert!(!text.contains(word), "{word} in {text}");
            }
        }
        assert!(statement.to_json().contains("\"publisher\": \"Example Software SAS\""));
        for word in ["isv_live", "127.0.0.1", "the account"] {
            assert!(!statement.to_json().contains(word), "{word}");
        }
    }
}

/// Its building's overhead is stated, the water is not.
#[test]
fn water_that_the_supplier_did_not_give_is_not_its_own() {
    let statement: serde_json::Value = serde_json::from_str(&month(Language::En, &set()).to_json()).unwrap();
    let factors = statement["factors"].as_array().unwrap();
    let measured = factors.iter().find(|factor| factor["method"] == "measured").unwrap();
    assert_eq!(measured["site_source"]["publisher"], "Example Software SAS");
    let water = &measured["onsite_water_source"]["publisher"];
    assert!(water.is_string() && water != "Example Software SAS", "{water}");
    let small = factors.iter().find(|factor| factor["factor_id"] == "own/acme-8b@always").unwrap();
    assert_ne!(small["site_source"]["publisher"], "Example Software SAS");
}

#[test]
fn a_measured_model_stands_beside_our_model_for_the_same_tokens() {
    let statement = month(Language::En, &set());
    let line = |method| statement.by_model.iter().find(|line| line.method == method).unwrap();
    let measured = line(Method::Measured);
    let opinions = &statement.bottom_up_alone.opinions;
    let opinion = opinions.iter().find(|opinion| opinion.method == Method::Measured).unwrap();
    assert_eq!((&opinion.model, opinion.usage), (&measured.model, measured.valued.usage));
    assert_eq!(opinion.stated, measured.valued.co2);
    assert!(opinion.modelled.is_some_and(|ours| ours.central() < measured.co2().central()));
    assert!(opinions.iter().any(|opinion| opinion.method == Method::Coefficient));
}

/// Of a month that meters value, the uncertainty of our model says little.
#[test]
fn sources_of_uncertainty_of_our_model_are_told_where_it_values_a_tenth() {
    let metered = text(&month(Language::En, &set()));
    assert!(!metered.contains("largest sources of uncertainty"), "{metered}");
    let mut rows = ordinary();
    rows.retain(|row| row.model != "mistral-large-2");
    let modelled = Statement::new(heading(Language::En), &Evidence::from(rows), FactorSet::latest());
    has(
        &text(&modelled),
        &["The parametric model values", "Its largest sources of uncertainty this month: "],
    );
}

/// Titles that others have published stay as they are.
#[test]
fn french_marks_have_a_no_break_space_before_them() {
    let set = set();
    let own = month(Language::Fr, &set);
    let own_pdf = render_pdf(&own, &Brand::default()).unwrap();
    let months = statements(Language::Fr).iter().map(|month| (&month.statement, month.pdf()));
    for (statement, pdf) in months.chain([(&own, own_pdf.as_slice())]) {
        let json: serde_json::Value = serde_json::from_str(&statement.to_json()).unwrap();
        let titles: Vec<&str> = json["factors"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|factor| factor["source"]["title"].as_str())
            .collect();
        for line in lines(pdf) {
            if titles.iter().any(|title| title.contains(line.trim())) {
                continue;
            }
            let marks =
                line.match_indices([':', ';']).filter(|(at, _)| line[at + 1..].starts_with([' ', '\u{a0}']));
            for (at, _) in marks {
                assert!(line[..at].ends_with(['\u{a0}', '\u{202f}']), "{line:?}");
            }
        }
    }
}

#[test]
fn every_month_of_ones_own_can_be_looked_at() {
    let set = set();
    for language in Language::ALL {
        let pdf = render_pdf(&month(language, &set), &Brand::default()).unwrap();
        // What is the supplier's own is read back from the report too.
        verify_report(&pdf).unwrap();
        std::fs::write(format!("{}/own-{language}.pdf", env!("CARGO_TARGET_TMPDIR")), &pdf).unwrap();
    }
}
