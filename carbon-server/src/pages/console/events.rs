//! Events, page by page.

use crate::{
    api::events::{EventAnswer, EventFilters, PageAnswer, answered},
    app::App,
    base::{clock::now, exact::ExactRange},
    http::{answer::Answer, problem::Problem, request::Input},
    openapi::CONFIDENCES,
    pages::{
        console::{ConsoleContext, LANGUAGE, NOT_QUANTIFIED, signed_count, visible},
        form::{PageForm, is_mendable},
        html::{escaped, html},
        shell::Shell,
    },
};
use askama::Template;
use carbon_core::{Grams, Range};
use carbon_report::{Month, words::Wording};
use rust_decimal::Decimal;

#[derive(Template)]
#[template(path = "console/events.html")]
struct EventsPage {
    shell: Shell,
    context: ConsoleContext,
    form: PageForm,
    levels: Vec<(&'static str, &'static str)>,
    days: String,
    rows: Vec<EventLine>,
    /// What the rows of the page add up to.
    sums: String,
    /// Whether the walk down the ledger is not at its end.
    goes_on: bool,
    looked_at: String,
    pruned: Vec<String>,
    is_filtered: bool,
    first: Option<String>,
    previous: Option<String>,
    next: Option<String>,
}

/// An event in the list.
struct EventLine {
    link: String,
    time: String,
    client: Option<(String, String)>,
    model: String,
    /// Where that is another name.
    stands_for: Option<String>,
    tokens: String,
    grams: String,
    range: String,
    level: &'static str,
    marks: Vec<&'static str>,
}

/// `GET /app/events`
pub(crate) async fn list(app: &App, input: &Input) -> Result<Answer, Problem> {
    let side = input.caller()?.side();
    let asked = |name: &str| input.asked(name).filter(|text| !text.is_empty());
    let filters = EventFilters {
        from: asked("from"),
        to: asked("to"),
        tenant_id: asked("tenant_id"),
        model: asked("model"),
        tag: asked("tag"),
        confidence: asked("confidence"),
        late: asked("late"),
        reversed: asked("reversed"),
        limit: None,
    };
    let cursor = asked("cursor");
    let found = answered(app, side, &filters, cursor.as_deref(), now()).await;
    let found = found.map_err(|problem| match problem {
        Problem::NotFound { .. } => Problem::invalid("tenant_id", "must be the id of one of your clients"),
        other => other,
    });
    let given: Vec<(&str, Option<String>)> =
        filters.given().map(|(name, value)| (name, Some(value.to_owned()))).collect();
    let form = PageForm::filled(given);
    match found {
        Ok(found) => page(app, input, form, &filters, found).await,
        Err(problem) if is_mendable(&problem) => {
            let nothing = PageAnswer {
                from: None,
                to: None,
                events: Vec::new(),
                looked_at: 0,
                pruned_months: Vec::new(),
                next: None,
            };
            let form = form.refused_beside_fields(&problem, &[("cursor", "The address")]);
            Ok(page(app, input, form, &filters, nothing).await?.refused(&problem))
        }
        Err(problem) => Err(problem),
    }
}

async fn page(
    app: &App,
    input: &Input,
    form: PageForm,
    filters: &EventFilters,
    found: PageAnswer,
) -> Result<Answer, Problem> {
    let PageAnswer { from, to, events, looked_at, pruned_months, next } = found;
    let wording = Wording::of(LANGUAGE);
    let address = |more: &[(&str, &str)]| {
        let written = |(name, value): (&str, &str)| format!("{name}={}", escaped(value));
        let mut given: Vec<String> = filters.given().map(written).collect();
        given.extend(more.iter().copied().map(written));
        if given.is_empty() { "/app/events".to_owned() } else { format!("/app/events?{}", given.join("&")) }
    };
    let asked = |name: &str| input.asked(name).filter(|text| !text.is_empty());
    let (cursor, before) = (asked("cursor"), asked("before"));
    html(&EventsPage {
        shell: Shell::console(app, input, "/app/events")?,
        context: ConsoleContext::of(app, input).await?,
        levels: std::iter::once(("", "Any")).chain(CONFIDENCES.map(|level| (level, level))).collect(),
        days: match (from, to) {
            (Some(from), Some(to)) if from == to => format!("on {to}"),
            (Some(from), Some(to)) => format!("from {from} to {to}"),
            _ => String::new(),
        },
        sums: sums(&events),
        rows: events.into_iter().map(line).collect(),
        goes_on: next.is_some(),
        looked_at: wording.count(looked_at.unsigned_abs()),
        pruned: pruned_months,
        is_filtered: filters.given().next().is_some(),
        first: cursor.as_ref().map(|_| address(&[])),
        previous: before.map(|before| address(&[("cursor", &before)])),
        next: next.map(|next| match &cursor {
            Some(cursor) => address(&[("cursor", &next), ("before", cursor)]),
            None => address(&[("cursor", &next)]),
        }),
        form,
    })
}

/// The page of events of a month.
pub(super) fn events_of(month: Month) -> String {
    format!("/app/events?from={}&to={}", month.first_day(), month.last_day())
}

/// The address of an event's page.
pub(super) fn address_of(event_id: &str) -> String {
    format!("/app/events/{}", escaped(event_id))
}

fn sums(events: &[EventAnswer]) -> String {
    let tokens: i64 = events.iter().map(|event| event.input_tokens + event.output_tokens).sum();
    let known = events.iter().filter_map(|event| event.co2_grams);
    let grams: Decimal = known.map(|range| range.central.as_decimal()).sum();
    let without = events.iter().filter(|event| event.co2_grams.is_none()).count();
    let events = events.len();
    let of = if events == 1 { "1 event".to_owned() } else { format!("{events} events") };
    let tokens = signed_count(tokens);
    let without = match without {
        0 => String::new(),
        1 => "; 1 of them has no value".to_owned(),
        more => format!("; {more} of them have no value"),
    };
    format!("This page: {of}, {tokens} tokens, {}{without}.", mass(grams))
}

/// A mass, of either sign.
pub(super) fn mass(grams: Decimal) -> String {
    let wording = Wording::of(LANGUAGE);
    let is_negative = grams.is_sign_negative() && !grams.is_zero();
    if is_negative { wording.signed_mass(Grams::new(grams)) } else { wording.mass(Grams::new(grams)) }
}

/// Low, central and high as the list shows them; those of a reversal are below zero.
pub(super) fn masses(range: ExactRange) -> [String; 3] {
    let [low, central, high] =
        [range.low, range.central, range.high].map(|exact| Grams::new(exact.as_decimal()));
    match Range::new(low, central, high) {
        Some(range) if !low.as_decimal().is_sign_negative() => Wording::of(LANGUAGE).masses(range),
        _ => [low, central, high].map(|grams| mass(grams.as_decimal())),
    }
}

fn line(event: EventAnswer) -> EventLine {
    let masses = event.co2_grams.map(masses);
    let marks = [
        (event.requests < 0, "reversal"),
        (event.reversed_by.is_some(), "reversed"),
        (event.is_late, "late"),
    ];
    EventLine {
        link: address_of(&event.event_id),
        time: time(&event.timestamp),
        client: event
            .tenant_id
            .map(|tenant_id| (format!("/app/tenants/{}", escaped(&tenant_id)), visible(tenant_id))),
        stands_for: event.resolved_model.filter(|resolved| *resolved != event.model),
        model: visible(event.model),
        tokens: signed_count(event.input_tokens + event.output_tokens),
        grams: masses.as_ref().map_or_else(|| NOT_QUANTIFIED.to_owned(), |[_, central, _]| central.clone()),
        range: masses.map_or_else(String::new, |[low, _, high]| format!("{low} to {high}")),
        level: event.confidence,
        marks: marks.into_iter().filter(|(is_so, _)| *is_so).map(|(_, mark)| mark).collect(),
    }
}

/// A time of the API as pages show it.
pub(super) fn time(rfc_3339: &str) -> String {
    let at = crate::base::clock::rfc_3339(rfc_3339);
    at.map_or_else(|| rfc_3339.to_owned(), |at| super::date_and_time(at.as_millisecond()))
}
