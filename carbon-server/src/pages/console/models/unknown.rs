//! Names without a value in a month, each with what is at stake and a way to resolve it.

use crate::{
    api::usage::{GroupBy, usage_by},
    app::App,
    http::problem::Problem,
    pages::console::{
        LANGUAGE, Summary,
        models::{address, set_of},
        visible,
    },
    store::Side,
};
use carbon_core::{Call, method::DEFAULT_POLICY};
use carbon_report::{Month, statement, words::Wording};

/// Such names of a month, those with the most tokens first.
pub(in crate::pages::console) struct UnknownNames {
    pub(in crate::pages::console) rows: Vec<UnknownName>,
    /// How many others there are.
    pub(in crate::pages::console) more: usize,
    /// Grams per 1,000 tokens that bound them; `None` if the set publishes no bound.
    pub(in crate::pages::console) bound_per_1k: Option<String>,
}

/// A name that has calls without a value.
pub(in crate::pages::console) struct UnknownName {
    pub(in crate::pages::console) name: String,
    /// Its page.
    pub(in crate::pages::console) link: String,
    pub(in crate::pages::console) requests: String,
    pub(in crate::pages::console) tokens: String,
    /// Upper bound of its emissions.
    pub(in crate::pages::console) at_most: Option<String>,
    /// What is known of it all the same.
    pub(in crate::pages::console) note: &'static str,
    /// Similar listed names.
    pub(in crate::pages::console) suggestions: Vec<String>,
}

const IN_PART: &str = "known on other days or in other regions";
const NO_SIZE: &str = "listed, but its size is not public";

impl UnknownNames {
    /// The largest, and no more than `most`: looking for similar names costs more than all else.
    pub(in crate::pages::console) async fn of(
        app: &App,
        side: Side,
        month: Month,
        most: usize,
    ) -> Result<Self, Problem> {
        let days = [month.first_day(), month.last_day()];
        let by_name = usage_by(app, side, None, days, GroupBy::UnknownName).await?.rows;
        let set = set_of(app, side.account, month).await?;
        let wording = Wording::of(LANGUAGE);
        let mut names: Vec<_> =
            by_name.into_iter().filter_map(|(name, figures)| Some((name?, figures))).collect();
        names.sort_by_key(|(_, figures)| std::cmp::Reverse(figures.valued().usage.total_tokens()));
        let more = names.len().saturating_sub(most);
        names.truncate(most);
        let rows = names.into_iter().map(|(name, figures)| {
            let usage = figures.valued().usage;
            let call = Call { day: Some(month.last_day()), ..Call::to(&name) };
            let (note, suggestions) = match set.deployment(&call) {
                Err(_) => ("", set.suggestions(&name)),
                Ok(found) if found.factor(DEFAULT_POLICY).is_some() => (IN_PART, Vec::new()),
                Ok(_) => (NO_SIZE, Vec::new()),
            };
            let Summary { figures, .. } = Summary::of(&figures);
            UnknownName {
                link: address(&name, month),
                requests: figures.requests,
                tokens: figures.tokens,
                at_most: statement::upper_bound(&usage, &set).map(|grams| wording.mass(grams)),
                note,
                suggestions: suggestions.into_iter().map(str::to_owned).collect(),
                name: visible(name),
            }
        });
        let rows = rows.collect();
        let bound_per_1k =
            statement::upper_bound_per_1k(&set).map(|grams| LANGUAGE.number(grams.normalize()));
        Ok(UnknownNames { rows, more, bound_per_1k })
    }
}
