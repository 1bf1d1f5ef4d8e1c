//! Compares a provider's usage export with the ledger: how much of the billed usage is tracked, and what is missing.

use crate::{
    command::{
        import::NotImported,
        offline_ledger::of_email,
        reconcile::{
            bill::{Bill, listed, served_by},
            charge::BilledTokens,
        },
    },
    store::{UsageRow, database::Database, error::LedgerError, usage_of_ledger},
};
use jiff::civil::Date;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What to compare.
#[derive(Clone, Debug)]
pub(super) struct ReconcileOptions {
    /// The provider's usage export, or a cloud's bill.
    pub bill: Bill,
    /// The ledger; a server may be running on it.
    pub database: Database,
    /// E-mail of the account; not needed if there is only one.
    pub account_email: Option<String>,
}

/// How much of the billed usage is tracked.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Reconciled {
    /// First billed day, UTC.
    pub from: Date,
    /// Last billed day.
    pub to: Date,
    /// The whole export.
    #[serde(flatten)]
    pub total: TrackedShare,
    /// By provider.
    pub providers: Vec<ProviderShare>,
    /// By provider and model.
    pub models: Vec<ModelShare>,
    /// By provider, model and day.
    pub days: Vec<ModelShare>,
    /// Days on which a model differs by more than 1 %, the largest difference first.
    pub gaps: Vec<Gap>,
    /// Number of rows that cannot be used, by reason.
    pub left_out: BTreeMap<String, u64>,
}

/// Billed tokens, and how many of them are tracked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct TrackedShare {
    /// Billed input and output tokens, including cached ones.
    pub billed_tokens: u64,
    /// The same in the ledger, which may be more.
    pub tracked_tokens: u64,
    /// Billed tokens that are tracked: for each day and model at most the billed amount, so that double counting in one place
    /// does not hide a gap in another.
    pub matched_tokens: u64,
    /// `matched_tokens` as a share of `billed_tokens`; `None` if nothing is billed.
    pub tracked_share: Option<f64>,
}

/// The share of a provider.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct ProviderShare {
    /// The provider that sent the bill.
    pub provider: String,
    /// Its tokens.
    #[serde(flatten)]
    pub share: TrackedShare,
}

/// The share of a model, in total or on one day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct ModelShare {
    /// The provider that sent the bill.
    pub provider: String,
    /// The model's canonical id; for an unknown model, the name as exported.
    pub model: String,
    /// The day in UTC; `None` for the total.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<Date>,
    /// Its tokens.
    #[serde(flatten)]
    pub share: TrackedShare,
}

/// A day on which a model's tokens in the ledger differ from the billed ones.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Gap {
    /// The kind of difference.
    pub kind: GapKind,
    /// The model, the day and the tokens.
    #[serde(flatten)]
    pub of: ModelShare,
}

/// How the ledger differs from the bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum GapKind {
    /// Billed, but not tracked at all.
    NotTracked,
    /// Some of the billed tokens are not tracked.
    PartlyTracked,
    /// More is tracked than billed: something is counted twice, or the export is incomplete.
    MoreThanBilled,
    /// Tracked for this provider, but not billed.
    NotBilled,
}

/// Provider, model and day.
type UsageKey = (String, String, Date);
/// Billed tokens.
type TokenSums = BTreeMap<UsageKey, u64>;
/// Number of rows that cannot be used, by reason.
type LeftOut = BTreeMap<String, u64>;

/// Compares a bill with the ledger.
///
/// # Errors
/// [`NotImported`]: the export or the ledger cannot be read, or nothing is billed.
pub(super) fn reconcile(options: &ReconcileOptions) -> Result<Reconciled, NotImported> {
    let (billed, left_out) = billed(&options.bill)?;
    let days = || billed.keys().map(|(_, _, day)| *day);
    let (Some(from), Some(to)) = (days().min(), days().max()) else {
        let reasons: String = left_out.keys().map(|reason| format!("; a row {reason}")).collect();
        let file = options.bill.file.display();
        return Err(NotImported::Format(format!("{file}: it has no billed usage{reasons}")));
    };
    let which = |accounts: &[_]| of_email(accounts, options.account_email.as_deref());
    let rows = usage_of_ledger(&options.database, which, false, from..=to)
        .map_err(LedgerError)?
        .map_err(NotImported::Options)?;
    let providers: BTreeSet<String> = billed.keys().map(|(provider, ..)| provider.clone()).collect();
    let mut sums: BTreeMap<UsageKey, [u64; 2]> = BTreeMap::new();
    for (key, tokens) in billed {
        sums.entry(key).or_default()[0] += tokens;
    }
    let mut tracked: BTreeMap<UsageKey, i64> = BTreeMap::new();
    for UsageRow { day, deployment, counts, .. } in rows {
        let (model, maker) = listed(&deployment.model, day);
        let provider = served_by(&deployment.provider, maker);
        if providers.contains(&provider) {
            let [input, _, _, output, _] = counts.tokens;
            *tracked.entry((provider, model, day)).or_default() += input + output;
        }
    }
    for (key, tokens) in tracked {
        sums.entry(key).or_default()[1] += u64::try_from(tokens).unwrap_or(0);
    }
    Ok(reconciled(sums, from, to, left_out))
}

fn reconciled(sums: BTreeMap<UsageKey, [u64; 2]>, from: Date, to: Date, left_out: LeftOut) -> Reconciled {
    let mut by_provider: BTreeMap<String, TrackedShare> = BTreeMap::new();
    let mut by_model: BTreeMap<(String, String), TrackedShare> = BTreeMap::new();
    let mut total = TrackedShare::default();
    let mut days = Vec::new();
    for ((provider, model, day), [billed, tracked]) in sums {
        let of_model = by_model.entry((provider.clone(), model.clone())).or_default();
        let of_provider = by_provider.entry(provider.clone()).or_default();
        let share = TrackedShare::of(billed, tracked);
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

/// The billed tokens, and the rows that cannot be used.
fn billed(bill: &Bill) -> Result<(TokenSums, LeftOut), NotImported> {
    let (mut sums, mut left_out) = (TokenSums::new(), LeftOut::new());
    bill.each(&mut |row| match row {
        Ok(BilledTokens { provider, model, day, tokens }) => {
            let sum = sums.entry((provider, model, day)).or_default();
            *sum = sum.saturating_add(tokens);
        }
        Err(reason) => *left_out.entry(reason).or_default() += 1,
    })?;
    Ok((sums, left_out))
}

impl TrackedShare {
    /// One model on one day.
    fn of(billed_tokens: u64, tracked_tokens: u64) -> Self {
        let mut share = TrackedShare::default();
        let matched_tokens = billed_tokens.min(tracked_tokens);
        share.add(TrackedShare { billed_tokens, tracked_tokens, matched_tokens, tracked_share: None });
        share
    }

    fn add(&mut self, other: TrackedShare) {
        self.billed_tokens = self.billed_tokens.saturating_add(other.billed_tokens);
        self.tracked_tokens = self.tracked_tokens.saturating_add(other.tracked_tokens);
        self.matched_tokens = self.matched_tokens.saturating_add(other.matched_tokens);
        #[expect(clippy::cast_precision_loss, reason = "a share for people")]
        let share = self.matched_tokens as f64 / self.billed_tokens as f64;
        self.tracked_share = (self.billed_tokens > 0).then_some(share);
    }

    fn difference(&self) -> u64 {
        self.billed_tokens.abs_diff(self.tracked_tokens)
    }

    /// The kind of difference, if it is more than 1 %: buckets and clocks do not agree to the second.
    fn gap(&self) -> Option<GapKind> {
        let TrackedShare { billed_tokens: billed, tracked_tokens: tracked, .. } = *self;
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
