//! `carbon-server factor-set check`: whether a set can be added, and what it would change.

use crate::{
    base::durable_file,
    command::{
        factor_set::{
            changes::{Changes, today},
            source::{NewSet, NotASet, SetSource},
        },
        ledger::KnownSets,
    },
    registry::{Registry, added},
    store::{self, StoreError, database::Database},
};
use carbon_core::FactorSet;
use carbon_report::Certificate;
use clap::Args;
use serde::Serialize;
use std::{
    error::Error,
    fmt::{self, Write},
    io::Write as _,
    path::{Path, PathBuf},
};

/// Check a set, and say what it holds and what it changes
///
/// Needs no server. If a row is refused, names table, line, column and reason, and exits with 1. With --database, compares
/// with the default of that ledger, and says which names of its calls would get or lose a value.
#[derive(Args)]
pub(crate) struct Check {
    #[command(flatten)]
    source: SetSource,

    /// Also write the set as one zip, to sign, keep or hand on; an existing file is never overwritten
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,

    /// The set that servers of the ledger use by default, if it is not the newest
    #[arg(long, env = "CARBON_FACTOR_SET", value_name = "VERSION")]
    factor_set: Option<String>,

    #[command(flatten)]
    known: KnownSets,
}

impl Check {
    /// The text to print.
    pub(super) fn run(&self) -> Result<String, Box<dyn Error>> {
        let registry = self.known.registry(self.factor_set.clone())?;
        let new = match self.source.read(&registry) {
            Ok(new) => new,
            Err(error) => return Err(refused(error, self.json)?),
        };
        let examined = Examined::of(&new, &registry, self.known.database.as_ref())?;
        if let Some(path) = &self.output {
            write_new(path, &new.archive)?;
        }
        if self.json {
            return Ok(format!("{:#}\n", serde_json::to_value(&examined)?));
        }
        let mut out = String::new();
        examined.write(&mut out)?;
        writeln!(out, "\nNothing is refused: it can be added.")?;
        if let Some(path) = &self.output {
            writeln!(out, "It is in {}.", path.display())?;
        }
        Ok(out)
    }
}

/// Why a set is refused, after a document about it for those who asked for JSON.
pub(super) fn refused(error: NotASet, json: bool) -> std::io::Result<Box<dyn Error>> {
    if json {
        let (table, line) = error.place().unzip();
        let document = serde_json::json!({
            "accepted": false, "table": table, "line": line, "fault": error.to_string(),
        });
        writeln!(std::io::stdout(), "{document:#}")?;
    }
    Ok(error.into())
}

/// Writes a new file.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let written = durable_file::write_new(path, bytes, durable_file::EVERYBODY);
    written.map_err(|error| format!("{}: {error}", path.display()))
}

/// A set that can be added.
#[derive(Serialize)]
pub(super) struct Examined {
    accepted: bool,
    pub(super) version: String,
    pub(super) sha256: String,
    /// The set that it was put on top of.
    on: Option<String>,
    /// Of the certificate of who signed it.
    pub(super) signed_by: Option<String>,
    models: usize,
    models_with_a_size: usize,
    published_factors: usize,
    grids: usize,
    regions: usize,
    /// Whether servers use it without being told to.
    pub(super) is_newest: bool,
    #[serde(flatten)]
    changes: Changes,
}

impl Examined {
    /// Compared with what values calls now: the default of the ledger, or of the program without one, except that a set on
    /// top of another is then compared with that.
    pub(super) fn of(
        new: &NewSet,
        registry: &Registry,
        database: Option<&Database>,
    ) -> Result<Self, Box<dyn Error>> {
        let set = &new.set;
        let base = new.on.as_deref().and_then(|on| registry.released(on)).filter(|_| database.is_none());
        let current: &FactorSet = base.unwrap_or_else(|| registry.default_set());
        let failed =
            |error: StoreError| database.map_or_else(String::new, |database| format!("{database}: {error}"));
        let sent = database.map(store::sent_deployments).transpose().map_err(failed)?;
        let signed_by = match &new.signed {
            Some(signed) => Some(Certificate::from_pem(&signed.certificate)?.subject()),
            None => None,
        };
        Ok(Examined {
            accepted: true,
            version: set.as_str().to_owned(),
            sha256: set.sha256().unwrap_or_default().to_owned(),
            on: new.on.clone(),
            signed_by,
            models: set.models().len(),
            models_with_a_size: set.models().iter().filter(|model| model.parameters().is_some()).count(),
            published_factors: set.factors().count(),
            grids: set.zones().len(),
            regions: set.regions().count(),
            is_newest: registry.versions().iter().all(|version| !added::is_newer(version, set.as_str())),
            changes: Changes::between(current, set, today(), sent.as_deref()),
        })
    }

    /// For people.
    pub(super) fn write(&self, out: &mut String) -> fmt::Result {
        let on = self.on.as_ref().map_or_else(String::new, |on| format!(", on top of {on}"));
        writeln!(out, "Factor set {}{on}", self.version)?;
        writeln!(out, "SHA-256    {}", self.sha256)?;
        if let Some(subject) = &self.signed_by {
            writeln!(out, "Signed by  {subject}")?;
        }
        writeln!(
            out,
            "Models     {}, with a size: {}, with a published factor: {}",
            self.models, self.models_with_a_size, self.published_factors
        )?;
        writeln!(out, "Places     {} grids, {} cloud regions", self.grids, self.regions)?;
        self.changes.write(out)?;
        if !self.is_newest {
            writeln!(out, "\nIt is not the newest by its number: servers use it only by its name.")?;
        }
        Ok(())
    }
}
