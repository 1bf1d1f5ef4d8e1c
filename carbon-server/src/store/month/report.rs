//! Reports that were issued: kept as their bytes, for ever.

use crate::{
    base::digest::hex,
    store::{
        book::sums::month_in,
        error::StoreError,
        key::{AccountKey, TenantKey},
        ledger::Store,
        sql::{self, Connection, OptionalExtension, Row, params},
        tenant::live_tenant,
    },
};
use carbon_report::{Heading, Language, Month};
use sha2::{Digest, Sha256};

/// A report that was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Issued {
    pub(crate) report_id: String,
    pub(crate) revision: u32,
    pub(crate) status: String,
    pub(crate) basis_sha256: String,
    pub(crate) pdf_sha256: String,
    /// The restatement that it tells, where it tells one.
    pub(crate) restatement_id: Option<String>,
}

impl Issued {
    /// A report as it was drawn.
    pub(crate) fn of(
        heading: Heading,
        pdf: &[u8],
        basis_sha256: String,
        restatement_id: Option<String>,
    ) -> Self {
        let Heading { report_id, revision, status, .. } = heading;
        Issued {
            report_id,
            revision,
            status: status.as_str().to_owned(),
            basis_sha256,
            pdf_sha256: hex(&Sha256::digest(pdf)),
            restatement_id,
        }
    }
}

/// Which series of revisions a report belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Series {
    pub(crate) account: AccountKey,
    pub(crate) tenant_key: TenantKey,
    pub(crate) month: Month,
    /// The same for a report of a month.
    pub(crate) last_month: Month,
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

const NEWEST_REPORT: &str = "
    select report_id, revision, status, basis_sha256, pdf_sha256, restatement_id
      from report
     where account_key = ?1 and tenant_key = ?2 and month = ?3 and last_month = ?4 and language = ?5
     order by revision desc
     limit 1";

const ADD_REPORT: &str = "
    insert into report (report_key, report_id, account_key, tenant_key, month, last_month, language, revision, status,
                        basis_sha256, pdf_sha256, pdf, created_at_ms, restatement_id)
    select coalesce(max(report_key), ?14) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13 from report";

const PDF: &str = "select pdf from report where account_key = ?1 and report_id = ?2 and pdf is not null";

/// A report in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListedReport {
    pub(crate) report_id: String,
    pub(crate) tenant_id: String,
    /// The tenant's name, else its legal name, else its id.
    pub(crate) client: String,
    pub(crate) month: Month,
    /// The same, or that of the end of a period.
    pub(crate) last_month: Month,
    pub(crate) language: Language,
    pub(crate) revision: u32,
    pub(crate) status: String,
    pub(crate) created_at_ms: i64,
    /// The restatement that it tells, where it tells one.
    pub(crate) restatement_id: Option<String>,
}

impl ListedReport {
    /// What it is about: `October 2026`, `2026`, `April 2026 to March 2027`.
    pub(crate) fn of(&self, language: Language) -> String {
        language.period(self.month, Some(self.last_month).filter(|last_month| *last_month != self.month))
    }
}

/// A report on a closed month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FinalReport {
    pub(crate) report_id: String,
    pub(crate) month: Month,
    /// The restatement that it tells, where it tells one.
    pub(crate) restatement_id: Option<String>,
    /// The last restatement of the month, where there is one.
    pub(crate) newest_restatement_id: Option<String>,
}

macro_rules! select_reports {
    ($which:literal) => {
        concat!(
            "select report_id, tenant_id, coalesce(name, legal_name, tenant_id), month, report.language, revision, status,
                    report.created_at_ms, restatement_id, last_month
               from report join tenant using (account_key, tenant_key)
              where ",
            $which,
            " order by report_key desc limit ?2"
        )
    };
}

// What was erased has neither an id nor pages.
const REPORTS: &str = select_reports!("account_key = ?1 and tenant_id is not null");

// Found by their tenant: of a large account it has a few among many.
const REPORTS_OF_TENANT: &str = select_reports!(
    "account_key = ?1 and tenant_key = ?3 and tenant_id is not null
       and (cast(?4 as text) is null or (month = ?4 and last_month = ?4))"
);

// Whatever restated the month last for this tenant is what a report must tell to be the newest word.
const FINAL_REPORTS: &str = "
    select report_id, month, restatement_id,
           (select restatement.restatement_id
              from restatement join restated_tenant as part using (account_key, restatement_key)
             where restatement.account_key = report.account_key and restatement.month = report.month
               and part.tenant_key = report.tenant_key
             order by restatement_key desc
             limit 1)
      from report
     where account_key = ?1 and tenant_key = ?2 and status = 'final' and pdf is not null and last_month = report.month
     order by month, report_key";

const SERIES: &str =
    "select tenant_key, month from report where account_key = ?1 and report_id = ?2 and last_month = month";

impl Store {
    /// Keeps a report, unless its series already says the same.
    pub(crate) async fn save_report(&self, new: NewReport) -> Result<Saved, StoreError> {
        self.books
            .of(new.series.account)
            .write(move |connection| {
                let newest = newest(connection, &new.series)?;
                let next_revision = newest.as_ref().map_or(1, |issued| issued.revision + 1);
                if let Some(issued) = newest.filter(|issued| issued.basis_sha256 == new.issued.basis_sha256) {
                    return Ok(Saved::Same(issued));
                }
                if next_revision != new.issued.revision {
                    return Ok(Saved::Overtaken);
                }
                let Series { account, tenant_key, month, last_month, language } = new.series;
                connection.prepare_cached(ADD_REPORT)?.change_one(params![
                    new.issued.report_id,
                    account.0,
                    tenant_key.0,
                    month.to_string(),
                    last_month.to_string(),
                    language.as_str(),
                    new.issued.revision,
                    new.issued.status,
                    new.issued.basis_sha256,
                    new.issued.pdf_sha256,
                    new.pdf,
                    new.created_at_ms,
                    new.issued.restatement_id,
                    connection.book().base(),
                ])?;
                Ok(Saved::New)
            })
            .await
    }

    /// Reports of an account, the newest first.
    pub(crate) async fn reports(
        &self,
        account: AccountKey,
        limit: usize,
    ) -> Result<Vec<ListedReport>, StoreError> {
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(REPORTS)?;
            statement.query_map(params![account.0, limit], listed)?.collect()
        };
        self.books.of(account).read(read).await
    }

    /// Reports of a client of the live side, the newest first; on one month alone, where it is named.
    pub(crate) async fn reports_of_tenant(
        &self,
        account: AccountKey,
        tenant_id: String,
        month: Option<Month>,
        limit: usize,
    ) -> Result<Vec<ListedReport>, StoreError> {
        let read = move |connection: &Connection| {
            let Some(tenant_key) = live_tenant(connection, account, &tenant_id)? else {
                return Ok(Vec::new());
            };
            let values = params![account.0, limit, tenant_key.0, month.map(|month| month.to_string())];
            let mut statement = connection.prepare_cached(REPORTS_OF_TENANT)?;
            statement.query_map(values, listed)?.collect()
        };
        self.books.of(account).read(read).await
    }

    /// A tenant's reports on closed months, month by month, each month's in the order in which they were issued.
    pub(crate) async fn final_reports(
        &self,
        account: AccountKey,
        tenant_key: TenantKey,
    ) -> Result<Vec<FinalReport>, StoreError> {
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(FINAL_REPORTS)?;
            let reports = statement.query_map([account.0, tenant_key.0], |row| {
                Ok(FinalReport {
                    report_id: row.get(0)?,
                    month: month_in(row, 1)?,
                    restatement_id: row.get(2)?,
                    newest_restatement_id: row.get(3)?,
                })
            })?;
            reports.collect()
        };
        self.books.of(account).read(read).await
    }

    /// The bytes of an issued report, or `None` where the account has no such report, or its tenant was erased.
    pub(crate) async fn report_pdf(
        &self,
        account: AccountKey,
        report_id: String,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.books
            .of(account)
            .read(move |connection| {
                connection
                    .prepare_cached(PDF)?
                    .query_row(params![account.0, report_id], |row| row.get(0))
                    .optional()
            })
            .await
    }
}

fn listed(row: &Row<'_>) -> sql::Result<ListedReport> {
    let language: String = row.get(4)?;
    Ok(ListedReport {
        report_id: row.get(0)?,
        tenant_id: row.get(1)?,
        client: row.get(2)?,
        month: month_in(row, 3)?,
        language: Language::from_code(&language).unwrap_or_default(),
        revision: row.get(5)?,
        status: row.get(6)?,
        created_at_ms: row.get(7)?,
        restatement_id: row.get(8)?,
        last_month: month_in(row, 9)?,
    })
}

/// The newest report of a series.
pub(in crate::store) fn newest(connection: &Connection, series: &Series) -> sql::Result<Option<Issued>> {
    let Series { account, tenant_key, month, last_month, language } = series;
    let (month, last_month) = (month.to_string(), last_month.to_string());
    connection
        .prepare_cached(NEWEST_REPORT)?
        .query_row(params![account.0, tenant_key.0, month, last_month, language.as_str()], |row| {
            Ok(Issued {
                report_id: row.get(0)?,
                revision: row.get(1)?,
                status: row.get(2)?,
                basis_sha256: row.get(3)?,
                pdf_sha256: row.get(4)?,
                restatement_id: row.get(5)?,
            })
        })
        .optional()
}

/// The tenant and the month of an issued report; `None` where the account has no such report of a month.
pub(in crate::store) fn series_of(
    connection: &Connection,
    account: AccountKey,
    report_id: &str,
) -> sql::Result<Option<(TenantKey, Month)>> {
    let found = connection
        .prepare_cached(SERIES)?
        .query_row(params![account.0, report_id], |row| Ok((TenantKey(row.get(0)?), month_in(row, 1)?)));
    found.optional()
}
