//! Tables that are not loaded, each with the words it is refused with.

use carbon_core::{FactorSet, Tables};

const FACTORS: &str = "\
factor_id,model,method,low,low_per,central,central_per,high,high_per,range_basis,confidence,source_id
coefficient/a@1,a,coefficient,0.1,total_tokens,0.3,total_tokens,0.9,total_tokens,class_proxy_gsd_3,estimated,paper
";
const MODELS: &str = "\
model,provider,parameters,total_b_min,total_b_max,active_b_min,active_b_max,tokens_per_s,first_token_s,source_id,evidence_url,note
m,maker,estimated,400,500,40,50,70.5,0.6,paper,https://example.com/m,
";
const ALIASES: &str = "alias,model,evidence\na-2024,a,dated snapshot\n";
const SOURCES: &str =
    "source_id,title,publisher,published,url,licence\npaper,A paper,A publisher,2025,,facts cited\n";

fn load(factors: &str, aliases: &str, sources: &str) -> Result<FactorSet, String> {
    load_with(MODELS, factors, aliases, sources)
}

fn load_with(models: &str, factors: &str, aliases: &str, sources: &str) -> Result<FactorSet, String> {
    FactorSet::parse("1", Tables { models, factors, aliases, sources, ..Tables::TABLE_ALONE })
        .map_err(|error| error.to_string())
}

/// The sound tables with one replacement, and the words that must come back.
#[track_caller]
fn check(from: &str, to: &str, expect: &str) {
    let mend = |table: &str| table.replacen(from, to, 1);
    let error = load_with(&mend(MODELS), &mend(FACTORS), &mend(ALIASES), &mend(SOURCES)).unwrap_err();
    assert_eq!(error, expect);
}

#[test]
fn the_sound_tables_load() {
    let set = load(FACTORS, ALIASES, SOURCES).unwrap();
    assert_eq!(set.resolve("a-2024").unwrap().model.coefficient().unwrap().source().title(), "A paper");
}

#[test]
fn a_factor_without_a_source() {
    check(
        "class_proxy_gsd_3,estimated,paper",
        "class_proxy_gsd_3,estimated,",
        "factors.csv, line 2: source_id is empty",
    );
    check(
        "class_proxy_gsd_3,estimated,paper",
        "class_proxy_gsd_3,estimated,hearsay",
        r#"factors.csv, line 2: source "hearsay" is not listed"#,
    );
    check("A paper", " ", "sources.csv, line 2: title is empty");
    check("A publisher", "", "sources.csv, line 2: publisher is empty");
    check("facts cited", "", "sources.csv, line 2: licence is empty");
}

#[test]
fn a_range_out_of_order() {
    let expect = "factors.csv, line 2: low and high are not in order";
    check("0.1,total_tokens", "0.4,total_tokens", expect);
    check("0.9,total_tokens", "0.2,total_tokens", expect);
    // In order for some usages only: all tokens below, output tokens above.
    check("0.9,total_tokens", "0.9,output_tokens", expect);
}

#[test]
fn words_and_numbers_that_the_column_does_not_know() {
    check(
        "class_proxy_gsd_3,estimated,",
        "class_proxy_gsd_3,certain,",
        r#"factors.csv, line 2: confidence cannot be "certain""#,
    );
    check(",coefficient,", ",guess,", r#"factors.csv, line 2: method cannot be "guess""#);
    check("0.1,total_tokens", "0.1,words", r#"factors.csv, line 2: low_per cannot be "words""#);
    check("0.3", "-0.3", r#"factors.csv, line 2: central is not an exact non-negative decimal: "-0.3""#);
    check("0.3", "a lot", r#"factors.csv, line 2: central is not an exact non-negative decimal: "a lot""#);
}

#[test]
fn names_that_lead_nowhere_or_to_two_places() {
    check(
        "a-2024,a,",
        "a-2024,b,",
        r#"aliases.csv, line 2: alias "a-2024" leads to "b", which is not listed"#,
    );
    check("a-2024,a,", "a,a,", r#"aliases.csv, line 2: "a" stands here a second time"#);
    check(
        "a-2024,",
        "A-2024,",
        r#"aliases.csv, line 2: "A-2024" is not in lower case without outer white space"#,
    );
    check("dated snapshot", "", "aliases.csv, line 2: evidence is empty");

    let row = FACTORS.lines().last().unwrap();
    let twice = format!("{FACTORS}{row}\n");
    let error = load(&twice, ALIASES, SOURCES).unwrap_err();
    assert_eq!(error, r#"factors.csv, line 3: "coefficient/a@1" stands here a second time"#);
}

#[test]
fn a_table_of_another_shape() {
    check("factor_id,", "id,", r#"factors.csv, line 2: column "factor_id" is missing"#);
    let error = load(&format!("{FACTORS}one,two\n"), ALIASES, SOURCES).unwrap_err();
    assert!(error.starts_with("factors.csv, line 3: not a row of this table: "), "{error}");
}

#[test]
fn a_model_whose_size_cannot_be() {
    check("400,500", "500,400", "models.csv, line 2: low and high are not in order");
    check("40,50", "40,600", "models.csv, line 2: low and high are not in order");
    check("400,500", "0,500", r#"models.csv, line 2: total_b_min is not a number above zero: "0""#);
    check("400,500", ",500", "models.csv, line 2: total_b_min is empty");
    check("0.6,paper", "0.6,", "models.csv, line 2: source_id is empty");
    check("maker,estimated", "maker,guessed", r#"models.csv, line 2: parameters cannot be "guessed""#);
    check("70.5,0.6", "70.5,", "models.csv, line 2: first_token_s is empty");
}
