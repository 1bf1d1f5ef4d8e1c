//! A change that replaces what the account says of the same name from the same day, whatever kind of entry that is: a name
//! that was mapped may be described instead, and the other way round.

use crate::{
    app::own_changes,
    http::problem::Problem,
    registry::{
        Registry,
        own::{ALIAS, MODEL, OwnRegistry},
    },
    store::{AccountKey, NewOwnChange, Store},
};

/// The entries as they would be, if they can be read.
pub(crate) fn checked(
    registry: &Registry,
    own: &OwnRegistry,
    change: &NewOwnChange,
) -> Result<OwnRegistry, Problem> {
    changes(own, change).iter().try_fold(own.clone(), |own, change| {
        let (change, _) = own_changes::checked(registry, &own, change)?;
        Ok(own.with([change]))
    })
}

/// Makes the change, and answers with the revisions before and after it.
pub(crate) async fn keep(
    store: &Store,
    registry: &Registry,
    account: AccountKey,
    change: &NewOwnChange,
) -> Result<[u64; 2], Problem> {
    let checked = |own: &OwnRegistry| {
        checked(registry, own, change)?;
        Ok((changes(own, change), ()))
    };
    let ((), revisions) = own_changes::make(store, registry, account, checked).await?;
    Ok(revisions)
}

/// The change, after the removal of what contradicts it.
fn changes(own: &OwnRegistry, change: &NewOwnChange) -> Vec<NewOwnChange> {
    let entries = own.entries();
    let others = [ALIAS, MODEL].into_iter().filter(|kind| {
        *kind != change.kind
            && entries.iter().any(|(other, _)| {
                other.kind == *kind && other.name == change.name && other.valid_from == change.valid_from
            })
    });
    let removed = others.map(|kind| NewOwnChange { kind, entry: None, ..change.clone() });
    removed.chain([change.clone()]).collect()
}
