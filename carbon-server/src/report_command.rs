//! `carbon-server report` and `carbon-server verify`: reports made and checked without a server.

use crate::ledger_command::Ledger;
use carbon_report::{
    Language, Month,
    pack::{Verified, verify_pack, verify_report},
};
use carbon_server::{ReportFile, ReportWanted, Signing, write_reports};
use clap::Args;
use std::{
    error::Error,
    fs::File,
    io::{BufReader, IsTerminal, Read, Seek, Write},
    path::PathBuf,
};

/// Issue a client's report, or all clients' reports of a month in one zip
///
/// Issues it as the API does: the same data gives the same report, and it is kept in the ledger. No server may have the
/// ledger open meanwhile; ask a running server by HTTP instead.
#[derive(Args)]
pub(crate) struct Report {
    /// The client, or * for every client that has something in the month
    #[arg(long, value_name = "TENANT")]
    tenant: String,

    /// Calendar month, UTC
    #[arg(long, value_name = "YYYY-MM")]
    month: Month,

    /// The PDF, or the zip for all clients; a file that is there is replaced
    #[arg(long, value_name = "FILE")]
    output: PathBuf,

    /// en, fr or de; the client's own language where it is not given, else English
    #[arg(long, value_name = "CODE")]
    language: Option<Language>,

    /// The client's financial year that the month falls into; the calendar year where none is given
    #[arg(long, value_name = "YEAR")]
    financial_year: Option<i16>,

    /// E-mail of the account, where the ledger holds several
    #[arg(long, value_name = "EMAIL")]
    account: Option<String>,

    #[command(flatten)]
    ledger: Ledger,

    #[command(flatten)]
    signing: Signing,
}

impl Report {
    /// What is to be printed.
    pub(crate) fn run(&self) -> Result<String, Box<dyn Error>> {
        let wanted = ReportWanted {
            tenant_id: self.tenant.clone(),
            month: self.month,
            language: self.language,
            financial_year: self.financial_year,
            account_email: self.account.clone(),
            signing: self.signing.clone(),
        };
        let mut bar = Bar { is_shown: std::io::stderr().is_terminal() };
        let ReportFile { mut file, reports } =
            write_reports(&self.ledger.database, &wanted, |done, total| bar.show(done, total))?;
        let cannot = |error: std::io::Error| format!("{}: {error}", self.output.display());
        let mut output = File::create(&self.output).map_err(cannot)?;
        std::io::copy(&mut file, &mut output).map_err(cannot)?;
        let what = if reports == 1 { "report".to_owned() } else { format!("{reports} reports") };
        Ok(format!("{} holds the {what} of {}\n", self.output.display(), self.month))
    }
}

/// How far it is, on a line that is written over.
struct Bar {
    is_shown: bool,
}

impl Bar {
    fn show(&mut self, done: usize, total: usize) {
        if self.is_shown {
            let end = if done == total { "\n" } else { "" };
            // Nobody to show it to is no fault.
            drop(write!(std::io::stderr(), "\r{done} of {total} reports{end}"));
        }
    }
}

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
