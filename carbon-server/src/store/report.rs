//! A tenant's month as activity, and the reports that were issued on it.

use super::{
    AccountKey, Store, StoreError,
    month::TenantKey,
    sums::{date, epoch_day},
};
use carbon_core::Usage;
use carbon_report::{Activity, Language, Month};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// What the ledger holds for one tenant and month, and who the parties are.
#[derive(Debug)]
pub(crate) struct MonthOfTenant {
    pub(crate) tenant_key: TenantKey,
    /// The account's organisation.
    pub(crate) supplier: String,
    /// Sums of the live ledger by day and deployment, without what came after the month was closed.
    pub(crate) activity: Vec<Activity>,
    /// The factor set of a closed month.
    pub(crate) closed_under: Option<String>,
    /// The newest report on it, as of the same moment.
    pub(crate) newest: Option<Issued>,
}

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
     where tenant.account_key = ?1 and tenant.is_test = 0 and tenant.tenant_id = ?2";

// Day by day: the rows of one day stand together, and the tenant's are few of them.
const MONTH_ACTIVITY: &str = "
    with recursive days (day) as (select ?3 union all select day + 1 from days where day < ?4)
    select usage.day, deployment.model, deployment.provider, deployment.region,
           usage.requests,
           usage.input_tokens, usage.cache_read_input_tokens, usage.cache_creation_input_tokens,
           usage.output_tokens, usage.reasoning_output_tokens
      from days cross join daily_usage as usage using (day) join deployment using (deployment_key)
     where usage.account_key = ?1 and usage.is_test = 0 and usage.tenant_key = ?2 and usage.is_adjustment = 0
       and usage.requests > 0
     order by usage.day, deployment.model, deployment.provider, deployment.region";

const CLOSED_UNDER: &str = "select factor_set from closed_month where account_key = ?1 and month = ?2";

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
        self.writer.fold().await?;
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
                let closed_under = connection
                    .prepare_cached(CLOSED_UNDER)?
                    .query_row(params![account.0, month.to_string()], |row| row.get(0))
                    .optional()?;
                Ok(Some(MonthOfTenant { tenant_key, supplier, activity, closed_under, newest }))
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

pub(super) fn activity(row: &Row<'_>) -> rusqlite::Result<Activity> {
    let said = |column: usize| row.get(column).map(|text: String| Some(text).filter(|text| !text.is_empty()));
    Ok(Activity {
        day: date(row.get(0)?),
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
