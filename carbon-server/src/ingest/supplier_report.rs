//! A cloud's report of emissions in a request, with every field checked.

use crate::{
    base::{digest::Sha, exact::Exact},
    config,
    http::{
        faults::{Faults, unnoticed},
        problem::Problem,
    },
    ingest::time,
    store::SupplierRow,
};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The body of `POST /api/v1/supplier-reports`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SupplierReportRequest {
    pub(crate) file_sha256: Option<String>,
    pub(crate) licence: Option<String>,
    pub(crate) rows: Option<Vec<SupplierRowRequest>>,
}

/// A row of it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SupplierRowRequest {
    pub(crate) provider: Option<String>,
    pub(crate) account_ref: Option<String>,
    pub(crate) service: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) month: Option<String>,
    pub(crate) kg_location: Option<Exact>,
    pub(crate) kg_market: Option<Exact>,
    pub(crate) method_version: Option<String>,
}

/// The same, checked.
pub(crate) struct SupplierReport {
    pub(crate) sha256: Sha,
    pub(crate) licence: String,
    pub(crate) rows: Vec<SupplierRow>,
}

/// The clouds whose exports are known.
const PROVIDERS: [&str; 3] = ["aws", "azure", "google"];
/// Kilograms: above it, the unit is wrong.
const KG_MAX: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);
/// Decimals of exports are floats, which say no more.
const DECIMALS_MAX: u32 = 15;

impl SupplierReportRequest {
    pub(crate) fn checked(self, now: Timestamp) -> Result<SupplierReport, Problem> {
        let mut faults = Faults::default();
        let sha256 = faults.sha256("/file_sha256", self.file_sha256);
        let licence = faults.required_printed("/licence", self.licence, config::NOTE_BYTES_MAX);
        let rows = faults.required("/rows", self.rows);
        if rows.as_ref().is_some_and(Vec::is_empty) {
            faults.add("/rows", "must have at least one row");
        }
        let rows = rows.unwrap_or_default();
        if rows.len() > config::SUPPLIER_ROWS_MAX {
            faults.add("/rows", format!("has more than {} rows", config::SUPPLIER_ROWS_MAX));
            faults.none()?;
            return Err(unnoticed());
        }
        let mut seen = BTreeSet::new();
        let rows: Vec<Option<SupplierRow>> = rows
            .into_iter()
            .enumerate()
            .map(|(place, row)| {
                let row = row.checked(&mut faults, &format!("/rows/{place}"), now)?;
                let SupplierRow { provider, account_ref, service, region, month, .. } = row.clone();
                if !seen.insert((provider, account_ref, service, region, month)) {
                    faults.add(
                        &format!("/rows/{place}"),
                        "is of the same account, service, region and month as another: add them up, or send the newer method version alone",
                    );
                }
                Some(row)
            })
            .collect();
        faults.none()?;
        let rows: Option<Vec<SupplierRow>> = rows.into_iter().collect();
        Ok(SupplierReport {
            sha256: sha256.ok_or_else(unnoticed)?,
            licence: licence.ok_or_else(unnoticed)?,
            rows: rows.ok_or_else(unnoticed)?,
        })
    }
}

impl SupplierRowRequest {
    fn checked(self, faults: &mut Faults, at: &str, now: Timestamp) -> Option<SupplierRow> {
        let pointer = |field: &str| format!("{at}/{field}");
        let provider = faults.required(&pointer("provider"), self.provider);
        let provider = provider.and_then(|provider| {
            let known = PROVIDERS.contains(&provider.as_str());
            faults
                .usable(&pointer("provider"), known.then_some(provider).ok_or("must be aws, azure or google"))
        });
        let service = faults.required_printed(&pointer("service"), self.service, config::NAME_BYTES_MAX);
        let mut maybe = |field: &str, text: Option<String>| {
            faults.printed_text(&pointer(field), text, config::NAME_BYTES_MAX).unwrap_or_default()
        };
        let account_ref = maybe("account_ref", self.account_ref);
        let region = maybe("region", self.region).trim().to_owned();
        let method_version = maybe("method_version", self.method_version);
        let month = faults.required(&pointer("month"), self.month);
        let month = month.and_then(|month| time::month(faults, &pointer("month"), &month, now));
        if self.kg_location.is_none() && self.kg_market.is_none() {
            faults.add(&pointer("kg_location"), "or kg_market is required: what is not reported is not zero");
        }
        let [kg_location, kg_market] = [("kg_location", self.kg_location), ("kg_market", self.kg_market)]
            .map(|(field, kg)| kg.and_then(|kg| faults.usable(&pointer(field), kilograms(kg))));
        Some(SupplierRow {
            provider: provider?,
            account_ref,
            service: service?,
            region,
            month: month?.to_string(),
            kg_location,
            kg_market,
            method_version,
        })
    }
}

fn kilograms(kg: Exact) -> Result<Decimal, String> {
    let kg = kg.as_decimal().round_dp(DECIMALS_MAX).normalize();
    let usable = !kg.is_sign_negative() && kg <= KG_MAX;
    if usable { Ok(kg) } else { Err(format!("must be from 0 to {KG_MAX} kilograms")) }
}
