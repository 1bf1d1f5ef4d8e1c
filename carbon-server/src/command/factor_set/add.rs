//! `carbon-server factor-set add`: a set for the servers of a ledger.

use crate::{
    base::clock,
    command::{
        factor_set::{
            check::{Examined, refused},
            source::{NewSet, SetSource},
        },
        ledger::{self, Ledger},
    },
    store::{AddedFactorSet, FactorSetAdded, add_factor_set_to},
};
use clap::Args;
use std::{error::Error, fmt::Write};

/// Add a set to a ledger, where it is never changed
///
/// Servers may be running: they know it within a second. Everything that `check` refuses is refused. Adding the same set
/// again changes nothing.
#[derive(Args)]
pub(crate) struct Add {
    #[command(flatten)]
    source: SetSource,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    ledger: Ledger,
}

impl Add {
    /// The text to print.
    pub(super) fn run(&self) -> Result<String, Box<dyn Error>> {
        let database = &self.ledger.database;
        let registry = ledger::registry(Some(database), None)?;
        let new = match self.source.read(&registry) {
            Ok(new) => new,
            Err(error) => return Err(refused(error, self.json)?),
        };
        let examined = Examined::of(&new, &registry, Some(database))?;
        let NewSet { archive, signed, .. } = new;
        let added = AddedFactorSet {
            version: examined.version.clone(),
            sha256: examined.sha256.clone(),
            archive,
            signed,
            added_at_ms: clock::now().as_millisecond(),
        };
        let version = &added.version;
        let done = add_factor_set_to(database, &added).map_err(|error| format!("{database}: {error}"))?;
        let at_ms = match done {
            FactorSetAdded::New => added.added_at_ms,
            FactorSetAdded::Already(there) if added.signed.is_none() || there.signed == added.signed => {
                there.added_at_ms
            }
            FactorSetAdded::Already(_) => {
                let error =
                    format!("{version} is in the ledger already, without this signature, and never changes");
                return Err(error.into());
            }
            FactorSetAdded::Other { sha256 } => {
                let error =
                    format!("{version} is in the ledger with another digest, {sha256}, and never changes");
                return Err(error.into());
            }
        };
        let (is_new, added_at) = (at_ms == added.added_at_ms, clock::rfc_3339_of(at_ms));
        if self.json {
            let mut document = serde_json::to_value(&examined)?;
            document["is_new"] = is_new.into();
            document["added_at"] = added_at.into();
            return Ok(format!("{document:#}\n"));
        }
        let mut out = String::new();
        if is_new {
            examined.write(&mut out)?;
            writeln!(out, "\n{version} was added to {database}. Servers know it within a second.")?;
        } else {
            writeln!(out, "{version} has been in {database} since {added_at}; nothing was changed.")?;
        }
        Ok(out)
    }
}
