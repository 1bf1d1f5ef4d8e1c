//! Residual mixes: those that the account has entered, the form for another, and taking one away.

use crate::{
    api::residual_mixes::{self, ResidualMixRequest},
    app::App,
    http::{answer::Answer, problem::Problem, request::Input},
    pages::{
        console::{
            ConsoleContext,
            market::{MixRow, mix_row},
        },
        form::{PageForm, is_mendable},
        html::html,
        shell::Shell,
    },
};
use askama::Template;

#[derive(Template)]
#[template(path = "console/residual_mixes.html")]
struct MixesPage {
    shell: Shell,
    context: ConsoleContext,
    mixes: Vec<MixRow>,
    form: PageForm,
}

const PATH: &str = "/app/market/residual-mixes";

/// `GET /app/market/residual-mixes`
pub(crate) async fn show(app: &App, input: &Input) -> Result<Answer, Problem> {
    page(app, input, PageForm::default()).await
}

async fn page(app: &App, input: &Input, form: PageForm) -> Result<Answer, Problem> {
    let mixes = app.store.residual_mixes(input.caller()?.account).await?;
    html(&MixesPage {
        shell: Shell::console(app, input, "/app/market")?,
        context: ConsoleContext::of(app, input).await?,
        mixes: mixes.into_iter().map(mix_row).collect(),
        form,
    })
}

/// `POST /app/market/residual-mixes`
pub(crate) async fn enter(app: &App, input: &Input) -> Result<Answer, Problem> {
    let form = PageForm::sent_by_owner(input)?;
    let kept = async {
        let grams = form.decimal("g_per_kwh").map_err(|fault| Problem::invalid("/g_per_kwh", fault))?;
        let request = ResidualMixRequest {
            g_per_kwh: grams,
            source: form.text("source"),
            licence: form.text("licence"),
            document_sha256: form.text("document_sha256"),
        };
        let [zone, year] = ["zone", "year"].map(|name| form.text(name).unwrap_or_default());
        residual_mixes::keep(app, input.caller()?, [&zone, &year], request).await
    };
    match kept.await {
        Ok(_) => Ok(Answer::see_other(PATH.to_owned())),
        Err(problem) if is_mendable(&problem) => {
            Ok(page(app, input, form.refused(&problem)).await?.refused(&problem))
        }
        Err(problem) => Err(problem),
    }
}

/// `POST /app/market/residual-mixes/{zone}/{year}/remove`
pub(crate) async fn remove(app: &App, input: &Input, zone: &str, year: &str) -> Result<Answer, Problem> {
    PageForm::sent_by_owner(input)?;
    residual_mixes::remove(app, input, zone, year).await?;
    Ok(Answer::see_other(PATH.to_owned()))
}
