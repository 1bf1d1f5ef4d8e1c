//! Lines: parts of a month that have something in common, each with its figures.

use super::{
    grids::LineGrid,
    quality::{DataClass, Quality},
};
use crate::{
    valued::{Coverage, Valued},
    wire,
};
use carbon_core::{
    Confidence, Grams, Method, Range, Usage,
    factor::Basis,
    method::Consistency,
    model::{ContextBasis, Parameters, Size},
    own::{OwnEntry, OwnKind},
    place::PlacedBy,
};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The month's use of one model, valued by one method in one place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ModelLine {
    /// Canonical id.
    pub model: String,
    /// The method that valued it.
    pub method: Method,
    /// Where it was served, for a method that asks.
    pub place: Option<Place>,
    /// The names it was sent under, sorted.
    pub sent_as: Vec<String>,
    /// Of names that move: the last day on which anybody checked where they lead, where the calls are later.
    #[serde(with = "wire::maybe_text")]
    pub checked: Option<Date>,
    /// Confidence of its factor; a lower one where its names may have moved.
    pub confidence: Confidence,
    /// What kind of data the figure is, in the terms of the GHG Protocol.
    pub data_class: DataClass,
    /// How well the data fit, by the five indicators of the GHG Protocol.
    pub quality: Quality,
    /// Its factor, see [`Statement::factors`](super::Statement::factors).
    pub factor_id: String,
    /// Which part of it was valued with which grid; empty where all of it is by the set's factor of the year.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grids: Vec<LineGrid>,
    /// Its activity and figures.
    #[serde(flatten)]
    pub valued: Valued,
}

impl ModelLine {
    /// Emissions: a line has a factor, so it has a figure.
    pub fn co2(&self) -> Range<Grams> {
        self.valued.co2.unwrap_or_default()
    }
}

/// Where a model was served.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Place {
    /// Region as listed: `FRA`, `aws:eu-west-3`.
    pub region: String,
    /// Whose machines and what site figures were taken: `openai`.
    pub fleet: String,
    /// Whether anybody said so.
    pub placed_by: PlacedBy,
}

/// The month's use of a name that the supplier has explained: what it stands for, who says so, and since when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OwnLine {
    /// The name as sent.
    pub name: String,
    /// The name of the entry: the same, or the beginning of names, with a `*` behind it.
    pub entry: String,
    /// Whether it stands for a model of the registry, for a described model or for a class.
    pub kind: OwnKind,
    /// What it stands for.
    pub model: String,
    /// First day of the entry, where it has one.
    #[serde(with = "wire::maybe_text")]
    pub valid_from: Option<Date>,
    /// Last day, where it has one.
    #[serde(with = "wire::maybe_text")]
    pub valid_to: Option<Date>,
    /// Why, in the supplier's words.
    pub note: Option<String>,
    /// Who entered it.
    pub entered_by: String,
    /// When, RFC 3339.
    pub entered_at: String,
    /// What the supplier says of the model, where it describes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub described: Option<Described>,
    /// Its activity and figures.
    #[serde(flatten)]
    pub valued: Valued,
}

/// What a supplier says of a model that it describes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Described {
    /// Billions of parameters for a token of the output.
    pub active_parameters_b: [f64; 2],
    /// For a token of the input.
    pub active_input_parameters_b: [f64; 2],
    /// In all.
    pub total_parameters_b: [f64; 2],
    /// Where they come from, the format of the weights and the machines, as far as that is said.
    pub source: String,
}

impl Described {
    pub(super) fn of(parameters: &Parameters) -> Self {
        let Size { active_b, active_in_b, total_b, .. } = *parameters.size();
        Described {
            active_parameters_b: active_b,
            active_input_parameters_b: active_in_b,
            total_parameters_b: total_b,
            source: parameters.source().title().to_owned(),
        }
    }

    /// Its parameters.
    pub(crate) fn size(&self) -> Size {
        Size {
            active_b: self.active_parameters_b,
            active_in_b: self.active_input_parameters_b,
            total_b: self.total_parameters_b,
            speed: None,
        }
    }
}

impl OwnLine {
    pub(super) fn of(name: &str, entry: &OwnEntry, described: Option<&Parameters>, valued: Valued) -> Self {
        OwnLine {
            name: name.to_owned(),
            entry: entry.name.clone(),
            kind: entry.kind,
            model: entry.model.clone(),
            valid_from: entry.valid_from,
            valid_to: entry.valid_to,
            note: entry.note.clone(),
            entered_by: entry.entered_by.clone(),
            entered_at: entry.entered_at.clone(),
            described: described.map(Described::of),
            valued,
        }
    }
}

/// The month's use of a name that no factor is known for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UnknownLine {
    /// The name as sent.
    pub name: String,
    /// A region that no grid is known for, where that is what is missing.
    pub unknown_region: Option<String>,
    /// What was consumed.
    #[serde(flatten)]
    pub usage: Usage,
    /// Its emissions at the highest upper bound of the set's published table; not included in any total.
    #[serde(rename = "upper_bound_co2_grams", with = "wire::maybe_quantity")]
    pub upper_bound: Option<Grams>,
}

/// The part of the month that one method valued.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MethodLine {
    /// The method.
    pub method: Method,
    /// Its activity and figures.
    #[serde(flatten)]
    pub valued: Valued,
}

/// The part of the month that rests on factors of one confidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConfidenceLine {
    /// The level; `None` is unknown.
    pub confidence: Option<Confidence>,
    /// Its activity and figures.
    #[serde(flatten)]
    pub valued: Valued,
}

/// The part of the month whose figures account for electricity in one way.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BasisLine {
    /// How.
    pub basis: Basis,
    /// Its activity and figures.
    #[serde(flatten)]
    pub valued: Valued,
}

/// A day's use of one model in one region: the finest line there is, as it stands in `focus.csv`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct UseLine {
    /// The day, UTC.
    pub day: Date,
    /// Canonical id; the name as sent where it leads to no model.
    pub model: String,
    /// The region as in [`RegionLine`].
    pub region: Option<String>,
    /// The lowest confidence of a factor in it; `None` where some of it has none.
    pub confidence: Option<Confidence>,
    /// Its activity and figures.
    pub valued: Valued,
}

/// What the context of calls emits: a part of the total, by what it is valued by.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContextLine {
    /// The attention of the models themselves, or a prior of their class.
    pub basis: ContextBasis,
    /// The calls, and the part of their emissions that comes from attending to earlier tokens.
    #[serde(flatten)]
    pub valued: Valued,
}

/// The part of the month that was sent with one region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RegionLine {
    /// The region as listed, or as sent where it is not; `None` where the supplier sent none.
    pub region: Option<String>,
    /// ISO 3166 alpha-2 code of the country whose grid it is on, where it is on one.
    pub country: Option<String>,
    /// Its activity and figures.
    #[serde(flatten)]
    pub valued: Valued,
}

/// The part of the month that carries one tag.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TagLine {
    /// The tag's key.
    pub name: String,
    /// The tag's value.
    pub value: String,
    /// Its activity and figures.
    #[serde(flatten)]
    pub valued: Valued,
}

/// One day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DayLine {
    /// The day, UTC.
    #[serde(with = "wire::text")]
    pub day: Date,
    /// What was consumed.
    #[serde(flatten)]
    pub usage: Usage,
    /// Emissions, central; `None` where there was activity and none of it has a factor.
    #[serde(rename = "co2_grams", with = "wire::maybe_quantity")]
    pub co2: Option<Grams>,
}

/// The month by our own model alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BottomUpAlone {
    /// Activity and figures of the models that it knows.
    #[serde(flatten)]
    pub valued: Valued,
    /// How much of the activity that is.
    pub coverage: Coverage,
    /// Share of each source of uncertainty in the variance, largest first.
    pub budget: Vec<BudgetPart>,
    /// Models that a published factor or the supplier's own meters valued, seen by our model.
    pub opinions: Vec<Opinion>,
}

/// A source of uncertainty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BudgetPart {
    /// What it is in.
    pub component: String,
    /// Its share of the variance, to four decimals: the method is good for no more.
    #[serde(with = "wire::text")]
    pub share: Decimal,
}

impl BudgetPart {
    pub(super) fn of((component, share): (&str, f64)) -> Self {
        let share = format!("{share:.4}").parse().unwrap_or_default();
        BudgetPart { component: component.to_owned(), share }
    }
}

/// One model by what valued it and by our model, for the same tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Opinion {
    /// Canonical id.
    pub model: String,
    /// What valued it: a published factor, or the supplier's own meters.
    pub method: Method,
    /// Tokens that both count.
    #[serde(flatten)]
    pub usage: Usage,
    /// By that method: what the total holds.
    #[serde(rename = "stated_co2_grams", with = "wire::maybe_range")]
    pub stated: Option<Range<Grams>>,
    /// By our model.
    #[serde(rename = "bottom_up_co2_grams", with = "wire::maybe_range")]
    pub modelled: Option<Range<Grams>>,
    /// Where that value lies, seen from our interval.
    pub consistency: Consistency,
}
