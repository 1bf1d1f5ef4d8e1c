//! Restating a closed month: old, new, difference and reason.

use crate::{
    app::App,
    base::{
        clock::{self, now},
        ids::new_id,
    },
    config,
    http::{
        answer::Answer,
        faults::{Faults, unnoticed},
        problem::Problem,
        request::{Input, wanted_factor_set},
    },
    ingest::time,
    report::{
        figures::{FiguresChange, StatedFigures},
        market::MarketFiguresChange,
    },
    store::{RestatedTenant, StatedMonth, StoredRestatement},
};
use carbon_core::FactorSet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RestatementRequest {
    month: Option<String>,
    /// By default the newest.
    factor_set: Option<String>,
    reason: Option<String>,
}

#[derive(Serialize)]
struct RestatementAnswer<'a> {
    restatement_id: &'a str,
    month: String,
    reason: &'a str,
    created_at: String,
    old_factor_set: &'a str,
    new_factor_set: &'a str,
    tenants: Vec<TenantChange<'a>>,
}

#[derive(Serialize)]
struct TenantChange<'a> {
    /// `null` once it is erased.
    tenant_id: Option<&'a str>,
    #[serde(flatten)]
    total: FiguresChange,
    /// By the market-based method, where the month was or is stated by that, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    market_co2_grams: Option<MarketFiguresChange>,
    models: Vec<ModelFiguresChange>,
}

#[derive(Serialize)]
struct ModelFiguresChange {
    /// As it was sent.
    model: String,
    #[serde(flatten)]
    change: FiguresChange,
}

/// `POST /api/v1/restatements`
pub(crate) async fn create(app: &App, input: &Input) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    let now = now();
    let RestatementRequest { month, factor_set, reason } = input.json()?;
    let mut faults = Faults::default();
    let month = faults.required("/month", month);
    let month = month.and_then(|text| time::month(&mut faults, "/month", &text, now));
    let reason = faults.required_printed("/reason", reason, config::REASON_BYTES_MAX);
    faults.none()?;
    let (month, reason) = month.zip(reason).ok_or_else(unnoticed)?;
    let set = wanted_factor_set(&app.registry, caller.account, "/factor_set", factor_set.as_deref())?;
    // Reading a month keeps a core busy.
    let _turn = app.queues.long.acquire(caller.account).await?;
    loop {
        let stated = app.store.stated_month(caller.account, month).await?;
        let stated = stated.ok_or_else(|| Problem::Conflict {
            detail: format!("{month} is open: its figures still change. Close it first."),
        })?;
        let last_event_key = stated.last_event_key;
        let after = stated.newest.as_ref().map(|newest| newest.restatement_id.clone());
        let (reason, restatement_id, created_at_ms) = (reason.clone(), new_id(), now.as_millisecond());
        let set = set.clone();
        let restate = move || {
            let new = StoredRestatement {
                restatement_id,
                month,
                tenants: restated(&stated, &set),
                old_factor_set: stated.factor_set,
                factor_set: set.as_str().to_owned(),
                reason,
                created_at_ms,
            };
            (new, stated.newest)
        };
        let (new, newest) = app.queues.pages.run(caller.account, restate).await?;
        // The same request again changes nothing and gets the same response.
        if let Some(newest) = newest.filter(|newest| says_the_same(newest, &new)) {
            return created(&newest);
        }
        if app.store.save_restatement(caller.account, new.clone(), after, last_event_key).await? {
            return created(&new);
        }
        // Another request restated the month meanwhile, so the old figures are different now.
    }
}

/// Whether a request would repeat the newest restatement.
fn says_the_same(newest: &StoredRestatement, new: &StoredRestatement) -> bool {
    let figures = |restatement: &StoredRestatement| -> Vec<String> {
        restatement.tenants.iter().map(|tenant| tenant.figures.clone()).collect()
    };
    newest.factor_set == new.factor_set && newest.reason == new.reason && figures(newest) == figures(new)
}

fn restated(stated: &StatedMonth, set: &FactorSet) -> Vec<RestatedTenant> {
    let tenants = stated.tenants.iter().map(|tenant| RestatedTenant {
        tenant_key: tenant.tenant_key,
        tenant_id: tenant.tenant_id.clone(),
        old_figures: tenant.figures.clone().unwrap_or_else(|| StatedFigures::none().to_json()),
        figures: StatedFigures::of(&tenant.activity, &tenant.market, set).to_json(),
        events: tenant.events,
    });
    tenants.collect()
}

/// `GET /api/v1/restatements/{restatement_id}`
pub(crate) async fn show(app: &App, input: &Input, restatement_id: String) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    let found = app.store.restatement(caller.account, restatement_id).await?;
    Answer::ok(&answer(&found.ok_or_else(|| Problem::not_found("restatement"))?)?)
}

fn created(restatement: &StoredRestatement) -> Result<Answer, Problem> {
    Answer::created(&answer(restatement)?)
}

fn answer(restatement: &StoredRestatement) -> Result<RestatementAnswer<'_>, Problem> {
    let StoredRestatement {
        restatement_id,
        month,
        old_factor_set,
        factor_set,
        reason,
        created_at_ms,
        tenants,
    } = restatement;
    Ok(RestatementAnswer {
        restatement_id,
        month: month.to_string(),
        reason,
        created_at: clock::rfc_3339_of(*created_at_ms),
        old_factor_set,
        new_factor_set: factor_set,
        tenants: tenants.iter().map(tenant_change).collect::<Result<_, _>>()?,
    })
}

fn tenant_change(tenant: &RestatedTenant) -> Result<TenantChange<'_>, Problem> {
    let (old, new) =
        (StatedFigures::from_json(&tenant.old_figures)?, StatedFigures::from_json(&tenant.figures)?);
    let models: BTreeSet<&String> = old.models.keys().chain(new.models.keys()).collect();
    let models = models.into_iter().map(|model| ModelFiguresChange {
        model: model.clone(),
        change: FiguresChange::between(old.models.get(model), new.models.get(model)),
    });
    Ok(TenantChange {
        tenant_id: tenant.tenant_id.as_deref(),
        models: models.collect(),
        market_co2_grams: MarketFiguresChange::between(old.market.as_ref(), new.market.as_ref()),
        total: FiguresChange::between(Some(&old.total), Some(&new.total)),
    })
}
