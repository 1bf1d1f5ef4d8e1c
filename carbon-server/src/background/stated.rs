//! What messages about a report repeat of it, and where its client sees more.

use crate::{
    app::App,
    auth::signed_token,
    base::{clock::now, exact::ExactRange},
    http::problem::Problem,
    store::{AccountKey, StoreError},
};
use carbon_report::{Coverage, Form, Heading, attached};
use serde::Deserialize;

/// The part of a statement that messages repeat.
#[derive(Deserialize)]
pub(super) struct Stated {
    pub(super) heading: Heading,
    pub(super) total: Total,
    pub(super) coverage: Coverage,
}

#[derive(Deserialize)]
pub(super) struct Total {
    pub(super) co2_grams: Option<ExactRange>,
}

/// Read from a report. It may take a moment.
pub(super) fn stated_in(pdf: &[u8]) -> Result<Stated, Problem> {
    let json = attached(pdf, Form::Statement.name())
        .ok_or_else(|| Problem::internal("a report without a statement"))?;
    serde_json::from_slice(&json).map_err(Problem::internal)
}

/// The newest link to a tenant's dashboard that can be opened, where it has one.
pub(super) async fn dashboard_url(
    app: &App,
    account: AccountKey,
    tenant_id: &str,
) -> Result<Option<String>, StoreError> {
    let links = app.store.dashboard_links(account, tenant_id.to_owned()).await?;
    let now_ms = now().as_millisecond();
    let mut open = links.into_iter().flatten().rev();
    let open = open.find(|link| link.revoked_at_ms.is_none() && link.expires_at_ms > now_ms);
    Ok(open.map(|link| {
        let token = signed_token::link(app.store.link_secret(), link.link_key);
        format!("{}/d/{token}", app.network.public_url.as_deref().unwrap_or(""))
    }))
}
