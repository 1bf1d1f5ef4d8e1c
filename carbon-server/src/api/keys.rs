//! An account's API keys.

use crate::{
    app::App,
    base::clock,
    base::{
        api_key::{ApiKey, KeyKind},
        clock::now,
        ids::new_id,
    },
    config,
    http::{
        answer::Answer,
        faults::{Faults, unnoticed},
        problem::Problem,
        request::Input,
    },
    store::{AccountKey, KeyAdded, ListedKey, NewKey},
};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyRequest {
    pub(crate) kind: Option<String>,
    pub(crate) label: Option<String>,
}

#[derive(Serialize)]
struct KeyAnswer<'a> {
    key_id: &'a str,
    kind: &'a str,
    label: &'a str,
    /// The whole key, shown once.
    api_key: &'a str,
    created_at: String,
}

#[derive(Serialize)]
struct KeysAnswer {
    keys: Vec<KeyRow>,
}

#[derive(Serialize)]
struct KeyRow {
    key_id: String,
    kind: &'static str,
    label: String,
    prefix: String,
    created_at: String,
    /// To the minute.
    last_used_at: Option<String>,
    revoked_at: Option<String>,
}

/// `GET /api/v1/keys`
pub(crate) async fn list(app: &App, input: &Input) -> Result<Answer, Problem> {
    let keys = app.store.keys(input.caller()?.account).await?;
    Answer::ok(&KeysAnswer { keys: keys.into_iter().map(row).collect() })
}

fn row(key: ListedKey) -> KeyRow {
    let ListedKey { key_id, kind, label, prefix, created_at_ms, last_used_at_ms, revoked_at_ms } = key;
    KeyRow {
        key_id,
        kind: kind.as_str(),
        label,
        prefix,
        created_at: clock::rfc_3339_of(created_at_ms),
        last_used_at: last_used_at_ms.map(clock::rfc_3339_of),
        revoked_at: revoked_at_ms.map(clock::rfc_3339_of),
    }
}

/// `POST /api/v1/keys`
pub(crate) async fn create(app: &App, input: &Input) -> Result<Answer, Problem> {
    let (key, NewKey { key_id, kind, label, .. }, now_ms) =
        make(app, input.caller()?.account, input.json()?).await?;
    Answer::created(&KeyAnswer {
        key_id: &key_id,
        kind: kind.as_str(),
        label: &label,
        api_key: key.reveal(),
        created_at: clock::rfc_3339_of(now_ms),
    })
}

/// Creates a key: in the clear, as it is stored, and when.
pub(crate) async fn make(
    app: &App,
    account: AccountKey,
    KeyRequest { kind, label }: KeyRequest,
) -> Result<(ApiKey, NewKey, i64), Problem> {
    let mut faults = Faults::default();
    let kind = faults.required("/kind", kind).and_then(|word| {
        faults.usable("/kind", KeyKind::from_word(&word).ok_or("must be live, test or read"))
    });
    let label = faults.short_text("/label", label, config::LABEL_BYTES_MAX);
    faults.none()?;
    let (key, kept) = generate(kind.ok_or_else(unnoticed)?, label.unwrap_or_default())?;
    let (now_ms, keys_max) = (now().as_millisecond(), app.limits.keys_per_account_max);
    match app.store.add_key(account, kept.clone(), keys_max, now_ms).await? {
        KeyAdded::Added => Ok((key, kept, now_ms)),
        KeyAdded::TooMany => Err(Problem::Conflict {
            detail: format!("The account has {keys_max} active keys: revoke one that is not needed."),
        }),
    }
}

/// `DELETE /api/v1/keys/{key_id}`: it stops working at once. Repeating the request gives the same response.
pub(crate) async fn revoke(app: &App, input: &Input, key_id: String) -> Result<Answer, Problem> {
    let revoked = app.store.revoke_key(input.caller()?.account, key_id, now().as_millisecond()).await?;
    app.keys.forget(revoked.ok_or_else(|| Problem::not_found("key"))?);
    Ok(Answer::no_content())
}

/// A new key in the clear, and what is stored of it.
pub(crate) fn generate(kind: KeyKind, label: String) -> Result<(ApiKey, NewKey), Problem> {
    let key = ApiKey::generate(kind).map_err(Problem::internal)?;
    let kept = NewKey { key_id: new_id(), hash: key.hash(), kind, label, prefix: key.prefix() };
    Ok((key, kept))
}
