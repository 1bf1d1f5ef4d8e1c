//! What a change to an account's own entries would do to its open months.

use crate::{
    api::usage,
    app::App,
    base::clock::{self, now},
    http::problem::Problem,
    report::figures::{Figures, FiguresChange},
    store::AccountKey,
};
use carbon_core::FactorSet;
use carbon_report::{Month, Valuation};
use serde::Serialize;

/// A month that is open, before and after.
#[derive(Debug, Serialize)]
pub(crate) struct MonthPreview {
    pub(crate) month: String,
    #[serde(flatten)]
    pub(crate) change: FiguresChange,
}

/// How far back open months are looked at.
const MONTHS: usize = 12;

/// The open months of the last year in which anything was used, the newest first, under one set and under another.
pub(crate) async fn months(
    app: &App,
    account: AccountKey,
    [old_set, new_set]: [FactorSet; 2],
) -> Result<Vec<MonthPreview>, Problem> {
    let this_month = Month::of(clock::day(now()));
    let mut previews = Vec::new();
    for month in this_month.back(MONTHS) {
        let Some(activity) = usage::open_month(app, account, month).await? else { continue };
        if activity.is_empty() {
            continue;
        }
        let (old_set, new_set) = (old_set.clone(), new_set.clone());
        let compare = move || {
            let under = |set: &FactorSet| Figures::of(&Valuation::of(activity.iter().map(|row| (row, set))));
            FiguresChange::between(Some(&under(&old_set)), Some(&under(&new_set)))
        };
        let change = app.queues.queries.run(compare).await?;
        previews.push(MonthPreview { month: month.to_string(), change });
    }
    Ok(previews)
}
