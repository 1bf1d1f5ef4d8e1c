//! What a month's report says, as plain data: the one source of every form of it.

use crate::{Activity, Heading, Month, activity::sha256_of_lines, activity_sha256};
use carbon_core::{Confidence, EmissionFactor, FactorSet, Grams, Range, Usage};
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// One client's month: activity, emissions, and where each number comes from.
///
/// Lines are sums of integers, valued once by `carbon-core`; central values add up to the total exactly.
///
/// ```
/// use carbon_core::{FactorSet, Usage};
/// use carbon_report::{Activity, Client, Heading, Language, Statement, Status};
///
/// let heading = Heading {
///     report_id: "r-1".into(),
///     revision: 1,
///     status: Status::Provisional,
///     language: Language::En,
///     month: "2026-10".parse().unwrap(),
///     issued_on: jiff::civil::date(2026, 11, 2),
///     supplier: "Example Software".into(),
///     client: Client { tenant_id: "client-xyz".into(), name: "Client XYZ".into() },
/// };
/// let activity = [Activity {
///     day: jiff::civil::date(2026, 10, 5),
///     model: "mistral-large-2".into(),
///     region: None,
///     usage: Usage::of_call(600, 400),
/// }];
/// let statement = Statement::new(heading, &activity, FactorSet::latest());
/// assert_eq!(statement.total.co2.unwrap().central().to_string(), "2.85");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Who, when, in which language.
    pub heading: Heading,
    /// Version of the registry that valued it.
    pub factor_set: String,
    /// Name and version of this crate.
    pub generator: &'static str,
    /// SHA-256 of the month's sums, see [`activity_sha256`].
    pub activity_sha256: String,
    /// The whole month.
    pub total: Valued,
    /// How much of the activity has a figure.
    pub coverage: Coverage,
    /// One line a model that has a factor, largest emissions first.
    pub by_model: Vec<ModelLine>,
    /// Names that no factor is known for, most tokens first.
    pub unknown_models: Vec<UnknownLine>,
    /// One line a confidence level that occurs, best first, unknown last.
    pub by_confidence: Vec<ConfidenceLine>,
    /// One line a day of the month, days without activity included.
    pub by_day: Vec<DayLine>,
    /// Every factor that was applied, in the order of `by_model`.
    pub factors: Vec<EmissionFactor>,
}

/// Activity, and its emissions where they are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Valued {
    /// What was consumed, unknown models included.
    pub usage: Usage,
    /// Emissions of the part that has a factor.
    /// `None` where there was activity and none of it has one; zero only where nothing was consumed.
    pub co2: Option<Range<Grams>>,
}

/// Share of the tokens that have an emission factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// Tokens of models with a factor.
    pub valued_tokens: u128,
    /// All tokens.
    pub total_tokens: u128,
}

impl Coverage {
    /// From 0 to 1, to six decimals, rounded down so that 1 means all; `None` where there are no tokens.
    pub fn ratio(self) -> Option<Decimal> {
        const DECIMALS: u32 = 6;
        let millionths = (self.valued_tokens * 10u128.pow(DECIMALS)).checked_div(self.total_tokens)?;
        Some(Decimal::from_i128_with_scale(i128::try_from(millionths).ok()?, DECIMALS).normalize())
    }
}

/// The month's use of one model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelLine {
    /// Canonical id.
    pub model: String,
    /// The names it was sent under, sorted.
    pub sent_as: Vec<String>,
    /// Confidence of its factor.
    pub confidence: Confidence,
    /// Its factor, see [`Statement::factors`].
    pub factor_id: String,
    /// What was consumed.
    pub usage: Usage,
    /// Emissions.
    pub co2: Range<Grams>,
}

/// The month's use of a name that no factor is known for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownLine {
    /// The name as sent.
    pub name: String,
    /// What was consumed.
    pub usage: Usage,
}

/// The part of the month that rests on factors of one confidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfidenceLine {
    /// The level; `None` is unknown.
    pub confidence: Option<Confidence>,
    /// Tokens and emissions.
    pub valued: Valued,
}

/// One day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayLine {
    /// The day, UTC.
    pub day: Date,
    /// Tokens and emissions.
    pub valued: Valued,
}

impl Statement {
    /// The statement of `activity` under `set`.
    ///
    /// The order of `activity` does not matter; rows outside the heading's month are the caller's mistake
    /// and stay out of `by_day`, which shows at once as a sum that does not fit.
    pub fn new(heading: Heading, activity: &[Activity], set: &FactorSet) -> Statement {
        let mut models: BTreeMap<&str, ModelSum<'_>> = BTreeMap::new();
        let mut unknown: BTreeMap<&str, Usage> = BTreeMap::new();
        let mut days: BTreeMap<Date, Sum> = days_of(heading.month);
        let mut levels: BTreeMap<Option<Confidence>, Sum> = BTreeMap::new();
        let mut total = Sum::default();

        // A month has few names and many rows.
        let mut factors: HashMap<&str, Option<&EmissionFactor>> = HashMap::new();
        for row in activity {
            let factor = *factors
                .entry(&row.model)
                .or_insert_with_key(|name| set.resolve(name).ok()?.model.coefficient());
            total.add(factor, &row.usage);
            levels.entry(factor.map(EmissionFactor::confidence)).or_default().add(factor, &row.usage);
            if let Some(day) = days.get_mut(&row.day) {
                day.add(factor, &row.usage);
            }
            if let Some(factor) = factor {
                models.entry(factor.model()).or_insert_with(|| ModelSum::new(factor)).add(row);
            } else {
                *unknown.entry(&row.model).or_default() += &row.usage;
            }
        }

        let mut models: Vec<ModelSum<'_>> = models.into_values().collect();
        models.sort_by_key(|sum| std::cmp::Reverse(sum.co2().central()));
        let mut unknown_models: Vec<UnknownLine> =
            unknown.into_iter().map(|(name, usage)| UnknownLine { name: name.to_owned(), usage }).collect();
        unknown_models.sort_by_key(|line| std::cmp::Reverse(line.usage.total_tokens()));
        // `None` sorts before every level; a reader expects what is not known at the end.
        let unknown_level = levels.remove_entry(&None);

        Statement {
            activity_sha256: activity_sha256(activity),
            factor_set: set.as_str().to_owned(),
            generator: concat!("carbon-report ", env!("CARGO_PKG_VERSION")),
            coverage: Coverage {
                valued_tokens: models.iter().map(|sum| sum.usage.total_tokens()).sum(),
                total_tokens: total.usage.total_tokens(),
            },
            total: total.valued(),
            factors: models.iter().map(|sum| sum.factor.clone()).collect(),
            by_model: models.into_iter().map(ModelSum::line).collect(),
            unknown_models,
            by_confidence: levels
                .into_iter()
                .chain(unknown_level)
                .map(|(confidence, sum)| ConfidenceLine { confidence, valued: sum.valued() })
                .collect(),
            by_day: days.into_iter().map(|(day, sum)| DayLine { day, valued: sum.valued() }).collect(),
            heading,
        }
    }

    /// Digest of all that decides what the statement says, in hex: everything but its id, revision and date of issue.
    ///
    /// Two statements with equal digests say the same, so the first may stand for both.
    pub fn basis_sha256(&self) -> String {
        let Heading { report_id: _, revision: _, status, language, month, issued_on: _, supplier, client } =
            &self.heading;
        // Every figure follows from the activity, the factor set and the code that valued and drew it.
        sha256_of_lines([
            self.activity_sha256.as_str(),
            &self.factor_set,
            self.generator,
            status.as_str(),
            language.as_str(),
            &month.to_string(),
            supplier,
            &client.tenant_id,
            &client.name,
        ])
    }
}

/// Integer sums, and the grams of the part that has a factor.
#[derive(Default)]
struct Sum {
    usage: Usage,
    co2: Range<Grams>,
    valued_requests: u64,
}

impl Sum {
    fn add(&mut self, factor: Option<&EmissionFactor>, usage: &Usage) {
        self.usage += usage;
        if let Some(factor) = factor {
            // Exact and linear: the grams of the rows are the grams of their sum.
            self.co2 = self.co2.plus_correlated(factor.apply(usage));
            self.valued_requests += usage.requests;
        }
    }

    fn valued(&self) -> Valued {
        let nothing_known = self.valued_requests == 0 && self.usage.requests > 0;
        Valued { usage: self.usage, co2: (!nothing_known).then_some(self.co2) }
    }
}

struct ModelSum<'a> {
    factor: &'a EmissionFactor,
    sent_as: BTreeSet<&'a str>,
    usage: Usage,
}

impl<'a> ModelSum<'a> {
    fn new(factor: &'a EmissionFactor) -> Self {
        ModelSum { factor, sent_as: BTreeSet::new(), usage: Usage::default() }
    }

    fn add(&mut self, row: &'a Activity) {
        self.sent_as.insert(&row.model);
        self.usage += &row.usage;
    }

    fn co2(&self) -> Range<Grams> {
        self.factor.apply(&self.usage)
    }

    fn line(self) -> ModelLine {
        ModelLine {
            model: self.factor.model().to_owned(),
            sent_as: self.sent_as.iter().map(|&name| name.to_owned()).collect(),
            confidence: self.factor.confidence(),
            factor_id: self.factor.id().to_owned(),
            usage: self.usage,
            co2: self.co2(),
        }
    }
}

fn days_of(month: Month) -> BTreeMap<Date, Sum> {
    month
        .first_day()
        .series(jiff::Span::new().days(1))
        .take_while(|day| *day <= month.last_day())
        .map(|day| (day, Sum::default()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Client, Language, Status};
    use jiff::civil::date;

    fn heading() -> Heading {
        Heading {
            report_id: "r-1".to_owned(),
            revision: 1,
            status: Status::Provisional,
            language: Language::En,
            month: "2026-10".parse().unwrap(),
            issued_on: date(2026, 11, 2),
            supplier: "Example Software".to_owned(),
            client: Client { tenant_id: "client-xyz".to_owned(), name: "Client XYZ".to_owned() },
        }
    }

    fn activity(day: i8, model: &str, input: u64, output: u64) -> Activity {
        Activity {
            day: date(2026, 10, day),
            model: model.to_owned(),
            region: None,
            usage: Usage::of_call(input, output),
        }
    }

    fn statement(activity: &[Activity]) -> Statement {
        Statement::new(heading(), activity, FactorSet::version("2025.1").unwrap())
    }

    fn grams(valued: Valued) -> Option<String> {
        valued.co2.map(|co2| co2.central().to_string())
    }

    #[test]
    fn every_breakdown_adds_up_to_the_total() {
        let statement = statement(&[
            activity(1, "mistral-large-2", 600, 400),
            activity(1, "GPT-4o", 1_000, 7),
            activity(2, "gpt-4o-2024-08-06", 10, 3),
            activity(31, "nobody-knows", 5, 5),
        ]);
        // 2.85 + 1,020 tokens x 0.3 / 1,000
        assert_eq!(grams(statement.total).unwrap(), "3.156");
        let total = statement.total.co2.unwrap();
        let sum = |parts: Vec<Range<Grams>>| parts.into_iter().fold(Range::default(), Range::plus_correlated);
        assert_eq!(sum(statement.by_model.iter().map(|line| line.co2).collect()), total);
        assert_eq!(sum(statement.by_confidence.iter().filter_map(|line| line.valued.co2).collect()), total);
        assert_eq!(sum(statement.by_day.iter().filter_map(|line| line.valued.co2).collect()), total);
        let days: Usage = statement.by_day.iter().map(|line| &line.valued.usage).sum();
        assert_eq!(days, statement.total.usage);
        assert_eq!(statement.by_day.len(), 31);
    }

    #[test]
    fn names_of_one_model_make_one_line() {
        let statement = statement(&[activity(1, "GPT-4o", 10, 0), activity(2, "gpt-4o-2024-08-06", 20, 0)]);
        let [line] = statement.by_model.as_slice() else { panic!("{:?}", statement.by_model) };
        assert_eq!((line.model.as_str(), line.usage.input_tokens, line.usage.requests), ("gpt-4o", 30, 2));
        assert_eq!(line.sent_as, ["GPT-4o", "gpt-4o-2024-08-06"]);
        assert_eq!(statement.factors[0].id(), line.factor_id);
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
        let nearly = Coverage { valued_tokens: 9_999_999, total_tokens: 10_000_000 };
        assert_eq!(nearly.ratio().unwrap().to_string(), "0.999999");
        assert_eq!(Coverage { valued_tokens: 3, total_tokens: 3 }.ratio().unwrap().to_string(), "1");
        assert_eq!(Coverage { valued_tokens: 0, total_tokens: 0 }.ratio(), None);
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
}
