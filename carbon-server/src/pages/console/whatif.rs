//! A change of use, asked of one client's month. Nothing is stored, so the form is sent as a query.

use crate::{
    api::{
        planning::{
            Asked, ChangeRequest, EffectAnswer, MatchRequest, WhatIfAnswer, WhatIfRequest, answered, wanted,
        },
        usage::{GroupBy, usage_by},
    },
    app::App,
    base::{clock::now, exact::ExactRange},
    http::{answer::Answer, problem::Problem, request::Input},
    pages::{
        console::{ConsoleContext, LANGUAGE},
        form::{PageForm, is_mendable},
        html::{escaped, html},
        month::{self, MonthChoice},
        shell::Shell,
    },
    store::Tenant,
};
use askama::Template;
use carbon_core::{Grams, Range};
use carbon_report::words::Wording;

#[derive(Template)]
#[template(path = "console/whatif.html")]
struct WhatIfPage {
    shell: Shell,
    context: ConsoleContext,
    name: String,
    base: String,
    month: MonthChoice,
    months: Vec<MonthChoice>,
    /// Models of the month.
    models: Vec<String>,
    kinds: [(&'static str, &'static str); 5],
    form: PageForm,
    outcome: Option<OutcomeWords>,
}

struct OutcomeWords {
    verdict: &'static str,
    before: String,
    after: String,
    /// Each with its range.
    difference: [String; 2],
    remains: [String; 2],
    notes: Vec<String>,
    assumptions: Vec<&'static str>,
}

/// What may be changed, and what the page calls it.
const KINDS: [(&str, &str); 5] = [
    ("output_tokens", "Output tokens, by a percentage such as -20 %"),
    ("input_tokens", "Input tokens, by a percentage such as -20 %"),
    ("cache_share", "Share of the input that is cached, such as 0.5"),
    ("model", "Model, such as gpt-5-nano"),
    ("region", "Region, such as FRA"),
];

/// `GET /app/tenants/{tenant_id}/whatif`
pub(crate) async fn show(app: &App, input: &Input, tenant_id: String) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    let [month, this_month] = month::asked(input);
    let tenant = app.store.tenant(caller.side(), tenant_id.clone()).await?;
    let Tenant { profile, .. } = tenant.ok_or_else(|| Problem::not_found("client"))?;
    let days = [month.first_day(), month.last_day()];
    let used = usage_by(app, caller.side(), Some(tenant_id.clone()), days, GroupBy::Model).await?;
    let asked = |name: &'static str| (name, input.asked(name));
    let form = PageForm::filled(["calls_to", "kind", "to"].map(asked));
    let mut page = WhatIfPage {
        shell: Shell::console(app, input, "/app/tenants")?,
        context: ConsoleContext::of(app, input).await?,
        name: profile.name.or(profile.legal_name).unwrap_or_else(|| tenant_id.clone()),
        base: format!("/app/tenants/{}", escaped(&tenant_id)),
        month: MonthChoice::of(month, LANGUAGE),
        months: MonthChoice::all(month, this_month, LANGUAGE),
        models: used.rows.into_iter().filter_map(|(name, _)| name).collect(),
        kinds: KINDS,
        outcome: None,
        form,
    };
    if page.form.text("to").is_none() {
        return html(&page);
    }
    let outcome = async {
        let request = WhatIfRequest {
            month: Some(month.to_string()),
            tenant_id: Some(tenant_id),
            changes: vec![change(&page.form)?],
            ..WhatIfRequest::default()
        };
        answered(app, Asked { side: caller.side(), wanted: wanted(request, now())? }).await
    };
    match outcome.await {
        Ok(answer) => {
            page.outcome = Some(in_outcome_words(answer));
            html(&page)
        }
        Err(problem) if is_mendable(&problem) => {
            let problem = at_fields(problem);
            page.form = page.form.refused(&problem);
            Ok(html(&page)?.refused(&problem))
        }
        Err(problem) => Err(problem),
    }
}

/// The same problem, at the fields of the page: it sends one change.
fn at_fields(problem: Problem) -> Problem {
    let Problem::Invalid { mut errors } = problem else { return problem };
    for error in &mut errors {
        error.pointer = if error.pointer.contains("/match/") { "/calls_to" } else { "/to" }.to_owned();
    }
    Problem::Invalid { errors }
}

fn change(form: &PageForm) -> Result<ChangeRequest, Problem> {
    let model = form.text("calls_to");
    let matching = model.map(|model| MatchRequest { model: Some(model), ..MatchRequest::default() });
    let (none, to) = (ChangeRequest { matching, ..ChangeRequest::default() }, form.text("to"));
    Ok(match form.value("kind") {
        "model" => ChangeRequest { model: to, ..none },
        "region" => ChangeRequest { region: to, ..none },
        "input_tokens" => ChangeRequest { input_tokens: to, ..none },
        "cache_share" => {
            let share =
                form.decimal("to").map_err(|fault| Problem::invalid("/changes/0/cache_share", fault))?;
            ChangeRequest { cache_share: share, ..none }
        }
        _ => ChangeRequest { output_tokens: to, ..none },
    })
}

fn in_outcome_words(answer: WhatIfAnswer) -> OutcomeWords {
    let wording = Wording::of(LANGUAGE);
    let WhatIfAnswer { together, assumptions, .. } = answer;
    let EffectAnswer { before, after, difference_co2_grams, ratio, verdict, notes, .. } = together;
    let mass = |co2: Option<Range<Grams>>| {
        co2.map_or_else(|| "not quantified".to_owned(), |co2| wording.masses(co2)[1].clone())
    };
    let ExactRange { low, central, high } = difference_co2_grams;
    let [low, central, high] = [low, central, high].map(|exact| Grams::new(exact.as_decimal()));
    let difference = Range::new(low, central, high).map_or_else(Default::default, |range| {
        let [low, _, high] = wording.differences(range);
        [wording.signed_mass(range.central()), format!("from {low} to {high}")]
    });
    let remains = ratio.map(|ExactRange { low, central, high }| {
        let [low, central, high] = [low, central, high].map(|share| wording.percent(share.as_decimal()));
        let range = if low == high { String::new() } else { format!("from {low} to {high}") };
        [central, range]
    });
    OutcomeWords {
        verdict: match verdict {
            "lower" => "It emits less",
            "higher" => "It emits more",
            _ => "Not distinguishable",
        },
        before: mass(before.valued().co2),
        after: mass(after.valued().co2),
        difference,
        remains: remains.unwrap_or_else(|| ["not quantified".to_owned(), String::new()]),
        notes,
        assumptions,
    }
}
