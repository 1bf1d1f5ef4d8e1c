//! Answers to recipients that asked for footprints: an event for their own API, fulfilled or rejected. The outbox delivers it.

use crate::{
    app::App,
    http::{
        problem::Problem,
        webhook::{NotTaken, Sender},
    },
    pact::{
        Criteria,
        footprint::{self, Footprint},
    },
    report::issue::{ReportRequest, issue},
    store::{AnswersTo, OutboxMessage, PactRequest, Recipient},
};
use carbon_report::{Month, Status};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The event that answers a request: with the footprints that match, or a rejection where there are none.
pub(crate) async fn answer(
    app: &App,
    message: &OutboxMessage,
    request: &PactRequest,
    now: Timestamp,
) -> Result<Value, Problem> {
    let PactRequest { recipient, event_id, .. } = request;
    let criteria: Criteria = serde_json::from_str(&message.payload).map_err(Problem::internal)?;
    issue_what_is_asked(app, recipient, &criteria, now).await?;
    let _turn = app.queues.queries.acquire(recipient.account).await?;
    let mut found = Vec::new();
    for footprint in footprint::of(app, recipient).await? {
        let document = footprint::document(app, recipient, &footprint).await?;
        found.extend(document.filter(|document| criteria.fits(document)));
    }
    let (word, data) = if found.is_empty() {
        let message = "No footprint of a closed month matches.";
        let error = json!({"code": "NotFound", "message": message});
        ("RequestRejectedEvent", json!({"requestEventId": event_id, "error": error}))
    } else {
        ("RequestFulfilledEvent", json!({"requestEventId": event_id, "pfs": found}))
    };
    Ok(json!({
        "type": format!("org.wbcsd.pact.ProductFootprint.{word}.3"),
        "specversion": "1.0",
        "id": message.message_id,
        "source": format!("{}/3/events", app.network.public_url.as_deref().unwrap_or("")),
        "time": now.to_string(),
        "data": data,
    }))
}

/// Issues the report of a closed month that is asked for by product id, where there is none yet.
async fn issue_what_is_asked(
    app: &App,
    recipient: &Recipient,
    criteria: &Criteria,
    now: Timestamp,
) -> Result<(), Problem> {
    for product_id in &criteria.product_id {
        // Product ids end in their month.
        let month = product_id.len().checked_sub("2026-10".len()).and_then(|place| product_id.get(place..));
        let Some(month) = month.and_then(|text| text.parse::<Month>().ok()) else { continue };
        let all: Vec<Footprint> = footprint::of(app, recipient).await?;
        if all.iter().any(|footprint| footprint.month == month && footprint.is_active) {
            continue;
        }
        let tenant_id = recipient.tenant_id.clone();
        let found =
            app.store.month_of_tenant(recipient.account, tenant_id.clone(), month, None, Vec::new()).await?;
        let Some(found) =
            found.filter(|found| found.basis.status() == Status::Final && !found.activity.is_empty())
        else {
            continue;
        };
        if found.supplier.product_id(&tenant_id, month).eq_ignore_ascii_case(product_id) {
            issue(
                &app.store,
                app.renderer(),
                recipient.account,
                &ReportRequest::plain(tenant_id, month),
                now,
            )
            .await?;
        }
    }
    Ok(())
}

/// Sends an event to a recipient's API, with a token that it gives for that. Blocks.
pub(crate) fn send_answer(sender: &Sender, answers: &AnswersTo, event: &str) -> Result<(), NotTaken> {
    let base = answers.url.trim_end_matches('/');
    let token_url = answers.token_url.clone().unwrap_or_else(|| format!("{base}/auth/token"));
    let token = sender.token(&token_url, &answers.client_id, &answers.client_secret)?;
    sender.post(&format!("{base}/3/events"), &token, crate::http::media_type::CLOUD_EVENT, event)
}
