//! What an account says of a name, checked field by field.

use crate::{
    base::{clock, exact::Exact},
    config,
    http::{
        faults::{Faults, unnoticed},
        problem::Problem,
    },
    ingest::{place, text::is_short},
    registry::own::{AliasEntry, ModelEntry, PRECISIONS, normal},
};
use carbon_core::{FactorSet, model::Class, own::OwnKind};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The body of `PUT /api/v1/models/aliases/{name}`.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AliasRequest {
    pub(crate) model: Option<String>,
    pub(crate) class: Option<String>,
    pub(crate) valid_from: Option<String>,
    pub(crate) valid_to: Option<String>,
    pub(crate) note: Option<String>,
}

/// The body of `PUT /api/v1/models/own/{name}`.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelRequest {
    pub(crate) total_b: Option<Exact>,
    pub(crate) active_b: Option<Exact>,
    pub(crate) active_in_b: Option<Exact>,
    pub(crate) precision: Option<String>,
    pub(crate) accelerator: Option<String>,
    pub(crate) pue: Option<Exact>,
    pub(crate) onsite_water_l_per_kwh: Option<Exact>,
    pub(crate) region: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) valid_from: Option<String>,
    pub(crate) valid_to: Option<String>,
    pub(crate) note: Option<String>,
}

/// What is to be kept.
pub(crate) struct Said {
    pub(crate) name: String,
    /// `YYYY-MM-DD`; empty where there is no first day.
    pub(crate) valid_from: String,
    /// JSON.
    pub(crate) entry: String,
}

/// A thousand parameters, and what no model has, in billions.
const PARAMETERS_B: [Decimal; 2] =
    [Decimal::from_parts(1, 0, 0, false, 6), Decimal::from_parts(1_000_000, 0, 0, false, 0)];
/// The worst of buildings.
const PUE_MAX: Decimal = Decimal::from_parts(5, 0, 0, false, 0);
/// Litres per kilowatt hour on site: above it, the unit is wrong.
const WATER_MAX: Decimal = Decimal::from_parts(100, 0, 0, false, 0);

impl AliasRequest {
    /// The entry; `set` knows what names lead to.
    pub(crate) fn said(self, set: &FactorSet, name: &str) -> Result<Said, Problem> {
        let mut faults = Faults::default();
        let name = entry_name(&mut faults, name, true);
        let days = days(&mut faults, self.valid_from.as_deref(), self.valid_to.as_deref());
        let note = faults.printed_text("/note", self.note, config::NOTE_BYTES_MAX);
        let model = faults.short_text("/model", self.model, config::MODEL_BYTES_MAX);
        let model = model.map(|model| normal(&model));
        if let Some(model) = &model {
            check_model(&mut faults, set, &name, model);
        }
        let class = self.class;
        if model.is_some() == class.is_some() {
            faults.add("/model", "or class is required, one of the two");
        }
        if let Some(class) = &class
            && set.class(class).is_none()
        {
            let known: Vec<&str> = set.classes().iter().map(Class::name).collect();
            faults.add("/class", format!("is no class of this factor set; it has {}", known.join(", ")));
        }
        faults.none()?;
        let [valid_from, valid_to] = days;
        said(name, valid_from, &AliasEntry { model, class, valid_to, note })
    }
}

/// The model must lead somewhere on some day: what names nothing is a mistake, and no day would mend it.
fn check_model(faults: &mut Faults, set: &FactorSet, name: &str, model: &str) {
    if model == name {
        faults.add("/model", "is the name itself");
        return;
    }
    // What an entry leads to is a model, not another entry that leads somewhere else.
    let mut own = set.own().filter(|entry| entry.name == model);
    if set.without_own().knows(model) || own.any(|entry| entry.kind == OwnKind::Model) {
        return;
    }
    if let Some(entry) = set.own().find(|entry| entry.name == model) {
        faults.add("/model", format!("is a name of your own that stands for {}: give that", entry.model));
        return;
    }
    let near = set.suggestions(model);
    let near = if near.is_empty() { String::new() } else { format!("; similar names: {}", near.join(", ")) };
    faults.add("/model", format!("is no model of factor set {} and none of your own{near}", set.as_str()));
}

impl ModelRequest {
    /// The entry; `set` knows places.
    pub(crate) fn said(self, set: &FactorSet, name: &str) -> Result<Said, Problem> {
        let mut faults = Faults::default();
        let name = entry_name(&mut faults, name, false);
        let [valid_from, valid_to] = days(&mut faults, self.valid_from.as_deref(), self.valid_to.as_deref());
        let total = faults.required("/total_b", self.total_b);
        let mut parameters = |pointer: &str, value: Option<Exact>| {
            let number = value?.as_decimal();
            let [least, most] = PARAMETERS_B;
            if number < least || number > most {
                faults.add(pointer, format!("must be billions of parameters, {least} to {most}"));
            } else if pointer != "/total_b" && total.is_some_and(|total| number > total.as_decimal()) {
                faults.add(pointer, "must not be above total_b");
            }
            Some(number.to_string())
        };
        let total_b = parameters("/total_b", total);
        let active_b = parameters("/active_b", self.active_b);
        let active_in_b = parameters("/active_in_b", self.active_in_b);
        let mut within = |pointer: &str, value: Option<Exact>, [least, most]: [Decimal; 2]| {
            let number = value?.as_decimal();
            if number < least || number > most {
                faults.add(pointer, format!("must be {least} to {most}"));
            }
            Some(number.to_string())
        };
        let pue = within("/pue", self.pue, [Decimal::ONE, PUE_MAX]);
        let water =
            within("/onsite_water_l_per_kwh", self.onsite_water_l_per_kwh, [Decimal::ZERO, WATER_MAX]);
        if water.is_some() && pue.is_none() {
            faults.add("/pue", "is required with onsite_water_l_per_kwh: both describe the same building");
        }
        if let Some(precision) = &self.precision
            && !PRECISIONS.contains(&precision.as_str())
        {
            faults.add("/precision", format!("must be one of {}", PRECISIONS.join(", ")));
        }
        let accelerator = faults.printed_text("/accelerator", self.accelerator, config::PLACE_BYTES_MAX);
        let region = place::region(set, &mut faults, self.region, None);
        let source = faults.required_printed("/source", self.source, config::NOTE_BYTES_MAX);
        let note = faults.printed_text("/note", self.note, config::NOTE_BYTES_MAX);
        faults.none()?;
        let entry = ModelEntry {
            total_b: total_b.ok_or_else(unnoticed)?,
            active_b,
            active_in_b,
            precision: self.precision,
            accelerator,
            pue,
            onsite_water_l_per_kwh: water,
            region,
            valid_to,
            source: source.ok_or_else(unnoticed)?,
            note,
        };
        said(name, valid_from, &entry)
    }
}

fn said(name: String, valid_from: Option<Date>, entry: &impl Serialize) -> Result<Said, Problem> {
    let valid_from = valid_from.map_or_else(String::new, |day| day.to_string());
    Ok(Said { name, valid_from, entry: serde_json::to_string(entry).map_err(Problem::internal)? })
}

fn entry_name(faults: &mut Faults, name: &str, may_be_prefix: bool) -> String {
    let name = normal(name);
    let (whole, prefix) = match name.strip_suffix('*') {
        Some(whole) => (whole, true),
        None => (name.as_str(), false),
    };
    if !is_short(whole, config::MODEL_BYTES_MAX) {
        let most = config::MODEL_BYTES_MAX;
        faults.add("name", format!("must be 1 to {most} bytes without control characters, before any *"));
    } else if whole.contains('*') {
        faults.add("name", "may have one *, at its end");
    } else if prefix && !may_be_prefix {
        faults.add("name", "must be one name: map other names to it, such as my-prod-*");
    }
    name
}

fn days(faults: &mut Faults, from: Option<&str>, to: Option<&str>) -> [Option<Date>; 2] {
    let mut day = |pointer: &str, text: Option<&str>| {
        let day = clock::date(text?);
        if day.is_none() {
            faults.add(pointer, "must be a day such as 2026-10-05");
        }
        day
    };
    let days = [day("/valid_from", from), day("/valid_to", to)];
    if let [Some(from), Some(to)] = days
        && to < from
    {
        faults.add("/valid_to", "must not be before valid_from");
    }
    days
}
