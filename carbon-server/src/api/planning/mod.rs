//! What could be, and what shall be: changes of use, and targets. Its rows of the table of the API.

mod request;
pub(crate) mod targets;
mod whatif;

pub(crate) use request::{ChangeRequest, MatchRequest, WhatIfRequest, wanted};
pub(crate) use targets::{TargetAnswer, answer as target_answer};
pub(crate) use whatif::{Asked, EffectAnswer, WhatIfAnswer, answered};

use crate::{
    app::operation::{Operation, handler},
    http::route::Access::{Read, ReadLive, WriteLive},
    openapi::{described::plain, schema::month},
};
use serde_json::json;

/// Its operations.
pub(crate) const PLANNING: &[Operation] = &[
    Operation::post("/api/v1/whatif", Read, handler!(|app, input| whatif::show(app, &input).await))
        .described(|_| plain("usage", "Show what a change of use would do")
            .describe("Compares a month's activity, of one client or of all, with the same activity after changes. Errors that both share cancel: \
                       see the ratio's range. Each change is also shown alone. Nothing is stored.")
            .takes("WhatIfRequest", json!({"month": "2026-10", "changes": [{"output_tokens": "-20 %"}]}))
            .answers(200, "WhatIf")
            .can_miss()),
    Operation::get("/api/v1/tenants/{tenant_id}/targets", ReadLive, handler!(|app, input, tenant_id| targets::list(app, &input, tenant_id).await))
        .described(|_| plain("tenants", "Show a tenant's targets and where its figures lie")
            .query("month", month(), "The month of the figures; by default the current one.")
            .answers(200, "Targets")
            .can_miss()),
    Operation::put("/api/v1/tenants/{tenant_id}/targets/{target_name}", WriteLive, handler!(|app, input, tenant_id, target_name| targets::set(app, &input, tenant_id, target_name).await))
        .described(|_| plain("tenants", "Set a target of a tenant")
            .describe("Always gross: nothing is taken off emissions. Reports that are issued later show it with the figure.")
            .takes("TargetRequest", json!({"grams": 1.5, "per": "thousand_tokens"}))
            .answers(200, "Target")
            .can_miss()
            .problem(409, "The tenant has as many targets as it may have.")),
    Operation::delete("/api/v1/tenants/{tenant_id}/targets/{target_name}", WriteLive, handler!(|app, input, tenant_id, target_name| targets::remove(app, &input, tenant_id, target_name).await))
        .described(|_| plain("tenants", "Remove a target of a tenant").answers_nothing().can_miss()),
];
