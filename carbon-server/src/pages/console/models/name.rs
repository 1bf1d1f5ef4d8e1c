//! One name: what it leads to, what the account says of it, and three ways to say something else.

use crate::{
    api::own_models::{self, replacement},
    app::{
        App,
        own_changes::{self, Removal},
    },
    http::{answer::Answer, problem::Problem, request::Input},
    pages::{
        console::{
            ConsoleContext, LANGUAGE,
            models::{
                address,
                choice::{self, ClassChoice, Forms, Way},
                effect::Effect,
                entry::{EntryRow, entries},
                how, registry_page,
                sent::{SentName, sent_names},
                shown_day,
            },
            visible,
        },
        form::{PageForm, is_mendable},
        html::html,
        month::{self, MonthChoice},
        shell::Shell,
        size,
    },
    registry::own::{self, ALIAS, MODEL, OwnRegistry},
};
use askama::Template;
use carbon_core::{
    Call, Deployment, FactorSet,
    method::{AppliedFactor, DEFAULT_POLICY},
    own::OwnKind,
};
use carbon_report::Month;

/// What is at fault where no field is.
const LABELS: &[(&str, &str)] = &[("name", "The name"), ("", "The entry")];

#[derive(Template)]
#[template(path = "console/model.html")]
struct NamePage {
    shell: Shell,
    context: ConsoleContext,
    name: String,
    /// Address of the page, in the month that is shown.
    base: String,
    month: MonthChoice,
    months: Vec<MonthChoice>,
    /// Whether it is a beginning of names.
    is_prefix: bool,
    sent_names: Vec<SentName>,
    leads: Option<Leads>,
    entries: Vec<EntryRow>,
    suggestions: Vec<String>,
    /// Names that it may stand for.
    models: Vec<String>,
    classes: Vec<ClassChoice>,
    precisions: Vec<&'static str>,
    forms: Forms,
    /// The form that is open.
    open: Way,
    /// What it would do, once it was sent.
    preview: Option<Effect>,
    /// What the last change has done.
    done: Option<Effect>,
    factor_set: String,
}

/// Where a name leads.
struct Leads {
    model: String,
    /// Whether the name is the model's own.
    is_itself: bool,
    /// Page of the model in the registry.
    page: Option<String>,
    how: &'static str,
    /// What it is valued by.
    by: String,
    caveat: Option<String>,
}

/// `GET /app/models/{name}`
pub(crate) async fn show(app: &App, input: &Input, name: String) -> Result<Answer, Problem> {
    page(app, input, name, None, None).await
}

/// The page; after a form, with that form and what it would do.
async fn page(
    app: &App,
    input: &Input,
    name: String,
    sent: Option<(Way, PageForm)>,
    preview: Option<Effect>,
) -> Result<Answer, Problem> {
    let account = input.caller()?.account;
    let [month, this_month] = month::asked(input);
    let set = app.registry.current(account);
    let normal = own::normal(&name);
    let call = Call { day: Some(shown_day(month)), ..Call::to(&name) };
    let deployment = set.deployment(&call).ok();
    let own = deployment.as_ref().and_then(|found| found.own);
    let is_about = |known: &str| {
        let prefix = known.strip_suffix('*');
        known == normal
            || prefix.is_some_and(|prefix| normal.starts_with(prefix))
            || own.is_some_and(|entry| entry.name == known)
    };
    let is_sent = |sent: &str| {
        let sent_normal = own::normal(sent);
        let same =
            normal.strip_suffix('*').map_or(sent_normal == normal, |begin| sent_normal.starts_with(begin));
        // Behind the prefix of a gateway, for example.
        let by_entry = || {
            let found = set.resolve_on(sent, Some(shown_day(month))).ok()?;
            Some(found.own? == own?)
        };
        same || by_entry() == Some(true)
    };
    let sent_names = sent_names(app, input.caller()?.side(), month, is_sent).await?;
    let suggestions = if deployment.is_some() { Vec::new() } else { set.suggestions(&name) };
    let filled = own.and_then(|entry| {
        let from = entry.valid_from.map_or_else(String::new, |day| day.to_string());
        filled(&app.registry.own(account), &entry.name, &from)
    });
    let (way, forms) = match sent {
        Some((way, form)) => (way, filled.unwrap_or_default().1.with(way, form)),
        None => filled.unwrap_or_default(),
    };
    let done = done(app, input).await?;
    html(&NamePage {
        shell: Shell::console(app, input, "/app/models")?,
        context: ConsoleContext::of(app, input).await?,
        base: address(&name, month),
        month: MonthChoice::of(month, LANGUAGE),
        months: MonthChoice::all(month, this_month, LANGUAGE),
        is_prefix: name.ends_with('*'),
        sent_names,
        leads: deployment.as_ref().map(|found| leads(found, &normal)),
        entries: entries(app, account, |change| is_about(&change.name)),
        suggestions: suggestions.into_iter().map(str::to_owned).collect(),
        models: names(&set),
        classes: ClassChoice::all(&set),
        precisions: choice::precisions().to_vec(),
        forms,
        open: way,
        preview,
        done,
        factor_set: app.registry.default_set().as_str().to_owned(),
        name: visible(name),
    })
}

fn leads(found: &Deployment<'_>, normal: &str) -> Leads {
    let by = match found.factor(DEFAULT_POLICY) {
        Some(AppliedFactor::Published(_)) => "It is valued by the published table.".to_owned(),
        Some(AppliedFactor::Modelled(factor)) => {
            let (words, known) = (size::in_words(factor.parameters().size()), factor.parameters().status());
            format!("It is valued by its size: {words} ({}).", size::known_by(known))
        }
        Some(AppliedFactor::Measured(_)) => "It is valued by your own measurements.".to_owned(),
        None => "Its size is not public, so it has no value.".to_owned(),
    };
    Leads {
        model: found.model.id().to_owned(),
        is_itself: found.model.id() == normal,
        page: registry_page(found.model),
        how: how(found),
        by,
        caveat: found.caveat(),
    }
}

/// What the change has done that the address names, from one revision of the entries to another: `?done=2-3`.
async fn done(app: &App, input: &Input) -> Result<Option<Effect>, Problem> {
    let account = input.caller()?.account;
    let Some(done) = input.asked("done") else { return Ok(None) };
    let own = app.registry.own(account);
    let revision = |text: &str| text.parse().ok().filter(|revision| *revision <= own.revision());
    let Some((before, after)) = done.split_once('-') else { return Ok(None) };
    let Some(revisions) = revision(before).zip(revision(after)) else { return Ok(None) };
    let set = |revision| own.at(revision).on(app.registry.default_set()).map_err(Problem::internal);
    let sets = [set(revisions.0)?, set(revisions.1)?];
    Ok(Some(Effect::between(app, account, sets).await?))
}

/// Names that another may stand for: those of the registry, and models that the account has described.
fn names(set: &FactorSet) -> Vec<String> {
    let own = set.own().filter(|entry| entry.kind == OwnKind::Model).map(|entry| entry.name.clone());
    own.chain(set.models().iter().map(|model| model.id().to_owned())).collect()
}

/// `POST /app/models/{name}`: shows what a choice would do, keeps it, or removes an entry.
pub(crate) async fn send(app: &App, input: &Input, name: String) -> Result<Answer, Problem> {
    let form = PageForm::sent_by_owner(input)?;
    let [month, _] = month::asked(input);
    if form.value("do") == "remove" {
        return remove(app, input, &name, &form, month).await;
    }
    let Some(way) = Way::of(&form) else {
        return Err(Problem::invalid("/how", "must be map, describe or class"));
    };
    match chosen(app, input, &name, way, &form).await {
        Ok(Chosen::Kept([before, after])) => {
            Ok(Answer::see_other(format!("{}&done={before}-{after}", address(&name, month))))
        }
        Ok(Chosen::Shown(effect)) => page(app, input, name, Some((way, form)), Some(effect)).await,
        Err(problem) if is_mendable(&problem) => {
            let form = form.refused_beside_fields(&problem, LABELS);
            Ok(page(app, input, name, Some((way, form)), None).await?.refused(&problem))
        }
        Err(problem) => Err(problem),
    }
}

/// What became of a choice.
enum Chosen {
    Shown(Effect),
    /// The revisions before and after it.
    Kept([u64; 2]),
}

async fn chosen(app: &App, input: &Input, name: &str, way: Way, form: &PageForm) -> Result<Chosen, Problem> {
    let caller = input.caller()?;
    let current = app.registry.current(caller.account);
    let said = way.said(form, [&current, app.registry.default_set()], name)?;
    let change = own_models::entered(app, caller, way.kind(), said).await?;
    if form.value("do") == "save" {
        let revisions = replacement::keep(&app.store, &app.registry, caller.account, &change).await?;
        return Ok(Chosen::Kept(revisions));
    }
    let would_be = replacement::checked(&app.registry, &app.registry.own(caller.account), &change)?;
    let would_be = would_be.on(app.registry.default_set()).map_err(Problem::internal)?;
    Ok(Chosen::Shown(Effect::between(app, caller.account, [current, would_be]).await?))
}

/// Removes one entry.
async fn remove(
    app: &App,
    input: &Input,
    name: &str,
    form: &PageForm,
    month: Month,
) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    let kind = [ALIAS, MODEL].into_iter().find(|kind| form.value("kind") == *kind);
    let kind = kind.ok_or_else(|| Problem::not_found("entry of that name"))?;
    let before = app.registry.own(caller.account).revision();
    let valid_from = Some(form.value("valid_from").to_owned());
    let removal = Removal { kind, name: name.to_owned(), valid_from };
    let entered_by = app.entered_by(caller).await?;
    own_changes::remove(&app.store, &app.registry, caller.account, removal, entered_by).await?;
    let after = app.registry.own(caller.account).revision();
    Ok(Answer::see_other(format!("{}&done={before}-{after}", address(name, month))))
}

/// The forms with the entry of that name and first day, and the one that has it.
fn filled(own: &OwnRegistry, name: &str, valid_from: &str) -> Option<(Way, Forms)> {
    let entries = own.entries();
    let mut of_name =
        entries.iter().filter(|(change, _)| change.name == name && change.valid_from == valid_from);
    let (change, entry) = of_name.next()?;
    Forms::of_entry(&change.kind, &change.valid_from, entry)
}
