//! `carbon-server factor-set list`: the sets of a ledger.

use crate::{
    base::clock,
    command::ledger::{Ledger, exists},
    registry::Registry,
    store::{self, AddedFactorSet, FactorSetUse, StoreError},
};
use carbon_core::FactorSet;
use carbon_report::Certificate;
use clap::Args;
use serde::Serialize;
use std::{error::Error, fmt::Write};

/// List the sets that ship and those of a ledger
///
/// With digests, the default, and how many closed months rest on each. A server may be running.
#[derive(Args)]
pub(crate) struct List {
    /// Print JSON
    #[arg(long)]
    json: bool,

    /// The set that servers of the ledger use by default, if it is not the newest
    #[arg(long, env = "CARBON_FACTOR_SET", value_name = "VERSION")]
    factor_set: Option<String>,

    #[command(flatten)]
    ledger: Ledger,
}

#[derive(Serialize)]
struct Listed {
    factor_set: String,
    sha256: String,
    is_default: bool,
    /// `null` if it ships with the program.
    added_at: Option<String>,
    signed_by: Option<String>,
    certificate_sha256: Option<String>,
    closed_months: u64,
    restatements: u64,
}

impl List {
    /// The text to print.
    pub(super) fn run(&self) -> Result<String, Box<dyn Error>> {
        let database = &self.ledger.database;
        let failed = |error: StoreError| format!("{database}: {error}");
        exists(database)?;
        let sets = store::factor_sets_of(database).map_err(failed)?;
        let rested = store::factor_set_use(database).map_err(failed)?;
        let registry = Registry::of(&sets, Vec::new(), self.factor_set.clone())?;
        let listed = listed(&registry, &sets, &rested)?;
        if self.json {
            return Ok(format!("{:#}\n", serde_json::json!({"factor_sets": listed})));
        }
        let mut out = String::new();
        for set in listed {
            let default = if set.is_default { ", the default" } else { "" };
            let from = match &set.added_at {
                Some(added_at) => format!("added {added_at}"),
                None => "ships with this program".to_owned(),
            };
            writeln!(out, "{} ({from}{default})", set.factor_set)?;
            writeln!(out, "  SHA-256        {}", set.sha256)?;
            if let (Some(subject), Some(sha256)) = (&set.signed_by, &set.certificate_sha256) {
                writeln!(out, "  Signed by      {subject} (certificate {sha256})")?;
            }
            writeln!(out, "  Closed months  {}, restatements: {}", set.closed_months, set.restatements)?;
        }
        Ok(out)
    }
}

fn listed(
    registry: &Registry,
    sets: &[AddedFactorSet],
    rested: &FactorSetUse,
) -> Result<Vec<Listed>, Box<dyn Error>> {
    let default = registry.default_set().as_str();
    let listed = |version: &str| {
        let set: &FactorSet = registry.released(version)?;
        let added = sets.iter().find(|added| added.version == version);
        let count =
            |counts: &std::collections::BTreeMap<String, u64>| counts.get(version).copied().unwrap_or(0);
        let signed = added.and_then(|added| added.signed.as_ref());
        let certificate = signed.and_then(|signed| Certificate::from_pem(&signed.certificate).ok());
        Some(Listed {
            factor_set: version.to_owned(),
            sha256: set.sha256().unwrap_or_default().to_owned(),
            is_default: version == default,
            added_at: added.map(|added| clock::rfc_3339_of(added.added_at_ms)),
            signed_by: certificate.as_ref().map(Certificate::subject),
            certificate_sha256: certificate.as_ref().map(Certificate::sha256),
            closed_months: count(&rested.closed_months),
            restatements: count(&rested.restatements),
        })
    };
    Ok(registry.versions().iter().filter_map(|version| listed(version)).collect())
}
