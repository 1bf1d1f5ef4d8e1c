//! An account's own registry: what it says of names in its own calls.
//!
//! A change counts for open months at once, for calls that were sent before as well. A closed month stays as it is; a
//! restatement shows the step.

pub(crate) mod preview;
pub(crate) mod replacement;
pub(crate) mod request;

use crate::{
    app::{
        App,
        own_changes::{self, Removal},
    },
    base::clock::{self, now},
    http::{answer::Answer, caller::Caller, problem::Problem, request::Input},
    registry::own::{ALIAS, AliasEntry, MODEL, ModelEntry, normal},
    store::{AccountKey, NewOwnChange, OwnChange},
};
use request::{AliasRequest, ModelRequest, Said};
use serde::Serialize;
use std::borrow::Cow;

#[derive(Serialize)]
struct EntriesAnswer {
    /// The set that values the account's calls now.
    factor_set: String,
    revision: u64,
    entries: Vec<EntryAnswer>,
}

#[derive(Serialize)]
struct EntryAnswer {
    name: String,
    valid_from: Option<String>,
    #[serde(flatten)]
    entry: Entry,
    entered_by: String,
    entered_at: String,
    revision: u64,
}

/// As it is written now: an entry of an earlier program may lack a field.
#[derive(Serialize)]
#[serde(untagged)]
enum Entry {
    Alias(AliasEntry),
    Model(Box<ModelEntry>),
}

#[derive(Serialize)]
struct ChangedAnswer {
    factor_set: String,
    #[serde(flatten)]
    entry: EntryAnswer,
    /// What it would do to the account's open months.
    #[serde(skip_serializing_if = "Option::is_none")]
    preview: Option<Vec<preview::MonthPreview>>,
}

/// `GET /api/v1/models/aliases`
pub(crate) fn aliases(app: &App, input: &Input) -> Result<Answer, Problem> {
    list(app, input, ALIAS, None)
}

/// `GET /api/v1/models/aliases/{name}`
pub(crate) fn alias(app: &App, input: &Input, name: &str) -> Result<Answer, Problem> {
    list(app, input, ALIAS, Some(name))
}

/// `GET /api/v1/models/own`
pub(crate) fn models(app: &App, input: &Input) -> Result<Answer, Problem> {
    list(app, input, MODEL, None)
}

/// `GET /api/v1/models/own/{name}`
pub(crate) fn model(app: &App, input: &Input, name: &str) -> Result<Answer, Problem> {
    list(app, input, MODEL, Some(name))
}

/// `PUT /api/v1/models/aliases/{name}`
pub(crate) async fn set_alias(app: &App, input: &Input, name: String) -> Result<Answer, Problem> {
    let request: AliasRequest = input.json()?;
    let set = app.registry.current(input.caller()?.account);
    put(app, input, ALIAS, request.said(&set, &name)?).await
}

/// `PUT /api/v1/models/own/{name}`
pub(crate) async fn set_model(app: &App, input: &Input, name: String) -> Result<Answer, Problem> {
    let request: ModelRequest = input.json()?;
    put(app, input, MODEL, request.said(app.registry.default_set(), &name)?).await
}

/// `DELETE /api/v1/models/aliases/{name}`
pub(crate) async fn remove_alias(app: &App, input: &Input, name: &str) -> Result<Answer, Problem> {
    remove(app, input, ALIAS, name).await
}

/// `DELETE /api/v1/models/own/{name}`
pub(crate) async fn remove_model(app: &App, input: &Input, name: &str) -> Result<Answer, Problem> {
    remove(app, input, MODEL, name).await
}

fn list(app: &App, input: &Input, kind: &'static str, name: Option<&str>) -> Result<Answer, Problem> {
    let account = input.caller()?.account;
    let registry = app.registry.own(account);
    let name = name.map(normal);
    let entries: Vec<EntryAnswer> = registry
        .entries()
        .iter()
        .filter(|(change, _)| change.kind == kind && name.as_ref().is_none_or(|name| change.name == *name))
        .map(|(change, entry)| answer(change, entry))
        .collect::<Result<_, _>>()?;
    if name.is_some() && entries.is_empty() {
        return Err(Problem::not_found("entry of that name"));
    }
    let factor_set = app.registry.current(account).as_str().to_owned();
    Answer::ok(&EntriesAnswer { factor_set, revision: registry.revision(), entries })
}

async fn put(app: &App, input: &Input, kind: &'static str, said: Said) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    let [dry_run] = input.query_values(["dry_run"])?;
    let dry_run = is_dry(dry_run.as_deref())?;
    let change = entered(app, caller, kind, said).await?;
    if !dry_run {
        let (change, entry) = own_changes::keep(&app.store, &app.registry, caller.account, change).await?;
        return changed(app, caller.account, &change, &entry, None);
    }
    let registry = app.registry.own(caller.account);
    let (change, entry) = own_changes::checked(&app.registry, &registry, &change)?;
    let would_be = registry.with([change.clone()]).on(app.registry.default_set());
    let sets = [app.registry.current(caller.account), would_be.map_err(Problem::internal)?];
    let preview = preview::months(app, caller.account, sets).await?;
    changed(app, caller.account, &change, &entry, Some(preview))
}

/// Whether nothing is to be kept.
pub(crate) fn is_dry(dry_run: Option<&str>) -> Result<bool, Problem> {
    match dry_run {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Problem::invalid("dry_run", "must be true or false")),
    }
}

/// An entry as a change by who is calling.
pub(crate) async fn entered(
    app: &App,
    caller: Caller,
    kind: &'static str,
    said: Said,
) -> Result<NewOwnChange, Problem> {
    let Said { name, valid_from, entry } = said;
    Ok(NewOwnChange {
        kind,
        name,
        valid_from,
        entry: Some(entry),
        entered_by: app.entered_by(caller).await?,
        entered_at_ms: now().as_millisecond(),
    })
}

fn changed(
    app: &App,
    account: AccountKey,
    change: &OwnChange,
    entry: &str,
    preview: Option<Vec<preview::MonthPreview>>,
) -> Result<Answer, Problem> {
    let factor_set = app.registry.current(account).as_str().to_owned();
    Answer::ok(&ChangedAnswer { factor_set, entry: answer(change, entry)?, preview })
}

async fn remove(app: &App, input: &Input, kind: &'static str, name: &str) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    let [valid_from] = input.query_values(["valid_from"])?;
    let removal = Removal { kind, name: name.to_owned(), valid_from: valid_from.map(Cow::into_owned) };
    own_changes::remove(&app.store, &app.registry, caller.account, removal, app.entered_by(caller).await?)
        .await?;
    Ok(Answer::no_content())
}

fn answer(change: &OwnChange, entry: &str) -> Result<EntryAnswer, Problem> {
    let unreadable = |error| Problem::Internal(format!("an own entry: {error}"));
    let entry = match change.kind.as_str() {
        ALIAS => serde_json::from_str(entry).map(Entry::Alias),
        _ => serde_json::from_str(entry).map(Entry::Model),
    };
    Ok(EntryAnswer {
        name: change.name.clone(),
        valid_from: Some(change.valid_from.clone()).filter(|day| !day.is_empty()),
        entry: entry.map_err(unreadable)?,
        entered_by: change.entered_by.clone(),
        entered_at: clock::rfc_3339_of(change.entered_at_ms),
        revision: change.revision,
    })
}

impl App {
    /// Who is calling, in words that an auditor can follow up.
    pub(crate) async fn entered_by(&self, caller: Caller) -> Result<String, Problem> {
        let name = match caller.key {
            Some(hash) => self.store.key_name(caller.account, hash).await?,
            None => Some(self.store.profile(caller.account).await?.email),
        };
        name.ok_or(Problem::Unauthorised)
    }
}
