//! What a statement says.

use super::*;
use crate::{activity::Activity, evidence::TaggedActivity, heading::Client, month::Month};
use carbon_core::{Grams, Range, Usage, model::ContextBasis, place::PlacedBy, registry::Tables};
use jiff::civil::date;
use proptest::prelude::*;

fn heading() -> Heading {
    let client = Client::new("client-xyz", "Client XYZ");
    Heading::new(client, "Example Software", Month::new(2026, 10), date(2026, 11, 2))
}

fn activity(day: i8, model: &str, input: u64, output: u64) -> Activity {
    Activity::new(date(2026, 10, day), model, Usage::of_call(input, output))
}

fn served(day: i8, model: &str, region: &str, input: u64, output: u64) -> Activity {
    Activity { region: Some(region.to_owned()), ..activity(day, model, input, output) }
}

fn statement(activity: &[Activity]) -> Statement {
    Statement::new(heading(), &Evidence::from(activity), FactorSet::version("2025.1").unwrap())
}

fn grams(valued: Valued) -> Option<String> {
    valued.co2.map(|co2| co2.central().to_string())
}

/// The ledger keeps names as they were sent: a set with one alias more values the same activity.
#[test]
fn coverage_rises_with_an_alias_on_the_same_activity() {
    let released = FactorSet::version("2025.1").unwrap().files().unwrap();
    let text = |name: &str| released.iter().find(|(file, _)| *file == name).unwrap().1;
    let set = |aliases: &str| {
        let tables = Tables::new()
            .factors(text("factors.csv"))
            .boundaries(text("boundaries.csv"))
            .sources(text("sources.csv"))
            .aliases(aliases);
        FactorSet::from_tables("mine", tables).unwrap()
    };
    let aliases = text("aliases.csv");
    let more = format!("{aliases}my-deployment,gpt-4o,,,the vendor's own name for it\n");
    let rows = [activity(5, "my-deployment", 600, 400), activity(5, "gpt-4o", 600, 400)];
    let under = |set: &FactorSet| Statement::new(heading(), &Evidence::from(&rows[..]), set);
    let (before, after) = (under(&set(aliases)), under(&set(&more)));
    assert_eq!(
        (grams(before.total), before.coverage.ratio().unwrap().to_string()),
        (Some("0.3".to_owned()), "0.5".to_owned())
    );
    assert_eq!(
        (grams(after.total), after.coverage.ratio().unwrap().to_string()),
        (Some("0.6".to_owned()), "1".to_owned())
    );
    assert_eq!(before.activity_sha256, after.activity_sha256, "nothing was sent again");
}

#[test]
fn every_breakdown_adds_up_to_the_total() {
    let rows = [
        activity(1, "mistral-large-2", 600, 400),
        activity(1, "GPT-4o", 1_000, 7),
        activity(2, "gpt-4o-2024-08-06", 10, 3),
        activity(31, "nobody-knows", 5, 5),
    ];
    // 2.85 + 1,020 tokens x 0.3 / 1,000
    assert_eq!(grams(statement(&rows).total).unwrap(), "3.156");
    // With modelled figures central values still add up to the last digit.
    let modelled = [
        activity(3, "gpt-5", 123_457, 9_871),
        activity(4, "gpt-5", 1, 3),
        served(4, "gpt-5", "FRA", 77, 3),
        served(9, "llama-3.1-70b", "aws:eu-west-3", 31, 1_009),
    ];
    for rows in [rows.to_vec(), [rows, modelled].concat()] {
        let statement =
            Statement::new(heading(), &Evidence::from(&rows[..]), FactorSet::version("2026.11").unwrap());
        let total = statement.total.co2.unwrap().central();
        let central = |valued: Valued| valued.co2.map(Range::central);
        for parts in [
            statement.by_model.iter().map(|line| central(line.valued)).collect::<Vec<_>>(),
            statement.by_method.iter().map(|line| central(line.valued)).collect(),
            statement.by_confidence.iter().map(|line| central(line.valued)).collect(),
            statement.by_day.iter().map(|line| line.co2).collect(),
            statement.by_region.iter().map(|line| central(line.valued)).collect(),
            statement.data_quality.by_class.iter().map(|line| central(line.valued)).collect(),
        ] {
            assert_eq!(parts.into_iter().flatten().sum::<Grams>(), total);
        }
        let days: Usage = statement.by_day.iter().map(|line| &line.usage).sum();
        assert_eq!(days, statement.total.usage);
        assert_eq!(statement.by_day.len(), 31);
    }
}

#[test]
fn each_model_is_valued_by_the_first_method_that_knows_it() {
    let rows = [
        activity(1, "gpt-4o", 600, 400),
        activity(1, "gpt-5", 600, 400),
        served(2, "gpt-5", "FRA", 600, 400),
        served(3, "gpt-5", "fr", 600, 400),
        activity(3, "grok-4", 600, 400),
    ];
    let set = FactorSet::version("2026.11").unwrap();
    let statement = Statement::new(heading(), &Evidence::from(&rows[..]), set);
    let lines: Vec<_> = statement
        .by_model
        .iter()
        .map(|line| {
            let place = line.place.as_ref().map(|place| (place.region.as_str(), place.placed_by));
            (line.model.as_str(), line.method.as_str(), place, line.valued.usage.requests)
        })
        .collect();
    assert_eq!(
        lines,
        [
            ("gpt-4o", "coefficient", None, 1),
            ("gpt-5", "bottom_up", Some(("USA", PlacedBy::Provider)), 1),
            ("gpt-5", "bottom_up", Some(("FRA", PlacedBy::Region)), 2),
        ]
    );
    assert_eq!(statement.unknown_models[0].name, "grok-4");
    assert_eq!(statement.by_method.len(), 2);
    assert_eq!(statement.bases, [Basis::Location, Basis::NotStated]);
    // What the API answers for one call is what the line says of it.
    let estimate = set.estimate("gpt-5", &Usage::of_call(600, 400)).unwrap();
    let line = &statement.by_model[1];
    assert_eq!((Some(estimate.co2), estimate.energy), (line.valued.co2, line.valued.energy));
    // Beside the total: the same month by our model alone, which knows gpt-4o as well and grok-4 no better.
    let alone = &statement.bottom_up_alone;
    assert_eq!(alone.coverage, Coverage { valued_tokens: 4_000, total_tokens: 5_000, ..Coverage::default() });
    let by_model = set.deployment(&carbon_core::Call::to("gpt-4o")).unwrap().bottom_up().unwrap();
    let own = by_model.apply(&Usage::of_call(600, 400)).co2_central();
    let others = statement.by_method[1].valued.co2.unwrap().central();
    assert_eq!(alone.valued.co2.unwrap().central(), own + others);
}

#[test]
fn bounds_of_a_sum_follow_what_its_parts_share() {
    let of = |rows: &[Activity]| {
        let statement =
            Statement::new(heading(), &Evidence::from(rows), FactorSet::version("2026.11").unwrap());
        let co2 = statement.total.co2.unwrap();
        let lines: f64 = statement.by_model.iter().map(|line| line.co2().high().to_f64()).sum();
        (co2.high().to_f64(), lines)
    };
    // One model in two countries: one size, one batch; only the grids differ.
    let (total, lines) = of(&[served(1, "gpt-5", "FRA", 600, 400), served(1, "gpt-5", "POL", 600, 400)]);
    assert!(total <= lines * 1.000_001 && total > lines * 0.98, "{total} of {lines}");
    // Two models of two providers: little is shared.
    let (total, lines) =
        of(&[served(1, "gpt-5", "USA", 600, 400), served(1, "claude-opus-4", "USA", 600, 400)]);
    assert!(total < lines * 0.97, "{total} of {lines}");
}

#[test]
fn a_region_that_is_not_listed_is_said_and_never_guessed() {
    // A published factor asks for no region; our model does.
    let rows = [served(1, "gpt-4o", "atlantis", 600, 400), served(1, "gpt-5", "atlantis", 600, 400)];
    let statement =
        Statement::new(heading(), &Evidence::from(&rows[..]), FactorSet::version("2026.11").unwrap());
    assert_eq!(grams(statement.total).unwrap(), "0.3");
    let [line] = statement.unknown_models.as_slice() else { panic!("{:?}", statement.unknown_models) };
    assert_eq!((line.name.as_str(), line.unknown_region.as_deref()), ("gpt-5", Some("atlantis")));
    assert_eq!(statement.bottom_up_alone.coverage.valued_tokens, 0);
}

#[test]
fn tokens_without_a_request_are_still_something() {
    let mut row = activity(1, "nobody-knows", 600, 400);
    row.usage.requests = 0;
    let statement = statement(&[row]);
    assert_eq!((statement.total.co2, statement.by_day[0].co2), (None, None));
}

#[test]
fn names_of_one_model_make_one_line() {
    let statement = statement(&[activity(1, "GPT-4o", 10, 0), activity(2, "gpt-4o-2024-08-06", 20, 0)]);
    let [line] = statement.by_model.as_slice() else { panic!("{:?}", statement.by_model) };
    assert_eq!(
        (line.model.as_str(), line.valued.usage.input_tokens, line.valued.usage.requests),
        ("gpt-4o", 30, 2)
    );
    assert_eq!(line.sent_as, ["GPT-4o", "gpt-4o-2024-08-06"]);
    assert_eq!(statement.factors[0].factor_id, line.factor_id);
}

#[test]
fn what_is_not_known_is_counted_and_never_zero() {
    let statement = statement(&[activity(1, "nobody-knows", 60, 40)]);
    assert_eq!(statement.total.co2, None);
    assert_eq!(statement.unknown_models[0].name, "nobody-knows");
    assert_eq!(statement.by_confidence[0].confidence, None);
    assert_eq!(statement.coverage.ratio().unwrap().to_string(), "0");
}

#[test]
fn coverage_is_all_only_where_it_is_all() {
    let of = |valued_tokens, total_tokens| Coverage { valued_tokens, total_tokens, ..Coverage::default() };
    let nearly = of(9_999_999, 10_000_000);
    assert_eq!(nearly.ratio().unwrap().to_string(), "0.999999");
    assert_eq!(of(3, 3).ratio().unwrap().to_string(), "1");
    assert_eq!(of(0, 0).ratio(), None);
}

#[test]
fn no_activity_is_zero_and_covers_nothing() {
    let statement = statement(&[]);
    assert_eq!(grams(statement.total).unwrap(), "0");
    assert_eq!(statement.coverage.ratio(), None);
    assert!(statement.by_model.is_empty() && statement.by_confidence.is_empty());
}

#[test]
fn the_order_of_the_rows_does_not_matter() {
    let mut rows =
        [activity(1, "gpt-4o", 1, 2), activity(1, "mistral-large-2", 3, 4), activity(9, "x", 5, 6)];
    let forwards = statement(&rows);
    rows.reverse();
    assert_eq!(statement(&rows), forwards);
}

#[test]
fn the_basis_changes_with_what_is_said_and_with_nothing_else() {
    let rows = [activity(1, "gpt-4o", 1, 2)];
    let first = statement(&rows);
    let mut again = first.clone();
    again.heading.report_id = "r-2".to_owned();
    again.heading.revision = 2;
    again.heading.issued_on = date(2027, 1, 1);
    assert_eq!(again.basis_sha256(), first.basis_sha256());
    again.heading.client.name = "Another name".to_owned();
    assert_ne!(again.basis_sha256(), first.basis_sha256());
    assert_ne!(statement(&[activity(1, "gpt-4o", 1, 3)]).basis_sha256(), first.basis_sha256());
}

/// The product's example: a suffix that cuts answers from 800 to 520 tokens.
#[test]
fn answers_are_compared_between_values_of_a_tag_that_tells_alternatives() {
    let call = |model: &str, calls: u64, output: u64| {
        let usage = Usage {
            requests: calls,
            input_tokens: 100 * calls,
            output_tokens: output * calls,
            ..Usage::default()
        };
        Activity { usage, ..activity(5, model, 0, 0) }
    };
    let tagged = |name: &str, value: &str, activity: Activity| TaggedActivity {
        name: name.to_owned(),
        value: value.to_owned(),
        activity,
    };
    let lever = |tags: Vec<TaggedActivity>| {
        let rows: Vec<Activity> = tags.iter().map(|tag| tag.activity.clone()).collect();
        let evidence = Evidence { tags, ..Evidence::from(rows) };
        let levers = Statement::new(heading(), &evidence, FactorSet::version("2025.1").unwrap()).levers;
        levers.into_iter().find(|lever| matches!(lever.change, LeverChange::AnswersAsTagged { .. }))
    };
    let found = lever(vec![
        tagged("suffix", "none", call("mistral-large-2", 10, 800)),
        tagged("suffix", "brief", call("mistral-large-2", 5, 520)),
        // A model that only one of them calls cannot be compared.
        tagged("suffix", "none", call("gpt-4o", 1_000, 900)),
    ])
    .unwrap();
    let [name, from, to] = ["suffix", "none", "brief"].map(str::to_owned);
    assert_eq!(found.change, LeverChange::AnswersAsTagged { name, from, to, output_tokens: 2_800 });
    // 2,800 tokens x 2.85 / 1,000 less.
    assert_eq!(found.difference.central().to_string(), "-7.98");
    // Features are not alternatives, and one value alone is none.
    for tags in [
        vec![
            tagged("feature", "chat", call("gpt-4o", 10, 800)),
            tagged("feature", "classify", call("gpt-4o", 10, 5)),
        ],
        vec![tagged("variant", "a", call("gpt-4o", 10, 800))],
    ] {
        assert_eq!(lever(tags), None);
    }
}

/// A call by its tokens, in the set that counts context.
fn agents_turn(model: &str, [input, cached, output]: [u64; 3]) -> Activity {
    Activity { usage: Usage::of_cached_call(input, cached, output), ..activity(5, model, 0, 0) }
}

#[test]
fn context_is_a_part_of_the_total_told_by_what_it_is_valued_by() {
    let rows = [
        agents_turn("llama-3.1-70b", [60_000, 57_000, 800]),
        agents_turn("claude-opus-5", [60_000, 57_000, 800]),
        agents_turn("claude-sonnet-5", [60_000, 57_000, 800]),
    ];
    let evidence = Evidence::from(rows.to_vec());
    let statement = Statement::new(heading(), &evidence, FactorSet::version("2026.12").unwrap());
    let [own, prior] = statement.by_context.as_slice() else { panic!("{:?}", statement.by_context) };
    assert_eq!([own.basis, prior.basis], [ContextBasis::Model, ContextBasis::ClassPrior]);
    assert_eq!([own.valued.usage.requests, prior.valued.usage.requests], [1, 2]);
    let total = statement.total.co2.unwrap().central();
    let part = own.valued.co2.unwrap().central() + prior.valued.co2.unwrap().central();
    assert!(Grams::ZERO < part && part < total, "{part} of {total}");
    // The error of the prior is one for both models.
    let ratio = prior.valued.co2.map(|co2| co2.high().to_f64() / co2.low().to_f64()).unwrap();
    assert!(ratio > 30.0, "{ratio}");
    let older = Statement::new(heading(), &evidence, FactorSet::version("2026.11").unwrap());
    assert_eq!(older.by_context, []);
}

proptest! {
    /// What a lever promises is at most what the calls would have saved, in every set.
    #[test]
    fn a_lever_promises_no_more_than_its_change_saves(
        fresh in 2..200_000u64,
        cached in 0..200_000u64,
        output in 100..20_000u64,
        set in prop::sample::select(vec!["2026.11", "2026.12"]),
        model in prop::sample::select(vec!["llama-3.1-70b", "claude-opus-5", "deepseek-v3.1"]),
    ) {
        let of = |counts: [u64; 3]| {
            let evidence = Evidence::from(vec![agents_turn(model, counts)]);
            Statement::new(heading(), &evidence, FactorSet::version(set).unwrap())
        };
        let before = of([fresh + cached, cached, output]);
        let grams = |statement: &Statement| statement.total.co2.unwrap().central();
        for lever in &before.levers {
            let after = match lever.change {
                LeverChange::HalfOfInputCached { input_tokens } => {
                    of([fresh + cached, cached + input_tokens, output])
                }
                LeverChange::ShorterAnswers { output_tokens } => {
                    of([fresh + cached, cached, output - output_tokens])
                }
                _ => continue,
            };
            let [promised, saved] = [lever.difference.central(), grams(&after)]
                .map(|grams| grams.to_f64());
            let saved = saved - grams(&before).to_f64();
            prop_assert!(promised <= 0.0 && promised >= saved * 1.000_001, "{promised} of {saved}: {lever:?}");
            // And not much less: the tokens themselves are counted whole.
            prop_assert!(promised <= saved * 0.45, "{promised} of {saved}: {lever:?}");
        }
    }
}
