//! Tables on top of a set.

use crate::refusals::{ALIASES, FACTORS, MODELS, ZONES, load};
use carbon_core::{FactorSet, registry::Tables};

/// Rows on top of a set: they may cite it, replace its factors and add to its names, and nothing else.
#[test]
fn tables_on_top_of_a_set() {
    let base = load(str::to_owned).unwrap();
    let row = FACTORS.lines().last().unwrap();
    let header = FACTORS.lines().next().unwrap();
    let own = |row: &str| Tables::new().factors(format!("{header}\n{row}\n"));
    let replaced = row.replace("coefficient/a@1", "coefficient/a@acme").replace("0.3,total", "0.5,total");
    let set = base.with_tables("acme", own(&replaced)).unwrap();
    assert_eq!((set.as_str(), set.sha256()), ("acme", None));
    assert_eq!(set.resolve("a-2024").unwrap().model.coefficient().unwrap().id(), "coefficient/a@acme");
    assert_eq!(base.resolve("a-2024").unwrap().model.coefficient().unwrap().id(), "coefficient/a@1");

    let added = row.replace("coefficient/a@1,a,", "coefficient/b@acme,b,");
    let twice = set.with_tables("acme-2", own(&added)).unwrap();
    assert!(["a", "b", "m"].iter().all(|model| twice.resolve(model).is_ok()));

    for (tables, expect) in [
        (own(row), r#"factors.csv, line 2: factor_id "coefficient/a@1" is listed twice"#),
        (
            own(&format!("{added}\n{}", added.replace("b@acme", "c@acme"))),
            r#"factors.csv, line 3: model "b" is listed twice"#,
        ),
        (Tables::new().models(MODELS), r#"models.csv, line 2: model "m" is listed twice"#),
        // The new model takes a name that the set below has for another.
        (
            own(&added.replace(",b,", ",a-2024,")),
            r#"aliases.csv of 1, line 2: alias "a-2024" is listed twice"#,
        ),
        (
            own(&added.replace(",paper,", ",mine,")),
            r#"factors.csv, line 2: source_id "mine" is not in sources.csv"#,
        ),
    ] {
        assert_eq!(base.with_tables("acme", tables).unwrap_err().to_string(), expect);
    }
}

/// What stands on top becomes part of one set of tables, which values everything as the two did.
#[test]
fn tables_on_top_of_a_set_make_a_whole_one() {
    let base = load(str::to_owned).unwrap();
    let (header, row) = FACTORS.trim_end().split_once('\n').unwrap();
    let replaced = row.replace("coefficient/a@1", "coefficient/a@acme").replace("0.3,total", "0.5,total");
    let added = row.replace("coefficient/a@1,a,", "\"coefficient/b@acme\",b,");
    // Columns in another order, one without contents left out.
    let aliases = "model,evidence,alias,valid_to,valid_from\r\nb,\"two\nlines\",b-chat,,\r\n";
    let zones = ZONES.replace("XXA,XX,Example Land,grid/XXA", "XXB,XY,\"Example, East\",grid/XXB");
    let models = MODELS.replace(",note\n", "\n").replace("example.com/m,\n", "example.com/m\n");
    let models = models.replace("m,bottom_up/m@1", "n,bottom_up/n@acme");
    let own = Tables::new()
        .factors(format!("{header}\n{added}\n{replaced}"))
        .aliases(aliases)
        .zones(zones.as_str())
        .models(models.as_str());
    let set = base.with_tables("acme", own).unwrap();
    let whole = set.whole().unwrap();
    assert_eq!((whole.as_str(), set.sha256()), ("acme", None));
    let models =
        |set: &FactorSet| -> Vec<String> { set.models().iter().map(|model| format!("{model:?}")).collect() };
    assert_eq!(models(&whole), models(&set));
    assert_eq!(format!("{:?}", whole.zones()), format!("{:?}", set.zones()));
    assert_eq!(whole.resolve("b-chat").unwrap().model.id(), "b");
    let file = |set: &FactorSet, name: &str| -> String {
        set.files().unwrap().into_iter().find(|(file, _)| *file == name).unwrap().1.to_owned()
    };
    // The replaced row in its place, the added one at the end, the others to the byte.
    let plain = added.replace('"', "");
    assert_eq!(file(&whole, "factors.csv"), format!("{header}\n{replaced}\n{plain}\n"));
    assert!(file(&whole, "aliases.csv").starts_with(ALIASES) && file(&whole, "zones.csv").starts_with(ZONES));
    assert_eq!(file(&whole, "sources.csv"), file(&base, "sources.csv"));
    // A whole set on top of nothing else is what it was; so is one of its tables.
    assert_eq!(whole.whole().unwrap().sha256(), whole.sha256());
    let again = Tables::of_files(whole.files().unwrap()).unwrap();
    assert_eq!(FactorSet::from_tables("acme", again).unwrap().sha256(), whole.sha256());

    let odd = Tables::new().aliases("alias,model,valid_from,valid_to,evidence,remark\nb,a,,,x,y\n");
    let error = base.with_tables("acme", odd).unwrap().whole().unwrap_err();
    assert_eq!(error.to_string(), r#"aliases.csv, line 1: there is no column "remark" in this table"#);
}
