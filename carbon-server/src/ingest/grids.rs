//! Importing grid series into an account's own registry: read from a file, checked, then kept.

use crate::{
    app::own_changes,
    base::digest::hex,
    config,
    http::problem::Problem,
    ingest::text::{is_printed, not_printed},
    registry::{
        Registry,
        grids::{GRID_SERIES, GridEntry},
        own::OwnRegistry,
    },
    store::{AccountKey, NewOwnChange, Store},
};
use carbon_core::{
    FactorSet,
    grid::{GridResolution, ReadSeries, SeriesValues, read_csv},
};
use sha2::{Digest, Sha256};

/// The series in a file, each for a place that the set knows; and the zones that it does not know.
pub(crate) struct GridFile {
    pub(crate) entries: Vec<GridEntry>,
    pub(crate) unknown_zones: Vec<String>,
}

impl GridFile {
    /// Reads a file; `vintage` is what the account calls this state of the data.
    pub(crate) fn read(bytes: &[u8], vintage: &str, set: &FactorSet) -> Result<Self, Problem> {
        let text = str::from_utf8(bytes).map_err(|_| Problem::invalid("", "must be text in UTF-8"))?;
        if !is_printed(vintage, config::LABEL_BYTES_MAX) {
            return Err(Problem::invalid("vintage", not_printed(config::LABEL_BYTES_MAX)));
        }
        let found = read_csv(text).map_err(|fault| Problem::invalid("", fault.to_string()))?;
        let file_sha256 = hex(&Sha256::digest(bytes));
        let mut file = GridFile { entries: Vec::new(), unknown_zones: Vec::new() };
        for ReadSeries { values, source, licence, .. } in found {
            for (column, text) in [("source", &source), ("licence", &licence)] {
                if !is_printed(text, config::NOTE_BYTES_MAX) {
                    let detail = format!("{column} {}", not_printed(config::NOTE_BYTES_MAX));
                    return Err(Problem::invalid("", detail));
                }
            }
            match set.locate(&values.zone, None) {
                Ok(location) => {
                    let values = values.of_zone(location.region);
                    file.entries.push(entry(values, vintage, source, licence, &file_sha256));
                }
                Err(_) if file.unknown_zones.contains(&values.zone) => {}
                Err(_) => file.unknown_zones.push(values.zone),
            }
        }
        file.check()?;
        Ok(file)
    }

    /// One place has one series in a file: by the hour, one in a calendar year.
    fn check(&self) -> Result<(), Problem> {
        if self.entries.is_empty() {
            let unknown = self.unknown_zones.join(", ");
            let detail = if unknown.is_empty() {
                "has no values".to_owned()
            } else {
                format!(
                    "has no zone with a known grid, but {unknown}: use ISO 3166 countries or cloud regions"
                )
            };
            return Err(Problem::invalid("", detail));
        }
        let part = |entry: &GridEntry| match entry.resolution {
            GridResolution::Hour => entry.from.chars().take("2026".len()).collect(),
            GridResolution::Month | GridResolution::Year => String::new(),
        };
        let mut keys: Vec<_> = self.entries.iter().map(|entry| (entry.name(), part(entry))).collect();
        keys.sort();
        match keys.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(twice) => {
                let detail = format!(
                    "has two series of {}: one source, one licence and one name of the zone at a time",
                    twice[0].0
                );
                Err(Problem::invalid("", detail))
            }
            None => Ok(()),
        }
    }

    /// As changes by who enters them.
    pub(crate) fn changes(&self, entered_by: &str, entered_at_ms: i64) -> Result<Vec<NewOwnChange>, Problem> {
        let change = |entry: &GridEntry| {
            Ok(NewOwnChange {
                kind: GRID_SERIES,
                name: entry.name(),
                valid_from: entry.valid_from(),
                entry: Some(serde_json::to_string(entry).map_err(Problem::internal)?),
                entered_by: entered_by.to_owned(),
                entered_at_ms,
            })
        };
        self.entries.iter().map(change).collect()
    }
}

fn entry(
    values: SeriesValues,
    vintage: &str,
    source: String,
    licence: String,
    file_sha256: &str,
) -> GridEntry {
    GridEntry {
        zone: values.zone.clone(),
        resolution: values.resolution,
        from: values.from(),
        to: values.to(),
        vintage: vintage.to_owned(),
        source,
        licence,
        sha256: values.sha256(),
        file_sha256: file_sha256.to_owned(),
        runs: values.runs(),
        g_per_kwh: values.text(),
    }
}

/// Those of the changes that change anything.
fn new_ones(own: &OwnRegistry, changes: &[NewOwnChange]) -> Vec<NewOwnChange> {
    let entries = own.entries();
    let is_new =
        |change: &&NewOwnChange| entries.same(change).map(|(_, text)| text) != change.entry.as_deref();
    changes.iter().filter(is_new).cloned().collect()
}

/// The entries as they would be, if they can be kept and read; and what changes.
pub(crate) fn checked(
    registry: &Registry,
    own: &OwnRegistry,
    changes: &[NewOwnChange],
) -> Result<(OwnRegistry, Vec<NewOwnChange>), Problem> {
    let changes = new_ones(own, changes);
    let kept = changes.iter().zip(own.revision() + 1..).map(|(change, revision)| change.at(revision));
    let would_be = own.with(kept);
    let conflict = |detail: &str| Err(Problem::Conflict { detail: detail.to_owned() });
    if would_be.entries().iter().count() > config::OWN_ENTRIES_MAX {
        return conflict("The account would have more entries than it may have: delete some.");
    }
    let [in_force, ever] = would_be.bytes_of(GRID_SERIES);
    if in_force > config::GRID_BYTES_MAX || ever > config::GRID_BYTES_EVER_MAX {
        return conflict("The account would have more grid series than it may have.");
    }
    if would_be.revision() > config::OWN_CHANGES_MAX {
        return conflict("The account's entries were changed too often to be changed again.");
    }
    let read = would_be.on(registry.default_set());
    read.map_err(|error| Problem::invalid("", format!("cannot be kept: {}", error.fault)))?;
    Ok((would_be, changes))
}

/// Keeps them, all or none. Answers with how many have changed anything.
pub(crate) async fn keep(
    store: &Store,
    registry: &Registry,
    account: AccountKey,
    changes: &[NewOwnChange],
) -> Result<usize, Problem> {
    if new_ones(&registry.own(account), changes).is_empty() {
        return Ok(0);
    }
    let checked = |own: &OwnRegistry| {
        let (_, changes) = checked(registry, own, changes)?;
        let count = changes.len();
        Ok((changes, count))
    };
    let (count, _) = own_changes::make(store, registry, account, checked).await?;
    Ok(count)
}
