//! What a change to the account's entries does to its open months.

use crate::{
    api::own_models::preview::{self, MonthPreview},
    app::App,
    http::problem::Problem,
    pages::console::{LANGUAGE, Summary},
    report::figures::FiguresChange,
    store::AccountKey,
};
use carbon_core::{FactorSet, Grams};
use carbon_report::words::Wording;

/// The open months that it changes; empty where it changes none.
pub(super) struct Effect {
    pub(super) months: Vec<ChangedMonth>,
}

/// A month before and after.
pub(super) struct ChangedMonth {
    pub(super) month: String,
    pub(super) old: Summary,
    pub(super) new: Summary,
    /// Of the calls alone that it changes.
    pub(super) changed: Summary,
    /// Central values; `None` where one is not known.
    pub(super) difference: Option<String>,
}

impl Effect {
    /// Of one set of entries instead of another.
    pub(super) async fn between(
        app: &App,
        account: AccountKey,
        sets: [FactorSet; 2],
    ) -> Result<Self, Problem> {
        let months = preview::months(app, account, sets).await?;
        let changed = months.into_iter().filter(|month| month.change.old != month.change.new);
        Ok(Effect { months: changed.map(changed_month).collect() })
    }
}

fn changed_month(MonthPreview { month, change, changed }: MonthPreview) -> ChangedMonth {
    let FiguresChange { old, new, difference } = change;
    let difference = difference.co2_grams.map(|grams| Grams::new(grams.as_decimal()));
    ChangedMonth {
        month: month.parse().map_or(month, |month| LANGUAGE.month(month)),
        old: Summary::of(&old),
        new: Summary::of(&new),
        changed: Summary::of(&changed),
        difference: difference.map(|grams| Wording::of(LANGUAGE).signed_mass(grams)),
    }
}
