//! Adding up what months state.

use super::{
    IssuedStatement, MissingMonth, PeriodAlone, PeriodLine, PeriodMarket, PeriodStatement, RestatedMonth,
    StatedMonth, UsedSet,
};
use crate::{
    heading::Heading,
    statement::{
        BasisLine, ClassLine, ConfidenceLine, ContextLine, DataClass, DataQuality, MethodLine, ModelLine,
        OwnLine, RegionLine, Statement, TagLine, UnknownLine, data_quality::rounded_share, generator,
    },
    valued::{Coverage, Valued, share},
};
use carbon_core::{Grams, Range, Usage, quantity::Quantity};
use std::{cmp::Reverse, collections::BTreeMap};

/// Figures of months, being added.
#[derive(Clone, Copy, Default)]
struct Adding {
    sum: Valued,
    /// Whether any activity in it has a figure.
    any_valued: bool,
}

impl Adding {
    fn add(&mut self, part: &Valued) {
        self.any_valued |= part.co2.is_some() && part.usage != Usage::default();
        self.sum.usage += &part.usage;
        plus(&mut self.sum.co2, part.co2);
        plus(&mut self.sum.energy, part.energy);
        plus(&mut self.sum.water, part.water);
    }

    /// The sum; a month without activity is zero, and makes no zero of activity without a figure.
    fn valued(self) -> Valued {
        let nothing_known = !self.any_valued && self.sum.usage != Usage::default();
        Valued { co2: self.sum.co2.filter(|_| !nothing_known), ..self.sum }
    }
}

/// Bound by bound: the wider reading.
fn plus<Q: Quantity>(sum: &mut Option<Range<Q>>, part: Option<Range<Q>>) {
    *sum = match (*sum, part) {
        (Some(sum), Some(part)) => Some(sum.plus_correlated(part)),
        (sum, part) => sum.or(part),
    };
}

fn sum<'a>(parts: impl IntoIterator<Item = &'a Valued>) -> Valued {
    let mut adding = Adding::default();
    parts.into_iter().for_each(|part| adding.add(part));
    adding.valued()
}

/// Lines of months, those of the same key added up, in the order of the keys.
fn merged<'a, L: Clone + 'a, K: Ord>(
    lines: impl Iterator<Item = &'a L>,
    key: impl Fn(&'a L) -> K,
    valued: impl Fn(&mut L) -> &mut Valued,
) -> Vec<L> {
    let mut sums: BTreeMap<K, (L, Adding)> = BTreeMap::new();
    for line in lines {
        let mut part = line.clone();
        let (_, sum) = sums.entry(key(line)).or_insert_with(|| (line.clone(), Adding::default()));
        sum.add(valued(&mut part));
    }
    let finish = |(mut line, sum): (L, Adding)| {
        *valued(&mut line) = sum.valued();
        line
    };
    sums.into_values().map(finish).collect()
}

fn central(valued: &Valued) -> Option<Grams> {
    valued.co2.map(Range::central)
}

pub(super) fn period(
    heading: Heading,
    months: &[IssuedStatement],
    missing: Vec<MissingMonth>,
) -> PeriodStatement {
    let stated: Vec<&Statement> = months.iter().map(|month| &month.statement).collect();
    let each = || stated.iter().copied();
    let by_basis = merged(
        each().flat_map(|month| &month.by_basis),
        |line: &BasisLine| line.basis,
        |line| &mut line.valued,
    );
    let mut by_region = merged(
        each().flat_map(|month| &month.by_region),
        |line: &RegionLine| (&line.region, &line.country),
        |line| &mut line.valued,
    );
    by_region.sort_by_key(|line| Reverse(central(&line.valued)));
    let mut own_names = merged(
        each().flat_map(|month| &month.own_names),
        // All that is said of the name.
        |line: &OwnLine| serde_json::to_string(&OwnLine { valued: Valued::default(), ..line.clone() }).ok(),
        |line| &mut line.valued,
    );
    own_names.sort_by_key(|line| Reverse(line.valued.usage.total_tokens()));
    let total = sum(each().map(|month| &month.total));
    let mut factors = Vec::new();
    for factor in each().flat_map(|month| &month.factors) {
        if !factors.contains(factor) {
            factors.push(factor.clone());
        }
    }
    let mut factor_sets: Vec<UsedSet> = Vec::new();
    for Statement { factor_set, factor_set_sha256, .. } in each() {
        let set = UsedSet { factor_set: factor_set.clone(), factor_set_sha256: factor_set_sha256.clone() };
        if !factor_sets.contains(&set) {
            factor_sets.push(set);
        }
    }
    PeriodStatement {
        generator: generator(),
        coverage: coverages(each().map(|month| &month.coverage)),
        months: months.iter().map(stated_month).collect(),
        missing,
        market: market(&stated),
        factor_sets,
        by_model: lines(&stated),
        own_names,
        unknown_models: unknown(&stated),
        by_method: merged(
            each().flat_map(|month| &month.by_method),
            |line: &MethodLine| line.method,
            |line| &mut line.valued,
        ),
        by_confidence: merged(
            each().flat_map(|month| &month.by_confidence),
            |line: &ConfidenceLine| (line.confidence.is_none(), line.confidence),
            |line| &mut line.valued,
        ),
        bases: by_basis.iter().map(|line| line.basis).collect(),
        by_basis,
        by_context: merged(
            each().flat_map(|month| &month.by_context),
            |line: &ContextLine| line.basis,
            |line| &mut line.valued,
        ),
        by_region,
        by_tag: merged(
            each().flat_map(|month| &month.by_tag),
            |line: &TagLine| (&line.name, &line.value),
            |line| &mut line.valued,
        ),
        data_quality: data_quality(&stated, &total),
        bottom_up_alone: PeriodAlone {
            valued: sum(each().map(|month| &month.bottom_up_alone.valued)),
            coverage: coverages(each().map(|month| &month.bottom_up_alone.coverage)),
        },
        factors,
        total,
        heading,
    }
}

fn stated_month(IssuedStatement { statement, generator, sha256 }: &IssuedStatement) -> StatedMonth {
    let heading = &statement.heading;
    StatedMonth {
        month: heading.month,
        report_id: heading.report_id.clone(),
        revision: heading.revision,
        issued_on: heading.issued_on,
        statement_sha256: sha256.clone(),
        made_by: generator.clone(),
        factor_set: statement.factor_set.clone(),
        activity_sha256: statement.activity_sha256.clone(),
        audit: statement.audit.clone(),
        restated: statement.restatement.as_ref().map(|restatement| RestatedMonth {
            restatement_id: restatement.restatement_id.clone(),
            reason: restatement.reason.clone(),
            restated_at: restatement.restated_at,
            old_factor_set: restatement.old_factor_set.clone(),
            change: restatement.total,
        }),
        market: statement.market.as_ref().map(|market| market.co2),
        valued: statement.total,
    }
}

fn coverages<'a>(parts: impl Iterator<Item = &'a Coverage>) -> Coverage {
    parts.fold(Coverage::default(), |sum, part| Coverage {
        valued_tokens: sum.valued_tokens + part.valued_tokens,
        total_tokens: sum.total_tokens + part.total_tokens,
        valued_media_calls: sum.valued_media_calls + part.valued_media_calls,
        media_calls: sum.media_calls + part.media_calls,
    })
}

/// The months that have both figures, by both.
fn market(months: &[&Statement]) -> Option<PeriodMarket> {
    let with = months.iter().filter_map(|month| Some((month.market.as_ref()?.co2, month.total)));
    let co2 = with.clone().map(|(co2, _)| co2).reduce(Range::plus_correlated)?;
    let location: Vec<Valued> = with.map(|(_, total)| total).collect();
    let without = months.iter().filter(|month| month.market.is_none()).map(|month| month.heading.month);
    Some(PeriodMarket { co2, location: sum(&location).co2, without: without.collect() })
}

fn lines(months: &[&Statement]) -> Vec<PeriodLine> {
    let mut sums: BTreeMap<_, (PeriodLine, Adding)> = BTreeMap::new();
    for month in months {
        for line in &month.by_model {
            let ModelLine { model, method, place, confidence, data_class, factor_id, .. } = line;
            let key = (model, *method, place, *confidence, *data_class, factor_id);
            let new = || PeriodLine {
                model: model.clone(),
                method: *method,
                place: place.clone(),
                sent_as: Vec::new(),
                confidence: *confidence,
                data_class: *data_class,
                factor_id: factor_id.clone(),
                months: Vec::new(),
                valued: Valued::default(),
            };
            let (known, sum) = sums.entry(key).or_insert_with(|| (new(), Adding::default()));
            sum.add(&line.valued);
            known.sent_as.extend_from_slice(&line.sent_as);
            known.months.push(month.heading.month);
        }
    }
    let finish = |(mut line, sum): (PeriodLine, Adding)| {
        line.sent_as.sort();
        line.sent_as.dedup();
        line.months.dedup();
        PeriodLine { valued: sum.valued(), ..line }
    };
    let mut lines: Vec<PeriodLine> = sums.into_values().map(finish).collect();
    lines.sort_by_key(|line| Reverse(central(&line.valued)));
    lines
}

fn unknown(months: &[&Statement]) -> Vec<UnknownLine> {
    let mut sums: BTreeMap<(&String, &Option<String>), UnknownLine> = BTreeMap::new();
    for line in months.iter().flat_map(|month| &month.unknown_models) {
        let sum = sums.entry((&line.name, &line.unknown_region));
        let add = |sum: &mut UnknownLine| {
            sum.usage += &line.usage;
            // A bound of a part is none of the whole.
            sum.upper_bound = sum.upper_bound.zip(line.upper_bound).map(|(sum, part)| sum + part);
        };
        sum.and_modify(add).or_insert_with(|| line.clone());
    }
    let mut lines: Vec<UnknownLine> = sums.into_values().collect();
    lines.sort_by_key(|line| Reverse(line.usage.total_tokens()));
    lines
}

fn data_quality(months: &[&Statement], total: &Valued) -> DataQuality {
    let by_class = merged(
        months.iter().flat_map(|month| &month.data_quality.by_class),
        |line: &ClassLine| line.data_class,
        |line| &mut line.valued,
    );
    let mut indicators = [[Grams::ZERO; 4]; 5];
    for month in months {
        for (sums, parts) in indicators.iter_mut().zip(&month.data_quality.indicators) {
            for (sum, part) in sums.iter_mut().zip(parts) {
                *sum = *sum + *part;
            }
        }
    }
    let share_of = |class: DataClass| {
        let emissions = |line: &ClassLine| central(&line.valued).unwrap_or_default();
        rounded_share(by_class.iter().map(|line| (line.data_class == class, emissions(line))))
    };
    let tokens = total.usage.total_tokens();
    DataQuality {
        primary_share: share_of(DataClass::Measured),
        supplier_share: share_of(DataClass::Supplier),
        metered_share: share(tokens, tokens),
        indicators,
        reconciliation: None,
        by_class,
    }
}
