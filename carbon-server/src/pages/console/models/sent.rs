//! What a month's calls have used, by the name that they were sent with.

use crate::{
    api::usage::{GroupBy, usage_by},
    app::App,
    http::problem::Problem,
    pages::console::{LANGUAGE, Summary, models::set_of, visible},
    store::Side,
};
use carbon_core::Usage;
use carbon_report::{Month, statement, words::Wording};
use std::collections::HashMap;

/// Calls of a month under one name.
pub(super) struct SentName {
    pub(super) name: String,
    pub(super) summary: Summary,
    /// Upper bound of those without a value.
    pub(super) at_most: Option<String>,
}

/// The names that are wanted, those with the most tokens first.
pub(super) async fn sent_names(
    app: &App,
    side: Side,
    month: Month,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<Vec<SentName>, Problem> {
    let days = [month.first_day(), month.last_day()];
    let by_name = usage_by(app, side, None, days, GroupBy::SentName).await?.rows;
    let unknown = usage_by(app, side, None, days, GroupBy::UnknownName).await?.rows;
    let unknown: HashMap<String, Usage> =
        unknown.into_iter().filter_map(|(name, figures)| Some((name?, figures.valued().usage))).collect();
    let set = set_of(app, side.account, month).await?;
    let named = by_name.into_iter().filter_map(|(name, figures)| Some((name?, figures)));
    let mut wanted: Vec<_> = named.filter(|(name, _)| is_wanted(name)).collect();
    wanted.sort_by_key(|(_, figures)| std::cmp::Reverse(figures.valued().usage.total_tokens()));
    let rows = wanted.into_iter().map(|(name, figures)| {
        let at_most = unknown.get(&name).and_then(|usage| statement::upper_bound(usage, &set));
        SentName {
            at_most: at_most.map(|grams| Wording::of(LANGUAGE).mass(grams)),
            name: visible(name),
            summary: Summary::of(&figures),
        }
    });
    Ok(rows.collect())
}
