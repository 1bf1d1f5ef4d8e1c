//! Schema versions: what a database may be used for as it is, and the steps that lead it to this program's schema.
//!
//! Both engines decide here. Nothing is released yet: version 1 is changed in place and there are no steps. From the first
//! release on, a changed schema is a new version with a step that leads to it.

use super::StoreError;
use std::collections::BTreeMap;

/// The schema of one engine, as this program knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schema<'a> {
    /// Makes it in an empty database.
    pub(super) sql: &'a str,
    /// `steps[n]` leads from version `n + 1` to the next.
    pub(super) steps: &'a [Step<'a>],
}

/// How a database gets to the next version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step<'a> {
    pub(super) sql: &'a str,
    /// The oldest version whose programs can work with the database after this step: its own version where the step changes
    /// something that older programs rely on. It matters where several servers share a database and are upgraded in turn.
    pub(super) usable_from: usize,
}

/// What a database says about its schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SchemaVersion {
    pub(super) version: usize,
    /// The oldest version whose programs can work with it.
    pub(super) usable_from: usize,
}

impl<'a> Schema<'a> {
    /// The version that this program makes.
    pub(super) fn version(&self) -> usize {
        self.steps.len() + 1
    }

    /// The oldest version whose programs can work with a database of this version.
    pub(super) fn usable_from(&self) -> usize {
        self.steps.iter().map(|step| step.usable_from).max().unwrap_or(1)
    }

    /// The steps that lead from what was found to this version: none where the database can be used as it is, be it of this
    /// version or of a newer one that only adds.
    pub(super) fn steps_from(&self, found: SchemaVersion) -> Result<&'a [Step<'a>], StoreError> {
        let SchemaVersion { version, usable_from } = found;
        if version == 0 {
            return Err(StoreError::NotALedger);
        }
        if usable_from > self.version() {
            return Err(StoreError::NewerSchema { found: version, known: self.version() });
        }
        Ok(self.steps.get(version - 1..).unwrap_or_default())
    }

    /// Whether a database can be used without a step: whoever only reads takes none.
    pub(super) fn check_current(&self, found: SchemaVersion) -> Result<(), StoreError> {
        if self.steps_from(found)?.is_empty() {
            return Ok(());
        }
        Err(StoreError::OlderSchema { found: found.version, known: self.version() })
    }
}

/// The definition of each table, index, trigger and so on of a schema, by what it is and its name.
pub(super) type SchemaObjects = BTreeMap<String, String>;

/// An error that names the first object in which a schema differs from the one that this program makes.
pub(super) fn other_schema(found: &SchemaObjects, made: &SchemaObjects) -> Result<(), StoreError> {
    let foreign = found.keys().find(|name| !made.contains_key(*name));
    let foreign = foreign.map(|name| format!("{name} is none of this program's"));
    let lost =
        || made.keys().find(|name| !found.contains_key(*name)).map(|name| format!("{name} is missing"));
    let changed = || made.iter().find(|(name, definition)| found.get(*name) != Some(definition));
    let changed = || changed().map(|(name, _)| format!("{name} is not as this program makes it"));
    foreign.or_else(lost).or_else(changed).map_or(Ok(()), |what| Err(StoreError::OtherSchema(what)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Version 3: version 2 adds something, version 3 changes what older programs rely on.
    const STEPS: [Step<'_>; 2] = [Step { sql: "two", usable_from: 1 }, Step { sql: "three", usable_from: 3 }];

    fn known(version: usize) -> Schema<'static> {
        Schema { sql: "", steps: &STEPS[..version - 1] }
    }

    #[track_caller]
    fn check(known_version: usize, found: SchemaVersion, expect: &Result<Vec<&str>, String>) {
        let steps = known(known_version).steps_from(found).map_err(|error| error.to_string());
        let steps = steps.map(|steps| steps.iter().map(|step| step.sql).collect::<Vec<_>>());
        assert_eq!(&steps, expect, "{found:?}");
    }

    #[test]
    fn an_older_database_takes_the_steps_that_it_lacks() {
        check(1, SchemaVersion { version: 1, usable_from: 1 }, &Ok(vec![]));
        check(2, SchemaVersion { version: 1, usable_from: 1 }, &Ok(vec!["two"]));
        check(3, SchemaVersion { version: 1, usable_from: 1 }, &Ok(vec!["two", "three"]));
        check(3, SchemaVersion { version: 2, usable_from: 1 }, &Ok(vec!["three"]));
        check(3, SchemaVersion { version: 3, usable_from: 3 }, &Ok(vec![]));
        assert_eq!([1, 2, 3].map(|version| known(version).usable_from()), [1, 1, 3]);
    }

    #[test]
    fn a_newer_database_is_used_where_it_only_adds() {
        check(1, SchemaVersion { version: 2, usable_from: 1 }, &Ok(vec![]));
        let newer = "the database has schema version 3, this program knows 2: start a newer program";
        check(2, SchemaVersion { version: 3, usable_from: 3 }, &Err(newer.to_owned()));
    }

    #[test]
    fn a_version_that_never_was_is_no_ledger() {
        let foreign = "it is a database, but not a ledger of this program";
        check(1, SchemaVersion { version: 0, usable_from: 0 }, &Err(foreign.to_owned()));
    }

    #[test]
    fn who_only_reads_takes_no_step() {
        let check_current = |version| known(2).check_current(SchemaVersion { version, usable_from: 1 });
        let older = "the database has schema version 1, this program 2: start the server once to upgrade it";
        assert_eq!(check_current(1).unwrap_err().to_string(), older);
        assert!(check_current(2).is_ok() && check_current(3).is_ok());
    }
}
