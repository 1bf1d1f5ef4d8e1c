//! From activity to a statement.

use super::{
    BottomUpAlone, ConfidenceLine, Coverage, DayLine, MethodLine, ModelLine, Place, Statement, UnknownLine,
    UsedFactor, Valued, sums::Sum,
};
use crate::{Activity, Heading, Month, activity_sha256};
use carbon_core::{
    AppliedFactor, Basis, BottomUpFactor, Call, Confidence, DEFAULT_POLICY, Deployment, FactorSet, Grams,
    Method, Modelled, Unlisted, Usage,
};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn statement(heading: Heading, activity: &[Activity], set: &FactorSet) -> Statement {
    let mut month = MonthSums::of(heading.month);
    for row in activity {
        month.add(row, set);
    }
    let MonthSums { lines, unknown, days, modelled } = month;

    let mut total = Sum::default();
    let mut methods: BTreeMap<Method, Sum<'_>> = BTreeMap::new();
    let mut levels: BTreeMap<Confidence, Sum<'_>> = BTreeMap::new();
    for LineSum { factor, usage, .. } in lines.values() {
        total.add(Some(factor), usage);
        methods.entry(factor.method()).or_default().add(Some(factor), usage);
        levels.entry(factor.record().confidence()).or_default().add(Some(factor), usage);
    }
    let mut unknown_level = Sum::default();
    for usage in unknown.values() {
        total.add(None, usage);
        unknown_level.add(None, usage);
    }
    let total = total.valued();
    let total_tokens = total.usage.total_tokens();
    let coverage = |usages: &mut dyn Iterator<Item = &Usage>| Coverage {
        valued_tokens: usages.map(Usage::total_tokens).sum(),
        total_tokens,
    };

    let mut lines: Vec<(LineKey<'_>, LineSum<'_>)> = lines.into_iter().collect();
    lines.sort_by_cached_key(|(_, line)| std::cmp::Reverse(line.factor.co2_central(&line.usage)));
    let bases: BTreeSet<Basis> = lines.iter().map(|(_, line)| line.factor.record().basis()).collect();
    let mut unknown_models: Vec<UnknownLine> = unknown
        .iter()
        .map(|(&(name, region), usage)| UnknownLine {
            name: name.to_owned(),
            unknown_region: region.map(str::to_owned),
            usage: *usage,
        })
        .collect();
    unknown_models.sort_by_key(|line| std::cmp::Reverse(line.usage.total_tokens()));
    let unknown_level = (!unknown.is_empty()).then(|| unknown_level.valued());

    Statement {
        activity_sha256: activity_sha256(activity),
        factor_set: set.as_str().to_owned(),
        factor_set_sha256: set.sha256(),
        generator: concat!("carbon-report ", env!("CARGO_PKG_VERSION")),
        total,
        coverage: coverage(&mut lines.iter().map(|(_, line)| &line.usage)),
        bases: bases.into_iter().collect(),
        factors: lines.iter().map(|(_, line)| UsedFactor::of(&line.factor, &line.usage)).collect(),
        by_model: lines.into_iter().map(|(key, line)| line.finish(key)).collect(),
        unknown_models,
        by_method: methods
            .into_iter()
            .map(|(method, sum)| MethodLine { method, valued: sum.valued() })
            .collect(),
        by_confidence: levels
            .into_iter()
            .map(|(level, sum)| (Some(level), sum.valued()))
            .chain(unknown_level.map(|valued| (None, valued)))
            .map(|(confidence, valued)| ConfidenceLine { confidence, valued })
            .collect(),
        by_day: days.into_iter().map(|(day, sum)| sum.line(day)).collect(),
        bottom_up_alone: alone(&modelled, coverage(&mut modelled.values().map(|(_, usage)| usage))),
        heading,
    }
}

fn alone(modelled: &BTreeMap<LineKey<'_>, (BottomUpFactor<'_>, Usage)>, coverage: Coverage) -> BottomUpAlone {
    let figures: Modelled<'_> = modelled.values().map(|(factor, usage)| factor.apply(usage)).collect();
    let some = !modelled.is_empty();
    BottomUpAlone {
        valued: Valued {
            usage: modelled.values().map(|(_, usage)| usage).sum(),
            co2: some.then(|| figures.co2()),
            energy: some.then(|| figures.energy()),
            water: some.then(|| figures.water()),
        },
        coverage,
        budget: figures.budget(),
    }
}

/// What makes a line: canonical model, method, and the place where the method asks for one.
type LineKey<'a> = (&'a str, Method, Option<Place>);

struct LineSum<'a> {
    factor: AppliedFactor<'a>,
    sent_as: BTreeSet<&'a str>,
    usage: Usage,
}

impl LineSum<'_> {
    fn finish(self, (model, method, place): LineKey<'_>) -> ModelLine {
        let mut sum = Sum::default();
        sum.add(Some(&self.factor), &self.usage);
        let record = self.factor.record();
        ModelLine {
            model: model.to_owned(),
            method,
            place,
            sent_as: self.sent_as.into_iter().map(str::to_owned).collect(),
            confidence: record.confidence(),
            factor_id: record.id().to_owned(),
            valued: sum.valued(),
        }
    }
}

/// Central values of a day.
#[derive(Default)]
struct DaySum {
    usage: Usage,
    co2: Grams,
    any_valued: bool,
}

impl DaySum {
    fn add(&mut self, factor: Option<&AppliedFactor<'_>>, usage: &Usage) {
        self.usage += usage;
        if let Some(factor) = factor {
            // Exact and linear: the grams of the rows are the grams of their sum.
            self.co2 = self.co2 + factor.co2_central(usage);
            self.any_valued = true;
        }
    }

    fn line(self, day: Date) -> DayLine {
        let nothing_known = !self.any_valued && self.usage != Usage::default();
        DayLine { day, usage: self.usage, co2: (!nothing_known).then_some(self.co2) }
    }
}

/// Integer sums of the month, by what decides their value.
struct MonthSums<'a> {
    lines: BTreeMap<LineKey<'a>, LineSum<'a>>,
    /// By name, and by region where that is what is not known.
    unknown: BTreeMap<(&'a str, Option<&'a str>), Usage>,
    days: BTreeMap<Date, DaySum>,
    /// All that our own model could value.
    modelled: BTreeMap<LineKey<'a>, (BottomUpFactor<'a>, Usage)>,
}

impl<'a> MonthSums<'a> {
    fn of(month: Month) -> Self {
        let days = month.first_day().series(jiff::Span::new().days(1));
        let days = days.take_while(|day| *day <= month.last_day());
        MonthSums {
            lines: BTreeMap::new(),
            unknown: BTreeMap::new(),
            days: days.map(|day| (day, DaySum::default())).collect(),
            modelled: BTreeMap::new(),
        }
    }

    fn add(&mut self, row: &'a Activity, set: &'a FactorSet) {
        let Read { deployment, factor, unknown_region } = Read::of(row, set);
        if let Some(day) = self.days.get_mut(&row.day) {
            day.add(factor.as_ref(), &row.usage);
        }
        let (Some(deployment), Some(factor)) = (&deployment, factor) else {
            *self.unknown.entry((&row.model, unknown_region)).or_default() += &row.usage;
            return;
        };
        let line = self.lines.entry(line_key(deployment, &factor));
        let line =
            line.or_insert_with(|| LineSum { factor, sent_as: BTreeSet::new(), usage: Usage::default() });
        line.sent_as.insert(&row.model);
        line.usage += &row.usage;
        if let Some(factor) = deployment.bottom_up().filter(|_| unknown_region.is_none()) {
            let key = (deployment.model.id(), Method::BottomUp, place(deployment));
            self.modelled.entry(key).or_insert((factor, Usage::default())).1 += &row.usage;
        }
    }
}

/// What a factor set knows of a row.
struct Read<'a> {
    deployment: Option<Deployment<'a>>,
    factor: Option<AppliedFactor<'a>>,
    /// A region that no grid is known for, where one was sent.
    unknown_region: Option<&'a str>,
}

impl<'a> Read<'a> {
    fn of(row: &'a Activity, set: &'a FactorSet) -> Self {
        let call = Call {
            model: &row.model,
            provider: row.provider.as_deref(),
            region: row.region.as_deref(),
            day: Some(row.day),
        };
        let (deployment, unknown_region) = match set.deployment(&call) {
            // A published factor asks for no place, so an unlisted one does not take it away.
            Err(Unlisted::Region(_)) => (set.deployment(&Call { region: None, ..call }).ok(), call.region),
            deployment => (deployment.ok(), None),
        };
        let policy = if unknown_region.is_some() { &[Method::Coefficient] } else { DEFAULT_POLICY };
        let factor = deployment.as_ref().and_then(|deployment| deployment.factor(policy));
        Read { deployment, factor, unknown_region }
    }
}

fn line_key<'a>(deployment: &Deployment<'a>, factor: &AppliedFactor<'_>) -> LineKey<'a> {
    let served = matches!(factor, AppliedFactor::Modelled(_)).then(|| place(deployment)).flatten();
    (deployment.model.id(), factor.method(), served)
}

/// What some activity comes to, however it was picked: a day, a tag, a tenant.
///
/// Rows that share a factor are added before they are valued, so it does not matter how the activity is cut into rows.
///
/// ```
/// use carbon_core::{FactorSet, Usage};
/// use carbon_report::{Activity, Valuation};
///
/// let row = Activity {
///     day: jiff::civil::date(2026, 10, 5),
///     model: "mistral-large-2".into(),
///     provider: None,
///     region: None,
///     usage: Usage::of_call(600, 400),
/// };
/// let valuation = Valuation::of([(&row, FactorSet::latest())]);
/// assert_eq!(valuation.valued.co2.unwrap().central().to_string(), "2.85");
/// assert_eq!(valuation.coverage.ratio().unwrap().to_string(), "1");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Valuation {
    /// The activity, and its emissions, energy and water.
    pub valued: Valued,
    /// How much of it has a figure.
    pub coverage: Coverage,
    /// The lowest confidence of a factor in it; `None` where none applies.
    pub confidence: Option<Confidence>,
}

impl Valuation {
    /// The value of rows, each under the factor set that holds for it.
    pub fn of<'a>(rows: impl IntoIterator<Item = (&'a Activity, &'a FactorSet)>) -> Self {
        let mut lines: BTreeMap<(&str, LineKey<'_>), (AppliedFactor<'_>, Usage)> = BTreeMap::new();
        let mut unknown = Usage::default();
        for (row, set) in rows {
            match Read::of(row, set) {
                Read { deployment: Some(deployment), factor: Some(factor), .. } => {
                    let key = (set.as_str(), line_key(&deployment, &factor));
                    lines.entry(key).or_insert((factor, Usage::default())).1 += &row.usage;
                }
                _ => unknown += &row.usage,
            }
        }
        let mut sum = Sum::default();
        for (factor, usage) in lines.values() {
            sum.add(Some(factor), usage);
        }
        if unknown != Usage::default() {
            sum.add(None, &unknown);
        }
        let valued_tokens = lines.values().map(|(_, usage)| usage.total_tokens()).sum();
        let valued = sum.valued();
        Valuation {
            coverage: Coverage { valued_tokens, total_tokens: valued.usage.total_tokens() },
            // Levels are ordered best first.
            confidence: lines.values().map(|(factor, _)| factor.record().confidence()).max(),
            valued,
        }
    }

    /// What a model is called in answers and reports: its listed name, else the name as sent.
    pub fn model_name<'a>(row: &'a Activity, set: &'a FactorSet) -> &'a str {
        Read::of(row, set).deployment.map_or(&row.model, |deployment| deployment.model.id())
    }
}

fn place(deployment: &Deployment<'_>) -> Option<Place> {
    Some(Place {
        region: deployment.location?.region.to_owned(),
        fleet: deployment.fleet()?.name().to_owned(),
        placed_by: deployment.placed_by,
    })
}
