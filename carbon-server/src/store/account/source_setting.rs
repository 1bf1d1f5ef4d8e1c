//! How calls imported from other tools are assigned to a tenant.

use crate::store::{
    error::StoreError,
    key::AccountKey,
    ledger::Store,
    sql::{self, Connection, OptionalExtension, params},
};

/// What an account says of calls that come from elsewhere than `/track`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SourceSetting {
    /// The tenant of a call that names none; `None`: it is rejected.
    pub(crate) default_tenant_id: Option<String>,
    /// Attributes of a span, or of its resource, that name the tenant: the first that is there.
    pub(crate) span_attributes: Vec<String>,
    /// Fields of what LiteLLM says that name the tenant: the first that is there.
    pub(crate) litellm_fields: Vec<String>,
    /// Instrumentation scopes whose spans are ignored.
    pub(crate) ignored_scopes: Vec<String>,
}

impl Default for SourceSetting {
    fn default() -> Self {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        SourceSetting {
            default_tenant_id: Some("default".to_owned()),
            span_attributes: names(&["tenant.id"]),
            litellm_fields: names(&["end_user", "team_id"]),
            ignored_scopes: Vec::new(),
        }
    }
}

const SETTING: &str = "select default_tenant_id, span_attributes, litellm_fields, ignored_scopes from source_setting where account_key = ?1";

const SET_SETTING: &str = "
    insert into source_setting (account_key, default_tenant_id, span_attributes, litellm_fields, ignored_scopes)
    values (?1, ?2, ?3, ?4, ?5)
    on conflict (account_key) do update set default_tenant_id = ?2, span_attributes = ?3, litellm_fields = ?4,
                                            ignored_scopes = ?5";

impl Store {
    /// What an account says of such calls.
    pub(crate) async fn source_setting(&self, account: AccountKey) -> Result<SourceSetting, StoreError> {
        self.books.of(account).read(move |connection| setting(connection, account)).await
    }

    /// Replaces it.
    pub(crate) async fn set_source_setting(
        &self,
        account: AccountKey,
        setting: SourceSetting,
    ) -> Result<(), StoreError> {
        let write = move |connection: &Connection| {
            let SourceSetting { default_tenant_id, span_attributes, litellm_fields, ignored_scopes } =
                &setting;
            let [span_attributes, litellm_fields, ignored_scopes] =
                [json(span_attributes)?, json(litellm_fields)?, json(ignored_scopes)?];
            let values =
                params![account.0, default_tenant_id, span_attributes, litellm_fields, ignored_scopes];
            connection.change_one(SET_SETTING, values)?;
            Ok(())
        };
        self.books.of(account).write(write).await
    }
}

fn setting(connection: &Connection, account: AccountKey) -> sql::Result<SourceSetting> {
    let found = connection.prepare_cached(SETTING)?.query_row([account.0], |row| {
        let names =
            |column| serde_json::from_str(row.get_ref(column)?.as_str()?).map_err(sql::Error::unreadable);
        Ok(SourceSetting {
            default_tenant_id: row.get(0)?,
            span_attributes: names(1)?,
            litellm_fields: names(2)?,
            ignored_scopes: names(3)?,
        })
    });
    Ok(found.optional()?.unwrap_or_default())
}

fn json(names: &[String]) -> sql::Result<String> {
    serde_json::to_string(names).map_err(sql::Error::unreadable)
}
