//! Grids and cloud regions: searched by code or name, page by page.

use crate::{
    app::App,
    http::{answer::Answer, problem::Problem, request::Input},
    pages::{
        form::PageForm,
        html::{escaped, html},
        models::ShownSet,
        shell::Shell,
        size::span,
    },
};
use askama::Template;
use carbon_core::place::{Site, Zone};
use carbon_report::{Language, words::Wording};

/// Places on a page.
const ROWS: usize = 50;

#[derive(Template)]
#[template(path = "registry_regions.html")]
struct RegionsPage {
    shell: Shell,
    shown: ShownSet,
    form: PageForm,
    rows: Vec<PlaceRow>,
    total: String,
    previous: Option<String>,
    next: Option<String>,
}

/// A place that calls may name.
struct PlaceRow {
    code: String,
    /// The list with this place alone, or with those of its name.
    link: String,
    grid: String,
    g_per_kwh: String,
    year: String,
    pue: String,
    water: String,
    source: String,
}

/// `GET /registry/regions`
pub(in crate::pages) async fn show(app: &App, input: &Input) -> Result<Answer, Problem> {
    let shown = ShownSet::of(app, input)?;
    let form = PageForm::filled([("q", input.asked("q"))]);
    let asked = form.text("q").unwrap_or_default().to_lowercase();
    let rows = places(&shown)
        .filter(|row| row.code.to_lowercase().contains(&asked) || row.grid.to_lowercase().contains(&asked));
    let rows: Vec<PlaceRow> = rows.collect();
    let (total, last) = (rows.len(), rows.len().saturating_sub(1) / ROWS);
    let page = input.asked("page").and_then(|page| page.parse().ok()).unwrap_or(0_usize).min(last);
    let of_page =
        |page: usize| format!("{}&page={page}", address(&shown, &form.text("q").unwrap_or_default()));
    let total = Wording::of(Language::En).count(u64::try_from(total).unwrap_or(u64::MAX));
    html(&RegionsPage {
        shell: Shell::public(app, input, "/registry").await,
        previous: page.checked_sub(1).map(of_page),
        next: (page < last).then(|| of_page(page + 1)),
        rows: rows.into_iter().skip(page * ROWS).take(ROWS).collect(),
        total,
        form,
        shown,
    })
}

/// Grids by code, then cloud regions in the order of the tables.
fn places(shown: &ShownSet) -> impl Iterator<Item = PlaceRow> {
    let set = shown.set;
    let zones = set.zones().iter().map(|zone| row(shown, zone.id(), zone, None));
    zones.chain(set.regions().map(|place| row(shown, place.region, place.zone, place.site)))
}

/// The list with what a code or a name is found in.
fn address(shown: &ShownSet, asked: &str) -> String {
    format!("/registry/regions?q={}{}", escaped(asked), shown.query('&'))
}

/// `GET /registry/regions/{code}`: a place among the others.
pub(in crate::pages) fn one(app: &App, input: &Input, code: &str) -> Result<Answer, Problem> {
    Ok(Answer::see_other(address(&ShownSet::of(app, input)?, code)))
}

fn row(shown: &ShownSet, code: &str, zone: &Zone, site: Option<&Site>) -> PlaceRow {
    let grid = zone.grid();
    let of_site = |number: fn(&Site) -> [f64; 2]| site.map_or_else(String::new, |site| span(number(site)));
    PlaceRow {
        code: code.to_owned(),
        link: address(shown, code),
        grid: zone.name().to_owned(),
        g_per_kwh: grid.g_per_kwh().to_string(),
        year: grid.year().map_or_else(String::new, |year| year.to_string()),
        pue: of_site(|site| site.pue),
        water: of_site(|site| site.onsite_water_l_per_kwh),
        source: match site {
            Some(site) => format!("{}; {}", grid.source().publisher(), site.source().publisher()),
            None => grid.source().publisher().to_owned(),
        },
    }
}
