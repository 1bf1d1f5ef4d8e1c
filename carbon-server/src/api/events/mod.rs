//! Single events, and why each has its figure. Their rows of the table of the API.

mod answer;
mod explanation;
mod query;

pub(crate) use answer::{EventAnswer, PageAnswer};
pub(crate) use explanation::{ExplainedEvent, PartAnswer, explained};
pub(crate) use query::{EventFilters, answered};

use crate::{
    app::{
        App,
        operation::{Operation, handler},
    },
    base::clock::now,
    config,
    http::{answer::Answer, problem::Problem, request::Input, route::Access::Read},
    openapi::{
        CONFIDENCES,
        described::plain,
        events::EVENTS_MAX,
        schema::{day, flag, integer, short_text, text, words},
    },
};

/// Its operations.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::get("/api/v1/events", Read, handler!(|app, input| list(app, &input).await))
        .described(|_| plain("track", "List events")
            .describe("The newest first, in the order of arrival; what arrived more than a day after the last of the days comes last. A request looks at no more \
                       than 200 events for each row of its page, so a page may have fewer rows than `limit`, or none, and still a `next`. Values are those of now, \
                       or of the factor set that a month was closed under. A test key sees test events, any other key live ones.")
            .query("from", day(), "First day, UTC; by default six days before `to`.")
            .query("to", day(), "Last day, UTC, at most 30 days later; by default the newest day that has events.")
            .query("tenant_id", text("client-xyz"), "Only this tenant.")
            .query("model", short_text(config::MODEL_BYTES_MAX, "gpt-4o"), "Only this model: the name as it was sent, or the id in the registry.")
            .query("tag", text("feature=chat"), "Only events with this tag: its name and value.")
            .query("confidence", words(&CONFIDENCES), "Only this level; `unknown`: what has no value.")
            .query("late", flag(), "Only what arrived after its month was closed, or only what did not.")
            .query("reversed", flag(), "Only events that were reversed, or only the others.")
            .query("limit", integer(1, EVENTS_MAX as u64, 50), "Rows of a page.")
            .query("cursor", text("AAAB"), "The `next` of the previous page, with the same filters.")
            .answers(200, "EventPage")
            .can_miss()),
    Operation::get("/api/v1/events/{event_id}", Read, handler!(|app, input, event_id| show(app, &input, event_id).await))
        .described(|_| plain("track", "Show an event, and why it has its figure")
            .describe("The products whose sum the figure is, what every method says of the call, and where the event stands in the ledger. A reversal is explained as the event that it cancels, with a minus.")
            .answers(200, "ExplainedEvent")
            .can_miss()),
];

/// `GET /api/v1/events`
async fn list(app: &App, input: &Input) -> Result<Answer, Problem> {
    let (filters, cursor) = EventFilters::of(input)?;
    Answer::ok(&answered(app, input.caller()?.side(), &filters, cursor.as_deref(), now()).await?)
}

/// `GET /api/v1/events/{event_id}`
async fn show(app: &App, input: &Input, event_id: String) -> Result<Answer, Problem> {
    explained(app, input.caller()?.side(), event_id, |event, _, _| Answer::ok(&event)).await
}
