//! An account's own registry: what it says of names in its own calls, as a list of changes.

pub(crate) use crate::base::name::normal;
use crate::{
    base::clock,
    registry::grids::{self, GRID_SERIES},
    store::{NewOwnChange, OwnChange},
};
use carbon_core::{
    FactorSet,
    measure::MeasuredEntry,
    registry::{LoadError, Tables},
};
use carbon_report::forms::{Cell, CsvTable};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a name stands for: a model of the registry, a class of models, or a model that the account describes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AliasEntry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) model: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) class: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) valid_to: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
}

/// A model that the account describes. Numbers are text, so that they stay as they were entered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ModelEntry {
    /// Billions of parameters in all.
    pub(crate) total_b: String,
    /// Those used for one token of the output, where they are not all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) active_b: Option<String>,
    /// Those used for one token of the input, where they are others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) active_in_b: Option<String>,
    /// Number format of the weights: `bf16`, `fp8`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) precision: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) accelerator: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pue: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) onsite_water_l_per_kwh: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) region: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) valid_to: Option<Date>,
    /// Where the numbers come from.
    pub(crate) source: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
}

/// Number formats of a model's weights.
pub(crate) const PRECISIONS: [&str; 6] = ["fp32", "bf16", "fp16", "fp8", "int8", "fp4"];

/// What kind of entry a change is about.
pub(crate) const ALIAS: &str = "alias";
pub(crate) const MODEL: &str = "model";
pub(crate) const MEASURED: &str = "measured";

/// An account's own entries, with every change that led to them.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnRegistry {
    changes: Vec<OwnChange>,
}

/// The entries of one revision: by kind and name, then by first day, where the empty one comes first.
pub(crate) struct OwnEntries<'a> {
    revision: u64,
    entries: BTreeMap<(&'a str, &'a str, &'a str), (&'a OwnChange, &'a str)>,
}

impl OwnRegistry {
    /// Adds a change, the next by its revision. One that is there already is ignored: two readers of the ledger may
    /// both have found it.
    pub(super) fn add(&mut self, change: OwnChange) {
        if change.revision > self.revision() {
            self.changes.push(change);
        }
    }

    /// The number of changes: what results are known by.
    pub(crate) fn revision(&self) -> u64 {
        self.changes.last().map_or(0, |change| change.revision)
    }

    /// The newest entries.
    pub(crate) fn entries(&self) -> OwnEntries<'_> {
        self.at(self.revision())
    }

    /// The entries as they were at that revision.
    pub(crate) fn at(&self, revision: u64) -> OwnEntries<'_> {
        let mut entries = BTreeMap::new();
        for change in self.changes.iter().take_while(|change| change.revision <= revision) {
            let key = (change.kind.as_str(), change.name.as_str(), change.valid_from.as_str());
            match &change.entry {
                Some(entry) => entries.insert(key, (change, entry.as_str())),
                None => entries.remove(&key),
            };
        }
        OwnEntries { revision, entries }
    }

    /// Bytes of entries of a kind: of those in force, and of all that there ever were.
    pub(crate) fn bytes_of(&self, kind: &'static str) -> [usize; 2] {
        let ever = self.changes.iter().filter(|change| change.kind == kind);
        [
            self.entries().of_kind(kind).map(|(_, entry)| entry.len()).sum(),
            ever.filter_map(|change| Some(change.entry.as_ref()?.len())).sum(),
        ]
    }

    /// A set with the newest entries.
    pub(crate) fn on(&self, set: &FactorSet) -> Result<FactorSet, LoadError> {
        self.entries().on(set)
    }

    /// The same with further changes, which need not be kept.
    pub(crate) fn with(&self, changes: impl IntoIterator<Item = OwnChange>) -> Self {
        OwnRegistry { changes: self.changes.iter().cloned().chain(changes).collect() }
    }
}

impl<'a> OwnEntries<'a> {
    /// Every entry, by kind, name and first day, with the text of what it says.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'a OwnChange, &'a str)> {
        self.entries.values().copied()
    }

    /// The entry that a change would replace.
    pub(crate) fn same(&self, change: &NewOwnChange) -> Option<(&'a OwnChange, &'a str)> {
        self.entries.get(&(change.kind, change.name.as_str(), change.valid_from.as_str())).copied()
    }

    /// Where a change is about a name: an entry of it from the same day that says another kind of thing.
    pub(crate) fn other_kind(&self, change: &NewOwnChange) -> Option<&'a OwnChange> {
        let kind = match change.kind {
            ALIAS => MODEL,
            MODEL => ALIAS,
            _ => return None,
        };
        let key = (kind, change.name.as_str(), change.valid_from.as_str());
        self.entries.get(&key).map(|(change, _)| *change)
    }

    /// A set with these entries; the set itself where there are none and never were any.
    pub(crate) fn on(&self, set: &FactorSet) -> Result<FactorSet, LoadError> {
        if self.revision == 0 {
            return Ok(set.clone());
        }
        let mut tables =
            Tables::new().own_names(self.names()).own_models(self.models()).own_measured(self.measurements());
        if self.of_kind(GRID_SERIES).next().is_some() {
            let [own_grids, own_grid_values] = grids::tables(self.of_kind(GRID_SERIES));
            tables = tables.own_grids(own_grids).own_grid_values(own_grid_values);
        }
        set.without_own().with_own(self.revision, tables)
    }

    /// The last day of an entry: the day before the next of the same name begins, whatever kind it is, at the latest.
    fn valid_to(&self, change: &OwnChange, stated: Option<Date>) -> Option<Date> {
        let next = self
            .entries
            .values()
            .filter(|(other, _)| [ALIAS, MODEL].contains(&other.kind.as_str()))
            .filter(|(other, _)| other.name == change.name && other.valid_from > change.valid_from)
            .filter_map(|(other, _)| other.valid_from.parse::<Date>().ok())
            .min()
            .and_then(|next| next.yesterday().ok());
        [stated, next].into_iter().flatten().min()
    }

    fn names(&self) -> String {
        let head = ["name", "model", "class", "valid_from", "valid_to", "note", "entered_by", "entered_at"];
        let rows = self.of_kind(ALIAS).map(|(change, entry)| {
            let AliasEntry { model, class, valid_to, note } = serde_json::from_str(entry).unwrap_or(NO_ALIAS);
            [
                change.name.clone(),
                model.unwrap_or_default(),
                class.unwrap_or_default(),
                change.valid_from.clone(),
                day(self.valid_to(change, valid_to)),
                note.unwrap_or_default(),
                change.entered_by.clone(),
                clock::rfc_3339_of(change.entered_at_ms),
            ]
        });
        table(head, rows)
    }

    fn models(&self) -> String {
        let head = [
            "name",
            "valid_from",
            "valid_to",
            "total_b",
            "active_b",
            "active_in_b",
            "precision",
            "accelerator",
            "pue",
            "onsite_water_l_per_kwh",
            "region",
            "source",
            "note",
            "entered_by",
            "entered_at",
        ];
        let rows = self.of_kind(MODEL).filter_map(|(change, entry)| {
            let entry: ModelEntry = serde_json::from_str(entry).ok()?;
            Some([
                change.name.clone(),
                change.valid_from.clone(),
                day(self.valid_to(change, entry.valid_to)),
                entry.total_b,
                entry.active_b.unwrap_or_default(),
                entry.active_in_b.unwrap_or_default(),
                entry.precision.unwrap_or_default(),
                entry.accelerator.unwrap_or_default(),
                entry.pue.unwrap_or_default(),
                entry.onsite_water_l_per_kwh.unwrap_or_default(),
                entry.region.unwrap_or_default(),
                entry.source,
                entry.note.unwrap_or_default(),
                change.entered_by.clone(),
                clock::rfc_3339_of(change.entered_at_ms),
            ])
        });
        table(head, rows)
    }

    /// What was measured for a name, and when that was entered.
    pub(crate) fn measured(&self, served_name: &str) -> Option<(MeasuredEntry, i64)> {
        let name = normal(served_name);
        let (change, entry) = self.entries.get(&(MEASURED, name.as_str(), ""))?;
        Some((serde_json::from_str(entry).ok()?, change.entered_at_ms))
    }

    fn measurements(&self) -> String {
        let head = [
            "name",
            "wh_per_1k",
            "covariance",
            "host_sd",
            "prior",
            "windows",
            "from_ms",
            "to_ms",
            "windows_sha256",
            "meters",
            "scopes",
            "hours_with_calls",
            "metered_ms",
            "windows_input_tokens",
            "windows_output_tokens",
            "ledger_input_tokens",
            "ledger_output_tokens",
            "entered_at",
        ];
        let rows = self.of_kind(MEASURED).filter_map(|(change, entry)| {
            let entry: MeasuredEntry = serde_json::from_str(entry).ok()?;
            let counted = entry.reconciliation;
            Some([
                change.name.clone(),
                decimals(&entry.wh_per_1k),
                decimals(&entry.covariance),
                decimals(&entry.host_sd),
                entry.prior.map(|prior| decimals(&prior)).unwrap_or_default(),
                entry.windows.to_string(),
                entry.span_ms[0].to_string(),
                entry.span_ms[1].to_string(),
                entry.windows_sha256,
                entry.meters.join("|"),
                entry.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" "),
                entry.coverage.hours_with_calls.to_string(),
                entry.coverage.metered_ms.to_string(),
                counted.windows_input_tokens.to_string(),
                counted.windows_output_tokens.to_string(),
                counted.ledger_input_tokens.to_string(),
                counted.ledger_output_tokens.to_string(),
                clock::rfc_3339_of(change.entered_at_ms),
            ])
        });
        table(head, rows)
    }

    pub(crate) fn of_kind(&self, kind: &'static str) -> impl Iterator<Item = (&'a OwnChange, &'a str)> {
        self.iter().filter(move |(change, _)| change.kind == kind)
    }
}

/// What an entry that cannot be read leads to: nothing, which the table refuses.
const NO_ALIAS: AliasEntry = AliasEntry { model: None, class: None, valid_to: None, note: None };

/// Decimals with blanks between.
fn decimals(numbers: &[Decimal]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn day(day: Option<Date>) -> String {
    day.map_or_else(String::new, |day| day.to_string())
}

/// Texts stand as in every table that we make; [`FactorSet::with_own`] reads them so.
fn table<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut table = CsvTable::new(head);
    rows.for_each(|row| table.row(row.map(Cell::text)));
    table.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    fn change(revision: u64) -> OwnChange {
        OwnChange {
            revision,
            kind: ALIAS.to_owned(),
            name: format!("name-{revision}"),
            valid_from: String::new(),
            entry: None,
            entered_by: String::new(),
            entered_at_ms: 0,
        }
    }

    proptest! {
        /// Readers of the ledger may overlap: each brings what it found behind some revision that was read before.
        #[test]
        fn what_several_readers_find_is_added_once(ends in vec((0..10u64, 0..10u64), 1..20)) {
            let mut registry = OwnRegistry::default();
            for (first, more) in ends {
                let first = first.min(registry.revision());
                (first + 1..=first + more).for_each(|revision| registry.add(change(revision)));
                let revisions: Vec<u64> = registry.changes.iter().map(|change| change.revision).collect();
                prop_assert_eq!(&revisions, &(1..=registry.revision()).collect::<Vec<_>>());
            }
        }
    }
}
