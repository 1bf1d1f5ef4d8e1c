//! `carbon-server factor-set export`: the tables of a set, to read or to start from.

use crate::{
    command::{
        factor_set::check::write_new,
        ledger::{KnownSets, exists},
    },
    registry::archive::{VERSION_FILE, zipped},
    store,
};
use clap::Args;
use std::{error::Error, path::PathBuf};

/// Write the tables of a set to a new folder, or to a new zip
///
/// A set of the ledger comes out as the zip that was added, with its signature and certificate next to it.
#[derive(Args)]
pub(crate) struct Export {
    /// Version of a set that ships, or is in the ledger of --database
    #[arg(value_name = "VERSION")]
    version: String,

    /// A file that ends in .zip, or a folder; by default a folder named after the version
    #[arg(long, value_name = "PATH")]
    output: Option<PathBuf>,

    #[command(flatten)]
    known: KnownSets,
}

impl Export {
    /// The text to print.
    pub(super) fn run(&self) -> Result<String, Box<dyn Error>> {
        let version = self.version.as_str();
        let registry = self.known.registry(None)?;
        let set = registry.released(version).ok_or_else(|| {
            format!("there is no factor set {version:?}; use one of {}", registry.versions().join(", "))
        })?;
        let output = self.output.clone().unwrap_or_else(|| version.into());
        if output.extension().is_none_or(|extension| extension != "zip") {
            std::fs::create_dir(&output).map_err(|error| format!("{}: {error}", output.display()))?;
            for (name, text) in set.files().unwrap_or_default() {
                write_new(&output.join(name), text.as_bytes())?;
            }
            write_new(&output.join(VERSION_FILE), format!("{version}\n").as_bytes())?;
            return Ok(format!("{} holds the tables of {version}\n", output.display()));
        }
        let added = match &self.known.database {
            Some(database) => {
                exists(database)?;
                let sets = store::factor_sets_of(database).map_err(|error| format!("{database}: {error}"))?;
                sets.into_iter().find(|added| added.version == version)
            }
            None => None,
        };
        let Some(added) = added else {
            write_new(&output, &zipped(set)?)?;
            return Ok(format!("{} holds {version}\n", output.display()));
        };
        write_new(&output, &added.archive)?;
        let mut text = format!("{} holds {version} as it was added\n", output.display());
        if let Some(signed) = added.signed {
            let beside = |extension: &str| PathBuf::from(format!("{}.{extension}", output.display()));
            write_new(&beside("sig"), &signed.signature)?;
            write_new(&beside("pem"), signed.certificate.as_bytes())?;
            text += &format!("Its signature and certificate: {0}.sig, {0}.pem\n", output.display());
        }
        Ok(text)
    }
}
