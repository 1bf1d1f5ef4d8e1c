//! A class of models: a stand-in for those of which nothing is known, where an account chooses it.

use crate::{
    app::App,
    http::{answer::Answer, problem::Problem, request::Input},
    pages::{
        class_range,
        html::html,
        models::{
            ShownSet, SourceLink,
            rate::{Rate, rates},
            region::RegionForm,
        },
        shell::Shell,
        size,
    },
};
use askama::Template;
use carbon_core::{Call, FactorSet, model::Class};

/// A class in the list.
pub(super) struct ClassRow {
    pub(super) name: String,
    pub(super) link: String,
    pub(super) size: String,
    pub(super) off_by: String,
    pub(super) reason: String,
}

impl ClassRow {
    pub(super) fn all(shown: &ShownSet) -> Vec<Self> {
        let row = |class: &Class| ClassRow {
            name: class.name().to_owned(),
            link: shown.page(class.model().id()),
            size: size_of(class),
            off_by: class_range::off_by(shown.set, class).unwrap_or_default(),
            reason: class.reason().to_owned(),
        };
        shown.set.classes().iter().map(row).collect()
    }
}

#[derive(Template)]
#[template(path = "registry_class.html")]
struct ClassPage {
    shell: Shell,
    shown: ShownSet,
    row: ClassRow,
    /// Models that its bounds are made from, with their pages.
    derived_from: Vec<(String, String)>,
    source: Option<SourceLink>,
    region: RegionForm,
    rates: Vec<Rate>,
}

/// The class with that id, such as `class-mid`.
pub(super) fn find(set: &'static FactorSet, id: &str) -> Option<&'static Class> {
    set.classes().iter().find(|class| class.model().id() == id)
}

/// The page of a class.
pub(super) async fn show(
    app: &App,
    input: &Input,
    shown: ShownSet,
    class: &'static Class,
) -> Result<Answer, Problem> {
    let (region, call_region) = RegionForm::of(input, shown.set);
    let call = Call { region: call_region.as_deref(), ..Call::to(class.name()) };
    let deployment = shown.set.deployment_of(class.model(), &call).ok();
    let factor = deployment.as_ref().and_then(|deployment| deployment.bottom_up());
    let problem = region.problem();
    let row = ClassRow::all(&shown).into_iter().find(|row| row.name == class.name());
    let page = html(&ClassPage {
        shell: Shell::public(app, input, "/registry").await,
        derived_from: class.derived_from().iter().map(|id| (shown.page(id), id.clone())).collect(),
        source: class.model().parameters().map(|known| SourceLink::of(known.source())),
        rates: factor.as_ref().map(rates).unwrap_or_default(),
        region: region.of_place(deployment.as_ref()),
        row: row.ok_or_else(|| Problem::not_found("class"))?,
        shown,
    })?;
    Ok(match problem {
        Some(problem) => page.refused(&problem),
        None => page,
    })
}

fn size_of(class: &Class) -> String {
    class.model().parameters().map_or_else(String::new, |known| size::in_words(known.size()))
}
