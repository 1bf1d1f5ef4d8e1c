//! `carbon-server verify`: a report or an evidence pack checked offline.

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
/// A pack (.zip) is computed again from its events and factors: every figure of the statement, the lines and the pages
/// must come out the same. A report alone (.pdf) is checked line by line: tokens times rates, lines into totals.
/// Exits with 1 and names the first row that differs. Needs no network and no ledger.
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
    /// What is to be printed.
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
            Ok(verified) => Ok(self.words(&verified)),
            Err(error) => {
                if self.json {
                    let document =
                        serde_json::json!({"verified": false, "place": error.place, "detail": error.detail});
                    writeln!(std::io::stdout(), "{document:#}")?;
                }
                Err(format!("{} does not verify. {error}", self.file.display()).into())
            }
        }
    }

    fn words(&self, verified: &Verified) -> String {
        let Verified { report_id, co2_grams, factor_set, events } = verified;
        let grams =
            co2_grams.as_ref().map_or_else(|| "not quantified".to_owned(), |grams| format!("{grams} g CO2e"));
        let how = match events {
            Some((count, root)) => format!(
                "computed again from its events; every figure is the same.\n\
                 Events         {count}\n\
                 Merkle root    {root}\n"
            ),
            None => "agrees with itself; only the evidence pack shows whether its token counts are what was used.\n".to_owned(),
        };
        format!(
            "{} verifies: {how}Report         {report_id}\nEmissions      {grams}\nFactor set     {factor_set}\n",
            self.file.display()
        )
    }
}

fn document(verified: &Verified) -> serde_json::Value {
    let Verified { report_id, co2_grams, factor_set, events } = verified;
    let (count, root) = events.clone().unzip();
    serde_json::json!({
        "verified": true, "report_id": report_id, "co2_grams": co2_grams, "factor_set": factor_set,
        "events": count, "merkle_root": root,
    })
}
