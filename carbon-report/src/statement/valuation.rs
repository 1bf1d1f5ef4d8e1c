//! The value of activity under a factor set.

use super::{
    grids::AppliedGrids,
    line::{ModelLine, Place},
    quality::{DataClass, Quality},
    sums::Sum,
};
use crate::{
    activity::Activity,
    valued::{Coverage, Valued},
};
use carbon_core::{
    Call, Confidence, Deployment, EstimateError, FactorSet, Grams, Method, Usage,
    method::{AppliedFactor, DEFAULT_POLICY},
    place::PlacedBy,
};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// What makes a part of a line: canonical model, method, the place where the method asks for one, since when nobody has checked
/// where its names lead, and the grid value that was applied. The parts of a line differ by the last alone.
pub(super) type LineKey<'a> = (&'a str, Method, Option<Place>, Option<Date>, Option<u64>);

/// The value of some activity, however it was selected: a day, a tag, a tenant.
///
/// Rows that share a factor are added before they are valued, so it does not matter how the activity is cut into rows.
///
/// ```
/// use carbon_core::{FactorSet, Usage};
/// use carbon_report::{Activity, Date, Valuation};
///
/// let row = Activity::new(Date::constant(2026, 10, 5), "mistral-large-2", Usage::of_call(600, 400));
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
        let mut lines: BTreeMap<(&str, LineKey<'_>), (AppliedFactor<'_>, Confidence, Usage)> =
            BTreeMap::new();
        let (mut unknown, mut coverage) = (Usage::default(), Coverage::default());
        for (row, set) in rows {
            let found = Lookup::of(row, set);
            coverage.add(&row.usage, found.factor.is_some());
            match found {
                Lookup { deployment: Some(deployment), factor: Some(factor), .. } => {
                    let key = (set.as_str(), line_key(&deployment, &factor));
                    let confidence = deployment.confidence(factor.record());
                    lines.entry(key).or_insert((factor, confidence, Usage::default())).2 += &row.usage;
                }
                _ => unknown += &row.usage,
            }
        }
        let mut sum = Sum::default();
        for (factor, _, usage) in lines.values() {
            sum.add(Some(factor), usage);
        }
        if unknown != Usage::default() {
            sum.add(None, &unknown);
        }
        Valuation {
            coverage,
            // Levels are ordered best first.
            confidence: lines.values().map(|(_, confidence, _)| *confidence).max(),
            valued: sum.valued(),
        }
    }

    /// What a model is called in answers and reports: its listed name, else the name as sent.
    pub fn model_name<'a>(row: &'a Activity, set: &'a FactorSet) -> &'a str {
        Lookup::of(row, set).deployment.map_or(&row.model, |deployment| deployment.model.id())
    }

    /// Whether the set has a value for a row.
    pub fn is_known(row: &Activity, set: &FactorSet) -> bool {
        Lookup::of(row, set).factor.is_some()
    }
}

/// What a factor set knows of a row.
pub(crate) struct Lookup<'a> {
    pub(crate) deployment: Option<Deployment<'a>>,
    pub(crate) factor: Option<AppliedFactor<'a>>,
    /// A region that no grid is known for, where one was sent.
    pub(super) unknown_region: Option<&'a str>,
}

impl<'a> Lookup<'a> {
    pub(crate) fn of(row: &'a Activity, set: &'a FactorSet) -> Self {
        let call = Call {
            model: &row.model,
            provider: row.provider.as_deref(),
            region: row.region.as_deref(),
            day: Some(row.day),
            hour: row.hour,
        };
        let (deployment, unknown_region) = match set.deployment(&call) {
            // A published factor asks for no place, so an unlisted one does not take it away.
            Err(EstimateError::Region(_)) => {
                (set.deployment(&Call { region: None, ..call }).ok(), call.region)
            }
            deployment => (deployment.ok(), None),
        };
        let policy = if unknown_region.is_some() { &[Method::Coefficient] } else { DEFAULT_POLICY };
        let factor = deployment.as_ref().and_then(|deployment| deployment.factor(policy));
        // Rates are of text: where there is none, they would make a zero of what nobody knows.
        let factor = factor.filter(|_| !row.usage.is_media_alone());
        Lookup { deployment, factor, unknown_region }
    }
}

pub(super) fn line_key<'a>(deployment: &Deployment<'a>, factor: &AppliedFactor<'_>) -> LineKey<'a> {
    let served = match factor {
        AppliedFactor::Published(_) => None,
        AppliedFactor::Modelled(_) | AppliedFactor::Measured(_) => place(deployment),
    };
    let grid = factor.grid().map(|grid| grid.g_per_kwh().to_bits());
    (deployment.model.id(), factor.method(), served, deployment.checked, grid)
}

pub(super) fn place(deployment: &Deployment<'_>) -> Option<Place> {
    Some(Place {
        region: deployment.location?.region.to_owned(),
        fleet: deployment.fleet()?.name().to_owned(),
        placed_by: deployment.placed_by,
    })
}

/// Use of one part of a line, with the factor that values it.
pub(super) struct LineSum<'a> {
    pub(super) factor: AppliedFactor<'a>,
    pub(super) confidence: Confidence,
    pub(super) placed_by: PlacedBy,
    pub(super) sent_as: BTreeSet<&'a str>,
    pub(super) usage: Usage,
    pub(super) grids: AppliedGrids<'a>,
}

/// The parts of one line, by the grid value that was applied.
pub(super) struct LineParts<'a> {
    pub(super) key: LineKey<'a>,
    pub(super) parts: Vec<LineSum<'a>>,
}

impl<'a> LineParts<'a> {
    /// Parts of one line stand next to each other.
    pub(super) fn of(lines: BTreeMap<LineKey<'a>, LineSum<'a>>) -> Vec<Self> {
        let mut all: Vec<LineParts<'_>> = Vec::new();
        for (key, part) in lines {
            let is_same = |a: &LineKey<'_>, b: &LineKey<'_>| (a.0, a.1, &a.2, a.3) == (b.0, b.1, &b.2, b.3);
            match all.last_mut().filter(|line| is_same(&line.key, &key)) {
                Some(line) => line.parts.push(part),
                None => all.push(LineParts { key, parts: vec![part] }),
            }
        }
        all
    }

    pub(super) fn co2_central(&self) -> Grams {
        self.parts.iter().map(|part| part.factor.co2_central(&part.usage)).fold(Grams::ZERO, |a, b| a + b)
    }

    pub(super) fn grids(&self) -> AppliedGrids<'a> {
        AppliedGrids::sum(self.parts.iter().map(|part| &part.grids))
    }

    /// The factor; its parts differ by the grid alone.
    pub(super) fn factor(&self) -> &AppliedFactor<'a> {
        &self.parts[0].factor
    }

    pub(super) fn finish(self, month_end: Date) -> ModelLine {
        let mut sum = Sum::default();
        for part in &self.parts {
            sum.add(Some(&part.factor), &part.usage);
        }
        let grids = self.grids().of_line();
        let (model, method, place, checked, _) = self.key;
        let LineSum { factor, confidence, placed_by, .. } = &self.parts[0];
        ModelLine {
            model: model.to_owned(),
            method,
            place,
            checked,
            confidence: *confidence,
            data_class: DataClass::of(factor),
            quality: Quality::of(factor, *confidence, *placed_by, month_end),
            factor_id: factor.record().id().to_owned(),
            grids,
            sent_as: self
                .parts
                .iter()
                .flat_map(|part| &part.sent_as)
                .map(|name| (*name).to_owned())
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
            valued: sum.valued(),
        }
    }
}
