//! One event: why it has its figure, where it stands in the ledger, and the form that reverses it.

use crate::{
    api::{
        events::{ExplainedEvent, PartAnswer, explained},
        reversals,
    },
    app::App,
    http::{answer::Answer, problem::Problem, request::Input},
    ingest::valuation::ValuedCall,
    pages::{
        console::{
            ConsoleContext, LANGUAGE,
            events::{address_of, masses, time},
            signed_count, visible,
        },
        form::{PageForm, is_mendable},
        html::{escaped, html},
        opinions::OpinionTable,
        shell::Shell,
    },
};
use askama::Template;
use carbon_core::{Method, Opinions, factor::Source};
use carbon_report::words::Wording;
use rust_decimal::Decimal;

#[derive(Template)]
#[template(path = "console/event.html")]
struct EventPage {
    shell: Shell,
    context: ConsoleContext,
    base: String,
    url: String,
    event_id: String,
    heading: String,
    client: Option<(String, String)>,
    time: String,
    received: String,
    model: String,
    resolved: Option<(String, String)>,
    provider: Option<String>,
    region: Option<String>,
    tags: Vec<String>,
    counts: Vec<(&'static str, String)>,
    level: &'static str,
    factor_set: String,
    factor_id: Option<String>,
    parts: Vec<PartRow>,
    /// With every digit.
    total: Option<String>,
    range: Option<String>,
    /// The electricity, where the method asks for it.
    grid: Option<String>,
    budget: Vec<(String, String)>,
    sources: Vec<SourceLink>,
    /// What every method says.
    opinions: Option<OpinionTable>,
    label: String,
    is_late: bool,
    reverses: Option<(String, String)>,
    reversed_by: Option<(String, String)>,
    may_reverse: bool,
    book: i64,
    number: String,
    seal: String,
    sha256: String,
    form: PageForm,
}

/// A product, in words.
struct PartRow {
    stage: &'static str,
    count: String,
    of: &'static str,
    energy: String,
    rate: String,
    grams: String,
}

struct SourceLink {
    title: String,
    url: Option<String>,
}

/// `GET /app/events/{event_id}`
pub(crate) async fn show(app: &App, input: &Input, event_id: String) -> Result<Answer, Problem> {
    page(app, input, event_id, PageForm::default()).await
}

/// `POST /app/events/{event_id}/reverse`
pub(crate) async fn reverse(app: &App, input: &Input, event_id: String) -> Result<Answer, Problem> {
    let form = PageForm::sent_by_owner(input)?;
    let done = async {
        if form.text("confirm").is_none() {
            return Err(Problem::invalid("/confirm", "must be ticked"));
        }
        reversals::reverse(app, input.caller()?.side(), event_id.clone()).await
    };
    match done.await {
        Ok(_) => Ok(Answer::see_other(address_of(&event_id))),
        Err(problem) if is_mendable(&problem) => {
            let form = form.refused_in_words(&problem, &[("/confirm", "“Reverse this event”")]);
            Ok(page(app, input, event_id, form).await?.refused(&problem))
        }
        Err(problem) => Err(problem),
    }
}

async fn page(app: &App, input: &Input, event_id: String, form: PageForm) -> Result<Answer, Problem> {
    let shell = Shell::console(app, input, "/app/events")?;
    let context = ConsoleContext::of(app, input).await?;
    let url = app.network.url(input);
    let side = input.caller()?.side();
    explained(app, side, event_id, |event, set, kept| {
        let opinions = set.opinions(&ValuedCall::kept(kept).call(), &kept.usage).ok();
        html(&event_page(shell, context, url, form, event, opinions.as_ref()))
    })
    .await
}

fn event_page(
    shell: Shell,
    context: ConsoleContext,
    url: String,
    form: PageForm,
    explained: ExplainedEvent<'_>,
    opinions: Option<&Opinions<'_>>,
) -> EventPage {
    let ExplainedEvent { event, parts, seal, .. } = explained;
    let wording = Wording::of(LANGUAGE);
    let masses = event.co2_grams.map(masses);
    let method = event.method.and_then(Method::from_word);
    let all = [
        ("Input tokens", event.input_tokens),
        ("of them read from a cache", event.cache_read_input_tokens),
        ("of them written to a cache", event.cache_creation_input_tokens),
        ("Output tokens", event.output_tokens),
        ("of them reasoning", event.reasoning_output_tokens),
    ];
    let is_whole = |name: &str| name.ends_with(" tokens");
    let counts = all.into_iter().filter(|(name, number)| is_whole(name) || *number != 0);
    let mut counts: Vec<(&str, String)> = counts.map(|(name, number)| (name, signed_count(number))).collect();
    counts.extend(event.media.iter().map(|(name, number)| (*name, signed_count(*number))));
    let calls =
        event.calls.map(|calls| if calls == 0 { "not known".to_owned() } else { signed_count(calls) });
    counts.extend(calls.map(|calls| ("Calls", calls)));
    let link = |event_id: String| (address_of(&event_id), visible(event_id));
    EventPage {
        base: address_of(&event.event_id),
        heading: match &masses {
            Some([_, central, _]) => format!("Why {central}"),
            None => "Why there is no figure".to_owned(),
        },
        client: event
            .tenant_id
            .map(|tenant_id| (format!("/app/tenants/{}", escaped(&tenant_id)), visible(tenant_id))),
        time: time(&event.timestamp),
        received: time(&event.received_at),
        resolved: event.resolved_model.map(|model| (format!("/registry/{}", escaped(&model)), model)),
        model: visible(event.model),
        provider: event.provider,
        region: event.region,
        tags: event.tags.iter().map(|(name, value)| format!("{name}={value}")).collect(),
        counts,
        level: event.confidence,
        factor_set: event.factor_set,
        factor_id: event.factor_id,
        parts: parts.iter().map(part_row).collect(),
        total: event.co2_grams.map(|range| exact(range.central.as_decimal())),
        range: masses.map(|[low, _, high]| format!("{low} to {high}")),
        budget: match (method, opinions.and_then(|opinions| opinions.bottom_up.as_ref())) {
            (Some(Method::BottomUp), Some(ours)) => ours
                .budget()
                .into_iter()
                .map(|(component, share)| {
                    let share: Decimal = format!("{share:.4}").parse().unwrap_or_default();
                    (component.to_owned(), wording.percent(share))
                })
                .collect(),
            _ => Vec::new(),
        },
        grid: opinions.filter(|_| method != Some(Method::Coefficient)).and_then(|opinions| {
            let grams = opinions.deployment.location?.grid.g_per_kwh();
            Some(format!("{grams} g CO₂e per kWh: electricity × grid is the CO₂e of the electricity"))
        }),
        sources: opinions.map_or_else(Vec::new, |opinions| sources(method, opinions)),
        opinions: opinions.map(OpinionTable::of).filter(|table| !table.rows.is_empty()),
        label: "This call".to_owned(),
        is_late: event.is_late,
        may_reverse: event.reverses.is_none() && event.reversed_by.is_none(),
        reverses: event.reverses.map(link),
        reversed_by: event.reversed_by.map(link),
        book: event.position.book,
        number: signed_count(event.position.number),
        seal: signed_count(seal.number),
        sha256: seal.sha256,
        event_id: event.event_id,
        shell,
        context,
        url,
        form,
    }
}

/// Where the figure is from.
fn sources(method: Option<Method>, opinions: &Opinions<'_>) -> Vec<SourceLink> {
    let link = |source: &Source| SourceLink {
        title: source.title().to_owned(),
        url: source.url().map(str::to_owned),
    };
    let source = match method {
        Some(Method::Measured) => opinions.measured.as_ref().map(|figure| figure.factor().record().source()),
        Some(Method::Coefficient) => opinions.coefficient.map(|(factor, _)| factor.source()),
        Some(Method::BottomUp) => opinions.bottom_up.as_ref().map(|ours| ours.factor().record().source()),
        _ => None,
    };
    let grid = opinions.deployment.location.filter(|_| method != Some(Method::Coefficient));
    source.into_iter().chain(grid.map(|location| location.grid.source())).map(link).collect()
}

/// A number with every digit.
fn exact(number: Decimal) -> String {
    LANGUAGE.number(number.normalize())
}

fn part_row(part: &PartAnswer) -> PartRow {
    let per = |rate: Decimal, unit: &str| match part.per {
        1 => format!("{} {unit} each", exact(rate)),
        per => format!("{} {unit} per {}", exact(rate), Wording::of(LANGUAGE).count(u128::from(per))),
    };
    let count = Wording::of(LANGUAGE).count(part.count.unsigned_abs());
    PartRow {
        stage: match part.stage {
            "factor" => "Published factor",
            "electricity" => "Electricity",
            _ => "Hardware",
        },
        count: if part.count < 0 { format!("–{count}") } else { count },
        of: match part.of {
            "total_tokens" => "tokens",
            "output_tokens" => "output tokens",
            "fresh_input_tokens" => "input tokens, not from a cache",
            "cache_read_input_tokens" => "input tokens from a cache",
            "context_output" => "of context of the output, doubled",
            "context_input" => "of context of the input, doubled",
            "requests" => "calls",
            other => other,
        },
        energy: part.energy_wh_rate.map_or_else(String::new, |rate| per(rate.as_decimal(), "Wh")),
        rate: per(part.co2_grams_rate.as_decimal(), "g"),
        grams: format!("{} g", exact(part.co2_grams.as_decimal())),
    }
}
