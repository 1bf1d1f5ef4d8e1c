//! The pages about the registry say what the registry holds.

use carbon_core::{
    FactorSet, Usage,
    factor::{Factor, Inclusion, Record, Stage},
    model::{Model, ParametersStatus},
    place::Site,
    quantity::Quantity,
    usage::Denominator,
};
use std::fmt::Write;

const METHODOLOGY: &str = include_str!("../../../docs/methodology.md");
const REGISTRY: &str = include_str!("../../../docs/registry.md");

fn set() -> &'static FactorSet {
    FactorSet::version("2026.12").unwrap()
}

#[track_caller]
fn states(row: &str) {
    assert!(METHODOLOGY.contains(row), "docs/methodology.md lacks\n{row}");
}

/// Every record of a published figure, and every model's own.
fn records() -> Vec<&'static Record> {
    let everything = || set().models().iter().chain(set().products());
    let published = everything().filter_map(Model::coefficient).map(Factor::record);
    let disclosed = everything().flat_map(|model| model.disclosed().records());
    let of_classes = set().classes().iter().map(carbon_core::model::Class::model);
    let modelled = everything()
        .chain(of_classes)
        .filter_map(Model::parameters)
        .map(carbon_core::model::Parameters::record);
    published.chain(disclosed).chain(modelled).collect()
}

#[test]
fn the_methodology_has_every_published_factor() {
    for factor in set().factors() {
        let [low, central, high] = [factor.low(), factor.central(), factor.high()].map(|rate| rate.value());
        states(&format!("| {} | {low} | {central} | {high} | {} |\n", factor.model(), factor.confidence()));
    }
    fn figure<Q: Quantity>(what: &str, factor: Option<&Factor<Q>>) -> usize {
        let Some(factor) = factor else { return 0 };
        let rate = factor.central();
        let per = match rate.per() {
            Denominator::Requests => "request".to_owned(),
            tokens => format!("1,000 {}", tokens.as_str().replace('_', " ")),
        };
        let record = factor.record();
        let covers: Vec<&str> = record.boundary().stages(Inclusion::Included).map(Stage::as_str).collect();
        states(&format!(
            "| {} {what} | {} {} | {per} | {} | {} | {} |\n",
            factor.model(),
            rate.value(),
            Q::UNIT,
            covers.join(", "),
            record.basis(),
            record.validity().observed.as_deref().unwrap_or("")
        ));
        1
    }
    let mut disclosed = 0;
    for model in set().models().iter().chain(set().products()) {
        let figures = model.disclosed();
        disclosed += figure("gwp", figures.co2.as_ref())
            + figure("energy", figures.energy.as_ref())
            + figure("water", figures.water.as_ref())
            + figure("adpe", figures.adpe.as_ref());
    }
    assert_eq!(disclosed, 7);
}

#[test]
fn the_methodology_has_every_boundary_and_every_source() {
    for record in records() {
        let boundary = record.boundary();
        let cells: Vec<&str> = Stage::ALL.iter().map(|&stage| boundary.covers(stage).as_str()).collect();
        states(&format!("| {} | {} |\n", boundary.id(), cells.join(" | ")));
    }
    let zones = set().zones();
    let grids =
        zones.iter().map(|zone| zone.grid().source()).chain(zones.iter().map(|zone| zone.other_source()));
    let sites =
        set().regions().filter_map(|region| region.site).chain(set().fleets().map(|(fleet, _)| fleet.site()));
    let ecologits = set().source("ecologits-method");
    let second = set().models().iter().filter_map(|model| model.parameters()?.second_source());
    for source in records()
        .into_iter()
        .map(Record::source)
        .chain(ecologits)
        .chain(second)
        .chain(grids)
        .chain(sites.map(Site::source))
    {
        let published = source.published().map_or_else(String::new, |date| format!(" ({date})"));
        let title = format!("{}{published}", source.title());
        let cell = source.url().map_or(title.clone(), |url| format!("[{title}]({url})"));
        states(&format!("| {cell} | {} | {} |\n", source.publisher(), source.licence()));
    }
    let modelled = set().models().iter().filter(|model| model.parameters().is_some()).count();
    states(&format!(
        "sizes of {modelled} models, {} grids, {} cloud regions",
        zones.len(),
        set().regions().count()
    ));
}

#[test]
fn the_methodology_has_every_class() {
    for class in set().classes() {
        let size = class.model().parameters().unwrap().size();
        states(&format!(
            "| {} | {} of {} | {} | {} | {} |\n",
            class.name(),
            span(size.active_b),
            span(size.total_b),
            class.gsd(),
            class.derived_from().join(", "),
            class.reason()
        ));
    }
    assert_eq!(set().classes().len(), 4);
}

fn span([low, high]: [f64; 2]) -> String {
    if low < high { format!("{low} to {high}") } else { high.to_string() }
}

/// `UPDATE_PAGES=1 cargo test -p llm-carbon-core pages` writes it anew.
#[test]
fn the_registry_page_is_the_registry() {
    let page = registry_page();
    if std::env::var_os("UPDATE_PAGES").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/registry.md");
        std::fs::write(path, &page).unwrap();
        return;
    }
    assert!(page == REGISTRY, "docs/registry.md is not the registry's: UPDATE_PAGES=1 writes it anew");
}

fn registry_page() -> String {
    let mut page =
        "# Registry, factor set 2026.12\n\nGenerated from `carbon-core/data`; a test compares the two. \
                    [methodology.md](methodology.md) explains the figures.\n"
            .to_owned();
    models(&mut page).unwrap();
    zones(&mut page).unwrap();
    sites(&mut page).unwrap();
    page
}

fn models(page: &mut String) -> std::fmt::Result {
    writeln!(
        page,
        "\n## Models\n\nFacility energy in watt hours per 1,000 tokens, low, central and high, at the provider's usual \
         location; `published` is gCO2e per 1,000 tokens.\n\n| model | provider | billion parameters, active of all | \
         size is | output | fresh input | published | source of the size |\n|---|---|---|---|---|---|---|---|"
    )?;
    for model in set().models() {
        let published =
            model.coefficient().map_or_else(String::new, |factor| factor.central().value().to_string());
        let (mut size, mut status, mut source) = (String::new(), "not known", String::new());
        if let Some(parameters) = model.parameters() {
            let of = parameters.size();
            size = format!("{} of {}", span(of.active_b), span(of.total_b));
            if of.differs_by_way() {
                size += &format!(", {} on input", span(of.active_in_b));
            }
            status = ParametersStatus::as_str(parameters.status());
            let title = parameters.source().title();
            source = parameters.evidence_url().map_or(title.to_owned(), |url| format!("[{title}]({url})"));
            if let Some(second) = parameters.second_source() {
                source += &format!("; {}", second.title());
            }
        }
        let energy = |usage: Usage| {
            let deployment = set().deployment(&carbon_core::Call::to(model.id())).unwrap();
            deployment.bottom_up().map_or_else(String::new, |factor| {
                let energy = factor.apply(&usage).energy();
                [energy.low(), energy.central(), energy.high()]
                    .map(|wh| three_digits(wh.to_f64()))
                    .join(" · ")
            })
        };
        writeln!(
            page,
            "| {} | {} | {size} | {status} | {} | {} | {published} | {source} |",
            model.id(),
            model.provider().unwrap_or(""),
            energy(Usage::of_call(0, 1_000)),
            energy(Usage::of_call(1_000, 0)),
        )?;
    }
    Ok(())
}

fn zones(page: &mut String) -> std::fmt::Result {
    writeln!(
        page,
        "\n## Grids\n\nLocation-based, with the life cycle of each fuel; litres at the power plants per \
         kilowatt hour.\n\n| zone | name | gCO2e/kWh | year | litres | source | source of the water |\n|---|---|---|---|---|---|---|"
    )?;
    for zone in set().zones() {
        let grid = zone.grid();
        let year = grid.year().map_or_else(String::new, |year| year.to_string());
        writeln!(
            page,
            "| {} | {} | {} | {year} | {} | {} | {} |",
            zone.id(),
            zone.name(),
            grid.g_per_kwh(),
            zone.offsite_water_l_per_kwh(),
            grid.source().publisher(),
            zone.other_source().publisher()
        )?;
    }
    Ok(())
}

fn sites(page: &mut String) -> std::fmt::Result {
    writeln!(
        page,
        "\n## Cloud regions and fleets\n\nLitres on site per kilowatt hour of IT energy; a region without figures uses \
         those of the fleet of the model's provider.\n\n| place | zone | PUE | litres | source |\n|---|---|---|---|---|"
    )?;
    let regions = set().regions().map(|place| (place.region, place.zone.id(), place.site));
    let fleets = set().fleets().map(|(fleet, place)| (fleet.name(), place.zone.id(), Some(fleet.site())));
    for (name, zone, site) in regions.chain(fleets) {
        let [pue, litres] = site
            .map_or([String::new(), String::new()], |site| [site.pue, site.onsite_water_l_per_kwh].map(span));
        let source = site.map_or("", |site| site.source().publisher());
        writeln!(page, "| {name} | {zone} | {pue} | {litres} | {source} |")?;
    }
    Ok(())
}

/// Three significant digits.
fn three_digits(number: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 15")]
    let decimals = (2.0 - number.log10().floor()).clamp(0.0, 15.0) as usize;
    format!("{number:.decimals$}")
}
