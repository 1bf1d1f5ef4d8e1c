//! Links that open one client's dashboard.

use crate::{
    app::App,
    auth::signed_token,
    base::clock,
    base::{clock::now, ids::new_id},
    config,
    http::{
        answer::Answer,
        faults::{Faults, unnoticed},
        problem::Problem,
        request::Input,
    },
    store::DashboardLink,
};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkRequest {
    pub(crate) expires_in_days: Option<i64>,
}

#[derive(Serialize)]
pub(crate) struct LinkAnswer {
    id: String,
    /// Shown once.
    url: String,
    expires_at: String,
}

#[derive(Serialize)]
struct LinksAnswer {
    links: Vec<LinkListing>,
}

#[derive(Serialize)]
struct LinkListing {
    id: String,
    created_at: String,
    expires_at: String,
    revoked_at: Option<String>,
}

/// `POST /api/v1/tenants/{tenant_id}/dashboard-links`
pub(crate) async fn create(app: &App, input: &Input, tenant_id: String) -> Result<Answer, Problem> {
    Answer::created(&make(app, input, tenant_id, input.json()?).await?)
}

/// Creates a link.
pub(crate) async fn make(
    app: &App,
    input: &Input,
    tenant_id: String,
    LinkRequest { expires_in_days }: LinkRequest,
) -> Result<LinkAnswer, Problem> {
    let mut faults = Faults::default();
    let days = faults.required("/expires_in_days", expires_in_days);
    if days.is_some_and(|days| !(1..=config::LINK_DAYS_MAX).contains(&days)) {
        faults.add("/expires_in_days", format!("must be 1 to {}", config::LINK_DAYS_MAX));
    }
    faults.none()?;
    let lasts = SignedDuration::from_hours(24 * days.ok_or_else(unnoticed)?);
    let (id, now) = (new_id(), now());
    let [now_ms, expires_at_ms] = [now, now + lasts].map(jiff::Timestamp::as_millisecond);
    let account = input.caller()?.account;
    let link_key =
        app.store.add_dashboard_link(account, tenant_id, id.clone(), now_ms, expires_at_ms).await?;
    let link_key = link_key.ok_or_else(|| Problem::not_found("tenant"))?;
    let url = url(app, input, link_key);
    Ok(LinkAnswer { id, url, expires_at: clock::rfc_3339_of(expires_at_ms) })
}

/// The URL of a link.
pub(crate) fn url(app: &App, input: &Input, link_key: i64) -> String {
    format!("{}/d/{}", app.network.url(input), signed_token::link(app.store.link_secret(), link_key))
}

/// `GET /api/v1/tenants/{tenant_id}/dashboard-links`
pub(crate) async fn list(app: &App, input: &Input, tenant_id: String) -> Result<Answer, Problem> {
    let links = app.store.dashboard_links(input.caller()?.account, tenant_id).await?;
    let links = links.ok_or_else(|| Problem::not_found("tenant"))?.into_iter().map(row).collect();
    Answer::ok(&LinksAnswer { links })
}

fn row(link: DashboardLink) -> LinkListing {
    let DashboardLink { link_id, created_at_ms, expires_at_ms, revoked_at_ms, .. } = link;
    LinkListing {
        id: link_id,
        created_at: clock::rfc_3339_of(created_at_ms),
        expires_at: clock::rfc_3339_of(expires_at_ms),
        revoked_at: revoked_at_ms.map(clock::rfc_3339_of),
    }
}

/// `DELETE /api/v1/tenants/{tenant_id}/dashboard-links/{id}`: it stops working at once.
pub(crate) async fn revoke(
    app: &App,
    input: &Input,
    tenant_id: String,
    link_id: String,
) -> Result<Answer, Problem> {
    let account = input.caller()?.account;
    let revoked =
        app.store.revoke_dashboard_link(account, tenant_id, link_id, now().as_millisecond()).await?;
    if revoked { Ok(Answer::no_content()) } else { Err(Problem::not_found("dashboard link")) }
}
