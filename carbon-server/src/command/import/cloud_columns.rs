//! Which columns of clouds' exports hold what.

use rust_decimal::Decimal;

/// Columns of an export, without letter case and what stands between words: each with its other names, the first that is there
/// counts.
pub(super) struct Columns {
    pub(super) provider: &'static str,
    pub(super) month: &'static [&'static str],
    pub(super) account: &'static [&'static str],
    pub(super) service: &'static [&'static str],
    pub(super) region: &'static [&'static str],
    pub(super) version: &'static [&'static str],
    pub(super) location: Sum,
    pub(super) market: Sum,
    /// In a ton, unless the column of the unit says so.
    pub(super) kilograms_per_unit: Decimal,
    pub(super) units: &'static [&'static str],
}

/// A total, or columns that add up to it.
pub(super) struct Sum {
    pub(super) total: &'static [&'static str],
    pub(super) parts: &'static [&'static str],
}

const NONE: Sum = Sum { total: &[], parts: &[] };

pub(super) const GCP: Columns = Columns {
    provider: "google",
    month: &["usagemonth"],
    account: &["billingaccountid"],
    service: &["servicedescription"],
    region: &["locationregion"],
    version: &["carbonmodelversion"],
    location: Sum {
        total: &["carbonfootprinttotalkgco2elocationbased"],
        parts: &[
            "carbonfootprintkgco2escope1",
            "carbonfootprintkgco2escope2locationbased",
            "carbonfootprintkgco2escope3",
        ],
    },
    market: Sum {
        total: &["carbonfootprinttotalkgco2emarketbased"],
        parts: &[
            "carbonfootprintkgco2escope1",
            "carbonfootprintkgco2escope2marketbased",
            "carbonfootprintkgco2escope3",
        ],
    },
    kilograms_per_unit: Decimal::ONE,
    units: &[],
};

pub(super) const AWS: Columns = Columns {
    provider: "aws",
    month: &["usageperiodstart"],
    account: &["usageaccountid"],
    service: &["productcode"],
    region: &["regioncode"],
    version: &["modelversion"],
    location: Sum { total: &["totallbmemissionsvalue"], parts: &[] },
    market: Sum { total: &["totalmbmemissionsvalue"], parts: &[] },
    kilograms_per_unit: Decimal::ONE_THOUSAND,
    units: &["totallbmemissionsunit", "totalmbmemissionsunit"],
};

pub(super) const AZURE: Columns = Columns {
    provider: "azure",
    month: &["datekey"],
    account: &["subscriptionid", "enrollmentid"],
    service: &["azureservicename"],
    region: &["azureregionname"],
    version: &[],
    // The basis is not in the columns: --basis says which of the two it is.
    location: Sum { total: &["totalemissions"], parts: &[] },
    market: NONE,
    kilograms_per_unit: Decimal::ONE_THOUSAND,
    units: &[],
};

/// The names of columns that are looked for, as the exports write them.
pub(super) fn written(name: &str) -> &str {
    const WRITTEN: [(&str, &str); 12] = [
        ("usagemonth", "usage_month"),
        ("servicedescription", "service.description"),
        ("locationregion", "location.region"),
        ("carbonfootprinttotalkgco2elocationbased", "carbon_footprint_total_kgCO2e.location_based"),
        ("usageperiodstart", "usage_period_start"),
        ("productcode", "product_code"),
        ("regioncode", "region_code"),
        ("totallbmemissionsvalue", "total_lbm_emissions_value"),
        ("datekey", "dateKey"),
        ("azureservicename", "azureServiceName"),
        ("azureregionname", "azureRegionName"),
        ("totalemissions", "totalEmissions"),
    ];
    WRITTEN.iter().find(|(squeezed, _)| *squeezed == name).map_or(name, |(_, written)| written)
}
