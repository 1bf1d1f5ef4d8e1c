//! The tables of the method and of attention: what they refuse, and what a set without them has.

use crate::next::set;
use carbon_core::{Call, FactorSet, Usage, model::AttentionKind, registry::Constant, registry::Tables};

const METHOD: &str = include_str!("../../data/2026.12/method.csv");

/// Sources that 2026.12 has and 2026.11 has not.
fn sources() -> String {
    let known = include_str!("../../data/2026.11/sources.csv");
    let (head, rows) = include_str!("../../data/2026.12/sources.csv").split_once('\n').unwrap();
    let is_new = |row: &&str| !known.contains(&format!("\n{},", row.split(',').next().unwrap()));
    rows.lines().filter(is_new).fold(format!("{head}\n"), |text, row| text + row + "\n")
}

const ATTENTION: &str = "\
model,kind,cache_bytes_per_token,flop_per_pair,window_tokens,evidence,source_id,evidence_url,note
gpt-4o,unknown,,,128000,read,model-name,,
llama-3.1-70b,gqa,327680,2621440,131072,read,model-name,https://example.com/config,
";

fn load(method: &str, attention: &str) -> Result<FactorSet, String> {
    let tables = Tables::new().method(method).attention(attention).sources(sources());
    FactorSet::version("2026.11").unwrap().with_tables("own", tables).map_err(|error| error.to_string())
}

#[track_caller]
fn refused(from: &str, to: &str, expect: &str) {
    assert!(METHOD.contains(from) || ATTENTION.contains(from), "{from}");
    let error = load(&METHOD.replacen(from, to, 1), &ATTENTION.replacen(from, to, 1)).err();
    assert_eq!(error.as_deref(), Some(expect));
}

#[test]
fn the_sound_tables_load() {
    let set = load(METHOD, ATTENTION).unwrap();
    let model = |id: &str| set.resolve(id).unwrap().model.clone();
    let known = model("llama-3.1-70b");
    let attention = known.attention().unwrap();
    assert_eq!((attention.kind(), attention.window_tokens()), (AttentionKind::Gqa, Some(131_072)));
    assert_eq!(attention.evidence_url(), Some("https://example.com/config"));
    assert_eq!(known.attention_source().unwrap().id(), "model-name");
    // Only its window is known: the rest is that of its class.
    let unknown = model("gpt-4o");
    assert_eq!(
        (unknown.window_tokens(), unknown.attention().unwrap().kind()),
        (Some(128_000), AttentionKind::Unknown)
    );
    let basis =
        |id: &str| set.deployment(&Call::to(id)).unwrap().bottom_up().unwrap().context_basis().unwrap();
    assert_eq!(
        [basis("gpt-4o"), basis("llama-3.1-70b")].map(|basis| basis.as_str()),
        ["class_prior", "model"]
    );
}

#[test]
fn a_method_that_is_not_whole_or_not_of_these_constants() {
    let batch = METHOD.lines().find(|line| line.starts_with("batch,")).unwrap();
    refused(&format!("{batch}\n"), "", r#"method.csv, line 1: key "batch" is not in method.csv"#);
    refused("\nbatch,", "\nparty,", r#"method.csv, line 7: key cannot be "party""#);
    refused(
        &format!("{batch}\n"),
        &format!("{batch}\n{batch}\n"),
        r#"method.csv, line 8: key "batch" is listed twice"#,
    );
    refused(
        "batch,256,3,sequences",
        "batch,256,3,tokens",
        r#"method.csv, line 7: unit of batch must be sequences, not "tokens""#,
    );
    refused("batch,256,3,", "batch,0,3,", r#"method.csv, line 7: value is not a number above zero: "0""#);
    refused("batch,256,3,", "batch,,3,", "method.csv, line 7: value is empty");
    refused(
        "batch,256,3,",
        "batch,256,0.9,",
        r#"method.csv, line 7: gsd is not a geometric standard deviation, 1 or above: "0.9""#,
    );
    refused("law_residual,,1.4", "law_residual,1,1.4", "method.csv, line 6: value must be empty in this row");
    refused(
        "law_active,0.8528833205164755,,",
        "law_active,0.8528833205164755,2,",
        "method.csv, line 3: gsd must be empty in this row",
    );
    let most = METHOD.lines().position(|line| line.starts_with("context_of_law_most,")).unwrap() + 1;
    let expect = format!(r#"method.csv, line {most}: value is not a share, between 0 and 1: "1.2""#);
    refused("context_of_law_most,0.2", "context_of_law_most,1.2", &expect);
    refused("own-judgement,\"Published", ",\"Published", "method.csv, line 7: source_id is empty");
    refused(
        "own-judgement,\"Published",
        "hearsay,\"Published",
        r#"method.csv, line 7: source_id "hearsay" is not in sources.csv"#,
    );
    refused("nvidia-h100,Board power.", "nvidia-h100,", &{
        let line = METHOD.lines().position(|line| line.starts_with("accelerator_power,")).unwrap() + 1;
        format!("method.csv, line {line}: reason is empty")
    });
}

#[test]
fn attention_that_cannot_be() {
    refused(
        "gqa,327680",
        "gqa,0",
        r#"attention.csv, line 3: cache_bytes_per_token is not a number above zero: "0""#,
    );
    refused("gqa,327680", "gqa,", "attention.csv, line 3: cache_bytes_per_token is empty");
    refused("gqa,327680", "some,327680", r#"attention.csv, line 3: kind cannot be "some""#);
    refused(
        "unknown,,,",
        "unknown,1,,",
        "attention.csv, line 2: cache_bytes_per_token must be empty in this row",
    );
    refused(
        "128000,read",
        "128k,read",
        r#"attention.csv, line 2: window_tokens is not a whole number above zero: "128k""#,
    );
    refused("131072,read", "131072,heard", r#"attention.csv, line 3: evidence cannot be "heard""#);
    refused("read,model-name,https", "read,,https", "attention.csv, line 3: source_id is empty");
    refused("llama-3.1-70b", "gpt-4o", r#"attention.csv, line 3: model "gpt-4o" is listed twice"#);
    refused("llama-3.1-70b", "llama-9", r#"attention.csv, line 3: model "llama-9" is not in models.csv"#);
    refused(
        "llama-3.1-70b",
        "Llama-3.1-70b",
        r#"attention.csv, line 3: model "Llama-3.1-70b" must be in lower case, without white space around it"#,
    );
    // Published factors alone make no model that attends.
    refused(
        "llama-3.1-70b",
        "gemini-apps",
        r#"attention.csv, line 3: model "gemini-apps" is not in models.csv"#,
    );
}

#[test]
fn a_row_on_top_replaces_a_constant_and_leaves_the_others() {
    let header = METHOD.lines().next().unwrap();
    let own = format!("{header}\nembodied,20,1.5,g/kWh,model-name,our own machines\n");
    let set = set().with_tables("acme", Tables::new().method(own.as_str())).unwrap();
    let stated = |key| set.method_constants().iter().find(|constant| constant.key() == key).unwrap();
    assert_eq!(
        (stated(Constant::Embodied).value(), stated(Constant::Embodied).gsd()),
        (Some(20.0), Some(1.5))
    );
    assert_eq!(stated(Constant::Embodied).reason(), Some("our own machines"));
    assert_eq!(stated(Constant::Batch).value(), Some(256.0));
    let of = |set: &FactorSet| {
        let deployment = set.deployment(&Call::to("llama-3.1-70b")).unwrap();
        deployment.bottom_up().unwrap().apply(&Usage::of_call(600, 400)).embodied_co2().central().to_f64()
    };
    assert!((of(&set) / of(self::set()) / (20.0 / 42.0) - 1.0).abs() < 1e-9);
    // Alone it is no method, whichever set is below.
    let alone = FactorSet::version("2025.1").unwrap().with_tables("acme", Tables::new().method(own.as_str()));
    assert!(alone.err().unwrap().to_string().starts_with("method.csv, line"));
}

#[test]
fn a_set_without_the_table_has_the_method_of_its_time() {
    let older = FactorSet::version("2026.11").unwrap();
    let value = |key| older.method_constants().iter().find(|constant| constant.key() == key).unwrap();
    assert_eq!((value(Constant::Batch).value(), value(Constant::Batch).gsd()), (Some(64.0), Some(2.5)));
    assert_eq!(value(Constant::Batch).source(), None);
    assert_eq!(older.method_constants().len(), set().method_constants().len());
    assert!(set().method_constants().iter().all(|constant| constant.source().is_some()));
}
