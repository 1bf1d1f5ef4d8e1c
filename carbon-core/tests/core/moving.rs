//! Names that move: each leads to what it led to that day, and to the last known model until it is known to have moved.

use crate::small;
use carbon_core::{Call, Confidence, FactorSet, Usage, registry::Tables};
use jiff::{ToSpan, civil::Date};
use proptest::prelude::*;

const MODELS: &str = "\
model,factor_id,provider,open_weights,parameters,total_b_min,total_b_max,active_b_min,active_b_max,tokens_per_s,first_token_s,boundary,valid_from,source_id,evidence_url,note
old,bottom_up/old@1,,yes,disclosed,8,8,8,8,,,bottom_up,2023-01-01,paper,,
new,bottom_up/new@1,,no,estimated,80,80,8,20,,,bottom_up,2023-01-01,paper,,
";

/// Two models, and these rows of names that move.
fn set(rows: &str) -> Result<FactorSet, String> {
    let aliases = format!("alias,model,valid_from,valid_to,checked,evidence\n{rows}");
    let tables = small::tables().models(MODELS).aliases(aliases);
    FactorSet::from_tables("acme", tables).map_err(|error| error.to_string())
}

fn day() -> impl Strategy<Value = Date> {
    (0..1_500_i64).prop_map(|days| Date::constant(2024, 1, 1).checked_add(days.days()).unwrap())
}

/// Model, day that was checked, and confidence of an estimate.
fn found(set: &FactorSet, name: &str, day: Option<Date>) -> Option<(String, Option<Date>, Confidence)> {
    let resolution = set.resolve_on(name, day).ok()?;
    let call = Call { day, ..Call::to(name) };
    let estimate = set.estimate(call, &Usage::of_call(10, 10)).unwrap();
    assert_eq!((estimate.checked, estimate.caveat()), (resolution.checked, resolution.caveat()));
    Some((resolution.model.id().to_owned(), estimate.checked, estimate.confidence))
}

proptest! {
    #[test]
    fn a_name_never_becomes_unknown_after_the_day_it_was_checked(
        mut days in prop::collection::btree_set(day(), 3),
        call in day(),
    ) {
        let [from, checked, moved] = [days.pop_first(), days.pop_first(), days.pop_first()].map(Option::unwrap);
        let set = set(&format!("x-latest,old,{from},,{checked},notes\nx-latest,new,{moved},,{moved},notes\n")).unwrap();
        let got = found(&set, "x-latest", Some(call));
        let old = |day| Some(("old".to_owned(), Some(checked).filter(|_| day), if day { Confidence::Estimated } else { Confidence::Benchmarked }));
        let new = |day| Some(("new".to_owned(), Some(moved).filter(|_| day), if day { Confidence::Proxy } else { Confidence::Estimated }));
        let expect = if call < from { None } else if call < moved { old(call > checked) } else { new(call > moved) };
        prop_assert_eq!(&got, &expect);
        // Whatever stands around it, and without a day the newest.
        prop_assert_eq!(&found(&set, "openrouter/X-Latest", Some(call)), &expect);
        prop_assert_eq!(found(&set, "x-latest", None), new(true));
    }

    #[test]
    fn a_name_whose_last_day_is_known_is_unknown_after_it(
        mut days in prop::collection::btree_set(day(), 2),
        call in day(),
    ) {
        let [from, to] = [days.pop_first(), days.pop_first()].map(Option::unwrap);
        let set = set(&format!("x-latest,old,{from},{to},,notes\n")).unwrap();
        let holds = from <= call && call <= to;
        let expect = holds.then(|| ("old".to_owned(), None, Confidence::Benchmarked));
        prop_assert_eq!(found(&set, "x-latest", Some(call)), expect);
        prop_assert_eq!(found(&set, "x-latest", None), None);
    }

    #[test]
    fn rows_that_contradict_each_other_are_refused(
        mut days in prop::collection::btree_set(day(), 3),
        open in any::<bool>(),
    ) {
        let [from, moved, later] = [days.pop_first(), days.pop_first(), days.pop_first()].map(Option::unwrap);
        // On the day that the second row begins, somebody found the name at the first.
        let end = if open { format!(",{later}") } else { format!("{later},") };
        let rows = [format!("x-latest,old,{from},{end},notes\n"), format!("x-latest,new,{moved},,{later},notes\n")];
        for rows in [rows.concat(), rows.iter().rev().map(String::as_str).collect()] {
            let refused = set(&rows).unwrap_err();
            prop_assert!(refused.contains("the period overlaps that of another row"), "{}", refused);
        }
    }
}

/// What another maker's cloud serves under the name, nobody has written down; the maker's own and gateways pass it on.
#[test]
fn a_name_moves_on_its_makers_platform() {
    let models = MODELS.replace("new,bottom_up/new@1,,", "new,bottom_up/new@1,maker,");
    let aliases =
        "alias,model,valid_from,valid_to,checked,evidence\nx-latest,new,2026-01-01,,2026-01-31,notes\n";
    let tables = small::tables()
        .models(models)
        .aliases(aliases)
        .clouds("cloud,names\naws,bedrock amazon_bedrock\nmaker,\n");
    let set = FactorSet::from_tables("acme", tables).unwrap();
    for (name, provider, known) in [
        ("x-latest", None, true),
        ("openrouter/x-latest", None, true),
        ("x-latest", Some("openrouter"), true),
        ("x-latest", Some("maker"), true),
        ("x-latest", Some("aws"), false),
        ("bedrock/x-latest", None, false),
        ("bedrock/openai/x-latest", None, false),
        ("bedrock/us-east-1/X-Latest", Some("maker"), false),
        ("bedrock:x-latest", None, false),
    ] {
        let call = Call { provider, ..Call::to(name) };
        assert_eq!(set.deployment(&call).is_ok(), known, "{name} of {provider:?}");
    }
}

/// A caveat comes with a lower confidence, and a lower confidence with a caveat, in every method's figure.
#[test]
fn every_method_says_where_a_name_may_have_moved() {
    let tables = Tables::new().aliases(
        "alias,model,valid_from,valid_to,checked,evidence\nx-latest,mistral-large-2,2024-07-24,,2025-05-21,notes\n",
    );
    let set = FactorSet::version("2026.11").unwrap().with_tables("acme", tables).unwrap();
    for (on, stale) in [(Date::constant(2025, 5, 21), false), (Date::constant(2025, 5, 22), true)] {
        let call = Call { day: Some(on), ..Call::to("x-latest") };
        let opinions = set.opinions(&call, &Usage::of_call(10, 10)).unwrap();
        let caveat = "Where it leads was last checked on 2025-05-21: mistral-large-2 is assumed";
        assert_eq!(opinions.caveats().iter().any(|said| said.contains(caveat)), stale, "{on}");
        let deployment = &opinions.deployment;
        let figures = [
            deployment.coefficient().unwrap().record(),
            deployment.disclosed().unwrap().records().next().unwrap(),
            deployment.bottom_up().unwrap().record(),
        ];
        for record in figures {
            assert_eq!(deployment.confidence(record) > record.confidence(), stale, "{} on {on}", record.id());
        }
    }
}

/// The newest set's names that move, each by the rule.
#[test]
fn a_row_that_ends_on_no_day_says_when_it_was_checked() {
    for version in FactorSet::versions() {
        let files = FactorSet::version(version).unwrap().files().unwrap();
        let (_, aliases) = files.iter().find(|(name, _)| *name == "aliases.csv").unwrap();
        let header: Vec<&str> = aliases.lines().next().unwrap().split(',').collect();
        let column = |name: &str| header.iter().position(|column| *column == name);
        let checked = column("checked");
        for row in aliases.lines().skip(1).map(|row| row.splitn(header.len(), ',').collect::<Vec<_>>()) {
            let cell = |name: &str| column(name).map_or("", |place| row[place]);
            if !cell("valid_from").is_empty() {
                let open = cell("valid_to").is_empty();
                assert_eq!(open, checked.is_some_and(|place| !row[place].is_empty()), "{version}: {row:?}");
            }
        }
    }
}
