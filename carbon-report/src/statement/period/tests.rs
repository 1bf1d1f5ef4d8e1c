use super::*;
use crate::{activity::Activity, evidence::Evidence, form::Form};
use carbon_core::{FactorSet, Usage};
use proptest::prelude::*;
use rust_decimal::Decimal;
use std::sync::LazyLock;

const MODELS: [&str; 5] = ["mistral-large-2", "gpt-5", "deepseek-v3", "nobody-knows-it", "llama-3.1-70b"];

static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let schema = include_str!("../../../../docs/period-statement.schema.json");
    jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap()
});

fn client() -> Client {
    Client::new("client-xyz", "Client XYZ")
}

/// The final statement of a month of 2026, of calls of so many tokens each to a model.
fn month(month: i8, calls: &[(usize, u64, u64)], set: &FactorSet) -> IssuedStatement {
    let month = Month::new(2026, month);
    let row = |&(model, input, output): &(usize, u64, u64)| {
        let region = ["FRA", "DEU"][model % 2].to_owned();
        Activity {
            region: Some(region),
            ..Activity::new(month.first_day(), MODELS[model % MODELS.len()], Usage::of_call(input, output))
        }
    };
    let heading = Heading {
        status: Status::Final,
        ..Heading::new(client(), "Example Software", month, Date::constant(2027, 1, 4))
    };
    let rows: Vec<Activity> = calls.iter().map(row).collect();
    let statement = Statement::new(heading, &Evidence::from(rows), set);
    IssuedStatement::read(statement.to_json().as_bytes()).unwrap()
}

fn heading(from: i8, to: i8) -> Heading {
    let (from, to) = (Month::new(2026, from), Month::new(2026, to));
    Heading {
        through: Some(to),
        ..Heading::new(client(), "Example Software", from, Date::constant(2027, 1, 5))
    }
}

/// Calls by month: some months have none.
fn calls() -> impl Strategy<Value = Vec<Vec<(usize, u64, u64)>>> {
    let call = (0_usize..MODELS.len(), 0_u64..3_000_000, 1_u64..900_000);
    proptest::collection::vec(proptest::collection::vec(call, 0..5), 2..=12)
}

fn central(co2: Option<Range<Grams>>) -> Decimal {
    co2.map_or(Decimal::ZERO, |co2| co2.central().as_decimal())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_period_is_the_sum_of_its_months_to_the_last_digit(calls in calls()) {
        let sets = [FactorSet::version("2026.11").unwrap(), FactorSet::latest()];
        let months: Vec<IssuedStatement> = (1..)
            .zip(&calls)
            .map(|(number, calls)| month(number, calls, sets[usize::from(number > 2)]))
            .collect();
        let last = months.last().unwrap().statement.heading.month.first_day().month();
        let period = PeriodStatement::new(heading(1, last), &months, vec![]).unwrap();
        let total = central(period.total.co2);
        let of_months: Decimal = months.iter().map(|month| central(month.statement.total.co2)).sum();
        prop_assert_eq!(total, of_months);
        for bound in [Range::low, Range::high] {
            let of = |co2: Option<Range<Grams>>| co2.map_or(Decimal::ZERO, |co2| bound(co2).as_decimal());
            let months: Decimal = months.iter().map(|month| of(month.statement.total.co2)).sum();
            prop_assert_eq!(of(period.total.co2), months);
        }
        let each: Vec<Usage> =
            calls.iter().flatten().map(|&(_, input, output)| Usage::of_call(input, output)).collect();
        let usage: Usage = each.iter().sum();
        prop_assert_eq!(period.total.usage, usage);
        // What nothing is known of is not zero, and no activity is no unknown.
        let any_known = calls.iter().flatten().any(|call| call.0 != 3);
        prop_assert_eq!(period.total.co2.is_some(), any_known || usage == Usage::default());
        // Every breakdown adds up to the total.
        let breakdowns: [Vec<Valued>; 5] = [
            period.by_model.iter().map(|line| line.valued).collect(),
            period.by_method.iter().map(|line| line.valued).collect(),
            period.by_confidence.iter().map(|line| line.valued).collect(),
            period.by_region.iter().map(|line| line.valued).collect(),
            period.months.iter().map(|month| month.valued).collect(),
        ];
        for lines in breakdowns {
            prop_assert_eq!(lines.iter().map(|valued| central(valued.co2)).sum::<Decimal>(), total);
        }
        // A line is the sum of the lines of the months that it names.
        for line in &period.by_model {
            let of_month = |month: &Month| {
                let statement = months.iter().find(|found| found.statement.heading.month == *month).unwrap();
                let same = statement.statement.by_model.iter().filter(|found| {
                    (&found.model, &found.factor_id, &found.place) == (&line.model, &line.factor_id, &line.place)
                        && (found.confidence, found.data_class) == (line.confidence, line.data_class)
                });
                same.map(|found| found.co2().central().as_decimal()).sum::<Decimal>()
            };
            prop_assert_eq!(line.months.iter().map(of_month).sum::<Decimal>(), central(line.valued.co2));
        }
        // It is read back from its form, whose bytes are the same again.
        let json = period.to_json();
        let read: PeriodStatement = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&read, &period);
        prop_assert_eq!(read.to_json(), json.clone());
        let document = serde_json::from_str(&json).unwrap();
        let errors: Vec<String> = SCHEMA.iter_errors(&document).map(|error| error.to_string()).collect();
        prop_assert!(errors.is_empty(), "{:#?}", errors);
        prop_assert!(period.form(Form::Focus).is_none());
        prop_assert_eq!(period.form(Form::Footprint).is_some(), any_known);
    }

    #[test]
    fn whatever_is_missing_is_named_and_in_no_figure(left_out in proptest::collection::vec(any::<bool>(), 12)) {
        let set = FactorSet::latest();
        let all: Vec<IssuedStatement> = (1..=12).map(|number| month(number, &[(0, 600, 400)], set)).collect();
        let (mut months, mut missing) = (Vec::new(), Vec::new());
        for (place, (statement, is_left_out)) in all.into_iter().zip(&left_out).enumerate() {
            if *is_left_out {
                let reason = MissingReason::ALL[place % 3];
                missing.push(MissingMonth { month: statement.statement.heading.month, reason });
            } else {
                months.push(statement);
            }
        }
        let period = PeriodStatement::new(heading(1, 12), &months, missing.clone()).unwrap();
        prop_assert_eq!(period.heading.status == Status::Final, missing.is_empty());
        prop_assert_eq!(central(period.total.co2), Decimal::new(285, 2) * Decimal::from(months.len()));
        // Nothing that is taken as final is made of a part.
        prop_assert_eq!(period.form(Form::Footprint).is_some(), missing.is_empty());
        prop_assert_eq!(period.form(Form::Vsme).is_some(), missing.is_empty());
        let csv = period.to_csv();
        for MissingMonth { month, reason } in &missing {
            prop_assert!(csv.contains(&format!("missing_month,{month},")), "{}", csv);
            prop_assert!(csv.contains(reason.as_str()));
        }
    }
}

#[test]
fn other_months_are_refused_by_name() {
    let set = FactorSet::latest();
    let of = |number| month(number, &[(0, 600, 400)], set);
    let refused = |months: &[IssuedStatement], missing: &[i8]| {
        let missing = missing
            .iter()
            .map(|number| MissingMonth { month: Month::new(2026, *number), reason: MissingReason::Open });
        PeriodStatement::new(heading(1, 3), months, missing.collect()).unwrap_err()
    };
    for (months, missing) in [
        (vec![1, 2], vec![]),
        (vec![1, 2, 3, 4], vec![]),
        (vec![2, 1, 3], vec![]),
        (vec![1, 2, 2, 3], vec![]),
        (vec![1, 2, 3], vec![3]),
        (vec![1, 2], vec![4]),
    ] {
        let months: Vec<IssuedStatement> = months.into_iter().map(of).collect();
        assert_eq!(refused(&months, &missing), NotItsMonths::NotThePeriod);
    }
    let mut open = of(2);
    open.statement.heading.status = Status::Provisional;
    assert_eq!(refused(&[of(1), open, of(3)], &[]), NotItsMonths::NotFinal(Month::new(2026, 2)));
    let mut other = of(3);
    other.statement.heading.client.tenant_id = "other".to_owned();
    let fault = refused(&[of(1), of(2), other], &[]).to_string();
    assert_eq!(fault, "2026-03 is of the client other");
    let of_month = PeriodStatement::new(Heading { through: None, ..heading(1, 2) }, &[of(1)], vec![]);
    assert_eq!(of_month.unwrap_err(), NotItsMonths::NoPeriod);
}

#[test]
fn the_schema_takes_nothing_else() {
    let set = FactorSet::latest();
    let months: Vec<IssuedStatement> = (1..=2).map(|number| month(number, &[(0, 600, 400)], set)).collect();
    let missing = vec![MissingMonth { month: Month::new(2026, 3), reason: MissingReason::NoReport }];
    let period = PeriodStatement::new(heading(1, 3), &months, missing).unwrap();
    let document: serde_json::Value = serde_json::from_str(&period.to_json()).unwrap();
    assert!(SCHEMA.is_valid(&document));
    for pointer in [
        "/heading/through",
        "/total/co2_grams",
        "/months/0/month",
        "/months/0/statement_sha256",
        "/months/0/co2_grams",
        "/missing/0/reason",
        "/by_model/0/months",
        "/factor_sets/0/factor_set",
    ] {
        let mut broken = document.clone();
        *broken.pointer_mut(pointer).unwrap() = serde_json::Value::from(7);
        assert!(!SCHEMA.is_valid(&broken), "{pointer} may be 7");
    }
}
