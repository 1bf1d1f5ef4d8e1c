//! Which events are asked for: filters, and tokens that say where a page ended.

use crate::{
    api::events::answer::{EventAnswer, PageAnswer, valued},
    app::App,
    auth::signed_token::{open, seal},
    base::{clock, digest::short_digest},
    config,
    http::{faults::Faults, problem::Problem, request::Input},
    openapi::{CONFIDENCES, events::EVENTS_MAX},
    registry::AccountSets,
    report::figures::factor_set_of,
    store::{EventPage, EventQuery, EventsListed, FoundEvent, LookFurther, Side},
};
use carbon_core::FactorSet;
use jiff::{Timestamp, ToSpan};
use std::{borrow::Cow, collections::HashMap};

/// Days that a query may cover.
const DAYS_MAX: i32 = 31;
const LIMIT_DEFAULT: usize = 50;
/// Events that are looked at for each row of a page, at most.
const LOOKED_AT_A_ROW: i64 = 200;
/// Days before the last one, where only that is given.
const DAYS_BEFORE: i32 = 6;

/// What tokens of pages are signed for.
const PURPOSE: &[u8] = b"page of events";

/// What is asked for, as it was written. Empty is as good as absent.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventFilters {
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
    pub(crate) tenant_id: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) tag: Option<String>,
    pub(crate) confidence: Option<String>,
    pub(crate) late: Option<String>,
    pub(crate) reversed: Option<String>,
    pub(crate) limit: Option<String>,
}

impl EventFilters {
    /// The parameters of a query: the filters, then the token.
    pub(crate) const NAMES: [&str; 10] =
        ["from", "to", "tenant_id", "model", "tag", "confidence", "late", "reversed", "limit", "cursor"];

    /// Those of a request, and its token.
    pub(super) fn of(input: &Input) -> Result<(Self, Option<String>), Problem> {
        let values = input.query_values(Self::NAMES)?.map(|value| value.map(Cow::into_owned));
        let [from, to, tenant_id, model, tag, confidence, late, reversed, limit, cursor] = values;
        let filters = EventFilters { from, to, tenant_id, model, tag, confidence, late, reversed, limit };
        Ok((filters, cursor))
    }

    /// Those that are given, with their names.
    pub(crate) fn given(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let EventFilters { from, to, tenant_id, model, tag, confidence, late, reversed, limit } = self;
        let values = [from, to, tenant_id, model, tag, confidence, late, reversed, limit];
        Self::NAMES.into_iter().zip(values).filter_map(|(name, value)| Some((name, value.as_deref()?)))
    }

    /// Tells these filters of this side of an account from all others; the length of a page is none of them.
    fn digest(&self, side: Side) -> i64 {
        let side = format!("{:?}", (side.account, side.is_test));
        let given = self.given().filter(|(name, _)| *name != "limit");
        let parts = given.flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]);
        short_digest(std::iter::once(side.as_bytes()).chain(parts)).cast_signed()
    }

    /// Checks them.
    fn read(&self, side: Side, now: Timestamp) -> Result<Wanted, Problem> {
        let mut faults = Faults::default();
        let mut day = |name: &str, text: &Option<String>| {
            let day = clock::date(text.as_deref()?);
            faults.usable(name, day.ok_or("must be a day such as 2026-10-05"))
        };
        let (from, to) = (day("from", &self.from), day("to", &self.to));
        let days = match (from, to) {
            (None, None) => None,
            (from, to) => {
                let to = to.unwrap_or_else(|| {
                    from.map_or_else(|| clock::day(now), |from| from.saturating_add((DAYS_MAX - 1).days()))
                });
                Some([from.unwrap_or_else(|| to.saturating_sub(DAYS_BEFORE.days())), to])
            }
        };
        if let Some([from, to]) = days {
            if from > to {
                faults.add("from", "must not be after `to`");
            } else if from.saturating_add(DAYS_MAX.days()) <= to {
                faults.add("from", format!("must be at most {} days before `to`", DAYS_MAX - 1));
            }
        }
        let tenant_id = faults.short_text("tenant_id", self.tenant_id.clone(), config::ID_BYTES_MAX);
        let model = faults.short_text("model", self.model.clone(), config::MODEL_BYTES_MAX);
        let tag = self.tag.as_deref().and_then(|text| {
            let found = text.split_once('=').filter(|(name, value)| !name.is_empty() && !value.is_empty());
            let found = found.map(|(name, value)| [name, value].map(str::to_owned));
            // No tag holds one, and not every store takes it.
            let found = found.filter(|_| !text.contains('\0'));
            faults.usable("tag", found.ok_or("must be a tag's name and value, such as feature=chat"))
        });
        let confidence = self.confidence.as_deref().and_then(|word| {
            let level = CONFIDENCES.iter().copied().find(|level| *level == word);
            faults.usable(
                "confidence",
                level.ok_or_else(|| format!("must be one of {}", CONFIDENCES.join(", "))),
            )
        });
        let mut flag = |name: &str, text: &Option<String>| {
            let flag = text.as_deref()?.parse::<bool>();
            faults.usable(name, flag.map_err(|_| "must be true or false"))
        };
        let (is_late, is_reversed) = (flag("late", &self.late), flag("reversed", &self.reversed));
        let limit = self.limit.as_deref().map_or(Some(LIMIT_DEFAULT), |text| {
            let limit = text.parse().ok().filter(|limit| (1..=EVENTS_MAX).contains(limit));
            faults.usable("limit", limit.ok_or_else(|| format!("must be 1 to {EVENTS_MAX}")))
        });
        faults.none()?;
        let rows_max = limit.unwrap_or(LIMIT_DEFAULT);
        let looked_at_max = i64::try_from(rows_max).unwrap_or(1) * LOOKED_AT_A_ROW;
        let query = EventQuery {
            side,
            days,
            tenant_id,
            tag,
            is_late,
            is_reversed,
            further: None,
            rows_max,
            looked_at_max,
        };
        Ok(Wanted { query, model, confidence })
    }
}

struct Wanted {
    query: EventQuery,
    model: Option<String>,
    confidence: Option<&'static str>,
}

/// The page of the events that fit, from where an earlier page ended.
pub(crate) async fn answered(
    app: &App,
    side: Side,
    filters: &EventFilters,
    cursor: Option<&str>,
    now: Timestamp,
) -> Result<PageAnswer, Problem> {
    let Wanted { mut query, model, confidence } = filters.read(side, now)?;
    let digest = filters.digest(side);
    if let Some(cursor) = cursor {
        let further = further_of(app.store.link_secret(), digest, cursor);
        let refused = || Problem::invalid("cursor", "must be the `next` of a page with the same filters");
        query.further = Some(further.ok_or_else(refused)?);
    }
    let mut sets = KnownSets::of(app.sets(side.account));
    let keep = move |found: &FoundEvent| {
        if model.is_none() && confidence.is_none() {
            return true;
        }
        let kept = found.kept();
        let (resolved, estimate) = valued(sets.of_event(found), kept.as_ref());
        let is_model = |asked: &String| found.event.model == *asked || resolved == Some(asked.as_str());
        let level = estimate.map_or("unknown", |estimate| estimate.confidence.as_str());
        model.as_ref().is_none_or(is_model) && confidence.is_none_or(|asked| asked == level)
    };
    let page = match app.store.events(query, keep).await? {
        EventsListed::Page(page) => page,
        EventsListed::NoSuchTenant => return Err(Problem::not_found("tenant")),
    };
    let EventPage { days, rows, looked_at, pruned, further } = page;
    let sets = app.sets(side.account);
    let event = |found: FoundEvent| {
        let set = factor_set_of(&sets, found.closed_under.as_deref())?;
        Ok::<_, Problem>(EventAnswer::of(found, &set))
    };
    Ok(PageAnswer {
        from: days.map(|[from, _]| from.to_string()),
        to: days.map(|[_, to]| to.to_string()),
        events: rows.into_iter().map(event).collect::<Result<_, _>>()?,
        looked_at,
        pruned_months: pruned.iter().map(ToString::to_string).collect(),
        next: further.map(|further| token_of(app.store.link_secret(), digest, &further)),
    })
}

/// Factor sets that were looked up.
struct KnownSets {
    sets: AccountSets,
    known: HashMap<Option<String>, FactorSet>,
}

impl KnownSets {
    fn of(sets: AccountSets) -> Self {
        KnownSets { sets, known: HashMap::new() }
    }

    /// That which values an event.
    fn of_event(&mut self, found: &FoundEvent) -> &FactorSet {
        let KnownSets { sets, known } = self;
        known.entry(found.closed_under.clone()).or_insert_with(|| {
            // A set that is gone is told where the page is answered.
            factor_set_of(sets, found.closed_under.as_deref()).unwrap_or_else(|_| sets.current())
        })
    }
}

/// The token of where a page ended.
fn token_of(secret: &[u8; 32], digest: i64, further: &LookFurther) -> String {
    let [from, to, a, b, c, d] = further.to_numbers();
    seal(secret, PURPOSE, [digest, from, to, a, b, c, d])
}

/// Where a page ended; `None` for what is no token of ours, or one of other filters.
fn further_of(secret: &[u8; 32], digest: i64, token: &str) -> Option<LookFurther> {
    let [of, numbers @ ..] = open::<7>(secret, PURPOSE, token)?;
    (of == digest).then(|| LookFurther::of_numbers(numbers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_with_its_filters_alone() {
        let days = [jiff::civil::date(2026, 10, 5), jiff::civil::date(2026, 11, 4)];
        for ranges in [vec![], vec![[1, 7]], vec![[20, 30], [40, 99]]] {
            let further = LookFurther { days, ranges };
            let token = token_of(&[7; 32], 42, &further);
            assert_eq!(further_of(&[7; 32], 42, &token), Some(further));
            assert_eq!(further_of(&[7; 32], 43, &token), None);
            assert_eq!(further_of(&[8; 32], 42, &token), None);
            assert_eq!(further_of(&[7; 32], 42, &token[1..]), None);
        }
    }
}
