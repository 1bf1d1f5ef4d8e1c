//! A client's dashboard: what a link opens, and the same for its supplier to look at.

mod words;

use super::{
    escaped, html, months,
    shell::Shell,
    shown::{Drawn, Part, Shown, between},
};
use crate::{
    api::{App, Input, now, reports, time},
    issue::{self, Wanted},
    link_token,
    problem::Problem,
    response::Answer,
    store::{AccountKey, ListedReport, Opened},
};
use askama::Template;
use carbon_core::{FactorSet, Grams, Quantity, Range};
use carbon_report::{
    EarlierMonth, Equivalent, Language, Likened, ModelLine, Month, Statement, Status, TagLine, Wording,
    figure::{self, MassUnit},
};
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use words::{Words, own_name};

/// Months that the trend shows, the one that is looked at included.
const TREND_MONTHS: usize = 12;
/// Months that can be picked: as far back as events may lie.
const PICKED_MONTHS: usize = 14;
/// Tags that the page shows.
const TAGS_SHOWN: usize = 40;
/// Reports of one client and month that are looked through for the newest.
const REPORTS_MAX: usize = 1_000;

#[derive(Template)]
#[template(path = "dashboard.html")]
struct Page {
    shell: Shell,
    words: &'static Words,
    wording: Wording,
    /// Address of the page, and of the reports' files.
    base: String,
    reports: String,
    logo: Option<String>,
    /// Said to the supplier who looks at it.
    is_preview: bool,
    client: String,
    supplier: String,
    month: MonthChoice,
    months: Vec<MonthChoice>,
    languages: Vec<LanguageChoice>,
    is_final: bool,
    factor_set: String,
    total: Shown,
    coverage: String,
    has_partial_energy: bool,
    mix: Vec<Part>,
    day_unit: String,
    days: Vec<DayRow>,
    models: Vec<ModelRow>,
    unknown: Vec<UnknownRow>,
    tags: Vec<Tag>,
    more_tags: Option<String>,
    trend_unit: String,
    trend: Vec<TrendRow>,
    change: Option<String>,
    levers: Vec<carbon_report::LeverWords>,
    equivalents: Vec<EquivalentRow>,
    downloads: Option<Downloads>,
}

#[derive(Clone)]
struct MonthChoice {
    value: String,
    words: String,
}

struct LanguageChoice {
    code: &'static str,
    name: &'static str,
    is_current: bool,
}

struct DayRow {
    day: String,
    words: String,
    requests: String,
    grams: String,
    /// In the unit of the chart; empty where nothing is known.
    plotted: String,
}

struct ModelRow {
    name: String,
    place: Option<String>,
    figures: Shown,
    drawn: Drawn,
    level: &'static str,
    level_words: &'static str,
}

struct UnknownRow {
    name: String,
    requests: String,
    tokens: String,
}

struct Tag {
    name: String,
    lines: Vec<TagRow>,
}

struct TagRow {
    value: String,
    figures: Shown,
    per_call: String,
    answer_tokens: String,
}

struct TrendRow {
    month: String,
    words: String,
    figures: Shown,
    plotted: [String; 3],
    factor_set: String,
}

struct EquivalentRow {
    sentence: String,
    source: String,
    url: Option<String>,
}

struct Downloads {
    report_id: String,
    words: String,
}

/// `GET /d/{token}`: one tenant, and nothing else.
pub(super) async fn show(app: &App, input: &Input, token: &str) -> Result<Answer, Problem> {
    // Programs that look whether a link leads somewhere ask for the head alone.
    let Opened { account, tenant_id, .. } = opened(app, token, !input.is_head).await?;
    let look = Look {
        account,
        tenant_id,
        base: format!("/d/{token}"),
        reports: format!("/d/{token}/reports"),
        logo: format!("/d/{token}/logo.png"),
        is_preview: false,
    };
    page(app, input, look).await
}

/// `GET /app/tenants/{tenant_id}/dashboard`: what the client sees. Opens nothing, so it is not billed.
pub(super) async fn preview(app: &App, input: &Input, tenant_id: String) -> Result<Answer, Problem> {
    let look = Look {
        account: input.caller()?.account,
        base: format!("/app/tenants/{}/dashboard", escaped(&tenant_id)),
        tenant_id,
        reports: "/app/reports".to_owned(),
        logo: "/app/logo.png".to_owned(),
        is_preview: true,
    };
    page(app, input, look).await
}

/// `GET /d/{token}/reports/{report_id}/{form}`: of this client alone.
pub(super) async fn report(app: &App, token: &str, report_id: String, form: &str) -> Result<Answer, Problem> {
    let Opened { account, tenant_id, .. } = opened(app, token, false).await?;
    let its = app.store.reports(account, Some(tenant_id), None, REPORTS_MAX).await?;
    if !its.iter().any(|report| report.report_id == report_id) {
        return Err(Problem::not_found("report"));
    }
    reports::form_of(app, account, report_id, form).await
}

/// `GET /d/{token}/logo.png`
pub(super) async fn logo_of(app: &App, token: &str) -> Result<Answer, Problem> {
    logo(app, opened(app, token, false).await?.account).await
}

/// The logo on an account's reports.
pub(super) async fn logo(app: &App, account: AccountKey) -> Result<Answer, Problem> {
    let no_logo = || Problem::not_found("logo");
    let sha256 = app.store.branding(account).await?.logo_sha256.ok_or_else(no_logo)?;
    let png = app.store.logo(account, sha256).await?.ok_or_else(no_logo)?;
    Ok(Answer::asset("image/png", png, None, false))
}

/// Whose dashboard a link opens. Where it is seen, that counts the client as active in this month.
async fn opened(app: &App, token: &str, is_seen: bool) -> Result<Opened, Problem> {
    let not_found = || Problem::not_found("dashboard, or its link is over");
    let link_key = link_token::link_key(app.store.link_secret(), token).ok_or_else(not_found)?;
    let now = now();
    let month = Month::of(time::day(now));
    app.store.open_dashboard(link_key, now.as_millisecond(), month, is_seen).await?.ok_or_else(not_found)
}

/// Who looks at whose dashboard.
struct Look {
    account: AccountKey,
    tenant_id: String,
    base: String,
    reports: String,
    logo: String,
    is_preview: bool,
}

async fn page(app: &App, input: &Input, look: Look) -> Result<Answer, Problem> {
    let now = now();
    let [month, this_month] = months(input);
    let language = input.asked("language").and_then(|code| Language::from_code(&code));
    let Look { account, tenant_id, .. } = &look;
    let trend = month.back(TREND_MONTHS).skip(1).collect();
    let found = app.store.month_of_tenant(*account, tenant_id.clone(), month, language, trend).await?;
    let found = found.ok_or_else(|| Problem::not_found("tenant"))?;
    let language = found.language;
    let issued = app.store.reports(*account, Some(tenant_id.clone()), Some(month), REPORTS_MAX).await?;
    let tenant =
        app.store.tenant(crate::store::Side { account: *account, is_test: false }, tenant_id.clone());
    let region = tenant.await?.and_then(|tenant| tenant.profile.region);
    let wanted = Wanted {
        tenant_id: tenant_id.clone(),
        month,
        language: None,
        financial_year: None,
        invoiced_tokens: None,
    };
    // Sums and values: nothing for a thread that also takes in events.
    app.queries
        .run(move || {
            let statement = issue::statement(found, &wanted, None, now)?;
            let downloads = downloads(&issued, language);
            html(&written(&statement, look, this_month, region.as_deref(), downloads))
        })
        .await?
}

fn written(
    statement: &Statement,
    Look { base, reports, logo, is_preview, .. }: Look,
    this_month: Month,
    region: Option<&str>,
    downloads: Option<Downloads>,
) -> Page {
    let heading = &statement.heading;
    let (language, month) = (heading.language, heading.month);
    let (words, wording) = (Words::of(language), Wording::of(language));
    let choice = |month: Month| MonthChoice { value: month.to_string(), words: language.month(month) };
    let mut months: Vec<Month> = this_month.back(PICKED_MONTHS).collect();
    if !months.contains(&month) {
        months.push(month);
    }
    let languages = Language::ALL.map(|choice| LanguageChoice {
        code: choice.as_str(),
        name: own_name(choice),
        is_current: choice == language,
    });
    let total = &statement.total;
    let (day_unit, days) = days(statement, words);
    let (trend_unit, trend) = trend(statement, words);
    let (tags, more_tags) = tags(statement, words);
    Page {
        shell: Shell { language: language.as_str(), ..Shell::private("", false) },
        words,
        wording,
        base,
        reports,
        logo: heading.supplier.logo_sha256.is_some().then_some(logo),
        is_preview,
        client: heading.client.name.clone(),
        supplier: heading.supplier.name.clone(),
        month: choice(month),
        months: months.into_iter().map(choice).collect(),
        languages: languages.into(),
        is_final: heading.status == Status::Final,
        factor_set: statement.factor_set.clone(),
        coverage: wording.share(statement.coverage.ratio()),
        // A published factor says nothing of energy: what is shown is a part then.
        has_partial_energy: total.energy.is_some() && statement.by_method.len() > 1,
        mix: Part::of_levels(statement, language),
        day_unit,
        days,
        models: models(&statement.by_model, language),
        unknown: unknown(statement),
        tags,
        more_tags,
        trend_unit,
        trend,
        change: statement.trend.change.as_ref().map(|change| wording.month_change(change)),
        levers: statement.levers.iter().map(|lever| wording.lever(lever)).collect(),
        equivalents: equivalents(statement, words, region),
        downloads,
        total: Shown::of(total, language, words.not_quantified),
    }
}

/// The newest report in the language of the page, else in any.
fn downloads(issued: &[ListedReport], language: Language) -> Option<Downloads> {
    let report = issued.iter().find(|report| report.language == language).or(issued.first())?;
    let date = jiff::Timestamp::from_millisecond(report.created_at_ms).ok().map(time::day)?;
    let words = Words::of(language)
        .report
        .replace("{date}", &language.date(date))
        .replace("{revision}", &report.revision.to_string());
    Some(Downloads { report_id: report.report_id.clone(), words })
}

/// The unit of the highest of some masses, and a mass as a plain number in it.
fn plot(masses: impl Iterator<Item = Grams>) -> (MassUnit, impl Fn(Grams) -> String) {
    let unit = MassUnit::for_grams(masses.max().unwrap_or_default());
    (unit, move |grams| unit.of(grams).round_dp(6).normalize().to_string())
}

fn days(statement: &Statement, words: &Words) -> (String, Vec<DayRow>) {
    let language = statement.heading.language;
    let wording = Wording::of(language);
    if statement.total.usage.requests == 0 {
        return (String::new(), Vec::new());
    }
    let (unit, plotted) = plot(statement.by_day.iter().filter_map(|line| line.co2));
    let rows = statement.by_day.iter().map(|line| DayRow {
        day: line.day.to_string(),
        words: language.date(line.day),
        requests: wording.count(line.usage.requests),
        grams: line.co2.map_or_else(|| words.not_quantified.to_owned(), |co2| wording.mass(co2)),
        plotted: line.co2.map_or_else(String::new, &plotted),
    });
    (words.a_day.replace("{unit}", unit.symbol()), rows.collect())
}

fn models(lines: &[ModelLine], language: Language) -> Vec<ModelRow> {
    let ranges: Vec<Range<Grams>> = lines.iter().map(ModelLine::co2).collect();
    let rows = lines.iter().zip(Drawn::side_by_side(&ranges)).map(|(line, drawn)| ModelRow {
        name: line.model.clone(),
        place: line.place.as_ref().map(|place| place.region.clone()),
        figures: Shown::of(&line.valued, language, ""),
        drawn,
        level: line.confidence.as_str(),
        level_words: Wording::of(language).confidence(Some(line.confidence)),
    });
    rows.collect()
}

fn unknown(statement: &Statement) -> Vec<UnknownRow> {
    let wording = Wording::of(statement.heading.language);
    let rows = statement.unknown_models.iter().map(|line| UnknownRow {
        name: line.name.clone(),
        requests: wording.count(line.usage.requests),
        tokens: wording.count(line.usage.total_tokens()),
    });
    rows.collect()
}

/// The largest tags, by their keys; and what is said of the others.
fn tags(statement: &Statement, words: &Words) -> (Vec<Tag>, Option<String>) {
    let language = statement.heading.language;
    let wording = Wording::of(language);
    let central = |line: &TagLine| line.valued.co2.map(Range::central);
    let mut lines: Vec<&TagLine> = statement.by_tag.iter().collect();
    lines.sort_by_key(|line| std::cmp::Reverse(central(line)));
    let total = lines.len();
    lines.truncate(TAGS_SHOWN);
    let more = (total > lines.len()).then(|| {
        let [shown, total] = [lines.len(), total].map(|count| wording.count(count as u64));
        words.more_tags.replace("{shown}", &shown).replace("{total}", &total)
    });
    let mut keys: BTreeMap<&str, Vec<TagRow>> = BTreeMap::new();
    for line in lines {
        let requests = Decimal::from(line.valued.usage.requests);
        let a_call = |sum: Decimal| sum.checked_div(requests);
        let shown = |number: Decimal| language.number(figure::three_significant(number));
        let per_call = central(line).and_then(|grams| a_call(grams.as_decimal()));
        keys.entry(&line.name).or_default().push(TagRow {
            value: line.value.clone(),
            figures: Shown::of(&line.valued, language, words.not_quantified),
            per_call: per_call.map_or_else(|| words.not_quantified.to_owned(), shown),
            answer_tokens: a_call(Decimal::from(line.valued.usage.output_tokens))
                .map_or_else(String::new, shown),
        });
    }
    (keys.into_iter().map(|(name, lines)| Tag { name: name.to_owned(), lines }).collect(), more)
}

fn trend(statement: &Statement, words: &Words) -> (String, Vec<TrendRow>) {
    let heading = &statement.heading;
    let language = heading.language;
    let this = EarlierMonth {
        month: heading.month,
        status: heading.status,
        factor_set: statement.factor_set.clone(),
        stated: statement.total.into(),
    };
    let months: Vec<&EarlierMonth> = statement.trend.earlier.iter().chain([&this]).collect();
    if months.iter().all(|month| month.stated.usage.requests == 0) {
        return (String::new(), Vec::new());
    }
    let highest = months.iter().filter_map(|month| month.stated.co2.map(Range::high));
    let (unit, plotted) = plot(highest);
    let rows = months.iter().map(|EarlierMonth { month, factor_set, stated, .. }| {
        let valued =
            carbon_report::Valued { usage: stated.usage, co2: stated.co2, energy: None, water: None };
        let plotted = |co2: Range<Grams>| [co2.low(), co2.central(), co2.high()].map(&plotted);
        TrendRow {
            month: month.to_string(),
            words: language.month(*month),
            figures: Shown::of(&valued, language, words.not_quantified),
            plotted: stated.co2.map(plotted).unwrap_or_default(),
            factor_set: factor_set.clone(),
        }
    });
    (words.a_month.replace("{unit}", unit.symbol()), rows.collect())
}

fn equivalents(statement: &Statement, words: &Words, region: Option<&str>) -> Vec<EquivalentRow> {
    let language = statement.heading.language;
    let set = FactorSet::latest();
    let zone =
        region.and_then(|region| set.locate(region, None).ok()).or_else(|| set.locate("WOR", None).ok());
    let Some((co2, zone)) = statement.total.co2.map(Range::central).zip(zone) else { return Vec::new() };
    if co2.as_decimal().is_zero() {
        return Vec::new();
    }
    let rows = Equivalent::of(co2, zone.zone).into_iter().map(|Equivalent { likened, source, url }| {
        let sentence = match likened {
            Likened::Electricity { energy, zone, g_per_kwh, year } => words
                .electricity
                .replace("{energy}", &figure::energy(energy, language))
                .replace("{zone}", &zone)
                .replace("{grams}", &language.number(figure::three_significant(g_per_kwh)))
                .replace("{year}", &year.map_or_else(String::new, |year| year.to_string())),
            Likened::Petrol { volume } => words.petrol.replace("{litres}", &figure::water(volume, language)),
        };
        EquivalentRow { sentence, source, url }
    });
    rows.collect()
}

impl Page {
    fn total_range(&self) -> String {
        self.total.range(self.words.range_sentence)
    }

    fn tokens_split(&self) -> String {
        let (input, output) = (&self.total.input_tokens, &self.total.output_tokens);
        self.words.tokens_split.replace("{input}", input).replace("{output}", output)
    }

    fn between(&self, bounds: &[String; 2]) -> String {
        between(self.words.from_to, bounds)
    }
}
