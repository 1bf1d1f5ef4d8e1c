use super::*;
use carbon_core::{Range, method::Verdict};
use jiff::civil::date;

fn set() -> FactorSet {
    FactorSet::version("2026.12").unwrap().clone()
}

fn row(model: &str, region: Option<&str>, tag: Option<&str>) -> Row {
    let activity = Activity {
        region: region.map(str::to_owned),
        ..Activity::new(date(2026, 10, 5), model, Usage::of_cached_call(60_000, 30_000, 4_000))
    };
    Row { activity, tag: tag.map(str::to_owned), set: set() }
}

fn month() -> Vec<Row> {
    vec![
        row("llama-3.1-70b", Some("USA"), Some("chat")),
        row("llama-3.1-8b", Some("USA"), None),
        row("gpt-4o", None, Some("search")),
        row("nobody-knows-it", None, None),
    ]
}

fn number(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn of_model(model: &str) -> Match {
    Match { model: Some(model.to_owned()), ..Match::default() }
}

fn change(matching: Match, what: What) -> Change {
    Change { matching, what }
}

fn scenario(changes: impl IntoIterator<Item = Change>) -> Scenario {
    Scenario { changes: changes.into_iter().collect(), ..Scenario::default() }
}

fn central(comparison: &Comparison) -> Decimal {
    comparison.ratio.unwrap().central()
}

#[test]
fn the_same_model_is_exactly_one() {
    let same = change(of_model("llama-3.1-70b"), What::Model("meta-llama/Llama-3.1-70B-Instruct".to_owned()));
    let effect = whatif(&month(), &scenario([same])).together;
    assert_eq!(effect.comparison.ratio, Range::new(Decimal::ONE, Decimal::ONE, Decimal::ONE));
    assert_eq!((effect.matched.requests, effect.unmoved.requests), (1, 1));
    assert_eq!(effect.comparison.verdict(), Verdict::NotDistinguishable);
}

#[test]
fn changes_count_alone_and_together_and_in_any_order() {
    let region = change(of_model("llama-3.1-70b"), What::Region("FRA".to_owned()));
    let shorter = change(Match::default(), What::OutputTokens(number("0.8")));
    let both = whatif(&month(), &scenario([region.clone(), shorter.clone()]));
    let other_way = whatif(&month(), &scenario([shorter.clone(), region.clone()]));
    assert_eq!(both.together, other_way.together);
    for (effect, change) in both.changes.iter().zip([region, shorter]) {
        assert_eq!(*effect, whatif(&month(), &scenario([change])).together);
        assert_eq!(effect.comparison.verdict(), Verdict::Lower);
        assert!(central(&both.together.comparison) < central(&effect.comparison));
        // The difference is that of the two figures, and the calls that do not change take no part in it.
        let [before, after] = [&effect.before, &effect.after].map(|side| side.valued.co2.unwrap().central());
        assert_eq!([before, after], [effect.comparison.before, effect.comparison.after]);
        assert_eq!(effect.comparison.difference.central(), effect.of_matched.difference.central());
    }
    // What has no value is in neither figure, and the calls of it that would change are told.
    assert_eq!(both.together.before.coverage.ratio(), Some(Decimal::ONE));
    assert!(both.baseline.coverage.ratio() < Some(Decimal::ONE));
    assert_eq!(both.together.unvalued_before.keys().collect::<Vec<_>>(), ["nobody-knows-it"]);
}

#[test]
fn published_factors_know_no_region_and_no_cache() {
    let of = |what| whatif(&month(), &scenario([change(of_model("gpt-4o"), what)])).together;
    for effect in [of(What::Region("FRA".to_owned())), of(What::CacheShare(number("0.9")))] {
        assert_eq!((effect.matched.requests, effect.unmoved.requests), (1, 1));
        assert_eq!(effect.comparison.ratio, Range::new(Decimal::ONE, Decimal::ONE, Decimal::ONE));
    }
    assert_eq!(of(What::OutputTokens(number("0.5"))).unmoved, Usage::default());
}

#[test]
fn what_nothing_matches_changes_nothing_and_says_so() {
    let matching = Match { tag: Some(["feature", "nobody"].map(str::to_owned)), ..Match::default() };
    let effect = whatif(&month(), &scenario([change(matching, What::InputTokens(number("0.5")))])).together;
    assert_eq!((effect.matched, effect.of_matched.ratio), (Usage::default(), None));
    let chat = Match { tag: Some(["feature", "chat"].map(str::to_owned)), ..Match::default() };
    let effect = whatif(&month(), &scenario([change(chat, What::InputTokens(number("0.5")))])).together;
    assert_eq!((effect.matched.requests, effect.comparison.verdict()), (1, Verdict::Lower));
    let none = whatif(&[], &scenario([change(Match::default(), What::Region("FRA".to_owned()))]));
    assert_eq!((none.together.comparison.ratio, none.baseline.coverage.ratio()), (None, None));
}

#[test]
fn a_model_without_a_value_is_told() {
    let set = set();
    let unsized_model =
        set.models().iter().find(|model| model.parameters().is_none() && model.coefficient().is_none());
    let name = unsized_model.expect("there is one").id();
    let effect =
        whatif(&month(), &scenario([change(of_model("gpt-4o"), What::Model(name.to_owned()))])).together;
    assert_eq!(effect.unvalued_after.keys().collect::<Vec<_>>(), [name]);
    assert_eq!(effect.before.valued.usage.requests, 2);
}

#[test]
fn tokens_of_another_tokenizer_are_only_those_that_are_stated() {
    let swap = change(of_model("llama-3.1-70b"), What::Model("qwen3-14b".to_owned()));
    let effect =
        |tokens_factor| whatif(&month(), &Scenario { changes: vec![swap.clone()], tokens_factor }).together;
    let (as_many, more) = (effect(None), effect(Some(number("1.1"))));
    assert_eq!(as_many.after.valued.usage.total_tokens(), as_many.before.valued.usage.total_tokens());
    assert_eq!(more.after.valued.usage.total_tokens() - as_many.after.valued.usage.total_tokens(), 6_400);
    assert!(central(&more.comparison) > central(&as_many.comparison));
}

#[test]
fn a_cloud_serves_the_new_model_and_a_maker_does_not() {
    let served = |provider: &str, region: Option<&str>, model: &str| {
        let old = row("gpt-4o", region, None);
        let old = Row { activity: Activity { provider: Some(provider.to_owned()), ..old.activity }, ..old };
        let mut new = old.activity.clone();
        change(Match::default(), What::Model(model.to_owned())).apply(&old, &mut new, &Scenario::default());
        (new.provider, new.region)
    };
    assert_eq!(served("openai", None, "claude-opus-5"), (None, None));
    assert_eq!(served("openai", Some("FRA"), "claude-opus-5"), (None, Some("FRA".to_owned())));
    let aws = (Some("aws".to_owned()), Some("eu-west-3".to_owned()));
    assert_eq!(served("aws", Some("eu-west-3"), "claude-opus-5"), aws);
}

#[test]
fn faults_name_their_field() {
    let fault = |scenario: Scenario| {
        let faults = scenario.faults(&month(), &set());
        faults
            .into_iter()
            .map(|fault| format!("{} {}", fault.field, fault.reason))
            .collect::<Vec<_>>()
            .join("; ")
    };
    let anywhere = Match::default;
    let region = |name: &str| Match { region: Some(name.to_owned()), ..anywhere() };
    let tag = |name: &str| Match { tag: Some([name, "x"].map(str::to_owned)), ..anywhere() };
    let less = || What::OutputTokens(number("0.8"));
    for (changes, expect) in [
        (vec![], "/changes must have at least one change"),
        (
            vec![change(of_model("no-such"), less())],
            "/changes/0/match/model is neither a known model nor a name that was sent in this time: no-such",
        ),
        (
            vec![change(anywhere(), What::Model("no-such".to_owned()))],
            "/changes/0/model is not a known model: no-such",
        ),
        (
            vec![change(anywhere(), What::Region("Mars".to_owned()))],
            "/changes/0/region is not a region with a known grid: Mars",
        ),
        (
            vec![change(region("Mars"), less())],
            "/changes/0/match/region is neither a known region nor one that was sent in this time: Mars",
        ),
        (
            vec![change(Match { provider: Some("nobody".to_owned()), ..anywhere() }, less())],
            "/changes/0/match/provider is neither a known provider nor one that was sent in this time: nobody",
        ),
        (
            vec![
                change(region("FRA"), less()),
                change(of_model("gpt-4o"), What::OutputTokens(number("0.5"))),
            ],
            "/changes/1/output_tokens contradicts change 0: both may match the same calls",
        ),
        (
            vec![change(tag("feature"), less()), change(tag("suffix"), What::CacheShare(number("0.5")))],
            "/changes/1/match/tag must be of the same tag as in change 0, feature: sums do not say which calls have both",
        ),
    ] {
        assert_eq!(fault(scenario(changes)), expect);
    }
    let factor = Scenario { tokens_factor: Some(Decimal::TWO), ..scenario([change(anywhere(), less())]) };
    assert_eq!(fault(factor), "/tokens_factor is for changes of the model, and there is none");
    // What a cloud does not have, in every spelling of the region; what has no value at all.
    for (provider, its_name) in [("aws", "aws"), ("azure", "azure"), ("google", "gcp")] {
        let of_cloud = |row: Row| Row {
            activity: Activity { provider: Some(provider.to_owned()), region: None, ..row.activity },
            ..row
        };
        let rows: Vec<Row> = month().into_iter().map(of_cloud).collect();
        for region in set().regions().map(|place| place.region) {
            let cloud = region.split_once(':').unwrap().0;
            for name in [region, region.split_once(':').unwrap().1] {
                let scenario = scenario([change(anywhere(), What::Region(name.to_owned()))]);
                let faults = scenario.faults(&rows, &set());
                let is_its_own = set().locate(name, Some(provider)).is_ok();
                assert_eq!(is_its_own, cloud == its_name, "{provider} {name}");
                let expect: Vec<Fault> = if is_its_own {
                    vec![]
                } else {
                    vec![Fault {
                        field: "/changes/0/region".to_owned(),
                        reason: format!(
                            "is not a region of {provider}, whose calls it would move: {name}; match calls by their provider"
                        ),
                    }]
                };
                assert_eq!(faults, expect);
            }
        }
    }
    let of_azure = Match { provider: Some("azure".to_owned()), ..region("eu-west-3") };
    assert_eq!(
        fault(scenario([change(of_azure, less())])),
        "/changes/0/match/region is not a region of azure: eu-west-3"
    );
    let set = set();
    let unsized_model =
        set.models().iter().find(|model| model.parameters().is_none() && model.coefficient().is_none());
    let name = unsized_model.expect("there is one").id();
    assert_eq!(
        fault(scenario([change(anywhere(), What::Model(name.to_owned()))])),
        format!("/changes/0/model has no factor for the calls that it would take: {name}")
    );
    // A name that was sent is known as one; others' values of the same thing do not contradict.
    for changes in [
        vec![change(of_model("nobody-knows-it"), less())],
        vec![change(of_model("gpt-4o"), less()), change(of_model("llama-3.1-8b"), less())],
        vec![change(region("USA"), less()), change(region("FRA"), less())],
        vec![change(anywhere(), less()), change(anywhere(), What::Region("FRA".to_owned()))],
    ] {
        assert_eq!(fault(scenario(changes)), "");
    }
}
