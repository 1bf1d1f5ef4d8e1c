//! `carbon-server check`: whether the whole ledger is consistent.

use crate::{
    command::{
        ledger::{ArchiveSource, Ledger},
        noted,
    },
    config::authorities_of,
    registry::Registry,
    report::figures::StatedFigures,
    store::{
        self, Anchors, Archives, AttestedSeal, BookChain, BookFactors, ClosedFigures, LedgerCheck, NotSound,
        NotedSeal, database::Database,
    },
};
use carbon_report::checkpoint::NoteVerifier;
use clap::Args;
use std::{error::Error, io::Write, path::PathBuf};

/// Check the whole ledger: events, seals, sums, closed months, settings, reports and the schema
///
/// A server may be running. If something does not match, names the first row and exits with 1. Whoever changed the ledger and
/// rebuilt its chain is found by what was noted outside: seals and signed checkpoints.
#[derive(Args)]
pub(crate) struct Check {
    #[command(flatten)]
    ledger: Ledger,

    #[command(flatten)]
    archive: ArchiveSource,

    /// A seal that was noted outside: its number and its digest; repeatable
    #[arg(long = "seal", value_name = "N:DIGEST", value_parser = noted::seal)]
    seal: Vec<NotedSeal>,

    /// A file of noted seals, one N:DIGEST on each line; # begins a comment
    #[arg(long, value_name = "FILE")]
    seals: Option<PathBuf>,

    /// A file of checkpoints, as a server appends them or GET /checkpoint answers them
    #[arg(long, value_name = "FILE", requires = "key")]
    checkpoints: Option<PathBuf>,

    /// Whose checkpoints they must be, as GET /checkpoint/key answers it
    #[arg(long, value_name = "VKEY", requires = "checkpoints")]
    key: Option<NoteVerifier>,

    /// Certificates of time-stamp authorities, PEM: every time stamp must lead to one of them
    #[arg(long, value_name = "FILE")]
    time_stamp_ca: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Check {
    /// The text to print.
    pub(crate) fn run(&self) -> Result<String, Box<dyn Error>> {
        let database = &self.ledger.database;
        let anchors = self.anchors()?;
        let checked = match check(database, &anchors, &self.archive.archives()) {
            Ok(checked) if self.json => {
                let mut document = serde_json::to_value(&checked)?;
                document["sound"] = true.into();
                return Ok(format!("{document:#}\n"));
            }
            Ok(checked) => checked,
            Err(error) => {
                if self.json {
                    let document = serde_json::json!({"sound": false, "fault": error.to_string()});
                    writeln!(std::io::stdout(), "{document:#}")?;
                }
                return Err(format!("{database}: {error}").into());
            }
        };
        let LedgerCheck {
            events,
            reversals,
            seals,
            archived_events,
            pruned_events,
            pruned_seals,
            factor_sets,
            time_stamps,
            closed_months,
            noted,
            chain_sha256,
            books,
        } = checked;
        let noted = match noted {
            0 => String::new(),
            noted => format!("Noted outside  {noted}, each of them in the chain\n"),
        };
        let stamped = stamped(&time_stamps);
        let added = match factor_sets {
            0 => String::new(),
            added => format!("Factor sets    {added} added to those of this program\n"),
        };
        let archived = match archived_events {
            0 => String::new(),
            archived => format!("Archived       {archived} events, read in their files\n"),
        };
        let pruned = if pruned_events == 0 {
            String::new()
        } else {
            format!(
                "Pruned         {pruned_events} events; the {pruned_seals} seals over them are not recomputed\n"
            )
        };
        Ok(format!(
            "{database} is sound: every event is as it was written, and every sum matches its events.\n\
             Events         {events}, including reversals: {reversals}\n\
             Closed months  {closed_months}\n\
             {}{noted}{stamped}{added}{archived}{pruned}",
            chains(seals, chain_sha256.as_deref(), &books)
        ))
    }

    /// What was noted outside.
    fn anchors(&self) -> Result<Anchors, String> {
        let mut seals = self.seal.clone();
        if let Some(file) = &self.seals {
            seals.extend(noted::seals(file)?);
        }
        let checkpoints = match self.checkpoints.as_ref().zip(self.key.as_ref()) {
            Some((file, key)) => noted::checkpoints(file, key)?,
            None => Vec::new(),
        };
        let authorities = self.time_stamp_ca.as_deref().map(authorities_of).transpose();
        let authorities = authorities.map_err(|error| error.to_string())?;
        Ok(Anchors { seals, checkpoints, authorities })
    }
}

/// How many seals there are, and the last one of each chain.
pub(super) fn chains(seals: i64, chain_sha256: Option<&str>, books: &[BookChain]) -> String {
    match chain_sha256 {
        Some(last) => format!("Seals          {seals}, the last one {last}\n"),
        None => {
            let mut text = format!("Seals          {seals}, in {} books\n", books.len());
            for BookChain { book, seals, chain_sha256 } in books {
                text.push_str(&format!(
                    "  {:<13}{seals}, the last one {chain_sha256}\n",
                    format!("book {book}")
                ));
            }
            text
        }
    }
}

/// What authorities attest: how often, and of the last seal that they have stamped.
fn stamped(time_stamps: &[AttestedSeal]) -> String {
    let Some(AttestedSeal { seal, at, authority, authority_checked }) =
        time_stamps.iter().max_by_key(|stamp| stamp.seal)
    else {
        return String::new();
    };
    let checked = if *authority_checked { "" } else { ", which was not checked" };
    format!(
        "Time stamps    {}, the last over seal {seal}: it was there at {at}, says {authority}{checked}\n",
        time_stamps.len()
    )
}

/// Checks the whole ledger: its schema, every event against its checksum, the chain of seals, the sums against the events, the
/// closed months against their events and figures, and what was noted outside against the chain.
///
/// # Errors
/// [`NotSound`]: the first row that does not match, or why the ledger cannot be read.
pub(crate) fn check(
    database: &Database,
    anchors: &Anchors,
    archives: &Archives,
) -> Result<LedgerCheck, NotSound> {
    store::check(database, anchors, archives, |BookFactors { sets, own }| {
        let registry = Registry::of(&sets, own, None).map_err(|error| error.to_string())?;
        Ok(move |closed: &ClosedFigures| same_figures(&registry, closed))
    })
}

/// Whether the figures of a closed month match its activity under its factor set.
fn same_figures(registry: &Registry, closed: &ClosedFigures) -> Result<(), String> {
    let ClosedFigures { account, factor_set, figures, activity } = closed;
    let set = registry.version(*account, factor_set);
    let set = set.ok_or_else(|| format!("its factor set {factor_set} is unknown"))?;
    // What the market-based figure rests on is in the figures themselves.
    let market = StatedFigures::from_json(figures).ok().and_then(|stated| stated.market);
    let inputs = market.map(|market| market.inputs).unwrap_or_default();
    if StatedFigures::of(activity, &inputs, &set).to_json() == *figures {
        Ok(())
    } else {
        Err("its figures do not match its activity".to_owned())
    }
}
