//! Own entries: what one account says of the names in its own calls.
//!
//! Names of deployments (`prod-chat-2`), of fine-tunes and of models on machines of one's own are in no public registry.
//! An account may say what they stand for: a listed model, a stated class of models, or a model that it describes. Such
//! entries are tables like all others and lie on top of a set: see [`FactorSet::with_own`](crate::FactorSet::with_own).
//! They come before what the set itself lists, since a deployment may bear the name of another model.

use crate::{
    measure::MeasuredFactor,
    model::Model,
    place::{Fleet, Site},
    words::words,
};
use jiff::civil::Date;
use std::{cmp::Reverse, collections::HashMap};

/// What one account says of a name, or of every name with that beginning.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct OwnEntry {
    /// The name in lower case; with a `*` at its end, the beginning of names.
    pub name: String,
    /// What it says.
    pub kind: OwnKind,
    /// The model or the class that the name stands for; a described model bears the name itself.
    pub model: String,
    /// First day, UTC; `None`: there is none.
    pub valid_from: Option<Date>,
    /// Last day; `None`: there is none.
    pub valid_to: Option<Date>,
    /// Why, in the account's words.
    pub note: Option<String>,
    /// Who entered it.
    pub entered_by: String,
    /// When, RFC 3339.
    pub entered_at: String,
}

words! {
    /// What an own entry says of a name.
    OwnKind {
        /// It stands for a model of the registry, or for one that the account describes.
        Alias = "alias",
        /// It is a model that the account describes.
        Model = "model",
        /// No model is known; a stated class of models stands in.
        Class = "class",
    }
}

impl OwnEntry {
    /// Whether it holds on that day. Without a day, it holds if it has no end.
    fn holds(&self, day: Option<Date>) -> bool {
        match day {
            Some(day) => {
                self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day <= to)
            }
            None => self.valid_to.is_none(),
        }
    }

    /// Whether both hold on some day.
    pub(crate) fn overlaps(&self, other: &OwnEntry) -> bool {
        let begins_by = |a: &OwnEntry, b: &OwnEntry| match (a.valid_from, b.valid_to) {
            (Some(from), Some(to)) => from <= to,
            (None, _) | (_, None) => true,
        };
        begins_by(self, other) && begins_by(other, self)
    }

    /// The beginning of names that it speaks of, where it does.
    fn prefix(&self) -> Option<&str> {
        self.name.strip_suffix('*')
    }
}

/// Entries of an account, read for one set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Own {
    pub(crate) entries: Vec<OwnEntry>,
    /// Of each entry, in their order.
    models: Vec<Option<OwnModel>>,
    /// By whole name.
    names: HashMap<String, Vec<usize>>,
    /// By beginning, the longest first.
    prefixes: Vec<usize>,
    /// Measured energy by the name that a model is served under.
    measured: HashMap<String, OwnMeasured>,
}

/// Energy that an account has measured for a name.
#[derive(Clone, Debug)]
pub(crate) struct OwnMeasured {
    pub(crate) factor: MeasuredFactor,
    /// What the name stands for where nothing else is known of it.
    pub(crate) model: Model,
}

/// A model that an account describes, and the machines that it runs on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OwnModel {
    pub(crate) model: Model,
    /// Its machines, where the set knows places.
    pub(crate) fleet: Option<Fleet>,
    /// The data centre, where its overhead is stated.
    pub(crate) site: Option<Site>,
    /// Where it runs, where that is stated.
    pub(crate) region: Option<String>,
}

/// What an entry leads to.
pub(crate) enum OwnTarget<'a> {
    Described(&'a OwnModel),
    Class(&'a str),
    Listed(&'a str),
}

impl Own {
    /// Entries as read, each with the model where it describes one; and what was measured, by name.
    pub(crate) fn of(
        read: Vec<(OwnEntry, Option<OwnModel>)>,
        measured: HashMap<String, OwnMeasured>,
    ) -> Self {
        let (entries, models) = read.into_iter().unzip();
        let mut own = Own { entries, models, measured, ..Own::default() };
        for (place, entry) in own.entries.iter().enumerate() {
            match entry.prefix() {
                Some(_) => own.prefixes.push(place),
                None => own.names.entry(entry.name.clone()).or_default().push(place),
            }
        }
        own.prefixes.sort_by_key(|place| Reverse(own.entries[*place].name.len()));
        own
    }

    /// The place of the entry for a name on that day: by the name as it is, or without what wraps it (`azure/…`).
    /// A whole name comes before a beginning, and the longest beginning before the others; the name as it is first.
    pub(crate) fn entry(
        &self,
        name: &str,
        core: impl FnOnce() -> Option<String>,
        day: Option<Date>,
    ) -> Option<usize> {
        if self.entries.is_empty() {
            return None;
        }
        let whole = |name: &str| {
            let places = self.names.get(name)?;
            places.iter().copied().find(|place| self.entries[*place].holds(day))
        };
        let begins = |name: &str| {
            let fits = |place: &usize| {
                let prefix = self.entries[*place].prefix();
                prefix.is_some_and(|prefix| name.starts_with(prefix)) && self.entries[*place].holds(day)
            };
            self.prefixes.iter().copied().find(fits)
        };
        whole(name).or_else(|| {
            let core = core();
            let core = core.as_deref();
            core.and_then(whole).or_else(|| begins(name)).or_else(|| core.and_then(begins))
        })
    }

    /// What was measured for a name, where that holds on the day.
    pub(crate) fn measured(&self, name: &str, day: Option<Date>) -> Option<&OwnMeasured> {
        self.measured.get(name).filter(|measured| measured.factor.record().validity().holds(day))
    }

    /// Everything that was measured, by name.
    pub(crate) fn measured_factors(&self) -> Vec<&MeasuredFactor> {
        let mut factors: Vec<&MeasuredFactor> =
            self.measured.values().map(|measured| &measured.factor).collect();
        factors.sort_by(|a, b| a.entry().name.cmp(&b.entry().name));
        factors
    }

    /// What the entry leads to on that day. An alias may name a model that the account describes.
    pub(crate) fn target(&self, place: usize, day: Option<Date>) -> OwnTarget<'_> {
        let entry = &self.entries[place];
        let described = |place: usize| self.models[place].as_ref().map(OwnTarget::Described);
        let own_model = || {
            let places = self.names.get(&entry.model)?;
            places.iter().copied().filter(|place| self.entries[*place].holds(day)).find_map(described)
        };
        match entry.kind {
            OwnKind::Model => described(place).unwrap_or(OwnTarget::Listed(&entry.model)),
            OwnKind::Class => OwnTarget::Class(&entry.model),
            OwnKind::Alias => own_model().unwrap_or(OwnTarget::Listed(&entry.model)),
        }
    }
}
