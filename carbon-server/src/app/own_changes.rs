//! Changing an account's own entries: checked against the newest, then kept.

use crate::{
    base::clock::{self, now},
    config,
    http::problem::Problem,
    registry::{
        Registry,
        own::{ALIAS, AliasEntry, MODEL, OwnRegistry, normal},
    },
    store::{AccountKey, NewOwnChange, OwnChange, OwnChanged, Store},
};
use carbon_core::FactorSet;

/// Makes changes to the newest entries, whatever these are when it is their turn. Answers with what `changes` says beside
/// them, and with the revisions before and after.
pub(crate) async fn make<T>(
    store: &Store,
    registry: &Registry,
    account: AccountKey,
    changes: impl Fn(&OwnRegistry) -> Result<(Vec<NewOwnChange>, T), Problem>,
) -> Result<(T, [u64; 2]), Problem> {
    loop {
        let own = registry.own(account);
        let (changes, said) = changes(&own)?;
        let outcome = store.change_own(account, own.revision(), changes).await?;
        registry.refresh(store).await?;
        if let OwnChanged::To(revision) = outcome {
            return Ok((said, [own.revision(), revision]));
        }
    }
}

/// Adds a change.
pub(crate) async fn keep(
    store: &Store,
    registry: &Registry,
    account: AccountKey,
    change: NewOwnChange,
) -> Result<(OwnChange, String), Problem> {
    // Who enters the same again changes nothing.
    let own = registry.own(account);
    if let Some((kept, text)) = own.entries().same(&change)
        && Some(text) == change.entry.as_deref()
    {
        return Ok((kept.clone(), text.to_owned()));
    }
    let checked = |own: &OwnRegistry| Ok((vec![change.clone()], checked(registry, own, &change)?));
    let (kept, _) = make(store, registry, account, checked).await?;
    Ok(kept)
}

/// The change as it would be kept, if the entries that it leads to can be read.
pub(crate) fn checked(
    registry: &Registry,
    own: &OwnRegistry,
    change: &NewOwnChange,
) -> Result<(OwnChange, String), Problem> {
    let entries = own.entries();
    let (count, is_new) = (entries.iter().count(), change.entry.is_some() && entries.same(change).is_none());
    if is_new && count >= config::OWN_ENTRIES_MAX {
        let detail = format!("The account has {count} entries, the most it may have: delete some.");
        return Err(Problem::Conflict { detail });
    }
    let revision = own.revision() + 1;
    if revision > config::OWN_CHANGES_MAX {
        let detail = "The account's entries were changed too often to be changed again.".to_owned();
        return Err(Problem::Conflict { detail });
    }
    if let Some(other) = entries.other_kind(change).filter(|_| change.entry.is_some()) {
        let detail = format!(
            "{} is entered as {} from the same day: remove that first, or say from which day this holds instead.",
            change.name,
            if other.kind == MODEL { "a model that you describe" } else { "a name for another model" }
        );
        return Err(Problem::Conflict { detail });
    }
    let kept = change.at(revision);
    let text = kept.entry.clone().unwrap_or_default();
    let would_be = own.with([kept.clone()]).on(registry.default_set());
    would_be.map_err(|error| Problem::invalid("", format!("cannot be kept: {}", error.fault)))?;
    Ok((kept, text))
}

/// Names that stand for a described model would lead nowhere without it, and their calls would lose their values in silence.
fn check_no_name_rests_on(own: &OwnRegistry, set: &FactorSet, model: &str) -> Result<(), Problem> {
    let entries = own.entries();
    if entries.iter().any(|(change, _)| change.kind == MODEL && change.name == model) || set.knows(model) {
        return Ok(());
    }
    let rests = |entry: &str| {
        serde_json::from_str::<AliasEntry>(entry).is_ok_and(|entry| entry.model.as_deref() == Some(model))
    };
    let names: Vec<&str> = entries
        .iter()
        .filter(|(change, entry)| change.kind == ALIAS && rests(entry))
        .map(|(change, _)| change.name.as_str())
        .collect();
    if names.is_empty() {
        return Ok(());
    }
    let detail =
        format!("Other names stand for {model}: {}. Remove or change these first.", names.join(", "));
    Err(Problem::Conflict { detail })
}

/// Entries to remove.
pub(crate) struct Removal {
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    /// Only the one with this first day; empty for the one without.
    pub(crate) valid_from: Option<String>,
}

/// Removes entries of a name.
pub(crate) async fn remove(
    store: &Store,
    registry: &Registry,
    account: AccountKey,
    removal: Removal,
    entered_by: String,
) -> Result<(), Problem> {
    let Removal { kind, name, valid_from } = removal;
    if valid_from.as_deref().is_some_and(|day| !day.is_empty() && clock::date(day).is_none()) {
        return Err(Problem::invalid("valid_from", "must be a day such as 2026-10-05, or empty"));
    }
    let name = normal(&name);
    let removals = |own: &OwnRegistry| {
        let entries = own.entries();
        let of_name = entries.iter().map(|(change, _)| change).filter(|change| {
            change.kind == kind
                && change.name == name
                && valid_from.as_ref().is_none_or(|day| change.valid_from == *day)
        });
        let removals: Vec<NewOwnChange> = of_name
            .map(|change| NewOwnChange {
                kind,
                name: name.clone(),
                valid_from: change.valid_from.clone(),
                entry: None,
                entered_by: entered_by.clone(),
                entered_at_ms: now().as_millisecond(),
            })
            .collect();
        if removals.is_empty() {
            return Err(Problem::not_found("entry of that name"));
        }
        if kind == MODEL {
            let kept = own.with(removals.iter().map(|removal| removal.at(own.revision() + 1)));
            check_no_name_rests_on(&kept, registry.default_set(), &name)?;
        }
        Ok((removals, ()))
    };
    make(store, registry, account, removals).await?;
    Ok(())
}
