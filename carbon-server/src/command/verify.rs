//! `carbon-server verify`: checks a report or an evidence pack offline.

use crate::{
    config::{ReportFonts, authorities_of},
    report::verification::{
        Known, apart, judge,
        verdict::{Found, Refused, Verdict},
        words::{Asker, VerificationWords},
    },
};
use carbon_core::grid::{SeriesValues, read_csv};
use carbon_report::{Language, checkpoint::NoteVerifier};
use clap::Args;
use std::{
    error::Error,
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

/// Check a report or an evidence pack, offline
///
/// A pack (.zip) is recomputed from its events and factors: every figure in the statement and the lines must be the same.
/// A report alone (.pdf) is checked line by line: tokens times factors, and lines against totals. Either is drawn again from
/// its statement, and must be the same file to the last byte; a signature must be valid, and so must the time stamp of a
/// pack. If something differs, names the first row or place and exits with 1. Needs no network and no ledger.
#[derive(Args)]
pub(crate) struct Verify {
    /// evidence.zip or report.pdf; - for standard input
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

    /// Within the limits of the page /verify: of time, of memory, and without writing files
    #[arg(long, hide = true)]
    bounded: bool,
}

impl Verify {
    /// The text to print.
    pub(crate) fn run(&self) -> Result<String, Box<dyn Error>> {
        if self.bounded {
            apart::take_limits()?;
        }
        let known = Known {
            authorities: self.time_stamp_ca.as_deref().map(authorities_of).transpose()?,
            key: self.key.clone(),
            grids: self.grids()?,
            fonts: self.fonts.read()?,
        };
        let cannot = |error: io::Error| format!("{}: {error}", self.file.display());
        let file: Box<dyn Read> = if self.file == Path::new("-") {
            Box::new(io::stdin().lock())
        } else {
            Box::new(File::open(&self.file).map_err(cannot)?)
        };
        let verdict = Verdict::of(judge(file, &known).map_err(cannot)?, &known);
        let json = if self.json { format!("{:#}\n", serde_json::to_value(&verdict)?) } else { String::new() };
        match verdict {
            Verdict::Verified(_) if self.json => Ok(json),
            Verdict::Verified(found) => Ok(self.summary(&found)),
            Verdict::Refused(Refused { place, detail, .. }) => {
                write!(io::stdout(), "{json}")?;
                Err(format!("{} failed verification. {place}: {detail}", self.file.display()).into())
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

    fn summary(&self, found: &Found) -> String {
        let asker = Asker::Command { has_grids: !self.grid_series.is_empty() };
        let said = VerificationWords::of(Language::En).say(found, Language::En, &asker);
        let facts = said.facts.iter().map(|(label, fact)| format!("{label:<14} {fact}\n"));
        format!("{} is verified: {}\n{}", self.file.display(), said.how, facts.collect::<String>())
    }
}
