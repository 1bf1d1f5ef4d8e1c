//! What every section needs: the statement, and the words and figures of its language.

use super::flow::Flow;
use crate::{
    figure::{self, MassUnit},
    heading::Client,
    pdf::shape::is_shown,
    statement::Statement,
    words::{PeriodWords, Wording},
};
use carbon_core::Grams;
use std::ops::Deref;

/// A statement with the words and the names that the page shows for it.
pub(super) struct View<'a> {
    pub(super) statement: &'a Statement,
    pub(super) wording: Wording,
    pub(super) client: String,
    pub(super) supplier: String,
}

impl<'a> View<'a> {
    pub(super) fn of(statement: &'a Statement) -> Self {
        let heading = &statement.heading;
        let Client { name, tenant_id, .. } = &heading.client;
        // A name of spaces alone names nobody.
        let name = if name.trim().is_empty() { tenant_id } else { name };
        View {
            statement,
            wording: Wording::of(heading.language),
            client: name.to_owned(),
            supplier: heading.supplier.name.clone(),
        }
    }

    /// Whether any name is not printed as it was given.
    pub(super) fn escapes_names(&self) -> bool {
        let (statement, heading) = (self.statement, &self.statement.heading);
        let unknown = statement.unknown_models.iter().map(|line| &line.name);
        let tags = statement.by_tag.iter().flat_map(|line| [&line.name, &line.value]);
        let regions = statement.by_region.iter().filter_map(|line| line.region.as_ref());
        let restated = statement.restatement.iter().flat_map(|restatement| {
            restatement.models.iter().map(|model| &model.model).chain([&restatement.reason])
        });
        let own = statement
            .own_names
            .iter()
            .flat_map(|line| [&line.name, &line.model].into_iter().chain(&line.note));
        let parties = [&heading.client.name, &heading.client.tenant_id, &heading.supplier.name];
        let mut names = unknown.chain(tags).chain(regions).chain(restated).chain(own).chain(parties);
        names.any(|name: &String| !is_shown(name))
    }

    /// The heading of a section, by its number.
    pub(super) fn heading(&self, flow: &mut Flow, number: usize, following: f64) {
        let sections = match self.statement.heading.through {
            None => &self.prose.sections[..],
            Some(_) => &PeriodWords::of(self.language).sections[..],
        };
        flow.heading(&format!("{number}\u{2002}{}", sections[number - 1]), following);
    }

    /// The month or the period.
    pub(super) fn period(&self) -> String {
        let heading = &self.statement.heading;
        self.language.period(heading.month, heading.through)
    }

    /// `0.0219 t CO₂e`: inventories are in tonnes.
    pub(super) fn tonnes(&self, grams: Grams) -> String {
        let tonnes = figure::three_significant(MassUnit::Tonne.of(grams));
        format!("{}\u{a0}t CO₂e", self.language.number(tonnes))
    }

    /// Share of the tokens that have a factor.
    pub(super) fn covered(&self) -> String {
        self.share(self.statement.coverage.ratio())
    }
}

impl Deref for View<'_> {
    type Target = Wording;

    fn deref(&self) -> &Wording {
        &self.wording
    }
}
