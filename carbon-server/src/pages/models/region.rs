//! The region that a page is asked for, and the place that its values are for.

use crate::{
    http::{problem::Problem, request::Input},
    pages::form::{PageForm, sentence},
};
use carbon_core::{Deployment, FactorSet, place::PlacedBy};

/// The region that was asked for, and what is assumed.
pub(super) struct RegionForm {
    pub(super) value: String,
    pub(super) fault: Option<String>,
    /// Codes and names to choose from.
    pub(super) choices: Vec<(String, String)>,
    /// The place that the values are for, as a sentence.
    pub(super) place: String,
}

impl RegionForm {
    /// The form, and the region to calculate with: none where the one that was asked for has no grid.
    pub(super) fn of(input: &Input, set: &FactorSet) -> (Self, Option<String>) {
        let form = PageForm::filled([("region", input.asked("region"))]);
        let asked = form.text("region");
        let fault = asked.as_deref().and_then(|asked| set.locate(asked, None).err());
        let fault = fault.filter(|_| !set.zones().is_empty()).map(|fault| sentence(&fault.to_string()));
        let region = asked.clone().filter(|_| fault.is_none());
        let zones = set.zones().iter().map(|zone| (zone.id().to_owned(), zone.name().to_owned()));
        let clouds = set.regions().map(|place| (place.region.to_owned(), place.zone.name().to_owned()));
        let choices = zones.chain(clouds).collect();
        let value = asked.unwrap_or_default();
        (RegionForm { value, fault, choices, place: String::new() }, region)
    }

    /// With the place that the values are for.
    pub(super) fn of_place(self, deployment: Option<&Deployment<'_>>) -> Self {
        let Some((deployment, location)) = deployment.and_then(|found| Some((found, found.location?))) else {
            return self;
        };
        let (zone, grid) = (location.zone, location.zone.grid());
        let region = Some(location.region).filter(|region| *region != zone.id());
        let region = region.map_or_else(String::new, |region| format!("{region}, "));
        let year = grid.year().map_or_else(String::new, |year| format!(", {year}"));
        let why = match deployment.placed_by {
            PlacedBy::Region => "",
            PlacedBy::Name => " The name says so.",
            PlacedBy::Provider => " That is where its provider usually serves it.",
            PlacedBy::Nobody => " Anybody may serve it, so the world’s average is taken.",
        };
        let place = format!(
            "Electricity: {region}{} ({} g/kWh{year}; {}).{why}",
            zone.name(),
            grid.g_per_kwh(),
            grid.source().title()
        );
        RegionForm { place, ..self }
    }

    /// What is wrong with the region.
    pub(super) fn problem(&self) -> Option<Problem> {
        self.fault.as_ref().map(|fault| Problem::invalid("/region", fault.clone()))
    }
}
