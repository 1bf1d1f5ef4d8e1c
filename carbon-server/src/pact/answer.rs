//! Answering a recipient that has asked for footprints: an event to its own API, fulfilled or rejected.

use crate::{
    app::App,
    base::clock::now,
    http::{
        problem::Problem,
        webhook::{NotTaken, Sender, again},
    },
    pact::{
        Criteria,
        footprint::{self, Footprint},
    },
    report::issue::{ReportRequest, issue},
    store::{AccountKey, AnswersTo, Attempted, DueAnswer, StoreError},
};
use carbon_report::{Month, Status};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Answers a request that waits, and notes what became of it.
pub(crate) async fn answer(app: &App, account: AccountKey, pact_event_key: i64) -> Result<(), StoreError> {
    let Some(due) = app.store.take_answer(account, pact_event_key, now().as_millisecond()).await? else {
        return Ok(());
    };
    let attempted = match event(app, &due, now()).await {
        Ok(event) => {
            let (sender, answers) = (app.outgoing.webhooks.clone(), due.answers.clone());
            let sent = tokio::task::spawn_blocking(move || send(&sender, &answers, &event.to_string())).await;
            match sent {
                Ok(Ok(())) => Attempted::DeliveredAt(now().as_millisecond()),
                Ok(Err(error)) => {
                    tracing::info!(answer = due.answer_id, %error, "a PACT answer was not accepted");
                    again(due.attempts, now())
                }
                Err(_) => return Ok(()),
            }
        }
        Err(problem) => {
            tracing::warn!(
                answer = due.answer_id,
                cause = problem.cause().unwrap_or_else(|| problem.in_a_sentence()),
                "a PACT request was not answered"
            );
            again(due.attempts, now())
        }
    };
    app.store.note_answer(account, pact_event_key, attempted).await
}

/// The event that answers: with the footprints that fit, or that there are none.
async fn event(app: &App, due: &DueAnswer, now: Timestamp) -> Result<Value, Problem> {
    let criteria: Criteria = serde_json::from_str(&due.asked).map_err(Problem::internal)?;
    issue_what_is_asked(app, due, &criteria, now).await?;
    let _turn = app.queues.queries.acquire().await?;
    let mut found = Vec::new();
    for footprint in footprint::of(app, &due.recipient).await? {
        let document = footprint::document(app, &due.recipient, &footprint).await?;
        found.extend(document.filter(|document| criteria.fits(document)));
    }
    let (word, data) = if found.is_empty() {
        let message = "There is no footprint of a closed month that fits.";
        let error = json!({"code": "NotFound", "message": message});
        ("RequestRejectedEvent", json!({"requestEventId": due.event_id, "error": error}))
    } else {
        ("RequestFulfilledEvent", json!({"requestEventId": due.event_id, "pfs": found}))
    };
    Ok(json!({
        "type": format!("org.wbcsd.pact.ProductFootprint.{word}.3"),
        "specversion": "1.0",
        "id": due.answer_id,
        "source": format!("{}/3/events", app.network.public_url.as_deref().unwrap_or("")),
        "time": now.to_string(),
        "data": data,
    }))
}

/// A closed month that is asked for by its product's name has a report, if it had none.
async fn issue_what_is_asked(
    app: &App,
    due: &DueAnswer,
    criteria: &Criteria,
    now: Timestamp,
) -> Result<(), Problem> {
    let recipient = &due.recipient;
    for product_id in &criteria.product_id {
        // Names end in their month.
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
fn send(sender: &Sender, answers: &AnswersTo, event: &str) -> Result<(), NotTaken> {
    let base = answers.url.trim_end_matches('/');
    let token_url = answers.token_url.clone().unwrap_or_else(|| format!("{base}/auth/token"));
    let token = sender.token(&token_url, &answers.client_id, &answers.client_secret)?;
    sender.post(&format!("{base}/3/events"), &token, crate::http::media_type::CLOUD_EVENT, event)
}
