//! The grid series of an account, on top of a set.

use super::{FactorSet, OwnLayer};
use crate::{
    grid::{GridSeries, Grids, SeriesValues, When},
    place::{AppliedGrid, Location},
};
use std::sync::Arc;

impl FactorSet {
    /// Grid series of the account, in the order of their table.
    pub fn grid_series(&self) -> &[GridSeries] {
        self.own.as_ref().map_or(&[], |own| own.grids.all())
    }

    /// The same set with the values of series that were withheld: each is taken where its digest is that of the series.
    ///
    /// Evidence names a series by its digest and does not hold its values; who has them gives them here.
    #[must_use]
    pub fn with_grid_values(&self, given: &[SeriesValues]) -> FactorSet {
        let Some(own) = &self.own else { return self.clone() };
        let listed = |values: &SeriesValues| {
            let location = self.locate(&values.zone, None).ok()?;
            Some(values.clone().of_zone(location.region))
        };
        let given: Vec<SeriesValues> = given.iter().filter_map(listed).collect();
        let filled = |series: &GridSeries| {
            let known = Some(series.clone()).filter(|series| !series.is_withheld());
            let found = || given.iter().find_map(|values| series.with_values(values));
            known.or_else(found).unwrap_or_else(|| series.clone())
        };
        let grids = Grids::of(own.grids.all().iter().map(filled).collect());
        let OwnLayer { layer, sha256, own, .. } = &**own;
        let own = OwnLayer { layer: layer.clone(), sha256: sha256.clone(), own: own.clone(), grids };
        FactorSet { listed: self.listed.clone(), own: Some(Arc::new(own)) }
    }

    /// What a kilowatt hour emits in a place at that time.
    pub(crate) fn applied_grid<'a>(&'a self, location: &Location<'a>, when: When) -> AppliedGrid<'a> {
        let factor = location.zone.grid();
        // A series of the cloud region comes before one of its zone.
        let names = [location.region, location.zone.id()];
        let found = self.own.as_ref().and_then(|own| own.grids.found(names, when));
        found.map_or(AppliedGrid::of_year(factor), |found| AppliedGrid::of_series(factor, found))
    }
}
