//! Tables that are not loaded, each with the words it is refused with.

use carbon_core::{FactorSet, factor::Inclusion, registry::Tables};
use sha2::{Digest, Sha256};

pub(crate) const FACTORS: &str = "\
factor_id,model,method,quantity,unit,low,low_per,central,central_per,high,high_per,range_basis,confidence,boundary,basis,valid_from,valid_to,observed,source_id,caveat
coefficient/a@1,a,coefficient,gwp,gCO2e,0.1,total_tokens,0.3,total_tokens,0.9,total_tokens,class_proxy_gsd_3,estimated,all,location,2025-01-01,2026-12-31,2024,paper,read with care
";
pub(crate) const MODELS: &str = "\
model,factor_id,provider,open_weights,parameters,total_b_min,total_b_max,active_b_min,active_b_max,tokens_per_s,first_token_s,boundary,valid_from,source_id,evidence_url,note
m,bottom_up/m@1,maker,no,estimated,400,500,40,50,70.5,0.6,all,2025-01-01,paper,https://example.com/m,
";
pub(crate) const ALIASES: &str = "\
alias,model,valid_from,valid_to,evidence
a-2024,a,,,dated snapshot
a-latest,a,2025-01-01,2025-06-30,release notes
a-latest,m,2025-07-01,2025-12-31,release notes
";
const CLASSES: &str = "\
class,factor_id,total_b_min,total_b_max,active_b_min,active_b_max,gsd,boundary,valid_from,source_id,derived_from,reason
mid,bottom_up/class-mid@1,70,200,5,100,3,all,2025-01-01,paper,m,ours
";
const BOUNDARIES: &str = "\
boundary,accelerator,host,idle,facility,embodied,network,training,terminal,note
all,included,included,included,included,included,included,included,included,everything
";
pub(crate) const ZONES: &str = "\
zone,alpha_2,name,factor_id,grid_g_per_kwh,year,grid_boundary,offsite_water_l_per_kwh,water_of,adpe_kg_sb_per_kwh,primary_energy_mj_per_kwh,source_id,other_source_id
XXA,XX,Example Land,grid/XXA@1,50.5,2025,lifecycle_generation,3.6,zone,4.8e-8,9.3,paper,paper
";
const REGIONS: &str = "\
provider,region,location,zone,pue,pue_year,pue_basis,onsite_water_l_per_kwh,onsite_water_year,onsite_water_basis,source_id
cloud,north-1,North,XXA,1.2,2025,region,0.3,2025,fleet,paper
";
const CLOUDS: &str = "cloud,names\ncloud,nimbus\n";
const PROVIDERS: &str = "\
provider,names,zone,pue_min,pue_max,onsite_water_l_per_kwh_min,onsite_water_l_per_kwh_max,source_id
maker,the-maker,XXA,1.1,1.2,0.1,0.9,paper
";
const ECOLOGITS: &str = "\
name,total_b_min,total_b_max,active_b_min,active_b_max,tokens_per_s,first_token_s,source_id
m-2024,400,400,40,40,33,0.5,paper
";
const SOURCES: &str =
    "source_id,title,publisher,published,url,licence\npaper,A paper,A publisher,2025,,facts cited\n";

pub(crate) fn load(mend: impl Fn(&str) -> String) -> Result<FactorSet, String> {
    let [models, factors, boundaries, aliases, sources] =
        [MODELS, FACTORS, BOUNDARIES, ALIASES, SOURCES].map(&mend);
    let [zones, regions, clouds, providers, ecologits] =
        [ZONES, REGIONS, CLOUDS, PROVIDERS, ECOLOGITS].map(&mend);
    let tables = Tables::new()
        .classes(mend(CLASSES))
        .models(models)
        .factors(factors)
        .boundaries(boundaries)
        .aliases(aliases)
        .sources(sources)
        .zones(zones)
        .regions(regions)
        .clouds(clouds)
        .providers(providers)
        .ecologits(ecologits);
    FactorSet::from_tables("1", tables).map_err(|error| error.to_string())
}

/// The sound tables with one replacement, and the words that must come back.
#[track_caller]
fn check(from: &str, to: &str, expect: &str) {
    assert_eq!(load(|table| table.replacen(from, to, 1)).unwrap_err(), expect);
}

#[test]
fn the_sound_tables_load() {
    let set = load(str::to_owned).unwrap();
    let factor = set.resolve("a-2024").unwrap().model.coefficient().unwrap();
    assert_eq!(factor.source().title(), "A paper");
    assert_eq!(factor.record().boundary().stages(Inclusion::Included).count(), 8);
    assert_eq!(factor.record().validity().to, Some(jiff::civil::date(2026, 12, 31)));
    assert_eq!(set.locate("north-1", Some("nimbus")).unwrap().zone.grid().id(), "grid/XXA@1");
    let text: String = set.files().unwrap().into_iter().map(|(_, text)| text).collect();
    let digest: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(set.sha256(), Some(digest.as_str()), "a set of one's own has a digest too");
    assert_eq!(
        (factor.caveat(), set.source("paper").map(|paper| paper.publisher())),
        (Some("read with care"), Some("A publisher"))
    );
}

#[test]
fn a_factor_without_a_source() {
    check(
        "location,2025-01-01,2026-12-31,2024,paper",
        "location,2025-01-01,2026-12-31,2024,",
        "factors.csv, line 2: source_id is empty",
    );
    check(
        "location,2025-01-01,2026-12-31,2024,paper",
        "location,2025-01-01,2026-12-31,2024,hearsay",
        r#"factors.csv, line 2: source_id "hearsay" is not in sources.csv"#,
    );
    check("A paper", " ", "sources.csv, line 2: title is empty");
    check("A publisher", "", "sources.csv, line 2: publisher is empty");
    check("facts cited", "", "sources.csv, line 2: licence is empty");
}

#[test]
fn a_range_out_of_order() {
    let expect = "factors.csv, line 2: low must not be above central";
    check("0.1,total_tokens", "0.4,total_tokens", expect);
    let expect = "factors.csv, line 2: central must not be above high";
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
    check(",gwp,", ",noise,", r#"factors.csv, line 2: quantity cannot be "noise of method coefficient""#);
    check("included,everything", "maybe,everything", r#"boundaries.csv, line 2: terminal cannot be "maybe""#);
    check(
        "all,location,",
        "some,location,",
        r#"factors.csv, line 2: boundary "some" is not in boundaries.csv"#,
    );
    check("all,location,", "all,hope,", r#"factors.csv, line 2: basis cannot be "hope""#);
    check(
        "0.1,total_tokens",
        "0.1,fresh_input_tokens",
        r#"factors.csv, line 2: low_per cannot be "fresh_input_tokens""#,
    );
    check("0.1,total_tokens", "0.1,words", r#"factors.csv, line 2: low_per cannot be "words""#);
    check(
        "0.3,total",
        "-0.3,total",
        r#"factors.csv, line 2: central is not an exact non-negative decimal: "-0.3""#,
    );
    check(
        "0.3,total",
        "a lot,total",
        r#"factors.csv, line 2: central is not an exact non-negative decimal: "a lot""#,
    );
}

#[test]
fn names_that_lead_nowhere_or_to_two_places() {
    check("a-2024,a,", "a-2024,b,", r#"aliases.csv, line 2: model "b" is not in models.csv or factors.csv"#);
    check("a-2024,a,", "a,a,", r#"aliases.csv, line 2: alias "a" is listed twice"#);
    check("a-2024,a,", "a-latest,a,", r#"aliases.csv, line 3: alias "a-latest" is listed twice"#);
    check(
        "2025-07-01,2025-12-31",
        "2025-06-30,2025-12-31",
        "aliases.csv, line 4: valid_to is before valid_from, or the period overlaps that of another row",
    );
    check("2025-07-01,2025-12-31", "2025-07-01,", "aliases.csv, line 4: valid_to is empty");
    check(
        "2025-07-01,",
        "July 2025,",
        r#"aliases.csv, line 4: valid_from is not a date such as 2026-11-01: "July 2025""#,
    );
    check(
        "a-2024,",
        "A-2024,",
        r#"aliases.csv, line 2: alias "A-2024" must be in lower case, without white space around it"#,
    );
    check("dated snapshot", "", "aliases.csv, line 2: evidence is empty");

    let row = FACTORS.lines().last().unwrap();
    let twice = |table: &str| table.replace(row, &format!("{row}\n{row}"));
    assert_eq!(
        load(twice).unwrap_err(),
        r#"factors.csv, line 3: factor_id "coefficient/a@1" is listed twice"#
    );
    let again = row.replace("coefficient/a@1", "coefficient/a-again@1");
    let second = |table: &str| table.replace(row, &format!("{row}\n{again}"));
    assert_eq!(load(second).unwrap_err(), r#"factors.csv, line 3: model "a" is listed twice"#);
}

#[test]
fn names_that_move_and_do_not_say_since_when() {
    let header = "alias,model,valid_from,valid_to,evidence";
    let with_checked = |rows: &str| {
        let table = format!("alias,model,valid_from,valid_to,checked,evidence\n{rows}");
        load(|old| if old.starts_with(header) { table.clone() } else { old.to_owned() })
    };
    assert!(with_checked("a-latest,a,2025-01-01,,2025-06-30,notes\n").is_ok());
    let rule = "aliases.csv, line 2: checked is for rows with valid_from and without valid_to, and not before valid_from";
    for (row, expect) in [
        ("a-latest,a,2025-01-01,,,notes", "aliases.csv, line 2: valid_to is empty"),
        ("a-latest,a,2025-01-01,2025-06-30,2025-06-30,notes", rule),
        ("a-latest,a,2025-01-01,,2024-12-31,notes", rule),
        ("a-latest,a,,,2025-06-30,notes", rule),
        (
            "a-latest,a,2025-01-01,,soon,notes",
            r#"aliases.csv, line 2: checked is not a date such as 2026-11-01: "soon""#,
        ),
    ] {
        assert_eq!(with_checked(&format!("{row}\n")).unwrap_err(), expect, "{row}");
    }
}

#[test]
fn a_class_that_cannot_be() {
    check(
        "5,100,3,",
        "5,100,2.9,",
        r#"classes.csv, line 2: gsd is not a geometric standard deviation of 3 or more: "2.9""#,
    );
    check(
        "paper,m,ours",
        "paper,a,ours",
        r#"classes.csv, line 2: derived_from "a" is not in models.csv with a size"#,
    );
    check("paper,m,ours", "paper,,ours", "classes.csv, line 2: derived_from is empty");
    check("paper,m,ours", "paper,m,", "classes.csv, line 2: reason is empty");
    check("70,200,5", "70,200,80", "classes.csv, line 2: active_b_min must not be above total_b_min");
    check("2025-01-01,paper,m,ours", "2025-01-01,,m,ours", "classes.csv, line 2: source_id is empty");
    // As a model it would be listed twice.
    check(
        "coefficient/a@1,a,",
        "coefficient/a@1,class-mid,",
        r#"classes.csv, line 2: class "mid" is listed twice"#,
    );
    check("no,estimated", "no,proxy", r#"models.csv, line 2: parameters cannot be "proxy""#);
}

#[test]
fn a_table_of_another_shape() {
    check("factor_id,model", "id,model", r#"factors.csv, line 2: column "factor_id" is missing"#);
    let row = FACTORS.lines().last().unwrap();
    let error = load(|table| table.replace(row, &format!("{row}\none,two"))).unwrap_err();
    assert!(error.starts_with("factors.csv, line 3: not a row of this table: "), "{error}");
}

#[test]
fn a_model_whose_size_cannot_be() {
    check("400,500", "500,400", "models.csv, line 2: total_b_min must not be above total_b_max");
    check("40,50", "40,600", "models.csv, line 2: active_b_max must not be above total_b_max");
    check("400,500", "0,500", r#"models.csv, line 2: total_b_min is not a number above zero: "0""#);
    check("400,500", ",500", "models.csv, line 2: total_b_min is empty");
    check("2025-01-01,paper,https", "2025-01-01,,https", "models.csv, line 2: source_id is empty");
    check("no,estimated", "no,guessed", r#"models.csv, line 2: parameters cannot be "guessed""#);
    check("70.5,0.6", "70.5,", "models.csv, line 2: first_token_s is empty");
}

#[test]
fn a_unit_that_does_not_fit_its_quantity() {
    check("gwp,gCO2e", "gwp,Wh", r#"factors.csv, line 2: unit of gwp must be gCO2e, not "Wh""#);
    check("gwp,gCO2e", "gwp,kgCO2e", r#"factors.csv, line 2: unit of gwp must be gCO2e, not "kgCO2e""#);
    check("gwp,gCO2e", "gwp,", "factors.csv, line 2: unit is empty");
}

#[test]
fn a_factor_without_its_particulars() {
    check("estimated,all,", "estimated,,", "factors.csv, line 2: boundary is empty");
    check(",all,location,", ",all,,", "factors.csv, line 2: basis is empty");
    check("2025-01-01,2026-12-31", ",2026-12-31", "factors.csv, line 2: valid_from is empty");
    check(
        "2025-01-01,2026-12-31",
        "2027-01-01,2026-12-31",
        "factors.csv, line 2: valid_to is before valid_from, or the period overlaps that of another row",
    );
    check("0.6,all,", "0.6,,", "models.csv, line 2: boundary is empty");
}

#[test]
fn a_grid_that_cannot_be() {
    for grid in ["0", "0.0", "-50.5", "NaN", "inf", "clean"] {
        let expect = format!("zones.csv, line 2: grid_g_per_kwh is not a number above zero: {grid:?}");
        check("grid/XXA@1,50.5", &format!("grid/XXA@1,{grid}"), &expect);
    }
    check("grid/XXA@1,50.5", "grid/XXA@1,", "zones.csv, line 2: grid_g_per_kwh is empty");
    check("9.3,paper,", "9.3,,", "zones.csv, line 2: source_id is empty");
    check("lifecycle_generation", "half", r#"zones.csv, line 2: grid_boundary cannot be "half""#);
}

/// Numbers that would carry figures beyond what a number holds, or that are of another unit, in every table that has numbers.
#[test]
fn a_number_that_nothing_has() {
    for grid in ["1e308", "1e-30", "50500"] {
        let expect = format!("zones.csv, line 2: grid_g_per_kwh is {grid:?}; plausible is 0.1 to 10000");
        check("grid/XXA@1,50.5", &format!("grid/XXA@1,{grid}"), &expect);
    }
    check(
        "400,500",
        "400,1e308",
        r#"models.csv, line 2: total_b_max is "1e308"; plausible is 0.000001 to 1000000"#,
    );
    check("1.1,1.2,0.1", "1.1,12,0.1", r#"providers.csv, line 2: pue_max is "12"; plausible is 1 to 10"#);
    check(
        "70.5,0.6",
        "7e300,0.6",
        r#"models.csv, line 2: tokens_per_s is "7e300"; plausible is 0.001 to 1000000"#,
    );
}

#[test]
fn places_that_lead_nowhere_or_to_two_grids() {
    check("North,XXA", "North,XXB", r#"regions.csv, line 2: zone "XXB" is not in zones.csv"#);
    check("the-maker,XXA", "the-maker,XXB", r#"providers.csv, line 2: zone "XXB" is not in zones.csv"#);
    check("maker,the-maker", "maker,maker", r#"providers.csv, line 2: provider "maker" is listed twice"#);
    check("cloud,nimbus", "cloud,cloud", r#"clouds.csv, line 2: cloud "cloud" is listed twice"#);
    let row = REGIONS.lines().last().unwrap();
    let other = row.replace("cloud,", "other,");
    let twice = |table: &str| table.replace(row, &format!("{row}\n{other}"));
    assert_eq!(load(twice).unwrap_err(), r#"regions.csv, line 3: region "north-1" is listed twice"#);
}

#[test]
fn a_size_of_ecologits_that_cannot_be() {
    check(
        "m-2024,400,400,",
        "m-2024,0,400,",
        r#"ecologits.csv, line 2: total_b_min is not a number above zero: "0""#,
    );
    check("33,0.5,paper", "33,0.5,", "ecologits.csv, line 2: source_id is empty");
}

#[test]
fn a_name_that_stands_twice() {
    for (table, row) in [
        ("models.csv", MODELS),
        ("boundaries.csv", BOUNDARIES),
        ("classes.csv", CLASSES),
        ("sources.csv", SOURCES),
        ("zones.csv", ZONES),
        ("ecologits.csv", ECOLOGITS),
    ] {
        let row = row.lines().last().unwrap();
        let error = load(|table| table.replace(row, &format!("{row}\n{row}"))).unwrap_err();
        assert!(
            error.starts_with(&format!("{table}, line 3: ")) && error.ends_with("is listed twice"),
            "{error}"
        );
    }
    // The name of a factor is no other factor's, whatever their tables.
    check(
        "bottom_up/m@1",
        "coefficient/a@1",
        r#"factors.csv, line 2: factor_id "coefficient/a@1" is listed twice"#,
    );
    check("bottom_up/m@1", "grid/XXA@1", r#"models.csv, line 2: factor_id "grid/XXA@1" is listed twice"#);
}

#[test]
fn sizes_and_providers_that_cannot_be() {
    check(
        "no,estimated",
        "yes,disclosed",
        "models.csv, line 2: a disclosed size is one number: total_b_min and total_b_max must be equal, and so must active_b_min and active_b_max",
    );
    check("maker,no", "nobody,no", r#"models.csv, line 2: provider "nobody" is not in providers.csv"#);
    check("maker,no", "maker,perhaps", r#"models.csv, line 2: open_weights cannot be "perhaps""#);
    check("400,500,40,50", "40,500,50,50", "models.csv, line 2: active_b_min must not be above total_b_min");
    check(
        "0.3,total_tokens",
        "0,total_tokens",
        r#"factors.csv, line 2: central is not a number above zero: "0""#,
    );
}

#[test]
fn sites_that_cannot_be() {
    check("1.1,1.2,0.1", "1.2,1.1,0.1", "providers.csv, line 2: pue_min must not be above pue_max");
    check(
        "0.1,0.9,paper",
        "0.9,0.1,paper",
        "providers.csv, line 2: onsite_water_l_per_kwh_min must not be above onsite_water_l_per_kwh_max",
    );
    check("1.1,1.2,0.1", "0.9,1.2,0.1", r#"providers.csv, line 2: pue_min is not a PUE, 1 or above: "0.9""#);
    check("XXA,1.2,2025", "XXA,0.2,2025", r#"regions.csv, line 2: pue is not a PUE, 1 or above: "0.2""#);
    check(
        "0.3,2025,fleet",
        "-0.3,2025,fleet",
        r#"regions.csv, line 2: onsite_water_l_per_kwh is not zero or a number above it: "-0.3""#,
    );
    check(
        "0.3,2025,fleet",
        ",2025,fleet",
        "regions.csv, line 2: pue and onsite_water_l_per_kwh must both be given, or neither",
    );
    check("50.5,2025", "50.5,25", r#"zones.csv, line 2: year is not a year: "25""#);
    check("3.6,zone", "3.6,sea", r#"zones.csv, line 2: water_of cannot be "sea""#);
}
