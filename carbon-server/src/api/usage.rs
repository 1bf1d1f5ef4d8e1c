//! Activity and emissions, grouped as requested.

use crate::{
    app::App,
    base::clock,
    base::clock::now,
    config,
    http::{answer::Answer, caller::Caller, faults::Faults, problem::Problem, request::Input},
    registry::AccountSets,
    report::figures::{Difference, Figures, factor_set_of},
    store::{
        AccountKey, AllGroups, Apart, GroupPage, GroupsOf, GroupsQuery, SentDeployment, Side, Store,
        UsageAnswered, UsageFound, UsageQuery, UsageRow,
    },
};
use carbon_core::FactorSet;
use carbon_report::{Activity, Month, Valuation, counts::Counts};
use jiff::{Timestamp, civil::Date};
use serde::{Serialize, Serializer, ser::SerializeMap};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

#[derive(Serialize)]
struct UsageAnswer {
    from: String,
    to: String,
    group_by: String,
    rows: Vec<GroupRow>,
    /// Of all rows, including those on other pages.
    total: Figures,
    /// The part of the total that arrived after its month was closed; `null` if there is none.
    adjustments: Option<Difference>,
    /// The factor sets behind the figures: closed months keep the set they were closed under.
    factor_sets: BTreeSet<String>,
    /// The `cursor` of the next page.
    next: Option<String>,
}

/// A row: its group under the requested name, then the figures.
struct GroupRow {
    name: String,
    group: Option<String>,
    figures: Figures,
}

impl Serialize for GroupRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Flat<'a> {
            #[serde(flatten)]
            group: Group<'a>,
            #[serde(flatten)]
            figures: &'a Figures,
        }

        struct Group<'a>(&'a GroupRow);

        impl Serialize for Group<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry(&self.0.name, &self.0.group)?;
                map.end()
            }
        }

        Flat { group: Group(self), figures: &self.figures }.serialize(serializer)
    }
}

/// `GET /api/v1/usage`
pub(crate) async fn show(app: &App, input: &Input) -> Result<Answer, Problem> {
    Answer::ok(&answered(app, wanted(input, input.caller()?, now())?).await?)
}

pub(super) fn too_much() -> Problem {
    Problem::invalid("from", "covers too much data: choose fewer days, or one tenant")
}

async fn answered(app: &App, wanted: UsageRequest) -> Result<UsageAnswer, Problem> {
    let UsageRequest { side, from, to, tenant_id, page, .. } = wanted.clone();
    let answered = match wanted.group_by.many() {
        None => {
            let query = UsageQuery { side, from, to, tenant_id, apart: Apart::Nothing };
            app.store.usage(query, config::USAGE_SUMS_MAX).await?
        }
        Some(groups) => {
            let query = GroupsQuery { side, from, to, tenant_id, groups, page };
            app.store.usage_of_groups(query, config::USAGE_SUMS_MAX).await?
        }
    };
    let found = match answered {
        UsageAnswered::Found(found) => found,
        UsageAnswered::NoSuchTenant => return Err(Problem::not_found("tenant")),
        UsageAnswered::TooMuch => return Err(too_much()),
    };
    let sets = app.sets(side.account);
    app.queues.queries.run(side.account, move || answer(&sets, &wanted, found)).await?
}

/// How rows are grouped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GroupBy {
    /// The hour of the day, where calls are summed so.
    Hour,
    Day,
    Month,
    Model,
    Tenant,
    Region,
    Tag(String),
    /// The model's name as it was sent: for pages.
    SentName,
    /// The same, of what has no value alone: the group without a name is everything else.
    UnknownName,
}

impl GroupBy {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "hour" => GroupBy::Hour,
            "day" => GroupBy::Day,
            "month" => GroupBy::Month,
            "model" => GroupBy::Model,
            "tenant" => GroupBy::Tenant,
            "region" => GroupBy::Region,
            tag => GroupBy::Tag(tag.strip_prefix("tag:").filter(|key| !key.is_empty())?.to_owned()),
        })
    }

    /// What tells groups apart that may be many: the store reads those of a page alone.
    fn many(&self) -> Option<GroupsOf> {
        match self {
            GroupBy::Hour
            | GroupBy::Day
            | GroupBy::Month
            | GroupBy::Model
            | GroupBy::Region
            | GroupBy::SentName
            | GroupBy::UnknownName => None,
            GroupBy::Tenant => Some(GroupsOf::Tenants),
            GroupBy::Tag(key) => Some(GroupsOf::Tag(key.clone())),
        }
    }
}

#[derive(Clone)]
struct UsageRequest {
    side: Side,
    from: Date,
    to: Date,
    tenant_id: Option<String>,
    group_by: GroupBy,
    /// As requested: the name of the group in the rows.
    group_name: String,
    page: GroupPage,
}

/// Days that one query may cover.
const DAYS_MAX: i64 = 3_660;

fn wanted(input: &Input, caller: Caller, now: Timestamp) -> Result<UsageRequest, Problem> {
    let [from, to, tenant_id, group_by, limit, cursor] =
        input.query_values(["from", "to", "tenant_id", "group_by", "limit", "cursor"])?;
    let mut faults = Faults::default();
    let mut day = |name: &str, text: Option<Cow<'_, str>>, default: Date| match text {
        None => default,
        Some(text) => clock::date(&text).unwrap_or_else(|| {
            faults.add(name, "must be a day such as 2026-10-05");
            default
        }),
    };
    let to = day("to", to, clock::day(now));
    let from = day("from", from, to.first_of_month());
    if from > to {
        faults.add("from", "must not be after `to`");
    } else if to.duration_since(from).as_hours() / 24 >= DAYS_MAX {
        faults.add("from", format!("is more than {DAYS_MAX} days before `to`"));
    }
    let group_name = group_by.map_or_else(|| "day".to_owned(), Cow::into_owned);
    let group_by = GroupBy::parse(&group_name);
    if group_by.is_none() {
        faults.add("group_by", "must be day, month, model, tenant, region or tag:KEY");
    }
    let limit = match limit.as_deref().map(str::parse) {
        None => config::USAGE_ROWS_DEFAULT,
        Some(Ok(limit)) if (1..=config::USAGE_ROWS_MAX).contains(&limit) => limit,
        Some(_) => {
            faults.add("limit", format!("must be 1 to {}", config::USAGE_ROWS_MAX));
            1
        }
    };
    faults.none()?;
    let group_by = group_by.ok_or_else(crate::http::faults::unnoticed)?;
    Ok(UsageRequest {
        side: caller.side(),
        from,
        to,
        tenant_id: tenant_id.map(Cow::into_owned),
        group_by,
        group_name,
        page: GroupPage::Behind { name: cursor.map(Cow::into_owned).unwrap_or_default(), limit },
    })
}

/// A sum that is not negative, and the set that values it.
struct RowWithSet {
    activity: Activity,
    set: FactorSet,
}

/// The sums of rows that are told apart alike.
type Summed = BTreeMap<(Option<String>, When, SentDeployment), Counts>;

/// A reversal after the closing subtracts from what came before it: together they are never negative.
fn summed(rows: Vec<UsageRow>) -> Summed {
    let mut sums = Summed::new();
    for UsageRow { day, hour, deployment, group, counts, is_adjustment: _ } in rows {
        *sums.entry((group, (day, hour), deployment)).or_default() += counts;
    }
    sums
}

fn answer(sets: &AccountSets, wanted: &UsageRequest, found: UsageFound) -> Result<UsageAnswer, Problem> {
    let UsageFound { rows, all, closed } = found;
    let current = sets.current();
    let closed: BTreeMap<Month, FactorSet> = closed
        .iter()
        .map(|(month, version)| Ok((*month, factor_set_of(sets, Some(version))?)))
        .collect::<Result<_, Problem>>()?;
    let set_of = |day: Date| closed.get(&Month::of(day)).unwrap_or(&current).clone();
    let is_live = !wanted.side.is_test;
    let row = |at: When, deployment: SentDeployment, counts: &Counts| {
        let set = if is_live { set_of(at.0) } else { current.clone() };
        Ok::<_, Problem>(RowWithSet { activity: activity(at, deployment, counts)?, set })
    };
    let all_of = |sums: Summed| -> Result<Vec<RowWithSet>, Problem> {
        sums.into_iter().map(|((_, at, deployment), counts)| row(at, deployment, &counts)).collect()
    };
    let there = |mut sums: Summed| {
        sums.retain(|_, counts| *counts != Counts::default());
        sums
    };
    // Of all groups: by day and deployment, as they are counted.
    let all_rows = all.as_ref().map_or(&rows, |all| &all.rows);
    let counted = if all_rows.iter().any(|row| row.is_adjustment) {
        let counted = all_rows.iter().filter(|row| !row.is_adjustment);
        Some(all_of(summed(counted.map(|row| UsageRow { group: None, ..row.clone() }).collect()))?)
    } else {
        None
    };
    let of_all = match all {
        Some(AllGroups { rows, parts }) => Some(all_of(there(summed(parts.unwrap_or(rows))))?),
        None => None,
    };
    let mut groups: BTreeMap<(bool, Option<String>), Vec<RowWithSet>> = BTreeMap::new();
    for ((apart, at, deployment), counts) in there(summed(rows)) {
        let row = row(at, deployment, &counts)?;
        let group = match wanted.group_by {
            GroupBy::Hour => at.1.map(|hour| format!("{hour:02}")),
            GroupBy::Day => Some(at.0.to_string()),
            GroupBy::Month => Some(Month::of(at.0).to_string()),
            GroupBy::Model => Some(Valuation::model_name(&row.activity, &row.set).to_owned()),
            GroupBy::Region => row.activity.region.clone(),
            GroupBy::SentName => Some(row.activity.model.clone()),
            GroupBy::UnknownName => {
                Some(row.activity.model.clone()).filter(|_| !Valuation::is_known(&row.activity, &row.set))
            }
            GroupBy::Tenant | GroupBy::Tag(_) => apart,
        };
        // The group without a name comes last.
        groups.entry((group.is_none(), group)).or_default().push(row);
    }
    let of_groups = || groups.values().flatten();
    let (total, factor_sets) = match &of_all {
        Some(of_all) => (figures(of_all), versions(of_all)),
        None => (figures(of_groups()), versions(of_groups())),
    };
    let adjustments = counted.map(|counted| Difference::between(&figures(&counted), &total));
    let (behind, limit) = match &wanted.page {
        GroupPage::Behind { name, limit } => (name.as_str(), *limit),
        GroupPage::MostTokens(_) => ("", usize::MAX),
    };
    let is_behind = |group: &Option<String>| group.as_ref().is_none_or(|group| group.as_str() > behind);
    let mut page: Vec<_> = groups.into_iter().filter(|((_, group), _)| is_behind(group)).collect();
    let more = page.len() > limit;
    page.truncate(limit);
    let next = if more { page.last().and_then(|((_, group), _)| group.clone()) } else { None };
    let rows = page.into_iter().map(|((_, group), rows)| GroupRow {
        name: wanted.group_name.clone(),
        group,
        figures: figures(&rows),
    });
    Ok(UsageAnswer {
        from: wanted.from.to_string(),
        to: wanted.to.to_string(),
        group_by: wanted.group_name.clone(),
        rows: rows.collect(),
        total,
        adjustments,
        factor_sets,
        next,
    })
}

fn versions<'a>(rows: impl IntoIterator<Item = &'a RowWithSet>) -> BTreeSet<String> {
    rows.into_iter().map(|row| row.set.as_str().to_owned()).collect()
}

/// Activity between two days.
pub(crate) struct UsageBy {
    /// All of it, including what arrived after its month was closed.
    pub(crate) total: Figures,
    /// The part that arrived late, if there is any.
    pub(crate) late: Option<Difference>,
    /// By group; `None` is the group without a name.
    pub(crate) rows: Vec<(Option<String>, Figures)>,
}

/// Activity between two days, in total and by group; of one tenant, if given.
pub(crate) async fn usage_by(
    app: &App,
    side: Side,
    tenant_id: Option<String>,
    days: [Date; 2],
    group_by: GroupBy,
) -> Result<UsageBy, Problem> {
    let all = GroupPage::Behind { name: String::new(), limit: usize::MAX };
    usage_of_page(app, side, tenant_id, days, group_by, all).await
}

/// The same, with the groups of a page alone.
pub(crate) async fn usage_of_page(
    app: &App,
    side: Side,
    tenant_id: Option<String>,
    [from, to]: [Date; 2],
    group_by: GroupBy,
    page: GroupPage,
) -> Result<UsageBy, Problem> {
    let wanted = UsageRequest { side, from, to, tenant_id, group_by, group_name: String::new(), page };
    let UsageAnswer { total, adjustments, rows, .. } = answered(app, wanted).await?;
    let rows = rows.into_iter().map(|row| (row.group, row.figures)).collect();
    Ok(UsageBy { total, late: adjustments, rows })
}

/// What an account has used in a month; `None` where the month is closed.
pub(crate) async fn open_month(
    store: &Store,
    account: AccountKey,
    month: Month,
) -> Result<Option<Vec<Activity>>, Problem> {
    let query = UsageQuery {
        side: Side { account, is_test: false },
        from: month.first_day(),
        to: month.last_day(),
        tenant_id: None,
        apart: Apart::Nothing,
    };
    let UsageFound { rows, closed, all: _ } = match store.usage(query, config::USAGE_SUMS_MAX).await? {
        UsageAnswered::Found(found) => found,
        UsageAnswered::NoSuchTenant => return Ok(None),
        UsageAnswered::TooMuch => return Err(too_much()),
    };
    if closed.contains_key(&month) {
        return Ok(None);
    }
    let rows = rows.into_iter().filter(|row| row.counts.requests > 0);
    rows.map(|row| activity((row.day, row.hour), row.deployment, &row.counts))
        .collect::<Result<_, _>>()
        .map(Some)
}

/// A day, and the hour of it where it is known.
type When = (Date, Option<i8>);

fn figures<'a>(rows: impl IntoIterator<Item = &'a RowWithSet>) -> Figures {
    Figures::of(&Valuation::of(rows.into_iter().map(|row| (&row.activity, &row.set))))
}

pub(super) fn activity(
    (day, hour): When,
    deployment: SentDeployment,
    counts: &Counts,
) -> Result<Activity, Problem> {
    let SentDeployment { model, provider, region } = deployment;
    let said = |text: String| Some(text).filter(|text| !text.is_empty());
    let below_zero = || Problem::Internal(format!("the sums of {model} on {day} are below zero"));
    let usage = counts.usage().ok_or_else(below_zero)?;
    Ok(Activity { day, hour, usage, model, provider: said(provider), region: said(region) })
}
