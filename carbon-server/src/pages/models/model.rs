//! One model: its names, its size and where that is from, its factors, its values in a region, and their history.

use crate::{
    app::App,
    base::clock::{self, now},
    config,
    http::{answer::Answer, problem::Problem, request::Input},
    pages::{
        html::{escaped, html},
        models::{
            ShownSet, SourceLink, class,
            history::{HistoryRow, history},
            listed::{provider, weights},
            published::{PublishedFigure, published, scope},
            rate::{Rate, rates},
            region::RegionForm,
            typical_call, words_of_typical_call,
        },
        opinions::OpinionTable,
        shell::Shell,
        size::{self, span},
    },
};
use askama::Template;
use carbon_core::{
    Call, Date, Deployment, FactorSet,
    model::{Model, Parameters, ResolvedBy},
    registry::Resolution,
};
use carbon_report::Language;
use rust_decimal::{Decimal, prelude::FromPrimitive};

#[derive(Template)]
#[template(path = "registry_model.html")]
struct ModelPage {
    shell: Shell,
    shown: ShownSet,
    id: String,
    /// The call that is valued.
    call: &'static str,
    /// The page of the model under its id.
    base: String,
    /// The name that was asked for, if it is another.
    asked: Option<AskedName>,
    provider: String,
    weights: &'static str,
    aliases: Vec<String>,
    /// Names that move and lead here today, with the day of the last check if that is earlier.
    moving: Vec<(String, Option<String>)>,
    size: Option<SizeRows>,
    window: Option<String>,
    /// Tonnes that its maker discloses.
    training: Option<String>,
    figures: Vec<PublishedFigure>,
    region: RegionForm,
    /// What our own calculation includes.
    scope: String,
    level: &'static str,
    rates: Vec<Rate>,
    opinions: Option<OpinionTable>,
    history: Vec<HistoryRow>,
    /// Its JSON in the API.
    json: String,
}

/// A name that stands for the model.
struct AskedName {
    name: String,
    how: &'static str,
    caveat: Option<String>,
    /// Where it led when, if it moves.
    moves: Vec<MoveRow>,
}

struct MoveRow {
    model: String,
    link: String,
    from: String,
    to: String,
}

struct SizeRows {
    total: String,
    active: String,
    active_in: Option<String>,
    known_by: &'static str,
    sources: Vec<SourceLink>,
    evidence_url: Option<String>,
}

/// `GET /registry/{name}`: the page of a model by any of its names, or of a class.
pub(in crate::pages) async fn show(app: &App, input: &Input, name: &str) -> Result<Answer, Problem> {
    let shown = ShownSet::of(app, input)?;
    if let Some(class) = class::find(shown.set, name) {
        return class::show(app, input, shown, class).await;
    }
    let today = clock::day(now());
    let found = Some(name).filter(|name| name.len() <= config::MODEL_BYTES_MAX);
    let found = found.and_then(|name| shown.set.resolve_on(name, Some(today)).ok());
    let Some(found) = found else { return Err(unknown(shown.set, name)) };
    let model = found.model;
    let (region, call_region) = RegionForm::of(input, shown.set);
    let problem = region.problem();
    let call = Call { region: call_region.as_deref(), day: Some(today), ..Call::to(name) };
    let deployment = shown.set.deployment(&call).ok();
    let factor = deployment.as_ref().and_then(Deployment::bottom_up);
    let region = region.of_place(deployment.as_ref());
    // The page says where it runs once.
    let opinions = deployment.map(|deployment| OpinionTable {
        grid: None,
        ..OpinionTable::of(&deployment.opinions(&typical_call(model)))
    });
    let page = html(&ModelPage {
        shell: Shell::public(app, input, "/registry").await,
        base: shown.page(model.id()),
        call: words_of_typical_call(model),
        asked: (name != model.id()).then(|| asked(&shown, name, &found)),
        provider: provider(shown.set, model).1.to_owned(),
        weights: match weights(model) {
            "yes" => "open",
            "no" => "not open",
            _ => "not known",
        },
        aliases: model.aliases().to_vec(),
        moving: moving(shown.set, model, today),
        size: model.parameters().map(size_rows),
        training: model
            .training()
            .map(|training| Language::En.number(Decimal::from_f64(training.tonnes()).unwrap_or_default())),
        window: model.window_tokens().map(|tokens| Language::En.number(tokens.into())),
        figures: published(model),
        scope: model.parameters().map_or_else(String::new, |known| scope(known.record())),
        level: model.parameters().map_or("unknown", |known| found.confidence(known.record()).as_str()),
        rates: factor.as_ref().map(rates).unwrap_or_default(),
        region,
        opinions: opinions.filter(|table| !table.rows.is_empty() || !table.caveats.is_empty()),
        history: history(app, model, call_region.as_deref(), today),
        json: format!("/api/v1/models/{}{}", escaped(model.id()), shown.query('?')),
        id: model.id().to_owned(),
        shown,
    })?;
    Ok(match problem {
        Some(problem) => page.refused(&problem),
        None => page,
    })
}

/// Why a name has no page.
fn unknown(set: &FactorSet, name: &str) -> Problem {
    let version = set.as_str();
    let moves = !set.moves(name).is_empty();
    let name = if name.len() <= config::MODEL_BYTES_MAX { name } else { "…" };
    let detail = if moves {
        format!(
            "{name:?} moves from model to model, and where it leads today is not known in factor set {version}."
        )
    } else {
        format!(
            "Factor set {version} lists no model called {name:?}, and the rules for reading names lead to none. If the name is your own, say in the console, under Models, what it stands for."
        )
    };
    let led_to = set.moves(name).into_iter().rev().map(|span| span.model.id());
    let near = led_to.chain(set.suggestions(name)).fold(Vec::new(), |mut names: Vec<String>, name| {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
        names
    });
    Problem::NotFound { detail, suggestions: near }
}

fn asked(shown: &ShownSet, name: &str, found: &Resolution<'_>) -> AskedName {
    let moves = shown.set.moves(name).into_iter().map(|span| MoveRow {
        model: span.model.id().to_owned(),
        link: shown.page(span.model.id()),
        from: span.from.to_string(),
        to: match (span.to, span.checked) {
            (Some(to), _) => to.to_string(),
            (None, Some(checked)) => format!("last checked on {checked}"),
            (None, None) => String::new(),
        },
    });
    let moves: Vec<MoveRow> = moves.collect();
    AskedName {
        name: name.to_owned(),
        how: match found.resolved_by {
            _ if !moves.is_empty() => "moves from model to model, and leads to this one today",
            ResolvedBy::Alias => "is a listed alias of this model",
            ResolvedBy::Exact | ResolvedBy::Rule | ResolvedBy::Own => {
                "leads to this model by the rules for reading names"
            }
        },
        caveat: found.caveat(),
        moves,
    }
}

fn moving(set: &FactorSet, model: &Model, today: Date) -> Vec<(String, Option<String>)> {
    let leads_here = set.moving_names().into_iter().filter_map(|name| {
        let found = set.resolve_on(name, Some(today)).ok()?;
        let checked = found.checked.map(|day| day.to_string());
        (found.model.id() == model.id()).then(|| (name.to_owned(), checked))
    });
    leads_here.collect()
}

fn size_rows(known: &Parameters) -> SizeRows {
    let [total, active, active_in] =
        [known.size().total_b, known.size().active_b, known.size().active_in_b].map(span);
    SizeRows {
        active_in: Some(active_in).filter(|active_in| *active_in != active),
        total,
        active,
        known_by: size::known_by(known.status()),
        sources: [known.source()].into_iter().chain(known.second_source()).map(SourceLink::of).collect(),
        evidence_url: known.evidence_url().map(str::to_owned),
    }
}
