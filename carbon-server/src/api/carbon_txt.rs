//! `carbon.txt`: the supplier's index of what it publishes about its emissions (carbontxt.org, syntax 0.6), to put on
//! its own site. It names what is public here (the methodology and the factors), and nothing about clients.

use crate::{
    app::App,
    base::clock,
    base::clock::now,
    http::{answer::Answer, problem::Problem, request::Input},
};
use serde::Serialize;

#[derive(Serialize)]
struct CarbonTxt<'a> {
    version: &'static str,
    last_updated: String,
    org: Organisation<'a>,
}

#[derive(Serialize)]
struct Organisation<'a> {
    disclosures: [Disclosure<'a>; 2],
}

#[derive(Serialize)]
struct Disclosure<'a> {
    doc_type: &'static str,
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<&'a str>,
    title: String,
    description: &'static str,
}

/// `GET /api/v1/carbon.txt`
pub(crate) async fn show(app: &App, input: &Input) -> Result<Answer, Problem> {
    let branding = app.store.branding(input.caller()?.account).await?;
    let (url, domain) = (app.network.url(input), branding.domain.as_deref());
    let method = Disclosure {
        doc_type: "web-page",
        url: format!("{url}/methodology"),
        domain,
        title: "How the emissions of LLM inference are calculated".to_owned(),
        description: "Methods, boundaries and ranges of the estimates.",
    };
    let factors = Disclosure {
        doc_type: "measurement-data",
        url: format!("{url}/api/v1/models"),
        domain,
        title: format!(
            "Emission factors of LLM inference, factor set {}",
            app.registry.default_set().as_str()
        ),
        description: "The factors by which metered tokens are multiplied, each with its source.",
    };
    let document = CarbonTxt {
        version: "0.6",
        last_updated: clock::day(now()).to_string(),
        org: Organisation { disclosures: [method, factors] },
    };
    let text = toml::to_string_pretty(&document).map_err(Problem::internal)?;
    Ok(Answer::form("text/plain; charset=utf-8", "carbon.txt".to_owned(), text.into_bytes()))
}
