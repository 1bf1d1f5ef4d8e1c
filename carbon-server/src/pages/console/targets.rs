//! A client's targets: where the month's figures lie, the form for another, and taking one away.

use crate::{
    api::planning::targets::{self, TargetRequest},
    app::App,
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
use carbon_report::{
    target::{Target, TargetPer},
    words::{TargetWords, Wording},
};

#[derive(Template)]
#[template(path = "console/targets.html")]
struct TargetsPage {
    shell: Shell,
    context: ConsoleContext,
    name: String,
    base: String,
    month: MonthChoice,
    months: Vec<MonthChoice>,
    targets: Vec<TargetRow>,
    kinds: [(&'static str, &'static str); TargetPer::ALL.len()],
    form: PageForm,
}

struct TargetRow {
    name: String,
    /// What is not to be exceeded.
    target: String,
    from: String,
    figure: String,
    reading: String,
    /// The address that takes it away.
    remove: String,
}

/// `GET /app/tenants/{tenant_id}/targets`
pub(crate) async fn show(app: &App, input: &Input, tenant_id: String) -> Result<Answer, Problem> {
    page(app, input, tenant_id, PageForm::default()).await
}

async fn page(app: &App, input: &Input, tenant_id: String, form: PageForm) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    let [month, this_month] = month::asked(input);
    let tenant = app.store.tenant(caller.side(), tenant_id.clone()).await?;
    let Tenant { profile, .. } = tenant.ok_or_else(|| Problem::not_found("client"))?;
    let (later, lines) = targets::lines_of(app, caller.account, tenant_id.clone(), month).await?;
    let wording = Wording::of(LANGUAGE);
    let base = format!("/app/tenants/{}", escaped(&tenant_id));
    let held = lines.iter().map(|line| {
        let TargetWords { name, target, figure, reading, .. } = wording.target(line);
        TargetRow { name, target, figure, reading, ..later_row(&line.target, &base) }
    });
    let targets = held.chain(later.iter().map(|target| later_row(target, &base))).collect();
    html(&TargetsPage {
        shell: Shell::console(app, input, "/app/tenants")?,
        context: ConsoleContext::of(app, input).await?,
        name: profile.name.or(profile.legal_name).unwrap_or(tenant_id),
        month: MonthChoice::of(month, LANGUAGE),
        months: MonthChoice::all(month, this_month, LANGUAGE),
        kinds: KINDS.map(|(per, words)| (per.as_str(), words)),
        targets,
        base,
        form,
    })
}

/// A target that does not hold yet.
fn later_row(target: &Target, base: &str) -> TargetRow {
    let mass = Wording::of(LANGUAGE).mass(target.grams);
    let tag = target.tag.as_ref().map(|tag| format!(" (calls tagged {}={})", tag.name, tag.value));
    TargetRow {
        target: format!("{mass} per {}{}", per_words(target.per), tag.unwrap_or_default()),
        from: target.from.map_or_else(|| "any month".to_owned(), |month| month.to_string()),
        figure: "–".to_owned(),
        reading: "not in this month".to_owned(),
        remove: format!("{base}/targets/{}/remove", escaped(&target.name)),
        name: target.name.clone(),
    }
}

/// What the form offers, and what the page calls it.
const KINDS: [(TargetPer, &str); TargetPer::ALL.len()] = [
    (TargetPer::Month, "month"),
    (TargetPer::Year, "year"),
    (TargetPer::ThousandTokens, "1,000 tokens"),
    (TargetPer::Request, "call"),
];

fn per_words(per: TargetPer) -> &'static str {
    KINDS.iter().find(|(kind, _)| *kind == per).map_or(per.as_str(), |(_, words)| words)
}

/// Redirects to the page, in the month that was shown.
fn back_to(tenant_id: &str, form: &PageForm) -> Answer {
    let month =
        form.text("seen_month").map_or_else(String::new, |month| format!("?month={}", escaped(&month)));
    Answer::see_other(format!("/app/tenants/{}/targets{month}", escaped(tenant_id)))
}

/// `POST /app/tenants/{tenant_id}/targets`
pub(crate) async fn set(app: &App, input: &Input, tenant_id: String) -> Result<Answer, Problem> {
    let form = PageForm::sent_by_owner(input)?;
    let kept = async {
        let request = TargetRequest {
            grams: form.decimal("grams").map_err(|fault| Problem::invalid("/grams", fault))?,
            per: form.text("per"),
            tag: form.text("tag"),
            from: form.text("from"),
        };
        let name = form.text("target_name").unwrap_or_default();
        targets::keep(app, input.caller()?.side(), tenant_id.clone(), name, request).await
    };
    match kept.await {
        Ok(_) => Ok(back_to(&tenant_id, &form)),
        Err(problem) if is_mendable(&problem) => {
            Ok(page(app, input, tenant_id, form.refused(&problem)).await?.refused(&problem))
        }
        Err(problem) => Err(problem),
    }
}

/// `POST /app/tenants/{tenant_id}/targets/{target_name}/remove`
pub(crate) async fn remove(
    app: &App,
    input: &Input,
    tenant_id: String,
    target_name: String,
) -> Result<Answer, Problem> {
    let form = PageForm::sent_by_owner(input)?;
    targets::remove(app, input, tenant_id.clone(), target_name).await?;
    Ok(back_to(&tenant_id, &form))
}
