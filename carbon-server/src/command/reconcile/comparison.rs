//! A provider's usage export held against the ledger: how much of what is billed is tracked, and what is not.

use crate::{
    command::{
        import::{Export, NotImported, records},
        offline_ledger::of_email,
    },
    ingest::{call::TrackRequest, sources::Told},
    store::{UsageRow, database::Database, error::LedgerError, usage_of_ledger},
};
use carbon_core::FactorSet;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What is held against what.
#[derive(Clone, Debug)]
pub(super) struct ReconcileOptions {
    /// What the provider says was used.
    pub bill: Export,
    /// The ledger; a server may have it open.
    pub database: Database,
    /// Whose book; not needed where there is one account.
    pub account_email: Option<String>,
}

/// How much of what is billed is tracked.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Reconciled {
    /// First day of the bill, UTC.
    pub from: Date,
    /// Its last day.
    pub to: Date,
    /// Of all of it.
    #[serde(flatten)]
    pub total: Share,
    /// By provider.
    pub providers: Vec<ProviderShare>,
    /// By provider and model.
    pub models: Vec<ModelShare>,
    /// By provider, model and day.
    pub days: Vec<ModelShare>,
    /// Days of a model on which the two differ by more than a hundredth, the largest difference first.
    pub gaps: Vec<Gap>,
    /// Rows of the bill that cannot be used, by reason.
    pub left_out: BTreeMap<String, u64>,
}

/// Tokens of a bill, and those of them that are tracked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct Share {
    /// Input and output tokens of the bill, cached ones included.
    pub billed_tokens: u64,
    /// The same in the ledger, however many.
    pub tracked_tokens: u64,
    /// Of those that are billed, those that are tracked: day by day and model by model no more than what is billed, so that
    /// too many in one place do not hide what is missing in another.
    pub matched_tokens: u64,
    /// The share of these in those that are billed; `None` where nothing is billed.
    pub tracked_share: Option<f64>,
}

/// The share of a provider.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct ProviderShare {
    /// Whose bill it is.
    pub provider: String,
    /// Its tokens.
    #[serde(flatten)]
    pub share: Share,
}

/// The share of a model, of a day where one is named.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct ModelShare {
    /// Whose bill it is.
    pub provider: String,
    /// The model's listed id; a name that is not listed as it is.
    pub model: String,
    /// UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<Date>,
    /// Its tokens.
    #[serde(flatten)]
    pub share: Share,
}

/// A day of a model on which ledger and bill differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Gap {
    /// How.
    pub kind: GapKind,
    /// Where, and by how much.
    #[serde(flatten)]
    pub of: ModelShare,
}

/// How ledger and bill differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum GapKind {
    /// It is billed and not tracked at all.
    NotTracked,
    /// Some of what is billed is not tracked.
    PartlyTracked,
    /// More is tracked than is billed: something is counted twice, or the bill is not whole.
    MoreThanBilled,
    /// It is tracked as this provider's, and not on the bill.
    NotBilled,
}

/// What tells one sum from another.
type Key = (String, String, Date);
/// Tokens of a bill.
type Sums = BTreeMap<Key, u64>;
/// Rows by the reason for which they cannot be used.
type LeftOut = BTreeMap<String, u64>;

/// Holds a bill against the ledger.
///
/// # Errors
/// [`NotImported`]: the bill or the ledger cannot be read, or the bill is empty.
pub(super) fn reconcile(wanted: &ReconcileOptions) -> Result<Reconciled, NotImported> {
    let (billed, left_out) = billed(&wanted.bill)?;
    let days = || billed.keys().map(|(_, _, day)| *day);
    let (Some(from), Some(to)) = (days().min(), days().max()) else {
        let reasons: String = left_out.keys().map(|reason| format!("; a row {reason}")).collect();
        let file = wanted.bill.file.display();
        return Err(NotImported::Format(format!("{file}: nothing is billed in it{reasons}")));
    };
    let which = |accounts: &[_]| of_email(accounts, wanted.account_email.as_deref());
    let rows = usage_of_ledger(&wanted.database, which, false, from..=to)
        .map_err(LedgerError)?
        .map_err(NotImported::Wish)?;
    let providers: BTreeSet<String> = billed.keys().map(|(provider, ..)| provider.clone()).collect();
    let mut sums: BTreeMap<Key, [u64; 2]> = BTreeMap::new();
    for (key, tokens) in billed {
        sums.entry(key).or_default()[0] += tokens;
    }
    let mut tracked: BTreeMap<Key, i64> = BTreeMap::new();
    for UsageRow { day, deployment, counts, .. } in rows {
        let (model, developer) = listed(&deployment.model, day);
        let said = deployment.provider.to_ascii_lowercase();
        // Where nobody says who served it, whoever made it did.
        let provider = if said.is_empty() { developer.unwrap_or_default() } else { said };
        if providers.contains(&provider) {
            let [_, input, _, _, output, _] = counts;
            *tracked.entry((provider, model, day)).or_default() += input + output;
        }
    }
    for (key, tokens) in tracked {
        sums.entry(key).or_default()[1] += u64::try_from(tokens).unwrap_or(0);
    }
    Ok(reconciled(sums, from, to, left_out))
}

fn reconciled(sums: BTreeMap<Key, [u64; 2]>, from: Date, to: Date, left_out: LeftOut) -> Reconciled {
    let mut by_provider: BTreeMap<String, Share> = BTreeMap::new();
    let mut by_model: BTreeMap<(String, String), Share> = BTreeMap::new();
    let mut total = Share::default();
    let mut days = Vec::new();
    for ((provider, model, day), [billed, tracked]) in sums {
        let of_model = by_model.entry((provider.clone(), model.clone())).or_default();
        let of_provider = by_provider.entry(provider.clone()).or_default();
        let share = Share::of(billed, tracked);
        for sum in [of_model, of_provider, &mut total] {
            sum.add(share);
        }
        days.push(ModelShare { provider, model, day: Some(day), share });
    }
    let models = by_model.into_iter().map(|((provider, model), share)| ModelShare {
        provider,
        model,
        day: None,
        share,
    });
    let providers = by_provider.into_iter().map(|(provider, share)| ProviderShare { provider, share });
    let gap = |of: &ModelShare| of.share.gap().map(|kind| Gap { kind, of: of.clone() });
    let mut gaps: Vec<Gap> = days.iter().filter_map(gap).collect();
    gaps.sort_by_key(|gap| std::cmp::Reverse(gap.of.share.difference()));
    Reconciled {
        from,
        to,
        total,
        providers: providers.collect(),
        models: models.collect(),
        days,
        gaps,
        left_out,
    }
}

/// What a bill says, and which of its rows say nothing that can be used.
fn billed(bill: &Export) -> Result<(Sums, LeftOut), NotImported> {
    let (mut input, _) = records::open(bill)?;
    let (mut sums, mut left_out) = (BTreeMap::new(), BTreeMap::new());
    records::each(bill, &mut input, &mut |_, _, told| {
        let row = match told {
            Ok(Told::Nothing) => return Ok(()),
            Ok(Told::Call(call) | Told::Row(call, _)) => {
                key_and_tokens(&call).ok_or("has no time, no model or no counts")
            }
            Ok(Told::Uncountable(reason)) => Err(reason),
            Err(_) => Err("cannot be read"),
        };
        match row {
            Ok((key, tokens)) => *sums.entry(key).or_default() += tokens,
            Err(reason) => *left_out.entry(reason.to_owned()).or_default() += 1,
        }
        Ok(())
    })?;
    Ok((sums, left_out))
}

fn key_and_tokens(call: &TrackRequest) -> Option<(Key, u64)> {
    let time: Timestamp = call.timestamp.as_deref()?.parse().ok()?;
    let day = time.to_zoned_datetime(TimeZone::UTC).date();
    let (model, developer) = listed(call.model.as_deref()?, day);
    let said = call.provider.as_deref().map(str::to_ascii_lowercase);
    Some(((said.or(developer).unwrap_or_default(), model, day), call.tokens()?))
}

/// The listed id that a name leads to, and who made the model; a name that leads nowhere as it is.
fn listed(name: &str, day: Date) -> (String, Option<String>) {
    match FactorSet::latest().resolve_on(name, Some(day)) {
        Ok(found) => (found.model.id().to_owned(), found.model.provider().map(str::to_owned)),
        Err(_) => (name.to_owned(), None),
    }
}

impl Share {
    /// Of one model on one day.
    fn of(billed_tokens: u64, tracked_tokens: u64) -> Self {
        let mut share = Share::default();
        let matched_tokens = billed_tokens.min(tracked_tokens);
        share.add(Share { billed_tokens, tracked_tokens, matched_tokens, tracked_share: None });
        share
    }

    fn add(&mut self, other: Share) {
        self.billed_tokens += other.billed_tokens;
        self.tracked_tokens += other.tracked_tokens;
        self.matched_tokens += other.matched_tokens;
        #[expect(clippy::cast_precision_loss, reason = "a share for the eye")]
        let share = self.matched_tokens as f64 / self.billed_tokens as f64;
        self.tracked_share = (self.billed_tokens > 0).then_some(share);
    }

    fn difference(&self) -> u64 {
        self.billed_tokens.abs_diff(self.tracked_tokens)
    }

    /// How the two differ, where it is by more than a hundredth: buckets and clocks do not agree to the second.
    fn gap(&self) -> Option<GapKind> {
        let Share { billed_tokens: billed, tracked_tokens: tracked, .. } = *self;
        if self.difference() <= billed / 100 {
            return None;
        }
        Some(match (billed, tracked) {
            (0, _) => GapKind::NotBilled,
            (_, 0) => GapKind::NotTracked,
            _ if tracked < billed => GapKind::PartlyTracked,
            _ => GapKind::MoreThanBilled,
        })
    }
}
