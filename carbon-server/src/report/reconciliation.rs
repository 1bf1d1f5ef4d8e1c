//! What a cloud reports of a month, compared with our sums for the same provider, month and region.
//!
//! The two are never added. Where they differ, the reasons are named that apply; nothing is corrected.

use crate::store::{StoredSupplierRow, SupplierRow};
use carbon_core::{FactorSet, Grams, Range};
use carbon_report::{Activity, Valuation};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};

/// Words in the names of services that serve language models, by provider, in lower case.
const SERVICES: [(&str, &[&str]); 3] = [
    ("aws", &["bedrock"]),
    (
        "azure",
        &["openai", "cognitive services", "cognitiveservices", "ai services", "foundry", "foundry models"],
    ),
    ("google", &["vertex ai", "generative language", "gemini"]),
];

/// Whether a cloud's service serves language models.
fn serves_models(provider: &str, service: &str) -> bool {
    let service = service.to_lowercase();
    let words = SERVICES.iter().find(|(of, _)| *of == provider).map_or(&[][..], |(_, words)| words);
    words.iter().any(|word| service.contains(word))
}

/// Why a cloud's figure may differ from ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// Nothing of ours is there to compare.
    NothingTracked,
    /// Some of our calls have no factor.
    Coverage,
    /// Some of our calls to the provider name no region.
    NoRegion,
    /// The cloud gives a market-based figure alone.
    MarketOnly,
    /// Other boundaries.
    Scope,
    /// Another way of allocating.
    Allocation,
    /// Other work in the same service.
    OtherWorkloads,
    /// The cloud's months.
    Months,
}

impl Reason {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Reason::NothingTracked => "nothing_tracked",
            Reason::Coverage => "coverage",
            Reason::NoRegion => "no_region",
            Reason::MarketOnly => "market_only",
            Reason::Scope => "scope",
            Reason::Allocation => "allocation",
            Reason::OtherWorkloads => "other_workloads",
            Reason::Months => "months",
        }
    }

    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Reason::NothingTracked => "No call to this provider in this region is tracked in the month.",
            Reason::Coverage => "Some of the tracked tokens have no emission factor and are in no sum.",
            Reason::NoRegion => {
                "Some calls to this provider name no region, so they are in the sum of none. Send `region` with each call."
            }
            Reason::MarketOnly => {
                "The cloud gives a market-based figure alone: its contracts are in it, and none are in ours."
            }
            Reason::Scope => {
                "The boundaries differ: clouds count Scopes 1, 2 and parts of 3 of the whole facility; ours counts the electricity and hardware of inference."
            }
            Reason::Allocation => {
                "The cloud allocates the emissions of its facilities by use or by price; ours are computed from tokens."
            }
            Reason::OtherWorkloads => {
                "The service may have other work than the tracked calls: training, fine-tuning, idle deployments, calls that are not sent here."
            }
            Reason::Months => {
                "The cloud's months may be cut in another time zone, and it may revise a month later."
            }
        }
    }
}

/// Where a cloud's figure lies, seen from our range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Inside,
    Above,
    Below,
}

impl Verdict {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Verdict::Inside => "inside",
            Verdict::Above => "above",
            Verdict::Below => "below",
        }
    }
}

/// One provider's services for language models in one region, by its own export and by ours.
#[derive(Clone, Debug)]
pub(crate) struct Reconciliation {
    pub(crate) provider: String,
    /// In the cloud's words; empty where it does not say.
    pub(crate) region: String,
    pub(crate) services: BTreeSet<String>,
    pub(crate) account_refs: BTreeSet<String>,
    pub(crate) method_versions: BTreeSet<String>,
    pub(crate) licences: BTreeSet<String>,
    pub(crate) files: BTreeSet<[u8; 32]>,
    /// What the cloud reports.
    pub(crate) location: Option<Grams>,
    pub(crate) market: Option<Grams>,
    /// Our sum of the calls to it, location-based; `None` where nothing of it has a figure.
    pub(crate) ours: Option<Range<Grams>>,
    pub(crate) coverage: Option<Decimal>,
    pub(crate) requests: u64,
    /// The cloud's figure over our central value, to four decimals.
    pub(crate) ratio: Option<Decimal>,
    pub(crate) verdict: Option<Verdict>,
    pub(crate) reasons: Vec<Reason>,
}

/// A month of an account.
#[derive(Clone, Debug, Default)]
pub(crate) struct MonthReconciled {
    pub(crate) reconciled: Vec<Reconciliation>,
    /// What serves no language models, or what we do not know of.
    pub(crate) other_services: Vec<SupplierRow>,
}

/// Compares a cloud's rows with the activity of the same month.
pub(crate) fn reconcile(
    rows: Vec<StoredSupplierRow>,
    activity: &[Activity],
    set: &FactorSet,
) -> MonthReconciled {
    let mut month = MonthReconciled::default();
    let mut groups: BTreeMap<(String, String), Vec<StoredSupplierRow>> = BTreeMap::new();
    for row in rows {
        if serves_models(&row.row.provider, &row.row.service) {
            let key = (row.row.provider.clone(), listed_region(&row.row, set));
            groups.entry(key).or_default().push(row);
        } else {
            month.other_services.push(row.row);
        }
    }
    let calls: Vec<Call<'_>> = activity.iter().filter_map(|row| Call::of(row, set)).collect();
    let groups = groups.into_iter();
    month.reconciled =
        groups.map(|((provider, region), rows)| one(provider, region, rows, &calls, set)).collect();
    month
}

/// A row's region as the registry lists it, whatever its spelling: Azure's `France Central` is `azure:francecentral`. One
/// that is not listed stays as it is.
fn listed_region(row: &SupplierRow, set: &FactorSet) -> String {
    let cloud = if row.provider == "google" { "gcp" } else { &row.provider };
    let sent = row.region.trim();
    let joined: String = sent.chars().filter(|letter| !letter.is_whitespace()).collect();
    let listed = |name: &str| set.locate(name, Some(cloud)).ok().map(|location| location.region.to_owned());
    listed(sent).or_else(|| listed(&joined)).unwrap_or_else(|| sent.to_owned())
}

/// Activity at a cloud.
struct Call<'a> {
    provider: String,
    /// As listed; `None` where the call names none.
    region: Option<&'a str>,
    row: &'a Activity,
}

impl<'a> Call<'a> {
    fn of(row: &'a Activity, set: &'a FactorSet) -> Option<Self> {
        let named = row.provider.as_deref().and_then(|name| set.provider(name));
        let location =
            row.region.as_deref().and_then(|region| set.locate(region, row.provider.as_deref()).ok());
        let region = location.map(|location| location.region);
        // A region of a cloud names the cloud.
        let of_region = region.and_then(|region| region.split_once(':')).map(|(cloud, _)| cloud);
        let provider = named.or_else(|| set.provider(of_region?))?;
        Some(Call { provider: provider.to_owned(), region, row })
    }
}

fn one(
    provider: String,
    region: String,
    rows: Vec<StoredSupplierRow>,
    calls: &[Call<'_>],
    set: &FactorSet,
) -> Reconciliation {
    let cloud = if provider == "google" { "gcp" } else { &provider };
    let listed = set.locate(&region, Some(cloud)).ok().map(|location| location.region);
    let of_provider = || calls.iter().filter(|call| call.provider == provider);
    let is_there = |call: &&Call<'_>| region.is_empty() || (listed.is_some() && call.region == listed);
    let here: Vec<&Activity> = of_provider().filter(is_there).map(|call| call.row).collect();
    let valuation = Valuation::of(here.iter().map(|row| (*row, set)));
    let ours = valuation.valued.co2.filter(|_| !here.is_empty());
    let sum = |of: fn(&SupplierRow) -> Option<Decimal>| {
        // A sum of which a part is not known is not known.
        let kilograms: Option<Decimal> = rows.iter().map(|row| of(&row.row)).sum();
        kilograms.map(|kilograms| Grams::new(kilograms * Decimal::ONE_THOUSAND))
    };
    let (location, market) = (sum(|row| row.kg_location), sum(|row| row.kg_market));
    let compared = location.or(market).map(|grams| grams.as_decimal());
    let central = ours.map(|ours| ours.central().as_decimal());
    let ratio = compared.zip(central).and_then(|(cloud, ours)| cloud.checked_div(ours));
    let verdict = compared.zip(ours).map(|(cloud, ours)| {
        if cloud > ours.high().as_decimal() {
            Verdict::Above
        } else if cloud < ours.low().as_decimal() {
            Verdict::Below
        } else {
            Verdict::Inside
        }
    });
    let coverage = valuation.coverage.ratio();
    let mut reasons = Vec::new();
    let mut add = |applies: bool, reason: Reason| reasons.extend(applies.then_some(reason));
    add(here.is_empty(), Reason::NothingTracked);
    add(coverage.is_some_and(|share| share < Decimal::ONE), Reason::Coverage);
    add(!region.is_empty() && of_provider().any(|call| call.region.is_none()), Reason::NoRegion);
    add(location.is_none(), Reason::MarketOnly);
    reasons.extend([Reason::Scope, Reason::Allocation, Reason::OtherWorkloads, Reason::Months]);
    let texts = |of: fn(&StoredSupplierRow) -> &str| {
        rows.iter().map(|row| of(row).to_owned()).filter(|text| !text.is_empty()).collect()
    };
    Reconciliation {
        services: texts(|row| &row.row.service),
        account_refs: texts(|row| &row.row.account_ref),
        method_versions: texts(|row| &row.row.method_version),
        licences: texts(|row| &row.licence),
        files: rows.iter().map(|row| row.file_sha256).collect(),
        location,
        market,
        ours,
        coverage,
        requests: valuation.valued.usage.requests,
        ratio: ratio.map(|ratio| ratio.round_dp(4).normalize()),
        verdict,
        reasons,
        provider,
        region,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use carbon_core::Usage;
    use jiff::civil::date;

    fn reported(provider: &str, service: &str, region: &str, kg: &str) -> StoredSupplierRow {
        StoredSupplierRow {
            row: SupplierRow {
                provider: provider.to_owned(),
                account_ref: "1".to_owned(),
                service: service.to_owned(),
                region: region.to_owned(),
                month: "2026-10".to_owned(),
                kg_location: kg.parse().ok(),
                kg_market: None,
                method_version: String::new(),
            },
            licence: "own data".to_owned(),
            file_sha256: [0; 32],
        }
    }

    fn call(provider: &str, region: Option<&str>) -> Activity {
        Activity {
            provider: Some(provider.to_owned()),
            region: region.map(str::to_owned),
            ..Activity::new(date(2026, 10, 5), "llama-3.1-70b", Usage::of_call(600_000, 400_000))
        }
    }

    #[test]
    fn a_region_is_one_place_in_any_spelling() {
        let spellings = ["France Central", "francecentral", "azure:francecentral ", "FranceCentral"];
        let rows = spellings.map(|region| reported("azure", "Azure OpenAI", region, "1.5")).to_vec();
        let [one] = reconcile(rows, &[], FactorSet::latest()).reconciled.try_into().unwrap();
        assert_eq!(
            (one.region.as_str(), one.location),
            ("azure:francecentral", Some(Grams::new(6_000.into())))
        );
        // What is not listed stays as the cloud has it.
        let unknown = vec![reported("azure", "Azure OpenAI", "Atlantis North", "1")];
        assert_eq!(reconcile(unknown, &[], FactorSet::latest()).reconciled[0].region, "Atlantis North");
    }

    #[test]
    fn a_clouds_figure_is_compared_with_the_calls_to_it_in_its_region() {
        let set = FactorSet::version("2026.11").unwrap();
        let calls = [
            call("bedrock", Some("eu-west-3")),
            call("aws.bedrock", Some("aws:eu-west-3")),
            call("aws", Some("us-east-1")),
            call("azure", Some("francecentral")),
            call("aws", None),
        ];
        let ours = Valuation::of(calls[..2].iter().map(|row| (row, set))).valued.co2.unwrap();
        let kg = |grams: Grams| (grams.as_decimal() / Decimal::ONE_THOUSAND).to_string();
        for (kg, verdict) in [
            (kg(ours.central()), Verdict::Inside),
            (kg(ours.high()), Verdict::Inside),
            ("100".to_owned(), Verdict::Above),
            ("0".to_owned(), Verdict::Below),
        ] {
            let rows = vec![
                reported("aws", "AmazonBedrock", "eu-west-3", &kg),
                reported("aws", "AmazonEC2", "eu-west-3", "4"),
            ];
            let MonthReconciled { reconciled, other_services } = reconcile(rows, &calls, set);
            let [one] = &reconciled[..] else { panic!("{reconciled:?}") };
            assert_eq!((one.ours, one.requests, one.verdict), (Some(ours), 2, Some(verdict)), "{kg}");
            assert_eq!(other_services.len(), 1);
            assert!(one.reasons.contains(&Reason::NoRegion) && !one.reasons.contains(&Reason::MarketOnly));
        }
        let rows = vec![reported("google", "Vertex AI", "europe-west9", "1")];
        let nothing = &reconcile(rows, &calls, set).reconciled[0];
        assert_eq!((nothing.ours, nothing.ratio, nothing.verdict), (None, None, None), "nothing is not 0");
        assert_eq!(nothing.reasons[0], Reason::NothingTracked);
        let whole = &reconcile(vec![reported("aws", "Amazon Bedrock", "", "1")], &calls, set).reconciled[0];
        assert_eq!(whole.requests, 4, "without a region it is of all");
        let atlantis = vec![reported("aws", "AmazonBedrock", "atlantis-1", "1")];
        assert_eq!(reconcile(atlantis, &calls, set).reconciled[0].ours, None);
    }
}
