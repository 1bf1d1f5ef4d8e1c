//! Why an event has its figure: the products that it is the sum of, what each method says, and the seal over the event.

use crate::{
    api::{
        estimate::{EstimateAnswer, estimate},
        events::answer::EventAnswer,
    },
    app::App,
    base::{digest::hex, exact::Exact},
    http::problem::Problem,
    ingest::valuation::ValuedCall,
    report::figures::factor_set_of,
    store::{KeptEvent, SealedEvent, Side},
};
use carbon_core::{
    FactorSet, Grams, Method, WattHours,
    factor::RatePart,
    method::{AppliedFactor, DEFAULT_POLICY},
};
use rust_decimal::Decimal;
use serde::Serialize;

/// An event, and why it has its figure.
#[derive(Serialize)]
pub(crate) struct ExplainedEvent<'a> {
    #[serde(flatten)]
    pub(crate) event: EventAnswer,
    /// Their sum is the central value, to the last digit; empty for an unknown model.
    pub(crate) parts: Vec<PartAnswer>,
    /// As `/estimate` answers it, of every method; of a reversal, for the event that it cancels. `null` if the factor set does
    /// not list the region.
    pub(crate) estimate: Option<EstimateAnswer<'a>>,
    /// The first seal that covers it.
    pub(crate) seal: SealAnswer,
}

/// A product: a count, times a rate.
#[derive(Debug, Serialize)]
pub(crate) struct PartAnswer {
    /// `factor` is a published one; otherwise `electricity` or `hardware`.
    pub(crate) stage: &'static str,
    /// What is counted.
    pub(crate) of: &'static str,
    pub(crate) count: i128,
    /// The rates are for so many of them.
    pub(crate) per: u32,
    pub(crate) co2_grams_rate: Exact,
    pub(crate) co2_grams: Exact,
    /// Facility energy, for electricity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) energy_wh_rate: Option<Exact>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) energy_wh: Option<Exact>,
}

#[derive(Debug, Serialize)]
pub(crate) struct SealAnswer {
    pub(crate) number: i64,
    pub(crate) sha256: String,
}

/// Hands the explanation of an event to `with`, and what it was made of: the set, and what is valued.
pub(crate) async fn explained<T>(
    app: &App,
    side: Side,
    event_id: String,
    with: impl FnOnce(ExplainedEvent<'_>, &FactorSet, &KeptEvent) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let found = app.store.event(side, event_id).await?;
    let SealedEvent { found, seal: (number, sha256) } = found.ok_or_else(|| Problem::not_found("event"))?;
    let set = factor_set_of(&app.sets(side.account), found.closed_under.as_deref())?;
    let kept = found.kept().ok_or_else(|| Problem::Internal("the counts of an event are none".to_owned()))?;
    let sign = if found.is_reversal() { -1 } else { 1 };
    let call = ValuedCall::kept(&kept).call();
    let explained = ExplainedEvent {
        parts: parts(&set, &kept, sign),
        estimate: estimate(&set, &call, &kept.usage, Method::ALL).ok(),
        seal: SealAnswer { number, sha256: hex(&sha256) },
        event: EventAnswer::of(found, &set),
    };
    with(explained, &set, &kept)
}

/// The products of a figure, those of nothing left out.
fn parts(set: &FactorSet, kept: &KeptEvent, sign: i64) -> Vec<PartAnswer> {
    let usage = &kept.usage;
    let Ok(deployment) = set.deployment(&ValuedCall::kept(kept).call()) else { return Vec::new() };
    let Some(factor) = deployment.factor(DEFAULT_POLICY).filter(|_| !usage.is_media_alone()) else {
        return Vec::new();
    };
    let parts = match factor {
        AppliedFactor::Published(factor) => {
            vec![part("factor", &factor.central().part(usage), None, sign)]
        }
        AppliedFactor::Modelled(_) | AppliedFactor::Measured(_) => {
            factor.in_place().map_or_else(Vec::new, |place| {
                let energy = place.energy().parts(usage);
                let electricity = place.operational_co2().parts(usage);
                let hardware = place.embodied_co2().parts(usage);
                let electricity = electricity.iter().zip(&energy);
                let electricity = electricity.map(|(co2, wh)| part("electricity", co2, Some(wh), sign));
                electricity.chain(hardware.iter().map(|co2| part("hardware", co2, None, sign))).collect()
            })
        }
    };
    parts.into_iter().filter(|part| part.count != 0 && part.co2_grams.as_decimal() != Decimal::ZERO).collect()
}

fn part(
    stage: &'static str,
    co2: &RatePart<Grams>,
    energy: Option<&RatePart<WattHours>>,
    sign: i64,
) -> PartAnswer {
    let signed = |amount: Decimal| Exact::from(amount * Decimal::from(sign));
    PartAnswer {
        stage,
        of: co2.per.as_str(),
        count: i128::try_from(co2.count).unwrap_or(i128::MAX) * i128::from(sign),
        per: co2.per.unit(),
        co2_grams_rate: Exact::from(co2.rate),
        co2_grams: signed(co2.amount.as_decimal()),
        energy_wh_rate: energy.map(|energy| Exact::from(energy.rate)),
        energy_wh: energy.map(|energy| signed(energy.amount.as_decimal())),
    }
}
