//! `carbon-server import`: back-filling from a file.

mod checkpoint;
mod columns;
mod reading;
pub(crate) mod records;
mod run;
mod target;

pub(super) use self::{
    columns::{ColumnMap, ColumnOf},
    run::{Export, ImportFormat, ImportOptions, ImportProgress, ImportTarget, Imported, NotImported, import},
};

use crate::command::{ledger::Ledger, progress::ProgressBar};
use clap::Args;
use std::{error::Error, path::PathBuf};

/// Import calls from a file: into a ledger, or to a running server with --url
///
/// A ledger in a file must be open in no server.
///
/// Every row has a time and an id, its own or one made from what it says: the same file twice changes nothing. A run that was cut short
/// goes on where it ended (FILE.importing tells). Rows that cannot be counted are written to FILE.rejected, each with
/// its reason. Prompts and answers in the file are not read.
///
/// A row of OpenAI's usage or of Anthropic's report stands for many calls and becomes one event with all of their tokens.
/// Do not import such a report beside events of the same calls: hold it against them with `reconcile`.
#[derive(Args)]
pub(crate) struct Import {
    /// The file; gzip is read too
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// How its rows are written
    #[arg(long, value_name = "FORMAT")]
    format: ImportFormat,

    /// Which column of a table is a field of /api/v1/track, as FIELD=COLUMN; a tag is tag.KEY=COLUMN. Columns that have a
    /// field's name are found without, others are not read. May be given several times
    #[arg(long = "column", value_name = "FIELD=COLUMN")]
    columns: Vec<ColumnOf>,

    /// The client whose the rows are that name none
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,

    /// Field that names the client: end_user or team_id, project_id, workspace_id, metadata.KEY, as the format has them. May
    /// be given several times, the best first
    #[arg(long = "tenant-field", value_name = "FIELD")]
    tenant_fields: Vec<String>,

    /// Start over where an earlier run was cut short; rows that it has put there are sent again, and not counted twice
    #[arg(long)]
    from_start: bool,

    #[command(flatten)]
    ledger: Ledger,

    /// E-mail of the account, where the ledger holds several
    #[arg(long, value_name = "EMAIL", conflicts_with = "url")]
    account: Option<String>,

    /// Import into the book of test keys
    #[arg(long, conflicts_with = "url")]
    test: bool,

    /// Address of a running server to send the rows to, with the key in CARBON_API_KEY
    #[arg(long, value_name = "URL", requires = "api_key")]
    url: Option<String>,

    /// A live or a test key for --url; better given as CARBON_API_KEY
    #[arg(long, env = "CARBON_API_KEY", value_name = "KEY", hide_env_values = true)]
    api_key: Option<String>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Import {
    /// What is to be printed.
    pub(crate) fn run(self) -> Result<String, Box<dyn Error>> {
        let Import { file, format, columns, tenant, tenant_fields, from_start, .. } = self;
        let to = match (self.url, self.api_key) {
            (Some(url), Some(api_key)) => ImportTarget::Server { url, api_key },
            _ => ImportTarget::Ledger {
                database: self.ledger.database,
                account_email: self.account,
                is_test: self.test,
            },
        };
        let wanted = ImportOptions {
            export: Export { file, format, columns: ColumnMap(columns), tenant_fields },
            tenant_id: tenant,
            to,
            from_start,
        };
        let bar = ProgressBar::new();
        let imported = import(&wanted, |ImportProgress { bytes, bytes_total, rows, rows_now }| {
            bar.show([bytes, bytes_total], rows, rows_now, "rows");
        });
        bar.end();
        let imported = imported?;
        if imported.rejected > 0 && imported.accepted + imported.duplicates == 0 {
            let file = wanted.export.file.display();
            return Err(format!("{file}: not one row could be counted; {file}.rejected says why").into());
        }
        if self.json {
            return Ok(format!("{:#}\n", serde_json::to_value(imported)?));
        }
        Ok(words(&wanted, &imported))
    }
}

fn words(wanted: &ImportOptions, imported: &Imported) -> String {
    let Imported { rows, accepted, duplicates, passed_over, rejected, resumed_after } = imported;
    let file = wanted.export.file.display();
    let mut text = format!("{file}: {rows} rows\n");
    for (count, what) in [
        (accepted, "new events".to_owned()),
        (duplicates, "were there before".to_owned()),
        (passed_over, "tell of no call to a model".to_owned()),
        (rejected, format!("could not be counted: {file}.rejected says why")),
        (resumed_after, "of them by an earlier run".to_owned()),
    ] {
        if *count > 0 {
            text += &format!("  {count:>12} {what}\n");
        }
    }
    text
}
