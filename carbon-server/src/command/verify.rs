//! `carbon-server verify`: checks a report or an evidence pack offline.

use crate::config::{ReportFonts, authorities_of};
use carbon_core::grid::{SeriesValues, read_csv};
use carbon_report::{
    Month, SignedBy,
    checkpoint::NoteVerifier,
    pack::{AtHand, ProvenLedger, Verified, verify_pack_with, verify_report_with},
    time_stamp::TimeStamp,
};
use clap::Args;
use std::{
    error::Error,
    fs::File,
    io::{Read, Seek, Write},
    path::PathBuf,
};

/// Check a report or an evidence pack, offline
///
/// A pack (.zip) is recomputed from its events and factors: every figure in the statement and the lines must be the same.
/// A report alone (.pdf) is checked line by line: tokens times factors, and lines against totals. Either is drawn again from
/// its statement, and must be the same file to the last byte; a signature must be valid, and so must the time stamp of a
/// pack. If something differs, names the first row or place and exits with 1. Needs no network and no ledger.
#[derive(Args)]
pub(crate) struct Verify {
    /// evidence.zip or report.pdf
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Certificates of time-stamp authorities, PEM: the time stamp of a pack must lead to one of them
    #[arg(long, value_name = "FILE")]
    time_stamp_ca: Option<PathBuf>,

    /// The key of the supplier's checkpoints, NAME+HASH+KEY, as GET /checkpoint/key answers it: the checkpoint that a pack
    /// leads to must be signed by it
    #[arg(long, value_name = "VKEY")]
    key: Option<NoteVerifier>,

    /// A file with grid series that the report names, as it was imported; without it, figures that follow from them are not
    /// recomputed. Repeatable
    #[arg(long, value_name = "FILE")]
    grid_series: Vec<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    fonts: ReportFonts,
}

/// Far above any report.
const REPORT_BYTES_MAX: u64 = 256 << 20;

impl Verify {
    /// The text to print.
    pub(crate) fn run(&self) -> Result<String, Box<dyn Error>> {
        let authorities = self.time_stamp_ca.as_deref().map(authorities_of).transpose()?;
        let grids = self.grids()?;
        let with = AtHand { grid_series: &grids, fonts: self.fonts.read()? };
        let cannot = |error: std::io::Error| format!("{}: {error}", self.file.display());
        let mut file = File::open(&self.file).map_err(cannot)?;
        let mut start = [0; 4];
        let read = file.read(&mut start).map_err(cannot)?;
        file.rewind().map_err(cannot)?;
        let verified = if start[..read].starts_with(b"%PDF") {
            let mut pdf = Vec::new();
            file.take(REPORT_BYTES_MAX).read_to_end(&mut pdf).map_err(cannot)?;
            verify_report_with(&pdf, &with)
        } else {
            verify_pack_with(file, &with)
        };
        let verified = verified.and_then(|verified| {
            authorities.as_ref().map_or(Ok(()), |authorities| verified.check_authority(authorities))?;
            self.key.as_ref().map_or(Ok(()), |key| verified.check_ledger_key(key))?;
            Ok(verified)
        });
        let is_checked = authorities.is_some();
        match verified {
            Ok(verified) if self.json => Ok(format!("{:#}\n", self.document(&verified, is_checked))),
            Ok(verified) => Ok(self.summary(&verified, is_checked)),
            Err(error) => {
                if self.json {
                    let document =
                        serde_json::json!({"verified": false, "place": error.place, "detail": error.detail});
                    writeln!(std::io::stdout(), "{document:#}")?;
                }
                Err(format!("{} failed verification. {error}", self.file.display()).into())
            }
        }
    }

    /// The series in the files that were given.
    fn grids(&self) -> Result<Vec<SeriesValues>, Box<dyn Error>> {
        let mut all = Vec::new();
        for path in &self.grid_series {
            let shown = path.display();
            let text = std::fs::read_to_string(path).map_err(|error| format!("{shown}: {error}"))?;
            let series = read_csv(&text).map_err(|fault| format!("{shown}: {fault}"))?;
            all.extend(series.into_iter().map(|series| series.values));
        }
        Ok(all)
    }

    fn summary(&self, verified: &Verified, is_checked: bool) -> String {
        let Verified {
            report_id, co2_grams, factor_set, events, signed_by, closing_seal, time_stamp, ..
        } = verified;
        let seal = closing_seal
            .as_ref()
            .map_or_else(String::new, |seal| format!("Closing seal   {}:{}\n", seal.number, seal.sha256));
        // Only a pack can have one, and only once its month is closed.
        let time_stamp = match time_stamp {
            Some(stamp) => format!("Time stamp     {}\n", stamped(stamp, is_checked)),
            None if events.is_some() && closing_seal.is_some() => "Time stamp     none\n".to_owned(),
            None => String::new(),
        };
        let ledger = match &verified.ledger {
            Some(ledger) => format!("Ledger         {}\n", self.proven(ledger)),
            None if events.is_some() && closing_seal.is_some() => "Ledger         no proof\n".to_owned(),
            None => String::new(),
        };
        let grams =
            co2_grams.as_ref().map_or_else(|| "not quantified".to_owned(), |grams| format!("{grams} g CO2e"));
        let withheld = &verified.not_recomputed;
        let series = withheld.join(", ");
        let why = if self.grid_series.is_empty() {
            "the values are their owner's, who can give them with --grid-series"
        } else {
            "no file that was given has values of that digest"
        };
        let period = verified.period.as_ref();
        let how = match events {
            None if period.is_some_and(|period| period.are_added_up) => {
                "recomputed from the statements of its months, every figure is the same, and the report is what they draw. The \
                 evidence pack of each month goes on from there.\n"
                    .to_owned()
            }
            Some((count, root)) if withheld.is_empty() => format!(
                "recomputed from its events, every figure is the same, and the report is what they draw.\n\
                 Events         {count}\n\
                 Merkle root    {root}\n"
            ),
            Some((count, root)) => format!(
                "its counts and energy are recomputed from its events and are the same, and the report is what its statement draws.\n\
                 Not recomputed grams by {series}: {why}. They agree with each other.\n\
                 Events         {count}\n\
                 Merkle root    {root}\n"
            ),
            None => "its pages are what its statement draws, and its figures agree with each other; only the evidence \
                     pack can show that its token counts are right.\n"
                .to_owned(),
        };
        let months = period.iter().flat_map(|period| &period.months);
        let months: String = months
            .map(|(month, report_id)| format!("Month          {month}, report {report_id}\n"))
            .collect();
        let signature = signed_by.as_ref().map_or_else(|| "none".to_owned(), signature);
        format!(
            "{} is verified: {how}Report         {report_id}\nEmissions      {grams}\nFactor set     {factor_set}\n\
             {months}{seal}{ledger}{time_stamp}Signature      {signature}\n",
            self.file.display()
        )
    }

    /// What a proof shows.
    fn proven(&self, ledger: &ProvenLedger) -> String {
        let ProvenLedger { seals, key, .. } = ledger;
        let checked = match &self.key {
            Some(_) => String::new(),
            None => format!(
                ", whose key was not checked: compare {key} with the supplier's, or name that with --key"
            ),
        };
        let origin = key.name();
        format!(
            "the closing is in the chain of {origin}, under a checkpoint over {seals} seals signed by it{checked}"
        )
    }

    fn document(&self, verified: &Verified, is_checked: bool) -> serde_json::Value {
        let Verified {
            report_id, co2_grams, factor_set, events, signed_by, closing_seal, time_stamp, ..
        } = verified;
        let time_stamp = time_stamp.as_ref().map(|stamp| {
            let TimeStamp { at, authority, serial, policy, .. } = stamp;
            serde_json::json!({
                "at": at, "authority": authority, "authority_checked": is_checked, "serial": serial,
                "policy": policy,
            })
        });
        let ledger = verified.ledger.as_ref().map(|ledger| {
            let ProvenLedger { book, seals, root, key, .. } = ledger;
            serde_json::json!({
                "origin": key.name(), "book": book, "checkpoint_seals": seals, "checkpoint_root": root,
                "key": key.to_string(), "key_checked": self.key.is_some(),
            })
        });
        let signed_by = signed_by.as_ref().map(|signer| {
            let SignedBy { subject, issuer, certificate_sha256, .. } = signer;
            serde_json::json!({
                "subject": subject, "issuer": issuer, "self_signed": signer.is_self_signed(),
                "certificate_sha256": certificate_sha256,
            })
        });
        let (count, root) = events.clone().unzip();
        let period = verified.period.as_ref().map(|period| {
            let month = |(month, report_id): &(Month, String)| {
                serde_json::json!({"month": month.to_string(), "report_id": report_id})
            };
            let months: Vec<_> = period.months.iter().map(month).collect();
            serde_json::json!({"added_up": period.are_added_up, "months": months})
        });
        serde_json::json!({
            "verified": true, "report_id": report_id, "co2_grams": co2_grams, "factor_set": factor_set,
            "events": count, "merkle_root": root, "signed_by": signed_by,
            "closing_seal": closing_seal, "ledger": ledger, "time_stamp": time_stamp, "not_recomputed": verified.not_recomputed,
            "period": period,
        })
    }
}

/// What a valid time stamp shows.
fn stamped(stamp: &TimeStamp, is_checked: bool) -> String {
    let TimeStamp { at, authority, .. } = stamp;
    let checked =
        if is_checked { "" } else { ", which was not checked: name its certificates with --time-stamp-ca" };
    format!("the closing seal was there at {at}, says {authority}{checked}")
}

/// What a valid signature shows.
fn signature(signer: &SignedBy) -> String {
    let SignedBy { subject, issuer, .. } = signer;
    if signer.is_self_signed() {
        format!(
            "valid, of {subject}; self-signed: unchanged since, but anybody can make a certificate of this name"
        )
    } else {
        format!("valid, of {subject}; issued by {issuer}, which was not checked")
    }
}
