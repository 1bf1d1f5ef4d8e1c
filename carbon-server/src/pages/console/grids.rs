//! Grid series: those that the account has imported, the form for a file, and taking one away.

use crate::{
    api::grid_series::{self, SentFile},
    app::App,
    http::{answer::Answer, problem::Problem, request::Input},
    pages::{
        console::ConsoleContext,
        form::{PageForm, is_mendable},
        html::{escaped, html},
        shell::Shell,
    },
    registry::grids::{GRID_SERIES, GridEntry},
    store::AccountKey,
};
use askama::Template;
use carbon_core::grid::GridResolution;

#[derive(Template)]
#[template(path = "console/grids.html")]
struct GridsPage {
    shell: Shell,
    context: ConsoleContext,
    series: Vec<SeriesRow>,
    /// What was just done, as a sentence.
    done: Option<String>,
    form: PageForm,
}

struct SeriesRow {
    place: String,
    span: String,
    vintage: String,
    source: String,
    licence: String,
    gaps: usize,
    /// The address that takes it away, and the day that it begins on.
    remove: String,
    valid_from: String,
}

const PATH: &str = "/app/account/grids";

/// `GET /app/account/grids`
pub(crate) async fn show(app: &App, input: &Input) -> Result<Answer, Problem> {
    page(app, input, PageForm::default()).await
}

async fn page(app: &App, input: &Input, form: PageForm) -> Result<Answer, Problem> {
    html(&GridsPage {
        shell: Shell::console(app, input, "/app/account")?,
        context: ConsoleContext::of(app, input).await?,
        series: series(app, input.caller()?.account),
        done: done(input),
        form,
    })
}

/// What the last file has done.
fn done(input: &Input) -> Option<String> {
    let count = |name| input.asked(name)?.parse::<usize>().ok();
    let (series, changed) = (count("series")?, count("changed")?);
    let plural = if series == 1 { "series is" } else { "series are" };
    let unknown = input.asked("unknown").filter(|zones| !zones.is_empty());
    let unknown = unknown.map_or_else(String::new, |zones| {
        format!(" No grid is known for {zones}: those rows were not kept.")
    });
    Some(format!("{series} {plural} in the file, {changed} of them new or changed.{unknown}"))
}

/// How many series an account has.
pub(super) fn count(app: &App, account: AccountKey) -> usize {
    app.registry.own(account).entries().of_kind(GRID_SERIES).count()
}

fn series(app: &App, account: AccountKey) -> Vec<SeriesRow> {
    let own = app.registry.own(account);
    let entries = own.entries();
    let rows = entries.of_kind(GRID_SERIES).filter_map(|(change, entry)| {
        let entry: GridEntry = serde_json::from_str(entry).ok()?;
        let [_, gaps] = entry.counts();
        Some(SeriesRow {
            place: format!("{} by the {}", entry.zone, entry.resolution),
            span: format!("{} to {}", entry.from, entry.to),
            remove: format!("{PATH}/{}/{}/remove", escaped(&entry.zone), entry.resolution),
            valid_from: change.valid_from.clone(),
            vintage: entry.vintage,
            source: entry.source,
            licence: entry.licence,
            gaps,
        })
    });
    rows.collect()
}

/// `POST /app/account/grids`
pub(crate) async fn import(app: &App, input: &Input) -> Result<Answer, Problem> {
    let form = PageForm::sent_by_owner(input)?;
    let taken = async {
        let Some(body) = form.exact("csv") else {
            return Err(Problem::invalid("/csv", "is required"));
        };
        let file = SentFile { body, vintage: form.text("vintage"), dry_run: false };
        let taken = grid_series::take(app, input.caller()?, file).await;
        taken.map_err(|problem| match problem {
            // A file is read line by line: all of it is one field here.
            Problem::Invalid { mut errors } => {
                errors
                    .iter_mut()
                    .filter(|error| error.pointer.is_empty())
                    .for_each(|error| "/csv".clone_into(&mut error.pointer));
                Problem::Invalid { errors }
            }
            other => other,
        })
    };
    match taken.await {
        Ok(taken) => {
            let unknown = escaped(&taken.unknown_zones.join(", "));
            let (series, changed) = (taken.series, taken.changed);
            Ok(Answer::see_other(format!("{PATH}?series={series}&changed={changed}&unknown={unknown}")))
        }
        Err(problem) if is_mendable(&problem) => {
            Ok(page(app, input, form.refused(&problem)).await?.refused(&problem))
        }
        Err(problem) => Err(problem),
    }
}

/// `POST /app/account/grids/{zone}/{resolution}/remove`
pub(crate) async fn remove(
    app: &App,
    input: &Input,
    zone: &str,
    resolution: &str,
) -> Result<Answer, Problem> {
    let form = PageForm::sent_by_owner(input)?;
    let resolution =
        GridResolution::from_word(resolution).ok_or_else(|| Problem::not_found("grid series"))?;
    grid_series::forget(app, input.caller()?, (zone, resolution), form.exact("valid_from")).await?;
    Ok(Answer::see_other(PATH.to_owned()))
}
