//! The list of models: searched by name in any spelling, filtered, page by page.

use crate::{
    app::App,
    base::clock::{self, now},
    http::{answer::Answer, problem::Problem, request::Input},
    pages::{
        form::PageForm,
        format::FormattedUsage,
        html::{escaped, html},
        models::{
            ShownSet,
            class::ClassRow,
            listed::{self, billions, confidence, provider, status, status_words, weights},
            typical_call,
        },
        shell::Shell,
    },
};
use askama::Template;
use carbon_core::{Call, Confidence, FactorSet, model::Model};
use carbon_report::{Language, Valued, words::Wording};
use std::collections::BTreeMap;

/// Models on a page.
const ROWS: usize = 25;

/// The fields of the form, as parameters of the address.
const FIELDS: [&str; 6] = ["q", "provider", "weights", "size", "confidence", "factor_set"];

#[derive(Template)]
#[template(path = "registry.html")]
struct RegistryPage {
    shell: Shell,
    shown: ShownSet,
    versions: Vec<String>,
    form: PageForm,
    providers: Vec<Choice>,
    sizes: Vec<Choice>,
    levels: Vec<&'static str>,
    /// What the searched name leads to.
    found: Option<Found>,
    /// Similar names, if it leads nowhere: their pages and the names.
    suggestions: Vec<(String, String)>,
    /// Where the console explains a name that leads nowhere.
    own: Option<String>,
    rows: Vec<ModelRow>,
    is_filtered: bool,
    count: String,
    previous: Option<String>,
    next: Option<String>,
    classes: Vec<ClassRow>,
    moving: Vec<MovingName>,
}

/// An option of a filter.
struct Choice {
    value: String,
    words: String,
}

/// Where a name leads that was searched for.
struct Found {
    name: String,
    model: String,
    link: String,
    caveat: Option<String>,
}

struct ModelRow {
    model: String,
    link: String,
    provider: String,
    size: String,
    known: &'static str,
    /// Of the typical call; `None` without a value.
    figures: Option<FormattedUsage>,
    level: &'static str,
}

/// A name that leads to one model today and to another tomorrow.
struct MovingName {
    name: String,
    link: String,
    /// Where it leads today, as far as anybody knows.
    model: Option<String>,
    /// The last day on which that was checked, if it is not today.
    checked: Option<String>,
}

/// `GET /registry`
pub(in crate::pages) async fn show(app: &App, input: &Input) -> Result<Answer, Problem> {
    let shown = ShownSet::of(app, input)?;
    let set = shown.set;
    let form = PageForm::filled(FIELDS.map(|name| (name, input.asked(name))));
    let asked = form.text("q").unwrap_or_default();
    let today = Some(clock::day(now()));
    let found = set.resolve_on(&asked, today).ok().filter(|_| !asked.is_empty());
    let found_id = found.as_ref().map(|found| found.model.id());

    let all = || set.models().iter().chain(set.products());
    let mut fitting: Vec<&Model> = all().filter(|model| fits(set, model, &form, found_id)).collect();
    fitting.sort_by_cached_key(|model| {
        let (provider, _) = provider(set, model);
        (Some(model.id()) != found_id, provider == listed::NOT_STATED, provider, model.id())
    });
    let total = fitting.len();
    let last = total.saturating_sub(1) / ROWS;
    let page = input.asked("page").and_then(|page| page.parse().ok()).unwrap_or(0_usize).min(last);
    let rows: Vec<ModelRow> =
        fitting.into_iter().skip(page * ROWS).take(ROWS).map(|model| row(&shown, model)).collect();
    let suggestions = if rows.is_empty() { set.suggestions(&asked) } else { Vec::new() };
    html(&RegistryPage {
        shell: Shell::public(app, input, "/registry").await,
        versions: app.registry.versions(),
        providers: providers(set),
        sizes: listed::statuses()
            .map(|value| Choice { value: value.to_owned(), words: status_words(value).to_owned() })
            .into(),
        levels: Confidence::ALL
            .iter()
            .filter(|level| **level != Confidence::Proxy)
            .map(|level| level.as_str())
            .chain(["unknown"])
            .collect(),
        found: found.as_ref().map(|found| Found {
            model: found.model.id().to_owned(),
            link: shown.page(&asked),
            caveat: found.caveat(),
            name: asked.clone(),
        }),
        suggestions: suggestions.into_iter().map(|name| (shown.page(name), name.to_owned())).collect(),
        own: (rows.is_empty() && found.is_none() && !asked.is_empty())
            .then(|| format!("/app/models?name={}", escaped(&asked))),
        is_filtered: FIELDS.iter().any(|field| *field != "factor_set" && form.text(field).is_some()),
        count: count(page, rows.len(), total),
        previous: page.checked_sub(1).map(|page| page_address(&form, page)),
        next: (page < last).then(|| page_address(&form, page + 1)),
        classes: ClassRow::all(&shown),
        moving: moving(&shown),
        rows,
        form,
        shown,
    })
}

/// Whether a model fits the form. A name that leads to it in any spelling fits too.
fn fits(set: &FactorSet, model: &Model, form: &PageForm, found: Option<&str>) -> bool {
    let is = |field: &str, value: &str| form.text(field).is_none_or(|wanted| wanted == value);
    let asked = form.text("q").map(|asked| asked.to_lowercase().replace(char::is_whitespace, "-"));
    let is_named = asked.is_none_or(|asked| {
        let mut names = [model.id()].into_iter().chain(model.aliases().iter().map(String::as_str));
        found == Some(model.id()) || names.any(|name| name.contains(&asked))
    });
    is_named
        && is("provider", provider(set, model).0)
        && is("weights", weights(model))
        && is("size", status(model))
        && is("confidence", confidence(model))
}

fn row(shown: &ShownSet, model: &'static Model) -> ModelRow {
    let call = Call { day: Some(clock::day(now())), ..Call::to(model.id()) };
    let estimate = shown.set.estimate(call, &typical_call(model)).ok();
    let figures = estimate.map(|estimate| {
        let valued =
            Valued { usage: typical_call(model), co2: Some(estimate.co2), energy: None, water: None };
        FormattedUsage::of(&valued, Language::En, "")
    });
    ModelRow {
        model: model.id().to_owned(),
        link: shown.page(model.id()),
        provider: provider(shown.set, model).1.to_owned(),
        size: billions(model),
        known: status_words(status(model)),
        figures,
        level: confidence(model),
    }
}

fn providers(set: &FactorSet) -> Vec<Choice> {
    let mut counts: BTreeMap<(bool, &str), (&str, u32)> = BTreeMap::new();
    for model in set.models().iter().chain(set.products()) {
        let (value, words) = provider(set, model);
        counts.entry((value == listed::NOT_STATED, value)).or_insert((words, 0)).1 += 1;
    }
    let choices = counts.into_iter().map(|((_, value), (words, count))| Choice {
        value: value.to_owned(),
        words: format!("{words} ({count})"),
    });
    choices.collect()
}

/// `26 to 50 of 640 models`
fn count(page: usize, rows: usize, total: usize) -> String {
    let words = |count: usize| Wording::of(Language::En).count(u64::try_from(count).unwrap_or(u64::MAX));
    let models = if total == 1 { "model" } else { "models" };
    if rows == total {
        return format!("{} {models}", words(total));
    }
    let first = page * ROWS + 1;
    format!("{} to {} of {} {models}", words(first), words(first + rows - 1), words(total))
}

fn page_address(form: &PageForm, page: usize) -> String {
    let fields = FIELDS.iter().filter_map(|field| Some(format!("{field}={}&", escaped(&form.text(field)?))));
    format!("/registry?{}page={page}", fields.collect::<String>())
}

fn moving(shown: &ShownSet) -> Vec<MovingName> {
    let today = clock::day(now());
    let names = shown.set.moving_names().into_iter().map(|name| {
        let found = shown.set.resolve_on(name, Some(today)).ok();
        MovingName {
            name: name.to_owned(),
            link: shown.page(name),
            checked: found.as_ref().and_then(|found| found.checked).map(|day| day.to_string()),
            model: found.map(|found| found.model.id().to_owned()),
        }
    });
    names.collect()
}
