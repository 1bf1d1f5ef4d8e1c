//! What a change to an account's own entries would do to its open months.

use crate::{
    api::usage,
    app::App,
    base::{
        clock::{self, now},
        work_queue::WorkQueue,
    },
    http::problem::Problem,
    report::figures::{Figures, FiguresChange},
    store::{AccountKey, Store},
};
use carbon_core::FactorSet;
use carbon_report::{Activity, Month, Valuation};
use serde::Serialize;

/// A month that is open, before and after.
#[derive(Debug, Serialize)]
pub(crate) struct MonthPreview {
    pub(crate) month: String,
    #[serde(flatten)]
    pub(crate) change: FiguresChange,
    /// As it would be, of the calls alone that it changes.
    #[serde(skip)]
    pub(crate) changed: Figures,
}

/// How far back open months are looked at.
const MONTHS: usize = 12;

/// The open months of the last year in which anything was used, the newest first, under one set and under another.
pub(crate) async fn months(
    app: &App,
    account: AccountKey,
    sets: [FactorSet; 2],
) -> Result<Vec<MonthPreview>, Problem> {
    months_of(&app.store, &app.queues.queries, account, sets).await
}

/// The same of a ledger without a server.
pub(crate) async fn months_of(
    store: &Store,
    queries: &WorkQueue<AccountKey>,
    account: AccountKey,
    [old_set, new_set]: [FactorSet; 2],
) -> Result<Vec<MonthPreview>, Problem> {
    let this_month = Month::of(clock::day(now()));
    let mut previews = Vec::new();
    for month in this_month.back(MONTHS) {
        let Some(activity) = usage::open_month(store, account, month).await? else { continue };
        if activity.is_empty() {
            continue;
        }
        let (old_set, new_set) = (old_set.clone(), new_set.clone());
        let compare = move || {
            let under = |rows: &[&Activity], set: &FactorSet| {
                Figures::of(&Valuation::of(rows.iter().map(|row| (*row, set))))
            };
            let all: Vec<&Activity> = activity.iter().collect();
            let change = FiguresChange::between(Some(&under(&all, &old_set)), Some(&under(&all, &new_set)));
            let is_changed = |row: &&Activity| under(&[*row], &old_set) != under(&[*row], &new_set);
            let changed: Vec<&Activity> = all.into_iter().filter(is_changed).collect();
            (change, under(&changed, &new_set))
        };
        let (change, changed) = queries.run(account, compare).await?;
        previews.push(MonthPreview { month: month.to_string(), change, changed });
    }
    Ok(previews)
}
