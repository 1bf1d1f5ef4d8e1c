//! An account's tenants: their settings, and erasing them.

use crate::{
    api::planning::{TargetAnswer, target_answer},
    app::App,
    base::clock::{self, now},
    config,
    http::{answer::Answer, faults::Faults, problem::Problem, request::Input},
    ingest::{place, text::is_short},
    store::{Side, Tenant, TenantProfile},
};
use carbon_report::{EsrsEdition, Language};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TenantRequest {
    pub(crate) name: Option<String>,
    pub(crate) legal_name: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) carbon_budget_grams: Option<u64>,
    pub(crate) lei: Option<String>,
    pub(crate) standard: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct TenantAnswer {
    tenant_id: String,
    name: Option<String>,
    legal_name: Option<String>,
    language: Option<String>,
    region: Option<String>,
    carbon_budget_grams: Option<u64>,
    lei: Option<String>,
    standard: Option<String>,
    targets: Vec<TargetAnswer>,
    created_at: String,
}

#[derive(Serialize)]
struct TenantsAnswer {
    tenants: Vec<TenantAnswer>,
    /// `cursor` of the next page.
    next: Option<String>,
}

/// `GET /api/v1/tenants`
pub(crate) async fn list(app: &App, input: &Input) -> Result<Answer, Problem> {
    let side = input.caller()?.side();
    let [limit, cursor] = input.query_values(["limit", "cursor"])?;
    let limit = match limit {
        None => config::TENANTS_DEFAULT,
        Some(text) => {
            let limit = text.parse().ok().filter(|limit| (1..=config::TENANTS_MAX).contains(limit));
            let refused = || format!("must be a number from 1 to {}", config::TENANTS_MAX);
            limit.ok_or_else(|| Problem::invalid("limit", refused()))?
        }
    };
    let after = cursor.unwrap_or_default().into_owned();
    // One more than requested, to know whether there is a next page.
    let mut tenants = app.store.tenants(side, after, limit + 1).await?;
    let more = tenants.len() > limit;
    tenants.truncate(limit);
    let next = if more { tenants.last().map(|tenant| tenant.tenant_id.clone()) } else { None };
    Answer::ok(&TenantsAnswer { tenants: tenants.into_iter().map(answer).collect(), next })
}

/// `GET /api/v1/tenants/{tenant_id}`
pub(crate) async fn show(app: &App, input: &Input, tenant_id: String) -> Result<Answer, Problem> {
    let found = app.store.tenant(input.caller()?.side(), tenant_id).await?;
    Answer::ok(&answer(found.ok_or_else(|| Problem::not_found("tenant"))?))
}

/// `PUT /api/v1/tenants/{tenant_id}`: replaces all settings; omitted fields are cleared.
pub(crate) async fn set(app: &App, input: &Input, tenant_id: String) -> Result<Answer, Problem> {
    Answer::ok(&answer(keep(app, input.caller()?.side(), tenant_id, input.json()?).await?))
}

/// Stores a tenant's settings.
pub(crate) async fn keep(
    app: &App,
    side: Side,
    tenant_id: String,
    request: TenantRequest,
) -> Result<Tenant, Problem> {
    let mut faults = Faults::default();
    if !is_short(&tenant_id, config::ID_BYTES_MAX) {
        faults.add(
            "tenant_id",
            format!("must be 1 to {} bytes without control characters", config::ID_BYTES_MAX),
        );
    }
    let name = faults.short_text("/name", request.name, config::NAME_BYTES_MAX);
    let legal_name = faults.short_text("/legal_name", request.legal_name, config::NAME_BYTES_MAX);
    let language = request.language.and_then(|code| faults.usable("/language", code.parse::<Language>()));
    let region = place::region(app.registry.default_set(), &mut faults, request.region, None);
    let budget = request.carbon_budget_grams;
    let budget_max = config::CARBON_BUDGET_GRAMS_MAX;
    if budget.is_some_and(|grams| !(1..=budget_max).contains(&grams)) {
        faults.add("/carbon_budget_grams", format!("must be 1 to {budget_max}"));
    }
    let lei = faults.lei("/lei", request.lei);
    let standard = request.standard.and_then(|word| faults.usable("/standard", word.parse::<EsrsEdition>()));
    faults.none()?;
    let profile = TenantProfile {
        name,
        legal_name,
        language: language.map(|language| language.as_str().to_owned()),
        region,
        carbon_budget_grams: budget,
        lei,
        standard: standard.map(|edition| edition.as_str().to_owned()),
    };
    let kept = app.store.set_tenant(side, tenant_id, profile, now().as_millisecond()).await?;
    kept.ok_or_else(|| Problem::not_found("tenant"))
}

/// `DELETE /api/v1/tenants/{tenant_id}`: deletes its names permanently. Sums and closed months stay, without a name.
pub(crate) async fn erase(app: &App, input: &Input, tenant_id: String) -> Result<Answer, Problem> {
    let side = input.caller()?.side();
    if !app.store.erase_tenant(side, tenant_id.clone(), now().as_millisecond()).await? {
        return Err(Problem::not_found("tenant"));
    }
    // Reports are about live events, so a test tenant is in none.
    if !side.is_test {
        app.report_batches.forget(side.account, &tenant_id);
    }
    Ok(Answer::no_content())
}

pub(crate) fn answer(tenant: Tenant) -> TenantAnswer {
    let Tenant { tenant_id, profile, targets, created_at_ms } = tenant;
    let TenantProfile { name, legal_name, language, region, carbon_budget_grams, lei, standard } = profile;
    let created_at = clock::rfc_3339_of(created_at_ms);
    TenantAnswer {
        tenant_id,
        name,
        legal_name,
        language,
        region,
        carbon_budget_grams,
        lei,
        standard,
        targets: targets.iter().map(target_answer).collect(),
        created_at,
    }
}
