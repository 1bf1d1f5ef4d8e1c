//! How figures are calculated, from the registry itself, with a calculator.

use crate::{
    app::App,
    base::clock,
    base::clock::now,
    config,
    http::{
        answer::Answer,
        problem::{FieldError, Problem},
        request::Input,
    },
    pages::{
        documents,
        form::{PageForm, is_mendable},
        html::html,
        opinions::OpinionTable,
        registry::{FactorRow, SetRow, published},
        shell::Shell,
    },
};
use askama::Template;
use carbon_core::{Call, Confidence, FactorSet, Usage};

#[derive(Template)]
#[template(path = "methodology.html")]
struct Methodology {
    shell: Shell,
    form: PageForm,
    estimate: Option<CalculatorResult>,
    models: Vec<&'static str>,
    factors: Vec<FactorRow>,
    sets: Vec<SetRow>,
    /// HTML of docs/methodology.md.
    text: &'static str,
}

/// The calculator's result.
struct CalculatorResult {
    model: String,
    /// Similar listed names, if the model is unknown.
    suggestions: Vec<&'static str>,
    /// `None` if no model has the name.
    opinions: Option<OpinionTable>,
    command: String,
}

/// The calculator's initial values.
const FIRST: [(&str, &str); 3] = [("model", "gpt-4o"), ("input_tokens", "600"), ("output_tokens", "400")];

/// `GET /methodology`; with `?model=…` it includes the calculator's result.
pub(super) async fn show(app: &App, input: &Input) -> Result<Answer, Problem> {
    let is_asked = input.asked("model").is_some();
    let form = if is_asked {
        PageForm::filled(
            ["model", "input_tokens", "output_tokens", "region"].map(|name| (name, input.asked(name))),
        )
    } else {
        PageForm::filled(FIRST.map(|(name, value)| (name, Some(value.to_owned()))))
    };
    let set = app.registry.default_set();
    let page = |form, estimate, shell| Methodology {
        shell,
        form,
        estimate,
        models: set.models().iter().map(carbon_core::model::Model::id).collect(),
        factors: published(set),
        sets: app
            .registry
            .versions()
            .iter()
            .filter_map(|version| app.registry.released(version))
            .map(SetRow::of)
            .collect(),
        text: documents::methodology(),
    };
    let shell = Shell::public(app, input, "/methodology").await;
    match answer(set, &form, &app.network.url(input)) {
        Ok(estimate) => html(&page(form, Some(estimate), shell)),
        Err(problem) if is_asked && is_mendable(&problem) => {
            Ok(html(&page(form.refused(&problem), None, shell))?.refused(&problem))
        }
        Err(problem) => Err(problem),
    }
}

/// The result of `POST /api/v1/estimate` for the same call, by two methods.
fn answer(set: &'static FactorSet, form: &PageForm, url: &str) -> Result<CalculatorResult, Problem> {
    let mut errors = Vec::new();
    let mut count = |name: &str| {
        let count = form.text(name).and_then(|text| text.parse().ok());
        let count = count.filter(|count| *count <= config::TOKENS_MAX);
        if count.is_none() {
            let detail = format!("must be a whole number from 0 to {}", config::TOKENS_MAX);
            errors.push(FieldError::new(format!("/{name}"), detail));
        }
        count.unwrap_or_default()
    };
    let usage = Usage::of_call(count("input_tokens"), count("output_tokens"));
    let model = form.text("model").filter(|model| model.len() <= config::MODEL_BYTES_MAX);
    if model.is_none() {
        errors.push(FieldError::new("/model", format!("must be 1 to {} bytes", config::MODEL_BYTES_MAX)));
    }
    let model = match (model, errors.is_empty()) {
        (Some(model), true) => model,
        _ => return Err(Problem::Invalid { errors }),
    };
    let region = form.text("region");
    let command = command(url, &model, &usage, region.as_deref());
    let call = Call { region: region.as_deref(), day: Some(clock::day(now())), ..Call::to(&model) };
    let opinions = match set.opinions(&call, &usage) {
        Ok(opinions) => opinions,
        Err(carbon_core::EstimateError::Region(unknown)) => {
            return Err(Problem::invalid("/region", format!("is invalid: {unknown}")));
        }
        Err(carbon_core::EstimateError::Model(_)) => {
            return Ok(CalculatorResult {
                suggestions: set.suggestions(&model),
                model,
                opinions: None,
                command,
            });
        }
    };
    Ok(CalculatorResult {
        model: opinions.deployment.model.id().to_owned(),
        suggestions: Vec::new(),
        opinions: Some(OpinionTable::of(&opinions)),
        command,
    })
}

/// The same request to the API, for a shell.
fn command(url: &str, model: &str, usage: &Usage, region: Option<&str>) -> String {
    let mut body = serde_json::json!({
        "model": model,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
    });
    if let Some(region) = region {
        body["region"] = region.into();
    }
    // Quoted as one word for the shell.
    format!("curl {url}/api/v1/estimate -d '{}'", body.to_string().replace('\'', r"'\''"))
}

impl Methodology {
    /// Fields with faults, under the page's labels.
    fn faults(&self) -> Vec<(&'static str, &str)> {
        let fields = [
            ("model", "Model"),
            ("input_tokens", "Prompt tokens"),
            ("output_tokens", "Response tokens"),
            ("region", "Region"),
        ];
        fields.into_iter().filter_map(|(name, label)| Some((label, self.form.fault(name)?))).collect()
    }

    fn levels(&self) -> [(&'static str, &'static str); 5] {
        [
            (
                Confidence::Measured.as_str(),
                "A provider's own life-cycle assessment or metering of that model: an average, not a measurement of this call.",
            ),
            (
                Confidence::Benchmarked.as_str(),
                "Open weights of a disclosed size, by a model calibrated on measurements.",
            ),
            (Confidence::Estimated.as_str(), "Size or factor estimated by a named third party."),
            (
                Confidence::Proxy.as_str(),
                "The value of a stated class of models, used only if an account requests it.",
            ),
            (
                "unknown",
                "No factor: counted and listed by name, but not in any total. Never zero, never another model's value.",
            ),
        ]
    }
}
