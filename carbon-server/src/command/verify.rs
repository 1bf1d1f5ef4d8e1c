//! `carbon-server verify`: checks a report or an evidence pack offline.

use carbon_report::pack::{Verified, verify_pack, verify_report};
use clap::Args;
use std::{
    error::Error,
    fs::File,
    io::{BufReader, Read, Seek, Write},
    path::PathBuf,
};

/// Check a report or an evidence pack, offline
///
/// A pack (.zip) is recomputed from its events and factors: every figure in the statement, the lines and the pages must be
/// the same. A report alone (.pdf) is checked line by line: tokens times factors, and lines against totals. If something
/// differs, names the first row and exits with 1. Needs no network and no ledger.
#[derive(Args)]
pub(crate) struct Verify {
    /// evidence.zip or report.pdf
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Verify {
    /// The text to print.
    pub(crate) fn run(&self) -> Result<String, Box<dyn Error>> {
        let cannot = |error: std::io::Error| format!("{}: {error}", self.file.display());
        let mut file = File::open(&self.file).map_err(cannot)?;
        let mut start = [0; 4];
        let read = file.read(&mut start).map_err(cannot)?;
        file.rewind().map_err(cannot)?;
        let verified = if start[..read].starts_with(b"%PDF") {
            let mut pdf = Vec::new();
            file.read_to_end(&mut pdf).map_err(cannot)?;
            verify_report(&pdf)
        } else {
            verify_pack(BufReader::new(file))
        };
        match verified {
            Ok(verified) if self.json => Ok(format!("{:#}\n", document(&verified))),
            Ok(verified) => Ok(self.summary(&verified)),
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

    fn summary(&self, verified: &Verified) -> String {
        let Verified { report_id, co2_grams, factor_set, events, closing_seal } = verified;
        let seal = closing_seal
            .as_ref()
            .map_or_else(String::new, |seal| format!("Closing seal   {}:{}\n", seal.number, seal.sha256));
        let grams =
            co2_grams.as_ref().map_or_else(|| "not quantified".to_owned(), |grams| format!("{grams} g CO2e"));
        let how = match events {
            Some((count, root)) => format!(
                "recomputed from its events, every figure is the same.\n\
                 Events         {count}\n\
                 Merkle root    {root}\n"
            ),
            None => "its figures agree with each other; only the evidence pack can show that its token counts are right.\n".to_owned(),
        };
        format!(
            "{} is verified: {how}Report         {report_id}\nEmissions      {grams}\nFactor set     {factor_set}\n{seal}",
            self.file.display()
        )
    }
}

fn document(verified: &Verified) -> serde_json::Value {
    let Verified { report_id, co2_grams, factor_set, events, closing_seal } = verified;
    let (count, root) = events.clone().unzip();
    serde_json::json!({
        "verified": true, "report_id": report_id, "co2_grams": co2_grams, "factor_set": factor_set,
        "events": count, "merkle_root": root, "closing_seal": closing_seal,
    })
}
