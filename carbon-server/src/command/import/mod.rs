//! `carbon-server import`: imports the calls in a file.

mod checkpoint;
mod cloud_columns;
mod columns;
mod encoding;
pub(crate) mod numerals;
mod options;
mod reading;
pub(crate) mod records;
mod run;
mod supplier_report;
mod table;
mod target;

pub(crate) use self::{
    columns::ColumnMap,
    options::{ImportFile, ImportFormat, NotImported},
};
pub(super) use self::{
    columns::ColumnOf,
    options::{ImportOptions, ImportProgress, ImportTarget, Imported},
    run::import,
};

use crate::command::{
    api_client::NO_KEY,
    import::supplier_report::{ReportBasis, ReportFormat, ReportImport, ReportImported},
    ledger::Ledger,
    progress::ProgressBar,
};
use clap::{Args, ValueEnum, builder::PossibleValue};
use std::{
    error::Error,
    path::{Path, PathBuf},
};

/// Import calls from a file into a ledger, or send them to a server
///
/// No server may be running on a ledger in a file; send the calls to the server with --url instead.
///
/// Safe to run twice: every row has an id, its own or one made from its content. Every row needs a time. An interrupted run
/// resumes (FILE.importing has its progress). Rows that cannot be counted go to FILE.rejected with the reason. Prompts and
/// responses in the file are not read.
///
/// A row of OpenAI's usage or Anthropic's report stands for many calls and becomes one event with all their tokens. If the
/// ledger already has events of the same calls, do not import it: compare it with `reconcile`.
///
/// What a cloud reports of your emissions (gcp-carbon, aws-carbon, azure-carbon) is no call: it is kept apart, and compared with
/// your calls at /api/v1/reconciliations. A file is imported once.
#[derive(Args)]
pub(crate) struct Import {
    /// The file; may be compressed with gzip
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Format of the file
    #[arg(long, value_name = "FORMAT")]
    format: FileFormat,

    /// For azure-carbon: whether the emissions are location-based or market-based, which the export does not say
    #[arg(long, value_name = "BASIS")]
    basis: Option<ReportBasis>,

    /// For a cloud's report of emissions: terms under which you use it
    #[arg(long, value_name = "TEXT", default_value = "own data, under the terms of the cloud")]
    licence: String,

    /// Maps a column of a table to a field of /api/v1/track, as FIELD=COLUMN or tag.KEY=COLUMN. Columns named like a field are
    /// found without it; others are not read. Repeatable
    #[arg(long = "column", value_name = "FIELD=COLUMN")]
    columns: Vec<ColumnOf>,

    /// Client of the rows that name none
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,

    /// Field that names the client, depending on the format: end_user, team_id, project_id, workspace_id or metadata.KEY.
    /// Repeatable, in order of preference
    #[arg(long = "tenant-field", value_name = "FIELD")]
    tenant_fields: Vec<String>,

    /// Start over instead of resuming; rows that were already imported are not counted twice
    #[arg(long)]
    from_start: bool,

    #[command(flatten)]
    ledger: Ledger,

    /// E-mail of the account, if the ledger has several
    #[arg(long, value_name = "EMAIL", conflicts_with = "url")]
    account: Option<String>,

    /// Import as test events
    #[arg(long, conflicts_with = "url")]
    test: bool,

    /// Address of a running server that is sent the rows, with the key in CARBON_API_KEY
    #[arg(long, value_name = "URL")]
    url: Option<String>,

    /// Live or test key for --url; prefer the variable, which other users of the machine cannot see
    #[arg(long, env = "CARBON_API_KEY", value_name = "KEY", hide_env_values = true)]
    api_key: Option<String>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Import {
    /// The text to print.
    pub(crate) fn run(self) -> Result<String, Box<dyn Error>> {
        let Import { file, format, basis, licence, columns, tenant, tenant_fields, from_start, .. } = self;
        let to = match (self.url, self.api_key) {
            (Some(url), Some(api_key)) => ImportTarget::Server { url, api_key },
            (Some(_), None) => return Err(NO_KEY.into()),
            (None, _) => ImportTarget::Ledger {
                database: self.ledger.database,
                account_email: self.account,
                is_test: self.test,
            },
        };
        let format = match format {
            FileFormat::Calls(_) if basis.is_some() => {
                return Err("--basis is for azure-carbon".into());
            }
            FileFormat::Calls(format) => format,
            FileFormat::Report(_)
                if !(columns.is_empty() && tenant.is_none() && tenant_fields.is_empty()) =>
            {
                return Err(
                    "--column, --tenant and --tenant-field are for calls: a cloud's report names no clients"
                        .into(),
                );
            }
            FileFormat::Report(format) => {
                let report = ReportImport { file: &file, format, basis, licence: &licence };
                let imported = supplier_report::import(&report, &to)?;
                if self.json {
                    return Ok(format!("{:#}\n", serde_json::to_value(imported)?));
                }
                return Ok(report_summary(&file, &imported));
            }
        };
        let options = ImportOptions {
            export: ImportFile { file, format, columns: ColumnMap(columns), tenant_fields },
            tenant_id: tenant,
            to,
            from_start,
        };
        let bar = ProgressBar::new();
        let imported = import(&options, |ImportProgress { bytes, bytes_total, rows, rows_now }| {
            bar.show([bytes, bytes_total], rows, rows_now, "rows");
        });
        bar.end();
        let imported = imported?;
        if imported.rejected > 0 && imported.accepted + imported.duplicates == 0 {
            let file = options.export.file.display();
            return Err(format!("{file}: no row could be counted; see {file}.rejected").into());
        }
        if self.json {
            return Ok(format!("{:#}\n", serde_json::to_value(imported)?));
        }
        Ok(summary(&options, &imported))
    }
}

/// Format of a file: calls, or a cloud's report of emissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FileFormat {
    Calls(ImportFormat),
    Report(ReportFormat),
}

impl ValueEnum for FileFormat {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            FileFormat::Calls(ImportFormat::Ndjson),
            FileFormat::Calls(ImportFormat::Csv),
            FileFormat::Calls(ImportFormat::Litellm),
            FileFormat::Calls(ImportFormat::OpenaiUsage),
            FileFormat::Calls(ImportFormat::AnthropicUsage),
            FileFormat::Calls(ImportFormat::Langfuse),
            FileFormat::Report(ReportFormat::Gcp),
            FileFormat::Report(ReportFormat::Aws),
            FileFormat::Report(ReportFormat::Azure),
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            FileFormat::Calls(format) => format.to_possible_value(),
            FileFormat::Report(format) => format.to_possible_value(),
        }
    }
}

fn report_summary(file: &Path, imported: &ReportImported) -> String {
    let ReportImported { rows, accepted, duplicate, left_out } = imported;
    let mut text = format!("{}: {rows} rows\n", file.display());
    text += &if *duplicate {
        "  it was already imported\n".to_owned()
    } else {
        format!("  {accepted:>12} by account, service, region and month are new\n")
    };
    for (reason, rows) in left_out {
        text += &format!("  {rows:>12} left out: a row {reason}\n");
    }
    text
}

fn summary(options: &ImportOptions, imported: &Imported) -> String {
    let Imported {
        rows,
        accepted,
        duplicates,
        passed_over,
        uncertain,
        without_context,
        rejected,
        resumed_after,
    } = imported;
    let file = options.export.file.display();
    let mut text = format!("{file}: {rows} rows\n");
    for (count, what) in [
        (accepted, "new events".to_owned()),
        (duplicates, "were already imported".to_owned()),
        (passed_over, "are not model calls".to_owned()),
        (uncertain, "were counted, but their total or their parts leave a doubt".to_owned()),
        (
            without_context,
            "were counted without context: they stand for an unknown number of calls".to_owned(),
        ),
        (rejected, format!("could not be counted; see {file}.rejected")),
        (resumed_after, "of these by an earlier run".to_owned()),
    ] {
        if *count > 0 {
            text += &format!("  {count:>12} {what}\n");
        }
    }
    text
}
