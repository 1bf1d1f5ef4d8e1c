//! From evidence to a statement: every row once into the sums, every sum once into a figure.

use super::{
    Statement,
    change::{restatement, trend},
    data_quality::{ClassLine, data_quality},
    factor::UsedFactor,
    generator,
    grids::{AppliedGrids, GridSums},
    lever::levers,
    line::{
        BasisLine, ConfidenceLine, ContextLine, DayLine, MethodLine, ModelLine, OwnLine, RegionLine, TagLine,
        UnknownLine, UseLine,
    },
    market::Market,
    opinion::{ModelledUse, alone, opinions},
    quality::DataClass,
    sums::Sum,
    target::target_lines,
    unknown::upper_bound,
    valuation::{LineKey, LineParts, LineSum, Lookup, Valuation, line_key, place},
};
use crate::{
    activity::{Activity, activity_sha256},
    evidence::Evidence,
    heading::Heading,
    month::Month,
    valued::{Coverage, Valued},
};
use carbon_core::{
    Confidence, FactorSet, Grams, Method, Usage,
    factor::Basis,
    method::{AppliedFactor, BottomUp, BottomUpSum},
    model::{ContextBasis, Model, Parameters},
    own::OwnEntry,
};
use jiff::civil::Date;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

pub(super) fn statement(heading: Heading, evidence: &Evidence, set: &FactorSet) -> Statement {
    let activity = &evidence.activity;
    let mut month = MonthSums::of(heading.month);
    for row in activity {
        month.add(row, set);
    }
    let MonthSums {
        lines,
        unknown,
        days,
        uses,
        regions,
        modelled,
        metered,
        own,
        grids,
        yearly,
        coverage,
        modelled_coverage,
    } = month;
    let month_end = heading.month.last_day();

    let Breakdowns { total, methods, levels, unknown_level, classes, bases } =
        Breakdowns::of(&lines, &unknown);
    let total = total.valued();
    let market = Market::of(activity, &evidence.market, set);
    let levers = levers(&lines, &yearly, &evidence.tags, set);
    let by_context = context_lines(&lines);
    let opinions = opinions(&lines, &modelled, &metered);

    let mut sorted: Vec<LineParts<'_>> = LineParts::of(lines);
    sorted.sort_by_cached_key(|line| Reverse(line.co2_central()));
    let supplier = &heading.supplier.name;
    let factors = sorted.iter().map(|line| UsedFactor::of(line.factor(), &line.grids(), supplier)).collect();
    let by_model: Vec<ModelLine> = sorted.into_iter().map(|line| line.finish(month_end)).collect();

    let by_class =
        classes.into_iter().map(|(data_class, sum)| ClassLine::new(data_class, sum.valued())).collect();
    Statement {
        activity_sha256: activity_sha256(activity),
        factor_set: set.as_str().to_owned(),
        factor_set_sha256: set.sha256().map(str::to_owned),
        generator: generator(),
        coverage,
        bases: bases.keys().copied().collect(),
        by_basis: bases.into_iter().map(|(basis, sum)| BasisLine { basis, valued: sum.valued() }).collect(),
        factors,
        data_quality: data_quality(&by_model, by_class, &total, evidence.invoiced_tokens),
        by_model,
        own_names: own_lines(own),
        unknown_models: unknown_lines(&unknown, set),
        by_method: methods
            .into_iter()
            .map(|(method, sum)| MethodLine { method, valued: sum.valued() })
            .collect(),
        by_confidence: confidence_lines(levels, unknown_level),
        by_context,
        by_region: region_lines(regions),
        by_tag: tag_lines(evidence, set),
        by_day: days.into_iter().map(|(day, sum)| sum.line(day)).collect(),
        by_use: uses.into_iter().map(|(key, sum)| sum.line(key)).collect(),
        trend: trend(evidence, set, heading.month, &total),
        grids: grids.finish(),
        bottom_up_alone: alone(&modelled, modelled_coverage, opinions),
        levers,
        targets: target_lines(evidence, set, heading.month),
        restatement: evidence
            .restated
            .as_ref()
            .map(|restated| restatement(restated, evidence, set, market.as_ref())),
        market,
        audit: evidence.audit.clone(),
        total,
        heading,
    }
}

/// The month cut in several ways, each sum over the same lines.
#[derive(Default)]
struct Breakdowns<'a> {
    total: Sum<'a>,
    methods: BTreeMap<Method, Sum<'a>>,
    levels: BTreeMap<Confidence, Sum<'a>>,
    /// What has no factor, where there is any.
    unknown_level: Option<Sum<'a>>,
    classes: BTreeMap<DataClass, Sum<'a>>,
    bases: BTreeMap<Basis, Sum<'a>>,
}

impl<'a> Breakdowns<'a> {
    fn of(lines: &BTreeMap<LineKey<'_>, LineSum<'a>>, unknown: &BTreeMap<UnknownKey<'_>, Usage>) -> Self {
        let mut parts = Breakdowns::default();
        for LineSum { factor, confidence, usage, .. } in lines.values() {
            parts.total.add(Some(factor), usage);
            parts.methods.entry(factor.method()).or_default().add(Some(factor), usage);
            parts.levels.entry(*confidence).or_default().add(Some(factor), usage);
            parts.classes.entry(DataClass::of(factor)).or_default().add(Some(factor), usage);
            parts.bases.entry(factor.record().basis()).or_default().add(Some(factor), usage);
        }
        for usage in unknown.values() {
            parts.total.add(None, usage);
            parts.unknown_level.get_or_insert_default().add(None, usage);
            parts.classes.entry(DataClass::Missing).or_default().add(None, usage);
        }
        parts
    }
}

fn confidence_lines(
    levels: BTreeMap<Confidence, Sum<'_>>,
    unknown_level: Option<Sum<'_>>,
) -> Vec<ConfidenceLine> {
    let levels = levels.into_iter().map(|(level, sum)| (Some(level), sum));
    levels
        .chain(unknown_level.map(|sum| (None, sum)))
        .map(|(confidence, sum)| ConfidenceLine { confidence, valued: sum.valued() })
        .collect()
}

fn context_lines(lines: &BTreeMap<LineKey<'_>, LineSum<'_>>) -> Vec<ContextLine> {
    let mut parts: BTreeMap<ContextBasis, Vec<BottomUp<'_>>> = BTreeMap::new();
    for LineSum { factor, usage, .. } in lines.values() {
        if let AppliedFactor::Modelled(factor) = factor
            && let Some(basis) = factor.context_basis()
        {
            parts.entry(basis).or_default().push(factor.apply(usage));
        }
    }
    let lines = parts.into_iter().map(|(basis, figures)| {
        let usage = figures.iter().map(BottomUp::usage).sum();
        let figures: BottomUpSum<'_> = figures.into_iter().collect();
        ContextLine { basis, valued: Valued { usage, co2: Some(figures.context_co2()), ..Valued::default() } }
    });
    lines.collect()
}

fn unknown_lines(unknown: &BTreeMap<UnknownKey<'_>, Usage>, set: &FactorSet) -> Vec<UnknownLine> {
    let mut lines: Vec<UnknownLine> = unknown
        .iter()
        .map(|(&(name, region), usage)| UnknownLine {
            name: name.to_owned(),
            unknown_region: region.map(str::to_owned),
            upper_bound: upper_bound(usage, set),
            usage: *usage,
        })
        .collect();
    lines.sort_by_key(|line| Reverse(line.usage.total_tokens()));
    lines
}

fn own_lines(own: BTreeMap<OwnKey<'_>, OwnSum<'_>>) -> Vec<OwnLine> {
    let lines = own
        .into_iter()
        .map(|((name, entry), OwnSum { described, sum })| OwnLine::of(name, entry, described, sum.valued()));
    let mut lines: Vec<OwnLine> = lines.collect();
    lines.sort_by_key(|line| Reverse(line.valued.usage.total_tokens()));
    lines
}

fn region_lines(regions: BTreeMap<RegionKey<'_>, Sum<'_>>) -> Vec<RegionLine> {
    let lines = regions.into_iter().map(|((region, country), sum)| RegionLine {
        region: region.map(str::to_owned),
        country: country.map(str::to_owned),
        valued: sum.valued(),
    });
    let mut lines: Vec<RegionLine> = lines.collect();
    lines.sort_by_key(|line| Reverse(line.valued.co2.map(|co2| co2.central())));
    lines
}

fn tag_lines(evidence: &Evidence, set: &FactorSet) -> Vec<TagLine> {
    let mut tags: BTreeMap<(&str, &str), Vec<&Activity>> = BTreeMap::new();
    for row in &evidence.tags {
        tags.entry((&row.name, &row.value)).or_default().push(&row.activity);
    }
    let lines = tags.into_iter().map(|((name, value), rows)| TagLine {
        name: name.to_owned(),
        value: value.to_owned(),
        valued: Valuation::of(rows.into_iter().map(|row| (row, set))).valued,
    });
    lines.collect()
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

/// A day, a model and a region.
type UseKey<'a> = (Date, &'a str, Option<&'a str>);

/// A day's use of a model in a region.
#[derive(Default)]
struct UseSum<'a> {
    sum: Sum<'a>,
    confidence: Option<Confidence>,
    /// Whether some of it has no factor.
    lacks: bool,
}

impl<'a> UseSum<'a> {
    fn add(&mut self, factor: Option<&AppliedFactor<'a>>, confidence: Option<Confidence>, usage: &Usage) {
        self.sum.add(factor, usage);
        self.lacks |= factor.is_none();
        // Levels are ordered best first.
        self.confidence = self.confidence.max(confidence);
    }

    fn line(self, (day, model, region): UseKey<'_>) -> UseLine {
        UseLine {
            day,
            model: model.to_owned(),
            region: region.map(str::to_owned),
            confidence: self.confidence.filter(|_| !self.lacks),
            valued: self.sum.valued(),
        }
    }
}

/// A region as it is told, and its country.
type RegionKey<'a> = (Option<&'a str>, Option<&'a str>);

/// A name that leads to no factor, and the region where that is what is not known.
type UnknownKey<'a> = (&'a str, Option<&'a str>);

/// A name as sent, and the own entry that explains it.
type OwnKey<'a> = (&'a str, &'a OwnEntry);

/// The use of a name that an own entry explains.
#[derive(Default)]
struct OwnSum<'a> {
    /// What the supplier says of the model; of several versions in the month, the newest.
    described: Option<&'a Parameters>,
    sum: Sum<'a>,
}

impl<'a> OwnSum<'a> {
    fn add(&mut self, model: &'a Model, factor: Option<&AppliedFactor<'a>>, usage: &Usage) {
        let described = model.parameters().filter(|_| model.is_own());
        let newest = |parameters: &&Parameters| parameters.record().validity().from;
        self.described = self.described.into_iter().chain(described).max_by_key(newest);
        self.sum.add(factor, usage);
    }
}

/// Integer sums of the month, by what decides their value.
struct MonthSums<'a> {
    lines: BTreeMap<LineKey<'a>, LineSum<'a>>,
    unknown: BTreeMap<UnknownKey<'a>, Usage>,
    days: BTreeMap<Date, DaySum>,
    uses: BTreeMap<UseKey<'a>, UseSum<'a>>,
    regions: BTreeMap<RegionKey<'a>, Sum<'a>>,
    /// All that our own model could value.
    modelled: ModelledUse<'a>,
    /// What was measured and our model could value too, by the line that it is in.
    metered: ModelledUse<'a>,
    /// Names that the supplier's own entries explain.
    own: BTreeMap<OwnKey<'a>, OwnSum<'a>>,
    grids: GridSums<'a>,
    /// All that our own model could value, by the set's grids of the year: what compares models.
    yearly: ModelledUse<'a>,
    coverage: Coverage,
    /// By our own model alone.
    modelled_coverage: Coverage,
}

impl<'a> MonthSums<'a> {
    fn of(month: Month) -> Self {
        let days = month.first_day().series(jiff::Span::new().days(1));
        let days = days.take_while(|day| *day <= month.last_day());
        MonthSums {
            lines: BTreeMap::new(),
            unknown: BTreeMap::new(),
            days: days.map(|day| (day, DaySum::default())).collect(),
            uses: BTreeMap::new(),
            regions: BTreeMap::new(),
            modelled: BTreeMap::new(),
            metered: BTreeMap::new(),
            own: BTreeMap::new(),
            grids: GridSums::default(),
            yearly: BTreeMap::new(),
            coverage: Coverage::default(),
            modelled_coverage: Coverage::default(),
        }
    }

    fn add(&mut self, row: &'a Activity, set: &'a FactorSet) {
        let Lookup { deployment, factor, unknown_region } = Lookup::of(row, set);
        if let Some((entry, model)) = deployment.as_ref().and_then(|found| Some((found.own?, found.model))) {
            self.own.entry((&row.model, entry)).or_default().add(model, factor.as_ref(), &row.usage);
        }
        if let Some(day) = self.days.get_mut(&row.day) {
            day.add(factor.as_ref(), &row.usage);
        }
        let listed = deployment.as_ref().and_then(|deployment| deployment.location);
        let listed = listed.filter(|_| row.region.is_some() && unknown_region.is_none());
        let region = listed.map(|location| location.region).or(row.region.as_deref());
        let country = listed.and_then(|location| location.zone.alpha_2());
        self.regions.entry((region, country)).or_default().add(factor.as_ref(), &row.usage);
        let model = deployment.as_ref().map_or(row.model.as_str(), |deployment| deployment.model.id());
        let confidence =
            deployment.as_ref().zip(factor.as_ref()).map(|(at, factor)| at.confidence(factor.record()));
        let ours = deployment.as_ref().filter(|_| factor.is_some() && unknown_region.is_none());
        let ours = ours.and_then(|deployment| deployment.bottom_up());
        self.coverage.add(&row.usage, factor.is_some());
        self.modelled_coverage.add(&row.usage, ours.is_some());
        self.uses.entry((row.day, model, region)).or_default().add(factor.as_ref(), confidence, &row.usage);
        let (Some(deployment), Some(factor), Some(confidence)) = (&deployment, factor, confidence) else {
            *self.unknown.entry((&row.model, unknown_region)).or_default() += &row.usage;
            return;
        };
        let key = line_key(deployment, &factor);
        self.grids.add(row, &factor);
        let is_metered = matches!(factor, AppliedFactor::Measured(_));
        let line = self.lines.entry(key.clone()).or_insert_with(|| LineSum {
            factor,
            confidence,
            placed_by: deployment.placed_by,
            sent_as: BTreeSet::new(),
            usage: Usage::default(),
            grids: AppliedGrids::default(),
        });
        line.grids.add(&factor, &row.usage);
        line.sent_as.insert(&row.model);
        line.usage += &row.usage;
        if let Some(factor) = ours {
            if is_metered {
                self.metered.entry(key).or_insert((factor, Usage::default())).1 += &row.usage;
            }
            let key = |grid| (deployment.model.id(), Method::BottomUp, place(deployment), None, grid);
            let grid = factor.in_place().location().grid;
            let is_by_year = grid.series().is_none();
            let by_year = if is_by_year { Some(factor) } else { deployment.by_year().bottom_up() };
            if let Some(by_year) = by_year {
                self.yearly.entry(key(None)).or_insert((by_year, Usage::default())).1 += &row.usage;
            }
            let modelled = self.modelled.entry(key(Some(grid.g_per_kwh().to_bits())));
            modelled.or_insert((factor, Usage::default())).1 += &row.usage;
        }
    }
}
