//! A tenant's month as activity, and the reports that were issued on it.

use super::{AccountKey, Store, StoreError};
use carbon_core::Usage;
use carbon_report::{Activity, Language, Month};
use jiff::{ToSpan, civil::Date};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// What the ledger holds for one tenant and month, and who the parties are.
#[derive(Debug)]
pub(crate) struct MonthOfTenant {
    pub(crate) tenant_key: TenantKey,
    /// The account's organisation.
    pub(crate) supplier: String,
    /// Sums of the live ledger by day and deployment.
    pub(crate) activity: Vec<Activity>,
    /// The newest report on it, as of the same moment.
    pub(crate) newest: Option<Issued>,
}

/// Internal number of a tenant that was found within its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TenantKey(i64);

/// A report that was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Issued {
    pub(crate) report_id: String,
    pub(crate) revision: u32,
    pub(crate) status: String,
    pub(crate) basis_sha256: String,
    pub(crate) pdf_sha256: String,
}

/// Which series of revisions a report belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Series {
    pub(crate) account: AccountKey,
    pub(crate) tenant_key: TenantKey,
    pub(crate) month: Month,
    pub(crate) language: Language,
}

/// A report to be kept.
#[derive(Debug)]
pub(crate) struct NewReport {
    pub(crate) series: Series,
    pub(crate) issued: Issued,
    pub(crate) pdf: Vec<u8>,
    pub(crate) created_at_ms: i64,
}

/// What became of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Saved {
    /// It is kept from now on.
    New,
    /// The newest revision already says the same; it stands.
    Same(Issued),
    /// Another revision came in between; nothing was added.
    Overtaken,
}

const TENANT: &str = "
    select tenant.tenant_key, account.organisation
      from tenant join account using (account_key)
     where tenant.account_key = ?1 and tenant.tenant_id = ?2
       -- A tenant that only a test key has named is none here.
       and exists (select 1 from daily_usage as usage
                    where usage.account_key = ?1 and usage.is_test = 0 and usage.tenant_key = tenant.tenant_key)";

const MONTH_ACTIVITY: &str = "
    select usage.day, deployment.model, deployment.provider, deployment.region,
           sum(usage.requests),
           sum(usage.input_tokens), sum(usage.cache_read_input_tokens), sum(usage.cache_creation_input_tokens),
           sum(usage.output_tokens), sum(usage.reasoning_output_tokens)
      from daily_usage as usage join deployment using (deployment_key)
     where usage.account_key = ?1 and usage.is_test = 0 and usage.tenant_key = ?2 and usage.day between ?3 and ?4
     group by usage.day, deployment.deployment_key
     order by usage.day, deployment.model, deployment.provider, deployment.region";

const NEWEST_REPORT: &str = "
    select report_id, revision, status, basis_sha256, pdf_sha256
      from report
     where account_key = ?1 and tenant_key = ?2 and month = ?3 and language = ?4
     order by revision desc
     limit 1";

const ADD_REPORT: &str = "
    insert into report (report_id, account_key, tenant_key, month, language, revision, status,
                        basis_sha256, pdf_sha256, pdf, created_at_ms)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";

const PDF: &str = "select pdf from report where account_key = ?1 and report_id = ?2";

impl Store {
    /// A tenant's month on the live ledger, and the newest report on it, of one moment;
    /// `None` where the account has no such tenant.
    pub(crate) async fn month_of_tenant(
        &self,
        account: AccountKey,
        tenant_id: String,
        month: Month,
        language: Language,
    ) -> Result<Option<MonthOfTenant>, StoreError> {
        self.readers
            .read(move |connection| {
                let found = connection
                    .prepare_cached(TENANT)?
                    .query_row(params![account.0, tenant_id], |row| Ok((TenantKey(row.get(0)?), row.get(1)?)))
                    .optional()?;
                let Some((tenant_key, supplier)) = found else { return Ok(None) };
                let days = params![
                    account.0,
                    tenant_key.0,
                    epoch_day(month.first_day()),
                    epoch_day(month.last_day())
                ];
                let activity = connection
                    .prepare_cached(MONTH_ACTIVITY)?
                    .query_map(days, activity)?
                    .collect::<Result<_, _>>()?;
                let newest = newest(connection, &Series { account, tenant_key, month, language })?;
                Ok(Some(MonthOfTenant { tenant_key, supplier, activity, newest }))
            })
            .await
    }

    /// Keeps a report, unless its series already says the same.
    pub(crate) async fn save_report(&self, new: NewReport) -> Result<Saved, StoreError> {
        self.writer
            .write(move |connection| {
                let newest = newest(connection, &new.series)?;
                let next_revision = newest.as_ref().map_or(1, |issued| issued.revision + 1);
                if let Some(issued) = newest.filter(|issued| issued.basis_sha256 == new.issued.basis_sha256) {
                    return Ok(Saved::Same(issued));
                }
                if next_revision != new.issued.revision {
                    return Ok(Saved::Overtaken);
                }
                let Series { account, tenant_key, month, language } = new.series;
                connection.prepare_cached(ADD_REPORT)?.execute(params![
                    new.issued.report_id,
                    account.0,
                    tenant_key.0,
                    month.to_string(),
                    language.as_str(),
                    new.issued.revision,
                    new.issued.status,
                    new.issued.basis_sha256,
                    new.issued.pdf_sha256,
                    new.pdf,
                    new.created_at_ms,
                ])?;
                Ok(Saved::New)
            })
            .await
    }

    /// The bytes of an issued report, or `None` where the account has no such report.
    pub(crate) async fn report_pdf(
        &self,
        account: AccountKey,
        report_id: String,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.readers
            .read(move |connection| {
                connection
                    .prepare_cached(PDF)?
                    .query_row(params![account.0, report_id], |row| row.get(0))
                    .optional()
            })
            .await
    }
}

fn newest(connection: &Connection, series: &Series) -> rusqlite::Result<Option<Issued>> {
    let Series { account, tenant_key, month, language } = series;
    connection
        .prepare_cached(NEWEST_REPORT)?
        .query_row(params![account.0, tenant_key.0, month.to_string(), language.as_str()], |row| {
            Ok(Issued {
                report_id: row.get(0)?,
                revision: row.get(1)?,
                status: row.get(2)?,
                basis_sha256: row.get(3)?,
                pdf_sha256: row.get(4)?,
            })
        })
        .optional()
}

fn activity(row: &Row<'_>) -> rusqlite::Result<Activity> {
    let said = |column: usize| row.get(column).map(|text: String| Some(text).filter(|text| !text.is_empty()));
    Ok(Activity {
        day: EPOCH.saturating_add(row.get::<_, i64>(0)?.days()),
        model: row.get(1)?,
        provider: said(2)?,
        region: said(3)?,
        usage: Usage {
            requests: row.get(4)?,
            input_tokens: row.get(5)?,
            cache_read_input_tokens: row.get(6)?,
            cache_creation_input_tokens: row.get(7)?,
            output_tokens: row.get(8)?,
            reasoning_output_tokens: row.get(9)?,
        },
    })
}

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

fn epoch_day(date: Date) -> i32 {
    date.duration_since(EPOCH).as_hours().try_into().map_or(i32::MAX, |hours: i32| hours / 24)
}
