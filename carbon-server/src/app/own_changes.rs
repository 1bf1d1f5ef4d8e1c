//! Changing an account's own entries: checked against the newest, then kept.

use crate::{
    base::clock::{self, now},
    config,
    http::problem::Problem,
    registry::{
        Registry,
        own::{OwnRegistry, normal},
    },
    store::{AccountKey, NewOwnChange, OwnChange, OwnChanged, Store},
};

/// Adds a change to the newest entries, whatever they are when it is its turn.
pub(crate) async fn keep(
    store: &Store,
    registry: &Registry,
    account: AccountKey,
    change: NewOwnChange,
) -> Result<(OwnChange, String), Problem> {
    loop {
        let own = registry.own(account);
        let (kept, entry) = checked(registry, &own, &change)?;
        match store.change_own(account, own.revision(), vec![change.clone()]).await? {
            OwnChanged::To(_) => {
                registry.refresh(store).await?;
                return Ok((kept, entry));
            }
            OwnChanged::Overtaken => registry.refresh(store).await?,
        }
    }
}

/// The change as it would be kept, if the entries that it leads to can be read.
pub(crate) fn checked(
    registry: &Registry,
    own: &OwnRegistry,
    change: &NewOwnChange,
) -> Result<(OwnChange, String), Problem> {
    let entries = own.entries().iter().count();
    if change.entry.is_some() && entries >= config::OWN_ENTRIES_MAX {
        let detail = format!("The account has {entries} entries, the most it may have: delete some.");
        return Err(Problem::Conflict { detail });
    }
    let revision = own.revision() + 1;
    if revision > config::OWN_CHANGES_MAX {
        let detail = "The account's entries were changed too often to be changed again.".to_owned();
        return Err(Problem::Conflict { detail });
    }
    let NewOwnChange { kind, name, valid_from, entry, entered_by, entered_at_ms } = change.clone();
    let text = entry.clone().unwrap_or_default();
    let kept =
        OwnChange { revision, kind: kind.to_owned(), name, valid_from, entry, entered_by, entered_at_ms };
    let would_be = own.with([kept.clone()]).on(registry.default_set());
    would_be.map_err(|error| Problem::invalid("", format!("cannot be kept: {}", error.fault)))?;
    Ok((kept, text))
}

/// Entries to take away.
pub(crate) struct Gone {
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    /// Only the one with this first day; empty for the one without.
    pub(crate) valid_from: Option<String>,
}

/// Takes entries of a name away.
pub(crate) async fn take_away(
    store: &Store,
    registry: &Registry,
    account: AccountKey,
    gone: Gone,
    entered_by: String,
) -> Result<(), Problem> {
    let Gone { kind, name, valid_from } = gone;
    if valid_from.as_deref().is_some_and(|day| !day.is_empty() && clock::date(day).is_none()) {
        return Err(Problem::invalid("valid_from", "must be a day such as 2026-10-05, or empty"));
    }
    let name = normal(&name);
    loop {
        let own = registry.own(account);
        let entries = own.entries();
        let of_name = entries.iter().map(|(change, _)| change).filter(|change| {
            change.kind == kind
                && change.name == name
                && valid_from.as_ref().is_none_or(|day| change.valid_from == *day)
        });
        let changes: Vec<NewOwnChange> = of_name
            .map(|change| NewOwnChange {
                kind,
                name: name.clone(),
                valid_from: change.valid_from.clone(),
                entry: None,
                entered_by: entered_by.clone(),
                entered_at_ms: now().as_millisecond(),
            })
            .collect();
        if changes.is_empty() {
            return Err(Problem::not_found("entry of that name"));
        }
        let outcome = store.change_own(account, own.revision(), changes).await?;
        registry.refresh(store).await?;
        if matches!(outcome, OwnChanged::To(_)) {
            return Ok(());
        }
    }
}
