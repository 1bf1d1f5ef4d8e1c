//! What a provider billed: the rows of its usage export, or of a cloud's bill.

use crate::{
    base::{clock, name::squeezed},
    command::{
        import::{ColumnMap, ImportFile, ImportFormat, NotImported, records},
        reconcile::charge::{BilledTokens, Biller},
    },
    ingest::{call::TrackRequest, sources::SourceRecord},
};
use carbon_core::FactorSet;
use clap::ValueEnum;
use jiff::civil::Date;
use serde_json::{Map, Value};
use std::path::PathBuf;

/// A bill, and how to read it.
#[derive(Clone, Debug)]
pub(super) struct Bill {
    /// The file; gzip is recognised by its first bytes.
    pub(super) file: PathBuf,
    pub(super) format: BillFormat,
    /// For [`BillFormat::Csv`]: which column has which field.
    pub(super) columns: ColumnMap,
}

/// Format of a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum BillFormat {
    /// A table with a header row and both counts in each row; see --column
    Csv,
    /// OpenAI's usage: the response of /v1/organization/usage/completions, or the dashboard's CSV
    OpenaiUsage,
    /// Anthropic's report: the response of /v1/organizations/usage_report/messages, or the console's CSV
    AnthropicUsage,
    /// AWS Cost and Usage Report (CUR 2.0 or classic), with Amazon Bedrock
    AwsCur,
    /// Cost details of Azure, with Azure OpenAI and Foundry Models
    AzureCost,
    /// Google Cloud's billing export, with Vertex AI and the Gemini API
    GcpBilling,
    /// FOCUS 1.0 to 1.3, as AWS, Azure and Google Cloud export it
    Focus,
}

/// Receives what a row bills, or why it cannot be used.
type TakeBilled<'t> = &'t mut dyn FnMut(Result<BilledTokens, String>);

impl Bill {
    /// A bill whose format is recognised by its fields.
    ///
    /// # Errors
    /// [`NotImported`]: the file cannot be read, or has the fields of no known bill.
    pub(super) fn recognised(file: PathBuf) -> Result<Self, NotImported> {
        let head = records::head(&file)?;
        let exports = [
            ("num_model_requests", BillFormat::OpenaiUsage),
            ("uncached_input_tokens", BillFormat::AnthropicUsage),
            ("usage_input_tokens_no_cache", BillFormat::AnthropicUsage),
        ];
        let export = exports.iter().find(|(field, _)| head.contains(field)).map(|(_, format)| *format);
        let cloud = || Biller::of_header(&squeezed(&head)).map(BillFormat::of);
        let Some(format) = export.or_else(cloud) else {
            let known = "OpenAI, Anthropic, AWS, Azure or Google Cloud: add --format";
            return Err(NotImported::Format(format!(
                "{}: is not recognised as a usage export or bill from {known}",
                file.display()
            )));
        };
        Ok(Bill { file, format, columns: ColumnMap::default() })
    }

    /// Passes every row to `take`.
    pub(super) fn each(&self, take: TakeBilled<'_>) -> Result<(), NotImported> {
        match self.format {
            BillFormat::Csv => self.each_call(ImportFormat::Csv, take),
            BillFormat::OpenaiUsage => self.each_call(ImportFormat::OpenaiUsage, take),
            BillFormat::AnthropicUsage => self.each_call(ImportFormat::AnthropicUsage, take),
            BillFormat::AwsCur => self.each_charge(Biller::Aws, take),
            BillFormat::AzureCost => self.each_charge(Biller::Azure, take),
            BillFormat::GcpBilling => self.each_charge(Biller::Google, take),
            BillFormat::Focus => self.each_charge(Biller::Focus, take),
        }
    }

    /// Rows with both counts, as they are imported.
    fn each_call(&self, format: ImportFormat, take: TakeBilled<'_>) -> Result<(), NotImported> {
        let Bill { file, columns, .. } = self.clone();
        let export = ImportFile { file, format, columns, tenant_fields: Vec::new() };
        let (mut input, _) = records::open(&export.file)?;
        records::each(&export, &mut input, &mut |_, _, record| {
            take(match record {
                Ok(SourceRecord::Nothing) => return Ok(()),
                Ok(SourceRecord::Call(call) | SourceRecord::Row(call, _)) => {
                    billed(&call).ok_or_else(|| "has no time, no model or no counts".to_owned())
                }
                Ok(SourceRecord::Uncountable(reason)) => Err(reason.to_owned()),
                Err(_) => Err("cannot be read".to_owned()),
            });
            Ok(())
        })
    }

    /// Rows with one meter each.
    fn each_charge(&self, biller: Biller, take: TakeBilled<'_>) -> Result<(), NotImported> {
        if !self.columns.0.is_empty() {
            return Err(NotImported::Options("--column needs --format csv".to_owned()));
        }
        let (mut input, _) = records::open(&self.file)?;
        records::each_as(&self.file, &mut input, &mut |_, _, numerals, row: Result<Map<String, Value>, _>| {
            take(match row {
                Ok(row) => biller.read(&row, numerals).map_err(str::to_owned),
                Err(_) => Err("cannot be read".to_owned()),
            });
            Ok(())
        })
    }
}

impl BillFormat {
    fn of(biller: Biller) -> Self {
        match biller {
            Biller::Aws => BillFormat::AwsCur,
            Biller::Azure => BillFormat::AzureCost,
            Biller::Google => BillFormat::GcpBilling,
            Biller::Focus => BillFormat::Focus,
        }
    }
}

fn billed(call: &TrackRequest) -> Option<BilledTokens> {
    let day = clock::day(clock::rfc_3339(call.timestamp.as_deref()?)?);
    let (model, maker) = listed(call.model.as_deref()?, day);
    let provider = served_by(call.provider.as_deref().unwrap_or_default(), maker);
    Some(BilledTokens { provider, model, day, tokens: call.tokens()? })
}

/// The one name of who served a call. A name that is not listed says nothing; then it was the model's maker.
pub(super) fn served_by(stated: &str, maker: Option<&str>) -> String {
    let set = FactorSet::latest();
    let provider = set.provider(stated).or_else(|| set.provider(maker?));
    provider.unwrap_or_default().to_owned()
}

/// The canonical id of a name and the model's maker; an unknown name stays as it is.
pub(super) fn listed(name: &str, day: Date) -> (String, Option<&'static str>) {
    match FactorSet::latest().resolve_on(name, Some(day)) {
        Ok(found) => (found.model.id().to_owned(), found.model.provider()),
        Err(_) => (name.to_owned(), None),
    }
}
