//! A cloud's export of emissions: which columns hold what, and where its rows are stored.

use crate::{
    base::{clock::date, digest::hex, exact::Exact, name::squeezed},
    command::{
        api_client::{Answered, ApiClient, packed},
        import::{
            NotImported,
            cloud_columns::{AWS, AZURE, Columns, GCP, Sum, written},
            options::ImportTarget,
            records,
        },
        offline_ledger::OfflineLedger,
    },
    config,
    ingest::supplier_report::{SupplierReport, SupplierReportRequest, SupplierRowRequest},
    server::NotClosed,
    store::{NewSupplierReport, error::LedgerError},
};
use clap::ValueEnum;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, path::Path};

/// Format of a cloud's export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// Google Cloud's Carbon Footprint: a table of its BigQuery export, as CSV or JSON
    #[value(name = "gcp-carbon")]
    Gcp,
    /// AWS Data Exports: the table CARBON_EMISSIONS, as CSV
    #[value(name = "aws-carbon")]
    Aws,
    /// Azure: emissions of an enrolment from Microsoft Cloud for Sustainability, as CSV or JSON; needs --basis
    #[value(name = "azure-carbon")]
    Azure,
}

/// How an export that does not say accounts for electricity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportBasis {
    /// By the average of the grid
    Location,
    /// By the cloud's contracts
    Market,
}

/// What to import.
pub(crate) struct ReportImport<'a> {
    pub(crate) file: &'a Path,
    pub(crate) format: ReportFormat,
    pub(crate) basis: Option<ReportBasis>,
    pub(crate) licence: &'a str,
}

/// What came of it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ReportImported {
    /// Rows of the file.
    pub(crate) rows: u64,
    /// Rows by account, service, region and month that were added.
    pub(crate) accepted: usize,
    /// Whether the file was imported before.
    pub(crate) duplicate: bool,
    /// Rows without a figure, or that cannot be read, by reason.
    pub(crate) left_out: BTreeMap<String, u64>,
}

/// What AWS writes for a metric ton.
const METRIC_TON: &str = "mtco2e";

const NO_MONTH: &str = "has no month that can be read";
const NO_FIGURE: &str = "has no figure";
const NO_NUMBER: &str = "has a figure that is no number from 0 on";
const OTHER_UNIT: &str = "has a unit that is not MTCO2e";
const PARTLY_KNOWN: &str = "is of a sum of which a part has no figure";
const OLDER_VERSION: &str = "is of an older method version than another of the same month";
const NO_SERVICE: &str = "names no service";

/// The row's own key: what is of one service, region and month is added up.
type Key = [String; 5];

/// Reads a file, and stores what it reports.
pub(crate) fn import(report: &ReportImport<'_>, to: &ImportTarget) -> Result<ReportImported, NotImported> {
    let bytes = std::fs::read(report.file).map_err(NotImported::at(report.file))?;
    let sha256 = hex(&Sha256::digest(&bytes));
    let (rows, sums, left_out) = read(report)?;
    if sums.is_empty() {
        return Ok(ReportImported { rows, accepted: 0, duplicate: false, left_out });
    }
    let request = SupplierReportRequest {
        file_sha256: Some(sha256),
        licence: Some(report.licence.to_owned()),
        rows: Some(sums.into_iter().map(|(key, sum)| sum.row(report.columns().provider, key)).collect()),
    };
    let (accepted, duplicate) = match to {
        ImportTarget::Server { url, api_key } => send(url, api_key, &request)?,
        ImportTarget::Ledger { is_test: true, .. } => {
            return Err(NotImported::Options("--test: a cloud reports of live calls only".to_owned()));
        }
        ImportTarget::Ledger { .. } => keep(to, request)?,
    };
    Ok(ReportImported { rows, accepted, duplicate, left_out })
}

/// Kilograms of some rows of one key.
#[derive(Clone, Copy)]
struct KilogramSum {
    location: Option<Decimal>,
    market: Option<Decimal>,
    rows: u64,
}

impl KilogramSum {
    fn of([location, market]: [Option<Decimal>; 2]) -> Self {
        KilogramSum { location, market, rows: 1 }
    }

    /// A sum of which a part is not known is not known.
    fn plus(self, other: Self) -> Self {
        let sum = |a: Option<Decimal>, b: Option<Decimal>| a.zip(b).map(|(a, b)| a + b);
        KilogramSum {
            location: sum(self.location, other.location),
            market: sum(self.market, other.market),
            rows: self.rows + other.rows,
        }
    }

    fn is_unknown(&self) -> bool {
        self.location.is_none() && self.market.is_none()
    }

    fn row(self, provider: &str, [account, service, region, month, version]: Key) -> SupplierRowRequest {
        let text = |text: String| Some(text).filter(|text| !text.is_empty());
        SupplierRowRequest {
            provider: Some(provider.to_owned()),
            account_ref: text(account),
            service: Some(service),
            region: text(region),
            month: Some(month),
            kg_location: self.location.map(Exact::from),
            kg_market: self.market.map(Exact::from),
            method_version: text(version),
        }
    }
}

impl ReportImport<'_> {
    fn columns(&self) -> &'static Columns {
        match self.format {
            ReportFormat::Gcp => &GCP,
            ReportFormat::Aws => &AWS,
            ReportFormat::Azure => &AZURE,
        }
    }

    fn check(&self) -> Result<(), NotImported> {
        let refused = |text: &str| Err(NotImported::Options(text.to_owned()));
        match (self.format, self.basis) {
            (ReportFormat::Azure, None) => refused(
                "azure-carbon needs --basis location or --basis market: the export does not say which of the two it is",
            ),
            (ReportFormat::Gcp | ReportFormat::Aws, Some(_)) => {
                refused("--basis: this export says in its columns which is which")
            }
            _ => Ok(()),
        }
    }
}

type Read = (u64, BTreeMap<Key, KilogramSum>, BTreeMap<String, u64>);

fn read(report: &ReportImport<'_>) -> Result<Read, NotImported> {
    report.check()?;
    let columns = report.columns();
    let (mut input, _) = records::open(report.file)?;
    let (mut rows, mut sums, mut left_out) = (0, BTreeMap::new(), BTreeMap::new());
    records::each_as(
        report.file,
        &mut input,
        &mut |_, _, numerals, record: Result<Map<String, Value>, String>| {
            let pages = record.map(|record| match record.get("value") {
                // A page of OData.
                Some(Value::Array(rows)) => rows.iter().filter_map(|row| row.as_object().cloned()).collect(),
                _ => vec![record],
            });
            for record in pages.unwrap_or_else(|_| vec![Map::new()]) {
                rows += 1;
                let row = Row(flat(record));
                if rows == 1 {
                    row.check(report.file, columns)?;
                }
                let amount = |text: &str| numerals.amount(text).ok();
                match row.figures(columns, &amount) {
                    Ok((key, figures)) => {
                        let figures = KilogramSum::of(match report.basis {
                            Some(ReportBasis::Market) => [None, figures[0]],
                            _ => figures,
                        });
                        sums.entry(key)
                            .and_modify(|sum: &mut KilogramSum| *sum = sum.plus(figures))
                            .or_insert(figures);
                    }
                    Err(reason) => *left_out.entry(reason.to_owned()).or_default() += 1,
                }
            }
            Ok(())
        },
    )?;
    let sums = newest_versions(sums, &mut left_out);
    if sums.is_empty() {
        let reasons: String = left_out.keys().map(|reason| format!("; a row {reason}")).collect();
        return Err(NotImported::Format(format!("{}: it reports nothing{reasons}", report.file.display())));
    }
    if sums.len() > config::SUPPLIER_ROWS_MAX {
        let most = config::SUPPLIER_ROWS_MAX;
        return Err(NotImported::Format(format!(
            "{}: it has more than {most} rows by account, service, region and month: export fewer months at a time",
            report.file.display()
        )));
    }
    Ok((rows, sums, left_out))
}

/// Of several method versions of one month the newest stands: a cloud revises its past with each. What has no figure as a whole
/// is left out.
fn newest_versions(
    sums: BTreeMap<Key, KilogramSum>,
    left_out: &mut BTreeMap<String, u64>,
) -> BTreeMap<Key, KilogramSum> {
    let mut newest: BTreeMap<Key, (String, KilogramSum)> = BTreeMap::new();
    let mut leave_out = |reason: &str, sum: KilogramSum| {
        *left_out.entry(reason.to_owned()).or_default() += sum.rows;
    };
    for ([account, service, region, month, version], sum) in sums {
        if sum.is_unknown() {
            leave_out(PARTLY_KNOWN, sum);
            continue;
        }
        let key = [account, service, region, month, String::new()];
        match newest.get(&key) {
            Some((known, _)) if version_order(&version) < version_order(known) => {
                leave_out(OLDER_VERSION, sum);
            }
            _ => {
                if let Some((_, older)) = newest.insert(key, (version, sum)) {
                    leave_out(OLDER_VERSION, older);
                }
            }
        }
    }
    let keyed = newest.into_iter().map(|([account, service, region, month, _], (version, sum))| {
        ([account, service, region, month, version], sum)
    });
    keyed.collect()
}

/// The numbers in a version, so that 10 comes after 9.
fn version_order(version: &str) -> Vec<u64> {
    let numbers = version.split(|letter: char| !letter.is_ascii_digit());
    numbers.filter_map(|number| number.parse().ok()).collect()
}

/// The fields of a record by name, without letter case and what stands between words; those of nested objects behind the name of
/// theirs.
fn flat(record: Map<String, Value>) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    let mut open: Vec<(String, Map<String, Value>)> = vec![(String::new(), record)];
    while let Some((prefix, record)) = open.pop() {
        for (name, value) in record {
            let name = format!("{prefix}{}", squeezed(&name));
            match value {
                Value::Object(nested) => open.push((name, nested)),
                Value::String(text) => {
                    fields.insert(name, text);
                }
                Value::Number(number) => {
                    fields.insert(name, number.to_string());
                }
                // A column that is there and empty.
                Value::Null | Value::Bool(_) | Value::Array(_) => {
                    fields.insert(name, String::new());
                }
            }
        }
    }
    fields
}

struct Row(BTreeMap<String, String>);

impl Row {
    fn has(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.0.contains_key(*name))
    }

    fn text(&self, names: &[&str]) -> &str {
        let mut found = names.iter().filter_map(|name| self.0.get(*name)).map(|text| text.trim());
        found.find(|text| !text.is_empty()).unwrap_or("")
    }

    /// A column that is missing is named.
    fn check(&self, file: &Path, columns: &Columns) -> Result<(), NotImported> {
        let sum = |sum: &Sum| {
            self.has(sum.total) || (!sum.parts.is_empty() && sum.parts.iter().all(|name| self.has(&[name])))
        };
        let needed = [
            (self.has(columns.month), columns.month),
            (self.has(columns.service), columns.service),
            (self.has(columns.region), columns.region),
            (sum(&columns.location) || sum(&columns.market), columns.location.total),
        ];
        let missing = needed.into_iter().find(|(is_there, _)| !is_there);
        missing.map_or(Ok(()), |(_, names)| {
            let written = written(names.first().copied().unwrap_or_default());
            Err(NotImported::Format(format!("{}: the column {written} is missing", file.display())))
        })
    }

    fn figures(
        &self,
        columns: &Columns,
        amount: &dyn Fn(&str) -> Option<Decimal>,
    ) -> Result<(Key, [Option<Decimal>; 2]), &'static str> {
        let month = month_of(self.text(columns.month)).ok_or(NO_MONTH)?;
        let service = Some(self.text(columns.service)).filter(|service| !service.is_empty());
        let service = service.ok_or(NO_SERVICE)?.to_owned();
        let units = columns.units.iter().map(|unit| self.text(&[unit]));
        if units.filter(|unit| !unit.is_empty()).any(|unit| squeezed(unit) != METRIC_TON) {
            return Err(OTHER_UNIT);
        }
        let kilograms = |sum: &Sum| -> Result<Option<Decimal>, &'static str> {
            let number = |text: &str| amount(text).ok_or(NO_NUMBER);
            let total = self.text(sum.total);
            let figure = if !total.is_empty() {
                Some(number(total)?)
            } else {
                // A scope that is empty is not known, and neither is the sum.
                let parts =
                    sum.parts.iter().map(|name| Some(self.text(&[name])).filter(|text| !text.is_empty()));
                let parts: Option<Vec<&str>> = parts.collect();
                let parts = parts.filter(|parts| !parts.is_empty());
                parts.map(|parts| parts.into_iter().map(number).sum::<Result<Decimal, _>>()).transpose()?
            };
            Ok(figure.map(|figure| figure * columns.kilograms_per_unit))
        };
        let figures = [kilograms(&columns.location)?, kilograms(&columns.market)?];
        if figures == [None, None] {
            return Err(NO_FIGURE);
        }
        let text = |names: &[&str]| self.text(names).to_owned();
        let key = [text(columns.account), service, text(columns.region), month, text(columns.version)];
        Ok((key, figures))
    }
}

/// The month of `2026-10-01`, of a time on that day, of `2026-10`, or of `20261001`.
fn month_of(text: &str) -> Option<String> {
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return month_of(&format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]));
    }
    let month = text.get(..7)?;
    let day = text.get(..10).unwrap_or_default();
    let is_day = if text.len() == 7 { date(&format!("{month}-01")) } else { date(day) };
    is_day.map(|_| month.to_owned())
}

fn send(url: &str, api_key: &str, request: &SupplierReportRequest) -> Result<(usize, bool), NotImported> {
    #[derive(Deserialize)]
    struct Taken {
        accepted: usize,
        duplicate: bool,
    }
    let client = ApiClient::new(url, "/api/v1/supplier-reports", api_key).map_err(NotImported::Options)?;
    let line = serde_json::to_vec(request).map_err(|error| NotImported::Options(error.to_string()))?;
    match client.send(&packed(&[line])).map_err(NotImported::Server)? {
        Answered::Done(said) => {
            let taken: Result<Taken, _> = serde_json::from_str(&said);
            let taken = taken.map_err(|_| {
                NotImported::Server(format!("{} does not answer like a tracker", client.url()))
            })?;
            Ok((taken.accepted, taken.duplicate))
        }
        Answered::TooLarge => {
            Err(NotImported::Server(format!("{}: too large: export fewer months at a time", client.url())))
        }
        Answered::Later(fault, _) => {
            Err(NotImported::Server(format!("{}: {fault}; nothing was stored", client.url())))
        }
    }
}

fn keep(to: &ImportTarget, request: SupplierReportRequest) -> Result<(usize, bool), NotImported> {
    let ImportTarget::Ledger { database, account_email, .. } = to else { return Ok((0, false)) };
    let now = Timestamp::now();
    let checked = request.checked(now).map_err(|problem| NotImported::Format(problem.in_a_sentence()))?;
    let ledger = OfflineLedger::open(database)
        .map_err(|none| NotImported::Options(none.or("send the file to it with --url and CARBON_API_KEY")))?;
    let account = ledger.account(account_email.as_deref());
    let added = account.map_err(|none| NotImported::Options(none.to_string())).and_then(|account| {
        let SupplierReport { sha256, licence, rows } = checked;
        let new = NewSupplierReport {
            rows,
            sha256,
            licence,
            imported_by: "command line".to_owned(),
            imported_at_ms: now.as_millisecond(),
        };
        let added = ledger.runtime.block_on(ledger.store.add_supplier_report(account, new));
        added.map_err(|error| NotImported::Ledger(LedgerError(error)))
    });
    if !ledger.close() {
        return Err(NotImported::Options(NotClosed.to_string()));
    }
    added.map(|added| (added.unwrap_or(0), added.is_none()))
}
